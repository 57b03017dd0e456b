// The codes of a dynamic block (RFC 1951 §3.2.7): whether a slice is smaller with codes of its own than with the fixed ones, these codes, and
// how their lengths are said. To make codes costs as much as all the rest of a small message: an estimate comes first.

import { LENGTH_ORDER } from './code-reader.ts';
import { chooseLengths, findUsed, makeCodes, makeCodesOf } from './huffman-encoder.ts';
import { DISTANCES, FIXED_LITERALS, LITERALS, RUNS, scratch } from './scratch.ts';
import { DISTANCE_SYMBOLS, END_OF_BLOCK, LITERAL_SYMBOLS } from './symbols.ts';

const { codes, frequencies, lengths, used } = scratch;

/** The symbols that say code lengths beside these themselves: zeros, and how many extra bits tell how many. */
const ZEROS = 17;
const ZEROS_BITS = 3;
const MANY_ZEROS = 18;
const MANY_ZEROS_BITS = 7;
const RUN_SYMBOLS = 19;
const MOST_ZEROS = 138;
/**
 * The code for code lengths, always the same: for text of 200 bytes to 4 KiB they come out so much alike that a code of each message's own
 * would save a byte or two. That a length is the one before again (16) is never said: in text that is rare.
 */
const RUN_LENGTHS: Uint8Array = Uint8Array.of(2, 7, 7, 5, 4, 3, 3, 3, 4, 4, 5, 7, 7, 0, 0, 0, 0, 4, 5);
/** How many lengths of that code are sent. */
const LENGTH_COUNT = 18;

/** A length's code, its extra bits and 7 that wait fill a word; so do a distance's. Longer codes would save next to nothing. */
const MOST_LITERAL_BITS = 12;
const MOST_DISTANCE_BITS = 11;
const FIXED_DISTANCE_BITS = 5;

/** Bits that must be saved, or an eighth of all if that is less: otherwise the time would be spent for next to nothing. */
const WORTH_BITS = 320;
/** What the header takes, in bits, roughly: in any case, and for each symbol that is used. */
const HEADER_BITS = 70;
const HEADER_BITS_A_SYMBOL = 4;

/** What the header of a block says, as it is sent: entries of how many bits << 24 | the bits, the first lowest. */
export interface DynamicHeader {
  readonly entries: Int32Array;
  entryCount: number;
}

lengths.set(RUN_LENGTHS, RUNS);
makeCodesOf(RUNS, RUNS + RUN_SYMBOLS);

/** The lengths of the code for code lengths come behind the counts. */
const FIRST_ENTRIES: readonly number[] = [0, entryOfLengths(0), entryOfLengths(6), entryOfLengths(12)];
/** By length, its code; and by how many zeros, their codes. */
const LENGTH_ENTRIES: Int32Array = Int32Array.from({ length: MOST_LITERAL_BITS + 1 }, (_, length) => runEntry(length, 0, 0));
const ZERO_ENTRIES: Int32Array = Int32Array.from({ length: MOST_ZEROS + 1 }, (_, zeros) => {
  if (zeros > 10) return runEntry(MANY_ZEROS, MANY_ZEROS_BITS, zeros - 11);
  if (zeros > 2) return runEntry(ZEROS, ZEROS_BITS, zeros - 3);
  return entry(zeros * (RUN_LENGTHS[0] as number), 0); // the code of length 0 is all zeros
});

const entries: Int32Array = new Int32Array(2 * (LITERAL_SYMBOLS + DISTANCE_SYMBOLS));
entries.set(FIRST_ENTRIES);
/** The header for the codes that were made last. */
export const header: DynamicHeader = { entries, entryCount: 0 };

/**
 * Makes codes for the symbols of a block of `count` tokens, whose frequencies are counted but for its end; false, and they are not to be
 * used, when the fixed codes are smaller or hardly larger.
 */
export function makeDynamicCodes(count: number): boolean {
  frequencies[LITERALS + END_OF_BLOCK] = 1;
  const literalsEnd = findUsed(LITERALS, LITERALS + LITERAL_SYMBOLS, 0);
  const distancesEnd = findUsed(DISTANCES, DISTANCES + DISTANCE_SYMBOLS, literalsEnd);
  let matches = 0;
  for (let i = literalsEnd; i < distancesEnd; i++) matches += frequencies[used[i] as number] as number;
  chooseLengths(0, literalsEnd, count + 1, MOST_LITERAL_BITS);
  chooseLengths(literalsEnd, distancesEnd, matches, MOST_DISTANCE_BITS);
  const fixedBits = sumBits(0, literalsEnd, FIXED_LITERALS) + matches * FIXED_DISTANCE_BITS;
  const bits = sumBits(0, literalsEnd, LITERALS) + sumBits(literalsEnd, distancesEnd, LITERALS);
  const estimate = HEADER_BITS + HEADER_BITS_A_SYMBOL * distancesEnd + bits;
  if (estimate > fixedBits - Math.min(fixedBits >> 3, WORTH_BITS)) return false;
  if (planHeader(literalsEnd, distancesEnd) + bits >= fixedBits) return false;
  makeCodes(0, literalsEnd);
  makeCodes(literalsEnd, distancesEnd);
  return true;
}

/** The bits that `used[first, end)` take together with the lengths that stand `offset` behind the symbols. */
function sumBits(first: number, end: number, offset: number): number {
  let bits = 0;
  for (let i = first | 0; i < end; i = (i + 1) | 0) {
    const symbol = used[i] as number;
    bits = (bits + Math.imul(frequencies[symbol] as number, lengths[offset + symbol] as number)) | 0;
  }
  return bits;
}

/** Decides how the code lengths are said; returns the bits that takes. */
function planHeader(literalsEnd: number, distancesEnd: number): number {
  const literalCount = (used[literalsEnd - 1] as number) + 1 - LITERALS;
  const distanceCount = distancesEnd > literalsEnd ? (used[distancesEnd - 1] as number) + 1 - DISTANCES : 1;
  entries[0] = entry(14, (literalCount - 257) | ((distanceCount - 1) << 5) | ((LENGTH_COUNT - 4) << 10));
  header.entryCount = FIRST_ENTRIES.length;
  const bits = 14 + 3 * LENGTH_COUNT + planLengths(0, literalsEnd, LITERALS);
  if (distancesEnd > literalsEnd) return bits + planLengths(literalsEnd, distancesEnd, DISTANCES);
  entries[header.entryCount++] = LENGTH_ENTRIES[0] as number; // one distance, of no bits
  return bits + (RUN_LENGTHS[0] as number);
}

/** Says the lengths of `used[first, end)`, and the zeros between them from symbol `next` on; returns the bits that takes. */
function planLengths(first: number, end: number, next: number): number {
  let count = header.entryCount | 0;
  let bits = 0;
  for (let i = first | 0; i < end; i = (i + 1) | 0) {
    const symbol = used[i] as number;
    let zeros = (symbol - next) | 0;
    if (zeros > MOST_ZEROS) {
      const many = ZERO_ENTRIES[MOST_ZEROS] as number;
      entries[count++] = many;
      bits += many >> 24;
      zeros -= MOST_ZEROS;
    }
    const gap = ZERO_ENTRIES[zeros] as number;
    const length = LENGTH_ENTRIES[lengths[symbol] as number] as number;
    const both = (gap & 0xff000000) + (length & 0xff000000) | (gap & 0xffffff) | ((length & 0xffffff) << (gap >> 24));
    entries[count++] = both;
    bits = (bits + (both >> 24)) | 0;
    next = (symbol + 1) | 0;
  }
  header.entryCount = count;
  return bits;
}

function entry(bitCount: number, bits: number): number {
  return (bitCount << 24) | bits;
}

/** Says RUN_LENGTHS from `first` of their order on, of 6 symbols. */
function entryOfLengths(first: number): number {
  let bits = 0;
  for (let i = 0; i < 6; i++) bits |= (RUN_LENGTHS[LENGTH_ORDER[first + i] as number] as number) << (3 * i);
  return entry(18, bits);
}

function runEntry(symbol: number, extraBits: number, extra: number): number {
  const code = codes[RUNS + symbol] as number;
  const bitCount = code >> 16;
  return entry(bitCount + extraBits, (code & 0xffff) | (extra << bitCount));
}
