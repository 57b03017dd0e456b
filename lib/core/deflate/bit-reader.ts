// Bits as DEFLATE packs them (RFC 1951 §3.1.1), out of bytes that come in parts: the first is the lowest of its byte. It knows where it
// stands, and refuses to know what the bits mean.

const NOTHING = new Uint8Array(0);

export class BitReader {
  /** Input: `bytes[at, end)` has not been looked at. */
  bytes: Uint8Array = NOTHING;
  at = 0;
  end = 0;
  /** Bits that have been looked at and not used, the first lowest; those above them are 0. At most 31. */
  bits = 0;
  count = 0;
  /** Position among all input of `bytes[0]`, and where in `bytes` the input began. */
  #origin = 0;
  #start = 0;

  /** Nothing has been read. */
  restart(): void {
    this.bytes = NOTHING;
    this.at = this.end = this.bits = this.count = this.#origin = this.#start = 0;
  }

  /** More input, borrowed; what was there before is used up, or is still there as `bytes[start, end)`. */
  load(bytes: Uint8Array, start: number, end: number): void {
    this.#origin += this.at - start;
    this.bytes = bytes;
    this.at = this.#start = start;
    this.end = end;
  }

  /** How many bytes all bits take that are used but the last `spent`. */
  position(spent: number): number {
    return this.#origin + this.at - ((this.count + spent) >> 3);
  }

  /** Whether `size` bits, at most 20, are there; as many as there are have then been looked at. */
  need(size: number): boolean {
    for (; this.count < size && this.at < this.end; this.count += 8) this.bits |= (this.bytes[this.at++] as number) << this.count;
    return this.count >= size;
  }

  /** Uses up `size` bits, which must be there. */
  take(size: number): number {
    const value = this.bits & ((1 << size) - 1);
    this.bits >>>= size;
    this.count -= size;
    return value;
  }

  /** Uses up what is left of the byte that is begun. Whole bytes must not have been looked at. */
  align(): void {
    this.bits = this.count = 0;
  }

  /** Gives back the bytes that were looked at too early, as far as they are still there: bits of the input before stay as they are. */
  rewind(): void {
    const size = Math.min(this.count >> 3, this.at - this.#start);
    this.at -= size;
    this.count -= 8 * size;
    this.bits &= (1 << this.count) - 1;
  }
}
