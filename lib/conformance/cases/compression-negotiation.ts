// The negotiation of permessage-deflate (RFC 7692 §5, §7): each value once as an offer that a server gets, once as an answer that a client
// gets.
//
// Law: to decline is a server's right, and the tester does not know what a server speaks: where a good offer is declined, the case is
// skipped. That an answer accepts what was offered, and with what it has to, the tester sees in every response. A list against the grammar
// fails the connection, whoever receives it (RFC 6455 §9.1). A client fails before it is open; a Close with 1010 is what RFC 7692 §5.1 has
// it send instead.

import type { Case, Grade, HeadItem, Outcome, Pattern, Payload, Step } from '../case.ts';
import { again, CLEAN, CLOSES, define, FAILS, informational, message, nonStrict, passes, ping, sawAgain, sawPong, sawText } from '../write.ts';
import { VALUES } from './compression-offers.ts';
import type { Value } from './compression-offers.ts';
import { PLAIN } from './compression-words.ts';

/** What shows that both sides understand the same: sent and echoed twice, so that the second may refer to the first. */
const SAMPLE: Payload = { corpus: 'prose', length: 1500 };
const TRIES: Step = { send: [again(2, message('text', SAMPLE, { compressed: true }))] };
const WORKS: readonly Pattern[] = [sawAgain(2, sawText(SAMPLE)), ...CLEAN];

/** A value in a sentence, short. */
function quoted(value: string): string {
  return value.length > 90 ? '' : `, \`${value.trim()}\``;
}

function outcome(grade: Grade, because: string, ...sees: readonly Pattern[]): Outcome {
  return { grade, because, sees };
}

// ---- a server's answer ----------------------------------------------------------------------------------------------------------------

function request(fields: readonly string[]): HeadItem {
  const lines = [
    'GET {resource} HTTP/1.1', 'Host: {host}', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Key: {key}',
    'Sec-WebSocket-Version: 13',
  ];
  return { head: [...lines, ...fields, '', ''].join('\r\n') };
}

const ACCEPTED: Pattern = { http: 101, extensions: PLAIN };
const DECLINED: Pattern = { http: 101, extensions: '' };
const REFUSED: Pattern = { http: [400, 599] };
const GONE: Pattern = { maybe: 'end' };

const REFUSES_A_GOOD_ONE = 'It refuses the handshake although there is a good offer.';

/** Every other number the tester insists on by itself; without this one both sides understand the same (RFC 7692 §7.1.2.1). */
const ACCEPTED_WITH_A_WINDOW: Pattern = {
  either: [15, 14, 13, 12, 11, 10, 9, 8].map((bits) => ({ http: 101, extensions: `${PLAIN}; server_max_window_bits=${bits}` })),
};
const NAMES_A_WINDOW: readonly Outcome[] = [
  passes(ACCEPTED_WITH_A_WINDOW, ...WORKS),
  nonStrict('It accepts the offer of a window of 15 bits and names no window, which has to be in the answer (§7.1.2.1).', ACCEPTED, ...WORKS),
];

/** What a server may make of an offer, best first. */
function answersTo({ name, offer, otherwise }: Value): readonly Outcome[] {
  const grade: Grade = otherwise ?? 'fail';
  if (offer === 'accept') {
    return [
      ...name === 'server-bits-15' ? NAMES_A_WINDOW : [passes(ACCEPTED, ...WORKS)],
      outcome(grade, REFUSES_A_GOOD_ONE, REFUSED, GONE),
    ];
  }
  if (offer === 'decline') {
    return [
      passes(DECLINED, ...WORKS),
      outcome(otherwise ?? 'non-strict', 'It refuses the handshake over an offer that it only has to decline.', REFUSED, GONE),
      outcome(grade, 'It accepts an offer that it has to decline.', ACCEPTED, 'anything'),
    ];
  }
  return [
    passes(REFUSED, GONE),
    outcome(grade, 'It accepts an offer out of a list that is against the grammar, which fails the connection (§9.1).', ACCEPTED, 'anything'),
    nonStrict('The transport ends without an answer: the client is not told what was wrong.', 'end'),
    outcome(grade, 'It opens although the list of extensions is against the grammar, which fails the connection (§9.1).', DECLINED, ...WORKS),
  ];
}

const EXPECTED_ANSWER: Readonly<Record<Value['offer'], string>> = {
  accept: 'The server accepts it, and both sides understand each other.',
  decline: 'The server declines it: it opens without compression.',
  malformed: 'The server answers with an HTTP error.',
};

const OFFER_RULES: Readonly<Record<Value['offer'], readonly string[]>> = {
  accept: ['7692-5-18', '6455-9.1-11'],
  decline: ['7692-5-15'],
  malformed: ['6455-9.1-2'],
};

/** A server that accepts what it has to refuse is told just that: what it answers is held against an offer that allows it. */
const ANYTHING = `${PLAIN}; client_max_window_bits`;

function offering(known: Value): Case {
  const { name, value, what, offer, rules: [rules] } = known;
  return define({
    id: `${offer === 'malformed' ? '9.1' : '7692-7'}/offer-${name}`, does: `Makes an offer ${what}${quoted(value)}.`,
    expects: EXPECTED_ANSWER[offer],
    requirements: [...rules, ...OFFER_RULES[offer]], roles: ['server'], ...incidentsOf(name),
    opening: offer === 'accept' ? { by: 'steps', offer: value, needsCompression: true } : { by: 'steps', offer: ANYTHING },
    steps: [{ send: [request([`Sec-WebSocket-Extensions: ${value}`])] }, { await: 1 }, TRIES, { await: 3 }, CLOSES],
    outcomes: answersTo(known),
  });
}

/** The case of an offer that is good, and of which more is to be said. */
function asking(
  id: string, does: string, expects: string, requirements: readonly string[], offer: string, lines: readonly string[],
  ...outcomes: readonly Outcome[]
): Case {
  return define({
    id, does, expects, requirements, roles: ['server'], opening: { by: 'steps', offer, needsCompression: true }, outcomes,
    steps: [{ send: [request(lines.map((line) => `Sec-WebSocket-Extensions: ${line}`))] }, { await: 1 }, TRIES, { await: 3 }, CLOSES],
  });
}

const ALONE = `${PLAIN}; server_no_context_takeover`;
const ALONE_FIRST = `${ALONE}, ${PLAIN}`;

const OFFERS: readonly Case[] = [
  ...VALUES.map(offering),
  asking('7692-5/first-choice', 'Makes two offers, the first with server_no_context_takeover.',
    'The server accepts the first: the order is the client\'s preference.',
    ['7692-5-2', '7692-5-3', '7692-7.1.1.1-6', '6455-9.1-8'], ALONE_FIRST, [ALONE_FIRST],
    passes({ http: 101, extensions: ALONE }, ...WORKS),
    nonStrict('It accepts the second offer, and should support what the first asks for (§7.1.1.1).', ACCEPTED, ...WORKS)),
  asking('7692-5/offers-in-two-lines', 'Makes an offer that is to be declined in one line and a good one in another.',
    'The server reads both lines as one list, and accepts the second offer.', ['6455-9.1-4', '7692-7-2'], `${PLAIN}; foo, ${PLAIN}`,
    [`${PLAIN}; foo`, PLAIN], passes(ACCEPTED, ...WORKS), outcome('fail', REFUSES_A_GOOD_ONE, REFUSED, GONE)),
  asking('7692-7.1.1.1/no-history-accepted', 'Offers server_no_context_takeover.', 'A server that accepts says so in its answer.',
    ['7692-7.1.1.1-4', '7692-7.1.1.1-5', '7692-7.1.1.1-6'], ALONE, [ALONE], passes({ http: 101, extensions: ALONE }, ...WORKS)),
];

// ---- a client's judgement of an answer ------------------------------------------------------------------------------------------------

function response(fields: readonly string[]): HeadItem {
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Accept: {accept}'];
  return { head: `${[...lines, ...fields].join('\r\n')}\r\n{choice}\r\n` };
}

const ASKS = ping('open?');
const IS_OPEN = sawPong('open?');

/** What a client may make of an answer that is bad, best first. */
function failures(otherwise: Grade): readonly Outcome[] {
  return [
    passes('request', { maybe: { close: [1010] } }, 'end'),
    informational('The client fails the connection but leaves it to the server to end the transport (§7.1.1).',
      'request', 'silence', 'end'),
    nonStrict('The client sends a Close frame, with another code than 1010, on a connection that never opened.',
      'request', 'close', 'anything'),
    outcome(otherwise, 'The client opens, and takes an answer for one that its offer allows.', 'request', IS_OPEN, 'anything'),
  ];
}

/** An answer that the client has to fail the connection for: `answers` are tried for one that its offer does not allow. */
function refusing(
  id: string, does: string, requirements: readonly string[], answers: readonly string[], otherwise: Grade = 'fail',
  lines: readonly string[] = ['{extensions}'],
): Case {
  return define({
    id, does, expects: 'The client fails the connection.', requirements: [...requirements, '7692-5.1-1'], roles: ['client'],
    opening: { by: 'steps', wrongAnswers: answers },
    steps: [
      { await: 1 }, { send: [response(lines.map((line) => `Sec-WebSocket-Extensions: ${line}`))] }, { send: [ASKS] }, { await: 2 },
      { end: 'fin' }, FAILS,
    ],
    outcomes: failures(otherwise),
  });
}

function answering(known: Value): Case {
  const { name, value, what, answer, otherwise, rules: [, rules] } = known;
  const id = `${known.offer === 'malformed' ? '9.1' : '7692-7'}/reply-${name}`;
  const does = `Gives an answer ${what}${quoted(value)}.`;
  if (answer === 'bad') {
    const requirements = [...rules, known.offer === 'malformed' ? '6455-9.1-2' : '7692-5-17'];
    return { ...refusing(id, does, requirements, [value], otherwise, [value]), ...incidentsOf(name) };
  }
  return define({
    id, does, expects: 'The client opens, and both sides understand each other.',
    requirements: [...rules, '7692-5-18'], roles: ['client'],
    opening: { by: 'steps', answers: [value], needsCompression: true },
    steps: [{ await: 1 }, { send: [response([`Sec-WebSocket-Extensions: ${value}`])] }, TRIES, { await: 3 }, CLOSES],
    outcomes: [passes('request', ...WORKS), ...refusalOf(known)],
  });
}

/** zlib has no window of 256 octets to compress with: those who offered client_max_window_bits and cannot keep to it may only fail (§7). */
const EIGHT = /client_max_window_bits=8$/;

function refusalOf({ value, otherwise }: Value): readonly Outcome[] {
  const sees: readonly Pattern[] = ['request', { maybe: 'close' }, 'end'];
  if (EIGHT.test(value)) return [nonStrict('It offers client_max_window_bits, and fails on 8, with which it cannot compress.', ...sees)];
  return otherwise === undefined ? [] : [outcome(otherwise, 'It fails on an answer that can be read.', ...sees)];
}

const DOWN: readonly number[] = [15, 14, 13, 12, 11, 10, 9];

const ANSWERS: readonly Case[] = [
  ...VALUES.filter(({ answer }) => answer !== null).map(answering),
  refusing('7692-7.1.2.1/reply-with-a-larger-window', 'Accepts an offer of server_max_window_bits with a larger number.',
    ['7692-7.1.2.1-5', '7692-7-9'], DOWN.map((bits) => `${PLAIN}; server_max_window_bits=${bits}`)),
  refusing('7692-7.1.2.1/reply-without-the-window', 'Accepts an offer of server_max_window_bits without naming a window.',
    ['7692-7.1.2.1-5'], [PLAIN, ALONE]),
  refusing('7692-7.1.1.1/reply-without-no-history', 'Accepts an offer of server_no_context_takeover without naming it.', ['7692-7.1.1.1-4'],
    [PLAIN, `${PLAIN}; server_max_window_bits=8`]),
  refusing('7692-7.1.2.2/reply-with-a-window-nobody-offered', 'Names client_max_window_bits to a client that did not offer it.',
    ['7692-7.1.2.2-8', '7692-7.1.3-1'], [`${PLAIN}; client_max_window_bits=15`]),
  refusing('7692-5/reply-with-a-second-extension', 'Accepts permessage-deflate, and an extension that nobody offered beside it.',
    ['7692-5-12', '7692-5-14', '6455-4.1-52'], [`${PLAIN}, x-rsv1`]),
  refusing('7692-5/reply-in-two-lines', 'Accepts permessage-deflate in two lines, with different parameters.', ['7692-5-17', '6455-4.1-54'],
    [`${PLAIN}, ${ALONE}`], 'non-strict', [PLAIN, ALONE]),
  define({
    id: '7692-5/offer-of-a-client', does: 'Reads the request of a client, and answers without accepting an extension.',
    expects: 'The request lists extensions as the grammar has it; the client opens, and compresses nothing.',
    requirements: ['7692-5-1', '6455-9.1-1', '7692-5-16', '6455-9.1-7'],
    roles: ['client'], opening: { by: 'steps' }, steps: [{ await: 1 }, { send: [response([])] }, TRIES, { await: 3 }, CLOSES],
    outcomes: [
      passes('request', ...WORKS),
      nonStrict('It gives up because the server accepts no compression.', 'request', { maybe: 'close' }, 'end'),
    ],
  }),
];

function incidentsOf(name: string): Pick<Case, 'incidents'> {
  if (name.startsWith('backtracking')) return { incidents: ['CVE-2020-7662'] };
  if (/-bits-/.test(name)) return { incidents: ['CVE-2026-2229'] };
  return /^parameter-|^inherited/.test(name) ? { incidents: ['ws 3.3.1'] } : {};
}

export const COMPRESSION_NEGOTIATION: readonly Case[] = [...OFFERS, ...ANSWERS];
