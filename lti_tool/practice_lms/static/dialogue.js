// The registration page says when it is done, from the frame or from a window; nobody else may.
const dialogue = document.querySelector("[data-dialogue]");
window.addEventListener("message", (event) => {
  if (event.origin !== dialogue.dataset.tool) return;
  if (event.data?.subject === "org.imsglobal.lti.close") location.assign(dialogue.dataset.dialogue);
});
