// Deadlines of the face, on the one timer that all connections share: a session that waits for something has no timer of its own.

import type { Scheduler } from '../node/scheduler.ts';

/** Calls back once, when it is later than `deadline()`, which may move back meanwhile. Returns how to call it off. */
export function whenDue(scheduler: Scheduler, deadline: () => number, callback: () => void): () => void {
  let over = false;
  const watch = scheduler.watch({
    deadline: () => over ? Infinity : deadline(),
    advance: () => {
      over = true;
      callback();
    },
  });
  return () => {
    over = true;
    scheduler.dismiss(watch);
  };
}

/** Calls back once, `delay` milliseconds from now, unless it is called off: by the function that is returned. */
export function after(scheduler: Scheduler, delay: number, callback: () => void): () => void {
  if (delay === Infinity) return () => {};
  const at = scheduler.now() + delay;
  return whenDue(scheduler, () => at, callback);
}
