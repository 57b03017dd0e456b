// RFC 3174, against the host's own.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';

import { sha1 } from '../../../lib/core/handshake/sha1.ts';
import { toHex, utf8 } from '../../support/bytes.ts';
import { Random } from '../../support/random.ts';

describe('handshake/sha1', () => {
  it('RFC 3174 §7.3: the test vectors', () => {
    assert.equal(toHex(sha1(utf8('abc'))), 'a9993e364706816aba3e25717850c26c9cd0d89d');
    assert.equal(toHex(sha1(utf8('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'))), '84983e441c3bd26ebaae4aa1f95129e5e54670f1');
    assert.equal(toHex(sha1(utf8('a'.repeat(1_000_000)))), '34aa973cd4c4daa4f61eeb2bdbad27316534016f');
  });

  it('every length over three blocks hashes as the host hashes it', () => {
    const random = new Random(3);
    for (let length = 0; length < 200; length++) {
      const bytes = random.bytes(length);
      assert.equal(toHex(sha1(bytes)), createHash('sha1').update(bytes).digest('hex'), `length ${length}`);
    }
  });

  it('what is hashed is not changed', () => {
    const bytes = utf8('unchanged');
    sha1(bytes);
    assert.deepEqual(bytes, utf8('unchanged'));
  });
});
