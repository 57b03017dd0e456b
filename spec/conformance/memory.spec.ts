// What runs in memory: an engine that throws costs the case, and the result says so.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Case } from '../../lib/conformance/case.ts';
import type { Endpoint } from '../../lib/conformance/engine.ts';
import { hawserEngine } from '../../lib/conformance/hawser-engine.ts';
import { runInMemory } from '../../lib/conformance/memory.ts';
import type { CaseResult } from '../../lib/conformance/result.ts';
import { CLOSES, FAILS, define, passes, passesCleanly, sawText, text } from '../../lib/conformance/write.ts';
import { nodePlatform } from '../../lib/node/platform.ts';

const ECHO: Case = define({
  id: '5.6/echo', does: 'Sends a text.', expects: 'It comes back.', requirements: [],
  steps: [{ send: [text('Hello')] }, { await: 1 }, CLOSES], outcomes: [passesCleanly(sawText('Hello'))],
});
const ENDS: Case = define({
  id: '7.1.4/end', does: 'Waits, and ends the transport.', expects: 'The subject ends it as well.', requirements: [],
  steps: [{ watch: 1_000 }, { end: 'fin' }, FAILS], outcomes: [passes('open', 'end'), passes('open', 'close', 'end')],
});

/** The engine's own server, with some of what it does replaced. */
function played(one: Case, replace: (own: Endpoint) => object): CaseResult {
  const own = hawserEngine({ platform: nodePlatform }).start('server', '') as Endpoint; // it knows servers
  const replaced = replace(own);
  const endpoint = new Proxy(own, {
    get: (_, name) => {
      const from = name in replaced ? replaced : own;
      const member: unknown = Reflect.get(from, name);
      return typeof member === 'function' ? member.bind(from) : member;
    },
  });
  return runInMemory({ name: 'replaced', opening: 'included', start: () => endpoint }, one, 'server', { platform: nodePlatform });
}

function fail(): never {
  throw new RangeError('an index is out of range');
}

describe('an engine in memory', () => {
  it('passes as long as nothing is wrong with it', () => {
    assert.equal(played(ECHO, () => ({})).verdict, 'pass');
    assert.equal(played(ENDS, () => ({})).verdict, 'pass');
  });

  for (const [name, one] of [['receive', ECHO], ['receiveEnd', ENDS], ['takeOutput', ECHO], ['advance', ECHO]] as const) {
    it(`fails the case when its ${name} throws, and the run goes on`, () => {
      const { verdict, why } = played(one, () => ({ [name]: fail }));
      assert.equal(verdict, 'fail');
      assert.match(why, /^the engine threw RangeError: an index is out of range: /);
    });
  }

  for (const [name, one] of [['outputEnded', ECHO], ['abandoned', ECHO], ['deadline', ENDS], ['retainedBytes', ECHO]] as const) {
    it(`fails the case when to ask for its ${name} throws, and the run goes on`, () => {
      const { verdict, why } = played(one, () => Object.defineProperty({}, name, { get: fail }));
      assert.equal(verdict, 'fail');
      assert.match(why, /^the engine threw RangeError: /);
    });
  }

  it('fails the case also when it throws what is no error, and has done everything right until then', () => {
    const { verdict, why, seen } = played(ECHO, (own) => ({
      receive: (chunk: Uint8Array) => {
        const consumed = own.receive(chunk);
        if (own.outputEnded) throw 'away';
        return consumed;
      },
    }));
    assert.equal(verdict, 'fail');
    assert.match(why, /^the engine threw a string: /);
    assert.equal(seen[0], 'text "Hello"');
  });
});
