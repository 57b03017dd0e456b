// What node:zlib does better than plain TypeScript: long messages. One documented call a message, with the connection's window as its
// dictionary, so that no zlib state outlives a message and none belongs to a connection (docs/decisions/0011).

import { Buffer } from 'node:buffer';
import { randomFillSync } from 'node:crypto';
import { constants, deflateRaw, deflateRawSync, inflateRawSync } from 'node:zlib';
import type { InflateRaw, ZlibOptions } from 'node:zlib';
import type { HostDeflate } from '../core/deflate/deflater.ts';
import type { HostInflate } from '../core/deflate/hosted-inflater.ts';

/** From here on zlib is quicker than the portable deflater. */
const FROM = 4 * 1024;
/** From here on a message is compressed in the thread pool: it would hold the event loop for longer than a few milliseconds. */
const LATER_FROM = 256 * 1024;
/** A level that loses a tenth of the size or less and takes three fifths of the time of zlib's default, 6. */
const LEVEL = 3;
/** zlib has no window of 256 bytes. With one of 512 it looks back 250 at most: it keeps 262 in hand. */
const LEAST_WINDOW_BITS = 9;

function optionsOf(dictionary: Uint8Array, windowBits: number): ZlibOptions {
  return {
    level: LEVEL, windowBits: Math.max(LEAST_WINDOW_BITS, windowBits), finishFlush: constants.Z_SYNC_FLUSH,
    ...dictionary.length > 0 && { dictionary },
  };
}

export const zlibDeflate: HostDeflate = {
  from: FROM,
  laterFrom: LATER_FROM,
  deflate: (bytes, dictionary, windowBits) => deflateRawSync(bytes, optionsOf(dictionary, windowBits)),
  deflateLater: (bytes, dictionary, windowBits, done) => {
    let abandoned = false;
    deflateRaw(bytes, optionsOf(dictionary, windowBits), (error, result) => {
      if (!abandoned) done(error === null ? result : null);
    });
    return () => { abandoned = true; };
  },
};

/** zlib is quicker than the portable inflater from here on, by what a call into it costs… */
const INFLATE_FROM = 512;
/** …and messages of so many bytes usually inflate to more than one piece, which is the portable inflater's. */
const INFLATE_TO = 8 * 1024;

/** Bytes that nobody who writes a message can know: what stands behind the payload if zlib has come to its end as it should. */
const SEAL_LENGTH = 8;
/**
 * The header of the empty stored block, which a payload ends with, gets a length and content: the seal; and behind it stands a final block
 * without content. zlib itself cannot tell a payload that was cut from one that is whole.
 */
const TRAILER: Uint8Array = Uint8Array.of(
  SEAL_LENGTH, 0, ~SEAL_LENGTH, 0xff, ...randomFillSync(new Uint8Array(SEAL_LENGTH)), 0x03, 0x00,
);
const SEAL = TRAILER.subarray(4, 4 + SEAL_LENGTH);

/** Payload and trailer, in one piece. zlib is done with it when the call returns. */
const input = Buffer.allocUnsafeSlow(INFLATE_TO + TRAILER.length);

export const zlibInflate: HostInflate = {
  from: INFLATE_FROM,
  to: INFLATE_TO,
  inflate: (bytes, start, end, dictionary, room) => {
    const size = end - start;
    input.set(bytes.subarray(start, end));
    input.set(TRAILER, size);
    const whole = input.subarray(0, size + TRAILER.length);
    try {
      const { buffer, engine } = inflateRawSync(whole, {
        maxOutputLength: room + SEAL_LENGTH, info: true,
        ...dictionary.length > 0 && { dictionary },
      }) as unknown as { readonly buffer: Buffer; readonly engine: InflateRaw }; // what `info` makes of the result
      const length = buffer.length - SEAL_LENGTH;
      if (engine.bytesWritten !== whole.length || length < 0 || buffer.compare(SEAL, 0, SEAL_LENGTH, length) !== 0) return null;
      return buffer.subarray(0, length);
    } catch { // corrupt, cut or too long: the portable inflater says which
      return null;
    }
  },
};
