// §5.6 and §8.1, text that arrives in parts: characters divided between fragments and between writes, what is no UTF-8 however it is divided, and
// faults that are certain before the message has an end. Text in one piece is in utf8.ts.

import type { Case, Item, Outcome, Payload } from '../case.ts';
import {
  FAILS, answered, binary, continuation, define, ended, fails, filled, hex, message, nonStrict, ping, sawBinary, sawText, sends, text,
} from '../write.ts';

// ---- what is text -----------------------------------------------------------------------------------------------------------------------------

/** The first and the last character of each length and around the surrogates, and some that are taken for none. U+FEFF has a case of its own. */
const VALID: readonly string[] = [
  '00', '7f', 'c280', 'dfbf', 'e0a080', 'e18080', 'ecbfbf', 'ed8080', 'ed9fbf', 'ee8080', 'efbfbd', 'efbfbe', 'efbfbf', 'efb790', 'f0908080',
  'f09fbfbf', 'f3bfbfbf', 'f48fbfbf', 'f48fbfbe', 'cebae1bdb9cf83cebcceb5', 'f09f9880', '68656c6c6fe282acf0a4ada2', '65cc81',
];
const ALL_BACK = 'Every message comes back as it was sent.';

/** Each in two fragments, divided before, behind and within it. */
const DIVIDED: readonly (readonly [Payload, Payload])[] = VALID.flatMap((octets) =>
  Array.from({ length: octets.length / 2 + 1 }, (_, i) => [hex(octets.slice(0, 2 * i)), hex(octets.slice(2 * i))] as const));

/** Octets ahead of a character: readers that take many octets at a time divide it at each of them. */
const AHEAD: readonly Payload[] = Array.from({ length: 72 }, (_, ahead) => ({
  parts: [filled(ahead, '61'), { text: '€😀' }, filled(72 - ahead, '62')],
}));

const MARK = 'efbbbf';

const TEXT: readonly Case[] = [
  define({
    id: '5.6/characters-divided-between-fragments',
    does: `Sends ${VALID.length} texts in two fragments, divided at each octet: ${DIVIDED.length} messages.`,
    expects: ALL_BACK,
    requirements: ['6455-5.6-2', '6455-5.6-3', '6455-5.4-4'],
    ...answered(
      DIVIDED.flatMap(([first, second]): Item[] => [text(first, { fin: false }), continuation(second)]),
      DIVIDED.map(([first, second]) => sawText({ parts: [first, second] })),
    ),
  }),
  define({
    id: '5.6/characters-divided-between-writes',
    does: `Sends ${VALID.length} texts in a frame each, each octet in a write of its own.`,
    expects: ALL_BACK,
    requirements: ['6455-5.6-2', '6455-6.2-1'],
    ...answered(VALID.map((octets) => text(hex(octets))), VALID.map((octets) => sawText(hex(octets))), 1),
  }),
  define({
    id: '5.6/characters-with-pongs-inside',
    does: `Sends ${VALID.length} texts in fragments of one octet, with a Pong between each two of them.`,
    expects: `${ALL_BACK} What comes between fragments does not touch the text.`,
    requirements: ['6455-5.6-3', '6455-5.4-5', '6455-5.4-9'],
    ...answered(VALID.flatMap(octetwise), VALID.map((octets) => sawText(hex(octets)))),
  }),
  define({
    id: '5.6/characters-at-every-place',
    does: 'Sends 72 texts with a character of three octets and one of four behind 0, 1, 2, … and 71 octets of ASCII.',
    expects: ALL_BACK,
    requirements: ['6455-5.6-2'],
    ...answered(AHEAD.map((payload) => text(payload)), AHEAD.map(sawText)),
  }),
  define({
    id: '5.6/byte-order-mark',
    does: 'Sends texts with U+FEFF at their beginning, in their midst, twice, and alone, whole and in fragments.',
    expects: `${ALL_BACK} U+FEFF is a character of the message, and not taken away.`,
    requirements: ['6455-5.6-2', '6455-5.4-4'],
    ...answered(
      [
        text(hex(`${MARK}61`)), text(hex(`61${MARK}62`)), text(hex(`${MARK}${MARK}`)), text(hex(MARK)),
        message('text', hex(`${MARK}61`), { fragment: 3 }), message('text', hex(`61${MARK}`), { fragment: 1 }),
      ],
      [`${MARK}61`, `61${MARK}62`, `${MARK}${MARK}`, MARK, `${MARK}61`, `61${MARK}`].map((octets) => sawText(hex(octets))),
    ),
  }),
  define({
    id: '5.6/u-0000',
    does: 'Sends texts with U+0000 at their beginning, in their midst, at their end, and alone.',
    expects: `${ALL_BACK} U+0000 ends nothing.`,
    requirements: ['6455-5.6-2'],
    ...answered(['0061', '610062', '6100', '00', '000000'].map((octets) => text(hex(octets))),
      ['0061', '610062', '6100', '00', '000000'].map((octets) => sawText(hex(octets)))),
  }),
  define({
    id: '5.6/binary-is-not-text',
    does: 'Sends binary messages that are not UTF-8, whole, in fragments and divided within what might be a character.',
    expects: `${ALL_BACK} Only text has to be UTF-8.`,
    requirements: ['6455-5.6-4'],
    ...answered(
      [binary(hex('c080ff')), message('binary', hex('eda080'), { fragment: 1 }), binary(hex('e282'), { fin: false }), continuation(hex('41'))],
      [sawBinary(hex('c080ff')), sawBinary(hex('eda080')), sawBinary(hex('e28241'))],
    ),
  }),
];

function octetwise(octets: string): Item[] {
  const count = octets.length / 2;
  return Array.from({ length: count }, (_, i): Item[] => {
    const payload = hex(octets.slice(2 * i, 2 * i + 2));
    const fin = i === count - 1;
    const fragment = i === 0 ? text(payload, { fin }) : continuation(payload, { fin });
    return fin ? [fragment] : [fragment, { frame: 10, payload: hex('ff') }];
  }).flat();
}

// ---- what is not --------------------------------------------------------------------------------------------------------------------------------

/** What it is, and whether the classic suite sends it in one frame. */
const INVALID: readonly (readonly [octets: string, what: string, classic?: 'classic'])[] = [
  ['80', 'a continuation of nothing', 'classic'],
  ['bf', 'a continuation of nothing', 'classic'],
  ['80bf80bf', 'continuations of nothing', 'classic'],
  ['c0', 'an octet that never occurs', 'classic'],
  ['c1', 'an octet that never occurs'],
  ['c080', 'U+0000 in two octets', 'classic'],
  ['c0af', 'a slash in two octets', 'classic'],
  ['c1bf', 'U+007F in two octets', 'classic'],
  ['e08080', 'U+0000 in three octets', 'classic'],
  ['e080af', 'a slash in three octets', 'classic'],
  ['e09fbf', 'U+07FF in three octets', 'classic'],
  ['f0808080', 'U+0000 in four octets', 'classic'],
  ['f08080af', 'a slash in four octets', 'classic'],
  ['f08fbfbf', 'U+FFFF in four octets', 'classic'],
  ['f888808080', 'a sequence of five octets', 'classic'],
  ['fc8480808080', 'a sequence of six octets', 'classic'],
  ['eda080', 'the surrogate U+D800', 'classic'],
  ['edadbf', 'the surrogate U+DB7F', 'classic'],
  ['edae80', 'the surrogate U+DB80', 'classic'],
  ['edafbf', 'the surrogate U+DBFF', 'classic'],
  ['edb080', 'the surrogate U+DC00', 'classic'],
  ['edbfbf', 'the surrogate U+DFFF', 'classic'],
  ['eda080edb080', 'U+10000 as two surrogates', 'classic'],
  ['edafbfedbfbf', 'U+10FFFF as two surrogates', 'classic'],
  ['f4908080', 'U+110000', 'classic'],
  ['f5808080', 'a beginning that never occurs'],
  ['f7bfbfbf', 'a beginning that never occurs', 'classic'],
  ['fe', 'an octet that never occurs', 'classic'],
  ['ff', 'an octet that never occurs', 'classic'],
  ['fefeffff', 'octets that never occur', 'classic'],
  ['c2', 'the first of two octets'],
  ['e2', 'the first of three octets'],
  ['e282', 'the first two of three octets'],
  ['f0', 'the first of four octets'],
  ['f09f', 'the first two of four octets'],
  ['f09f98', 'the first three of four octets'],
  ['c241', 'the first of two octets and a letter'],
  ['e28241', 'the first two of three octets and a letter'],
  ['f09f9841', 'the first three of four octets and a letter'],
  ['e2c2a2', 'the first of three octets and a character of two'],
  ['61c3', 'a letter and the first of two octets'],
  ['ed', 'the beginning of a character or of a surrogate'],
  ['cebae1bdb9cf83cebcceb5f4908080656469746564', 'a word, U+110000 and another word', 'classic'],
];

const NOT_TEXT = 'The connection is failed with 1007, and nothing is delivered.';

const NO_TEXT: readonly Case[] = INVALID.flatMap(([octets, what, classic]) => {
  const common = { expects: NOT_TEXT, requirements: ['6455-5.6-2', '6455-8.1-1'] };
  return [
    ...classic === 'classic' ? [] : [define({
      ...common, id: `8.1/text-${octets}`, does: `Sends a text message of the octets ${octets}: ${what}.`, ...ended([text(hex(octets))], fails(1007)),
    })],
    define({
      ...common,
      id: `8.1/text-${octets}-in-fragments-of-one-octet`,
      does: `Sends the octets ${octets} as a text message, each octet in a fragment of its own: ${what}.`,
      ...ended([message('text', hex(octets), { fragment: 1 })], fails(1007)),
    }),
  ];
});

/** Where readers that take many octets at a time begin and end. */
const EDGES: readonly number[] = [7, 8, 15, 16, 31, 32, 63, 64, 127, 4095, 65_535];

const SOMEWHERE: readonly Case[] = EDGES.map((ahead) => define({
  id: `8.1/bad-octet-behind-${ahead}`,
  does: `Sends a text message of ${ahead} letters, the octet FF, and 64 letters more.`,
  expects: NOT_TEXT,
  requirements: ['6455-8.1-1'],
  ...ended([text({ parts: [filled(ahead, '61'), hex('ff'), filled(64, '62')] })], fails(1007)),
}));

const ACROSS: readonly Case[] = [
  define({
    id: '8.1/character-divided-between-messages',
    does: 'Sends a text message that ends within a character, and another that begins with the rest of it.',
    expects: NOT_TEXT,
    requirements: ['6455-5.6-2', '6455-8.1-1'],
    ...ended([text(hex('e282')), text(hex('ac'))], fails(1007)),
  }),
  define({
    id: '8.1/ping-finishes-a-character',
    does: 'Sends a text message that ends within a character, with a Ping ahead of its empty last fragment that has the rest of it.',
    expects: NOT_TEXT,
    requirements: ['6455-8.1-1', '6455-5.4-9'],
    ...ended([text(hex('e282'), { fin: false }), ping(hex('ac')), continuation()], [
      ...fails(1007, { pong: hex('ac') }), ...fails(1007),
    ]),
  }),
];

// ---- as soon as it is certain -----------------------------------------------------------------------------------------------------------------

/** Octets behind which nothing can make a text of it. */
const CERTAIN: readonly string[] = ['80', 'c0', 'e080', 'eda0', 'f080', 'f490', 'f5', 'ff'];

const LATE: Outcome = nonStrict('It waits for the end of a text that cannot become one any more; §8.1 advises to look as it comes.', 'silence');

const AT_ONCE: readonly Case[] = CERTAIN.flatMap((octets) => [
  {
    id: `8.1/${octets}-in-a-frame-without-end`,
    does: `Sends a text frame of 64 octets as far as the octets ${octets}, behind which no text can follow, and waits.`,
    items: [text(hex(`61${octets}`), { claims: '64' })],
  },
  {
    id: `8.1/${octets}-in-a-message-without-end`,
    does: `Sends the first fragment of a text message, which ends with the octets ${octets}, behind which no text can follow, and waits.`,
    items: [text(hex(`61${octets}`), { fin: false })],
  },
]).map(({ id, does, items }) => define({
  id, does,
  expects: 'The connection is failed with 1007 as soon as the octets have come.',
  requirements: ['6455-8.1-1', '6455-8.1-4'],
  steps: [sends(items), FAILS],
  outcomes: [...fails(1007), LATE],
}));

export const UTF8_SPLITS: readonly Case[] = [...TEXT, ...NO_TEXT, ...SOMEWHERE, ...ACROSS, ...AT_ONCE];
