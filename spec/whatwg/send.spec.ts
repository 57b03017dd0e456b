// WHATWG WebSockets §3.1, send, bufferedAmount and binaryType; §4, messages: what goes out, what comes in, and as what.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { WebSocket } from '../../lib/whatwg/index.ts';
import { frame } from '../support/frames.ts';
import { accept, echo, IDENTITY, next, open, rawServing, serving, silence, story, throwsDom, TRUST, turn } from './support.ts';

/** What comes back when each is sent, in order. */
async function echoed(socket: WebSocket, ...messages: Parameters<WebSocket['send']>[0][]): Promise<unknown[]> {
  const back: unknown[] = [];
  const all = new Promise<void>((resolve) => {
    socket.onmessage = ({ data }) => { if (back.push(data) === messages.length) resolve(); };
  });
  for (const message of messages) socket.send(message);
  await all;
  return back;
}

const bytes = (data: unknown): number[] => [...new Uint8Array(data as ArrayBuffer)];

describe('send()', () => {
  it('needs an argument, before any look at the state', async () => {
    const socket = new WebSocket('ws://example.test', [], { connect: silence });
    assert.throws(() => Reflect.apply(socket.send, socket, []), TypeError);
    socket.close();
    assert.throws(() => Reflect.apply(socket.send, socket, []), TypeError);
  });

  it('throws InvalidStateError while CONNECTING, whatever the data [whatwg-ws-3.1-26]', () => {
    const socket = new WebSocket('ws://example.test', [], { connect: silence });
    for (const data of ['a', '\ud800', new Blob(['a']), new Uint8Array(1)]) throwsDom('InvalidStateError', () => socket.send(data));
    assert.equal(socket.bufferedAmount, 0);
    assert.throws(() => socket.send(Symbol('a') as unknown as string), TypeError);
    socket.close();
  });

  for (const [name, options, trust] of [['ws', {}, {}], ['wss', { tls: IDENTITY }, TRUST]] as const) {
    it(`${name}: sends text, which comes back: empty, 65,000 characters, null, numbers, objects, astral, combining [whatwg-ws-3.1-27]`, async () => {
      const { url } = await serving(echo, options);
      const socket = await open(url, [], trust);
      const large = 'c'.repeat(65_000);
      const odd = [null, 5, { toString: () => 'object' }, undefined] as unknown as string[];
      assert.deepEqual(await echoed(socket, '', 'data', large, '¥¥¥', '\u{10000}', 'e\u0301\u0327', ...odd),
        ['', 'data', large, '¥¥¥', '\u{10000}', 'e\u0301\u0327', 'null', '5', 'object', 'undefined']);
      socket.close();
    });

    it(`${name}: sends lone surrogates as U+FFFD, one each [whatwg-ws-3.1-27]`, async () => {
      const { url } = await serving(echo, options);
      const socket = await open(url, [], trust);
      assert.deepEqual(await echoed(socket, '\ud807', '\ud801a\udc01', 'a\udc00\udc00'), ['\ufffd', '\ufffda\ufffd', 'a\ufffd\ufffd']);
      socket.close();
    });

    it(`${name}: sends an ArrayBuffer, a view's window of it, and a Blob as binary [whatwg-ws-3.1-28] [whatwg-ws-4-3]`, async () => {
      const { url } = await serving(echo, options);
      const socket = await open(url, [], trust);
      socket.binaryType = 'arraybuffer';
      const buffer = Uint8Array.from({ length: 16 }, (_, i) => i).buffer;
      const half: unknown = Reflect.get(globalThis, 'Float16Array');
      const views = [
        new Int8Array(buffer), new Uint8Array(buffer, 2), new Uint8Array(buffer, 2, 4), new Int16Array(buffer, 2), new Uint16Array(buffer, 2, 3),
        new Int32Array(buffer), new Uint32Array(buffer, 4), new Float32Array(buffer), new Float64Array(buffer), new BigInt64Array(buffer, 8),
        new DataView(buffer, 1, 3), ...typeof half === 'function' ? [Reflect.construct(half, [buffer]) as DataView] : [],
      ];
      const back = await echoed(socket, buffer, new Blob([buffer]), ...views);
      assert.ok(back.every((data) => data instanceof ArrayBuffer));
      const windows = views.map((view) => bytes(view.buffer).slice(view.byteOffset, view.byteOffset + view.byteLength));
      assert.deepEqual(back.map(bytes), [bytes(buffer), bytes(buffer), ...windows]);
      socket.close();
    });

    it(`${name}: crosses the three forms of a length: 125, 126, 65,535 and 65,536 bytes`, async () => {
      const { url } = await serving(echo, options);
      const socket = await open(url, [], trust);
      const texts = [125, 126, 65_535, 65_536].map((length) => 'x'.repeat(length));
      assert.deepEqual(await echoed(socket, ...texts), texts);
      socket.close();
    });

    it(`${name}: 50 messages of 64 KiB to a peer that reads slowly neither hang nor get lost; the close is clean`, async () => {
      let received = 0;
      const { url } = await serving((pending) => {
        const { connection } = pending.accept({
          events: {
            binary: (message) => {
              received += message.length;
              connection.pause();
              setImmediate(() => connection.resume());
            },
          },
        });
      }, options);
      const socket = await open(url, [], trust);
      const told = story(socket);
      for (let i = 0; i < 50; i++) socket.send(new Uint8Array(65_536));
      socket.close(1000);
      assert.deepEqual(await told, ['close 3: 1000 "" clean']);
      assert.equal(received, 50 * 65_536);
    });
  }

  it('takes the bytes at once: what the script changes afterwards is not sent, also behind a Blob', async () => {
    const { url } = await serving(echo);
    const socket = await open(url);
    socket.binaryType = 'arraybuffer';
    const [first, second] = [Uint8Array.of(1), Uint8Array.of(2)];
    const back = echoed(socket, first, new Blob(['b']), second);
    first[0] = 9;
    second[0] = 9;
    assert.deepEqual((await back).map(bytes), [[1], [98], [2]]);
    socket.close();
  });

  it('keeps a Blob in its place although it is read later, and close() behind it [whatwg-ws-3.1-23]', async () => {
    const { url } = await serving(echo);
    const socket = await open(url);
    socket.binaryType = 'arraybuffer';
    const large = new Blob([new Uint8Array(100_000)]);
    const back = echoed(socket, 'a', large, 'b', new Blob(['c']), new Blob([]), Uint8Array.of(100), 'e');
    assert.equal(socket.bufferedAmount, 1 + 100_000 + 1 + 1 + 0 + 1 + 1);
    const described = (await back).map((data) => typeof data === 'string' ? data : (data as ArrayBuffer).byteLength);
    assert.deepEqual(described, ['a', 100_000, 'b', 1, 0, 1, 'e']);

    const raw = await rawServing();
    const other = new WebSocket(`ws://127.0.0.1:${raw.port}`);
    const peer = await raw.next();
    await accept(peer);
    await next(other, 'open');
    other.send(new Blob(['blob']));
    other.close(4000);
    const frames = await peer.afterHead(2 + 4 + 4 + 2 + 4 + 2);
    assert.deepEqual([frames[0], frames[10]], [0x82, 0x88], 'the Close comes after the Blob');
  });

  it('fails the connection when a Blob cannot be read', async () => {
    const { url } = await serving(echo);
    const socket = await open(url);
    const told = story(socket);
    const broken = new Blob(['gone']);
    Object.defineProperty(broken, 'arrayBuffer', { value: () => Promise.reject(new Error('the file has changed')) });
    socket.send(broken);
    socket.send('behind it');
    assert.deepEqual(await told, ['error 3', 'close 3: 1006 "" not clean']);
  });

  it('does not send shared memory as bytes, nor memory that can be resized', async () => {
    const { url } = await serving(echo);
    const socket = await open(url);
    const shared = new SharedArrayBuffer(4);
    assert.throws(() => socket.send(new Uint8Array(shared)), TypeError);
    const resizable = Reflect.construct(ArrayBuffer, [4, { maxByteLength: 8 }]) as ArrayBuffer;
    assert.throws(() => socket.send(resizable), TypeError);
    assert.throws(() => socket.send(new Uint8Array(resizable)), TypeError);
    assert.deepEqual(await echoed(socket, shared as unknown as ArrayBuffer), ['[object SharedArrayBuffer]'], 'no BufferSource: a string');
    assert.equal(socket.bufferedAmount, 0);
    socket.close();
  });

  it('works in a worker thread', async () => {
    const { url } = await serving(echo);
    const module = new URL('../../lib/whatwg/index.js', import.meta.url).href;
    const worker = new Worker(`
      const { workerData: { module, url }, parentPort } = require('node:worker_threads');
      import(module).then(({ WebSocket }) => {
        const socket = new WebSocket(url);
        socket.onopen = () => socket.send('from a worker');
        socket.onmessage = ({ data }) => socket.close(1000, data);
        socket.onclose = ({ reason, wasClean }) => parentPort.postMessage([reason, wasClean]);
      });`, { eval: true, workerData: { module, url } });
    const exit = once(worker, 'exit');
    const [told] = await once(worker, 'message') as unknown[];
    assert.deepEqual(told, ['from a worker', true]);
    await exit;
  });

  it('25 sockets at once each echo and close', async () => {
    const { url } = await serving(echo);
    const stories = await Promise.all(Array.from({ length: 25 }, async (_, i) => {
      const socket = new WebSocket(url);
      const told = story(socket);
      await next(socket, 'open');
      socket.onmessage = () => socket.close();
      socket.send(`${i}`);
      return told;
    }));
    stories.forEach((told, i) => assert.deepEqual(told, ['open 1', `message ${i}`, 'close 3: 1005 "" clean']));
  });
});

describe('bufferedAmount', () => {
  it('grows within send(), in bytes of UTF-8 and of binary without framing, and is 0 once all has come back [whatwg-ws-3.1-24]', async () => {
    const { url } = await serving(echo);
    const socket = await open(url);
    let expected = 0;
    const sent: [Parameters<WebSocket['send']>[0], number][] = [
      ['', 0], ['data', 4], ['¥¥¥', 6], ['\u{10000}', 4], ['\ud800', 3], ['c'.repeat(65_000), 65_000], [new ArrayBuffer(15), 15],
      [new Uint16Array(5), 10], [new Blob(['x'.repeat(65_000)]), 65_000], ['behind', 6],
    ];
    const back = echoed(socket, ...sent.map(([data, size]) => {
      expected += size;
      return data;
    }));
    assert.equal(socket.bufferedAmount, expected);
    await back;
    assert.equal(socket.bufferedAmount, 0);
    socket.close();
  });

  it('never shrinks within a task, not in its microtasks either', async () => {
    const { url } = await serving(echo);
    const socket = await open(url);
    await turn();
    socket.send('first');
    for (let i = 0; i < 20; i++) await null; // the write happens in between
    assert.equal(socket.bufferedAmount, 5);
    socket.send('second');
    assert.equal(socket.bufferedAmount, 11);
    await turn();
    await turn();
    assert.equal(socket.bufferedAmount, 0);
    socket.close();
  });

  it('counts what a peer that does not read has not taken, and keeps it when the connection ends [whatwg-ws-3.1-29]', async () => {
    const raw = await rawServing();
    const socket = new WebSocket(`ws://127.0.0.1:${raw.port}`);
    const peer = await raw.next();
    await accept(peer);
    await next(socket, 'open');
    peer.socket.pause();
    const size = 16 * 1024 * 1024; // more than the kernel takes for a peer that does not read
    socket.send(new Uint8Array(size));
    assert.equal(socket.bufferedAmount, size);
    await turn();
    await turn();
    const waiting = socket.bufferedAmount;
    assert.ok(waiting > 0 && waiting <= size);
    const closed = next(socket, 'close');
    peer.socket.destroy();
    await closed;
    const left = socket.bufferedAmount;
    assert.ok(left > 0 && left <= waiting);
    socket.send('four');
    socket.send(new Blob(['four']));
    assert.equal(socket.bufferedAmount, left + 8);
    await turn();
    assert.equal(socket.bufferedAmount, left + 8);
  });

  it('grows by what is sent in CLOSING and CLOSED, which is dropped without an exception [whatwg-ws-3.1-29]', async () => {
    const { url } = await serving(echo);
    const socket = await open(url);
    const told = story(socket);
    socket.close();
    assert.equal(socket.send('é'), undefined);
    assert.equal(socket.bufferedAmount, 2);
    socket.onclose = () => {
      socket.send(new Uint8Array(3));
      assert.equal(socket.bufferedAmount, 5);
    };
    assert.deepEqual(await told, ['close 3: 1005 "" clean']);
    assert.equal(socket.bufferedAmount, 5);
  });

  it('a message for which there is no room flags the socket as full: error, then close, no exception [whatwg-ws-3.1-30]', async () => {
    const { url } = await serving(echo);
    for (const data of ['x'.repeat(1001), new Blob(['x'.repeat(1001)])]) {
      const socket = await open(url, [], { limits: { maxQueueSize: 1000 } });
      const told = story(socket);
      const failed = next(socket, 'error');
      socket.send(data);
      assert.equal(socket.bufferedAmount, 1001);
      assert.match((await failed).message, /at most maxQueueSize bytes wait to be sent/);
      assert.deepEqual(await told, ['error 3', 'close 3: 1006 "" not clean']);
      assert.equal(socket.bufferedAmount, 1001);
    }
  });
});

describe('messages', () => {
  it('are Blobs by default, ArrayBuffers on request, as the type is when the event is fired; other types are ignored [whatwg-ws-3.1-25] [whatwg-ws-4-3]', async () => {
    const { url } = await serving(echo);
    const socket = await open(url);
    for (const type of ['notBlobOrArrayBuffer', 'Blob', '', null, 1]) {
      Reflect.set(socket, 'binaryType', type);
      assert.equal(socket.binaryType, 'blob');
    }
    const small = Uint8Array.of(1, 2, 3);
    const large = new Uint8Array(65_000).fill(7);
    const [first, second] = await echoed(socket, small, large) as [Blob, Blob];
    assert.ok(first instanceof Blob && second instanceof Blob);
    assert.deepEqual([bytes(await first.arrayBuffer()), second.size], [[1, 2, 3], 65_000]);
    socket.send(small);
    socket.binaryType = 'arraybuffer';
    assert.equal(socket.binaryType, 'arraybuffer');
    const { data } = await next(socket, 'message');
    assert.ok(data instanceof ArrayBuffer);
    assert.deepEqual(bytes(data), [1, 2, 3], 'the message and nothing of what lies beside it in memory');
    const [third] = await echoed(socket, large);
    assert.deepEqual(bytes(third), [...large]);
    socket.close();
  });

  it('carry the origin of the socket\'s URL [whatwg-ws-4-4]', async () => {
    const { url, port } = await serving(echo);
    const socket = await open(`ws://user:secret@127.0.0.1:${port}/path?query`);
    socket.send('a');
    assert.equal((await next(socket, 'message')).origin, url);
    socket.close();
  });

  it('of text keep a leading byte order mark [whatwg-ws-4-5]', async () => {
    const raw = await rawServing();
    const socket = new WebSocket(`ws://127.0.0.1:${raw.port}`);
    const message = next(socket, 'message');
    await accept(await raw.next(), '', frame({ opcode: 1, payload: '\ufeffa' }));
    assert.equal((await message).data, '\ufeffa');
    socket.close();
  });

  it('Pings are answered and Pongs are ignored without a word to the script [whatwg-ws-5-3]', async () => {
    const raw = await rawServing();
    const socket = new WebSocket(`ws://127.0.0.1:${raw.port}`);
    const told = story(socket);
    const peer = await raw.next();
    const frames = [frame({ opcode: 9, payload: 'ping' }), frame({ opcode: 10, payload: 'unsolicited' }), frame({ opcode: 1, payload: 'after' })];
    await accept(peer, '', Buffer.concat(frames));
    await next(socket, 'message');
    const pong = await peer.afterHead(2 + 4 + 4);
    assert.equal(pong[0], 0x8a);
    peer.write(frame({ opcode: 8, payload: Uint8Array.of(3, 232) }));
    await peer.afterHead(10 + 8);
    peer.socket.end();
    assert.deepEqual(await told, ['open 1', 'message after', 'close 3: 1000 "" clean']);
  });
});
