// The inner loop of inflating (RFC 1951 §3.2.3), for where input and room are plenty: nothing is asked but what comes next. It stops
// short of either end, and before or within whatever is not plainly a literal or a match, and leaves that to the careful steps of
// inflate-blocks.ts.

import { END, FURTHER, INVALID, LITERAL } from './huffman-decoder.ts';
import type { BlockDecoder } from './inflate-blocks.ts';
import type { Window } from './window.ts';

// What is wanted next of a block of codes: a literal or length, a distance, its extra bits, room for a match.
export const WANTS_CODE = 7;
export const WANTS_DISTANCE = 8;
export const WANTS_DISTANCE_EXTRA = 9;
export const WANTS_ROOM = 10;

/** Input that one literal or match may look at, four bytes at a time. */
const INPUT_MARGIN = 10;
/** With less input the view of it costs more than it saves. */
const ENOUGH_INPUT = 32;
/** Matches are copied eight bytes at a time, beyond their end too. */
const STRIDE = 8;
const LONGEST: number = 258 + STRIDE;

/** Whether there is enough of either for it to be worth while. */
export function hasPlenty(decoder: BlockDecoder): boolean {
  return decoder.end - decoder.at >= ENOUGH_INPUT && decoder.limit - decoder.out >= LONGEST;
}

/** Reads codes of the block under way, of which a literal or length is wanted. */
export function inflateFast(decoder: BlockDecoder): void {
  const { bytes, output, view, literals, distances, maxDistance } = decoder;
  const history = decoder.history as Window; // it is there from begin() to letGo()
  const { ring, view: ringView, at: ringEnd } = history;
  const ringMask = ring.length - 1;
  const input = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lastIn = decoder.end - INPUT_MARGIN;
  const lastOut = decoder.limit - LONGEST;
  const literalMask = (1 << decoder.literalBits) - 1;
  const distanceMask = (1 << decoder.distanceBits) - 1;
  const began = decoder.out;
  let { bits, count, at, out } = decoder;
  let spent = 0; // by a match that is not written
  while (at <= lastIn && out <= lastOut) {
    // Four bytes are looked at; of those that do not fit the bits above `count` mean something too, and are looked at again.
    if (count < 20) {
      bits |= input.getInt32(at, true) << count;
      at += (31 - count) >> 3;
      count |= 24;
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
    spent = codeBits + extraBits;
    const length = (entry >>> 16) + ((bits >>> codeBits) & ((1 << extraBits) - 1));
    bits >>>= spent;
    count -= spent;
    if (count < 15) {
      bits |= input.getInt32(at, true) << count;
      at += (31 - count) >> 3;
      count |= 24;
    }
    entry = distances[bits & distanceMask] as number;
    if ((entry & (FURTHER | INVALID)) !== 0) {
      if ((entry & FURTHER) !== 0) {
        entry = distances[(entry >>> 16) + ((bits >>> (entry & 15)) & ((1 << ((entry >> 4) & 15)) - 1))] as number;
      }
      if ((entry & INVALID) !== 0) {
        decoder.wants = WANTS_DISTANCE;
        decoder.length = length;
        break;
      }
    }
    codeBits = entry & 15;
    extraBits = (entry >> 4) & 15;
    bits >>>= codeBits;
    count -= codeBits;
    if (count < extraBits) {
      bits |= input.getInt32(at, true) << count;
      at += (31 - count) >> 3;
      count |= 24;
    }
    const distance = (entry >>> 16) + (bits & ((1 << extraBits) - 1));
    bits >>>= extraBits;
    count -= extraBits;

    const stop = out + length;
    let from = out - distance;
    if (from >= 0 && distance <= maxDistance) {
      if (distance >= 4) { // what the second half reads, the first may have written
        do {
          view.setInt32(out, view.getInt32(from, true), true);
          view.setInt32(out + 4, view.getInt32(from + 4, true), true);
          out += STRIDE;
          from += STRIDE;
        } while (out < stop);
        out = stop;
      } else if (distance === 1) {
        output.fill(output[from] as number, out, stop);
        out = stop;
      } else {
        do output[out++] = output[from++] as number;
        while (out < stop);
      }
    } else if (distance <= maxDistance && from + history.length >= 0) {
      let ringAt = (ringEnd + from) & ringMask;
      if (from + length <= 0 && ringAt + LONGEST <= ringMask) {
        do {
          view.setInt32(out, ringView.getInt32(ringAt, true), true);
          view.setInt32(out + 4, ringView.getInt32(ringAt + 4, true), true);
          out += STRIDE;
          ringAt += STRIDE;
        } while (out < stop);
        out = stop;
      } else {
        history.copyMatch(output, out, distance, length);
        out = stop;
      }
    } else {
      decoder.wants = WANTS_ROOM;
      decoder.length = length;
      decoder.distance = distance;
      spent += codeBits + extraBits;
      break;
    }
    spent = 0;
  }
  decoder.bits = bits & ((1 << count) - 1);
  decoder.count = count;
  decoder.at = at;
  decoder.out = out;
  if (out > began) decoder.note(spent);
}
