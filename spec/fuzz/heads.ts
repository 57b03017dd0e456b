// Heads of requests and responses as a peer might send them: the RFC's own, with some of it changed, left out, doubled or broken.

import { SAMPLE_ACCEPT, SAMPLE_KEY } from '../support/handshake.ts';
import { latin1 } from '../support/bytes.ts';
import type { Random } from '../support/random.ts';
import { mutated } from './streams.ts';

type Field = readonly [name: string, value: string];

const REQUEST: readonly Field[] = [
  ['Host', 'server.example.com'], ['Upgrade', 'websocket'], ['Connection', 'Upgrade'], ['Sec-WebSocket-Key', SAMPLE_KEY],
  ['Origin', 'http://example.com'], ['Sec-WebSocket-Protocol', 'chat, superchat'], ['Sec-WebSocket-Version', '13'],
];
const RESPONSE: readonly Field[] = [
  ['Upgrade', 'websocket'], ['Connection', 'Upgrade'], ['Sec-WebSocket-Accept', SAMPLE_ACCEPT], ['Sec-WebSocket-Protocol', 'chat'],
];

const REQUEST_LINES = [
  'GET /chat HTTP/1.1', 'GET /chat HTTP/1.0', 'GET /chat HTTP/2.0', 'GET /chat HTTP/1.2', 'POST /chat HTTP/1.1', 'BREW /chat HTTP/1.1',
  'get /chat HTTP/1.1', 'GET  /chat HTTP/1.1', 'GET /chat', 'GET http://a.example:80/x?y HTTP/1.1', 'GET http:// HTTP/1.1', 'GET * HTTP/1.1',
  'GET /%00#f HTTP/1.1', '', ' GET /chat HTTP/1.1', 'GET /chat HTTP/1.1 ', 'HEAD / HTTP/1.1', 'GET ws://a/ HTTP/1.1',
];
const STATUS_LINES = [
  'HTTP/1.1 101 Switching Protocols', 'HTTP/1.1 101', 'HTTP/1.1 101 ', 'HTTP/1.0 101 x', 'HTTP/1.1 100 Continue', 'HTTP/1.1 103 Early Hints',
  'HTTP/1.1 200 OK', 'HTTP/1.1 301 Moved', 'HTTP/1.1 401 No', 'HTTP/1.1 426 Upgrade Required', 'HTTP/1.1 1011 x', 'HTTP/1.1  101 x',
  'HTTP/2 101', 'ICY 200 OK', 'HTTP/1.1 000 x', 'HTTP/1.1 204 None', '',
];
const NAMES = [
  'Host', 'host', 'Upgrade', 'Connection', 'Sec-WebSocket-Key', 'Sec-WebSocket-Version', 'Sec-WebSocket-Protocol', 'Sec-WebSocket-Extensions',
  'Sec-WebSocket-Accept', 'Origin', 'Content-Length', 'Transfer-Encoding', 'Expect', '__proto__', 'constructor', 'toString', '', 'a b', 'Cookie',
];
const VALUES = [
  '', ' ', 'websocket', 'WebSocket', 'websocket, h2c', 'h2c/1, websocket/13', 'keep-alive, Upgrade', 'upgrade', 'close', '13', '013', '8', '13, 8',
  '256', SAMPLE_KEY, SAMPLE_ACCEPT, 'AAAA', 'dGhlIHNhbXBsZSBub25jZR==', 'chat', 'chat, chat', ',,chat,,', ',', 'a b', 'permessage-deflate',
  'permessage-deflate; client_max_window_bits', 'x; a="1"; b="\\2"', 'x; a="', '__proto__; constructor=1', 'null', 'http://example.com:8080',
  'example.com:99999', '[::1]:80', 'a,b', '0', '5', '+5', '18446744073709551616', 'chunked', '100-continue', '\t\ttabs\t', 'caf\u00e9', '\u0001',
];
const ENDS = ['\n', '\r', '\r\r\n', '\r\n \r\n', '\r\n\tfolded\r\n'];

function head(random: Random, startLines: readonly string[], usual: readonly Field[]): Uint8Array {
  const fields = [...usual];
  for (let count = random.oneIn(4) ? 0 : 1 + random.below(3); count > 0; count--) {
    const at = random.below(fields.length);
    const field: Field = [random.pick(NAMES), random.pick(VALUES)];
    switch (random.below(6)) {
      case 0: fields.splice(at, 1); break;
      case 1: fields.splice(at, 0, fields[at] ?? field); break;
      case 2: fields[at] = [fields[at]?.[0] ?? 'X', random.pick(VALUES)]; break;
      case 3: fields.splice(at, 0, field); break;
      case 4: fields[at] = [random.oneIn(2) ? (fields[at]?.[0] ?? '').toUpperCase() : 'X'.repeat(random.below(70)), fields[at]?.[1] ?? '']; break;
      default: fields.splice(at, 0, ['X-Filler', 'y'.repeat(random.pick([10, 200, 2_000]))]);
    }
  }
  let text = `${random.oneIn(4) ? random.pick(startLines) : startLines[0] ?? ''}\r\n`;
  for (const [name, value] of fields) text += `${name}:${random.pick([' ', '', '  \t'])}${value}${random.oneIn(60) ? random.pick(ENDS) : '\r\n'}`;
  const bytes = latin1(`${text}\r\n`);
  return random.oneIn(3) ? mutated(random, bytes) : bytes;
}

export function randomRequest(random: Random): Uint8Array {
  return head(random, REQUEST_LINES, REQUEST);
}

/** One or more responses, the last followed by whatever may follow. */
export function randomResponse(random: Random): Uint8Array {
  const parts = Array.from({ length: random.oneIn(5) ? 2 + random.below(12) : 1 }, () => head(random, STATUS_LINES, RESPONSE));
  return Uint8Array.from(Buffer.concat([...parts, random.bytes(random.pick([0, 0, 3, 500]))]));
}

/** A field's value for the grammars: from the list above, or put together at random. */
export function randomValue(random: Random): string {
  if (random.oneIn(3)) return random.pick(VALUES);
  const atoms = ['a', 'Z9', 'x-y', ',', ', ', ';', '; ', '=', ' = ', '"', '\\', ' ', '\t', '/', ':', '//', '[', ']', '::1', '.', '%41', '%', '@', '0', '65536', '\u0001', '\u00e9', '__proto__', '?', '#', 'http://', '=='];
  let value = '';
  for (let count = random.oneIn(30) ? 200 : random.below(14); count > 0; count--) value += random.pick(atoms);
  return value;
}
