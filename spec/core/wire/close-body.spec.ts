import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { MAX_REASON_LENGTH, readCloseBody, writeCloseBody } from '../../../lib/core/wire/close-body.ts';
import { isCloseCodeOnWire } from '../../../lib/core/wire/close-code.ts';
import { concat, hex, toHex, utf8 } from '../../support/bytes.ts';
import { readJson } from '../../support/project.ts';

interface Vectors {
  readonly closeFrames: readonly {
    readonly id: string;
    readonly hex: readonly string[];
    readonly expect: readonly ['close', number, string] | readonly ['fail', number];
  }[];
}

const { closeFrames } = readJson<Vectors>('spec/vectors/vectors.json');

/** What a body says: `close 1000 bye`, or the rule it breaks, its code for the peer and the status code found. */
function read(bytes: Uint8Array, start: number = 0, end: number = bytes.length): string {
  const body = readCloseBody(bytes, start, end);
  return body.violation === null ? `close ${body.code} ${body.reason}` : `${body.violation.name} ${body.violation.code} (${body.code})`;
}

describe('reading the body of a Close frame (§5.5.1)', () => {
  // Two of the vectors never get here: the header rules refuse a body of one byte and one of more than 125.
  const bodies = closeFrames
    .map(({ id, hex: chunks, expect }) => ({ id, frame: hex(chunks.join('')), expect }))
    .filter(({ frame }) => (frame[1] as number) !== 1 && (frame[1] as number) <= 125); // every vector has two bytes of header

  it('the vectors that reach it are all but two', () => assert.equal(bodies.length, closeFrames.length - 2));

  for (const { id, frame, expect } of bodies) {
    it(`${id}: ${expect.join(' ')}`, () => {
      const said = read(frame, 2);
      if (expect[0] === 'close') assert.equal(said, expect.join(' '));
      else assert.match(said, new RegExp(`^CLOSE_[A-Z0-9_]+ ${expect[1]} `));
    });
  }

  it('§7.1.5: a body that is empty has no status: 1005, and no reason [6455-7.1.5-2]', () => {
    assert.deepEqual(readCloseBody(hex('ff03e8ff'), 2, 2), { violation: null, code: 1005, reason: '' });
  });

  it('§5.5.1: a body begins with a 2-byte status code in network byte order; a reason in UTF-8 may follow [6455-5.5.1-2] [6455-5.5.1-3] [6455-7.1.6-1]', () => {
    assert.deepEqual(readCloseBody(concat(hex('03e8'), utf8('bye €')), 0, 9), { violation: null, code: 1000, reason: 'bye €' });
    assert.deepEqual(readCloseBody(hex('1387'), 0, 2), { violation: null, code: 4999, reason: '' });
  });

  it('§7.4: every status code that may not appear on the wire is refused with 1002, and told', () => {
    for (let code = 0; code <= 0xffff; code++) {
      const expected = isCloseCodeOnWire(code) ? `close ${code} ` : `CLOSE_CODE_NOT_ALLOWED 1002 (${code})`;
      assert.equal(read(Uint8Array.of(code >>> 8, code)), expected);
    }
  });

  it('§8.1: a reason that is not valid UTF-8 is refused with 1007', () => {
    for (const reason of ['ff', 'c080', 'eda080', 'f4908080', '61e282']) {
      assert.equal(read(hex(`03e8${reason}`)), 'CLOSE_REASON_NOT_UTF8 1007 (1000)', reason);
    }
  });

  it('the code is judged before the reason', () => {
    assert.equal(read(hex('03edff')), 'CLOSE_CODE_NOT_ALLOWED 1002 (1005)');
    assert.equal(read(hex('0000ff')), 'CLOSE_CODE_NOT_ALLOWED 1002 (0)');
  });

  it('reads only the range it is given', () => {
    assert.equal(read(hex('ffff 03e8 6f6b ffff'), 2, 6), 'close 1000 ok');
    assert.equal(read(hex('ffff 03e8 6f6b ffff'), 2, 4), 'close 1000 ');
  });

  it('§6, RFC 3629: a byte order mark in a reason is data and is kept', () => {
    assert.equal(read(hex('03e8efbbbf61')), 'close 1000 \uFEFFa');
  });
});

describe('writing the body of a Close frame (§5.5.1)', () => {
  it('§5.5.1: writes the status code in network byte order, then the reason in UTF-8', () => {
    assert.equal(toHex(writeCloseBody(1000, '')), '03e8');
    assert.equal(toHex(writeCloseBody(3000, 'x')), '0bb878');
    assert.equal(toHex(writeCloseBody(4999, '€')), '1387e282ac');
    assert.equal(toHex(writeCloseBody(1000, '\ud800')), '03e8efbfbd');
  });

  it('§7.4: writes every code that may appear on the wire, and throws a RangeError that names any other', () => {
    for (const code of [...Array(5002).keys(), -1, 32768, 65535, 65536, 66536]) {
      if (isCloseCodeOnWire(code)) assert.equal(read(writeCloseBody(code, '')), `close ${code} `);
      else assert.throws(() => writeCloseBody(code, ''), { name: 'RangeError', message: new RegExp(`^close code ${code} \\(`) });
    }
  });

  it('a refusal says what the code is reserved for', () => {
    assert.throws(() => writeCloseBody(1005, ''), { message: /1005 \(No Status Received\).*1000–1003, 1007–1014 or 3000–4999/ });
    assert.throws(() => writeCloseBody(0, ''), { message: /code 0 \(unused\)/ });
    assert.throws(() => writeCloseBody(65535, ''), { message: /code 65535 \(undefined\)/ });
    for (const code of [-1, 65536, 1000.5, NaN, Infinity]) {
      assert.throws(() => writeCloseBody(code, ''), { name: 'RangeError', message: new RegExp(`code ${code} \\(not a close code\\)`) });
    }
  });

  it('§5.5: a reason has at most 123 bytes, counted in UTF-8', () => {
    assert.equal(MAX_REASON_LENGTH, 123);
    for (const reason of ['*'.repeat(123), '€'.repeat(41), `${'😀'.repeat(30)}abc`, '\ud800'.repeat(41)]) {
      assert.equal(toHex(writeCloseBody(1000, reason)), `03e8${toHex(utf8(reason))}`);
    }
    for (const [reason, length] of [['*'.repeat(124), 124], ['€'.repeat(42), 126], ['😀'.repeat(31), 124]] as const) {
      const message = `a close reason has at most 123 bytes of UTF-8, found ${length} (§5.5)`;
      assert.throws(() => writeCloseBody(1000, reason), { name: 'RangeError', message });
    }
  });

  it('what it writes, it reads', () => {
    for (const reason of ['', 'bye', '€é😀', '\uFEFFa', '\0']) {
      assert.deepEqual(readCloseBody(writeCloseBody(4000, reason), 0, 2 + utf8(reason).length), { violation: null, code: 4000, reason });
    }
  });

  it('the body is the caller’s and holds nothing else', () => {
    const body = writeCloseBody(1000, 'bye');
    assert.equal(body.buffer.byteLength, 5);
    assert.notEqual(writeCloseBody(1000, 'bye').buffer, body.buffer);
  });
});

describe('writing a Close body for a caller without types', () => {
  const OTHERS: readonly (readonly [name: string, value: unknown])[] = [
    ['undefined', undefined], ['null', null], ['true', true], ['false', false], ['0n', 0n], ['1000n', 1000n], ['a symbol', Symbol('s')],
    ['a function', () => 1000], ['{}', {}], ['[]', []], ['[1000]', [1000]], ['["a"]', ['a']],
    ['an object with a length', { length: 8 }], ['an object that looks like a string', { length: 2, charCodeAt: () => 0x61 }],
    ['an object without a prototype', Object.create(null)], ['an object that reads as 1000', { valueOf: () => 1000, toString: () => 'bye' }],
    ['a Date', new Date(0)], ['a RegExp', /x/], ['an Error', new Error('x')], ['a Map', new Map()],
    ['a String object', Object('bye')], ['a Number object', Object(1000)],
    ['an empty Uint8Array', new Uint8Array(0)], ['a Uint8Array', new Uint8Array(8)], ['a Uint16Array', new Uint16Array(8)],
    ['a Float64Array', new Float64Array(8)], ['an ArrayBuffer', new ArrayBuffer(8)], ['a DataView', new DataView(new ArrayBuffer(8))],
    ['a Buffer', Buffer.from('bye')], ['a Proxy', new Proxy({}, { get: () => 8 })],
  ];

  for (const [name, value] of [...OTHERS, ['a number', 8], ['NaN', NaN]] as const) {
    it(`${name} as a reason is a TypeError, and never bytes`, () => {
      const message = `a close reason is a string, found ${typeof value}`;
      assert.throws(() => writeCloseBody(1000, value as never), { name: 'TypeError', message });
    });
  }

  for (const [name, value] of [...OTHERS, ['a string', '1000']] as const) {
    it(`${name} as a code is a TypeError, and never bytes`, () => {
      const message = `a close code is a number, found ${typeof value}`;
      assert.throws(() => writeCloseBody(value as never, 'bye'), { name: 'TypeError', message });
    });
  }

  it('the code is judged before the reason', () => {
    assert.throws(() => writeCloseBody(1005, 5 as never), { name: 'RangeError', message: /1005/ });
    assert.throws(() => writeCloseBody(1005, '*'.repeat(124)), { name: 'RangeError', message: /1005/ });
  });
});
