// What node:zlib is asked to compress, seen and spoilt from outside: how often, how much of it is under way in the thread pool, and which
// of that fails. What is under way there takes real time, so a virtual clock has to wait for it.

import { syncBuiltinESMExports } from 'node:module';
import zlib from 'node:zlib';
import type { CompressCallback, InputType, ZlibOptions } from 'node:zlib';

/** Of the thread pool: compressions that have not come back, that were begun, and which of these is to fail. */
let underWay = 0;
let begun = 0;
let failing = Infinity;
/** Compressions that were done in the caller's thread. */
let done = 0;

const deflateRaw: (bytes: InputType, options: ZlibOptions, callback: CompressCallback) => void = zlib.deflateRaw;
const deflateRawSync = zlib.deflateRawSync;

Object.assign(zlib, {
  deflateRaw(bytes: InputType, options: ZlibOptions, callback: CompressCallback): void {
    const fails = ++begun === failing;
    underWay++;
    deflateRaw(bytes, options, (error, result) => {
      underWay--;
      callback(fails ? new Error('out of memory') : error, result);
    });
  },
  deflateRawSync(bytes: InputType, options?: ZlibOptions): Buffer {
    done++;
    return deflateRawSync(bytes, options);
  },
});
syncBuiltinESMExports();

export const watchedZlib = {
  /** Something is being compressed in the thread pool. */
  get busy(): boolean {
    return underWay > 0;
  },

  /** Compressions that were begun in the thread pool since {@link watch}. */
  get begunElsewhere(): number {
    return begun;
  },

  /** Compressions that were done at once since {@link watch}. */
  get doneAtOnce(): number {
    return done;
  },

  /** Counts from 0 again, and lets the n-th compression in the thread pool from here on fail; none if none is named. */
  watch(failsAt: number = Infinity): void {
    begun = done = 0;
    failing = failsAt;
  },
};
