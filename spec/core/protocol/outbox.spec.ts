import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { Outbox } from '../../../lib/core/protocol/outbox.ts';
import { SLAB_SIZE, SlabPool } from '../../../lib/core/protocol/shared.ts';
import { portablePlatform } from '../../../lib/core/platform.ts';
import { concat, hex, toHex } from '../../support/bytes.ts';
import { Random } from '../../support/random.ts';

/** A pool that counts what is allocated. */
function countingPool(): { readonly pool: SlabPool; readonly allocations: number[] } {
  const allocations: number[] = [];
  const allocate = (size: number): Uint8Array => {
    allocations.push(size);
    return new Uint8Array(size);
  };
  return { pool: new SlabPool(portablePlatform({ random: () => {}, allocate })), allocations };
}

/** Writes a whole frame, of which `size` bytes are the application's. */
function write(outbox: Outbox, frame: Uint8Array, size: number = frame.length, room: number = frame.length): void {
  outbox.reserve(room);
  outbox.bytes.set(frame, outbox.at);
  outbox.commit(outbox.at + frame.length, size);
}

function writeReference(outbox: Outbox, header: Uint8Array, payload: Uint8Array): void {
  outbox.reserve(header.length);
  outbox.bytes.set(header, outbox.at);
  outbox.commitReference(outbox.at + header.length, payload, payload.length);
}

/** Takes everything, one line a piece. */
function takeAll(outbox: Outbox): string[] {
  const lines: string[] = [];
  for (let bytes = outbox.take(); bytes !== null; bytes = outbox.take()) lines.push(toHex(bytes));
  return lines;
}

function setUp(): { readonly outbox: Outbox; readonly pool: SlabPool; readonly allocations: number[] } {
  const { pool, allocations } = countingPool();
  return { outbox: new Outbox(pool), pool, allocations };
}

describe('frames that are written', () => {
  it('leave in order and in one piece, and are counted until then', () => {
    const { outbox } = setUp();
    assert.deepEqual([outbox.dataIsEmpty, outbox.queueSize, outbox.retainedBytes], [true, 0, 0]);
    write(outbox, hex('0102'), 1);
    write(outbox, hex('030405'), 2);
    assert.deepEqual([outbox.dataIsEmpty, outbox.queueSize, outbox.retainedBytes], [false, 3, 5]);
    assert.deepEqual(takeAll(outbox), ['0102030405']);
    assert.deepEqual([outbox.dataIsEmpty, outbox.queueSize, outbox.retainedBytes], [true, 0, 0]);
  });

  it('use no more of the slab than they need, whatever was reserved', () => {
    const { outbox, pool } = setUp();
    write(outbox, hex('0102'), 2, 1000);
    assert.equal(pool.free, 1000);
    outbox.take();
    assert.equal(pool.free, 2);
  });

  it('may come behind others in the room that was reserved before', () => {
    const { outbox, pool } = setUp();
    write(outbox, hex('01'), 1, 10);
    write(outbox, hex('02'), 1, 5);
    assert.equal(pool.free, 10);
    assert.deepEqual(takeAll(outbox), ['0102']);
  });

  it('of any size go up to the border of a slab and not over it', () => {
    for (const [first, second, allocations, pieces] of [
      [SLAB_SIZE, 1, 2, 2], [SLAB_SIZE - 1, 1, 1, 1], [SLAB_SIZE - 1, 2, 2, 2], [1, SLAB_SIZE, 2, 2], [SLAB_SIZE + 1, 1, 2, 2],
        [1, SLAB_SIZE + 1, 2, 2],
    ] as const) {
      const { outbox, allocations: made } = setUp();
      const frames = [new Uint8Array(first).fill(1), new Uint8Array(second).fill(2)];
      for (const frame of frames) write(outbox, frame);
      assert.equal(made.length, allocations, `${first} and ${second}: allocations`);
      const taken = takeAll(outbox);
      assert.equal(taken.length, pieces, `${first} and ${second}: pieces`);
      assert.equal(taken.join(''), toHex(concat(...frames)));
    }
  });

  it('too large for a slab have an array of their own, and leave the slab as it was', () => {
    const { outbox, pool, allocations } = setUp();
    write(outbox, hex('01'));
    write(outbox, new Uint8Array(SLAB_SIZE + 7));
    assert.deepEqual(allocations, [SLAB_SIZE, SLAB_SIZE + 7]);
    assert.equal(pool.free, 1);
    assert.deepEqual(takeAll(outbox).map((digits) => digits.length / 2), [1, SLAB_SIZE + 7]);
  });

  it('that waits behind other output is written into room of its own, which doubles up to a slab', () => {
    const { pool, allocations } = countingPool();
    const [mine, other] = [new Outbox(pool), new Outbox(pool)];
    let sent = '';
    for (let i = 0; i < 600; i++) {
      write(mine, new Uint8Array(100).fill(i));
      sent += toHex(new Uint8Array(100).fill(i));
      write(other, hex('ff'));
      other.take();
    }
    assert.deepEqual(allocations, [SLAB_SIZE, 256, 512, 1024, 2048, 4096, 8192, SLAB_SIZE, SLAB_SIZE, SLAB_SIZE]);
    assert.equal(takeAll(mine).join(''), sent);
    write(mine, hex('01'));
    assert.equal(mine.bytes, pool.bytes, 'once drained it borrows again');
    mine.take();
    const { free } = pool;
    write(mine, hex('02'), 1, 100);
    mine.take();
    assert.equal(pool.free, free + 1, 'and gives back what it did not need');
  });

  it('has room of its own at least as large as it asks for', () => {
    const { pool } = countingPool();
    const [mine, other] = [new Outbox(pool), new Outbox(pool)];
    write(mine, hex('01'));
    write(other, hex('ff'));
    write(mine, new Uint8Array(5000));
    assert.deepEqual(takeAll(mine).map((digits) => digits.length / 2), [1, 5000]);
  });

  it('are held as long as they wait, and no more than that, wherever they lie', () => {
    const { pool } = countingPool();
    const [mine, other] = [new Outbox(pool), new Outbox(pool)];
    write(other, new Uint8Array(50));
    write(mine, hex('0102'), 2, 1000);
    assert.deepEqual([other.retainedBytes, mine.retainedBytes], [50, 2]);
  });

  it('takes back room for a frame that was not written', () => {
    const { outbox, pool } = setUp();
    outbox.reserve(100);
    outbox.unreserve();
    assert.deepEqual([pool.free, outbox.bytes.length, outbox.take()], [0, 0, null]);
    write(outbox, hex('01'));
    outbox.reserve(100);
    outbox.unreserve();
    write(outbox, hex('02'));
    assert.deepEqual(takeAll(outbox), ['0102']);
    assert.equal(pool.free, 2);
  });
});

describe('a payload by reference', () => {
  it('leaves as it is, behind its header, and is counted as the application’s', () => {
    const { outbox } = setUp();
    const payload = hex('aabb');
    write(outbox, hex('01'));
    writeReference(outbox, hex('82'), payload);
    write(outbox, hex('03'));
    assert.deepEqual([outbox.queueSize, outbox.retainedBytes], [4, 5]);
    assert.equal(toHex(outbox.take() ?? hex('')), '0182');
    assert.equal(outbox.queueSize, 3);
    assert.equal(outbox.take(), payload);
    assert.deepEqual(takeAll(outbox), ['03']);
  });

  it('may be a whole frame: it leaves as it is, and control frames go around it', () => {
    const { outbox } = setUp();
    const frame = hex('8201aa');
    write(outbox, hex('01'));
    outbox.commitFrame(frame, 1);
    assert.equal(outbox.queueSize, 2);
    assert.equal(toHex(outbox.take() ?? hex('')), '01');
    outbox.pushPong(hex('8a'), 9);
    assert.equal(toHex(outbox.take() ?? hex('')), '8a');
    assert.equal(outbox.take(), frame);
    outbox.commitFrame(frame, 1);
    outbox.take();
    outbox.pushPong(hex('8a'), 9);
    write(outbox, hex('02'));
    assert.deepEqual(takeAll(outbox), ['8a', '02']);
  });

  it('is not held once it has been taken, even if the queue never empties', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const { outbox } = setUp();
    writeReference(outbox, hex('01'), new Uint8Array(10));
    const taken: WeakRef<Uint8Array>[] = [];
    for (let i = 0; i < 20; i++) {
      writeReference(outbox, hex('02'), new Uint8Array(100_000));
      outbox.take();
      taken.push(new WeakRef(outbox.take() as Uint8Array));
    }
    await new Promise((resolve) => { setImmediate(resolve); });
    collect();
    assert.deepEqual(taken.filter((reference) => reference.deref() !== undefined), []);
    assert.equal(outbox.dataIsEmpty, false);
  });

  it('keeps its place however many went before', () => {
    const { outbox } = setUp();
    const expected: string[] = [];
    const taken: string[] = [];
    const random = new Random(5);
    for (let i = 0; i < 1000; i++) {
      writeReference(outbox, hex('82'), Uint8Array.of(i >>> 8, i));
      expected.push('82', toHex(Uint8Array.of(i >>> 8, i)));
      for (let n = random.below(4); n > 0 && taken.length + 40 < expected.length; n--) taken.push(toHex(outbox.take() as Uint8Array));
    }
    assert.deepEqual([...taken, ...takeAll(outbox)].join(''), expected.join(''));
  });
});

describe('a frame by reference', () => {
  it('leaves as it is, in its place, and is counted by what is the application’s of it', () => {
    const { outbox } = setUp();
    const shared = hex('82020506');
    write(outbox, hex('8101aa'), 1);
    outbox.commitFrame(shared, 2);
    write(outbox, hex('8101bb'), 1);
    assert.deepEqual([outbox.queueSize, outbox.retainedBytes], [4, 10]);
    assert.equal(toHex(outbox.take() ?? hex('')), '8101aa');
    outbox.pushPong(hex('8a00'), 1);
    assert.equal(toHex(outbox.take() ?? hex('')), '8a00', 'no frame has begun that it would cut in two');
    assert.equal(outbox.take(), shared);
    assert.deepEqual(takeAll(outbox), ['8101bb']);
    assert.equal(outbox.queueSize, 0);
  });
});

describe('control frames', () => {
  it('go ahead of data, Pongs before Pings, in one piece', () => {
    const { outbox } = setUp();
    write(outbox, hex('01'));
    outbox.pushPing(hex('89'), 9);
    outbox.pushPong(hex('8a01'), 9);
    outbox.pushPong(hex('8a02'), 9);
    assert.deepEqual([outbox.retainedBytes, outbox.queueSize], [6, 1]);
    assert.deepEqual(takeAll(outbox), ['8a018a0289', '01']);
    assert.equal(outbox.retainedBytes, 0);
  });

  it('go as they are when there is one', () => {
    const { outbox } = setUp();
    const pong = hex('8a00');
    outbox.pushPong(pong, 1);
    assert.equal(outbox.dataIsEmpty, true);
    assert.equal(outbox.take(), pong);
    assert.equal(outbox.take(), null);
  });

  it('§5.4: never go between a header that was taken and its payload [6455-5.4-5]', () => {
    const { outbox } = setUp();
    writeReference(outbox, hex('82'), hex('aa'));
    write(outbox, hex('03'));
    assert.equal(toHex(outbox.take() ?? hex('')), '82');
    outbox.pushPong(hex('8a'), 9);
    outbox.pushPing(hex('89'), 9);
    assert.deepEqual(takeAll(outbox), ['aa', '8a89', '03']);
  });

  it('go between any two pieces that are whole frames', () => {
    const { pool } = countingPool();
    const [mine, other] = [new Outbox(pool), new Outbox(pool)];
    write(mine, hex('01'));
    write(other, hex('ff'));
    write(mine, hex('02'));
    write(mine, new Uint8Array(SLAB_SIZE + 1));
    assert.equal(toHex(mine.take() ?? hex('')), '01');
    mine.pushPong(hex('8a'), 9);
    assert.deepEqual([toHex(mine.take() ?? hex('')), toHex(mine.take() ?? hex(''))], ['8a', '02']);
    mine.pushPong(hex('8a'), 9);
    assert.deepEqual([toHex(mine.take() ?? hex('')), mine.take()?.length], ['8a', SLAB_SIZE + 1]);
  });

  it('§5.5.3: past the bound only the newest Pong is kept, which answers them all [6455-5.5.3-2]', () => {
    const { outbox } = setUp();
    for (let i = 0; i < 3; i++) outbox.pushPong(Uint8Array.of(0x8a, i), 3);
    assert.equal(outbox.retainedBytes, 6);
    outbox.pushPong(hex('8a03'), 3);
    assert.deepEqual(takeAll(outbox), ['8a03']);
  });

  it('are refused past the bound when they are Pings', () => {
    const { outbox } = setUp();
    assert.deepEqual([0, 1, 2].map((i) => outbox.pushPing(Uint8Array.of(0x89, i), 2)), [true, true, false]);
    assert.deepEqual(takeAll(outbox), ['89008901']);
  });
});

describe('forgetting', () => {
  it('the data keeps the control frames', () => {
    const { outbox } = setUp();
    write(outbox, hex('01'));
    writeReference(outbox, hex('82'), hex('aa'));
    write(outbox, hex('03'));
    outbox.pushPong(hex('8a'), 9);
    outbox.clearData();
    assert.deepEqual([outbox.queueSize, outbox.retainedBytes, outbox.dataIsEmpty], [0, 1, true]);
    write(outbox, hex('88'), 1);
    assert.deepEqual(takeAll(outbox), ['8a', '88']);
    assert.equal(outbox.queueSize, 0);
  });

  it('the data keeps the rest of a frame that has begun to leave', () => {
    const { outbox } = setUp();
    writeReference(outbox, hex('82'), hex('aabb'));
    writeReference(outbox, hex('82'), hex('cc'));
    write(outbox, hex('03'));
    outbox.take();
    outbox.clearData();
    assert.equal(outbox.queueSize, 2);
    write(outbox, hex('88'), 0);
    assert.deepEqual(takeAll(outbox), ['aabb', '88']);
    assert.equal(outbox.queueSize, 0);
  });

  it('everything forgets that too', () => {
    const { outbox, pool } = setUp();
    writeReference(outbox, hex('82'), hex('aabb'));
    write(outbox, hex('03'), 1, 500);
    outbox.pushPing(hex('89'), 9);
    outbox.take();
    outbox.pushPing(hex('89'), 9);
    outbox.pushPong(hex('8a'), 9);
    outbox.clear();
    assert.deepEqual([outbox.queueSize, outbox.retainedBytes, outbox.take()], [0, 0, null]);
    assert.equal(outbox.bytes.length, 0);
    assert.ok(pool.free <= 2, 'what was reserved is given back');
    outbox.pushPong(hex('8a'), 9);
    assert.deepEqual(takeAll(outbox), ['8a']);
  });
});

describe('outboxes that share a pool', () => {
  for (let seed = 1; seed <= 12; seed++) {
    it(`never write where another has written, seed ${seed}`, () => {
      const random = new Random(seed);
      const { pool } = countingPool();
      const boxes = Array.from({ length: 2 + random.below(2) },
        (_, id) => ({ outbox: new Outbox(pool), id, count: 0, sent: '', taken: [] as Uint8Array[], size: 0 }));
      const frame = (id: number, count: number, length: number): Uint8Array => Uint8Array.from({ length },
        (_, i) => id * 64 + ((count * 7 + i) % 64));
      for (let turn = 0; turn < 1500; turn++) {
        const box = random.pick(boxes);
        const { outbox } = box;
        const length = random.pick([1, 2, 3, 20, 20, 300, 3000, 8000, SLAB_SIZE - 1, SLAB_SIZE, SLAB_SIZE + 1]);
        switch (random.below(10)) {
          case 0: case 1: case 2: case 3: {
            const bytes = frame(box.id, box.count++, random.oneIn(3) ? length : 1 + random.below(40));
            write(outbox, bytes, bytes.length, bytes.length + random.below(60));
            box.sent += toHex(bytes);
            break;
          }
          case 4: {
            const [header, payload] = [frame(box.id, box.count++, 4), frame(box.id, box.count++, 1 + random.below(100))];
            writeReference(outbox, header, payload);
            box.sent += toHex(header) + toHex(payload);
            break;
          }
          case 5:
            outbox.reserve(length);
            outbox.unreserve();
            break;
          case 6: case 7: {
            const bytes = outbox.take();
            if (bytes !== null) box.taken.push(bytes);
            break;
          }
          case 8:
            for (let bytes = outbox.take(); bytes !== null; bytes = outbox.take()) box.taken.push(bytes);
            break;
          default:
            if (!random.oneIn(20)) break;
            outbox.clear();
            box.sent = box.taken.map((bytes) => toHex(bytes)).join('');
        }
      }
      // Compared only now: what was taken is the transport's and must not have changed since.
      for (const { outbox, id, sent, taken } of boxes) {
        assert.equal(taken.map((bytes) => toHex(bytes)).join('') + takeAll(outbox).join(''), sent, `seed ${seed}, outbox ${id}`);
        assert.deepEqual([outbox.queueSize, outbox.retainedBytes], [0, 0]);
      }
    });
  }
});
