// What the tester still has to write: the writes of the step under way, and between them what a good peer answers. Nothing goes between two
// writes of a step that may have cut a frame.

export class Writes {
  readonly #answers: Uint8Array[] = [];
  #step: Iterator<Uint8Array> | null = null;
  #wholeFrames = true;
  #midway = false;

  /** The writes of a step. `wholeFrames`: each ends with a frame, so that answers may go between. */
  begin(writes: Iterator<Uint8Array>, wholeFrames: boolean): void {
    this.#step = writes;
    this.#wholeFrames = wholeFrames;
  }

  /** What is left of the step is not written. */
  stop(): void {
    this.#step = null;
    this.#midway = false;
  }

  answer(bytes: Uint8Array): void {
    this.#answers.push(bytes);
  }

  /** The next write; `done` when the step has no more for now; null when there is no step. */
  next(): Uint8Array | 'done' | null {
    const answer = this.#midway ? undefined : this.#answers.shift();
    if (answer !== undefined) return answer;
    const next = this.#step?.next();
    if (next === undefined) return null;
    this.#midway = next.done !== true && !this.#wholeFrames;
    return next.done === true ? 'done' : next.value;
  }
}
