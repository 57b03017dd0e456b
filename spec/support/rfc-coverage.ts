// Which requirement is proven by which spec, from the ids in the specs' own strings; the rules that hold the two together; and the
// page that shows it. A spec cites an id by writing it, whole and in brackets, in the title that proves it. What no spec can prove
// has a reason in spec/rfc-coverage.json. It refuses to judge whether a spec really proves what it cites: that is a reviewer's.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot, readJson } from './project.ts';
import { readSources } from './source.ts';
import type { Source } from './source.ts';

/** One row of spec/requirements.json; the fields this page uses. */
export interface Requirement {
  readonly id: string;
  readonly rfc: string;
  readonly section: string;
  readonly role: string;
  readonly level: string;
  readonly text: string;
}

/** For a requirement that no spec proves: why, by id. */
export type Reasons = Readonly<Record<string, string>>;

/** A spec that cites a requirement. */
export interface Citation {
  readonly id: string;
  readonly spec: string;
  /** The title without its bracketed ids. */
  readonly title: string;
}

/** What the checks and the page are made from. */
export interface Evidence {
  readonly requirements: readonly Requirement[];
  readonly citations: readonly Citation[];
  readonly reasons: Reasons;
}

/** Where the page is kept. */
export const PAGE = 'docs/rfc-coverage.md';

/** The specifications whose MUSTs have to be answered today. The others are counted, and listed as far as they are proven. */
const ANSWERED: readonly string[] = ['6455', '7692'];

/** Anything in brackets that starts like an id, so that a misspelt one is a mistake and not a silence. */
const BRACKETED = /\[((?:\d{4}|whatwg|iana)-[^\]]*)\]/g;

const NAMES: Readonly<Record<string, string>> = {
  '3629': 'RFC 3629, UTF-8',
  '4648': 'RFC 4648, Base64',
  '6454': 'RFC 6454, the web origin concept',
  '6455': 'RFC 6455, the WebSocket protocol',
  '7692': 'RFC 7692, compression extensions for WebSocket',
  '7936': 'RFC 7936, the registry of subprotocol names',
  '8307': 'RFC 8307, well-known URIs for ws and wss',
  '8441': 'RFC 8441, WebSockets with HTTP/2',
  '8615': 'RFC 8615, well-known URIs',
  '9110': 'RFC 9110, HTTP semantics',
  '9112': 'RFC 9112, HTTP/1.1',
  '9113': 'RFC 9113, HTTP/2',
  '9114': 'RFC 9114, HTTP/3',
  '9220': 'RFC 9220, WebSockets with HTTP/3',
  'iana-ws': 'IANA, the WebSocket registries',
  'whatwg-fetch': 'WHATWG, Fetch',
  'whatwg-ws': 'WHATWG, WebSockets',
};

const mustBeAnswered = ({ rfc, level }: Requirement): boolean =>
  ANSWERED.includes(rfc) && (level === 'MUST' || level === 'MUST NOT');

/** The specs of the project. The one about citations itself is full of made-up ones and proves no requirement. */
export function readSpecs(): Source[] {
  return readSources('spec').filter(({ path }) => path.endsWith('.spec.ts') && path !== 'spec/rfc-coverage.spec.ts');
}

/** Every id in brackets in a string of `specs`, in order; an id cited twice by one title counts once. */
export function citations(specs: readonly Source[]): Citation[] {
  return specs.flatMap(({ path, tokens }) => tokens.filter(({ kind }) => kind === 'string').flatMap(({ text }) => {
    const ids = new Set(Array.from(text.matchAll(BRACKETED), (match) => match[1] as string));
    const title = text.replace(BRACKETED, '').replace(/\\(['"`])/g, '$1').replace(/\s+/g, ' ').trim();
    return Array.from(ids, (id) => ({ id, spec: path, title }));
  }));
}

/** All of the evidence, from the files of the project. */
export function readEvidence(): Evidence {
  return {
    requirements: readJson<Requirement[]>('spec/requirements.json'),
    citations: citations(readSpecs()),
    reasons: readJson<Reasons>('spec/rfc-coverage.json'),
  };
}

/** The page as it is in the project; empty when there is none. */
export function readPage(): string {
  const path = join(projectRoot, PAGE);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** One line for each id that is cited or excused and does not exist, and for each that is both cited and excused. */
export function mistakes({ requirements, citations: cited, reasons }: Evidence): string[] {
  const known = new Set(requirements.map(({ id }) => id));
  const proven = new Set(cited.map(({ id }) => id));
  const excused = Object.keys(reasons);
  const reasonFor = (id: string): string => `spec/rfc-coverage.json has a reason for ${id}`;
  return [
    ...cited.filter(({ id }) => !known.has(id)).map(({ id, spec }) => `${spec} cites ${id}, which is not a requirement`),
    ...excused.filter((id) => !known.has(id)).map((id) => `${reasonFor(id)}, which is not a requirement`),
    ...excused.filter((id) => proven.has(id)).map((id) => `${reasonFor(id)}, which a spec proves`),
    ...excused.filter((id) => reasons[id]?.trim() === '').map((id) => `${reasonFor(id)}, which is empty`),
  ];
}

/** One line for each MUST and MUST NOT of an answered specification that has neither a spec nor a reason. */
export function unanswered({ requirements, citations: cited, reasons }: Evidence): string[] {
  const answered = new Set([...cited.map(({ id }) => id), ...Object.keys(reasons)]);
  return requirements.filter((row) => mustBeAnswered(row) && !answered.has(row.id))
    .map(({ id, level, text }) => `${id} (${level}) ${text}`);
}

/** The page, whole. */
export function page(evidence: Evidence): string {
  const rfcs = [...new Set(evidence.requirements.map(({ rfc }) => rfc))];
  const others = rfcs.filter((rfc) => !ANSWERED.includes(rfc)).sort();
  const proven = new Set(evidence.citations.map(({ id }) => id));
  const rowsOf = (rfc: string): Requirement[] => evidence.requirements.filter((row) => row.rfc === rfc);
  return [
    '# Requirements and the specs that prove them',
    '',
    '<!-- Written by `npm run coverage:rfc` from spec/requirements.json, spec/rfc-coverage.json and the titles of the specs. -->',
    '',
    'Every requirement of RFC 6455 and RFC 7692 stands below with the specs whose titles cite it, or with the reason why no spec can',
    'prove it. A MUST or MUST NOT with neither fails `npm test`. Of the other specifications all requirements are counted and',
    'those that a spec proves are listed. The sentences are short forms of the standards\' own; the standards decide.',
    '',
    ...summary(evidence, proven, others),
    ...ANSWERED.flatMap((rfc) => ['', `## ${nameOf(rfc)}`, ...sections(evidence, rowsOf(rfc))]),
    ...others.filter((rfc) => rowsOf(rfc).some(({ id }) => proven.has(id))).flatMap((rfc) => [
      '',
      `## ${nameOf(rfc)}`,
      '',
      'What is proven of it so far.',
      ...sections(evidence, rowsOf(rfc).filter(({ id }) => proven.has(id))),
    ]),
    '',
  ].join('\n');
}

function summary({ requirements, reasons }: Evidence, proven: ReadonlySet<string>, others: readonly string[]): string[] {
  const line = (name: string, rows: readonly Requirement[]): string => {
    const specs = rows.filter(({ id }) => proven.has(id)).length;
    const excused = rows.filter(({ id }) => id in reasons).length;
    return `| ${name} | ${rows.length} | ${specs} | ${excused} | ${rows.length - specs - excused} |`;
  };
  return [
    '| | requirements | proven by a spec | answered by a reason | neither |',
    '|---|---:|---:|---:|---:|',
    ...ANSWERED.flatMap((rfc) => {
      const rows = requirements.filter((row) => row.rfc === rfc);
      return [
        line(`${nameOf(rfc)}: MUST and MUST NOT`, rows.filter(mustBeAnswered)),
        line(`${nameOf(rfc)}: SHOULD, SHOULD NOT and MAY`, rows.filter((row) => !mustBeAnswered(row))),
      ];
    }),
    ...others.map((rfc) => line(nameOf(rfc), requirements.filter((row) => row.rfc === rfc))),
  ];
}

function nameOf(rfc: string): string {
  return NAMES[rfc] ?? rfc;
}

/** A table for each section, in the order of the rows. */
function sections(evidence: Evidence, rows: readonly Requirement[]): string[] {
  return [...new Set(rows.map(({ section }) => section))].flatMap((section) => [
    '',
    `### ${/^[\d.]+$/.test(section) ? `§${section}` : section}`,
    '',
    '| id | level | role | requirement | proven by, or why not |',
    '|---|---|---|---|---|',
    ...rows.filter((row) => row.section === section)
      .map((row) => `| ${row.id} | ${row.level} | ${row.role} | ${cell(row.text)} | ${cell(answer(evidence, row.id))} |`),
  ]);
}

/** The specs that cite an id, each with its first such title; else the reason; else a dash. */
function answer({ citations: cited, reasons }: Evidence, id: string): string {
  const titles = new Map<string, string>();
  for (const { spec, title } of cited.filter((one) => one.id === id)) {
    if (!titles.has(spec)) titles.set(spec, title);
  }
  if (titles.size === 0) return reasons[id] ?? '–';
  return Array.from(titles, ([spec, title]) => `\`${spec.slice('spec/'.length)}\`: ${shortened(title)}`).join('; ');
}

function shortened(title: string): string {
  return title.length > 90 ? `${title.slice(0, 89).trimEnd()}…` : title;
}

function cell(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[|<]/g, '\\$&');
}
