// WebSocket beside HTTP on one of Node's own servers: the same judge, the raw header lines, early bytes, and nothing of the server's that
// could end a connection.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { dial } from '../../lib/node/dial.ts';
import type { HandshakeError } from '../../lib/node/handshake-error.ts';
import type { OnRequest } from '../../lib/node/reception.ts';
import { upgrade } from '../../lib/node/upgrade.ts';
import type { UpgradeOptions } from '../../lib/node/upgrade.ts';
import { frame } from '../support/frames.ts';
import { requestText } from '../support/handshake.ts';
import { deferred, RawPeer } from '../support/sockets.ts';

interface Served {
  readonly server: http.Server;
  readonly port: number;
  readonly url: string;
  readonly detach: () => void;
  stop(): void;
}

async function served(options: UpgradeOptions, onRequest: OnRequest, serverOptions: http.ServerOptions = {}): Promise<Served> {
  const server = http.createServer(serverOptions, (_request, response) => { response.end('plain'); });
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  const detach = upgrade(server, options, onRequest);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    server, port, url: `ws://127.0.0.1:${port}`, detach,
    stop: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

const acceptAll: OnRequest = (pending) => {
  const { connection } = pending.accept({ events: { text: (message) => { connection.sendText(message); } } });
};

describe('upgrade', () => {
  it('takes upgrades and leaves requests to the server [6455-4.2-1]', async () => {
    const { url, port, stop } = await served({}, acceptAll);
    const transport = await dial(`${url}/chat`);
    const response = await fetch(`http://127.0.0.1:${port}/`);
    assert.equal(await response.text(), 'plain');
    transport.connection.close(1000);
    assert.equal((await transport.closed).clean, true);
    stop();
  });

  it('loses no frame that rode with the request, and answers it after an await', async () => {
    const { port, stop } = await served({}, async (pending) => {
      await new Promise((resolve) => { setImmediate(resolve); });
      acceptAll(pending);
    });
    const peer = await RawPeer.connect(port);
    const early = [frame({ opcode: 1, payload: 'a', mask: true }), frame({ opcode: 1, payload: 'b', mask: true })];
    peer.write(Buffer.concat([Buffer.from(requestText()), ...early]));
    assert.equal((await peer.afterHead(6)).toString('latin1'), '\x81\x01a\x81\x01b');
    stop();
  });

  it('does not die of a malformed frame that rode with the request', async () => {
    const { port, stop } = await served({}, (pending) => { pending.accept(); });
    const peer = await RawPeer.connect(port);
    peer.write(Buffer.concat([Buffer.from(requestText()), frame({ opcode: 3, mask: true })]));
    assert.deepEqual(await peer.afterHead(4), Buffer.from(frame({ opcode: 8, payload: Uint8Array.of(3, 234) })));
    stop();
  });

  it('judges as listen does: origin, host, key, version', async () => {
    const { port, stop } = await served({ hosts: ['server.example.com'] }, acceptAll);
    const cases: readonly (readonly [fields: Record<string, string | null>, status: string])[] = [
      [{}, '101'], [{ Origin: 'http://evil.example' }, '403'], [{ Host: 'other.example' }, '421'], [{ 'Sec-WebSocket-Version': '8' }, '426'],
      [{ 'Sec-WebSocket-Key': null }, '400'],
    ];
    for (const [fields, status] of cases) {
      const peer = await RawPeer.connect(port);
      peer.write(requestText(fields));
      await peer.until(({ text }) => text.includes('\r\n\r\n'));
      assert.equal(peer.text.slice(9, 12), status, JSON.stringify(fields));
      peer.socket.destroy();
    }
    stop();
  });

  it('sees every header line, whatever the server does to its object of them', async () => {
    for (const serverOptions of [{ joinDuplicateHeaders: true }, {}]) {
      const seen = deferred<readonly string[]>();
      const { port, stop } = await served({}, (pending) => {
        seen.resolve(pending.request.headers.all('x-n'));
        acceptAll(pending);
      }, serverOptions);
      const peer = await RawPeer.connect(port);
      peer.write(requestText({ 'X-N': Array.from({ length: 20 }, (_, i) => String(i)) }));
      await peer.until(({ text }) => text.includes('\r\n\r\n'));
      assert.match(peer.text, /^HTTP\/1\.1 101 /);
      assert.equal((await seen.promise).length, 20);
      stop();
    }
  });

  it('lives when the server drops lines of the head: what is not seen is not assumed', async () => {
    const { server, port, url, stop } = await served({}, acceptAll);
    server.maxHeadersCount = 4; // some versions of Node drop what is above, others answer 431 themselves
    const [line, ...rest] = requestText().split('\r\n');
    for (const filler of [8, 40, 90]) {
      const peer = await RawPeer.connect(port);
      peer.write([line, ...Array.from({ length: filler }, (_, i) => `X-${i}: 1`), ...rest].join('\r\n'));
      await peer.until(({ text }) => text.includes('\r\n\r\n'));
      assert.match(peer.text, filler === 8 ? /^HTTP\/1\.1 (?:101|431) / : /^HTTP\/1\.1 4\d\d /);
      peer.socket.destroy();
    }
    server.maxHeadersCount = 2000;
    (await dial(url)).terminate();
    stop();
  });

  it('refuses a key that comes twice, though an object of the header fields would show one [6455-11.3.1-2]', async () => {
    const { port, stop } = await served({}, acceptAll);
    const peer = await RawPeer.connect(port);
    peer.write(requestText({ 'Sec-WebSocket-Key': ['dGhlIHNhbXBsZSBub25jZQ==', 'dGhlIHNhbXBsZSBub25jZQ=='] }));
    await peer.until(({ text }) => text.includes('\r\n\r\n'));
    assert.match(peer.text, /^HTTP\/1\.1 400 /);
    stop();
  });

  it('switches the server\'s timeouts off for its sockets', async () => {
    const timeouts: (number | undefined)[] = [];
    const { server, url, stop } = await served({}, (pending) => { timeouts.push((pending.accept().socket as Socket).timeout); });
    server.setTimeout(50);
    const transport = await dial(url);
    assert.deepEqual(timeouts.map((timeout) => timeout ?? 0), [0]);
    transport.terminate();
    stop();
  });

  it('leaves what it is told is not for here to others', async () => {
    const { server, url, stop } = await served({ accepts: ({ url: path }) => path === '/mine' }, acceptAll);
    upgrade(server, { accepts: ({ url: path }) => path !== '/mine' }, (pending) => { pending.reject(410); });
    (await dial(`${url}/mine`)).terminate();
    await assert.rejects(dial(`${url}/other`), { status: 410 });
    stop();
  });

  it('bounds the requests that wait: more get a 503', async () => {
    const asked = deferred<void>();
    const { url, stop } = await served({ maxPending: 1 }, () => { asked.resolve(); });
    const first = dial(url, { serialize: false }).catch(() => {});
    await asked.promise;
    await assert.rejects(dial(url, { serialize: false }), (error: HandshakeError) => error.status === 503);
    stop();
    await first;
  });

  it('stops when it is told to; open connections stay', async () => {
    const { server, url, detach, stop } = await served({}, acceptAll);
    const transport = await dial(url);
    detach();
    assert.equal(server.listenerCount('upgrade'), 0);
    assert.equal(transport.connection.state, 'open');
    transport.terminate();
    stop();
  });

  it('with options that make no sense is a mistake', () => {
    const server = http.createServer();
    assert.throws(() => upgrade(server, { accepts: 7 } as never, acceptAll), { name: 'TypeError', message: /options\.accepts/ });
    assert.throws(() => upgrade(server, { port: 80 } as never, acceptAll), { name: 'TypeError', message: /options\.port/ });
  });
});
