// The two ends of a WebSocketStream, each held to its reader or writer: nothing is read from the socket beyond the message that fills the
// readable's queue, and a write lasts until what waits below is under the high-water mark again.

import type { Connection } from '../core/protocol/connection.ts';
import type { Transport } from '../node/transport.ts';
import { bytesOf, ownBuffer } from './bytes.ts';
import { toUSVString } from './idl.ts';

export type Chunk = string | Uint8Array;

/** Messages from the peer. */
export class IncomingEnd {
  readonly readable: ReadableStream<Chunk>;
  readonly #connection: Connection;
  #controller: ReadableStreamDefaultController<Chunk> | null = null;
  #over = false;

  /** @param cancel is told that nobody reads any more, and why */
  constructor(connection: Connection, cancel: (reason: unknown) => void) {
    this.#connection = connection;
    this.readable = new ReadableStream<Chunk>({
      start: (controller) => { this.#controller = controller; },
      pull: () => connection.resume(),
      cancel: (reason) => {
        this.#over = true; // what comes until the peer's Close is dropped
        connection.resume();
        cancel(reason);
      },
    });
  }

  deliver(message: Chunk): void {
    const controller = this.#controller;
    if (this.#over || controller === null) return;
    controller.enqueue(typeof message === 'string' ? message : new Uint8Array(ownBuffer(message)));
    if ((controller.desiredSize ?? 0) <= 0) this.#connection.pause();
  }

  /** No more messages: the end after a clean close, otherwise `error`. */
  end(error: DOMException | null): void {
    if (this.#over) return;
    this.#over = true;
    if (error === null) this.#controller?.close();
    else this.#controller?.error(error);
  }
}

interface Pending {
  resolve(): void;
  reject(reason: unknown): void;
}

/** Messages to the peer. */
export class OutgoingEnd {
  readonly writable: WritableStream<unknown>;
  readonly #transport: Transport;
  readonly #highWaterMark: number;
  #controller: WritableStreamDefaultController | null = null;
  /** The write that has not been handed on yet. */
  #pending: Pending | null = null;
  #closing = false;
  #error: DOMException | null = null;

  /** @param close starts the closing handshake, `closed` is settled after it; `reason` is why the stream was aborted */
  constructor(transport: Transport, highWaterMark: number, close: (reason: unknown) => void, closed: Promise<unknown>) {
    this.#transport = transport;
    this.#highWaterMark = highWaterMark;
    transport.socket.on('drain', () => this.#look());
    this.writable = new WritableStream<unknown>({
      start: (controller) => {
        this.#controller = controller;
        const { signal } = controller as WritableStreamDefaultController & { readonly signal: AbortSignal }; // Node's types are behind
        // Without this abort() would wait for the write under way, and so for a peer that does not read.
        signal.addEventListener('abort', () => this.#pending?.reject(signal.reason));
      },
      write: (chunk) => this.#write(chunk),
      close: async () => {
        this.#closing = true;
        close(undefined);
        await closed;
      },
      abort: close,
    });
  }

  /** A write is under way. */
  get isWriting(): boolean {
    return this.#pending !== null;
  }

  /** The connection's event. Nothing else tells of what was compressed elsewhere, if the socket then takes all of it at once. */
  drained(): void {
    queueMicrotask(() => this.#look()); // after the transport's turn
  }

  /** Nothing can be written any more. */
  end(error: DOMException): void {
    this.#look();
    this.#error = error;
    this.#pending?.reject(error);
    if (!this.#closing) this.#controller?.error(error);
  }

  /** Resolves when the message has been handed on; a string, and whatever is no bytes, is sent as text. */
  #write(chunk: unknown): Promise<void> {
    const message = bytesOf(chunk) ?? toUSVString(chunk);
    const { connection } = this.#transport;
    const result = typeof message === 'string' ? connection.sendText(message) : connection.sendBinary(message);
    if (result === 'refused') return this.#refused();
    if (this.#handedOn) return Promise.resolve();
    queueMicrotask(() => this.#look()); // after the transport's turn, which may have written it all
    return this.#wait((resolve) => resolve);
  }

  #refused(): Promise<void> {
    if (this.#error !== null) return Promise.reject(this.#error);
    // It was too much, and the connection has failed: `end` is about to be called, and says so.
    if (this.#transport.connection.state === 'closed') return this.#wait(() => () => {});
    return Promise.reject(new DOMException('the connection is closing: nothing more can be written', 'InvalidStateError'));
  }

  /** A write that is under way. */
  #wait(whenHandedOn: (resolve: () => void) => () => void): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#pending = { resolve: whenHandedOn(resolve), reject };
    }).finally(() => { this.#pending = null; });
  }

  /** What waits is little, or is the stream's below, which asks for more. */
  get #handedOn(): boolean {
    const { bufferedAmount, socket } = this.#transport;
    return bufferedAmount <= this.#highWaterMark || (bufferedAmount === socket.writableLength && !socket.writableNeedDrain);
  }

  #look(): void {
    if (this.#handedOn) this.#pending?.resolve();
  }
}
