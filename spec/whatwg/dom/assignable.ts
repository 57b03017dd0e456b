// Read by the compiler only, with the DOM's types and without Node's, against the declarations that are published: the class here stands
// wherever a browser's is asked for.

import { CloseEvent, WebSocket, WebSocketStream } from 'hawser/whatwg';

type DomWebSocket = typeof globalThis.WebSocket.prototype;

/** What a library declares that lets its user bring a WebSocket. */
type Constructor = Pick<typeof globalThis.WebSocket, 'CONNECTING' | 'OPEN' | 'CLOSING' | 'CLOSED' | 'prototype'>
  & (new (url: string | URL, protocols?: string | string[]) => DomWebSocket);

export const constructor: Constructor = WebSocket;
export const whole: typeof globalThis.WebSocket = WebSocket;
export const closeEvent: typeof globalThis.CloseEvent = CloseEvent;

export function instance(socket: WebSocket): DomWebSocket {
  return socket;
}

/** Code written for a browser compiles with the class in the global's place, events and all. */
export function browserCode(Socket: typeof globalThis.WebSocket | typeof WebSocket): void {
  const socket = new Socket('wss://example.com/chat', ['chat']);
  socket.binaryType = 'arraybuffer';
  socket.onclose = (event) => void [event.code.toFixed(), event.reason.length, event.wasClean];
  socket.send(new Uint8Array(1));
  socket.send(new Blob([]));
  socket.close(1000, 'done');
}

/** Each event has its type; the error event has more than the DOM's. */
export function events(socket: WebSocket): void {
  socket.onmessage = function (event: MessageEvent<string>) { this.send(event.data); };
  socket.addEventListener('close', (event) => event.code.toFixed());
  socket.addEventListener('error', (event) => event.message.length, { once: true });
  socket.addEventListener('anything', { handleEvent: (event) => event.type });
  // What the third argument takes is typed.
  void new WebSocket('wss://example.com', [], { headers: { Authorization: 'Bearer token' }, handshakeTimeout: 5000 });
}

export async function streams(url: string): Promise<ReadableStream<string | Uint8Array>> {
  const stream = new WebSocketStream(url, { protocols: ['chat'], signal: AbortSignal.abort() });
  const { readable, writable } = await stream.opened;
  await writable.getWriter().write('text');
  return readable;
}
