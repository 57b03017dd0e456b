// Every face over loopback, as a subject of the suite: a sample of the cases, one in so many from all over the suite, held to what `npm run
// conformance` wrote down when it ran them all.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CASES, compare, runClient, runServer } from '../../lib/conformance/index.ts';
import type { Case, RunReport } from '../../lib/conformance/index.ts';
import { readResults } from '../support/conformance-results.ts';
import { faces } from './faces.ts';
import type { Face } from './faces.ts';

/** One case in so many: a prime, so that no family of cases is left out. */
const STRIDE = 17;
/** Whether two writes arrive as one is not for this spec to say: an answer that waits behind the first is given up for the second (§6.1). */
const GIVEN_UP = 'The connection is failed before what came ahead of the bad frame is answered.';
const IDS: ReadonlySet<string> = new Set(CASES.map(({ id }) => id));

/** Each face begins elsewhere, so that together they run most of the suite. */
function sample(face: Face, index: number): readonly Case[] {
  return CASES.filter(({ weight, roles }) => weight !== 'heavy' && roles.includes(face.role)).filter((_, at) => at % STRIDE === index % STRIDE);
}

async function run(face: Face, cases: readonly Case[]): Promise<RunReport> {
  if (face.role === 'client') return runClient(face.drive, { cases, lasting: true });
  const server = await face.start();
  try {
    return await runServer(server.url, { cases });
  } finally {
    await server.stop();
  }
}

describe('the faces of Hawser through the conformance suite, over loopback', () => {
  faces.forEach((face, index) => {
    it(`${face.name}, a ${face.role}, does as is written down`, async () => {
      const cases = sample(face, index);
      const { results } = await run(face, cases);
      assert.equal(results.length, cases.length);
      const { known } = readResults({ name: `hawser-${face.name}`, role: face.role, agent: '' });
      const { worse } = compare({ agent: '', role: face.role, known }, results, IDS);
      const whys = new Map(results.map(({ id, why }) => [id, why]));
      assert.deepEqual(worse.map((one) => ({ ...one, why: whys.get(one.id) })).filter(({ why }) => why !== GIVEN_UP), []);
    });
  });
});
