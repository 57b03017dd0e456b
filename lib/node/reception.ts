// Where sockets become requests: what listen, upgrade and serve have in common. It holds a server's choices, judged once, and the
// handshakes under way, of which there is a bound.

import type { Duplex } from 'node:stream';
import { parseAuthority } from '../core/handshake/authority.ts';
import type { HandshakeLimits } from '../core/handshake/limits.ts';
import { checkOriginPolicy } from '../core/handshake/origin.ts';
import type { OriginPolicy } from '../core/handshake/origin.ts';
import type { RequestHead, ServerRequest } from '../core/handshake/request.ts';
import { ServerHandshake } from '../core/handshake/server.ts';
import type { ServerHandshakeOptions } from '../core/handshake/server.ts';
import { checkKnown, checkNumber } from '../core/protocol/options.ts';
import type { CompressionChoices } from '../core/deflate/compression-options.ts';
import { judgeCompression } from './compression.ts';
import type { CompressionSetting } from './compression.ts';
import type { PendingUpgrade } from './pending.ts';
import { nodePlatform } from './platform.ts';
import { processScheduler } from './scheduler.ts';
import type { Scheduler } from './scheduler.ts';
import { ServerOpening } from './server-opening.ts';
import type { Host } from './server-opening.ts';
import { checkSettings, pick, SETTINGS } from './settings.ts';
import type { ConnectionSettings } from './settings.ts';
import type { Transport } from './transport.ts';

/** What a server chooses, however its sockets come. */
export interface ServerOptions extends Omit<ConnectionSettings, 'compression'> {
  /**
   * Whether and how messages are compressed (RFC 7692), for every connection or for each request as a function of it says; on by default. A
   * client that offers nothing, or nothing acceptable, is served without.
   */
  readonly compression?: CompressionSetting | ((request: ServerRequest) => CompressionSetting);
  /** Whose pages may connect (RFC 6455 §10.2); `'same-host'` by default. `'any'` has to be spelled out. */
  readonly origin?: OriginPolicy;
  /** The hosts answered for, with or without a port, against DNS rebinding; every host by default. */
  readonly hosts?: readonly string[];
  /** Bounds on the request's head. */
  readonly handshakeLimits?: Partial<HandshakeLimits>;
  /** Ms for the whole opening handshake, the application's decision included; 10,000 by default, Infinity for never. */
  readonly handshakeTimeout?: number;
  /**
   * Handshakes under way at once, TLS's own apart; 10,000 by default. A socket beyond is closed; a request that a server of
   * Node's has read gets a 503.
   */
  readonly maxPending?: number;
  /** Another clock, for specs. */
  readonly scheduler?: Scheduler;
}

/**
 * Decides on a request: `accept` or `reject`, at once or later. When it throws, or its promise rejects, the client gets a 500
 * and the exception surfaces as an uncaught one.
 */
export type OnRequest = (pending: PendingUpgrade) => void | Promise<void>;

export const SERVER_OPTIONS: readonly (keyof ServerOptions)[] = [
  'origin', 'hosts', 'handshakeLimits', 'handshakeTimeout', 'maxPending', 'scheduler', ...SETTINGS,
];

const MAX_PENDING = 10_000;
const LINGER_TIMEOUT = 1_000;

export class Reception implements Host {
  readonly origin: OriginPolicy;
  readonly hosts: readonly string[] | null;
  readonly settings: Omit<ConnectionSettings, 'compression'>;
  readonly lingerTimeout: number;
  readonly scheduler: Scheduler;
  readonly onRequest: OnRequest;
  /** Connections whose socket has not closed. */
  readonly transports: Set<Transport> = new Set();

  readonly #maxPending: number;
  readonly #compressionOf: (request: ServerRequest) => CompressionChoices | null;
  readonly #handshakeOptions: ServerHandshakeOptions;
  readonly #openings: Set<ServerOpening> = new Set();
  #closed = false;

  /** @throws TypeError or RangeError naming the option that is unknown or makes no sense; `further` are the caller's own */
  constructor(options: ServerOptions, onRequest: OnRequest, further: readonly string[] = []) {
    checkKnown('options', options, new Set([...SERVER_OPTIONS, ...further]));
    if (typeof onRequest !== 'function') throw new TypeError(`onRequest must be a function, found ${typeof onRequest}`);
    const { origin = 'same-host', hosts = null, scheduler = processScheduler, handshakeLimits, handshakeTimeout } = options;
    this.origin = checkOriginPolicy(origin);
    this.hosts = hosts === null ? null : checkHosts(hosts);
    const { compression, ...settings } = pick(options, SETTINGS as readonly (keyof ServerOptions & keyof ConnectionSettings)[]);
    this.settings = settings;
    if (typeof compression === 'function') {
      this.#compressionOf = (request) => judgeCompression('server', compression(request));
    } else {
      const choices = judgeCompression('server', compression);
      this.#compressionOf = () => choices;
    }
    this.lingerTimeout = options.lingerTimeout ?? LINGER_TIMEOUT;
    this.scheduler = scheduler;
    this.onRequest = onRequest;
    this.#maxPending = checkNumber('options.maxPending', options.maxPending, MAX_PENDING, 1);
    this.#handshakeOptions = {
      platform: nodePlatform,
      ...handshakeLimits !== undefined && { limits: handshakeLimits },
      ...handshakeTimeout !== undefined && { timeout: handshakeTimeout },
    };
    void new ServerHandshake(this.#handshakeOptions); // a mistake is told now, not to the first client
    checkSettings('server', {}, this.settings);
  }

  /** How many handshakes are under way. */
  get pending(): number {
    return this.#openings.size;
  }

  /** Takes a socket that has said nothing yet. */
  receive(socket: Duplex): void {
    if (this.#closed || this.#openings.size >= this.#maxPending) {
      socket.on('error', () => {});
      socket.destroy();
      return;
    }
    this.#open(new ServerOpening(socket, new ServerHandshake(this.#handshakeOptions), this));
  }

  /** Takes a socket whose head somebody else has read; `input` is what came behind it. */
  receiveHead(socket: Duplex, head: RequestHead, input: Uint8Array | null): void {
    const handshake = ServerHandshake.fromHead(head, this.#handshakeOptions);
    const opening = new ServerOpening(socket, handshake, this, input);
    if (this.#openings.size >= this.#maxPending) opening.turnAway('too many handshakes are pending');
    else this.#open(opening);
  }

  /** Turns away whoever waits, and whoever comes: from a TLS handshake that was under way. */
  close(): void {
    this.#closed = true;
    for (const opening of this.#openings) opening.turnAway('the server closes');
  }

  /** @throws TypeError or RangeError for what a function chose that makes no sense, and what it throws */
  compressionOf(request: ServerRequest): CompressionChoices | null {
    return this.#compressionOf(request);
  }

  settled(opening: ServerOpening): void {
    this.#openings.delete(opening);
  }

  opened(transport: Transport): void {
    this.transports.add(transport);
    transport.socket.on('close', () => this.transports.delete(transport));
  }

  #open(opening: ServerOpening): void {
    this.#openings.add(opening);
    opening.start();
  }
}

function checkHosts(hosts: readonly string[]): readonly string[] {
  if (!Array.isArray(hosts)) throw new TypeError(`options.hosts must be an array, found ${typeof hosts}`);
  for (const host of hosts as readonly unknown[]) {
    if (typeof host === 'string' && parseAuthority(host) !== null) continue;
    throw new TypeError(`options.hosts lists hosts such as example.com or example.com:8080, found ${JSON.stringify(host)}`);
  }
  return [...hosts];
}

/**
 * Serves one stream that is open already, whatever carries it: reads a request from it and asks for a decision.
 *
 * @throws TypeError or RangeError naming the option that is unknown or makes no sense
 */
export function serve(socket: Duplex, options: ServerOptions, onRequest: OnRequest): void {
  new Reception(options, onRequest).receive(socket);
}
