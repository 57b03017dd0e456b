// What a client chooses for all its web sockets, judged once, when it is made (DESIGN §2, law 5). Defaults are the engine's, see
// docs/decisions/0006-defaults.md; what is told under another name here is translated.

import type { HeaderField } from '../core/handshake/headers.ts';
import type { HandshakeLimits } from '../core/handshake/limits.ts';
import type { KeepaliveOptions } from '../core/protocol/keepalive.ts';
import type { LimitOptions } from '../core/protocol/limits.ts';
import { checkKnown, checkNumber } from '../core/protocol/options.ts';
import type { CompressionSetting } from '../node/compression.ts';
import { prepareDial, tlsOf } from '../node/dial.ts';
import type { DialOptions, DialTlsOptions } from '../node/dial.ts';
import { environmentProxies, parseProxy } from '../node/proxy.ts';
import type { ProxyChoice, ProxyOptions } from '../node/proxy.ts';
import type { Scheduler } from '../node/scheduler.ts';
import { processScheduler } from '../node/scheduler.ts';
import { pick } from '../node/settings.ts';
import type { HeaderFields } from '../node/settings.ts';
import { pairs } from './request.ts';

export interface WebSocketClientOptions {
  /** Fields of every request. A request's own replace those of the same name. */
  readonly headers?: HeaderFields;
  readonly tls?: DialTlsOptions;
  /** When to send Pings, and when to give the server up: three values, or `'off'`. On by default: every 25 s, 20 s to answer, one miss. */
  readonly ping?: KeepaliveOptions | 'off';
  /** Bounds on what a server may send, and the high-water mark of what is sent. */
  readonly limits?: Omit<LimitOptions, 'maxQueueSize' | 'queuePolicy'>;
  /** Whether and how messages are compressed (RFC 7692); on by default. `threshold` is what OkHttp calls the minimum message to compress. */
  readonly compression?: CompressionSetting;
  /** Bytes of messages that may wait to be sent; 16 MiB by default. A send for which there is no room is false, and nothing else happens. */
  readonly maxQueueSize?: number;
  /** An HTTP proxy, for ws and wss alike; or `'environment'`, for those that HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY name now. */
  readonly proxy?: ProxyOptions | 'environment';
  /** Whether to go where a server points, 20 times at most; true by default. */
  readonly followRedirects?: boolean;
  /** Whether a redirect may lead from TLS to none; false by default. */
  readonly allowInsecureRedirects?: boolean;
  /** Whether a server that chooses none of the subprotocols offered is refused; false by default. */
  readonly requireProtocol?: boolean;
  /** Bounds on a response's head. */
  readonly handshakeLimits?: Partial<HandshakeLimits>;
  /** Ms for everything up to the open connection: proxy, TCP, TLS, HTTP and redirects. 10,000 by default, Infinity for never. */
  readonly handshakeTimeout?: number;
  /** Ms without progress that a Close may wait to be sent and answered; 10,000 by default. */
  readonly closeTimeout?: number;
  /** Ms the transport may take to end after the closing handshake; 1,000 by default. */
  readonly lingerTimeout?: number;
  /** Another clock, for specs. */
  readonly scheduler?: Scheduler;
}

const OPTIONS: ReadonlySet<string> = new Set([
  'headers', 'tls', 'ping', 'limits', 'compression', 'maxQueueSize', 'proxy', 'followRedirects', 'allowInsecureRedirects', 'requireProtocol',
  'handshakeLimits', 'handshakeTimeout', 'closeTimeout', 'lingerTimeout', 'scheduler',
]);

const DEFAULT_QUEUE_SIZE = 16 * 1024 * 1024;
const DEFAULT_TIMEOUT = 10_000;

/** The choices, complete. */
export interface ClientSettings {
  /** What every dial takes. */
  readonly dial: DialOptions;
  readonly headers: readonly HeaderField[];
  readonly proxyFor: ProxyChoice;
  readonly followRedirects: boolean;
  readonly allowInsecureRedirects: boolean;
  readonly maxQueueSize: number;
  readonly handshakeTimeout: number;
  readonly scheduler: Scheduler;
}

/** @throws TypeError or RangeError naming the option that is unknown or makes no sense */
export function judgeOptions(options: WebSocketClientOptions): ClientSettings {
  checkKnown('options', options, OPTIONS);
  const { ping, limits = {}, proxy, followRedirects = true, allowInsecureRedirects = false } = options;
  const { handshakeTimeout = DEFAULT_TIMEOUT, scheduler = processScheduler } = options;
  const maxQueueSize = checkNumber('options.maxQueueSize', options.maxQueueSize, DEFAULT_QUEUE_SIZE, 1);
  for (const [name, value] of Object.entries({ followRedirects, allowInsecureRedirects })) {
    if (typeof value !== 'boolean') throw new TypeError(`options.${name} must be a boolean, found ${String(value)}`);
  }
  for (const name of ['maxQueueSize', 'queuePolicy']) {
    if (Object.hasOwn(Object(limits), name)) throw new TypeError(`limits.${name} is options.maxQueueSize here: a send without room is refused`);
  }
  const dial: DialOptions = {
    ...pick(options, ['requireProtocol', 'compression', 'handshakeLimits', 'closeTimeout', 'lingerTimeout', 'scheduler']),
    ...ping !== undefined && { keepalive: checkPing(ping) },
    limits: { ...limits, maxQueueSize },
    tls: tlsOf({ secure: true }, options.tls ?? {}) as DialTlsOptions, // one context for all connections
  };
  const headers = pairs('options.headers', options.headers ?? []);
  void prepareDial('wss://h/', { ...dial, handshakeTimeout, headers: headers.filter(([name]) => !/^origin$/i.test(name)) });
  return {
    dial, headers, followRedirects, allowInsecureRedirects, maxQueueSize, handshakeTimeout, scheduler, proxyFor: proxyChoice(proxy),
  };
}

function checkPing(ping: KeepaliveOptions | 'off'): KeepaliveOptions | 'off' {
  if (ping === 'off') return ping;
  checkKnown('options.ping', ping, new Set(['interval', 'timeout', 'misses']));
  checkNumber('options.ping.interval', ping.interval, 1, 1);
  checkNumber('options.ping.timeout', ping.timeout, 1, 1);
  checkNumber('options.ping.misses', ping.misses, 1, 0);
  return { ...ping };
}

function proxyChoice(proxy: ProxyOptions | 'environment' | undefined): ProxyChoice {
  if (proxy === undefined) return () => null;
  if (proxy === 'environment') return environmentProxies(process.env);
  const parsed = parseProxy(proxy);
  return () => parsed;
}
