// RFC 6455 §5.5, §5.5.2 and §5.5.3: control frames, Ping and Pong. Close has a page of its own.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Role } from '../../lib/core/wire/opcode.ts';
import { concat, hex, toHex } from '../support/bytes.ts';
import { frame, frameHeader } from '../support/frames.ts';
import { Random } from '../support/random.ts';
import { Conversation, converse, expectTranscript, sendLine } from '../support/transcript.ts';

const ROLES: readonly Role[] = ['client', 'server'];
const TEXT = 1, CLOSE = 8, PING = 9, PONG = 10;
const LARGE = new Uint8Array(32 * 1024).fill(7);

function from(role: Role, ...specs: readonly Parameters<typeof frame>[0][]): Uint8Array {
  return concat(...specs.map((spec) => frame({ ...spec, mask: role === 'server' })));
}

describe('RFC 6455 §5.5', () => {
  it('all control frames MUST have a payload length of 125 bytes or less: the header proves a longer one [6455-5.5-2]', () => {
    for (const role of ROLES) {
      const most = new Random(55).bytes(125);
      expectTranscript(role, from(role, { opcode: PING, payload: most }, { opcode: PONG, payload: most }),
        [`ping ${toHex(most)}`, `pong ${toHex(most)}`, sendLine(0x8a, most)]);
      for (const opcode of [CLOSE, PING, PONG]) {
        for (const length of [126, 65_536]) {
          expectTranscript(role, frameHeader({ opcode, length, mask: role === 'server' }),
            ['closed 1006 CONTROL_TOO_LONG @1', 'send 88 02 03ea']);
        }
      }
    }
  });

  it('nor does this side send a longer one [6455-5.5-2]', () => {
    for (const role of ROLES) {
      converse(role, {}, (conversation) => {
        const { connection } = conversation;
        assert.equal(connection.sendPing(new Uint8Array(125)), 'queued');
        assert.throws(() => connection.sendPing(new Uint8Array(126)), RangeError);
        assert.equal(connection.close(1000, 'x'.repeat(123)), 'queued');
        assert.throws(() => connection.close(1000, 'x'.repeat(124)), RangeError);
        conversation.expect(sendLine(0x89, new Uint8Array(125)), `send 88 7d 03e8${'78'.repeat(123)}`);
      });
    }
  });
});

describe('RFC 6455 §5.5.2, Ping', () => {
  it('upon receipt of a Ping an endpoint MUST send a Pong, with identical application data [6455-5.5.2-1] [6455-5.5.2-2] [6455-5.5.3-1] [6455-6.2-2]', () => {
    for (const role of ROLES) {
      for (const length of [0, 1, 4, 64, 124, 125]) {
        const payload = new Random(length).bytes(length);
        expectTranscript(role, from(role, { opcode: PING, payload }), [`ping ${toHex(payload)}`.trimEnd(), sendLine(0x8a, payload)]);
      }
    }
  });

  it('the data of a Ping is opaque: it need not be UTF-8 [6455-5.5.3-1]', () => {
    expectTranscript('client', hex('8902ff00'), ['ping ff00', 'send 8a 02 ff00']);
  });

  it('every one of many Pings is answered, in order [6455-5.5.2-2]', () => {
    for (const role of ROLES) {
      const payloads = Array.from({ length: 10 }, (_, i) => Uint8Array.of(i));
      expectTranscript(role, from(role, ...payloads.map((payload) => ({ opcode: PING, payload }))),
        [...payloads.map((payload) => `ping ${toHex(payload)}`), ...payloads.map((payload) => sendLine(0x8a, payload))]);
    }
  });

  it('a Ping after our own Close is answered, until the peer’s Close arrives [6455-5.5.2-2] [6455-5.5.2-3]', () => {
    for (const role of ROLES) {
      converse(role, {}, (conversation) => {
        conversation.connection.close(1000);
        conversation.receive(from(role, { opcode: PING, payload: 'a' }));
        conversation.expect('ping 61', 'send 8a 01 61', 'send 88 02 03e8');
        conversation.receive(from(role, { opcode: PING, payload: 'b' }, { opcode: CLOSE, payload: hex('03e8') },
          { opcode: PING, payload: 'c' }));
        conversation.expect('ping 62', 'closing 1000 ""', 'send 8a 01 62');
      });
    }
  });

  it('the answer goes as soon as is practical: ahead of everything that waits [6455-5.5.2-4]', () => {
    for (const role of ROLES) {
      converse(role, {}, (conversation) => {
        const { connection } = conversation;
        connection.sendText('a');
        connection.sendBinary(LARGE);
        connection.sendFragment('text', hex('62'), false);
        conversation.receive(from(role, { opcode: PING, payload: 'p' }));
        conversation.expect('ping 70', 'send 8a 01 70', 'send 81 01 61', sendLine(0x82, LARGE), 'send 01 01 62');
      });
    }
  });

  it('but never inside the bytes of a frame, also when its header has left and its payload is queued by reference', () => {
    converse('server', {}, (conversation) => {
      const { connection } = conversation;
      connection.sendText('first');
      connection.sendBinary(LARGE);
      connection.sendText('last');
      assert.ok(conversation.take());
      assert.equal(conversation.taken.at(-1)?.length, 7 + 4, 'a small frame and the header of the large one');
      conversation.receive(from('server', { opcode: PING, payload: 'p' }));
      connection.sendPing(hex('71'));
      conversation.expect('send 81 05 6669727374', 'ping 70', sendLine(0x82, LARGE), 'send 8a 01 70', 'send 89 01 71',
        'send 81 04 6c617374');
    });
  });

  it('may be sent any time after the connection is established and before it is closed [6455-5.5.2-5] [6455-5.5.2-1]', () => {
    for (const role of ROLES) {
      converse(role, {}, (conversation) => {
        const { connection } = conversation;
        connection.sendPing();
        connection.sendFragment('text', hex('61'), false);
        connection.sendPing(hex('70'));
        conversation.expect('send 89 00', 'send 89 01 70', 'send 01 01 61');
        connection.close();
        assert.equal(connection.sendPing(), 'refused');
        conversation.expect('send 88 00');
      });
    }
  });
});

describe('RFC 6455 §5.5.3, Pong', () => {
  it('a response to an unsolicited Pong is not expected: none is sent [6455-5.5.3-4]', () => {
    for (const role of ROLES) {
      expectTranscript(role, from(role, { opcode: PONG, payload: 'x' }, { opcode: PONG }, { opcode: TEXT, payload: 'a' }),
        ['pong 78', 'pong', 'text "a"']);
    }
  });

  it('of many Pings not yet answered the most recent may be answered alone: past maxQueuedPongs it is [6455-5.5.3-2]', () => {
    for (const role of ROLES) {
      converse(role, { limits: { maxQueuedPongs: 4 } }, (conversation) => {
        for (let i = 0; i < 5; i++) conversation.receive(from(role, { opcode: PING, payload: Uint8Array.of(i) }));
        conversation.expect('ping 00', 'ping 01', 'ping 02', 'ping 03', 'ping 04', 'send 8a 01 04');
      });
    }
  });

  it('is told to the application, asked for or not, with its data', () => {
    for (const role of ROLES) {
      const conversation = new Conversation(role);
      conversation.connection.sendPing(hex('01'));
      conversation.receive(from(role, { opcode: PONG, payload: hex('01') }, { opcode: PONG, payload: hex('02') }));
      conversation.expect('pong 01', 'pong 02', 'send 89 01 01');
    }
  });
});
