// A run as TAP 14. What is `not ok` is what fails; `non-strict` and `informational` are `ok` and say so, since nobody's build should break over
// them. Everything that is known of a failure stands in its YAML block.

import type { Case } from '../case.ts';
import type { CaseResult, RunReport } from '../result.ts';
import { visible } from '../transcript/wording.ts';
import { byId, drawResult, replayOf } from './common.ts';

/** The run as a TAP document. */
export function tap(report: RunReport, cases: readonly Case[]): string {
  const known = byId(cases);
  return [
    'TAP version 14',
    `1..${report.results.length}`,
    `# ${visible(report.agent)} as ${report.role}, ${visible(report.date)}, hawser ${visible(report.hawser)}`,
    ...report.results.flatMap((result, i) => point(i + 1, result, report, known.get(result.id))),
    '',
  ].join('\n');
}

function point(number: number, result: CaseResult, report: RunReport, testCase: Case | undefined): readonly string[] {
  const { id, verdict, why } = result;
  const description = escape(`${id}${testCase === undefined ? '' : `: ${testCase.does}`}`);
  const line = `${verdict === 'fail' ? 'not ok' : 'ok'} ${number} - ${description}`;
  if (verdict === 'pass') return [line];
  if (verdict === 'skipped') return [`${line} # SKIP ${escape(why)}`];
  if (verdict !== 'fail') return [`${line} # ${verdict}: ${escape(why)}`];
  return [line, '  ---', ...details(result, report, testCase).map((detail) => `  ${detail}`), '  ...'];
}

/** A description and a directive are one line, in which a hash would begin a directive (TAP 14, "Escaping"). */
function escape(text: string): string {
  return visible(text).replaceAll('\\', '\\\\').replaceAll('#', '\\#');
}

function details(result: CaseResult, report: RunReport, testCase: Case | undefined): readonly string[] {
  const { id, role, why, seen, ms } = result;
  const drawn = drawResult(result);
  return [
    `message: ${scalar(why)}`,
    'severity: fail',
    `case: ${scalar(id)}`,
    `role: ${role}`,
    ...testCase === undefined ? [] : [`expects: ${scalar(testCase.expects)}`, ...list('requirements', testCase.requirements)],
    ...list('seen', seen),
    `duration_ms: ${ms.toFixed(3)}`,
    ...report.replay === '' ? [] : [`replay: ${scalar(replayOf(report, id))}`],
    ...drawn === '' ? [] : ['transcript: |2', ...drawn.trimEnd().split('\n').map((line) => `  ${line}`)],
  ];
}

function list(name: string, items: readonly string[]): readonly string[] {
  return items.length === 0 ? [`${name}: []`] : [`${name}:`, ...items.map((item) => `  - ${scalar(item)}`)];
}

/** A double-quoted scalar; what cannot be seen is made visible first, so that what JSON escapes is all there is to escape (YAML 1.2 §7.3.1). */
function scalar(text: string): string {
  return JSON.stringify(visible(text));
}
