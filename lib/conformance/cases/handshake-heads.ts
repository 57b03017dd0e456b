// Words for cases about the opening handshake (RFC 6455 §4): heads made line by line, what follows them, and what may come of it.
//
// Law: a handshake that is right is accepted, and an echo proves it; one that is wrong is refused. Between the two:
//
// - A server refuses with an HTTP error, whichever (§4.2.1, §4.2.2); the few cases that are about a certain one say so.
// - One that just ends the transport tells a client nothing. §4.2.1 asks for an answer, but §10.7 lets what is not understood be dropped and
//   says only that it should be answered: non-strict.
// - An answer that is no error, a page or a redirect, took the request for another one; nobody opens: non-strict. Where a request does not ask
//   for a WebSocket at all it is right (RFC 9110 §7.8: Upgrade may be ignored).
// - Which subprotocols, extensions and origins a server likes is not known and no fault: no request names an origin unless it is about that.
// - A client that fails the handshake ends the transport, or waits a second for its server to do it (§7.1.1). It was never open, so it owes
//   no Close frame, and sending one is not what §7.1.7 says: non-strict. Text rides behind every 101 that is wrong: an echo gives away who
//   opened.

import type { Case, Grade, HeadItem, Item, Outcome, Pattern, Split, Step } from '../case.ts';
import { CLEAN, CLOSES, define, FAILS, informational, nonStrict, passes, sawText, text } from '../write.ts';
import type { CaseDraft } from '../write.ts';

/** What takes a sentence to say why. */
type Note = Exclude<Grade, 'pass'>;

/** A line of a head without its CRLF, or several, or none. */
type Lines = string | readonly string[] | null;

/** A request that is right, but for the lines that are said here. */
export interface RequestLines {
  readonly line?: Lines;
  readonly host?: Lines;
  readonly upgrade?: Lines;
  readonly connection?: Lines;
  readonly key?: Lines;
  readonly version?: Lines;
  /** Behind all others. */
  readonly more?: Lines;
}

/** A response that opens, but for the lines that are said here. */
export interface ResponseLines {
  readonly line?: Lines;
  readonly upgrade?: Lines;
  readonly connection?: Lines;
  readonly accept?: Lines;
  /** `{choice}` unless said: a client may insist on a subprotocol that it offered. */
  readonly protocol?: Lines;
  /** Behind all others. */
  readonly more?: Lines;
}

function joined(lines: readonly Lines[]): string {
  return lines.flatMap((line) => line ?? []).map((line) => `${line}\r\n`).join('');
}

export function requestHead(lines: RequestLines = {}): HeadItem {
  const {
    line = 'GET {resource} HTTP/1.1', host = 'Host: {host}', upgrade = 'Upgrade: websocket', connection = 'Connection: Upgrade',
    key = 'Sec-WebSocket-Key: {key}', version = 'Sec-WebSocket-Version: 13', more = null,
  } = lines;
  return { head: `${joined([line, host, upgrade, connection, key, version, more])}{fields}\r\n` };
}

export function responseHead(lines: ResponseLines = {}): HeadItem {
  const {
    line = 'HTTP/1.1 101 Switching Protocols', upgrade = 'Upgrade: websocket', connection = 'Connection: Upgrade',
    accept = 'Sec-WebSocket-Accept: {accept}', protocol, more = null,
  } = lines;
  const choice = protocol === undefined ? '{choice}' : joined([protocol]);
  return { head: `${joined([line, upgrade, connection, accept])}${choice}${joined([more])}\r\n` };
}

// ---- what proves that a connection is open ----------------------------------------------------------------------------------------

const GREETING = 'Hello';
const ECHO: Pattern = sawText(GREETING);

/** The connection works: the greeting comes back, and the closing handshake that the tester begins is answered. */
export const WORKS: readonly Pattern[] = [ECHO, ...CLEAN];

// ---- a server under test ----------------------------------------------------------------------------------------------------------

const NOT_TAKEN_FOR_ONE = 'The request is answered as if it asked for something else, with a status that is no error (§4.2.1).';
const DROPPED = 'The transport ends without an answer: §10.7 lets it, but a client is not told what was wrong (§4.2.1).';
const GONE: Pattern = { maybe: 'end' };

/** It opens. */
export const OPENED: readonly Pattern[] = [{ http: 101 }, ...WORKS];

export function answered(from: number, to: number = from): readonly Pattern[] {
  return [{ http: [from, to] }, GONE];
}

/** It opens, and that is worth so much. */
export function opening(grade: Note, because: string): Outcome {
  return { grade, because, sees: OPENED };
}

/** It refuses, and may. */
export const MAY_REFUSE: readonly Outcome[] = [passes(...answered(400, 599)), passes('end')];

/** It refuses, in whichever way, and that is worth so much. */
export function refusal(grade: Note, because: string): readonly Outcome[] {
  return [{ grade, because, sees: answered(200, 599) }, { grade, because, sees: ['end'] }];
}

/** It waits for more, and that is worth so much. */
export function waiting(grade: Note, because: string): Outcome {
  return { grade, because, sees: ['silence'] };
}

/** It refuses, but not with an error of HTTP. */
export const REFUSED_BADLY: readonly Outcome[] = [nonStrict(NOT_TAKEN_FOR_ONE, ...answered(200, 399)), nonStrict(DROPPED, 'end')];
const REFUSED: readonly Outcome[] = [passes(...answered(400, 599)), ...REFUSED_BADLY];
const REFUSED_OR_SERVED: readonly Outcome[] = [
  passes(...answered(200, 599)), nonStrict(DROPPED, 'end'),
  waiting('non-strict', 'The server does not answer a request of HTTP that asks for no WebSocket: the client has to guess.'),
];

/** What a case about a head may say beside its sentences. */
export interface HeadCaseMore {
  /** Further things that may come of it. */
  readonly also?: readonly Outcome[];
  /** What may come of it, instead of what is made of the kind of case. */
  readonly outcomes?: readonly Outcome[];
  /** What rides behind the head, in the same write. */
  readonly behind?: readonly Item[];
  readonly split?: Split;
  readonly incidents?: readonly string[];
  /** What is sent has killed servers. */
  readonly survives?: true;
  readonly needsOffer?: readonly ('subprotocol' | 'permessage-deflate')[];
  /** Instead of the sentence that is made of the rule. */
  readonly expects?: string;
}

type Head = RequestLines | ResponseLines | readonly Item[];

function isItems(head: Head): head is readonly Item[] {
  return Array.isArray(head);
}

function sending(items: readonly Item[], split: Split | undefined): Step {
  return { send: items, ...split !== undefined && { split } };
}

function ask(
  id: string, what: string, expects: string, requirements: readonly string[], head: RequestLines | readonly Item[],
  outcomes: readonly Outcome[],
  { also = [], behind = [], split, incidents, survives, expects: instead, outcomes: others }: HeadCaseMore,
): Case {
  const items = [...(isItems(head) ? head : [requestHead(head)]), ...behind];
  const seen = 1 + pingsAmong(items);
  return define({
    id, does: `Sends a request ${what}.`, expects: instead ?? expects, requirements, ...incidents !== undefined && { incidents },
    ...survives !== undefined && { survives }, roles: ['server'], opening: { by: 'steps' }, outcomes: [...others ?? outcomes, ...also],
    steps: [sending(items, split), { await: seen }, { send: [text(GREETING)] }, { await: seen + 1 }, CLOSES],
  });
}

type AskWords = [
  id: string, what: string, rule: string, requirements: readonly string[], head: RequestLines | readonly Item[], more?: HeadCaseMore,
];

/** A request that has to be accepted. `what` follows "Sends a request", `rule` says why in a clause. */
export function accepts(...[id, what, rule, requirements, head, more = {}]: AskWords): Case {
  return ask(id, what, `The server answers with 101 and the connection works: ${rule}.`, requirements, head, [passes(...OPENED)], more);
}

/** A request that has to be refused. */
export function refuses(...[id, what, rule, requirements, head, more = {}]: AskWords): Case {
  return ask(id, what, `The server answers with an HTTP error: ${rule}.`, requirements, head, REFUSED, more);
}

/** A request that asks for no WebSocket: it is refused, or answered like another. */
export function isPlain(...[id, what, rule, requirements, head, more = {}]: AskWords): Case {
  const expects = `The server does not switch protocols: ${rule}.`;
  return ask(id, what, expects, requirements, head, REFUSED_OR_SERVED, more);
}

// ---- a client under test ----------------------------------------------------------------------------------------------------------

/** How long a client that has failed may wait for its server to end the transport. */
const GRACE_MS = 1_000;

const WAITED = 'The client fails the connection but leaves it to the server to end the transport (§7.1.1).';
export const CLOSE_UNOPENED = 'The client sends a Close frame on a connection that never opened (§7.1.7).';

const FAILED: readonly Outcome[] = [
  passes('request', 'end'),
  informational(WAITED, 'request', 'open', 'end'),
  nonStrict(CLOSE_UNOPENED, 'request', 'close', 'end'),
];

/** The client opens although it should not, and that is worth so much. */
export function opensAnyway(grade: Note, because: string): Outcome {
  return { grade, because, sees: ['request', ECHO, 'anything'] };
}

/** The client fails the connection, and may. */
export const MAY_FAIL: readonly Outcome[] = [passes('request', 'end'), passes('request', 'close', 'end')];

/** The client fails the connection although it need not, and that is worth so much. */
export function failsAnyway(grade: Note, because: string): readonly Outcome[] {
  return [{ grade, because, sees: ['request', 'end'] }, { grade, because, sees: ['request', 'close', 'end'] }];
}

function answer(
  draft: Pick<CaseDraft, 'id' | 'does' | 'expects' | 'requirements' | 'steps' | 'outcomes'>,
  { also = [], outcomes, incidents, needsOffer, expects }: HeadCaseMore,
): Case {
  return define({
    ...draft, expects: expects ?? draft.expects, ...incidents !== undefined && { incidents }, roles: ['client'],
    opening: { by: 'steps', ...needsOffer !== undefined && { needsOffer } }, outcomes: [...outcomes ?? draft.outcomes, ...also],
  });
}

type AnswerWords = [
  id: string, what: string, rule: string, requirements: readonly string[], head: ResponseLines | readonly Item[], more?: HeadCaseMore,
];

/** Pings that ride with a head: their Pongs are seen too. */
function pingsAmong(items: readonly Item[]): number {
  return items.filter((item) => 'frame' in item && item.frame === 9).length;
}

/** A response that opens the connection. `what` follows "Answers with", `rule` says why in a clause. */
export function opens(...[id, what, rule, requirements, head, more = {}]: AnswerWords): Case {
  const items = [...(isItems(head) ? head : [responseHead(head)]), ...more.behind ?? []];
  const seen = 1 + pingsAmong(items);
  return answer({
    id, does: `Answers with ${what}.`, expects: `The client opens and the connection works: ${rule}.`, requirements,
    steps: [{ await: 1 }, sending(items, more.split), { await: seen }, { send: [text(GREETING)] }, { await: seen + 1 }, CLOSES],
    outcomes: [passes('request', ...WORKS)],
  }, more);
}

/** A response that the client has to fail the connection for. */
export function failsOn(...[id, what, rule, requirements, head, more = {}]: AnswerWords): Case {
  const items = [...(isItems(head) ? head : [responseHead(head)]), ...more.behind ?? [], text(GREETING)];
  return answer({
    id, does: `Answers with ${what}, and sends a text right behind it.`,
    expects: `The client fails the connection: it sends nothing and ends the transport, because ${rule}.`, requirements,
    steps: [{ await: 1 }, sending(items, more.split), { watch: GRACE_MS }, { end: 'fin' }, FAILS], outcomes: FAILED,
  }, more);
}
