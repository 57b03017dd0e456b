import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Flow } from '../../../lib/core/protocol/flow.ts';
import { Limits } from '../../../lib/core/protocol/limits.ts';
import { Outbox } from '../../../lib/core/protocol/outbox.ts';
import { SlabPool } from '../../../lib/core/protocol/shared.ts';
import { examplePlatform } from '../../support/transcript.ts';

function setUp(): { readonly flow: Flow; readonly outbox: Outbox; readonly limits: Limits; readonly wakes: () => number } {
  const outbox = new Outbox(new SlabPool(examplePlatform()));
  const limits = new Limits({ highWaterMark: 10 });
  let wakes = 0;
  return { outbox, limits, wakes: () => wakes, flow: new Flow(outbox, limits, () => { wakes++; }) };
}

describe('waking the transport', () => {
  it('happens once for whatever is queued, until it has drained', () => {
    const { flow, wakes } = setUp();
    flow.queued('queued');
    flow.queued('high-water');
    flow.queued('queued');
    assert.equal(wakes(), 1);
    flow.drained();
    assert.equal(wakes(), 1);
    flow.queued('queued');
    assert.equal(wakes(), 2);
  });

  it('does not happen for what was refused', () => {
    const { flow, wakes } = setUp();
    flow.queued('refused');
    assert.equal(wakes(), 0);
    flow.queued('queued');
    assert.equal(wakes(), 1);
  });
});

describe('telling the application to go on', () => {
  it('happens once after high-water, when no more than the mark waits', () => {
    const { flow, outbox } = setUp();
    assert.equal(flow.fell(), false);
    outbox.queueSize = 11;
    flow.queued('high-water');
    assert.equal(flow.fell(), false);
    outbox.queueSize = 10;
    assert.equal(flow.fell(), true);
    assert.equal(flow.fell(), false);
  });

  it('happens after a refusal too, if something waited that can leave', () => {
    const { flow, outbox } = setUp();
    outbox.queueSize = 11;
    flow.queued('refused');
    assert.equal(flow.fell(), false);
    outbox.queueSize = 0;
    assert.equal(flow.fell(), true);
    flow.queued('refused');
    assert.equal(flow.fell(), false, 'nothing waited: it is never going to fit');
  });

  it('does not happen when nothing was answered high-water', () => {
    const { flow } = setUp();
    flow.queued('queued');
    assert.equal(flow.fell(), false);
  });

  it('goes by the mark of the moment', () => {
    const { flow, outbox, limits } = setUp();
    outbox.queueSize = 20;
    flow.queued('high-water');
    limits.set({ highWaterMark: 20 });
    assert.equal(flow.fell(), true);
  });
});
