// Answers questions, one JSON object a line, until the input ends. The first line brings the
// documents every question may use; each question brings its own beside them.

import { createInterface } from "node:readline";
import { digitalBazaar, jose } from "./verifiers.mjs";

const judges = { "@digitalbazaar/vc": digitalBazaar, jose };
let shelf = null;

for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  if (shelf === null) {
    shelf = question;
    continue;
  }
  const documents = { ...shelf, ...question.documents };
  let answer;
  try {
    answer = { refused: await judges[question.judge]({ ...question, documents }) };
  } catch (error) {
    answer = { broken: String(error?.stack ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
