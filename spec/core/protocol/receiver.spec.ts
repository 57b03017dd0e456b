import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import type { Role } from '../../../lib/core/wire/opcode.ts';
import { concat, hex, toHex, utf8 } from '../../support/bytes.ts';
import { frame } from '../../support/frames.ts';
import { Conversation, converse, expectTranscript } from '../../support/transcript.ts';

const ROLES: readonly Role[] = ['client', 'server'];
const TEXT = 1, BINARY = 2, CONTINUATION = 0, PING = 9, PONG = 10;

/** A frame as the peer of `role` sends it. */
function from(role: Role, spec: Parameters<typeof frame>[0]): Uint8Array {
  return frame({ ...spec, mask: role === 'server' });
}

describe('receiving', () => {
  it('tells messages, Pings and Pongs, and answers the Pings, at every chunking', () => {
    for (const role of ROLES) {
      const input = concat(
        from(role, { opcode: TEXT, payload: 'Hello' }), from(role, { opcode: BINARY, fin: false, payload: hex('00ff') }),
        from(role, { opcode: PING, payload: 'p' }), from(role, { opcode: PONG }), from(role, { opcode: CONTINUATION, payload: hex('80') }),
        from(role, { opcode: TEXT }),
      );
      expectTranscript(role, input, ['text "Hello"', 'ping 70', 'pong', 'binary 00ff80', 'text ""', 'send 8a 01 70']);
    }
  });

  it('fails at the byte that proves a rule broken, and tells which', () => {
    expectTranscript('client', hex('89 7e 007e'), ['closed 1006 CONTROL_TOO_LONG @1', 'send 88 02 03ea']);
    expectTranscript('server', concat(from('server', { opcode: TEXT, payload: 'a' }), hex('8100')),
      ['text "a"', 'closed 1006 MASK_MISSING @8', 'send 88 02 03ea']);
    expectTranscript('client', hex('88 02 0000'), ['closed 1006 CLOSE_CODE_NOT_ALLOWED @4', 'send 88 02 03ea']);
  });

  it('delivers the text before the byte that makes it impossible, and then fails there', () => {
    expectTranscript('client',
      concat(from('client', { opcode: TEXT, fin: false, payload: hex('61 e2') }),
      from('client', { opcode: CONTINUATION, payload: hex('82 41 62') })),
      ['part text 61e282', 'closed 1006 TEXT_NOT_UTF8 @7 unfinished', 'send 88 02 03ef']);
    expectTranscript('client', frame({ opcode: TEXT, payload: hex('ff') }), ['closed 1006 TEXT_NOT_UTF8 @2 unfinished', 'send 88 02 03ef']);
  });

  it('says of a message under way that it is unfinished, and only of that, at every chunking', () => {
    const limits = { maxMessageSize: 3 };
    const [begun, more] = [frame({ opcode: BINARY, fin: false, payload: 'ab' }), frame({ opcode: CONTINUATION, payload: 'cd' })];
    expectTranscript('client', concat(begun, more),
      ['part binary 6162', 'closed 1006 MESSAGE_TOO_BIG @5 maxMessageSize 3 < 4 unfinished', 'send 88 02 03f1'], { limits });
    expectTranscript('client', concat(frame({ opcode: BINARY, payload: 'ab' }), hex('83')),
      ['binary 6162', 'closed 1006 RESERVED_OPCODE @4', 'send 88 02 03ea'], { limits });
    expectTranscript('client', concat(frame({ opcode: BINARY, fin: false }), hex('83')),
      ['closed 1006 RESERVED_OPCODE @2 unfinished', 'send 88 02 03ea']);
  });

  it('reads nothing more after a violation or the peer’s Close, and consumes it all the same', () => {
    for (const [input, position, lines] of [
      ['8300', 0, ['closed 1006 RESERVED_OPCODE @0', 'send 88 02 03ea']],
      ['880203e8', 4, ['closing 1000 ""', 'send 88 02 03e8']],
    ] as const) {
      converse('client', {}, (conversation) => {
        conversation.receive(hex(input));
        conversation.expect(...lines);
        conversation.receive(hex('8900 8100'));
        conversation.connection.pause();
        conversation.receive(hex('8900 ff'));
        assert.equal(conversation.connection.consumed, 3);
        assert.equal(conversation.connection.position, position);
      });
    }
  });

  it('may change the chunk while it is lent, and only what it has consumed of it', () => {
    const chunk = concat(from('server', { opcode: TEXT, payload: 'abc' }), from('server', { opcode: TEXT, payload: 'def' }));
    const before = chunk.slice();
    const { connection } = new Conversation('server', { inside: (_event, { connection: inner }) => inner.pause() });
    const consumed = connection.receive(chunk);
    assert.equal(consumed, 9);
    assert.equal(toHex(chunk, 6, 9), toHex(utf8('abc')));
    assert.equal(toHex(chunk, 9), toHex(before, 9));
    connection.resume();
    connection.receive(chunk.subarray(consumed));
    const after = chunk.slice();
    connection.sendBinary(chunk);
    connection.receive(from('server', { opcode: TEXT, payload: 'ghi' }));
    assert.deepEqual(chunk, after, 'it is not touched once receive has returned');
  });

  it('takes bytes and nothing else, and no call from within itself', () => {
    const { connection } = new Conversation('client');
    for (const chunk of ['8100', [0x81, 0], new ArrayBuffer(2), null, 5]) {
      assert.throws(() => connection.receive(chunk as unknown as Uint8Array),
        { name: 'TypeError', message: /^a chunk is a Uint8Array, found / });
    }
    assert.equal(connection.receive(hex('')), 0);
    converse('client', { inside: (_event, conversation) => assert.throws(() => conversation.connection.receive(hex('8900')),
      { name: 'TypeError', message: /^receive\(\) was called from within receive\(\)/ }) },
      (conversation) => {
        conversation.receive(hex('8100'));
        conversation.receive(hex('8900'));
        conversation.expect('text ""', 'ping', 'send 8a 00');
      });
  });

  it('holds what has come of a control frame, and nothing of a message', () => {
    const { connection } = new Conversation('client');
    connection.receive(hex('8905 4865'));
    assert.equal(connection.retainedBytes, 2);
    connection.receive(hex('6c6c6f'));
    assert.equal(connection.retainedBytes, 11, 'the Pong');
    connection.takeOutput();
    connection.receive(hex('0205 48656c'));
    assert.equal(connection.retainedBytes, 0);
    connection.receive(hex('6c6f 8905 48'));
    connection.terminate();
    assert.equal(connection.retainedBytes, 0, 'what will not be read whole is let go');
  });
});

describe('the chunk that was lent', () => {
  it('is held no longer than receive runs, within a message, a control frame or neither', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const connections = ['8201 00', '8205 0000', '8905 0000', '8901 00', '82 7e'].map((digits) => {
      const { connection } = new Conversation('client');
      const chunk = concat(hex(digits));
      connection.receive(chunk);
      while (connection.takeOutput() !== null) { /* the Pong */ }
      return { connection, lent: new WeakRef(chunk) };
    });
    await new Promise((resolve) => { setImmediate(resolve); });
    collect();
    assert.deepEqual(connections.filter(({ lent }) => lent.deref() !== undefined), []);
    assert.ok(connections.every(({ connection }) => connection.state === 'open'));
  });
});

describe('the rate of control frames', () => {
  it('is counted by the second: one too many fails, at its first byte, at every chunking', () => {
    for (const role of ROLES) {
      const two = concat(from(role, { opcode: PING }), from(role, { opcode: PONG }));
      expectTranscript(role, concat(two, from(role, { opcode: PING, payload: 'abc' }), from(role, { opcode: PING })),
        ['ping', 'pong', `closed 1006 CONTROL_TOO_FREQUENT @${two.length} maxControlRate 2 < 3`, 'send 8a 00', 'send 88 02 03f0'],
          { limits: { maxControlRate: 2 } });
    }
  });
});

describe('the keepalive', () => {
  it('hears every chunk, and the Pong that answers its Ping', () => {
    converse('client', { keepalive: { interval: 100, timeout: 30, misses: 0 } }, (conversation) => {
      conversation.advance(0);
      conversation.advance(100);
      conversation.expect('send 89 04 00000001');
      conversation.receive(from('client', { opcode: PONG, payload: hex('00000001') }));
      conversation.expect('pong 00000001');
      conversation.advance(112);
      assert.equal(conversation.connection.roundTripTime, 12);
      assert.equal(conversation.connection.deadline, 200);
    });
  });
});
