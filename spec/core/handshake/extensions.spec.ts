// RFC 6455 §9.1: the grammar of Sec-WebSocket-Extensions, read and written.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { parseExtensions, serializeExtensions } from '../../../lib/core/handshake/extensions.ts';
import type { Extension } from '../../../lib/core/handshake/extensions.ts';
import { Malformed } from '../../../lib/core/handshake/scanner.ts';
import { readJson } from '../../support/project.ts';

type Listed = readonly (readonly [name: string, parameters: readonly (readonly [string, string | null])[]])[];

interface GrammarVector { readonly value: string; readonly parse: Listed | 'malformed'; readonly strength: string }

const { extensionGrammar } = readJson<{ extensionGrammar: { cases: readonly GrammarVector[] } }>('spec/vectors/vectors.json');

function listed(extensions: readonly Extension[]): Listed {
  return extensions.map(({ name, parameters }) => [name, parameters]);
}

function parsed(value: string): readonly Extension[] {
  const extensions = parseExtensions(value);
  assert.ok(!(extensions instanceof Malformed), value);
  return extensions;
}

describe('handshake/extensions', () => {
  for (const { value, parse } of extensionGrammar.cases) {
    const quoted = value.includes('="') ? ' [6455-4.3-3] [6455-9.1-3]' : '';
    const spaced = value.includes(' = ') || value.includes(' ;') ? ' [6455-4.3-8]' : '';
    it(`§9.1: ${JSON.stringify(value)} is ${parse === 'malformed' ? 'malformed' : 'well-formed'} [6455-4.3-2]${quoted}${spaced}`, () => {
      const extensions = parseExtensions(value);
      if (parse === 'malformed') assert.ok(extensions instanceof Malformed);
      else assert.deepEqual(listed(parsed(value)), parse);
    });
  }

  it('§9.1: a malformed value says where and what was expected', () => {
    const wrong: readonly (readonly [string, number, string])[] = [
      ['permessage-deflate;', 19, 'a parameter name'],
      ['a; =1', 3, 'a parameter name'],
      ['a; b=', 5, 'a parameter value that is a token'],
      ['a; b=""', 5, 'a parameter value that is a token'],
      ['a; b="c', 7, 'the rest of a quoted-string'],
      ['a; b="c"d', 8, 'a comma or the end'],
      ['=1', 0, 'an extension name'],
      ['a b', 2, 'a comma or the end'],
    ];
    for (const [value, position, expected] of wrong) assert.deepEqual(parseExtensions(value), new Malformed(position, expected), value);
  });

  it('§9.1: names are strings like any other, also those every object has', () => {
    const value = '__proto__; constructor=toString; __proto__, hasOwnProperty';
    assert.deepEqual(listed(parsed(value)), [
      ['__proto__', [['constructor', 'toString'], ['__proto__', null]]], ['hasOwnProperty', []],
    ]);
  });

  it('§9.1: order is kept, since it is preference in a request and the order of use in a response [6455-9.1-8]', () => {
    assert.deepEqual(parsed('c, a; z; y, b, a').map(({ name }) => name), ['c', 'a', 'b', 'a']);
  });

  it('§9.1: what is written follows the grammar, without quotes, empty elements or white space around "=" ' +
    '[6455-9.1-1] [9110-5.6.1.1-1] [9110-5.6.3-1] [9110-5.6.4-2]', () => {
    const value = 'permessage-deflate; client_max_window_bits; server_max_window_bits=10, x-y';
    assert.equal(serializeExtensions(parsed(value)), value);
    assert.equal(serializeExtensions(parsed('a ; b = "1\\0" ,, c')), 'a; b=10, c');
    assert.equal(serializeExtensions([]), '');
  });

  it('§11.4: writing what is no token throws, naming it [6455-11.4-1]', () => {
    const wrong: readonly (readonly [Extension, RegExp])[] = [
      [{ name: 'a b', parameters: [] }, /extension name must be a token, found "a b"/],
      [{ name: '', parameters: [] }, /extension name/],
      [{ name: 'a', parameters: [['b;', null]] }, /parameter name of a must be a token, found "b;"/],
      [{ name: 'a', parameters: [['b', '']] }, /the value of a's b must be a token, found ""/],
      [{ name: 'a', parameters: [['b', '1\r\nX: y']] }, /the value of a's b/],
    ];
    for (const [extension, message] of wrong) assert.throws(() => serializeExtensions([extension]), { name: 'TypeError', message });
  });
});
