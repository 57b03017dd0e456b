// Writing a frame header (§5.2): FIN, RSV and opcode as one byte, the shortest length form, the masking key. Reading is the frame
// decoder's, because reading must be resumable at every byte and writing need not be.

import { B1_MASK, LENGTH_16, LENGTH_64, MAX_CONTROL_PAYLOAD } from './opcode.ts';

/** The longest header: two bytes, a 64-bit length, a masking key. */
export const MAX_HEADER_LENGTH = 14;

/** How many bytes the header of a frame with `payloadLength` bytes takes. */
export function headerLength(payloadLength: number, masked: boolean): number {
  const form = payloadLength <= MAX_CONTROL_PAYLOAD ? 2 : payloadLength <= 0xffff ? 4 : 10;
  return masked ? form + 4 : form;
}

/**
 * Writes FIN, RSV, opcode (`b0`), MASK and the length into `target` at `at`, and returns where the masking key or the payload
 * begins. There is room for {@link headerLength} bytes.
 */
export function writeHeader(target: Uint8Array, at: number, b0: number, payloadLength: number, masked: boolean): number {
  const mask = masked ? B1_MASK : 0;
  target[at] = b0;
  if (payloadLength <= MAX_CONTROL_PAYLOAD) {
    target[at + 1] = mask | payloadLength;
    return at + 2;
  }
  if (payloadLength <= 0xffff) {
    target[at + 1] = mask | LENGTH_16;
    target[at + 2] = payloadLength >>> 8;
    target[at + 3] = payloadLength;
    return at + 4;
  }
  target[at + 1] = mask | LENGTH_64;
  writeUint32(target, at + 2, Math.floor(payloadLength / 0x1_0000_0000));
  writeUint32(target, at + 6, payloadLength % 0x1_0000_0000);
  return at + 10;
}

/** Writes a masking key (see mask.ts for its byte order) and returns where the payload begins. */
export function writeMaskingKey(target: Uint8Array, at: number, key: number): number {
  target[at] = key;
  target[at + 1] = key >>> 8;
  target[at + 2] = key >>> 16;
  target[at + 3] = key >>> 24;
  return at + 4;
}

function writeUint32(target: Uint8Array, at: number, value: number): void { // network byte order, §5.2
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
}
