// The order in which cases are played, who is asked again, and when a run ends: without a network.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import type { Case } from '../../lib/conformance/case.ts';
import type { CaseResult, Verdict } from '../../lib/conformance/result.ts';
import { playAll, RunError, settingsOf } from '../../lib/conformance/run.ts';
import type { Attempt, Played, RunOptions } from '../../lib/conformance/run.ts';
import { define } from '../../lib/conformance/write.ts';
import { turns } from '../support/duplex.ts';

function sample(id: string, more: Partial<Case> = {}): Case {
  return define({ id, does: 'Does.', expects: 'Follows.', requirements: [], steps: [], outcomes: [], ...more });
}

const numbered = (count: number): readonly Case[] => Array.from({ length: count }, (_, i) => sample(`a/${i}`));

function result(id: string, verdict: Verdict = 'pass'): CaseResult {
  return { id, role: 'server', verdict, why: '', seen: [], ms: 1, transcript: [] };
}

interface Outcome {
  readonly results: readonly string[];
  /** `a/1`, or `a/1 again`, in the order in which they began; those that ran beside others with a star. */
  readonly order: readonly string[];
  readonly most: number;
}

/** Plays with `behave`, which has a turn of the event loop for each case. */
async function play(options: RunOptions, behave: (id: string, attempt: Attempt) => Partial<Played> & { readonly verdict?: Verdict }): Promise<Outcome> {
  const order: string[] = [];
  let running = 0, most = 0;
  const settings = settingsOf('server', options, { agent: 'an echo', replay: '' }, []);
  const results = await playAll(settings, async ({ id }, attempt) => {
    running++;
    most = Math.max(most, running);
    order.push(`${id}${attempt.again ? ' again' : ''}`);
    await turns(2);
    running--;
    if (attempt.signal.aborted) return null;
    const { verdict = 'pass', late = false } = behave(id, attempt);
    return { result: result(id, verdict), late };
  });
  return { results: results.map(({ id, verdict }) => `${id} ${verdict}`), order, most };
}

describe('playAll', () => {
  it('plays light cases so many at a time, and heavy ones alone behind them', async () => {
    const cases = [sample('h/1', { weight: 'heavy' }), ...numbered(10), sample('h/2', { weight: 'heavy' })];
    let heavies = 0;
    const { results, order, most } = await play({ cases, jobs: 3 }, (id) => {
      if (id.startsWith('h')) heavies++;
      else assert.equal(heavies, 0);
      return {};
    });
    assert.equal(most, 3);
    assert.deepEqual(order.slice(-2), ['h/1', 'h/2']);
    assert.deepEqual(results, cases.map(({ id }) => `${id} pass`), 'in the order of the cases');
  });

  it('leaves out the cases of the other role', async () => {
    const { order } = await play({ cases: [sample('c/1', { roles: ['client'] }), sample('s/1')] }, () => ({}));
    assert.deepEqual(order, ['s/1']);
  });

  it('asks those that were late once more, alone and with twice the patience, and believes that', async () => {
    const patience: number[] = [];
    const { results, order } = await play({ cases: numbered(6), jobs: 4, patience: 100 }, (id, attempt) => {
      if (attempt.again) patience.push(attempt.patience);
      if (id === 'a/1') return { verdict: attempt.again ? 'pass' : 'fail', late: !attempt.again };
      if (id === 'a/4') return { verdict: 'fail', late: true };
      return id === 'a/5' ? { verdict: 'fail' } : {};
    });
    assert.deepEqual(results, ['a/0 pass', 'a/1 pass', 'a/2 pass', 'a/3 pass', 'a/4 fail', 'a/5 fail']);
    assert.deepEqual(order.slice(6), ['a/1 again', 'a/4 again'], 'a failure that was not late is believed at once');
    assert.deepEqual(patience, [200, 200]);
  });

  it('asks those again that were not strict: alone, what is written apart is read apart', async () => {
    const { results, order } = await play({ cases: numbered(4), jobs: 4 }, (id, { again }) =>
      ({ verdict: id === 'a/2' || (id === 'a/1' && !again) ? 'non-strict' : 'pass' }));
    assert.deepEqual(results, ['a/0 pass', 'a/1 pass', 'a/2 non-strict', 'a/3 pass']);
    assert.deepEqual(order.slice(4), ['a/1 again', 'a/2 again']);
  });

  it('asks nobody again who was alone', async () => {
    for (const options of [{ cases: numbered(3), jobs: 1 }, { cases: numbered(1) }, { cases: [sample('h/1', { weight: 'heavy' })] }]) {
      const { order } = await play(options, () => ({ verdict: 'fail', late: true }));
      assert.deepEqual(order, options.cases.map(({ id }) => id));
    }
  });

  it('asks the others at once when so many came to the same alone: it is not the others that are in their way', async () => {
    let alone = 0, running = 0, most = 0;
    const settings = settingsOf('server', { cases: numbered(40), jobs: 5 }, { agent: '', replay: '' }, []);
    const results = await playAll(settings, async ({ id }, { again }) => {
      running++;
      await turns(2);
      if (again) {
        most = Math.max(most, running);
        if (most === 1) alone++;
      }
      running--;
      return { result: result(id, 'fail'), late: true };
    });
    assert.equal(results.length, 40);
    assert.equal(alone, 8);
    assert.equal(most, 5);
  });

  it('tells each result when it is final, and how far it is', async () => {
    const told: string[] = [];
    await play({
      cases: numbered(4), jobs: 2,
      onResult: ({ id, verdict }, { done, total, failed }) => told.push(`${id} ${verdict} ${done}/${total} ${failed}`),
    }, (id, { again }) => (id === 'a/0' ? { verdict: 'fail', late: !again } : {}));
    assert.deepEqual(told, ['a/1 pass 1/4 0', 'a/2 pass 2/4 0', 'a/3 pass 3/4 0', 'a/0 fail 4/4 1']);
  });
});

describe('a run ends early', () => {
  it('with bail, at the first failure that is final', async () => {
    const { results, order } = await play({ cases: numbered(20), jobs: 2, bail: true }, (id) => (id === 'a/3' ? { verdict: 'fail' } : {}));
    assert.deepEqual(results, ['a/0 pass', 'a/1 pass', 'a/2 pass', 'a/3 fail']);
    assert.ok(order.length < 7);
  });

  it('with bail, not at a failure that was late until it was late again, and before others have a turn', async () => {
    const { results, order } = await play({ cases: numbered(8), jobs: 2, bail: true }, (id, { again }) => {
      if (id === 'a/1') return { verdict: again ? 'pass' : 'fail', late: !again };
      return id === 'a/4' ? { verdict: 'fail', late: true } : {};
    });
    assert.deepEqual(results, ['a/0 pass', 'a/1 pass', 'a/2 pass', 'a/3 pass', 'a/4 fail', 'a/5 pass']);
    assert.deepEqual(order, ['a/0', 'a/1', 'a/2', 'a/1 again', 'a/3', 'a/4', 'a/5', 'a/4 again']);
  });

  it('with bail and strict, at what is not strict', async () => {
    const verdict = (id: string): { verdict: Verdict } => ({ verdict: id === 'a/1' ? 'non-strict' : 'pass' });
    assert.deepEqual((await play({ cases: numbered(4), jobs: 1, bail: true, strict: true }, verdict)).results, ['a/0 pass', 'a/1 non-strict']);
    assert.equal((await play({ cases: numbered(4), jobs: 1, bail: true }, verdict)).results.length, 4);
  });

  it('when it is told to, with what there is', async () => {
    const abort = new AbortController();
    const { results } = await play({ cases: numbered(20), jobs: 2, signal: abort.signal }, (id) => {
      if (id === 'a/2') abort.abort();
      return {};
    });
    assert.deepEqual(results, ['a/0 pass', 'a/1 pass']);
    assert.deepEqual((await play({ cases: numbered(3), signal: abort.signal }, () => ({}))).order, []);
  });

  it('when nothing can be run: the others are broken off, and who waits is told', async () => {
    const broken: string[] = [];
    const settings = settingsOf('server', { cases: numbered(6), jobs: 3 }, { agent: '', replay: '' }, []);
    await assert.rejects(playAll(settings, async ({ id }, { signal }) => {
      if (id === 'a/1') throw new RunError('nobody there');
      await new Promise((resolve) => { signal.addEventListener('abort', resolve); });
      broken.push(id);
      return null;
    }), { name: 'RunError', message: 'nobody there' });
    assert.deepEqual(broken, ['a/0', 'a/2']);
  });
});

describe('options', () => {
  it('that make no sense are refused by name', () => {
    const refused: readonly (readonly [object, RegExp])[] = [
      [{ job: 3 }, /options\.job is not an option/], [{ jobs: 0 }, /options\.jobs/], [{ jobs: 1.5 }, /options\.jobs/],
      [{ patience: '5' }, /options\.patience/], [{ bail: 'yes' }, /options\.bail must be a boolean/], [{ cases: 'all' }, /options\.cases must be an array/],
      [{ onResult: 1 }, /options\.onResult must be a function/], [{ agent: null }, /options\.agent must be a string/],
      [{ budget: -1 }, /options\.budget/], [{ caseTimeout: 0 }, /options\.caseTimeout/],
    ];
    for (const [options, complaint] of refused) {
      assert.throws(() => settingsOf('server', options, { agent: '', replay: '' }, []), complaint);
    }
  });
});
