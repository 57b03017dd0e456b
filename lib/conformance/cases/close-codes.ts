// §5.5.1 and §7.4, what stands in a Close frame: every code at which a range begins or ends and its neighbours, and reasons of every size that
// are text, or nearly. The codes the classic suite sends are in closing.ts.

import type { Case, Outcome, Payload } from '../case.ts';
import { close, define, ended, filled, hex, informational, nonStrict, passes, refuses, sends } from '../write.ts';

// ---- codes that may be sent -----------------------------------------------------------------------------------------------------------

/** Registered with IANA after the RFC was written. */
const REGISTERED_LATER: readonly number[] = [1012, 1013, 1014];
/** Inside the ranges for libraries and for private use, beside their ends and in their midst. */
const FREE: readonly number[] = [3001, 3500, 3998, 4001, 4500, 4998];

/** The Close is answered: with the code it had (§5.5.1), with 1000, as some servers do to any, or without a code. */
function answersClose(code: number): Outcome {
  return passes({ close: [code, 1000, null] }, 'end');
}

const GOOD: readonly Case[] = [...REGISTERED_LATER, ...FREE].map((code) => define({
  id: `7.4.2/code-${code}`,
  does: `Sends a Close frame with code ${code}.`,
  expects: 'The Close is answered, and the transport is ended.',
  requirements: ['6455-5.5.1-7', code < 4000 ? '6455-7.4.2-3' : '6455-7.4.2-4'],
  ...ended([close(code)], [
    answersClose(code),
    ...REGISTERED_LATER.includes(code)
      ? [nonStrict('It refuses a code that is registered, though not in the RFC itself.', { maybe: { close: [1002] } }, 'end')]
      : [],
  ]),
}));

// ---- codes that may not ---------------------------------------------------------------------------------------------------------------

const REFUSED = 'The Close is refused with 1002: it is not answered as if it were a good one, and its code is not sent back.';

/** Each with the requirement that forbids it. */
const FORBIDDEN: readonly (readonly [code: number, requirement: string])[] = [
  [1, '6455-7.4.2-1'], [500, '6455-7.4.2-1'], [998, '6455-7.4.2-1'],
  [1015, '6455-7.4.1-13'],
  [1017, '6455-7.4.2-2'], [1500, '6455-7.4.2-2'], [1999, '6455-7.4.2-2'], [2001, '6455-7.4.2-2'], [2998, '6455-7.4.2-2'],
];
/** Above all ranges; where a code is read as 16 bits with a sign, the last three are negative. */
const UNDEFINED: readonly number[] = [5001, 32_767, 32_768, 65_534];

const BAD: readonly Case[] = [
  ...FORBIDDEN.map(([code, requirement]) => define({
    id: `7.4/code-${code}`, does: `Sends a Close frame with code ${code}.`, expects: REFUSED, requirements: [requirement],
    ...ended([close(code)], refuses(1002)),
  })),
  ...UNDEFINED.map((code) => define({
    id: `7.4/code-${code}`,
    does: `Sends a Close frame with code ${code}, which is above every range.`,
    expects: 'Anything: the RFC does not say what it means. Most refuse it with 1002.',
    requirements: ['6455-7.4.2-5'],
    ...ended([close(code)], [
      passes({ close: [1002] }, 'end'),
      passes('end'),
      informational('It takes a code that is above every range, of which the RFC says nothing.', { close: [1000, null] }, 'end'),
      informational('It takes a code that is above every range, and sends it back.', { breach: 'CLOSE_CODE_NOT_ALLOWED' }),
    ]),
  })),
];

// ---- reasons --------------------------------------------------------------------------------------------------------------------------

const ANSWERED = 'The Close is answered, and the transport is ended.';
const NOT_TEXT = 'The Close is refused with 1007, or 1002: a reason is UTF-8.';

/** 123 octets are what a control frame leaves for it. */
const GOOD_REASONS: readonly { name: string; what: string; reason: Payload }[] = [
  { name: 'of-1-octet', what: 'of one octet', reason: { text: '.' } },
  { name: 'of-122-octets', what: 'of 122 octets', reason: filled(122) },
  { name: 'of-41-characters', what: 'of 41 characters of three octets, the last of which fills the frame', reason: { repeat: 'e282ac', length: 123 } },
  { name: 'with-a-byte-order-mark', what: 'that begins with U+FEFF', reason: hex('efbbbf61') },
  { name: 'with-u-0000', what: 'with U+0000 in it', reason: hex('610062') },
  { name: 'with-noncharacters', what: 'of U+FFFE, U+FFFF and U+10FFFF', reason: hex('efbfbeefbfbff48fbfbf') },
];

const BAD_REASONS: readonly { name: string; what: string; reason: Payload }[] = [
  { name: 'cut-in-a-character', what: 'that ends behind two octets of a character of three', reason: hex('e282') },
  {
    name: 'cut-in-a-character-at-the-end-of-the-frame', what: 'of 123 octets that ends behind the first octet of a character',
    reason: { parts: [filled(122), hex('e2')] },
  },
  { name: 'with-a-surrogate', what: 'with a surrogate in it', reason: hex('61eda08062') },
  { name: 'with-an-overlong-slash', what: 'with a slash written in two octets', reason: hex('61c0af') },
  { name: 'above-u-10ffff', what: 'with a code point above U+10FFFF', reason: hex('f4908080') },
  { name: 'of-one-octet-that-begins-nothing', what: 'that is the octet FF', reason: hex('ff') },
];

const REASONS: readonly Case[] = [
  ...GOOD_REASONS.map(({ name, what, reason }) => define({
    id: `5.5.1/reason-${name}`, does: `Sends a Close frame with code 1000 and a reason ${what}.`, expects: ANSWERED,
    requirements: ['6455-5.5.1-3', '6455-5.5.1-7'], ...ended([close(1000, reason)], [answersClose(1000)]),
  })),
  ...BAD_REASONS.map(({ name, what, reason }) => define({
    id: `8.1/reason-${name}`, does: `Sends a Close frame with code 1000 and a reason ${what}.`, expects: NOT_TEXT,
    requirements: ['6455-8.1-2', '6455-5.5.1-3'], ...ended([close(1000, reason)], refuses(1007, 1002)),
  })),
];

export const CLOSE_CODES: readonly Case[] = [
  ...GOOD,
  ...BAD,
  ...REASONS,
  define({
    id: '5.5.1/code-that-may-not-be-and-reason-that-is-no-text',
    does: 'Sends a Close frame with code 1005 and a reason that is not UTF-8.',
    expects: 'The Close is refused, for either fault.',
    requirements: ['6455-7.4.1-4', '6455-8.1-2'],
    ...ended([close(1005, hex('ff'))], refuses(1002, 1007)),
  }),
  define({
    id: '5.5.1/empty-close-in-the-16-bit-form',
    does: 'Sends a Close frame without a body, whose length stands in 16 bits.',
    expects: 'The connection is failed with 1002, or the Close is taken for what it is: empty.',
    requirements: ['6455-5.2-14'],
    ...ended([close(null, hex(''), { form: 16 })], [
      ...refuses(1002), nonStrict('It takes a length that is not in its shortest form (§5.2).', { close: [1000] }, 'end'),
    ]),
  }),
  define({
    id: '5.5.1/the-code-comes-back',
    does: 'Sends a Close frame with code 4321 and a reason.',
    expects: 'The answer has the same code: that is how it is typically done.',
    requirements: ['6455-5.5.1-7', '6455-5.5.1-8'],
    steps: [sends([close(4321, 'until then')]), { finish: 'fail' }],
    outcomes: [
      passes({ close: [4321] }, 'end'),
      informational('It answers every Close with 1000, or without a code, and not with what it got.', { close: [1000, null] }, 'end'),
    ],
  }),
];
