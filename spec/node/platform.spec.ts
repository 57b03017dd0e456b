// Holds Node's platform to the portable one: every method, same input, same answer.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { portablePlatform } from '../../lib/core/platform.ts';
import { nodePlatform } from '../../lib/node/platform.ts';
import { hex, toHex, utf8 } from '../support/bytes.ts';
import { Random } from '../support/random.ts';

const portable = portablePlatform({ random: () => {} });

const TEXTS = [
  '', 'a', 'ascii only', 'é', '€', '😀', 'aé€😀', '\u0000\u007f\u0080\u07ff\u0800\uffff', '\ufeffwith a byte order mark', '\ufeff',
  '\ud800', '\udc00', '\udc00\ud800', 'x\ud83d', '\ude00x', '\ud83d\ud83d\ude00', 'é'.repeat(300) + '\ud800', '\ud800'.repeat(5000),
  'a'.repeat(70_000), '😀'.repeat(20_000),
];

/** Byte strings around the edges of UTF-8 and random ones. */
const OCTETS = [
  '', '41', 'c3a9', 'e282ac', 'f09f9880', 'efbbbf41', 'c0af', 'c1bf', 'e08080', 'e09f80', 'e0a080', 'eda080', 'ed9fbf', 'f08fbfbf',
  'f0908080', 'f48fbfbf', 'f4908080', 'f5808080', 'ff', '80', 'c3', 'e282', 'f09f98', '41c3', 'c328', 'e28228',
].map(hex);

describe('the platform of Node', () => {
  it('agrees with the portable one on what UTF-8 is, anywhere in an array', () => {
    const random = new Random(20_260);
    const samples = [...OCTETS];
    for (let i = 0; i < 300; i++) samples.push(random.oneIn(2) ? random.bytes(random.below(12)) : utf8(random.pick(TEXTS.slice(1, 9))));
    for (const sample of samples) {
      for (const [before, after] of [[0, 0], [3, 0], [0, 2], [1, 1]] as const) {
        const bytes = Uint8Array.of(...new Array<number>(before).fill(0xff), ...sample, ...new Array<number>(after).fill(0xc3));
        const [start, end] = [before, before + sample.length];
        assert.equal(nodePlatform.isUtf8(bytes, start, end), portable.isUtf8(bytes, start, end), toHex(sample));
      }
    }
  });

  it('writes and measures the same UTF-8, an unpaired surrogate as U+FFFD', () => {
    for (const text of TEXTS) {
      const [ours, theirs] = [new Uint8Array(text.length * 3 + 4), new Uint8Array(text.length * 3 + 4)];
      const written = nodePlatform.encodeUtf8(text, ours, 2);
      assert.equal(written, portable.encodeUtf8(text, theirs, 2));
      assert.equal(nodePlatform.utf8Length(text), written);
      assert.deepEqual(ours, theirs);
    }
  });

  it('writes into a Buffer as into a plain array, and nothing beside it', () => {
    const whole = Buffer.alloc(12, 0xaa);
    assert.equal(nodePlatform.encodeUtf8('é', whole.subarray(3, 9), 1), 2);
    assert.equal(toHex(whole), 'aaaaaaaac3a9aaaaaaaaaaaa');
  });

  it('reads the same text, byte order mark included', () => {
    for (const text of TEXTS.filter((sample) => !/\p{Surrogate}/u.test(sample))) {
      const bytes = Uint8Array.of(0x20, ...utf8(text), 0x20);
      for (const given of [bytes, Buffer.from(bytes)]) {
        assert.equal(nodePlatform.decodeUtf8(given, 1, bytes.length - 1), text);
        assert.equal(portable.decodeUtf8(given, 1, bytes.length - 1), text);
      }
    }
  });

  it('reads ASCII', () => {
    const bytes = Uint8Array.from({ length: 128 }, (_, i) => i);
    for (const given of [bytes, Buffer.from(bytes)]) {
      assert.equal(nodePlatform.decodeAscii(given, 0, 128), portable.decodeAscii(given, 0, 128));
      assert.equal(nodePlatform.decodeAscii(given, 65, 70), 'ABCDE');
    }
  });

  it('digests the same', () => {
    for (const text of TEXTS) assert.equal(toHex(nodePlatform.sha1(utf8(text))), toHex(portable.sha1(utf8(text))));
  });

  it('allocates what was asked for, with memory of its own: a small array that is kept pins no page of a pool', () => {
    for (const size of [0, 1, 64, 65, 125, 4096, 4097, 16_384, 1_000_000]) {
      const bytes = nodePlatform.allocate(size);
      assert.equal(bytes.length, size);
      assert.equal(bytes.buffer.byteLength, size);
    }
  });

  it('copies the same, from a Buffer too, and shares nothing with what it copied', () => {
    for (const given of [Uint8Array.of(0, 1, 2, 3), Buffer.from([0, 1, 2, 3])]) {
      const copies = [nodePlatform.copy(given, 1, 3), portable.copy(given, 1, 3)];
      given.fill(9);
      assert.deepEqual(copies.map((copied) => toHex(copied)), ['0102', '0102']);
    }
    assert.equal(nodePlatform.copy(Uint8Array.of(1), 1, 1).length, 0);
  });

  it('§10.3: fills the whole of an array with bytes that differ each time', () => {
    const [one, other] = [new Uint8Array(64), new Uint8Array(64)];
    nodePlatform.random(one);
    nodePlatform.random(other);
    assert.notDeepEqual(one, other);
    assert.ok(one.subarray(48).some((byte) => byte !== 0));
  });
});
