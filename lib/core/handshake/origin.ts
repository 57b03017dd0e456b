// Who may ask: origins (RFC 6455 §10.2) against cross-site hijacking, and hosts against DNS rebinding.
//
// Law: policy is the server's, the default is tight. Only a browser is held back by this, because only a browser tells the truth
// about its origin; a request without Origin is no browser's (§4.2.1) and passes. Pure: no URL parser, no resolver.

import { toLowerAscii } from './ascii.ts';
import { defaultPort, parseAuthority, parseOrigin } from './authority.ts';
import { quote, Refusal } from './refusal.ts';
import type { ServerRequest } from './request.ts';

/**
 * `'same-host'`: the origin's host and port are those the request is for. `'any'`: every origin. A list: serialised origins
 * (`https://example.com`, no trailing slash; `null` may be listed), compared exactly after ASCII lower-casing. A function: is asked,
 * also for requests without Origin (`null`), and must answer exactly `true`.
 */
export type OriginPolicy =
  | 'same-host'
  | 'any'
  | readonly string[]
  | ((origin: string | null, request: ServerRequest) => boolean);

/**
 * Passes a policy that makes sense.
 *
 * @throws TypeError for anything but the forms of `OriginPolicy`; a list must hold serialised origins.
 */
export function checkOriginPolicy(policy: OriginPolicy): OriginPolicy {
  if (policy === 'same-host' || policy === 'any' || typeof policy === 'function') return policy;
  if (!Array.isArray(policy)) {
    throw new TypeError(`an origin policy must be 'same-host', 'any', a list or a function, found ${String(policy)}`);
  }
  for (const origin of policy as readonly string[]) {
    if (typeof origin === 'string' && (origin === 'null' || parseOrigin(origin) !== null)) continue;
    throw new TypeError(`an origin policy lists serialised origins such as https://example.com, found ${JSON.stringify(origin)}`);
  }
  return policy;
}

/** Whether host and port are the same; a missing port is the default of the origin's scheme. */
function isSameHost(text: string, request: ServerRequest, secure: boolean): boolean {
  const origin = parseOrigin(text);
  const host = parseAuthority(request.host);
  if (origin === null || host === null) return false;
  const port = origin.port ?? defaultPort(origin.scheme);
  // Behind a proxy that ends TLS the connection looks plain, so only a secure one tells which port a bare Host means.
  const hostPort = host.port ?? (secure ? 443 : defaultPort(origin.scheme));
  return origin.host === host.host && port !== null && port === hostPort;
}

function isAccepted(policy: OriginPolicy, request: ServerRequest, secure: boolean): boolean {
  const { origin } = request;
  if (typeof policy === 'function') return policy(origin, request) === true;
  if (policy === 'any' || origin === null) return true;
  if (policy === 'same-host') return isSameHost(origin, request, secure);
  const lower = toLowerAscii(origin);
  return policy.some((accepted) => toLowerAscii(accepted) === lower);
}

/**
 * Judges the origin of a request (RFC 6455 §10.2): null when `policy` accepts it, else the refusal to answer with (403). `secure` is
 * whether the request came over TLS as far as the caller knows.
 */
export function judgeOrigin(policy: OriginPolicy, request: ServerRequest, secure: boolean): Refusal | null {
  if (isAccepted(policy, request, secure)) return null;
  const expected = typeof policy === 'function' ? 'an origin that the policy accepts'
    : policy === 'same-host' ? `the origin of ${quote(request.host)}`
    : `one of ${policy.length} listed origins`;
  return new Refusal('ORIGIN_REFUSED', expected, request.origin === null ? 'no Origin' : quote(request.origin));
}

/**
 * Judges the host a request is for against the hosts a server answers for: null when it is listed, else the refusal to answer with
 * (421). An entry without a port (`example.com`) accepts every port; case does not matter. A page that rebinds its own name to the
 * server's address cannot pass, since it cannot choose Host.
 */
export function judgeHost(hosts: readonly string[], host: string): Refusal | null {
  const asked = parseAuthority(host);
  for (const entry of hosts) {
    const listed = parseAuthority(entry);
    if (asked !== null && listed?.host === asked.host && (listed.port === null || listed.port === asked.port)) return null;
  }
  return new Refusal('HOST_REFUSED', `one of ${hosts.length} listed hosts`, quote(host));
}
