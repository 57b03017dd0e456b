// The tester's side of the opening handshake: what it writes, by itself or as a case has it, what it makes of a subject's heads, and what both
// have agreed on from there.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Opening, SubjectRole } from '../../lib/conformance/case.ts';
import { Heads } from '../../lib/conformance/tester/heads.ts';
import { saySight } from '../../lib/conformance/tester/sight.ts';
import type { Sight } from '../../lib/conformance/tester/sight.ts';
import { randomRequest, randomResponse } from '../fuzz/heads.ts';
import { concat, latin1 } from '../support/bytes.ts';
import { eachChunking } from '../support/chunking.ts';
import { SAMPLE_ACCEPT, SAMPLE_KEY, requestText, responseText, samplePlatform } from '../support/handshake.ts';
import { Random } from '../support/random.ts';

const DEFLATE = 'permessage-deflate';
const asText = (octets: Uint8Array): string => Buffer.from(octets).toString('latin1');

function headsFor(role: SubjectRole, opening: Opening = {}, fields: readonly string[] = []): { readonly heads: Heads; readonly seen: Sight[] } {
  const platform = samplePlatform();
  const seen: Sight[] = [];
  const heads = new Heads({
    role, opening, platform, codecs: { allocate: platform.allocate }, host: 'server.example.com', resource: '/chat', fields,
    see: (sight) => seen.push(sight),
  });
  return { heads, seen };
}

/** The tester has asked a server, in order, for what the case offers. */
function asked(opening: Opening = {}): ReturnType<typeof headsFor> {
  const it = headsFor('server', opening);
  it.heads.writeRequest();
  return it;
}

describe('heads of the tester', () => {
  it('a request has what §4.1 asks for, what the case offers, its fields, and those of every request', () => {
    assert.equal(asText(headsFor('server').heads.writeRequest()), requestText());
    const { heads } = headsFor('server', { offer: `${DEFLATE}; client_max_window_bits`, fields: ['Origin: http://a.example'] }, ['Cookie: b=c']);
    assert.equal(asText(heads.writeRequest()), requestText({
      'Sec-WebSocket-Extensions': `${DEFLATE}; client_max_window_bits`, 'Origin': 'http://a.example', 'Cookie': 'b=c',
    }));
  });

  it('a response has what §4.2.2 asks for, the first answer of the case that the offer allows, and its fields', () => {
    const respond = (opening: Opening, offer: string | null): string => {
      const { heads } = headsFor('client', opening);
      heads.receive(latin1(requestText({ 'Sec-WebSocket-Extensions': offer })));
      return asText(heads.writeResponse());
    };
    const answers = [`${DEFLATE}; client_max_window_bits=10`, `${DEFLATE}; server_no_context_takeover`, DEFLATE];
    assert.equal(respond({}, DEFLATE), responseText());
    assert.equal(respond({ answers }, null), responseText());
    assert.equal(respond({ answers }, DEFLATE), responseText({ 'Sec-WebSocket-Extensions': `${DEFLATE}; server_no_context_takeover` }));
    assert.equal(respond({ answers }, `x, ${DEFLATE}; client_max_window_bits`), responseText({ 'Sec-WebSocket-Extensions': answers[0] as string }));
    assert.equal(respond({ fields: ['X: y'] }, null), responseText({ X: 'y' }));
  });

  it('a wrong response has the first answer that the offer does not allow, and nothing is agreed on by it', () => {
    const { heads } = headsFor('client', { wrongAnswers: [DEFLATE, `${DEFLATE}; client_max_window_bits=10`] });
    heads.receive(latin1(requestText({ 'Sec-WebSocket-Extensions': DEFLATE })));
    assert.equal(asText(heads.writeResponse()), responseText({ 'Sec-WebSocket-Extensions': `${DEFLATE}; client_max_window_bits=10` }));
    assert.deepEqual([heads.state, heads.extensions, heads.compression], ['open', '', null]);
  });

  it('as a case has them are filled in for a server with the tester\'s own', () => {
    const { heads } = headsFor('server', { offer: DEFLATE }, ['Cookie: b=c']);
    const filled = (template: string): string => asText(heads.fill(template));
    assert.equal(filled('GET {resource} HTTP/1.1\r\nHost: {host}\r\n'), 'GET /chat HTTP/1.1\r\nHost: server.example.com\r\n');
    assert.equal(filled('{key} {extensions} {protocol} {fields}{choice}.'), `${SAMPLE_KEY} ${DEFLATE} chat Cookie: b=c\r\n.`);
    assert.equal(filled('{accept} {unknown} { key } {}'), `${SAMPLE_ACCEPT} {unknown} { key } {}`);
    assert.equal(filled('\x00\xff'), '\x00\xff', 'a code unit is an octet');
  });

  it('as a case has them are filled in for a client with what answers its request', () => {
    const { heads } = headsFor('client', { answers: [DEFLATE] });
    const filled = (template: string): string => asText(heads.fill(template));
    assert.equal(filled('{choice}{protocol}'), 'chat', 'before there is a request');
    heads.receive(latin1(requestText({ 'Sec-WebSocket-Protocol': 'Soap, wamp', 'Sec-WebSocket-Extensions': DEFLATE })));
    assert.equal(filled('{accept}|{swapped accept}'), `${SAMPLE_ACCEPT}|S3PplmbItXAq9KygZZHzrBk+XoO=`);
    assert.equal(filled('{protocol}|{swapped protocol}|{choice}|{extensions}'), `Soap|sOAP|Sec-WebSocket-Protocol: Soap\r\n|${DEFLATE}`);
  });
});

describe('heads of a server', () => {
  const lines = (opening: Opening, ...heads: readonly string[]): readonly string[] => {
    let last: readonly string[] = [];
    eachChunking(latin1(heads.join('')), (chunks) => {
      const { heads: reader, seen } = asked(opening);
      for (const chunk of chunks) if (reader.state === 'reading') reader.receive(chunk);
      last = seen.map(saySight);
    });
    return last;
  };

  it('are a 101 that is in order, at every chunking, and not an octet of what stands behind it', () => {
    const head = latin1(responseText());
    const { heads, seen } = asked();
    assert.equal(heads.receive(concat(head, Uint8Array.of(0x81, 0))), head.length);
    assert.deepEqual([heads.state, seen.map(saySight)], ['open', ['http 101']]);
    assert.deepEqual(lines({}, responseText()), ['http 101']);
    assert.deepEqual(lines({}, 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 Early Hints\r\n\r\n', responseText()), ['http 101']);
  });

  it('are another status, which is seen with its fields', () => {
    const { heads, seen } = asked();
    const head = responseText({ 'Sec-WebSocket-Version': '13' }, 'HTTP/1.1 426 Upgrade Required');
    heads.receive(latin1(`${head}content`));
    const [sight] = seen;
    assert.ok(sight?.kind === 'http');
    assert.deepEqual([heads.state, sight.status, sight.fields.at(-1)?.[1]], ['refused', 426, '13']);
    assert.deepEqual(lines({}, 'HTTP/1.1 200 OK\r\n\r\n'), ['http 200']);
  });

  it('that break a rule of the handshake are told by its name', () => {
    for (const [changes, rule] of [
      [{ 'Upgrade': null }, 'RESPONSE_UPGRADE_MISSING'], [{ 'Connection': 'close' }, 'RESPONSE_CONNECTION_WRONG'],
      [{ 'Sec-WebSocket-Accept': 'x' }, 'ACCEPT_WRONG'],
      [{ 'Sec-WebSocket-Protocol': 'chat' }, 'PROTOCOL_NOT_OFFERED'], [{ 'Sec-WebSocket-Extensions': DEFLATE }, 'EXTENSION_NOT_OFFERED'],
    ] as const) {
      assert.match(lines({}, responseText(changes)).join(), new RegExp(`^breach ${rule}: [^,]+$`));
    }
  });

  it('are held to the key, the subprotocols and the extensions that a case has written itself', () => {
    const { heads, seen } = headsFor('server');
    heads.say(requestText({ 'Sec-WebSocket-Key': 'AQIDBAUGBwgJCgsMDQ4PEA==', 'Sec-WebSocket-Protocol': 'a, b' }));
    heads.receive(latin1(responseText({ 'Sec-WebSocket-Accept': 'C/0nmHhBztSRGR1CwL6Tf4ZjwpY=', 'Sec-WebSocket-Protocol': 'b' })));
    assert.deepEqual(seen.map(saySight), ['http 101']);
    const other = headsFor('server');
    other.heads.say('GET / HTTP/1.1\r\nsec-websocket-KEY :  AQIDBAUGBwgJCgsMDQ4PEA==\r\n');
    other.heads.receive(latin1(responseText()));
    assert.match(other.seen.map(saySight).join(), /^breach ACCEPT_WRONG/);
  });

  it('are held to what the case says it offers, also where its heads say it in other words', () => {
    const { heads, seen } = headsFor('server', { offer: DEFLATE });
    heads.say(requestText({ 'Sec-WebSocket-Extensions': 'permessage-deflate;;;' }));
    heads.receive(latin1(responseText({ 'Sec-WebSocket-Extensions': DEFLATE })));
    assert.deepEqual([seen.map(saySight), heads.extensions], [[`http 101 (${DEFLATE})`], DEFLATE]);
  });

  it('set up the codecs that were agreed on: windows and context for each direction', () => {
    const opening = { offer: `${DEFLATE}; client_max_window_bits`, needsCompression: { takeover: false, windowBits: [10, 10] } } as const;
    const agreed = (answer: string): string | null => {
      const { heads } = asked(opening);
      heads.receive(latin1(responseText({ 'Sec-WebSocket-Extensions': answer })));
      assert.notEqual(heads.compression, null);
      return heads.unsuitable();
    };
    assert.equal(agreed(`${DEFLATE}; client_no_context_takeover; client_max_window_bits=10`), null);
    assert.equal(agreed(`${DEFLATE}; client_max_window_bits=10`), 'messages may refer to those before them');
    assert.equal(agreed(`${DEFLATE}; client_no_context_takeover`), 'a window of 15 bits was agreed on');
    assert.equal(agreed(`${DEFLATE}; server_no_context_takeover; client_no_context_takeover; client_max_window_bits=10`), null);
  });

  it('have an end: in size, in lines, in their number', () => {
    for (const endless of [`HTTP/1.1 101 x\r\nX: ${'y'.repeat(70_000)}`, `HTTP/1.1 101 x\r\n${'X: y\r\n'.repeat(2_001)}`]) {
      const { heads, seen } = asked();
      heads.receive(latin1(endless));
      assert.equal(heads.state, 'refused');
      assert.match(seen.map(saySight).join(), /^breach /);
    }
  });
});

describe('heads of a client', () => {
  it('are a request in order, which is kept for the answer', () => {
    eachChunking(latin1(requestText({ 'Sec-WebSocket-Protocol': 'chat' })), (chunks) => {
      const { heads, seen } = headsFor('client');
      for (const chunk of chunks) assert.equal(heads.receive(chunk), chunk.length);
      assert.deepEqual([heads.state, seen.map(saySight), heads.request?.protocols], ['reading', ['request'], ['chat']]);
    });
  });

  it('break a rule by name, and by what stands behind them before there is a response', () => {
    const seenOf = (...chunks: readonly string[]): readonly string[] => {
      const { heads, seen } = headsFor('client');
      for (const chunk of chunks) if (heads.state === 'reading') heads.receive(latin1(chunk));
      return seen.map(saySight);
    };
    assert.match(seenOf(requestText({ 'Sec-WebSocket-Version': '12' })).join(), /^breach [A-Z_]*VERSION/);
    assert.match(seenOf('hello\r\n\r\n').join(), /^breach /);
    assert.deepEqual(seenOf(`${requestText()}abc`), ['request', 'breach DATA_BEFORE_RESPONSE: 3 octets']);
    assert.deepEqual(seenOf(requestText(), 'a'), ['request', 'breach DATA_BEFORE_RESPONSE: 1 octet']);
  });

  it('open the connection once a final response is written, and not by an interim one', () => {
    for (const [head, state] of [
      [responseText(), 'open'], [responseText({}, 'HTTP/1.1 403 Forbidden'), 'open'], ['HTTP/1.1 100 Continue\r\n\r\n', 'reading'],
      ['HTTP/1.1 103 Early Hints\r\n\r\n', 'reading'], [`HTTP/1.1 100 Continue\r\n\r\n${responseText()}`, 'open'], ['no head', 'reading'],
    ] as const) {
      const { heads } = headsFor('client');
      heads.receive(latin1(requestText()));
      heads.say(head);
      assert.equal(heads.state, state, head);
    }
  });

  it('agree on what the response of the tester says', () => {
    const { heads } = headsFor('client', { needsCompression: { windowBits: [9, 12] } });
    heads.receive(latin1(requestText({ 'Sec-WebSocket-Extensions': DEFLATE })));
    heads.say(responseText({ 'Sec-WebSocket-Extensions': `${DEFLATE}; server_max_window_bits=12` }));
    assert.deepEqual([heads.extensions, heads.unsuitable()], [`${DEFLATE}; server_max_window_bits=12`, null]);
    assert.notEqual(heads.compression, null);
  });
});

describe('heads of a subject out of its mind', () => {
  it('end in a state and at most one breach: 3,000 of each side, cut anywhere', () => {
    for (let seed = 1; seed <= 3_000; seed++) {
      for (const role of ['server', 'client'] as const) {
        const random = new Random(seed);
        const octets = role === 'server' ? randomResponse(random) : randomRequest(random);
        const { heads, seen } = role === 'server' ? asked({ offer: DEFLATE }) : headsFor('client');
        try {
          for (let at = 0; at < octets.length && heads.state === 'reading';) {
            const end = at + 1 + random.below(60);
            const consumed = heads.receive(octets.slice(at, end));
            assert.ok(consumed >= 0 && consumed <= end - at);
            at = end;
          }
          const kinds = seen.map(({ kind }) => kind).join();
          const right = role === 'server' ? /^(?:reading |open http|refused (?:http|breach))$/ : /^(?:reading (?:request)?|refused (?:request,)?breach)$/;
          assert.match(`${heads.state} ${kinds}`, right);
        } catch (error) {
          if (error instanceof Error) error.message = `seed ${seed}, a ${role}: ${error.message}`;
          throw error;
        }
      }
    }
  });
});
