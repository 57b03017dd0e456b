// §10.4, floods, and what they may cost: answers that nobody reads, fragments of nothing without an end, frames by the thousand. What a peer is
// asked to hold has to follow what arrived, not how many parts it came in; and who cannot send must not go on reading.

import type { Case, Item, Outcome, Pattern } from '../case.ts';
import {
  CLEAN, CLOSES, again, binary, continuation, define, filled, hex, informational, message, nonStrict, passes, passesCleanly, ping, pong,
  sawAgain, sawBinary, sawPong, sawText, sends, stretch, text,
} from '../write.ts';

const MIB = 1024 * 1024;

// ---- nobody reads the answers -------------------------------------------------------------------------------------------------------------

/** Octets of a flood: more than what the transports of both ends hold by themselves, by so much that it cannot be mistaken. */
const FLOOD = 32 * MIB;
/** Octets of answers that may lie in transports, and a little more. */
const BOUND = 16 * MIB;

const STOPS_OR_FORGETS = 'The subject reads no further while it cannot send, or keeps the latest of its answers only: it does not hold them all.';

/** The subject has had enough: it may close whenever it is attacked. */
const GIVES_UP: readonly Outcome[] = [
  passes('close', 'end'),
  informational('It breaks the transport of a peer that floods it, without a Close: §7.1.1 allows any means against an attack.', 'end'),
];

const PING_FLOOD = {
  expects: STOPS_OR_FORGETS,
  requirements: ['6455-10.4-1', '6455-5.5.3-2', '6455-5.5.2-4'],
  incidents: ['openai/openai-java#1013', 'eclipse-ee4j/tyrus#954', 'curl/curl#21911'],
  weight: 'heavy', survives: true, retains: 4 * MIB,
} as const;

/** Behind the flood comes what is seen in any case. */
function answersHeld(...behind: readonly Pattern[]): readonly Outcome[] {
  return [
    passesCleanly({ flooded: 'stalled' }, ...behind),
    passesCleanly({ flooded: 'bounded' }, ...behind),
    {
      grade: 'fail', sees: [{ flooded: 'unbounded' }, 'anything'],
      because: 'It read everything and held a Pong for each Ping while nobody took them: a peer that never reads makes it hold as much as it likes.',
    },
    ...GIVES_UP,
  ];
}

function messages(name: string, what: string, items: readonly Item[]): Case {
  return define({
    id: `10.4/${name}`,
    does: `Sends 32 MiB of ${what}, and reads none of the echoes meanwhile.`,
    expects: STOPS_OR_FORGETS,
    requirements: ['6455-10.4-1'],
    weight: 'heavy', survives: true, retains: 4 * MIB,
    steps: [{ flood: { send: items, octets: FLOOD, bound: BOUND } }, CLOSES],
    outcomes: [
      passesCleanly({ flooded: 'stalled' }),
      passesCleanly({ flooded: 'bounded' }),
      nonStrict('It reads on while its echoes are not taken, and holds them all: library, or application, knows no back pressure.',
        { flooded: 'unbounded' }, 'anything'),
      ...GIVES_UP,
    ],
  });
}

const UNREAD: readonly Case[] = [
  define({
    ...PING_FLOOD,
    id: '10.4/ping-flood-unread',
    does: 'Sends 32 MiB of Pings of 125 octets, and reads nothing meanwhile.',
    steps: [{ flood: { send: [ping(filled(125))], octets: FLOOD, bound: BOUND } }, CLOSES],
    outcomes: answersHeld(),
  }),
  define({
    ...PING_FLOOD,
    id: '10.4/ping-flood-inside-a-message-unread',
    does: 'Sends the first fragment of a message, 32 MiB of Pings of 125 octets without reading anything meanwhile, and the last fragment.',
    steps: [
      sends([text('Hel', { fin: false })]), { flood: { send: [ping(filled(125))], octets: FLOOD, bound: BOUND } },
      sends([continuation('lo')]), { await: 2 }, CLOSES,
    ],
    outcomes: answersHeld(sawText('Hello')),
  }),
  messages('echo-flood-unread', 'binary messages of 1 KiB', [binary(stretch('noise', 1024))]),
  messages('echo-flood-of-large-messages-unread', 'binary messages of 64 KiB', [binary(stretch('noise', 64 * 1024))]),
];

// ---- fragments -----------------------------------------------------------------------------------------------------------------------------

const FRAGMENTS = ['CVE-2026-48779', 'CVE-2026-12151', 'websockets/ws#2331'];
const PARTS = 100_000;
const SINGLE = 65_536;

const HAD_ENOUGH: Outcome = nonStrict(
  'It ends the connection of a peer that sends many Pings at once, where it was enough to answer the latest (§5.5.3).',
  { some: { either: [sawPong('again'), sawPong('?')] } }, { maybe: 'close' }, 'end',
);

/** A limit on the number of fragments is lawful, but fragments may have any size (§5.4). */
const TOO_MANY: Outcome = nonStrict(
  'It refuses a message by the number of its fragments; §5.4 lets them have any size.', { close: [1008, 1009] }, 'end',
);

const MANY: readonly Case[] = [
  define({
    id: '5.4/a-hundred-thousand-empty-fragments',
    does: `Sends a message of two octets in ${PARTS + 2} fragments, all but two of them empty, and a Ping when it has come back.`,
    expects: 'The message comes back, and the Ping is answered: an empty fragment costs nothing.',
    requirements: ['6455-5.4-4', '6455-5.4-10', '6455-5.2-20', '6455-10.4-1'],
    incidents: FRAGMENTS, weight: 'heavy', survives: true, retains: MIB,
    steps: [
      sends([binary('a', { fin: false }), again(PARTS, continuation(hex(''), { fin: false })), continuation('b')], 16_384),
      { await: 1 }, sends([ping('alive')]), { await: 2 }, CLOSES,
    ],
    outcomes: [passesCleanly(sawBinary('ab'), sawPong('alive')), TOO_MANY],
  }),
  define({
    id: '5.4/fragments-of-one-octet',
    does: `Sends a text message in ${SINGLE} fragments of one octet, and a Ping when it has come back.`,
    expects: 'The message comes back, and the Ping is answered: a fragment costs its octets.',
    requirements: ['6455-5.4-4', '6455-5.4-10', '6455-10.4-1'],
    incidents: FRAGMENTS, weight: 'heavy', survives: true, retains: MIB,
    steps: [
      sends([message('text', stretch('prose', SINGLE), { fragment: 1 })], 16_384), { await: 1 }, sends([ping('alive')]), { await: 2 }, CLOSES,
    ],
    outcomes: [passesCleanly(sawText(stretch('prose', SINGLE)), sawPong('alive')), TOO_MANY],
  }),
  define({
    id: '5.4/a-thousand-pings-inside-a-message',
    does: 'Sends a text message in 1001 fragments, with a Ping between each two.',
    expects: 'Every Ping is answered, or the latest of those that wait, and the message comes back.',
    requirements: ['6455-5.4-5', '6455-5.4-9', '6455-5.5.3-2'],
    steps: [
      sends([text('.', { fin: false }), again(1000, ping('?'), continuation('.', { fin: false })), continuation('')]), CLOSES,
    ],
    outcomes: [passesCleanly({ some: sawPong('?') }, sawText(filled(1001, '2e')), { some: sawPong('?') }), HAD_ENOUGH],
  }),
];

const ANOTHER_CODE: Outcome = nonStrict('It refuses the message with another status code than 1009 or 1008.', 'close', { maybe: 'end' });

/** Without a last fragment: what was sent is held or refused, and the tester goes. */
function endless(name: string, what: string, item: Item, frames: number, retains: number): Case {
  const once = 4096;
  return define({
    id: `10.4/${name}`,
    does: `Sends the first fragment of a message, ${frames} more of ${what}, and never the last.`,
    expects: 'They are refused at some point, or held at no more than they weigh; nobody else is harmed.',
    requirements: ['6455-10.4-1', '6455-10.4-2'],
    incidents: [...FRAGMENTS, 'CVE-2016-10542'], weight: 'heavy', survives: true, retains,
    steps: [sends([text('.', { fin: false })]), { send: [again(once, item)], times: frames / once }, { watch: 100 }, { finish: 'leave' }],
    outcomes: [passes('open'), passes({ close: [1009, 1008] }, { maybe: 'end' }), passes('end'), ANOTHER_CODE],
  });
}

const ENDLESS: readonly Case[] = [
  endless('empty-fragments-without-end', 'no octets', continuation(hex(''), { fin: false }), 524_288, MIB),
  endless('fragments-of-one-octet-without-end', 'one octet', continuation('.', { fin: false }), 524_288, 2 * MIB),
];

// ---- frames by the thousand ------------------------------------------------------------------------------------------------------------------

const PLENTY = 10_000;

const THOUSANDS: readonly Case[] = [
  define({
    id: '5.5.2/pings-by-the-thousand',
    does: `Sends ${PLENTY} Pings in one go, the last with another payload, and reads what comes.`,
    expects: 'All are answered, or those among them that were the latest: the last one in any case.',
    requirements: ['6455-5.5.2-2', '6455-5.5.3-1', '6455-5.5.3-2'],
    weight: 'heavy',
    steps: [sends([again(PLENTY - 1, ping('again')), ping('the last')]), CLOSES],
    outcomes: [
      passesCleanly({ some: sawPong('again') }, sawPong('the last')),
      nonStrict('The latest of many Pings is not answered, though it came ahead of the Close.', { some: sawPong('again') }, ...CLEAN),
      HAD_ENOUGH,
    ],
  }),
  define({
    id: '5.5.3/pongs-by-the-thousand',
    does: `Sends ${PLENTY} Pongs that answer nothing, and a Ping.`,
    expects: 'The Ping is answered, and nothing else.',
    requirements: ['6455-5.5.3-3', '6455-5.5.3-4', '6455-5.5.2-2'],
    weight: 'heavy', retains: MIB,
    steps: [sends([again(PLENTY, pong('unasked')), ping('asked')]), { await: 1 }, CLOSES],
    outcomes: [passesCleanly(sawPong('asked'))],
  }),
  define({
    id: '6.2/messages-of-one-octet-by-the-thousand',
    does: `Sends ${PLENTY} binary messages of one octet, all under way at once.`,
    expects: 'Every one comes back, in their order.',
    requirements: ['6455-6.2-4', '6455-6.2-5'],
    weight: 'heavy',
    steps: [{ volley: { count: PLENTY, message: 'binary', payload: stretch('noise', 1), inFlight: PLENTY } }, CLOSES],
    outcomes: [passesCleanly('volley')],
  }),
  define({
    id: '6.2/empty-messages-by-the-thousand',
    does: `Sends ${PLENTY} text messages without payload in one go.`,
    expects: 'Every one comes back.',
    requirements: ['6455-5.2-20', '6455-6.2-5'],
    weight: 'heavy',
    steps: [sends([again(PLENTY, text())]), { await: PLENTY }, CLOSES],
    outcomes: [passesCleanly(sawAgain(PLENTY, sawText(hex(''))))],
  }),
];

export const FLOODS: readonly Case[] = [...UNREAD, ...MANY, ...ENDLESS, ...THOUSANDS];
