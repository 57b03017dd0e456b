// The payload of a control frame, whole (§5.5): 125 bytes at most, so it is gathered if it comes in pieces, and read where it lies if
// it does not. A connection whose control frames come whole holds no buffer for them.

import type { FrameDecoder } from '../wire/frame-decoder.ts';
import { mask } from '../wire/mask.ts';
import { MAX_CONTROL_PAYLOAD } from '../wire/opcode.ts';

const NOTHING = new Uint8Array(0);

export class ControlPayload {
  /** The payload, unmasked: `bytes[start, end)`. Valid from a `gather` that returned true to the next one. */
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  #spill: Uint8Array | null = null;
  #length = 0;

  get retainedBytes(): number {
    return this.#spill === null ? 0 : this.#length;
  }

  /** Takes the decoder's step, which is of a control frame. True when the payload is whole. Unmasks `chunk` in place. */
  gather(chunk: Uint8Array, step: FrameDecoder): boolean {
    const { start, end } = step;
    if (step.masked) mask(chunk, start, end, step.maskingKey);
    if (step.begins && step.remaining === 0) {
      this.#point(chunk, start, end);
      return true;
    }
    this.#spill ??= new Uint8Array(MAX_CONTROL_PAYLOAD);
    for (let i = start; i < end; i++) this.#spill[this.#length++] = chunk[i] as number;
    if (step.remaining > 0) return false;
    this.#point(this.#spill, 0, this.#length);
    this.forget();
    return true;
  }

  /** The payload as a view, for whoever listens. */
  view(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }

  /** Whether it is the four bytes of `serial`, in network byte order, behind `before` others: the payload of a keepalive Ping. */
  isSerial(serial: number, before: number = 0): boolean {
    const { bytes, end } = this;
    const start = this.start + before;
    return end - start === 4 && bytes[start] === serial >>> 24 && bytes[start + 1] === (serial >>> 16 & 0xff)
      && bytes[start + 2] === (serial >>> 8 & 0xff) && bytes[start + 3] === (serial & 0xff);
  }

  /** Forgets a payload under way: the rest of it will not be read. */
  forget(): void {
    this.#spill = null;
    this.#length = 0;
  }

  /** Lets go of the chunk or the spill that the last payload lay in. */
  release(): void {
    this.#point(NOTHING, 0, 0);
  }

  #point(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }
}
