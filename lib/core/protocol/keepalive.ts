// The liveness policy (§5.5.2): when to send a Ping, and when the peer is gone. Interval, timeout and tolerated misses are three values;
// any inbound byte proves life, so that a peer whose Pong queues behind its own upload is not killed. Pure arithmetic on `now`.

import { checkKnown, checkNumber } from './options.ts';

export interface KeepaliveOptions {
  /** Milliseconds between two Pings. Default: 25,000, under every common proxy's 60 s. Infinity sends none. */
  interval?: number;
  /** Milliseconds after a Ping in which something must arrive. Default: 20,000. May be shorter or longer than the interval. */
  timeout?: number;
  /** How many Pings in a row may go unanswered before the peer counts as gone. Default: 1. */
  misses?: number;
}

/** What `advance` asks the connection to do. */
export type KeepaliveAction = 'none' | 'ping' | 'dead';

const NAMES: ReadonlySet<string> = new Set(['interval', 'timeout', 'misses']);

export class Keepalive {
  readonly interval: number;
  readonly timeout: number;
  readonly misses: number;
  /** Milliseconds between the latest Ping of this policy that was answered and its Pong; NaN before the first. */
  roundTripTime: number = NaN;

  #pingAt = -Infinity;
  #sentAt = 0;
  #judgeAt = 0;
  #awaiting = false;
  #heard = false;
  #answered = false;
  #missed = 0;

  /** @throws TypeError or RangeError naming the option that is unknown or makes no sense */
  constructor(options: KeepaliveOptions = {}) {
    checkKnown('keepalive', options, NAMES);
    this.interval = checkNumber('keepalive.interval', options.interval, 25_000, 1);
    this.timeout = checkNumber('keepalive.timeout', options.timeout, 20_000, 1);
    this.misses = checkNumber('keepalive.misses', options.misses, 1, 0);
    if (this.interval === Infinity) this.#pingAt = Infinity;
  }

  /** When `advance` is next needed. */
  get deadline(): number {
    if (this.#answered) return -Infinity; // the time of the Pong is still to be read off
    if (!this.#awaiting) return this.#pingAt;
    return this.#heard ? Math.min(this.#judgeAt, this.#pingAt) : this.#judgeAt;
  }

  /** Something arrived, or nothing can because this side does not read. Asks no time: whether it came in time is judged at the deadline. */
  heard(): void {
    this.#heard = true;
  }

  /** The Pong of the latest Ping arrived. */
  answered(): void {
    this.#answered = this.#awaiting;
  }

  advance(now: number): KeepaliveAction {
    if (this.#answered) {
      this.#answered = false;
      this.roundTripTime = now - this.#sentAt;
    }
    if (this.#pingAt === -Infinity) this.#pingAt = now + this.interval;
    // A peer that was heard need not be waited for: a timeout longer than the interval must not stretch the interval.
    if (this.#awaiting && (now >= this.#judgeAt || (this.#heard && now >= this.#pingAt))) {
      this.#awaiting = false;
      this.#missed = this.#heard ? 0 : this.#missed + 1;
      if (this.#missed > this.misses) return 'dead';
    }
    if (this.#awaiting || now < this.#pingAt) return 'none';
    this.#sentAt = now;
    this.#judgeAt = now + this.timeout;
    this.#pingAt = now + this.interval;
    this.#awaiting = true;
    this.#heard = false;
    return 'ping';
  }

  /** No more Pings and no more judging: the closing handshake has deadlines of its own. */
  stop(): void {
    this.#awaiting = false;
    this.#answered = false;
    this.#pingAt = Infinity;
  }
}
