// §5.6 and §8.1, text is UTF-8 (RFC 3629): what is valid comes back, however it is cut; what is not fails the connection with 1007, best at
// the first octet that shows it.

import { decodeUtf8 } from '../../core/wire/utf8-text.ts';
import type { Case, Item, Payload } from '../case.ts';
import { fromHex } from '../payload.ts';
import {
  FAILS, answered, continuation, define, ended, fails, hex, message, nonStrict, ping, sawPong, sawText, sends, text,
} from '../write.ts';

const OPEN = { fin: false };
const COMES_BACK = 'The text comes back as it is, and the closing handshake is clean.';
const IS_REFUSED = 'The text is not delivered, and the subject itself fails the connection with 1007.';
const VALID = ['6455-5.6-2', '6455-6.2-3'];
const INVALID = ['6455-5.6-2', '6455-8.1-1', '6455-7.4.1-6'];

/** κόσμε, with an accent of two and of three octets: the word that most tests of UTF-8 begin with. */
const WORD = 'cebae1bdb9cf83cebcceb5';
/** U+D800, a surrogate, as if it were a character. */
const SURROGATE = 'eda080';
/** What would be U+110000, one more than the last code point. */
const BEYOND = 'f4908080';
const TAIL = '656469746564';
/** 29 octets in characters of one, two, three and four. */
const [LEFT, RIGHT] = ['Größe, 12 €', 'ναῦς 🪢'];

// ---- texts and fragments --------------------------------------------------------------------------------------------------------------

/** A text that is valid in one frame and in fragments, cut at characters or inside them. */
function comesBack(
  id: string, alias: string, does: string, requirements: readonly string[], content: Payload | string, ...items: readonly Item[]
): Case {
  return define({
    id: `5.6/${id}`,
    aliases: [alias],
    does,
    expects: COMES_BACK,
    requirements: [...requirements, ...VALID],
    ...answered(items, [sawText(content)]),
  });
}

const EMPTY_FRAGMENTS = ['6455-5.2-20', '6455-5.4-3'];
const CUT_INSIDE = ['6455-5.6-3', '6455-5.4-4'];

const IN_FRAGMENTS: readonly Case[] = [
  comesBack('empty-text', '6.1.1', 'Sends an empty text message.', ['6455-5.2-20'], '', text()),
  comesBack('empty-text-in-three-fragments', '6.1.2', 'Sends a text message of three empty fragments.', EMPTY_FRAGMENTS, '',
    text('', OPEN), continuation('', OPEN), continuation('')),
  comesBack('text-between-empty-fragments', '6.1.3', 'Sends a text message in three fragments, of which the first and the last are empty.',
    EMPTY_FRAGMENTS, 'between two nothings', text('', OPEN), continuation('between two nothings', OPEN), continuation('')),
  comesBack('text-of-long-characters', '6.2.1', 'Sends a text of characters of one to four octets in one frame.', [],
    LEFT + RIGHT, message('text', LEFT + RIGHT)),
  comesBack('text-cut-between-characters', '6.2.2',
    'Sends a text of characters of one to four octets in two fragments, cut between two characters.', ['6455-5.4-4'],
    LEFT + RIGHT, text(LEFT, OPEN), continuation(RIGHT)),
  comesBack('text-cut-inside-characters', '6.2.3',
    'Sends a text of characters of one to four octets, each octet in a fragment of its own.', CUT_INSIDE,
    LEFT + RIGHT, message('text', LEFT + RIGHT, { fragment: 1 })),
  comesBack('word-cut-inside-characters', '6.2.4', 'Sends a Greek word, each octet in a fragment of its own.', CUT_INSIDE,
    hex(WORD), message('text', hex(WORD), { fragment: 1 })),
  define({
    id: '8.1/surrogate-in-a-text',
    aliases: ['6.3.1'],
    does: 'Sends a Greek word, a surrogate that is encoded like a character, and a Latin word in one frame.',
    expects: IS_REFUSED,
    requirements: INVALID,
    ...ended([message('text', hex(WORD + SURROGATE + TAIL))], fails(1007)),
  }),
  define({
    id: '8.1/surrogate-in-fragments',
    aliases: ['6.3.2'],
    does: 'Sends a Greek word, a surrogate that is encoded like a character, and a Latin word, each octet in a fragment of its own.',
    expects: IS_REFUSED,
    requirements: [...INVALID, '6455-5.6-3'],
    ...ended([message('text', hex(WORD + SURROGATE + TAIL), { fragment: 1 })], fails(1007)),
  }),
];

// ---- as soon as it is certain (§8.1) --------------------------------------------------------------------------------------------------

const AT_ONCE = [...INVALID, '6455-8.1-4'];
const LATE = 'The text is refused, but not before all of it was there: §8.1 would have it as soon as it is certain.';

/**
 * Three fragments, of which the second makes the text invalid; behind it a Ping. Who answers that has not noticed, and is sent the third
 * fragment.
 */
function betweenFragments(id: string, alias: string, what: string, first: string, bad: string, rest: string): Case {
  return define({
    id: `8.1/${id}`,
    aliases: [alias],
    does: `Sends two fragments of a text, ${what}, and a Ping; and if that is answered, the last fragment.`,
    expects: 'The subject fails the connection with 1007 at the second fragment: it neither answers the Ping nor waits for the end.',
    requirements: AT_ONCE,
    steps: [
      sends([text(hex(first), OPEN), continuation(hex(bad), OPEN), ping('noticed?')]), { await: 1 }, sends([continuation(hex(rest))]), FAILS,
    ],
    outcomes: [...fails(1007), nonStrict(LATE, sawPong('noticed?'), { maybe: 'close' }, 'end')],
  });
}

/**
 * One frame that stops behind the octet that makes its text invalid. The rest, if that was not noticed, is not masked: whatever it comes to mean,
 * the text is lost already.
 */
function insideFrame(id: string, alias: string, what: string, part: string, rest: string): Case {
  return define({
    id: `8.1/${id}`,
    aliases: [alias],
    does: `Sends a text frame as far as ${what}; and if nothing happens for half a second, the rest of the frame.`,
    expects: 'The subject fails the connection with 1007 as soon as that octet is there: it does not wait for the end of the frame.',
    requirements: AT_ONCE,
    steps: [
      sends([text(hex(part), { claims: String((part.length + rest.length) / 2) })]), { watch: 500 }, sends([{ octets: hex(rest) }]), FAILS,
    ],
    outcomes: [...fails(1007), nonStrict(LATE, 'open', { maybe: 'close' }, 'end')],
  });
}

const AS_SOON_AS_CERTAIN: readonly Case[] = [
  betweenFragments('code-point-too-high-in-a-fragment', '6.4.1', 'the second with a code point above U+10FFFF', WORD, BEYOND, TAIL),
  betweenFragments('octet-too-high-in-a-fragment', '6.4.2', 'the second with just the octet that takes a code point above U+10FFFF',
    WORD + BEYOND.slice(0, 2), BEYOND.slice(2, 4), BEYOND.slice(4) + TAIL),
  insideFrame('code-point-too-high-in-a-frame', '6.4.3', 'the end of a code point above U+10FFFF', WORD + BEYOND, TAIL),
  insideFrame('octet-too-high-in-a-frame', '6.4.4', 'the octet that takes a code point above U+10FFFF',
    WORD + BEYOND.slice(0, 4), BEYOND.slice(4) + TAIL),
];

// ---- every kind of sequence, alone in one frame ---------------------------------------------------------------------------------------

interface Family {
  /** Group of the classic suite. */
  readonly group: number;
  readonly name: string;
  /** What the octets are. */
  readonly what: string;
  readonly valid: boolean;
  /** Texts in hex, in the order of the ids. */
  readonly texts: readonly string[];
  /** The number of the first; 1 unless said. */
  readonly first?: number;
}

/** The octets from `from` to `to`, each before `behind`. */
function each(from: number, to: number, behind: string = ''): string {
  return Array.from({ length: to - from + 1 }, (_, index) => (from + index).toString(16) + behind).join('');
}

/** The last two code points of each plane behind the first, U+1FFFE, U+1FFFF to U+10FFFE, U+10FFFF: characters nobody may assign. */
const ENDS_OF_PLANES = [
  'f09f', 'f0af', 'f0bf', 'f18f', 'f19f', 'f1af', 'f1bf', 'f28f', 'f29f', 'f2af', 'f2bf', 'f38f', 'f39f', 'f3af', 'f3bf', 'f48f',
].flatMap((plane) => [`${plane}bfbe`, `${plane}bfbf`]);
const CONTINUATIONS = ['80', 'bf', '80bf', '80bf80', '80bf80bf', '80bf80bf80', '80bf80bf80bf'];
const CUT_SHORT = ['c0', 'e080', 'f08080', 'f8808080', 'fc80808080', 'df', 'efbf', 'f7bfbf', 'fbbfbfbf', 'fdbfbfbfbf'];

const FAMILIES: readonly Family[] = [
  {
    group: 5, name: 'text', what: 'a word or two, with characters of one to four octets', valid: true,
    texts: ['68656c6c6f24776f726c64', '68656c6c6fc2a2776f726c64', '68656c6c6fe282ac776f726c64', '68656c6c6ff0a4ada2776f726c64', WORD],
  },
  { group: 7, name: 'first', what: 'the first character of its length', valid: true, texts: ['00', 'c280', 'e0a080', 'f0908080'] },
  {
    group: 8, name: 'first-too-long', what: 'what would be the first character of five or six octets', valid: false,
    texts: ['f888808080', 'fc8480808080'],
  },
  { group: 9, name: 'last', what: 'the last character of its length', valid: true, texts: ['7f', 'dfbf', 'efbfbf', 'f48fbfbf'] },
  {
    group: 10, name: 'last-too-high', what: 'the highest number that its length could say, which is no character', valid: false,
    texts: ['f7bfbfbf', 'fbbfbfbfbf', 'fdbfbfbfbfbf'],
  },
  {
    group: 11, name: 'boundary', what: 'a character beside those that are none', valid: true,
    texts: ['ed9fbf', 'ee8080', 'efbfbd', 'f48fbfbf'],
  },
  { group: 11, name: 'boundary', what: 'one more than the last character', valid: false, texts: [BEYOND], first: 5 },
  {
    group: 12, name: 'continuations', what: 'continuation octets without a first one', valid: false,
    texts: [...CONTINUATIONS, each(0x80, 0xbe)],
  },
  {
    group: 13, name: 'lonely-starts', what: 'first octets, each followed by a space', valid: false,
    texts: [each(0xc0, 0xde, '20'), each(0xe0, 0xee, '20'), each(0xf0, 0xf6, '20'), each(0xf8, 0xfa, '20'), 'fc20'],
  },
  { group: 14, name: 'cut-short', what: 'a sequence without its last octet', valid: false, texts: CUT_SHORT },
  {
    group: 15, name: 'cut-short-in-a-row', what: 'sequences without their last octet, one behind the other', valid: false,
    texts: [CUT_SHORT.join('')],
  },
  { group: 16, name: 'impossible-octets', what: 'octets that UTF-8 never has', valid: false, texts: ['fe', 'ff', 'fefeffff'] },
  {
    group: 17, name: 'overlong-slash', what: 'a slash in more octets than it takes', valid: false,
    texts: ['c0af', 'e080af', 'f08080af', 'f8808080af', 'fc80808080af'],
  },
  {
    group: 18, name: 'overlong-highest', what: 'the highest code point in one octet more than it takes', valid: false,
    texts: ['c1bf', 'e09fbf', 'f08fbfbf', 'f887bfbfbf', 'fc83bfbfbfbf'],
  },
  {
    group: 19, name: 'overlong-null', what: 'U+0000 in more octets than it takes', valid: false,
    texts: ['c080', 'e08080', 'f0808080', 'f880808080', 'fc8080808080'],
  },
  {
    group: 20, name: 'surrogate', what: 'a surrogate, which is no character', valid: false,
    texts: ['eda080', 'edadbf', 'edae80', 'edafbf', 'edb080', 'edbe80', 'edbfbf'],
  },
  {
    group: 21, name: 'surrogates', what: 'a pair of surrogates, which is no character either', valid: false,
    texts: ['eda080', 'edadbf', 'edae80', 'edafbf'].flatMap((high) => [`${high}edb080`, `${high}edbfbf`]),
  },
  {
    group: 22, name: 'noncharacter', what: 'a code point that is never assigned, and valid all the same', valid: true,
    texts: ['efbfbe', 'efbfbf', ...ENDS_OF_PLANES],
  },
  {
    group: 23, name: 'special', what: 'one of the last code points of the first plane', valid: true,
    texts: ['efbfb9', 'efbfba', 'efbfbb', 'efbfbc', 'efbfbd', 'efbfbe', 'efbfbf'],
  },
];

/** Octets up to which a text is named by all of them. */
const NAMED_BY_OCTETS = 14;

/** The case of one text, alone in one frame. */
function alone(alias: string, name: string, what: string, octets: string, valid: boolean): Case {
  const size = octets.length / 2;
  const isLong = size > NAMED_BY_OCTETS;
  return define({
    id: `${valid ? '5.6' : '8.1'}/${name}-${isLong ? `${size}-octets` : octets}`,
    aliases: [alias],
    does: `Sends a text of ${isLong ? `${size} octets, ${octets.slice(0, 8)}…` : `the octets ${octets}`}: ${valid ? nameOf(octets) : ''}${what}.`,
    expects: valid ? COMES_BACK : IS_REFUSED,
    requirements: valid ? VALID : INVALID,
    ...valid ? answered([message('text', hex(octets))], [sawText(hex(octets))]) : ended([message('text', hex(octets))], fails(1007)),
  });
}

/** `U+03BA, ` for what is one character. */
function nameOf(octets: string): string {
  const [character = '', ...more] = decodeUtf8(fromHex(octets), 0, octets.length / 2);
  return more.length > 0 ? '' : `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}, `;
}

/** Octets of the Greek word behind which a character ends. */
const WHOLE: ReadonlySet<number> = new Set([2, 5, 7, 9, 11]);

/** The Greek word cut behind each of its octets. */
const CUT_WORDS: readonly Case[] = Array.from({ length: WORD.length / 2 }, (_, index) => {
  const size = index + 1;
  const isWhole = WHOLE.has(size);
  const what = `the first ${size === 1 ? 'octet' : `${size} octets`} of a Greek word, cut ${isWhole ? 'behind' : 'inside'} a character`;
  return alone(`6.6.${size}`, 'word-cut', what, WORD.slice(0, 2 * size), isWhole);
});

const SEQUENCES: readonly Case[] = FAMILIES.flatMap(({ group, name, what, valid, texts, first = 1 }) =>
  texts.map((octets, index) => alone(`6.${group}.${first + index}`, name, what, octets, valid)));

export const UTF8: readonly Case[] = [...IN_FRAGMENTS, ...AS_SOON_AS_CERTAIN, ...CUT_WORDS, ...SEQUENCES];
