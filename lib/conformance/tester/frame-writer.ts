// Frames as a case describes them, legal or not (RFC 6455 §5.2). It shares nothing with the writer of the engine: that one cannot write what
// is wrong, and what judges should not be what is judged.

import type { FrameItem } from '../case.ts';
import { fromHex, octetsOf } from '../payload.ts';

/** The masking key of the RFC's own example (§5.7). */
const EXAMPLE_KEY = '37fa213d';
const NOTHING: Uint8Array = new Uint8Array(0);

/**
 * The octets of a frame; `masks` says whether the tester, by its role, masks.
 *
 * @throws RangeError for what no frame has room for
 */
export function writeFrame(item: FrameItem, masks: boolean): Uint8Array {
  const { frame: opcode, fin = true, rsv = 0, payload, masked = masks, key = EXAMPLE_KEY } = item;
  if (!(opcode >= 0 && opcode <= 15 && rsv >= 0 && rsv <= 7)) {
    throw new RangeError(`an opcode of 4 bits and RSV of 3 are wanted, found ${opcode} and ${rsv}`);
  }
  const content = payload === undefined ? NOTHING : octetsOf(payload);
  return frameOf((fin ? 0x80 : 0) | (rsv << 4) | opcode, content, masked ? fromHex(key) : null, item);
}

/** A frame with that first octet. `content` is left as it is. */
export function frameOf(
  first: number, content: Uint8Array, key: Uint8Array | null, more: Pick<FrameItem, 'form' | 'claims'> = {},
): Uint8Array {
  const claimed = more.claims === undefined ? BigInt(content.length) : BigInt(more.claims);
  const form = more.form ?? (claimed < 126n ? 7 : claimed < 0x1_0000n ? 16 : 64);
  if (claimed < 0n || claimed >> BigInt(form) > 0n) throw new RangeError(`a length of ${form} bits is wanted, found ${claimed}`);
  if (key !== null && key.length !== 4) throw new RangeError(`a masking key of 4 octets is wanted, found ${key.length}`);
  const extended = form === 7 ? 0 : form / 8;
  const start = 2 + extended + (key === null ? 0 : 4);
  const octets = new Uint8Array(start + content.length);
  octets[0] = first;
  octets[1] = (key === null ? 0 : 0x80) | (form === 7 ? Number(claimed) : form === 16 ? 126 : 127);
  let rest = claimed;
  for (let at = 1 + extended; at >= 2; at--, rest >>= 8n) octets[at] = Number(rest & 0xffn);
  octets.set(content, start);
  if (key === null) return octets;
  octets.set(key, start - 4);
  for (let i = 0; i < content.length; i++) octets[start + i] = (octets[start + i] as number) ^ (key[i & 3] as number);
  return octets;
}
