// A peer that is nothing but a socket: it sends the bytes it is told to and remembers those that come, so that specs of sockets can be
// written from the other side. Waits for events, never for time.

import { once } from 'node:events';
import * as net from 'node:net';
import type { Duplex } from 'node:stream';

/** The other side of a connection, by hand. */
export class RawPeer {
  readonly socket: Duplex;
  received: Buffer = Buffer.alloc(0);
  ended = false;
  closed = false;
  error: Error | null = null;
  #changed: () => void = () => {};

  constructor(socket: Duplex) {
    this.socket = socket;
    socket.allowHalfOpen = true;
    socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.#changed();
    });
    socket.on('end', () => {
      this.ended = true;
      this.#changed();
    });
    socket.on('error', (error: Error) => { this.error = error; });
    socket.on('close', () => {
      this.closed = true;
      this.#changed();
    });
  }

  /** Connects to a port of this machine. */
  static async connect(port: number, host: string = '127.0.0.1'): Promise<RawPeer> {
    const socket = net.connect({ port, host, allowHalfOpen: true, noDelay: true });
    const peer = new RawPeer(socket);
    await once(socket, 'connect');
    return peer;
  }

  write(bytes: Uint8Array | string): void {
    this.socket.write(bytes);
  }

  get text(): string {
    return this.received.toString('latin1');
  }

  /** Waits until `holds`, which is asked again whenever something happens. */
  async until(holds: (peer: this) => boolean): Promise<this> {
    while (!holds(this)) {
      if (this.closed) throw new Error(`the socket closed (${this.error?.message ?? 'no error'}) after ${JSON.stringify(this.text.slice(-200))}`);
      await new Promise<void>((resolve) => { this.#changed = resolve; });
    }
    return this;
  }

  /** What comes after the head of the other side's message, once `length` bytes of it have come. */
  async afterHead(length: number): Promise<Buffer> {
    const begin = (): number => this.text.indexOf('\r\n\r\n') + 4;
    await this.until(() => begin() > 3 && this.received.length >= begin() + length);
    return this.received.subarray(begin());
  }
}

/** A server whose sockets a spec handles by hand. */
export interface RawServer {
  readonly port: number;
  /** The sockets that have come, in order. */
  readonly peers: RawPeer[];
  /** The next socket that comes, or came and was not asked for. */
  next(): Promise<RawPeer>;
  close(): void;
}

export async function rawServer(server: net.Server = net.createServer({ allowHalfOpen: true }), event: string = 'connection'): Promise<RawServer> {
  const peers: RawPeer[] = [];
  let asked = 0;
  let changed = (): void => {};
  server.on(event, (socket: Duplex) => {
    peers.push(new RawPeer(socket));
    changed();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as net.AddressInfo).port, // it listens on a port
    peers,
    next: async () => {
      const index = asked++;
      while (peers.length <= index) await new Promise<void>((resolve) => { changed = resolve; });
      return peers[index] as RawPeer; // it has just come
    },
    close: () => {
      server.close();
      for (const { socket } of peers) socket.destroy();
    },
  };
}

/** Answers the handshake that `peer` has sent or will send, and `behind` in the same write. */
export async function answerHandshake(peer: RawPeer, accept: (key: string) => string, behind: Uint8Array = new Uint8Array(0)): Promise<void> {
  await peer.until(({ text }) => text.includes('\r\n\r\n'));
  const key = /^sec-websocket-key: (.*)$/im.exec(peer.text)?.[1]?.trim() ?? '';
  const head = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept(key)}\r\n\r\n`;
  peer.write(Buffer.concat([Buffer.from(head, 'latin1'), behind]));
}

/** Something that will be known: for handlers to fill and specs to await. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

export function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => { resolve = settle; });
  return { promise, resolve };
}

/** What the process is told as uncaught while `action` runs. */
export async function uncaughtDuring(action: () => Promise<void>): Promise<unknown[]> {
  const listeners = process.listeners('uncaughtException');
  const uncaught: unknown[] = [];
  const onUncaught = (error: unknown): void => { uncaught.push(error); };
  process.removeAllListeners('uncaughtException').on('uncaughtException', onUncaught);
  try {
    await action();
  } finally {
    process.off('uncaughtException', onUncaught);
    for (const listener of listeners) process.on('uncaughtException', listener);
  }
  return uncaught;
}
