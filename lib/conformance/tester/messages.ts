// Legal data messages of the tester, in frames (RFC 6455 §5.4), compressed if a case says so and it was agreed on (RFC 7692 §6.1).

import type { Deflater } from '../../core/wire/compression.ts';
import type { MessageItem } from '../case.ts';
import { fromHex, octetsOf } from '../payload.ts';
import { frameOf } from './frame-writer.ts';

const FIN = 0x80;
const RSV1 = 0x40;
const KEY = fromHex('37fa213d'); // of the example in §5.7

export class Messages {
  readonly #masks: boolean;
  readonly #deflater: Deflater | null;

  constructor(masks: boolean, deflater: Deflater | null) {
    this.#masks = masks;
    this.#deflater = deflater;
  }

  /** The frames of a message. */
  write(item: MessageItem): Uint8Array[] {
    return this.frames(item, octetsOf(item.payload));
  }

  /** The frames of a message with that content, which is left as it is. @throws RangeError for fragments without octets */
  frames({ message, fragment, compressed = false }: Omit<MessageItem, 'payload'>, content: Uint8Array): Uint8Array[] {
    if (fragment !== undefined && !(fragment >= 1)) throw new RangeError(`fragments of 1 octet or more are wanted, found ${fragment}`);
    const compresses = compressed && this.#deflater !== null;
    const octets = compresses ? deflate(this.#deflater, content) : content;
    const size = fragment ?? octets.length;
    const whole = fragment === undefined || octets.length < fragment;
    const opcode = (message === 'text' ? 1 : 2) | (compresses ? RSV1 : 0);
    const key = this.#masks ? KEY : null;
    if (whole) return [frameOf(FIN | opcode, octets, key)];
    const frames: Uint8Array[] = [];
    for (let at = 0; at <= octets.length; at += size) {
      const last = at + size > octets.length;
      frames.push(frameOf((last ? FIN : 0) | (at === 0 ? opcode : 0), octets.subarray(at, Math.min(at + size, octets.length)), key));
    }
    return frames;
  }
}

function deflate(deflater: Deflater, content: Uint8Array): Uint8Array {
  deflater.deflate(content, 0, content.length, true);
  const octets = deflater.output.slice(deflater.start, deflater.end);
  deflater.commit();
  return octets.length === 0 ? Uint8Array.of(0) : octets; // RFC 7692 §7.2.3.6: an empty message is one octet
}
