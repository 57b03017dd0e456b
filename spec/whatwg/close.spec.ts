// WHATWG WebSockets §3.1, close(), and §4, how it ends: the arguments, the states, which events come, what the close event says.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { Scheduler } from '../../lib/node/scheduler.ts';
import { goAway, WebSocket, WebSocketFailure } from '../../lib/whatwg/index.ts';
import type { WebSocketOptions } from '../../lib/whatwg/index.ts';
import type { RawPeer } from '../support/sockets.ts';
import { frame } from '../support/frames.ts';
import { readJson } from '../support/project.ts';
import { toHex } from '../support/bytes.ts';
import { accept, echo, FAILED, IDENTITY, next, open, rawServing, serving, silence, story, throwsDom, TRUST, turn } from './support.ts';

/** A socket that is open, and the server's side of it by hand. */
async function openRaw(options: WebSocketOptions = {}): Promise<{ socket: WebSocket; peer: RawPeer }> {
  const raw = await rawServing();
  const socket = new WebSocket(`ws://127.0.0.1:${raw.port}`, [], options);
  const peer = await raw.next();
  await accept(peer);
  await next(socket, 'open');
  return { socket, peer };
}

const closeFrame = (code: number, reason: string = ''): Uint8Array =>
  frame({ opcode: 8, payload: Buffer.concat([Uint8Array.of(code >> 8, code), Buffer.from(reason)]) });

/** What the Close frame of a client says that `close` is called on. */
async function closeBody(close: (socket: WebSocket) => void): Promise<string> {
  const { socket, peer } = await openRaw();
  close(socket);
  const bytes = await peer.afterHead(6);
  const length = (bytes[1] as number) & 0x7f;
  const whole = await peer.afterHead(6 + length);
  const key = whole.subarray(2, 6);
  const body = whole.subarray(6, 6 + length).map((octet, i) => octet ^ (key[i % 4] as number));
  assert.equal(whole[0], 0x88);
  peer.socket.destroy();
  await next(socket, 'close');
  return toHex(body);
}

describe('close(): arguments', () => {
  for (const { call, expect } of readJson<{ closeApi: { call: string; expect: string }[] }>('spec/vectors/vectors.json').closeApi) {
    it(`${call}: ${expect}`, async () => {
      const close = (socket: WebSocket): void => {
        const parts = /^close\((?:(\d+)(?:,"([^"]*)"(?:x(\d+))?)?)?\)$/.exec(call);
        assert.ok(parts !== null);
        const reason = parts[2]?.replace('\\ud800', '\ud800').repeat(Number(parts[3] ?? 1));
        if (parts[1] === undefined) socket.close();
        else socket.close(Number(parts[1]), reason);
      };
      const [what = ''] = expect.split(' ');
      if (what.endsWith('Error')) {
        const socket = new WebSocket('ws://example.test', [], { connect: silence });
        throwsDom(what, () => close(socket));
        assert.equal(socket.readyState, WebSocket.CONNECTING);
        return socket.close();
      }
      const body = await closeBody(close);
      if (what === 'Close') assert.equal(body, '');
      else if (what === 'reason') assert.equal(body, '03e8efbfbd');
      else if (what === 'ok') assert.equal(body.length, 2 * 125);
      else assert.equal(body, what);
    });
  }

  it('a code that is neither 1000 nor 3000–4999 is an InvalidAccessError, after [Clamp], and the socket stays open [whatwg-ws-3.1-12]', async () => {
    const { url } = await serving(echo);
    const socket = await open(url);
    for (const code of [0, 500, NaN, 'string', null, 66_536, 1005, 2999, 999.4, 3e9, -1, Infinity, {}]) {
      throwsDom('InvalidAccessError', () => socket.close(code as number));
      assert.equal(socket.readyState, WebSocket.OPEN);
    }
    assert.throws(() => socket.close(1000n as unknown as number), TypeError);
    assert.throws(() => socket.close(Symbol('1000') as unknown as number), TypeError);
    const closed = next(socket, 'close');
    socket.close('3000.5' as unknown as number); // half way: to the even neighbour
    assert.equal((await closed).code, 3000);
  });

  it('a reason over 123 bytes of UTF-8 is a SyntaxError, and the socket stays open [whatwg-ws-3.1-13]', async () => {
    const { url } = await serving(echo);
    const socket = await open(url);
    for (const reason of ['x'.repeat(124), 'é'.repeat(62)]) throwsDom('SyntaxError', () => socket.close(1000, reason));
    assert.equal(socket.readyState, WebSocket.OPEN);
    socket.close();
  });

  it('the code is judged before the reason, and both before the state [whatwg-ws-3.1-14]', async () => {
    const socket = new WebSocket('ws://127.0.0.1:25');
    const judged = (): void => {
      throwsDom('InvalidAccessError', () => socket.close(999, 'x'.repeat(124)));
      throwsDom('SyntaxError', () => socket.close(1000, 'x'.repeat(124)));
    };
    judged();
    await next(socket, 'close');
    assert.equal(socket.readyState, WebSocket.CLOSED);
    judged();
  });

  it('undefined is no argument: a Close frame without body; a reason alone goes with 1000 [whatwg-ws-3.1-18] [whatwg-ws-3.1-21]', async () => {
    assert.equal(await closeBody((socket) => socket.close(undefined)), '');
    assert.equal(await closeBody((socket) => socket.close(undefined, undefined)), '');
    assert.equal(await closeBody((socket) => socket.close(undefined, '')), '');
    assert.equal(await closeBody((socket) => socket.close(undefined, 'why')), `03e8${Buffer.from('why').toString('hex')}`);
    assert.equal(await closeBody((socket) => socket.close(4000, null as unknown as string)), `0fa0${Buffer.from('null').toString('hex')}`);
  });
});

describe('close() by the script', () => {
  for (const [name, options, trust] of [['ws', {}, {}], ['wss', { tls: IDENTITY }, TRUST]] as const) {
    it(`${name}: sets CLOSING at once; code and reason come back with the clean close [whatwg-ws-3.1-17] [whatwg-ws-3.1-19] [whatwg-ws-3.1-20]`, async () => {
      const { url } = await serving(echo, options);
      for (const [code, reason] of [[1000, ''], [1000, 'Clean Close'], [3000, 'Clean Close with code - 3000'], [4999, 'é€😀']] as const) {
        const socket = await open(url, [], trust);
        const told = story(socket);
        assert.equal(socket.close(code, reason), undefined);
        assert.equal(socket.readyState, WebSocket.CLOSING);
        assert.deepEqual(await told, [`close 3: ${code} ${JSON.stringify(reason)} clean`]);
      }
    });

    it(`${name}: without arguments ends with 1005 and no reason, clean [whatwg-ws-4-7]`, async () => {
      const { url } = await serving(echo, options);
      const socket = await open(url, [], trust);
      const told = story(socket);
      socket.close();
      assert.deepEqual(await told, ['close 3: 1005 "" clean']);
    });
  }

  it('a lone surrogate in the reason comes back as U+FFFD', async () => {
    const { url } = await serving(echo);
    const socket = await open(url);
    const closed = next(socket, 'close');
    socket.close(1000, '\ud807');
    assert.equal((await closed).reason, '\ufffd');
  });

  it('does nothing the second time, nor in the close event [whatwg-ws-3.1-15]', async () => {
    const { url } = await serving(echo);
    const socket = await open(url);
    const told = story(socket);
    socket.onclose = () => socket.close(4001);
    socket.close(4000);
    socket.close(4001);
    socket.close();
    assert.deepEqual(await told, ['close 3: 4000 "" clean']);
    assert.equal(socket.readyState, WebSocket.CLOSED);
  });

  it('waits for the peer, which may take its time, and for the end of TCP', async () => {
    const { socket, peer } = await openRaw();
    const told = story(socket);
    socket.close(1000);
    await peer.afterHead(8);
    for (let i = 0; i < 20; i++) await turn();
    assert.equal(socket.readyState, WebSocket.CLOSING);
    peer.write(closeFrame(1000, 'late'));
    peer.socket.end();
    assert.deepEqual(await told, ['close 3: 1000 "late" clean']);
  });

  it('delivers nothing that comes after it [whatwg-ws-4-2]', async () => {
    const { socket, peer } = await openRaw();
    const told = story(socket);
    socket.close();
    peer.write(frame({ opcode: 1, payload: 'too late' }));
    peer.write(closeFrame(1000));
    peer.socket.end();
    assert.deepEqual(await told, ['close 3: 1000 "" clean']);
  });

  it('while CONNECTING fails the connection: CLOSING at once, then error and close, once each, after it returned [whatwg-ws-3.1-16]', async () => {
    const raw = await rawServing();
    const slow = new WebSocket(`ws://127.0.0.1:${raw.port}`);
    const peer = await raw.next();
    const toldSlow = story(slow);
    await peer.until(({ text }) => text.includes('\r\n\r\n')); // in the middle of the handshake
    const atOnce = new WebSocket(`ws://127.0.0.1:${raw.port}`);
    const told = story(atOnce);
    for (const socket of [slow, atOnce]) {
      assert.equal(socket.close(), undefined);
      assert.equal(socket.readyState, WebSocket.CLOSING);
      socket.close();
    }
    assert.deepEqual([await toldSlow, await told], [FAILED, FAILED]);
    await peer.until(({ ended }) => ended);
  });

  it('between the 101 and the open event is while CONNECTING too: no open event', async () => {
    const raw = await rawServing();
    let socket: WebSocket | null = null;
    // The scheduler is asked for the time when the connection exists, in the very task that read the 101.
    const moments: number[] = [];
    const scheduler = new Scheduler({
      now: () => {
        if (socket?.readyState === WebSocket.CONNECTING && peer !== null && moments.push(peer.received.length) > 0) socket.close();
        return 0;
      },
      after: () => () => {},
    });
    let peer: RawPeer | null = null;
    socket = new WebSocket(`ws://127.0.0.1:${raw.port}`, [], { scheduler });
    const told = story(socket);
    const accepted = await raw.next();
    await accepted.until(({ text }) => text.includes('\r\n\r\n'));
    peer = accepted;
    await accept(accepted, '', frame({ opcode: 1, payload: 'with the head' }));
    assert.deepEqual(await told, FAILED);
    assert.equal(moments.length, 1);
    await accepted.until(({ ended, closed }) => ended || closed);
  });

  it('fails when the peer drops TCP instead of answering: 1006, not clean', async () => {
    const { socket, peer } = await openRaw();
    const told = story(socket);
    socket.close(4000);
    await peer.afterHead(8);
    peer.socket.destroy();
    assert.deepEqual(await told, FAILED);
  });
});

describe('closing by the peer', () => {
  it('sets CLOSING, answers, and ends clean with the peer\'s code and reason, without an error event [whatwg-ws-4-6] [whatwg-ws-4-7]', async () => {
    const { socket, peer } = await openRaw();
    const told = story(socket);
    peer.write(closeFrame(1001, 'Goodbye'));
    const answer = await peer.afterHead(8);
    assert.equal(answer[0], 0x88);
    await turn();
    await turn();
    assert.equal(socket.readyState, WebSocket.CLOSING);
    socket.close(4000, 'has no effect');
    peer.socket.end();
    assert.deepEqual(await told, ['close 3: 1001 "Goodbye" clean']);
  });

  it('close() after the peer\'s Close arrived and before a task said so only sets CLOSING [whatwg-ws-3.1-22]', async () => {
    const { socket, peer } = await openRaw();
    const told = story(socket);
    socket.onmessage = () => { // its task comes before that of the Close which lay behind it
      assert.equal(socket.readyState, WebSocket.OPEN);
      socket.close(4000);
      assert.equal(socket.readyState, WebSocket.CLOSING);
    };
    peer.write(Buffer.concat([frame({ opcode: 1, payload: 'last' }), closeFrame(3001)]));
    await peer.afterHead(8);
    peer.socket.end();
    assert.deepEqual(await told, ['message last', 'close 3: 3001 "" clean']);
    assert.equal((await peer.afterHead(8)).length, 8, 'one Close only');
  });

  it('an empty Close is 1005; a reason keeps its byte order mark [whatwg-ws-4-8]', async () => {
    for (const [bytes, end] of [
      [frame({ opcode: 8 }), 'close 3: 1005 "" clean'], [closeFrame(4000, '\ufeffé'), 'close 3: 4000 "\ufeffé" clean'],
    ] as const) {
      const { socket, peer } = await openRaw();
      const told = story(socket);
      peer.write(bytes);
      await peer.afterHead(6);
      peer.socket.end();
      assert.deepEqual(await told, [end]);
    }
  });

  it('a dropped connection and a broken rule are 1006 to the script, and the error event says why', async () => {
    const drops: [string, RegExp, (peer: RawPeer) => void][] = [
      ['FIN', /TRANSPORT_ENDED/, (peer) => { peer.socket.end(); }],
      ['unknown opcode', /RESERVED_OPCODE/, (peer) => { peer.write(frame({ opcode: 3 })); }],
      ['masked', /MASK_UNEXPECTED/, (peer) => { peer.write(frame({ opcode: 1, mask: true })); }],
      ['bad UTF-8', /TEXT_NOT_UTF8/, (peer) => { peer.write(frame({ opcode: 1, payload: Uint8Array.of(0xff) })); }],
      ['too large', /MESSAGE_TOO_BIG\); maxMessageSize is 10, found 11/, (peer) => { peer.write(frame({ opcode: 2, payload: 'x'.repeat(11) })); }],
    ];
    for (const [, message, act] of drops) {
      const { socket, peer } = await openRaw({ limits: { maxMessageSize: 10 } });
      const told = story(socket);
      const failed = next(socket, 'error');
      act(peer);
      const event = await failed;
      assert.match(event.message, message);
      assert.ok(event.error instanceof WebSocketFailure && event.error.outcome.code === 1006);
      assert.deepEqual(await told, FAILED);
    }
  });

  it('a reset connection names the network\'s error as its cause', async () => {
    const { socket, peer } = await openRaw();
    const failed = next(socket, 'error');
    assert.ok('resetAndDestroy' in peer.socket && typeof peer.socket.resetAndDestroy === 'function');
    peer.socket.resetAndDestroy();
    const { error, message } = await failed;
    assert.ok(error instanceof WebSocketFailure && error.cause instanceof Error);
    assert.match(message, /ECONNRESET/);
  });
});

describe('goAway(), for whoever stands where a browser stands', () => {
  it('fails a socket that is CONNECTING and closes an open one with 1001 [whatwg-ws-7-3]', async () => {
    const connecting = new WebSocket('ws://example.test', [], { connect: silence });
    const told = story(connecting);
    goAway(connecting);
    assert.equal(connecting.readyState, WebSocket.CLOSING);
    assert.deepEqual(await told, FAILED);
    assert.equal(await closeBody(goAway), '03e9');
  });
});
