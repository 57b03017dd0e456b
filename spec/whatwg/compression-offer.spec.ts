// permessage-deflate behind the browser's classes: what a script sees of it is `extensions`, and nothing else may look different. What a
// browser's engine offers is offered (WHATWG WebSockets §2.2), and an answer that makes no sense fails like every other.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { WebSocket } from '../../lib/whatwg/index.ts';
import type { WebSocketOptions } from '../../lib/whatwg/index.ts';
import { hex } from '../support/bytes.ts';
import { frame } from '../support/frames.ts';
import { accept, FAILED, rawServing, story } from './support.ts';

const OFFER = 'permessage-deflate; client_max_window_bits';

/** The extensions that a socket offers. */
async function offerOf(options: WebSocketOptions): Promise<string | null> {
  const raw = await rawServing();
  const socket = new WebSocket(`ws://127.0.0.1:${raw.port}`, [], options);
  const peer = await raw.next();
  await peer.until(({ text }) => text.includes('\r\n\r\n'));
  socket.close();
  return /^sec-websocket-extensions: (.*)\r$/im.exec(peer.text)?.[1] ?? null;
}

/** What a socket tells whose offer is answered so, and which is then sent a compressed "Hello" and a Close. */
async function told(answer: string): Promise<{ readonly socket: WebSocket; readonly lines: string[] }> {
  const raw = await rawServing();
  const socket = new WebSocket(`ws://127.0.0.1:${raw.port}`);
  const lines = story(socket);
  const peer = await raw.next();
  const hello = frame({ opcode: 1, rsv: 0x40, payload: hex('f248cdc9c90700') });
  await accept(peer, `Sec-WebSocket-Extensions: ${answer}\r\n`, Buffer.concat([hello, frame({ opcode: 8, payload: hex('03e8') })]));
  peer.socket.end();
  return { socket, lines: await lines };
}

describe('the offer', () => {
  it('is permessage-deflate, as browsers write it [whatwg-ws-2.2-5]', async () => {
    assert.equal(await offerOf({}), OFFER);
  });

  it('is what the program chooses instead, or none', async () => {
    assert.equal(await offerOf({ compression: 'off' }), null);
    assert.equal(await offerOf({ compression: { clientNoContextTakeover: true, clientMaxWindowBits: 10 } }),
      'permessage-deflate; client_no_context_takeover; client_max_window_bits=10');
  });
});

describe('the answer', () => {
  it('stands in extensions as it was agreed on, and compressed messages are messages', async () => {
    const { socket, lines } = await told('permessage-deflate; server_no_context_takeover');
    assert.deepEqual(lines, ['open 1', 'message Hello', 'close 3: 1000 "" clean']);
    assert.equal(socket.extensions, 'permessage-deflate; server_no_context_takeover');
  });

  it('that has a parameter out of range, undefined or not offered fails like every other', async () => {
    for (const answer of ['permessage-deflate; server_max_window_bits=16', 'permessage-deflate; foo', 'permessage-deflate; client_max_window_bits', 'x-other']) {
      const { socket, lines } = await told(answer);
      assert.deepEqual(lines, FAILED, answer);
      assert.equal(socket.extensions, '');
    }
  });
});
