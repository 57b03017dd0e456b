// RFC 7692 §7.2.1: compression, and the examples of §7.2.3 as far as they are about what a sender makes.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { DeflatePool, MessageDeflater } from '../../lib/core/deflate/deflater.ts';
import { concat, hex, toHex, utf8 } from '../support/bytes.ts';
import { TRAILER, inflated, jsonMessages, shapedBytes, slid } from '../support/deflate.ts';
import { readBlocks } from '../support/inflate-reference.ts';
import { readJson } from '../support/project.ts';
import { Random } from '../support/random.ts';

interface Vector {
  readonly id: string;
  readonly payload?: string;
  readonly compressedFull?: string;
  readonly messages?: readonly string[];
  readonly frames?: readonly string[];
}

const NONE: Uint8Array = new Uint8Array(0);
const vectors = readJson<{ readonly pmd: readonly Vector[] }>('spec/vectors/vectors.json').pmd;

function vector(id: string): Vector {
  const found = vectors.find((one) => one.id === id);
  assert.ok(found !== undefined, id);
  return found;
}

function deflater(windowBits: number, contextTakeover: boolean): MessageDeflater {
  return new MessageDeflater({ windowBits, contextTakeover, allocate: (size) => new Uint8Array(size), threshold: 0 }, new DeflatePool());
}

/** Compresses one part of a message and commits it. */
function part(by: MessageDeflater, bytes: Uint8Array, last: boolean): Uint8Array {
  by.deflate(bytes, 0, bytes.length, last);
  const compressed = by.output.slice(by.start, by.end);
  by.commit();
  return compressed;
}

function send(by: MessageDeflater, bytes: Uint8Array): Uint8Array {
  return part(by, bytes, true);
}

/** Octets that hardly repeat, but for the first 40, which stand again at `distance`; below 128, so that codes are no longer than they. */
function repeatAt(distance: number): Uint8Array {
  const random = new Random(distance);
  const bytes = random.bytes(distance + 40).map((octet) => octet & 0x7f);
  bytes.copyWithin(distance, 0, 40);
  return bytes;
}

describe('RFC 7692 §7.2.1', () => {
  it('a message is compressed whole, ends with an empty stored block, and its last four octets are left out [7692-7.2.1-1]', () => {
    const hello = vector('7.2.3.1');
    assert.equal(toHex(send(deflater(15, true), utf8('Hello'))), hello.payload);
    assert.equal(`${hello.payload}0000ffff`, hello.compressedFull);
    const random = new Random(721);
    const by = deflater(12, false);
    for (let round = 0; round < 60; round++) {
      const bytes = shapedBytes(random, random.below(3000));
      const compressed = send(by, bytes);
      assert.deepEqual(inflated(concat(compressed, TRAILER), 12), bytes);
      const blocks = readBlocks(concat(compressed, TRAILER));
      assert.deepEqual(blocks.bytes, bytes);
      assert.equal(blocks.types.at(-1), 0);
    }
  });

  it('the empty stored block is appended whatever block the data ended with, a stored one too [7692-7.2.1-2]', () => {
    const noise = new Random(722).bytes(300);
    assert.deepEqual(readBlocks(concat(send(deflater(15, false), noise), TRAILER)).types, [0, 0]);
    const few = utf8(Array.from({ length: 700 }, (_, i) => 'abcdefghij'[(i * i * 7 + (i >> 3)) % 10]).join(''));
    assert.deepEqual(readBlocks(concat(send(deflater(15, false), few), TRAILER)).types, [2, 0]);
    assert.deepEqual(readBlocks(concat(send(deflater(15, false), utf8('Hello')), TRAILER)).types, [1, 0]);
  });

  it('a message may take several blocks, of any type [7692-7.2.1-3] [7692-7.2.1-4]', () => {
    const random = new Random(723);
    const json = concat(...jsonMessages(random, 16384, 2)).subarray(0, 16384);
    const mixed = concat(random.bytes(16384), json, utf8('Hello'));
    const { bytes, types, finals } = readBlocks(concat(send(deflater(15, false), mixed), TRAILER));
    assert.deepEqual(bytes, mixed);
    assert.deepEqual(new Set(types), new Set([0, 1, 2]));
    assert.ok(finals.every((final) => final === 0));
  });

  it('of a part that is not the message\'s last, nothing is left out [7692-7.2.1-8]', () => {
    const [first = '', second = ''] = vector('streaming-nonfinal-keeps-trailer').frames ?? [];
    for (const takeover of [true, false]) {
      const by = deflater(15, takeover);
      assert.equal(toHex(part(by, utf8('Hello'), false)), first.slice(4));
      assert.equal(toHex(part(by, utf8('Hello'), true)), second.slice(4), 'and within a message the history is kept');
    }
    const random = new Random(724);
    const by = deflater(15, true);
    for (let round = 0; round < 30; round++) {
      const compressed = part(by, shapedBytes(random, random.below(2000)), false);
      assert.equal(toHex(compressed.subarray(-4)), '0000ffff');
    }
  });

  it('no distance is larger than 32,768 [7692-7.2.1-9]', () => {
    const at = repeatAt(32768);
    const beyond = repeatAt(32769);
    assert.equal(readBlocks(concat(send(deflater(15, true), at), TRAILER)).farthest, 32768);
    assert.ok(readBlocks(concat(send(deflater(15, true), beyond), TRAILER)).farthest < 32768);
  });

  it('without context takeover each message starts with an empty window [7692-7.2.1-10] [7692-7.2.1-13]', () => {
    const [first, second] = vector('7.2.3.2-no-takeover').messages ?? [];
    const by = deflater(15, false);
    assert.equal(toHex(send(by, utf8('Hello'))), first);
    assert.equal(toHex(send(by, utf8('Hello'))), second);
    for (const message of jsonMessages(new Random(725), 700, 20)) {
      assert.deepEqual(readBlocks(concat(send(by, message), TRAILER)).bytes, message, 'it reads without what was before');
    }
    part(by, utf8('Hello'), false);
    part(by, utf8('Hello'), true);
    assert.equal(toHex(send(by, utf8('Hello'))), first, 'after a fragmented one too');
  });

  it('with context takeover a message may refer to the last [7692-7.2.1-11] [7692-7.2.1-14]', () => {
    const by = deflater(15, true);
    assert.deepEqual([utf8('Hello'), utf8('Hello')].map((bytes) => toHex(send(by, bytes))), vector('7.2.3.2-takeover').messages);
  });

  it('no distance is larger than the agreed window, in a message and across messages and parts [7692-7.2.1-15] [7692-7.2.1-17]', () => {
    for (let bits = 9; bits <= 15; bits++) {
      const size = 1 << bits;
      for (const distance of [size, size + 1]) {
        const bytes = repeatAt(distance);
        const check = (compressed: Uint8Array, history: Uint8Array, how: string): void => {
          const { farthest } = readBlocks(concat(compressed, TRAILER), history);
          assert.ok(distance === size ? farthest === size : farthest < size, `${bits} bits, ${distance} back, ${how}: ${farthest}`);
        };
        check(send(deflater(bits, false), bytes), NONE, 'in one message');
        for (const lasts of [[false, true], [true, true]] as const) {
          const by = deflater(bits, true);
          part(by, new Random(1).bytes(100), true);
          part(by, bytes.subarray(0, distance), lasts[0]);
          check(part(by, bytes.subarray(distance), lasts[1]), bytes.subarray(0, distance), `in two, ${lasts.join()}`);
        }
      }
      const random = new Random(bits);
      const by = deflater(bits, true);
      let history = NONE;
      let farthest = 0;
      for (let round = 0; round < 30; round++) {
        const bytes = shapedBytes(random, random.below(900));
        const blocks = readBlocks(concat(send(by, bytes), TRAILER), history);
        assert.deepEqual(blocks.bytes, bytes);
        farthest = Math.max(farthest, blocks.farthest);
        history = slid(history, bytes);
      }
      assert.ok(farthest <= size);
    }
  });
});

describe('RFC 7692 §7.2.3', () => {
  it('a message that was compressed but sent as it is does not move the window [7692-7.2.3.2-1]', () => {
    const by = deflater(15, true);
    send(by, utf8('Hello'));
    by.deflate(utf8('World'), 0, 5, true);
    by.discard();
    assert.equal(toHex(send(by, utf8('Hello'))), vector('7.2.3.2-takeover').messages?.[1]);
  });

  it('an empty message, and an empty last part, is the octet 00 [7692-7.2.3.6-1]', () => {
    assert.equal(toHex(send(deflater(15, true), NONE)), vector('7.2.3.6').payload);
    const by = deflater(15, false);
    const first = part(by, utf8('Hello'), false);
    const second = part(by, NONE, true);
    assert.equal(toHex(second), '00');
    assert.equal(toHex(inflated(concat(first, second, TRAILER))), toHex(hex('48656c6c6f')));
  });
});
