// LZ77 over a history and a message that stand behind each other (RFC 1951 §4): which octets are said by a distance and a length, and
// which by themselves. It follows few links and looks one octet ahead before it settles for a match. It knows nothing of codes.

import type { MatchIndex } from './match-index.ts';
import { DISTANCES, LITERALS, scratch } from './scratch.ts';
import { LENGTHS, clearFrequencies, distanceSymbol } from './symbols.ts';

const { data, view, tokens, frequencies } = scratch;
const LENGTH_ENTRIES: Int32Array = LENGTHS;
/** Octets that are hashed: three are not looked for, because they save next to nothing. */
const HASHED = 4;
/** Lengths a match may have (RFC 1951 §3.2.5). */
const SHORTEST = HASHED;
const LONGEST = 258;
/** Places that are compared at one position; one only once a match of GOOD octets waits, and none once one of ENOUGH does. */
const DEPTH = 4;
const GOOD = 8;
const ENOUGH = 16;
/** Spreads four octets over 32 bits; the high ones are the hash. */
const SPREAD = 0x9e3779b1;

/**
 * Finds the matches of `data[message, end)` in itself and in what stands before it, no further back than `distance`, writes `tokens`, counts
 * their symbols in `frequencies`, and puts the positions into `index`, at first those before the message that it lacks.
 *
 * @returns how many tokens there are
 */
export function findMatches(message: number, end: number, distance: number, index: MatchIndex): number {
  const { heads, links, mask, hashShift, floor } = index;
  const shift = (index.next - message) | 0; // a place in `data` + shift is its position
  const hashEnd = (end - HASHED) | 0;
  index.next = end + shift;
  indexBetween(Math.max(index.indexed, shift), Math.min(message, hashEnd + 1) + shift, shift, index);
  clearFrequencies();
  let count = 0;
  let i = message | 0;
  search: for (;;) {
    let word = 0;
    let candidate = 0;
    for (;;) {
      if (i > hashEnd) break search;
      word = view.getInt32(i, true);
      const hash = Math.imul(word, SPREAD) >>> hashShift;
      candidate = heads[hash] as number;
      heads[hash] = (i + shift) | 0;
      links[(i + shift) & mask] = candidate;
      if (candidate >= floor) break;
      tokens[count++] = word & 255;
      (frequencies[LITERALS + (word & 255)] as number)++;
      i = (i + 1) | 0;
    }
    let low = Math.max(i + shift - distance, floor);
    let most = Math.min(end - i, LONGEST);
    let length = SHORTEST - 1;
    let found = 0;
    for (let depth = DEPTH; candidate >= low && depth > 0; depth--) {
      const at = candidate - shift;
      if (view.getInt32(at, true) === word && data[at + length] === data[i + length]) {
        const same = sameOctets(at, i, most);
        if (same > length) {
          length = same;
          found = at;
          if (same === most) break;
        }
      }
      candidate = links[candidate & mask] as number;
    }
    if (length < SHORTEST) {
      tokens[count++] = word & 255;
      (frequencies[LITERALS + (word & 255)] as number)++;
      i = (i + 1) | 0;
      continue;
    }
    let start = i;
    // The match waits while one at the next octet is longer: then this octet is a literal (RFC 1951 §4).
    while (length < ENOUGH && i < hashEnd) {
      i = (i + 1) | 0;
      word = view.getInt32(i, true);
      const hash = Math.imul(word, SPREAD) >>> hashShift;
      candidate = heads[hash] as number;
      heads[hash] = (i + shift) | 0;
      links[(i + shift) & mask] = candidate;
      low = Math.max(i + shift - distance, floor);
      most = Math.min(end - i, LONGEST);
      if (length >= most) break;
      let longer = length;
      for (let depth = length >= GOOD ? 1 : DEPTH; candidate >= low && depth > 0; depth--) {
        const at = candidate - shift;
        if (data[at + longer] === data[i + longer] && view.getInt32(at, true) === word) {
          const same = sameOctets(at, i, most);
          if (same > longer) {
            longer = same;
            found = at;
            if (same === most) break;
          }
        }
        candidate = links[candidate & mask] as number;
      }
      if (longer === length) break;
      tokens[count++] = data[start] as number;
      (frequencies[LITERALS + (data[start] as number)] as number)++;
      start = i;
      length = longer;
    }
    tokens[count++] = (length << 16) | (start - found - 1);
    (frequencies[LITERALS + ((LENGTH_ENTRIES[length] as number) >> 16)] as number)++;
    (frequencies[DISTANCES + distanceSymbol(start - found - 1)] as number)++;
    const matchEnd = start + length;
    indexBetween(i + 1 + shift, Math.min(matchEnd, hashEnd + 1) + shift, shift, index);
    i = matchEnd | 0;
  }
  for (; i < end; i++) {
    const octet = data[i] as number;
    tokens[count++] = octet;
    (frequencies[LITERALS + octet] as number)++;
  }
  index.indexed = Math.max(index.indexed, hashEnd + 1 + shift);
  return count;
}

/** How many octets from `at` on are those from `i` on, at most `most`; the first four are known to be. */
function sameOctets(at: number, i: number, most: number): number {
  let same = HASHED;
  while (same < most && data[at + same] === data[i + same]) same++;
  return same;
}

/** Puts the positions from `position` to `stop` into the index. */
function indexBetween(position: number, stop: number, shift: number, index: MatchIndex): void {
  const { heads, links, mask, hashShift } = index;
  for (let next = position | 0; next < stop; next = (next + 1) | 0) {
    const hash = Math.imul(view.getInt32((next - shift) | 0, true), SPREAD) >>> hashShift;
    links[next & mask] = heads[hash] as number;
    heads[hash] = next;
  }
}
