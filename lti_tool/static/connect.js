/* Three courtesies of the connecting pages; each works without scripts, by hand. */
"use strict";

/* An LMS that opened us in a dialogue closes it when it is told to. The message says nothing else,
   so it may go to whoever opened us: a school's LMS has more than one address. */
for (const button of document.querySelectorAll("[data-close]")) {
  button.hidden = false;
  for (const words of document.querySelectorAll("[data-by-hand]")) words.remove();
  button.addEventListener("click", () => {
    const listener = window.opener ?? (window.parent === window ? null : window.parent);
    listener?.postMessage({ subject: "org.imsglobal.lti.close" }, "*");
    if (window.opener) window.close();
  });
}

/* Values to copy. The button says what it copies, and that it did. */
const offerCopies = (root) => {
  if (!navigator.clipboard) return;
  for (const value of root.querySelectorAll("[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain copy";
    const words = document.createElement("span");
    words.textContent = "Copy";
    const what = document.createElement("span");
    what.className = "unseen";
    what.textContent = ` ${value.dataset.copy}`;
    const said = document.createElement("span");
    said.className = "unseen";
    said.setAttribute("role", "status");
    button.append(words, what);
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(value.textContent.trim());
      words.textContent = "Copied";
      said.textContent = `Copied ${value.dataset.copy}`;
      setTimeout(() => { words.textContent = "Copy"; }, 2000);
    });
    value.after(" ", button, said);
  }
};
offerCopies(document);

/* What is watched is asked for again every few seconds, and replaced when it has changed; never
   while somebody is at something in it. */
const look = async () => {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href, { credentials: "same-origin" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const now of document.querySelectorAll("[data-watch]")) {
      const fresh = page.getElementById(now.id);
      if (!fresh || fresh.dataset.watch === now.dataset.watch) continue;
      if (now.contains(document.activeElement)) continue;
      now.replaceWith(fresh);
      offerCopies(fresh);
    }
  } catch {
    /* The network is away for a moment: the next look may find it. */
  }
};
if (document.querySelector("[data-watch]")) setInterval(look, 3000);
