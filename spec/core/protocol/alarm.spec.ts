import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Alarm } from '../../../lib/core/protocol/alarm.ts';

/** Set with `delay` and armed at `now`. */
function armed(delay: number, now: number): Alarm {
  const alarm = new Alarm();
  alarm.set(delay);
  assert.equal(alarm.advance(now), false);
  return alarm;
}

describe('an alarm', () => {
  it('is not set at first, and never goes off', () => {
    const alarm = new Alarm();
    assert.deepEqual([alarm.at, alarm.isSet], [Infinity, false]);
    assert.equal(alarm.advance(Number.MAX_SAFE_INTEGER), false);
  });

  it('asks for the time once set, and counts from the answer, however late', () => {
    const alarm = new Alarm();
    alarm.set(100);
    assert.deepEqual([alarm.at, alarm.isSet], [-Infinity, true]);
    assert.equal(alarm.advance(1_000_000), false);
    assert.equal(alarm.at, 1_000_100);
  });

  it('goes off at its time, not a millisecond before, and once', () => {
    const alarm = armed(100, 50);
    assert.equal(alarm.advance(149), false);
    assert.equal(alarm.advance(150), true);
    assert.deepEqual([alarm.at, alarm.isSet], [Infinity, false]);
    assert.equal(alarm.advance(151), false);
  });

  it('goes off late when the time is told late', () => {
    assert.equal(armed(100, 0).advance(5000), true);
  });

  it('counts anew when it is set again, and not at all when it is cancelled', () => {
    const alarm = armed(100, 0);
    alarm.set(100);
    assert.equal(alarm.advance(100), false);
    assert.equal(alarm.at, 200);
    alarm.cancel();
    assert.deepEqual([alarm.at, alarm.isSet, alarm.advance(300)], [Infinity, false, false]);
  });

  it('is never, for a delay of Infinity', () => {
    const alarm = new Alarm();
    alarm.set(Infinity);
    assert.deepEqual([alarm.at, alarm.isSet, alarm.advance(1)], [Infinity, false, false]);
  });

  it('changes its delay from the moment it was set, more than once', () => {
    const alarm = armed(100, 1000);
    alarm.change(300);
    assert.equal(alarm.at, 1300);
    alarm.change(50);
    assert.equal(alarm.at, 1050);
    assert.equal(alarm.advance(1050), true);
  });

  it('changes its delay before it is armed', () => {
    const alarm = new Alarm();
    alarm.set(100);
    alarm.change(7);
    assert.equal(alarm.advance(10), false);
    assert.equal(alarm.at, 17);
  });

  it('is never, once changed to Infinity, armed or not', () => {
    const alarm = armed(100, 0);
    alarm.change(Infinity);
    assert.equal(alarm.isSet, false);
    const fresh = new Alarm();
    fresh.set(100);
    fresh.change(Infinity);
    assert.equal(fresh.isSet, false);
  });

  it('is not set by a change', () => {
    const alarm = new Alarm();
    alarm.change(100);
    assert.equal(alarm.isSet, false);
  });

  it('is postponed by what does not count, whether it is set, armed or neither', () => {
    const alarm = armed(100, 0);
    alarm.postpone(30);
    assert.equal(alarm.at, 130);
    alarm.set(100);
    alarm.postpone(30);
    assert.equal(alarm.at, -Infinity);
    alarm.cancel();
    alarm.postpone(30);
    assert.equal(alarm.at, Infinity);
  });
});
