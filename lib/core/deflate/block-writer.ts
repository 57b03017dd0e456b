// Blocks (RFC 1951 §3.2.3): the tokens of a slice as the type of block that is smallest, stored, with fixed or with dynamic codes, and the empty
// stored block behind the last (RFC 7692 §7.2.1). It holds where it is in `blocks`, and the bits that do not fill an octet yet; only of a
// message of more than one slice are the blocks moved elsewhere.

import { header, makeDynamicCodes } from './dynamic-codes.ts';
import { DISTANCES, FIXED_DISTANCES, FIXED_LITERALS, LITERALS, scratch } from './scratch.ts';
import { END_OF_BLOCK, LENGTHS, distanceSymbol } from './symbols.ts';

const { blocks, blocksView, codes, data, tokens } = scratch;
const LENGTH_ENTRIES: Int32Array = LENGTHS;
const FIRST_MATCH = 1 << 16;

const NOTHING = new Uint8Array(0);
const TYPE_STORED = 0;
const TYPE_FIXED = 1;
const TYPE_DYNAMIC = 2;
/** LEN and NLEN of an empty stored block (§3.2.4). */
const EMPTY_LENGTH: Uint8Array = Uint8Array.of(0, 0, 0xff, 0xff);
/** Fewer tokens than these are hardly ever smaller with codes of their own. */
const DYNAMIC_FROM = 64;

export class BlockWriter {
  /** What was written, from {@link end} on: `bytes[0, length)`, until the next `begin`. */
  bytes: Uint8Array = NOTHING;
  length = 0;
  #at = 0;
  /** Bits that do not fill an octet yet, the first lowest, and how many. */
  #bits = 0;
  #bitCount = 0;

  begin(): void {
    this.bytes = NOTHING;
    this.length = this.#at = this.#bits = this.#bitCount = 0;
  }

  /** Writes a block that says `data[from, to)`, at most SLICE_SIZE bytes and not none, as `count` tokens, counted by symbol, or as it stands. */
  writeBlock(count: number, from: number, to: number): void {
    if (this.#at > 0) this.#moveAway();
    const bits = this.#bits;
    const bitCount = this.#bitCount;
    const storedEnd = ((bitCount + 3 + 7) >> 3) + EMPTY_LENGTH.length + to - from;
    if (count >= DYNAMIC_FROM && makeDynamicCodes(count)) {
      this.#put(TYPE_DYNAMIC << 1, 3);
      this.#writeHeader();
      this.#writeTokens(count, LITERALS, DISTANCES);
    } else {
      this.#put(TYPE_FIXED << 1, 3);
      this.#writeTokens(count, FIXED_LITERALS, FIXED_DISTANCES);
    }
    if (this.#at + ((this.#bitCount + 7) >> 3) <= storedEnd) return;
    this.#at = 0;
    this.#bits = bits;
    this.#bitCount = bitCount;
    this.#writeStored(from, to);
  }

  /** Ends with an empty stored block; `last`: its four octets of length are left out (RFC 7692 §7.2.1). */
  end(last: boolean): void {
    this.#put(TYPE_STORED << 1, 3);
    this.#align();
    if (!last) {
      blocks.set(EMPTY_LENGTH, this.#at);
      this.#at += EMPTY_LENGTH.length;
    }
    if (this.length > 0) return this.#moveAway();
    this.bytes = blocks;
    this.length = this.#at;
  }

  /** Makes room in `blocks`. */
  #moveAway(): void {
    const length = this.length + this.#at;
    if (length > this.bytes.length) {
      const larger = new Uint8Array(2 * Math.max(length, blocks.length));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    this.bytes.set(blocks.subarray(0, this.#at), this.length);
    this.length = length;
    this.#at = 0;
  }

  #writeStored(from: number, to: number): void {
    this.#put(TYPE_STORED << 1, 3);
    this.#align();
    const at = this.#at;
    const size = to - from;
    blocks[at] = size;
    blocks[at + 1] = size >> 8;
    blocks[at + 2] = ~size;
    blocks[at + 3] = ~size >> 8;
    blocks.set(data.subarray(from, to), at + 4);
    this.#at = at + 4 + size;
  }

  /**
   * Writes the tokens and the end of the block. Fewer than 8 bits wait before each code, and a code with its extra bits has 24 at most: each
   * time a word is written, and as many octets of it count as are full. No branch asks whether that is worth it: half the time (measured).
   */
  #writeTokens(count: number, literals: number, distances: number): void {
    let at = this.#at | 0;
    let bits = this.#bits | 0;
    let bitCount = this.#bitCount | 0;
    tokens[count] = END_OF_BLOCK;
    tokens[count + 1] = FIRST_MATCH; // so that the end has no literal behind it
    for (let i = 0; i <= count; i++) {
      const token = tokens[i] as number;
      if (token < FIRST_MATCH) {
        const code = codes[literals + token] as number;
        bits |= (code & 0xffff) << bitCount;
        bitCount += code >> 16;
        const other = tokens[i + 1] as number;
        if (other < FIRST_MATCH) {
          const code = codes[literals + other] as number;
          bits |= (code & 0xffff) << bitCount;
          bitCount += code >> 16;
          i++;
        }
        blocksView.setInt32(at, bits, true);
        at += bitCount >> 3;
        bits >>>= bitCount & ~7;
        bitCount &= 7;
        continue;
      }
      const length = LENGTH_ENTRIES[token >> 16] as number;
      let code = codes[literals + (length >> 16)] as number;
      bits |= ((code & 0xffff) | ((length & 255) << (code >> 16))) << bitCount;
      bitCount += (code >> 16) + ((length >> 8) & 255);
      blocksView.setInt32(at, bits, true);
      at += bitCount >> 3;
      bits >>>= bitCount & ~7;
      bitCount &= 7;

      const x = token & 0xffff;
      const symbol = distanceSymbol(x);
      const extraBits = symbol < 4 ? 0 : (symbol >> 1) - 1;
      code = codes[distances + symbol] as number;
      bits |= ((code & 0xffff) | ((x & ((1 << extraBits) - 1)) << (code >> 16))) << bitCount;
      bitCount += (code >> 16) + extraBits;
      blocksView.setInt32(at, bits, true);
      at += bitCount >> 3;
      bits >>>= bitCount & ~7;
      bitCount &= 7;
    }
    this.#at = at;
    this.#bits = bits;
    this.#bitCount = bitCount;
  }

  /** Sends the lengths of the dynamic codes as they were planned (§3.2.7). */
  #writeHeader(): void {
    const { entries, entryCount } = header;
    let at = this.#at | 0;
    let bits = this.#bits | 0;
    let bitCount = this.#bitCount | 0;
    for (let i = 0; i < entryCount; i++) {
      const entry = entries[i] as number;
      bits |= (entry & 0xffffff) << bitCount;
      bitCount += entry >> 24;
      blocksView.setInt32(at, bits, true);
      at += bitCount >> 3;
      bits >>>= bitCount & ~7;
      bitCount &= 7;
    }
    this.#at = at;
    this.#bits = bits;
    this.#bitCount = bitCount;
  }

  /** Appends `count` bits, at most 24. */
  #put(bits: number, count: number): void {
    const all = this.#bits | (bits << this.#bitCount);
    const bitCount = this.#bitCount + count;
    blocksView.setInt32(this.#at, all, true);
    this.#at += bitCount >> 3;
    this.#bits = all >>> (bitCount & ~7);
    this.#bitCount = bitCount & 7;
  }

  /** Fills the octet that is begun with zeros: the word that was written last holds them. */
  #align(): void {
    this.#at += (this.#bitCount + 7) >> 3;
    this.#bits = this.#bitCount = 0;
  }
}
