// A message framed once, for many connections (§5.2, §6.1): a broadcast encodes and frames its text once, not once a listener. It knows
// no connection; whoever sends it counts it, refuses it and orders it like every message.

import type { Platform } from '../platform.ts';
import { headerLength, writeHeader } from '../wire/header.ts';
import { B0_FIN, OPCODE_BINARY, OPCODE_TEXT } from '../wire/opcode.ts';
import type { MessageKind } from '../wire/opcode.ts';

/** One message that does not change, ready to be sent over and over by `Connection.sendPrepared`. */
export class PreparedMessage {
  readonly kind: MessageKind;
  /** Bytes of payload: what a connection's queue counts. */
  readonly size: number;
  /** The whole frame as a server sends it: FIN, no mask. Every connection that sends it shares these bytes: they are not to be changed. */
  readonly frame: Uint8Array;

  /**
   * @param message a string is a text message, an unpaired surrogate in it U+FFFD; bytes are a binary message and are copied
   * @throws TypeError when `message` is neither
   */
  constructor(message: string | Uint8Array, platform: Pick<Platform, 'allocate' | 'encodeUtf8' | 'utf8Length'>) {
    const isText = typeof message === 'string';
    if (!isText && !(message instanceof Uint8Array)) {
      throw new TypeError(`a message to prepare is a string or a Uint8Array, found ${typeof message}`);
    }
    this.kind = isText ? 'text' : 'binary';
    this.size = isText ? platform.utf8Length(message) : message.length;
    this.frame = platform.allocate(headerLength(this.size, false) + this.size);
    const start = writeHeader(this.frame, 0, B0_FIN | (isText ? OPCODE_TEXT : OPCODE_BINARY), this.size, false);
    if (isText) platform.encodeUtf8(message, this.frame, start);
    else this.frame.set(message, start);
  }

  /** The payload, within `frame`. */
  get payload(): Uint8Array {
    return this.frame.subarray(this.frame.length - this.size);
  }
}
