// The judge of a server's opening handshake (RFC 6455 §4.1), as a pure function over a head and what was asked.
//
// Law: the first check that fails ends it: nothing that comes later can open the connection. A response with another status than
// 101 is an ordinary HTTP response, and the failure says so before anything else.

import { equalsIgnoringCase } from './ascii.ts';
import type { Extension } from './extensions.ts';
import type { HeaderList } from './headers.ts';
import { quote, Refusal } from './refusal.ts';
import { judgeExtensions } from './request.ts';
import { Malformed } from './scanner.ts';
import type { StatusLine } from './start-line.ts';
import { parseTokens, parseVersions } from './tokens.ts';

/** A response's head. Strings have octets for code units. */
export interface ResponseHead extends StatusLine {
  readonly headers: HeaderList;
}

/** What is wrong with an extension's parameters, in words for a {@link Refusal}; text of the peer is bounded and escaped. */
export interface ExtensionFault {
  readonly expected: string;
  readonly found: string;
}

/** What a client asked for, which its server may answer with. */
export interface Asked {
  /** The Sec-WebSocket-Accept that the key asks for. */
  readonly accept: string;
  readonly protocols: readonly string[];
  /** Whether a server that chooses none of them is refused, which the RFC leaves open (§4.2.2) and browsers do; false by default. */
  readonly requireProtocol?: boolean;
  readonly extensions: readonly Extension[];
  /** What the specification of an extension says of its answer; null when nothing is wrong with it. */
  readonly judgeExtension?: (answer: Extension) => ExtensionFault | null;
}

/** What the server chose of it. */
export interface Agreement {
  /** The subprotocol in use; empty when the server chose none, whether or not some were offered (RFC 6455 §4.2.2). */
  readonly protocol: string;
  /** The extensions in use, in the server's order (RFC 6455 §9.1). */
  readonly extensions: readonly Extension[];
}

/** §4.1 step 2: the whole value is websocket, so a list of it and others is not. */
function judgeUpgrade(headers: HeaderList): Refusal | null {
  const upgrade = headers.get('Upgrade');
  if (upgrade === null) return new Refusal('RESPONSE_UPGRADE_MISSING', 'Upgrade: websocket', 'no Upgrade field');
  return equalsIgnoringCase(upgrade, 'websocket') ? null : new Refusal('RESPONSE_UPGRADE_WRONG', 'websocket', quote(upgrade));
}

/** §4.1 step 3: a list of tokens that has Upgrade among them. */
function judgeConnection(headers: HeaderList): Refusal | null {
  const connection = headers.get('Connection');
  if (connection === null) return new Refusal('RESPONSE_CONNECTION_MISSING', 'Connection: Upgrade', 'no Connection field');
  const options = parseTokens(connection);
  const upgrades = !(options instanceof Malformed) && options.some((option) => equalsIgnoringCase(option, 'Upgrade'));
  return upgrades ? null : new Refusal('RESPONSE_CONNECTION_WRONG', 'Upgrade in the list', quote(connection));
}

/** §4.1 step 4. */
function judgeAccept(headers: HeaderList, expected: string): Refusal | null {
  const [accept, ...more] = headers.all('Sec-WebSocket-Accept');
  if (accept === undefined) return new Refusal('ACCEPT_MISSING', `Sec-WebSocket-Accept: ${expected}`, 'no such field');
  if (more.length > 0) return new Refusal('ACCEPT_REPEATED', 'one Sec-WebSocket-Accept field', String(more.length + 1));
  return accept === expected ? null : new Refusal('ACCEPT_WRONG', quote(expected), quote(accept));
}

/** §4.1 step 5. */
function judgeChosenExtensions(headers: HeaderList, { extensions: offered, judgeExtension }: Asked): readonly Extension[] | Refusal {
  const chosen = judgeExtensions(headers);
  if (chosen instanceof Refusal) return chosen;
  const names = new Set<string>();
  for (const answer of chosen) {
    const { name } = answer;
    if (!offered.some((offer) => offer.name === name)) {
      const expected = offered.length === 0 ? 'no extension' : 'an extension that was offered';
      return new Refusal('EXTENSION_NOT_OFFERED', expected, quote(name));
    }
    if (names.has(name)) return new Refusal('EXTENSION_REPEATED', `${quote(name)} once`, 'it again');
    names.add(name);
    const fault = judgeExtension?.(answer) ?? null;
    if (fault !== null) return new Refusal('EXTENSION_PARAMETERS_WRONG', fault.expected, fault.found);
  }
  return chosen;
}

/** §4.1 step 6: names are compared exactly, and an empty one was never offered. */
function judgeChosenProtocol(headers: HeaderList, { protocols: offered, requireProtocol = false }: Asked): string | Refusal {
  const [protocol, ...more] = headers.all('Sec-WebSocket-Protocol');
  if (protocol === undefined) {
    if (!requireProtocol || offered.length === 0) return '';
    return new Refusal('PROTOCOL_MISSING', `one of ${quote(offered.join(', '))}`, 'no Sec-WebSocket-Protocol field');
  }
  if (more.length > 0) return new Refusal('PROTOCOL_REPEATED', 'one Sec-WebSocket-Protocol field', String(more.length + 1));
  if (offered.includes(protocol)) return protocol;
  const expected = offered.length === 0 ? 'no subprotocol' : `one of ${quote(offered.join(', '))}`;
  return new Refusal('PROTOCOL_NOT_OFFERED', expected, quote(protocol));
}

/** Judges a server's final response (RFC 6455 §4.1): what was agreed, or the first rule it breaks. */
export function judgeResponse(response: ResponseHead, asked: Asked): Agreement | Refusal {
  const { headers, status, version, reason } = response;
  if (status !== 101) return new Refusal('STATUS_NOT_101', '101', `${status} ${quote(reason)}`);
  if (!version.startsWith('1.') || version === '1.0') {
    return new Refusal('RESPONSE_VERSION_TOO_OLD', 'HTTP/1.1', `HTTP/${version}`);
  }
  const wrong = judgeUpgrade(headers) ?? judgeConnection(headers) ?? judgeAccept(headers, asked.accept);
  if (wrong !== null) return wrong;
  const extensions = judgeChosenExtensions(headers, asked);
  if (extensions instanceof Refusal) return extensions;
  const protocol = judgeChosenProtocol(headers, asked);
  return protocol instanceof Refusal ? protocol : { protocol, extensions };
}

/** The versions a server says it speaks (RFC 6455 §4.4); empty when it says nothing that can be read. */
export function versionsOf(headers: HeaderList): readonly number[] {
  const versions = parseVersions(headers.get('Sec-WebSocket-Version') ?? '');
  return versions instanceof Malformed ? [] : versions;
}
