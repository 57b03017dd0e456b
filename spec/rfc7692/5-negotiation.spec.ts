// RFC 7692 §5 and §7: what client and server say to each other of compression, as it stands in the opening handshake, and that they never
// misunderstand each other.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answerOffers, sides } from '../../lib/core/deflate/answer.ts';
import type { Sides } from '../../lib/core/deflate/answer.ts';
import { compressionChoices } from '../../lib/core/deflate/compression-options.ts';
import type { CompressionOptions } from '../../lib/core/deflate/compression-options.ts';
import { judgeAnswer, offersOf } from '../../lib/core/deflate/offer.ts';
import { isFault } from '../../lib/core/deflate/parameters.ts';
import type { AgreedParameters } from '../../lib/core/deflate/parameters.ts';
import { ClientHandshake } from '../../lib/core/handshake/client.ts';
import type { ExtensionFault } from '../../lib/core/handshake/response.ts';
import type { Extension } from '../../lib/core/handshake/extensions.ts';
import { ServerHandshake } from '../../lib/core/handshake/server.ts';
import { latin1 } from '../support/bytes.ts';
import { requestText, responseText, samplePlatform } from '../support/handshake.ts';
import { ALL_BITS, element, elements, everyChoice, written } from '../support/negotiation.ts';
import { readJson } from '../support/project.ts';

interface ExtensionCase { readonly id: string; readonly raw: string; readonly expect: { readonly outcome: string; readonly extensions?: string } }
interface GrammarCase {
  readonly value: string; readonly parse: unknown; readonly asOffer?: string; readonly asResponse?: string; readonly strength: string;
}

const vectors = readJson<{
  headerCases: readonly ExtensionCase[];
  headerConfig: { client: { offeredExtensions: string } };
  extensionGrammar: { cases: readonly GrammarCase[] };
}>('spec/vectors/vectors.json');

/** A client that has offered by its choices, and judges by them. */
function clientChoosing(options: CompressionOptions): ClientHandshake {
  const choices = compressionChoices('client', options);
  const extensions = offersOf(choices);
  const judgeExtension = (answer: Extension): ExtensionFault | null => {
    const result = judgeAnswer(answer, extensions, choices);
    return isFault(result) ? { expected: `${result.parameter}: ${result.expected}`, found: result.found } : null;
  };
  return new ClientHandshake({
    platform: samplePlatform(), host: 'server.example.com', port: 80, secure: false, resource: '/chat', extensions, judgeExtension,
  });
}

function textOf(bytes: Uint8Array | null): string {
  return Buffer.from(bytes ?? []).toString('latin1');
}

/** The value of Sec-WebSocket-Extensions in a head; null when there is none. */
function extensionsIn(head: string): string | null {
  return /^Sec-WebSocket-Extensions: (.*)\r$/m.exec(head)?.[1] ?? null;
}

/** What a server with these choices answers to a request, as a head. */
function answerHead(request: string, options: CompressionOptions = {}): string {
  const handshake = new ServerHandshake({ platform: samplePlatform() });
  handshake.receive(latin1(request));
  const agreement = answerOffers(handshake.request?.extensions ?? [], compressionChoices('server', options));
  handshake.accept({ extensions: agreement === null ? [] : [agreement.answer] });
  return textOf(handshake.takeOutput());
}

/** The value of Sec-WebSocket-Extensions that answers offers; null when there is none. */
function answered(offers: string, options: CompressionOptions = {}): string | null {
  return extensionsIn(answerHead(requestText({ 'Sec-WebSocket-Extensions': offers }), options));
}

function offered(options: CompressionOptions): string | null {
  return extensionsIn(textOf(clientChoosing(options).takeOutput()));
}

/** How a client's handshake ends when the server answers so: its agreed extensions, or the refusal. */
function outcome(answer: string, options: CompressionOptions = {}): string {
  const client = clientChoosing(options);
  client.receive(latin1(responseText({ 'Sec-WebSocket-Extensions': answer })));
  const { result } = client;
  assert.ok(result !== null);
  return result.kind === 'open' ? written(...result.extensions) : `failed: ${result.refusal?.message ?? ''}`;
}

/** No message of a compressor is beyond the other side's decompressor. */
function fits(client: Sides, server: Sides): boolean {
  return [[client.deflate, server.inflate], [server.deflate, client.inflate]].every(([from, to]) =>
    from !== undefined && to !== undefined && from.windowBits <= to.windowBits && (!from.contextTakeover || to.contextTakeover));
}

describe('§5: offering', () => {
  it('§5, §7: a client offers permessage-deflate by its name in Sec-WebSocket-Extensions [7692-5-1] [7692-7-1]', () => {
    assert.equal(offered({}), 'permessage-deflate; client_max_window_bits');
  });

  it('§5: several offers of one extension are a list in order of preference [7692-5-2]', () => {
    assert.equal(offered({ serverMaxWindowBits: 10 }), 'permessage-deflate; server_max_window_bits=10; client_max_window_bits, ' +
      'permessage-deflate; server_no_context_takeover; client_max_window_bits');
    assert.equal(outcome('permessage-deflate; server_max_window_bits=10', { serverMaxWindowBits: 10 }),
      'permessage-deflate; server_max_window_bits=10');
    assert.equal(outcome('permessage-deflate; server_no_context_takeover', { serverMaxWindowBits: 10 }),
      'permessage-deflate; server_no_context_takeover');
  });

  it('§5: a client tells the window it wants to bound the server to, and holds what it accepts instead [7692-5-5]', () => {
    for (const bits of ALL_BITS) {
      const choices = compressionChoices('client', { serverMaxWindowBits: bits });
      const offers = offersOf(choices);
      const first = written(...offers.slice(0, 1));
      assert.equal(first.includes(`server_max_window_bits=${bits}`), bits < 15);
      for (const answer of ['; server_no_context_takeover', ...ALL_BITS.map((told) => `; server_max_window_bits=${told}`), '']) {
        const agreed = judgeAnswer(element(`permessage-deflate${answer}`), offers, choices);
        if (isFault(agreed)) continue;
        const { inflate } = sides('client', agreed, choices);
        assert.equal(inflate.windowBits, agreed.serverMaxWindowBits);
        assert.ok(inflate.windowBits <= bits || !inflate.contextTakeover, `${bits}${answer}`);
      }
    }
  });

  it('§5: a client may hint at the window it compresses with [7692-5-6]', () => {
    assert.equal(offered({ clientMaxWindowBits: 10 }), 'permessage-deflate; client_max_window_bits=10');
  });
});

describe('§5: answering', () => {
  it('§5: the first offer that is acceptable is answered [7692-5-3]', () => {
    assert.equal(answered('permessage-deflate; server_max_window_bits=9, permessage-deflate'), 'permessage-deflate; server_max_window_bits=9');
    assert.equal(answered('permessage-deflate, permessage-deflate; server_max_window_bits=9'), 'permessage-deflate');
    assert.equal(answered('permessage-deflate; server_no_context_takeover, permessage-deflate'), 'permessage-deflate; server_no_context_takeover');
  });

  it('§5: what an offer requests is kept by whoever accepts it [7692-5-4]', () => {
    for (const options of everyChoice([8, 12, 15])) {
      const choices = compressionChoices('server', options);
      const alone = answerOffers(elements('permessage-deflate; server_no_context_takeover'), choices);
      assert.ok(alone !== null && !sides('server', alone.agreed, choices).deflate.contextTakeover);
      for (const bits of ALL_BITS) {
        const bounded = answerOffers(elements(`permessage-deflate; server_max_window_bits=${bits}`), choices);
        assert.ok(bounded !== null && sides('server', bounded.agreed, choices).deflate.windowBits <= bits);
      }
    }
  });

  it('§5: a hint is used where it says less than what would be asked, and otherwise ignored [7692-5-7]', () => {
    assert.equal(answered('permessage-deflate; client_max_window_bits=10'), 'permessage-deflate; client_max_window_bits=10');
    assert.equal(answered('permessage-deflate; client_max_window_bits=14'), 'permessage-deflate; client_max_window_bits=12');
    assert.equal(answered('permessage-deflate; client_max_window_bits=15', { clientMaxWindowBits: 15 }), 'permessage-deflate');
  });

  it('§5: a server accepts by the name of the extension with the agreed parameters [7692-5-8]', () => {
    assert.match(answerHead(requestText({ 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' })),
      /^HTTP\/1\.1 101 [^]*\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=12\r\n/);
  });

  it('§5: a server that declines every offer says nothing of the extension, and opens [7692-5-15]', () => {
    for (const offers of [
      'permessage-deflate; foo', 'permessage-deflate; server_max_window_bits=7, permessage-deflate; client_no_context_takeover=1', 'x-other',
    ]) {
      const head = answerHead(requestText({ 'Sec-WebSocket-Extensions': offers }));
      assert.match(head, /^HTTP\/1\.1 101 /);
      assert.equal(extensionsIn(head), null);
    }
  });

  it('§5.2: a value means the same with quotes and without [7692-5.2-1]', () => {
    for (const value of ['10', '"10"', '"1\\0"']) {
      assert.equal(answered(`permessage-deflate; server_max_window_bits=${value}`), 'permessage-deflate; server_max_window_bits=10');
      assert.equal(outcome(`permessage-deflate; server_max_window_bits=${value}`), 'permessage-deflate; server_max_window_bits=10');
    }
  });
});

describe('§5: the answer', () => {
  it('§5, §5.1: an answer that is invalid, or that loses what was demanded, fails the connection before it opens, and says by which parameter ' +
    '[7692-5-17] [7692-5.1-1]', () => {
    assert.match(outcome('permessage-deflate; server_max_window_bits=7'), /server_max_window_bits: a number from 8 to 15.*"7"/);
    assert.match(outcome('permessage-deflate', { serverNoContextTakeover: true }), /server_no_context_takeover: in the answer.*nothing/);
    assert.match(outcome('permessage-deflate; server_max_window_bits=11', { serverMaxWindowBits: 10 }), /server_max_window_bits: at most 10.*11/);
    assert.match(outcome('x-webkit-deflate-frame'), /offered/);
    const silent = new ClientHandshake({ platform: samplePlatform(), host: 'server.example.com', port: 80, secure: false, resource: '/chat' });
    silent.receive(latin1(responseText({ 'Sec-WebSocket-Extensions': 'permessage-deflate' })));
    assert.equal(silent.result?.kind, 'failed');
  });

  it('§5: client and server never misunderstand each other: for every choice of the one and every choice of the other the answer is accepted, ' +
    'both read the same in it whichever offer it was for, and no compressor exceeds what the other side decompresses [7692-5-9] [7692-5-10]', () => {
    const windows = [8, 9, 12, 14, 15];
    const servers = everyChoice(windows).map((options) => compressionChoices('server', options));
    let met = 0;
    for (const options of everyChoice(windows)) {
      const client = compressionChoices('client', options);
      const offers = offersOf(client);
      for (const server of servers) {
        const agreement = answerOffers(offers, server);
        const where = `${JSON.stringify(client)} and ${JSON.stringify(server)}`;
        if (agreement === null) assert.fail(`nothing is agreed by ${where}`);
        const heard = judgeAnswer(agreement.answer, offers, client);
        if (isFault(heard)) assert.fail(`${written(agreement.answer)} is refused between ${where}`);
        const facts: readonly (keyof AgreedParameters)[] = [
          'serverNoContextTakeover', 'clientNoContextTakeover', 'serverMaxWindowBits', 'clientMaxWindowBits',
        ];
        const same = facts.every((fact) => heard[fact] === agreement.agreed[fact]);
        if (!same) assert.fail(`${written(agreement.answer)} is read differently between ${where}`);
        const ofClient = sides('client', heard, client);
        const ofServer = sides('server', agreement.agreed, server);
        const demanded = (!client.serverNoContextTakeover || !ofClient.inflate.contextTakeover)
          && (!server.clientNoContextTakeover || !ofServer.inflate.contextTakeover)
          && ofServer.deflate.windowBits <= Math.min(client.serverMaxWindowBits, server.serverMaxWindowBits)
          && ofClient.deflate.windowBits <= Math.min(client.clientMaxWindowBits, server.clientMaxWindowBits);
        if (!demanded || !fits(ofClient, ofServer)) assert.fail(`${written(agreement.answer)} does not do between ${where}`);
        met++;
      }
    }
    assert.equal(met, 144 * 144);
  });
});

describe('vectors: an element as an offer, as an answer, in a head', () => {
  const wide: CompressionOptions = { serverMaxWindowBits: 15, clientMaxWindowBits: 15 };
  for (const { value, parse, asOffer, asResponse, strength } of vectors.extensionGrammar.cases) {
    if (parse === 'malformed') continue; // judged by the grammar: spec/core/handshake/extensions.spec.ts
    const ours = strength === 'choice' ? ' (a choice: spaces around "=" are read, names are compared exactly)' : '';
    if (asOffer !== undefined) {
      it(`§7: ${JSON.stringify(value)} as an offer: ${asOffer}${ours}`, () => {
        assert.equal(answered(value, wide) !== null, asOffer === 'accept');
      });
    }
    if (asResponse !== undefined) {
      it(`§7: ${JSON.stringify(value)} as an answer: ${asResponse}${ours}`, () => {
        assert.equal(!outcome(value).startsWith('failed'), asResponse === 'ok');
      });
    }
  }

  const heads = vectors.headerCases.filter(({ id }) => id.startsWith('r-ext-'));
  it('the vectors have heads with extensions in them', () => {
    assert.equal(heads.length, 6);
    assert.equal(offered({}), vectors.headerConfig.client.offeredExtensions);
  });
  for (const { id, raw, expect } of heads) {
    it(`§5: ${id}: ${expect.outcome}`, () => {
      const client = clientChoosing({});
      client.receive(latin1(raw));
      assert.equal(client.result?.kind, expect.outcome === 'open' ? 'open' : 'failed');
      if (client.result.kind === 'open') assert.equal(written(...client.result.extensions), expect.extensions);
    });
  }
});
