// What is known of a subject: every result that is no pass, so that a run fails on what is new, and on what is known no longer. As a file it is
// JSON with one line a case, sorted, so that a change of one result is a change of one line; what a person wrote beside a result stays.

import type { Grade, SubjectRole } from './case.ts';
import type { CaseResult, RunReport, Verdict } from './result.ts';

/** What is known of one case. */
export interface Known {
  readonly verdict: Exclude<Verdict, 'pass'>;
  /** Why that is so and may stay so, by whoever looked at it; '' for nobody. */
  readonly because: string;
}

export interface Baseline {
  readonly agent: string;
  readonly role: SubjectRole;
  /** By id of the case; whatever is not in it passes. */
  readonly known: ReadonlyMap<string, Known>;
}

/** One case whose result is not the known one. */
export interface Difference {
  readonly id: string;
  readonly known: Verdict;
  readonly found: Verdict;
}

/** What a run says of a baseline. */
export interface Comparison {
  /** Worse than known: a failure, something not strict or a skip that is new. */
  readonly worse: readonly Difference[];
  /** Better than known: the baseline has to be told. */
  readonly better: readonly Difference[];
  /** Known cases that do not exist any more. */
  readonly stale: readonly string[];
}

/** A file that is no baseline. */
export class BaselineError extends Error {
  override readonly name = 'BaselineError';
}

/** From good to bad. What is informational is no judgement: it is written down, and neither better nor worse than a pass. */
const RANK: Readonly<Record<Verdict, number>> = { pass: 0, informational: 0, 'non-strict': 1, skipped: 2, fail: 3 };
const VERDICTS: readonly string[] = ['non-strict', 'informational', 'fail', 'skipped'] satisfies readonly Exclude<Grade | 'skipped', 'pass'>[];

/** Holds results against what is known. Cases that did not run are left alone; `ids` are those of all cases there are. */
export function compare({ known }: Baseline, results: readonly CaseResult[], ids: ReadonlySet<string>): Comparison {
  const differences = results
    .map(({ id, verdict }): Difference => ({ id, known: known.get(id)?.verdict ?? 'pass', found: verdict }))
    .filter((one) => RANK[one.known] !== RANK[one.found]);
  return {
    worse: differences.filter((one) => RANK[one.found] > RANK[one.known]),
    better: differences.filter((one) => RANK[one.found] < RANK[one.known]),
    stale: [...known.keys()].filter((id) => !ids.has(id)),
  };
}

/** The baseline that a run makes of one that there was, if there was: explanations and cases that did not run stay, cases that are no more go. */
export function renew(before: Baseline | null, { agent, role, results }: RunReport, ids: ReadonlySet<string>): Baseline {
  const known = new Map([...before?.known ?? []].filter(([id]) => ids.has(id)));
  for (const { id, verdict } of results) {
    if (verdict === 'pass') known.delete(id);
    else known.set(id, { verdict, because: known.get(id)?.because ?? '' });
  }
  return { agent, role, known };
}

/** The text of a baseline's file. */
export function writeBaseline({ agent, role, known }: Baseline): string {
  const entries = [...known]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, { verdict, because }]) => `    ${JSON.stringify(id)}: ${JSON.stringify(because === '' ? { verdict } : { verdict, because })}`);
  return [
    '{',
    `  "agent": ${JSON.stringify(agent)},`,
    `  "role": ${JSON.stringify(role)},`,
    entries.length === 0 ? '  "known": {}' : `  "known": {\n${entries.join(',\n')}\n  }`,
    '}', '',
  ].join('\n');
}

/** Reads what `writeBaseline` wrote, and a person perhaps changed. @throws BaselineError saying what is wrong with it */
export function readBaseline(text: string): Baseline {
  const { agent, role, known } = recordOf(parse(text), 'a baseline');
  if (typeof agent !== 'string') throw new BaselineError(`"agent" must be a string, found ${JSON.stringify(agent)}`);
  if (role !== 'server' && role !== 'client') throw new BaselineError(`"role" must be "server" or "client", found ${JSON.stringify(role)}`);
  return { agent, role, known: new Map(Object.entries(recordOf(known, '"known"')).map(([id, entry]) => [id, readKnown(id, entry)])) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BaselineError(`a baseline is JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readKnown(id: string, entry: unknown): Known {
  const { verdict, because = '', ...rest } = recordOf(entry, JSON.stringify(id));
  if (typeof verdict !== 'string' || !VERDICTS.includes(verdict)) {
    throw new BaselineError(`${JSON.stringify(id)}: "verdict" must be one of ${VERDICTS.join(', ')}, found ${JSON.stringify(verdict)}`);
  }
  if (typeof because !== 'string') throw new BaselineError(`${JSON.stringify(id)}: "because" must be a string, found ${JSON.stringify(because)}`);
  const [more] = Object.keys(rest);
  if (more !== undefined) throw new BaselineError(`${JSON.stringify(id)}: there is nothing called ${JSON.stringify(more)}; known are verdict, because`);
  return { verdict: verdict as Known['verdict'], because };
}

function recordOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  throw new BaselineError(`${what} must be an object, found ${JSON.stringify(value)}`);
}
