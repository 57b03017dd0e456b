// A client's connection, from a URI to an open transport. Everything the caller chose is judged before anything happens on the
// network.

import { createSecureContext } from 'node:tls';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { ClientHandshake } from '../core/handshake/client.ts';
import type { Extension } from '../core/handshake/extensions.ts';
import type { HeaderField } from '../core/handshake/headers.ts';
import type { HandshakeLimits } from '../core/handshake/limits.ts';
import { checkKnown } from '../core/protocol/options.ts';
import { openClient } from './client-opening.ts';
import type { Connect, Plan } from './client-opening.ts';
import { ClientCompression, judgeCompression, refuseDeflate } from './compression.ts';
import { enter } from './gate.ts';
import { nodePlatform } from './platform.ts';
import { processScheduler } from './scheduler.ts';
import type { Scheduler } from './scheduler.ts';
import { checkSettings, fieldsOf, pick, SETTINGS } from './settings.ts';
import type { ConnectionSettings, Handlers, HeaderFields } from './settings.ts';
import { parseTarget } from './target.ts';
import type { Target } from './target.ts';
import type { Transport } from './transport.ts';

const SECURE_CONTEXT = [
  'ca', 'cert', 'key', 'passphrase', 'pfx', 'crl', 'ciphers', 'ecdhCurve', 'sigalgs', 'minVersion', 'maxVersion',
] as const;
const TLS_SESSION = ['servername', 'ALPNProtocols', 'secureContext', 'rejectUnauthorized'] as const;

/**
 * What Node's `tls.connect` takes. Chain and name of the server are verified, whatever the environment says. Trust a certificate of
 * your own with `ca`; `servername` is the name to send and to verify instead of the URI's. `rejectUnauthorized: false` verifies
 * nothing: it is for a person who looks at a server of their own, never for a program.
 */
export type DialTlsOptions = Pick<TlsOptions, (typeof SECURE_CONTEXT)[number] | (typeof TLS_SESSION)[number]>;

export interface DialOptions extends ConnectionSettings {
  readonly events?: Handlers;
  /** Subprotocols in order of preference. */
  readonly protocols?: readonly string[];
  /** Whether a server that chooses none of them is refused; false by default, as RFC 6455 §4.1 has it. */
  readonly requireProtocol?: boolean;
  /** Extensions to offer before compression, in order of preference, that the application handles itself. */
  readonly extensions?: readonly Extension[];
  /** Further fields of the request. */
  readonly headers?: HeaderFields;
  /** The origin of the code that connects, for a server that asks for one; none by default. */
  readonly origin?: string;
  /** Bounds on the response's head. */
  readonly handshakeLimits?: Partial<HandshakeLimits>;
  /** Ms for TCP, TLS and HTTP together, from this connection's turn on; 10,000 by default, Infinity for never. */
  readonly handshakeTimeout?: number;
  readonly tls?: DialTlsOptions;
  /** Opens the stream instead of TCP to the URI's host: through a proxy, over a pipe. TLS is spoken on it if the URI is wss. */
  readonly connect?: Connect;
  /** Gives up when aborted, until the promise is settled; the error's cause is then the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Whether to wait until no other connection to the same host and port is CONNECTING, as RFC 6455 §4.1 demands. True by default;
   * false for who opens many at once and asked the server.
   */
  readonly serialize?: boolean;
  /** Another clock, for specs. */
  readonly scheduler?: Scheduler;
}

const OPTIONS: ReadonlySet<string> = new Set([
  'events', 'protocols', 'requireProtocol', 'extensions', 'headers', 'origin', 'handshakeLimits', 'handshakeTimeout', 'tls', 'connect',
  'signal', 'serialize', 'scheduler', ...SETTINGS,
]);

/**
 * Opens a connection (RFC 6455 §4.1). The first event comes after the caller had a chance to go on: handlers may use what the
 * promise resolved with.
 *
 * @param uri ws: or wss:; http: and https: mean the same. User information becomes Basic credentials (RFC 7617).
 * @throws (rejects with) HandshakeError when no connection could be opened; TypeError or RangeError naming an argument that is
 * a mistake
 */
export async function dial(uri: string | URL, options: DialOptions = {}): Promise<Transport> {
  return prepareDial(uri, options)();
}

/**
 * Judges what `dial` is given and connects when it is told to, once: for whoever has to throw before anything is asynchronous.
 *
 * @throws TypeError or RangeError naming the argument that is a mistake
 */
export function prepareDial(uri: string | URL, options: DialOptions = {}): () => Promise<Transport> {
  const plan = planOf(parseTarget(uri), options);
  return options.serialize === false ? () => openClient(plan) : () => openInTurn(plan);
}

async function openInTurn(plan: Plan): Promise<Transport> {
  const leave = await enter(`${plan.target.host}:${plan.target.port}`, plan.signal);
  try {
    return await openClient(plan);
  } finally {
    leave();
  }
}

function planOf(target: Target, options: DialOptions): Plan {
  checkKnown('options', options, OPTIONS);
  const { events = {}, connect = null, signal = null, serialize, scheduler = processScheduler } = options;
  if (connect !== null && typeof connect !== 'function') throw new TypeError(`options.connect must be a function, found ${typeof connect}`);
  if (signal !== null && !(signal instanceof AbortSignal)) throw new TypeError('options.signal must be an AbortSignal');
  if (serialize !== undefined && typeof serialize !== 'boolean') {
    throw new TypeError(`options.serialize must be a boolean, found ${String(serialize)}`);
  }
  const { compression: setting, ...settings } = pick(options, SETTINGS);
  checkSettings('client', events, settings);
  const compression = new ClientCompression(judgeCompression('client', setting));
  return {
    target, events, settings, connect, signal, scheduler, compression, handshake: handshakeOf(target, options, compression),
    tls: tlsOf(target, options.tls ?? {}),
  };
}

function handshakeOf(
  { host, port, secure, resource, authorization }: Target, options: DialOptions, compression: ClientCompression,
): ClientHandshake {
  const { handshakeLimits, handshakeTimeout, extensions = [] } = options;
  refuseDeflate(extensions);
  const headers: HeaderField[] = [...fieldsOf(options.headers ?? [])];
  if (authorization !== null) {
    const given = headers.some(([name]) => String(name).toLowerCase() === 'authorization');
    if (given) throw new TypeError('there are credentials in the URI and in options.headers: which?');
    headers.push(['Authorization', authorization]);
  }
  return new ClientHandshake({
    platform: nodePlatform, host, port, secure, resource, headers,
    extensions: [...extensions, ...compression.offers], judgeExtension: (answer) => compression.judge(answer),
    ...pick(options, ['protocols', 'requireProtocol', 'origin']),
    ...handshakeLimits !== undefined && { limits: handshakeLimits },
    ...handshakeTimeout !== undefined && { timeout: handshakeTimeout },
  });
}

/** The context is made before connecting: a key or certificate that makes no sense is the caller's mistake, not the network's. */
export function tlsOf({ secure }: Pick<Target, 'secure'>, options: DialTlsOptions): TlsOptions {
  checkKnown('options.tls', options, new Set([...SECURE_CONTEXT, ...TLS_SESSION]));
  const { servername } = options;
  if (servername !== undefined && (typeof servername !== 'string' || servername === '')) {
    throw new TypeError(`options.tls.servername must be a name, found ${JSON.stringify(servername)}`);
  }
  const { rejectUnauthorized } = options;
  if (rejectUnauthorized !== undefined && typeof rejectUnauthorized !== 'boolean') {
    throw new TypeError(`options.tls.rejectUnauthorized must be a boolean, found ${String(rejectUnauthorized)}`);
  }
  if (!secure) return {};
  const { secureContext = createSecureContext(pick(options, SECURE_CONTEXT)) } = options;
  return { ...pick(options, ['servername', 'ALPNProtocols', 'rejectUnauthorized']), secureContext };
}
