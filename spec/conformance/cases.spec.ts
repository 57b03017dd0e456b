// What is true of every case: it is data, well-formed, in plain sentences, and rests on requirements that exist.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { CASES } from '../../lib/conformance/cases/index.ts';
import { read } from '../support/docs.ts';
import { readJson } from '../support/project.ts';

const REQUIREMENTS: ReadonlySet<string> = new Set(readJson<readonly { id: string }[]>('spec/requirements.json').map(({ id }) => id));

const ID = /^(?:\d{4}-)?\d+(?:\.\d+)*\/[a-z0-9]+(?:[-.][a-z0-9]+)*$/;
const SENTENCE = /^[^a-z\s].*\.$/;

/** The ids for which it is not so. */
function wrong(isWrong: (one: (typeof CASES)[number]) => boolean): readonly string[] {
  return CASES.filter(isWrong).map(({ id }) => id);
}

describe('the conformance cases', () => {
  it('are as many as the pages say', () => {
    assert.ok(read('README.md').includes('1,600 cases') && CASES.length >= 1_600 && CASES.length < 1_700, `${CASES.length}`);
    assert.ok(read('CHANGELOG.md').includes(`${CASES.length.toLocaleString('en')} cases as data`), `${CASES.length}`);
    const forServers = CASES.filter(({ roles }) => roles.includes('server')).length;
    assert.ok(read('docs/conformance.md').includes(`the ${forServers.toLocaleString('en')} cases of a server`), `${forServers}`);
  });
});

describe('every conformance case', () => {
  it('has an id of its own: the section, a slash, and a name in lower case', () => {
    const ids = CASES.map(({ id }) => id);
    assert.deepEqual(ids.filter((id, index) => ids.indexOf(id) !== index), []);
    assert.deepEqual(wrong(({ id, section }) => !ID.test(id) || !id.startsWith(`${section}/`)), []);
  });

  it('says in sentences what is done, what must follow, and what every outcome but a pass means', () => {
    assert.deepEqual(wrong(({ does, expects }) => !SENTENCE.test(does) || !SENTENCE.test(expects)), []);
    assert.deepEqual(wrong(({ outcomes }) => outcomes.some(({ grade, because }) => grade !== 'pass' && !SENTENCE.test(because ?? ''))), []);
  });

  it('rests on requirements or on an incident, and each requirement exists', () => {
    const unknown = CASES.flatMap(({ id, requirements }) => requirements.filter((one) => !REQUIREMENTS.has(one)).map((one) => `${id}: ${one}`));
    assert.deepEqual(unknown, []);
    assert.deepEqual(wrong(({ requirements, incidents = [] }) => requirements.length + incidents.length === 0), []);
    assert.deepEqual(wrong(({ requirements }) => new Set(requirements).size < requirements.length), []);
  });

  it('can come out well: there is an outcome that passes, or that is only written down', () => {
    assert.deepEqual(wrong(({ outcomes }) => !outcomes.some(({ grade }) => grade === 'pass' || grade === 'informational')), []);
  });

  it('is about one role or both, and ends with its one finish', () => {
    assert.deepEqual(wrong(({ roles }) => roles.length === 0 || new Set(roles).size !== roles.length), []);
    assert.deepEqual(wrong(({ steps }) => steps.findIndex((step) => 'finish' in step) !== steps.length - 1), []);
  });

  it('survives JSON: nothing in it is undefined, infinite or a function', () => {
    for (const one of CASES) assert.deepEqual(JSON.parse(JSON.stringify(one)), one, one.id);
  });
});
