// Octets over a socket, plain or TLS, for whoever speaks a protocol by hand: connect, listen, and one stream with what a tester needs of TCP.
// It knows nothing of what it carries.
//
// Law: every write is one write. The next may be made when the kernel has the one before and the event loop has had a turn, so that the peer
// can see them apart and nothing piles up here: what a peer does not read is not taken.

import * as net from 'node:net';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import { observe } from './sockets.ts';
import type { Target } from './target.ts';

/** What a stream tells. */
export interface ByteStreamEvents {
  /** Octets of the peer, the receiver's from here on. */
  data(chunk: Uint8Array): void;
  /** The peer's FIN: it sends nothing more. */
  end(): void;
  /** The kernel has taken some of a long write, and not all of it yet: the peer is slow, not gone. */
  progress(): void;
  /** The next write may be made. */
  drain(): void;
  /** The last event: nothing passes in either direction any more. `error` is the system's, such as ECONNRESET; null for an end in order. */
  close(error: Error | null): void;
}

/** A larger write goes to the kernel in parts of this size, one behind the other, so that its progress can be told. */
const PART = 64 * 1024;

/** Calls back when whatever has arrived by now was read, by every stream of this process: behind the first turn that begins from here. */
export function afterReading(callback: () => void): void {
  setImmediate(() => setImmediate(callback)); // between the two the event loop polls; before the first it need not
}

/** One connection. It reads nothing before it is observed. */
export class ByteStream {
  readonly #socket: net.Socket;
  /** Where TCP is: the socket itself, or the one below TLS. */
  readonly #tcp: net.Socket;
  readonly #unobserve: () => void;
  #events: ByteStreamEvents | null = null;
  #error: Error | null = null;
  #closed = false;
  #ended = false;
  /** The part of a write that is not with the kernel; null when nothing is. */
  #rest: Uint8Array | null = null;
  /** The turn that follows a write has not come. */
  #turning = false;

  /** `socket` is connected. `tcp` is what TLS is spoken on, if it is. */
  constructor(socket: net.Socket, tcp: net.Socket = socket) {
    this.#socket = socket;
    this.#tcp = tcp;
    socket.allowHalfOpen = true;
    const error = (cause: Error): void => { this.#error ??= cause; };
    this.#unobserve = observe(socket, {
      data: (chunk) => this.#events?.data(chunk), end: () => this.#events?.end(), error, close: () => this.#close(),
    });
    socket.pause();
    if (tcp !== socket) tcp.on('error', error);
  }

  /** Begins to read and to tell; called again, goes on with somebody else. The first time is in the turn in which the stream came. */
  observe(events: ByteStreamEvents): void {
    this.#events = events;
    if (this.#closed || this.#socket.destroyed) setImmediate(() => events.close(this.#error)); // not told again
    else this.#socket.resume();
  }

  /** Whether a write may be made now. */
  get writable(): boolean {
    return this.#rest === null && !this.#turning && !this.#ended && this.#socket.writable;
  }

  /**
   * Writes; `drain` follows, not before `apart` ms have passed. The octets are the stream's until then.
   *
   * @throws Error when it is not `writable`
   */
  write(bytes: Uint8Array, apart: number = 0): void {
    if (!this.writable) throw new Error('a write before the one before it was taken, or behind the end');
    this.#turning = true;
    const turn = (): void => afterReading(() => {
      this.#turning = false;
      this.#drain();
    });
    if (apart > 0) setTimeout(turn, apart);
    else turn();
    this.#rest = bytes;
    this.#writePart();
  }

  /** Ends this side, behind what was written. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#rest === null) this.#socket.end();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Lets go of the connection; what is on its way is dropped. */
  destroy(): void {
    this.#socket.destroy();
    this.#tcp.destroy();
  }

  /** The same with a TCP reset, which the peer sees as such. */
  reset(): void {
    if (this.#tcp.destroyed) return;
    this.#tcp.resetAndDestroy();
    this.#socket.destroy();
  }

  /** The socket itself, paused, for whoever goes on with it: `read` is what was read of it and is to be read again. The stream is done. */
  release(read: Uint8Array): Duplex {
    const socket = this.#socket;
    socket.pause();
    this.#unobserve();
    socket.on('error', () => {}); // it may fail before anybody else listens
    if (socket.readableEnded) socket.destroy();
    else if (read.length > 0) socket.unshift(read);
    return socket;
  }

  #writePart(): void {
    const rest = this.#rest as Uint8Array; // a write is under way
    const more = rest.length > PART;
    this.#socket.write(more ? rest.subarray(0, PART) : rest, (error) => {
      if (error != null) return; // 'close' follows, and says it
      this.#rest = more ? rest.subarray(PART) : null;
      if (more) this.#events?.progress();
      if (more) this.#writePart();
      else if (this.#ended) this.#socket.end();
      else this.#drain();
    });
  }

  #drain(): void {
    if (this.writable) this.#events?.drain();
  }

  #close(): void {
    this.#closed = true;
    this.#events?.close(this.#error);
  }
}

/** Why no connection could be opened, in a line. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError';

  /** The system's code, such as ECONNREFUSED; TIMEOUT when it took too long; null when there is none. */
  readonly code: string | null;

  constructor(message: string, code: string | null) {
    super(message);
    this.code = code;
  }
}

export interface ByteConnectOptions {
  /** Where to. */
  readonly target: Pick<Target, 'address' | 'port' | 'secure'>;
  /** Whether the certificate of a secure target is verified. */
  readonly rejectUnauthorized: boolean;
  /** Ms for TCP and TLS together. */
  readonly timeout: number;
}

/** Connects, with TLS for a secure target. @throws (rejects with) {@link ConnectError} */
export function connectBytes({ target: { address: host, port, secure }, rejectUnauthorized, timeout }: ByteConnectOptions): Promise<ByteStream> {
  return new Promise((resolve, reject) => {
    const tcp = net.connect({ host, port, allowHalfOpen: true, noDelay: true });
    const giveUp = (message: string, code: string | null): void => {
      clearTimeout(timer);
      tcp.destroy();
      reject(new ConnectError(message, code));
    };
    const fail = (error: NodeJS.ErrnoException): void => giveUp(messageOf(error), error.code ?? null);
    const timer = setTimeout(() => giveUp(`no answer from ${host}:${port} for ${timeout} ms`, 'TIMEOUT'), timeout);
    const closed = (): void => giveUp(`${host}:${port} closed the connection before it was open`, null);
    const settle = (socket: net.Socket): void => {
      clearTimeout(timer);
      const stream = new ByteStream(socket, tcp);
      for (const one of [tcp, socket]) one.off('error', fail).off('close', closed);
      resolve(stream);
    };
    tcp.on('error', fail).on('close', closed);
    if (!secure) return void tcp.once('connect', () => settle(tcp));
    tcp.once('connect', () => {
      const socket = tls.connect({
        socket: tcp, host, ALPNProtocols: ['http/1.1'], rejectUnauthorized, ...net.isIP(host) === 0 && { servername: host },
      }, () => settle(socket));
      socket.on('error', fail).on('close', closed);
    });
  });
}

/** An attempt at several addresses fails without a message of its own. */
function messageOf(error: Error & { readonly errors?: readonly Error[] }): string {
  return error.message === '' ? (error.errors ?? []).map(({ message }) => message).join('; ') : error.message;
}

/** A port that is listened on. */
export interface ByteListener {
  readonly port: number;
  /** Takes no more connections; those there are stay. */
  close(): void;
}

/** Listens; each stream that comes is to be observed at once. @throws (rejects with) the system's error, such as EADDRINUSE */
export function listenBytes(where: { readonly host: string; readonly port: number }, onStream: (stream: ByteStream) => void): Promise<ByteListener> {
  return new Promise((resolve, reject) => {
    const server = net.createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) => onStream(new ByteStream(socket)));
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject).on('error', () => {}); // a connection that could not be accepted is that connection's loss
      resolve({ port: (server.address() as net.AddressInfo).port, close: () => void server.close() }); // it listens on a port
    });
  });
}
