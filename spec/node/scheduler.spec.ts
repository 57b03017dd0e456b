// The one scheduler: order, laziness, one timer, and what it forgets. Against a virtual clock and a list sorted by hand.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Scheduler } from '../../lib/node/scheduler.ts';
import type { Timed } from '../../lib/node/scheduler.ts';
import { VirtualClock } from '../support/clock.ts';
import { virtualScheduler } from '../support/duplex.ts';
import { Random } from '../support/random.ts';

/** Something with a deadline that a spec sets, and a record of when it was told the time. */
class Task implements Timed {
  at: number;
  readonly told: number[] = [];
  next: (now: number) => number = () => Infinity;

  constructor(at: number) {
    this.at = at;
  }

  deadline(): number {
    return this.at;
  }

  advance(now: number): void {
    this.told.push(now);
    this.at = this.next(now);
  }
}

describe('the scheduler', () => {
  it('tells each its time, in order, once', () => {
    const clock = new VirtualClock(1000);
    const scheduler = virtualScheduler(clock);
    const order: number[] = [];
    const random = new Random(7);
    const deadlines = Array.from({ length: 200 }, () => 1000 + random.below(500));
    for (const at of deadlines) {
      const task = new Task(at);
      task.next = (now) => {
        order.push(at);
        assert.equal(now, at);
        return Infinity;
      };
      scheduler.watch(task);
    }
    clock.run(1000);
    assert.deepEqual(order, [...deadlines].sort((a, b) => a - b));
    assert.equal(scheduler.size, 0);
  });

  it('looks again later when a deadline has moved back, without having been told', () => {
    const clock = new VirtualClock();
    const task = new Task(10);
    virtualScheduler(clock).watch(task);
    task.at = 30;
    clock.run(100);
    assert.deepEqual(task.told, [30]);
  });

  it('looks earlier when it is told that a deadline has come nearer', () => {
    const clock = new VirtualClock();
    const scheduler = virtualScheduler(clock);
    const task = new Task(50);
    const watch = scheduler.watch(task);
    scheduler.watch(new Task(20));
    task.at = 10;
    scheduler.update(watch);
    clock.run(100);
    assert.deepEqual(task.told, [10]);
  });

  it('goes on with a task that sets itself a new deadline', () => {
    const clock = new VirtualClock();
    const task = new Task(5);
    task.next = (now) => now + 5;
    virtualScheduler(clock).watch(task);
    clock.run(22);
    assert.deepEqual(task.told, [5, 10, 15, 20]);
  });

  it('tells the time as soon as possible to who does not know it', () => {
    const clock = new VirtualClock(77);
    const task = new Task(-Infinity);
    virtualScheduler(clock).watch(task);
    clock.run(0);
    assert.deepEqual(task.told, [77]);
  });

  it('does not spin for one whose deadline stays in the past', () => {
    const clock = new VirtualClock();
    const task = new Task(1);
    task.next = () => task.told.length < 3 ? -Infinity : Infinity;
    virtualScheduler(clock).watch(task);
    clock.run(2);
    assert.deepEqual(task.told, [1, 1, 1]);
  });

  it('forgets who is dismissed, wherever it stands', () => {
    const random = new Random(11);
    for (let round = 0; round < 50; round++) {
      const clock = new VirtualClock();
      const scheduler = virtualScheduler(clock);
      const tasks = Array.from({ length: 20 }, () => new Task(random.below(100)));
      const watches = tasks.map((task) => scheduler.watch(task));
      const deadlines = tasks.map((task) => task.at);
      const gone = new Set(tasks.filter(() => random.oneIn(3)));
      tasks.forEach((task, i) => { if (gone.has(task)) scheduler.dismiss(watches[i] as (typeof watches)[0]); });
      assert.equal(scheduler.size, 20 - gone.size);
      clock.run(200);
      tasks.forEach((task, i) => assert.deepEqual(task.told, gone.has(task) ? [] : [deadlines[i]]));
    }
  });

  it('dismisses twice as once', () => {
    const scheduler = virtualScheduler(new VirtualClock());
    const watch = scheduler.watch(new Task(5));
    scheduler.dismiss(watch);
    scheduler.dismiss(watch);
    assert.equal(scheduler.size, 0);
  });

  it('has one timer for all', () => {
    const clock = new VirtualClock();
    let timers = 0;
    const scheduler = new Scheduler({
      now: () => clock.now,
      after: (delay, callback) => {
        timers++;
        const timer = clock.after(delay, callback);
        return () => {
          timers--;
          timer.cancel();
        };
      },
    });
    for (let at = 100; at > 0; at--) scheduler.watch(new Task(at));
    assert.equal(timers, 1);
  });

  it('keeps time by the clock of the process when it is given no other', async () => {
    const scheduler = new Scheduler();
    const begin = scheduler.now();
    const controller = new AbortController();
    const keepAlive = setInterval(() => {}, 1000); // the scheduler's own timer does not
    const task = new Task(begin + 5);
    task.next = () => {
      controller.abort();
      return Infinity;
    };
    scheduler.watch(task);
    await once(controller.signal, 'abort');
    clearInterval(keepAlive);
    assert.ok((task.told[0] as number) >= begin + 5);
  });
});
