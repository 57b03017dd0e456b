import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { findQuickly } from '../../../lib/core/deflate/quick-matches.ts';
import { DISTANCES, LITERALS, scratch } from '../../../lib/core/deflate/scratch.ts';
import { LENGTHS, distanceSymbol } from '../../../lib/core/deflate/symbols.ts';
import { utf8 } from '../../support/bytes.ts';
import { jsonMessages, shapedBytes } from '../../support/deflate.ts';
import { Random } from '../../support/random.ts';

const { data, frequencies, tokens } = scratch;
const FAR = 32768;

/** The tokens of `message`; what is behind it in memory is `behind`. */
function find(message: Uint8Array, distance: number = FAR, behind: number = 0x5a): number[] {
  data.set(message, 0);
  data.fill(behind, message.length, message.length + 4);
  frequencies.fill(99);
  const found = [...tokens.subarray(0, findQuickly(message.length, distance))];
  const counted = new Array<number>(DISTANCES + 30).fill(0);
  for (const token of found) {
    (counted[LITERALS + (token < 65536 ? token : (LENGTHS[token >> 16] as number) >> 16)] as number)++;
    if (token >= 65536) (counted[DISTANCES + distanceSymbol(token & 0xffff)] as number)++;
  }
  assert.deepEqual([...frequencies.subarray(0, DISTANCES + 30)], counted, 'their symbols are counted');
  return found;
}

/** The same, a match as `<length,distance>`. */
function said(message: string, distance: number = FAR): string {
  return find(utf8(message), distance).map((token) =>
    token < 65536 ? String.fromCharCode(token) : `<${token >> 16},${(token & 0xffff) + 1}>`).join('');
}

/** What the tokens say, with what no token may be. */
function spoken(found: readonly number[], distance: number): Uint8Array {
  const bytes: number[] = [];
  for (const token of found) {
    if (token < 65536) {
      bytes.push(token);
      continue;
    }
    const length = token >> 16;
    const back = (token & 0xffff) + 1;
    assert.ok(length >= 4 && length <= 258, `length ${length}`);
    assert.ok(back <= distance && back <= bytes.length, `distance ${back}`);
    for (let i = 0; i < length; i++) bytes.push(bytes[bytes.length - back] as number);
  }
  return Uint8Array.from(bytes);
}

describe('what is said by a distance and a length', () => {
  it('is a repetition of four octets or more', () => {
    assert.equal(said('abcd-abcd'), 'abcd-<4,5>');
    assert.equal(said('abc.abc'), 'abc.abc');
    assert.equal(said('abc'), 'abc');
    assert.equal(said(''), '');
  });

  it('may overlap with itself, and is never longer than 258 octets', () => {
    assert.equal(said('a'.repeat(20)), 'a<19,1>');
    assert.equal(said('x'.repeat(1 + 258 + 258 + 2)), 'x<258,1><258,1>xx');
  });

  it('gives way to a longer match at the next octet, and not to one as long', () => {
    assert.equal(said('abcd.bcdefg.!abcdefg'), 'abcd.bcdefg.!a<6,9>');
    assert.equal(said('abcd.bcde.!abcde'), 'abcd.bcde.!<4,11>e');
  });

  it('is never further back than the distance', () => {
    const text = `abcdefgh${'-'.repeat(8)}abcdefgh`;
    assert.equal(said(text, 16), 'abcdefgh-<7,1><8,16>');
    assert.equal(said(text, 15), 'abcdefgh-<7,1>abcdefgh');
    assert.equal(said('abcd.bcdefg.!abcdefg', 8), 'abcd.bcdefg.!abcdefg');
  });
});

describe('tokens', () => {
  it('say the message again, at every distance, and are the same whatever came before and lies behind', () => {
    const random = new Random(1977);
    for (let round = 0; round < 400; round++) {
      const distance = 1 << (8 + random.below(8));
      const message = shapedBytes(random, random.below(random.pick([8, 300, 4097])));
      const found = find(message, distance);
      assert.deepEqual(spoken(found, distance), message);
      if (random.oneIn(4)) find(shapedBytes(random, random.below(4097)));
      assert.deepEqual(find(message, distance, random.below(256)), found);
    }
  });

  it('are few for what is sent', () => {
    for (const message of jsonMessages(new Random(2), 2000, 8)) assert.ok(find(message).length < message.length / 2);
  });
});
