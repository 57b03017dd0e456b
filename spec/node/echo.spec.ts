// Real sockets, both roles, every kind of message, plain and over TLS, by listen and beside an HTTP server: what goes in comes out.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { dial } from '../../lib/node/dial.ts';
import type { DialOptions } from '../../lib/node/dial.ts';
import { listen } from '../../lib/node/listen.ts';
import type { OnRequest } from '../../lib/node/reception.ts';
import { upgrade } from '../../lib/node/upgrade.ts';
import { Random } from '../support/random.ts';
import { deferred } from '../support/sockets.ts';
import { certificateAuthority } from '../support/tls.ts';

const { ca, issue } = certificateAuthority();
const identity = issue(['localhost', '127.0.0.1']);

const echo: OnRequest = (pending) => {
  const { connection } = pending.accept({
    events: {
      text: (message) => { connection.sendText(message); },
      binary: (message) => { connection.sendBinary(message); },
    },
  });
};

/** A server that echoes: where it is, and how to stop it. */
interface Echo {
  readonly url: string;
  stop(): void;
}

async function upgraded(server: http.Server | https.Server, scheme: string): Promise<Echo> {
  upgrade(server, {}, echo);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`, stop: () => server.close() };
}

async function listening(tls?: { key: string; cert: string }): Promise<Echo> {
  const listener = await listen(tls === undefined ? {} : { tls }, echo);
  return { url: listener.url, stop: () => { void listener.close(); } };
}

const SERVERS: Readonly<Record<string, () => Promise<Echo>>> = {
  'listen, ws': () => listening(),
  'listen, wss': () => listening(identity),
  'upgrade, http': () => upgraded(http.createServer(), 'ws'),
  'upgrade, https': () => upgraded(https.createServer(identity), 'wss'),
};

const TEXTS = ['', 'a', 'é€😀', 'x'.repeat(125), 'y'.repeat(126), 'é'.repeat(40_000), '😀'.repeat(100_000)];

describe('§10.6: an echo over real sockets', () => {
  for (const [name, start] of Object.entries(SERVERS)) {
    it(`${name}: every message comes back, in order, and the connection closes cleanly [6455-10.6-1]`, async () => {
      const server = await start();
      const random = new Random(42);
      const binaries = [0, 1, 125, 126, 65_535, 65_536, 300_000].map((size) => random.bytes(size));
      const heard: (string | Uint8Array)[] = [];
      const all = deferred<void>();
      const note = (message: string | Uint8Array): void => {
        heard.push(message);
        if (heard.length === TEXTS.length + binaries.length) all.resolve();
      };
      const options: DialOptions = { tls: { ca }, events: { text: note, binary: note } };
      const transport = await dial(`${server.url}/echo`, options);
      for (const message of TEXTS) transport.connection.sendText(message);
      for (const message of binaries) transport.connection.sendBinary(message);
      await all.promise;
      assert.deepEqual(heard.slice(0, TEXTS.length), TEXTS);
      binaries.forEach((sent, i) => assert.ok(Buffer.from(sent).equals(heard[TEXTS.length + i] as Uint8Array)));
      transport.connection.close(1000, 'done');
      const outcome = await transport.closed;
      assert.deepEqual([outcome.clean, outcome.code], [true, 1000]);
      server.stop();
    });
  }

  it('a fragmented message and its control frames arrive in order', async () => {
    const server = await listening();
    const events: string[] = [];
    const done = deferred<void>();
    const transport = await dial(server.url, {
      events: {
        text: (message) => {
          events.push(message);
          done.resolve();
        },
        pong: (payload) => { events.push(`pong ${Buffer.from(payload).toString()}`); },
      },
    });
    transport.connection.sendFragment('text', Buffer.from('one '), false);
    transport.connection.sendPing(Buffer.from('ping'));
    transport.connection.sendFragment('text', Buffer.from('two'), true);
    await done.promise;
    assert.deepEqual(events, ['pong ping', 'one two']);
    transport.terminate();
    server.stop();
  });

  it('pieces reach a sink that asks for them, as they come', async () => {
    const server = await listening();
    const pieces: [number, boolean][] = [];
    const done = deferred<void>();
    const ignore = (): void => {};
    const transport = await dial(server.url, {
      events: {
        payload: ({ start, end, last }) => {
          pieces.push([end - start, last]);
          if (last) done.resolve();
        },
        ping: ignore, pong: ignore, closing: ignore, drained: ignore, closed: ignore,
      },
    });
    transport.connection.sendBinary(new Uint8Array(1_000_000));
    await done.promise;
    assert.ok(pieces.length > 1);
    assert.equal(pieces.reduce((sum, [size]) => sum + size, 0), 1_000_000);
    assert.deepEqual(pieces.map(([, last]) => last), pieces.map((_, i) => i === pieces.length - 1));
    transport.terminate();
    server.stop();
  });
});
