// RFC 4648 §4, as strict as RFC 6455 §4.3 wants it.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { decodeBase64, encodeBase64 } from '../../../lib/core/handshake/base64.ts';
import { Random } from '../../support/random.ts';

describe('handshake/base64', () => {
  it('RFC 4648 §10: the test vectors, both ways', () => {
    const vectors = [['', ''], ['f', 'Zg=='], ['fo', 'Zm8='], ['foo', 'Zm9v'], ['foob', 'Zm9vYg=='], ['fooba', 'Zm9vYmE='], ['foobar', 'Zm9vYmFy']];
    for (const [text, encoded] of vectors as [string, string][]) {
      const bytes = Uint8Array.from(Buffer.from(text));
      assert.equal(encodeBase64(bytes), encoded);
      assert.deepEqual(decodeBase64(encoded), bytes);
    }
  });

  it('RFC 4648 §3.5: pad bits are written as zero, at any length, and what was written is read again [4648-3.5-1]', () => {
    const random = new Random(5);
    for (let length = 0; length < 70; length++) {
      const bytes = random.bytes(length);
      const encoded = encodeBase64(bytes);
      assert.equal(encoded, Buffer.from(bytes).toString('base64'));
      assert.deepEqual(decodeBase64(encoded), bytes);
    }
  });

  it('RFC 4648 §3.3: a character outside the alphabet is refused [4648-3.3-1]', () => {
    for (let code = 0; code < 0x180; code++) {
      const character = String.fromCharCode(code);
      const inAlphabet = /^[A-Za-z0-9+/]$/.test(character);
      assert.equal(decodeBase64(`AA${character}A`) !== null, inAlphabet, `code ${code}`);
      assert.equal(decodeBase64(`${character}AAA`) !== null, inAlphabet, `code ${code} first`);
    }
  });

  it('§4.3: base64 is whole groups of four with the padding where it belongs [6455-4.3-1]', () => {
    for (const bad of ['A', 'AA', 'AAA', 'AAAAA', 'AA=', 'A===', '====', '=AAA', 'A=AA', 'AA=A', 'AAAA====', 'AA==AAAA', 'AA ==']) {
      assert.equal(decodeBase64(bad), null, bad);
    }
  });

  it('RFC 4648 §3.5: non-zero pad bits are read and ignored [4648-3.5-2]', () => {
    assert.deepEqual(decodeBase64('Zh=='), decodeBase64('Zg=='));
    assert.deepEqual(decodeBase64('Zm9='), decodeBase64('Zm8='));
  });
});
