// RFC 7692 §5, the client's part: its offers, and its judgement of the answer.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { compressionChoices } from '../../../lib/core/deflate/compression-options.ts';
import type { CompressionOptions } from '../../../lib/core/deflate/compression-options.ts';
import { judgeAnswer, offersOf } from '../../../lib/core/deflate/offer.ts';
import type { AgreedParameters, ParameterFault } from '../../../lib/core/deflate/parameters.ts';
import { element, elements, everyAnswer, everyChoice, permittedAnswers, read, write, written } from '../../support/negotiation.ts';

function offered(options: CompressionOptions): string {
  return written(...offersOf(compressionChoices('client', options)));
}

/** What a client with these options says to an answer. */
function judged(answer: string, options: CompressionOptions = {}): AgreedParameters | ParameterFault {
  const choices = compressionChoices('client', options);
  return judgeAnswer(element(answer), offersOf(choices), choices);
}

const PLAIN: AgreedParameters = {
  serverNoContextTakeover: false, clientNoContextTakeover: false, serverMaxWindowBits: 15, clientMaxWindowBits: 15,
};

describe('deflate/offer', () => {
  it('offers what browsers do, as long as nothing else is chosen', () => {
    assert.equal(offered({}), 'permessage-deflate; client_max_window_bits');
    assert.equal(offered({ serverNoContextTakeover: false, serverMaxWindowBits: 15, clientMaxWindowBits: 15, threshold: 1 }),
      'permessage-deflate; client_max_window_bits');
  });

  it('says what the own compressor was told to keep to', () => {
    assert.equal(offered({ clientMaxWindowBits: 12 }), 'permessage-deflate; client_max_window_bits=12');
    assert.equal(offered({ clientNoContextTakeover: true }), 'permessage-deflate; client_no_context_takeover; client_max_window_bits');
  });

  it('offers nothing without server_no_context_takeover where that was chosen', () => {
    assert.equal(offered({ serverNoContextTakeover: true }), 'permessage-deflate; server_no_context_takeover; client_max_window_bits');
  });

  it('offers a bound on the server\'s window, and no window between messages as the second choice', () => {
    assert.equal(offered({ serverMaxWindowBits: 10 }), 'permessage-deflate; server_max_window_bits=10; client_max_window_bits, ' +
      'permessage-deflate; server_no_context_takeover; client_max_window_bits');
    assert.equal(offered({ serverMaxWindowBits: 8, serverNoContextTakeover: true, clientNoContextTakeover: true, clientMaxWindowBits: 9 }),
      'permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=8; client_max_window_bits=9, ' +
      'permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits=9');
  });

  it('accepts exactly what a server may answer to one of its offers: every choice, every answer that can be written', () => {
    const answers = everyAnswer().map((said) => write(said)).map((text) => ({ text, answer: element(text) }));
    let accepted = 0;
    for (const options of everyChoice([8, 9, 12, 14, 15])) {
      const choices = compressionChoices('client', options);
      const offers = offersOf(choices);
      const permitted = new Set(offers.flatMap((offer) => permittedAnswers(read(offer)).map(write)));
      for (const { text, answer } of answers) {
        const verdict = judgeAnswer(answer, offers, choices);
        if (permitted.has(text) === 'parameter' in verdict) assert.fail(`${written(...offers)} answered by ${text}: ${JSON.stringify(verdict)}`);
        if (!permitted.has(text)) continue;
        accepted++;
        const { snct, cnct, smwb, cmwb } = read(answer);
        assert.deepEqual(verdict, {
          serverNoContextTakeover: snct, clientNoContextTakeover: cnct, serverMaxWindowBits: smwb ?? 15, clientMaxWindowBits: cmwb ?? 15,
        });
      }
    }
    assert.ok(accepted > 10_000);
  });

  it('accepts either of two offers, and tells which parameter the first would have had', () => {
    const options: CompressionOptions = { serverMaxWindowBits: 10 };
    assert.deepEqual(judged('permessage-deflate; server_max_window_bits=9', options), { ...PLAIN, serverMaxWindowBits: 9 });
    assert.deepEqual(judged('permessage-deflate; server_no_context_takeover', options), { ...PLAIN, serverNoContextTakeover: true });
    assert.deepEqual(judged('permessage-deflate', options),
      { parameter: 'server_max_window_bits', expected: 'at most 10', found: 'nothing' });
    assert.deepEqual(judged('permessage-deflate; server_max_window_bits=11', options),
      { parameter: 'server_max_window_bits', expected: 'at most 10', found: '11' });
  });

  it('tells what is wrong with an answer by itself', () => {
    assert.deepEqual(judged('permessage-deflate; foo'),
      { parameter: 'foo', expected: 'a parameter of permessage-deflate', found: '"foo"' });
    assert.deepEqual(judged('permessage-deflate; client_max_window_bits'),
      { parameter: 'client_max_window_bits', expected: 'a number from 8 to 15 without a leading zero', found: 'no value' });
  });

  it('fails an answer to what was not offered: another extension, another spelling, nothing, or what could not be accepted', () => {
    const choices = compressionChoices('client', {});
    const answer = element('permessage-deflate');
    const notOffered = { parameter: 'permessage-deflate', expected: 'an extension that was offered', found: '"permessage-deflate"' };
    assert.deepEqual(judged('x-other'), { ...notOffered, found: '"x-other"' });
    assert.deepEqual(judged('Permessage-Deflate'), { ...notOffered, found: '"Permessage-Deflate"' });
    for (const offers of ['', 'x-other', 'permessage-deflate; server_max_window_bits=7, x-other']) {
      assert.deepEqual(judgeAnswer(answer, elements(offers), choices), notOffered, offers);
    }
    const offers = elements('permessage-deflate; foo, x-other, permessage-deflate');
    assert.deepEqual(judgeAnswer(answer, offers, choices), PLAIN);
  });

  it('holds to what was chosen even where an embedder offered less', () => {
    const choices = compressionChoices('client', { serverNoContextTakeover: true });
    assert.deepEqual(judgeAnswer(element('permessage-deflate'), elements('permessage-deflate'), choices),
      { parameter: 'server_no_context_takeover', expected: 'in the answer, since it was offered', found: 'nothing' });
    assert.deepEqual(judgeAnswer(element('permessage-deflate; server_no_context_takeover'), elements('permessage-deflate'), choices),
      { ...PLAIN, serverNoContextTakeover: true });
  });
});
