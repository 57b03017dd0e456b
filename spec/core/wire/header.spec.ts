import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { MAX_HEADER_LENGTH, headerLength, writeHeader, writeMaskingKey } from '../../../lib/core/wire/header.ts';
import { bits, hex, toHex } from '../../support/bytes.ts';
import { frameHeader } from '../../support/frames.ts';

/** The header that is written between two bytes of something else, which must stay as they are. */
function written(b0: number, length: number, masked: boolean): Uint8Array {
  const target = new Uint8Array(MAX_HEADER_LENGTH + 2).fill(0xee);
  const end = writeHeader(target, 1, b0, length, masked);
  assert.equal(end - 1, headerLength(length, masked) - (masked ? 4 : 0), 'headerLength and writeHeader agree');
  assert.equal(target[0], 0xee);
  assert.ok(target.subarray(end).every((byte) => byte === 0xee), 'nothing is written past the header');
  return target.slice(1, end);
}

const BOUNDARIES = [0, 1, 124, 125, 126, 127, 128, 255, 256, 65534, 65535, 65536, 65537, 2 ** 24, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1,
  2 ** 32, 2 ** 32 + 1, 2 ** 52, 2 ** 53 - 2, 2 ** 53 - 1];

describe('writing a frame header (§5.2)', () => {
  it('§5.2: 0–125 are the length itself, 126 announces a 16-bit and 127 a 64-bit length, in network byte order [6455-5.2-11] [6455-5.2-13]', () => {
    const rows: readonly (readonly [length: number, drawing: string])[] = [
      //            FIN RSV OPCODE MASK LENGTH   LENGTH(16 or 64)
      [0,          '1  000  0010   0  0000000'],
      [125,        '1  000  0010   0  1111101'],
      [126,        '1  000  0010   0  1111110  00000000 01111110'],
      [65535,      '1  000  0010   0  1111110  11111111 11111111'],
      [65536,      '1  000  0010   0  1111111  00000000 00000000 00000000 00000000 00000000 00000001 00000000 00000000'],
      [2 ** 31,    '1  000  0010   0  1111111  00000000 00000000 00000000 00000000 10000000 00000000 00000000 00000000'],
      [2 ** 32,    '1  000  0010   0  1111111  00000000 00000000 00000000 00000001 00000000 00000000 00000000 00000000'],
      [2 ** 53 - 1, '1  000  0010   0  1111111  00000000 00011111 11111111 11111111 11111111 11111111 11111111 11111111'],
    ];
    for (const [length, drawing] of rows) assert.deepEqual(written(0x82, length, false), bits(drawing), `length ${length}`);
  });

  it('§5.2: the minimal number of bytes encodes the length, and the top bit of a 64-bit length is 0 [6455-5.2-14] [6455-5.2-12]', () => {
    for (const length of BOUNDARIES) {
      assert.deepEqual(written(0x81, length, false), frameHeader({ opcode: 1, length }), `length ${length}`);
    }
    assert.deepEqual(
      [0, 125, 126, 65535, 65536, 2 ** 53 - 1].map((length) => headerLength(length, false)),
      [2, 2, 4, 4, 10, 10],
    );
  });

  it('§5.2, §5.3: MASK is set when a masking key follows, which the payload length does not count [6455-5.3-1] [6455-5.3-7]', () => {
    assert.deepEqual(written(0x81, 5, true), bits('1 000 0001  1 0000101'));
    assert.deepEqual(written(0x81, 126, true), bits('1 000 0001  1 1111110  00000000 01111110'));
    for (const length of BOUNDARIES) {
      const expected = frameHeader({ opcode: 1, length, mask: true });
      assert.deepEqual(written(0x81, length, true), expected.slice(0, -4), `length ${length}`);
      assert.equal(headerLength(length, true), expected.length, `length ${length}`);
    }
  });

  it('§5.2: FIN, RSV and opcode are written as given', () => {
    for (let b0 = 0; b0 < 256; b0++) assert.equal(written(b0, 0, false)[0], b0);
  });

  it('§5.2: the longest header has 14 bytes', () => {
    assert.equal(MAX_HEADER_LENGTH, 14);
    assert.equal(headerLength(Number.MAX_SAFE_INTEGER, true), MAX_HEADER_LENGTH);
  });

  it('§5.2: the masking key follows the length, octet 0 first', () => {
    for (const [key, digits] of [[0x3d21fa37, '37fa213d'], [0, '00000000'], [-1, 'ffffffff'], [0x80000001 | 0, '01000080']] as const) {
      const target = new Uint8Array(6).fill(0xee);
      assert.equal(writeMaskingKey(target, 1, key), 5);
      assert.equal(toHex(target), `ee${digits}ee`);
    }
  });

  it('§5.7: the headers of the RFC’s examples are written to the byte', () => {
    assert.deepEqual(written(0x81, 5, false), hex('8105'));
    assert.deepEqual(written(0x82, 256, false), hex('827e0100'));
    assert.deepEqual(written(0x82, 65536, false), hex('827f0000000000010000'));
  });
});
