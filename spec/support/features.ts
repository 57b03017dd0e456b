// docs/features.md out of data: what each of the systems of the design offers, beside others, with the spec that proves it; and what the
// originals' own tests ask, each answered by a spec of ours or by a reason.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot, readJson } from './project.ts';

/** A feature, as this project and three others have it. */
export interface FeatureRow {
  readonly system: string;
  readonly feature: string;
  readonly ws: string;
  readonly undici: string;
  readonly okhttp: string;
  /** `file: title`, below spec/; the title may be cut. */
  readonly spec: string;
}

/** A test of an original. */
interface OriginalTest {
  readonly name: string;
  readonly intent: string;
}

type Answer = { readonly spec: string } | { readonly reason: string };

interface Original {
  readonly heading: string;
  readonly tests: string;
  readonly answers: string;
}

const ORIGINALS: readonly Original[] = [
  { heading: 'What OkHttp tests', tests: 'spec/features/okhttp-tests.json', answers: 'spec/features/okhttp.json' },
  { heading: 'What the web platform tests', tests: 'spec/features/wpt-tests.json', answers: 'spec/features/wpt.json' },
];

const INTRODUCTION = `# Features

<!-- Written by \`npm run docs\` from spec/features. -->

What each system that Hawser takes after can do, feature by feature, here and elsewhere: \`ws\` 8, undici's \`WebSocket\` and
\`WebSocketStream\`, OkHttp 4 and 5. Each row works here and names the spec that proves it. The other columns are from their documentation,
sources and issue trackers; "not checked" means nobody looked.
`;

/** The rows of the first table. */
export function featureRows(): readonly FeatureRow[] {
  return readJson<readonly FeatureRow[]>('spec/features/rows.json');
}

/** A security incident of somebody else's, and what holds us to not having it. */
export type Incident = { readonly when: string; readonly what: string; readonly class: string } & Answer;

export function incidents(): readonly Incident[] {
  return readJson<readonly Incident[]>('spec/features/incidents.json');
}

/** The page of incidents. */
export function incidentsPage(): string {
  return [
    '# Security incidents elsewhere, and the spec that catches each here\n',
    '<!-- Written by `npm run docs` from spec/features/incidents.json. -->\n',
    'From public advisories and threads.\n',
    table(['when', 'whose', 'class of bug', 'caught by'], incidents().map((incident) =>
      [incident.when, incident.what, incident.class, 'spec' in incident ? cite(incident.spec) : `– ${incident.reason}`])),
  ].join('\n');
}

/** Whether the spec file of a reference has a title that begins as the reference says. */
export function isProven(reference: string): boolean {
  const [file = '', title = ''] = reference.split(/: (.*)/s);
  const path = join(projectRoot, 'spec', file);
  if (title === '' || !existsSync(path)) return false;
  return readFileSync(path, 'utf8').replaceAll("\\'", "'").includes(title.replaceAll("\\'", "'"));
}

/** The whole page. */
export function featuresPage(): string {
  const parts = [INTRODUCTION];
  for (const [system, rows] of groupBySystem()) {
    parts.push(`## ${system}\n`, table(
      ['here', 'ws', 'undici', 'OkHttp', 'proven by'],
      rows.map(({ feature, ws, undici, okhttp, spec }) => [feature, ws, undici, okhttp, cite(spec)]),
    ));
  }
  for (const { heading, tests, answers } of ORIGINALS) {
    const given = readJson<Readonly<Record<string, Answer>>>(answers);
    const rows = readJson<readonly OriginalTest[]>(tests).map(({ name, intent }) => {
      const answer = given[name];
      if (answer === undefined) throw new Error(`${answers} does not answer ${name}`);
      return [`\`${name}\``, intent, 'spec' in answer ? cite(answer.spec) : `– ${answer.reason}`];
    });
    const proven = Object.values(given).filter((answer) => 'spec' in answer).length;
    parts.push(`## ${heading}\n`, `${rows.length} tests: ${proven} intents are covered by a spec, ${rows.length - proven} answered by a reason.\n`,
      table(['test', 'intent', 'proven by, or why not'], rows));
  }
  return parts.join('\n');
}

function groupBySystem(): Map<string, FeatureRow[]> {
  const bySystem = new Map<string, FeatureRow[]>();
  for (const row of featureRows()) bySystem.set(row.system, [...bySystem.get(row.system) ?? [], row]);
  return bySystem;
}

function cite(reference: string): string {
  const [file = '', title = ''] = reference.split(/: (.*)/s);
  return `\`${file}\`: ${title}`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line), ''].join('\n');
}
