// Broken servers and clients over real sockets: what catches them in memory catches them here, and they cost that case. The one behind it
// comes out as in memory.

import { after, describe, it } from 'node:test';
import assert from 'node:assert/strict';

import type { Case, SubjectRole } from '../../lib/conformance/case.ts';
import { CASES } from '../../lib/conformance/cases/index.ts';
import { runClient } from '../../lib/conformance/network/client-runner.ts';
import { runServer } from '../../lib/conformance/network/server-runner.ts';
import type { CaseResult } from '../../lib/conformance/result.ts';
import { readJson } from '../support/project.ts';
import { MUTANTS } from './mutants/faults.ts';
import type { Fault } from './mutants/faults.ts';
import { clientWith, serve } from './mutants/socket.ts';
import { verdictOf } from './mutants/survey.ts';
import type { Catchers } from './mutants/survey.ts';
import type { Switch } from './mutants/switches.ts';

const CATCHERS = readJson<Catchers>('spec/conformance/mutants/catchers.json');

/** Hang, reset, flood, go on, never answer, never end; and some whose octets are wrong. */
const WORST: Readonly<Record<SubjectRole, readonly Fault[]>> = {
  server: [
    'fails-and-hangs', 'fails-and-goes-on', 'fails-and-stays', 'no-pong', 'no-close', 'never-ends', 'ignores-end', 'pong-flood',
    'gives-up-split-head', 'takes-any-start-line', 'loses-frame-behind-head', 'takes-unmasked', 'masks-as-server', 'one-frame-per-read',
    'takes-part-for-whole', 'inflates-fragments', 'forgets-history',
  ],
  client: [
    'fails-and-hangs', 'fails-and-goes-on', 'no-pong', 'no-close', 'asks-without-version', 'takes-any-accept',
    'gives-up-split-response', 'takes-masked', 'never-masks', 'java-keys', 'judges-late', 'utf8-forgets-between-reads', 'keeps-history',
  ],
};

const GREETING = CASES.find(({ aliases }) => aliases.includes('1.1.2')) as Case;

/** Ms without progress: of those in order nothing is waited for, and those that are broken are not waited for long. */
const PATIENCE = { correct: 3_000, broken: 200 };

const stops: (() => void)[] = [];
after(() => {
  for (const stop of stops) stop();
});

async function play(role: SubjectRole, cases: readonly Case[], on: readonly Switch[]): Promise<readonly CaseResult[]> {
  const options = { cases, jobs: 1, patience: on.length === 0 ? PATIENCE.correct : PATIENCE.broken };
  if (role === 'client') return (await runClient(clientWith(on), options)).results;
  const { url, stop } = await serve(on);
  stops.push(stop);
  return (await runServer(url, options)).results;
}

for (const role of ['server', 'client'] as const) {
  describe(`over sockets, of ${role}s that are broken on purpose`, { concurrency: 8 }, () => {
    /** There is one: mutants.spec.ts sees to it. */
    const catcherOf = (fault: Fault): Case => CASES.find(({ id }) => id === CATCHERS[role][fault]?.[0]) as Case;

    it('none that is not broken is caught', async () => {
      const cases = [...new Set([GREETING, ...WORST[role].map(catcherOf)])];
      const results = await play(role, cases, []);
      assert.deepEqual(results.map(({ id, verdict }) => `${id} ${verdict}`), cases.map(({ id }) => `${id} pass`));
    });

    for (const fault of WORST[role]) {
      const does = MUTANTS.find((one) => one.role === role && one.fault === fault)?.does;
      it(`one that ${does} comes out as in memory`, async () => {
        const cases = [catcherOf(fault), GREETING];
        const results = await play(role, cases, [fault]);
        const reasons = results.map(({ why }) => why).join('\n');
        assert.deepEqual(results.map(({ verdict }) => verdict), cases.map((one) => verdictOf([fault], one, role)), reasons);
      });
    }
  });
}

it('a server that dies fails every case from then on, and the run has its end', async () => {
  const { url } = await serve(['fails-by-throwing'], true);
  const cases = ['1.1.1', '3.2', '1.1.2'].flatMap((alias) => CASES.filter(({ aliases }) => aliases.includes(alias)));
  const { results } = await runServer(url, { cases, jobs: 1, patience: PATIENCE.broken });
  assert.deepEqual(results.map(({ verdict }) => verdict === 'pass'), [true, false, false]);
  assert.match(results[2]?.why ?? '', /ECONNREFUSED/);
});
