// What the connections of one platform share, so that an idle connection holds no buffer: a slab into which output is written, and a
// reservoir of random bytes from which masking keys are cut.

import type { Platform } from '../platform.ts';
import { readMaskingKey } from '../wire/mask.ts';

/** Output is cut from slabs of this size. A slow peer's unsent bytes can pin one, so it is the constant in "plus a small constant" (DESIGN §5). */
export const SLAB_SIZE: number = 16 * 1024;

/** One request for random bytes costs about 2 µs whether it asks for 4 or for 8,192 (measured), so keys are drawn by the thousand. */
const RESERVOIR_SIZE = 8192;

/** A slab, used up from front to back by whoever writes; what is cut off moves to the transport and is never used again. */
export class SlabPool {
  bytes: Uint8Array = new Uint8Array(0);
  /** Everything before it has been cut off or is being written to. */
  free = 0;
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** Makes sure that `size` bytes, at most SLAB_SIZE, follow `free`. */
  ensure(size: number): void {
    if (this.bytes.length - this.free >= size) return;
    this.bytes = this.#platform.allocate(SLAB_SIZE);
    this.free = 0;
  }

  /** An array of its own, for what does not fit a slab. */
  allocate(size: number): Uint8Array {
    return this.#platform.allocate(size);
  }
}

/** Masking keys: a fresh one for every frame, from a strong source, not to be predicted from the one before (§5.3, §10.3). */
export class KeySource {
  readonly #platform: Platform;
  #reservoir: Uint8Array = new Uint8Array(0);
  #at = 0;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  next(): number {
    if (this.#at === this.#reservoir.length) {
      const reservoir = this.#platform.allocate(RESERVOIR_SIZE);
      this.#platform.random(reservoir); // if it throws, nothing that it has not filled is ever taken for a key
      this.#reservoir = reservoir;
      this.#at = 0;
    }
    const key = readMaskingKey(this.#reservoir, this.#at);
    this.#at += 4;
    return key;
  }
}

/** The shared parts of one platform. */
export interface Shared {
  readonly slabs: SlabPool;
  readonly keys: KeySource;
  /** The platform's own, for whoever needs it as a function: one closure for all connections. */
  readonly isUtf8: Platform['isUtf8'];
}

const sharedByPlatform = new WeakMap<Platform, Shared>();

/** The same parts for the same platform, for as long as it lives. */
export function sharedOf(platform: Platform): Shared {
  let shared = sharedByPlatform.get(platform);
  if (shared === undefined) {
    const isUtf8: Platform['isUtf8'] = (bytes, start, end) => platform.isUtf8(bytes, start, end);
    shared = { slabs: new SlabPool(platform), keys: new KeySource(platform), isUtf8 };
    sharedByPlatform.set(platform, shared);
  }
  return shared;
}
