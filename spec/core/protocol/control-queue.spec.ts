// What waits of control frames: order, one piece, and memory of its own that follows what waits.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { ControlQueue } from '../../../lib/core/protocol/control-queue.ts';
import { toHex } from '../../support/bytes.ts';

describe('control frames that wait', () => {
  it('one frame is handed over as it came, without a copy', () => {
    const queue = new ControlQueue({ allocate: () => assert.fail('nothing is allocated') });
    const frame = Uint8Array.of(0x8a, 0x00);
    queue.push(frame);
    assert.deepEqual([queue.count, queue.length], [1, 2]);
    assert.equal(queue.take(), frame);
    assert.deepEqual([queue.count, queue.length], [0, 0]);
  });

  it('several are one piece, in order, and none of them is written to', () => {
    const queue = new ControlQueue({ allocate: (size) => new Uint8Array(size) });
    const frames = [Uint8Array.of(0x8a, 0x00), Uint8Array.of(0x8a, 0x01, 0xff), Uint8Array.of(0x89, 0x00)];
    for (const frame of frames) queue.push(frame);
    assert.deepEqual([queue.count, queue.length], [3, 7]);
    assert.equal(toHex(queue.take()), '8a008a01ff8900');
    assert.equal(frames.map((frame) => toHex(frame)).join(), '8a00,8a01ff,8900');
    queue.push(Uint8Array.of(1));
    assert.equal(toHex(queue.take()), '01', 'what was taken is not given again');
  });

  it('make room at most twice what waits, a few times however many come, and forget it when cleared', () => {
    const rooms: number[] = [];
    const queue = new ControlQueue({
      allocate: (size) => {
        rooms.push(size);
        return new Uint8Array(size);
      },
    });
    for (let i = 0; i < 64; i++) queue.push(new Uint8Array(127).fill(i));
    assert.deepEqual(rooms, [508, 1_270, 2_794, 5_842, 11_938]);
    queue.clear();
    assert.deepEqual([queue.count, queue.length, queue.take().length], [0, 0, 0]);
    queue.push(new Uint8Array(1));
    queue.push(new Uint8Array(1));
    assert.equal(rooms.at(-1), 256);
  });

  it('a piece that fills its room exactly is handed over whole', () => {
    const queue = new ControlQueue({ allocate: (size) => new Uint8Array(size) });
    for (let i = 0; i < 4; i++) queue.push(new Uint8Array(64).fill(i));
    assert.equal(queue.take().length, 256);
  });
});
