import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';

import { portablePlatform } from '../../lib/core/platform.ts';
import type { Platform } from '../../lib/core/platform.ts';
import { hex, toHex, utf8 } from '../support/bytes.ts';

const random = (target: Uint8Array): void => { target.fill(7); };

/** Every method of the interface; the compiler holds this list to it. */
const METHODS: Readonly<Record<keyof Platform, true>> = {
  random: true, allocate: true, copy: true, isUtf8: true, decodeUtf8: true, decodeAscii: true, encodeUtf8: true, utf8Length: true, sha1: true,
};

describe('the portable platform', () => {
  it('asks for randomness only, and answers everything else itself', () => {
    const platform = portablePlatform({ random });
    assert.deepEqual(Object.keys(platform).sort(), Object.keys(METHODS).sort());
    for (const method of Object.values(platform)) assert.equal(typeof method, 'function');
  });

  it('fills with the randomness it was given', () => {
    const target = new Uint8Array(3);
    portablePlatform({ random }).random(target);
    assert.equal(toHex(target), '070707');
  });

  it('allocates arrays of the size asked for, a new one each time', () => {
    const { allocate } = portablePlatform({ random });
    assert.deepEqual([allocate(0).length, allocate(5).length], [0, 5]);
    assert.notEqual(allocate(5).buffer, allocate(5).buffer);
  });

  it('copies the range it is given, and shares nothing with it', () => {
    const bytes = hex('00 01 02 03');
    const copied = portablePlatform({ random }).copy(bytes, 1, 3);
    bytes.fill(9);
    assert.equal(toHex(copied), '0102');
    assert.equal(portablePlatform({ random }).copy(Buffer.from([1, 2]), 0, 0).length, 0);
  });

  it('judges, decodes, measures and encodes UTF-8 in the range it is given', () => {
    const platform = portablePlatform({ random });
    const bytes = hex('ff efbbbf 61 e282ac ff');
    assert.equal(platform.isUtf8(bytes, 1, 8), true);
    assert.equal(platform.isUtf8(bytes, 0, 8), false);
    assert.equal(platform.isUtf8(bytes, 1, 7), false);
    assert.equal(platform.decodeUtf8(bytes, 1, 8), '\uFEFFa€');
    assert.equal(platform.decodeAscii(utf8('xHellox'), 1, 6), 'Hello');
    const target = new Uint8Array(8);
    assert.equal(platform.encodeUtf8('a€\ud800', target, 1), 7);
    assert.equal(toHex(target), '0061e282acefbfbd');
    assert.equal(platform.utf8Length('a€\ud800'), 7);
  });

  it('digests as SHA-1 does', () => {
    const { sha1 } = portablePlatform({ random });
    for (const text of ['', 'abc', 'x'.repeat(200)]) {
      assert.equal(toHex(sha1(utf8(text))), createHash('sha1').update(text).digest('hex'));
    }
  });

  for (const name of Object.keys(METHODS) as (keyof Platform)[]) {
    it(`takes ${name} from the host, and nothing else`, () => {
      const own = (): never => assert.fail('called');
      const platform = portablePlatform({ random, [name]: own });
      const untouched = portablePlatform({ random });
      assert.equal(platform[name], own);
      for (const other of Object.keys(METHODS) as (keyof Platform)[]) {
        if (other !== name && other !== 'allocate') assert.equal(platform[other], untouched[other], other);
      }
    });

    it(`throws a TypeError that names ${name} when it is not a function`, () => {
      for (const value of [null, 0, 'sha1', {}, true]) {
        const host = { random, [name]: value } as unknown as Platform;
        assert.throws(() => portablePlatform(host), { name: 'TypeError', message: `platform.${name} must be a function, found ${typeof value}` });
      }
    });
  }

  it('keeps its own answer where the host’s is undefined', () => {
    const host = { random, sha1: undefined } as unknown as Platform;
    assert.equal(portablePlatform(host).sha1, portablePlatform({ random }).sha1);
  });

  it('throws a TypeError when no randomness is given, as nothing portable can stand in for it', () => {
    for (const host of [{}, { random: undefined }]) {
      const message = 'platform.random must be a function, found undefined';
      assert.throws(() => portablePlatform(host as unknown as Platform), { name: 'TypeError', message });
    }
  });

  it('throws a TypeError that names an override the core never asks for', () => {
    for (const name of ['sha256', 'toString', 'constructor', 'Random', '']) {
      const host = { random, [name]: random };
      assert.throws(() => portablePlatform(host), { name: 'TypeError', message: `platform.${name} is not something the core asks for` });
    }
  });

  it('leaves the host’s object as it was', () => {
    const host = Object.freeze({ random });
    portablePlatform(host);
    assert.deepEqual(Object.keys(host), ['random']);
  });
});
