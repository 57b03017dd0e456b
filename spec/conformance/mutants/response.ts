// The opening handshake as a client does it (RFC 6455 §4.1): a request out, a response in.

import { judgeAnswer, OFFER } from './extensions.ts';
import type { Agreed } from './extensions.ts';
import { elementsOf, valuesOf } from './head.ts';
import type { Head } from './head.ts';
import { acceptOf } from './request.ts';
import type { Does } from './switches.ts';

const PROTOCOLS = ['chat', 'superchat'];

export interface Request {
  readonly key: string;
  readonly request: string;
}

/** `nonce`: the 16 octets of the key. */
export function writeRequest(nonce: Uint8Array, { host, pathname, search }: URL, does: Does): Request {
  const key = Buffer.from(does('asks-with-short-key') ? nonce.subarray(0, 8) : nonce).toString('base64');
  const lines = [
    `GET ${pathname}${search} HTTP/${does('asks-with-http-1.0') ? '1.0' : '1.1'}`,
    ...does('asks-without-host') ? [] : [`Host: ${host}`],
    'Upgrade: websocket',
    `Connection: ${does('asks-without-upgrade') ? 'keep-alive' : 'Upgrade'}`,
    `Sec-WebSocket-Key: ${key}`,
    ...does('asks-without-version') ? [] : ['Sec-WebSocket-Version: 13'],
    ...does('asks-for-little') ? [] : [
      `Sec-WebSocket-Protocol: ${does('asks-with-protocol-twice') ? 'chat, chat' : PROTOCOLS.join(', ')}`,
      `Sec-WebSocket-Extensions: ${OFFER}`,
    ],
  ];
  return { key, request: [...lines, '', ''].join('\r\n') };
}

/** `interim`: the final one is still to come. `fails`: the handshake has failed. Otherwise it is open, with what was agreed on. */
export function judgeResponse(head: Head, key: string, does: Does): 'interim' | 'fails' | { readonly agreed: Agreed | null } {
  const [version = '', status = ''] = head.startLine.split(' ');
  if (!/^HTTP\/1\.\d$/.test(version) || !/^\d{3}$/.test(status)) return 'fails';
  if (version === 'HTTP/1.0' && !does('takes-response-http-1.0')) return 'fails';
  if (status.startsWith('1') && status !== '101' && !does('refuses-interim')) return 'interim';
  if (status !== '101' && !does('takes-any-status')) return 'fails';

  const values = (name: string): readonly string[] => valuesOf(head, name, does, 'wants-response-names-as-written');
  const upgrades = values('Upgrade');
  const isUpgrade = upgrades.length === 1 && upgrades[0]?.toLowerCase() === 'websocket';
  if (!isUpgrade && !does('takes-response-without-upgrade')) return 'fails';
  const connection = values('Connection');
  const isConnection = elementsOf(connection).some((element) => element.toLowerCase() === 'upgrade');
  if (!isConnection && !does('takes-response-without-connection')) return 'fails';
  if (isConnection && connection[0] !== 'Upgrade' && does('wants-response-connection-exactly')) return 'fails';
  if (!isAccepted(values('Sec-WebSocket-Accept'), acceptOf(key), does)) return 'fails';
  if (!isProtocol(values('Sec-WebSocket-Protocol'), does)) return 'fails';
  const agreed = judgeAnswer(values('Sec-WebSocket-Extensions'), !does('asks-for-little'), does);
  return agreed === undefined ? 'fails' : { agreed };
}

function isAccepted(found: readonly string[], expected: string, does: Does): boolean {
  if (found.length === 1 && found[0] === expected) return true;
  if (found.length === 0 && does('takes-no-accept')) return true;
  if (found[0]?.toLowerCase() === expected.toLowerCase() && does('takes-accept-in-any-case')) return true;
  return does('takes-any-accept');
}

/** One that was offered, or none. */
function isProtocol(found: readonly string[], does: Does): boolean {
  if (found.length === 0) return true;
  if (found.length === 1 && PROTOCOLS.includes(found[0] ?? '') && !does('asks-for-little')) return true;
  const all = elementsOf(found);
  if (all.length > 1 && all.every((protocol) => PROTOCOLS.includes(protocol)) && does('takes-protocols')) return true;
  return does('takes-protocol-not-offered');
}
