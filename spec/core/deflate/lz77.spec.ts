import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { findMatches } from '../../../lib/core/deflate/lz77.ts';
import { MatchIndex } from '../../../lib/core/deflate/match-index.ts';
import { DISTANCES, LITERALS, SLICE_SIZE, scratch } from '../../../lib/core/deflate/scratch.ts';
import { LENGTHS, distanceSymbol } from '../../../lib/core/deflate/symbols.ts';
import { concat, utf8 } from '../../support/bytes.ts';
import { shapedBytes } from '../../support/deflate.ts';
import { Random } from '../../support/random.ts';

const { data, frequencies, tokens } = scratch;
const FAR = 32768;

/** The tokens of `message` behind `history`, a match as `<length,distance>`. */
function said(history: string, message: string, distance: number = FAR): string {
  const index = new MatchIndex(15);
  index.restart(1, history.length);
  return find(utf8(history), utf8(message), distance, index).map(([length, back, octet]) =>
    length === 0 ? String.fromCharCode(octet) : `<${length},${back}>`).join('');
}

type Token = readonly [length: number, distance: number, octet: number];

function find(history: Uint8Array, message: Uint8Array, distance: number, index: MatchIndex): Token[] {
  data.set(history, 0);
  data.set(message, history.length);
  data.fill(0x5a, history.length + message.length, history.length + message.length + 4);
  frequencies.fill(99);
  const count = findMatches(history.length, history.length + message.length, distance, index);
  const counted = new Array<number>(DISTANCES + 30).fill(0);
  for (const token of tokens.subarray(0, count)) {
    (counted[LITERALS + (token < 65536 ? token : (LENGTHS[token >> 16] as number) >> 16)] as number)++;
    if (token >= 65536) (counted[DISTANCES + distanceSymbol(token & 0xffff)] as number)++;
  }
  assert.deepEqual([...frequencies.subarray(0, DISTANCES + 30)], counted, 'their symbols are counted');
  return Array.from(tokens.subarray(0, count), (token) =>
    token < 65536 ? [0, 0, token] as const : [token >> 16, (token & 0xffff) + 1, 0] as const);
}

/** What the tokens say behind `history`; with what no token may be. */
function spoken(history: Uint8Array, found: readonly Token[], distance: number): Uint8Array {
  const bytes = [...history];
  for (const [length, back, octet] of found) {
    if (length === 0) {
      bytes.push(octet);
      continue;
    }
    assert.ok(length >= 4 && length <= 258, `length ${length}`);
    assert.ok(back >= 1 && back <= distance && back <= bytes.length, `distance ${back}`);
    for (let i = 0; i < length; i++) bytes.push(bytes[bytes.length - back] as number);
  }
  return Uint8Array.from(bytes.slice(history.length));
}

describe('what is said by a distance and a length', () => {
  it('is a repetition of four octets or more, in the message and in the history', () => {
    assert.equal(said('', 'abcd-abcd'), 'abcd-<4,5>');
    assert.equal(said('', 'abc-abc-ab'), 'abc-<6,4>');
    assert.equal(said('Hello', 'Hello'), '<5,5>');
    assert.equal(said('one two three', 'two three one'), '<9,9> one');
  });

  it('is no repetition of three octets', () => assert.equal(said('', 'abc.abc'), 'abc.abc'));

  it('may overlap with itself, and is never longer than 258 octets', () => {
    assert.equal(said('', 'a'.repeat(20)), 'a<19,1>');
    assert.equal(said('', 'x'.repeat(1 + 258 + 258 + 2)), 'x<258,1><258,1>xx');
  });

  it('gives way to a longer match at the next octet, this one being said by itself', () => {
    assert.equal(said('xabcd.bcd', '!abcdX'), '!<4,9>X');
    assert.equal(said('xabcd. bcdefghi', '!abcdefghi'), '!a<8,10>');
  });

  it('is the longest of the last four places, and of equal ones the nearest', () => {
    assert.equal(said('abcdefg1abcde2abcd3abcd4', 'abcdefgh'), '<7,24>h');
    assert.equal(said('abcdefg1abcde2abcde3abcde4abcde5', 'abcdefgh'), '<5,6>fgh');
    assert.equal(said('abcd1abcd2', 'abcd3'), '<4,5>3');
  });

  it('is never further back than the distance', () => {
    const history = `abcdefgh${'-'.repeat(8)}`;
    assert.equal(said(history, 'abcdefgh', 16), '<8,16>');
    assert.equal(said(history, 'abcdefgh', 15), 'abcdefgh');
  });

  it('is nothing in a message of fewer than four octets, or of none', () => {
    assert.equal(said('abc', 'abc'), 'abc');
    assert.equal(said('abc', ''), '');
  });

  it('does not lead through the octet at position 0, which stands for none', () => {
    const index = new MatchIndex(15);
    index.restart(0, 5);
    assert.deepEqual(find(utf8('Hello'), utf8('Hello'), FAR, index), [[0, 0, 0x48], [4, 5, 0]]);
  });
});

describe('tokens', () => {
  it('say the message again, at every distance, behind every history', () => {
    const random = new Random(1977);
    for (let round = 0; round < 250; round++) {
      const distance = 1 << (9 + random.below(7));
      const source = shapedBytes(random, distance + 3000);
      const history = source.subarray(0, random.oneIn(4) ? distance : random.below(distance + 1));
      const message = source.subarray(history.length, history.length + random.below(random.pick([8, 300, 3000])));
      const index = new MatchIndex(Math.log2(distance));
      index.restart(random.below(2), history.length);
      assert.deepEqual(spoken(history, find(history, message, distance, index), distance), message);
    }
  });

  it('are as many as the octets of a whole slice at most', () => {
    const noise = new Random(5).bytes(SLICE_SIZE);
    const index = new MatchIndex(15);
    index.restart(1, 0);
    assert.deepEqual(spoken(noise.subarray(0, 0), find(noise.subarray(0, 0), noise, FAR, index), FAR), noise);
  });
});

describe('an index', () => {
  it('leads through each message after it, to the last octet, and gives the same tokens as one that is made again', () => {
    const random = new Random(1978);
    for (const bits of [9, 10, 12]) {
      const size = 1 << bits;
      const kept = new MatchIndex(bits);
      kept.restart(0, 0);
      let history = new Uint8Array(0);
      let sent = 0;
      for (let round = 0; round < 150; round++) {
        const message = shapedBytes(random, random.below(random.pick([4, 20, 200])));
        const again = new MatchIndex(bits);
        again.restart(sent > size ? 1 : 0, history.length);
        const found = find(history, message, size, kept);
        assert.deepEqual(found, find(history, message, size, again), `round ${round}`);
        assert.deepEqual(spoken(history, found, size), message);
        sent += message.length;
        assert.equal(kept.next, sent);
        if (random.oneIn(5)) { // octets that go by unseen
          kept.next += 40;
          sent += 40;
          const unseen = shapedBytes(random, 40);
          history = concat(history, message, unseen).subarray(-size) as Uint8Array<ArrayBuffer>;
        } else {
          history = concat(history, message).subarray(-size) as Uint8Array<ArrayBuffer>;
        }
      }
    }
  });
});
