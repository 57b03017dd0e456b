// A session from its acceptance to its end: who gets which message, what waiting can come to, how it closes, that it is alive.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { dial } from '../../lib/node/dial.ts';
import { createServer } from '../../lib/server/index.ts';
import type { AcceptOptions, Message, Session } from '../../lib/server/index.ts';
import { turns } from '../support/duplex.ts';
import { deferred, uncaughtDuring } from '../support/sockets.ts';
import { lineOf, pair, until } from './support.ts';

describe('receiving', () => {
  it('gives messages to the handler, in order, with their kind', async () => {
    const received: string[] = [];
    const { session, client, end } = await pair({ accept: { onReceive: (message) => received.push(lineOf(message)) } });
    client.connection.sendText('a');
    client.connection.sendBinary(Uint8Array.of(0, 255));
    client.connection.sendText('');
    await until(() => received.length === 3);
    assert.deepEqual(received, ['text a', 'binary 00ff', 'text ']);
    assert.equal(session.unreadBytes, 0);
    end();
  });

  it('loses nothing that came before a handler listened, however late that is', async () => {
    const { session, client, end } = await pair();
    for (const message of ['a', 'b', 'c']) client.connection.sendText(message);
    await until(() => session.counters.messagesReceived === 3);
    assert.equal(session.unreadBytes, 3);
    const received: string[] = [];
    session.onReceive((message) => received.push(lineOf(message)));
    assert.deepEqual(received, [], 'not before the caller had a chance to go on');
    await until(() => received.length === 3);
    assert.deepEqual(received, ['text a', 'text b', 'text c']);
    end();
  });

  it('loses nothing that came in the same packet as the request', async () => {
    const received: string[] = [];
    const server = createServer({ keepalive: 'off' }).route('/', async (request) => {
      await turns(5);
      const session = request.accept();
      await turns(5);
      session.onReceive((message) => received.push(lineOf(message)));
    });
    const { url } = await server.listen();
    const client = await dial(url);
    client.connection.sendText('early');
    await until(() => received.length === 1);
    assert.deepEqual(received, ['text early']);
    client.terminate();
    server.terminate();
  });

  it('replaces a handler by another, or by none', async () => {
    const { session, client, end } = await pair();
    const received: string[] = [];
    session.onReceive((message) => received.push(`1 ${lineOf(message)}`));
    client.connection.sendText('a');
    await until(() => received.length === 1);
    assert.equal(session.onReceive((message) => received.push(`2 ${lineOf(message)}`)), session);
    client.connection.sendText('b');
    await until(() => received.length === 2);
    session.onReceive(null);
    client.connection.sendText('c');
    await until(() => session.unreadBytes === 1);
    assert.deepEqual(received, ['1 text a', '2 text b']);
    end();
  });

  it('waits for the promise of a handler before it gives it the next message', async () => {
    const gates = [deferred<void>(), deferred<void>()];
    const received: string[] = [];
    const { client, session, end } = await pair({ accept: { onReceive: (message) => {
      received.push(lineOf(message));
      return gates[received.length - 1]?.promise;
    } } });
    for (const message of ['a', 'b', 'c']) client.connection.sendText(message);
    await until(() => session.counters.messagesReceived === 3);
    assert.deepEqual(received, ['text a']);
    gates[0]?.resolve();
    await until(() => received.length === 2);
    await turns(3);
    assert.equal(received.length, 2);
    gates[1]?.resolve();
    await until(() => received.length === 3);
    end();
  });

  it('lets the exception of a handler surface, and goes on', async () => {
    const uncaught = await uncaughtDuring(async () => {
      const received: string[] = [];
      const { client, end } = await pair({ accept: { onReceive: (message: Message): Promise<void> | void => {
        received.push(lineOf(message));
        if (received.length === 1) throw new Error('the first');
        if (received.length === 2) return Promise.reject(new Error('the second'));
      } } });
      for (const message of ['a', 'b', 'c']) client.connection.sendText(message);
      await until(() => received.length === 3);
      await turns(2);
      end();
    });
    assert.deepEqual(uncaught.map(String), ['Error: the first', 'Error: the second']);
  });
});

describe('waitNext', () => {
  it('resolves with a message: one that waits already, or the next that comes', async () => {
    const { session, client, end } = await pair();
    client.connection.sendText('a');
    await until(() => session.unreadBytes === 1);
    assert.deepEqual(await session.waitNext(), { kind: 'message', message: { kind: 'text', text: 'a' } });
    const next = session.waitNext({ timeout: 1000 });
    client.connection.sendBinary(Uint8Array.of(7));
    const result = await next;
    assert.ok(result.kind === 'message' && result.message.kind === 'binary');
    assert.deepEqual([...result.message.bytes], [7]);
    end();
  });

  it('resolves with timeout when nothing comes, and a message that comes later is not lost', async () => {
    const { session, client, clock, end } = await pair();
    const next = session.waitNext({ timeout: 500 });
    let settled = false;
    void next.then(() => { settled = true; });
    clock.run(499);
    await turns(2);
    assert.equal(settled, false);
    clock.run(1);
    assert.deepEqual(await next, { kind: 'timeout' });
    client.connection.sendText('late');
    assert.deepEqual(await session.waitNext(), { kind: 'message', message: { kind: 'text', text: 'late' } });
    end();
  });

  it('resolves with closed and how it ended, after every message that came before', async () => {
    const { session, client, end } = await pair();
    client.connection.sendText('last');
    client.connection.close(4000, 'bye');
    const outcome = await session.waitForClose();
    const first = await session.waitNext();
    assert.ok(first.kind === 'message' && lineOf(first.message) === 'text last');
    assert.deepEqual(await session.waitNext(), { kind: 'closed', outcome });
    assert.deepEqual([outcome.code, outcome.reason, outcome.clean], [4000, 'bye', true]);
    end();
  });

  it('that waits resolves with closed when the connection ends, however it does', async () => {
    const { session, client, end } = await pair();
    const waiting = [session.waitNext(), session.waitNext({ timeout: 10_000 })];
    client.socket.destroy();
    for (const next of await Promise.all(waiting)) assert.ok(next.kind === 'closed' && next.outcome.code === 1006);
    end();
  });

  it('keeps its message from the handler, and several get one each in the order in which they asked', async () => {
    const received: string[] = [];
    const { session, client, end } = await pair({ accept: { onReceive: (message) => received.push(lineOf(message)) } });
    const waiting = [session.waitNext(), session.waitNext()];
    for (const message of ['a', 'b', 'c']) client.connection.sendText(message);
    const results = await Promise.all(waiting);
    await until(() => received.length === 1);
    assert.deepEqual(results.map((next) => next.kind === 'message' && lineOf(next.message)), ['text a', 'text b']);
    assert.deepEqual(received, ['text c']);
    end();
  });

  it('does not hinder sending meanwhile', async () => {
    const { session, client, hear, end } = await pair();
    const next = session.waitNext();
    session.send('while waiting');
    assert.deepEqual(await hear(1), ['text while waiting']);
    client.connection.sendText('answer');
    assert.equal((await next).kind, 'message');
    end();
  });

  it('refuses options that make no sense', async () => {
    const { session, end } = await pair();
    assert.throws(() => session.waitNext({ timeout: -1 }), /^RangeError: options\.timeout must be/);
    assert.throws(() => session.waitNext({ timout: 1 } as never), /^TypeError: options\.timout is not an option/);
    await assert.rejects(session.waitForClose({ idle: 0 }), /^RangeError: options\.idle must be/);
    await assert.rejects(session.waitForClose({ idel: 1 } as never), /^TypeError: options\.idel is not an option/);
    end();
  });
});

describe('for await', () => {
  it('gives every message until the end, and then ends, however the connection does', async () => {
    for (const clean of [true, false]) {
      const { session, client, end } = await pair();
      const received: string[] = [];
      client.connection.sendText('a');
      client.connection.sendText('b');
      const loop = (async () => {
        for await (const message of session) received.push(lineOf(message));
      })();
      await until(() => received.length === 2);
      if (clean) client.connection.close(1000);
      else client.socket.destroy();
      await loop;
      assert.equal((await session.closed).clean, clean);
      assert.deepEqual(received, ['text a', 'text b']);
      end();
    }
  });

  it('that is left closes nothing and takes no message with it', async () => {
    const { session, client, end } = await pair();
    client.connection.sendText('a');
    client.connection.sendText('b');
    for await (const message of session) {
      assert.equal(lineOf(message), 'text a');
      break;
    }
    const iterator = session[Symbol.asyncIterator]();
    assert.equal(lineOf((await iterator.next()).value as Message), 'text b');
    const waiting = iterator.next();
    assert.deepEqual(await iterator.return?.(), { done: true, value: undefined });
    assert.deepEqual(await waiting, { done: true, value: undefined });
    assert.deepEqual(await iterator.next(), { done: true, value: undefined });
    client.connection.sendText('c');
    assert.deepEqual(await session.waitNext(), { kind: 'message', message: { kind: 'text', text: 'c' } });
    assert.equal(session.state, 'open');
    end();
  });
});

describe('closing', () => {
  it('closes with 1000 unless told otherwise, behind what was sent, once [6455-7.1.2-1]', async () => {
    const { session, hear, end } = await pair();
    session.send('a');
    assert.equal(session.close(), 'queued');
    assert.equal(session.state, 'closing');
    assert.equal(session.close(), 'refused');
    assert.equal(session.send('b'), 'refused');
    const outcome = await session.waitForClose();
    assert.deepEqual([outcome.clean, outcome.code, outcome.sentCode, session.state], [true, 1000, 1000, 'closed']);
    assert.deepEqual(await hear(2), ['text a', 'closing 1000']);
    end();
  });

  it('takes a code and a reason that may be sent, and throws for others [6455-7.4.1-4] [6455-7.4.1-5] [6455-7.4.1-13]', async () => {
    const { session, hear, end } = await pair();
    for (const code of [1004, 1005, 1006, 1015, 999, 5000]) assert.throws(() => session.close(code), RangeError, String(code));
    assert.throws(() => session.close(4000, 'x'.repeat(124)), RangeError);
    assert.equal(session.state, 'open');
    session.close(4000, 'reason');
    assert.deepEqual(await hear(1), ['closing 4000 reason']);
    end();
  });

  it('terminate() ends at once and tells', async () => {
    const { session, client, end } = await pair();
    session.send(new Uint8Array(100));
    session.terminate();
    const outcome = await session.closed;
    assert.deepEqual([outcome.clean, outcome.violation?.name, outcome.unsent], [false, 'TERMINATED', 100]);
    assert.equal((await client.closed).code, 1006);
    end();
  });

  it('reads the peer’s answer also when nobody reads what came before it, and counts what it drops', async () => {
    const { session, client, end } = await pair({ accept: { maxUnreadMessages: 4 } });
    for (let i = 0; i < 20; i++) client.connection.sendText(`message ${i}`);
    await until(() => session.counters.messagesReceived === 4);
    await turns(5);
    assert.equal(session.counters.messagesReceived, 4);
    session.close();
    const outcome = await session.waitForClose();
    assert.deepEqual([outcome.clean, session.counters.messagesReceived, session.counters.messagesDropped], [true, 20, 16]);
    const kept: string[] = [];
    for await (const message of session) kept.push(lineOf(message));
    assert.deepEqual(kept, [0, 1, 2, 3].map((i) => `text message ${i}`));
    end();
  });

  it('drops nothing while it closes when somebody reads', async () => {
    const received: string[] = [];
    const { session, client, end } = await pair({ accept: { maxUnreadMessages: 4, onReceive: async (message) => {
      await turns(1);
      received.push(lineOf(message));
    } } });
    for (let i = 0; i < 20; i++) client.connection.sendText(`message ${i}`);
    await until(() => received.length > 0);
    session.close();
    assert.equal((await session.waitForClose()).clean, true);
    await until(() => received.length === 20);
    assert.equal(session.counters.messagesDropped, 0);
    end();
  });

  it('waitForClose with idle closes a session in which nothing was received or sent for so long', async () => {
    const { session, client, clock, heard, end } = await pair({ accept: { onReceive: () => {} } });
    const closed = session.waitForClose({ idle: 1000 });
    clock.run(900);
    client.connection.sendText('a');
    await until(() => session.counters.messagesReceived === 1);
    clock.run(900);
    session.send('b');
    clock.run(999);
    assert.equal(session.state, 'open');
    client.connection.sendPing();
    await until(() => heard.some((line) => line.startsWith('pong')));
    clock.run(1);
    assert.equal(session.state, 'closing');
    const outcome = await closed;
    assert.deepEqual([outcome.clean, outcome.sentCode], [true, 1000]);
    assert.ok(heard.includes('closing 1000 idle'));
    assert.equal(await session.waitForClose({ idle: 5 }), outcome, 'a session that is over is not idle');
    end();
  });

  it('waitForClose with idle fails a session whose own stream stands still: a Close would wait behind it', async () => {
    const { session, client, clock, end } = await pair();
    const stream = session.sendStream('text', { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) });
    const closed = session.waitForClose({ idle: 1000 });
    clock.run(1000);
    assert.equal((await closed).sentCode, 1011);
    assert.equal(await stream, 'refused');
    await client.closed;
    end();
  });

  it('waitForClose with idle may be called several times, and its clock is forgotten with the session', async () => {
    const { session, client, clock, end } = await pair({ accept: { onReceive: () => {} } });
    const waits = [session.waitForClose({ idle: 5000 }), session.waitForClose({ idle: 1000 }), session.waitForClose()];
    clock.run(1000);
    const [one, two, three] = await Promise.all(waits);
    assert.ok(one === two && two === three && one?.clean);
    clock.run(10_000);
    await client.closed;
    end();
  });
});

describe('alive', () => {
  it('answers Pings by itself, sends them, and shows Pongs [6455-5.5.2-2] [6455-5.5.3-1]', async () => {
    const pongs: string[] = [];
    const { session, client, hear, end } = await pair({ accept: { onPong: (payload) => pongs.push(Buffer.from(payload).toString()) } });
    assert.equal(session.ping('é'), 'queued');
    assert.deepEqual(await hear(1), ['ping c3a9']);
    await until(() => pongs.length === 1);
    session.ping(Uint8Array.of(65));
    session.ping();
    await until(() => pongs.length === 3);
    assert.deepEqual(pongs, ['é', 'A', '']);
    session.onPong(null);
    client.connection.sendPing(Uint8Array.of(66));
    assert.deepEqual((await hear(4)).at(-1), 'pong 42');
    assert.throws(() => session.ping(new Uint8Array(126)), RangeError);
    end();
  });

  it('withPing sends real Ping frames with its data, every interval, and measures the round trip [6455-5.5.2-1]', async () => {
    const { session, heard, hear, clock, end } = await pair();
    assert.equal(session.withPing({ data: 'hi', interval: 5000, timeout: 2000, misses: 0 }), session);
    assert.ok(Number.isNaN(session.roundTripTime));
    await turns(2);
    clock.run(4999);
    await turns(5);
    assert.deepEqual(heard, []);
    clock.run(1);
    assert.deepEqual(await hear(1), ['ping 686900000001']);
    await until(() => session.roundTripTime === 0);
    clock.run(5000);
    assert.deepEqual((await hear(2)).at(-1), 'ping 686900000002');
    session.withPing('off');
    await turns(2);
    clock.run(100_000);
    await turns(5);
    assert.equal(heard.length, 2);
    assert.equal(session.state, 'open');
    end();
  });

  it('withPing gives a peer up that is silent, and not before the misses it may have', async () => {
    const { session, client, clock, end } = await pair();
    session.withPing({ data: Uint8Array.of(1), interval: 1000, timeout: 500, misses: 1 });
    await turns(2);
    client.socket.pause();
    client.connection.pause();
    for (let i = 0; i < 4; i++) {
      clock.run(499);
      await turns(2);
    }
    assert.equal(session.state, 'open');
    clock.run(2000);
    const outcome = await session.closed;
    assert.equal(outcome.violation?.name, 'PEER_SILENT');
    end();
  });

  it('withPing refuses a policy that makes no sense', async () => {
    const { session, end } = await pair();
    assert.throws(() => session.withPing({ interval: 0 }), RangeError);
    assert.throws(() => session.withPing({ data: 'x'.repeat(122) }), /keepalive\.data has at most 121 bytes/);
    assert.throws(() => session.withPing({ message: '%ping%' } as never), /keepalive\.message is not an option/);
    end();
  });
});

describe('what a session is', () => {
  it('knows its path, its subprotocol, both ends of its socket and what belongs to the application', async () => {
    const { session, client, end } = await pair({ accept: { data: { user: 'a' }, protocol: 'p' }, client: { protocols: ['p'] } });
    assert.deepEqual([session.path, session.protocol, session.data], ['/', 'p', { user: 'a' }]);
    const { remotePort, localPort, ...rest } = session.socket;
    assert.deepEqual(rest, { remoteAddress: '127.0.0.1', localAddress: '127.0.0.1', secure: false });
    assert.equal(remotePort, 'localPort' in client.socket && client.socket.localPort);
    assert.equal(localPort, 'remotePort' in client.socket && client.socket.remotePort);
    assert.equal(session.error, null);
    end();
  });

  it('counts messages and bytes of payload, in and out', async () => {
    const { session, client, hear, end } = await pair({ accept: { onReceive: () => {} } });
    client.connection.sendText('é');
    client.connection.sendFragment('binary', new Uint8Array(3), false);
    client.connection.sendFragment('binary', new Uint8Array(4), true);
    session.send('ab');
    session.send(new Uint8Array(5));
    await hear(2);
    await until(() => session.counters.messagesReceived === 2);
    assert.deepEqual(session.counters, { messagesReceived: 2, bytesReceived: 9, messagesSent: 2, bytesSent: 7, messagesDropped: 0 });
    end();
  });

  it('says what the network said', async () => {
    const { session, client, end } = await pair();
    assert.ok('resetAndDestroy' in client.socket && typeof client.socket.resetAndDestroy === 'function');
    client.socket.resetAndDestroy();
    await session.closed;
    assert.equal((session.error as NodeJS.ErrnoException).code, 'ECONNRESET');
    end();
  });

  it('keeps the process alive, or lets it exit', async () => {
    const { session, end } = await pair();
    const holding = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    const before = holding();
    assert.equal(session.unref(), session);
    assert.equal(holding(), before - 1);
    assert.equal(session.ref(), session);
    assert.equal(holding(), before);
    end();
  });

  it('changes its limits while it is open', async () => {
    const { session, client, end } = await pair({ accept: { limits: { maxMessageSize: 10 }, onReceive: () => {} } });
    session.setLimits({ maxMessageSize: 5, maxQueueSize: 4 });
    assert.equal(session.send('12345'), 'refused');
    assert.equal(session.send('1234'), 'high-water', 'the mark is half of the queue at most');
    assert.throws(() => session.setLimits({ maxMessageSize: -1 }), RangeError);
    client.connection.sendText('123456');
    const outcome = await session.closed;
    assert.deepEqual([outcome.violation?.name, outcome.limit?.value], ['MESSAGE_TOO_BIG', 5]);
    end();
  });

  const MISTAKES: readonly (readonly [options: object, message: RegExp])[] = [
    [{ onRecieve: () => {} }, /options\.onRecieve is not an option/], [{ onReceive: 7 }, /options\.onReceive must be a function/],
    [{ fragmentSize: 0 }, /options\.fragmentSize/], [{ maxUnreadBytes: 0 }, /options\.maxUnreadBytes/],
    [{ maxUnreadMessages: 0.5 }, /options\.maxUnreadMessages/], [{ limits: { maxMesageSize: 1 } }, /limits\.maxMesageSize/],
    [{ protocol: 'p' }, /must be one of those offered/], [{ protocol: null, protocols: [] }, /which\?/],
  ];
  it('is not made of options that make no sense: the request can then still be answered', async () => {
    const messages: string[] = [];
    const accepted = deferred<Session>();
    const server = createServer().route('/', (request) => {
      for (const [options] of MISTAKES) {
        try {
          request.accept(options as AcceptOptions);
        } catch (error) {
          messages.push(String(error));
        }
      }
      accepted.resolve(request.accept());
    });
    const { url } = await server.listen();
    const client = await dial(url);
    const session = await accepted.promise;
    assert.throws(() => session.onReceive('x' as never), /^TypeError: a handler is a function or null, found string/);
    client.terminate();
    server.terminate();
    MISTAKES.forEach(([, message], i) => assert.match(messages[i] ?? '', message));
  });
});
