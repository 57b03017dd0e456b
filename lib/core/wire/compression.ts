// What a connection asks of a per-message compression extension (RFC 7692 §4, §6): two directions, each a machine that is lent bytes and
// lends bytes. It stands at the bottom of the import order because the connection that drives the machines and the codec that is them
// never import each other. Both may be asynchronous; nothing here is a promise.

import type { MessageKind } from './opcode.ts';
import type { Violation } from './violation.ts';

/**
 * What a step of an {@link Inflater} came to: a `piece` of the message lies in `output`; it is `starved`, the loaded bytes are used up;
 * it is `pending`, and will call `onReady`; or it has `failed`, and `violation` says by which rule.
 */
export type InflateStep = 'piece' | 'starved' | 'pending' | 'failed';

/** Inflates what one side of a connection receives (RFC 7692 §6.2). */
export interface Inflater {
  /** The piece is `output[start, end)`, possibly empty: lent until the next call of any method. It may be changed meanwhile. */
  readonly output: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** The piece is the last of its message; nothing but another `load` follows it. */
  readonly last: boolean;
  /** Bytes of the message's compressed payload that were needed for its output so far. */
  readonly consumed: number;
  /** The rule that the data broke; terminal. */
  readonly violation: Violation | null;
  /** Then: the index, among the bytes loaded last, of the byte that proved it. */
  readonly at: number;
  /** Bytes held between calls: the LZ77 window, and input of an operation under way. */
  readonly retainedBytes: number;
  /** Called when a step that was `pending` may be tried again: never from within a call. Set by the connection. */
  onReady: () => void;

  /**
   * The next compressed payload of the message, `bytes[start, end)`, possibly none; `last` when it is the end of the message. Lent until
   * `next` answers `starved` or tells the last piece, or until {@link detach}. `room` is how many bytes the message may still inflate to:
   * the first byte beyond is a violation, MESSAGE_TOO_BIG.
   */
  load(bytes: Uint8Array, start: number, end: number, last: boolean, room: number): void;
  /**
   * Steps on, and never further than one piece. A piece ends at each multiple of 32 KiB of what the message inflates to, at any chunking: there
   * its size is held against the bytes that were consumed.
   */
  next(): InflateStep;
  /**
   * The loaded bytes are taken back: what is still needed of them is copied. What a piece lay in goes back to where it came from. May be
   * called at any time, also when nothing is loaded.
   */
  detach(): void;
  /** The connection is over: everything that is held is freed now, an operation under way is abandoned. Nothing but this follows it. */
  release(): void;
}

/** Deflates what one side of a connection sends (RFC 7692 §6.1). */
export interface Deflater {
  /** The compressed payload is `output[start, end)`: lent until the next call of any method but `commit`. */
  readonly output: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Bytes held between calls: the LZ77 window and what finds matches in it. */
  readonly retainedBytes: number;
  /** Called when what `deflateLater` began is done: never from within a call. Set by the connection. */
  onReady: () => void;

  /** Whether a message is to be compressed, as its size in bytes and its kind have it. Of a fragmented one `size` is the first fragment's. */
  wants(kind: MessageKind, size: number): boolean;
  /** Whether that many bytes are to be given to `deflateLater`. */
  defers(size: number): boolean;
  /**
   * Compresses `bytes[start, end)`, which are a message or, with `last` false or after such a call, a part of one. The bytes are borrowed
   * until it returns. The data ends with an empty stored block, of which the last four octets are left out when `last` (§7.2.1).
   */
  deflate(bytes: Uint8Array, start: number, end: number, last: boolean): void;
  /** The same, done when `onReady` is called; the bytes are borrowed, unchanged, until then. One at a time, and nothing meanwhile but `wants`. */
  deflateLater(bytes: Uint8Array, start: number, end: number, last: boolean): void;
  /** What was compressed is sent: the peer's window holds it from here on. The bytes that were compressed are still as they were. */
  commit(): void;
  /** What was compressed is not sent, and the peer never hears of it. Not within a fragmented message. */
  discard(): void;

  /** Equal numbers mean that what {@link deflateShared} makes of a message of `size` bytes may be sent for one by the other. */
  shareKey(size: number): number;
  /**
   * Compresses a whole message, without history, for every connection with this key; the array is the caller's. null when that makes it
   * no smaller.
   */
  deflateShared(bytes: Uint8Array, start: number, end: number): Uint8Array | null;
  /** A message that `deflateShared` has compressed, `bytes[start, end)` before that, is sent by this connection. */
  commitShared(bytes: Uint8Array, start: number, end: number): void;

  /** The connection is over: everything that is held is freed now, an operation under way is abandoned. Nothing but this follows it. */
  release(): void;
}

/** The two directions of one connection. */
export interface MessageCompression {
  readonly inflater: Inflater;
  readonly deflater: Deflater;
}
