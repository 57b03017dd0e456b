import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { BitReader } from '../../../lib/core/deflate/bit-reader.ts';
import { bits } from '../../support/bytes.ts';
import { chunkings } from '../../support/chunking.ts';
import { Random } from '../../support/random.ts';

function readerOf(bytes: Uint8Array): BitReader {
  const reader = new BitReader();
  reader.load(bytes, 0, bytes.length);
  return reader;
}

describe('RFC 1951 §3.1.1: bits', () => {
  it('are read from the lowest of each byte, numbers with their lowest bit first', () => {
    const reader = readerOf(bits('10110100 00000001'));
    assert.ok(reader.need(3));
    assert.equal(reader.take(3), 0b100);
    assert.ok(reader.need(10));
    assert.equal(reader.take(10), 0b00001_10110);
    assert.ok(!reader.need(4));
    assert.ok(reader.need(3));
    assert.equal(reader.take(3), 0);
  });

  it('are the same however the bytes come, and so is the position behind each', () => {
    const random = new Random(1);
    const bytes = random.bytes(60);
    const sizes = Array.from({ length: 100 }, () => random.below(21));
    const read = (chunks: readonly Uint8Array[]): number[][] => {
      const reader = new BitReader();
      const seen: number[][] = [];
      let next = 0;
      for (const chunk of chunks) {
        const lent = new Uint8Array(chunk.length + 4);
        lent.set(chunk, 2);
        reader.load(lent, 2, 2 + chunk.length);
        for (; reader.need(sizes[next] as number); next++) seen.push([reader.take(sizes[next] as number), reader.position(0)]);
      }
      return seen;
    };
    const whole = read([bytes]);
    let at = 0;
    whole.forEach(([value, position], i) => {
      let expected = 0;
      for (let bit = 0; bit < (sizes[i] as number); bit++, at++) expected += (((bytes[at >> 3] as number) >> (at & 7)) & 1) * 2 ** bit;
      assert.equal(value, expected);
      assert.equal(position, Math.ceil(at / 8));
    });
    for (const { name, chunks } of chunkings(bytes)) assert.deepEqual(read(chunks), whole, name);
  });

  it('are counted in whole bytes, as if the last ones had not been used', () => {
    const reader = readerOf(new Uint8Array(3));
    reader.need(17);
    reader.take(17);
    assert.deepEqual([0, 1, 2, 9, 17].map((spent) => reader.position(spent)), [3, 2, 2, 1, 0]);
  });

  it('end with the byte that is begun where a byte has to begin', () => {
    const reader = readerOf(bits('11111111 00000011'));
    reader.need(2);
    reader.take(2);
    reader.align();
    reader.need(2);
    assert.equal(reader.take(2), 0b11);
    assert.equal(reader.position(0), 2);
  });

  it('that were looked at too early are given back as whole bytes, but never those of the input before', () => {
    const reader = readerOf(bits('00000000 00000000 11111111'));
    reader.need(20);
    reader.take(3);
    reader.rewind();
    assert.deepEqual([reader.at, reader.count, reader.position(0)], [1, 5, 1]);
    reader.need(15);
    assert.equal(reader.take(15), 0b11_00000000_00000);
    reader.need(6);
    reader.take(3);
    reader.load(bits('10101010'), 0, 1);
    assert.ok(reader.need(11));
    assert.equal(reader.count, 11);
    reader.rewind();
    assert.deepEqual([reader.at, reader.count, reader.position(0)], [0, 3, 3]);
    assert.equal(reader.take(3), 0b111);
  });

  it('are forgotten by a new start', () => {
    const reader = readerOf(bits('11111111 11111111'));
    reader.need(9);
    reader.take(1);
    reader.restart();
    assert.equal(reader.bytes.length, 0);
    assert.ok(reader.need(0) && !reader.need(1));
    reader.load(bits('00000001'), 0, 1);
    assert.ok(reader.need(8));
    assert.equal(reader.take(8), 1);
    assert.equal(reader.position(0), 1);
  });
});
