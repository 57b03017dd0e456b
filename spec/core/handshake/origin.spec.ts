// RFC 6455 §10.2: cross-site hijacking and DNS rebinding.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { HeaderList } from '../../../lib/core/handshake/headers.ts';
import { checkOriginPolicy, judgeHost, judgeOrigin } from '../../../lib/core/handshake/origin.ts';
import type { OriginPolicy } from '../../../lib/core/handshake/origin.ts';
import type { ServerRequest } from '../../../lib/core/handshake/request.ts';
import { SAMPLE_KEY } from '../../support/handshake.ts';

function request(origin: string | null, host: string = 'example.com'): ServerRequest {
  return {
    method: 'GET', target: '/', version: '1.1', headers: new HeaderList(), resource: '/', host, origin, key: SAMPLE_KEY, protocols: [],
    extensions: [], expectsContinue: false,
  };
}

function accepts(policy: OriginPolicy, origin: string | null, host?: string, secure: boolean = false): boolean {
  const refusal = judgeOrigin(policy, request(origin, host), secure);
  if (refusal !== null) assert.deepEqual([refusal.name, refusal.status], ['ORIGIN_REFUSED', 403]);
  return refusal === null;
}

describe('handshake/origin', () => {
  it('§10.2: same-host accepts the origin whose host and port are those the request is for [6455-10.2-1]', () => {
    for (const origin of ['http://example.com', 'https://example.com', 'HTTP://EXAMPLE.COM', 'http://example.com:80', 'https://example.com:443']) {
      assert.equal(accepts('same-host', origin), true, origin);
    }
    assert.equal(accepts('same-host', 'http://example.com', 'Example.com:80'), true);
    assert.equal(accepts('same-host', 'http://localhost:3000', 'localhost:3000'), true);
    assert.equal(accepts('same-host', 'http://[::1]:3000', '[::1]:3000'), true);
  });

  it('§10.2: same-host refuses foreign, null, look-alike and unreadable origins with 403 [6455-10.2-1] [6455-10.2-2]', () => {
    const foreign = [
      'http://evil.example', 'null', '', 'http://example.com.evil.example', 'http://example.com@evil.example', 'http://evilexample.com',
      'http://example.com:8080', 'https://example.com:80', 'http://sub.example.com', 'http://example.com/', 'http://example.com http://evil.example',
      'example.com', 'chrome-extension://example.com', 'file://', '//example.com', 'http://example.co\u212a',
    ];
    for (const origin of foreign) assert.equal(accepts('same-host', origin), false, origin);
    assert.equal(accepts('same-host', 'http://localhost:3001', 'localhost:3000'), false);
    assert.equal(accepts('same-host', 'http://a', 'not a host'), false);
  });

  it('§10.2: over TLS a Host without a port means 443, so an http origin is another', () => {
    assert.equal(accepts('same-host', 'https://example.com', 'example.com', true), true);
    assert.equal(accepts('same-host', 'http://example.com', 'example.com', true), false);
    assert.equal(accepts('same-host', 'http://example.com:443', 'example.com', true), true);
  });

  it('§4.2.1: a request without Origin is no browser\'s and passes same-host and lists [6455-4.2.1-11]', () => {
    assert.equal(accepts('same-host', null), true);
    assert.equal(accepts(['https://a.example'], null), true);
    assert.equal(accepts('any', null), true);
  });

  it('§10.2: a list accepts the serialised origins it holds, after lower-casing A-Z, and no others', () => {
    const list = ['https://a.example', 'http://LOCALHOST:3000'];
    assert.equal(accepts(list, 'https://A.example'), true);
    assert.equal(accepts(list, 'http://localhost:3000'), true);
    for (const origin of ['http://a.example', 'https://a.example:443', 'https://a.example/', 'https://b.a.example', 'null', 'https://a.example.evil']) {
      assert.equal(accepts(list, origin), false, origin);
    }
    assert.equal(accepts(['null'], 'null'), true);
    assert.equal(accepts([], 'https://a.example'), false);
  });

  it('any accepts every origin', () => {
    for (const origin of ['http://evil.example', 'null', 'x']) assert.equal(accepts('any', origin), true);
  });

  it('§4.2.2: a function decides with the origin and the request, and only true is yes [6455-4.2.2-6]', () => {
    const asked: unknown[] = [];
    const given = request('http://a');
    const policy = (origin: string | null, about: ServerRequest): boolean => {
      asked.push(origin, about);
      return origin === 'http://a';
    };
    assert.equal(judgeOrigin(policy, given, false), null);
    assert.deepEqual(asked, ['http://a', given]);
    assert.equal(accepts(policy, null), false);
    assert.equal(accepts((() => Promise.resolve(true)) as unknown as OriginPolicy, 'http://a'), false);
  });

  it('a refusal says what the policy wanted and what there was', () => {
    const texts = (['same-host', ['https://a.example'], (): boolean => false] as const).map((policy) => {
      const refusal = judgeOrigin(policy, request(typeof policy === 'function' ? null : 'http://evil\r\n'), false);
      return [refusal?.expected, refusal?.found];
    });
    assert.deepEqual(texts, [
      ['the origin of "example.com"', '"http://evil\\u000d\\u000a"'],
      ['one of 1 listed origins', '"http://evil\\u000d\\u000a"'],
      ['an origin that the policy accepts', 'no Origin'],
    ]);
  });

  it('a policy that makes no sense throws', () => {
    const good: readonly OriginPolicy[] = ['same-host', 'any', [], ['https://a.example', 'null'], (): boolean => true];
    for (const policy of good) assert.equal(checkOriginPolicy(policy), policy);
    for (const bad of ['same-origin', null, true, { origin: 'x' }]) {
      assert.throws(() => checkOriginPolicy(bad as unknown as OriginPolicy), { name: 'TypeError', message: /an origin policy must be/ });
    }
    for (const bad of ['a.example', 'https://a.example/', '*', 7]) {
      assert.throws(() => checkOriginPolicy([bad as string]), { name: 'TypeError', message: /lists serialised origins/ });
    }
  });

  it('a host that is not listed is refused with 421: a rebound name cannot choose Host', () => {
    const hosts = ['Example.com', 'localhost:3000', '[::1]'];
    for (const host of ['example.com', 'EXAMPLE.COM:8080', 'localhost:3000', '[::1]:9']) assert.equal(judgeHost(hosts, host), null, host);
    for (const host of ['evil.example', 'localhost', 'localhost:3001', '127.0.0.1', 'example.com.', '']) {
      const refusal = judgeHost(hosts, host);
      assert.deepEqual([refusal?.name, refusal?.status], ['HOST_REFUSED', 421], host);
    }
    assert.notEqual(judgeHost(['not a host'], 'not a host'), null);
  });
});
