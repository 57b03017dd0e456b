// One accepted connection as an application holds it: receive, wait, send, close, in whole messages or in streams. Every rule of the
// protocol is the core's; this face decides who gets a message and what waits for whom.

import type { CloseOutcome, ConnectionEvents, ConnectionState, SendResult } from '../core/protocol/events.ts';
import type { KeepaliveOptions } from '../core/protocol/keepalive.ts';
import type { Limits, LimitOptions } from '../core/protocol/limits.ts';
import { checkKnown, checkNumber } from '../core/protocol/options.ts';
import type { PreparedMessage } from '../core/protocol/prepared-message.ts';
import type { SendOptions } from '../core/protocol/send-options.ts';
import { writeCloseBody } from '../core/wire/close-body.ts';
import type { MessageKind } from '../core/wire/opcode.ts';
import { APPLICATION_FAILED } from '../core/wire/violation.ts';
import type { Scheduler } from '../node/scheduler.ts';
import type { Transport } from '../node/transport.ts';
import { addressesOf } from './addresses.ts';
import type { Addresses } from './addresses.ts';
import type { Chunks } from './chunks.ts';
import { Inbox } from './inbox.ts';
import type { OnReceive, OnReceiveStream } from './inbox.ts';
import { encode } from './message.ts';
import type { Message, Next } from './message.ts';
import { Outgoing } from './outgoing.ts';
import { markWithin, sessionLimits } from './session-options.ts';
import type { AcceptOptions, CheckedSettings } from './session-options.ts';
import { whenDue } from './timer.ts';

/** When to send Pings, and with what. */
export interface PingPolicy extends Omit<KeepaliveOptions, 'data'> {
  /** What every Ping begins with, 121 bytes at most; a string is sent as UTF-8. */
  readonly data?: string | Uint8Array;
}

/** What has gone in and out: data messages that were whole, and bytes of their payload. */
export interface Counters {
  readonly messagesReceived: number;
  readonly bytesReceived: number;
  /** Messages and bytes that were accepted for sending. */
  readonly messagesSent: number;
  readonly bytesSent: number;
  /** Messages that came after this side had closed, more than may lie unread, while nobody read. */
  readonly messagesDropped: number;
}

/** Opens the connection that a session is of: called once, before the constructor returns. */
export type Open = (events: ConnectionEvents, settings: CheckedSettings['connection']) => Transport;

/** A connection that was accepted. */
export class Session implements AsyncIterable<Message> {
  /** The path that was asked for, percent-encoded as it came. */
  readonly path: string;
  /** The subprotocol in use; '' for none. */
  readonly protocol: string;
  /** Both ends of the socket, as they were when the connection was accepted. */
  readonly socket: Addresses;
  /** The application's own. */
  data: unknown;
  /** How the connection ended. Never rejects; messages that came before may still be unread. */
  readonly closed: Promise<CloseOutcome>;

  readonly #transport: Transport;
  readonly #scheduler: Scheduler;
  readonly #limits: Limits;
  readonly #inbox: Inbox;
  readonly #outgoing: Outgoing;
  #onPong: ((payload: Uint8Array) => void) | null;
  #messagesReceived = 0;
  #bytesReceived = 0;
  /** When something was last sent or received; kept while somebody waits for idleness. */
  #lastActive = 0;
  #idleWaits = 0;
  #outcome: CloseOutcome | null = null;
  #tellClosed: (outcome: CloseOutcome) => void = () => {};

  /** Made by `request.accept`. */
  constructor(path: string, settings: CheckedSettings, options: AcceptOptions, scheduler: Scheduler, open: Open) {
    const { connection: { limits, ...rest }, fragmentSize, maxUnreadBytes, maxUnreadMessages } = settings;
    this.#limits = sessionLimits(limits);
    const transport = open(this.#events(), { ...rest, limits: { ...limits, highWaterMark: this.#limits.highWaterMark } });
    const { connection, socket, protocol } = transport;
    this.path = path;
    this.protocol = protocol;
    this.socket = addressesOf(socket);
    this.data = options.data;
    this.closed = new Promise((resolve) => { this.#tellClosed = resolve; });
    this.#transport = transport;
    this.#scheduler = scheduler;
    this.#inbox = new Inbox(connection, maxUnreadBytes, maxUnreadMessages);
    this.#outgoing = new Outgoing(connection, this.#limits, fragmentSize, () => this.#touch());
    this.#onPong = options.onPong ?? null;
    if (options.onReceive !== undefined) this.#inbox.onReceive = options.onReceive;
    if (options.onReceiveStream !== undefined) this.#inbox.onStream = options.onReceiveStream;
  }

  // ---- receiving ----------------------------------------------------------------------------------------------------------------

  /**
   * Gives every message that nobody waits for to `handler`, one at a time and in order, beginning with those that lie unread; instead
   * of the handler before it, and to nobody for null. A promise that it answers with is waited for before the next message.
   */
  onReceive(handler: OnReceive | null): this {
    this.#inbox.onReceive = checkHandler(handler);
    return this;
  }

  /**
   * Gives every message that nobody waits for to `handler` while it arrives; it comes before `onReceive`. Who reads slowly stops the
   * socket. A promise that it answers with is waited for before the next message. Reading throws MessageCutShort when the connection
   * ends before the message: a handler that passes it on in its promise is not held to it.
   */
  onReceiveStream(handler: OnReceiveStream | null): this {
    this.#inbox.onStream = checkHandler(handler);
    return this;
  }

  /** Calls `handler` for every Pong (§5.5.3), whose payload is the handler's. */
  onPong(handler: ((payload: Uint8Array) => void) | null): this {
    this.#onPong = checkHandler(handler);
    return this;
  }

  /** Waits for the next message and keeps it from the handler; `timeout` is in milliseconds, for ever by default. */
  waitNext(options: { readonly timeout?: number } = {}): Promise<Next> {
    checkKnown('options', options, TIMEOUT);
    return this.#inbox.next(this.#scheduler, checkNumber('options.timeout', options.timeout, Infinity, 0));
  }

  /** Every message until the connection is over, however it ends: `closed` tells. To leave the loop does not close. */
  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return this.#inbox.iterate();
  }

  // ---- sending ------------------------------------------------------------------------------------------------------------------

  /**
   * Sends a text message, a binary message, or `length` bytes of one from `start` on. Bytes are copied, but for 32 KiB and more: those must
   * stay unchanged until they have been written. `high-water`: sent, but wait for `drained` before sending much more. `refused`: not
   * sent, because the session is closing or over, or because `maxQueueSize` would be exceeded.
   *
   * @throws TypeError for what is no message, or an option that is unknown or no boolean; RangeError for a slice that is not within the bytes
   */
  send(message: string | Uint8Array | PreparedMessage, options?: SendOptions): SendResult;
  send(bytes: Uint8Array, start: number, length?: number, options?: SendOptions): SendResult;
  send(message: string | Uint8Array | PreparedMessage, start?: number | SendOptions, length?: number, options?: SendOptions): SendResult {
    if (typeof start === 'object' && length === undefined) return this.#outgoing.send(message, start);
    if (start === undefined && length === undefined) return this.#outgoing.send(message, options);
    if (!(message instanceof Uint8Array)) throw new TypeError(`a slice is of a Uint8Array, found ${typeof message}`);
    return this.#outgoing.send(sliceOf(message, start as number | undefined ?? 0, length), options); // which judges what is no number
  }

  /**
   * Sends one message while it is produced: each chunk in a frame of its own as it comes, or in several, asked for when there is room.
   * What is sent meanwhile waits behind it. Resolves with `queued` when the message has been taken whole, and with `refused` when the
   * connection ended before.
   *
   * @throws (rejects with) what `chunks` throws, and TypeError for a chunk that does not belong; a message that had begun cannot be
   * finished then, and the connection fails with 1011
   */
  sendStream(kind: MessageKind, chunks: Chunks, options?: SendOptions): Promise<SendResult> {
    return this.#outgoing.stream(kind, chunks, options);
  }

  /** Resolves when no more than the high-water mark waits to be written, or the connection is over. */
  drained(): Promise<void> {
    return this.#outgoing.whenDrained();
  }

  /** Bytes of messages that were accepted and not taken by the transport. */
  get queueSize(): number {
    return this.#outgoing.queueSize;
  }

  // ---- alive --------------------------------------------------------------------------------------------------------------------

  /** Sends a Ping (§5.5.2), at most 125 bytes; a string as UTF-8. @throws TypeError or RangeError for a payload that cannot be one */
  ping(payload: string | Uint8Array = ''): SendResult {
    return this.#transport.connection.sendPing(typeof payload === 'string' ? encode(payload) : payload);
  }

  /**
   * Sends Pings from now on (§5.5.2), and fails a connection whose peer is silent; `'off'` for neither. What is left out of the policy is
   * the default, not what was before.
   *
   * @throws TypeError or RangeError naming the value that makes no sense
   */
  withPing(policy: PingPolicy | 'off'): this {
    this.#transport.connection.setKeepalive(policy === 'off' ? policy : keepaliveOf(policy));
    return this;
  }

  /** Milliseconds from the latest Ping of the policy that was answered to its Pong; NaN before the first. */
  get roundTripTime(): number {
    return this.#transport.connection.roundTripTime;
  }

  /** Changes limits while the session is open. @throws TypeError or RangeError naming the limit; nothing is changed then */
  setLimits(limits: LimitOptions): this {
    this.#limits.set(limits);
    const highWaterMark = markWithin(this.#limits);
    this.#limits.set({ highWaterMark });
    this.#transport.connection.setLimits({ ...limits, highWaterMark });
    return this;
  }

  // ---- the end ------------------------------------------------------------------------------------------------------------------

  /**
   * Closes behind everything that was accepted (§7.1.2), a stream that is under way included, and accepts nothing more. `refused` when the
   * session was closing already.
   *
   * @throws RangeError when the code may not be sent (§7.4) or the reason is over 123 bytes
   */
  close(code: number = 1000, reason: string = ''): SendResult {
    void writeCloseBody(code, reason); // a mistake is told now, also when the frame waits
    const result = this.#outgoing.close(code, reason);
    this.#inbox.leave();
    return result;
  }

  /** Ends the connection at once, without a closing handshake; what waits is dropped. */
  terminate(): void {
    this.#transport.terminate();
  }

  /**
   * Waits for the end. With `idle`, a session in which no message is sent or received for so many milliseconds is closed (1000, or 1011
   * inside a stream of this side). Messages that nobody reads stop the socket, and the peer's Close behind them: whoever wants none says
   * `onReceive(() => {})`.
   */
  async waitForClose(options: { readonly idle?: number } = {}): Promise<CloseOutcome> {
    checkKnown('options', options, IDLE);
    const idle = checkNumber('options.idle', options.idle, Infinity, 1);
    if (idle === Infinity || this.#outcome !== null) return this.closed;
    if (this.#idleWaits++ === 0) this.#lastActive = this.#scheduler.now();
    const callOff = whenDue(this.#scheduler, () => this.#lastActive + idle, () => this.#closeIdle());
    const outcome = await this.closed;
    callOff();
    this.#idleWaits--;
    return outcome;
  }

  // ---- what it is ---------------------------------------------------------------------------------------------------------------

  get state(): ConnectionState {
    const { state } = this.#transport.connection;
    return state === 'open' && this.#outgoing.ended ? 'closing' : state;
  }

  get counters(): Counters {
    return {
      messagesReceived: this.#messagesReceived,
      bytesReceived: this.#bytesReceived,
      messagesSent: this.#outgoing.messages,
      bytesSent: this.#outgoing.bytes,
      messagesDropped: this.#inbox.dropped,
    };
  }

  /** Bytes of messages that have arrived and not been read. */
  get unreadBytes(): number {
    return this.#inbox.unreadBytes;
  }

  /** What the network said when it failed; null as long as it has not. */
  get error(): Error | null {
    return this.#transport.error;
  }

  /** Lets the session keep the process alive, as it does from the start. */
  ref(): this {
    this.#transport.ref();
    return this;
  }

  /** Lets the process exit although the session is open. */
  unref(): this {
    this.#transport.unref();
    return this;
  }

  #closeIdle(): void {
    // A stream that is under way and has produced nothing for so long would keep a Close waiting behind it.
    if (this.#outgoing.streaming) this.#transport.connection.fail(APPLICATION_FAILED);
    else this.close(1000, 'idle');
  }

  #touch(): void {
    if (this.#idleWaits > 0) this.#lastActive = this.#scheduler.now();
  }

  #events(): ConnectionEvents {
    return {
      payload: (piece) => {
        this.#touch();
        this.#bytesReceived += piece.end - piece.start;
        if (piece.last) this.#messagesReceived++;
        this.#inbox.payload(piece);
      },
      ping: () => {},
      pong: (payload) => this.#onPong?.(Uint8Array.from(payload)),
      closing: () => this.#outgoing.end(),
      drained: () => this.#outgoing.drained(),
      closed: (outcome) => {
        this.#outgoing.end();
        this.#outcome = { ...outcome, unsent: outcome.unsent + this.#outgoing.unsent };
        this.#tellClosed(this.#outcome);
        this.#inbox.closed(this.#outcome);
      },
    };
  }
}

const TIMEOUT: ReadonlySet<string> = new Set(['timeout']);
const IDLE: ReadonlySet<string> = new Set(['idle']);

function checkHandler<T>(handler: T): T {
  if (handler !== null && typeof handler !== 'function') throw new TypeError(`a handler is a function or null, found ${typeof handler}`);
  return handler;
}

function sliceOf(bytes: Uint8Array, start: number, length: number = bytes.length - start): Uint8Array {
  for (const [name, value] of [['start', start], ['length', length]] as const) {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} must be a whole number of at least 0, found ${String(value)}`);
  }
  if (start + length <= bytes.length) return bytes.subarray(start, start + length);
  throw new RangeError(`a slice of ${length} bytes from ${start} on is not within ${bytes.length} bytes`);
}

function keepaliveOf({ data, ...rest }: PingPolicy): KeepaliveOptions {
  return data === undefined ? rest : { ...rest, data: typeof data === 'string' ? encode(data) : data };
}
