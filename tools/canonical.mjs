// What the verification page of an exported site takes from others: the canonical form of a
// credential and Ed25519. `python -m tools.bundle` makes one file of it.
import jsonld from "jsonld";
import { canonize } from "rdf-canonize";
import { verifyAsync } from "@noble/ed25519";

/* The canonical form (RDFC-1.0) of a document. Contexts are those given; none is fetched, and a
   word that none of them defines is an error (safe mode), because no signature would cover it. */
export async function canonical(document, contexts) {
  const documentLoader = async (url) => {
    if (!Object.hasOwn(contexts, url)) throw new Error(`the context ${url} is not known here`);
    return { contextUrl: null, documentUrl: url, document: { "@context": contexts[url] } };
  };
  const statements = await jsonld.toRDF(document, { documentLoader, safe: true, base: null });
  return canonize(statements, { algorithm: "RDFC-1.0", maxWorkFactor: 1 });
}

/* Whether an Ed25519 signature (RFC 8032, strictly) fits bytes and key. */
export const fits = (signature, message, key) =>
  verifyAsync(signature, message, key, { zip215: false });
