// What Node's libraries do with the credentials of a measurement, and how much processor time it
// takes them. The first line brings documents, keys and credentials; each further line says what to
// do and for how many seconds, and is answered with how often it was done and the time it took.

import { createInterface } from "node:readline";
import * as Ed25519Multikey from "@digitalbazaar/ed25519-multikey";
import * as statusLists from "@digitalbazaar/vc-bitstring-status-list";
import * as vc from "@digitalbazaar/vc";
import { DataIntegrityProof } from "@digitalbazaar/data-integrity";
import { cryptosuite } from "@digitalbazaar/eddsa-rdfc-2022-cryptosuite";
import { createLocalJWKSet, importJWK, jwtVerify, SignJWT } from "jose";
import { loader } from "../tests/badges/judges/verifiers.mjs";

async function contenders(given) {
  const documentLoader = loader(given.documents);
  const { credentials, signed, tokens, claims, now } = given;
  const at = (list, number) => list[number % list.length];
  const key = await Ed25519Multikey.generate({
    id: given.method,
    controller: given.did,
    seed: Uint8Array.from(Buffer.from(given.seed, "hex")),
  });
  if (given.method !== `${given.did}#${key.publicKeyMultibase}`) throw new Error("another key");
  const signer = key.signer();
  const jwk = await importJWK(given.jwk, "ES256");
  const { d: _private, ...open } = given.jwk;
  const keys = createLocalJWKSet({ keys: [{ ...open, kid: given.kid }] });
  const verify = async (number, checkStatus) => {
    const answer = await vc.verifyCredential({
      credential: at(signed, number),
      suite: new DataIntegrityProof({ cryptosuite }),
      documentLoader,
      checkStatus,
      now,
    });
    if (!answer.verified) throw answer.error ?? answer.statusResult.error;
  };
  return {
    "sign data integrity": async (number) =>
      await vc.issue({
        credential: at(credentials, number),
        suite: new DataIntegrityProof({ signer, cryptosuite, date: now }),
        documentLoader,
        now,
      }),
    "verify proof": (number) => verify(number, async () => ({ verified: true })),
    "verify whole": (number) => verify(number, statusLists.checkStatus),
    "sign jwt": async (number) =>
      await new SignJWT(at(claims, number))
        .setProtectedHeader({ alg: "ES256", kid: given.kid, typ: "JWT" })
        .sign(jwk),
    "verify jwt": async (number) =>
      await jwtVerify(at(tokens, number), keys, { algorithms: ["ES256"], currentDate: new Date(now) }),
  };
}

let known = null;
let number = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const told = JSON.parse(line);
  if (known === null) {
    known = await contenders(told);
    continue;
  }
  const work = known[told.do];
  const before = process.cpuUsage();
  const began = performance.now();
  let count = 0;
  let made;
  do {
    made = await work(number++);
    count++;
  } while (performance.now() - began < told.seconds * 1000);
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(`${JSON.stringify({ count, cpu: (user + system) / 1e6, made })}\n`);
}
