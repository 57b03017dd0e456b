// The results that are written down in docs/conformance: one file a subject, and a page that shows them all. The page is generated, and a spec
// holds it to the files.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CASES, readBaseline } from '../../lib/conformance/index.ts';
import type { Baseline, SubjectRole } from '../../lib/conformance/index.ts';
import { projectRoot } from './project.ts';

export interface Subject {
  /** `hawser-listen`, `ws`. */
  readonly name: string;
  readonly role: SubjectRole;
  readonly agent: string;
}

const FOLDER = join(projectRoot, 'docs', 'conformance');
const PAGE = join(FOLDER, 'README.md');

export function resultsPath({ name, role }: Pick<Subject, 'name' | 'role'>): string {
  mkdirSync(FOLDER, { recursive: true });
  return join(FOLDER, `${name}.${role}.json`);
}

/** What is written down of a subject; nothing but passes when there is no file yet. */
export function readResults(subject: Subject): Baseline {
  const path = resultsPath(subject);
  return existsSync(path) ? readBaseline(readFileSync(path, 'utf8')) : { agent: subject.agent, role: subject.role, known: new Map() };
}

/** Every file, Hawser's first. */
export function allResults(): { readonly name: string; readonly results: Baseline }[] {
  return readdirSync(FOLDER).filter((file) => file.endsWith('.json'))
    .map((file) => ({ name: file.slice(0, -'.json'.length), results: readBaseline(readFileSync(join(FOLDER, file), 'utf8')) }))
    .sort((a, b) => Number(b.name.startsWith('hawser')) - Number(a.name.startsWith('hawser')) || (a.name < b.name ? -1 : 1));
}

const VERDICTS = ['non-strict', 'informational', 'skipped', 'fail'] as const;

/** The page as it has to be. */
export function resultsPage(): string {
  const all = allResults();
  const rows = all.map(({ name, results: { agent, role, known } }) => {
    const count = (verdict: string): number => [...known.values()].filter((one) => one.verdict === verdict).length;
    const total = CASES.filter(({ roles }) => roles.includes(role)).length;
    return `| [${agent}](${name}.json) | ${role} | ${total - known.size} | ${VERDICTS.map((verdict) => count(verdict) || '').join(' | ')} |`;
  });
  const ours = all.filter(({ name }) => name.startsWith('hawser'));
  return `# Results

Written by \`npm run conformance -- --write\`, which runs every subject in a process of its own; do not edit, but for the explanations in the files.
\`npm test\` runs Hawser's engine in memory through all cases, and its faces over loopback through a sample, and holds both to these files.
What the verdicts mean is in [conformance.md](../conformance.md); each name leads to its file, a line for each case that is no pass.

| subject | role | pass | ${VERDICTS.join(' | ')} |
|---|---|---|${VERDICTS.map(() => '---|').join('')}
${rows.join('\n')}

## Why Hawser's are as they are

${explanations(ours).join('\n')}
`;
}

/** Each explanation once, with the cases it is for. */
function explanations(all: readonly { readonly name: string; readonly results: Baseline }[]): string[] {
  const lines = new Map<string, Set<string>>();
  for (const { results } of all) {
    for (const [id, { verdict, because }] of results.known) {
      const key = `${verdict}: ${because}`;
      lines.set(key, (lines.get(key) ?? new Set()).add(id));
    }
  }
  return [...lines].map(([why, ids]) => `- **${why.slice(0, why.indexOf(':'))}**, ${[...ids].sort().map((id) => `\`${id}\``).join(', ')}${why.slice(why.indexOf(':'))}`);
}

export function writeResultsPage(): void {
  writeFileSync(PAGE, resultsPage());
}

export function readResultsPage(): string {
  return readFileSync(PAGE, 'utf8');
}
