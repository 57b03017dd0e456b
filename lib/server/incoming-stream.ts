// A message that is read while it arrives: pieces in, an async iterable out. What waits to be read is counted by whoever made it, so that
// a slow reader stops the socket instead of filling memory.

import type { CloseOutcome } from '../core/protocol/events.ts';
import type { MessageKind } from '../core/wire/opcode.ts';

/** What reading from a message throws when the connection ended before the message did: what was read is not the whole of it. */
export class MessageCutShort extends Error {
  override readonly name = 'MessageCutShort';
  /** How the connection ended. */
  readonly outcome: CloseOutcome;

  constructor(outcome: CloseOutcome) {
    super(`the connection ended with ${outcome.code} inside a message`);
    this.outcome = outcome;
  }
}

interface Reader {
  readonly resolve: (result: IteratorResult<Uint8Array, undefined>) => void;
  readonly reject: (error: MessageCutShort) => void;
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };
const NOTHING = new Uint8Array(0);

/** What a stream tells of what waits in it. */
export interface StreamEvents {
  read(bytes: number): void;
  /** The message is whole, and some of it waits. */
  ended(): void;
  /** Nothing more will be read of it. Once, last. */
  finished(): void;
}

/** One message, piece by piece. To be iterated once; a loop that is left early drops the rest of the message. */
export class IncomingStream implements AsyncIterable<Uint8Array> {
  /** Of a text message every piece but the last may end inside a character; as far as that the pieces are valid UTF-8. */
  readonly kind: MessageKind;

  readonly #events: StreamEvents;
  /** What waits to be read is `#buffer[0, #length)`: one array, however many frames it came in. */
  #buffer: Uint8Array = NOTHING;
  #length = 0;
  #readers: Reader[] = [];
  #ended = false;
  #finished = false;
  #outcome: CloseOutcome | null = null;

  /** Made by a session. */
  constructor(kind: MessageKind, events: StreamEvents) {
    this.kind = kind;
    this.#events = events;
  }

  /** Copies what has arrived. Returns how many bytes of it wait to be read. */
  push(piece: Uint8Array): number {
    if (this.#finished || piece.length === 0) return 0;
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader.resolve({ done: false, value: Uint8Array.from(piece) });
      return 0;
    }
    this.#append(piece);
    return piece.length;
  }

  /** The message is whole. */
  end(): void {
    if (this.#finished) return;
    this.#ended = true;
    if (this.#length === 0) this.#finish();
    else this.#events.ended();
  }

  /** The connection ended inside the message. What arrived may still be read. */
  cut(outcome: CloseOutcome): void {
    this.#outcome = outcome;
    for (const { reject } of this.#readers.splice(0)) reject(new MessageCutShort(outcome));
  }

  /** Each piece is the reader's. @throws (rejects with) MessageCutShort when the connection ended before the message */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return {
      next: () => this.#next(),
      return: () => {
        this.#read();
        this.#finish();
        return Promise.resolve(DONE);
      },
    };
  }

  #next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#length > 0) {
      const value = this.#read();
      if (this.#ended) this.#finish();
      return Promise.resolve({ done: false, value });
    }
    if (this.#finished) return Promise.resolve(DONE);
    if (this.#outcome !== null) return Promise.reject(new MessageCutShort(this.#outcome));
    return new Promise((resolve, reject) => { this.#readers.push({ resolve, reject }); });
  }

  #append(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    if (length > this.#buffer.length) {
      const buffer = new Uint8Array(this.#length === 0 ? length : length * 2);
      buffer.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = buffer;
    }
    this.#buffer.set(piece, this.#length);
    this.#length = length;
  }

  #read(): Uint8Array {
    const waiting = this.#buffer.subarray(0, this.#length);
    this.#buffer = NOTHING;
    this.#length = 0;
    this.#events.read(waiting.length);
    return waiting;
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    for (const { resolve } of this.#readers.splice(0)) resolve(DONE);
    this.#events.finished();
  }
}
