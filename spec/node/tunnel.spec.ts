// The way through a proxy, which is played by hand: what it is asked, what becomes of what it says, and that no way of failing leaves a
// socket behind.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import type { ConnectTarget } from '../../lib/node/client-opening.ts';
import { parseProxy } from '../../lib/node/proxy.ts';
import type { ProxyOptions } from '../../lib/node/proxy.ts';
import { Tunnel } from '../../lib/node/tunnel.ts';
import { rawServer } from '../support/sockets.ts';
import type { RawPeer, RawServer } from '../support/sockets.ts';
import { certificateAuthority } from '../support/tls.ts';

const target = (changes: Partial<ConnectTarget> = {}): ConnectTarget =>
  ({ uri: 'ws://h.example/', host: 'h.example', port: 80, secure: false, signal: new AbortController().signal, ...changes });

interface Attempt {
  readonly proxy: RawServer;
  readonly tunnel: Tunnel;
  readonly opened: Promise<Duplex>;
  readonly peer: RawPeer;
}

async function attempt(options: Partial<ProxyOptions> = {}, to: ConnectTarget = target()): Promise<Attempt> {
  const proxy = await rawServer();
  const tunnel = new Tunnel(parseProxy({ url: `http://127.0.0.1:${proxy.port}`, ...options }));
  const opened = tunnel.open(to);
  const peer = await proxy.next();
  await peer.until(({ text }) => text.endsWith('\r\n\r\n'));
  return { proxy, tunnel, opened, peer };
}

/** What the tunnel fails with when the proxy says this; the socket is gone then. */
async function failure(answer: (peer: RawPeer) => void): Promise<{ readonly tunnel: Tunnel; readonly message: string }> {
  const { proxy, tunnel, opened, peer } = await attempt();
  answer(peer);
  const error = await opened.then(() => assert.fail('it opened'), (reason: Error) => reason);
  await peer.until(({ ended, closed }) => ended || closed);
  proxy.close();
  assert.equal(tunnel.opened, false);
  return { tunnel, message: error.message.replace(/:\d+/, ':PORT') };
}

describe('a tunnel', () => {
  it('is asked for with CONNECT, host and port, Host, and the fields that were chosen', async () => {
    for (const [to, authority] of [[target(), 'h.example:80'], [target({ host: '::1', port: 443 }), '[::1]:443']] as const) {
      const { proxy, opened, peer } = await attempt({ headers: { 'X-A': '1' }, authorization: 'Bearer x' }, to);
      assert.equal(peer.text, `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\nProxy-Authorization: Bearer x\r\nX-A: 1\r\n\r\n`);
      peer.write('HTTP/1.1 200 OK\r\n\r\n');
      (await opened).destroy();
      proxy.close();
    }
  });

  it('opens with any 2xx after interim responses, whatever its fields announce, and keeps what follows the head', async () => {
    const { proxy, tunnel, opened, peer } = await attempt();
    peer.write('HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.0 204 Fine\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\nfollows');
    const stream = await opened;
    assert.equal(tunnel.opened, true);
    const [chunk] = await once(stream.resume(), 'data') as [Buffer];
    assert.equal(chunk.toString(), 'follows');
    peer.write('more');
    assert.equal(String((await once(stream, 'data'))[0]), 'more');
    assert.deepEqual(['data', 'end', 'close'].map((event) => stream.listenerCount(event)), [0, 1, 0], 'no listener of the tunnel stays but the one for errors');
    stream.emit('error', new Error('nobody\'s'));
    stream.destroy();
    proxy.close();
  });

  it('opens at any chunking of the answer', async () => {
    const { proxy, opened, peer } = await attempt();
    for (const character of 'HTTP/1.1 200 Connection established\r\nVia: p\r\n\r\n') {
      peer.write(character);
      await new Promise((resolve) => { setImmediate(resolve); });
    }
    (await opened).destroy();
    proxy.close();
  });

  it('refused says with which status, fields and content', async () => {
    const { tunnel, message } = await failure((peer) => {
      peer.write('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 5\r\n\r\nwh');
      setImmediate(() => peer.write('o?!'));
    });
    assert.equal(message, 'the proxy http://127.0.0.1:PORT answered 407 "Proxy Authentication Required"');
    assert.deepEqual([tunnel.refusal?.status, tunnel.refusal?.headers.get('Proxy-Authenticate'), Buffer.from(tunnel.content).toString()], [407, 'Basic', 'who?!']);
  });

  it('refused keeps 4,096 bytes of the content, or what comes before the end; a coded content is not waited for', async () => {
    const long = await failure((peer) => peer.write(`HTTP/1.1 403 No\r\n\r\n${'x'.repeat(5000)}`));
    assert.equal(long.tunnel.content.length, 4096);
    const cut = await failure((peer) => peer.socket.end('HTTP/1.1 502 No\r\nContent-Length: 100\r\n\r\nbegun'));
    assert.deepEqual([cut.tunnel.refusal?.status, Buffer.from(cut.tunnel.content).toString()], [502, 'begun']);
    const coded = await failure((peer) => peer.write('HTTP/1.1 502 No\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegun'));
    assert.deepEqual([coded.tunnel.refusal?.status, coded.tunnel.content.length], [502, 0]);
    const empty = await failure((peer) => peer.write('HTTP/1.1 302 There\r\nContent-Length: 0\r\nLocation: http://h\r\n\r\n'));
    assert.equal(empty.tunnel.refusal?.status, 302);
  });

  it('fails for an answer that is none, too long or never final, and for an end without one', async () => {
    assert.match((await failure((peer) => peer.write('SSH-2.0-OpenSSH\r\n'))).message, /gave no answer that is HTTP: HTTP_VERSION_MALFORMED/);
    assert.match((await failure((peer) => peer.write(`HTTP/1.1 200 OK\r\nA: ${'b'.repeat(9000)}`))).message, /LINE_TOO_LONG/);
    assert.match((await failure((peer) => peer.write('HTTP/1.1 100 Continue\r\n\r\n'.repeat(9)))).message, /gives interim responses only/);
    assert.match((await failure((peer) => peer.socket.end())).message, /ended the connection without an answer/);
    assert.match((await failure((peer) => peer.socket.end('HTTP/1.1 2'))).message, /ended the connection without an answer/);
  });

  it('fails with the network\'s error', async () => {
    const proxy = await rawServer();
    proxy.close();
    await assert.rejects(new Tunnel(parseProxy({ url: `http://127.0.0.1:${proxy.port}` })).open(target()), { code: 'ECONNREFUSED' });
  });

  it('is given up when the signal says so, before and meanwhile', async () => {
    await assert.rejects(new Tunnel(parseProxy({ url: 'http://127.0.0.1:1' })).open(target({ signal: AbortSignal.abort() })), /given up/);
    const controller = new AbortController();
    const { proxy, opened, peer } = await attempt({}, target({ signal: controller.signal }));
    controller.abort();
    await assert.rejects(opened, /given up/);
    await peer.until(({ ended, closed }) => ended || closed);
    proxy.close();
  });
});

describe('an https proxy', () => {
  const { ca, issue } = certificateAuthority();

  it('is spoken to in TLS, and verified by its own name', async () => {
    for (const [names, options, code] of [
      [['127.0.0.1'], { ca }, null], [['proxy.example'], { ca, servername: 'proxy.example' }, null],
      [['other.example'], { ca }, 'ERR_TLS_CERT_ALTNAME_INVALID'], [['127.0.0.1'], {}, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ] as const) {
      const proxy = await rawServer(tls.createServer(issue(names)), 'secureConnection');
      const opened = new Tunnel(parseProxy({ url: `https://127.0.0.1:${proxy.port}`, tls: options })).open(target());
      if (code === null) {
        const peer = await proxy.next();
        await peer.until(({ text }) => text.endsWith('\r\n\r\n'));
        peer.write('HTTP/1.1 200 OK\r\n\r\n');
        (await opened).destroy();
      } else {
        await assert.rejects(opened, { code });
      }
      proxy.close();
    }
  });
});
