// RFC 3986 §3.2, RFC 6454 §6.2: hosts, ports and origins.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { defaultPort, isHost, parseAuthority, parseOrigin } from '../../../lib/core/handshake/authority.ts';

describe('handshake/authority', () => {
  it('a host is a registered name, an IPv4 address or an IPv6 address in brackets', () => {
    for (const good of ['a', 'Server.Example.com', '127.0.0.1', '[::1]', '[2001:DB8::1.2.3.4]', 'a_b~c', 'a%2Cb', 'xn--bcher-kva.example', 'a.', 'b;c=d']) {
      assert.equal(isHost(good), true, good);
    }
    for (const bad of ['', 'a b', 'a,b', 'a/b', 'a@b', 'a:80', 'caf\xe9', '%zz', '%2', '%', '[]', '[::1', '::1]', '[g::1]', '[12]', '[::1]x', 'a?b', 'a#b']) {
      assert.equal(isHost(bad), false, bad);
    }
  });

  it('an authority is a host and an optional port up to 65535, in lower case', () => {
    assert.deepEqual(parseAuthority('Example.COM'), { host: 'example.com', port: null });
    assert.deepEqual(parseAuthority('a:'), { host: 'a', port: null });
    assert.deepEqual(parseAuthority('a:8080'), { host: 'a', port: 8080 });
    assert.deepEqual(parseAuthority('[::1]'), { host: '[::1]', port: null });
    assert.deepEqual(parseAuthority('[::A]:65535'), { host: '[::a]', port: 65535 });
    for (const bad of ['', ':80', 'a:65536', 'a:123456', 'a:8o', 'a:+1', 'a:80:80', 'u@a', '[::1', '[', '[::1]80', 'a, b', 'a b', '::1']) {
      assert.equal(parseAuthority(bad), null, bad);
    }
  });

  it('RFC 6454 §6.2: a serialised origin is scheme "://" host [":" port] and nothing more', () => {
    assert.deepEqual(parseOrigin('https://Example.com'), { scheme: 'https', host: 'example.com', port: null });
    assert.deepEqual(parseOrigin('HTTP://[::1]:81'), { scheme: 'http', host: '[::1]', port: 81 });
    for (const bad of ['', 'null', 'example.com', '://a', 'http://', 'http://a/', 'http://a/b', 'http://u@a', 'http:/a', 'ht tp://a', 'http://a http://b', 'file:///x']) {
      assert.equal(parseOrigin(bad), null, bad);
    }
  });

  it('§3: the default port is 80 for ws and 443 for wss, as it is for http and https', () => {
    assert.deepEqual(['http', 'ws', 'https', 'wss', 'ftp'].map(defaultPort), [80, 80, 443, 443, null]);
  });
});
