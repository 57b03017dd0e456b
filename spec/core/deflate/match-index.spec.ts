import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { IndexPool, MatchIndex, POSITIONS } from '../../../lib/core/deflate/match-index.ts';

const BITS = 9;
const SIZE = MatchIndex.sizeOf(BITS);

describe('an index of matches', () => {
  it('takes the bytes it says it takes: 16 KiB for a window of 4 KiB, 80 KiB for one of 32 KiB', () => {
    for (let bits = 9; bits <= 15; bits++) {
      const { heads, links } = new MatchIndex(bits);
      assert.equal(heads.byteLength + links.byteLength, MatchIndex.sizeOf(bits));
    }
    assert.equal(MatchIndex.sizeOf(12), 16 * 1024);
    assert.equal(MatchIndex.sizeOf(15), 80 * 1024);
  });

  it('has a place for every hash, and a link for every position of the window', () => {
    for (let bits = 9; bits <= 15; bits++) {
      const { heads, links, mask, hashShift } = new MatchIndex(bits);
      assert.equal(0xffffffff >>> hashShift, heads.length - 1);
      assert.equal(links.length, 1 << bits);
      assert.equal(mask, links.length - 1);
    }
  });

  it('knows nothing after a restart, and gives what it is to know the positions from a base on', () => {
    const index = new MatchIndex(BITS);
    index.heads.fill(77);
    index.floor = 500;
    index.restart(1, 300);
    assert.ok(index.heads.every((head) => head === 0));
    assert.equal(index.floor, 1);
    assert.equal(index.indexed, 1);
    assert.equal(index.next, 301);
  });

  it('starts afresh where it is, so that nothing before counts, and not at position 0, which stands for none', () => {
    const index = new MatchIndex(BITS);
    index.startAfresh(10);
    assert.deepEqual([index.floor, index.next, index.indexed], [1, 1, 1]);
    index.heads[3] = 5;
    index.next = 11;
    index.startAfresh(10);
    assert.deepEqual([index.floor, index.next, index.indexed], [11, 11, 11]);
    assert.equal(index.heads[3], 5, 'it is not emptied for every message');
  });

  it('restarts when the positions come to their end', () => {
    const index = new MatchIndex(BITS);
    index.next = POSITIONS - 10;
    index.heads[3] = 5;
    index.startAfresh(10);
    assert.equal(index.floor, POSITIONS - 10);
    index.startAfresh(11);
    assert.deepEqual([index.floor, index.next, index.indexed], [1, 1, 1]);
    assert.equal(index.heads[3], 0);
  });
});

describe('the pool of indexes', () => {
  it('finds the index that an owner was lent, and nobody else\'s', () => {
    const pool = new IndexPool(10 * SIZE);
    const slot = pool.lend(1, BITS);
    const other = pool.lend(2, BITS);
    assert.ok(pool.find(slot, 1) instanceof MatchIndex);
    assert.notEqual(pool.find(slot, 1), pool.find(other, 2));
    assert.equal(pool.find(slot, 2), null);
    assert.equal(pool.find(-1, 1), null);
    assert.equal(pool.find(99, 1), null);
  });

  it('makes an index when it is lent, drops it when it is taken back, and counts their bytes', () => {
    const pool = new IndexPool(10 * SIZE);
    assert.equal(pool.retainedBytes, 0);
    const slot = pool.lend(1, BITS);
    const large = pool.lend(2, 12);
    assert.equal(pool.retainedBytes, SIZE + MatchIndex.sizeOf(12));
    pool.takeBack(slot, 2);
    assert.notEqual(pool.find(slot, 1), null, 'only from its owner');
    pool.takeBack(slot, 1);
    pool.takeBack(slot, 1);
    pool.takeBack(-1, 1);
    assert.equal(pool.find(slot, 1), null);
    assert.equal(pool.retainedBytes, MatchIndex.sizeOf(12));
    assert.equal(pool.lend(3, BITS), slot, 'its place is used again');
    pool.takeBack(large, 2);
    pool.takeBack(slot, 3);
    assert.equal(pool.retainedBytes, 0);
  });

  it('never holds more bytes than its budget, whoever comes with whatever window', () => {
    const pool = new IndexPool(100_000);
    const slots: number[] = [];
    for (let owner = 1; owner <= 200; owner++) {
      const bits = 9 + (owner % 7);
      slots[owner] = pool.lend(owner, bits);
      assert.ok(pool.retainedBytes <= 100_000);
      assert.equal(pool.find(slots[owner] as number, owner)?.links.length, 1 << bits, 'the newcomer has one of its size');
      if (owner % 5 === 0) pool.takeBack(slots[owner - 2] as number, owner - 2);
    }
    const held = slots.map((slot, owner) => pool.find(slot, owner)).filter((index) => index !== null);
    assert.equal(new Set(held).size, held.length, 'none is lent to two');
    assert.equal(held.reduce((sum, { heads, links }) => sum + heads.byteLength + links.byteLength, 0), pool.retainedBytes);
  });

  it('always lends one, were it larger than the budget', () => {
    const pool = new IndexPool(0);
    const first = pool.lend(1, 15);
    assert.notEqual(pool.find(first, 1), null);
    const second = pool.lend(2, 9);
    assert.equal(pool.find(first, 1), null);
    assert.notEqual(pool.find(second, 2), null);
    assert.equal(pool.retainedBytes, SIZE);
  });

  it('takes the index of one that has not used it for a round, before that of one that has', () => {
    const pool = new IndexPool(3 * SIZE);
    const slots = [0, pool.lend(1, BITS), pool.lend(2, BITS), pool.lend(3, BITS)];
    const has = (owner: number): boolean => pool.find(slots[owner] as number, owner) !== null;
    slots[4] = pool.lend(4, BITS); // a first round finds all of them used, a second takes the first
    assert.ok(has(2));
    assert.equal(pool.find(slots[1] as number, 1), null);
    slots[5] = pool.lend(5, BITS);
    assert.ok(has(2), 'it was used just now');
    assert.equal(pool.find(slots[3] as number, 3), null);
    assert.ok(has(4) && has(5));
  });

  it('gives an index of the same size to the next owner as it is, without a new one', () => {
    const pool = new IndexPool(SIZE);
    const index = pool.find(pool.lend(1, BITS), 1);
    assert.equal(pool.find(pool.lend(2, BITS), 2), index);
  });
});
