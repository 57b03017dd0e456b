import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { header, makeDynamicCodes } from '../../../lib/core/deflate/dynamic-codes.ts';
import { DISTANCES, FIXED_LITERALS, LITERALS, scratch } from '../../../lib/core/deflate/scratch.ts';
import { LENGTHS, clearFrequencies, distanceSymbol } from '../../../lib/core/deflate/symbols.ts';
import { utf8 } from '../../support/bytes.ts';
import { Random } from '../../support/random.ts';

const { codes, frequencies, lengths } = scratch;
const FIXED_DISTANCE_BITS = 5;
const LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

function match(length: number, distance: number): number {
  return (length << 16) | (distance - 1);
}

function makeFor(wanted: ArrayLike<number>): boolean {
  clearFrequencies();
  for (const token of Array.from(wanted)) {
    if (token < 65536) {
      (frequencies[LITERALS + token] as number)++;
      continue;
    }
    (frequencies[LITERALS + ((LENGTHS[token >> 16] as number) >> 16)] as number)++;
    (frequencies[DISTANCES + distanceSymbol(token & 0xffff)] as number)++;
  }
  lengths.fill(0, LITERALS, DISTANCES + 32);
  return makeDynamicCodes(wanted.length);
}

/** The bits of the header. */
function headerBits(): number[] {
  return [...header.entries.subarray(0, header.entryCount)].flatMap((entry) =>
    Array.from({ length: entry >> 24 }, (_, bit) => (entry >> bit) & 1));
}

/** What RFC 1951 §3.2.7 reads in the header. */
function read(): { readonly literals: number[]; readonly distances: number[]; readonly symbols: Set<number> } {
  const bits = headerBits();
  let at = 0;
  const take = (count: number): number => {
    let value = 0;
    for (let i = 0; i < count; i++) value |= (bits[at++] as number) << i;
    return value;
  };
  const literalCount = take(5) + 257;
  const distanceCount = take(5) + 1;
  const lengthCount = take(4) + 4;
  const lengthLengths = new Array<number>(19).fill(0);
  for (let i = 0; i < lengthCount; i++) lengthLengths[LENGTH_ORDER[i] as number] = take(3);
  assert.equal(lengthLengths.reduce((sum, length) => sum + (length === 0 ? 0 : 2 ** -length), 0), 1, 'complete');
  const words = new Map<string, number>();
  let code = 0;
  for (let length = 1; length <= 7; length++, code *= 2) {
    for (const [symbol, its] of lengthLengths.entries()) {
      if (its === length) words.set((code++).toString(2).padStart(length, '0'), symbol);
    }
  }
  const symbols = new Set<number>();
  const said: number[] = [];
  while (said.length < literalCount + distanceCount) {
    let word = '';
    while (!words.has(word)) word += take(1);
    const symbol = words.get(word) as number;
    symbols.add(symbol);
    assert.notEqual(symbol, 16);
    if (symbol < 16) said.push(symbol);
    else for (let count = symbol === 17 ? take(3) + 3 : take(7) + 11; count > 0; count--) said.push(0);
  }
  assert.equal(at, bits.length, 'and nothing behind it');
  return { literals: said.slice(0, literalCount), distances: said.slice(literalCount), symbols };
}

function cost(of: (symbol: number) => number): number {
  let bits = 0;
  for (let symbol = 0; symbol < DISTANCES + 30; symbol++) bits += (frequencies[symbol] as number) * of(symbol);
  return bits;
}

/** What the block takes, header and tokens, without extra bits of the tokens; with its own codes and with the fixed ones. */
function dynamicBits(): number {
  return headerBits().length + cost((symbol) => lengths[symbol] as number);
}

function fixedBits(): number {
  return cost((symbol) => (symbol < DISTANCES ? (codes[FIXED_LITERALS + symbol] as number) >> 16 : FIXED_DISTANCE_BITS));
}

describe('codes of its own', () => {
  it('are made for few symbols often used, and not for noise, nor for what is hardly longer', () => {
    assert.equal(makeFor(utf8('abc'.repeat(100))), true);
    assert.equal(makeFor(new Random(1).bytes(2000)), false);
    assert.equal(makeFor(utf8('The quick brown fox jumps over the lazy dog; 0123456789?')), false);
  });

  it('save what they promise: an eighth, or 40 octets, as far as the estimate goes', () => {
    const random = new Random(3273);
    let made = 0;
    for (let round = 0; round < 200; round++) {
      const letters = 1 + random.below(250);
      const worth = makeFor(Array.from({ length: 60 + random.below(2000) }, () =>
        random.oneIn(4) ? match(4 + random.below(255), 1 + random.below(32768)) : random.below(1 + random.below(letters))));
      if (!worth) continue;
      made++;
      const saved = fixedBits() - dynamicBits();
      assert.ok(saved >= Math.min(fixedBits() / 8, 320) * 0.5, `${saved}`);
    }
    assert.ok(made > 50);
  });

  it('are not used where the header takes more than was estimated and nothing is saved', () => {
    // Sixty octets with gaps between them: the estimate, 4 bits a symbol, is far too low.
    const made: boolean[] = [];
    for (let count = 200; count < 300; count++) {
      const worth = makeFor(Array.from({ length: count }, (_, i) => (4 * i) % 240));
      if (worth) assert.ok(dynamicBits() < fixedBits());
      else if (dynamicBits() >= fixedBits()) made.push(worth);
    }
    assert.ok(made.length > 0);
  });

  it('say their lengths, and zeros in runs: a few, many, and more than one run can say', () => {
    const inputs: readonly (readonly number[])[] = [
      Array.from({ length: 512 }, (_, i) => i % 64),
      Array.from({ length: 600 }, (_, i) => (i % 3 === 0 ? 10 : i % 3 === 1 ? 12 : 20)), // gaps of 1 and of 7
      Array.from({ length: 600 }, (_, i) => (i % 2 === 0 ? 0 : 250)), // a gap of 249
      Array.from({ length: 600 }, (_, i) => (i % 5 === 0 ? match(258, 32768) : i % 2 === 0 ? 65 : 66)),
      Array.from({ length: 600 }, (_, i) => (i % 4 === 0 ? match(4, 1) : i % 4 === 1 ? match(5, 700) : 60 + (i % 7))),
    ];
    const seen = new Set<number>();
    for (const input of inputs) {
      assert.equal(makeFor(input), true);
      const { literals, distances, symbols } = read();
      assert.ok(literals.length >= 257 && distances.length >= 1);
      assert.deepEqual(literals, [...lengths.subarray(LITERALS, LITERALS + literals.length)]);
      assert.deepEqual(distances, [...lengths.subarray(DISTANCES, DISTANCES + distances.length)]);
      assert.ok(lengths.subarray(LITERALS + literals.length, LITERALS + 286).every((length) => length === 0));
      assert.ok(lengths.subarray(DISTANCES + distances.length, DISTANCES + 30).every((length) => length === 0));
      for (const symbol of symbols) seen.add(symbol);
    }
    for (const symbol of [0, 17, 18]) assert.ok(seen.has(symbol), `${symbol}`);
  });

  it('have one distance of no bits where no distance is used (§3.2.7)', () => {
    assert.equal(makeFor(utf8('abc'.repeat(100))), true);
    assert.deepEqual(read().distances, [0]);
  });

  it('have no code of more than 12 bits, of a distance 11: with its extra bits and 7 that wait it fills a word', () => {
    const halves = Array.from({ length: 13 }, (_, i) => Array.from({ length: 1 << (12 - i) }, () => i)).flat();
    const input = [...halves, ...halves.map((i) => match(4, 2 ** i)), ...Array.from({ length: 20 }, (_, i) => 50 + i)];
    assert.equal(makeFor(input), true);
    assert.equal(Math.max(...lengths.subarray(LITERALS, LITERALS + 286)), 12);
    assert.equal(Math.max(...lengths.subarray(DISTANCES, DISTANCES + 30)), 11);
    read();
  });
});
