// The WebSocket of browsers (WHATWG WebSockets §3, §4), step by step: what scripts see, and when. Steps are numbered as there. No rule of
// the protocol is here: those are the engine's.
//
// Everything the network causes is a task of its own, a callback of setImmediate: microtasks run between two events, never an event
// within a task of the script's. While tasks wait, input waits too: past a bound the connection is paused.

import { serializeExtensions } from '../core/handshake/extensions.ts';
import type { CloseOutcome } from '../core/protocol/events.ts';
import { GOING_AWAY } from '../core/wire/close-code.ts';
import type { Transport } from '../node/transport.ts';
import { bytesOf, ownBuffer } from './bytes.ts';
import { checkCloseInfo } from './closing.ts';
import type { CloseInfo } from './closing.ts';
import { CloseEvent, ErrorEvent } from './events.ts';
import { WebSocketFailure } from './failure.ts';
import { EventHandlers } from './handlers.ts';
import { clampUnsignedShort, define, defineConstants, needArguments, toDOMString, toStringOrSequence } from './idl.ts';
import { Opening } from './opening.ts';
import type { WebSocketOptions } from './opening.ts';
import { Inbox } from './inbox.ts';
import { Outgoing } from './outgoing.ts';
import type { Outbound } from './outgoing.ts';
import type {
  AnyListener, BinaryType, EventHandler, Listener, ListenerOptions, ReadyState, WebSocketEventMap, WebSocketSurface,
} from './surface.ts';
import { checkProtocols, toWebSocketUrl } from './url.ts';

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

const NOT_CLEAN = { wasClean: false, code: 1006, reason: '' }; // what a script may know of any failure (§4)

let closeAs: (socket: WebSocket, info: CloseInfo) => void;

/** Closes with what a Close frame can say, whether or not a script may say it: for whoever stands where a browser stands. */
export function closeWith(socket: WebSocket, info: CloseInfo): void {
  closeAs(socket, info);
}

/** Ends a socket as a browser does when its document goes away (§7): fails it while it is CONNECTING, else closes it with 1001. */
export function goAway(socket: WebSocket): void {
  closeAs(socket, { code: GOING_AWAY, reason: '' });
}

// Typed listeners of the four events; the methods are EventTarget's.
export interface WebSocket {
  addEventListener<K extends keyof WebSocketEventMap>(type: K, listener: Listener<K>, options?: boolean | ListenerOptions): void;
  addEventListener(type: string, listener: AnyListener, options?: boolean | ListenerOptions): void;
  removeEventListener<K extends keyof WebSocketEventMap>(type: K, listener: Listener<K>, options?: boolean | ListenerOptions): void;
  removeEventListener(type: string, listener: AnyListener, options?: boolean | ListenerOptions): void;
}

/** A WebSocket as browsers have it. https://websockets.spec.whatwg.org/#the-websocket-interface */
export class WebSocket extends EventTarget implements WebSocketSurface {
  declare static readonly CONNECTING: 0;
  declare static readonly OPEN: 1;
  declare static readonly CLOSING: 2;
  declare static readonly CLOSED: 3;
  declare readonly CONNECTING: 0;
  declare readonly OPEN: 1;
  declare readonly CLOSING: 2;
  declare readonly CLOSED: 3;

  readonly #url: URL;
  readonly #opening: Opening;
  readonly #outgoing: Outgoing;
  readonly #inbox: Inbox;
  readonly #handlers: EventHandlers;
  #transport: Transport | null = null;
  #readyState: ReadyState = CONNECTING;
  /** Why this side stopped connecting. */
  #givenUp: DOMException | null = null;
  #protocol = '';
  #extensions = '';
  #binaryType: BinaryType = 'blob';

  /**
   * Begins to connect. The third argument is not the standard's: see {@link WebSocketOptions}.
   *
   * @throws DOMException SyntaxError for the URL or the subprotocols; TypeError without arguments, and naming an option that makes no sense
   */
  constructor(url: string | URL, protocols: string | string[] = [], options?: WebSocketOptions) {
    needArguments('WebSocket', arguments.length, 1);
    const asked = toStringOrSequence(protocols);
    super();
    this.#url = toWebSocketUrl(url); // steps 1–2
    const list = checkProtocols(typeof asked === 'string' ? [asked] : asked); // steps 3–4
    this.#handlers = new EventHandlers(this);
    this.#inbox = new Inbox((data) => this.#message(data));
    this.#opening = new Opening(this.#url, list, options, {
      text: (message) => this.#inbox.take(message),
      binary: (message) => this.#inbox.take(message),
      closing: () => this.#task(() => this.#closingStarted()),
      closed: (outcome) => this.#ended(outcome),
    });
    this.#outgoing = new Outgoing(options?.limits);
    this.#opening.run().then( // step 7, in parallel
      (transport) => this.#established(transport),
      (error: unknown) => this.#closed(error, NOT_CLEAN),
    );
  }

  get url(): string {
    return this.#url.href;
  }

  get readyState(): ReadyState {
    return this.#readyState;
  }

  get bufferedAmount(): number {
    return this.#outgoing.bufferedAmount;
  }

  get onopen(): EventHandler<Event> {
    return this.#handlers.get('open');
  }

  set onopen(handler: EventHandler<Event>) {
    this.#handlers.set('open', handler);
  }

  get onerror(): EventHandler<Event> {
    return this.#handlers.get('error');
  }

  set onerror(handler: EventHandler<Event>) {
    this.#handlers.set('error', handler);
  }

  get onclose(): EventHandler<CloseEvent> {
    return this.#handlers.get('close');
  }

  set onclose(handler: EventHandler<CloseEvent>) {
    this.#handlers.set('close', handler);
  }

  get extensions(): string {
    return this.#extensions;
  }

  get protocol(): string {
    return this.#protocol;
  }

  /**
   * Closes the connection behind everything that was sent.
   *
   * @throws DOMException InvalidAccessError when the code is neither 1000 nor 3000–4999, SyntaxError when the reason is over 123 bytes
   */
  close(code: number | undefined = undefined, reason: string | undefined = undefined): void {
    const status = code === undefined ? null : clampUnsignedShort(code);
    this.#close(checkCloseInfo(status, reason === undefined ? '' : toDOMString(reason))); // steps 1–2
  }

  get onmessage(): EventHandler<MessageEvent> {
    return this.#handlers.get('message');
  }

  set onmessage(handler: EventHandler<MessageEvent>) {
    this.#handlers.set('message', handler);
  }

  get binaryType(): BinaryType {
    return this.#binaryType;
  }

  set binaryType(type: BinaryType) {
    if (type === 'blob' || type === 'arraybuffer') this.#binaryType = type; // an enumeration: what it does not have is ignored
  }

  /**
   * Sends a message: a string as text, anything else as binary. Bytes may be changed once it has returned.
   *
   * @throws DOMException InvalidStateError while CONNECTING; TypeError without an argument, and for shared or resizable memory
   */
  send(data: string | Blob | ArrayBuffer | ArrayBufferView): void {
    needArguments('send', arguments.length, 1);
    const message: Outbound = data instanceof Blob ? data : bytesOf(data) ?? toDOMString(data);
    if (this.#readyState === CONNECTING) { // step 1
      throw new DOMException('send() was called before the connection was open: wait for the open event', 'InvalidStateError');
    }
    if (this.#readyState === OPEN) this.#outgoing.send(message); // step 2
    else this.#outgoing.discard(message);
  }

  static {
    closeAs = (socket, info) => socket.#close(info);
  }

  #close(info: CloseInfo): void { // step 3
    const state = this.#readyState;
    const transport = this.#transport;
    if (state === CLOSING || state === CLOSED) return;
    this.#readyState = CLOSING;
    if (state === OPEN && transport !== null) {
      // Closing handshake not yet started: start it. If the peer has, the engine answers, and refuses this.
      this.#outgoing.close(() => { transport.connection.close(info.code ?? undefined, info.reason); });
    } else { // not yet established, as far as a script can know: fail the WebSocket connection
      this.#givenUp = new DOMException('close() was called before the connection was open', 'AbortError');
      this.#opening.giveUp(this.#givenUp);
      transport?.terminate();
    }
  }

  // ---- feedback from the protocol (§4) --------------------------------------------------------------------------------------------

  #established(transport: Transport): void {
    this.#transport = transport;
    this.#inbox.open(transport.connection);
    if (this.#readyState !== CONNECTING) transport.terminate(); // close() came first, too late for the opening to notice
    this.#task(() => {
      if (this.#readyState !== CONNECTING) return;
      this.#outgoing.open(transport);
      this.#readyState = OPEN; // step 1
      this.#extensions = serializeExtensions(transport.extensions); // step 2
      this.#protocol = transport.protocol; // step 3
      this.dispatchEvent(new Event('open')); // step 4
    });
  }

  #message(data: string | Uint8Array): void {
    this.#outgoing.beginTask();
    if (this.#readyState !== OPEN) return; // step 1
    this.dispatchEvent(new MessageEvent('message', { data: this.#present(data), origin: this.#url.origin })); // steps 2–3
  }

  #present(data: string | Uint8Array): string | Blob | ArrayBuffer {
    if (typeof data === 'string') return data;
    return this.#binaryType === 'blob' ? new Blob([data]) : ownBuffer(data);
  }

  #closingStarted(): void {
    if (this.#readyState === OPEN) this.#readyState = CLOSING;
  }

  #ended(outcome: CloseOutcome): void {
    const transport = this.#transport as Transport; // it is where the outcome comes from
    const { clean: wasClean, code, reason } = outcome;
    this.#outgoing.end(transport, outcome);
    this.#closed(wasClean ? null : this.#givenUp ?? new WebSocketFailure(outcome, transport.error), { wasClean, code, reason });
  }

  /** Two tasks, one right behind the other, as microtasks run after each listener of the standard's one. */
  #closed(error: unknown, init: { wasClean: boolean; code: number; reason: string }): void {
    this.#task(() => {
      this.#readyState = CLOSED; // step 1
      if (error === null) return;
      const message = error instanceof Error ? error.message : String(error);
      this.dispatchEvent(new ErrorEvent('error', { message, error })); // step 2: if it was failed, or was flagged as full
    });
    this.#task(() => { this.dispatchEvent(new CloseEvent('close', init)); }); // step 3
  }

  #task(run: () => void): void {
    setImmediate(() => {
      this.#outgoing.beginTask();
      run();
    });
  }
}
define('WebSocket', WebSocket, [
  'url', 'readyState', 'bufferedAmount', 'onopen', 'onerror', 'onclose', 'extensions', 'protocol', 'close', 'onmessage', 'binaryType',
  'send',
]);
defineConstants(WebSocket, { CONNECTING, OPEN, CLOSING, CLOSED });
