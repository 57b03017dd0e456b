// WebSocketError: what it is made of, and what it refuses.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { WebSocketError } from '../../lib/whatwg/index.ts';
import type { WebSocketCloseInfo } from '../../lib/whatwg/index.ts';
import { throwsDom } from './support.ts';

describe('WebSocketError', () => {
  it('is a DOMException of that name, without a code, with closeCode null and an empty reason by default', () => {
    const error = new WebSocketError();
    assert.ok(error instanceof DOMException && error instanceof Error);
    assert.deepEqual([error.code, error.name, error.message, error.closeCode, error.reason], [0, 'WebSocketError', '', null, '']);
    assert.equal(Object.prototype.toString.call(error), '[object WebSocketError]');
    assert.equal(WebSocketError.length, 0);
  });

  it('takes message, closeCode and reason from its arguments, a closeCode alone too', () => {
    const error = new WebSocketError('message', { closeCode: 3456, reason: 'reason\ud800' });
    assert.deepEqual([error.message, error.closeCode, error.reason], ['message', 3456, 'reason\ufffd']);
    assert.equal(new WebSocketError('', { closeCode: 1000 }).closeCode, 1000);
    assert.equal(new WebSocketError('', { closeCode: 3000.9 }).closeCode, 3000, '[EnforceRange] truncates');
    for (const name of ['closeCode', 'reason']) assert.equal(Reflect.set(error, name, 1), false);
  });

  it('gives a reason without a code the code 1000, an empty one none', () => {
    assert.equal(new WebSocketError('', { reason: 'specified' }).closeCode, 1000);
    assert.equal(new WebSocketError('', { reason: '' }).closeCode, null);
  });

  for (const closeCode of [999, 1001, 2999, 5000]) {
    it(`refuses the code ${closeCode} with an InvalidAccessError`, () => {
      throwsDom('InvalidAccessError', () => new WebSocketError('', { closeCode }));
    });
  }

  it('refuses what is no code at all, and what is no dictionary, with a TypeError', () => {
    for (const closeCode of [-1, 65_536, NaN, 'code', {}]) {
      assert.throws(() => new WebSocketError('', { closeCode: closeCode as number }), TypeError);
    }
    assert.throws(() => new WebSocketError('', true as unknown as WebSocketCloseInfo), TypeError);
    throwsDom('InvalidAccessError', () => new WebSocketError('', { closeCode: null as unknown as number }));
  });

  it('refuses a reason over 123 bytes of UTF-8 with a SyntaxError, counting bytes and not characters', () => {
    throwsDom('SyntaxError', () => new WebSocketError('', { reason: 'x'.repeat(124) }));
    throwsDom('SyntaxError', () => new WebSocketError('', { reason: 'é'.repeat(62) }));
    assert.equal(new WebSocketError('', { reason: `${'é'.repeat(61)}x` }).reason.length, 62);
  });
});
