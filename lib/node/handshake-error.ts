// Why no connection was opened, in one error: how far it came, what the server said, what the network said.

import type { HeaderList } from '../core/handshake/headers.ts';
import type { FailedHandshake } from '../core/handshake/client.ts';
import type { Refusal } from '../core/handshake/refusal.ts';

/** How far an opening came: the stream was opened, TLS agreed on, the request sent, the response read. */
export type HandshakePhase = 'connect' | 'tls' | 'request' | 'response';

const NO_BODY = new Uint8Array(0);

/** An opening handshake that failed. The socket is gone, and there is nothing to close. */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError';
  /** What was under way. */
  readonly phase: HandshakePhase;
  /** The rule that was broken; null when the network failed or the caller aborted. */
  readonly refusal: Refusal | null;
  /** The status of the response; null when there was none. */
  readonly status: number | null;
  /** The reason phrase of the response, which says nothing (RFC 9112 §4); null when there was none. */
  readonly reason: string | null;
  /** The fields of the response; null when there was none. */
  readonly headers: HeaderList | null;
  /** The beginning of the response's content, 4,096 bytes at most. */
  readonly body: Uint8Array;
  /** The versions the server says it speaks (RFC 6455 §4.4). */
  readonly versions: readonly number[];
  /** The code of the network's error, such as ECONNREFUSED; null for none. */
  readonly code: string | null;

  constructor(uri: string, phase: HandshakePhase, failure: FailedHandshake | null, cause: unknown) {
    const said = [failure?.refusal.message, cause === null ? undefined : describe(cause)].filter((text) => text !== undefined);
    super(`${uri}: ${phase} failed: ${said.join('; ')}`, cause === null ? {} : { cause });
    this.phase = phase;
    this.refusal = failure?.refusal ?? null;
    this.status = failure?.response?.status ?? null;
    this.reason = failure?.response?.reason ?? null;
    this.headers = failure?.response?.headers ?? null;
    this.body = failure?.body ?? NO_BODY;
    this.versions = failure?.versions ?? [];
    this.code = codeOf(cause);
  }
}

/** In words, also for the error of several attempts, whose own message is empty. */
function describe(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return cause.errors.map(describe).join(', ');
  if (!(cause instanceof Error)) return String(cause);
  return cause.message || codeOf(cause) || cause.name;
}

function codeOf(cause: unknown): string | null {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : null;
}
