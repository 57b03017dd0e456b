// A conversation cut at every byte, in either direction, by a failing transport or by one that just ends: each side hears of its end
// exactly once, and calls it clean exactly if both Close frames had been exchanged as far as it can know.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { Pair } from './pair.ts';
import type { PairOptions, Side } from './pair.ts';

const MINUTE = 60_000;

/** Everything a conversation has: both kinds, an empty message, fragments with control frames between, two Close frames. */
function converse(options: PairOptions): Pair {
  const pair = new Pair({
    ...options,
    client: { keepalive: 'off' },
    server: { keepalive: 'off' },
    onServer: (it) => ({ text: (message) => { it.server.connection.sendText(`echo ${message}`); } }),
  });
  const { client, server } = pair;
  client.connection.sendText('Grüße');
  client.connection.sendFragment('binary', Uint8Array.of(1, 2, 3), false);
  client.connection.sendPing(Uint8Array.of(9));
  client.connection.sendFragment('binary', new Uint8Array(0), false);
  client.connection.sendFragment('binary', new Uint8Array(130), true);
  client.connection.sendText('');
  server.connection.sendBinary(new Uint8Array(200));
  server.connection.sendPing();
  pair.clock.after(5, () => client.connection.close(3000, 'bye'));
  return pair;
}

/** What a side that hears nothing of the other's last words must say. */
function assertEnded(side: Side, whole: boolean, where: string): void {
  assert.equal(side.outcomes.length, 1, `${where}: the ${side.role} was closed ${side.outcomes.length} times`);
  assert.equal(side.late, 0, `${where}: the ${side.role} was told something after closed`);
  const { outcome } = side;
  assert.equal(outcome.clean, whole, `${where}: the ${side.role} says clean: ${outcome.clean}, ${outcome.violation?.name}`);
  assert.equal(outcome.violation === null, whole, where);
  if (outcome.code === 1006) assert.equal(outcome.clean, false, where);
  assert.equal(side.connection.state, 'closed');
  assert.equal(side.connection.retainedBytes + side.assembler.retainedBytes, 0, `${where}: the ${side.role} holds bytes`);
}

const whole = converse({});
whole.clock.run(MINUTE);
const lengths = { up: whole.server.end.received, down: whole.client.end.received };

describe('a conversation that is cut', () => {
  it('is clean when it is not cut', () => {
    for (const side of whole.sides) assertEnded(side, true, 'uncut');
    assert.equal(whole.server.messages.length, 3);
    assert.equal(whole.client.messages.length, 3);
    assert.ok(lengths.up > 150 && lengths.down > 200);
  });

  for (const direction of ['up', 'down'] as const) {
    const length = lengths[direction];
    it(`§7.1.4: after each of the ${length} bytes ${direction}: one closed each, unclean unless both Close frames had come [6455-7.1.4-1] [6455-7.1.5-3] [6455-7.2.1-2]`, () => {
      for (let cutAfter = 0; cutAfter <= length; cutAfter++) {
        for (const chunk of [1, 16_384]) {
          const pair = converse({ link: { up: { latency: 1, chunk }, down: { latency: 1, chunk }, [direction]: { latency: 1, chunk, cutAfter } } });
          if (cutAfter === 0) pair.clock.at(0, () => pair.link.cut());
          pair.clock.run(10 * MINUTE);
          for (const side of pair.sides) {
            // The server answers the client's Close and has then both; the client has both when it has read that answer.
            const cutBeforeClose = direction === 'up' ? cutAfter < length : side.role === 'client' ? cutAfter < length : false;
            const heardClose = side.outcome.code === 3000;
            assertEnded(side, heardClose, `cut after ${cutAfter} bytes ${direction}, chunks of ${chunk}`);
            if (cutBeforeClose) assert.equal(heardClose, false);
          }
        }
      }
    });
  }

  it('§7.1.4: after each byte by an end without a failure: the one who is left hears of it [6455-7.1.4-1]', () => {
    for (let cutAfter = 1; cutAfter < lengths.up; cutAfter++) {
      const pair = converse({ link: { up: { chunk: 1, bytesPerMs: 1 } } });
      // The client's transport is gone after so many bytes: what was not sent is not, and the server reads an end.
      pair.clock.at(cutAfter + 0.5, () => pair.client.connection.terminate());
      pair.clock.run(10 * MINUTE);
      for (const side of pair.sides) assertEnded(side, side.outcome.clean, `ended after ${cutAfter} bytes`);
      assert.equal(pair.client.outcome.violation?.name, 'TERMINATED');
    }
  });

  it('the messages that arrived whole before the cut were delivered, in order, and nothing of the rest', () => {
    const all = whole.server.messages;
    for (let cutAfter = 1; cutAfter <= lengths.up; cutAfter++) {
      const pair = converse({ link: { up: { cutAfter } } });
      pair.clock.run(MINUTE);
      const { messages } = pair.server;
      assert.deepEqual(messages, all.slice(0, messages.length));
      if (cutAfter === lengths.up) assert.equal(messages.length, all.length);
    }
  });
});
