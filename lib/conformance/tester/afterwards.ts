// What a subject that has survived a case still does: a further connection, a text, and its echo. How the connection comes is for runners.

import type { Case } from '../case.ts';
import type { CaseResult } from '../result.ts';

export const AFTERWARDS: Case = {
  id: '5.6/serves-on', aliases: [], section: '5.6', does: 'Sends a text on a further connection.', expects: 'It comes back.', requirements: [],
  roles: ['server', 'client'], opening: {},
  steps: [{ send: [{ message: 'text', payload: { text: 'still there?' } }] }, { await: 1 }, { finish: 'close' }],
  outcomes: [{ grade: 'pass', sees: [{ text: { text: 'still there?' } }, 'anything'] }],
};

/** What a case comes to behind which the subject did not pass {@link AFTERWARDS}. */
export function failsAfterwards(result: CaseResult, after: CaseResult): CaseResult {
  const why = `the subject does not go on afterwards. On a further connection: ${after.why}`;
  return { ...result, verdict: 'fail', why, ms: result.ms + after.ms };
}
