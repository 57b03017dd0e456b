// Codes and reasons that come from elsewhere, made into what may be sent.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { isCloseCodeOnWire } from '../../lib/core/wire/close-code.ts';
import { fittingReason, sendableCode } from '../../lib/listener/close-safely.ts';
import { Random } from '../support/random.ts';

describe('a code', () => {
  it('that may be sent is kept; 1005 becomes 1000, and every other 1011', () => {
    for (let code = -1; code <= 0x10000; code++) {
      const sent = sendableCode(code);
      assert.ok(isCloseCodeOnWire(sent));
      assert.equal(sent, isCloseCodeOnWire(code) ? code : code === 1005 ? 1000 : 1011);
    }
    for (const nothing of [NaN, Infinity, 1000.5, undefined, '1000']) assert.equal(sendableCode(nothing as number), 1011);
  });
});

describe('a reason', () => {
  const length = (text: string): number => Buffer.byteLength(text);

  it('that fits is kept; a longer one is cut to 123 bytes, between two characters', () => {
    for (const [reason, fitting] of [
      ['', ''], ['x'.repeat(123), 'x'.repeat(123)], ['x'.repeat(124), 'x'.repeat(123)], ['é'.repeat(62), 'é'.repeat(61)], ['€'.repeat(42), '€'.repeat(41)],
      [`${'x'.repeat(119)}😀y`, `${'x'.repeat(119)}😀`], [`${'x'.repeat(120)}😀y`, 'x'.repeat(120)], [`${'x'.repeat(120)}\ud800y`, `${'x'.repeat(120)}\ud800`],
    ] as const) {
      assert.equal(fittingReason(reason), fitting);
    }
  });

  it('of any characters is the longest beginning that fits', () => {
    const random = new Random(1);
    const characters = ['a', 'é', '€', '😀', '\ud800', '\udc00'];
    for (let round = 0; round < 500; round++) {
      const text = Array.from({ length: random.below(160) }, () => characters[random.below(characters.length)]).join('');
      const fitting = fittingReason(text);
      assert.ok(text.startsWith(fitting) && length(fitting) <= 123);
      const next = [...text.slice(fitting.length)][0];
      assert.ok(next === undefined || length(fitting) + length(next) > 123);
    }
  });
});
