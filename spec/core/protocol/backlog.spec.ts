import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Backlog } from '../../../lib/core/protocol/backlog.ts';

/** A backlog, and a list of what was done, with what stood in line meanwhile. */
function setUp(): { readonly backlog: Backlog; readonly done: string[]; readonly does: (name: string) => () => void } {
  const backlog = new Backlog();
  const done: string[] = [];
  return { backlog, done, does: (name) => () => { done.push(`${name} ${backlog.size}`); } };
}

describe('what waits behind a compression', () => {
  it('is done in its order when that is done, and counted until its turn', () => {
    const { backlog, done, does } = setUp();
    assert.deepEqual([backlog.busy, backlog.size], [false, 0]);
    backlog.begin(5, does('a'));
    assert.deepEqual([backlog.busy, backlog.size], [true, 5]);
    backlog.push(7, does('b'));
    backlog.push(0, does('c'));
    backlog.push(1, does('d'));
    assert.deepEqual([backlog.size, done.length], [13, 0]);
    backlog.finish();
    assert.deepEqual(done, ['a 8', 'b 1', 'c 1', 'd 0']);
    assert.deepEqual([backlog.busy, backlog.size], [false, 0]);
  });

  it('waits on when something in the line takes its time as well', () => {
    const { backlog, done, does } = setUp();
    backlog.begin(1, does('a'));
    backlog.push(2, () => {
      does('b')();
      backlog.begin(2, does('b compressed'));
    });
    backlog.push(4, does('c'));
    backlog.finish();
    assert.deepEqual(done, ['a 6', 'b 4']);
    assert.deepEqual([backlog.busy, backlog.size], [true, 6], 'it stands in line again, as what is under way');
    backlog.push(8, does('d'));
    backlog.finish();
    assert.deepEqual(done, ['a 6', 'b 4', 'b compressed 12', 'c 8', 'd 0']);
    assert.equal(backlog.busy, false);
    backlog.begin(1, does('e'));
    backlog.finish();
    assert.equal(done.at(-1), 'e 0', 'nothing is done twice');
    assert.equal(done.length, 6);
  });

  it('may be nothing', () => {
    const { backlog, done, does } = setUp();
    backlog.finish();
    backlog.begin(0, does('a'));
    assert.deepEqual([backlog.busy, backlog.size], [true, 0]);
    backlog.finish();
    assert.deepEqual(done, ['a 0']);
  });

  it('is forgotten, with what is under way', () => {
    const { backlog, done, does } = setUp();
    backlog.begin(5, does('a'));
    backlog.push(7, does('b'));
    backlog.clear();
    assert.deepEqual([backlog.busy, backlog.size], [false, 0]);
    backlog.finish();
    backlog.begin(1, does('c'));
    backlog.finish();
    assert.deepEqual(done, ['c 0']);
  });
});
