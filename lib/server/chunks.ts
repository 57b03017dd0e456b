// What a message that is sent while it is produced is made of: chunks of any length, strings among them if it is text, until whoever
// produces them ends. Knows nothing of frames.

import type { MessageKind } from '../core/wire/opcode.ts';
import { surface } from '../node/settings.ts';
import { encode } from './message.ts';

/** Bytes, or for a text message strings as well; those of one text need not be cut between characters. */
export type Chunks = AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>;

/** Bytes of a message that is sent while it is produced. */
export interface Piece {
  readonly bytes: Uint8Array;
  /** None follow. */
  readonly last: boolean;
}

type Step = IteratorResult<unknown, unknown>;

/** Chunks as bytes, whatever form they come in. */
export class ChunkSource {
  readonly #kind: MessageKind;
  readonly #iterator: { next(): Step | Promise<Step>; return?(): unknown };
  /** The first half of a surrogate pair, whose second is in the next chunk. */
  #half = '';

  /** @throws TypeError for what is no message's kind or no iterable of chunks */
  constructor(kind: MessageKind, chunks: Chunks) {
    if (kind !== 'text' && kind !== 'binary') throw new TypeError(`a message is 'text' or 'binary', found ${String(kind)}`);
    if (typeof chunks !== 'object' || chunks === null || !(Symbol.asyncIterator in chunks || Symbol.iterator in chunks)) {
      throw new TypeError('a stream is an iterable of chunks, synchronous or not');
    }
    if (chunks instanceof Uint8Array) throw new TypeError('a stream is made of chunks, found one Uint8Array: send it');
    this.#kind = kind;
    this.#iterator = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  }

  /** The next bytes. @throws (rejects with) TypeError for a chunk of another kind, and what the iterable throws */
  async next(): Promise<Piece> {
    const { done = false, value } = await this.#iterator.next();
    return { bytes: done ? encode(this.#half) : this.#bytesOf(value), last: done };
  }

  /** Lets whoever produces the chunks know that no more are wanted. */
  dispose(): void {
    Promise.resolve().then(() => this.#iterator.return?.()).catch(surface);
  }

  #bytesOf(chunk: unknown): Uint8Array {
    if (chunk instanceof Uint8Array) {
      if (this.#half === '') return chunk;
      throw new TypeError('a chunk of text ended inside a surrogate pair, and bytes followed');
    }
    if (typeof chunk === 'string' && this.#kind === 'text') return this.#join(chunk);
    throw new TypeError(`a chunk of a ${this.#kind} message is ${this.#kind === 'text' ? 'a string or ' : ''}a Uint8Array, found ${typeof chunk}`);
  }

  #join(chunk: string): Uint8Array {
    const text = this.#half + chunk;
    const cut = isHighSurrogate(text.charCodeAt(text.length - 1)) ? text.length - 1 : text.length;
    this.#half = text.slice(cut);
    return encode(text.slice(0, cut));
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}
