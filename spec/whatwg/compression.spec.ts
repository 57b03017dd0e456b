// permessage-deflate under the browser's classes: nothing of it can be seen but `extensions` and fewer bytes. bufferedAmount counts what was
// given, a stream's queue what has been inflated.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { WebSocket, WebSocketStream } from '../../lib/whatwg/index.ts';
import type { WebSocketOptions } from '../../lib/whatwg/index.ts';
import { concat, hex, utf8 } from '../support/bytes.ts';
import { frame } from '../support/frames.ts';
import { referenceTranscript } from '../support/reference-frames.ts';
import { uncaughtDuring } from '../support/sockets.ts';
import type { RawPeer } from '../support/sockets.ts';
import { accept, echo, next, open, rawServing, rejectsDom, serving, story, turn } from './support.ts';

const AGREED = 'Sec-WebSocket-Extensions: permessage-deflate\r\n';
const NO_LIMITS = { maxFrameSize: Infinity, maxMessageSize: Infinity, maxFragments: Infinity };
const LONG = 'Sixty-four bytes are worth compressing, and these are a few more than that. ';

/** A compressed message without history. */
const compressed = (payload: string | Uint8Array, opcode: number = 1): Uint8Array =>
  frame({ opcode, rsv: 0x40, payload: deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4) });

/** A socket whose server, by hand, has agreed to compress. */
async function rig(options: WebSocketOptions = {}, behind?: Uint8Array): Promise<{ readonly socket: WebSocket; readonly peer: RawPeer }> {
  const raw = await rawServing();
  const socket = new WebSocket(`ws://127.0.0.1:${raw.port}`, [], options);
  const opened = next(socket, 'open');
  const peer = await raw.next();
  await accept(peer, AGREED, behind);
  await opened;
  return { socket, peer };
}

/** The frames that came from a socket, `text compressed` and the payload. */
async function frames(peer: RawPeer, count: number): Promise<[what: string, payload: Uint8Array][]> {
  const seen = (): [string, Uint8Array][] => {
    const wire = peer.received.subarray(peer.text.indexOf('\r\n\r\n') + 4);
    return referenceTranscript(wire, { role: 'server', rsv1Defined: true, limits: NO_LIMITS })
      .filter((line) => !/\+\d+$/.test(line))
      .map((line) => [(line.split(' in ')[0] as string).replace(' rsv 40', ' compressed'), hex(/[0-9a-f]*$/.exec(line)?.[0] ?? '')]);
  };
  await peer.until(() => seen().length >= count);
  return seen();
}

describe('WebSocket: compression', () => {
  it('shows in extensions and in fewer bytes: text, an ArrayBuffer, a view and a Blob, in order', async () => {
    const { socket, peer } = await rig();
    assert.equal(socket.extensions, 'permessage-deflate');
    const bytes = Uint8Array.from(utf8(LONG));
    for (const data of [LONG, bytes.buffer, new Blob([LONG]), bytes, LONG, 'short']) socket.send(data);
    const seen = await frames(peer, 6);
    assert.deepEqual(seen.map(([what]) => what), ['text compressed', 'binary compressed', 'binary compressed', 'binary compressed', 'text compressed', 'text']);
    const wire = seen.slice(0, 5).flatMap(([, payload]) => [payload, hex('0000ffff')]);
    assert.equal(inflateRawSync(concat(...wire), { finishFlush: constants.Z_SYNC_FLUSH }).toString(), LONG.repeat(5));
    peer.socket.destroy();
  });

  it('delivers what came compressed, behind the answer in the same packet too, and what came as it is between', async () => {
    const { socket, peer } = await rig({}, concat(compressed(LONG), frame({ opcode: 1, payload: 'plain' })));
    socket.binaryType = 'arraybuffer';
    const told = story(socket);
    peer.write(concat(compressed('', 2), compressed('é'), frame({ opcode: 8 })));
    peer.socket.end();
    assert.deepEqual(await told, [`message ${LONG}`, 'message plain', 'message [object ArrayBuffer]', 'message é', 'close 3: 1005 "" clean']);
  });

  it('counts in bufferedAmount what was given, also while it is compressed elsewhere, and 0 once it is written', async () => {
    const { url } = await serving(echo);
    const socket = await open(url);
    const large = 'x'.repeat(1_000_000);
    socket.send(large);
    socket.send('behind');
    assert.equal(socket.bufferedAmount, 1_000_006);
    await turn();
    assert.equal(socket.bufferedAmount, 1_000_006, 'it is being compressed');
    assert.equal((await next(socket, 'message')).data, large);
    assert.equal((await next(socket, 'message')).data, 'behind');
    assert.equal(socket.bufferedAmount, 0);
    socket.close();
    await next(socket, 'close');
  });

  it('closes behind what is compressed elsewhere: nothing that was sent is lost', async () => {
    const { socket, peer } = await rig();
    const closed = next(socket, 'close');
    socket.send('y'.repeat(400_000));
    socket.send(new Blob(['z'.repeat(400_000)]));
    socket.close(1000);
    const seen = await frames(peer, 3);
    assert.deepEqual(seen.map(([what]) => what), ['text compressed', 'binary compressed', 'close 03e8']);
    peer.write(frame({ opcode: 8, payload: hex('03e8') }));
    peer.socket.end();
    assert.equal((await closed).wasClean, true);
  });

  it('that is corrupt is an error and a close that is not clean, and which it was the error says', async () => {
    const { socket, peer } = await rig();
    const error = next(socket, 'error');
    const told = story(socket);
    peer.write(concat(compressed('first'), frame({ opcode: 1, rsv: 0x40, payload: hex('ffff') })));
    peer.socket.end();
    assert.deepEqual(await told, ['message first', 'error 3', 'close 3: 1006 "" not clean']);
    assert.match((await error).message, /DEFLATE_CORRUPT/);
  });

  it('that was not agreed to is an error: a server has to answer an offer', async () => {
    for (const options of [{}, { compression: 'off' }] as const) {
      const raw = await rawServing();
      const socket = new WebSocket(`ws://127.0.0.1:${raw.port}`, [], options);
      const error = next(socket, 'error');
      const peer = await raw.next();
      await accept(peer, '', compressed('first'));
      assert.match((await error).message, /RSV_NOT_NEGOTIATED/);
      peer.socket.destroy();
    }
  });

  it('throws out of send what the program\'s decision throws, and nothing is counted; behind a Blob it surfaces, and the socket fails', async () => {
    const mistake = new Error('undecided');
    let fails = true;
    const { socket, peer } = await rig({ compression: { decide: () => {
      if (fails) throw mistake;
      return true;
    } } });
    assert.throws(() => socket.send(LONG), mistake);
    assert.equal(socket.bufferedAmount, 0);
    fails = false;
    socket.send(LONG);
    await frames(peer, 1);
    await turn();
    assert.equal(socket.bufferedAmount, 0);
    fails = true;
    const uncaught = await uncaughtDuring(async () => {
      const closed = next(socket, 'close');
      socket.send(new Blob(['a blob']));
      socket.send('behind it');
      peer.socket.on('end', () => peer.socket.end());
      assert.equal((await closed).wasClean, false);
    });
    assert.deepEqual(uncaught, [mistake]);
  });
});

describe('WebSocketStream: compression', () => {
  it('reads and writes the same messages, and says what was agreed to', async () => {
    const { url } = await serving(echo);
    const stream = new WebSocketStream(url);
    const { readable, writable, extensions } = await stream.opened;
    assert.equal(extensions, 'permessage-deflate; client_max_window_bits=12');
    const [reader, writer] = [readable.getReader(), writable.getWriter()];
    for (const message of [LONG, 'x'.repeat(400_000), '']) {
      const written = writer.write(message);
      assert.equal((await reader.read()).value, message);
      await written;
    }
    stream.close();
    await stream.closed;
  });

  it('inflates nothing beyond the message that fills the queue, although all of it has arrived', async () => {
    const raw = await rawServing();
    const stream = new WebSocketStream(`ws://127.0.0.1:${raw.port}`);
    const peer = await raw.next();
    await accept(peer, AGREED, concat(compressed('first'), frame({ opcode: 9, payload: 'asked' }), frame({ opcode: 1, rsv: 0x40, payload: hex('ffff') })));
    const reader = (await stream.opened).readable.getReader();
    for (let i = 0; i < 20; i++) await turn();
    assert.equal((await reader.read()).value, 'first');
    await peer.afterHead(11);
    await rejectsDom('WebSocketError', reader.read());
    await rejectsDom('WebSocketError', stream.closed);
    peer.socket.destroy();
  });

  it('a write of what is compressed elsewhere lasts until it has been handed on', async () => {
    const raw = await rawServing();
    const stream = new WebSocketStream(`ws://127.0.0.1:${raw.port}`, {}, { limits: { highWaterMark: 1000 } });
    const peer = await raw.next();
    await accept(peer, AGREED);
    const writer = (await stream.opened).writable.getWriter();
    let written = false;
    const write = writer.write('x'.repeat(1_000_000)).then(() => { written = true; });
    await turn();
    assert.equal(written, false);
    await write;
    assert.deepEqual((await frames(peer, 1)).map(([what]) => what), ['text compressed']);
    peer.socket.destroy();
    await rejectsDom('WebSocketError', stream.closed);
  });
});
