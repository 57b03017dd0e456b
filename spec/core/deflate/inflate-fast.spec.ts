import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { constants, deflateRawSync } from 'node:zlib';

import { hasPlenty } from '../../../lib/core/deflate/inflate-fast.ts';
import { BlockDecoder } from '../../../lib/core/deflate/inflate-blocks.ts';
import { MessageInflater } from '../../../lib/core/deflate/inflater.ts';
import { concat, utf8 } from '../../support/bytes.ts';
import { DeflateWriter } from '../../support/deflate-writer.ts';
import { play } from '../../support/inflating.ts';
import { Random } from '../../support/random.ts';
import { referenceInflate } from '../../support/reference-inflate.ts';

const allocate = (size: number): Uint8Array => new Uint8Array(size);
/** Behind what is tried there is enough input that none of it is left to the careful steps. */
const MORE: Uint8Array = utf8('and so on, with letters that nobody will ever read, for as long as it takes');
/** Octets of one to fifteen bits, 240 and 241 among the longest; the end of the block, and lengths, of fifteen and fourteen. */
const COMB: readonly number[] = (() => {
  const lengths = new Array<number>(286).fill(0);
  for (let bits = 1; bits <= 11; bits++) lengths[96 + bits] = bits;
  for (const symbol of [257, 258, 264, 266, 284, 285]) lengths[symbol] = 14;
  for (const symbol of [240, 241, 256, 265]) lengths[symbol] = 15;
  return lengths;
})();
const FAR_COMB: readonly number[] = Array.from({ length: 30 }, (_, symbol) => (symbol < 12 ? symbol + 1 : symbol < 20 ? 15 : 0));

/** Whole, so that it is the fast loop's, it comes to what the naive reading says; `history` comes as a message before. */
function assertWhole(payload: Uint8Array, history: Uint8Array = new Uint8Array(0), windowBits: number = 15): void {
  const inflater = new MessageInflater({ windowBits, contextTakeover: true, allocate });
  if (history.length > 0) play(inflater, [new DeflateWriter().stored(history).payload()]);
  const { output, refusal, needed } = play(inflater, [payload]);
  assert.deepEqual({ output, refusal, needed }, referenceInflate(payload, { history, maxDistance: 1 << windowBits }));
}

const text = (size: number, seed: number = 1): Uint8Array => {
  const random = new Random(seed);
  return Uint8Array.from({ length: size }, () => 97 + random.below(20));
};

describe('RFC 1951 §3.2.3: the inner loop of inflating', () => {
  it('reads literals and matches of any length, near and far', () => {
    const writer = new DeflateWriter().fixed().literals(text(300));
    for (let length = 3; length <= 258; length++) writer.match(length, 259 - length).literals(text(1, length));
    for (const distance of [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 300]) writer.match(100, distance);
    assertWhole(writer.literals(MORE).end().payload());
  });

  it('reads codes that need a second look', () => {
    const writer = new DeflateWriter().dynamic(COMB, FAR_COMB);
    for (let octet = 97; octet <= 107; octet++) writer.symbol(octet);
    for (let round = 0; round < 20; round++) writer.symbol(240).symbol(241);
    for (const length of [3, 4, 10, 11, 13, 227, 257, 258]) {
      for (const distance of [1, 4, 7, 24]) writer.match(length, distance);
    }
    for (const distance of [97, 128, 300, 1024]) writer.match(258, distance);
    for (let round = 0; round < 80; round++) writer.symbol(97 + (round % 11));
    assertWhole(writer.end().fixed().literals(MORE).end().payload()); // the end of the block is such a code, too
  });

  it('reads matches that begin in a message before', () => {
    const history = text(700, 5);
    const matches = [[3, 1], [258, 700], [258, 258], [258, 100], [20, 10], [40, 8], [9, 9], [258, 257], [17, 699]] as const;
    for (const [length, distance] of matches) {
      const writer = new DeflateWriter().fixed().match(length, distance).literals(text(10, 7)).match(length, distance);
      assertWhole(writer.literals(MORE).end().payload(), history);
    }
  });

  it('reads matches around the end of the ring', () => {
    for (const size of [500, 512, 513, 600, 700, 765, 770, 900, 1020, 1024]) {
      const history = text(size, size);
      for (const distance of [30, 200, 300, 480, 511, 512]) {
        const writer = new DeflateWriter().fixed().literals(text(5, 3));
        for (let round = 0; round < 3; round++) writer.match(25, distance);
        const payload = writer.literals(MORE).end().payload();
        assertWhole(payload, history, distance > 500 ? 9 : 10);
      }
    }
  });

  it('stops where a code means nothing', () => {
    for (const symbol of [286, 287]) assertWhole(new DeflateWriter().fixed().literals(text(20)).symbol(symbol).literals(MORE).payload());
    for (const symbol of [30, 31]) {
      const writer = new DeflateWriter().fixed().literals(text(20)).symbol(260).distanceSymbol(symbol);
      assertWhole(writer.literals(MORE).payload());
    }
    const none = new DeflateWriter().dynamic(COMB, [0]).literals(text(20).map((octet) => 97 + (octet % 11)));
    assertWhole(none.symbol(257).number(0, 1).symbol(240).symbol(241).symbol(240).symbol(241).symbol(240)
      .symbol(240).symbol(241).symbol(240).symbol(241).symbol(240).symbol(240).symbol(241).symbol(240).symbol(241)
      .symbol(240).symbol(240).symbol(241).symbol(240).symbol(241).symbol(240).end().payload());
  });

  it('stops where a distance leads nowhere, or beyond the window', () => {
    for (const distance of [21, 22, 200, 32768]) {
      assertWhole(new DeflateWriter().fixed().literals(text(20)).match(10, distance).literals(MORE).end().payload());
    }
    const beyond = (distance: number): Uint8Array =>
      new DeflateWriter().fixed().literals(text(600)).match(10, distance).literals(MORE).end().payload();
    assertWhole(beyond(512), undefined, 9);
    assertWhole(beyond(513), undefined, 9);
    assertWhole(new DeflateWriter().fixed().match(10, 513).literals(MORE).end().payload(), text(900), 9);
  });

  it('leaves the end of the block to others', () => {
    assertWhole(new DeflateWriter().fixed().literals(text(40)).end().fixed().literals(MORE).end().payload());
  });

  it('is for much input and much room only, and stays within both', () => {
    const payload = new DeflateWriter().fixed().literals(text(600)).match(258, 600).literals(text(400)).end().payload();
    for (let limit = 0; limit < 1300; limit += 13) {
      for (const from of [0, 1, 3]) {
        const inflater = new MessageInflater({ windowBits: 15, contextTakeover: false, allocate });
        const size = payload.length - from;
        const played = play(inflater, [payload.subarray(0, size), payload.subarray(size)], { room: limit });
        const { output, refusal } = referenceInflate(payload, { room: limit });
        assert.deepEqual([played.output, played.refusal], [output, refusal]);
      }
    }
    const decoder = new BlockDecoder();
    decoder.limit = 266;
    decoder.load(new Uint8Array(32), 0, 32);
    assert.ok(hasPlenty(decoder));
    decoder.limit = 265;
    assert.ok(!hasPlenty(decoder));
    decoder.limit = 266;
    decoder.load(new Uint8Array(32), 1, 32);
    assert.ok(!hasPlenty(decoder));
  });

  it('reads nothing behind what was loaded, however long the codes are', () => {
    const distances = Array.from({ length: 30 }, (_, symbol) => (symbol === 25 || symbol === 24 ? 14 : symbol < 13 ? symbol + 1 : 0));
    const writer = new DeflateWriter().stored(text(8192)).dynamic(COMB, distances);
    for (let round = 0; round < 12; round++) writer.match(227 + round, 8192 - 7 * round).symbol(240);
    const payload = writer.end().payload();
    for (let cut = payload.length - 100; cut < payload.length; cut++) {
      const inflater = new MessageInflater({ windowBits: 15, contextTakeover: false, allocate });
      inflater.load(payload.slice(0, cut), 0, cut, false, Infinity);
      while (inflater.next() === 'piece');
      inflater.load(payload.slice(cut), 0, payload.length - cut, true, Infinity);
      assert.equal(inflater.next(), 'piece');
      assert.ok(inflater.last);
    }
  });

  it('reads nothing that stands behind what was loaded', () => {
    const random = new Random(9);
    for (let round = 0; round < 50; round++) {
      const message = text(200 + random.below(1000), round);
      const payload = deflateRawSync(message, { finishFlush: constants.Z_SYNC_FLUSH, strategy: round % 5 }).subarray(0, -4);
      const cut = random.below(payload.length);
      const inflater = new MessageInflater({ windowBits: 15, contextTakeover: false, allocate });
      const lent = concat(random.bytes(7), payload.subarray(0, cut), random.bytes(100));
      const parts: Uint8Array[] = [];
      const tell = (): void => {
        while (inflater.next() === 'piece') {
          parts.push(inflater.output.slice(inflater.start, inflater.end));
          if (inflater.last) break;
        }
      };
      inflater.load(lent, 7, 7 + cut, false, Infinity);
      tell();
      inflater.load(payload, cut, payload.length, true, Infinity);
      tell();
      assert.deepEqual(concat(...parts), message);
    }
  });
});
