import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Encoder } from '../../../lib/core/deflate/encoder.ts';
import { MatchIndex, POSITIONS } from '../../../lib/core/deflate/match-index.ts';
import { SLICE_SIZE } from '../../../lib/core/deflate/scratch.ts';
import { Window } from '../../../lib/core/deflate/window.ts';
import { concat, toHex, utf8 } from '../../support/bytes.ts';
import { TRAILER, inflated, jsonMessages, shapedBytes, slid } from '../../support/deflate.ts';
import { Random } from '../../support/random.ts';

const allocate = (size: number): Uint8Array => new Uint8Array(size);

function alone(encoder: Encoder, bytes: Uint8Array, windowBits: number): Uint8Array {
  encoder.encodeAlone(bytes, 0, bytes.length, windowBits, true);
  return encoder.writer.bytes.slice(0, encoder.writer.length);
}

describe('a message without history', () => {
  it('is raw DEFLATE that inflates to it, at any size and window, and without the trailer where it is the last part', () => {
    const random = new Random(7692);
    const encoder = new Encoder();
    for (let round = 0; round < 150; round++) {
      const bits = 9 + (round % 7);
      const bytes = shapedBytes(random, random.below(random.pick([10, 700, 5000])));
      assert.deepEqual(inflated(concat(alone(encoder, bytes, bits), TRAILER), bits), bytes);
    }
    assert.equal(toHex(alone(encoder, utf8('Hello'), 15)), 'f248cdc9c90700');
    encoder.encodeAlone(utf8('[Hello]'), 1, 6, 15, false);
    assert.equal(toHex(encoder.writer.bytes, 0, encoder.writer.length), 'f248cdc9c907000000ffff');
  });

  it('gives the same bytes whatever was compressed before it', () => {
    const random = new Random(3);
    const messages = jsonMessages(random, 900, 60);
    const encoder = new Encoder();
    for (const message of messages) {
      const expected = alone(new Encoder(), message, 12);
      for (let n = random.below(3); n > 0; n--) alone(encoder, random.pick(messages), 9 + random.below(7));
      assert.deepEqual(alone(encoder, message, 12), expected);
    }
  });

  it('is cut into slices, whose matches reach into those before and whose noise costs five octets each', () => {
    const random = new Random(4);
    const encoder = new Encoder();
    for (const size of [SLICE_SIZE, SLICE_SIZE + 1, 3 * SLICE_SIZE, 70_000, 150_000]) {
      const noise = random.bytes(size);
      const compressed = alone(encoder, noise, 15);
      assert.ok(compressed.length <= size + 5 * Math.ceil(size / SLICE_SIZE) + 1, `${compressed.length}`);
      assert.deepEqual(inflated(concat(compressed, TRAILER)), noise);
    }
    const half = random.bytes(12_000);
    const twice = concat(half, half, half);
    assert.ok(alone(encoder, twice, 14).length < 13_000);
    assert.ok(alone(encoder, twice, 13).length > 36_000, 'never further back than the window');
    for (const bits of [9, 12, 15]) {
      const long = shapedBytes(new Random(1), 100_000);
      assert.deepEqual(inflated(concat(alone(encoder, long, bits), TRAILER), bits), long);
    }
  });
});

describe('a message behind a history', () => {
  it('inflates behind it, does not change it, and leaves an index that leads through both', () => {
    const random = new Random(5);
    const encoder = new Encoder();
    for (const bits of [9, 11, 15]) {
      const window = new Window(bits, allocate);
      const index = new MatchIndex(bits);
      index.restart(0, 0);
      let history = new Uint8Array(0) as Uint8Array;
      for (let round = 0; round < 60; round++) {
        const bytes = shapedBytes(random, random.below(random.oneIn(10) ? 40_000 : 500));
        const { length, at } = window;
        encoder.encodeBehind(window, index, bytes, 0, bytes.length, true);
        assert.deepEqual([window.length, window.at], [length, at]);
        const compressed = encoder.writer.bytes.slice(0, encoder.writer.length);
        assert.deepEqual(inflated(concat(compressed, TRAILER), bits, history), bytes);
        window.append(bytes, 0, bytes.length);
        history = slid(history, bytes);

        const again = new MatchIndex(bits);
        const short = utf8('{"id":1234,"user":');
        again.restart(1, window.length);
        if (history.length <= 1 << bits) continue; // the stream's first octet is still there, and is not found again
        encoder.encodeBehind(window, again, short, 0, short.length, true);
        const expected = encoder.writer.bytes.slice(0, encoder.writer.length);
        const { next } = index;
        encoder.encodeBehind(window, index, short, 0, short.length, true);
        assert.deepEqual(encoder.writer.bytes.slice(0, encoder.writer.length), expected);
        assert.ok(index.next === next + short.length || next > 65_000);
        window.append(short, 0, short.length);
        history = slid(history, short);
      }
    }
  });

  it('is the same bytes when the positions have come to their end, at a distance of the whole window too', () => {
    const noise = new Random(6).bytes(512);
    const window = new Window(9, allocate);
    window.append(noise, 0, 512);
    const encoder = new Encoder();
    const lengths = [1, POSITIONS - 512 - 39].map((base) => {
      const index = new MatchIndex(9);
      index.restart(base, 512);
      encoder.encodeBehind(window, index, noise, 0, 40, true);
      assert.ok(index.next < POSITIONS);
      return encoder.writer.length;
    });
    assert.ok((lengths[0] as number) < 6);
    assert.equal(lengths[1], lengths[0]);
  });
});
