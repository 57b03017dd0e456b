// DESIGN §2, law 4: memory follows bytes that arrived.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { GrowingOctets } from '../../../lib/core/handshake/growing.ts';
import { Random } from '../../support/random.ts';

describe('handshake/growing', () => {
  it('keeps octets one by one and many at a time, in order', () => {
    const bytes = new Random(1).bytes(3_000);
    const octets = new GrowingOctets();
    for (let at = 0; at < 1_000; at++) octets.push(bytes[at] as number);
    octets.append(bytes.subarray(1_000, 1_001));
    octets.append(bytes.subarray(1_001));
    octets.append(new Uint8Array(0));
    assert.equal(octets.length, 3_000);
    assert.deepEqual(octets.copy(), bytes);
    assert.deepEqual(octets.octets.subarray(0, 3_000), bytes);
  });

  it('holds at most about twice what it keeps, whatever the number of parts', () => {
    const octets = new GrowingOctets();
    for (let at = 0; at < 10_000; at++) {
      octets.push(at & 0xff);
      assert.ok(octets.octets.length <= Math.max(256, 2 * octets.length));
    }
    const large = new GrowingOctets();
    large.append(new Uint8Array(100_000));
    assert.equal(large.octets.length, 100_000);
  });

  it('forgets and starts again, and a copy stays as it was', () => {
    const octets = new GrowingOctets();
    octets.push(1);
    const copy = octets.copy();
    octets.clear();
    assert.equal(octets.length, 0);
    octets.push(2);
    assert.deepEqual(copy, Uint8Array.of(1));
    assert.deepEqual(octets.copy(), Uint8Array.of(2));
  });
});
