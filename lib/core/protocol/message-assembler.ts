// Whole messages out of pieces (§5.4): a component to put between a connection and whoever wants strings and arrays, not a mode of the
// connection. The common case, a whole message in one piece, is turned into its result without a buffer; otherwise pieces are copied
// into one growing buffer, so that a fragment costs its bytes and nothing more, and memory follows what arrived, not what was promised.

import type { Platform } from '../platform.ts';
import type { CloseOutcome, ConnectionEvents, Payload } from './events.ts';

/** What the assembler tells: a connection's events, with messages whole. Total: every method, always. */
export interface MessageEvents extends Omit<ConnectionEvents, 'payload'> {
  /** A text message, whole. */
  text(message: string): void;
  /** A binary message, whole. The receiver of the call owns the array. */
  binary(message: Uint8Array): void;
}

const NOTHING = new Uint8Array(0);

export class MessageAssembler implements ConnectionEvents {
  readonly #platform: Platform;
  readonly #events: MessageEvents;
  #buffer: Uint8Array = NOTHING;
  #length = 0;

  constructor(platform: Platform, events: MessageEvents) {
    this.#platform = platform;
    this.#events = events;
  }

  /** Bytes of the unfinished message, and what is held for it: at most twice that. */
  get retainedBytes(): number {
    return this.#buffer.length;
  }

  payload(piece: Payload): void {
    if (piece.first && piece.last) this.#deliverDirect(piece);
    else this.#gather(piece);
  }

  ping(payload: Uint8Array): void {
    this.#events.ping(payload);
  }

  pong(payload: Uint8Array): void {
    this.#events.pong(payload);
  }

  closing(code: number, reason: string): void {
    this.#events.closing(code, reason);
  }

  drained(): void {
    this.#events.drained();
  }

  closed(outcome: CloseOutcome): void {
    this.#release();
    this.#events.closed(outcome);
  }

  #deliverDirect(piece: Payload): void {
    const { bytes, start, end } = piece;
    if (piece.kind === 'binary') {
      this.#events.binary(this.#platform.copy(bytes, start, end));
      return;
    }
    this.#events.text(piece.ascii ? this.#platform.decodeAscii(bytes, start, end) : this.#platform.decodeUtf8(bytes, start, end));
  }

  #gather(piece: Payload): void {
    const { bytes, start, end } = piece;
    const length = this.#length + (end - start);
    if (length > this.#buffer.length) this.#grow(length, piece);
    if (end > start) this.#buffer.set(bytes.subarray(start, end), this.#length);
    this.#length = length;
    if (!piece.last) return;
    const buffer = this.#buffer;
    this.#release();
    if (piece.kind === 'text') this.#events.text(this.#platform.decodeUtf8(buffer, 0, length));
    else this.#events.binary(buffer.length === length ? buffer : this.#platform.copy(buffer, 0, length));
  }

  /**
   * To twice what has arrived at most, and to no more than the message may have; to just what the frame declares if that is less, so
   * that a finished message fits exactly.
   */
  #grow(needed: number, piece: Payload): void {
    const declared = needed + piece.remaining;
    const size = declared > needed && declared < needed * 2 ? declared : piece.last ? needed : needed * 2;
    const buffer = this.#platform.allocate(Math.max(needed, Math.min(size, needed + piece.room)));
    buffer.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = buffer;
  }

  #release(): void {
    this.#buffer = NOTHING;
    this.#length = 0;
  }
}
