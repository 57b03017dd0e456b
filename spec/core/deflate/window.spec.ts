import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Window } from '../../../lib/core/deflate/window.ts';
import { Random } from '../../support/random.ts';

/** A window, and the sizes it asked memory for. */
function windowOf(bits: number): { readonly window: Window; readonly asked: number[] } {
  const asked: number[] = [];
  const window = new Window(bits, (size) => {
    asked.push(size);
    return new Uint8Array(size + 16).subarray(8, size + 8); // memory that others share
  });
  return { window, asked };
}

function held(window: Window): number[] {
  const target = new Uint8Array(window.size + 3);
  const end = window.copyInto(target, 2);
  assert.equal(end, 2 + window.length);
  assert.deepEqual([...target.subarray(0, 2), target[end]], [0, 0, 0], 'nothing beside');
  return [...target.subarray(2, end)];
}

const upTo = (size: number, from: number = 0): Uint8Array => Uint8Array.from({ length: size }, (_, i) => from + i);

describe('RFC 7692 §7.2: the LZ77 window of one direction', () => {
  it('holds no memory until bytes come, and then follows them by doubling up to its size', () => {
    const { window, asked } = windowOf(10);
    assert.equal(window.size, 1024);
    assert.equal(window.ring.length, 0);
    window.append(upTo(0), 0, 0);
    assert.deepEqual(asked, []);
    window.append(upTo(256), 0, 256);
    assert.deepEqual(asked, [256]);
    window.append(upTo(1), 0, 1);
    assert.deepEqual(asked, [256, 512]);
    window.append(upTo(5000), 0, 5000);
    assert.deepEqual(asked, [256, 512, 1024]);
    window.append(upTo(5000), 0, 5000);
    assert.deepEqual(asked, [256, 512, 1024], 'it never holds more than its size');
  });

  it('holds the last bytes of what it took in, oldest first', () => {
    for (const bits of [8, 9, 11]) {
      const { window } = windowOf(bits);
      const random = new Random(bits);
      let expected: number[] = [];
      for (let round = 0; round < 200; round++) {
        const bytes = random.bytes(random.pick([0, 1, 3, 40, 200, 300, 700, 2048, 5000]));
        const start = random.below(bytes.length + 1);
        const end = start + random.below(bytes.length + 1 - start);
        window.append(bytes, start, end);
        expected = [...expected, ...bytes.subarray(start, end)].slice(-window.size);
        assert.equal(window.length, expected.length);
        assert.deepEqual(held(window), expected);
      }
    }
  });

  it('forgets everything at once, and takes bytes in again', () => {
    const { window } = windowOf(8);
    window.append(upTo(300), 0, 300);
    window.clear();
    assert.deepEqual(held(window), []);
    assert.equal(window.ring.length + window.view.byteLength, 0);
    window.append(upTo(3), 0, 3);
    assert.deepEqual(held(window), [0, 1, 2]);
  });

  it('says a match that stands in it, behind it, or begins in one and goes on in the other', () => {
    for (const bits of [8, 9]) {
      const { window } = windowOf(bits);
      const random = new Random(bits + 100);
      let past: number[] = [];
      for (let round = 0; round < 300; round++) {
        const bytes = random.bytes(random.below(400));
        window.append(bytes, 0, bytes.length);
        past = [...past, ...bytes].slice(-window.size);
        const piece = [...random.bytes(random.below(20))];
        const all = [...past, ...piece];
        if (all.length === 0) continue;
        const distance = 1 + random.below(random.oneIn(2) ? Math.min(all.length, 30) : Math.min(all.length, window.size));
        const length = random.below(259);
        for (let i = 0; i < length; i++) all.push(all[all.length - distance] as number);
        const target = new Uint8Array(400);
        target.set(piece);
        window.copyMatch(target, piece.length, distance, length);
        assert.deepEqual([...target.subarray(0, piece.length + length)], all.slice(past.length));
        assert.ok(target.subarray(piece.length + length).every((octet) => octet === 0), 'and no byte more');
      }
    }
  });

  it('shows its ring as a view of the same bytes', () => {
    const { window } = windowOf(8);
    window.append(upTo(200), 0, 200);
    assert.equal(window.view.byteLength, window.ring.length);
    for (let i = 0; i < 200; i++) assert.equal(window.view.getUint8(i), window.ring[i]);
  });
});
