// docs/features.md says what is so: each row is proven by a spec that exists, and the page is what the data says today.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { read } from '../support/docs.ts';
import { featureRows, featuresPage, incidents, incidentsPage, isProven } from '../support/features.ts';

describe('docs/features.md', () => {
  it('every row names a spec, by a title that it has', () => {
    for (const { feature, spec } of featureRows()) assert.ok(isProven(spec), `${feature}: ${spec} is not there`);
  });

  it('a title that nobody wrote proves nothing', () => {
    assert.equal(isProven('docs/features.spec.ts: every row names a spec'), true);
    assert.equal(isProven(['docs/features.spec.ts', 'no row names ' + 'anything'].join(': ')), false);
    assert.equal(isProven('docs/nothing.spec.ts: every row'), false);
    assert.equal(isProven('docs/features.spec.ts: '), false);
  });

  it('has a row for every system of the design', () => {
    const systems = new Set(featureRows().map(({ system }) => system));
    for (const name of ['OkHttp `WebSocket`', 'OkHttp client', 'OkHttp `WebSocketCall`', 'Weex `webSocket` module', 'WHATWG `WebSocket`', 'Sisk server']) {
      assert.ok(systems.has(name), name);
    }
  });

  it('is what the data says today (npm run docs writes it)', () => {
    assert.equal(read('docs/features.md'), featuresPage());
  });
});

describe('docs/incidents.md', () => {
  it('every incident is caught by a spec that exists, or a reason says why not', () => {
    for (const incident of incidents()) {
      if ('spec' in incident) assert.ok(isProven(incident.spec), `${incident.what}: ${incident.spec} is not there`);
      else assert.ok(incident.reason.length > 20, incident.what);
    }
  });

  it('is what the data says today (npm run docs writes it)', () => {
    assert.equal(read('docs/incidents.md'), incidentsPage());
  });
});
