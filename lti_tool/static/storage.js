/* LTI Platform Storage: the LMS's page keeps what proves this browser, where no cookie can.
   Requests say who is asked; answers are believed by message id and, but for the first, by origin. */
"use strict";

const WAIT = 1000;
const PUT = ["lti.put_data", "org.imsglobal.lti.put_data"];
const GET = ["lti.get_data", "org.imsglobal.lti.get_data"];

const work = document.querySelector("[data-storage]");
const platform = window.parent !== window ? window.parent : window.opener;

function anId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/* Some LMSs send text instead of an object. */
function opened(data) {
  if (typeof data !== "string") return data;
  try { return JSON.parse(data); } catch { return null; }
}

function ask(where, origin, message, isBelieved) {
  return new Promise((resolve, reject) => {
    const id = anId();
    const finish = (act, value) => {
      clearTimeout(timer);
      window.removeEventListener("message", hear);
      act(value);
    };
    const hear = (event) => {
      const answer = opened(event.data);
      if (!isBelieved(event) || !answer || answer.message_id !== id) return;
      if (answer.error) finish(reject, new Error(answer.error.code || "refused"));
      else finish(resolve, answer);
    };
    const timer = setTimeout(() => finish(reject, new Error("no answer")), WAIT);
    window.addEventListener("message", hear);
    where.postMessage({ ...message, message_id: id }, origin);
  });
}

function frameOf(name) {
  if (!name || name === "_parent") return platform;
  try { return platform.frames[name] || platform; } catch { return platform; }
}

/* Where to send what, as the LMS's page describes itself; its word comes before the login's. */
async function storage() {
  if (!platform) throw new Error("no window around this one");
  const answer = await ask(platform, "*", { subject: "lti.capabilities" }, (event) => event.source === platform);
  const known = Array.isArray(answer.supported_messages) ? answer.supported_messages : [];
  const find = (subjects) => known.find((one) => one && subjects.includes(one.subject));
  const [put, get] = [find(PUT), find(GET)];
  if (!put || !get) throw new Error("not supported");
  const isFromLms = (event) => event.origin === work.dataset.origin;
  const send = (one, message) =>
    ask(frameOf(one.frame || work.dataset.target), work.dataset.origin, { ...message, subject: one.subject }, isFromLms);
  return {
    put: (key, value) => send(put, { key, value }),
    get: async (key) => {
      const kept = (await send(get, { key })).value;
      return typeof kept === "string" ? kept : "";
    },
  };
}

async function keep() {
  const { put } = await storage();
  for (const one of work.querySelectorAll("[data-key]")) {
    await put(one.dataset.key, one.value);
    one.remove();
  }
}

async function recall() {
  const { get } = await storage();
  for (const one of work.querySelectorAll("[data-key]")) one.value = await get(one.dataset.key);
}

if (work.dataset.storage === "keep") {
  keep().then(
    () => window.location.replace(work.dataset.onward),
    () => window.location.replace(work.dataset.otherwise),
  );
} else {
  /* Without an answer the fields stay empty, and the tool says what to do instead. */
  recall().catch(() => {}).finally(() => work.submit());
}
