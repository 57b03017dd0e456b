// Runs the suite against the correct endpoint and what its switches make of it, in memory, and tells which cases tell them apart.

import type { Case, SubjectRole } from '../../../lib/conformance/case.ts';
import { runInMemory } from '../../../lib/conformance/memory/run-in-memory.ts';
import type { CaseResult, Verdict } from '../../../lib/conformance/result.ts';
import type { Platform } from '../../../lib/core/platform.ts';
import { nodePlatform } from '../../../lib/node/platform.ts';
import { Random } from '../../support/random.ts';
import { EchoEngine } from './engine.ts';
import { MUTANTS } from './faults.ts';
import type { Mutant } from './faults.ts';
import type { Switch } from './switches.ts';

/** From good to bad. A case that is skipped, or that only informs, says nothing against anybody. */
const RANK: Readonly<Record<Verdict, number>> = { pass: 0, skipped: 0, informational: 0, 'non-strict': 1, fail: 2 };
/** Octets of a volley: enough for messages that refer to each other. */
const BUDGET = 1024;

/** A case against the correct endpoint: what it came to, and where another may be different. */
export interface Baseline {
  readonly testCase: Case;
  readonly result: CaseResult;
  readonly asked: ReadonlySet<Switch>;
}

/** By role, by fault: the ids of cases that catch it. */
export type Catchers = Readonly<Record<SubjectRole, Readonly<Record<string, readonly string[]>>>>;

/** The tester's own randomness: the same in every run. */
function platform(): Platform {
  const random = new Random(3);
  return { ...nodePlatform, random: (target) => random.fill(target) };
}

function run(engine: EchoEngine, testCase: Case, role: SubjectRole): CaseResult {
  return runInMemory(engine, testCase, role, { platform: platform(), budget: BUDGET });
}

/** What a case comes to for an endpoint with these switches on. */
export function verdictOf(switches: readonly Switch[], testCase: Case, role: SubjectRole): Verdict {
  return run(new EchoEngine(...switches), testCase, role).verdict;
}

/** The cases for that role against the correct endpoint. */
export function surveyOf(cases: readonly Case[], role: SubjectRole): readonly Baseline[] {
  return cases.filter(({ roles }) => roles.includes(role)).map((testCase) => {
    const engine = new EchoEngine();
    const result = run(engine, testCase, role);
    return { testCase, result, asked: engine.asked };
  });
}

export function isLight({ weight = 'light' }: Case): boolean {
  return weight === 'light';
}

/** The ids of the cases that catch a mutant, in the order of the cases, `most` at most. */
export function catchersOf({ fault, role, inOpening }: Mutant, survey: readonly Baseline[], most: number = Infinity): readonly string[] {
  const ids: string[] = [];
  for (const { testCase, result, asked } of survey) {
    if (!asked.has(fault)) continue;
    const engine = new EchoEngine(fault);
    const { verdict } = run(engine, testCase, role);
    if (RANK[verdict] <= RANK[result.verdict] || !(inOpening || engine.hasOpened)) continue;
    ids.push(testCase.id);
    if (ids.length === most) break;
  }
  return ids;
}

/** Of every mutant the first cases that catch it, `most` at most. */
export function findCatchers(cases: readonly Case[], most: number): Catchers {
  const of = (role: SubjectRole): Readonly<Record<string, readonly string[]>> => {
    const light = surveyOf(cases.filter(isLight), role);
    const surveyFor = ({ heavy }: Mutant): readonly Baseline[] =>
      heavy === null ? light : surveyOf(cases.filter(({ id }) => id === heavy), role);
    const mutants = MUTANTS.filter((mutant) => mutant.role === role);
    return Object.fromEntries(mutants.map((mutant) => [mutant.fault, catchersOf(mutant, surveyFor(mutant), most)]));
  };
  return { server: of('server'), client: of('client') };
}

/** The ids of the light cases that no mutant is caught by, in any role. */
export function blindCases(cases: readonly Case[]): readonly string[] {
  const seeing = new Set<string>();
  const light = cases.filter(isLight);
  for (const role of ['server', 'client'] as const) {
    const mutants = MUTANTS.filter((mutant) => mutant.role === role);
    for (const baseline of surveyOf(light, role)) {
      if (mutants.some((mutant) => catchersOf(mutant, [baseline]).length > 0)) seeing.add(baseline.testCase.id);
    }
  }
  return light.map(({ id }) => id).filter((id) => !seeing.has(id));
}

/** What fails for an endpoint with these switches on, and did not fail for the correct one: the ids, and why. */
export function blamedFor(switches: readonly Switch[], role: SubjectRole, survey: readonly Baseline[]): readonly string[] {
  return survey.flatMap(({ testCase, result, asked }) => {
    if (result.verdict === 'fail' || !switches.some((one) => asked.has(one))) return [];
    const { id, verdict, why } = run(new EchoEngine(...switches), testCase, role);
    return verdict === 'fail' ? [`${id}: ${why}`] : [];
  });
}
