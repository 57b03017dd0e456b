// One case over one stream: what a tester asks of a transport, done with a socket (tester.ts). It keeps the bounds that no tester can keep
// alone: how long a case may take as a whole, and how much a subject may send.
//
// Law: nobody is blamed for what this process was too busy to read. A deadline is told once everything that has arrived was read. While a long
// write makes progress the tester's clock stands still.

import { afterReading } from '../../node/byte-stream.ts';
import type { ByteStream } from '../../node/byte-stream.ts';
import type { Scheduler, Watch } from '../../node/scheduler.ts';
import { concat } from '../tester/octets.ts';
import type { CaseResult } from '../result.ts';
import type { Played } from '../run.ts';
import type { Tester } from '../tester/tester.ts';

export interface CarryOptions {
  readonly scheduler: Scheduler;
  /** What the tester's clock said when it was made. */
  readonly begun: number;
  /** Ms for all of it. */
  readonly within: number;
  /** Octets that are read of the subject. */
  readonly most: number;
  /** Whether the tester, when it abandons the transport, does so by a TCP reset. */
  readonly resets: boolean;
  /** Breaks it off. */
  readonly signal: AbortSignal;
  /**
   * Takes the stream of a case that is skipped before anything was written, with what was read of it: many clients stop where they cannot
   * connect. By default it is destroyed.
   */
  readonly decline?: (stream: ByteStream, read: Uint8Array) => void;
}

/** Ms between two writes: a subject in another process may be doing something else. Of many writes that is for the first ones. */
const APART = 1;
const MOST_APART = 48;
/** Ms that a connection whose case is over may take to bring away what is on its way. */
const LINGER = 1_000;

/**
 * Carries the octets of both sides until there is a result; null when it was broken off. `read` is what was read of the stream already.
 *
 * @throws (rejects with) what the tester throws: a mistake of ours
 */
export function carry(tester: Tester, stream: ByteStream, options: CarryOptions, read: Uint8Array | null = null): Promise<Played | null> {
  return new Promise((resolve, reject) => { new Carrier(tester, stream, options, resolve, reject).start(read); });
}

class Carrier {
  readonly #tester: Tester;
  readonly #stream: ByteStream;
  readonly #options: CarryOptions;
  readonly #resolve: (played: Played | null) => void;
  readonly #reject: (error: unknown) => void;
  readonly #watch: Watch;
  /** Ms that the tester's clock is behind the scheduler's, and the time it was told last. */
  #behind = 0;
  #told: number;
  /** Since when nothing of the write under way has been taken. */
  #stuckSince = 0;
  #received = 0;
  #written = 0;
  /** What was read while nothing has been written: a head; null from then on. */
  #unanswered: Uint8Array[] | null;
  #reads = true;
  #ended = false;
  #tooLong = false;
  /** A deadline has come, and what has arrived meanwhile is being read. */
  #checking = false;
  #settled = false;

  constructor(
    tester: Tester, stream: ByteStream, options: CarryOptions,
    resolve: (played: Played | null) => void, reject: (error: unknown) => void,
  ) {
    this.#tester = tester;
    this.#stream = stream;
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#told = options.begun;
    this.#unanswered = options.decline === undefined ? null : [];
    this.#watch = options.scheduler.watch({ deadline: () => this.#deadline, advance: () => this.#check() });
  }

  start(read: Uint8Array | null): void {
    const { signal } = this.#options;
    signal.addEventListener('abort', this.#onAbort);
    if (signal.aborted) return this.#onAbort();
    this.#stream.observe({
      data: (chunk) => this.#happens(() => this.#receive(chunk)),
      end: () => this.#happens(() => this.#receiveEnd('fin')),
      progress: () => this.#standStill(),
      drain: () => {
        this.#standStill();
        this.#happens(() => {});
      },
      close: (error) => this.#happens(() => this.#receiveEnd(error === null ? 'fin' : 'reset')),
    });
    this.#happens(() => { if (read !== null) this.#receive(read); });
  }

  // ---- what happens -------------------------------------------------------------------------------------------------------------

  #receive(chunk: Uint8Array): void {
    this.#received += chunk.length;
    this.#unanswered?.push(chunk);
    this.#tester.receive(chunk);
    const { most } = this.#options;
    if (this.#received > most) this.#tester.stop(`the subject sends without end: ${most} octets were read of it, and this case asks for far fewer (§10.4)`);
  }

  #receiveEnd(how: 'fin' | 'reset'): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#tester.receiveEnd(how);
  }

  /** Tells the time, then what happened, then does what follows from it. */
  #happens(what: () => void, late: boolean = false): void {
    if (this.#settled) return;
    try {
      this.#tell(late);
      what();
      this.#turn();
    } catch (error) {
      this.#stream.destroy();
      this.#settle();
      this.#reject(error);
    }
  }

  // ---- time ---------------------------------------------------------------------------------------------------------------------

  get #deadline(): number {
    return this.#checking ? Infinity : Math.min(this.#tester.deadline + this.#behind, this.#options.begun + this.#options.within);
  }

  /** The time for the tester. What was read just now came in time, however late this process got round to reading it. */
  #tell(late: boolean): void {
    const { deadline } = this.#tester;
    const now = this.#options.scheduler.now() - this.#behind;
    if (!late && now >= deadline) this.#behind += now - deadline + 1;
    this.#told = Math.max(this.#told, this.#options.scheduler.now() - this.#behind);
    this.#tester.advance(this.#told);
  }

  /** Some of a write was taken: the time it took is nobody's. */
  #standStill(): void {
    const now = this.#options.scheduler.now();
    this.#behind += now - this.#stuckSince;
    this.#stuckSince = now;
  }

  /** A deadline has come. Everything that has arrived is read first. */
  #check(): void {
    this.#checking = true;
    afterReading(() => {
      this.#checking = false;
      if (!this.#settled) this.#expire();
    });
  }

  #expire(): void {
    const { scheduler, begun, within } = this.#options;
    const now = scheduler.now();
    if (now >= begun + within) {
      this.#tooLong = true;
      return this.#happens(() => this.#tester.stop(`not over after ${within} ms: something came again and again, and the end of it never`));
    }
    this.#stuckSince = now;
    this.#happens(() => {}, true);
  }

  // ---- what follows -------------------------------------------------------------------------------------------------------------

  #turn(): void {
    const tester = this.#tester;
    const stream = this.#stream;
    const drained = this.#write();
    if (tester.result !== null) return this.#letGo(tester.result);
    if (tester.abandoned) stream.reset();
    else if (tester.outputEnded && drained) stream.end();
    if (tester.reads !== this.#reads) {
      this.#reads = tester.reads;
      if (this.#reads) stream.resume();
      else stream.pause();
    }
    this.#options.scheduler.update(this.#watch);
  }

  /** As much as the stream takes; true when nothing is left. */
  #write(): boolean {
    while (this.#stream.writable) {
      const bytes = this.#tester.takeOutput();
      if (bytes === null) return true;
      this.#unanswered = null;
      this.#stuckSince = this.#options.scheduler.now();
      this.#stream.write(bytes, ++this.#written <= MOST_APART ? APART : 0);
    }
    return false;
  }

  #letGo(result: CaseResult): void {
    const stream = this.#stream;
    const { scheduler, begun, resets, decline } = this.#options;
    if (result.verdict === 'skipped' && this.#unanswered !== null && !this.#ended) decline?.(stream, concat(this.#unanswered));
    else if (!this.#tester.abandoned) linger(stream, scheduler);
    else if (resets) stream.reset();
    else stream.destroy();
    this.#settle();
    const late = this.#tooLong
      || ((result.verdict === 'fail' || result.verdict === 'non-strict') && result.seen.some((line) => line === 'silence' || line === 'open'));
    this.#resolve({ result: { ...result, ms: scheduler.now() - begun }, late });
  }

  readonly #onAbort = (): void => {
    this.#stream.destroy();
    this.#settle();
    this.#resolve(null);
  };

  #settle(): void {
    this.#settled = true;
    this.#options.scheduler.dismiss(this.#watch);
    this.#options.signal.removeEventListener('abort', this.#onAbort);
  }
}

/** Ends a stream whose subject has ended; one that does not bring away what is on its way is let go of. */
function linger(stream: ByteStream, scheduler: Scheduler): void {
  const until = scheduler.now() + LINGER;
  let over = false;
  const watch = scheduler.watch({
    deadline: () => over ? Infinity : until,
    advance: () => {
      over = true;
      stream.destroy();
    },
  });
  stream.observe({ data: () => {}, end: () => {}, progress: () => {}, drain: () => {}, close: () => { scheduler.dismiss(watch); } });
  stream.end();
}
