// From the items of a step to writes. It remembers what matters afterwards: that a Close went out, which Pings and Pongs did, and whether the
// frame that was written last is at its end.

import { isCloseCodeOnWire } from '../../core/wire/close-code.ts';
import type { AgainItem, FrameItem, HeadItem, Item, Split } from '../case.ts';
import { FrameReader } from '../transcript/frame-reader.ts';
import { octetsOf, toHex } from '../payload.ts';
import { writeFrame } from './frame-writer.ts';
import type { Heads } from './heads.ts';
import { Messages } from './messages.ts';
import { concat, cut } from './octets.ts';

const CLOSE = 8;
const PING = 9;
const PONG = 10;
/** An empty line, in hex. */
const HEAD_END = '0d0a0d0a';
/** Payloads that are remembered, each once: a flood repeats itself. */
const MOST_PAYLOADS = 4096;

export class ItemWriter {
  sentClose = false;
  /** The write that was made last ends in the middle of a frame: as the case cuts it, or for ever, where the header claims more than follows. */
  inFrame = false;
  /** What writes legal messages; none of them compressed until that is agreed on. */
  messages: Messages;
  readonly #heads: Heads;
  readonly #masks: boolean;
  readonly #frames: FrameReader = new FrameReader({
    frameBegins: () => { this.inFrame = true; },
    frameHeader: () => {},
    framePayload: () => {},
    frameEnds: () => { this.inFrame = false; },
  });
  /** The last four octets of the heads so far, in hex. */
  #headEnd: string;
  /** Payloads of Pings, and of Pongs that nobody asked for, in hex. */
  readonly #payloads: Set<string> = new Set();

  /** @param opens the tester opens by itself: what a case has is frames, from the first octet on */
  constructor(heads: Heads, masks: boolean, opens: boolean) {
    this.#heads = heads;
    this.#masks = masks;
    this.#headEnd = opens ? HEAD_END : '';
    this.messages = new Messages(masks, null);
  }

  /** The writes of a step, made when they are asked for. */
  *writes(items: readonly Item[], split: Split, times: number): Generator<Uint8Array> {
    for (let round = 0; round < times; round++) {
      const heads = items.filter((item): item is HeadItem => 'head' in item).map(({ head }) => head);
      if (heads.length > 0) this.#heads.say(heads.join(''));
      const parts = this.#parts(items);
      if (split === 'items') {
        for (const { octets, isFrames } of parts) yield this.#passed(octets, isFrames ? 0 : octets.length);
        continue;
      }
      const all = [...parts];
      let ahead = all.reduce((sum, { octets, isFrames }) => (isFrames ? sum : sum + octets.length), 0); // heads stand ahead of all frames
      for (const octets of cut(concat(all.map((part) => part.octets)), split)) {
        yield this.#passed(octets, Math.min(ahead, octets.length));
        ahead -= Math.min(ahead, octets.length);
      }
    }
  }

  /** Heads are no frames, nor is what stands between them, or what goes on with one that has no end yet. */
  *#parts(items: readonly Item[]): Generator<{ readonly octets: Uint8Array; readonly isFrames: boolean }> {
    const lastHead = items.map((item) => 'head' in item).lastIndexOf(true);
    for (const [index, item] of items.entries()) {
      for (const octets of this.#each(item)) {
        const isFrames = index > lastHead && (!('octets' in item) || this.#headEnd === HEAD_END);
        if (!isFrames) this.#headEnd = (this.#headEnd + toHex(octets.slice(-4))).slice(-HEAD_END.length);
        yield { octets, isFrames };
      }
    }
  }

  /** The octets, of which those from `start` on are of frames. */
  #passed(octets: Uint8Array, start: number): Uint8Array {
    this.#frames.read(octets, start);
    return octets;
  }

  /**
   * Whether a Pong with that payload answers something: a Ping with it was sent, or, against §5.5.3, a Pong. An empty Pong is not taken for the
   * answer to another: it is what a heartbeat looks like.
   */
  provoked(payload: Uint8Array): boolean {
    return this.#payloads.has(toHex(payload));
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
      yield* this.messages.write(item);
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
    if (this.#payloads.size < MOST_PAYLOADS) this.#payloads.add(toHex(octets));
  }
}

function isLiteral(item: Item): boolean {
  return 'frame' in item || 'octets' in item;
}
