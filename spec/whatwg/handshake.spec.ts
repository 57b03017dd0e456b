// WHATWG WebSockets §2, as a script sees it: what is asked of the server, which answers fail, and that all failures look alike.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { createServer as createTlsServer } from 'node:tls';
import { HandshakeError } from '../../lib/node/handshake-error.ts';
import { WebSocket } from '../../lib/whatwg/index.ts';
import type { WebSocketOptions } from '../../lib/whatwg/index.ts';
import { frame } from '../support/frames.ts';
import type { RawPeer } from '../support/sockets.ts';
import { accept, echo, FAILED, IDENTITY, next, open, rawServing, serving, story, TRUST, turn } from './support.ts';

/** The request that a socket makes. */
async function requestOf(path: string, protocols: string[] = [], options: WebSocketOptions = {}): Promise<string> {
  const raw = await rawServing();
  const socket = new WebSocket(`ws://${path.replace('HOST', `127.0.0.1:${raw.port}`)}`, protocols, options);
  const peer = await raw.next();
  await peer.until(({ text }) => text.includes('\r\n\r\n'));
  socket.close();
  return peer.text;
}

/** What a socket tells whose server does this once the request is there. */
async function told(answer: (peer: RawPeer) => unknown, protocols: string[] = []): Promise<string[]> {
  const raw = await rawServing();
  const socket = new WebSocket(`ws://127.0.0.1:${raw.port}`, protocols);
  const all = story(socket);
  const peer = await raw.next();
  await peer.until(({ text }) => text.includes('\r\n\r\n'));
  await answer(peer);
  return all;
}

describe('the request', () => {
  it('is a GET of path and query over the http twin, with the fields of the opening handshake [whatwg-ws-2.1-1] [whatwg-ws-2.2-1] [whatwg-ws-2.2-3]', async () => {
    const request = await requestOf('HOST/a/b?c=d e#'.slice(0, -1));
    assert.match(request, /^GET \/a\/b\?c=d%20e HTTP\/1\.1\r\n/);
    assert.match(request, /\r\nHost: 127\.0\.0\.1:\d+\r\n/);
    assert.match(request, /\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: [A-Za-z0-9+/]{22}==\r\nSec-WebSocket-Version: 13\r\n/);
    assert.match(await requestOf('HOST'), /^GET \/ HTTP/);
  });

  it('lists all subprotocols in one field, in order [whatwg-ws-2.2-4]', async () => {
    assert.match(await requestOf('HOST', ['foobar', 'foobar2']), /\r\nSec-WebSocket-Protocol: foobar, foobar2\r\n/);
  });

  it('offers permessage-deflate as browsers do, and nothing where the program wants none', async () => {
    assert.match(await requestOf('HOST'), /\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n/);
    assert.doesNotMatch(await requestOf('HOST', [], { compression: 'off' }), /\r\nSec-WebSocket-Extensions:/i);
    assert.match(await requestOf('HOST', [], { compression: { serverNoContextTakeover: true } }), /; server_no_context_takeover/);
    for (const compression of ['on', null, { level: 9 }]) {
      assert.throws(() => new WebSocket('ws://example.test', [], { compression: compression as 'off' }), TypeError);
    }
  });

  it('has the credentials of the URL as Basic authentication', async () => {
    assert.match(await requestOf('foo:bar@HOST'), /\r\nAuthorization: Basic Zm9vOmJhcg==\r\n/);
  });

  it('has no Referer, and an Origin when the program names one', async () => {
    const request = await requestOf('HOST');
    assert.doesNotMatch(request, /\r\n(?:referer|origin):/i);
    assert.match(await requestOf('HOST', [], { origin: 'https://example.com' }), /\r\nOrigin: https:\/\/example\.com\r\n/);
  });

  it('has the header fields that the program adds, but none of the handshake\'s own [whatwg-fetch-2.2.2-1]', async () => {
    assert.match(await requestOf('HOST', [], { headers: { Cookie: 'a=b' } }), /\r\nCookie: a=b\r\n/);
    for (const name of ['Sec-WebSocket-Key', 'Sec-WebSocket-Protocol', 'Sec-WebSocket-Foo', 'Host', 'Connection', 'Upgrade']) {
      assert.throws(() => new WebSocket('ws://example.test', [], { headers: { [name]: 'x' } }), TypeError, name);
    }
  });

  it('goes over TLS for wss and in the clear for ws [whatwg-ws-2.1-2]', async () => {
    const raw = await rawServing(createTlsServer(IDENTITY), 'secureConnection');
    const socket = new WebSocket(`https://127.0.0.1:${raw.port}/secure`, [], TRUST);
    const all = story(socket);
    const peer = await raw.next();
    await accept(peer, '', frame({ opcode: 8 }));
    assert.match(peer.text, /^GET \/secure HTTP/);
    await peer.afterHead(6);
    peer.socket.end();
    assert.deepEqual(await all, ['open 1', 'close 3: 1005 "" clean']);
  });

  it('of two sockets to one host the second waits until the first is CONNECTING no more [whatwg-ws-2.1-3]', async () => {
    const raw = await rawServing();
    const first = new WebSocket(`ws://127.0.0.1:${raw.port}/first`);
    const second = new WebSocket(`ws://127.0.0.1:${raw.port}/second`);
    const peer = await raw.next();
    await peer.until(({ text }) => text.includes('\r\n\r\n'));
    for (let i = 0; i < 20; i++) await turn();
    assert.deepEqual([raw.peers.length, second.readyState], [1, WebSocket.CONNECTING]);
    await accept(peer);
    await next(first, 'open');
    const other = await raw.next();
    await accept(other);
    await next(second, 'open');
    assert.match(other.text, /^GET \/second/);
    first.close();
    second.close();
    for (const { socket } of raw.peers) socket.destroy();
  });
});

describe('the answer', () => {
  it('opens: OPEN, extensions and protocol set, then the open event [whatwg-ws-4-1]', async () => {
    const { url } = await serving(echo);
    const silent = await serving(echo, { compression: 'off' });
    for (const [to, extensions] of [[url, 'permessage-deflate; client_max_window_bits=12'], [silent.url, '']] as const) {
      const socket = new WebSocket(to, ['one', 'two']);
      assert.equal(socket.extensions, '', 'until it is open');
      socket.onopen = () => assert.deepEqual([socket.readyState, socket.protocol, socket.extensions], [1, 'one', extensions]);
      await next(socket, 'open');
      const closed = next(socket, 'close');
      socket.close();
      await closed;
      assert.deepEqual([socket.protocol, socket.extensions], ['one', extensions], 'and stay');
    }
  });

  it('with a Close frame in the same segment: open, then close with its code and reason, clean', async () => {
    const body = Buffer.concat([Uint8Array.of(0x03, 0xe9), Buffer.from('WebSocket is not available')]);
    const all = await told(async (peer) => {
      await accept(peer, '', frame({ opcode: 8, payload: body }));
      await peer.afterHead(8);
      peer.socket.end();
    });
    assert.deepEqual(all, ['open 1', 'close 3: 1001 "WebSocket is not available" clean']);
  });

  it('after interim responses opens all the same [whatwg-fetch-4.7-1]', async () => {
    const all = await told(async (peer) => {
      peer.write('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n');
      await accept(peer, '', frame({ opcode: 8 }));
      peer.socket.end();
    });
    assert.deepEqual(all, ['open 1', 'close 3: 1005 "" clean']);
  });

  it('101 without a subprotocol, with an empty one or several fails when some were asked for [whatwg-ws-2.2-7]', async () => {
    for (const fields of ['', 'Sec-WebSocket-Protocol: \r\n', 'Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: chat\r\n']) {
      assert.deepEqual(await told((peer) => accept(peer, fields, frame({ opcode: 1, payload: 'unheard' })), ['chat']), FAILED, fields);
    }
  });

  it('101 with a subprotocol that was not asked for, or one in another case, fails', async () => {
    assert.deepEqual(await told((peer) => accept(peer, 'Sec-WebSocket-Protocol: foobar\r\n')), FAILED);
    assert.deepEqual(await told((peer) => accept(peer, 'Sec-WebSocket-Protocol: Chat\r\n'), ['chat']), FAILED);
  });

  it('101 with a wrong Accept, Upgrade, Connection or an extension that was not offered fails [whatwg-ws-2.2-8]', async () => {
    const head = 'HTTP/1.1 101 Switching Protocols\r\n';
    for (const answer of [
      `${head}Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n`,
      `${head}Connection: Upgrade\r\n\r\n`, `${head}Upgrade: websocket\r\n\r\n`,
    ]) assert.deepEqual(await told((peer) => peer.write(answer)), FAILED);
    assert.deepEqual(await told((peer) => accept(peer, 'Sec-WebSocket-Extensions: foo\r\n')), FAILED);
  });

  it('another status fails, garbage too [whatwg-ws-2.2-6]', async () => {
    for (const answer of ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n', 'garbage\r\n\r\n']) {
      assert.deepEqual(await told((peer) => peer.write(answer)), FAILED);
    }
  });

  it('a redirect is not followed and fails [whatwg-ws-2.2-9]', async () => {
    const { url } = await serving(echo);
    const all = await told((peer) => peer.write(`HTTP/1.1 301 Moved\r\nLocation: ${url}\r\nContent-Length: 0\r\n\r\n`));
    assert.deepEqual(all, FAILED);
  });

  it('no failure can be told from another by what the standard shows: resolution, refusal, TLS, status, silence, drop [whatwg-ws-4-9]', async () => {
    const closedPort = await rawServing();
    closedPort.close();
    const untrusted = await serving(echo, { tls: IDENTITY });
    const rejecting = await serving((pending) => { pending.reject(403); });
    const dropping = await rawServing();
    void dropping.next().then(({ socket }) => socket.destroy());
    const sockets = [
      new WebSocket('ws://name.invalid/'), new WebSocket(`ws://127.0.0.1:${closedPort.port}`), new WebSocket(untrusted.url),
      new WebSocket(rejecting.url), new WebSocket(`ws://127.0.0.1:${dropping.port}`), new WebSocket('ws://127.0.0.1:25'),
    ];
    const errors = Promise.all(sockets.map((socket) => next(socket, 'error')));
    for (const all of await Promise.all(sockets.map(story))) assert.deepEqual(all, FAILED);
    // Beyond the standard the error event says what happened.
    const [, refused, , rejected] = await errors;
    assert.ok(refused?.error instanceof HandshakeError && refused.error.code === 'ECONNREFUSED');
    assert.ok(rejected?.error instanceof HandshakeError && rejected.error.status === 403);
    assert.match(rejected.message, /response failed: .*101.*403/);
  });

  it('three failures and then a good one, one after another', async () => {
    const good = await serving(echo);
    for (const answer of ['HTTP/1.1 404 Not Found\r\n\r\n', 'nothing', '']) {
      assert.deepEqual(await told((peer) => { peer.socket.end(answer); }), FAILED);
    }
    const socket = await open(good.url);
    const all = story(socket);
    socket.close(1000);
    assert.deepEqual(await all, ['close 3: 1000 "" clean']);
  });

  it('fails when it does not come within handshakeTimeout', async () => {
    const raw = await rawServing();
    const socket = new WebSocket(`ws://127.0.0.1:${raw.port}`, [], { handshakeTimeout: 1 });
    assert.deepEqual(await story(socket), FAILED);
  });
});
