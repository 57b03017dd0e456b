// §5.4, fragmentation: messages in several frames, control frames between them, and fragments that fit nowhere.

import type { Case, FrameItem, Split } from '../case.ts';
import {
  CLOSES, answered, continuation, define, ended, fails, failsBehind, message, nonStrict, passesCleanly, ping, pong, sawPong, sawText,
  sends, stretch, text,
} from '../write.ts';

const OPEN = { fin: false };
const [FIRST, SECOND, THIRD, FOURTH, FIFTH] = ['fragment1', 'fragment2', 'fragment3', 'fragment4', 'fragment5'] as const;
const STRAY = 'Continues what never was';
const GREETING = 'Hello, hawser';
const ASKING = 'Still there?';

const JOINED = 'One message comes back, with the content of both fragments, and the closing handshake is clean.';
const FAILS_AT_ONCE = 'The connection is failed with 1002, and nothing is delivered.';

interface Way {
  readonly name: string;
  readonly how: string;
  readonly split: Split;
}

/** The three ways in which the classic suite writes its frames, in the order of its ids. */
const WAYS: readonly Way[] = [
  { name: '', how: 'in one write', split: 'together' },
  { name: '-framewise', how: 'each frame in a write of its own', split: 'items' },
  { name: '-octetwise', how: 'each octet in a write of its own', split: 1 },
];

/** One case for each way, with ids that count on from `5.first`. */
function inEachWay(first: number, write: (way: Way, aliases: readonly string[]) => Case): readonly Case[] {
  return WAYS.map((way, index) => write(way, [`5.${first + index}`]));
}

/** Frames that fail the connection before anything is delivered. */
function refused(id: string, alias: string, does: string, requirements: readonly string[], ...items: readonly FrameItem[]): Case {
  return define({ id: `5.4/${id}`, aliases: [alias], does, expects: FAILS_AT_ONCE, requirements, ...ended(items, fails(1002)) });
}

const WHOLE_CONTROL = ['6455-5.4-6', '6455-5.5-3'];
const CONTINUES_NOTHING = ['6455-5.4-2', '6455-5.4-3'];

/** A continuation frame although no message is under way, and a good message behind it. */
function stray(first: number, name: string, what: string, fin: boolean): readonly Case[] {
  return inEachWay(first, ({ name: way, how, split }, aliases) => define({
    id: `5.4/${name}${way}`,
    aliases,
    does: `Sends a continuation frame ${what} although no message is under way, and a text message behind it, ${how}.`,
    expects: FAILS_AT_ONCE,
    requirements: CONTINUES_NOTHING,
    ...ended([continuation(STRAY, { fin }), text(GREETING)], fails(1002), split),
  }));
}

/** Five fragments and two Pings; the tester goes on in the middle only when the first Ping was answered. */
function fiveFragments(name: string, alias: string, how: string, split: Split): Case {
  const first = sawPong('ping in 2'), second = sawPong('ping in 4'), whole = sawText(FIRST + SECOND + THIRD + FOURTH + FIFTH);
  return define({
    id: `5.4/five-fragments-and-two-pings${name}`,
    aliases: [alias],
    does: `Sends a text message in five fragments with a Ping behind the second and the fourth, ${how}, and waits for the first Pong in between.`,
    expects: 'The first Pong comes while the message is unfinished, then the second, then the message.',
    requirements: ['6455-5.4-5', '6455-5.4-9', '6455-5.5.2-2', '6455-5.5.2-4'],
    steps: [
      sends([text(FIRST, OPEN), continuation(SECOND, OPEN), ping('ping in 2')], split),
      { await: 1 },
      sends([continuation(THIRD, OPEN), continuation(FOURTH, OPEN), ping('ping in 4'), continuation(FIFTH)], split),
      { await: 3 },
      CLOSES,
    ],
    outcomes: [passesCleanly(first, second, whole), nonStrict(PONG_WAITS, first, whole, second, ...CLEANLY)],
  });
}

const PONG_WAITS = 'The Pong comes behind the message whose fragments the Ping stood between: §5.5.2 asks for it as soon as is practical.';
const CLEANLY = passesCleanly().sees;

export const FRAGMENTATION: readonly Case[] = [
  refused('ping-in-two-fragments', '5.1', 'Sends a Ping in two fragments.', WHOLE_CONTROL, ping(FIRST, OPEN), continuation(SECOND)),
  refused('pong-in-two-fragments', '5.2', 'Sends a Pong in two fragments.', WHOLE_CONTROL, pong(FIRST, OPEN), continuation(SECOND)),
  ...inEachWay(3, ({ name, how, split }, aliases) => define({
    id: `5.4/text-in-two-fragments${name}`,
    aliases,
    does: `Sends a text message in two fragments, ${how}.`,
    expects: JOINED,
    requirements: ['6455-5.4-3', '6455-5.4-4', '6455-5.4-11', '6455-6.2-4'],
    ...answered([text(FIRST, OPEN), continuation(SECOND)], [sawText(FIRST + SECOND)], split),
  })),
  ...inEachWay(6, ({ name, how, split }, aliases) => define({
    id: `5.4/ping-between-fragments${name}`,
    aliases,
    does: `Sends a text message in two fragments with a Ping between them, ${how}.`,
    expects: 'The Pong comes first, then the message with the content of both fragments.',
    requirements: ['6455-5.4-5', '6455-5.4-9', '6455-5.5.2-2', '6455-5.5.2-4'],
    steps: [sends([text(FIRST, OPEN), ping(ASKING), continuation(SECOND)], split), { await: 2 }, CLOSES],
    outcomes: [
      passesCleanly(sawPong(ASKING), sawText(FIRST + SECOND)),
      nonStrict(PONG_WAITS, sawText(FIRST + SECOND), sawPong(ASKING), ...CLEANLY),
    ],
  })),
  ...stray(9, 'final-continuation-of-nothing', 'with FIN', true),
  ...stray(12, 'continuation-of-nothing', 'without FIN', false),
  define({
    id: '5.4/continuation-behind-a-message',
    aliases: ['5.15'],
    does: 'Sends a text message in two fragments, then a continuation frame without FIN that belongs to none, then a text message.',
    expects: 'The first message comes back, the connection is failed with 1002, and the second message is not delivered.',
    requirements: [...CONTINUES_NOTHING, '6455-6.2-5'],
    ...ended([text(FIRST, OPEN), continuation(SECOND), continuation(THIRD, OPEN), text(FOURTH)], failsBehind(1002, sawText(FIRST + SECOND))),
  }),
  refused('continuation-of-nothing-twice', '5.16',
    'Sends a continuation frame without FIN that belongs to no message, then a text message in two fragments, all that twice.', CONTINUES_NOTHING,
    continuation(FIRST, OPEN), text(SECOND, OPEN), continuation(THIRD), continuation(FOURTH, OPEN), text(FIFTH, OPEN), continuation(FIRST)),
  refused('final-continuation-of-nothing-twice', '5.17',
    'Sends a continuation frame with FIN that belongs to no message, then a text message in two fragments, all that twice.', CONTINUES_NOTHING,
    continuation(FIRST), text(SECOND, OPEN), continuation(THIRD), continuation(FOURTH), text(FIFTH, OPEN), continuation(FIRST)),
  refused('text-in-a-message', '5.18', 'Sends the first fragment of a text message, and a text frame where the continuation is due.',
    ['6455-5.4-3', '6455-5.4-8'], text(FIRST, OPEN), text(SECOND)),
  fiveFragments('', '5.19', 'in two writes', 'together'),
  fiveFragments('-framewise', '5.20', 'each frame in a write of its own', 'items'),
  define({
    id: '5.4/text-in-fragments-of-1300-octets',
    aliases: ['10.1.1'],
    does: 'Sends a text message of 65536 octets in fragments of 1300 octets.',
    expects: 'The message comes back with every octet, and the closing handshake is clean.',
    requirements: ['6455-5.4-3', '6455-5.4-4', '6455-5.4-10', '6455-5.4-11'],
    ...answered([message('text', stretch('prose', 65_536), { fragment: 1300 })], [sawText(stretch('prose', 65_536))]),
  }),
];
