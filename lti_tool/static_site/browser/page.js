/* The page around the checks: what somebody gives, the page's own badge, and the answer in words. */
import { day, verify } from "./checks.js";

const WORDS = {
  passed: ["Passed", "good"],
  noted: ["Noted", ""],
  unknown: ["Could not be checked", "attention"],
  failed: ["Failed", "stop"],
};
const MARKS = { valid: "✓", "not-valid": "✕", "could-not-be-checked": "?" };

/* The documents of this site, by the paths of their addresses. */
async function openSite() {
  if (!globalThis.crypto?.subtle) {
    throw new Error("your browser checks signatures on pages that come over https only, and this one does not");
  }
  const get = async (path) => {
    const name = path.split("/").at(-1).includes(".") ? path : `${path}.json`;
    const answer = await fetch(name, { cache: "no-cache" });
    if (!answer.ok) throw new Error(`${name} answers ${answer.status}`);
    return answer.json();
  };
  const { host } = await get("/static/verify/site.json");
  return { host, here: location.host, get, contexts: await get("/static/verify/contexts.json") };
}

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

const sentence = (words) => `${/^did:/.test(words) ? words[0] : words[0].toUpperCase()}${words.slice(1)}.`;

function checksOf(report) {
  return element("ul", { class: "checks" }, ...report.checks.map(({ name, verdict, saw }) => {
    const [word, tone] = WORDS[verdict];
    return element("li", {},
      element("strong", {}, name), " ", element("span", { class: `state ${tone}`.trim() }, word),
      element("br"), element("span", { class: "saw" }, sentence(saw)));
  }));
}

/* What the badge says of itself; beside the verdict only. */
function saidBy(report) {
  const said = report.document;
  const subject = [said.credentialSubject].flat()[0] ?? {};
  const achievement = subject.achievement ?? {};
  // What somebody may have changed is not repeated.
  const reached = report.isIntact ? levelsOf(subject, achievement) : [];
  const facts = [
    ["It is for", said.name ?? achievement.name],
    [report.isIssuerKnown ? "Issued by" : "Issued, as it says itself, by", said.issuer?.name ?? said.issuer?.id ?? said.issuer],
    ["On", moment(said.awardedDate ?? said.validFrom)],
    ["Until", moment(said.validUntil)],
  ].filter(([, words]) => typeof words === "string" && words);
  if (facts.length === 0) return null;
  return element("div", {},
    element("dl", { class: "facts" }, ...facts.map(([name, words]) =>
      element("div", {}, element("dt", {}, name), element("dd", {}, words.slice(0, 300))))),
    reached.length ? element("ul", { class: "plain reached" }, ...reached.map(([criterion, level]) =>
      element("li", {}, `${criterion}: `, element("strong", {}, level)))) : null);
}

const moment = (value) => (typeof value === "string" && !Number.isNaN(Date.parse(value)) ? day(value) : "");

function levelsOf(subject, achievement) {
  const described = new Map([achievement.resultDescription].flat().filter(Boolean).map((one) => [one.id, one]));
  return [subject.result].flat().filter(Boolean).slice(0, 60).flatMap((result) => {
    const criterion = described.get(result.resultDescription);
    const level = [criterion?.rubricCriterionLevel].flat().find((one) => one && one.id === result.achievedLevel);
    const words = level?.name ?? result.value ?? result.status;
    return criterion && typeof words === "string" ? [[String(criterion.name), words]] : [];
  });
}

/* A page that is about the badge says most of it already, so there it is folded. */
function answer(place, report, isFolded) {
  const said = saidBy(report);
  const mark = element("span", { "aria-hidden": "true" }, MARKS[report.outcome]);
  place.className = `verdict verdict-${report.outcome}`;
  place.replaceChildren(...[
    element("h2", { tabindex: "-1" }, mark, " ", report.sentence),
    said && isFolded ? element("details", {}, element("summary", {}, "What the signed badge says"), said) : said,
    element("details", report.outcome === "valid" ? {} : { open: "" },
      element("summary", {}, "What was checked"), checksOf(report)),
  ].filter(Boolean));
}

function excuse(place, error) {
  place.className = "verdict verdict-could-not-be-checked";
  place.replaceChildren(element("p", {}, sentence(`this badge could not be checked: ${error.message}`)));
}

async function check(place, given, options = {}) {
  place.hidden = false;
  place.className = "verdict";
  place.replaceChildren(element("p", {}, "Checking in your browser …"));
  try {
    const site = await openSite();
    answer(place, await verify(await given(), site, options), "expected" in options);
  } catch (error) {
    excuse(place, error);
  }
}

/* The badge this page is about. */
for (const place of document.querySelectorAll("[data-badge]")) {
  const given = async () => {
    const file = await fetch(place.dataset.badge, { cache: "no-cache" });
    if (!file.ok) throw new Error(`its file answers ${file.status}`);
    return file.blob();
  };
  check(place, given, { expected: place.dataset.id });
}

/* What somebody gives. */
const form = document.querySelector("form.verify");
if (form) {
  const place = document.querySelector("#answer");
  const file = form.elements.badge, pasted = form.elements.pasted;
  const begin = async () => {
    const given = file.files[0] ?? pasted.value.trim();
    const fault = document.querySelector("#verify-fault");
    fault.hidden = Boolean(given);
    if (!given) return pasted.focus();
    await check(place, async () => given);
    place.querySelector("h2")?.focus();
  };
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    begin();
  });
  file.addEventListener("change", () => {
    if (!file.files[0]) return;
    pasted.value = "";
    begin();
  });
  pasted.addEventListener("input", () => { file.value = ""; });
  for (const name of ["dragover", "drop"]) {
    addEventListener(name, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      if (name === "drop" && event.dataTransfer.files.length) {
        file.files = event.dataTransfer.files;
        pasted.value = "";
        begin();
      }
    });
  }
}
