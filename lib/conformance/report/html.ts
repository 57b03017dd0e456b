// Runs as one page that needs nothing else: a matrix of cases by agents, and each cell opens to all that is known of it. The matrix is there
// without scripts; what a cell opens to is read from the page when it is opened, so that thousands of them cost nothing.
//
// Law: what a peer, a case or a file said is text here and nothing else, wherever it ends up.

import type { Case } from '../case.ts';
import type { CaseResult, RunReport, Verdict } from '../result.ts';
import { visible } from '../transcript/wording.ts';
import { VERDICTS, byId, countVerdicts, nameSection, replayOf, sectionOf } from './common.ts';
import { pageResult, scriptJson } from './page-data.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { PAGE_STYLE } from './page-style.ts';
import { panelSource, text } from './panel.ts';
import type { PageCase } from './panel.ts';

export interface HtmlOptions {
  /** Requirement ids and their sentences: those that cases rest on are told with them. */
  readonly requirements?: ReadonlyMap<string, string>;
  readonly title?: string;
}

const SIGNS: Readonly<Record<Verdict, string>> = { pass: '✓', 'non-strict': '≈', informational: 'i', fail: '✗', skipped: '–' };
const LEGEND: Readonly<Record<Verdict, string>> = {
  pass: 'what the standards say',
  'non-strict': 'against a SHOULD, and nobody is harmed',
  informational: 'worth knowing, no judgement',
  fail: 'against a MUST, or somebody is harmed',
  skipped: 'about something it does not speak',
};
/** More agents than that have their names written upwards. */
const FEW = 3;

/** A report, its agent, what its column is called and linked by, and its results by case. */
interface Column {
  readonly report: RunReport;
  readonly agent: string;
  readonly name: string;
  readonly results: ReadonlyMap<string, { readonly result: CaseResult; readonly line: number }>;
}

/** The page. Columns are in the order of `reports`, rows in the order of `cases`; a case that none of them ran has no row. */
export function html(reports: readonly RunReport[], cases: readonly Case[], options: HtmlOptions = {}): string {
  const { title = 'WebSocket conformance', requirements = new Map<string, string>() } = options;
  const columns = reports.map((report) => columnOf(report, reports));
  const rows = rowsOf(reports, cases);
  const meta = { names: columns.map(({ name }) => name), cases: rows.map((row) => pageCase(row, requirements)) };
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta name="color-scheme" content="light dark"><title>${text(visible(title))}</title><style>${PAGE_STYLE}</style></head><body>`,
    `<main><header><h1>${text(visible(title))}</h1>`,
    `<p>${rows.length.toLocaleString('en')} cases; a cell opens to what was sent, what came back, and why.</p></header>`,
    `<section class="agents">${columns.map(card).join('')}</section>`,
    filters(reports),
    matrix(columns, rows),
    '<p id="none" hidden>No case is like that.</p></main><aside id="panel" tabindex="-1" aria-label="One result" hidden></aside>',
    `<script type="application/json" id="meta">${scriptJson(meta)}</script>`,
    ...columns.map(({ report }, i) => `<script type="application/json" id="results-${i}">\n${lines(report)}\n</script>`),
    `<script>\n${panelSource()}\n${PAGE_SCRIPT}</script></body></html>\n`,
  ].join('\n');
}

function columnOf(report: RunReport, reports: readonly RunReport[]): Column {
  const agent = visible(report.agent);
  const alone = reports.filter((other) => other.agent === report.agent).length === 1;
  const twins = reports.filter((other) => other.agent === report.agent && other.role === report.role);
  const number = twins.length === 1 ? '' : ` (${twins.indexOf(report) + 1})`;
  return {
    report,
    agent,
    name: alone ? agent : `${agent} as ${report.role}${number}`,
    results: new Map(report.results.map((result, line) => [result.id, { result, line }])),
  };
}

/** The cases that were run, in order; what was run and is not among the cases comes last, with what is known of it. */
function rowsOf(reports: readonly RunReport[], cases: readonly Case[]): readonly Case[] {
  const ran = new Set(reports.flatMap(({ results }) => results.map(({ id }) => id)));
  const known = byId(cases);
  const strays = [...ran].filter((id) => !known.has(id)).map((id): Case => ({
    id, aliases: [], section: sectionOf(id), does: 'This case is not in the suite that made the page.', expects: '', requirements: [],
    roles: [], opening: {}, steps: [], outcomes: [],
  }));
  return [...cases.filter(({ id }) => ran.has(id)), ...strays];
}

function pageCase(row: Case, sentences: ReadonlyMap<string, string>): PageCase {
  const { id, section, does, expects, requirements, aliases, incidents = [], opening } = row;
  return {
    id: visible(id), section: nameSection(section), does: visible(does), expects: visible(expects), aliases, incidents,
    requirements: requirements.map((requirement) => [requirement, sentences.get(requirement) ?? '']),
    opens: opening.by === 'steps',
  };
}

/** A result a line, in the order of the report. */
function lines(report: RunReport): string {
  return report.results.map((result) => scriptJson(pageResult(result, replayOf(report, result.id)))).join('\n');
}

function card({ report, agent }: Column): string {
  const { results, role, date, ms, hawser } = report;
  const counts = countVerdicts(results);
  const present = VERDICTS.filter((verdict) => counts[verdict] > 0);
  const figures = present.map((verdict) => `<span class="${verdict}"><b>${SIGNS[verdict]}</b> ${counts[verdict]} ${verdict}</span>`);
  return [
    `<article><h2>${text(agent)} <small>${role}</small></h2>`,
    `<div class="bar">${present.map((verdict) => `<i class="${verdict}" style="flex:${counts[verdict]}"></i>`).join('')}</div>`,
    `<p class="counts">${figures.join(' ')}</p>`,
    `<p class="about">${text(visible(date))} · ${(ms / 1000).toFixed(1)} s · hawser ${text(visible(hawser))}</p></article>`,
  ].join('');
}

function filters(reports: readonly RunReport[]): string {
  const counts = countVerdicts(reports.flatMap(({ results }) => results));
  const chips = VERDICTS.filter((verdict) => counts[verdict] > 0).map((verdict) =>
    `<label class="chip ${verdict}" title="${LEGEND[verdict]}"><input type="checkbox" name="verdict" value="${verdict}" checked>` +
    `<b>${SIGNS[verdict]}</b> ${verdict} <small>${counts[verdict]}</small></label>`);
  return [
    '<form id="filters" role="search"><input type="search" id="find" aria-label="Filter cases"',
    ' placeholder="Filter: section, words, alias, requirement…  ( / )">',
    `<span class="chips">${chips.join('')}</span>`,
    reports.length > 1 ? '<label class="chip"><input type="checkbox" id="differ">only where agents differ</label>' : '',
    '<output id="shown"></output></form>',
  ].join('');
}

function matrix(columns: readonly Column[], rows: readonly Case[]): string {
  const sections = new Map<string, Case[]>();
  const indexes = new Map(rows.map((row, i) => [row, i]));
  for (const row of rows) {
    const name = nameSection(row.section);
    const inSection = sections.get(name);
    if (inSection === undefined) sections.set(name, [row]);
    else inSection.push(row);
  }
  const heads = columns.map(({ agent, report }) =>
    `<th scope="col" title="${text(agent)}"><span>${text(agent)}<small>${report.role}</small></span></th>`);
  return [
    `<table class="${columns.length > FEW ? 'many' : 'few'}"><thead><tr><th scope="col">case</th>${heads.join('')}</tr></thead>`,
    ...Array.from(sections, ([name, inSection]) => [
      `<tbody><tr class="section"><th scope="rowgroup">${text(visible(name))}</th>`,
      `${columns.map((column) => sum(column, inSection)).join('')}</tr>`,
      ...inSection.map((row) => matrixRow(columns, row, indexes.get(row) ?? 0)),
      '</tbody>',
    ].join('\n')),
    '</table>',
  ].join('\n');
}

/** How many of a section's cases are a pass, of those that were not skipped. */
function sum({ results }: Column, rows: readonly Case[]): string {
  const verdicts = rows.flatMap(({ id }) => results.get(id)?.result.verdict ?? []).filter((verdict) => verdict !== 'skipped');
  if (verdicts.length === 0) return '<td></td>';
  const passes = verdicts.filter((verdict) => verdict === 'pass').length;
  return `<td>${passes === verdicts.length ? passes : `${passes}/${verdicts.length}`}</td>`;
}

function matrixRow(columns: readonly Column[], row: Case, index: number): string {
  const { id, does } = row;
  const name = id.slice(id.indexOf('/') + 1);
  const cells = columns.map((column, i) => cell(column, i, id));
  const head = `<th scope="row"><code>${text(visible(name))}</code><span>${text(visible(does))}</span></th>`;
  return `<tr data-case="${index}">${head}${cells.join('')}</tr>`;
}

function cell(column: Column, index: number, id: string): string {
  const found = column.results.get(id);
  if (found === undefined) return '<td></td>';
  const { verdict } = found.result;
  const label = `${column.name}: ${verdict}`;
  return `<td><a class="${verdict}" href="${text(linkTo(column.name, id))}" data-at="${index} ${found.line}"` +
    ` aria-label="${text(label)}" title="${text(label)}">${SIGNS[verdict]}</a></td>`;
}

/** `#agent/id`. A slash of the agent's name, which is visible, is escaped; those of the id are not. */
function linkTo(agentName: string, id: string): string {
  return `#${encodeURIComponent(agentName)}/${visible(id).split('/').map(encodeURIComponent).join('/')}`;
}
