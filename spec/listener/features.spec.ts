// Holds the listener's face to the list of what OkHttp tests: each entry is proved by a spec that is named, or a reason says why it is not
// so here.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot, readJson } from '../support/project.ts';

interface OkHttpTest {
  readonly name: string;
  readonly intent: string;
  readonly area: string;
}

type Answer = { readonly spec: string } | { readonly reason: string };

const tests = readJson<readonly OkHttpTest[]>('spec/features/okhttp-tests.json');
const answers = readJson<Readonly<Record<string, Answer>>>('spec/features/okhttp.json');

/** Whether a file of specs has a title that begins like this: in a call of `it`, or in a table of cases. */
function hasTitle(file: string, title: string): boolean {
  const path = join(projectRoot, 'spec', file);
  if (title === '' || !existsSync(path)) return false;
  const text = readFileSync(path, 'utf8').replaceAll("\\'", "'");
  return ['it(', 'title: ', '['].some((before) => text.includes(`${before}'${title}`));
}

describe('what OkHttp tests', () => {
  it('is answered entry by entry, with a spec or with a reason, and nothing else is', () => {
    assert.deepEqual(Object.keys(answers), tests.map(({ name }) => name));
    for (const [name, answer] of Object.entries(answers)) {
      assert.deepEqual(Object.keys(answer).filter((key) => key !== 'spec' && key !== 'reason'), [], name);
      const [text = ''] = Object.values(answer);
      assert.ok(Object.keys(answer).length === 1 && text.length > 20, name);
    }
  });

  it('by a spec that exists, under a title that it has', () => {
    for (const [name, answer] of Object.entries(answers)) {
      if (!('spec' in answer)) continue;
      const [file = '', title = ''] = answer.spec.split(/: (.*)/s);
      assert.ok(hasTitle(file, title), `${name} names ${answer.spec}, which is not there`);
    }
  });

  it('is not answered by a title or a file that nobody wrote', () => {
    assert.equal(hasTitle('listener/features.spec.ts', 'is answered entry by entry'), true);
    assert.equal(hasTitle('listener/features.spec.ts', 'is answered by nothing'), false);
    assert.equal(hasTitle('listener/nothing.spec.ts', 'is answered entry by entry'), false);
    assert.equal(hasTitle('listener/features.spec.ts', ''), false);
  });
});
