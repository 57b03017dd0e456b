// Holds package.json to what a user of the package relies on: nothing else is installed with it, every public name resolves once it
// is built, and what is published is the library and not its specs. The manifest is read, never repeated: a new subpath is checked
// at once.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import type { SpawnSyncReturns } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot, readJson } from './support/project.ts';
import { readSources } from './support/source.ts';

interface Manifest {
  readonly name: string;
  readonly type: string;
  readonly sideEffects: unknown;
  readonly engines: Readonly<Record<string, string>>;
  readonly files: readonly string[];
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** What npm says of one package it would publish. */
interface Packed {
  readonly files: readonly { readonly path: string }[];
}

/** Everything that may be published: what was built, the cases as data, what a source map points at, and the pages a reader looks for first. */
const PUBLISHED = /^(?:dist\/lib\/.*\.(?:js|js\.map|d\.ts)|dist\/lib\/conformance\/cases\.json|lib\/.*\.(?:ts|json)|package\.json|[A-Z]+(?:\.md)?)$/;

const manifest = readJson<Manifest>('package.json');

/** The subpaths that are modules, each with its conditions. */
const modules = Object.entries(manifest.exports)
  .filter((entry): entry is [string, Readonly<Record<string, string>>] => typeof entry[1] !== 'string');

/** `hawser/core` for `./core`. */
const publicName = (subpath: string): string => manifest.name + subpath.slice(1);

/** Runs a program to its end in the project's folder, outside the coverage of this one. */
function run(program: string, args: readonly string[]): SpawnSyncReturns<string> {
  const { NODE_V8_COVERAGE: _coverage, NODE_TEST_CONTEXT: _context, ...env } = process.env;
  return spawnSync(program, args, { cwd: projectRoot, env, encoding: 'utf8' });
}

describe('package.json', () => {
  it('installs nothing else: no dependencies of any kind', () => {
    const kinds = Object.keys(manifest).filter((key) => /dependencies/i.test(key));
    assert.deepEqual(kinds, ['devDependencies']);
  });

  it('is developed with three packages, at exact versions', () => {
    assert.deepEqual(Object.keys(manifest.devDependencies).sort(), ['@types/node', 'c8', 'typescript']);
    for (const version of Object.values(manifest.devDependencies)) assert.match(version, /^\d+\.\d+\.\d+$/);
  });

  it('is ES modules without side effects, for Node 20 and later', () => {
    assert.equal(manifest.type, 'module');
    assert.equal(manifest.sideEffects, false);
    assert.deepEqual(manifest.engines, { node: '>=20' });
  });

  it('exports a subpath for each folder that has an index, the program apart', () => {
    const indexes = readSources('lib').map(({ path }) => path)
      .filter((path) => path.endsWith('/index.ts') && path !== 'lib/cli/index.ts');
    const subpaths = indexes.map((path) => path.replace(/^lib/, '.').replace(/\/index\.ts$/, ''));
    assert.deepEqual(modules.map(([subpath]) => subpath).sort(), subpaths.sort());
  });

  it('names files that exist in files and bin', () => {
    const files = manifest.files.filter((name) => !name.startsWith('!'));
    for (const path of [...files, ...Object.values(manifest.bin ?? {})]) {
      assert.ok(existsSync(join(projectRoot, path)), `${path} is named and missing`);
    }
  });

  for (const [subpath, conditions] of modules) {
    describe(publicName(subpath), () => {
      it('puts types first and default last, and both are built', () => {
        assert.deepEqual(Object.keys(conditions), ['types', 'default']);
        for (const path of Object.values(conditions)) {
          assert.ok(existsSync(join(projectRoot, path)), `${path} is exported and missing`);
        }
        assert.equal(conditions['types'], conditions['default']?.replace(/js$/, 'd.ts'));
      });

      it('is imported by its public name', async () => {
        const module = await import(publicName(subpath)) as Readonly<Record<string, unknown>>;
        assert.notDeepEqual(Object.keys(module), []);
      });
    });
  }

  it('keeps everything it does not export to itself', async () => {
    await assert.rejects(import(publicName('./dist/lib/core/index.js')), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' });
  });
});

describe('npm pack', () => {
  it('publishes what is exported, with its sources, and no spec, tool or settings', () => {
    const npm = process.env['npm_execpath'];
    const args = ['pack', '--dry-run', '--json', '--offline', '--ignore-scripts'];
    const { status, stdout, stderr } = npm === undefined ? run('npm', args) : run(process.execPath, [npm, ...args]);
    assert.equal(status, 0, stderr);
    const reports = JSON.parse(stdout) as Readonly<Record<string, Packed>>;
    const paths = new Set(Object.values(reports).flatMap(({ files }) => files.map(({ path }) => path)));

    for (const [, conditions] of modules) {
      for (const path of Object.values(conditions)) assert.ok(paths.has(path.slice('./'.length)), `${path} is exported, not published`);
    }
    for (const { path } of readSources('lib')) assert.ok(paths.has(path), `a source map points at ${path}, which is not published`);
    assert.deepEqual([...paths].filter((path) => !PUBLISHED.test(path)), []);
  });
});

describe('the sources', () => {
  it('run as they are where Node strips types', () => {
    if (Reflect.get(process.features, 'typescript')) {
      const url = pathToFileURL(join(projectRoot, 'lib', 'core', 'index.ts')).href;
      const script = `await import(${JSON.stringify(url)});`;
      const { status, stderr } = run(process.execPath, ['--input-type=module', '--eval', script]);
      assert.equal(status, 0, stderr);
      return;
    }
    // This Node cannot; what makes it possible elsewhere can still be held: names that resolve, and types that can be erased.
    const imports = readSources('lib').flatMap((source) => source.imports.map(({ specifier }) => specifier));
    assert.deepEqual(imports.filter((specifier) => specifier.startsWith('.') && !specifier.endsWith('.ts')), []);
    const { compilerOptions } = readJson<{ readonly compilerOptions: Readonly<Record<string, unknown>> }>('tsconfig.base.json');
    assert.equal(compilerOptions['erasableSyntaxOnly'], true);
    assert.equal(compilerOptions['verbatimModuleSyntax'], true);
  });
});
