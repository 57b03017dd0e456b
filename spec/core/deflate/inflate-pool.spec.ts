import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { INFLATE_PIECE, InflatePool } from '../../../lib/core/deflate/inflate-pool.ts';
import { Window } from '../../../lib/core/deflate/window.ts';

describe('what inflaters share', () => {
  it('is lent to one at a time, and to the next when it is back', () => {
    const pool = new InflatePool();
    const [one, two] = [pool.lendOutput(), pool.lendOutput()];
    assert.notEqual(one.bytes.buffer, two.bytes.buffer);
    pool.takeBackOutput(one);
    assert.equal(pool.lendOutput(), one);
    const [first, second] = [pool.lendDecoder(), pool.lendDecoder()];
    assert.notEqual(first, second);
    pool.takeBackDecoder(first);
    assert.equal(pool.lendDecoder(), first);
  });

  it('has room for one piece', () => {
    const { bytes, view } = new InflatePool().lendOutput();
    assert.equal(bytes.length, INFLATE_PIECE);
    view.setInt32(4, 0x01020304, true);
    assert.deepEqual([...bytes.subarray(3, 9)], [0, 4, 3, 2, 1, 0]);
    assert.equal(view.byteLength, INFLATE_PIECE);
  });

  it('is kept for the next four of each kind, and counted; what is more is let go', () => {
    const pool = new InflatePool();
    assert.equal(pool.retainedBytes, 0);
    const outputs = Array.from({ length: 6 }, () => pool.lendOutput());
    const decoders = Array.from({ length: 6 }, () => pool.lendDecoder());
    for (const decoder of decoders) {
      decoder.begin(new Window(9, (size) => new Uint8Array(size)), 512);
      decoder.load(Uint8Array.of(0b100), 0, 1);
      assert.equal(decoder.run(), 'starved'); // a block with dynamic codes has begun
    }
    const tables = decoders[0]?.retainedBytes ?? 0;
    assert.ok(tables > 0);
    for (const output of outputs) pool.takeBackOutput(output);
    for (const decoder of decoders) pool.takeBackDecoder(decoder);
    assert.equal(pool.retainedBytes, 4 * (INFLATE_PIECE + tables));
    pool.lendOutput();
    pool.lendDecoder();
    assert.equal(pool.retainedBytes, 3 * (INFLATE_PIECE + tables));
  });
});
