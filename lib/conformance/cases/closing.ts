// §5.5.1 and §7, the closing handshake that the tester begins: what a Close is answered with, what follows it, and which Close frames are
// refused. One that the subject begins, and codes beyond these, are in other files.

import type { Case, FrameItem, Pattern, Payload } from '../case.ts';
import {
  CLEAN, answered, close, continuation, define, ended, filled, frame, hex, informational, nonStrict, passes, ping, refuses, sawPong, sawText,
  stretch, text,
} from '../write.ts';

const GREETING = 'Hello World!';
const FIRST = 'fragment1', SECOND = 'fragment2';
const ANSWERED = 'One Close with 1000 or without a code comes back, and the transport ends.';
const IS_ANSWERED = ['6455-5.5.1-7', '6455-5.5.1-13'];
const ONLY_THE_CLOSE = ['6455-7.1.1-1', '6455-5.5.1-7', '6455-5.5.1-13'];

// ---- what stands around a Close -------------------------------------------------------------------------------------------------------

const BEHIND: readonly Case[] = [
  define({
    id: '7.1.2/close-behind-an-echo',
    aliases: ['7.1.1'],
    does: 'Sends a text message, and closes with 1000 once it has come back.',
    expects: `The message comes back. ${ANSWERED}`,
    requirements: IS_ANSWERED,
    ...answered([text(GREETING)], [sawText(GREETING)]),
  }),
  define({
    id: '5.5.1/close-twice',
    aliases: ['7.1.2'],
    does: 'Sends a Close with 1000 and another without a code behind it.',
    expects: `${ANSWERED} The second is ignored.`,
    requirements: [...ONLY_THE_CLOSE, '6455-5.5.1-18'],
    ...ended([close(1000), close(null)], [passes(...CLEAN)]),
  }),
  define({
    id: '5.5.1/ping-behind-close',
    aliases: ['7.1.3'],
    does: 'Sends a Close with 1000 and a Ping behind it.',
    expects: `${ANSWERED} The Ping is ignored.`,
    requirements: [...ONLY_THE_CLOSE, '6455-5.5.2-2'],
    ...ended([close(1000), ping()], [
      passes(...CLEAN),
      nonStrict('A Ping behind the Close is answered: after a Close §5.5.2 asks for no Pong.',
        { anyOrder: [{ close: [1000, null] }, sawPong(hex(''))] }, 'end'),
    ]),
  }),
  define({
    id: '5.5.1/text-behind-close',
    aliases: ['7.1.4'],
    does: 'Sends a Close with 1000 and a text message behind it.',
    expects: `${ANSWERED} The message is ignored.`,
    requirements: ONLY_THE_CLOSE,
    ...ended([close(1000), text(GREETING)], [passes(...CLEAN)]),
  }),
  define({
    id: '5.5.1/close-between-fragments',
    aliases: ['7.1.5'],
    does: 'Sends the first fragment of a text message, a Close with 1000, and the last fragment.',
    expects: `${ANSWERED} The message is not delivered.`,
    requirements: [...ONLY_THE_CLOSE, '6455-5.4-5', '6455-5.4-9'],
    ...ended([text(FIRST, { fin: false }), close(1000), continuation(SECOND)], [
      passes(...CLEAN),
      nonStrict('The Close is answered as an error, because it stands in an unfinished message: §5.4 lets control frames stand there.',
        { close: [1002] }, 'end'),
    ]),
  }),
  closeBehindMuch(),
];

/** What was sent before a Close may be echoed before it is answered, or not: an application need not have had its turn. */
function closeBehindMuch(): Case {
  const much = stretch('prose', 262_144);
  const perhaps: Pattern = { maybe: sawPong(hex('')) };
  const answer: readonly Pattern[] = [perhaps, { close: [1000, null] }, perhaps, 'end'];
  return define({
    id: '5.5.1/close-behind-256-kib',
    aliases: ['7.1.6'],
    does: 'Sends a text message of 256 KiB, a short one, a Close with 1000 and a Ping in one write.',
    expects: `${ANSWERED} How many of the messages come back before is only written down.`,
    requirements: [...IS_ANSWERED, '6455-5.5.1-9', '6455-5.5.1-10'],
    ...ended([text(much), text(GREETING), close(1000), ping()], [
      informational('Both messages come back before the Close is answered.', sawText(much), sawText(GREETING), ...answer),
      informational('The first message comes back before the Close is answered, the second does not.', sawText(much), ...answer),
      informational('The Close is answered at once, and neither message comes back.', ...answer),
      informational('The first message is too big for the subject, which says so with 1009 (§10.4).', { close: [1009] }, 'end'),
    ]),
  });
}

// ---- the body of a Close --------------------------------------------------------------------------------------------------------------

function good(id: string, alias: string, what: string, requirements: readonly string[], frame: FrameItem): Case {
  return define({
    id: `5.5.1/${id}`,
    aliases: [alias],
    does: `Sends a Close ${what}.`,
    expects: ANSWERED,
    requirements: [...IS_ANSWERED, ...requirements],
    ...ended([frame], [passes(...CLEAN)]),
  });
}

const REFUSED = 'The connection is failed with 1002, or just ended; the Close is not answered as a good one.';
/** A Greek word, a surrogate as if it were a character, and a Latin word. */
const NOT_UTF8: Payload = hex('cebae1bdb9cf83cebcceb5 eda080 656469746564');

const BODIES: readonly Case[] = [
  good('close-without-body', '7.3.1', 'without a body', ['6455-5.5.1-1'], close(null)),
  define({
    id: '5.5.1/close-of-one-octet',
    aliases: ['7.3.2'],
    does: 'Sends a Close with a body of one octet, half a code.',
    expects: REFUSED,
    requirements: ['6455-5.5.1-2'],
    ...ended([frame(8, hex('03'))], refuses(1002)),
  }),
  good('close-without-reason', '7.3.3', 'with 1000 and no reason', ['6455-5.5.1-2', '6455-7.4-1'], close(1000)),
  good('close-with-reason', '7.3.4', 'with 1000 and a reason', ['6455-5.5.1-3', '6455-7.4-1'], close(1000, 'Till tonight')),
  good('close-with-reason-of-123-octets', '7.3.5', 'with 1000 and a reason of 123 octets, the most there is room for',
    ['6455-5.5.1-3', '6455-5.5-2'], close(1000, filled(123))),
  define({
    id: '5.5/close-with-reason-of-124-octets',
    aliases: ['7.3.6'],
    does: 'Sends a Close with 1000 and a reason of 124 octets, one more than a control frame has room for.',
    expects: REFUSED,
    requirements: ['6455-5.5-2'],
    ...ended([close(1000, filled(124))], refuses(1002)),
  }),
  define({
    id: '8.1/close-reason-with-surrogate',
    aliases: ['7.5.1'],
    does: 'Sends a Close with 1000 and a reason that is not UTF-8: there is a surrogate in it.',
    expects: 'The connection is failed with 1007 or 1002, or just ended; the Close is not answered as a good one.',
    requirements: ['6455-8.1-1', '6455-8.1-2', '6455-5.5.1-3'],
    ...ended([close(1000, NOT_UTF8)], refuses(1007, 1002)),
  }),
];

// ---- codes ----------------------------------------------------------------------------------------------------------------------------

/** Codes that may be in a Close frame, in the order of the ids, each with the rule that says so. */
const GOOD_CODES: readonly (readonly [code: number, rule: string])[] = [
  ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011].map((code) => [code, '6455-7.4.1-1'] as const),
  [3000, '6455-7.4.2-3'],
  [3999, '6455-7.4.2-3'],
  [4000, '6455-7.4.2-4'],
  [4999, '6455-7.4.2-4'],
];
const SERVERS_DO_NOT = 1010; // §7.4.1: a server that misses an extension refuses the opening handshake

/** Codes that may not, in the order of the ids. */
const BAD_CODES: readonly (readonly [code: number, rule: string])[] = [
  [0, '6455-7.4.2-1'],
  [999, '6455-7.4.2-1'],
  [1004, '6455-7.4.1-3'],
  [1005, '6455-7.4.1-4'],
  [1006, '6455-7.4.1-5'],
  ...[1016, 1100, 2000, 2999].map((code) => [code, '6455-7.4.2-2'] as const),
];

function goodCode(code: number, rule: string, alias: string): Case {
  return define({
    id: `7.4/close-with-${code}`,
    aliases: [alias],
    does: `Sends a Close with ${code}.`,
    expects: `A Close with ${code === 1000 ? '1000' : `${code}, with 1000`} or without a code comes back, and the transport ends.`,
    requirements: [...IS_ANSWERED, '6455-5.5.1-8', rule, ...code === SERVERS_DO_NOT ? ['6455-7.4.1-9'] : []],
    ...ended([close(code)], [passes({ close: [...new Set([1000, code]), null] }, 'end')]),
  });
}

function badCode(code: number, rule: string, alias: string): Case {
  return define({
    id: `7.4/close-with-${code}`,
    aliases: [alias],
    does: `Sends a Close with ${code}, which no Close frame may have.`,
    expects: REFUSED,
    requirements: ['6455-5.5.1-2', rule],
    ...ended([close(code)], refuses(1002)),
  });
}

/** §7.4.2 names no range above 4999: what is done about such a code is only written down. */
function codeWithoutRange(code: number, alias: string): Case {
  return define({
    id: `7.4.2/close-with-${code}`,
    aliases: [alias],
    does: `Sends a Close with ${code}, a code outside every range.`,
    expects: 'The connection ends; whether the code is refused or answered is only written down.',
    requirements: ['6455-7.4.2-5'],
    ...ended([close(code)], [
      informational('The code is refused with 1002.', { close: [1002] }, 'end'),
      informational('The code is accepted, and answered with 1000 or without a code.', ...CLEAN),
      informational('The code is accepted, and sent back.', { breach: 'CLOSE_CODE_NOT_ALLOWED' }),
      informational('The connection ends without an answer.', 'end'),
    ]),
  });
}

const CODES: readonly Case[] = [
  ...GOOD_CODES.map(([code, rule], index) => goodCode(code, rule, `7.7.${index + 1}`)),
  ...BAD_CODES.map(([code, rule], index) => badCode(code, rule, `7.9.${index + 1}`)),
  codeWithoutRange(5000, '7.13.1'),
  codeWithoutRange(65_535, '7.13.2'),
];

export const CLOSING: readonly Case[] = [...BEHIND, ...BODIES, ...CODES];
