// One frame into the outbox (§5.2, §5.3): header, payload and mask in the fewest passes. It knows the role and nothing of messages; what a
// frame may say, and when, is the sender's.

import type { Platform } from '../platform.ts';
import { MAX_HEADER_LENGTH, headerLength, writeHeader, writeMaskingKey } from '../wire/header.ts';
import { mask } from '../wire/mask.ts';
import { B0_FIN } from '../wire/opcode.ts';
import type { Role } from '../wire/opcode.ts';
import { Outbox } from './outbox.ts';
import { sharedOf } from './shared.ts';
import type { KeySource } from './shared.ts';

/** From this many bytes on an unmasked payload is queued by reference. Below, a copy is cheaper than a write of its own (measured: 16 KiB). */
const BY_REFERENCE = 32 * 1024;

export class FrameWriter {
  readonly outbox: Outbox;
  /** Frames of this side are masked: it is the client (§5.1). */
  readonly masks: boolean;
  readonly #platform: Platform;
  readonly #keys: KeySource;

  constructor(role: Role, platform: Platform) {
    const shared = sharedOf(platform);
    this.outbox = new Outbox(shared.slabs);
    this.masks = role === 'client';
    this.#platform = platform;
    this.#keys = shared.keys;
  }

  /** Whether so long a payload is queued as it lies: its owner leaves it unchanged until the transport has written it. */
  takesReference(length: number): boolean {
    return !this.masks && length >= BY_REFERENCE;
  }

  /** Queues a frame around `payload`, which carries `size` application bytes. */
  frame(b0: number, payload: Uint8Array, size: number): void {
    const { outbox } = this;
    const { length } = payload;
    if (this.takesReference(length)) {
      outbox.reserve(MAX_HEADER_LENGTH);
      outbox.commitReference(writeHeader(outbox.bytes, outbox.at, b0, length, false), payload, size);
    } else {
      this.copy(b0, payload, 0, length, size);
    }
  }

  /** The same around `bytes[start, end)`, which are only lent. */
  copy(b0: number, bytes: Uint8Array, start: number, end: number, size: number): void {
    const { outbox } = this;
    const header = headerLength(end - start, this.masks);
    outbox.reserve(header + end - start);
    outbox.bytes.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), outbox.at + header);
    this.commit(b0, end - start, size);
  }

  /** Queues a frame that is whole, unmasked and nobody's to change. */
  whole(frame: Uint8Array, size: number): void {
    const { outbox } = this;
    if (frame.length >= headerLength(BY_REFERENCE, false) + BY_REFERENCE) return outbox.commitFrame(frame, size);
    outbox.reserve(frame.length);
    outbox.bytes.set(frame, outbox.at);
    outbox.commit(outbox.at + frame.length, size);
  }

  /** Writes the header before a payload of `length` bytes that stands where it belongs, masks it, and takes the frame in. */
  commit(b0: number, length: number, size: number): void {
    const { outbox, masks } = this;
    const { bytes } = outbox;
    let at = writeHeader(bytes, outbox.at, b0, length, masks);
    if (masks) {
      const key = this.#keys.next();
      at = writeMaskingKey(bytes, at, key);
      mask(bytes, at, at + length, key);
    }
    outbox.commit(at + length, size);
  }

  /** A control frame around `payload[start, end)`, which is only lent, in memory of its own. */
  control(opcode: number, payload: Uint8Array, start: number, end: number): Uint8Array {
    const length = end - start;
    const frame = this.#platform.allocate(headerLength(length, this.masks) + length);
    let at = writeHeader(frame, 0, B0_FIN | opcode, length, this.masks);
    const key = this.masks ? this.#keys.next() : 0;
    if (this.masks) at = writeMaskingKey(frame, at, key);
    for (let i = 0; i < length; i++) frame[at + i] = payload[start + i] as number;
    if (this.masks) mask(frame, at, at + length, key);
    return frame;
  }
}
