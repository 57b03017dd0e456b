// The closing handshake between two engines over links of every kind: nothing that was accepted is lost, both ends agree, both end.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import type { LinkOptions } from '../support/link.ts';
import { Pair, brief } from './pair.ts';
import type { Side } from './pair.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const KIB = 1024;

const LINKS: Readonly<Record<string, LinkOptions>> = {
  'an immediate link': {},
  'a link of 300 ms': { up: { latency: 300 }, down: { latency: 300 } },
  'a link slower than every timeout': { up: { latency: 30 * SECOND }, down: { latency: 25 * SECOND } },
  'a link of 20 bytes a millisecond in chunks of 1 to 700 bytes':
    { up: { bytesPerMs: 20, chunk: 700, seed: 5, latency: 40 }, down: { bytesPerMs: 20, chunk: 700, seed: 6, latency: 40 } },
  'a link byte by byte with a window of 16 bytes':
    { up: { chunk: 1, window: 16, latency: 1, bytesPerMs: 100 }, down: { chunk: 1, window: 16, latency: 1, bytesPerMs: 100 } },
};

/** Messages of several sizes, of both kinds. */
function sendSome(side: Side, count: number): string[] {
  const sent: string[] = [];
  for (let i = 0; i < count; i++) {
    const size = [0, 1, 125, 126, 2_000][i % 5] as number;
    const text = String.fromCharCode(0x61 + (i % 26)).repeat(size) + i;
    assert.notEqual(side.connection.sendText(text), 'refused');
    sent.push(brief(text));
  }
  return sent;
}

function assertClean(pair: Pair, clientCode: number, serverCode: number): void {
  for (const side of pair.sides) {
    const { outcome } = side;
    assert.equal(outcome.clean, true, `the ${side.role}: ${outcome.violation?.name}`);
    assert.equal(outcome.violation, null);
    assert.equal(outcome.unsent, 0);
    assert.equal(outcome.messageUnfinished, false);
    assert.equal(side.late, 0);
    assert.equal(side.connection.state, 'closed');
    assert.equal(side.connection.retainedBytes + side.assembler.retainedBytes, 0);
    assert.equal(side.driver.released, true, 'the transport is gone');
  }
  assert.deepEqual([pair.server.outcome.code, pair.client.outcome.code], [clientCode, serverCode]);
}

for (const [name, link] of Object.entries(LINKS)) {
  // Where a round trip takes longer than the time a Close is waited for, the one who closes gives up: that has a spec of its own.
  const options = { link, client: { keepalive: 'off', closeTimeout: 2 * MINUTE }, server: { keepalive: 'off', closeTimeout: 2 * MINUTE } } as const;

  describe(`the closing handshake over ${name}`, () => {
    for (const role of ['client', 'server'] as const) {
      it(`§5.5.1: started by the ${role}, behind what it and the other had sent [6455-5.5.1-7] [6455-5.5.1-8] [6455-7.1.4-1]`, () => {
        const pair = new Pair(options);
        const [closer, other] = role === 'client' ? [pair.client, pair.server] : [pair.server, pair.client];
        const sent = sendSome(closer, 12);
        const answered = sendSome(other, 7);
        assert.equal(closer.connection.close(4001, 'done'), 'queued');
        assert.equal(closer.connection.sendText('too late'), 'refused');
        pair.clock.run(20 * MINUTE);
        assertClean(pair, 4001, 4001);
        assert.equal(other.outcome.reason, 'done');
        assert.deepEqual(other.messages, sent);
        assert.deepEqual(closer.messages, answered);
      });
    }

    it('§5.5.1: started at both ends at once, each with its own code [6455-5.5.1-17]', () => {
      const pair = new Pair(options);
      const up = sendSome(pair.client, 9);
      const down = sendSome(pair.server, 9);
      pair.client.connection.close(4001, 'from the client');
      pair.server.connection.close(4002, 'from the server');
      pair.clock.run(20 * MINUTE);
      assertClean(pair, 4001, 4002);
      assert.deepEqual([pair.server.messages, pair.client.messages], [up, down]);
      assert.deepEqual([pair.server.outcome.reason, pair.client.outcome.reason], ['from the client', 'from the server']);
    });

    it('§5.5.1: what is sent while the peer\'s Close is being told still goes out before the answer', () => {
      const pair = new Pair({ ...options, onServer: (it) => ({ closing: () => { it.server.connection.sendText('goodbye'); } }) });
      pair.client.connection.close();
      pair.clock.run(20 * MINUTE);
      assertClean(pair, 1005, 1005);
      assert.deepEqual(pair.client.messages, ['goodbye']);
    });
  });
}

describe('who ends the transport', () => {
  it('§7.1.1: the server ends it at once, the client waits for that [6455-5.5.1-13] [6455-5.5.1-14] [6455-5.5.1-15] [6455-7.1.1-3] [6455-7.1.1-6]', () => {
    for (const closer of ['client', 'server'] as const) {
      const latency = 100;
      const pair = new Pair({ link: { up: { latency }, down: { latency } } });
      pair[closer].connection.close(1000);
      pair.clock.run(MINUTE);
      assertClean(pair, 1000, 1000);
      // Close, answer, then the server's FIN; the client's FIN comes last.
      const serverEnds = closer === 'client' ? latency : 2 * latency;
      assert.equal(pair.client.closedAt, serverEnds + latency);
      assert.equal(pair.server.closedAt, serverEnds + 2 * latency);
    }
  });

  it('a peer that never ends its direction holds neither side longer than a second after the handshake', () => {
    for (const [stalled, waiting, closesAt] of [['down', 'client', 0], ['up', 'server', 0]] as const) {
      const pair = new Pair();
      pair.client.connection.close(1000);
      // Everything but the FIN has passed by then: the Close frames are a few bytes on an immediate link.
      pair.link.stall(stalled);
      pair.clock.runUntil(closesAt + 500);
      pair.link.goOn(stalled);
      pair.clock.runUntil(5 * SECOND);
      assert.equal(pair[waiting].outcome.clean, true);
    }
  });
});

describe('a close that is not answered', () => {
  it('is given up closeTimeout after the last progress, whoever closed, and says so', () => {
    for (const role of ['client', 'server'] as const) {
      const pair = new Pair({ [role]: { closeTimeout: 3 * SECOND } });
      pair.link.stall(role === 'client' ? 'down' : 'up');
      pair[role].connection.close(1000);
      pair.clock.run(MINUTE);
      const { outcome } = pair[role];
      assert.deepEqual([outcome.violation?.name, outcome.clean, outcome.code, outcome.sentCode], ['CLOSE_UNANSWERED', false, 1006, 1000]);
      assert.equal(pair[role].closedAt, 3 * SECOND);
    }
  });

  it('is waited for anew whenever some of what stands before it leaves: a slow link is not a dead one', () => {
    // 400 messages of 1,000 bytes at 5 bytes a millisecond: 80 s until the Close leaves, with a closeTimeout of 10 s.
    const pair = new Pair({ client: { keepalive: 'off' }, server: { keepalive: 'off' }, link: { up: { bytesPerMs: 5, chunk: 1_000 } } });
    for (let i = 0; i < 400; i++) pair.client.connection.sendBinary(new Uint8Array(1_000));
    pair.client.connection.close(1000);
    pair.clock.run(10 * MINUTE);
    assertClean(pair, 1000, 1000);
    assert.equal(pair.server.messages.length, 400);
    assert.ok(pair.client.closedAt > 80 * SECOND);
  });

  it('is waited for while one large message before it leaves, which a server queues by reference', () => {
    const pair = new Pair({ client: { keepalive: 'off' }, server: { keepalive: 'off' }, link: { down: { bytesPerMs: 10, chunk: 1_000 } } });
    pair.server.connection.sendBinary(new Uint8Array(600 * KIB));
    pair.server.connection.close(1000);
    pair.clock.run(10 * MINUTE);
    assertClean(pair, 1000, 1000);
    assert.equal(pair.client.messages.length, 1);
    assert.ok(pair.server.closedAt > 60 * SECOND);
  });
});

describe('failing the connection', () => {
  it('§7.1.7: what waits is dropped, the Close overtakes it, and the peer learns the code at once [6455-7.1.7-5]', () => {
    const pair = new Pair({ link: { up: { bytesPerMs: 10 }, down: { bytesPerMs: 10, chunk: 100 } } });
    pair.clock.at(100, () => {
      for (let i = 0; i < 100; i++) pair.server.connection.sendBinary(new Uint8Array(10_000));
      pair.client.connection.setLimits({ maxMessageSize: 5_000 });
    });
    pair.clock.run(5 * MINUTE);
    const { client, server } = pair;
    assert.deepEqual([client.outcome.violation?.name, client.outcome.sentCode, client.outcome.clean], ['MESSAGE_TOO_BIG', 1009, false]);
    assert.deepEqual(client.outcome.limit, { name: 'maxMessageSize', value: 5_000, observed: 10_000 });
    assert.equal(server.outcome.code, 1009);
    assert.equal(client.closedAt, 110, 'with the first chunk, which holds the header');
  });
});
