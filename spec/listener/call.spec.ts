// The early API: a call that is enqueued once, messages that are read while they arrive, and messages sent in pieces.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import type { CallSocket } from '../../lib/listener/call-socket.ts';
import { WebSocketCall } from '../../lib/listener/call.ts';
import type { WebSocketCallListener } from '../../lib/listener/call.ts';
import { WebSocketClient } from '../../lib/listener/client.ts';
import type { Emitter } from '../../lib/listener/emitter.ts';
import type { WebSocketCallEvents } from '../../lib/listener/call.ts';
import type { WebSocketFailure } from '../../lib/listener/failure.ts';
import type { WebSocketClientOptions } from '../../lib/listener/options.ts';
import type { MessagePayload } from '../../lib/listener/payload.ts';
import { listen } from '../../lib/node/listen.ts';
import { concat, hex, toHex, utf8 } from '../support/bytes.ts';
import { turns } from '../support/duplex.ts';
import { frame } from '../support/frames.ts';
import { accept, framesFrom } from '../support/listener.ts';
import { deferred, rawServer } from '../support/sockets.ts';
import type { RawPeer, RawServer } from '../support/sockets.ts';

const closeFrame = (code: number): Uint8Array => frame({ opcode: 8, payload: Uint8Array.of(code >> 8, code & 0xff) });

/** A call whose server is played by hand, and how it ended. */
interface Played {
  readonly server: RawServer;
  readonly peer: RawPeer;
  readonly call: WebSocketCall;
  readonly events: Emitter<WebSocketCallEvents>;
  readonly socket: CallSocket;
  readonly end: Promise<string>;
  failure(): WebSocketFailure | null;
}

async function play(options: WebSocketClientOptions = {}, attach: (events: Emitter<WebSocketCallEvents>) => void = () => {}, behind?: Uint8Array): Promise<Played> {
  const server = await rawServer();
  const call = WebSocketCall.create(new WebSocketClient({ ping: 'off', ...options }), { url: `ws://127.0.0.1:${server.port}` });
  const opened = deferred<CallSocket>();
  const end = deferred<string>();
  let failed: WebSocketFailure | null = null;
  const events = call.enqueue();
  events.on('open', ({ webSocket, response }) => {
    assert.equal(response.status, 101);
    opened.resolve(webSocket);
  });
  events.on('close', ({ code, reason }) => end.resolve(`close ${code} ${reason}`.trim()));
  events.on('failure', ({ failure }) => {
    failed = failure;
    end.resolve(`failure ${failure.phase} ${failure.violation?.name}`);
  });
  attach(events);
  const peer = await server.next();
  await accept(peer, behind);
  return { server, peer, call, events, socket: await opened.promise, end: end.promise, failure: () => failed };
}

/** Collects the texts of messages as they are read. */
function texts(events: Emitter<WebSocketCallEvents>, count: number): Promise<string[]> {
  const read: string[] = [];
  let begun = 0;
  let left = count;
  return new Promise((resolve) => {
    events.on('message', async (message) => {
      const place = begun++;
      read[place] = `${message.type} ${message.type === 'text' ? await message.text() : toHex(await message.bytes())}`;
      if (--left === 0) resolve(read);
    });
  });
}

describe('a call', () => {
  it('is created, enqueued and open: messages of both kinds go and come, and the close is told once', async () => {
    const server = await listen({}, (pending) => {
      const { connection } = pending.accept({ events: { text: (message) => connection.sendText(message), binary: (message) => connection.sendBinary(message) } });
    });
    const request = { url: server.url };
    const call = WebSocketCall.create(new WebSocketClient(), request);
    assert.equal(call.request(), request);
    const closed = deferred<string>();
    const read: string[] = [];
    call.enqueue({
      onOpen: (webSocket, response) => {
        assert.equal(response.status, 101);
        void webSocket.sendMessage('text', 'hello');
        void webSocket.sendMessage('binary', hex('0102'));
        webSocket.close(1000, 'done');
      },
      onMessage: async (message) => { read.push(message.type === 'text' ? await message.text() : toHex(await message.bytes())); },
      onClose: (code, reason) => closed.resolve(`${code} ${reason}`),
    });
    assert.equal(await closed.promise, '1000 ');
    assert.deepEqual(read, ['hello', '0102']);
    await server.close();
  });

  it('is enqueued once', async () => {
    const call = WebSocketCall.create(new WebSocketClient(), { url: 'ws://127.0.0.1:1' });
    const failed = deferred<WebSocketFailure>();
    call.enqueue().on('failure', ({ failure, response }) => {
      assert.equal(response, null);
      failed.resolve(failure);
    });
    for (const again of [() => call.enqueue(), () => call.enqueue({})]) assert.throws(again, { message: 'this call was enqueued already' });
    assert.equal((await failed.promise).code, 'ECONNREFUSED');
    call.cancel();
  });

  it('judges its request when it is created, and its listener when it is enqueued', () => {
    const client = new WebSocketClient();
    assert.throws(() => WebSocketCall.create(client, { url: 'ftp://h' }), TypeError);
    assert.throws(() => WebSocketCall.create(client, { url: 'ws://h', method: 'PUT' as 'GET' }), /Request must be GET: PUT/);
    const call = WebSocketCall.create(client, { url: 'ws://h' });
    assert.throws(() => call.enqueue({ onText() {} } as WebSocketCallListener), /listener\.onText is never called; known are onOpen, onMessage, onPong/);
    call.cancel();
  });

  it('that is refused tells the answer, with its content', async () => {
    const server = await listen({}, (pending) => { pending.reject(404, { body: 'Sorry' }); });
    const failed = deferred<WebSocketCallEvents['failure']>();
    WebSocketCall.create(new WebSocketClient(), { url: server.url }).enqueue().on('failure', failed.resolve);
    const { failure, response } = await failed.promise;
    assert.deepEqual([failure.phase, response?.status, Buffer.from(response?.body ?? []).toString()], ['response', 404, 'Sorry']);
    await server.close();
  });

  it('answers the server\'s Close with its code, and tells it once; afterwards nothing can be sent', async () => {
    const { server, peer, socket, end } = await play();
    peer.write(frame({ opcode: 8, payload: concat(Uint8Array.of(0x03, 0xe9), utf8('bye')) }));
    await peer.until((it) => framesFrom(it).length > 0);
    assert.deepEqual(framesFrom(peer), ['close 03e9']);
    assert.throws(() => socket.sendPing(), { message: 'closed' });
    await assert.rejects(socket.sendMessage('text', 'x'), { message: 'closed' });
    await assert.rejects(socket.sendMessage('text', ['x']), { message: 'closed' });
    assert.throws(() => socket.close(1000), { message: 'closed' });
    peer.socket.end();
    assert.equal(await end, 'close 1001 bye');
    server.close();
  });

  it('once closed by this side sends nothing more, keeps the transport until the server closes, and sends one Close', async () => {
    const { server, peer, socket, end } = await play();
    socket.close(1000, 'off');
    assert.throws(() => socket.sendPing(), { message: 'closed' });
    assert.throws(() => socket.close(1000), { message: 'closed' });
    await assert.rejects(socket.sendMessage('binary', hex('00')), { message: 'closed' });
    await peer.until((it) => framesFrom(it).length > 0);
    peer.write(closeFrame(1001));
    peer.socket.end();
    assert.equal(await end, 'close 1001');
    assert.deepEqual(framesFrom(peer), ['close 03e86f6666']);
    server.close();
  });

  it('that breaks a rule or loses its transport tells one failure; a rule is answered with Close 1002 unless a Close was sent', async () => {
    for (const closesFirst of [false, true]) {
      const { server, peer, socket, end } = await play();
      if (closesFirst) {
        socket.close(1000);
        await peer.until((it) => framesFrom(it).length > 0);
      }
      peer.write(hex('0a00'));
      assert.equal(await end, 'failure open CONTROL_FRAGMENTED');
      await peer.until(({ ended }) => ended);
      assert.deepEqual(framesFrom(peer), [closesFirst ? 'close 03e8' : 'close 03ea']);
      server.close();
    }
    const { server, peer, socket, end } = await play();
    peer.socket.destroy();
    assert.equal((await end).replace('FAILED', 'ENDED'), 'failure open TRANSPORT_ENDED');
    await assert.rejects(socket.sendMessage('text', 'x'), { message: 'closed' });
    server.close();
  });

  it('is cancelled at any time, by cancel or by its signal, and tells one failure', async () => {
    const { server, call, end, failure } = await play();
    call.cancel();
    call.cancel();
    assert.equal(await end, 'failure open TERMINATED');
    assert.equal((failure()?.cause as Error).message, 'canceled');
    server.close();
    const failed = deferred<WebSocketFailure>();
    WebSocketCall.create(new WebSocketClient(), { url: 'ws://127.0.0.1:1', signal: AbortSignal.abort('early') }).enqueue({ onFailure: failed.resolve });
    assert.equal((await failed.promise).cause, 'early');
  });

  it('fails with what its listener throws, and the server is told 1011', async () => {
    const boom = new Error('boom');
    for (const name of ['open', 'message', 'pong'] as const) {
      const { server, peer, end, failure } = await play({}, (events) => events.on(name, () => { throw boom; }), concat(frame({ opcode: 1, payload: 'x' }), frame({ opcode: 10 })));
      assert.equal(await end, 'failure callback APPLICATION_FAILED');
      assert.equal(failure()?.cause, boom);
      await peer.until((it) => it.ended || it.closed);
      assert.deepEqual(framesFrom(peer), ['close 03f3']);
      server.close();
    }
  });

  it('lets surface what its listener throws when it is over', async (context) => {
    const caught = deferred<unknown>();
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', caught.resolve);
    context.after(() => {
      process.removeAllListeners('uncaughtException');
      for (const listener of listeners) process.on('uncaughtException', listener);
    });
    const boom = new Error('boom');
    const failed = deferred<WebSocketFailure>();
    const server = await rawServer();
    const call = WebSocketCall.create(new WebSocketClient(), { url: `ws://127.0.0.1:${server.port}` });
    call.enqueue({
      onPong: () => {
        call.cancel();
        throw boom;
      },
      onFailure: failed.resolve,
    });
    await accept(await server.next(), frame({ opcode: 10 }));
    assert.equal(await caught.promise, boom);
    assert.equal((await failed.promise).violation?.name, 'TERMINATED');
    server.close();
  });

  it('tells Pongs, asked for or not, with their payload; Pings of up to 125 bytes can be sent', async () => {
    const pong = deferred<Uint8Array>();
    const { server, peer, call, socket } = await play({}, (events) => events.once('pong', pong.resolve));
    socket.sendPing(utf8('a ping'));
    socket.sendPing();
    assert.throws(() => socket.sendPing(new Uint8Array(126)), RangeError);
    await peer.until((it) => framesFrom(it).length === 2);
    peer.write(frame({ opcode: 10, payload: 'a ping' }));
    assert.equal(Buffer.from(await pong.promise).toString(), 'a ping');
    for (let i = 0; i < 64; i++) socket.sendPing();
    assert.throws(() => socket.sendPing(), { message: 'too many Pings wait to be sent' });
    call.cancel();
    server.close();
  });
});

describe('a message', () => {
  it('is told with its first piece and read as it comes, text and binary, whole and in pieces', async () => {
    const told = deferred<MessagePayload>();
    const { server, peer, call } = await play({}, (events) => events.once('message', told.resolve), frame({ opcode: 1, fin: false, payload: 'be' }));
    const message = await told.promise;
    const pieces: string[] = [];
    const reading = (async () => {
      for await (const piece of message) {
        pieces.push(Buffer.from(piece).toString());
        if (pieces.length === 1) peer.write(concat(frame({ opcode: 0, fin: false, payload: 'gun' }), frame({ opcode: 9 })));
        if (pieces.length === 2) peer.write(frame({ opcode: 0, payload: ' and ended' }));
      }
    })();
    await reading;
    assert.deepEqual([message.type, pieces], ['text', ['be', 'gun', ' and ended']]);
    await peer.until((it) => framesFrom(it).includes('pong '));
    call.cancel();
    server.close();
  });

  it('that is not read holds the connection back: the server\'s transport fills, and nothing else is told', async () => {
    const messages: MessagePayload[] = [];
    const { server, peer, call } = await play({}, (events) => events.on('message', (message) => { messages.push(message); }));
    const piece = new Uint8Array(64 * 1024);
    let sent = 0;
    peer.write(frame({ opcode: 2, fin: false, payload: piece }));
    while (peer.socket.writableLength < 1024 * 1024) {
      peer.write(frame({ opcode: 0, fin: false, payload: piece }));
      sent++;
      await turns(1);
    }
    await turns(20);
    assert.ok(peer.socket.writableLength >= 1024 * 1024, 'what is not read stays where it is');
    assert.equal(messages.length, 1);
    peer.write(concat(frame({ opcode: 0 }), frame({ opcode: 1, payload: 'next' })));
    const [message] = messages;
    assert.equal((await message?.bytes())?.length, (sent + 1) * piece.length);
    while (messages.length < 2) await turns();
    assert.equal(await messages[1]?.text(), 'next');
    call.cancel();
    server.close();
  });

  it('may be empty', async () => {
    let read: Promise<string[]> | null = null;
    const { server, call } = await play({}, (events) => { read = texts(events, 3); },
      concat(frame({ opcode: 1 }), frame({ opcode: 2, fin: false }), frame({ opcode: 0 }), frame({ opcode: 1, payload: 'x' })));
    assert.deepEqual(await read, ['text ', 'binary ', 'text x']);
    call.cancel();
    server.close();
  });

  it('that is cancelled, left early, or wanted by nobody is skipped, across fragments, with the control frames between them', async () => {
    const long = concat(
      frame({ opcode: 1, fin: false, payload: 'one' }), frame({ opcode: 9, payload: 'p' }), frame({ opcode: 0, fin: false, payload: 'two' }), frame({ opcode: 0, payload: 'three' }),
    );
    const ways: readonly ((message: MessagePayload) => void)[] = [
      (message) => message.cancel(),
      async (message) => { for await (const _piece of message) break; },
    ];
    for (const way of ways) {
      const next = deferred<string>();
      let count = 0;
      const { server, peer, call } = await play({}, (events) => events.on('message', async (message) => {
        if (count++ === 0) way(message);
        else next.resolve(await message.text());
      }), concat(long, frame({ opcode: 1, payload: 'next' })));
      assert.equal(await next.promise, 'next');
      await peer.until((it) => framesFrom(it).includes('pong 70'));
      call.cancel();
      server.close();
    }
    const nobody = await play({}, () => {}, concat(long, closeFrame(1000)));
    nobody.peer.socket.end();
    assert.equal(await nobody.end, 'close 1000');
    nobody.server.close();
    const closed = deferred<number>();
    const server = await rawServer();
    WebSocketCall.create(new WebSocketClient(), { url: `ws://127.0.0.1:${server.port}` }).enqueue({ onClose: closed.resolve });
    const peer = await server.next();
    await accept(peer, concat(long, closeFrame(1000)));
    peer.socket.end();
    assert.equal(await closed.promise, 1000);
    server.close();
  });

  it('is read once, and not after it was cancelled', async () => {
    const messages: MessagePayload[] = [];
    const { server, call } = await play({}, (events) => events.on('message', (message) => { messages.push(message); }), frame({ opcode: 1, payload: 'x' }));
    while (messages.length < 1) await turns();
    const [message] = messages as [MessagePayload];
    assert.equal(await message.text(), 'x');
    await assert.rejects(message.text(), { name: 'TypeError', message: 'this payload has been read or canceled' });
    message.cancel();
    await assert.rejects(message.bytes(), TypeError);
    call.cancel();
    server.close();
  });

  it('that is whole stays readable after the end; one that is not fails with what ended the call', async () => {
    const messages: MessagePayload[] = [];
    const whole = await play({}, (events) => events.on('message', (message) => { messages.push(message); }), frame({ opcode: 1, payload: 'whole' }));
    while (messages.length < 1) await turns();
    whole.call.cancel();
    await whole.end;
    assert.equal(await messages[0]?.text(), 'whole');
    whole.server.close();

    const begun = deferred<MessagePayload>();
    const cut = await play({}, (events) => events.on('message', begun.resolve), frame({ opcode: 1, fin: false, payload: 'begun' }));
    const reading = (await begun.promise).text();
    cut.peer.socket.destroy();
    await assert.rejects(reading, { name: 'WebSocketFailure' });
    cut.server.close();

    const left = deferred<MessagePayload>();
    const closed = await play({}, (events) => events.on('message', left.resolve), concat(frame({ opcode: 1, fin: false, payload: 'begun' }), closeFrame(1000)));
    const never = (await left.promise).text();
    closed.peer.socket.end();
    await assert.rejects(never, { message: 'the server closed in the middle of a message' });
    assert.equal(await closed.end, 'close 1000');
    closed.server.close();
  });

  it('that is told to several is one payload', async () => {
    const seen: MessagePayload[] = [];
    const both = (message: MessagePayload): void => { seen.push(message); };
    const { server, call, events } = await play({}, (attached) => attached.on('message', both).on('message', (message) => both(message)), frame({ opcode: 1, payload: 'x' }));
    while (seen.length < 2) await turns();
    assert.equal(seen[0], seen[1]);
    assert.equal(events.off('message', both).has('message'), true);
    assert.throws(() => events.on('message', 7 as never), /a callback is a function, found number/);
    call.cancel();
    server.close();
  });
});

describe('sendMessage', () => {
  it('sends whole messages at once and in order, so that a close behind them loses none', async () => {
    const { server, peer, socket, call } = await play();
    const sent = [socket.sendMessage('text', 'a'), socket.sendMessage('binary', hex('00')), socket.sendMessage('text', utf8('é'))];
    socket.close(1000);
    await Promise.all(sent);
    await peer.until((it) => framesFrom(it).length === 4);
    assert.deepEqual(framesFrom(peer), ['text in text 61', 'binary in binary 00', 'text in text c3a9', 'close 03e8']);
    call.cancel();
    server.close();
  });

  it('sends pieces as they come, each a fragment of one message; Pings go between them, other messages behind', async () => {
    const { server, peer, socket, call } = await play();
    const go = deferred<void>();
    async function* pieces(): AsyncGenerator<string | Uint8Array> {
      yield 'Hel';
      await go.promise;
      yield utf8('lo');
    }
    const streamed = socket.sendMessage('text', pieces());
    const behind = socket.sendMessage('text', 'behind');
    await peer.until((it) => framesFrom(it).length === 1);
    socket.sendPing(utf8('p'));
    await peer.until((it) => framesFrom(it).length === 2);
    go.resolve();
    await Promise.all([streamed, behind]);
    await peer.until((it) => framesFrom(it).length === 5);
    assert.deepEqual(framesFrom(peer), [
      'text… in text 48656c', 'ping in text 70', 'continuation… in text 6c6f', 'continuation in text ', `text in text ${toHex(utf8('behind'))}`,
    ]);
    await socket.sendMessage('binary', []);
    await socket.sendMessage('binary', [hex('01'), hex('02')]);
    await peer.until((it) => framesFrom(it).length === 9);
    assert.deepEqual(framesFrom(peer).slice(5), ['binary in binary ', 'binary… in binary 01', 'continuation… in binary 02', 'continuation in binary ']);
    call.cancel();
    server.close();
  });

  it('waits while much is queued, and finds room for everything: nothing is refused and nothing lost', async () => {
    const sizes: number[] = [];
    let resume = (): void => {};
    const server = await listen({}, (pending) => {
      const { connection } = pending.accept({ events: { binary: (message) => { sizes.push(message.length); } } });
      connection.pause();
      resume = () => connection.resume();
    });
    // Compressed, all of it would fit into the kernel's buffers, and there would be nothing to wait for.
    const call = WebSocketCall.create(new WebSocketClient({ maxQueueSize: 1024 * 1024, compression: 'off' }), { url: server.url });
    const opened = deferred<CallSocket>();
    const closed = deferred<number>();
    call.enqueue({ onOpen: opened.resolve, onClose: closed.resolve });
    const socket = await opened.promise;
    let taken = 0;
    const sent = Array.from({ length: 24 }, () => socket.sendMessage('binary', new Uint8Array(512 * 1024)).then(() => { taken++; }));
    await turns(50);
    assert.ok(taken < 24, 'not all can have been taken');
    resume();
    await Promise.all(sent);
    await assert.rejects(socket.sendMessage('binary', new Uint8Array(1024 * 1024 + 1)), { name: 'RangeError', message: /1048577 bytes never fit maxQueueSize, which is 1048576/ });
    socket.close(1000);
    assert.equal(await closed.promise, 1000);
    assert.deepEqual([sizes.length, new Set(sizes)], [24, new Set([512 * 1024])]);
    await server.close();
  });

  it('that waits for room when the call ends is rejected', async () => {
    const server = await listen({}, (pending) => { pending.accept().connection.pause(); });
    const call = WebSocketCall.create(new WebSocketClient({ maxQueueSize: 1024 * 1024 }), { url: server.url });
    const opened = deferred<CallSocket>();
    call.enqueue({ onOpen: opened.resolve });
    const socket = await opened.promise;
    const sent = Array.from({ length: 24 }, () => socket.sendMessage('binary', new Uint8Array(512 * 1024)));
    const last = assert.rejects(sent.at(-1) as Promise<void>, { message: 'closed' }); // there are 24
    call.cancel();
    await last;
    await Promise.allSettled(sent);
    server.terminate();
  });

  it('refuses what is no message of its type', async () => {
    const { server, socket, call } = await play();
    for (const [type, payload, message] of [
      ['text', null, /a message is a string, a Uint8Array or an iterable of them, found null/], ['text', 7, /found 7/], ['text', {}, /iterable/],
      [null, 'x', /a message is 'text' or 'binary', found null/], ['text/plain', 'x', /found text\/plain/], ['binary', 'x', /a binary message is bytes, found a string/],
      ['binary', [7], /a piece of a message is a Uint8Array, found number/], ['text', hex('ff'), /valid UTF-8/],
    ] as const) {
      await assert.rejects(socket.sendMessage(type as 'text', payload as never), { name: 'TypeError', message });
    }
    await socket.sendMessage('text', 'still fine');
    call.cancel();
    server.close();
  });

  it('whose pieces break off fails the call, since half a message can never be finished', async () => {
    const { server, peer, socket, end } = await play();
    async function* pieces(): AsyncGenerator<string> {
      yield 'half';
      throw new Error('no more');
    }
    await assert.rejects(socket.sendMessage('text', pieces()), { message: 'no more' });
    assert.equal(await end, 'failure open APPLICATION_FAILED');
    await peer.until((it) => it.ended || it.closed);
    server.close();
  });

  it('in the middle of which the server closes is rejected', async () => {
    const { server, peer, socket, end } = await play();
    async function* pieces(): AsyncGenerator<string> {
      yield 'half';
      await peer.until((it) => framesFrom(it).length === 1);
      peer.write(closeFrame(1001));
      await peer.until((it) => framesFrom(it).includes('close in text 03e9'));
      yield 'the other half';
    }
    await assert.rejects(socket.sendMessage('text', pieces()), { message: 'closed' });
    assert.throws(() => socket.close(1000), { message: 'closed' });
    peer.socket.end();
    await end;
    server.close();
  });
});
