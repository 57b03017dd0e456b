// RFC 6455 §5.1 and §5.3: who masks, and how.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Connection } from '../../lib/core/protocol/connection.ts';
import { portablePlatform } from '../../lib/core/platform.ts';
import type { Role } from '../../lib/core/wire/opcode.ts';
import { concat, hex, toHex, utf8 } from '../support/bytes.ts';
import { frame, frameHeader, masked } from '../support/frames.ts';
import { Random } from '../support/random.ts';
import { Conversation, converse, expectTranscript } from '../support/transcript.ts';

const TEXT = 1, BINARY = 2, PING = 9, CLOSE = 8;

/** Every kind of frame there is to send. */
const SENDS: readonly ((connection: Connection) => void)[] = [
  (connection) => { connection.sendText('Hello'); },
  (connection) => { connection.sendText(''); },
  (connection) => { connection.sendBinary(hex('00ff')); },
  (connection) => { connection.sendBinary(new Uint8Array(40_000)); },
  (connection) => { connection.sendBinary(new Uint8Array(70_000)); },
  (connection) => { connection.sendFragment('text', utf8('a'), false); },
  (connection) => { connection.sendFragment('text', utf8('b'), true); },
  (connection) => { connection.sendPing(); },
  (connection) => { connection.receive(frame({ opcode: PING, payload: 'p', mask: connection.role === 'server' })); },
  (connection) => { connection.close(1000, 'bye'); },
];

/** The frames a connection sends, one by one: header octets and masking key (empty if there is none). */
function framesOf(role: Role, sends: readonly ((connection: Connection) => void)[],
  random: (target: Uint8Array) => void): { readonly b1: number; readonly key: string }[] {
  const { connection } = new Conversation(role, { platform: portablePlatform({ random }) });
  const frames: { b1: number; key: string }[] = [];
  for (const send of sends) {
    send(connection);
    const pieces: Uint8Array[] = [];
    for (let bytes = connection.takeOutput(); bytes !== null; bytes = connection.takeOutput()) pieces.push(bytes);
    const bytes = concat(...pieces);
    const b1 = bytes[1] as number;
    const keyAt = 2 + (b1 % 128 === 127 ? 8 : b1 % 128 === 126 ? 2 : 0);
    frames.push({ b1, key: b1 >= 128 ? toHex(bytes, keyAt, keyAt + 4) : '' });
  }
  return frames;
}

describe('RFC 6455 §5.1', () => {
  it('a client MUST mask all frames that it sends, Close frames too, with the MASK bit set [6455-5.1-1] [6455-5.3-1] [6455-5.5.1-5] [6455-6.1-8]', () => {
    const random = new Random(51);
    const frames = framesOf('client', SENDS, (target) => random.fill(target));
    assert.equal(frames.length, SENDS.length);
    assert.ok(frames.every(({ b1, key }) => (b1 & 0x80) !== 0 && key.length === 8));
  });

  it('a server MUST NOT mask any frames that it sends [6455-5.1-4]', () => {
    const frames = framesOf('server', SENDS, () => assert.fail('a server needs no key'));
    assert.equal(frames.length, SENDS.length);
    assert.ok(frames.every(({ b1 }) => (b1 & 0x80) === 0));
  });

  it('the server MUST close the connection upon receiving a frame that is not masked, with 1002 [6455-5.1-2] [6455-5.1-3]', () => {
    for (const opcode of [TEXT, BINARY, CLOSE, PING]) {
      expectTranscript('server', frame({ opcode }), ['closed 1006 MASK_MISSING @1', 'send 88 02 03ea']);
    }
  });

  it('a client MUST close the connection if it detects a masked frame, with 1002 [6455-5.1-5] [6455-5.1-6]', () => {
    for (const opcode of [TEXT, BINARY, CLOSE, PING]) {
      expectTranscript('client', frame({ opcode, mask: true }), ['closed 1006 MASK_UNEXPECTED @1', 'send 88 02 03ea']);
    }
  });

  it('data frames may be sent any time before the endpoint has sent a Close frame [6455-5.1-7]', () => {
    for (const role of ['client', 'server'] as const) {
      converse(role, {}, (conversation) => {
        const { connection } = conversation;
        assert.equal(connection.sendText('a'), 'queued');
        conversation.receive(frame({ opcode: TEXT, fin: false, payload: 'x', mask: role === 'server' }));
        assert.equal(connection.sendText('b'), 'queued');
        connection.close();
        assert.equal(connection.sendText('c'), 'refused');
        conversation.expect('send 81 01 61', 'send 81 01 62', 'send 88 00', 'part text 78');
      });
    }
  });
});

describe('RFC 6455 §5.3', () => {
  it('the client MUST pick a fresh masking key for each frame, derived from a strong source of entropy [6455-5.3-2] [6455-5.3-3]', () => {
    const random = new Random(531);
    const drawn: string[] = [];
    const frames = framesOf('client', Array.from({ length: 300 }, () => SENDS.slice(0, 9)).flat(), (target) => {
      random.fill(target);
      for (let at = 0; at < target.length; at += 4) drawn.push(toHex(target, at, at + 4));
    });
    assert.deepEqual(frames.map(({ key }) => key), drawn.slice(0, frames.length), 'each key is the next four bytes of the source');
    assert.equal(new Set(drawn).size, drawn.length);
  });

  it('a masking key MUST NOT make it simple to predict the next: every bit of every key is the source’s own [6455-5.3-4]', () => {
    const [first, second] = [1, 2].map((seed) => {
      const random = new Random(seed);
      return framesOf('client', Array.from({ length: 256 }, () => SENDS[0] as (typeof SENDS)[number]),
        (target) => random.fill(target)).map(({ key }) => Number.parseInt(key, 16));
    }) as [number[], number[]];
    for (let bit = 0; bit < 32; bit++) {
      const differing = first.filter((key, i) => ((key ^ (second[i] as number)) >>> bit & 1) === 1).length;
      assert.ok(differing > 80 && differing < 176, `bit ${bit} differs in ${differing} of 256`);
    }
  });

  it('octet i of the masked data is octet i of the original XOR octet i mod 4 of the key, the same way in both directions [6455-5.3-5] [6455-5.3-6] [6455-5.2-10]', () => {
    for (const length of [0, 1, 2, 3, 4, 5, 125, 126, 1000, 65_535, 65_536]) {
      const payload = new Random(length).bytes(length);
      for (const key of [hex('37fa213d'), hex('01020304'), hex('ff00ff00')]) {
        const { connection } = new Conversation('client',
          { platform: portablePlatform({ random: (target) => target.forEach((_, i) => { target[i] = key[i % 4] as number; }) }) });
        connection.sendBinary(payload);
        const sent: Uint8Array[] = [];
        for (let bytes = connection.takeOutput(); bytes !== null; bytes = connection.takeOutput()) sent.push(bytes);
        const wire = concat(...sent);
        assert.equal(toHex(wire), toHex(concat(frameHeader({ opcode: BINARY, length, mask: key }), masked(payload, key))));
        if (length <= 1000) expectTranscript('server', wire, [`binary ${toHex(payload)}`.trimEnd()]);
      }
    }
  });

  it('the payload length does not include the length of the masking key [6455-5.3-7]', () => {
    expectTranscript('server', hex('8185 37fa213d 7f9f4d5158'), ['text "Hello"']);
    const { connection } = new Conversation('client');
    connection.sendText('Hello');
    assert.equal(toHex(connection.takeOutput() ?? hex('')), '818537fa213d7f9f4d5158');
  });

  it('the index begins at 0 in every frame, whatever the frame before and however it is cut [6455-5.3-5]', () => {
    expectTranscript('server',
      concat(frame({ opcode: TEXT, fin: false, payload: 'Hel', mask: true }), frame({ opcode: 0, payload: 'lo!', mask: true })),
      ['text "Hello!"']);
  });

  it('a key of zeros is one of the allowed 32-bit values [6455-5.3-8]', () => {
    expectTranscript('server', frame({ opcode: TEXT, payload: 'Hello', mask: hex('00000000') }), ['text "Hello"']);
  });
});
