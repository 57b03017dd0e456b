// The lists of the handshake's plain fields: Connection, Upgrade, Sec-WebSocket-Protocol, Sec-WebSocket-Version.
//
// Law: grammar only. Which token is wanted, and what its absence means, is the judges' business. RFC 9110 §7.6.1, §7.8;
// RFC 6455 §4.3.

import { isDecimal } from './ascii.ts';
import { Malformed, parseList } from './scanner.ts';
import type { Scanner } from './scanner.ts';

const SLASH = 0x2f;

function readToken(scanner: Scanner): string | Malformed {
  const token = scanner.readToken();
  return token === '' ? scanner.malformed('a token') : token;
}

/** protocol-name [ "/" protocol-version ] (RFC 9110 §7.8). */
function readUpgradeProtocol(scanner: Scanner): string | Malformed {
  const name = readToken(scanner);
  if (name instanceof Malformed || !scanner.take(SLASH)) return name;
  const version = readToken(scanner);
  return version instanceof Malformed ? version : `${name}/${version}`;
}

function readVersion(scanner: Scanner): number | Malformed {
  const start = scanner.at;
  return parseVersion(scanner.readToken()) ?? new Malformed(start, 'a version');
}

/** `1#token`: the elements, in order, as written. */
export function parseTokens(text: string): readonly string[] | Malformed {
  return parseList(text, readToken);
}

/** The value of Upgrade: protocols, in order, as written (RFC 9110 §7.8). */
export function parseUpgrade(text: string): readonly string[] | Malformed {
  return parseList(text, readUpgradeProtocol);
}

/** One version: 0 to 255 in decimal, without leading zeros (RFC 6455 §4.3); null for anything else. */
export function parseVersion(text: string): number | null {
  if (!isDecimal(text) || text.length > 3 || (text.length > 1 && text.startsWith('0'))) return null;
  const version = Number(text);
  return version <= 255 ? version : null;
}

/** `1#version`: what a server lists in Sec-WebSocket-Version (RFC 6455 §4.3, §4.4). */
export function parseVersions(text: string): readonly number[] | Malformed {
  return parseList(text, readVersion);
}
