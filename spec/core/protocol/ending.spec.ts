// The closing handshake in all orders (§5.5.1, §7.1): who begins, what is queued, when the transport ends, and who gives up;
// and the ends without one (§7.1.5, §7.1.7).

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Role } from '../../../lib/core/wire/opcode.ts';
import { APPLICATION_FAILED, QUEUE_OVERFLOW, TRANSPORT_FAILED, VIOLATIONS } from '../../../lib/core/wire/violation.ts';
import { concat, hex } from '../../support/bytes.ts';
import { ScriptedCodec } from '../../support/codec.ts';
import { frame } from '../../support/frames.ts';
import { Conversation, converse, expectTranscript, sendLine } from '../../support/transcript.ts';

const ROLES: readonly Role[] = ['client', 'server'];
const TEXT = 1, BINARY = 2, PING = 9, CLOSE = 8;
const LARGE = new Uint8Array(32 * 1024).fill(7);

function from(role: Role, ...specs: readonly Parameters<typeof frame>[0][]): Uint8Array {
  return concat(...specs.map((spec) => frame({ ...spec, mask: role === 'server' })));
}

const peersClose = (role: Role, code: string = '03e9'): Uint8Array => from(role, { opcode: CLOSE, payload: hex(code) });

/** At every point at which the transport may be with our Close: waiting, taken, gone. */
function eachProgress(check: (progress: string, go: (conversation: Conversation) => void) => void): void {
  check('waiting', () => {});
  check('taken', (conversation) => { conversation.take(); });
  check('gone', (conversation) => conversation.drain());
}

describe('this side begins', () => {
  for (const role of ROLES) {
    it(`${role}: what the peer still says is told, its Pings are answered, until its Close comes`, () => {
      converse(role, {}, (conversation) => {
        conversation.connection.close(1000);
        conversation.expect('send 88 02 03e8');
        conversation.receive(from(role, { opcode: TEXT, payload: 'late' }, { opcode: PING, payload: 'p' }));
        conversation.expect('text "late"', 'ping 70', 'send 8a 01 70');
        conversation.receive(concat(peersClose(role), from(role, { opcode: TEXT, payload: 'no' }, { opcode: PING })));
        conversation.expect('closing 1001 ""');
        conversation.end();
        conversation.expect('closed 1001 clean');
        assert.equal(conversation.outcome?.sentCode, 1000);
      });
    });

    it(`${role}: both at once, wherever our Close is: both are clean, none is sent twice`, () => {
      eachProgress((progress, go) => {
        converse(role, {}, (conversation) => {
          const { connection } = conversation;
          connection.close(1000);
          go(conversation);
          conversation.receive(peersClose(role));
          assert.equal(connection.state, 'closing');
          conversation.drain();
          assert.deepEqual(conversation.lines().sort(), ['closing 1001 ""', 'send 88 02 03e8'], progress);
          assert.equal(connection.outputEnded, role === 'server');
          conversation.end();
          conversation.expect('closed 1001 clean');
        });
      });
    });

    it(`${role}: both at once and the transport’s end with them: clean as soon as our Close has left`, () => {
      eachProgress((progress, go) => {
        converse(role, {}, (conversation) => {
          conversation.connection.close(1000);
          go(conversation);
          conversation.receive(peersClose(role));
          conversation.end();
          assert.equal(conversation.outcome !== null, progress === 'gone');
          conversation.drain();
          assert.equal(conversation.lines().at(-1), 'closed 1001 clean', progress);
          assert.equal(conversation.connection.outputEnded, true);
        });
      });
    });

    it(`${role}: the transport’s end without an answer is abnormal, wherever our Close is`, () => {
      eachProgress((progress, go) => {
        converse(role, {}, (conversation) => {
          conversation.connection.close(1000);
          go(conversation);
          conversation.lines();
          conversation.end();
          conversation.expect('closed 1006 TRANSPORT_ENDED @0');
          assert.deepEqual([conversation.outcome?.sentCode, conversation.connection.abandoned], [1000, true], progress);
        });
      });
    });
  }

  it('within a message of its own: the Close goes behind what has begun', () => {
    converse('server', {}, (conversation) => {
      conversation.connection.sendFragment('binary', LARGE, false);
      conversation.take();
      conversation.connection.close(1000);
      conversation.expect(sendLine(0x02, LARGE), 'send 88 02 03e8');
    });
  });

  it('with a keepalive running: no Ping of it comes any more, nor is the silence held against the peer', () => {
    converse('client', { keepalive: { interval: 10, timeout: 5, misses: 0 }, closeTimeout: 100 }, (conversation) => {
      conversation.advance(0);
      conversation.connection.close(1000);
      conversation.expect('send 88 02 03e8');
      conversation.advance(0);
      assert.equal(conversation.connection.deadline, 100);
      conversation.pass(99);
      conversation.expect();
      conversation.advance(100);
      conversation.expect('closed 1006 CLOSE_UNANSWERED @0');
    });
  });

  it('within a message of the peer, which then may go on', () => {
    converse('client', {}, (conversation) => {
      conversation.receive(hex('0101 61'));
      conversation.connection.close();
      conversation.receive(hex('8001 62 8800'));
      conversation.expect('text "ab"', 'closing 1005 ""', 'send 88 00');
    });
  });
});

describe('the peer begins', () => {
  for (const role of ROLES) {
    it(`${role}: everything accepted before goes out before the answer`, () => {
      converse(role, { inside: (event, { connection }) => {
        if (event !== 'closing') return;
        assert.equal(connection.state, 'closing');
        assert.equal(connection.sendText('in closing'), 'queued');
        assert.equal(connection.sendPing(hex('01')), 'queued');
      } }, (conversation) => {
        const { connection } = conversation;
        connection.sendText('a');
        connection.sendFragment('binary', LARGE, false);
        connection.sendFragment('binary', hex('ff'), true);
        conversation.receive(peersClose(role));
        assert.equal(connection.sendText('too late'), 'refused');
        conversation.expect('closing 1001 ""', 'send 89 01 01', 'send 81 01 61', sendLine(0x02, LARGE), 'send 80 01 ff',
          'send 81 0a 696e20636c6f73696e67', 'send 88 02 03e9');
        conversation.end();
        conversation.expect('closed 1001 clean');
      });
    });

    it(`${role}: the application may answer in its own words, from within closing`, () => {
      converse(role, { inside: (event, { connection }) => {
        if (event === 'closing') assert.equal(connection.close(4000, 'so'), 'queued');
      } }, (conversation) => {
        conversation.receive(peersClose(role));
        assert.equal(conversation.connection.close(1000), 'refused');
        conversation.expect('closing 1001 ""', 'send 88 04 0fa0736f');
        conversation.end();
        conversation.expect('closed 1001 clean');
        assert.equal(conversation.outcome?.sentCode, 4000);
      });
    });

    it(`${role}: the transport’s end right behind its Close loses nothing that was accepted`, () => {
      converse(role, {}, (conversation) => {
        conversation.connection.sendText('a');
        conversation.receive(peersClose(role));
        conversation.end();
        assert.equal(conversation.connection.state, 'closing');
        conversation.expect('closing 1001 ""', 'send 81 01 61', 'send 88 02 03e9', 'closed 1001 clean');
      });
    });
  }

  it('without a code: the answer has none either', () => {
    for (const role of ROLES) {
      converse(role, {}, (conversation) => {
        conversation.receive(peersClose(role, ''));
        conversation.expect('closing 1005 ""', 'send 88 00');
        conversation.end();
        conversation.expect('closed 1005 clean');
        assert.equal(conversation.outcome?.sentCode, 1005);
      });
    }
  });

  it('within one of its messages: the message is reported as unfinished', () => {
    converse('client', {}, (conversation) => {
      conversation.receive(concat(hex('0103 48656c'), peersClose('client')));
      assert.deepEqual(conversation.lines(), ['closing 1001 ""', 'part text 48656c']);
      conversation.drain();
      conversation.end();
      conversation.expect('send 88 02 03e9', 'closed 1001 clean unfinished');
    });
  });

  it('within one of its messages: that message’s deadline no longer counts, nor do control frames', () => {
    converse('client', { limits: { messageDeadline: 100, maxControlRate: 5 }, closeTimeout: Infinity }, (conversation) => {
      conversation.receive(concat(hex('8a00 0200'), peersClose('client')));
      conversation.advance(0);
      assert.equal(conversation.connection.deadline, Infinity);
      conversation.advance(500);
      conversation.expect('pong', 'closing 1001 ""', 'send 88 02 03e9');
    });
  });

  it('and an exception in closing does not keep the answer back', () => {
    const conversation = new Conversation('server', { inside: (event) => { if (event === 'closing') throw new Error('mine'); } });
    assert.throws(() => conversation.receive(peersClose('server')), /mine/);
    conversation.expect('closing 1001 ""', 'send 88 02 03e9');
  });

  it('and the application gives up in closing: nothing is sent', () => {
    converse('server', { inside: (event, { connection }) => { if (event === 'closing') connection.terminate(); } }, (conversation) => {
      conversation.receive(peersClose('server'));
      conversation.expect('closing 1001 ""', 'closed 1001 TERMINATED @8');
    });
  });

  it('and the application fails in closing: its code is the answer', () => {
    converse('server', { inside: (event, { connection }) => { if (event === 'closing') connection.fail(APPLICATION_FAILED); } },
      (conversation) => {
      conversation.receive(peersClose('server'));
      conversation.expect('closing 1001 ""', 'closed 1001 APPLICATION_FAILED @8', 'send 88 02 03f3');
    });
  });
});

describe('§7.1.1: who ends the transport', () => {
  it('after both Close frames the server, at once; the client waits for it, and then ends its side too [6455-5.5.1-14] [6455-5.5.1-15] [6455-7.1.1-3] [6455-7.1.1-5] [6455-7.1.1-6]', () => {
    for (const role of ROLES) {
      converse(role, {}, (conversation) => {
        const { connection } = conversation;
        assert.equal(connection.outputEnded, false);
        conversation.receive(peersClose(role));
        conversation.expect('closing 1001 ""', 'send 88 02 03e9');
        assert.equal(connection.outputEnded, role === 'server');
        assert.equal(connection.abandoned, false);
        conversation.end();
        assert.equal(connection.outputEnded, true);
        conversation.expect('closed 1001 clean');
      });
    }
  });

  it('a client waits lingerTimeout for the server, and then ends the transport itself [6455-5.5.1-16] [6455-7.1.1-4]', () => {
    converse('client', { lingerTimeout: 70 }, (conversation) => {
      conversation.receive(peersClose('client'));
      conversation.expect('closing 1001 ""', 'send 88 02 03e9');
      conversation.advance(1000);
      conversation.pass(1069);
      conversation.expect();
      conversation.advance(1070);
      conversation.expect('closed 1001 clean');
      assert.deepEqual([conversation.connection.abandoned, conversation.connection.deadline], [true, Infinity]);
    });
  });

  it('the wait begins when our Close has left, not when the peer’s came', () => {
    converse('client', { lingerTimeout: 70, closeTimeout: 500 }, (conversation) => {
      conversation.receive(peersClose('client'));
      conversation.advance(0);
      conversation.take();
      conversation.advance(300);
      assert.equal(conversation.connection.deadline, 800, 'a piece that left is progress');
      conversation.expect('closing 1001 ""', 'send 88 02 03e9');
      conversation.advance(310);
      assert.equal(conversation.connection.deadline, 380);
    });
  });

  it('and when the peer’s comes last, from then on', () => {
    converse('server', { lingerTimeout: 70, closeTimeout: 500 }, (conversation) => {
      conversation.connection.close(1000);
      conversation.expect('send 88 02 03e8');
      conversation.advance(0);
      assert.equal(conversation.connection.deadline, 500);
      conversation.receive(peersClose('server'));
      conversation.expect('closing 1001 ""');
      conversation.advance(400);
      assert.equal(conversation.connection.deadline, 470);
    });
  });

  it('after the transport’s end a transport that cannot be flushed is still given up', () => {
    converse('server', { lingerTimeout: 70 }, (conversation) => {
      conversation.receive(peersClose('server'));
      conversation.drain();
      conversation.end();
      conversation.expect('closing 1001 ""', 'send 88 02 03e9', 'closed 1001 clean');
      conversation.advance(0);
      conversation.advance(70);
      assert.equal(conversation.connection.abandoned, true);
      conversation.expect();
    });
  });
});

describe('giving up', () => {
  it('our Close is waited for as long as something moves: each piece that leaves counts the time anew', () => {
    converse('server', { closeTimeout: 100 }, (conversation) => {
      const { connection } = conversation;
      for (let i = 0; i < 5; i++) connection.sendBinary(LARGE);
      connection.close(1000);
      let now = 0;
      conversation.advance(now);
      for (let piece = 0; piece < 10; piece++) {
        now += 99;
        conversation.advance(now);
        conversation.take();
        assert.equal(connection.deadline, -Infinity);
        conversation.advance(now);
        assert.equal(connection.deadline, now + 100);
      }
      assert.deepEqual(conversation.lines(), Array.from({ length: 5 }, () => sendLine(0x82, LARGE)));
      conversation.advance(now + 100);
      assert.deepEqual(conversation.lines(), ['closed 1006 CLOSE_UNANSWERED @0']);
      assert.equal(connection.abandoned, true);
      conversation.drain();
    });
  });

  it('what the peer says meanwhile is no answer: only its Close is', () => {
    converse('client', { closeTimeout: 100 }, (conversation) => {
      conversation.connection.close(1000);
      conversation.expect('send 88 02 03e8');
      conversation.advance(0);
      conversation.receive(from('client', { opcode: TEXT, payload: 'a' }, { opcode: BINARY }));
      assert.equal(conversation.connection.deadline, 100);
      conversation.advance(100);
      conversation.expect('text "a"', 'binary', 'closed 1006 CLOSE_UNANSWERED @5');
    });
  });

  it('never, when closeTimeout and lingerTimeout are Infinity', () => {
    converse('client', { closeTimeout: Infinity, lingerTimeout: Infinity }, (conversation) => {
      conversation.connection.close(1000);
      conversation.expect('send 88 02 03e8');
      assert.equal(conversation.connection.deadline, Infinity);
      conversation.advance(1e12);
      conversation.receive(peersClose('client'));
      conversation.advance(2e12);
      conversation.expect('closing 1001 ""');
      assert.equal(conversation.connection.abandoned, false);
    });
  });

  it('a failed connection gives its transport lingerTimeout to take the Close frame and end', () => {
    for (const role of ROLES) {
      converse(role, { lingerTimeout: 70 }, (conversation) => {
        conversation.receive(hex('83'));
        conversation.advance(0);
        assert.deepEqual([conversation.connection.outputEnded, conversation.connection.abandoned], [true, false]);
        conversation.expect('closed 1006 RESERVED_OPCODE @0', 'send 88 02 03ea');
        conversation.advance(70);
        conversation.expect();
        assert.equal(conversation.connection.abandoned, true);
      });
    }
  });
});

describe('the transport’s end', () => {
  it('§7.1.5: without a Close frame is an abnormal closure [6455-7.1.5-3]', () => {
    converse('client', {}, (conversation) => {
      conversation.receive(hex('0101 61'));
      conversation.end();
      conversation.expect('part text 61', 'closed 1006 TRANSPORT_ENDED @3 unfinished');
      assert.deepEqual([conversation.connection.abandoned, conversation.connection.outputEnded], [true, true]);
    });
  });

  it('after a violation changes nothing', () => {
    converse('client', {}, (conversation) => {
      conversation.receive(hex('8300'));
      conversation.end();
      conversation.expect('closed 1006 RESERVED_OPCODE @0', 'send 88 02 03ea');
    });
  });

  it('told twice, while our Close is still to leave and after, is one end', () => {
    converse('server', {}, (conversation) => {
      conversation.receive(peersClose('server'));
      conversation.end();
      conversation.end();
      assert.deepEqual(conversation.lines(), ['closing 1001 ""']);
      conversation.expect('send 88 02 03e9', 'closed 1001 clean');
      conversation.end();
      conversation.expect();
    });
  });
});

describe('failing', () => {
  it('§7.1.7: drops what waits, sends a Close with the violation’s code, and tells [6455-7.1.7-1] [6455-7.1.7-3] [6455-7.1.7-5]', () => {
    for (const role of ROLES) {
      converse(role, { lingerTimeout: 50 }, (conversation) => {
        const { connection } = conversation;
        connection.sendText('abc');
        connection.fail(APPLICATION_FAILED);
        assert.deepEqual([connection.state, connection.outputEnded, connection.abandoned], ['closed', true, false]);
        connection.fail(TRANSPORT_FAILED);
        conversation.expect('closed 1006 APPLICATION_FAILED @0 unsent 3', 'send 88 02 03f3');
        assert.equal(conversation.outcome?.sentCode, 1011);
        conversation.advance(5);
        assert.equal(connection.deadline, 55);
        conversation.advance(55);
        assert.deepEqual([connection.abandoned, connection.deadline], [true, Infinity]);
      });
    }
  });

  it('tells the limit that whoever fails it names', () => {
    converse('server', {}, (conversation) => {
      conversation.connection.fail(QUEUE_OVERFLOW, { name: 'maxQueueSize', value: 1, observed: 2 });
      conversation.expect('closed 1006 QUEUE_OVERFLOW @0 maxQueueSize 1 < 2', 'send 88 02 03f0');
    });
  });

  it('sends no Close where the code says that none can be sent', () => {
    converse('client', {}, (conversation) => {
      conversation.connection.fail(TRANSPORT_FAILED);
      conversation.expect('closed 1006 TRANSPORT_FAILED @0');
      assert.equal(conversation.outcome?.sentCode, null);
    });
  });

  it('does not send a second Close, whether the first still waits, was taken, or has left', () => {
    for (const [takes, lines] of [[0, ['send 88 02 03ea']], [1, ['send 88 02 03e8']], [2, ['send 88 02 03e8']]] as const) {
      converse('client', {}, (conversation) => {
        conversation.connection.close(1000);
        for (let i = 0; i < takes; i++) conversation.take();
        conversation.receive(hex('8300'));
        conversation.drain();
        const seen = conversation.lines();
        assert.deepEqual(seen.filter((line) => line.startsWith('send')), lines);
        assert.ok(seen.includes('closed 1006 RESERVED_OPCODE @0'));
      });
    }
  });

  it('finishes a frame that has begun to leave, and puts the Close behind it', () => {
    converse('server', {}, (conversation) => {
      conversation.connection.sendBinary(LARGE);
      conversation.connection.sendText('later');
      conversation.take();
      conversation.connection.fail(APPLICATION_FAILED);
      conversation.expect(`closed 1006 APPLICATION_FAILED @0 unsent ${LARGE.length + 5}`, sendLine(0x82, LARGE), 'send 88 02 03f3');
    });
  });

  it('with a code that may not be sent is the caller’s mistake, and changes nothing', () => {
    const { connection } = new Conversation('client');
    const violation = { ...APPLICATION_FAILED, code: 1005 };
    connection.sendText('abc');
    assert.throws(() => connection.fail(violation), RangeError);
    assert.deepEqual([connection.state, connection.queueSize], ['open', 3]);
  });

  it('leaves no deadline but the transport’s', () => {
    converse('client', { keepalive: {}, limits: { maxControlRate: 9 }, lingerTimeout: Infinity }, (conversation) => {
      conversation.receive(hex('8a00 0200'));
      conversation.advance(0);
      conversation.connection.fail(APPLICATION_FAILED);
      assert.equal(conversation.connection.deadline, Infinity);
      conversation.expect('pong', 'closed 1006 APPLICATION_FAILED @4 unfinished', 'send 88 02 03f3');
    });
  });

  it('is the answer to a Close that may not be sent, at every chunking; it is not told as closing', () => {
    for (const role of ROLES) {
      for (const [body, name, code] of [
        ['03ed', 'CLOSE_CODE_NOT_ALLOWED', '03ea'], ['03e8 ff', 'CLOSE_REASON_NOT_UTF8', '03ef'],
      ] as const) {
        const wire = peersClose(role, body);
        expectTranscript(role, wire, [`closed 1006 ${name} @${wire.length}`, `send 88 02 ${code}`]);
      }
    }
  });

  it('tells every row of the violation table by its name', () => {
    for (const violation of VIOLATIONS) {
      converse('server', {}, (conversation) => {
        conversation.connection.fail(violation);
        const { code } = violation;
        conversation.expect(`closed 1006 ${violation.name} @0`,
          ...(code === 1006 ? [] : [sendLine(0x88, Uint8Array.of(code >>> 8, code))]));
      });
    }
  });
});

describe('terminating', () => {
  it('drops everything, sends nothing, and asks for the transport to be destroyed', () => {
    converse('client', {}, (conversation) => {
      const { connection } = conversation;
      connection.sendText('abc');
      connection.sendPing();
      connection.terminate();
      conversation.expect('closed 1006 TERMINATED @0 unsent 3');
      assert.deepEqual([connection.state, connection.abandoned, connection.outputEnded, connection.queueSize,
        connection.retainedBytes, connection.deadline],
        ['closed', true, true, 0, 0, Infinity]);
      connection.terminate();
      conversation.expect();
    });
  });

  it('has the reason it was given', () => {
    converse('client', {}, (conversation) => {
      conversation.connection.terminate(TRANSPORT_FAILED);
      conversation.expect('closed 1006 TRANSPORT_FAILED @0');
    });
  });

  it('after both Close frames is still a clean close', () => {
    converse('client', {}, (conversation) => {
      conversation.connection.close(1000);
      conversation.expect('send 88 02 03e8');
      conversation.receive(hex('880203e8'));
      conversation.connection.terminate(TRANSPORT_FAILED);
      conversation.expect('closing 1000 ""', 'closed 1000 clean');
    });
  });

  it('after a failure drops the Close frame, too', () => {
    converse('client', {}, (conversation) => {
      conversation.connection.fail(APPLICATION_FAILED);
      conversation.connection.terminate();
      conversation.expect('closed 1006 APPLICATION_FAILED @0');
    });
  });
});

describe('the two directions of a compression', () => {
  it('are released once, before the end is told, at every end', () => {
    for (const end of ['clean', 'failed', 'terminated'] as const) {
      const codec = new ScriptedCodec({ inflatesLater: true, deflatesLaterFrom: 0 });
      const releases = (): number[] => [codec.inflater.releases, codec.deflater.releases];
      converse('client', { compression: () => codec, inside: (event) => {
        if (event === 'closed') assert.deepEqual(releases(), [1, 1]);
      } }, (conversation) => {
        const { connection } = conversation;
        connection.sendText('aaa');
        if (end === 'clean') {
          conversation.receive(peersClose('client'));
          conversation.drain();
          assert.deepEqual(releases(), [0, 0], 'what was accepted is still to be compressed');
          conversation.settle();
          conversation.end();
          conversation.expect('closing 1001 ""', 'send c1 02 0361', 'send 88 02 03e9', 'closed 1001 clean');
        } else if (end === 'failed') {
          connection.fail(APPLICATION_FAILED);
          conversation.expect('closed 1006 APPLICATION_FAILED @0 unsent 3', 'send 88 02 03f3');
        } else {
          connection.terminate();
          conversation.expect('closed 1006 TERMINATED @0 unsent 3');
        }
        assert.deepEqual(releases(), [1, 1]);
      });
    }
  });
});
