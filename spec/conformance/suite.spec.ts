// Hawser's engine through the whole suite, in memory, both roles; and again with every case cut in other places. What comes out is held to
// docs/conformance: a result that is not a pass stands there with its reason, or it fails here.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CASES, compare, hawserEngine, runInMemory } from '../../lib/conformance/index.ts';
import type { Case, CaseResult, Item, Split, SubjectRole } from '../../lib/conformance/index.ts';
import { lengthOf } from '../../lib/conformance/payload.ts';
import { nodePlatform } from '../../lib/node/index.ts';
import { readResults } from '../support/conformance-results.ts';

const IDS: ReadonlySet<string> = new Set(CASES.map(({ id }) => id));
const engine = hawserEngine({ platform: nodePlatform, protocols: ['chat', 'superchat'] });

function run(testCase: Case, role: SubjectRole, split?: Split): CaseResult {
  return runInMemory(engine, testCase, role, { platform: nodePlatform, ...split !== undefined && { split } });
}

const casesOf = (role: SubjectRole): readonly Case[] => CASES.filter(({ roles }) => roles.includes(role));

describe('the engine through the conformance suite, in memory', () => {
  for (const role of ['server', 'client'] as const) {
    it(`as a ${role} does what every case expects, but for what is written down with its reason`, () => {
      const results = casesOf(role).map((testCase) => run(testCase, role));
      const { known } = readResults({ name: 'hawser-engine', role, agent: '' });
      const { worse, better, stale } = compare({ agent: '', role, known }, results, IDS);
      const whys = new Map(results.map(({ id, why }) => [id, why]));
      assert.deepEqual(worse.map((one) => ({ ...one, why: whys.get(one.id) })), []);
      assert.deepEqual([better, stale], [[], []], 'what is written down has to be written down again: npm run conformance -- --write hawser-engine');
      assert.deepEqual(results.filter(({ verdict }) => verdict === 'fail'), []);
    });
  }
});

/** Octets that are sent up to the last write, where that is few: heads and frames of a case that is cut everywhere. */
function sizeOf({ steps }: Case): number {
  const items = steps.flatMap((step) => ('send' in step ? step.send : []));
  return items.reduce((sum, item) => sum + sizeOfItem(item), 0);
}

function sizeOfItem(item: Item): number {
  if ('head' in item) return item.head.length;
  if ('again' in item) return Infinity;
  if ('message' in item) return lengthOf(item.payload) + 8;
  if ('octets' in item) return lengthOf(item.octets);
  return 6 + (item.payload === undefined ? 0 : lengthOf(item.payload));
}

/** What depends on how frames come together, and may: §6.1 has what waits to be sent given up when the connection is failed. */
const GIVEN_UP = 'The connection is failed before what came ahead of the bad frame is answered.';
const FEW = 400;
/** Cuts of one case: all of a short one, so many of a longer one. */
const CUTS = 10;

function cutsOf(testCase: Case): Split[] {
  const size = sizeOf(testCase);
  const step = Math.max(1, Math.floor(size / CUTS));
  return [1, ...Array.from({ length: Math.ceil(size / step) }, (_, i) => [1 + i * step])];
}

describe('the engine through the cases that send little, cut in other places', () => {
  for (const role of ['server', 'client'] as const) {
    it(`as a ${role} comes to the same verdict, but for answers that wait when a bad frame comes together with what they answer`, () => {
      const wrong: string[] = [];
      let runs = 0;
      for (const testCase of casesOf(role)) {
        if (testCase.weight === 'heavy' || sizeOf(testCase) > FEW) continue;
        const { verdict } = run(testCase, role);
        for (const split of cutsOf(testCase)) {
          runs++;
          const found = run(testCase, role, split);
          if (found.verdict === verdict || found.verdict === 'pass' || found.why === GIVEN_UP) continue;
          wrong.push(`${testCase.id}, cut at ${String(split)}: ${found.verdict} instead of ${verdict}: ${found.why}`);
        }
      }
      assert.deepEqual(wrong, []);
      assert.ok(runs > 5_000, `only ${runs} runs`);
    });
  }
});
