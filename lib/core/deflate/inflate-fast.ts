// The inner loop of inflating (RFC 1951 §3.2.3), for where input and room are plenty: nothing is asked but what comes next. It stops short of
// either end, and before or within whatever is not plainly a literal or a match, and leaves that to the careful loop.

import { END, FURTHER, INVALID, LITERAL } from './huffman-decoder.ts';
import type { BlockDecoder } from './inflate-blocks.ts';
import type { Window } from './window.ts';

// What is wanted next of a block of codes: a literal or length, a distance, its extra bits, room for a match.
export const WANTS_CODE = 7;
export const WANTS_DISTANCE = 8;
export const WANTS_DISTANCE_EXTRA = 9;
export const WANTS_ROOM = 10;

/** Input that one literal or match takes at most, with what is looked at too early. */
const INPUT_MARGIN = 10;
const LONGEST = 258;

/** Reads codes of the block under way, of which a literal or length is wanted. */
export function inflateFast(decoder: BlockDecoder): void {
  const { bytes, output, literals, distances, maxDistance } = decoder;
  const window = decoder.window as Window; // it is there from begin() to letGo()
  const { ring } = window;
  const ringMask = ring.length - 1;
  const lastIn = decoder.end - INPUT_MARGIN;
  const lastOut = decoder.limit - LONGEST;
  const literalMask = (1 << decoder.literalBits) - 1;
  const distanceMask = (1 << decoder.distanceBits) - 1;
  let { bits, count, at, out } = decoder;
  while (at <= lastIn && out <= lastOut) {
    if (count < 15) {
      bits |= ((bytes[at] as number) | ((bytes[at + 1] as number) << 8)) << count;
      at += 2;
      count += 16;
    }
    let entry = literals[bits & literalMask] as number;
    if ((entry & LITERAL) !== 0) {
      output[out++] = entry >>> 16;
      bits >>>= entry & 15;
      count -= entry & 15;
      continue;
    }
    if ((entry & (FURTHER | END | INVALID)) !== 0) {
      if ((entry & FURTHER) === 0) break;
      entry = literals[(entry >>> 16) + ((bits >>> (entry & 15)) & ((1 << ((entry >> 4) & 15)) - 1))] as number;
      if ((entry & LITERAL) !== 0) {
        output[out++] = entry >>> 16;
        bits >>>= entry & 15;
        count -= entry & 15;
        continue;
      }
      if ((entry & (END | INVALID)) !== 0) break;
    }
    let codeBits = entry & 15;
    let extraBits = (entry >> 4) & 15;
    let spent = codeBits + extraBits;
    bits >>>= codeBits;
    count -= codeBits;
    if (count < 15) {
      bits |= ((bytes[at] as number) | ((bytes[at + 1] as number) << 8)) << count;
      at += 2;
      count += 16;
    }
    let length = (entry >>> 16) + (bits & ((1 << extraBits) - 1));
    bits >>>= extraBits;
    count -= extraBits;
    if (count < 15) {
      bits |= ((bytes[at] as number) | ((bytes[at + 1] as number) << 8)) << count;
      at += 2;
      count += 16;
    }
    entry = distances[bits & distanceMask] as number;
    if ((entry & (FURTHER | INVALID)) !== 0) {
      if ((entry & FURTHER) !== 0) {
        entry = distances[(entry >>> 16) + ((bits >>> (entry & 15)) & ((1 << ((entry >> 4) & 15)) - 1))] as number;
      }
      if ((entry & INVALID) !== 0) {
        decoder.wants = WANTS_DISTANCE;
        decoder.length = length;
        decoder.spent = spent;
        break;
      }
    }
    codeBits = entry & 15;
    extraBits = (entry >> 4) & 15;
    spent += codeBits + extraBits;
    bits >>>= codeBits;
    count -= codeBits;
    if (count < extraBits) {
      bits |= ((bytes[at] as number) | ((bytes[at + 1] as number) << 8)) << count;
      at += 2;
      count += 16;
    }
    const distance = (entry >>> 16) + (bits & ((1 << extraBits) - 1));
    bits >>>= extraBits;
    count -= extraBits;
    let from = out - distance;
    if (from < 0 || distance > maxDistance) {
      if (distance > maxDistance || distance > out + window.length) {
        decoder.wants = WANTS_ROOM;
        decoder.length = length;
        decoder.distance = distance;
        decoder.spent = spent;
        break;
      }
      let ringAt = window.at + from;
      while (from < 0 && length > 0) {
        output[out++] = ring[ringAt++ & ringMask] as number;
        from++;
        length--;
      }
      while (length > 0) {
        output[out++] = output[from++] as number;
        length--;
      }
      continue;
    }
    do output[out++] = output[from++] as number;
    while (--length > 0);
  }
  decoder.bits = bits;
  decoder.count = count;
  decoder.at = at;
  decoder.out = out;
}
