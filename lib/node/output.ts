// The way out: from a connection to its socket, as much as the socket takes and no more, in one write a turn. What the socket
// cannot take stays in the engine's outbox, where limits count it, pongs overtake it and an end drops it.

import { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import type { Connection } from '../core/protocol/connection.ts';

/** A larger piece is written in parts, so that the socket's buffer stays small and its progress can be seen. */
const PART = 64 * 1024;

export class Output {
  readonly #connection: Connection;
  readonly #socket: Duplex;
  /** What has been taken from the engine and not been written: the rest of a large piece. */
  #rest: Uint8Array | null;
  #blocked = false;
  #progressed = false;

  /** `preface` goes first: the head of a response. */
  constructor(connection: Connection, socket: Duplex, preface: Uint8Array | null) {
    this.#connection = connection;
    this.#socket = socket;
    this.#rest = preface;
  }

  /** Bytes taken from the engine that the socket has not. */
  get held(): number {
    return this.#rest?.length ?? 0;
  }

  /** Whether the socket has taken something since this was last asked, and is full again: its peer is slow, not gone. */
  takeProgress(): boolean {
    const progressed = this.#progressed && this.#blocked;
    this.#progressed = false;
    return progressed;
  }

  /** The socket has room again. */
  drained(): void {
    this.#blocked = false;
    this.#progressed = true;
  }

  /** Writes until the socket is full or nothing is left; true when nothing is. */
  flush(): boolean {
    if (this.#blocked) return false;
    const socket = this.#socket;
    let corked = false;
    let piece = this.#next();
    while (piece !== null) {
      const fills = socket.writableLength + piece.length >= socket.writableHighWaterMark;
      const following = fills ? null : this.#next();
      if (following !== null && !corked) {
        socket.cork();
        corked = true;
      }
      this.#blocked = !socket.write(piece);
      if (this.#blocked) this.#putBack(following);
      piece = this.#blocked ? null : fills ? this.#next() : following;
    }
    if (corked) socket.uncork();
    return !this.#blocked;
  }

  #next(): Uint8Array | null {
    const piece = this.#rest ?? this.#connection.takeOutput();
    if (piece === null || piece.length <= PART) {
      this.#rest = null;
      return piece;
    }
    this.#rest = piece.subarray(PART);
    return piece.subarray(0, PART);
  }

  /** A stream said no before its mark was reached. */
  #putBack(piece: Uint8Array | null): void {
    if (piece === null) return;
    this.#rest = this.#rest === null ? piece : Buffer.concat([piece, this.#rest]);
  }
}
