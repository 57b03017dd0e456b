// The server as a whole: where its requests come from, what a handler sees and answers, broadcasts, and how all of it ends.

import { once } from 'node:events';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { dial } from '../../lib/node/dial.ts';
import type { DialOptions } from '../../lib/node/dial.ts';
import { HandshakeError } from '../../lib/node/handshake-error.ts';
import type { Scheduler } from '../../lib/node/scheduler.ts';
import type { Transport } from '../../lib/node/transport.ts';
import { createServer, prepare } from '../../lib/server/index.ts';
import type { CreateServerOptions, Handler, Server, Session, UpgradeRequest } from '../../lib/server/index.ts';
import { VirtualClock } from '../support/clock.ts';
import { turns, virtualScheduler } from '../support/duplex.ts';
import { requestText } from '../support/handshake.ts';
import { deferred, RawPeer, uncaughtDuring } from '../support/sockets.ts';
import { pair, until } from './support.ts';

/** The status of the answer: 101 for a connection, which is ended again. */
async function statusOf(url: string, options: DialOptions = {}): Promise<number | null> {
  try {
    (await dial(url, options)).terminate();
    return 101;
  } catch (error) {
    if (error instanceof HandshakeError) return error.status;
    throw error;
  }
}

/** A server that listens with one handler for everything, for as long as `use` takes. */
async function serving<T>(handler: Handler, use: (url: string, server: Server) => Promise<T>, options: CreateServerOptions = {}): Promise<T> {
  const server = createServer(options).route('*', handler);
  const { url } = await server.listen();
  try {
    return await use(url, server);
  } finally {
    server.terminate();
  }
}

const accept: Handler = (request) => void request.accept();

describe('a request', () => {
  it('shows what was asked for', async () => {
    const requests: UpgradeRequest[] = [];
    await serving((request) => {
      requests.push(request);
      request.accept();
    }, async (url) => {
      await statusOf(`${url}/a%20b/c?x=1&y=%26&x=2`, { headers: { 'X-A': '1' }, protocols: ['p', 'q'], origin: url.replace('ws', 'http') });
      const [request] = requests;
      assert.ok(request !== undefined);
      assert.deepEqual([request.method, request.path, request.params['*']], ['GET', '/a%20b/c', 'a b/c']);
      assert.deepEqual([...request.query], [['x', '1'], ['y', '&'], ['x', '2']]);
      assert.deepEqual([request.headers.get('x-a'), request.host, request.origin], ['1', url.slice(5), url.replace('ws', 'http')]);
      assert.deepEqual([request.protocols, request.remoteAddress, request.secure, request.decided], [['p', 'q'], '127.0.0.1', false, true]);
      assert.equal(request.session?.path, '/a%20b/c');
      await statusOf(url);
      assert.deepEqual([requests[1]?.path, requests[1]?.origin, [...requests[1]?.query ?? [1]]], ['/', null, []]);
    });
  });

  it('is accepted at once or after an await, with headers of its own', async () => {
    await serving(async (request) => {
      if (request.path === '/later') await turns(3);
      request.getWebSocket({ headers: { 'X-Server': 'yes' } });
    }, async (url) => {
      for (const path of ['/now', '/later']) {
        const client = await dial(url + path);
        assert.equal(client.head?.headers.get('x-server'), 'yes');
        client.terminate();
      }
    });
  });

  it('is rejected with a status, headers and a body [6455-4.2.2-4] [6455-4.2.2-7]', async () => {
    await serving(async (request) => {
      await turns(1);
      assert.equal(request.reject(401, { headers: { 'WWW-Authenticate': 'Bearer' }, body: 'who are you?' }), true);
      assert.equal(request.session, null);
      assert.throws(() => request.accept(), /was decided on already/);
      assert.throws(() => request.reject(403), /was decided on already/);
    }, async (url) => {
      await assert.rejects(dial(url), (error: HandshakeError) => {
        assert.deepEqual([error.status, error.headers?.get('www-authenticate'), Buffer.from(error.body).toString()], [401, 'Bearer', 'who are you?']);
        return true;
      });
    });
  });

  it('for which there is no route gets a 404, also one whose path makes no sense [6455-4.2.2-10]', async () => {
    const server = createServer().route('/chat', accept).route('/rooms/:room', accept);
    const { url } = await server.listen();
    const statuses = await Promise.all(['/chat', '/rooms/a', '/rooms', '/', '/rooms/%ff', '/chat?x=%'].map((path) => statusOf(url + path)));
    assert.deepEqual(statuses, [101, 101, 404, 404, 404, 101]);
    server.terminate();
  });

  it('whose client has left before the answer is told by its signal, and accepting it does no harm', async () => {
    const asked = deferred<UpgradeRequest>();
    await serving(asked.resolve, async (url, server) => {
      const peer = await RawPeer.connect(Number(url.split(':')[2]));
      peer.write(requestText({ Host: url.slice(5) }));
      const request = await asked.promise;
      const { signal } = request;
      assert.equal(signal.aborted, false);
      peer.socket.destroy();
      await until(() => signal.aborted);
      const session = request.accept({ onReceive: () => {} });
      assert.equal(session.send('nobody is there'), 'refused');
      assert.equal((await session.closed).clean, false);
      await until(() => server.sessions.size === 0);
    });
  });

  it('whose handler throws gets a 500, or its session ends with 1011, and the exception surfaces [6455-7.4.1-12]', async () => {
    const uncaught = await uncaughtDuring(async () => {
      await serving(async (request) => {
        if (request.path === '/before') throw new Error('before');
        const session = request.accept();
        session.send('sent before');
        await session.waitNext();
        throw new Error('after');
      }, async (url) => {
        assert.equal(await statusOf(`${url}/before`), 500);
        const texts: string[] = [];
        const client = await dial(`${url}/after`, { events: { text: (message) => texts.push(message) } });
        client.connection.sendText('go');
        const { code, clean } = await client.closed;
        assert.deepEqual([code, clean, texts], [1011, true, ['sent before']]);
        await turns(2);
      });
    });
    assert.deepEqual(uncaught.map(String), ['Error: before', 'Error: after']);
  });

  it('of a foreign origin does not reach a handler [6455-10.2-1] [6455-10.2-2]', async () => {
    await serving(() => assert.fail('it was asked'), async (url) => {
      assert.equal(await statusOf(url, { origin: 'http://evil.example' }), 403);
    });
    await serving(accept, async (url) => {
      assert.equal(await statusOf(url, { origin: 'https://good.example' }), 101);
    }, { origin: ['https://good.example'] });
  });
});

describe('where requests come from', () => {
  it('more than one port and HTTP server at once', async () => {
    const server = createServer().route('*', accept);
    const [one, two] = [await server.listen(), await server.listen({ port: 0, host: '127.0.0.1' })];
    const httpServer = http.createServer((_request, response) => { response.end('still HTTP'); }).listen(0, '127.0.0.1');
    await once(httpServer, 'listening');
    const { port } = httpServer.address() as AddressInfo;
    const detach = server.attach(httpServer, { accepts: ({ url }) => url !== '/other' });
    httpServer.on('upgrade', ({ url }, socket) => {
      if (url === '/other') socket.end('HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    });
    const urls = [one.url, two.url, `ws://127.0.0.1:${port}/`];
    assert.deepEqual(await Promise.all(urls.map((url) => statusOf(url))), [101, 101, 101]);
    assert.equal(await statusOf(`ws://127.0.0.1:${port}/other`), 418);
    assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'still HTTP');
    const open = await dial(`ws://127.0.0.1:${port}/`);
    detach();
    assert.equal(httpServer.listenerCount('upgrade'), 1);
    assert.equal(open.connection.state, 'open');
    open.terminate();
    server.terminate();
    httpServer.closeAllConnections();
    httpServer.close();
  });

  it('no more of them than maxSessions at once: the next gets a 503', async () => {
    const requests: UpgradeRequest[] = [];
    await serving((request) => { requests.push(request); }, async (url, server) => {
      const first = dial(url, { serialize: false });
      await until(() => requests.length === 1);
      const second = statusOf(url, { serialize: false });
      await until(() => requests.length === 2);
      assert.equal(await statusOf(url, { serialize: false }), 503);
      requests[0]?.accept();
      requests[1]?.reject(403);
      const client = await first;
      assert.equal(await second, 403);
      const third = dial(url, { serialize: false });
      await until(() => requests.length === 3);
      requests[2]?.accept();
      (await third).terminate();
      await until(() => server.sessions.size === 1);
      client.terminate();
    }, { maxSessions: 2 });
  });

  it('sessions have the server’s settings, and what their acceptance says instead', async () => {
    const { session, client, hear, end } = await pair({
      server: { limits: { maxMessageSize: 10, maxQueueSize: 100 }, maxUnreadMessages: 1, fragmentSize: 1 },
      accept: { limits: { maxMessageSize: 20 }, maxUnreadMessages: 2 },
    });
    for (let i = 0; i < 4; i++) client.connection.sendText('15 bytes of it.');
    await until(() => session.counters.messagesReceived === 2);
    await turns(5);
    assert.equal(session.counters.messagesReceived, 2);
    assert.equal(session.send('x'.repeat(101)), 'refused');
    session.send('ab');
    assert.deepEqual(await hear(1), ['text ab']);
    end();
  });

  const MISTAKES: readonly (readonly [options: object, message: RegExp])[] = [
    [{ maxSesions: 1 }, /options\.maxSesions is not an option/], [{ maxSessions: 0 }, /options\.maxSessions/], [{ port: 1 }, /options\.port is not an option/],
    [{ fragmentSize: 0.5 }, /options\.fragmentSize/], [{ origin: 'same-hots' }, /origin policy/], [{ limits: { maxMesageSize: 1 } }, /limits\.maxMesageSize/],
    [{ handshakeTimeout: -1 }, /timeout/],
  ];
  it('mistakes are told when the server is made, a route added or a port asked for', async () => {
    for (const [options, message] of MISTAKES) assert.throws(() => createServer(options as CreateServerOptions), message);
    assert.throws(() => createServer().route('/a', 'handler' as never), /^TypeError: a handler must be a function, found string/);
    assert.throws(() => createServer().route('a', accept), /begins with a slash/);
    await assert.rejects(createServer().listen({ prt: 1 } as never), /options\.prt is not an option/);
    assert.throws(() => createServer().attach(http.createServer(), { path: '/' } as never), /options\.path is not an option/);
    await serving(accept, async (url) => {
      await assert.rejects(createServer().listen({ port: Number(url.split(':')[2]) }), { code: 'EADDRINUSE' });
    });
  });
});

describe('a broadcast', () => {
  it('frames a message once and sends it to every session, and says how each took it', async () => {
    await serving(accept, async (url, server) => {
      const heard: string[][] = [];
      const clients: Transport[] = [];
      for (let i = 0; i < 5; i++) {
        const mine: string[] = [];
        heard.push(mine);
        clients.push(await dial(url, { events: { text: (message) => mine.push(message), binary: ({ length }) => mine.push(`${length} bytes`) } }));
      }
      await until(() => server.sessions.size === 5);
      assert.deepEqual(server.broadcast(server.sessions, 'é to all'), { queued: 5, 'high-water': 0, refused: 0 });
      assert.deepEqual(server.broadcast(server.sessions, new Uint8Array(300_000)), { queued: 0, 'high-water': 5, refused: 0 });
      const [first] = server.sessions;
      first?.close();
      assert.deepEqual(server.broadcast(server.sessions, prepare('prepared')), { queued: 0, 'high-water': 4, refused: 1 });
      assert.deepEqual(server.broadcast([], 'nobody'), { queued: 0, 'high-water': 0, refused: 0 });
      await until(() => heard.every((mine, i) => mine.length === (i === 0 ? 2 : 3)));
      assert.deepEqual(heard[4], ['é to all', '300000 bytes', 'prepared']);
      for (const client of clients) client.terminate();
    });
  });
});

describe('the end of a server', () => {
  /** A server under virtual time with so many clients. */
  async function busy(count: number): Promise<{ server: Server; url: string; clients: Transport[]; clock: VirtualClock; scheduler: Scheduler; undecided: UpgradeRequest[] }> {
    const clock = new VirtualClock();
    const scheduler = virtualScheduler(clock);
    const undecided: UpgradeRequest[] = [];
    const server = createServer({ scheduler, keepalive: 'off', closeTimeout: 60_000 })
      .route('/', (request) => void request.accept({ onReceive: () => {} }))
      .route('/undecided', (request) => { undecided.push(request); });
    const { url } = await server.listen();
    const clients: Transport[] = [];
    for (let i = 0; i < count; i++) clients.push(await dial(url));
    await until(() => server.sessions.size === count);
    return { server, url, clients, clock, scheduler, undecided };
  }

  it('shutdown() closes every session with 1001, after what was sent, and tells how many [6455-7.4.1-1]', async () => {
    const { server, clients, scheduler } = await busy(3);
    server.broadcast(server.sessions, 'last words');
    assert.deepEqual(await server.shutdown({ reason: 'restart' }), { closed: 3, terminated: 0 });
    for (const client of clients) {
      const { code, reason, clean } = await client.closed;
      assert.deepEqual([code, reason, clean], [1001, 'restart', true]);
    }
    assert.equal(server.sessions.size, 0);
    await until(() => scheduler.size === 0); // nothing is left to wait for, the ten seconds neither
    assert.deepEqual(await server.shutdown(), { closed: 0, terminated: 0 });
  });

  it('shutdown() ends at once who has not closed in time', async () => {
    const { server, clients, clock } = await busy(3);
    clients[0]?.connection.pause();
    clients[1]?.connection.pause();
    const done = server.shutdown({ code: 4000, within: 5000 });
    let result: unknown = null;
    void done.then((value) => { result = value; });
    await until(() => server.sessions.size === 2);
    clock.run(4999);
    await turns(5);
    assert.equal(result, null);
    clock.run(1);
    assert.deepEqual(await done, { closed: 1, terminated: 2 });
    for (const client of clients) client.terminate();
  });

  it('shutdown() gives a 503 to who comes meanwhile and to who waits for an answer, and then listens no more', async () => {
    const { server, url, clients, clock, undecided } = await busy(1);
    clients[0]?.connection.pause();
    const waiting = statusOf(`${url}/undecided`, { serialize: false });
    await until(() => undecided.length === 1);
    const { signal } = undecided[0] as UpgradeRequest; // it has come
    const done = server.shutdown({ within: 1000 });
    assert.equal(await waiting, 503);
    assert.match(String(signal.reason), /the server closes/);
    const late: Session | undefined = undecided[0]?.accept();
    assert.equal(late?.send('too late'), 'refused');
    assert.equal(await statusOf(url), 503);
    clock.run(1000);
    assert.deepEqual(await done, { closed: 0, terminated: 1 });
    await assert.rejects(dial(url), (error: HandshakeError) => error.code === 'ECONNREFUSED');
    await assert.rejects(server.listen(), /the server was closed/);
    assert.throws(() => server.attach(http.createServer()), /the server was closed/);
    clients[0]?.terminate();
  });

  it('shutdown() of an attached server leaves the HTTP server alone', async () => {
    const httpServer = http.createServer().listen(0, '127.0.0.1');
    await once(httpServer, 'listening');
    const server = createServer().route('/', accept);
    server.attach(httpServer);
    const url = `ws://127.0.0.1:${(httpServer.address() as AddressInfo).port}`;
    const client = await dial(url);
    const result = server.shutdown();
    assert.equal(await statusOf(url), 503);
    assert.deepEqual(await result, { closed: 1, terminated: 0 });
    assert.equal((await client.closed).code, 1001);
    assert.equal(httpServer.listenerCount('upgrade'), 0);
    assert.equal(httpServer.listening, true);
    httpServer.close();
  });

  it('shutdown() refuses options that make no sense, and does nothing then', async () => {
    const { server, clients } = await busy(1);
    await assert.rejects(server.shutdown({ code: 1005 }), RangeError);
    await assert.rejects(server.shutdown({ within: -1 }), /options\.within/);
    await assert.rejects(server.shutdown({ timeout: 1 } as never), /options\.timeout is not an option/);
    assert.equal(server.sessions.size, 1);
    clients[0]?.terminate();
    server.terminate();
  });

  it('close() stops listening, turns away who waits and leaves open sessions; terminate() ends them', async () => {
    const { server, url, clients, undecided } = await busy(2);
    const waiting = statusOf(`${url}/undecided`, { serialize: false });
    await until(() => undecided.length === 1);
    server.close();
    server.close();
    assert.equal(await waiting, 503);
    await assert.rejects(dial(url), HandshakeError);
    assert.equal(server.sessions.size, 2);
    server.terminate();
    for (const client of clients) assert.equal((await client.closed).code, 1006);
    await until(() => server.sessions.size === 0);
  });

  it('a server that was closed while it began to listen does not listen', async () => {
    const server = createServer();
    const listening = server.listen();
    server.close();
    const { port } = await listening;
    await assert.rejects(RawPeer.connect(port), { code: 'ECONNREFUSED' });
  });
});
