// From the description of octets to the octets, and what a description says of itself in a line.

import { encodeUtf8, utf8Length } from '../core/wire/utf8-text.ts';
import type { Payload } from './case.ts';
import { copyCorpus } from './corpus.ts';

/** The octets that `payload` describes: an array of the caller's. */
export function octetsOf(payload: Payload): Uint8Array {
  if ('hex' in payload) return fromHex(payload.hex);
  if ('text' in payload) return encodeUtf8(payload.text);
  const octets = new Uint8Array(lengthOf(payload));
  if ('corpus' in payload) {
    copyCorpus(payload.corpus, payload.from ?? 0, octets);
  } else if ('repeat' in payload) {
    repeat(fromHex(payload.repeat), octets);
  } else {
    let at = 0;
    for (const part of payload.parts.map(octetsOf)) {
      octets.set(part, at);
      at += part.length;
    }
  }
  return octets;
}

/** How many they are. */
export function lengthOf(payload: Payload): number {
  if ('hex' in payload) return payload.hex.length / 2;
  if ('text' in payload) return utf8Length(payload.text);
  if ('length' in payload) return payload.length;
  return payload.parts.reduce((sum, part) => sum + lengthOf(part), 0);
}

function repeat(pattern: Uint8Array, target: Uint8Array): void {
  if (pattern.length === 0 && target.length > 0) throw new RangeError(`something to repeat is wanted for ${target.length} octets, found nothing`);
  target.set(pattern.subarray(0, target.length));
  for (let filled = pattern.length; filled < target.length; filled *= 2) target.copyWithin(filled, 0, Math.min(filled, target.length - filled));
}

/** @throws TypeError for what is not pairs of hex digits */
export function fromHex(digits: string): Uint8Array {
  if (digits.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(digits)) {
    throw new TypeError(`pairs of hex digits are wanted, found ${JSON.stringify(digits.slice(0, 40))}`);
  }
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16));
}

const DIGITS: readonly string[] = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'));

export function toHex(octets: Uint8Array, start: number = 0, end: number = octets.length): string {
  let digits = '';
  for (let i = start; i < end; i++) digits += DIGITS[octets[i] as number];
  return digits;
}

/** Whether they are the same octets. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return false;
  }
  return true;
}
