import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Utf8Validator } from '../../../lib/core/wire/utf8.ts';
import type { WholeCheck } from '../../../lib/core/wire/utf8.ts';
import { concat, hex, toHex, utf8 } from '../../support/bytes.ts';
import { chunkings, eachChunking } from '../../support/chunking.ts';
import { readJson } from '../../support/project.ts';
import { Random } from '../../support/random.ts';

interface Vectors {
  readonly utf8: { readonly cases: readonly { hex: string; valid: boolean; failAt: number | null; truncated: boolean; why: string }[] };
}

const { cases } = readJson<Vectors>('spec/vectors/vectors.json').utf8;
const fatal = new TextDecoder('utf-8', { fatal: true });

/** The host's word on a whole. */
function isValid(bytes: Uint8Array): boolean {
  try {
    fatal.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

const hostCheck: WholeCheck = (bytes, start, end) => isValid(bytes.subarray(start, end));
/** With no help, with a host’s, and with a host’s that is never sure: the answer must be the same. */
const HELP: readonly (readonly [name: string, check: WholeCheck | null])[] = [
  ['alone', null],
  ['with a host’s check', hostCheck],
  ['with a check that refuses everything', () => false],
];

/** Writes the chunks in turn; `failAt` is the index in the whole of the first byte that was refused. */
function validate(chunks: readonly Uint8Array[], check: WholeCheck | null = null): { failAt: number | null; atBoundary: boolean } {
  const validator = new Utf8Validator(check);
  let before = 0;
  for (const chunk of chunks) {
    const at = validator.write(chunk, 0, chunk.length);
    if (at < chunk.length) return { failAt: before + at, atBoundary: false };
    before += chunk.length;
  }
  return { failAt: null, atBoundary: validator.atBoundary };
}

/** Whatever can be completed at all is completed by one of these, given RFC 3629 §4’s grammar. */
const COMPLETIONS = ['', '80', '8080', '808080', 'a080', '908080'].map(hex);

/** By the definition: the first byte with which no completion makes a valid text. */
function expectedFailAt(bytes: Uint8Array): number | null {
  for (let length = 1; length <= bytes.length; length++) {
    const prefix = bytes.subarray(0, length);
    if (!COMPLETIONS.some((rest) => isValid(concat(prefix, rest)))) return length - 1;
  }
  return null;
}

/** Strings in which characters of 1 to 4 bytes stand in every neighbourhood, long enough for the host to be asked. */
const LONG = 'x€é😀y\u0800\u{10000}'.repeat(12);

describe('the UTF-8 validator (§8.1, RFC 3629)', () => {
  for (const { hex: digits, valid, failAt, truncated, why } of cases) {
    const bytes = hex(digits);
    it(`${digits === '' ? 'nothing' : digits}: ${valid ? 'valid' : `refused at ${failAt}`}, ${why}, at every chunking, whatever stands before it`, () => {
      for (const [name, check] of HELP) {
        for (const prefix of ['', 'x'.repeat(40), '€'.repeat(11), '😀'.repeat(9)].map(utf8)) {
          eachChunking(concat(prefix, bytes), (chunks) => {
            const expected = valid ? { failAt: null, atBoundary: true }
              : truncated ? { failAt: null, atBoundary: false }
              : { failAt: prefix.length + (failAt as number), atBoundary: false }; // refused: the vector says where
            assert.deepEqual(validate(chunks, check), expected, name);
          });
        }
      }
    });
  }

  it('§5.6: a text that ends inside a character is not at a boundary, and is refused with the next byte if that is not a trail byte', () => {
    for (const { hex: digits, failAt } of cases.filter(({ truncated }) => truncated)) {
      eachChunking(concat(hex(digits), utf8('a'.repeat(40))), (chunks) => {
        assert.equal(validate(chunks, hostCheck).failAt, failAt, digits);
      });
    }
  });

  it('RFC 3629 §4: agrees with the host on every text of one and two bytes, and refuses at the first byte beyond repair [3629-4-1] [3629-3-2] [6455-8.1-4]', () => {
    for (let b0 = 0; b0 < 256; b0++) {
      const one = Uint8Array.of(b0);
      assert.deepEqual(validate([one]).failAt, expectedFailAt(one), toHex(one));
      const leadFails = expectedFailAt(one) === 0;
      for (let b1 = 0; b1 < 256; b1++) {
        const two = Uint8Array.of(b0, b1);
        const { failAt, atBoundary } = validate([two]);
        assert.equal(failAt === null && atBoundary, isValid(two), toHex(two));
        if (leadFails) assert.equal(failAt, 0, toHex(two));
        else assert.notEqual(failAt, 0, toHex(two));
      }
    }
  });

  it('RFC 3629 §3: agrees with the host on texts of three and four bytes around every edge of the grammar: surrogates, overlong forms, U+10FFFF [3629-3-1] [3629-3-3]', () => {
    const leads = [0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5];
    const trails = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];
    const check = (bytes: Uint8Array): void => {
      const { failAt, atBoundary } = validate([bytes]);
      assert.equal(failAt === null && atBoundary, isValid(bytes), toHex(bytes));
    };
    for (const b0 of leads) {
      for (const b1 of trails) {
        for (const b2 of trails) {
          check(Uint8Array.of(b0, b1, b2));
          for (const b3 of trails) check(Uint8Array.of(b0, b1, b2, b3));
        }
        const two = Uint8Array.of(b0, b1);
        assert.equal(validate([two]).failAt, expectedFailAt(two), toHex(two));
      }
    }
  });

  it('agrees with the host on random texts, whole or with a byte changed, at every chunking', () => {
    const random = new Random(3629);
    const alphabet = ['a', 'z', '\0', '\x7f', 'é', '߿', 'ࠀ', '€', '퟿', '\uFEFF', '\uFFFF', '😀', '\u{10FFFF}'];
    for (let round = 0; round < 150; round++) {
      const bytes = utf8(Array.from({ length: random.below(40) }, () => random.pick(alphabet)).join(''));
      if (bytes.length > 0 && !random.oneIn(4)) bytes[random.below(bytes.length)] = random.next() & 0xff;
      const failAt = expectedFailAt(bytes);
      const expected = { failAt, atBoundary: isValid(bytes) };
      for (const [help, check] of HELP) {
        for (const { name, chunks } of chunkings(bytes, round)) {
          assert.deepEqual(validate(chunks, check), expected, `${toHex(bytes)}, round ${round}, ${help}, ${name}`);
        }
      }
    }
  });

  it('writes only the range it is given', () => {
    const bytes = concat(hex('ff80'), utf8('€'), hex('ff'));
    const validator = new Utf8Validator();
    assert.equal(validator.write(bytes, 2, 5), 5);
    assert.equal(validator.atBoundary, true);
    assert.equal(validator.write(bytes, 3, 3), 3, 'an empty range says nothing');
    assert.equal(validator.write(bytes, 4, 6), 4, 'and the index it returns is one of the array');
  });

  it('forgets on reset: what stood before, half a character or a refusal, no longer counts', () => {
    for (const before of ['e0', 'ed', 'f0', 'f4', 'f09f98', 'ff', 'e080']) {
      const validator = new Utf8Validator();
      const bytes = hex(before);
      validator.write(bytes, 0, bytes.length);
      validator.reset();
      assert.equal(validator.atBoundary, true, before);
      assert.equal(validator.write(hex('80'), 0, 1), 0, `${before}: a trail byte continues nothing`);
      validator.reset();
      assert.equal(validator.write(hex('e18080 e1bfbf'), 0, 6), 6, `${before}: every trail byte is allowed again`);
      assert.equal(validator.atBoundary, true, before);
      for (const other of ['e17f', 'e1c0']) {
        validator.write(hex(before), 0, before.length / 2);
        validator.reset();
        assert.equal(validator.write(hex(other), 0, 2), 1, `${before}: and no other byte`);
        validator.reset();
      }
    }
  });
});

describe('a copy of the validator', () => {
  it('stands where the original stands, and goes its own way from there', () => {
    for (const { hex: digits, valid, failAt } of cases) {
      const bytes = concat(hex(digits), utf8('x'));
      for (let cut = 0; cut <= (failAt ?? hex(digits).length); cut++) {
        const original = new Utf8Validator();
        original.write(bytes, 0, cut);
        const copy = original.copy();
        assert.equal(copy.atBoundary, original.atBoundary);
        const expected = valid ? bytes.length : failAt;
        assert.equal(copy.write(bytes, cut, bytes.length), expected, `${digits} copied at ${cut}`);
        assert.equal(original.write(bytes, cut, bytes.length), expected, `${digits}: the original after its copy at ${cut}`);
      }
    }
  });

  it('asks the same host', () => {
    let asked = 0;
    const copy = new Utf8Validator(() => ++asked > 0).copy();
    assert.equal(copy.write(utf8('x'.repeat(40)), 0, 40), 40);
    assert.equal(asked, 1);
  });
});

describe('the host’s check', () => {
  it('is asked about whole characters only, wherever the text is cut', () => {
    const bytes = utf8(LONG);
    for (let cut = 0; cut <= bytes.length; cut++) {
      let asked = 0;
      const check: WholeCheck = (range, start, end) => {
        asked++;
        assert.ok(start >= 0 && start < end && end <= range.length);
        const valid = hostCheck(range, start, end);
        assert.ok(valid, `cut at ${cut}: what is asked is whole`);
        return valid;
      };
      assert.deepEqual(validate([bytes.slice(0, cut), bytes.slice(cut)], check), { failAt: null, atBoundary: true });
      assert.ok(asked > 0);
    }
  });

  it('is asked from 32 bytes on; below, the loop is faster', () => {
    for (const [length, expected] of [[31, 0], [32, 1]] as const) {
      let asked = 0;
      const validator = new Utf8Validator(() => ++asked > 0);
      assert.equal(validator.write(utf8('x'.repeat(length)), 0, length), length);
      assert.equal(asked, expected, `${length} bytes`);
    }
  });

  it('is believed when it says yes, and only what stands after its range is looked at', () => {
    let ranges: (readonly [number, number])[] = [];
    const validator = new Utf8Validator((_, start, end) => {
      ranges = [...ranges, [start, end]];
      return true;
    });
    const bytes = concat(hex('82ac'), utf8('y'.repeat(40)), hex('e282'));
    assert.equal(validator.write(hex('e2'), 0, 1), 1);
    assert.equal(validator.write(bytes, 0, bytes.length), bytes.length);
    assert.deepEqual(ranges, [[2, 42]]);
    assert.equal(validator.atBoundary, false);
    assert.equal(validator.write(hex('ac'), 0, 1), 1);
    assert.equal(validator.atBoundary, true);
  });

  it('does not hide an error from the loop: the index is the same with every kind of tail', () => {
    const tails = ['ff', 'c0', '80', '8080', '808080', '80808080', 'e2ff', 'e28280', 'e2828080', 'f09f9880', 'f09f988080', 'f0808080'];
    for (const tail of [...tails, 'f5808080', '61808080']) {
      for (const lead of ['x'.repeat(40), '€'.repeat(12)].map(utf8)) {
        const bytes = concat(lead, hex(tail));
        assert.equal(validate([bytes], hostCheck).failAt, expectedFailAt(bytes), tail);
      }
    }
  });
});
