// Where a URI leads (RFC 6455 §3, §11.1): host, port, resource and whether TLS is asked for. WHATWG's URL does the encoding; what it would
// repair or ignore in silence is refused.

import { Buffer } from 'node:buffer';
import { defaultPort } from '../core/handshake/authority.ts';

export interface Target {
  /** The ws or wss URI, without user information. */
  readonly uri: string;
  /** As Host has it: ASCII, an IPv6 address in brackets. */
  readonly host: string;
  /** As a resolver wants it: an IPv6 address without brackets. */
  readonly address: string;
  readonly port: number;
  readonly secure: boolean;
  /** Path and query (§3). */
  readonly resource: string;
  /** The value of Authorization that user information asks for (RFC 7617); null for none. */
  readonly authorization: string | null;
}

/** A scheme, two slashes and a host; nothing that a URL parser would take away. */
const SHAPE = /^(?:ws|http)s?:\/\/[^/\\?#\s][^\t\r\n]*$/i;

/** @throws TypeError for what is no ws, wss, http or https URI with a host, and for a fragment (§3) */
export function parseTarget(uri: string | URL): Target {
  const url = toUrl(uri);
  const { protocol, hostname, port, pathname, search, username, password } = url;
  const secure = protocol === 'wss:' || protocol === 'https:';
  const scheme = secure ? 'wss' : 'ws';
  if (!secure && protocol !== 'ws:' && protocol !== 'http:') throw new TypeError(`a WebSocket URI begins with ws: or wss:, found ${protocol}`);
  if (url.href.includes('#')) throw new TypeError(`a WebSocket URI has no fragment, found ${JSON.stringify(url.hash || '#')} (§3)`);
  const number = port === '' ? defaultPort(scheme) as number : Number(port); // ws and wss have one
  return {
    uri: `${scheme}://${hostname}${number === defaultPort(scheme) ? '' : `:${number}`}${pathname}${search}`,
    host: hostname,
    address: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
    port: number,
    secure,
    resource: pathname + search,
    authorization: username === '' && password === '' ? null : basic(username, password),
  };
}

function toUrl(uri: string | URL): URL {
  if (uri instanceof URL) return uri;
  if (typeof uri !== 'string') throw new TypeError(`a WebSocket URI is a string or a URL, found ${typeof uri}`);
  if (!SHAPE.test(uri) || !URL.canParse(uri)) throw new TypeError(`a WebSocket URI is like wss://example.com/chat, found ${JSON.stringify(uri)}`);
  return new URL(uri);
}

/** The value of Authorization for the user information of a URL. @throws TypeError when it is no percent-encoded UTF-8 */
export function basic(username: string, password: string): string {
  let credentials: string;
  try {
    credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  } catch {
    throw new TypeError('the user information of a URI must be percent-encoded UTF-8');
  }
  return `Basic ${Buffer.from(credentials, 'utf8').toString('base64')}`;
}
