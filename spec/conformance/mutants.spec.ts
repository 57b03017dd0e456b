// Servers and clients that are broken on purpose, in one way each: every one of them is caught, that is, some case is worse for it than for
// the endpoint it is made of. Which cases those are is written down, so that a case that loses its bite is seen.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';

import { CASES } from '../../lib/conformance/cases/index.ts';
import { readJson } from '../support/project.ts';
import { MUTANTS } from './mutants/faults.ts';
import { catchersOf, surveyOf } from './mutants/survey.ts';
import type { Catchers } from './mutants/survey.ts';

const CATCHERS = readJson<Catchers>('spec/conformance/mutants/catchers.json');

for (const role of ['server', 'client'] as const) {
  describe(`of ${role}s that are broken on purpose`, () => {
    const written = new Set(Object.values(CATCHERS[role]).flat());
    const survey = surveyOf(CASES.filter(({ id }) => written.has(id)), role);
    const mutants = MUTANTS.filter((mutant) => mutant.role === role);

    for (const mutant of mutants) {
      it(`the suite catches one that ${mutant.does}`, () => {
        const ids = CATCHERS[role][mutant.fault] ?? [];
        assert.notDeepEqual(ids, [], 'no case is written down: `npm run mutants` looks for some');
        const caught = catchersOf(mutant, survey.filter(({ testCase: { id } }) => ids.includes(id)));
        assert.deepEqual(caught, ids, 'no case may lose its bite: `npm run mutants` writes down others where that is meant');
      });
    }

    it('none is written down that is not there', () => {
      assert.deepEqual(Object.keys(CATCHERS[role]), mutants.map(({ fault }) => fault));
    });
  });
}
