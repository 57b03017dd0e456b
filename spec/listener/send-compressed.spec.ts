// What is said of compressing one message, where it is not sent at once: by a call, whole or in pieces, and by a web socket that is still
// connecting. What compression.spec.ts beside it proves is not proved again.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { constants, inflateRawSync } from 'node:zlib';
import { acceptKeyOf } from '../../lib/core/handshake/accept.ts';
import { WebSocketCall } from '../../lib/listener/call.ts';
import type { CallSocket } from '../../lib/listener/call-socket.ts';
import { WebSocketClient } from '../../lib/listener/client.ts';
import type { WebSocketClientOptions } from '../../lib/listener/options.ts';
import { nodePlatform } from '../../lib/node/platform.ts';
import { concat, hex, utf8 } from '../support/bytes.ts';
import { Recorder } from '../support/listener.ts';
import { Random } from '../support/random.ts';
import { referenceTranscript } from '../support/reference-frames.ts';
import { deferred, rawServer } from '../support/sockets.ts';
import type { RawPeer, RawServer } from '../support/sockets.ts';

const NO_LIMITS = { maxFrameSize: Infinity, maxMessageSize: Infinity, maxFragments: Infinity };
const TAIL = hex('0000ffff');
const LONG = 'Sixty-four bytes are worth compressing, and these are a few more than that. ';

/** Agrees to what `peer` offers. */
async function agree(peer: RawPeer): Promise<void> {
  await peer.until(({ text }) => text.includes('\r\n\r\n'));
  assert.match(peer.text, /^sec-websocket-extensions: permessage-deflate/im);
  const key = /^sec-websocket-key: (.*)\r$/im.exec(peer.text)?.[1] ?? '';
  peer.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    `Sec-WebSocket-Accept: ${acceptKeyOf(key, nodePlatform)}\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n`);
}

interface Seen {
  /** `text… compressed`: the first of several frames. */
  readonly what: string;
  readonly payload: Uint8Array;
}

async function frames(peer: RawPeer, count: number): Promise<Seen[]> {
  const seen = (): Seen[] => {
    const wire = peer.received.subarray(peer.text.indexOf('\r\n\r\n') + 4);
    return referenceTranscript(wire, { role: 'server', rsv1Defined: true, limits: NO_LIMITS })
      .filter((line) => !/\+\d+$/.test(line))
      .map((line) => ({ what: (line.split(' in ')[0] as string).replace(' rsv 40', ' compressed'), payload: hex(/[0-9a-f]*$/.exec(line)?.[0] ?? '') }));
  };
  await peer.until(() => seen().length >= count);
  return seen();
}

function inflate(...parts: readonly Uint8Array[]): string {
  return inflateRawSync(concat(...parts), { finishFlush: constants.Z_SYNC_FLUSH }).toString();
}

async function called(options: WebSocketClientOptions = {}): Promise<{ readonly server: RawServer; readonly peer: RawPeer; readonly socket: CallSocket; end(): void }> {
  const server = await rawServer();
  const call = WebSocketCall.create(new WebSocketClient({ ping: 'off', ...options }), { url: `ws://127.0.0.1:${server.port}` });
  const opened = deferred<CallSocket>();
  call.enqueue({ onOpen: opened.resolve });
  const peer = await server.next();
  await agree(peer);
  return {
    server, peer, socket: await opened.promise,
    end: () => {
      call.cancel();
      server.close();
    },
  };
}

describe('sendMessage', () => {
  it('compresses what is worth it, and as is said beside the message, whole and in pieces', async () => {
    const { peer, socket, end } = await called();
    await socket.sendMessage('text', LONG);
    await socket.sendMessage('text', LONG, { compress: false });
    await socket.sendMessage('binary', utf8(LONG));
    await socket.sendMessage('binary', utf8(LONG), { compress: false });
    await socket.sendMessage('text', utf8(LONG), { compress: true });
    await socket.sendMessage('text', 'z'.repeat(40), { compress: true });
    await socket.sendMessage('text', [LONG, LONG]);
    await socket.sendMessage('text', [LONG, LONG], { compress: false });
    await socket.sendMessage('binary', [utf8('z'.repeat(40))], { compress: true });
    const seen = await frames(peer, 6 + 3 + 3 + 2);
    assert.deepEqual(seen.map(({ what }) => what), [
      'text compressed', 'text', 'binary compressed', 'binary', 'text compressed', 'text compressed',
      'text… compressed', 'continuation…', 'continuation', 'text…', 'continuation…', 'continuation', 'binary… compressed', 'continuation',
    ]);
    const wire = [0, 2, 4, 5].flatMap((i) => [seen[i]?.payload ?? hex(''), TAIL]);
    const pieces = seen.slice(6, 9).map(({ payload }) => payload);
    const last = seen.slice(12).map(({ payload }) => payload);
    assert.equal(inflate(...wire, ...pieces, TAIL, ...last, TAIL), `${LONG.repeat(3)}${'z'.repeat(40)}${LONG.repeat(2)}${'z'.repeat(40)}`);
    end();
  });

  it('of bytes that do not shrink sends them as they are', async () => {
    const { peer, socket, end } = await called();
    const noise = new Random(3).bytes(500);
    await socket.sendMessage('binary', noise);
    assert.deepEqual(await frames(peer, 1), [{ what: 'binary', payload: noise }]);
    end();
  });

  it('rejects an option that is unknown or no boolean, and has sent nothing', async () => {
    const { peer, socket, end } = await called();
    for (const options of [{ compress: 'no' }, { compression: 'off' }, null]) {
      for (const payload of [LONG, utf8(LONG), [LONG]]) await assert.rejects(socket.sendMessage('text', payload, options as never), TypeError);
    }
    await socket.sendMessage('text', 'still fine');
    assert.deepEqual((await frames(peer, 1)).map(({ payload }) => Buffer.from(payload).toString()), ['still fine']);
    end();
  });

  it('rejects with what the application\'s decision throws, and goes on', async () => {
    const mistake = new Error('undecided');
    let fails = true;
    const { peer, socket, end } = await called({ compression: { decide: () => {
      if (fails) throw mistake;
      return true;
    } } });
    for (const payload of [LONG, utf8(LONG), [LONG]]) await assert.rejects(socket.sendMessage('text', payload), mistake);
    fails = false;
    await socket.sendMessage('text', LONG);
    assert.deepEqual((await frames(peer, 1)).map(({ what }) => what), ['text compressed']);
    end();
  });
});

describe('a web socket that is connecting', () => {
  it('keeps what was said of each message, whatever becomes of the object that said it; a mistake is told at once', async () => {
    const server = await rawServer();
    const webSocket = new WebSocketClient({ ping: 'off' }).newWebSocket({ url: `ws://127.0.0.1:${server.port}` }, {});
    const options = { compress: false };
    assert.equal(webSocket.send(LONG, options), true);
    options.compress = true;
    assert.equal(webSocket.send(utf8('w'.repeat(40)), options), true);
    options.compress = false;
    assert.equal(webSocket.send(LONG), true);
    for (const wrong of [{ compress: 1 }, { comprss: true }, null]) assert.throws(() => webSocket.send('x', wrong as never), TypeError);
    const peer = await server.next();
    await agree(peer);
    const seen = await frames(peer, 3);
    assert.deepEqual(seen.map(({ what }) => what), ['text', 'binary compressed', 'text compressed']);
    assert.equal(inflate(...seen.slice(1).flatMap(({ payload }) => [payload, TAIL])), 'w'.repeat(40) + LONG);
    webSocket.cancel();
    assert.throws(() => webSocket.send('x', { compress: 1 } as never), TypeError);
    server.close();
  });

  it('tells a decision about a message that waited, which throws, as what a callback throws: onFailure, with its cause', async () => {
    const mistake = new Error('undecided');
    const server = await rawServer();
    const recorder = new Recorder();
    const client = new WebSocketClient({ ping: 'off', compression: { decide: () => { throw mistake; } } });
    const webSocket = client.newWebSocket({ url: `ws://127.0.0.1:${server.port}` }, recorder);
    webSocket.send(LONG);
    webSocket.send(LONG);
    const peer = await server.next();
    await agree(peer);
    assert.deepEqual(await recorder.ended(), ['open 101', 'failure callback APPLICATION_FAILED']);
    assert.equal(recorder.failure?.cause, mistake);
    server.close();
  });
});
