// The keepalive under virtual time: two engines, a link, ten minutes. Every time asserted here is exact.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { Pair } from './pair.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** `count` times, `step` apart, the first at `first`. */
function every(step: number, first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i * step);
}

describe('ten minutes of keepalive', () => {
  it('§5.5.2: each side pings every 25 s, the other answers each Ping once, and the round trip is twice the latency [6455-5.5.2-2] [6455-5.5.2-5]', () => {
    const latency = 37;
    const pair = new Pair({ link: { up: { latency }, down: { latency } } });
    pair.clock.run(10 * MINUTE + 2 * latency);
    for (const side of pair.sides) {
      assert.deepEqual(side.times('ping'), every(25 * SECOND, 25 * SECOND + latency, 24));
      assert.deepEqual(side.times('pong'), every(25 * SECOND, 25 * SECOND + 2 * latency, 24));
      assert.equal(side.connection.roundTripTime, 2 * latency);
      assert.equal(side.connection.state, 'open');
      assert.equal(side.connection.retainedBytes, 0);
      assert.equal(side.end.received, 24 * 2 * (2 + 4 + (side.role === 'server' ? 4 : 0)));
    }
  });

  it('costs a few turns a minute: nothing is done between two deadlines', () => {
    const pair = new Pair({ link: { up: { latency: 5 }, down: { latency: 5 } } });
    pair.clock.run(10 * MINUTE);
    for (const side of pair.sides) assert.ok(side.driver.turns < 24 * 10, `${side.driver.turns} turns of the ${side.role} in ten minutes`);
  });

  it('§5.5.3: pings without pause between them are each answered, and the latest measures the round trip', () => {
    const pair = new Pair({ client: { keepalive: 'off' }, server: { keepalive: { interval: 100, timeout: 50 } }, link: { up: { latency: 3 }, down: { latency: 4 } } });
    pair.clock.run(10 * SECOND);
    assert.deepEqual(pair.client.times('ping'), every(100, 104, 99));
    assert.deepEqual(pair.server.times('pong'), every(100, 107, 99));
    assert.equal(pair.server.connection.roundTripTime, 7);
    assert.ok(Number.isNaN(pair.client.connection.roundTripTime));
  });

  it('pings keep their interval when the timeout is longer: three values, each its own', () => {
    const pair = new Pair({ client: { keepalive: { interval: 5 * SECOND, timeout: 20 * SECOND } }, server: { keepalive: 'off' }, link: { up: { latency: 10 }, down: { latency: 10 } } });
    pair.clock.run(60 * SECOND + 10);
    assert.deepEqual(pair.server.times('ping'), every(5 * SECOND, 5 * SECOND + 10, 12));
  });

  it('does not ping where it is off, nor with an infinite interval', () => {
    const pair = new Pair({ client: { keepalive: 'off' }, server: { keepalive: { interval: Infinity } } });
    pair.clock.run(10 * MINUTE);
    for (const side of pair.sides) {
      assert.equal(side.end.received, 0);
      assert.equal(side.connection.deadline, Infinity);
    }
  });
});

describe('a peer that goes silent', () => {
  /** The server's link goes quiet at `at`: what the client sends is lost on the way, and no FIN comes. */
  function silentAt(at: number, keepalive: { interval?: number; timeout?: number; misses?: number }): Pair {
    const pair = new Pair({ client: { keepalive: 'off' }, server: { keepalive } });
    pair.clock.at(at, () => pair.link.stall('up'));
    return pair;
  }

  const cases = [
    { keepalive: {}, at: 0, deadAt: 25_000 + 25_000 + 20_000 },
    { keepalive: { misses: 0 }, at: 0, deadAt: 25_000 + 20_000 },
    { keepalive: { misses: 3 }, at: 0, deadAt: 4 * 25_000 + 20_000 },
    { keepalive: { interval: 1_000, timeout: 300, misses: 2 }, at: 0, deadAt: 3 * 1_000 + 300 },
    { keepalive: { interval: 1_000, timeout: 300, misses: 0 }, at: 10_500, deadAt: 11_000 + 300 },
    // Longer than the interval: the next Ping waits for the judgement of the one before.
    { keepalive: { interval: 1_000, timeout: 5_000, misses: 0 }, at: 0, deadAt: 1_000 + 5_000 },
    { keepalive: { interval: 1_000, timeout: 5_000, misses: 1 }, at: 0, deadAt: 1_000 + 2 * 5_000 },
    { keepalive: { interval: 1_000, timeout: 5_000, misses: 0 }, at: 10_500, deadAt: 11_000 + 5_000 },
  ];
  for (const { keepalive, at, deadAt } of cases) {
    it(`is given up at ${deadAt} ms when it is silent from ${at} ms on, by ${JSON.stringify(keepalive)}`, () => {
      const pair = silentAt(at, keepalive);
      pair.clock.runUntil(deadAt - 1);
      assert.equal(pair.server.connection.state, 'open');
      pair.clock.runUntil(deadAt);
      const { outcome } = pair.server;
      assert.equal(pair.server.closedAt, deadAt);
      assert.deepEqual([outcome.violation?.name, outcome.clean, outcome.code, outcome.sentCode], ['PEER_SILENT', false, 1006, 1011]);
      pair.clock.run(SECOND);
      assert.equal(pair.server.connection.abandoned, true, 'the transport is given up a second later');
    });
  }

  it('§7.2.1: whose link is cut ends at once on both sides [6455-7.2.1-2]', () => {
    const pair = new Pair();
    pair.clock.at(1_234, () => pair.link.cut());
    pair.clock.run(MINUTE);
    for (const side of pair.sides) {
      assert.equal(side.closedAt, 1_234);
      assert.equal(side.outcome.violation?.name, 'TRANSPORT_FAILED');
      assert.equal(side.outcome.clean, false);
    }
  });

  it('is not silent while it uploads: bytes prove life though the Pong queues behind them', () => {
    // 3 MiB at 10 bytes a millisecond take more than five minutes; the Pong to each Ping waits behind what was written before it.
    const upload = 3 * 1024 * 1024;
    const pair = new Pair({
      client: { keepalive: 'off' },
      server: { keepalive: { interval: 5 * SECOND, timeout: 2 * SECOND, misses: 0 }, limits: { messageDeadline: Infinity } },
      link: { up: { bytesPerMs: 10, chunk: 1_000 } },
    });
    assert.notEqual(pair.client.connection.sendBinary(new Uint8Array(upload)), 'refused');
    pair.clock.run(6 * MINUTE);
    assert.equal(pair.server.connection.state, 'open');
    assert.equal(pair.server.messages.length, 1);
    assert.ok(pair.client.times('ping').length > 60);
    const firstPong = pair.server.times('pong')[0] as number;
    assert.ok(firstPong > upload / 10, `the first Pong came at ${firstPong}, behind the upload`);
  });
});

describe('a reader that does not read', () => {
  it('is not called silent for what lies unread on this side', () => {
    const pair = new Pair({ server: { keepalive: { interval: 1_000, timeout: 500, misses: 0 } }, client: { keepalive: 'off' } });
    pair.server.connection.pause();
    pair.clock.run(10 * MINUTE);
    assert.equal(pair.server.connection.state, 'open');
    assert.deepEqual(pair.server.times('pong'), []);
    pair.server.connection.resume();
    pair.clock.run(SECOND);
    assert.ok(pair.server.times('pong').length > 500, 'the Pongs had been there all the time');
  });

  it('holds back no more than its window and the send buffer, and the pings it is sent are bounded too', () => {
    const pair = new Pair({
      server: { keepalive: { interval: 100, timeout: 100_000, misses: 0 }, limits: { maxQueuedPongs: 4 } },
      client: { keepalive: 'off' },
      link: { down: { window: 64, sendBuffer: 1 } },
    });
    pair.client.connection.pause();
    for (let i = 0; i < 1_000; i++) pair.server.connection.sendPing();
    assert.equal(pair.server.connection.retainedBytes, 4 * 2);
    pair.clock.run(MINUTE);
    assert.ok(pair.server.connection.retainedBytes <= 4 * 6);
    pair.client.connection.resume();
    pair.clock.run(SECOND);
    assert.equal(pair.server.connection.retainedBytes, 0);
    assert.equal(pair.server.connection.state, 'open');
  });
});
