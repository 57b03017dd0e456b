// What a session sends, in the order in which it was asked to. A message may go out in fragments, or as it is produced; what is sent
// meanwhile waits behind it, since messages are not interleaved (§5.4), and counts against the same limits (DESIGN §5).

import type { SendResult } from '../core/protocol/events.ts';
import type { Limits } from '../core/protocol/limits.ts';
import { PreparedMessage } from '../core/protocol/prepared-message.ts';
import { compressOf } from '../core/protocol/send-options.ts';
import type { SendOptions } from '../core/protocol/send-options.ts';
import { APPLICATION_FAILED, QUEUE_OVERFLOW } from '../core/wire/violation.ts';
import type { MessageKind } from '../core/wire/opcode.ts';
import type { Connection } from '../core/protocol/connection.ts';
import { nodePlatform } from '../node/platform.ts';
import { surface } from '../node/settings.ts';
import { ChunkSource } from './chunks.ts';
import type { Chunks, Piece } from './chunks.ts';
import { encode } from './message.ts';

/** What waits for a stream to end. */
interface Job {
  readonly size: number;
  /** A promise, which never rejects, if it takes more than the call. */
  run(): Promise<void> | void;
}

/** A longer chunk of a stream goes out in pieces: the connection's queue is not to hold more of it at once. */
const PIECE = 64 * 1024;

export class Outgoing {
  /** Messages and bytes that were accepted. */
  messages = 0;
  bytes = 0;
  /** Bytes of messages that waited behind a stream when the connection ended. */
  unsent = 0;

  readonly #connection: Connection;
  readonly #limits: Limits;
  readonly #fragmentSize: number;
  readonly #onProgress: () => void;
  readonly #jobs: Job[] = [];
  /** Bytes of the messages among the jobs. */
  #waiting = 0;
  #streaming = false;
  /** Nothing more is accepted: this side has closed, or the connection is over. */
  #ended = false;
  #over = false;
  /** Lets a stream look again whether it may go on. */
  #nudge: () => void = () => {};
  #above = false;
  #drained: (() => void)[] = [];

  /** `onProgress` is called whenever something is sent. The limits are those of the connection, kept by the session. */
  constructor(connection: Connection, limits: Limits, fragmentSize: number, onProgress: () => void) {
    this.#connection = connection;
    this.#limits = limits;
    this.#fragmentSize = fragmentSize;
    this.#onProgress = onProgress;
  }

  /** Bytes that were accepted and not taken by the transport. */
  get queueSize(): number {
    return this.#connection.queueSize + this.#waiting;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** A message is being sent while it is produced. */
  get streaming(): boolean {
    return this.#streaming;
  }

  send(message: string | Uint8Array | PreparedMessage, options?: SendOptions): SendResult {
    const size = sizeOf(message);
    void compressOf(options); // a mistake is told now, also when the message waits
    if (message instanceof PreparedMessage && options !== undefined) throw new TypeError('a PreparedMessage was given its options when it was prepared');
    if (this.#ended) return 'refused';
    const result = this.#streaming ? this.#enqueue(message, size, options) : this.#now(message, size, options);
    if (result === 'refused') return result;
    this.messages++;
    this.bytes += size;
    this.#above ||= result === 'high-water';
    this.#onProgress();
    return result;
  }

  /** Sends a message as it is produced. Resolves when it has been accepted whole, or when the connection is over. */
  stream(kind: MessageKind, chunks: Chunks, options?: SendOptions): Promise<SendResult> {
    const own = ownOf(options);
    const source = new ChunkSource(kind, chunks);
    if (this.#ended) {
      source.dispose();
      return Promise.resolve('refused');
    }
    return new Promise((resolve, reject) => {
      this.#jobs.push({ size: 0, run: () => this.#stream(kind, source, own).then(resolve, reject) });
      this.#run();
    });
  }

  /** Closes behind everything that was accepted. The code and the reason have been judged. */
  close(code: number | undefined, reason: string): SendResult {
    if (this.#ended) return 'refused';
    this.#ended = true;
    if (!this.#streaming) return this.#connection.close(code, reason);
    this.#jobs.push({ size: 0, run: () => void this.#connection.close(code, reason) });
    return 'queued';
  }

  /** Resolves when no more than the high-water mark waits, or the connection is over. */
  whenDrained(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#above) this.#drained.push(resolve);
      else resolve();
    });
  }

  /** The connection's event. */
  drained(): void {
    this.#nudge();
    this.#settle();
  }

  /** The connection is closing or over: what waits will not be sent. */
  end(): void {
    if (this.#over) return;
    this.#ended = true;
    this.#over = true;
    this.unsent = this.#waiting;
    this.#nudge();
    this.#run();
  }

  // ---- whole messages -----------------------------------------------------------------------------------------------------------

  #now(message: string | Uint8Array | PreparedMessage, size: number, options: SendOptions | undefined): SendResult {
    const connection = this.#connection;
    if (message instanceof PreparedMessage) return connection.sendPrepared(message);
    // What does not fit goes to the connection whole, to be refused as a whole.
    if (size > this.#fragmentSize && this.#fits(size)) return this.#inFragments(message, options);
    return typeof message === 'string' ? connection.sendText(message, options) : connection.sendBinary(message, options);
  }

  #inFragments(message: string | Uint8Array, options: SendOptions | undefined): SendResult {
    const kind = typeof message === 'string' ? 'text' : 'binary';
    const bytes = typeof message === 'string' ? encode(message) : message;
    let result: SendResult = 'queued';
    for (let at = 0; at < bytes.length; at += this.#fragmentSize) {
      const end = Math.min(at + this.#fragmentSize, bytes.length);
      result = this.#connection.sendFragment(kind, bytes.subarray(at, end), end === bytes.length, options);
    }
    return result;
  }

  #enqueue(message: string | Uint8Array | PreparedMessage, size: number, options: SendOptions | undefined): SendResult {
    const limits = this.#limits;
    if (!this.#fits(size)) {
      if (limits.queuePolicy === 'close') this.#connection.fail(QUEUE_OVERFLOW, limits.broken('maxQueueSize', this.queueSize + size));
      return 'refused';
    }
    const own = message instanceof Uint8Array ? new Uint8Array(message) : message;
    const said = ownOf(options);
    this.#jobs.push({ size, run: () => this.#late(own, size, said) });
    this.#waiting += size;
    return this.queueSize > limits.highWaterMark ? 'high-water' : 'queued';
  }

  /** A message that waited. What the application decides of its compression is asked now: an exception has no caller left to tell. */
  #late(message: string | Uint8Array | PreparedMessage, size: number, options: SendOptions | undefined): void {
    try {
      this.#now(message, size, options);
    } catch (error) {
      this.#connection.fail(APPLICATION_FAILED);
      surface(error);
    }
  }

  #fits(size: number): boolean {
    return this.queueSize + size <= this.#limits.maxQueueSize;
  }

  // ---- streams ------------------------------------------------------------------------------------------------------------------

  /** What waits, until a stream is in the way. */
  #run(): void {
    while (!this.#streaming) {
      const job = this.#jobs.shift();
      if (job === undefined) break;
      this.#waiting -= job.size;
      this.#streaming = true; // what a stream's producer sends from within the first call waits like anything else
      const underWay = job.run();
      if (underWay === undefined) {
        this.#streaming = false;
        continue;
      }
      void underWay.then(() => {
        this.#streaming = false;
        this.#run();
      });
    }
    this.#settle();
  }

  /** To the end of the message, the connection or the patience of whoever produces it. */
  async #stream(kind: MessageKind, source: ChunkSource, options: SendOptions | undefined): Promise<SendResult> {
    let begun = false;
    try {
      for (;;) {
        const step = await this.#next(source);
        if (step === null) break;
        const { bytes, last } = step;
        if (bytes.length === 0 && !last) continue;
        if (!await this.#sendPieces(kind, bytes, last, options)) break;
        begun = true;
        if (last) {
          this.messages++;
          return 'queued';
        }
      }
      this.#abandon(source, begun);
      return 'refused';
    } catch (error) {
      this.#abandon(source, begun);
      throw error;
    }
  }

  /** A message that has begun can neither be taken back nor be ended as if it were whole. */
  #abandon(source: ChunkSource, begun: boolean): void {
    if (begun && !this.#over) this.#connection.fail(APPLICATION_FAILED);
    source.dispose();
  }

  /** What comes next; null when the connection ends before it does. */
  #next(source: ChunkSource): Promise<Piece | null> {
    if (this.#over) return Promise.resolve(null);
    return new Promise((resolve, reject) => {
      this.#nudge = () => { if (this.#over) resolve(null); };
      source.next().then(resolve, reject);
    });
  }

  /** One frame or more, each when the connection has room for it. False when it has ended. */
  async #sendPieces(kind: MessageKind, bytes: Uint8Array, last: boolean, options: SendOptions | undefined): Promise<boolean> {
    const connection = this.#connection;
    let at = 0;
    do {
      while (!this.#over && connection.queueSize > this.#limits.highWaterMark) {
        await new Promise<void>((resolve) => { this.#nudge = resolve; });
      }
      const end = Math.min(at + this.#piece, bytes.length);
      const fin = last && end === bytes.length;
      if (this.#over || connection.sendFragment(kind, bytes.subarray(at, end), fin, options) === 'refused') return false;
      this.bytes += end - at;
      at = end;
      this.#onProgress();
      this.#settle();
    } while (at < bytes.length);
    return true;
  }

  /** As much as there is room for, whenever no more than the high-water mark waits. */
  get #piece(): number {
    const { maxQueueSize, highWaterMark } = this.#limits;
    const room = maxQueueSize === Infinity ? PIECE : Math.max(1, maxQueueSize - highWaterMark);
    return Math.min(PIECE, room, this.#fragmentSize);
  }

  #settle(): void {
    if (!this.#above || (!this.#over && this.queueSize > this.#limits.highWaterMark)) return;
    this.#above = false;
    for (const resolve of this.#drained.splice(0)) resolve();
  }
}

/** What was said of a message that waits: its own, whatever becomes of the caller's object. @throws TypeError as {@link compressOf} */
function ownOf(options: SendOptions | undefined): SendOptions | undefined {
  const compress = compressOf(options);
  return compress === null ? undefined : { compress };
}

/** Bytes of payload. @throws TypeError for what is no message */
function sizeOf(message: string | Uint8Array | PreparedMessage): number {
  if (typeof message === 'string') return nodePlatform.utf8Length(message);
  if (message instanceof Uint8Array) return message.length;
  if (message instanceof PreparedMessage) return message.size;
  throw new TypeError(`a message is a string, a Uint8Array or a PreparedMessage, found ${typeof message}`);
}
