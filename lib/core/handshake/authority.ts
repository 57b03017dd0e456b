// Host and port as Host, Origin and an absolute-form target write them (RFC 9110 §7.2, RFC 3986 §3.2, RFC 6454 §6.2).
//
// Law: pure grammar over ASCII; no URL parser, no name resolution, no IDNA. A host is compared in lower case. A comma, which
// RFC 3986 would let into a registered name, is refused: it is how two Host fields look once joined.

import { isDecimal, isToken, toLowerAscii } from './ascii.ts';

export interface Authority {
  /** In lower case; an IPv6 address keeps its brackets. */
  readonly host: string;
  /** null when none is written. */
  readonly port: number | null;
}

/** An origin's scheme and authority (RFC 6454 §6.2), in lower case. */
export interface Origin extends Authority {
  readonly scheme: string;
}

const HEX_DIGITS = '0123456789abcdef';
const SUB_DELIMITERS_AND_UNRESERVED = "-._~!$&'()*+;=";

function isLetterOrDigit(character: string): boolean {
  return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9');
}

function isHexAt(text: string, at: number): boolean {
  return at < text.length && HEX_DIGITS.includes(text.charAt(at));
}

/** reg-name or IPv4address, in lower case and without a comma (RFC 3986 §3.2.2). */
function isRegisteredName(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (isLetterOrDigit(character) || SUB_DELIMITERS_AND_UNRESERVED.includes(character)) continue;
    if (character !== '%' || !isHexAt(text, at + 1) || !isHexAt(text, at + 2)) return false;
    at += 2;
  }
  return text !== '';
}

/** "[" IPv6address "]", by its characters only: who resolves it will know better. */
function isBracketed(text: string): boolean {
  if (text.length < 4 || !text.startsWith('[') || !text.endsWith(']')) return false;
  for (let at = 1; at < text.length - 1; at++) {
    if (!isHexAt(text, at) && text.charAt(at) !== ':' && text.charAt(at) !== '.') return false;
  }
  return text.includes(':');
}

/** Whether `text` is a host without a port: a registered name, an IPv4 address, or an IPv6 address in brackets. */
export function isHost(text: string): boolean {
  const lower = toLowerAscii(text);
  return isRegisteredName(lower) || isBracketed(lower);
}

/** `host [":" port]`, or null when `text` is anything else, an empty host included. */
export function parseAuthority(text: string): Authority | null {
  const lower = toLowerAscii(text);
  const colon = lower.indexOf(':', lower.startsWith('[') ? lower.indexOf(']') : 0);
  const host = colon < 0 ? lower : lower.slice(0, colon);
  const digits = colon < 0 ? '' : lower.slice(colon + 1);
  if (!isHost(host)) return null;
  if (digits === '') return { host, port: null };
  if (!isDecimal(digits) || digits.length > 5 || Number(digits) > 65_535) return null;
  return { host, port: Number(digits) };
}

/** `scheme "://" host [":" port]` and nothing after it; null for `null`, a path, user information or anything else. */
export function parseOrigin(text: string): Origin | null {
  const end = text.indexOf('://');
  const scheme = toLowerAscii(text.slice(0, Math.max(0, end)));
  if (!isToken(scheme)) return null;
  const authority = parseAuthority(text.slice(end + 3));
  return authority === null ? null : { scheme, ...authority };
}

/** The port a scheme means when none is written; null for a scheme that has none here. */
export function defaultPort(scheme: string): number | null {
  if (scheme === 'http' || scheme === 'ws') return 80;
  return scheme === 'https' || scheme === 'wss' ? 443 : null;
}
