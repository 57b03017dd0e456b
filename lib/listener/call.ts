// A call that becomes a web socket, as OkHttp's early API has it: created, then enqueued once, with a listener or for events; messages
// arrive as payloads that are read while they come. A server's Close is answered by the engine, and told once.

import type { CloseOutcome, ConnectionEvents, Payload } from '../core/protocol/events.ts';
import { APPLICATION_FAILED } from '../core/wire/violation.ts';
import { nodePlatform } from '../node/platform.ts';
import { surface } from '../node/settings.ts';
import { CallSocket } from './call-socket.ts';
import type { WebSocketClient } from './client.ts';
import { Emitter } from './emitter.ts';
import { endFailure } from './failure.ts';
import type { WebSocketFailure, WebSocketResponse } from './failure.ts';
import { checkListener } from './listener.ts';
import { prepareOpening } from './opening.ts';
import type { Opened } from './opening.ts';
import { MessagePayload } from './payload.ts';
import type { WebSocketRequest } from './request.ts';

/**
 * The events of one call: `onOpen` first, then messages and Pongs as they come, then exactly one of `onClose` and `onFailure`. What a method
 * throws fails the call: a Close 1011 goes out, and `onFailure` is told with phase `callback`. Every method may be left out.
 */
export interface WebSocketCallListener {
  onOpen?(webSocket: CallSocket, response: WebSocketResponse): void;
  /** A message has begun to arrive. It is to be read or canceled; if there is no such method it is skipped. */
  onMessage?(message: MessagePayload): void;
  /** A Pong, asked for or not. The listener owns the array. */
  onPong?(payload: Uint8Array): void;
  /** Both sides have closed. The code and reason are the server's; 1005 for a Close without a code. */
  onClose?(code: number, reason: string): void;
  onFailure?(failure: WebSocketFailure, response: WebSocketResponse | null): void;
}

const METHODS = ['onOpen', 'onMessage', 'onPong', 'onClose', 'onFailure'];

/** What the events of {@link WebSocketCall.enqueue} bring. */
export interface WebSocketCallEvents {
  open: { readonly webSocket: CallSocket; readonly response: WebSocketResponse };
  /** Told to each who listens; one of them reads it. */
  message: MessagePayload;
  close: { readonly code: number; readonly reason: string };
  failure: { readonly failure: WebSocketFailure; readonly response: WebSocketResponse | null };
  pong: Uint8Array;
}

/** One web socket, or the wish for one. */
export class WebSocketCall {
  readonly #client: WebSocketClient;
  readonly #request: WebSocketRequest;
  readonly #abort = new AbortController();
  #listener: WebSocketCallListener | null = null;
  #opened: Opened | null = null;
  #socket: CallSocket | null = null;
  #payload: MessagePayload | null = null;
  #cause: unknown = null;
  #threw = false;
  #over = false;

  /** Made by {@link WebSocketCall.create}. */
  private constructor(client: WebSocketClient, request: WebSocketRequest) {
    this.#client = client;
    this.#request = request;
  }

  /** A call that nothing has happened to. @throws TypeError or RangeError naming what makes no sense in the request */
  static create(client: WebSocketClient, request: WebSocketRequest): WebSocketCall {
    void prepareOpening(client.settings, request, {}, new AbortController().signal);
    return new WebSocketCall(client, request);
  }

  /** The request that was made, as it was given. */
  request(): WebSocketRequest {
    return this.#request;
  }

  /**
   * Begins to connect. With a listener everything is told to it; without one, to whoever attaches functions to what is returned. Nothing is
   * told before the present turn is over, so nothing is missed.
   *
   * @throws TypeError for what is no listener; Error when it was enqueued before
   */
  enqueue(): Emitter<WebSocketCallEvents>;
  enqueue(listener: WebSocketCallListener): void;
  enqueue(listener?: WebSocketCallListener): Emitter<WebSocketCallEvents> | void {
    if (this.#listener !== null) throw new Error('this call was enqueued already');
    if (listener !== undefined) return this.#begin(listener);
    const emitter = new Emitter<WebSocketCallEvents>();
    this.#begin({
      onOpen: (webSocket, response) => emitter.emit('open', { webSocket, response }),
      onMessage: (message) => {
        if (emitter.has('message')) emitter.emit('message', message);
        else message.cancel();
      },
      onPong: (payload) => emitter.emit('pong', payload),
      onClose: (code, reason) => emitter.emit('close', { code, reason }),
      onFailure: (failure, response) => emitter.emit('failure', { failure, response }),
    });
    return emitter;
  }

  /** Lets go of the socket at once; what waits is dropped, and `onFailure` is told. Does nothing before it is enqueued and once it is over. */
  cancel(): void {
    this.#cancel(new Error('canceled'));
  }

  #begin(listener: WebSocketCallListener): void {
    checkListener(listener, METHODS);
    this.#listener = listener;
    const { signal } = this.#request;
    const open = prepareOpening(this.#client.settings, this.#request, this.#events(listener), this.#abort.signal);
    signal?.addEventListener('abort', this.#onAbort);
    if (signal?.aborted === true) this.#onAbort();
    open().then((opened) => this.#open(opened, listener), (failure: WebSocketFailure) => {
      this.#finish(() => listener.onFailure?.(failure, failure.response));
    });
  }

  #open(opened: Opened, listener: WebSocketCallListener): void {
    const { transport, response } = opened;
    this.#opened = opened;
    if (this.#cause !== null) return transport.terminate(); // canceled in the turn in which it opened
    const socket = this.#socket = new CallSocket(transport, this.#client.settings.maxQueueSize);
    this.#tell(() => listener.onOpen?.(socket, response));
  }

  #events(listener: WebSocketCallListener): ConnectionEvents {
    return {
      payload: (piece) => this.#receive(piece, listener),
      ping: () => {},
      pong: (payload) => this.#tell(() => listener.onPong?.(new Uint8Array(payload))),
      closing: () => {},
      drained: () => this.#socket?.goOn(),
      closed: (outcome) => this.#closed(outcome, listener),
    };
  }

  /** The listener is told before the piece is pushed: who begins to read at once never holds anything back. */
  #receive(piece: Payload, listener: WebSocketCallListener): void {
    const { kind, bytes, start, end, last } = piece;
    let payload = this.#payload;
    if (payload === null) {
      const { connection } = (this.#opened as Opened).transport; // there are no events before it is open
      const begun = payload = this.#payload = new MessagePayload(kind, connection);
      if (listener.onMessage === undefined) begun.cancel();
      else this.#tell(() => listener.onMessage?.(begun));
    }
    if (last) this.#payload = null;
    payload.push(nodePlatform.copy(bytes, start, end), last);
  }

  #tell(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      const { connection } = (this.#opened as Opened).transport; // nothing else is told before it is open
      if (connection.state === 'closed') return surface(error);
      this.#threw = true;
      this.#cause = error;
      connection.fail(APPLICATION_FAILED);
    }
  }

  readonly #onAbort = (): void => {
    this.#cancel(this.#request.signal?.reason);
  };

  #cancel(reason: unknown): void {
    if (this.#listener === null || this.#over || this.#cause !== null) return;
    this.#cause = reason;
    this.#abort.abort(reason);
    this.#opened?.transport.terminate();
  }

  #closed(outcome: CloseOutcome, listener: WebSocketCallListener): void {
    const { code, reason, clean } = outcome;
    const { transport, response } = this.#opened as Opened;
    const failure = clean ? null : endFailure(outcome, response.url, this.#threw ? 'callback' : 'open', this.#cause ?? transport.error);
    this.#payload?.fail(failure ?? new Error('the server closed in the middle of a message'));
    this.#socket?.goOn();
    this.#finish(() => {
      if (failure === null) listener.onClose?.(code, reason);
      else listener.onFailure?.(failure, null);
    });
  }

  #finish(callback: () => void): void {
    this.#over = true;
    this.#request.signal?.removeEventListener('abort', this.#onAbort);
    queueMicrotask(callback);
  }
}
