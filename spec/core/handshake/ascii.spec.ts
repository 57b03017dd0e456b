// RFC 6455 §2.1, RFC 9110 §5.6.2: characters, judged one by one.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import {
  equalsIgnoringCase, fromOctets, isDecimal, isFieldCode, isToken, isTokenCode, isVisible, isWhiteSpace, toLowerAscii, toOctets,
  trimWhiteSpace,
} from '../../../lib/core/handshake/ascii.ts';

/** RFC 9110 §5.6.2: the delimiters, which no token holds. */
const DELIMITERS = '"(),/:;<=>?@[\\]{} \t';

describe('handshake/ascii', () => {
  it('RFC 9110 §5.6.2: a token is one or more tchar: the 77 of the grammar and no other code [9110-5.6.2-1]', () => {
    let count = 0;
    for (let code = 0; code < 0x400; code++) {
      const character = String.fromCharCode(code);
      const visible = code > 0x20 && code < 0x7f;
      const expected = visible && !DELIMITERS.includes(character);
      assert.equal(isTokenCode(code), expected, `code ${code}`);
      assert.equal(isToken(`a${character}a`), expected, `code ${code} inside`);
      if (expected) count++;
    }
    assert.equal(count, 77);
    assert.equal(isToken(''), false);
    assert.equal(isTokenCode(NaN), false);
  });

  it('§2.1: only A-Z and a-z fold: KELVIN SIGN and LONG S are other characters, and so are their octets [6455-2.1-2]', () => {
    assert.equal(equalsIgnoringCase('WEBSOCKET', 'websocket'), true);
    assert.equal(equalsIgnoringCase('websocKet', 'WEBSOCkET'), true);
    for (const other of ['websoc\u212aet', 'web\u017focket', 'websoc\xe2\x84\xaaet', 'web\xc5\xbfocket', 'websocke', 'websocket ', 'websockeu']) {
      assert.equal(equalsIgnoringCase(other, 'websocket'), false, other);
    }
    assert.equal(toLowerAscii('AZaz\u212a\u0130@[`{\xc0'), 'azaz\u212a\u0130@[`{\xc0');
    assert.equal(equalsIgnoringCase('[', '{'), false);
    assert.equal(equalsIgnoringCase('@', '`'), false);
  });

  it('RFC 9110 §5.5: a field value holds HTAB, SP, VCHAR and obs-text', () => {
    for (let code = 0; code < 0x120; code++) {
      const expected = code === 9 || (code >= 0x20 && code <= 0x7e) || (code >= 0x80 && code <= 0xff);
      assert.equal(isFieldCode(code), expected, `code ${code}`);
    }
  });

  it('a decimal is digits only', () => {
    for (const good of ['0', '13', '0123456789']) assert.equal(isDecimal(good), true, good);
    for (const bad of ['', '-1', '+1', '1.0', '1e1', ' 1', '0x1', '/', ':', '\u0661']) assert.equal(isDecimal(bad), false, bad);
  });

  it('visible text is one or more VCHAR', () => {
    assert.equal(isVisible('!~'), true);
    for (const bad of ['', 'a b', 'a\t', '\x7f', 'caf\xe9', '\x1f']) assert.equal(isVisible(bad), false, JSON.stringify(bad));
  });

  it('RFC 9110 §5.6.3: optional white space is SP and HTAB, trimmed at both ends only', () => {
    assert.equal(trimWhiteSpace(' \t a \t b\t '), 'a \t b');
    assert.equal(trimWhiteSpace(' \t '), '');
    assert.equal(trimWhiteSpace('\u00a0a\v'), '\u00a0a\v');
    assert.deepEqual([0x20, 0x09, 0x0a, 0xa0].map(isWhiteSpace), [true, true, false, false]);
  });

  it('RFC 9112 §2.2: octets are code units, none is decoded, at any length [9112-2.2-1]', () => {
    const octets = Uint8Array.from({ length: 10_000 }, (_, at) => at & 0xff);
    const text = fromOctets(octets, 0, octets.length);
    assert.equal(text.length, octets.length);
    assert.equal(text.charCodeAt(9_999), 9_999 & 0xff);
    assert.deepEqual(toOctets(text), octets);
    assert.equal(fromOctets(octets, 0x41, 0x44), 'ABC');
    assert.equal(fromOctets(octets, 5, 5), '');
  });
});
