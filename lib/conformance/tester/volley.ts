// Messages that are sent one behind the other, so many under way at once, and held against their echoes: what the classic suite's thousand
// round trips are for, without their waste.

import type { Payload, Volley } from '../case.ts';
import { equal, lengthOf, octetsOf } from '../payload.ts';
import { differenceOf } from './explain.ts';
import type { Messages } from './messages.ts';
import { concat } from './octets.ts';
import { SHOWN, sayOctets } from './sight.ts';

/** Messages that are sent whatever the budget: enough for one to refer to another. */
const LEAST = 3;

export class VolleyRun {
  /** Messages that are sent in all. */
  readonly count: number;
  readonly #volley: Volley;
  readonly #messages: Messages;
  #sent = 0;
  #echoed = 0;
  readonly #underWay: Uint8Array[] = [];

  constructor(volley: Volley, messages: Messages, budget: number) {
    this.#volley = volley;
    this.#messages = messages;
    const affordable = Math.floor(budget / Math.max(1, lengthOf(volley.payload)));
    this.count = Math.min(volley.count, Math.max(LEAST, affordable));
  }

  get done(): boolean {
    return this.#echoed === this.count;
  }

  /** What may be written now: an iterator that is done for as long as enough is under way. */
  writes(): Iterator<Uint8Array> {
    return {
      next: () => {
        const waits = this.#sent === this.count || this.#underWay.length >= this.#volley.inFlight;
        return waits ? { done: true, value: undefined } : { done: false, value: this.#nextMessage() };
      },
    };
  }

  /** An echo. What is wrong with it, if anything is. */
  receive(kind: 'text' | 'binary', octets: Uint8Array): string | null {
    const sent = this.#underWay.shift();
    const index = this.#echoed++;
    if (sent === undefined) return `a message more than were sent: ${kind} ${sayOctets(octets)}`;
    if (kind !== this.#volley.message) return `message ${index + 1} as ${kind}`;
    if (equal(sent, octets)) return null;
    const isShort = Math.max(sent.length, octets.length) <= SHOWN;
    return `message ${index + 1}${isShort ? ` as ${sayOctets(octets)} instead of ${sayOctets(sent)}` : `, ${differenceOf(sent, octets)}`}`;
  }

  /** Echoes so far. */
  get echoed(): number {
    return this.#echoed;
  }

  #nextMessage(): Uint8Array {
    const octets = octetsOf(stretch(this.#volley.payload, this.#sent++));
    this.#underWay.push(octets);
    return concat(this.#messages.frames(this.#volley, octets));
  }
}

/** The payload of the message with that index: of a corpus, the stretch behind that of the one before. */
function stretch(payload: Payload, index: number): Payload {
  if (!('corpus' in payload)) return payload;
  return { ...payload, from: (payload.from ?? 0) + index * payload.length };
}
