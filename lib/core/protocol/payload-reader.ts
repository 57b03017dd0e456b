// The payload of data frames (§5.6, §8.1): unmasked where it lies, text checked before anyone sees it. It is the one lent Payload of its
// connection; it keeps no byte, only how the text under way stands.

import type { Platform } from '../platform.ts';
import type { FrameDecoder } from '../wire/frame-decoder.ts';
import { mask } from '../wire/mask.ts';
import { OPCODE_TEXT } from '../wire/opcode.ts';
import type { MessageKind } from '../wire/opcode.ts';
import { Utf8Validator } from '../wire/utf8.ts';
import { TEXT_NOT_UTF8 } from '../wire/violation.ts';
import type { Violation } from '../wire/violation.ts';
import type { Payload } from './events.ts';
import { sharedOf } from './shared.ts';

/** Up to this many bytes of unmasked text a loop asks whether they are ASCII; masked text is asked while it is unmasked. */
const SHORT_TEXT = 128;

const NOTHING = new Uint8Array(0);

export class PayloadReader implements Payload {
  kind: MessageKind = 'binary';
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  first = false;
  last = false;
  remaining = 0;
  ascii = false;
  /** A message has begun that has not ended, or not well. */
  unfinished = false;

  readonly #step: FrameDecoder;
  /** How the text under way stands; also of compressed messages, since one at a time is under way. */
  readonly validator: Utf8Validator;
  #begun = false;

  constructor(platform: Platform, step: FrameDecoder) {
    this.#step = step;
    this.validator = new Utf8Validator(sharedOf(platform).isUtf8);
  }

  /**
   * Reads the decoder's step, which is of a data frame in `chunk`. Returns the violation that the payload is, if it is one; the piece is
   * then what stood before the offending byte, and `end` is where that byte is.
   */
  read(chunk: Uint8Array): Violation | null {
    const step = this.#step;
    const { start, end } = step;
    const isText = step.messageOpcode === OPCODE_TEXT;
    const seen = step.masked ? mask(chunk, start, end, step.maskingKey) : isText ? glance(chunk, start, end) : 0x80;
    const last = step.fin && step.remaining === 0;
    this.kind = isText ? 'text' : 'binary';
    this.bytes = chunk;
    this.start = start;
    this.end = end;
    this.remaining = step.remaining;
    this.ascii = (seen & 0x80) === 0;
    this.last = last;
    this.unfinished = !last;
    this.first = !this.#begun;
    this.#begun = !last && (this.#begun || end > start);
    if (!isText) return null;
    const validator = this.validator;
    if (!this.ascii || !validator.atBoundary) {
      const valid = validator.write(chunk, start, end);
      if (valid < end) return this.#cut(valid);
    }
    return last && !validator.atBoundary ? this.#cut(end) : null; // §5.6: the message as a whole
  }

  /** Whether there is anything to tell: bytes, or the end of the message. */
  get worthTelling(): boolean {
    return this.end > this.start || this.last;
  }

  get room(): number {
    return this.#step.messageRoom;
  }

  /** Lets go of the chunk. */
  release(): void {
    this.bytes = NOTHING;
  }

  #cut(at: number): Violation {
    this.end = at;
    this.last = false;
    this.unfinished = true;
    return TEXT_NOT_UTF8;
  }
}

/** The OR of the bytes if they are few, otherwise "some may not be ASCII": see {@link mask}. */
export function glance(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > SHORT_TEXT) return 0x80;
  let seen = 0;
  for (let i = start; i < end; i++) seen |= bytes[i] as number;
  return seen;
}
