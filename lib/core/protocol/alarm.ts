// A deadline without a clock (DESIGN §4, time). It is set when something happens and knows no time then; the next advance(now) arms it.
// So nothing on the way of a byte asks what time it is, and a connection that was idle for an hour cannot be late for a deadline that
// was set a moment ago.

export class Alarm {
  /** When `advance` is next needed: -Infinity at once (set, not yet armed), Infinity never. Milliseconds of the caller's clock. */
  at: number = Infinity;
  #delay = 0;

  /** Goes off `delay` milliseconds after the next `advance`; anew if it was set. Infinity is never. */
  set(delay: number): void {
    this.#delay = delay;
    this.at = delay === Infinity ? Infinity : -Infinity;
  }

  cancel(): void {
    this.at = Infinity;
  }

  /** Counts `delay` instead of the delay it was set with, from the same moment. Does nothing to an alarm that is not set. */
  change(delay: number): void {
    if (this.at === -Infinity) this.set(delay);
    else if (this.isSet) this.postpone(delay - this.#delay);
    this.#delay = delay;
  }

  /** Takes `by` milliseconds that have passed for not passed. */
  postpone(by: number): void {
    this.at += by; // an infinite one stays what it is
  }

  get isSet(): boolean {
    return this.at !== Infinity;
  }

  /** Arms the alarm if it was just set. True once, when it has gone off. */
  advance(now: number): boolean {
    if (this.at === -Infinity) this.at = now + this.#delay;
    if (now < this.at) return false;
    this.at = Infinity;
    return true;
  }
}
