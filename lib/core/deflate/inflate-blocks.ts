// DEFLATE blocks (RFC 1951 §3.2.3), resumable at any bit of the input and any byte of the output: what is not decided by the bits that came
// is asked again when more have. It writes into a piece that begins at 0 and reads what stood before it from a window. It knows neither
// messages nor pieces, and refuses to know what is to become of a broken block.

import {
  DISTANCES, DISTANCE_BITS, DISTANCE_ENTRIES, END, FURTHER, INVALID, LENGTHS, LENGTH_BITS, LITERAL, LITERALS, LITERAL_BITS,
  LITERAL_ENTRIES, buildTable, fixedDistanceTable, fixedLiteralTable,
} from './huffman-decoder.ts';
import { WANTS_CODE, WANTS_DISTANCE, WANTS_DISTANCE_EXTRA, WANTS_ROOM, inflateFast } from './inflate-fast.ts';
import type { Window } from './window.ts';

/** Why a run ended: the input is used up; there is a byte to write and no room; this is not DEFLATE; a distance leads nowhere. */
export type Outcome = 'starved' | 'full' | 'corrupt' | 'too-far';

// What is wanted next, within a block of codes by the names of inflate-fast.ts.
const WANTS_HEADER = 0;
const WANTS_LENGTH = 1;
const WANTS_LENGTH_CHECK = 2;
const WANTS_OCTETS = 3;
const WANTS_COUNTS = 4;
const WANTS_LENGTH_CODE = 5;
const WANTS_CODE_LENGTHS = 6;

const TYPE_STORED = 0;
const TYPE_FIXED = 1;
const TYPE_DYNAMIC = 2;
const END_OF_BLOCK = 256;
const MOST_LITERALS = 286;
const MOST_DISTANCES = 30;
const LENGTH_SYMBOLS = 19;
/** The symbol of the code for code lengths that repeats the length before; those above it repeat zero (§3.2.7). */
const REPEAT = 16;
const MANY_ZEROS = 18;
const LENGTH_ORDER: Uint8Array = Uint8Array.of(16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15);
/** Stored octets that a loop copies sooner than a call does. */
const FEW = 48;

const NOTHING = new Uint8Array(0);
const NO_TABLE = new Int32Array(0);

export class BlockDecoder {
  /** Input: `bytes[at, end)` has not been looked at. */
  bytes: Uint8Array = NOTHING;
  at = 0;
  end = 0;
  /** Bits that have been looked at and not used, the first lowest; what stands above them means nothing. At most 31. */
  bits = 0;
  count = 0;
  /** Output: the piece is `output[0, out)` so far, and ends at `limit` at the latest. */
  output: Uint8Array = NOTHING;
  out = 0;
  limit = 0;
  /** What stood before the piece. */
  window: Window | null = null;
  /** No distance is greater than this. */
  maxDistance = 0;
  /** Bytes of the message's payload that its output so far needed: those up to the last bit of the last code that says output. */
  consumed = 0;
  /** A block with BFINAL has ended. */
  sawFinal = false;

  /** The codes of the block under way, and how many bits the first look at each has. */
  literals: Int32Array = NO_TABLE;
  literalBits = 0;
  distances: Int32Array = NO_TABLE;
  distanceBits = 0;
  /** The match under way: what is left of its length, its distance, and how many bits it has taken as long as none of it is written. */
  length = 0;
  distance = 0;
  spent = 0;
  wants: number = WANTS_HEADER;

  /** Position in the message's payload of `bytes[0]`, and where in `bytes` the input began. */
  #origin = 0;
  #start = 0;
  #isFinal = false;
  /** Octets of the stored block still to come. */
  #stored = 0;
  #extraBits = 0;
  /** After `full`: bits of the code for the byte that found no room, if they are not used yet. */
  #unused = 0;

  #literalCount = 0;
  #distanceCount = 0;
  #lengthCount = 0;
  /** How many of these lengths have been read. */
  #read = 0;
  /** Made for the first dynamic block. */
  #ownLiterals: Int32Array = NO_TABLE;
  #ownDistances: Int32Array = NO_TABLE;
  #lengths: Uint8Array = NOTHING;

  /** Bytes of the tables. */
  get retainedBytes(): number {
    return this.#ownLiterals.byteLength + this.#ownDistances.byteLength + this.#lengths.length;
  }

  /** A message begins. */
  begin(window: Window, maxDistance: number): void {
    this.window = window;
    this.maxDistance = maxDistance;
    this.bits = this.count = this.at = this.end = 0;
    this.consumed = this.#origin = this.#start = 0;
    this.sawFinal = false;
    this.wants = WANTS_HEADER;
  }

  /** What is lent is let go; the tables stay. */
  letGo(): void {
    this.bytes = this.output = NOTHING;
    this.window = null;
  }

  /** More input; what was there before is used up, or is still there as `bytes[start, end)`. */
  load(bytes: Uint8Array, start: number, end: number): void {
    this.#origin += this.at - start;
    this.bytes = bytes;
    this.at = this.#start = start;
    this.end = end;
  }

  /** Gives back what was looked at too early, as far as it is still there: less than a byte is left but for what was not enough for a code. */
  rewind(): void {
    const size = Math.min(this.count >> 3, this.at - this.#start);
    this.at -= size;
    this.count -= 8 * size;
    this.bits &= (1 << this.count) - 1;
  }

  /** The message may end here: between blocks, or behind the header of a stored block of which the four octets are missing (RFC 7692 §7.2.1). */
  get mayEnd(): boolean {
    return this.wants === WANTS_HEADER || (this.wants === WANTS_LENGTH && this.count === 0);
  }

  /** After anything but `starved`: index of the input byte that holds the last bit of what ended the run. */
  get proof(): number {
    return this.at + ((this.#unused - this.count - 1) >> 3);
  }

  /** Goes on until it cannot. `full` comes only when a byte wants to be written. */
  run(): Outcome {
    this.#unused = 0;
    for (;;) {
      let outcome: Outcome | null;
      switch (this.wants) {
        case WANTS_HEADER: outcome = this.#readHeader(); break;
        case WANTS_LENGTH: case WANTS_LENGTH_CHECK: outcome = this.#readStoredLength(); break;
        case WANTS_OCTETS: outcome = this.#copyStored(); break;
        case WANTS_COUNTS: outcome = this.#readCounts(); break;
        case WANTS_LENGTH_CODE: outcome = this.#readLengthCode(); break;
        case WANTS_CODE_LENGTHS: outcome = this.#readCodeLengths(); break;
        default: outcome = this.#readCodes();
      }
      if (outcome !== null) return outcome;
    }
  }

  #readHeader(): Outcome | null {
    if (!this.#need(3)) return 'starved';
    this.#isFinal = this.#take(1) === 1;
    const type = this.#take(2);
    if (type === TYPE_STORED) {
      this.#take(this.count & 7); // §3.2.4: up to the next byte boundary
      this.wants = WANTS_LENGTH;
    } else if (type === TYPE_FIXED) {
      ({ table: this.literals, bits: this.literalBits } = fixedLiteralTable());
      ({ table: this.distances, bits: this.distanceBits } = fixedDistanceTable());
      this.wants = WANTS_CODE;
    } else if (type === TYPE_DYNAMIC) {
      this.wants = WANTS_COUNTS;
    } else {
      return 'corrupt';
    }
    return null;
  }

  #readStoredLength(): Outcome | null {
    if (!this.#need(16)) return 'starved';
    const value = this.#take(16);
    if (this.wants === WANTS_LENGTH) {
      this.#stored = value;
      this.wants = WANTS_LENGTH_CHECK;
      return null;
    }
    if ((value ^ 0xffff) !== this.#stored) return 'corrupt';
    this.wants = WANTS_OCTETS;
    return null;
  }

  #copyStored(): Outcome | null {
    const { bytes, at, output, out } = this;
    const size = Math.min(this.#stored, this.end - at, this.limit - out);
    if (size > FEW) output.set(bytes.subarray(at, at + size), out);
    else for (let i = 0; i < size; i++) output[out + i] = bytes[at + i] as number;
    this.at += size;
    this.out += size;
    this.#stored -= size;
    if (size > 0) this.consumed = this.#origin + this.at;
    if (this.#stored === 0) return this.#endBlock();
    if (this.at === this.end) return 'starved';
    this.#unused = 8;
    return 'full';
  }

  #readCounts(): Outcome | null {
    if (!this.#need(14)) return 'starved';
    this.#literalCount = this.#take(5) + 257;
    this.#distanceCount = this.#take(5) + 1;
    this.#lengthCount = this.#take(4) + 4;
    if (this.#literalCount > MOST_LITERALS || this.#distanceCount > MOST_DISTANCES) return 'corrupt';
    if (this.#lengths === NOTHING) {
      this.#ownLiterals = new Int32Array(LITERAL_ENTRIES);
      this.#ownDistances = new Int32Array(DISTANCE_ENTRIES);
      this.#lengths = new Uint8Array(MOST_LITERALS + MOST_DISTANCES);
    }
    this.#lengths.fill(0, 0, LENGTH_SYMBOLS);
    this.#read = 0;
    this.wants = WANTS_LENGTH_CODE;
    return null;
  }

  #readLengthCode(): Outcome | null {
    for (; this.#read < this.#lengthCount; this.#read++) {
      if (!this.#need(3)) return 'starved';
      this.#lengths[LENGTH_ORDER[this.#read] as number] = this.#take(3);
    }
    this.distances = this.#ownDistances; // where the code for the lengths stands until they are read
    this.distanceBits = buildTable(this.#lengths, 0, LENGTH_SYMBOLS, LENGTHS, LENGTH_BITS, this.distances);
    if (this.distanceBits < 0) return 'corrupt';
    this.#read = 0;
    this.wants = WANTS_CODE_LENGTHS;
    return null;
  }

  #readCodeLengths(): Outcome | null {
    const { bytes, end, distances: table } = this;
    const lengths = this.#lengths;
    const mask = (1 << this.distanceBits) - 1;
    const all = this.#literalCount + this.#distanceCount;
    let { bits, count, at } = this;
    let read = this.#read;
    let outcome: Outcome | null = null;
    while (read < all) {
      for (; count < 14 && at < end; count += 8) bits |= (bytes[at++] as number) << count;
      const entry = table[bits & mask] as number;
      const codeBits = entry & 15;
      const symbol = entry >>> 16;
      if (symbol < REPEAT) {
        if (codeBits > count) {
          outcome = 'starved';
          break;
        }
        bits >>>= codeBits;
        count -= codeBits;
        lengths[read++] = symbol;
        continue;
      }
      const extraBits = (entry >> 4) & 15;
      if (codeBits + extraBits > count) {
        outcome = 'starved';
        break;
      }
      const times = (symbol === MANY_ZEROS ? 11 : 3) + ((bits >>> codeBits) & ((1 << extraBits) - 1));
      bits >>>= codeBits + extraBits;
      count -= codeBits + extraBits;
      if (read + times > all || (symbol === REPEAT && read === 0)) {
        outcome = 'corrupt';
        break;
      }
      const value = symbol === REPEAT ? lengths[read - 1] as number : 0;
      for (const stop = read + times; read < stop; read++) lengths[read] = value;
    }
    this.bits = bits;
    this.count = count;
    this.at = at;
    this.#read = read;
    return outcome ?? this.#makeCodes();
  }

  #makeCodes(): Outcome | null {
    const lengths = this.#lengths;
    if (lengths[END_OF_BLOCK] === 0) return 'corrupt';
    this.literals = this.#ownLiterals;
    this.literalBits = buildTable(lengths, 0, this.#literalCount, LITERALS, LITERAL_BITS, this.literals);
    this.distanceBits = buildTable(lengths, this.#literalCount, this.#distanceCount, DISTANCES, DISTANCE_BITS, this.distances);
    if (this.literalBits < 0 || this.distanceBits < 0) return 'corrupt';
    this.wants = WANTS_CODE;
    return null;
  }

  /** The codes of a block one by one, where input or room may end with each. */
  #readCodes(): Outcome | null {
    const { bytes, end, output, limit, literals, distances } = this;
    const literalMask = (1 << this.literalBits) - 1;
    const distanceMask = (1 << this.distanceBits) - 1;
    const began = this.out;
    if (this.wants === WANTS_CODE) inflateFast(this);
    let { bits, count, at, out, wants, length, distance, spent } = this;
    let outcome: Outcome | null = 'starved';
    for (;;) {
      if (wants === WANTS_CODE) {
        for (; count < 20 && at < end; count += 8) bits |= (bytes[at++] as number) << count;
        let entry = literals[bits & literalMask] as number;
        if ((entry & FURTHER) !== 0) entry = literals[further(entry, bits)] as number;
        const codeBits = entry & 15;
        spent = codeBits + ((entry >> 4) & 15);
        if (spent > count) {
          spent = 0;
          break;
        }
        if ((entry & LITERAL) !== 0) {
          spent = 0;
          if (out === limit) {
            this.#unused = codeBits;
            outcome = 'full';
            break;
          }
          output[out++] = entry >>> 16;
          bits >>>= codeBits;
          count -= codeBits;
          continue;
        }
        length = (entry >>> 16) + ((bits >>> codeBits) & ((1 << (spent - codeBits)) - 1));
        bits >>>= spent;
        count -= spent;
        if ((entry & (END | INVALID)) !== 0) {
          outcome = (entry & END) !== 0 ? null : 'corrupt';
          break;
        }
        wants = WANTS_DISTANCE;
      }
      if (wants === WANTS_DISTANCE) {
        for (; count < 15 && at < end; count += 8) bits |= (bytes[at++] as number) << count;
        let entry = distances[bits & distanceMask] as number;
        if ((entry & FURTHER) !== 0) entry = distances[further(entry, bits)] as number;
        const codeBits = entry & 15;
        if (codeBits > count) break;
        bits >>>= codeBits;
        count -= codeBits;
        spent += codeBits;
        if ((entry & INVALID) !== 0) {
          outcome = 'corrupt';
          break;
        }
        distance = entry >>> 16;
        this.#extraBits = (entry >> 4) & 15;
        wants = WANTS_DISTANCE_EXTRA;
      }
      if (wants === WANTS_DISTANCE_EXTRA) {
        const extraBits = this.#extraBits;
        for (; count < extraBits && at < end; count += 8) bits |= (bytes[at++] as number) << count;
        if (extraBits > count) break;
        distance += bits & ((1 << extraBits) - 1);
        bits >>>= extraBits;
        count -= extraBits;
        spent += extraBits;
        wants = WANTS_ROOM;
      }
      const window = this.window as Window; // it is there from begin() to letGo()
      if (distance > this.maxDistance || distance > out + window.length) {
        outcome = 'too-far';
        break;
      }
      const size = Math.min(length, limit - out);
      if (size > 0) spent = 0;
      window.copyMatch(output, out, distance, size);
      out += size;
      length -= size;
      if (length > 0) {
        outcome = 'full';
        break;
      }
      wants = WANTS_CODE;
    }
    if (out > began) this.consumed = this.#origin + at - ((count + spent) >> 3);
    this.bits = bits;
    this.count = count;
    this.at = at;
    this.out = out;
    this.wants = wants;
    this.length = length;
    this.distance = distance;
    this.spent = spent;
    return outcome ?? this.#endBlock();
  }

  #endBlock(): null {
    this.rewind();
    this.wants = WANTS_HEADER;
    if (!this.#isFinal) return null;
    this.#take(this.count); // RFC 7692 §7.2.1: a final block is padded to the byte
    this.sawFinal = true;
    return null;
  }

  /** Whether so many bits, at most 16, are there. */
  #need(size: number): boolean {
    for (; this.count < size && this.at < this.end; this.count += 8) this.bits |= (this.bytes[this.at++] as number) << this.count;
    return this.count >= size;
  }

  #take(size: number): number {
    const value = this.bits & ((1 << size) - 1);
    this.bits >>>= size;
    this.count -= size;
    return value;
  }
}

/** Where the second look goes. */
function further(entry: number, bits: number): number {
  return (entry >>> 16) + ((bits >>> (entry & 15)) & ((1 << ((entry >> 4) & 15)) - 1));
}
