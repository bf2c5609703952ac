/* Where a browser keeps no cookie, the memory of this page keeps the visit's token. Links and forms
   are fetched with it and their pages put in place of the one that is shown; addresses stay clean,
   and nothing is written anywhere that outlives the page. Pages themselves need not know. */
"use strict";

const SLOW = 400;
const LOST = {
  page: "The page did not come: no connection. Try again.",
  form: "Not sent: no connection. What you wrote is still here; try again.",
  file: "The file did not come. Try again.",
  visit: "Your visit has ended, so nothing was sent. Copy what you wrote, then click the link in your course again.",
};

/* -- the token, and whatever is sent with it ------------------------------------------------- */

class Carrier {
  #token;

  constructor(field) {
    this.#token = field.value;
    this.name = field.name;
    this.fetch = window.fetch.bind(window);
    field.form.remove();
  }

  isOurs(address) {
    return address.origin === window.location.origin;
  }

  send(target, options = {}) {
    const address = new URL(target instanceof Request ? target.url : target, window.location.href);
    if (!this.isOurs(address)) return this.fetch(target, options);
    const headers = new Headers(options.headers);
    headers.set("Authorization", `Bearer ${this.#token}`);
    return this.fetch(target, { ...options, headers, credentials: "omit" });
  }

  /* A form that must be posted natively, into another window, takes the token in a hidden field. */
  lend(form) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = this.name;
    field.value = this.#token;
    form.append(field);
    setTimeout(() => field.remove());
  }
}

/* -- what a page leaves behind on window and document, cleared away with it ------------------- */

class Litter {
  #left = [];

  constructor(...places) {
    for (const place of places) {
      const add = place.addEventListener.bind(place);
      place.addEventListener = (kind, hear, options) => {
        this.#left.push(() => place.removeEventListener(kind, hear, options));
        add(kind, hear, options);
      };
    }
  }

  clear() {
    for (const take of this.#left.splice(0)) take();
  }
}

/* -- putting a fetched page in place of the one that is shown --------------------------------- */

class Stage {
  constructor(carrier, litter) {
    this.carrier = carrier;
    this.litter = litter;
    this.turn = 0;
    this.says = document.createElement("p");
    this.says.className = "unseen";
    this.says.setAttribute("role", "status");
    document.body.append(this.says);
  }

  async show(text, hash) {
    const next = new DOMParser().parseFromString(text, "text/html");
    const images = this.#heldBack(next);
    await this.#dress(next);
    this.litter.clear();
    this.turn += 1;
    this.#rename(next);
    document.title = next.title;
    document.body.replaceWith(document.adoptNode(next.body));
    document.body.append(this.says);
    this.says.textContent = "";
    this.#arrive(hash);
    for (const [image, source] of images) this.#fill(image, source);
    this.#run(next);
  }

  say(words) {
    this.says.textContent = words;
  }

  trouble(words) {
    this.says.textContent = "";
    document.querySelector(".carry-trouble")?.remove();
    const note = document.createElement("p");
    note.className = "warning carry-trouble";
    note.setAttribute("role", "alert");
    note.tabIndex = -1;
    note.textContent = words;
    document.querySelector("main").prepend(note);
    note.focus();
  }

  /* Pictures of the visit need the token too; a page's own `src` would ask without it. */
  #heldBack(next) {
    const held = [];
    for (const image of next.querySelectorAll("img[src]")) {
      const source = new URL(image.getAttribute("src"), window.location.href);
      if (this.carrier.isOurs(source) && !source.pathname.startsWith("/static/")) {
        image.removeAttribute("src");
        held.push([image, source]);
      }
    }
    return held;
  }

  async #fill(image, source) {
    try {
      const answer = await this.carrier.send(source);
      if (!answer.ok) return;
      const reader = new FileReader();
      reader.onload = () => { image.src = reader.result; };
      reader.readAsDataURL(await answer.blob());
    } catch {
      image.alt ||= "A picture that did not come";
    }
  }

  async #dress(next) {
    const worn = new Map();
    for (const sheet of document.head.querySelectorAll("link[rel=stylesheet]")) worn.set(sheet.href, sheet);
    const coming = [];
    for (const sheet of next.head.querySelectorAll("link[rel=stylesheet]")) {
      if (worn.delete(sheet.href)) continue;
      const link = document.createElement("link");
      link.rel = "stylesheet";
      link.href = sheet.href;
      coming.push(new Promise((done) => { link.onload = done; link.onerror = done; setTimeout(done, 2000); }));
      document.head.append(link);
    }
    await Promise.all(coming);
    for (const sheet of worn.values()) sheet.remove();
  }

  #rename(next) {
    for (const meta of document.head.querySelectorAll("meta[name]")) meta.remove();
    for (const meta of next.head.querySelectorAll("meta[name]")) document.head.append(document.adoptNode(meta));
    for (const { name } of [...document.documentElement.attributes]) document.documentElement.removeAttribute(name);
    for (const { name, value } of next.documentElement.attributes) document.documentElement.setAttribute(name, value);
  }

  #arrive(hash) {
    const aim = hash.length > 1 ? document.getElementById(decodeURIComponent(hash.slice(1))) : null;
    const goal = aim || document.querySelector("main h1") || document.querySelector("main");
    if (!aim) window.scrollTo(0, 0);
    if (!goal) return;
    if (!goal.hasAttribute("tabindex")) goal.tabIndex = -1;
    goal.focus();
  }

  /* As modules, each page's scripts have names of their own, and run anew under a new fragment. */
  #run(next) {
    for (const old of document.head.querySelectorAll("script[data-turn]")) old.remove();
    for (const given of next.querySelectorAll("script[src]")) {
      const script = document.createElement("script");
      script.type = "module";
      script.async = false;
      script.dataset.turn = this.turn;
      script.src = `${given.getAttribute("src").split("#")[0]}#turn-${this.turn}`;
      document.head.append(script);
    }
  }
}

/* -- going from page to page ------------------------------------------------------------------ */

class Journey {
  constructor(carrier, stage, addListener) {
    this.carrier = carrier;
    this.stage = stage;
    this.shown = "";
    this.under = null;
    this.posting = new WeakSet();
    window.history.scrollRestoration = "manual";
    addListener.document("click", (event) => this.clicked(event));
    addListener.document("submit", (event) => this.submitted(event));
    addListener.window("popstate", () => this.popped());
    const journey = this;
    const natively = HTMLFormElement.prototype.submit;
    HTMLFormElement.prototype.submit = function submit() {
      if (!journey.post(this, null)) natively.call(this);
    };
  }

  static place(address) {
    return address.pathname + address.search;
  }

  clicked(event) {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest?.("a[href]");
    if (!link) return;
    const to = new URL(link.href, window.location.href);
    if (!this.carrier.isOurs(to) || link.target === "_top") return;
    if (to.hash && Journey.place(to) === this.shown) return;
    event.preventDefault();
    this.go(to, { name: link.getAttribute("download") });
  }

  submitted(event) {
    if (event.defaultPrevented) return;
    if (this.post(event.target, event.submitter)) event.preventDefault();
  }

  /* Whether a form is sent from here; what goes to the LMS or another window, the browser posts. */
  post(form, button) {
    const method = (form.getAttribute("method") || "get").toLowerCase();
    if (method === "dialog") return false;
    const named = button?.getAttribute("formaction") || form.getAttribute("action");
    const to = new URL(named || window.location.href, window.location.href);
    if (!this.carrier.isOurs(to)) return false;
    if (form.target === "_blank") { this.carrier.lend(form); return false; }
    const data = new FormData(form);
    if (button?.name) data.append(button.name, button.value);
    if (method !== "post") {
      to.search = new URLSearchParams(data).toString();
      this.go(to);
    } else if (!this.posting.has(form)) {
      this.posting.add(form);
      const body = form.enctype === "multipart/form-data" ? data : new URLSearchParams(data);
      this.go(to, { body }).finally(() => this.posting.delete(form));
    }
    return true;
  }

  popped() {
    const to = new URL(window.location.href);
    if (Journey.place(to) === this.shown) return;
    this.go(to, { isBack: true });
  }

  async go(to, { body = null, name = null, isBack = false } = {}) {
    if (!(await this.mayLeave())) {
      if (isBack) window.history.pushState(null, "", this.shown);
      return;
    }
    this.under?.abort();
    const under = new AbortController();
    this.under = body ? null : under;
    const slow = setTimeout(() => this.stage.say(body ? "Sending…" : "Loading…"), SLOW);
    try {
      const answer = await this.carrier.send(to, {
        method: body ? "POST" : "GET", body, signal: under.signal, headers: { Accept: "text/html,*/*" },
      });
      await this.receive(answer, { to, body, name, isBack });
    } catch (fault) {
      if (fault.name !== "AbortError") this.stage.trouble(body ? LOST.form : LOST.page);
    } finally {
      clearTimeout(slow);
    }
  }

  async receive(answer, { to, body, name, isBack }) {
    const kind = answer.headers.get("Content-Type") || "";
    const disposition = answer.headers.get("Content-Disposition") || "";
    if (!kind.startsWith("text/html") || disposition.startsWith("attachment")) {
      await this.save(answer, disposition, name);
      return;
    }
    const text = await answer.text();
    if (body && answer.status === 401) { this.stage.trouble(LOST.visit); return; }
    const landed = new URL(answer.url);
    landed.hash = to.hash;
    const y = isBack ? window.history.state?.y ?? 0 : 0;
    /* A form that comes back with a fault stands where its page stood, as it can be opened again. */
    const stays = isBack || (body && !answer.redirected);
    if (!stays) {
      window.history.replaceState({ y: window.scrollY }, "");
      if (Journey.place(landed) === this.shown || !this.shown) window.history.replaceState(null, "", landed);
      else window.history.pushState(null, "", landed);
      this.shown = Journey.place(landed);
    } else if (isBack) {
      this.shown = Journey.place(to);
    }
    await this.stage.show(text, landed.hash);
    if (y) window.scrollTo(0, y);
  }

  async save(answer, disposition, name) {
    if (!answer.ok) { this.stage.trouble(LOST.file); return; }
    const said = /filename\*=UTF-8''([^;]+)/i.exec(disposition);
    const plain = /filename="?([^";]+)/i.exec(disposition);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = name || (said && decodeURIComponent(said[1])) || (plain && plain[1]) || answer.url.split("/").pop();
    HTMLElement.prototype.click.call(link);
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    this.stage.say(`${link.download} is being saved.`);
  }

  /* A page with unsaved words is asked as the browser would ask it; its own question is drawn here,
     because a frame of another site may not open the browser's. */
  async mayLeave() {
    const asked = new Event("beforeunload", { cancelable: true });
    if (window.dispatchEvent(asked)) return true;
    const question = document.createElement("dialog");
    question.setAttribute("aria-label", "Leave this page?");
    const words = document.createElement("p");
    words.textContent = "Something you wrote here has not been saved yet. Leave the page all the same?";
    const buttons = document.createElement("form");
    buttons.method = "dialog";
    buttons.className = "actions";
    for (const [value, label] of [["stay", "Stay here"], ["leave", "Leave"]]) {
      const button = document.createElement("button");
      button.value = value;
      button.textContent = label;
      buttons.append(button);
    }
    question.append(words, buttons);
    document.body.append(question);
    question.showModal();
    await new Promise((closed) => { question.addEventListener("close", closed); });
    question.remove();
    return question.returnValue === "leave";
  }
}

const field = document.querySelector("form[data-carry] input");
if (field) {
  const begin = new URL(field.form.dataset.carry, window.location.href);
  const add = {
    document: document.addEventListener.bind(document),
    window: window.addEventListener.bind(window),
  };
  const carrier = new Carrier(field);
  window.fetch = (target, options) => carrier.send(target, options);
  const stage = new Stage(carrier, new Litter(window, document));
  new Journey(carrier, stage, add).go(begin);
}
