// What docs/conformance says: every result of Hawser that is no pass has its reason, no case is known that does not exist, and the page shows
// what the files say.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CASES } from '../../lib/conformance/index.ts';
import { allResults, readResultsPage, resultsPage } from '../support/conformance-results.ts';
import { faces } from './faces.ts';

const IDS: ReadonlySet<string> = new Set(CASES.map(({ id }) => id));
const all = allResults();
const ours = all.filter(({ name }) => name.startsWith('hawser'));

describe('the results in docs/conformance', () => {
  it('are there for the engine in both roles, for every face, for three servers and two clients of others', () => {
    const names = [...faces.map(({ name, role }) => `hawser-${name}.${role}`), 'hawser-engine.server', 'hawser-engine.client'];
    assert.deepEqual(ours.map(({ name }) => name).sort(), names.sort());
    const others = all.filter(({ name }) => !name.startsWith('hawser'));
    assert.ok(others.filter(({ results }) => results.role === 'server').length >= 3);
    assert.ok(others.filter(({ results }) => results.role === 'client').length >= 2);
  });

  it('name cases that exist, for the role that was tested', () => {
    const unknown = all.flatMap(({ name, results }) => [...results.known.keys()].filter((id) => !IDS.has(id)).map((id) => `${name}: ${id}`));
    assert.deepEqual(unknown, []);
    const roles = new Map(CASES.map(({ id, roles: all }) => [id, all]));
    assert.deepEqual(all.flatMap(({ results }) => [...results.known.keys()].filter((id) => roles.get(id)?.includes(results.role) !== true)), []);
  });

  it('are explained, one by one: what is no pass stands there with its reason', () => {
    const bare = all.flatMap(({ name, results }) => [...results.known].filter(([, { because }]) => because === '').map(([id]) => `${name}: ${id}`));
    assert.deepEqual(bare, []);
  });

  it('hold no failure of Hawser, but one where Node reads the head', () => {
    assert.deepEqual(ours.flatMap(({ name, results }) => [...results.known].filter(([, one]) => one.verdict === 'fail').map(([id]) => `${name}: ${id}`)),
      ['hawser-upgrade.server: 9112-5.1/request-much-space']);
  });

  it('find differences between others: each of them fails cases that another passes', () => {
    const failures = all.filter(({ name }) => !name.startsWith('hawser'))
      .map(({ results }) => [...results.known].filter(([, { verdict }]) => verdict === 'fail').map(([id]) => id).join());
    assert.equal(new Set(failures).size, failures.length);
  });

  it('are shown by the page (npm run conformance -- --write writes it)', () => {
    assert.equal(readResultsPage(), resultsPage());
  });
});
