// What a connection tells its owner, and in which words. Events are pushed the moment they are known (DESIGN §2, law 2); every method
// of the sink exists, always, so that no event is lost for want of a listener. A method may throw and may call the connection again:
// position and state are final before it is called (law 7).

import type { MessageKind } from '../wire/opcode.ts';
import type { Violation } from '../wire/violation.ts';

/**
 * A piece of a data message, lent: one object per connection, overwritten by the next piece. Integers instead of views, because a view
 * costs more than parsing a small frame (measured: 43 ns against 7); see docs/decisions/0003.
 */
export interface Payload {
  readonly kind: MessageKind;
  /** The piece is `bytes[start, end)`. Borrowed until the call returns; the bytes may be changed meanwhile, they are nobody's afterwards. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** The piece is the first of its message. */
  readonly first: boolean;
  /** The piece is the last of its message. Text is then whole and valid UTF-8; before, it is valid up to its last byte. */
  readonly last: boolean;
  /** Bytes of this frame's payload still to come: a hint for whoever gathers them. A promise of the peer, not a fact. */
  readonly remaining: number;
  /** Bytes that may follow in this message, as far as maxMessageSize goes: nobody need make more room than that. */
  readonly room: number;
  /** Every byte of this piece is known to be below 0x80. False says nothing. */
  readonly ascii: boolean;
}

/** The sink of a connection. Total: every method, always. */
export interface ConnectionEvents {
  /** A piece of a message has arrived. Not called for a piece without bytes, unless it is the last. */
  payload(piece: Payload): void;
  /** A Ping has arrived and its Pong is queued (§5.5.2). `payload` is borrowed until the call returns. */
  ping(payload: Uint8Array): void;
  /** A Pong has arrived, asked for or not (§5.5.3). `payload` is borrowed until the call returns. */
  pong(payload: Uint8Array): void;
  /**
   * The peer's Close has arrived (§5.5.1); `code` is 1005 if it had no body. What is sent from here still goes out before the answer.
   * The answer is automatic, with the peer's code, unless `close` is called here.
   */
  closing(code: number, reason: string): void;
  /**
   * A send was answered `high-water`, or `refused` for want of room while others waited, and no more than the high-water mark is waiting
   * now: go on.
   */
  drained(): void;
  /** The connection is over. Exactly once, last. */
  closed(outcome: CloseOutcome): void;
}

/** A limit that was exceeded: its name, its value at that moment, and what was met instead. */
export interface LimitExceeded {
  readonly name: string;
  readonly value: number;
  readonly observed: number;
}

/** How a connection ended (§7.1.4–§7.1.6). */
export interface CloseOutcome {
  /** The peer's close code; 1005 if its Close frame had none, 1006 if no Close frame came (§7.1.5). */
  readonly code: number;
  /** The peer's close reason, or '' (§7.1.6). */
  readonly reason: string;
  /** Both Close frames were exchanged (§7.1.4). */
  readonly clean: boolean;
  /** The code of the Close frame this side sent or queued: 1005 for one without body, null for none. */
  readonly sentCode: number | null;
  /** The rule that was broken, and by whom; null after a clean close. */
  readonly violation: Violation | null;
  /** The limit behind the violation, if there was one. */
  readonly limit: LimitExceeded | null;
  /**
   * For a peer's violation the offset of the byte that proved it; otherwise, and for what only the end of a frame proves (the body of a
   * Close, a text that ends inside a character), the number of bytes read. Both from the end of the opening handshake.
   */
  readonly position: number;
  /** A message had begun to arrive and was not finished. */
  readonly messageUnfinished: boolean;
  /** Bytes of messages that were accepted for sending and never taken by the transport. */
  readonly unsent: number;
}

/**
 * What became of a send. `queued`: go on. `high-water`: taken, but wait for `drained`. `refused`: not taken, because the connection is
 * closing or closed, or because `maxQueueSize` would be exceeded.
 */
export type SendResult = 'queued' | 'high-water' | 'refused';

/** `open` until a Close frame is sent or received (§7.1.3), `closed` when the outcome is known. */
export type ConnectionState = 'open' | 'closing' | 'closed';
