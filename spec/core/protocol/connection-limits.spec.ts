// Every limit of a connection at N and at N + 1, by name, value and what was met; changed while the connection is open (DESIGN §5).

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Connection } from '../../../lib/core/protocol/connection.ts';
import type { LimitOptions } from '../../../lib/core/protocol/limits.ts';
import { portablePlatform } from '../../../lib/core/platform.ts';
import type { Role } from '../../../lib/core/wire/opcode.ts';
import { concat, hex, toHex } from '../../support/bytes.ts';
import { frame, frameHeader } from '../../support/frames.ts';
import { Conversation, converse, examplePlatform, expectTranscript, sendLine } from '../../support/transcript.ts';

const ROLES: readonly Role[] = ['client', 'server'];
const TEXT = 1, BINARY = 2, CONTINUATION = 0, PING = 9, PONG = 10;
const TOO_BIG = 'send 88 02 03f1', POLICY = 'send 88 02 03f0';

function from(role: Role, ...specs: readonly Parameters<typeof frame>[0][]): Uint8Array {
  return concat(...specs.map((spec) => frame({ ...spec, mask: role === 'server' })));
}

const x = (length: number): string => 'x'.repeat(length);
const text = (length: number): string => `text ${JSON.stringify(x(length))}`;

describe('§10.4: maxFrameSize', () => {
  it('accepts a frame of N and refuses one of N + 1 by its header, at every chunking [6455-10.4-1] [6455-10.4-2]', () => {
    for (const role of ROLES) {
      for (const most of [0, 5, 125, 126, 300]) {
        expectTranscript(role, from(role, { opcode: TEXT, payload: x(most) }), [text(most)], { limits: { maxFrameSize: most } });
        const header = frameHeader({ opcode: TEXT, length: most + 1, mask: role === 'server' });
        const at = header.length - 1 - (role === 'server' ? 4 : 0);
        expectTranscript(role, header, [`closed 1006 FRAME_TOO_BIG @${at} maxFrameSize ${most} < ${most + 1}`, TOO_BIG],
          { limits: { maxFrameSize: most } });
      }
    }
  });

  it('bounds a frame, not its message, and no control frame', () => {
    expectTranscript('client',
      from('client', { opcode: TEXT, fin: false, payload: x(2) }, { opcode: PING, payload: x(100) },
      { opcode: CONTINUATION, payload: x(2) }),
      [`ping ${'78'.repeat(100)}`, text(4), sendLine(0x8a, new Uint8Array(100).fill(0x78))], { limits: { maxFrameSize: 2 } });
  });

  it('holds whatever the number is: no limit wraps or is cut to fewer bits', () => {
    for (const most of [2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 32 + 5, 2 ** 40]) {
      const limits = { maxFrameSize: most, maxMessageSize: Infinity };
      const fits = frameHeader({ opcode: BINARY, length: most, lengthBits: 64 });
      const over = frameHeader({ opcode: BINARY, length: most + 1, lengthBits: 64 });
      expectTranscript('client', fits, [], { limits });
      expectTranscript('client', over, [`closed 1006 FRAME_TOO_BIG @9 maxFrameSize ${most} < ${most + 1}`, TOO_BIG], { limits });
    }
  });
});

describe('§10.4: maxMessageSize', () => {
  it('accepts a message of N and refuses N + 1, in one frame or in many', () => {
    for (const role of ROLES) {
      const limits = { maxMessageSize: 10 };
      expectTranscript(role, from(role, { opcode: TEXT, payload: x(10) }), [text(10)], { limits });
      expectTranscript(role,
        from(role, { opcode: TEXT, fin: false, payload: x(7) }, { opcode: CONTINUATION, fin: false, payload: x(3) },
        { opcode: CONTINUATION }), [text(10)], { limits });
      const begun = from(role, { opcode: TEXT, fin: false, payload: x(7) });
      expectTranscript(role, concat(begun, frameHeader({ opcode: CONTINUATION, length: 4, mask: role === 'server' })),
        [`part text ${'78'.repeat(7)}`, `closed 1006 MESSAGE_TOO_BIG @${begun.length + 1} maxMessageSize 10 < 11 unfinished`,
          TOO_BIG], { limits });
    }
    expectTranscript('client', frameHeader({ opcode: TEXT, length: 11 }),
      ['closed 1006 MESSAGE_TOO_BIG @1 maxMessageSize 10 < 11', TOO_BIG], { limits: { maxMessageSize: 10 } });
  });

  it('is 16 MiB by default, and a continuation near 2^53 does not wrap it', () => {
    const most = 16 * 1024 * 1024;
    expectTranscript('client', frameHeader({ opcode: BINARY, length: most }), []);
    expectTranscript('client', frameHeader({ opcode: BINARY, length: most + 1 }),
      [`closed 1006 MESSAGE_TOO_BIG @9 maxMessageSize ${most} < ${most + 1}`, TOO_BIG]);
    expectTranscript('client',
      concat(from('client', { opcode: BINARY, fin: false, payload: 'x' }),
      frameHeader({ opcode: CONTINUATION, length: Number.MAX_SAFE_INTEGER })),
      ['part binary 78', `closed 1006 MESSAGE_TOO_BIG @12 maxMessageSize ${most} < ${2 ** 53} unfinished`, TOO_BIG]);
  });

  it('begins anew with every message', () => {
    expectTranscript('client', from('client', { opcode: TEXT, payload: x(3) }, { opcode: TEXT, payload: x(3) }), [text(3), text(3)],
      { limits: { maxMessageSize: 3 } });
  });
});

describe('declared is not received', () => {
  it('a header allocates nothing, whatever it promises and whatever is allowed', () => {
    for (const role of ROLES) {
      for (const length of [2n ** 31n, 2n ** 40n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n]) {
        let allocated = 0;
        const platform = portablePlatform({ random: () => {}, allocate: (size) => {
          allocated += size;
          return new Uint8Array(size);
        } });
        const { connection } = new Conversation(role, { platform, limits: { maxMessageSize: Infinity } });
        connection.receive(frameHeader({ opcode: BINARY, length, mask: role === 'server' }));
        if (length < 2n ** 53n) assert.deepEqual([connection.state, allocated, connection.retainedBytes], ['open', 0, 0]);
        else assert.equal(connection.state, 'closed');
        assert.ok(allocated <= 16 * 1024 + 8192, `${allocated} for ${length}`);
      }
    }
  });
});

describe('§10.4: maxFragments', () => {
  it('accepts N frames of one message and refuses the first byte of the next, empty ones counted', () => {
    const limits = { maxFragments: 3 };
    for (const role of ROLES) {
      const two = from(role, { opcode: TEXT, fin: false }, { opcode: CONTINUATION, fin: false });
      expectTranscript(role, concat(two, from(role, { opcode: PING }), from(role, { opcode: CONTINUATION, payload: 'a' })),
        ['ping', 'text "a"', 'send 8a 00'], { limits });
      const three = concat(two, from(role, { opcode: CONTINUATION, fin: false }));
      expectTranscript(role, concat(three, hex('00')),
        [`closed 1006 TOO_MANY_FRAGMENTS @${three.length} maxFragments 3 < 4 unfinished`, POLICY], { limits });
    }
  });

  it('is off by default: 65,537 fragments of a 4 MiB message pass', () => {
    const fragment = frame({ opcode: CONTINUATION, fin: false, payload: new Uint8Array(64) });
    const input = new Uint8Array(fragment.length * 65_536);
    for (let i = 0; i < 65_536; i++) input.set(fragment, i * fragment.length);
    input[0] = BINARY;
    let bytes = 0;
    let last = false;
    const connection = new Connection({ role: 'client', platform: examplePlatform(), keepalive: 'off', events: {
      payload: (piece) => {
        bytes += piece.end - piece.start;
        last = piece.last;
      },
      ping: () => {}, pong: () => {}, closing: () => {}, drained: () => {}, closed: () => assert.fail('closed'),
    } });
    connection.receive(input);
    connection.receive(frame({ opcode: CONTINUATION }));
    assert.deepEqual([bytes, last], [4 * 1024 * 1024, true]);
  });
});

describe('messageDeadline', () => {
  const begun = from('client', { opcode: BINARY, fin: false, payload: 'a' });
  const tooSlow = (most: number, at: number): string => `closed 1006 MESSAGE_TOO_SLOW @${at} messageDeadline ${most} < ${most} unfinished`;

  it('counts from a message’s first frame, an empty one too, whatever arrives meanwhile', () => {
    for (const first of [begun, from('client', { opcode: BINARY, fin: false })]) {
      converse('client', { limits: { messageDeadline: 100 } }, (conversation) => {
        conversation.receive(first);
        assert.equal(conversation.connection.deadline, -Infinity);
        conversation.advance(0);
        for (const now of [30, 60, 90]) {
          conversation.receive(from('client', { opcode: PING }, { opcode: CONTINUATION, fin: false, payload: 'b' }));
          conversation.advance(now);
        }
        conversation.drain();
        conversation.lines();
        conversation.advance(100);
        conversation.expect(tooSlow(100, first.length + 15), POLICY);
      });
    }
  });

  it('counts within one frame, too', () => {
    converse('client', { limits: { messageDeadline: 100 } }, (conversation) => {
      conversation.receive(hex('8205 01'));
      conversation.advance(5);
      conversation.advance(105);
      conversation.expect('part binary 01', tooSlow(100, 3), POLICY);
    });
  });

  it('is over with the message, and begins anew with the next', () => {
    converse('client', { limits: { messageDeadline: 100 } }, (conversation) => {
      conversation.receive(begun);
      conversation.advance(0);
      conversation.receive(from('client', { opcode: CONTINUATION, payload: 'b' }));
      assert.equal(conversation.connection.deadline, Infinity);
      conversation.receive(begun);
      conversation.advance(99);
      assert.equal(conversation.connection.deadline, 199);
      conversation.receive(from('client', { opcode: CONTINUATION }));
      conversation.expect('binary 6162', 'binary 61');
    });
  });

  it('asks for no time for a message that comes whole', () => {
    converse('client', {}, (conversation) => {
      conversation.receive(from('client', { opcode: BINARY, payload: 'a' }));
      assert.equal(conversation.connection.deadline, Infinity);
      conversation.expect('binary 61');
    });
  });

  it('may be turned off, and on again under a message, from whose next frame on it counts', () => {
    converse('client', { limits: { messageDeadline: Infinity } }, (conversation) => {
      const { connection } = conversation;
      conversation.receive(begun);
      assert.equal(connection.deadline, Infinity);
      connection.setLimits({ messageDeadline: 100 });
      assert.equal(connection.deadline, Infinity);
      conversation.receive(from('client', { opcode: CONTINUATION, fin: false }));
      conversation.advance(50);
      assert.equal(connection.deadline, 150);
      connection.setLimits({ messageDeadline: Infinity });
      assert.equal(connection.deadline, Infinity);
      conversation.expect('part binary 61');
    });
  });

  it('made looser in time saves the message, and the transport is told', () => {
    converse('client', { limits: { messageDeadline: 100 } }, (conversation) => {
      conversation.receive(begun);
      conversation.advance(0);
      conversation.drain();
      const { wakes } = conversation;
      conversation.connection.setLimits({ messageDeadline: 300 });
      assert.equal(conversation.wakes, wakes + 1);
      conversation.pass(299);
      conversation.expect('part binary 61');
      conversation.advance(300);
      conversation.expect(tooSlow(300, 3), POLICY);
    });
  });

  it('does not count the time in which this side did not read', () => {
    converse('client', { limits: { messageDeadline: 100 } }, (conversation) => {
      const { connection } = conversation;
      conversation.receive(begun);
      conversation.advance(0);
      for (let now = 0; now < 900; now += 100) { // 90 ms of each 100 are a pause
        connection.pause();
        conversation.advance(now);
        connection.resume();
        conversation.advance(now + 90);
      }
      assert.equal(connection.state, 'open');
      assert.equal(connection.deadline, 910);
      conversation.advance(910);
      conversation.expect('part binary 61', tooSlow(100, 3), POLICY);
    });
  });
});

describe('maxQueueSize', () => {
  const sends: readonly (readonly [string, (conversation: Conversation, length: number) => string])[] = [
    ['text', ({ connection }, length) => connection.sendText(x(length))],
    ['binary', ({ connection }, length) => connection.sendBinary(new Uint8Array(length))],
    ['a fragment', ({ connection }, length) => connection.sendFragment('binary', new Uint8Array(length), true)],
  ];
  for (const [what, send] of sends) {
    it(`refuse: ${what} fits at N, and not at N + 1; once taken there is room again`, () => {
      for (const role of ROLES) {
        const conversation = new Conversation(role, { limits: { maxQueueSize: 40_000 } });
        assert.equal(send(conversation, 40_001), 'refused');
        assert.equal(send(conversation, 39_999), 'queued');
        assert.equal(send(conversation, 2), 'refused');
        assert.equal(send(conversation, 1), 'queued');
        assert.equal(conversation.connection.queueSize, 40_000);
        conversation.drain();
        assert.equal(send(conversation, 40_000), 'queued');
        assert.equal(conversation.connection.state, 'open');
      }
    });

    it(`close: ${what} that does not fit fails the connection, by name, value and what would have waited`, () => {
      for (const role of ROLES) {
        converse(role, { limits: { maxQueueSize: 100, queuePolicy: 'close' } }, (conversation) => {
          assert.equal(send(conversation, 60), 'queued');
          assert.equal(send(conversation, 40), 'queued');
          assert.equal(send(conversation, 1), 'refused');
          conversation.expect('closed 1006 QUEUE_OVERFLOW @0 maxQueueSize 100 < 101 unsent 100', POLICY);
          assert.equal(send(conversation, 1), 'refused');
        });
      }
    });
  }

  it('changes while the connection is open, below what waits too', () => {
    const { connection } = new Conversation('server', { limits: { maxQueueSize: 10 } });
    connection.sendText(x(10));
    connection.setLimits({ maxQueueSize: 5 });
    assert.equal(connection.sendText(''), 'refused');
    connection.setLimits({ maxQueueSize: 12 });
    assert.equal(connection.sendText(x(2)), 'queued');
    connection.setLimits({ queuePolicy: 'close' });
    assert.equal(connection.sendText(x(1)), 'refused');
    assert.equal(connection.state, 'closed');
  });

  it('without a limit takes what it is given', () => {
    const { connection } = new Conversation('server', { limits: { maxQueueSize: Infinity } });
    for (let i = 0; i < 20; i++) assert.notEqual(connection.sendBinary(new Uint8Array(1024 * 1024)), 'refused');
    assert.equal(connection.queueSize, 20 * 1024 * 1024);
  });

  it('does not keep a Close, a Ping or a Pong from being sent', () => {
    converse('client', { limits: { maxQueueSize: 0 } }, (conversation) => {
      assert.equal(conversation.connection.sendPing(), 'queued');
      conversation.receive(from('client', { opcode: PING, payload: 'p' }));
      assert.equal(conversation.connection.close(1000), 'queued');
      conversation.expect('ping 70', 'send 8a 01 70', 'send 89 00', 'send 88 02 03e8');
    });
  });
});

describe('highWaterMark', () => {
  it('is told of at N + 1, and drained is told once for each crossing, at N', () => {
    converse('client', { limits: { highWaterMark: 4 } }, (conversation) => {
      const { connection } = conversation;
      for (let crossing = 0; crossing < 3; crossing++) {
        assert.equal(connection.sendText('abcd'), 'queued');
        assert.equal(connection.sendText('e'), 'high-water');
        assert.equal(connection.sendText('f'), 'high-water');
        conversation.expect('send 81 04 61626364', 'send 81 01 65', 'send 81 01 66', 'drained');
        assert.equal(connection.sendText('g'), 'queued');
        conversation.expect('send 81 01 67');
      }
    });
  });

  it('is judged between the pieces that leave, not only at the end', () => {
    const large = new Uint8Array(32 * 1024);
    converse('server', { limits: { highWaterMark: large.length } }, (conversation) => {
      const { connection } = conversation;
      connection.sendBinary(large);
      assert.equal(connection.sendBinary(large), 'high-water');
      for (let piece = 0; piece < 2; piece++) conversation.take();
      assert.deepEqual(conversation.lines(), [sendLine(0x82, large)]);
      conversation.expect('drained', sendLine(0x82, large));
    });
  });

  it('goes by the mark in force', () => {
    converse('client', { limits: { highWaterMark: 1 } }, (conversation) => {
      conversation.connection.sendText('ab');
      conversation.connection.setLimits({ highWaterMark: 2 });
      conversation.expect('drained', 'send 81 02 6162');
    });
  });

  it('is not told of when nothing more may be sent', () => {
    converse('client', { limits: { highWaterMark: 1 } }, (conversation) => {
      assert.equal(conversation.connection.sendText('ab'), 'high-water');
      conversation.connection.close();
      conversation.expect('send 81 02 6162', 'send 88 00');
    });
  });

  it('lets the application go on from within drained', () => {
    let more = 2;
    converse('client', { limits: { highWaterMark: 1 },
      inside: (event, { connection }) => { if (event === 'drained' && more-- > 0) connection.sendText('xy'); } }, (conversation) => {
      conversation.connection.sendText('ab');
      conversation.expect('send 81 02 6162', 'drained', 'send 81 02 7879', 'drained', 'send 81 02 7879', 'drained');
    });
  });
});

describe('maxQueuedPongs', () => {
  const ping = (role: Role, payload: number): Uint8Array => from(role, { opcode: PING, payload: Uint8Array.of(payload) });

  it('answers every Ping of N that come at once', () => {
    for (const role of ROLES) {
      const conversation = new Conversation(role);
      conversation.receive(concat(...Array.from({ length: 64 }, (_, i) => ping(role, i))));
      conversation.drain();
      assert.deepEqual(conversation.lines().filter((line) => line.startsWith('send')),
        Array.from({ length: 64 }, (_, i) => `send 8a 01 ${toHex(Uint8Array.of(i))}`));
    }
  });

  it('keeps, past N, only the newest, and goes on counting from it', () => {
    converse('client', { limits: { maxQueuedPongs: 3 }, inside: () => {} }, (conversation) => {
      conversation.receive(concat(...[1, 2, 3, 4, 5].map((i) => ping('client', i))));
      conversation.expect('ping 01', 'ping 02', 'ping 03', 'ping 04', 'ping 05', 'send 8a 01 04', 'send 8a 01 05');
    });
  });

  it('bounds what a peer that pings and does not read can make this side hold', () => {
    for (const role of ROLES) {
      const { connection } = new Conversation(role);
      let most = 0;
      const pings = concat(...Array.from({ length: 50 }, () => from(role, { opcode: PING, payload: new Uint8Array(125) })));
      for (let i = 0; i < 100; i++) {
        connection.receive(pings.slice());
        most = Math.max(most, connection.retainedBytes);
      }
      assert.ok(most <= 64 * 131, `${most} bytes`);
    }
  });
});

describe('maxControlRate', () => {
  const two: LimitOptions = { maxControlRate: 2 };

  it('accepts N in a second, of any kind, and N again in the next', () => {
    converse('client', { limits: two }, (conversation) => {
      for (let second = 0; second < 3; second++) {
        conversation.receive(from('client', { opcode: PING }));
        conversation.advance(second * 1000);
        conversation.receive(from('client', { opcode: PONG }));
        conversation.expect('ping', 'pong', 'send 8a 00');
        conversation.advance(second * 1000 + 999);
        assert.equal(conversation.connection.deadline, second * 1000 + 1000);
        conversation.advance(second * 1000 + 1000);
        assert.equal(conversation.connection.deadline, Infinity);
      }
    });
  });

  it('refuses N + 1, a frame that comes in pieces counted once', () => {
    const first = from('client', { opcode: PING, payload: 'abc' }, { opcode: PING, payload: 'def' });
    expectTranscript('client', concat(first, from('client', { opcode: PONG, payload: 'ghi' })),
      ['ping 616263', 'ping 646566', 'closed 1006 CONTROL_TOO_FREQUENT @10 maxControlRate 2 < 3', 'send 8a 03 616263',
        'send 8a 03 646566', POLICY], { limits: two });
  });

  it('is off by default, then asks for no time, and may be turned on', () => {
    const { connection } = new Conversation('client');
    for (let i = 0; i < 1000; i++) connection.receive(hex('8a00'));
    assert.equal(connection.deadline, Infinity);
    connection.setLimits(two);
    for (let i = 0; i < 2; i++) connection.receive(hex('8a00'));
    assert.equal(connection.state, 'open');
    connection.receive(hex('8a00'));
    assert.equal(connection.state, 'closed');
  });

  it('does not count data frames', () => {
    converse('client', { limits: { maxControlRate: 1 } }, (conversation) => {
      conversation.receive(from('client', { opcode: TEXT }, { opcode: TEXT }, { opcode: PONG }, { opcode: TEXT }));
      conversation.expect('text ""', 'text ""', 'pong', 'text ""');
    });
  });
});

describe('limits that change while the connection is open', () => {
  it('hold a message under way from its next frame on: tight before authentication, loose after', () => {
    for (const [name, lines] of [['maxFrameSize', 'FRAME_TOO_BIG'], ['maxMessageSize', 'MESSAGE_TOO_BIG']] as const) {
      converse('client', { limits: { [name]: 2 } }, (conversation) => {
        conversation.receive(from('client', { opcode: TEXT, payload: 'ab' }));
        conversation.connection.setLimits({ [name]: 100 });
        conversation.receive(from('client', { opcode: TEXT, fin: false, payload: x(50) }));
        conversation.connection.setLimits({ [name]: 50 });
        conversation.receive(from('client', { opcode: CONTINUATION, fin: false }));
        conversation.receive(hex('8033'));
        conversation.expect('text "ab"', `part text ${'78'.repeat(50)}`,
          `closed 1006 ${lines} @59 ${name} 50 < ${name === 'maxFrameSize' ? 51 : 101} unfinished`, TOO_BIG);
      });
    }
  });
});
