// A flood (§10.4): messages or Pings that are written while nobody reads what they are answered with, and what came of it once somebody does.
// Who held few answers stopped reading, or kept the latest only; who held them all is found by their number.

import type { Flood, Flooded, Item } from '../case.ts';
import { fromHex } from '../payload.ts';
import type { ItemWriter } from './item-writer.ts';
import { concat } from './octets.ts';

/** Octets written at a time. */
const WRITE = 64 * 1024;
/** Ms without a write taken until a subject that is flooded counts as one that does not read. */
export const STALLED = 2_000;
/** What the Ping behind a flood says: "flood over". */
export const MARKER: Uint8Array = fromHex('666c6f6f64206f766572');

export class FloodRun {
  /** What it came to, once every answer that will come has come. */
  outcome: Flooded | null = null;
  readonly #flood: Flood;
  readonly #writer: ItemWriter;
  readonly #ofMessages: boolean;
  #rounds = 0;
  #stalled = false;
  /** Answers so far, and their octets. */
  answers = 0;
  #answered = 0;

  constructor(flood: Flood, writer: ItemWriter) {
    this.#flood = flood;
    this.#writer = writer;
    this.#ofMessages = flood.send.some(isData);
  }

  /** The writes, done when enough was taken. All are the same octets, so that they cost the tester nothing. */
  *writes(): Generator<Uint8Array> {
    const { send, octets } = this.#flood;
    const round = concat([...this.#writer.writes(send, 'items', 1)]);
    const rounds = Math.max(1, Math.floor(WRITE / round.length));
    const write = concat(Array.from({ length: rounds }, () => round));
    for (let taken = 0; taken < octets; taken += write.length) {
      this.#rounds += rounds;
      yield write.slice(0, write.length);
    }
  }

  /** The subject reads no further. */
  stall(): void {
    this.#stalled = true;
  }

  /** A message or a Pong of the subject; `isMarker` for the Pong to a Ping that was sent behind the flood. */
  receive(octets: Uint8Array, isMarker: boolean): void {
    if (isMarker) {
      if (!this.#ofMessages) this.conclude(); // Pongs come in the order of their Pings, so none is under way
      return;
    }
    this.answers++;
    this.#answered += octets.length + 2; // the shortest header
    if (this.#ofMessages && this.answers === this.#rounds * this.#flood.send.filter(isData).length) this.conclude();
  }

  /** Nothing more comes. */
  conclude(): void {
    this.outcome ??= this.#stalled ? 'stalled' : this.#answered <= this.#flood.bound ? 'bounded' : 'unbounded';
  }
}

function isData(item: Item): boolean {
  return 'message' in item || ('frame' in item && item.frame < 8 && (item.fin ?? true));
}

