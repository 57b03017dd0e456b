// RFC 6455 §7.1 to §7.3: closing the connection.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Connection } from '../../lib/core/protocol/connection.ts';
import type { Role } from '../../lib/core/wire/opcode.ts';
import { APPLICATION_FAILED, TRANSPORT_FAILED } from '../../lib/core/wire/violation.ts';
import { concat, hex, utf8 } from '../support/bytes.ts';
import { frame } from '../support/frames.ts';
import { Conversation, converse, expectTranscript, sendLine } from '../support/transcript.ts';

const ROLES: readonly Role[] = ['client', 'server'];
const TEXT = 1, CLOSE = 8, PING = 9, PONG = 10;

function from(role: Role, ...specs: readonly Parameters<typeof frame>[0][]): Uint8Array {
  return concat(...specs.map((spec) => frame({ ...spec, mask: role === 'server' })));
}

const peersClose = (role: Role, body: string = '03e9'): Uint8Array => from(role, { opcode: CLOSE, payload: hex(body) });

describe('RFC 6455 §7.1.1 and §7.1.2', () => {
  it('to start the closing handshake an endpoint MUST send a Close frame with the code and the reason [6455-7.1.2-1] [6455-7.3-3]', () => {
    for (const role of ROLES) {
      for (const [code, reason] of [[1000, ''], [1001, 'away'], [4321, 'é']] as const) {
        converse(role, {}, (conversation) => {
          conversation.connection.close(code, reason);
          conversation.expect(sendLine(0x88, concat(Uint8Array.of(code >>> 8, code), utf8(reason))));
        });
      }
    }
  });

  it('once a Close has been sent and received the connection is closed [6455-7.1.2-2]', () => {
    for (const role of ROLES) {
      converse(role, {}, (conversation) => {
        conversation.connection.close(1000);
        conversation.expect('send 88 02 03e8');
        conversation.receive(peersClose(role));
        conversation.end();
        conversation.expect('closing 1001 ""', 'closed 1001 clean');
        assert.equal(conversation.connection.state, 'closed');
      });
    }
  });

  it('the server ends the transport first, at once; the client waits for that, for a reasonable time [6455-7.1.1-3] [6455-7.1.1-4] [6455-7.1.1-5] [6455-7.1.1-6]', () => {
    for (const role of ROLES) {
      converse(role, { lingerTimeout: 500 }, (conversation) => {
        const { connection } = conversation;
        conversation.receive(peersClose(role));
        conversation.expect('closing 1001 ""', 'send 88 02 03e9');
        assert.equal(connection.outputEnded, role === 'server');
        conversation.advance(0);
        conversation.pass(499);
        assert.deepEqual([connection.outputEnded, connection.abandoned], [role === 'server', false]);
        conversation.advance(500);
        assert.equal(connection.abandoned, true);
        conversation.expect('closed 1001 clean');
      });
    }
  });

  it('either endpoint may give the transport up by any means, without a handshake [6455-7.1.1-2]', () => {
    for (const role of ROLES) {
      converse(role, {}, (conversation) => {
        conversation.connection.terminate();
        assert.equal(conversation.connection.abandoned, true);
        conversation.expect('closed 1006 TERMINATED @0');
      });
    }
  });
});

describe('RFC 6455 §7.1.3 and §7.1.4', () => {
  it('upon either sending or receiving a Close the connection is in the CLOSING state [6455-7.1.3-1]', () => {
    for (const role of ROLES) {
      const ours = new Conversation(role);
      assert.equal(ours.connection.state, 'open');
      ours.connection.close();
      assert.equal(ours.connection.state, 'closing');
      const states: string[] = [];
      const theirs = new Conversation(role, { inside: (_event, { connection }) => states.push(connection.state) });
      theirs.receive(peersClose(role));
      assert.deepEqual([...states, theirs.connection.state], ['closing', 'closing']);
    }
  });

  it('when the transport is closed the connection is CLOSED, cleanly if and only if the handshake was complete [6455-7.1.4-1]', () => {
    const before: readonly (readonly [boolean, (conversation: Conversation) => void])[] = [
      [false, () => {}],
      [false, ({ connection }) => { connection.close(); }],
      [false, (conversation) => {
        conversation.connection.close();
        conversation.drain();
      }],
      [true, (conversation) => {
        conversation.connection.close();
        conversation.drain();
        conversation.receive(peersClose(conversation.role));
      }],
      [true, (conversation) => {
        conversation.receive(peersClose(conversation.role));
        conversation.drain();
      }],
      [false, (conversation) => {
        conversation.receive(hex('ff'));
        conversation.drain();
      }],
    ];
    for (const role of ROLES) {
      for (const [clean, prepare] of before) {
        const conversation = new Conversation(role);
        prepare(conversation);
        conversation.end();
        assert.equal(conversation.connection.state, 'closed');
        assert.equal(conversation.outcome?.clean, clean);
      }
    }
  });
});

describe('RFC 6455 §7.1.5 and §7.1.6', () => {
  it('the close code and the reason are those of the first Close frame received [6455-7.1.5-1] [6455-7.1.6-1]', () => {
    for (const role of ROLES) {
      converse(role, {}, (conversation) => {
        conversation.connection.close(1000, 'ours');
        conversation.expect('send 88 06 03e86f757273');
        conversation.receive(concat(from(role, { opcode: CLOSE, payload: concat(hex('0fa0'), utf8('theirs')) }), peersClose(role)));
        conversation.end();
        conversation.expect('closing 4000 "theirs"', 'closed 4000 "theirs" clean');
      });
    }
  });

  it('without a status code in it the close code is 1005, and the reason empty [6455-7.1.5-2] [6455-7.1.6-1]', () => {
    for (const role of ROLES) {
      converse(role, {}, (conversation) => {
        conversation.receive(from(role, { opcode: CLOSE }));
        conversation.drain();
        conversation.end();
        conversation.expect('closing 1005 ""', 'send 88 00', 'closed 1005 clean');
      });
    }
  });

  it('without a Close frame the close code is 1006, however the connection ended [6455-7.1.5-3]', () => {
    const ends: readonly ((conversation: Conversation) => void)[] = [
      (conversation) => conversation.end(),
      ({ connection }) => connection.terminate(),
      ({ connection }) => connection.fail(APPLICATION_FAILED),
      (conversation) => conversation.receive(hex('ff')),
      (conversation) => {
        conversation.connection.close(1000);
        conversation.advance(0);
        conversation.advance(10_000);
      },
    ];
    for (const role of ROLES) {
      for (const end of ends) {
        const conversation = new Conversation(role);
        end(conversation);
        assert.deepEqual([conversation.outcome?.code, conversation.outcome?.reason, conversation.outcome?.clean], [1006, '', false]);
      }
    }
  });
});

describe('RFC 6455 §7.1.7, failing the connection', () => {
  it('a Close frame with an appropriate code goes first, then the transport is ended, by either side [6455-7.1.7-1] [6455-7.1.7-3] [6455-7.1.7-5]', () => {
    for (const role of ROLES) {
      for (const [input, name, code] of [
        [from(role, { opcode: 3 }), 'RESERVED_OPCODE', '03ea'], [from(role, { opcode: TEXT, payload: hex('ff') }), 'TEXT_NOT_UTF8', '03ef'],
      ] as const) {
        converse(role, { lingerTimeout: 10 }, (conversation) => {
          const { connection } = conversation;
          conversation.receive(input);
          assert.deepEqual([connection.state, connection.outputEnded], ['closed', true]);
          conversation.drain();
          const [closed, close, ...rest] = conversation.lines();
          assert.ok(closed?.startsWith(`closed 1006 ${name}`));
          assert.equal(close, `send 88 02 ${code}`);
          assert.deepEqual(rest, []);
          conversation.advance(0);
          conversation.advance(10);
          assert.equal(connection.abandoned, true);
        });
      }
    }
  });

  it('the problem can be told: the outcome names the rule, its section, whose fault it was and the byte [6455-7.1.7-2]', () => {
    const conversation = new Conversation('server');
    conversation.receive(hex('8100'));
    const { violation, position } = conversation.outcome ?? assert.fail('not closed');
    assert.deepEqual([violation?.name, violation?.section, violation?.fault, position], ['MASK_MISSING', '§5.1', 'peer', 1]);
    assert.ok((violation?.sentence ?? '') !== '');
  });

  it('the Close frame may be omitted where the peer is not going to read it: none goes to a transport that is gone [6455-7.1.7-6]', () => {
    for (const role of ROLES) {
      converse(role, {}, (conversation) => {
        conversation.end();
        conversation.expect('closed 1006 TRANSPORT_ENDED @0');
      });
      converse(role, {}, (conversation) => {
        conversation.connection.fail(TRANSPORT_FAILED);
        conversation.expect('closed 1006 TRANSPORT_FAILED @0');
      });
    }
  });

  it('an endpoint MUST NOT continue to attempt to process data, a responding Close included [6455-7.1.7-7]', () => {
    for (const role of ROLES) {
      const failure = from(role, { opcode: 3 });
      expectTranscript(role,
        concat(failure, from(role, { opcode: TEXT, payload: 'a' }, { opcode: PING }, { opcode: CLOSE, payload: hex('03ea') })),
        ['closed 1006 RESERVED_OPCODE @0', 'send 88 02 03ea']);
      converse(role, {}, (conversation) => {
        conversation.connection.fail(APPLICATION_FAILED);
        conversation.receive(concat(from(role, { opcode: PING }), peersClose(role)));
        conversation.end();
        conversation.expect('closed 1006 APPLICATION_FAILED @0', 'send 88 02 03f3');
        assert.equal(conversation.outcome?.code, 1006);
      });
    }
  });

  it('otherwise, and unless the application asks, nobody closes: a healthy connection stays open [6455-7.1.7-8] [6455-7.2.1-3]', () => {
    for (const role of ROLES) {
      converse(role, { keepalive: {} }, (conversation) => {
        const { connection } = conversation;
        conversation.advance(0);
        for (let minute = 1; minute <= 60; minute++) {
          conversation.receive(from(role, { opcode: PONG }, { opcode: TEXT, payload: 'x' }, { opcode: PING }));
          for (let second = 0; second < 60; second += 5) {
            conversation.advance((minute - 1) * 60_000 + second * 1000);
            conversation.receive(from(role, { opcode: PONG }));
          }
          conversation.drain();
        }
        assert.equal(connection.state, 'open');
        assert.ok(conversation.lines().every((line) => !line.startsWith('clos') && !line.startsWith('send 88')));
      });
    }
  });
});

describe('RFC 6455 §7.2 and §7.3', () => {
  it('if the transport is unexpectedly lost the client MUST fail the connection [6455-7.2.1-2]', () => {
    for (const lose of [(conversation: Conversation) => conversation.end(), (conversation: Conversation) => conversation.connection.terminate(TRANSPORT_FAILED)]) {
      const conversation = new Conversation('client');
      conversation.connection.sendText('abc');
      lose(conversation);
      assert.deepEqual([conversation.connection.state, conversation.outcome?.clean, conversation.outcome?.code,
        conversation.outcome?.unsent], ['closed', false, 1006, 3]);
      conversation.drain();
      assert.equal(conversation.lines().length, 1);
    }
  });

  it('a server may close whenever it wants, and either side does so by the closing handshake [6455-7.3-1] [6455-7.3-3]', () => {
    for (const role of ROLES) {
      const moments: readonly ((connection: Connection) => void)[] = [
        () => {},
        (connection) => { connection.receive(from(role, { opcode: TEXT, fin: false, payload: 'a' })); },
        (connection) => { connection.sendFragment('text', utf8('a'), false); },
        (connection) => { connection.pause(); },
      ];
      for (const moment of moments) {
        const conversation = new Conversation(role);
        moment(conversation.connection);
        assert.equal(conversation.connection.close(1001), 'queued');
        conversation.drain();
        assert.equal(conversation.lines().filter((line) => line.startsWith('send')).at(-1), 'send 88 02 03e9');
      }
    }
  });
});
