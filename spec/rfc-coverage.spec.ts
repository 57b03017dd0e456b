// Holds the requirements to the specs that cite them: no MUST of RFC 6455 and RFC 7692 without an answer, no citation of what does not exist,
// and a page that says what is so. Each check is shown evidence it has to refuse.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { cut } from './support/source.ts';
import { citations, mistakes, page, readEvidence, readPage, unanswered } from './support/rfc-coverage.ts';
import type { Evidence, Requirement } from './support/rfc-coverage.ts';

const evidence = readEvidence();

const requirement = (id: string, level: string): Requirement =>
  ({ id, rfc: id.split('-')[0] as string, section: '5.5', role: 'both', level, text: `the text of ${id}` });
const sample: Evidence = {
  requirements: [
    requirement('6455-5.5-1', 'MUST'),
    requirement('6455-5.5-2', 'MUST NOT'),
    requirement('6455-5.5-3', 'MAY'),
    requirement('9112-1-1', 'MUST'),
  ],
  citations: [{ id: '6455-5.5-1', spec: 'spec/core/a.spec.ts', title: 'the first | promise' }],
  reasons: {},
};

/** There is nothing to complain about; if there is, every line is printed. */
function none(complaints: readonly string[]): void {
  assert.ok(complaints.length === 0, `\n${complaints.join('\n')}`);
}

describe('requirements', () => {
  it('every MUST and MUST NOT of RFC 6455 and RFC 7692 is proven by a spec or answered by a reason', () => {
    assert.deepEqual(unanswered(sample), ['6455-5.5-2 (MUST NOT) the text of 6455-5.5-2']);
    assert.deepEqual(unanswered({ ...sample, reasons: { '6455-5.5-2': 'a reason' } }), []);
    none(unanswered(evidence));
  });

  it('what a spec cites, or a reason is given for, is a requirement, and never both', () => {
    const wrong = [...sample.citations, { id: '6455-5.5-1, 6455-5.5-2', spec: 'spec/core/a.spec.ts', title: 'two in one' }];
    const reasons = { '6455-5.5-1': 'a reason', '6455-9-99': 'a reason', '6455-5.5-3': ' ' };
    assert.deepEqual(mistakes({ ...sample, citations: wrong, reasons }), [
      'spec/core/a.spec.ts cites 6455-5.5-1, 6455-5.5-2, which is not a requirement',
      'spec/rfc-coverage.json has a reason for 6455-9-99, which is not a requirement',
      'spec/rfc-coverage.json has a reason for 6455-5.5-1, which a spec proves',
      'spec/rfc-coverage.json has a reason for 6455-5.5-3, which is empty',
    ]);
    none(mistakes(evidence));
  });

  it('a citation is an id in brackets in a string; comments and code cite nothing', () => {
    const spec = cut('spec/a.spec.ts', `
      // [6455-5.5-1]
      it('it\\'s one [6455-5.5-2] [6455-5.5-3] [6455-5.5-2]', () => wire[6455-5]);
      for (const length of [126, 127]) it(\`\${length}: [6455-5.4-1] no\`, () => /[6455-5.5-9]/);`);
    assert.deepEqual(citations([spec]), [
      { id: '6455-5.5-2', spec: 'spec/a.spec.ts', title: "it's one" },
      { id: '6455-5.5-3', spec: 'spec/a.spec.ts', title: "it's one" },
      { id: '6455-5.4-1', spec: 'spec/a.spec.ts', title: ': no' },
    ]);
  });

  it('the page shows the spec, the reason or a dash, and the rows of another RFC only when they are proven', () => {
    const text = page({ ...sample, reasons: { '6455-5.5-2': 'a reason' } });
    assert.match(text, /^\| 6455-5\.5-1 \| MUST \| both \| the text of \S+ \| `core\/a\.spec\.ts`: the first \\\| promise \|$/m);
    assert.match(text, /^\| 6455-5\.5-2 \| MUST NOT \| both \| the text of 6455-5\.5-2 \| a reason \|$/m);
    assert.match(text, /^\| 6455-5\.5-3 \| MAY \| both \| the text of 6455-5\.5-3 \| – \|$/m);
    assert.match(text, /: MUST and MUST NOT \| 2 \| 1 \| 1 \| 0 \|$/m);
    assert.doesNotMatch(text, /9112-1-1/);
    const cited = [...sample.citations, { id: '9112-1-1', spec: 'spec/core/b.spec.ts', title: 'b' }];
    assert.match(page({ ...sample, citations: cited }), /^\| 9112-1-1 \| MUST \|/m);
  });

  it('docs/rfc-coverage.md is what the specs say today (npm run coverage:rfc writes it)', () => {
    assert.notEqual(page(sample), page(evidence));
    assert.ok(readPage() === page(evidence), 'docs/rfc-coverage.md is stale: npm run coverage:rfc');
  });
});
