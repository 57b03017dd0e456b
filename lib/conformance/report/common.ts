// What all reports have in common: the cases by id, counts, the sections, and how a case is run again.

import type { Case } from '../case.ts';
import { drawTranscript } from '../transcript/drawing.ts';
import type { CaseResult, RunReport, Verdict } from '../result.ts';

/** From the best to what says nothing. */
export const VERDICTS: readonly Verdict[] = ['pass', 'non-strict', 'informational', 'fail', 'skipped'];

/** How many results have each verdict. */
export function countVerdicts(results: readonly CaseResult[]): Readonly<Record<Verdict, number>> {
  const counts = { pass: 0, 'non-strict': 0, informational: 0, fail: 0, skipped: 0 };
  for (const { verdict } of results) counts[verdict]++;
  return counts;
}

export function byId(cases: readonly Case[]): ReadonlyMap<string, Case> {
  return new Map(cases.map((each) => [each.id, each]));
}

/** The section of a case: what stands before the slash of its id. */
export function sectionOf(id: string): string {
  const slash = id.indexOf('/');
  return slash === -1 ? '' : id.slice(0, slash);
}

/** What `5.5.2` and `7692-7.2.1` stand for: `RFC 6455 §5.5.2`, `RFC 7692 §7.2.1`. */
export function nameSection(section: string): string {
  const dash = section.indexOf('-');
  if (section === '' || !isDigit(section.charCodeAt(0))) return section === '' ? 'without a section' : section;
  return dash === -1 ? `RFC 6455 §${section}` : `RFC ${section.slice(0, dash)} §${section.slice(dash + 1)}`;
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

/** Results by section, in the order in which sections first occur. */
export function bySection(results: readonly CaseResult[]): ReadonlyMap<string, readonly CaseResult[]> {
  const sections = new Map<string, CaseResult[]>();
  for (const result of results) {
    const section = sectionOf(result.id);
    const inSection = sections.get(section);
    if (inSection === undefined) sections.set(section, [result]);
    else inSection.push(result);
  }
  return sections;
}

/** The command that runs just this case; '' when the report has none. */
export function replayOf(report: RunReport, id: string): string {
  return report.replay.replaceAll('{id}', () => id);
}

/** The transcript as plain text. */
export function drawResult({ transcript, role }: CaseResult): string {
  return drawTranscript(transcript, { subject: role });
}
