// Plays payload into an inflater as a connection would, and writes down what comes: the bytes, the refusal and where it was proven, how
// much payload was needed. Whatever an inflater may rely on is spoilt as soon as it may not: the chunks, and the pieces it was told.

import assert from 'node:assert/strict';
import { INFLATE_PIECE } from '../../lib/core/deflate/inflate-pool.ts';
import type { Inflater } from '../../lib/core/wire/compression.ts';
import { concat } from './bytes.ts';
import { chunkings } from './chunking.ts';
import { referenceInflate } from './reference-inflate.ts';
import type { Inflated, ReferenceOptions } from './reference-inflate.ts';

export interface Played extends Inflated {
  /** Bytes of each piece. */
  readonly pieces: readonly number[];
}

export interface PlayOptions {
  readonly room?: number;
  /** The chunk is taken back after every piece. */
  readonly detaches?: boolean;
  /** The end of the message is told by a load without bytes. */
  readonly endsEmpty?: boolean;
}

const SPOILT = 0xa5;
const ASIDE = 3;

/** One message. */
export function play(inflater: Inflater, chunks: readonly Uint8Array[], options: PlayOptions = {}): Played {
  const { room = Infinity, detaches = false, endsEmpty = false } = options;
  const all = endsEmpty || chunks.length === 0 ? [...chunks, new Uint8Array(0)] : chunks;
  const parts: Uint8Array[] = [];
  const needed = new Map<number, number>([[0, 0]]);
  let size = 0;
  let before = 0;
  const done = (refusal: Inflated['refusal']): Played =>
    ({ output: concat(...parts), refusal, needed, pieces: parts.map(({ length }) => length) });
  for (const [i, chunk] of all.entries()) {
    const last = i === all.length - 1;
    const lent = new Uint8Array(chunk.length + 2 * ASIDE).fill(SPOILT);
    lent.set(chunk, ASIDE);
    inflater.load(lent, ASIDE, ASIDE + chunk.length, last, room - size);
    for (;;) {
      const step = inflater.next();
      if (step === 'failed') {
        assert.equal(inflater.next(), 'failed', 'a violation is terminal');
        assert.notEqual(inflater.violation, null);
        needed.set(size, inflater.consumed);
        return done([inflater.violation?.name as string, before + inflater.at - ASIDE]);
      }
      assert.equal(inflater.violation, null);
      if (step === 'starved') {
        assert.ok(!last, 'the end of a message is a piece or a violation');
        lent.fill(SPOILT);
        break;
      }
      assert.equal(step, 'piece');
      const { output, start, end } = inflater;
      assert.ok(0 <= start && start <= end && end <= output.length, 'a piece lies in the output');
      assert.ok(end > start || inflater.last, 'only the last piece may be empty');
      assert.ok(size % INFLATE_PIECE + end - start <= INFLATE_PIECE, 'a piece does not cross a multiple of INFLATE_PIECE');
      assert.ok(size + end - start <= room, 'no more than there is room for');
      parts.push(output.slice(start, end));
      output.fill(SPOILT, start, end);
      size += end - start;
      if (size % INFLATE_PIECE === 0 || inflater.last) needed.set(size, inflater.consumed);
      if (inflater.last) {
        assert.ok(last, 'a message ends with its last chunk');
        lent.fill(SPOILT);
        inflater.detach();
        return done(null);
      }
      if (!detaches) continue;
      inflater.detach();
      inflater.detach();
      lent.fill(SPOILT);
    }
    before += chunk.length;
  }
  throw new Error('the last chunk ends a message');
}

/** What must not depend on how the payload is cut. */
function gist({ output, refusal, needed }: Inflated): object {
  return { output: Buffer.from(output).toString('base64'), refusal, needed: [...needed] };
}

/** At any chunking a new inflater says of the message what the naive reading says, which is returned. */
export function assertInflates(
  make: () => Inflater, payload: Uint8Array, options: ReferenceOptions & { readonly before?: readonly Uint8Array[] } = {},
): Inflated {
  const expected = referenceInflate(payload, options);
  const { room = Infinity, before = [] } = options;
  for (const { name, chunks } of chunkings(payload)) {
    for (const detaches of [false, true]) {
      const inflater = make();
      for (const message of before) play(inflater, [message]);
      const played = play(inflater, chunks, { room, detaches, endsEmpty: detaches });
      assert.deepEqual(gist(played), gist(expected), `chunking ${name}${detaches ? ', taken back' : ''}`);
    }
  }
  return expected;
}
