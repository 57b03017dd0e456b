// What a web socket makes of a server's bytes, case by case, as OkHttp's own reader is tested: the end of the connection is a FIN after the
// bytes of the case. Where the RFC is stricter than OkHttp the RFC wins, and the title says so.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { concat, hex, toHex, utf8 } from '../support/bytes.ts';
import { frame } from '../support/frames.ts';
import type { FrameSpec } from '../support/frames.ts';
import { converse, framesFrom } from '../support/listener.ts';

const ENDED = 'failure open TRANSPORT_ENDED';

interface Case {
  readonly title: string;
  readonly bytes: Uint8Array;
  readonly told: readonly string[];
}

const frames = (...specs: readonly FrameSpec[]): Uint8Array => concat(...specs.map(frame));
const closeBody = (code: number, reason: string = ''): Uint8Array => concat(Uint8Array.of(code >> 8, code & 0xff), utf8(reason));

const CASES: readonly Case[] = [
  { title: 'a control frame must be final', bytes: hex('0a00'), told: ['failure open CONTROL_FRAGMENTED'] },
  { title: 'RSV1 is refused on a message when no extension is in use', bytes: hex('c100'), told: ['failure open RSV_NOT_NEGOTIATED'] },
  { title: 'RSV1 is refused on a control frame', bytes: hex('ca00'), told: ['failure open RSV_NOT_NEGOTIATED'] },
  { title: 'RSV1 is refused on a continuation', bytes: hex('0200 c000'), told: ['failure open RSV_NOT_NEGOTIATED'] },
  { title: 'RSV2 is refused', bytes: hex('aa00'), told: ['failure open RSV_NOT_NEGOTIATED'] },
  { title: 'RSV3 is refused', bytes: hex('9a00'), told: ['failure open RSV_NOT_NEGOTIATED'] },
  { title: 'a frame of a server must not be masked', bytes: frame({ opcode: 1, payload: 'x', mask: true }), told: ['failure open MASK_UNEXPECTED'] },
  { title: 'a control frame of 126 bytes is refused by its header', bytes: hex('8a7e007e'), told: ['failure open CONTROL_TOO_LONG'] },
  { title: 'a text in one frame is told', bytes: hex('810548656c6c6f'), told: ['text Hello', ENDED] },
  { title: 'a length of 5 in 16 bits is refused, as §5.2 has it', bytes: frame({ opcode: 1, payload: 'Hello', lengthBits: 16 }), told: ['failure open LENGTH_NOT_MINIMAL'] },
  { title: 'a length of 5 in 64 bits is refused, as §5.2 has it', bytes: frame({ opcode: 1, payload: 'Hello', lengthBits: 64 }), told: ['failure open LENGTH_NOT_MINIMAL'] },
  { title: 'a length with the top bit set is refused', bytes: hex('817f8000000000000000'), told: ['failure open LENGTH_TOP_BIT_SET'] },
  { title: 'a text in two frames is told once', bytes: frames({ opcode: 1, fin: false, payload: 'Hel' }, { opcode: 0, payload: 'lo' }), told: ['text Hello', ENDED] },
  {
    title: 'four Pongs between two fragments are told before the message',
    bytes: frames({ opcode: 1, fin: false, payload: 'Hel' }, ...[0, 1, 2, 3].map(() => ({ opcode: 10 })), { opcode: 0, payload: 'lo' }),
    told: ['pong ', 'pong ', 'pong ', 'pong ', 'text Hello', ENDED],
  },
  { title: 'a transport that ends inside a message fails, and nothing of the message is told', bytes: hex('810548656c'), told: [ENDED] },
  { title: 'a transport that ends inside a control frame fails', bytes: hex('8a0548656c'), told: [ENDED] },
  { title: 'a binary message of 256 bytes is told', bytes: frame({ opcode: 2, payload: new Uint8Array(256) }), told: ['binary of 256', ENDED] },
  {
    title: 'a binary message in two frames of 100 bytes is told once',
    bytes: frames({ opcode: 2, fin: false, payload: new Uint8Array(100) }, { opcode: 0, payload: new Uint8Array(100) }), told: ['binary of 200', ENDED],
  },
  { title: 'a new message where a continuation is due is refused', bytes: frames({ opcode: 1, fin: false, payload: 'a' }, { opcode: 1, payload: 'b' }), told: ['failure open MESSAGE_INTERLEAVED'] },
  { title: 'a continuation of nothing is refused', bytes: hex('8000'), told: ['failure open CONTINUATION_WITHOUT_START'] },
  { title: 'reserved opcodes are refused', bytes: hex('8b00'), told: ['failure open RESERVED_OPCODE'] },
  { title: 'an empty Ping is told', bytes: hex('8900'), told: ['ping ', ENDED] },
  { title: 'a Ping\'s payload is told', bytes: hex('890548656c6c6f'), told: ['ping 48656c6c6f', ENDED] },
  { title: 'an empty Close is told as 1005 without a reason', bytes: hex('8800'), told: ['closing 1005', 'closed 1005'] },
  { title: 'a Close body of one byte is refused', bytes: hex('880100'), told: ['failure open CLOSE_BODY_TOO_SHORT'] },
  { title: 'a Close\'s code and reason are told, also when the transport ends right behind it', bytes: frame({ opcode: 8, payload: closeBody(1000, 'Hello') }), told: ['closing 1000 Hello', 'closed 1000 Hello'] },
  { title: 'a Close code out of range is refused: 1', bytes: frame({ opcode: 8, payload: closeBody(1) }), told: ['failure open CLOSE_CODE_NOT_ALLOWED'] },
  { title: 'a Close code out of range is refused: 5000', bytes: frame({ opcode: 8, payload: closeBody(5000) }), told: ['failure open CLOSE_CODE_NOT_ALLOWED'] },
  { title: 'text that is no UTF-8 is refused, as §8.1 has it', bytes: frame({ opcode: 1, payload: hex('ff') }), told: ['failure open TEXT_NOT_UTF8'] },
  {
    title: 'a Close inside a fragmented message is a close, and the message is never told',
    bytes: frames({ opcode: 1, fin: false, payload: 'a' }, { opcode: 8, payload: closeBody(1000) }), told: ['closing 1000', 'closed 1000'],
  },
];

describe('a web socket that is sent', () => {
  for (const { title, bytes, told } of CASES) {
    it(title, async () => {
      const { server, peer, recorder } = await converse({}, {}, bytes);
      peer.socket.end();
      assert.deepEqual(await recorder.ended(), ['open 101', ...told]);
      server.close();
    });
  }

  it('its bytes one at a time tells the same', async () => {
    const { server, peer, recorder } = await converse();
    await recorder.until('open');
    for (const octet of frames({ opcode: 1, fin: false, payload: 'Hé' }, { opcode: 9, payload: 'p' }, { opcode: 0, payload: 'llo' }, { opcode: 8, payload: closeBody(1001, 'bye') })) {
      peer.write(Uint8Array.of(octet));
      await new Promise((resolve) => { setImmediate(resolve); });
    }
    peer.socket.end();
    assert.deepEqual(await recorder.ended(), ['open 101', 'ping 70', 'text Héllo', 'closing 1001 bye', 'closed 1001 bye']);
    server.close();
  });

  it('any Close code that may not be on the wire is refused: 1004 to 1006 and 1015 to 2999', async () => {
    for (const code of [1004, 1005, 1006, 1015, 1016, 2000, 2998, 2999]) {
      const { server, recorder } = await converse({}, {}, frame({ opcode: 8, payload: closeBody(code) }));
      assert.equal((await recorder.ended()).at(-1), 'failure open CLOSE_CODE_NOT_ALLOWED', String(code));
      server.close();
    }
  });
});

describe('a web socket sends', () => {
  it('a message as one masked frame in the shortest form of its length, whatever its size', async () => {
    const sizes = [0, 5, 125, 126, 12_345, 65_535, 65_536];
    const { server, peer, webSocket } = await converse({}, { onOpen: (ws) => { for (const size of sizes) ws.send(new Uint8Array(size)); } });
    await peer.until((it) => framesFrom(it).length === sizes.length && !/\+\d+$/.test(String(framesFrom(it).at(-1))));
    assert.deepEqual(framesFrom(peer), sizes.map((size) => `binary in binary ${'00'.repeat(size)}`));
    webSocket.cancel();
    server.close();
  });

  it('a lone surrogate as U+FFFD', async () => {
    const { server, peer, webSocket } = await converse({}, { onOpen: (ws) => { ws.send('a\ud800b'); } });
    await peer.until((it) => framesFrom(it).length === 1);
    assert.deepEqual(framesFrom(peer), [`text in text ${toHex(utf8('a\ufffdb'))}`]);
    webSocket.cancel();
    server.close();
  });
});
