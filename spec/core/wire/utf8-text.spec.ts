import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { decodeUtf8, encodeUtf8, encodeUtf8Into, isUtf8, utf8Length } from '../../../lib/core/wire/utf8-text.ts';
import { concat, hex, toHex, utf8 } from '../../support/bytes.ts';
import { readJson } from '../../support/project.ts';
import { Random } from '../../support/random.ts';

interface Vectors {
  readonly utf8: { readonly cases: readonly { hex: string; valid: boolean }[] };
}

const host = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const decode = (bytes: Uint8Array): string => decodeUtf8(bytes, 0, bytes.length);

/** Every string of up to three of these: each kind of character beside each, halves of surrogate pairs among them. */
function* mixtures(): Generator<string> {
  const alphabet = ['', 'a', '\x7f', 'é', '€', '\ud800', '\udbff', '\udc00', '\udfff'];
  for (const a of alphabet) for (const b of alphabet) for (const c of alphabet) yield a + b + c;
}

describe('UTF-8 and strings (RFC 3629)', () => {
  it('RFC 3629 §3: every Unicode scalar value is encoded and decoded as the host does', () => {
    const BLOCK = 0x800;
    for (let first = 0; first < 0x110000; first += BLOCK) {
      if (first === 0xd800) continue; // the surrogates are no scalar values
      const text = String.fromCodePoint(...Array.from({ length: BLOCK }, (_, i) => first + i));
      const bytes = utf8(text);
      assert.equal(Buffer.compare(encodeUtf8(text), bytes), 0, `U+${first.toString(16)}…`);
      assert.ok(decode(bytes) === text, `U+${first.toString(16)}…`);
      assert.equal(utf8Length(text), bytes.length);
    }
  });

  it('RFC 3629 §3: surrogates are not encoded; an unpaired one is written as U+FFFD [3629-3-1]', () => {
    for (let unit = 0xd800; unit <= 0xdfff; unit++) assert.equal(toHex(encodeUtf8(String.fromCharCode(unit))), 'efbfbd');
    for (const text of mixtures()) {
      const bytes = encodeUtf8(text);
      assert.equal(toHex(bytes), toHex(utf8(text)), JSON.stringify(text));
      assert.equal(utf8Length(text), bytes.length, JSON.stringify(text));
      assert.equal(decode(bytes), host.decode(bytes), JSON.stringify(text));
      assert.ok(isUtf8(bytes, 0, bytes.length));
    }
  });

  it('RFC 3629 §6: a byte order mark is data and is kept, at the start and elsewhere [3629-6-1]', () => {
    assert.equal(decode(hex('efbbbf 61 efbbbf')), '\uFEFFa\uFEFF');
    assert.equal(toHex(encodeUtf8('\uFEFFa')), 'efbbbf61');
  });

  it('RFC 3629 §3: the first and the last character of each length, each beside each', () => {
    const edges = [0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff];
    for (const a of edges) {
      for (const b of edges) {
        const text = String.fromCodePoint(a, b);
        assert.equal(toHex(encodeUtf8(text)), toHex(utf8(text)));
        assert.equal(utf8Length(text), utf8(text).length);
        assert.equal(decode(utf8(text)), text);
      }
    }
  });

  it('long texts come whole out of however many pieces they are made of', () => {
    for (const character of ['a', 'é', '€', '😀']) {
      for (const length of [2046, 2047, 2048, 2049, 2050, 4096, 10_000]) {
        for (const lead of ['', 'x']) {
          const text = lead + character.repeat(length);
          const bytes = utf8(text);
          assert.ok(decode(bytes) === text, `${character} ${length}`);
          assert.equal(Buffer.compare(encodeUtf8(text), bytes), 0, `${character} ${length}`);
        }
      }
    }
  });

  it('random texts of any length go out and back', () => {
    const random = new Random(16);
    for (let round = 0; round < 200; round++) {
      const points = Array.from({ length: random.below(200) }, () => random.below(random.pick([0x80, 0x800, 0xd800, 0x110000])));
      const text = points.map((point) => String.fromCodePoint(point)).join('');
      assert.equal(toHex(encodeUtf8(text)), toHex(utf8(text)), `round ${round}`);
      const bytes = utf8(text);
      assert.equal(decode(bytes), host.decode(bytes), `round ${round}`);
    }
  });

  it('reads and writes only the range it is given', () => {
    const bytes = concat(hex('ff'), utf8('a€'), hex('ff'));
    assert.equal(decodeUtf8(bytes, 1, 5), 'a€');
    assert.equal(decodeUtf8(bytes, 3, 3), '');
    assert.equal(isUtf8(bytes, 1, 5), true);
    assert.equal(isUtf8(bytes, 0, 5), false);
    assert.equal(isUtf8(bytes, 1, 4), false, 'the character under way is missing its last byte');
    assert.equal(isUtf8(bytes, 3, 3), true);

    const target = new Uint8Array(12).fill(0xee);
    assert.equal(encodeUtf8Into('é😀', target, 2), 6);
    assert.equal(toHex(target), 'eeeec3a9f09f9880eeeeeeee');
    assert.equal(encodeUtf8Into('', target, 12), 0);
  });

  it('three bytes a code unit are room enough for any text', () => {
    for (const text of mixtures()) assert.ok(utf8Length(text) <= 3 * text.length, JSON.stringify(text));
  });

  it('RFC 3629 §4: the whole of a text is judged as the vectors say', () => {
    const { cases } = readJson<Vectors>('spec/vectors/vectors.json').utf8;
    assert.equal(cases.length, 75);
    for (const { hex: digits, valid } of cases) {
      const bytes = hex(digits);
      assert.equal(isUtf8(bytes, 0, bytes.length), valid, digits);
      if (valid) assert.equal(decode(bytes), host.decode(bytes), digits);
    }
  });

  it('an array it returns is the caller’s and holds nothing else', () => {
    const bytes = encodeUtf8('a€');
    assert.equal(bytes.byteOffset, 0);
    assert.equal(bytes.buffer.byteLength, 4);
    assert.notEqual(bytes.buffer, encodeUtf8('a€').buffer);
  });
});
