/* The rubric as the badge describes it, with the level that was reached lit. */
import { element } from "./elements.js";
import { list, text } from "./report.js";

const LONGEST = 3000;
const MOST_CRITERIA = 40;

const short = (value) => text(value).slice(0, LONGEST);

/* Criteria with their levels from low to high: [{title, levels, required, reached}]. */
export function criteriaOf(document) {
  const subject = list(document.credentialSubject)[0] ?? {};
  const reached = new Map(list(subject.result).map((one) => [one?.resultDescription, text(one?.achievedLevel)]));
  return list(subject.achievement?.resultDescription).slice(0, MOST_CRITERIA).flatMap((one) => {
    // Their order is in `level`, for that of the list is not signed.
    const levels = list(one?.rubricCriterionLevel).filter((level) => level && typeof level === "object")
      .toSorted((a, b) => text(a.level).length - text(b.level).length || (text(a.level) < text(b.level) ? -1 : 1));
    if (levels.length === 0) return [];
    const place = (id) => (id ? levels.findIndex((level) => level.id === id) : -1);
    return [{ title: short(one.name), levels, required: place(text(one.requiredLevel)), reached: place(reached.get(one.id)) }];
  });
}

/* Results that are no level: a total, hours, credit. */
export function scoresOf(document) {
  const subject = list(document.credentialSubject)[0] ?? {};
  const described = new Map(list(subject.achievement?.resultDescription).map((one) => [one?.id, one]));
  return list(subject.result).slice(0, MOST_CRITERIA).flatMap((result) => {
    const found = described.get(result?.resultDescription);
    const value = short(result?.value) || short(result?.status);
    if (!found || !value || list(found.rubricCriterionLevel).length) return [];
    return [[short(found.name) || short(found.resultType), found.valueMax ? `${value} of ${short(found.valueMax)}` : value]];
  });
}

export function rubricOf(document, heading) {
  const criteria = criteriaOf(document);
  if (criteria.length === 0) return null;
  const isTold = criteria.some((one) => one.reached >= 0);
  return element("div", { class: `rubric rubric-${isTold ? "stranger" : "plain"}` },
    ...criteria.map((criterion, place) => criterionOf(criterion, place, isTold, heading)));
}

function criterionOf({ title, levels, required, reached }, place, isTold, heading) {
  const lit = levels[reached];
  const state = !lit ? ["", "No level is told"]
    : required < 0 ? ["", `Reached: ${short(lit.name)}`]
      : reached >= required ? ["good", `Met: ${short(lit.name)}`]
        : ["attention", `Not yet: ${short(lit.name)}`];
  return element("section", { class: "criterion" },
    element(`h${heading}`, { class: "criterion-title" }, `${place + 1}. ${title}`),
    isTold ? element("p", { class: `state ${state[0]}`.trim() }, state[1]) : null,
    element("ol", { class: "levels" }, ...levels.map((level, at) => levelOf(level, at, required, at === reached, levels.length))));
}

function levelOf(level, at, required, isLit, count) {
  const isMet = required >= 0 && at >= required;
  const points = Number.parseFloat(text(level.points));
  return element("li", { class: ["level", isLit && "is-reached", isMet && "is-met"].filter(Boolean).join(" ") },
    isLit ? element("p", { class: "level-mark" }, element("span", { "aria-hidden": "true" }, isMet ? "✓" : "●"), " Reached") : null,
    element("span", { class: "level-head" },
      element("strong", { class: "level-name" }, short(level.name)),
      Number.isNaN(points) ? null : element("span", { class: "level-points" }, `${points} ${points === 1 ? "point" : "points"}`),
      at === required ? element("span", { class: "level-bar" }, at === count - 1 ? "Met" : "Met from here") : null),
    element("span", { class: "level-descriptor" }, short(level.description)));
}
