// Blocks (RFC 1951 §3.2.3): a slice's tokens as the type of block that is smallest, stored, with fixed or with dynamic codes, and the empty
// stored block behind the last (RFC 7692 §7.2.1). It holds the bytes that are written and the bits that do not fill one yet; it
// knows nothing of where tokens come from.

import { canonicalCodes, codeLengths } from './huffman-encoder.ts';
import type { Tokens } from './lz77.ts';

/** Bytes that one slice may have: one block, and less than the 65,535 of a stored block. */
export const SLICE_SIZE: number = 16384;
/** Room for headers, ends and what was begun; a slice's literals in fixed codes of 9 bits take an eighth more than themselves. */
const SPARE_ROOM = 64;
const FIRST_ROOM: number = SLICE_SIZE + (SLICE_SIZE >> 3) + 2 * SPARE_ROOM;
/** Tokens from which on a dynamic block is considered: making its codes costs some microseconds, sending them some 50 bytes. */
const DYNAMIC_FROM = 160;

const NOTHING = new Uint8Array(0);
const TYPE_STORED = 0;
const TYPE_FIXED = 1;
const TYPE_DYNAMIC = 2;
/** LEN and NLEN of an empty stored block (§3.2.4). */
const EMPTY_LENGTH: Uint8Array = Uint8Array.of(0, 0, 0xff, 0xff);
const END_OF_BLOCK = 256;
/** Tokens from here on are matches; see lz77.ts. */
const FIRST_MATCH = 65536;
const MOST_CODE_BITS = 15;
const MOST_LENGTH_BITS = 7;
/** Symbols of the code for code lengths: the length before again, zeros, many zeros; and how many bits tell their number (§3.2.7). */
const REPEAT = 16;
const ZEROS = 17;
const MANY_ZEROS = 18;
const RUN_BITS: readonly number[] = [2, 3, 7];
const LITERAL_SYMBOLS = 286;
const DISTANCE_SYMBOLS = 30;
const LENGTH_SYMBOLS = 19;
/** The order in which the lengths of the code for code lengths are sent (§3.2.7). */
const LENGTH_ORDER: readonly number[] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** By length of a match: its symbol << 16 | how many extra bits << 8 | the extra bits (§3.2.5). */
const LENGTHS: Int32Array = makeLengths();
const FIXED_LITERALS: Int32Array = makeFixed();
const FIXED_DISTANCES: Int32Array = makeFixedDistances();

function makeLengths(): Int32Array {
  const lengths = new Int32Array(259);
  for (let symbol = 257, length = 3; symbol < 285; symbol++) {
    const extraBits = symbol < 265 ? 0 : (symbol - 261) >> 2;
    for (let extra = 0; extra < 1 << extraBits; extra++) lengths[length++] = (symbol << 16) | (extraBits << 8) | extra;
  }
  lengths[258] = 285 << 16;
  return lengths;
}

function makeFixed(): Int32Array {
  const codes = new Int32Array(288);
  canonicalCodes(Uint8Array.from(codes, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8)), 288, codes);
  return codes;
}

function makeFixedDistances(): Int32Array {
  const codes = new Int32Array(DISTANCE_SYMBOLS);
  canonicalCodes(new Uint8Array(DISTANCE_SYMBOLS).fill(5), DISTANCE_SYMBOLS, codes);
  return codes;
}

/** The symbol of a distance, of which `x` is one less (§3.2.5); from 4 on, two symbols share a number of extra bits. */
function distanceSymbol(x: number): number {
  if (x < 4) return x;
  const top = 31 - Math.clz32(x);
  return 2 * top + ((x >>> (top - 1)) & 1);
}

export class BlockWriter {
  /** What is written: `bytes[0, at)`. */
  bytes: Uint8Array = NOTHING;
  at = 0;
  /** Bits that do not fill an octet yet, the first lowest, and how many. */
  #bits = 0;
  #count = 0;
  readonly #ownBytes: Uint8Array = new Uint8Array(FIRST_ROOM);

  readonly #literalFrequencies: Int32Array = new Int32Array(LITERAL_SYMBOLS);
  readonly #distanceFrequencies: Int32Array = new Int32Array(DISTANCE_SYMBOLS);
  readonly #lengthFrequencies: Int32Array = new Int32Array(LENGTH_SYMBOLS);
  readonly #literalCodes: Int32Array = new Int32Array(LITERAL_SYMBOLS);
  readonly #distanceCodes: Int32Array = new Int32Array(DISTANCE_SYMBOLS);
  readonly #lengthCodes: Int32Array = new Int32Array(LENGTH_SYMBOLS);
  /** Lengths of the literal codes and, behind them, of the distance codes, as they are sent. */
  readonly #lengths: Uint8Array = new Uint8Array(LITERAL_SYMBOLS + DISTANCE_SYMBOLS);
  readonly #distanceLengths: Uint8Array = new Uint8Array(DISTANCE_SYMBOLS);
  readonly #lengthLengths: Uint8Array = new Uint8Array(LENGTH_SYMBOLS);
  /** The lengths, said in symbols of the code for code lengths: symbol | extra bits << 8. */
  readonly #runs: Int32Array = new Int32Array(LITERAL_SYMBOLS + DISTANCE_SYMBOLS);
  #runCount = 0;
  #literalCount = 0;
  #distanceCount = 0;
  #lengthCount = 0;

  /** Begins at the first byte; bytes that were made for a large message are let go. */
  begin(): void {
    this.bytes = this.#ownBytes;
    this.at = this.#bits = this.#count = 0;
  }

  /** Writes one block that says `data[from, to)`, at most SLICE_SIZE bytes and not none, as `count` tokens, or as it stands. */
  writeBlock(tokens: Tokens, count: number, data: Uint8Array, from: number, to: number): void {
    this.#makeRoom(to - from);
    const { at } = this;
    const bits = this.#bits;
    const bitCount = this.#count;
    const storedEnd = at + ((bitCount + 3 + 7) >> 3) + 4 + to - from;
    if (count < DYNAMIC_FROM || !this.#dynamicIsSmaller(tokens, count)) {
      this.#put(TYPE_FIXED << 1, 3);
      this.#writeTokens(tokens, count, FIXED_LITERALS, FIXED_DISTANCES);
    } else {
      this.#put(TYPE_DYNAMIC << 1, 3);
      this.#writeHeader();
      this.#writeTokens(tokens, count, this.#literalCodes, this.#distanceCodes);
    }
    if (this.at + ((this.#count + 7) >> 3) <= storedEnd) return;
    this.at = at;
    this.#bits = bits;
    this.#count = bitCount;
    this.#writeStored(data, from, to);
  }

  /** Ends with an empty stored block; `last`: its four octets of length are left out (RFC 7692 §7.2.1). */
  end(last: boolean): void {
    this.#makeRoom(0);
    this.#put(TYPE_STORED << 1, 3);
    this.#align();
    if (last) return;
    this.bytes.set(EMPTY_LENGTH, this.at);
    this.at += EMPTY_LENGTH.length;
  }

  #makeRoom(size: number): void {
    const needed = this.at + size + (size >> 3) + SPARE_ROOM;
    if (needed <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
    larger.set(this.bytes.subarray(0, this.at));
    this.bytes = larger;
  }

  #writeStored(data: Uint8Array, from: number, to: number): void {
    this.#put(TYPE_STORED << 1, 3);
    this.#align();
    const { bytes, at } = this;
    const size = to - from;
    bytes[at] = size;
    bytes[at + 1] = size >> 8;
    bytes[at + 2] = ~size;
    bytes[at + 3] = ~size >> 8;
    bytes.set(data.subarray(from, to), at + 4);
    this.at = at + 4 + size;
  }

  #writeTokens(tokens: Tokens, count: number, literals: Int32Array, distances: Int32Array): void {
    const { bytes } = this;
    let { at } = this;
    let bits = this.#bits;
    let bitCount = this.#count;
    for (let i = 0; i < count; i++) {
      const token = tokens[i] as number;
      if (token < FIRST_MATCH) {
        const code = literals[token] as number;
        bits |= (code & 0xffff) << bitCount;
        bitCount += code >> 16;
        if (bitCount >= 16) {
          bytes[at] = bits;
          bytes[at + 1] = bits >> 8;
          at += 2;
          bits >>>= 16;
          bitCount -= 16;
        }
        continue;
      }
      const length = LENGTHS[token >> 16] as number;
      let code = literals[length >> 16] as number;
      bits |= (code & 0xffff) << bitCount;
      bitCount += code >> 16;
      if (bitCount >= 16) {
        bytes[at] = bits;
        bytes[at + 1] = bits >> 8;
        at += 2;
        bits >>>= 16;
        bitCount -= 16;
      }
      bits |= (length & 255) << bitCount;
      bitCount += (length >> 8) & 255;
      if (bitCount >= 16) {
        bytes[at] = bits;
        bytes[at + 1] = bits >> 8;
        at += 2;
        bits >>>= 16;
        bitCount -= 16;
      }
      const x = token & 0xffff;
      const symbol = distanceSymbol(x);
      code = distances[symbol] as number;
      bits |= (code & 0xffff) << bitCount;
      bitCount += code >> 16;
      if (bitCount >= 16) {
        bytes[at] = bits;
        bytes[at + 1] = bits >> 8;
        at += 2;
        bits >>>= 16;
        bitCount -= 16;
      }
      if (symbol < 4) continue;
      const extraBits = (symbol >> 1) - 1;
      bits |= (x & ((1 << extraBits) - 1)) << bitCount;
      bitCount += extraBits;
      if (bitCount >= 16) {
        bytes[at] = bits;
        bytes[at + 1] = bits >> 8;
        at += 2;
        bits >>>= 16;
        bitCount -= 16;
      }
    }
    this.at = at;
    this.#bits = bits;
    this.#count = bitCount;
    const end = literals[END_OF_BLOCK] as number;
    this.#put(end & 0xffff, end >> 16);
  }

  /** Makes the dynamic codes for the tokens; whether a block with them is smaller than one with the fixed codes. */
  #dynamicIsSmaller(tokens: Tokens, count: number): boolean {
    const literals = this.#literalFrequencies.fill(0);
    const distances = this.#distanceFrequencies.fill(0);
    literals[END_OF_BLOCK] = 1;
    for (let i = 0; i < count; i++) {
      const token = tokens[i] as number;
      if (token < FIRST_MATCH) {
        (literals[token] as number)++;
      } else {
        (literals[(LENGTHS[token >> 16] as number) >> 16] as number)++;
        (distances[distanceSymbol(token & 0xffff)] as number)++;
      }
    }
    codeLengths(literals, LITERAL_SYMBOLS, MOST_CODE_BITS, this.#lengths);
    codeLengths(distances, DISTANCE_SYMBOLS, MOST_CODE_BITS, this.#distanceLengths);
    let fixedBits = 0;
    let dynamicBits = 0;
    for (let symbol = 0; symbol < LITERAL_SYMBOLS; symbol++) {
      const frequency = literals[symbol] as number;
      if (frequency === 0) continue;
      fixedBits += frequency * ((FIXED_LITERALS[symbol] as number) >> 16);
      dynamicBits += frequency * (this.#lengths[symbol] as number);
    }
    for (let symbol = 0; symbol < DISTANCE_SYMBOLS; symbol++) {
      const frequency = distances[symbol] as number;
      fixedBits += frequency * 5;
      dynamicBits += frequency * (this.#distanceLengths[symbol] as number);
    }
    if (dynamicBits >= fixedBits) return false;
    dynamicBits += this.#planHeader();
    if (dynamicBits >= fixedBits) return false;
    canonicalCodes(this.#lengths, this.#literalCount, this.#literalCodes);
    canonicalCodes(this.#distanceLengths, this.#distanceCount, this.#distanceCodes);
    canonicalCodes(this.#lengthLengths, LENGTH_SYMBOLS, this.#lengthCodes);
    return true;
  }

  /** Decides how the code lengths are said (§3.2.7); returns the bits that takes. */
  #planHeader(): number {
    const lengths = this.#lengths;
    const distanceLengths = this.#distanceLengths;
    let literalCount = LITERAL_SYMBOLS;
    while (lengths[literalCount - 1] === 0) literalCount--;
    let distanceCount = DISTANCE_SYMBOLS;
    while (distanceCount > 1 && distanceLengths[distanceCount - 1] === 0) distanceCount--;
    this.#literalCount = literalCount;
    this.#distanceCount = distanceCount;
    for (let i = 0; i < distanceCount; i++) lengths[literalCount + i] = distanceLengths[i] as number;
    this.#runCount = this.#planRuns(lengths, literalCount + distanceCount);

    codeLengths(this.#lengthFrequencies, LENGTH_SYMBOLS, MOST_LENGTH_BITS, this.#lengthLengths);
    let lengthCount = LENGTH_SYMBOLS;
    while (this.#lengthLengths[LENGTH_ORDER[lengthCount - 1] as number] === 0) lengthCount--;
    this.#lengthCount = lengthCount;
    let bits = 5 + 5 + 4 + 3 * lengthCount;
    for (let symbol = 0; symbol < LENGTH_SYMBOLS; symbol++) {
      const extraBits = symbol < REPEAT ? 0 : RUN_BITS[symbol - REPEAT] as number;
      bits += (this.#lengthFrequencies[symbol] as number) * ((this.#lengthLengths[symbol] as number) + extraBits);
    }
    return bits;
  }

  /** Says `count` lengths in runs, and counts the symbols; returns how many runs. */
  #planRuns(lengths: Uint8Array, count: number): number {
    const runs = this.#runs;
    const frequencies = this.#lengthFrequencies.fill(0);
    let runCount = 0;
    for (let i = 0; i < count;) {
      const length = lengths[i] as number;
      let end = i + 1;
      while (end < count && lengths[end] === length) end++;
      let left = end - i;
      i = end;
      if (length > 0) {
        runs[runCount++] = length;
        (frequencies[length] as number)++;
        left--;
      }
      while (left >= 3) {
        const symbol = length > 0 ? REPEAT : left <= 10 ? ZEROS : MANY_ZEROS;
        const base = symbol === MANY_ZEROS ? 11 : 3;
        const run = Math.min(left, symbol === REPEAT ? 6 : symbol === ZEROS ? 10 : 138);
        runs[runCount++] = symbol | ((run - base) << 8);
        (frequencies[symbol] as number)++;
        left -= run;
      }
      for (; left > 0; left--) {
        runs[runCount++] = length;
        (frequencies[length] as number)++;
      }
    }
    return runCount;
  }

  /** Sends the code lengths as they were planned (§3.2.7). */
  #writeHeader(): void {
    this.#put((this.#literalCount - 257) | ((this.#distanceCount - 1) << 5) | ((this.#lengthCount - 4) << 10), 14);
    for (let i = 0; i < this.#lengthCount; i++) this.#put(this.#lengthLengths[LENGTH_ORDER[i] as number] as number, 3);
    for (let i = 0; i < this.#runCount; i++) {
      const run = this.#runs[i] as number;
      const symbol = run & 255;
      const code = this.#lengthCodes[symbol] as number;
      this.#put(code & 0xffff, code >> 16);
      if (symbol >= REPEAT) this.#put(run >> 8, RUN_BITS[symbol - REPEAT] as number);
    }
  }

  /** Appends `count` bits, at most 16. */
  #put(bits: number, count: number): void {
    this.#bits |= bits << this.#count;
    this.#count += count;
    if (this.#count < 16) return;
    this.bytes[this.at] = this.#bits;
    this.bytes[this.at + 1] = this.#bits >> 8;
    this.at += 2;
    this.#bits >>>= 16;
    this.#count -= 16;
  }

  /** Fills the octet that is begun with zeros. */
  #align(): void {
    for (; this.#count > 0; this.#count -= 8) {
      this.bytes[this.at++] = this.#bits;
      this.#bits >>>= 8;
    }
    this.#bits = this.#count = 0;
  }
}
