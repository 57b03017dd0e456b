// Reads a transcript as RFC 6455 and RFC 7692 have it: which frame breaks which rule, and what a compressed message says. It judges both
// sides by the same rules, whether they broke them on purpose or not, and goes on behind what is wrong.
//
// Law: nothing is claimed of what was not kept. Behind frames that are left out no order is judged, and no payload of which only the
// beginning is there.

import { MessageInflater } from '../../core/deflate/inflater.ts';
import { readCloseBody } from '../../core/wire/close-body.ts';
import { isUtf8 } from '../../core/wire/utf8-text.ts';
import { Utf8Validator } from '../../core/wire/utf8.ts';
import { judgeByte0, judgeByte1, judgeLengthForm } from '../../core/wire/rules.ts';
import { LENGTH_TOP_BIT_SET, TEXT_NOT_UTF8 } from '../../core/wire/violation.ts';
import type { SubjectRole } from '../case.ts';
import { concat } from '../tester/octets.ts';
import { fromHex } from '../payload.ts';
import type { Entry, Party, Transcript } from './transcript.ts';
import { count, sayText } from './wording.ts';

export interface BrokenRule {
  /** A row of the engine's violation table, or a rule that only the conformance suite has. */
  readonly rule: string;
  readonly section: string;
  /** What should have been so. */
  readonly sentence: string;
}

export interface Reading {
  /** The first rule that a frame breaks. */
  readonly broken: ReadonlyMap<Entry, BrokenRule>;
  /** What a compressed message says, by the frame that ends it. */
  readonly says: ReadonlyMap<Entry, string>;
}

export interface ReadingOptions {
  /** The side of the subject: the other is the tester's. A client masks (§5.1). */
  readonly subject: SubjectRole;
  /** Whether RSV1 says that a message is compressed; by default as the 101 in the transcript has it. */
  readonly compressed?: boolean;
}

type FrameEntry = Extract<Entry, { readonly frame: unknown }>;

/** What a message may inflate to here: a transcript needs no more. */
const MOST_INFLATED = 1024 * 1024;
const DATA_AFTER_CLOSE: BrokenRule = { rule: 'DATA_AFTER_CLOSE', section: '§5.5.1', sentence: 'nothing follows a Close frame' };

/** What an entry breaks, and what it says. */
export interface EntryReading {
  readonly rule: BrokenRule | null;
  readonly says: string | null;
}

const NOTHING: EntryReading = { rule: null, says: null };

export function readTranscript(transcript: Transcript, options: ReadingOptions): Reading {
  const broken = new Map<Entry, BrokenRule>();
  const says = new Map<Entry, string>();
  const reader = new TranscriptReader(options);
  for (const entry of transcript) {
    const { rule, says: said } = reader.read(entry);
    if (rule !== null) broken.set(entry, rule);
    if (said !== null) says.set(entry, said);
  }
  reader.release();
  return { broken, says };
}

/** Reads entries as they come. */
export class TranscriptReader {
  readonly #compressed: boolean | null;
  readonly #sides: Readonly<Record<Party, Side>>;

  constructor({ subject, compressed = null }: { readonly subject: SubjectRole; readonly compressed?: boolean | null }) {
    this.#compressed = compressed;
    this.#sides = { tester: new Side(subject === 'server' ? 'client' : 'server'), subject: new Side(subject) };
    if (compressed !== null) this.#agree(compressed);
  }

  read(entry: Entry): EntryReading {
    if ('head' in entry && this.#compressed === null && isSwitching(entry.head)) this.#agree(agreesOnDeflate(entry.head));
    if ('left' in entry) this.#sides[entry.from].forget();
    return 'frame' in entry ? this.#sides[entry.from].read(entry) : NOTHING;
  }

  /** Nothing more is read: what inflates gives its memory back. */
  release(): void {
    this.#sides.tester.release();
    this.#sides.subject.release();
  }

  #agree(compresses: boolean): void {
    this.#sides.tester.compresses = this.#sides.subject.compresses = compresses;
  }
}

function isSwitching([line = '']: readonly string[]): boolean {
  return line.startsWith('HTTP/') && line.slice(line.indexOf(' ')).startsWith(' 101');
}

/** Whether the lines of a 101 say that messages may be compressed (RFC 7692 §5). */
export function agreesOnDeflate(lines: readonly string[]): boolean {
  return lines.some((line) => {
    const field = line.toLowerCase();
    return field.startsWith('sec-websocket-extensions:') && field.includes('permessage-deflate');
  });
}

/** What one side has sent so far. */
class Side {
  compresses = false;
  readonly #role: SubjectRole;
  #says: string | null = null;
  #closed = false;
  /** Whether a message has begun and not ended; null when that is not known. */
  #open: boolean | null = false;
  #isText = false;
  #isCompressed = false;
  /** Of a text that is not compressed, as long as all of it is there and nothing is wrong with it. */
  #validator: Utf8Validator | null = null;
  /** The payloads of a compressed message, as long as all of them are there. */
  #parts: Uint8Array[] | null = null;
  #inflater: MessageInflater | null = null;
  /** All that a compressed message may refer to is there. */
  #historyKnown = true;

  constructor(role: SubjectRole) {
    this.#role = role;
  }

  release(): void {
    this.#inflater?.release();
    this.#inflater = null;
  }

  /** Frames are left out here. */
  forget(): void {
    this.#open = null;
    this.#parts = this.#validator = null;
    this.#forgetHistory();
  }

  #forgetHistory(): void {
    this.#historyKnown = false;
    this.release();
  }

  read(entry: FrameEntry): EntryReading {
    this.#says = null;
    const rule = this.#read(entry);
    return { rule, says: this.#says };
  }

  #read(entry: FrameEntry): BrokenRule | null {
    const header = fromHex(entry.frame.header);
    const broken = this.#judgeHeader(header, BigInt(entry.frame.length));
    const content = fromHex(entry.frame.content);
    const whole = BigInt(entry.frame.length) === BigInt(content.length);
    const { opcode } = entry.frame;
    if (opcode <= 2) return this.#readData(entry, whole ? content : null, broken);
    if (opcode !== 8) return broken;
    this.#closed = true;
    if (broken !== null || !whole || content.length === 1) return broken;
    const { violation } = readCloseBody(content, 0, content.length);
    return violation === null ? null : ruleOf(violation);
  }

  /** The rules of §5, in the order of the octets that decide them. */
  #judgeHeader(header: Uint8Array, length: bigint): BrokenRule | null {
    const [b0 = 0, b1 = 0] = header;
    const opcode = b0 & 0x0f;
    if (this.#closed) return DATA_AFTER_CLOSE;
    const violation = judgeByte0(b0, this.#open ?? opcode === 0, this.compresses)
      ?? judgeByte1(b1, opcode, this.#role === 'client' ? 'server' : 'client')
      ?? (length >> 63n === 1n ? LENGTH_TOP_BIT_SET : judgeLengthForm(Number(length), b1 & 0x7f));
    return violation === null ? null : ruleOf(violation);
  }

  #readData(entry: FrameEntry, content: Uint8Array | null, broken: BrokenRule | null): BrokenRule | null {
    const { opcode, fin, rsv } = entry.frame;
    if (broken?.rule === 'CONTINUATION_WITHOUT_START') return broken;
    if (opcode !== 0) {
      this.#isText = opcode === 1;
      this.#isCompressed = this.compresses && (rsv & 4) !== 0;
      this.#parts = this.#isCompressed ? [] : null;
      this.#validator = this.#isText && !this.#isCompressed ? new Utf8Validator() : null;
    }
    this.#open = !fin;
    const later = this.#isCompressed ? this.#readCompressed(entry, content) : this.#readPlain(content, fin);
    return broken ?? later;
  }

  /** §8.1, at the frame that proves it. */
  #readPlain(content: Uint8Array | null, fin: boolean): BrokenRule | null {
    const validator = this.#validator;
    if (content === null) this.#validator = null;
    if (validator === null || content === null) return null;
    if (validator.write(content, 0, content.length) === content.length && (!fin || validator.atBoundary)) return null;
    this.#validator = null;
    return ruleOf(TEXT_NOT_UTF8);
  }

  #readCompressed(entry: FrameEntry, content: Uint8Array | null): BrokenRule | null {
    if (content === null) this.#parts = null;
    else this.#parts?.push(content);
    if (!entry.frame.fin) return null;
    const payload = this.#parts === null ? null : concat(this.#parts);
    this.#parts = null;
    const octets = payload === null ? null : this.#inflate(payload);
    if (octets === null) this.#forgetHistory(); // later messages may refer to it
    if (!(octets instanceof Uint8Array)) return octets;
    this.#says = sayInflated(octets, this.#isText);
    return this.#isText && !isUtf8(octets, 0, octets.length) ? ruleOf(TEXT_NOT_UTF8) : null;
  }

  /** A message inflated; the rule that it breaks; or null when that cannot be known. */
  #inflate(payload: Uint8Array): Uint8Array | BrokenRule | null {
    if (!this.#historyKnown) return null;
    const inflater = this.#inflater ??= new MessageInflater({ windowBits: 15, contextTakeover: true, allocate: (size) => new Uint8Array(size) });
    const pieces: Uint8Array[] = [];
    inflater.load(payload, 0, payload.length, true, MOST_INFLATED);
    while (inflater.next() === 'piece') {
      pieces.push(inflater.output.slice(inflater.start, inflater.end));
      if (!inflater.last) continue;
      inflater.detach();
      return concat(pieces);
    }
    const { violation } = inflater;
    this.#forgetHistory();
    return violation === null || violation.name === 'MESSAGE_TOO_BIG' ? null : ruleOf(violation);
  }
}

function sayInflated(octets: Uint8Array, isText: boolean): string {
  if (octets.length === 0) return 'inflates to nothing';
  return `inflates to ${isText ? sayText(octets, { cutBefore: false, cutBehind: false }) : count(octets.length, 'octet')}`;
}

function ruleOf({ name, section, sentence }: { readonly name: string; readonly section: string; readonly sentence: string }): BrokenRule {
  return { rule: name, section, sentence };
}

/** It in a line. */
export function sayRule({ rule, section, sentence }: BrokenRule): string {
  return `${rule} (${section}): ${sentence}`;
}
