import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { judgeByte0, judgeByte1, judgeLengthForm } from '../../../lib/core/wire/rules.ts';
import type { Violation } from '../../../lib/core/wire/violation.ts';
import { bits } from '../../support/bytes.ts';

const nameOf = (violation: Violation | null): string => violation === null ? 'ok' : violation.name;

/** The judgement of a first byte drawn as FIN RSV OPCODE. */
function byte0(drawing: string, { messageOpen = false, rsv1Defined = false }: { messageOpen?: boolean; rsv1Defined?: boolean } = {}): string {
  return nameOf(judgeByte0(bits(drawing)[0] as number, messageOpen, rsv1Defined));
}

/** The judgement of a second byte drawn as MASK LENGTH. */
function byte1(drawing: string, opcode: number, role: 'client' | 'server' = 'client'): string {
  return nameOf(judgeByte1(bits(drawing)[0] as number, opcode, role));
}

describe('the rules of the first byte', () => {
  it('§5.2: RSV1, RSV2 and RSV3 are 0 unless a negotiated extension defines them [6455-5.2-4] [6455-5.2-5] [6455-5.2-6]', () => {
    for (const rsv of ['100', '010', '001', '110', '101', '011', '111']) {
      assert.equal(byte0(`1 ${rsv} 0001`), 'RSV_NOT_NEGOTIATED', rsv);
      assert.equal(byte0(`1 ${rsv} 0001`, { rsv1Defined: true }), rsv === '100' ? 'ok' : 'RSV_NOT_NEGOTIATED', rsv);
    }
  });

  it('RFC 7692 §6.1: RSV1 is not set on control frames or non-first fragments [7692-6.1-4]', () => {
    const options = { messageOpen: true, rsv1Defined: true };
    for (const opcode of ['1000', '1001', '1010']) assert.equal(byte0(`1 100 ${opcode}`, options), 'RSV1_ON_CONTROL', opcode);
    assert.equal(byte0('1 100 0000', options), 'RSV1_ON_CONTINUATION');
    assert.equal(byte0('0 100 0000', options), 'RSV1_ON_CONTINUATION');
  });

  it('§5.2: the reserved opcodes 3–7 and B–F are refused, final or not, inside a message or not', () => {
    for (const opcode of [0x3, 0x4, 0x5, 0x6, 0x7, 0xb, 0xc, 0xd, 0xe, 0xf]) {
      for (const fin of [0x80, 0]) {
        for (const messageOpen of [false, true]) {
          assert.equal(nameOf(judgeByte0(fin | opcode, messageOpen, false)), 'RESERVED_OPCODE', `opcode ${opcode}`);
        }
      }
    }
  });

  it('§5.4, §5.5: control frames are not fragmented [6455-5.4-6] [6455-5.5-3]', () => {
    for (const opcode of ['1000', '1001', '1010']) {
      assert.equal(byte0(`0 000 ${opcode}`), 'CONTROL_FRAGMENTED', opcode);
      assert.equal(byte0(`1 000 ${opcode}`), 'ok', opcode);
    }
  });

  it('§5.4: control frames may stand between the fragments of a message [6455-5.4-5]', () => {
    for (const opcode of ['1000', '1001', '1010']) assert.equal(byte0(`1 000 ${opcode}`, { messageOpen: true }), 'ok', opcode);
  });

  it('§5.4: a message begins with an opcode other than 0 and goes on with opcode 0 [6455-5.4-2] [6455-5.4-3]', () => {
    for (const fin of ['0', '1']) {
      for (const opcode of ['0001', '0010']) assert.equal(byte0(`${fin} 000 ${opcode}`), 'ok');
      assert.equal(byte0(`${fin} 000 0000`), 'CONTINUATION_WITHOUT_START');
      assert.equal(byte0(`${fin} 000 0000`, { messageOpen: true }), 'ok');
    }
  });

  it('§5.4: the fragments of different messages are not interleaved [6455-5.4-8]', () => {
    for (const drawing of ['0 000 0001', '1 000 0001', '0 000 0010', '1 000 0010']) {
      assert.equal(byte0(drawing, { messageOpen: true }), 'MESSAGE_INTERLEAVED', drawing);
    }
  });

  it('judges what breaks several rules by the first in the order of the figure: RSV, opcode, FIN', () => {
    assert.equal(byte0('0 010 1111'), 'RSV_NOT_NEGOTIATED');
    assert.equal(byte0('0 100 1001', { rsv1Defined: true }), 'RSV1_ON_CONTROL');
    assert.equal(byte0('1 100 0000', { rsv1Defined: true }), 'RSV1_ON_CONTINUATION');
    assert.equal(byte0('1 100 0011', { rsv1Defined: true }), 'RESERVED_OPCODE');
    assert.equal(byte0('0 000 1011'), 'RESERVED_OPCODE');
  });
});

describe('the rules of the second byte', () => {
  it('§5.1: a server wants every frame masked, a client none', () => {
    for (const opcode of [0x0, 0x1, 0x2, 0x8, 0x9, 0xa]) {
      assert.equal(byte1('1 0000000', opcode, 'server'), 'ok');
      assert.equal(byte1('0 0000000', opcode, 'server'), 'MASK_MISSING');
      assert.equal(byte1('0 0000000', opcode, 'client'), 'ok');
      assert.equal(byte1('1 0000000', opcode, 'client'), 'MASK_UNEXPECTED');
    }
  });

  it('§5.5: a control frame has a payload of at most 125 bytes [6455-5.5-2]', () => {
    for (const opcode of [0x8, 0x9, 0xa]) {
      assert.equal(byte1('0 1111101', opcode), 'ok');               // 125
      assert.equal(byte1('0 1111110', opcode), 'CONTROL_TOO_LONG'); // 126: a 16-bit length follows
      assert.equal(byte1('0 1111111', opcode), 'CONTROL_TOO_LONG'); // 127: a 64-bit length follows
    }
    for (const opcode of [0x0, 0x1, 0x2]) {
      assert.equal(byte1('0 1111110', opcode), 'ok');
      assert.equal(byte1('0 1111111', opcode), 'ok');
    }
  });

  it('§5.5.1: the body of a Close frame is not one byte long, as a status code has two', () => {
    assert.equal(byte1('0 0000000', 0x8), 'ok');
    assert.equal(byte1('0 0000001', 0x8), 'CLOSE_BODY_TOO_SHORT');
    assert.equal(byte1('0 0000010', 0x8), 'ok');
    assert.equal(byte1('0 0000001', 0x9), 'ok');
    assert.equal(byte1('0 0000001', 0x1), 'ok');
  });

  it('judges the mask before the length, as the figure draws them', () => {
    assert.equal(byte1('1 1111110', 0x9, 'client'), 'MASK_UNEXPECTED');
    assert.equal(byte1('0 0000001', 0x8, 'server'), 'MASK_MISSING');
  });
});

describe('the rule of the length form', () => {
  it('§5.2: the minimal number of bytes encodes a length', () => {
    const rows: readonly (readonly [announced: number, length: number, expected: string])[] = [
      [0, 0, 'ok'], [125, 125, 'ok'],
      [126, 0, 'LENGTH_NOT_MINIMAL'], [126, 125, 'LENGTH_NOT_MINIMAL'], [126, 126, 'ok'], [126, 65535, 'ok'],
      [127, 0, 'LENGTH_NOT_MINIMAL'], [127, 126, 'LENGTH_NOT_MINIMAL'], [127, 65535, 'LENGTH_NOT_MINIMAL'],
      [127, 65536, 'ok'], [127, 2 ** 53, 'ok'],
    ];
    for (const [announced, length, expected] of rows) {
      assert.equal(nameOf(judgeLengthForm(length, announced)), expected, `${length} announced by ${announced}`);
    }
  });
});
