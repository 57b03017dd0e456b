// Why there is no connection any more, or never was, in one error: how far it came, what the server or the proxy said, which rule was
// broken and where, what the network said. One type for everything, so that an application asks one object and needs no instanceof.

import type { HeaderList } from '../core/handshake/headers.ts';
import type { Refusal } from '../core/handshake/refusal.ts';
import type { CloseOutcome, LimitExceeded } from '../core/protocol/events.ts';
import type { HandshakeError, HandshakePhase } from '../node/handshake-error.ts';
import type { Tunnel } from '../node/tunnel.ts';

/**
 * What was under way. Before the connection is open: `proxy`, the way through a proxy; `connect`, `tls`, `request`, `response`, as a
 * handshake's; `redirect`, going where the server pointed. Afterwards `open`, and `callback` when a callback of the application's threw.
 */
export type FailurePhase = HandshakePhase | 'proxy' | 'redirect' | 'open' | 'callback';

/** The answer to an opening handshake. */
export interface WebSocketResponse {
  /** Where it came from: the ws or wss URI that was asked last, without user information. */
  readonly url: string;
  readonly status: number;
  readonly reason: string;
  readonly headers: HeaderList;
  /** The subprotocol in use; '' for none. */
  readonly protocol: string;
  /** The beginning of its content, 4,096 bytes at most; empty for a 101. */
  readonly body: Uint8Array;
}

/** A rule that was broken. */
export interface BrokenRule {
  /** Its name in the table of violations or in that of refusals. */
  readonly name: string;
  /** Where it is written: of RFC 6455, unless another document is named. */
  readonly section: string;
  /** The rule as a sentence. */
  readonly sentence: string;
  /** The offset of the byte that proved it, from the end of the opening handshake; null for what was no matter of bytes, or before. */
  readonly position: number | null;
}

/** What a failure is made of; what is left out is unknown. */
export interface FailureParts {
  readonly phase: FailurePhase;
  readonly response?: WebSocketResponse | null;
  readonly versions?: readonly number[];
  readonly violation?: BrokenRule | null;
  readonly limit?: LimitExceeded | null;
  readonly cause?: unknown;
}

const NO_BODY = new Uint8Array(0);

/** The end of a web socket that was not closed. Nothing more can be sent, and the socket beneath is gone. */
export class WebSocketFailure extends Error {
  override readonly name = 'WebSocketFailure';
  readonly phase: FailurePhase;
  /** The answer that was no acceptance, of the server or in phase `proxy` of the proxy; null for none. */
  readonly response: WebSocketResponse | null;
  /** The status of `response`; null for none. */
  readonly status: number | null;
  /** The fields of `response`; null for none. */
  readonly headers: HeaderList | null;
  /** The beginning of the content of `response`, 4,096 bytes at most. */
  readonly body: Uint8Array;
  /** The versions the server says it speaks (RFC 6455 §4.4). */
  readonly versions: readonly number[];
  /** The rule that was broken; null when the network, a callback or the answer was what failed. */
  readonly violation: BrokenRule | null;
  /** The limit that was exceeded: its name, its value, what was met; null for none. */
  readonly limit: LimitExceeded | null;
  /** The code of the network's error, such as ECONNREFUSED; null for none. */
  readonly code: string | null;

  /** `message` says all of it in words. */
  constructor(message: string, { phase, response = null, versions = [], violation = null, limit = null, cause }: FailureParts) {
    super(message, cause === undefined || cause === null ? {} : { cause });
    this.phase = phase;
    this.response = response;
    this.status = response?.status ?? null;
    this.headers = response?.headers ?? null;
    this.body = response?.body ?? NO_BODY;
    this.versions = versions;
    this.violation = violation;
    this.limit = limit;
    this.code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : null;
  }
}

/** A connection that could not be opened. `tunnel` is the way through a proxy, if it was to go through one. */
export function openingFailure(error: HandshakeError, url: string, tunnel: Tunnel | null): WebSocketFailure {
  if (tunnel !== null && !tunnel.opened) return proxyFailure(error, url, tunnel);
  const { phase, refusal, versions, cause } = error;
  const violation = refusal === null ? null : brokenRule(refusal);
  return new WebSocketFailure(error.message, { phase, response: responseOf(error, url), versions, violation, cause });
}

/** What a server answered that did not accept; null when it did not answer. */
function responseOf({ status, reason, headers, body }: HandshakeError, url: string): WebSocketResponse | null {
  if (status === null || reason === null || headers === null) return null;
  return { url, status, reason, headers, protocol: '', body };
}

function proxyFailure(error: HandshakeError, url: string, tunnel: Tunnel): WebSocketFailure {
  const { refusal, proxy } = tunnel;
  const response = refusal === null ? null : { url: proxy.url, ...refusal, protocol: '', body: tunnel.content };
  const message = `${url}: proxy failed: ${error.message.slice(error.message.indexOf(' failed: ') + ' failed: '.length)}`;
  return new WebSocketFailure(message, { phase: 'proxy', response, violation: error.refusal && brokenRule(error.refusal), cause: error.cause });
}

function brokenRule({ name, section, sentence }: Refusal): BrokenRule {
  return { name, section, sentence, position: null };
}

/** A connection that ended without a closing handshake. `cause` is what the network said; what a callback threw makes it a callback's. */
export function endFailure(outcome: CloseOutcome, url: string, phase: 'open' | 'callback', cause: unknown): WebSocketFailure {
  const { limit, position } = outcome;
  // A connection that is not closed cleanly has broken a rule: the engine's table has a row for every other ending.
  const { name, section, sentence, fault } = outcome.violation as NonNullable<CloseOutcome['violation']>;
  const met = limit === null ? '' : `; ${limit.name} is ${limit.value}, met ${limit.observed}`;
  const said = cause === undefined || cause === null ? '' : `; ${cause instanceof Error ? cause.message : String(cause)}`;
  const violation = { name, section, sentence, position: fault === 'peer' ? position : null };
  return new WebSocketFailure(`${url}: ${phase} failed: ${name}: ${sentence} (${section})${met}${said}`, { phase, violation, limit, cause });
}
