import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { FIXED_DISTANCES, FIXED_LITERALS, RUNS, scratch } from '../../../lib/core/deflate/scratch.ts';
import {
  DISTANCE_SYMBOLS, END_OF_BLOCK, LENGTHS, LITERAL_SYMBOLS, clearFrequencies, distanceSymbol,
} from '../../../lib/core/deflate/symbols.ts';

// RFC 1951 §3.2.5, as the tables stand there: the first length or distance of each symbol.
const LENGTH_BASES = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];
const DISTANCE_BASES = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193,
  12289, 16385, 24577,
];

/** The bits of a code as they are sent, first bit first. */
function sent(symbol: number): string {
  const code = scratch.codes[symbol] as number;
  return Array.from({ length: code >> 16 }, (_, bit) => (code >> bit) & 1).join('');
}

describe('RFC 1951 §3.2.5', () => {
  it('every length from 3 to 258 is said by the last symbol whose base it reaches, and how far beyond', () => {
    for (let length = 3; length <= 258; length++) {
      const entry = LENGTHS[length] as number;
      const index = LENGTH_BASES.filter((base) => base <= length).length - 1;
      assert.equal(entry >> 16, 257 + index, `${length}`);
      assert.equal(entry & 255, length - (LENGTH_BASES[index] as number), `${length}`);
      const width = (LENGTH_BASES[index + 1] ?? 259) - (LENGTH_BASES[index] as number);
      assert.equal((entry >> 8) & 255, index === 27 ? 5 : Math.log2(width), `${length}: symbol 284 has a place that 285 takes over`);
    }
  });

  it('every distance from 1 to 32,768 is said by the last symbol whose base it reaches', () => {
    assert.equal(DISTANCE_BASES.length, DISTANCE_SYMBOLS);
    let symbol = 0;
    for (let distance = 1; distance <= 32768; distance++) {
      if (distance === DISTANCE_BASES[symbol + 1]) symbol++;
      assert.equal(distanceSymbol(distance - 1), symbol, `${distance}`);
      const extraBits = symbol < 4 ? 0 : (symbol >> 1) - 1;
      const low = (distance - 1) & ((1 << extraBits) - 1);
      assert.equal(low, distance - (DISTANCE_BASES[symbol] as number), 'the low bits are the extra bits');
    }
  });
});

describe('RFC 1951 §3.2.6: the fixed codes', () => {
  it('are those of the table, at the first and the last symbol of every row', () => {
    const rows: readonly (readonly [symbol: number, code: string])[] = [
      [0, '00110000'], [143, '10111111'], [144, '110010000'], [255, '111111111'], [END_OF_BLOCK, '0000000'], [279, '0010111'],
      [280, '11000000'], [LITERAL_SYMBOLS - 1, '11000101'],
    ];
    for (const [symbol, code] of rows) assert.equal(sent(FIXED_LITERALS + symbol), code, `${symbol}`);
    for (let symbol = 0; symbol < DISTANCE_SYMBOLS; symbol++) {
      assert.equal(sent(FIXED_DISTANCES + symbol), symbol.toString(2).padStart(5, '0'));
    }
  });
});

describe('the count of symbols', () => {
  it('starts at none, of literals and of distances', () => {
    scratch.frequencies.fill(7);
    clearFrequencies();
    assert.ok(scratch.frequencies.subarray(0, RUNS - 2).every((frequency) => frequency === 0));
  });
});
