// What waits behind a message that is being compressed elsewhere (RFC 7692 §6.1): messages keep their order, so everything that is
// accepted meanwhile stands in line. It knows how many application bytes stand there and what each needs done; nothing of frames.

/** Something to be queued when its turn comes. */
interface Job {
  /** Application bytes, for the queue size. */
  readonly size: number;
  run(): void;
}

export class Backlog {
  /** Application bytes of what is being compressed and of what stands behind it. */
  size = 0;
  #underWay: Job | null = null;
  #jobs: Job[] = [];

  /** Something is being compressed: what comes now stands behind it. */
  get busy(): boolean {
    return this.#underWay !== null;
  }

  /** A message of `size` bytes is being compressed; `then` queues the result. */
  begin(size: number, then: () => void): void {
    this.#underWay = { size, run: then };
    this.size += size;
  }

  /** Stands in line. */
  push(size: number, run: () => void): void {
    this.#jobs.push({ size, run });
    this.size += size;
  }

  /** What was being compressed is done: queues it, and what stood behind it until something else takes its time. */
  finish(): void {
    let job = this.#underWay;
    this.#underWay = null;
    let next = 0;
    while (job !== null) {
      this.size -= job.size;
      job.run();
      job = this.busy ? null : this.#jobs[next++] ?? null;
    }
    this.#jobs.splice(0, next);
  }

  /** Forgets everything that stands in line, and that something is under way. */
  clear(): void {
    this.size = 0;
    this.#underWay = null;
    this.#jobs = [];
  }
}
