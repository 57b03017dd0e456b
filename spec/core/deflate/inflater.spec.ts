import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { INFLATE_PIECE, InflatePool } from '../../../lib/core/deflate/inflate-pool.ts';
import { MessageInflater } from '../../../lib/core/deflate/inflater.ts';
import { MESSAGE_TOO_BIG } from '../../../lib/core/wire/violation.ts';
import { concat, hex, toHex, utf8 } from '../../support/bytes.ts';
import { DeflateWriter } from '../../support/deflate-writer.ts';
import { deflated, someMessage } from '../../support/deflated.ts';
import { assertInflates, play } from '../../support/inflating.ts';
import type { Played } from '../../support/inflating.ts';
import { Random } from '../../support/random.ts';
import { referenceInflate } from '../../support/reference-inflate.ts';

const HELLO = utf8('Hello');

/** An inflater, with what it asked memory for and what it shares. */
class Bench {
  readonly asked: number[] = [];
  readonly pool: InflatePool = new InflatePool();
  readonly inflater: MessageInflater;

  constructor(contextTakeover: boolean = true, windowBits: number = 15) {
    this.inflater = new MessageInflater({ windowBits, contextTakeover, allocate: (size) => this.allocate(size) }, this.pool);
  }

  allocate(size: number): Uint8Array {
    this.asked.push(size);
    return new Uint8Array(size);
  }

  get allocated(): number {
    return this.asked.reduce((sum, size) => sum + size, 0);
  }

  whole(payload: Uint8Array, room?: number): Played {
    return play(this.inflater, [payload], room === undefined ? {} : { room });
  }
}

const fresh = (windowBits: number = 15, contextTakeover: boolean = true) => (): MessageInflater =>
  new Bench(contextTakeover, windowBits).inflater;

describe('an inflater: pieces', () => {
  it('a message that is loaded whole and fits a piece is one piece, the last', () => {
    const bench = new Bench();
    for (const size of [0, 1, 200, INFLATE_PIECE - 1, INFLATE_PIECE]) {
      const message = new Random(size).bytes(size);
      assert.deepEqual(bench.whole(deflated(message)).pieces, [size]);
    }
  });

  it('a piece ends at every multiple of INFLATE_PIECE, and where the loaded bytes do', () => {
    const message = someMessage(new Random(4), 2.5 * INFLATE_PIECE);
    const payload = deflated(message, undefined, { level: 0 });
    const bench = new Bench();
    const { pieces, output } = bench.whole(payload);
    assert.deepEqual(output, message);
    assert.deepEqual(pieces, [INFLATE_PIECE, INFLATE_PIECE, INFLATE_PIECE / 2]);
    const halves = play(bench.inflater, [payload.subarray(0, 50_005), payload.subarray(50_005)]);
    assert.deepEqual(halves.output, message);
    assert.deepEqual(halves.pieces, [INFLATE_PIECE, 50_000 - INFLATE_PIECE, 2 * INFLATE_PIECE - 50_000, INFLATE_PIECE / 2]);
    assert.deepEqual([...halves.needed.keys()], [0, INFLATE_PIECE, 2 * INFLATE_PIECE, 2.5 * INFLATE_PIECE]);
  });

  it('a match across the end of a piece goes on in the next', () => {
    for (const size of [INFLATE_PIECE - 1, INFLATE_PIECE - 3, INFLATE_PIECE - 257, INFLATE_PIECE]) {
      const writer = new DeflateWriter().stored(new Random(size).bytes(size)).fixed();
      const payload = writer.match(258, 32768 - 258).match(258, 1).match(100, 200).match(258, 32000).end().payload();
      const expected = referenceInflate(payload);
      for (const chunks of [[payload], [payload.subarray(0, -3), payload.subarray(-3)], [payload.subarray(0, -1), payload.subarray(-1)]]) {
        const { output, refusal, needed } = play(new Bench(false).inflater, chunks, { detaches: true });
        assert.deepEqual({ output, refusal, needed }, expected);
      }
    }
  });

  it('what was looked at too early, when a piece was full, is read again after it was taken back', () => {
    const random = new Random(7);
    const short = [1, ...new Array<number>(255).fill(0), 2, 2];
    const writer = new DeflateWriter().stored(random.bytes(INFLATE_PIECE)).dynamic(short, [0]).symbol(0).end().stored(HELLO);
    const good = writer.payload();
    const { output } = play(new Bench().inflater, [good], { detaches: true });
    assert.deepEqual(output, referenceInflate(good).output);
    const { refusal } = play(new Bench().inflater, [writer.align().octets(hex('0000ffff')).header(3).bytes()], { detaches: true });
    assert.deepEqual(refusal, referenceInflate(writer.bytes()).refusal, 'it is told where that stood');
    assert.equal(refusal?.[0], 'DEFLATE_CORRUPT');
  });

  it('a message without a byte is one empty piece, after one that has ended too', () => {
    const bench = new Bench();
    for (const payload of ['', '00', '01', '000000ffff', '0300', '0300 00', '02 00', '']) {
      const { pieces, refusal, needed } = bench.whole(hex(payload));
      assert.deepEqual([pieces, refusal, [...needed]], [[0], null, [[0, 0]]]);
    }
  });

  it('is starved without input, between messages too', () => {
    const { inflater } = new Bench();
    assert.equal(inflater.next(), 'starved');
    inflater.load(HELLO, 2, 2, false, 10);
    assert.equal(inflater.next(), 'starved');
    assert.equal(inflater.next(), 'starved');
    assert.equal(play(inflater, [hex('f248cdc9c90700')]).refusal, null);
    assert.equal(inflater.next(), 'starved');
  });

  it('is never pending, and calls nobody', () => {
    const { inflater } = new Bench();
    inflater.onReady();
    inflater.onReady = () => assert.fail('there is nothing to wait for');
    assert.equal(toHex(play(inflater, [hex('f248cdc9c90700')]).output), toHex(HELLO));
    inflater.release();
    inflater.onReady();
  });
});

describe('an inflater: messages', () => {
  it('each begins at a byte, whatever was left of the last of the one before', () => {
    const writer = new DeflateWriter().fixed().literals(HELLO).end();
    assert.notEqual(writer.length % 8, 0);
    const bench = new Bench();
    for (const payload of [writer.bytes(), writer.payload(), writer.bytes()]) assert.deepEqual(bench.whole(payload).output, HELLO);
  });

  it('§7.1.1: with context takeover a message may refer to those before it, without it may not', () => {
    const again = hex('f200110000');
    for (const contextTakeover of [true, false]) {
      const bench = new Bench(contextTakeover);
      bench.whole(hex('f248cdc9c90700'));
      bench.whole(hex('00'));
      const { output, refusal } = bench.whole(again);
      if (contextTakeover) assert.deepEqual([output, refusal], [HELLO, null]);
      else assert.deepEqual(refusal, ['DEFLATE_DISTANCE_TOO_FAR', 2]);
    }
  });

  it('without context takeover a message refers to itself all the same, however it is cut', () => {
    const message = someMessage(new Random(9), 3000);
    const payload = deflated(concat(message, message));
    assertInflates(fresh(15, false), payload);
  });

  it('§7.1.2: a distance stays within the agreed window; 8 bits are read as 9, which zlib sends', () => {
    const cases = [
      [8, 256, true], [8, 257, true], [8, 512, true], [8, 513, false], [9, 512, true], [9, 513, false],
      [12, 4096, true], [12, 4097, false], [15, 32768, true],
    ] as const;
    for (const [bits, distance, within] of cases) {
      const expected = within ? null : 'DEFLATE_DISTANCE_TOO_FAR';
      const past = new Random(distance).bytes(distance);
      const { refusal } = new Bench(true, bits).whole(new DeflateWriter().stored(past).fixed().match(3, distance).end().payload());
      assert.equal(refusal?.[0] ?? null, expected, `${bits} bits, distance ${distance}`);
      const bench = new Bench(true, bits);
      bench.whole(new DeflateWriter().stored(past).payload());
      const after = bench.whole(new DeflateWriter().fixed().match(3, distance).end().payload());
      assert.equal(after.refusal?.[0] ?? null, expected, `${bits} bits, distance ${distance}, into a message before`);
    }
  });

  it('refuses other windows than of 8 to 15 bits', () => {
    for (const windowBits of [7, 16, 9.5, Number.NaN, '9' as unknown as number]) {
      const error = new RangeError(`windowBits must be an integer from 8 to 15, not ${String(windowBits)}`);
      assert.throws(() => new MessageInflater({ windowBits, contextTakeover: true, allocate: () => HELLO }), error);
    }
  });

  it('shows its window to whoever inflates in its place', () => {
    const bench = new Bench();
    bench.whole(hex('f248cdc9c90700'));
    assert.equal(bench.inflater.history.length, HELLO.length);
  });
});

describe('an inflater: what is refused, at the same byte at any chunking', () => {
  const writer = (): DeflateWriter => new DeflateWriter().stored(HELLO);

  it('RFC 1951: what is no block', () => {
    for (const payload of [
      writer().header(3).bytes(),
      writer().stored(HELLO, false, 1).bytes(),
      writer().header(2).counts(287, 1, 4).bytes(),
      writer().fixed().symbol(286).bytes(),
      writer().fixed().symbol(257).distanceSymbol(30).bytes(),
    ]) {
      assert.equal(assertInflates(fresh(), payload).refusal?.[0], 'DEFLATE_CORRUPT');
      assert.equal(assertInflates(fresh(), concat(payload, HELLO)).refusal?.[0], 'DEFLATE_CORRUPT');
    }
  });

  it('RFC 7692 §7.2.1: what is no block behind a final one is trailing data', () => {
    const final = hex('f348cdc9c90700');
    assert.equal(assertInflates(fresh(), final).refusal, null);
    assert.deepEqual(assertInflates(fresh(), concat(final, hex('07'))).refusal, ['DEFLATE_TRAILING_DATA', 7]);
    assert.deepEqual(assertInflates(fresh(), concat(final, hex('000500 0500'))).refusal, ['DEFLATE_TRAILING_DATA', 11]);
    assert.deepEqual(assertInflates(fresh(), concat(final, hex('f200110000'))).output, utf8('HelloHello'));
  });

  it('a message that ends within a block', () => {
    const whole = deflated(someMessage(new Random(3), 400));
    for (let size = 1; size < whole.length; size += 7) assertInflates(fresh(), whole.subarray(0, size));
    for (const payload of ['f248cd', '0000', '000000ff', '02', '04', 'f348cdc9c90700 02', '0005']) {
      const bytes = hex(payload);
      assert.deepEqual(assertInflates(fresh(), bytes).refusal, ['DEFLATE_TRUNCATED', bytes.length]);
    }
  });

  it('a distance that leads before the first byte', () => {
    assert.deepEqual(assertInflates(fresh(), hex('f200110000')).refusal, ['DEFLATE_DISTANCE_TOO_FAR', 2]);
    const past = new DeflateWriter().stored(new Random(1).bytes(50));
    assert.deepEqual(assertInflates(fresh(9), past.fixed().match(40, 51).end().payload()).refusal, ['DEFLATE_DISTANCE_TOO_FAR', 57]);
  });

  it('§10.4: the first byte for which there is no room, and not the last for which there is', () => {
    const payload = new DeflateWriter().stored(HELLO).fixed().literals(HELLO).match(10, 4).end().payload();
    for (let room = 0; room <= 21; room++) {
      const { output, refusal } = assertInflates(fresh(), payload, { room });
      assert.equal(refusal?.[0] ?? null, room < 20 ? 'MESSAGE_TOO_BIG' : null);
      assert.equal(output.length, Math.min(room, 20), 'everything that there is room for was told');
    }
    const { inflater } = new Bench();
    inflater.load(payload, 0, payload.length, true, 0);
    assert.equal(inflater.next(), 'failed');
    assert.equal(inflater.violation, MESSAGE_TOO_BIG);
  });

  it('a violation is the end, and frees what was lent', () => {
    const bench = new Bench();
    bench.whole(hex('04'));
    const idle = bench.pool.retainedBytes;
    assert.ok(idle > INFLATE_PIECE);
    assert.equal(bench.inflater.next(), 'failed');
    assert.equal(bench.pool.retainedBytes, idle);
    assert.equal(bench.inflater.retainedBytes, 0);
  });
});

describe('an inflater: memory', () => {
  it('is the window alone between messages, and grows with what came', () => {
    const bench = new Bench();
    assert.equal(bench.inflater.retainedBytes, 0);
    bench.whole(deflated(utf8('x'.repeat(200))));
    assert.equal(bench.inflater.retainedBytes, 256);
    bench.whole(deflated(new Random(1).bytes(300)));
    assert.equal(bench.inflater.retainedBytes, 512);
    bench.whole(deflated(new Random(1).bytes(300_000)));
    assert.equal(bench.inflater.retainedBytes, 32768);
    assert.deepEqual(bench.asked, [256, 512, 32768]);
  });

  it('is nothing between messages without context takeover, and none is asked for by messages that come whole and fit a piece', () => {
    const bench = new Bench(false);
    for (let i = 0; i < 5; i++) bench.whole(deflated(someMessage(new Random(i), 20_000)));
    assert.deepEqual(bench.asked, []);
    const payload = deflated(someMessage(new Random(9), 20_000));
    play(bench.inflater, [payload.subarray(0, 900), payload.subarray(900)]);
    assert.ok(bench.allocated > 0);
    assert.equal(bench.inflater.retainedBytes, 0);
  });

  it('within a message is the window, and the tables of its dynamic codes', () => {
    const bench = new Bench(false);
    const payload = deflated(someMessage(new Random(8), 5000));
    bench.inflater.load(payload, 0, 1000, false, Infinity);
    assert.equal(bench.inflater.next(), 'piece');
    assert.equal(bench.inflater.next(), 'starved');
    const { length } = bench.inflater.history.ring;
    assert.ok(bench.inflater.retainedBytes >= length && bench.inflater.retainedBytes < length + 6 * 1024);
    assert.equal(bench.pool.retainedBytes, INFLATE_PIECE, 'what pieces are made in is back');
  });

  it('is input that was taken back before it was read, once', () => {
    const bench = new Bench();
    const payload = deflated(new Random(1).bytes(3 * INFLATE_PIECE));
    bench.inflater.load(payload, 0, payload.length, true, Infinity);
    bench.inflater.next();
    const before = bench.inflater.retainedBytes;
    bench.inflater.detach();
    const held = bench.inflater.retainedBytes - before;
    assert.ok(held > 2 * INFLATE_PIECE && held < payload.length);
    const copies = bench.asked.length;
    bench.inflater.detach();
    assert.equal(bench.asked.length, copies);
    assert.equal(bench.inflater.retainedBytes, before + held);
    while (!bench.inflater.last) assert.equal(bench.inflater.next(), 'piece');
    assert.equal(bench.inflater.retainedBytes, 32768);
  });

  it('what was loaded may be taken back before a step, and when it is used up', () => {
    const bench = new Bench();
    const payload = deflated(someMessage(new Random(2), 300));
    for (const cut of [1, 5, payload.length]) {
      bench.inflater.load(Uint8Array.from(payload), 0, cut, false, Infinity);
      bench.inflater.detach();
      const parts: Uint8Array[] = [];
      const collect = (): void => {
        while (bench.inflater.next() === 'piece') {
          parts.push(bench.inflater.output.slice(0, bench.inflater.end));
          if (bench.inflater.last) break;
        }
        bench.inflater.detach();
      };
      collect();
      bench.inflater.load(payload, cut, payload.length, true, Infinity);
      collect();
      assert.deepEqual(concat(...parts), someMessage(new Random(2), 300));
    }
  });

  it('what a piece lies in goes back at the next call, and nobody else writes into it before', () => {
    const pool = new InflatePool();
    const options = { windowBits: 15, contextTakeover: true, allocate: (size: number): Uint8Array => new Uint8Array(size) };
    const [outer, inner] = [new MessageInflater(options, pool), new MessageInflater(options, pool)];
    const payload = deflated(HELLO);
    outer.load(payload, 0, payload.length, true, 100);
    assert.equal(outer.next(), 'piece');
    for (let i = 0; i < 10; i++) play(inner, [deflated(new Random(i).bytes(50))]);
    assert.deepEqual(outer.output.slice(outer.start, outer.end), HELLO);
    assert.equal(pool.retainedBytes, INFLATE_PIECE);
    outer.detach();
    assert.equal(pool.retainedBytes, 2 * INFLATE_PIECE);
    assert.equal(outer.output.length, 0);
  });

  it('is all freed by a release, within a message too', () => {
    const bench = new Bench();
    bench.inflater.release();
    const payload = deflated(someMessage(new Random(6), 100_000));
    bench.inflater.load(payload, 0, payload.length, true, Infinity);
    bench.inflater.next();
    bench.inflater.detach();
    assert.ok(bench.inflater.retainedBytes > 0);
    bench.inflater.release();
    assert.equal(bench.inflater.retainedBytes, 0);
    assert.equal(bench.inflater.output.length, 0);
    bench.inflater.release();
    assert.equal(bench.inflater.retainedBytes, 0);
  });

  it('RFC 7692 §8: is bounded whatever a message inflates to, and no more is inflated than there is room for [7692-8-2]', () => {
    const bomb = deflated(new Uint8Array(10 * 2 ** 20));
    assert.ok(bomb.length < 12_000);
    for (const chunks of [[bomb], Array.from(bomb, (octet) => Uint8Array.of(octet))]) {
      const bench = new Bench(false);
      const { output, refusal } = play(bench.inflater, chunks, { room: 2 ** 20 });
      assert.equal(output.length, 2 ** 20);
      assert.equal(refusal?.[0], 'MESSAGE_TOO_BIG');
      assert.ok(bench.allocated < 2 * 32768, `${bench.allocated}`);
      assert.ok(bench.pool.retainedBytes < 2 * INFLATE_PIECE);
    }
  });
});
