// The sending side of a WebSocketCall, as OkHttp's early API has it: one message at a time, of one piece or of many, told when it has been
// taken. What cannot be sent is an error here, where the later API says false.

import type { SendResult } from '../core/protocol/events.ts';
import type { SendOptions } from '../core/protocol/send-options.ts';
import { checkBytes } from '../core/protocol/sender.ts';
import { writeCloseBody } from '../core/wire/close-body.ts';
import type { MessageKind } from '../core/wire/opcode.ts';
import { APPLICATION_FAILED } from '../core/wire/violation.ts';
import type { Transport } from '../node/transport.ts';

/** What a message is sent from: whole, or in pieces as they come. A piece that is a string is sent as UTF-8. */
export type Sendable = string | Uint8Array | AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>;

/** The socket of a call that is open. */
export class CallSocket {
  readonly #transport: Transport;
  readonly #maxQueueSize: number;
  /** The message that is being sent in pieces or waits for room, until it is over; null for none. */
  #ahead: Promise<void> | null = null;
  #waiting: (() => void)[] = [];

  /** Made by the call. */
  constructor(transport: Transport, maxQueueSize: number) {
    this.#transport = transport;
    this.#maxQueueSize = maxQueueSize;
  }

  /**
   * Sends a message behind those that are under way. Pieces are sent as fragments, at the pace of the transport; Pings may go between them.
   * Resolves when the message has been taken and it is time for another. When the pieces break off, by an exception or by one that cannot
   * be sent, the message can never be finished, and the call fails.
   *
   * @throws (rejects with) TypeError for what is no message of that type, or an option that is unknown or no boolean; RangeError for one
   * that can never fit `maxQueueSize`; Error `closed` when the call is closing or over
   */
  async sendMessage(type: MessageKind, payload: Sendable, options?: SendOptions): Promise<void> {
    while (this.#ahead !== null) await this.#ahead;
    const { connection } = this.#transport;
    if (type !== 'text' && type !== 'binary') throw new TypeError(`a message is 'text' or 'binary', found ${String(type)}`);
    if (typeof payload === 'string') {
      if (type === 'binary') throw new TypeError('a binary message is bytes, found a string');
      return this.#whole(Buffer.byteLength(payload), () => connection.sendText(payload, options));
    }
    if (payload instanceof Uint8Array) {
      return this.#whole(payload.length, () => (
        type === 'binary' ? connection.sendBinary(payload, options) : connection.sendFragment(type, payload, true, options)
      ));
    }
    if (typeof payload !== 'object' || payload === null || !(Symbol.asyncIterator in payload || Symbol.iterator in payload)) {
      throw new TypeError(`a message is a string, a Uint8Array or an iterable of them, found ${String(payload)}`);
    }
    return this.#goAhead(this.#pieces(type, payload, options));
  }

  /**
   * Sends a Ping of up to 125 bytes; `onPong` tells the answer.
   *
   * @throws TypeError or RangeError for a payload that cannot be one; Error when the call is closing or over
   */
  sendPing(payload: Uint8Array = new Uint8Array(0)): void {
    if (this.#transport.connection.sendPing(payload) === 'refused') throw new Error(this.#isOver ? 'closed' : 'too many Pings wait to be sent');
  }

  /**
   * Begins to close, behind what was taken (§7.1.2).
   *
   * @throws RangeError or TypeError for a code or reason that may not be sent; Error `closed` when the call is closing or over
   */
  close(code: number, reason: string = ''): void {
    void writeCloseBody(code, reason);
    if (this.#transport.connection.close(code, reason) === 'refused') throw new Error('closed');
  }

  /** There is room, or it is over; for the call. */
  goOn(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  get #isOver(): boolean {
    return this.#transport.connection.state !== 'open';
  }

  /** A message that can be sent at once is, before this returns; only one that finds no room keeps the next waiting. */
  async #whole(size: number, send: () => SendResult): Promise<void> {
    const result = send();
    if (result === 'high-water') return this.#room();
    if (result === 'refused') return this.#goAhead(this.#take(size, send));
  }

  async #pieces(type: MessageKind, payload: Exclude<Sendable, string | Uint8Array>, options: SendOptions | undefined): Promise<void> {
    const { connection } = this.#transport;
    const fragment = (bytes: Uint8Array, fin: boolean): Promise<void> =>
      this.#take(bytes.length, () => connection.sendFragment(type, bytes, fin, options));
    let begun = false;
    try {
      for await (const piece of payload) {
        const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
        checkBytes('a piece of a message', bytes);
        await fragment(bytes, false);
        begun = true;
      }
      await fragment(new Uint8Array(0), true);
    } catch (error) {
      if (begun) connection.fail(APPLICATION_FAILED); // nothing can follow half a message (§5.4)
      throw error;
    }
  }

  async #goAhead(sending: Promise<void>): Promise<void> {
    const ahead = this.#ahead = sending.catch(() => {});
    try {
      await sending;
    } finally {
      if (this.#ahead === ahead) this.#ahead = null;
    }
  }

  /** Sends as soon as there is room, and waits while too much is queued. */
  async #take(size: number, send: () => SendResult): Promise<void> {
    for (let result = send(); result !== 'queued'; result = send()) {
      if (result === 'refused' && this.#isOver) throw new Error('closed');
      if (size > this.#maxQueueSize) throw new RangeError(`${size} bytes never fit maxQueueSize, which is ${this.#maxQueueSize}`);
      await this.#room();
      if (result === 'high-water') return;
    }
  }

  #room(): Promise<void> {
    return new Promise((resolve) => { this.#waiting.push(resolve); });
  }
}
