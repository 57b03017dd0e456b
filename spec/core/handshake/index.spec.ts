// The public surface: what is exported is what is promised.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as handshake from '../../../lib/core/handshake/index.ts';
import { samplePlatform } from '../../support/handshake.ts';

describe('handshake/index', () => {
  it('exports the two sides, the judges, the grammars and the parts, and nothing else', () => {
    assert.deepEqual(Object.keys(handshake).sort(), [
      'ClientHandshake', 'HeadReader', 'HeaderList', 'Malformed', 'Refusal', 'ServerHandshake', 'acceptKeyOf', 'checkField',
      'checkOriginPolicy', 'chooseProtocol', 'createKey', 'decodeBase64', 'encodeBase64', 'equalsIgnoringCase', 'handshakeLimits', 'isHost',
      'isKey', 'isToken', 'judgeHost', 'judgeOrigin', 'judgeRequest', 'judgeResponse', 'parseAuthority', 'parseExtensions', 'parseOrigin',
      'parseTokens', 'parseUpgrade', 'parseVersion', 'parseVersions', 'refusalRules', 'requestGrammar', 'responseGrammar',
      'serializeExtensions', 'sha1', 'toLowerAscii', 'versionsOf', 'writeRequestHead', 'writeResponseHead',
    ]);
  });

  it('§4: a client and a server of this module agree, whatever the chunking of either direction', () => {
    const platform = samplePlatform();
    const client = new handshake.ClientHandshake({
      platform, host: 'a', port: 1, secure: true, resource: '/', protocols: ['x', 'y'], extensions: [{ name: 'e', parameters: [['p', '1']] }],
    });
    const server = new handshake.ServerHandshake({ platform });
    for (const octet of client.takeOutput() ?? []) server.receive(Uint8Array.of(octet));
    assert.ok(server.request !== null);
    server.accept({ protocol: handshake.chooseProtocol(server.request.protocols, ['y']), extensions: server.request.extensions });
    for (const octet of server.takeOutput() ?? []) client.receive(Uint8Array.of(octet));
    assert.ok(client.result?.kind === 'open');
    assert.equal(client.result.protocol, 'y');
    assert.deepEqual(client.result.extensions, server.request.extensions);
  });
});
