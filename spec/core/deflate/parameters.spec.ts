// RFC 7692 §7, §7.1: what one element states, and the first of its parameters that makes it unacceptable.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Extension } from '../../../lib/core/handshake/extensions.ts';
import {
  agreedBy, breachOf, isFault, LEAST_WINDOW_BITS, MOST_WINDOW_BITS, PERMESSAGE_DEFLATE, quote, readParameters, writeParameters,
} from '../../../lib/core/deflate/parameters.ts';
import type { ExtensionElement, ParameterFault, Place, StatedParameters } from '../../../lib/core/deflate/parameters.ts';
import { ALL_BITS, element, everyAnswer, everyOffer, write, written } from '../../support/negotiation.ts';

const NOTHING_STATED: StatedParameters = {
  serverNoContextTakeover: false, clientNoContextTakeover: false, serverMaxWindowBits: null, clientMaxWindowBits: null,
};
const PLACES: readonly Place[] = ['offer', 'answer'];

function stated(value: string, place: Place): StatedParameters {
  const result = readParameters(element(`permessage-deflate; ${value}`), place);
  assert.ok(!isFault(result), value);
  return result;
}

function fault(parameters: ExtensionElement['parameters'], place: Place): ParameterFault {
  const result = readParameters({ name: PERMESSAGE_DEFLATE, parameters }, place);
  assert.ok(isFault(result), JSON.stringify(parameters));
  return result;
}

describe('deflate/parameters', () => {
  it('§7: the extension is called permessage-deflate, and its windows have 8 to 15 bits', () => {
    assert.equal(PERMESSAGE_DEFLATE, 'permessage-deflate');
    assert.deepEqual([LEAST_WINDOW_BITS, MOST_WINDOW_BITS], [8, 15]);
  });

  it('takes an element as the grammar of the handshake reads it', () => {
    const extension: Extension = element('permessage-deflate');
    assert.deepEqual(readParameters(extension, 'offer'), NOTHING_STATED);
    assert.deepEqual(readParameters(extension, 'answer'), NOTHING_STATED);
  });

  it('§7.1: reads each parameter, in any order', () => {
    for (const place of PLACES) {
      assert.deepEqual(stated('server_no_context_takeover', place), { ...NOTHING_STATED, serverNoContextTakeover: true });
      assert.deepEqual(stated('client_no_context_takeover', place), { ...NOTHING_STATED, clientNoContextTakeover: true });
      for (const bits of ALL_BITS) {
        assert.deepEqual(stated(`server_max_window_bits=${bits}`, place), { ...NOTHING_STATED, serverMaxWindowBits: bits });
        assert.deepEqual(stated(`client_max_window_bits=${bits}`, place), { ...NOTHING_STATED, clientMaxWindowBits: bits });
      }
      const all = { serverNoContextTakeover: true, clientNoContextTakeover: true, serverMaxWindowBits: 9, clientMaxWindowBits: 15 };
      const parameters = [
        'server_no_context_takeover', 'client_no_context_takeover', 'server_max_window_bits=9', 'client_max_window_bits=15',
      ];
      assert.deepEqual(stated(parameters.join('; '), place), all);
      assert.deepEqual(stated(parameters.reverse().join('; '), place), all);
    }
  });

  it('§7.1.2.2: client_max_window_bits without a value is a hint at nothing in an offer, and wrong in an answer', () => {
    assert.deepEqual(stated('client_max_window_bits', 'offer'), { ...NOTHING_STATED, clientMaxWindowBits: 15 });
    assert.deepEqual(fault([['client_max_window_bits', null]], 'answer'), {
      parameter: 'client_max_window_bits', expected: 'a number from 8 to 15 without a leading zero', found: 'no value',
    });
  });

  it('§7.1.2: refuses every value that is not a number from 8 to 15 as the RFC writes it', () => {
    const wrong = [
      '', '0', '7', '16', '08', '015', '+9', '-9', '9.0', '1e1', '0x9', '9 ', ' 9', '9\n', '10\n', '٩', '100', '99', 'abc', '88', '1', '5', 'null',
      'toString', '15,',
    ];
    for (const place of PLACES) {
      for (const parameter of ['server_max_window_bits', 'client_max_window_bits']) {
        for (const value of wrong) {
          const expected = 'a number from 8 to 15 without a leading zero';
          assert.deepEqual(fault([[parameter, value]], place), { parameter, expected, found: JSON.stringify(value) });
        }
      }
      assert.equal(fault([['server_max_window_bits', null]], place).found, 'no value');
    }
  });

  it('§7.1.1: refuses a value, whichever, of a parameter that takes none', () => {
    for (const place of PLACES) {
      for (const parameter of ['server_no_context_takeover', 'client_no_context_takeover']) {
        for (const value of ['', '1', '0', 'true', 'false', parameter]) {
          assert.deepEqual(fault([[parameter, value]], place), { parameter, expected: 'no value', found: JSON.stringify(value) });
        }
      }
    }
  });

  it('§7: refuses a parameter that is there twice, with the same value or another', () => {
    const twice: readonly ExtensionElement['parameters'][] = [
      [['server_no_context_takeover', null], ['server_no_context_takeover', null]],
      [['client_no_context_takeover', null], ['server_no_context_takeover', null], ['client_no_context_takeover', null]],
      [['server_max_window_bits', '10'], ['server_max_window_bits', '10']],
      [['client_max_window_bits', '10'], ['client_max_window_bits', '11']],
    ];
    for (const place of PLACES) {
      for (const parameters of twice) {
        assert.deepEqual(fault(parameters, place), { parameter: parameters[0]?.[0], expected: 'once', found: 'it again' });
      }
    }
    assert.deepEqual(fault([['client_max_window_bits', null], ['client_max_window_bits', '10']], 'offer').expected, 'once');
  });

  it('§7: refuses a parameter that is not defined, by its exact name, also one that every object has', () => {
    for (const name of ['foo', 'Server_Max_Window_Bits', 'SERVER_NO_CONTEXT_TAKEOVER', '', '__proto__', 'constructor', 'toString']) {
      for (const place of PLACES) {
        assert.deepEqual(fault([['server_no_context_takeover', null], [name, null]], place), {
          parameter: name, expected: 'a parameter of permessage-deflate', found: JSON.stringify(name),
        });
      }
    }
  });

  it('tells the first fault, and repeats no more than 64 characters of a peer, escaped', () => {
    assert.equal(fault([['b', null], ['a', null]], 'offer').parameter, 'b');
    const long = 'x'.repeat(65);
    const shortened = `${'x'.repeat(64)}…`;
    assert.deepEqual(fault([[long, null]], 'answer'), {
      parameter: shortened, expected: 'a parameter of permessage-deflate', found: `"${shortened}"`,
    });
    assert.equal(fault([['server_max_window_bits', long]], 'answer').found, `"${shortened}"`);
    assert.equal(fault([['server_no_context_takeover', long.substring(1)]], 'answer').found, `"${long.substring(1)}"`);
    assert.equal(quote('a"\r\n'), '"a\\"\\r\\n"');
  });

  it('writes what it reads: every offer and every answer there can be', () => {
    for (const said of everyOffer()) {
      if (said.cmwb === 15) continue; // is written without a value
      const text = write(said);
      const read = readParameters(element(text), 'offer');
      assert.ok(!isFault(read));
      assert.equal(written(writeParameters(read, 'offer')), text);
    }
    for (const said of everyAnswer()) {
      const text = write(said);
      const read = readParameters(element(text), 'answer');
      assert.ok(!isFault(read));
      assert.equal(written(writeParameters(read, 'answer')), text);
    }
    assert.equal(written(writeParameters({ ...NOTHING_STATED, clientMaxWindowBits: 15 }, 'offer')), 'permessage-deflate; client_max_window_bits');
  });

  it('§7.1.2: a window that an answer does not mention has 15 bits', () => {
    assert.deepEqual(agreedBy(NOTHING_STATED), { ...NOTHING_STATED, serverMaxWindowBits: 15, clientMaxWindowBits: 15 });
    const all = { serverNoContextTakeover: true, clientNoContextTakeover: true, serverMaxWindowBits: 8, clientMaxWindowBits: 9 };
    assert.deepEqual(agreedBy(all), all);
  });

  it('§7.1: an answer breaks an offer whose constraint it drops or exceeds, and by client_max_window_bits that was not offered', () => {
    const table: readonly (readonly [offer: Partial<StatedParameters>, answer: Partial<StatedParameters>, ParameterFault | null])[] = [
      [{}, {}, null],
      [{}, { serverNoContextTakeover: true, clientNoContextTakeover: true, serverMaxWindowBits: 8 }, null],
      [{ serverNoContextTakeover: true }, { serverNoContextTakeover: true }, null],
      [{ serverNoContextTakeover: true }, {},
        { parameter: 'server_no_context_takeover', expected: 'in the answer, since it was offered', found: 'nothing' }],
      [{ clientNoContextTakeover: true }, {}, null],
      [{ serverMaxWindowBits: 10 }, { serverMaxWindowBits: 10 }, null],
      [{ serverMaxWindowBits: 10 }, { serverMaxWindowBits: 8 }, null],
      [{ serverMaxWindowBits: 10 }, { serverMaxWindowBits: 11 },
        { parameter: 'server_max_window_bits', expected: 'at most 10', found: '11' }],
      [{ serverMaxWindowBits: 15 }, {}, { parameter: 'server_max_window_bits', expected: 'at most 15', found: 'nothing' }],
      [{ clientMaxWindowBits: 10 }, {}, null],
      [{ clientMaxWindowBits: 10 }, { clientMaxWindowBits: 8 }, null],
      [{ clientMaxWindowBits: 10 }, { clientMaxWindowBits: 15 }, null],
      [{}, { clientMaxWindowBits: 15 }, { parameter: 'client_max_window_bits', expected: 'nothing, since it was not offered', found: '15' }],
    ];
    for (const [offer, answer, breach] of table) {
      assert.deepEqual(breachOf({ ...NOTHING_STATED, ...offer }, { ...NOTHING_STATED, ...answer }), breach);
    }
  });
});
