// Every vector at every chunking (DESIGN §7): whole, one byte at a time, every split in two of a short input, and seeded random
// splits of any input. The transcript must not depend on which.

import { Random } from './random.ts';

/** An input longer than this is split in two at random places only. */
const SHORT = 256;
const RANDOM_SPLITS = 8;

/** One way to cut an input. */
export interface Chunking {
  /** What a failing spec prints, e.g. `1-byte` or `split at 5`. */
  readonly name: string;
  /** Fresh copies: a receiver may write into what it is lent. */
  readonly chunks: readonly Uint8Array[];
}

/** Every chunking of `input` that DESIGN §7 names. The copies are fresh at each call. */
export function* chunkings(input: Uint8Array, seed: number = 1): Generator<Chunking> {
  yield { name: 'whole', chunks: [input.slice()] };
  yield { name: '1-byte', chunks: Array.from(input, (byte) => Uint8Array.of(byte)) };
  if (input.length <= SHORT) {
    for (let at = 1; at < input.length; at++) {
      yield { name: `split at ${at}`, chunks: [input.slice(0, at), input.slice(at)] };
    }
  }
  const random = new Random(seed);
  for (let round = 0; round < RANDOM_SPLITS; round++) {
    const chunks: Uint8Array[] = [];
    const most = 1 + random.below(Math.max(2, input.length));
    for (let at = 0; at < input.length; ) {
      const end = Math.min(input.length, at + 1 + random.below(most));
      chunks.push(input.slice(at, end));
      at = end;
    }
    yield { name: `random splits, seed ${seed}, round ${round}`, chunks };
  }
}

/** Runs `check` for every chunking; a failure names the chunking. */
export function eachChunking(input: Uint8Array, check: (chunks: readonly Uint8Array[]) => void, seed?: number): void {
  for (const { name, chunks } of chunkings(input, seed)) {
    try {
      check(chunks);
    } catch (error) {
      if (error instanceof Error) error.message = `chunking ${name}: ${error.message}`;
      throw error;
    }
  }
}
