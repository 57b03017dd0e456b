// Control frames that wait to be sent (§5.5), one behind the other in one piece of memory. Small arrays of their own would be cut from
// pools that hosts share among everybody, and a peer that pings and does not read would pin such a pool with each of its Pongs.

import type { Platform } from '../platform.ts';

type Memory = Pick<Platform, 'allocate'>;

const NOTHING = new Uint8Array(0);
/** Room made when a second frame comes to wait. */
const FIRST_ROOM = 256;

export class ControlQueue {
  /** Frames that wait. */
  count = 0;
  /** Bytes that wait. */
  length = 0;
  readonly #memory: Memory;
  #bytes: Uint8Array = NOTHING;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** Takes `frame` over; it is not written to. */
  push(frame: Uint8Array): void {
    const length = this.length + frame.length;
    if (this.count === 0) {
      this.#bytes = frame;
    } else {
      if (length > this.#bytes.length) this.#grow(length);
      this.#bytes.set(frame, this.length);
    }
    this.count++;
    this.length = length;
  }

  /** Everything that waits, as one array that is the caller's. */
  take(): Uint8Array {
    const bytes = this.#bytes;
    const taken = bytes.length === this.length ? bytes : bytes.subarray(0, this.length);
    this.clear();
    return taken;
  }

  clear(): void {
    this.count = 0;
    this.length = 0;
    this.#bytes = NOTHING;
  }

  #grow(needed: number): void {
    const bytes = this.#memory.allocate(Math.max(FIRST_ROOM, needed * 2));
    bytes.set(this.#bytes.subarray(0, this.length));
    this.#bytes = bytes;
  }
}
