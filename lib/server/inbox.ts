// What has arrived and has not been read. Whoever waits gets a message first, then the handler; what nobody takes is kept, in order, and
// once too much is kept the connection reads no more (DESIGN §5): nothing is lost, and nothing is kept without bound.

import type { CloseOutcome, Payload } from '../core/protocol/events.ts';
import { MessageAssembler } from '../core/protocol/message-assembler.ts';
import type { MessageKind } from '../core/wire/opcode.ts';
import { nodePlatform } from '../node/platform.ts';
import type { Scheduler } from '../node/scheduler.ts';
import { surface } from '../node/settings.ts';
import { IncomingStream, MessageCutShort } from './incoming-stream.ts';
import { encode } from './message.ts';
import type { Message, Next } from './message.ts';
import { after } from './timer.ts';

/** Takes a message. When it answers with a promise, it is given the next one when that is settled. */
export type OnReceive = (message: Message) => unknown;
/** Takes a message while it arrives. When it answers with a promise, it is given the next one when that is settled. */
export type OnReceiveStream = (stream: IncomingStream) => unknown;

/** What an inbox asks of its connection. */
export interface Source {
  pause(): void;
  resume(): void;
}

interface Unread {
  readonly message: Message;
  readonly size: number;
}

interface Waiter {
  /** Who waits: an iterator, or a single wait. */
  readonly owner: object;
  readonly settle: (next: Next) => void;
}

const ignore = (): void => {};

export class Inbox {
  /** Messages dropped unread because this side was closing and nobody read. */
  dropped = 0;

  readonly #source: Source;
  readonly #maxBytes: number;
  readonly #maxMessages: number;
  readonly #assembler: MessageAssembler;
  /** Bytes of the message that is being assembled. */
  #size = 0;
  #queue: Unread[] = [];
  /** What is unread, in the queue and in streams that were handed out. */
  #bytes = 0;
  #messages = 0;
  #paused = false;
  #leaving = false;
  #waiters: Waiter[] = [];
  #iterators = 0;
  #onReceive: OnReceive | null = null;
  #onStream: OnReceiveStream | null = null;
  /** A handler has answered with a promise. */
  #handling = false;
  /** The message that was handed out last while it arrived, until it has. */
  #stream: IncomingStream | null = null;
  /** It has arrived, and its handler is not done: the next message stays in the socket. */
  #holding = false;
  #outcome: CloseOutcome | null = null;

  constructor(source: Source, maxBytes: number, maxMessages: number) {
    this.#source = source;
    this.#maxBytes = maxBytes;
    this.#maxMessages = maxMessages;
    this.#assembler = new MessageAssembler(nodePlatform, {
      text: (text) => this.#take({ kind: 'text', text }),
      binary: (bytes) => this.#take({ kind: 'binary', bytes }),
      ping: ignore, pong: ignore, closing: ignore, drained: ignore, closed: ignore,
    });
  }

  /** Bytes that have arrived and not been read: whole messages, and streams that were handed out. */
  get unreadBytes(): number {
    return this.#bytes;
  }

  set onReceive(handler: OnReceive | null) {
    this.#onReceive = handler;
    queueMicrotask(() => this.#deliver());
  }

  set onStream(handler: OnReceiveStream | null) {
    this.#onStream = handler;
    queueMicrotask(() => this.#deliver());
  }

  /** A piece of a message: for the stream it belongs to, or for the message it will be part of. */
  payload(piece: Payload): void {
    const begins = piece.first && this.#streams;
    if (begins) this.#stream = this.#begin(piece.kind);
    const stream = this.#stream;
    if (stream === null) {
      this.#size += piece.end - piece.start;
      this.#assembler.payload(piece);
      return;
    }
    this.#count(stream.push(piece.bytes.subarray(piece.start, piece.end)), 0);
    if (piece.last) stream.end();
    if (begins) this.#call(this.#onStream, stream);
    if (piece.last) {
      this.#stream = null;
      this.#holding = this.#handling;
    }
    this.#regulate();
  }

  closed(outcome: CloseOutcome): void {
    this.#outcome = outcome;
    this.#assembler.closed(outcome);
    this.#stream?.cut(outcome);
    this.#stream = null;
    this.#deliver();
  }

  /** This side closes: the peer's answer is to be read, also when nobody reads the messages before it. */
  leave(): void {
    this.#leaving = true;
    this.#regulate();
  }

  /** The next message, for this caller alone. */
  async next(scheduler: Scheduler, timeout: number): Promise<Next> {
    const owner = {};
    const next = this.#wait(owner);
    const callOff = after(scheduler, timeout, () => this.#release(owner, { kind: 'timeout' }));
    try {
      return await next;
    } finally {
      callOff();
    }
  }

  /** Messages, one after the other, to the end of the connection. What a loop has not taken when it is left is the next one's. */
  iterate(): AsyncIterator<Message, undefined> {
    const owner = {};
    let left = false;
    this.#iterators++;
    const leave = (): void => {
      if (left) return;
      left = true;
      this.#iterators--;
      this.#release(owner, { kind: 'timeout' });
      this.#regulate();
    };
    return {
      next: async () => {
        const next: Next = left ? { kind: 'timeout' } : await this.#wait(owner);
        if (next.kind === 'message') return { done: false, value: next.message };
        leave();
        return { done: true, value: undefined };
      },
      return: () => {
        leave();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  #wait(owner: object): Promise<Next> {
    return new Promise((settle) => {
      this.#waiters.push({ owner, settle });
      this.#deliver();
    });
  }

  #release(owner: object, next: Next): void {
    const released = this.#waiters.filter((waiter) => waiter.owner === owner);
    this.#waiters = this.#waiters.filter((waiter) => waiter.owner !== owner);
    for (const { settle } of released) settle(next);
  }

  /** Messages are handed out as they arrive, unless somebody waits for a whole one or others are before it. */
  get #streams(): boolean {
    return this.#onStream !== null && !this.#handling && this.#waiters.length === 0 && this.#queue.length === 0;
  }

  /** Somebody will read. */
  get #attended(): boolean {
    return this.#onReceive !== null || this.#onStream !== null || this.#iterators > 0 || this.#waiters.length > 0;
  }

  get #full(): boolean {
    return this.#bytes >= this.#maxBytes || this.#messages >= this.#maxMessages;
  }

  #take(message: Message): void {
    const size = this.#size;
    this.#size = 0;
    if (this.#leaving && this.#full && !this.#attended) {
      this.dropped++;
      return;
    }
    this.#queue.push({ message, size });
    this.#count(size, 1);
    this.#deliver();
  }

  #count(bytes: number, messages: number): void {
    this.#bytes += bytes;
    this.#messages += messages;
  }

  /** Gives what is there to whoever is there. */
  #deliver(): void {
    for (;;) {
      const called = this.#waiters.length === 0;
      if (called && (this.#handling || (this.#onReceive === null && this.#onStream === null))) break;
      const unread = this.#queue.shift();
      if (unread === undefined) break;
      this.#count(-unread.size, -1);
      const { message } = unread;
      if (!called) this.#waiters.shift()?.settle({ kind: 'message', message });
      else if (this.#onStream !== null) this.#call(this.#onStream, this.#streamOf(message));
      else this.#call(this.#onReceive, message);
    }
    if (this.#outcome !== null && this.#queue.length === 0) {
      for (const { settle } of this.#waiters.splice(0)) settle({ kind: 'closed', outcome: this.#outcome });
    }
    this.#regulate();
  }

  /** A handler's exception is the application's: it surfaces as from any listener and takes nothing with it. */
  #call<T>(handler: ((value: T) => unknown) | null, value: T): void {
    try {
      const answer = handler?.(value);
      if (typeof answer !== 'object' || answer === null || !('then' in answer)) return;
      this.#handling = true;
      Promise.resolve(answer).catch(surfaceUnlessCut).then(() => {
        this.#handling = false;
        this.#holding = false;
        this.#deliver();
      });
    } catch (error) {
      surface(error);
    }
  }

  #begin(kind: MessageKind): IncomingStream {
    let counted = false;
    return new IncomingStream(kind, {
      read: (bytes) => {
        this.#count(-bytes, 0);
        this.#regulate();
      },
      ended: () => {
        counted = true;
        this.#count(0, 1);
      },
      finished: () => {
        if (counted) this.#count(0, -1);
        this.#regulate();
      },
    });
  }

  #streamOf(message: Message): IncomingStream {
    const stream = this.#begin(message.kind);
    this.#count(stream.push(message.kind === 'text' ? encode(message.text) : message.bytes), 0);
    stream.end();
    return stream;
  }

  /** Stops the connection when too much is unread, and lets it go on at half of that. */
  #regulate(): void {
    const unheard = this.#leaving && !this.#attended;
    const low = this.#bytes * 2 <= this.#maxBytes && this.#messages * 2 <= this.#maxMessages;
    const stop = !unheard && (this.#holding || (this.#paused ? !low : this.#full));
    if (stop === this.#paused || this.#outcome !== null) return;
    this.#paused = stop;
    if (stop) this.#source.pause();
    else this.#source.resume();
  }
}

/** A message that the end of the connection cut short is nobody's exception: the session tells how it ended. */
function surfaceUnlessCut(error: unknown): void {
  if (!(error instanceof MessageCutShort)) surface(error);
}
