import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { mask, readMaskingKey, rotateKey } from '../../../lib/core/wire/mask.ts';
import { hex, toHex, utf8 } from '../../support/bytes.ts';
import { EXAMPLE_KEY, masked } from '../../support/frames.ts';
import { Random } from '../../support/random.ts';

/** Lengths up to here cross both thresholds between the three loops, and the 8-words-at-a-time loop and its rest. */
const LONGEST = 700;
/** Up to here `mask` says exactly whether the result is ASCII; from here on it says that it may not be. */
const ASCII_BELOW = 320;

const KEYS = ['37fa213d', '00000000', 'ffffffff', '80808080', '00000080', '80000000', '01020304'].map(hex);
const NOISE = new Random(5).bytes(LONGEST + 64);

/** Masks `payload` where it lies at `start` of a view at `byteOffset`, and returns it; what lies around it must not change. */
function maskAt(payload: Uint8Array, key: Uint8Array, start: number, byteOffset: number): { bytes: Uint8Array; seen: number } {
  const buffer = NOISE.slice(0, byteOffset + start + payload.length + 16);
  const view = buffer.subarray(byteOffset, byteOffset + start + payload.length + 9);
  view.set(payload, start);
  const seen = mask(view, start, start + payload.length, readMaskingKey(key, 0));
  const end = byteOffset + start + payload.length;
  assert.equal(Buffer.compare(buffer.subarray(0, byteOffset + start), NOISE.subarray(0, byteOffset + start)), 0, 'before');
  assert.equal(Buffer.compare(buffer.subarray(end), NOISE.subarray(end, buffer.length)), 0, 'after');
  return { bytes: buffer.subarray(byteOffset + start, end), seen };
}

function assertSame(actual: Uint8Array, expected: Uint8Array, where: string): void {
  if (Buffer.compare(actual, expected) !== 0) assert.equal(toHex(actual), toHex(expected), where);
}

describe('masking (§5.3)', () => {
  it('§5.3: octet i of the result is octet i of the payload XOR octet i mod 4 of the key, at every length and start [6455-5.3-5]', () => {
    for (let length = 0; length <= LONGEST; length++) {
      for (let start = 0; start < 16; start++) {
        const key = KEYS[(length + start) % KEYS.length] as Uint8Array;
        const payload = NOISE.subarray(64 - start, 64 - start + length);
        const { bytes } = maskAt(payload, key, start, (length * 5 + start * 3) % 8);
        assertSame(bytes, masked(payload, key), `length ${length}, start ${start}, key ${toHex(key)}`);
      }
    }
  });

  it('§5.3: holds for every key at every start of every view, on both sides of each threshold [6455-5.3-8]', () => {
    for (const length of [1, 3, 4, 7, 79, 80, 81, 87, 319, 320, 321, 327, 383, 384, 391]) {
      for (let start = 0; start < 8; start++) {
        for (let byteOffset = 0; byteOffset < 8; byteOffset++) {
          for (const key of KEYS) {
            const payload = NOISE.subarray(7, 7 + length);
            const { bytes } = maskAt(payload, key, start, byteOffset);
            assertSame(bytes, masked(payload, key), `length ${length}, start ${start}, offset ${byteOffset}, key ${toHex(key)}`);
          }
        }
      }
    }
  });

  it('§5.3: the same operation masks and unmasks, and keeps the length [6455-5.3-6]', () => {
    for (const length of [0, 1, 5, 100, 500, 20_000]) {
      const payload = new Random(length).bytes(length);
      const bytes = payload.slice();
      for (const pass of ['mask', 'unmask'] as const) {
        mask(bytes, 0, length, readMaskingKey(EXAMPLE_KEY, 0));
        if (pass === 'mask' && length > 0) assert.notDeepEqual(bytes, payload);
      }
      assert.deepEqual(bytes, payload);
    }
  });

  it('§5.7: the masked “Hello” of the RFC’s example', () => {
    const bytes = utf8('Hello');
    mask(bytes, 0, 5, readMaskingKey(hex('37fa213d'), 0));
    assert.equal(toHex(bytes), '7f9f4d5158');
  });

  it('§5.3: the octet index counts from the start of the frame’s payload, in however many pieces it comes', () => {
    for (const length of [1, 2, 3, 4, 5, 8, 13, 100, 190, 400, 650]) {
      const payload = NOISE.slice(0, length);
      for (const key of KEYS) {
        const whole = masked(payload, key);
        const k = readMaskingKey(key, 0);
        for (let split = 0; split <= length; split++) {
          const bytes = payload.slice();
          mask(bytes, 0, split, k);
          mask(bytes, split, length, rotateKey(k, split));
          assertSame(bytes, whole, `length ${length}, split ${split}`);
        }
      }
    }
  });

  it('§5.3: the octet index goes on over any number of pieces', () => {
    const random = new Random(9);
    for (let round = 0; round < 200; round++) {
      const payload = random.bytes(1 + random.below(2000));
      const bytes = payload.slice();
      const key = random.bytes(4);
      let rotated = readMaskingKey(key, 0);
      for (let at = 0; at < bytes.length; ) {
        const end = Math.min(bytes.length, at + random.below(500));
        mask(bytes, at, end, rotated);
        rotated = rotateKey(rotated, end - at);
        at = end;
      }
      assertSame(bytes, masked(payload, key), `round ${round}`);
    }
  });
});

describe('what masking says about ASCII', () => {
  const LENGTHS = [0, 1, 2, 3, 4, 5, 7, 8, 78, 79, 80, 81, 83, 84, 160, 317, 318, 319];
  const unmask = (text: Uint8Array, start: number, byteOffset: number): number =>
    maskAt(masked(text, EXAMPLE_KEY), EXAMPLE_KEY, start, byteOffset).seen & 0x80;

  it('has bit 0x80 clear when a result of less than 320 bytes is ASCII', () => {
    for (const length of LENGTHS) {
      for (let start = 0; start < 8; start++) {
        assert.equal(unmask(new Uint8Array(length).fill(0x7f), start, (start * 3) % 8), 0, `length ${length}, start ${start}`);
      }
    }
  });

  it('has bit 0x80 set when any one byte of the result is 0x80 or above, wherever it stands', () => {
    for (const length of [...LENGTHS, 320, 321, 400]) {
      for (let start = 0; start < 4; start++) {
        for (let at = 0; at < length; at++) {
          const text = new Uint8Array(length);
          text[at] = 0x80;
          assert.equal(unmask(text, start, 0), 0x80, `length ${length}, start ${start}, byte ${at}`);
        }
      }
    }
  });

  it('has bit 0x80 set for a result it did not look at, from 320 bytes on', () => {
    for (const length of [ASCII_BELOW, ASCII_BELOW + 1, LONGEST]) assert.equal(unmask(new Uint8Array(length), 0, 0), 0x80);
  });
});

describe('the masking key', () => {
  it('§5.2: is read where it stands, octet 0 as the least significant byte', () => {
    assert.equal(readMaskingKey(hex('ee 37fa213d ee'), 1), 0x3d21fa37);
    assert.equal(readMaskingKey(hex('00000080'), 0) >>> 0, 0x80000000);
    assert.equal(readMaskingKey(hex('ffffffff'), 0) >>> 0, 0xffffffff);
  });

  it('seen from octet p of the payload begins with octet p mod 4', () => {
    for (const key of KEYS) {
      for (let phase = 0; phase < 12; phase++) {
        const rotated = rotateKey(readMaskingKey(key, 0), phase);
        const expected = masked(new Uint8Array(4), key, phase);
        assert.equal(rotated >>> 0, readMaskingKey(expected, 0) >>> 0, `key ${toHex(key)}, phase ${phase}`);
      }
    }
  });

  it('turns by the low bits of any phase a 63-bit length can reach', () => {
    const key = readMaskingKey(EXAMPLE_KEY, 0);
    for (const phase of [2 ** 31 - 1, 2 ** 31, 2 ** 32 + 1, 2 ** 53 - 1]) {
      assert.equal(rotateKey(key, phase) >>> 0, rotateKey(key, Number(BigInt(phase) % 4n)) >>> 0, `phase ${phase}`);
    }
  });
});
