// Randomness that is the same in every run: what is compared is compared on the same bytes.

/** A generator of 32-bit numbers from a seed: xorshift with the shifts 13, 17, 5. */
export class Random {
  #state;

  /** @param {number} seed */
  constructor(seed) {
    this.#state = (Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995) | 1;
    for (let i = 0; i < 8; i++) this.next();
  }

  /** @returns {number} a whole number of [0, 2^32) */
  next() {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x >>> 0;
  }

  /** @param {number} bound @returns {number} a whole number of [0, bound) */
  below(bound) {
    return Math.floor(this.next() / 2 ** 32 * bound);
  }

  /** @template T @param {readonly T[]} list @returns {T} */
  pick(list) {
    return list[this.below(list.length)];
  }
}
