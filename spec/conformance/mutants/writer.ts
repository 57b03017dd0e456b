// Frames out (RFC 6455 §5.2), in the order in which they are asked for.

import type { Random } from '../../support/random.ts';
import type { Does } from './switches.ts';

/** Octets waiting from which on nothing is read any more. */
const HIGH_WATER = 64 * 1024;
/** Octets that who is slow takes or writes at once. */
export const LITTLE = 100;

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FrameBits {
  readonly fin?: boolean;
  readonly rsv1?: boolean;
}

export class Writer {
  #queue: Uint8Array[] = [];
  #octets = 0;
  /** Of these, octets of Pongs. */
  #pongs = 0;
  readonly #masks: boolean;
  /** Keys that nobody can guess are for those who meet strangers; a spec wants the same ones every time. */
  readonly #random: Random;
  /** Of keys that can be told from the ones before. */
  #state = 42n;
  readonly #does: Does;

  constructor(masks: boolean, random: Random, does: Does) {
    this.#masks = masks;
    this.#random = random;
    this.#does = does;
  }

  get retainedBytes(): number {
    return this.#octets;
  }

  get isEmpty(): boolean {
    return this.#octets === 0;
  }

  /** Reading on would make a peer's refusal to read this side's memory. */
  get isFull(): boolean {
    if (this.#octets < HIGH_WATER || this.#does('no-back-pressure')) return false;
    return this.#octets - this.#pongs >= HIGH_WATER || !this.#does('pong-flood');
  }

  take(): Uint8Array | null {
    if (this.isEmpty) return null;
    const octets = this.#queue.length === 1 ? this.#queue[0] as Uint8Array : Buffer.concat(this.#queue); // the one there is
    this.forget();
    if (octets.length <= LITTLE || !this.#does('writes-slowly')) return octets;
    this.#push(octets.subarray(LITTLE));
    return octets.subarray(0, LITTLE);
  }

  /** Drops what has not been taken. */
  forget(): void {
    this.#queue = [];
    this.#octets = 0;
    this.#pongs = 0;
  }

  /** Drops the frame that was written last. */
  forgetLast(): void {
    this.#octets -= this.#queue.pop()?.length ?? 0;
  }

  /** Changes the order of the two frames that were written last. */
  swapLast(): void {
    this.#queue.push(...this.#queue.splice(-2).reverse());
  }

  head(latin1: string): void {
    this.#push(Buffer.from(latin1, 'latin1'));
  }

  frame(opcode: number, payload: Uint8Array, { fin = true, rsv1 = false }: FrameBits = {}): void {
    const { length } = payload;
    const masks = this.#masks ? !this.#does('never-masks') : this.#does('masks-as-server');
    const form = this.#formOf(length);
    const start = 2 + form + (masks ? 4 : 0);
    const frame = Buffer.allocUnsafe(start + length);
    frame[0] = (fin ? 0x80 : 0) | (rsv1 ? 0x40 : 0) | opcode;
    frame[1] = (masks ? 0x80 : 0) | (form === 0 ? length : form === 2 ? 126 : 127);
    if (form === 2) frame.writeUInt16BE(length, 2);
    if (form === 8) frame.writeBigUInt64BE(BigInt(length), 2);
    frame.set(payload, start);
    if (masks) {
      const key = this.#key();
      frame.set(key, start - 4);
      for (let i = 0; i < length; i++) (frame[start + i] as number) ^= key[i & 3] as number;
    }
    this.#push(frame);
    if (opcode === OPCODE.pong) this.#pongs += frame.length;
  }

  /** Octets of the extended length: the fewest that hold it (§5.2). */
  #formOf(length: number): 0 | 2 | 8 {
    if (length < 126) return 0;
    if (length > 0xffff || this.#does('writes-long-forms')) return 8;
    return length === 0xffff && this.#does('writes-65535-long') ? 8 : 2;
  }

  #key(): Uint8Array {
    if (this.#does('one-key')) return Buffer.from('5ca1ab1e', 'hex');
    if (this.#does('zero-key')) return Buffer.alloc(4);
    if (this.#does('narrow-keys')) return Buffer.concat([Buffer.alloc(2), this.#random.bytes(2)]);
    const next = this.#does('counting-keys') ? (this.#state += 1n) : this.#does('java-keys') ? this.#nextOfJava() : null;
    if (next === null) return this.#random.bytes(4);
    const key = Buffer.alloc(4);
    key.writeUInt32BE(Number(next));
    return key;
  }

  /** The upper 32 of 48 bits. */
  #nextOfJava(): bigint {
    this.#state = (this.#state * 25214903917n + 11n) & 0xffff_ffff_ffffn;
    return this.#state >> 16n;
  }

  #push(octets: Uint8Array): void {
    this.#queue.push(octets);
    this.#octets += octets.length;
  }
}
