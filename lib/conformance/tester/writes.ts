// What the tester still has to write: the writes of the step under way, and between its frames what a good peer answers. Nothing goes into a
// frame, however the step cuts it: a frame under way when a step is stopped is written to its end, and then comes what waits.

/** Answers that wait: of more the oldest is left out, since a Pong may answer the latest Ping alone (§5.5.3). */
const MOST_ANSWERS = 1_000;

export class Writes {
  /** The write that was taken last was an answer. */
  isAnswer = false;
  readonly #inFrame: () => boolean;
  readonly #answers: Uint8Array[] = [];
  #step: Iterator<Uint8Array> | null = null;
  /** A step that was stopped, while it has a frame to finish. */
  #stopped: Iterator<Uint8Array> | null = null;

  /** @param inFrame whether the write that a step gave last ends in the middle of a frame */
  constructor(inFrame: () => boolean) {
    this.#inFrame = inFrame;
  }

  /** The writes of a step. */
  begin(writes: Iterator<Uint8Array>): void {
    this.#step = writes;
  }

  /** What is left of the step is not written, but for the frame under way. */
  stop(): void {
    if (this.#step !== null && this.#inFrame()) this.#stopped = this.#step;
    this.#step = null;
  }

  answer(bytes: Uint8Array): void {
    if (this.#answers.length === MOST_ANSWERS) this.#answers.shift();
    this.#answers.push(bytes);
  }

  /** The next write; `done` when the step has no more for now; null when there is no step. */
  next(): Uint8Array | 'done' | null {
    const rest = this.#restOfFrame();
    if (rest !== null) return rest;
    const answer = this.#inFrame() ? undefined : this.#answers.shift();
    this.isAnswer = answer !== undefined;
    if (answer !== undefined) return answer;
    const next = this.#step?.next();
    if (next === undefined) return null;
    return next.done === true ? 'done' : next.value;
  }

  #restOfFrame(): Uint8Array | null {
    const next = this.#inFrame() ? this.#stopped?.next() : undefined;
    if (next?.done === false) return next.value;
    this.#stopped = null;
    return null;
  }
}
