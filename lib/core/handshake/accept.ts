// The key and the answer that proves it was read (RFC 6455 §4.1, §4.2.2, §4.3).
//
// Law: the answer is computed over the key's text as received, never over decoded bytes. A key must decode to 16 bytes; which
// bytes, nobody asks.

import type { Platform } from '../platform.ts';
import { toOctets } from './ascii.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';

/** What a server appends to the key before hashing (RFC 6455 §1.3). */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const NONCE_SIZE = 16;

/** The value of Sec-WebSocket-Accept for the text of a Sec-WebSocket-Key (RFC 6455 §4.2.2). */
export function acceptKeyOf(key: string, platform: Pick<Platform, 'sha1'>): string {
  return encodeBase64(platform.sha1(toOctets(key + GUID)));
}

/** Whether `text` is base64 that decodes to 16 bytes (RFC 6455 §4.2.1). Non-zero pad bits are let through. */
export function isKey(text: string): boolean {
  return decodeBase64(text)?.length === NONCE_SIZE;
}

/** A Sec-WebSocket-Key for one connection: 16 random bytes in base64 (RFC 6455 §4.1). */
export function createKey(platform: Pick<Platform, 'random'>): string {
  const nonce = new Uint8Array(NONCE_SIZE);
  platform.random(nonce);
  return encodeBase64(nonce);
}
