import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { ClosingFacts } from '../../../lib/core/protocol/closing.ts';
import { CONTROL_TOO_LONG, FRAME_TOO_BIG } from '../../../lib/core/wire/violation.ts';

type Facts = Partial<Pick<ClosingFacts,
  'sentCode' | 'sentTaken' | 'sentLeft' | 'receivedCode' | 'receivedReason' | 'transportEnded' | 'reported'>>;

function facts(known: Facts = {}): ClosingFacts {
  return Object.assign(new ClosingFacts(), known);
}

describe('what follows from the closing facts', () => {
  it('§7.1.3: the state is CLOSING once a Close frame is sent or received, whichever comes first [6455-7.1.3-1]', () => {
    assert.equal(facts().state, 'open');
    assert.equal(facts({ sentCode: 1000 }).state, 'closing');
    assert.equal(facts({ receivedCode: 1005 }).state, 'closing');
    assert.equal(facts({ sentCode: 1000, receivedCode: 1000, sentTaken: true, sentLeft: true, transportEnded: true }).state, 'closing');
    assert.equal(facts({ reported: true }).state, 'closed');
  });

  it('§7.1.4: it is clean only when both Close frames have been exchanged and nothing was broken', () => {
    const both = { sentCode: 1000, sentTaken: true, sentLeft: true, receivedCode: 1000 };
    assert.equal(facts(both).clean, true);
    assert.equal(facts({ ...both, receivedCode: null }).clean, false);
    assert.equal(facts({ ...both, sentLeft: false }).clean, false);
    const broken = facts(both);
    broken.break(CONTROL_TOO_LONG, null, 3);
    assert.equal(broken.clean, false);
  });

  it('messages are sent until a Close is queued or the connection is over, also after the peer’s Close', () => {
    assert.equal(facts().maySend, true);
    assert.equal(facts({ receivedCode: 1000 }).maySend, true);
    assert.equal(facts({ sentCode: 1005 }).maySend, false);
    assert.equal(facts({ reported: true }).maySend, false);
  });

  it('input matters until the peer’s Close or the end, also after our own Close', () => {
    assert.equal(facts().listens, true);
    assert.equal(facts({ sentCode: 1000 }).listens, true);
    assert.equal(facts({ receivedCode: 1005 }).listens, false);
    assert.equal(facts({ reported: true }).listens, false);
  });

  it('§7.1.1: after both Close frames a server ends the transport, a client waits for that', () => {
    const both = facts({ sentCode: 1000, receivedCode: 1000 });
    assert.equal(both.outputEnded('server'), true);
    assert.equal(both.outputEnded('client'), false);
    both.transportEnded = true;
    assert.equal(both.outputEnded('client'), true);
  });

  it('one Close frame ends nothing; a failed connection is ended by either side', () => {
    for (const role of ['client', 'server'] as const) {
      assert.equal(facts().outputEnded(role), false);
      assert.equal(facts({ sentCode: 1000 }).outputEnded(role), false);
      assert.equal(facts({ receivedCode: 1000, transportEnded: true }).outputEnded(role), false);
      assert.equal(facts({ reported: true }).outputEnded(role), true);
    }
  });
});

describe('the outcome', () => {
  it('§7.1.5, §7.1.6: has the peer’s code and reason, 1006 without a Close frame, and the position reached', () => {
    assert.deepEqual(facts().outcome(7, true, 9), {
      code: 1006, reason: '', clean: false, sentCode: null, violation: null, limit: null, position: 7, messageUnfinished: true, unsent: 9,
    });
    const clean = facts({ sentCode: 1000, sentTaken: true, sentLeft: true, receivedCode: 4000, receivedReason: 'why' });
    assert.deepEqual(clean.outcome(7, false, 0), {
      code: 4000, reason: 'why', clean: true, sentCode: 1000, violation: null, limit: null, position: 7, messageUnfinished: false,
        unsent: 0,
    });
  });

  it('has the rule that was broken, the limit behind it, and where', () => {
    const broken = facts();
    const limit = { name: 'maxFrameSize', value: 1, observed: 2 };
    broken.break(FRAME_TOO_BIG, limit, 3);
    const { violation, position, limit: told } = broken.outcome(7, false, 0);
    assert.deepEqual([violation, position, told], [FRAME_TOO_BIG, 3, limit]);
  });
});
