// A WebSocket server on a port of its own, plain or TLS. Node's net and tls listen; the head is read by the engine, so that no
// HTTP server is needed, and its limits and deadline are the only ones there are.

import * as net from 'node:net';
import * as tls from 'node:tls';
import { checkNumber } from '../core/protocol/options.ts';
import { Reception } from './reception.ts';
import type { OnRequest, ServerOptions } from './reception.ts';
import type { Transport } from './transport.ts';

export interface ListenOptions extends ServerOptions {
  /** The address to listen on. 127.0.0.1 by default: to be reached from elsewhere, ask for `'::'` or `'0.0.0.0'`. */
  readonly host?: string;
  /** 0, the default, is any free port. */
  readonly port?: number;
  /** Connections the kernel queues; Node's default. */
  readonly backlog?: number;
  /** Key, certificate and whatever else Node's `tls.createServer` takes; with it the server speaks wss only. */
  readonly tls?: tls.TlsOptions;
}

const DEFAULT_TIMEOUT = 10_000;
/** The longest time a timer of Node takes, for "never". */
const LONGEST = 2 ** 31 - 1;

/** A server that listens, or listened. */
export class Listener {
  /** The port that is listened on. */
  readonly port: number;
  /** The address that is listened on. */
  readonly address: string;
  /** Where a client on this machine connects to, e.g. `ws://127.0.0.1:8080`. */
  readonly url: string;
  /** What went wrong last while accepting sockets, such as too many open files; null for nothing. */
  error: Error | null = null;

  readonly #server: net.Server;
  readonly #reception: Reception;

  /** Made by {@link listen}. */
  constructor(server: net.Server, reception: Reception, secure: boolean) {
    const { address, port, family } = server.address() as net.AddressInfo; // it listens on a port, not on a pipe
    this.port = port;
    this.address = address;
    const host = address === '::' || address === '0.0.0.0' ? 'localhost' : family === 'IPv6' ? `[${address}]` : address;
    this.url = `${secure ? 'wss' : 'ws'}://${host}:${port}`;
    this.#server = server;
    this.#reception = reception;
    server.on('error', (error) => { this.error = error; });
  }

  /** Connections that were accepted and whose socket has not closed. */
  get connections(): ReadonlySet<Transport> {
    return this.#reception.transports;
  }

  /** Handshakes under way. */
  get pending(): number {
    return this.#reception.pending;
  }

  /** Stops listening and turns away with a 503 whoever waits for a decision. Open connections stay. */
  close(): Promise<void> {
    this.#server.close();
    this.#reception.close();
    return Promise.resolve(); // the port is free when close() returns; that of Node waits for the connections
  }

  /** Stops listening and ends every connection at once. */
  terminate(): void {
    void this.close();
    for (const transport of this.connections) transport.terminate();
  }

  /** Lets listening keep the process alive, as it does from the start. */
  ref(): void {
    this.#server.ref();
  }

  /** Lets the process exit although the server listens. */
  unref(): void {
    this.#server.unref();
  }
}

/**
 * Listens. `onRequest` is asked about each request that is a good opening handshake and passes the origin policy.
 *
 * @throws (rejects with) TypeError or RangeError naming the option that makes no sense; the system's error, such as EADDRINUSE
 */
export async function listen(options: ListenOptions, onRequest: OnRequest): Promise<Listener> {
  const reception = new Reception(options, onRequest, ['host', 'port', 'backlog', 'tls']);
  const { host = '127.0.0.1', port = 0 } = options;
  const backlog = options.backlog === undefined ? {} : { backlog: checkNumber('options.backlog', options.backlog, 0, 1) };
  const server = createServer(options, reception);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, ...backlog }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return new Listener(server, reception, options.tls !== undefined);
}

function createServer(options: ListenOptions, reception: Reception): net.Server {
  const socketOptions = { allowHalfOpen: true, noDelay: true };
  if (options.tls === undefined) return net.createServer(socketOptions, (socket) => reception.receive(socket));
  const handshakeTimeout = Math.min(options.handshakeTimeout ?? DEFAULT_TIMEOUT, LONGEST);
  const tlsOptions = { ALPNProtocols: ['http/1.1'], ...options.tls, ...socketOptions, handshakeTimeout };
  return tls.createServer(tlsOptions, (socket) => reception.receive(socket))
    .on('tlsClientError', (_error, socket) => socket.destroy()); // §4.2.2; one that has timed out Node leaves open
}
