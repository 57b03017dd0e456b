// One clock and one timer for all deadlines of the process: connections and handshakes alike (DESIGN §4, time). A binary heap
// whose entries may be earlier than the deadline they stand for, never later: a deadline that moves back costs nothing until
// its old time comes. The timer never keeps the process alive; sockets do.

/** Something whose time is to be told. */
export interface Timed {
  /** When `advance` is needed, in ms of the scheduler's clock: -Infinity as soon as possible, Infinity never. */
  deadline(): number;
  advance(now: number): void;
}

/** Where the time comes from. */
export interface Clock {
  /** Ms, monotonic. */
  now(): number;
  /** Calls back once after `delay` ms, unless the function it returns is called before. */
  after(delay: number, callback: () => void): () => void;
}

/** The place of one {@link Timed} in its scheduler. */
export interface Watch {
  readonly timed: Timed;
  /** When it is looked at next. */
  at: number;
  /** Its index in the heap; -1 while it is not there. */
  index: number;
}

/** The longest delay a timer of Node takes. */
const LONGEST = 2 ** 31 - 1;

const nodeClock: Clock = {
  now: () => performance.now(),
  after: (delay, callback) => {
    const timer = setTimeout(callback, Math.min(Math.ceil(delay), LONGEST)).unref();
    return () => clearTimeout(timer);
  },
};

/** Tells many deadlines the time with one timer. */
export class Scheduler {
  readonly #clock: Clock;
  readonly #heap: Watch[] = [];
  #timerAt = Infinity;
  #cancelTimer: () => void = () => {};

  /** `clock` is the process's own unless a spec brings another. */
  constructor(clock: Clock = nodeClock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  /** Begins to look after `timed`. Whenever its deadline may have changed, `update` is to be called. */
  watch(timed: Timed): Watch {
    const watch: Watch = { timed, at: Infinity, index: -1 };
    this.update(watch);
    return watch;
  }

  /** Takes notice of a deadline that may have come nearer. */
  update(watch: Watch): void {
    const deadline = watch.timed.deadline();
    if (deadline >= watch.at) return;
    watch.at = deadline;
    if (watch.index < 0) watch.index = this.#heap.push(watch) - 1;
    this.#rise(watch);
    this.#arm();
  }

  /** Forgets a watch; whoever it stood for is held no longer. */
  dismiss(watch: Watch): void {
    const { index } = watch;
    watch.at = Infinity;
    if (index < 0) return;
    watch.index = -1;
    const last = this.#heap.pop() as Watch; // `watch` is in the heap, so it is not empty
    if (last === watch) return;
    this.#put(last, index);
    this.#rise(last);
    this.#sink(last);
  }

  /** How many are waiting for their time. */
  get size(): number {
    return this.#heap.length;
  }

  #arm(): void {
    const next = this.#heap[0]?.at ?? Infinity;
    if (next >= this.#timerAt) return;
    this.#cancelTimer();
    this.#timerAt = next;
    this.#cancelTimer = this.#clock.after(Math.max(0, next - this.now()), () => this.#fire());
  }

  #fire(): void {
    this.#timerAt = Infinity;
    const now = this.now();
    const due: Watch[] = [];
    for (let first = this.#heap[0]; first !== undefined && first.at <= now; first = this.#heap[0]) {
      this.dismiss(first);
      due.push(first);
    }
    for (const watch of due) {
      if (watch.timed.deadline() <= now) watch.timed.advance(now);
      this.update(watch);
    }
    this.#arm();
  }

  #put(watch: Watch, index: number): void {
    this.#heap[index] = watch;
    watch.index = index;
  }

  #rise(watch: Watch): void {
    while (watch.index > 0) {
      const parent = this.#heap[(watch.index - 1) >> 1] as Watch; // the parent of an index in the heap is in the heap
      if (parent.at <= watch.at) return;
      const { index } = watch;
      this.#put(watch, parent.index);
      this.#put(parent, index);
    }
  }

  #sink(watch: Watch): void {
    for (;;) {
      const { index } = watch;
      const left = this.#heap[2 * index + 1];
      const right = this.#heap[2 * index + 2];
      const child = right !== undefined && left !== undefined && right.at < left.at ? right : left;
      if (child === undefined || child.at >= watch.at) return;
      this.#put(watch, child.index);
      this.#put(child, index);
    }
  }
}

/** The scheduler of the process. */
export const processScheduler: Scheduler = new Scheduler();
