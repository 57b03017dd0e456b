// The liveness policy (§5.5.2): when to send a Ping, and when the peer is gone. Interval, timeout and tolerated misses are three values;
// any inbound byte proves life, so that a peer whose Pong queues behind its own upload is not killed. Pure arithmetic on `now`.

import { MAX_CONTROL_PAYLOAD } from '../wire/opcode.ts';
import type { ControlPayload } from './control-payload.ts';
import { checkKnown, checkNumber } from './options.ts';

export interface KeepaliveOptions {
  /** Milliseconds between two Pings; more only while one is unanswered. Default: 25,000, under every common proxy's 60 s. Infinity sends none. */
  interval?: number;
  /** Milliseconds after a Ping in which something must arrive. Default: 20,000. May be shorter or longer than the interval. */
  timeout?: number;
  /** What every Ping begins with, 121 bytes at most, before the four bytes by which its Pong is known. Copied. Default: nothing. */
  data?: Uint8Array;
  /** How many Pings in a row may go unanswered before the peer counts as gone. Default: 1. */
  misses?: number;
}

/** What `advance` asks the connection to do. */
export type KeepaliveAction = 'none' | 'ping' | 'dead';

/** Bytes of the serial number that a Ping of this policy ends with. */
const SERIAL_LENGTH = 4;
const NOTHING = new Uint8Array(0);

const NAMES: ReadonlySet<string> = new Set(['interval', 'timeout', 'misses', 'data']);

export class Keepalive {
  readonly interval: number;
  readonly timeout: number;
  readonly misses: number;
  /** Milliseconds between the latest Ping of this policy that was answered and its Pong; NaN before the first. */
  roundTripTime: number = NaN;

  readonly #data: Uint8Array;
  /** Of the latest Ping of this policy; none has 0. */
  #serial = 0;
  #pingAt = -Infinity;
  #sentAt = 0;
  #judgeAt = 0;
  #awaiting = false;
  #heard = false;
  #answered = false;
  #missed = 0;

  /**
   * @param before the policy that this one takes over from: its round trip was measured, and Pongs to its Pings may still come
   * @throws TypeError or RangeError naming the option that is unknown or makes no sense
   */
  constructor(options: KeepaliveOptions = {}, before: Keepalive | null = null) {
    checkKnown('keepalive', options, NAMES);
    this.interval = checkNumber('keepalive.interval', options.interval, 25_000, 1);
    this.timeout = checkNumber('keepalive.timeout', options.timeout, 20_000, 1);
    this.misses = checkNumber('keepalive.misses', options.misses, 1, 0);
    this.#data = options.data === undefined ? NOTHING : new Uint8Array(checkData(options.data));
    if (this.interval === Infinity) this.#pingAt = Infinity;
    if (before === null) return;
    this.#serial = before.#serial;
    this.roundTripTime = before.roundTripTime;
  }

  /** When `advance` is next needed. */
  get deadline(): number {
    if (this.#answered) return -Infinity; // the time of the Pong is still to be read off
    return this.#awaiting && !this.#heard ? this.#judgeAt : this.#pingAt;
  }

  /** Something arrived, or nothing could because this side did not read: until the next Ping nobody is judged. Asks no time. */
  heard(): void {
    this.#heard = true;
  }

  /** A Pong arrived. It counts if it answers the latest Ping: the time is then read off at the next `advance`. */
  pong(payload: ControlPayload): void {
    if (this.#awaiting && payload.isSerial(this.#serial, this.#data.length)) this.#answered = true;
  }

  /** The payload of the latest Ping: the data, and its serial number in network byte order. */
  get payload(): Uint8Array {
    const at = this.#data.length;
    const payload = new Uint8Array(at + SERIAL_LENGTH);
    payload.set(this.#data);
    for (let i = 0; i < SERIAL_LENGTH; i++) payload[at + i] = this.#serial >>> (24 - 8 * i);
    return payload;
  }

  advance(now: number): KeepaliveAction {
    if (this.#answered) {
      this.#answered = false;
      this.roundTripTime = now - this.#sentAt;
    }
    if (this.#pingAt === -Infinity) this.#pingAt = now + this.interval;
    // A peer that was heard need not be waited for: a timeout longer than the interval must not stretch the interval.
    if (this.#awaiting && !this.#heard) {
      if (now < this.#judgeAt) return 'none';
      this.#awaiting = false;
      if (++this.#missed > this.misses) return 'dead';
    }
    if (now < this.#pingAt) return 'none';
    if (this.#heard) this.#missed = 0; // also what came too late for its own Ping: misses count only in a row
    this.#serial = (this.#serial + 1) >>> 0;
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

function checkData(data: Uint8Array): Uint8Array {
  if (!(data instanceof Uint8Array)) throw new TypeError(`keepalive.data must be a Uint8Array, found ${typeof data}`);
  if (data.length <= MAX_CONTROL_PAYLOAD - SERIAL_LENGTH) return data;
  throw new RangeError(`keepalive.data has at most ${MAX_CONTROL_PAYLOAD - SERIAL_LENGTH} bytes, found ${data.length} (§5.5)`);
}
