// Runs the compiled specs, then holds them to three promises: lib/core is covered to 100 % by lines, branches and functions; each
// core module is covered by its own spec alone; and every requirement id that a spec cites stands in a title that really ran.
//
//   node tools/test.mjs                 everything
//   node tools/test.mjs mask handshake  only the specs whose path contains one of these, without the promises about the whole

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ownSpecGaps } from './own-spec.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const coverage = join(root, 'coverage', 'tmp');

/** Specs of sockets take turns on few cores; more at once only makes them wait for each other. */
const CONCURRENCY = 2;
/** A whole spec file that takes longer than this hangs. */
const FILE_TIMEOUT_MS = 180_000;

function specFiles(wanted) {
  const folder = join(root, 'dist', 'spec');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .filter((path) => path.endsWith('.spec.js'))
    .map((path) => join(folder, path))
    .filter((path) => wanted.length === 0 || wanted.some((part) => relative(folder, path).split(sep).join('/').includes(part)))
    .sort();
}

/** Runs the files, each in a process of its own; shows what they print and hands it back. */
function runSpecs(files, env) {
  return new Promise((resolve, reject) => {
    const runner = spawn(
      process.execPath,
      ['--enable-source-maps', '--test', `--test-concurrency=${CONCURRENCY}`, `--test-timeout=${FILE_TIMEOUT_MS}`,
        '--test-reporter=spec', '--test-reporter-destination=stdout', ...files],
      { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let output = '';
    runner.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
      process.stdout.write(text);
    });
    runner.on('error', reject);
    runner.on('close', (code) => resolve({ passed: code === 0, output }));
  });
}

/** One of the runner's own closing figures, of all runs together; a spec's own output may look like it, the runner's comes last. */
function figure(outputs, name) {
  const pattern = new RegExp(`^\\W*(?:\\[\\d+m)?\\W*${name} (\\d+)\\b`, 'gm');
  return outputs.reduce((sum, output) => sum + Number([...output.matchAll(pattern)].at(-1)?.[1] ?? 0), 0);
}

/** The table of lib/core, by the lines of its sources; true when nothing is missing. */
function coreIsCovered() {
  const report = spawnSync(
    process.execPath,
    [join(root, 'node_modules', 'c8', 'bin', 'c8.js'), 'report', `--temp-directory=${coverage}`, '--reporter=text',
      '--include=dist/lib/core/**', '--check-coverage', '--lines=100', '--branches=100', '--functions=100', '--statements=100'],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  return report.status === 0;
}

/** Ids that a spec's source cites but no title that ran shows: a test that was skipped, or a title that is only in a table. */
async function idsThatNeverRan(output) {
  const rfcCoverage = await import(pathToFileURL(join(root, 'dist', 'spec', 'support', 'rfc-coverage.js')).href);
  return rfcCoverage.citations(rfcCoverage.readSpecs())
    .filter(({ id }) => !output.includes(`[${id}]`))
    .map(({ id, spec }) => `${spec} cites ${id}, but no title with [${id}] ran`);
}

function print(heading, complaints) {
  if (complaints.length > 0) console.log(`\n${heading}\n${complaints.map((line) => `  ${line}`).join('\n')}`);
  return complaints.length === 0;
}

const wanted = process.argv.slice(2);
const files = specFiles(wanted);
if (files.length === 0) {
  console.log(`no spec matches ${wanted.join(', ') || 'dist/spec'}; has it been built?`);
  process.exit(1);
}

const { NODE_V8_COVERAGE: _ignored, NODE_TEST_CONTEXT: _context, ...env } = process.env;
if (process.stdout.isTTY && !('NO_COLOR' in env)) env.FORCE_COLOR ??= '1';

let ok;
let outputs;
if (wanted.length > 0) {
  const { passed, output } = await runSpecs(files, env);
  [ok, outputs] = [passed, [output]];
} else {
  rmSync(coverage, { recursive: true, force: true });
  mkdirSync(dirname(coverage), { recursive: true });
  // Only the core's own specs are to cover the core, so only they are watched: it takes the others a quarter longer (measured: 22 s of 132).
  const ofCore = files.filter((path) => path.startsWith(join(root, 'dist', 'spec', 'core') + sep));
  const core = await runSpecs(ofCore, { ...env, NODE_V8_COVERAGE: coverage });
  const others = await runSpecs(files.filter((path) => !ofCore.includes(path)), env);
  [ok, outputs] = [core.passed && others.passed, [core.output, others.output]];
  console.log('');
  ok = coreIsCovered() && ok;
  ok = print('not covered by its own spec alone:', ownSpecGaps(root, coverage)) && ok;
  ok = print('cited, but not run:', await idsThatNeverRan(outputs.join('\n'))) && ok;
}

const failed = figure(outputs, 'fail') + figure(outputs, 'cancelled');
const skipped = figure(outputs, 'skipped') + figure(outputs, 'todo');
console.log(`
${figure(outputs, 'pass')} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\
${!ok && failed === 0 ? '; but not all promises hold, see above' : ''}`);
process.exitCode = ok ? 0 : 1;
