// What an opening handshake may cost the side that reads it: heads that are large, that come slowly or not at all, and lists that were written
// to be read slowly (RFC 9110 §5.4, §17; RFC 6455 §10.1).
//
// Law: no standard says how large a head may be, so both a refusal and an answer are in order up to a megabyte; what is judged is that there is
// one, in the time that anything takes: a reader whose work grows with the square of what it reads is late. A refusal of a large head may be lost
// with the transport, which a peer that is still writing sees broken: there its end counts as one. How long a head may take is not said either;
// two seconds are watched, and what happens in them is told.

import type { Case, HeadItem, Item, Step } from '../case.ts';
import { define, informational, nonStrict, passes } from '../write.ts';
import {
  accepts, answered, failsOn, MAY_FAIL, MAY_REFUSE, opening, OPENED, opens, opensAnyway, refusal, refuses, requestHead, responseHead, WORKS,
} from './handshake-heads.ts';
import type { HeadCaseMore } from './handshake-heads.ts';

const KIB = 1_024;
const MIB = KIB * KIB;

/** A good head with octets in the middle, behind its first line. */
function stuffed({ head }: HeadItem, from: string, length: number, repeat: string, to: string): readonly Item[] {
  const at = head.indexOf('\r\n') + 2;
  return [{ head: `${head.slice(0, at)}${from}` }, { octets: { repeat, length } }, { head: `${to}${head.slice(at)}` }];
}

/** A field with a value of so many octets. */
const withField = (head: HeadItem, length: number): readonly Item[] => stuffed(head, 'X-Cargo: ', length, '61', '\r\n');
/** So many lines of one field, whose name is `x` and whose value is `y`. */
const withLines = (head: HeadItem, count: number): readonly Item[] => stuffed(head, '', count * 6, '783a20790d0a', '');

/** A good head with a query of so many characters. */
function withQuery(length: number): readonly Item[] {
  const [before, after] = requestHead({ line: 'GET {resource}? HTTP/1.1' }).head.split('?') as [string, string]; // the one there is
  return [{ head: `${before}?` }, { octets: { repeat: '71', length } }, { head: after }];
}

// ---- large heads ------------------------------------------------------------------------------------------------------------------

/** A good request of any size, which a server may refuse for its size. */
function large(name: string, what: string, items: readonly Item[], more: HeadCaseMore = {}): Case {
  return accepts(`9110-5.4/${name}`, what, '', ['9110-5.4-1', '6455-10.1-1'], items, {
    outcomes: [passes(...OPENED), ...MAY_REFUSE], expects: 'The server answers in time, with 101 or with an error.', ...more,
  });
}

const READ_WHOLE = 'The server reads a megabyte of a head before it knows who is there.';

const SHORT_LINES = 'The server refuses a query of 7,000 characters; RFC 9112 §3 recommends to read as many.';

const LARGE_REQUESTS: readonly Case[] = [
  accepts('9110-5.4/request-field-of-4k', 'with a field of 4 KiB', 'that is no unusual size', ['9110-5.4-1', '6455-4.2.1-14'],
    withField(requestHead(), 4 * KIB)),
  accepts('9112-3/request-line-of-7k', 'whose target has a query of 7,000 characters', 'request lines of 8,000 octets are supported',
    ['9112-3-5'], withQuery(7_000), { also: refusal('informational', SHORT_LINES) }),
  large('request-line-of-64k', 'whose target has a query of 65,536 characters', withQuery(64 * KIB)),
  large('request-field-of-64k', 'with a field of 64 KiB', withField(requestHead(), 64 * KIB)),
  large('request-field-of-100k', 'with a field of 100 KiB', withField(requestHead(), 100 * KIB)),
  large('request-field-of-1m', 'with a field of 1 MiB', withField(requestHead(), MIB),
    { outcomes: [...MAY_REFUSE, opening('informational', READ_WHOLE)] }),
  large('request-lines-1000', 'with 1,000 field lines more', withLines(requestHead(), 1_000)),
  large('request-lines-10000', 'with 10,000 field lines more', withLines(requestHead(), 10_000)),
  // Empty fields: together they fit into 16 KiB, which many servers read, and they are more than some of those keep.
  large('request-lines-before-the-rest', 'with 2,500 empty fields before those of the opening handshake',
    stuffed(requestHead(), '', 2_500 * 4, '613a0d0a', ''), { incidents: ['CVE-2024-37890'], survives: true }),
  define({
    id: '9110-5.4/request-head-of-16m', does: 'Sends a request with a field of 16 MiB.',
    expects: 'The server refuses it: nobody needs so large a head.',
    requirements: ['9110-5.4-1', '6455-10.1-1'], incidents: ['CVE-2023-43669'], roles: ['server'], opening: { by: 'steps' }, weight: 'heavy',
    steps: [{ send: withField(requestHead(), 16 * MIB) }, { await: 1 }, { finish: 'leave' }],
    outcomes: [...MAY_REFUSE, nonStrict('The server reads 16 MiB of a head for whoever sends them (§10.1).', { http: 101 })],
  }),
];

/** A good response of any size, which a client may fail the connection for. */
function largeResponse(name: string, what: string, items: readonly Item[], more: HeadCaseMore = {}): Case {
  return opens(`9110-5.4/${name}`, `a 101 ${what}`, '', ['9110-5.4-2', '6455-4.1-46'], items, {
    outcomes: [passes('request', ...WORKS), ...MAY_FAIL],
    expects: 'The client opens and the connection works, or it fails the connection.', ...more,
  });
}

const LARGE_RESPONSES: readonly Case[] = [
  opens('9110-5.4/response-field-of-4k', 'a 101 with a field of 4 KiB', 'that is no unusual size', ['9110-5.1-2'],
    withField(responseHead(), 4 * KIB)),
  largeResponse('response-field-of-64k', 'with a field of 64 KiB', withField(responseHead(), 64 * KIB)),
  largeResponse('response-field-of-1m', 'with a field of 1 MiB', withField(responseHead(), MIB), {
    outcomes: [...MAY_FAIL, informational('The client reads a megabyte of a head.', 'request', ...WORKS)],
  }),
  largeResponse('response-lines-1000', 'with 1,000 field lines more', withLines(responseHead(), 1_000)),
  largeResponse('response-lines-10000', 'with 10,000 field lines more', withLines(responseHead(), 10_000)),
  largeResponse('response-lines-before-the-rest', 'with 2,500 empty fields before those that open',
    stuffed(responseHead(), '', 2_500 * 4, '613a0d0a', '')),
];

// ---- heads in many small packets --------------------------------------------------------------------------------------------------

/** Re-read from its beginning with every packet, a head costs the square of its length. */
const RE_READ = { split: 1, incidents: ['CVE-2023-43669'] } as const;

const DRIPPED: readonly Case[] = [
  large('request-of-6k-octet-by-octet', 'with a field of 6 KiB, octet by octet', withField(requestHead(), 6 * KIB), RE_READ),
  heavy(large('request-of-32k-octet-by-octet', 'with a field of 32 KiB, octet by octet', withField(requestHead(), 32 * KIB), RE_READ)),
  largeResponse('response-of-6k-octet-by-octet', 'with a field of 6 KiB, octet by octet', withField(responseHead(), 6 * KIB), RE_READ),
  heavy(largeResponse('response-of-32k-octet-by-octet', 'with a field of 32 KiB, octet by octet',
    withField(responseHead(), 32 * KIB), RE_READ)),
];

function heavy(light: Case): Case {
  return { ...light, weight: 'heavy' };
}

// ---- lists that are slow to read --------------------------------------------------------------------------------------------------

/** Values that a reader which goes back and tries again takes long for: all are against the grammar. */
const TRAPS: readonly (readonly [name: string, what: string, begin: string, repeat: string, end: string])[] = [
  ['quote-of-escapes', 'a quote of escapes that does not end', 'x-unknown; q="', '5c63', ''],
  ['quote-of-letters', 'a quote that does not end', 'x-unknown; q="', '61', ''],
  ['quotes', 'nothing but quotes for a value', 'x-unknown; q=', '22', ''],
  ['spaces', 'spaces, and then no comma', 'x-unknown', '20', 'x'],
  ['semicolons', 'semicolons', 'x-unknown', '3b', ''],
  ['commas', 'commas and no extension', '', '2c', ''],
];

/** Octets: one that fits the limits most servers have, and one for those that read more. */
const TRAP_SIZES: readonly (readonly [name: string, length: number])[] = [['7k', 7 * KIB], ['32k', 32 * KIB]];

/** These cases are about time; that such a list has to be refused, others are about. */
const UNREAD = 'It is in time, but opens for a list that is against the grammar (§9.1, §4.3).';

const BACKTRACKING = ['CVE-2020-7662', 'CVE-2021-32640'];

const TRAPPED: readonly Case[] = TRAP_SIZES.flatMap(([size, length]) => [
  ...TRAPS.flatMap(([name, what, begin, repeat, end]) => {
    const items = (head: HeadItem): readonly Item[] => stuffed(head, `Sec-WebSocket-Extensions: ${begin}`, length, repeat, `${end}\r\n`);
    const rule = 'it is against the grammar, and that is known in time';
    return [
      refuses(`9.1/request-extensions-${name}-${size}`, `whose list of extensions has ${what}, ${length} octets`, rule, ['6455-9.1-2'],
        items(requestHead()), { incidents: BACKTRACKING, also: [opening('non-strict', UNREAD)] }),
      failsOn(`9.1/response-extensions-${name}-${size}`, `a 101 whose list of extensions has ${what}, ${length} octets`, rule, ['6455-9.1-2'],
        items(responseHead()), { incidents: BACKTRACKING, also: [opensAnyway('non-strict', UNREAD)] }),
    ];
  }),
  refuses(`4.3/request-protocols-spaces-${size}`, `that offers a subprotocol with ${length} spaces in its name`, 'a subprotocol is a token',
    ['6455-4.3-4'],
    stuffed(requestHead(), 'Sec-WebSocket-Protocol: b', length, '20', 'x\r\n'), {
      incidents: BACKTRACKING, also: [opening('non-strict', UNREAD)],
    }),
  large(`request-connection-commas-${size}`, `whose Connection begins with ${length} commas`, requestWithCommas(length),
    { incidents: BACKTRACKING }),
]);

/** Empty elements, of which a reasonable number is ignored (RFC 9110 §5.6.1.2). */
function requestWithCommas(length: number): readonly Item[] {
  return stuffed(requestHead({ connection: null }), 'Connection: ', length, '2c', 'Upgrade\r\n');
}

// ---- heads that do not come -------------------------------------------------------------------------------------------------------

const WATCHED_MS = 2_000;
const half = ({ head }: HeadItem): HeadItem => ({ head: head.slice(0, head.indexOf('\r\n') + 9) });

function unfinishedRequest(name: string, does: string, steps: readonly Step[]): Case {
  return define({
    id: `4.2.1/request-${name}`, does: `${does}, and nothing for two seconds.`,
    expects: 'The server gives up at some time; many wait longer than this case does.', requirements: ['6455-4.2.1-1', '6455-10.1-1'],
    roles: ['server'], opening: { by: 'steps' }, steps: [...steps, { watch: WATCHED_MS }, { finish: 'leave' }],
    outcomes: [passes(...answered(400, 599)), passes('end'), informational('The server still waits for the head after two seconds.', 'open')],
  });
}

function unfinishedResponse(name: string, does: string, steps: readonly Step[]): Case {
  return define({
    id: `4.1/response-${name}`, does: `${does}, and nothing for two seconds.`,
    expects: 'The client gives up at some time; many wait longer than this case does.',
    requirements: ['6455-4.1-45', '6455-4.1-46'], roles: ['client'], opening: { by: 'steps' },
    steps: [{ await: 1 }, ...steps, { watch: WATCHED_MS }, { finish: 'leave' }],
    outcomes: [passes('request', 'end'), informational('The client still waits for the response after two seconds.', 'request', 'open')],
  });
}

const UNFINISHED: readonly Case[] = [
  unfinishedRequest('never-comes', 'Opens the transport', []),
  unfinishedRequest('half-a-head', 'Sends the first half of a good request', [{ send: [half(requestHead())] }]),
  unfinishedResponse('never-comes', 'Reads the request', []),
  unfinishedResponse('half-a-head', 'Answers with the first half of a good 101', [{ send: [half(responseHead())] }]),
];

export const HANDSHAKE_SLOW: readonly Case[] = [...LARGE_REQUESTS, ...LARGE_RESPONSES, ...DRIPPED, ...TRAPPED, ...UNFINISHED];
