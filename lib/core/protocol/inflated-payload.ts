// The payload of compressed messages (RFC 7692 §6.2): unmasked where it lies, inflated piece by piece, text checked before anyone sees it,
// and held to what a message may become while it becomes it (DESIGN §5). Like PayloadReader it is one lent Payload of its connection. It
// keeps no byte, and refuses to know how inflating is done and whether it takes a while.

import type { InflateStep, Inflater } from '../wire/compression.ts';
import type { FrameDecoder } from '../wire/frame-decoder.ts';
import { mask } from '../wire/mask.ts';
import { OPCODE_TEXT } from '../wire/opcode.ts';
import type { MessageKind } from '../wire/opcode.ts';
import type { Utf8Validator } from '../wire/utf8.ts';
import { INFLATE_RATIO_EXCEEDED, MESSAGE_TOO_BIG, TEXT_NOT_UTF8 } from '../wire/violation.ts';
import type { Violation } from '../wire/violation.ts';
import type { LimitExceeded, Payload } from './events.ts';
import type { Limits } from './limits.ts';
import { glance } from './payload-reader.ts';

/**
 * The ratio is judged whenever so many more bytes have been inflated, and at the end of the message: an inflater's pieces end there at any
 * chunking. In between a few octets may well become many.
 */
const RATIO_GRAIN = 32 * 1024;

const NOTHING = new Uint8Array(0);

export class InflatedPayload implements Payload {
  kind: MessageKind = 'binary';
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  first = false;
  last = false;
  /** How much of it comes in this frame is known to the peer alone. */
  readonly remaining: number = 0;
  ascii = false;
  /** A message has begun that has not ended, or not well. */
  unfinished = false;
  /** Loaded payload waits to be inflated, or what it inflates to waits to be told. */
  unread = false;
  /** The rule that the message broke, behind the piece that was told last. */
  violation: Violation | null = null;
  limit: LimitExceeded | null = null;
  /** Where in the stream it was broken. For what only the inflated bytes say, that is where the message's payload began. */
  violationAt = 0;

  readonly #inflater: Inflater;
  readonly #step: FrameDecoder;
  readonly #limits: Limits;
  readonly #validator: Utf8Validator;
  /** The inflater has to do with bytes that were lent, or lends its own. */
  #isLent = false;
  #begun = false;
  /** Bytes the message has inflated to, and the most it may, as the limit was when bytes were loaded last. */
  #size = 0;
  #most = 0;
  /** Bytes of its payload on the wire. */
  #received = 0;
  /** Position in the stream of the loaded bytes' index 0, and of the first byte of the message's payload. */
  #origin = 0;
  #messageAt = 0;

  /** @param validator at a boundary, as it will be between messages */
  constructor(validator: Utf8Validator, step: FrameDecoder, limits: Limits, inflater: Inflater) {
    this.#inflater = inflater;
    this.#step = step;
    this.#limits = limits;
    this.#validator = validator;
  }

  /** The decoder's step is the last of its message. */
  get ends(): boolean {
    return this.#step.fin && this.#step.remaining === 0;
  }

  /** Bytes the message may yet inflate to, as far as maxMessageSize goes. */
  get room(): number {
    return this.#limits.maxMessageSize - this.#size;
  }

  /** Takes the decoder's step, which is of a compressed message in `chunk`. Lent until {@link unread} is false, or {@link release}. */
  load(chunk: Uint8Array): void {
    const step = this.#step;
    const { start, end } = step;
    if (step.masked) mask(chunk, start, end, step.maskingKey);
    this.#origin = step.position - end;
    if (!this.unfinished) {
      this.kind = step.messageOpcode === OPCODE_TEXT ? 'text' : 'binary';
      this.#size = 0;
      this.#received = 0;
      this.#messageAt = this.#origin + start;
      this.unfinished = true;
    }
    this.#received += end - start;
    this.unread = true;
    this.#isLent = true;
    this.#most = this.#limits.maxMessageSize;
    this.#inflater.load(chunk, start, end, this.ends, Math.max(0, this.room));
  }

  /** Steps on. After `piece` there is one to tell, and after that perhaps a violation; after `failed` there is a violation. */
  next(): InflateStep {
    const inflater = this.#inflater;
    this.#isLent = true; // also where it goes on with what was taken back: what it tells lies in memory that it lends
    const step = inflater.next();
    if (step === 'piece') this.#judge();
    else if (step === 'starved') this.unread = false;
    else if (step === 'failed') this.#fail();
    return step;
  }

  /** Whether there is anything to tell: bytes, or the end of the message. */
  get worthTelling(): boolean {
    return this.end > this.start || this.last;
  }

  /** Bytes held between chunks: the window, and what was taken back before it was inflated. */
  get retainedBytes(): number {
    return this.#inflater.retainedBytes;
  }

  /** Lets go of the chunk, and of what the last piece lay in. */
  release(): void {
    this.bytes = NOTHING;
    if (this.#isLent) this.#inflater.detach();
    this.#isLent = false;
  }

  /** The connection is over. */
  settle(): void {
    this.unread = false;
    this.#isLent = false;
    this.#inflater.release();
  }

  #judge(): void {
    const { output, start, end, last } = this.#inflater;
    const isText = this.kind === 'text';
    this.bytes = output;
    this.start = start;
    this.end = end;
    this.last = last;
    this.ascii = isText && (glance(output, start, end) & 0x80) === 0;
    this.unfinished = !last;
    this.unread = !last;
    this.first = !this.#begun;
    this.#begun = !last && (this.#begun || end > start);
    this.#size += end - start;
    const validator = this.#validator;
    if (isText && (!this.ascii || !validator.atBoundary)) {
      const valid = validator.write(output, start, end);
      if (valid < end) return this.#cut(valid, TEXT_NOT_UTF8, null); // RFC 7692 §6.1: text is text once it is inflated
    }
    if (isText && last && !validator.atBoundary) return this.#cut(end, TEXT_NOT_UTF8, null);
    const { maxInflateRatio } = this.#limits;
    if (maxInflateRatio === Infinity || !(last || this.#size % RATIO_GRAIN === 0)) return;
    const price = last ? this.#received : this.#inflater.consumed; // an octet may be all header: in the end it counts too
    const ratio = this.#size / Math.max(1, price);
    if (ratio > maxInflateRatio) this.#cut(end, INFLATE_RATIO_EXCEEDED, this.#limits.broken('maxInflateRatio', ratio));
  }

  #cut(at: number, violation: Violation, limit: LimitExceeded | null): void {
    this.end = at;
    this.last = false;
    this.unfinished = true;
    this.unread = false;
    this.violation = violation;
    this.limit = limit;
    this.violationAt = this.#messageAt;
  }

  #fail(): void {
    const { violation, at } = this.#inflater;
    this.unread = false;
    this.violation = violation;
    this.violationAt = this.#origin + at;
    if (violation !== MESSAGE_TOO_BIG) return;
    this.limit = { name: 'maxMessageSize', value: this.#most, observed: Math.max(this.#size, this.#most) + 1 };
  }
}
