import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { checkKnown, checkNumber } from '../../../lib/core/protocol/options.ts';

describe('the names of options', () => {
  const known: ReadonlySet<string> = new Set(['a', 'b']);

  it('are the known ones, or none', () => {
    for (const options of [{}, { a: 1 }, { b: undefined, a: null }]) checkKnown('x', options, known);
  });

  it('are refused when unknown, in the case they were written in and also from a prototype’s vocabulary', () => {
    for (const name of ['c', 'A', '__proto__x', 'constructor', 'toString', '']) {
      assert.throws(() => checkKnown('x', { a: 1, [name]: 2 }, known),
        { name: 'TypeError', message: `x.${name} is not an option; known are a, b` });
    }
  });

  it('stand in an object', () => {
    for (const value of [null, undefined, 1, 'off', true]) {
      assert.throws(() => checkKnown('x', value as unknown as object, known),
        { name: 'TypeError', message: `x must be an object, found ${value}` });
    }
  });
});

describe('a number', () => {
  it('is the fallback when it is not given, whatever that is', () => {
    assert.equal(checkNumber('x', undefined, -7, 5), -7);
  });

  it('is whole and not below its least, or Infinity', () => {
    for (const value of [5, 6, Number.MAX_SAFE_INTEGER, Infinity]) assert.equal(checkNumber('x', value, 0, 5), value);
    for (const value of [4, -5, 5.5, NaN, -Infinity, Number.MAX_SAFE_INTEGER + 1, 1e300]) {
      assert.throws(() => checkNumber('x', value, 0, 5),
        { name: 'RangeError', message: `x must be a whole number of at least 5, or Infinity, found ${value}` });
    }
  });

  it('is no string that looks like one, nor null', () => {
    for (const value of ['5', null, {}, [5], 5n, true]) {
      assert.throws(() => checkNumber('x', value as unknown as number, 0, 5),
        { name: 'TypeError', message: `x must be a number, found ${typeof value}` });
    }
  });
});
