// The bound of DESIGN §5 by the engine's own accounting, at every step of what hostile peers do: never more than twice what came,
// never more than a message and a small constant, and not a byte for what is only promised.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { ServerHandshake } from '../../lib/core/handshake/server.ts';
import { Connection } from '../../lib/core/protocol/connection.ts';
import type { CloseOutcome } from '../../lib/core/protocol/events.ts';
import type { LimitOptions } from '../../lib/core/protocol/limits.ts';
import { MessageAssembler } from '../../lib/core/protocol/message-assembler.ts';
import { portablePlatform } from '../../lib/core/platform.ts';
import type { Platform } from '../../lib/core/platform.ts';
import { frame, frameHeader } from '../support/frames.ts';
import { Random } from '../support/random.ts';

const KIB = 1024;
const MIB = KIB * KIB;

/** A client or server whose allocations are counted. */
class Subject {
  readonly platform: Platform;
  readonly assembler: MessageAssembler;
  readonly connection: Connection;
  readonly sizes: number[] = [];
  outcome: CloseOutcome | null = null;
  received = 0;
  largest = 0;
  allocated = 0;

  constructor(role: 'client' | 'server', limits: LimitOptions = {}) {
    const random = new Random(1);
    this.platform = portablePlatform({
      random: (target) => random.fill(target),
      allocate: (size) => {
        this.allocated += size;
        return new Uint8Array(size);
      },
    });
    this.assembler = new MessageAssembler(this.platform, {
      text: (message) => { this.sizes.push(message.length); },
      binary: (message) => { this.sizes.push(message.length); },
      ping() {}, pong() {}, closing() {}, drained() {},
      closed: (outcome) => { this.outcome = outcome; },
    });
    this.connection = new Connection({ role, platform: this.platform, limits, events: this.assembler });
    this.connection.advance(0);
  }

  get retained(): number {
    return this.connection.retainedBytes + this.assembler.retainedBytes;
  }

  receive(bytes: Uint8Array): void {
    this.connection.receive(bytes);
    this.received += bytes.length;
    this.largest = Math.max(this.largest, this.retained);
  }
}

describe('memory follows what arrived', () => {
  it('fragments of one byte without end hold at most twice their payload, and at most maxMessageSize [6455-10.4-1]', () => {
    const subject = new Subject('client', { maxMessageSize: 100_000 });
    subject.receive(frame({ opcode: 2, fin: false, payload: 'a' }));
    let payload = 1;
    while (subject.outcome === null) {
      subject.receive(Uint8Array.of(0, 1, 0x61));
      payload++;
      assert.ok(subject.retained <= Math.min(2 * payload, 100_000 + 4), `${subject.retained} bytes for ${payload}`);
    }
    assert.equal(payload, 100_001);
    assert.equal(subject.outcome.violation?.name, 'MESSAGE_TOO_BIG');
    assert.deepEqual(subject.outcome.limit, { name: 'maxMessageSize', value: 100_000, observed: 100_001 });
    assert.equal(subject.assembler.retainedBytes, 0);
  });

  it('fragments of any size never make more room than maxMessageSize, raised or lowered meanwhile', () => {
    const random = new Random(3);
    for (let round = 0; round < 300; round++) {
      const maxMessageSize = 1 + random.below(5_000);
      const subject = new Subject('client', { maxMessageSize });
      let most = maxMessageSize;
      let payload = 0;
      for (let i = 0; subject.outcome === null; i++) {
        const size = random.below(random.pick([2, 50, 3_000]));
        const bytes = frame({ opcode: i === 0 ? 2 : 0, fin: false, payload: new Uint8Array(size) });
        for (let at = 0; at < bytes.length; at += 700) subject.receive(bytes.slice(at, at + 700));
        payload += size;
        if (subject.outcome === null) assert.ok(subject.retained <= Math.min(2 * payload, most), `${subject.retained} bytes of ${most} for ${payload}`);
        if (random.oneIn(10)) {
          const changed = 1 + random.below(5_000);
          most = Math.max(most, changed);
          subject.connection.setLimits({ maxMessageSize: changed });
        }
      }
    }
  });

  it('empty fragments without end hold nothing', () => {
    const subject = new Subject('client');
    subject.receive(frame({ opcode: 1, fin: false }));
    for (let i = 0; i < 1_000; i++) subject.receive(new Uint8Array(200));
    assert.equal(subject.largest, 0);
    assert.equal(subject.allocated, 0);
    assert.equal(subject.outcome, null, 'off by default: maxFragments is for whom it bothers');
    subject.connection.setLimits({ maxFragments: 100_002 });
    subject.receive(Uint8Array.of(0, 0));
    assert.equal(subject.outcome, null);
    subject.receive(Uint8Array.of(0));
    assert.equal((subject.outcome as CloseOutcome | null)?.violation?.name, 'TOO_MANY_FRAGMENTS');
  });

  it('chunks of one byte, of a frame or of many, hold at most twice what came', () => {
    const subject = new Subject('server');
    const bytes = Buffer.concat([
      frame({ opcode: 1, fin: false, payload: 'é'.repeat(20_000), mask: true }),
      frame({ opcode: 9, payload: new Uint8Array(125), mask: true }),
      frame({ opcode: 0, fin: false, payload: 'x'.repeat(9), mask: true }),
      frameHeader({ opcode: 0, length: 8 * MIB, mask: true }),
      Buffer.alloc(100_000),
    ]);
    for (const byte of bytes) {
      subject.receive(Uint8Array.of(byte));
      assert.ok(subject.retained <= 2 * subject.received);
    }
    assert.ok(subject.allocated <= 6 * bytes.length, `${subject.allocated} bytes were allocated for ${bytes.length}: room doubles, no more`);
  });

  it('a message of 4 MiB in fragments of 64 bytes passes by default', () => {
    const subject = new Subject('server');
    const part = frame({ opcode: 0, fin: false, payload: new Uint8Array(64), mask: true });
    subject.receive(frame({ opcode: 2, fin: false, payload: new Uint8Array(64), mask: true }));
    for (let i = 1; i < 65_536; i++) subject.receive(part.slice());
    subject.receive(frame({ opcode: 0, mask: true }));
    assert.deepEqual(subject.sizes, [4 * MIB]);
    assert.ok(subject.largest <= 8 * MIB);
    assert.equal(subject.retained, 0);
  });

  it('a message of exactly maxMessageSize passes, whole and in fragments, and one byte more does not [6455-10.4-1] [6455-10.4-2]', () => {
    for (const parts of [1, 3]) {
      const subject = new Subject('client', { maxMessageSize: 3_000 });
      for (let i = 0; i < parts; i++) subject.receive(frame({ opcode: i === 0 ? 2 : 0, fin: i === parts - 1, payload: new Uint8Array(3_000 / parts) }));
      assert.deepEqual(subject.sizes, [3_000]);
      subject.receive(frame({ opcode: 2, fin: false, payload: new Uint8Array(3_000) }));
      assert.equal(subject.outcome, null);
      subject.receive(frameHeader({ opcode: 0, length: 1 }));
      assert.equal((subject.outcome as CloseOutcome | null)?.sentCode, 1009);
    }
  });
});

describe('memory does not follow what is promised', () => {
  const promises: readonly (readonly [bigint, LimitOptions, string | null])[] = [
    [16n * 1024n * 1024n, {}, null],
    [16n * 1024n * 1024n + 1n, {}, 'MESSAGE_TOO_BIG'],
    [2n ** 31n - 1n, {}, 'MESSAGE_TOO_BIG'],
    [2n ** 31n, {}, 'MESSAGE_TOO_BIG'],
    [2n ** 31n, { maxFrameSize: 1_000 }, 'FRAME_TOO_BIG'],
    [2n ** 31n, { maxMessageSize: Infinity }, null],
    [2n ** 53n - 1n, {}, 'MESSAGE_TOO_BIG'],
    [2n ** 53n - 1n, { maxMessageSize: Infinity }, null],
    [2n ** 53n, { maxMessageSize: Infinity }, 'FRAME_TOO_BIG'],
    [2n ** 62n, { maxMessageSize: Infinity }, 'FRAME_TOO_BIG'],
    [2n ** 63n - 1n, {}, 'FRAME_TOO_BIG'],
  ];
  for (const [length, limits, refused] of promises) {
    for (const role of ['client', 'server'] as const) {
      it(`a ${role} that is promised ${length} bytes with ${Object.keys(limits).join() || 'default limits'} ${refused === null ? 'waits for them' : `says ${refused}`} and allocates nothing for them`, () => {
        const subject = new Subject(role, limits);
        subject.receive(frameHeader({ opcode: 2, length, ...(role === 'server' ? { mask: true } : {}) }));
        assert.equal(subject.outcome?.violation?.name ?? null, refused);
        subject.receive(new Uint8Array(100));
        if (refused === null) {
          assert.equal(subject.allocated, 200, 'twice what came');
          return;
        }
        assert.equal(subject.outcome?.sentCode, 1009);
        // A Close frame needs a slab and a client's masking key its reservoir; both are shared by all connections.
        assert.ok(subject.allocated <= 16 * KIB + 8 * KIB, `${subject.allocated} bytes were allocated`);
        assert.ok(subject.retained <= 8);
      });
    }
  }
});

describe('output that nobody takes', () => {
  it('a flood of pings leaves at most maxQueuedPongs Pongs, the newest among them [6455-5.5.3-2]', () => {
    for (const maxQueuedPongs of [1, 5, 64]) {
      const subject = new Subject('server', { maxQueuedPongs });
      for (let i = 0; i < 10_000; i++) {
        subject.receive(frame({ opcode: 9, payload: new Uint8Array(125).fill(i & 0xff), mask: true }));
        assert.ok(subject.connection.retainedBytes <= maxQueuedPongs * 127);
      }
      let last = new Uint8Array(0);
      for (let taken = subject.connection.takeOutput(); taken !== null; taken = subject.connection.takeOutput()) last = taken.slice();
      assert.equal(last.at(-1), 9_999 & 0xff);
      assert.equal(subject.connection.retainedBytes, 0);
    }
  });

  it('an application that sends to a peer that does not read is bounded by maxQueueSize, framing apart', () => {
    const subject = new Subject('client', { maxQueueSize: 10_000 });
    let accepted = 0;
    for (let i = 0; i < 5_000; i++) if (subject.connection.sendBinary(new Uint8Array(10)) !== 'refused') accepted++;
    assert.equal(accepted, 1_000);
    assert.equal(subject.connection.queueSize, 10_000);
    assert.equal(subject.connection.retainedBytes, 1_000 * (10 + 6));
    assert.ok(subject.allocated < 3 * 16_000 + 16 * KIB + 8 * KIB, `${subject.allocated} bytes were allocated`);
  });

  it('messages are refused, not lost, at exactly maxQueueSize', () => {
    const subject = new Subject('server', { maxQueueSize: 100 });
    assert.equal(subject.connection.sendBinary(new Uint8Array(101)), 'refused');
    assert.notEqual(subject.connection.sendBinary(new Uint8Array(100)), 'refused');
    assert.equal(subject.connection.sendText('a'), 'refused');
    assert.equal(subject.connection.queueSize, 100);
  });
});

describe('many connections', () => {
  it('ten thousand idle connections have allocated no buffer at all', () => {
    const subject = new Subject('server');
    const { platform, assembler } = subject;
    const connections = Array.from({ length: 10_000 }, () => new Connection({ role: 'server', platform, events: assembler }));
    for (const connection of connections) connection.advance(0);
    assert.equal(subject.allocated, 0);
    for (const connection of connections) assert.equal(connection.retainedBytes, 0);
  });

  it('a thousand small messages to peers that do not read share slabs', () => {
    const subject = new Subject('server');
    const { platform, assembler } = subject;
    const connections = Array.from({ length: 1_000 }, () => new Connection({ role: 'server', platform, events: assembler }));
    for (const connection of connections) connection.sendBinary(new Uint8Array(14));
    assert.ok(subject.allocated <= 2 * 16 * KIB, `${subject.allocated} bytes for 16,000`);
  });
});

describe('the opening handshake', () => {
  it('a head is refused at its first byte too many, and what follows is not kept', () => {
    const subject = new Subject('server');
    const handshake = new ServerHandshake({ platform: subject.platform, limits: { maxHeadSize: 1_000 } });
    const drip = Buffer.from(`GET / HTTP/1.1\r\nX: ${'y'.repeat(5_000)}`);
    let at = 0;
    for (; handshake.state === 'reading'; at++) handshake.receive(Uint8Array.of(drip[at] as number));
    assert.equal(at, 1_001);
    assert.equal(handshake.refusal?.name, 'HEAD_TOO_LARGE');
    const { allocated } = subject;
    assert.equal(handshake.receive(new Uint8Array(MIB)), MIB);
    assert.equal(subject.allocated, allocated);
  });
});
