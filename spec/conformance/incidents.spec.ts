// Security incidents elsewhere, and the conformance cases that would have caught each: from outside, of anybody's implementation. Where nothing of
// it shows on the wire the table says why, and docs/incidents.md which spec holds our own code to it.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { CASES } from '../../lib/conformance/cases/index.ts';
import { incidents as ourOwn, isProven } from '../support/features.ts';
import { readJson } from '../support/project.ts';

/** An incident as docs/incidents.md names it; more than one row where it has several sides. */
type Row = { readonly what: string } & (
  /** The names that its cases carry, and cases that would have caught it: the plainest, not all. */
  | { readonly incidents: readonly string[]; readonly cases: readonly string[] }
  /** Why nobody can see it from outside. */
  | { readonly reason: string }
);

const ROWS = readJson<readonly Row[]>('spec/conformance/incidents.json');

const byId = new Map(CASES.map((one) => [one.id, one]));

describe('incidents elsewhere', () => {
  it('each that docs/incidents.md knows has cases that would have caught it, or a reason why there are none', () => {
    assert.deepEqual([...new Set(ROWS.map(({ what }) => what))].sort(), ourOwn().map(({ what }) => what).sort());
  });

  for (const row of ROWS) {
    if ('reason' in row) {
      it(`${row.what}: not seen from outside, but by a spec of ours`, () => {
        assert.match(row.reason, /^[A-Z].{30,}\.$/);
        const own = ourOwn().find(({ what }) => what === row.what);
        assert.ok(own !== undefined && 'spec' in own && isProven(own.spec));
      });
      continue;
    }
    it(`${row.what}: ${row.cases.join(', ')}`, () => {
      assert.ok(row.cases.length > 0);
      for (const id of row.cases) {
        const named = byId.get(id)?.incidents ?? [];
        assert.ok(row.incidents.some((name) => named.includes(name)), `${id} exists and names ${row.incidents.join(' or ')}`);
      }
      const carried = CASES.flatMap(({ incidents = [] }) => incidents);
      for (const name of row.incidents) assert.ok(carried.includes(name), `a case names ${name}`);
    });
  }

  it('each that a case names is in the table', () => {
    const known = new Set(ROWS.flatMap((row) => 'incidents' in row ? row.incidents : []));
    const unknown = CASES.flatMap(({ id, incidents = [] }) => incidents.filter((name) => !known.has(name)).map((name) => `${id}: ${name}`));
    assert.deepEqual(unknown, []);
  });

  it('what has killed an implementation is to be survived: the runner looks whether the next connection is served', () => {
    const deadly = ROWS.flatMap((row) => 'incidents' in row && /1528|43678|21676|31125/.test(row.what) ? row.cases : []);
    assert.ok(deadly.length >= 8);
    assert.deepEqual(deadly.filter((id) => byId.get(id)?.survives !== true), []);
  });
});
