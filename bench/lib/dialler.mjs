// Clients of ours, in a process of their own, that dial, exchange compressed messages and are terminated in the middle of it.

import { dial } from '../../dist/lib/index.js';
import { corpus } from './corpus.mjs';
import { settledMemory } from './memory.mjs';
import { Random } from './random.mjs';
import { answer, setting } from './worker.mjs';

const AT_ONCE = 100;
const LONG = 1024 * 1024;

const { compression } = setting();
const small = [200, 2048, 700, 16_384].map((size) => corpus({ size, count: 1, seed: 3 })[0]);
const [long] = corpus({ size: LONG, count: 1, seed: 4 });

/** One call; its connection is ended when `read` replies have come, with whatever is under way. @param {number} port @param {number} read @param {boolean} withLong */
async function call(port, read, withLong) {
  let messages = 0;
  const transport = await dial(`ws://127.0.0.1:${port}/`, {
    compression, keepalive: 'off',
    events: {
      text() {
        if (++messages === read) transport.terminate();
      },
    },
  });
  for (const message of small) transport.connection.sendText(message);
  if (withLong) transport.connection.sendText(long);
  for (const message of small) transport.connection.sendText(message);
  if (read === 0) transport.terminate();
  await transport.closed;
  return messages;
}

answer({
  memory: settledMemory,
  /** @param {{ port: number, dials: number, seed: number }} argument */
  async round({ port, dials, seed }) {
    const random = new Random(seed);
    const totals = { dials: 0, messages: 0 };
    let begun = 0;
    const caller = async () => {
      while (begun < dials) {
        const withLong = begun++ % 8 === 0;
        totals.messages += await call(port, random.below(withLong ? 7 : 9), withLong);
        totals.dials++;
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, dials) }, caller));
    return totals;
  },
});
