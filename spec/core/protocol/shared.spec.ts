import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { KeySource, SLAB_SIZE, SlabPool, sharedOf } from '../../../lib/core/protocol/shared.ts';
import { portablePlatform } from '../../../lib/core/platform.ts';
import type { Platform } from '../../../lib/core/platform.ts';
import { Random } from '../../support/random.ts';

/** Counts what is asked of it. */
function countingPlatform(seed: number = 1): { readonly platform: Platform; readonly allocations: number[]; readonly filled: Uint8Array[] } {
  const random = new Random(seed);
  const allocations: number[] = [];
  const filled: Uint8Array[] = [];
  const platform = portablePlatform({
    random: (target) => {
      random.fill(target);
      filled.push(target.slice());
    },
    allocate: (size) => {
      allocations.push(size);
      return new Uint8Array(size);
    },
  });
  return { platform, allocations, filled };
}

describe('the slab pool', () => {
  it('holds nothing before something is asked of it', () => {
    const { platform, allocations } = countingPlatform();
    const pool = new SlabPool(platform);
    assert.deepEqual([pool.bytes.length, pool.free, allocations.length], [0, 0, 0]);
  });

  it('makes room up to the border of a slab, and takes a new one past it', () => {
    const { platform, allocations } = countingPlatform();
    const pool = new SlabPool(platform);
    pool.ensure(1);
    const first = pool.bytes;
    assert.equal(first.length, SLAB_SIZE);
    pool.free = SLAB_SIZE - 10;
    pool.ensure(10);
    assert.equal(pool.bytes, first);
    pool.ensure(11);
    assert.notEqual(pool.bytes, first);
    assert.equal(pool.free, 0);
    pool.ensure(SLAB_SIZE);
    assert.deepEqual(allocations, [SLAB_SIZE, SLAB_SIZE]);
  });

  it('gives an array of its own for what does not fit', () => {
    const { platform, allocations } = countingPlatform();
    assert.equal(new SlabPool(platform).allocate(SLAB_SIZE + 1).length, SLAB_SIZE + 1);
    assert.deepEqual(allocations, [SLAB_SIZE + 1]);
  });
});

describe('the key source', () => {
  it('§5.3: cuts every key from bytes of the platform’s random source, each byte once [6455-5.3-2] [6455-10.3-1]', () => {
    const { platform, filled } = countingPlatform();
    const keys = new KeySource(platform);
    const drawn = Array.from({ length: 5000 }, () => keys.next() >>> 0);
    const expected: number[] = [];
    for (const bytes of filled) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      for (let at = 0; at < bytes.length; at += 4) expected.push(view.getUint32(at, true));
    }
    assert.deepEqual(drawn, expected.slice(0, drawn.length));
    assert.ok(filled.length > 1, 'the reservoir was filled again');
    assert.equal(new Set(drawn).size, drawn.length);
  });

  it('takes no key from a reservoir that could not be filled', () => {
    let failing = true;
    const random = new Random(3);
    const keys = new KeySource(portablePlatform({
      random: (target) => {
        if (failing) throw new Error('no entropy');
        random.fill(target);
      },
    }));
    assert.throws(() => keys.next(), /no entropy/);
    assert.throws(() => keys.next(), /no entropy/);
    failing = false;
    assert.notEqual(keys.next(), 0);
    for (let i = 1; i < 2048; i++) keys.next();
    failing = true;
    assert.throws(() => keys.next(), /no entropy/);
    assert.throws(() => keys.next(), /no entropy/);
  });
});

describe('what connections share', () => {
  it('is the same for one platform, and another for another', () => {
    const { platform } = countingPlatform();
    assert.equal(sharedOf(platform), sharedOf(platform));
    assert.notEqual(sharedOf(platform), sharedOf(countingPlatform().platform));
    assert.ok(sharedOf(platform).slabs instanceof SlabPool);
    assert.ok(sharedOf(platform).keys instanceof KeySource);
    assert.deepEqual([0x41, 0xff].map((byte) => sharedOf(platform).isUtf8(Uint8Array.of(byte), 0, 1)), [true, false]);
  });
});
