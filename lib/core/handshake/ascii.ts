// Octets and characters of HTTP's grammars: token characters, optional white space, case folding, and the two ways between
// octets and strings whose code units are octets.
//
// Law: only A-Z and a-z fold (RFC 6455 §2.1). U+212A KELVIN SIGN and U+017F LONG S are other characters, whatever a language's
// own lower-casing says. Nothing here knows a header field by name. RFC 9110 §5.6.2 (token), §5.6.3 (OWS).

const TOKEN_CHARACTERS = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

const isTchar = new Uint8Array(256);
for (let at = 0; at < TOKEN_CHARACTERS.length; at++) isTchar[TOKEN_CHARACTERS.charCodeAt(at)] = 1;

/** Arguments one call of `String.fromCharCode` is given; engines bound how many they take. */
const DECODE_STEP = 4096;

/** Whether a UTF-16 code unit (or octet) is a `tchar` (RFC 9110 §5.6.2). */
export function isTokenCode(code: number): boolean {
  return isTchar[code] === 1;
}

/** Whether `text` is a `token`: one or more `tchar` (RFC 9110 §5.6.2). */
export function isToken(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    if (isTchar[text.charCodeAt(at)] !== 1) return false;
  }
  return text !== '';
}

/** Whether a code is SP or HTAB, the characters of OWS (RFC 9110 §5.6.3). */
export function isWhiteSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Whether a code may stand in a field value: HTAB, SP, VCHAR or obs-text (RFC 9110 §5.5). */
export function isFieldCode(code: number): boolean {
  return code >= 0x20 ? code !== 0x7f && code <= 0xff : code === 0x09;
}

/** Whether every code of `text` is a VCHAR, and there is at least one: what a request target is made of. */
export function isVisible(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code <= 0x20 || code >= 0x7f) return false;
  }
  return text !== '';
}

/** Whether `text` is one or more DIGIT and nothing else: no sign, no point, no exponent. */
export function isDecimal(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    if (!isDigit(text.charCodeAt(at))) return false;
  }
  return text !== '';
}

function foldCode(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
}

/** ASCII case-insensitive comparison (RFC 6455 §2.1). */
export function equalsIgnoringCase(one: string, other: string): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) {
    if (foldCode(one.charCodeAt(at)) !== foldCode(other.charCodeAt(at))) return false;
  }
  return true;
}

/** `text` with A-Z as a-z and every other character as it is (RFC 6455 §2.1). */
export function toLowerAscii(text: string): string {
  let folded = '';
  for (let at = 0; at < text.length; at++) folded += String.fromCharCode(foldCode(text.charCodeAt(at)));
  return folded;
}

/** `text` without leading and trailing SP and HTAB (RFC 9110 §5.5). */
export function trimWhiteSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isWhiteSpace(text.charCodeAt(start))) start++;
  while (end > start && isWhiteSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** The string whose code units are the octets `bytes[start, end)` (ISO 8859-1). */
export function fromOctets(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at += DECODE_STEP) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(end, at + DECODE_STEP)));
  }
  return text;
}

/** The octets that are the code units of `text`, each of which is at most 0xFF. */
export function toOctets(text: string): Uint8Array {
  const octets = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) octets[at] = text.charCodeAt(at);
  return octets;
}
