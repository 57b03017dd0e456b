// §5.5.1, §7.1.1 and §7.1.4, how a connection comes to its end: who ends the transport first, and when; what is owed before; and what becomes of a
// peer that does not close, or goes without a word.

import type { Case, Item, Outcome, Pattern } from '../case.ts';
import {
  CLEAN, CLOSES, FAILS, again, binary, close, define, ended, fails, frame, hex, informational, message, nonStrict, passes, ping,
  sawAgain, sawBinary, sawPong, sawText, sends, stretch, text,
} from '../write.ts';

/** Ms in which somebody who waits can be told from somebody who does not. */
const A_MOMENT = 300;
const ANSWER: Pattern = { close: [1000, null] };
const OVERTAKES = 'It answers the Close ahead of what it had still to send, which §5.5.1 leaves to it.';
const BAD: Item = frame(3);

// ---- who ends the transport -----------------------------------------------------------------------------------------------------------

const KEPT_OPEN: Outcome = {
  grade: 'fail', sees: [ANSWER, 'silence'],
  because: 'The closing handshake is done, and the server keeps the transport, which it must end at once (§5.5.1).',
};

const ORDER: readonly Case[] = [
  define({
    id: '7.1.1/server-ends-first',
    does: 'Begins the closing handshake, and keeps its own side of the transport open.',
    expects: 'The server answers, and ends the transport at once and by itself, with FIN.',
    requirements: ['6455-5.5.1-13', '6455-5.5.1-14', '6455-7.1.1-1', '6455-7.1.1-3', '6455-7.1.1-5', '6455-7.1.2-2'],
    roles: ['server'],
    steps: [CLOSES],
    outcomes: [
      passes(ANSWER, 'fin'),
      nonStrict('The server breaks the transport instead of ending it: what is under way to its peer may be lost (§7.1.1).', ANSWER, 'end'),
      KEPT_OPEN,
    ],
  }),
  define({
    id: '7.1.1/server-ends-first-behind-messages',
    does: 'Sends ten messages and a Close in one write.',
    expects: 'The messages and the answer come back before the end: an orderly end loses nothing.',
    requirements: ['6455-7.1.1-1', '6455-5.5.1-10', '6455-5.5.1-14'],
    roles: ['server'],
    steps: [sends([again(10, text('Hello')), close(1000)]), FAILS],
    outcomes: [
      passes(sawAgain(10, sawText('Hello')), ANSWER, 'end'),
      informational(OVERTAKES, { some: sawText('Hello') }, ANSWER, 'end'),
    ],
  }),
  define({
    id: '7.1.1/client-waits-for-the-server',
    does: `Begins the closing handshake as a server, and does not end the transport for ${A_MOMENT} ms after the answer.`,
    expects: 'The client answers, waits for the server to end the transport, and follows it.',
    requirements: ['6455-5.5.1-15', '6455-5.5.1-16', '6455-7.1.1-3', '6455-7.1.1-6'],
    roles: ['client'],
    steps: [{ answers: false }, sends([close(1000)]), { await: 1 }, { watch: A_MOMENT }, FAILS],
    outcomes: [
      passes(ANSWER, 'open', 'end'),
      nonStrict('The client does not wait for the server to end the transport (§7.1.1: it should).', ANSWER, 'end'),
    ],
  }),
  define({
    id: '5.5.1/close-and-fin',
    does: 'Sends a Close frame and ends its side of the transport, without waiting for the answer.',
    expects: 'The Close is answered, as there is still somebody who reads, and the transport is ended.',
    requirements: ['6455-5.5.1-7', '6455-5.5.1-13'],
    steps: [sends([close(1000)]), { end: 'fin' }, FAILS],
    outcomes: [
      passes(...CLEAN),
      nonStrict('It does not answer a Close behind which its peer has ended its side, though that peer may well read.', 'end'),
    ],
  }),
];

// ---- a Close that is not answered -----------------------------------------------------------------------------------------------------

/** Ms after which a client that has failed a connection might let go of a server that does not. */
const A_WHILE = 12_000;

const UNANSWERED: readonly Case[] = [
  define({
    id: '7.1.7/failing-server-waits-for-nobody',
    does: 'Has the server fail the connection, and neither answers nor ends its side.',
    expects: 'The server ends the transport by itself: behind a failure, no Close is waited for.',
    requirements: ['6455-7.1.7-3', '6455-7.1.7-7', '6455-7.1.1-5', '6455-10.4-1'],
    roles: ['server'],
    steps: [{ answers: false }, sends([BAD]), FAILS],
    outcomes: [
      ...fails(1002),
      nonStrict('The server waits for an answer on a connection that it has failed: who never answers keeps it (§7.1.7).', 'close', 'silence'),
    ],
  }),
  define({
    id: '7.1.1/failing-client-waits-for-a-while',
    does: `Has the client fail the connection, and neither answers nor ends the transport for ${A_WHILE / 1000} s.`,
    expects: 'The client waits for the server a reasonable time, and then ends the transport itself.',
    requirements: ['6455-7.1.7-1', '6455-7.1.1-4', '6455-7.1.1-6'],
    roles: ['client'],
    steps: [{ answers: false }, sends([BAD]), { await: 1 }, { watch: A_WHILE }, { finish: 'leave' }],
    outcomes: [
      ...fails(1002),
      informational(`The client waits longer than ${A_WHILE / 1000} s for a server that neither answers nor goes.`, 'close', 'open'),
    ],
  }),
  define({
    id: '7.1.7/failure-and-fin',
    does: 'Has the subject fail the connection, and ends its side of the transport without an answer.',
    expects: 'The subject ends its side too.',
    requirements: ['6455-7.1.7-1', '6455-7.1.7-3', '6455-7.1.4-1'],
    steps: [{ answers: false }, sends([BAD]), { await: 1 }, { end: 'fin' }, FAILS],
    outcomes: fails(1002),
  }),
  define({
    id: '7.1.7/failure-and-reset',
    does: 'Has the subject fail the connection, and breaks the transport instead of answering.',
    expects: 'The subject lets go; nobody else is harmed.',
    requirements: ['6455-7.1.4-1'],
    survives: true,
    steps: [{ answers: false }, sends([BAD]), { await: 1 }, { end: 'reset' }, { finish: 'leave' }],
    outcomes: [passes({ maybe: 'close' }, { maybe: 'end' }), nonStrict('It fails the connection by neither a Close nor the end.', 'silence')],
  }),
];

// ---- going without a Close --------------------------------------------------------------------------------------------------------------

const FOLLOWS = 'The subject ends its side too, and delivers nothing that was not whole.';
const HELD: Outcome = {
  grade: 'fail', sees: ['silence'], because: 'Its peer has ended the transport without a Close, and it keeps its side open (§7.1.4, §7.2.1).',
};

function goes(name: string, does: string, items: readonly Item[], ...sees: readonly Pattern[]): Case {
  return define({
    id: `7.1.4/${name}`, does, expects: FOLLOWS, requirements: ['6455-7.1.4-1', '6455-7.1.5-3', '6455-7.2.1-2'],
    steps: [...items.length === 0 ? [] : [sends(items)], ...sees.length === 0 ? [] : [{ await: sees.length }], { end: 'fin' }, FAILS],
    outcomes: [passes(...sees, { maybe: 'close' }, 'end'), { ...HELD, sees: [...sees, 'silence'] }],
  });
}

/** Octets of a message that takes more than one turn to send back, and fits into what a transport holds. */
const LARGE = 1024 * 1024;

/** What was asked for before the FIN: it may still be sent, as FIN ends but one direction. */
function owed(name: string, does: string, items: readonly Item[], ...sees: readonly Pattern[]): Case {
  return define({
    id: `7.1.4/${name}`, does,
    expects: 'What came before the FIN is still answered, as FIN ends but one direction, and then the subject ends its side.',
    requirements: ['6455-7.1.4-1', '6455-6.2-4'],
    steps: [sends(items), { end: 'fin' }, FAILS],
    outcomes: [
      passes(...sees, { maybe: 'close' }, 'end'),
      informational('It lets go of what it had still to send as soon as its peer has ended its side.',
        { some: { either: sees } }, { maybe: 'close' }, 'end'),
    ],
  });
}

const GONE: readonly Case[] = [
  goes('fin-instead-of-a-close', 'Ends its side of the transport without a Close.', []),
  goes('fin-behind-a-message', 'Sends a text message, and when it has come back ends its side of the transport.', [text('Hello')], sawText('Hello')),
  goes('fin-inside-a-message', 'Sends the first fragment of a message, and ends its side of the transport.', [text('Hel', { fin: false })]),
  goes('fin-inside-a-frame', 'Sends 3 octets of the 5 of a text frame, and ends its side of the transport.', [text('Hel', { claims: '5' })]),
  goes('fin-inside-a-close', 'Sends a Close frame but for its last octet, and ends its side of the transport.',
    [frame(8, hex('03'), { claims: '2' })]),
  goes('fin-inside-a-ping', 'Sends 3 octets of the 5 of a Ping, and ends its side of the transport.', [ping('Hel', { claims: '5' })]),
  owed('fin-right-behind-a-message', 'Sends a text message and ends its side of the transport at once.', [text('Hello')], sawText('Hello')),
  owed('fin-right-behind-a-ping', 'Sends a Ping and ends its side of the transport at once.', [ping('Hello')], sawPong('Hello')),
  owed('fin-right-behind-a-megabyte', 'Sends a binary message of 1 MiB and ends its side of the transport at once.',
    [binary(stretch('noise', LARGE))], sawBinary(stretch('noise', LARGE))),
  ...resets(),
];

/** The transport breaks: all there is to see is that nobody else is harmed. */
function resets(): readonly Case[] {
  const places: readonly [name: string, does: string, items: readonly Item[]][] = [
    ['a-message', 'Sends the first fragment of a message', [text('Hel', { fin: false })]],
    ['a-header', 'Sends one octet of a header', [{ octets: hex('82') }]],
    ['a-frame', 'Sends 3 octets of the 5 of a text frame', [text('Hel', { claims: '5' })]],
    ['a-close', 'Sends a Close frame but for its last octet', [frame(8, hex('03'), { claims: '2' })]],
    ['an-echo', 'Sends a binary message of 1 MiB', [binary(stretch('noise', LARGE))]],
  ];
  return places.map(([name, does, items]) => define({
    id: `7.1.4/reset-inside-${name}`,
    does: `${does}, and breaks the transport.`,
    expects: 'The subject lets go of the connection, and serves others as before.',
    requirements: ['6455-7.1.4-1', '6455-7.2.1-2'],
    survives: true,
    steps: [sends(items), { end: 'reset' }, { finish: 'leave' }],
    outcomes: [passes('anything')],
  }));
}

// ---- what is owed before a Close ------------------------------------------------------------------------------------------------------

const OWED: readonly Case[] = [
  define({
    id: '5.5.1/close-right-behind-a-message',
    does: 'Sends a text message and a Close in one write.',
    expects: 'The message comes back, then the answer to the Close.',
    requirements: ['6455-5.5.1-7', '6455-5.5.1-10'],
    ...ended([text('Hello'), close(1000)], [
      passes(sawText('Hello'), ...CLEAN),
      informational(OVERTAKES, ...CLEAN),
    ]),
  }),
  define({
    id: '5.5.1/close-right-behind-a-megabyte',
    does: 'Sends a binary message of 1 MiB and a Close behind it.',
    expects: 'The message comes back, then the answer to the Close.',
    requirements: ['6455-5.5.1-7', '6455-5.5.1-10', '6455-7.1.1-1'],
    ...ended([message('binary', stretch('noise', LARGE), { fragment: 65_536 }), close(1000)], [
      passes(sawBinary(stretch('noise', LARGE)), ...CLEAN),
      informational(OVERTAKES, ...CLEAN),
    ]),
  }),
  define({
    id: '5.5.1/close-right-behind-a-ping',
    does: 'Sends a Ping and a Close in one write.',
    expects: 'The Ping is answered, then the Close: when the Ping came, no Close had.',
    requirements: ['6455-5.5.2-2', '6455-5.5.1-7'],
    ...ended([ping('Hello'), close(1000)], [
      passes(sawPong('Hello'), ...CLEAN),
      nonStrict('A Ping ahead of a Close in the same write is not answered; §5.5.2 excuses only one behind it.', ...CLEAN),
    ]),
  }),
];

export const CLOSING_ORDER: readonly Case[] = [...ORDER, ...UNANSWERED, ...GONE, ...OWED];
