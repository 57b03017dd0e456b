// Streams of frames as a peer might send them: mostly right, so that the engine gets far, and wrong in every way the RFC names, at the
// lengths where things change. One seed, one stream.

import { frame, frameHeader } from '../support/frames.ts';
import type { FrameSpec } from '../support/frames.ts';
import type { Random } from '../support/random.ts';

const LENGTHS = [0, 0, 1, 2, 3, 7, 20, 124, 125, 126, 127, 128, 300, 1_000];
const CHARACTERS = ['a', '\0', '\u007f', '\u0080', '\u07ff', '\u0800', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}', '\ufeff']
  .map((character) => Uint8Array.from(Buffer.from(character)));
const CODES = [1000, 1001, 1002, 1003, 1007, 1011, 1012, 1014, 3000, 4999];
const BAD_CODES = [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535];
const HUGE = [1n << 16n, (1n << 24n) + 1n, (1n << 31n) - 1n, 1n << 31n, 1n << 32n, (1n << 53n) - 1n, 1n << 53n, 1n << 62n, 1n << 63n, (1n << 64n) - 1n];

/** Bytes to be sent to an endpoint of `role`; some messages compressed, if something compresses. */
export function randomStream(random: Random, role: 'client' | 'server', deflate: ((bytes: Uint8Array) => Uint8Array) | null = null): Uint8Array {
  if (random.oneIn(25)) return random.bytes(random.below(60));
  const writer = new StreamWriter(random, role === 'server', deflate);
  for (let count = 1 + random.below(8); count > 0; count--) writer.something();
  return random.oneIn(3) ? mutated(random, writer.bytes()) : writer.bytes();
}

class StreamWriter {
  readonly #random: Random;
  readonly #masks: boolean;
  readonly #deflate: ((bytes: Uint8Array) => Uint8Array) | null;
  readonly #parts: Uint8Array[] = [];

  constructor(random: Random, masks: boolean, deflate: ((bytes: Uint8Array) => Uint8Array) | null) {
    this.#random = random;
    this.#masks = masks;
    this.#deflate = deflate;
  }

  bytes(): Uint8Array {
    return Uint8Array.from(Buffer.concat(this.#parts));
  }

  something(): void {
    const random = this.#random;
    switch (random.below(16)) {
      case 0: case 1: case 2:
        return this.#frame({ opcode: 1, ...this.#message(this.#text()) });
      case 3: case 4:
        return this.#frame({ opcode: 2, ...this.#message(random.bytes(this.#length())) });
      case 5: case 6: case 7:
        return this.#fragments();
      case 8:
        return this.#frame({ opcode: 9, payload: random.bytes(random.below(126)) });
      case 9:
        return this.#frame({ opcode: 10, payload: random.oneIn(2) ? Uint8Array.of(0, 0, 0, 1) : random.bytes(random.below(126)) });
      case 10:
        return this.#flood();
      case 11: case 12:
        return random.oneIn(3) ? this.#close() : this.#frame({ opcode: 1, payload: '' });
      case 13:
        return this.#promise();
      default:
        return this.#wrong();
    }
  }

  #frame(spec: FrameSpec): void {
    this.#parts.push(frame({ ...(this.#masks ? { mask: this.#random.bytes(4) } : {}), ...spec }));
  }

  /** The payload of a message, as it is or compressed. */
  #message(bytes: Uint8Array): { readonly payload: Uint8Array; readonly rsv?: number } {
    if (this.#deflate === null || this.#random.oneIn(4)) return { payload: bytes };
    return { payload: this.#deflate(bytes), rsv: 0x40 };
  }

  #length(): number {
    const random = this.#random;
    return random.oneIn(200) ? random.pick([65_535, 65_536]) : random.pick(LENGTHS);
  }

  #text(): Uint8Array {
    const random = this.#random;
    const wanted = this.#length();
    if (random.oneIn(2)) return new Uint8Array(wanted).fill(0x20 + random.below(90));
    const parts: Uint8Array[] = [];
    for (let length = 0; length < Math.min(wanted, 200);) {
      const character = random.pick(CHARACTERS);
      parts.push(character);
      length += character.length;
    }
    const text = Uint8Array.from(Buffer.concat(parts));
    if (random.oneIn(6) && text.length > 0) text[random.below(text.length)] = random.pick([0x80, 0xc0, 0xed, 0xf5, 0xff]);
    return random.oneIn(10) ? text.subarray(0, random.below(text.length + 1)) : text;
  }

  /** A message in pieces, cut anywhere, inside characters too, with control frames between. */
  #fragments(): void {
    const random = this.#random;
    const opcode = 1 + random.below(2);
    const { payload: whole, rsv = 0 } = this.#message(opcode === 1 ? this.#text() : random.bytes(this.#length()));
    const frames = random.oneIn(20) ? 60 : 1 + random.below(6);
    let at = 0;
    for (let i = 0; i < frames; i++) {
      const last = i === frames - 1;
      const to = last ? whole.length : Math.min(whole.length, at + random.below(1 + Math.ceil(2 * whole.length / frames)));
      this.#frame({ opcode: i === 0 ? opcode : 0, rsv: i === 0 ? rsv : 0, fin: last && !random.oneIn(10), payload: whole.subarray(at, to) });
      at = to;
      if (random.oneIn(4)) this.#frame({ opcode: 9 + random.below(2), payload: random.bytes(random.below(5)) });
    }
  }

  #flood(): void {
    for (let count = this.#random.below(40); count > 0; count--) this.#frame({ opcode: 9, payload: Uint8Array.of(count) });
  }

  #close(): void {
    const random = this.#random;
    const code = random.oneIn(5) ? random.pick(BAD_CODES) : random.pick(CODES);
    const reason = random.oneIn(2) ? new Uint8Array(0) : this.#text().subarray(0, 123);
    const body = Uint8Array.from([code >> 8, code & 0xff, ...reason]);
    this.#frame({ opcode: 8, payload: random.oneIn(4) ? body.subarray(0, random.below(2)) : body });
  }

  /** A header that promises more than comes. */
  #promise(): void {
    const random = this.#random;
    const length = random.oneIn(2) ? random.pick(HUGE) : BigInt(random.below(2_000));
    const mask = this.#masks ? { mask: random.bytes(4) } : {};
    this.#parts.push(frameHeader({ opcode: random.below(3), fin: random.oneIn(2), length, ...mask }), random.bytes(random.below(50)));
  }

  #wrong(): void {
    const random = this.#random;
    const payload = random.bytes(random.pick(LENGTHS));
    const short = payload.subarray(0, 100);
    switch (random.below(7)) {
      case 0: return this.#frame({ opcode: 1, rsv: random.below(8) << 4, payload: short });
      case 1: return this.#frame({ opcode: random.below(16), fin: random.oneIn(2), payload: short });
      case 2: return this.#frame({ opcode: 2, mask: !this.#masks, payload: short });
      case 3: return this.#frame({ opcode: 8 + random.below(3), fin: random.oneIn(2), payload, lengthBits: payload.length < 126 ? 7 : 16 });
      case 4: return this.#frame({ opcode: 2, payload: short, lengthBits: random.pick([16, 64]) });
      case 5: return this.#frame({ opcode: 0, payload: short, fin: random.oneIn(2) });
      default: return this.#frame({ opcode: 1, payload: random.bytes(random.below(40)) });
    }
  }
}

/** The same with a few bytes changed, left out, doubled or put elsewhere. */
export function mutated(random: Random, bytes: Uint8Array): Uint8Array {
  let result = bytes.slice();
  for (let count = 1 + random.below(3); count > 0 && result.length > 0; count--) {
    const at = random.below(result.length);
    const length = 1 + random.below(Math.min(12, result.length - at));
    switch (random.below(5)) {
      case 0: result[at] = (result[at] as number) ^ (1 << random.below(8)); break; // `at` is below the length
      case 1: result[at] = random.pick([0x00, 0x7f, 0x80, 0xff]); break;
      case 2: result = Uint8Array.from(Buffer.concat([result.subarray(0, at), result.subarray(at + length)])); break;
      case 3: result = Uint8Array.from(Buffer.concat([result.subarray(0, at + length), result.subarray(at)])); break;
      default: result = Uint8Array.from(Buffer.concat([result.subarray(0, at), random.bytes(length), result.subarray(at)]));
    }
  }
  return result;
}

/** `bytes` cut anywhere: whole, byte by byte, or at random. The pieces are copies: a receiver may write into them. */
export function randomChunks(random: Random, bytes: Uint8Array): Uint8Array[] {
  const most = random.pick([1, 3, 20, 200, bytes.length + 1]);
  const chunks: Uint8Array[] = [];
  // At one byte a chunk a long stream would take all the time there is: its tail goes faster.
  for (let at = 0; at < bytes.length;) {
    const size = 1 + random.below(at > 3_000 ? 20_000 : most);
    chunks.push(bytes.slice(at, at + size));
    at += size;
  }
  return chunks;
}
