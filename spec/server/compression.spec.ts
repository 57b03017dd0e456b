// permessage-deflate on a session (RFC 7692): which of what it sends is compressed, in every form, also while a stream is under way; how a
// server chooses; one compression for many sessions; and what lies unread, which is bounded although it arrives a thousand times smaller.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { constants, inflateRawSync } from 'node:zlib';
import { createServer, prepare } from '../../lib/server/index.ts';
import type { AcceptOptions, CreateServerOptions, IncomingStream, Session } from '../../lib/server/index.ts';
import { dial } from '../../lib/node/dial.ts';
import { concat, hex, toHex } from '../support/bytes.ts';
import { turns } from '../support/duplex.ts';
import { requestText } from '../support/handshake.ts';
import { Random } from '../support/random.ts';
import { referenceTranscript } from '../support/reference-frames.ts';
import { deferred, RawPeer, uncaughtDuring } from '../support/sockets.ts';
import { watchedZlib } from '../support/zlib.ts';
import { pair, until } from './support.ts';

const KIB = 1024;
const MIB = KIB * KIB;
const NO_LIMITS = { maxFrameSize: Infinity, maxMessageSize: Infinity, maxFragments: Infinity };
/** What a sender leaves out at the end of a message (RFC 7692 §7.2.1). */
const TAIL = hex('0000ffff');

const LONG = 'Sixty-four bytes are worth compressing, and these are a few more than that. ';
const BYTES: Uint8Array = Buffer.from(LONG.repeat(2));

/** A frame as its peer reads it. */
interface Seen {
  readonly opcode: string;
  readonly fin: boolean;
  readonly rsv1: boolean;
  readonly payload: Uint8Array;
}

/** A client by hand, and its session. */
interface Rig {
  readonly session: Session;
  readonly peer: RawPeer;
  /** Waits for so many whole frames. */
  frames(count: number): Promise<readonly Seen[]>;
  end(): void;
}

/** A session of a server for a client by hand that offers `offer`; `open` is called with it before anything else happens. */
async function rig(
  accept: AcceptOptions = {}, options: CreateServerOptions = {}, offer: string | null = 'permessage-deflate', fields: Record<string, string> = {},
): Promise<Rig> {
  const accepted = deferred<Session>();
  const server = createServer({ keepalive: 'off', ...options }).route('*', (request) => accepted.resolve(request.accept(accept)));
  const { port } = await server.listen();
  const peer = await RawPeer.connect(port);
  peer.write(requestText({ 'Host': `127.0.0.1:${port}`, 'Sec-WebSocket-Extensions': offer, ...fields }));
  const session = await accepted.promise;
  await peer.afterHead(0);
  return {
    session, peer,
    frames: async (count) => {
      await peer.until((it) => framesOf(it).length >= count);
      return framesOf(peer);
    },
    end: () => {
      peer.socket.destroy();
      server.terminate();
    },
  };
}

function framesOf(peer: RawPeer): Seen[] {
  const wire = peer.received.subarray(peer.text.indexOf('\r\n\r\n') + 4);
  return referenceTranscript(wire, { role: 'client', rsv1Defined: true, limits: NO_LIMITS })
    .filter((line) => !/\+\d+$/.test(line))
    .map((line) => ({
      opcode: /^\w+/.exec(line)?.[0] ?? '', fin: !line.includes('…'), rsv1: line.includes(' rsv 40'), payload: hex(/[0-9a-f]*$/.exec(line)?.[0] ?? ''),
    }));
}

/** What compressed messages become, one behind the other, each perhaps with references to those before it. */
function inflate(...messages: readonly Uint8Array[]): string {
  return inflateRawSync(concat(...messages.flatMap((message) => [message, TAIL])), { finishFlush: constants.Z_SYNC_FLUSH }).toString();
}

const extensionsOf = (peer: RawPeer): string | null => /^sec-websocket-extensions: (.*)\r$/im.exec(peer.text)?.[1] ?? null;

describe('send', () => {
  it('compresses what is worth it, and what is said of one message comes before that, in every form', async () => {
    const { session, frames, end } = await rig();
    session.send(LONG);
    session.send(LONG, {});
    session.send(LONG, { compress: false });
    session.send('too short');
    session.send('z'.repeat(40), { compress: true });
    session.send(BYTES, { compress: false });
    session.send(BYTES);
    session.send(BYTES, 80, 60);
    session.send(BYTES, 76, 40, { compress: true });
    session.send(BYTES, 0, undefined, { compress: false });
    session.send(prepare(LONG, { compress: false }));
    session.send(prepare('y'.repeat(40), { compress: true }));
    const seen = await frames(12);
    assert.deepEqual(seen.map(({ opcode, rsv1 }) => `${opcode}${rsv1 ? ' compressed' : ''}`), [
      'text compressed', 'text compressed', 'text', 'text', 'text compressed', 'binary', 'binary compressed', 'binary', 'binary compressed', 'binary',
      'text', 'text compressed',
    ]);
    assert.ok(seen.every(({ fin }) => fin));
    const compressed = seen.filter(({ rsv1 }) => rsv1).map(({ payload }) => payload);
    assert.equal(inflate(...compressed), [LONG, LONG, 'z'.repeat(40), LONG, LONG, LONG.slice(0, 40), 'y'.repeat(40)].join(''));
    const plain = seen.filter(({ rsv1 }) => !rsv1).map(({ payload }) => Buffer.from(payload).toString());
    assert.deepEqual(plain, [LONG, 'too short', LONG + LONG, (LONG + LONG).slice(80, 140), LONG + LONG, LONG]);
    end();
  });

  it('leaves out of what it remembers what was not to be compressed: nothing after it refers to it', async () => {
    const { session, frames, end } = await rig();
    const secret = Buffer.from(Buffer.from(new Random(1).bytes(60)).toString('hex'));
    session.send(secret, { compress: false });
    session.send(secret);
    session.send(secret);
    const [, first, second] = await frames(3) as [Seen, Seen, Seen];
    assert.ok(first.payload.length > 60, `${first.payload.length} bytes: as much as if it had never been sent`);
    assert.ok(second.payload.length < 20, `${second.payload.length} bytes: a reference`);
    end();
  });

  it('refuses an option that is unknown or no boolean, and any for what was prepared: open, while a stream is under way, and after the end', async () => {
    const { session, frames, end } = await rig();
    const server = createServer();
    const mistakes = (): void => {
      for (const [options, message] of [
        [{ compres: true }, /options\.compres is not an option/], [{ compress: 1 }, /options\.compress must be a boolean, found number/],
        [{ compress: null }, /must be a boolean/], [null, /options/],
      ] as const) {
        const wrong = { name: 'TypeError', message };
        assert.throws(() => session.send('x', options as never), wrong);
        assert.throws(() => session.send(BYTES, options as never), wrong);
        assert.throws(() => session.send(BYTES, 1, 2, options as never), wrong);
        assert.throws(() => session.sendStream('text', ['x'], options as never), wrong);
        assert.throws(() => prepare('x', options as never), wrong);
        assert.throws(() => server.broadcast([session], 'x', options as never), wrong);
      }
      const twice = { name: 'TypeError', message: /was given its options when it was prepared/ };
      assert.throws(() => session.send(prepare('x'), { compress: true }), twice);
      assert.throws(() => server.broadcast([session], prepare('x'), {}), twice);
    };
    mistakes();
    const gate = deferred<void>();
    const sent = session.sendStream('text', (async function* chunks() {
      yield 'begun';
      await gate.promise;
    })());
    mistakes();
    gate.resolve();
    await sent;
    assert.equal(session.counters.messagesSent, 1);
    assert.equal((await frames(2)).length, 2, 'the stream alone');
    session.terminate();
    mistakes();
    end();
  });

  it('while a stream is under way keeps what was said of each message, whatever becomes of the object that said it', async () => {
    const { session, frames, end } = await rig();
    const gate = deferred<void>();
    const sent = session.sendStream('text', (async function* chunks() {
      yield 'begun';
      await gate.promise;
    })());
    const options = { compress: false };
    session.send(LONG, options);
    options.compress = true;
    session.send('w'.repeat(40), options);
    options.compress = false;
    session.send(LONG);
    session.send(prepare(LONG, { compress: false }));
    gate.resolve();
    await sent;
    const seen = await frames(6);
    assert.deepEqual(seen.slice(2).map(({ rsv1 }) => rsv1), [false, true, true, false]);
    assert.equal(inflate(...seen.filter(({ rsv1 }) => rsv1).map(({ payload }) => payload)), 'w'.repeat(40) + LONG);
    end();
  });

  it('tells a decision that throws to who sends, and nothing is sent; of a message that waited it surfaces, and the session fails with 1011', async () => {
    const mistake = new Error('undecided');
    let fails = true;
    const decide = (): boolean => {
      if (fails) throw mistake;
      return true;
    };
    const { session, frames, end } = await rig({ compression: { decide } });
    assert.throws(() => session.send(LONG), mistake);
    assert.throws(() => session.send(BYTES), mistake);
    assert.throws(() => session.send(prepare(LONG)), mistake);
    await assert.rejects(session.sendStream('text', [LONG]), mistake);
    assert.deepEqual([session.queueSize, session.counters.messagesSent], [0, 0]);
    assert.equal(session.send(LONG, { compress: false }), 'queued');
    fails = false;
    session.send(LONG);
    const seen = await frames(2);
    assert.deepEqual(seen.map(({ rsv1 }) => rsv1), [false, true]);
    assert.equal(inflate(seen[1]?.payload ?? hex('')), LONG);
    const uncaught = await uncaughtDuring(async () => {
      const gate = deferred<void>();
      const sent = session.sendStream('text', (async function* chunks() {
        yield 'begun';
        await gate.promise;
      })());
      session.send(LONG);
      await frames(3);
      fails = true;
      gate.resolve();
      assert.equal(await sent, 'queued');
      const { violation, sentCode } = await session.closed;
      assert.deepEqual([violation?.name, sentCode], ['APPLICATION_FAILED', 1011]);
      await turns(2);
    });
    assert.deepEqual(uncaught, [mistake]);
    end();
  });
});

describe('a message in several frames', () => {
  it('of a configured size has RSV1 on the first alone, and what it becomes is the message [7692-6.1-1] [7692-6.1-4]', async () => {
    const { session, frames, end } = await rig({ fragmentSize: 70 });
    session.send(LONG.repeat(3));
    session.send(BYTES, { compress: false });
    session.send('short');
    session.send(LONG.repeat(3));
    const seen = await frames(4 + 3 + 1 + 4);
    const [one, two, three, four] = [seen.slice(0, 4), seen.slice(4, 7), seen.slice(7, 8), seen.slice(8)];
    for (const frames of [one, four]) {
      assert.deepEqual(frames.map(({ opcode, fin, rsv1 }) => [opcode, fin, rsv1]), [
        ['text', false, true], ['continuation', false, false], ['continuation', false, false], ['continuation', true, false],
      ]);
    }
    assert.deepEqual([...two, ...three].map(({ opcode, rsv1 }) => [opcode, rsv1]), [
      ['binary', false], ['continuation', false], ['continuation', false], ['text', false],
    ]);
    assert.equal(Buffer.concat(two.map(({ payload }) => payload)).toString(), LONG.repeat(2));
    assert.equal(inflate(concat(...one.map(({ payload }) => payload)), concat(...four.map(({ payload }) => payload))), LONG.repeat(6));
    end();
  });

  it('that is sent as it is produced can be read as it arrives: each frame ends with a flush [7692-7.2.1-8]', async () => {
    const { session, frames, end } = await rig();
    const chunks = [LONG, '', LONG, 'and the end'];
    assert.equal(await session.sendStream('text', chunks), 'queued');
    assert.equal(await session.sendStream('text', chunks, { compress: false }), 'queued');
    assert.equal(await session.sendStream('text', ['short, ', LONG], { compress: true }), 'queued');
    const seen = await frames(4 + 4 + 3);
    assert.deepEqual(seen.filter(({ rsv1 }) => rsv1), [seen[0], seen[8]]);
    let text = '';
    let wire: Uint8Array = hex('');
    for (const [i, { payload, fin }] of [...seen.slice(0, 4), ...seen.slice(8)].entries()) {
      if (!fin) assert.equal(toHex(payload.subarray(-4)), '0000ffff');
      wire = concat(wire, payload, fin ? TAIL : hex(''));
      text += [LONG, LONG, 'and the end', '', 'short, ', LONG, ''][i] as string; // there are seven
      assert.equal(inflateRawSync(wire, { finishFlush: constants.Z_SYNC_FLUSH }).toString(), text);
    }
    assert.equal(Buffer.concat(seen.slice(4, 8).map(({ payload }) => payload)).toString(), chunks.join(''));
    end();
  });

  it('and messages that are compressed elsewhere arrive in the order in which they were sent', async () => {
    const { session, hear, end } = await pair({ accept: { limits: { maxQueueSize: Infinity } }, client: { limits: { maxMessageSize: Infinity } } });
    const large = LONG.repeat(5_000);
    watchedZlib.watch();
    session.send(large);
    const streamed = session.sendStream('text', [large, LONG]);
    session.send('behind both');
    session.send(large, { compress: false });
    assert.equal(await streamed, 'queued');
    const heard = await hear(4);
    const lines = [large, large + LONG, 'behind both', large].map((text) => `text ${text}`);
    assert.deepEqual(heard.map((line, i) => line === lines[i]), [true, true, true, true]);
    assert.ok(watchedZlib.begunElsewhere > 0);
    end();
  });
});

describe('a server', () => {
  it('chooses by the request, and what accept chooses comes before it', async () => {
    const options: CreateServerOptions = {
      compression: ({ headers }) => headers.get('User-Agent') === 'Broken/1.0' ? 'off' : { clientNoContextTakeover: true },
    };
    const said = async (accept: AcceptOptions, agent: string): Promise<string | null> => {
      const { peer, end } = await rig(accept, options, 'permessage-deflate; client_max_window_bits', { 'User-Agent': agent });
      end();
      return extensionsOf(peer);
    };
    assert.match(await said({}, 'Good/1.0') ?? '', /^permessage-deflate; client_no_context_takeover/);
    assert.equal(await said({}, 'Broken/1.0'), null);
    assert.match(await said({ compression: { clientMaxWindowBits: 9 } }, 'Broken/1.0') ?? '', /^permessage-deflate.*client_max_window_bits=9/);
    assert.equal(await said({ compression: 'off' }, 'Good/1.0'), null);
  });

  it('accepts what a client offers, or nothing where it offers nothing', async () => {
    const { session, peer, frames, end } = await rig({}, {}, null);
    assert.equal(extensionsOf(peer), null);
    session.send(LONG, { compress: true });
    assert.deepEqual((await frames(1)).map(({ rsv1, payload }) => [rsv1, Buffer.from(payload).toString()]), [[false, LONG]]);
    end();
  });

  it('judges its choice when it is made, and one for a request when it is accepted', async () => {
    assert.throws(() => createServer({ compression: { threshold: -1 } }), { name: 'RangeError', message: /compression\.threshold/ });
    assert.throws(() => createServer({ compression: 'on' as 'off' }), { name: 'TypeError', message: /compression/ });
    const told: unknown[] = [];
    const server = createServer({ compression: ({ resource }) => ({ threshold: resource === '/wrong' ? NaN : 0 }) })
      .route('*', (request) => {
        try {
          request.accept(request.path === '/own' ? { compression: { serverMaxWindowBits: 7 } } : {});
        } catch (error) {
          told.push(error);
          request.reject(500);
        }
      });
    const { url } = await server.listen();
    await assert.rejects(dial(`${url}/wrong`));
    await assert.rejects(dial(`${url}/own`));
    (await dial(`${url}/right`)).terminate();
    assert.deepEqual(told.map(String), [
      'RangeError: compression.threshold must be a whole number of at least 0, or Infinity, found NaN',
      'RangeError: compression.serverMaxWindowBits must be a whole number from 8 to 15, found 7',
    ]);
    server.terminate();
  });
});

describe('a broadcast', () => {
  /** `count` clients by hand of one server, whose sessions are accepted with `accept` of their number. */
  async function rigs(count: number, accept: (i: number) => AcceptOptions): Promise<{
    readonly sessions: Session[]; broadcast: ReturnType<typeof createServer>['broadcast']; frames(i: number, count: number): Promise<Seen[]>; end(): void;
  }> {
    const sessions: Session[] = [];
    const peers: RawPeer[] = [];
    const server = createServer({ keepalive: 'off' }).route('*', (request) => void sessions.push(request.accept(accept(sessions.length))));
    const { port } = await server.listen();
    for (let i = 0; i < count; i++) {
      const peer = await RawPeer.connect(port);
      peer.write(requestText({ 'Host': `127.0.0.1:${port}`, 'Sec-WebSocket-Extensions': 'permessage-deflate' }));
      await peer.afterHead(0);
      peers.push(peer);
    }
    await until(() => sessions.length === count);
    return {
      sessions, broadcast: server.broadcast.bind(server),
      frames: async (i, wanted) => {
        const peer = peers[i] as RawPeer; // there are `count`
        await peer.until((it) => framesOf(it).length >= wanted);
        return framesOf(peer);
      },
      end: () => {
        for (const { socket } of peers) socket.destroy();
        server.terminate();
      },
    };
  }

  it('compresses once for all sessions, whatever each has sent before, and each may refer to it afterwards', async () => {
    const count = 6;
    const { sessions, broadcast, frames, end } = await rigs(count, () => ({}));
    for (const [i, session] of sessions.entries()) session.send(`${i} ${LONG}`);
    const message = LONG.repeat(100);
    watchedZlib.watch();
    assert.deepEqual(broadcast(sessions, message), { queued: count, 'high-water': 0, refused: 0 });
    assert.equal(watchedZlib.doneAtOnce, 1, 'one compression for all');
    for (const [i, session] of sessions.entries()) session.send(`${LONG}${i}`);
    const all = await Promise.all(sessions.map((_, i) => frames(i, 3)));
    for (const [i, seen] of all.entries()) {
      assert.deepEqual(seen[1]?.payload, all[0]?.[1]?.payload, 'the same bytes for all');
      assert.ok((seen[2]?.payload.length ?? Infinity) < 16, `${seen[2]?.payload.length} bytes: it refers to the broadcast`);
      assert.equal(inflate(...seen.map(({ payload }) => payload)), `${i} ${LONG}${message}${LONG}${i}`);
    }
    end();
  });

  it('compresses once for each window, not for those without compression, and never where it is told not to', async () => {
    const kinds: AcceptOptions[] = [{}, { compression: 'off' }, { compression: { serverMaxWindowBits: 9 } }, {}, { compression: { serverMaxWindowBits: 9 } }];
    const { sessions, broadcast, frames, end } = await rigs(kinds.length, (i) => kinds[i] ?? {});
    const message = LONG.repeat(100);
    watchedZlib.watch();
    broadcast(sessions, message);
    assert.equal(watchedZlib.doneAtOnce, 2);
    broadcast(sessions, message, { compress: false });
    assert.equal(watchedZlib.doneAtOnce, 2);
    broadcast(sessions, prepare('v'.repeat(40), { compress: true }));
    for (const [i, { compression }] of kinds.entries()) {
      const seen = await frames(i, 3);
      const uses = compression !== 'off';
      assert.deepEqual(seen.map(({ rsv1 }) => rsv1), [uses, false, uses]);
      const texts = uses ? [inflate(seen[0]?.payload ?? hex('')), inflate(seen[2]?.payload ?? hex(''))] : [seen[0], seen[2]].map((each) => Buffer.from(each?.payload ?? '').toString());
      assert.deepEqual(texts, [message, 'v'.repeat(40)]);
    }
    end();
  });

  it('of what does not shrink goes out as it is', async () => {
    const { sessions, broadcast, frames, end } = await rigs(2, () => ({}));
    const noise = new Random(4).bytes(5_000);
    broadcast(sessions, noise, { compress: true });
    broadcast(sessions, noise.subarray(0, 100), { compress: true });
    for (const i of [0, 1]) {
      const seen = await frames(i, 2);
      assert.deepEqual(seen.map(({ rsv1 }) => rsv1), [false, false]);
      assert.ok(Buffer.from(noise).equals(seen[0]?.payload ?? hex('')));
    }
    end();
  });
});

describe('what lies unread', () => {
  it('is bounded as it is inflated: hundreds of messages in one packet are not all inflated because they are there', async () => {
    const size = 10 * KIB;
    const { session, client, end } = await pair();
    for (let i = 0; i < 300; i++) client.connection.sendBinary(Uint8Array.of(i >> 8, i, ...new Uint8Array(size - 2)));
    await until(() => session.unreadBytes >= 64 * KIB);
    await turns(30);
    assert.equal(client.bufferedAmount, 0, 'all of it has arrived');
    assert.ok(session.unreadBytes < 64 * KIB + size, `${session.unreadBytes} bytes unread`);
    let next = 0;
    for await (const message of session) {
      assert.ok(message.kind === 'binary' && message.bytes.length === size);
      assert.equal((message.bytes[0] as number) * 256 + (message.bytes[1] as number), next++); // there are two
      assert.ok(session.unreadBytes < 64 * KIB + size);
      if (next === 300) break;
    }
    end();
  });

  it('is bounded also of one message that is read while it arrives, and small only until it is inflated', async () => {
    const size = 30 * MIB;
    const gate = deferred<void>();
    const done = deferred<number>();
    let most = 0;
    const { session, client, end } = await pair({
      accept: { limits: { maxMessageSize: Infinity }, onReceiveStream: async (stream: IncomingStream) => {
        let read = 0;
        await gate.promise;
        for await (const piece of stream) {
          most = Math.max(most, piece.length, session.unreadBytes);
          read += piece.length;
        }
        done.resolve(read);
      } },
      client: { limits: { maxQueueSize: Infinity } },
    });
    client.connection.sendBinary(new Uint8Array(size));
    await until(() => session.unreadBytes > 0);
    while (client.bufferedAmount > 0) await turns(1);
    await turns(30);
    assert.ok(session.unreadBytes >= 64 * KIB && session.unreadBytes < 3 * 64 * KIB, `${session.unreadBytes} bytes unread`);
    gate.resolve();
    assert.equal(await done.promise, size);
    assert.ok(most < 3 * 64 * KIB, `${most} bytes at once`);
    end();
  });

  it('does not make a peer look dead that has sent all of it', async () => {
    const { session, client, clock, end } = await pair({
      accept: { keepalive: { interval: 1000, timeout: 500, misses: 0 }, limits: { messageDeadline: 2000 } },
    });
    for (let i = 0; i < 300; i++) client.connection.sendBinary(new Uint8Array(10 * KIB));
    await until(() => session.unreadBytes >= 64 * KIB);
    for (let i = 0; i < 20; i++) {
      clock.run(1000);
      await turns(2);
    }
    assert.equal(session.state, 'open');
    let count = 0;
    session.onReceive(() => { count++; });
    await until(() => count === 300);
    end();
  });
});
