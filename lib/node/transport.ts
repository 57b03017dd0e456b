// A connection over a stream (DESIGN §4): the same for both roles, for TCP, TLS, and whatever else is a Duplex. It carries
// bytes and time, and keeps four promises: one write a turn, at most one chunk kept while the application does not read, no
// event before the caller had a chance to go on, and no 'error' event that nobody listens to.

import { Buffer } from 'node:buffer';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Extension } from '../core/handshake/extensions.ts';
import type { ResponseHead } from '../core/handshake/response.ts';
import { Connection } from '../core/protocol/connection.ts';
import type { CloseOutcome } from '../core/protocol/events.ts';
import { checkKnown } from '../core/protocol/options.ts';
import type { MessageCompression } from '../core/wire/compression.ts';
import type { Role } from '../core/wire/opcode.ts';
import { TRANSPORT_FAILED } from '../core/wire/violation.ts';
import { Delivery } from './delivery.ts';
import { Output } from './output.ts';
import { processScheduler } from './scheduler.ts';
import type { Scheduler, Watch } from './scheduler.ts';
import { connectionOptions, SETTINGS, sinkOf, surface } from './settings.ts';
import type { ConnectionSettings, Handlers } from './settings.ts';

export interface TransportOptions extends Omit<ConnectionSettings, 'compression'> {
  readonly role: Role;
  /** An open stream of bytes; the transport owns it from here on. Chunks it brings are changed in place. */
  readonly socket: Duplex;
  readonly events?: Handlers;
  /** The subprotocol in use; '' for none. */
  readonly protocol?: string;
  /** The extensions in use. */
  readonly extensions?: readonly Extension[];
  /** The codecs of the compression that is among them, for this connection alone. */
  readonly compression?: MessageCompression | null;
  /** The server's response, on the client's side. */
  readonly head?: ResponseHead | null;
  /** Bytes of the peer that came with the end of the opening handshake. */
  readonly input?: Uint8Array | null;
  /** Bytes to write before all others: the 101. */
  readonly preface?: Uint8Array | null;
  readonly scheduler?: Scheduler;
}

/**
 * A chunk of so many compressed bytes may be half a megabyte of messages, and Node reads up to 32 chunks in a row: after each of that size others
 * have their turn.
 */
const LARGE_CHUNK = 32 * 1024;

/** Ms a full socket that makes progress is left alone, unless closeTimeout is shorter. */
const GRACE = 10_000;

const OPTIONS: ReadonlySet<string> = new Set([
  'role', 'socket', 'events', 'protocol', 'extensions', 'head', 'input', 'preface', 'scheduler', ...SETTINGS,
]);

/** One connection on one socket. */
export class Transport {
  /** What is on the socket: send, close, pause and the rest are its methods. */
  readonly connection: Connection;
  readonly socket: Duplex;
  /** The subprotocol in use; '' for none (RFC 6455 §1.9). */
  readonly protocol: string;
  readonly extensions: readonly Extension[];
  /** The response that opened the connection, on the client's side; null on the server's, which keeps no heads. */
  readonly head: ResponseHead | null;
  /** What the network said when it failed; null as long as it has not. */
  error: Error | null = null;

  readonly #delivery: Delivery;
  readonly #output: Output;
  readonly #scheduler: Scheduler;
  readonly #watch: Watch;
  readonly #grace: number;
  /** Large chunks may be much larger than they look. */
  readonly #inflates: boolean;
  /** Reading goes on in the next turn of the event loop. */
  #breathing = false;
  #notBefore = -Infinity;
  #closed: Promise<CloseOutcome> | null = null;
  /** Input that has not been read: the rest of one chunk, while the socket is paused. */
  #kept: Uint8Array | null;
  #socketPaused = true;
  /** The socket's FIN has come, the socket has failed or closed: told when everything kept has been read. */
  #ended = false;
  #failed = false;
  #gone = false;
  /** This side has ended the socket. */
  #ending = false;
  /** A turn is under way; what happens meanwhile is done in one more round of it. */
  #busy = false;
  #again = false;
  #scheduled = false;

  /** @throws TypeError or RangeError naming the option that is missing or makes no sense */
  constructor(options: TransportOptions) {
    checkKnown('options', options, OPTIONS);
    const { role, socket, events = {}, scheduler = processScheduler } = options;
    this.#delivery = new Delivery(sinkOf(events));
    const { compression = null } = options;
    this.connection = new Connection(connectionOptions(role, this.#delivery, () => this.#wake(), options, compression));
    this.socket = socket;
    this.protocol = options.protocol ?? '';
    this.extensions = options.extensions ?? [];
    this.#inflates = compression !== null;
    this.head = options.head ?? null;
    this.#kept = options.input ?? null;
    this.#output = new Output(this.connection, socket, options.preface ?? null);
    this.#scheduler = scheduler;
    this.#grace = Math.min(options.closeTimeout ?? GRACE, GRACE);

    if (socket instanceof Socket) socket.setNoDelay(true); // one write a turn is all the gathering there is to do
    socket.allowHalfOpen = true; // this side ends the stream when the closing handshake says so, not when the peer does
    socket.pause();
    socket.on('data', (chunk: Uint8Array) => this.#onData(chunk));
    socket.on('end', () => this.#onEnd());
    socket.on('drain', () => this.#onDrain());
    socket.on('error', (error: Error) => this.#onError(error));
    socket.on('close', () => this.#onClose());
    this.#ended = socket.readableEnded; // what has happened already is not told again
    this.#failed = socket.destroyed;
    this.connection.advance(scheduler.now());
    this.#watch = scheduler.watch({ deadline: () => this.#deadline, advance: (now) => this.#advance(now) });
    this.#wake();
    this.#hold();
  }

  /** Bytes that were sent and are not in the kernel's hands: those of the connection's queue, and those the socket holds. */
  get bufferedAmount(): number {
    return this.connection.queueSize + this.#output.held + this.socket.writableLength;
  }

  /** How the connection ended, once `closed` has been delivered. Never rejects. */
  get closed(): Promise<CloseOutcome> {
    return this.#closed ??= this.#delivery.whenClosed();
  }

  /** Ends the connection at once and without a closing handshake; what waits is dropped. */
  terminate(): void {
    this.connection.terminate();
  }

  /** Lets the socket keep the process alive, as it does from the start. A stream without the notion is left alone. */
  ref(): void {
    if ('ref' in this.socket && typeof this.socket.ref === 'function') this.socket.ref();
  }

  /** Lets the process exit although the connection is open. */
  unref(): void {
    if ('unref' in this.socket && typeof this.socket.unref === 'function') this.socket.unref();
  }

  // ---- what the socket tells ----------------------------------------------------------------------------------------------------

  #onData(chunk: Uint8Array): void {
    this.#kept = this.#kept === null ? chunk : Buffer.concat([this.#kept, chunk]); // not every stream keeps still once paused
    if (this.#inflates && chunk.length >= LARGE_CHUNK) this.#breathe();
    this.#turn();
  }

  #onEnd(): void {
    this.#ended = true;
    this.#turn();
  }

  #onDrain(): void {
    this.#output.drained();
    this.#turn();
  }

  #onError(error: Error): void {
    this.error ??= error;
    this.#failed = true;
    this.#turn();
  }

  #onClose(): void {
    this.#failed = true;
    this.#gone = true;
    this.#turn();
  }

  // ---- time ---------------------------------------------------------------------------------------------------------------------

  get #deadline(): number {
    return Math.max(this.connection.deadline, this.#notBefore);
  }

  #advance(now: number): void {
    // A slow peer is not a dead one: while a full socket still gets rid of its bytes nothing is given up. No Ping could overtake them.
    if (this.#output.takeProgress()) {
      this.#notBefore = now + this.#grace;
      return;
    }
    this.#notBefore = -Infinity;
    this.connection.advance(now);
    this.#turn();
  }

  // ---- turns --------------------------------------------------------------------------------------------------------------------

  /** From the engine: something is to be done, but not within this call. */
  #wake(): void {
    if (this.#busy) {
      this.#again = true;
    } else if (!this.#scheduled) {
      this.#scheduled = true;
      queueMicrotask(() => {
        this.#scheduled = false;
        this.#turn();
      });
    }
  }

  /** Everything there is to do, in the order in which it follows from each other: input, its end, time, output, its end. */
  #turn(): void {
    this.#again = true;
    if (this.#busy) return;
    this.#busy = true;
    while (this.#again) {
      this.#again = false;
      this.#read();
      this.#readEnd();
      this.#write();
      if (this.#deadline === -Infinity) this.connection.advance(this.#scheduler.now());
    }
    this.#busy = false;
    if (this.#gone) this.#scheduler.dismiss(this.#watch);
    else this.#scheduler.update(this.#watch);
  }

  #read(): void {
    if (this.#delivery.held) return;
    const chunk = this.#kept;
    this.#kept = null;
    if (chunk !== null) this.#receive(chunk);
    if (this.#kept === null && !this.#delivery.held && !this.#breathing) this.#resumeSocket();
    else this.#pauseSocket();
  }

  #receive(chunk: Uint8Array): void {
    const { connection } = this;
    try {
      connection.receive(chunk);
    } catch (error) {
      // The application's own: it surfaces as from any listener, and the rest of the chunk is delivered after that.
      surface(error);
      this.#hold();
    }
    if (connection.consumed < chunk.length) this.#kept = chunk.subarray(connection.consumed);
  }

  /** What came before the end or the failure is delivered before it, unless the application has paused and the socket is gone. */
  #readEnd(): void {
    const { connection } = this;
    if (this.#delivery.held) return;
    if (this.#failed && (this.#kept === null || connection.paused)) {
      if (connection.state !== 'closed') connection.terminate(TRANSPORT_FAILED);
    } else if (this.#ended && this.#kept === null) {
      connection.receiveEnd();
    }
  }

  #write(): void {
    const { connection, socket } = this;
    if (connection.abandoned) socket.destroy();
    if (socket.destroyed || this.#ending) return;
    try {
      if (!this.#output.flush() || !connection.outputEnded) return;
      this.#ending = true;
      socket.end();
    } catch (error) { // handlers do not throw here: a stream of the caller's does
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Delivers nothing until the turn after this one. */
  #hold(): void {
    this.#delivery.hold();
    this.#pauseSocket();
    setImmediate(() => {
      this.#delivery.release();
      this.#turn();
    });
  }

  /** Reads no more until everybody else had a turn. */
  #breathe(): void {
    if (this.#breathing) return;
    this.#breathing = true;
    setImmediate(() => {
      this.#breathing = false;
      this.#turn();
    });
  }

  #pauseSocket(): void {
    if (this.#socketPaused) return;
    this.#socketPaused = true;
    this.socket.pause();
  }

  #resumeSocket(): void {
    if (!this.#socketPaused) return;
    this.#socketPaused = false;
    this.socket.resume();
  }
}
