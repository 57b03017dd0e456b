// Holds the check behind "each core module is covered by its own spec alone" to what it promises, on a small package in a folder of
// its own whose specs really run under V8's coverage.

import { after, before, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from './support/project.ts';

/** What tools/own-spec.mjs exports; it is plain JavaScript and stands outside what is compiled. */
interface OwnSpec {
  ownSpecGaps(root: string, coverage: string): string[];
}

/** A source map that gives each line its own number: the samples were never compiled. */
const SAME_LINES = JSON.stringify({ version: 3, sources: ['a.ts'], names: [], mappings: `AAAA${';AACA'.repeat(20)}` });

const MODULES: Readonly<Record<string, string>> = {
  'whole.js': 'export function whole(a) {\n  if (a) {\n    return 1;\n  }\n  // Otherwise.\n  return 2;\n}\n',
  'half.js': 'export function half(a) {\n  if (a) {\n    return 1;\n  }\n  return 2;\n}\nexport function never() {\n  return a;\n}\n',
  'waived.js': 'export const waived = (a) => {\n  /* c8 ignore next */\n  return a ? 1\n    : 2;\n};\n',
  'lent.js': 'export const lent = (a) => (a ? 1 : 2);\n',
  'orphan.js': 'export const orphan = 1;\n',
  'unused.js': 'export const unused = 1;\n',
  'index.js': "// A barrel.\nexport * from './whole.js';\nexport { half } from './half.js';\n",
  'types.js': '/* Types only. */\nexport {};\n//# sourceMappingURL=types.js.map\n',
};
const SPECS: Readonly<Record<string, string>> = {
  'whole.spec.js': "import { whole } from '../../lib/core/whole.js';\nwhole(0);\nwhole(1);\n",
  'half.spec.js': `
    import { half } from '../../lib/core/half.js';
    import { lent } from '../../lib/core/lent.js';
    half(lent(0) - lent(1) - 1);`,
  'waived.spec.js': "import { waived } from '../../lib/core/waived.js';\nwaived(1);\n",
  'lent.spec.js': "import { lent } from '../../lib/core/lent.js';\nlent(1);\n",
  'unused.spec.js': 'export {};\n',
};

describe('covered by its own spec alone', () => {
  let root = '';
  let gaps: readonly string[] = [];

  before(async () => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'own-spec-')));
    const put = (path: string, text: string): void => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    };
    put('package.json', '{"type":"module"}');
    for (const [name, text] of Object.entries(MODULES)) {
      put(`dist/lib/core/${name}`, text);
      put(`dist/lib/core/${name}.map`, SAME_LINES);
    }
    const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
    for (const [name, text] of Object.entries(SPECS)) {
      put(`dist/spec/core/${name}`, text);
      const { status, stderr } = spawnSync(process.execPath, [join(root, 'dist/spec/core', name)],
        { env: { ...env, NODE_V8_COVERAGE: join(root, 'coverage') }, encoding: 'utf8' });
      assert.equal(status, 0, stderr);
    }
    put('coverage/killed.json', '{"result":[{"scr');
    const tool = await import(pathToFileURL(join(projectRoot, 'tools', 'own-spec.mjs')).href) as OwnSpec;
    gaps = tool.ownSpecGaps(root, join(root, 'coverage'));
  });

  after(() => rmSync(root, { recursive: true, force: true }));

  const about = (module: string): string[] => gaps.filter((line) => line.startsWith(`lib/core/${module}.ts`));

  it('a module whose own spec reaches everything passes', () => {
    assert.deepEqual(about('whole'), []);
  });

  it('a branch that is not taken and a function that is not called are named by line', () => {
    assert.deepEqual(about('half'), [
      'lib/core/half.ts:2: spec/core/half.spec.ts does not reach: { return 1; }',
      'lib/core/half.ts:7: spec/core/half.spec.ts does not reach: function never() { return a; }',
    ]);
  });

  it('a comment waives nothing', () => {
    assert.deepEqual(about('waived'), ['lib/core/waived.ts:4: spec/core/waived.spec.ts does not reach: : 2']);
  });

  it('what another spec reaches does not count', () => {
    assert.deepEqual(about('lent'), ['lib/core/lent.ts:1: spec/core/lent.spec.ts does not reach: : 2']);
  });

  it('a module without a spec, or whose spec does not load it, is named', () => {
    assert.deepEqual(about('orphan'), ['lib/core/orphan.ts: no spec/core/orphan.spec.ts has run']);
    assert.deepEqual(about('unused'), ['lib/core/unused.ts: spec/core/unused.spec.ts does not load it']);
  });

  it('a barrel and a module of types have nothing to cover', () => {
    assert.deepEqual([...about('index'), ...about('types')], []);
  });
});
