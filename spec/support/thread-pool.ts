// What node:zlib does in the thread pool, seen and spoilt from outside: how many compressions are under way there, and which of them fails.
// It takes real time, so a virtual clock has to wait for it.

import { syncBuiltinESMExports } from 'node:module';
import zlib from 'node:zlib';
import type { CompressCallback, InputType, ZlibOptions } from 'node:zlib';

/** Compressions that were given to the thread pool and have not come back. */
let underWay = 0;
let begun = 0;
let failing = Infinity;

const deflateRaw: (bytes: InputType, options: ZlibOptions, done: CompressCallback) => void = zlib.deflateRaw;

Object.assign(zlib, {
  deflateRaw(bytes: InputType, options: ZlibOptions, done: CompressCallback): void {
    const fails = ++begun === failing;
    underWay++;
    deflateRaw(bytes, options, (error, result) => {
      underWay--;
      done(fails ? new Error('out of memory') : error, result);
    });
  },
});
syncBuiltinESMExports();

export const threadPool = {
  /** Compressions that are under way. */
  get busy(): boolean {
    return underWay > 0;
  },

  /** Compressions that were begun since {@link spoil}. */
  get begun(): number {
    return begun;
  },

  /** Counts from 0 again, and lets the n-th compression from here on fail; none if none is named. */
  spoil(nth: number = Infinity): void {
    begun = 0;
    failing = nth;
  },
};
