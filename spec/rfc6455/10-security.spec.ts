// RFC 6455 §10: security considerations, as far as they are the protocol's: masking, limits, validation.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { portablePlatform } from '../../lib/core/platform.ts';
import type { Role } from '../../lib/core/wire/opcode.ts';
import { concat, hex, toHex } from '../support/bytes.ts';
import { frame, frameHeader, masked } from '../support/frames.ts';
import { Random } from '../support/random.ts';
import { Conversation, expectTranscript, transcript } from '../support/transcript.ts';

const ROLES: readonly Role[] = ['client', 'server'];
const TEXT = 1, BINARY = 2, CONTINUATION = 0, CLOSE = 8;

function sentBy(conversation: Conversation): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let bytes = conversation.connection.takeOutput(); bytes !== null; bytes = conversation.connection.takeOutput()) pieces.push(bytes.slice());
  return concat(...pieces);
}

describe('RFC 6455 §10.3, attacks on infrastructure', () => {
  it('each frame has a new key that the application cannot predict or choose: the platform’s, whatever is sent [6455-10.3-1]', () => {
    const random = new Random(103);
    const drawn: string[] = [];
    const conversation = new Conversation('client', { platform: portablePlatform({ random: (target) => {
      random.fill(target);
      for (let at = 0; at < target.length; at += 4) drawn.push(toHex(target, at, at + 4));
    } }) });
    const seen: string[] = [];
    for (let i = 0; i < 2500; i++) {
      conversation.connection.sendBinary(hex('00000000'));
      seen.push(toHex(sentBy(conversation), 2, 6));
    }
    assert.deepEqual(seen, drawn.slice(0, seen.length));
    assert.equal(new Set(seen).size, seen.length);
  });

  it('the same payload looks different each time, and never as the application chose it', () => {
    const random = new Random(1031);
    const conversation = new Conversation('client', { platform: portablePlatform({ random: (target) => random.fill(target) }) });
    const attack = new TextEncoder().encode('GET /sensitive HTTP/1.1\r\nHost: target\r\n\r\n');
    const seen = new Set<string>();
    for (let i = 0; i < 200; i++) {
      conversation.connection.sendBinary(attack);
      const wire = sentBy(conversation);
      assert.equal(Buffer.from(wire).includes('sensitive'), false);
      seen.add(toHex(wire, 6));
    }
    assert.equal(seen.size, 200);
  });

  it('once a frame has begun to be sent its payload cannot be changed by the application: a client sends a copy [6455-10.3-2]', () => {
    for (const length of [1, 100, 5000, 40_000, 100_000]) {
      const conversation = new Conversation('client');
      const payload = new Random(length).bytes(length);
      const before = payload.slice();
      conversation.connection.sendBinary(payload);
      payload.fill(0);
      const first = conversation.connection.takeOutput() ?? hex('');
      payload.fill(1);
      const header = frameHeader({ opcode: BINARY, length, mask: true });
      assert.equal(toHex(first), toHex(concat(header, masked(before, hex('37fa213d')))));
    }
  });

  it('changed or additional data goes in a new frame with a new key, not into one that waits [6455-10.3-3]', () => {
    const random = new Random(1033);
    const conversation = new Conversation('client', { platform: portablePlatform({ random: (target) => random.fill(target) }) });
    const payload = hex('00000000');
    conversation.connection.sendBinary(payload);
    payload.fill(0xff);
    conversation.connection.sendBinary(payload);
    const wire = sentBy(conversation);
    assert.equal(wire.length, 20);
    const [first, second] = [wire.slice(2, 6), wire.slice(12, 16)];
    assert.notEqual(toHex(first), toHex(second));
    assert.equal(toHex(masked(wire.slice(6, 10), first)), '00000000');
    assert.equal(toHex(masked(wire.slice(16, 20), second)), 'ffffffff');
  });
});

describe('RFC 6455 §10.4, implementation-specific limits', () => {
  it('an implementation that has limits on frames and messages MUST protect itself against exceeding them: by the header [6455-10.4-1] [6455-10.4-2]', () => {
    for (const role of ROLES) {
      const mask = role === 'server';
      const keyLength = mask ? 4 : 0;
      const frameTooBig = frameHeader({ opcode: BINARY, length: 2 ** 40, mask });
      expectTranscript(role, frameTooBig,
        [`closed 1006 FRAME_TOO_BIG @${frameTooBig.length - keyLength - 1} maxFrameSize 1000 < ${2 ** 40}`, 'send 88 02 03f1'],
        { limits: { maxFrameSize: 1000 } });
      const begun = frame({ opcode: BINARY, fin: false, payload: new Uint8Array(60), mask });
      const more = frameHeader({ opcode: CONTINUATION, length: 41, mask });
      expectTranscript(role, concat(begun, more),
        [`part binary ${'00'.repeat(60)}`, `closed 1006 MESSAGE_TOO_BIG @${begun.length + 1} maxMessageSize 100 < 101 unfinished`,
          'send 88 02 03f1'], { limits: { maxMessageSize: 100 } });
    }
  });

  it('is limited unless it is told otherwise: an endless message does not fit [6455-10.4-2]', () => {
    for (const role of ROLES) {
      const conversation = new Conversation(role);
      const piece = frame({ opcode: CONTINUATION, fin: false, payload: new Uint8Array(1024 * 1024), mask: role === 'server' });
      const { connection } = conversation;
      connection.receive(frame({ opcode: BINARY, fin: false, mask: role === 'server' }));
      let sent = 0;
      while (connection.state === 'open' && sent < 20) {
        connection.receive(piece.slice());
        sent++;
      }
      assert.equal(sent, 17);
    }
  });
});

describe('RFC 6455 §10.1 and §10.7, handling of invalid data', () => {
  it('incoming data MUST always be validated by both sides, and is answered with a Close that fits [6455-10.7-1] [6455-10.7-3] [6455-10.1-1]', () => {
    const wrong: readonly (readonly [Parameters<typeof frame>[0], string])[] = [
      [{ opcode: 3 }, '03ea'], [{ opcode: TEXT, rsv: 0x40 }, '03ea'], [{ opcode: CONTINUATION }, '03ea'],
        [{ opcode: 9, fin: false }, '03ea'],
      [{ opcode: 9, payload: new Uint8Array(126) }, '03ea'], [{ opcode: BINARY, lengthBits: 16, payload: 'a' }, '03ea'],
        [{ opcode: CLOSE, payload: 'a' }, '03ea'],
      [{ opcode: CLOSE, payload: hex('03ed') }, '03ea'], [{ opcode: TEXT, payload: hex('c0') }, '03ef'],
        [{ opcode: CLOSE, payload: hex('03e8c0') }, '03ef'],
      [{ opcode: BINARY, length: 2 ** 40 }, '03f1'],
    ];
    for (const role of ROLES) {
      for (const [spec, code] of wrong) {
        const lines = transcript(role, [frame({ ...spec, mask: role === 'server' })]);
        assert.equal(lines.length, 2);
        assert.match(lines[0] as string, /^closed 1006 /);
        assert.equal(lines[1], `send 88 02 ${code}`);
      }
    }
  });

  it('whatever a peer sends is data: no throw, one closed at most, and this side’s output stays whole frames', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = new Random(seed);
      const role = random.pick(ROLES);
      const parts: Uint8Array[] = [];
      for (let i = random.below(6); i >= 0; i--) {
        const opcode = random.pick([TEXT, BINARY, CONTINUATION, CLOSE, 9, 10, random.below(16)]);
        const bytes = frame({ opcode, fin: !random.oneIn(4), payload: random.oneIn(2) ? 'ascii' : random.bytes(random.below(140)),
          mask: random.oneIn(15) ? role === 'client' : role === 'server' });
        if (random.oneIn(8)) bytes[random.below(bytes.length)] = random.below(256);
        parts.push(bytes);
      }
      const stream = concat(...parts, random.bytes(random.below(20)));
      const whole = transcript(role, [stream.slice()]);
      const octets = transcript(role, Array.from(stream, (octet) => Uint8Array.of(octet)));
      assert.deepEqual(octets, whole, `seed ${seed}`);
      assert.ok(whole.filter((line) => line.startsWith('closed')).length <= 1);
    }
  });
});
