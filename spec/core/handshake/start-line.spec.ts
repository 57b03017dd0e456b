// RFC 9112 §2.3, §3, §4: start lines.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Refusal } from '../../../lib/core/handshake/refusal.ts';
import { requestGrammar, responseGrammar } from '../../../lib/core/handshake/start-line.ts';

function outcome(parsed: object): unknown {
  return parsed instanceof Refusal ? parsed.name : parsed;
}

const BAD_VERSIONS = ['http/1.1', 'HTTP/1.10', 'HTTP/11', 'HTTP/1', 'HTTP/x.1', 'HTTP/1.x', 'HTTP/1,1', 'HTTPS/1.', 'HTTP/ 1.'];

describe('handshake/start-line', () => {
  it('RFC 9112 §3: a request line is method SP target SP HTTP-version [9112-3-1]', () => {
    assert.deepEqual(requestGrammar.parse('GET /chat?x HTTP/1.1'), { method: 'GET', target: '/chat?x', version: '1.1' });
    assert.deepEqual(requestGrammar.parse('get * HTTP/2.0'), { method: 'get', target: '*', version: '2.0' });
  });

  it('RFC 9112 §3: any other spacing is refused and not repaired [9112-3-1] [9112-3-2] [9112-3.2-1] [9112-3.2-2]', () => {
    const bad = ['', 'GET', 'GET /', 'GET  / HTTP/1.1', 'GET /  HTTP/1.1', ' GET / HTTP/1.1', 'GET / HTTP/1.1 ', 'GET /a b HTTP/1.1', 'G;T / HTTP/1.1'];
    for (const line of bad) assert.equal(outcome(requestGrammar.parse(line)), 'REQUEST_LINE_MALFORMED', line);
  });

  it('RFC 9112 §2.3: HTTP-version is "HTTP/" DIGIT "." DIGIT, case-sensitive, on both sides [9112-2.3-1]', () => {
    for (const version of BAD_VERSIONS) {
      const request = `GET / ${version}`;
      assert.equal(outcome(requestGrammar.parse(request)), version.includes(' ') ? 'REQUEST_LINE_MALFORMED' : 'HTTP_VERSION_MALFORMED', version);
      const response = outcome(responseGrammar.parse(`${version} 101 X`));
      assert.equal(response, version === 'HTTP/1.10' ? 'STATUS_LINE_MALFORMED' : 'HTTP_VERSION_MALFORMED', version);
    }
    assert.equal((requestGrammar.parse('GET / http/1.1') as Refusal).found, '"GET / http/1.1"');
  });

  it('RFC 9112 §4: a status line is HTTP-version SP 3DIGIT SP [reason]; a missing last SP is let through [9112-4-1]', () => {
    assert.deepEqual(responseGrammar.parse('HTTP/1.1 101 Switching Protocols'), { version: '1.1', status: 101, reason: 'Switching Protocols' });
    assert.deepEqual(responseGrammar.parse('HTTP/1.1 101 '), { version: '1.1', status: 101, reason: '' });
    assert.deepEqual(responseGrammar.parse('HTTP/1.0 404'), { version: '1.0', status: 404, reason: '' });
    for (const line of ['HTTP/1.1 0101 X', 'HTTP/1.1  101', 'HTTP/1.1 10', 'HTTP/1.1 10 X', 'HTTP/1.1', 'HTTP/1.1 101x', 'HTTP/1.1\t101 X', 'HTTP/1.1 1e1 X']) {
      assert.equal(outcome(responseGrammar.parse(line)), 'STATUS_LINE_MALFORMED', line);
    }
  });

  it('the two kinds differ in what a start line may hold and in what comes before it', () => {
    assert.deepEqual([0x1f, 0x20, 0x7e, 0x7f, 0x80].map((octet) => requestGrammar.allows(octet)), [false, true, true, false, false]);
    assert.deepEqual([0x1f, 0x09, 0x7e, 0x7f, 0x80].map((octet) => responseGrammar.allows(octet)), [false, true, true, false, true]);
    assert.deepEqual([requestGrammar.emptyLines, responseGrammar.emptyLines], [4, 0]);
    assert.deepEqual([requestGrammar.unfolds, responseGrammar.unfolds], [false, true]);
    assert.deepEqual([requestGrammar.malformed, responseGrammar.malformed], ['REQUEST_LINE_MALFORMED', 'STATUS_LINE_MALFORMED']);
  });

  it('RFC 9112 §3: a request line too long is a method too long (501) or a target too long (414) [9112-3-3] [9112-3-4]', () => {
    assert.equal(requestGrammar.tooLong('GETTTTT'), 'METHOD_UNKNOWN');
    assert.equal(requestGrammar.tooLong('GET /aaaa'), 'TARGET_TOO_LONG');
    assert.equal(responseGrammar.tooLong('HTTP/1.1 200 A long'), null);
  });
});
