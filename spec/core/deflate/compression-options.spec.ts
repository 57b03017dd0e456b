// What an application chooses of compression: judged at once, by name, and completed.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { compressionChoices, DEFAULT_THRESHOLD, DEFAULT_WINDOW_BITS } from '../../../lib/core/deflate/compression-options.ts';
import type { CompressionChoices, CompressionOptions } from '../../../lib/core/deflate/compression-options.ts';
import type { Role } from '../../../lib/core/wire/opcode.ts';
import { ALL_BITS } from '../../support/negotiation.ts';

const ROLES: readonly Role[] = ['client', 'server'];
const UNCONSTRAINED: CompressionChoices = {
  serverNoContextTakeover: false, clientNoContextTakeover: false, serverMaxWindowBits: 15, clientMaxWindowBits: 12, clientWindowHint: 15,
  threshold: 64, decide: undefined,
};

describe('deflate/compression-options', () => {
  it('by default a client demands nothing, a server asks for 4 KiB, and the compressor of each looks back 4 KiB', () => {
    assert.deepEqual([DEFAULT_WINDOW_BITS, DEFAULT_THRESHOLD], [12, 64]);
    assert.deepEqual(compressionChoices('client', {}), UNCONSTRAINED);
    assert.deepEqual(compressionChoices('server', {}), { ...UNCONSTRAINED, serverMaxWindowBits: 12 });
  });

  it('takes what is chosen', () => {
    const decide = (): boolean => true;
    for (const role of ROLES) {
      for (const serverMaxWindowBits of ALL_BITS) {
        for (const clientMaxWindowBits of ALL_BITS) {
          const options = {
            serverNoContextTakeover: true, clientNoContextTakeover: true, serverMaxWindowBits, clientMaxWindowBits, threshold: 0, decide,
          };
          assert.deepEqual(compressionChoices(role, options), { ...options, clientWindowHint: clientMaxWindowBits });
        }
      }
      assert.equal(compressionChoices(role, { threshold: Infinity }).threshold, Infinity);
      assert.equal(compressionChoices(role, { serverNoContextTakeover: false }).serverNoContextTakeover, false);
    }
  });

  it('§7.1.2.2: the window a client was told to keep to is hinted at, its default is not', () => {
    assert.equal(compressionChoices('client', { clientMaxWindowBits: 12 }).clientWindowHint, 12);
    assert.equal(compressionChoices('client', {}).clientWindowHint, 15);
  });

  it('an option that is undefined is one left out', () => {
    const options = Object.fromEntries(Object.keys(UNCONSTRAINED).filter((key) => key !== 'clientWindowHint').map((key) => [key, undefined]));
    assert.deepEqual(compressionChoices('client', options as CompressionOptions), UNCONSTRAINED);
  });

  it('throws for what makes no sense, naming it', () => {
    const wrong: readonly (readonly [unknown, 'TypeError' | 'RangeError', RegExp])[] = [
      [null, 'TypeError', /^compression must be an object, found null$/],
      ['on', 'TypeError', /^compression must be an object, found on$/],
      [true, 'TypeError', /^compression must be an object/],
      [{ serverMaxWindowbits: 9 }, 'TypeError', /^compression\.serverMaxWindowbits is not an option; known are serverNoContextTakeover, .*, decide$/],
      [{ clientWindowHint: 9 }, 'TypeError', /^compression\.clientWindowHint is not an option/],
      [{ serverNoContextTakeover: 1 }, 'TypeError', /^compression\.serverNoContextTakeover must be a boolean, found number$/],
      [{ clientNoContextTakeover: 'no' }, 'TypeError', /^compression\.clientNoContextTakeover must be a boolean, found string$/],
      [{ serverMaxWindowBits: '9' }, 'TypeError', /^compression\.serverMaxWindowBits must be a number, found string$/],
      [{ clientMaxWindowBits: true }, 'TypeError', /^compression\.clientMaxWindowBits must be a number, found boolean$/],
      ...[7, 16, 9.5, NaN, Infinity, -9].flatMap((bits) => (['serverMaxWindowBits', 'clientMaxWindowBits'] as const).map((name) => [
        { [name]: bits }, 'RangeError', new RegExp(`^compression\\.${name} must be a whole number from 8 to 15, found ${bits}$`),
      ] as const)),
      [{ threshold: '1k' }, 'TypeError', /^compression\.threshold must be a number, found string$/],
      ...[-1, 0.5, NaN, -Infinity, 2 ** 53].map((threshold) => [
        { threshold }, 'RangeError', /^compression\.threshold must be a whole number of at least 0, or Infinity, found /,
      ] as const),
      [{ decide: 'always' }, 'TypeError', /^compression\.decide must be a function, found string$/],
    ];
    for (const role of ROLES) {
      for (const [options, name, message] of wrong) {
        assert.throws(() => compressionChoices(role, options as CompressionOptions), { name, message }, JSON.stringify(options));
      }
    }
  });
});
