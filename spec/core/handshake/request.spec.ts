// RFC 6455 §4.2.1: the judge of a client's opening handshake, rule by rule.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { HeaderList } from '../../../lib/core/handshake/headers.ts';
import type { HeaderField } from '../../../lib/core/handshake/headers.ts';
import { Refusal } from '../../../lib/core/handshake/refusal.ts';
import { judgeRequest } from '../../../lib/core/handshake/request.ts';
import type { RequestHead, ServerRequest } from '../../../lib/core/handshake/request.ts';
import type { FieldTable } from '../../support/handshake.ts';
import { SAMPLE_KEY } from '../../support/handshake.ts';
import { Random } from '../../support/random.ts';

const BASELINE: readonly HeaderField[] = [
  ['Host', 'server.example.com'], ['Upgrade', 'websocket'], ['Connection', 'Upgrade'], ['Sec-WebSocket-Key', SAMPLE_KEY],
  ['Sec-WebSocket-Version', '13'],
];

function head(changes: FieldTable = {}, line: Partial<RequestHead> = {}): RequestHead {
  const fields = BASELINE.filter(([name]) => changes[name] === undefined);
  for (const [name, value] of Object.entries(changes)) {
    const values = value === null ? [] : typeof value === 'string' ? [value] : value;
    fields.push(...values.map((each): HeaderField => [name, each]));
  }
  return { method: 'GET', target: '/chat', version: '1.1', headers: new HeaderList(fields), ...line };
}

function good(changes?: FieldTable, line?: Partial<RequestHead>): ServerRequest {
  const request = judgeRequest(head(changes, line));
  assert.ok(!(request instanceof Refusal), request instanceof Refusal ? request.message : '');
  return request;
}

function bad(changes: FieldTable, line?: Partial<RequestHead>): string {
  const refusal = judgeRequest(head(changes, line));
  assert.ok(refusal instanceof Refusal, 'was to be refused');
  return refusal.name;
}

describe('handshake/request', () => {
  it('§4.2.1: a good request has its parts, and optional ones are null or empty [6455-4.2.1-5] [6455-4.2.1-10] [6455-4.2.1-11] ' +
    '[6455-4.2.1-12] [6455-4.2.1-13]', () => {
    const given = head();
    assert.deepEqual(judgeRequest(given), {
      ...given, resource: '/chat', host: 'server.example.com', origin: null, key: SAMPLE_KEY, protocols: [], extensions: [],
      expectsContinue: false,
    });
    const request = good({ 'Origin': 'http://example.com', 'Sec-WebSocket-Protocol': 'a, b', 'Sec-WebSocket-Extensions': 'x; y=1' });
    assert.equal(request.origin, 'http://example.com');
    assert.deepEqual(request.protocols, ['a', 'b']);
    assert.deepEqual(request.extensions, [{ name: 'x', parameters: [['y', '1']] }]);
  });

  it('§4.2.1: the order of fields does not matter, and unknown ones are ignored [6455-4.2.1-3] [6455-4.2.1-14] [9110-5.1-2]', () => {
    const random = new Random(421);
    const fields: readonly HeaderField[] = [...BASELINE, ['X-Anything', '1'], ['X-Name', 'caf\xe9']];
    for (let round = 0; round < 200; round++) {
      const shuffled = [...fields].sort(() => random.below(3) - 1);
      assert.ok(!(judgeRequest(head({}, { headers: new HeaderList(shuffled) })) instanceof Refusal));
    }
  });

  it('§4.2.1: the method is GET, as written; another known one is 405, an unknown one 501 [6455-4.2.1-4] [9112-3.1-1] [9112-3-3]', () => {
    for (const method of ['POST', 'HEAD', 'CONNECT', 'OPTIONS']) assert.equal(bad({}, { method }), 'METHOD_NOT_GET', method);
    for (const method of ['get', 'Get', 'GETT', 'BREW']) assert.equal(bad({}, { method }), 'METHOD_UNKNOWN', method);
  });

  it('§4.2.1: the version is HTTP/1.1 or higher, of the same major; HTTP/1.0 cannot upgrade [6455-4.2.1-4] [9110-7.8-8] [9112-6.1-5]', () => {
    assert.equal(good({}, { version: '1.2' }).version, '1.2');
    assert.equal(bad({}, { version: '1.0' }), 'HTTP_VERSION_TOO_OLD');
    assert.equal(bad({ 'Transfer-Encoding': 'chunked' }, { version: '1.0' }), 'HTTP_VERSION_TOO_OLD');
    for (const version of ['0.9', '2.0', '3.0']) assert.equal(bad({}, { version }), 'HTTP_VERSION_UNSUPPORTED', version);
  });

  it("§4.2.1: the target is a resource name, or an absolute http or https URI whose host then replaces Host's " +
    '[6455-4.2.1-4] [9112-3.2.2-1] [9112-3.2.2-2]', () => {
    const cases: readonly (readonly [target: string, resource: string, host: string])[] = [
      ['/', '/', 'server.example.com'],
      ['/a//b?c=d/?', '/a//b?c=d/?', 'server.example.com'],
      ['http://other.example/chat?x', '/chat?x', 'other.example'],
      ['HTTPS://other.example:8443', '/', 'other.example:8443'],
      ['http://[::1]?x=/y', '/?x=/y', '[::1]'],
    ];
    for (const [target, resource, host] of cases) {
      const request = good({}, { target });
      assert.deepEqual([request.target, request.resource, request.host], [target, resource, host]);
    }
    for (const target of ['*', 'chat', '', 'ws://a/', 'http:///chat', 'http://u:p@a/', 'http://a:x/', 'httpx://a/', '/chat#x', '/a b', '/\xe9', '/\x7f']) {
      assert.equal(bad({}, { target }), 'TARGET_INVALID', target);
    }
  });

  it('RFC 9112 §3.2: Host is there once and is a host and an optional port [6455-4.2.1-5] [9112-3.2-5]', () => {
    assert.equal(good({ Host: '[::1]:9001' }).host, '[::1]:9001');
    assert.equal(bad({ Host: null }), 'HOST_MISSING');
    assert.equal(bad({ Host: ['a', 'a'] }), 'HOST_REPEATED');
    for (const host of ['', 'a b', 'a,b', 'a, b', 'a/b', 'u@a', 'a:x']) assert.equal(bad({ Host: host }), 'HOST_INVALID', host);
    assert.equal(bad({ Host: null }, { target: 'http://a/chat' }), 'HOST_MISSING');
  });

  it('RFC 9112 §6: a request with a body, or with framing that is not clear, is refused [9112-6.1-2] [9112-6.1-3] [9112-6.3-2] ' +
    '[9112-6.3-3] [9112-6.3-5]', () => {
    good({ 'Content-Length': '0' });
    good({ 'Content-Length': ['0', '0'] });
    assert.equal(bad({ 'Content-Length': '5' }), 'BODY_ANNOUNCED');
    assert.equal(bad({ 'Content-Length': '5, 5' }), 'BODY_ANNOUNCED');
    for (const length of ['5, 6', '+5', '0x5', '-0', '', '0 0', '0, 00', '1.0']) {
      assert.equal(bad({ 'Content-Length': length }), 'CONTENT_LENGTH_INVALID', length);
    }
    for (const coding of ['chunked', 'x', 'gzip, chunked', 'identity', '']) assert.equal(bad({ 'Transfer-Encoding': coding }), 'TRANSFER_CODED', coding);
    assert.equal(bad({ 'Content-Length': '0', 'Transfer-Encoding': 'chunked' }), 'TRANSFER_CODED');
  });

  it('§4.2.1: Upgrade contains websocket, A-Z folded and nothing else [6455-4.2.1-6] [6455-11.2-1] [9110-7.8-3] [9110-7.8-5] [6455-2.1-2]', () => {
    for (const upgrade of ['websocket', 'WebSocket', 'foo, websocket', 'h2c/1, WEBSOCKET ,x']) good({ Upgrade: upgrade });
    good({ Upgrade: ['h2c', 'websocket'] });
    assert.equal(bad({ Upgrade: null }), 'UPGRADE_MISSING');
    for (const upgrade of ['h2c', 'websocket/13', 'websockets']) assert.equal(bad({ Upgrade: upgrade }), 'UPGRADE_NOT_WEBSOCKET', upgrade);
    for (const upgrade of ['', 'websoc\xe2\x84\xaaet', 'web\xc5\xbfocket', 'websoc\u212aet', 'web socket']) {
      assert.equal(bad({ Upgrade: upgrade }), 'UPGRADE_MALFORMED', upgrade);
    }
  });

  it('§4.2.1: Connection contains the token Upgrade, in any case, on any line [6455-4.2.1-7] [9110-7.6.1-1] [9110-7.6.1-3]', () => {
    for (const connection of ['Upgrade', 'keep-alive, uPgRaDe', ', Upgrade ,']) good({ Connection: connection });
    good({ Connection: ['keep-alive', 'Upgrade'] });
    assert.equal(bad({ Connection: null }), 'CONNECTION_MISSING');
    for (const connection of ['keep-alive', 'upgrade-insecure-requests']) assert.equal(bad({ Connection: connection }), 'CONNECTION_NOT_UPGRADE');
    for (const connection of ['', ',', 'Upgrade keep-alive', 'Up\xe9']) assert.equal(bad({ Connection: connection }), 'CONNECTION_MALFORMED');
  });

  it('§4.2.1: Sec-WebSocket-Version is there once and is 13, written as 13 [6455-4.2.1-9] [6455-4.3-6] [6455-11.6-1] [iana-ws-version-1]', () => {
    assert.equal(bad({ 'Sec-WebSocket-Version': null }), 'VERSION_MISSING');
    assert.equal(bad({ 'Sec-WebSocket-Version': ['13', '13'] }), 'VERSION_REPEATED');
    for (const version of ['013', '+13', '13.0', '0xd', '256', '13, 13', '13;q=1', '']) {
      assert.equal(bad({ 'Sec-WebSocket-Version': version }), 'VERSION_MALFORMED', version);
    }
    for (let version = 0; version <= 255; version++) {
      if (version !== 13) assert.equal(bad({ 'Sec-WebSocket-Version': String(version) }), 'VERSION_UNSUPPORTED');
    }
  });

  it('§4.2.1: Sec-WebSocket-Key is there once and decodes to 16 bytes [6455-4.2.1-8] [6455-11.3.1-2] [6455-4.3-1]', () => {
    good({ 'Sec-WebSocket-Key': 'AQIDBAUGBwgJCgsMDQ4PEC==' });
    assert.equal(bad({ 'Sec-WebSocket-Key': null }), 'KEY_MISSING');
    assert.equal(bad({ 'Sec-WebSocket-Key': [SAMPLE_KEY, SAMPLE_KEY] }), 'KEY_REPEATED');
    assert.equal(bad({ 'Sec-WebSocket-Key': [SAMPLE_KEY, 'AQIDBAUGBwgJCgsMDQ4PEA=='] }), 'KEY_REPEATED');
    for (const key of ['', 'Zm9v', 'dGhlIHNhbXBsZSBub25jZQ', `${SAMPLE_KEY}, ${SAMPLE_KEY}`]) assert.equal(bad({ 'Sec-WebSocket-Key': key }), 'KEY_INVALID', key);
  });

  it('RFC 9110 §5.3: Origin appears once at most [9110-5.3-1]', () => {
    assert.equal(good({ Origin: 'null' }).origin, 'null');
    assert.equal(bad({ Origin: ['http://a', 'http://a'] }), 'ORIGIN_REPEATED');
  });

  it('§4.1: subprotocols are a list of unique tokens, over as many lines as it likes [6455-4.3-4] [6455-11.3.4-1] [6455-11.5-1] [9110-5.5-3]', () => {
    assert.deepEqual(good({ 'Sec-WebSocket-Protocol': ['b ,a', 'c,,d'] }).protocols, ['b', 'a', 'c', 'd']);
    assert.deepEqual(good({ 'Sec-WebSocket-Protocol': 'a, A' }).protocols, ['a', 'A']);
    for (const value of ['', ',', 'chat room', 'chat;v=1', 'caf\xe9', '"chat"', 'a/b']) {
      assert.equal(bad({ 'Sec-WebSocket-Protocol': value }), 'PROTOCOLS_MALFORMED', value);
    }
    assert.equal(bad({ 'Sec-WebSocket-Protocol': ['chat', 'chat'] }), 'PROTOCOLS_NOT_UNIQUE');
  });

  it('§9.1: extensions may be split over lines, and a value against the grammar is refused [6455-9.1-2] [6455-9.1-4] [6455-11.3.2-1]', () => {
    const request = good({ 'Sec-WebSocket-Extensions': ['foo', 'bar; baz=2'] });
    assert.deepEqual(request.extensions, good({ 'Sec-WebSocket-Extensions': 'foo, bar; baz=2' }).extensions);
    assert.deepEqual(request.extensions.map(({ name }) => name), ['foo', 'bar']);
    for (const value of ['', ';', 'permessage-deflate;', 'a; =1', 'x="1 0"']) {
      assert.equal(bad({ 'Sec-WebSocket-Extensions': value }), 'EXTENSIONS_MALFORMED', value);
    }
    const refusal = judgeRequest(head({ 'Sec-WebSocket-Extensions': 'a;' })) as Refusal;
    assert.equal(refusal.expected, 'a parameter name at 2');
    assert.equal(refusal.found, '"a;"');
  });

  it('RFC 9110 §10.1.1: the one expectation is 100-continue [9110-10.1.1-1]', () => {
    assert.equal(good({ Expect: '100-Continue' }).expectsContinue, true);
    for (const expectation of ['foo', '', '100-continue, foo']) assert.equal(bad({ Expect: expectation }), 'EXPECTATION_UNKNOWN');
  });

  it('§4.2.1: each field of the baseline taken away is a refusal; field names of objects are not there [6455-4.2.1-2] [6455-10.7-1]', () => {
    for (const [name] of BASELINE) assert.ok(judgeRequest(head({ [name]: null })) instanceof Refusal, name);
    assert.ok(judgeRequest(head({}, { headers: new HeaderList() })) instanceof Refusal);
    good(JSON.parse('{"__proto__": "x", "constructor": "y"}') as FieldTable);
  });
});
