// What a web socket tells, and to whom. Every method may be left out. They are called one at a time and in order, on the listener, and
// never from within a call of the application's own: not from send, not from close, not from cancel.

import type { WebSocketFailure, WebSocketResponse } from './failure.ts';
import type { WebSocket } from './websocket.ts';

/**
 * The events of one web socket: `onOpen` once and first, then messages, Pings and Pongs as they come, `onClosing` at most once, and then
 * exactly one of `onClosed` and `onFailure`, after which nothing is called any more. `onFailure` may come at any time, also first.
 *
 * What a method throws fails the web socket: a Close 1011 goes out, and `onFailure` is told with phase `callback` and the exception as its
 * cause. What `onClosed` and `onFailure` throw surfaces as an uncaught exception.
 */
export interface WebSocketListener {
  /** The connection is open. What was sent before goes out now, in order. */
  onOpen?(webSocket: WebSocket, response: WebSocketResponse): void;
  /** A text message, whole. */
  onText?(webSocket: WebSocket, text: string): void;
  /** A binary message, whole. The listener owns the array. */
  onBinary?(webSocket: WebSocket, bytes: Uint8Array): void;
  /** A Ping; its Pong is on the way. The listener owns the array. */
  onPing?(webSocket: WebSocket, payload: Uint8Array): void;
  /** A Pong, asked for or not: those of the web socket's own Pings too. The listener owns the array. */
  onPong?(webSocket: WebSocket, payload: Uint8Array): void;
  /**
   * The server has begun to close; 1005 is a Close without a code. It is answered with the same code after this call, unless `close` is
   * called here; what is sent here goes out before the answer.
   */
  onClosing?(webSocket: WebSocket, code: number, reason: string): void;
  /** Both sides have closed. The code and reason are the server's. */
  onClosed?(webSocket: WebSocket, code: number, reason: string): void;
  /**
   * The web socket has failed or was canceled; `failure` says why, and `queueSize()` how many bytes were never sent. `response` is the
   * answer of a server that did not accept, or of a proxy that did not let through, with the beginning of its content; null otherwise.
   */
  onFailure?(webSocket: WebSocket, failure: WebSocketFailure, response: WebSocketResponse | null): void;
  /**
   * There is room again: a send was false for want of it, or the queue was above `limits.highWaterMark`, and no more than that waits
   * now. A message larger than `maxQueueSize` never fits, and nothing follows if nothing else was waiting.
   */
  onDrain?(webSocket: WebSocket): void;
}

const METHODS = ['onOpen', 'onText', 'onBinary', 'onPing', 'onPong', 'onClosing', 'onClosed', 'onFailure', 'onDrain'] as const;

/**
 * Checks a listener. A plain object is held to the names; what else an instance of a class carries is its own business.
 *
 * @throws TypeError for what is no listener
 */
export function checkListener(listener: object, methods: readonly string[] = METHODS): void {
  if (typeof listener !== 'object' || listener === null) throw new TypeError(`a listener is an object, found ${String(listener)}`);
  const prototype: unknown = Object.getPrototypeOf(listener);
  if (prototype === Object.prototype || prototype === null) {
    for (const name of Object.keys(listener)) {
      if (!methods.includes(name)) throw new TypeError(`listener.${name} is never called; known are ${methods.join(', ')}`);
    }
  }
  for (const name of methods) {
    const method: unknown = Reflect.get(listener, name);
    if (method !== undefined && typeof method !== 'function') throw new TypeError(`listener.${name} must be a function, found ${typeof method}`);
  }
}
