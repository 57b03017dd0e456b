// Which cases are meant: by section, by id, by words, by role, and by all of these at once. What selects nothing is a mistake, and is answered
// by what comes close.

import type { Case, SubjectRole } from './case.ts';

export interface Selection {
  /** Of these sections, with everything below them: `5.5` has 5.5.1 and not 5.50; `7692` is all of RFC 7692, `6455` all of RFC 6455. */
  readonly sections?: readonly string[];
  /** Of these ids or aliases. */
  readonly ids?: readonly string[];
  /** With one of these in id, aliases or sentences: a word in upper or lower case alike, or `/a regular expression/`, perhaps with flags. */
  readonly greps?: readonly string[];
  /** For subjects of this role. */
  readonly role?: SubjectRole;
}

/** What selects nothing, or cannot be read. */
export class SelectionError extends Error {
  override readonly name = 'SelectionError';
}

/** How many close ones are named. */
const NAMED = 5;
const RFC_6455 = '6455';

/**
 * The cases that everything in `selection` has, in their order.
 *
 * @throws SelectionError when there is none, or some part of it selects none
 */
export function select(cases: readonly Case[], selection: Selection): readonly Case[] {
  const { sections = [], ids = [], greps = [], role } = selection;
  const tests = [
    anyOf('--section', sections, (section) => (one) => isWithin(one.section, section), (section) => closeSections(cases, section)),
    anyOf('--case', ids, (id) => (one) => one.id === id || one.aliases.includes(id), (id) => closeIds(cases, id)),
    anyOf('--grep', greps, matcherOf, () => 'hawser conformance list shows all of them'),
  ].flatMap((part) => part(cases));
  const selected = cases.filter((one) => (role === undefined || one.roles.includes(role)) && tests.every((test) => test(one)));
  if (selected.length > 0) return selected;
  throw new SelectionError(`no case is in all of what was asked for${role === undefined ? '' : `, for a ${role}`}: ${sayParts(cases, selection)}`);
}

type Test = (one: Case) => boolean;

/** Of several values of one kind any will do, and each has to be of some case. */
function anyOf(
  option: string, values: readonly string[], testOf: (value: string) => Test, close: (value: string) => string,
): (cases: readonly Case[]) => readonly Test[] {
  return (cases) => {
    const tests = values.map((value) => {
      const test = testOf(value);
      if (!cases.some(test)) throw new SelectionError(`${option} ${value}: there is no such case; ${close(value)}`);
      return test;
    });
    return tests.length === 0 ? [] : [(one) => tests.some((test) => test(one))];
  };
}

/** Whether `section` is `wanted` or below it. */
function isWithin(section: string, wanted: string): boolean {
  const whole = wholeSection(section);
  const from = wholeSection(wanted);
  return whole === from || whole.startsWith(`${from}.`) || (!from.includes('-') && whole.startsWith(`${from}-`));
}

/** With the number of its RFC: sections of RFC 6455 are written without. */
function wholeSection(section: string): string {
  return section.includes('-') || /^\d{4}$/.test(section) ? section : `${RFC_6455}-${section}`;
}

function matcherOf(grep: string): Test {
  const texts = ({ id, aliases, does, expects }: Case): readonly string[] => [id, ...aliases, does, expects];
  const end = grep.lastIndexOf('/');
  if (grep.startsWith('/') && end > 0) {
    const expression = expressionOf(grep.slice(1, end), grep.slice(end + 1));
    return (one) => texts(one).some((text) => text.search(expression) >= 0);
  }
  const word = grep.toLowerCase();
  return (one) => texts(one).some((text) => text.toLowerCase().includes(word));
}

function expressionOf(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch (error) {
    throw new SelectionError(`--grep /${source}/${flags}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

// ---- what comes close -------------------------------------------------------------------------------------------------------------

function closeSections(cases: readonly Case[], wanted: string): string {
  const sections = [...new Set(cases.map(({ section }) => section))];
  return sayClose(sections, wanted, (section) => distance(section, wanted));
}

function closeIds(cases: readonly Case[], wanted: string): string {
  const holding = cases.filter(({ id }) => id.includes(wanted)).map(({ id }) => id);
  if (holding.length > 0) return sayClose(holding, wanted, () => 0);
  return sayClose(cases.flatMap(({ id, aliases }) => [id, ...aliases]), wanted, (name) => distance(name, wanted));
}

function sayClose(names: readonly string[], wanted: string, far: (name: string) => number): string {
  const most = Math.max(2, Math.ceil(wanted.length / 2));
  const close = names.map((name) => ({ name, far: far(name) })).filter((one) => one.far <= most).sort((a, b) => a.far - b.far);
  if (close.length === 0) return 'hawser conformance list shows all of them';
  const more = close.length > NAMED ? ` and ${close.length - NAMED} more` : '';
  return `close to it: ${close.slice(0, NAMED).map(({ name }) => name).join(', ')}${more}`;
}

/** How many each part of a selection has, when together they have none. */
function sayParts(cases: readonly Case[], { sections = [], ids = [], greps = [], role }: Selection): string {
  const count = (test: Test): number => cases.filter(test).length;
  return [
    ...sections.map((section) => `--section ${section} has ${count((one) => isWithin(one.section, section))}`),
    ...ids.map((id) => `--case ${id} has ${count((one) => one.id === id || one.aliases.includes(id))}`),
    ...greps.map((grep) => `--grep ${grep} has ${count(matcherOf(grep))}`),
    ...role === undefined ? [] : [`for a ${role} there are ${count((one) => one.roles.includes(role))}`],
  ].join(', ');
}

/** How many characters are to be put in, taken out or changed to make one of the other (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const [above = 0, before = 0, left = 0] = [row[j], row[j - 1], next[j - 1]];
      next.push(Math.min(above + 1, left + 1, before + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
