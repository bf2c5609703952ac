// LTI Platform Storage as Canvas has it: the page says what it can do, and a frame with a name keeps
// what a tool hands over, for as long as the page is open. Other tools' origins see nothing of it.
const NAME = "post_message_forwarding";
const here = document.currentScript.dataset;
const kept = new Map();

// The frame comes when the first tool asks what this page can do.
let keeper = null;
function opened() {
  if (here.keeps === "here") return Promise.resolve();
  keeper ||= new Promise((ready) => {
    const frame = document.createElement("iframe");
    frame.name = NAME;
    frame.title = NAME;
    frame.hidden = true;
    frame.src = here.frame;
    frame.addEventListener("load", ready);
    document.body.append(frame);
  });
  return keeper;
}

const where = here.keeps === "elsewhere" ? { frame: NAME } : {};
const answers = {
  "lti.capabilities": () => ({
    supported_messages: [
      { subject: "lti.capabilities" },
      { subject: "lti.frameResize" },
      { subject: "lti.put_data", ...where },
      { subject: "lti.get_data", ...where },
    ],
  }),
};
if (here.keeps === "here") {
  answers["lti.put_data"] = ({ key, value }) => {
    if (typeof key !== "string" || !key) return { error: { code: "bad_request", message: "A key is needed." } };
    if (value === null || value === undefined) kept.delete(key);
    else kept.set(key, value);
    return { key, value };
  };
  answers["lti.get_data"] = ({ key }) => ({ key, value: kept.get(key) });
}

window.addEventListener("message", async (event) => {
  let message = event.data;
  if (typeof message === "string") {
    try { message = JSON.parse(message); } catch { return; }
  }
  const answer = message && Object.hasOwn(answers, message.subject) ? answers[message.subject] : null;
  if (!answer || event.origin !== here.tool) return;
  const { subject, message_id } = message;
  await opened();
  event.source.postMessage({ subject: `${subject}.response`, message_id, ...answer(message) }, event.origin);
});
