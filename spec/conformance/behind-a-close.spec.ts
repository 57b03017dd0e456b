// What a tester makes of frames that need not be there: those behind a Close of the subject (§5.5.1, §5.5.2), and Pongs that nobody asked for
// (§5.5.3).

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { CASES } from '../../lib/conformance/cases/index.ts';
import type { Endpoint } from '../../lib/conformance/engine.ts';
import { runInMemory } from '../../lib/conformance/memory/run-in-memory.ts';
import type { CaseResult } from '../../lib/conformance/result.ts';
import { nodePlatform } from '../../lib/node/platform.ts';
import { hex } from '../support/bytes.ts';

/** A server that writes this, all at once, as soon as it has read anything, and ends. */
function saying(frames: string): Endpoint {
  let output: Uint8Array | null = null;
  let spoken = false;
  return {
    receive: () => {
      if (!spoken) output = hex(frames);
      spoken = true;
    },
    receiveEnd: () => {},
    takeOutput: () => {
      const taken = output;
      output = null;
      return taken;
    },
    get outputEnded() { return spoken && output === null; },
    abandoned: false,
    deadline: Infinity,
    advance: () => {},
  };
}

function played(alias: string, frames: string): CaseResult {
  const one = CASES.find(({ aliases }) => aliases.includes(alias));
  assert.ok(one);
  return runInMemory({ name: 'scripted', opening: 'none', start: () => saying(frames) }, one, 'server', { platform: nodePlatform });
}

const CLOSE = '8802 03e8';
const EMPTY_PONG = '8a00';
const TEXT = '8101 61';

describe('frames that need not be there', () => {
  it('§5.5.1: behind a Close there is no data and no other Close', () => {
    for (const more of [TEXT, CLOSE, '0000', '81']) {
      const { verdict, seen } = played('7.1.3', `${CLOSE} ${more}`);
      assert.equal(verdict, 'fail');
      assert.match(seen.join(), /^close 1000,breach DATA_AFTER_CLOSE: a header that begins/);
    }
  });

  it('§5.5.2: behind a Close there may be Pings and Pongs, and they are read like any other', () => {
    assert.deepEqual(played('7.1.3', `${CLOSE} 8900`).seen, ['close 1000', 'end (fin)']);
    assert.deepEqual(played('7.1.3', `${CLOSE} ${EMPTY_PONG}`).seen, ['close 1000', 'pong (empty)', 'end (fin)']);
    assert.deepEqual(played('7.1.3', `${CLOSE} ca00`).seen, ['close 1000', 'breach RSV_NOT_NEGOTIATED: a header that begins ca (Pong, RSV1)']);
  });

  it('§5.5.3: a Pong that answers nothing is a heartbeat; one that repeats a Pong of the tester answers that, which nobody may', () => {
    const unasked = Buffer.from('Nobody asked for a Pong.').toString('hex');
    assert.equal(played('2.8', `8a02 6869 ${CLOSE}`).verdict, 'pass');
    assert.equal(played('2.8', `${EMPTY_PONG} ${CLOSE}`).verdict, 'pass');
    assert.equal(played('2.7', `${EMPTY_PONG} ${CLOSE}`).verdict, 'pass');
    assert.deepEqual(played('2.8', `8a18 ${unasked} ${CLOSE}`).seen, ['pong "Nobody asked for a Pong."', 'close 1000', 'end (fin)']);
    assert.equal(played('2.8', `8a18 ${unasked} ${CLOSE}`).verdict, 'fail');
  });
});
