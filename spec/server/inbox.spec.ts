// What lies unread: nothing is lost, nothing is kept without bound, over sockets whose kernel buffers are full. And messages that are
// read while they arrive.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { IncomingStream, MessageCutShort } from '../../lib/server/index.ts';
import type { Message } from '../../lib/server/index.ts';
import { turns } from '../support/duplex.ts';
import { Random } from '../support/random.ts';
import { deferred, uncaughtDuring } from '../support/sockets.ts';
import { lineOf, pair, until } from './support.ts';

const KIB = 1024;
const MIB = KIB * KIB;

/** Waits until the client cannot get rid of anything more. */
async function untilStuck(bufferedAmount: () => number): Promise<void> {
  for (let last = -1; last !== bufferedAmount();) {
    last = bufferedAmount();
    await turns(20);
  }
}

/** For what a sender feels: kernel buffers fill with bytes, and what compresses to nothing never fills them. */
const AS_IT_IS = { client: { compression: 'off' } } as const;

describe('messages that nobody reads', () => {
  it('stop the socket at the mark: the sender feels it, and nothing is lost', async () => {
    const { session, client, end } = await pair(AS_IT_IS);
    const count = 4000;
    const size = 10 * KIB;
    for (let i = 0; i < count; i++) client.connection.sendBinary(Uint8Array.of(i >> 8, i, ...new Uint8Array(size - 2)));
    await untilStuck(() => client.bufferedAmount);
    assert.ok(session.unreadBytes >= 64 * KIB && session.unreadBytes < 64 * KIB + size, `${session.unreadBytes} bytes unread`);
    assert.ok(client.bufferedAmount > 20 * MIB, `${client.bufferedAmount} bytes wait at the sender`);
    const numbers: number[] = [];
    for await (const message of session) {
      assert.ok(message.kind === 'binary' && message.bytes.length === size);
      numbers.push((message.bytes[0] as number) * 256 + (message.bytes[1] as number)); // there are two
      assert.ok(session.unreadBytes < 64 * KIB + size);
      if (numbers.length === count) break;
    }
    assert.deepEqual(numbers, Array.from({ length: count }, (_, i) => i));
    assert.equal(client.bufferedAmount, 0);
    end();
  });

  it('stop it by their number as well, empty ones too', async () => {
    const { session, client, end } = await pair({ accept: { maxUnreadMessages: 3, maxUnreadBytes: Infinity } });
    for (let i = 0; i < 100; i++) client.connection.sendText('');
    await until(() => session.counters.messagesReceived === 3);
    await turns(10);
    assert.equal(session.counters.messagesReceived, 3);
    let count = 0;
    session.onReceive(() => { count++; });
    await until(() => count === 100);
    end();
  });

  it('may be one message more than the mark, however large', async () => {
    const { session, client, end } = await pair({ accept: { maxUnreadBytes: 1 } });
    client.connection.sendBinary(new Uint8Array(3 * MIB));
    client.connection.sendText('next');
    await until(() => session.unreadBytes > 0);
    await turns(10);
    assert.equal(session.unreadBytes, 3 * MIB);
    const next = await session.waitNext();
    assert.ok(next.kind === 'message' && next.message.kind === 'binary' && next.message.bytes.length === 3 * MIB);
    const last = await session.waitNext();
    assert.ok(last.kind === 'message' && lineOf(last.message) === 'text next');
    end();
  });

  it('are given to one who reads slowly, in order and within the mark, mixed kinds at random', async () => {
    const random = new Random(3);
    const sent: string[] = [];
    const received: string[] = [];
    let most = 0;
    const { session, client, end } = await pair({ accept: { maxUnreadBytes: 5000, onReceive: async (message: Message) => {
      if (random.below(4) === 0) await turns(1);
      most = Math.max(most, session.unreadBytes);
      received.push(lineOf(message));
    } } });
    for (let i = 0; i < 1000; i++) {
      const bytes = random.bytes(random.below(600));
      sent.push(lineOf(i % 2 === 0 ? { kind: 'binary', bytes } : { kind: 'text', text: `${i}` }));
      if (i % 2 === 0) client.connection.sendBinary(bytes);
      else client.connection.sendText(`${i}`);
    }
    await until(() => received.length === sent.length);
    assert.deepEqual(received, sent);
    assert.ok(most < 5000 + 600, `${most} bytes unread`);
    end();
  });

  it('do not make the peer look dead, nor a slow message late', async () => {
    const { session, client, clock, end } = await pair({
      accept: { maxUnreadMessages: 1, keepalive: { interval: 1000, timeout: 500, misses: 0 }, limits: { messageDeadline: 2000 } },
    });
    client.connection.sendText('fills it');
    client.connection.sendFragment('text', Buffer.from('be'), false);
    await until(() => session.unreadBytes > 0);
    for (let i = 0; i < 20; i++) {
      clock.run(1000);
      await turns(2);
    }
    assert.equal(session.state, 'open');
    client.connection.sendFragment('text', Buffer.from('gun'), true);
    const received: string[] = [];
    session.onReceive((message) => received.push(lineOf(message)));
    await until(() => received.length === 2);
    assert.deepEqual(received, ['text fills it', 'text begun']);
    end();
  });
});

describe('messages that are read while they arrive', () => {
  it('come in pieces, before they are whole', async () => {
    const stream = deferred<IncomingStream>();
    const { session, client, end } = await pair({ accept: { onReceiveStream: stream.resolve } });
    client.connection.sendFragment('text', Buffer.from('one '), false);
    const { kind, [Symbol.asyncIterator]: _iterate } = await stream.promise;
    assert.equal(kind, 'text');
    const iterator = (await stream.promise)[Symbol.asyncIterator]();
    assert.equal(Buffer.from((await iterator.next()).value ?? []).toString(), 'one ');
    const two = iterator.next();
    client.connection.sendFragment('text', Buffer.from('two'), false);
    assert.equal(Buffer.from((await two).value ?? []).toString(), 'two');
    const three = iterator.next();
    client.connection.sendFragment('text', new Uint8Array(0), true);
    assert.deepEqual(await three, { done: true, value: undefined });
    assert.deepEqual(await iterator.next(), { done: true, value: undefined });
    assert.equal(session.counters.messagesReceived, 1);
    end();
  });

  it('hold a sender back whose reader is slow: a message far larger than the mark never lies in memory whole', async () => {
    const size = 40 * MIB;
    const gate = deferred<void>();
    let most = 0;
    let read = 0;
    let sum = 0;
    const done = deferred<void>();
    const { session, client, end } = await pair({
      ...AS_IT_IS, accept: { limits: { maxMessageSize: Infinity }, onReceiveStream: async (stream) => {
        await gate.promise;
        for await (const piece of stream) {
          read += piece.length;
          sum += piece.reduce((total, byte) => total + byte, 0);
          most = Math.max(most, piece.length, session.unreadBytes);
        }
        done.resolve();
      } },
    });
    client.connection.sendBinary(new Uint8Array(size).fill(1));
    await untilStuck(() => client.bufferedAmount);
    assert.ok(session.unreadBytes >= 64 * KIB && session.unreadBytes < 3 * 64 * KIB, `${session.unreadBytes} bytes unread`);
    assert.ok(client.bufferedAmount > 20 * MIB);
    gate.resolve();
    await done.promise;
    assert.deepEqual([read, sum, session.unreadBytes], [size, size, 0]);
    assert.ok(most < 3 * 64 * KIB, `${most} bytes at once`);
    end();
  });

  it('come one after the other: the next when the handler is done with the one before', async () => {
    const log: string[] = [];
    const gates = [deferred<void>(), deferred<void>(), deferred<void>()];
    const { client, end } = await pair({ accept: { onReceiveStream: async (stream) => {
      const number = log.filter((line) => line.startsWith('begin')).length;
      log.push(`begin ${number}`);
      let text = '';
      for await (const piece of stream) text += Buffer.from(piece).toString();
      await gates[number]?.promise;
      log.push(`end ${number} ${text}`);
    } } });
    for (const message of ['a', '', 'c']) client.connection.sendText(message);
    for (let i = 0; i < 3; i++) {
      await until(() => log.includes(`begin ${i}`));
      await turns(3);
      assert.equal(log.at(-1), `begin ${i}`);
      gates[i]?.resolve();
    }
    await until(() => log.length === 6);
    assert.deepEqual(log, ['begin 0', 'end 0 a', 'begin 1', 'end 1 ', 'begin 2', 'end 2 c']);
    end();
  });

  it('stay in the socket while the handler is busy with the one before, however large they are', async () => {
    const gate = deferred<void>();
    const sizes: number[] = [];
    const { session, client, end } = await pair({ ...AS_IT_IS, accept: { onReceiveStream: async (stream) => {
      let size = 0;
      for await (const piece of stream) size += piece.length;
      sizes.push(size);
      await gate.promise;
    } } });
    client.connection.sendText('a');
    client.connection.sendBinary(new Uint8Array(MIB));
    await until(() => sizes.length === 1);
    await turns(20);
    assert.equal(session.counters.bytesReceived, 1);
    gate.resolve();
    await until(() => sizes.length === 2);
    assert.deepEqual(sizes, [1, MIB]);
    end();
  });

  it('may be left: the rest is dropped, and the next comes whole', async () => {
    const texts: string[] = [];
    const { session, client, end } = await pair({ accept: { onReceiveStream: async (stream) => {
      for await (const piece of stream) {
        texts.push(Buffer.from(piece).toString().slice(0, 5));
        break;
      }
    } } });
    client.connection.sendText('first'.repeat(MIB));
    client.connection.sendText('second');
    await until(() => texts.length === 2);
    assert.deepEqual(texts, ['first', 'secon']);
    assert.equal(session.unreadBytes, 0);
    end();
  });

  it('begin with those that lay unread, and go whole to somebody who waits', async () => {
    const { session, client, end } = await pair();
    client.connection.sendText('é');
    client.connection.sendBinary(Uint8Array.of(7));
    await until(() => session.counters.messagesReceived === 2);
    const lines: string[] = [];
    session.onReceiveStream(async (stream) => {
      const pieces: Uint8Array[] = [];
      for await (const piece of stream) pieces.push(piece);
      lines.push(`${stream.kind} ${Buffer.concat(pieces).toString('hex')}`);
    });
    await until(() => lines.length === 2);
    assert.deepEqual(lines, ['text c3a9', 'binary 07']);
    const next = session.waitNext();
    client.connection.sendText('for one who waits');
    assert.equal((await next).kind, 'message');
    session.onReceiveStream(null).onReceive((message) => lines.push(lineOf(message)));
    client.connection.sendText('for a handler');
    await until(() => lines.length === 3);
    assert.equal(lines[2], 'text for a handler');
    end();
  });

  it('that the end of the connection cuts short say so to who reads them, and are nobody’s exception', async () => {
    const errors: unknown[] = [];
    const uncaught = await uncaughtDuring(async () => {
      const { session, client, end } = await pair({ accept: { onReceiveStream: async (stream) => {
        try {
          for await (const piece of stream) errors.push(piece.length);
        } catch (error) {
          errors.push(error);
          throw error;
        }
      } } });
      client.connection.sendFragment('binary', new Uint8Array(10), false);
      await until(() => errors.length === 1);
      client.terminate();
      await session.closed;
      await until(() => errors.length === 2);
      const [length, error] = errors;
      assert.equal(length, 10);
      assert.ok(error instanceof MessageCutShort);
      assert.deepEqual([error.outcome.code, error.outcome.messageUnfinished], [1006, true]);
      assert.match(error.message, /ended with 1006 inside a message/);
      end();
    });
    assert.deepEqual(uncaught, []);
  });

  it('that were cut short give first what had arrived', async () => {
    const stream = deferred<IncomingStream>();
    const { session, client, end } = await pair({ accept: { onReceiveStream: stream.resolve } });
    client.connection.sendFragment('binary', new Uint8Array(10), false);
    await until(() => session.unreadBytes === 10);
    client.terminate();
    await session.closed;
    const iterator = (await stream.promise)[Symbol.asyncIterator]();
    assert.equal((await iterator.next()).value?.length, 10);
    await assert.rejects(iterator.next(), MessageCutShort);
    end();
  });
});

describe('an incoming stream', () => {
  it('holds what waits as one array, at most twice as large, however many pieces it came in', async () => {
    const read: number[] = [];
    let finished = 0;
    const stream = new IncomingStream('binary', { read: (bytes) => read.push(bytes), ended: () => {}, finished: () => { finished++; } });
    for (let i = 0; i < 1000; i++) assert.equal(stream.push(Uint8Array.of(i)), 1);
    assert.equal(stream.push(new Uint8Array(0)), 0);
    stream.end();
    assert.equal(finished, 0);
    const iterator = stream[Symbol.asyncIterator]();
    const { value } = await iterator.next();
    assert.ok(value !== undefined && value.length === 1000 && value.every((byte, i) => byte === i % 256));
    assert.ok(value.buffer.byteLength <= 2000);
    assert.deepEqual([read, finished], [[1000], 1]);
    assert.equal((await iterator.next()).done, true);
    assert.equal(stream.push(Uint8Array.of(1)), 0, 'nobody reads it any more');
    stream.end();
    await iterator.return?.();
    assert.equal(finished, 1);
  });

  it('answers readers in the order in which they asked, each with its own copy', async () => {
    const stream = new IncomingStream('text', { read: () => {}, ended: () => {}, finished: () => {} });
    const iterator = stream[Symbol.asyncIterator]();
    const asked = [iterator.next(), iterator.next(), iterator.next()];
    const piece = Uint8Array.of(1);
    stream.push(piece);
    piece[0] = 2;
    stream.push(piece);
    stream.end();
    assert.deepEqual((await Promise.all(asked)).map(({ value }) => value?.[0]), [1, 2, undefined]);
  });
});
