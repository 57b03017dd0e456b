// RFC 7692 §7.2.2 and the examples of §7.2.3, for an inflater by itself: every vector that has a payload, at every chunking.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';

import { MessageInflater } from '../../lib/core/deflate/inflater.ts';
import { concat, hex, toHex, utf8 } from '../support/bytes.ts';
import { chunkings } from '../support/chunking.ts';
import { TAIL, deflated } from '../support/deflated.ts';
import { DeflateWriter } from '../support/deflate-writer.ts';
import { assertInflates, play } from '../support/inflating.ts';
import { readJson } from '../support/project.ts';
import { Random } from '../support/random.ts';

interface Vector {
  readonly id: string;
  readonly payload?: string;
  readonly frame?: string;
  readonly frames?: readonly string[];
  readonly messages?: readonly string[];
  readonly plain?: string | null | readonly string[];
  readonly plainHex?: string;
  readonly plainSha1?: string;
  readonly plainLength?: number;
  readonly payloadSha1?: string;
  readonly minWindowBits?: number;
  readonly contextTakeover?: boolean;
  readonly error?: boolean;
}

const { pmd } = readJson<{ pmd: readonly Vector[] }>('spec/vectors/vectors.json');
/** What these come to is not in the vectors: the choice is documented, and the spec beside says it. */
const CHOICES: Readonly<Record<string, string | null>> = { 'empty-payload-rsv1': null, 'truncated-block': 'DEFLATE_TRUNCATED' };
const REFUSALS: Readonly<Record<string, string>> = {
  'bad-block-type': 'DEFLATE_CORRUPT', 'bad-stored-nlen': 'DEFLATE_CORRUPT', 'distance-too-far': 'DEFLATE_DISTANCE_TOO_FAR',
};
const HELLO = utf8('Hello');

const make = (contextTakeover: boolean = true, windowBits: number = 15) => (): MessageInflater =>
  new MessageInflater({ windowBits, contextTakeover, allocate: (size) => new Uint8Array(size) });
const sha1 = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex');

function vector(id: string): Vector {
  const found = pmd.find((one) => one.id === id);
  assert.ok(found, id);
  return found;
}

/** The payload that §7.2.3's frames carry; they are short and unmasked. */
function unframed(frames: readonly string[]): Uint8Array[] {
  return frames.map((frame) => hex(frame).slice(2));
}

describe('RFC 7692 §7.2.2: decompression', () => {
  it('a message is inflated as if 00 00 ff ff stood behind its payload [7692-7.2.2-1]', () => {
    for (const { id, payload, plain, plainHex, minWindowBits } of pmd) {
      if (payload === undefined || typeof plain !== 'string' || minWindowBits !== undefined) continue;
      const { output, refusal } = assertInflates(make(), hex(payload));
      assert.deepEqual([output, refusal], [plainHex === undefined ? utf8(plain) : hex(plainHex), null], id);
    }
    for (const [id, name] of Object.entries(REFUSALS)) {
      assert.equal(vector(id).error, true);
      assert.equal(assertInflates(make(), hex(vector(id).payload ?? '')).refusal?.[0], name, id);
    }
    assert.deepEqual(assertInflates(make(), hex(vector('utf8-after-inflate').payload ?? '')).output, hex('ff'));
  });

  it('a payload that ends between two blocks is good as well, and one that ends within a block is not', () => {
    for (const [id, name] of Object.entries(CHOICES)) {
      assert.equal(assertInflates(make(), hex(vector(id).payload ?? '')).refusal?.[0] ?? null, name, id);
    }
    assert.deepEqual(assertInflates(make(), hex('f248cdc9c907000000ffff')).output, HELLO);
    assert.deepEqual(assertInflates(make(), hex('f348cdc9c90700')).output, HELLO);
  });

  it('a client that agreed on nothing else inflates with the window of the last compressed message [7692-7.2.2-3]', () => {
    takesOver();
  });

  it('and so does a server: an inflater knows no roles [7692-7.2.2-5]', () => {
    takesOver();
  });

  it('a window that need not be kept between messages is not [7692-7.2.2-2]', () => {
    const inflater = make(false)();
    const message = new Random(1).bytes(50_000);
    assert.deepEqual(play(inflater, chunksOf(deflated(message))).output, message);
    assert.equal(inflater.retainedBytes, 0);
    assert.equal(play(inflater, [hex('f200110000')]).refusal?.[0], 'DEFLATE_DISTANCE_TOO_FAR');
  });

  it('a window of 32,768 bytes serves the largest distance where none was agreed, for a client [7692-7.2.2-8]', () => {
    servesLargest();
  });

  it('and for a server [7692-7.2.2-10]', () => {
    servesLargest();
  });

  it('a window takes no more memory than was agreed [7692-7.2.2-7]', () => {
    for (let bits = 9; bits <= 15; bits++) {
      const inflater = make(true, bits)();
      play(inflater, [deflated(new Random(bits).bytes(100_000), undefined, { level: 0 })]);
      assert.equal(inflater.retainedBytes, 1 << bits);
    }
  });

  it('the distances of the vectors are within the windows they name, and in no smaller ones; 8 bits are read as 9', () => {
    for (const { id, payload = '', plainSha1, payloadSha1, minWindowBits = 0 } of pmd.filter(({ id: name }) => /^distance-\d/.test(name))) {
      const bytes = payload === '' ? largestDistance() : hex(payload);
      assert.equal(sha1(bytes), payloadSha1, id);
      for (let bits = 8; bits <= 15; bits++) {
        const played = play(make(true, bits)(), [bytes]);
        if (Math.max(bits, 9) >= minWindowBits) assert.equal(sha1(played.output), plainSha1, `${id} with ${bits} bits`);
        else assert.equal(played.refusal?.[0], 'DEFLATE_DISTANCE_TOO_FAR', `${id} with ${bits} bits`);
      }
      const bits = Math.max(minWindowBits, 9);
      if (bytes.length < 1000) assertInflates(make(true, bits), bytes, { maxDistance: 1 << bits });
    }
  });

  it('a small message that inflates to a large one stops where there is no more room', () => {
    const bomb = deflated(new Uint8Array(10 * 2 ** 20));
    const { output, refusal } = play(make()(), [bomb], { room: 2 ** 20 });
    assert.deepEqual([output.length, refusal?.[0]], [2 ** 20, 'MESSAGE_TOO_BIG']);
  });
});

describe('RFC 7692 §7.2.1: what a compressor may do is understood', () => {
  it('several blocks, of any type, final ones and others in any order', () => {
    const words = new Random(2).bytes(60);
    const writer = new DeflateWriter();
    writer.fixed().literals(words).end().stored(words).fixed(true).match(20, 7).end().align().stored(words, true).fixed().literals(words);
    const payload = concat(writer.end().payload());
    assert.equal(assertInflates(make(), payload).refusal, null);
    const text = utf8('a dynamic block, for which there has to be some text; a dynamic block '.repeat(4));
    const dynamic = deflated(text, undefined, { level: 9 });
    assert.equal(assertInflates(make(), concat(dynamic, TAIL, payload)).refusal, null);
  });

  it('fragments end anywhere in the compressed data', () => {
    for (const id of ['7.2.3.1-frag', '7.2.3.6-frag', 'streaming-nonfinal-keeps-trailer']) {
      const { frames = [], plain } = vector(id);
      assert.equal(toHex(play(make()(), unframed(frames)).output), toHex(utf8(plain as string)), id);
      assertInflates(make(), concat(...unframed(frames)));
    }
  });
});

describe('RFC 7692 §7.2.3.2: the window between messages', () => {
  it('is that of the last compressed message, whatever uncompressed ones come between [7692-7.2.3.2-1]', () => {
    const { frames = [], plain } = vector('7.2.3.2-uncompressed-between');
    const [first, , third] = unframed(frames) as [Uint8Array, Uint8Array, Uint8Array];
    const inflater = make()();
    assert.deepEqual([first, third].map((payload) => Buffer.from(play(inflater, [payload]).output).toString()), [plain?.[0], plain?.[2]]);
  });

  it('§7.2.3.4: is kept behind a final block', () => {
    messagesOf('bfinal-then-takeover');
  });

  it('§7.2.3.6: an empty message is the octet 00, and leaves it as it is [7692-7.2.3.6-1]', () => {
    const inflater = make()();
    const outputs = ['f248cdc9c90700', '00', 'f200110000'].map((payload) => toHex(play(inflater, [hex(payload)]).output));
    assert.deepEqual(outputs, [toHex(HELLO), '', toHex(HELLO)]);
  });
});

/** The second message, at any chunking, refers to the first; as the first it is refused. */
function takesOver(): void {
  messagesOf('7.2.3.2-takeover');
  messagesOf('7.2.3.2-no-takeover');
  const [, again = ''] = vector('7.2.3.2-takeover').messages ?? [];
  assert.equal(assertInflates(make(), hex(again)).refusal?.[0], 'DEFLATE_DISTANCE_TOO_FAR');
  assertInflates(make(), hex(again), { history: HELLO, before: [hex('f248cdc9c90700')] });
}

function messagesOf(id: string): void {
  const { messages = [], plain, contextTakeover } = vector(id);
  for (const { name } of chunkings(hex(messages[0] ?? ''))) {
    const inflater = make(contextTakeover ?? true)();
    const outputs = messages.map((payload) => {
      const chunks = [...chunkings(hex(payload))].find((one) => one.name === name)?.chunks ?? [hex(payload)];
      return Buffer.from(play(inflater, chunks).output).toString();
    });
    assert.deepEqual(outputs, plain, `${id}, ${name}`);
  }
}

function chunksOf(payload: Uint8Array): Uint8Array[] {
  return [payload.slice(0, 1000), payload.slice(1000)];
}

/** As the vector distance-32768 is described. */
function largestDistance(): Uint8Array {
  const past = Uint8Array.from({ length: 32768 }, (_, i) => (7 * i + 13 * (i >> 8)) & 255);
  return new DeflateWriter().stored(past).fixed().match(3, 32768).end().payload();
}

function servesLargest(): void {
  assert.equal(sha1(play(make()(), chunksOf(largestDistance())).output), vector('distance-32768').plainSha1);
  const inflater = make()();
  const past = new Random(3).bytes(32768);
  play(inflater, [new DeflateWriter().stored(past).payload()]);
  assert.deepEqual(play(inflater, [new DeflateWriter().fixed().match(258, 32768).end().payload()]).output, past.slice(0, 258));
}
