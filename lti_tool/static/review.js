/* The desk saves as you judge and counts what is rated. Without it, the buttons do the same. */
"use strict";

const form = document.querySelector("form[data-autosave]");
if (form) {
  const count = form.querySelector("[data-rated]");
  const saved = form.querySelector("[data-saved]");
  const carried = Number(count.textContent) - form.querySelectorAll("input[type=radio]:checked").length;
  let timer = 0;
  let sending = null;

  const save = async () => {
    if (sending) sending.abort();
    sending = new AbortController();
    const body = new FormData(form);
    body.set("then", "save");
    saved.textContent = "Saving…";
    try {
      const answer = await fetch(form.action, {
        method: "POST", body, headers: { "X-Quiet": "1" }, signal: sending.signal,
      });
      saved.textContent = answer.ok
        ? "Saved " + new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" }).format(new Date())
        : "Not saved: use Save for later, or open the page again.";
    } catch (fault) {
      if (fault.name !== "AbortError") saved.textContent = "Not saved: no connection. Your words are still here.";
    }
  };

  form.addEventListener("input", (event) => {
    if (event.target.type === "radio") {
      count.textContent = carried + form.querySelectorAll("input[type=radio]:checked").length;
    }
    clearTimeout(timer);
    timer = setTimeout(save, 800);
  });
  form.addEventListener("submit", () => clearTimeout(timer));
}

const fault = document.getElementById("fault");
if (fault) fault.focus();
