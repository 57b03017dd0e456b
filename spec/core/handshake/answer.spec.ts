// RFC 6455 §4.2.2: what a server may answer.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { acceptanceOf, rejectionFor, rejectionOf } from '../../../lib/core/handshake/answer.ts';
import type { Acceptance, Rejection, RejectionMessage } from '../../../lib/core/handshake/answer.ts';
import { HeaderList } from '../../../lib/core/handshake/headers.ts';
import { Refusal, refusalRules } from '../../../lib/core/handshake/refusal.ts';
import type { ServerRequest } from '../../../lib/core/handshake/request.ts';
import { SAMPLE_ACCEPT, SAMPLE_KEY, samplePlatform } from '../../support/handshake.ts';
import { utf8 } from '../../support/bytes.ts';

const REQUEST: ServerRequest = {
  method: 'GET', target: '/', version: '1.1', headers: new HeaderList(), resource: '/', host: 'a', origin: null, key: SAMPLE_KEY,
  protocols: ['chat', 'superchat'],
  extensions: [{ name: 'foo', parameters: [] }, { name: 'bar', parameters: [] }, { name: 'foo', parameters: [['x', null]] }],
  expectsContinue: false,
};

const platform = samplePlatform();

function accepted(acceptance: Acceptance = {}): string[] {
  return [...acceptanceOf(REQUEST, acceptance, platform).headers].map(([name, value]) => `${name}: ${value}`);
}

function rejected(status: number, rejection: Rejection = {}): RejectionMessage {
  return rejectionOf(status, rejection, platform);
}

const BARE = ['Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${SAMPLE_ACCEPT}`];

describe('handshake/answer', () => {
  it('§4.2.2: an acceptance is 101 with exactly Upgrade: websocket, Connection: Upgrade and Sec-WebSocket-Accept ' +
    '[6455-4.2.2-18] [6455-4.2.2-19] [6455-4.2.2-20] [6455-4.2.2-21] [9110-7.8-4] [9110-15.2.2-1] [9112-6.1-1]', () => {
    const head = acceptanceOf(REQUEST, {}, platform);
    assert.deepEqual([head.version, head.status, head.reason], ['1.1', 101, 'Switching Protocols']);
    assert.deepEqual(accepted(), BARE);
  });

  it('§4.2.2: a subprotocol is named only when one of those offered was chosen [6455-4.2.2-11] [6455-4.2.2-12] [6455-4.2.2-13] ' +
    '[6455-4.2.2-14] [6455-4.2.2-23]', () => {
    assert.deepEqual(accepted({ protocol: 'superchat' }), [...BARE, 'Sec-WebSocket-Protocol: superchat']);
    assert.deepEqual(accepted({ protocol: null }), BARE);
    for (const protocol of ['', 'Chat', 'other', 'chat, superchat']) {
      assert.throws(() => accepted({ protocol }), { name: 'TypeError', message: /protocol must be one of those offered \(\["chat","superchat"\]\)/ });
    }
  });

  it('§4.2.2: extensions in use are of those offered, each once, on one line [6455-4.2.2-15] [6455-4.2.2-16] [6455-9-2] [6455-9-3] ' +
    '[6455-9.1-11] [6455-11.3.2-2]', () => {
    const extensions = [{ name: 'bar', parameters: [['n', '1']] as const }, { name: 'foo', parameters: [] }];
    assert.deepEqual(accepted({ extensions }), [...BARE, 'Sec-WebSocket-Extensions: bar; n=1, foo']);
    assert.deepEqual(accepted({ extensions: [] }), BARE);
    assert.throws(() => accepted({ extensions: [{ name: 'baz', parameters: [] }] }), { name: 'TypeError', message: 'extension baz was not offered' });
    const twice = [{ name: 'foo', parameters: [] }, { name: 'foo', parameters: [] }];
    assert.throws(() => accepted({ extensions: twice }), { name: 'TypeError', message: 'extension foo is accepted twice' });
    assert.throws(() => accepted({ extensions: 'foo' as unknown as [] }), { name: 'TypeError', message: /acceptance\.extensions must be an array/ });
  });

  it('further fields follow; those of the handshake, and options nobody knows, throw [9110-5.3-1]', () => {
    assert.deepEqual(accepted({ headers: [['Set-Cookie', 'a=b']] }), [...BARE, 'Set-Cookie: a=b']);
    assert.throws(() => accepted({ headers: [['Sec-WebSocket-Accept', 'x']] }), { name: 'TypeError', message: /written by the handshake itself/ });
    assert.throws(() => accepted({ protocols: ['chat'] } as object), { name: 'TypeError', message: /acceptance\.protocols is not known/ });
  });

  it('RFC 9112 §9.6: a rejection closes the connection and says how long its content is [9112-9.3-1] [9112-9.6-1] [9112-6.2-1]', () => {
    const { head, body } = rejected(404);
    assert.deepEqual([head.status, head.reason], [404, 'Not Found']);
    assert.deepEqual([...head.headers], [['Content-Length', '0'], ['Connection', 'close']]);
    assert.equal(body.length, 0);
  });

  it('§4.2.2: any 3xx, 4xx or 5xx may reject, with its own fields: 401 with a challenge, 3xx with a Location ' +
    '[6455-4.2.2-4] [6455-4.2.2-5] [6455-4.2.2-10]', () => {
    assert.equal(rejected(401, { headers: [['WWW-Authenticate', 'Basic']] }).head.headers.get('www-authenticate'), 'Basic');
    assert.equal(rejected(301, { headers: [['Location', 'http://b/']] }).head.headers.get('location'), 'http://b/');
    assert.equal(rejected(599).head.reason, '');
    assert.equal(rejected(418, { reason: 'Teapot' }).head.reason, 'Teapot');
    for (const status of [101, 200, 299, 600, 404.5, NaN, '404' as unknown as number]) {
      assert.throws(() => rejected(status), { name: 'RangeError', message: /status must be an integer from 300 to 599/ });
    }
  });

  it('content is text in UTF-8 with its type, or bytes as they are; bytes are copied', () => {
    const text = rejected(400, { body: 'n\xe9' });
    assert.deepEqual(text.body, utf8('n\xe9'));
    assert.equal(text.head.headers.get('Content-Length'), '3');
    assert.equal(text.head.headers.get('Content-Type'), 'text/plain; charset=utf-8');
    assert.equal(rejected(400, { body: '{}', headers: [['content-type', 'application/json']] }).head.headers.get('Content-Type'), 'application/json');
    const given = Uint8Array.of(1, 2);
    const bytes = rejected(400, { body: given });
    given[0] = 9;
    assert.deepEqual(bytes.body, Uint8Array.of(1, 2));
    assert.equal(bytes.head.headers.has('Content-Type'), false);
    assert.throws(() => rejected(400, { body: 5 as unknown as string }), { name: 'TypeError', message: /body must be a string or a Uint8Array/ });
    assert.throws(() => rejected(400, { text: 'x' } as object), { name: 'TypeError', message: /rejection\.text is not known/ });
    assert.throws(() => rejected(400, { headers: [['Content-Length', '9']] }), { name: 'TypeError', message: /written by the handshake itself/ });
  });

  it('RFC 9110 §15.5.22: a 426 names websocket, lists the Upgrade option, and says which version is spoken ' +
    '[9110-7.8-6] [9110-7.8-7] [9110-15.5.22-1] [6455-4.2.2-9] [6455-4.4-2]', () => {
    for (const { head } of [rejected(426), rejectionFor(new Refusal('VERSION_UNSUPPORTED', '13', '"8"'), platform)]) {
      assert.equal(head.reason, 'Upgrade Required');
      assert.equal(head.headers.get('Upgrade'), 'websocket');
      assert.equal(head.headers.get('Connection'), 'Upgrade, close');
      assert.deepEqual(head.headers.all('Sec-WebSocket-Version'), ['13']);
    }
  });

  it('§4.4: every refusal of a version lists 13; a 405 says what is allowed', () => {
    for (const name of ['VERSION_MISSING', 'VERSION_REPEATED', 'VERSION_MALFORMED'] as const) {
      assert.equal(rejectionFor(new Refusal(name, '13', 'x'), platform).head.headers.get('Sec-WebSocket-Version'), '13');
    }
    assert.equal(rejectionFor(new Refusal('KEY_MISSING', 'x', 'y'), platform).head.headers.has('Sec-WebSocket-Version'), false);
    assert.equal(rejectionFor(new Refusal('METHOD_NOT_GET', 'GET', '"POST"'), platform).head.headers.get('Allow'), 'GET');
  });

  it('§10.7: every refusal that has a status is answered with it, a reason phrase and the rule; nothing of the request is repeated [6455-10.7-4]', () => {
    for (const { name, status, sentence } of refusalRules) {
      const refusal = new Refusal(name, 'expected', '<script>');
      if (status === 0) {
        assert.throws(() => rejectionFor(refusal, platform), { name: 'RangeError' });
        continue;
      }
      const { head, body } = rejectionFor(refusal, platform);
      const text = Buffer.from(body).toString('utf8');
      assert.equal(head.status, status);
      assert.notEqual(head.reason, '', name);
      assert.ok(text.includes(name) && text.includes(sentence) && !text.includes('script'), text);
      assert.equal(head.headers.get('Content-Length'), String(body.length));
    }
  });
});
