// The webSocket module of Apache Weex: one socket an instance, four handlers to assign, and an adapter that does the work and can be
// replaced. It keeps the documented contract where the originals differ from it: handlers count whenever they are assigned, wasClean is
// what happened, binary messages arrive.

import { writeCloseBody } from '../core/wire/close-body.ts';
import { GOING_AWAY, NORMAL_CLOSURE } from '../core/wire/close-code.ts';
import { bytesOf } from './bytes.ts';
import { isObject } from './idl.ts';
import type { WebSocketOptions } from './opening.ts';
import { closeWith, WebSocket } from './websocket.ts';

/** What an adapter tells. */
export interface WeexWebSocketListener {
  onOpen(): void;
  onMessage(data: string | ArrayBuffer): void;
  onClose(code: number, reason: string, wasClean: boolean): void;
  onError(message: string): void;
}

/** One socket, as the module wants it. Methods may throw: the message goes to onerror. */
export interface WeexWebSocketAdapter {
  /** Begins to connect; `protocol` is '' for none. */
  connect(url: string, protocol: string, listener: WeexWebSocketListener): void;
  send(data: string | Uint8Array): void;
  close(code: number, reason: string): void;
  /** Closes with 1001: the module is asked for another socket, or goes away. Nothing is to be told afterwards. */
  destroy(): void;
}

/** Makes an adapter for each socket; null when there is no implementation. */
export type WeexWebSocketAdapterFactory = () => WeexWebSocketAdapter | null;

/** Bytes as Weex's bridge carries them. */
export interface WeexBinary {
  readonly '@type': 'binary';
  readonly base64: string;
}

export interface WeexCloseEvent {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}

/** What `weex.requireModule('webSocket')` gives. */
export interface WeexWebSocketModule {
  /** Connects; an earlier socket is closed with 1001 and heard of no more. Several subprotocols are separated by commas. */
  WebSocket(url: string, protocol?: string | null): void;
  /** A string as text, bytes as binary. Before the socket is open: onerror. */
  send(data: string | WeexBinary | ArrayBuffer | ArrayBufferView): void;
  /** Closes; a code that is missing or no number is 1000. A code that cannot be sent: onerror. A closed socket stays closed. */
  close(code?: number | string | null, reason?: string | null): void;
  /** Closes with 1001, for good: the page is gone. No handler is called afterwards. */
  destroy(): void;
  onopen: ((event: Record<string, never>) => void) | null;
  onmessage: ((event: { data: string | ArrayBuffer }) => void) | null;
  onclose: ((event: WeexCloseEvent) => void) | null;
  onerror: ((event: { data: string }) => void) | null;
}

const NOT_READY = 'WebSocket is not ready';
const NO_ADAPTER = 'No implementation found for IWebSocketAdapter';

/** An instance of the module. Without a factory its sockets are this package's {@link WebSocket}. */
export function createWeexWebSocketModule(adapterFactory: WeexWebSocketAdapterFactory = weexWebSocketAdapter()): WeexWebSocketModule {
  if (typeof adapterFactory !== 'function') throw new TypeError(`adapterFactory must be a function, found ${typeof adapterFactory}`);
  return new Module(adapterFactory);
}

/** The default adapters: sockets with these options. */
export function weexWebSocketAdapter(options: WebSocketOptions = {}): WeexWebSocketAdapterFactory {
  return () => new Adapter(options);
}

class Module implements WeexWebSocketModule {
  onopen: WeexWebSocketModule['onopen'] = null;
  onmessage: WeexWebSocketModule['onmessage'] = null;
  onclose: WeexWebSocketModule['onclose'] = null;
  onerror: WeexWebSocketModule['onerror'] = null;

  readonly #factory: WeexWebSocketAdapterFactory;
  #adapter: WeexWebSocketAdapter | null = null;
  #isOpen = false;

  constructor(factory: WeexWebSocketAdapterFactory) {
    this.#factory = factory;
  }

  WebSocket(url: string, protocol: string | null = null): void {
    this.destroy();
    try {
      const adapter = this.#factory();
      if (adapter === null) throw new Error(NO_ADAPTER);
      this.#adapter = adapter;
      adapter.connect(String(url), protocol ?? '', this.#listener(adapter));
    } catch (error) {
      this.#adapter = null;
      setImmediate(() => this.#error(messageOf(error))); // handlers are assigned after this
    }
  }

  send(data: string | WeexBinary | ArrayBuffer | ArrayBufferView): void {
    const adapter = this.#adapter;
    if (adapter === null || !this.#isOpen) this.#error(NOT_READY);
    else this.#try(() => adapter.send(toMessage(data)));
  }

  close(code: number | string | null = null, reason: string | null = null): void {
    const number = Number(code === null || code === '' ? NaN : code);
    this.#try(() => this.#adapter?.close(Number.isNaN(number) ? NORMAL_CLOSURE : number, reason ?? ''));
  }

  destroy(): void {
    const adapter = this.#adapter;
    this.#adapter = null;
    this.#isOpen = false;
    this.#try(() => adapter?.destroy());
  }

  /** Hears of one socket, as long as it is the module's. */
  #listener(adapter: WeexWebSocketAdapter): WeexWebSocketListener {
    const current = (tell: () => void): void => { if (this.#adapter === adapter) tell(); };
    return {
      onOpen: () => current(() => {
        this.#isOpen = true;
        this.onopen?.({});
      }),
      onMessage: (data) => current(() => this.onmessage?.({ data })),
      onClose: (code, reason, wasClean) => current(() => {
        this.#isOpen = false;
        this.onclose?.({ code, reason, wasClean });
      }),
      onError: (message) => current(() => this.#error(message)),
    };
  }

  #try(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#error(messageOf(error));
    }
  }

  #error(data: string): void {
    this.onerror?.({ data });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function toMessage(data: unknown): string | Uint8Array {
  const bytes = bytesOf(data);
  if (bytes !== null) return bytes;
  if (!isObject(data)) return String(data);
  const { '@type': type, base64 } = data as Partial<WeexBinary>;
  if (type !== 'binary' || typeof base64 !== 'string') throw new TypeError('send() takes a string, bytes, or { "@type": "binary", base64 }');
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** An adapter over a socket of this package. */
class Adapter implements WeexWebSocketAdapter {
  readonly #options: WebSocketOptions;
  #socket: WebSocket | null = null;

  constructor(options: WebSocketOptions) {
    this.#options = options;
  }

  connect(url: string, protocol: string, listener: WeexWebSocketListener): void {
    const protocols = protocol.split(',').map((name) => name.trim()).filter((name) => name !== '');
    const socket = new WebSocket(url, protocols, this.#options);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => listener.onOpen();
    socket.onmessage = ({ data }) => listener.onMessage(data as string | ArrayBuffer); // binaryType says so
    socket.addEventListener('error', ({ message }) => listener.onError(message));
    socket.onclose = ({ code, reason, wasClean }) => listener.onClose(code, reason, wasClean);
    this.#socket = socket;
  }

  send(data: string | Uint8Array): void {
    this.#socket?.send(data);
  }

  close(code: number, reason: string): void {
    const socket = this.#socket;
    if (socket === null) return;
    void writeCloseBody(code, reason); // throws for what no Close frame can say, before anything has begun
    closeWith(socket, { code, reason });
  }

  destroy(): void {
    this.close(GOING_AWAY, 'CLOSE_GOING_AWAY');
  }
}
