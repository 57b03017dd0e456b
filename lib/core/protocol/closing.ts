// The closing handshake's facts, and what follows from them (§5.5.1, §7.1). Facts are stored as they happen; the state, cleanness, the
// close code and what to do with the transport are derived, so that no two of them can disagree (DESIGN §2, law 6).

import { ABNORMAL_CLOSURE } from '../wire/close-code.ts';
import type { Role } from '../wire/opcode.ts';
import type { Violation } from '../wire/violation.ts';
import type { CloseOutcome, ConnectionState, LimitExceeded } from './events.ts';

export class ClosingFacts {
  // Facts, in the order in which they usually happen.
  /** A Close frame of this side is queued or gone; its code, 1005 for one without body. */
  sentCode: number | null = null;
  /** That frame has been handed to the transport: it cannot be taken back, and none may follow it (§5.5.1). */
  sentTaken = false;
  /** The transport has come back for more since and found nothing: that frame and everything queued before it has left. */
  sentLeft = false;
  /** The peer's Close frame: its code, 1005 for one without body. */
  receivedCode: number | null = null;
  receivedReason = '';
  /** The first rule that was broken. */
  violation: Violation | null = null;
  limit: LimitExceeded | null = null;
  /** Where in the stream it was broken. */
  violationAt = -1;
  /** The transport's FIN has arrived. */
  transportEnded = false;
  /** This side has given up on the transport. */
  abandoned = false;
  /** `closed` has been told. */
  reported = false;

  get state(): ConnectionState {
    if (this.reported) return 'closed';
    return this.sentCode === null && this.receivedCode === null ? 'open' : 'closing'; // §7.1.3
  }

  /** Both Close frames were exchanged and nothing was broken before (§7.1.4). */
  get clean(): boolean {
    return this.violation === null && this.sentLeft && this.receivedCode !== null;
  }

  /** Messages may still be sent: no Close of this side is queued (§5.5.1), and the connection has not failed. */
  get maySend(): boolean {
    return this.sentCode === null && !this.reported;
  }

  /** Input still matters: not after the peer's Close, nor after the connection has failed (§7.1.7). */
  get listens(): boolean {
    return this.receivedCode === null && !this.reported;
  }

  /** Nothing more will ever be queued, so the transport is to be half-closed once drained. A server ends first; a client waits (§7.1.1). */
  outputEnded(role: Role): boolean {
    if (this.reported) return true;
    return this.sentCode !== null && this.receivedCode !== null && (role === 'server' || this.transportEnded);
  }

  /** Records the first rule that was broken: what it led to is not recorded over it. */
  break(violation: Violation, limit: LimitExceeded | null, at: number): void {
    this.violation = violation;
    this.limit = limit;
    this.violationAt = at;
  }

  /** What `closed` tells. */
  outcome(position: number, messageUnfinished: boolean, unsent: number): CloseOutcome {
    return {
      code: this.receivedCode ?? ABNORMAL_CLOSURE, // §7.1.5
      reason: this.receivedReason,
      clean: this.clean,
      sentCode: this.sentCode,
      violation: this.violation,
      limit: this.limit,
      position: this.violation === null ? position : this.violationAt,
      messageUnfinished,
      unsent,
    };
  }
}
