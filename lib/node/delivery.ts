// The way in: between a connection and the application's handlers. Nothing is delivered before the caller had a chance to go
// on, and nothing an application throws passes through the engine: from within receive it reaches the transport, from anywhere
// else it surfaces.

import type { CloseOutcome, ConnectionEvents, Payload } from '../core/protocol/events.ts';
import { surface } from './settings.ts';

export class Delivery implements ConnectionEvents {
  readonly #sink: ConnectionEvents;
  #held = true;
  /** How the connection ended, from the moment it is known. */
  outcome: CloseOutcome | null = null;
  #waiting: ((outcome: CloseOutcome) => void)[] = [];

  constructor(sink: ConnectionEvents) {
    this.#sink = sink;
  }

  /** While held the end is not told; that nothing else arrives is the transport's to see to. */
  get held(): boolean {
    return this.#held;
  }

  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    if (this.outcome !== null) this.#tellEnd(this.outcome);
  }

  /** The outcome, when it has been delivered. */
  whenClosed(): Promise<CloseOutcome> {
    return new Promise((resolve) => {
      if (this.outcome !== null && !this.#held) resolve(this.outcome);
      else this.#waiting.push(resolve);
    });
  }

  payload(piece: Payload): void {
    this.#sink.payload(piece);
  }

  ping(payload: Uint8Array): void {
    this.#sink.ping(payload);
  }

  pong(payload: Uint8Array): void {
    this.#sink.pong(payload);
  }

  closing(code: number, reason: string): void {
    this.#sink.closing(code, reason);
  }

  drained(): void {
    try {
      this.#sink.drained();
    } catch (error) {
      surface(error);
    }
  }

  closed(outcome: CloseOutcome): void {
    this.outcome = outcome;
    if (!this.#held) this.#tellEnd(outcome);
  }

  #tellEnd(outcome: CloseOutcome): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      this.#sink.closed(outcome);
    } catch (error) {
      surface(error);
    }
    for (const resolve of waiting) resolve(outcome);
  }
}
