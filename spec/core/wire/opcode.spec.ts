import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import {
  B0_FIN, B0_OPCODE, B0_RSV, B0_RSV1, B1_LENGTH, B1_MASK, LENGTH_16, LENGTH_64, MAX_CONTROL_PAYLOAD, OPCODE_BINARY, OPCODE_CLOSE,
  OPCODE_CONTINUATION, OPCODE_PING, OPCODE_PONG, OPCODE_TEXT, isControl, isReserved, opcodeName,
} from '../../../lib/core/wire/opcode.ts';
import { bits } from '../../support/bytes.ts';

const ALL = Array.from({ length: 16 }, (_, opcode) => opcode);

describe('opcodes and the bits of the first two bytes (§5.2)', () => {
  it('§5.2: the opcodes are 0 continuation, 1 text, 2 binary, 8 close, 9 ping, A pong; 3–7 and B–F are reserved [6455-5.2-9] [6455-11.8-1] [iana-ws-opcode-1]', () => {
    assert.deepEqual(ALL.map(opcodeName), [
      'continuation', 'text', 'binary', 'reserved', 'reserved', 'reserved', 'reserved', 'reserved',
      'close', 'ping', 'pong', 'reserved', 'reserved', 'reserved', 'reserved', 'reserved',
    ]);
    assert.deepEqual(
      [OPCODE_CONTINUATION, OPCODE_TEXT, OPCODE_BINARY, OPCODE_CLOSE, OPCODE_PING, OPCODE_PONG].map(opcodeName),
      ['continuation', 'text', 'binary', 'close', 'ping', 'pong'],
    );
  });

  it('§5.2: an opcode is reserved exactly when it has no name', () => {
    for (const opcode of ALL) assert.equal(isReserved(opcode), opcodeName(opcode) === 'reserved', `opcode ${opcode}`);
  });

  it('§5.5, §5.6: control frames are those whose opcode has its top bit set, data frames the others [6455-5.5-1] [6455-5.6-1]', () => {
    assert.deepEqual(ALL.filter(isControl), [0x8, 0x9, 0xa, 0xb, 0xc, 0xd, 0xe, 0xf]);
  });

  it('§5.2: the masks cut the first two bytes as the figure draws them, without gap or overlap', () => {
    const draw = (drawing: string): number => bits(drawing)[0] as number;
    assert.equal(B0_FIN, draw('1 000 0000'));
    assert.equal(B0_RSV, draw('0 111 0000'));
    assert.equal(B0_RSV1, draw('0 100 0000'));
    assert.equal(B0_OPCODE, draw('0 000 1111'));
    assert.equal(B1_MASK, draw('1 0000000'));
    assert.equal(B1_LENGTH, draw('0 1111111'));
    assert.deepEqual([LENGTH_16, LENGTH_64, MAX_CONTROL_PAYLOAD], [126, 127, 125]);
  });
});
