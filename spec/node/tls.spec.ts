// TLS: who is verified and how, what is sent before and after, and failures on either side that end in one error and in no crash.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import * as tls from 'node:tls';
import { dial } from '../../lib/node/dial.ts';
import type { DialOptions } from '../../lib/node/dial.ts';
import { HandshakeError } from '../../lib/node/handshake-error.ts';
import { listen } from '../../lib/node/listen.ts';
import { serve } from '../../lib/node/reception.ts';
import { pipe, turns } from '../support/duplex.ts';
import { requestText } from '../support/handshake.ts';
import { RawPeer, rawServer } from '../support/sockets.ts';
import { certificateAuthority } from '../support/tls.ts';
import type { Identity } from '../support/tls.ts';

const { ca, issue } = certificateAuthority();
const good = issue(['localhost', '127.0.0.1']);

/** A TLS server that accepts, and what a client with `options` gets of it. */
async function attempt(identity: Identity, host: string, options: DialOptions): Promise<'open' | HandshakeError> {
  const listener = await listen({ tls: identity }, (pending) => { pending.accept(); });
  const connect = (): net.Socket => net.connect(listener.port, '127.0.0.1');
  try {
    const transport = await dial(`wss://${host}:${listener.port}`, { connect, ...options });
    transport.terminate();
    await transport.closed;
    return 'open';
  } catch (error) {
    assert.ok(error instanceof HandshakeError, String(error));
    return error;
  } finally {
    listener.terminate();
  }
}

describe('§10.6: wss', () => {
  it('shows both sides that it is', async () => {
    const secure: boolean[] = [];
    const listener = await listen({ tls: good }, (pending) => {
      secure.push(pending.secure);
      pending.accept();
    });
    assert.match(listener.url, /^wss:\/\/127\.0\.0\.1:\d+$/);
    const transport = await dial(listener.url, { tls: { ca } });
    assert.ok(transport.socket instanceof tls.TLSSocket);
    assert.deepEqual(secure, [true]);
    transport.connection.close(1000);
    assert.equal((await transport.closed).clean, true);
    await listener.close();
  });

  it('§4.1: verifies chain and name; a certificate for another name, from a stranger or of another time fails, directly and through connect [6455-4.1-16]', async () => {
    const direct = { connect: undefined } as unknown as DialOptions;
    for (const way of [{}, direct]) {
      const host = way === direct ? '127.0.0.1' : 'localhost';
      assert.equal(await attempt(good, host, { tls: { ca }, ...way }), 'open');
      const cases = [
        [issue(['other.example']), { ca }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
        [good, { ca: certificateAuthority().ca }, /UNABLE_TO_VERIFY|SELF_SIGNED|UNABLE_TO_GET_ISSUER|CERT_SIGNATURE_FAILURE/],
        [good, {}, /UNABLE_TO_VERIFY|SELF_SIGNED|UNABLE_TO_GET_ISSUER/],
        [issue([host], 'long ago'), { ca }, 'CERT_HAS_EXPIRED'],
      ] as const;
      for (const [identity, tlsOptions, code] of cases) {
        const error = await attempt(identity, host, { tls: tlsOptions, ...way });
        assert.ok(error instanceof HandshakeError, 'it must not open');
        assert.equal(error.phase, 'tls');
        if (typeof code === 'string') assert.equal(error.code, code);
        else assert.match(String(error.code), code);
      }
    }
  });

  it('verifies an address as an address, and no other name in its place', async () => {
    const direct = { tls: { ca }, connect: undefined } as unknown as DialOptions;
    for (const options of [{ tls: { ca } }, direct]) {
      assert.equal(await attempt(issue(['127.0.0.1']), '127.0.0.1', options), 'open');
      const error = await attempt(issue(['localhost']), '127.0.0.1', options);
      assert.equal((error as HandshakeError).code, 'ERR_TLS_CERT_ALTNAME_INVALID');
    }
  });

  it('verifies whatever the environment says', async () => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      assert.ok(await attempt(good, 'localhost', {}) instanceof HandshakeError);
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
  });

  it('verifies the name that options.tls.servername gives instead of the URI\'s', async () => {
    assert.equal(await attempt(issue(['inner.example']), '127.0.0.1', { tls: { ca, servername: 'inner.example' } }), 'open');
    assert.ok(await attempt(good, 'localhost', { tls: { ca, servername: 'inner.example' } }) instanceof HandshakeError);
  });

  it('§4.1: names the server in the ClientHello, unless it is an address [6455-4.1-18]', async () => {
    for (const [host, sent] of [['localhost', 'localhost'], ['127.0.0.1', '']] as const) {
      const names: string[] = [];
      const server = tls.createServer(good);
      server.on('secureConnection', (socket) => names.push(socket.servername || ''));
      const raw = await rawServer(server, 'secureConnection');
      const dialled = dial(`wss://${host}:${raw.port}`, { tls: { ca }, connect: () => net.connect(raw.port, '127.0.0.1') }).catch(() => {});
      const peer = await raw.next();
      await peer.until(({ text }) => text.includes('\r\n\r\n'));
      peer.socket.destroy();
      await dialled;
      assert.deepEqual(names, [sent]);
      raw.close();
    }
  });

  it('§4.1: sends the request once TLS is agreed on, and everything through it [6455-4.1-15] [6455-4.1-17] [6455-4.2.2-3]', async () => {
    const listener = await listen({ tls: good }, (pending) => { pending.accept().connection.sendText('plain words'); });
    const seen: Buffer[] = [];
    const relay = net.createServer((near) => {
      const far = net.connect(listener.port, '127.0.0.1');
      near.on('data', (chunk) => seen.push(chunk)).pipe(far).on('data', (chunk) => seen.push(chunk)).pipe(near);
      near.on('error', () => far.destroy());
      far.on('error', () => near.destroy());
    }).listen(0, '127.0.0.1');
    await once(relay, 'listening');
    const { port } = relay.address() as net.AddressInfo;
    const heard: string[] = [];
    const transport = await dial(`wss://127.0.0.1:${port}/secret`, { tls: { ca }, events: { text: (message) => {
      heard.push(message);
      transport.connection.close(1000);
    } } });
    await transport.closed;
    assert.deepEqual(heard, ['plain words']);
    const wire = Buffer.concat(seen).toString('latin1');
    for (const word of ['GET /secret', 'websocket', 'HTTP/1.1 101', 'plain words']) assert.ok(!wire.includes(word), `${word} was sent in the clear`);
    listener.terminate();
    relay.close();
  });

  it('fails like any other when the stream under it fails', async () => {
    const [socket, other] = pipe();
    other.on('error', () => {});
    const far = new tls.TLSSocket(other, { isServer: true, ...good });
    serve(far, {}, (pending) => { pending.accept(); });
    const transport = await dial('wss://localhost/', { tls: { ca }, connect: () => socket });
    socket.destroy(new Error('the stream under TLS'));
    assert.equal((await transport.closed).violation?.name, 'TRANSPORT_FAILED');
    await turns();
  });

  it('works over a stream that is no socket, and takes it away in the end', async () => {
    const [socket, other] = pipe();
    const server = new tls.TLSSocket(other, { isServer: true, ...good });
    const peer = new RawPeer(server);
    const dialled = dial('wss://localhost/', { tls: { ca }, connect: () => socket }).catch((error: unknown) => error);
    await peer.until(({ text }) => text.includes('\r\n\r\n'));
    peer.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
    assert.equal((await dialled as HandshakeError).status, 403);
    await turns();
    assert.equal(socket.destroyed, true);
    server.destroy();
  });
});

describe('a TLS handshake that fails', () => {
  it('§4.2.2: on a server ends the socket and nothing else [6455-4.2.2-2]', async () => {
    const listener = await listen({ tls: good }, (pending) => { pending.accept(); });
    const plain = await RawPeer.connect(listener.port);
    plain.write(requestText());
    await plain.until(({ ended, closed }) => ended || closed);
    assert.ok(!plain.text.includes('HTTP/1.1'), 'no bytes of the engine');
    plain.socket.destroy();
    const hangUp = await RawPeer.connect(listener.port);
    hangUp.write(Uint8Array.of(0x16, 3, 1));
    (hangUp.socket as net.Socket).resetAndDestroy();
    const distrustful = tls.connect({ port: listener.port, host: '127.0.0.1' });
    await once(distrustful, 'error');
    assert.equal(listener.pending, 0);
    (await dial(listener.url, { tls: { ca } })).terminate();
    listener.terminate();
  });

  it('or that comes to its end after the server has closed, opens nothing', async () => {
    const asked: string[] = [];
    const listener = await listen({ tls: good }, (pending) => {
      asked.push(pending.request.resource);
      pending.reject(404);
    });
    const peer = await RawPeer.connect(listener.port);
    await turns();
    await listener.close();
    const late = await dial('wss://localhost/', { tls: { ca }, connect: () => peer.socket }).catch((error: unknown) => error);
    assert.ok(late instanceof HandshakeError && late.status === null);
    assert.deepEqual(asked, []);
  });

  it('on a server is not waited for', async () => {
    const listener = await listen({ tls: good, handshakeTimeout: 30 }, () => {});
    const silent = await RawPeer.connect(listener.port);
    await silent.until(({ ended, closed }) => ended || closed);
    silent.socket.destroy();
    listener.terminate();
  });

  it('on a client says so: a server that speaks no TLS, one that hangs up, an option Node does not take', async () => {
    const raw = await rawServer();
    const first = dial(`wss://127.0.0.1:${raw.port}`).catch((error: unknown) => error);
    const speaking = await raw.next();
    speaking.write('HTTP/1.1 400 Bad Request\r\n\r\n');
    const wrong = await first as HandshakeError;
    assert.deepEqual([wrong.phase, wrong.status], ['tls', null]);
    const second = dial(`wss://127.0.0.1:${raw.port}`).catch((error: unknown) => error);
    const leaving = await raw.next();
    await leaving.until(({ received }) => received.length > 0);
    leaving.socket.destroy();
    assert.equal((await second as HandshakeError).phase, 'tls');
    const third = await dial(`wss://127.0.0.1:${raw.port}`, { tls: { ALPNProtocols: ['x'.repeat(300)] } }).catch((error: unknown) => error);
    assert.equal((third as HandshakeError).phase, 'tls');
    raw.close();
  });
});
