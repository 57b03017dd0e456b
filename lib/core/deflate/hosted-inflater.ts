// The receiving direction where a host inflates better than plain TypeScript (RFC 7692 §7.2.2): whole messages of a middling size go to the
// host, which says yes or nothing; all others, and all that the host will not vouch for, are the portable inflater's. So every
// verdict is the portable one's, at any chunking. It knows no frame and no connection.

import type { InflateStep, Inflater } from '../wire/compression.ts';
import type { Violation } from '../wire/violation.ts';
import { INFLATE_PIECE } from './inflate-pool.ts';
import { MessageInflater } from './inflater.ts';
import type { InflaterOptions } from './inflater.ts';
import { MOST_WINDOW_BITS } from './parameters.ts';
import type { Window } from './window.ts';

/** What a host may do better than plain TypeScript; node:zlib behind it. */
export interface HostInflate {
  /** It is asked for compressed payloads of so many bytes, and of more where there is a history, which it has to be given each time… */
  readonly from: number;
  /** …to so many. */
  readonly to: number;
  /**
   * Inflates a whole message, `bytes[start, end)`, behind `dictionary`, the history, oldest byte first and perhaps empty. null unless it is
   * certain that the payload is DEFLATE blocks to its end, that the last one is the header of an empty stored block (§7.2.1), that none
   * before is final, and that no more than `room` bytes come of it. All arrays are borrowed until it returns; the result is the caller's.
   */
  inflate(bytes: Uint8Array, start: number, end: number, dictionary: Uint8Array, room: number): Uint8Array | null;
}

const NOTHING = new Uint8Array(0);
/** So many bytes of history are worth a byte of payload: with 32 KiB of it the host is quicker from 1 KiB of payload more on (measured). */
const HISTORY_SHIFT = 5;

/** Where a history is laid out for the host, which copies it: one for all. */
let layout: Uint8Array = NOTHING;

export class HostedInflater implements Inflater {
  readonly #host: HostInflate;
  readonly #portable: MessageInflater;
  readonly #window: Window;
  readonly #contextTakeover: boolean;
  /** What the host made of the message, until it is told. */
  #result: Uint8Array | null = null;
  /** The piece that was told is the host's. */
  #isHosts = false;
  #output: Uint8Array = NOTHING;
  #consumed = 0;
  /** A message has begun and is not at its end. */
  #messageOpen = false;

  /** @param options without a window: it is the largest, since zlib lets matches within one call reach beyond a smaller one */
  constructor(options: Omit<InflaterOptions, 'windowBits'>, host: HostInflate) {
    this.#host = host;
    this.#contextTakeover = options.contextTakeover;
    this.#portable = new MessageInflater({ ...options, windowBits: MOST_WINDOW_BITS });
    this.#window = this.#portable.history;
  }

  get output(): Uint8Array {
    return this.#isHosts ? this.#output : this.#portable.output;
  }

  get start(): number {
    return this.#isHosts ? 0 : this.#portable.start;
  }

  get end(): number {
    return this.#isHosts ? this.#output.length : this.#portable.end;
  }

  get last(): boolean {
    return this.#isHosts || this.#portable.last;
  }

  get consumed(): number {
    return this.#isHosts ? this.#consumed : this.#portable.consumed;
  }

  get violation(): Violation | null {
    return this.#portable.violation;
  }

  get at(): number {
    return this.#portable.at;
  }

  get retainedBytes(): number {
    return this.#portable.retainedBytes + this.#output.length;
  }

  get onReady(): () => void {
    return this.#portable.onReady;
  }

  set onReady(callback: () => void) {
    this.#portable.onReady = callback;
  }

  load(bytes: Uint8Array, start: number, end: number, last: boolean, room: number): void {
    const size = end - start;
    const { from, to } = this.#host;
    this.#isHosts = false;
    this.#output = NOTHING;
    this.#result = last && !this.#messageOpen && size >= from + (this.#window.length >> HISTORY_SHIFT) && size <= to
      ? this.#host.inflate(bytes, start, end, this.#history(), Math.min(room, INFLATE_PIECE))
      : null;
    this.#messageOpen = !last;
    if (this.#result === null) this.#portable.load(bytes, start, end, last, room);
    else this.#consumed = size;
  }

  next(): InflateStep {
    const result = this.#result;
    if (result === null) return this.#portable.next();
    this.#result = null;
    if (this.#contextTakeover) this.#window.append(result, 0, result.length); // now: it may be changed while it is told
    this.#output = result;
    this.#isHosts = true;
    return 'piece';
  }

  detach(): void {
    if (this.#result === null) this.#output = NOTHING; // what the host made needs nothing of what was lent
    this.#portable.detach();
  }

  release(): void {
    this.#result = null;
    this.#output = NOTHING;
    this.#portable.release();
  }

  #history(): Uint8Array {
    const history = this.#window;
    if (history.length === 0) return NOTHING;
    if (layout.length < history.length) layout = new Uint8Array(history.size);
    return layout.subarray(0, history.copyInto(layout, 0));
  }
}
