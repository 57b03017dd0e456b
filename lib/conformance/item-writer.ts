// From the items of a step to writes. It remembers what matters afterwards: that a Close went out, and which Pings and Pongs did.

import { isCloseCodeOnWire } from '../core/wire/close-code.ts';
import type { AgainItem, FrameItem, HeadItem, Item, Split } from './case.ts';
import { writeFrame } from './frame-writer.ts';
import type { Heads } from './heads.ts';
import type { Messages } from './messages.ts';
import { concat, cut } from './octets.ts';
import { equal, octetsOf, toHex } from './payload.ts';

const CLOSE = 8;
const PING = 9;
const PONG = 10;
/** Payloads that are remembered, each once: a flood repeats itself. */
const MOST_PAYLOADS = 4096;

export class ItemWriter {
  sentClose = false;
  /** What writes legal messages, once the connection is open. */
  messages: Messages | null = null;
  readonly #heads: Heads;
  readonly #masks: boolean;
  /** Payloads of Pings, and of Pongs that nobody asked for. */
  readonly #payloads: Uint8Array[] = [];

  constructor(heads: Heads, masks: boolean) {
    this.#heads = heads;
    this.#masks = masks;
  }

  /** The writes of a step, made when they are asked for. */
  *writes(items: readonly Item[], split: Split, times: number): Generator<Uint8Array> {
    for (let round = 0; round < times; round++) {
      const heads = items.filter((item): item is HeadItem => 'head' in item).map(({ head }) => head);
      if (heads.length > 0) this.#heads.say(heads.join(''));
      if (split === 'items') for (const item of items) yield* this.#each(item);
      else yield* cut(concat(items.flatMap((item) => [...this.#each(item)])), split);
    }
  }

  /**
   * Whether a Pong with that payload answers something: a Ping with it was sent, or, against §5.5.3, a Pong. An empty Pong is not taken for the
   * answer to another: it is what a heartbeat looks like.
   */
  provoked(payload: Uint8Array): boolean {
    return this.#payloads.some((sent) => equal(sent, payload));
  }

  /** A Close with that code, or without one where it may not be on the wire (§7.4). */
  closeFrame(code: number | null): Uint8Array {
    this.sentClose = true;
    const digits = code === null || !isCloseCodeOnWire(code) ? '' : code.toString(16).padStart(4, '0');
    return writeFrame({ frame: CLOSE, payload: { hex: digits } }, this.#masks);
  }

  pingFrame(payload: Uint8Array): Uint8Array {
    return writeFrame({ frame: PING, payload: { hex: toHex(payload) } }, this.#masks);
  }

  pongFrame(payload: Uint8Array): Uint8Array {
    return writeFrame({ frame: PONG, payload: { hex: toHex(payload) } }, this.#masks);
  }

  *#each(item: Item): Generator<Uint8Array> {
    if ('again' in item) {
      yield* this.#again(item);
    } else if ('head' in item) {
      yield this.#heads.fill(item.head);
    } else if ('octets' in item) {
      yield octetsOf(item.octets);
    } else if ('message' in item) {
      yield* (this.messages as Messages).write(item); // data follows the opening
    } else {
      if (item.frame === CLOSE) this.sentClose = true;
      if (item.frame === PING || item.frame === PONG) this.#remember(item);
      yield writeFrame(item, this.#masks);
    }
  }

  /** What is the same octets every time is written once. */
  *#again({ again, times }: AgainItem): Generator<Uint8Array> {
    const written = again.every(isLiteral) ? again.flatMap((item) => [...this.#each(item)]) : null;
    for (let round = 0; round < times; round++) {
      if (written === null) for (const item of again) yield* this.#each(item);
      else for (const octets of written) yield octets.slice(0, octets.length);
    }
  }

  #remember({ frame, payload }: FrameItem): void {
    const octets = payload === undefined ? new Uint8Array(0) : octetsOf(payload);
    if (frame === PONG && octets.length === 0) return;
    if (this.#payloads.length < MOST_PAYLOADS && !this.provoked(octets)) this.#payloads.push(octets);
  }
}

function isLiteral(item: Item): boolean {
  return 'frame' in item || 'octets' in item;
}
