// The web platform's own tests of WebSocket, entry by entry: each names the spec here that proves the same, or the reason why there is
// none. `deviates` adds where the outcome differs from the browser's, and why.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot, readJson } from '../support/project.ts';

interface Entry {
  readonly name: string;
  readonly intent: string;
}

type Answer = { readonly spec: string; readonly deviates?: string } | { readonly reason: string };

const entries = readJson<Entry[]>('spec/features/wpt-tests.json');
const answers = readJson<Record<string, Answer>>('spec/features/wpt.json');

/** Titles of a spec as they are written, without the ids; in a loop's title `${…}` stands for anything. */
function titlesOf(file: string): RegExp[] {
  const source = readFileSync(join(projectRoot, file), 'utf8');
  return Array.from(source.matchAll(/^ +it\((['`])((?:\\.|(?!\1).)*)\1,/gm), ([, , title = '']) => {
    const plain = title.replaceAll(/\\(['`])/g, '$1').replaceAll(/ \[[a-z0-9.-]+\]/g, '');
    return new RegExp(`^${plain.split(/\$\{[^}]*\}/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`);
  });
}

describe('the web platform tests of WebSocket', () => {
  it('are all mapped, once, and nothing else is', () => {
    assert.deepEqual(Object.keys(answers).sort(), entries.map(({ name }) => name).sort());
  });

  it('are mapped to titles that exist, or to a reason', () => {
    const titles = new Map<string, RegExp[]>();
    for (const [name, answer] of Object.entries(answers)) {
      if ('reason' in answer) {
        assert.ok(answer.reason.length > 20, `${name}: a reason is a sentence`);
        continue;
      }
      const at = answer.spec.indexOf(': ');
      const file = answer.spec.slice(0, at);
      if (!titles.has(file)) titles.set(file, titlesOf(file));
      const title = answer.spec.slice(at + 2);
      assert.ok(titles.get(file)?.some((pattern) => pattern.test(title)), `${name}: no title ${JSON.stringify(title)} in ${file}`);
    }
  });
});
