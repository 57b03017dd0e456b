// A message framed once, for many connections (§5.2, §6.1), and compressed once for all that may share what came of it (RFC 7692 §6.1): a
// broadcast encodes, compresses and frames its text once, not once a listener. It knows no connection; whoever sends it counts it,
// refuses it and orders it like every message.

import type { Platform } from '../platform.ts';
import type { Deflater } from '../wire/compression.ts';
import { headerLength, writeHeader } from '../wire/header.ts';
import { B0_FIN, B0_RSV1, B1_LENGTH, LENGTH_16, LENGTH_64, OPCODE_BINARY, OPCODE_TEXT } from '../wire/opcode.ts';
import type { MessageKind } from '../wire/opcode.ts';
import { compressOf } from './send-options.ts';
import type { SendOptions } from './send-options.ts';

/** One message that does not change, ready to be sent over and over by `Connection.sendPrepared`. */
export class PreparedMessage {
  readonly kind: MessageKind;
  /** Bytes of payload: what a connection's queue counts. */
  readonly size: number;
  /** The whole frame as a server sends it: FIN, no mask. Every connection that sends it shares these bytes: they are not to be changed. */
  readonly frame: Uint8Array;
  /** Whether it is compressed, as `SendOptions.compress` has it; null where the connection's own rule decides. */
  readonly compress: boolean | null;

  readonly #memory: Pick<Platform, 'allocate'>;
  /** The compressed frames that were asked for, by what shares them; null where compressing makes it no smaller. */
  readonly #deflated: Map<number, Uint8Array | null> = new Map();

  /**
   * @param message a string is a text message, an unpaired surrogate in it U+FFFD; bytes are a binary message and are copied
   * @throws TypeError when `message` is neither, or an option is unknown or no boolean
   */
  constructor(
    message: string | Uint8Array, platform: Pick<Platform, 'allocate' | 'encodeUtf8' | 'utf8Length'>, options?: SendOptions,
  ) {
    const isText = typeof message === 'string';
    if (!isText && !(message instanceof Uint8Array)) {
      throw new TypeError(`a message to prepare is a string or a Uint8Array, found ${typeof message}`);
    }
    this.compress = compressOf(options);
    this.#memory = platform;
    this.kind = isText ? 'text' : 'binary';
    this.size = isText ? platform.utf8Length(message) : message.length;
    this.frame = platform.allocate(headerLength(this.size, false) + this.size);
    const start = writeHeader(this.frame, 0, B0_FIN | (isText ? OPCODE_TEXT : OPCODE_BINARY), this.size, false);
    if (isText) platform.encodeUtf8(message, this.frame, start);
    else this.frame.set(message, start);
  }

  /** The payload, within `frame`. */
  get payload(): Uint8Array {
    return this.payloadOf(this.frame);
  }

  /** The payload of a frame that is this message's, plain or compressed: a view. */
  payloadOf(frame: Uint8Array): Uint8Array {
    return frame.subarray(headerLengthOf(frame));
  }

  /**
   * The whole frame as a server sends it compressed, RSV1 set (RFC 7692 §6.1); null when that makes it no smaller. Computed when it is first
   * asked for and kept for every other deflater that has the same `shareKey`: not to be changed.
   */
  deflated(deflater: Deflater): Uint8Array | null {
    const key = deflater.shareKey(this.size);
    const known = this.#deflated.get(key);
    if (known !== undefined) return known;
    const start = this.frame.length - this.size;
    const payload = deflater.deflateShared(this.frame, start, this.frame.length);
    const frame = payload === null ? null : this.#framed(payload);
    this.#deflated.set(key, frame);
    return frame;
  }

  #framed(payload: Uint8Array): Uint8Array {
    const frame = this.#memory.allocate(headerLength(payload.length, false) + payload.length);
    frame.set(payload, writeHeader(frame, 0, (this.frame[0] as number) | B0_RSV1, payload.length, false));
    return frame;
  }
}

/** Where the payload begins in an unmasked frame. */
function headerLengthOf(frame: Uint8Array): number {
  const announced = (frame[1] as number) & B1_LENGTH;
  return announced === LENGTH_64 ? 10 : announced === LENGTH_16 ? 4 : 2;
}
