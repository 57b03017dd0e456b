// §5.4 and §6.2, how octets arrive: a transport cuts them where it likes, and no reader may depend on it. A conversation is replayed with a cut
// behind every octet of it, with two cuts, in pieces of one size, and with many frames in one piece.

import type { Case, FrameItem, Item, Pattern, Payload, Split, Step } from '../case.ts';
import { writeFrame } from '../tester/frame-writer.ts';
import {
  CLEAN, CLOSES, FAILS, again, binary, close, continuation, define, fails, hex, informational, message, passes, passesCleanly, ping, sawAgain,
  sawBinary, sawPong, sawText, sends, stretch, text,
} from '../write.ts';

const REQUIREMENTS = ['6455-6.2-1', '6455-5.4-1', '6455-5.4-4'];

/** What is sent in one go, and what comes back of it: so many things, in any order. */
interface Exchange {
  readonly name: string;
  readonly what: string;
  readonly items: readonly FrameItem[];
  readonly sees: readonly Pattern[];
}

/** Octets of a mask: offsets behind the end of a frame that has none cut nothing. */
const MASK = 4;

const GREETING = 'Hé, hawser €😀';
const FIRST: Payload = hex('48c3a92c20e282'); // ends within the sign of the euro
const LAST: Payload = hex('acf09f9880');

const TEXT: Exchange = {
  name: 'text', what: 'a text message with characters of one to four octets',
  items: [text(GREETING)], sees: [sawText(GREETING)],
};
const FRAGMENTS: Exchange = {
  name: 'fragments', what: 'a text message in two fragments that divide a character, and a Ping between them',
  items: [text(FIRST, { fin: false }), ping('ok'), continuation(LAST)],
  sees: [sawPong('ok'), sawText({ parts: [FIRST, LAST] })],
};
const EMPTY: Exchange = {
  name: 'empty-frames', what: 'a message of three empty fragments and one of one octet',
  items: [binary(hex(''), { fin: false }), continuation(hex(''), { fin: false }), continuation(), text('.')],
  sees: [sawBinary(hex('')), sawText('.')],
};
const MEDIUM: Exchange = {
  name: 'a-16-bit-length', what: 'a binary message of 126 octets, whose length stands in 16 bits',
  items: [binary(stretch('noise', 126))], sees: [sawBinary(stretch('noise', 126))],
};
const PINGS: Exchange = {
  name: 'pings', what: 'a Ping of 125 octets and one without payload',
  items: [ping(stretch('noise', 125)), ping()], sees: [sawPong(stretch('noise', 125)), sawPong(hex(''))],
};

const WHOLE: readonly Exchange[] = [TEXT, FRAGMENTS, EMPTY, MEDIUM, PINGS];

const ALWAYS_THE_SAME = 'It is answered every time, however it was cut.';

/** Sends the exchange once for each of the ways to cut it, each when the one before was answered. */
function replay({ items, sees }: Exchange, splits: readonly Split[]): Pick<Case, 'steps' | 'outcomes'> {
  return {
    steps: [...splits.flatMap((split, i): Step[] => [sends(items, split), { await: (i + 1) * sees.length }]), CLOSES],
    outcomes: [passesCleanly(sawAgain(splits.length, sees.length === 1 ? sees[0] as Pattern : { anyOrder: sees }))],
  };
}

/** Every offset at which there is something on both sides. */
function inside(octets: number): number[] {
  return Array.from({ length: octets - 1 }, (_, i) => i + 1);
}

/** Octets of the frames when they are masked. */
function octetsIn(items: readonly FrameItem[]): number {
  return items.reduce((sum, item) => sum + writeFrame(item, true).length, 0);
}

const CUT_ONCE: readonly Case[] = WHOLE.map((exchange) => define({
  id: `6.2/${exchange.name}-cut-behind-every-octet`,
  does: `Sends ${exchange.what} once for every octet of it, in two writes that are cut behind that octet.`,
  expects: ALWAYS_THE_SAME,
  requirements: REQUIREMENTS,
  ...replay(exchange, inside(octetsIn(exchange.items)).map((at) => [at])),
}));

/** Two cuts: every pair of offsets in what is short enough. */
const SHORT: Exchange = {
  name: 'two-fragments', what: 'a text message of two fragments that divide a character',
  items: [text(hex('c3'), { fin: false }), continuation(hex('a9'))], sees: [sawText('é')],
};

const CUT_TWICE: Case = define({
  id: '6.2/two-fragments-cut-twice',
  does: `Sends ${SHORT.what} once for every two of its octets, in three writes that are cut behind them.`,
  expects: ALWAYS_THE_SAME,
  requirements: REQUIREMENTS,
  ...replay(SHORT, inside(octetsIn(SHORT.items)).flatMap((at, i, all) => all.slice(i + 1).map((behind) => [at, behind]))),
});

/** A frame whose length takes 64 bits: the octets at which its parts meet, without and with a mask, and those around them. */
const LARGE = 65_536;
const SEAMS: readonly number[] = [...inside(18), 4096, 32_768, LARGE - 1, LARGE, LARGE + 9, LARGE + 10, LARGE + 13];

const CUT_LARGE: Case = define({
  id: '6.2/a-64-bit-length-cut-at-its-seams',
  does: `Sends a binary message of ${LARGE} octets ${SEAMS.length} times, cut behind each octet of its header, around its middle and at its end.`,
  expects: ALWAYS_THE_SAME,
  requirements: REQUIREMENTS,
  ...replay(
    { name: '', what: '', items: [binary(stretch('noise', LARGE))], sees: [sawBinary(stretch('noise', LARGE))] },
    SEAMS.map((at) => [at]),
  ),
});

// ---- pieces of one size ---------------------------------------------------------------------------------------------------------------

/** All exchanges, so that pieces begin and end wherever the sizes lead. */
const CONVERSATION: readonly Item[] = WHOLE.flatMap(({ items }) => items);

/** What is due: the messages in their order, and the Pongs in theirs. Which of them comes first in between is left open. */
const CONVERSATION_SEEN = WHOLE.flatMap(({ sees }) => sees);

const PIECES: readonly Case[] = [1, 2, 3, 5, 7, 13].map((size) => define({
  id: `6.2/conversation-in-pieces-of-${size}`,
  does: `Sends texts, fragments, Pings and empty frames one behind the other, in writes of ${size === 1 ? 'one octet' : `${size} octets`}.`,
  expects: 'Everything is answered as if it had come in one piece.',
  requirements: REQUIREMENTS,
  steps: [sends(CONVERSATION, size), { await: CONVERSATION_SEEN.length }, CLOSES],
  outcomes: [passesCleanly({ anyOrder: CONVERSATION_SEEN })],
}));

const TOGETHER: readonly Case[] = [
  define({
    id: '6.2/conversation-in-one-piece',
    does: 'Sends texts, fragments, Pings, empty frames and a Close in one write.',
    expects: 'Everything is answered, and then the Close.',
    requirements: [...REQUIREMENTS, '6455-5.5.1-7'],
    steps: [sends([...CONVERSATION, close(1000)]), FAILS],
    outcomes: [
      passes({ anyOrder: CONVERSATION_SEEN }, ...CLEAN),
      informational('It answers the Close ahead of what it had still to send, which §5.5.1 leaves to it.',
        { some: { either: CONVERSATION_SEEN } }, ...CLEAN),
    ],
  }),
  define({
    id: '6.2/a-thousand-frames-in-one-write',
    does: 'Sends 1000 text messages of one octet in one write.',
    expects: 'All 1000 come back.',
    requirements: ['6455-6.2-1', '6455-6.2-5'],
    steps: [sends([again(1000, text('.'))]), { await: 1000 }, CLOSES],
    outcomes: [passesCleanly(sawAgain(1000, sawText('.')))],
  }),
  define({
    id: '6.2/a-thousand-frames-in-pieces-that-never-fit',
    does: 'Sends 1000 text messages of 11 octets in writes of 1021 octets, so that nearly every write ends within a frame.',
    expects: 'All 1000 come back.',
    requirements: REQUIREMENTS,
    steps: [sends([again(1000, text('Hello hello'))], 1021), { await: 1000 }, CLOSES],
    outcomes: [passesCleanly(sawAgain(1000, sawText('Hello hello')))],
  }),
  define({
    id: '6.2/16-kib-octet-by-octet',
    does: 'Sends a text message of 16384 octets, each octet in a write of its own.',
    expects: 'The message comes back.',
    requirements: REQUIREMENTS,
    incidents: ['CVE-2026-48779', 'websockets/ws#2331'],
    retains: 1024 * 1024,
    steps: [sends([message('text', stretch('prose', 16_384))], 1), { await: 1 }, CLOSES],
    outcomes: [passesCleanly(sawText(stretch('prose', 16_384)))],
  }),
];

// ---- a Close, and what is wrong -------------------------------------------------------------------------------------------------------

/** A Close of every part there is. */
const BYE = close(1000, 'bye');
const BYE_OCTETS = octetsIn([BYE]);

const CLOSE_CUT: readonly Case[] = inside(BYE_OCTETS).map((at) => define({
  id: `6.2/close-cut-behind-octet-${at}`,
  does: `Sends a Close frame with a reason, cut behind octet ${at}.`,
  expects: 'The Close is answered, and the transport is ended.',
  requirements: ['6455-6.2-1', '6455-5.5.1-7'],
  ...at < BYE_OCTETS - MASK ? {} : { roles: ['server'] as const }, // to a client the frame is shorter
  steps: [sends([BYE], [at]), FAILS],
  outcomes: [passes(...CLEAN)],
}));

/** Frames that fail a connection, each octet in a write of its own: that it is wrong does not depend on seeing it at once. */
const WRONG: readonly { name: string; what: string; items: readonly Item[]; code: number | readonly number[] }[] = [
  { name: 'reserved-opcode', what: 'a frame with a reserved opcode', items: [{ frame: 3, payload: { text: 'Hello' } }], code: 1002 },
  { name: 'fragmented-ping', what: 'a Ping without FIN', items: [ping('Hello', { fin: false })], code: 1002 },
  { name: 'ping-of-126', what: 'a Ping of 126 octets', items: [ping(stretch('noise', 126))], code: 1002 },
  { name: 'length-with-its-top-bit', what: 'a length above 2^63', items: [binary('Hello', { claims: '9223372036854775813' })], code: [1002, 1009] },
  { name: 'continuation-of-nothing', what: 'a continuation of nothing', items: [continuation('Hello')], code: 1002 },
  { name: 'surrogate', what: 'a text message with a surrogate in it', items: [text(hex('48eda08048'))], code: 1007 },
  { name: 'character-cut-off', what: 'a text message that ends within a character', items: [text(hex('48e282'))], code: 1007 },
];

const WRONG_IN_PIECES: readonly Case[] = WRONG.map(({ name, what, items, code }) => define({
  id: `6.2/${name}-octet-by-octet`,
  does: `Sends ${what}, each octet in a write of its own.`,
  expects: `The connection is failed with ${[code].flat().join(' or ')}, as if it had come at once.`,
  requirements: ['6455-6.2-1', '6455-10.7-1'],
  steps: [sends(items, 1), FAILS],
  outcomes: fails(code),
}));

export const SWEEPS: readonly Case[] = [...CUT_ONCE, CUT_TWICE, CUT_LARGE, ...PIECES, ...TOGETHER, ...CLOSE_CUT, ...WRONG_IN_PIECES];
