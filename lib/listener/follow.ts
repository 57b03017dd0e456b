// Where an answer that is no acceptance leads: on to another place (RFC 9110 §15.4), to the same place once more, or nowhere. Pure: it
// looks at a response and at where it came from, and knows no socket. Browsers follow no redirect here; clients may (RFC 6455 §4.1).

import type { HeaderField } from '../core/handshake/headers.ts';
import type { WebSocketResponse } from './failure.ts';

/** Where to ask next, and with which fields. */
export interface Step {
  readonly url: URL;
  readonly headers: readonly HeaderField[];
}

const REDIRECTS: ReadonlySet<number> = new Set([300, 301, 302, 303, 307, 308]);
const SCHEMES: ReadonlySet<string> = new Set(['ws:', 'wss:', 'http:', 'https:']);

/** Fields that are meant for one server and must not be told another. */
const CONFIDENTIAL = /^(?:authorization|cookie|proxy-authorization)$/i;

/** How many times a response may point elsewhere before it is enough. */
export const MAX_REDIRECTS = 20;

/**
 * The step a redirect asks for; a sentence when it may not be taken; null for what is no redirect. Credentials and cookies do not go to
 * another origin. From TLS to none only `allowInsecure` leads.
 */
export function redirect(response: WebSocketResponse, from: Step, allowInsecure: boolean): Step | string | null {
  const [location, ...more] = response.headers.all('Location');
  if (!REDIRECTS.has(response.status) || location === undefined || more.length > 0) return null;
  if (!URL.canParse(location, from.url.href)) return `${JSON.stringify(location)} is no URL`;
  const url = new URL(location, from.url);
  if (!SCHEMES.has(url.protocol)) return `${url.protocol} is no scheme for a web socket`;
  if (isSecure(from.url) && !isSecure(url) && !allowInsecure) return `${url.protocol}//${url.host} is without TLS`;
  const sameOrigin = isSecure(url) === isSecure(from.url) && hostAndPort(url) === hostAndPort(from.url);
  url.hash = '';
  url.username = sameOrigin ? from.url.username : '';
  url.password = sameOrigin ? from.url.password : '';
  return { url, headers: sameOrigin ? from.headers : from.headers.filter(([name]) => !CONFIDENTIAL.test(name)) };
}

/** Whether the server asks to be asked again, at once: after its own timeout (§15.5.9), or when it says that it is ready (§10.2.3). */
export function mayRetry({ status, headers }: WebSocketResponse): boolean {
  const after = headers.get('Retry-After');
  return (status === 408 && (after === null || after === '0')) || (status === 503 && after === '0');
}

function isSecure({ protocol }: URL): boolean {
  return protocol === 'wss:' || protocol === 'https:';
}

function hostAndPort(url: URL): string {
  return `${url.hostname}:${url.port}`; // a default port is left out, the same for ws and http
}
