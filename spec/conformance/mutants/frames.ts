// Frames in (RFC 6455 §5): octets in, messages and control frames out. What breaks a rule is refused at the octet that shows it.

import type { Deflate } from './deflate.ts';
import { Growing } from './growing.ts';
import type { Does } from './switches.ts';
import { Utf8 } from './utf8.ts';

/** Octets of a message, as it comes and as it is once inflated. */
export const MOST: number = 16 * 1024 * 1024;

const FIN = 0x80;
const MASK = 0x80;
const CONTINUATION = 0;
const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

export interface Frames {
  message(kind: 'text' | 'binary', octets: Uint8Array): void;
  ping(payload: Uint8Array): void;
  pong(): void;
  close(payload: Uint8Array): void;
  /** A rule is broken: the connection is to be failed with this code (§7.1.7). Nothing more is read. */
  fail(code: number): void;
}

/** The message under way. */
interface Message {
  readonly kind: 'text' | 'binary';
  readonly compressed: boolean;
  readonly content: Growing;
  readonly utf8: Utf8;
  /** What is no UTF-8 in it: nothing yet; something, to be told at the end; something that nobody minds. */
  broken: 'no' | 'late' | 'never';
}

export interface FrameReaderOptions {
  /** Whether the other side masks (§5.1). */
  readonly masked: boolean;
  /** null unless compression was agreed on. */
  readonly deflate: Deflate | null;
  readonly frames: Frames;
  readonly does: Does;
}

export class FrameReader {
  readonly #options: FrameReaderOptions;
  readonly #does: Does;
  #state: 'header' | 'payload' | 'over' = 'header';
  readonly #header: number[] = [];
  #message: Message | null = null;
  // The frame under way.
  #opcode = 0;
  #fin = true;
  #key: readonly number[] = [];
  #phase = 0;
  #left = 0;
  #control = new Growing();
  /** Nobody wants its payload. */
  #passedOver = false;
  /** The code for what is wrong with it, of who says so later. */
  #later = 0;
  #promised = 0;

  constructor(options: FrameReaderOptions) {
    this.#options = options;
    this.#does = options.does;
  }

  /** A message is under way. */
  get isInMessage(): boolean {
    return this.#message !== null;
  }

  get retainedBytes(): number {
    return this.#header.length + (this.#message?.content.retainedBytes ?? 0) + this.#control.retainedBytes + this.#promised;
  }

  /** Reads to the end of a frame, or of the chunk, and returns where that is. */
  read(chunk: Uint8Array, at: number): number {
    const { length } = chunk;
    if (this.#state === 'header') {
      if (this.#header.length > 0 && at < length && this.#does('gives-up-split-header')) this.#fail(1002);
      while (this.#state === 'header' && at < length) {
        this.#header.push(chunk[at++] as number);
        this.#readHeader();
        if (this.#state === 'header' && this.#header.length === 0) return this.#after(at, length); // a frame without payload
      }
    }
    if (this.#state === 'payload' && at < length) {
      const end = Math.min(length, at + this.#left);
      this.#readPayload(chunk.slice(at, end));
      at = end;
    }
    if (this.#isOver) return length;
    return this.#state === 'header' && this.#header.length === 0 ? this.#after(at, length) : at;
  }

  get #isOver(): boolean {
    return this.#state === 'over';
  }

  stop(): void {
    this.#state = 'over';
    this.#message = null;
  }

  /** A frame has ended there. */
  #after(at: number, length: number): number {
    return at < length && this.#does('one-frame-per-read') ? length : at;
  }

  // ---- the header -----------------------------------------------------------------------------------------------------------------

  #readHeader(): void {
    const header = this.#header;
    const [b0 = 0, b1 = 0] = header;
    if (header.length === 2) this.#judge(b0, b1);
    const short = b1 & 0x7f;
    const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (this.#isOver || header.length < 2 + extended + (b1 & MASK ? 4 : 0)) return;

    const octets = Buffer.from(header);
    const length = extended === 0 ? short : extended === 2 ? this.#length16(octets) : this.#length64(octets);
    if (length < 0) this.#violate(1002);
    else if (length > MOST - this.#lengthBefore(b0 & 0x0f)) this.#tooLong(length);
    if (this.#isOver) return;
    this.#key = b1 & MASK ? header.slice(-4) : [];
    header.length = 0;
    this.#begin(b0, Math.max(0, length));
  }

  /** §5.2 to §5.5: what the first two octets show. */
  #judge(b0: number, b1: number): void {
    const opcode = b0 & 0x0f;
    const isControl = opcode >= CLOSE;
    this.#passedOver = false;
    if (b0 & 0x30 && !this.#does('takes-rsv2')) return this.#violate(1002);
    if (b0 & 0x40 && !this.#takesRsv1(opcode)) return this.#violate(1002);
    if ((opcode > 2 && opcode < CLOSE) || opcode > PONG) {
      if (!this.#does(isControl ? 'takes-reserved-control' : 'takes-reserved-data')) return this.#violate(1002);
      this.#passedOver = true;
    } else if (isControl) {
      if (!(b0 & FIN) && !this.#does('takes-fragmented-control')) return this.#violate(1002);
      if ((b1 & 0x7f) > 125 && !this.#does('takes-long-control')) return this.#violate(1002);
    } else if (opcode === CONTINUATION) {
      if (this.#message === null && !this.#does('takes-orphan')) return this.#violate(1002);
    } else if (this.#message !== null && !this.#does('takes-interleaved')) {
      return this.#violate(1002);
    }
    const { masked } = this.#options;
    if (masked !== (b1 & MASK) > 0 && !this.#does(masked ? 'takes-unmasked' : 'takes-masked')) this.#violate(1002);
  }

  /** RFC 7692 §6: RSV1 belongs to the first frame of a message. */
  #takesRsv1(opcode: number): boolean {
    if (this.#options.deflate === null) return this.#does('takes-rsv1');
    if (opcode >= CLOSE) return this.#does('takes-rsv1-on-control');
    return opcode !== CONTINUATION || this.#does('takes-rsv1-on-continuation');
  }

  /** §5.2: unsigned, in network order, and in no more octets than it needs. Negative for what is not. */
  #length16(header: Buffer): number {
    const length = header.readUInt16BE(2);
    if (length >= 0x8000 && this.#does('signed-16')) return header.readInt16BE(2);
    if (this.#does('little-endian')) return header.readUInt16LE(2);
    return length >= 126 || this.#does('takes-long-forms') ? length : -1;
  }

  #length64(header: Buffer): number {
    const [high, low] = [header.readUInt32BE(2), header.readUInt32BE(6)];
    if (high >= 0x8000_0000) return this.#does('takes-top-bit') ? (high - 0x8000_0000) * 2 ** 32 + low : -1;
    if (high > 0 && this.#does('low-32')) return low;
    return high > 0 || low > 0xffff || this.#does('takes-long-forms') ? high * 2 ** 32 + low : -1;
  }

  #lengthBefore(opcode: number): number {
    return opcode === CONTINUATION ? this.#message?.content.length ?? 0 : 0;
  }

  #tooLong(length: number): void {
    if (this.#does('reserves-promised')) this.#promised = length;
    else this.#violate(1009);
  }

  #begin(b0: number, length: number): void {
    this.#opcode = b0 & 0x0f;
    this.#fin = (b0 & FIN) > 0;
    this.#phase = 0;
    this.#left = length;
    this.#state = 'payload';
    if (this.#opcode < CLOSE && !this.#passedOver) this.#beginData((b0 & 0x40) > 0);
    if (length === 0) this.#endFrame();
  }

  #beginData(rsv1: boolean): void {
    const { deflate } = this.#options;
    if (this.#opcode === CONTINUATION && this.#message !== null) return;
    if (deflate !== null && !rsv1 && this.#does('refuses-plain')) return this.#violate(1002);
    const kind = this.#opcode <= TEXT ? 'text' : 'binary';
    const utf8 = new Utf8(kind === 'text' ? this.#does : () => false);
    this.#message = { kind, compressed: rsv1 && deflate !== null, content: new Growing(), utf8, broken: 'no' };
  }

  // ---- the payload ----------------------------------------------------------------------------------------------------------------

  #readPayload(piece: Uint8Array): void {
    if (this.#phase > 0 && this.#key.length > 0 && this.#does('key-anew-per-read')) this.#phase = 0;
    if (this.#key.length > 0) {
      for (let i = 0; i < piece.length; i++) (piece[i] as number) ^= this.#key[(this.#phase + i) & 3] as number;
    }
    this.#phase += piece.length;
    this.#left -= piece.length;
    if (this.#left > 0 && this.#does('takes-part-for-whole')) this.#left = 0;
    if (!this.#passedOver) this.#keep(piece);
    if (this.#left === 0 && this.#state === 'payload') this.#endFrame();
  }

  #keep(piece: Uint8Array): void {
    if (this.#opcode >= CLOSE) this.#control.append(piece);
    else if (this.#message !== null) this.#append(this.#message, piece);
  }

  #append(message: Message, piece: Uint8Array): void {
    message.content.append(piece);
    if (message.compressed) return;
    if (message.broken === 'no' && !message.utf8.take(piece)) {
      if (message.kind === 'text') this.#breakText(message);
      else if (this.#does('utf8-of-binary')) this.#violate(1007);
    }
    if (!message.utf8.isComplete && this.#left > 0 && this.#does('utf8-forgets-between-reads')) message.utf8.forget();
  }

  /** §8.1. */
  #breakText(message: Message): void {
    if (this.#does('utf8-unchecked') || this.#does('utf8-replaced')) message.broken = 'never';
    else if (this.#does('utf8-at-the-end')) message.broken = 'late';
    else this.#violate(1007);
  }

  #endFrame(): void {
    this.#state = 'header';
    this.#promised = 0;
    if (this.#later !== 0) return this.#fail(this.#later);
    if (this.#passedOver) return;
    if (this.#opcode < CLOSE) return this.#endData();
    const { frames } = this.#options;
    const payload = this.#control.octets;
    this.#control = new Growing();
    if (this.#message !== null && this.#does('forgets-at-control')) this.#message = null;
    if (this.#opcode === CLOSE) frames.close(payload);
    else if (this.#opcode === PING) frames.ping(payload);
    else frames.pong();
  }

  #endData(): void {
    const message = this.#message;
    if (message === null) return;
    const isEmptyInside = !this.#fin && this.#opcode === CONTINUATION && this.#phase === 0;
    if (this.#fin || (isEmptyInside && this.#does('ends-at-empty-fragment'))) return this.#endMessage(message);
    if (this.#does('echoes-fragments')) return this.#options.frames.message(message.kind, this.#takeFragment(message));
    if (message.compressed && this.#does('inflates-fragments')) {
      const inflated = this.#inflate(message.content.octets);
      if (inflated === null) return;
      this.#message = { ...message, compressed: false, content: new Growing() };
      this.#message.content.append(inflated);
    }
    if (!message.utf8.isComplete && this.#does('utf8-forgets-between-fragments')) message.utf8.forget();
  }

  #takeFragment(message: Message): Uint8Array {
    this.#message = { ...message, content: new Growing() };
    return message.content.octets;
  }

  #endMessage(message: Message): void {
    this.#message = null;
    const { deflate, frames } = this.#options;
    const octets = message.compressed ? this.#inflate(message.content.octets) : message.content.octets;
    if (octets === null) return;
    if (!message.compressed) deflate?.pass(octets);
    if (message.kind === 'text') this.#endText(message, octets);
    if (this.#isOver) return;
    const replaced = message.broken === 'never' && this.#does('utf8-replaced');
    frames.message(message.kind, replaced ? Buffer.from(Buffer.from(octets).toString('utf8')) : octets);
  }

  #endText(message: Message, octets: Uint8Array): void {
    const { compressed, utf8 } = message;
    if (compressed && !utf8.take(octets) && !this.#does('utf8-compressed-unchecked')) this.#breakText(message);
    if (message.broken === 'no' && !utf8.isComplete && !this.#does('utf8-cut-off')) this.#breakText(message);
    if (message.broken === 'late') this.#violate(1007);
  }

  /** The message inflated; null when that failed the connection. */
  #inflate(octets: Uint8Array): Uint8Array | null {
    const inflated = this.#options.deflate?.inflate(octets) ?? 'corrupt';
    if (typeof inflated !== 'string') return inflated;
    this.#fail(inflated === 'corrupt' ? 1007 : 1009);
    return null;
  }

  // ---- what is wrong --------------------------------------------------------------------------------------------------------------

  #violate(code: number): void {
    if (!this.#does('judges-late')) return this.#fail(code);
    this.#later ||= code;
    this.#passedOver = true;
  }

  #fail(code: number): void {
    this.#later = 0;
    this.#passedOver = true;
    if (!this.#does('fails-and-goes-on')) this.stop();
    this.#options.frames.fail(code);
  }
}
