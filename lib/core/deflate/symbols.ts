// Which symbols and extra bits say a length or a distance (RFC 1951 §3.2.5), and the fixed codes (§3.2.6).

import { makeCodesOf } from './huffman-encoder.ts';
import { DISTANCES, FIXED_DISTANCES, FIXED_LITERALS, LITERALS, scratch } from './scratch.ts';

/** Symbols that a block may use. Two more literals and two more distances have a fixed code but no meaning. */
export const LITERAL_SYMBOLS = 286;
export const DISTANCE_SYMBOLS = 30;
export const END_OF_BLOCK = 256;
const FIRST_LENGTH = 257;
const LONGEST = 258;

/** By length of a match: its symbol << 16 | how many extra bits << 8 | the extra bits. */
export const LENGTHS: Int32Array = makeLengths();
makeFixedCodes();

/** The symbol of a distance, of which `x` is one less. From 4 on two symbols have the same number of extra bits, the low bits of x. */
export function distanceSymbol(x: number): number {
  if (x < 4) return x;
  const top = 31 - Math.clz32(x);
  return 2 * top + ((x >>> (top - 1)) & 1);
}

/** No symbol is counted yet. */
export function clearFrequencies(): void {
  scratch.frequencies.fill(0, LITERALS, DISTANCES + DISTANCE_SYMBOLS);
}

function makeLengths(): Int32Array {
  const entries = new Int32Array(LONGEST + 1);
  for (let symbol = FIRST_LENGTH, length = 3; length < LONGEST; symbol++) {
    const extraBits = symbol < 265 ? 0 : (symbol - 261) >> 2;
    for (let extra = 0; extra < 1 << extraBits; extra++) entries[length++] = (symbol << 16) | (extraBits << 8) | extra;
  }
  entries[LONGEST] = 285 << 16;
  return entries;
}

function makeFixedCodes(): void {
  const { lengths } = scratch;
  lengths.fill(8, FIXED_LITERALS, FIXED_LITERALS + 288);
  lengths.fill(9, FIXED_LITERALS + 144, FIXED_LITERALS + 256);
  lengths.fill(7, FIXED_LITERALS + 256, FIXED_LITERALS + 280);
  lengths.fill(5, FIXED_DISTANCES, FIXED_DISTANCES + 32);
  makeCodesOf(FIXED_LITERALS, FIXED_LITERALS + 288);
  makeCodesOf(FIXED_DISTANCES, FIXED_DISTANCES + 32);
}
