// RFC 6455 §4.2.2, RFC 7936 §2: one of those offered, or none.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { chooseProtocol } from '../../../lib/core/handshake/subprotocol.ts';

describe('handshake/subprotocol', () => {
  it('§4.2.2: the first subprotocol offered that is supported is chosen [6455-4.2.2-11]', () => {
    assert.equal(chooseProtocol(['a', 'b'], ['b']), 'b');
    assert.equal(chooseProtocol(['superchat', 'chat'], ['chat', 'superchat']), 'superchat');
  });

  it('§4.2.2: without an offer or an agreement there is no subprotocol, and the empty string is none [6455-4.2.2-12] [6455-4.2.2-14]', () => {
    assert.equal(chooseProtocol([], ['chat']), null);
    assert.equal(chooseProtocol(['chat'], []), null);
    assert.equal(chooseProtocol(['x'], ['chat']), null);
    assert.equal(chooseProtocol([''], ['']), null);
  });

  it('RFC 7936 §2: names are compared with their case [7936-2-1]', () => {
    assert.equal(chooseProtocol(['Chat'], ['chat']), null);
  });
});
