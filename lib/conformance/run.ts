// What every run over a network has in common: which cases, how many of them at once, how long anything may take, and who is asked again
// alone before anybody is blamed. It knows no socket: how one case is played is its caller's.

import { checkKnown, checkNumber } from '../core/protocol/options.ts';
import { processScheduler } from '../node/scheduler.ts';
import type { Scheduler } from '../node/scheduler.ts';
import type { Case, SubjectRole } from './case.ts';
import type { Recorder } from './tester/case-run-options.ts';
import { CASES } from './cases/index.ts';
import type { CaseResult, RunReport } from './result.ts';
import { VERSION } from './version.ts';

/** How far a run is. */
export interface Progress {
  /** Cases with a final result, this one included. */
  readonly done: number;
  readonly total: number;
  /** Those of them that failed. */
  readonly failed: number;
}

export interface RunOptions {
  /** The cases; those of the other role are left out. All by default. */
  readonly cases?: readonly Case[];
  /** What is tested: a name and perhaps a version, for reports. */
  readonly agent?: string;
  /** Light cases at once; 8 by default. Heavy ones run alone, after them. */
  readonly jobs?: number;
  /** Ms without progress until what is waited for is given up, connecting included; 5,000 by default. */
  readonly patience?: number;
  /** Ms for a case as a whole; twelve times the patience by default, sixty times for a heavy one. */
  readonly caseTimeout?: number;
  /** Octets that a volley sends at most; 1 MiB by default, Infinity for as many as the case says. */
  readonly budget?: number;
  /** Whether the run ends with the first case that fails; false by default. */
  readonly bail?: boolean;
  /** Whether what is not strict fails: it ends a run with `bail`. False by default. */
  readonly strict?: boolean;
  /** The command that runs one case again, with `{id}` where its id goes, for reports. */
  readonly replay?: string;
  /** Ends the run with what there is when aborted. */
  readonly signal?: AbortSignal;
  /** Where the octets of a case are written down; called once for each time a case is played. */
  readonly recorder?: (testCase: Case) => Recorder;
  /** Told of each result when it is final. */
  readonly onResult?: (result: CaseResult, progress: Progress) => void;
  /** Another clock, for specs. */
  readonly scheduler?: Scheduler;
}

const RUN_OPTIONS: readonly (keyof RunOptions)[] = [
  'cases', 'agent', 'jobs', 'patience', 'caseTimeout', 'budget', 'bail', 'strict', 'replay', 'signal', 'recorder', 'onResult', 'scheduler',
];

/** Why nothing could be run at all. */
export class RunError extends Error {
  override readonly name = 'RunError';
}

/** The options, judged and complete. */
export interface Settings {
  readonly role: SubjectRole;
  readonly cases: readonly Case[];
  readonly agent: string;
  readonly jobs: number;
  readonly patience: number;
  readonly caseTimeout: number | null;
  readonly budget: number;
  readonly bail: boolean;
  readonly strict: boolean;
  readonly replay: string;
  readonly signal: AbortSignal;
  readonly recorder: ((testCase: Case) => Recorder) | null;
  readonly onResult: (result: CaseResult, progress: Progress) => void;
  readonly scheduler: Scheduler;
}

const JOBS = 8;
const PATIENCE = 5_000;
const BUDGET = 1024 * 1024;

/** What each option is, but for numbers, which have their bounds. */
const TYPES = {
  agent: 'string', replay: 'string', bail: 'boolean', strict: 'boolean', recorder: 'function', onResult: 'function',
} as const;

/** @throws TypeError or RangeError naming the option that is unknown or makes no sense; `further` are the caller's own */
export function settingsOf(
  role: SubjectRole, options: RunOptions, defaults: { readonly agent: string; readonly replay: string }, further: readonly string[],
): Settings {
  checkKnown('options', options, new Set([...RUN_OPTIONS, ...further]));
  for (const [name, type] of Object.entries(TYPES)) checkType(name, options[name as keyof typeof TYPES], type);
  const { cases = CASES, signal = new AbortController().signal, recorder = null, onResult = () => {}, scheduler = processScheduler, caseTimeout } = options;
  if (!Array.isArray(cases)) throw new TypeError(`options.cases must be an array, found ${typeof cases}`);
  return {
    role, cases: cases.filter(({ roles }) => roles.includes(role)), signal, recorder, onResult, scheduler,
    agent: options.agent ?? defaults.agent, replay: options.replay ?? defaults.replay,
    jobs: checkNumber('options.jobs', options.jobs, JOBS, 1),
    patience: checkNumber('options.patience', options.patience, PATIENCE, 1),
    caseTimeout: caseTimeout === undefined ? null : checkNumber('options.caseTimeout', caseTimeout, Infinity, 1),
    budget: checkNumber('options.budget', options.budget, BUDGET, 1),
    bail: options.bail ?? false, strict: options.strict ?? false,
  };
}

/** @throws TypeError naming the option when it is given and of another type */
export function checkType(name: string, value: unknown, type: 'string' | 'boolean' | 'function'): void {
  if (value === undefined || typeof value === type) return;
  throw new TypeError(`options.${name} must be a ${type}, found ${value === null ? 'null' : typeof value}`);
}

export function reportOf({ agent, role, replay }: Settings, results: readonly CaseResult[], date: Date, ms: number): RunReport {
  return { agent, role, date: date.toISOString(), ms, hawser: VERSION, replay, results };
}

/** A failure of which the tester has nothing to tell. */
export function failed({ id }: Case, role: SubjectRole, why: string, ms: number): CaseResult {
  return { id, role, verdict: 'fail', why, seen: [], ms, transcript: [] };
}

/** How a case is to be played. */
export interface Attempt {
  readonly patience: number;
  /** Once more, alone. */
  readonly again: boolean;
  /** Breaks it off. */
  readonly signal: AbortSignal;
}

/** What a case came to, and whether it failed because something did not come in time. */
export interface Played {
  readonly result: CaseResult;
  readonly late: boolean;
}

/** Plays one case; null when it was broken off. Whatever a subject does, it settles. @throws what ends the run as a whole */
export type Play = (testCase: Case, attempt: Attempt) => Promise<Played | null>;

/** Plays all cases and gives their results in the order of the cases, or those there are when the run was ended. */
export function playAll(settings: Settings, play: Play): Promise<readonly CaseResult[]> {
  return new Run(settings, play).run();
}

/** So many were asked again alone, one after another, and it came to the same: the others are not what is in their way. */
const CONVINCED = 8;

class Run {
  readonly #settings: Settings;
  readonly #play: Play;
  readonly #results: Map<string, CaseResult> = new Map();
  /** What breaks off the cases under way. */
  readonly #underWay: Set<AbortController> = new Set();
  /** No more is to be played. */
  #over = false;
  #failed = 0;

  constructor(settings: Settings, play: Play) {
    this.#settings = settings;
    this.#play = play;
  }

  async run(): Promise<readonly CaseResult[]> {
    const { cases, signal } = this.#settings;
    const end = (): void => this.#end();
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
    try {
      await this.#playLight(cases.filter(({ weight }) => weight !== 'heavy'));
      await this.#each(cases.filter(({ weight }) => weight === 'heavy'), 1, async (one) => this.#settle(await this.#once(one, false)));
    } finally {
      signal.removeEventListener('abort', end);
      end();
    }
    return cases.flatMap(({ id }) => this.#results.get(id) ?? []);
  }

  /** Several at once. What they have in their way may be each other: suspects are asked again. With bail, before anybody else has a turn. */
  async #playLight(cases: readonly Case[]): Promise<void> {
    const { jobs, bail } = this.#settings;
    const waiting = [...cases];
    const alone = jobs === 1 || cases.length === 1;
    while (waiting.length > 0 && !this.#over) {
      const suspects: Case[] = [];
      await this.#each(waiting, jobs, async (one) => {
        const played = await this.#once(one, false);
        if (!alone && played !== null && isDoubtful(played)) suspects.push(one);
        else this.#settle(played);
        return bail && suspects.length > 0;
      });
      await this.#playAgain(suspects);
    }
  }

  async #playAgain(suspects: readonly Case[]): Promise<void> {
    let confirmed = 0;
    const waiting = [...suspects];
    await this.#each(waiting, 1, async (one) => {
      const played = await this.#once(one, true);
      this.#settle(played);
      confirmed = played?.late === true ? confirmed + 1 : 0;
      return confirmed === CONVINCED;
    });
    await this.#each(waiting, this.#settings.jobs, async (one) => this.#settle(await this.#once(one, true)));
  }

  async #once(testCase: Case, again: boolean): Promise<Played | null> {
    const { patience } = this.#settings;
    const abort = new AbortController();
    this.#underWay.add(abort);
    try {
      return await this.#play(testCase, { patience: again ? 2 * patience : patience, again, signal: abort.signal });
    } finally {
      this.#underWay.delete(abort);
    }
  }

  #end(): void {
    this.#over = true;
    for (const abort of this.#underWay) abort.abort();
  }

  #settle(played: Played | null): void {
    if (played === null || this.#over) return;
    const { cases, bail, strict, onResult } = this.#settings;
    const { result } = played;
    this.#results.set(result.id, result);
    if (result.verdict === 'fail') this.#failed++;
    onResult(result, { done: this.#results.size, total: cases.length, failed: this.#failed });
    if (bail && (result.verdict === 'fail' || (strict && result.verdict === 'non-strict'))) this.#end();
  }

  /** Takes from `waiting` and does it, `jobs` at a time, until none is left, the run is over, or one says that it is enough. */
  async #each(waiting: Case[], jobs: number, work: (testCase: Case) => Promise<boolean | void>): Promise<void> {
    let enough = false;
    const workers = Array.from({ length: Math.min(jobs, waiting.length) }, async () => {
      while (!enough && !this.#over) {
        const next = waiting.shift();
        if (next === undefined) return;
        if (await work(next) === true) enough = true;
      }
    });
    try {
      await Promise.all(workers);
    } catch (error) {
      this.#end();
      await Promise.allSettled(workers);
      throw error;
    }
  }
}

/** Something did not come in time; or it is a matter of which writes were read together, which are apart where nobody else is served. */
function isDoubtful({ result, late }: Played): boolean {
  return late || result.verdict === 'non-strict';
}
