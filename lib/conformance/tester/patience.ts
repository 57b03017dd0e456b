// How long is waited. What was waited for comes nearer, or something merely passes: the one begins the waiting anew, the other prolongs it,
// and not for ever. Who trickles octets, or sends without end what nobody wants, is given up like one who sends nothing.

/** Times the patience that a wait may be prolonged to by what passes. */
const LONGEST = 10;

export class Patience {
  /** Ms without anything until what is waited for is given up. */
  readonly #ms: number;
  #until: number;
  #atMost: number;

  constructor(now: number, ms: number) {
    this.#ms = ms;
    this.#until = now + ms;
    this.#atMost = now + LONGEST * ms;
  }

  /** When what is waited for is given up. */
  get until(): number {
    return Math.min(this.#until, this.#atMost);
  }

  /** Something kept coming until it was given up. */
  get wasProlonged(): boolean {
    return this.#until >= this.#atMost;
  }

  /** A wait begins, or begins anew. */
  begin(now: number, ms: number = this.#ms): void {
    this.#until = now + Math.min(ms, this.#ms);
    this.#atMost = now + LONGEST * this.#ms;
  }

  /** A wait of just so long, whatever passes. */
  watch(now: number, ms: number): void {
    this.#until = this.#atMost = now + ms;
  }

  /** Something passes. */
  prolong(now: number): void {
    this.#until = Math.max(this.#until, now + this.#ms);
  }
}
