import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { FIRST_RUN, LENGTH_ORDER, RUN_BITS, header, makeDynamicCodes } from '../../../lib/core/deflate/dynamic-codes.ts';
import { DISTANCES, FIXED_LITERALS, LITERALS, RUNS, scratch } from '../../../lib/core/deflate/scratch.ts';
import { utf8 } from '../../support/bytes.ts';
import { Random } from '../../support/random.ts';

const { codes, lengths, tokens } = scratch;
const FIXED_DISTANCE_BITS = 5;

function match(length: number, distance: number): number {
  return (length << 16) | (distance - 1);
}

function makeFor(wanted: ArrayLike<number>): boolean {
  tokens.set(wanted);
  return makeDynamicCodes(wanted.length);
}

/** The lengths that the header's runs say, literals and distances. */
function saidLengths(): number[] {
  const said: number[] = [];
  for (const run of header.runs.subarray(0, header.runCount)) {
    const symbol = run & 255;
    assert.ok(symbol < 19);
    if (symbol < FIRST_RUN) {
      said.push(symbol);
      continue;
    }
    const bits = RUN_BITS[symbol - FIRST_RUN] as number;
    assert.ok(run >> 8 < 1 << bits);
    const count = (run >> 8) + (symbol === 18 ? 11 : 3);
    for (let i = 0; i < count; i++) said.push(symbol === FIRST_RUN ? said.at(-1) as number : 0);
  }
  return said;
}

/** What the block takes, header and tokens, without extra bits of the tokens. */
function dynamicBits(): number {
  let bits = 14 + 3 * header.lengthCount;
  for (const run of header.runs.subarray(0, header.runCount)) {
    const symbol = run & 255;
    bits += lengths[RUNS + symbol] as number;
    if (symbol >= FIRST_RUN) bits += RUN_BITS[symbol - FIRST_RUN] as number;
  }
  for (let symbol = 0; symbol < 320; symbol++) bits += (scratch.frequencies[symbol] as number) * (lengths[symbol] as number);
  return bits;
}

function fixedBits(): number {
  let bits = 0;
  for (let symbol = 0; symbol < 286; symbol++) {
    bits += (scratch.frequencies[LITERALS + symbol] as number) * ((codes[FIXED_LITERALS + symbol] as number) >> 16);
  }
  for (let symbol = 0; symbol < 30; symbol++) bits += (scratch.frequencies[DISTANCES + symbol] as number) * FIXED_DISTANCE_BITS;
  return bits;
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
      const wanted = Array.from({ length: 60 + random.below(2000) }, () =>
        random.oneIn(4) ? match(4 + random.below(255), 1 + random.below(32768)) : random.below(1 + random.below(letters)));
      const worth = makeFor(wanted);
      const saved = 1 - (worth ? dynamicBits() / fixedBits() : 1);
      if (!worth) continue;
      made++;
      assert.ok(fixedBits() - dynamicBits() >= Math.min(fixedBits() / 8, 320) * 0.5, `${saved}`);
    }
    assert.ok(made > 50);
  });

  it('say their lengths in runs: again, zeros, many zeros, and what is too short for a run', () => {
    const inputs: readonly (readonly number[])[] = [
      Array.from({ length: 512 }, (_, i) => i % 64), // 64 equal lengths
      Array.from({ length: 600 }, (_, i) => (i % 3 === 0 ? 10 : i % 3 === 1 ? 12 : 20)), // gaps of 1 and of 7
      Array.from({ length: 600 }, (_, i) => (i % 2 === 0 ? 0 : 250)), // a gap of 249
      Array.from({ length: 600 }, (_, i) => (i % 5 === 0 ? match(258, 32768) : i % 2 === 0 ? 65 : 66)),
    ];
    const seen = new Set<number>();
    for (const input of inputs) {
      assert.equal(makeFor(input), true);
      assert.equal(header.literalCount >= 257 && header.distanceCount >= 1, true);
      assert.deepEqual(saidLengths(), [
        ...lengths.subarray(LITERALS, LITERALS + header.literalCount), ...lengths.subarray(DISTANCES, DISTANCES + header.distanceCount),
      ]);
      assert.ok(lengths.subarray(LITERALS + header.literalCount, LITERALS + 286).every((length) => length === 0));
      assert.ok(lengths.subarray(DISTANCES + header.distanceCount, DISTANCES + 30).every((length) => length === 0));
      for (const run of header.runs.subarray(0, header.runCount)) seen.add(run & 255);
    }
    for (const symbol of [16, 17, 18]) assert.ok(seen.has(symbol), `${symbol}`);
  });

  it('have one distance of no bits where no distance is used (§3.2.7)', () => {
    assert.equal(makeFor(utf8('abc'.repeat(100))), true);
    assert.equal(header.distanceCount, 1);
    assert.equal(saidLengths().at(-1), 0);
  });

  it('send the lengths of the code for code lengths up to the last that is used', () => {
    assert.equal(makeFor(utf8('abc'.repeat(100))), true);
    assert.notEqual(lengths[RUNS + (LENGTH_ORDER[header.lengthCount - 1] as number)], 0);
    for (let i = header.lengthCount; i < 19; i++) assert.equal(lengths[RUNS + (LENGTH_ORDER[i] as number)], 0);
  });
});
