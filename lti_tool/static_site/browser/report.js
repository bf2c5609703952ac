/* What was looked at, what was seen, and what follows; and the small words all checks use. */

export const PASSED = "passed", NOTED = "noted", UNKNOWN = "unknown", FAILED = "failed";

/* A check that ended early: its verdict and what was seen. */
export class Stop extends Error {
  constructor(verdict, saw) {
    super(saw);
    this.verdict = verdict;
  }
}

export class Report {
  checks = [];
  parts = [];
  isIntact = null;
  isIssuerKnown = null;
  document = {};
  form = "";
  thing = "badge";

  add(name, verdict, saw) {
    this.checks.push({ name, verdict, saw: saw.length > 600 ? `${saw.slice(0, 600)}…` : saw });
  }

  async look(name, check) {
    try {
      await check();
    } catch (error) {
      this.add(name, error instanceof Stop ? error.verdict : UNKNOWN, error.message);
    }
  }

  /* Who vouches for it, at the issuer's own address or at a copy of it. */
  vouched(site, words) {
    this.isIssuerKnown = site.here === site.host;
    if (this.isIssuerKnown) this.add("Issuer", PASSED, words);
    else this.add("Issuer", UNKNOWN, `this is a copy at ${site.here} of the issuer's site ${site.host}, and whoever runs the copy could have changed the keys`);
  }

  get outcome() {
    const verdicts = this.checks.map((one) => one.verdict);
    if (verdicts.includes(FAILED)) return "not-valid";
    return verdicts.length === 0 || verdicts.includes(UNKNOWN) ? "could-not-be-checked" : "valid";
  }

  get sentence() {
    const first = (verdict) => this.checks.find((one) => one.verdict === verdict)?.saw ?? "nothing was found in it";
    if (this.outcome === "valid") return `This ${this.thing} is genuine and still holds.`;
    if (this.outcome === "not-valid") return `This ${this.thing} is not valid: ${first(FAILED)}.`;
    if (this.isIntact && !this.isIssuerKnown) return `This ${this.thing} is intact, but its issuer is not proven.`;
    return `This ${this.thing} could not be checked: ${first(UNKNOWN)}.`;
  }
}

/* The path of an address at the issuer's site; `what` lies there. */
export function pathAt(address, site, what) {
  const where = URL.canParse(address) ? new URL(address) : null;
  if (where?.host !== site.host) {
    throw new Stop(UNKNOWN, `${what} at ${where?.host || "no address"}, which this page may not ask`);
  }
  return where.pathname;
}

export const list = (value) => (value === undefined || value === null ? [] : Array.isArray(value) ? value : [value]);
export const text = (value) => (typeof value === "string" ? value : "");
export const idOf = (value) => (typeof value === "string" ? value : text(value?.id));

/* A moment as it stands in a badge, or null where there is none. */
export function moment(value, what) {
  if (value === undefined) return null;
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text(value)) || Number.isNaN(Date.parse(value))) {
    throw new Stop(FAILED, `it does not say properly ${what}`);
  }
  return new Date(value);
}

export const day = (value) =>
  new Date(value).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
