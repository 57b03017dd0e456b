// The sending direction of permessage-deflate (RFC 7692 §6.1, §7.2.1): which message is compressed, by whom, and behind which history. An idle
// deflater holds its window and nothing else, and nothing at all without context takeover: what finds matches is lent by a pool, and
// what the work needs is there once for all. It knows no frame and no connection.

import type { Deflater } from '../wire/compression.ts';
import type { MessageKind } from '../wire/opcode.ts';
import { Encoder } from './encoder.ts';
import { IndexPool } from './match-index.ts';
import type { MatchIndex } from './match-index.ts';
import { LEAST_WINDOW_BITS, MOST_WINDOW_BITS } from './parameters.ts';
import { Window } from './window.ts';
import type { Allocate } from './window.ts';

/** What a host may do better than plain TypeScript. */
export interface HostDeflate {
  /** From this many bytes on a message goes to `deflate`. */
  readonly from: number;
  /** From this many bytes on it goes to `deflateLater`; Infinity for never. */
  readonly laterFrom: number;
  /**
   * Raw DEFLATE of `bytes`, ending in a sync flush: an empty stored block, 00 00 ff ff at the very end. `dictionary`, oldest byte first and
   * perhaps empty, is the history; no match reaches further back than 1 << windowBits. Both are borrowed until it returns; the
   * result is the caller's.
   */
  deflate(bytes: Uint8Array, dictionary: Uint8Array, windowBits: number): Uint8Array;
  /**
   * The same, elsewhere: `done` is called later, never from within the call, with null if it failed. Both arrays are borrowed until then.
   *
   * @returns what abandons it; `done` need not be called any more
   */
  deflateLater(
    bytes: Uint8Array, dictionary: Uint8Array, windowBits: number, done: (result: Uint8Array | null) => void,
  ): () => void;
}

/** How one direction is compressed. */
export interface DeflaterOptions {
  /** The agreed maximum for this direction, 8 to 15 (RFC 7692 §7.1.2). Common compressors have no window of 256 bytes; this one does. */
  readonly windowBits: number;
  /** Whether a message may refer to those before it (§7.1.1). */
  readonly contextTakeover: boolean;
  /** Where the window's memory comes from. */
  readonly allocate: Allocate;
  /** Messages of fewer bytes are not compressed. */
  readonly threshold: number;
  /** Asked instead of the threshold, with the size in bytes. */
  readonly decide?: ((kind: MessageKind, size: number) => boolean) | undefined;
  readonly host?: HostDeflate | null | undefined;
}

const NOTHING = new Uint8Array(0);
/** Octets of the empty stored block's lengths, which a message ends without (§7.2.1). */
const TRAILER_LENGTH = 4;
/** What the indexes of all deflaters may take together: 1,024 of them for windows of 4 KiB. */
const INDEX_BUDGET: number = 16 * 1024 * 1024;

let owners = 0;

/** What deflaters share: 80 KiB for long messages without history, and at most `budget` bytes of indexes, lent to those that used one last. */
export class DeflatePool {
  readonly indexes: IndexPool;
  #encoder: Encoder | null = null;

  /** @param budget bytes of all indexes; one of a 4 KiB window takes 16 KiB, one of a 32 KiB window 80 KiB */
  constructor(budget: number = INDEX_BUDGET) {
    this.indexes = new IndexPool(budget);
  }

  /** Made when the first message is compressed. */
  get encoder(): Encoder {
    return (this.#encoder ??= new Encoder());
  }

  /** A number for a new owner of indexes, that nobody else has. */
  register(): number {
    return ++owners;
  }
}

const sharedPool: DeflatePool = new DeflatePool();

/**
 * Compresses with the portable encoder, or with the host where that is given and the message is large enough.
 *
 * `commit` or `discard` is called before any other deflater of the pool is: what `deflate` made lies in memory they share, and the bytes it
 * was lent must not have changed. The same messages, committed and discarded alike, give the same bytes, whatever others do.
 */
export class MessageDeflater implements Deflater {
  output: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  onReady: () => void = () => {};

  readonly #options: DeflaterOptions;
  readonly #host: HostDeflate | null;
  readonly #pool: DeflatePool;
  readonly #window: Window;
  /** The name under which indexes are lent to it, and the last that was. */
  readonly #id: number;
  #slot = -1;
  /** The index also leads through a message that was discarded. */
  #indexIsWrong = false;
  /** More has been sent than the window holds: its first octet is not the first of the stream. */
  #hasOverflowed = false;
  /** A fragmented message has begun and is not at its end. */
  #messageOpen = false;

  /** What was compressed last and is neither committed nor discarded: borrowed. */
  #plain: Uint8Array = NOTHING;
  #plainStart = 0;
  #plainEnd = 0;
  #isLast = false;
  /** The portable encoder did it, so the index knows of it. */
  #isIndexed = false;
  /** Bytes that are held beside the window: a host's result, the dictionary of an operation under way. */
  #held = 0;
  #abandon: (() => void) | null = null;

  /**
   * @throws {RangeError} for a window of other than 8 to 15 bits, and a threshold that is no size
   */
  constructor(options: DeflaterOptions, pool: DeflatePool = sharedPool) {
    const { windowBits, threshold } = options;
    if (!Number.isInteger(windowBits) || windowBits < LEAST_WINDOW_BITS || windowBits > MOST_WINDOW_BITS) {
      throw new RangeError(`windowBits must be an integer from 8 to 15, not ${String(windowBits)}`);
    }
    if (!(threshold >= 0)) throw new RangeError(`threshold must be a number of bytes, not ${String(threshold)}`);
    this.#options = options;
    this.#host = options.host ?? null;
    this.#pool = pool;
    this.#window = new Window(windowBits, options.allocate);
    this.#id = pool.register();
  }

  /** The window's ring, and what a host has made or is at work with. An index is the pool's, which takes it back when it likes. */
  get retainedBytes(): number {
    return this.#window.ring.length + this.#held;
  }

  wants(kind: MessageKind, size: number): boolean {
    const { decide, threshold } = this.#options;
    if (decide !== undefined) return decide(kind, size);
    return size > 0 && size >= threshold;
  }

  defers(size: number): boolean {
    return this.#host !== null && size >= this.#host.laterFrom;
  }

  deflate(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    this.#borrow(bytes, start, end, last);
    const host = this.#host;
    if (host === null || end - start < host.from) return this.#encode();
    this.#takeResult(host.deflate(bytes.subarray(start, end), this.#dictionary(), this.#options.windowBits));
  }

  deflateLater(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    this.#borrow(bytes, start, end, last);
    const host = this.#host as HostDeflate; // it is asked for what `defers` says yes to
    const dictionary = this.#dictionary();
    this.#held = dictionary.length;
    const abandon = host.deflateLater(bytes.subarray(start, end), dictionary, this.#options.windowBits, (result) => {
      if (this.#abandon !== abandon) return; // it was released meanwhile
      this.#abandon = null;
      this.#held = 0;
      if (result !== null) this.#takeResult(result);
      else this.#encodeApart();
      this.onReady();
    });
    this.#abandon = abandon;
  }

  commit(): void {
    const size = this.#plainEnd - this.#plainStart;
    if (this.#options.contextTakeover || !this.#isLast) {
      if (this.#isIndexed) this.#pool.encoder.extend(this.#id, size);
      else this.#skip(size);
      this.#append(this.#plain, this.#plainStart, this.#plainEnd);
    } else if (this.#messageOpen) {
      this.#forgetHistory();
    }
    this.#messageOpen = !this.#isLast;
    this.#giveBack();
  }

  discard(): void {
    this.#indexIsWrong ||= this.#isIndexed;
    this.#giveBack();
  }

  shareKey(size: number): number {
    let windowBits = LEAST_WINDOW_BITS;
    while (windowBits < this.#options.windowBits && 1 << windowBits < size) windowBits++;
    return windowBits;
  }

  deflateShared(bytes: Uint8Array, start: number, end: number): Uint8Array | null {
    const size = end - start;
    const windowBits = this.shareKey(size);
    if (this.#host !== null && size >= this.#host.from) {
      const result = this.#host.deflate(bytes.subarray(start, end), NOTHING, windowBits);
      const length = result.length - TRAILER_LENGTH;
      return length < size ? this.#copy(result, length) : null;
    }
    const { encoder } = this.#pool;
    encoder.encodeAlone(bytes, start, end, windowBits, true);
    const { writer } = encoder;
    const result = writer.length < size ? this.#copy(writer.bytes, writer.length) : null;
    writer.begin();
    return result;
  }

  commitShared(bytes: Uint8Array, start: number, end: number): void {
    if (!this.#options.contextTakeover) return;
    this.#skip(end - start);
    this.#append(bytes, start, end);
  }

  release(): void {
    this.#abandon?.();
    this.#abandon = null;
    this.#forgetHistory();
    this.#giveBack();
    this.onReady = () => {};
  }

  #borrow(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    this.#plain = bytes;
    this.#plainStart = start;
    this.#plainEnd = end;
    this.#isLast = last;
    this.#isIndexed = false;
  }

  /** Lets go of what was lent, and of what was made of it. */
  #giveBack(): void {
    this.#plain = NOTHING;
    this.output = NOTHING;
    this.start = this.end = 0;
    this.#held = 0;
  }

  /** The portable encoder's turn. */
  #encode(): void {
    const { encoder } = this.#pool;
    const { windowBits, contextTakeover } = this.#options;
    if (contextTakeover || !this.#isLast || this.#messageOpen) {
      this.#isIndexed = true;
      encoder.encodeBehind(this.#id, this.#window, this.#index(), this.#plain, this.#plainStart, this.#plainEnd, this.#isLast);
    } else {
      encoder.encodeAlone(this.#plain, this.#plainStart, this.#plainEnd, windowBits, this.#isLast);
    }
    this.output = encoder.writer.bytes;
    this.end = encoder.writer.length;
  }

  /** The same into memory of its own: others may compress before this is taken. */
  #encodeApart(): void {
    this.#encode();
    this.output = this.#copy(this.output, this.end);
    this.#held = this.end;
  }

  #takeResult(result: Uint8Array): void {
    this.output = result;
    this.end = result.length - (this.#isLast ? TRAILER_LENGTH : 0);
    this.#held = result.length;
  }

  /** An index that leads through the window, or will once the encoder has put into it what it lacks. */
  #index(): MatchIndex {
    const { indexes } = this.#pool;
    const kept = indexes.find(this.#slot, this.#id);
    if (kept !== null && !this.#indexIsWrong) return kept;
    if (kept === null) this.#slot = indexes.lend(this.#id, this.#options.windowBits);
    const index = kept ?? (indexes.find(this.#slot, this.#id) as MatchIndex); // it has just been lent
    index.restart(this.#hasOverflowed ? 1 : 0, this.#window.length);
    this.#indexIsWrong = false;
    return index;
  }

  #copy(bytes: Uint8Array, length: number): Uint8Array {
    const copy = this.#options.allocate(length);
    copy.set(bytes.subarray(0, length));
    return copy;
  }

  /** Tells the index, if there is one, that `size` octets go by that it has not seen: they are put into it when it is used next. */
  #skip(size: number): void {
    this.#pool.encoder.forget(this.#id);
    const index = this.#pool.indexes.find(this.#slot, this.#id);
    if (index !== null) index.next += size;
  }

  #append(bytes: Uint8Array, start: number, end: number): void {
    const history = this.#window;
    this.#hasOverflowed ||= history.length + end - start > history.size;
    history.append(bytes, start, end);
  }

  #dictionary(): Uint8Array {
    const history = this.#window;
    if (history.length === 0) return NOTHING;
    const dictionary = this.#options.allocate(history.length);
    history.copyInto(dictionary, 0);
    return dictionary;
  }

  #forgetHistory(): void {
    this.#pool.encoder.forget(this.#id);
    this.#pool.indexes.takeBack(this.#slot, this.#id);
    this.#slot = -1;
    this.#window.clear();
    this.#hasOverflowed = this.#indexIsWrong = this.#messageOpen = false;
  }
}
