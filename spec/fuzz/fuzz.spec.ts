// The short campaign: what `npm test` can afford of it. `npm run fuzz` is the long one.

import { describe, it } from 'node:test';
import { TARGETS, runTarget } from './campaign.ts';

/** About 60,000 inputs in all, more where one takes a few microseconds. */
const INPUTS: Readonly<Record<string, number>> = {
  'grammar': 24_000, 'decoder': 8_000, 'handshake-server': 4_000, 'handshake-client': 4_000, 'inflate': 1_500,
};
const OTHERWISE = 5_000;
const SEED = 1;

const PROMISES: Readonly<Record<string, string>> = {
  'decoder': '§5.2: the decoder sees what a naive reading of the RFC sees, at any chunking',
  'connection-server': 'a server: any bytes, chunks, times and re-entrant calls give events, well-formed output and one closed, never a throw',
  'connection-client': 'a client: any bytes, chunks, times and re-entrant calls give events, well-formed output and one closed, never a throw',
  'chunking-server': '§5.4: what a server tells and sends does not depend on how its input is cut [6455-5.4-1]',
  'chunking-client': '§5.4: what a client tells and sends does not depend on how its input is cut [6455-5.4-1]',
  'handshake-server': 'a server\'s opening handshake ends once, and accepts nothing that a check by hand would not',
  'handshake-client': 'a client\'s opening handshake ends once, and opens on nothing that a check by hand would not',
  'inflate': 'RFC 7692 §7.2.2: an inflater says what a naive reading of the RFCs says, at any chunking, and holds no more than its window',
  'grammar': 'any text is a value or malformed at a position, and what was read can be written and read again',
};

describe('fuzzing, a little', () => {
  for (const target of TARGETS) {
    const inputs = INPUTS[target.name] ?? OTHERWISE;
    it(`${PROMISES[target.name] ?? target.name} (${inputs} inputs)`, () => runTarget(target, SEED, inputs));
  }
});
