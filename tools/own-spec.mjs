// Decides whether each module of lib/core is covered by the one process that ran its own spec: lib/core/x/y.ts by
// spec/core/x/y.spec.ts. It reads V8's raw block coverage, so nothing can be waived by a comment, and refuses to know what other
// specs happened to reach.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What V8 counts as a block but nobody can run: the brackets and white space after a `return`, a comment. */
const NOTHING_TO_RUN = /^(?:[\s{}()\[\];,]|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*$/;
/** A module that compiles to this has no behaviour: a barrel, or types only. */
const ONLY_EXPORTS = /^(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/|export\s+(?:\*|\{[^}]*\})(?:\s+as\s+\w+)?(?:\s+from\s+'[^']*')?;)*$/;

/**
 * One line for each module without a spec of its own and for each stretch of code which that spec does not reach.
 *
 * @param {string} root the folder that holds dist
 * @param {string} coverage the folder that NODE_V8_COVERAGE named during the run
 * @returns {string[]}
 */
export function ownSpecGaps(root, coverage) {
  const dist = join(root, 'dist');
  const modules = readdirSync(join(dist, 'lib', 'core'), { recursive: true })
    .filter((path) => path.endsWith('.js'))
    .map((path) => path.split(sep).join('/'))
    .sort();
  const runs = runsBySpec(coverage, pathToFileURL(join(dist, 'spec', 'core')).href);
  return modules.flatMap((path) => {
    const file = join(dist, 'lib', 'core', path);
    const code = readFileSync(file, 'utf8');
    if (ONLY_EXPORTS.test(code)) return [];
    const module = `lib/core/${path.replace(/js$/, 'ts')}`;
    const spec = `spec/core/${path.replace(/js$/, 'spec.ts')}`;
    const scripts = runs.get(pathToFileURL(join(dist, spec.replace(/ts$/, 'js'))).href);
    if (scripts === undefined) return [`${module}: no ${spec} has run`];
    const functions = scripts.get(pathToFileURL(file).href);
    if (functions === undefined) return [`${module}: ${spec} does not load it`];
    const lineOf = lineFinder(file);
    return gaps(code, functions).map(([start, end]) =>
      `${module}:${lineOf(code, start)}: ${spec} does not reach: ${shortened(code.slice(start, end))}`);
  });
}

/** For each spec file, by URL: the functions of every script its process loaded. */
function runsBySpec(coverage, folder) {
  const runs = new Map();
  for (const name of existsSync(coverage) ? readdirSync(coverage) : []) {
    const result = scriptsIn(join(coverage, name));
    for (const { url } of result) {
      if (!url.startsWith(folder) || !url.endsWith('.spec.js')) continue;
      runs.set(url, new Map(result.map((script) => [script.url, script.functions])));
    }
  }
  return runs;
}

/** What one process covered. A process that was killed while it wrote leaves half a file, which proves nothing. */
function scriptsIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).result;
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

/** The stretches of code, from start to end, whose innermost range in V8's coverage has a count of zero. */
function gaps(code, functions) {
  // Ranges nest: painted from the widest to the narrowest, the innermost count is what remains.
  const counts = new Uint8Array(code.length).fill(1);
  const ranges = functions.flatMap((one) => one.ranges)
    .sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  for (const { startOffset, endOffset, count } of ranges) counts.fill(count === 0 ? 0 : 1, startOffset, endOffset);

  const found = [];
  for (let start = counts.indexOf(0); start !== -1; ) {
    const next = counts.indexOf(1, start);
    const end = next === -1 ? code.length : next;
    const text = code.slice(start, end);
    if (!NOTHING_TO_RUN.test(text)) found.push([start + text.search(/\S/), end]);
    start = counts.indexOf(0, end);
  }
  return found;
}

function shortened(text) {
  const plain = text.trim().replace(/\s+/g, ' ');
  return plain.length > 80 ? `${plain.slice(0, 79)}…` : plain;
}

/** The line in the source of an offset in the compiled code. */
function lineFinder(file) {
  const map = new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8')));
  return (code, offset) => {
    const before = code.slice(0, offset);
    const line = before.split('\n').length - 1;
    return map.findEntry(line, offset - before.lastIndexOf('\n') - 1).originalLine + 1;
  };
}
