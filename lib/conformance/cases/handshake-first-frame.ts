// What rides in the same packet as the opening handshake (RFC 6455 §4.1, §4.2.2), and how packets may cut a head: the octets behind a head are
// the connection's.
//
// Law: no frame is lost between the reader of heads and the reader of frames, and one that is wrong is met by somebody: a connection is failed
// for it, a process does not die of it. A client must not send before the response (§4.1); a server reads what it gets all the same.

import type { Case, HeadItem, Item, Outcome, Pattern, Step, SubjectRole } from '../case.ts';
import { CLOSES, close, binary, define, FAILS, fails, hex, passes, passesCleanly, ping, sawBinary, sawPong, sawText, text } from '../write.ts';
import type { CaseDraft } from '../write.ts';
import { accepts, opens, requestHead, responseHead } from './handshake-heads.ts';

interface Behind extends Pick<CaseDraft, 'incidents' | 'survives'> {
  readonly name: string;
  /** What rides behind the head, to follow "in the same packet". */
  readonly what: string;
  readonly expects: string;
  readonly requirements: readonly string[];
  readonly items: (role: SubjectRole) => readonly Item[];
  readonly then: (role: SubjectRole) => readonly Step[];
  /** `opened` is how the opening is seen: the server's 101, or the client's request. */
  readonly outcomes: (opened: Pattern) => readonly Outcome[];
}

/** For a server behind a request, for a client behind a 101. */
function behindTheHead({ name, what, requirements, items, then, outcomes, ...rest }: Behind): readonly Case[] {
  return [
    define({
      id: `4.2.2/request-pipelined-${name}`, does: `Sends a good request and, in the same packet, ${what}.`,
      requirements: ['6455-4.2.2-25', ...requirements],
      roles: ['server'], opening: { by: 'steps' }, steps: [{ send: [requestHead(), ...items('server')] }, ...then('server')],
      outcomes: outcomes({ http: 101 }), ...rest,
    }),
    define({
      id: `4.1/response-pipelined-${name}`, does: `Answers with a good 101 and, in the same packet, ${what}.`,
      requirements: ['6455-4.1-56', ...requirements],
      roles: ['client'], opening: { by: 'steps' }, steps: [{ await: 1 }, { send: [responseHead(), ...items('client')] }, ...then('client')],
      outcomes: outcomes('request'), ...rest,
    }),
  ];
}

/** Hello in a text frame, as that subject has to get it: masked for a server. */
const HELLO: Readonly<Record<SubjectRole, string>> = { server: '818537fa213d7f9f4d5158', client: '810548656c6c6f' };
const SPLIT_AT = 6;

const FRAMES: readonly Case[] = [
  ...behindTheHead({
    name: 'frame', what: 'a text', expects: 'The text comes back.', requirements: [],
    items: () => [text('Hello')], then: () => [{ await: 2 }, CLOSES], outcomes: (opened) => [passesCleanly(opened, sawText('Hello'))],
  }),
  ...behindTheHead({
    name: 'frames', what: 'a text, a Ping and binary data', expects: 'All of it is answered.', requirements: ['6455-5.5.2-2'],
    items: () => [text('Hello'), ping('are you there?'), binary(hex('00ff'))], then: () => [{ await: 4 }, CLOSES],
    outcomes: (opened) => [passesCleanly(opened, { anyOrder: [sawText('Hello'), sawPong('are you there?'), sawBinary(hex('00ff'))] })],
  }),
  ...behindTheHead({
    name: 'half-a-frame', what: 'the first half of a text; the other half follows', expects: 'The text comes back.', requirements: [],
    items: (role) => [{ octets: hex(HELLO[role].slice(0, SPLIT_AT)) }],
    then: (role) => [{ send: [{ octets: hex(HELLO[role].slice(SPLIT_AT)) }] }, { await: 2 }, CLOSES],
    outcomes: (opened) => [passesCleanly(opened, sawText('Hello'))],
  }),
  ...behindTheHead({
    name: 'close', what: 'a Close with 1000', expects: 'The closing handshake is answered and the transport ends.',
    requirements: ['6455-5.5.1-7'],
    items: () => [close(1000)], then: () => [FAILS], outcomes: (opened) => [passes(opened, { close: [1000, null] }, 'end')],
  }),
  ...behindTheHead({
    name: 'rsv2', what: 'a text with RSV2 set', expects: 'The connection is failed with 1002, and nobody dies of it.',
    requirements: ['6455-5.2-7'],
    incidents: ['CVE-2022-21676', 'CVE-2023-31125'], survives: true,
    items: () => [text('Hello', { rsv: 2 })], then: () => [FAILS], outcomes: (opened) => fails(1002, opened),
  }),
  ...behindTheHead({
    name: 'wrong-mask', what: 'a text that is masked the wrong way', expects: 'The connection is failed with 1002, and nobody dies of it.',
    requirements: ['6455-5.1-2', '6455-5.1-5'], incidents: ['CVE-2022-21676'], survives: true,
    items: (role) => [text('Hello', { masked: role === 'client' })], then: () => [FAILS], outcomes: (opened) => fails(1002, opened),
  }),
];

/** What follows a head is no other message of HTTP, but frames; these are none, and a proxy that was fooled into sending them sees that. */
const SMUGGLED: readonly Case[] = [
  ...behindTheHead({
    name: 'http', what: 'another head of HTTP', expects: 'It is read as a frame, and the connection is failed with 1002.',
    requirements: ['6455-5.2-7', '9112-11.2-1'],
    items: (role) => [{ octets: { text: role === 'server' ? 'GET / HTTP/1.1\r\n\r\n' : 'HTTP/1.1 200 OK\r\n\r\n' } }],
    then: () => [FAILS], outcomes: (opened) => fails(1002, opened),
  }),
];

/** The end of the transport right behind a good head: what is open is over, and nobody waits for more. */
const ENDS: readonly Case[] = [
  define({
    id: '4.2.2/request-then-fin', does: 'Sends a good request and ends its side of the transport at once.',
    expects: 'The server answers or does not, and ends the transport as well.', requirements: ['6455-4.2.2-1', '6455-7.1.4-1'],
    roles: ['server'],
    opening: { by: 'steps' }, steps: [{ send: [requestHead()] }, { end: 'fin' }, { await: 1 }, FAILS],
    outcomes: [passes({ maybe: { http: [101, 599] } }, { maybe: 'close' }, 'end'), passes({ http: [200, 599] })],
  }),
  define({
    id: '4.1/response-then-fin', does: 'Answers with a good 101 and ends its side of the transport at once.',
    expects: 'The client ends the transport as well.', requirements: ['6455-7.1.4-1', '6455-7.2.1-2'], roles: ['client'],
    opening: { by: 'steps' }, steps: [{ await: 1 }, { send: [responseHead()] }, { end: 'fin' }, FAILS],
    outcomes: [passes('request', { maybe: 'close' }, 'end')],
  }),
];

/** A head whose last CRLF is cut in two. */
function cutAtTheEnd({ head }: HeadItem): readonly HeadItem[] {
  return [{ head: head.slice(0, -1) }, { head: '\n' }];
}

const CUTS: readonly Case[] = [
  accepts('9112-2.2/request-octet-by-octet', 'octet by octet', 'how packets are cut means nothing', ['6455-4.2.1-1', '9110-5.3-3'], {},
    { split: 1 }),
  accepts('9112-2.2/request-octet-by-octet-and-frame', 'and a text, all of it octet by octet', 'how packets are cut means nothing',
    ['6455-4.2.1-1', '6455-4.2.2-25'], [requestHead(), ping('soon')], {
      split: 1, outcomes: [passesCleanly({ http: 101 }, sawPong('soon'), sawText('Hello'))],
    }),
  accepts('9112-2.2/request-cut-in-the-last-line', 'in two packets, the second one the very last LF', 'the head has not ended before',
    ['6455-4.2.1-1', '9110-5.3-3'], cutAtTheEnd(requestHead()), { split: 'items' }),
  opens('9112-2.2/response-octet-by-octet', 'a 101, octet by octet', 'how packets are cut means nothing', ['6455-4.1-46'], {}, { split: 1 }),
  opens('9112-2.2/response-octet-by-octet-and-frame', 'a 101 and a Ping, all of it octet by octet', 'how packets are cut means nothing',
    ['6455-4.1-46', '6455-4.1-56'], [responseHead(), ping('soon')], {
      split: 1, outcomes: [passesCleanly('request', sawPong('soon'), sawText('Hello'))],
    }),
  opens('9112-2.2/response-cut-in-the-last-line', 'a 101 in two packets, the second one the very last LF', 'the head has not ended before',
    ['6455-4.1-46'], cutAtTheEnd(responseHead()), { split: 'items' }),
];

export const HANDSHAKE_FIRST_FRAME: readonly Case[] = [...FRAMES, ...SMUGGLED, ...ENDS, ...CUTS];
