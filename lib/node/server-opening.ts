// One opening handshake on one socket, as its server sees it: bytes to the judge, a good request to the application, its answer
// to the socket. A peer that does not leave after a refusal is not waited for.

import { Buffer } from 'node:buffer';
import { Duplex } from 'node:stream';
import { judgeHost, judgeOrigin } from '../core/handshake/origin.ts';
import type { OriginPolicy } from '../core/handshake/origin.ts';
import type { ServerHandshake } from '../core/handshake/server.ts';
import type { ServerRequest } from '../core/handshake/request.ts';
import { checkKnown } from '../core/protocol/options.ts';
import { TERMINATED, TRANSPORT_ENDED } from '../core/wire/violation.ts';
import type { CompressionChoices } from '../core/deflate/compression-options.ts';
import { agree, judgeCompression, refuseDeflate } from './compression.ts';
import type { CompressionSetting } from './compression.ts';
import { PendingUpgrade } from './pending.ts';
import type { AcceptOptions, Decision } from './pending.ts';
import type { Scheduler, Watch } from './scheduler.ts';
import { checkSettings, fieldsOf, mergeSettings, SETTINGS, surface } from './settings.ts';
import type { ConnectionSettings, Handlers } from './settings.ts';
import { isSecure, observe, remoteAddressOf } from './sockets.ts';
import { Transport } from './transport.ts';

/** What an opening knows of its server. */
export interface Host {
  readonly origin: OriginPolicy;
  /** null for every host. */
  readonly hosts: readonly string[] | null;
  readonly settings: Omit<ConnectionSettings, 'compression'>;
  readonly lingerTimeout: number;
  readonly scheduler: Scheduler;
  /** The application: may throw, may answer with a promise. */
  onRequest(pending: PendingUpgrade): unknown;
  /** How connections are compressed that do not say themselves; null for not. */
  compressionOf(request: ServerRequest): CompressionChoices | null;
  /** The handshake waits for nothing more. */
  settled(opening: ServerOpening): void;
  opened(transport: Transport): void;
}

const ACCEPT: ReadonlySet<string> = new Set(['events', 'protocol', 'extensions', 'headers', ...SETTINGS]);

export class ServerOpening implements Decision {
  readonly remoteAddress: string | null;
  readonly secure: boolean;

  readonly #socket: Duplex;
  readonly #handshake: ServerHandshake;
  readonly #host: Host;
  readonly #watch: Watch;
  readonly #unobserve: () => void;
  #asked = false;
  /** What came behind the head: the connection's, once there is one. */
  #kept: Uint8Array | null;
  #error: Error | null = null;
  #lost: Error | null = null;
  #onLost: (reason: Error) => void = () => {};
  #dismissed = false;
  #lingerUntil = Infinity;

  /** `input` is what somebody else has read behind the head. */
  constructor(socket: Duplex, handshake: ServerHandshake, host: Host, input: Uint8Array | null = null) {
    this.remoteAddress = remoteAddressOf(socket);
    this.secure = isSecure(socket);
    this.#socket = socket;
    this.#handshake = handshake;
    this.#host = host;
    this.#kept = input;
    socket.allowHalfOpen = true;
    this.#unobserve = observe(socket, {
      data: (chunk) => this.#onData(chunk),
      end: () => this.#onGone(null),
      error: (error) => this.#onGone(error),
      close: () => this.#onGone(null),
    });
    if (input === null) socket.resume(); // it may have been paused by who took it
    else socket.pause();
    handshake.advance(host.scheduler.now());
    this.#watch = host.scheduler.watch({ deadline: () => this.#deadline, advance: (now) => this.#advance(now) });
  }

  /** Goes on with what is known already: a head that was read before. */
  start(): void {
    if (this.#socket.destroyed || this.#socket.readableEnded) this.#onGone(null); // not told again
    else this.#step();
  }

  whenLost(callback: (reason: Error) => void): void {
    if (this.#lost === null) this.#onLost = callback;
    else callback(this.#lost);
  }

  accept(options: AcceptOptions): Transport {
    checkKnown('options', options, ACCEPT);
    const { events = {}, protocol = null, extensions = [], headers = [] } = options;
    const { compression, ...settings } = mergeSettings(this.#host.settings, options);
    checkSettings('server', events, settings);
    refuseDeflate(extensions);
    const agreement = this.#agree(compression);
    const inUse = agreement === null ? extensions : [...extensions, agreement.answer];
    const tooLate = this.#lost !== null || !this.#handshake.accept({ protocol, extensions: inUse, headers: fieldsOf(headers) });
    if (tooLate) return this.#stillborn(events, settings);
    const { scheduler } = this.#host;
    const transport = new Transport({
      ...settings, role: 'server', socket: this.#socket, events, protocol: protocol ?? '', extensions: inUse, scheduler,
      compression: agreement === null ? null : agreement.open(), preface: this.#handshake.takeOutput(), input: this.#kept,
    });
    this.#unobserve();
    this.#settle();
    this.#host.opened(transport);
    return transport;
  }

  /** What is agreed of the client's offers to compress (RFC 7692 §5): as `setting` has it, or else as the server has it for this request. */
  #agree(setting: CompressionSetting | undefined): ReturnType<typeof agree> {
    const { request } = this.#handshake;
    if (request === null) return null;
    const choices = setting === undefined ? this.#host.compressionOf(request) : judgeCompression('server', setting);
    return agree(request.extensions, choices);
  }

  reject(status: number, rejection: Parameters<ServerHandshake['reject']>[1]): boolean {
    if (this.#lost !== null) return false;
    const rejected = this.#handshake.reject(status, rejection);
    this.#step();
    return rejected;
  }

  /** The server goes away, or has too much to do: 503 to whoever can read it. */
  turnAway(reason: string): void {
    if (this.#handshake.state !== 'pending') {
      this.#socket.destroy();
      return;
    }
    this.#handshake.reject(503, {});
    this.#lose(new Error(reason)); // last: who hears of it may decide at once, too late
    this.#step();
  }

  get #deadline(): number {
    return Math.min(this.#handshake.deadline, this.#lingerUntil);
  }

  #advance(now: number): void {
    if (now >= this.#lingerUntil) {
      this.#lingerUntil = Infinity;
      this.#socket.destroy();
    }
    this.#handshake.advance(now);
    this.#step();
  }

  #onData(chunk: Uint8Array): void {
    if (this.#kept !== null) chunk = Buffer.concat([this.#kept, chunk]); // not every stream keeps still once paused
    const consumed = this.#handshake.receive(chunk);
    this.#kept = consumed < chunk.length ? chunk.subarray(consumed) : null;
    if (this.#kept !== null) this.#socket.pause();
    this.#step();
  }

  #onGone(error: Error | null): void {
    this.#error ??= error;
    this.#handshake.receiveEnd();
    this.#step();
    if (this.#socket.destroyed) this.#settle();
  }

  #step(): void {
    const { state, request } = this.#handshake;
    if (state === 'pending' && !this.#asked && request !== null) this.#ask(request);
    else if (state === 'refused') this.#dismiss();
    this.#host.scheduler.update(this.#watch);
  }

  #ask(request: ServerRequest): void {
    this.#asked = true;
    const { hosts, origin } = this.#host;
    try {
      const refusal = (hosts === null ? null : judgeHost(hosts, request.host)) ?? judgeOrigin(origin, request, this.secure);
      if (refusal === null) this.#await(this.#host.onRequest(new PendingUpgrade(request, this)));
      else this.#handshake.refuse(refusal);
    } catch (error) {
      this.#fail(error);
    }
    if (this.#handshake.state === 'refused') this.#dismiss();
  }

  #await(answer: unknown): void {
    if (typeof answer !== 'object' || answer === null || !('then' in answer)) return;
    Promise.resolve(answer).catch((error: unknown) => this.#fail(error));
  }

  /** The application failed: its client is told as much, and the exception surfaces. */
  #fail(error: unknown): void {
    surface(error);
    if (this.#handshake.state === 'pending') this.reject(500, {});
  }

  #dismiss(): void {
    if (this.#dismissed) return;
    this.#dismissed = true;
    const { refusal } = this.#handshake;
    if (refusal !== null) this.#lose(new Error(refusal.message));
    const output = this.#handshake.takeOutput();
    if (output === null) {
      this.#socket.destroy();
      return;
    }
    // RFC 9112 §9.6: the response, this side's end, then a wait for the peer's, so that no reset overtakes the response.
    this.#lingerUntil = this.#host.scheduler.now() + this.#host.lingerTimeout;
    this.#socket.end(output);
    this.#socket.resume();
  }

  #lose(reason: Error): void {
    if (this.#lost !== null) return;
    this.#lost = reason;
    this.#onLost(reason);
  }

  #settle(): void {
    this.#host.scheduler.dismiss(this.#watch);
    this.#host.settled(this);
  }

  /** What an application gets that accepts too late: a transport like any other, whose connection has ended. */
  #stillborn(events: Handlers, settings: Omit<ConnectionSettings, 'compression'>): Transport {
    const socket = new Duplex({ read: () => {} }).destroy();
    const transport = new Transport({ ...settings, role: 'server', socket, events, scheduler: this.#host.scheduler });
    transport.error = this.#error;
    transport.connection.terminate(this.#handshake.refusal?.name === 'TRANSPORT_ENDED' ? TRANSPORT_ENDED : TERMINATED);
    return transport;
  }
}
