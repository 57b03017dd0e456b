// A whole conversation — request, answer, messages both ways, a ping, the closing handshake — with the n-th operation of one end's
// stream failing, or never coming to its end, for n = 1, 2, … until there are no more. Whatever fails, each side ends with exactly one
// outcome or one HandshakeError, nothing is thrown, nothing hangs, and nothing is left in the scheduler. node:test fails a spec on any
// uncaught exception.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { dial } from '../../lib/node/dial.ts';
import { HandshakeError } from '../../lib/node/handshake-error.ts';
import { serve } from '../../lib/node/reception.ts';
import { VirtualClock } from '../support/clock.ts';
import { Faults, pipe, turns, virtualScheduler } from '../support/duplex.ts';

interface Result {
  /** What each side was told in the end: `error`, `clean` or the violation's name. */
  readonly client: string[];
  readonly server: string[];
  readonly messages: string[];
}

const BULK = 'x'.repeat(200_000);

/** The conversation, from the first byte to the last; under a clock that goes on whenever nothing else happens. */
async function converse(faults: { a?: Faults; b?: Faults }): Promise<Result> {
  const clock = new VirtualClock();
  const scheduler = virtualScheduler(clock);
  const [near, far] = pipe(faults);
  const result: Result = { client: [], server: [], messages: [] };
  let asked = false;
  serve(far, { scheduler }, (pending) => {
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
  void dial('ws://in.memory/', { scheduler, connect: () => near, events: {
    text: (message) => { result.messages.push(`client heard ${message.length}`); },
    closed: (outcome) => { result.client.push(outcome.violation?.name ?? 'clean'); },
  } }).then(({ connection }) => {
    connection.sendText('hello');
    connection.sendText(BULK);
    connection.sendPing();
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
    await turns(60);
    if (!over()) clock.run(1000);
  }
  await turns(10);
  return result;
}

describe('a conversation', () => {
  it('without a fault closes cleanly on both sides, with every message delivered', async () => {
    const [a, b] = [new Faults(), new Faults()];
    const { client, server, messages } = await converse({ a, b });
    assert.deepEqual([client, server], [['clean'], ['clean']]);
    assert.deepEqual(messages.filter((line) => line.startsWith('server')), ['server heard 5', 'server heard 200000']);
    assert.deepEqual(new Set([...a.log, ...b.log]), new Set(['read', 'data', 'write', 'writev', 'eof', 'final', 'destroy']));
  });

  for (const how of ['fails', 'stalls'] as const) {
    for (const end of ['a', 'b'] as const) {
      it(`ends once on both sides when the n-th operation of the ${end === 'a' ? 'client' : 'server'}'s stream ${how}, for every n`, async () => {
        let n = 1;
        for (;; n++) {
          const faults = new Faults(n, how);
          const { client, server } = await converse({ [end]: faults });
          const told = `n = ${n} (${faults.log[n - 1]}): client ${client.join()}, server ${server.join()}`;
          assert.equal(client.length, 1, told);
          assert.ok(server.length <= 1, told);
          if (!faults.hit) break;
        }
        assert.ok(n > 15, `only ${n} operations`);
      });
    }
  }
});
