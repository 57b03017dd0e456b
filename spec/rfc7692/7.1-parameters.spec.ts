// RFC 7692 §7 and §7.1: each parameter of permessage-deflate, as it is offered, answered and kept to by codecs at work.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { answerOffers, sides } from '../../lib/core/deflate/answer.ts';
import { createCodecs } from '../../lib/core/deflate/codecs.ts';
import { compressionChoices } from '../../lib/core/deflate/compression-options.ts';
import type { CompressionOptions } from '../../lib/core/deflate/compression-options.ts';
import { judgeAnswer, offersOf } from '../../lib/core/deflate/offer.ts';
import { isFault } from '../../lib/core/deflate/parameters.ts';
import type { AgreedParameters } from '../../lib/core/deflate/parameters.ts';
import type { MessageCompression } from '../../lib/core/wire/compression.ts';
import type { Role } from '../../lib/core/wire/opcode.ts';
import { hex, latin1 } from '../support/bytes.ts';
import { ALL_BITS, element, elements, everyChoice, everyOffer, read, write, written } from '../support/negotiation.ts';
import { Random } from '../support/random.ts';

const PLAIN: AgreedParameters = {
  serverNoContextTakeover: false, clientNoContextTakeover: false, serverMaxWindowBits: 15, clientMaxWindowBits: 15,
};
const FLAGS = ['server_no_context_takeover', 'client_no_context_takeover'];
const WINDOWS = ['server_max_window_bits', 'client_max_window_bits'];
const OUT_OF_GRAMMAR = ['7', '16', '08', '+9', '9.0', '1e1', '0x9', '""', '-8', '015', 'abc'];
/** A value that the grammar of a field cannot write, so that it is put in by hand. */
const EMPTY = '""';

function offered(options: CompressionOptions): string {
  return written(...offersOf(compressionChoices('client', options)));
}

function elementWith(parameter: string, value: string | null): ReturnType<typeof element> {
  return { name: 'permessage-deflate', parameters: [[parameter, value === EMPTY ? '' : value]] };
}

/** What a server answers to offers; null for nothing. */
function answered(offers: string, options: CompressionOptions = {}): string | null {
  const agreement = answerOffers(elements(offers), compressionChoices('server', options));
  return agreement === null ? null : written(agreement.answer);
}

/** What the client holds agreed, or which parameter is wrong. */
function judged(answer: string, options: CompressionOptions = {}): AgreedParameters | string {
  const choices = compressionChoices('client', options);
  const result = judgeAnswer(element(answer), offersOf(choices), choices);
  return isFault(result) ? result.parameter : result;
}

/** The codecs of a client for which that was answered. */
function clientCodecs(answer: string, options: CompressionOptions = {}): MessageCompression {
  const agreed = judged(answer, options);
  assert.ok(typeof agreed !== 'string', answer);
  return codecs('client', agreed, options);
}

/** The codecs of a server to which that was offered. */
function serverCodecs(offer: string, options: CompressionOptions = {}): MessageCompression {
  const agreement = answerOffers(elements(offer), compressionChoices('server', options));
  assert.ok(agreement !== null, offer);
  return codecs('server', agreement.agreed, options);
}

function codecs(role: Role, agreed: AgreedParameters, options: CompressionOptions): MessageCompression {
  return createCodecs(role, agreed, compressionChoices(role, options), { allocate: (size) => new Uint8Array(size) });
}

function compress({ deflater }: MessageCompression, message: Uint8Array): Uint8Array {
  deflater.deflate(message, 0, message.length, true);
  const { output, start, end } = deflater;
  const compressed = Uint8Array.from(output.subarray(start, end));
  deflater.commit();
  return compressed;
}

/** The message, or the name of the rule that it breaks. */
function inflate({ inflater }: MessageCompression, compressed: Uint8Array): Uint8Array | string {
  const pieces: Uint8Array[] = [];
  inflater.load(compressed, 0, compressed.length, true, 1_000_000);
  do {
    const step = inflater.next();
    if (step !== 'piece') return inflater.violation?.name ?? step;
    pieces.push(Uint8Array.from(inflater.output.subarray(inflater.start, inflater.end)));
  } while (!inflater.last);
  inflater.detach();
  return Uint8Array.from(Buffer.concat(pieces));
}

const HELLO = latin1('Hello');
/** §7.2.3.1, §7.2.3.2: "Hello", and the same again behind it. */
const HELLO_ALONE = hex('f248cdc9c90700');
const HELLO_AGAIN = hex('f200110000');

/** A message whose end repeats its beginning, `distance` bytes before, and zlib's data for it, of which one match is all that saves. */
function farApart(distance: number): { readonly message: Uint8Array; readonly compressed: Uint8Array } {
  const noise = new Random(distance).bytes(distance);
  const message = Uint8Array.from(Buffer.concat([noise, noise.subarray(0, 200)]));
  const whole = deflateRawSync(message, { windowBits: 15, level: 9, finishFlush: constants.Z_SYNC_FLUSH });
  assert.ok(whole.length < distance + 150, 'the end was found again');
  return { message, compressed: Uint8Array.from(whole.subarray(0, -4)) };
}
/** zlib looks back no further than this. */
const FAR = farApart(32_768 - 262);

describe('§7: what an offer is declined for', () => {
  it('§7: a parameter that is not defined; the next offer is looked at [7692-7-2]', () => {
    assert.equal(answered('permessage-deflate; foo'), null);
    assert.equal(answered('permessage-deflate; foo, permessage-deflate'), 'permessage-deflate');
    assert.equal(answered('permessage-deflate; SERVER_MAX_WINDOW_BITS=10'), null);
  });

  it('§7: an invalid value [7692-7-3]', () => {
    const choices = compressionChoices('server', {});
    for (const parameter of WINDOWS) {
      for (const value of OUT_OF_GRAMMAR) assert.equal(answerOffers([elementWith(parameter, value)], choices), null, `${parameter}=${value}`);
    }
    for (const parameter of FLAGS) {
      for (const value of ['1', 'true', EMPTY]) assert.equal(answerOffers([elementWith(parameter, value)], choices), null, `${parameter}=${value}`);
    }
  });

  it('§7: a parameter that is there twice [7692-7-4]', () => {
    assert.equal(answered('permessage-deflate; client_max_window_bits; client_max_window_bits=10'), null);
    for (const parameter of [...FLAGS, ...WINDOWS.map((name) => `${name}=10`)]) {
      assert.equal(answered(`permessage-deflate; ${parameter}; ${parameter}`), null, parameter);
    }
  });
});

describe('§7: what an answer fails the connection for', () => {
  it('§7: a parameter that is not defined [7692-7-6]', () => {
    assert.equal(judged('permessage-deflate; foo=1'), 'foo');
    assert.equal(judged('permessage-deflate; server_no_context_takeover; x'), 'x');
  });

  it('§7: an invalid value [7692-7-7]', () => {
    const choices = compressionChoices('client', {});
    for (const [parameters, values] of [[WINDOWS, [null, ...OUT_OF_GRAMMAR]], [FLAGS, ['1', 'true', EMPTY]]] as const) {
      for (const parameter of parameters) {
        for (const value of values) {
          const result = judgeAnswer(elementWith(parameter, value), offersOf(choices), choices);
          assert.equal(isFault(result) && result.parameter, parameter, `${parameter}=${value}`);
        }
      }
    }
  });

  it('§7: a parameter that is there twice [7692-7-8]', () => {
    for (const [parameter, value] of [...FLAGS.map((name) => [name, ''] as const), ...WINDOWS.map((name) => [name, '=10'] as const)]) {
      assert.equal(judged(`permessage-deflate; ${parameter}${value}; ${parameter}${value}`), parameter);
    }
  });
});

describe('§7: whose codec a parameter is about', () => {
  it('§7: server parameters set the server\'s compressor and the client\'s decompressor, client parameters the other two [7692-7-10]', () => {
    const wide = { serverMaxWindowBits: 15, clientMaxWindowBits: 15 };
    for (const serverNoContextTakeover of [false, true]) {
      for (const clientNoContextTakeover of [false, true]) {
        for (const serverMaxWindowBits of ALL_BITS) {
          for (const clientMaxWindowBits of ALL_BITS) {
            const agreed = { serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits, clientMaxWindowBits };
            const server = { windowBits: serverMaxWindowBits, contextTakeover: !serverNoContextTakeover };
            const client = { windowBits: clientMaxWindowBits, contextTakeover: !clientNoContextTakeover };
            assert.deepEqual(sides('server', agreed, compressionChoices('server', wide)), { deflate: server, inflate: client });
            assert.deepEqual(sides('client', agreed, compressionChoices('client', wide)), { deflate: client, inflate: server });
          }
        }
      }
    }
  });
});

describe('§7.1.1.1: server_no_context_takeover', () => {
  it('a client may offer it, and without a value [7692-7.1.1.1-1] [7692-7.1.1.1-2]', () => {
    assert.equal(offered({ serverNoContextTakeover: true }), 'permessage-deflate; server_no_context_takeover; client_max_window_bits');
  });

  it('a client that does not offer it reads messages that refer to those before [7692-7.1.1.1-3]', () => {
    const client = clientCodecs('permessage-deflate');
    assert.deepEqual(inflate(client, HELLO_ALONE), HELLO);
    assert.deepEqual(inflate(client, HELLO_AGAIN), HELLO);
    const forgetful = clientCodecs('permessage-deflate; server_no_context_takeover');
    assert.deepEqual(inflate(forgetful, HELLO_ALONE), HELLO);
    assert.equal(inflate(forgetful, HELLO_AGAIN), 'DEFLATE_DISTANCE_TOO_FAR');
  });

  it('a server that is offered it accepts, answers it, without a value, and keeps to it ' +
    '[7692-7.1.1.1-4] [7692-7.1.1.1-5] [7692-7.1.1.1-6]', () => {
    const offer = 'permessage-deflate; server_no_context_takeover';
    for (const options of everyChoice([8, 15])) {
      assert.ok(elements(answered(offer, options) ?? '')[0]?.parameters.some(([name, value]) => name === FLAGS[0] && value === null));
    }
    const server = serverCodecs(offer);
    assert.deepEqual(compress(server, HELLO), compress(server, HELLO));
    assert.equal(judged('permessage-deflate', { serverNoContextTakeover: true }), 'server_no_context_takeover');
  });

  it('a client accepts it unasked [7692-7.1.1.1-7]', () => {
    assert.deepEqual(judged('permessage-deflate; server_no_context_takeover'), { ...PLAIN, serverNoContextTakeover: true });
  });
});

describe('§7.1.1.2: client_no_context_takeover', () => {
  it('a client may offer it, and without a value [7692-7.1.1.2-1] [7692-7.1.1.2-2]', () => {
    assert.equal(offered({ clientNoContextTakeover: true }), 'permessage-deflate; client_no_context_takeover; client_max_window_bits');
  });

  it('a server may answer it, offered or not; this one does where its application demands it [7692-7.1.1.2-3]', () => {
    assert.equal(answered('permessage-deflate', { clientNoContextTakeover: true }), 'permessage-deflate; client_no_context_takeover');
    assert.equal(answered('permessage-deflate'), 'permessage-deflate');
    assert.deepEqual(judged('permessage-deflate; client_no_context_takeover'), { ...PLAIN, clientNoContextTakeover: true });
  });

  it('where it is offered, either answer is right, and a client that offered it keeps to it [7692-7.1.1.2-4]', () => {
    const options = { clientNoContextTakeover: true };
    assert.equal(answered('permessage-deflate; client_no_context_takeover'), 'permessage-deflate; client_no_context_takeover');
    for (const answer of ['permessage-deflate', 'permessage-deflate; client_no_context_takeover']) {
      const client = clientCodecs(answer, options);
      assert.deepEqual(compress(client, HELLO), compress(client, HELLO));
    }
  });

  it('it is answered without a value [7692-7.1.1.2-5]', () => {
    for (const said of everyOffer()) {
      const agreement = answerOffers([element(write(said))], compressionChoices('server', { clientNoContextTakeover: true }));
      if (!agreement?.answer.parameters.some(([name, value]) => name === FLAGS[1] && value === null)) assert.fail(write(said));
    }
  });

  it('every client accepts it, whether offered or not, and then compresses each message by itself [7692-7.1.1.2-6] [7692-7.1.1.2-8]', () => {
    for (const options of everyChoice([8, 12])) {
      const { serverNoContextTakeover: flag, serverMaxWindowBits: bits } = options;
      const demanded = `${flag === true ? '; server_no_context_takeover' : ''}${bits === undefined ? '' : `; server_max_window_bits=${bits}`}`;
      const agreed = judged(`permessage-deflate; client_no_context_takeover${demanded}`, options);
      assert.ok(typeof agreed !== 'string' && agreed.clientNoContextTakeover);
      assert.ok(!sides('client', agreed, compressionChoices('client', options)).deflate.contextTakeover);
    }
    const client = clientCodecs('permessage-deflate; client_no_context_takeover');
    assert.deepEqual(compress(client, HELLO), compress(client, HELLO));
    const remembering = clientCodecs('permessage-deflate');
    assert.ok(compress(remembering, HELLO).length > compress(remembering, HELLO).length);
  });

  it('a server that does not answer it reads messages that refer to those before [7692-7.1.1.2-7]', () => {
    const server = serverCodecs('permessage-deflate');
    assert.deepEqual(inflate(server, HELLO_ALONE), HELLO);
    assert.deepEqual(inflate(server, HELLO_AGAIN), HELLO);
    const forgetful = serverCodecs('permessage-deflate', { clientNoContextTakeover: true });
    assert.deepEqual(inflate(forgetful, HELLO_ALONE), HELLO);
    assert.equal(inflate(forgetful, HELLO_AGAIN), 'DEFLATE_DISTANCE_TOO_FAR');
  });
});

describe('§7.1.2.1: server_max_window_bits', () => {
  it('a client may offer it, as a number from 8 to 15 [7692-7.1.2.1-1] [7692-7.1.2.1-2]', () => {
    for (const bits of ALL_BITS) {
      const values = offersOf(compressionChoices('client', { serverMaxWindowBits: bits })).map((offer) => read(offer).smwb);
      assert.deepEqual(values, bits === 15 ? [null] : [bits, null]);
    }
    for (const value of [null, ...OUT_OF_GRAMMAR]) {
      assert.equal(answerOffers([elementWith('server_max_window_bits', value)], compressionChoices('server', {})), null);
    }
  });

  it('a client that does not offer it reads what refers 32 KiB back [7692-7.1.2.1-4]', () => {
    assert.deepEqual(inflate(clientCodecs('permessage-deflate'), FAR.compressed), FAR.message);
    assert.equal(inflate(clientCodecs('permessage-deflate; server_max_window_bits=14'), FAR.compressed), 'DEFLATE_DISTANCE_TOO_FAR');
  });

  it('a server answers it with the same value or a smaller one, a number from 8 to 15, and keeps to it ' +
    '[7692-7.1.2.1-5] [7692-7.1.2.1-6]', () => {
    for (const own of ALL_BITS) {
      for (const bits of ALL_BITS) {
        assert.equal(answered(`permessage-deflate; server_max_window_bits=${bits}`, { serverMaxWindowBits: own }),
          `permessage-deflate; server_max_window_bits=${Math.min(bits, own)}`);
      }
    }
    for (const bits of ALL_BITS) {
      keepsTo(bits, serverCodecs(`permessage-deflate; server_max_window_bits=${bits}`, { serverMaxWindowBits: 15 }));
      keepsTo(bits, serverCodecs('permessage-deflate', { serverMaxWindowBits: bits, serverNoContextTakeover: true }));
    }
    assert.equal(judged('permessage-deflate; server_max_window_bits=11', { serverMaxWindowBits: 10 }), 'server_max_window_bits');
    assert.equal(judged('permessage-deflate', { serverMaxWindowBits: 10 }), 'server_max_window_bits');
  });

  it('a client accepts it unasked [7692-7.1.2.1-7]', () => {
    for (const bits of ALL_BITS) {
      assert.deepEqual(judged(`permessage-deflate; server_max_window_bits=${bits}`), { ...PLAIN, serverMaxWindowBits: bits });
    }
  });
});

describe('§7.1.2.2: client_max_window_bits', () => {
  it('a client may offer it, without a value or as a number from 8 to 15 [7692-7.1.2.2-1] [7692-7.1.2.2-2]', () => {
    assert.equal(offered({}), 'permessage-deflate; client_max_window_bits');
    for (const bits of ALL_BITS) {
      const value = bits === 15 ? '' : `=${bits}`;
      assert.equal(offered({ clientMaxWindowBits: bits }), `permessage-deflate; client_max_window_bits${value}`);
    }
    assert.equal(answerOffers([elementWith('client_max_window_bits', EMPTY)], compressionChoices('server', {})), null);
    assert.equal(answered('permessage-deflate; client_max_window_bits=16'), null);
  });

  it('a client that offers it keeps to whatever is answered [7692-7.1.2.2-3]', () => {
    for (const bits of ALL_BITS) {
      keepsTo(bits, clientCodecs(`permessage-deflate; client_max_window_bits=${bits}`, { clientMaxWindowBits: 15 }));
      keepsTo(bits, clientCodecs(`permessage-deflate; client_no_context_takeover; client_max_window_bits=${bits}`, { clientMaxWindowBits: 15 }));
    }
    for (const bits of ALL_BITS) {
      const agreed = judged(`permessage-deflate; client_max_window_bits=${bits}`);
      assert.deepEqual(agreed, { ...PLAIN, clientMaxWindowBits: bits });
      assert.equal(sides('client', { ...PLAIN, clientMaxWindowBits: bits }, compressionChoices('client', {})).deflate.windowBits, Math.min(12, bits));
    }
  });

  it('a client keeps to its hint, also where the server answers more or nothing [7692-7.1.2.2-4]', () => {
    for (const answer of ['permessage-deflate', 'permessage-deflate; client_max_window_bits=15', 'permessage-deflate; client_max_window_bits=10']) {
      keepsTo(10, clientCodecs(answer, { clientMaxWindowBits: 10 }));
    }
  });

  it('a server may answer it where it was offered: the hint or less, or nothing, as a number from 8 to 15 ' +
    '[7692-7.1.2.2-5] [7692-7.1.2.2-6] [7692-7.1.2.2-7]', () => {
    for (const own of ALL_BITS) {
      for (const hint of [null, ...ALL_BITS]) {
        const least = Math.min(hint ?? 15, own);
        assert.equal(answered(`permessage-deflate; client_max_window_bits${hint === null ? '' : `=${hint}`}`, { clientMaxWindowBits: own }),
          `permessage-deflate${least === 15 ? '' : `; client_max_window_bits=${least}`}`);
      }
    }
    assert.equal(judged('permessage-deflate; client_max_window_bits'), 'client_max_window_bits');
  });

  it('where it was not offered it is not answered, and an answer that has it fails the connection [7692-7.1.2.2-8] [7692-7.1.3-1]', () => {
    for (const options of everyChoice(ALL_BITS)) {
      for (const offer of ['permessage-deflate', 'permessage-deflate; server_max_window_bits=9; client_no_context_takeover']) {
        assert.ok(!answered(offer, options)?.includes('client_max_window_bits'));
      }
    }
    const choices = compressionChoices('client', {});
    const result = judgeAnswer(element('permessage-deflate; client_max_window_bits=15'), elements('permessage-deflate'), choices);
    assert.ok(isFault(result) && result.parameter === 'client_max_window_bits');
  });

  it('a server that does not answer it reads what refers 32 KiB back [7692-7.1.2.2-9]', () => {
    assert.deepEqual(inflate(serverCodecs('permessage-deflate'), FAR.compressed), FAR.message);
    assert.equal(inflate(serverCodecs('permessage-deflate; client_max_window_bits'), FAR.compressed), 'DEFLATE_DISTANCE_TOO_FAR');
  });
});

/** What the compressor makes of messages is read by zlib with no more than that window, which refuses what refers further back. */
function keepsTo(bits: number, compression: MessageCompression): void {
  const random = new Random(bits);
  const size = 1 << bits;
  const block = random.bytes(size - 40);
  const parts = [block, random.bytes(30), block, random.bytes(size * 3 / 4), block]; // the last is found again beyond the window alone
  const all = Uint8Array.from(Buffer.concat(parts));
  const compressed = [...parts, all].map((message) => compress(compression, message));
  assert.ok((compressed.at(-1)?.length ?? 0) < all.length - block.length / 2, 'what is near enough was found again');
  const stream = Buffer.concat(compressed.flatMap((message) => [message, hex('0000ffff')]));
  // Only what an earlier call has returned counts as beyond the window for zlib, so that it is made to return little at a time.
  const read = inflateRawSync(stream, { windowBits: bits, chunkSize: 64, finishFlush: constants.Z_SYNC_FLUSH });
  assert.ok(read.equals(Buffer.concat([...parts, all])));
}
