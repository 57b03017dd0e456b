// §5.2 and §5.4, what is reserved or out of place, where the classic suite does not look: RSV bits on control frames and on continuations,
// reserved opcodes inside of a message and without FIN, messages that are mixed up, and control frames wherever they are allowed.

import type { Case, FrameItem, Item, Pattern } from '../case.ts';
import {
  CLOSES, answered, binary, close, continuation, define, ended, fails, filled, frame, hex, message, passesCleanly, ping, pong, refuses, sawBinary,
  sawPong, sawText, sends, text,
} from '../write.ts';

const FAILS_AT_ONCE = 'The connection is failed with 1002, and nothing is delivered.';

// ---- RSV bits ---------------------------------------------------------------------------------------------------------------------------

const BITS: readonly { bit: string; rsv: number; requirement: string }[] = [
  { bit: 'rsv1', rsv: 4, requirement: '6455-5.2-4' },
  { bit: 'rsv2', rsv: 2, requirement: '6455-5.2-5' },
  { bit: 'rsv3', rsv: 1, requirement: '6455-5.2-6' },
];

const RSV: readonly Case[] = BITS.flatMap(({ bit, rsv, requirement }) => {
  const name = bit.toUpperCase();
  const requirements = ['6455-5.2-3', '6455-5.2-7', '6455-5.8-1', requirement];
  const places: readonly [id: string, does: string, items: readonly Item[]][] = [
    ['ping', `Sends a Ping with ${name}.`, [ping('Hello', { rsv })]],
    ['pong', `Sends a Pong with ${name}.`, [pong('Hello', { rsv })]],
    ['empty-text', `Sends a text frame with ${name} and no payload.`, [text(hex(''), { rsv })]],
    ['first-fragment', `Sends the first fragment of a message with ${name}.`, [text('Hel', { rsv, fin: false }), continuation('lo')]],
    ['middle-fragment', `Sends three fragments, the second with ${name}.`,
      [text('H', { fin: false }), continuation('el', { rsv, fin: false }), continuation('lo')]],
    ['last-fragment', `Sends two fragments, the last with ${name}.`, [text('Hel', { fin: false }), continuation('lo', { rsv })]],
    ['empty-last-fragment', `Sends a fragment, and an empty last one with ${name}.`,
      [binary('Hello', { fin: false }), continuation(hex(''), { rsv })]],
    ['ping-inside-a-message', `Sends two fragments, and between them a Ping with ${name}.`,
      [text('Hel', { fin: false }), ping('', { rsv }), continuation('lo')]],
  ];
  return [
    ...places.map(([id, does, items]) => define({
      id: `5.2/${bit}-on-${id}`, does, expects: FAILS_AT_ONCE, requirements, ...ended(items, fails(1002)),
    })),
    define({
      id: `5.2/${bit}-on-close`,
      does: `Sends a Close frame with code 1000 and ${name}.`,
      expects: 'The connection is failed with 1002: the Close is not answered as if it were a good one.',
      requirements,
      ...ended([close(1000, hex(''), { rsv })], refuses(1002)),
    }),
  ];
});

// ---- opcodes ----------------------------------------------------------------------------------------------------------------------------

const RESERVED: readonly { opcode: number; control: boolean }[] = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]
  .map((opcode) => ({ opcode, control: opcode >= 8 }));

const OPCODES: readonly Case[] = RESERVED.flatMap(({ opcode, control }) => {
  const requirements = ['6455-5.2-8', '6455-5.2-9', control ? '6455-5.5-1' : '6455-5.6-1'];
  const places: readonly [id: string, does: string, items: readonly Item[]][] = [
    ['twice', `Sends two frames with opcode ${opcode} and no payload.`, [frame(opcode), frame(opcode)]],
    ['with-payload', `Sends a frame with opcode ${opcode} and 125 octets.`, [frame(opcode, filled(125))]],
    ['without-fin', `Sends a frame with opcode ${opcode} without FIN, and a continuation.`,
      [frame(opcode, 'Hel', { fin: false }), continuation('lo')]],
    ['inside-a-message', `Sends two fragments of a message, and between them a frame with opcode ${opcode}.`,
      [text('Hel', { fin: false }), frame(opcode, 'Hello'), continuation('lo')]],
    ['as-last-fragment', `Sends a fragment of a message, and as the last one a frame with opcode ${opcode}.`,
      [text('Hel', { fin: false }), frame(opcode, 'lo')]],
  ];
  return places.map(([id, does, items]) => define({
    id: `5.2/opcode-${opcode}-${id}`, does, expects: FAILS_AT_ONCE, requirements, ...ended(items, fails(1002)),
  }));
});

// ---- control frames in fragments ----------------------------------------------------------------------------------------------------------

const CONTROL_FRAGMENTED: readonly Case[] = [
  ...[['ping', 'a Ping', 9], ['pong', 'a Pong', 10]] as const,
].flatMap(([name, what, opcode]) => {
  const common = { expects: FAILS_AT_ONCE, requirements: ['6455-5.4-6', '6455-5.5-3'] };
  return [
    define({
      ...common, id: `5.5/${name}-without-fin-inside-a-message`, does: `Sends two fragments of a message, and between them ${what} without FIN.`,
      ...ended([text('Hel', { fin: false }), frame(opcode, '', { fin: false }), continuation('lo')], fails(1002)),
    }),
    define({
      ...common, id: `5.5/empty-${name}-without-fin`, does: `Sends ${what} without FIN and payload, and nothing else.`,
      ...ended([frame(opcode, '', { fin: false })], fails(1002)),
    }),
  ];
});

const CLOSE_FRAGMENTED: readonly Case[] = [
  define({
    id: '5.5/close-without-fin',
    does: 'Sends a Close frame with code 1000 and without FIN.',
    expects: 'The connection is failed with 1002: the Close is not answered as if it were a good one.',
    requirements: ['6455-5.4-6', '6455-5.5-3'],
    ...ended([close(1000, hex(''), { fin: false })], refuses(1002)),
  }),
  define({
    id: '5.5/close-in-two-fragments',
    does: 'Sends the first octet of a code in a Close frame without FIN, and the second in a continuation.',
    expects: 'The connection is failed with 1002.',
    requirements: ['6455-5.4-6', '6455-5.5-3'],
    ...ended([frame(8, hex('03'), { fin: false }), continuation(hex('e8'))], refuses(1002)),
  }),
];

// ---- messages that are mixed up -----------------------------------------------------------------------------------------------------------

const MIXED: readonly [id: string, does: string, items: readonly FrameItem[]][] = [
  ['text-inside-a-text', 'Sends a whole text message between two fragments of another.',
    [text('Hel', { fin: false }), text('other'), continuation('lo')]],
  ['binary-inside-a-text', 'Sends a whole binary message between two fragments of a text message.',
    [text('Hel', { fin: false }), binary('other'), continuation('lo')]],
  ['text-inside-a-binary', 'Sends a whole text message between two fragments of a binary message.',
    [binary('Hel', { fin: false }), text('other'), continuation('lo')]],
  ['binary-fragment-inside-a-text', 'Sends the first fragments of a text and of a binary message, and then the last ones.',
    [text('Hel', { fin: false }), binary('oth', { fin: false }), continuation('lo'), continuation('er')]],
  ['empty-text-inside-a-text', 'Sends an empty text message between two fragments of another.',
    [text('Hel', { fin: false }), text(), continuation('lo')]],
  ['text-instead-of-the-last-fragment', 'Sends the first fragment of a text message without payload, and a whole message.',
    [text(hex(''), { fin: false }), text('Hello')]],
];

const INTERLEAVED: readonly Case[] = MIXED.map(([id, does, items]) => define({
  id: `5.4/${id}`, does, expects: FAILS_AT_ONCE, requirements: ['6455-5.4-3', '6455-5.4-8', '6455-5.4-16'], ...ended(items, fails(1002)),
}));

const WITHOUT_START: readonly Case[] = [
  define({
    id: '5.4/empty-continuation-of-nothing',
    does: 'Sends an empty continuation with FIN, though no message is under way.',
    expects: FAILS_AT_ONCE,
    requirements: ['6455-5.4-3'],
    ...ended([continuation()], fails(1002)),
  }),
  define({
    id: '5.4/continuation-behind-a-ping',
    does: 'Sends a Ping, and a continuation of it.',
    expects: 'The connection is failed with 1002: no message has begun.',
    requirements: ['6455-5.4-3'],
    ...ended([ping('Hel'), continuation('lo')], [...fails(1002, sawPong('Hel')), ...fails(1002)]),
  }),
  define({
    id: '5.4/continuation-behind-the-last-fragment',
    does: 'Sends a message in two fragments, and when it has come back one more fragment.',
    expects: 'The message comes back, and the connection is failed with 1002.',
    requirements: ['6455-5.4-3', '6455-6.2-5'],
    steps: [sends([text('Hel', { fin: false }), continuation('lo')]), { await: 1 }, sends([continuation('!')]), { finish: 'fail' }],
    outcomes: fails(1002, sawText('Hello')),
  }),
];

// ---- control frames where they are allowed --------------------------------------------------------------------------------------------------

const LONGEST = filled(125, '5a');

const ALLOWED: readonly Case[] = [
  define({
    id: '5.4/pings-of-125-octets-between-fragments-of-one',
    does: 'Sends a text message of five octets in five fragments, and between each two a Ping of 125 octets.',
    expects: 'Four Pongs and the message come back.',
    requirements: ['6455-5.4-5', '6455-5.4-9', '6455-5.5.2-2', '6455-6.2-2'],
    ...between([...'Hello'], ping(LONGEST), sawPong(LONGEST)),
  }),
  define({
    id: '5.4/empty-pings-between-empty-fragments',
    does: 'Sends a message in five empty fragments, and between each two an empty Ping.',
    expects: 'Four Pongs and the empty message come back.',
    requirements: ['6455-5.4-5', '6455-5.2-20'],
    ...between(['', '', '', '', ''], ping(), sawPong(hex(''))),
  }),
  define({
    id: '5.4/pongs-between-fragments',
    does: 'Sends a message in five fragments, and between each two a Pong that answers nothing.',
    expects: 'The message comes back, and nothing else.',
    requirements: ['6455-5.4-5', '6455-5.5.3-3', '6455-5.5.3-4'],
    ...between([...'Hello'], pong('Hello')),
  }),
  define({
    id: '5.4/text-and-binary-by-turns',
    does: 'Sends text and binary messages by turns, whole and in fragments, in one write.',
    expects: 'They come back in their order, each as what it was.',
    requirements: ['6455-5.2-2', '6455-6.2-3', '6455-5.4-7', '6455-5.4-11', '6455-5.4-16'],
    ...answered(
      [message('text', 'one', { fragment: 1 }), message('binary', 'two'), message('text', 'three'), message('binary', 'four', { fragment: 2 })],
      [sawText('one'), sawBinary('two'), sawText('three'), sawBinary('four')],
    ),
  }),
];

/** A text message in fragments, with the same frame between each two. */
function between(fragments: readonly string[], inserted: FrameItem, ...sees: readonly Pattern[]): Pick<Case, 'steps' | 'outcomes'> {
  const last = fragments.length - 1;
  const items = fragments.flatMap((part, i): FrameItem[] => {
    const fragment = i === 0 ? text(part, { fin: false }) : continuation(part, { fin: i === last });
    return i === last ? [fragment] : [fragment, inserted];
  });
  const answers = Array.from({ length: last }, () => sees).flat();
  return {
    steps: [sends(items), { await: answers.length + 1 }, CLOSES],
    outcomes: [passesCleanly({ anyOrder: [...answers, sawText(fragments.join(''))] })],
  };
}

export const RESERVED_PLACES: readonly Case[] = [
  ...RSV, ...OPCODES, ...CONTROL_FRAGMENTED, ...CLOSE_FRAGMENTED, ...INTERLEAVED, ...WITHOUT_START, ...ALLOWED,
];
