// What a subject sends once the connection is open, read as strictly as RFC 6455 §5 has it: frames in, sights out. It shares no code with
// the frame decoder of the engine, so that neither can hide a mistake of the other; of the engine it takes the names of the rules, and what
// inflates. A rule is broken at the octet that proves it, however the octets come. It reads on behind nothing that is wrong: the first breach is
// the last sight.

import type { Inflater } from '../../core/wire/compression.ts';
import { isCloseCodeOnWire } from '../../core/wire/close-code.ts';
import { decodeUtf8, isUtf8 } from '../../core/wire/utf8-text.ts';
import { Utf8Validator } from '../../core/wire/utf8.ts';
import * as violations from '../../core/wire/violation.ts';
import type { Violation } from '../../core/wire/violation.ts';
import { GrowingOctets } from '../../core/handshake/growing.ts';
import { toHex } from '../payload.ts';
import type { Breach, Sight } from './sight.ts';

/** Octets of one message that are read of anybody: a subject that sends more sends what nobody asked for. */
const MOST = 80 * 1024 * 1024;
/** Frames of one message: empty ones cost a subject next to nothing, and may go on for ever. */
const MOST_FRAMES = 1_000_000;
/** Keys that are kept. */
const MOST_KEYS = 10_000;

const NOTHING: Uint8Array = new Uint8Array(0);

export interface SubjectReaderOptions {
  /** Whether the subject is a client, and masks (§5.1). */
  readonly masks: boolean;
  /** What inflates its messages if compression was agreed on; null if not, and then RSV1 is a breach. */
  readonly inflater: Inflater | null;
  readonly see: (sight: Sight) => void;
}

export class SubjectReader {
  /** The masking keys of its first frames, in order, for those who weigh them (§5.3). */
  readonly keys: number[] = [];

  readonly #options: SubjectReaderOptions;
  /** The header under way; 14 octets at most. */
  readonly #header: number[] = [];
  #state: 'header' | 'payload' | 'broken' = 'header';
  /** A Close has come: behind it may be Pings and Pongs, but no data and no other Close (§5.5.1). */
  #closed = false;
  // The frame under way.
  #opcode = 0;
  #fin = false;
  #key: readonly number[] | null = null;
  #left = 0;
  #phase = 0;
  readonly #control = new GrowingOctets();
  // The message under way, inflated if it was compressed.
  #kind: 'text' | 'binary' | null = null;
  #compressed = false;
  #frames = 0;
  /** Octets of its compressed payload, and the last four of them as a number. */
  #deflated = 0;
  #tail = 0;
  #message = new GrowingOctets();
  readonly #utf8 = new Utf8Validator();

  constructor(options: SubjectReaderOptions) {
    this.#options = options;
  }

  /** Octets from the subject. They are only borrowed. */
  receive(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length && this.#state !== 'broken'; ) {
      if (this.#state === 'header') {
        this.#readHeader(chunk[at++] as number);
        continue;
      }
      const end = Math.min(chunk.length, at + this.#left);
      this.#readPayload(this.#unmasked(chunk, at, end));
      at = end;
    }
  }

  /** Something of a frame or of a message has come, and its end has not. */
  get unfinished(): boolean {
    return this.#header.length > 0 || this.#state === 'payload' || this.#kind !== null;
  }

  // ---- headers, octet by octet ----------------------------------------------------------------------------------------------------

  #readHeader(octet: number): void {
    const header = this.#header;
    header.push(octet);
    const [b0 = 0, b1] = header;
    if (b1 === undefined) return this.#judgeFirst(b0);
    if (header.length === 2 && !this.#judgeSecond(b0, b1)) return;
    const announced = b1 & 0x7f;
    const lengthEnd = announced === 127 ? 10 : announced === 126 ? 4 : 2;
    if (lengthEnd === 10 && header.length === 3 && octet >= 0x80) return this.#broke(violations.LENGTH_TOP_BIT_SET, sayHeader(header));
    const length = lengthEnd === 2 ? announced : header.slice(2, lengthEnd).reduce((sum, one) => sum * 256 + one, 0); // inexact where it is too much
    if (header.length === lengthEnd && !this.#judgeLength(length, lengthEnd)) return;
    if (header.length === lengthEnd + (b1 >= 0x80 ? 4 : 0)) this.#begin(b0, length);
  }

  /** FIN, RSV and opcode (§5.2), and whether this frame may stand here (§5.4, §5.5.1). */
  #judgeFirst(b0: number): void {
    const opcode = b0 & 0x0f;
    if (this.#closed && opcode !== 9 && opcode !== 10) {
      return this.#break(breach('DATA_AFTER_CLOSE', '§5.5.1', 'no data and no other Close follow a Close frame', sayHeader([b0])));
    }
    const broken = this.#brokenByReserved(b0, opcode) ?? this.#brokenByOrder(b0, opcode);
    if (broken !== null) this.#broke(broken, sayHeader([b0]));
  }

  #brokenByReserved(b0: number, opcode: number): Violation | null {
    if ((b0 & 0x30) !== 0) return violations.RSV_NOT_NEGOTIATED;
    if ((b0 & 0x40) !== 0) {
      if (this.#options.inflater === null) return violations.RSV_NOT_NEGOTIATED;
      if (opcode >= 8) return violations.RSV1_ON_CONTROL;
      if (opcode === 0) return violations.RSV1_ON_CONTINUATION;
    }
    return (opcode > 2 && opcode < 8) || opcode > 10 ? violations.RESERVED_OPCODE : null;
  }

  #brokenByOrder(b0: number, opcode: number): Violation | null {
    if (opcode >= 8) return b0 < 0x80 ? violations.CONTROL_FRAGMENTED : null;
    if (opcode === 0) return this.#kind === null ? violations.CONTINUATION_WITHOUT_START : null;
    return this.#kind === null ? null : violations.MESSAGE_INTERLEAVED;
  }

  /** MASK (§5.1), and the length of control frames (§5.5). */
  #judgeSecond(b0: number, b1: number): boolean {
    const broken = this.#brokenByMask(b1) ?? brokenByControl(b0 & 0x0f, b1 & 0x7f);
    if (broken !== null) this.#broke(broken, sayHeader([b0, b1]));
    return broken === null;
  }

  #brokenByMask(b1: number): Violation | null {
    const { masks } = this.#options;
    if (masks === b1 >= 0x80) return null;
    return masks ? violations.MASK_MISSING : violations.MASK_UNEXPECTED;
  }

  /** The shortest form (§5.2), and no more than anybody asked for (§10.4). */
  #judgeLength(length: number, lengthEnd: number): boolean {
    if (lengthEnd > 2 && length < (lengthEnd === 4 ? 126 : 65_536)) {
      this.#broke(violations.LENGTH_NOT_MINIMAL, `a length of ${length} in ${lengthEnd - 2} octets`);
      return false;
    }
    const isContinuation = ((this.#header[0] as number) & 0x0f) === 0;
    const before = isContinuation ? Math.max(this.#message.length, this.#deflated) : 0; // much may inflate to nothing
    if (length <= MOST - before) return true;
    this.#unasked(`a frame of ${BigInt(`0x${toHex(Uint8Array.from(this.#header.slice(2)))}`)} octets`);
    return false;
  }

  #begin(b0: number, length: number): void {
    const key = (this.#header[1] as number) >= 0x80 ? this.#header.slice(-4) : null;
    if (key !== null && this.keys.length < MOST_KEYS) this.keys.push(key.reduce((sum, octet) => sum * 256 + octet));
    this.#key = key;
    this.#opcode = b0 & 0x0f;
    this.#fin = b0 >= 0x80;
    this.#left = length;
    this.#phase = 0;
    this.#header.length = 0;
    this.#state = 'payload';
    if (this.#opcode === 1 || this.#opcode === 2) {
      this.#kind = this.#opcode === 1 ? 'text' : 'binary';
      this.#compressed = (b0 & 0x40) !== 0;
      this.#frames = this.#deflated = 0;
    }
    if (this.#opcode < 8 && ++this.#frames > MOST_FRAMES) return this.#unasked(`a message of more than ${MOST_FRAMES} frames`);
    if (length === 0) this.#readPayload(NOTHING);
  }

  // ---- payload --------------------------------------------------------------------------------------------------------------------

  /** A copy, as the subject meant it (§5.3). */
  #unmasked(chunk: Uint8Array, start: number, end: number): Uint8Array {
    const piece = chunk.slice(start, end);
    const key = this.#key;
    if (key === null) return piece;
    for (let i = 0; i < piece.length; i++) piece[i] = (piece[i] as number) ^ (key[(this.#phase + i) & 3] as number);
    this.#phase += piece.length;
    return piece;
  }

  /** The next of a frame's payload, or all of none. */
  #readPayload(piece: Uint8Array): void {
    this.#left -= piece.length;
    if (this.#left === 0) this.#state = 'header';
    if (this.#opcode >= 8) return this.#readControl(piece);
    const isLast = this.#fin && this.#left === 0;
    if (this.#compressed) this.#inflate(piece, isLast);
    else this.#readContent(piece);
    if (isLast && this.#state !== 'broken') this.#endMessage();
  }

  #readControl(piece: Uint8Array): void {
    this.#control.append(piece);
    if (this.#left > 0) return;
    const octets = this.#control.copy();
    this.#control.clear();
    if (this.#opcode === 8) this.#readClose(octets);
    else this.#options.see({ kind: this.#opcode === 9 ? 'ping' : 'pong', octets });
  }

  #readClose(octets: Uint8Array): void {
    const code = octets.length === 0 ? null : ((octets[0] as number) << 8) | (octets[1] as number); // one octet was refused by its length
    if (code !== null && !isCloseCodeOnWire(code)) return this.#broke(violations.CLOSE_CODE_NOT_ALLOWED, `code ${code}`);
    if (code !== null && !isUtf8(octets, 2, octets.length)) return this.#broke(violations.CLOSE_REASON_NOT_UTF8, `the reason ${toHex(octets, 2)}`);
    this.#closed = true;
    this.#options.see({ kind: 'close', code, reason: code === null ? '' : decodeUtf8(octets, 2, octets.length) });
  }

  /** RFC 7692 §7.2.2. What breaks a rule is told. */
  #inflate(piece: Uint8Array, isLast: boolean): void {
    this.#deflated += piece.length;
    for (const octet of piece.subarray(-4)) this.#tail = ((this.#tail << 8) | octet) >>> 0;
    if (isLast && this.#keepsTail) {
      const found = `${this.#deflated} octets that end so`;
      return this.#break(breach('DEFLATE_TAIL_KEPT', 'RFC 7692 §7.2.1', '00 00 ff ff is removed from the end of what was compressed', found));
    }
    const inflater = this.#options.inflater as Inflater; // without one RSV1 was refused
    inflater.load(piece, 0, piece.length, isLast, MOST - this.#message.length);
    try {
      while (this.#state !== 'broken') {
        const step = inflater.next();
        if (step === 'starved') return;
        if (step === 'failed') return this.#failInflating(inflater.violation as Violation); // it has failed, so there is one
        if (step !== 'piece') throw new Error(`an inflater that waits for nobody answered ${step}`);
        this.#readContent(inflater.output.subarray(inflater.start, inflater.end));
        if (inflater.last) return;
      }
    } finally {
      inflater.detach();
    }
  }

  /** What is left without the tail cannot end in ff: its last octet holds the header of an empty stored block, and zeros above. */
  get #keepsTail(): boolean {
    return this.#deflated >= 4 && this.#tail === 0x0000_ffff;
  }

  #failInflating(violation: Violation): void {
    if (violation === violations.MESSAGE_TOO_BIG) return this.#unasked(`a message that inflates to more than ${MOST} octets`);
    this.#broke(violation, `a compressed message that goes wrong behind ${this.#message.length} octets of content`);
  }

  /** Content of the message: text is refused at the octet with which it can no longer become UTF-8 (§8.1). */
  #readContent(content: Uint8Array): void {
    if (this.#kind === 'text') {
      const end = this.#utf8.write(content, 0, content.length);
      const found = (): string => `${toHex(content, end, end + 1)} at octet ${this.#message.length + end}`;
      if (end < content.length) return this.#broke(violations.TEXT_NOT_UTF8, found());
    }
    this.#message.append(content);
  }

  #endMessage(): void {
    const kind = this.#kind as 'text' | 'binary'; // a continuation without one was refused
    if (kind === 'text' && !this.#utf8.atBoundary) return this.#broke(violations.TEXT_NOT_UTF8, 'an end in the middle of a character');
    const octets = this.#message.copy();
    this.#kind = null;
    this.#message = new GrowingOctets();
    this.#options.see({ kind, octets, frames: this.#frames, compressed: this.#compressed });
  }

  // ---- what is wrong --------------------------------------------------------------------------------------------------------------

  #unasked(found: string): void {
    this.#break(breach('UNASKED', '§10.4', 'a subject sends back what it got, and not without end', found));
  }

  #broke({ name, section, sentence }: Violation, found: string): void {
    this.#break(breach(name, section, sentence, found));
  }

  #break(sight: Breach): void {
    this.#state = 'broken';
    this.#header.length = 0;
    this.#kind = null;
    this.#message = new GrowingOctets();
    this.#options.see(sight);
  }
}

function brokenByControl(opcode: number, announced: number): Violation | null {
  if (opcode >= 8 && announced > 125) return violations.CONTROL_TOO_LONG;
  return opcode === 8 && announced === 1 ? violations.CLOSE_BODY_TOO_SHORT : null;
}

const NAMES: Readonly<Record<number, string>> = { 0: 'continuation', 1: 'text', 2: 'binary', 8: 'Close', 9: 'Ping', 10: 'Pong' };

/** What is known of a header, in words beside its octets. */
function sayHeader(header: readonly number[]): string {
  const [b0 = 0, b1] = header;
  const words = [NAMES[b0 & 0x0f] ?? `opcode ${b0 & 0x0f}`];
  if (b0 < 0x80) words.push('without FIN');
  for (const [bit, name] of [[0x40, 'RSV1'], [0x20, 'RSV2'], [0x10, 'RSV3']] as const) if ((b0 & bit) !== 0) words.push(name);
  if (b1 !== undefined) {
    const announced = b1 & 0x7f;
    words.push(b1 >= 0x80 ? 'masked' : 'not masked', announced < 126 ? `length ${announced}` : `length in ${announced === 126 ? 2 : 8} octets`);
  }
  return `a header that begins ${toHex(Uint8Array.from(header))} (${words.join(', ')})`;
}

export function breach(rule: string, section: string, sentence: string, found: string): Breach {
  return { kind: 'breach', rule, section, sentence, found };
}

