// Payload of compressed messages as zlib makes it, and messages for it.

import { constants, deflateRawSync } from 'node:zlib';
import type { ZlibOptions } from 'node:zlib';
import { concat, utf8 } from './bytes.ts';
import type { Random } from './random.ts';

/** The octets that a message's payload ends without (RFC 7692 §7.2.1). */
export const TAIL: Uint8Array = Uint8Array.of(0, 0, 0xff, 0xff);

/** The payload of a message behind `history`. */
export function deflated(message: Uint8Array, history: Uint8Array = new Uint8Array(0), options: ZlibOptions = {}): Uint8Array {
  const dictionary = history.length > 0 ? { dictionary: history } : {};
  return deflateRawSync(message, { finishFlush: constants.Z_SYNC_FLUSH, ...options, ...dictionary }).subarray(0, -4);
}

const WORDS = ['"id":', '"name":', 'true', 'null', '{', '},', '[1,2,3]', 'hawser', ' ', '\n', '1700000000', 'é', '"'];

/** A message as applications send them, or not at all so. */
export function someMessage(random: Random, size: number): Uint8Array {
  const kind = random.below(5);
  if (kind === 0) return random.bytes(size);
  if (kind === 1) return new Uint8Array(size).fill(random.below(256));
  if (kind === 2) return Uint8Array.from({ length: size }, (_, i) => (i % (1 + (size >> 3))) * 7);
  const parts: Uint8Array[] = [];
  for (let length = 0; length < size;) {
    const part = random.oneIn(4) ? utf8(String(random.next())) : utf8(random.pick(WORDS));
    parts.push(part);
    length += part.length;
  }
  return concat(...parts).slice(0, size);
}
