// Where a URI leads, and which are none (RFC 6455 §3, §11.1).

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { parseTarget } from '../../lib/node/target.ts';

function brief(uri: string | URL): string {
  const { host, port, secure, resource } = parseTarget(uri);
  return `${secure ? 'tls' : 'tcp'} ${host} ${port} ${resource}`;
}

const GOOD: readonly (readonly [uri: string, brief: string])[] = [
  ['ws://h', 'tcp h 80 /'],
  ['wss://h', 'tls h 443 /'],
  ['WSS://H/a', 'tls h 443 /a'],
  ['wss://h:8443/p?q=1', 'tls h 8443 /p?q=1'],
  ['ws://h?x=1', 'tcp h 80 /?x=1'],
  ['ws://h/a/?b', 'tcp h 80 /a/?b'],
  ['ws://h/a?', 'tcp h 80 /a'],
  ['ws://[::1]:9/', 'tcp [::1] 9 /'],
  ['ws://127.0.0.1:1/', 'tcp 127.0.0.1 1 /'],
  ['ws://h/p%23f', 'tcp h 80 /p%23f'],
  ['http://h:80/x', 'tcp h 80 /x'],
  ['https://h/x', 'tls h 443 /x'],
];

const BAD: readonly string[] = [
  '', 'h', '/p', 'ws:h', 'ws:/h', 'ws:///p', 'ws://', 'ws://?q', 'ftp://h/', ' ws://h/', 'ws://h/\n', 'ws://h h/', 'ws://h:65536/', 'ws://h:8o/',
  'ws:\\\\h', 'wsss://h', 'file:///h',
];

describe('a WebSocket URI', () => {
  for (const [uri, expected] of GOOD) it(`§3: ${uri} leads to ${expected}`, () => assert.equal(brief(uri), expected));

  it('§3: is ws or wss, a host, an optional port, a path and an optional query [6455-3-1] [6455-4.1-5]', () => {
    for (const uri of BAD) assert.throws(() => parseTarget(uri), { name: 'TypeError', message: /WebSocket URI/ }, uri);
    assert.throws(() => parseTarget(new URL('ftp://h/')), { name: 'TypeError', message: /begins with ws: or wss:, found ftp:/ });
    assert.throws(() => parseTarget(7 as never), { name: 'TypeError', message: /found number/ });
  });

  it('§3: has the port 80 or 443 when it names none [6455-3-2]', () => {
    assert.equal(parseTarget('ws://h/').port, 80);
    assert.equal(parseTarget('wss://h/').port, 443);
  });

  it('§3: asks for TLS exactly when its scheme is wss, whatever the case [6455-3-3]', () => {
    assert.equal(parseTarget('WSS://h/').secure, true);
    assert.equal(parseTarget('wss://h/').secure, true);
    assert.equal(parseTarget('WS://h/').secure, false);
  });

  it('§3: names a resource: its path, or a slash, and its query if that is not empty [6455-3-4]', () => {
    const resources = ['ws://h', 'ws://h?x=1', 'ws://h/a/?b', 'ws://h/a?'].map((uri) => parseTarget(uri).resource);
    assert.deepEqual(resources, ['/', '/?x=1', '/a/?b', '/a']);
  });

  it('§3: has no fragment, not even an empty one; a # that begins none is written %23 [6455-3-5] [6455-3-6]', () => {
    for (const uri of ['ws://h/p#f', 'ws://h/#', 'ws://h#', 'ws://h/?q#']) {
      assert.throws(() => parseTarget(uri), { name: 'TypeError', message: /no fragment/ }, uri);
      assert.throws(() => parseTarget(new URL(uri)), { name: 'TypeError', message: /no fragment/ }, uri);
    }
    assert.equal(parseTarget('ws://h/p%23f').resource, '/p%23f');
  });

  it('§11.1: has its host in ASCII and everything else percent-encoded UTF-8 [6455-11.1.1-1] [6455-11.1.1-2] [6455-11.1.2-1] [6455-11.1.2-2]', () => {
    for (const scheme of ['ws', 'wss']) {
      const { host, resource } = parseTarget(`${scheme}://bücher.example/é?ü`);
      assert.equal(host, 'xn--bcher-kva.example');
      assert.equal(resource, '/%C3%A9?%C3%BC');
    }
  });

  it('gives a resolver an IPv6 address without its brackets', () => {
    assert.equal(parseTarget('ws://[::1]:9/').address, '::1');
    assert.equal(parseTarget('ws://h/').address, 'h');
  });

  it('is told further as ws or wss, without credentials and without the port of its scheme', () => {
    assert.equal(parseTarget('https://a:b@h:443/p?q').uri, 'wss://h/p?q');
    assert.equal(parseTarget('http://h:8080/').uri, 'ws://h:8080/');
  });

  it('carries credentials in its user information, as UTF-8', () => {
    const decode = (uri: string): string => Buffer.from(parseTarget(uri).authorization?.slice(6) ?? '', 'base64').toString('utf8');
    assert.equal(parseTarget('ws://h/').authorization, null);
    assert.equal(decode('ws://Aladdin:open%20sesame@h/'), 'Aladdin:open sesame');
    assert.equal(decode('ws://u@h/'), 'u:');
    assert.equal(decode('ws://%C3%A9:p@h/'), 'é:p');
    assert.throws(() => parseTarget('ws://%ff:p@h/'), { name: 'TypeError', message: /percent-encoded/ });
  });
});
