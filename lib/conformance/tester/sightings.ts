// What was seen on one connection, in order, and what follows from it: has the subject closed, is the connection gone? Bounded, whatever a
// subject sends.

import { saySight } from './sight.ts';
import type { Sight } from './sight.ts';
import { breach } from './subject-reader.ts';

/** Things that are looked at on one connection, heartbeats included: nobody sends that many back. */
const MOST = 200_000;
/** Octets that are kept of what was seen: two messages of the largest size. */
const MOST_OCTETS = 160 * 1024 * 1024;
/** Lines that are kept of what was seen. */
const LINES = 40;

export class Sightings {
  readonly list: Sight[] = [];
  /** The subject has sent a Close. */
  closed = false;
  /** There is no connection any more, or there never was one. */
  gone = false;
  readonly #note: (text: string) => void;
  #octets = 0;
  #heartbeats = 0;
  #broken = false;

  /** @param note is told of each in a line */
  constructor(note: (text: string) => void) {
    this.#note = note;
  }

  /** Behind a breach nothing is seen. */
  put(sight: Sight): void {
    if (this.#broken) return;
    this.#octets += 'octets' in sight ? sight.octets.length : 0;
    const last = this.#octets > MOST_OCTETS ? unasked(`${MOST_OCTETS} octets of messages and more`)
      : this.list.length + this.#heartbeats >= MOST ? unasked(`${MOST} messages, Pings and Pongs, and more`) : sight;
    this.list.push(last);
    this.closed ||= last.kind === 'close';
    this.#broken = last.kind === 'breach';
    this.gone ||= last.kind === 'end' || this.#broken || (last.kind === 'http' && last.status !== 101);
    if (this.list.length < LINES) this.#note(`sees ${saySight(last)}`);
  }

  /** A Ping, or a Pong that answers nothing: it is not held against a subject, but for being one of too many. */
  heartbeat(sight: Sight, what: string): void {
    if (++this.#heartbeats < LINES) this.#note(what);
    if (this.#heartbeats >= MOST) this.put(sight); // which is one too many
  }

  /** A line each: of many the first and the last. */
  lines(): string[] {
    if (this.list.length <= LINES) return this.list.map(saySight);
    const half = LINES / 2;
    return [...this.list.slice(0, half).map(saySight), `… ${this.list.length - LINES} more`, ...this.list.slice(-half).map(saySight)];
  }
}

function unasked(found: string): Sight {
  return breach('UNASKED', '§10.4', 'a subject sends back what it got, and not without end', found);
}
