// RFC 6455 §4.2: the server's side, every vector at every chunking.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { HeaderList } from '../../../lib/core/handshake/headers.ts';
import { chooseProtocol } from '../../../lib/core/handshake/subprotocol.ts';
import { judgeOrigin } from '../../../lib/core/handshake/origin.ts';
import { Refusal } from '../../../lib/core/handshake/refusal.ts';
import { ServerHandshake } from '../../../lib/core/handshake/server.ts';
import type { ServerHandshakeOptions } from '../../../lib/core/handshake/server.ts';
import { latin1, toHex } from '../../support/bytes.ts';
import { eachChunking } from '../../support/chunking.ts';
import { requestText, samplePlatform, SAMPLE_ACCEPT, SAMPLE_KEY } from '../../support/handshake.ts';
import { readJson } from '../../support/project.ts';
import { Random } from '../../support/random.ts';

interface HeaderCase {
  readonly id: string;
  readonly receiver: 'server' | 'client';
  readonly raw: string;
  readonly strength: string;
  readonly refs: string;
  readonly expect: {
    readonly status: number; readonly accept?: string; readonly protocol?: string | null; readonly resource?: string;
    readonly protocolsOffered?: readonly string[]; readonly mustHaveHeader?: readonly string[];
  };
}

const vectors = readJson<{
  headerConfig: { server: { supportedProtocols: readonly string[] } };
  headerCases: readonly HeaderCase[];
  handshakes: readonly HeaderCase[];
  extensionGrammar: { cases: readonly { value: string; parse: unknown }[] };
}>('spec/vectors/vectors.json');
const SUPPORTED = vectors.headerConfig.server.supportedProtocols;

/** Ours where the vectors leave it open, and where they say 400 for any refusal (docs of the project's choices). */
const OUR_STATUS: Readonly<Record<string, number>> = {
  // Not an opening handshake at all: RFC 9110 §15.5.22 says what to ask for.
  'q-connection-substring': 426, 'q-connection-keepalive-only': 426, 'q-connection-missing': 426,
  'q-upgrade-h2c': 426, 'q-upgrade-versioned': 426, 'q-upgrade-missing': 426,
  // A method no part of HTTP defines.
  'q-method-lower': 501,
};

function handshake(options: Partial<ServerHandshakeOptions> = {}): ServerHandshake {
  return new ServerHandshake({ platform: samplePlatform(), ...options });
}

/** Feeds until the head ends; returns what was left over. */
function feed(server: ServerHandshake, chunks: readonly Uint8Array[]): string {
  let leftover = '';
  for (const chunk of chunks) leftover += toHex(chunk, server.receive(chunk));
  return leftover;
}

function output(server: ServerHandshake): string {
  const bytes = server.takeOutput();
  return bytes === null ? '' : Buffer.from(bytes).toString('latin1');
}

/** A response's status line and fields, read by splitting. */
function parse(text: string): { status: number; fields: HeaderList; body: string } {
  const end = text.indexOf('\r\n\r\n');
  const [line = '', ...rest] = text.slice(0, end).split('\r\n');
  assert.match(line, /^HTTP\/1\.1 \d{3} /);
  const fields = new HeaderList(rest.map((each) => [each.slice(0, each.indexOf(': ')), each.slice(each.indexOf(': ') + 2)]));
  return { status: Number(line.slice(9, 12)), fields, body: text.slice(end + 4) };
}

function pending(text: string = requestText(), options?: Partial<ServerHandshakeOptions>): ServerHandshake {
  const server = handshake(options);
  assert.equal(feed(server, [latin1(text)]), '');
  assert.equal(server.state, 'pending', server.refusal?.message);
  return server;
}

const serverCases = [
  ...vectors.headerCases.filter(({ receiver }) => receiver === 'server'),
  ...vectors.handshakes.filter(({ raw }) => raw.startsWith('GET ')),
];

describe('handshake/server: vectors', () => {
  for (const { id, raw, expect, strength, refs = '' } of serverCases) {
    const status = OUR_STATUS[id] ?? expect.status;
    const cited = refs.split(',').filter((ref) => ref !== '').join(', ');
    it(`${id} (${strength ?? 'example'}${cited === '' ? '' : `, ${cited}`}) is answered with ${status}`, () => {
      eachChunking(latin1(raw), (chunks) => {
        const server = handshake();
        const leftover = feed(server, chunks);
        if (status === 101) {
          assert.equal(server.state, 'pending', server.refusal?.message);
          const { request } = server;
          assert.ok(request !== null);
          if (expect.resource !== undefined) assert.equal(request.resource, expect.resource);
          if (expect.protocolsOffered !== undefined) assert.deepEqual(request.protocols, expect.protocolsOffered);
          assert.equal(server.takeOutput(), null);
          assert.equal(server.accept({ protocol: chooseProtocol(request.protocols, SUPPORTED) }), true);
        }
        assert.equal(server.state, status === 101 ? 'accepted' : 'refused');
        assert.equal(leftover, raw.slice(raw.indexOf('\r\n\r\n') + 4) === '' || status !== 101 ? '' : toHex(latin1(raw.slice(raw.indexOf('\r\n\r\n') + 4))));
        const text = output(server);
        const answer = parse(text.startsWith('HTTP/1.1 100 Continue\r\n\r\n') ? text.slice(25) : text);
        assert.equal(text.startsWith('HTTP/1.1 100'), id === 'q-expect-100');
        assert.equal(answer.status, status);
        if (expect.accept !== undefined) assert.equal(answer.fields.get('Sec-WebSocket-Accept'), expect.accept);
        if (expect.protocol !== undefined) assert.equal(answer.fields.get('Sec-WebSocket-Protocol'), expect.protocol);
        for (const field of expect.mustHaveHeader ?? []) {
          const [name, value] = field.split(': ') as [string, string];
          assert.ok(answer.fields.get(name)?.split(', ').includes(value), field);
        }
      });
    });
  }

  it('§9.1: a malformed Sec-WebSocket-Extensions is refused with 400; a well-formed one waits for its judge [6455-9.1-2]', () => {
    for (const { value, parse: parsed } of vectors.extensionGrammar.cases) {
      const server = handshake();
      feed(server, [latin1(requestText({ 'Sec-WebSocket-Extensions': value }))]);
      if (parsed === 'malformed') {
        assert.equal(server.refusal?.name, 'EXTENSIONS_MALFORMED', value);
        assert.equal(parse(output(server)).status, 400);
      } else {
        assert.deepEqual(server.request?.extensions.map(({ name, parameters }) => [name, parameters]), parsed, value);
      }
    }
  });
});

describe('handshake/server', () => {
  it('§4.2.1: nothing is answered before the whole head is there, and bytes after it are handed back untouched ' +
    '[6455-4.2.1-1] [9110-5.3-3] [9112-6.3-4] [6455-4.2.2-25]', () => {
    const frame = '818537fa213d7f9f4d5158';
    eachChunking(latin1(`${requestText()}${Buffer.from(frame, 'hex').toString('latin1')}`), (chunks) => {
      const server = handshake();
      let leftover = '';
      for (const chunk of chunks) {
        const before = server.state;
        const consumed = server.receive(chunk);
        leftover += toHex(chunk, consumed);
        assert.equal(server.takeOutput(), null);
        if (before === 'pending') assert.equal(consumed, 0);
      }
      assert.equal(leftover, frame);
      assert.equal(server.state, 'pending');
      assert.equal(server.response, null);
      assert.equal(server.outputEnded, false);
      server.accept();
      assert.equal(server.receive(Uint8Array.of(0x88)), 0);
    });
  });

  it('§4.2.2: accepting produces exactly one complete 101 head and nothing else [6455-4.2.2-1] [6455-4.2.2-17] [6455-4.2.2-18] [9110-7.8-7]', () => {
    const server = pending(requestText({ 'Sec-WebSocket-Protocol': 'chat', 'Sec-WebSocket-Extensions': 'x' }));
    assert.equal(server.accept({ protocol: 'chat', extensions: [{ name: 'x', parameters: [] }], headers: [['X-A', 'b']] }), true);
    assert.equal(output(server), 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${SAMPLE_ACCEPT}\r\nSec-WebSocket-Protocol: chat\r\nSec-WebSocket-Extensions: x\r\nX-A: b\r\n\r\n`);
    assert.equal(server.takeOutput(), null);
    assert.equal(server.state, 'accepted');
    assert.equal(server.response?.status, 101);
    assert.equal(server.refusal, null);
    assert.equal(server.deadline, Infinity);
  });

  it('RFC 9110 §7.8: with Expect: 100-continue, 100 is sent before 101, and not before a rejection [9110-7.8-10] [9110-15.2-2]', () => {
    const accepted = pending(requestText({ Expect: '100-continue' }));
    assert.equal(accepted.takeOutput(), null);
    accepted.accept();
    assert.match(output(accepted), /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 101 /);
    const rejected = pending(requestText({ Expect: '100-continue' }));
    rejected.reject(403);
    assert.match(output(rejected), /^HTTP\/1\.1 403 /);
    const old = handshake();
    feed(old, [latin1(requestText({ Expect: '100-continue' }, 'GET / HTTP/1.0'))]);
    assert.match(output(old), /^HTTP\/1\.1 400 /);
  });

  it('§4.2.2: a server unwilling to accept answers with an error and ends; what follows is dropped ' +
    '[6455-4.2.2-7] [6455-4.2.2-10] [9110-7.8-2] [9112-9.3-1] [9112-9.6-2]', () => {
    const server = pending();
    assert.equal(server.reject(404, { body: 'no', headers: [['X-A', 'b']] }), true);
    assert.equal(output(server), 'HTTP/1.1 404 Not Found\r\nX-A: b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 2\r\n' +
      'Connection: close\r\n\r\nno');
    assert.equal(server.state, 'refused');
    assert.equal(server.outputEnded, true);
    assert.equal(server.refusal, null);
    assert.equal(server.response?.status, 404);
    const next = latin1(requestText());
    assert.equal(server.receive(next), next.length);
    assert.equal(server.takeOutput(), null);
  });

  it('§10.2: an unacceptable origin is answered with 403 [6455-10.2-2] [6455-4.2.2-6] [6455-4.2.2-7]', () => {
    const server = pending(requestText({ Origin: 'http://evil.example' }));
    assert.ok(server.request !== null);
    const refusal = judgeOrigin('same-host', server.request, false);
    assert.ok(refusal !== null);
    assert.equal(server.refuse(refusal), true);
    assert.equal(parse(output(server)).status, 403);
    assert.equal(server.refusal, refusal);
    assert.equal(server.state, 'refused');
  });

  it('RFC 9112 §9.6: a bad head is refused at once, with its length and Connection: close; pipelined bytes are dropped ' +
    '[9112-9.6-1] [9112-9.6-2] [9112-6.1-4] [6455-10.7-4] [6455-10.7-1]', () => {
    const server = handshake();
    const chunk = latin1(requestText({ 'Content-Length': '5', 'Transfer-Encoding': 'chunked' }) + requestText());
    assert.equal(server.receive(chunk), chunk.length);
    const { status, fields, body } = parse(output(server));
    assert.equal(status, 400);
    assert.equal(fields.get('Connection'), 'close');
    assert.equal(fields.get('Content-Length'), String(Buffer.byteLength(body, 'latin1')));
    assert.equal(server.outputEnded, true);
    assert.equal(server.request, null);
    assert.equal(server.response?.status, 400);
    assert.equal(server.refusal?.name, 'TRANSFER_CODED');
  });

  it('RFC 9110 §9.3.2: a response to HEAD has no content', () => {
    const server = handshake();
    feed(server, [latin1(requestText({}, 'HEAD / HTTP/1.1'))]);
    const { status, fields, body } = parse(output(server));
    assert.deepEqual([status, fields.get('Allow'), body], [405, 'GET', '']);
    assert.notEqual(fields.get('Content-Length'), '0');
  });

  it('RFC 9110 §5.4: a head over its limits is 431, a target 414, and nothing is kept of it [9110-5.4-1] [9112-3-4]', () => {
    const limited: readonly (readonly [ServerHandshakeOptions['limits'] & object, string, number])[] = [
      [{ maxHeadSize: 100 }, requestText(), 431],
      [{ maxHeaderCount: 4 }, requestText(), 431],
      [{ maxLineLength: 30 }, requestText({ 'X-Long': 'x'.repeat(30) }), 431],
      [{ maxLineLength: 30 }, `GET /${'x'.repeat(40)}`, 414],
    ];
    for (const [limits, text, status] of limited) {
      const server = handshake({ limits });
      feed(server, [latin1(text)]);
      assert.equal(parse(output(server)).status, status);
    }
    assert.equal(pending(requestText({}, `GET /${'x'.repeat(7_999)} HTTP/1.1`)).request?.resource.length, 8_000);
  });

  it('the deadline is armed by the first advance; at its end a head that is not whole is 408', () => {
    const server = handshake({ timeout: 500 });
    assert.equal(server.deadline, -Infinity);
    server.advance(1_000);
    assert.equal(server.deadline, 1_500);
    server.receive(latin1('GET / HT'));
    server.advance(1_499);
    assert.equal(server.state, 'reading');
    server.advance(1_500);
    assert.equal(parse(output(server)).status, 408);
    assert.equal(server.refusal?.name, 'HEAD_TIMEOUT');
    assert.equal(server.deadline, Infinity);
    server.advance(9_999);
    assert.equal(server.takeOutput(), null);
  });

  it('at the deadline a request without a decision is 503, and a decision that comes later does nothing', () => {
    const server = pending(requestText(), { timeout: 500 });
    server.advance(0);
    server.advance(500);
    assert.equal(parse(output(server)).status, 503);
    assert.equal(server.refusal?.name, 'DECISION_TIMEOUT');
    assert.equal(server.accept(), false);
    assert.equal(server.reject(404), false);
    assert.equal(server.refuse(new Refusal('ORIGIN_REFUSED', 'x', 'y')), false);
    assert.equal(server.takeOutput(), null);
    assert.equal(server.response?.status, 503);
  });

  it('a timeout of Infinity is never; 10 s by default', () => {
    const never = handshake({ timeout: Infinity });
    assert.equal(never.deadline, Infinity);
    never.advance(Number.MAX_SAFE_INTEGER);
    assert.equal(never.state, 'reading');
    const usual = handshake();
    usual.advance(1);
    assert.equal(usual.deadline, 10_001);
  });

  it('the end of the transport: inside a head 400, before one or before the decision silence, after the answer nothing', () => {
    const inside = handshake();
    inside.receive(latin1('GET'));
    inside.receiveEnd();
    assert.equal(parse(output(inside)).status, 400);
    assert.equal(inside.refusal?.name, 'HEAD_INCOMPLETE');
    const before = handshake();
    before.receiveEnd();
    const waiting = pending();
    waiting.receiveEnd();
    for (const server of [before, waiting]) {
      assert.equal(server.refusal?.name, 'TRANSPORT_ENDED');
      assert.equal(server.takeOutput(), null);
      assert.equal(server.outputEnded, true);
    }
    assert.equal(waiting.accept(), false);
    const accepted = pending();
    accepted.accept();
    accepted.receiveEnd();
    assert.equal(accepted.state, 'accepted');
    inside.receiveEnd();
    assert.equal(inside.refusal?.name, 'HEAD_INCOMPLETE');
  });

  it('your mistake throws: a decision before a request, a second decision, an answer that was not offered', () => {
    for (const decide of [
      (server: ServerHandshake): boolean => server.accept(),
      (server: ServerHandshake): boolean => server.reject(404),
      (server: ServerHandshake): boolean => server.refuse(new Refusal('ORIGIN_REFUSED', 'x', 'y')),
    ]) {
      assert.throws(() => decide(handshake()), { name: 'TypeError', message: /no request to decide on yet/ });
      const server = pending();
      decide(server);
      assert.throws(() => decide(server), { name: 'TypeError', message: /the handshake was (accepted|refused) already/ });
    }
    const server = pending();
    assert.throws(() => server.accept({ protocol: 'chat' }), TypeError);
    assert.throws(() => server.reject(200), RangeError);
    assert.throws(() => server.refuse(new Refusal('STATUS_NOT_101', 'x', 'y')), RangeError);
    assert.equal(server.state, 'pending');
    assert.equal(server.accept(), true);
  });

  it('options that make no sense throw', () => {
    assert.throws(() => handshake({ timeout: 0 }), { name: 'RangeError', message: /options\.timeout/ });
    assert.throws(() => handshake({ limits: { maxHeadSize: 0 } }), { name: 'RangeError', message: /limits\.maxHeadSize/ });
    assert.throws(() => handshake({ Timeout: 5 } as object), { name: 'TypeError', message: /options\.Timeout is not known/ });
    assert.throws(() => new ServerHandshake({} as ServerHandshakeOptions), { name: 'TypeError', message: /options\.platform/ });
  });

  it('a head that an HTTP server has read goes through the same judge', () => {
    const options = { platform: samplePlatform() };
    const headers = new HeaderList([
      ['Host', 'a'], ['Upgrade', 'websocket'], ['Connection', 'Upgrade'], ['Sec-WebSocket-Key', SAMPLE_KEY], ['Sec-WebSocket-Version', '13'],
    ]);
    const good = ServerHandshake.fromHead({ method: 'GET', target: '/x', version: '1.1', headers }, options);
    assert.equal(good.state, 'pending');
    assert.equal(good.receive(Uint8Array.of(1)), 0);
    good.advance(0);
    assert.equal(good.deadline, 10_000);
    good.accept();
    assert.match(output(good), /^HTTP\/1\.1 101 /);
    const bad = ServerHandshake.fromHead({ method: 'POST', target: '/x', version: '1.1', headers }, options);
    assert.equal(bad.state, 'refused');
    assert.match(output(bad), /^HTTP\/1\.1 405 /);
  });

  it('§4.2.1: a single octet of the request changed never makes it throw or hang, and never opens with another key ' +
    '[6455-4.2.1-2] [6455-10.1-1]', () => {
    const random = new Random(0x421);
    const text = requestText({ 'Sec-WebSocket-Protocol': 'a, b', 'Sec-WebSocket-Extensions': 'x; y="1"', 'Origin': 'http://a' });
    for (let round = 0; round < 3_000; round++) {
      const bytes = latin1(text);
      bytes[random.below(bytes.length)] = random.below(256);
      const server = handshake();
      server.receive(bytes);
      if (server.state === 'refused') assert.ok((server.response?.status ?? 0) >= 400);
      else if (server.state === 'pending') assert.ok(server.accept());
      else assert.equal(server.takeOutput(), null);
    }
  });
});
