import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { constants, deflateRawSync } from 'node:zlib';

import { DeflatePool, MessageDeflater } from '../../../lib/core/deflate/deflater.ts';
import type { DeflaterOptions, HostDeflate } from '../../../lib/core/deflate/deflater.ts';
import { MatchIndex } from '../../../lib/core/deflate/match-index.ts';
import { concat, toHex, utf8 } from '../../support/bytes.ts';
import { TRAILER, inflated, jsonMessages, shapedBytes, slid, zlibSize } from '../../support/deflate.ts';
import { Random } from '../../support/random.ts';

const allocate = (size: number): Uint8Array => new Uint8Array(size);
const NONE: Uint8Array = new Uint8Array(0);

function deflater(options: Partial<DeflaterOptions> = {}, pool: DeflatePool = new DeflatePool()): MessageDeflater {
  return new MessageDeflater({ windowBits: 15, contextTakeover: true, allocate, threshold: 0, ...options }, pool);
}

/** What is lent now, as an array of its own. */
function lent(from: MessageDeflater): Uint8Array {
  return from.output.slice(from.start, from.end);
}

/** Compresses and commits a whole message. */
function send(by: MessageDeflater, bytes: Uint8Array): Uint8Array {
  by.deflate(bytes, 0, bytes.length, true);
  const compressed = lent(by);
  by.commit();
  return compressed;
}

/** A host that does it with zlib, writes down what it was asked, and finishes what is put off when it is told to. */
class FakeHost implements HostDeflate {
  readonly from: number;
  readonly laterFrom: number;
  readonly calls: string[] = [];
  readonly waiting: ((fails?: boolean) => void)[] = [];
  abandoned = 0;

  constructor(from: number, laterFrom: number = Infinity) {
    this.from = from;
    this.laterFrom = laterFrom;
  }

  deflate(bytes: Uint8Array, dictionary: Uint8Array, windowBits: number): Uint8Array {
    this.calls.push(`deflate ${bytes.length} behind ${dictionary.length}, ${windowBits} bits`);
    return deflateRawSync(bytes, {
      windowBits, finishFlush: constants.Z_SYNC_FLUSH, ...(dictionary.length > 0 ? { dictionary } : {}),
    });
  }

  deflateLater(bytes: Uint8Array, dictionary: Uint8Array, windowBits: number, done: (result: Uint8Array | null) => void): () => void {
    this.waiting.push((fails = false) => done(fails ? null : this.deflate(bytes, dictionary, windowBits)));
    return () => { this.abandoned++; };
  }
}

describe('which message is compressed', () => {
  it('one of the threshold\'s size or more, and none that is empty', () => {
    const some = deflater({ threshold: 10 });
    assert.deepEqual([0, 9, 10, 11].map((size) => some.wants('text', size)), [false, false, true, true]);
    assert.deepEqual([0, 1].map((size) => deflater({ threshold: 0 }).wants('binary', size)), [false, true]);
    assert.equal(deflater({ threshold: Infinity }).wants('text', 1e9), false);
  });

  it('or as is decided by its kind and size', () => {
    const asked: string[] = [];
    const some = deflater({ threshold: 10, decide: (kind, size) => {
      asked.push(`${kind} ${size}`);
      return kind === 'text';
    } });
    assert.equal(some.wants('text', 0), true);
    assert.equal(some.wants('binary', 1000), false);
    assert.deepEqual(asked, ['text 0', 'binary 1000']);
  });

  it('is refused a window that no compressor of ours has, and a threshold that is no size', () => {
    for (const windowBits of [7, 16, 9.5, NaN]) {
      assert.throws(() => deflater({ windowBits }), new RangeError(`windowBits must be an integer from 8 to 15, not ${windowBits}`));
    }
    for (const threshold of [-1, NaN]) {
      assert.throws(() => deflater({ threshold }), new RangeError(`threshold must be a number of bytes, not ${threshold}`));
    }
    assert.equal(new MessageDeflater({ windowBits: 9, contextTakeover: false, allocate, threshold: 0 }).retainedBytes, 0);
  });
});

describe('what is compressed', () => {
  it('inflates to what was sent: any shape, size and window, in parts or whole, others discarded or sent as they are between', () => {
    const random = new Random(76920);
    for (let windowBits = 8; windowBits <= 15; windowBits++) {
      for (const contextTakeover of [true, false]) {
        const pool = new DeflatePool(3 * MatchIndex.sizeOf(windowBits)); // for three of the five
        const senders = Array.from({ length: 5 }, () => ({ by: deflater({ windowBits, contextTakeover }, pool), history: NONE }));
        for (let round = 0; round < 70; round++) {
          const sender = random.pick(senders);
          const { by } = sender;
          const bytes = shapedBytes(random, random.below(random.oneIn(20) ? 70_000 : 600));
          const shared = random.oneIn(8) ? by.deflateShared(bytes, 0, bytes.length) : null;
          if (shared !== null) {
            assert.deepEqual(inflated(concat(shared, TRAILER), windowBits), bytes);
            by.commitShared(bytes, 0, bytes.length);
            if (contextTakeover) sender.history = slid(sender.history, bytes);
            continue;
          }
          if (random.oneIn(6)) {
            by.deflate(bytes, 0, bytes.length, true);
            by.discard();
            continue;
          }
          let within = sender.history;
          const parts = random.oneIn(3) ? 1 + random.below(4) : 1;
          for (let part = 0, at = 0; part < parts; part++) {
            const last = part === parts - 1;
            const end = last ? bytes.length : at + random.below(bytes.length - at + 1);
            by.deflate(bytes, at, end, last);
            const compressed = last ? concat(lent(by), TRAILER) : lent(by);
            assert.deepEqual(inflated(compressed, windowBits, within), bytes.slice(at, end));
            assert.ok(compressed.length <= end - at + 5 * Math.ceil((end - at) / 16384) + 5);
            by.commit();
            within = slid(within, bytes.subarray(at, end));
            at = end;
          }
          if (contextTakeover) sender.history = within;
        }
      }
    }
  });

  it('is the same bytes whoever else shares the pool, and whether the index was kept or made again', () => {
    const random = new Random(76921);
    const messages = [...jsonMessages(random, 150, 120), ...jsonMessages(random, 5000, 6), ...jsonMessages(random, 150, 60)];
    for (const windowBits of [8, 9, 10, 12, 15]) {
      const crowded = new DeflatePool(0); // one index at a time
      const first = deflater({ windowBits }, new DeflatePool());
      const second = deflater({ windowBits }, crowded);
      const other = deflater({ windowBits: 11 }, crowded);
      const third = deflater({ windowBits }, new DeflatePool()); // compresses everything twice, and discards it once
      for (const [n, message] of messages.entries()) {
        const expected = send(first, message);
        if (n % 3 === 0) send(other, message);
        assert.deepEqual(send(second, message), expected, `message ${n}`);
        const dropped = messages[(n * 7) % messages.length] as Uint8Array;
        third.deflate(dropped, 0, dropped.length, true);
        third.discard();
        assert.deepEqual(send(third, message), expected, `message ${n}, behind a discarded one`);
      }
    }
  });

  it('refers to the oldest octet of the window with an index that was made again too', () => {
    const noise = new Random(76922).bytes(612);
    const pool = new DeflatePool(0);
    const kept = deflater({ windowBits: 9 });
    const again = deflater({ windowBits: 9 }, pool);
    for (const by of [kept, again]) send(by, noise);
    send(deflater({ windowBits: 9 }, pool), noise);
    const repeated = noise.subarray(100, 140);
    assert.ok(send(kept, repeated).length < 6);
    assert.ok(send(again, repeated).length < 6);
  });

  it('says the octets by which RFC 7692 §7.2.3.2 does it', () => {
    const hello = utf8('..Hello..');
    for (const [contextTakeover, second] of [[true, 'f200110000'], [false, 'f248cdc9c90700']] as const) {
      const by = deflater({ contextTakeover });
      by.deflate(hello, 2, 7, true);
      assert.equal(toHex(lent(by)), 'f248cdc9c90700');
      by.commit();
      assert.equal(toHex(send(by, utf8('Hello'))), second);
      assert.equal(toHex(send(by, NONE)), '00');
    }
  });

  it('is at most 15 % larger than what zlib\'s level 6 makes of JSON, at every size and window, with takeover and without', () => {
    for (const [size, count] of [[60, 120], [200, 80], [1024, 24], [2048, 16], [4096, 10], [16384, 4]] as const) {
      const messages = jsonMessages(new Random(size), size, count);
      for (const windowBits of [9, 12, 15]) {
        for (const contextTakeover of [true, false]) {
          const by = deflater({ windowBits, contextTakeover });
          let history = NONE;
          let ours = 0;
          let zlibs = 0;
          for (const message of messages) {
            ours += send(by, message).length;
            zlibs += zlibSize(message, windowBits, history);
            if (contextTakeover) history = slid(history, message);
          }
          assert.ok(ours <= 1.15 * zlibs, `${size} bytes, ${windowBits} bits, ${contextTakeover}: ${ours} against ${zlibs}`);
        }
      }
    }
  });
});

describe('what is held', () => {
  it('without takeover: nothing between messages, and during a fragmented one its history', () => {
    const pool = new DeflatePool();
    const by = deflater({ contextTakeover: false }, pool);
    const bytes = jsonMessages(new Random(1), 3000, 1)[0] as Uint8Array;
    send(by, bytes);
    assert.deepEqual([by.retainedBytes, pool.indexes.retainedBytes, by.output.length], [0, 0, 0]);
    by.deflate(bytes, 0, 2000, false);
    by.commit();
    assert.equal(by.retainedBytes, 2048);
    assert.notEqual(pool.indexes.retainedBytes, 0);
    by.deflate(bytes, 2000, bytes.length, true);
    assert.ok(by.end < bytes.length - 2000);
    by.commit();
    assert.deepEqual([by.retainedBytes, pool.indexes.retainedBytes, by.output.length], [0, 0, 0]);
    assert.deepEqual(send(by, bytes), send(deflater({ contextTakeover: false }), bytes), 'and the next message starts without history');
  });

  it('with takeover: the window, which grows with what was sent, and nothing else', () => {
    const pool = new DeflatePool();
    const by = deflater({ windowBits: 12 }, pool);
    assert.equal(by.retainedBytes, 0);
    send(by, new Random(2).bytes(300));
    assert.equal(by.retainedBytes, 512);
    send(by, new Random(2).bytes(100_000));
    assert.equal(by.retainedBytes, 4096);
    assert.equal(by.output.length, 0);
  });

  it('is freed when it is released, and the index goes back at once', () => {
    const pool = new DeflatePool();
    const by = deflater({}, pool);
    send(by, utf8('Hello, hello, hello'));
    by.deflate(utf8('Hello'), 0, 5, true);
    assert.notEqual(pool.indexes.retainedBytes, 0);
    by.release();
    assert.deepEqual([by.retainedBytes, pool.indexes.retainedBytes, by.output.length, by.end], [0, 0, 0, 0]);
  });

  it('of a pool is bounded, however many deflaters there are', () => {
    const pool = new DeflatePool(5 * MatchIndex.sizeOf(9));
    const senders = Array.from({ length: 40 }, () => ({ by: deflater({ windowBits: 9 }, pool), history: NONE }));
    for (const [n, message] of jsonMessages(new Random(3), 120, 200).entries()) {
      const sender = senders[(n * 7) % senders.length] as (typeof senders)[number];
      assert.deepEqual(inflated(concat(send(sender.by, message), TRAILER), 9, sender.history), message);
      sender.history = slid(sender.history, message);
      assert.ok(pool.indexes.retainedBytes <= 5 * MatchIndex.sizeOf(9));
    }
  });
});

describe('a message for many connections', () => {
  const message = jsonMessages(new Random(4), 900, 1)[0] as Uint8Array;

  it('has one key for all windows that are as large as itself', () => {
    assert.equal(deflater({ windowBits: 15 }).shareKey(200), deflater({ windowBits: 9 }).shareKey(200));
    assert.equal(deflater({ windowBits: 15 }).shareKey(1024), deflater({ windowBits: 10 }).shareKey(1024));
    assert.notEqual(deflater({ windowBits: 15 }).shareKey(1025), deflater({ windowBits: 10 }).shareKey(1025));
    assert.equal(deflater({ windowBits: 15 }).shareKey(1e6), 15);
  });

  it('inflates without history for every one of that key, and afterwards its bytes are in the history of those that keep one', () => {
    const maker = deflater({ windowBits: 15 });
    send(maker, message);
    const shared = maker.deflateShared(concat(NONE, utf8('<<'), message), 2, message.length + 2) as Uint8Array;
    assert.deepEqual(inflated(concat(shared, TRAILER), 10), message);
    assert.equal(shared.buffer.byteLength, shared.length, 'it is an array of its own');
    for (const contextTakeover of [true, false]) {
      const by = deflater({ windowBits: 10, contextTakeover });
      assert.equal(by.shareKey(message.length), maker.shareKey(message.length));
      by.commitShared(message, 0, message.length);
      by.commitShared(message, 0, 100);
      const next = send(by, message.subarray(0, 300));
      assert.deepEqual(inflated(concat(next, TRAILER), 10, contextTakeover ? concat(message, message.subarray(0, 100)) : NONE), message.slice(0, 300));
      assert.equal(next.length < 20, contextTakeover);
    }
  });

  it('is nothing where it would be no smaller, by the host too', () => {
    const noise = new Random(5).bytes(500);
    assert.equal(deflater().deflateShared(noise, 0, 500), null);
    const host = new FakeHost(100);
    assert.equal(deflater({ host }).deflateShared(noise, 0, 500), null);
    const by = deflater({ host, windowBits: 12 });
    const shared = by.deflateShared(message, 0, message.length) as Uint8Array;
    assert.deepEqual(inflated(concat(shared, TRAILER), 10), message);
    assert.equal(shared.buffer.byteLength, shared.length);
    assert.deepEqual(host.calls, ['deflate 500 behind 0, 9 bits', `deflate ${message.length} behind 0, 10 bits`]);
    assert.deepEqual(by.deflateShared(message, 0, 99), deflater().deflateShared(message, 0, 99));
  });
});

describe('a host', () => {
  it('compresses from its size on, behind the same history, and the octets §7.2.1 names are left out where they are to be', () => {
    const host = new FakeHost(300);
    const by = deflater({ host, windowBits: 10 });
    let history = NONE;
    const messages = jsonMessages(new Random(6), 180, 40);
    for (const [n, message] of messages.entries()) {
      const large = concat(...Array.from({ length: 1 + (n % 4) }, (_, i) => messages[n - i] ?? NONE));
      for (const [start, end, last] of [[0, large.length >> 1, false], [large.length >> 1, large.length, true]] as const) {
        by.deflate(large, start, end, last);
        const compressed = last ? concat(lent(by), TRAILER) : lent(by);
        assert.deepEqual(inflated(compressed, 10, history), large.slice(start, end));
        if (n % 5 === 4 && last) {
          by.discard();
          by.deflate(message, 0, 100, true);
          by.discard();
          by.deflate(large, start, end, last);
        }
        by.commit();
        history = slid(history, large.subarray(start, end));
      }
    }
    assert.ok(host.calls.length > 5 && host.calls.every((call) => Number(call.split(' ')[1]) >= 300));
    assert.ok(host.calls.some((call) => call.endsWith('behind 1024, 10 bits')));
  });

  it('is deferred to from its other size on, and to none where there is none', () => {
    const by = deflater({ host: new FakeHost(100, 1000) });
    assert.deepEqual([999, 1000].map((size) => by.defers(size)), [false, true]);
    assert.equal(deflater({ host: new FakeHost(100) }).defers(1e9), false);
    assert.equal(deflater({ host: null }).defers(1e9), false);
    assert.equal(deflater().defers(1e9), false);
  });

  it('that is deferred to says when it is done, and the history moves when that is committed', () => {
    const host = new FakeHost(100, 1000);
    const by = deflater({ host, windowBits: 12 });
    const text = utf8('a message that is to be repeated, and repeated, and more; '.repeat(20));
    send(by, text.subarray(0, 90));
    let ready = 0;
    by.onReady = () => { ready++; };
    by.deflateLater(text, 0, text.length, true);
    assert.equal(ready, 0);
    assert.equal(by.retainedBytes, 256 + 90, 'the dictionary is held meanwhile');
    host.waiting.pop()?.();
    assert.equal(ready, 1);
    assert.deepEqual(inflated(concat(lent(by), TRAILER), 12, text.subarray(0, 90)), text);
    assert.equal(by.retainedBytes, 256 + by.output.length);
    by.commit();
    assert.deepEqual(host.calls, [`deflate ${text.length} behind 90, 12 bits`]);
    assert.ok(send(by, text.subarray(0, 99)).length < 10);
  });

  it('that fails is replaced at once, by what lies apart from what others do meanwhile', () => {
    const host = new FakeHost(100, 1000);
    const pool = new DeflatePool();
    for (const contextTakeover of [true, false]) {
      const by = deflater({ host, contextTakeover }, pool);
      const other = deflater({}, pool);
      const message = jsonMessages(new Random(8), 2000, 1)[0] as Uint8Array;
      let ready = 0;
      by.onReady = () => { ready++; };
      by.deflateLater(message, 0, message.length, false);
      host.waiting.pop()?.(true);
      assert.equal(ready, 1);
      send(other, new Random(9).bytes(3000));
      assert.deepEqual(inflated(lent(by)), message);
      assert.ok(by.retainedBytes >= by.end && by.end > 0);
      by.commit();
      by.deflate(message, 0, 99, true);
      assert.deepEqual(inflated(concat(lent(by), TRAILER), 15, message), message.slice(0, 99));
    }
  });

  it('is abandoned when the connection is over, and not listened to any more', () => {
    const host = new FakeHost(100, 1000);
    const by = deflater({ host });
    by.onReady = () => { throw new Error('it is over'); };
    by.deflateLater(new Uint8Array(2000), 0, 2000, true);
    by.release();
    assert.equal(host.abandoned, 1);
    host.waiting.pop()?.();
    assert.deepEqual([by.output.length, by.retainedBytes], [0, 0]);
    by.onReady(); // what was set is let go of
  });

  it('before anything was set to be called, calls nothing', () => {
    const host = new FakeHost(100, 1000);
    const by = deflater({ host });
    by.deflateLater(new Uint8Array(2000), 0, 2000, true);
    host.waiting.pop()?.();
    assert.deepEqual(inflated(concat(lent(by), TRAILER)), new Uint8Array(2000));
  });
});
