// Where the bytes of a history are found again (RFC 1951 §4): for each four octets the last place they stood, and from each place a link to
// the one before. It knows positions, not bytes: whoever follows a link compares what stands there. An index can be thrown away at
// any time, because it is made again from the history alone, and then leads to the same places in the same order.

/** Positions are 16 bits wide; this one is never reached. */
export const POSITIONS = 65536;

/** Heads are 2 to the power of this at most: more would cost more to fetch than collisions cost. */
const MOST_HASH_BITS = 13;

export class MatchIndex {
  /** By hash, the last position with it; 0 is none, so the octet at position 0 is not found again. */
  readonly heads: Uint16Array;
  /** By position & mask, the position before it with the same hash. */
  readonly links: Uint16Array;
  readonly mask: number;
  /** A 32-bit hash >>> this is a place in `heads`. */
  readonly hashShift: number;
  /** Positions below it mean nothing any more. */
  floor = 1;
  /** The position of the next octet of the stream. */
  next = 0;
  /** The first position that is not in the index; those before `next` want octets that are still to come. */
  indexed = 0;

  /** @param windowBits how far back matches may lie, as a power of two */
  constructor(windowBits: number) {
    const hashBits = Math.min(windowBits, MOST_HASH_BITS);
    this.heads = new Uint16Array(1 << hashBits);
    this.links = new Uint16Array(1 << windowBits);
    this.mask = this.links.length - 1;
    this.hashShift = 32 - hashBits;
  }

  /** Bytes that an index for `windowBits` takes. */
  static sizeOf(windowBits: number): number {
    return 2 * ((1 << Math.min(windowBits, MOST_HASH_BITS)) + (1 << windowBits));
  }

  /** Forgets everything. The stream's next `length` octets, which stand before the message, get the positions from `base` on. */
  restart(base: number, length: number): void {
    this.heads.fill(0);
    this.floor = 1;
    this.indexed = base;
    this.next = base + length;
  }

  /** Makes all that is in it mean nothing, which costs nothing: a message without history begins, in which `size` octets follow at least. */
  startAfresh(size: number): void {
    if (this.next + size > POSITIONS) return this.restart(1, 0);
    this.floor = Math.max(this.next, 1);
    this.next = this.indexed = this.floor;
  }
}

/** An index that is lent. */
interface Slot {
  /** Who used it last: a number, so that it keeps nobody alive. */
  readonly owner: number;
  readonly windowBits: number;
  readonly index: MatchIndex;
  /** It was used since the hand last passed. */
  used: boolean;
}

/**
 * The indexes of many deflaters, of which there are only so many at a time: whoever comes when the bytes are used up takes one that has not
 * been used for a round. Its owner finds that out at its next message, and makes its index again.
 */
export class IndexPool {
  /** Bytes of all indexes together, at most; but one is always lent. */
  readonly budget: number;
  /** Bytes of the indexes there are. */
  retainedBytes = 0;
  readonly #slots: (Slot | undefined)[] = [];
  /** Places of `#slots` that are empty. */
  readonly #vacant: number[] = [];
  /** The slot that is looked at next when there is no room. */
  #hand = 0;

  constructor(budget: number) {
    this.budget = budget;
  }

  /** The index that `owner` was lent as `slot`, unless somebody else has it by now. */
  find(slot: number, owner: number): MatchIndex | null {
    const found = this.#slots[slot];
    if (found === undefined || found.owner !== owner) return null;
    found.used = true;
    return found.index;
  }

  /** Lends an index, which holds anything, to `owner`, which has none; returns the slot to find it by. */
  lend(owner: number, windowBits: number): number {
    const size = MatchIndex.sizeOf(windowBits);
    while (this.retainedBytes > 0 && this.retainedBytes + size > this.budget) {
      const slot = this.#turnHand();
      const { index, windowBits: theirs } = this.#slots[slot] as Slot;
      if (theirs === windowBits) {
        this.#slots[slot] = { owner, windowBits, index, used: true };
        return slot;
      }
      this.#drop(slot);
    }
    const slot = this.#vacant.pop() ?? this.#slots.length;
    this.#slots[slot] = { owner, windowBits, index: new MatchIndex(windowBits), used: true };
    this.retainedBytes += size;
    return slot;
  }

  /** Takes back what `owner` was lent as `slot`, if it still has it. */
  takeBack(slot: number, owner: number): void {
    if (this.#slots[slot]?.owner === owner) this.#drop(slot);
  }

  /** The next slot that has not been used since the hand was there last; there is one. */
  #turnHand(): number {
    for (;;) {
      const slot = this.#hand;
      this.#hand = slot + 1 < this.#slots.length ? slot + 1 : 0;
      const found = this.#slots[slot];
      if (found === undefined) continue;
      if (!found.used) return slot;
      found.used = false;
    }
  }

  #drop(slot: number): void {
    this.retainedBytes -= MatchIndex.sizeOf((this.#slots[slot] as Slot).windowBits);
    this.#slots[slot] = undefined;
    this.#vacant.push(slot);
  }
}
