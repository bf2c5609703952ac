/* The page around the checks: what somebody gives, the page's own badge, and the answer in words. */
import { nameOf, verify } from "./checks.js";
import { element } from "./elements.js";
import { day, text } from "./report.js";
import { rubricOf, scoresOf } from "./rubric.js";

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
  const get = async (path, sum) => {
    const name = path.endsWith(".json") ? path : `${path}.json`;
    const answer = await fetch(name, sum ? { integrity: sum } : { cache: "no-cache" });
    if (!answer.ok) throw new Error(`${name} answers ${answer.status}`);
    return answer.json();
  };
  // What the words of a badge mean must be what it was when this page was written.
  const sum = document.querySelector('meta[name="contexts"]').content;
  const contexts = await get("/static/verify/contexts.json", sum).catch(() => {
    throw new Error("a file of this site was changed since it was written; SHA256SUMS tells which");
  });
  const { host } = await get("/static/verify/site.json");
  return { host, here: location.host, get, contexts };
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
  const name = text(said.name) || text(subject.achievement?.name);
  const facts = [
    [report.thing[0].toUpperCase() + report.thing.slice(1), name],
    [report.isIssuerKnown ? "Issued by" : "Issued, as it says itself, by", said.issuer?.name ?? said.issuer?.id ?? said.issuer],
    ["On", moment(said.awardedDate ?? said.validFrom)],
    ["Until", moment(said.validUntil)],
    // What somebody may have changed is not repeated.
    ...(isTold(report) ? scoresOf(said) : []),
  ].filter(([, words]) => typeof words === "string" && words);
  if (facts.length === 0) return null;
  const comment = report.isIntact ? text(subject.endorsementComment) : "";
  return element("div", {},
    element("dl", { class: "facts" }, ...facts.map(([name, words]) =>
      element("div", {}, element("dt", {}, name), element("dd", {}, words.slice(0, 300))))),
    comment ? element("blockquote", {}, element("p", {}, comment.slice(0, 3000))) : null);
}

const isTold = (report) => report.isIntact && report.outcome !== "not-valid";

const moment = (value) => (typeof value === "string" && !Number.isNaN(Date.parse(value)) ? day(value) : "");

/* The rubric with the reached levels lit, and each badge that lies within by itself. */
function widerAnswer(report) {
  const rubric = isTold(report) ? rubricOf(report.document, 4) : null;
  return [
    rubric ? element("h3", {}, "What was reached") : null,
    rubric,
    report.parts.length ? element("h3", {}, "What is inside, each by itself") : null,
    ...report.parts.map((part) => element("details", { class: "inside" },
      element("summary", {}, `${nameOf(part.document)}: ${part.sentence}`),
      ...[saidBy(part), checksOf(part), isTold(part) ? rubricOf(part.document, 4) : null].filter(Boolean))),
  ];
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
    ...(isFolded ? [] : widerAnswer(report)),
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
    answer(place, await verify(await given(), site, options), options.isFolded);
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
  check(place, given, { expected: place.dataset.id, isFolded: true });
}

/* What somebody gives. */
const form = document.querySelector("form.verify");
if (form) {
  document.querySelector("#without").remove();
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
  // Links to this page may name a badge of this site.
  const asked = new URLSearchParams(location.search).get("address") ?? "";
  if (URL.canParse(asked)) {
    const path = new URL(asked).pathname;
    check(place, async () => {
      const found = /^\/badges\/\w+$/.test(path) ? await fetch(`${path}.json`, { cache: "no-cache" }) : null;
      if (!found?.ok) throw new Error(`there is no badge at ${asked} in this site; save its file and give it below`);
      return found.blob();
    }, { expected: asked });
  }
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
