// Options that throw, and the deadline.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import {
  checkArray, checkInteger, checkKeys, checkPlatform, checkTimeout, Deadline, DEFAULT_TIMEOUT, handshakeLimits,
} from '../../../lib/core/handshake/limits.ts';
import { samplePlatform } from '../../support/handshake.ts';

describe('handshake/limits', () => {
  it('limits have defaults, and each can be set', () => {
    assert.deepEqual(handshakeLimits(), { maxHeadSize: 16_384, maxHeaderCount: 100, maxLineLength: 8_192 });
    assert.deepEqual(handshakeLimits({ maxHeaderCount: 7 }), { maxHeadSize: 16_384, maxHeaderCount: 7, maxLineLength: 8_192 });
    assert.equal(DEFAULT_TIMEOUT, 10_000);
  });

  it('an unknown limit or a nonsense value throws, naming it', () => {
    assert.throws(() => handshakeLimits({ maxHeads: 1 } as object), { name: 'TypeError', message: /limits\.maxHeads is not known; .*maxHeadSize/ });
    assert.throws(() => handshakeLimits(null as unknown as object), { name: 'TypeError', message: /limits must be an object, found null/ });
    assert.throws(() => handshakeLimits(3 as unknown as object), { name: 'TypeError', message: /limits must be an object, found 3/ });
    for (const bad of [0, -1, 1.5, NaN, Infinity, '16' as unknown as number]) {
      assert.throws(() => handshakeLimits({ maxLineLength: bad }), { name: 'RangeError', message: /limits\.maxLineLength must be an integer/ });
    }
  });

  it('single checks pass what is good and name what is not', () => {
    checkKeys('options', { a: 1 }, ['a', 'b']);
    assert.equal(checkInteger('x', 3, 3, 3), 3);
    assert.throws(() => checkInteger('x', 4, 3, 3), { name: 'RangeError', message: 'x must be an integer from 3 to 3, found 4' });
    checkArray('x', []);
    assert.throws(() => checkArray('x', 'ab' as unknown as string[]), { name: 'TypeError', message: 'x must be an array, found string' });
    assert.equal(checkTimeout('t', Infinity), Infinity);
    assert.equal(checkTimeout('t', 0.5), 0.5);
    for (const bad of [0, -1, NaN, '5' as unknown as number]) {
      assert.throws(() => checkTimeout('t', bad), { name: 'RangeError', message: /^t must be a positive number of milliseconds/ });
    }
    const platform = samplePlatform();
    assert.equal(checkPlatform(platform), platform);
    for (const bad of [null, undefined, 'node']) {
      assert.throws(() => checkPlatform(bad as unknown as typeof platform), { name: 'TypeError', message: /options\.platform must be a Platform/ });
    }
  });

  it('a deadline is armed by the first call and over at the timeout, not before', () => {
    const deadline = new Deadline(100);
    assert.equal(deadline.at, -Infinity);
    assert.equal(deadline.isOver(5_000), false);
    assert.equal(deadline.at, 5_100);
    assert.equal(deadline.isOver(5_099.9), false);
    assert.equal(deadline.isOver(5_100), true);
  });

  it('a deadline that is never, or cancelled, is not over', () => {
    const never = new Deadline(Infinity);
    assert.equal(never.at, Infinity);
    assert.equal(never.isOver(Number.MAX_VALUE), false);
    const cancelled = new Deadline(1);
    cancelled.isOver(0);
    cancelled.cancel();
    assert.equal(cancelled.isOver(50), false);
    assert.equal(cancelled.at, Infinity);
    const unarmed = new Deadline(1);
    unarmed.cancel();
    assert.equal(unarmed.isOver(50), false);
  });
});
