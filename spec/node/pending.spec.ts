// The decision: to accept or to reject, now or after an await, once; what the other side reads of it; and when it is too late.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import type { CloseOutcome } from '../../lib/core/protocol/events.ts';
import { dial } from '../../lib/node/dial.ts';
import type { DialOptions } from '../../lib/node/dial.ts';
import { HandshakeError } from '../../lib/node/handshake-error.ts';
import { listen } from '../../lib/node/listen.ts';
import type { PendingUpgrade } from '../../lib/node/pending.ts';
import { serve } from '../../lib/node/reception.ts';
import type { OnRequest } from '../../lib/node/reception.ts';
import type { Transport } from '../../lib/node/transport.ts';
import { VirtualClock } from '../support/clock.ts';
import { pipe, turns, virtualScheduler } from '../support/duplex.ts';
import type { PipeEnd } from '../support/duplex.ts';
import { frame } from '../support/frames.ts';
import { requestText } from '../support/handshake.ts';
import { deferred, RawPeer, uncaughtDuring } from '../support/sockets.ts';

/** What a client gets from a server that decides like this. */
async function outcomeOf(onRequest: OnRequest, options: DialOptions = {}): Promise<Transport | HandshakeError> {
  const listener = await listen({}, onRequest);
  try {
    const transport = await dial(`${listener.url}/room`, options);
    transport.terminate();
    return transport;
  } catch (error) {
    assert.ok(error instanceof HandshakeError, String(error));
    return error;
  } finally {
    listener.terminate();
  }
}

/** A request that waits on a pipe, under a virtual clock. */
async function waiting(): Promise<{ pending: PendingUpgrade; peer: RawPeer; socket: PipeEnd; clock: VirtualClock; waits: () => number }> {
  const clock = new VirtualClock();
  const scheduler = virtualScheduler(clock);
  const [socket, other] = pipe();
  const peer = new RawPeer(other);
  const asked = deferred<PendingUpgrade>();
  serve(socket, { scheduler, keepalive: 'off' }, asked.resolve);
  peer.write(requestText({ 'Sec-WebSocket-Protocol': 'a, b' }));
  return { pending: await asked.promise, peer, socket, clock, waits: () => scheduler.size };
}

describe('a pending request', () => {
  it('shows the request, the address and whether it came over TLS', async () => {
    const seen: unknown[] = [];
    await outcomeOf((pending) => {
      const { request, remoteAddress, secure } = pending;
      seen.push(request.method, request.resource, request.headers.get('x-a'), request.protocols, remoteAddress, secure, pending.decided);
      pending.accept();
      seen.push(pending.decided);
    }, { headers: { 'X-A': '1' }, protocols: ['p'] });
    assert.deepEqual(seen, ['GET', '/room', '1', ['p'], '127.0.0.1', false, false, true]);
  });

  it('is accepted with a subprotocol and further fields [6455-4.2.2-11]', async () => {
    const sides: Transport[] = [];
    const transport = await outcomeOf((pending) => {
      sides.push(pending.accept({ protocol: 'b', headers: { 'Set-Cookie': 'k=v' } }));
    }, { protocols: ['a', 'b'] });
    assert.ok(!(transport instanceof HandshakeError));
    assert.deepEqual([transport.protocol, sides[0]?.protocol, sides[0]?.head], ['b', 'b', null]);
    assert.equal(transport.head?.headers.get('set-cookie'), 'k=v');
  });

  it('shows the cookies of the response to the client [6455-4.1-59]', async () => {
    const transport = await outcomeOf((pending) => { pending.accept({ headers: [['Set-Cookie', 'a=1'], ['Set-Cookie', 'b=2']] }); });
    assert.deepEqual((transport as Transport).head?.headers.all('Set-Cookie'), ['a=1', 'b=2']);
  });

  it('is rejected with status, fields and content, which the client can read [6455-4.2.2-4] [6455-4.2.2-7] [6455-4.2.2-10]', async () => {
    const error = await outcomeOf((pending) => {
      assert.equal(pending.reject(401, { headers: { 'WWW-Authenticate': 'Basic realm="x"' }, body: 'who are you?', reason: 'No' }), true);
    }) as HandshakeError;
    const { status, headers, body } = error;
    assert.deepEqual([status, headers?.get('www-authenticate'), Buffer.from(body).toString()], [401, 'Basic realm="x"', 'who are you?']);
    assert.match(error.message, /found 401 "No"/);
    assert.equal((await outcomeOf((pending) => { pending.reject(404); }) as HandshakeError).status, 404);
  });

  it('may redirect [6455-4.2.2-5]', async () => {
    const error = await outcomeOf((pending) => { pending.reject(307, { headers: [['Location', '/there']] }); }) as HandshakeError;
    assert.deepEqual([error.status, error.headers?.get('location')], [307, '/there']);
  });

  it('is decided on after an await as well', async () => {
    const transport = await outcomeOf(async (pending) => {
      await turns(3);
      pending.accept();
    });
    assert.ok(!(transport instanceof HandshakeError));
    const error = await outcomeOf(async (pending) => {
      await turns(3);
      pending.reject(403);
    });
    assert.equal((error as HandshakeError).status, 403);
  });

  it('may be turned away in the application\'s stead: a 503, and whoever decides then is too late', async () => {
    const { pending, peer } = await waiting();
    const { signal } = pending;
    pending.turnAway('the server rests');
    pending.turnAway('again');
    assert.deepEqual([signal.aborted, String(signal.reason), pending.decided], [true, 'Error: the server rests', false]);
    await peer.until(({ ended }) => ended);
    assert.match(peer.text, /^HTTP\/1\.1 503 Service Unavailable\r\n/);
    const transport = pending.accept();
    assert.equal(transport.connection.sendText('too late'), 'refused');
    assert.equal((await transport.closed).clean, false);
    pending.turnAway('after a decision it does nothing');
  });

  it('is decided on once', async () => {
    const mistakes: unknown[] = [];
    await outcomeOf((pending) => {
      pending.accept();
      for (const again of [() => pending.accept(), () => pending.reject(400)]) assert.throws(again, (error) => mistakes.push(error) > 0);
    });
    assert.deepEqual(mistakes.map(String), Array(2).fill('TypeError: this request was decided on already'));
  });

  it('turned away by a server that closes is too late for a decision, also for one made as the signal tells of it', async () => {
    const asked = deferred<PendingUpgrade>();
    const listener = await listen({}, (pending) => asked.resolve(pending));
    const dialled = dial(listener.url);
    const pending = await asked.promise;
    const outcome = deferred<CloseOutcome>();
    pending.signal.addEventListener('abort', () => pending.accept({ events: { closed: outcome.resolve } }));
    await listener.close();
    await assert.rejects(dialled, (error) => error instanceof HandshakeError && error.status === 503);
    assert.equal((await outcome.promise).clean, false);
    assert.throws(() => pending.reject(403), TypeError); // one decision, even a late one
  });

  it('still waits when the decision was a mistake', async () => {
    const error = await outcomeOf((pending) => {
      assert.throws(() => pending.accept({ protocol: 'not offered' }), TypeError);
      assert.throws(() => pending.accept({ eventz: {} } as never), { name: 'TypeError', message: /options\.eventz/ });
      assert.throws(() => pending.accept({ events: { txt: () => {} } as never }), { name: 'TypeError', message: /events\.txt/ });
      assert.throws(() => pending.accept({ limits: { maxFrameSize: -1 } }), { name: 'RangeError', message: /maxFrameSize/ });
      assert.throws(() => pending.reject(200), RangeError);
      pending.reject(418, { reason: 'A teapot' });
    });
    assert.equal((error as HandshakeError).status, 418);
  });

  it('takes the limits of its server and its own', async () => {
    const heard: CloseOutcome[] = [];
    const closed = deferred<void>();
    const listener = await listen({ limits: { maxMessageSize: 100, maxFragments: 5 } }, (pending) => {
      pending.accept({ limits: { maxMessageSize: 3 }, events: { closed: (outcome) => {
        heard.push(outcome);
        closed.resolve();
      } } });
    });
    const transport = await dial(listener.url);
    transport.connection.sendText('four');
    await closed.promise;
    assert.deepEqual(heard[0]?.limit, { name: 'maxMessageSize', value: 3, observed: 4 });
    assert.equal((await transport.closed).code, 1009);
    listener.terminate();
  });
});

describe('a client that leaves while its request waits', () => {
  for (const leave of ['end', 'destroy'] as const) {
    it(`by ${leave}() aborts the signal; an acceptance then is of a connection that has ended`, async () => {
      const { pending, peer, waits, socket } = await waiting();
      const { signal } = pending;
      assert.equal(signal.aborted, false);
      peer.socket[leave]();
      await turns();
      assert.equal(signal.aborted, true);
      assert.match(String(signal.reason), /TRANSPORT_ENDED/);
      assert.equal(pending.signal, signal);
      const outcomes: CloseOutcome[] = [];
      const transport = pending.accept({ events: { closed: (outcome) => { outcomes.push(outcome); } } });
      assert.equal(transport.connection.sendText('x'), 'refused');
      assert.equal(outcomes.length, 0, 'the caller goes on first');
      assert.equal((await transport.closed).violation?.name, 'TRANSPORT_ENDED');
      assert.equal(outcomes.length, 1);
      assert.throws(() => pending.accept(), TypeError);
      await turns();
      assert.equal(socket.destroyed, true);
      assert.equal(waits(), 0);
      if (leave === 'destroy') assert.equal((transport.error as NodeJS.ErrnoException).code, 'ECONNRESET');
    });
  }

  it('before anybody asked for the signal is told when it is asked for', async () => {
    const { pending, peer } = await waiting();
    peer.socket.destroy();
    await turns();
    assert.equal(pending.signal.aborted, true);
    assert.equal(pending.reject(403), false);
  });

  it('is no loss once the decision is made', async () => {
    const { pending, peer } = await waiting();
    const { signal } = pending;
    pending.reject(403);
    peer.socket.destroy();
    await turns();
    assert.equal(signal.aborted, false);
  });

  it('too late, at the deadline: the socket has its 503, the transport has ended', async () => {
    const { pending, peer, clock } = await waiting();
    clock.run(10_000);
    await peer.until(({ ended }) => ended);
    assert.match(peer.text, /^HTTP\/1\.1 503 /);
    const transport = pending.accept();
    assert.equal((await transport.closed).violation?.name, 'TERMINATED');
    assert.equal(peer.text.split('HTTP/1.1').length, 2, 'nothing follows the 503');
  });

  it('loses nothing of what it sends too early over a stream that goes on after pause()', async () => {
    const { pending, socket } = await waiting();
    const bytes = Buffer.from(frame({ opcode: 1, payload: 'too early', mask: true }));
    socket.emit('data', bytes.subarray(0, 5));
    socket.emit('data', bytes.subarray(5));
    const heard = deferred<string>();
    pending.accept({ events: { text: heard.resolve } });
    assert.equal(await heard.promise, 'too early');
  });

  it('keeps one chunk of what it sends too early, and no more', async () => {
    const { pending, peer, socket } = await waiting();
    for (let i = 0; i < 40; i++) {
      peer.write(frame({ opcode: 2, payload: new Uint8Array(8000), mask: true }));
      await turns(2);
    }
    assert.ok(socket.readableLength <= 32_000, `${socket.readableLength} bytes`);
    assert.ok(peer.socket.writableLength > 200_000, 'the rest waits at the client');
    let bytes = 0;
    pending.accept({ events: { binary: (message) => { bytes += message.length; } } });
    await turns(300);
    assert.equal(bytes, 40 * 8000);
  });
});

describe('a rejected client', () => {
  it('that never closes is gone within lingerTimeout [9112-9.6-3]', async () => {
    const { pending, peer, socket, clock, waits } = await waiting();
    pending.reject(403);
    await peer.until(({ ended }) => ended);
    peer.write('still here');
    clock.run(999);
    await turns();
    assert.equal(socket.destroyed, false);
    clock.run(1);
    await turns();
    assert.equal(socket.destroyed, true);
    assert.equal(waits(), 0);
  });

  it('that closes is gone at once, whatever it had sent too early', async () => {
    const { pending, peer, socket, waits } = await waiting();
    peer.write('too early');
    await turns();
    pending.reject(403);
    await peer.until(({ ended }) => ended);
    peer.socket.end();
    await turns();
    assert.equal(socket.destroyed, true);
    assert.equal(waits(), 0);
  });
});

describe('an application that fails to decide', () => {
  it('by an exception or a rejection answers 500, and the exception surfaces', async () => {
    const mistake = new Error('a mistake in onRequest');
    for (const onRequest of [(): never => { throw mistake; }, (): Promise<void> => Promise.reject(mistake)]) {
      const uncaught = await uncaughtDuring(async () => {
        assert.equal((await outcomeOf(onRequest) as HandshakeError).status, 500);
      });
      assert.deepEqual(uncaught, [mistake]);
    }
  });

  it('by an exception of its origin policy answers 500 too', async () => {
    const mistake = new Error('a mistake in the policy');
    const uncaught = await uncaughtDuring(async () => {
      const listener = await listen({ origin: () => { throw mistake; } }, () => assert.fail('it must not be asked'));
      await assert.rejects(dial(listener.url), { status: 500 });
      listener.terminate();
    });
    assert.deepEqual(uncaught, [mistake]);
  });

  it('after it has decided only surfaces', async () => {
    const mistake = new Error('a mistake after accept');
    const uncaught = await uncaughtDuring(async () => {
      const transport = await outcomeOf((pending) => {
        pending.accept();
        throw mistake;
      });
      assert.ok(!(transport instanceof HandshakeError));
    });
    assert.deepEqual(uncaught, [mistake]);
  });
});
