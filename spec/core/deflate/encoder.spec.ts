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

let names = 0;
/** Somebody whose history is not at hand. */
function name(): number {
  return ++names;
}

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
        encoder.encodeBehind(name(), window, index, bytes, 0, bytes.length, true);
        assert.deepEqual([window.length, window.at], [length, at]);
        const compressed = encoder.writer.bytes.slice(0, encoder.writer.length);
        assert.deepEqual(inflated(concat(compressed, TRAILER), bits, history), bytes);
        window.append(bytes, 0, bytes.length);
        history = slid(history, bytes);

        const again = new MatchIndex(bits);
        const short = utf8('{"id":1234,"user":');
        again.restart(1, window.length);
        if (history.length <= 1 << bits) continue; // the stream's first octet is still there, and is not found again
        encoder.encodeBehind(name(), window, again, short, 0, short.length, true);
        const expected = encoder.writer.bytes.slice(0, encoder.writer.length);
        const { next } = index;
        encoder.encodeBehind(name(), window, index, short, 0, short.length, true);
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
      encoder.encodeBehind(name(), window, index, noise, 0, 40, true);
      assert.ok(index.next < POSITIONS);
      return encoder.writer.length;
    });
    assert.ok((lengths[0] as number) < 6);
    assert.equal(lengths[1], lengths[0]);
  });

  it('finds the history where it left it, if it has been told of what was sent and nobody else came between', () => {
    const random = new Random(7);
    for (const bits of [8, 10, 15]) {
      const messages = Array.from({ length: 120 }, () => shapedBytes(random, random.below(random.pick([300, 300, 3000, 3000, 20_000]))));
      // Whoever has another name each time finds nothing, and copies.
      const [copied, found] = [() => name(), () => 1_000_000 + bits].map((nameOf) => {
        const encoder = new Encoder();
        const window = new Window(bits, allocate);
        const index = new MatchIndex(bits);
        index.restart(0, 0);
        return messages.map((bytes, n) => {
          if (n % 10 === 3) encoder.encodeAlone(bytes, 0, bytes.length, bits, true); // which lies where the history was
          if (n % 10 === 6) encoder.encodeBehind(name(), new Window(bits, allocate), new MatchIndex(bits), bytes, 0, bytes.length, true);
          encoder.encodeBehind(nameOf(), window, index, bytes, 0, bytes.length, true);
          const compressed = encoder.writer.bytes.slice(0, encoder.writer.length);
          // Another is sent instead, now and then.
          const sent = n % 10 === 8 ? messages[n - 1] as Uint8Array : bytes;
          if (sent === bytes) encoder.extend(nameOf(), bytes.length);
          else encoder.forget(nameOf());
          window.append(sent, 0, sent.length);
          if (sent !== bytes) index.restart(1, window.length);
          return toHex(compressed);
        });
      }) as [string[], string[]];
      for (const [n, compressed] of found.entries()) assert.equal(compressed, copied[n], `message ${n}`);
    }
  });

  it('does not take what another sent late for its own', () => {
    const encoder = new Encoder();
    const window = new Window(10, allocate);
    const index = new MatchIndex(10);
    index.restart(0, 0);
    const [us, hello] = [name(), utf8('Hello')];
    const sent = [0, 1].map(() => {
      encoder.encodeBehind(us, window, index, hello, 0, 5, true);
      encoder.extend(name(), 1);
      window.append(hello, 0, 5);
      encoder.extend(us, 5);
      return toHex(encoder.writer.bytes, 0, encoder.writer.length);
    });
    assert.deepEqual(sent, ['f248cdc9c90700', 'f200110000'], 'RFC 7692 §7.2.3.2');
  });
});
