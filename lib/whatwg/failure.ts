// Why a connection that was open was lost, in one error. It is on the error event and in an error's cause, never on the socket: what the
// standard lets scripts see of a failure is 1006 and nothing else.

import type { CloseOutcome } from '../core/protocol/events.ts';
import type { Violation } from '../core/wire/violation.ts';

/** The connection did not close cleanly. */
export class WebSocketFailure extends Error {
  override readonly name = 'WebSocketFailure';
  /** How it ended: the rule that was broken, by whom, at which byte. */
  readonly outcome: CloseOutcome;

  /** @param cause what the network said, if it did */
  constructor(outcome: CloseOutcome, cause: Error | null) {
    super(describe(outcome, cause), cause === null ? {} : { cause });
    this.outcome = outcome;
  }
}

function describe(outcome: CloseOutcome, cause: Error | null): string {
  const { name, sentence, section } = outcome.violation as Violation; // what did not close cleanly has one
  const { limit, position } = outcome;
  const exceeded = limit === null ? '' : `; ${limit.name} is ${limit.value}, found ${limit.observed}`;
  const said = cause === null ? '' : `; ${cause.message}`;
  return `the connection failed after ${position} bytes: ${sentence} (${section}, ${name})${exceeded}${said}`;
}
