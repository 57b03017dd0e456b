// What the specs of the browser's classes share: servers to talk to, and ways to wait for events. Nothing waits for time.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { Duplex } from 'node:stream';
import { acceptKeyOf } from '../../lib/core/handshake/accept.ts';
import { listen } from '../../lib/node/listen.ts';
import type { Listener, ListenOptions } from '../../lib/node/listen.ts';
import { nodePlatform } from '../../lib/node/platform.ts';
import type { OnRequest } from '../../lib/node/reception.ts';
import { WebSocket } from '../../lib/whatwg/index.ts';
import type { CloseEvent, ErrorEvent, WebSocketOptions } from '../../lib/whatwg/index.ts';
import { rawServer } from '../support/sockets.ts';
import type { RawPeer, RawServer } from '../support/sockets.ts';
import { certificateAuthority } from '../support/tls.ts';

const authority = certificateAuthority();

/** Options with which a client trusts the servers of these specs. */
export const TRUST: WebSocketOptions = { tls: { ca: authority.ca } };

/** The key and certificate of the servers of these specs. */
export const IDENTITY: { key: string; cert: string } = authority.issue(['localhost', '127.0.0.1']);

/** A server for the specs of one file, which ends with them. */
export async function serving(onRequest: OnRequest, options: ListenOptions = {}): Promise<Listener> {
  const server = await listen(options, onRequest);
  after(() => server.terminate());
  return server;
}

/** Sends everything back, a Close with its reason too; chooses the first subprotocol. */
export const echo: OnRequest = (pending) => {
  const { connection } = pending.accept({
    protocol: pending.request.protocols[0] ?? null,
    events: {
      text: (message) => { connection.sendText(message); },
      binary: (message) => { connection.sendBinary(message); },
      closing: (code, reason) => { connection.close(code === 1005 ? undefined : code, reason); },
    },
  });
};

/** A server handled by hand, which ends with the specs of the file. */
export async function rawServing(...args: Parameters<typeof rawServer>): Promise<RawServer> {
  const server = await rawServer(...args);
  after(() => server.close());
  return server;
}

/** Answers the request of `peer` with 101 and `fields`, and what stands `behind` in the same write. */
export async function accept(peer: RawPeer, fields: string = '', behind: Uint8Array = new Uint8Array(0)): Promise<void> {
  await peer.until(({ text }) => text.includes('\r\n\r\n'));
  const key = /^sec-websocket-key: (.*)\r$/im.exec(peer.text)?.[1] ?? '';
  const head = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`
    + `Sec-WebSocket-Accept: ${acceptKeyOf(key, nodePlatform)}\r\n${fields}\r\n`;
  peer.write(Buffer.concat([Buffer.from(head, 'latin1'), behind]));
}

/** A stream below that never says anything: whoever is given it as `connect` stays CONNECTING. */
export function silence(): Duplex {
  return new Duplex({ read() {}, write(_chunk, _encoding, done) { done(); } });
}

interface Events { open: Event; message: MessageEvent; error: ErrorEvent; close: CloseEvent }

/** The next event of that type. */
export function next<K extends keyof Events>(socket: WebSocket, type: K): Promise<Events[K]> {
  return new Promise((resolve) => {
    socket.addEventListener(type, (event) => resolve(event as Events[K]), { once: true });
  });
}

/** A socket that is open. */
export async function open(url: string, protocols: string | string[] = [], options: WebSocketOptions = {}): Promise<WebSocket> {
  const socket = new WebSocket(url, protocols, options);
  await next(socket, 'open');
  return socket;
}

/** Everything the socket tells, in order, until it is closed; errors as the state they come in. */
export async function story(socket: WebSocket): Promise<string[]> {
  const told: string[] = [];
  socket.addEventListener('open', () => told.push(`open ${socket.readyState}`));
  socket.addEventListener('message', ({ data }) => told.push(`message ${String(data)}`));
  socket.addEventListener('error', () => told.push(`error ${socket.readyState}`));
  const { code, reason, wasClean } = await next(socket, 'close');
  told.push(`close ${socket.readyState}: ${code} ${JSON.stringify(reason)} ${wasClean ? 'clean' : 'not clean'}`);
  await turn(); // nothing comes after it
  return told;
}

/** What a connection that fails before it opens tells, whatever the reason. */
export const FAILED: readonly string[] = ['error 3', 'close 3: 1006 "" not clean'];

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => { setImmediate(resolve); });
}

/** Holds that `action` throws a DOMException of that name. */
export function throwsDom(name: string, action: () => unknown): void {
  assert.throws(action, (error) => error instanceof DOMException && error.name === name, `a DOMException ${name}`);
}

/** Holds that `promise` rejects with a DOMException of that name, and gives it. */
export async function rejectsDom(name: string, promise: Promise<unknown>): Promise<DOMException> {
  const error: unknown = await promise.then(() => undefined, (reason: unknown) => reason);
  assert.ok(error instanceof DOMException && error.name === name, `a DOMException ${name}, found ${String(error)}`);
  return error;
}
