// What Sisk's own tests promise of its WebSocket, kept here: over a port of our own and beside an HTTP server, plain and over TLS.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { dial } from '../../lib/node/dial.ts';
import type { DialOptions } from '../../lib/node/dial.ts';
import { createServer } from '../../lib/server/index.ts';
import type { Server } from '../../lib/server/index.ts';
import { Random } from '../support/random.ts';
import { deferred } from '../support/sockets.ts';
import { certificateAuthority } from '../support/tls.ts';
import { until } from './support.ts';

const { ca, issue } = certificateAuthority();
const identity = issue(['localhost', '127.0.0.1']);

/** Tells the server where to get its requests; where that is, and how to stop what is not the server's. */
type Start = (server: Server) => Promise<{ readonly url: string; stop(): void }>;

const listening = (tls?: { key: string; cert: string }): Start => async (server) => {
  const { url } = await server.listen(tls === undefined ? {} : { tls });
  return { url, stop: () => {} };
};

const attached = (scheme: string, create: () => http.Server | https.Server): Start => async (server) => {
  const httpServer = create();
  server.attach(httpServer);
  httpServer.listen(0, '127.0.0.1');
  await once(httpServer, 'listening');
  return { url: `${scheme}://127.0.0.1:${(httpServer.address() as AddressInfo).port}`, stop: () => httpServer.close() };
};

const STARTS: Readonly<Record<string, Start>> = {
  'listening, ws': listening(),
  'listening, wss': listening(identity),
  'attached to http': attached('ws', () => http.createServer()),
  'attached to https': attached('wss', () => https.createServer(identity)),
};

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The routes of Sisk's test server. */
function siskServer(): Server {
  return createServer()
    .route('/echo', async (request) => {
      const session = request.getWebSocket();
      for await (const message of session) session.send(message.kind === 'text' ? message.text : message.bytes);
    })
    .route('/checksum', async (request) => {
      const session = request.getWebSocket();
      const sum = await session.waitNext();
      const data = await session.waitNext();
      if (sum.kind !== 'message' || sum.message.kind !== 'text') return;
      if (data.kind !== 'message' || data.message.kind !== 'binary') return;
      session.send(sha256(data.message.bytes) === sum.message.text ? 'valid' : 'invalid');
      session.close();
    })
    .route('/headers', async (request) => {
      const session = request.getWebSocket();
      session.send(request.headers.get('x-test') ?? 'none');
      await session.waitForClose();
    })
    .route('/protocol', (request) => {
      const session = request.getWebSocket({ protocols: ['chat.v2', 'chat.v1'] });
      session.send(`speaks ${session.protocol}`);
      session.close();
    });
}

for (const [name, start] of Object.entries(STARTS)) {
  describe(`Sisk's promises, ${name}`, () => {
    let server: Server;
    let running: Awaited<ReturnType<Start>>;
    before(async () => {
      server = siskServer();
      running = await start(server);
    });
    after(() => {
      server.terminate();
      running.stop();
    });

    /** Sends messages and returns as many answers. */
    async function ask(path: string, messages: readonly (string | Uint8Array)[], count: number = messages.length, options: DialOptions = {}): Promise<(string | Uint8Array)[]> {
      const answers: (string | Uint8Array)[] = [];
      const all = deferred<void>();
      const note = (answer: string | Uint8Array): void => {
        answers.push(answer);
        if (answers.length === count) all.resolve();
      };
      const transport = await dial(running.url + path, { ...options, tls: { ca }, events: { text: note, binary: note } });
      for (const message of messages) {
        if (typeof message === 'string') transport.connection.sendText(message);
        else transport.connection.sendBinary(message);
      }
      await all.promise;
      transport.connection.close(1000);
      assert.equal((await transport.closed).clean, true);
      return answers;
    }

    it('text comes back', async () => {
      const texts = ['Hello, Sisk!', '', 'é€😀', 'x'.repeat(100_000)];
      assert.deepEqual(await ask('/echo', texts), texts);
    });

    it('bytes come back', async () => {
      const random = new Random(7);
      const messages = [0, 1, 1000, 200_000].map((size) => random.bytes(size));
      const answers = await ask('/echo', messages);
      messages.forEach((message, i) => assert.ok(Buffer.from(message).equals(answers[i] as Uint8Array), `message ${i}`));
    });

    it('bytes arrive as they were sent: the checksum is valid, and another is not', async () => {
      const bytes = new Random(8).bytes(150_000);
      assert.deepEqual(await ask('/checksum', [sha256(bytes), bytes], 1), ['valid']);
      assert.deepEqual(await ask('/checksum', ['0'.repeat(64), bytes], 1), ['invalid']);
    });

    it('the headers of the request can be read', async () => {
      assert.deepEqual(await ask('/headers', [], 1, { headers: { 'X-Test': 'a value' } }), ['a value']);
      assert.deepEqual(await ask('/headers', [], 1), ['none']);
    });

    it('a client that vanishes ends its session and nothing else', async () => {
      await until(() => server.sessions.size === 0);
      const transport = await dial(`${running.url}/echo`, { tls: { ca } });
      await until(() => server.sessions.size === 1);
      const [session] = server.sessions;
      transport.socket.destroy();
      const outcome = await session?.waitForClose();
      assert.deepEqual([outcome?.clean, outcome?.code, session?.state], [false, 1006, 'closed']);
      await until(() => server.sessions.size === 0);
      assert.deepEqual(await ask('/echo', ['still here']), ['still here']);
    });

    it('of the subprotocols that are spoken here the one that the client prefers is chosen [6455-4.2.2-11] [6455-4.2.2-23]', async () => {
      assert.deepEqual(await ask('/protocol', [], 1, { protocols: ['chat.v1', 'other'] }), ['speaks chat.v1']);
      assert.deepEqual(await ask('/protocol', [], 1, { protocols: ['chat.v1', 'chat.v2'] }), ['speaks chat.v1']);
    });

    it('no subprotocol in common connects without one [6455-4.2.2-12] [6455-4.2.2-13]', async () => {
      assert.deepEqual(await ask('/protocol', [], 1, { protocols: ['other'] }), ['speaks ']);
      assert.deepEqual(await ask('/protocol', [], 1), ['speaks ']);
    });
  });
}
