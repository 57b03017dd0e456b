// The header of a block with dynamic codes (RFC 1951 §3.2.7), resumable at any bit: how many symbols, the code for their code lengths,
// those lengths, and the two codes that they make. It is as strict as zlib, so that nobody can make two inflaters disagree.

import type { BitReader } from './bit-reader.ts';
import {
  DISTANCES, DISTANCE_BITS, DISTANCE_ENTRIES, LENGTHS, LENGTH_BITS, LITERALS, LITERAL_BITS, LITERAL_ENTRIES, buildTable,
} from './huffman-decoder.ts';

const MOST_LITERALS = 286;
const MOST_DISTANCES = 30;
const END_OF_BLOCK = 256;
const LENGTH_SYMBOLS = 19;
/** The order in which the lengths of the code for code lengths come. */
export const LENGTH_ORDER: Uint8Array = Uint8Array.of(16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15);
/** Symbols of that code: the length before again, and zeros, to be repeated from 3 times on, or from 11 times on. */
const REPEAT = 16;
const MANY_ZEROS = 18;

const WANTS_COUNTS = 0;
const WANTS_LENGTH_CODE = 1;
const WANTS_LENGTHS = 2;

/** How reading went: all is read, the input is used up, or this is no header. */
export type HeaderStep = 'read' | 'starved' | 'corrupt';

/** About 6 KiB. */
export class CodeReader {
  readonly literals: Int32Array = new Int32Array(LITERAL_ENTRIES);
  /** Until the lengths are read the code for them stands here. */
  readonly distances: Int32Array = new Int32Array(DISTANCE_ENTRIES);
  /** How many bits the first look at each table has. */
  literalBits = 0;
  distanceBits = 0;

  #wants: number = WANTS_COUNTS;
  #literalCount = 0;
  #distanceCount = 0;
  #lengthCount = 0;
  /** Lengths that have been read. */
  #read = 0;
  /** Lengths of literals and, behind them, of distances: of those in `#used[0, #usedCount)`, and the last that was read. */
  readonly #lengths: Uint8Array = new Uint8Array(MOST_LITERALS + MOST_DISTANCES);
  readonly #used: Uint16Array = new Uint16Array(MOST_LITERALS + MOST_DISTANCES);
  #usedCount = 0;

  get retainedBytes(): number {
    return this.literals.byteLength + this.distances.byteLength + this.#lengths.byteLength + this.#used.byteLength;
  }

  /** A block begins. */
  restart(): void {
    this.#wants = WANTS_COUNTS;
  }

  /** Reads on. */
  read(input: BitReader): HeaderStep {
    if (this.#wants === WANTS_COUNTS) {
      const step = this.#readCounts(input);
      if (step !== 'read') return step;
    }
    if (this.#wants === WANTS_LENGTH_CODE) {
      const step = this.#readLengthCode(input);
      if (step !== 'read') return step;
    }
    const step = this.#readLengths(input);
    return step === 'read' ? this.#makeCodes() : step;
  }

  #readCounts(input: BitReader): HeaderStep {
    if (!input.need(14)) return 'starved';
    this.#literalCount = input.take(5) + 257;
    this.#distanceCount = input.take(5) + 1;
    this.#lengthCount = input.take(4) + 4;
    if (this.#literalCount > MOST_LITERALS || this.#distanceCount > MOST_DISTANCES) return 'corrupt';
    this.#lengths.fill(0, 0, LENGTH_SYMBOLS);
    this.#read = 0;
    this.#wants = WANTS_LENGTH_CODE;
    return 'read';
  }

  #readLengthCode(input: BitReader): HeaderStep {
    const lengths = this.#lengths;
    const used = this.#used;
    for (; this.#read < this.#lengthCount; this.#read++) {
      if (!input.need(3)) return 'starved';
      lengths[LENGTH_ORDER[this.#read] as number] = input.take(3);
    }
    let usedCount = 0;
    for (let symbol = 0; symbol < LENGTH_SYMBOLS; symbol++) if (lengths[symbol] !== 0) used[usedCount++] = symbol;
    this.distanceBits = buildTable(used, 0, usedCount, lengths, 0, LENGTHS, LENGTH_BITS, this.distances);
    if (this.distanceBits < 0) return 'corrupt';
    lengths[END_OF_BLOCK] = 0;
    this.#read = this.#usedCount = 0;
    this.#wants = WANTS_LENGTHS;
    return 'read';
  }

  #readLengths(input: BitReader): HeaderStep {
    const { bytes, end } = input;
    const { distances: table } = this;
    const lengths = this.#lengths;
    const usedSymbols = this.#used;
    const mask = (1 << this.distanceBits) - 1;
    const all = this.#literalCount + this.#distanceCount;
    let { bits, count, at } = input;
    let read = this.#read;
    let used = this.#usedCount;
    let step: HeaderStep = 'read';
    while (read < all) {
      for (; count < 14 && at < end; count += 8) bits |= (bytes[at++] as number) << count;
      const entry = table[bits & mask] as number;
      const symbol = entry >>> 16;
      const codeBits = entry & 15;
      const extraBits = (entry >> 4) & 15;
      if (codeBits + extraBits > count) {
        step = 'starved';
        break;
      }
      const extra = (bits >>> codeBits) & ((1 << extraBits) - 1);
      bits >>>= codeBits + extraBits;
      count -= codeBits + extraBits;
      if (symbol < REPEAT) {
        lengths[read] = symbol;
        if (symbol !== 0) usedSymbols[used++] = read;
        read++;
        continue;
      }
      const stop = read + extra + (symbol === MANY_ZEROS ? 11 : 3);
      if (stop > all || (symbol === REPEAT && read === 0)) {
        step = 'corrupt';
        break;
      }
      const value = symbol === REPEAT ? lengths[read - 1] as number : 0;
      if (value !== 0) {
        for (; read < stop; read++) {
          lengths[read] = value;
          usedSymbols[used++] = read;
        }
      }
      read = stop;
      lengths[stop - 1] = value; // it may be repeated
    }
    input.bits = bits;
    input.count = count;
    input.at = at;
    this.#read = read;
    this.#usedCount = used;
    return step;
  }

  #makeCodes(): HeaderStep {
    const lengths = this.#lengths;
    const used = this.#used;
    const base = this.#literalCount;
    if (lengths[END_OF_BLOCK] === 0) return 'corrupt';
    let usedLiterals = this.#usedCount;
    while ((used[usedLiterals - 1] as number) >= base) usedLiterals--;
    this.literalBits = buildTable(used, 0, usedLiterals, lengths, 0, LITERALS, LITERAL_BITS, this.literals);
    this.distanceBits = buildTable(used, usedLiterals, this.#usedCount, lengths, base, DISTANCES, DISTANCE_BITS, this.distances);
    return this.literalBits < 0 || this.distanceBits < 0 ? 'corrupt' : 'read';
  }
}
