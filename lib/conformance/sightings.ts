// What was seen on one connection, in order, and what follows from it: has the subject closed, is the connection gone? Bounded, whatever a
// subject sends.

import { saySight } from './sight.ts';
import type { Sight } from './sight.ts';
import { breach } from './subject-reader.ts';

/** Things that are looked at on one connection: nobody sends that many back. */
const MOST = 200_000;
const UNASKED = breach('UNASKED', '§10.4', 'a subject sends back what it got', `${MOST} messages and more`);
/** Lines that are kept of what was seen. */
const LINES = 40;

export class Sightings {
  readonly list: Sight[] = [];
  /** The subject has sent a Close. */
  closed = false;
  /** There is no connection any more, or there never was one. */
  gone = false;
  readonly #note: (text: string) => void;

  /** @param note is told of each in a line */
  constructor(note: (text: string) => void) {
    this.#note = note;
  }

  put(sight: Sight): void {
    if (this.list.length >= MOST) return;
    const last = this.list.length < MOST - 1 ? sight : UNASKED;
    this.list.push(last);
    this.closed ||= last.kind === 'close';
    this.gone ||= last.kind === 'end' || last.kind === 'breach' || (last.kind === 'http' && last.status !== 101);
    if (this.list.length < LINES) this.#note(`sees ${saySight(sight)}`);
  }

  /** A line each: of many the first and the last. */
  lines(): string[] {
    if (this.list.length <= LINES) return this.list.map(saySight);
    const half = LINES / 2;
    return [...this.list.slice(0, half).map(saySight), `… ${this.list.length - LINES} more`, ...this.list.slice(-half).map(saySight)];
  }
}
