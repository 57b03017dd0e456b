// An endpoint that shares nothing with the engine goes through the suite: what both pass is not only what one author thinks right. And it
// goes through it again doing in other ways what is allowed: nobody is blamed for that.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';

import type { Case, SubjectRole } from '../../lib/conformance/case.ts';
import { CASES } from '../../lib/conformance/cases/index.ts';
import { ALL_LIBERTIES, PROFILES, describeProfile } from './mutants/liberties.ts';
import { blamedFor, isLight, surveyOf } from './mutants/survey.ts';

/** Written down, and no matter of right and wrong. */
const OF_BOTH = {
  '5.5.1/close-behind-256-kib': 'both messages come back',
  '7.4.2/close-with-5000': 'it is refused: the RFC does not say what such codes are',
  '7.4.2/close-with-65535': 'the same',
  '7692-7.2.3.6/empty-payload-with-rsv1': 'it is refused: without an octet there is no DEFLATE block',
  '7692-7.1.2/distance-beyond-the-agreed-window': 'it keeps the largest window whatever was agreed on: to keep more costs nobody but itself',
} as const;

/** What is no pass, and why that is right. */
const EXPLAINED: Readonly<Record<SubjectRole, Readonly<Record<string, string>>>> = {
  server: {
    ...OF_BOTH,
    '9112-3.2/request-host-empty': 'it cares for the form of Host, not for what is in it',
    '10.2/request-origin-foreign': 'an echo has nothing that another page could misuse',
    '10.2/request-origin-null': 'the same',
    '10.2/request-origin-alike': 'the same',
    '10.2/request-host-foreign': 'the same',
    '4.2.1/request-never-comes': 'it waits for ten seconds, not for two',
    '4.2.1/request-half-a-head': 'the same',
    '7692-7.2.2/history-though-a-hint-said-none': 'it takes the hint, so that nothing is kept',
  },
  client: {
    ...OF_BOTH,
    '4.1/response-never-comes': 'it waits for ten seconds, not for two',
    '4.1/response-half-a-head': 'the same',
    '7692-7.1.2.1/reply-with-a-larger-window': 'it asks for no window, so that none is too large',
    '7692-7.1.2.1/reply-without-the-window': 'the same',
    '7692-7.1.1.1/reply-without-no-history': 'it does not ask for that either',
    '7692-7.1.2.2/reply-with-a-window-nobody-offered': 'it offers to heed one',
    '7692-8/bomb-without-an-end': 'it inflates messages as a whole: until then they are what came, within the limit',
  },
};

const HEAVY = CASES.filter((one) => !isLight(one));

/** Much data is the same for both: half of those cases is asked of either. */
function chosenFor(heavy: Case): SubjectRole {
  const [role, other] = heavy.roles;
  return other === undefined || HEAVY.indexOf(heavy) % 2 === 0 ? role as SubjectRole : other; // there is one
}

for (const role of ['server', 'client'] as const) {
  describe(`a second ${role}, by another reading of the RFCs,`, () => {
    const light = surveyOf(CASES.filter(isLight), role);
    const heavy = surveyOf(HEAVY.filter((one) => chosenFor(one) === role), role);

    it('passes every case but those that are explained', () => {
      const others = [...light, ...heavy].filter(({ result: { verdict } }) => verdict !== 'pass').map(({ result }) => result.id);
      assert.deepEqual(others.sort(), Object.keys(EXPLAINED[role]).sort());
    });

    for (const profile of PROFILES) {
      it(`is not failed for being ${describeProfile(role, profile)}`, () => {
        assert.deepEqual(blamedFor(profile, role, light), []);
      });
    }
  });
}

it('every liberty is taken by one of them', () => {
  assert.deepEqual(new Set(PROFILES.flat()), new Set(ALL_LIBERTIES));
});
