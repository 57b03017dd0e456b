// Writes down what passes between tester and subject: heads, frames, ends and notes, each with its time, as they are drawn and reported
// (transcript.ts). It judges nothing: what is illegal is read like anything else, and what cannot be read at all is kept as octets.
//
// Law: bounded whatever passes. Of a payload and of a head the beginning is kept, of many frames the first and the last. No array that was
// lent is held, nothing throws, and the work is linear in the octets at any chunking, which changes nothing but `chunks`.

import type { Recorder } from '../tester/case-run-options.ts';
import { FrameReader } from './frame-reader.ts';
import type { FrameWatcher } from './frame-reader.ts';
import { FrameItem, HeadItem, OctetsItem, Sample } from './recorder-items.ts';
import type { Item } from './recorder-items.ts';
import { agreesOnDeflate } from './reading.ts';
import type { Entry, Party, Transcript } from './transcript.ts';
import { count } from './wording.ts';

export interface RecorderOptions {
  /** Whether each direction begins with heads, or with frames where there is no opening handshake; `heads` by default. */
  readonly begins?: 'heads' | 'frames';
  /** Whether RSV1 says that a message is compressed; by default as the 101 that passes has it. */
  readonly compressed?: boolean;
  /** Octets of a payload that are kept; 64 by default. */
  readonly octets?: number;
  /** Frames, and notes, that are kept from the beginning; 100 by default. */
  readonly first?: number;
  /** And from the end; 20 by default. */
  readonly last?: number;
  /** Told of each head and each frame once it has passed whole, for who draws while it happens. */
  readonly told?: (entry: Entry) => void;
}

/** Ends of the transport that are kept: there are two at most. */
const MOST_ENDS = 4;

/** What both directions of a recorder have in common. */
interface Shared {
  readonly octets: number;
  nextOrder(): number;
  keep(item: FrameItem | HeadItem | OctetsItem): void;
  /** It has passed whole. */
  ended(item: FrameItem | HeadItem): void;
  /** A 101 has passed. */
  agreed(lines: readonly string[]): void;
}

/** One direction: heads until one of them says what follows, then frames, or octets to the end. */
class Direction implements FrameWatcher {
  readonly #from: Party;
  readonly #shared: Shared;
  readonly #reader = new FrameReader(this);
  #state: 'head begins' | 'head' | 'frames' | 'octets';
  #at = 0;
  #head: HeadItem | null = null;
  /** The line under way of the head holds something; and some line did. */
  #lineHolds = false;
  #headHolds = false;
  #octets: OctetsItem | null = null;
  #frame: FrameItem | null = null;
  // Of the message under way, or the one that has just ended.
  #messageOpcode = 0;
  #messageRsv1 = false;

  constructor(from: Party, begins: 'heads' | 'frames', shared: Shared) {
    this.#from = from;
    this.#shared = shared;
    this.#state = begins === 'heads' ? 'head begins' : 'frames';
  }

  write(at: number, bytes: Uint8Array): void {
    this.#at = at;
    let start = 0;
    while (start < bytes.length && this.#state !== 'frames' && this.#state !== 'octets') start = this.#readHead(bytes, start);
    if (start === bytes.length) return;
    if (this.#state === 'octets') return this.#keepOctets(bytes, start);
    if (this.#frame !== null) this.#frame.chunks++;
    this.#reader.read(bytes, start);
    if (this.#frame !== null && !this.#frame.isWhole) this.#frame.header = Uint8Array.from(this.#reader.header);
  }

  // ---- heads ----------------------------------------------------------------------------------------------------------------------

  /** Reads to the end of a head, or of `bytes`; returns where what follows begins. */
  #readHead(bytes: Uint8Array, start: number): number {
    if (this.#state === 'head begins') {
      const octet = bytes[start] as number;
      const isText = (octet >= 0x20 && octet < 0x7f) || octet === 0x0d || octet === 0x0a;
      this.#state = isText ? 'head' : 'octets';
      if (!isText) return start;
      this.#head = new HeadItem(this.#at, this.#from, this.#shared.nextOrder());
      this.#headHolds = this.#lineHolds = false;
      this.#shared.keep(this.#head);
    }
    const end = this.#endOfHead(bytes, start);
    const head = this.#head as HeadItem; // there is one in this state
    head.octets.add(bytes, start, end);
    if (!head.ended) return end;
    this.#endHead(head);
    this.#shared.ended(head);
    return end;
  }

  /** An empty line ends a head, but for those before its first line (RFC 9112 §2.2). */
  #endOfHead(bytes: Uint8Array, start: number): number {
    for (let at = start; at < bytes.length; at++) {
      const octet = bytes[at] as number;
      if (octet !== 0x0a) {
        if (octet !== 0x0d) this.#lineHolds = this.#headHolds = true;
        continue;
      }
      if (!this.#lineHolds && this.#headHolds) {
        (this.#head as HeadItem).ended = true; // there is one in this state
        return at + 1;
      }
      this.#lineHolds = false;
    }
    return bytes.length;
  }

  #endHead(head: HeadItem): void {
    const { lines } = head;
    const first = lines.find((line) => line.trim() !== '') ?? '';
    this.#state = 'frames';
    if (!first.startsWith('HTTP/')) return; // a request
    const space = first.indexOf(' ');
    const status = space === -1 ? NaN : Number(first.slice(space + 1, space + 4));
    if (status === 101) this.#shared.agreed(lines);
    else this.#state = status >= 100 && status < 200 ? 'head begins' : 'octets';
  }

  #keepOctets(bytes: Uint8Array, start: number): void {
    if (this.#octets === null) {
      this.#octets = new OctetsItem(this.#at, this.#from, this.#shared.nextOrder(), this.#shared.octets);
      this.#shared.keep(this.#octets);
    }
    this.#octets.octets.add(bytes, start, bytes.length);
  }

  // ---- frames ---------------------------------------------------------------------------------------------------------------------

  frameBegins(): void {
    this.#frame = new FrameItem(this.#at, this.#from, this.#shared.nextOrder(), this.#shared.octets);
    this.#shared.keep(this.#frame);
  }

  frameHeader(header: Uint8Array): void {
    const frame = this.#frame as FrameItem; // it has begun
    const [b0 = 0] = header;
    const opcode = b0 & 0x0f;
    frame.header = header.slice(0, header.length);
    frame.isWhole = true;
    if (opcode === 1 || opcode === 2) {
      this.#messageOpcode = opcode;
      this.#messageRsv1 = (b0 & 0x40) !== 0;
    }
    if (opcode > 2) return;
    frame.messageOpcode = this.#messageOpcode;
    frame.messageRsv1 = this.#messageRsv1;
    if (b0 < 0x80) return;
    this.#messageOpcode = 0;
    this.#messageRsv1 = false;
  }

  framePayload(bytes: Uint8Array, start: number, end: number): void {
    this.#frame?.payload.add(bytes, start, end);
  }

  frameEnds(): void {
    const frame = this.#frame as FrameItem; // it has begun
    this.#frame = null;
    this.#shared.ended(frame);
  }
}

export class TranscriptRecorder implements Recorder {
  readonly #directions: Readonly<Record<Party, Direction>>;
  readonly #passed: Sample<FrameItem | HeadItem | OctetsItem>;
  readonly #notes: Sample<Item>;
  readonly #ends: Item[] = [];
  /** What is no longer kept, where it begins. */
  readonly #left = new Map<Party | 'notes', { order: number; at: number; items: number }>();
  #order = 0;
  #compressed: boolean;

  constructor(options: RecorderOptions = {}) {
    const { begins = 'heads', compressed, octets = 64, first = 100, last = 20, told } = options;
    this.#compressed = compressed ?? false;
    this.#passed = new Sample({ first, last });
    this.#notes = new Sample({ first, last });
    const shared: Shared = {
      octets,
      nextOrder: () => this.#order++,
      keep: (item) => this.#leave(item.from, this.#passed.add(item)),
      ended: (item) => told?.(item.entry(this.#compressed)),
      agreed: (lines) => { this.#compressed = compressed ?? agreesOnDeflate(lines); },
    };
    this.#directions = { tester: new Direction('tester', begins, shared), subject: new Direction('subject', begins, shared) };
  }

  /** Octets pass at `at`, in ms. They are only borrowed. */
  write(from: Party, at: number, bytes: Uint8Array): void {
    this.#directions[from].write(at, bytes);
  }

  note(at: number, text: string): void {
    this.#leave('notes', this.#notes.add({ order: this.#order++, at, entry: () => ({ at, note: text }) }));
  }

  end(from: Party, at: number, how: 'fin' | 'reset'): void {
    if (this.#ends.length < MOST_ENDS) this.#ends.push({ order: this.#order++, at, entry: () => ({ at, from, end: how }) });
  }

  /** What has passed so far; the caller's. */
  entries(): Transcript {
    const left: readonly Item[] = Array.from(this.#left, ([what, { order, at, items }]) => ({
      order,
      at,
      entry: () => (what === 'notes' ? { at, note: `… ${count(items, 'note')} left out` } : { at, from: what, left: items }),
    }));
    return [...this.#passed.kept, ...this.#notes.kept, ...this.#ends, ...left]
      .sort((a, b) => a.order - b.order)
      .map((item) => item.entry(this.#compressed));
  }

  #leave(what: Party | 'notes', item: Item | undefined): void {
    if (item === undefined) return;
    const left = this.#left.get(what);
    if (left === undefined) this.#left.set(what, { order: item.order, at: item.at, items: 1 });
    else left.items++;
  }
}
