// The options that every run of the conformance suite has, from the command line to what runs and what is made of it. A value that makes no
// sense is refused by the name of its option.

import type { Case, SubjectRole } from '../conformance/case.ts';
import { CASES } from '../conformance/cases/index.ts';
import type { RunOptions } from '../conformance/run.ts';
import { select } from '../conformance/select.ts';
import type { Selection } from '../conformance/select.ts';

/** What selects cases, for parseArgs. */
export const SELECTION_FLAGS = {
  section: { type: 'string', multiple: true },
  case: { type: 'string', multiple: true },
  grep: { type: 'string', multiple: true },
} as const;

export const RUN_FLAGS = {
  section: { type: 'string', multiple: true },
  case: { type: 'string', multiple: true },
  grep: { type: 'string', multiple: true },
  agent: { type: 'string' },
  jobs: { type: 'string' },
  timeout: { type: 'string' },
  thorough: { type: 'boolean' },
  strict: { type: 'boolean' },
  bail: { type: 'boolean' },
  baseline: { type: 'string' },
  'write-baseline': { type: 'boolean' },
  tap: { type: 'boolean' },
  junit: { type: 'string' },
  json: { type: 'string' },
  html: { type: 'string' },
  trace: { type: 'string' },
  quiet: { type: 'boolean' },
  list: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** What the options above say, as a usage has it. */
export const RUN_USAGE = `Which cases:
  --section N         those of a section and of what is below it: 5.5, 7692, 7692-7.2; may be repeated
  --case ID           one case, by its id or its number in the classic suite; may be repeated
  --grep WORD         those with the word in id or description; /expression/ as well; may be repeated
  --list              show them and do nothing else; with --json as data

How:
  --jobs N            light cases at once; default 8
  --timeout MS        what does not come for so long is given up; default 5000
  --thorough          as many messages as the classic suite sends, not 1 MiB of each kind
  --bail              end with the first failure

What counts:
  --strict            what is not strict fails as well
  --baseline FILE     fail where a result is not the known one, better or worse
  --write-baseline    write what was found into that file; explanations in it are kept

What is told:
  --agent NAME        what is tested, for reports
  --tap               TAP on standard output
  --junit FILE        JUnit XML
  --json FILE         everything as JSON, for hawser conformance report
  --html FILE         a page
  --trace FILE        every octet, for hawser inspect
  --quiet             nothing unless something fails

The exit code is 0 when nothing fails, 1 when something does, 2 when nothing could be run.`;

/** What parseArgs makes of them. */
export type RunValues = { readonly [Name in keyof typeof RUN_FLAGS]?: (typeof RUN_FLAGS)[Name] extends { readonly multiple: true }
  ? readonly string[] | undefined
  : (typeof RUN_FLAGS)[Name]['type'] extends 'boolean' ? boolean | undefined : string | undefined };

/** What is made of a run. */
export interface Outputs {
  readonly tap: boolean;
  /** Files, null for none. `{agent}` in a name stands for the agent's. */
  readonly junit: string | null;
  readonly json: string | null;
  readonly html: string | null;
  readonly trace: string | null;
  readonly baseline: string | null;
  readonly writeBaseline: boolean;
  readonly strict: boolean;
  readonly quiet: boolean;
}

export interface RunArguments {
  readonly options: RunOptions & { readonly cases: readonly Case[] };
  readonly outputs: Outputs;
  /** The options that change how a case is played, as they go into the command that plays it again. */
  readonly again: readonly string[];
}

const MOST_JOBS = 256;
const LONGEST = 3_600_000;

/** @throws Error naming the option that makes no sense; SelectionError when no case is selected */
export function readRun(values: RunValues, role: SubjectRole): RunArguments {
  const { agent, jobs, timeout, thorough = false, strict = false, bail = false, tap = false, quiet = false } = values;
  const { baseline = null, 'write-baseline': writeBaseline = false } = values;
  if (writeBaseline && baseline === null) throw new Error('--write-baseline goes with --baseline FILE, which says where to');
  for (const name of ['agent', 'baseline', 'junit', 'json', 'html', 'trace'] as const) {
    if (values[name] === '') throw new Error(`--${name} must not be empty`);
  }
  return {
    options: {
      cases: select(CASES, selectionOf(values, role)), strict, bail,
      ...agent !== undefined && { agent },
      ...jobs !== undefined && { jobs: readWhole('--jobs', jobs, 1, MOST_JOBS) },
      ...timeout !== undefined && { patience: readWhole('--timeout', timeout, 1, LONGEST) },
      ...thorough && { budget: Infinity },
    },
    outputs: {
      tap, quiet, strict, baseline, writeBaseline,
      junit: values.junit ?? null, json: values.json ?? null, html: values.html ?? null, trace: values.trace ?? null,
    },
    again: [...timeout === undefined ? [] : ['--timeout', timeout], ...thorough ? ['--thorough'] : []],
  };
}

export function selectionOf(values: Pick<RunValues, keyof typeof SELECTION_FLAGS>, role?: SubjectRole): Selection {
  return { sections: values.section ?? [], ids: values.case ?? [], greps: values.grep ?? [], ...role !== undefined && { role } };
}

/** @throws Error saying what is wrong with it */
export function readWhole(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`${option} must be a whole number from ${least} to ${most}, found ${JSON.stringify(text)}`);
}

/** A command as it can be pasted into a shell. */
export function sayCommand(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./{}-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}
