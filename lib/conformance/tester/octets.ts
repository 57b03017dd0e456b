// Arrays of octets put together and cut into writes.

import type { Split } from '../case.ts';

/** One array of all; the only part itself when there is but one. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * The octets in writes, none of them empty. Offsets that are not behind the one before, or are beyond the end, cut nothing.
 *
 * @throws RangeError for pieces without octets
 */
export function* cut(octets: Uint8Array, split: Exclude<Split, 'items'>): Generator<Uint8Array> {
  if (split === 'together') {
    if (octets.length > 0) yield octets;
    return;
  }
  if (typeof split === 'number') {
    if (!(split >= 1)) throw new RangeError(`pieces of 1 octet or more are wanted, found ${split}`);
    for (let at = 0; at < octets.length; at += split) yield octets.slice(at, at + split);
    return;
  }
  let from = 0;
  for (const offset of [...split, octets.length]) {
    if (offset <= from || offset > octets.length) continue;
    yield octets.slice(from, offset);
    from = offset;
  }
}
