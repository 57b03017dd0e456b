// Streams of octets over real sockets: what is written apart stays apart, what is not read is not taken, and every way in which a connection
// can begin and end is told as what it was.

import { after, before, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import * as net from 'node:net';
import * as tls from 'node:tls';
import { ByteStream, ConnectError, connectBytes, listenBytes } from '../../lib/node/byte-stream.ts';
import type { ByteConnectOptions } from '../../lib/node/byte-stream.ts';
import { turns } from '../support/duplex.ts';
import { RawPeer, rawServer } from '../support/sockets.ts';
import type { RawServer } from '../support/sockets.ts';
import { certificateAuthority } from '../support/tls.ts';

const TIMEOUT = 30_000;

/** What a stream tells, as lines, to be waited for. */
class Log {
  readonly lines: string[] = [];
  octets: Buffer = Buffer.alloc(0);
  progress = 0;
  #changed: () => void = () => {};

  observe(stream: ByteStream): this {
    stream.observe({
      data: (chunk) => {
        this.octets = Buffer.concat([this.octets, chunk]);
        this.#changed();
      },
      end: () => this.#put('end'),
      progress: () => { this.progress++; },
      drain: () => this.#put('drain'),
      close: (error) => this.#put(error === null ? 'close' : `close ${(error as NodeJS.ErrnoException).code}`),
    });
    return this;
  }

  async until(holds: (log: this) => boolean): Promise<this> {
    while (!holds(this)) await new Promise<void>((resolve) => { this.#changed = resolve; });
    return this;
  }

  #put(line: string): void {
    this.lines.push(line);
    this.#changed();
  }
}

function to(port: number, options: Partial<ByteConnectOptions> & { readonly secure?: boolean } = {}): ByteConnectOptions {
  const { secure = false, ...rest } = options;
  return { target: { address: '127.0.0.1', port, secure }, rejectUnauthorized: true, timeout: TIMEOUT, ...rest };
}

/** What a spec leaves open when it fails would keep the process. */
const begun: { destroy(): unknown }[] = [];
after(() => {
  for (const one of begun) one.destroy();
});

async function connect(options: ByteConnectOptions): Promise<ByteStream> {
  const stream = await connectBytes(options);
  begun.push(stream);
  return stream;
}

async function serve(...args: Parameters<typeof rawServer>): Promise<RawServer> {
  const server = await rawServer(...args);
  begun.push({ destroy: () => server.close() });
  return server;
}

describe('a stream', () => {
  let server: RawServer;
  before(async () => { server = await serve(); });

  async function connected(): Promise<{ stream: ByteStream; peer: RawPeer; log: Log }> {
    const stream = await connect(to(server.port));
    return { stream, peer: await server.next(), log: new Log().observe(stream) };
  }

  it('carries octets both ways, and each way ends by itself', async () => {
    const { stream, peer, log } = await connected();
    stream.write(Buffer.from('there'));
    await peer.until(({ text }) => text === 'there');
    await log.until(({ lines }) => lines.includes('drain'));
    stream.end();
    await peer.until(({ ended }) => ended);
    peer.write('and back');
    await log.until(({ octets }) => octets.toString() === 'and back');
    peer.socket.end();
    await log.until(({ lines }) => lines.includes('close'));
    assert.deepEqual(log.lines, ['drain', 'end', 'close']);
  });

  it('keeps two writes apart: there is one at a time, and whoever reads at once sees each as it was made', async () => {
    const { stream, peer, log } = await connected();
    const seen: string[] = [];
    peer.socket.on('data', (chunk: Buffer) => seen.push(chunk.toString()));
    for (let i = 0; i < 20; i++) {
      stream.write(Buffer.from(`write ${i}`));
      assert.equal(stream.writable, false);
      assert.throws(() => stream.write(Buffer.from('too soon')), /before the one before it was taken/);
      await log.until(({ lines }) => lines.length > i);
      assert.equal(stream.writable, true);
    }
    await peer.until(({ text }) => text.endsWith('write 19'));
    assert.deepEqual(seen, Array.from({ length: 20 }, (_, i) => `write ${i}`));
    stream.destroy();
  });

  it('takes nothing more from whoever writes while the peer does not read, and tells when some of a long write is taken', async () => {
    let received = 0;
    const slow = net.createServer({ pauseOnConnect: true }, (socket) => {
      socket.on('data', (chunk: Buffer) => { received += chunk.length; });
      slow.on('read', () => socket.resume());
    }).listen(0, '127.0.0.1');
    await once(slow, 'listening');
    const stream = await connect(to((slow.address() as net.AddressInfo).port));
    const log = new Log().observe(stream);
    const size = 32 * 1024 * 1024; // more than the kernel holds
    stream.write(new Uint8Array(size));
    for (let idle = 0, taken = 0; idle < 50;) {
      await turns(1);
      idle = log.progress > taken ? 0 : idle + 1;
      taken = log.progress;
    }
    assert.equal(stream.writable, false);
    const taken = log.progress;
    assert.ok(taken > 0);
    assert.deepEqual(log.lines, []);
    slow.emit('read');
    await log.until(({ lines }) => lines.includes('drain'));
    assert.ok(log.progress > taken);
    while (received < size) await turns(1);
    stream.destroy();
    slow.close();
  });

  it('ends behind what was written, also when the peer is slow to take it', async () => {
    const { stream, peer } = await connected();
    const size = 8 * 1024 * 1024;
    stream.write(new Uint8Array(size));
    stream.end();
    stream.end();
    assert.equal(stream.writable, false);
    assert.throws(() => stream.write(Buffer.from('late')), /behind the end/);
    await peer.until(({ ended }) => ended);
    assert.equal(peer.received.length, size);
    stream.destroy();
  });

  it('reads nothing while it is paused, and nothing is lost', async () => {
    const { stream, peer, log } = await connected();
    stream.pause();
    peer.write('kept');
    await turns(20);
    assert.equal(log.octets.length, 0);
    stream.resume();
    await log.until(({ octets }) => octets.toString() === 'kept');
    stream.destroy();
  });

  it('reads nothing before it is observed, and what happened until then is told', async () => {
    const stream = await connect(to(server.port));
    const peer = await server.next();
    peer.write('early');
    await turns(20);
    assert.equal((await new Log().observe(stream).until(({ octets }) => octets.length > 0)).octets.toString(), 'early');
    const gone = await connect(to(server.port));
    await server.next();
    gone.destroy();
    await new Log().observe(gone).until(({ lines }) => lines.includes('close'));
    stream.destroy();
  });

  it('goes on with another observer', async () => {
    const { stream, peer, log } = await connected();
    peer.write('one');
    await log.until(({ octets }) => octets.length === 3);
    const other = new Log().observe(stream);
    peer.write('two');
    assert.equal((await other.until(({ octets }) => octets.length === 3)).octets.toString(), 'two');
    assert.equal(log.octets.toString(), 'one');
    stream.destroy();
  });

  it('tells a reset of the peer by its error, and is itself seen to reset or to end', async () => {
    const reset = await connected();
    (reset.peer.socket as net.Socket).resetAndDestroy();
    await reset.log.until(({ lines }) => lines.length > 0);
    assert.deepEqual(reset.log.lines, ['close ECONNRESET']);

    const resets = await connected();
    resets.stream.reset();
    resets.stream.reset();
    await resets.peer.until(({ closed }) => closed);
    assert.equal((resets.peer.error as NodeJS.ErrnoException).code, 'ECONNRESET');

    const leaves = await connected();
    leaves.stream.destroy();
    await leaves.peer.until(({ ended }) => ended);
    assert.equal(leaves.peer.error, null);
  });

  it('is handed over with what was read of it', async () => {
    const { stream, peer, log } = await connected();
    peer.write('GET / and more');
    await log.until(({ octets }) => octets.length === 14);
    const taken = new RawPeer(stream.release(log.octets));
    taken.socket.resume();
    peer.write(', and still more');
    await taken.until(({ text }) => text === 'GET / and more, and still more');
    taken.write('answered');
    await peer.until(({ text }) => text === 'answered');
    (peer.socket as net.Socket).resetAndDestroy();
    await taken.until(({ closed }) => closed);
    assert.deepEqual(log.lines, []);
  });

  it('is handed over destroyed when the peer has ended it', async () => {
    const { stream, peer, log } = await connected();
    peer.socket.end('all of it');
    await log.until(({ lines }) => lines.includes('end'));
    assert.equal(stream.release(log.octets).destroyed, true);
  });
});

describe('connectBytes', () => {
  const { cert, key } = certificateAuthority().issue(['127.0.0.1']);

  async function refusal(options: ByteConnectOptions): Promise<ConnectError> {
    try {
      await connect(options);
    } catch (error) {
      assert.ok(error instanceof ConnectError);
      return error;
    }
    assert.fail('it connected');
  }

  it('says who refused', async () => {
    const server = await serve();
    server.close();
    const { code, message } = await refusal(to(server.port));
    assert.equal(code, 'ECONNREFUSED');
    assert.match(message, new RegExp(`127\\.0\\.0\\.1:${server.port}`));
  });

  it('says what refused where there are several addresses', async () => {
    const server = await serve();
    server.close();
    const { code, message } = await refusal({ ...to(server.port), target: { address: 'localhost', port: server.port, secure: false } });
    assert.equal(code, 'ECONNREFUSED');
    assert.match(message, /ECONNREFUSED/);
  });

  it('speaks TLS to a secure target, and verifies the certificate unless it is told not to', async () => {
    const server = await serve(tls.createServer({ cert, key, allowHalfOpen: true }), 'secureConnection');
    assert.match((await refusal(to(server.port, { secure: true }))).message, /certificate/);
    const stream = await connect(to(server.port, { secure: true, rejectUnauthorized: false }));
    const peer = await server.next();
    const log = new Log().observe(stream);
    stream.write(Buffer.from('secret'));
    await peer.until(({ text }) => text === 'secret');
    peer.write('kept');
    await log.until(({ octets }) => octets.toString() === 'kept');
    stream.reset();
    await peer.until(({ closed }) => closed);
    assert.equal((peer.error as NodeJS.ErrnoException).code, 'ECONNRESET');
    server.close();
  });

  it('waits no longer than it is told for somebody who does not answer', async () => {
    const silent = await serve();
    const { code, message } = await refusal(to(silent.port, { secure: true, timeout: 50 }));
    assert.equal(code, 'TIMEOUT');
    assert.equal(message, `no answer from 127.0.0.1:${silent.port} for 50 ms`);
    silent.close();
  });

  it('does not wait for somebody who has hung up', async () => {
    const server = net.createServer((socket) => socket.end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    await refusal(to((server.address() as net.AddressInfo).port, { secure: true }));
    server.close();
  });
});

describe('listenBytes', () => {
  it('gives each connection as a stream, and leaves them alone when it listens no more', async () => {
    const streams: ByteStream[] = [];
    const listener = await listenBytes({ host: '127.0.0.1', port: 0 }, (stream) => {
      streams.push(stream);
      stream.observe({ data: (chunk) => stream.write(chunk), end: () => stream.end(), progress: () => {}, drain: () => {}, close: () => {} });
    });
    const peer = await RawPeer.connect(listener.port);
    listener.close();
    peer.write('echo');
    await peer.until(({ text }) => text === 'echo');
    peer.socket.end();
    await peer.until(({ closed }) => closed);
    await assert.rejects(RawPeer.connect(listener.port), { code: 'ECONNREFUSED' });
    assert.equal(streams.length, 1);
  });

  it('says when the port is taken', async () => {
    const taken = await serve();
    await assert.rejects(listenBytes({ host: '127.0.0.1', port: taken.port }, () => {}), { code: 'EADDRINUSE' });
    taken.close();
  });
});
