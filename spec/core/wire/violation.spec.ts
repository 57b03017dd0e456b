import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { ABNORMAL_CLOSURE, isCloseCodeOnWire } from '../../../lib/core/wire/close-code.ts';
import * as table from '../../../lib/core/wire/violation.ts';
import type { Violation, ViolationName } from '../../../lib/core/wire/violation.ts';

const { VIOLATIONS, ...exportedRows } = table;

/** The close code each row is promised to carry. The compiler holds this list to `ViolationName`. */
const CODES: Readonly<Record<ViolationName, number>> = {
  RESERVED_OPCODE: 1002, RSV_NOT_NEGOTIATED: 1002, RSV1_ON_CONTROL: 1002, RSV1_ON_CONTINUATION: 1002,
  CONTROL_FRAGMENTED: 1002, CONTROL_TOO_LONG: 1002, CONTINUATION_WITHOUT_START: 1002, MESSAGE_INTERLEAVED: 1002,
  MASK_MISSING: 1002, MASK_UNEXPECTED: 1002, LENGTH_NOT_MINIMAL: 1002, LENGTH_TOP_BIT_SET: 1002,
  CLOSE_BODY_TOO_SHORT: 1002, CLOSE_CODE_NOT_ALLOWED: 1002,
  TEXT_NOT_UTF8: 1007, CLOSE_REASON_NOT_UTF8: 1007,
  DEFLATE_CORRUPT: 1007, DEFLATE_DISTANCE_TOO_FAR: 1007, DEFLATE_TRUNCATED: 1007, DEFLATE_TRAILING_DATA: 1007,
  TOO_MANY_FRAGMENTS: 1008, MESSAGE_TOO_SLOW: 1008, QUEUE_OVERFLOW: 1008, CONTROL_TOO_FREQUENT: 1008,
  FRAME_TOO_BIG: 1009, MESSAGE_TOO_BIG: 1009, INFLATE_RATIO_EXCEEDED: 1009,
  PEER_SILENT: 1011, APPLICATION_FAILED: 1011,
  CLOSE_UNANSWERED: 1006, TRANSPORT_ENDED: 1006, TRANSPORT_FAILED: 1006, TERMINATED: 1006,
};

function each(check: (row: Violation) => void): void {
  assert.ok(VIOLATIONS.length > 0);
  for (const row of VIOLATIONS) check(row);
}

describe('the violation table', () => {
  it('holds every exported row once, each exported under its own name', () => {
    for (const [exported, row] of Object.entries(exportedRows)) {
      assert.equal(row.name, exported);
      assert.equal(VIOLATIONS.filter((other) => other === row).length, 1, exported);
    }
    assert.equal(VIOLATIONS.length, Object.keys(exportedRows).length);
  });

  it('has a row for every name there is, and no name twice', () => {
    assert.deepEqual(VIOLATIONS.map(({ name }) => name).sort(), Object.keys(CODES).sort());
  });

  it('§7.4.1: says 1002 for a broken protocol, 1007 for data that is not of its type, 1008 for a policy, 1009 for what is too big', () => {
    each(({ name, code }) => assert.equal(code, CODES[name], name));
  });

  it('§7.4: has codes that a Close frame may carry, or 1006 where none is sent', () => {
    each(({ name, code }) => assert.ok(code === ABNORMAL_CLOSURE || isCloseCodeOnWire(code), name));
  });

  it('names a section, and another document where it is not RFC 6455', () => {
    each(({ name, section }) => assert.match(section, /^(RFC \d{4} )?§\d+(\.\d+)*$/, name));
  });

  it('blames the peer, this side or the network; what a header or a payload breaks is the peer’s', () => {
    each(({ name, fault, code }) => {
      assert.ok(['peer', 'local', 'network'].includes(fault), name);
      if (code === 1002 || code === 1007 || code === 1009) assert.equal(fault, 'peer', name);
    });
  });

  it('says of each row, in a sentence of its own, what should have been so', () => {
    each(({ name, sentence }) => assert.match(sentence, /^\S.*[^\s.]$/, name));
    assert.equal(new Set(VIOLATIONS.map(({ sentence }) => sentence)).size, VIOLATIONS.length);
  });

  it('cannot be changed by whoever reads it', () => {
    assert.ok(Object.isFrozen(VIOLATIONS));
    each((row) => assert.ok(Object.isFrozen(row), row.name));
  });
});
