import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { leastBits, makeCode, makeFixedCode } from '../../../lib/core/deflate/huffman-encoder.ts';
import { scratch } from '../../../lib/core/deflate/scratch.ts';
import { Random } from '../../support/random.ts';

const { frequencies, lengths, codes } = scratch;

interface Code {
  readonly bits: number;
  readonly lengths: readonly number[];
  /** Codes as they are sent, first bit first; empty for a symbol that has none. */
  readonly codes: readonly string[];
}

/** The code for `wanted`, made at any place of the tables. */
function codeFor(wanted: readonly number[], limit: number = 15, from: number = 0): Code {
  frequencies.set(wanted, from);
  lengths.fill(7, from, from + wanted.length); // what an earlier code left there
  const bits = makeCode(from, from + wanted.length, limit);
  return { bits, lengths: Array.from(lengths.subarray(from, from + wanted.length)), codes: sentCodes(from, wanted.length) };
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

describe('a Huffman code', () => {
  it('is the one that RFC 1951 §3.2.2 shows for the lengths 3, 3, 3, 3, 3, 2, 4, 4', () => {
    const made = codeFor([10, 10, 10, 10, 10, 20, 5, 5]);
    assert.deepEqual(made.lengths, [3, 3, 3, 3, 3, 2, 4, 4]);
    assert.deepEqual(made.codes, ['010', '011', '100', '101', '110', '00', '1110', '1111']);
    assert.equal(made.bits, 5 * 30 + 40 + 2 * 20);
  });

  it('is as short as any can be, complete, free of prefixes, and where it is asked for', () => {
    const random = new Random(1952);
    for (let round = 0; round < 60; round++) {
      const symbols = 2 + random.below(285);
      const most = random.pick([2, 20, 200]); // too few for a code of more than 15 bits
      const wanted = Array.from({ length: symbols }, () => (random.oneIn(3) ? 0 : random.below(most)));
      wanted[0] = wanted[symbols - 1] = 1;
      const made = codeFor(wanted, 15, random.below(300));
      assert.equal(made.bits, huffmanCost(wanted));
      assert.equal(made.bits, wanted.reduce((sum, weight, i) => sum + weight * (made.lengths[i] as number), 0));
      assert.deepEqual(made.lengths.map((length) => length > 0), wanted.map((weight) => weight > 0));
      assert.equal(kraft(made.lengths), 1);
      const sent = made.codes.filter((code) => code !== '').sort();
      for (let i = 1; i < sent.length; i++) assert.ok(!(sent[i] as string).startsWith(sent[i - 1] as string));
    }
  });

  it('has no symbol of more than 15 bits, or 7, and costs at most a tenth more than the best of those', () => {
    for (const limit of [15, 7]) {
      for (const wanted of [FIBONACCI, [...FIBONACCI].reverse(), FIBONACCI.slice(0, 17), FIBONACCI.slice(0, 12)]) {
        const made = codeFor(wanted, limit);
        assert.ok(Math.max(...made.lengths) <= limit);
        assert.equal(kraft(made.lengths), 1);
        const best = limitedCost(wanted, limit);
        assert.ok(made.bits >= best && made.bits <= best * 1.1, `${made.bits} against ${best}`);
      }
    }
  });

  it('has one bit for a symbol that is alone (§3.2.7), and nothing for none', () => {
    const alone = codeFor([0, 0, 9, 0]);
    assert.deepEqual(alone.lengths, [0, 0, 1, 0]);
    assert.deepEqual(alone.codes, ['', '', '0', '']);
    assert.equal(alone.bits, 9);
    const none = codeFor([0, 0, 0]);
    assert.deepEqual(none.lengths, [0, 0, 0]);
    assert.equal(none.bits, 0);
  });

  it('is made of lengths alone where those are given', () => {
    lengths.set([3, 3, 3, 3, 3, 2, 4, 4], 100);
    makeFixedCode(100, 108);
    assert.deepEqual(sentCodes(100, 8), ['010', '011', '100', '101', '110', '00', '1110', '1111']);
  });
});

describe('the estimate of a code', () => {
  it('is what no code can do without, and what a code needs but for less than a bit a symbol', () => {
    const random = new Random(1948);
    for (let round = 0; round < 40; round++) {
      const most = random.pick([2, 20, 300, 5000]);
      const wanted = Array.from({ length: 2 + random.below(200) }, () => random.below(most));
      wanted[0] = wanted[1] = 1;
      frequencies.set(wanted, 0);
      const least = leastBits(0, wanted.length, 0);
      const total = wanted.reduce((sum, weight) => sum + weight, 0);
      const cost = huffmanCost(wanted);
      assert.ok(least <= cost + 1e-6 && cost < least + total, `${least}, ${cost}`);
      const used = wanted.filter((weight) => weight > 0).length;
      assert.ok(Math.abs(leastBits(0, wanted.length, 4) - least - 4 * used) < 1e-6);
    }
  });
});
