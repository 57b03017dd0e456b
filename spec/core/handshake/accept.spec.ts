// RFC 6455 §4.1, §4.2.2: key and answer.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { acceptKeyOf, createKey, isKey } from '../../../lib/core/handshake/accept.ts';
import { sha1 } from '../../../lib/core/handshake/sha1.ts';
import { hex, toHex } from '../../support/bytes.ts';
import { readJson } from '../../support/project.ts';
import { Random } from '../../support/random.ts';

interface AcceptVector { readonly key: string; readonly accept: string; readonly sha1: string; readonly note: string }

const { accept: vectors } = readJson<{ accept: readonly AcceptVector[] }>('spec/vectors/vectors.json');

describe('handshake/accept', () => {
  for (const vector of vectors) {
    it(`§4.2.2: Sec-WebSocket-Accept of ${vector.key} is ${vector.accept}: base64 of SHA-1 of the key's text and the GUID ` +
      '[6455-4.2.2-8] [6455-4.2.2-21]', () => {
      const digests: string[] = [];
      const platform = { sha1: (bytes: Uint8Array): Uint8Array => {
        const digest = sha1(bytes);
        digests.push(toHex(digest));
        return digest;
      } };
      assert.equal(acceptKeyOf(vector.key, platform), vector.accept);
      assert.deepEqual(digests, [vector.sha1]);
      assert.equal(isKey(vector.key), true);
    });
  }

  it('§4.3: Sec-WebSocket-Accept is 28 characters of the standard alphabet that end in "=" [6455-4.2.2-22]', () => {
    const random = new Random(11);
    for (let round = 0; round < 100; round++) {
      assert.match(acceptKeyOf(createKey(platformOf(random)), { sha1 }), /^[A-Za-z0-9+/]{27}=$/);
    }
  });

  it('§4.1: the key is the base64 of a 16-byte nonce with zero pad bits; erratum 3150: 01..10 ends in A [6455-4.1-30] [6455-4.1-32]', () => {
    const random = (target: Uint8Array): void => { target.set(hex('0102030405060708090a0b0c0d0e0f10')); };
    assert.equal(createKey({ random }), 'AQIDBAUGBwgJCgsMDQ4PEA==');
    const source = new Random(17);
    for (let round = 0; round < 100; round++) assert.match(createKey(platformOf(source)), /^[A-Za-z0-9+/]{21}[AQgw]==$/);
  });

  it('§4.1: a nonce is chosen at random for every key [6455-4.1-31]', () => {
    const sizes: number[] = [];
    const source = new Random(23);
    const random = (target: Uint8Array): void => {
      sizes.push(target.length);
      source.fill(target);
    };
    const keys = new Set(Array.from({ length: 1000 }, () => createKey({ random })));
    assert.equal(keys.size, 1000);
    assert.deepEqual(new Set(sizes), new Set([16]));
    assert.equal(sizes.length, 1000);
  });

  it('§4.2.1: what does not decode to 16 bytes is no key [6455-4.2.1-8]', () => {
    const bad = [
      '', 'Zm9v', 'AAAAAAAAAAAAAAAAAAAA', 'AAAAAAAAAAAAAAAAAAAAAAA=', 'AAAAAAAAAAAAAAAAAAAAAAAA', 'dGhlIHNhbXBsZSBub25jZQ',
      'dGhlIHNhbXBs ZSBub25jZQ==', '__________________-__w==', 'dGhlIHNhbXBsZSBub25jZQ==,', 'dGhlIHNhbXBsZSBub25jZQ=\n',
    ];
    for (const text of bad) assert.equal(isKey(text), false, text);
  });
});

function platformOf(source: Random): { random(target: Uint8Array): void } {
  return { random: (target) => source.fill(target) };
}
