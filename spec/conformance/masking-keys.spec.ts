// What masking keys give away, held against the generators themselves: written here a second time, with whole numbers of any size, from what
// their documentation says. Outputs that are known from elsewhere show that they are these generators.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';

import { KEYS_TO_WEIGH, weighKeys } from '../../lib/conformance/tester/masking-keys.ts';
import { Random } from '../support/random.ts';

type Generator = () => number;

/** nextInt() of java.util.Random, as an unsigned number. */
function javaRandom(seed: bigint): Generator {
  const mask = (1n << 48n) - 1n;
  let state = (seed ^ 0x5deece66dn) & mask;
  return () => {
    state = (state * 0x5deece66dn + 0xbn) & mask;
    return Number(state >> 16n);
  };
}

function mersenneTwister(seed: number): Generator {
  const state = [seed >>> 0];
  for (let i = 1; i < 624; i++) {
    const before = state[i - 1] as number;
    state[i] = (Math.imul(1812433253, before ^ (before >>> 30)) + i) >>> 0;
  }
  let at = 624;
  return () => {
    if (at === 624) {
      for (let i = 0; i < 624; i++) {
        const y = ((state[i] as number) & 0x80000000) | ((state[(i + 1) % 624] as number) & 0x7fffffff);
        state[i] = ((state[(i + 397) % 624] as number) ^ (y >>> 1) ^ (y % 2 === 0 ? 0 : 0x9908b0df)) >>> 0;
      }
      at = 0;
    }
    let y = state[at++] as number;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
}

const draw = (generator: Generator, count: number = KEYS_TO_WEIGH): number[] => Array.from({ length: count }, generator);
const turned = (key: number): number => Buffer.from(Uint32Array.of(key).buffer).readUInt32BE();
const strong = (): number => randomBytes(4).readUInt32BE();

describe('masking keys that a subject was seen to use', () => {
  it('are nothing to speak of when they come from a strong source', () => {
    for (let round = 0; round < 20; round++) assert.equal(weighKeys(draw(strong)), 'vary');
  });

  it('repeat when one is used for all frames, or a few in turn', () => {
    assert.equal(weighKeys([7, 7, 7]), 'repeat');
    assert.equal(weighKeys(draw(() => 0)), 'repeat');
    const few = draw(strong, 16);
    let at = 0;
    assert.equal(weighKeys(draw(() => few[at++ % few.length] as number)), 'repeat');
  });

  it('may be equal once by chance', () => {
    const keys = draw(strong);
    assert.equal(weighKeys([...keys, keys[9] as number]), 'vary');
    assert.equal(weighKeys([...keys, keys[9] as number, keys[10] as number]), 'repeat');
  });

  it('make progress when each is the one before and a number, in either order of octets', () => {
    let key = 0xffff_fff0;
    const counter = (by: number) => (): number => (key = (key + by) >>> 0);
    assert.equal(weighKeys(draw(counter(1))), 'progress');
    assert.equal(weighKeys(draw(counter(0x9e37_79b9))), 'progress');
    assert.equal(weighKeys(draw(counter(3)).map(turned)), 'progress');
    assert.equal(weighKeys([5, 3, 1]), 'progress');
  });

  it('are narrow when a bit never changes', () => {
    const random = new Random(1); // in so narrow a range some keys come again by chance, now and then too many
    const some = (): number => random.next();
    assert.equal(weighKeys(draw(() => some() % 9_999_999)), 'narrow');
    assert.equal(weighKeys(draw(() => (some() | 0x80) >>> 0)), 'narrow');
    assert.equal(weighKeys(draw(() => (some() & 0x7fff_ffff) >>> 0)), 'narrow');
    assert.equal(weighKeys(draw(() => some() % 9_999_999, 63)), 'vary', 'too few to say so');
  });

  it('follow from each other when java.util.Random made them, in either order of octets', () => {
    assert.deepEqual(draw(javaRandom(42n), 3).map((key) => key | 0), [-1170105035, 234785527, -1360544799], 'what new Random(42).nextInt() gives');
    for (const seed of [0n, 42n, 0x1234_5678_9abcn]) {
      assert.equal(weighKeys(draw(javaRandom(seed), 16)), 'generator');
      assert.equal(weighKeys(draw(javaRandom(seed), 16).map(turned)), 'generator', 'nextBytes() writes the lowest octet first');
    }
  });

  it('follow from each other also where the generator served somebody else in between', () => {
    const shared = javaRandom(7n);
    const keys = [shared(), shared()];
    shared();
    assert.equal(weighKeys([...keys, shared(), shared(), shared()]), 'generator');
  });

  it('follow from each other when a Mersenne Twister made them, once there are more than it remembers', () => {
    assert.deepEqual(draw(mersenneTwister(5489), 3), [3499211612, 581869302, 3890346734], 'the outputs that its authors publish');
    assert.equal(weighKeys(draw(mersenneTwister(1))), 'generator');
    assert.equal(weighKeys(draw(mersenneTwister(2)).map(turned)), 'generator');
    assert.equal(weighKeys(draw(mersenneTwister(3), 624)), 'vary', 'one more is needed');
  });

  it('say nothing when there are fewer than three', () => {
    assert.equal(weighKeys([]), 'vary');
    assert.equal(weighKeys([1, 2]), 'vary');
  });
});
