// One transport over a stream in memory: writes and turns, what is kept and what is not, failures of every kind, exceptions of the
// application. Real sockets are in the other specs; here every operation can be counted and time is virtual.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import type { CloseOutcome } from '../../lib/core/protocol/events.ts';
import { Transport } from '../../lib/node/transport.ts';
import type { TransportOptions } from '../../lib/node/transport.ts';
import { VirtualClock } from '../support/clock.ts';
import { closedStream, Faults, pipe, turns, virtualScheduler } from '../support/duplex.ts';
import type { PipeEnd } from '../support/duplex.ts';
import { frame } from '../support/frames.ts';
import { RawPeer, uncaughtDuring } from '../support/sockets.ts';

interface Rig {
  readonly clock: VirtualClock;
  readonly transport: Transport;
  readonly socket: PipeEnd;
  readonly peer: RawPeer;
  readonly events: string[];
  readonly outcomes: CloseOutcome[];
  readonly waiting: () => number;
}

/** A server's transport that records what it tells, and the other end of its pipe by hand. */
function rig(options: Partial<TransportOptions> = {}, faults: Faults = new Faults(), highWaterMark: number = 16 * 1024): Rig {
  const clock = new VirtualClock();
  const scheduler = virtualScheduler(clock);
  const [socket, other] = pipe({ a: faults, highWaterMark });
  const events: string[] = [];
  const outcomes: CloseOutcome[] = [];
  const transport = new Transport({
    role: 'server', socket, scheduler, keepalive: 'off',
    events: {
      text: (message) => { events.push(message); },
      closing: (code) => { events.push(`closing ${code}`); },
      closed: (outcome) => {
        events.push('closed');
        outcomes.push(outcome);
      },
    },
    ...options,
  });
  return { clock, transport, socket, peer: new RawPeer(other), events, outcomes, waiting: () => scheduler.size };
}

const text = (payload: string): Uint8Array => frame({ opcode: 1, payload, mask: true });
const closeFrame = (): Uint8Array => frame({ opcode: 8, payload: Uint8Array.of(3, 232), mask: true });

describe('writing', () => {
  it('takes one write for everything that is sent in one turn', async () => {
    const { transport, socket } = rig();
    for (let i = 0; i < 100; i++) transport.connection.sendText(`message ${i}`);
    await turns();
    assert.equal(socket.writes.length, 1);
    assert.equal(socket.writes[0]?.length, 100 * 2 + 90 * 10 + 10 * 9);
  });

  it('takes one vectored write for pieces that do not lie together, a Pong ahead of them', async () => {
    const { transport, socket, peer } = rig({}, new Faults(), 1 << 20);
    await turns();
    peer.write(frame({ opcode: 9, payload: 'p', mask: true }));
    transport.connection.sendBinary(new Uint8Array(40_000));
    transport.connection.sendText('behind');
    await turns();
    const [first] = socket.writes;
    assert.equal(first?.length, 4 + 40_000 + 8);
    assert.equal(socket.writes.length, 2, 'the Pong came in another turn');
  });

  it('puts what is sent at once behind the preface, in the same write', async () => {
    const { transport, socket } = rig({ preface: Buffer.from('HEAD ') }, new Faults(), 1 << 20);
    transport.connection.sendText('a');
    await turns();
    assert.deepEqual(socket.writes.map(String), ['HEAD \u0081\u0001a'].map((s) => Buffer.from(s, 'latin1').toString()));
  });

  it('leaves what the socket cannot take in the queue, where it counts', async () => {
    const { transport, socket } = rig({ limits: { maxQueueSize: Infinity } });
    socket.peer?.pause();
    for (let i = 0; i < 1000; i++) transport.connection.sendBinary(new Uint8Array(1000));
    await turns(50);
    assert.ok(socket.writableLength <= 2 * 64 * 1024, `${socket.writableLength} bytes in the socket`);
    assert.ok(transport.connection.queueSize > 900_000);
    assert.equal(transport.bufferedAmount, transport.connection.queueSize + socket.writableLength, 'nothing is taken that is not written');
    const large = rig();
    large.socket.peer?.pause();
    large.transport.connection.sendBinary(new Uint8Array(1_000_000));
    await turns(50);
    assert.equal(large.transport.connection.queueSize, 0, 'it was taken whole');
    assert.ok(large.socket.writableLength < 100_000);
    assert.ok(large.transport.bufferedAmount > 900_000, 'and counts until it is written');
  });

  it('writes a large message in parts, so that the socket never holds it whole', async () => {
    const { transport, socket, peer } = rig();
    const message = new Uint8Array(3_000_000).fill(7);
    let most = 0;
    const watch = setInterval(() => {}, 1000);
    transport.connection.sendBinary(message);
    transport.connection.sendText('next');
    while (peer.received.length < 3_000_000 + 10 + 6) {
      most = Math.max(most, socket.writableLength);
      await turns(1);
    }
    clearInterval(watch);
    assert.ok(most <= 3 * 64 * 1024, `${most} bytes in the socket`);
    assert.deepEqual(peer.received.subarray(10, 3_000_010), Buffer.from(message));
    assert.equal(peer.received.subarray(-4).toString(), 'next');
    assert.equal(transport.bufferedAmount, 0);
  });

  it('loses nothing to a stream that says no before its mark', async () => {
    class Fussy extends Duplex {
      readonly got: Buffer[] = [];
      override _read(): void {}
      override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
        this.got.push(Buffer.from(chunk));
        setImmediate(done);
      }

      override write(chunk: unknown): boolean {
        super.write(chunk as Buffer);
        setImmediate(() => this.emit('drain'));
        return false;
      }
    }
    const socket = new Fussy({ highWaterMark: 1 << 20 });
    const { transport } = rig({ socket });
    transport.connection.sendBinary(new Uint8Array(40_000).fill(1));
    transport.connection.sendBinary(new Uint8Array(200_000).fill(2));
    transport.connection.sendText('end');
    await turns(60);
    const whole = Buffer.concat(socket.got);
    assert.equal(whole.length, 4 + 40_000 + 10 + 200_000 + 5);
    assert.equal(whole.subarray(-3).toString(), 'end');
    assert.deepEqual(new Set(whole.subarray(4, 40_004)), new Set([1]));
  });

  it('does nothing in a turn in which nothing is to be done', async () => {
    const { socket, waiting } = rig();
    await turns();
    assert.equal(socket.writes.length, 0);
    assert.equal(waiting(), 0);
  });
});

describe('reading', () => {
  it('tells nothing before the caller had a chance to go on, not even what came with the head', async () => {
    const { events } = rig({ input: text('early') });
    await Promise.resolve();
    await new Promise<void>((resolve) => { process.nextTick(resolve); });
    assert.deepEqual(events, []);
    await turns();
    assert.deepEqual(events, ['early']);
  });

  it('keeps one chunk at most while the application has paused, and reads on where it stopped', async () => {
    const { transport, socket, peer, events } = rig({}, new Faults(), 1000);
    transport.connection.pause();
    await turns();
    for (let i = 0; i < 50; i++) {
      peer.write(text(`${i} `.padEnd(200, 'x')));
      await turns(2);
    }
    assert.deepEqual(events, []);
    assert.ok(socket.readableLength <= 3000, `${socket.readableLength} bytes in the stream`);
    assert.ok(peer.socket.writableLength > 5000, 'the rest waits at the other end');
    transport.connection.resume();
    await turns(400);
    assert.deepEqual(events.map((message) => parseInt(message, 10)), Array.from({ length: 50 }, (_, i) => i));
  });

  it('stops between two messages of one chunk when a handler pauses', async () => {
    const heard: string[] = [];
    const rigged = rig({ events: { text: (message) => {
      heard.push(message);
      if (message === 'b') rigged.transport.connection.pause();
    } } });
    await turns();
    rigged.peer.write(Buffer.concat(['a', 'b', 'c', 'd'].map(text)));
    await turns();
    assert.deepEqual(heard, ['a', 'b']);
    rigged.transport.connection.resume();
    await turns();
    assert.deepEqual(heard, ['a', 'b', 'c', 'd']);
  });

  it('loses nothing to a stream that goes on after pause()', async () => {
    const { transport, socket, events } = rig();
    transport.connection.pause();
    await turns();
    const bytes = Buffer.from(text('hello'));
    socket.emit('data', bytes.subarray(0, 4));
    socket.emit('data', bytes.subarray(4));
    transport.connection.resume();
    await turns();
    assert.deepEqual(events, ['hello']);
  });

  it('answers from within a handler in the same turn, by one write', async () => {
    const rigged = rig({ events: { text: (message) => { rigged.transport.connection.sendText(message); } } });
    await turns();
    rigged.peer.write(Buffer.concat(['a', 'b', 'c'].map(text)));
    await rigged.peer.until(({ received }) => received.length === 9);
    assert.equal(rigged.socket.writes.length, 1);
  });
});

describe('an exception of the application', () => {
  it('surfaces as from any listener, and the rest of the chunk is delivered after it', async () => {
    const heard: string[] = [];
    const mistake = new Error('a mistake in a handler');
    const uncaught = await uncaughtDuring(async () => {
      const { transport, peer } = rig({ events: { text: (message) => {
        heard.push(message);
        if (message === 'b') throw mistake;
      } } });
      await turns();
      peer.write(Buffer.concat(['a', 'b', 'c'].map(text)));
      await turns();
      assert.equal(transport.connection.state, 'open');
      transport.terminate();
      await turns();
    });
    assert.deepEqual(uncaught, [mistake]);
    assert.deepEqual(heard, ['a', 'b', 'c']);
  });

  it('in ping, pong or closing leaves the answers in place', async () => {
    const uncaught = await uncaughtDuring(async () => {
      const fail = (): never => { throw new Error('no'); };
      const { transport, peer } = rig({ events: { ping: fail, pong: fail, closing: fail } });
      await turns();
      peer.write(Buffer.concat([frame({ opcode: 9, payload: 'x', mask: true }), frame({ opcode: 10, mask: true }), closeFrame()]));
      await peer.until(({ received }) => received.length === 3 + 4);
      assert.deepEqual(peer.received, Buffer.concat([frame({ opcode: 10, payload: 'x' }), frame({ opcode: 8, payload: Uint8Array.of(3, 232) })]));
      peer.socket.end();
      assert.equal((await transport.closed).clean, true);
    });
    assert.equal(uncaught.length, 3);
  });

  it('in closed or drained changes nothing', async () => {
    const uncaught = await uncaughtDuring(async () => {
      const { transport, peer } = rig({
        limits: { highWaterMark: 10 }, events: { drained: () => { throw new Error('drained'); }, closed: () => { throw new Error('closed'); } },
      });
      assert.equal(transport.connection.sendText('more than ten bytes'), 'high-water');
      await turns();
      assert.equal(peer.received.length, 21);
      transport.connection.terminate();
      assert.equal((await transport.closed).clean, false);
      await turns();
    });
    assert.deepEqual(uncaught.map(String), ['Error: drained', 'Error: closed']);
  });
});

describe('the end', () => {
  it('§7.1.1: a server ends the transport first once both Close frames are exchanged [6455-7.1.1-3] [6455-7.1.1-5]', async () => {
    const { transport, socket, peer, outcomes } = rig();
    transport.connection.close(1000);
    await turns();
    assert.equal(socket.writableEnded, false, 'the peer has not answered');
    peer.write(closeFrame());
    await peer.until(({ ended }) => ended);
    assert.equal(peer.closed, false);
    peer.socket.end();
    assert.equal((await transport.closed).clean, true);
    await turns();
    assert.equal(socket.destroyed, true);
    assert.equal(outcomes.length, 1);
  });

  it('§7.1.1: a client waits for the server to end the transport, and ends it itself after a while [6455-7.1.1-6] [6455-7.1.1-4]', async () => {
    const { clock, transport, socket, peer, outcomes } = rig({ role: 'client' });
    await turns();
    peer.write(frame({ opcode: 8, payload: Uint8Array.of(3, 232) }));
    await peer.until(({ received }) => received.length === 8);
    clock.run(999);
    await turns();
    assert.equal(socket.writableEnded, false);
    assert.equal(socket.destroyed, false);
    assert.equal(outcomes.length, 0);
    clock.run(1);
    await turns();
    assert.equal(socket.destroyed, true);
    assert.equal((await transport.closed).clean, true);
  });

  it('§7.1.1: a FIN behind the peer\'s Close frame does not cut off what was accepted before, whatever the stream is set to', async () => {
    const [socket, other] = pipe();
    socket.allowHalfOpen = false;
    const peer = new RawPeer(other);
    const { transport } = rig({ socket });
    other.pause();
    for (let i = 0; i < 20; i++) transport.connection.sendBinary(new Uint8Array(10_000));
    await turns();
    peer.write(closeFrame());
    other.end();
    await turns();
    other.resume();
    await peer.until(({ ended }) => ended);
    assert.equal(peer.received.length, 20 * 10_004 + 4);
    assert.equal((await transport.closed).clean, true);
  });

  it('§7.1.1: bytes behind the Close frame are read and dropped until the transport ends [6455-7.1.1-1]', async () => {
    const { peer, transport, events } = rig();
    await turns();
    peer.write(Buffer.concat([closeFrame(), text('late')]));
    await peer.until(({ ended }) => ended);
    peer.write(text('later'));
    peer.socket.end();
    assert.equal((await transport.closed).clean, true);
    assert.deepEqual(events, ['closing 1000', 'closed']);
  });

  it('§7.1.7: after a violation a Close frame goes out, the transport ends, and a peer that stays is not waited for [6455-7.1.7-3] [6455-7.1.7-5]', async () => {
    const { clock, peer, socket, outcomes } = rig();
    await turns();
    peer.write(frame({ opcode: 1, payload: 'not masked' }));
    await peer.until(({ ended }) => ended);
    assert.deepEqual(peer.received, Buffer.from(frame({ opcode: 8, payload: Uint8Array.of(3, 234) })));
    assert.equal(outcomes[0]?.violation?.name, 'MASK_MISSING');
    assert.equal(socket.destroyed, false);
    clock.run(1000);
    await turns();
    assert.equal(socket.destroyed, true);
    assert.equal(outcomes.length, 1);
  });

  it('terminate() destroys the socket at once, and refuses what comes after [6455-7.1.1-2]', async () => {
    const { transport, socket, outcomes } = rig();
    transport.connection.sendText('dropped');
    transport.terminate();
    assert.equal(transport.connection.sendText('refused'), 'refused');
    assert.equal(outcomes.length, 0, 'the caller goes on first');
    await turns();
    assert.equal(socket.destroyed, true);
    assert.deepEqual([outcomes[0]?.code, outcomes[0]?.violation?.name, outcomes[0]?.unsent], [1006, 'TERMINATED', 7]);
  });

  it('of the transport without a Close frame is 1006, with what the network said', async () => {
    for (const [error, name] of [[null, 'TRANSPORT_FAILED'], [new Error('reset'), 'TRANSPORT_FAILED']] as const) {
      const { transport, socket, outcomes } = rig();
      await turns();
      if (error === null) socket.destroy();
      else socket.destroy(error);
      await turns();
      assert.deepEqual([outcomes[0]?.code, outcomes[0]?.violation?.name], [1006, name]);
      assert.equal(transport.error, error);
      assert.equal(outcomes.length, 1);
    }
  });

  it('§7.1.5: FIN without a Close frame is 1006 [6455-7.1.5-3] [6455-7.2.1-2]', async () => {
    const { peer, socket, outcomes } = rig();
    await turns();
    peer.socket.end();
    await turns();
    assert.deepEqual([outcomes[0]?.code, outcomes[0]?.violation?.name, socket.destroyed], [1006, 'TRANSPORT_ENDED', true]);
  });

  it('waits until the application has read what came before it', async () => {
    const { transport, peer, events } = rig();
    transport.connection.pause();
    await turns();
    peer.write(text('last words'));
    peer.socket.end();
    await turns();
    assert.deepEqual(events, []);
    transport.connection.resume();
    await turns();
    assert.deepEqual(events, ['last words', 'closed']);
  });

  it('by failure comes after what had arrived, unless the application has paused', async () => {
    const early = rig({ input: text('early') });
    early.socket.destroy(new Error('reset'));
    await turns();
    assert.deepEqual(early.events, ['early', 'closed']);
    const paused = rig({ input: text('unread') });
    paused.transport.connection.pause();
    paused.socket.destroy(new Error('reset'));
    await turns();
    assert.deepEqual(paused.events, ['closed']);
  });

  it('never rejects, is told once, and is the same for all who ask, early or late', async () => {
    const { transport } = rig();
    const early = transport.closed;
    transport.terminate();
    const outcome = await early;
    assert.equal(await transport.closed, outcome);
    const other = rig();
    other.transport.terminate();
    await turns();
    assert.equal((await other.transport.closed).code, 1006);
  });

  it('of a socket that was closed or ended before is noticed', async () => {
    const first = rig({ socket: await closedStream() });
    assert.equal((await first.transport.closed).violation?.name, 'TRANSPORT_FAILED');
    const [ended, other] = pipe();
    void new RawPeer(other);
    other.end();
    ended.resume();
    await turns();
    const second = rig({ socket: ended });
    assert.equal((await second.transport.closed).violation?.name, 'TRANSPORT_ENDED');
  });

  it('leaves nothing behind in the scheduler', async () => {
    const { clock, transport, waiting, peer } = rig({ keepalive: {} });
    await turns();
    assert.equal(waiting(), 1);
    transport.connection.close();
    peer.write(closeFrame());
    peer.socket.end();
    await transport.closed;
    await turns();
    clock.run(0);
    assert.equal(waiting(), 0);
  });

  it('of a stream whose write throws is a failure of the transport, not an exception', async () => {
    const { transport, socket, outcomes } = rig();
    socket.write = () => { throw new Error('a stream of its own kind'); };
    transport.connection.sendText('x');
    await turns();
    assert.equal(outcomes[0]?.violation?.name, 'TRANSPORT_FAILED');
    assert.equal(transport.error?.message, 'a stream of its own kind');
  });

  it('of a stream that throws no Error is one all the same', async () => {
    const { transport, socket } = rig();
    socket.write = () => { throw 'words'; };
    transport.connection.sendText('x');
    await transport.closed;
    assert.equal(transport.error?.message, 'words');
  });

  it('of a stream that never closes itself is made by the deadline', async () => {
    const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done(), autoDestroy: false });
    const { clock, transport } = rig({ socket });
    await turns();
    socket.push(closeFrame());
    socket.push(null);
    assert.equal((await transport.closed).clean, true);
    await turns();
    assert.equal(socket.writableFinished, true);
    assert.equal(socket.destroyed, false);
    clock.run(1000);
    await turns();
    assert.equal(socket.destroyed, true);
  });
});

describe('time', () => {
  it('is told when a deadline comes: keepalive pings, and a silent peer is given up', async () => {
    const { clock, socket, outcomes } = rig({ keepalive: { interval: 1000, timeout: 500, misses: 0 } });
    await turns();
    clock.run(999);
    await turns();
    assert.equal(socket.writes.length, 0);
    clock.run(1);
    await turns();
    assert.equal((socket.writes[0] as Buffer)[0], 0x89);
    clock.run(500);
    await turns();
    assert.equal(outcomes[0]?.violation?.name, 'PEER_SILENT');
  });

  it('does not run out for a slow peer: while a full socket makes progress nothing is given up, and nothing accepted is lost', async () => {
    const { clock, transport, socket, peer } = rig({ limits: { maxQueueSize: Infinity }, closeTimeout: 1000 });
    peer.socket.pause();
    const size = 2_000_000;
    transport.connection.sendBinary(new Uint8Array(size).fill(5));
    transport.connection.close(1000);
    await turns(20);
    let seconds = 0;
    while (peer.received.length < size + 10 + 4) {
      clock.run(900); // nearly the whole of closeTimeout for every 64 KiB
      const before = peer.received.length;
      peer.socket.resume();
      while (peer.received.length < Math.min(before + 64 * 1024, size + 14)) await turns(1);
      peer.socket.pause();
      await turns(10);
      seconds++;
      assert.equal(socket.destroyed, false, `destroyed after ${peer.received.length} bytes`);
    }
    assert.ok(seconds > 20);
    peer.socket.resume();
    peer.write(closeFrame());
    await peer.until(({ ended }) => ended);
    peer.socket.end();
    assert.equal((await transport.closed).clean, true);
  });

  it('runs out for a peer that reads nothing', async () => {
    const { clock, transport, socket, peer, outcomes } = rig({ limits: { maxQueueSize: Infinity }, closeTimeout: 1000 });
    peer.socket.pause();
    transport.connection.sendBinary(new Uint8Array(2_000_000));
    transport.connection.close(1000);
    await turns(20);
    clock.run(3000);
    await turns();
    assert.equal(outcomes[0]?.violation?.name, 'CLOSE_UNANSWERED');
    assert.equal(socket.destroyed, true);
  });
});

describe('options', () => {
  it('that there are not, or that make no sense, are told by name', () => {
    const [socket] = pipe();
    assert.throws(() => new Transport({ role: 'server', socket, evnts: {} } as never), { name: 'TypeError', message: /options\.evnts/ });
    assert.throws(() => new Transport({ role: 'servr', socket } as never), { name: 'TypeError', message: /options\.role/ });
    assert.throws(() => new Transport({ role: 'server', socket, lingerTimeout: -1 }), { name: 'RangeError', message: /lingerTimeout/ });
  });

  it('ref and unref go to the socket, if it has them', () => {
    const { transport, socket } = rig();
    transport.ref();
    transport.unref();
    const asked: string[] = [];
    Object.assign(socket, { ref: () => asked.push('ref'), unref: () => asked.push('unref') });
    transport.unref();
    transport.ref();
    assert.deepEqual(asked, ['unref', 'ref']);
    transport.terminate();
  });
});
