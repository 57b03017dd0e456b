// RFC 9112 §11.1: nothing a caller supplies can split a message.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { callerFields, checkField, writeRequestHead, writeResponseHead } from '../../../lib/core/handshake/head-writer.ts';
import { HeaderList } from '../../../lib/core/handshake/headers.ts';
import type { HeaderField } from '../../../lib/core/handshake/headers.ts';
import { latin1 } from '../../support/bytes.ts';

const LINE = { method: 'GET', target: '/', version: '1.1' };

describe('handshake/head-writer', () => {
  it('a head is its start line, its fields in order and an empty line; octets are code units [9112-2.2-7]', () => {
    const headers = new HeaderList([['Host', 'a'], ['X-Name', 'caf\xe9\tb'], ['Empty', '']]);
    assert.deepEqual(writeRequestHead(LINE, headers), latin1('GET / HTTP/1.1\r\nHost: a\r\nX-Name: caf\xe9\tb\r\nEmpty: \r\n\r\n'));
    const status = { version: '1.1', status: 404, reason: 'Not Found' };
    assert.deepEqual(writeResponseHead(status, headers), latin1('HTTP/1.1 404 Not Found\r\nHost: a\r\nX-Name: caf\xe9\tb\r\nEmpty: \r\n\r\n'));
  });

  it('RFC 9112 §4: the space after the status code is sent even without a reason phrase [9112-4-3]', () => {
    assert.deepEqual(writeResponseHead({ version: '1.1', status: 599, reason: '' }, []), latin1('HTTP/1.1 599 \r\n\r\n'));
  });

  it('RFC 9112 §11.1: CR, LF, NUL, any control but HTAB, or more than an octet in a value throws, naming header and position ' +
    '[9112-11.1-1] [9112-2.2-3] [9112-5.2-1]', () => {
    for (const [bad, found] of [['\r', 'U+000D'], ['\n', 'U+000A'], ['\0', 'U+0000'], ['\x1f', 'U+001F'], ['\x7f', 'U+007F'], ['\u0100', 'U+0100'], ['\u{1f600}', 'U+D83D']]) {
      const write = (): Uint8Array => writeRequestHead(LINE, [['X-Y', `ab${bad}c`]]);
      assert.throws(write, { name: 'TypeError', message: `the value of header X-Y must hold no control character and nothing above U+00FF, found ${found} at 2` });
      assert.throws(() => writeResponseHead({ version: '1.1', status: 400, reason: `Bad${bad}` }, []), { name: 'TypeError', message: new RegExp(`reason phrase.*at 3`) });
    }
    assert.throws(() => checkField('X', 5 as unknown as string), { name: 'TypeError', message: /value of header X must be a string, found number/ });
  });

  it('a name or a method that is no token, or a target that is not visible ASCII, throws', () => {
    for (const name of ['', 'a b', 'a:', 'a\r\nX', 'caf\xe9', 7 as unknown as string]) {
      assert.throws(() => writeRequestHead(LINE, [[name, 'x']]), { name: 'TypeError', message: /a header name must be a token/ });
    }
    assert.throws(() => writeRequestHead({ ...LINE, method: 'G T' }, []), { name: 'TypeError', message: /a method must be a token, found "G T"/ });
    for (const target of ['', '/a b', '/\r\n', '/\xe9']) {
      assert.throws(() => writeRequestHead({ ...LINE, target }, []), { name: 'TypeError', message: /a request target must be visible ASCII/ });
    }
  });

  it("§4.1: a caller's own fields may be anything but those of the handshake itself [6455-4.1-44]", () => {
    const fields: readonly HeaderField[] = [['Authorization', 'Basic x'], ['Cookie', 'a=b'], ['Cookie', 'c=d']];
    assert.deepEqual(callerFields(fields), fields);
    assert.deepEqual(callerFields(new HeaderList(fields)), fields);
    assert.deepEqual(callerFields(), []);
    const reserved = ['Host', 'UPGRADE', 'connection', 'Content-Length', 'Transfer-Encoding', 'Origin', 'Sec-WebSocket-Key', 'sec-websocket-protocol'];
    for (const name of reserved) {
      assert.throws(() => callerFields([[name, 'x']]), { name: 'TypeError', message: `header ${name} is written by the handshake itself` });
    }
    assert.throws(() => callerFields([['A', 'x\r\nHost: evil']]), { name: 'TypeError', message: /value of header A/ });
  });

  it('fields that are not a list of pairs throw', () => {
    for (const bad of [{ a: 'b' }, 7, { length: 1 }]) {
      assert.throws(() => callerFields(bad as unknown as HeaderField[]), { name: 'TypeError', message: /headers must be a list of pairs/ });
    }
    for (const bad of [['ab'], [['a']], [['a', 'b', 'c']]]) {
      assert.throws(() => callerFields(bad as unknown as HeaderField[]), { name: 'TypeError', message: /each header must be a pair/ });
    }
  });
});
