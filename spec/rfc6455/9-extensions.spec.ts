// RFC 6455 §5.8, §9 and what §8.1 and §7.1.4 say of the opening handshake: what both sides agree on before the first frame.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClientHandshake } from '../../lib/core/handshake/client.ts';
import type { Extension } from '../../lib/core/handshake/extensions.ts';
import { ServerHandshake } from '../../lib/core/handshake/server.ts';
import { dial, HandshakeError, listen } from '../../lib/node/index.ts';
import { hex, latin1 } from '../support/bytes.ts';
import { eachChunking } from '../support/chunking.ts';
import { requestText, responseText, samplePlatform } from '../support/handshake.ts';
import { expectTranscript } from '../support/transcript.ts';

const OFFER: readonly Extension[] = [{ name: 'x-mark', parameters: [['level', '3']] }];

function clientOffering(extensions: readonly Extension[]): ClientHandshake {
  return new ClientHandshake({
    platform: samplePlatform(), host: 'server.example.com', port: 80, secure: false, resource: '/chat', extensions,
  });
}

function serverReading(head: string): ServerHandshake {
  const handshake = new ServerHandshake({ platform: samplePlatform() });
  handshake.receive(latin1(head));
  return handshake;
}

describe('§5.8, §9: extensions', () => {
  it('§5.8: what was not negotiated in the opening handshake is not in use: a bit that an extension would define fails the connection [6455-5.8-1]', () => {
    expectTranscript('client', hex('c1 02 6869'), ['closed 1006 RSV_NOT_NEGOTIATED @0', 'send 88 02 03ea']);
  });

  it('§9.1: a client that offered an extension uses it only if the server says so [6455-9.1-7]', () => {
    eachChunking(latin1(responseText()), (chunks) => {
      const silent = clientOffering(OFFER);
      for (const chunk of chunks) silent.receive(chunk);
      assert.ok(silent.result?.kind === 'open');
      assert.deepEqual(silent.result.extensions, []);
    });
    const agreeing = clientOffering(OFFER);
    agreeing.receive(latin1(responseText({ 'Sec-WebSocket-Extensions': 'x-mark; level=2' })));
    assert.ok(agreeing.result?.kind === 'open');
    assert.deepEqual(agreeing.result.extensions, [{ name: 'x-mark', parameters: [['level', '2']] }]);
  });

  it('§9: a server puts an extension in use only by naming it in its answer, of those that were offered', () => {
    const head = requestText({ 'Sec-WebSocket-Extensions': 'x-mark; level=3' });
    const without = serverReading(head);
    without.accept();
    assert.ok(!Buffer.from(without.takeOutput() ?? []).includes('Extensions'));
    const other = serverReading(head);
    assert.throws(() => other.accept({ extensions: [{ name: 'x-other', parameters: [] }] }), TypeError);
  });
});

describe('§8.1, §7.1.4: the opening handshake', () => {
  it('§8.1: bytes that are no UTF-8 where text is wanted fail the opening handshake too, on both sides [6455-8.1-3]', () => {
    for (const bytes of ['\xff', '\xc3\xa9', '\xed\xa0\x80']) {
      const server = serverReading(requestText({ 'Sec-WebSocket-Protocol': `chat${bytes}` }));
      assert.equal(server.state, 'refused');
      assert.equal(server.response?.status, 400);
      const client = clientOffering([]);
      client.receive(latin1(responseText({ 'Sec-WebSocket-Protocol': `chat${bytes}` })));
      assert.equal(client.result?.kind, 'failed');
    }
  });

  it('§7.1.4: a connection that could not be established is closed, not cleanly, and was never open [6455-7.1.4-2]', async () => {
    const events: string[] = [];
    const server = await listen({}, (pending) => void pending.reject(403));
    const dialled = dial(server.url, { events: { closing: () => events.push('closing'), closed: ({ clean }) => events.push(`closed ${clean}`) } });
    await assert.rejects(dialled, (error) => error instanceof HandshakeError && error.status === 403);
    assert.deepEqual(events, []);
    server.terminate();

    const late = await new Promise<boolean>((resolve, reject) => {
      listen({}, (pending) => {
        pending.signal.addEventListener('abort', () => resolve(pending.accept().closed.then(({ clean }) => clean)));
        controller.abort();
      }).then((second) => {
        dial(second.url, { signal: controller.signal }).catch(() => {}).finally(() => second.terminate());
      }, reject);
      const controller = new AbortController();
    });
    assert.equal(late, false);
  });
});
