// RFC 6455 §4.3, RFC 9110 §7.6.1, §7.8: the plain lists.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Malformed } from '../../../lib/core/handshake/scanner.ts';
import { parseTokens, parseUpgrade, parseVersion, parseVersions } from '../../../lib/core/handshake/tokens.ts';

describe('handshake/tokens', () => {
  it('§4.3: a list of tokens is 1#token [6455-4.3-4]', () => {
    assert.deepEqual(parseTokens('chat , superchat'), ['chat', 'superchat']);
    assert.deepEqual(parseTokens('Keep-Alive,Upgrade'), ['Keep-Alive', 'Upgrade']);
    for (const bad of ['', 'chat superchat', 'chat;v=1', '"chat"', 'a/b', 'caf\xe9', '=']) {
      assert.ok(parseTokens(bad) instanceof Malformed, bad);
    }
  });

  it('RFC 9110 §7.8: Upgrade lists protocol names, each with an optional version', () => {
    assert.deepEqual(parseUpgrade('foo/1.0, websocket ,HTTP/2'), ['foo/1.0', 'websocket', 'HTTP/2']);
    for (const bad of ['', '/1', 'foo/', 'foo/1/2', 'foo /1', 'websoc\xe2\x84\xaaet']) assert.ok(parseUpgrade(bad) instanceof Malformed, bad);
  });

  it('§4.3: a version is 0 to 255 in decimal, without leading zeros [6455-4.3-6]', () => {
    for (let version = 0; version <= 255; version++) assert.equal(parseVersion(String(version)), version);
    for (const bad of ['', '256', '1000', '013', '00', '-1', '+13', '13.0', '0xd', '1.3e1', '13, 13', ' 13']) {
      assert.equal(parseVersion(bad), null, bad);
    }
  });

  it('§4.3: a server lists versions as 1#version [6455-4.3-7]', () => {
    assert.deepEqual(parseVersions('13, 8, 7'), [13, 8, 7]);
    assert.deepEqual(parseVersions('13'), [13]);
    assert.deepEqual(parseVersions('13, 256'), new Malformed(4, 'a version'));
    for (const bad of ['', '13;q=1', '013', 'x']) assert.ok(parseVersions(bad) instanceof Malformed, bad);
  });
});
