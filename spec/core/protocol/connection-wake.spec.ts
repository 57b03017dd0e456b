// The contract of `wake` and `deadline` between a connection and its transport: what the transport must be told of, and what it sees
// for itself when a call of its own returns. Whoever drains after each of its own calls and after each wake misses nothing.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Connection } from '../../../lib/core/protocol/connection.ts';
import { APPLICATION_FAILED } from '../../../lib/core/wire/violation.ts';
import { hex, utf8 } from '../../support/bytes.ts';
import { frame } from '../../support/frames.ts';
import { converse, examplePlatform } from '../../support/transcript.ts';
import type { Conversation, ConversationOptions } from '../../support/transcript.ts';

const BY_REFERENCE = 32 * 1024;

/** `act` wakes the transport of a connection that is idle and drained this many times. */
function wakes(act: (conversation: Conversation) => void, times: number, prepare: (conversation: Conversation) => void = () => {},
  options: ConversationOptions = {}): void {
  converse('server', options, (conversation) => {
    prepare(conversation);
    conversation.drain();
    conversation.lines();
    const before = conversation.wakes;
    act(conversation);
    assert.equal(conversation.wakes - before, times);
    conversation.drain();
    conversation.lines();
  });
}

const client = (opcode: number, payload: Uint8Array | string = '',
  fin: boolean = true): Uint8Array => frame({ opcode, payload, fin, mask: true });
const begin = (conversation: Conversation): void => {
  conversation.receive(client(2, 'a', false));
  conversation.advance(0);
};

describe('wake: output where there was none', () => {
  it('by each way to send, once until the transport has come back for more and found nothing', () => {
    wakes(({ connection }) => connection.sendText('a'), 1);
    wakes(({ connection }) => connection.sendBinary(hex('00')), 1);
    wakes(({ connection }) => connection.sendBinary(new Uint8Array(BY_REFERENCE)), 1);
    wakes(({ connection }) => connection.sendFragment('text', utf8('a'), false), 1);
    wakes(({ connection }) => connection.sendPing(), 1);
    wakes(({ connection }) => {
      connection.sendText('a');
      connection.sendPing();
      connection.sendText('b');
    }, 1);
    wakes((conversation) => {
      conversation.connection.sendText('a');
      conversation.drain();
      conversation.connection.sendText('b');
    }, 2);
  });

  it('not again while the transport has more to take and knows it', () => {
    wakes((conversation) => {
      const { connection } = conversation;
      connection.sendBinary(new Uint8Array(BY_REFERENCE));
      conversation.take();
      connection.sendText('behind');
      conversation.take();
      conversation.take();
      connection.sendText('and behind, before it came back in vain');
    }, 1);
  });

  it('by a Ping that is answered', () => {
    wakes((conversation) => conversation.receive(client(9)), 1);
    wakes((conversation) => conversation.receive(client(10)), 0);
    wakes((conversation) => conversation.receive(client(1, 'text')), 0);
  });

  it('by the peer’s Close, which is answered', () => {
    wakes((conversation) => conversation.receive(client(8)), 1);
  });

  it('by a keepalive Ping', () => {
    wakes((conversation) => conversation.advance(10), 1, (conversation) => conversation.advance(0), { keepalive: { interval: 10 } });
  });

  it('not by what is refused', () => {
    wakes(({ connection }) => {
      assert.equal(connection.sendText('abc'), 'refused');
      assert.equal(connection.sendBinary(hex('616263')), 'refused');
    }, 0, undefined, { limits: { maxQueueSize: 2 } });
    wakes(({ connection }) => {
      connection.sendText('abc');
      connection.sendPing();
      connection.close();
    }, 0, ({ connection }) => { connection.close(); });
  });

  it('not for what is sent from within drained: the transport is just taking', () => {
    wakes((conversation) => {
      conversation.connection.sendText('ab');
      conversation.take();
    }, 1, undefined, { limits: { highWaterMark: 1 },
      inside: (event, { connection }) => { if (event === 'drained') connection.sendText('x'); } });
  });
});

describe('wake: a deadline that an application’s call has moved', () => {
  it('by close, which is waited for, and also while output waits', () => {
    wakes(({ connection }) => {
      connection.close(1000);
      assert.equal(connection.deadline, -Infinity);
    }, 1);
    wakes(({ connection }) => {
      connection.sendText('a');
      connection.close(1000);
    }, 2);
  });

  it('by fail, after which the transport is waited for', () => {
    wakes(({ connection }) => {
      connection.fail(APPLICATION_FAILED);
      assert.equal(connection.deadline, -Infinity);
    }, 1);
  });

  it('by limits that move the deadline of a message under way, and by no others', () => {
    wakes(({ connection }) => connection.setLimits({ messageDeadline: 5 }), 1, begin);
    wakes(({ connection }) => connection.setLimits({ messageDeadline: 5 }), 0);
  });

  it('by a pause under a message, whose deadline then stands still, and not by another', () => {
    wakes(({ connection }) => connection.pause(), 1, begin);
    wakes(({ connection }) => connection.pause(), 0);
  });

  it('no other call of the application moves it', () => {
    converse('server', { keepalive: { interval: 50 } }, (conversation) => {
      const { connection } = conversation;
      conversation.advance(0);
      conversation.drain();
      const unmoved = (): void => assert.equal(connection.deadline, 50);
      unmoved();
      connection.sendText('a');
      connection.sendBinary(hex('00'));
      connection.sendFragment('text', utf8('a'), true);
      connection.sendPing();
      connection.pause();
      connection.resume();
      connection.setLimits({ maxQueueSize: 5 });
      unmoved();
      conversation.drain();
      unmoved();
      conversation.lines();
    });
  });
});

describe('wake: input that may go on, and a transport that is not to', () => {
  it('by resume after a pause, and only then', () => {
    wakes(({ connection }) => connection.resume(), 1, ({ connection }) => connection.pause());
    wakes(({ connection }) => connection.resume(), 0);
  });

  it('by terminate, whatever waits', () => {
    wakes(({ connection }) => {
      connection.terminate();
      assert.equal(connection.abandoned, true);
    }, 1);
    wakes(({ connection }) => {
      connection.sendText('a');
      connection.terminate();
    }, 2);
  });

  it('by a deadline at which the connection gives up', () => {
    wakes((conversation) => conversation.advance(10_000), 1, (conversation) => {
      conversation.connection.close();
      conversation.drain();
      conversation.advance(0);
    });
  });

  it('by a send over maxQueueSize whose policy is to close', () => {
    wakes(({ connection }) => {
      connection.sendText('abc');
      assert.equal(connection.outputEnded, true);
    }, 1, undefined, { limits: { maxQueueSize: 2, queuePolicy: 'close' } });
  });
});

describe('deadline', () => {
  it('is -Infinity for what has begun at a time not yet known, and then the time itself', () => {
    converse('server', { keepalive: { interval: 500 }, closeTimeout: 70 }, (conversation) => {
      const { connection } = conversation;
      assert.equal(connection.deadline, -Infinity);
      conversation.advance(1000);
      assert.equal(connection.deadline, 1500);
      conversation.receive(client(2, 'a', false));
      assert.equal(connection.deadline, -Infinity);
      conversation.advance(1010);
      assert.equal(connection.deadline, 1500);
      connection.close();
      assert.equal(connection.deadline, -Infinity);
      conversation.expect('send 88 00', 'part binary 61');
      conversation.advance(1020);
      assert.equal(connection.deadline, 1090);
    });
  });

  it('is never again after the end has been reached', () => {
    const { connection } = terminated();
    assert.equal(connection.deadline, Infinity);
    connection.advance(1e9);
    assert.deepEqual([connection.deadline, connection.takeOutput()], [Infinity, null]);
  });

  it('is never told late: a message that begins after an hour of silence has its whole time', () => {
    converse('client', { limits: { messageDeadline: 100 } }, (conversation) => {
      conversation.advance(0);
      conversation.receive(hex('0200'));
      conversation.advance(3_600_000);
      assert.equal(conversation.connection.deadline, 3_600_100);
      conversation.expect();
    });
  });
});

function terminated(): { readonly connection: Connection } {
  const nothing = (): void => {};
  const connection = new Connection({
    role: 'server', platform: examplePlatform(),
    events: { payload: nothing, ping: nothing, pong: nothing, closing: nothing, drained: nothing, closed: nothing },
  });
  connection.receive(client(2, 'a', false));
  connection.pause();
  connection.close();
  connection.terminate();
  return { connection };
}
