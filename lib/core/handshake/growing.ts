// Octets that arrive a few at a time, kept in one array that doubles.
//
// Law: memory follows what arrived, at most twice over, and never the number of parts. Who appends keeps the bounds.

const FIRST_CAPACITY = 256;

export class GrowingOctets {
  #octets: Uint8Array = new Uint8Array(FIRST_CAPACITY);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The array behind; valid below `length` and until the next append. */
  get octets(): Uint8Array {
    return this.#octets;
  }

  push(octet: number): void {
    this.#reserve(1);
    this.#octets[this.#length++] = octet;
  }

  /** Copies `bytes`. */
  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#octets.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Forgets the octets and keeps the room. */
  clear(): void {
    this.#length = 0;
  }

  /** A copy, which is the caller's. */
  copy(): Uint8Array {
    return this.#octets.slice(0, this.#length);
  }

  #reserve(more: number): void {
    const wanted = this.#length + more;
    if (wanted <= this.#octets.length) return;
    const larger = new Uint8Array(Math.max(wanted, 2 * this.#octets.length));
    larger.set(this.#octets);
    this.#octets = larger;
  }
}
