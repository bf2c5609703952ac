// Canvas gives a tool's frame the height it asks for, and scrolls to where the frame begins; other
// messages are not for this page.
window.addEventListener("message", (event) => {
  const frame = document.getElementById("tool");
  if (!frame || event.source !== frame.contentWindow) return;
  let message = event.data;
  if (typeof message === "string") {
    try { message = JSON.parse(message); } catch { return; }
  }
  if (!message) return;
  if (message.subject === "lti.scrollToTop") {
    if (frame.getBoundingClientRect().top < 0) frame.scrollIntoView();
    return;
  }
  if (message.subject !== "lti.frameResize") return;
  const height = Number.parseInt(message.height, 10);
  if (height > 0) frame.style.height = `${Math.min(height, 20000)}px`;
});
