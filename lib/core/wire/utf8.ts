// The incremental UTF-8 validator (§8.1, RFC 3629 §4): text is refused at the first byte that makes it impossible, in whatever
// pieces it arrives. Between pieces three small integers are kept, no bytes.

/** Checks `bytes[start, end)` as a whole; a host's is faster than a loop in TypeScript. */
export type WholeCheck = (bytes: Uint8Array, start: number, end: number) => boolean;

/** From this many bytes on asking the host beats the loop: a native call costs about as much as 30 turns of it. */
const WORTH_ASKING = 32;

export class Utf8Validator {
  /** Trail bytes still to come of the character under way. */
  #need = 0;
  // The range of the next trail byte: 80…BF but for the byte after E0, ED, F0 and F4 (RFC 3629 §4).
  #low = 0x80;
  #high = 0xbf;
  readonly #wholeCheck: WholeCheck | null;

  constructor(wholeCheck: WholeCheck | null = null) {
    this.#wholeCheck = wholeCheck;
  }

  /** Whether what was written so far ends between two characters. A message must (§5.6); a fragment need not. */
  get atBoundary(): boolean {
    return this.#need === 0;
  }

  /** Another validator in the same state. */
  copy(): Utf8Validator {
    const other = new Utf8Validator(this.#wholeCheck);
    other.#need = this.#need;
    other.#low = this.#low;
    other.#high = this.#high;
    return other;
  }

  /** Forgets what was written: the next byte begins a message. */
  reset(): void {
    this.#need = 0;
    this.#low = 0x80;
    this.#high = 0xbf;
  }

  /**
   * Writes `bytes[start, end)` and returns `end`, or the index of the first byte with which the text can no longer become valid.
   * After such an index the validator must be {@link reset}. `bytes` is only borrowed.
   */
  write(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && this.#need !== 0) {
      if (!this.#step(bytes[at] as number)) return at;
      at++;
    }
    if (this.#wholeCheck !== null && end - at >= WORTH_ASKING) {
      const boundary = lastBoundary(bytes, end);
      if (this.#wholeCheck(bytes, at, boundary)) at = boundary;
    }
    for (; at < end; at++) {
      if (!this.#step(bytes[at] as number)) return at;
    }
    return end;
  }

  #step(byte: number): boolean {
    if (this.#need !== 0) {
      if (byte < this.#low || byte > this.#high) return false;
      this.#need--;
      this.#low = 0x80;
      this.#high = 0xbf;
      return true;
    }
    if (byte < 0x80) return true;
    if (byte < 0xc2 || byte > 0xf4) return false; // trail bytes, overlong C0 and C1, beyond U+10FFFF
    if (byte < 0xe0) {
      this.#need = 1;
    } else if (byte < 0xf0) {
      this.#need = 2;
      if (byte === 0xe0) this.#low = 0xa0;        // below: overlong
      else if (byte === 0xed) this.#high = 0x9f;  // above: surrogates
    } else {
      this.#need = 3;
      if (byte === 0xf0) this.#low = 0x90;        // below: overlong
      else if (byte === 0xf4) this.#high = 0x8f;  // above: beyond U+10FFFF
    }
    return true;
  }
}

/** The end of the last character that can be whole before `end`, looking at no more than the three bytes that may belong to one under way. */
function lastBoundary(bytes: Uint8Array, end: number): number {
  for (let back = 1; back <= 3; back++) {
    const byte = bytes[end - back] as number;
    if (byte < 0x80) return end;
    if (byte >= 0xc0) {
      const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
      return length > back ? end - back : end;
    }
  }
  return end;
}
