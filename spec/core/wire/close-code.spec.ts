import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import {
  ABNORMAL_CLOSURE, CLOSE_CODES, GOING_AWAY, NORMAL_CLOSURE, NO_STATUS_RECEIVED, PROTOCOL_ERROR, describeCloseCode, isCloseCodeOnWire,
} from '../../../lib/core/wire/close-code.ts';
import { readJson } from '../../support/project.ts';

interface Vectors {
  readonly closeCodes: readonly { from: number; to: number; name: string; sendableByProtocol: boolean; receivable: boolean }[];
}

const { closeCodes } = readJson<Vectors>('spec/vectors/vectors.json');

/** The codes that a Close frame may carry, as ranges, found by asking about every 16-bit number. */
function rangesOnWire(): string[] {
  const ranges: string[] = [];
  for (let code = 0; code <= 0xffff; code++) {
    if (!isCloseCodeOnWire(code) || isCloseCodeOnWire(code - 1)) continue;
    let to = code;
    while (isCloseCodeOnWire(to + 1)) to++;
    ranges.push(`${code}–${to}`);
  }
  return ranges;
}

describe('close codes (§7.4)', () => {
  it('§7.4: every 16-bit number may be sent and received, or not, as the vectors say', () => {
    let next = 0;
    for (const { from, to, name, sendableByProtocol, receivable } of closeCodes) {
      assert.equal(from, next, 'the vectors leave out no number');
      next = to + 1;
      for (let code = from; code <= to; code++) {
        assert.equal(isCloseCodeOnWire(code), sendableByProtocol, `sending ${code}, ${name}`);
        assert.equal(isCloseCodeOnWire(code), receivable, `receiving ${code}, ${name}`);
        assert.equal(describeCloseCode(code).onWire, receivable, `the row of ${code}, ${name}`);
      }
    }
    assert.equal(next, 0x10000);
  });

  it('§7.4: what a Close frame may carry is 1000–1003, 1007–1014 and 3000–4999, and nothing else [6455-7.4.1-1] [6455-7.4.1-3] [6455-7.4.1-4] [6455-7.4.1-5] [6455-7.4.1-13] [6455-7.4.2-1] [6455-7.4.2-2] [6455-7.4.2-3] [6455-7.4.2-4] [6455-7.4.2-5] [6455-11.7-1]', () => {
    assert.deepEqual(rangesOnWire(), ['1000–1003', '1007–1014', '3000–4999']);
  });

  it('IANA: 1012, 1013 and 1014 may be used; 1004, 1005, 1006, 1015 and 1016–2999 may not [iana-ws-close-code-1] [iana-ws-close-code-2] [iana-ws-close-code-3] [iana-ws-close-code-4] [iana-ws-close-code-5] [iana-ws-close-code-6] [iana-ws-close-code-7]', () => {
    assert.deepEqual(
      [1012, 1013, 1014].map((code) => describeCloseCode(code)).map(({ name, section, onWire }) => [name, section, onWire]),
      [['Service Restart', 'IANA', true], ['Try Again Later', 'IANA', true], ['Bad Gateway', 'IANA', true]],
    );
    for (const code of [1004, 1005, 1006, 1015, 1016, 2999]) assert.equal(isCloseCodeOnWire(code), false, `${code}`);
    for (const code of [3000, 3003, 3008, 3999, 4000, 4999]) assert.equal(isCloseCodeOnWire(code), true, `${code}`);
  });

  it('nothing that is not a 16-bit integer may be sent or received', () => {
    for (const code of [-1, -1000, 65536, 66536, 1000.5, 3000.5, 4999.5, NaN, Infinity, -Infinity]) {
      assert.equal(isCloseCodeOnWire(code), false, `${code}`);
    }
    for (const code of ['1000', 1000n, null, undefined, [1000], { valueOf: () => 1000 }]) {
      assert.equal(isCloseCodeOnWire(code as never), false, typeof code);
    }
  });

  it('the registry holds every 16-bit number once, in order, and cannot be changed', () => {
    let next = 0;
    for (const row of CLOSE_CODES) {
      assert.equal(row.from, next);
      assert.ok(row.to >= row.from);
      assert.notEqual(row.name, '');
      assert.match(row.section, /^(§7\.4\.[12]|IANA)$/);
      assert.ok(Object.isFrozen(row));
      next = row.to + 1;
    }
    assert.equal(next, 0x10000);
    assert.ok(Object.isFrozen(CLOSE_CODES));
  });

  it('every number is described by the row that holds it', () => {
    for (const row of CLOSE_CODES) {
      assert.equal(describeCloseCode(row.from), row);
      assert.equal(describeCloseCode(row.to), row);
    }
  });

  it('§7.4.1: the codes with a name of their own are the RFC’s', () => {
    assert.deepEqual(
      [NORMAL_CLOSURE, GOING_AWAY, PROTOCOL_ERROR, NO_STATUS_RECEIVED, ABNORMAL_CLOSURE].map((code) => [code, describeCloseCode(code).name]),
      [[1000, 'Normal Closure'], [1001, 'Going Away'], [1002, 'Protocol Error'], [1005, 'No Status Received'], [1006, 'Abnormal Closure']],
    );
  });

  it('describing what is no close code throws a RangeError that names it', () => {
    for (const code of [-1, 65536, 1.5, 1000.5, NaN, Infinity]) {
      assert.throws(() => describeCloseCode(code), { name: 'RangeError', message: `a close code is an integer in 0…65535, found ${code}` });
    }
    assert.throws(() => describeCloseCode('1000' as never), RangeError);
  });
});
