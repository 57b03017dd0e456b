// RFC 9110 §5.6: the list rule, token and quoted-string, in one pass.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Malformed, parseList, Scanner } from '../../../lib/core/handshake/scanner.ts';

function readQuoted(text: string): string | Malformed {
  return new Scanner(text).readQuotedString();
}

function list(text: string): readonly string[] | string {
  const elements = parseList(text, (scanner) => scanner.readToken() || scanner.malformed('a token'));
  return elements instanceof Malformed ? `${elements.expected} at ${elements.position}` : elements;
}

describe('handshake/scanner', () => {
  it('a scanner steps over white space, codes and tokens, and stays put where there is none', () => {
    const scanner = new Scanner(' \ta=b');
    assert.equal(scanner.readToken(), '');
    scanner.skipWhiteSpace();
    assert.equal(scanner.at, 2);
    assert.equal(scanner.readToken(), 'a');
    assert.equal(scanner.take(0x3b), false);
    assert.equal(scanner.take(0x3d), true);
    assert.equal(scanner.atQuote, false);
    assert.equal(scanner.readToken(), 'b');
    assert.equal(scanner.atEnd, true);
    scanner.skipWhiteSpace();
    assert.equal(scanner.take(0x3d), false);
    assert.equal(scanner.readToken(), '');
    assert.deepEqual(scanner.malformed('more'), new Malformed(5, 'more'));
    assert.equal(new Scanner('"').atQuote, true);
  });

  it('RFC 9110 §5.6.4: a quoted-pair stands for the octet after the backslash; the string must end [9110-5.6.4-1]', () => {
    assert.equal(readQuoted('"1\\5"'), '15');
    assert.equal(readQuoted('"\\"\\\\"rest'), '"\\');
    assert.equal(readQuoted('""'), '');
    assert.equal(readQuoted('"a\t \xff"'), 'a\t \xff');
    for (const [text, at] of [['"', 1], ['"a', 2], ['"a\\"', 4], ['"a\\', 3], ['"a\x00"', 2], ['"a\\\n"', 3], ['"\u0100"', 1]] as const) {
      assert.deepEqual(readQuoted(text), new Malformed(at, 'the rest of a quoted-string'), text);
    }
  });

  it('RFC 9110 §5.6.1: elements are separated by commas and optional white space', () => {
    assert.deepEqual(list('a'), ['a']);
    assert.deepEqual(list(' \ta\t ,b , c'), ['a', 'b', 'c']);
    assert.equal(list('a b'), 'a comma or the end at 2');
    assert.equal(list('a;b'), 'a comma or the end at 1');
    assert.equal(list('a, ='), 'a token at 3');
  });

  it('RFC 9110 §5.6.1.2: a reasonable number of empty elements is ignored; one element must be there [9110-5.6.1.2-1]', () => {
    assert.deepEqual(list(',a'), ['a']);
    assert.deepEqual(list('a,'), ['a']);
    assert.deepEqual(list(', ,a,\t,, b , '), ['a', 'b']);
    assert.deepEqual(list(`${','.repeat(16)}a`), ['a']);
    assert.equal(list(`${','.repeat(17)}a`), 'no more than 16 empty elements at 17');
    for (const text of ['', ' \t', ',', ', ,']) assert.equal(list(text), `at least one element at ${text.length}`, JSON.stringify(text));
  });
});
