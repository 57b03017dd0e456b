import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import {
  DISTANCES, DISTANCE_BITS, DISTANCE_ENTRIES, END, FURTHER, INVALID, LENGTHS, LENGTH_BITS, LITERAL, LITERALS, LITERAL_BITS,
  LITERAL_ENTRIES, buildTable, fixedDistanceTable, fixedLiteralTable,
} from '../../../lib/core/deflate/huffman-decoder.ts';
import { FIXED_LITERAL_LENGTHS, codesOf, distanceSymbol, lengthSymbol } from '../../support/deflate-writer.ts';
import { Random } from '../../support/random.ts';

const NOBODYS = 0x7f7f7f7f;

interface Built {
  readonly bits: number;
  readonly table: Int32Array;
}

/** The table for `lengths`, which stand behind others. */
function build(lengths: readonly number[], entries: Int32Array, most: number, size: number = LITERAL_ENTRIES): Built {
  const base = 5;
  const all = Uint8Array.from([9, 9, 9, 9, 9, ...lengths]);
  const used = [1, 2, ...lengths.flatMap((length, symbol) => (length > 0 ? [base + symbol] : [])), 3];
  const table = new Int32Array(size).fill(NOBODYS);
  return { bits: buildTable(Uint16Array.from(used), 2, used.length - 1, all, base, entries, most, table), table };
}

/** What the table says of bits that come, the first of them lowest. */
function look({ bits, table }: Built, coming: number): number {
  const entry = table[coming & ((1 << bits) - 1)] as number;
  if ((entry & FURTHER) === 0) return entry;
  return table[(entry >>> 16) + ((coming >>> (entry & 15)) & ((1 << ((entry >> 4) & 15)) - 1))] as number;
}

/** Every code, with every kind of bits behind it, is its symbol's entry, and says how long it is. */
function assertDecodes(lengths: readonly number[], entries: Int32Array, built: Built): void {
  codesOf(lengths).forEach(({ code, bits }, symbol) => {
    if (bits === 0) return;
    let coming = 0;
    for (let i = 0; i < bits; i++) coming |= ((code >> (bits - 1 - i)) & 1) << i;
    for (const behind of [0, 0x7fff, 0x5555, 0x2aaa]) {
      assert.equal(look(built, (coming | (behind << bits)) & 0x7fff), (entries[symbol] as number) | bits, `symbol ${symbol}, ${bits} bits`);
    }
  });
}

/** Lengths of a complete code of `count` symbols among `of`: leaves of a tree that are split at random, rather the deeper ones. */
function randomLengths(random: Random, count: number, of: number, longest: number): number[] {
  const leaves = [0];
  while (leaves.length < count) {
    const places = [random.below(leaves.length), random.below(leaves.length)].sort((a, b) => (leaves[b] as number) - (leaves[a] as number));
    const place = places.find((at) => (leaves[at] as number) < longest) ?? leaves.findIndex((depth) => depth < longest);
    const depth = (leaves[place] as number) + 1;
    leaves[place] = depth;
    leaves.push(depth);
  }
  const lengths = new Array<number>(of).fill(0);
  for (const depth of leaves) {
    let symbol = random.below(of);
    while (lengths[symbol] !== 0) symbol = (symbol + 1) % of;
    lengths[symbol] = depth;
  }
  return lengths;
}

describe('RFC 1951 §3.2.5: what symbols mean', () => {
  it('a literal is its octet, 256 ends the block, 257 to 285 are lengths, and 286 and 287 are nothing', () => {
    for (let octet = 0; octet < 256; octet++) assert.equal(LITERALS[octet], (octet << 16) | LITERAL);
    assert.equal(LITERALS[256], END);
    for (let length = 3; length <= 258; length++) {
      const { symbol, extra, bits } = lengthSymbol(length);
      assert.equal(LITERALS[symbol], ((length - extra) << 16) | (bits << 4));
    }
    assert.deepEqual([...LITERALS.subarray(286)], [INVALID, INVALID]);
  });

  it('0 to 29 are distances from 1 to 32,768, and 30 and 31 are nothing', () => {
    for (let distance = 1; distance <= 32768; distance++) {
      const { symbol, extra, bits } = distanceSymbol(distance);
      assert.equal(DISTANCES[symbol], ((distance - extra) << 16) | (bits << 4));
    }
    assert.deepEqual([...DISTANCES.subarray(30)], [INVALID, INVALID]);
  });

  it('§3.2.7: of code lengths, 16 to 18 repeat, and have 2, 3 and 7 extra bits', () => {
    const extraBits = [...new Array<number>(16).fill(0), 2, 3, 7];
    assert.deepEqual([...LENGTHS], extraBits.map((bits, symbol) => (symbol << 16) | (bits << 4)));
  });
});

describe('RFC 1951 §3.2.2: code lengths make a table', () => {
  it('in which each code, whatever follows it, says its symbol', () => {
    const random = new Random(1);
    for (let round = 0; round < 120; round++) {
      const longest = random.pick([9, 10, 12, 15]);
      const literals = randomLengths(random, random.pick([2, 3, 10, 60, 286]), 286, longest);
      assertDecodes(literals, LITERALS, build(literals, LITERALS, LITERAL_BITS));
      const distances = randomLengths(random, 2 + random.below(29), 30, longest);
      assertDecodes(distances, DISTANCES, build(distances, DISTANCES, DISTANCE_BITS, DISTANCE_ENTRIES));
      const lengths = randomLengths(random, 2 + random.below(18), 19, 7);
      assertDecodes(lengths, LENGTHS, build(lengths, LENGTHS, LENGTH_BITS, 128));
    }
  });

  it('which has a second look for long codes, and fits where it is put even if they are as many as can be', () => {
    // One code of each of 1 to 8 bits leaves one prefix of 9; the greatest tables come of a few short codes and very many of 15 bits.
    const comb = [...Array.from({ length: 14 }, (_, i) => i + 1), 15, 15];
    const built = build(comb, LITERALS, LITERAL_BITS);
    assert.equal(built.bits, LITERAL_BITS);
    assertDecodes(comb, LITERALS, built);
    const random = new Random(2);
    for (let round = 0; round < 300; round++) {
      const lengths = randomLengths(random, 286, 286, 15);
      const { table } = build(lengths, LITERALS, LITERAL_BITS, 4 * LITERAL_ENTRIES);
      assert.ok(table.subarray(LITERAL_ENTRIES).every((entry) => entry === NOBODYS));
      const far = randomLengths(random, 30, 30, 15);
      const { table: small } = build(far, DISTANCES, DISTANCE_BITS, 4 * DISTANCE_ENTRIES);
      assert.ok(small.subarray(DISTANCE_ENTRIES).every((entry) => entry === NOBODYS));
    }
  });

  it('whose first look has no more bits than the longest code', () => {
    assert.equal(build([2, 2, 2, 2], LITERALS, LITERAL_BITS).bits, 2);
  });

  it('unless there are more codes than bits can say', () => {
    for (const lengths of [[1, 1, 1], [1, 2, 2, 2], [15, 1, 1], new Array<number>(286).fill(8)]) {
      assert.equal(build(lengths, LITERALS, LITERAL_BITS).bits, -1);
    }
  });

  it('unless bits are left that say nothing', () => {
    for (const lengths of [[2], [1, 2], [2, 2, 2], [15], [0, 0, 3]]) {
      assert.equal(build(lengths, LITERALS, LITERAL_BITS).bits, -1);
      assert.equal(build(lengths, DISTANCES, DISTANCE_BITS).bits, -1);
      assert.equal(build(lengths, LENGTHS, LENGTH_BITS).bits, -1);
    }
    assert.equal(build([0, 0], LITERALS, LITERAL_BITS).bits, -1);
    assert.equal(build([0, 0], LENGTHS, LENGTH_BITS).bits, -1);
  });

  it('§3.2.7: but a single symbol may have a code of one bit, as zlib has it, other than for code lengths', () => {
    const alone = build([0, 0, 0, 1, 0], DISTANCES, DISTANCE_BITS);
    assert.equal(look(alone, 0), (DISTANCES[3] as number) | 1);
    assert.equal(look(alone, 1), INVALID | 1);
    assert.equal(look(build([0, 1], LITERALS, LITERAL_BITS), 0), (LITERALS[1] as number) | 1);
    assert.equal(build([0, 1], LENGTHS, LENGTH_BITS).bits, -1);
  });

  it('§3.2.7: and there may be no distances, of which every code is then invalid', () => {
    const none = build([0, 0, 0], DISTANCES, DISTANCE_BITS);
    assert.equal(look(none, 0), INVALID | 1);
    assert.equal(look(none, 1), INVALID | 1);
  });
});

describe('RFC 1951 §3.2.6: the fixed codes', () => {
  it('are made once', () => {
    assert.equal(fixedLiteralTable(), fixedLiteralTable());
    assert.equal(fixedDistanceTable(), fixedDistanceTable());
  });

  it('say every literal and length in one look, and every distance', () => {
    assert.equal(fixedLiteralTable().bits, 9);
    assertDecodes(FIXED_LITERAL_LENGTHS, LITERALS, fixedLiteralTable());
    assert.equal(fixedDistanceTable().bits, 5);
    assertDecodes(new Array<number>(32).fill(5), DISTANCES, fixedDistanceTable());
  });
});
