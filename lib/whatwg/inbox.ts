// Messages between their arrival and the task that delivers them. Each gets a task of its own; past a bound the connection is paused, so
// that a peer which sends faster than scripts listen fills its own buffers and not this side's.

import type { Connection } from '../core/protocol/connection.ts';

/** Messages up to this many bytes or code units wait for their tasks; the one that goes beyond is the last. */
const BOUND = 64 * 1024;
/** What a message counts besides its length: it is an object, and a task. */
const OVERHEAD = 64;

export class Inbox {
  readonly #deliver: (data: string | Uint8Array) => void;
  #connection: Connection | null = null;
  #waiting = 0;

  constructor(deliver: (data: string | Uint8Array) => void) {
    this.#deliver = deliver;
  }

  /** To be told before the first message. */
  open(connection: Connection): void {
    this.#connection = connection;
  }

  /** Queues a task that delivers `data`, which is this side's own. */
  take(data: string | Uint8Array): void {
    const size = data.length + OVERHEAD;
    this.#waiting += size;
    if (this.#waiting > BOUND) this.#connection?.pause();
    setImmediate(() => {
      this.#waiting -= size;
      if (this.#waiting === 0) this.#connection?.resume(); // reads no sooner than the task is over
      this.#deliver(data);
    });
  }
}
