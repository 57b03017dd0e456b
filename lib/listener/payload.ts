// A message that can be read while it still arrives. What has arrived and is not read holds the connection back: it is paused then, so that
// memory is one piece and not one message, and the server's own transport is slowed down.

import type { MessageKind } from '../core/wire/opcode.ts';
import { nodePlatform } from '../node/platform.ts';

/** What a payload holds back and lets go on. */
export interface Source {
  pause(): void;
  resume(): void;
}

/**
 * The payload of one message: read it once, as it comes (`for await`), or whole with `text()` or `bytes()`; or `cancel()` it. Nothing else
 * arrives on the connection, no Pong and no Close either, until one of these has been done.
 */
export class MessagePayload implements AsyncIterable<Uint8Array> {
  readonly type: MessageKind;
  readonly #source: Source;
  #pieces: Uint8Array[] = [];
  #state: 'arriving' | 'whole' | 'canceled' = 'arriving';
  #error: Error | null = null;
  #read = false;
  #holding = false;
  #wake: () => void = () => {};

  /** Made by the call, at the first piece of a message. */
  constructor(type: MessageKind, source: Source) {
    this.type = type;
    this.#source = source;
  }

  /**
   * The pieces, in order; the reader owns them. Text is UTF-8, and may be cut anywhere. Leaving the loop early cancels the rest.
   *
   * @throws TypeError when it has been read or canceled; rejects with the WebSocketFailure when the message ends unfinished
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#read || this.#state === 'canceled') throw new TypeError('this payload has been read or canceled');
    this.#read = true;
    try {
      for (let piece = await this.#next(); piece !== null; piece = await this.#next()) yield piece;
    } finally {
      this.cancel();
    }
  }

  /** The message as a text: of a binary one too, with U+FFFD for what is no UTF-8. @throws as the iteration */
  async text(): Promise<string> {
    const bytes = await this.bytes();
    return nodePlatform.decodeUtf8(bytes, 0, bytes.length);
  }

  /** The message as bytes, which the caller owns. @throws as the iteration */
  async bytes(): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this) pieces.push(piece);
    const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
    let at = 0;
    for (const piece of pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }

  /** Gives up what has not been read: the rest of the message is skipped, and the connection goes on. */
  cancel(): void {
    if (this.#state === 'canceled') return;
    this.#state = 'canceled';
    this.#pieces = [];
    this.#release();
    this.#wake();
  }

  /** Takes the next piece; for the call. */
  push(piece: Uint8Array, last: boolean): void {
    if (this.#state === 'canceled') return;
    if (last) this.#state = 'whole';
    if (piece.length > 0) this.#pieces.push(piece);
    if (this.#pieces.length > 0) this.#hold();
    this.#wake();
  }

  /** No more will come; for the call. */
  fail(error: Error): void {
    if (this.#state !== 'arriving') return;
    this.#error = error;
    this.#wake();
  }

  async #next(): Promise<Uint8Array | null> {
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece !== undefined) {
        if (this.#state === 'whole') this.#release();
        return piece;
      }
      if (this.#error !== null) throw this.#error;
      if (this.#state !== 'arriving') return null;
      this.#release();
      await new Promise<void>((resolve) => { this.#wake = resolve; });
    }
  }

  #hold(): void {
    if (!this.#holding) this.#source.pause();
    this.#holding = true;
  }

  /** Lets go of what it holds itself; the next message may be holding the connection already. */
  #release(): void {
    if (!this.#holding) return;
    this.#holding = false;
    this.#source.resume();
  }
}
