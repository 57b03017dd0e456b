// §5.1, §5.3 and §10.3, masking: a server takes frames that are masked and no others, a client those that are not; each frame has a key of its
// own; and the keys a client chooses cannot be guessed.

import { KEYS_TO_WEIGH } from '../tester/masking-keys.ts';
import type { Case, FrameItem, Pattern, SubjectRole } from '../case.ts';
import {
  CLEAN, CLOSES, answered, binary, close, continuation, define, ended, fails, failsBehind, hex, informational, nonStrict, passesCleanly, ping, pong,
  refuses, sawBinary, sawPong, sawText, stretch, text,
} from '../write.ts';

const FAILS_AT_ONCE = 'The connection is failed with 1002, and nothing is delivered.';
const INCIDENTS = ['theturtle32/WebSocket-Node#226'];

/** Frames that go the wrong way round, to a server and to a client. */
const WAYS: readonly { role: SubjectRole; word: string; masked: boolean; requirements: readonly string[]; header: string }[] = [
  { role: 'server', word: 'unmasked', masked: false, requirements: ['6455-5.1-2', '6455-5.1-3'], header: '8105' },
  { role: 'client', word: 'masked', masked: true, requirements: ['6455-5.1-5', '6455-5.1-6'], header: '8185' },
];

function wrongWay({ role, word, masked, requirements, header }: (typeof WAYS)[number]): readonly Case[] {
  const more = { masked };
  const common = { requirements, roles: [role], incidents: INCIDENTS };
  const alone: readonly [name: string, what: string, item: FrameItem][] = [
    ['text', 'text frame', text('Hello', more)],
    ['empty-text', 'text frame without payload', text(hex(''), more)],
    ['binary', 'binary frame', binary(hex('00ff00ff'), more)],
    ['ping', 'Ping', ping('Hello', more)],
    ['empty-ping', 'Ping without payload', ping(hex(''), more)],
    ['pong', 'Pong', pong('Hello', more)],
  ];
  return [
    ...alone.map(([name, what, item]) => define({
      ...common, id: `5.1/${word}-${name}`, does: `Sends a ${what} that is ${word}.`, expects: FAILS_AT_ONCE, ...ended([item], fails(1002)),
    })),
    define({
      ...common,
      id: `5.1/${word}-close`,
      does: `Sends a Close frame that is ${word}.`,
      expects: 'The connection is failed with 1002: the Close is not answered as if it were a good one.',
      ...ended([close(1000, hex(''), more)], [
        ...refuses(1002),
        nonStrict('The connection is failed with another status code than 1002.', { close: [1003, 1007, 1008, 1011] }, 'end'),
      ]),
    }),
    define({
      ...common,
      id: `5.1/${word}-continuation`,
      does: `Sends the first fragment of a text message as it should be, and the last one ${word}.`,
      expects: FAILS_AT_ONCE,
      ...ended([text('Hel', { fin: false }), continuation('lo', more)], fails(1002)),
    }),
    define({
      ...common,
      id: `5.1/${word}-ping-inside-a-message`,
      does: `Sends two fragments of a text message, and between them a Ping that is ${word}.`,
      expects: FAILS_AT_ONCE,
      ...ended([text('Hel', { fin: false }), ping('?', more), continuation('lo')], fails(1002)),
    }),
    define({
      ...common,
      id: `5.1/${word}-behind-a-message`,
      does: `Sends a good text message, and when it has come back one that is ${word}.`,
      expects: 'The first message comes back, and the connection is failed with 1002.',
      steps: [{ send: [text('Hello')] }, { await: 1 }, { send: [text('Hello', more)] }, { finish: 'fail' }],
      outcomes: failsBehind(1002, sawText('Hello')),
    }),
    define({
      ...common,
      id: `5.1/${word}-header`,
      does: `Sends the two octets that say of a text frame that it is ${word}, and nothing behind them.`,
      expects: 'The connection is failed with 1002: what follows can make it no better.',
      ...ended([{ octets: hex(header) }], [
        ...fails(1002), informational('It waits for the rest of a frame that has been wrong since its second octet.', 'silence'),
      ]),
    }),
  ];
}

const KEYS = ['00000000', 'ffffffff', '000000ff', '80000000', '48656c6c'];
const PHASES = [1, 2, 3, 5, 7, 4, 6];
const LONGEST = 64;

/** Keys that a server has to take as they come. */
const TAKEN: readonly Case[] = [
  define({
    id: '5.3/key-of-zeros',
    does: 'Sends a text frame that is masked with 00000000, so that it looks as if it were not.',
    expects: 'The message comes back: zero is a key like any other.',
    requirements: ['6455-5.3-8', '6455-5.2-10'],
    roles: ['server'],
    ...answered([text('Hello', { key: '00000000' })], [sawText('Hello')]),
  }),
  define({
    id: '5.3/every-frame-its-own-key',
    does: `Sends a text message under each of the keys ${KEYS.join(', ')}, in one write.`,
    expects: 'Every message comes back.',
    requirements: ['6455-5.3-5', '6455-6.2-8'],
    roles: ['server'],
    ...answered(KEYS.map((key) => text('Hello', { key })), KEYS.map(() => sawText('Hello'))),
  }),
  define({
    id: '5.3/key-begins-anew-in-each-fragment',
    does: `Sends a binary message in fragments of ${PHASES.join(', ')} octets and a Ping between two of them, each frame under another key.`,
    expects: 'The Pong and the message come back: the first octet of a frame goes with the first of its key, wherever the frame before ended.',
    requirements: ['6455-5.3-5', '6455-5.3-7', '6455-5.4-4'],
    roles: ['server'],
    ...fragmentsUnderTheirKeys(),
  }),
  define({
    id: '5.3/every-length-has-its-phase',
    does: `Sends binary messages of 0, 1, 2, … and ${LONGEST} octets, each under another key, in one write.`,
    expects: 'Every message comes back as it was sent, whatever its length leaves over.',
    requirements: ['6455-5.3-5', '6455-5.3-6'],
    roles: ['server'],
    ...everyLength(),
  }),
];

function fragmentsUnderTheirKeys(): Pick<Case, 'steps' | 'outcomes'> {
  const frames = PHASES.map((length, i): FrameItem => {
    const payload = { corpus: 'noise', length, from: 16 * i } as const;
    const more = { fin: i === PHASES.length - 1, key: keyOf(i) };
    return i === 0 ? binary(payload, more) : continuation(payload, more);
  });
  const whole = { parts: PHASES.map((length, i) => ({ corpus: 'noise', length, from: 16 * i } as const)) };
  return {
    steps: [{ send: [...frames.slice(0, 3), ping('in between', { key: 'a5c3f00f' }), ...frames.slice(3)] }, { await: 2 }, CLOSES],
    outcomes: [passesCleanly({ anyOrder: [sawPong('in between'), sawBinary(whole)] })],
  };
}

function everyLength(): Pick<Case, 'steps' | 'outcomes'> {
  const payloads = Array.from({ length: LONGEST + 1 }, (_, length) => stretch('noise', length));
  return answered(payloads.map((payload, i) => binary(payload, { key: keyOf(i) })), payloads.map(sawBinary));
}

/** Keys that have nothing in common, as far as a formula can have it. */
function keyOf(index: number): string {
  return (Math.imul(index + 1, 0x9e37_79b1) >>> 0).toString(16).padStart(8, '0');
}

/** What the subject sends itself. */
const OWN: readonly Case[] = [
  define({
    id: '5.1/frames-of-a-server',
    does: 'Has a server send back a text, an empty and a long message, answer a Ping and close.',
    expects: 'None of its frames is masked.',
    requirements: ['6455-5.1-4', '6455-6.1-4', '6455-6.1-6', '6455-6.1-7'],
    roles: ['server'],
    steps: [
      { send: [text('Hello'), binary(), binary(stretch('noise', 70_000)), ping('Hello')] }, { await: 4 }, CLOSES,
    ],
    outcomes: [passesCleanly({ anyOrder: [sawText('Hello'), sawBinary(hex('')), sawBinary(stretch('noise', 70_000)), sawPong('Hello')] })],
  }),
  define({
    id: '5.1/frames-of-a-client',
    does: 'Has a client send back a text, an empty and a long message, answer a Ping and close.',
    expects: 'Each of its frames is masked, also those without payload, and the key is not counted with the payload.',
    requirements: ['6455-5.1-1', '6455-5.3-1', '6455-5.3-7', '6455-5.5.1-5', '6455-6.1-4', '6455-6.1-6', '6455-6.1-7', '6455-6.1-8'],
    roles: ['client'],
    steps: [
      { send: [text('Hello'), binary(), binary(stretch('noise', 70_000)), ping(hex(''))] }, { await: 4 }, CLOSES,
    ],
    outcomes: [passesCleanly({ anyOrder: [sawText('Hello'), sawBinary(hex('')), sawBinary(stretch('noise', 70_000)), sawPong(hex(''))] })],
  }),
  define({
    id: '5.3/keys-of-a-client',
    does: `Has a client send back ${KEYS_TO_WEIGH} short messages and looks at the keys they are masked with.`,
    expects: 'The keys differ from frame to frame, use all their bits, and do not follow from each other.',
    requirements: ['6455-5.3-2', '6455-5.3-3', '6455-5.3-4', '6455-10.3-1', '6455-10.3-3'],
    incidents: ['lysine-dev/okhttp#9472', 'mojolicious/mojo#2327'],
    roles: ['client'],
    steps: [
      { volley: { count: KEYS_TO_WEIGH, message: 'text', payload: stretch('prose', 8), inFlight: 64 } },
      { weigh: 'masking-keys' },
      CLOSES,
    ],
    outcomes: [
      passesCleanly('volley', { keys: 'vary' }),
      guessed('repeat', 'The client masks more than one frame with the same key (§5.3: a fresh one for each).'),
      guessed('progress', 'Each key of the client is the one before and a number: whoever saw two knows them all (§5.3).'),
      guessed('narrow', 'The keys of the client leave bits of them as they are, so that there are few (§5.3).'),
      guessed('generator', 'The keys of the client follow from each other by a generator that is not for secrets: java.util.Random or drand48, ' +
        'or a Mersenne Twister (§5.3, §10.3).'),
    ],
  }),
  define({
    id: '5.3/keys-of-control-frames',
    does: 'Has a client answer 64 Pings, one after another, and looks at the keys the Pongs are masked with.',
    expects: 'The keys differ from frame to frame, as those of messages do.',
    requirements: ['6455-5.3-2', '6455-10.3-1'],
    roles: ['client'],
    steps: [
      ...Array.from({ length: 64 }, (_, i) => [{ send: [ping(`${i}`)] }, { await: i + 1 }]).flat(),
      { weigh: 'masking-keys' },
      CLOSES,
    ],
    outcomes: [
      passesCleanly(...Array.from({ length: 64 }, (_, i) => sawPong(`${i}`)), { keys: 'vary' }),
    ],
  }),
];

function guessed(keys: 'repeat' | 'progress' | 'narrow' | 'generator', because: string): Case['outcomes'][number] {
  const sees: readonly Pattern[] = ['volley', { keys }, ...CLEAN];
  return { grade: 'fail', sees, because };
}

export const MASKING: readonly Case[] = [...WAYS.flatMap(wrongWay), ...TAKEN, ...OWN];
