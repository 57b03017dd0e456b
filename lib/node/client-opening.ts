// One opening handshake as its client sees it (RFC 6455 §4.1): a stream, TLS on it if the URI asks for it, a request, a
// response. One deadline covers it all, and whatever fails takes every socket with it.

import * as net from 'node:net';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import type { ClientHandshake } from '../core/handshake/client.ts';
import type { ClientCompression } from './compression.ts';
import { HandshakeError } from './handshake-error.ts';
import type { HandshakePhase } from './handshake-error.ts';
import type { Scheduler, Watch } from './scheduler.ts';
import type { ConnectionSettings, Handlers } from './settings.ts';
import type { Target } from './target.ts';
import { Transport } from './transport.ts';

/** What a caller who opens the stream itself is asked for. */
export interface ConnectTarget {
  /** The ws or wss URI (§4.1), for those who decide by it: a proxy's rules. */
  readonly uri: string;
  /** A name or an address; an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** Whether TLS will be spoken on the stream. It is not for `connect` to do. */
  readonly secure: boolean;
  /** Aborted when the stream is not wanted any more. */
  readonly signal: AbortSignal;
}

/** Opens a stream of plain bytes to the target. */
export type Connect = (target: ConnectTarget) => Duplex | Promise<Duplex>;

/** Everything that was chosen and judged before the first byte. */
export interface Plan {
  readonly target: Target;
  readonly handshake: ClientHandshake;
  readonly events: Handlers;
  readonly settings: Omit<ConnectionSettings, 'compression'>;
  readonly compression: ClientCompression;
  readonly connect: Connect | null;
  readonly tls: tls.ConnectionOptions;
  readonly scheduler: Scheduler;
  readonly signal: AbortSignal | null;
}

const ignore = (): void => {};

class ClientOpening {
  readonly #plan: Plan;
  readonly #resolve: (transport: Transport) => void;
  readonly #reject: (error: HandshakeError) => void;
  readonly #watch: Watch;
  readonly #abort = new AbortController();
  /** Outermost last: the plain stream, then TLS on it. */
  readonly #sockets: Duplex[] = [];
  #phase: HandshakePhase = 'connect';
  #settled = false;

  constructor(plan: Plan, resolve: (transport: Transport) => void, reject: (error: HandshakeError) => void) {
    const { handshake, scheduler, signal } = plan;
    this.#plan = plan;
    this.#resolve = resolve;
    this.#reject = reject;
    handshake.advance(scheduler.now());
    this.#watch = scheduler.watch({ deadline: () => handshake.deadline, advance: (now) => this.#advance(now) });
    signal?.addEventListener('abort', this.#onAbort);
    if (signal?.aborted === true) this.#onAbort();
    else this.#connect();
  }

  // ---- step by step -------------------------------------------------------------------------------------------------------------

  #connect(): void {
    const { connect, target } = this.#plan;
    const { address: host, port, secure, uri } = target;
    if (connect === null) {
      const socket = net.connect({ host, port, allowHalfOpen: true, noDelay: true }, () => this.#connected(socket));
      this.#adopt(socket);
      return;
    }
    Promise.resolve({ uri, host, port, secure, signal: this.#abort.signal }).then(connect).then((socket) => {
      if (typeof socket?.write !== 'function') throw new TypeError(`connect must give a Duplex, found ${String(socket)}`);
      this.#adopt(socket);
      this.#connected(socket);
    }).catch((error: unknown) => this.#fail(error));
  }

  /** Listens to a stream for good, so that no error of it is ever nobody's; until the handshake ends it is the handshake's. */
  #adopt(socket: Duplex): void {
    this.#sockets.push(socket);
    socket.on('error', ignore).on('error', this.#onError).on('close', this.#onClose);
    if (this.#settled) socket.destroy();
    else if (socket.destroyed) this.#onClose(); // not told again
  }

  #connected(stream: Duplex): void {
    if (this.#settled) return;
    const { target, tls: options } = this.#plan;
    if (!target.secure) return this.#exchange(stream);
    this.#phase = 'tls';
    stream.allowHalfOpen = true; // TLS says itself when it ends
    const servername = options.servername ?? (net.isIP(target.address) === 0 ? target.address : undefined);
    try {
      const socket = tls.connect({
        ALPNProtocols: ['http/1.1'], ...options, socket: stream, host: target.address, rejectUnauthorized: options.rejectUnauthorized !== false,
        ...servername !== undefined && { servername }, // §4.1: Server Name Indication, which has no addresses (RFC 6066 §3)
      }, () => this.#exchange(socket));
      this.#adopt(socket);
    } catch (error) { // an option that Node does not take
      this.#fail(error);
    }
  }

  #exchange(socket: Duplex): void {
    if (this.#settled) return;
    const { handshake } = this.#plan;
    this.#phase = 'request';
    socket.allowHalfOpen = true;
    const onData = (chunk: Uint8Array): void => {
      const consumed = handshake.receive(chunk);
      if (handshake.result === null) return;
      socket.off('data', onData).off('end', onEnd);
      this.#conclude(socket, consumed < chunk.length ? chunk.subarray(consumed) : null);
    };
    const onEnd = (): void => {
      handshake.receiveEnd();
      this.#conclude(socket, null);
    };
    socket.on('data', onData).on('end', onEnd).resume(); // it may have been paused by who spoke with a proxy on it
    socket.write(handshake.takeOutput(), () => { if (this.#phase === 'request') this.#phase = 'response'; });
  }

  // ---- the end ------------------------------------------------------------------------------------------------------------------

  #advance(now: number): void {
    this.#plan.handshake.advance(now);
    this.#conclude(null, null);
    this.#plan.scheduler.update(this.#watch);
  }

  readonly #onError = (error: Error): void => {
    this.#fail(error);
  };

  readonly #onClose = (): void => {
    this.#fail(new Error('the transport was closed'));
  };

  readonly #onAbort = (): void => {
    this.#fail(this.#plan.signal?.reason);
  };

  /** Looks whether there is a result. `input` is what came behind the head. */
  #conclude(socket: Duplex | null, input: Uint8Array | null): void {
    const { handshake, events, settings, compression, scheduler } = this.#plan;
    const { result } = handshake;
    if (result === null || this.#settled) return;
    if (result.kind === 'failed') return this.#end(new HandshakeError(this.#plan.target.uri, this.#phase, result, null));
    this.#settle();
    const { response: head, protocol, extensions } = result;
    // A response came, so there is a socket it came from.
    this.#resolve(new Transport({
      ...settings, role: 'client', socket: socket as Duplex, events, protocol, extensions, compression: compression.open(extensions), head,
      input, scheduler,
    }));
  }

  /** The network failed, or the caller gave up. A response whose content was still coming says more than that. */
  #fail(cause: unknown): void {
    if (this.#settled) return;
    const { handshake, target } = this.#plan;
    if (handshake.state === 'failing') handshake.receiveEnd();
    const failure = handshake.result?.kind === 'failed' ? handshake.result : null;
    this.#end(new HandshakeError(target.uri, this.#phase, failure, cause));
  }

  #end(error: HandshakeError): void {
    this.#settle();
    this.#abort.abort(error);
    for (const socket of this.#sockets) socket.destroy();
    this.#reject(error);
  }

  #settle(): void {
    this.#settled = true;
    this.#plan.scheduler.dismiss(this.#watch);
    this.#plan.signal?.removeEventListener('abort', this.#onAbort);
    for (const socket of this.#sockets) socket.off('error', this.#onError).off('close', this.#onClose);
  }
}

/** Opens a connection as planned. */
export function openClient(plan: Plan): Promise<Transport> {
  return new Promise((resolve, reject) => { void new ClientOpening(plan, resolve, reject); });
}
