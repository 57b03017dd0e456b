// §5.5.1 and §7.1.7, what comes after a Close: nothing does. Whatever follows the tester's Close is ignored and the closing handshake goes on; what
// follows a failure is not processed at all; and nobody closes twice.

import type { Case, Item, Outcome, SubjectRole } from '../case.ts';
import {
  BOTH, CLEAN, FAILS, binary, close, continuation, define, ended, fails, filled, frame, hex, message, nonStrict, passes, ping, pong, refuses,
  sends, stretch, text,
} from '../write.ts';

/** A frame with an opcode that is reserved: what fails any connection. */
const BAD: Item = frame(3);

const IGNORED = 'The Close is answered, once, and the transport is ended: what follows is not looked at.';
const MUCH = 'a binary message of 65536 octets';
const READS_ON = 'It reads on behind a Close, and finds fault with what it may throw away (§7.1.1).';

/** What follows a Close: legal in itself, or nothing that makes sense. */
const FOLLOWING: readonly { name: string; what: string; items: readonly Item[] }[] = [
  { name: 'text', what: 'a text message', items: [text('Hello')] },
  { name: 'empty-text', what: 'an empty text message', items: [text()] },
  { name: 'binary', what: 'a binary message', items: [binary(hex('00ff'))] },
  { name: 'message-in-fragments', what: 'a text message in two fragments', items: [text('Hel', { fin: false }), continuation('lo')] },
  { name: 'fragment', what: 'the first fragment of a message', items: [text('Hel', { fin: false })] },
  { name: 'ping', what: 'a Ping', items: [ping('Hello')] },
  { name: 'pong', what: 'a Pong', items: [pong('Hello')] },
  { name: 'close-with-another-code', what: 'another Close with another code', items: [close(1001)] },
  { name: 'three-more', what: 'three more of them', items: [close(1000), close(null), close(1000)] },
];

/** What would fail a connection, were it open. */
const FOLLOWING_BADLY: readonly { name: string; what: string; items: readonly Item[] }[] = [
  { name: 'reserved-opcode', what: 'a frame with a reserved opcode', items: [BAD] },
  { name: 'rsv-bits', what: 'a text frame with all RSV bits', items: [text('Hello', { rsv: 7 })] },
  { name: 'continuation', what: 'a continuation of nothing', items: [continuation('lo')] },
  { name: 'text-that-is-none', what: 'a text message that is not UTF-8', items: [text(hex('c080'))] },
  { name: 'code-that-may-not-be', what: 'another Close, with code 1005', items: [close(1005)] },
  { name: 'endless-frame', what: 'the header of a frame of 2^63 − 1 octets', items: [binary(hex(''), { claims: '9223372036854775807' })] },
  { name: 'half-a-header', what: 'one octet', items: [{ octets: hex('82') }] },
  { name: 'garbage', what: '64 octets that are no frame', items: [{ octets: stretch('noise', 64) }] },
  { name: 'an-http-request', what: 'the beginning of an HTTP request', items: [{ octets: { text: 'GET / HTTP/1.1\r\nHost: example\r\n\r\n' } }] },
];

/**
 * A server ends the transport at once when both Closes are through, a client when it sees the end behind what it has to read past (§5.5.1): within
 * which time no RFC says.
 */
const LATER: Outcome = nonStrict(
  'It has answered the Close, and does not end its side within the time of this run: it does not read past what lies behind the Close.',
  { close: [1000, null] }, 'silence',
);

function behindClose(
  name: string, what: string, items: readonly Item[], more: readonly Outcome[] = [], roles: readonly SubjectRole[] = BOTH,
): readonly Case[] {
  const common = { expects: IGNORED, requirements: ['6455-5.5.1-12', '6455-5.5.1-13', '6455-5.5.1-18', '6455-7.1.1-1'], roles };
  return [
    define({
      ...common, id: `5.5.1/close-and-${name}`, does: `Sends a Close frame, and ${what} behind it in the same write.`,
      ...ended([close(1000), ...items], [passes(...CLEAN), ...more]),
    }),
    define({
      ...common, id: `5.5.1/close-and-then-${name}`, does: `Sends a Close frame, and ${what} behind it in a write of its own.`,
      steps: [{ answers: false }, sends([close(1000), ...items], 'items'), FAILS],
      outcomes: [passes(...CLEAN), ...more],
    }),
  ];
}

// ---- inside of a message --------------------------------------------------------------------------------------------------------------

const CUTS_IN: readonly Case[] = [
  define({
    id: '5.4/close-inside-a-message',
    does: 'Sends the first fragment of a text message, and a Close instead of the second.',
    expects: 'The Close is answered: a control frame may come between fragments, and this message will have no end.',
    requirements: ['6455-5.4-5', '6455-5.4-9', '6455-5.5.1-7'],
    ...ended([text('Hel', { fin: false }), close(1000)], [
      passes(...CLEAN),
      nonStrict('It fails the connection because a message was left unfinished; the RFC lets a Close come at any time.', { close: [1002] }, 'end'),
    ]),
  }),
  define({
    id: '5.4/close-inside-a-character',
    does: 'Sends a fragment of a text message that ends within a character, and a Close.',
    expects: 'The Close is answered: only a text that is whole is judged by how it ends.',
    requirements: ['6455-5.4-5', '6455-5.6-3', '6455-5.5.1-7'],
    ...ended([text(hex('48e282'), { fin: false }), close(1000)], [
      passes(...CLEAN),
      nonStrict('It fails the connection because a message was left unfinished.', { close: [1002, 1007] }, 'end'),
    ]),
  }),
];

// ---- behind a failure -----------------------------------------------------------------------------------------------------------------

const NOT_PROCESSED = 'Nothing of it is answered: a connection that has failed is not read any more.';
const STILL_ANSWERS: Outcome = nonStrict(
  'It answers a Ping on a connection that it has failed (§7.1.7: no more is processed).',
  { close: [1002] }, { pong: { text: 'still there?' } }, 'end',
);

/** The subject has failed the connection, its Close was seen, and it is not answered; `items` come instead, and then FIN. */
function behindFailure(name: string, does: string, items: readonly Item[], ...more: readonly Outcome[]): Case {
  return define({
    id: `7.1.7/${name}`, does, expects: NOT_PROCESSED, requirements: ['6455-7.1.7-7', '6455-5.5.1-6'],
    steps: [{ answers: false }, sends([BAD]), { await: 1 }, sends(items), { end: 'fin' }, FAILS],
    outcomes: [...fails(1002), ...more],
  });
}

const BEHIND_FAILURE: readonly Case[] = [
  behindFailure('text-behind-a-failure', 'Has the subject fail the connection, and sends a text message once its Close has come.', [text('Hello')]),
  behindFailure('ping-behind-a-failure', 'Has the subject fail the connection, and sends a Ping once its Close has come.',
    [ping('still there?')], STILL_ANSWERS),
  behindFailure('second-fault-behind-a-failure', 'Has the subject fail the connection, and gives it another reason once its Close has come.',
    [text(hex('c080'))]),
  define({
    id: '5.5.1/one-close-for-a-failure-and-a-close',
    does: 'Sends a frame with a reserved opcode and a Close frame behind it in the same write.',
    expects: 'One Close frame comes, with 1002, and then the end.',
    requirements: ['6455-5.5.1-18', '6455-7.1.7-7'],
    ...ended([BAD, close(1000)], refuses(1002)),
  }),
  define({
    id: '5.5.1/one-close-for-two-failures',
    does: 'Sends two frames with reserved opcodes and a text that is not UTF-8.',
    expects: 'One Close frame comes, with 1002, and then the end.',
    requirements: ['6455-5.5.1-18', '6455-7.1.7-7'],
    ...ended([BAD, frame(11), text(hex('ff'))], fails(1002)),
  }),
  define({
    id: '7.1.7/frames-in-plenty-behind-a-failure',
    does: 'Sends a frame with a reserved opcode, and 4 MiB of messages behind it.',
    expects: 'The connection is failed with 1002; what follows is thrown away, and does not come back.',
    requirements: ['6455-7.1.7-7', '6455-7.1.1-1'],
    retains: 1024 * 1024,
    steps: [{ answers: false }, sends([BAD]), { send: [message('binary', stretch('noise', 65_536))], times: 64 }, { end: 'fin' }, FAILS],
    outcomes: [...fails(1002), nonStrict('It waits for an answer that lies behind what it does not read, beyond the time of this run.', { close: [1002] }, 'silence')],
  }),
];

// ---- how a failure is told ------------------------------------------------------------------------------------------------------------

/** The one family of cases in which a failure without a word is not as good as one with. */
function toldBy(name: string, does: string, items: readonly Item[], code: number): Case {
  return define({
    id: `7.1.7/tells-of-${name}`, does,
    expects: `The connection is failed, and a Close frame with ${code} says why.`,
    requirements: ['6455-7.1.7-5', '6455-7.1.7-6', '6455-10.7-3'],
    ...ended(items, [
      passes({ close: [code] }, 'end'),
      nonStrict(`It tells of the failure by another code than ${code}.`, 'close', 'end'),
      nonStrict('It ends the transport without a word of why (§7.1.7: a Close frame should say so).', 'end'),
    ]),
  });
}

const TOLD: readonly Case[] = [
  toldBy('a-protocol-error', 'Sends a frame with a reserved opcode.', [BAD], 1002),
  toldBy('a-text-that-is-none', 'Sends a text message that is not UTF-8.', [text(hex('48c0af'))], 1007),
  toldBy('a-protocol-error-inside-a-message', 'Sends the first fragment of a message, and a new message.',
    [text('Hel', { fin: false }), text('lo')], 1002),
  toldBy('a-control-frame-too-long', 'Sends a Ping of 126 octets.', [ping(filled(126))], 1002),
];

export const AFTER_CLOSE: readonly Case[] = [
  ...FOLLOWING.flatMap(({ name, what, items }) => behindClose(name, what, items)),
  ...FOLLOWING_BADLY.flatMap(({ name, what, items }) => behindClose(name, what, items, [nonStrict(READS_ON, { close: [1002, 1007, 1009] }, 'end')])),
  ...behindClose('64-kib', MUCH, [binary(stretch('noise', 65_536))], [], ['server']),
  ...behindClose('64-kib-for-a-client', MUCH, [binary(stretch('noise', 65_536))], [LATER], ['client']),
  ...CUTS_IN,
  ...BEHIND_FAILURE,
  ...TOLD,
];
