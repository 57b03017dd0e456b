// How a connection ends (§5.5.1, §7.1): our Close queued, taken and gone, the peer's Close, the transport's FIN, a broken rule, giving
// up. Each is recorded as a fact, has its effects, and may be what `closed` was waiting for; all is committed before the application is
// called (DESIGN §2, law 7). It refuses to know why a connection is to end, and what was said before.

import { readCloseBody, writeCloseBody } from '../wire/close-body.ts';
import { ABNORMAL_CLOSURE, NO_STATUS_RECEIVED } from '../wire/close-code.ts';
import type { FrameDecoder } from '../wire/frame-decoder.ts';
import { TRANSPORT_ENDED } from '../wire/violation.ts';
import type { Violation } from '../wire/violation.ts';
import { ClosingFacts } from './closing.ts';
import type { ControlPayload } from './control-payload.ts';
import type { Deadlines } from './deadlines.ts';
import type { ConnectionEvents, LimitExceeded } from './events.ts';
import type { Sender } from './sender.ts';

/** What is received of messages, as far as their end goes. */
export interface Unfinished {
  /** A message has begun that has not ended, or not well. */
  readonly unfinished: boolean;
  /** The connection is over: what is held is let go of. */
  settle(): void;
}

const NOTHING = new Uint8Array(0);

export class Ending {
  readonly facts: ClosingFacts = new ClosingFacts();

  readonly #decoder: FrameDecoder;
  readonly #payload: Unfinished;
  readonly #control: ControlPayload;
  readonly #sender: Sender;
  readonly #deadlines: Deadlines;
  readonly #events: ConnectionEvents;
  readonly #wake: () => void;

  constructor(
    decoder: FrameDecoder, payload: Unfinished, control: ControlPayload, sender: Sender, deadlines: Deadlines,
    events: ConnectionEvents, wake: () => void,
  ) {
    this.#decoder = decoder;
    this.#payload = payload;
    this.#control = control;
    this.#sender = sender;
    this.#deadlines = deadlines;
    this.#events = events;
    this.#wake = wake;
  }

  /** Queues our Close behind everything that was accepted before (§7.1.2); a `code` of 1005 is a frame without body. */
  queueClose(code: number, body: Uint8Array): void {
    this.facts.sentCode = code;
    this.#sender.close(body);
    this.#deadlines.keepalive?.stop();
    this.#deadlines.awaitClose();
    this.#wake();
  }

  /** The peer's Close frame has come, its body in `bytes` from `start` to `end`: it is answered, unless our Close is queued already. */
  receiveClose(bytes: Uint8Array, start: number, end: number): void {
    const body = readCloseBody(bytes, start, end);
    if (body.violation !== null) return this.fail(body.violation, null);
    const { facts } = this;
    facts.receivedCode = body.code;
    facts.receivedReason = body.reason;
    this.#deadlines.settle();
    if (facts.sentLeft) this.#deadlines.awaitTransportEnd();
    try {
      this.#events.closing(body.code, body.reason);
    } finally {
      if (facts.maySend) { // §5.5.1: the answer, with the code that came
        this.queueClose(body.code, body.code === NO_STATUS_RECEIVED ? NOTHING : writeCloseBody(body.code, ''));
      }
    }
  }

  /** The transport has taken a piece of output. */
  taken(): void {
    const { facts } = this;
    if (facts.state === 'closing' && !facts.sentTaken) this.#deadlines.awaitClose(); // progress: wait anew
    if (facts.sentCode !== null && this.#sender.dataIsEmpty) facts.sentTaken = true; // nothing is queued behind our Close
  }

  /** The transport has taken everything; if our Close was among it, the closing handshake has come a step further. */
  drained(): void {
    const { facts } = this;
    if (!facts.sentTaken || facts.sentLeft) return;
    facts.sentLeft = true;
    if (facts.reported || facts.receivedCode === null) return;
    if (facts.transportEnded) this.#report();
    else this.#deadlines.awaitTransportEnd();
  }

  /** The transport's FIN has come. */
  receiveEnd(): void {
    const { facts } = this;
    if (facts.transportEnded) return;
    facts.transportEnded = true;
    if (facts.reported) return;
    if (facts.clean) this.#report();
    else if (facts.receivedCode === null) this.terminate(TRANSPORT_ENDED); // §7.1.5; otherwise our Close is still to be sent
  }

  /** Fails the connection (§7.1.7) for a rule that was broken at position `at`. */
  fail(violation: Violation, limit: LimitExceeded | null, at: number = this.#decoder.position): void {
    const { facts } = this;
    if (facts.reported) return;
    const body = violation.code === ABNORMAL_CLOSURE ? null : writeCloseBody(violation.code, '');
    facts.break(violation, limit, at);
    const unsent = this.#sender.queueSize;
    this.#sender.clearData();
    if (!facts.sentTaken && body !== null) { // §7.1.7; only one Close frame is ever sent
      facts.sentCode = violation.code;
      this.#sender.close(body);
    }
    this.#deadlines.awaitTransportEnd();
    this.#wake();
    this.#report(unsent);
  }

  /** Gives up on the transport: nothing more is sent. */
  terminate(violation: Violation): void {
    const { facts } = this;
    if (!facts.reported && !facts.clean) facts.break(violation, null, this.#decoder.position);
    const unsent = this.#sender.queueSize;
    facts.abandoned = true;
    this.#deadlines.close.cancel();
    this.#sender.clear();
    this.#wake();
    this.#report(unsent);
  }

  #report(unsent: number = this.#sender.queueSize): void {
    const { facts } = this;
    if (facts.reported) return;
    const outcome = facts.outcome(this.#decoder.position, this.#payload.unfinished, unsent);
    facts.reported = true;
    this.#deadlines.settle();
    this.#control.forget();
    this.#payload.settle();
    this.#sender.end();
    this.#events.closed(outcome);
  }
}
