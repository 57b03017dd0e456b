// The inflater against the naive reading of the RFCs in spec/support: the same output, the same refusal at the same byte, the same count of
// payload that was needed, over several messages, at any chunking, taken back in between or not, with any room.

import { InflatePool } from '../../lib/core/deflate/inflate-pool.ts';
import { MessageInflater } from '../../lib/core/deflate/inflater.ts';
import { concat } from '../support/bytes.ts';
import { deflated, someMessage } from '../support/deflated.ts';
import { play } from '../support/inflating.ts';
import { Random } from '../support/random.ts';
import { referenceInflate } from '../support/reference-inflate.ts';
import { mutated, randomChunks } from './streams.ts';
import { hold, holdSame } from './target.ts';
import type { Target } from './target.ts';

const MOST_HELD = 32 * 1024 + 8 * 1024;

function randomPayload(random: Random, history: Uint8Array, windowBits: number): Uint8Array {
  if (random.oneIn(6)) return random.bytes(random.below(60));
  const options = { windowBits, level: random.pick([0, 1, 6, 9]), strategy: random.below(5), memLevel: 1 + random.below(9) };
  const payload = Uint8Array.from(deflated(someMessage(random, random.below(random.oneIn(30) ? 4_000 : 300)), history, options));
  if (random.oneIn(8)) payload.fill((payload[0] as number) | 1, 0, 1); // the first block is final
  return random.oneIn(2) ? mutated(random, payload) : payload;
}

const pool = new InflatePool();

export const inflateTarget: Target = {
  name: 'inflate',
  run(seed) {
    const random = new Random(seed);
    const windowBits = 9 + random.below(7);
    const maxDistance = 1 << windowBits;
    const contextTakeover = random.oneIn(2);
    const inflater = new MessageInflater({ windowBits, contextTakeover, allocate: (size) => new Uint8Array(size) }, pool);
    let history: Uint8Array = new Uint8Array(0);
    for (let messages = 1 + random.below(3); messages > 0; messages--) {
      const payload = randomPayload(random, history, windowBits);
      const room = random.pick([Infinity, 100_000, 300, random.below(300)]);
      const expected = referenceInflate(payload, { history, maxDistance, room });
      const found = play(inflater, randomChunks(random, payload), { room, detaches: random.oneIn(2), endsEmpty: random.oneIn(4) });
      holdSame([found.refusal, [...found.needed]], [expected.refusal, [...expected.needed]], 'inflater and reference differ');
      hold(Buffer.from(found.output).equals(expected.output), () => 'inflater and reference differ in their output');
      hold(inflater.retainedBytes <= MOST_HELD, () => `${inflater.retainedBytes} bytes are held`);
      if (found.refusal !== null) break;
      if (contextTakeover) history = concat(history, expected.output).slice(-maxDistance);
      else hold(inflater.retainedBytes === 0, () => `${inflater.retainedBytes} bytes are held between messages`);
    }
    inflater.release();
    hold(inflater.retainedBytes === 0, () => 'something is held after release');
  },
};
