// The codes of a dynamic block (RFC 1951 §3.2.7): whether a slice is smaller with codes of its own than with the fixed ones, these codes, and
// how their lengths are said. To make codes costs some microseconds, as much as all the rest of a small message: an estimate comes first.

import { leastBits, makeCode } from './huffman-encoder.ts';
import { DISTANCES, FIXED_LITERALS, LITERALS, RUNS, scratch } from './scratch.ts';
import { DISTANCE_SYMBOLS, END_OF_BLOCK, LENGTHS, LITERAL_SYMBOLS, distanceSymbol } from './symbols.ts';

const { tokens, frequencies, lengths, codes } = scratch;
const LENGTH_ENTRIES: Int32Array = LENGTHS;
const FIRST_MATCH = 1 << 16;

/** The symbols that say code lengths: 16 the one before again, 17 and 18 zeros; and how many extra bits tell how often. */
export const FIRST_RUN = 16;
export const RUN_BITS: readonly number[] = [2, 3, 7];
const AGAIN = FIRST_RUN;
const ZEROS = 17;
const MANY_ZEROS = 18;
const RUN_SYMBOLS = 19;
/** The order in which the lengths of the code for code lengths are sent. */
export const LENGTH_ORDER: Uint8Array = Uint8Array.of(16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15);

const MOST_CODE_BITS = 15;
const MOST_RUN_BITS = 7;
const FIXED_DISTANCE_BITS = 5;

/** Bits that must be saved, or an eighth of all if that is less: otherwise the time would be spent for next to nothing. */
const WORTH_BITS = 320;
/** What the header takes, in bits, roughly: in any case, and for each symbol that is used. */
const HEADER_BITS = 70;
const HEADER_BITS_A_SYMBOL = 4;

/** What the header says beside the lengths. */
export interface DynamicHeader {
  /** Symbols of literals and of distances up to the last that is used. */
  literalCount: number;
  distanceCount: number;
  /** Lengths of the code for code lengths that are sent. */
  lengthCount: number;
  /** The code lengths as they are said: symbol | extra bits << 8. */
  readonly runs: Int32Array;
  runCount: number;
}

const runs: Int32Array = new Int32Array(LITERAL_SYMBOLS + DISTANCE_SYMBOLS);
/** The header for the codes that were made last. */
export const header: DynamicHeader = { literalCount: 0, distanceCount: 0, lengthCount: 0, runs, runCount: 0 };

/** Makes codes for `tokens[0, count)`; false, and they are not to be used, when the fixed codes are smaller or hardly larger. */
export function makeDynamicCodes(count: number): boolean {
  const fixedBits = countSymbols(count);
  const goal = fixedBits - Math.min(fixedBits >> 3, WORTH_BITS);
  const literalsEnd = LITERALS + LITERAL_SYMBOLS;
  const distancesEnd = DISTANCES + DISTANCE_SYMBOLS;
  const estimate = HEADER_BITS + leastBits(LITERALS, literalsEnd, HEADER_BITS_A_SYMBOL)
    + leastBits(DISTANCES, distancesEnd, HEADER_BITS_A_SYMBOL);
  if (estimate > goal) return false;
  const bits = makeCode(LITERALS, literalsEnd, MOST_CODE_BITS) + makeCode(DISTANCES, distancesEnd, MOST_CODE_BITS) + planHeader();
  return bits < fixedBits;
}

/** Counts how often each symbol is used; returns the bits that the fixed codes take for them, without the extra bits. */
function countSymbols(count: number): number {
  frequencies.fill(0, LITERALS, DISTANCES + DISTANCE_SYMBOLS);
  frequencies[LITERALS + END_OF_BLOCK] = 1;
  let bits = (codes[FIXED_LITERALS + END_OF_BLOCK] as number) >> 16;
  for (let i = 0; i < count; i++) {
    const token = tokens[i] as number;
    let symbol = token;
    if (token >= FIRST_MATCH) {
      symbol = (LENGTH_ENTRIES[token >> 16] as number) >> 16;
      (frequencies[DISTANCES + distanceSymbol(token & 0xffff)] as number)++;
      bits += FIXED_DISTANCE_BITS;
    }
    (frequencies[LITERALS + symbol] as number)++;
    bits += (codes[FIXED_LITERALS + symbol] as number) >> 16;
  }
  return bits;
}

/** Decides how the code lengths are said; returns the bits that takes. */
function planHeader(): number {
  let literalCount = LITERAL_SYMBOLS;
  while (lengths[LITERALS + literalCount - 1] === 0) literalCount--;
  let distanceCount = DISTANCE_SYMBOLS;
  while (distanceCount > 1 && lengths[DISTANCES + distanceCount - 1] === 0) distanceCount--;
  frequencies.fill(0, RUNS, RUNS + RUN_SYMBOLS);
  header.literalCount = literalCount;
  header.distanceCount = distanceCount;
  header.runCount = planRuns(DISTANCES, DISTANCES + distanceCount, planRuns(LITERALS, LITERALS + literalCount, 0));

  let bits = makeCode(RUNS, RUNS + RUN_SYMBOLS, MOST_RUN_BITS);
  for (let i = 0; i < RUN_BITS.length; i++) bits += (RUN_BITS[i] as number) * (frequencies[RUNS + FIRST_RUN + i] as number);
  let lengthCount = RUN_SYMBOLS;
  while (lengths[RUNS + (LENGTH_ORDER[lengthCount - 1] as number)] === 0) lengthCount--;
  header.lengthCount = lengthCount;
  return 5 + 5 + 4 + 3 * lengthCount + bits;
}

/** Says `lengths[from, to)` in runs, behind those there are; returns how many there are then. */
function planRuns(from: number, to: number, runCount: number): number {
  for (let i = from; i < to;) {
    const length = lengths[i] as number;
    let end = i + 1;
    while (end < to && lengths[end] === length) end++;
    let left = end - i;
    i = end;
    if (length > 0) {
      runs[runCount++] = length;
      (frequencies[RUNS + length] as number)++;
      left--;
    }
    while (left >= 3) {
      const symbol = length > 0 ? AGAIN : left <= 10 ? ZEROS : MANY_ZEROS;
      const least = symbol === MANY_ZEROS ? 11 : 3;
      const run = Math.min(left, least + (1 << (RUN_BITS[symbol - FIRST_RUN] as number)) - 1);
      runs[runCount++] = symbol | ((run - least) << 8);
      (frequencies[RUNS + symbol] as number)++;
      left -= run;
    }
    for (; left > 0; left--) {
      runs[runCount++] = length;
      (frequencies[RUNS + length] as number)++;
    }
  }
  return runCount;
}
