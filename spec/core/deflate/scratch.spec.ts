import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import {
  DISTANCES, FIXED_DISTANCES, FIXED_LITERALS, LITERALS, RUNS, SLICE_SIZE, scratch,
} from '../../../lib/core/deflate/scratch.ts';

describe('the scratch of compression', () => {
  it('has room for the largest window, a slice and a word that is read beyond it', () => {
    assert.ok(scratch.data.length >= 32768 + SLICE_SIZE + 3);
    assert.equal(scratch.view.buffer, scratch.data.buffer);
    assert.equal(scratch.view.byteLength, scratch.data.length);
  });

  it('has room for a token an octet and an end, and for the largest block: literals of 9 bits', () => {
    assert.ok(scratch.tokens.length >= SLICE_SIZE + 2);
    assert.ok(scratch.blocks.length >= Math.ceil((SLICE_SIZE * 9) / 8) + 16);
  });

  it('is there by words, and pairs, too', () => {
    assert.equal(scratch.blocksView.buffer, scratch.blocks.buffer);
    assert.equal(scratch.frequencyPairs.buffer, scratch.frequencies.buffer);
    for (const alphabet of [LITERALS, DISTANCES, RUNS]) assert.equal(alphabet % 2, 0);
  });

  it('takes what is promised, 136 KiB', () => {
    const { data, tokens, blocks, frequencies, lengths, codes } = scratch;
    const size = [data, tokens, blocks, frequencies, lengths, codes].reduce((sum, array) => sum + array.byteLength, 0);
    assert.ok(size <= 136 * 1024, `${size}`);
  });

  it('lays the alphabets behind each other, none over another', () => {
    const alphabets: readonly (readonly [start: number, symbols: number])[] =
      [[LITERALS, 286], [DISTANCES, 30], [RUNS, 19], [FIXED_LITERALS, 288], [FIXED_DISTANCES, 32]];
    let end = 0;
    for (const [start, symbols] of alphabets) {
      assert.ok(start >= end);
      end = start + symbols;
    }
    for (const table of [scratch.frequencies, scratch.lengths, scratch.codes]) assert.ok(table.length >= end);
  });
});
