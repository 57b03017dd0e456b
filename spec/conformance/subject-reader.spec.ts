// The reader that judges what subjects send: every rule it names at the octet that breaks it, at every chunking; every vector; and thousands of
// streams, right and wrong, on which it agrees with the engine's decoder and with a third reading of the RFC.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { saySight } from '../../lib/conformance/tester/sight.ts';
import type { Sight } from '../../lib/conformance/tester/sight.ts';
import { SubjectReader } from '../../lib/conformance/tester/subject-reader.ts';
import { createCodecs } from '../../lib/core/deflate/codecs.ts';
import { compressionChoices } from '../../lib/core/deflate/compression-options.ts';
import type { AgreedParameters } from '../../lib/core/deflate/parameters.ts';
import { portablePlatform } from '../../lib/core/platform.ts';
import { Connection } from '../../lib/core/protocol/connection.ts';
import type { CloseOutcome } from '../../lib/core/protocol/events.ts';
import { MessageAssembler } from '../../lib/core/protocol/message-assembler.ts';
import type { Inflater } from '../../lib/core/wire/compression.ts';
import { VIOLATIONS } from '../../lib/core/wire/violation.ts';
import { FuzzCompression } from '../fuzz/compressed.ts';
import { randomChunks, randomStream } from '../fuzz/streams.ts';
import { concat, hex, toHex, utf8 } from '../support/bytes.ts';
import { eachChunking } from '../support/chunking.ts';
import { DeflateWriter } from '../support/deflate-writer.ts';
import { deflated, TAIL } from '../support/deflated.ts';
import { frame, frameHeader } from '../support/frames.ts';
import { judgeSent } from '../support/fuzz-frames.ts';
import { readJson } from '../support/project.ts';
import { Random } from '../support/random.ts';

const MIB = 1024 * 1024;
/** What the reader reads of one message. */
const MOST = 80 * MIB;

type Party = 'server' | 'client';

/** The inflater of whoever reads `sender`, by default for the largest windows and with context takeover. */
function inflaterFor(sender: Party, agreed: Partial<AgreedParameters> = {}): Inflater {
  const all = { serverNoContextTakeover: false, clientNoContextTakeover: false, serverMaxWindowBits: 15, clientMaxWindowBits: 15, ...agreed };
  const reader = sender === 'server' ? 'client' : 'server';
  const choices = compressionChoices(reader, { serverMaxWindowBits: 15, clientMaxWindowBits: 15 });
  return createCodecs(reader, all, choices, { allocate: (size) => new Uint8Array(size) }).inflater;
}

/** What is seen of some octets, and after how many of them each thing was. */
interface Reading {
  readonly sights: readonly Sight[];
  readonly at: readonly number[];
  readonly reader: SubjectReader;
}

function read(sender: Party, chunks: Iterable<Uint8Array>, inflater: Inflater | null = null): Reading {
  const sights: Sight[] = [];
  const at: number[] = [];
  let fed = 0;
  const reader = new SubjectReader({
    masks: sender === 'client', inflater,
    see: (sight) => {
      sights.push(sight);
      at.push(fed);
    },
  });
  for (const chunk of chunks) {
    fed += chunk.length;
    reader.receive(chunk);
  }
  return { sights, at, reader };
}

const octetwise = (bytes: Uint8Array): Uint8Array[] => Array.from(bytes, (octet) => Uint8Array.of(octet));

/** A sight without what is said of it: `breach RULE`. */
function line(sight: Sight): string {
  return sight.kind === 'breach' ? `breach ${sight.rule}` : saySight(sight);
}

/** At every chunking of `input` just these lines are seen, the last one when `until` octets have come and not before. */
function sees(
  sender: Party, input: string | Uint8Array, lines: readonly string[], until: number | null = null, inflater: () => Inflater | null = () => null,
): void {
  const bytes = typeof input === 'string' ? hex(input) : input;
  eachChunking(bytes, (chunks) => assert.deepEqual(read(sender, chunks, inflater()).sights.map(line), lines));
  if (until !== null) assert.equal(read(sender, octetwise(bytes), inflater()).at.at(-1), until, `octets until ${lines.at(-1)}`);
}

describe('the reader of a subject: what is in order', () => {
  it('is seen message by message, control frames where they came', () => {
    sees('server', '8100', ['text (empty)'], 2);
    sees('server', '8203 0102ff', ['binary 0102ff'], 5);
    sees('server', '0103 48656c 8901 78 0000 8002 6c6f 8a00', ['ping "x"', 'text "Hello" in 3 frames', 'pong (empty)']);
    sees('client', '8185 37fa213d 7f9f4d5158 8980 00000000', ['text "Hello"', 'ping (empty)']);
    sees('client', '0183 37fa213d 7f9f4d 8082 01020304 6d6d', ['text "Hello" in 2 frames']);
  });

  it('is a Close without code, with one, with a reason; and behind it Pings and Pongs', () => {
    sees('server', '8800', ['close without a code'], 2);
    sees('server', '8802 03e8 8900 8a00', ['close 1000', 'ping (empty)', 'pong (empty)']);
    sees('server', '8805 0bb8 627965', ['close 3000 "bye"'], 7);
  });

  it('may be as long as each form of the length goes', () => {
    for (const length of [125, 126, 127, 65_535, 65_536]) {
      for (const sender of ['server', 'client'] as const) {
        const payload = new Uint8Array(length).fill(0x61);
        sees(sender, frame({ opcode: 1, payload, mask: sender === 'client' }), [`text "${'a'.repeat(32)}"… (${length} octets)`]);
      }
    }
  });

  it('may be a text whose characters are cut anywhere', () => {
    const text = utf8('aé€😀');
    for (let at = 0; at <= text.length; at++) {
      const wire = concat(frame({ opcode: 1, fin: false, payload: text.subarray(0, at) }), frame({ opcode: 0, payload: text.subarray(at) }));
      sees('server', wire, ['text "aé€😀" in 2 frames']);
    }
  });

  it('is unfinished from the first octet of a header to the end of the message', () => {
    const { reader } = read('server', []);
    assert.equal(reader.unfinished, false);
    const unfinished = octetwise(hex('0101 61 8900 8001 62 8a00')).map((octet) => {
      reader.receive(octet);
      return reader.unfinished ? 'x' : '.';
    });
    assert.equal(unfinished.join(''), 'xxxxxxx.x.', 'from the first octet of the text to its last, and within the Pong');
  });

  it('leaves the octets that were lent as they were', () => {
    const wire = hex('8185 37fa213d 7f9f4d5158');
    read('client', [wire]);
    assert.equal(toHex(wire), '818537fa213d7f9f4d5158');
  });

  it('shows the masking keys, frame by frame, of control frames too', () => {
    assert.deepEqual(read('client', [hex('8180 00000001 8980 ffffffff 8a80 01020304')]).reader.keys, [1, 0xffff_ffff, 0x0102_0304]);
  });
});

// ---- the rules --------------------------------------------------------------------------------------------------------------------

/** A rule, octets that break it, how many of them it takes, and what is seen before. Sent by a server unless it is said. */
interface Broken {
  readonly rule: string;
  readonly wire: string;
  readonly at: number;
  readonly before?: readonly string[];
  readonly sender?: Party;
  readonly deflates?: true;
}

const BROKEN: readonly Broken[] = [
  { rule: 'RSV_NOT_NEGOTIATED', wire: 'c1 00', at: 1 },
  { rule: 'RSV_NOT_NEGOTIATED', wire: 'a1 00', at: 1 },
  { rule: 'RSV_NOT_NEGOTIATED', wire: '99 00', at: 1 },
  { rule: 'RSV_NOT_NEGOTIATED', wire: 'a1 00', at: 1, deflates: true },
  { rule: 'RSV_NOT_NEGOTIATED', wire: 'd1 00', at: 1, deflates: true },
  { rule: 'RSV1_ON_CONTROL', wire: 'c9 00', at: 1, deflates: true },
  { rule: 'RSV1_ON_CONTROL', wire: 'cb 00', at: 1, deflates: true },
  { rule: 'RSV1_ON_CONTINUATION', wire: '0100 c0 00', at: 3, deflates: true },
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode): Broken => ({ rule: 'RESERVED_OPCODE', wire: `8${opcode.toString(16)}00`, at: 1 })),
  { rule: 'CONTROL_FRAGMENTED', wire: '08 00', at: 1 },
  { rule: 'CONTROL_FRAGMENTED', wire: '09 00', at: 1 },
  { rule: 'CONTROL_FRAGMENTED', wire: '0a 00', at: 1 },
  { rule: 'CONTINUATION_WITHOUT_START', wire: '80 00', at: 1 },
  { rule: 'CONTINUATION_WITHOUT_START', wire: '8100 00 00', at: 3, before: ['text (empty)'] },
  { rule: 'MESSAGE_INTERLEAVED', wire: '0100 81 00', at: 3 },
  { rule: 'MESSAGE_INTERLEAVED', wire: '0200 8900 02 00', at: 5, before: ['ping (empty)'] },
  { rule: 'MASK_UNEXPECTED', wire: '81 80 00000000', at: 2 },
  { rule: 'MASK_UNEXPECTED', wire: '89 fe 0080', at: 2 },
  { rule: 'MASK_MISSING', wire: '81 00', at: 2, sender: 'client' },
  { rule: 'MASK_MISSING', wire: '8180 01020304 88 00', at: 8, before: ['text (empty)'], sender: 'client' },
  { rule: 'CONTROL_TOO_LONG', wire: '89 7e 007e', at: 2 },
  { rule: 'CONTROL_TOO_LONG', wire: '88 ff', at: 2, sender: 'client' },
  { rule: 'CLOSE_BODY_TOO_SHORT', wire: '88 01 03', at: 2 },
  { rule: 'LENGTH_TOP_BIT_SET', wire: '82 7f 8000000000000000', at: 3 },
  { rule: 'LENGTH_NOT_MINIMAL', wire: '82 7e 007d', at: 4 },
  { rule: 'LENGTH_NOT_MINIMAL', wire: '82 fe 0000 01020304', at: 4, sender: 'client' },
  { rule: 'LENGTH_NOT_MINIMAL', wire: '82 7f 000000000000ffff', at: 10 },
  { rule: 'UNASKED', wire: '82 7f 0000000005000001', at: 10 },
  { rule: 'UNASKED', wire: '81 7f 7fffffffffffffff', at: 10 },
  { rule: 'UNASKED', wire: '0201 61 00 7f 0000000005000000', at: 13 },
  { rule: 'TEXT_NOT_UTF8', wire: '8103 61ff62', at: 4 },
  { rule: 'TEXT_NOT_UTF8', wire: '0101 e2 0001 82 0001 28 8000', at: 9 },
  { rule: 'TEXT_NOT_UTF8', wire: '8102 6180', at: 4 },
  { rule: 'TEXT_NOT_UTF8', wire: '8101 c3', at: 3 },
  { rule: 'TEXT_NOT_UTF8', wire: '0101 c3 8000', at: 5 },
  { rule: 'TEXT_NOT_UTF8', wire: '8103 eda080', at: 4 },
  { rule: 'TEXT_NOT_UTF8', wire: '81 84 00000000 61f49000', at: 9, sender: 'client' },
  { rule: 'TEXT_NOT_UTF8', wire: 'c103 fa0f00', at: 4, deflates: true },
  { rule: 'CLOSE_CODE_NOT_ALLOWED', wire: '8802 03e7', at: 4 },
  { rule: 'CLOSE_CODE_NOT_ALLOWED', wire: '8802 03ed', at: 4 },
  { rule: 'CLOSE_CODE_NOT_ALLOWED', wire: '8802 1388', at: 4 },
  { rule: 'CLOSE_REASON_NOT_UTF8', wire: '8803 03e8 ff', at: 5 },
  { rule: 'CLOSE_REASON_NOT_UTF8', wire: '8803 03e8 c3', at: 5 },
  { rule: 'DATA_AFTER_CLOSE', wire: '8800 81 00', at: 3, before: ['close without a code'] },
  { rule: 'DATA_AFTER_CLOSE', wire: '0100 8802 03e8 80 00', at: 7, before: ['close 1000'] },
  { rule: 'DATA_AFTER_CLOSE', wire: '8802 03e8 88 02 03e8', at: 5, before: ['close 1000'] },
  { rule: 'DATA_AFTER_CLOSE', wire: '8802 03e8 83', at: 5, before: ['close 1000'] },
  { rule: 'DEFLATE_CORRUPT', wire: 'c102 ffff', at: 3, deflates: true },
  { rule: 'DEFLATE_CORRUPT', wire: 'c10b 000500faf048656c6c6f00', at: 7, deflates: true },
  { rule: 'DEFLATE_DISTANCE_TOO_FAR', wire: 'c105 f200110000', at: 5, deflates: true },
  { rule: 'DEFLATE_TRUNCATED', wire: 'c103 f248cd', at: 5, deflates: true },
  { rule: 'DEFLATE_TAIL_KEPT', wire: 'c10b f248cdc9c907000000ffff', at: 13, deflates: true },
  { rule: 'DEFLATE_TAIL_KEPT', wire: '4106 f248cdc9c907 8005 000000ffff', at: 15, deflates: true },
];

describe('the reader of a subject: what breaks a rule', () => {
  for (const { rule, wire, at, before = [], sender = 'server', deflates } of BROKEN) {
    it(`${rule}: broken by ${wire} of a ${sender}${deflates ? ' that compresses' : ''} at octet ${at}, at every chunking, and nothing is seen behind it`, () => {
      const inflater = (): Inflater | null => (deflates ? inflaterFor(sender) : null);
      sees(sender, wire, [...before, `breach ${rule}`], at, inflater);
      sees(sender, concat(hex(wire), hex('8100 8900 8802 03e8')), [...before, `breach ${rule}`], at, inflater);
      const { sights, reader } = read(sender, [hex(wire).slice(0, at - 1)], inflater());
      assert.deepEqual(sights.map(line), before);
      reader.receive(hex(wire).slice(at - 1));
      assert.equal(reader.unfinished, false);
    });
  }

  it('is told with the rule\'s section and sentence, as the violation table has them, and with what was found', () => {
    const found = (sender: Party, wire: string): string => {
      const [sight] = read(sender, [hex(wire)]).sights.slice(-1);
      assert.ok(sight?.kind === 'breach');
      const row = VIOLATIONS.find(({ name }) => name === sight.rule);
      if (row !== undefined) assert.deepEqual([sight.section, sight.sentence], [row.section, row.sentence]);
      return sight.found;
    };
    assert.equal(found('server', 'ca00'), 'a header that begins ca (Pong, RSV1)');
    assert.equal(found('server', '3b00'), 'a header that begins 3b (opcode 11, without FIN, RSV2, RSV3)');
    assert.equal(found('client', '8105'), 'a header that begins 8105 (text, not masked, length 5)');
    assert.equal(found('server', '88fe'), 'a header that begins 88fe (Close, masked, length in 2 octets)');
    assert.equal(found('server', '827fff'), 'a header that begins 827fff (binary, not masked, length in 8 octets)');
    assert.equal(found('server', '827e0005'), 'a length of 5 in 2 octets');
    assert.equal(found('server', '827f7fffffffffffffff'), 'a frame of 9223372036854775807 octets');
    assert.equal(found('server', '0102 6162 8002 63ff'), 'ff at octet 3');
    assert.equal(found('server', '8102 61c3'), 'an end in the middle of a character');
    assert.equal(found('server', '8802 03ed'), 'code 1005');
    assert.equal(found('server', '8804 03e8 61ff'), 'the reason 61ff');
    assert.equal(found('server', '8800 8101'), 'a header that begins 81 (text)');
    const [kept] = read('server', [hex('c10b f248cdc9c907000000ffff')], inflaterFor('server')).sights;
    assert.ok(kept?.kind === 'breach');
    assert.equal(kept.found, '11 octets that end so');
  });
});

// ---- vectors ----------------------------------------------------------------------------------------------------------------------

type Event = readonly [name: string, value?: string | number | null, reason?: string];

interface FrameVector {
  readonly id: string;
  readonly to: Party;
  readonly hex?: readonly string[];
  readonly events?: readonly Event[];
  readonly expect?: Event;
}

/** A message compressed, or several, whole or in frames of a server, and what they inflate to; null where that is left open. */
interface DeflateVector {
  readonly id: string;
  readonly payload?: string;
  readonly frame?: string;
  readonly frames?: readonly string[];
  readonly messages?: readonly string[];
  readonly plain?: string | readonly string[] | null;
  readonly error?: true;
  readonly contextTakeover?: boolean;
}

interface Vectors extends Readonly<Record<'frames' | 'frames6455_5_7' | 'closeFrames' | 'utf8Fragmented', readonly FrameVector[]>> {
  readonly pmd: readonly DeflateVector[];
}

const vectors = readJson<Vectors>('spec/vectors/vectors.json');

/** A sight in the words of the vectors. */
function eventOf(sight: Sight): Event {
  switch (sight.kind) {
    case 'text': return ['text', Buffer.from(sight.octets).toString()];
    case 'binary': case 'ping': case 'pong': return [sight.kind, toHex(sight.octets)];
    case 'close': return ['close', sight.code ?? 1005, sight.reason];
    case 'breach': return ['fail', VIOLATIONS.find(({ name }) => name === sight.rule)?.code ?? 1009]; // what nobody asked for is too big
    default: throw new Error(`a reader saw ${sight.kind}`);
  }
}

describe('the reader of a subject: vectors', () => {
  for (const vector of [...vectors.frames6455_5_7, ...vectors.frames, ...vectors.closeFrames, ...vectors.utf8Fragmented]) {
    if (vector.hex === undefined) continue;
    const events = vector.events ?? [vector.expect as Event];
    if (events.some(([name]) => name === 'binary-length')) continue;
    it(`${vector.id}, to a ${vector.to}`, () => {
      const close = events.findIndex(([name]) => name === 'close');
      eachChunking(hex((vector.hex as readonly string[]).join('')), (chunks) => {
        const seen = read(vector.to === 'server' ? 'client' : 'server', chunks).sights.map(eventOf);
        assert.deepEqual(close < 0 ? seen : seen.slice(0, close + 1), events); // behind a Close the vectors ignore what the reader refuses
      });
    });
  }

  for (const { id, payload, frame: one, frames, messages, plain, error, contextTakeover = true } of vectors.pmd) {
    if (typeof plain !== 'string' && !Array.isArray(plain) && error !== true) continue;
    it(`${id}, compressed`, () => {
      const wire = frames?.join('') ?? one ?? '';
      const payloads = messages ?? [payload as string];
      const input = wire !== '' ? hex(wire) : concat(...payloads.map((octets) => frame({ opcode: 1, rsv: 0x40, payload: hex(octets) })));
      eachChunking(input, (chunks) => {
        const { sights } = read('server', chunks, inflaterFor('server', { serverNoContextTakeover: !contextTakeover }));
        if (error === true) assert.match(sights.map(line).join(), /^breach DEFLATE_[A-Z_]+$/);
        else assert.deepEqual(sights.map(eventOf), [plain].flat().map((text) => ['text', text]));
      });
    });
  }
});

// ---- compression ------------------------------------------------------------------------------------------------------------------

const compressedFrame = (payload: Uint8Array, opcode: number = 2): Uint8Array => frame({ opcode, rsv: 0x40, payload });

describe('the reader of a subject: compressed messages', () => {
  const noise = new Random(5).bytes(2_000);

  it('may refer to those before them where that was agreed on, and only there', () => {
    const wire = concat(compressedFrame(deflated(noise)), compressedFrame(deflated(noise, noise)));
    assert.ok(wire.length < 1.2 * noise.length, 'the second is a reference to the first');
    const takeover = read('server', [wire], inflaterFor('server')).sights;
    assert.deepEqual(takeover.map((sight) => sight.kind === 'binary' && toHex(sight.octets) === toHex(noise) && sight.compressed), [true, true]);
    const alone = inflaterFor('server', { serverNoContextTakeover: true });
    assert.deepEqual(read('server', [wire], alone).sights.map(line).slice(1), ['breach DEFLATE_DISTANCE_TOO_FAR']);
  });

  it('refer back no further than the window that was agreed on', () => {
    for (const bits of [9, 10, 12, 14]) { // of 15 DEFLATE itself knows no further
      for (const more of [0, 1]) {
        const distance = (1 << bits) + more;
        const first = new Random(bits).bytes(distance);
        const wire = concat(
          compressedFrame(deflated(first, undefined, { level: 0 })), compressedFrame(new DeflateWriter().fixed().match(3, distance).end().payload()),
        );
        const { sights } = read('server', [wire], inflaterFor('server', { serverMaxWindowBits: bits }));
        const wanted = more === 0 ? `binary ${toHex(first, 0, 3)}, compressed` : 'breach DEFLATE_DISTANCE_TOO_FAR';
        assert.equal(line(sights.at(-1) as Sight), wanted, `${bits} bits`);
      }
    }
  });

  it('may hold the tail of its first fragment, which is not removed (RFC 7692 §7.2.1), and are plain whatever they end in', () => {
    const inflater = (): Inflater => inflaterFor('server');
    sees('server', '410b f248cdc9c907000000ffff 8005 f200110000', ['text "HelloHello" in 2 frames, compressed'], null, inflater);
    sees('server', 'c101 00', ['text (empty), compressed'], null, inflater);
    sees('server', '8204 0000ffff', ['binary 0000ffff'], null, inflater);
    sees('server', '0202 0000 c103 f248cd', ['breach MESSAGE_INTERLEAVED'], null, inflater);
  });

  it('stand between others that are not, and are told from them', () => {
    const wire = concat(frame({ opcode: 1, payload: 'a' }), compressedFrame(deflated(utf8('b')), 1), frame({ opcode: 1, payload: 'c' }));
    sees('server', wire, ['text "a"', 'text "b", compressed', 'text "c"'], wire.length, () => inflaterFor('server'));
  });

  it('are text once they are inflated, however they are cut', () => {
    const text = 'grüße '.repeat(4);
    const payload = deflated(utf8(text));
    for (let at = 0; at <= payload.length; at++) {
      const wire = concat(
        frame({ opcode: 1, rsv: 0x40, fin: false, payload: payload.subarray(0, at) }), frame({ opcode: 0, payload: payload.subarray(at) }),
      );
      for (const chunks of [[wire], octetwise(wire)]) {
        assert.deepEqual(read('server', chunks, inflaterFor('server')).sights.map(line), [`text "${text}" in 2 frames, compressed`]);
      }
    }
  });

  it('are refused while they are under way: a bad octet or bad data in a message that never ends is seen', () => {
    const head = { opcode: 1, rsv: 0x40, fin: false };
    const bad = deflated(hex('61ff62'), undefined, { level: 0 });
    sees('server', frame({ ...head, payload: bad }), ['breach TEXT_NOT_UTF8'], null, () => inflaterFor('server'));
    sees('server', frame({ ...head, payload: hex('ffff') }), ['breach DEFLATE_CORRUPT'], 3, () => inflaterFor('server'));
  });
});

// ---- what nobody asked for --------------------------------------------------------------------------------------------------------

describe('the reader of a subject: what nobody asked for', () => {
  const unasked = (sights: readonly Sight[]): string | null => {
    const last = sights.at(-1);
    return last?.kind === 'breach' && last.rule === 'UNASKED' ? last.found : null;
  };

  it('is read up to 80 MiB a message, fragments counted together, and refused by the header that announces more', () => {
    assert.equal(unasked(read('server', [frameHeader({ opcode: 2, length: MOST })]).sights), null);
    assert.equal(unasked(read('server', [frameHeader({ opcode: 2, length: MOST + 1 })]).sights), `a frame of ${MOST + 1} octets`);
    const first = frame({ opcode: 2, fin: false, payload: new Uint8Array(1_000) });
    assert.equal(unasked(read('server', [first, frameHeader({ opcode: 0, length: MOST - 1_000 })]).sights), null);
    assert.equal(unasked(read('server', [first, frameHeader({ opcode: 0, length: MOST - 999 })]).sights), `a frame of ${MOST - 999} octets`);
    const nothing = frame({ opcode: 2, rsv: 0x40, fin: false, payload: concat(...Array.from({ length: 200 }, () => hex('000000ffff'))) });
    const sights = (length: number): readonly Sight[] => read('server', [nothing, frameHeader({ opcode: 0, length })], inflaterFor('server')).sights;
    assert.equal(unasked(sights(MOST - 1_000)), null, 'what inflates to nothing counts by its octets');
    assert.equal(unasked(sights(MOST - 999)), `a frame of ${MOST - 999} octets`);
  });

  it('is inflated up to 80 MiB, and no further', () => {
    const mebibyte = deflated(new Uint8Array(MIB));
    const stored = concat(mebibyte, TAIL); // whole blocks: they may stand one behind the other
    const payload = concat(...Array.from({ length: 81 }, () => stored)).subarray(0, -4);
    assert.ok(payload.length < 128 * 1024);
    const { sights } = read('server', [compressedFrame(payload)], inflaterFor('server'));
    assert.equal(unasked(sights), `a message that inflates to more than ${MOST} octets`);
  });

  it('has an end also where it is nothing but empty fragments', () => {
    const empty = new Uint8Array(200_000); // 100,000 of them
    const { sights } = read('server', [hex('0200'), ...Array.from({ length: 11 }, () => empty)]);
    assert.equal(unasked(sights), 'a message of more than 1000000 frames');
  });

  it('costs time in proportion to its octets: single octets, tiny fragments, many messages', () => {
    const count = 150_000;
    const tiny = new Uint8Array(3 * count);
    for (let at = 0; at < tiny.length; at += 3) tiny.set([0x00, 0x01, 0x61], at);
    tiny[0] = 0x01;
    tiny[tiny.length - 3] = 0x80;
    for (const chunks of [[tiny], octetwise(tiny)]) {
      const begun = performance.now();
      const { sights } = read('server', chunks);
      assert.equal(sights.length, 1);
      assert.ok(performance.now() - begun < 3_000, 'a thousand times as long would be the square of it');
    }
  });
});

// ---- held against the engine ------------------------------------------------------------------------------------------------------

/** What the engine makes of the same octets: its events in the words of sights, and the violation with its place. */
function engineReads(
  reader: Party, chunks: readonly Uint8Array[], compression: FuzzCompression | null,
): { readonly lines: string[]; readonly outcome: CloseOutcome | null } {
  const lines: string[] = [];
  let outcome: CloseOutcome | null = null;
  const platform = portablePlatform({ random: (target) => target.fill(1) });
  const connection = new Connection({
    role: reader, platform, keepalive: 'off', compression: compression?.codecs ?? null, limits: { maxMessageSize: MOST },
    events: new MessageAssembler(platform, {
      text: (message) => void lines.push(`text ${message}`),
      binary: (message) => void lines.push(`binary ${toHex(message)}`),
      ping: (payload) => void lines.push(`ping ${toHex(payload)}`),
      pong: (payload) => void lines.push(`pong ${toHex(payload)}`),
      closing: (code, reason) => void lines.push(`close ${code} ${reason}`),
      drained: () => {},
      closed: (its) => { outcome = its; },
    }),
  });
  for (const chunk of chunks) connection.receive(chunk);
  return { lines, outcome };
}

/** The same of a sight. */
function sameWords(sight: Sight): string {
  switch (sight.kind) {
    case 'text': return `text ${Buffer.from(sight.octets).toString()}`;
    case 'binary': case 'ping': case 'pong': return `${sight.kind} ${toHex(sight.octets)}`;
    case 'close': return `close ${sight.code ?? 1005} ${sight.reason}`;
    case 'breach': return `breach ${sight.rule}`;
    default: throw new Error(`a reader saw ${sight.kind}`);
  }
}

/** What the engine refuses as too big is what nobody asked for: the reader has no limit that a user sets. */
const TOO_BIG = /^(?:FRAME|MESSAGE)_TOO_BIG$/;

/** One stream, as the reader, the engine and, where it may, a third judge have it. */
function compare(seed: number, compresses: boolean): void {
  const random = new Random(seed);
  const sender = random.pick(['server', 'client'] as const);
  const other = sender === 'server' ? 'client' : 'server';
  const codecs = (): FuzzCompression | null => (compresses ? new FuzzCompression(new Random(seed), other, false) : null);
  const wire = randomStream(random, other, codecs()?.peer(random) ?? null);
  const engine = engineReads(other, randomChunks(random, wire), codecs());
  const whole = read(sender, randomChunks(random, wire), codecs()?.codecs.inflater ?? null);
  const { sights, at } = read(sender, octetwise(wire), codecs()?.codecs.inflater ?? null);
  assert.deepEqual(whole.sights, sights, 'the chunking makes no difference');

  const lines = sights.map(sameWords);
  if (lines.at(-1) === 'breach DEFLATE_TAIL_KEPT') return; // which the engine does not mind
  const close = sights.findIndex(({ kind }) => kind === 'close');
  if (close >= 0) return assert.deepEqual(lines.slice(0, close + 1), engine.lines, 'behind a Close the engine reads nothing');
  const { violation = null, position = 0 } = engine.outcome ?? {};
  assert.deepEqual(lines, [...engine.lines, ...violation === null ? [] : [`breach ${TOO_BIG.test(violation.name) ? 'UNASKED' : violation.name}`]]);
  if (violation === null) return;
  const inflated = compresses && (violation.name === 'TEXT_NOT_UTF8' || violation.name.startsWith('DEFLATE')); // its place is told otherwise
  if (!inflated) assert.ok([0, 1].includes((at.at(-1) as number) - position), `at octet ${at.at(-1)}, not ${position}`);
}

/** Runs seeds; a failure names its seed. */
function eachSeed(count: number, check: (seed: number) => void): void {
  for (let seed = 1; seed <= count; seed++) {
    try {
      check(seed);
    } catch (error) {
      if (error instanceof Error) error.message = `seed ${seed}: ${error.message}`;
      throw error;
    }
  }
}

describe('the reader of a subject and the engine', () => {
  it('see the same of 4,000 streams, messages and broken rules, at the same octets', () => {
    eachSeed(4_000, (seed) => compare(seed, false));
  });

  it('see the same of 600 streams with compression, within every window', () => {
    eachSeed(600, (seed) => compare(seed, true));
  });

  it('call the same streams right as a third reading of the RFC, which knows neither', () => {
    let right = 0;
    eachSeed(3_000, (seed) => {
      const random = new Random(100_000 + seed);
      const sender = random.pick(['server', 'client'] as const);
      const wire = randomStream(random, sender === 'server' ? 'client' : 'server');
      const { sights } = read(sender, [wire]);
      const { problem, messages, pings, pongs } = judgeSent(wire, sender, true);
      const broken = sights.find((sight) => sight.kind === 'breach');
      if (broken === undefined) {
        right++;
        assert.equal(problem, null);
        const ofKind = (...kinds: readonly string[]): string[] => sights.filter(({ kind }) => kinds.includes(kind)).map(sameWords);
        assert.deepEqual(ofKind('text', 'binary'), messages.map(({ kind, payload }) => (
          kind === 'text' ? `text ${Buffer.from(payload).toString()}` : `binary ${toHex(payload)}`
        )));
        assert.deepEqual(ofKind('ping'), pings.map((payload) => `ping ${toHex(payload)}`));
        assert.deepEqual(ofKind('pong'), pongs.map((payload) => `pong ${toHex(payload)}`));
      } else if (problem === null) { // it reads whole frames and messages only, and takes any length for one that may come
        assert.match(broken.rule, /^(?:UNASKED|LENGTH_|TEXT_NOT_UTF8|RSV|RESERVED|CON|MESSAGE_INTER|MASK_|CLOSE_BODY|DATA_AFTER)/);
      }
    });
    assert.ok(right > 500, `${right} of them are right`);
  });
});
