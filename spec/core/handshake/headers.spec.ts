// RFC 9110 §5: a header section as a list.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { HeaderList } from '../../../lib/core/handshake/headers.ts';
import type { HeaderField } from '../../../lib/core/handshake/headers.ts';

const FIELDS: readonly HeaderField[] = [['Connection', 'keep-alive'], ['Host', 'a'], ['connection', 'Upgrade'], ['__proto__', 'x'], ['Empty', '']];

describe('handshake/headers', () => {
  it('RFC 9110 §5.2: repeated fields combine, in order, into one list; §5.3: a recipient may [9110-5.2-1] [9110-5.3-2]', () => {
    const headers = new HeaderList(FIELDS);
    assert.equal(headers.get('Connection'), 'keep-alive, Upgrade');
    assert.deepEqual(headers.all('CONNECTION'), ['keep-alive', 'Upgrade']);
  });

  it('RFC 9110 §5.1: field names are case-insensitive, A-Z only [9110-5.1-1] [6455-4.1-55]', () => {
    const headers = new HeaderList(FIELDS);
    assert.equal(headers.get('hOST'), 'a');
    assert.equal(headers.has('HOST'), true);
    assert.equal(new HeaderList([['\u212a', 'x']]).has('k'), false);
  });

  it('a field that is not there is null, one that is empty is empty, and no object property is a field', () => {
    const headers = new HeaderList(FIELDS);
    assert.equal(headers.get('Upgrade'), null);
    assert.deepEqual(headers.all('Upgrade'), []);
    assert.equal(headers.has('Upgrade'), false);
    assert.equal(headers.get('Empty'), '');
    assert.equal(headers.get('__proto__'), 'x');
    assert.equal(headers.get('constructor'), null);
    assert.equal(headers.has('toString'), false);
  });

  it('iterating gives every line in order, and what it was made from can change without changing it', () => {
    const source: [string, string][] = FIELDS.map(([name, value]) => [name, value]);
    const headers = new HeaderList(source);
    (source[0] as [string, string])[1] = 'changed';
    source.pop();
    assert.deepEqual([...headers], FIELDS);
    assert.equal(headers.size, 5);
    assert.deepEqual([...new HeaderList(headers)], FIELDS);
    assert.equal(new HeaderList().size, 0);
  });
});
