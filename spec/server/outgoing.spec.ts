// What a session sends: slices, fragments, prepared messages, messages that are sent while they are produced, and what waits for whom.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { prepare } from '../../lib/server/index.ts';
import type { AcceptOptions, Session } from '../../lib/server/index.ts';
import { dial } from '../../lib/node/dial.ts';
import { FrameDecoder } from '../../lib/core/wire/frame-decoder.ts';
import { createServer } from '../../lib/server/index.ts';
import { turns } from '../support/duplex.ts';
import { requestText } from '../support/handshake.ts';
import { deferred, RawPeer, uncaughtDuring } from '../support/sockets.ts';
import type { Deferred } from '../support/sockets.ts';
import { pair, until } from './support.ts';

const KIB = 1024;

/** For specs of room: a peer that does not read takes any number of messages that compress to nothing. */
const AS_IT_IS = { compression: 'off' } as const;

/** The frames a session sends to a client that is nothing but a socket: `text+ 2` is the first of several, `continuation 1` the last. */
async function frames(accept: AcceptOptions, send: (session: Session) => void, count: number): Promise<string[]> {
  const server = createServer({ keepalive: 'off' }).route('*', (request) => send(request.accept(accept)));
  const listener = await server.listen();
  const peer = await RawPeer.connect(listener.port);
  peer.write(requestText({ Host: `127.0.0.1:${listener.port}` }));
  const lines: string[] = [];
  await peer.until(({ received }) => {
    const bytes = Buffer.from(received.subarray(received.indexOf('\r\n\r\n') + 4));
    const decoder = new FrameDecoder('client', { maxFrameSize: Infinity, maxMessageSize: Infinity, maxFragments: Infinity }, false);
    decoder.load(bytes);
    lines.length = 0;
    while (received.includes('\r\n\r\n') && decoder.next()) {
      if (decoder.remaining > 0) continue;
      const name = ['continuation', 'text', 'binary', , , , , , 'close', 'ping'][decoder.opcode];
      lines.push(`${name}${decoder.fin ? '' : '+'} ${decoder.end - decoder.start}`);
    }
    return lines.length >= count;
  });
  peer.socket.destroy();
  server.terminate();
  return lines;
}

/** An async iterable whose chunks a spec gives one by one, and that remembers whether it was let go. */
class Faucet implements AsyncIterable<string | Uint8Array> {
  asked = 0;
  released = false;
  #waiting: Deferred<IteratorResult<string | Uint8Array, undefined>> | null = null;

  [Symbol.asyncIterator](): AsyncIterator<string | Uint8Array, undefined> {
    return {
      next: () => {
        this.asked++;
        this.#waiting = deferred();
        return this.#waiting.promise;
      },
      return: () => {
        this.released = true;
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  async give(chunk: string | Uint8Array | null): Promise<void> {
    const asked = this.asked;
    this.#waiting?.resolve(chunk === null ? { done: true, value: undefined } : { done: false, value: chunk });
    await (chunk === null ? turns(1) : until(() => this.asked > asked || this.released));
  }
}

describe('sending', () => {
  it('sends text, bytes, and a slice of bytes', async () => {
    const { session, hear, end } = await pair();
    const bytes = Uint8Array.of(0, 1, 2, 3, 4);
    session.send('é');
    session.send(bytes);
    session.send(bytes, 1, 3);
    session.send(bytes, 3);
    session.send(bytes, 5, 0);
    session.send('');
    assert.deepEqual(await hear(6), ['text é', 'binary 0001020304', 'binary 010203', 'binary 0304', 'binary ', 'text ']);
    end();
  });

  it('refuses a slice that is none, and what is no message', async () => {
    const { session, end } = await pair();
    const bytes = new Uint8Array(4);
    assert.throws(() => session.send(bytes, 0, 5), /^RangeError: a slice of 5 bytes from 0 on is not within 4 bytes/);
    assert.throws(() => session.send(bytes, 5), /^RangeError: length must be a whole number of at least 0, found -1/);
    assert.throws(() => session.send(bytes, -1, 1), /^RangeError: start must be/);
    assert.throws(() => session.send(bytes, 0.5, 1), /^RangeError: start must be/);
    assert.throws(() => session.send('text' as never, 0, 1), /^TypeError: a slice is of a Uint8Array, found string/);
    for (const nonsense of [7, null, undefined, [1]]) assert.throws(() => session.send(nonsense as never), /^TypeError: a message is a string, a Uint8Array or/);
    assert.equal(session.counters.messagesSent, 0);
    end();
  });

  it('tells the mark, and when it is fallen below again', async () => {
    const { session, client, end } = await pair({ accept: { limits: { highWaterMark: 100 }, ...AS_IT_IS } });
    assert.equal(session.send('x'.repeat(100)), 'queued');
    await session.drained();
    await until(() => session.queueSize === 0);
    client.connection.pause();
    while (session.send(new Uint8Array(256 * KIB)) !== 'refused' && session.queueSize < 8_000 * KIB) await turns(1);
    assert.equal(session.send('one more'), 'high-water');
    let drained = false;
    const promise = session.drained().then(() => { drained = true; });
    await turns(10);
    assert.equal(drained, false);
    client.connection.resume();
    await promise;
    assert.ok(session.queueSize <= 100);
    end();
  });

  it('refuses what does not fit the queue and goes on, or fails with 1008: as the policy says', async () => {
    const refusing = await pair({ accept: { limits: { maxQueueSize: 10 } } });
    assert.deepEqual([refusing.session.send('12345678901'), refusing.session.send('1234567890')], ['refused', 'high-water']);
    assert.deepEqual(await refusing.hear(1), ['text 1234567890']);
    refusing.end();
    const closing = await pair({ accept: { limits: { maxQueueSize: 10, queuePolicy: 'close' } } });
    assert.equal(closing.session.send('12345678901'), 'refused');
    const outcome = await closing.session.closed;
    assert.deepEqual([outcome.violation?.name, outcome.limit?.name, outcome.limit?.observed], ['QUEUE_OVERFLOW', 'maxQueueSize', 11]);
    closing.end();
  });

  it('waits for nothing when it is over: drained() resolves', async () => {
    const { session, client, end } = await pair({ accept: { limits: { highWaterMark: 1 }, ...AS_IT_IS } });
    client.connection.pause();
    client.socket.pause();
    assert.equal(session.send(new Uint8Array(1000 * KIB)), 'high-water');
    const drained = session.drained();
    session.terminate();
    await drained;
    end();
  });
});

describe('§5.4: fragments of a configured size', () => {
  it('split a longer message, and only that, and leave no character out [6455-5.4-3] [6455-5.4-10]', async () => {
    assert.deepEqual(await frames({ fragmentSize: 4 }, (session) => {
      session.send('');
      session.send('1234');
      session.send('ééé');
      session.send(new Uint8Array(8));
      session.send(new Uint8Array(9));
      session.ping('12345');
      session.close(1000, 'a long reason');
    }, 11), [
      'ping 5', 'text 0', 'text 4', 'text+ 4', 'continuation 2', 'binary+ 4', 'continuation 4', 'binary+ 4', 'continuation+ 4', 'continuation 1', 'close 15',
    ]);
    const { session, hear, end } = await pair({ accept: { fragmentSize: 1 } });
    session.send('é€😀');
    assert.deepEqual(await hear(1), ['text é€😀']);
    end();
  });

  it('are none by default', async () => {
    assert.deepEqual(await frames({}, (session) => { session.send(new Uint8Array(200_000)); }, 1), ['binary 200000']);
  });

  it('are refused as a whole when the message does not fit', async () => {
    const { session, heard, hear, end } = await pair({ accept: { fragmentSize: 2, limits: { maxQueueSize: 5 } } });
    assert.deepEqual([session.send('123456'), session.send('12345'), session.send('6')], ['refused', 'high-water', 'refused']);
    await hear(1);
    assert.deepEqual(heard, ['text 12345']);
    end();
  });
});

describe('a prepared message', () => {
  it('is sent to any number of sessions, whole, whatever their fragment size', async () => {
    const message = prepare('é');
    assert.deepEqual(await frames({ fragmentSize: 1 }, (session) => {
      assert.equal(session.send(message), 'queued');
      assert.equal(session.send(prepare(new Uint8Array(3))), 'queued');
      assert.deepEqual([session.counters.messagesSent, session.counters.bytesSent], [2, 5]);
    }, 2), ['text 2', 'binary 3']);
  });
});

describe('a message that is sent while it is produced', () => {
  it('goes out chunk by chunk, as they come, and ends with an empty frame [6455-6.1-5]', async () => {
    const faucet = new Faucet();
    const accepted = deferred<Session>();
    const lines = frames({}, accepted.resolve, 4);
    const session = await accepted.promise;
    const sent = session.sendStream('text', faucet);
    await until(() => faucet.asked === 1);
    await faucet.give('one');
    assert.equal(session.counters.bytesSent, 3);
    await faucet.give('');
    await faucet.give(Buffer.from('two'));
    assert.deepEqual([session.counters.bytesSent, session.counters.messagesSent], [6, 0]);
    await faucet.give(null);
    assert.equal(await sent, 'queued');
    assert.equal(session.counters.messagesSent, 1);
    session.send('next');
    assert.deepEqual(await lines, ['text+ 3', 'continuation+ 3', 'continuation 0', 'text 4']);
  });

  it('arrives as one message, from iterables of every kind', async () => {
    const { session, hear, end } = await pair();
    async function* produce(): AsyncGenerator<string> {
      for (const chunk of ['a', 'b', 'c']) {
        await turns(1);
        yield chunk;
      }
    }
    assert.equal(await session.sendStream('text', produce()), 'queued');
    assert.equal(await session.sendStream('binary', [Uint8Array.of(1), Uint8Array.of(2, 3)]), 'queued');
    assert.equal(await session.sendStream('binary', []), 'queued');
    assert.equal(await session.sendStream('text', Readable.from([Buffer.from('str'), Buffer.from('eam')])), 'queued');
    assert.deepEqual(await hear(4), ['text abc', 'binary 010203', 'binary ', 'text stream']);
    end();
  });

  it('may be cut anywhere: inside a surrogate pair, inside a character', async () => {
    const { session, hear, end } = await pair();
    await session.sendStream('text', ['a\ud83d', '', '\ude00b', '\ud83d', 'c', '\ud83d']);
    await session.sendStream('text', [Uint8Array.of(0xc3), Uint8Array.of(0xa9)]);
    assert.deepEqual(await hear(2), ['text a😀b\ufffdc\ufffd', 'text é']);
    end();
  });

  it('lets what is sent meanwhile wait behind it, in order, and control frames go ahead [6455-5.4-5] [6455-5.4-8]', async () => {
    const { session, heard, hear, end } = await pair();
    const faucet = new Faucet();
    const first = session.sendStream('text', faucet);
    const bytes = Uint8Array.of(1, 2);
    assert.deepEqual([session.send('second'), session.send(bytes), session.send(prepare('fourth'))], ['queued', 'queued', 'queued']);
    bytes.fill(9);
    const fifth = session.sendStream('binary', [Uint8Array.of(5)]);
    assert.equal(session.send('sixth'), 'queued');
    assert.equal(session.queueSize, 6 + 2 + 6 + 5);
    session.ping('p');
    await hear(1);
    await faucet.give('first');
    await turns(5);
    assert.deepEqual(heard, ['ping 70']);
    await faucet.give(null);
    assert.deepEqual([await first, await fifth], ['queued', 'queued']);
    assert.deepEqual((await hear(7)).slice(1), ['text first', 'text second', 'binary 0102', 'text fourth', 'binary 05', 'text sixth']);
    assert.equal(session.queueSize, 0);
    end();
  });

  it('lets bytes wait behind it that are the session\'s own, whatever kind of array they came in', async () => {
    const { session, hear, end } = await pair();
    const faucet = new Faucet();
    const streamed = session.sendStream('text', faucet);
    for (const bytes of [Uint8Array.of(1, 2), Buffer.from([1, 2])]) {
      assert.equal(session.send(bytes), 'queued');
      bytes.fill(9);
    }
    await faucet.give(null);
    assert.equal(await streamed, 'queued');
    assert.deepEqual((await hear(3)).slice(1), ['binary 0102', 'binary 0102']);
    end();
  });

  it('lets what its producer sends wait behind it, too', async () => {
    const { session, hear, end } = await pair();
    const streams: Promise<unknown>[] = [];
    function* produce(): Generator<string> {
      session.send('from within');
      streams.push(session.sendStream('text', ['another']));
      yield 'first';
    }
    streams.push(session.sendStream('text', produce()));
    assert.deepEqual(await hear(3), ['text first', 'text from within', 'text another']);
    assert.deepEqual(await Promise.all(streams), ['queued', 'queued']);
    end();
  });

  it('counts what waits behind it against the queue’s limit and mark', async () => {
    const { session, hear, end } = await pair({ accept: { limits: { maxQueueSize: 10, highWaterMark: 4 } } });
    const faucet = new Faucet();
    const sent = session.sendStream('text', faucet);
    assert.deepEqual([session.send('1234'), session.send('5'), session.send('678901'), session.send('67890')], ['queued', 'high-water', 'refused', 'high-water']);
    let drained = false;
    const promise = session.drained().then(() => { drained = true; });
    await turns(5);
    assert.equal(drained, false);
    await faucet.give(null);
    assert.equal(await sent, 'queued');
    await promise;
    assert.deepEqual(await hear(4), ['text ', 'text 1234', 'text 5', 'text 67890']);
    end();
    const closing = await pair({ accept: { limits: { maxQueueSize: 10, queuePolicy: 'close' } } });
    const stream = closing.session.sendStream('text', new Faucet());
    assert.equal(closing.session.send('12345678901'), 'refused');
    const outcome = await closing.session.closed;
    assert.deepEqual([outcome.violation?.name, outcome.limit?.value, outcome.limit?.observed], ['QUEUE_OVERFLOW', 10, 11]);
    assert.equal(await stream, 'refused');
    closing.end();
  });

  it('is asked for more only when there is room, and never fills the queue', async () => {
    let produced = 0;
    let most = 0;
    const total = 60;
    const { session, client, end } = await pair({
      accept: { limits: { maxQueueSize: 100 * KIB, highWaterMark: 90 * KIB }, ...AS_IT_IS }, client: { limits: { maxMessageSize: Infinity } },
    });
    client.connection.pause();
    function* produce(): Generator<Uint8Array> {
      for (; produced < total; produced++) {
        most = Math.max(most, session.queueSize);
        yield new Uint8Array(300 * KIB).fill(produced);
      }
    }
    const sent = session.sendStream('binary', produce());
    let last = -1;
    while (last !== produced) {
      last = produced;
      await turns(30);
    }
    assert.ok(produced < total, `${produced} chunks were asked for although nobody read`);
    client.connection.resume();
    assert.equal(await sent, 'queued');
    assert.ok(most <= 100 * KIB, `${most} bytes waited`);
    assert.equal(session.counters.bytesSent, total * 300 * KIB);
    end();
  });

  it('goes out in fragments of the configured size', async () => {
    const accepted = deferred<Session>();
    const lines = frames({ fragmentSize: 4 }, accepted.resolve, 4);
    assert.equal(await (await accepted.promise).sendStream('binary', [new Uint8Array(6), new Uint8Array(1)]), 'queued');
    assert.deepEqual(await lines, ['binary+ 4', 'continuation+ 2', 'continuation+ 1', 'continuation 0']);
  });

  it('close() goes behind it and what waits', async () => {
    const { session, hear, end } = await pair();
    const faucet = new Faucet();
    const sent = session.sendStream('text', faucet);
    session.send('behind');
    assert.equal(session.close(4000), 'queued');
    assert.equal(session.state, 'closing');
    assert.equal(session.send('too late'), 'refused');
    assert.equal(await session.sendStream('text', ['too late']), 'refused');
    await faucet.give('whole');
    await faucet.give(null);
    assert.equal(await sent, 'queued');
    assert.deepEqual(await hear(3), ['text whole', 'text behind', 'closing 4000']);
    end();
  });

  it('is over with the connection: refused, let go, and what waited is reported as unsent', async () => {
    for (const how of ['close', 'terminate'] as const) {
      const { session, client, end } = await pair();
      const faucet = new Faucet();
      const unread = new Faucet();
      const sent = session.sendStream('text', faucet);
      await faucet.give('begun');
      session.send('waits');
      const behind = session.sendStream('text', unread);
      await until(() => session.queueSize === 5);
      if (how === 'close') client.connection.close(1000);
      else client.terminate();
      assert.deepEqual([await sent, await behind], ['refused', 'refused']);
      await until(() => faucet.released && unread.released);
      assert.equal(unread.asked, 0);
      const outcome = await session.closed;
      assert.deepEqual([outcome.clean, outcome.unsent], [how === 'close', 5]);
      assert.equal(session.queueSize, 0);
      end();
    }
  });

  it('is over with the connection also while it waits for room', async () => {
    const { session, client, end } = await pair({ accept: { limits: { maxQueueSize: 100 * KIB }, ...AS_IT_IS } });
    client.connection.pause();
    function* produce(): Generator<Uint8Array> {
      for (;;) yield new Uint8Array(64 * KIB);
    }
    const sent = session.sendStream('binary', produce());
    await until(() => session.queueSize > 0);
    await turns(20);
    session.terminate();
    assert.equal(await sent, 'refused');
    end();
  });

  it('that cannot be finished fails the connection with 1011, and before it has begun does no harm', async () => {
    const { session, hear, end } = await pair();
    function* fail(...chunks: (string | number)[]): Generator<string> {
      yield* chunks as string[];
      throw new Error('the source is dry');
    }
    await assert.rejects(session.sendStream('text', fail()), /the source is dry/);
    await assert.rejects(session.sendStream('text', [7 as never]), /^TypeError: a chunk of a text message is a string or a Uint8Array, found number/);
    await assert.rejects(session.sendStream('binary', ['text']), /^TypeError: a chunk of a binary message is a Uint8Array, found string/);
    await assert.rejects(session.sendStream('text', ['\ud83d', Uint8Array.of(65)]), /inside a surrogate pair/);
    await assert.rejects(session.sendStream('text', [Uint8Array.of(0xff)]), /^TypeError: a text fragment must be valid UTF-8/);
    session.send('still fine');
    assert.deepEqual(await hear(1), ['text still fine']);
    await assert.rejects(session.sendStream('text', fail('begun')), /the source is dry/);
    const outcome = await session.closed;
    assert.deepEqual([outcome.violation?.name, outcome.sentCode], ['APPLICATION_FAILED', 1011]);
    end();
  });

  it('lets an exception of what cleans up after it surface', async () => {
    const uncaught = await uncaughtDuring(async () => {
      const { session, end } = await pair();
      session.close();
      assert.equal(await session.sendStream('text', { [Symbol.iterator]: () => ({
        next: () => ({ done: true, value: undefined }),
        return: () => { throw new Error('cannot clean up'); },
      }) }), 'refused');
      await turns(3);
      end();
    });
    assert.deepEqual(uncaught.map(String), ['Error: cannot clean up']);
  });

  it('that finds no room it was promised is refused', async () => {
    const { session, end } = await pair();
    const faucet = new Faucet();
    const sent = session.sendStream('text', faucet);
    await faucet.give('begun');
    session.setLimits({ maxQueueSize: 0 });
    await turns(2);
    await faucet.give('no room');
    assert.equal(await sent, 'refused');
    assert.equal((await session.closed).sentCode, 1011);
    end();
  });

  it('is a kind and an iterable of chunks', async () => {
    const { session, end } = await pair();
    assert.throws(() => session.sendStream('json' as never, []), /^TypeError: a message is 'text' or 'binary', found json/);
    for (const nonsense of ['text', 7, null, {}]) assert.throws(() => session.sendStream('text', nonsense as never), /^TypeError: a stream is an iterable of chunks/);
    assert.throws(() => session.sendStream('binary', new Uint8Array(1) as never), /found one Uint8Array: send it/);
    end();
  });
});

describe('a client that reads slowly', () => {
  it('is not starved: dial reads everything that two streams and many messages sent', async () => {
    const server = createServer({ keepalive: 'off' }).route('/', async (request) => {
      const session = request.accept({ fragmentSize: 1000 });
      const chunks = Array.from({ length: 50 }, (_, i) => new Uint8Array(1500).fill(i));
      const one = session.sendStream('binary', chunks);
      for (let i = 0; i < 50; i++) session.send(`message ${i}`);
      const two = session.sendStream('binary', chunks);
      await Promise.all([one, two]);
      session.close();
    });
    const { url } = await server.listen();
    const heard: (string | number)[] = [];
    const client = await dial(url, { events: { text: (message) => { heard.push(message); }, binary: ({ length }) => { heard.push(length); } } });
    assert.equal((await client.closed).clean, true);
    assert.deepEqual(heard, [75_000, ...Array.from({ length: 50 }, (_, i) => `message ${i}`), 75_000]);
    server.terminate();
  });
});
