/* Saves quietly a moment after typing stops. Every form works without it. */
"use strict";

const PAUSE = 400;   // with the way to the tool and back, well within a second
const RETRY = 8000;
const SCRIPTLESS = "no";

function clockTime(moment) {
  return new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" }).format(moment);
}

class Autosave {
  constructor(form) {
    this.form = form;
    this.status = form.querySelector(".saved");
    this.timer = 0;
    this.running = false;
    this.again = false;
    this.stopped = form.dataset.autosave === SCRIPTLESS;
    this.dirty = false;
    form.addEventListener("input", (event) => this.changed(event));
    form.addEventListener("submit", (event) => this.submitting(event));
  }

  changed(event) {
    this.dirty = true;
    if (event.target.type === "file") { this.checkSize(event.target); return; }
    if (this.stopped) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), PAUSE);
    this.say("…");
  }

  /* A save by hand waits for the quiet one that is on its way, or the two would be in conflict. */
  submitting(event) {
    clearTimeout(this.timer);
    this.again = false;
    this.dirty = false;
    if (!this.running) return;
    event.preventDefault();
    const { submitter } = event;
    this.idle().then(() => this.form.requestSubmit(submitter));
  }

  async idle() {
    while (this.running) await new Promise((done) => setTimeout(done, 20));
  }

  checkSize(field) {
    const limit = Number(field.dataset.limit);
    const file = field.files[0];
    const tooLarge = file && limit && file.size > limit;
    field.setCustomValidity(tooLarge ? `“${file.name}” is too large to be added here.` : "");
    if (tooLarge) field.reportValidity();
  }

  say(words) { if (this.status) this.status.textContent = words; }

  async save() {
    // One at a time: an answer that is overtaken could not say which state the page holds.
    if (this.running) { this.again = true; return; }
    this.running = true;
    const data = new FormData(this.form);
    data.delete("file");
    try {
      const answer = await fetch(this.form.action, {
        method: "POST", headers: { "X-Autosave": "1" },
        body: this.form.enctype === "multipart/form-data" ? data : new URLSearchParams(data),
      });
      const told = await answer.json();
      if (answer.ok) this.saved(told);
      else if (answer.status === 409 && told.seen) this.conflict(told);
      else this.say(told.fault || "Not saved yet. Press Save.");
    } catch {
      this.say("Not saved: no connection. Your words are still here.");
      this.timer = setTimeout(() => this.save(), RETRY);
    }
    this.running = false;
    if (this.again) { this.again = false; this.save(); }
  }

  /* Save now what waits for the pause, and what is typed meanwhile. */
  async settle() {
    clearTimeout(this.timer);
    if (this.dirty) await this.save();
    await this.idle();
  }

  saved(told) {
    this.dirty = this.again;
    if (told.seen) this.form.elements.seen.value = told.seen;
    this.say(`Saved ${clockTime(new Date(told.saved))}`);
  }

  conflict(told) {
    this.stopped = true;
    this.form.elements.seen.value = told.seen;
    this.say("");
    const note = document.createElement("div");
    note.className = "warning";
    note.setAttribute("role", "alert");
    const words = document.createElement("p");
    words.textContent = told.fault;
    const label = document.createElement("label");
    label.textContent = "As it was saved in the other window";
    const theirs = document.createElement("textarea");
    theirs.readOnly = true;
    theirs.rows = 6;
    theirs.value = told.theirs;
    label.append(theirs);
    note.append(words, label);
    this.form.prepend(note);
  }
}

const watched = [...document.querySelectorAll("form[data-autosave]")].map((form) => new Autosave(form));

/* An LMS that listens, and the browser, ask before unsaved words are left behind. */
window.addEventListener("beforeunload", (event) => {
  if (watched.some((form) => form.dirty)) event.preventDefault();
});

/* What submits the work takes the last words along: it waits until every form has saved them. */
for (const form of document.querySelectorAll("form[data-after-saving]")) {
  form.addEventListener("submit", async (event) => {
    const open = watched.filter((one) => one.dirty && !one.stopped);
    if (!open.length) return;
    event.preventDefault();
    await Promise.all(open.map((one) => one.settle()));
    const left = watched.find((one) => one.dirty);
    if (left) left.form.scrollIntoView();
    else form.requestSubmit();
  });
}
