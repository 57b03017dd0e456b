// The server's side over real sockets, from a client that is nothing but a socket: requests good and bad, early bytes, deadlines, peers
// that leave or never do, origin and host, and the listener itself.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import { dial } from '../../lib/node/dial.ts';
import { HandshakeError } from '../../lib/node/handshake-error.ts';
import { listen } from '../../lib/node/listen.ts';
import type { ListenOptions } from '../../lib/node/listen.ts';
import type { PendingUpgrade } from '../../lib/node/pending.ts';
import { Reception, serve } from '../../lib/node/reception.ts';
import { VirtualClock } from '../support/clock.ts';
import { closedStream, Faults, pipe, turns, virtualScheduler } from '../support/duplex.ts';
import { frame } from '../support/frames.ts';
import { requestText } from '../support/handshake.ts';
import { deferred, RawPeer } from '../support/sockets.ts';

const text = (payload: string): Uint8Array => frame({ opcode: 1, payload, mask: true });

/** A request as a client sends it to `port`. */
const request = (port: number, fields: Record<string, string> = {}): string => requestText({ Host: `127.0.0.1:${port}`, ...fields });

describe('listen', () => {
  it('listens on the loopback and any free port unless it is told otherwise', async () => {
    const listener = await listen({}, () => {});
    assert.equal(listener.address, '127.0.0.1');
    assert.equal(listener.url, `ws://127.0.0.1:${listener.port}`);
    assert.ok(listener.port > 0);
    await listener.close();
  });

  it('tells a url that leads to it, also from everywhere', async () => {
    for (const host of ['0.0.0.0', '::', '::1']) {
      let listener;
      try {
        listener = await listen({ host, backlog: 5 }, (pending) => { pending.accept(); });
      } catch (error) {
        assert.equal((error as NodeJS.ErrnoException).code, 'EADDRNOTAVAIL', 'a machine without IPv6');
        continue;
      }
      assert.equal(listener.url, `ws://${host === '::1' ? '[::1]' : 'localhost'}:${listener.port}`);
      (await dial(listener.url)).terminate();
      await listener.close();
    }
  });

  it('rejects with the system\'s error when the port is taken', async () => {
    const first = await listen({}, () => {});
    await assert.rejects(listen({ port: first.port }, () => {}), { code: 'EADDRINUSE' });
    await first.close();
  });

  it('close() frees the port, turns away who waits and leaves open connections', async () => {
    const pending = deferred<PendingUpgrade>();
    let first = true;
    const listener = await listen({}, (request_) => {
      if (first) request_.accept();
      else pending.resolve(request_);
      first = false;
    });
    const open = await dial(listener.url);
    const waiting = dial(listener.url).catch((error: unknown) => error);
    const silent = await RawPeer.connect(listener.port);
    const request_ = await pending.promise;
    while (listener.pending < 2) await turns(1);
    await listener.close();
    await listener.close();
    assert.equal(((await waiting) as HandshakeError).status, 503);
    assert.match(String(request_.signal.reason), /the server closes/);
    await silent.until(({ ended, closed }) => ended || closed);
    assert.equal(open.connection.state, 'open');
    assert.equal(listener.connections.size, 1);
    const again = await listen({ port: listener.port }, () => {});
    await again.close();
    listener.terminate();
    assert.equal((await open.closed).code, 1006);
    while (listener.connections.size > 0) await turns(1);
  });

  it('remembers what went wrong while accepting, and goes on', async () => {
    let server: net.Server | undefined;
    const { listen: listenOn } = net.Server.prototype;
    net.Server.prototype.listen = function (this: net.Server, ...rest: never[]): net.Server {
      server = this;
      return Reflect.apply(listenOn, this, rest) as net.Server;
    } as typeof listenOn;
    const listener = await listen({}, (pending) => { pending.accept(); });
    net.Server.prototype.listen = listenOn;
    const error = new Error('too many open files');
    server?.emit('error', error);
    assert.equal(listener.error, error);
    (await dial(listener.url)).terminate();
    await listener.close();
  });

  const MISTAKES: readonly (readonly [options: object, message: RegExp])[] = [
    [{ prt: 1 }, /options\.prt is not an option/],
    [{ origin: 'same-hots' }, /origin policy/],
    [{ hosts: 'example.com' }, /options\.hosts must be an array/],
    [{ hosts: ['http://example.com'] }, /options\.hosts lists hosts/],
    [{ hosts: [7] }, /options\.hosts lists hosts/],
    [{ maxPending: 0 }, /options\.maxPending/],
    [{ handshakeTimeout: -1 }, /timeout/],
    [{ handshakeLimits: { maxHeaderCount: 0 } }, /maxHeaderCount/],
    [{ limits: { maxMesageSize: 1 } }, /limits\.maxMesageSize/],
    [{ backlog: -1 }, /options\.backlog/],
    [{ tls: { key: 'no key', cert: 'no certificate' } }, /PEM|no start line/i],
    [{ port: 70_000 }, /port/i],
  ];
  for (const [options, message] of MISTAKES) {
    it(`${message.source} is told before it listens`, async () => {
      await assert.rejects(listen(options as ListenOptions, () => {}), (error: Error) => {
        assert.match(error.message, message);
        return true;
      });
    });
  }

  it('without a function to ask is a mistake', async () => {
    await assert.rejects(listen({}, undefined as never), { name: 'TypeError', message: /onRequest must be a function/ });
  });
});

describe('a request', () => {
  it('in single bytes is the same request [6455-4.2.1-1]', async () => {
    const listener = await listen({}, (pending) => { pending.accept({ headers: { 'X-Path': pending.request.resource } }); });
    const peer = await RawPeer.connect(listener.port);
    for (const byte of Buffer.from(request(listener.port))) peer.write(Uint8Array.of(byte));
    await peer.until(({ text: all }) => all.includes('\r\n\r\n'));
    assert.match(peer.text, /^HTTP\/1\.1 101 Switching Protocols\r\n/);
    assert.match(peer.text, /\r\nX-Path: \/chat\r\n/);
    peer.socket.destroy();
    listener.terminate();
  });

  it('with a frame in the same packet loses none of it, though the decision comes late [6455-4.2.2-25]', async () => {
    const heard: string[] = [];
    const asked = deferred<PendingUpgrade>();
    const listener = await listen({}, asked.resolve);
    const peer = await RawPeer.connect(listener.port);
    peer.write(Buffer.concat([Buffer.from(request(listener.port)), text('first'), text('second')]));
    const pending = await asked.promise;
    await turns(20);
    assert.equal(heard.length, 0);
    const transport = pending.accept({ events: { text: (message) => {
      heard.push(message);
      transport.connection.sendText(message);
    } } });
    assert.equal((await peer.afterHead(2 + 5 + 2 + 6)).toString('latin1'), '\x81\x05first\x81\x06second');
    assert.deepEqual(heard, ['first', 'second']);
    listener.terminate();
  });

  it('with a malformed frame in the same packet, and nobody listening, does not kill the process', async () => {
    const listener = await listen({}, (pending) => { pending.accept(); });
    const peer = await RawPeer.connect(listener.port);
    peer.write(Buffer.concat([Buffer.from(request(listener.port)), frame({ opcode: 1, rsv: 0x20, payload: 'x', mask: true })]));
    assert.deepEqual(await peer.afterHead(4), Buffer.from(frame({ opcode: 8, payload: Uint8Array.of(3, 234) })));
    peer.socket.destroy();
    await listener.close();
  });

  it('answered and greeted at once gets both in one packet', async () => {
    const listener = await listen({}, (pending) => { pending.accept().connection.sendText('hello'); });
    const peer = await RawPeer.connect(listener.port);
    const [chunk] = await Promise.all([once(peer.socket, 'data') as Promise<[Buffer]>, peer.write(request(listener.port))]);
    assert.match(chunk[0].toString('latin1'), /^HTTP\/1\.1 101[^]*\r\n\r\n\x81\x05hello$/);
    listener.terminate();
  });

  it('that is none is answered by the rule it breaks, and the socket goes though the client stays [6455-10.7-4] [6455-7.2.2-1]', async () => {
    const listener = await listen({ lingerTimeout: 20 }, () => assert.fail('it must not be asked'));
    const cases = [
      ['garbage\r\n\r\n', 400], [requestText({}, 'POST /chat HTTP/1.1'), 405], [requestText({ 'Sec-WebSocket-Version': '8' }), 426],
    ] as const;
    for (const [sent, status] of cases) {
      const peer = await RawPeer.connect(listener.port);
      peer.write(sent);
      await peer.until(({ ended }) => ended);
      assert.match(peer.text, new RegExp(`^HTTP/1\\.1 ${status} `));
      while (listener.pending > 0) await turns(1); // it is not waited for
      peer.socket.destroy();
    }
    await listener.close();
  });

  it('larger than its limits is refused while it arrives', async () => {
    const listener = await listen({ handshakeLimits: { maxHeadSize: 1000 } }, () => assert.fail('it must not be asked'));
    const peer = await RawPeer.connect(listener.port);
    peer.write(`GET / HTTP/1.1\r\nX: ${'x'.repeat(2000)}`);
    await peer.until(({ ended }) => ended);
    assert.match(peer.text, /^HTTP\/1\.1 431 /);
    listener.terminate();
  });

  it('that is not finished in time is answered with 408, one that is not decided on with 503', async () => {
    const clock = new VirtualClock();
    const scheduler = virtualScheduler(clock);
    for (const [sent, status] of [[requestText().slice(0, 30), 408], [requestText(), 503]] as const) {
      const [socket, other] = pipe();
      const peer = new RawPeer(other);
      const asked: PendingUpgrade[] = [];
      serve(socket, { scheduler, handshakeTimeout: 3000, lingerTimeout: 500 }, (pending) => { asked.push(pending); });
      peer.write(sent);
      await turns();
      const signal = asked[0]?.signal;
      clock.run(2999);
      await turns();
      assert.equal(peer.received.length, 0);
      assert.notEqual(signal?.aborted, true);
      clock.run(1);
      await peer.until(({ ended }) => ended);
      assert.match(peer.text, new RegExp(`^HTTP/1\\.1 ${status} `));
      if (signal !== undefined) assert.match(String(signal.reason), /DECISION_TIMEOUT/);
      assert.equal(socket.destroyed, false);
      clock.run(500);
      await turns();
      assert.equal(socket.destroyed, true, 'a client that stays is not waited for');
      assert.equal(scheduler.size, 0);
    }
  });

  it('whose client leaves is forgotten', async () => {
    const listener = await listen({}, () => assert.fail('it must not be asked'));
    for (const leave of ['end', 'destroy', 'resetAndDestroy'] as const) {
      for (const sent of ['', 'GET / HT']) {
        const peer = await RawPeer.connect(listener.port);
        peer.write(sent);
        while (listener.pending === 0) await turns(1);
        (peer.socket as net.Socket)[leave]();
        while (listener.pending > 0) await turns(1);
        peer.socket.destroy();
      }
    }
    await listener.close();
  });

  it('too many at once are not taken', async () => {
    const listener = await listen({ maxPending: 2 }, () => {});
    const peers = await Promise.all([1, 2].map(() => RawPeer.connect(listener.port)));
    while (listener.pending < 2) await turns(1);
    const third = await RawPeer.connect(listener.port);
    await third.until(({ ended, closed }) => ended || closed);
    peers[0]?.socket.destroy();
    while (listener.pending === 2) await turns(1);
    const fourth = await RawPeer.connect(listener.port);
    while (listener.pending < 2) await turns(1);
    for (const { socket } of [...peers, fourth]) socket.destroy();
    await listener.close();
  });
});

describe('who may connect', () => {
  const status = async (options: ListenOptions, fields: (port: number) => Record<string, string>): Promise<string> => {
    const listener = await listen(options, (pending) => { pending.accept(); });
    const peer = await RawPeer.connect(listener.port);
    peer.write(request(listener.port, fields(listener.port)));
    await peer.until(({ text: all }) => all.includes('\r\n\r\n'));
    listener.terminate();
    peer.socket.destroy();
    return peer.text.slice(9, 12);
  };

  it('§10.2: by default pages of the same host and programs that are no browsers; others get a 403 [6455-10.2-1] [6455-10.2-2]', async () => {
    assert.equal(await status({}, () => ({})), '101');
    assert.equal(await status({}, (port) => ({ Origin: `http://127.0.0.1:${port}` })), '101');
    for (const Origin of ['http://evil.example', 'null', 'http://127.0.0.1', 'http://127.0.0.1.evil.example']) {
      assert.equal(await status({}, () => ({ Origin })), '403', Origin);
    }
  });

  it('§10.2: pages of listed origins, of any, or as a function says', async () => {
    const Origin = 'https://good.example';
    assert.equal(await status({ origin: [Origin] }, () => ({ Origin })), '101');
    assert.equal(await status({ origin: [Origin] }, () => ({ Origin: `${Origin}.evil.example` })), '403');
    assert.equal(await status({ origin: 'any' }, () => ({ Origin: 'http://evil.example' })), '101');
    assert.equal(await status({ origin: (origin) => origin === Origin }, () => ({ Origin })), '101');
    assert.equal(await status({ origin: () => false }, () => ({})), '403');
  });

  it('requests for listed hosts only, against DNS rebinding', async () => {
    assert.equal(await status({ hosts: ['127.0.0.1'] }, () => ({})), '101');
    assert.equal(await status({ hosts: ['example.com'] }, () => ({})), '421');
    assert.equal(await status({ hosts: ['127.0.0.1'] }, (port) => ({ Host: `rebound.example:${port}` })), '421');
  });
});

describe('serve', () => {
  it('lets go of a stream that has closed already', async () => {
    const clock = new VirtualClock();
    const scheduler = virtualScheduler(clock);
    serve(await closedStream(), { scheduler }, () => assert.fail('it must not be asked'));
    assert.equal(scheduler.size, 0);
  });

  it('is not troubled by a stream that fails while it is turned away', async () => {
    const reception = new Reception({}, () => assert.fail('it must not be asked'));
    reception.close();
    const [socket, other] = pipe({ a: new Faults(1) }); // to destroy it is the first thing that is done with it
    void new RawPeer(other);
    reception.receive(socket);
    await turns();
    assert.equal(socket.destroyed, true);
  });

  it('serves a stream of any kind', async () => {
    const [socket, other] = pipe();
    const transports: string[] = [];
    serve(socket, {}, (pending) => {
      assert.deepEqual([pending.remoteAddress, pending.secure], [null, false]);
      const { connection } = pending.accept({ events: { text: (message) => {
        transports.push(message);
        connection.close(1000);
      } } });
    });
    const transport = await dial('ws://in.memory/', { connect: () => other });
    transport.connection.sendText('hello');
    assert.equal((await transport.closed).clean, true);
    assert.deepEqual(transports, ['hello']);
  });
});
