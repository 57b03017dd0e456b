import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { BlockWriter } from '../../../lib/core/deflate/block-writer.ts';
import { DISTANCES, LITERALS, SLICE_SIZE, scratch } from '../../../lib/core/deflate/scratch.ts';
import { LENGTHS, clearFrequencies, distanceSymbol } from '../../../lib/core/deflate/symbols.ts';
import { concat, toHex, utf8 } from '../../support/bytes.ts';
import { TRAILER, inflated } from '../../support/deflate.ts';
import { Random } from '../../support/random.ts';

const { data, frequencies, tokens } = scratch;

function match(length: number, distance: number): number {
  return (length << 16) | (distance - 1);
}

/** What the tokens say, so that it may be stored instead. */
function plainOf(wanted: readonly number[]): Uint8Array {
  const plain: number[] = [];
  for (const token of wanted) {
    if (token < 65536) plain.push(token);
    else for (let i = token >> 16; i > 0; i--) plain.push(plain[plain.length - (token & 0xffff) - 1] as number);
  }
  return Uint8Array.from(plain);
}

/** Counts the symbols as who finds matches does. */
function count(slice: readonly number[]): void {
  clearFrequencies();
  for (const token of slice) {
    const symbol = token < 65536 ? token : (LENGTHS[token >> 16] as number) >> 16;
    (frequencies[LITERALS + symbol] as number)++;
    if (token >= 65536) (frequencies[DISTANCES + distanceSymbol(token & 0xffff)] as number)++;
  }
}

/** Blocks, one for each list of tokens, and the end. */
function written(writer: BlockWriter, slices: readonly (readonly number[])[], last: boolean): Uint8Array {
  const plain = plainOf(slices.flat());
  writer.begin();
  let from = 0;
  for (const [i, slice] of slices.entries()) {
    const to = plainOf(slices.slice(0, i + 1).flat()).length;
    data.set(plain.subarray(from, to), 0);
    tokens.set(slice);
    count(slice);
    writer.writeBlock(slice.length, 0, to - from);
    from = to;
  }
  writer.end(last);
  return writer.bytes.slice(0, writer.length);
}

/** The type of the first block: 0 stored, 1 fixed, 2 dynamic. */
function typeOf(compressed: Uint8Array): number {
  assert.equal((compressed[0] as number) & 1, 0, 'BFINAL is never set');
  return ((compressed[0] as number) >> 1) & 3;
}

describe('a block', () => {
  const writer = new BlockWriter();

  it('is of fixed codes where they are smallest', () => {
    assert.equal(toHex(written(writer, [[...utf8('Hello')]], true)), 'f248cdc9c90700');
    assert.equal(typeOf(written(writer, [[...utf8('Hello')]], true)), 1);
  });

  it('is of codes of its own where they are smallest', () => {
    const text = Array.from({ length: 900 }, (_, i) => 97 + ((i * i) % 11));
    const compressed = written(writer, [text], false);
    assert.equal(typeOf(compressed), 2);
    assert.deepEqual(inflated(compressed), plainOf(text));
  });

  it('is stored where codes save nothing, whatever is before it', () => {
    const noise = [...new Random(11).bytes(700)];
    assert.equal(typeOf(written(writer, [noise], true)), 0);
    assert.equal(written(writer, [noise], true).length, 700 + 5 + 1);
    const behind = written(writer, [[...utf8('abcd')], noise], false);
    assert.deepEqual(inflated(behind), plainOf([...utf8('abcd'), ...noise]));
    assert.ok(behind.length <= 6 + 700 + 5 + 1 + 4);
  });

  it('holds every length and every distance', () => {
    const random = new Random(58);
    const start = Array.from({ length: 200 }, () => random.below(256));
    const matches = Array.from({ length: 255 }, (_, i) => match(4 + i, 1 + random.below(200)));
    const far: number[] = [];
    for (let distance = 1; distance < 32768; distance += 1 + (distance >> 2)) far.push(match(4, distance));
    far.push(match(4, 32768));
    // Behind one another, so that distances reach into the blocks before; none is of more than SLICE_SIZE octets.
    const slices = [start, matches.slice(0, 100), matches.slice(100, 170), matches.slice(170, 230), matches.slice(230), far];
    assert.deepEqual(inflated(written(writer, slices, false)), plainOf(slices.flat()));
    const alone = [...start, ...matches.slice(50, 100)];
    assert.deepEqual(inflated(written(writer, [alone], false)), plainOf(alone));
  });

  it('of 286 literals and 30 distances, each rarely used, is right too', () => {
    const random = new Random(59);
    const slice: number[] = [];
    for (let n = 0; n < 300; n++) slice.push(n & 255, random.pick([65, 66, 66, 66]), 66, 66);
    for (let length = 4; length <= 258; length += 7) slice.push(match(length, 1 + random.below(800)), 66, 66, 66);
    const compressed = written(writer, [slice], false);
    assert.deepEqual(inflated(compressed), plainOf(slice));
  });
});

describe('the end', () => {
  const writer = new BlockWriter();

  it('is an empty stored block, without its last four octets when it is the message\'s (RFC 7692 §7.2.1)', () => {
    assert.equal(toHex(written(writer, [], true)), '00');
    assert.equal(toHex(written(writer, [], false)), '000000ffff');
    assert.equal(toHex(written(writer, [[...utf8('Hello')]], false)), 'f248cdc9c907000000ffff');
  });

  it('fills its octet whatever number of bits waits', () => {
    const random = new Random(60);
    for (let length = 1; length < 60; length++) {
      const text = Array.from({ length }, () => random.pick([200, 65]));
      const compressed = written(writer, [text], true);
      assert.deepEqual(inflated(concat(compressed, TRAILER)), Uint8Array.from(text));
    }
  });
});

describe('the bytes', () => {
  it('of a message of one slice lie in the scratch, those of a larger one apart', () => {
    const writer = new BlockWriter();
    written(writer, [[1, 2, 3]], true);
    assert.equal(writer.bytes, scratch.blocks);
    written(writer, [[1, 2, 3], [4, 5, 6]], true);
    assert.notEqual(writer.bytes, scratch.blocks);
  });

  it('grow with what was written, and are let go of when the next message begins', () => {
    const writer = new BlockWriter();
    const random = new Random(61);
    const slices = Array.from({ length: 9 }, () => [...random.bytes(SLICE_SIZE)]);
    const compressed = written(writer, slices, true);
    assert.deepEqual(inflated(concat(compressed, TRAILER)), plainOf(slices.flat()));
    assert.ok(compressed.length <= 9 * (SLICE_SIZE + 5) + 1);
    assert.ok(writer.bytes.length <= 2 * (compressed.length + scratch.blocks.length));
    writer.begin();
    assert.equal(writer.bytes.length, 0);
  });
});
