// The client's side of the opening handshake (RFC 6455 §4.1): a request out, octets in, one result.
//
// Law: sans-IO. The request is fixed at construction, from parts that have all been checked. A failed check is terminal: nothing
// opens after it. Octets after a 101 are never consumed. Interim responses are skipped; a redirect or a challenge is a failure that
// the caller can read, with the beginning of its content.

import type { Platform } from '../platform.ts';
import { acceptKeyOf, createKey } from './accept.ts';
import { isDecimal, isToken, isVisible } from './ascii.ts';
import { defaultPort, isHost, parseOrigin } from './authority.ts';
import { serializeExtensions } from './extensions.ts';
import type { Extension } from './extensions.ts';
import { GrowingOctets } from './growing.ts';
import { HeadReader } from './head-reader.ts';
import { callerFields, writeRequestHead } from './head-writer.ts';
import { HeaderList } from './headers.ts';
import type { HeaderField } from './headers.ts';
import {
  checkArray, checkInteger, checkKeys, checkPlatform, checkTimeout, Deadline, DEFAULT_TIMEOUT, handshakeLimits,
} from './limits.ts';
import type { HandshakeLimits } from './limits.ts';
import { Refusal } from './refusal.ts';
import type { RequestHead } from './request.ts';
import { judgeResponse, versionsOf } from './response.ts';
import type { Agreement, Asked, ExtensionFault, ResponseHead } from './response.ts';
import { responseGrammar } from './start-line.ts';
import type { StatusLine } from './start-line.ts';

export interface ClientHandshakeOptions {
  readonly platform: Platform;
  /** ASCII; an IPv6 address in brackets; no port. */
  readonly host: string;
  readonly port: number;
  /** Whether the transport is TLS: the scheme is wss. It decides which port Host leaves out. */
  readonly secure: boolean;
  /** The resource name: path and query, beginning with a slash (RFC 6455 §3). */
  readonly resource: string;
  /** Subprotocols in order of preference: unique tokens. */
  readonly protocols?: readonly string[];
  /** Whether a server that chooses none of them is refused; false by default, as RFC 6455 §4.1 has it. */
  readonly requireProtocol?: boolean;
  /** Extensions in order of preference; one name may be offered several times with other parameters. */
  readonly extensions?: readonly Extension[];
  /** What the specification of an extension says of the server's answer (RFC 6455 §9.1): a fault refuses it. By default nothing. */
  readonly judgeExtension?: (answer: Extension) => ExtensionFault | null;
  /** The serialised origin of the code that connects; left out by default, as §4.1 lets a client that is no browser. */
  readonly origin?: string;
  /** Further fields; the handshake's own cannot be named. */
  readonly headers?: Iterable<HeaderField>;
  /** Bounds on the head of each response. */
  readonly limits?: Partial<HandshakeLimits>;
  /** How many bytes of the content of a response other than 101 are kept; 4,096 by default, 0 for none. */
  readonly maxBodySize?: number;
  /** Ms from the first `advance` to the result; 10,000 by default, Infinity for never. */
  readonly timeout?: number;
}

/** The connection may open: the server accepted. */
export interface OpenedHandshake extends Agreement {
  readonly kind: 'open';
  readonly response: ResponseHead;
}

/** The connection has failed: there is nothing to send, and no Close frame. */
export interface FailedHandshake {
  readonly kind: 'failed';
  readonly refusal: Refusal;
  /** The head of the response, if one was whole. */
  readonly response: ResponseHead | null;
  /** The versions the server says it speaks (RFC 6455 §4.4). */
  readonly versions: readonly number[];
  /** The content of a response other than 101, at most `maxBodySize` bytes; a transfer coding is left on. */
  readonly body: Uint8Array;
}

export type ClientHandshakeResult = OpenedHandshake | FailedHandshake;

/** `reading` the response; `failing`, collecting the content of one that is not 101; `open`; `failed`. */
export type ClientHandshakeState = 'reading' | 'failing' | 'open' | 'failed';

const OPTIONS = ['platform', 'host', 'port', 'secure', 'resource', 'protocols', 'requireProtocol', 'extensions',
  'judgeExtension', 'origin', 'headers', 'limits', 'maxBodySize', 'timeout'];
const DEFAULT_MAX_BODY_SIZE = 4_096;

/** RFC 9110 §15.2 sets no number; real servers send one or two. */
const MAX_INTERIM_RESPONSES = 8;

/** One opening handshake, as its client sees it. */
export class ClientHandshake {
  /** What is sent. */
  readonly request: RequestHead;
  readonly #asked: Asked;
  readonly #limits: HandshakeLimits;
  readonly #maxBodySize: number;
  readonly #deadline: Deadline;
  #output: Uint8Array | null;

  #reader: HeadReader<StatusLine>;
  #interimResponses = 0;
  #state: ClientHandshakeState = 'reading';
  #result: ClientHandshakeResult | null = null;
  #failure: Omit<FailedHandshake, 'body'> | null = null;
  readonly #body = new GrowingOctets();
  #bodyLeft = 0;

  /** @throws TypeError or RangeError when an option is unknown, makes no sense or could not be written (RFC 6455 §4.1). */
  constructor(options: ClientHandshakeOptions) {
    checkKeys('options', options, OPTIONS);
    const platform = checkPlatform(options.platform);
    const { protocols = [], requireProtocol = false, extensions = [], judgeExtension = () => null } = options;
    checkArray('options.protocols', protocols);
    checkArray('options.extensions', extensions);
    if (typeof requireProtocol !== 'boolean') {
      throw new TypeError(`options.requireProtocol must be a boolean, found ${String(requireProtocol)}`);
    }
    if (typeof judgeExtension !== 'function') {
      throw new TypeError(`options.judgeExtension must be a function, found ${typeof judgeExtension}`);
    }
    this.#limits = handshakeLimits(options.limits);
    const maxBodySize = options.maxBodySize ?? DEFAULT_MAX_BODY_SIZE;
    this.#maxBodySize = checkInteger('options.maxBodySize', maxBodySize, 0, Number.MAX_SAFE_INTEGER);
    this.#deadline = new Deadline(checkTimeout('options.timeout', options.timeout ?? DEFAULT_TIMEOUT));
    this.#reader = new HeadReader(responseGrammar, this.#limits);

    const key = createKey(platform);
    this.#asked = {
      accept: acceptKeyOf(key, platform), protocols: [...protocols], requireProtocol, extensions: [...extensions], judgeExtension,
    };
    const headers = new HeaderList(requestFields(options, key));
    this.request = { method: 'GET', target: checkResource(options.resource), version: '1.1', headers };
    this.#output = writeRequestHead(this.request, headers);
  }

  get state(): ClientHandshakeState {
    return this.#state;
  }

  /** How it ended; null while it has not. */
  get result(): ClientHandshakeResult | null {
    return this.#result;
  }

  /** When `advance` is needed next, on the caller's clock: at once (-Infinity) before its first call, Infinity for never. */
  get deadline(): number {
    return this.#deadline.at;
  }

  /** The request, once, which becomes the caller's; null after that. */
  takeOutput(): Uint8Array | null {
    const output = this.#output;
    this.#output = null;
    return output;
  }

  /**
   * Reads `chunk`, which is only borrowed, and returns how many of its octets were consumed. What follows the head of a good 101 is
   * not: it is the connection's. What follows a failure is dropped.
   */
  receive(chunk: Uint8Array): number {
    let at = 0;
    while (this.#state === 'reading' && at < chunk.length) {
      at += this.#reader.read(chunk.subarray(at));
      const { outcome } = this.#reader;
      if (outcome instanceof Refusal) this.#fail(outcome, null);
      else if (outcome !== null) this.#endHead({ ...outcome.startLine, headers: outcome.headers });
    }
    if (this.#state === 'failing') this.#collect(chunk.subarray(at));
    return this.#state === 'open' ? at : chunk.length;
  }

  /** The transport will bring no more octets. */
  receiveEnd(): void {
    this.#giveUp('RESPONSE_INCOMPLETE', 'the end of the transport');
  }

  /** Tells the time in ms, monotonic. The first call arms the deadline. */
  advance(now: number): void {
    if (this.#deadline.isOver(now)) this.#giveUp('RESPONSE_TIMEOUT', 'the deadline');
  }

  #giveUp(name: 'RESPONSE_INCOMPLETE' | 'RESPONSE_TIMEOUT', found: string): void {
    if (this.#state === 'reading') this.#fail(new Refusal(name, 'a whole response', found), null);
    else if (this.#state === 'failing') this.#endBody();
  }

  #endHead(response: ResponseHead): void {
    const { status } = response;
    if (status >= 100 && status < 200 && status !== 101) return this.#skip();
    const agreement = judgeResponse(response, this.#asked);
    if (agreement instanceof Refusal) return this.#fail(agreement, response);
    this.#result = { kind: 'open', response, ...agreement };
    this.#state = 'open';
    this.#deadline.cancel();
  }

  #skip(): void {
    if (++this.#interimResponses > MAX_INTERIM_RESPONSES) {
      return this.#fail(new Refusal('TOO_MANY_INTERIM_RESPONSES', `at most ${MAX_INTERIM_RESPONSES}`, 'another one'), null);
    }
    this.#reader = new HeadReader(responseGrammar, this.#limits);
  }

  /** From here on only the content of the response, which decides nothing, can be added. */
  #fail(refusal: Refusal, response: ResponseHead | null): void {
    this.#failure = { kind: 'failed', refusal, response, versions: response === null ? [] : versionsOf(response.headers) };
    this.#bodyLeft = response === null ? 0 : Math.min(this.#maxBodySize, contentSize(response));
    this.#state = 'failing';
    if (this.#bodyLeft === 0) this.#endBody();
  }

  #collect(chunk: Uint8Array): void {
    const kept = chunk.subarray(0, this.#bodyLeft);
    this.#body.append(kept);
    this.#bodyLeft -= kept.length;
    if (this.#bodyLeft === 0) this.#endBody();
  }

  #endBody(): void {
    // Set by #fail, which alone leads here.
    this.#result = { ...(this.#failure as Omit<FailedHandshake, 'body'>), body: this.#body.copy() };
    this.#state = 'failed';
    this.#deadline.cancel();
  }
}

/** Bytes of content a response has; Infinity when it lasts as long as the transport (RFC 9112 §6.3). */
function contentSize({ status, headers }: ResponseHead): number {
  if (status === 101 || status === 204 || status === 304) return 0;
  const length = headers.get('Content-Length');
  if (length === null || !isDecimal(length) || headers.has('Transfer-Encoding')) return Infinity;
  return Number(length);
}

function checkResource(resource: string): string {
  if (typeof resource === 'string' && resource.startsWith('/') && isVisible(resource) && !resource.includes('#')) return resource;
  throw new TypeError(`options.resource must begin with "/" and be visible ASCII without "#", found ${JSON.stringify(resource)}`);
}

/** The value of Host: the port is left out when it is the scheme's own (RFC 6455 §4.1). */
function hostField(host: string, port: number, secure: boolean): string {
  if (typeof host !== 'string' || !isHost(host)) {
    throw new TypeError(`options.host must be an ASCII name, an IPv4 or a bracketed IPv6 address, found ${JSON.stringify(host)}`);
  }
  if (typeof secure !== 'boolean') throw new TypeError(`options.secure must be a boolean, found ${String(secure)}`);
  checkInteger('options.port', port, 1, 65_535);
  return port === defaultPort(secure ? 'wss' : 'ws') ? host : `${host}:${port}`;
}

function checkProtocols(protocols: readonly string[]): string {
  protocols.forEach((protocol, index) => {
    if (typeof protocol !== 'string' || !isToken(protocol)) {
      throw new TypeError(`options.protocols[${index}] must be a token, found ${JSON.stringify(protocol)}`);
    }
    if (protocols.indexOf(protocol) !== index) throw new TypeError(`options.protocols must be unique, found ${protocol} twice`);
  });
  return protocols.join(', ');
}

function checkOrigin(origin: string): string {
  if (typeof origin === 'string' && (origin === 'null' || parseOrigin(origin) !== null)) return origin;
  throw new TypeError(`options.origin must be like https://example.com, or "null", found ${JSON.stringify(origin)}`);
}

/** §4.1: the fields of the request, Host first (RFC 9110 §7.2). */
function requestFields(options: ClientHandshakeOptions, key: string): readonly HeaderField[] {
  const { protocols = [], extensions = [], origin } = options;
  const fields: HeaderField[] = [
    ['Host', hostField(options.host, options.port, options.secure)],
    ['Upgrade', 'websocket'],
    ['Connection', 'Upgrade'],
    ['Sec-WebSocket-Key', key],
    ['Sec-WebSocket-Version', '13'],
  ];
  if (origin !== undefined) fields.push(['Origin', checkOrigin(origin)]);
  if (protocols.length > 0) fields.push(['Sec-WebSocket-Protocol', checkProtocols(protocols)]);
  if (extensions.length > 0) fields.push(['Sec-WebSocket-Extensions', serializeExtensions(extensions)]);
  return [...fields, ...callerFields(options.headers)];
}
