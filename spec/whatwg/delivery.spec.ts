// How events are delivered: a task each, microtasks between them, exceptions that stay the application's, and a peer that is slowed down
// when scripts do not keep up.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { Connection } from '../../lib/core/protocol/connection.ts';
import { nodePlatform } from '../../lib/node/platform.ts';
import { Inbox } from '../../lib/whatwg/inbox.ts';
import { WebSocket } from '../../lib/whatwg/index.ts';
import { frame } from '../support/frames.ts';
import { accept, echo, next, open, rawServing, serving, turn } from './support.ts';

describe('delivery', () => {
  it('runs microtasks between two events, also of one segment, and between error and close', async () => {
    const raw = await rawServing();
    const socket = new WebSocket(`ws://127.0.0.1:${raw.port}`);
    const log: string[] = [];
    for (const type of ['open', 'message', 'error', 'close'] as const) {
      socket.addEventListener(type, () => {
        log.push(type);
        void Promise.resolve().then(() => null).then(() => { log.push(`after ${type}`); });
        process.nextTick(() => { log.push(`tick of ${type}`); });
      });
    }
    const closed = next(socket, 'close');
    const frames = [frame({ opcode: 1, payload: 'a' }), frame({ opcode: 2, payload: 'b' }), frame({ opcode: 3 })];
    await accept(await raw.next(), '', Buffer.concat(frames));
    await closed;
    await turn();
    assert.deepEqual(log, ['open', 'message', 'message', 'error', 'close'].flatMap((type) => [type, `tick of ${type}`, `after ${type}`]));
  });

  it('delivers nothing within a call of the script\'s, nor in a microtask of it', async () => {
    const { url } = await serving(echo);
    const socket = await open(url);
    let events = 0;
    for (const type of ['message', 'close'] as const) socket.addEventListener(type, () => { events++; });
    socket.send('a');
    socket.close();
    for (let i = 0; i < 100; i++) await null;
    assert.equal(events, 0);
    await next(socket, 'close');
  });

  it('lets an exception of a listener surface as the application\'s own, and goes on', async () => {
    const { url } = await serving(echo);
    const socket = await open(url);
    const listeners = process.listeners('uncaughtException');
    const uncaught: unknown[] = [];
    const onUncaught = (error: unknown): void => { uncaught.push(error); };
    process.removeAllListeners('uncaughtException').on('uncaughtException', onUncaught);
    try {
      const mistake = new Error('a mistake of the application');
      const got: unknown[] = [];
      const both = new Promise<void>((resolve) => {
        socket.onmessage = ({ data }) => {
          if (got.push(data) === 2) resolve();
          throw mistake;
        };
      });
      socket.send('a');
      socket.send('b');
      await both;
      await turn();
      assert.deepEqual(got, ['a', 'b']);
      assert.deepEqual(uncaught, [mistake, mistake]);
      assert.equal(socket.readyState, WebSocket.OPEN);
    } finally {
      process.off('uncaughtException', onUncaught);
      for (const listener of listeners) process.on('uncaughtException', listener);
    }
    socket.close();
  });

  it('slows a peer down that sends faster than scripts listen: what waits for its task is bounded, nothing is lost', async () => {
    const nothing = (): void => {};
    const sink = { payload: nothing, ping: nothing, pong: nothing, closing: nothing, drained: nothing, closed: nothing };
    const connection = new Connection({ role: 'client', platform: nodePlatform, events: sink });
    const delivered: (string | Uint8Array)[] = [];
    const inbox = new Inbox((data) => {
      assert.equal(connection.paused, delivered.length < waiting - 1, 'until the last of those that wait is taken out');
      delivered.push(data);
    });
    inbox.open(connection);
    let waiting = 0;
    for (; !connection.paused; waiting++) inbox.take(new Uint8Array(1000));
    assert.equal(waiting, Math.floor(65_536 / 1064) + 1);
    assert.equal(delivered.length, 0);
    await turn();
    assert.deepEqual([delivered.length, connection.paused], [waiting, false]);
    delivered.length = 0;
    for (waiting = 0; !connection.paused; waiting++) inbox.take('');
    assert.equal(waiting, 65_536 / 64 + 1, 'empty messages count too');
    await turn();
  });

  it('delivers two megabytes that come in one go', async () => {
    const raw = await rawServing();
    const socket = new WebSocket(`ws://127.0.0.1:${raw.port}`);
    const peer = await raw.next();
    await accept(peer);
    await next(socket, 'open');
    socket.binaryType = 'arraybuffer';
    const [size, count] = [8 * 1024, 256];
    const received: (number | undefined)[] = [];
    const all = new Promise<void>((resolve) => {
      socket.onmessage = ({ data }) => { if (received.push(new Uint8Array(data as ArrayBuffer).at(-1)) === count) resolve(); };
    });
    peer.write(Buffer.concat(Array.from({ length: count }, (_, i) => frame({ opcode: 2, payload: new Uint8Array(size).fill(i) }))));
    await all;
    assert.deepEqual(received, Array.from({ length: count }, (_, i) => i));
    const closed = next(socket, 'close');
    peer.socket.destroy();
    await closed;
  });
});
