// The public shape of a browser's WebSocket and of its events, as structure: what a value must look like, not who made it, so that the
// class here is assignable to the DOM's type, handlers included. Web IDL: WHATWG WebSockets §3.1, §6.

interface EventInit {
  bubbles?: boolean;
  cancelable?: boolean;
  composed?: boolean;
}

/** https://websockets.spec.whatwg.org/#the-closeevent-interface */
export interface CloseEvent extends Event {
  readonly wasClean: boolean;
  readonly code: number;
  readonly reason: string;
}

export interface CloseEventInit extends EventInit {
  wasClean?: boolean;
  code?: number;
  reason?: string;
}

/** An error event that says why. The standard fires a plain Event, which this is too. */
export interface ErrorEvent extends Event {
  /** What went wrong, in words. */
  readonly message: string;
  /** A HandshakeError, when no connection was opened; a WebSocketFailure, when one was lost. */
  readonly error: unknown;
}

export interface ErrorEventInit extends EventInit {
  message?: string;
  error?: unknown;
}

export interface WebSocketEventMap {
  open: Event;
  message: MessageEvent;
  error: ErrorEvent;
  close: CloseEvent;
}

export type BinaryType = 'blob' | 'arraybuffer';

export type ReadyState = 0 | 1 | 2 | 3;

/** An event handler attribute's value. */
export type EventHandler<E extends Event> = ((this: WebSocketSurface, event: E) => unknown) | null;

export type Listener<K extends keyof WebSocketEventMap> = (this: WebSocketSurface, event: WebSocketEventMap[K]) => unknown;
export type AnyListener = ((event: Event) => unknown) | { handleEvent(event: Event): unknown } | null;

export interface ListenerOptions {
  capture?: boolean;
  once?: boolean;
  passive?: boolean;
  signal?: AbortSignal;
}

/** What a browser's WebSocket has, its handlers apart: what `this` is in a handler, whichever class it was written for. */
export interface WebSocketSurface extends EventTarget {
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;
  readonly url: string;
  readonly readyState: number;
  readonly bufferedAmount: number;
  readonly extensions: string;
  readonly protocol: string;
  binaryType: BinaryType;
  send(data: string | Blob | ArrayBuffer | ArrayBufferView): void;
  close(code?: number, reason?: string): void;
}
