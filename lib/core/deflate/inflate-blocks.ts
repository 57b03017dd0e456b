// DEFLATE blocks (RFC 1951 §3.2.3), resumable at any bit of the input and any byte of the output: what is not decided by the bits that
// came is asked again when more have. It writes into a piece that begins at 0 and reads what stood before it from a window. It knows
// neither messages nor pieces, and refuses to know what is to become of a broken block.

import { BitReader } from './bit-reader.ts';
import { CodeReader } from './code-reader.ts';
import { END, FURTHER, INVALID, LITERAL, fixedDistanceTable, fixedLiteralTable } from './huffman-decoder.ts';
import { WANTS_CODE, WANTS_DISTANCE, WANTS_DISTANCE_EXTRA, WANTS_ROOM, hasPlenty, inflateFast } from './inflate-fast.ts';
import type { Window } from './window.ts';

/** Why a run ended: the input is used up; there is a byte to write and no room; this is not DEFLATE; a distance leads nowhere. */
export type Outcome = 'starved' | 'full' | 'corrupt' | 'too-far';

// What is wanted next, within a block of codes by the names of inflate-fast.ts.
const WANTS_HEADER = 0;
const WANTS_LENGTH = 1;
const WANTS_LENGTH_CHECK = 2;
const WANTS_OCTETS = 3;
const WANTS_DYNAMIC_CODES = 4;

const TYPE_STORED = 0;
const TYPE_FIXED = 1;
const TYPE_DYNAMIC = 2;
/** Stored octets that a loop copies sooner than a call does. */
const FEW = 48;

const NOTHING = new Uint8Array(0);
const NO_VIEW = new DataView(NOTHING.buffer);
const NO_TABLE = new Int32Array(0);

export class BlockDecoder extends BitReader {
  /** Output: the piece is `output[0, out)` so far, and ends at `limit` at the latest. */
  output: Uint8Array = NOTHING;
  view: DataView = NO_VIEW;
  out = 0;
  limit = 0;
  /** What stood before the piece. */
  history: Window | null = null;
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
  /** The match under way: what is left of its length, and its distance. */
  length = 0;
  distance = 0;
  wants: number = WANTS_HEADER;

  #isFinal = false;
  /** Octets of the stored block still to come. */
  #stored = 0;
  #extraBits = 0;
  /** After `full`: bits of the code for the byte that found no room, if they are not used yet. */
  #unused = 0;

  /** Made for the first block with dynamic codes. */
  #codeReader: CodeReader | null = null;

  /** Bytes of the tables. */
  get retainedBytes(): number {
    return this.#codeReader?.retainedBytes ?? 0;
  }

  /** A message begins. */
  begin(history: Window, maxDistance: number): void {
    this.history = history;
    this.maxDistance = maxDistance;
    this.restart();
    this.consumed = 0;
    this.sawFinal = false;
    this.wants = WANTS_HEADER;
  }

  /** What is lent is let go; the tables stay. */
  letGo(): void {
    this.restart();
    this.output = NOTHING;
    this.view = NO_VIEW;
    this.history = null;
  }

  /** The message may end here: between blocks, or behind the header of a stored block that lacks its four octets (RFC 7692 §7.2.1). */
  get mayEnd(): boolean {
    return this.wants === WANTS_HEADER || (this.wants === WANTS_LENGTH && this.count === 0);
  }

  /** After anything but `starved`: index of the input byte that holds the last bit of what ended the run. */
  get proof(): number {
    return this.at + ((this.#unused - this.count - 1) >> 3);
  }

  /** The last output is written, and needed all bits that are used but the last `spent`. */
  note(spent: number): void {
    this.consumed = this.position(spent);
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
        case WANTS_DYNAMIC_CODES: outcome = this.#readDynamicCodes(); break;
        case WANTS_CODE: outcome = this.#readCode(); break;
        case WANTS_DISTANCE: outcome = this.#readDistance(); break;
        case WANTS_DISTANCE_EXTRA: outcome = this.#readDistanceExtra(); break;
        default: outcome = this.#writeMatch();
      }
      if (outcome !== null) return outcome;
    }
  }

  #readHeader(): Outcome | null {
    if (!this.need(3)) return 'starved';
    this.#isFinal = this.take(1) === 1;
    const type = this.take(2);
    if (type === TYPE_STORED) {
      this.align(); // §3.2.4
      this.wants = WANTS_LENGTH;
    } else if (type === TYPE_FIXED) {
      ({ table: this.literals, bits: this.literalBits } = fixedLiteralTable());
      ({ table: this.distances, bits: this.distanceBits } = fixedDistanceTable());
      this.wants = WANTS_CODE;
    } else if (type === TYPE_DYNAMIC) {
      this.#codeReader ??= new CodeReader();
      this.#codeReader.restart();
      this.wants = WANTS_DYNAMIC_CODES;
    } else {
      return 'corrupt';
    }
    return null;
  }

  #readStoredLength(): Outcome | null {
    if (!this.need(16)) return 'starved';
    const value = this.take(16);
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
    if (size > 0) this.note(0);
    if (this.#stored === 0) return this.#endBlock();
    if (this.at === this.end) return 'starved';
    this.#unused = 8;
    return 'full';
  }

  #readDynamicCodes(): Outcome | null {
    const reader = this.#codeReader as CodeReader; // it was made when the header announced it
    const step = reader.read(this);
    if (step !== 'read') return step;
    this.literals = reader.literals;
    this.literalBits = reader.literalBits;
    this.distances = reader.distances;
    this.distanceBits = reader.distanceBits;
    this.wants = WANTS_CODE;
    return null;
  }

  /** Literals, up to a length or the end of the block. */
  #readCode(): Outcome | null {
    if (hasPlenty(this)) inflateFast(this);
    if (this.wants !== WANTS_CODE) return null;
    const { literals, output, limit } = this;
    const mask = (1 << this.literalBits) - 1;
    for (;;) {
      this.need(20); // or as many as there are
      let entry = literals[this.bits & mask] as number;
      if ((entry & FURTHER) !== 0) entry = literals[further(entry, this.bits)] as number;
      const codeBits = entry & 15;
      const extraBits = (entry >> 4) & 15;
      if (codeBits + extraBits > this.count) return 'starved';
      if ((entry & LITERAL) !== 0) {
        if (this.out === limit) {
          this.#unused = codeBits;
          return 'full';
        }
        output[this.out++] = entry >>> 16;
        this.take(codeBits);
        this.note(0);
        continue;
      }
      this.take(codeBits);
      if ((entry & END) !== 0) return this.#endBlock();
      if ((entry & INVALID) !== 0) return 'corrupt';
      this.length = (entry >>> 16) + this.take(extraBits);
      this.wants = WANTS_DISTANCE;
      return null;
    }
  }

  #readDistance(): Outcome | null {
    this.need(15);
    let entry = this.distances[this.bits & ((1 << this.distanceBits) - 1)] as number;
    if ((entry & FURTHER) !== 0) entry = this.distances[further(entry, this.bits)] as number;
    const codeBits = entry & 15;
    if (codeBits > this.count) return 'starved';
    this.take(codeBits);
    if ((entry & INVALID) !== 0) return 'corrupt';
    this.distance = entry >>> 16;
    this.#extraBits = (entry >> 4) & 15;
    this.wants = WANTS_DISTANCE_EXTRA;
    return null;
  }

  #readDistanceExtra(): Outcome | null {
    if (!this.need(this.#extraBits)) return 'starved';
    this.distance += this.take(this.#extraBits);
    this.wants = WANTS_ROOM;
    return null;
  }

  #writeMatch(): Outcome | null {
    const history = this.history as Window; // it is there from begin() to letGo()
    const { distance, out } = this;
    if (distance > this.maxDistance || distance > out + history.length) return 'too-far';
    const size = Math.min(this.length, this.limit - out);
    history.copyMatch(this.output, out, distance, size);
    this.out += size;
    this.length -= size;
    if (size > 0) this.note(0);
    if (this.length > 0) return 'full';
    this.wants = WANTS_CODE;
    return null;
  }

  #endBlock(): null {
    this.rewind();
    this.wants = WANTS_HEADER;
    if (!this.#isFinal) return null;
    this.align(); // RFC 7692 §7.2.1: a final block is padded to the byte
    this.sawFinal = true;
    return null;
  }
}

/** Where the second look goes. */
function further(entry: number, bits: number): number {
  return (entry >>> 16) + ((bits >>> (entry & 15)) & ((1 << ((entry >> 4) & 15)) - 1));
}
