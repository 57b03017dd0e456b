// Every deadline of one connection in one place (DESIGN §4, time): the keepalive, the unfinished message, the closing handshake, the
// window in which control frames are counted. Arithmetic on `now`; what a deadline leads to is the connection's.

import { Alarm } from './alarm.ts';
import { Keepalive } from './keepalive.ts';
import type { KeepaliveAction, KeepaliveOptions } from './keepalive.ts';

const SECOND = 1000;
const CLOSE_TIMEOUT: number = 10 * SECOND;
const LINGER_TIMEOUT = SECOND;

export interface DeadlineOptions {
  readonly keepalive?: KeepaliveOptions | 'off';
  readonly closeTimeout?: number;
  readonly lingerTimeout?: number;
}

export class Deadlines {
  keepalive: Keepalive | null;
  /** A message that has begun is to be finished. */
  readonly message: Alarm = new Alarm();
  /** Our Close is to be sent and answered; later, the transport is to end. */
  readonly close: Alarm = new Alarm();
  readonly #control: Alarm = new Alarm();
  readonly #closeTimeout: number;
  readonly #lingerTimeout: number;
  #controlCount = 0;
  #paused = false;
  /** The time since which the message's deadline stands still, as far as an `advance` has told it. */
  #stoodStillFrom: number | null = null;
  /** A pause has begun or ended under a message's deadline, at a time not yet known. */
  #pauseMoved = false;

  constructor(options: DeadlineOptions) {
    this.keepalive = options.keepalive === 'off' ? null : new Keepalive(options.keepalive);
    this.#closeTimeout = options.closeTimeout ?? CLOSE_TIMEOUT;
    this.#lingerTimeout = options.lingerTimeout ?? LINGER_TIMEOUT;
  }

  /** When `advance` is next needed. */
  get next(): number {
    if (this.#pauseMoved) return -Infinity;
    return Math.min(this.close.at, this.#control.at, this.#paused ? Infinity : this.message.at, this.keepalive?.deadline ?? Infinity);
  }

  /**
   * This side stops reading, or goes on. Meanwhile neither the unfinished message nor the peer's silence is held against the peer: what it
   * sent may lie unread. True when `next` has moved.
   */
  pause(paused: boolean): boolean {
    this.#paused = paused;
    this.keepalive?.heard();
    this.#pauseMoved = this.message.isSet;
    return this.#pauseMoved;
  }

  /** A part of a message has come, or its `last`. */
  messageCame(last: boolean, deadline: number): void {
    if (last) this.message.cancel();
    else if (!this.message.isSet) this.message.set(deadline);
  }

  /** Holds the message under way to another deadline. True when there was one: `next` may have moved. */
  changeMessage(deadline: number): boolean {
    const { isSet } = this.message;
    this.message.change(deadline);
    return isSet;
  }

  /** Begins another keepalive, or none; one that is not `live` stands still. */
  setKeepalive(options: KeepaliveOptions | 'off', live: boolean): void {
    this.keepalive = options === 'off' ? null : new Keepalive(options, this.keepalive);
    if (!live) this.keepalive?.stop();
  }

  /** True once, when an unfinished message has taken too long; the time of a pause does not count. */
  advanceMessage(now: number): boolean {
    this.#pauseMoved = false;
    this.message.postpone(now - (this.#stoodStillFrom ?? now));
    this.#stoodStillFrom = this.#paused ? now : null;
    return !this.#paused && this.message.advance(now);
  }

  /** What the keepalive wants done. */
  advanceKeepalive(now: number): KeepaliveAction {
    if (this.#paused) this.keepalive?.heard();
    return this.keepalive?.advance(now) ?? 'none';
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
    this.#pauseMoved = false;
    this.#control.cancel();
  }
}
