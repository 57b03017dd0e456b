// Conversations at random, over links at random, each with its seed: whatever was accepted before a clean close arrives whole, in
// order and once, in both directions. `SEED=n` runs one of them again.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import type { PipeOptions } from '../support/link.ts';
import { Random } from '../support/random.ts';
import { Pair, brief } from './pair.ts';
import type { Side } from './pair.ts';

const CONVERSATIONS = 400;
const HOUR = 3_600_000;
const ALPHABET = ['a', 'Z', '\u00e9', '\u20ac', '\u{1f600}', '\0'];

function randomPipe(random: Random): PipeOptions {
  return {
    latency: random.pick([0, 1, 30, 400]),
    bytesPerMs: random.pick([3, 50, 1_000, Infinity]),
    chunk: random.oneIn(12) ? 1 : random.pick([20, 300, 16_384]),
    sendBuffer: random.pick([1, 1_000, 65_536]),
    window: random.pick([64, 500, 65_536]),
    seed: random.next(),
  };
}

function randomText(random: Random): string {
  let text = '';
  for (let left = random.pick([0, 1, 20, 130, 700]); left > 0; left--) text += random.pick(ALPHABET);
  return text;
}

function randomBytes(random: Random): Uint8Array {
  return random.bytes(random.pick([0, 1, 125, 126, 127, 1_000, 33_000]));
}

/** A fragmented message, with a Ping now and then between its frames. */
function sendFragments(side: Side, random: Random): string {
  const { connection } = side;
  const kind = random.pick(['text', 'binary'] as const);
  // As text only what is whole characters in each fragment may be cut anywhere; here each fragment is whole characters.
  const parts = Array.from({ length: 1 + random.below(5) }, () =>
    kind === 'text' ? Uint8Array.from(Buffer.from(randomText(random))) : random.bytes(random.below(300)));
  parts.forEach((part, index) => {
    connection.sendFragment(kind, part, index === parts.length - 1);
    if (random.oneIn(3)) connection.sendPing(random.bytes(random.below(126)));
  });
  return brief(kind === 'text' ? Buffer.concat(parts).toString() : Buffer.concat(parts));
}

/** Sends something, and returns it as the other side should log it; null for what is no message. */
function sendSomething(side: Side, random: Random): string | null {
  const { connection } = side;
  if (random.oneIn(6)) {
    connection.sendPing(random.bytes(random.below(126)));
    return null;
  }
  if (random.oneIn(4)) return sendFragments(side, random);
  if (random.oneIn(2)) {
    const text = randomText(random);
    return connection.sendText(text) === 'refused' ? null : brief(text);
  }
  const bytes = randomBytes(random);
  return connection.sendBinary(bytes) === 'refused' ? null : brief(bytes);
}

function converse(seed: number): void {
  const random = new Random(seed);
  const slow = { keepalive: { interval: 1_000 + random.below(30_000), timeout: HOUR }, closeTimeout: HOUR, lingerTimeout: HOUR, limits: { messageDeadline: HOUR, maxQueuedPongs: 1 + random.below(64) } };
  const pair = new Pair({ seed, link: { up: randomPipe(random), down: randomPipe(random) }, client: slow, server: slow });
  const sent = new Map<Side, string[]>([[pair.client, []], [pair.server, []]]);
  const until = random.pick([10, 500, 20_000]);
  for (const side of pair.sides) {
    const log = sent.get(side) as string[]; // set above for both
    for (let count = random.below(12); count > 0; count--) {
      pair.clock.at(random.below(until), () => {
        if (side.connection.state !== 'open') return;
        const message = sendSomething(side, random);
        if (message !== null) log.push(message);
      });
    }
    if (random.oneIn(3)) {
      pair.clock.at(random.below(until), () => side.connection.pause());
      pair.clock.at(until + random.below(5_000), () => side.connection.resume());
    }
  }
  const closers = random.pick([['client'], ['server'], ['client', 'server']] as const);
  for (const role of closers) pair.clock.at(random.below(2 * until), () => pair[role].connection.close(3000 + random.below(2_000), 'done'));
  pair.clock.run(20 * HOUR);

  for (const side of pair.sides) {
    const { outcome } = side;
    assert.equal(outcome.clean, true, `the ${side.role}: ${outcome.violation?.name}`);
    assert.equal(side.late, 0);
    assert.equal(outcome.unsent, 0);
    assert.deepEqual(pair.other(side).messages, sent.get(side), `what the ${side.role} sent`);
    assert.equal(side.connection.retainedBytes + side.assembler.retainedBytes, 0);
  }
}

describe('conversations at random', () => {
  const chosen = process.env['SEED'];
  const seeds = chosen === undefined ? Array.from({ length: CONVERSATIONS }, (_, i) => i + 1) : [Number(chosen)];
  it(`§5.4: ${seeds.length} of them, over links of every kind: all that was accepted before a clean close arrives whole and in order, both ways [6455-5.4-4] [6455-5.4-7]`, () => {
    for (const seed of seeds) {
      try {
        converse(seed);
      } catch (error) {
        throw new Error(`SEED=${seed}`, { cause: error });
      }
    }
  });
});
