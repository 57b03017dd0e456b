// A baseline: what it keeps, what a run makes of it, and how its file is written and read.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { BaselineError, compare, readBaseline, renew, writeBaseline } from '../../lib/conformance/baseline.ts';
import type { Baseline, Known } from '../../lib/conformance/baseline.ts';
import type { CaseResult, RunReport, Verdict } from '../../lib/conformance/result.ts';

const IDS: ReadonlySet<string> = new Set(['a/1', 'a/2', 'b/1', 'b/2', 'c/1']);

function result(id: string, verdict: Verdict): CaseResult {
  return { id, role: 'server', verdict, why: '', seen: [], ms: 1, transcript: [] };
}

function results(verdicts: Readonly<Record<string, Verdict>>): readonly CaseResult[] {
  return Object.entries(verdicts).map(([id, verdict]) => result(id, verdict));
}

function report(verdicts: Readonly<Record<string, Verdict>>): RunReport {
  return { agent: 'an echo 2.0', role: 'server', date: '', ms: 1, hawser: '', replay: '', results: results(verdicts) };
}

function baseline(known: Readonly<Record<string, Known['verdict'] | Known>>): Baseline {
  const entries = Object.entries(known).map(([id, one]): [string, Known] => [id, typeof one === 'string' ? { verdict: one, because: '' } : one]);
  return { agent: 'an echo 1.0', role: 'server', known: new Map(entries) };
}

describe('compare', () => {
  const compared = (known: Baseline, found: Readonly<Record<string, Verdict>>): unknown => {
    const { worse, better, stale } = compare(known, results(found), IDS);
    const say = ({ id, known: was, found: is }: (typeof worse)[number]): string => `${id} ${was} → ${is}`;
    return { worse: worse.map(say), better: better.map(say), stale };
  };

  it('holds when every result is the known one', () => {
    assert.deepEqual(compared(baseline({ 'a/1': 'fail', 'a/2': 'non-strict', 'b/1': 'skipped' }),
      { 'a/1': 'fail', 'a/2': 'non-strict', 'b/1': 'skipped', 'c/1': 'pass' }), { worse: [], better: [], stale: [] });
  });

  it('tells a failure that is new, and one that is known no longer', () => {
    assert.deepEqual(compared(baseline({ 'a/1': 'fail', 'b/1': 'fail' }), { 'a/1': 'pass', 'a/2': 'fail', 'b/1': 'non-strict' }),
      { worse: ['a/2 pass → fail'], better: ['a/1 fail → pass', 'b/1 fail → non-strict'], stale: [] });
  });

  it('tells what is newly not strict, and what is newly skipped: nobody looks at it any more', () => {
    assert.deepEqual(compared(baseline({}), { 'a/1': 'non-strict', 'a/2': 'skipped' }),
      { worse: ['a/1 pass → non-strict', 'a/2 pass → skipped'], better: [], stale: [] });
    assert.deepEqual(compared(baseline({ 'a/1': 'skipped' }), { 'a/1': 'fail' }), { worse: ['a/1 skipped → fail'], better: [], stale: [] });
  });

  it('does not judge what is informational', () => {
    assert.deepEqual(compared(baseline({ 'a/1': 'informational' }), { 'a/1': 'pass', 'a/2': 'informational' }), { worse: [], better: [], stale: [] });
  });

  it('leaves cases alone that did not run, and tells those that are no more', () => {
    assert.deepEqual(compared(baseline({ 'a/1': 'fail', 'gone/1': 'fail' }), {}), { worse: [], better: [], stale: ['gone/1'] });
  });
});

describe('renew', () => {
  it('takes over results and agent, and keeps explanations', () => {
    const before = baseline({ 'a/1': { verdict: 'fail', because: 'issue 7' }, 'a/2': { verdict: 'fail', because: 'issue 8' } });
    const after = renew(before, report({ 'a/1': 'non-strict', 'a/2': 'pass', 'b/1': 'fail' }), IDS);
    assert.equal(after.agent, 'an echo 2.0');
    assert.deepEqual([...after.known], [['a/1', { verdict: 'non-strict', because: 'issue 7' }], ['b/1', { verdict: 'fail', because: '' }]]);
  });

  it('keeps what did not run, and drops what is no more', () => {
    const after = renew(baseline({ 'a/1': 'fail', 'gone/1': 'fail' }), report({ 'b/1': 'skipped' }), IDS);
    assert.deepEqual([...after.known.keys()], ['a/1', 'b/1']);
  });

  it('begins with a run where there was none before', () => {
    const after = renew(null, report({ 'a/1': 'fail', 'b/1': 'pass' }), IDS);
    assert.deepEqual([...after.known], [['a/1', { verdict: 'fail', because: '' }]]);
    assert.deepEqual(compare(after, results({ 'a/1': 'fail', 'b/1': 'pass' }), IDS), { worse: [], better: [], stale: [] });
  });
});

describe('the file', () => {
  it('has one line a case, sorted by id, with the explanation if there is one', () => {
    const text = writeBaseline(baseline({ 'b/1': 'skipped', 'a/2': { verdict: 'fail', because: 'see "issue 7"' }, 'a/1': 'non-strict' }));
    assert.equal(text, [
      '{', '  "agent": "an echo 1.0",', '  "role": "server",', '  "known": {',
      '    "a/1": {"verdict":"non-strict"},',
      '    "a/2": {"verdict":"fail","because":"see \\"issue 7\\""},',
      '    "b/1": {"verdict":"skipped"}',
      '  }', '}', '',
    ].join('\n'));
  });

  it('is read back as it was, and written again is the same', () => {
    for (const one of [baseline({}), baseline({ 'a/1': { verdict: 'fail', because: 'Grüße' }, 'b/1': 'informational' })]) {
      const text = writeBaseline(one);
      assert.deepEqual(readBaseline(text), one);
      assert.equal(writeBaseline(readBaseline(text)), text);
    }
  });

  it('that is none is refused, and what is wrong with it is named', () => {
    const refused: readonly (readonly [string, RegExp])[] = [
      ['nothing', /is JSON/],
      ['[]', /must be an object/],
      ['{"role":"server","known":{}}', /"agent"/],
      ['{"agent":"a","role":"both","known":{}}', /"role".*"both"/],
      ['{"agent":"a","role":"server"}', /"known"/],
      ['{"agent":"a","role":"server","known":{"a/1":"fail"}}', /"a\/1" must be an object/],
      ['{"agent":"a","role":"server","known":{"a/1":{"verdict":"pass"}}}', /"a\/1": "verdict".*"pass"/],
      ['{"agent":"a","role":"server","known":{"a/1":{"verdict":"fail","because":7}}}', /"a\/1": "because".*7/],
      ['{"agent":"a","role":"server","known":{"a/1":{"verdict":"fail","reason":""}}}', /"a\/1": .*"reason"/],
    ];
    for (const [text, complaint] of refused) {
      assert.throws(() => readBaseline(text), (error) => error instanceof BaselineError && complaint.test(error.message), text);
    }
  });
});
