// A web socket as OkHttp has it: messages may be sent before it is open, send and close say whether they were taken, and one listener is
// told everything in order. No rule of the protocol is decided here: what is sent is the connection's, from when there is one.

import type { Connection } from '../core/protocol/connection.ts';
import type { CloseOutcome } from '../core/protocol/events.ts';
import type { MessageEvents } from '../core/protocol/message-assembler.ts';
import { compressOf } from '../core/protocol/send-options.ts';
import type { SendOptions } from '../core/protocol/send-options.ts';
import { checkBytes } from '../core/protocol/sender.ts';
import { writeCloseBody } from '../core/wire/close-body.ts';
import { APPLICATION_FAILED } from '../core/wire/violation.ts';
import { nodePlatform } from '../node/platform.ts';
import { surface } from '../node/settings.ts';
import { fittingReason, sendableCode } from './close-safely.ts';
import { endFailure } from './failure.ts';
import type { WebSocketFailure } from './failure.ts';
import type { WebSocketListener } from './listener.ts';
import type { ClientSettings } from './options.ts';
import { prepareOpening } from './opening.ts';
import type { Opened } from './opening.ts';
import type { WebSocketRequest } from './request.ts';

/**
 * `connecting`: messages may be sent, which wait. `open`. `closing`: one side has begun to close; what was sent still goes out. `closed`:
 * both sides have closed, and nothing was lost. `canceled`: it has failed or was canceled, and messages may have been lost.
 */
export type WebSocketState = 'connecting' | 'open' | 'closing' | 'closed' | 'canceled';

/** A web socket of {@link WebSocketClient.newWebSocket}. */
export class WebSocket {
  readonly #request: WebSocketRequest;
  readonly #listener: WebSocketListener;
  readonly #maxQueueSize: number;
  readonly #abort = new AbortController();

  #opened: Opened | null = null;
  #end: 'closed' | 'canceled' | null = null;
  #canceled = false;
  /** Why it was canceled, or what a callback threw. */
  #cause: unknown = null;
  #threw = false;
  /** Bytes that were accepted and never taken, once it has ended. */
  #unsent = 0;

  // Before it is open.
  #waiting: ((connection: Connection) => void)[] = [];
  #waitingSize = 0;
  #closeAsked: readonly [code: number, reason: string] | null = null;
  #refused = false;
  #paused = false;

  /** Made by {@link WebSocketClient.newWebSocket}. @throws TypeError or RangeError naming what makes no sense */
  constructor(settings: ClientSettings, request: WebSocketRequest, listener: WebSocketListener) {
    this.#request = request;
    this.#listener = listener;
    this.#maxQueueSize = settings.maxQueueSize;
    const open = prepareOpening(settings, request, this.#events(), this.#abort.signal);
    const { signal } = request;
    signal?.addEventListener('abort', this.#onAbort);
    if (signal?.aborted === true) this.#onAbort();
    open().then((opened) => this.#open(opened), (failure: WebSocketFailure) => this.#fail(failure));
  }

  /** The request that was made, as it was given. */
  request(): WebSocketRequest {
    return this.#request;
  }

  get state(): WebSocketState {
    if (this.#end !== null) return this.#end;
    if (this.#canceled) return 'canceled';
    if (this.#connection === null) return this.#closeAsked === null ? 'connecting' : 'closing';
    const { state } = this.#connection;
    return state === 'closed' ? 'canceled' : state; // it has failed, which is told in a moment
  }

  /**
   * Bytes of messages that were accepted and have not been handed to the transport: UTF-8 for text, without framing. After an end that was
   * no close it stays at what was never sent.
   */
  queueSize(): number {
    if (this.#end !== null) return this.#unsent;
    return this.#connection === null ? this.#waitingSize : this.#connection.queueSize;
  }

  /** The subprotocol in use; '' for none, and before it is open. */
  get protocol(): string {
    return this.#opened?.response.protocol ?? '';
  }

  /** Ms from the latest Ping of the web socket's own that was answered to its Pong; NaN before the first. */
  get roundTripTime(): number {
    return this.#connection?.roundTripTime ?? NaN;
  }

  /**
   * Sends a message, or has it wait until the connection is open. True when it was taken; false once closing, closed or canceled, and when
   * it would make the queue larger than `maxQueueSize`, which changes nothing else: `onDrain` tells when to go on. Bytes are copied.
   *
   * @throws TypeError for what is neither a string nor a Uint8Array, or an option that is unknown or no boolean
   */
  send(message: string | Uint8Array, options?: SendOptions): boolean {
    if (typeof message !== 'string') checkBytes('a message that is no string', message);
    void compressOf(options); // a mistake is told now, also when the message waits
    if (this.#end !== null || this.#canceled || this.#closeAsked !== null) return false;
    const connection = this.#connection;
    if (connection === null) return this.#wait(message, options);
    const result = typeof message === 'string' ? connection.sendText(message, options) : connection.sendBinary(message, options);
    return result !== 'refused';
  }

  /**
   * Sends a Ping of up to 125 bytes, ahead of messages that wait; `onPong` tells the answer. False when it is not open.
   *
   * @throws TypeError or RangeError for a payload that cannot be one
   */
  ping(payload: Uint8Array = new Uint8Array(0)): boolean {
    checkBytes('the payload of a Ping', payload);
    return this.#connection !== null && !this.#canceled && this.#connection.sendPing(payload) !== 'refused';
  }

  /**
   * Begins to close, behind all messages that were accepted (§7.1.2). True when this call began it: false when a Close was sent, or the
   * server's was answered, before. Nothing can be sent afterwards; messages still come until the server closes too.
   *
   * @throws RangeError for a code that may not be sent (§7.4) or a reason of more than 123 bytes; TypeError for what is none. The web
   * socket is as it was then.
   */
  close(code: number, reason: string = ''): boolean {
    void writeCloseBody(code, reason);
    if (this.#end !== null || this.#canceled || this.#closeAsked !== null) return false;
    if (this.#connection !== null) return this.#connection.close(code, reason) !== 'refused';
    this.#closeAsked = [code, reason];
    return true;
  }

  /**
   * As {@link close}, for a code and a reason that come from elsewhere: 1005 is sent as 1000, what else may not be sent as 1011, and a
   * reason is cut to 123 bytes, between two characters. Throws nothing.
   */
  closeSafely(code: number, reason: string = ''): boolean {
    return this.close(sendableCode(code), typeof reason === 'string' ? fittingReason(reason) : '');
  }

  /** Lets go of the socket at once; what waits is dropped, and `onFailure` is told. Does nothing once it has ended. */
  cancel(): void {
    this.#cancel(new Error('canceled'));
  }

  /** Stops reading: nothing more comes until {@link resume}, and the server is held back by its own transport. */
  pause(): void {
    this.#paused = true;
    this.#connection?.pause();
  }

  /** Goes on reading. */
  resume(): void {
    this.#paused = false;
    this.#connection?.resume();
  }

  get #connection(): Connection | null {
    return this.#opened?.transport.connection ?? null;
  }

  // ---- before it is open ----------------------------------------------------------------------------------------------------------

  #wait(message: string | Uint8Array, options: SendOptions | undefined): boolean {
    const size = typeof message === 'string' ? nodePlatform.utf8Length(message) : message.length;
    if (this.#waitingSize + size > this.#maxQueueSize) {
      this.#refused = true;
      return false;
    }
    const own = typeof message === 'string' ? message : new Uint8Array(message);
    const said = options === undefined ? undefined : { ...options };
    this.#waiting.push((connection) => {
      if (typeof own === 'string') connection.sendText(own, said);
      else connection.sendBinary(own, said);
    });
    this.#waitingSize += size;
    return true;
  }

  #open(opened: Opened): void {
    const { transport, response } = opened;
    this.#opened = opened;
    if (this.#canceled) { // in the turn in which it opened
      this.#unsent = this.#waitingSize;
      this.#waiting = [];
      return transport.terminate();
    }
    const { connection } = transport;
    for (const send of this.#waiting) this.#tell(() => send(connection)); // the application may decide of its compression, and throw
    this.#waiting = [];
    if (this.#closeAsked !== null) connection.close(...this.#closeAsked);
    if (this.#paused) connection.pause();
    this.#tell(() => this.#listener.onOpen?.(this, response));
    // What is above the high-water mark tells by itself when it has fallen below it.
    if (this.#refused && connection.state === 'open') this.#tell(() => this.#listener.onDrain?.(this));
  }

  #fail(failure: WebSocketFailure): void {
    this.#unsent = this.#waitingSize;
    this.#waiting = [];
    this.#finish('canceled', () => this.#listener.onFailure?.(this, failure, failure.response));
  }

  // ---- while it is open -----------------------------------------------------------------------------------------------------------

  #events(): MessageEvents {
    const listener = this.#listener;
    return {
      text: (message) => this.#tell(() => listener.onText?.(this, message)),
      binary: (message) => this.#tell(() => listener.onBinary?.(this, message)),
      ping: (payload) => this.#tell(() => listener.onPing?.(this, new Uint8Array(payload))),
      pong: (payload) => this.#tell(() => listener.onPong?.(this, new Uint8Array(payload))),
      closing: (code, reason) => this.#tell(() => listener.onClosing?.(this, code, reason)),
      drained: () => this.#tell(() => listener.onDrain?.(this)),
      closed: (outcome) => this.#closed(outcome),
    };
  }

  /** Calls the listener. What it throws fails the connection; once that is over it can only surface. */
  #tell(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      const connection = this.#connection;
      if (connection === null || this.#canceled || connection.state === 'closed') return surface(error);
      this.#threw = true;
      this.#cause = error;
      connection.fail(APPLICATION_FAILED);
    }
  }

  readonly #onAbort = (): void => {
    this.#cancel(this.#request.signal?.reason);
  };

  #cancel(reason: unknown): void {
    if (this.#end !== null || this.#canceled || this.#connection?.state === 'closed') return;
    this.#canceled = true;
    this.#cause = reason;
    this.#abort.abort(reason);
    this.#opened?.transport.terminate();
  }

  // ---- the end --------------------------------------------------------------------------------------------------------------------

  #closed(outcome: CloseOutcome): void {
    const { code, reason, clean, unsent } = outcome;
    this.#unsent += unsent;
    if (clean) return this.#finish('closed', () => this.#listener.onClosed?.(this, code, reason));
    const { transport, response } = this.#opened as Opened;
    const failure = endFailure(outcome, response.url, this.#threw ? 'callback' : 'open', this.#cause ?? transport.error);
    this.#finish('canceled', () => this.#listener.onFailure?.(this, failure, null));
  }

  /** Nothing is told after this, and it is not told from within the call that brought it about. */
  #finish(end: 'closed' | 'canceled', callback: () => void): void {
    this.#end = end;
    this.#request.signal?.removeEventListener('abort', this.#onAbort);
    queueMicrotask(callback);
  }
}
