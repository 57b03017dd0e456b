// What Node offers the core, chosen once, at load, from what this Node has. Documented interfaces only, from Node 20 on; each
// method is held to the portable one by a spec. Nothing here knows what a WebSocket is.

import { Buffer, isUtf8 } from 'node:buffer';
import * as crypto from 'node:crypto';
import type { Platform } from '../core/platform.ts';

/** Up to this size V8 keeps an array on its own heap, which is quicker than a Buffer (measured: 30 ns against 45) and pins nothing. */
const ON_HEAP = 64;

/** `bytes` itself, or the same memory with a Buffer's methods. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function sha1WithHash(bytes: Uint8Array): Uint8Array {
  return crypto.hash('sha1', bytes, 'buffer');
}

function sha1WithDigest(bytes: Uint8Array): Uint8Array {
  return crypto.createHash('sha1').update(bytes).digest();
}

/**
 * The platform of Node: fast allocation without zeroing, native UTF-8, OpenSSL's randomness and SHA-1. Connections of one
 * platform share its buffers, so there is one for the process.
 */
export const nodePlatform: Platform = Object.freeze<Platform>({
  random: (target) => { crypto.randomFillSync(target); },
  // Never from Node's pool, whose pages of 8 KiB, from Node 24 on 64 KiB, are freed as a whole: one waiting byte would hold a page.
  allocate: (size) => size <= ON_HEAP ? new Uint8Array(size) : Buffer.allocUnsafeSlow(size),
  copy: (bytes, start, end) => {
    const copied = Buffer.allocUnsafe(end - start);
    asBuffer(bytes).copy(copied, 0, start, end);
    return copied;
  },
  isUtf8: (bytes, start, end) => isUtf8(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end)),
  decodeUtf8: (bytes, start, end) => asBuffer(bytes).toString('utf8', start, end),
  decodeAscii: (bytes, start, end) => asBuffer(bytes).toString('latin1', start, end), // below 0x80 the same, and faster
  encodeUtf8: (text, target, at) => asBuffer(target).write(text, at, 'utf8'),
  utf8Length: (text) => Buffer.byteLength(text, 'utf8'),
  sha1: typeof crypto.hash === 'function' ? sha1WithHash : sha1WithDigest,
});
