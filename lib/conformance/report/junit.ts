// A run as the JUnit XML that continuous integration reads: a test suite for each section, a test case for each case. A failure has its reason
// as message, and the transcript and the command that replays it as content.

import type { Case } from '../case.ts';
import type { CaseResult, RunReport } from '../result.ts';
import { visible } from '../transcript/wording.ts';
import { byId, bySection, countVerdicts, drawResult, nameSection, replayOf } from './common.ts';

/** The run as an XML document. */
export function junit(report: RunReport, cases: readonly Case[]): string {
  const known = byId(cases);
  const { agent, role, ms, results } = report;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: `${agent} as ${role}`, ...figures(results), time: seconds(ms) })}>`,
    ...Array.from(bySection(results), ([section, inSection]) => suite(section, inSection, report, known)).flat(),
    '</testsuites>',
    '',
  ].join('\n');
}

function suite(section: string, results: readonly CaseResult[], report: RunReport, known: ReadonlyMap<string, Case>): readonly string[] {
  const time = seconds(results.reduce((sum, { ms }) => sum + ms, 0));
  return [
    `  <testsuite${attributes({ name: nameSection(section), ...figures(results), time, timestamp: report.date })}>`,
    ...results.flatMap((result) => testCase(result, report, known.get(result.id))),
    '  </testsuite>',
  ];
}

function figures(results: readonly CaseResult[]): Readonly<Record<string, number>> {
  const { fail, skipped } = countVerdicts(results);
  return { tests: results.length, failures: fail, errors: 0, skipped };
}

function testCase(result: CaseResult, report: RunReport, known: Case | undefined): readonly string[] {
  const { id, role, verdict, ms } = result;
  // Readers take the dots of a class name for packages: a section is to stay one name.
  const classname = `conformance.${role}.${id.slice(0, id.indexOf('/')).replaceAll('.', '_')}`;
  const open = `    <testcase${attributes({ classname, name: id, time: seconds(ms) })}`;
  return verdict === 'pass' ? [`${open}/>`] : [`${open}>`, `      ${remark(result, report, known)}`, '    </testcase>'];
}

function remark(result: CaseResult, report: RunReport, known: Case | undefined): string {
  const { verdict, why } = result;
  if (verdict === 'skipped') return `<skipped${attributes({ message: why })}/>`;
  if (verdict !== 'fail') return `<system-out>${escapeXml(`${verdict}: ${visible(why)}`)}</system-out>`;
  return `<failure${attributes({ message: why, type: verdict })}>${escapeXml(body(result, report, known))}</failure>`;
}

function body(result: CaseResult, report: RunReport, known: Case | undefined): string {
  const { id, why, seen } = result;
  return [
    why,
    '',
    ...known === undefined ? [] : [`does:     ${known.does}`, `expects:  ${known.expects}`, `rests on: ${known.requirements.join(', ')}`],
    `seen:     ${seen.length === 0 ? 'nothing' : seen.join('; ')}`,
    '',
    drawResult(result),
    ...report.replay === '' ? [] : [`again: ${replayOf(report, id)}`],
  ].join('\n');
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values).map(([name, value]) => ` ${name}="${escapeXml(String(value)).replaceAll('\n', '&#10;')}"`).join('');
}

const ENTITIES: ReadonlyMap<string, string> = new Map([['&', '&amp;'], ['<', '&lt;'], ['>', '&gt;'], ['"', '&quot;'], ["'", '&apos;']]);

/** XML 1.0 has no way at all to write most control characters (§2.2): they are made visible, line by line. */
function escapeXml(text: string): string {
  return text.split('\n').map(visible).join('\n').replace(/[&<>"']/g, (character) => ENTITIES.get(character) as string); // each has one
}
