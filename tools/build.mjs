// Compiles lib and spec into dist, and writes the conformance cases beside them as JSON. What a deleted or renamed source left behind goes first: a stale spec would still run, and a
// stale module would still resolve. All else in dist stays in place, so that a build never pulls files from under a running process.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const EMITTED = /(?:\.js|\.js\.map|\.d\.ts)$/;

/** Removes what was emitted for a source that is gone, and folders that are empty afterwards. */
function prune(folder) {
  for (const entry of readdirSync(join(root, 'dist', folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) prune(path);
    else if (EMITTED.test(path) && !existsSync(join(root, path.replace(EMITTED, '.ts')))) rmSync(join(root, 'dist', path));
  }
  if (readdirSync(join(root, 'dist', folder)).length === 0) rmSync(join(root, 'dist', folder), { recursive: true });
}

if (existsSync(join(root, 'dist'))) prune('');
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const { status, error } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.json'], { cwd: root, stdio: 'inherit' });
if (error) throw error;
process.exitCode = status ?? 1;
if (status === 0) await writeCases();

/** The cases as data: for libraries that are not written in JavaScript. */
async function writeCases() {
  const folder = join(root, 'dist', 'lib', 'conformance');
  const load = (name) => import(pathToFileURL(join(folder, name)).href);
  const [{ CASES }, { publish }] = [await load('cases/index.js'), await load('publish.js')];
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const requirements = JSON.parse(readFileSync(join(root, 'spec', 'requirements.json'), 'utf8'));
  const { cases, ...head } = publish(CASES, version, new Map(requirements.map(({ id, text }) => [id, text])));
  const lines = cases.map((testCase) => JSON.stringify(testCase)).join(',\n');
  writeFileSync(join(folder, 'cases.json'), `${JSON.stringify(head).slice(0, -1)},"cases":[\n${lines}\n]}\n`);
}
