// TypeScript as words, strings and signs: enough to hold sources to promises about what they import and name, without a compiler.
// It tells comments, strings, templates and regular expressions from code, and refuses to know any grammar above that.

import { readFileSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { projectRoot } from './project.ts';

/** One piece of code. Of a string or of a template's text, `text` is what stands between the quotes, as written. */
export interface Token {
  readonly kind: 'word' | 'string' | 'number' | 'regex' | 'sign';
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

/** One `import` or `export … from`. */
export interface Import {
  readonly specifier: string;
  /** Nothing is left of it once types are stripped. */
  readonly typeOnly: boolean;
  readonly line: number;
}

/** One file, read and cut. `path` is relative to the project and uses `/`. */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly imports: readonly Import[];
}

/** After these a `/` opens a regular expression; after any other word it divides. */
const BEFORE_A_REGEX = new Set([
  'await', 'case', 'delete', 'do', 'else', 'in', 'new', 'of', 'return', 'throw', 'typeof', 'void', 'yield',
]);

const SPACE = /\s+/y;
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const WORD = /[#@]?[\p{ID_Start}$_][\p{ID_Continue}$]*/uy;
const NUMBER = /\.?\d(?:[\w.]|(?<=[eE])[+-])*/y;
const STRING = /'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"/y;
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/y;
const TEMPLATE_TEXT = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y;

/** The code of `text` in order, without white space and comments. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  /** For each template that is open: how many braces are open inside its `${`. */
  const templates: number[] = [];
  let at = text.startsWith('#!') ? text.indexOf('\n') : 0;
  let line = 1;

  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? null;
    if (found === null) return null;
    at += found.length;
    return found;
  };
  const push = (kind: Token['kind'], found: string): void => {
    tokens.push({ kind, text: kind === 'string' ? found.slice(1, -1) : found, line });
    line += found.split('\n').length - 1;
  };
  /** From a quote or a brace on, to the next quote or `${`, both included. */
  const pushTemplateText = (): void => {
    const start = at++;
    take(TEMPLATE_TEXT);
    if (text[at] === '$') {
      at += 2;
      templates.push(0);
      push('string', text.slice(start, at - 1));
    } else {
      at++;
      push('string', text.slice(start, at));
    }
  };

  while (at < text.length) {
    const skipped = take(SPACE) ?? take(COMMENT);
    if (skipped !== null) {
      line += skipped.split('\n').length - 1;
      continue;
    }
    const word = take(WORD);
    if (word !== null) {
      push('word', word);
      continue;
    }
    const number = take(NUMBER);
    if (number !== null) {
      push('number', number);
      continue;
    }
    const string = take(STRING);
    if (string !== null) {
      push('string', string);
      continue;
    }
    const sign = text[at] as string;
    const depth = templates.at(-1);
    if (sign === '`') {
      pushTemplateText();
    } else if (sign === '}' && depth === 0) {
      templates.pop();
      pushTemplateText();
    } else {
      const regex = sign === '/' && mayOpenRegex(tokens.at(-1)) ? take(REGEX) : null;
      if (regex !== null) {
        push('regex', regex);
        continue;
      }
      if (depth !== undefined && sign === '{') templates[templates.length - 1] = depth + 1;
      if (depth !== undefined && sign === '}') templates[templates.length - 1] = depth - 1;
      push('sign', sign);
      at++;
    }
  }
  return tokens;
}

function mayOpenRegex(before: Token | undefined): boolean {
  if (before === undefined) return true;
  if (before.kind === 'word') return BEFORE_A_REGEX.has(before.text);
  return before.kind === 'sign' && before.text !== ')' && before.text !== ']' && before.text !== '}';
}

/** What the code imports, in order: statements and `import(…)`, also where it names a type. */
export function importsOf(tokens: readonly Token[]): Import[] {
  const imports: Import[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'word' || (token.text !== 'import' && token.text !== 'export')) continue;
    if (tokens[index - 1]?.text === '.' || tokens[index + 1]?.text === '.') continue;
    const specifier = specifierAfter(tokens, index);
    if (specifier === null) continue;
    const next = tokens[index + 1];
    const typeOnly = next?.kind === 'word' && next.text === 'type' && tokens[index + 2]?.text !== 'from';
    imports.push({ specifier, typeOnly, line: token.line });
  }
  return imports;
}

function specifierAfter(tokens: readonly Token[], index: number): string | null {
  const next = tokens[index + 1];
  if (tokens[index]?.text === 'import') {
    if (next?.kind === 'string') return next.text;
    if (next?.text === '(') return tokens[index + 2]?.kind === 'string' ? tokens[index + 2]?.text ?? null : '(computed)';
  }
  // Only names, commas, stars and one pair of braces may stand between the keyword and `from`.
  for (let i = index + 1; i < tokens.length; i++) {
    const { kind, text } = tokens[i] as Token;
    if (kind === 'word' && text === 'from' && tokens[i + 1]?.kind === 'string') return tokens[i + 1]?.text ?? null;
    if (kind !== 'word' && !(kind === 'sign' && '{},*'.includes(text))) return null;
  }
  return null;
}

/** A source from its text. */
export function cut(path: string, text: string): Source {
  const tokens = tokenize(text);
  return { path, text, tokens, imports: importsOf(tokens) };
}

/** Every TypeScript source under a folder of the project, in order of path. */
export function readSources(folder: string): Source[] {
  return readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => `${folder}/${path.split(sep).join('/')}`)
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .sort()
    .map((path) => cut(path, readFileSync(join(projectRoot, path), 'utf8')));
}
