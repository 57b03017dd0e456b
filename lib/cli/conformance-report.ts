// `hawser conformance report`: runs that were kept as JSON, side by side on one page.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { CASES } from '../conformance/cases/index.ts';
import { html, parseReport } from '../conformance/index.ts';
import { readRequirements } from './requirements.ts';

const REPORT_USAGE: string = `Usage: hawser conformance report A.json [B.json …] --html FILE [--title TEXT]

Puts runs that were kept with --json side by side: cases by agents, on one page.

  --html FILE    the page
  --title TEXT   what stands above it
  --help         this text`;

/** Runs it; the exit code. @throws Error saying which argument is wrong, or what cannot be read */
export function conformanceReport(args: readonly string[]): number {
  const { values, positionals } = parseArgs({
    args: [...args], allowPositionals: true, options: { html: { type: 'string' }, title: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help === true) {
    console.log(REPORT_USAGE);
    return 0;
  }
  const { html: file, title } = values;
  if (positionals.length === 0) throw new Error('files are wanted that --json wrote: hawser conformance report a.json b.json --html page.html');
  if (file === undefined || file === '') throw new Error('--html FILE says where the page goes');
  const reports = positionals.map((name) => parseReport(readFileSync(name, 'utf8'), name));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, html(reports, CASES, { requirements: readRequirements(), ...title !== undefined && { title } }));
  const results = reports.reduce((sum, report) => sum + report.results.length, 0);
  console.log(`${file}: ${reports.length} ${reports.length === 1 ? 'run' : 'runs'}, ${results} results`);
  return 0;
}
