// Every deadline of one connection in one place (DESIGN §4, time): the keepalive, the unfinished message, the closing handshake, the
// window in which control frames are counted. Arithmetic on `now`; what a deadline leads to is the connection's.

import { Alarm } from './alarm.ts';
import { Keepalive } from './keepalive.ts';
import type { KeepaliveOptions } from './keepalive.ts';

const SECOND = 1000;
const CLOSE_TIMEOUT: number = 10 * SECOND;
const LINGER_TIMEOUT = SECOND;

export interface DeadlineOptions {
  readonly keepalive?: KeepaliveOptions | 'off';
  readonly closeTimeout?: number;
  readonly lingerTimeout?: number;
}

export class Deadlines {
  readonly keepalive: Keepalive | null;
  /** A message that has begun is to be finished. */
  readonly message: Alarm = new Alarm();
  /** Our Close is to be sent and answered; later, the transport is to end. */
  readonly close: Alarm = new Alarm();
  readonly #control: Alarm = new Alarm();
  readonly #closeTimeout: number;
  readonly #lingerTimeout: number;
  #controlCount = 0;

  constructor(options: DeadlineOptions) {
    this.keepalive = options.keepalive === 'off' ? null : new Keepalive(options.keepalive);
    this.#closeTimeout = options.closeTimeout ?? CLOSE_TIMEOUT;
    this.#lingerTimeout = options.lingerTimeout ?? LINGER_TIMEOUT;
  }

  /** When `advance` is next needed. */
  get next(): number {
    return Math.min(this.close.at, this.#control.at, this.message.at, this.keepalive?.deadline ?? Infinity);
  }

  /** Our Close waits to be sent and answered, from now or from the latest progress on. */
  awaitClose(): void {
    this.close.set(this.#closeTimeout);
  }

  /** Nothing is missing but the transport's end, and it is not waited for long: a peer that does not end it must not hold it (§7.1.1). */
  awaitTransportEnd(): void {
    this.close.set(this.#lingerTimeout);
  }

  /** Counts a control frame and returns how many came in the present second. */
  countControl(): number {
    if (!this.#control.isSet) this.#control.set(SECOND);
    return ++this.#controlCount;
  }

  /** Begins a new second when the last is over. */
  advanceControl(now: number): void {
    if (this.#control.advance(now)) this.#controlCount = 0;
  }

  /** The connection is over but for the transport's end. */
  settle(): void {
    this.keepalive?.stop();
    this.message.cancel();
    this.#control.cancel();
  }
}
