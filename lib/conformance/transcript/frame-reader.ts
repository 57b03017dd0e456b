// Frames as they pass, legal or not (RFC 6455 §5.2): where each header ends and how much payload follows is all that is asked. Whoever draws
// what broke a rule has to read on behind it.
//
// Law: no octets are wrong here, and none are kept but those of the header under way.

/** Told of frames in passing. Arrays are lent until the call returns. */
export interface FrameWatcher {
  /** The first octet of a header has come. */
  frameBegins(): void;
  /** The whole header, the masking key included. */
  frameHeader(header: Uint8Array): void;
  /** `bytes[start, end)` is payload, as it is on the wire; never empty. */
  framePayload(bytes: Uint8Array, start: number, end: number): void;
  /** All of its payload has come. */
  frameEnds(): void;
}

const MAX_HEADER = 14;

/** Octets of the extended length that a second octet announces (§5.2). */
function extendedSize(b1: number): number {
  const announced = b1 & 0x7f;
  return announced === 126 ? 2 : announced === 127 ? 8 : 0;
}

/** The length that a header claims: up to 2^64 - 1. */
export function claimedLength(header: Uint8Array): bigint {
  const b1 = header[1] as number;
  const extended = extendedSize(b1);
  if (extended === 0) return BigInt(b1 & 0x7f);
  let length = 0n;
  for (const octet of header.subarray(2, 2 + extended)) length = (length << 8n) | BigInt(octet);
  return length;
}

/** The masking key that ends a header; null when the frame is not masked. A view. */
export function maskingKeyOf(header: Uint8Array): Uint8Array | null {
  return (header[1] as number) >= 0x80 ? header.subarray(-4) : null;
}

export class FrameReader {
  readonly #watcher: FrameWatcher;
  readonly #header = new Uint8Array(MAX_HEADER);
  #size = 0;
  /** Octets that the header will have, as far as is known. */
  #wanted = 2;
  /** Octets of payload still to come; inexact above 2^53, from where nobody gets to the end. */
  #left = 0;

  constructor(watcher: FrameWatcher) {
    this.#watcher = watcher;
  }

  /** The header under way: a view, empty between frames and within a payload. */
  get header(): Uint8Array {
    return this.#header.subarray(0, this.#size);
  }

  /** Reads `bytes` from `start` on. They are only borrowed. */
  read(bytes: Uint8Array, start: number): void {
    for (let at = start; at < bytes.length; ) {
      if (this.#left === 0) {
        this.#readHeader(bytes[at++] as number);
        continue;
      }
      const end = Math.min(bytes.length, at + this.#left);
      this.#left -= end - at;
      this.#watcher.framePayload(bytes, at, end);
      at = end;
      if (this.#left === 0) this.#watcher.frameEnds();
    }
  }

  #readHeader(octet: number): void {
    if (this.#size === 0) this.#watcher.frameBegins();
    this.#header[this.#size++] = octet;
    if (this.#size === 2) this.#wanted = 2 + extendedSize(octet) + (octet >= 0x80 ? 4 : 0);
    if (this.#size < this.#wanted) return;
    const header = this.header;
    this.#size = 0;
    this.#wanted = 2;
    this.#left = this.#claimed();
    this.#watcher.frameHeader(header);
    if (this.#left === 0) this.#watcher.frameEnds();
  }

  #claimed(): number {
    const b1 = this.#header[1] as number;
    const end = 2 + extendedSize(b1);
    let length = end === 2 ? b1 & 0x7f : 0;
    for (let at = 2; at < end; at++) length = length * 256 + (this.#header[at] as number);
    return length;
  }
}
