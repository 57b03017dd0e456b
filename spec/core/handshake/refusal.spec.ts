// One table, one row a rule.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { quote, Refusal, refusalRules } from '../../../lib/core/handshake/refusal.ts';

describe('handshake/refusal', () => {
  it('every row has a name, a section, a sentence and a status that is an HTTP error or 0; no name twice', () => {
    for (const { name, status, section, sentence } of refusalRules) {
      assert.match(name, /^[A-Z][A-Z0-9_]+$/);
      assert.ok(status === 0 || (status >= 400 && status <= 599), name);
      assert.match(section, /^RFC \d{4} §\d+(\.\d+)*$/, name);
      assert.match(sentence, /^[A-Z].*\.$/, name);
    }
    assert.equal(new Set(refusalRules.map(({ name }) => name)).size, refusalRules.length);
  });

  it('a refusal has its row, what was expected and what was found, in one line', () => {
    const refusal = new Refusal('KEY_INVALID', '16 bytes', quote('Zm9v'));
    assert.equal(refusal.name, 'KEY_INVALID');
    assert.equal(refusal.status, 400);
    assert.equal(refusal.section, 'RFC 6455 §4.2.1');
    assert.equal(refusal.message, `KEY_INVALID: ${refusal.sentence} (RFC 6455 §4.2.1) Expected 16 bytes; found "Zm9v".`);
  });

  it("a peer's text is quoted, escaped and bounded", () => {
    assert.equal(quote('a "b" \\ \r\n\0\x7f\xe9\u2028'), '"a \\u0022b\\u0022 \\u005c \\u000d\\u000a\\u0000\\u007f\\u00e9\\u2028"');
    assert.equal(quote('x'.repeat(64)), `"${'x'.repeat(64)}"`);
    assert.equal(quote('x'.repeat(65)), `"${'x'.repeat(64)}"… (65 characters)`);
    assert.equal(quote(''), '""');
  });
});
