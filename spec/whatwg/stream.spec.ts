// WebSocketStream: opening, messages both ways, and backpressure both ways. How it closes is in stream-close.spec.ts.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { WebSocketError, WebSocketStream } from '../../lib/whatwg/index.ts';
import type { WebSocketOpenInfo, WebSocketStreamOptions } from '../../lib/whatwg/index.ts';
import type { Connection } from '../../lib/core/protocol/connection.ts';
import { frame } from '../support/frames.ts';
import { deferred } from '../support/sockets.ts';
import { accept, echo, IDENTITY, rawServing, rejectsDom, serving, silence, throwsDom, TRUST, turn } from './support.ts';

/** The streams, ready to be used. */
async function opened(stream: WebSocketStream): Promise<WebSocketOpenInfo & {
  reader: ReadableStreamDefaultReader<string | Uint8Array>; writer: WritableStreamDefaultWriter<unknown>;
}> {
  const info = await stream.opened;
  return { ...info, reader: info.readable.getReader(), writer: info.writable.getWriter() };
}

describe('WebSocketStream: opening', () => {
  it('refuses a missing URL and options that are no dictionary with a TypeError', () => {
    assert.throws(() => Reflect.construct(WebSocketStream, []), TypeError);
    for (const options of ['string', 1, true]) {
      assert.throws(() => new WebSocketStream('ws://example.test', options as unknown as WebSocketStreamOptions), TypeError);
    }
    assert.throws(() => new WebSocketStream('ws://example.test', { signal: 'none' as unknown as AbortSignal }), TypeError);
    assert.throws(() => new WebSocketStream('ws://example.test', {}, { headers: { Host: 'x' } }), TypeError);
    assert.throws(() => new WebSocketStream('ws://example.test', {}, { cookies: 'x' } as object), TypeError);
  });

  it('refuses a bad URL, and subprotocols as the WebSocket does, with a SyntaxError', () => {
    for (const url of ['invalid:', 'relative', 'ws://a/#']) throwsDom('SyntaxError', () => new WebSocketStream(url));
    throwsDom('SyntaxError', () => new WebSocketStream('ws://example.test', { protocols: ['a', 'a'] }));
    throwsDom('SyntaxError', () => new WebSocketStream('ws://example.test', { protocols: [''] }));
  });

  it('wants protocols as a list: anything else is a TypeError', () => {
    for (const protocols of ['a', null, {}, 1]) {
      assert.throws(() => new WebSocketStream('ws://example.test', { protocols: protocols as unknown as string[] }), TypeError);
    }
  });

  for (const [name, options, trust] of [['ws', {}, {}], ['wss', { tls: IDENTITY }, TRUST]] as const) {
    it(`${name}: has its URL, and resolves opened with a ReadableStream, a WritableStream and two strings`, async () => {
      const { url } = await serving(echo, options);
      const stream = new WebSocketStream(url, {}, trust);
      assert.equal(stream.url, `${url}/`);
      assert.equal(String(stream), '[object WebSocketStream]');
      const { readable, writable, protocol, extensions } = await stream.opened;
      assert.ok(readable instanceof ReadableStream && writable instanceof WritableStream);
      assert.deepEqual([protocol, extensions], ['', 'permessage-deflate; client_max_window_bits=12']);
      stream.close();
      await stream.closed;
    });
  }

  it('has the chosen subprotocol in what opened gives', async () => {
    const { url } = await serving(echo);
    const stream = new WebSocketStream(url, { protocols: ['alpha', 'beta'] });
    assert.equal((await stream.opened).protocol, 'alpha');
    stream.close();
  });

  it('rejects opened and closed with one WebSocketError when the connection fails, and its cause says why', async () => {
    const stream = new WebSocketStream('ws://127.0.0.1:25');
    const error = await rejectsDom('WebSocketError', stream.opened);
    assert.equal(await rejectsDom('WebSocketError', stream.closed), error);
    assert.ok(error instanceof WebSocketError);
    assert.deepEqual([error.closeCode, error.reason], [1006, '']);
    assert.match(String(Reflect.get(error, 'cause')), /port 25 is blocked/);
  });

  it('with a signal that is aborted already makes no connection: both reject with its reason', async () => {
    let connects = 0;
    const connect = (): ReturnType<typeof silence> => {
      connects++;
      return silence();
    };
    const stream = new WebSocketStream('ws://example.test', { signal: AbortSignal.abort() }, { connect });
    const error = await rejectsDom('AbortError', stream.opened);
    assert.equal(await rejectsDom('AbortError', stream.closed), error);
    assert.equal(connects, 0);
  });

  it('with a signal that is aborted during the handshake ends it: both reject with its reason', async () => {
    const raw = await rawServing();
    const controller = new AbortController();
    const stream = new WebSocketStream(`ws://127.0.0.1:${raw.port}`, { signal: controller.signal });
    const peer = await raw.next();
    await peer.until(({ text }) => text.includes('\r\n\r\n'));
    const reason = new DOMException('my own', 'AbortError');
    controller.abort(reason);
    assert.equal(await rejectsDom('AbortError', stream.opened), reason);
    assert.equal(await rejectsDom('AbortError', stream.closed), reason);
    await peer.until(({ ended }) => ended);
  });

  it('with a signal that is aborted once open goes on', async () => {
    const { url } = await serving(echo);
    const controller = new AbortController();
    const stream = new WebSocketStream(url, { signal: controller.signal });
    const { reader, writer } = await opened(stream);
    controller.abort();
    await writer.write('still here');
    assert.deepEqual(await reader.read(), { value: 'still here', done: false });
    stream.close();
  });

  it('leaves no unhandled rejection when nobody asks', async () => {
    const seen: unknown[] = [];
    const onRejection = (reason: unknown): void => { seen.push(reason); };
    process.on('unhandledRejection', onRejection);
    const { url } = await serving((pending) => {
      const transport = pending.accept();
      setImmediate(() => transport.terminate());
    });
    void new WebSocketStream('ws://127.0.0.1:25');
    const stream = new WebSocketStream(url);
    await stream.opened;
    await stream.closed.catch(() => {});
    await turn();
    process.off('unhandledRejection', onRejection);
    assert.deepEqual(seen, []);
  });
});

describe('WebSocketStream: messages', () => {
  it('are strings for text and Uint8Arrays for binary, both ways; a message is a chunk', async () => {
    const { url } = await serving(echo);
    const stream = new WebSocketStream(url);
    const { reader, writer } = await opened(stream);
    const buffer = Uint8Array.of(1, 2, 3, 4).buffer;
    const sent: [unknown, unknown][] = [
      ['', ''], ['text \ud800', 'text \ufffd'], [5, '5'], [null, 'null'], [{ toString: () => 'object' }, 'object'],
      [buffer, [1, 2, 3, 4]], [new Uint16Array(buffer, 2), [3, 4]], [new DataView(buffer, 1, 2), [2, 3]], [new Uint8Array(0), []],
    ];
    for (const [chunk, expected] of sent) {
      await writer.write(chunk);
      const { value } = await reader.read();
      if (typeof expected === 'string') assert.equal(value, expected);
      else assert.deepEqual([value?.constructor, value?.length, [...value as Uint8Array]], [Uint8Array, expected instanceof Array ? expected.length : 0, expected]);
    }
    stream.close();
  });

  for (const [what, make] of [
    ['a value that cannot be stringified', () => Symbol('a')],
    ['an object that has no string', () => Object.create(null) as unknown],
    ['a resizable ArrayBuffer', () => Reflect.construct(ArrayBuffer, [4, { maxByteLength: 8 }]) as unknown],
    ['a view on shared memory', () => new Uint8Array(new SharedArrayBuffer(4))],
  ] as const) {
    it(`writing ${what} rejects with a TypeError`, async () => {
      const { url } = await serving(echo);
      const stream = new WebSocketStream(url);
      const { writer } = await opened(stream);
      await assert.rejects(writer.write(make()), TypeError);
      stream.close();
    });
  }
});

describe('WebSocketStream: backpressure', () => {
  it('reads nothing beyond the message that fills the queue: a sender whose messages are not read is stopped', async () => {
    const sender = deferred<Connection>();
    const { url } = await serving((pending) => { sender.resolve(pending.accept({ limits: { maxQueueSize: Infinity } }).connection); });
    const stream = new WebSocketStream(url, {}, { compression: 'off' }); // compressed, it would all fit into the kernel's buffers
    const { reader } = await opened(stream);
    const connection = await sender.promise;
    const [size, count] = [64 * 1024, 512]; // 32 MiB, more than the kernel's buffers hold
    for (let i = 0; i < count; i++) connection.sendBinary(new Uint8Array(size).fill(i));
    let waiting = -1;
    while (connection.queueSize !== waiting) { // as long as the kernel takes some
      waiting = connection.queueSize;
      for (let i = 0; i < 50; i++) await turn();
    }
    assert.ok(waiting > size * count / 4, `${waiting} bytes wait at the sender, who is stopped`);
    for (let i = 0; i < count; i++) {
      const { value } = await reader.read();
      assert.deepEqual([value?.length, value?.at(0), value?.at(-1)], [size, i % 256, i % 256]);
    }
    assert.equal(connection.queueSize, 0);
    stream.close();
    await stream.closed;
  });

  it('does not read the second message before the first has been asked for', async () => {
    const raw = await rawServing();
    const stream = new WebSocketStream(`ws://127.0.0.1:${raw.port}`);
    const peer = await raw.next();
    await accept(peer, '', Buffer.concat([frame({ opcode: 1, payload: 'first' }), frame({ opcode: 9, payload: 'asked' }), frame({ opcode: 1, payload: 'second' })]));
    const { reader } = await opened(stream);
    for (let i = 0; i < 20; i++) await turn();
    assert.equal((await peer.afterHead(0)).length, 0, 'the Ping behind the first message has not been read');
    assert.equal((await reader.read()).value, 'first');
    assert.equal((await peer.afterHead(11))[0], 0x8a);
    assert.equal((await reader.read()).value, 'second');
    peer.socket.destroy();
    await rejectsDom('WebSocketError', stream.closed);
  });

  it('a write lasts until the peer has taken it, but for what highWaterMark allows', async () => {
    const raw = await rawServing();
    const stream = new WebSocketStream(`ws://127.0.0.1:${raw.port}`, {}, { limits: { highWaterMark: 1000 } });
    const peer = await raw.next();
    await accept(peer);
    await peer.until(({ text }) => text.includes('\r\n\r\n'));
    peer.socket.pause();
    const { writer } = await opened(stream);
    await writer.write('x'.repeat(900));
    const size = 32 * 1024 * 1024 - 1024;
    let written = false;
    const write = (async () => {
      for (let i = 0; i < 4; i++) await writer.write(new Uint8Array(size / 4));
      written = true;
    })();
    for (let i = 0; i < 200; i++) await turn();
    assert.equal(written, false);
    let taken = 0;
    peer.socket.removeAllListeners('data').on('data', (chunk: Buffer) => { taken += chunk.length; }).resume();
    await write;
    assert.ok(taken > size / 2, `${taken} bytes taken when the last write was done`);
    peer.socket.destroy();
    await rejectsDom('WebSocketError', stream.closed);
  });
});
