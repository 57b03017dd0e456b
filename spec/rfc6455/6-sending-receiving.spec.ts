// RFC 6455 §6: sending and receiving data.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Connection } from '../../lib/core/protocol/connection.ts';
import type { Role } from '../../lib/core/wire/opcode.ts';
import { APPLICATION_FAILED } from '../../lib/core/wire/violation.ts';
import { concat, hex, toHex, utf8 } from '../support/bytes.ts';
import { EXAMPLE_KEY, frame } from '../support/frames.ts';
import { Random } from '../support/random.ts';
import { Conversation, converse, expectTranscript, sendLine } from '../support/transcript.ts';

const ROLES: readonly Role[] = ['client', 'server'];
const TEXT = 1, BINARY = 2, CONTINUATION = 0, PING = 9;
const LARGE = new Uint8Array(40_000).fill(7);

function from(role: Role, ...specs: readonly Parameters<typeof frame>[0][]): Uint8Array {
  return concat(...specs.map((spec) => frame({ ...spec, mask: role === 'server' })));
}

describe('RFC 6455 §6.1, sending', () => {
  it('a message goes out as a frame with the opcode of its type and FIN, masked if a client sends it, byte for byte [6455-6.1-1] [6455-6.1-4] [6455-6.1-6] [6455-6.1-7] [6455-6.1-8] [6455-6.1-9]', () => {
    for (const role of ROLES) {
      const messages = [0, 1, 125, 126, 1000, 16_384, 40_000, 65_536].map((length) => new Random(length).bytes(length));
      for (const payload of messages) {
        const { connection } = new Conversation(role);
        connection.sendBinary(payload);
        const pieces: Uint8Array[] = [];
        for (let bytes = connection.takeOutput(); bytes !== null; bytes = connection.takeOutput()) pieces.push(bytes);
        assert.equal(toHex(concat(...pieces)), toHex(frame({ opcode: BINARY, payload, mask: role === 'client' && EXAMPLE_KEY })));
      }
      converse(role, {}, (conversation) => {
        conversation.connection.sendText('Hé');
        conversation.expect('send 81 03 48c3a9');
      });
    }
  });

  it('large data, or data whose length is not known, may go out in fragments [6455-6.1-5] [6455-6.1-6] [6455-6.1-7]', () => {
    for (const role of ROLES) {
      converse(role, {}, (conversation) => {
        const { connection } = conversation;
        connection.sendFragment('binary', LARGE, false);
        connection.sendFragment('binary', LARGE, false);
        connection.sendFragment('binary', hex('ff'), true);
        conversation.expect(sendLine(0x02, LARGE), sendLine(0x00, LARGE), 'send 80 01 ff');
      });
    }
  });

  it('only while the connection is open: otherwise nothing is sent [6455-6.1-2]', () => {
    const ends: readonly ((conversation: Conversation) => void)[] = [
      ({ connection }) => { connection.close(); },
      ({ connection }) => connection.fail(APPLICATION_FAILED),
      ({ connection }) => connection.terminate(),
      (conversation) => conversation.receive(frame({ opcode: 8, mask: conversation.role === 'server' })),
      (conversation) => conversation.receive(hex('ff')),
      (conversation) => conversation.end(),
    ];
    for (const role of ROLES) {
      for (const end of ends) {
        const conversation = new Conversation(role);
        end(conversation);
        conversation.drain();
        conversation.lines();
        const { connection } = conversation;
        assert.deepEqual([connection.sendText('a'), connection.sendBinary(hex('00')),
          connection.sendFragment('text', utf8('a'), true), connection.sendPing()], ['refused', 'refused', 'refused', 'refused']);
        conversation.expect();
      }
    }
  });

  it('if the state changes before a message has been sent, it is not: what waits when the connection fails is dropped and counted [6455-6.1-3]', () => {
    for (const role of ROLES) {
      converse(role, {}, (conversation) => {
        conversation.connection.sendText('never');
        conversation.receive(hex('ff'));
        conversation.expect('closed 1006 RSV_NOT_NEGOTIATED @0 unsent 5', 'send 88 02 03ea');
      });
    }
  });

  it('messages leave in the order in which they were sent, small and large', () => {
    for (const role of ROLES) {
      const random = new Random(61);
      converse(role, { limits: { maxQueueSize: Infinity, highWaterMark: Infinity } }, (conversation) => {
        const expected: string[] = [];
        for (let i = 0; i < 60; i++) {
          const bytes = random.bytes(random.pick([0, 3, 200, 5000, 16_384, 33_000]));
          conversation.connection.sendBinary(bytes);
          expected.push(sendLine(0x82, bytes));
          if (random.oneIn(3)) conversation.take();
        }
        conversation.expect(...expected);
      });
    }
  });

  it('every JavaScript value is sent exactly, or is a TypeError: none turns into bytes by accident', () => {
    const values: readonly unknown[] = [
      undefined, null, true, 0, 5, NaN, 5n, 'text', '', Symbol('s'), [], [1, 2], {}, { length: 5 }, new ArrayBuffer(5),
        new DataView(new ArrayBuffer(5)),
      new Uint16Array(5), new Int8Array(5), new Float64Array(2), new Date(0), () => 5, new String('text'), hex(''), hex('0102'),
        Buffer.from('buffer'),
    ];
    const ways: readonly (readonly [string, (connection: Connection, value: never) => unknown, (value: unknown) => Uint8Array | null])[] = [
      ['sendText', (connection, value) => connection.sendText(value), (value) => (typeof value === 'string' ? utf8(value) : null)],
      ['sendBinary', (connection, value) => connection.sendBinary(value), (value) => (value instanceof Uint8Array ? value : null)],
      ['sendFragment', (connection, value) => connection.sendFragment('binary', value, true),
        (value) => (value instanceof Uint8Array ? value : null)],
      ['sendPing', (connection, value) => connection.sendPing(value),
        (value) => (value === undefined ? hex('') : value instanceof Uint8Array ? value : null)],
      ['a close reason', (connection, value) => connection.close(1000, value),
        (value) => (value === undefined ? hex('03e8') : typeof value === 'string' ? concat(hex('03e8'), utf8(value)) : null)],
    ];
    for (const role of ROLES) {
      for (const [name, send, bytesOf] of ways) {
        for (const value of values) {
          const conversation = new Conversation(role);
          const bytes = bytesOf(value);
          if (bytes === null) {
            assert.throws(() => send(conversation.connection, value as never), TypeError, `${name} ${String(value)}`);
            conversation.expect();
            continue;
          }
          send(conversation.connection, value as never);
          conversation.drain();
          const [line, ...rest] = conversation.lines();
          assert.equal(line?.replace(/^send .. ../, '').trim(), toHex(bytes), `${name} ${String(value)}`);
          assert.deepEqual(rest, []);
        }
      }
    }
  });

  it('what is sent is never changed by sending it, and is what it was when it was sent', () => {
    for (const role of ROLES) {
      const { connection } = new Conversation(role);
      const arrays = [10, 400, 31_000].map((length) => new Random(length).bytes(length));
      const before = arrays.map((bytes) => toHex(bytes));
      for (const bytes of arrays) {
        connection.sendBinary(bytes);
        if (bytes.length <= 125) connection.sendPing(bytes);
      }
      for (let bytes = connection.takeOutput(); bytes !== null; bytes = connection.takeOutput()) { /* all of it */ }
      assert.deepEqual(arrays.map((bytes) => toHex(bytes)), before);
    }
  });
});

describe('RFC 6455 §6.2, receiving', () => {
  it('bytes are parsed as frames, however they arrive, and a message is received with its final fragment [6455-6.2-1] [6455-6.2-3] [6455-6.2-4]', () => {
    for (const role of ROLES) {
      expectTranscript(role, from(role,
        { opcode: TEXT, payload: 'one' }, { opcode: BINARY, fin: false, payload: hex('01') },
          { opcode: CONTINUATION, payload: hex('02') }, { opcode: BINARY, payload: hex('03') },
        { opcode: TEXT, fin: false, payload: 'fo' }, { opcode: CONTINUATION, payload: 'ur' }),
      ['text "one"', 'binary 0102', 'binary 03', 'text "four"']);
    }
  });

  it('control frames are handled when they come, within a message too [6455-6.2-2]', () => {
    for (const role of ROLES) {
      expectTranscript(role,
        from(role, { opcode: TEXT, fin: false, payload: 'a' }, { opcode: PING, payload: 'p' },
        { opcode: CONTINUATION, payload: 'b' }), ['ping 70', 'text "ab"', 'send 8a 01 70']);
    }
  });

  it('the type of a message is that of its first frame [6455-6.2-3]', () => {
    for (const role of ROLES) {
      expectTranscript(role, from(role, { opcode: BINARY, fin: false }, { opcode: CONTINUATION, payload: hex('ff') }), ['binary ff']);
      expectTranscript(role, from(role, { opcode: TEXT, fin: false }, { opcode: CONTINUATION, payload: 'a' }), ['text "a"']);
    }
  });

  it('what comes after the final fragment is a new message [6455-6.2-5]', () => {
    for (const role of ROLES) {
      expectTranscript(role,
        from(role, { opcode: TEXT, fin: false, payload: 'a' }, { opcode: CONTINUATION, payload: 'b' },
        { opcode: BINARY, payload: 'c' }), ['text "ab"', 'binary 63']);
    }
  });

  it('servers MUST remove masking for data received from a client [6455-6.2-8]', () => {
    for (const key of [hex('37fa213d'), hex('ffffffff'), hex('00000001')]) {
      expectTranscript('server',
        concat(frame({ opcode: TEXT, payload: 'Hello', mask: key }), frame({ opcode: BINARY, payload: hex('00ff'), mask: key })),
        ['text "Hello"', 'binary 00ff']);
    }
  });
});
