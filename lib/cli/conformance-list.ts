// `hawser conformance list`: the cases, for a person as a line each, for a program as data.

import { parseArgs } from 'node:util';
import type { ParseArgsConfig } from 'node:util';
import type { Case, SubjectRole } from '../conformance/case.ts';
import { CASES } from '../conformance/cases/index.ts';
import { publish } from '../conformance/publish.ts';
import { select } from '../conformance/select.ts';
import { VERSION } from '../conformance/version.ts';
import { readRequirements } from './requirements.ts';
import { SELECTION_FLAGS, selectionOf } from './conformance-options.ts';

const LIST_USAGE: string = `Usage: hawser conformance list [options]

Shows the cases: id, roles, numbers in the classic suite, and what is done.

  --section N, --case ID, --grep WORD   as for a run
  --role server|client                  those for this side
  --json                                the cases themselves, with the octets they send
  --help                                this text`;

/** Runs it; the exit code. @throws Error saying which argument is wrong */
export function conformanceList(args: readonly string[]): number {
  const { values } = parseArgs({
    args: [...args], options: { ...SELECTION_FLAGS, role: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help === true) {
    console.log(LIST_USAGE);
    return 0;
  }
  return show(values, readRole(values.role), values.json === true);
}

/** `--list` of a run: what it would run. Its other options have to be right, and are not heeded. */
export function listRun(role: SubjectRole, flags: ParseArgsConfig['options'], args: readonly string[]): number {
  const { values } = parseArgs({ args: [...args], allowPositionals: true, options: { ...flags, json: { type: 'boolean' } } });
  return show(values as Selecting, role, values['json'] === true);
}

type Selecting = Parameters<typeof selectionOf>[0];

function show(values: Selecting, role: SubjectRole | undefined, isForProgram: boolean): number {
  const cases = select(CASES, selectionOf(values, role));
  process.stdout.write(isForProgram ? asJson(cases) : cases.map(asLine).join(''));
  return 0;
}

function readRole(text: string | undefined): SubjectRole | undefined {
  if (text === undefined || text === 'server' || text === 'client') return text;
  throw new Error(`--role must be server or client, found ${JSON.stringify(text)}`);
}

function asLine({ id, roles, aliases, weight, does }: Case): string {
  const notes = [roles.join(', '), ...weight === 'heavy' ? ['heavy'] : [], ...aliases.length === 0 ? [] : [aliases.join(' ')]];
  return `${id}  [${notes.join('; ')}]  ${does}\n`;
}

/** Like the file that is published: a line a case. */
function asJson(selected: readonly Case[]): string {
  const { cases, ...head } = publish(selected, VERSION, readRequirements());
  return `${JSON.stringify(head).slice(0, -1)},"cases":[\n${cases.map((one) => JSON.stringify(one)).join(',\n')}\n]}\n`;
}
