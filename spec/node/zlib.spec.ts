// What node:zlib is trusted with, held to what the seam promises of a host: histories, windows, ends, and saying no when in doubt.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { MessageInflater } from '../../lib/core/deflate/inflater.ts';
import { zlibDeflate, zlibInflate } from '../../lib/node/zlib.ts';
import { hex } from '../support/bytes.ts';
import { Random } from '../support/random.ts';

const NOTHING = new Uint8Array(0);
const TAIL = Uint8Array.of(0, 0, 0xff, 0xff);

/** Bytes in which much occurs again, at any distance. */
function wordy(random: Random, size: number): Buffer {
  const words = Array.from({ length: 40 }, () => Buffer.from(random.bytes(3 + random.below(9))));
  const parts: Buffer[] = [];
  for (let length = 0; length < size;) {
    const word = words[random.below(words.length)] as Buffer;
    parts.push(word);
    length += word.length;
  }
  return Buffer.concat(parts).subarray(0, size);
}

/** The portable inflater's view of a payload: what it inflates to, or the rule that it breaks. */
function portable(payload: Uint8Array, windowBits: number, history: Uint8Array = NOTHING): Buffer | string {
  const inflater = new MessageInflater({ windowBits, contextTakeover: true, allocate: (size) => new Uint8Array(size) });
  inflater.history.append(history, 0, history.length);
  inflater.load(payload, 0, payload.length, true, Infinity);
  const pieces: Buffer[] = [];
  do {
    if (inflater.next() === 'failed') return inflater.violation?.name ?? '';
    pieces.push(Buffer.from(inflater.output.slice(inflater.start, inflater.end)));
  } while (!inflater.last);
  return Buffer.concat(pieces);
}

describe('zlib as a deflater', () => {
  it('ends with an empty stored block, refers to the history, and to nothing beyond the window, at every size of it', () => {
    const random = new Random(3);
    for (let bits = 8; bits <= 15; bits++) {
      const history = wordy(random, 1 << bits);
      for (const size of [1, 300, 5_000, 40_000]) {
        const message = Buffer.concat([history.subarray(-Math.min(size, 40)), wordy(random, size), history.subarray(0, 200)]);
        const result = zlibDeflate.deflate(message, history, bits);
        assert.deepEqual(Buffer.from(result.subarray(-4)), Buffer.from(TAIL));
        // Distances are held to exactly 1 << bits by the portable inflater, but for 8, which it reads with 9.
        assert.deepEqual(portable(result.subarray(0, -4), bits, history), message, `${bits} bits, ${size} bytes`);
      }
    }
  });

  it('with a window of 256 bytes never refers further back, though zlib works with 512', () => {
    const random = new Random(4);
    const block = random.bytes(250);
    for (const distance of [249, 250, 251, 255, 256, 257, 300]) {
      const history = Buffer.concat([block, random.bytes(distance)]).subarray(-distance); // `block` lies `distance` before the message
      const whole = Buffer.concat([block.subarray(0, Math.min(250, distance)), random.bytes(Math.max(0, distance - 250))]);
      const result = zlibDeflate.deflate(block, whole.subarray(-distance), 8);
      // What 256 bytes of history inflate as well as all of it does not reach beyond them.
      const inflated = inflateRawSync(result, { finishFlush: constants.Z_SYNC_FLUSH, dictionary: whole.subarray(-256) });
      assert.deepEqual(inflated, Buffer.from(block), `${distance} ${history.length}`);
    }
  });

  it('in the thread pool gives the same, and nothing once it was abandoned', async () => {
    const message = wordy(new Random(5), 400_000);
    const history = message.subarray(0, 4096);
    const results = await Promise.all([0, 1].map((which) => new Promise<Uint8Array | null>((resolve) => {
      let called = false;
      const abandon = zlibDeflate.deflateLater(message, history, 12, (result) => {
        called = true;
        resolve(result);
      });
      assert.equal(called, false, 'never from within the call');
      if (which === 1) abandon();
      if (which === 1) setTimeout(() => resolve(null), 0);
    })));
    assert.deepEqual(Buffer.from(results[0] as Uint8Array), Buffer.from(zlibDeflate.deflate(message, history, 12)));
    assert.equal(results[1], null);
  });

  it('is asked for long messages, and in the pool for very long ones', () => {
    assert.ok(zlibDeflate.from > 0 && zlibDeflate.from < zlibDeflate.laterFrom && zlibDeflate.laterFrom < Infinity);
  });
});

describe('zlib as an inflater', () => {
  const inflate = (payload: Uint8Array, room = 1 << 20, history: Uint8Array = NOTHING): Buffer | null => {
    const framed = Buffer.concat([hex('aaaa'), payload, hex('bbbb')]);
    const result = zlibInflate.inflate(framed, 2, 2 + payload.length, history, room);
    return result === null ? null : Buffer.from(result);
  };

  it('agrees with the portable inflater on whatever it says yes to, and says yes to what zlib makes', () => {
    const random = new Random(6);
    let yes = 0;
    for (let round = 0; round < 300; round++) {
      const bits = 9 + random.below(7);
      const history = wordy(random, random.below(1 << bits));
      const message = wordy(random, random.below(6_000));
      const level = random.below(10);
      const payload = deflateRawSync(message, {
        level, windowBits: bits, finishFlush: constants.Z_SYNC_FLUSH, ...history.length > 0 && { dictionary: history },
      }).subarray(0, -4);
      if (payload.length > zlibInflate.to) continue;
      const result = inflate(payload, 1 << 20, history);
      assert.deepEqual(result, message, `round ${round}`);
      yes++;
    }
    assert.ok(yes > 200);
  });

  it('says nothing of what is corrupt, cut, final before its end, or ends without the header of an empty stored block', () => {
    const hello = 'f248cdc9c90700';
    assert.deepEqual(inflate(hex(hello)), Buffer.from('Hello'));
    for (const payload of ['', 'ff', hello.slice(0, -2), `${hello}0000ffff`, 'f348cdc9c90700', `f348cdc9c90700${hello}`, 'f248cd', '000500faf048656c6c6f00']) {
      assert.equal(inflate(hex(payload)), null, payload);
    }
  });

  it('says nothing of a payload that was cut anywhere or has a flipped bit, unless the portable inflater says the same', () => {
    const random = new Random(8);
    const payload = deflateRawSync(wordy(random, 700), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
    const check = (damaged: Uint8Array, what: string): void => {
      const result = inflate(damaged);
      if (result !== null) assert.deepEqual(result, portable(damaged, 15), what);
    };
    for (let end = 0; end < payload.length; end++) check(payload.subarray(0, end), `cut at ${end}`);
    for (let bit = 0; bit < payload.length * 8; bit++) {
      const damaged = Uint8Array.from(payload);
      damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
      check(damaged, `bit ${bit}`);
    }
  });

  it('says yes to exactly the room there is, and nothing of one byte more', () => {
    const payload = deflateRawSync(Buffer.alloc(5_000, 'ab'), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
    assert.equal(inflate(payload, 5_000)?.length, 5_000);
    assert.equal(inflate(payload, 4_999), null);
    assert.equal(inflate(payload, 0), null);
    assert.equal(inflate(hex('00'), 0)?.length, 0);
  });

  it('says nothing of a match beyond the history', () => {
    const again = hex('f200110000'); // H, and four bytes from five before
    assert.deepEqual(inflate(again, 100, Buffer.from('Hello')), Buffer.from('Hello'));
    assert.equal(inflate(again, 100, Buffer.from('Hel')), null);
    assert.equal(inflate(again), null);
  });

  it('is asked for payloads that fit its buffer', () => {
    assert.ok(zlibInflate.from < zlibInflate.to);
    assert.equal(inflate(new Random(10).bytes(zlibInflate.to)), null);
  });
});
