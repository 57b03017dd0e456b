import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { chooseLengths, findUsed, makeCodes, makeCodesOf } from '../../../lib/core/deflate/huffman-encoder.ts';
import { scratch } from '../../../lib/core/deflate/scratch.ts';
import { Random } from '../../support/random.ts';

const { frequencies, used, lengths, codes } = scratch;

interface Code {
  readonly bits: number;
  readonly lengths: readonly number[];
  /** Codes as they are sent, first bit first; empty for a symbol that has none. */
  readonly codes: readonly string[];
}

/** The code for `wanted`, made at any even place of the tables. */
function codeFor(wanted: readonly number[], limit: number = 15, from: number = 0): Code {
  const to = from + wanted.length + (wanted.length & 1);
  frequencies.fill(0);
  frequencies.set(wanted, from);
  lengths.fill(0);
  codes.fill(0);
  const end = findUsed(from, to, 3);
  chooseLengths(3, end, wanted.reduce((sum, weight) => sum + weight, 0), limit);
  makeCodes(3, end);
  const made = Array.from(lengths.subarray(from, from + wanted.length));
  return { bits: costOf(wanted, made), lengths: made, codes: sentCodes(from, wanted.length) };
}

function costOf(wanted: readonly number[], made: readonly number[]): number {
  return wanted.reduce((sum, weight, i) => sum + weight * (made[i] as number), 0);
}

function sentCodes(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    const code = codes[from + i] as number;
    const length = lengths[from + i] as number;
    if (length === 0) return '';
    assert.equal(code >> 16, length);
    return Array.from({ length }, (_bit, bit) => (code >> bit) & 1).join('');
  });
}

/** The cost of the best code without a limit: the sum of the inner nodes of Huffman's tree, two smallest at a time. */
function huffmanCost(wanted: readonly number[]): number {
  const weights = wanted.filter((weight) => weight > 0).sort((a, b) => a - b);
  let cost = 0;
  while (weights.length > 1) {
    const joined = (weights.shift() as number) + (weights.shift() as number);
    cost += joined;
    const at = weights.findIndex((weight) => weight > joined);
    weights.splice(at === -1 ? weights.length : at, 0, joined);
  }
  return cost;
}

/** The cost of the best code with a limit: packages and merges (Larmore and Hirschberg). */
function limitedCost(wanted: readonly number[], limit: number): number {
  const coins = wanted.filter((weight) => weight > 0).map((weight) => ({ weight, leaves: 1 })).sort((a, b) => a.weight - b.weight);
  let row: number[] = [];
  for (let level = 0; level < limit; level++) {
    const packages: number[] = [];
    for (let i = 0; i + 1 < row.length; i += 2) packages.push((row[i] as number) + (row[i + 1] as number));
    row = [...coins.map(({ weight }) => weight), ...packages].sort((a, b) => a - b);
  }
  return row.slice(0, 2 * coins.length - 2).reduce((sum, weight) => sum + weight, 0);
}

function kraft(of: readonly number[]): number {
  return of.reduce((sum, length) => sum + (length === 0 ? 0 : 2 ** -length), 0);
}

const FIBONACCI: readonly number[] = Array.from({ length: 24 }, (_, n) => Math.round(((1 + Math.sqrt(5)) / 2) ** (n + 1) / Math.sqrt(5)));

describe('a code', () => {
  it('is the one that RFC 1951 §3.2.2 shows for the lengths 3, 3, 3, 3, 3, 2, 4, 4', () => {
    const made = codeFor([8, 8, 8, 8, 8, 16, 4, 4]);
    assert.deepEqual(made.lengths, [3, 3, 3, 3, 3, 2, 4, 4]);
    assert.deepEqual(made.codes, ['010', '011', '100', '101', '110', '00', '1110', '1111']);
  });

  it('is complete, free of prefixes, where it is asked for, and costs hardly more than the best', () => {
    const random = new Random(1952);
    let ours = 0;
    let best = 0;
    for (let round = 0; round < 120; round++) {
      const symbols = 2 + random.below(285);
      const most = random.pick([2, 20, 200]);
      const wanted = Array.from({ length: symbols }, () => (random.oneIn(3) ? 0 : 1 + Math.floor(most ** (random.below(1000) / 1000))));
      wanted[0] = wanted[symbols - 1] = 1;
      const made = codeFor(wanted, 12, 2 * random.below(150));
      const least = huffmanCost(wanted);
      assert.ok(made.bits >= least && made.bits <= 1.1 * least, `${made.bits} against ${least}`);
      ours += made.bits;
      best += least;
      assert.deepEqual(made.lengths.map((length) => length > 0), wanted.map((weight) => weight > 0));
      assert.equal(kraft(made.lengths), 1);
      const sent = made.codes.filter((code) => code !== '').sort();
      for (let i = 1; i < sent.length; i++) assert.ok(!(sent[i] as string).startsWith(sent[i - 1] as string));
    }
    assert.ok(ours <= 1.02 * best, `${ours} against ${best}`);
  });

  it('has no symbol of more bits than the limit, and costs at most a tenth more than the best of those', () => {
    for (const limit of [15, 12, 7]) {
      for (const wanted of [FIBONACCI, [...FIBONACCI].reverse(), FIBONACCI.slice(0, 17), FIBONACCI.slice(0, 12), [1, 40_000]]) {
        const made = codeFor(wanted, limit);
        assert.ok(Math.max(...made.lengths) <= limit);
        assert.equal(kraft(made.lengths), 1);
        const best = limitedCost(wanted, limit);
        assert.ok(made.bits >= best && made.bits <= best * 1.1, `${made.bits} against ${best}`);
      }
    }
  });

  it('makes room for rare symbols where they would have to be longer', () => {
    const wanted = [30_000, 20_000, 9000, 5000, ...Array.from({ length: 100 }, () => 1)];
    const made = codeFor(wanted, 8);
    assert.equal(kraft(made.lengths), 1);
    assert.ok(Math.max(...made.lengths) <= 8);
    assert.ok(made.bits <= 1.1 * limitedCost(wanted, 8));
  });

  it('has one bit for a symbol that is alone (§3.2.7), and nothing for none', () => {
    const alone = codeFor([0, 0, 9, 0]);
    assert.deepEqual(alone.lengths, [0, 0, 1, 0]);
    assert.deepEqual(alone.codes, ['', '', '0', '']);
    assert.deepEqual(codeFor([0, 0, 0]).lengths, [0, 0, 0]);
  });

  it('is made of lengths alone where those are given, some of them 0', () => {
    lengths.set([3, 3, 3, 3, 3, 2, 0, 4, 4], 100);
    makeCodesOf(100, 109);
    assert.deepEqual(sentCodes(100, 9), ['010', '011', '100', '101', '110', '00', '', '1110', '1111']);
  });
});

describe('the symbols in use', () => {
  it('are listed in order, behind those there are', () => {
    frequencies.fill(0);
    for (const symbol of [10, 11, 14, 17, 30]) frequencies[symbol] = 1 + symbol;
    assert.equal(findUsed(10, 20, 2), 6);
    assert.deepEqual([...used.subarray(2, 6)], [10, 11, 14, 17]);
    assert.equal(findUsed(18, 30, 6), 6);
  });
});
