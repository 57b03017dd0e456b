import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Limits } from '../../../lib/core/protocol/limits.ts';
import type { LimitOptions } from '../../../lib/core/protocol/limits.ts';
import { FRAME_TOO_BIG, MASK_MISSING, MESSAGE_TOO_BIG, TOO_MANY_FRAGMENTS } from '../../../lib/core/wire/violation.ts';

const MIB = 1024 * 1024;
const DEFAULTS: Required<LimitOptions> = {
  maxFrameSize: Infinity, maxMessageSize: 16 * MIB, maxInflateRatio: Infinity, maxFragments: Infinity, messageDeadline: 120_000, maxQueueSize: 16 * MIB,
  queuePolicy: 'refuse', highWaterMark: 256 * 1024, maxQueuedPongs: 64, maxControlRate: Infinity,
};
const LEAST: Readonly<Record<string, number>> = {
  maxFrameSize: 0, maxMessageSize: 0, maxInflateRatio: 1, maxFragments: 1, messageDeadline: 1, maxQueueSize: 0, highWaterMark: 0,
  maxQueuedPongs: 1, maxControlRate: 1,
};

describe('limits', () => {
  it('§10.4: exist for frames and for reassembled messages, with a default [6455-10.4-2]', () => {
    assert.deepEqual({ ...new Limits() }, DEFAULTS);
    assert.deepEqual({ ...new Limits({}) }, DEFAULTS);
  });

  for (const [name, least] of Object.entries(LEAST)) {
    it(`${name} is a whole number of at least ${least}, or Infinity`, () => {
      for (const value of [least, least + 1, 2 ** 32, 2 ** 40, Number.MAX_SAFE_INTEGER, Infinity]) {
        assert.deepEqual({ ...new Limits({ [name]: value }) }, { ...DEFAULTS, [name]: value });
      }
      for (const value of [least - 1, -1, 0.5, NaN, -Infinity, 2 ** 53]) {
        assert.throws(() => new Limits({ [name]: value }), { name: 'RangeError', message: new RegExp(`^limits\\.${name} must be`) });
      }
      for (const value of [String(least), null, {}, true, 5n]) {
        assert.throws(() => new Limits({ [name]: value } as unknown as LimitOptions),
          { name: 'TypeError', message: new RegExp(`^limits\\.${name} must be`) });
      }
    });
  }

  it('queuePolicy is refuse or close', () => {
    assert.equal(new Limits({ queuePolicy: 'close' }).queuePolicy, 'close');
    for (const queuePolicy of ['drop', '', null, true]) {
      assert.throws(() => new Limits({ queuePolicy } as unknown as LimitOptions),
        { name: 'TypeError', message: `limits.queuePolicy must be 'refuse' or 'close', found ${queuePolicy}` });
    }
  });

  it('are refused by a name that is none', () => {
    assert.throws(() => new Limits({ maxPayload: 1 } as LimitOptions),
      { name: 'TypeError', message: /^limits\.maxPayload is not an option/ });
    assert.throws(() => new Limits(null as unknown as LimitOptions),
      { name: 'TypeError', message: 'limits must be an object, found null' });
  });

  it('change one by one, the others stay', () => {
    const limits = new Limits({ maxFrameSize: 5, queuePolicy: 'close' });
    limits.set({ maxMessageSize: 9 });
    limits.set({ maxFrameSize: undefined } as unknown as LimitOptions);
    assert.deepEqual({ ...limits }, { ...DEFAULTS, maxFrameSize: 5, maxMessageSize: 9, queuePolicy: 'close' });
  });

  it('change all or none', () => {
    const limits = new Limits();
    assert.throws(() => limits.set({ maxFrameSize: 5, maxControlRate: 0 }), RangeError);
    assert.throws(() => limits.set({ maxFrameSize: 5, queuePolicy: 'drop' } as unknown as LimitOptions), TypeError);
    assert.deepEqual({ ...limits }, DEFAULTS);
  });

  it('are named by the violation of a header that exceeds one', () => {
    const limits = new Limits({ maxFrameSize: 5, maxMessageSize: 6, maxFragments: 7 });
    assert.deepEqual(limits.exceeded(FRAME_TOO_BIG, 8), { name: 'maxFrameSize', value: 5, observed: 8 });
    assert.deepEqual(limits.exceeded(MESSAGE_TOO_BIG, 8), { name: 'maxMessageSize', value: 6, observed: 8 });
    assert.deepEqual(limits.exceeded(TOO_MANY_FRAGMENTS, 8), { name: 'maxFragments', value: 7, observed: 8 });
    assert.equal(limits.exceeded(MASK_MISSING, 8), null);
    assert.deepEqual(limits.broken('maxQueueSize', 9), { name: 'maxQueueSize', value: 16 * MIB, observed: 9 });
  });
});
