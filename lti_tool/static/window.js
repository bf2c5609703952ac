/* The frame that offered a window of its own says what became of it, and leads there again. */
"use strict";

const PAUSE = 2000;
const MOST = 300;
const SAYS = {
  waiting: "Opening in another window…",
  opened: "Opening in another window. Your LMS is asked who you are.",
  inside: "Cairn is open in another window of this browser. Go on there; this page can stay as it is.",
  over: "The other window did not open Cairn. Click the link in your course again.",
  closed: "The other window was closed before Cairn could open. Click the link in your course again.",
  lost: "Whether the other window opened cannot be told from here. If it did not, click the link in your course again.",
};

const offer = document.querySelector("a[data-window]");
const state = document.querySelector(".window-state");

class Elsewhere {
  constructor() {
    this.name = `cairn-${offer.dataset.window.slice(0, 12)}`;
    this.opened = null;
    this.word = "";
    offer.addEventListener("click", (event) => this.open(event));
  }

  open(event) {
    if (this.word === "inside") { event.preventDefault(); this.goThere(); return; }
    if (this.word) { event.preventDefault(); return; }
    this.opened = window.open(offer.href, this.name);
    // Where no script may open a window, the link still can, but nobody hears of its fate.
    if (this.opened) event.preventDefault();
    this.say("waiting");
    offer.setAttribute("aria-disabled", "true");
    this.watch();
  }

  goThere() {
    if (this.opened && !this.opened.closed) this.opened.focus();
    else this.opened = window.open(offer.dataset.home, this.name);
  }

  async watch() {
    const body = new URLSearchParams({ window: offer.dataset.window });
    for (let turn = 0; turn < MOST; turn += 1) {
      await new Promise((resolve) => { setTimeout(resolve, PAUSE); });
      const isClosed = this.opened && this.opened.closed;
      let word;
      try {
        const answer = await fetch(offer.dataset.ask, { method: "POST", body });
        word = (await answer.json()).window;
      } catch {
        continue;
      }
      if (!(word in SAYS)) break;
      if (isClosed && (word === "waiting" || word === "opened")) word = "closed";
      if (word !== this.word) this.say(word);
      if (word === "inside") { this.resume(); return; }
      if (word === "over" || word === "closed") { offer.remove(); return; }
    }
    this.say("lost");
  }

  say(word) {
    this.word = word;
    state.textContent = SAYS[word];
  }

  resume() {
    document.querySelector("main h1").textContent = "Cairn is open in another window";
    document.title = "Open in another window · Cairn";
    for (const part of document.querySelectorAll("main .eyebrow, main .who-can, main .reference")) part.remove();
    offer.removeAttribute("aria-disabled");
    offer.removeAttribute("target");
    offer.href = offer.dataset.home;
    offer.textContent = "Go to that window";
  }
}

if (offer) new Elsewhere();
