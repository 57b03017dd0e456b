// Sending frames (§6.1): header, payload and mask written straight into the outbox, in the fewest passes. Knows the role and the limits;
// whether the connection may still send is the connection's to say. The application's array is never changed.

import type { Platform } from '../platform.ts';
import { MAX_HEADER_LENGTH, headerLength, writeHeader, writeMaskingKey } from '../wire/header.ts';
import { mask } from '../wire/mask.ts';
import {
  B0_FIN, MAX_CONTROL_PAYLOAD, OPCODE_BINARY, OPCODE_CLOSE, OPCODE_CONTINUATION, OPCODE_PING, OPCODE_PONG, OPCODE_TEXT,
} from '../wire/opcode.ts';
import type { MessageKind, Role } from '../wire/opcode.ts';
import { Utf8Validator } from '../wire/utf8.ts';
import type { SendResult } from './events.ts';
import type { Limits } from './limits.ts';
import { Outbox } from './outbox.ts';
import { PreparedMessage } from './prepared-message.ts';
import { sharedOf } from './shared.ts';
import type { KeySource } from './shared.ts';

/** Up to this many code units text is encoded by a loop: a call into the host costs as much (measured: 40 ns). */
const SHORT_TEXT = 48;
/** Up to this many code units room is made for the worst case, three bytes a unit; above, the length is counted first. */
const MEASURED_TEXT = 1024;
/** From this many bytes on an unmasked payload is queued by reference. Below, a copy is cheaper than a write of its own (measured: 16 KiB). */
const BY_REFERENCE = 32 * 1024;

/** Stands where no text message is under way, so that none is allocated for a connection that never fragments. */
const NO_TEXT = new Utf8Validator();

export class Sender {
  readonly outbox: Outbox;
  /** A fragmented message of this side has begun and not ended (§5.4). */
  fragmentedKind: MessageKind | null = null;
  /** What would have waited, in application bytes, had the message been taken that was refused last. */
  overflow = 0;

  readonly #platform: Platform;
  readonly #limits: Limits;
  readonly #masks: boolean;
  readonly #keys: KeySource;
  /** How the text message that is being sent in fragments stands. */
  #validator: Utf8Validator = NO_TEXT;

  constructor(role: Role, platform: Platform, limits: Limits) {
    const shared = sharedOf(platform);
    this.#platform = platform;
    this.#limits = limits;
    this.#masks = role === 'client'; // §5.1
    this.#keys = shared.keys;
    this.outbox = new Outbox(shared.slabs);
  }

  /** Queues a whole text message. */
  text(message: string): SendResult {
    if (typeof message !== 'string') throw new TypeError(`a text message is a string, found ${describe(message)}`);
    this.#refuseInterleaving();
    const units = message.length;
    const room = units <= MEASURED_TEXT ? units * 3 : this.#platform.utf8Length(message);
    // What cannot fit is not encoded: a unit takes a byte or more, and the length of a long text is known.
    if ((units <= MEASURED_TEXT ? units : room) > this.#room()) return this.#refuse(this.#platform.utf8Length(message));
    const outbox = this.outbox;
    outbox.reserve(MAX_HEADER_LENGTH + room);

    // The payload is written where it belongs if it is all ASCII, the usual case; if not, its header may be longer and it moves.
    const header = outbox.at;
    const expected = headerLength(units <= MEASURED_TEXT ? units : room, this.#masks);
    const length = this.#encode(message, outbox.bytes, header + expected);
    if (length > this.#room()) {
      outbox.unreserve();
      return this.#refuse(length);
    }
    const actual = headerLength(length, this.#masks);
    if (actual !== expected) outbox.bytes.copyWithin(header + actual, header + expected, header + expected + length);
    return this.#commit(B0_FIN | OPCODE_TEXT, length, length);
  }

  /** Queues a whole binary message. Above 32 KiB a server queues it by reference: unchanged until the transport has written it. */
  binary(message: Uint8Array): SendResult {
    checkBytes('a binary message', message);
    this.#refuseInterleaving();
    if (message.length > this.#room()) return this.#refuse(message.length);
    return this.#frame(B0_FIN | OPCODE_BINARY, message, message.length);
  }

  /** Queues a message that was framed before; a client, which masks it, makes a frame of its own (§5.3). */
  prepared(message: PreparedMessage): SendResult {
    if (!(message instanceof PreparedMessage)) throw new TypeError(`a prepared message is a PreparedMessage, found ${describe(message)}`);
    this.#refuseInterleaving();
    const { frame, size } = message;
    if (size > this.#room()) return this.#refuse(size);
    if (this.#masks) return this.#frame(frame[0] as number, message.payload, size);
    const outbox = this.outbox;
    if (size >= BY_REFERENCE) {
      outbox.commitFrame(frame, size);
    } else {
      outbox.reserve(frame.length);
      outbox.bytes.set(frame, outbox.at);
      outbox.commit(outbox.at + frame.length, size);
    }
    return this.#pressure();
  }

  /** Queues a frame of a fragmented message (§5.4). */
  fragment(kind: MessageKind, bytes: Uint8Array, fin: boolean): SendResult {
    if (kind !== 'text' && kind !== 'binary') throw new TypeError(`a message is 'text' or 'binary', found ${describe(kind)}`);
    checkBytes('a fragment', bytes);
    if (typeof fin !== 'boolean') throw new TypeError(`fin is true or false, found ${describe(fin)}`);
    const open = this.fragmentedKind;
    if (open !== null && open !== kind) throw new TypeError(`the message under way is ${open}, this fragment is ${kind} (§5.4)`);
    if (bytes.length > this.#room()) return this.#refuse(bytes.length);
    if (kind === 'text') this.#checkText(bytes, fin, open === null);
    const opcode = open !== null ? OPCODE_CONTINUATION : kind === 'text' ? OPCODE_TEXT : OPCODE_BINARY;
    const result = this.#frame(fin ? B0_FIN | opcode : opcode, bytes, bytes.length);
    this.fragmentedKind = fin ? null : kind;
    return result;
  }

  /** Queues a Ping ahead of the data (§5.5.2); refused while too many wait. */
  ping(payload: Uint8Array): SendResult {
    checkBytes('the payload of a Ping', payload);
    if (payload.length > MAX_CONTROL_PAYLOAD) {
      throw new RangeError(`a Ping carries at most ${MAX_CONTROL_PAYLOAD} bytes, found ${payload.length} (§5.5)`);
    }
    const frame = this.#controlFrame(OPCODE_PING, payload, 0, payload.length);
    return this.outbox.pushPing(frame, this.#limits.maxQueuedPongs) ? 'queued' : 'refused';
  }

  /** Queues the answer to a Ping, `bytes[start, end)`, ahead of the data (§5.5.3). `bytes` is only borrowed. */
  pong(bytes: Uint8Array, start: number, end: number): void {
    this.outbox.pushPong(this.#controlFrame(OPCODE_PONG, bytes, start, end), this.#limits.maxQueuedPongs);
  }

  /** Queues a Close frame behind everything that was accepted before it (§5.5.1). */
  close(body: Uint8Array): void {
    this.#frame(B0_FIN | OPCODE_CLOSE, body, 0);
  }

  #room(): number {
    return this.#limits.maxQueueSize - this.outbox.queueSize;
  }

  #refuse(length: number): 'refused' {
    this.overflow = this.outbox.queueSize + length;
    return 'refused';
  }

  #encode(message: string, target: Uint8Array, at: number): number {
    const units = message.length;
    if (units > SHORT_TEXT) return this.#platform.encodeUtf8(message, target, at);
    for (let i = 0; i < units; i++) {
      const unit = message.charCodeAt(i);
      if (unit >= 0x80) return this.#platform.encodeUtf8(message, target, at);
      target[at + i] = unit;
    }
    return units;
  }

  #frame(b0: number, payload: Uint8Array, size: number): SendResult {
    const outbox = this.outbox;
    const length = payload.length;
    if (!this.#masks && length >= BY_REFERENCE) {
      outbox.reserve(MAX_HEADER_LENGTH);
      outbox.commitReference(writeHeader(outbox.bytes, outbox.at, b0, length, false), payload);
      return this.#pressure();
    }
    const header = headerLength(length, this.#masks);
    outbox.reserve(header + length);
    outbox.bytes.set(payload, outbox.at + header);
    return this.#commit(b0, length, size);
  }

  /** Writes the header before a payload of `length` bytes that stands where it belongs, masks it, and takes the frame in. */
  #commit(b0: number, length: number, size: number): SendResult {
    const outbox = this.outbox;
    const bytes = outbox.bytes;
    let at = writeHeader(bytes, outbox.at, b0, length, this.#masks);
    if (this.#masks) {
      const key = this.#keys.next();
      at = writeMaskingKey(bytes, at, key);
      mask(bytes, at, at + length, key);
    }
    outbox.commit(at + length, size);
    return this.#pressure();
  }

  #pressure(): SendResult {
    return this.outbox.queueSize > this.#limits.highWaterMark ? 'high-water' : 'queued';
  }

  #controlFrame(opcode: number, payload: Uint8Array, start: number, end: number): Uint8Array {
    const length = end - start;
    const frame = this.#platform.allocate(headerLength(length, this.#masks) + length);
    let at = writeHeader(frame, 0, B0_FIN | opcode, length, this.#masks);
    const key = this.#masks ? this.#keys.next() : 0;
    if (this.#masks) at = writeMaskingKey(frame, at, key);
    for (let i = 0; i < length; i++) frame[at + i] = payload[start + i] as number;
    if (this.#masks) mask(frame, at, at + length, key);
    return frame;
  }

  #refuseInterleaving(): void {
    if (this.fragmentedKind === null) return;
    throw new TypeError(`a fragmented ${this.fragmentedKind} message is under way: end it with fin before sending another (§5.4)`);
  }

  /** A text message as a whole is valid UTF-8 (§5.6); a fragment that makes this impossible is the caller's mistake. */
  #checkText(bytes: Uint8Array, fin: boolean, first: boolean): void {
    const validator = first ? new Utf8Validator((text, start, end) => this.#platform.isUtf8(text, start, end)) : this.#validator.copy();
    const at = validator.write(bytes, 0, bytes.length);
    if (at === bytes.length && (!fin || validator.atBoundary)) {
      this.#validator = validator;
      return;
    }
    throw new TypeError(at < bytes.length
      ? `a text fragment must be valid UTF-8, found 0x${(bytes[at] as number).toString(16)} at ${at} (§5.6)`
      : 'a text message must not end inside a character (§5.6)');
  }
}

/** @throws TypeError unless `value` is a Uint8Array: a number or a string must never turn into bytes by accident */
export function checkBytes(what: string, value: unknown): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array)) throw new TypeError(`${what} is a Uint8Array, found ${describe(value)}`);
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'object' ? Object.prototype.toString.call(value).slice(8, -1) : typeof value;
}
