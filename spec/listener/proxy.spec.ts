// A web socket through a proxy: a small CONNECT proxy between a client and a real server, plain and with TLS on either side of it.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import * as tls from 'node:tls';
import { WebSocketClient } from '../../lib/listener/client.ts';
import type { WebSocketClientOptions } from '../../lib/listener/options.ts';
import { listen } from '../../lib/node/listen.ts';
import type { Listener } from '../../lib/node/listen.ts';
import { VirtualClock } from '../support/clock.ts';
import { turns, virtualScheduler } from '../support/duplex.ts';
import { Recorder } from '../support/listener.ts';
import { rawServer } from '../support/sockets.ts';
import { certificateAuthority } from '../support/tls.ts';

const { ca, issue } = certificateAuthority();

interface ConnectProxy {
  readonly url: string;
  readonly heads: string[];
  close(): void;
}

/** A proxy that lets everybody through to `port`, whatever name they ask for. */
async function connectProxy(port: number, identity: tls.TlsOptions | null = null): Promise<ConnectProxy> {
  const heads: string[] = [];
  const sockets = new Set<net.Socket>();
  const serve = async (socket: net.Socket): Promise<void> => {
    sockets.add(socket);
    socket.on('error', () => {});
    const [head] = await once(socket, 'data') as [Buffer];
    heads.push(head.toString('latin1'));
    const onward = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    sockets.add(onward);
    onward.on('error', () => {});
    await once(onward, 'connect');
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    socket.pipe(onward).pipe(socket);
  };
  const server = identity === null
    ? net.createServer({ allowHalfOpen: true }, (socket) => { void serve(socket); })
    : tls.createServer(identity, (socket) => { void serve(socket); });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: own } = server.address() as net.AddressInfo; // it listens on a port
  return {
    url: `${identity === null ? 'http' : 'https'}://127.0.0.1:${own}`,
    heads,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

const echo = (options: Parameters<typeof listen>[0] = {}): Promise<Listener> => listen(options, (pending) => {
  const { connection } = pending.accept({ events: { text: (message) => connection.sendText(message) } });
});

/** Sends a message through and closes; what was told. */
async function conversation(url: string, options: WebSocketClientOptions): Promise<Recorder> {
  const recorder = new Recorder({ onText: (webSocket) => { webSocket.close(1000); } });
  const webSocket = new WebSocketClient({ ping: 'off', ...options }).newWebSocket({ url }, recorder);
  webSocket.send('hello');
  await recorder.ended();
  return recorder;
}

describe('through a proxy', () => {
  it('ws goes by CONNECT, and so does wss, whose name is verified through it', async () => {
    const plain = await echo();
    const secure = await echo({ tls: issue(['server.example']) });
    for (const [server, url] of [[plain, `ws://server.example:${plain.port}/chat`], [secure, `wss://server.example:${secure.port}/chat`]] as const) {
      const proxy = await connectProxy(server.port);
      const recorder = await conversation(url, { tls: { ca }, proxy: { url: proxy.url.replace('//', '//user:pass@'), headers: { 'X-A': '1' } } });
      assert.deepEqual(recorder.lines, ['open 101', 'text hello', 'closing 1000', 'closed 1000']);
      assert.equal(proxy.heads.length, 1);
      const [head = ''] = proxy.heads;
      assert.match(head, new RegExp(`^CONNECT server\\.example:${server.port} HTTP/1\\.1\\r\\n`));
      assert.match(head, /\r\nProxy-Authorization: Basic dXNlcjpwYXNz\r\nX-A: 1\r\n/);
      proxy.close();
      server.terminate();
    }
  });

  it('a server with another name is refused, in phase tls', async () => {
    const server = await echo({ tls: issue(['other.example']) });
    const proxy = await connectProxy(server.port);
    const recorder = await conversation(`wss://server.example:${server.port}`, { tls: { ca }, proxy: { url: proxy.url } });
    assert.deepEqual(recorder.lines, ['failure tls ERR_TLS_CERT_ALTNAME_INVALID']);
    proxy.close();
    server.terminate();
  });

  it('that is spoken to in TLS itself, ws and wss go as well: TLS within TLS', async () => {
    for (const secure of [false, true]) {
      const server = await echo(secure ? { tls: issue(['server.example']) } : {});
      const proxy = await connectProxy(server.port, issue(['127.0.0.1']));
      const url = `${secure ? 'wss' : 'ws'}://server.example:${server.port}`;
      const recorder = await conversation(url, { tls: { ca }, proxy: { url: proxy.url, tls: { ca } } });
      assert.deepEqual(recorder.lines, ['open 101', 'text hello', 'closing 1000', 'closed 1000']);
      proxy.close();
      server.terminate();
    }
  });

  it('that refuses fails in phase proxy, with the proxy\'s status, fields and content', async () => {
    const proxy = await rawServer();
    const recorder = new Recorder();
    new WebSocketClient({ proxy: { url: `http://127.0.0.1:${proxy.port}` } }).newWebSocket({ url: 'wss://server.example/chat' }, recorder);
    const peer = await proxy.next();
    await peer.until(({ text }) => text.includes('\r\n\r\n'));
    peer.write('HTTP/1.1 407 Who Are You\r\nProxy-Authenticate: Basic realm="p"\r\nContent-Length: 2\r\n\r\nno');
    assert.deepEqual(await recorder.ended(), ['failure proxy 407']);
    const { failure } = recorder;
    assert.deepEqual([failure?.status, failure?.headers?.get('Proxy-Authenticate'), Buffer.from(failure?.body ?? []).toString()], [407, 'Basic realm="p"', 'no']);
    assert.equal(failure?.message, `wss://server.example/chat: proxy failed: the proxy http://127.0.0.1:${proxy.port} answered 407 "Who Are You"`);
    proxy.close();
  });

  it('that redirects is not followed, nor asked again', async () => {
    for (const answer of ['302 There\r\nLocation: http://127.0.0.1', '408 Slow\r\nRetry-After: 0']) {
      const proxy = await rawServer();
      const recorder = new Recorder();
      new WebSocketClient({ proxy: { url: `http://127.0.0.1:${proxy.port}` } }).newWebSocket({ url: 'ws://server.example' }, recorder);
      const peer = await proxy.next();
      peer.write(`HTTP/1.1 ${answer}\r\nContent-Length: 0\r\n\r\n`);
      await recorder.ended();
      assert.deepEqual([recorder.failure?.phase, proxy.peers.length], ['proxy', 1]);
      proxy.close();
    }
  });

  it('that is not there, or says nothing in time, fails in phase proxy too', async () => {
    const gone = await rawServer();
    gone.close();
    const refused = new Recorder();
    new WebSocketClient({ proxy: { url: `http://127.0.0.1:${gone.port}` } }).newWebSocket({ url: 'ws://server.example' }, refused);
    assert.deepEqual(await refused.ended(), ['failure proxy ECONNREFUSED']);
    assert.match(String(refused.failure?.message), /^ws:\/\/server\.example\/: proxy failed: connect ECONNREFUSED/);

    const clock = new VirtualClock();
    const silent = await rawServer();
    const late = new Recorder();
    new WebSocketClient({ proxy: { url: `http://127.0.0.1:${silent.port}` }, scheduler: virtualScheduler(clock) }).newWebSocket({ url: 'ws://server.example' }, late);
    const peer = await silent.next();
    await peer.until(({ text }) => text.includes('\r\n\r\n'));
    await turns();
    clock.run(10_000);
    assert.deepEqual(await late.ended(), ['failure proxy RESPONSE_TIMEOUT']);
    await peer.until(({ ended, closed }) => ended || closed);
    silent.close();
  });

  it('cancelling lets go of the proxy', async () => {
    const proxy = await rawServer();
    const recorder = new Recorder();
    const webSocket = new WebSocketClient({ proxy: { url: `http://127.0.0.1:${proxy.port}` } }).newWebSocket({ url: 'ws://server.example' }, recorder);
    const peer = await proxy.next();
    await peer.until(({ text }) => text.includes('\r\n\r\n'));
    webSocket.cancel();
    assert.deepEqual(await recorder.ended(), ['failure proxy none']);
    await peer.until(({ ended, closed }) => ended || closed);
    proxy.close();
  });

  it('of the environment goes who asks for it, and only then; NO_PROXY is asked at each redirect', async (context) => {
    const before = { ...process.env };
    context.after(() => { process.env = before; });
    const server = await echo();
    const proxy = await connectProxy(server.port);
    const names = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY', 'no_proxy', 'NO_PROXY', 'REQUEST_METHOD'];
    for (const name of names) delete process.env[name];
    process.env['HTTP_PROXY'] = proxy.url;
    process.env['NO_PROXY'] = '127.0.0.1';
    assert.deepEqual((await conversation(`ws://server.example:${server.port}`, { proxy: 'environment' })).lines.at(-1), 'closed 1000');
    assert.equal(proxy.heads.length, 1);
    assert.equal((await conversation(server.url, { proxy: 'environment' })).lines.at(-1), 'closed 1000');
    assert.equal((await conversation(server.url, {})).lines.at(-1), 'closed 1000');
    const pointing = await listen({}, (pending) => { pending.reject(302, { headers: { Location: `ws://server.example:${server.port}` } }); });
    assert.equal((await conversation(pointing.url, { proxy: 'environment' })).lines.at(-1), 'closed 1000');
    assert.equal(proxy.heads.length, 2);
    proxy.close();
    server.terminate();
    pointing.terminate();
  });
});
