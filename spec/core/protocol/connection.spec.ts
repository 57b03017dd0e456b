import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Connection } from '../../../lib/core/protocol/connection.ts';
import type { ConnectionOptions } from '../../../lib/core/protocol/connection-options.ts';
import { PreparedMessage } from '../../../lib/core/protocol/prepared-message.ts';
import type { Role } from '../../../lib/core/wire/opcode.ts';
import { APPLICATION_FAILED } from '../../../lib/core/wire/violation.ts';
import { concat, hex, toHex, utf8 } from '../../support/bytes.ts';
import { DEFLATER_WINDOW, INFLATER_WINDOW, ScriptedCodec, squeeze } from '../../support/codec.ts';
import type { CodecOptions } from '../../support/codec.ts';
import { frame } from '../../support/frames.ts';
import { Random } from '../../support/random.ts';
import { Conversation, closedLine, converse, examplePlatform, sendLine } from '../../support/transcript.ts';
import type { ConversationOptions } from '../../support/transcript.ts';

const ROLES: readonly Role[] = ['client', 'server'];
const TEXT = 1, CLOSE = 8, PING = 9, PONG = 10;
const BY_REFERENCE = 32 * 1024;
const nothing = (): void => {};
const SILENT: ConnectionOptions['events'] = { payload: nothing, ping: nothing, pong: nothing, closing: nothing, drained: nothing,
  closed: nothing };

/** A frame as the peer of `role` sends it. */
function from(role: Role, spec: Parameters<typeof frame>[0]): Uint8Array {
  return frame({ ...spec, mask: role === 'server' });
}

describe('a connection', () => {
  it('is made of options that are judged at once', () => {
    assert.throws(() => new Connection({} as ConnectionOptions), { name: 'TypeError', message: /^options\.role must be/ });
    assert.throws(() => new Connection({ role: 'client', platform: examplePlatform(), events: SILENT, limits: { maxFrameSize: -1 } }),
      RangeError);
    assert.throws(() => new Connection({ role: 'client', platform: examplePlatform(), events: SILENT, keepalive: { interval: 0 } }),
      RangeError);
  });

  it('is open, and has nothing to say, to hold or to wait for but its first Ping', () => {
    const connection = new Connection({ role: 'server', platform: examplePlatform(), events: SILENT });
    assert.deepEqual([connection.role, connection.state, connection.paused, connection.outputEnded, connection.abandoned],
      ['server', 'open', false, false, false]);
    assert.deepEqual([connection.position, connection.consumed, connection.queueSize, connection.retainedBytes], [0, 0, 0, 0]);
    assert.deepEqual([connection.roundTripTime, connection.deadline, connection.takeOutput()], [NaN, -Infinity, null]);
    connection.advance(1000);
    assert.equal(connection.deadline, 26_000);
  });

  it('needs nobody to wake', () => {
    const connection = new Connection({ role: 'client', platform: examplePlatform(), events: SILENT, keepalive: 'off' });
    connection.sendText('a');
    assert.equal(connection.deadline, Infinity);
    assert.equal(toHex(connection.takeOutput() ?? hex('')), toHex(frame({ opcode: TEXT, payload: 'a', mask: true })));
    assert.ok(Number.isNaN(connection.roundTripTime));
  });
});

describe('pausing', () => {
  it('consumes nothing, until resume wakes the transport', () => {
    converse('client', {}, (conversation) => {
      const { connection } = conversation;
      connection.pause();
      connection.pause();
      assert.equal(connection.paused, true);
      conversation.receive(hex('8101 61'));
      assert.equal(conversation.unread, 3);
      conversation.expect();
      const { wakes } = conversation;
      connection.resume();
      assert.equal(conversation.wakes, wakes + 1);
      connection.resume();
      assert.equal(conversation.wakes, wakes + 1);
      conversation.offer();
      conversation.expect('text "a"');
    });
  });

  it('under a message stops its deadline, of which the transport is told', () => {
    converse('client', { limits: { messageDeadline: 100 } }, (conversation) => {
      const { connection } = conversation;
      conversation.receive(hex('0200'));
      conversation.advance(0);
      conversation.drain();
      const { wakes } = conversation;
      connection.pause();
      assert.equal(conversation.wakes, wakes + 1);
      conversation.advance(40);
      assert.equal(connection.deadline, Infinity);
      connection.resume();
      conversation.advance(1000);
      assert.equal(connection.deadline, 1060);
      conversation.advance(1060);
      conversation.expect('closed 1006 MESSAGE_TOO_SLOW @2 messageDeadline 100 < 100 unfinished', 'send 88 02 03f0');
    });
  });

  it('does not keep the connection from sending', () => {
    converse('client', {}, (conversation) => {
      conversation.connection.pause();
      conversation.connection.sendText('a');
      conversation.expect('send 81 01 61');
    });
  });
});

describe('sending', () => {
  it('queues text, bytes, fragments and Pings, and wakes the transport once', () => {
    for (const role of ROLES) {
      converse(role, {}, (conversation) => {
        const { connection } = conversation;
        conversation.drain();
        const { wakes } = conversation;
        assert.equal(connection.sendText('a'), 'queued');
        assert.equal(connection.sendBinary(hex('00')), 'queued');
        assert.equal(connection.sendFragment('text', utf8('b'), false), 'queued');
        assert.equal(connection.sendFragment('text', utf8('c'), true), 'queued');
        assert.equal(connection.sendPing(), 'queued');
        assert.equal(connection.sendPing(utf8('p')), 'queued');
        assert.equal(conversation.wakes, wakes + 1);
        assert.equal(connection.queueSize, 4);
        conversation.expect('send 89 00', 'send 89 01 70', 'send 81 01 61', 'send 82 01 00', 'send 01 01 62', 'send 80 01 63');
        assert.equal(connection.queueSize, 0);
      });
    }
  });

  it('counts application bytes: not framing, not Close, not Pongs', () => {
    for (const role of ROLES) {
      const { connection } = new Conversation(role);
      connection.sendText('€');
      connection.sendBinary(new Uint8Array(BY_REFERENCE));
      connection.receive(from(role, { opcode: PING, payload: 'p' }));
      connection.sendPing(hex('01'));
      connection.close();
      assert.equal(connection.queueSize, 3 + BY_REFERENCE);
      assert.ok(connection.retainedBytes > connection.queueSize);
      while (connection.takeOutput() !== null) { /* all of it */ }
      assert.deepEqual([connection.queueSize, connection.retainedBytes], [0, 0]);
    }
  });

  it('is refused once this side’s Close is queued, or the connection is over', () => {
    for (const end of [(connection: Connection) => { connection.close(); }, (connection: Connection) => connection.terminate(), (connection: Connection) => connection.fail(APPLICATION_FAILED)]) {
      const { connection } = new Conversation('client');
      end(connection);
      assert.deepEqual([
        connection.sendText('a'), connection.sendBinary(hex('00')), connection.sendFragment('text', hex(''), true),
          connection.sendPing(), connection.close(1000),
      ], ['refused', 'refused', 'refused', 'refused', 'refused']);
      assert.equal(connection.queueSize, 0);
    }
  });

  it('refuses Pings while maxQueuedPongs of them wait', () => {
    converse('server', { limits: { maxQueuedPongs: 1 } }, (conversation) => {
      assert.equal(conversation.connection.sendPing(hex('01')), 'queued');
      assert.equal(conversation.connection.sendPing(hex('02')), 'refused');
      conversation.expect('send 89 01 01');
      assert.equal(conversation.connection.sendPing(hex('03')), 'queued');
      conversation.expect('send 89 01 03');
    });
  });

  it('tells once that little waits again, after much did, and before the transport has the next piece', () => {
    converse('server', { limits: { highWaterMark: 5 } }, (conversation) => {
      const { connection } = conversation;
      assert.equal(connection.sendText('12345'), 'queued');
      assert.equal(connection.sendText('6'), 'high-water');
      assert.equal(connection.sendText('7'), 'high-water');
      conversation.expect('send 81 05 3132333435', 'send 81 01 36', 'send 81 01 37', 'drained');
      conversation.expect();
    });
  });

  it('throws away nothing that it accepted because a queue is full: policy refuse', () => {
    converse('server', { limits: { maxQueueSize: 5 } }, (conversation) => {
      const { connection } = conversation;
      assert.equal(connection.sendText('12345'), 'queued');
      assert.equal(connection.sendText('6'), 'refused');
      assert.equal(connection.sendText(''), 'queued');
      assert.equal(connection.state, 'open');
      conversation.expect('drained', 'send 81 05 3132333435', 'send 81 00');
      assert.equal(connection.sendText('123456'), 'refused');
      conversation.expect();
      assert.equal(connection.sendText('6'), 'queued');
      conversation.expect('send 81 01 36');
    });
  });

  it('fails with 1008 when a queue is full, if that is the policy', () => {
    converse('server', { limits: { maxQueueSize: 5, queuePolicy: 'close' } }, (conversation) => {
      conversation.connection.sendText('12345');
      assert.equal(conversation.connection.sendText('€'), 'refused');
      conversation.expect('closed 1006 QUEUE_OVERFLOW @0 maxQueueSize 5 < 8 unsent 5', 'send 88 02 03f0');
    });
  });
});

describe('a prepared message', () => {
  it('is sent by either role as an ordinary one is', () => {
    const message = new PreparedMessage('é', examplePlatform());
    for (const role of ROLES) {
      converse(role, { limits: { highWaterMark: 3 } }, (conversation) => {
        const { connection } = conversation;
        assert.deepEqual([connection.sendPrepared(message), connection.sendPrepared(message), connection.queueSize],
          ['queued', 'high-water', 4]);
        conversation.expect('send 81 02 c3a9', 'send 81 02 c3a9', 'drained');
      });
    }
  });

  it('is refused when it does not fit and when it is too late', () => {
    const message = new PreparedMessage('é', examplePlatform());
    converse('server', { limits: { maxQueueSize: 1, queuePolicy: 'close' } }, (conversation) => {
      assert.equal(conversation.connection.sendPrepared(message), 'refused');
      conversation.expect('closed 1006 QUEUE_OVERFLOW @0 maxQueueSize 1 < 2', 'send 88 02 03f0');
      assert.equal(conversation.connection.sendPrepared(message), 'refused');
    });
  });
});

describe('closing', () => {
  it('§7.1.2: queues a Close frame with code and reason behind what was accepted before [6455-7.1.2-1]', () => {
    const calls: readonly (readonly [args: readonly [code?: number, reason?: string], line: string])[] = [
      [[], 'send 88 00'], [[1000], 'send 88 02 03e8'], [[4999, 'bye'], 'send 88 05 1387627965'],
        [[1001, '\ud800'], 'send 88 05 03e9efbfbd'],
    ];
    for (const [args, line] of calls) {
      for (const role of ROLES) {
        converse(role, {}, (conversation) => {
          const { connection } = conversation;
          connection.sendText('a');
          assert.equal(connection.close(...args), 'queued');
          assert.equal(connection.state, 'closing');
          assert.equal(connection.close(1000), 'refused');
          conversation.expect('send 81 01 61', line);
        });
      }
    }
  });

  it('takes codes and reasons that may be sent, and throws for others in any state', () => {
    for (const end of [nothing, (connection: Connection) => connection.terminate()]) {
      const { connection } = new Conversation('client');
      end(connection);
      for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65536, -1, 1000.5, NaN]) assert.throws(() => connection.close(code), RangeError, `${code}`);
      for (const code of ['1000', null, {}, [1000]]) assert.throws(() => connection.close(code as unknown as number), TypeError);
      for (const reason of [5, null, {}, hex('61'), ['a']]) assert.throws(() => connection.close(1000, reason as unknown as string), TypeError);
      assert.throws(() => connection.close(1000, '€'.repeat(42)), RangeError);
      assert.throws(() => connection.close(undefined, 'why'),
        { name: 'TypeError', message: 'a close reason needs a close code before it (§5.5.1)' });
    }
  });

  it('is clean when both Close frames went and the transport ended', () => {
    for (const role of ROLES) {
      converse(role, {}, (conversation) => {
        const { connection } = conversation;
        connection.close(4000, 'mine');
        conversation.expect('send 88 06 0fa06d696e65');
        conversation.receive(from(role, { opcode: CLOSE, payload: concat(hex('03e8'), utf8('yours')) }));
        conversation.expect('closing 1000 "yours"');
        assert.equal(connection.outputEnded, role === 'server');
        conversation.end();
        conversation.expect('closed 1000 "yours" clean');
        assert.deepEqual([conversation.outcome?.sentCode, connection.state, connection.outputEnded], [4000, 'closed', true]);
        conversation.end();
      });
    }
  });

  it('answers the peer’s Close with its code, after what the application says in closing', () => {
    converse('server', { inside: (event, { connection }) => { if (event === 'closing') connection.sendText('last'); } }, (conversation) => {
      conversation.connection.sendText('first');
      conversation.receive(from('server', { opcode: CLOSE, payload: hex('0fa1') }));
      conversation.expect('closing 4001 ""', 'send 81 05 6669727374', 'send 81 04 6c617374', 'send 88 02 0fa1');
      conversation.end();
      conversation.expect('closed 4001 clean');
      assert.equal(conversation.outcome?.sentCode, 4001);
    });
  });

  it('answers an empty Close with an empty one', () => {
    converse('client', {}, (conversation) => {
      conversation.receive(hex('8800'));
      conversation.expect('closing 1005 ""', 'send 88 00');
      conversation.end();
      conversation.expect('closed 1005 clean');
      assert.equal(conversation.outcome?.sentCode, 1005);
    });
  });

  it('waits, when the transport has ended, for its own answer to leave', () => {
    converse('server', {}, (conversation) => {
      conversation.receive(from('server', { opcode: CLOSE, payload: hex('03e8') }));
      conversation.end();
      assert.deepEqual(conversation.lines(), ['closing 1000 ""']);
      assert.equal(conversation.connection.state, 'closing');
      conversation.expect('send 88 02 03e8', 'closed 1000 clean');
    });
  });

  it('gives up on a Close that is not answered within closeTimeout', () => {
    converse('client', { closeTimeout: 100 }, (conversation) => {
      conversation.connection.close(1000);
      conversation.expect('send 88 02 03e8');
      conversation.advance(0);
      conversation.advance(99);
      conversation.expect();
      assert.equal(conversation.connection.deadline, 100);
      conversation.advance(100);
      conversation.expect('closed 1006 CLOSE_UNANSWERED @0');
      assert.deepEqual([conversation.connection.abandoned, conversation.connection.deadline], [true, Infinity]);
    });
  });

  it('gives up on a transport that does not end within lingerTimeout: after both Close frames that is clean', () => {
    for (const role of ROLES) {
      converse(role, { lingerTimeout: 50 }, (conversation) => {
        conversation.receive(from(role, { opcode: CLOSE, payload: hex('03e8') }));
        conversation.expect('closing 1000 ""', 'send 88 02 03e8');
        conversation.advance(10);
        assert.equal(conversation.connection.deadline, 60);
        conversation.advance(60);
        conversation.expect('closed 1000 clean');
        assert.equal(conversation.connection.abandoned, true);
      });
    }
  });

  it('gives up on a transport that does not take the answer', () => {
    converse('server', { closeTimeout: 100 }, (conversation) => {
      conversation.connection.sendText('abc');
      conversation.receive(from('server', { opcode: CLOSE, payload: hex('03e8') }));
      conversation.advance(0);
      conversation.advance(100);
      assert.deepEqual(conversation.lines(), ['closing 1000 ""', 'closed 1000 TRANSPORT_FAILED @8 unsent 3']);
      assert.equal(conversation.connection.abandoned, true);
    });
  });
});

describe('time', () => {
  it('is a number of milliseconds', () => {
    const { connection } = new Conversation('client');
    for (const now of [NaN, '5', null, undefined, 5n]) {
      assert.throws(() => connection.advance(now as unknown as number),
        { name: 'TypeError', message: `now must be a number of milliseconds, found ${now}` });
    }
  });

  it('sends keepalive Pings, measures the round trip, and gives a silent peer up', () => {
    converse('client', { keepalive: { interval: 100, timeout: 30, misses: 0 }, lingerTimeout: 7 }, (conversation) => {
      const { connection } = conversation;
      conversation.advance(0);
      conversation.advance(100);
      conversation.expect('send 89 04 00000001');
      conversation.receive(frame({ opcode: PONG, payload: hex('00000001') }));
      conversation.expect('pong 00000001');
      conversation.advance(112);
      assert.equal(connection.roundTripTime, 12);
      conversation.advance(200);
      conversation.expect('send 89 04 00000002');
      conversation.advance(230);
      conversation.expect('closed 1006 PEER_SILENT @6', 'send 88 02 03f3');
    });
  });

  it('sends no keepalive Ping once this side’s Close is queued', () => {
    converse('client', { keepalive: { interval: 100 }, closeTimeout: 1000 }, (conversation) => {
      conversation.advance(0);
      conversation.connection.close();
      conversation.expect('send 88 00');
      conversation.pass(999);
      conversation.expect();
    });
  });

  it('changes its keepalive while it is open, and sends no Ping of it once this side’s Close is queued', () => {
    converse('client', { keepalive: 'off' }, (conversation) => {
      const { connection } = conversation;
      connection.setKeepalive({ interval: 100, data: hex('aa') });
      conversation.advance(0);
      conversation.advance(100);
      conversation.expect('send 89 05 aa00000001');
      conversation.receive(from('client', { opcode: PONG, payload: hex('aa00000001') }));
      conversation.advance(103);
      conversation.expect('pong aa00000001');
      assert.equal(connection.roundTripTime, 3);
      connection.setKeepalive({ interval: 10 });
      assert.equal(connection.roundTripTime, 3);
      conversation.advance(103);
      connection.setKeepalive('off');
      assert.equal(connection.deadline, Infinity);
      assert.throws(() => connection.setKeepalive({ interval: 0 }), RangeError);
      connection.close(1000);
      conversation.expect('send 88 02 03e8');
      connection.setKeepalive({ interval: 10 });
      conversation.advance(103);
      conversation.advance(120);
    });
  });

  it('fails a message that is not finished by its deadline', () => {
    converse('client', { limits: { messageDeadline: 100 } }, (conversation) => {
      conversation.receive(hex('0101 61'));
      conversation.advance(0);
      conversation.receive(hex('0001 62'));
      conversation.advance(99);
      conversation.expect('part text 6162');
      conversation.advance(100);
      conversation.expect('closed 1006 MESSAGE_TOO_SLOW @6 messageDeadline 100 < 100 unfinished', 'send 88 02 03f0');
    });
  });
});

describe('limits', () => {
  it('change while the connection is open', () => {
    const { connection } = new Conversation('client', { limits: { maxFrameSize: 1 } });
    connection.setLimits({ maxFrameSize: 2 });
    connection.receive(hex('8202 0001'));
    assert.equal(connection.state, 'open');
    assert.throws(() => connection.setLimits({ maxFrameSize: -1 }), RangeError);
    connection.receive(hex('8203 000102'));
    assert.equal(connection.state, 'closed');
  });

  it('change under a message, whose deadline then counts from where it began', () => {
    converse('client', { limits: { messageDeadline: 1000 } }, (conversation) => {
      conversation.receive(hex('0200'));
      conversation.advance(0);
      conversation.connection.setLimits({ messageDeadline: 50 });
      assert.equal(conversation.connection.deadline, 50);
      conversation.advance(50);
      conversation.expect('closed 1006 MESSAGE_TOO_SLOW @2 messageDeadline 50 < 50 unfinished', 'send 88 02 03f0');
    });
  });
});

describe('the lines of an outcome', () => {
  it('say everything that is not usual', () => {
    assert.equal(closedLine({
      code: 1000, reason: 'x', clean: true, sentCode: 1, violation: APPLICATION_FAILED, limit: { name: 'n', value: 1, observed: 2 },
        position: 3, messageUnfinished: true, unsent: 4,
    }), 'closed 1000 "x" clean APPLICATION_FAILED @3 n 1 < 2 unfinished unsent 4');
  });
});

interface Compressed {
  readonly conversation: Conversation;
  readonly connection: Connection;
  readonly codec: ScriptedCodec;
}

/** A conversation whose connection compresses, with whatever is told and sent expected to its end. */
function compressed(role: Role, codecOptions: CodecOptions, options: ConversationOptions, body: (it: Compressed) => void): void {
  const codec = new ScriptedCodec(codecOptions);
  converse(role, { ...options, compression: () => codec }, (conversation) => body({ conversation, connection: conversation.connection, codec }));
}

/** A compressed message as the peer of `role` sends it. */
function squeezed(role: Role, payload: string, fin: boolean = true): Uint8Array {
  return from(role, { opcode: TEXT, rsv: 0x40, fin, payload: squeeze(utf8(payload)) });
}

describe('a connection with a compression', () => {
  it('compresses what it sends and inflates what it receives', () => {
    for (const role of ROLES) {
      for (const later of [false, true]) {
        compressed(role, { inflatesLater: later, deflatesLaterFrom: later ? 0 : Infinity }, {}, ({ conversation, connection }) => {
          assert.equal(connection.sendText('aaa'), 'queued');
          assert.equal(connection.sendBinary(hex('00000000'), { compress: true }), 'queued');
          assert.equal(connection.sendFragment('text', utf8('bbb'), true, { compress: false }), 'queued');
          assert.equal(connection.sendPrepared(new PreparedMessage('cccc', examplePlatform())), 'queued');
          assert.equal(connection.queueSize, 14);
          conversation.receive(squeezed(role, 'Hello'));
          conversation.settle();
          assert.deepEqual(conversation.lines().sort(),
            ['send 81 03 626262', 'send c1 02 0361', 'send c1 02 0463', 'send c2 02 0400', 'text "Hello"']);
        });
      }
    }
  });

  it('wakes the transport when a compression is done, and only for that', () => {
    compressed('server', { deflatesLaterFrom: 0 }, {}, ({ conversation, connection, codec: { deflater } }) => {
      connection.sendText('aaa');
      conversation.expect();
      const { wakes } = conversation;
      deflater.tick();
      assert.equal(conversation.wakes, wakes + 1);
      conversation.expect('send c1 02 0361');
    });
  });

  it('needs nobody to wake, and may do without', () => {
    const codec = new ScriptedCodec({ inflatesLater: true, deflatesLaterFrom: 0 });
    const connection = new Connection({ role: 'client', platform: examplePlatform(), events: SILENT, keepalive: 'off', compression: codec });
    connection.sendText('aaa');
    connection.receive(squeezed('client', 'a'));
    assert.equal(codec.tick(), true);
    assert.equal(connection.takeOutput()?.[0], 0xc1);
    assert.equal(new Connection({ role: 'client', platform: examplePlatform(), events: SILENT, compression: null }).retainedBytes, 0);
  });

  it('counts what waits to be compressed: a mark that was passed is told once it is not any more', () => {
    const limits = { highWaterMark: 3, maxQueueSize: 7 };
    compressed('client', { deflatesLaterFrom: 2 }, { limits }, ({ conversation, connection, codec: { deflater } }) => {
      assert.equal(connection.sendText('aaa'), 'queued');
      assert.equal(connection.sendText('bbb'), 'high-water');
      assert.equal(connection.sendText('cc'), 'refused');
      conversation.expect();
      assert.equal(connection.queueSize, 6);
      deflater.tick();
      assert.equal(connection.queueSize, 6);
      conversation.take();
      assert.equal(connection.queueSize, 3);
      conversation.expect('send c1 02 0361', 'drained');
      deflater.tick();
      conversation.expect('send c1 02 0362');
    });
  });

  it('fails for a message too much where that is the policy, and drops what waits', () => {
    compressed('server', { deflatesLaterFrom: 0 }, { limits: { maxQueueSize: 3, queuePolicy: 'close' } }, ({ conversation, connection }) => {
      connection.sendText('aaa');
      connection.sendText('b');
      conversation.expect('closed 1006 QUEUE_OVERFLOW @0 maxQueueSize 3 < 4 unsent 3', 'send 88 02 03f0');
    });
  });

  it('§5.5.1: closes behind what waits to be compressed, and does not end the transport’s output before', () => {
    for (const role of ROLES) {
      for (const peerFirst of [false, true]) {
        compressed(role, { deflatesLaterFrom: 2 }, {}, ({ conversation, connection, codec: { deflater } }) => {
          connection.sendText('aaa');
          connection.sendText('b', { compress: false });
          if (!peerFirst) assert.equal(connection.close(1000), 'queued');
          conversation.receive(from(role, { opcode: CLOSE, payload: hex('03e8') }));
          assert.equal(connection.sendText('late'), 'refused');
          conversation.expect('closing 1000 ""');
          assert.deepEqual([connection.state, connection.outputEnded], ['closing', false]);
          if (role === 'client') conversation.end(); // a server’s end may come at any time
          assert.deepEqual([connection.state, connection.outputEnded], ['closing', false]);
          deflater.tick();
          conversation.drain();
          assert.equal(connection.outputEnded, true);
          if (role === 'server') conversation.end();
          conversation.expect('send c1 02 0361', 'send 81 01 62', 'send 88 02 03e8', 'closed 1000 clean');
          assert.equal(deflater.releases, 1);
        });
      }
    }
  });

  it('§7.1.7: fails at once: what waits to be compressed is dropped, and its Close goes out', () => {
    compressed('client', { deflatesLaterFrom: 0 }, {}, ({ conversation, connection, codec: { deflater } }) => {
      connection.sendText('aaa');
      connection.sendText('bb');
      connection.close(1000);
      const { onReady } = deflater;
      connection.fail(APPLICATION_FAILED);
      const { wakes } = conversation;
      onReady();
      assert.equal(conversation.wakes, wakes, 'what comes of it afterwards is nobody’s');
      conversation.expect('closed 1006 APPLICATION_FAILED @0 unsent 5', 'send 88 02 03f3');
      assert.deepEqual([deflater.log, connection.outputEnded], [['later 3 last', 'release'], true]);
    });
  });

  it('holds what its two directions hold, and releases both once, however it ends', () => {
    const ends: Readonly<Record<string, (it: Compressed) => void>> = {
      clean: ({ conversation, connection }) => {
        connection.close(1000);
        conversation.receive(from('client', { opcode: CLOSE, payload: hex('03e8') }));
        conversation.drain();
        conversation.end();
      },
      failed: ({ connection }) => connection.fail(APPLICATION_FAILED),
      terminated: ({ connection }) => connection.terminate(),
      'broken by the peer': ({ conversation }) => conversation.receive(hex('ff')),
      'broken by its data': ({ conversation }) => conversation.receive(hex('c101 00')),
      'at the transport’s end': ({ conversation }) => conversation.end(),
    };
    for (const [name, end] of Object.entries(ends)) {
      compressed('client', {}, {}, (it) => {
        const { conversation, connection, codec: { inflater, deflater } } = it;
        assert.equal(connection.retainedBytes, INFLATER_WINDOW + DEFLATER_WINDOW);
        assert.deepEqual([inflater.releases, deflater.releases], [0, 0]);
        end(it);
        conversation.drain();
        assert.deepEqual([connection.state, connection.retainedBytes], ['closed', 0], name);
        connection.terminate();
        connection.fail(APPLICATION_FAILED);
        connection.receiveEnd();
        assert.deepEqual([inflater.releases, deflater.releases], [1, 1], name);
        conversation.lines();
      });
    }
  });

  it('is over before it tells so: what a handler does then reaches neither direction', () => {
    compressed('server', {}, { inside: (event, { connection }) => {
      if (event === 'closed') assert.equal(connection.sendText('aaa'), 'refused');
    } }, ({ conversation, connection, codec: { inflater, deflater } }) => {
      connection.terminate();
      conversation.receive(squeezed('server', 'a'));
      assert.deepEqual([inflater.log, deflater.log], [['release'], ['release']]);
      conversation.expect('closed 1006 TERMINATED @0');
    });
  });
});

describe('two connections that compress', () => {
  /** What is said in one direction, in lines as the other side tells it. */
  function say(random: Random, sender: Connection, said: string[]): void {
    const text = random.pick(['', 'a', 'ab', 'é', '€€€€']).repeat(random.below(30));
    const compress = random.pick([{ compress: true }, { compress: false }, {}]);
    switch (random.below(5)) {
      case 0:
        sender.sendBinary(utf8(text), compress);
        said.push(`binary ${toHex(utf8(text))}`.trimEnd());
        return;
      case 1: {
        const bytes = utf8(text);
        const at = random.below(bytes.length + 1);
        sender.sendFragment('text', bytes.subarray(0, at), false, compress);
        sender.sendFragment('text', bytes.subarray(at), true);
        break;
      }
      case 2:
        sender.sendPrepared(new PreparedMessage(text, examplePlatform(), compress));
        break;
      default:
        sender.sendText(text, compress);
    }
    said.push(`text ${JSON.stringify(text)}`);
  }

  it('tell each other everything in its order, whatever takes its time, is paused or throws', () => {
    for (let seed = 1; seed <= 150; seed++) {
      const random = new Random(seed);
      let closings = 0;
      const [client, server] = ROLES.map((role) => new Conversation(role, {
        compression: () => new ScriptedCodec({
          inflatesLater: random.oneIn(2), piece: random.pick([1, 4, 1024]), threshold: random.below(40),
          deflatesLaterFrom: random.pick([0, 10, Infinity]),
        }),
        inside: (event, { connection }) => {
          if (event === 'closing') closings++;
          if (event === 'payload' && random.oneIn(8)) connection.pause();
          if (event === 'payload' && random.oneIn(8)) throw new RangeError('the application');
        },
      })) as [Conversation, Conversation];
      const said: Readonly<Record<Role, string[]>> = { client: [], server: [] };
      const carry = (sender: Conversation, receiver: Conversation): void => {
        sender.drain();
        const bytes = concat(...sender.taken.splice(0));
        try {
          if (bytes.length > 0) receiver.receive(bytes);
          else receiver.offer();
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
        }
      };
      const step = (): void => {
        for (const [self, peer] of [[client, server], [server, client]] as const) {
          const { connection } = self;
          if (random.oneIn(2)) (self.compression as ScriptedCodec).tick();
          if (random.oneIn(2)) connection.resume();
          if (random.oneIn(2)) carry(self, peer);
        }
      };
      for (let turn = 0; turn < 40; turn++) {
        if (random.oneIn(2)) say(random, client.connection, said.client);
        if (random.oneIn(2)) say(random, server.connection, said.server);
        step();
      }
      client.connection.close(1000);
      for (let turn = 0; turn < 5000 && closings < 2; turn++) step();
      for (const [{ role }, peer] of [[client, server], [server, client]] as const) {
        const heard = peer.lines().filter((line) => !line.startsWith('send '));
        assert.deepEqual(heard, [...said[role], 'closing 1000 ""'], `seed ${seed}, said by the ${role}`);
      }
      assert.equal(server.connection.outputEnded, true);
    }
  });
});

/** Tells the time every 10 ms. */
function pass(conversation: Conversation, from: number, to: number): void {
  for (let now = from; now <= to; now += 10) {
    conversation.advance(now);
    conversation.drain();
  }
}

describe('what the peer has sent while this side inflates', () => {
  it('is not held against it: neither silence nor a message whose rest lies unread', () => {
    const options = { keepalive: { interval: 100, timeout: 30, misses: 0 }, limits: { messageDeadline: 150 } };
    compressed('client', { inflatesLater: true, piece: 1 }, options,
      ({ conversation, connection, codec: { inflater } }) => {
        conversation.advance(0);
        conversation.receive(squeezed('client', 'aa', false));
        const rest = from('client', { opcode: 0, payload: hex('0162') });
        conversation.receive(concat(rest, from('client', { opcode: PONG, payload: hex('00000001') })));
        pass(conversation, 0, 1000);
        assert.deepEqual(conversation.lines(), Array.from({ length: 10 }, (_, i) => `send 89 04 ${toHex(Uint8Array.of(0, 0, 0, i + 1))}`));
        assert.equal(connection.state, 'open');
        assert.equal(inflater.underWay, true);
        conversation.settle();
        conversation.expect('text "aab"', 'pong 00000001');
        pass(conversation, 1000, 1200);
        assert.equal(connection.state, 'closed', 'from here on its silence is its own');
        assert.deepEqual(conversation.lines(), ['send 89 04 0000000b', `closed 1006 PEER_SILENT @${connection.position}`, 'send 88 02 03f3']);
      });
  });

  it('is held against it as soon as nothing is unread', () => {
    compressed('client', { inflatesLater: true }, { limits: { messageDeadline: 150 } }, ({ conversation, connection }) => {
      conversation.receive(squeezed('client', 'aa', false));
      pass(conversation, 0, 1000);
      conversation.settle();
      const { deadline } = connection;
      assert.ok(deadline > 1000 && deadline <= 1150, String(deadline));
      conversation.advance(deadline - 1);
      conversation.advance(deadline);
      conversation.expect('part text 6161', 'closed 1006 MESSAGE_TOO_SLOW @4 messageDeadline 150 < 150 unfinished', 'send 88 02 03f0');
    });
  });

  it('is held to limits that may change meanwhile: from the next frame on', () => {
    compressed('server', { inflatesLater: true, piece: 1 }, { limits: { maxMessageSize: 4 } }, ({ conversation, connection }) => {
      conversation.receive(squeezed('server', 'aaaa', false));
      connection.setLimits({ maxMessageSize: 5 });
      conversation.settle();
      conversation.receive(from('server', { opcode: 0, fin: false, payload: hex('0162') }));
      conversation.settle();
      conversation.receive(from('server', { opcode: 0, payload: hex('0163') }));
      conversation.settle();
      conversation.expect('part text 6161616162', 'closed 1006 MESSAGE_TOO_BIG @23 maxMessageSize 5 < 6 unfinished', sendLine(0x88, hex('03f1')));
    });
  });
});
