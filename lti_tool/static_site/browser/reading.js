/* What somebody gave, a file or a text, becomes the credential in it. */

const LARGEST = 8 * 1024 * 1024;
const LONGEST = 512 * 1024;
const KEYWORDS = ["openbadgecredential", "clrcredential", "openbadges"];
const NAMESPACES = [
  "https://purl.imsglobal.org/ob/v3p0",
  "https://purl.imsglobal.org/clr/v2p0",
  "http://openbadges.org",
];

/* Why something cannot be read, in words for whoever gave it. */
export class NotReadable extends Error {}

/* {document, token, form}: the credential, its compact JWT or null, and what it came in. */
export async function read(given) {
  const bytes = given instanceof Blob ? await bytesOf(given) : new TextEncoder().encode(given.trim());
  if (bytes.length > LARGEST) throw new NotReadable("it is larger than 8 MB, which no badge is");
  if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47])) return ofText(textInPng(bytes), "in a PNG picture");
  const text = new TextDecoder().decode(bytes).trim();
  if (text.startsWith("<")) return ofText(textInSvg(text), "in an SVG picture");
  return ofText(text, "");
}

async function bytesOf(file) {
  if (file.size > LARGEST) throw new NotReadable("it is larger than 8 MB, which no badge is");
  return new Uint8Array(await file.arrayBuffer());
}

const startsWith = (bytes, start) => start.every((value, place) => bytes[place] === value);

function ofText(text, carrier) {
  if (text.length > LONGEST) throw new NotReadable("the credential in it is too long");
  if (text.startsWith("{")) {
    return { document: objectIn(text), token: null, form: join("JSON", carrier) };
  }
  if (/^https?:\/\/\S+$/.test(text) && carrier) {
    // What pictures of the first Open Badges hold: only where the badge lies.
    return { document: { type: "Assertion", id: text, verification: { type: "hosted" } }, token: null, form: join("an address", carrier) };
  }
  const token = text.replace(/\s+/g, "");
  if (/^[\w-]+\.[\w-]+\.[\w-]*$/.test(token)) {
    const payload = objectIn(utf8(fromBase64url(token.split(".")[1])));
    // Before the second data model, the credential stood inside a claim.
    return { document: payload.vc ?? payload, token, form: join("JWT", carrier) };
  }
  throw new NotReadable("it is neither a picture with a badge inside, nor JSON, nor a JWT");
}

const join = (form, carrier) => (carrier ? `${form} ${carrier}` : form);

function objectIn(text) {
  let found;
  try {
    found = JSON.parse(text);
  } catch {
    throw new NotReadable("its JSON is broken off or damaged");
  }
  if (found === null || typeof found !== "object" || Array.isArray(found)) {
    throw new NotReadable("it is JSON, but not a credential");
  }
  return found;
}

export function fromBase64url(text) {
  try {
    const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
  } catch {
    throw new NotReadable("a part of it is not base64url");
  }
}

export const utf8 = (bytes) => new TextDecoder().decode(bytes);

/* PNG: chunks of length, name, data and checksum; ours is an uncompressed iTXt. */
function textInPng(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const name = utf8(bytes.subarray(at + 4, at + 8));
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (name === "iTXt") {
      const keyword = utf8(data.subarray(0, data.indexOf(0)));
      if (KEYWORDS.includes(keyword)) return textOfChunk(data.subarray(keyword.length + 1));
    }
    if (name === "IEND") break;
    at += 12 + length;
  }
  throw new NotReadable("there is no badge inside this picture; saving a picture again can strip it out");
}

function textOfChunk(rest) {
  if (rest[0] !== 0) throw new NotReadable("the text in the picture is compressed, which badges are not");
  const afterLanguage = rest.indexOf(0, 2) + 1;
  return utf8(rest.subarray(rest.indexOf(0, afterLanguage) + 1)).trim();
}

function textInSvg(text) {
  const picture = new DOMParser().parseFromString(text, "image/svg+xml");
  for (const namespace of NAMESPACES) {
    for (const name of ["credential", "assertion"]) {
      const [found] = picture.getElementsByTagNameNS(namespace, name);
      if (found) return (found.getAttribute("verify") ?? found.textContent).trim();
    }
  }
  throw new NotReadable("there is no badge inside this picture; saving a picture again can strip it out");
}
