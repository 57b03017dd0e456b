// The LZ77 window of one direction (RFC 1951 §2, RFC 7692 §7.2): the last bytes of what was sent or received, in a ring. Memory follows
// the bytes that came: a connection that has exchanged 300 bytes holds 512. It knows nothing of blocks and codes.

/** The smallest ring: a window grows by doubling from here. */
const FIRST_SIZE = 256;
const NOTHING = new Uint8Array(0);
const NO_VIEW = new DataView(NOTHING.buffer);

/** Memory of its own, as a platform allocates it. */
export type Allocate = (size: number) => Uint8Array;

export class Window {
  /** Bytes it may hold: 256 to 32,768. */
  readonly size: number;
  /** The ring; its length is a power of two, or 0. The byte at distance d is `ring[(at - d) & (ring.length - 1)]`. */
  ring: Uint8Array = NOTHING;
  /** Of the ring. */
  view: DataView = NO_VIEW;
  /** Where the next byte goes. */
  at = 0;
  /** Bytes it holds. */
  length = 0;
  readonly #allocate: Allocate;

  /** @param bits 8 to 15 (RFC 7692 §7.1.2) */
  constructor(bits: number, allocate: Allocate) {
    this.size = 1 << bits;
    this.#allocate = allocate;
  }

  /** Takes in `bytes[start, end)`; what is further back than its size is forgotten. */
  append(bytes: Uint8Array, start: number, end: number): void {
    const from = end - start > this.size ? end - this.size : start;
    const count = end - from;
    if (this.length + count > this.ring.length && this.ring.length < this.size) this.#grow(this.length + count);
    const { ring } = this;
    const tail = Math.min(count, ring.length - this.at);
    ring.set(bytes.subarray(from, from + tail), this.at);
    if (tail < count) ring.set(bytes.subarray(from + tail, end), 0);
    this.at = (this.at + count) & (ring.length - 1);
    this.length = Math.min(this.length + count, this.size);
  }

  /**
   * Copies to `target` from `at` on what stands `distance` bytes before, `length` bytes of it and possibly itself what is copied: what
   * would stand before the first byte of `target` stands here. It must be there.
   */
  copyMatch(target: Uint8Array, at: number, distance: number, length: number): void {
    const { ring } = this;
    const mask = ring.length - 1;
    const end = at + length;
    let from = at - distance;
    for (; from < 0 && at < end; from++) target[at++] = ring[(this.at + from) & mask] as number;
    while (at < end) target[at++] = target[from++] as number;
  }

  /** Copies what it holds, oldest first, into `target` from `at` on; returns where the copy ends. */
  copyInto(target: Uint8Array, at: number): number {
    const { ring, length } = this;
    const from = (this.at - length) & (ring.length - 1);
    const tail = Math.min(length, ring.length - from);
    target.set(ring.subarray(from, from + tail), at);
    if (tail < length) target.set(ring.subarray(0, length - tail), at + tail);
    return at + length;
  }

  /** Forgets everything and holds no memory. */
  clear(): void {
    this.ring = NOTHING;
    this.view = NO_VIEW;
    this.at = 0;
    this.length = 0;
  }

  #grow(needed: number): void {
    let size = FIRST_SIZE;
    while (size < needed && size < this.size) size *= 2;
    const ring = this.#allocate(size);
    this.copyInto(ring, 0);
    this.ring = ring;
    this.view = new DataView(ring.buffer, ring.byteOffset, ring.length);
    this.at = this.length & (size - 1);
  }
}
