// A stream in memory with a window like TCP's, whose n-th operation can be made to fail; and the engine's clock made virtual. Two ends:
// what is written at one is read at the other, in turns of the event loop of its own.

import { Duplex } from 'node:stream';
import { Scheduler } from '../../lib/node/scheduler.ts';
import type { VirtualClock } from './clock.ts';

/** Which operation of an end fails, counted from 1, or never comes to its end; and what was done until then. */
export class Faults {
  readonly #failing: number;
  readonly #how: 'fails' | 'stalls';
  readonly log: string[] = [];

  constructor(failing: number = Infinity, how: 'fails' | 'stalls' = 'fails') {
    this.#failing = failing;
    this.#how = how;
  }

  /** Counts an operation; the error it fails with, or null. */
  count(operation: string): Error | null {
    this.log.push(operation);
    const fails = this.#how === 'fails' && this.log.length === this.#failing;
    return fails ? new Error(`operation ${this.log.length}, ${operation}, fails`) : null;
  }

  /** Whether the operation that was just counted does not come to its end, nor any other after it. */
  get stalled(): boolean {
    return this.#how === 'stalls' && this.hit;
  }

  get hit(): boolean {
    return this.log.length >= this.#failing;
  }
}

type Done = (error?: Error | null) => void;

/** One end of a pipe. */
export class PipeEnd extends Duplex {
  peer: PipeEnd | null = null;
  /** Copies of what was written, one entry a write of the stream below: a vectored write is one. */
  readonly writes: Buffer[] = [];
  readonly #faults: Faults;
  #waiting: Done | null = null;

  constructor(faults: Faults, highWaterMark: number) {
    super({ allowHalfOpen: true, highWaterMark });
    this.#faults = faults;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#send('write', chunk, done);
  }

  override _writev(chunks: { chunk: Buffer; encoding: BufferEncoding }[], done: Done): void {
    this.#send('writev', Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _read(): void {
    const error = this.#faults.count('read');
    if (error !== null) this.destroy(error);
    else if (!this.#faults.stalled) setImmediate(() => this.peer?.release());
  }

  override _final(done: Done): void {
    const error = this.#faults.count('final');
    if (!this.#faults.stalled) setImmediate(() => {
      if (error === null && this.peer?.destroyed === false) this.peer.arrive(null);
      done(error);
    });
  }

  override _destroy(error: Error | null, done: Done): void {
    const failure = this.#faults.count('destroy');
    const unread = !this.readableEnded;
    setImmediate(() => {
      if (this.peer !== null && !this.peer.destroyed && !this.peer.readableEnded) {
        if (this.writableFinished && !unread) this.peer.arrive(null);
        else this.peer.destroy(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
      }
      done(error ?? failure);
    });
  }

  /** The peer reads on. */
  release(): void {
    const done = this.#waiting;
    this.#waiting = null;
    done?.();
  }

  /** Something of the peer's arrives: bytes, or its end. True while there is room for more. */
  arrive(chunk: Buffer | null): boolean {
    const error = this.#faults.count(chunk === null ? 'eof' : 'data');
    if (this.#faults.stalled) return false;
    if (error === null) return this.push(chunk);
    this.destroy(error);
    return false;
  }

  #send(operation: string, chunk: Buffer, done: Done): void {
    const error = this.#faults.count(operation);
    const copy = Buffer.from(chunk);
    this.writes.push(copy);
    if (this.#faults.stalled) return;
    setImmediate(() => {
      if (error !== null) return done(error);
      if (this.peer === null || this.peer.destroyed) return done(Object.assign(new Error('nobody reads'), { code: 'EPIPE' }));
      if (this.peer.arrive(copy)) done();
      else this.#waiting = done;
    });
  }
}

/** Two ends of one pipe; `highWaterMark` is the window of each. */
export function pipe(options: { a?: Faults; b?: Faults; highWaterMark?: number } = {}): [a: PipeEnd, b: PipeEnd] {
  const { a: faultsA = new Faults(), b: faultsB = new Faults(), highWaterMark = 16 * 1024 } = options;
  const [a, b] = [new PipeEnd(faultsA, highWaterMark), new PipeEnd(faultsB, highWaterMark)];
  a.peer = b;
  b.peer = a;
  return [a, b];
}

/** A stream whose end has been and gone. */
export async function closedStream(): Promise<Duplex> {
  const stream = new Duplex({ read() {} }).destroy();
  await turns(1);
  return stream;
}

/** A scheduler whose time is a virtual clock's. */
export function virtualScheduler(clock: VirtualClock): Scheduler {
  return new Scheduler({
    now: () => clock.now,
    after: (delay, callback) => {
      const timer = clock.after(delay, callback);
      return () => timer.cancel();
    },
  });
}

/** Lets the event loop come round `count` times: everything a pipe does takes a bounded number of them. */
export async function turns(count: number = 8): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => { setImmediate(resolve); });
}
