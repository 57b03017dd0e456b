import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { PayloadReader } from '../../../lib/core/protocol/payload-reader.ts';
import { portablePlatform } from '../../../lib/core/platform.ts';
import { FrameDecoder } from '../../../lib/core/wire/frame-decoder.ts';
import type { Role } from '../../../lib/core/wire/opcode.ts';
import { concat, hex, toHex, utf8 } from '../../support/bytes.ts';
import { chunkings, eachChunking } from '../../support/chunking.ts';
import { frame } from '../../support/frames.ts';
import { Random } from '../../support/random.ts';
import { examplePlatform } from '../../support/transcript.ts';

const TEXT = 0x1, BINARY = 0x2, CONTINUATION = 0x0;
const ROLES: readonly Role[] = ['client', 'server'];

interface Fragment {
  readonly opcode: number;
  readonly fin: boolean;
  readonly payload: Uint8Array | string;
}

function wire(role: Role, fragments: readonly Fragment[]): Uint8Array {
  return concat(...fragments.map((fragment) => frame({ ...fragment, mask: role === 'server' })));
}

function setUp(role: Role, maxMessageSize: number = Infinity): { readonly decoder: FrameDecoder; readonly reader: PayloadReader } {
  const decoder = new FrameDecoder(role, { maxFrameSize: Infinity, maxMessageSize, maxFragments: Infinity }, false);
  return { decoder, reader: new PayloadReader(examplePlatform(), decoder) };
}

/** The bytes of every message, by kind; `…` after what has not ended, and the violation with its offset. */
function read(role: Role, chunks: readonly Uint8Array[]): string[] {
  const { decoder, reader } = setUp(role);
  const lines: string[] = [];
  let bytes = '';
  for (const chunk of chunks) {
    decoder.load(chunk);
    while (decoder.next()) {
      const violation = reader.read(chunk);
      assert.equal(reader.bytes, chunk);
      assert.equal(reader.remaining, decoder.remaining);
      assert.equal(reader.first, bytes === '', 'first until there was a byte');
      assert.ok(!reader.ascii || chunk.slice(reader.start, reader.end).every((byte) => byte < 0x80), 'ascii is true');
      bytes += toHex(chunk, reader.start, reader.end);
      assert.equal(reader.unfinished, !reader.last);
      assert.equal(reader.worthTelling, reader.end > reader.start || reader.last);
      if (violation !== null) return [...lines, `${reader.kind} ${bytes}… ${violation.name} @${decoder.position - decoder.end + reader.end}`];
      if (!reader.last) continue;
      lines.push(`${reader.kind} ${bytes}`);
      bytes = '';
    }
    decoder.unload();
    reader.release();
    assert.equal(reader.bytes.length, 0, 'the chunk is let go');
  }
  return bytes === '' ? lines : [...lines, `${reader.kind} ${bytes}…`];
}

function reads(fragments: readonly Fragment[], lines: readonly string[]): void {
  for (const role of ROLES) {
    eachChunking(wire(role, fragments), (chunks) => assert.deepEqual(read(role, chunks), lines));
  }
}

describe('the payload of data frames', () => {
  it('is unmasked, piece by piece, and the pieces of a message follow one another', () => {
    reads([
      { opcode: TEXT, fin: false, payload: 'Hel' }, { opcode: CONTINUATION, fin: true, payload: 'lo' },
      { opcode: BINARY, fin: true, payload: hex('00ff80') },
    ], ['text 48656c6c6f', 'binary 00ff80']);
  });

  it('is whole at every length at which masking and checking change their way', () => {
    for (const length of [1, 4, 31, 32, 33, 79, 80, 81, 127, 128, 129, 319, 320, 321, 1000]) {
      const binary = new Random(length).bytes(length);
      reads([{ opcode: BINARY, fin: true, payload: binary }], [`binary ${toHex(binary)}`]);
      for (const character of ['a', 'é', '€', '😀']) {
        const text = utf8(character.repeat(Math.ceil(length / 4)));
        reads([{ opcode: TEXT, fin: true, payload: text }], [`text ${toHex(text)}`]);
      }
    }
  });

  it('of a message without a byte is told once, with its end', () => {
    const { decoder, reader } = setUp('client');
    const chunk = wire('client', [
      { opcode: TEXT, fin: false, payload: '' }, { opcode: CONTINUATION, fin: false, payload: '' },
        { opcode: CONTINUATION, fin: true, payload: '' },
    ]);
    const told: boolean[] = [];
    decoder.load(chunk);
    while (decoder.next()) {
      assert.equal(reader.read(chunk), null);
      if (reader.worthTelling) told.push(reader.first && reader.last && reader.start === reader.end);
    }
    assert.deepEqual(told, [true]);
  });

  it('is first where the first byte is, behind empty fragments too, and only there', () => {
    reads([
      { opcode: TEXT, fin: false, payload: '' }, { opcode: CONTINUATION, fin: false, payload: 'a' },
      { opcode: CONTINUATION, fin: false, payload: '' }, { opcode: CONTINUATION, fin: true, payload: '' },
      { opcode: BINARY, fin: false, payload: '' }, { opcode: CONTINUATION, fin: true, payload: 'b' },
    ], ['text 61', 'binary 62']);
  });

  it('says how much room its message has', () => {
    const { decoder, reader } = setUp('client', 10);
    const chunk = wire('client', [{ opcode: BINARY, fin: false, payload: 'abc' }, { opcode: CONTINUATION, fin: true, payload: 'defg' }]);
    const rooms: number[] = [];
    for (const part of [chunk.slice(0, 4), chunk.slice(4, 9), chunk.slice(9)]) {
      decoder.load(part);
      while (decoder.next()) {
        reader.read(part);
        rooms.push(reader.room);
      }
      decoder.unload();
    }
    assert.deepEqual(rooms, [8, 7, 5, 3]);
  });
});

describe('ascii', () => {
  const asciiOf = (role: Role, payload: Uint8Array | string): boolean => {
    const { decoder, reader } = setUp(role);
    const chunk = wire(role, [{ opcode: TEXT, fin: true, payload }]);
    decoder.load(chunk);
    assert.ok(decoder.next());
    reader.read(chunk);
    return reader.ascii;
  };

  it('is known of short text, and of masked text up to the length at which nobody looks', () => {
    for (const [role, longest] of [['client', 128], ['server', 319]] as const) {
      for (const length of [0, 1, 79, 80, longest]) assert.equal(asciiOf(role, 'x'.repeat(length)), true, `${role} ${length}`);
      assert.equal(asciiOf(role, 'x'.repeat(longest + 1)), false);
    }
  });

  it('is never said of text that is not', () => {
    for (const role of ROLES) {
      for (const length of [0, 1, 50, 90, 120]) {
        assert.equal(asciiOf(role, `${'x'.repeat(length)}é`), false);
        assert.equal(asciiOf(role, `é${'x'.repeat(length)}`), false);
      }
    }
  });
});

describe('the text of data frames', () => {
  it('is cut before the byte that makes it impossible, the same byte at every chunking', () => {
    for (const role of ROLES) {
      const input = wire(role, [{ opcode: TEXT, fin: true, payload: hex('61 e282 41 62') }]);
      eachChunking(input, (chunks) => assert.deepEqual(read(role, chunks), [`text 61e282… TEXT_NOT_UTF8 @${input.length - 2}`]));
    }
  });

  it('goes on across fragments, inside a character too', () => {
    reads([
      { opcode: TEXT, fin: false, payload: hex('e2') }, { opcode: CONTINUATION, fin: false, payload: hex('82') },
      { opcode: CONTINUATION, fin: true, payload: hex('ac 61') },
    ], ['text e282ac61']);
  });

  it('must not end inside a character, nor go on with ASCII inside one', () => {
    for (const [payload, next, good] of [['e282', '', 'e282'], ['61 f09f98', '61', '61f09f98']] as const) {
      for (const role of ROLES) {
        const input = wire(role,
          [{ opcode: TEXT, fin: false, payload: hex(payload) }, { opcode: CONTINUATION, fin: true, payload: hex(next) }]);
        const at = input.length - hex(next).length;
        eachChunking(input, (chunks) => assert.deepEqual(read(role, chunks), [`text ${good}… TEXT_NOT_UTF8 @${at}`]));
      }
    }
  });

  it('is not checked in a binary message, and text after one is', () => {
    reads([{ opcode: BINARY, fin: true, payload: hex('c080') }, { opcode: TEXT, fin: true, payload: 'ok' }], ['binary c080', 'text 6f6b']);
  });

  it('is given to a platform that needs its own object', () => {
    class Host {
      asked = 0;
      isUtf8(): boolean {
        this.asked++;
        return true;
      }
    }
    const host = new Host();
    const decoder = new FrameDecoder('client', { maxFrameSize: Infinity, maxMessageSize: Infinity, maxFragments: Infinity }, false);
    const platform = Object.assign(Object.create(host), portablePlatform({ random: () => {} }),
      { isUtf8: Host.prototype.isUtf8, asked: 0 });
    const reader = new PayloadReader(platform, decoder);
    const chunk = frame({ opcode: TEXT, payload: utf8('é'.repeat(200)) });
    decoder.load(chunk);
    assert.ok(decoder.next());
    assert.equal(reader.read(chunk), null);
    assert.equal(platform.asked, 1);
  });

  it('that is wrong somewhere is delivered up to there, whatever comes before and however it is cut', () => {
    const random = new Random(6455);
    for (let round = 0; round < 40; round++) {
      const good = utf8('aé€😀'.repeat(random.below(40)));
      const bad = random.pick([hex('ff'), hex('c0'), hex('80'), hex('e080'), hex('eda0'), hex('f48fbf61')]);
      const cut = random.below(good.length + 1);
      const role = random.pick(ROLES);
      const input = wire(role, [
        { opcode: TEXT, fin: false, payload: good.slice(0, cut) },
        { opcode: CONTINUATION, fin: true, payload: concat(good.slice(cut), bad, utf8('tail')) },
      ]);
      let expected: readonly string[] | null = null;
      for (const { name, chunks } of chunkings(input, round)) {
        const lines = read(role, chunks);
        expected ??= lines;
        assert.deepEqual(lines, expected, name);
        assert.match(lines[0] as string, new RegExp(`^text ${toHex(good)}[^ ]*… TEXT_NOT_UTF8`));
      }
    }
  });
});
