// A run in a few lines for a terminal: what each section came to, and everything that is no pass, with its reason.

import type { CaseResult, RunReport, Verdict } from '../result.ts';
import { visible } from '../transcript/wording.ts';
import { VERDICTS, bySection, countVerdicts, nameSection } from './common.ts';

const SIGNS: Readonly<Record<Verdict, string>> = { pass: '✓', 'non-strict': '~', informational: 'i', fail: '✗', skipped: '-' };
const WIDTH = 9;

/** Lines that end with a line feed. */
export function summary(report: RunReport): string {
  const { agent, role, ms, results } = report;
  const shown = VERDICTS.filter((verdict) => results.some((result) => result.verdict === verdict));
  const sections = [...bySection(results)];
  const width = Math.max(...sections.map(([section]) => nameSection(section).length), 'in all'.length);
  const remarks = results.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'skipped');
  return [
    `${visible(agent)} as ${role}: ${say(results)} in ${(ms / 1000).toFixed(1)} s`,
    '',
    `${' '.repeat(width + 2)}${shown.map((verdict) => SHORT[verdict].padStart(WIDTH)).join('')}`,
    ...sections.map(([section, inSection]) => row(nameSection(section), width, inSection, shown)),
    ...sections.length > 1 ? [row('in all', width, results, shown)] : [],
    ...remarks.length === 0 ? [] : ['', ...remarks.flatMap(remark)],
    ...sayReplay(report, remarks),
    '',
  ].join('\n');
}

/** Verdicts as heads of columns. */
const SHORT: Readonly<Record<Verdict, string>> = {
  pass: 'pass', 'non-strict': 'non-str.', informational: 'inform.', fail: 'fail', skipped: 'skipped',
};

function say(results: readonly CaseResult[]): string {
  const counts = countVerdicts(results);
  return VERDICTS.filter((verdict) => counts[verdict] > 0).map((verdict) => `${counts[verdict]} ${verdict}`).join(', ') || 'no case';
}

function row(name: string, width: number, results: readonly CaseResult[], shown: readonly Verdict[]): string {
  const counts = countVerdicts(results);
  return `${name.padEnd(width + 2)}${shown.map((verdict) => String(counts[verdict] || '·').padStart(WIDTH)).join('')}`;
}

function remark({ id, verdict, why }: CaseResult): readonly string[] {
  return [`${SIGNS[verdict]} ${visible(id)} (${verdict})`, `    ${visible(why)}`];
}

function sayReplay(report: RunReport, remarks: readonly CaseResult[]): readonly string[] {
  return remarks.length === 0 || report.replay === '' ? [] : ['', `one case again: ${visible(report.replay)}`];
}
