/* Is a credential genuine, as far as this site can tell? Every check says what it saw.

   The site is all that is asked: its did documents and its status lists. Whoever signed elsewhere
   cannot be reached from here, and the report says so. */
import { canonical, fits } from "./vendor/canonical.js";
import { isAssertion, verifyAssertion } from "./assertions.js";
import { fromBase64url, read, utf8 } from "./reading.js";
import { FAILED, NOTED, PASSED, Report, Stop, UNKNOWN, day, idOf, list, moment, pathAt, text } from "./report.js";

const SUITES = ["eddsa-rdfc-2022", "eddsa-2022"];
const HEADERS = ["alg", "kid", "jwk", "typ"];
const THINGS = {
  OpenBadgeCredential: "badge", AchievementCredential: "badge", ClrCredential: "record",
  EndorsementCredential: "endorsement", BitstringStatusListCredential: "status list",
};
const SHORTEST_LIST = 131072;
const LONGEST_LIST = 4 * 1024 * 1024;
const MOST_INSIDE = 24;
const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/* Check what somebody gave: a file or a text. `expected` is the id it must have, if any. */
export async function verify(given, site, { now = new Date(), expected = "" } = {}) {
  const report = new Report();
  try {
    const found = await read(given);
    Object.assign(report, { document: found.document, form: found.form });
    await report.look(isAssertion(found) ? "Issuer's word" : "Format", () => (isAssertion(found)
      ? verifyAssertion(found, site, report, now)
      : verifyCredential(found, site, report, now)));
  } catch (error) {
    report.add("Format", FAILED, error.message);
  }
  if (expected && report.document.id !== expected) {
    report.add("Address", FAILED, `the file at this address is another badge, ${report.document.id}`);
  }
  return report;
}

async function verifyCredential({ document, token, form }, site, report, now, depth = 0) {
  const kinds = list(document.type);
  const kind = kinds.find((one) => Object.hasOwn(THINGS, one));
  if (!kinds.includes("VerifiableCredential") || !kind) throw new Stop(FAILED, "it does not call itself a badge");
  report.thing = THINGS[kind];
  report.add("Format", PASSED, `Open Badges 3.0 as ${form}`);
  if (!knowsContexts(document, site)) {
    report.add("Contexts", UNKNOWN, "it is written in words this page does not know, or brings a dictionary of its own");
    return;
  }
  await report.look("Signature", () => (token
    ? checkToken(token, document, site, report)
    : checkEmbedded(document, site, report)));
  await report.look("Dates", () => report.add("Dates", PASSED, datesOf(document, token, now)));
  await report.look("Status", () => checkStatus(document, site, report, now));
  if (depth < 2) await checkInside(document, site, report, now, depth);
}

/* Each badge of a record has to hold; what others say of a badge has to be theirs. */
async function checkInside(document, site, report, now, depth) {
  const subjects = list(document.credentialSubject);
  const badges = subjects.flatMap((one) => list(one?.verifiableCredential));
  const said = [document, ...subjects.map((one) => one?.achievement)].flatMap((one) => list(one?.endorsement));
  for (const one of [...badges, ...said].slice(0, MOST_INSIDE)) {
    const part = new Report();
    await part.look("Format", async () => {
      const found = partOf(one);
      part.document = found.document;
      await verifyCredential(found, site, part, now, depth + 1);
    });
    report.parts.push(part);
    const words = `${nameOf(part.document)}: ${part.sentence.replace(/\.$/, "")}`;
    if (badges.includes(one)) report.add("Inside", { valid: PASSED, "not-valid": FAILED }[part.outcome] ?? UNKNOWN, words);
    else report.add("Endorsement", part.isIntact === false ? FAILED : part.outcome === "valid" ? PASSED : NOTED, words);
  }
  if (badges.length + said.length > MOST_INSIDE) report.add("Inside", UNKNOWN, `it holds more than ${MOST_INSIDE} badges and endorsements, and the rest was not looked at`);
}

export const nameOf = (document) =>
  text(document.name) || text(list(document.credentialSubject)[0]?.achievement?.name) || text(document.issuer?.name) || "a badge";

function partOf(one) {
  if (typeof one === "string") throw new Stop(UNKNOWN, "it is written as a JWT; give that one by itself");
  return { document: one, token: null, form: "JSON" };
}

function knowsContexts(document, site) {
  const named = list(document["@context"]);
  const inside = Object.entries(document).every(([name, value]) => name === "@context" || innerContexts(value, site));
  return named.length > 0 && named.every((one) => typeof one === "string" && Object.hasOwn(site.contexts, one)) && inside;
}

function innerContexts(value, site) {
  if (Array.isArray(value)) return value.every((one) => innerContexts(one, site));
  if (value === null || typeof value !== "object") return true;
  return "@context" in value ? knowsContexts(value, site) : Object.values(value).every((one) => innerContexts(one, site));
}

/* Data Integrity: the canonical forms of proof and document, hashed, signed with Ed25519. */
async function checkEmbedded(document, site, report) {
  const proof = list(document.proof).find((one) => one.type === "DataIntegrityProof" && SUITES.includes(one.cryptosuite));
  if (!proof) {
    throw list(document.proof).length
      ? new Stop(UNKNOWN, "its kind of signature is not known to this page")
      : new Stop(FAILED, "it carries no signature");
  }
  if (proof.proofPurpose !== "assertionMethod") throw new Stop(FAILED, "its signature was made for another purpose");
  const method = await keyOf(text(proof.verificationMethod), idOf(document.issuer), site, report);
  if (!method) return;
  const key = fromMultibase(text(method.publicKeyMultibase));
  if (key.length !== 34 || key[0] !== 0xed || key[1] !== 0x01) throw new Stop(FAILED, "the key is not an Ed25519 key");
  const { proof: _, ...bare } = document;
  const { proofValue, "@context": own, ...options } = proof;
  if (own !== undefined && !list(own).every((one, place) => one === list(document["@context"])[place])) {
    throw new Stop(FAILED, "its signature is written in other words than the badge");
  }
  let forms;
  try {
    forms = [
      await canonical({ ...options, "@context": own ?? document["@context"] }, site.contexts),
      await canonical(bare, site.contexts),
    ];
  } catch (error) {
    throw error.name === "jsonld.ValidationError"
      ? new Stop(FAILED, "it holds words that no signature can cover")
      : new Stop(UNKNOWN, "its words cannot be brought into the order in which they are signed");
  }
  const signed = new Uint8Array(64);
  signed.set(await sha256(forms[0]), 0);
  signed.set(await sha256(forms[1]), 32);
  const signature = fromMultibase(text(proofValue));
  report.isIntact = signature.length === 64 && (await fits(signature, signed, key.subarray(2)));
  if (!report.isIntact) throw new Stop(FAILED, "the signature does not fit: something in it was changed, or another key signed it");
  report.add("Signature", PASSED, `the ${proof.cryptosuite} signature fits every word of it`);
}

/* VC-JWT: ES256 by the browser itself. */
async function checkToken(token, document, site, report) {
  const [head, body, tail] = token.split(".");
  const header = JSON.parse(utf8(fromBase64url(head)));
  const claims = JSON.parse(utf8(fromBase64url(body)));
  if (header.alg !== "ES256") throw new Stop(UNKNOWN, `its signature is of the kind ${header.alg}, which this page does not know`);
  if (Object.keys(header).some((name) => !HEADERS.includes(name))) throw new Stop(FAILED, "the head of its JWT holds what it may not");
  const same = { iss: idOf(document.issuer), jti: document.id, sub: document.credentialSubject?.id };
  for (const [name, value] of Object.entries(same)) {
    if (name in claims && value !== undefined && claims[name] !== value) {
      throw new Stop(FAILED, `the JWT's claim ${name} differs from the badge`);
    }
  }
  if (!text(header.kid).includes(":")) throw new Stop(UNKNOWN, "it brings its own key, so nobody vouches for who signed it");
  const method = await keyOf(header.kid, idOf(document.issuer), site, report);
  if (!method) throw new Stop(UNKNOWN, "without the issuer's key its signature cannot be checked");
  const { kty, crv, x, y } = method.publicKeyJwk ?? {};
  if (kty !== "EC" || crv !== "P-256") throw new Stop(FAILED, "the key is not of the kind that made such a signature");
  const key = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  const signed = new TextEncoder().encode(`${head}.${body}`);
  report.isIntact = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, fromBase64url(tail), signed);
  if (!report.isIntact) throw new Stop(FAILED, "the signature does not fit: something in it was changed, or another key signed it");
  report.add("Signature", PASSED, "the ES256 signature fits every word of it");
}

/* The key behind a name, where the issuer's document at this site vouches for it. */
async function keyOf(method, issuer, site, report) {
  const [owner, fragment = ""] = method.split("#");
  if (!owner || owner !== issuer) throw new Stop(FAILED, "the key that signed it is not the issuer's");
  const address = didAddress(issuer);
  if (!address || address.host !== site.host) {
    const words = address ? `its issuer's keys lie at ${address.host}, which this page may not ask` : `nobody at this site vouches for its issuer ${issuer}`;
    report.add("Issuer", UNKNOWN, words);
    return fragment.startsWith("z") ? { publicKeyMultibase: fragment } : null;
  }
  let found;
  try {
    found = await site.get(address.path);
  } catch (error) {
    throw new Stop(UNKNOWN, `the issuer's keys cannot be had: ${error.message}`);
  }
  const absolute = (id) => (text(id).startsWith("#") ? found.id + id : text(id));
  const entry = list(found.verificationMethod).find((one) => absolute(one.id) === method);
  const fault =
    found.id !== issuer ? "the document at the issuer's address is another's"
      : !entry ? "its issuer does not list the key that signed it"
        : !list(found.assertionMethod).some((one) => absolute(one) === method) ? "its issuer does not use this key for badges"
          : (entry.controller ?? issuer) !== issuer ? "the key is somebody else's"
            : entry.revoked ? "its issuer has revoked the key"
              : "";
  if (fault) throw new Stop(FAILED, fault);
  report.vouched(site, `the key that signed it is one that ${issuer} vouches for`);
  return entry;
}

function didAddress(did) {
  const [scheme, method, host, ...steps] = did.split(":");
  if (scheme !== "did" || method !== "web" || !host) return null;
  if (!steps.every((step) => /^[\w.~-]+$/.test(step) && !/^\.+$/.test(step))) return null;
  return {
    host: decodeURIComponent(host),
    path: steps.length ? `/${steps.join("/")}/did.json` : "/.well-known/did.json",
  };
}

function datesOf(document, token, now) {
  const claims = token ? JSON.parse(utf8(fromBase64url(token.split(".")[1]))) : {};
  const from = moment(document.validFrom ?? document.issuanceDate, "when it begins");
  const until = document.validUntil ?? document.expirationDate;
  const ends = until === undefined ? null : moment(until, "when it ends");
  if (from === null) throw new Stop(FAILED, "it does not say from when it holds");
  if (from > now || claims.nbf * 1000 > now) throw new Stop(FAILED, `it holds from ${day(from)} only, which is still to come`);
  if (ends !== null && ends < now) throw new Stop(FAILED, `it expired on ${day(ends)}`);
  if (claims.exp * 1000 < now) throw new Stop(FAILED, `it expired on ${day(new Date(claims.exp * 1000))}`);
  return ends ? `it holds from ${day(from)} to ${day(ends)}` : `it holds from ${day(from)} and does not expire`;
}

/* The bit of a signed list that says whether it was revoked. */
async function checkStatus(document, site, report, now) {
  const entries = list(document.credentialStatus);
  if (list(document.type).includes("BitstringStatusListCredential")) return;
  if (entries.length === 0) report.add("Status", NOTED, "it names no status list, so its issuer cannot revoke it");
  for (const entry of entries.slice(0, 4)) {
    if (entry.type !== "BitstringStatusListEntry") throw new Stop(UNKNOWN, "this page does not know the kind of list that says whether it was revoked");
    if (!["revocation", "suspension"].includes(entry.statusPurpose)) continue;
    const found = await listAt(text(entry.statusListCredential), site, now);
    if (idOf(found.issuer) !== idOf(document.issuer)) throw new Stop(FAILED, "the status list it names is another issuer's");
    if (!list(found.credentialSubject?.statusPurpose).includes(entry.statusPurpose)) throw new Stop(UNKNOWN, "its status list serves another purpose");
    const bits = await unpacked(text(found.credentialSubject?.encodedList));
    const place = /^\d{1,9}$/.test(text(entry.statusListIndex)) ? Number(entry.statusListIndex) : -1;
    if (bits.length * 8 < SHORTEST_LIST || (entry.statusSize ?? 1) !== 1) throw new Stop(UNKNOWN, "its status list is of an odd size");
    if (place < 0 || place >= bits.length * 8) throw new Stop(FAILED, "its place is not on its status list");
    if (bits[place >> 3] & (0x80 >> (place & 7))) {
      throw new Stop(FAILED, entry.statusPurpose === "revocation" ? "its issuer has revoked it" : "it is suspended");
    }
    report.add("Status", PASSED, `not revoked on the issuer's signed list at this site, which last changed on ${day(found.validFrom)}`);
  }
}

async function listAt(address, site, now) {
  const path = pathAt(address, site, "whether it was revoked stands");
  let found;
  try {
    found = await site.get(path);
  } catch (error) {
    throw new Stop(UNKNOWN, `its status list cannot be had: ${error.message}`);
  }
  const report = new Report();
  if (found.id !== address || !list(found.type).includes("BitstringStatusListCredential")) throw new Stop(UNKNOWN, "what lies at the address of its status list is another thing");
  await report.look("Signature", () => checkEmbedded(found, site, report));
  await report.look("Dates", () => datesOf(found, null, now));
  const fault = report.checks.find((one) => one.verdict === FAILED) ?? (report.isIntact ? null : { saw: "it was not found out why" });
  if (fault || !report.isIntact) throw new Stop(UNKNOWN, `its status list itself does not verify: ${fault.saw}`);
  return found;
}

async function unpacked(encoded) {
  if (!encoded.startsWith("u")) throw new Stop(UNKNOWN, "its status list cannot be unpacked");
  const stream = new Blob([fromBase64url(encoded.slice(1))]).stream().pipeThrough(new DecompressionStream("gzip"));
  const chunks = [];
  let length = 0;
  try {
    for (const reader = stream.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      length += value.length;
      if (length > LONGEST_LIST) throw new Error("too long");
    }
  } catch {
    throw new Stop(UNKNOWN, "its status list cannot be unpacked");
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

function fromMultibase(value) {
  if (!/^z[1-9A-HJ-NP-Za-km-z]{1,200}$/.test(value)) throw new Stop(FAILED, "a key or signature in it cannot be read");
  let number = 0n;
  for (const letter of value.slice(1)) number = number * 58n + BigInt(ALPHABET.indexOf(letter));
  const digits = number.toString(16);
  const bytes = (number ? digits.padStart(digits.length + (digits.length % 2), "0").match(/../g) : []).map((pair) => parseInt(pair, 16));
  const zeros = value.slice(1).match(/^1*/)[0].length;
  return Uint8Array.from([...new Array(zeros).fill(0), ...bytes]);
}

const sha256 = async (words) => new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(words)));
