// The receiving direction of permessage-deflate (RFC 7692 §6.2, §7.2.2): payload in, a message in pieces out, what a message may refer to
// kept, and what it may not be refused. An idle inflater holds its window and nothing else, and nothing at all without context takeover:
// what the work needs is lent by a pool. It knows no frame and no connection.

import type { InflateStep, Inflater } from '../wire/compression.ts';
import {
  DEFLATE_CORRUPT, DEFLATE_DISTANCE_TOO_FAR, DEFLATE_TRAILING_DATA, DEFLATE_TRUNCATED, MESSAGE_TOO_BIG,
} from '../wire/violation.ts';
import type { Violation } from '../wire/violation.ts';
import type { BlockDecoder } from './inflate-blocks.ts';
import { INFLATE_PIECE, InflatePool } from './inflate-pool.ts';
import type { Output } from './inflate-pool.ts';
import { Window } from './window.ts';
import type { Allocate } from './window.ts';

/** How one direction is inflated. */
export interface InflaterOptions {
  /** The agreed maximum for this direction, 8 to 15 (RFC 7692 §7.1.2). */
  readonly windowBits: number;
  /** Whether a message may refer to those before it (§7.1.1). */
  readonly contextTakeover: boolean;
  /** Where the memory comes from that one connection holds: the window, and input that waits. */
  readonly allocate: Allocate;
}

const NOTHING = new Uint8Array(0);
const LEAST_WINDOW_BITS = 8;
const MOST_WINDOW_BITS = 15;
/** zlib's compressor uses 9 where 8 was agreed, and says nothing: its matches are read all the same. */
const LEAST_READ_BITS = 9;

const sharedPool: InflatePool = new InflatePool();

/**
 * Inflates synchronously: no step is ever `pending`, and `onReady` is never called.
 *
 * A piece ends at each multiple of INFLATE_PIECE bytes of the message, at the end of what was loaded, and at the end of the message. Only
 * the last one may be empty, and there is but one when the message is loaded whole and fits. Pieces lie in memory that a pool lends: it
 * goes back at the next call, whichever that is. Therefore {@link detach} is to be called when no other is near, after the last piece too.
 *
 * A message may end between two blocks as well as behind the header of an empty stored one: some compressors leave that out, or leave its
 * four octets in. What stands behind a final block is read as further blocks (§7.2.3.4), and the window is kept.
 *
 * `consumed` counts the payload up to the last bit of the last code that says output: what stands behind it is not yet needed. `at` is the
 * byte with the last bit of the code or field that proves a violation. Neither depends on how the payload is cut.
 */
export class MessageInflater implements Inflater {
  output: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  last = false;
  consumed = 0;
  violation: Violation | null = null;
  at = 0;
  onReady: () => void = () => {};
  /** What a message may refer to; empty between messages without context takeover. */
  readonly history: Window;

  readonly #contextTakeover: boolean;
  readonly #allocate: Allocate;
  readonly #pool: InflatePool;
  /** While a message is under way. */
  #decoder: BlockDecoder | null = null;
  /** While a piece is made and told. */
  #lent: Output | null = null;
  /** The loaded bytes are the last of the message. */
  #isLast = false;
  /** Bytes that the message may still inflate to. */
  #room = 0;
  /** Bytes to the end of the piece, were it not to end before. */
  #pieceLeft = INFLATE_PIECE;
  /** What was loaded is held here: as a copy of so many bytes, which was made when so many of it had been used. */
  #held = 0;
  #shift = 0;
  /** The rule that is broken behind the piece that was told. */
  #broken: Violation | null = null;

  /** @throws {RangeError} for a window of other than 8 to 15 bits */
  constructor(options: InflaterOptions, pool: InflatePool = sharedPool) {
    const { windowBits } = options;
    if (!Number.isInteger(windowBits) || windowBits < LEAST_WINDOW_BITS || windowBits > MOST_WINDOW_BITS) {
      throw new RangeError(`windowBits must be an integer from 8 to 15, not ${String(windowBits)}`);
    }
    this.#contextTakeover = options.contextTakeover;
    this.#allocate = options.allocate;
    this.history = new Window(Math.max(windowBits, LEAST_READ_BITS), options.allocate);
    this.#pool = pool;
  }

  get retainedBytes(): number {
    return this.history.ring.length + this.#held + (this.#decoder?.retainedBytes ?? 0);
  }

  load(bytes: Uint8Array, start: number, end: number, last: boolean, room: number): void {
    if (this.#decoder === null) this.#begin();
    (this.#decoder as BlockDecoder).load(bytes, start, end); // there is one now
    this.#isLast = last;
    this.#room = room;
    this.#held = this.#shift = 0;
  }

  next(): InflateStep {
    if (this.#broken !== null) return this.#fail(this.#broken);
    const decoder = this.#decoder;
    if (decoder === null) return this.#rest();
    const { bytes, view } = this.#lent ??= this.#pool.lendOutput();
    this.output = decoder.output = bytes;
    decoder.view = view;
    decoder.out = 0;
    decoder.limit = Math.min(this.#pieceLeft, this.#room);
    const outcome = decoder.run();
    const size = this.end = decoder.out;
    this.#room -= size;
    this.#pieceLeft -= size;
    if (this.#pieceLeft === 0) this.#pieceLeft = INFLATE_PIECE;
    if (outcome === 'starved') {
      if (!this.#isLast) return size > 0 ? this.#tell(decoder) : this.#rest();
      return decoder.mayEnd ? this.#tellLast(decoder) : this.#break(DEFLATE_TRUNCATED, decoder.end, decoder);
    }
    if (outcome === 'full') return this.#room > 0 ? this.#tell(decoder) : this.#break(MESSAGE_TOO_BIG, decoder.proof, decoder);
    if (outcome === 'too-far') return this.#break(DEFLATE_DISTANCE_TOO_FAR, decoder.proof, decoder);
    return this.#break(decoder.sawFinal ? DEFLATE_TRAILING_DATA : DEFLATE_CORRUPT, decoder.proof, decoder);
  }

  detach(): void {
    this.#giveBackOutput();
    const decoder = this.#decoder;
    if (decoder === null || this.#held > 0) return;
    decoder.rewind();
    const { bytes, at, end } = decoder;
    const left = end - at;
    if (left === 0) return decoder.load(NOTHING, 0, 0);
    const copy = this.#allocate(left);
    copy.set(bytes.subarray(at, end));
    decoder.load(copy, 0, left);
    this.#held = left;
    this.#shift = at;
  }

  release(): void {
    this.#giveBackOutput();
    this.#giveBackDecoder();
    this.history.clear();
    this.#held = 0;
    this.onReady = () => {};
  }

  #begin(): void {
    const decoder = this.#pool.lendDecoder();
    decoder.begin(this.history, this.history.size);
    this.#decoder = decoder;
    this.#pieceLeft = INFLATE_PIECE;
    this.consumed = 0;
  }

  /** What is written so far is a piece. It is taken into the window now: it may be changed while it is told. */
  #tell(decoder: BlockDecoder): InflateStep {
    this.consumed = decoder.consumed;
    this.last = false;
    this.history.append(this.output, 0, this.end);
    return 'piece';
  }

  #tellLast(decoder: BlockDecoder): InflateStep {
    this.consumed = decoder.consumed;
    this.last = true;
    if (this.#contextTakeover) this.history.append(this.output, 0, this.end);
    else this.history.clear();
    this.#giveBackDecoder();
    this.#held = 0;
    return 'piece';
  }

  /** The loaded bytes are used up: nothing is held but what the next ones need. */
  #rest(): InflateStep {
    this.#giveBackOutput();
    this.#decoder?.load(NOTHING, 0, 0);
    this.#held = 0;
    return 'starved';
  }

  /** A rule is broken at index `at` of what the decoder reads; what stands before it is told first. */
  #break(violation: Violation, at: number, decoder: BlockDecoder): InflateStep {
    this.#broken = violation;
    this.at = at + this.#shift;
    return this.end > 0 ? this.#tell(decoder) : this.#fail(violation);
  }

  #fail(violation: Violation): InflateStep {
    this.#giveBackOutput();
    this.#giveBackDecoder();
    this.#held = 0;
    this.violation = violation;
    return 'failed';
  }

  #giveBackOutput(): void {
    if (this.#lent === null) return;
    this.#pool.takeBackOutput(this.#lent);
    this.#lent = null;
    this.output = NOTHING;
    this.end = 0;
  }

  #giveBackDecoder(): void {
    const decoder = this.#decoder;
    if (decoder === null) return;
    decoder.letGo();
    this.#pool.takeBackDecoder(decoder);
    this.#decoder = null;
  }
}
