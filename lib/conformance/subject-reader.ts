// What a subject sends once the connection is open, read as strictly as RFC 6455 §5 has it: frames in, sights out. It shares no code with
// the frame decoder of the engine, so that neither can hide a mistake of the other; of the engine it takes the names of the rules, and what
// inflates. It reads on behind nothing that is wrong: the first breach is the last sight.

import type { Inflater } from '../core/wire/compression.ts';
import { isCloseCodeOnWire } from '../core/wire/close-code.ts';
import { decodeUtf8, isUtf8 } from '../core/wire/utf8-text.ts';
import * as violations from '../core/wire/violation.ts';
import type { Violation } from '../core/wire/violation.ts';
import { GrowingOctets } from '../core/handshake/growing.ts';
import { toHex } from './payload.ts';
import type { Breach, Sight } from './sight.ts';

/** Octets of one message that are read of anybody: a subject that sends more sends what nobody asked for. */
const MOST = 80 * 1024 * 1024;
/** Keys that are kept. */
const MOST_KEYS = 10_000;

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
  #key: Uint8Array | null = null;
  #left = 0;
  #phase = 0;
  #control = new GrowingOctets();
  // The message under way.
  #kind: 'text' | 'binary' | null = null;
  #compressed = false;
  #frames = 0;
  #message = new GrowingOctets();

  constructor(options: SubjectReaderOptions) {
    this.#options = options;
  }

  /** Octets from the subject. They are only borrowed. */
  receive(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length && this.#state !== 'broken'; ) {
      if (this.#state === 'header') {
        this.#header.push(chunk[at++] as number);
        this.#readHeader();
        continue;
      }
      const end = Math.min(chunk.length, at + this.#left);
      this.#readPayload(chunk, at, end);
      at = end;
    }
  }

  /** Something of a frame or of a message has come, and its end has not. */
  get unfinished(): boolean {
    return this.#header.length > 0 || this.#state === 'payload' || this.#kind !== null;
  }

  #readHeader(): void {
    const header = this.#header;
    const [b0 = 0, b1 = 0] = header;
    if (this.#closed && header.length === 1 && (b0 & 0x0f) !== 9 && (b0 & 0x0f) !== 10) {
      const found = `a frame that begins ${toHex(Uint8Array.of(b0))}`;
      return this.#break(breach('DATA_AFTER_CLOSE', '§5.5.1', 'no data and no other Close follow a Close frame', found));
    }
    if (header.length === 2 && this.#judgeFirstTwo(b0, b1)) return;
    if (header.length < 2) return;
    const announced = b1 & 0x7f;
    const extended = announced === 126 ? 2 : announced === 127 ? 8 : 0;
    const size = 2 + extended + (b1 >= 0x80 ? 4 : 0);
    if (header.length < size) return;
    let length = extended === 0 ? BigInt(announced) : 0n;
    for (const octet of header.slice(2, 2 + extended)) length = (length << 8n) | BigInt(octet);
    if (extended === 8 && length >> 63n === 1n) return this.#broke(violations.LENGTH_TOP_BIT_SET, toHex(Uint8Array.from(header)));
    if ((extended === 2 && length < 126n) || (extended === 8 && length < 65_536n)) {
      return this.#broke(violations.LENGTH_NOT_MINIMAL, `${length} in ${extended} octets`);
    }
    if (length > BigInt(MOST)) {
      return this.#break(breach('UNASKED', '§10.4', 'a subject sends back what it got', `a frame of ${length} octets`));
    }
    this.#key = b1 >= 0x80 ? Uint8Array.from(header.slice(-4)) : null;
    if (this.#key !== null && this.keys.length < MOST_KEYS) this.keys.push(Number(`0x${toHex(this.#key)}`));
    this.#begin(b0, Number(length));
  }

  /** §5.2, §5.4, §5.5 in the order of the octets; true when they broke a rule. */
  #judgeFirstTwo(b0: number, b1: number): boolean {
    const opcode = b0 & 0x0f;
    const isControl = opcode >= 8;
    const broken = this.#brokenByReserved(b0, opcode, isControl) ?? brokenByShape(b0, b1, opcode, isControl)
      ?? this.#brokenByOrder(opcode) ?? this.#brokenByMask(b1);
    if (broken !== null) this.#broke(broken, `a header that begins ${toHex(Uint8Array.of(b0, b1))}`);
    return broken !== null;
  }

  #brokenByReserved(b0: number, opcode: number, isControl: boolean): Violation | null {
    if ((b0 & 0x30) !== 0) return violations.RSV_NOT_NEGOTIATED;
    if ((b0 & 0x40) === 0) return null;
    if (this.#options.inflater === null) return violations.RSV_NOT_NEGOTIATED;
    return isControl ? violations.RSV1_ON_CONTROL : opcode === 0 ? violations.RSV1_ON_CONTINUATION : null;
  }

  #brokenByOrder(opcode: number): Violation | null {
    if (opcode === 0 && this.#kind === null) return violations.CONTINUATION_WITHOUT_START;
    return (opcode === 1 || opcode === 2) && this.#kind !== null ? violations.MESSAGE_INTERLEAVED : null;
  }

  #brokenByMask(b1: number): Violation | null {
    const { masks } = this.#options;
    if (masks === b1 >= 0x80) return null;
    return masks ? violations.MASK_MISSING : violations.MASK_UNEXPECTED;
  }

  #begin(b0: number, length: number): void {
    this.#opcode = b0 & 0x0f;
    this.#fin = b0 >= 0x80;
    this.#left = length;
    this.#phase = 0;
    this.#header.length = 0;
    this.#state = 'payload';
    if (this.#opcode === 1 || this.#opcode === 2) {
      this.#kind = this.#opcode === 1 ? 'text' : 'binary';
      this.#compressed = (b0 & 0x40) !== 0;
      this.#frames = 0;
      this.#message.clear();
    }
    if (this.#opcode < 8) this.#frames++;
    if (length === 0) this.#endFrame();
  }

  #readPayload(chunk: Uint8Array, start: number, end: number): void {
    const piece = chunk.slice(start, end);
    const key = this.#key;
    if (key !== null) {
      for (let i = 0; i < piece.length; i++) piece[i] = (piece[i] as number) ^ (key[(this.#phase + i) & 3] as number);
    }
    this.#phase += piece.length;
    this.#left -= piece.length;
    const into = this.#opcode >= 8 ? this.#control : this.#message;
    if (into.length + piece.length > MOST) {
      return this.#break(breach('UNASKED', '§10.4', 'a subject sends back what it got', `a message of more than ${MOST} octets`));
    }
    into.append(piece);
    if (this.#left === 0) this.#endFrame();
  }

  #endFrame(): void {
    this.#state = 'header';
    const { see } = this.#options;
    if (this.#opcode < 8) {
      if (this.#fin) this.#endMessage();
      return;
    }
    const octets = this.#control.copy();
    this.#control.clear();
    if (this.#opcode === 8) this.#readClose(octets);
    else see({ kind: this.#opcode === 9 ? 'ping' : 'pong', octets });
  }

  #readClose(octets: Uint8Array): void {
    const code = octets.length === 0 ? null : ((octets[0] as number) << 8) | (octets[1] as number); // one octet was refused by its length
    if (code !== null && !isCloseCodeOnWire(code)) return this.#broke(violations.CLOSE_CODE_NOT_ALLOWED, `code ${code}`);
    if (code !== null && !isUtf8(octets, 2, octets.length)) return this.#broke(violations.CLOSE_REASON_NOT_UTF8, toHex(octets));
    this.#closed = true;
    this.#options.see({ kind: 'close', code, reason: code === null ? '' : decodeUtf8(octets, 2, octets.length) });
  }

  #endMessage(): void {
    const kind = this.#kind as 'text' | 'binary'; // a continuation without one was refused
    const octets = this.#compressed ? this.#inflate() : this.#message.copy();
    this.#kind = null;
    this.#message = new GrowingOctets();
    if (octets === null) return;
    if (kind === 'text' && !isUtf8(octets, 0, octets.length)) return this.#broke(violations.TEXT_NOT_UTF8, toHex(octets, 0, Math.min(octets.length, 32)));
    this.#options.see({ kind, octets, frames: this.#frames, compressed: this.#compressed });
  }

  /** The message inflated; null when that broke a rule, which was told. */
  #inflate(): Uint8Array | null {
    const inflater = this.#options.inflater as Inflater; // without one RSV1 was refused
    if (this.#keepsTail()) {
      const found = `${this.#message.length} octets that end so`;
      this.#break(breach('DEFLATE_TAIL_KEPT', 'RFC 7692 §7.2.1', '00 00 ff ff is removed from the end of what was compressed', found));
      return null;
    }
    const inflated = new GrowingOctets();
    inflater.load(this.#message.octets, 0, this.#message.length, true, MOST);
    try {
      for (;;) {
        const step = inflater.next();
        if (step === 'failed') {
          this.#broke(inflater.violation as Violation, `compressed octets up to ${inflater.at}`); // it has failed, so there is one
          return null;
        }
        if (step !== 'piece') throw new Error(`an inflater that is given a whole message answered ${step}`);
        inflated.append(inflater.output.subarray(inflater.start, inflater.end));
        if (inflater.last) return inflated.copy();
      }
    } finally {
      inflater.detach();
    }
  }

  /** What is left without the tail cannot end in ff: its last octet holds the header of an empty stored block, and zeros above. */
  #keepsTail(): boolean {
    const { octets, length } = this.#message;
    return length >= 4 && octets[length - 4] === 0 && octets[length - 3] === 0 && octets[length - 2] === 0xff && octets[length - 1] === 0xff;
  }

  #broke({ name, section, sentence }: Violation, found: string): void {
    this.#break(breach(name, section, sentence, found));
  }

  #break(sight: Breach): void {
    this.#state = 'broken';
    this.#header.length = 0;
    this.#message = new GrowingOctets();
    this.#options.see(sight);
  }
}

function brokenByShape(b0: number, b1: number, opcode: number, isControl: boolean): Violation | null {
  if ((opcode > 2 && opcode < 8) || opcode > 10) return violations.RESERVED_OPCODE;
  if (!isControl) return null;
  if (b0 < 0x80) return violations.CONTROL_FRAGMENTED;
  if ((b1 & 0x7f) > 125) return violations.CONTROL_TOO_LONG;
  return opcode === 8 && (b1 & 0x7f) === 1 ? violations.CLOSE_BODY_TOO_SHORT : null;
}

export function breach(rule: string, section: string, sentence: string, found: string): Breach {
  return { kind: 'breach', rule, section, sentence, found };
}

