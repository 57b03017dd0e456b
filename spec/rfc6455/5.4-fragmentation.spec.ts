// RFC 6455 §5.4: fragmentation.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Role } from '../../lib/core/wire/opcode.ts';
import { concat, hex, toHex, utf8 } from '../support/bytes.ts';
import { frame } from '../support/frames.ts';
import { Random } from '../support/random.ts';
import { Conversation, converse, expectTranscript, sendLine } from '../support/transcript.ts';

const ROLES: readonly Role[] = ['client', 'server'];
const TEXT = 1, BINARY = 2, CONTINUATION = 0, PING = 9, PONG = 10, CLOSE = 8;
const PROTOCOL_ERROR = 'send 88 02 03ea';

function from(role: Role, ...specs: readonly Parameters<typeof frame>[0][]): Uint8Array {
  return concat(...specs.map((spec) => frame({ ...spec, mask: role === 'server' })));
}

describe('RFC 6455 §5.4, receiving', () => {
  it('neither side may depend on frame boundaries: one message in any fragments is one message [6455-5.4-1] [6455-5.4-4] [6455-5.4-7] [6455-5.4-10]', () => {
    const random = new Random(541);
    const message = utf8('Héllo, wörld: €20 😀'.repeat(3));
    for (const role of ROLES) {
      for (let round = 0; round < 6; round++) {
        const fragments: Parameters<typeof frame>[0][] = [];
        for (let at = 0; at < message.length; ) {
          const end = Math.min(message.length, at + random.below(30));
          fragments.push({ opcode: at === 0 && fragments.length === 0 ? TEXT : CONTINUATION, fin: end === message.length,
            payload: message.slice(at, end) });
          at = end;
        }
        expectTranscript(role, from(role, ...fragments), [`text ${JSON.stringify(Buffer.from(message).toString())}`]);
      }
    }
  });

  it('an unfragmented message is one frame with FIN and an opcode other than 0 [6455-5.4-2] [6455-5.4-11]', () => {
    for (const role of ROLES) {
      expectTranscript(role, from(role, { opcode: TEXT, payload: 'a' }), ['text "a"']);
      expectTranscript(role, from(role, { opcode: CONTINUATION, payload: 'a' }),
        ['closed 1006 CONTINUATION_WITHOUT_START @0', PROTOCOL_ERROR]);
    }
  });

  it('a fragmented message is a frame with its opcode and without FIN, continuations, and one with FIN [6455-5.4-3] [6455-5.4-11] [6455-5.4-16]', () => {
    for (const role of ROLES) {
      for (const [opcode, line] of [[TEXT, 'text "abc"'], [BINARY, 'binary 616263']] as const) {
        expectTranscript(role,
          from(role, { opcode, fin: false, payload: 'a' }, { opcode: CONTINUATION, fin: false, payload: 'b' },
          { opcode: CONTINUATION, payload: 'c' }), [line]);
        expectTranscript(role, from(role, { opcode, fin: false, payload: 'ab' }, { opcode: CONTINUATION, payload: 'c' }), [line]);
      }
    }
  });

  it('fragments of one message MUST NOT be interleaved with those of another: the connection fails [6455-5.4-8]', () => {
    for (const role of ROLES) {
      for (const opcode of [TEXT, BINARY]) {
        for (const fin of [true, false]) {
          const begun = from(role, { opcode: TEXT, fin: false, payload: 'a' });
          expectTranscript(role, concat(begun, from(role, { opcode, fin, payload: 'b' })),
            ['part text 61', `closed 1006 MESSAGE_INTERLEAVED @${begun.length} unfinished`, PROTOCOL_ERROR]);
        }
      }
    }
  });

  it('a continuation after the last fragment continues nothing [6455-6.2-5]', () => {
    for (const role of ROLES) {
      const message = from(role, { opcode: TEXT, fin: false, payload: 'a' }, { opcode: CONTINUATION, payload: 'b' });
      expectTranscript(role, concat(message, from(role, { opcode: CONTINUATION, fin: false })),
        ['text "ab"', `closed 1006 CONTINUATION_WITHOUT_START @${message.length}`, PROTOCOL_ERROR]);
      expectTranscript(role, concat(message, from(role, { opcode: BINARY, payload: 'c' })), ['text "ab"', 'binary 63']);
    }
  });

  it('control frames may come between the fragments, and an endpoint MUST handle them there [6455-5.4-5] [6455-5.4-9]', () => {
    for (const role of ROLES) {
      expectTranscript(role, from(role,
        { opcode: TEXT, fin: false, payload: 'Hel' }, { opcode: PING, payload: 'p' }, { opcode: PONG, payload: 'q' },
          { opcode: CONTINUATION, fin: false },
        { opcode: PING }, { opcode: CONTINUATION, payload: 'lo' }),
      ['ping 70', 'pong 71', 'ping', 'text "Hello"', 'send 8a 01 70', 'send 8a 00']);
      converse(role, {}, (conversation) => {
        conversation.receive(from(role, { opcode: TEXT, fin: false, payload: 'Hel' }, { opcode: CLOSE, payload: hex('03e8') }));
        conversation.drain();
        conversation.end();
        conversation.expect('closing 1000 ""', 'send 88 02 03e8', 'part text 48656c', 'closed 1000 clean unfinished');
      });
    }
  });

  it('a control frame between fragments is answered at once, not when the message ends', () => {
    converse('client', {}, (conversation) => {
      conversation.receive(hex('0101 61 8900'));
      conversation.expect('ping', 'send 8a 00', 'part text 61');
    });
  });

  it('control frames themselves MUST NOT be fragmented: the connection fails [6455-5.4-6] [6455-5.5-3]', () => {
    for (const role of ROLES) {
      for (const opcode of [CLOSE, PING, PONG]) {
        expectTranscript(role, from(role, { opcode, fin: false, payload: hex('03e8') }),
          ['closed 1006 CONTROL_FRAGMENTED @0', PROTOCOL_ERROR]);
      }
    }
  });

  it('parts of a frame may be told before the frame is complete [6455-5.4-17]', () => {
    converse('client', {}, (conversation) => {
      conversation.receive(hex('8105 4865'));
      conversation.expect('part text 4865');
    });
  });
});

describe('RFC 6455 §5.4, sending', () => {
  it('a message is one frame with FIN, or a first one with its type, continuations, and one with FIN, in order [6455-5.4-2] [6455-5.4-3] [6455-5.4-7] [6455-5.4-16]', () => {
    for (const role of ROLES) {
      converse(role, {}, (conversation) => {
        const { connection } = conversation;
        connection.sendText('whole');
        connection.sendFragment('binary', hex('01'), false);
        connection.sendFragment('binary', hex('02'), false);
        connection.sendFragment('binary', hex(''), true);
        connection.sendFragment('text', utf8('t'), false);
        connection.sendFragment('text', utf8('u'), true);
        conversation.expect('send 81 05 77686f6c65', 'send 02 01 01', 'send 00 01 02', 'send 80 00', 'send 01 01 74', 'send 80 01 75');
      });
    }
  });

  it('fragments may have any size [6455-5.4-10]', () => {
    for (const role of ROLES) {
      const random = new Random(5410);
      converse(role, {}, (conversation) => {
        const lines = [0, 1, 125, 126, 65_535, 40_000, 65_536, 3].map((length, i, { length: count }) => {
          const bytes = random.bytes(length);
          conversation.connection.sendFragment('binary', bytes, i === count - 1);
          return sendLine((i === 0 ? 2 : 0) | (i === count - 1 ? 0x80 : 0), bytes);
        });
        conversation.expect(...lines);
      });
    }
  });

  it('control frames go between fragments, and are never fragmented [6455-5.4-5] [6455-5.4-6] [6455-5.5-3]', () => {
    for (const role of ROLES) {
      converse(role, {}, (conversation) => {
        const { connection } = conversation;
        connection.sendFragment('text', utf8('a'), false);
        conversation.drain();
        connection.sendPing(new Uint8Array(125));
        conversation.receive(from(role, { opcode: PING, payload: 'p' }));
        connection.sendFragment('text', utf8('b'), true);
        conversation.expect('send 01 01 61', 'ping 70', 'send 8a 01 70', sendLine(0x89, new Uint8Array(125)), 'send 80 01 62');
      });
    }
  });

  it('messages are not interleaved: another one during a fragmented one is the caller’s mistake [6455-5.4-8]', () => {
    for (const role of ROLES) {
      const { connection } = new Conversation(role);
      connection.sendFragment('text', utf8('a'), false);
      assert.throws(() => connection.sendText('b'), TypeError);
      assert.throws(() => connection.sendBinary(hex('00')), TypeError);
      assert.throws(() => connection.sendFragment('binary', hex('00'), true), TypeError);
      connection.sendFragment('text', utf8('c'), true);
      connection.sendText('d');
      const bytes = connection.takeOutput() ?? hex('');
      assert.equal(toHex(bytes), toHex(concat(...[
        { opcode: TEXT, fin: false, payload: 'a' }, { opcode: CONTINUATION, payload: 'c' }, { opcode: TEXT, payload: 'd' },
      ].map((spec) => frame({ ...spec, mask: role === 'client' })))));
    }
  });
});
