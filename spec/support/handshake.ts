// What the handshake's specs share: a platform whose one nonce is the RFC's, and heads written from a table of fields.

import { portablePlatform } from '../../lib/core/platform.ts';
import type { Platform } from '../../lib/core/platform.ts';
import { latin1 } from './bytes.ts';

/** RFC 6455 §1.3: the key of the example and the answer to it. */
export const SAMPLE_KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
export const SAMPLE_ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

/** A platform whose randomness is the RFC's sample nonce, again and again. */
export function samplePlatform(): Platform {
  return portablePlatform({ random: (target) => { target.set(latin1('the sample nonce').subarray(0, target.length)); } });
}

/** Field values by name: null leaves the field out, a list repeats it. */
export type FieldTable = Readonly<Record<string, string | readonly string[] | null>>;

function writeHead(startLine: string, fields: FieldTable): string {
  let text = `${startLine}\r\n`;
  for (const [name, value] of Object.entries(fields)) {
    const values = value === null ? [] : typeof value === 'string' ? [value] : value;
    for (const each of values) text += `${name}: ${each}\r\n`;
  }
  return `${text}\r\n`;
}

/** The RFC's request with some of its fields changed, or others added. */
export function requestText(changes: FieldTable = {}, requestLine: string = 'GET /chat HTTP/1.1'): string {
  return writeHead(requestLine, {
    'Host': 'server.example.com',
    'Upgrade': 'websocket',
    'Connection': 'Upgrade',
    'Sec-WebSocket-Key': SAMPLE_KEY,
    'Sec-WebSocket-Version': '13',
    ...changes,
  });
}

/** The RFC's response with some of its fields changed, or others added. */
export function responseText(changes: FieldTable = {}, statusLine: string = 'HTTP/1.1 101 Switching Protocols'): string {
  return writeHead(statusLine, {
    'Upgrade': 'websocket',
    'Connection': 'Upgrade',
    'Sec-WebSocket-Accept': SAMPLE_ACCEPT,
    ...changes,
  });
}
