import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { constants, deflateRawSync } from 'node:zlib';

import { BlockDecoder } from '../../../lib/core/deflate/inflate-blocks.ts';
import type { Outcome } from '../../../lib/core/deflate/inflate-blocks.ts';
import { Window } from '../../../lib/core/deflate/window.ts';
import { concat, hex, utf8 } from '../../support/bytes.ts';
import { chunkings } from '../../support/chunking.ts';
import { DeflateWriter } from '../../support/deflate-writer.ts';
import { Random } from '../../support/random.ts';
import { referenceInflate } from '../../support/reference-inflate.ts';

const ROOM = 700;

interface Run {
  readonly output: Uint8Array;
  readonly outcome: Outcome;
  readonly mayEnd: boolean;
  readonly sawFinal: boolean;
  readonly proof: number;
  readonly consumed: number;
}

/** Runs to the end of the input, in pieces of at most `size` bytes. */
function runs(chunks: readonly Uint8Array[], size: number, windowBits: number = 15): Run {
  const decoder = new BlockDecoder();
  const window = new Window(windowBits, (bytes) => new Uint8Array(bytes));
  const output = new Uint8Array(ROOM);
  const parts: Uint8Array[] = [];
  let outcome: Outcome = 'starved';
  let before = 0;
  let proof = 0;
  decoder.begin(window, window.size);
  decoder.output = output;
  decoder.view = new DataView(output.buffer);
  for (const chunk of chunks) {
    decoder.load(chunk, 0, chunk.length);
    do {
      decoder.out = 0;
      decoder.limit = size;
      outcome = decoder.run();
      assert.ok(decoder.out <= size);
      if (outcome === 'full') assert.equal(decoder.out, size);
      parts.push(output.slice(0, decoder.out));
      window.append(output, 0, decoder.out);
      output.fill(0xa5);
    } while (outcome === 'full');
    proof = before + decoder.proof;
    before += chunk.length;
    if (outcome !== 'starved') break;
  }
  const { mayEnd, sawFinal, consumed } = decoder;
  return { output: concat(...parts), outcome, mayEnd, sawFinal, proof: outcome === 'starved' ? -1 : proof, consumed };
}

/** However the input comes and however little room there is, the naive reading's output and verdict. */
function assertRuns(bytes: Uint8Array, windowBits: number = 15): Run {
  const { output, refusal, needed } = referenceInflate(bytes, { maxDistance: 1 << windowBits });
  const whole = runs([bytes], ROOM, windowBits);
  assert.deepEqual(whole.output, output);
  assert.equal(whole.consumed, needed.get(output.length));
  if (refusal === null || refusal[0] === 'DEFLATE_TRUNCATED') {
    assert.equal(whole.outcome, 'starved');
    assert.equal(whole.mayEnd, refusal === null);
  } else {
    assert.equal(whole.outcome, refusal[0] === 'DEFLATE_DISTANCE_TOO_FAR' ? 'too-far' : 'corrupt');
    assert.equal(whole.proof, refusal[1]);
  }
  for (const size of [1, 2, 3, 7, 100]) {
    for (const { name, chunks } of chunkings(bytes)) assert.deepEqual(runs(chunks, size, windowBits), whole, `${name}, pieces of ${size}`);
  }
  return whole;
}

const HELLO = utf8('Hello');
const writer = (): DeflateWriter => new DeflateWriter();

describe('RFC 1951 §3.2.3: blocks', () => {
  it('§3.2.4: stored octets stand as they are, behind their number and its complement', () => {
    assertRuns(writer().stored(HELLO).stored(utf8('')).stored(new Random(1).bytes(200)).bytes());
    assertRuns(writer().stored(HELLO).stored(HELLO).bytes().subarray(0, -2));
    assertRuns(writer().stored(HELLO).stored(HELLO).bytes().subarray(0, 12));
    assertRuns(writer().stored(HELLO, false, 0xfffb).bytes());
    assertRuns(writer().stored(HELLO, false, 0x7ffa).bytes());
  });

  it('§3.2.6: fixed codes say literals, matches and the end', () => {
    assertRuns(writer().fixed().literals(HELLO).match(7, 3).match(258, 12).literals(Uint8Array.of(0, 143, 144, 255)).end().bytes());
    assertRuns(hex('f248cdc9c907000000ffff'));
  });

  it('§3.2.7: dynamic codes are said first', () => {
    const text = utf8('in the beginning was the word, and the word was with it, and in the end the word was it '.repeat(2));
    assertRuns(deflateRawSync(text, { level: 9, finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4));
    const lengths = new Array<number>(286).fill(0);
    for (let bits = 1; bits < 14; bits++) lengths[64 + bits] = bits;
    lengths[256] = lengths[257] = lengths[258] = lengths[266] = 15;
    const far = Array.from({ length: 16 }, (_, symbol) => Math.min(symbol + 1, 15));
    const block = writer().dynamic(lengths, far);
    for (let bits = 1; bits < 14; bits++) block.symbol(64 + bits);
    assertRuns(block.match(14, 10).match(3, 1).match(4, 4).match(14, 25).match(3, 11).end().bytes());
    assertRuns(block.dynamic(lengths, far).symbol(65).bytes());
    assertRuns(writer().dynamic([1, ...new Array<number>(255).fill(0), 2], [0]).bytes());
  });

  it('the type 11 is none', () => {
    assertRuns(writer().stored(HELLO).header(3).bytes());
  });

  it('§3.2.5: codes that mean nothing are none', () => {
    for (const symbol of [286, 287]) assertRuns(writer().fixed().literals(HELLO).symbol(symbol).bytes());
    for (const symbol of [30, 31]) assertRuns(writer().fixed().literals(HELLO).symbol(257).distanceSymbol(symbol).bytes());
    const alone = [2, 2, ...new Array<number>(254).fill(0), 2, 2];
    assertRuns(writer().dynamic(alone, [0]).symbol(0).symbol(257).number(0, 1).bytes());
    assertRuns(writer().dynamic(alone, [1]).symbol(0).symbol(257).number(0, 1).end().bytes());
    assertRuns(writer().dynamic(alone, [1]).symbol(0).symbol(257).number(1, 1).bytes());
  });

  it('a distance leads to what has been written, and no further back than the window', () => {
    assertRuns(writer().fixed().match(3, 1).bytes());
    assertRuns(writer().fixed().literals(HELLO).match(3, 6).bytes());
    assertRuns(writer().fixed().literals(HELLO).match(3, 6).literals(new Uint8Array(60)).end().bytes());
    const long = new Random(2).bytes(600);
    assertRuns(writer().stored(long).fixed().match(3, 512).end().bytes(), 9);
    assertRuns(writer().stored(long).fixed().match(3, 513).bytes(), 9);
  });

  it('may be followed by a block where they end, and after a final one at the next byte (RFC 7692 §7.2.1)', () => {
    assert.ok(!assertRuns(writer().fixed().literals(HELLO).end().fixed().literals(HELLO).end().bytes()).sawFinal);
    const finals = writer().fixed(true).literals(HELLO).end().align(1).stored(HELLO, true).fixed(true).end().align().stored(HELLO);
    assert.ok(assertRuns(finals.bytes()).sawFinal);
  });

  it('may be all there is of a message, also with the header of a stored one that lacks its lengths', () => {
    const end = (bytes: Uint8Array): boolean => assertRuns(bytes).mayEnd;
    assert.ok(end(hex('')));
    assert.ok(end(writer().header(0).bytes()));
    assert.ok(end(writer().header(0, true).bytes()));
    assert.ok(end(writer().fixed().literals(HELLO).end().bytes()));
    assert.ok(!end(hex('00 00')));
    assert.ok(!end(hex('00 00 00 ff')));
    assert.ok(end(hex('00 00 00 ff ff')));
    assert.ok(!end(writer().fixed().literals(HELLO).bytes()));
    assert.ok(!end(writer().header(2).bytes()));
  });

  it('lets go of what it was lent, and keeps the tables it made', () => {
    const decoder = new BlockDecoder();
    const output = new Uint8Array(ROOM);
    assert.equal(decoder.retainedBytes, 0);
    decoder.begin(new Window(9, (size) => new Uint8Array(size)), 512);
    decoder.output = output;
    decoder.limit = ROOM;
    decoder.load(writer().header(2).bytes(), 0, 1);
    assert.equal(decoder.run(), 'starved');
    const { retainedBytes } = decoder;
    assert.ok(retainedBytes > 0);
    decoder.letGo();
    assert.deepEqual([decoder.bytes.length, decoder.output.length, decoder.view.byteLength, decoder.history], [0, 0, 0, null]);
    assert.equal(decoder.retainedBytes, retainedBytes);
    decoder.begin(new Window(9, (size) => new Uint8Array(size)), 512);
    decoder.output = output;
    decoder.load(hex('f248cdc9c90700'), 0, 7);
    assert.equal(decoder.run(), 'starved');
    assert.deepEqual(output.slice(0, decoder.out), HELLO);
  });
});
