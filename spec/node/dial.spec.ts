// The client's way to a connection, against servers by hand: what is sent, what every failure says, who waits for whom, and what is
// never lost.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import * as net from 'node:net';
import { Duplex } from 'node:stream';
import { acceptKeyOf } from '../../lib/core/handshake/accept.ts';
import { dial } from '../../lib/node/dial.ts';
import type { DialOptions } from '../../lib/node/dial.ts';
import { HandshakeError } from '../../lib/node/handshake-error.ts';
import { nodePlatform } from '../../lib/node/platform.ts';
import type { Transport } from '../../lib/node/transport.ts';
import { VirtualClock } from '../support/clock.ts';
import { closedStream, pipe, turns, virtualScheduler } from '../support/duplex.ts';
import { frame } from '../support/frames.ts';
import { answerHandshake, deferred, RawPeer, rawServer } from '../support/sockets.ts';

const accept = (key: string): string => acceptKeyOf(key, nodePlatform);

/** What `dial` rejects with, which has to be a HandshakeError. */
async function failure(promise: Promise<Transport>): Promise<HandshakeError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof HandshakeError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: 'the connection opened' });
}

describe('dial', () => {
  it('§4.1: opens a transport, sends one request that asks for the upgrade, and waits for the answer [6455-4.1-3] [6455-4.1-12] [6455-4.1-19]', async () => {
    const server = await rawServer();
    const options = { protocols: ['x', 'y'], headers: { 'X-A': '1' }, origin: 'https://o.example' };
    const dialled = dial(`ws://127.0.0.1:${server.port}/chat?a=b`, options);
    const peer = await server.next();
    await peer.until(({ text }) => text.endsWith('\r\n\r\n'));
    const lines = peer.text.split('\r\n');
    assert.equal(lines[0], 'GET /chat?a=b HTTP/1.1');
    assert.equal(lines[1], `Host: 127.0.0.1:${server.port}`);
    assert.ok(lines.includes('Origin: https://o.example') && lines.includes('X-A: 1') && lines.includes('Sec-WebSocket-Protocol: x, y'));
    await turns();
    assert.equal(peer.text.split('\r\n\r\n').length, 2, 'nothing follows the request');
    await answerHandshake(peer, accept);
    const transport = await dialled;
    assert.equal(transport.head?.status, 101);
    assert.equal(transport.protocol, '');
    transport.terminate();
    server.close();
  });

  it('takes a URL, http as ws, and credentials from the user information', async () => {
    const server = await rawServer();
    const dialled = dial(new URL(`http://user:pass@127.0.0.1:${server.port}`));
    const peer = await server.next();
    await answerHandshake(peer, accept);
    assert.match(peer.text, /\r\nAuthorization: Basic dXNlcjpwYXNz\r\n/);
    (await dialled).terminate();
    server.close();
  });

  it('loses nothing that rides behind the 101, though the caller goes on first', async () => {
    const server = await rawServer();
    const heard = deferred<string>();
    let open: Transport | null = null;
    const events = { text: (message: string) => { heard.resolve(`${message} ${open === null}`); } };
    const dialled = dial(`ws://127.0.0.1:${server.port}`, { events });
    await answerHandshake(await server.next(), accept, frame({ opcode: 1, payload: 'first' }));
    open = await dialled;
    assert.equal(await heard.promise, 'first false');
    open.terminate();
    server.close();
  });

  it('survives a malformed frame behind the 101, with nobody listening', async () => {
    const server = await rawServer();
    const dialled = dial(`ws://127.0.0.1:${server.port}`);
    await answerHandshake(await server.next(), accept, frame({ opcode: 1, rsv: 0x20, payload: 'x' }));
    const outcome = await (await dialled).closed;
    assert.equal(outcome.violation?.name, 'RSV_NOT_NEGOTIATED');
    server.close();
  });

  it('leaves no listener of the handshake on the socket', async () => {
    const server = await rawServer();
    const dialled = dial(`ws://127.0.0.1:${server.port}`);
    await answerHandshake(await server.next(), accept);
    const { socket } = await dialled;
    assert.deepEqual(['data', 'drain'].map((event) => socket.listenerCount(event)), [1, 1]);
    socket.destroy();
    server.close();
  });
});

describe('a handshake that fails', () => {
  it('§4.1: because nothing listens says so, and what the network said [6455-4.1-14]', async () => {
    const server = await rawServer();
    server.close();
    const error = await failure(dial(`ws://127.0.0.1:${server.port}/x`));
    assert.deepEqual([error.name, error.phase, error.code], ['HandshakeError', 'connect', 'ECONNREFUSED']);
    assert.deepEqual([error.status, error.refusal, error.headers], [null, null, null]);
    assert.match(error.message, new RegExp(`^ws://127\\.0\\.0\\.1:${server.port}/x: connect failed: connect ECONNREFUSED 127\\.0\\.0\\.1`));
    assert.equal((error.cause as NodeJS.ErrnoException).syscall, 'connect');
  });

  it('has a message also when several addresses were tried', () => {
    const cause = new AggregateError([new Error('refused 1'), Object.assign(new Error(''), { code: 'ECONNREFUSED' }), new Error('')], '');
    assert.equal(new HandshakeError('ws://h/', 'connect', null, cause).message, 'ws://h/: connect failed: refused 1, ECONNREFUSED, Error');
    assert.match(new HandshakeError('ws://h/', 'connect', null, new AggregateError([], '')).message, /AggregateError$/);
    assert.match(new HandshakeError('ws://h/', 'connect', null, 'words').message, /words$/);
  });

  it('with a response carries its status, fields, versions and the beginning of its content', async () => {
    const server = await rawServer();
    const dialled = failure(dial(`ws://127.0.0.1:${server.port}`));
    const peer = await server.next();
    peer.write('HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13, 8\r\nX-A: 1\r\nContent-Length: 9000\r\n\r\n');
    peer.write('x'.repeat(9000));
    const error = await dialled;
    assert.deepEqual([error.phase, error.status, error.refusal?.name], ['response', 426, 'STATUS_NOT_101']);
    assert.deepEqual(error.versions, [13, 8]);
    assert.equal(error.headers?.get('x-a'), '1');
    assert.equal(Buffer.from(error.body).toString(), 'x'.repeat(4096));
    assert.match(error.message, /Expected 101; found 426 "Upgrade Required"/);
    await peer.until(({ ended }) => ended);
    server.close();
  });

  it('with a response cut short keeps what it said', async () => {
    for (const cause of [null, new Error('reset')]) {
      const [socket, other] = pipe();
      void new RawPeer(other);
      const dialled = failure(dial('ws://h/', { connect: () => socket }));
      await turns();
      other.write('HTTP/1.1 401 Unauthorized\r\nContent-Length: 100\r\n\r\nbegun');
      await turns();
      if (cause === null) other.end();
      else socket.destroy(cause);
      const error = await dialled;
      assert.deepEqual([error.status, Buffer.from(error.body).toString(), error.cause ?? null], [401, 'begun', cause]);
    }
  });

  it('because the answer is no WebSocket, wrong or none is told by the rule [6455-7.2.1-1]', async () => {
    for (const [answer, name] of [
      ['garbage\r\n\r\n', 'HTTP_VERSION_MALFORMED'],
      ['HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n', 'ACCEPT_WRONG'],
      [null, 'RESPONSE_INCOMPLETE'],
    ] as const) {
      const server = await rawServer();
      const dialled = failure(dial(`ws://127.0.0.1:${server.port}`));
      const peer = await server.next();
      await peer.until(({ text }) => text.includes('\r\n\r\n'));
      if (answer === null) peer.socket.end();
      else peer.write(answer);
      const error = await dialled;
      assert.equal(error.refusal?.name, name);
      assert.equal(error.phase, 'response');
      await peer.until(({ ended, closed }) => ended || closed);
      server.close();
    }
  });

  it('because the transport is reset is told by the network\'s error', async () => {
    const server = await rawServer();
    const dialled = failure(dial(`ws://127.0.0.1:${server.port}`));
    const peer = await server.next();
    await peer.until(({ text }) => text.includes('\r\n\r\n'));
    (peer.socket as net.Socket).resetAndDestroy();
    const error = await dialled;
    assert.deepEqual([error.phase, error.code, error.refusal], ['response', 'ECONNRESET', null]);
    server.close();
  });

  it('because the stream closes without a word is a failure too', async () => {
    const [socket, other] = pipe();
    void new RawPeer(other);
    const dialled = failure(dial('ws://h', { connect: () => socket }));
    await turns();
    socket.destroy();
    assert.match((await dialled).message, /the transport was closed/);
  });

  it('for want of an answer fails at the deadline, which covers everything, and takes the socket with it', async () => {
    const clock = new VirtualClock();
    const [socket, other] = pipe();
    const peer = new RawPeer(other);
    const dialled = failure(dial('ws://h/', { connect: () => socket, scheduler: virtualScheduler(clock), handshakeTimeout: 5000 }));
    await turns();
    clock.run(4999);
    await turns();
    assert.equal(socket.destroyed, false);
    clock.run(1);
    const error = await dialled;
    assert.equal(error.refusal?.name, 'RESPONSE_TIMEOUT');
    assert.equal(socket.destroyed, true);
    await turns();
    assert.equal(peer.closed, true);
  });

  it('at the deadline before the stream is open tells connect to stop, and closes a stream that comes late', async () => {
    const clock = new VirtualClock();
    const scheduler = virtualScheduler(clock);
    const stream = deferred<ReturnType<typeof pipe>[0]>();
    const signal = deferred<AbortSignal>();
    const dialled = failure(dial('ws://h/', { scheduler, connect: (target) => {
      signal.resolve(target.signal);
      return stream.promise;
    } }));
    const { promise } = signal;
    await promise;
    clock.run(10_000);
    const error = await dialled;
    assert.deepEqual([error.phase, error.refusal?.name], ['connect', 'RESPONSE_TIMEOUT']);
    assert.equal((await promise).aborted, true);
    const [late, other] = pipe();
    void new RawPeer(other);
    stream.resolve(late);
    await turns();
    assert.equal(late.destroyed, true);
    assert.equal(scheduler.size, 0);
  });

  it('is not troubled by a stream that fails while it is destroyed', async () => {
    const socket = new Duplex({ read() {}, write: (_c, _e, done) => done(), destroy: (_error, done) => done(new Error('not even that')) });
    const dialled = failure(dial('ws://h', { connect: () => socket }));
    await turns();
    socket.push('nothing like HTTP\r\n\r\n');
    assert.equal((await dialled).refusal?.name, 'HTTP_VERSION_MALFORMED');
    await turns();
  });

  it('because connect gives a stream that has closed already fails at once', async () => {
    const socket = await closedStream();
    assert.match((await failure(dial('ws://h', { connect: () => socket }))).message, /the transport was closed/);
  });

  it('because connect throws, rejects or gives no stream carries its reason', async () => {
    const reason = new Error('the proxy said 407');
    for (const connect of [() => { throw reason; }, () => Promise.reject(reason)]) {
      const error = await failure(dial('ws://h/', { connect }));
      assert.deepEqual([error.phase, error.cause], ['connect', reason]);
    }
    assert.match((await failure(dial('ws://h/', { connect: () => undefined as never }))).message, /connect must give a Duplex, found undefined/);
  });
});

describe('an abort', () => {
  it('before, while waiting for a turn, while connecting and while reading ends it; the cause is the reason', async () => {
    const server = await rawServer();
    const url = `ws://127.0.0.1:${server.port}`;
    assert.equal((await failure(dial(url, { signal: AbortSignal.abort('early') }))).cause, 'early');
    assert.equal(server.peers.length, 0);

    const reading = new AbortController();
    const first = failure(dial(url, { signal: reading.signal }));
    const peer = await server.next();
    await peer.until(({ text }) => text.includes('\r\n\r\n'));
    const waiting = new AbortController();
    const second = failure(dial(url, { signal: waiting.signal }));
    waiting.abort('not my turn');
    assert.equal((await second).cause, 'not my turn');
    reading.abort('enough');
    const error = await first;
    assert.deepEqual([error.cause, error.phase], ['enough', 'response']);
    await peer.until(({ ended, closed }) => ended || closed);
    assert.equal(server.peers.length, 1);
    server.close();
  });

  it('after the connection is open changes nothing, and nothing of the handshake is left', async () => {
    const server = await rawServer();
    const controller = new AbortController();
    const scheduler = virtualScheduler(new VirtualClock());
    const dialled = dial(`ws://127.0.0.1:${server.port}`, { signal: controller.signal, scheduler, keepalive: 'off' });
    await answerHandshake(await server.next(), accept);
    const { connection, socket } = await dialled;
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
    assert.equal(scheduler.size, 0);
    controller.abort();
    await turns();
    assert.equal(connection.state, 'open');
    socket.destroy();
    server.close();
  });
});

describe('§4.1: connections to one host and port', () => {
  it('are opened one after another: the next waits until the one before is open or has failed [6455-4.1-6] [6455-4.1-7] [6455-4.1-8]', async () => {
    const server = await rawServer();
    const url = `ws://127.0.0.1:${server.port}`;
    const dialled = Array.from({ length: 10 }, () => dial(url).catch((error: unknown) => error));
    for (let i = 0; i < 10; i++) {
      const peer = await server.next();
      await peer.until(({ text }) => text.includes('\r\n\r\n'));
      assert.equal(server.peers.length, i + 1, 'no other has connected');
      if (i % 3 === 2) peer.socket.destroy();
      else await answerHandshake(peer, accept);
    }
    const results = await Promise.all(dialled);
    assert.equal(results.filter((result) => result instanceof HandshakeError).length, 3);
    server.close();
  });

  it('wait by the name that was asked for where a caller\'s own way hides the address: other names do not [6455-4.1-9]', async () => {
    const asked: string[] = [];
    const connect: DialOptions['connect'] = ({ host }) => {
      asked.push(host);
      const [stream, other] = pipe();
      void new RawPeer(other);
      return stream;
    };
    const clock = new VirtualClock();
    const options = { connect, scheduler: virtualScheduler(clock) };
    const dialled = ['ws://a.example', 'ws://b.example', 'ws://a.example:81', 'ws://a.example'].map((uri) => failure(dial(uri, options)));
    await turns();
    assert.deepEqual(asked, ['a.example', 'b.example', 'a.example']);
    clock.run(10_000);
    await turns();
    assert.deepEqual(asked, ['a.example', 'b.example', 'a.example', 'a.example']);
    clock.run(10_000);
    await Promise.all(dialled);
  });

  it('are opened at once for who says so', async () => {
    const server = await rawServer();
    const dialled = Array.from({ length: 5 }, () => dial(`ws://127.0.0.1:${server.port}`, { serialize: false }));
    const peers = [];
    for (let i = 0; i < 5; i++) peers.push(await server.next());
    await Promise.all(peers.map((peer) => answerHandshake(peer, accept)));
    for (const { socket } of await Promise.all(dialled)) socket.destroy();
    server.close();
  });
});

describe('connect', () => {
  it('is told the ws or wss URI, host, port and whether TLS follows [6455-4.1-13]', async () => {
    const told: unknown[] = [];
    const connect: DialOptions['connect'] = ({ signal: _signal, ...rest }) => {
      told.push(rest);
      throw new Error('no');
    };
    for (const uri of ['http://u:p@a.example/x?y', 'https://[::1]/']) await failure(dial(uri, { connect }));
    assert.deepEqual(told, [
      { uri: 'ws://a.example/x?y', host: 'a.example', port: 80, secure: false },
      { uri: 'wss://[::1]/', host: '::1', port: 443, secure: true },
    ]);
  });

  it('may tunnel through a proxy: CONNECT first, then the handshake in the tunnel [6455-4.1-11]', async () => {
    const server = await rawServer();
    const proxy = await rawServer();
    const connect: DialOptions['connect'] = async ({ host, port }) => {
      const socket = net.connect({ host: '127.0.0.1', port: proxy.port, allowHalfOpen: true });
      socket.write(`CONNECT ${host}:${port} HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`);
      const [answer] = await once(socket, 'data') as [Buffer];
      socket.pause();
      assert.match(answer.toString(), /^HTTP\/1\.1 200/);
      return socket;
    };
    const dialled = dial(`ws://127.0.0.1:${server.port}/inner`, { connect });
    const middle = await proxy.next();
    await middle.until(({ text }) => text.includes('\r\n\r\n'));
    assert.match(middle.text, new RegExp(`^CONNECT 127\\.0\\.0\\.1:${server.port} HTTP/1\\.1\\r\\nHost: `));
    const onward = net.connect(server.port, '127.0.0.1');
    middle.write('HTTP/1.1 200 OK\r\n\r\n');
    middle.socket.pipe(onward).pipe(middle.socket);
    const peer = await server.next();
    await answerHandshake(peer, accept);
    assert.match(peer.text, /^GET \/inner HTTP\/1\.1\r\n/);
    (await dialled).terminate();
    onward.destroy();
    proxy.close();
    server.close();
  });
});

describe('options of dial', () => {
  const MISTAKES: readonly (readonly [options: object, message: RegExp])[] = [
    [{ protocol: 'x' }, /options\.protocol is not an option/],
    [{ connect: 7 }, /options\.connect must be a function/],
    [{ signal: {} }, /options\.signal must be an AbortSignal/],
    [{ serialize: 1 }, /options\.serialize must be a boolean/],
    [{ events: { txt: () => {} } }, /events\.txt is not an event/],
    [{ limits: { maxFrameSize: NaN } }, /limits\.maxFrameSize/],
    [{ handshakeTimeout: 0 }, /timeout/],
    [{ handshakeLimits: { maxHeadSize: 0 } }, /maxHeadSize/],
    [{ protocols: ['a', 'a'] }, /unique/],
    [{ headers: { 'X\r\n': '1' } }, /X/],
    [{ headers: { 'Sec-WebSocket-Key': '1' } }, /Sec-WebSocket-Key/i],
    [{ tls: { rejectUnauthorized: 'no' as never } }, /options\.tls\.rejectUnauthorized must be a boolean/],
    [{ tls: { servername: '' } }, /options\.tls\.servername/],
  ];
  for (const [options, message] of MISTAKES) {
    it(`${message.source} is told before anything happens on the network`, async () => {
      await assert.rejects(dial('wss://127.0.0.1:1/', options as DialOptions), (error: Error) => {
        assert.ok(error instanceof TypeError || error instanceof RangeError, String(error));
        assert.match(error.message, message);
        return true;
      });
    });
  }

  it('a URI that is none, credentials twice, or a certificate that is none are mistakes too', async () => {
    await assert.rejects(dial('ws:nothing'), TypeError);
    await assert.rejects(dial('ws://h:0/'), RangeError);
    await assert.rejects(dial('ws://a:b@h/', { headers: [['AUTHORIZATION', 'Bearer x']] }), { name: 'TypeError', message: /which\?/ });
    await assert.rejects(dial('wss://127.0.0.1:1/', { tls: { ca: 'x', cert: 'no certificate' } }), /PEM|no start line/i);
  });
});
