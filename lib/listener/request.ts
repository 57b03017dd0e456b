// What an application asks for when it wants a web socket, judged before anything happens (DESIGN §2, law 5). The opening handshake's own
// rules about fields, URIs and subprotocols are the core's; here are those of the request as OkHttp has it.

import type { HeaderField } from '../core/handshake/headers.ts';
import { checkKnown } from '../core/protocol/options.ts';
import { fieldsOf } from '../node/settings.ts';
import type { HeaderFields } from '../node/settings.ts';
import { parseTarget } from '../node/target.ts';

export interface WebSocketRequest {
  /** ws: or wss:; http: and https: mean the same. User information becomes Basic credentials (RFC 7617). */
  readonly url: string | URL;
  /** An opening handshake is a GET (RFC 6455 §4.1), and this may say so. */
  readonly method?: 'GET';
  /**
   * Further fields. A field replaces all of that name in the client's. `Origin` may be given; `Sec-WebSocket-Protocol` is another way to
   * give `protocols`; the handshake's other fields are its own.
   */
  readonly headers?: HeaderFields;
  /** Subprotocols in order of preference. */
  readonly protocols?: readonly string[];
  /** Cancels the web socket when aborted, whatever state it is in. The failure's cause is then the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A request that has been judged, with the client's fields. */
export interface Asked {
  readonly url: URL;
  readonly headers: readonly HeaderField[];
  readonly origin: string | null;
  readonly protocols: readonly string[];
}

const KEYS: ReadonlySet<string> = new Set(['url', 'method', 'headers', 'protocols', 'signal']);

/** @throws TypeError or RangeError naming what makes no sense */
export function judgeRequest(request: WebSocketRequest, defaults: readonly HeaderField[]): Asked {
  checkKnown('request', request, KEYS);
  const { url, method = 'GET', signal, protocols } = request;
  if (method !== 'GET') throw new TypeError(`Request must be GET: ${String(method)}`);
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw new TypeError('request.signal must be an AbortSignal');
  parseTarget(url);
  const own = pairs('request.headers', request.headers ?? []);
  const fields = [...defaults.filter(([name]) => valuesOf(own, name).length === 0), ...own];
  if (valuesOf(fields, 'Sec-WebSocket-Extensions').length > 0) throw new TypeError("Request header not permitted: 'Sec-WebSocket-Extensions'");
  const listed = valuesOf(fields, 'Sec-WebSocket-Protocol').flatMap((value) => value.split(',').map((name) => name.trim()));
  if (listed.length > 0 && protocols !== undefined) throw new TypeError('subprotocols are in request.protocols and in request.headers: which?');
  const origins = valuesOf(fields, 'Origin');
  if (origins.length > 1) throw new TypeError('a request has one Origin');
  return {
    url: new URL(url),
    headers: fields.filter(([name]) => !/^(?:sec-websocket-protocol|origin)$/i.test(name)),
    origin: origins[0] ?? null,
    protocols: protocols ?? listed,
  };
}

/** Fields as a list of pairs; whether they can be written is the handshake's to judge. @throws TypeError when they are no pairs of strings */
export function pairs(what: string, headers: HeaderFields): HeaderField[] {
  if (typeof headers !== 'object' || headers === null) throw new TypeError(`${what} must be pairs or an object, found ${String(headers)}`);
  return [...fieldsOf(headers)].map((field) => {
    const [name, value] = Array.isArray(field) ? field : [];
    if (typeof name === 'string' && typeof value === 'string') return [name, value];
    throw new TypeError(`${what} must be pairs of strings, found ${JSON.stringify(field)}`);
  });
}

function valuesOf(fields: readonly HeaderField[], name: string): string[] {
  return fields.filter(([field]) => field.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
}
