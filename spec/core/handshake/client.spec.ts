// RFC 6455 §4.1: the client's side, every vector at every chunking.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { ClientHandshake } from '../../../lib/core/handshake/client.ts';
import type { ClientHandshakeOptions, ClientHandshakeResult, FailedHandshake } from '../../../lib/core/handshake/client.ts';
import { parseExtensions } from '../../../lib/core/handshake/extensions.ts';
import type { Extension } from '../../../lib/core/handshake/extensions.ts';
import { HeadReader } from '../../../lib/core/handshake/head-reader.ts';
import { handshakeLimits } from '../../../lib/core/handshake/limits.ts';
import { Refusal } from '../../../lib/core/handshake/refusal.ts';
import { judgeRequest } from '../../../lib/core/handshake/request.ts';
import { requestGrammar } from '../../../lib/core/handshake/start-line.ts';
import { latin1, toHex, utf8 } from '../../support/bytes.ts';
import { eachChunking } from '../../support/chunking.ts';
import { responseText, samplePlatform, SAMPLE_KEY } from '../../support/handshake.ts';
import { readJson } from '../../support/project.ts';
import { Random } from '../../support/random.ts';

interface HeaderCase {
  readonly id: string;
  readonly receiver: 'server' | 'client';
  readonly raw: string;
  readonly strength: string;
  readonly refs: string;
  readonly expect: { readonly outcome: 'open' | 'fail'; readonly protocol?: string; readonly extensions?: string; readonly versions?: readonly number[] };
}

const vectors = readJson<{
  headerConfig: { client: { key: string; offeredProtocols: readonly string[]; offeredExtensions: string } };
  headerCases: readonly HeaderCase[];
  handshakes: readonly HeaderCase[];
  extensionGrammar: { cases: readonly { value: string; parse: unknown }[] };
}>('spec/vectors/vectors.json');
const { client: config } = vectors.headerConfig;
const OFFER = parseExtensions(config.offeredExtensions) as readonly Extension[];

function options(changes: Partial<ClientHandshakeOptions> = {}): ClientHandshakeOptions {
  return { platform: samplePlatform(), host: 'server.example.com', port: 80, secure: false, resource: '/chat', ...changes };
}

function handshake(changes?: Partial<ClientHandshakeOptions>): ClientHandshake {
  return new ClientHandshake(options(changes));
}

function request(changes?: Partial<ClientHandshakeOptions>): string {
  return Buffer.from(handshake(changes).takeOutput() ?? []).toString('latin1');
}

function lines(changes?: Partial<ClientHandshakeOptions>): readonly string[] {
  return request(changes).split('\r\n');
}

function feed(client: ClientHandshake, chunks: readonly Uint8Array[]): string {
  let leftover = '';
  for (const chunk of chunks) leftover += toHex(chunk, client.receive(chunk));
  return leftover;
}

/** The failure after `text` and the end of the transport, the same at every chunking. */
function fails(text: string, changes?: Partial<ClientHandshakeOptions>): FailedHandshake {
  let result: ClientHandshakeResult | null = null;
  eachChunking(latin1(text), (chunks) => {
    const client = handshake(changes);
    assert.equal(feed(client, chunks), '');
    client.receiveEnd();
    assert.equal(client.state, 'failed');
    if (result !== null) assert.deepEqual(client.result, result);
    result = client.result;
  });
  const failure = result as ClientHandshakeResult | null;
  assert.ok(failure?.kind === 'failed');
  return failure;
}

describe('handshake/client: vectors', () => {
  const cases = [
    ...vectors.headerCases.filter(({ receiver }) => receiver === 'client'),
    ...vectors.handshakes.filter(({ raw }) => raw.startsWith('HTTP')),
  ];
  for (const { id, raw, expect, strength, refs = '' } of cases) {
    const cited = refs.split(',').filter((ref) => ref !== '').join(', ');
    it(`${id} (${strength ?? 'example'}${cited === '' ? '' : `, ${cited}`}): ${expect.outcome}`, () => {
      eachChunking(latin1(raw), (chunks) => {
        const client = handshake({ protocols: config.offeredProtocols, extensions: OFFER });
        assert.equal(feed(client, chunks), '');
        client.receiveEnd();
        const { result } = client;
        assert.equal(result?.kind, expect.outcome === 'open' ? 'open' : 'failed', result?.kind === 'failed' ? result.refusal.message : '');
        if (result?.kind === 'open') {
          if (expect.protocol !== undefined) assert.equal(result.protocol, expect.protocol);
          if (expect.extensions !== undefined) assert.deepEqual(result.extensions, expect.extensions === '' ? [] : parseExtensions(expect.extensions));
        } else if (expect.versions !== undefined) {
          assert.deepEqual(result?.versions, expect.versions);
        }
      });
    });
  }

  it('§9.1: a malformed Sec-WebSocket-Extensions fails the connection [6455-9.1-2]', () => {
    for (const { value, parse } of vectors.extensionGrammar.cases) {
      const client = handshake({ extensions: OFFER });
      feed(client, [latin1(responseText({ 'Sec-WebSocket-Extensions': value }))]);
      const name = client.result?.kind === 'failed' ? client.result.refusal.name : 'open';
      assert.equal(name === 'EXTENSIONS_MALFORMED', parse === 'malformed', `${value}: ${name}`);
    }
  });
});

describe('handshake/client: the request', () => {
  it('§4.1: is one syntactically valid GET of HTTP/1.1 with Host first and each field once, and no octet after it ' +
    '[6455-4.1-3] [6455-4.1-19] [6455-4.1-20] [6455-4.1-21] [6455-4.1-22] [6455-4.1-23] [6455-4.1-25] [6455-4.1-26] [6455-4.1-27] ' +
    '[6455-4.1-28] [6455-4.1-29] [6455-4.1-36] [6455-4.1-37] [6455-4.1-38] [6455-4.4-1] [6455-11.3.1-1] [6455-11.3.5-2] [9110-7.2-1] [9110-7.6.1-2] [9110-7.8-1] ' +
    '[9110-7.8-9] [9112-2.2-5] [9112-3.2-3] [9112-3.2.1-1] [whatwg-ws-2.2-3]', () => {
    assert.equal(request(), 'GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Key: ${SAMPLE_KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n`);
  });

  it('§4.1: with every option it is what our own reader and judge call good ' +
    '[6455-4.1-20] [6455-4.1-34] [6455-4.1-39] [6455-4.1-42] [6455-4.1-43] [6455-4.1-44] [6455-9-1] [6455-9.1-1] [9110-5.6.1.1-1] [whatwg-ws-2.2-4]', () => {
    const given = {
      protocols: ['chat', 'superchat'], extensions: OFFER, origin: 'https://a.example', headers: [['Cookie', 'a=b'], ['X', 'caf\xe9']] as const,
    };
    assert.deepEqual(lines(given).slice(6), [
      'Origin: https://a.example', 'Sec-WebSocket-Protocol: chat, superchat',
      'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits', 'Cookie: a=b', 'X: caf\xe9', '', '',
    ]);
    const reader = new HeadReader(requestGrammar, handshakeLimits());
    const bytes = latin1(request(given));
    assert.equal(reader.read(bytes), bytes.length);
    const { outcome } = reader;
    assert.ok(outcome !== null && !(outcome instanceof Refusal));
    const judged = judgeRequest({ ...outcome.startLine, headers: outcome.headers });
    assert.ok(!(judged instanceof Refusal));
    assert.deepEqual([judged.protocols, judged.extensions, judged.origin], [given.protocols, given.extensions, given.origin]);
  });

  it('§4.1: Host has the port unless it is the default of the scheme; IPv6 keeps its brackets [6455-4.1-24] [6455-3-2] [9112-3.2-4]', () => {
    const hosts: readonly (readonly [host: string, port: number, secure: boolean, field: string])[] = [
      ['h', 80, false, 'h'], ['h', 443, true, 'h'], ['h', 8080, false, 'h:8080'], ['h', 80, true, 'h:80'], ['h', 443, false, 'h:443'],
      ['[::1]', 9, false, '[::1]:9'], ['127.0.0.1', 80, false, '127.0.0.1'],
    ];
    for (const [host, port, secure, field] of hosts) assert.equal(lines({ host, port, secure })[1], `Host: ${field}`);
  });

  it('§3: the target is the resource name as given, a percent-encoded "#" included; well-known paths are paths like others ' +
    '[6455-3-6] [6455-4.1-23] [8307-1-1] [8307-1-2] [8615-3-1]', () => {
    for (const resource of ['/', '/a//b?c', '/p%23f', '/.well-known/example', '/foo/.well-known/x']) {
      assert.equal(lines({ resource })[0], `GET ${resource} HTTP/1.1`);
    }
  });

  it('§4.1: host, port, resource name and secure flag that are not valid throw, and nothing is sent [6455-4.1-4] [6455-4.1-5]', () => {
    for (const host of ['', 'a b', 'h:80', 'caf\xe9', '::1', 'a\r\nX: y', 'u@h', 7 as unknown as string]) {
      assert.throws(() => handshake({ host }), { name: 'TypeError', message: /options\.host must be/ });
    }
    for (const port of [0, 65536, 80.5, NaN, '80' as unknown as number]) {
      assert.throws(() => handshake({ port }), { name: 'RangeError', message: /options\.port must be/ });
    }
    for (const resource of ['', 'chat', '/a b', '/a#b', '/\xe9', '/\r\n', 'ws://h/', null as unknown as string]) {
      assert.throws(() => handshake({ resource }), { name: 'TypeError', message: /options\.resource must begin with/ });
    }
    assert.throws(() => handshake({ secure: 1 as unknown as boolean }), { name: 'TypeError', message: /options\.secure must be a boolean/ });
  });

  it('§4.1: subprotocols are unique tokens, compared with their case [6455-4.1-40] [6455-4.1-41] [6455-11.5-1]', () => {
    assert.equal(lines({ protocols: ['a', 'A', 'chat.v2'] })[6], 'Sec-WebSocket-Protocol: a, A, chat.v2');
    for (const protocol of ['', 'a b', 'a,b', 'a/b', 'caf\xe9', 'a\r\nX:1', 5 as unknown as string]) {
      assert.throws(() => handshake({ protocols: [protocol] }), { name: 'TypeError', message: /options\.protocols\[0\] must be a token/ });
    }
    assert.throws(() => handshake({ protocols: ['a', 'b', 'a'] }), { name: 'TypeError', message: /options\.protocols must be unique, found a twice/ });
    assert.throws(() => handshake({ protocols: 'chat' as unknown as string[] }), { name: 'TypeError', message: /options\.protocols must be an array/ });
    assert.throws(() => handshake({ extensions: 'x' as unknown as Extension[] }), { name: 'TypeError', message: /options\.extensions must be an array/ });
  });

  it('§4.1: nothing a caller supplies can split the request: CR, LF and NUL throw in every field [6455-4.1-20] [9112-11.1-1]', () => {
    for (const bad of ['\r', '\n', '\0']) {
      const splits: readonly Partial<ClientHandshakeOptions>[] = [
        { host: `h${bad}` }, { resource: `/${bad}` }, { protocols: [`a${bad}`] }, { origin: `http://a${bad}` },
        { extensions: [{ name: `x${bad}`, parameters: [] }] }, { extensions: [{ name: 'x', parameters: [['y', bad]] }] },
        { headers: [['X', `y${bad}`]] }, { headers: [[`X${bad}`, 'y']] },
      ];
      for (const split of splits) assert.throws(() => handshake(split), TypeError);
    }
  });

  it("§4.1: the handshake's own fields cannot be named by the caller [6455-4.1-44] [9110-5.3-1] [6454-7.3-1]", () => {
    for (const name of ['Host', 'upgrade', 'Connection', 'Sec-WebSocket-Key', 'Sec-WebSocket-Version', 'Sec-WebSocket-Protocol', 'Origin']) {
      assert.throws(() => handshake({ headers: [[name, 'x']] }), { name: 'TypeError', message: /is written by the handshake itself/ });
    }
  });

  it('§4.1: Origin is a serialised origin, or null, and left out by default [6455-4.1-34] [6455-4.1-35]', () => {
    assert.equal(lines({ origin: 'null' })[6], 'Origin: null');
    assert.equal(lines().some((line) => line.startsWith('Origin')), false);
    for (const origin of ['https://a/', 'https://b\xfccher.example', 'a.example', '', 5 as unknown as string]) {
      assert.throws(() => handshake({ origin }), { name: 'TypeError', message: /options\.origin must be like/ });
    }
  });

  it('§4.1: each connection has a key of its own [6455-4.1-31]', () => {
    const random = new Random(41);
    const platform = { ...samplePlatform(), random: (target: Uint8Array): void => random.fill(target) };
    const keys = new Set(Array.from({ length: 1000 }, () => handshake({ platform }).request.headers.get('Sec-WebSocket-Key')));
    assert.equal(keys.size, 1000);
  });

  it('other options that make no sense throw', () => {
    assert.throws(() => handshake({ url: 'ws://h' } as object), { name: 'TypeError', message: /options\.url is not known/ });
    assert.throws(() => handshake({ timeout: -1 }), { name: 'RangeError', message: /options\.timeout/ });
    assert.throws(() => handshake({ judgeExtension: true } as object), { name: 'TypeError', message: /options\.judgeExtension must be a function/ });
    assert.throws(() => handshake({ requireProtocol: 1 } as object), { name: 'TypeError', message: /options\.requireProtocol must be a boolean, found 1/ });
    assert.throws(() => handshake({ maxBodySize: -1 }), { name: 'RangeError', message: /options\.maxBodySize/ });
    assert.throws(() => handshake({ limits: { maxLineLength: 0 } }), { name: 'RangeError', message: /limits\.maxLineLength/ });
    assert.throws(() => handshake({ platform: null as unknown as ClientHandshakeOptions['platform'] }), { name: 'TypeError', message: /options\.platform/ });
  });
});

describe('handshake/client: the response', () => {
  it('§4.1: a new handshake waits; after the request nothing is sent; a good 101 opens; its leftover is handed back ' +
    '[6455-4.1-1] [6455-4.1-3] [6455-4.1-45] [6455-4.1-46] [6455-4.1-56] [9112-6.3-1]', () => {
    const frame = '810548656c6c6f';
    const text = responseText({ 'Content-Length': '5', 'Sec-WebSocket-Protocol': 'chat' });
    eachChunking(latin1(text + Buffer.from(frame, 'hex').toString('latin1')), (chunks) => {
      const client = handshake({ protocols: ['chat'] });
      assert.ok(client.takeOutput() !== null);
      let leftover = '';
      let fed = 0;
      for (const chunk of chunks) {
        assert.equal(client.state === 'open', fed >= text.length, 'open exactly when the head is whole');
        fed += chunk.length;
        leftover += toHex(chunk, client.receive(chunk));
        assert.equal(client.takeOutput(), null);
      }
      assert.equal(leftover, frame);
      const { result } = client;
      assert.ok(result?.kind === 'open');
      assert.deepEqual([result.protocol, result.extensions, result.response.status], ['chat', [], 101]);
      assert.equal(client.deadline, Infinity);
      client.receiveEnd();
      client.advance(1e12);
      assert.equal(client.result, result);
    });
    assert.equal(handshake().state, 'reading');
    assert.equal(handshake().result, null);
  });

  it('RFC 9110 §15.2: interim responses are skipped, a reasonable number of them [9110-15.2-1] [whatwg-fetch-4.7-1]', () => {
    const interim = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 9\r\n\r\n';
    eachChunking(latin1(interim + responseText()), (chunks) => {
      const client = handshake();
      feed(client, chunks);
      assert.equal(client.result?.kind, 'open');
    });
    assert.equal(fails('HTTP/1.1 102 x\r\n\r\n'.repeat(9)).refusal.name, 'TOO_MANY_INTERIM_RESPONSES');
    const most = handshake();
    feed(most, [latin1('HTTP/1.1 199 x\r\n\r\n'.repeat(8) + responseText())]);
    assert.equal(most.state, 'open');
  });

  it('a failed check is terminal: a good response after a bad one opens nothing [6455-4.1-54] [6455-10.7-1]', () => {
    const bad = [responseText({ 'Sec-WebSocket-Accept': 'x' }), responseText({ 'Upgrade': null }), responseText({}, 'HTTP/1.1 101\r'), 'garbage\r\n\r\n', '\0'];
    for (const text of bad) {
      const failure = fails(text + responseText());
      assert.equal(failure.body.length, 0);
      assert.equal(failure.refusal.status === 0 || failure.response === null, true);
    }
  });

  it('§4.1: another status is an ordinary response: its head, its versions and the beginning of its content can be read; no redirect is followed ' +
    '[6455-4.1-47] [6455-4.1-48] [6455-4.4-3] [whatwg-ws-2.2-9]', () => {
    const failure = fails(responseText({ 'Location': 'ws://b/', 'Content-Length': '5', 'Sec-WebSocket-Version': '13, 8' }, 'HTTP/1.1 301 Moved') + 'hello, next');
    assert.equal(failure.refusal.name, 'STATUS_NOT_101');
    assert.equal(failure.response?.headers.get('Location'), 'ws://b/');
    assert.deepEqual(failure.versions, [13, 8]);
    assert.deepEqual(failure.body, utf8('hello'));
  });

  it('content ends at Content-Length, at the bound, or with the transport, whichever is first', () => {
    const status = 'HTTP/1.1 403 Forbidden';
    const body = (fields: string, text: string, changes?: Partial<ClientHandshakeOptions>): string => (
      Buffer.from(fails(`${status}\r\n${fields}\r\n${text}`, changes).body).toString('latin1')
    );
    assert.equal(body('', 'until the end'), 'until the end');
    assert.equal(body('Content-Length: 3\r\n', 'abcdef'), 'abc');
    assert.equal(body('Content-Length: 9\r\n', 'cut'), 'cut');
    assert.equal(body('Content-Length: 0\r\n', 'x'), '');
    assert.equal(body('Content-Length: 3x\r\n', 'abcdef'), 'abcdef');
    assert.equal(body('Content-Length: 1\r\nTransfer-Encoding: chunked\r\n', '3\r\nabc\r\n0\r\n\r\n'), '3\r\nabc\r\n0\r\n\r\n');
    assert.equal(body('', 'abcdef', { maxBodySize: 4 }), 'abcd');
    assert.equal(body('', 'abcdef', { maxBodySize: 0 }), '');
    assert.equal(body('Content-Length: 9007199254740993\r\n', 'y'.repeat(5_000)).length, 4_096);
    for (const none of ['HTTP/1.1 204 No', 'HTTP/1.1 304 Not']) assert.equal(fails(`${none}\r\n\r\nabc`).body.length, 0);
  });

  it('while content is collected the handshake is failing and has no result; the deadline ends it', () => {
    const client = handshake({ timeout: 100 });
    client.advance(0);
    client.receive(latin1('HTTP/1.1 500 No\r\nContent-Length: 10\r\n\r\nabc'));
    assert.deepEqual([client.state, client.result, client.deadline], ['failing', null, 100]);
    client.advance(100);
    assert.equal(client.state, 'failed');
    assert.ok(client.result?.kind === 'failed');
    assert.equal(client.result.refusal.name, 'STATUS_NOT_101');
    assert.deepEqual(client.result.body, utf8('abc'));
    assert.equal(client.deadline, Infinity);
  });

  it('the deadline is armed by the first advance; without a whole response it fails the connection', () => {
    const client = handshake({ timeout: 100 });
    assert.equal(client.deadline, -Infinity);
    client.advance(50);
    client.receive(latin1('HTTP/1.1 101'));
    client.advance(149);
    assert.equal(client.state, 'reading');
    client.advance(150);
    assert.ok(client.result?.kind === 'failed');
    assert.deepEqual([client.result.refusal.name, client.result.response, client.result.versions], ['RESPONSE_TIMEOUT', null, []]);
    assert.equal(client.receive(latin1(responseText())), responseText().length);
    assert.equal(client.result.kind, 'failed');
    const usual = handshake();
    usual.advance(0);
    assert.equal(usual.deadline, 10_000);
    assert.equal(handshake({ timeout: Infinity }).deadline, Infinity);
  });

  it('a transport that ends before the head is whole fails the connection', () => {
    for (const text of ['', 'HTTP/1.1 101 Switching', 'HTTP/1.1 100 Continue\r\n\r\n']) {
      assert.equal(fails(text).refusal.name, 'RESPONSE_INCOMPLETE');
    }
  });

  it('RFC 9110 §5.4: a response head over its limits fails the connection [9110-5.4-2]', () => {
    assert.equal(fails(responseText(), { limits: { maxHeadSize: 60 } }).refusal.name, 'HEAD_TOO_LARGE');
    assert.equal(fails(responseText(), { limits: { maxHeaderCount: 2 } }).refusal.name, 'TOO_MANY_FIELDS');
    assert.equal(fails(responseText({ X: 'y'.repeat(60) }), { limits: { maxLineLength: 60 } }).refusal.name, 'LINE_TOO_LONG');
  });

  it('§10.7: random octets never make it throw, and never open [6455-10.1-1] [6455-10.7-1]', () => {
    const random = new Random(0x41);
    const text = responseText();
    for (let round = 0; round < 3_000; round++) {
      const bytes = latin1(text);
      for (let count = 1 + random.below(3); count > 0; count--) bytes[random.below(bytes.length)] = random.below(256);
      const client = handshake();
      client.receive(bytes);
      client.receiveEnd();
      assert.ok(client.result !== null);
      if (client.result.kind === 'open') assert.equal(client.result.response.headers.get('Sec-WebSocket-Accept'), 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    }
  });
});
