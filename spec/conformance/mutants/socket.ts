// Endpoints over TCP: what is right and wrong with them is theirs, this carries it.

import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import * as net from 'node:net';

import type { Endpoint } from '../../../lib/conformance/engine.ts';
import { EchoEndpoint } from './endpoint.ts';
import type { Switch } from './switches.ts';

export interface Server {
  readonly url: string;
  readonly stop: () => void;
}

/** A server of endpoints with these switches on. `dies`: whole, where one of them throws; otherwise that connection alone is reset. */
export async function serve(on: readonly Switch[], dies: boolean = false): Promise<Server> {
  const switches = new Set(on);
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    new Carrier(socket, new EchoEndpoint('server', (what) => switches.has(what)), () => {
      if (dies) stop();
      else socket.resetAndDestroy();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { url: `ws://127.0.0.1:${(server.address() as net.AddressInfo).port}`, stop }; // it listens on TCP
}

/** A client with these switches on: goes to a URL and echoes until the connection is over, or until it is told to leave. */
export function clientWith(on: readonly Switch[]): (url: string, signal: AbortSignal) => Promise<void> {
  const switches = new Set(on);
  return (url, signal) => new Promise((resolve) => {
    const { hostname: host, port } = new URL(url);
    const socket = net.connect({ host, port: Number(port), allowHalfOpen: true });
    socket.on('close', () => resolve());
    signal.addEventListener('abort', () => socket.destroy());
    new Carrier(socket, new EchoEndpoint('client', (what) => switches.has(what), url), () => socket.resetAndDestroy());
  });
}

class Carrier {
  readonly #socket: net.Socket;
  readonly #endpoint: Endpoint;
  /** What the endpoint has not consumed: it is asked again when output was taken. */
  #rest: Buffer = Buffer.alloc(0);
  #drained = true;
  #peerEnded = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #onThrow: () => void;

  /** `onThrow`: the endpoint has thrown, which is the end of it. */
  constructor(socket: net.Socket, endpoint: Endpoint, onThrow: () => void) {
    this.#socket = socket;
    this.#onThrow = onThrow;
    this.#endpoint = endpoint;
    socket.on('error', () => {}); // `close` follows
    socket.on('close', () => clearTimeout(this.#timer));
    socket.on('data', (chunk) => {
      this.#rest = Buffer.concat([this.#rest, chunk]);
      this.#turn();
    });
    socket.on('end', () => {
      this.#peerEnded = true;
      this.#turn();
    });
    socket.on('drain', () => {
      this.#drained = true;
      this.#turn();
    });
    this.#turn();
  }

  #turn(): void {
    try {
      this.#pass();
    } catch {
      this.#onThrow();
    }
  }

  #pass(): void {
    const endpoint = this.#endpoint;
    const socket = this.#socket;
    endpoint.advance(performance.now());
    for (let moves = true; moves; ) moves = this.#write() || this.#read();
    if (this.#rest.length > 0) socket.pause();
    else socket.resume();
    if (endpoint.abandoned) socket.resetAndDestroy();
    else if (endpoint.outputEnded) socket.end();
    this.#wait();
  }

  #read(): boolean {
    if (this.#rest.length > 0) {
      const consumed = this.#endpoint.receive(this.#rest) ?? this.#rest.length;
      this.#rest = this.#rest.subarray(consumed);
      return consumed > 0;
    }
    if (!this.#peerEnded) return false;
    this.#peerEnded = false;
    this.#endpoint.receiveEnd();
    return true;
  }

  #write(): boolean {
    if (!this.#drained || this.#socket.writableEnded) return false;
    const octets = this.#endpoint.takeOutput();
    if (octets !== null) this.#drained = this.#socket.write(octets);
    return octets !== null;
  }

  #wait(): void {
    clearTimeout(this.#timer);
    const { deadline } = this.#endpoint;
    if (deadline === Infinity || this.#socket.destroyed) return;
    this.#timer = setTimeout(() => this.#turn(), Math.max(0, deadline - performance.now()));
  }
}
