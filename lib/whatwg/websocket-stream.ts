// WebSocketStream (draft, whatwg/websockets#48): a WebSocket as a pair of streams, with backpressure both ways. Whom it concerns: opened
// and closed tell how it went, readable and writable end with it.

import { serializeExtensions } from '../core/handshake/extensions.ts';
import type { CloseOutcome } from '../core/protocol/events.ts';
import { Limits } from '../core/protocol/limits.ts';
import type { Transport } from '../node/transport.ts';
import type { CloseInfo } from './closing.ts';
import { WebSocketFailure } from './failure.ts';
import { define, needArguments, toDictionary, toSequence } from './idl.ts';
import { Opening } from './opening.ts';
import type { WebSocketOptions } from './opening.ts';
import { IncomingEnd, OutgoingEnd } from './stream-ends.ts';
import type { Chunk } from './stream-ends.ts';
import { checkProtocols, toWebSocketUrl } from './url.ts';
import { endedWith, toCloseInfo, WebSocketError } from './websocket-error.ts';
import type { WebSocketCloseInfo } from './websocket-error.ts';

export interface WebSocketStreamOptions {
  /** Subprotocols; the server must choose one of them. */
  protocols?: readonly string[];
  /** Gives up connecting; no effect once open. */
  signal?: AbortSignal;
}

export interface WebSocketOpenInfo {
  /** A string or a Uint8Array a message. While it is not read, the peer is slowed down; so is news of the peer's Close behind it. */
  readonly readable: ReadableStream<Chunk>;
  /**
   * Bytes become binary messages, all else text. A write lasts until no more than `limits.highWaterMark` bytes wait below; closing it,
   * until the connection is closed.
   */
  readonly writable: WritableStream<unknown>;
  readonly protocol: string;
  readonly extensions: string;
}

/** A promise and how to settle it. */
class Settled<T> {
  readonly promise: Promise<T>;
  resolve!: (value: T) => void; // the promise's executor, which runs at once, sets both
  reject!: (reason: unknown) => void;

  constructor() {
    this.promise = new Promise<T>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.promise.catch(() => {}); // marked as handled: who does not ask need not know
  }
}

const EMPTY: CloseInfo = { code: null, reason: '' };

export class WebSocketStream {
  readonly #url: URL;
  readonly #signal: AbortSignal | undefined;
  readonly #opening: Opening;
  readonly #highWaterMark: number;
  readonly #opened: Settled<WebSocketOpenInfo> = new Settled();
  readonly #closed: Settled<Required<WebSocketCloseInfo>> = new Settled();
  #transport: Transport | null = null;
  #incoming: IncomingEnd | null = null;
  #outgoing: OutgoingEnd | null = null;
  /** A closing handshake has begun, by either side. */
  #closing = false;

  /**
   * Begins to connect. The third argument is not the draft's: see {@link WebSocketOptions}.
   *
   * @throws DOMException SyntaxError for the URL or the subprotocols; TypeError for arguments of other types
   */
  constructor(url: string | URL, options: WebSocketStreamOptions = {}, further: Omit<WebSocketOptions, 'signal'> = {}) {
    needArguments('WebSocketStream', arguments.length, 1);
    const { protocols, signal } = toDictionary('the second argument of WebSocketStream', options);
    const list = protocols === undefined ? [] : toSequence('protocols', protocols);
    this.#url = toWebSocketUrl(url);
    checkProtocols(list);
    this.#signal = signal;
    this.#opening = new Opening(this.#url, list, signal === undefined ? further : { ...further, signal }, {
      text: (message) => this.#incoming?.deliver(message),
      binary: (message) => this.#incoming?.deliver(message),
      closing: () => { this.#closing = true; },
      drained: () => this.#outgoing?.drained(),
      closed: (outcome) => this.#ended(outcome),
    });
    this.#highWaterMark = new Limits(further.limits).highWaterMark;
    this.#opening.run().then((transport) => this.#established(transport), (error: unknown) => this.#failed(error));
  }

  get url(): string {
    return this.#url.href;
  }

  /** The streams, once there is a connection. */
  get opened(): Promise<WebSocketOpenInfo> {
    return this.#opened.promise;
  }

  /** What the peer said, after a clean close; otherwise it rejects with a WebSocketError, whose cause says why. */
  get closed(): Promise<Required<WebSocketCloseInfo>> {
    return this.#closed.promise;
  }

  /**
   * Closes the connection behind everything that was written.
   *
   * @throws TypeError for what is no dictionary; DOMException InvalidAccessError for the code, SyntaxError for the reason
   */
  close(closeInfo: WebSocketCloseInfo = {}): void {
    this.#close(toCloseInfo(closeInfo));
  }

  #close(info: CloseInfo): void {
    this.#closing = true;
    const transport = this.#transport;
    if (transport !== null) transport.connection.close(info.code ?? undefined, info.reason);
    else this.#opening.giveUp(new DOMException('close() was called before the connection was open', 'AbortError'));
  }

  /** Cancelling and aborting close with what a WebSocketError says, else without saying anything. */
  #closeFor(reason: unknown): void {
    this.#close(reason instanceof WebSocketError ? { code: reason.closeCode, reason: reason.reason } : EMPTY);
  }

  #established(transport: Transport): void {
    this.#transport = transport;
    if (this.#closing) { // close() came while the promise of the connection was being resolved
      transport.terminate();
      return;
    }
    const close = (reason: unknown): void => this.#closeFor(reason);
    this.#incoming = new IncomingEnd(transport.connection, close);
    this.#outgoing = new OutgoingEnd(transport, this.#highWaterMark, close, this.#closed.promise);
    this.#opened.resolve({
      readable: this.#incoming.readable,
      writable: this.#outgoing.writable,
      protocol: transport.protocol,
      extensions: serializeExtensions(transport.extensions),
    });
  }

  #failed(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const reason: unknown = this.#signal?.aborted === true ? this.#signal.reason : endedWith(message, 1006, '', error);
    this.#opened.reject(reason);
    this.#closed.reject(reason);
  }

  #ended(outcome: CloseOutcome): void {
    const { clean, code, reason } = outcome;
    if (clean) {
      this.#incoming?.end(null);
      this.#outgoing?.end(new DOMException('the connection is closed', 'InvalidStateError'));
      this.#closed.resolve({ closeCode: code, reason });
      return;
    }
    const failure = new WebSocketFailure(outcome, this.#transport?.error ?? null);
    const error = endedWith(failure.message, code, reason, failure);
    this.#opened.reject(error); // if it was never opened
    this.#incoming?.end(error);
    // A write that a closing handshake cut short is told so; everything else is told what happened to the connection.
    const cut = this.#closing && this.#outgoing?.isWriting === true;
    this.#outgoing?.end(cut ? new DOMException('the connection was closed before this was written', 'InvalidStateError') : error);
    this.#closed.reject(error);
  }
}
define('WebSocketStream', WebSocketStream, ['url', 'opened', 'closed', 'close']);
