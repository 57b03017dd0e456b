// What send() was given, until the network has it (WHATWG WebSockets §3.1: bufferedAmount, send). It keeps messages in order although a
// Blob is read asynchronously, and counts bytes as the standard does: up at once, down only between tasks, never down because of an end.

import type { Connection } from '../core/protocol/connection.ts';
import type { CloseOutcome, SendResult } from '../core/protocol/events.ts';
import { Limits } from '../core/protocol/limits.ts';
import type { LimitOptions } from '../core/protocol/limits.ts';
import { APPLICATION_FAILED, QUEUE_OVERFLOW } from '../core/wire/violation.ts';
import { nodePlatform } from '../node/platform.ts';
import { surface } from '../node/settings.ts';
import type { Transport } from '../node/transport.ts';
import { copyOf } from './bytes.ts';

/** Data of a message. */
export type Outbound = string | Uint8Array | Blob;

interface Waiting {
  readonly size: number;
  readonly blob: Blob | null;
  go(bytes: Uint8Array | null): void;
}

export class Outgoing {
  readonly #maxQueueSize: number;
  #transport: Transport | null = null;
  /** Bytes given to send(); bytes of them that the connection accepted; bytes of those that the network has, as of this task's begin. */
  #given = 0;
  #accepted = 0;
  #transmitted = 0;
  /** Of those accepted, how many were left when the connection ended; null before. */
  #left: number | null = null;
  #sampled = false;
  /** What waits behind a Blob that is being read, the Blob first. */
  readonly #line: Waiting[] = [];
  #lineSize = 0;

  constructor(limits: LimitOptions | undefined) {
    this.#maxQueueSize = new Limits(limits).maxQueueSize;
  }

  /**
   * Payload bytes that were given to send() and that the network did not have when this task began. While the stream below holds bytes,
   * the headers of their frames count as payload not yet written, never beyond what was given.
   */
  get bufferedAmount(): number {
    this.#sample();
    return this.#given - this.#transmitted;
  }

  /** Another task begins: what the network has got meanwhile may show. */
  beginTask(): void {
    this.#sampled = false;
  }

  /** From here on messages can go out. */
  open(transport: Transport): void {
    this.#transport = transport;
  }

  /** Counts a message that is not sent. */
  discard(data: Outbound): void {
    this.#sample();
    this.#given += sizeOf(data);
  }

  /** Sends a message behind all others. Bytes are only borrowed. */
  send(data: Outbound): void {
    this.#sample();
    const size = sizeOf(data);
    this.#given += size;
    if (data instanceof Blob) {
      this.#wait({ size, blob: data, go: (bytes) => this.#hand(bytes as Uint8Array, size) }); // it has been read
    } else if (this.#line.length === 0) {
      try {
        this.#hand(data, size);
      } catch (error) { // of what the program decides of its compression: it was not sent
        this.#given -= size;
        throw error;
      }
    } else {
      const kept = typeof data === 'string' ? data : copyOf(data);
      this.#wait({ size, blob: null, go: () => this.#hand(kept, size) });
    }
  }

  /** Calls `close` when everything before has gone to the connection. */
  close(close: () => void): void {
    if (this.#line.length === 0) close();
    else this.#wait({ size: 0, blob: null, go: close });
  }

  /** The connection is over: nothing will be transmitted from here on, and nothing forgotten. */
  end(transport: Transport, outcome: CloseOutcome): void {
    this.#left = outcome.unsent + transport.bufferedAmount - transport.connection.queueSize;
    this.#line.length = 0;
  }

  get #connection(): Connection {
    return (this.#transport as Transport).connection; // nothing is sent before open()
  }

  #hand(data: string | Uint8Array, size: number): void {
    const connection = this.#connection;
    this.#accepted += size;
    let result: SendResult = 'refused';
    try {
      result = typeof data === 'string' ? connection.sendText(data) : connection.sendBinary(data);
    } finally {
      if (result === 'refused') this.#accepted -= size; // closing, or full: then the connection has failed
    }
  }

  #wait(waiting: Waiting): void {
    const connection = this.#connection;
    if (connection.queueSize + this.#lineSize + waiting.size > this.#maxQueueSize) {
      connection.fail(QUEUE_OVERFLOW);
      return;
    }
    this.#line.push(waiting);
    this.#lineSize += waiting.size;
    if (this.#line.length === 1) void this.#work();
  }

  async #work(): Promise<void> {
    for (let first = this.#line[0]; first !== undefined; first = this.#line[0]) {
      let bytes: Uint8Array | null = null;
      try {
        bytes = first.blob === null ? null : new Uint8Array(await first.blob.arrayBuffer());
      } catch { // a file that has gone
        this.#connection.fail(APPLICATION_FAILED);
      }
      if (this.#line.length === 0) return; // the end came meanwhile
      this.#lineSize -= first.size;
      try {
        first.go(bytes);
      } catch (error) { // there is no call left that it could be told to
        this.#connection.fail(APPLICATION_FAILED);
        surface(error);
      }
      this.#line.shift();
    }
  }

  #sample(): void {
    const transport = this.#transport;
    if (this.#sampled || transport === null) return;
    this.#sampled = true;
    setImmediate(() => this.beginTask());
    this.#transmitted = Math.max(this.#transmitted, this.#accepted - (this.#left ?? transport.bufferedAmount));
  }
}

function sizeOf(data: Outbound): number {
  if (typeof data === 'string') return nodePlatform.utf8Length(data);
  return data instanceof Blob ? data.size : data.length;
}
