// Which proxy is chosen: what a proxy may be given as, and whom the environment's rules send where.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { environmentProxies, parseProxy } from '../../lib/node/proxy.ts';
import type { ProxyOptions } from '../../lib/node/proxy.ts';
import { parseTarget } from '../../lib/node/target.ts';
import { certificateAuthority } from '../support/tls.ts';

describe('a proxy', () => {
  it('is an http or https URL, with the port of its scheme if it names none', () => {
    for (const [url, address, port, secure] of [
      ['http://proxy.example', 'proxy.example', 80, false], ['HTTP://p:3128/', 'p', 3128, false], ['https://[::1]', '::1', 443, true], ['https://p:80', 'p', 80, true],
    ] as const) {
      const proxy = parseProxy({ url });
      assert.deepEqual([proxy.address, proxy.port, proxy.tls !== null, proxy.headers], [address, port, secure, []], url);
    }
    assert.equal(parseProxy({ url: new URL('http://u:p@proxy.example:3128') }).url, 'http://proxy.example:3128');
  });

  it('takes credentials from its URL, as a value, or as a field, and not twice', () => {
    const headers = { 'Proxy-Authorization': 'Bearer x' };
    assert.deepEqual(parseProxy({ url: 'http://us%65r:p%3Ass@p' }).headers, [['Proxy-Authorization', `Basic ${Buffer.from('user:p:ss').toString('base64')}`]]);
    assert.deepEqual(parseProxy({ url: 'http://p', authorization: 'Bearer x', headers: [['X-A', '1']] }).headers, [['Proxy-Authorization', 'Bearer x'], ['X-A', '1']]);
    assert.deepEqual(parseProxy({ url: 'http://p', headers }).headers, [['Proxy-Authorization', 'Bearer x']]);
    for (const options of [{ url: 'http://u@p', authorization: 'x' }, { url: 'http://p', authorization: 'x', headers }, { url: 'http://u@p', headers }]) {
      assert.throws(() => parseProxy(options), { name: 'TypeError', message: 'options.proxy has credentials in more than one place: which?' });
    }
  });

  it('has TLS options of its own', () => {
    const { ca } = certificateAuthority();
    assert.equal(parseProxy({ url: 'https://p', tls: { ca, servername: 'q' } }).tls?.servername, 'q');
  });

  it('that is none is a mistake', () => {
    for (const url of ['', 'p:3128', 'socks5://p', 'http://', 'http://p/path', 'http://p?q', 'http://p:99999', 7, undefined]) {
      assert.throws(() => parseProxy({ url } as ProxyOptions), { name: 'TypeError', message: /^options\.proxy\.url must be like http:\/\/proxy\.example:3128, found / }, String(url));
    }
    assert.throws(() => parseProxy({ url: 'http://p', headers: { Host: 'x' } }), /Host is written by the handshake itself/);
    assert.throws(() => parseProxy({ url: 'http://p', authorization: 'a\r\nb' }), TypeError);
    assert.throws(() => parseProxy({ url: 'http://p', port: 1 } as ProxyOptions), /options\.proxy\.port is not an option/);
    assert.throws(() => parseProxy(null as never), /options\.proxy must be an object, found null/);
  });
});

describe('the environment', () => {
  const chosen = (variables: Record<string, string>, uri: string): string | null => environmentProxies(variables)(parseTarget(uri))?.url ?? null;

  it('names one proxy for ws, one for wss, one for both, in lower case before upper case', () => {
    const variables = { HTTP_PROXY: 'http://one', https_proxy: 'two:3128', HTTPS_PROXY: 'http://no', ALL_PROXY: 'https://three' };
    assert.equal(chosen(variables, 'ws://h'), 'http://one');
    assert.equal(chosen(variables, 'wss://h'), 'http://two:3128');
    assert.equal(chosen({ ALL_PROXY: 'https://three' }, 'ws://h'), 'https://three');
    assert.equal(chosen({ ALL_PROXY: ' https://three ' }, 'wss://h'), 'https://three');
    for (const none of [{}, { HTTP_PROXY: '' }, { HTTPS_PROXY: 'http://two' }]) assert.equal(chosen(none, 'ws://h'), null);
  });

  it('is read once', () => {
    const variables: Record<string, string> = { ALL_PROXY: 'http://one' };
    const choice = environmentProxies(variables);
    variables['ALL_PROXY'] = 'http://two';
    assert.equal(choice(parseTarget('ws://h'))?.url, 'http://one');
  });

  it('under CGI does not name HTTP_PROXY, which a client may have', () => {
    assert.equal(chosen({ HTTP_PROXY: 'http://evil', REQUEST_METHOD: 'GET' }, 'ws://h'), null);
    assert.equal(chosen({ http_proxy: 'http://one', REQUEST_METHOD: 'GET' }, 'ws://h'), 'http://one');
  });

  it('with a value that is no proxy is a mistake that names the variable', () => {
    assert.throws(() => environmentProxies({ HTTPS_PROXY: 'socks5://p' }), { name: 'TypeError', message: /^https_proxy\.url must be like/ });
  });

  const rules: readonly (readonly [noProxy: string, direct: readonly string[], proxied: readonly string[]])[] = [
    ['*', ['ws://a', 'wss://[::1]:8'], []],
    ['', [], ['ws://a']],
    ['a.example', ['ws://a.example', 'ws://A.EXAMPLE:81', 'ws://x.a.example'], ['ws://b.example', 'ws://ba.example', 'ws://example']],
    ['.example', ['ws://a.example', 'ws://example'], ['ws://notexample']],
    ['*.example', ['ws://a.example'], ['ws://a.example.org']],
    ['a.example:81', ['ws://a.example:81', 'ws://x.a.example:81'], ['ws://a.example', 'ws://a.example:82']],
    ['a.example:443', ['wss://a.example'], ['ws://a.example']],
    ['127.0.0.1', ['ws://127.0.0.1:81'], ['ws://127.0.0.2', 'ws://1.127.0.0.1.example']],
    ['0.0.1', [], ['ws://127.0.0.1']],
    ['::1', ['ws://[::1]:81'], ['ws://[::2]']],
    ['[::1]:81', ['ws://[::1]:81'], ['ws://[::1]']],
    [' a.example ,\tb.example,, c.example ', ['ws://a.example', 'ws://b.example', 'ws://c.example'], ['ws://d.example']],
  ];
  for (const [noProxy, direct, proxied] of rules) {
    it(`with NO_PROXY ${JSON.stringify(noProxy)} sends to some directly`, () => {
      for (const name of ['no_proxy', 'NO_PROXY']) {
        const variables = { ALL_PROXY: 'http://p', [name]: noProxy };
        assert.deepEqual(direct.map((uri) => chosen(variables, uri)), direct.map(() => null));
        assert.deepEqual(proxied.map((uri) => chosen(variables, uri)), proxied.map(() => 'http://p'));
      }
    });
  }
});
