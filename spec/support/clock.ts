// Virtual time: a queue of things to do, each at its millisecond. Ten minutes pass as fast as what happens in them. Knows no socket
// and no connection; two runs of the same script are the same run.

/** Something that will be done, and may still be called off. */
export interface Timer {
  readonly at: number;
  cancel(): void;
}

class Entry implements Timer {
  readonly at: number;
  readonly order: number;
  action: (() => void) | null;

  constructor(at: number, order: number, action: () => void) {
    this.at = at;
    this.order = order;
    this.action = action;
  }

  cancel(): void {
    this.action = null;
  }
}

/** More than this at one instant is a conversation that never lets time pass. */
const MOST_AT_ONCE = 1_000_000;

export class VirtualClock {
  /** Milliseconds; need not be whole. */
  now: number;
  /** A binary heap: the earliest first, and of two at one instant the one that was asked for first. */
  readonly #heap: Entry[] = [];
  #order = 0;

  constructor(start: number = 0) {
    this.now = start;
  }

  /** Does `action` at `time`, or now if that has passed. Infinity is never. */
  at(time: number, action: () => void): Timer {
    const entry = new Entry(Math.max(time, this.now), this.#order++, action);
    if (entry.at !== Infinity) this.#push(entry);
    return entry;
  }

  after(delay: number, action: () => void): Timer {
    return this.at(this.now + delay, action);
  }

  /** Does everything due up to and including `until`, in order; the time is `until` then. */
  runUntil(until: number): void {
    let instant = -Infinity;
    let count = 0;
    for (let next = this.#heap[0]; next !== undefined && next.at <= until; next = this.#heap[0]) {
      this.#pop();
      if (next.action === null) continue;
      count = next.at === instant ? count + 1 : 0;
      if (count > MOST_AT_ONCE) throw new Error(`${MOST_AT_ONCE} things happened at ${instant} ms: time does not pass`);
      this.now = instant = next.at;
      next.action();
    }
    this.now = Math.max(this.now, until);
  }

  run(duration: number): void {
    this.runUntil(this.now + duration);
  }

  /** Goes on until nothing is left to do, or `most` milliseconds have passed. True when nothing is left. */
  runOut(most: number): boolean {
    const until = this.now + most;
    for (let next = this.#heap[0]; next !== undefined && next.at <= until; next = this.#heap[0]) this.runUntil(next.at);
    return this.#heap.every((entry) => entry.action === null);
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (heap.length === 0 || last === undefined) return;
    heap[0] = last;
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && this.#before(child, least)) least = child;
      }
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #before(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a] as Entry, this.#heap[b] as Entry]; // both below the length
    return one.at < other.at || (one.at === other.at && one.order < other.order);
  }

  #swap(a: number, b: number): void {
    const heap = this.#heap;
    [heap[a], heap[b]] = [heap[b] as Entry, heap[a] as Entry]; // both below the length
  }
}
