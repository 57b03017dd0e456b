// Which proxy to go through, judged when it is chosen (DESIGN §2, law 5): one that the application names, or those that the environment
// names, if the application asks for them. It decides by the URI alone and resolves no names.

import * as net from 'node:net';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { callerFields } from '../core/handshake/head-writer.ts';
import type { HeaderField } from '../core/handshake/headers.ts';
import { checkKnown } from '../core/protocol/options.ts';
import { tlsOf } from './dial.ts';
import type { DialTlsOptions } from './dial.ts';
import { fieldsOf } from './settings.ts';
import type { HeaderFields } from './settings.ts';
import { basic } from './target.ts';
import type { Target } from './target.ts';

export interface ProxyOptions {
  /** An http: or https: URL. User information becomes Basic credentials for the proxy (RFC 7617). */
  readonly url: string | URL;
  /** Further fields of the CONNECT request. */
  readonly headers?: HeaderFields;
  /** The value of Proxy-Authorization, for credentials that are not Basic. */
  readonly authorization?: string;
  /** How to speak TLS with an https: proxy. TLS with the server behind it is not concerned. */
  readonly tls?: DialTlsOptions;
}

/** A proxy that has been judged. */
export interface Proxy {
  /** Where it is, without credentials. */
  readonly url: string;
  readonly address: string;
  readonly port: number;
  /** What TLS with the proxy takes; null for a plain one. */
  readonly tls: TlsOptions | null;
  /** Fields of the CONNECT request, but for Host. */
  readonly headers: readonly HeaderField[];
}

/** The proxy for a target, or null for none. */
export type ProxyChoice = (target: Pick<Target, 'address' | 'port' | 'secure'>) => Proxy | null;

const OPTIONS: ReadonlySet<string> = new Set(['url', 'headers', 'authorization', 'tls']);

/** @throws TypeError naming what makes no sense */
export function parseProxy(options: ProxyOptions, what: string = 'options.proxy'): Proxy {
  checkKnown(what, options, OPTIONS);
  const { authorization } = options;
  const url = proxyUrl(options.url, what);
  const { protocol, hostname, port, username, password } = url;
  const secure = protocol === 'https:';
  const credentials = username === '' && password === '' ? undefined : basic(username, password);
  const headers = [...callerFields(fieldsOf(options.headers ?? []))];
  const values = [credentials, authorization].filter((value) => value !== undefined);
  const given = values.length + headers.filter(([name]) => name.toLowerCase() === 'proxy-authorization').length;
  if (given > 1) throw new TypeError(`${what} has credentials in more than one place: which?`);
  return {
    url: `${protocol}//${url.host}`,
    address: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
    port: port === '' ? (secure ? 443 : 80) : Number(port),
    tls: secure ? tlsOf({ secure }, options.tls ?? {}) : null,
    headers: [...callerFields(values.map((value) => ['Proxy-Authorization', value])), ...headers],
  };
}

function proxyUrl(text: string | URL, what: string): URL {
  const given = text instanceof URL ? text.href : text;
  if (typeof given === 'string' && /^https?:\/\/[^/\\?#\s]+\/?$/i.test(given) && URL.canParse(given)) return new URL(given);
  throw new TypeError(`${what}.url must be like http://proxy.example:3128, found ${JSON.stringify(given)}`);
}

/**
 * The proxies that variables name: `http_proxy` for ws, `https_proxy` for wss, `all_proxy` for both, and `no_proxy`, a list of those who
 * are connected to directly; in upper case if there is none in lower case. They are read once, now.
 *
 * @throws TypeError naming the variable whose value is no proxy
 */
export function environmentProxies(variables: Readonly<Record<string, string | undefined>>): ProxyChoice {
  const read = (name: string): string => (variables[name] ?? variables[name.toUpperCase()] ?? '').trim();
  const proxy = (name: string): Proxy | null => {
    const value = read(name);
    return value === '' ? null : parseProxy({ url: value.includes('://') ? value : `http://${value}` }, name);
  };
  const all = proxy('all_proxy');
  // Under CGI a client names HTTP_PROXY, by sending a field called Proxy (httpoxy).
  const plain = variables['REQUEST_METHOD'] !== undefined && variables['http_proxy'] === undefined ? null : proxy('http_proxy');
  const secure = proxy('https_proxy');
  const direct = read('no_proxy').split(/[\s,]+/).filter((rule) => rule !== '').map(parseRule);
  return (target) => direct.some((matches) => matches(target)) ? null : (target.secure ? secure : plain) ?? all;
}

type Rule = (target: Pick<Target, 'address' | 'port'>) => boolean;

/** One entry of no_proxy: `*`, an address, or a name that stands for itself and what ends in it; with or without a port. */
function parseRule(rule: string): Rule {
  if (rule === '*') return () => true;
  const [, bracketed, bare, digits] = /^(?:\[(.*)\]|([^:]*|.*:.*:.*))(?::(\d+))?$/.exec(rule.toLowerCase()) ?? [];
  const name = (bracketed ?? bare ?? rule).replace(/^\*?\./, '');
  return ({ address, port }) => {
    if (digits !== undefined && Number(digits) !== port) return false;
    return address === name || (net.isIP(address) === 0 && address.endsWith(`.${name}`));
  };
}
