// The judge of a client's opening handshake (RFC 6455 §4.2.1), as a pure function over a head.
//
// Law: a head that is anything but the handshake of §4.2.1 is refused with the first rule it breaks; nothing is repaired. It does
// not matter who read the head: this reader or a host's HTTP server. What the server wants beyond the RFC (origin, path,
// authentication, subprotocol) is decided by whoever gets the request.

import { equalsIgnoringCase, isDecimal, isVisible } from './ascii.ts';
import { isKey } from './accept.ts';
import { parseAuthority } from './authority.ts';
import type { HeaderList } from './headers.ts';
import { parseExtensions } from './extensions.ts';
import type { Extension } from './extensions.ts';
import { quote, Refusal } from './refusal.ts';
import type { RefusalName } from './refusal.ts';
import { Malformed } from './scanner.ts';
import type { RequestLine } from './start-line.ts';
import { parseTokens, parseUpgrade, parseVersion } from './tokens.ts';

/** A request's head as an HTTP/1.1 reader understands it. Strings have octets for code units. */
export interface RequestHead extends RequestLine {
  readonly headers: HeaderList;
}

/** A client's opening handshake that has been found good. */
export interface ServerRequest extends RequestHead {
  /** The resource name: path and query, also when the target is in absolute form (RFC 6455 §4.2.1). */
  readonly resource: string;
  /** Host and optional port the request is for: the target's if it is in absolute form, else Host's (RFC 9112 §3.2.2). */
  readonly host: string;
  /** The value of Origin; null when there is none, and then the client is taken for no browser (RFC 6455 §4.2.1). */
  readonly origin: string | null;
  /** The text of Sec-WebSocket-Key. */
  readonly key: string;
  /** Subprotocols offered, in the client's order of preference. */
  readonly protocols: readonly string[];
  /** Extensions offered, in the client's order of preference. One name may be offered several times. */
  readonly extensions: readonly Extension[];
  /** Whether 100 (Continue) is to precede 101 (RFC 9110 §7.8). */
  readonly expectsContinue: boolean;
}

const VERSION = 13;

/** What HTTP defines: these are known and not allowed (405); anything else is unknown (501). RFC 9110 §9, RFC 5789. */
const OTHER_METHODS = ['HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'];

/** What is wrong with the list of a field, in words. */
function malformedField(name: RefusalName, value: string, { position, expected }: Malformed): Refusal {
  return new Refusal(name, `${expected} at ${position}`, quote(value));
}

function judgeRequestLine({ method, version }: RequestLine): Refusal | null {
  if (!version.startsWith('1.')) return new Refusal('HTTP_VERSION_UNSUPPORTED', 'HTTP/1.1', `HTTP/${version}`);
  if (version === '1.0') return new Refusal('HTTP_VERSION_TOO_OLD', 'HTTP/1.1', 'HTTP/1.0');
  if (method === 'GET') return null;
  return new Refusal(OTHER_METHODS.includes(method) ? 'METHOD_NOT_GET' : 'METHOD_UNKNOWN', 'GET', quote(method));
}

interface Target {
  readonly resource: string;
  /** null in origin form. */
  readonly host: string | null;
}

/** Where the path, query or end begins after an authority. */
function authorityEnd(target: string, start: number): number {
  for (let at = start; at < target.length; at++) {
    if (target.charAt(at) === '/' || target.charAt(at) === '?') return at;
  }
  return target.length;
}

/** origin-form, or absolute-form of http or https (RFC 9112 §3.2.1, §3.2.2). */
function judgeTarget(target: string): Target | Refusal {
  if (!isVisible(target) || target.includes('#')) {
    return new Refusal('TARGET_INVALID', 'visible ASCII without a fragment', quote(target));
  }
  if (target.startsWith('/')) return { resource: target, host: null };
  const scheme = ['http://', 'https://'].find((prefix) => equalsIgnoringCase(target.slice(0, prefix.length), prefix));
  if (scheme === undefined) return new Refusal('TARGET_INVALID', 'a path, or an absolute http or https URI', quote(target));
  const end = authorityEnd(target, scheme.length);
  const host = target.slice(scheme.length, end);
  if (parseAuthority(host) === null) return new Refusal('TARGET_INVALID', 'a host and an optional port in the URI', quote(target));
  const resource = target.slice(end);
  return { resource: resource.startsWith('/') ? resource : `/${resource}`, host };
}

/** The one value of a field that must be there exactly once. */
function judgeSingle(headers: HeaderList, field: string, missing: RefusalName, repeated: RefusalName): string | Refusal {
  const [value, ...more] = headers.all(field);
  if (value === undefined) return new Refusal(missing, `one ${field} field`, 'none');
  return more.length === 0 ? value : new Refusal(repeated, `one ${field} field`, String(more.length + 1));
}

function judgeHostField(headers: HeaderList): string | Refusal {
  const host = judgeSingle(headers, 'Host', 'HOST_MISSING', 'HOST_REPEATED');
  if (host instanceof Refusal || parseAuthority(host) !== null) return host;
  return new Refusal('HOST_INVALID', 'a host and an optional port', quote(host));
}

/** An opening handshake has no body; a request that says otherwise cannot be told from smuggling (RFC 9112 §6.3, §11.2). */
function judgeFraming(headers: HeaderList): Refusal | null {
  const coding = headers.get('Transfer-Encoding');
  if (coding !== null) return new Refusal('TRANSFER_CODED', 'no Transfer-Encoding', quote(coding));
  const length = headers.get('Content-Length');
  if (length === null) return null;
  // A list of identical valid values is one value (RFC 9112 §6.3).
  const values = parseTokens(length);
  if (values instanceof Malformed || !values.every((value) => isDecimal(value) && value === values[0])) {
    return new Refusal('CONTENT_LENGTH_INVALID', 'one decimal number', quote(length));
  }
  if (values.every((value) => Number(value) === 0)) return null;
  return new Refusal('BODY_ANNOUNCED', 'no body', `a Content-Length of ${quote(length)}`);
}

function judgeUpgrade(headers: HeaderList): Refusal | null {
  const upgrade = headers.get('Upgrade');
  if (upgrade === null) return new Refusal('UPGRADE_MISSING', 'Upgrade: websocket', 'no Upgrade field');
  const protocols = parseUpgrade(upgrade);
  if (protocols instanceof Malformed) return malformedField('UPGRADE_MALFORMED', upgrade, protocols);
  if (protocols.some((protocol) => equalsIgnoringCase(protocol, 'websocket'))) return null;
  return new Refusal('UPGRADE_NOT_WEBSOCKET', 'websocket in the list', quote(upgrade));
}

function judgeConnection(headers: HeaderList): Refusal | null {
  const connection = headers.get('Connection');
  if (connection === null) return new Refusal('CONNECTION_MISSING', 'Connection: Upgrade', 'no Connection field');
  const options = parseTokens(connection);
  if (options instanceof Malformed) return malformedField('CONNECTION_MALFORMED', connection, options);
  if (options.some((option) => equalsIgnoringCase(option, 'Upgrade'))) return null;
  return new Refusal('CONNECTION_NOT_UPGRADE', 'Upgrade in the list', quote(connection));
}

function judgeVersion(headers: HeaderList): Refusal | null {
  const text = judgeSingle(headers, 'Sec-WebSocket-Version', 'VERSION_MISSING', 'VERSION_REPEATED');
  if (text instanceof Refusal) return text;
  const version = parseVersion(text);
  if (version === VERSION) return null;
  return new Refusal(version === null ? 'VERSION_MALFORMED' : 'VERSION_UNSUPPORTED', String(VERSION), quote(text));
}

function judgeKey(headers: HeaderList): string | Refusal {
  const key = judgeSingle(headers, 'Sec-WebSocket-Key', 'KEY_MISSING', 'KEY_REPEATED');
  return key instanceof Refusal || isKey(key) ? key : new Refusal('KEY_INVALID', '16 bytes in base64, 24 characters', quote(key));
}

function judgeOriginCount(headers: HeaderList): Refusal | null {
  const { length } = headers.all('Origin');
  return length > 1 ? new Refusal('ORIGIN_REPEATED', 'one Origin field at most', String(length)) : null;
}

function judgeProtocols(headers: HeaderList): readonly string[] | Refusal {
  const value = headers.get('Sec-WebSocket-Protocol');
  if (value === null) return [];
  const protocols = parseTokens(value);
  if (protocols instanceof Malformed) return malformedField('PROTOCOLS_MALFORMED', value, protocols);
  if (new Set(protocols).size === protocols.length) return protocols;
  return new Refusal('PROTOCOLS_NOT_UNIQUE', 'unique names', quote(value));
}

/** The extensions a message lists; none when it has no such field (RFC 6455 §9.1). */
export function judgeExtensions(headers: HeaderList): readonly Extension[] | Refusal {
  const value = headers.get('Sec-WebSocket-Extensions');
  if (value === null) return [];
  const extensions = parseExtensions(value);
  return extensions instanceof Malformed ? malformedField('EXTENSIONS_MALFORMED', value, extensions) : extensions;
}

function judgeExpectation(headers: HeaderList): boolean | Refusal {
  const expectation = headers.get('Expect');
  if (expectation === null || equalsIgnoringCase(expectation, '100-continue')) return expectation !== null;
  return new Refusal('EXPECTATION_UNKNOWN', '100-continue', quote(expectation));
}

/**
 * Judges a client's opening handshake (RFC 6455 §4.2.1): the request it makes, or the first rule it breaks. A host whose HTTP server
 * has read the head already calls this with the method, target, version and raw header pairs it got.
 */
export function judgeRequest(head: RequestHead): ServerRequest | Refusal {
  const { headers } = head;
  const line = judgeRequestLine(head);
  if (line !== null) return line;
  const target = judgeTarget(head.target);
  if (target instanceof Refusal) return target;
  const host = judgeHostField(headers);
  if (host instanceof Refusal) return host;
  const wrong = judgeFraming(headers) ?? judgeUpgrade(headers) ?? judgeConnection(headers) ?? judgeVersion(headers);
  if (wrong !== null) return wrong;
  const key = judgeKey(headers);
  if (key instanceof Refusal) return key;
  const origin = judgeOriginCount(headers);
  if (origin !== null) return origin;
  const protocols = judgeProtocols(headers);
  if (protocols instanceof Refusal) return protocols;
  const extensions = judgeExtensions(headers);
  if (extensions instanceof Refusal) return extensions;
  const expectsContinue = judgeExpectation(headers);
  if (expectsContinue instanceof Refusal) return expectsContinue;
  return {
    method: head.method, target: head.target, version: head.version, headers,
    resource: target.resource, host: target.host ?? host, origin: headers.get('Origin'), key, protocols, extensions, expectsContinue,
  };
}
