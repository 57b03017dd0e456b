// What a WebSocket may be asked to connect to (WHATWG WebSockets §3.1, constructor; Fetch §2.9): URL, subprotocols, ports. A mistake is
// a SyntaxError that says what was expected. There is no document, so there is no base URL.

import { isToken } from '../core/handshake/ascii.ts';
import { toDOMString } from './idl.ts';

/** Bad ports (Fetch §2.9). */
export const BLOCKED_PORTS: ReadonlySet<number> = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110, 111, 113, 115, 117,
  119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636,
  989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);

/** The URL record of a WebSocket. @throws DOMException SyntaxError; TypeError for what does not become a string */
export function toWebSocketUrl(value: unknown): URL {
  const text = toDOMString(value);
  if (!URL.canParse(text)) throw syntaxError(`a WebSocket URL is absolute, like wss://example.com/chat; found ${JSON.stringify(text)}`);
  const url = new URL(text);
  if (url.protocol === 'http:') url.protocol = 'ws:';
  else if (url.protocol === 'https:') url.protocol = 'wss:';
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw syntaxError(`a WebSocket URL begins with ws:, wss:, http: or https:; found ${url.protocol}`);
  }
  if (url.href.includes('#')) throw syntaxError(`a WebSocket URL has no fragment, not even an empty one; found ${JSON.stringify(text)}`);
  return url;
}

/** Subprotocols as they are asked for: tokens, each once, whatever its case. @throws DOMException SyntaxError */
export function checkProtocols(protocols: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  for (const protocol of protocols) {
    if (!isToken(protocol)) throw syntaxError(`a subprotocol is a token (RFC 9110 §5.6.2), found ${JSON.stringify(protocol)}`);
    const folded = protocol.toLowerCase();
    if (seen.has(folded)) throw syntaxError(`a subprotocol is asked for once, found ${JSON.stringify(protocol)} again`);
    seen.add(folded);
  }
  return protocols;
}

/** The port a URL's connection goes to. */
export function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'wss:' ? 443 : 80;
}

export function syntaxError(message: string): DOMException {
  return new DOMException(message, 'SyntaxError');
}
