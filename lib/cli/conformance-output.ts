// What a person, a CI or a file is told of a run: progress while it goes on, reports behind it, and the exit code. Progress is on standard error,
// so that what is on standard output can be read by a program.

import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { compare, readBaseline, renew, writeBaseline } from '../conformance/baseline.ts';
import type { Baseline, Difference } from '../conformance/baseline.ts';
import type { Case, SubjectRole } from '../conformance/case.ts';
import type { Recorder } from '../conformance/tester/case-run-options.ts';
import { CASES } from '../conformance/cases/index.ts';
import { TranscriptRecorder } from '../conformance/transcript/recorder.ts';
import { html, json, junit, summary, tap } from '../conformance/index.ts';
import type { CaseResult, RunReport } from '../conformance/result.ts';
import type { Progress } from '../conformance/run.ts';
import { TracingRecorder } from '../conformance/transcript/trace.ts';
import type { Outputs } from './conformance-options.ts';
import { readRequirements } from './requirements.ts';

/** Ms between two lines of progress where there is no terminal, and between two changes of the line where there is one. */
const LINE_EVERY = 5_000;
const CHANGE_EVERY = 50;
/** Back to the beginning of the line, and nothing in it. */
const CLEAR = '\r\x1b[K';

/** Everything that is told of one run. */
export class Output {
  readonly #outputs: Outputs;
  readonly #role: SubjectRole;
  readonly #baseline: Baseline | null;
  readonly #live: boolean;
  readonly #reports: Map<string, RunReport> = new Map();
  #trace: number | null = null;
  #connections = 0;
  #told = 0;
  /** A line that is to be written over. */
  #open = false;

  /** Reads the baseline and opens the trace, so that what is wrong with them is told before anything runs. @throws Error saying what it is */
  constructor(outputs: Outputs, role: SubjectRole) {
    this.#outputs = outputs;
    this.#role = role;
    this.#baseline = openBaseline(outputs, role);
    this.#live = process.stderr.isTTY && !outputs.quiet;
    this.#told = this.#live ? -Infinity : performance.now();
    if (outputs.trace !== null) this.#trace = openSync(makeFolder(outputs.trace), 'w');
  }

  /** Where the octets of a case go; undefined when nobody asks for them. */
  recorderOf(agent: string): ((testCase: Case) => Recorder) | undefined {
    const { junit: forJUnit, json: forJson, html: forHtml, tap: forTap } = this.#outputs;
    const trace = this.#trace;
    const transcripts = forTap || [forJUnit, forJson, forHtml].some((file) => file !== null);
    if (trace === null) return transcripts ? () => new TranscriptRecorder() : undefined;
    return ({ id }) => new TracingRecorder(
      new TranscriptRecorder(), ++this.#connections, { case: id, role: this.#role, agent }, (line) => { writeSync(trace, line); },
    );
  }

  /** One more result. */
  progress({ id }: CaseResult, { done, total, failed }: Progress): void {
    if (this.#outputs.quiet) return;
    const now = performance.now();
    if (now - this.#told < (this.#live ? CHANGE_EVERY : LINE_EVERY)) return;
    this.#told = now;
    const line = `${done} of ${total} cases${failed === 0 ? '' : `, ${failed} failed`}`;
    if (this.#live) this.#write(`${CLEAR}${`${line}  ${id}`.slice(0, process.stderr.columns)}`);
    else this.say(line);
    this.#open = this.#live;
  }

  /** A line for a person. */
  say(line: string): void {
    this.#clear();
    this.#write(`${line}\n`);
  }

  /** Writes the files of a report; of several agents, the page has them all. @throws the system's error when one could not be written */
  write(report: RunReport): void {
    this.#reports.set(report.agent, report);
    const { junit: forJUnit, json: forJson, html: forHtml } = this.#outputs;
    const fill = (file: string): string => makeFolder(file.replaceAll('{agent}', () => report.agent.replace(/[^\w.-]+/g, '-')));
    if (forJUnit !== null) writeFileSync(fill(forJUnit), junit(report, CASES));
    if (forJson !== null) writeFileSync(fill(forJson), json(report));
    if (forHtml !== null) writeFileSync(fill(forHtml), html([...this.#reports.values()], CASES, { requirements: readRequirements() }));
  }

  /** The end of it all; the exit code. `brokenOff`: it was ended before its end. */
  finish(reports: readonly RunReport[], brokenOff: boolean): number {
    for (const report of reports) if (this.#reports.get(report.agent) !== report) this.write(report);
    if (this.#trace !== null) closeSync(this.#trace);
    this.#clear();
    const codes = reports.map((report) => this.#conclude(report));
    if (brokenOff) this.say('ended before all cases had run');
    return brokenOff || codes.includes(1) || reports.length === 0 ? 1 : 0;
  }

  #conclude(report: RunReport): number {
    const { tap: forTap, quiet, strict, baseline: file, writeBaseline: renews } = this.#outputs;
    const failed = report.results.some(({ verdict }) => verdict === 'fail' || (strict && verdict === 'non-strict'));
    const lines = this.#baseline === null && !renews ? [] : this.#sayBaseline(report, file ?? '');
    const code = file === null ? Number(failed) : Number(lines.some(({ breaks }) => breaks));
    if (forTap) process.stdout.write(tap(report, CASES));
    if (!quiet || code !== 0) {
      const text = [summary(report), ...lines.map(({ line }) => `${line}\n`)].join('');
      if (forTap) this.#write(text);
      else process.stdout.write(text);
    }
    return code;
  }

  /** What there is to say of the baseline, and whether that breaks it. */
  #sayBaseline(report: RunReport, file: string): readonly { readonly line: string; readonly breaks: boolean }[] {
    if (this.#outputs.writeBaseline) {
      const renewed = renew(this.#baseline, report, idsFor(this.#role));
      writeFileSync(makeFolder(file), writeBaseline(renewed));
      return [{ line: `${file}: written, ${renewed.known.size} results that are no pass`, breaks: false }];
    }
    const { worse, better, stale } = compare(this.#baseline as Baseline, report.results, idsFor(this.#role)); // without one there is nothing to say
    const say = (what: string) => ({ id, known, found }: Difference): string => `${file}: ${id} ${what}: known as ${known}, found ${found}`;
    const breaks = [...worse.map(say('is worse than known')), ...better.map(say('is better than known'))];
    return [
      ...breaks.map((line) => ({ line, breaks: true })),
      ...stale.map((id) => ({ line: `${file}: ${id} is no case any more`, breaks: false })),
      ...breaks.length + stale.length === 0
        ? [{ line: `${file}: every result is the known one`, breaks: false }]
        : [{ line: `${file}: if that is meant, the same command with --write-baseline keeps it`, breaks: false }],
    ];
  }

  #write(text: string): void {
    process.stderr.write(text);
  }

  #clear(): void {
    if (this.#open) this.#write(CLEAR);
    this.#open = false;
  }
}

/** @throws Error when there is none and none is written, or it is of the other role, or cannot be read */
function openBaseline({ baseline: file, writeBaseline: renews }: Outputs, role: SubjectRole): Baseline | null {
  if (file === null) return null;
  if (!existsSync(file)) {
    if (renews) return null;
    throw new Error(`there is no baseline ${file}; --write-baseline makes it`);
  }
  try {
    const baseline = readBaseline(readFileSync(file, 'utf8'));
    if (baseline.role !== role) throw new Error(`it is of a ${baseline.role}, and a ${role} is tested`);
    return baseline;
  } catch (error) {
    throw new Error(`the baseline ${file} cannot be used: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The file's name; the folder it is in is made if it is not there. */
function makeFolder(file: string): string {
  mkdirSync(dirname(file), { recursive: true });
  return file;
}

/** Aborted by Ctrl-C, or by who ends processes: once, so that a second Ctrl-C ends at once. */
export function untilInterrupted(): AbortSignal {
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort());
  return abort.signal;
}

/** The cases that a subject of that role can be known by. */
function idsFor(role: SubjectRole): ReadonlySet<string> {
  return new Set(CASES.filter(({ roles }) => roles.includes(role)).map(({ id }) => id));
}
