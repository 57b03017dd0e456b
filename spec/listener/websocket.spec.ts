// The web socket's life, against servers by hand: what is told and in which order, what send and close answer, and that exactly one end
// is told, whatever happens.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import * as net from 'node:net';
import { WebSocketClient } from '../../lib/listener/client.ts';
import type { WebSocketListener } from '../../lib/listener/listener.ts';
import type { WebSocketClientOptions } from '../../lib/listener/options.ts';
import type { WebSocket } from '../../lib/listener/websocket.ts';
import { listen } from '../../lib/node/listen.ts';
import { Scheduler } from '../../lib/node/scheduler.ts';
import type { Timed, Watch } from '../../lib/node/scheduler.ts';
import { concat, hex, toHex, utf8 } from '../support/bytes.ts';
import { VirtualClock } from '../support/clock.ts';
import { turns, virtualScheduler } from '../support/duplex.ts';
import { frame } from '../support/frames.ts';
import { accept, converse, framesFrom, Recorder } from '../support/listener.ts';
import { rawServer } from '../support/sockets.ts';

const text = (payload: string): Uint8Array => frame({ opcode: 1, payload });
const close = (code: number, reason: string = ''): Uint8Array =>
  frame({ opcode: 8, payload: concat(Uint8Array.of(code >> 8, code & 0xff), utf8(reason)) });
const closeLine = (code: number, reason: string = ''): string => `close ${toHex(concat(Uint8Array.of(code >> 8, code & 0xff), utf8(reason)))}`;

describe('the life of a web socket', () => {
  it('is connecting, open, closing, closed: both sides close, each is told the other\'s code and reason', async () => {
    const states: string[] = [];
    const note = (webSocket: WebSocket): void => { states.push(webSocket.state); };
    const { server, peer, recorder, webSocket } = await converse({}, { onOpen: note, onClosing: note, onClosed: note });
    states.push(webSocket.state);
    await recorder.until('open');
    assert.equal(webSocket.close(1000, 'Hello!'), true);
    note(webSocket);
    await peer.until((it) => framesFrom(it).includes(closeLine(1000, 'Hello!')));
    peer.write(close(1001, 'Goodbye!'));
    peer.socket.end();
    assert.deepEqual(await recorder.ended(), ['open 101', 'closing 1001 Goodbye!', 'closed 1001 Goodbye!']);
    assert.deepEqual(states, ['connecting', 'open', 'closing', 'closing', 'closed']);
    server.close();
  });

  it('begun to close by the server is answered by itself, with the server\'s code, and ends in onClosed', async () => {
    const { server, peer, recorder } = await converse();
    await recorder.until('open');
    peer.write(close(1001, 'bye'));
    await peer.until((it) => framesFrom(it).includes(closeLine(1001)));
    peer.socket.end();
    assert.deepEqual(await recorder.ended(), ['open 101', 'closing 1001 bye', 'closed 1001 bye']);
    server.close();
  });

  it('is answered with the application\'s own code when it calls close in onClosing', async () => {
    let began: boolean | null = null;
    const { server, peer, recorder } = await converse({}, { onClosing: (webSocket) => { began = webSocket.close(1000); } }, close(1001, 'bye'));
    await peer.until((it) => framesFrom(it).includes(closeLine(1000)));
    peer.socket.end();
    assert.deepEqual(await recorder.ended(), ['open 101', 'closing 1001 bye', 'closed 1001 bye']);
    assert.equal(began, true);
    server.close();
  });

  it('after the server\'s Close takes messages until it is answered: those of onClosing go out before the answer', async () => {
    const { server, peer, recorder } = await converse({}, { onClosing: (webSocket) => { assert.equal(webSocket.send('last'), true); } }, close(1000));
    await peer.until((it) => framesFrom(it).length === 2);
    assert.deepEqual(framesFrom(peer), [`text in text ${toHex(utf8('last'))}`, closeLine(1000)]);
    peer.socket.end();
    assert.equal((await recorder.ended()).at(-1), 'closed 1000');
    server.close();
  });

  it('tells a Close without a code as 1005, and answers it', async () => {
    const { server, peer, recorder } = await converse({}, {}, frame({ opcode: 8 }));
    await peer.until((it) => framesFrom(it).includes('close '));
    peer.socket.end();
    assert.deepEqual(await recorder.ended(), ['open 101', 'closing 1005', 'closed 1005']);
    server.close();
  });

  it('closed by both at once sends one Close each, and each reports the other\'s code', async () => {
    const { server, peer, recorder, webSocket } = await converse();
    await recorder.until('open');
    webSocket.close(1000, 'Hello!');
    peer.write(close(1000, 'Goodbye!'));
    await peer.until((it) => framesFrom(it).length > 0);
    peer.socket.end();
    assert.equal((await recorder.ended()).at(-1), 'closed 1000 Goodbye!');
    await peer.until(({ ended }) => ended);
    assert.deepEqual(framesFrom(peer), [closeLine(1000, 'Hello!')]);
    server.close();
  });

  it('keeps the transport until both sides have closed', async () => {
    const { server, peer, recorder, webSocket } = await converse();
    await recorder.until('open');
    webSocket.close(1000);
    await peer.until((it) => framesFrom(it).length > 0);
    await turns(20);
    assert.deepEqual([peer.ended, webSocket.state], [false, 'closing']);
    peer.write(text('still heard'));
    await recorder.until('text still heard');
    peer.write(close(1000));
    peer.socket.end();
    assert.equal((await recorder.ended()).at(-1), 'closed 1000');
    server.close();
  });

  it('delivers a message and a Close that come together, in order, and reads nothing behind the Close', async () => {
    const { server, peer, recorder } = await converse({}, {}, concat(text('one'), close(1000, 'done'), text('two')));
    peer.socket.end();
    assert.deepEqual(await recorder.ended(), ['open 101', 'text one', 'closing 1000 done', 'closed 1000 done']);
    server.close();
  });

  it('loses nothing that rides behind the 101, and tells nothing before newWebSocket has returned', async () => {
    const { server, recorder, webSocket } = await converse({}, {}, concat(text('first'), frame({ opcode: 2, payload: hex('0001ff') })));
    assert.equal(await recorder.until('binary'), 'binary 0001ff');
    assert.deepEqual(recorder.lines, ['open 101', 'text first', 'binary 0001ff']);
    webSocket.cancel();
    server.close();
  });

  it('whose transport ends without a Close has failed', async () => {
    const { server, peer, recorder, webSocket } = await converse();
    await recorder.until('open');
    peer.socket.end();
    assert.deepEqual(await recorder.ended(), ['open 101', 'failure open TRANSPORT_ENDED']);
    assert.deepEqual([webSocket.state, webSocket.send('x'), webSocket.close(1000), webSocket.ping()], ['canceled', false, false, false]);
    assert.deepEqual([recorder.failure?.status, recorder.failure?.headers, recorder.response], [null, null, null]);
    server.close();
  });

  it('whose transport breaks has failed, and the failure carries what the network said', async () => {
    const { server, peer, recorder, webSocket } = await converse();
    await recorder.until('open');
    (peer.socket as net.Socket).resetAndDestroy();
    assert.equal(webSocket.send('into nothing'), true);
    await recorder.ended();
    assert.equal(recorder.failure?.violation?.name, 'TRANSPORT_FAILED');
    assert.match(String(recorder.failure?.code), /^(?:ECONNRESET|EPIPE)$/);
    assert.equal(webSocket.send('later'), false);
    server.close();
  });

  it('that the server breaks off after its Close, before the answer is taken, tells one end', async () => {
    const { server, peer, recorder } = await converse({}, { onClosing: () => { (peer.socket as net.Socket).resetAndDestroy(); } });
    await recorder.until('open');
    peer.write(close(1000));
    const lines = await recorder.ended();
    await turns(20);
    assert.equal(lines.filter((line) => /^(?:closed|failure)/.test(line)).length, 1);
    server.close();
  });
});

describe('a rule that the server breaks', () => {
  it('fails the web socket, tells the rule, its section and the byte that proved it, and sends Close 1002', async () => {
    const { server, peer, recorder } = await converse({}, {}, concat(text('ok'), hex('0a00')));
    assert.deepEqual(await recorder.ended(), ['open 101', 'text ok', 'failure open CONTROL_FRAGMENTED']);
    const { violation, limit } = recorder.failure ?? {};
    assert.deepEqual([violation?.section, violation?.position, limit], ['§5.5', 4, null]);
    assert.match(String(recorder.failure?.message), /^ws:\/\/127\.0\.0\.1:\d+\/chat: open failed: CONTROL_FRAGMENTED: control frames are not fragmented \(§5\.5\)$/);
    await peer.until(({ ended }) => ended);
    assert.deepEqual(framesFrom(peer), [closeLine(1002)]);
    server.close();
  });

  it('after our Close fails it too, and no second Close is sent', async () => {
    for (const [bytes, name] of [[frame({ opcode: 8, mask: true }), 'MASK_UNEXPECTED'], [hex('0a00'), 'CONTROL_FRAGMENTED']] as const) {
      const { server, peer, recorder, webSocket } = await converse();
      await recorder.until('open');
      webSocket.close(1000);
      await peer.until((it) => framesFrom(it).length > 0);
      peer.write(bytes);
      assert.equal((await recorder.ended()).at(-1), `failure open ${name}`);
      await peer.until(({ ended }) => ended);
      assert.deepEqual(framesFrom(peer), [closeLine(1000)]);
      server.close();
    }
  });

  it('or a limit that it exceeds is told with its name, its value and what was met', async () => {
    const { server, recorder } = await converse({ limits: { maxMessageSize: 10 } }, {}, text('eleven byte'));
    assert.equal((await recorder.ended()).at(-1), 'failure open MESSAGE_TOO_BIG');
    assert.deepEqual(recorder.failure?.limit, { name: 'maxMessageSize', value: 10, observed: 11 });
    assert.match(String(recorder.failure?.message), /maxMessageSize is 10, met 11/);
    server.close();
  });
});

describe('send', () => {
  it('before the connection is open has messages wait, which then go out in order and before onOpen\'s own', async () => {
    const server = await rawServer();
    const recorder = new Recorder({ onOpen: (webSocket) => { webSocket.send('fourth'); } });
    const webSocket = new WebSocketClient({ ping: 'off' }).newWebSocket({ url: `ws://127.0.0.1:${server.port}` }, recorder);
    const bytes = hex('0102');
    assert.deepEqual([webSocket.send('first'), webSocket.send(bytes), webSocket.send('thïrd')], [true, true, true]);
    bytes.fill(0xff);
    assert.deepEqual([webSocket.queueSize(), webSocket.state], [5 + 2 + 6, 'connecting']);
    const peer = await server.next();
    await accept(peer);
    await peer.until((it) => framesFrom(it).length === 4);
    assert.deepEqual(framesFrom(peer), [
      `text in text ${toHex(utf8('first'))}`, 'binary in binary 0102', `text in text ${toHex(utf8('thïrd'))}`, `text in text ${toHex(utf8('fourth'))}`,
    ]);
    assert.equal(webSocket.queueSize(), 0);
    webSocket.cancel();
    server.close();
  });

  it('is false once this side has begun to close, as close is', async () => {
    const { server, recorder, webSocket } = await converse();
    await recorder.until('open');
    assert.deepEqual([webSocket.close(1000), webSocket.close(1000), webSocket.send('x'), webSocket.send(hex('00')), webSocket.ping()], [true, false, false, false, false]);
    webSocket.cancel();
    server.close();
  });

  it('throws for what is no message, in any state', async () => {
    const { server, recorder, webSocket } = await converse();
    for (const nothing of [null, undefined, 7, {}, [1], new ArrayBuffer(1)]) {
      assert.throws(() => webSocket.send(nothing as never), TypeError);
      assert.throws(() => webSocket.ping((nothing ?? null) as never), TypeError);
    }
    webSocket.cancel();
    assert.throws(() => webSocket.send(null as never), TypeError);
    await recorder.ended();
    server.close();
  });

  it('copies bytes, those that wait before it is open too, whatever kind of array they come in', async () => {
    const { server, peer, recorder, webSocket } = await converse();
    for (const bytes of [Uint8Array.of(1, 2), Buffer.from([1, 2])]) {
      assert.equal(webSocket.send(bytes), true);
      bytes.fill(9);
    }
    await peer.until((it) => framesFrom(it).length === 2);
    assert.deepEqual(framesFrom(peer), ['binary in binary 0102', 'binary in binary 0102']);
    webSocket.cancel();
    await recorder.ended();
    server.close();
  });

  it('exactly to the limit fits; one byte more is false, closes nothing, and onDrain follows when there is room', async () => {
    const { server, peer, recorder, webSocket } = await converse({ maxQueueSize: 1000 });
    await recorder.until('open');
    assert.equal(webSocket.send('a'.repeat(400)), true);
    assert.equal(webSocket.send(new Uint8Array(600)), true);
    assert.equal(webSocket.send('b'), false);
    assert.deepEqual([webSocket.queueSize(), webSocket.state], [1000, 'open']);
    await recorder.until('drain');
    assert.deepEqual([webSocket.send('b'), recorder.lines], [true, ['open 101', 'drain']]);
    await peer.until((it) => framesFrom(it).length === 3);
    webSocket.cancel();
    server.close();
  });

  it('over the limit before the connection is open is false too, and onDrain follows onOpen', async () => {
    const server = await rawServer();
    const recorder = new Recorder();
    const webSocket = new WebSocketClient({ ping: 'off', maxQueueSize: 4 }).newWebSocket({ url: `ws://127.0.0.1:${server.port}` }, recorder);
    assert.deepEqual([webSocket.send('äö'), webSocket.send('x'), webSocket.queueSize()], [true, false, 4]);
    await accept(await server.next());
    await recorder.until('drain');
    assert.deepEqual(recorder.lines, ['open 101', 'drain']);
    webSocket.cancel();
    server.close();
  });

  it('until it is false loses nothing: all that was taken arrives, and then a graceful end', async () => {
    for (const compression of ['off', {}] as const) {
      const received: number[] = [];
      let resume = (): void => {};
      const server = await listen({}, (pending) => {
        const { connection } = pending.accept({ events: { binary: (message) => { received.push(message.length); } } });
        connection.pause();
        resume = () => connection.resume();
      });
      const recorder = new Recorder();
      const webSocket = new WebSocketClient({ ping: 'off', compression }).newWebSocket({ url: server.url }, recorder);
      const message = new Uint8Array(1024 * 1024);
      const sent = (): number => {
        let count = 0;
        while (webSocket.send(message)) count++;
        return count;
      };
      assert.equal(sent(), 16, '16 MiB by default, exactly');
      assert.equal(webSocket.queueSize(), 16 * 1024 * 1024);
      await recorder.until('open');
      assert.equal(webSocket.state, 'open');
      resume();
      await recorder.until('drain');
      assert.equal(webSocket.close(1000), true);
      await recorder.ended();
      assert.deepEqual([received.length, new Set(received), recorder.lines.at(-1)], [16, new Set([1024 * 1024]), 'closed 1000']);
      await server.close();
    }
  });
});

describe('close', () => {
  it('refuses codes that may not be sent and reasons over 123 bytes, and leaves the web socket as it was', async () => {
    const { server, peer, recorder, webSocket } = await converse();
    await recorder.until('open');
    for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 98724976, 1000.5, NaN]) assert.throws(() => webSocket.close(code), RangeError, String(code));
    assert.throws(() => webSocket.close(1000, 'x'.repeat(124)), { name: 'RangeError', message: /at most 123 bytes of UTF-8, found 124/ });
    assert.throws(() => webSocket.close(1000, 'é'.repeat(62)), RangeError);
    assert.throws(() => webSocket.close('1000' as never), TypeError);
    assert.equal(webSocket.state, 'open');
    assert.equal(webSocket.close(1000, 'x'.repeat(123)), true);
    await peer.until((it) => framesFrom(it).length > 0);
    peer.write(close(1000, 'y'.repeat(123)));
    peer.socket.end();
    assert.equal((await recorder.ended()).at(-1), `closed 1000 ${'y'.repeat(123)}`);
    assert.throws(() => webSocket.close(1005), RangeError, 'also when it is over');
    server.close();
  });

  it('before the connection is open goes out behind the messages that wait, and no more are taken', async () => {
    const server = await rawServer();
    const recorder = new Recorder({ onOpen: (webSocket) => { assert.equal(webSocket.send('too late'), false); } });
    const webSocket = new WebSocketClient({ ping: 'off' }).newWebSocket({ url: `ws://127.0.0.1:${server.port}` }, recorder);
    webSocket.send('hello');
    assert.deepEqual([webSocket.close(1001, 'off'), webSocket.close(1000), webSocket.send('no'), webSocket.state], [true, false, false, 'closing']);
    const peer = await server.next();
    await accept(peer, close(1000));
    await peer.until((it) => framesFrom(it).length === 2);
    assert.deepEqual(framesFrom(peer), [`text in text ${toHex(utf8('hello'))}`, closeLine(1001, 'off')]);
    peer.socket.end();
    assert.deepEqual(await recorder.ended(), ['open 101', 'closing 1000', 'closed 1000']);
    server.close();
  });

  it('and send before a connection that never opens do no harm; the queue keeps what was lost', async () => {
    const recorder = new Recorder();
    const free = await rawServer();
    free.close();
    const webSocket = new WebSocketClient().newWebSocket({ url: `ws://127.0.0.1:${free.port}` }, recorder);
    webSocket.send('hello');
    webSocket.close(1000);
    assert.deepEqual(await recorder.ended(), ['failure connect ECONNREFUSED']);
    assert.deepEqual([webSocket.queueSize(), webSocket.state, webSocket.send('x')], [5, 'canceled', false]);
  });

  it('that is not answered within closeTimeout fails the web socket, and not a millisecond before', async () => {
    for (const closeTimeout of [undefined, 5000, 60_000]) {
      const clock = new VirtualClock();
      const { server, peer, recorder, webSocket } = await converse({ scheduler: virtualScheduler(clock), ...closeTimeout !== undefined && { closeTimeout } });
      await recorder.until('open');
      webSocket.close(1000);
      await peer.until((it) => framesFrom(it).length > 0);
      await turns();
      clock.run((closeTimeout ?? 10_000) - 1);
      await turns();
      assert.equal(webSocket.state, 'closing');
      clock.run(1);
      assert.equal((await recorder.ended()).at(-1), 'failure open CLOSE_UNANSWERED');
      await peer.until((it) => it.ended || it.closed);
      server.close();
    }
  });

  it('closeSafely sends what may be sent instead: codes are mapped, reasons cut between two characters', async () => {
    const { server, peer, recorder, webSocket } = await converse();
    await recorder.until('open');
    assert.equal(webSocket.closeSafely(1006, `${'é'.repeat(61)}€`), true);
    assert.equal(webSocket.closeSafely(1000), false);
    await peer.until((it) => framesFrom(it).length > 0);
    assert.deepEqual(framesFrom(peer), [closeLine(1011, 'é'.repeat(61))]);
    webSocket.cancel();
    server.close();
  });
});

describe('cancel', () => {
  it('lets go at once, drops what waits, and tells onFailure after the call; queueSize stays', async () => {
    const server = await listen({}, (pending) => { pending.accept().connection.pause(); });
    const recorder = new Recorder();
    const webSocket = new WebSocketClient({ ping: 'off' }).newWebSocket({ url: server.url }, recorder);
    await recorder.until('open');
    while (webSocket.send(new Uint8Array(1024 * 1024)));
    const queued = webSocket.queueSize();
    assert.ok(queued > 15 * 1024 * 1024);
    webSocket.cancel();
    webSocket.cancel();
    assert.deepEqual([webSocket.state, recorder.lines.length, webSocket.send('x'), webSocket.close(1000), webSocket.ping()], ['canceled', 1, false, false, false]);
    assert.deepEqual(await recorder.ended(), ['open 101', 'failure open TERMINATED']);
    assert.equal(webSocket.queueSize(), queued);
    assert.match(String(recorder.failure?.message), /TERMINATED.*; canceled$/);
    webSocket.cancel();
    await turns(20);
    assert.equal(recorder.lines.length, 2);
    server.terminate();
  });

  it('while connecting gives up the handshake', async () => {
    const server = await rawServer();
    const recorder = new Recorder();
    const webSocket = new WebSocketClient().newWebSocket({ url: `ws://127.0.0.1:${server.port}` }, recorder);
    const peer = await server.next();
    await peer.until(({ text: head }) => head.includes('\r\n\r\n'));
    webSocket.send('lost');
    webSocket.cancel();
    assert.equal(webSocket.state, 'canceled');
    assert.deepEqual(await recorder.ended(), ['failure response none']);
    assert.equal((recorder.failure?.cause as Error).message, 'canceled');
    assert.equal(webSocket.queueSize(), 4);
    await peer.until((it) => it.ended || it.closed);
    server.close();
  });

  it('in the very turn in which it opens tells no onOpen', async () => {
    let watched = 0;
    let webSocket: WebSocket | null = null;
    class Watching extends Scheduler {
      override watch(timed: Timed): Watch {
        if (++watched === 2) webSocket?.cancel(); // the handshake was the first, the connection is the second
        return super.watch(timed);
      }
    }
    const server = await rawServer();
    const recorder = new Recorder();
    webSocket = new WebSocketClient({ scheduler: new Watching() }).newWebSocket({ url: `ws://127.0.0.1:${server.port}` }, recorder);
    webSocket.send('lost');
    await accept(await server.next());
    assert.deepEqual(await recorder.ended(), ['failure open TERMINATED']);
    assert.equal(webSocket.queueSize(), 4);
    server.close();
  });

  it('in onOpen tells one failure and no message', async () => {
    const { server, recorder } = await converse({}, { onOpen: (webSocket) => webSocket.cancel() }, text('unheard'));
    assert.deepEqual(await recorder.ended(), ['open 101', 'failure open TERMINATED']);
    await turns(20);
    assert.equal(recorder.lines.length, 2);
    server.close();
  });

  it('does nothing once it is closed', async () => {
    const { server, peer, recorder, webSocket } = await converse({}, {}, close(1000));
    peer.socket.end();
    await recorder.ended();
    webSocket.cancel();
    await turns(20);
    assert.deepEqual([webSocket.state, recorder.lines.at(-1)], ['closed', 'closed 1000']);
    server.close();
  });

  it('is what an AbortSignal does, at any time; the cause is its reason', async () => {
    const early = new Recorder();
    const aborted = new WebSocketClient().newWebSocket({ url: 'ws://127.0.0.1:1', signal: AbortSignal.abort('early') }, early);
    assert.equal(aborted.state, 'canceled');
    assert.deepEqual(await early.ended(), ['failure connect none']);
    assert.equal(early.failure?.cause, 'early');

    const controller = new AbortController();
    const { server, recorder, webSocket } = await converse({}, {}, undefined, { signal: controller.signal });
    await recorder.until('open');
    controller.abort('enough');
    assert.equal(webSocket.state, 'canceled');
    assert.equal((await recorder.ended()).at(-1), 'failure open TERMINATED');
    assert.equal(recorder.failure?.cause, 'enough');
    assert.match(String(recorder.failure?.message), /; enough$/);
    server.close();
  });
});

describe('what a callback throws', () => {
  const boom = new Error('boom');
  const reactions: readonly (readonly [title: string, name: keyof WebSocketListener, last: string])[] = [
    ['in onOpen fails the web socket with that very error, and the server is told 1011', 'onOpen', 'open 101'],
    ['in onText fails it', 'onText', 'text x'],
    ['in onBinary fails it', 'onBinary', 'binary 00'],
    ['in onPing fails it', 'onPing', 'ping 01'],
    ['in onPong fails it', 'onPong', 'pong 02'],
    ['in onClosing fails it', 'onClosing', 'closing 1000'],
  ];
  for (const [title, name, line] of reactions) {
    it(title, async () => {
      const everything = concat(
        text('x'), frame({ opcode: 2, payload: hex('00') }), frame({ opcode: 9, payload: hex('01') }), frame({ opcode: 10, payload: hex('02') }), close(1000),
      );
      const { server, peer, recorder, webSocket } = await converse({}, { [name]: () => { throw boom; } }, everything);
      const lines = await recorder.ended();
      assert.deepEqual(lines.slice(-2), [line, 'failure callback APPLICATION_FAILED']);
      assert.equal(recorder.failure?.cause, boom);
      assert.equal(webSocket.send('x'), false);
      await peer.until(({ ended, closed }) => ended || closed);
      assert.equal(framesFrom(peer).at(-1), closeLine(1011));
      server.close();
    });
  }

  it('makes it canceled at once, before the failure is told', async () => {
    const states: string[] = [];
    const { server, recorder, webSocket } = await converse({}, { onOpen: (opened) => {
      queueMicrotask(() => states.push(opened.state, String(opened.send('x')), String(recorder.failure)));
      throw boom;
    } });
    await recorder.ended();
    assert.deepEqual([states, webSocket.state], [['canceled', 'false', 'null'], 'canceled']);
    server.close();
  });

  it('in onDrain does so too', async () => {
    const { server, recorder, webSocket } = await converse({ maxQueueSize: 2 }, { onDrain: () => { throw boom; } });
    await recorder.until('open');
    webSocket.send('ab');
    assert.equal(webSocket.send('c'), false);
    assert.deepEqual((await recorder.ended()).slice(-2), ['drain', 'failure callback APPLICATION_FAILED']);
    server.close();
  });

  it('in onClosed, in onFailure, and after cancel surfaces as an uncaught exception', async (context) => {
    const caught: unknown[] = [];
    let heard = (): void => {};
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => {
      caught.push(error);
      heard();
    });
    context.after(() => {
      process.removeAllListeners('uncaughtException');
      for (const listener of listeners) process.on('uncaughtException', listener);
    });
    const another = async (options: WebSocketClientOptions, listener: WebSocketListener, behind: Uint8Array): Promise<void> => {
      const thrown = new Promise<void>((resolve) => { heard = resolve; });
      const { server, peer } = await converse(options, listener, behind);
      peer.socket.end();
      await thrown;
      server.close();
    };
    await another({}, { onClosed: () => { throw boom; } }, close(1000));
    await another({}, { onFailure: () => { throw boom; } }, text('x'));
    await another({}, { onText: (webSocket) => {
      webSocket.cancel();
      throw boom;
    } }, text('x'));
    assert.deepEqual(caught, [boom, boom, boom]);
  });
});

describe('Pings', () => {
  it('of the server are answered before messages that wait, and told', async () => {
    const { server, peer, recorder, webSocket } = await converse({}, { onPing: (ws) => { ws.send('after the Pong'); } }, frame({ opcode: 9, payload: 'p' }));
    await peer.until((it) => framesFrom(it).length === 2);
    assert.deepEqual(framesFrom(peer).map((line) => line.split(' ')[0]), ['pong', 'text']);
    assert.deepEqual(recorder.lines, ['open 101', 'ping 70']);
    webSocket.cancel();
    server.close();
  });

  it('of the application\'s own are sent, and their Pongs told', async () => {
    const { server, peer, recorder, webSocket } = await converse();
    assert.equal(webSocket.ping(), false, 'not before it is open');
    await recorder.until('open');
    assert.deepEqual([webSocket.ping(utf8('hi')), webSocket.ping()], [true, true]);
    await peer.until((it) => framesFrom(it).length === 2);
    assert.deepEqual(framesFrom(peer), ['ping 6869', 'ping ']);
    peer.write(frame({ opcode: 10, payload: 'hi' }));
    assert.equal(await recorder.until('pong'), 'pong 6869');
    assert.throws(() => webSocket.ping(new Uint8Array(126)), RangeError);
    webSocket.cancel();
    server.close();
  });

  it('are handed on with payloads of the listener\'s own', async () => {
    const payloads: Uint8Array[] = [];
    const keep = (_webSocket: WebSocket, payload: Uint8Array): void => { payloads.push(payload); };
    const { server, peer, recorder, webSocket } = await converse({}, { onPing: keep, onPong: keep });
    await recorder.until('open');
    peer.write(concat(frame({ opcode: 9, payload: 'hi' }), frame({ opcode: 10, payload: 'ho' })));
    await recorder.until('pong');
    assert.deepEqual(payloads.map((payload) => [toHex(payload), payload.buffer.byteLength]), [['6869', 2], ['686f', 2]]);
    webSocket.cancel();
    server.close();
  });

  it('go out at each interval and their answers are told, with the round trip\'s time', async () => {
    const clock = new VirtualClock();
    const { server, peer, recorder, webSocket } = await converse({ ping: { interval: 500, timeout: 300, misses: 0 }, scheduler: virtualScheduler(clock) });
    await recorder.until('open');
    await turns();
    assert.ok(Number.isNaN(webSocket.roundTripTime));
    for (let i = 1; i <= 3; i++) {
      clock.run(480);
      await turns();
      assert.equal(framesFrom(peer).length, i - 1, 'not before its time');
      clock.run(20);
      await peer.until((it) => framesFrom(it).length === i);
      const payload = hex(`0000000${i}`);
      peer.write(frame({ opcode: 10, payload }));
      assert.equal(await recorder.until(`pong ${toHex(payload)}`), `pong 0000000${i}`);
      await turns();
    }
    assert.equal(typeof webSocket.roundTripTime, 'number');
    assert.ok(!Number.isNaN(webSocket.roundTripTime));
    webSocket.cancel();
    server.close();
  });

  it('that stay unanswered fail the web socket, though Pongs nobody asked for came before', async () => {
    const clock = new VirtualClock();
    const { server, peer, recorder } = await converse({ ping: { interval: 500, timeout: 300, misses: 0 }, scheduler: virtualScheduler(clock) });
    await recorder.until('open');
    peer.write(concat(frame({ opcode: 10 }), frame({ opcode: 10 })));
    await recorder.until('pong');
    await turns();
    clock.run(500);
    await peer.until((it) => framesFrom(it).length === 1);
    await turns();
    clock.run(299);
    await turns();
    assert.deepEqual(recorder.lines, ['open 101', 'pong ', 'pong ']);
    clock.run(1);
    assert.equal((await recorder.ended()).at(-1), 'failure open PEER_SILENT');
    assert.match(String(recorder.failure?.message), /keepalive timeout/);
    server.close();
  });

  it('are not sent when ping is off', async () => {
    const clock = new VirtualClock();
    const { server, peer, recorder, webSocket } = await converse({ ping: 'off', scheduler: virtualScheduler(clock) });
    await recorder.until('open');
    await turns();
    clock.run(24 * 3600 * 1000);
    await turns(20);
    assert.deepEqual([framesFrom(peer), webSocket.state], [[], 'open']);
    webSocket.cancel();
    server.close();
  });

  it('are sent every 25 s unless something else is said', async () => {
    const clock = new VirtualClock();
    const server = await rawServer();
    const recorder = new Recorder();
    const webSocket = new WebSocketClient({ scheduler: virtualScheduler(clock) }).newWebSocket({ url: `ws://127.0.0.1:${server.port}` }, recorder);
    const peer = await server.next();
    await accept(peer);
    await recorder.until('open');
    await turns();
    clock.run(25_000);
    await peer.until((it) => framesFrom(it).length === 1);
    webSocket.cancel();
    server.close();
  });
});

describe('reading', () => {
  it('stands still while paused, from before the connection is open if asked for, and goes on', async () => {
    const server = await rawServer();
    const recorder = new Recorder();
    const webSocket = new WebSocketClient({ ping: 'off' }).newWebSocket({ url: `ws://127.0.0.1:${server.port}` }, recorder);
    webSocket.pause();
    await accept(await server.next(), text('held'));
    await recorder.until('open');
    await turns(20);
    assert.deepEqual(recorder.lines, ['open 101']);
    webSocket.resume();
    await recorder.until('text held');
    webSocket.pause();
    webSocket.resume();
    webSocket.cancel();
    server.close();
  });

  it('a message that is not finished within messageDeadline fails; idling between messages is no matter', async () => {
    const clock = new VirtualClock();
    const { server, peer, recorder } = await converse({ limits: { messageDeadline: 500 }, scheduler: virtualScheduler(clock) });
    await recorder.until('open');
    clock.run(60_000);
    peer.write(text('after a pause'));
    await recorder.until('text');
    clock.run(60_000);
    peer.write(frame({ opcode: 1, payload: 'begun', length: 100 }));
    await turns(20);
    clock.run(0);
    await turns();
    clock.run(500);
    assert.equal((await recorder.ended()).at(-1), 'failure open MESSAGE_TOO_SLOW');
    server.close();
  });
});

describe('a web socket', () => {
  it('returns its request as it was given, and is an open one\'s subprotocol', async () => {
    const request = { url: 'ws://127.0.0.1:1/x', headers: { A: 'b' } };
    const recorder = new Recorder();
    const webSocket = new WebSocketClient().newWebSocket(request, recorder);
    assert.equal(webSocket.request(), request);
    assert.equal(webSocket.protocol, '');
    await recorder.ended();
    const server = await listen({}, (pending) => { pending.accept({ protocol: 'b' }); });
    const other = new Recorder();
    const open = new WebSocketClient().newWebSocket({ url: server.url, protocols: ['a', 'b'] }, other);
    await other.until('open');
    assert.deepEqual([open.protocol, other.response?.protocol], ['b', 'b']);
    open.cancel();
    server.terminate();
  });

  it('needs none of the listener\'s methods', async () => {
    const heard: string[] = [];
    const server = await listen({}, (pending) => {
      const { connection } = pending.accept({ events: { text: (message) => heard.push(message), closed: () => heard.push('closed') } });
      connection.sendText('hello');
      connection.sendPing();
    });
    const webSocket = new WebSocketClient().newWebSocket({ url: server.url }, {});
    webSocket.send('x');
    webSocket.close(1000);
    while (!heard.includes('closed')) await turns();
    assert.deepEqual(heard, ['x', 'closed']);
    await server.close();
  });
});
