// The canonical form as the exported verification page finds it: the vendored file itself, asked in
// lines of JSON. The first line brings the contexts.
import { createInterface } from "node:readline";
import { canonical } from "../../lti_tool/static_site/browser/vendor/canonical.js";

let contexts = null;

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  if (contexts === null) {
    contexts = asked;
    continue;
  }
  let answer;
  try {
    answer = { text: await canonical(asked, contexts) };
  } catch (error) {
    answer = { refused: `${error.name}: ${error.message}` };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
