// What a process holds. It collects until nothing more is found: one reading in a hundred would otherwise be one of garbage.

import { setTimeout as sleep } from 'node:timers/promises';

/** @typedef {{ readonly resident: number, readonly heap: number }} Memory bytes: resident as the system has it, the heap with what lies outside of it */

/** @returns {Promise<Memory>} */
export async function settledMemory() {
  let least = Infinity;
  for (let same = 0, i = 0; same < 2 && i < 12; i++) {
    globalThis.gc?.();
    await sleep(40); // finalizers, sockets that are being closed, and the sweeper have their turn
    const { heap } = memory();
    same = heap > least * 0.999 ? same + 1 : 0;
    least = Math.min(least, heap);
  }
  return memory();
}

/** @returns {Memory} */
export function memory() {
  const { rss, heapUsed, external } = process.memoryUsage();
  return { resident: rss, heap: heapUsed + external }; // array buffers are part of external
}
