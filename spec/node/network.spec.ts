// What only a real network does: kernel buffers that fill, resets in every phase, and a process that may exit.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { CloseOutcome } from '../../lib/core/protocol/events.ts';
import { dial } from '../../lib/node/dial.ts';
import { listen } from '../../lib/node/listen.ts';
import type { ListenOptions } from '../../lib/node/listen.ts';
import type { Transport } from '../../lib/node/transport.ts';
import { turns } from '../support/duplex.ts';
import { requestText } from '../support/handshake.ts';
import { frame } from '../support/frames.ts';
import { deferred, RawPeer } from '../support/sockets.ts';

interface Accepted {
  readonly transport: Transport;
  readonly peer: RawPeer;
  readonly outcome: Promise<CloseOutcome>;
  stop(): void;
}

/** A server's transport and its client by hand, after the handshake. */
async function accepted(options: ListenOptions = {}): Promise<Accepted> {
  const open = deferred<Transport>();
  const listener = await listen({ keepalive: 'off', ...options }, (pending) => { open.resolve(pending.accept()); });
  const peer = await RawPeer.connect(listener.port);
  peer.write(requestText());
  const transport = await open.promise;
  await peer.afterHead(0);
  return {
    transport, peer, outcome: transport.closed,
    stop: () => {
      peer.socket.destroy();
      listener.terminate();
    },
  };
}

describe('backpressure', () => {
  it('outbound: what a peer does not read stays in the queue, bounded by maxQueueSize, not in the socket', async () => {
    const { transport, peer, stop } = await accepted({ limits: { maxQueueSize: 8_000_000 } });
    peer.socket.pause();
    let refused = 0;
    for (let i = 0; i < 2000; i++) {
      if (transport.connection.sendBinary(new Uint8Array(10_000)) === 'refused') refused++;
      if (i % 50 === 0) await turns(1);
    }
    assert.ok(refused > 0);
    assert.ok(transport.connection.queueSize > 7_000_000);
    assert.ok(transport.socket.writableLength <= 3 * 64 * 1024, `${transport.socket.writableLength} bytes in the socket`);
    stop();
  });

  it('inbound: what a paused application does not read stays with the peer', async () => {
    const { transport, peer, stop } = await accepted();
    transport.connection.pause();
    const message = frame({ opcode: 2, payload: new Uint8Array(100_000), mask: true });
    let flowing = true;
    for (let sent = 0; flowing && sent < 1000; sent++) {
      flowing = peer.socket.write(message);
      if (!flowing) flowing = await Promise.race([once(peer.socket, 'drain').then(() => true), turns(200).then(() => false)]);
    }
    assert.equal(flowing, false, 'the peer has to wait');
    assert.ok(transport.socket.readableLength <= 2 * 64 * 1024, `${transport.socket.readableLength} bytes in the stream`);
    stop();
  });

  for (const [how, compression, size] of [['as it is', 'off', 100_000], ['compressed', {}, 100_000], ['compressed elsewhere', {}, 300_000]] as const) {
    it(`§7.1.1: a big queue, ${how}, and a close behind it all arrive at a slow reader, before the end [6455-7.1.1-1]`, async () => {
      const heard = { bytes: 0, messages: 0 };
      const listener = await listen({ compression }, (pending) => {
        const { connection } = pending.accept({ limits: { maxQueueSize: Infinity } });
        for (let i = 0; i < 100; i++) connection.sendBinary(new Uint8Array(size));
        connection.close(1000, 'that was all');
      });
      const transport = await dial(listener.url, { events: { binary: (message) => {
        heard.bytes += message.length;
        heard.messages++;
        transport.connection.pause();
        setImmediate(() => transport.connection.resume());
      } } });
      const outcome = await transport.closed;
      assert.deepEqual(heard, { bytes: 100 * size, messages: 100 });
      assert.deepEqual([outcome.clean, outcome.code, outcome.reason], [true, 1000, 'that was all']);
      listener.terminate();
    });
  }
});

describe('a reset', () => {
  const reset = (peer: RawPeer): void => { (peer.socket as Socket).resetAndDestroy(); };

  it('while the connection is open is 1006 with the network\'s error', async () => {
    const { transport, peer, outcome, stop } = await accepted();
    reset(peer);
    const { code, clean, violation } = await outcome;
    assert.deepEqual([code, clean, violation?.name], [1006, false, 'TRANSPORT_FAILED']);
    assert.equal((transport.error as NodeJS.ErrnoException).code, 'ECONNRESET');
    stop();
  });

  it('while a message arrives, while many wait to be sent, and while this side closes, is one outcome each', async () => {
    const inside = await accepted();
    inside.peer.write(frame({ opcode: 2, payload: new Uint8Array(1000), mask: true, length: 5000 }));
    while (inside.transport.connection.position < 1000) await turns(1);
    reset(inside.peer);
    assert.equal((await inside.outcome).messageUnfinished, true);
    inside.stop();

    const sending = await accepted({ limits: { maxQueueSize: Infinity } });
    sending.peer.socket.pause();
    for (let i = 0; i < 200; i++) sending.transport.connection.sendBinary(new Uint8Array(100_000));
    await turns(5);
    reset(sending.peer);
    assert.ok((await sending.outcome).unsent > 0);
    sending.stop();

    const closing = await accepted();
    closing.transport.connection.close(1000);
    await closing.peer.afterHead(4);
    reset(closing.peer);
    assert.deepEqual([(await closing.outcome).clean, (await closing.outcome).sentCode], [false, 1000]);
    closing.stop();
  });

  it('after both Close frames spoils nothing: the close was clean', async () => {
    const { transport, peer, stop } = await accepted();
    transport.connection.close(1000);
    peer.write(frame({ opcode: 8, payload: Uint8Array.of(3, 232), mask: true }));
    await peer.until(({ ended }) => ended);
    reset(peer);
    assert.equal((await transport.closed).clean, true);
    stop();
  });
});

describe('a process', () => {
  const program = (lines: string): string => `
    import { dial, listen } from ${JSON.stringify(new URL('../../lib/index.js', import.meta.url).href)};
    const listener = await listen({}, (pending) => { pending.accept().unref(); });
    const transport = await dial(listener.url);
    ${lines}
    process.on('exit', () => console.log('exit', transport.connection.state));`;

  const run = async (lines: string): Promise<string> => {
    const { NODE_TEST_CONTEXT: _context, NODE_V8_COVERAGE: _coverage, ...env } = process.env;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program(lines)], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => { output += text; });
    await once(child, 'close');
    return output;
  };

  it('exits although connections are open and a server listens, once all are unref\'d', async () => {
    assert.equal(await run('listener.unref(); transport.unref();'), 'exit open\n');
  });

  it('goes on as long as one is ref\'d, and exits when it closes', async () => {
    const output = await run(`listener.unref(); listener.ref(); listener.unref(); transport.unref(); transport.ref();
      setTimeout(() => { console.log('still here'); transport.connection.close(); }, 20).unref();`);
    assert.equal(output, 'still here\nexit closed\n');
  });
});
