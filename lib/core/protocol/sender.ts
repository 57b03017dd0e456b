// Sending frames (§6.1, RFC 7692 §6.1): header, payload and mask written straight into the outbox, in the fewest passes, compressed on the
// way if an extension is in use. Knows the role and the limits; whether the connection may still send is the connection's to say. The
// application's array is never changed.

import type { Platform } from '../platform.ts';
import type { Deflater } from '../wire/compression.ts';
import { MAX_HEADER_LENGTH, headerLength } from '../wire/header.ts';
import {
  B0_FIN, B0_OPCODE, B0_RSV1, MAX_CONTROL_PAYLOAD, OPCODE_BINARY, OPCODE_CLOSE, OPCODE_CONTINUATION, OPCODE_PING, OPCODE_PONG, OPCODE_TEXT,
} from '../wire/opcode.ts';
import type { MessageKind, Role } from '../wire/opcode.ts';
import { Utf8Validator } from '../wire/utf8.ts';
import { Backlog } from './backlog.ts';
import type { SendResult } from './events.ts';
import { FrameWriter } from './frame-writer.ts';
import type { Limits } from './limits.ts';
import type { Outbox } from './outbox.ts';
import { PreparedMessage } from './prepared-message.ts';
import { compressOf } from './send-options.ts';
import type { SendOptions } from './send-options.ts';
import { sharedOf } from './shared.ts';

/** Up to this many code units text is encoded by a loop: a call into the host costs as much (measured: 40 ns). */
const SHORT_TEXT = 48;
/** Up to this many code units room is made for the worst case, three bytes a unit; above, the length is counted first. */
const MEASURED_TEXT = 1024;

/** Stands where nothing is ever compressed, so nothing ever waits. */
const NO_BACKLOG = new Backlog();

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
  #deflater: Deflater | null;
  #backlog: Backlog;
  /** The fragmented message that has begun is compressed. */
  #fragmentsDeflated = false;
  readonly #frames: FrameWriter;
  /** How the text message that is being sent in fragments stands. */
  #validator: Utf8Validator = NO_TEXT;

  /** @param onOutput called when what was compressed elsewhere has been queued */
  constructor(role: Role, platform: Platform, limits: Limits, deflater: Deflater | null = null, onOutput: () => void = () => {}) {
    this.#platform = platform;
    this.#limits = limits;
    this.#deflater = deflater;
    this.#backlog = deflater === null ? NO_BACKLOG : new Backlog();
    if (deflater !== null) {
      deflater.onReady = () => {
        if (!this.#backlog.busy) return; // what was under way has been dropped
        this.#backlog.finish();
        onOutput();
      };
    }
    this.#frames = new FrameWriter(role, platform);
    this.outbox = this.#frames.outbox;
  }

  /** Application bytes that were accepted and not yet taken: no framing, before compression. */
  get queueSize(): number {
    return this.outbox.queueSize + this.#backlog.size;
  }

  /** Nothing but control frames is waiting. */
  get dataIsEmpty(): boolean {
    return this.outbox.dataIsEmpty && !this.compressing;
  }

  /** What has been accepted is being compressed, or stands behind that: the outbox will hold more than it does. */
  get compressing(): boolean {
    return this.#backlog.busy;
  }

  /** Bytes held for output: framing, control frames, what stands behind a compression, and the compressor's window. */
  get retainedBytes(): number {
    return this.outbox.retainedBytes + this.#backlog.size + (this.#deflater?.retainedBytes ?? 0);
  }

  /** Forgets the data that waits, but for the rest of a frame whose beginning has been taken. */
  clearData(): void {
    this.#backlog.clear();
    this.outbox.clearData();
  }

  /** Forgets everything: there is nobody to take it. */
  clear(): void {
    this.#backlog.clear();
    this.outbox.clear();
  }

  /** The connection is over: no message will be compressed any more. */
  end(): void {
    this.#deflater?.release();
    this.#deflater = null; // a connection may be kept long after it is over
    this.#backlog = NO_BACKLOG;
  }

  /** Queues a whole text message. */
  text(message: string, options?: SendOptions): SendResult {
    if (typeof message !== 'string') throw new TypeError(`a text message is a string, found ${describe(message)}`);
    const compress = compressOf(options);
    this.#refuseInterleaving();
    const units = message.length;
    const room = units <= MEASURED_TEXT ? units * 3 : this.#platform.utf8Length(message);
    // What cannot fit is not encoded: a unit takes a byte or more, and the length of a long text is known.
    if ((units <= MEASURED_TEXT ? units : room) > this.#room()) return this.#refuse(this.#platform.utf8Length(message));
    if (units > MEASURED_TEXT && this.#deflater?.defers(room) === true) return this.#longText(message, room, compress);
    const outbox = this.outbox;
    outbox.reserve(MAX_HEADER_LENGTH + room);

    // The payload is written where it belongs if it is all ASCII, the usual case; if not, its header may be longer and it moves.
    const header = outbox.at;
    const expected = headerLength(units <= MEASURED_TEXT ? units : room, this.#frames.masks);
    const length = this.#encode(message, outbox.bytes, header + expected);
    if (length > this.#room()) {
      outbox.unreserve();
      return this.#refuse(length);
    }
    const deflated = this.#deflates('text', length, compress);
    if (outbox.at !== header) return this.text(message, { compress: deflated }); // the decision function has sent something itself
    if (deflated || this.#backlog.busy) return this.#compressText(header + expected, length, deflated);
    const actual = headerLength(length, this.#frames.masks);
    if (actual !== expected) outbox.bytes.copyWithin(header + actual, header + expected, header + expected + length);
    this.#frames.commit(B0_FIN | OPCODE_TEXT, length, length);
    return this.#pressure();
  }

  /** Queues a whole binary message. Above 32 KiB a server queues it by reference: unchanged until the transport has written it. */
  binary(message: Uint8Array, options?: SendOptions): SendResult {
    checkBytes('a binary message', message);
    const compress = compressOf(options);
    this.#refuseInterleaving();
    const size = message.length;
    if (size > this.#room()) return this.#refuse(size);
    const deflated = this.#deflates('binary', size, compress);
    if (this.#backlog.busy) this.#wait(B0_FIN | OPCODE_BINARY, this.#own(message), deflated);
    else if (deflated) this.#compressOwn(B0_FIN | OPCODE_BINARY, message);
    else this.#frames.frame(B0_FIN | OPCODE_BINARY, message, size);
    return this.#pressure();
  }

  /** Queues a message that was framed before; a client, which masks it, makes a frame of its own (§5.3). */
  prepared(message: PreparedMessage): SendResult {
    if (!(message instanceof PreparedMessage)) throw new TypeError(`a prepared message is a PreparedMessage, found ${describe(message)}`);
    this.#refuseInterleaving();
    if (message.size > this.#room()) return this.#refuse(message.size);
    const deflated = this.#deflates(message.kind, message.size, message.compress);
    if (this.#backlog.busy) this.#backlog.push(message.size, () => this.#prepared(message, deflated));
    else this.#prepared(message, deflated);
    return this.#pressure();
  }

  /** Queues a frame of a fragmented message (§5.4). What its first fragment says of compression goes for the message. */
  fragment(kind: MessageKind, bytes: Uint8Array, fin: boolean, options?: SendOptions): SendResult {
    if (kind !== 'text' && kind !== 'binary') throw new TypeError(`a message is 'text' or 'binary', found ${describe(kind)}`);
    checkBytes('a fragment', bytes);
    if (typeof fin !== 'boolean') throw new TypeError(`fin is true or false, found ${describe(fin)}`);
    const compress = compressOf(options);
    const open = this.fragmentedKind;
    if (open !== null && open !== kind) throw new TypeError(`the message under way is ${open}, this fragment is ${kind} (§5.4)`);
    const size = bytes.length;
    if (size > this.#room()) return this.#refuse(size);
    if (kind === 'text') this.#checkText(bytes, fin, open === null);
    const opcode = open !== null ? OPCODE_CONTINUATION : kind === 'text' ? OPCODE_TEXT : OPCODE_BINARY;
    const b0 = fin ? B0_FIN | opcode : opcode;
    const deflated = open === null ? this.#deflates(kind, size, compress) : this.#fragmentsDeflated;
    if (this.#backlog.busy) {
      const own = this.#own(bytes);
      this.#backlog.push(size, () => this.#fragment(b0, own, deflated));
    } else {
      this.#fragment(b0, bytes, deflated);
    }
    this.fragmentedKind = fin ? null : kind; // a frame that could not be made has begun nothing
    this.#fragmentsDeflated = deflated;
    return this.#pressure();
  }

  /** Queues a Ping ahead of the data (§5.5.2); refused while too many wait. */
  ping(payload: Uint8Array): SendResult {
    checkBytes('the payload of a Ping', payload);
    if (payload.length > MAX_CONTROL_PAYLOAD) {
      throw new RangeError(`a Ping carries at most ${MAX_CONTROL_PAYLOAD} bytes, found ${payload.length} (§5.5)`);
    }
    const frame = this.#frames.control(OPCODE_PING, payload, 0, payload.length);
    return this.outbox.pushPing(frame, this.#limits.maxQueuedPongs) ? 'queued' : 'refused';
  }

  /** Queues the answer to a Ping, `bytes[start, end)`, ahead of the data (§5.5.3). `bytes` is only borrowed. */
  pong(bytes: Uint8Array, start: number, end: number): void {
    this.outbox.pushPong(this.#frames.control(OPCODE_PONG, bytes, start, end), this.#limits.maxQueuedPongs);
  }

  /** Queues a Close frame behind everything that was accepted before it (§5.5.1). */
  close(body: Uint8Array): void {
    if (this.#backlog.busy) this.#backlog.push(0, () => this.#frames.frame(B0_FIN | OPCODE_CLOSE, body, 0));
    else this.#frames.frame(B0_FIN | OPCODE_CLOSE, body, 0);
  }

  #room(): number {
    return this.#limits.maxQueueSize - this.queueSize;
  }

  #refuse(length: number): 'refused' {
    this.overflow = this.queueSize + length;
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

  // ---- compressed ---------------------------------------------------------------------------------------------------------------

  /** Whether a message that begins now is compressed: asked when it is sent, so that a decision function that throws tells its caller. */
  #deflates(kind: MessageKind, size: number, compress: boolean | null): boolean {
    const deflater = this.#deflater;
    return deflater !== null && (compress ?? deflater.wants(kind, size));
  }

  /** A text of `size` bytes that is long enough to be compressed elsewhere: encoded into memory of its own, where it may stay. */
  #longText(message: string, size: number, compress: boolean | null): SendResult {
    const deflated = this.#deflates('text', size, compress);
    const own = this.#platform.allocate(size);
    this.#platform.encodeUtf8(message, own, 0);
    if (this.#backlog.busy) this.#wait(B0_FIN | OPCODE_TEXT, own, deflated);
    else if (deflated) this.#compressLater(B0_FIN | OPCODE_TEXT, own);
    else this.#frames.frame(B0_FIN | OPCODE_TEXT, own, size);
    return this.#pressure();
  }

  /** A text that was encoded into the outbox at `start`, where it is not committed, and that goes out compressed or later. */
  #compressText(start: number, length: number, deflated: boolean): SendResult {
    const { outbox } = this;
    const { bytes } = outbox;
    if (this.#backlog.busy) this.#wait(B0_FIN | OPCODE_TEXT, this.#copy(bytes, start, start + length), deflated);
    else if (this.#deflater?.defers(length) === true) this.#compressLater(B0_FIN | OPCODE_TEXT, this.#copy(bytes, start, start + length));
    else this.#compress(B0_FIN | OPCODE_TEXT, bytes, start, start + length);
    if (this.#backlog.busy) outbox.unreserve();
    return this.#pressure();
  }

  /** A whole message stands in line. */
  #wait(b0: number, own: Uint8Array, deflated: boolean): void {
    this.#backlog.push(own.length, () => {
      if (deflated) this.#compressOwn(b0, own);
      else this.#frames.frame(b0, own, own.length);
    });
  }

  /** Compresses a message that is an array of its own, here or elsewhere. */
  #compressOwn(b0: number, message: Uint8Array): void {
    if (this.#deflater?.defers(message.length) === true) this.#compressLater(b0, this.#own(message));
    else this.#compress(b0, message, 0, message.length);
  }

  /** Compresses a whole message, which goes out as it is if that makes it no smaller. */
  #compress(b0: number, bytes: Uint8Array, start: number, end: number): void {
    const deflater = this.#deflater as Deflater; // who calls has asked #deflates
    deflater.deflate(bytes, start, end, true);
    this.#commitSmaller(deflater, b0, bytes, start, end);
  }

  /** The same, elsewhere; `own` stays as it is until then. */
  #compressLater(b0: number, own: Uint8Array): void {
    const deflater = this.#deflater as Deflater; // who calls has asked #deflates
    this.#backlog.begin(own.length, () => this.#commitSmaller(deflater, b0, own, 0, own.length));
    deflater.deflateLater(own, 0, own.length, true);
  }

  #commitSmaller(deflater: Deflater, b0: number, bytes: Uint8Array, start: number, end: number): void {
    if (deflater.end - deflater.start < end - start) {
      this.#commitDeflated(deflater, b0 | B0_RSV1, end - start);
      return;
    }
    deflater.discard();
    if (bytes === this.outbox.bytes) this.#frames.copy(b0, bytes, start, end, end - start);
    else this.#frames.frame(b0, bytes, end - start); // start is 0: a message of its own
  }

  #commitDeflated(deflater: Deflater, b0: number, size: number): void {
    const { output, start, end } = deflater;
    deflater.commit(); // first: it reads the plain bytes, and a text's lie where the frame goes
    this.#frames.copy(b0, output, start, end, size);
  }

  /** RFC 7692 §6.1: RSV1 on the first frame; each fragment's data is flushed, so that it can be read when it arrives. */
  #fragment(b0: number, bytes: Uint8Array, deflated: boolean): void {
    if (!deflated) return void this.#frames.frame(b0, bytes, bytes.length);
    const deflater = this.#deflater as Deflater; // else nothing is deflated
    const size = bytes.length;
    const last = (b0 & B0_FIN) !== 0;
    const first = (b0 & B0_OPCODE) !== OPCODE_CONTINUATION;
    const commit = (): void => this.#commitDeflated(deflater, first ? b0 | B0_RSV1 : b0, size);
    if (deflater.defers(size)) {
      this.#backlog.begin(size, commit);
      deflater.deflateLater(this.#own(bytes), 0, size, last);
      return;
    }
    deflater.deflate(bytes, 0, size, last);
    commit();
  }

  #prepared(message: PreparedMessage, deflated: boolean): void {
    const { size } = message;
    let { frame } = message;
    if (deflated) {
      const deflater = this.#deflater as Deflater; // else nothing is deflated
      const smaller = message.deflated(deflater);
      if (smaller !== null) {
        frame = smaller;
        deflater.commitShared(message.payload, 0, size);
      }
    }
    if (this.#frames.masks) this.#frames.frame(frame[0] as number, message.payloadOf(frame), size);
    else this.#frames.whole(frame, size);
  }

  /** Bytes that stay as they are until they are sent: the application's own if that is the contract, else a copy. */
  #own(bytes: Uint8Array): Uint8Array {
    return this.#frames.takesReference(bytes.length) ? bytes : this.#copy(bytes, 0, bytes.length);
  }

  #copy(bytes: Uint8Array, start: number, end: number): Uint8Array {
    const copied = this.#platform.allocate(end - start);
    copied.set(bytes.subarray(start, end));
    return copied;
  }

  // ---- what every kind of message needs -----------------------------------------------------------------------------------------

  #pressure(): SendResult {
    return this.queueSize > this.#limits.highWaterMark ? 'high-water' : 'queued';
  }

  #refuseInterleaving(): void {
    if (this.fragmentedKind === null) return;
    throw new TypeError(`a fragmented ${this.fragmentedKind} message is under way: end it with fin before sending another (§5.4)`);
  }

  /** A text message as a whole is valid UTF-8 (§5.6); a fragment that makes this impossible is the caller's mistake. */
  #checkText(bytes: Uint8Array, fin: boolean, first: boolean): void {
    const validator = first ? new Utf8Validator(sharedOf(this.#platform).isUtf8) : this.#validator.copy();
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
