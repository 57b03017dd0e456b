// §5.2, the length of a frame: in its shortest form, of 63 bits, and a promise that a peer need not keep (§10.4). What is announced and never
// sent has to cost nothing; what cannot be is refused; and what is longer than anybody takes must not be taken for something short.

import type { Case, Item, Outcome, Pattern, SubjectRole } from '../case.ts';
import {
  CLEAN, CLOSES, FAILS, binary, close, continuation, define, ended, fails, filled, frame, hex, informational, nonStrict, passes, ping, pong, refuses,
  sawBinary, sawPong, sawText, text,
} from '../write.ts';

// ---- forms that are longer than they need be -----------------------------------------------------------------------------------------

const MINIMAL = ['6455-5.2-14'];
const SHORTEST = 'The connection is failed with 1002: a length stands in its shortest form. As only who sends is bound to that, taking it is no failure.';
const TAKEN = 'It takes a length that is not in its shortest form, which §5.2 asks of whoever sends it: where two read, they may come to differ.';

const LONG_FORMS: readonly { form: 16 | 64; length: number }[] = [
  { form: 16, length: 0 }, { form: 16, length: 5 }, { form: 16, length: 125 },
  { form: 64, length: 0 }, { form: 64, length: 5 }, { form: 64, length: 125 }, { form: 64, length: 126 }, { form: 64, length: 65_535 },
];

/** Frames in a longer form, which are refused, or taken: then `sees` comes back. */
function longForm(id: string, what: string, items: readonly Item[], ...sees: readonly Pattern[]): Case {
  return define({
    id: `5.2/${id}`, does: `Sends ${what}.`, expects: SHORTEST, requirements: MINIMAL,
    steps: [{ send: items }, ...sees.length === 0 ? [] : [{ await: sees.length }], CLOSES],
    outcomes: [...fails(1002), nonStrict(TAKEN, ...sees, ...CLEAN)],
  });
}

const TOO_LONG_A_FORM: readonly Case[] = [
  ...LONG_FORMS.map(({ form, length }) => longForm(
    `${length}-octets-in-the-${form}-bit-form`, `a binary frame of ${length} octets with its length in ${form} bits`,
    [binary(filled(length), { form })], sawBinary(filled(length)),
  )),
  longForm('text-in-the-16-bit-form', 'a text frame of 5 octets with its length in 16 bits', [text('Hello', { form: 16 })], sawText('Hello')),
  longForm(
    'continuation-in-the-16-bit-form', 'a text message whose last fragment, of 2 octets, has its length in 16 bits',
    [text('Hel', { fin: false }), continuation('lo', { form: 16 })], sawText('Hello'),
  ),
  longForm(
    'continuation-in-the-64-bit-form', 'a text message whose last fragment, of 2 octets, has its length in 64 bits',
    [text('Hel', { fin: false }), continuation('lo', { form: 64 })], sawText('Hello'),
  ),
  longForm('ping-in-the-16-bit-form', 'a Ping of 5 octets with its length in 16 bits', [ping('Hello', { form: 16 })], sawPong('Hello')),
  longForm('ping-in-the-64-bit-form', 'a Ping of 5 octets with its length in 64 bits', [ping('Hello', { form: 64 })], sawPong('Hello')),
  longForm('pong-in-the-16-bit-form', 'a Pong of 5 octets with its length in 16 bits', [pong('Hello', { form: 16 })]),
  define({
    id: '5.2/close-in-the-16-bit-form',
    does: 'Sends a Close frame with code 1000 and its length in 16 bits.',
    expects: SHORTEST,
    requirements: MINIMAL,
    ...ended([close(1000, hex(''), { form: 16 })], [...refuses(1002), nonStrict(TAKEN, { close: [1000] }, 'end')]),
  }),
];

// ---- control frames that are too long -------------------------------------------------------------------------------------------------

const CONTROL: readonly [name: string, what: string, opcode: number, wrong: readonly Outcome[]][] = [
  ['ping', 'a Ping', 9, fails(1002)], ['pong', 'a Pong', 10, fails(1002)], ['close', 'a Close frame', 8, refuses(1002)],
];
const BY_ITS_SIZE = nonStrict('It refuses the frame because it is large, and not because a control frame may not be.', { close: [1009] }, 'end');
const WAITS_ON = 'It waits for the payload of a control frame that is too long already.';

/** Octets that a promise may cost: far from what is promised, and more than any buffer that is there anyhow. */
const SMALL = 1024 * 1024;

const TOO_LONG_FOR_CONTROL: readonly Case[] = CONTROL.flatMap(([name, what, opcode, wrong]) => {
  const requirements = ['6455-5.5-2'];
  return [
    define({
      id: `5.5/${name}-of-64-kib`, does: `Sends ${what} of 65536 octets.`,
      expects: 'The connection is failed with 1002.', requirements, ...ended([frame(opcode, filled(65_536))], wrong),
    }),
    ...['126', '127', '65535', '65536', '9223372036854775807'].map((claims) => define({
      id: `5.5/${name}-that-announces-${claims}`,
      does: `Sends the header of ${what} that announces ${claims} octets, and nothing of them.`,
      expects: 'The connection is failed with 1002 by the header alone.',
      requirements: [...requirements, '6455-10.4-1'],
      retains: SMALL,
      ...ended([{ frame: opcode, claims }], [...wrong, BY_ITS_SIZE, informational(WAITS_ON, 'silence')]),
    })),
  ];
});

// ---- promises -------------------------------------------------------------------------------------------------------------------------

const INCIDENTS = ['faye/faye-websocket-node#26', 'CVE-2016-10542', 'CVE-2026-1528', 'ASPLes/nopoll#84', 'userver-framework/userver#1249'];
/** Where it is the sum of two lengths that breaks. */
const WRAPPED_LIMITS = ['CVE-2026-43678', 'CVE-2026-54466'];

/** Lengths at which counting breaks: of 32 bits with and without a sign, of what a double counts, of 64 bits with a sign. */
const GIANTS: readonly { claims: string; power: string; endless: boolean }[] = [
  { claims: '2147483647', power: '2^31 − 1', endless: false },
  { claims: '2147483648', power: '2^31', endless: false },
  { claims: '4294967295', power: '2^32 − 1', endless: false },
  { claims: '4294967296', power: '2^32', endless: false },
  { claims: '9007199254740991', power: '2^53 − 1', endless: true },
  { claims: '9007199254740992', power: '2^53', endless: true },
  { claims: '9223372036854775807', power: '2^63 − 1', endless: true },
];
/** Ms that a subject has to think about a header. */
const A_MOMENT = 300;
const REFUSED_OR_AWAITED = 'It is refused, with 1009 as a rule, or waited for; nothing is taken up for what has not come, and nobody else is harmed.';

/** It is refused; the tester does not wait for the end. */
const REFUSED: readonly Outcome[] = [
  passes({ close: [1009, 1008, 1002] }, { maybe: 'end' }),
  passes('end'),
  nonStrict('It refuses the frame with another status code than 1009, 1008 or 1002.', 'close', { maybe: 'end' }),
];

/** What may follow a legal header that announces more than will ever come. */
function promised(endless: boolean): readonly Outcome[] {
  return [
    ...REFUSED,
    endless
      ? nonStrict('It waits for a frame that no machine holds: §10.4 advises a limit, and to judge it by the header.', 'open')
      : informational('It waits for what was announced: it has no limit that is lower, or looks at it later.', 'open'),
  ];
}

function promise(id: string, does: string, items: readonly Item[], endless: boolean, incidents: readonly string[] = INCIDENTS): Case {
  return define({
    id: `10.4/${id}`, does, expects: REFUSED_OR_AWAITED,
    requirements: ['6455-10.4-1', '6455-10.4-2', '6455-5.2-11', '6455-5.2-13', '6455-7.4.1-8'],
    incidents, survives: true, retains: SMALL,
    steps: [{ send: items }, { watch: A_MOMENT }, { finish: 'leave' }],
    outcomes: promised(endless),
  });
}

const PROMISES: readonly Case[] = GIANTS.flatMap(({ claims, power, endless }) => [
  promise(`promise-of-${claims}`, `Announces a binary frame of ${power} octets, sends 16 of them, and leaves.`,
    [binary(filled(16), { claims })], endless),
  promise(`continuation-of-${claims}`, `Sends a fragment of one octet, and announces a second one of ${power} octets, of which 16 come.`,
    [binary(filled(1), { fin: false }), continuation(filled(16), { claims })], endless, [...INCIDENTS, ...WRAPPED_LIMITS]),
  define({
    id: `10.4/promise-of-${claims}-and-fin`,
    does: `Announces a text frame of ${power} octets, sends 16 of them, and ends its side of the transport.`,
    expects: 'The subject ends its side too, and delivers nothing.',
    requirements: ['6455-10.4-1', '6455-7.1.4-1'],
    incidents: INCIDENTS, survives: true, retains: SMALL,
    steps: [{ send: [text(filled(16), { claims })] }, { end: 'fin' }, FAILS],
    outcomes: gone('§7.1.4'),
  }),
]);

/** The transport has ended in the middle of something, so the subject ends it as well. */
function gone(section: string): readonly Outcome[] {
  return [
    passes({ maybe: 'close' }, 'end'),
    { grade: 'fail', sees: ['silence'], because: `Its peer has ended the transport, and it keeps its side open (${section}).` },
  ];
}

/** Lengths of which a reader that drops the upper bits keeps 5: all of it, and the payload is there. */
const CUT_SHORT: readonly { claims: string; name: string; endless: boolean }[] = [
  { claims: '65541', name: '2^16 + 5', endless: false },
  { claims: '4294967301', name: '2^32 + 5', endless: false },
  { claims: '9007199254740997', name: '2^53 + 5', endless: true },
];

const WRAPPED: readonly Case[] = CUT_SHORT.map(({ claims, name, endless }) => define({
  id: `5.2/length-${claims}-is-not-5`,
  does: `Announces a text frame of ${name} octets, and sends 5 of them.`,
  expects: 'What has come is not taken for the message: no bit of the length is dropped.',
  requirements: ['6455-5.2-11', '6455-5.2-13', '6455-6.2-4'],
  incidents: ['CVE-2026-1528', 'CVE-2026-54466'], survives: true,
  steps: [{ send: [text('Hello', { claims })] }, { watch: A_MOMENT }, { finish: 'leave' }],
  outcomes: endless ? promised(true) : [passes('open'), ...REFUSED],
}));

// ---- the top bit ----------------------------------------------------------------------------------------------------------------------

const TOP_BIT: readonly { claims: string; name: string }[] = [
  { claims: '9223372036854775808', name: '2^63' },
  { claims: '9223372036854775813', name: '2^63 + 5' },
  { claims: '18446744073709551615', name: '2^64 − 1' },
  { claims: '18446744073709551611', name: '2^64 − 5' },
];

const NEVER: readonly Outcome[] = [
  ...fails([1002, 1009]),
  { grade: 'fail', sees: ['silence'], because: 'It waits for a frame whose length has its highest bit set, which must be 0 (§5.2).' },
];

const HIGHEST_BIT: readonly Case[] = TOP_BIT.flatMap(({ claims, name }) => [
  { id: `length-${claims}`, what: `a binary frame of ${name} octets, and 5 of them`, items: [binary('Hello', { claims })] },
  {
    id: `continuation-of-${claims}`, what: `a text message whose second fragment announces ${name} octets, and 5 of them`,
    items: [text('a', { fin: false }), continuation('Hello', { claims })],
  },
]).map(({ id, what, items }) => define({
  id: `5.2/${id}`,
  does: `Sends ${what}.`,
  expects: 'The connection is failed, with 1002 or, by what it is to mean, 1009: the highest bit of a length is 0.',
  requirements: ['6455-5.2-12', '6455-10.7-1'],
  incidents: ['CVE-2026-1528', 'CVE-2026-43678', 'CVE-2026-54466'], survives: true, retains: SMALL,
  ...ended(items, NEVER),
}));

// ---- a header that is cut off ---------------------------------------------------------------------------------------------------------

/** A header of every part there is: the longest. */
const HEADERS: readonly { role: SubjectRole; name: string; octets: string }[] = [
  { role: 'server', name: 'masked-header', octets: '82ff000000000001000037fa213d' },
  { role: 'client', name: 'header', octets: '827f0000000000010000' },
];

const CUT_OFF: readonly Case[] = HEADERS.flatMap(({ role, name, octets }) =>
  Array.from({ length: octets.length / 2 }, (_, i) => i + 1).map((count) => define({
    id: `7.1.4/${name}-ends-behind-octet-${count}`,
    does: `Sends ${count} octets of a header that has ${octets.length / 2}, and ends its side of the transport.`,
    expects: 'The subject ends its side too, and delivers nothing.',
    requirements: ['6455-6.2-1', '6455-7.1.4-1'],
    roles: [role],
    steps: [{ send: [{ octets: hex(octets.slice(0, 2 * count)) }] }, { end: 'fin' }, FAILS],
    outcomes: gone('§7.1.4'),
  })));

export const LENGTHS: readonly Case[] = [
  ...TOO_LONG_A_FORM,
  ...TOO_LONG_FOR_CONTROL,
  ...PROMISES,
  ...WRAPPED,
  ...HIGHEST_BIT,
  ...CUT_OFF,
  define({
    id: '7.1.4/payload-ends-an-octet-short',
    does: 'Sends a text frame but for its last octet, and ends its side of the transport.',
    expects: 'The subject ends its side too: what was not whole is not delivered.',
    requirements: ['6455-6.2-4', '6455-7.1.4-1'],
    steps: [{ send: [text('Hell', { claims: '5' })] }, { end: 'fin' }, FAILS],
    outcomes: gone('§7.1.4'),
  }),
];
