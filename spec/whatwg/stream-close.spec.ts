// WebSocketStream: how it is closed, by whom, with what; and what becomes of the streams and of what was not written.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { WebSocketError, WebSocketFailure, WebSocketStream } from '../../lib/whatwg/index.ts';
import type { WebSocketCloseInfo, WebSocketOptions } from '../../lib/whatwg/index.ts';
import { Scheduler } from '../../lib/node/scheduler.ts';
import { toHex } from '../support/bytes.ts';
import { frame } from '../support/frames.ts';
import type { RawPeer } from '../support/sockets.ts';
import { accept, echo, rawServing, rejectsDom, serving, throwsDom, turn } from './support.ts';

interface Rig {
  readonly stream: WebSocketStream;
  readonly peer: RawPeer;
  readonly reader: ReadableStreamDefaultReader<string | Uint8Array>;
  readonly writer: WritableStreamDefaultWriter<unknown>;
}

/** An open stream, and the server's side of it by hand. */
async function rig(options: WebSocketOptions = {}): Promise<Rig> {
  const raw = await rawServing();
  const stream = new WebSocketStream(`ws://127.0.0.1:${raw.port}`, {}, options);
  const peer = await raw.next();
  await accept(peer);
  const { readable, writable } = await stream.opened;
  return { stream, peer, reader: readable.getReader(), writer: writable.getWriter() };
}

const closeFrame = (code: number, reason: string = ''): Uint8Array =>
  frame({ opcode: 8, payload: Buffer.concat([Uint8Array.of(code >> 8, code), Buffer.from(reason)]) });

/** The body of the Close frame that `close` makes a client send; the server answers with the same. */
async function sent(close: (rig: Rig) => unknown): Promise<string> {
  const all = await rig();
  void close(all);
  const length = ((await all.peer.afterHead(6))[1] as number) & 0x7f;
  const whole = await all.peer.afterHead(6 + length);
  const body = Buffer.from(whole.subarray(6, 6 + length).map((octet, i) => octet ^ (whole[2 + i % 4] as number)));
  all.peer.write(frame({ opcode: 8, payload: body }));
  all.peer.socket.end();
  const code = length === 0 ? 1005 : body.readUInt16BE(0);
  assert.deepEqual(await all.stream.closed, { closeCode: code, reason: body.subarray(2).toString() }, 'it comes back, clean');
  return toHex(body);
}

const words = (code: string, reason: string): string => code + Buffer.from(reason).toString('hex');

describe('WebSocketStream: close()', () => {
  it('sends closeCode and reason, which come back in closed', async () => {
    assert.equal(await sent(({ stream }) => stream.close({ closeCode: 3456, reason: 'pizza' })), words('0d80', 'pizza'));
  });

  for (const [what, info] of [['nothing', undefined], ['null', null], ['{}', {}], ['an empty reason', { reason: '' }]] as const) {
    it(`with ${what} sends an empty Close`, async () => {
      assert.equal(await sent(({ stream }) => stream.close(info as WebSocketCloseInfo)), '');
    });
  }

  it('with a reason and no code sends 1000', async () => {
    assert.equal(await sent(({ stream }) => stream.close({ reason: 'non-empty' })), words('03e8', 'non-empty'));
  });

  it('refuses what is no dictionary with a TypeError, an overlong reason with a SyntaxError, and stays open', async () => {
    const { stream, peer } = await rig();
    assert.throws(() => stream.close(true as unknown as WebSocketCloseInfo), TypeError);
    throwsDom('SyntaxError', () => stream.close({ reason: 'x'.repeat(124) }));
    for (const closeCode of [999, 1001, 2999, 5000]) throwsDom('InvalidAccessError', () => stream.close({ closeCode }));
    for (const closeCode of [NaN, 70_000]) assert.throws(() => stream.close({ closeCode }), TypeError);
    peer.write(closeFrame(1000));
    peer.socket.end();
    assert.deepEqual(await stream.closed, { closeCode: 1000, reason: '' });
  });

  it('during the handshake rejects opened and closed with a WebSocketError', async () => {
    const raw = await rawServing();
    const stream = new WebSocketStream(`ws://127.0.0.1:${raw.port}`);
    await (await raw.next()).until(({ text }) => text.includes('\r\n\r\n'));
    stream.close();
    const error = await rejectsDom('WebSocketError', stream.opened);
    assert.equal(await rejectsDom('WebSocketError', stream.closed), error);
  });

  it('in the moment when the handshake ends does so too', async () => {
    const raw = await rawServing();
    let answered = false;
    let stream: WebSocketStream | null = null;
    const scheduler = new Scheduler({
      now: () => {
        if (answered) stream?.close(); // asked when the connection exists and nobody has heard of it
        return 0;
      },
      after: () => () => {},
    });
    stream = new WebSocketStream(`ws://127.0.0.1:${raw.port}`, {}, { scheduler });
    const peer = await raw.next();
    await peer.until(({ text }) => text.includes('\r\n\r\n'));
    answered = true;
    await accept(peer, '', frame({ opcode: 1, payload: 'unheard' }));
    await rejectsDom('WebSocketError', stream.opened);
    await rejectsDom('WebSocketError', stream.closed);
    await peer.until(({ ended, closed }) => ended || closed);
  });

  it('goes behind what was written, and nothing can be written after it', async () => {
    const { stream, peer, writer } = await rig();
    const write = writer.write('before');
    stream.close();
    await write;
    const first = await rejectsDom('InvalidStateError', writer.write('after'));
    assert.equal(await rejectsDom('InvalidStateError', writer.write('after that')), first);
    const frames = await peer.afterHead(12 + 6);
    assert.deepEqual([frames[0], frames[12], frames.length], [0x81, 0x88, 18]);
    peer.write(frame({ opcode: 8 }));
    peer.socket.end();
    await stream.closed;
  });

  it('delivers what the peer sends until its Close', async () => {
    const { stream, peer, reader } = await rig();
    stream.close();
    await peer.afterHead(6);
    peer.write(Buffer.concat([frame({ opcode: 1, payload: 'one more' }), frame({ opcode: 1, payload: 'and more' }), frame({ opcode: 8 })]));
    peer.socket.end();
    assert.equal((await reader.read()).value, 'one more');
    assert.equal((await reader.read()).value, 'and more');
    assert.deepEqual(await reader.read(), { value: undefined, done: true });
    assert.deepEqual(await stream.closed, { closeCode: 1005, reason: '' });
  });

  it('is not clean when the peer drops TCP instead of answering: closed rejects with 1006', async () => {
    const { stream, peer } = await rig();
    stream.close({ closeCode: 4000 });
    await peer.afterHead(8);
    peer.socket.destroy();
    const error = await rejectsDom('WebSocketError', stream.closed);
    assert.ok(error instanceof WebSocketError && error.closeCode === 1006);
  });
});

describe('WebSocketStream: closing by the streams', () => {
  it('closing the writable sends an empty Close and resolves after the closing handshake, not before', async () => {
    assert.equal(await sent(({ writer }) => writer.close()), '');
    const { stream, peer, writer } = await rig();
    let resolved = false;
    const closing = writer.close().then(() => { resolved = true; });
    await peer.afterHead(6);
    for (let i = 0; i < 20; i++) await turn();
    assert.equal(resolved, false);
    peer.write(frame({ opcode: 8 }));
    peer.socket.end();
    await closing;
    await stream.closed;
  });

  it('closing the writable rejects when the closing handshake is not finished', async () => {
    const { stream, peer, writer } = await rig();
    const closing = writer.close();
    peer.socket.end();
    assert.equal(await rejectsDom('WebSocketError', closing), await rejectsDom('WebSocketError', stream.closed));
  });

  for (const [what, act] of [
    ['aborting the writable', ({ writer }: Rig, reason?: unknown) => writer.abort(reason)],
    ['cancelling the readable', ({ reader }: Rig, reason?: unknown) => reader.cancel(reason)],
  ] as const) {
    it(`${what} sends an empty Close`, async () => {
      assert.equal(await sent((all) => act(all)), '');
    });

    it(`${what} with a plain object or another DOMException ignores what it has`, async () => {
      assert.equal(await sent((all) => act(all, { closeCode: 3333, reason: 'obsolete' })), '');
      assert.equal(await sent((all) => act(all, new DOMException('yes', 'DataCloneError'))), '');
    });

    it(`${what} with a WebSocketError sends its code`, async () => {
      assert.equal(await sent((all) => act(all, new WebSocketError('', { closeCode: 3333 }))), '0d05');
    });

    it(`${what} with a WebSocketError sends its code and reason`, async () => {
      assert.equal(await sent((all) => act(all, new WebSocketError('', { closeCode: 3333, reason: 'decode error' }))), words('0d05', 'decode error'));
    });

    it(`${what} with a WebSocketError that has a reason only sends 1000 and the reason`, async () => {
      assert.equal(await sent((all) => act(all, new WebSocketError('', { reason: 'decode error' }))), words('03e8', 'decode error'));
    });
  }

  it('cancelling drops what still comes, however much, so that the peer\'s Close is read', async () => {
    const { stream, peer, reader } = await rig();
    peer.write(Buffer.concat(Array.from({ length: 10 }, () => frame({ opcode: 1, payload: 'unread' }))));
    await turn();
    await reader.cancel();
    await peer.afterHead(6);
    peer.write(Buffer.concat([frame({ opcode: 1, payload: 'unread' }), frame({ opcode: 8 })]));
    peer.socket.end();
    assert.deepEqual(await stream.closed, { closeCode: 1005, reason: '' });
  });

  it('aborting does not wait for a write that the peer does not take', async () => {
    const { stream, peer, writer } = await rig();
    peer.socket.pause();
    const write = assert.rejects(writer.write(new Uint8Array(16 * 1024 * 1024)), /enough/);
    await turn();
    await writer.abort(new Error('enough'));
    await write;
    peer.socket.destroy();
    await rejectsDom('WebSocketError', stream.closed);
  });
});

describe('WebSocketStream: closing by the peer', () => {
  it('clean: closed resolves, the readable ends, the writable is errored with an InvalidStateError', async () => {
    const { stream, peer, reader, writer } = await rig();
    peer.write(closeFrame(1000));
    peer.socket.end();
    assert.deepEqual(await stream.closed, { closeCode: 1000, reason: '' });
    assert.deepEqual(await reader.read(), { value: undefined, done: true });
    await rejectsDom('InvalidStateError', writer.write('x'));
    stream.close(); // has no effect any more
  });

  it('an empty Close is 1005', async () => {
    const { stream, peer } = await rig();
    peer.write(frame({ opcode: 8 }));
    peer.socket.end();
    assert.deepEqual(await stream.closed, { closeCode: 1005, reason: '' });
  });

  it('code and reason pass through, in UTF-8', async () => {
    for (const reason of ['robot', 'ロボット']) {
      const { stream, peer } = await rig();
      peer.write(closeFrame(4000, reason));
      peer.socket.end();
      assert.deepEqual(await stream.closed, { closeCode: 4000, reason });
    }
  });

  it('when both close, what the peer said is reported', async () => {
    const { stream, peer } = await rig();
    stream.close({ closeCode: 4222, reason: 'ours' });
    peer.write(closeFrame(4111, 'theirs'));
    peer.socket.end();
    assert.deepEqual(await stream.closed, { closeCode: 4111, reason: 'theirs' });
  });

  it('with data unwritten it is not clean: closed rejects with the peer\'s code, the write with an InvalidStateError, later ones with the same', async () => {
    const { stream, peer, reader, writer } = await rig();
    peer.socket.pause();
    const write = writer.write(new Uint8Array(16 * 1024 * 1024));
    await turn();
    peer.write(closeFrame(4000, 'robot'));
    for (let i = 0; i < 10; i++) await turn();
    peer.socket.destroy();
    const cut = await rejectsDom('InvalidStateError', write);
    assert.equal(await rejectsDom('InvalidStateError', writer.write('later')), cut);
    const error = await rejectsDom('WebSocketError', stream.closed);
    assert.ok(error instanceof WebSocketError);
    assert.deepEqual([error.closeCode, error.reason], [4000, 'robot']);
    assert.equal(await rejectsDom('WebSocketError', reader.read()), error);
  });

  it('a write that our own close() cut short rejects with an InvalidStateError, later ones with the same', async () => {
    const { stream, peer, writer } = await rig();
    peer.socket.pause();
    const write = writer.write(new Uint8Array(16 * 1024 * 1024));
    await turn();
    stream.close();
    peer.socket.destroy();
    const cut = await rejectsDom('InvalidStateError', write);
    assert.equal(await rejectsDom('InvalidStateError', writer.write('later')), cut);
    await rejectsDom('WebSocketError', stream.closed);
  });

  it('an abrupt end rejects closed and errors both streams with one WebSocketError, whose cause says why', async () => {
    const { stream, peer, reader, writer } = await rig();
    peer.socket.destroy();
    const error = await rejectsDom('WebSocketError', stream.closed);
    assert.equal(await rejectsDom('WebSocketError', reader.read()), error);
    assert.equal(await rejectsDom('WebSocketError', writer.write('x')), error);
    assert.ok(error instanceof WebSocketError && error.closeCode === 1006 && error.reason === '');
    assert.ok(Reflect.get(error, 'cause') instanceof WebSocketFailure);
  });

  it('a message beyond what may wait fails the connection, and the write says so', async () => {
    const { stream, peer, writer } = await rig({ limits: { maxQueueSize: 1000 } });
    const refused = await rejectsDom('WebSocketError', writer.write(new Uint8Array(1001)));
    assert.match(refused.message, /maxQueueSize is 1000, found 1001/);
    assert.equal(await rejectsDom('WebSocketError', stream.closed), refused);
    peer.socket.destroy();
  });

  it('collecting garbage while a write waits, and after a close with one waiting, does no harm', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const writes: Promise<unknown>[] = [];
    const { url } = await serving(echo);
    for (const end of ['wait', 'close'] as const) {
      let peer: RawPeer | null = null;
      await (async () => {
        const all = await rig();
        peer = all.peer;
        all.peer.socket.pause();
        writes.push(all.writer.write(new Uint8Array(16 * 1024 * 1024)).catch((error: unknown) => error));
        await turn();
        if (end === 'close') all.stream.close();
      })();
      collect();
      await turn();
      (peer as RawPeer | null)?.socket.destroy();
      collect();
    }
    for (const result of await Promise.all(writes)) assert.ok(result instanceof DOMException);
    const after = new WebSocketStream(url);
    await after.opened;
    after.close();
    await after.closed;
  });
});
