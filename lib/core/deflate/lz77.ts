// LZ77 over a history and a message that stand behind each other (RFC 1951 §4): which octets are said by a distance and a length, and
// which by themselves. It follows few links and looks one octet ahead before it settles for a match. It knows nothing of codes.

import { HASHED } from './match-index.ts';
import type { MatchIndex } from './match-index.ts';

/** Lengths a match may have (RFC 1951 §3.2.5); three octets are not looked for, because they save next to nothing. */
const SHORTEST = HASHED;
const LONGEST = 258;
/** Places that are compared at one position; fewer once a match of GOOD octets waits, and none once one of ENOUGH does. */
const DEPTH = 8;
const GOOD = 8;
const DEPTH_WHEN_GOOD = 2;
const ENOUGH = 32;
/** Spreads four octets over 32 bits; the high ones are the hash. */
const SPREAD = 0x9e3779b1;

/** What one slice of a message came to. A literal is its octet; a match is its length << 16 | its distance - 1. */
export type Tokens = Int32Array;

/** Puts the positions before `message` that wanted octets still to come into the index. `shift` is the position of `data[0]`. */
export function indexHistory(view: DataView, message: number, end: number, index: MatchIndex): void {
  const { heads, links, mask, hashShift, next } = index;
  const shift = next - message;
  const stop = Math.min(message, end - HASHED + 1) + shift;
  let position = index.indexed > shift ? index.indexed : shift; // what stood before it has left the window
  for (; position < stop; position++) {
    const hash = Math.imul(view.getUint32(position - shift, true), SPREAD) >>> hashShift;
    links[position & mask] = heads[hash] as number;
    heads[hash] = position;
  }
  index.indexed = position;
}

/**
 * Finds the matches of `data[message, end)` in itself and in what stands before it, no further back than `distance`, and puts its
 * positions into the index. `view` shows the same bytes; reads may go up to 4 bytes beyond `end`.
 *
 * @returns how many tokens it wrote
 */
export function findMatches(
  data: Uint8Array, view: DataView, message: number, end: number, distance: number, index: MatchIndex, tokens: Tokens,
): number {
  indexHistory(view, message, end, index);
  const { heads, links, mask, hashShift, floor } = index;
  const shift = index.next - message;
  const hashEnd = end - HASHED;
  let count = 0;
  let waiting = 0; // the length of a match at i - 1 that is taken unless there is a longer one here
  let waitingDistance = 0;
  for (let i = message; i < end;) {
    let best = waiting < SHORTEST ? SHORTEST - 1 : waiting;
    let bestAt = -1;
    if (i <= hashEnd) {
      const word = view.getUint32(i, true);
      const hash = Math.imul(word, SPREAD) >>> hashShift;
      const position = i + shift;
      let candidate = heads[hash] as number;
      heads[hash] = position;
      links[position & mask] = candidate;
      if (candidate >= floor && waiting < ENOUGH) {
        const low = position - distance > floor ? position - distance : floor;
        const most = end - i < LONGEST ? end - i : LONGEST;
        let depth = waiting >= GOOD ? DEPTH_WHEN_GOOD : DEPTH;
        while (candidate >= low && best < most) {
          const at = candidate - shift;
          if (data[at + best] === data[i + best] && view.getUint32(at, true) === word) {
            let length = HASHED;
            while (length < most && data[at + length] === data[i + length]) length++;
            if (length > best) {
              best = length;
              bestAt = at;
            }
          }
          if (--depth === 0) break;
          candidate = links[candidate & mask] as number;
        }
      }
    }
    if (bestAt >= 0) {
      if (waiting > 0) tokens[count++] = data[i - 1] as number;
      waiting = best;
      waitingDistance = i - bestAt;
      i++;
      continue;
    }
    if (waiting === 0) {
      tokens[count++] = data[i++] as number;
      continue;
    }
    tokens[count++] = (waiting << 16) | (waitingDistance - 1);
    const matchEnd = i - 1 + waiting;
    const stop = matchEnd <= hashEnd ? matchEnd : hashEnd + 1;
    for (i++; i < stop; i++) {
      const hash = Math.imul(view.getUint32(i, true), SPREAD) >>> hashShift;
      links[(i + shift) & mask] = heads[hash] as number;
      heads[hash] = i + shift;
    }
    i = matchEnd;
    waiting = 0;
  }
  index.next = end + shift;
  index.indexed = Math.max(index.indexed, hashEnd + 1 + shift);
  return count;
}
