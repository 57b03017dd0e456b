// A whole conversation — request, answer, messages both ways, a ping, the closing handshake — with the n-th operation of one end's
// stream failing, or never coming to its end, for n = 1, 2, … until there are no more. Whatever fails, each side ends with exactly one
// outcome or one HandshakeError, nothing is thrown, nothing hangs, and nothing is left in the scheduler. node:test fails a spec on any
// uncaught exception.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import type { CompressionSetting } from '../../lib/node/compression.ts';
import { dial } from '../../lib/node/dial.ts';
import { HandshakeError } from '../../lib/node/handshake-error.ts';
import { serve } from '../../lib/node/reception.ts';
import { VirtualClock } from '../support/clock.ts';
import { Faults, pipe, turns, virtualScheduler } from '../support/duplex.ts';
import { Random } from '../support/random.ts';
import { watchedZlib } from '../support/zlib.ts';

interface Result {
  /** What each side was told in the end: `error`, `clean` or the violation's name. */
  readonly client: string[];
  readonly server: string[];
  readonly messages: string[];
  /** Bytes that the client wrote. */
  written: number;
}

/** What one conversation is about. */
interface Subject {
  readonly compression: CompressionSetting;
  /** A message that takes many operations of either stream. */
  readonly bulk: string;
}

const SUBJECTS: Readonly<Record<string, Subject>> = {
  'messages as they are': { compression: 'off', bulk: 'x'.repeat(200_000) },
  'compressed messages': { compression: {}, bulk: noise(220_000, 1) },
  'messages that are compressed elsewhere': { compression: {}, bulk: noise(264_000, 2) },
};

/** Hex digits without a pattern: compressed, half as long. */
function noise(length: number, seed: number): string {
  return Buffer.from(new Random(seed).bytes(length / 2)).toString('hex');
}

/** The conversation, from the first byte to the last; under a clock that goes on whenever nothing else happens. */
async function converse(faults: { a?: Faults; b?: Faults }, { compression, bulk }: Subject): Promise<Result> {
  const clock = new VirtualClock();
  const scheduler = virtualScheduler(clock);
  const [near, far] = pipe(faults);
  const result: Result = { client: [], server: [], messages: [], written: 0 };
  let asked = false;
  serve(far, { scheduler, compression }, (pending) => {
    asked = true;
    const { connection } = pending.accept({ events: {
      text: (message) => {
        result.messages.push(`server heard ${message.length}`);
        connection.sendText(message);
      },
      closed: (outcome) => { result.server.push(outcome.violation?.name ?? 'clean'); },
    } });
    connection.sendText('welcome');
  });
  void dial('ws://in.memory/', { scheduler, compression, connect: () => near, events: {
    text: (message) => { result.messages.push(`client heard ${message.length}`); },
    closed: (outcome) => { result.client.push(outcome.violation?.name ?? 'clean'); },
  } }).then(({ connection }) => {
    connection.sendText('hello');
    connection.sendText(bulk);
    connection.sendPing();
    connection.sendText('behind it');
    connection.close(1000, 'bye');
  }, (error: unknown) => {
    assert.ok(error instanceof HandshakeError, String(error));
    result.client.push('error');
  });
  const told = (): boolean => result.client.length > 0 && (!asked || result.server.length > 0);
  const over = (): boolean => told() && near.destroyed && far.destroyed && scheduler.size === 0;
  for (let rounds = 0; !over(); rounds++) {
    const state = { result, asked, waiting: scheduler.size, near: near.destroyed, far: far.destroyed };
    assert.ok(rounds < 200, `it hangs: ${JSON.stringify(state)}`);
    do await turns(120); while (watchedZlib.busy); // twice what it takes on an idle machine: time that runs ahead looks like a peer that never ends
    if (!over()) clock.run(1000);
  }
  await turns(10);
  result.written = near.writes.reduce((sum, { length }) => sum + length, 0);
  return result;
}

for (const [what, subject] of Object.entries(SUBJECTS)) describe(`a conversation of ${what}`, () => {
  it('without a fault closes cleanly on both sides, with every message delivered', async () => {
    const [a, b] = [new Faults(), new Faults()];
    watchedZlib.watch();
    const { client, server, messages, written } = await converse({ a, b }, subject);
    assert.deepEqual([client, server], [['clean'], ['clean']]);
    const { length } = subject.bulk;
    assert.deepEqual(messages.filter((line) => line.startsWith('server')), ['server heard 5', `server heard ${length}`, 'server heard 9']);
    assert.deepEqual(new Set([...a.log, ...b.log]), new Set(['read', 'data', 'write', 'writev', 'eof', 'final', 'destroy']));
    assert.ok(subject.compression === 'off' ? written > length : written < 0.6 * length, `${written} bytes went to the server`);
    assert.equal(watchedZlib.begunElsewhere > 0, length > 256 * 1024, `${watchedZlib.begunElsewhere} compressions in the thread pool`);
  });

  for (const how of ['fails', 'stalls'] as const) {
    for (const end of ['a', 'b'] as const) {
      it(`ends once on both sides when the n-th operation of the ${end === 'a' ? 'client' : 'server'}'s stream ${how}, for every n`, async () => {
        let n = 1;
        for (;; n++) {
          const faults = new Faults(n, how);
          const { client, server } = await converse({ [end]: faults }, subject);
          const told = `n = ${n} (${faults.log[n - 1]}): client ${client.join()}, server ${server.join()}`;
          assert.equal(client.length, 1, told);
          assert.ok(server.length <= 1, told);
          if (!faults.hit) break;
        }
        assert.ok(n > 12, `only ${n} operations`);
      });
    }
  }
});

describe('a compression elsewhere', () => {
  it('that fails is done here: whichever it is, every message is delivered, in order', async () => {
    const subject = SUBJECTS['messages that are compressed elsewhere'] as Subject; // it is one of them
    for (const nth of [1, 2]) {
      watchedZlib.watch(nth);
      const { client, server, messages } = await converse({}, subject);
      assert.deepEqual([client, server], [['clean'], ['clean']]);
      assert.deepEqual(messages.filter((line) => line.startsWith('server')), ['server heard 5', 'server heard 264000', 'server heard 9']);
    }
    watchedZlib.watch();
  });
});
