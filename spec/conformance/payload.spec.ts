// Octets as a case describes them, the content that is generated, and how octets are cut into writes.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';

import type { CorpusName, Payload, Split } from '../../lib/conformance/case.ts';
import { CORPUS_SIZE } from '../../lib/conformance/corpus.ts';
import { concat, cut } from '../../lib/conformance/tester/octets.ts';
import { equal, fromHex, lengthOf, octetsOf, toHex } from '../../lib/conformance/payload.ts';
import { isUtf8 } from '../../lib/core/wire/utf8-text.ts';
import { Random } from '../support/random.ts';

const DESCRIBED: readonly (readonly [Payload, string])[] = [
  [{ hex: '' }, ''],
  [{ hex: '00ff7F' }, '00ff7f'],
  [{ text: '' }, ''],
  [{ text: 'aé€😀' }, '61c3a9e282acf09f9880'],
  [{ text: '\ud800' }, 'efbfbd'],
  [{ repeat: 'ab', length: 0 }, ''],
  [{ repeat: '', length: 0 }, ''],
  [{ repeat: 'ab', length: 5 }, 'ababababab'],
  [{ repeat: '010203', length: 8 }, '0102030102030102'],
  [{ repeat: '010203', length: 2 }, '0102'],
  [{ corpus: 'json', length: 6 }, '7b226964223a'],
  [{ corpus: 'json', length: 4, from: 2 }, '6964223a'],
  [{ parts: [] }, ''],
  [{ parts: [{ hex: '03e8' }, { text: 'by' }, { parts: [{ repeat: '00', length: 2 }] }] }, '03e862790000'],
];

describe('a payload', () => {
  it('is what its description says, and as long as it says', () => {
    for (const [payload, digits] of DESCRIBED) {
      assert.equal(toHex(octetsOf(payload)), digits, JSON.stringify(payload));
      assert.equal(lengthOf(payload), digits.length / 2, JSON.stringify(payload));
    }
  });

  it('repeats any pattern to any length', () => {
    for (const size of [1, 2, 3, 4, 5, 7, 16]) {
      const pattern = Uint8Array.from({ length: size }, (_, i) => i + 1);
      for (const length of [1, size - 1, size, size + 1, 2 * size, 100, 1_000]) {
        const octets = octetsOf({ repeat: toHex(pattern), length });
        assert.deepEqual(octets, Uint8Array.from({ length }, (_, i) => (i % size) + 1));
      }
    }
  });

  it('is a new array each time: whoever gets it may change it', () => {
    for (const [payload] of DESCRIBED) {
      const before = toHex(octetsOf(payload));
      octetsOf(payload).fill(0xee);
      assert.equal(toHex(octetsOf(payload)), before);
    }
  });

  it('that nobody can make is refused in words, instead of being made another', () => {
    for (const digits of ['a', 'abc', 'zz', '1g', ' 1', '+1', '0x', '-1']) {
      assert.throws(() => fromHex(digits), { name: 'TypeError', message: `pairs of hex digits are wanted, found "${digits}"` });
    }
    assert.throws(() => octetsOf({ repeat: '', length: 3 }), { name: 'RangeError', message: 'something to repeat is wanted for 3 octets, found nothing' });
  });
});

describe('octets', () => {
  it('are equal when they are as many and the same', () => {
    assert.equal(equal(fromHex(''), fromHex('')), true);
    assert.equal(equal(fromHex('0102'), fromHex('0102')), true);
    assert.equal(equal(fromHex('0102'), fromHex('010203')), false);
    assert.equal(equal(fromHex('0102'), fromHex('0103')), false);
  });

  it('are told in hex, all or some of them', () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    assert.equal(toHex(all), Buffer.from(all).toString('hex'));
    assert.equal(toHex(all, 14, 18), '0e0f1011');
  });

  it('are put together as they come; one part alone is not copied', () => {
    assert.equal(toHex(concat([fromHex('01'), fromHex(''), fromHex('0203')])), '010203');
    const only = fromHex('0102');
    assert.equal(concat([only]), only);
    assert.equal(concat([]).length, 0);
  });
});

describe('a split', () => {
  const cutAs = (digits: string, split: Exclude<Split, 'items'>): string => [...cut(fromHex(digits), split)].map((piece) => toHex(piece)).join(' ');

  it('is one write, pieces of so many octets, or cuts at offsets', () => {
    assert.equal(cutAs('0102030405', 'together'), '0102030405');
    assert.equal(cutAs('0102030405', 1), '01 02 03 04 05');
    assert.equal(cutAs('0102030405', 2), '0102 0304 05');
    assert.equal(cutAs('0102030405', 9), '0102030405');
    assert.equal(cutAs('0102030405', [1, 3]), '01 0203 0405');
  });

  it('never makes an empty write, and never writes an octet twice', () => {
    assert.equal(cutAs('', 'together'), '');
    assert.equal(cutAs('', 3), '');
    assert.equal(cutAs('0102', [0, 2]), '0102');
    assert.equal(cutAs('0102', [1, 1, 7]), '01 02');
    assert.equal(cutAs('0102030405', [4, 2, 3]), '01020304 05');
    const random = new Random(7);
    for (let round = 0; round < 200; round++) {
      const octets = random.bytes(random.below(20));
      const pieces = [...cut(octets, Array.from({ length: random.below(6) }, () => random.below(24)))];
      assert.deepEqual(concat(pieces), concat([octets]));
      assert.ok(pieces.every(({ length }) => length > 0));
    }
  });

  it('into nothing has no end, and is refused', () => {
    for (const size of [0, -1, NaN]) {
      assert.throws(() => cutAs('0102', size), { name: 'RangeError', message: `pieces of 1 octet or more are wanted, found ${size}` });
    }
  });
});

// ---- the corpora, a second time: with whole numbers of any size, from what docs/conformance-cases.md says ------------------------------

const NOUNS = ('anchor bollard cable current deck fender harbour hawser keel lantern mast mooring pilot quay rudder sail tide warp winch yard').split(' ');
const VERBS = 'belays carries clears follows holds leaves meets passes slackens takes turns veers'.split(' ');
const JOINS = 'and before beyond near under until where while'.split(' ');

function drawing(seed: number): (below: number) => number {
  let x = BigInt(seed);
  return (below) => {
    x = (1664525n * x + 1013904223n) % (1n << 32n);
    return Number((x * BigInt(below)) >> 32n);
  };
}

function written(seed: number, line: (draw: (below: number) => number, row: number) => string): Buffer {
  const draw = drawing(seed);
  let text = '';
  for (let row = 0; text.length < 262_144; row++) text += line(draw, row);
  return Buffer.from(text.slice(0, 262_144));
}

function second(name: CorpusName): Buffer {
  if (name === 'json') {
    return written(1, (draw, row) => {
      const vessel = `${NOUNS[draw(20)]}-${draw(500)}`;
      const berth = draw(40);
      const draught = `${draw(12)}.${draw(100)}`;
      const tags = `"${VERBS[draw(12)]}","${JOINS[draw(8)]}"`;
      return `{"id":${row},"vessel":"${vessel}","berth":${berth},"draught":${draught},"tags":[${tags}],"open":${draw(2) === 0}},\n`;
    });
  }
  if (name === 'prose') {
    return written(2, (draw) => {
      const words = [NOUNS[draw(20)], VERBS[draw(12)], 'the', NOUNS[draw(20)], JOINS[draw(8)], 'the', NOUNS[draw(20)], VERBS[draw(12)]];
      return `The ${words.join(' ')}. `;
    });
  }
  if (name === 'markup') {
    return written(5, (draw, row) => {
      const kind = NOUNS[draw(20)];
      const path = `${VERBS[draw(12)]}/${draw(10_000)}`;
      return `<li id="row-${row}" class="${kind}"><a href="/${path}">${NOUNS[draw(20)]}</a></li>\n`;
    });
  }
  const draw = drawing(name === 'image' ? 3 : 4);
  return Buffer.from(Array.from({ length: 262_144 }, (_, i) => (
    name === 'noise' ? draw(256) : (Math.floor(i / 2048) + Math.floor((i % 512) / 4) + draw(3)) % 256
  )));
}

const CORPORA: readonly (readonly [CorpusName, sha256: string])[] = [
  ['json', '540348ce60a50f5d3dbe3727874bd6a870910a9a264f1e53c12c549189745d07'],
  ['prose', 'e316c11ba491268c248a797340e18f011cf6432a39749eff45dc190c1d02c53b'],
  ['markup', 'a096079e3073624078b6ed60c3f4456081e132afd6b220efefaeae8c2a137d5d'],
  ['image', 'f2260211034ab65eb8e59e1057bbeba2ee908c5e2da9b99fd4af3df123ebe651'],
  ['noise', '350fedf79bf4aed9529933eb22fbec88f2df192061873b8a3fed23cc2f074c41'],
];

describe('a corpus', () => {
  it('has 256 KiB, the same for ever and everywhere, as the page about cases says', () => {
    assert.equal(CORPUS_SIZE, 262_144);
    for (const [corpus, sha256] of CORPORA) {
      const octets = octetsOf({ corpus, length: CORPUS_SIZE });
      assert.ok(second(corpus).equals(octets), `${corpus} differs from what the page says`);
      assert.equal(createHash('sha256').update(octets).digest('hex'), sha256, corpus);
    }
  });

  it('repeats itself behind its end, wherever a stretch begins', () => {
    for (const [corpus] of CORPORA) {
      const whole = octetsOf({ corpus, length: CORPUS_SIZE });
      for (const [from, length] of [[0, 10], [CORPUS_SIZE - 3, 8], [CORPUS_SIZE + 5, 4], [7 * CORPUS_SIZE - 1, 2 * CORPUS_SIZE + 2]] as const) {
        const stretch = octetsOf({ corpus, from, length });
        assert.ok(stretch.every((octet, i) => octet === whole[(from + i) % CORPUS_SIZE]), `${corpus} from ${from}`);
      }
    }
  });

  it('of words is ASCII, so that every stretch is a text; the other two are none', () => {
    for (const [corpus] of CORPORA) {
      const octets = octetsOf({ corpus, length: CORPUS_SIZE });
      const isText = corpus !== 'image' && corpus !== 'noise';
      assert.equal(octets.every((octet) => octet < 0x80), isText, corpus);
      assert.equal(isUtf8(octets, 0, octets.length), isText, corpus);
    }
  });
});
