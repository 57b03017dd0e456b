import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { BitReader } from '../../../lib/core/deflate/bit-reader.ts';
import { CodeReader } from '../../../lib/core/deflate/code-reader.ts';
import type { HeaderStep } from '../../../lib/core/deflate/code-reader.ts';
import { eachChunking } from '../../support/chunking.ts';
import { DeflateWriter, codesOf } from '../../support/deflate-writer.ts';

type Runs = readonly (readonly [symbol: number, extra?: number])[];

const PLAIN = [4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5];
const BITS_OF_TYPE = 3;

/** Everything behind the three bits that say the type. */
function header(literals: number, distances: number, runs: Runs, lengths: readonly number[] = PLAIN, count: number = 19): DeflateWriter {
  return new DeflateWriter().counts(literals, distances, count).lengthCode(lengths, count).runs(lengths, runs);
}

/** How reading ended, and behind how many bits; every chunking says the same. */
function read(writer: DeflateWriter, reader: CodeReader = new CodeReader()): { readonly step: HeaderStep; readonly bits: number } {
  const seen: { step: HeaderStep; bits: number }[] = [];
  eachChunking(writer.bytes(), (chunks) => {
    const input = new BitReader();
    reader.restart();
    let step: HeaderStep = 'starved';
    let loaded = 0;
    for (const chunk of chunks) {
      if (step !== 'starved') break;
      input.load(chunk, 0, chunk.length);
      loaded += chunk.length;
      step = reader.read(input);
    }
    const bits = 8 * (loaded - input.end + input.at) - input.count;
    seen.push({ step, bits: step === 'starved' ? 0 : bits });
    assert.deepEqual(seen.at(-1), seen[0]);
  });
  return seen[0] as { step: HeaderStep; bits: number };
}

function assertRead(writer: DeflateWriter, literals: readonly number[], distances: readonly number[]): void {
  const reader = new CodeReader();
  assert.deepEqual(read(writer, reader), { step: 'read', bits: writer.length });
  const { literals: table, literalBits } = reader;
  codesOf(literals).forEach(({ code, bits }, symbol) => {
    if (bits === 0 || bits > literalBits) return;
    let coming = 0;
    for (let i = 0; i < bits; i++) coming |= ((code >> (bits - 1 - i)) & 1) << i;
    assert.equal((table[coming] as number) & 15, bits, `literal ${symbol}`);
  });
  codesOf(distances).forEach(({ code, bits }, symbol) => {
    if (bits === 0) return;
    let coming = 0;
    for (let i = 0; i < bits; i++) coming |= ((code >> (bits - 1 - i)) & 1) << i;
    assert.equal((reader.distances[coming] as number) & 15, bits, `distance ${symbol}`);
  });
}

/** Corrupt, as the last bit of what is written says and no bit before. */
function assertCorrupt(writer: DeflateWriter): void {
  assert.deepEqual(read(writer), { step: 'corrupt', bits: writer.length });
}

const zeros = (count: number): Runs => Array.from({ length: count }, () => [0] as const);
/** Two literals, the end of the block, and a length. */
const LITERALS = [2, 2, ...new Array<number>(254).fill(0), 2, 2];

describe('RFC 1951 §3.2.7: the header of a block with dynamic codes', () => {
  it('says lengths one by one', () => {
    assertRead(header(258, 2, [[2], [2], ...zeros(254), [2], [2], [1], [1]]), LITERALS, [1, 1]);
  });

  it('says lengths again, and zeros, as often as extra bits have it, also from literals on into distances', () => {
    assertRead(header(258, 2, [[2], [2], [18, 127], [18, 105], [2], [2], [1], [1]]), LITERALS, [1, 1]);
    assertRead(header(258, 2, [[2], [2], [17, 7], [18, 127], [18, 90], [17, 1], [0], [2], [2], [1], [1]]), LITERALS, [1, 1]);
    const many = [3, 3, 3, 3, 3, 3, ...new Array<number>(250).fill(0), 3, 3];
    assertRead(header(258, 8, [[3], [16, 2], [18, 127], [18, 101], [3], [16, 3], [16, 0]]), many, new Array<number>(8).fill(3));
  });

  it('repeats zero where the length before was zero', () => {
    assertRead(header(258, 2, [[2], [2], [18, 127], [18, 101], [0], [16, 0], [2], [2], [1], [1]]), LITERALS, [1, 1]);
    assertRead(header(258, 2, [[2], [2], [18, 127], [18, 102], [16, 0], [2], [2], [1], [1]]), LITERALS, [1, 1]);
  });

  it('may leave out lengths of the code for code lengths: those are 0', () => {
    // The order is 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1 15: with 18 of them, 15 is left out.
    const lengths = new Array<number>(19).fill(0);
    lengths[0] = lengths[1] = lengths[2] = 2;
    lengths[18] = 2;
    assertRead(header(258, 2, [[2], [2], [18, 127], [18, 105], [2], [2], [1], [1]], lengths, 18), LITERALS, [1, 1]);
  });

  it('may say that there are no distances, or one alone, of one bit', () => {
    assertRead(header(258, 1, [[2], [2], [18, 127], [18, 105], [2], [2], [0]]), LITERALS, [0]);
    assertRead(header(258, 1, [[2], [2], [18, 127], [18, 105], [2], [2], [1]]), LITERALS, [1]);
  });

  it('may have 286 literals and lengths and 30 distances', () => {
    const literals = [...new Array<number>(226).fill(8), ...new Array<number>(60).fill(9)];
    const distances = [...new Array<number>(2).fill(4), ...new Array<number>(28).fill(5)];
    assertRead(header(286, 30, [...literals, ...distances].map((length) => [length] as const)), literals, distances);
  });

  it('is corrupt with more literals and lengths or distances than there are symbols', () => {
    assertCorrupt(new DeflateWriter().counts(287, 1, 4));
    assertCorrupt(new DeflateWriter().counts(257, 31, 19));
  });

  it('is corrupt when the code for code lengths is none', () => {
    const code = (lengths: readonly number[]): DeflateWriter => new DeflateWriter().counts(257, 1, 19).lengthCode(lengths);
    assertCorrupt(code(new Array<number>(19).fill(0)));
    assertCorrupt(code(new Array<number>(19).fill(1)));
    assertCorrupt(code([1, ...new Array<number>(18).fill(0)]));
    assertCorrupt(code([7, 7, ...new Array<number>(17).fill(0)]));
  });

  it('is corrupt when it repeats what is not there, or beyond the last length', () => {
    assertCorrupt(header(257, 1, [[16, 0]]));
    assertCorrupt(header(257, 1, [[1], [18, 127], [18, 109]]));
    assertCorrupt(header(257, 1, [[18, 127], [18, 107], [1], [16, 0]]));
    assertRead(header(257, 1, [[1], [18, 127], [18, 106], [1], [0]]), [1, ...new Array<number>(255).fill(0), 1], [0]);
  });

  it('is corrupt without a code for the end of the block', () => {
    assertCorrupt(header(257, 1, [[1], [1], [18, 127], [18, 107]]));
    assertCorrupt(header(258, 1, [[1], [1], [18, 127], [18, 106], [1], [1]]));
  });

  it('is corrupt when the lengths of literals are no code, or those of distances are none', () => {
    assertCorrupt(header(257, 1, [[1], [1], [18, 127], [18, 105], [1], [1]]));
    assertCorrupt(header(257, 1, [[2], [2], [18, 127], [18, 105], [2], [0]]));
    assertCorrupt(header(258, 2, [[2], [2], [18, 127], [18, 105], [2], [2], [2], [2]]));
    assertCorrupt(header(258, 3, [[2], [2], [18, 127], [18, 105], [2], [2], [1], [1], [1]]));
  });

  it('is read on where the bytes ended, and is never read twice', () => {
    assert.equal(read(header(258, 2, [[2], [2]])).step, 'starved');
    assert.equal(read(new DeflateWriter().counts(258, 2, 19)).step, 'starved');
    assert.equal(read(new DeflateWriter().number(5, BITS_OF_TYPE)).step, 'starved');
  });

  it('is read as if no other had been before', () => {
    const reader = new CodeReader();
    const literals = [...new Array<number>(226).fill(8), ...new Array<number>(60).fill(9)];
    const distances = [...new Array<number>(2).fill(4), ...new Array<number>(28).fill(5)];
    const before = header(286, 30, [...literals, ...distances].map((length) => [length] as const));
    assert.equal(read(before, reader).step, 'read');
    const zerosAgain = header(258, 2, [[2], [2], [18, 127], [18, 102], [16, 0], [2], [2], [1], [1]]);
    assert.equal(read(zerosAgain, reader).step, 'read');
    assert.deepEqual([reader.literalBits, reader.distanceBits], [2, 1]);
    assert.equal(read(before, reader).step, 'read');
    assert.equal(read(header(257, 1, [[1], [1], [18, 127], [18, 107]]), reader).step, 'corrupt');
  });

  it('takes a few kilobytes, whatever it says', () => {
    const reader = new CodeReader();
    const { retainedBytes } = reader;
    assert.ok(retainedBytes < 6 * 1024, `${retainedBytes}`);
    read(header(258, 2, [[2], [2], ...zeros(254), [2], [2], [1], [1]]), reader);
    assert.equal(reader.retainedBytes, retainedBytes);
  });
});
