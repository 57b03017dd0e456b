// UTF-8 and strings in plain TypeScript (RFC 3629): the portable answer for a host without a faster one. Whole ranges only; text
// that arrives in pieces is the validator's (utf8.ts).

import { Utf8Validator } from './utf8.ts';

/** Code units gathered before they become a string: small enough to spread as arguments on every engine. */
const BATCH = 2048;

/** Whether `bytes[start, end)` is valid UTF-8 by itself. */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  const validator = new Utf8Validator();
  return validator.write(bytes, start, end) === end && validator.atBoundary;
}

/** The text of `bytes[start, end)`, which is valid UTF-8. A byte order mark is kept. */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  let units: number[] = [];
  for (let at = start; at < end; ) {
    const lead = bytes[at] as number;
    if (lead < 0x80) {
      units.push(lead);
      at += 1;
    } else if (lead < 0xe0) {
      units.push(((lead & 0x1f) << 6) | trail(bytes, at + 1));
      at += 2;
    } else if (lead < 0xf0) {
      units.push(((lead & 0x0f) << 12) | (trail(bytes, at + 1) << 6) | trail(bytes, at + 2));
      at += 3;
    } else {
      const point = ((lead & 0x07) << 18) | (trail(bytes, at + 1) << 12) | (trail(bytes, at + 2) << 6) | trail(bytes, at + 3);
      units.push(0xd7c0 + (point >>> 10), 0xdc00 | (point & 0x3ff)); // 0xd7c0 is 0xd800 less the 0x10000 that surrogates carry
      at += 4;
    }
    if (units.length >= BATCH) {
      text += String.fromCharCode(...units);
      units = [];
    }
  }
  return text + String.fromCharCode(...units);
}

function trail(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) & 0x3f;
}

/**
 * Writes `text` into `target` from `at` on and returns the number of bytes written. An unpaired surrogate becomes U+FFFD, as
 * everywhere in the field. There is room for three bytes a code unit.
 */
export function encodeUtf8Into(text: string, target: Uint8Array, at: number): number {
  let to = at;
  for (let i = 0; i < text.length; i++) {
    const point = scalarAt(text, i);
    if (point < 0x80) {
      target[to++] = point;
    } else if (point < 0x800) {
      target[to++] = 0xc0 | (point >>> 6);
      target[to++] = 0x80 | (point & 0x3f);
    } else if (point < 0x10000) {
      target[to++] = 0xe0 | (point >>> 12);
      target[to++] = 0x80 | ((point >>> 6) & 0x3f);
      target[to++] = 0x80 | (point & 0x3f);
    } else {
      target[to++] = 0xf0 | (point >>> 18);
      target[to++] = 0x80 | ((point >>> 12) & 0x3f);
      target[to++] = 0x80 | ((point >>> 6) & 0x3f);
      target[to++] = 0x80 | (point & 0x3f);
      i++;
    }
  }
  return to - at;
}

/** The number of bytes {@link encodeUtf8Into} writes for `text`. */
export function utf8Length(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const point = scalarAt(text, i);
    length += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (point > 0xffff) i++;
  }
  return length;
}

/** The UTF-8 of `text` in an array the caller owns. */
export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text));
  encodeUtf8Into(text, bytes, 0);
  return bytes;
}

/** The Unicode scalar value at `i`; U+FFFD for a surrogate without its other half. */
function scalarAt(text: string, i: number): number {
  const unit = text.charCodeAt(i);
  if (unit < 0xd800 || unit > 0xdfff) return unit;
  const next = unit < 0xdc00 ? text.charCodeAt(i + 1) : 0; // NaN past the end: the comparison below is false
  return next >= 0xdc00 && next <= 0xdfff ? 0x10000 + ((unit & 0x3ff) << 10) + (next & 0x3ff) : 0xfffd;
}
