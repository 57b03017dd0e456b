// The frames that a tester writes, legal or not, and the messages it writes in frames: held against frames that are drawn by hand, and against
// the engine, which takes every legal one.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { constants, inflateRawSync } from 'node:zlib';

import type { FrameItem, MessageItem } from '../../lib/conformance/case.ts';
import { writeFrame } from '../../lib/conformance/tester/frame-writer.ts';
import { Messages } from '../../lib/conformance/tester/messages.ts';
import { concat } from '../../lib/conformance/tester/octets.ts';
import { octetsOf } from '../../lib/conformance/payload.ts';
import { createCodecs } from '../../lib/core/deflate/codecs.ts';
import { compressionChoices } from '../../lib/core/deflate/compression-options.ts';
import type { AgreedParameters } from '../../lib/core/deflate/parameters.ts';
import { hex, toHex } from '../support/bytes.ts';
import { frame } from '../support/frames.ts';
import { transcript } from '../support/transcript.ts';

const plain = (item: FrameItem): string => toHex(writeFrame(item, false));
const masked = (item: FrameItem): string => toHex(writeFrame(item, true));
const spaceless = (digits: string): string => digits.replaceAll(' ', '');

describe('a frame of the tester', () => {
  it('is the one of the RFC\'s examples (§5.7)', () => {
    assert.equal(plain({ frame: 1, payload: { text: 'Hello' } }), spaceless('81 05 48656c6c6f'));
    assert.equal(masked({ frame: 1, payload: { text: 'Hello' } }), spaceless('81 85 37fa213d 7f9f4d5158'));
    assert.equal(plain({ frame: 1, fin: false, payload: { text: 'Hel' } }), spaceless('01 03 48656c'));
    assert.equal(plain({ frame: 0, payload: { text: 'lo' } }), spaceless('80 02 6c6f'));
    assert.equal(plain({ frame: 9, payload: { text: 'Hello' } }), spaceless('89 05 48656c6c6f'));
    assert.equal(plain({ frame: 2, payload: { repeat: '00', length: 256 } }).slice(0, 8), spaceless('82 7e 0100'));
    assert.equal(plain({ frame: 2, payload: { repeat: '00', length: 65_536 } }).slice(0, 20), spaceless('82 7f 0000000000010000'));
  });

  it('is masked as the tester\'s role has it, unless the case says otherwise, with the key that the case says', () => {
    assert.equal(plain({ frame: 10 }), '8a00');
    assert.equal(masked({ frame: 10 }), spaceless('8a 80 37fa213d'));
    assert.equal(plain({ frame: 10, masked: true }), spaceless('8a 80 37fa213d'));
    assert.equal(masked({ frame: 10, masked: false }), '8a00');
    assert.equal(masked({ frame: 2, key: '01020304', payload: { hex: '000000000000' } }), spaceless('82 86 01020304 010203040102'));
  });

  it('may have any first octet', () => {
    for (let first = 0; first < 256; first++) {
      const octets = writeFrame({ fin: first >= 128, rsv: (first >> 4) & 7, frame: first & 15, payload: { hex: 'aa' } }, false);
      assert.deepEqual(octets, Uint8Array.of(first, 1, 0xaa));
    }
  });

  it('may say its length in any form, and another length than it has', () => {
    assert.equal(plain({ frame: 2, form: 16, payload: { hex: 'aa' } }), spaceless('82 7e 0001 aa'));
    assert.equal(plain({ frame: 2, form: 64, payload: { hex: 'aa' } }), spaceless('82 7f 0000000000000001 aa'));
    assert.equal(plain({ frame: 2, claims: '70000', payload: { hex: 'aa' } }), spaceless('82 7f 0000000000011170 aa'));
    assert.equal(masked({ frame: 2, claims: '18446744073709551615' }), spaceless('82 ff ffffffffffffffff 37fa213d'));
    assert.equal(plain({ frame: 2, claims: '9007199254740993' }), spaceless('82 7f 0020000000000001'));
    assert.equal(plain({ frame: 2, form: 7, claims: '127' }), spaceless('82 7f'), 'the longer form announced, and not there');
    for (const length of [0, 1, 125, 126, 127, 65_535, 65_536]) {
      const payload = new Uint8Array(length).fill(7);
      for (const mask of [false, true]) {
        const written = writeFrame({ frame: 2, payload: { repeat: '07', length } }, mask);
        assert.deepEqual(written, frame({ opcode: 2, payload, mask }), `${length} octets`);
      }
    }
  });

  it('that no frame has room for is refused, instead of spilling into the bits beside it', () => {
    assert.throws(() => plain({ frame: 2, form: 7, claims: '128' }), { name: 'RangeError', message: 'a length of 7 bits is wanted, found 128' });
    assert.throws(() => plain({ frame: 2, form: 16, claims: '65536' }), { name: 'RangeError', message: 'a length of 16 bits is wanted, found 65536' });
    assert.throws(() => plain({ frame: 2, claims: '18446744073709551616' }), RangeError);
    assert.throws(() => plain({ frame: 2, claims: '-1' }), RangeError);
    assert.throws(() => masked({ frame: 2, key: '0102' }), { name: 'RangeError', message: 'a masking key of 4 octets is wanted, found 2' });
    assert.throws(() => plain({ frame: 16 }), { name: 'RangeError', message: 'an opcode of 4 bits and RSV of 3 are wanted, found 16 and 0' });
    assert.throws(() => plain({ frame: 1, rsv: 8 }), RangeError);
  });
});

// ---- messages ---------------------------------------------------------------------------------------------------------------------

const framesOf = (messages: Messages, item: MessageItem): string[] => messages.write(item).map((octets) => toHex(octets));

describe('a message of the tester', () => {
  const messages = new Messages(false, null);

  it('is one frame, or frames of so many octets, of which the last is empty where nothing is left', () => {
    assert.deepEqual(framesOf(messages, { message: 'text', payload: { text: 'Hello' } }), ['810548656c6c6f']);
    assert.deepEqual(framesOf(messages, { message: 'binary', payload: { hex: '' } }), ['8200']);
    assert.deepEqual(framesOf(messages, { message: 'binary', payload: { hex: '' }, fragment: 2 }), ['8200']);
    assert.deepEqual(framesOf(messages, { message: 'text', payload: { text: 'Hello' }, fragment: 2 }), ['01024865', '00026c6c', '80016f']);
    assert.deepEqual(framesOf(messages, { message: 'binary', payload: { hex: '01020304' }, fragment: 2 }), ['02020102', '00020304', '8000']);
    assert.deepEqual(framesOf(messages, { message: 'binary', payload: { hex: '0102' }, fragment: 3 }), ['82020102']);
    assert.throws(() => messages.write({ message: 'binary', payload: { hex: '0102' }, fragment: 0 }), {
      name: 'RangeError', message: 'fragments of 1 octet or more are wanted, found 0',
    });
  });

  it('is one that the engine takes, masked by a client and not by a server, however it is cut', () => {
    for (const role of ['client', 'server'] as const) {
      const ofRole = new Messages(role === 'server', null);
      for (const fragment of [1, 2, 3, 4, 5, 6, 99, undefined]) {
        const written = concat(ofRole.write({ message: 'text', payload: { text: 'grüße' }, ...fragment !== undefined && { fragment } }));
        assert.deepEqual(transcript(role, [written]), ['text "grüße"'], `to a ${role}, ${fragment} octets each`);
      }
    }
  });

  it('is not compressed where nothing was agreed on, whatever the case wants', () => {
    assert.deepEqual(framesOf(messages, { message: 'text', payload: { text: 'aaaa' }, compressed: true }), ['810461616161']);
  });

  it('leaves the content as it was', () => {
    const content = hex('0102030405');
    new Messages(true, null).frames({ message: 'binary', fragment: 2 }, content);
    assert.equal(toHex(content), '0102030405');
  });
});

describe('a compressed message of the tester', () => {
  const PROSE: MessageItem = { message: 'text', payload: { corpus: 'prose', length: 3_000 }, compressed: true };

  function compressing(agreed: Partial<AgreedParameters>): Messages {
    const all = { serverNoContextTakeover: false, clientNoContextTakeover: false, serverMaxWindowBits: 15, clientMaxWindowBits: 15, ...agreed };
    const host = { allocate: (size: number): Uint8Array => new Uint8Array(size) };
    const { deflater } = createCodecs('client', all, compressionChoices('client', { clientMaxWindowBits: 15, threshold: 0 }), host);
    return new Messages(false, deflater);
  }

  /** The payload of frames, and what zlib makes of it behind a history (RFC 7692 §7.2.2). */
  function inflated(frames: readonly Uint8Array[], history: Uint8Array = new Uint8Array(0)): { readonly size: number; readonly content: Buffer } {
    const payload = concat(frames.map((octets) => octets.subarray((octets[1] as number) < 126 ? 2 : 4)));
    const dictionary = history.length > 0 ? { dictionary: history } : {};
    const content = inflateRawSync(concat([payload, hex('0000ffff')]), { finishFlush: constants.Z_SYNC_FLUSH, ...dictionary });
    return { size: payload.length, content };
  }

  it('has RSV1 on its first frame alone, and it is the compressed payload that is cut', () => {
    const frames = compressing({}).write({ ...PROSE, fragment: 100 });
    assert.deepEqual(frames.map(([first]) => first), [0x41, ...frames.slice(2).map(() => 0), 0x80]);
    assert.ok(frames.slice(0, -1).every(({ length }) => length === 102));
    assert.ok(inflated(frames).content.equals(octetsOf(PROSE.payload)));
  });

  it('refers to the one before where that was agreed on, and not where it was not', () => {
    const noise: MessageItem = { message: 'binary', payload: { corpus: 'noise', length: 3_000 }, compressed: true };
    const content = octetsOf(noise.payload);
    const taking = compressing({});
    const first = inflated(taking.write(noise));
    const second = inflated(taking.write(noise), content);
    assert.ok(second.content.equals(content));
    assert.ok(second.size * 10 < first.size, `${second.size} octets of what was ${first.size}`);
    const alone = compressing({ clientNoContextTakeover: true });
    assert.deepEqual(alone.write(noise), alone.write(noise));
  });

  it('that is empty is one octet (RFC 7692 §7.2.3.6)', () => {
    const messages = compressing({});
    const empty: MessageItem = { message: 'binary', payload: { hex: '' }, compressed: true };
    assert.deepEqual(framesOf(messages, empty), ['c20100']);
    assert.deepEqual(framesOf(messages, { ...empty, fragment: 1 }), ['420100', '8000']);
  });

  it('stands between others that are not', () => {
    const messages = compressing({});
    assert.deepEqual(framesOf(messages, { message: 'text', payload: { text: 'Hello' } }), ['810548656c6c6f']);
    assert.deepEqual(framesOf(messages, { message: 'text', payload: { text: 'Hello' }, compressed: true }), ['c107f248cdc9c90700'], 'RFC 7692 §7.2.3.1');
  });
});
