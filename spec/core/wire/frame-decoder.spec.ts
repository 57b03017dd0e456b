import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';

import { FrameDecoder } from '../../../lib/core/wire/frame-decoder.ts';
import type { FrameLimits } from '../../../lib/core/wire/frame-decoder.ts';
import type { Role } from '../../../lib/core/wire/opcode.ts';
import { VIOLATIONS } from '../../../lib/core/wire/violation.ts';
import { bits, concat, hex, toHex, utf8 } from '../../support/bytes.ts';
import { chunkings, eachChunking } from '../../support/chunking.ts';
import { EXAMPLE_KEY, frame, frameHeader, masked } from '../../support/frames.ts';
import { readJson } from '../../support/project.ts';
import { Random } from '../../support/random.ts';
import { frameLine, referenceTranscript, refusalLine } from '../../support/reference-frames.ts';

const TEXT = 0x1, BINARY = 0x2, CONTINUATION = 0x0, CLOSE = 0x8, PING = 0x9, PONG = 0xa;
const RSV1 = 0x40;
const NO_LIMITS: Readonly<FrameLimits> = { maxFrameSize: Infinity, maxMessageSize: Infinity, maxFragments: Infinity };

interface Options {
  readonly role?: Role;
  readonly rsv1Defined?: boolean;
  readonly limits?: Partial<FrameLimits>;
}

function decoderFor({ role = 'client', rsv1Defined = false, limits = {} }: Options = {}): FrameDecoder {
  return new FrameDecoder(role, { ...NO_LIMITS, ...limits }, rsv1Defined);
}

/** Octet i of the result is octet i of the input XOR octet i mod 4 of `key`, whose least significant byte is octet 0. */
function unmask(bytes: Uint8Array, key: number): Uint8Array {
  return bytes.map((octet, i) => octet ^ (key >>> (8 * (i % 4))));
}

/** Feeds the chunks and writes down every frame, with what must hold at every step; see reference-frames.ts for the lines. */
function transcript(decoder: FrameDecoder, chunks: readonly Uint8Array[]): string[] {
  const lines: string[] = [];
  let pieces: Uint8Array[] = [];
  const seen = (): string => frameLine({ ...fieldsOf(decoder), payload: concat(...pieces) });
  for (const chunk of chunks) {
    const before = decoder.position;
    decoder.load(chunk);
    assert.equal(decoder.position, before, 'loading reads nothing');
    while (decoder.next()) {
      assert.ok(decoder.start <= decoder.end && decoder.end <= chunk.length, 'a step lies in the chunk');
      assert.ok(decoder.begins || decoder.start < decoder.end, 'a step that begins no frame has payload');
      assert.equal(decoder.at, decoder.end);
      assert.equal(decoder.begins, pieces.length === 0, 'the first step of a frame begins it');
      assert.equal(decoder.atFrameBoundary, decoder.remaining === 0);
      const piece = chunk.slice(decoder.start, decoder.end);
      pieces.push(decoder.masked ? unmask(piece, decoder.maskingKey) : piece);
      if (decoder.remaining > 0) continue;
      lines.push(seen());
      pieces = [];
    }
    if (decoder.violation !== null) {
      assert.equal(decoder.at, decoder.position - before, 'at is the deciding byte of the chunk');
      return [...lines, refusalLine(decoder.violation.name, decoder.position, decoder.observed)];
    }
    assert.equal(decoder.position, before + chunk.length, 'a chunk is read whole');
  }
  return pieces.length === 0 ? lines : [...lines, seen()];
}

function fieldsOf(decoder: FrameDecoder): Omit<Parameters<typeof frameLine>[0], 'payload'> {
  const { fin, rsv, opcode, messageOpcode, compressed, remaining } = decoder;
  return { fin, rsv, opcode, messageOpcode, compressed, remaining };
}

/** The transcript of `stream` is `lines` at every chunking. */
function assertTranscript(stream: Uint8Array, lines: readonly string[], options?: Options): void {
  eachChunking(stream, (chunks) => assert.deepEqual(transcript(decoderFor(options), chunks), lines));
}

/**
 * `prefix` is read, and then the byte `deciding` of `wire` proves that `rule` is broken: at every chunking the same byte. A rule that
 * is a limit says what broke it: `FRAME_TOO_BIG: 3`.
 */
function assertRefused(wire: Uint8Array, rule: string, deciding: number, options?: Options, prefix: Uint8Array = hex('')): void {
  const [name = '', observed = 0] = rule.split(': ');
  const refusal = refusalLine(name, prefix.length + deciding, Number(observed));
  const rest = hex('8100 8100'); // what follows must not matter
  for (const stream of [concat(prefix, wire.slice(0, deciding + 1)), concat(prefix, wire, rest)]) {
    eachChunking(stream, (chunks) => {
      assert.equal(transcript(decoderFor(options), chunks).at(-1), refusal);
    });
  }
  const early = decoderFor(options);
  early.load(concat(prefix, wire.slice(0, deciding)));
  while (early.next());
  assert.equal(early.violation, null, 'no byte before the deciding one proves it');
}

describe('reading frames (§5.2)', () => {
  it('§5.2: FIN, RSV, opcode, MASK and length are where the figure draws them [6455-5.2-2]', () => {
    //                        FIN RSV OPCODE MASK LENGTH   LENGTH(16)
    assertTranscript(bits('1  000  0001   0  0000000'), ['text in text ']);
    assertTranscript(bits('0  000  0010   0  0000001  11111111'), ['binary… in binary ff']);
    const header = bits('     1  000  0010   0  1111110  00000000 01111110');
    assertTranscript(concat(header, new Uint8Array(126)), [`binary in binary ${'00'.repeat(126)}`]);
    assertTranscript(bits('1  000  1001   0  0000001  10101010'), ['ping aa']);
    assertTranscript(bits('1  100  0001   0  0000000'), ['text rsv 40 in text compressed '], { rsv1Defined: true });
  });

  it('§5.2: MASK set means that a masking key is present and unmasks the payload; it is not part of the length [6455-5.2-10]', () => {
    assertTranscript(hex('8185 37fa213d 7f9f4d5158'), ['text in text 48656c6c6f'], { role: 'server' });
    assertTranscript(hex('8180 37fa213d 8180 00000000'), ['text in text ', 'text in text '], { role: 'server' });
    assertTranscript(hex('8105 48656c6c6f'), ['text in text 48656c6c6f']);
  });

  it('§5.2: a frame with an empty payload is a step of its own [6455-5.2-20]', () => {
    assertTranscript(hex('8100 8200 8900 8a00 8800'), ['text in text ', 'binary in binary ', 'ping ', 'pong ', 'close ']);
  });

  it('§5.2: every length is read in its form, in network byte order', () => {
    for (const length of [0, 1, 124, 125, 126, 127, 255, 256, 65535, 65536, 65537]) {
      for (const role of ['client', 'server'] as const) {
        const payload = new Random(length).bytes(length);
        const wire = frame({ opcode: BINARY, payload, mask: role === 'server' });
        const chunks = length < 1000 ? chunkings(wire) : [{ chunks: [wire] }, { chunks: [wire.slice(0, 3), wire.slice(3, 9), wire.slice(9)] }];
        for (const { chunks: parts } of chunks) {
          const lines = transcript(decoderFor({ role }), parts);
          assert.ok(lines.length === 1 && lines[0] === `binary in binary ${toHex(payload)}`, `${length} to ${role}`);
        }
      }
    }
  });

  it('§5.4: a fragmented message is a first frame, continuation frames and a last one; each belongs to the first [6455-5.4-11] [6455-5.4-16]', () => {
    assertTranscript(hex('010161 000162 0000 800163 8200'), [
      'text… in text 61', 'continuation… in text 62', 'continuation… in text ', 'continuation in text 63', 'binary in binary ',
    ]);
  });

  it('§5.4: control frames between the fragments of a message do not change what message it is [6455-5.4-9]', () => {
    assertTranscript(hex('0101f0 890170 00019f 8a00 80029880 890171 820100'), [
      'text… in text f0', 'ping in text 70', 'continuation… in text 9f', 'pong in text ', 'continuation in text 9880',
      'ping 71', 'binary in binary 00',
    ]);
    for (const control of [CLOSE, PING, PONG]) {
      for (const first of [TEXT, BINARY]) {
        const stream = concat(
          frame({ fin: false, opcode: first, payload: 'a', mask: true }), frame({ opcode: control, mask: hex('01020304'), payload: 'bcde' }),
          frame({ opcode: CONTINUATION, payload: 'f', mask: hex('ffffffff') }),
        );
        const opcodes = new Set<number>();
        eachChunking(stream, (chunks) => {
          const decoder = decoderFor({ role: 'server' });
          for (const chunk of chunks) {
            decoder.load(chunk);
            while (decoder.next()) opcodes.add(decoder.messageOpcode);
          }
        });
        assert.deepEqual([...opcodes], [first]);
      }
    }
  });

  it('RFC 7692 §6: RSV1 on the first frame marks the message as compressed, with all its fragments; its absence, as not [7692-6-2] [7692-6-3]', () => {
    assertTranscript(hex('410161 890170 000162 800163 010161 800162 c100'), [
      'text… rsv 40 in text compressed 61', 'ping in text compressed 70', 'continuation… in text compressed 62',
      'continuation in text compressed 63',
      'text… in text 61', 'continuation in text 62', 'text rsv 40 in text compressed ',
    ], { rsv1Defined: true });
  });

  it('§5.3: the key of a frame whose payload comes in pieces is turned to where each piece begins', () => {
    const payload = new Random(3).bytes(30);
    for (const key of [EXAMPLE_KEY, hex('00000000'), hex('80808080'), hex('000000ff')]) {
      const wire = concat(frame({ opcode: BINARY, payload, mask: key }), frame({ opcode: PING, payload: 'x', mask: EXAMPLE_KEY }));
      assertTranscript(wire, [`binary in binary ${toHex(payload)}`, 'ping 78'], { role: 'server' });
    }
    const long = frame({ opcode: BINARY, payload: new Random(4).bytes(300), mask: EXAMPLE_KEY });
    assertTranscript(long, [`binary in binary ${toHex(masked(long.slice(8), EXAMPLE_KEY))}`], { role: 'server' });
  });
});

describe('the vectors', () => {
  interface FrameVector {
    readonly id: string;
    readonly to: Role;
    readonly hex?: readonly string[];
    readonly headerHex?: string;
    readonly payload?: string;
    readonly payloadLength?: number;
    readonly sha1OfFrame?: string;
    readonly events?: readonly (readonly [string, ...(string | number)[]])[];
    readonly ref?: string;
  }
  const vectors = readJson<{ frames: readonly FrameVector[]; frames6455_5_7: readonly FrameVector[] }>('spec/vectors/vectors.json');

  /** What the frames of a transcript amount to: whole messages, control frames, and the code of a refusal; a Close frame ends it. */
  function events(lines: readonly string[]): unknown[] {
    const found: unknown[] = [];
    let message = '';
    for (const line of lines) {
      const refused = VIOLATIONS.find(({ name }) => line.startsWith(`${name} at `));
      if (refused !== undefined) return [...found, ['fail', refused.code]];
      const payload = line.split(' ').at(-1) as string; // split gives at least one
      const kind = /^[a-z]+/.exec(line)?.[0] as string; // every line begins with a word
      if (kind === 'close') return [...found, ['close', Number.parseInt(payload.slice(0, 4), 16), payload.slice(4)]];
      if (kind === 'ping' || kind === 'pong') {
        found.push([kind, payload]);
        continue;
      }
      message += payload;
      if (/^[a-z]+…/.test(line)) continue;
      found.push(/in text/.test(line) ? ['text', Buffer.from(message, 'hex').toString()] : ['binary', message]);
      message = '';
    }
    return found;
  }

  for (const { id, to, hex: chunks, headerHex, payload, events: expected, ref = '' } of [...vectors.frames6455_5_7, ...vectors.frames]) {
    if (expected === undefined) continue; // §5.7’s long examples: below
    it(`${id}: ${JSON.stringify(expected).slice(0, 60)}, at every chunking`, () => {
      const options: Options = { role: to, rsv1Defined: ref.startsWith('7692') || id.includes('pmd'), limits: { maxMessageSize: 2 ** 24 } };
      const body = payload === undefined ? hex('') : new Uint8Array(Number.parseInt(payload, 10)).fill(0x61);
      const wanted = expected.map(([kind, ...rest]) => (kind === 'binary-length' ? ['binary', toHex(body)] : [kind, ...rest]));
      const stream = chunks === undefined ? concat(hex(headerHex as string), body) : hex(chunks.join('')); // a vector has the one or the other
      eachChunking(stream, (parts) => assert.deepEqual(events(transcript(decoderFor(options), parts)), wanted));
    });
  }

  for (const { id, headerHex, payloadLength, sha1OfFrame, events: expected } of vectors.frames6455_5_7) {
    if (expected !== undefined) continue;
    it(`§5.7: ${id}, ${payloadLength} bytes in one frame`, () => {
      const payload = Uint8Array.from({ length: payloadLength as number }, (_, i) => i); // these vectors give a length
      const stream = concat(hex(headerHex as string), payload); // and a header
      assert.equal(createHash('sha1').update(stream).digest('hex'), sha1OfFrame);
      eachChunking(stream, (parts) => assert.ok(transcript(decoderFor(), parts).join() === `binary in binary ${toHex(payload)}`));
    });
  }
});

describe('refusing at the byte that decides', () => {
  const SERVER: Options = { role: 'server' };
  const DEFLATE: Options = { rsv1Defined: true };
  const OPEN = hex('010161'); // a message that has begun
  const MANY = hex('8105 48656c6c6f 8900 010161 800162'); // whole frames of every kind

  it('§5.2: RSV bits that nothing defines, with byte 0', () => {
    for (const b0 of ['c1', 'a1', '91', 'f1', 'c2', 'c9', 'c8']) assertRefused(hex(`${b0}00`), 'RSV_NOT_NEGOTIATED', 0, {}, MANY);
    for (const b0 of ['a1', '91', 'e1', 'f1']) assertRefused(hex(`${b0}00`), 'RSV_NOT_NEGOTIATED', 0, DEFLATE, MANY);
  });

  it('RFC 7692 §6.1: RSV1 where the extension does not set it, with byte 0', () => {
    for (const b0 of ['c8', 'c9', 'ca']) assertRefused(hex(`${b0}00`), 'RSV1_ON_CONTROL', 0, DEFLATE, MANY);
    for (const b0 of ['c0', '40']) assertRefused(hex(`${b0}00`), 'RSV1_ON_CONTINUATION', 0, DEFLATE, OPEN);
  });

  it('§5.2: a reserved opcode, with byte 0', () => {
    for (const opcode of [...'34567bcdef']) {
      assertRefused(hex(`8${opcode}00`), 'RESERVED_OPCODE', 0, {}, MANY);
      assertRefused(hex(`0${opcode}00`), 'RESERVED_OPCODE', 0, {}, OPEN);
    }
  });

  it('§5.5: a control frame without FIN, with byte 0', () => {
    for (const opcode of [...'89a']) {
      assertRefused(hex(`0${opcode}00`), 'CONTROL_FRAGMENTED', 0);
      assertRefused(hex(`0${opcode}00`), 'CONTROL_FRAGMENTED', 0, {}, OPEN);
    }
  });

  it('§5.4: a continuation of nothing, with byte 0: at the start, after a message, after a control frame', () => {
    for (const b0 of ['00', '80']) {
      for (const prefix of ['', '8100', '8900', '010161 8000', '010161 8000 8900', '8105 48656c6c6f 8900 8900']) {
        assertRefused(hex(`${b0}00`), 'CONTINUATION_WITHOUT_START', 0, {}, hex(prefix));
      }
    }
  });

  it('§5.4: a message inside another, with byte 0', () => {
    for (const b0 of ['01', '81', '02', '82']) {
      for (const prefix of ['010161', '020161', '0100', '0100 0000', '0100 8900', '0100 0000 8a00']) {
        assertRefused(hex(`${b0}00`), 'MESSAGE_INTERLEAVED', 0, {}, hex(prefix));
      }
    }
  });

  it('§5.1: the wrong mask, with byte 1', () => {
    for (const b0 of ['81', '88', '89']) {
      assertRefused(hex(`${b0} 00`), 'MASK_MISSING', 1, SERVER, hex('8180 37fa213d'));
      assertRefused(hex(`${b0} 7e 007e`), 'MASK_MISSING', 1, SERVER);
      assertRefused(hex(`${b0} 80 37fa213d`), 'MASK_UNEXPECTED', 1, {}, MANY);
      assertRefused(hex(`${b0} ff`), 'MASK_UNEXPECTED', 1);
    }
  });

  it('§5.5: a control frame of more than 125 bytes, with byte 1 [6455-5.5-2]', () => {
    for (const b0 of ['88', '89', '8a']) {
      for (const b1 of ['7e 007e', '7f 0000000000010000']) assertRefused(hex(`${b0} ${b1}`), 'CONTROL_TOO_LONG', 1, {}, OPEN);
      for (const b1 of ['fe 007e 37fa213d', 'ff']) assertRefused(hex(`${b0} ${b1}`), 'CONTROL_TOO_LONG', 1, SERVER);
      assertTranscript(concat(hex(`${b0} 7d`), new Uint8Array(125)), [`${{ 88: 'close', 89: 'ping', '8a': 'pong' }[b0]} ${'00'.repeat(125)}`]);
    }
  });

  it('§5.5.1: a Close body of one byte, with byte 1', () => {
    assertRefused(hex('88 01 03'), 'CLOSE_BODY_TOO_SHORT', 1, {}, MANY);
    assertRefused(hex('88 81 37fa213d 03'), 'CLOSE_BODY_TOO_SHORT', 1, SERVER);
  });

  it('§5.2: the top bit of a 64-bit length, with its first byte [6455-5.2-12]', () => {
    for (const first of ['80', 'ff', 'c0']) {
      assertRefused(hex(`82 7f ${first}00000000000000`), 'LENGTH_TOP_BIT_SET', 2, {}, MANY);
      assertRefused(hex(`82 ff ${first}00000000000000`), 'LENGTH_TOP_BIT_SET', 2, SERVER);
    }
    assertTranscript(hex('82 7e 8000'), [`binary in binary  +${0x8000}`]); // a 16-bit length may have its top bit set
  });

  it('§5.2: a length not in its shortest form, with its last byte and before the masking key [6455-5.2-14]', () => {
    for (const length of ['0000', '0001', '007d']) {
      assertRefused(hex(`82 7e ${length}`), 'LENGTH_NOT_MINIMAL', 3, {}, MANY);
      assertRefused(hex(`82 fe ${length} 37fa213d`), 'LENGTH_NOT_MINIMAL', 3, SERVER);
    }
    for (const length of ['0000', '007d', '007e', 'ffff']) {
      assertRefused(hex(`82 7f 000000000000 ${length}`), 'LENGTH_NOT_MINIMAL', 9, {}, MANY);
      assertRefused(hex(`82 ff 000000000000 ${length} 37fa213d`), 'LENGTH_NOT_MINIMAL', 9, SERVER);
    }
  });

  it('after a refusal nothing is read, whatever is loaded, and the position stays', () => {
    for (const stream of ['8300 8100', '81 80', '82 7e 0001', '82 7f 80']) {
      const decoder = decoderFor();
      const [line] = transcript(decoder, [hex(stream)]);
      const { violation, position } = decoder;
      assert.ok(line !== undefined && violation !== null);
      for (let round = 0; round < 3; round++) {
        assert.equal(decoder.next(), false);
        decoder.load(hex('8100 8100'));
        assert.equal(decoder.next(), false);
        assert.equal(decoder.position, position);
        decoder.unload();
      }
      assert.equal(decoder.violation, violation);
      assert.equal(decoder.position, position);
    }
  });
});

describe('limits (§10.4)', () => {
  // Lengths at which a 16-, 32- or 53-bit number ends.
  const EDGES = [0, 1, 124, 125, 126, 127, 65534, 65535, 65536, 2 ** 31 - 2, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 2];

  it('§10.4: maxFrameSize: a frame of N bytes is accepted, one of N + 1 refused with the last byte of its length [6455-10.4-1] [6455-10.4-2]', () => {
    for (const limit of EDGES) {
      for (const role of ['client', 'server'] as const) {
        const options: Options = { role, limits: { maxFrameSize: limit } };
        const header = (length: number): Uint8Array => frameHeader({ opcode: BINARY, length, mask: role === 'server' });
        assertTranscript(header(limit), [`binary in binary ${limit === 0 ? '' : ` +${limit}`}`], options);
        const wire = header(limit + 1);
        const deciding = wire.length - (role === 'server' ? 4 : 0) - 1;
        assertRefused(wire, `FRAME_TOO_BIG: ${limit + 1}`, deciding, options);
      }
    }
  });

  it('§10.4: maxFrameSize is every data frame’s, compressed ones too, and no control frame’s', () => {
    const options: Options = { rsv1Defined: true, limits: { maxFrameSize: 2 } };
    assertTranscript(hex('8905 6162636465 0102 6161 8a03 78797a 0002 6262 8804 03e86f6b 8002 6363'), [
      'ping 6162636465', 'text… in text 6161', 'pong in text 78797a', 'continuation… in text 6262', 'close in text 03e86f6b',
      'continuation in text 6363',
    ], options);
    assertRefused(hex('c103 616263'), 'FRAME_TOO_BIG: 3', 1, options);
    assertRefused(hex('0003 616263'), 'FRAME_TOO_BIG: 3', 1, options, hex('0100'));
    assertRefused(hex('0003 616263'), 'FRAME_TOO_BIG: 3', 1, options, hex('4100'));
  });

  it('§10.4: maxMessageSize: a message of N bytes is accepted, one of N + 1 refused, in one frame', () => {
    for (const limit of EDGES) {
      const options: Options = { limits: { maxMessageSize: limit } };
      assertTranscript(frameHeader({ opcode: TEXT, length: limit }), [`text in text ${limit === 0 ? '' : ` +${limit}`}`], options);
      const wire = frameHeader({ opcode: TEXT, length: limit + 1 });
      assertRefused(wire, `MESSAGE_TOO_BIG: ${limit + 1}`, wire.length - 1, options);
    }
  });

  it('§10.4: maxMessageSize: the frames of a message are added up, and each message begins anew', () => {
    const options: Options = { limits: { maxMessageSize: 10 } };
    const first = frame({ fin: false, opcode: TEXT, payload: 'abcd' });
    const ping = frame({ opcode: PING, payload: 'x'.repeat(100) });
    const rest = frame({ opcode: CONTINUATION, payload: 'efghij' });
    const pinged = `ping in text ${'78'.repeat(100)}`;
    const whole = ['text… in text 61626364', pinged, 'continuation in text 65666768696a'];
    assertTranscript(concat(first, ping, rest, first, ping, rest), [...whole, ...whole], options);
    assertRefused(frame({ opcode: CONTINUATION, payload: 'efghijk' }), 'MESSAGE_TOO_BIG: 11', 1, options, concat(first, ping, rest, first, ping));
    assertRefused(frame({ fin: false, opcode: CONTINUATION, payload: 'x' }), 'MESSAGE_TOO_BIG: 11', 1, options,
      concat(first, frame({ fin: false, opcode: CONTINUATION, payload: 'efghij' }), frame({ fin: false, opcode: CONTINUATION })));
  });

  it('a continuation near the largest number, after a fragment of one byte, does not wrap round the limit', () => {
    const first = frame({ fin: false, opcode: BINARY, payload: 'a' });
    for (const limit of [2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]) {
      const options: Options = { limits: { maxMessageSize: limit } };
      const fits = frameHeader({ opcode: CONTINUATION, length: limit - 1 });
      assertTranscript(concat(first, fits), ['binary… in binary 61', `continuation in binary  +${limit - 1}`], options);
      const wire = frameHeader({ opcode: CONTINUATION, length: limit });
      assertRefused(wire, `MESSAGE_TOO_BIG: ${limit + 1}`, wire.length - 1, options, first);
    }
    for (const length of [2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]) {
      const wire = frameHeader({ opcode: CONTINUATION, length });
      assertRefused(wire, `MESSAGE_TOO_BIG: ${length + 1}`, wire.length - 1, { limits: { maxMessageSize: 2 ** 24 } }, first);
    }
  });

  it('a compressed message is not held to maxMessageSize, which is about what inflating gives; the next one is', () => {
    const options: Options = { rsv1Defined: true, limits: { maxMessageSize: 2 } };
    const compressed = hex('4103 616263 0003 646566 8003 676869');
    assertTranscript(concat(compressed, hex('8102 6161')), [
      'text… rsv 40 in text compressed 616263', 'continuation… in text compressed 646566',
      'continuation in text compressed 676869', 'text in text 6161',
    ], options);
    assertRefused(hex('8103 616161'), 'MESSAGE_TOO_BIG: 3', 1, options, compressed);
  });

  it('without any limit, lengths up to 2^53 − 1 are read exactly, and more is refused because no number could count it', () => {
    for (const length of [2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 52 + 1, 2 ** 53 - 2, 2 ** 53 - 1]) {
      assertTranscript(frameHeader({ opcode: BINARY, length }), [`binary in binary  +${length}`]);
    }
    for (const length of [2n ** 53n, 2n ** 53n + 1n, 2n ** 53n + 2n, 2n ** 62n, 2n ** 62n + 1n, 2n ** 63n - 1n]) {
      assertRefused(frameHeader({ opcode: BINARY, length }), `FRAME_TOO_BIG: ${Number(length)}`, 9);
      assertRefused(frameHeader({ opcode: BINARY, length, mask: true }), `FRAME_TOO_BIG: ${Number(length)}`, 9, { role: 'server' });
    }
  });

  it('§10.4: maxFragments: N frames are accepted, the next is refused with its byte 0; empty ones count, control frames do not', () => {
    const options: Options = { limits: { maxFragments: 3 } };
    const three = hex('0100 8900 000161 8a00 0000');
    assertTranscript(concat(three, hex('8900')), [
      'text… in text ', 'ping in text ', 'continuation… in text 61', 'pong in text ', 'continuation… in text ', 'ping in text ',
    ], options);
    for (const b0 of ['00', '80']) assertRefused(hex(`${b0}00`), 'TOO_MANY_FRAGMENTS: 4', 0, options, concat(three, hex('8900')));
    assertTranscript(hex('8100 0100 8000 8200 0200 0000 8000'), [
      'text in text ', 'text… in text ', 'continuation in text ', 'binary in binary ',
      'binary… in binary ', 'continuation… in binary ', 'continuation in binary ',
    ], options);
    assertRefused(hex('8000'), 'TOO_MANY_FRAGMENTS: 2', 0, { limits: { maxFragments: 1 } }, hex('8100 0100'));
  });

  it('a rule about the frame goes before a limit that the same byte would break', () => {
    assertRefused(hex('a000'), 'RSV_NOT_NEGOTIATED', 0, { limits: { maxFragments: 1 } }, hex('0100'));
    assertRefused(hex('82 7e 007d'), 'LENGTH_NOT_MINIMAL', 3, { limits: { maxFrameSize: 1, maxMessageSize: 1 } });
    assertRefused(hex('82 02 6161'), 'FRAME_TOO_BIG: 2', 1, { limits: { maxFrameSize: 1, maxMessageSize: 1 } });
  });

  it('limits may change while the connection is open, and hold from the next header on', () => {
    const limits: FrameLimits = { maxFrameSize: 1, maxMessageSize: 1, maxFragments: 1 };
    const decoder = new FrameDecoder('client', limits, false);
    assert.deepEqual(transcript(decoder, [hex('820161')]), ['binary in binary 61']);
    Object.assign(limits, { maxFrameSize: 4, maxMessageSize: 6, maxFragments: 2 });
    assert.deepEqual(transcript(decoder, [hex('020461626364 8002')]), ['binary… in binary 61626364', 'continuation in binary  +2']);
    Object.assign(limits, { maxFrameSize: 1, maxMessageSize: 1, maxFragments: 1 });
    decoder.load(hex('6566 820161 8202'));
    assert.ok(decoder.next() && decoder.remaining === 0, 'a frame whose header was accepted is read to its end');
    assert.ok(decoder.next());
    assert.equal(decoder.next(), false);
    assert.equal(decoder.violation?.name, 'FRAME_TOO_BIG');

    for (const [limit, rule] of [
      [{ maxMessageSize: 3 }, 'MESSAGE_TOO_BIG'], [{ maxFragments: 1 }, 'TOO_MANY_FRAGMENTS'], [{ maxFrameSize: 0 }, 'FRAME_TOO_BIG'],
    ] as const) {
      const tightened: FrameLimits = { ...NO_LIMITS };
      const other = new FrameDecoder('client', tightened, false);
      assert.deepEqual(transcript(other, [hex('020461626364')]), ['binary… in binary 61626364']);
      Object.assign(tightened, limit);
      assert.match(transcript(other, [hex('800165')]).join(), new RegExp(`^${rule} at `), 'in the middle of a message');
    }
  });
});

describe('the cursor', () => {
  it('a frame that lies whole in the chunk is one step; one that is spread over chunks is a step a chunk', () => {
    const steps = (chunks: readonly string[]): string[] => {
      const decoder = decoderFor();
      const found: string[] = [];
      for (const chunk of chunks) {
        decoder.load(hex(chunk));
        while (decoder.next()) found.push(`${decoder.begins ? 'begins ' : ''}[${decoder.start},${decoder.end}) +${decoder.remaining}`);
      }
      return found;
    };
    assert.deepEqual(steps(['8103616263 8101 61']), ['begins [2,5) +0', 'begins [7,8) +0']);
    assert.deepEqual(steps(['81', '03', '61', '', '6263 8100']), ['begins [1,1) +3', '[0,1) +2', '[0,2) +0', 'begins [4,4) +0']);
    assert.deepEqual(steps(['8103', '616263']), ['begins [2,2) +3', '[0,3) +0']);
    assert.deepEqual(steps(['82', '7e', '00', '7e', '61', '62'.repeat(125)]), ['begins [1,1) +126', '[0,1) +125', '[0,125) +0']);
    assert.deepEqual(steps(['', '8100', '']), ['begins [2,2) +0']);
    assert.deepEqual(steps([]), []);
  });

  it('before the first step it tells of no frame and no message, and stands between two frames', () => {
    const decoder = decoderFor();
    assert.deepEqual({ ...decoder }, {
      opcode: 0, fin: false, rsv: 0, begins: false, start: 0, end: 0, remaining: 0, masked: false, maskingKey: 0,
      messageOpcode: 0, compressed: false, violation: null, observed: 0,
    });
    assert.deepEqual([decoder.atFrameBoundary, decoder.messageOpen, decoder.position], [true, false, 0]);
    assert.equal(decoder.next(), false, 'nothing is loaded');
  });

  it('says at every byte whether it stands between two frames, and whether a message is open', () => {
    //              01 01 61 | 89 01 70 | 00 00 | 80 01 62 | 89 00 | 81 00 | 82 7e 00 7e …
    const stream = hex('010161    890170     0000    800162     8900    8100    827e007e');
    const state = (decoder: FrameDecoder): string => (decoder.atFrameBoundary ? '|' : '.') + (decoder.messageOpen ? 'o' : '-');
    const decoder = decoderFor();
    const states = [state(decoder)];
    for (const byte of stream) {
      decoder.load(Uint8Array.of(byte));
      while (decoder.next());
      states.push(state(decoder));
    }
    assert.equal(states.join(' '), '|- .- .o |o .o .o |o .o |o .o .o |- .- |- .- |- .- .- .- .o');
  });

  it('counts the position over every chunk, and at within the one that is loaded', () => {
    const decoder = decoderFor();
    assert.deepEqual([decoder.at, decoder.position], [0, 0]);
    decoder.load(hex('8101 61 8102'));
    assert.ok(decoder.next());
    assert.deepEqual([decoder.at, decoder.position], [3, 3]);
    assert.ok(decoder.next());
    assert.deepEqual([decoder.at, decoder.position], [5, 5]);
    assert.equal(decoder.next(), false);
    decoder.load(hex('6162 83'));
    assert.deepEqual([decoder.at, decoder.position], [0, 5]);
    assert.ok(decoder.next());
    assert.equal(decoder.next(), false);
    assert.deepEqual([decoder.at, decoder.position, decoder.violation?.name], [2, 7, 'RESERVED_OPCODE']);
  });

  it('unloaded, it stands where it stood: in a header, in a payload, between two frames', () => {
    const payload = new Random(8).bytes(200);
    for (const role of ['client', 'server'] as const) {
      const mask = role === 'server';
      const stream = concat(
        frame({ opcode: TEXT, payload: 'Hello', mask }), frame({ fin: false, opcode: BINARY, payload, mask }),
        frame({ opcode: PING, payload: 'p', mask }), frame({ opcode: CONTINUATION, mask }), frame({ opcode: 3, mask }),
      );
      const expected = transcript(decoderFor({ role }), [stream]);
      assert.equal(expected.length, 5);
      for (let at = 0; at <= stream.length; at++) {
        const decoder = decoderFor({ role });
        const lines: string[] = [];
        let pieces: Uint8Array[] = [];
        for (const chunk of [stream.slice(0, at), stream.slice(at)]) {
          decoder.load(chunk);
          while (decoder.next()) {
            const piece = chunk.slice(decoder.start, decoder.end);
            pieces.push(mask ? unmask(piece, decoder.maskingKey) : piece);
            if (decoder.remaining === 0) {
              lines.push(frameLine({ ...fieldsOf(decoder), payload: concat(...pieces) }));
              pieces = [];
            }
          }
          const { position, atFrameBoundary } = decoder;
          decoder.unload();
          assert.deepEqual([decoder.at, decoder.position, decoder.atFrameBoundary], [0, position, atFrameBoundary]);
          assert.equal(decoder.next(), false, 'nothing is loaded');
        }
        lines.push(refusalLine(decoder.violation?.name ?? 'none', decoder.position, 0));
        assert.deepEqual(lines, expected, `unloaded at ${at}, ${role}`);
      }
    }
  });

  it('unloaded before a chunk is read whole, it goes on with the rest when that is loaded again', () => {
    const stream = hex('8103616263 8900 8202 6465 8100');
    for (let steps = 0; steps <= 4; steps++) {
      const decoder = decoderFor();
      decoder.load(stream);
      for (let i = 0; i < steps; i++) assert.ok(decoder.next());
      const { at } = decoder;
      decoder.unload();
      const lines = transcript(decoder, [stream.slice(at)]);
      assert.deepEqual(lines, ['text in text 616263', 'ping ', 'binary in binary 6465', 'text in text '].slice(steps));
      assert.equal(decoder.position, stream.length);
    }
  });

  it('reads its chunk and never writes to it, nor past the ends of a view', () => {
    const stream = frame({ opcode: TEXT, payload: 'Hello', mask: true });
    const around = concat(hex('ffffffff'), stream, utf8('ffff'));
    const before = around.slice();
    const view = around.subarray(4, 4 + stream.length);
    assert.deepEqual(transcript(decoderFor({ role: 'server' }), [view]), ['text in text 48656c6c6f']);
    assert.deepEqual(around, before);
  });
});

describe('against a naive reading of the RFC', () => {
  const SEED = 6455;
  const STREAMS = 2000;
  const TIGHT: FrameLimits = { maxFrameSize: 120, maxMessageSize: 130, maxFragments: 3 };

  const LIES = [126n, 65535n, 65536n, 2n ** 31n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 62n, 2n ** 63n];

  /** Some frames, mostly right; then, now and then, a bit turned over or the end cut off. */
  function randomStream(random: Random, role: Role, rsv1Defined: boolean): Uint8Array {
    const frames: Uint8Array[] = [];
    let open = false;
    for (let count = 1 + random.below(7); count > 0; count--) {
      const usual = open ? [CONTINUATION, CONTINUATION, PING, PONG, CLOSE] : [TEXT, BINARY, TEXT, PING];
      const opcode: number = random.oneIn(25) ? random.below(16) : random.pick(usual);
      const control: boolean = opcode >= 8;
      const fin: boolean = control ? !random.oneIn(40) : random.oneIn(2);
      const payload = random.bytes(opcode === CLOSE && !random.oneIn(10) ? 2 : random.below(random.oneIn(8) ? 140 : 12));
      frames.push(frame({
        opcode, fin, payload,
        rsv: random.oneIn(40) ? random.below(8) << 4 : rsv1Defined && (opcode === TEXT || opcode === BINARY) && random.oneIn(3) ? RSV1 : 0,
        mask: (role === 'server') !== random.oneIn(60) ? random.bytes(4) : false,
        ...(random.oneIn(40) ? { lengthBits: random.pick([16, 64] as const) } : {}),
        ...(random.oneIn(60) ? { length: random.pick(LIES), lengthBits: 64 } : {}),
      }));
      if (!control) open = !fin;
    }
    const stream = concat(...frames);
    if (random.oneIn(6)) {
      const at = random.below(stream.length);
      stream[at] = (stream[at] as number) ^ (1 << random.below(8));
    }
    return random.oneIn(4) ? stream.slice(0, random.below(stream.length)) : stream;
  }

  function randomChunks(random: Random, stream: Uint8Array): Uint8Array[] {
    const chunks: Uint8Array[] = [];
    const most = random.pick([1, 3, 20, 1000]);
    for (let at = 0; at < stream.length; ) {
      const end = Math.min(stream.length, at + random.below(most + 1)); // empty chunks too
      chunks.push(stream.slice(at, end));
      at = end;
    }
    return chunks;
  }

  it(`${STREAMS} random streams have the same transcript, refused at the same byte, at random chunkings (seed ${SEED}) [6455-5.4-1]`, () => {
    const random = new Random(SEED);
    const refusals = new Set<string>();
    let frames = 0;
    for (let round = 0; round < STREAMS; round++) {
      const role = random.pick(['client', 'server'] as const);
      const rsv1Defined = random.oneIn(2);
      const limits = random.oneIn(3) ? TIGHT : NO_LIMITS;
      const stream = randomStream(random, role, rsv1Defined);
      const expected = referenceTranscript(stream, { role, rsv1Defined, limits });
      frames += expected.length;
      for (const line of expected) refusals.add(/^([A-Z0-9_]+) at /.exec(line)?.[1] ?? 'none');
      for (const chunks of [[stream], randomChunks(random, stream), randomChunks(random, stream)]) {
        const actual = transcript(decoderFor({ role, rsv1Defined, limits }), chunks);
        const cut = chunks.map((chunk) => chunk.length).join('+');
        assert.deepEqual(actual, expected, `seed ${SEED}, round ${round}, ${role}: ${toHex(stream)} as ${cut}`);
      }
    }
    assert.ok(frames > 2 * STREAMS, 'most streams have frames to read');
    assert.deepEqual([...refusals].sort(), [
      'CLOSE_BODY_TOO_SHORT', 'CONTINUATION_WITHOUT_START', 'CONTROL_FRAGMENTED', 'CONTROL_TOO_LONG', 'FRAME_TOO_BIG', 'LENGTH_NOT_MINIMAL',
      'LENGTH_TOP_BIT_SET', 'MASK_MISSING', 'MASK_UNEXPECTED', 'MESSAGE_INTERLEAVED', 'MESSAGE_TOO_BIG', 'RESERVED_OPCODE',
      'RSV1_ON_CONTINUATION', 'RSV1_ON_CONTROL', 'RSV_NOT_NEGOTIATED', 'TOO_MANY_FRAGMENTS', 'none',
    ], 'every rule of the header is broken by some stream');
  });
});

describe('the room that is left in a message', () => {
  it('is maxMessageSize less what has been stepped over, fragment by fragment, at the limit of that moment', () => {
    const limits = { ...NO_LIMITS, maxMessageSize: 10 };
    const decoder = new FrameDecoder('client', limits, false);
    const rooms: number[] = [];
    for (const chunk of [hex('0203 aa'), hex('bbcc'), hex('8900'), hex('0000'), hex('8002 dd')]) {
      decoder.load(chunk);
      while (decoder.next()) rooms.push(decoder.messageRoom);
      decoder.unload();
    }
    assert.deepEqual(rooms, [9, 7, 7, 7, 6]);
    limits.maxMessageSize = 20;
    assert.equal(decoder.messageRoom, 16);
  });
});
