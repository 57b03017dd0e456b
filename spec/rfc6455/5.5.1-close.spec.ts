// RFC 6455 §5.5.1: the Close frame.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Role } from '../../lib/core/wire/opcode.ts';
import { concat, hex, utf8 } from '../support/bytes.ts';
import { frame } from '../support/frames.ts';
import { Conversation, converse, expectTranscript, sendLine } from '../support/transcript.ts';

const ROLES: readonly Role[] = ['client', 'server'];
const TEXT = 1, CONTINUATION = 0, CLOSE = 8, PING = 9;
const LARGE = new Uint8Array(32 * 1024).fill(7);

function from(role: Role, ...specs: readonly Parameters<typeof frame>[0][]): Uint8Array {
  return concat(...specs.map((spec) => frame({ ...spec, mask: role === 'server' })));
}

describe('RFC 6455 §5.5.1, the body', () => {
  it('may be there or not, and may have a reason or not, in either direction [6455-5.5.1-1] [6455-5.5.1-3]', () => {
    for (const role of ROLES) {
      expectTranscript(role, from(role, { opcode: CLOSE }), ['closing 1005 ""', 'send 88 00']);
      expectTranscript(role, from(role, { opcode: CLOSE, payload: hex('03e8') }), ['closing 1000 ""', 'send 88 02 03e8']);
      expectTranscript(role, from(role, { opcode: CLOSE, payload: concat(hex('03e9'), utf8('gehe über')) }),
        ['closing 1001 "gehe über"', 'send 88 02 03e9']);
      for (const [args, body] of [[[], ''], [[1000], '03e8'], [[1001, 'é'], '03e9c3a9']] as const) {
        converse(role, {}, (conversation) => {
          const [code, reason] = args as readonly [code?: number, reason?: string];
          conversation.connection.close(code, reason);
          conversation.expect(sendLine(0x88, hex(body)));
        });
      }
    }
  });

  it('MUST begin with a 2-byte status code in network byte order [6455-5.5.1-2]', () => {
    for (const role of ROLES) {
      expectTranscript(role, from(role, { opcode: CLOSE, payload: hex('03') }), ['closed 1006 CLOSE_BODY_TOO_SHORT @1', 'send 88 02 03ea']);
      expectTranscript(role, from(role, { opcode: CLOSE, payload: hex('0fa1') }), ['closing 4001 ""', 'send 88 02 0fa1']);
    }
  });

  it('whose code is not allowed fails before its reason is looked at', () => {
    for (const role of ROLES) {
      const input = from(role, { opcode: CLOSE, payload: hex('03ed ff') });
      expectTranscript(role, input, [`closed 1006 CLOSE_CODE_NOT_ALLOWED @${input.length}`, 'send 88 02 03ea']);
    }
  });
});

describe('RFC 6455 §5.5.1, after a Close', () => {
  it('the application MUST NOT send any more data frames [6455-5.5.1-6]', () => {
    for (const role of ROLES) {
      converse(role, {}, (conversation) => {
        const { connection } = conversation;
        connection.close(1000);
        assert.deepEqual([connection.sendText('a'), connection.sendBinary(LARGE), connection.sendFragment('text', hex(''), true)],
          ['refused', 'refused', 'refused']);
        conversation.expect('send 88 02 03e8');
      });
      converse(role, {}, (conversation) => {
        const { connection } = conversation;
        connection.sendFragment('text', hex('61'), false);
        conversation.receive(from(role, { opcode: CLOSE, payload: hex('03e8') }));
        assert.equal(connection.sendFragment('text', hex('62'), true), 'refused');
        conversation.expect('closing 1000 ""', 'send 01 01 61', 'send 88 02 03e8');
      });
    }
  });

  it('only one Close frame is sent, whoever asks for another and whatever happens [6455-5.5.1-18]', () => {
    for (const role of ROLES) {
      for (const more of [
        (conversation: Conversation) => { assert.equal(conversation.connection.close(1001), 'refused'); },
        (conversation: Conversation) => conversation.receive(from(role, { opcode: CLOSE, payload: hex('03e9') })),
        (conversation: Conversation) => conversation.receive(from(role, { opcode: 3 })),
        (conversation: Conversation) => conversation.end(),
        (conversation: Conversation) => conversation.connection.terminate(),
        (conversation: Conversation) => {
          conversation.advance(0);
          conversation.advance(10_000);
        },
      ]) {
        for (const drained of [true, false]) {
          const conversation = new Conversation(role);
          conversation.connection.close(1000);
          if (drained) conversation.drain();
          else conversation.take();
          more(conversation);
          conversation.drain();
          assert.deepEqual(conversation.lines().filter((line) => line.startsWith('send')), ['send 88 02 03e8']);
        }
      }
    }
  });

  it('an endpoint that has sent one may go on telling what the peer says, and MUST NOT answer the answer [6455-5.5.1-7] [6455-5.5.1-18]', () => {
    for (const role of ROLES) {
      converse(role, {}, (conversation) => {
        conversation.connection.close(1000);
        conversation.expect('send 88 02 03e8');
        conversation.receive(from(role, { opcode: TEXT, payload: 'a' }, { opcode: CLOSE, payload: hex('03e8') }));
        conversation.expect('text "a"', 'closing 1000 ""');
      });
    }
  });
});

describe('RFC 6455 §5.5.1, the answer', () => {
  it('an endpoint that receives a Close and has not sent one MUST send one, echoing the status code [6455-5.5.1-7] [6455-5.5.1-8]', () => {
    for (const role of ROLES) {
      for (const code of [1000, 1001, 1008, 1011, 1014, 3000, 4999]) {
        const body = Uint8Array.of(code >>> 8, code);
        expectTranscript(role, from(role, { opcode: CLOSE, payload: concat(body, utf8('why')) }),
          [`closing ${code} "why"`, sendLine(0x88, body)]);
      }
    }
  });

  it('goes as soon as is practical: without anybody asking for it [6455-5.5.1-9]', () => {
    converse('server', {}, (conversation) => {
      conversation.drain();
      const { wakes } = conversation;
      conversation.receive(from('server', { opcode: CLOSE }));
      assert.ok(conversation.wakes > wakes);
      conversation.expect('closing 1005 ""', 'send 88 00');
    });
  });

  it('may wait until what was accepted before has been sent, the rest of a message too [6455-5.5.1-10] [6455-5.5.1-11]', () => {
    for (const role of ROLES) {
      converse(role, { inside: (event, { connection }) => {
        if (event === 'closing') connection.sendFragment('text', hex('63'), true);
      } }, (conversation) => {
        const { connection } = conversation;
        connection.sendBinary(LARGE);
        connection.sendFragment('text', hex('61'), false);
        connection.sendFragment('text', hex('62'), false);
        conversation.receive(from(role, { opcode: CLOSE, payload: hex('03e8') }));
        conversation.expect('closing 1000 ""', sendLine(0x82, LARGE), 'send 01 01 61', 'send 00 01 62', 'send 80 01 63', 'send 88 02 03e8');
      });
    }
  });

  it('and no data behind the peer’s Close is looked at [6455-5.5.1-12]', () => {
    for (const role of ROLES) {
      expectTranscript(role,
        concat(from(role, { opcode: CLOSE, payload: hex('03e8') }, { opcode: TEXT, payload: 'a' }, { opcode: PING }),
        hex('ff ff ff')), ['closing 1000 ""', 'send 88 02 03e8']);
    }
  });

  it('within a fragmented message: it is answered, and the message is reported as unfinished', () => {
    for (const role of ROLES) {
      converse(role, {}, (conversation) => {
        conversation.receive(from(role, { opcode: TEXT, fin: false, payload: 'a' }, { opcode: CLOSE, payload: hex('03e8') },
          { opcode: CONTINUATION, payload: 'b' }));
        conversation.drain();
        conversation.end();
        conversation.expect('closing 1000 ""', 'send 88 02 03e8', 'part text 61', 'closed 1000 clean unfinished');
      });
    }
  });
});

describe('RFC 6455 §5.5.1, the end', () => {
  it('after both sending and receiving a Close the connection is closed, and the transport is ended [6455-5.5.1-13]', () => {
    for (const role of ROLES) {
      for (const first of ['we', 'they']) {
        converse(role, {}, (conversation) => {
          const { connection } = conversation;
          if (first === 'we') connection.close(1000);
          conversation.drain();
          conversation.receive(from(role, { opcode: CLOSE, payload: hex('03e8') }));
          conversation.expect(...(first === 'we' ? ['send 88 02 03e8', 'closing 1000 ""'] : ['closing 1000 ""', 'send 88 02 03e8']));
          if (role === 'client') conversation.end();
          assert.equal(connection.outputEnded, true);
          if (role === 'server') conversation.end();
          conversation.expect('closed 1000 clean');
        });
      }
    }
  });

  it('if both send a Close at the same time both have sent and received one: closed, and the transport is ended [6455-5.5.1-17]', () => {
    const client = new Conversation('client');
    const server = new Conversation('server');
    client.connection.close(1000);
    server.connection.close(1001);
    client.drain();
    server.drain();
    server.receive(concat(...client.taken));
    client.receive(concat(...server.taken));
    assert.equal(server.connection.outputEnded, true);
    client.end();
    assert.equal(client.connection.outputEnded, true);
    server.end();
    client.expect('send 88 02 03e8', 'closing 1001 ""', 'closed 1001 clean');
    server.expect('send 88 02 03e9', 'closing 1000 ""', 'closed 1000 clean');
  });
});
