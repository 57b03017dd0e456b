// What a tester does in the course of a case, see lib/conformance/case-run.ts.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Step } from '../../lib/conformance/case.ts';
import { CaseRun } from '../../lib/conformance/case-run.ts';
import { FAILS, define, fails, frame } from '../../lib/conformance/write.ts';
import { nodePlatform } from '../../lib/node/platform.ts';
import { hex } from '../support/bytes.ts';

const CLOSE_1002 = '8882 00000000 03ea';
const WATCHED = 300;

/** A tester with an open connection to a client, which sends a reserved frame and watches what follows. */
function watching(...before: readonly Step[]): CaseRun {
  const testCase = define({
    id: '5.2/reserved', does: 'Sends a reserved frame and waits.', expects: 'The connection is failed.', requirements: [],
    steps: [...before, { send: [frame(3)] }, { watch: WATCHED }, FAILS], outcomes: fails(1002),
  });
  return new CaseRun(testCase, {
    role: 'client', platform: nodePlatform, codecs: { allocate: nodePlatform.allocate }, now: 0, host: '', resource: '', patience: 1_000, budget: 0,
    opening: 'none',
  });
}

function write(tester: CaseRun): void {
  while (tester.takeOutput() !== null);
}

describe('a tester that watches for a client to close', () => {
  it('§7.1.1: answers its Close and ends first, whether that comes before the watch or in the midst of it', () => {
    for (const early of [true, false]) {
      const tester = watching();
      if (!early) write(tester);
      tester.receive(hex(CLOSE_1002));
      write(tester);
      assert.equal(tester.outputEnded, true, early ? 'before' : 'in the midst');
      tester.receiveEnd('fin');
      assert.deepEqual([tester.result?.verdict, tester.result?.seen], ['pass', ['close 1002', 'end (fin)']]);
    }
  });

  it('watches on for its end where the Close is left unanswered', () => {
    const tester = watching({ answers: false });
    tester.receive(hex(CLOSE_1002));
    write(tester);
    tester.advance(WATCHED);
    write(tester);
    tester.receiveEnd('fin');
    assert.deepEqual(tester.result?.seen, ['close 1002', 'open', 'end (fin)']);
  });
});
