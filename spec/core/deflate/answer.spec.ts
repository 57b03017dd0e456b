// RFC 7692 §5, the server's part: its answer to the offers. And what an answer means for the codecs of both sides.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { answerOffers, sides } from '../../../lib/core/deflate/answer.ts';
import { compressionChoices } from '../../../lib/core/deflate/compression-options.ts';
import type { CompressionOptions } from '../../../lib/core/deflate/compression-options.ts';
import type { AgreedParameters } from '../../../lib/core/deflate/parameters.ts';
import { element, elements, everyChoice, everyOffer, permittedAnswers, read, write, written } from '../../support/negotiation.ts';

/** What a server with these options answers; null for nothing. */
function answered(offers: string, options: CompressionOptions = {}): string | null {
  const agreement = answerOffers(elements(offers), compressionChoices('server', options));
  return agreement === null ? null : written(agreement.answer);
}

const WIDE: CompressionOptions = { serverMaxWindowBits: 15, clientMaxWindowBits: 15 };
const PLAIN: AgreedParameters = {
  serverNoContextTakeover: false, clientNoContextTakeover: false, serverMaxWindowBits: 15, clientMaxWindowBits: 15,
};

describe('deflate/answer', () => {
  it('answers, by default, what was offered and no more: the window of a client that lets itself be told', () => {
    const table: readonly (readonly [offer: string, byDefault: string, wide: string])[] = [
      ['', '', ''],
      ['server_no_context_takeover', 'server_no_context_takeover', 'server_no_context_takeover'],
      ['client_no_context_takeover', 'client_no_context_takeover', 'client_no_context_takeover'],
      ['server_max_window_bits=15', 'server_max_window_bits=12', 'server_max_window_bits=15'],
      ['server_max_window_bits=10', 'server_max_window_bits=10', 'server_max_window_bits=10'],
      ['server_max_window_bits=8', 'server_max_window_bits=8', 'server_max_window_bits=8'],
      ['client_max_window_bits', 'client_max_window_bits=12', ''],
      ['client_max_window_bits=15', 'client_max_window_bits=12', ''],
      ['client_max_window_bits=13', 'client_max_window_bits=12', 'client_max_window_bits=13'],
      ['client_max_window_bits=8', 'client_max_window_bits=8', 'client_max_window_bits=8'],
    ];
    for (const [offer, byDefault, wide] of table) {
      const join = (parameters: string): string => `permessage-deflate${parameters === '' ? '' : '; '}${parameters}`;
      assert.equal(answered(join(offer)), join(byDefault));
      assert.equal(answered(join(offer), WIDE), join(wide));
    }
  });

  it('says unasked only that clients are to forget their messages, and only where that was chosen', () => {
    const choices = { serverNoContextTakeover: true, clientNoContextTakeover: true, serverMaxWindowBits: 9, clientMaxWindowBits: 9 };
    assert.equal(answered('permessage-deflate', choices), 'permessage-deflate; client_no_context_takeover');
    assert.equal(answered('permessage-deflate', { ...choices, clientNoContextTakeover: false }), 'permessage-deflate');
  });

  it('answers the first offer that is acceptable, and null when none is', () => {
    assert.equal(answered('permessage-deflate; server_max_window_bits=7, x-other, permessage-deflate; server_max_window_bits=9, permessage-deflate'),
      'permessage-deflate; server_max_window_bits=9');
    for (const offers of ['', 'x-other', 'Permessage-Deflate', 'permessage-deflate; foo', 'x-other, permessage-deflate; server_max_window_bits']) {
      assert.equal(answered(offers), null, offers);
    }
  });

  it('§7.1: answers every offer that can be written, under every choice, with what a server may answer', () => {
    const offers = everyOffer().map((said) => ({ offer: element(write(said)), permitted: new Set(permittedAnswers(said).map(write)), said }));
    for (const options of everyChoice([8, 9, 12, 14, 15])) {
      const choices = compressionChoices('server', options);
      for (const { offer, permitted, said } of offers) {
        const agreement = answerOffers([offer], choices);
        if (agreement === null) assert.fail(`${write(said)} is declined under ${JSON.stringify(options)}`);
        const answer = read(agreement.answer);
        if (!permitted.has(write(answer))) assert.fail(`${write(said)} is answered by ${write(answer)} under ${JSON.stringify(options)}`);
        const { serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits, clientMaxWindowBits } = agreement.agreed;
        const same = serverNoContextTakeover === answer.snct && clientNoContextTakeover === answer.cnct
          && serverMaxWindowBits === (answer.smwb ?? 15) && clientMaxWindowBits === (answer.cmwb ?? 15);
        const unasked = (answer.snct && !said.snct) || (answer.cnct && !said.cnct && options.clientNoContextTakeover !== true)
          || (answer.smwb !== null && said.smwb === null);
        if (!same || unasked) assert.fail(`${write(said)} is answered by ${write(answer)} under ${JSON.stringify(options)}`);
      }
    }
  });

  it('§7: server parameters are for the server\'s compressor and the client\'s decompressor, client parameters the reverse', () => {
    const wide = compressionChoices('server', WIDE);
    const agreed: AgreedParameters = { ...PLAIN, serverNoContextTakeover: true, serverMaxWindowBits: 9, clientMaxWindowBits: 11 };
    const server = { windowBits: 9, contextTakeover: false };
    const client = { windowBits: 11, contextTakeover: true };
    assert.deepEqual(sides('server', agreed, wide), { deflate: server, inflate: client });
    assert.deepEqual(sides('client', agreed, wide), { deflate: client, inflate: server });
    assert.deepEqual(sides('client', { ...PLAIN, clientNoContextTakeover: true }, wide), {
      deflate: { windowBits: 15, contextTakeover: false }, inflate: { windowBits: 15, contextTakeover: true },
    });
  });

  it('a compressor keeps to what its own side chose, a decompressor to what was agreed', () => {
    const options = { serverNoContextTakeover: true, clientNoContextTakeover: true, serverMaxWindowBits: 9, clientMaxWindowBits: 10 };
    const all = { windowBits: 15, contextTakeover: true };
    assert.deepEqual(sides('server', PLAIN, compressionChoices('server', options)), {
      deflate: { windowBits: 9, contextTakeover: false }, inflate: all,
    });
    assert.deepEqual(sides('client', PLAIN, compressionChoices('client', options)), {
      deflate: { windowBits: 10, contextTakeover: false }, inflate: all,
    });
    assert.equal(sides('server', { ...PLAIN, serverMaxWindowBits: 8 }, compressionChoices('server', {})).deflate.windowBits, 8);
    assert.equal(sides('client', { ...PLAIN, clientMaxWindowBits: 8 }, compressionChoices('client', {})).deflate.windowBits, 8);
    assert.equal(sides('client', PLAIN, compressionChoices('client', {})).deflate.windowBits, 12);
  });
});
