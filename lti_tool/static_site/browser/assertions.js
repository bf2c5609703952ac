/* Open Badges 2.0. Of a hosted assertion, what its issuer's address says is the truth, and what was
   given only tells where to look. Of a signed one, the signed words are, and the issuer's profile
   says whose key it is. */
import { fromBase64url, utf8 } from "./reading.js";
import { FAILED, NOTED, PASSED, Stop, UNKNOWN, day, idOf, list, moment, pathAt, text } from "./report.js";

const SIGNED = ["SignedBadge", "signed"];
const SMALLEST_KEY = 2048;

export const isAssertion = ({ document }) => list(document.type).includes("Assertion");

export async function verifyAssertion({ document, token, form }, site, report, now) {
  const kinds = list((document.verification ?? document.verify)?.type);
  const isSigned = kinds.some((one) => SIGNED.includes(one));
  if (token && !isSigned) throw new Stop(FAILED, "it is signed, but does not say that its signature counts");
  if (!token && isSigned) throw new Stop(FAILED, "it says that it is signed, but what was given has no signature");
  report.add("Format", PASSED, `Open Badges 2.0, ${isSigned ? "signed" : "hosted"}, as ${form}`);
  const found = isSigned ? document : await hosted(document, site, report);
  await report.look("Dates", () => report.add("Dates", PASSED, datesOf(found, now)));
  const badge = await linked(found.badge, site, "what was earned is described");
  const issuer = await linked(badge.issuer, site, "its issuer's profile lies");
  report.document = shown(found, badge, issuer);
  if (isSigned) {
    await report.look("Signature", () => checkSignature(token, found, issuer, site, report));
    await report.look("Status", () => checkRevocations(found, issuer, site, report));
  } else {
    await report.look("Issuer", () => checkOrigin(found.id, issuer, site, report));
  }
}

/* The assertion as the issuer's address answers it. */
async function hosted(document, site, report) {
  const path = pathAt(text(document.id), site, "what its issuer says of it lies");
  let found;
  try {
    found = await site.get(path);
  } catch (error) {
    throw new Stop(UNKNOWN, `its issuer's address does not have it: ${error.message}; perhaps it is not shared`);
  }
  if (found.id !== document.id) throw new Stop(FAILED, "its issuer's address answers with another badge");
  if (found.revoked) {
    const reason = text(found.revocationReason);
    throw new Stop(FAILED, `its issuer has revoked it${reason ? `: ${reason.replace(/\.$/, "")}` : ""}`);
  }
  report.isIntact = true;
  report.add("Hosted copy", PASSED, `its issuer's address answers: ${found.id}`);
  const changed = Object.keys(document).find((name) => JSON.stringify(document[name]) !== JSON.stringify(found[name]));
  if (changed) report.add("Given", NOTED, `what was given differs in “${changed}”; what is shown here is what its issuer's address says`);
  return found;
}

/* A badge class or an issuer: what its address answers, even where a copy is embedded. */
async function linked(value, site, what) {
  const address = idOf(value);
  const path = pathAt(address, site, what);
  let found;
  try {
    found = await site.get(path);
  } catch (error) {
    throw new Stop(UNKNOWN, `${address} cannot be had: ${error.message}`);
  }
  if (found.id !== address) throw new Stop(FAILED, `the address ${address} answers with another id`);
  return found;
}

function checkOrigin(address, issuer, site, report) {
  const origins = list(issuer.verification?.allowedOrigins);
  const begins = list(issuer.verification?.startsWith);
  const host = new URL(address).host;
  const isThere = begins.length ? begins.some((one) => address.startsWith(one))
    : (origins.length ? origins : [new URL(issuer.id).host]).includes(host);
  if (!isThere) throw new Stop(FAILED, "it does not lie where its issuer says its badges lie");
  report.vouched(site, `it lies at its issuer's own address, ${host}`);
}

async function checkSignature(token, document, issuer, site, report) {
  const creator = idOf(document.verification?.creator);
  const named = list(issuer.publicKey).map(idOf);
  if (!creator || !named.includes(creator)) throw new Stop(FAILED, "the issuer's profile does not name the key that signed it");
  const found = await linked(creator, site, "the key that signed it lies");
  if (idOf(found.owner) !== issuer.id) throw new Stop(FAILED, "the key does not name this issuer as its owner");
  const [head, body, tail] = token.split(".");
  const header = JSON.parse(utf8(fromBase64url(head)));
  if (header.alg !== "RS256" || "crit" in header) throw new Stop(FAILED, `it is signed by ${header.alg}, where only RS256 is read`);
  const lines = text(found.publicKeyPem).match(/-----BEGIN PUBLIC KEY-----([\s\S]+)-----END PUBLIC KEY-----/);
  const spki = Uint8Array.from(atob((lines?.[1] ?? "").replace(/\s/g, "")), (letter) => letter.charCodeAt(0));
  const key = await crypto.subtle.importKey("spki", spki, { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, false, ["verify"]);
  if (key.algorithm.modulusLength < SMALLEST_KEY) throw new Stop(FAILED, "the key is so short that others can guess it");
  const signed = new TextEncoder().encode(`${head}.${body}`);
  report.isIntact = await crypto.subtle.verify("RSASSA-PKCS1-v1_5", key, fromBase64url(tail), signed);
  if (!report.isIntact) throw new Stop(FAILED, "the signature does not fit: something in it was changed, or another key signed it");
  report.add("Signature", PASSED, "the RS256 signature fits every word of it");
  report.vouched(site, `the issuer's profile names the key that signed it, and the key names the issuer: ${creator}`);
}

async function checkRevocations(document, issuer, site, report) {
  const found = await linked(issuer.revocationList, site, "what its issuer revoked is listed");
  if (!list(found.type).includes("RevocationList") || !Array.isArray(found.revokedAssertions) || (found.issuer ?? issuer.id) !== issuer.id) {
    throw new Stop(UNKNOWN, "what lies at the address of its issuer's revocation list is another thing");
  }
  const entry = found.revokedAssertions.find((one) => idOf(one) === document.id || (one?.uid && one.uid === document.uid));
  const reason = text(entry?.revocationReason);
  if (entry) throw new Stop(FAILED, `its issuer has revoked it${reason ? `: ${reason.replace(/\.$/, "")}` : ""}`);
  report.add("Status", PASSED, "not on the issuer's list of what was revoked, at this site");
}

function datesOf(document, now) {
  const from = moment(document.issuedOn, "when it was issued");
  const until = moment(document.expires, "when it ends");
  if (from === null) throw new Stop(FAILED, "it does not say when it was issued");
  if (from > now) throw new Stop(FAILED, `it was issued on ${day(from)}, which is still to come`);
  if (until !== null && until < now) throw new Stop(FAILED, `it expired on ${day(until)}`);
  return `issued on ${day(from)}, and ${until ? `in force until ${day(until)}` : "it does not expire"}`;
}

/* The three documents as one, in the words of the newer standard, for showing. */
const shown = (found, badge, issuer) => ({
  id: found.id, name: badge.name, description: badge.description,
  issuer: { id: issuer.id, name: issuer.name }, validFrom: found.issuedOn, validUntil: found.expires,
});
