// A compression made for specs: what it does can be told from the bytes at a glance, and it holds whoever drives it to every word of
// lib/core/wire/compression.ts. The data are pairs, a count and the byte that stands so often: 03 61 is "aaa"; a count of 0 is corrupt.
// Asynchronous, it answers `pending` and does nothing until the spec says `tick`. It is a right machine, not a fast one.

import assert from 'node:assert/strict';

import type { Deflater, InflateStep, Inflater, MessageCompression } from '../../lib/core/wire/compression.ts';
import type { MessageKind } from '../../lib/core/wire/opcode.ts';
import { DEFLATE_CORRUPT, DEFLATE_TRUNCATED, MESSAGE_TOO_BIG } from '../../lib/core/wire/violation.ts';
import type { Violation } from '../../lib/core/wire/violation.ts';
import { toHex } from './bytes.ts';

/** What the window of each direction counts for in `retainedBytes`. */
export const INFLATER_WINDOW = 1000;
export const DEFLATER_WINDOW = 2000;

/** Pieces end at multiples of this many bytes of their message. */
const PIECE = 32 * 1024;
const NOTHING = new Uint8Array(0);
/** What lent bytes become when they are nobody's any more. */
const SPENT = 0xee;

export interface CodecOptions {
  /** The inflater answers `pending` before every piece. Default: false. */
  readonly inflatesLater?: boolean;
  /** Most bytes in a piece, a divisor of 32 KiB. Default: 32 KiB. */
  readonly piece?: number;
  /** Messages of so many bytes are compressed. Default: 0, so all are. */
  readonly threshold?: number;
  /** Asked instead of the threshold. */
  readonly decide?: (kind: MessageKind, size: number) => boolean;
  /** From so many bytes on a message is compressed later. Default: Infinity, so none is. */
  readonly deflatesLaterFrom?: number;
  /** Default: 1 for every size. */
  readonly shareKey?: (size: number) => number;
}

/** `bytes` as pairs. */
export function squeeze(bytes: Uint8Array): Uint8Array {
  const pairs: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    let count = 1;
    while (count < 255 && bytes[at + count] === bytes[at]) count++;
    pairs.push(count, bytes[at] as number);
    at += count;
  }
  return Uint8Array.from(pairs);
}

export class ScriptedCodec implements MessageCompression {
  readonly inflater: ScriptedInflater;
  readonly deflater: ScriptedDeflater;

  constructor(options: CodecOptions = {}) {
    this.inflater = new ScriptedInflater(options);
    this.deflater = new ScriptedDeflater(options);
  }

  /** Ends what is under way in both directions and says so. False when nothing was. */
  tick(): boolean {
    const inflated = this.inflater.tick();
    return this.deflater.tick() || inflated;
  }
}

export class ScriptedInflater implements Inflater {
  output: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  last = false;
  consumed = 0;
  violation: Violation | null = null;
  at = 0;
  onReady: () => void = () => {};

  /** What was done with it, in order: `load 0361 last`, `detach`, `release`. */
  readonly log: string[] = [];
  releases = 0;
  /** It was lent bytes, or has stepped on, and neither was taken back since. */
  lends = false;

  readonly #later: boolean;
  readonly #piece: number;
  /** The bytes lent, and what they were when they were; after `detach` the latter alone. */
  #lent: Uint8Array = NOTHING;
  #copy: Uint8Array | null = null;
  #next = 0;
  #limit = 0;
  #isLast = false;
  #room = 0;
  #size = 0;
  #count: number | null = null;
  /** Of a pair that has been read: how often its byte is still to be put out. */
  #left = 0;
  #byte = 0;
  /** Of an asynchronous step: none is asked for, it is under way, it is done. */
  #operation: 'none' | 'underWay' | 'done' = 'none';
  #buffer: Uint8Array;

  constructor({ inflatesLater = false, piece = PIECE }: CodecOptions = {}) {
    assert.equal(PIECE % piece, 0, 'a piece never crosses a multiple of 32 KiB');
    this.#later = inflatesLater;
    this.#piece = piece;
    this.#buffer = new Uint8Array(piece);
  }

  /** A step has answered `pending` and not been done since. */
  get underWay(): boolean {
    return this.#operation === 'underWay';
  }

  get retainedBytes(): number {
    if (this.releases > 0) return 0;
    return INFLATER_WINDOW + (this.#copy !== null && this.#lent === NOTHING ? this.#limit - this.#next : 0);
  }

  load(bytes: Uint8Array, start: number, end: number, last: boolean, room: number): void {
    this.#called('load');
    assert.equal(this.#copy, null, 'load is called when what was loaded before is used up');
    assert.equal(this.violation, null, 'nothing is loaded after a violation');
    assert.ok(start >= 0 && start <= end && end <= bytes.length, 'what is loaded lies in its array');
    assert.ok(room >= 0, 'room is a number of bytes');
    this.log.push(`load ${toHex(bytes, start, end)}${last ? ' last' : ''}`.replace('  ', ' '));
    if (this.last) this.consumed = this.#size = 0;
    this.last = false;
    this.lends = true;
    this.#lent = bytes;
    this.#copy = Uint8Array.from(bytes.subarray(0, end));
    this.#next = start;
    this.#limit = end;
    this.#isLast = last;
    this.#room = room;
  }

  next(): InflateStep {
    this.#called('next');
    this.lends = true;
    assert.notEqual(this.#copy, null, 'next is called while something is loaded');
    assert.equal(this.violation, null, 'next is not called after a violation');
    if (this.#later) {
      if (this.#operation === 'none' && this.#isUsedUp) return this.#starve();
      if (this.#operation !== 'done') {
        this.#operation = 'underWay';
        return 'pending';
      }
      this.#operation = 'none';
    }
    return this.#step();
  }

  detach(): void {
    this.#called('detach');
    this.log.push('detach');
    this.#lent = NOTHING;
    this.lends = false;
  }

  release(): void {
    this.#called('release');
    this.releases++;
    this.log.push('release');
    this.#copy = null;
    this.#lent = NOTHING;
    this.#operation = 'none';
    this.lends = false;
  }

  /** The step under way is done. False when none was. */
  tick(): boolean {
    if (!this.underWay) return false;
    this.#operation = 'done';
    this.onReady();
    return true;
  }

  get #isUsedUp(): boolean {
    return this.#next === this.#limit && this.#left === 0 && !this.#isLast;
  }

  #called(method: string): void {
    assert.equal(this.releases, 0, `${method} was called after release`);
    this.#buffer.fill(SPENT, this.start, this.end);
    this.start = this.end = 0;
  }

  #starve(): 'starved' {
    this.#copy = null;
    this.#lent = NOTHING;
    return 'starved';
  }

  #step(): InflateStep {
    const buffer = this.#buffer;
    const most = this.#piece - this.#size % this.#piece;
    let length = 0;
    while (length < most) {
      if (this.#left > 0) {
        if (this.#room === 0) return length > 0 ? this.#tell(length) : this.#fail(MESSAGE_TOO_BIG, this.#next - 1);
        buffer[length++] = this.#byte;
        this.#left--;
        this.#room--;
      } else if (this.#next === this.#limit) {
        break;
      } else if (this.#count !== null) {
        this.#byte = this.#read();
        this.#left = this.#count;
        this.#count = null;
      } else {
        const count = (this.#copy as Uint8Array)[this.#next];
        if (count === 0) return length > 0 ? this.#tell(length) : this.#fail(DEFLATE_CORRUPT, this.#next);
        this.#count = this.#read();
      }
    }
    const isEnd = this.#left === 0 && this.#next === this.#limit && this.#isLast;
    if (isEnd && this.#count !== null) return length > 0 ? this.#tell(length) : this.#fail(DEFLATE_TRUNCATED, this.#limit);
    if (length === 0 && !isEnd) return this.#starve();
    if (isEnd) this.#starve();
    this.last = isEnd;
    return this.#tell(length);
  }

  #tell(length: number): 'piece' {
    this.output = this.#buffer;
    this.end = length;
    this.#size += length;
    return 'piece';
  }

  #read(): number {
    const byte = (this.#copy as Uint8Array)[this.#next] as number; // it lies before #limit
    if (this.#lent !== NOTHING) assert.equal(this.#lent[this.#next], byte, 'what is lent to an inflater stays as it is');
    this.#next++;
    this.consumed++;
    return byte;
  }

  #fail(violation: Violation, at: number): 'failed' {
    this.violation = violation;
    this.at = at;
    return 'failed';
  }
}

export class ScriptedDeflater implements Deflater {
  output: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  onReady: () => void = () => {};

  /** What was done with it, in order: `deflate 3 last`, `later 3 last`, `commit`, `discard`, `shared 3`, `commitShared 3`, `release`. */
  readonly log: string[] = [];
  /** What `wants` was asked: `text 3`. */
  readonly asked: string[] = [];
  releases = 0;

  readonly #options: CodecOptions;
  /** Nothing, an operation under way, or a result that is neither committed nor discarded. */
  #state: 'idle' | 'underWay' | 'result' = 'idle';
  #insideMessage = false;
  #isLast = true;
  #lent: Uint8Array = NOTHING;
  #copy: Uint8Array = NOTHING;
  /** What was compressed at once, and what it was. */
  #plain: Uint8Array = NOTHING;
  #plainCopy: Uint8Array = NOTHING;

  constructor(options: CodecOptions = {}) {
    this.#options = options;
  }

  get underWay(): boolean {
    return this.#state === 'underWay';
  }

  get retainedBytes(): number {
    return this.releases > 0 ? 0 : DEFLATER_WINDOW;
  }

  wants(kind: MessageKind, size: number): boolean {
    this.#called('wants');
    this.asked.push(`${kind} ${size}`);
    const { decide, threshold = 0 } = this.#options;
    return decide === undefined ? size >= threshold : decide(kind, size);
  }

  defers(size: number): boolean {
    this.#called('defers');
    return size >= (this.#options.deflatesLaterFrom ?? Infinity);
  }

  deflate(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    this.#begin('deflate', start, end, last);
    this.#plain = bytes.subarray(start, end);
    this.#plainCopy = Uint8Array.from(this.#plain);
    this.#finish(this.#plain);
  }

  deflateLater(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    this.#begin('later', start, end, last);
    assert.ok(this.defers(end - start), 'deflateLater is given what defers said yes to');
    this.#state = 'underWay';
    this.#lent = bytes.subarray(start, end);
    this.#copy = Uint8Array.from(this.#lent);
  }

  commit(): void {
    assert.equal(this.releases, 0, 'commit was called after release');
    assert.equal(this.#state, 'result', 'what is committed has been compressed');
    assert.deepEqual(this.#plain, this.#plainCopy, 'what was compressed is as it was until it is committed');
    this.#plain = this.#plainCopy = NOTHING;
    this.log.push('commit');
    this.#state = 'idle';
    this.#insideMessage = !this.#isLast;
  }

  discard(): void {
    this.#called('discard');
    assert.equal(this.#state, 'result', 'what is discarded has been compressed');
    assert.ok(this.#isLast && !this.#insideMessage, 'nothing is discarded within a fragmented message');
    this.log.push('discard');
    this.#plain = this.#plainCopy = NOTHING;
    this.#state = 'idle';
  }

  shareKey(size: number): number {
    this.#called('shareKey');
    return this.#options.shareKey?.(size) ?? 1;
  }

  deflateShared(bytes: Uint8Array, start: number, end: number): Uint8Array | null {
    this.#betweenMessages('deflateShared');
    this.log.push(`shared ${end - start}`);
    const squeezed = squeeze(bytes.subarray(start, end));
    return squeezed.length < end - start ? squeezed : null;
  }

  commitShared(_bytes: Uint8Array, start: number, end: number): void {
    this.#betweenMessages('commitShared');
    this.log.push(`commitShared ${end - start}`);
  }

  release(): void {
    this.#called('release');
    this.releases++;
    this.log.push('release');
    this.#state = 'idle';
    this.#lent = this.#copy = NOTHING;
  }

  /** The operation under way is done. False when none was. */
  tick(): boolean {
    if (!this.underWay) return false;
    assert.deepEqual(this.#lent, this.#copy, 'what is lent to deflateLater stays as it is');
    this.#finish(this.#copy);
    this.#lent = this.#copy = NOTHING;
    this.onReady();
    assert.notEqual(this.#state, 'result', 'what was compressed is committed or discarded');
    return true;
  }

  #called(method: string): void {
    assert.equal(this.releases, 0, `${method} was called after release`);
    this.output.fill(SPENT);
    this.output = NOTHING;
    this.start = this.end = 0;
  }

  #betweenMessages(method: string): void {
    this.#called(method);
    assert.equal(this.#state, 'idle', `${method} was called before what was compressed was committed or discarded`);
    assert.equal(this.#insideMessage, false, `${method} was called within a fragmented message`);
  }

  #begin(method: string, start: number, end: number, last: boolean): void {
    this.#called(method);
    assert.equal(this.#state, 'idle', `${method} was called before what was compressed was committed or discarded`);
    this.log.push(`${method} ${end - start}${last ? ' last' : ''}`);
    this.#isLast = last;
  }

  /** The result does not begin where its array begins. */
  #finish(bytes: Uint8Array): void {
    const squeezed = squeeze(bytes);
    this.output = new Uint8Array(3 + squeezed.length + 1).fill(SPENT);
    this.output.set(squeezed, 3);
    this.start = 3;
    this.end = 3 + squeezed.length;
    this.#state = 'result';
  }
}
