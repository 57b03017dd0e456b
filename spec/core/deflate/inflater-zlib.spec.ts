import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { constants, inflateRawSync } from 'node:zlib';

import { MessageInflater } from '../../../lib/core/deflate/inflater.ts';
import { concat } from '../../support/bytes.ts';
import { TAIL, deflated, someMessage } from '../../support/deflated.ts';
import { play } from '../../support/inflating.ts';
import { Random } from '../../support/random.ts';
import { referenceInflate } from '../../support/reference-inflate.ts';

function inflaterOf(contextTakeover: boolean, windowBits: number = 15): MessageInflater {
  return new MessageInflater({ windowBits, contextTakeover, allocate: (size) => new Uint8Array(size) });
}

/** What zlib makes of a payload, and how much of it it looked at; null when it refuses it. */
function zlibs(payload: Uint8Array): { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } } | null {
  try {
    const options = { finishFlush: constants.Z_SYNC_FLUSH, info: true };
    return inflateRawSync(concat(payload, TAIL), options) as never; // the types do not know what `info` does
  } catch {
    return null;
  }
}

describe('an inflater and zlib', () => {
  const { Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED } = constants;
  const STRATEGIES = [Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED];

  it('agree about what zlib makes, at any level, strategy, window and memory, over many messages', () => {
    for (let seed = 0; seed < 60; seed++) {
      const random = new Random(seed);
      const windowBits = 9 + random.below(7);
      const contextTakeover = random.oneIn(2);
      const options = { windowBits, level: random.below(10), strategy: random.pick(STRATEGIES), memLevel: 1 + random.below(9) };
      const inflater = inflaterOf(contextTakeover, windowBits);
      let history: Uint8Array = new Uint8Array(0);
      for (let count = 1 + random.below(4); count > 0; count--) {
        const sizes = Array.from({ length: 1 + random.below(3) }, () => random.below(random.oneIn(12) ? 90_000 : 1500));
        const parts = sizes.map((size) => someMessage(random, size));
        const payloads: Uint8Array[] = [];
        let past = contextTakeover ? history : new Uint8Array(0);
        for (const part of parts) { // flushed in between
          payloads.push(deflated(part, past, options), TAIL);
          past = concat(past, part).slice(-(1 << windowBits));
        }
        history = past;
        const payload = concat(...payloads).subarray(0, -4);
        const chunks: Uint8Array[] = [];
        const most = random.pick([payload.length > 5000 ? 50 : 1, 100, 5000, payload.length]);
        for (let at = 0; at < payload.length; at += chunks.at(-1)?.length ?? 0) chunks.push(payload.slice(at, at + 1 + random.below(most)));
        const played = play(inflater, chunks, { room: concat(...parts).length, detaches: random.oneIn(2), endsEmpty: random.oneIn(3) });
        assert.equal(played.refusal, null, `seed ${seed}`);
        assert.ok(Buffer.from(played.output).equals(concat(...parts)), `seed ${seed}`);
      }
    }
  });

  it('agree about what is broken, but for what zlib does not look at', () => {
    let refused = 0;
    for (let seed = 0; seed < 600; seed++) {
      const random = new Random(seed);
      const options = { level: random.pick([1, 6, 9]), strategy: random.pick(STRATEGIES) };
      const payload = Uint8Array.from(deflated(someMessage(random, 1 + random.below(600)), undefined, options));
      const flips = random.below(3);
      const early = random.oneIn(2) ? Math.min(payload.length, 60) : payload.length;
      for (let i = 0; i < flips; i++) (payload[random.below(early)] as number) ^= 1 << random.below(8);
      const broken = payload.slice(0, random.oneIn(3) ? random.below(payload.length + 1) : payload.length);
      const theirs = zlibs(broken);
      const { output, refusal } = play(inflaterOf(false), [broken]);
      const expected = referenceInflate(broken);
      assert.deepEqual([output, refusal], [expected.output, expected.refusal], `seed ${seed}`);
      const name = refusal?.[0] ?? null;
      if (name !== null) refused++;
      if (theirs === null) {
        // The four octets are octets to zlib: within a block that is cut they may be what is corrupt.
        assert.notEqual(name, null, `seed ${seed}`);
      } else if (theirs.engine.bytesWritten < broken.length) {
        // zlib stops behind a final block, and the rest is not looked at.
        assert.ok(Buffer.from(output.subarray(0, theirs.buffer.length)).equals(theirs.buffer), `seed ${seed}`);
      } else if (name === null) {
        assert.ok(Buffer.from(output).equals(theirs.buffer), `seed ${seed}`);
      } else {
        // zlib does not know that the message ends, and takes what is cut for what is still to come.
        assert.equal(name, 'DEFLATE_TRUNCATED', `seed ${seed}`);
        assert.ok(Buffer.from(output).equals(theirs.buffer.subarray(0, output.length)), `seed ${seed}`);
      }
    }
    assert.ok(refused > 250, `${refused}`);
  });

  it('bytes at random end in a message or in a violation, as the naive reading has it', () => {
    for (let seed = 0; seed < 600; seed++) {
      const random = new Random(seed);
      const payload = random.bytes(random.below(200));
      const room = random.pick([Infinity, 0, 100, 1000]);
      const { output, refusal } = play(inflaterOf(false), [payload], { room });
      const expected = referenceInflate(payload, { room });
      assert.deepEqual([output, refusal], [expected.output, expected.refusal], `seed ${seed}`);
    }
  });
});
