// Two outside verifiers: Digital Bazaar's for Data Integrity proofs, jose for JWTs. Every document
// they may ask for is handed to them; nothing is fetched.

import * as statusLists from "@digitalbazaar/vc-bitstring-status-list";
import * as vc from "@digitalbazaar/vc";
import { createLocalJWKSet, jwtVerify } from "jose";
import { DataIntegrityProof } from "@digitalbazaar/data-integrity";
import { cryptosuite } from "@digitalbazaar/eddsa-rdfc-2022-cryptosuite";

/** Where the document of a did:web identifier lies. */
export function webAddress(did) {
  const [host, ...path] = did.split(":").slice(2).map(decodeURIComponent);
  return `https://${host}/${path.length ? path.join("/") : ".well-known"}/did.json`;
}

/** A document loader over a table of addresses; did:web identifiers and their keys are found too. */
export function loader(documents) {
  return async (url) => {
    if (!url.startsWith("did:")) {
      if (!(url in documents)) throw new Error(`nothing lies at ${url}`);
      return { contextUrl: null, documentUrl: url, document: documents[url] };
    }
    const [did] = url.split("#");
    const whole = documents[webAddress(did)];
    if (!whole) throw new Error(`${did} cannot be resolved`);
    const method = whole.verificationMethod.find(({ id }) => id === url);
    if (url !== did && !method) throw new Error(`${did} lists no ${url}`);
    const document =
      url === did ? whole : { "@context": "https://w3id.org/security/multikey/v1", ...method };
    return { contextUrl: null, documentUrl: url, document };
  };
}

/** The deepest reasons of a verdict, in one line. */
function reasons(error) {
  const within = error?.errors ?? (error?.cause instanceof Error ? [error.cause] : []);
  return within.length ? within.map(reasons).join("; ") : `${error?.name}: ${error?.message}`;
}

/** Verify a credential with an embedded proof; returns `null` or why it is refused. */
export async function digitalBazaar({ text, documents, now }) {
  const documentLoader = loader(documents);
  const answer = await vc.verifyCredential({
    credential: JSON.parse(text),
    suite: new DataIntegrityProof({ cryptosuite }),
    documentLoader,
    checkStatus: statusLists.checkStatus,
    now,
  });
  if (!answer.verified) return reasons(answer.error ?? answer.statusResult?.error);
  // The library reports the bit and leaves the conclusion to whoever asked.
  const entries = answer.statusResult?.results ?? [];
  return entries.some(({ status }) => status) ? "the status list says revoked" : null;
}

/** Verify a compact JWT by a key the issuer lists; returns `null` or why it is refused. */
export async function jose({ text, issuer, documents, now }) {
  const methods = documents[webAddress(issuer)].verificationMethod;
  const keys = methods.filter((method) => method.publicKeyJwk);
  const listed = keys.map((method) => ({ ...method.publicKeyJwk, kid: method.id }));
  try {
    await jwtVerify(text, createLocalJWKSet({ keys: listed }), {
      issuer,
      algorithms: ["ES256"],
      typ: "JWT",
      currentDate: new Date(now),
    });
    return null;
  } catch (error) {
    return reasons(error);
  }
}
