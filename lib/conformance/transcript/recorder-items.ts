// What a recorder keeps: heads, frames and octets as far as they are kept, each of which becomes an entry of a transcript when that is asked
// for. Bounded, each of them and all of them together.

import { toHex } from '../payload.ts';
import { claimedLength, maskingKeyOf } from './frame-reader.ts';
import type { Entry, Party } from './transcript.ts';
import { count, sayFrame } from './wording.ts';

/** Octets of a head that are kept. */
const HEAD_KEPT = 2048;
const NOTHING: Uint8Array = new Uint8Array(0);

/** Something that passed: where it stands among the others, and how it is told, on a connection that compresses or does not. */
export interface Item {
  readonly order: number;
  readonly at: number;
  entry(compresses: boolean): Entry;
}

/** The first and the last of what may come without end. */
export class Sample<T extends Item> {
  readonly #first: T[] = [];
  readonly #last: T[] = [];
  readonly #limits: { readonly first: number; readonly last: number };

  constructor(limits: { readonly first: number; readonly last: number }) {
    this.#limits = limits;
  }

  /** Keeps `item`, and hands back the one that is no longer kept. */
  add(item: T): T | undefined {
    if (this.#first.length < this.#limits.first) {
      this.#first.push(item);
      return undefined;
    }
    this.#last.push(item);
    return this.#last.length > this.#limits.last ? this.#last.shift() : undefined;
  }

  get kept(): readonly T[] {
    return [...this.#first, ...this.#last];
  }
}

/** The beginning of octets that come in pieces: as many as are kept, and how many there were. */
class Beginning {
  readonly #most: number;
  #octets: Uint8Array = NOTHING;
  #length = 0;
  passed = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    this.passed += end - start;
    const length = Math.min(this.#most, this.#length + end - start);
    if (length === this.#length) return;
    if (length > this.#octets.length) {
      const larger = new Uint8Array(Math.min(this.#most, Math.max(length, 2 * this.#octets.length)));
      larger.set(this.#octets);
      this.#octets = larger;
    }
    for (let at = start; this.#length < length; at++) this.#octets[this.#length++] = bytes[at] as number;
  }

  /** A view. */
  get octets(): Uint8Array {
    return this.#octets.subarray(0, this.#length);
  }
}

export class FrameItem implements Item {
  readonly at: number;
  readonly from: Party;
  readonly order: number;
  /** As far as it has come, until it is whole. */
  header: Uint8Array = NOTHING;
  isWhole = false;
  readonly payload: Beginning;
  /** Of a data frame: opcode and RSV1 of the first frame of its message. */
  messageOpcode = 0;
  messageRsv1 = false;
  chunks = 1;

  constructor(at: number, from: Party, order: number, most: number) {
    this.at = at;
    this.from = from;
    this.order = order;
    this.payload = new Beginning(most);
  }

  entry(compresses: boolean): Entry {
    const { at, from, header, payload, messageOpcode, messageRsv1, chunks } = this;
    if (!this.isWhole) return { at, from, octets: toHex(header), passed: header.length };
    const [b0 = 0] = header;
    const key = maskingKeyOf(header);
    const content = payload.octets.map((octet, i) => octet ^ (key?.[i & 3] ?? 0));
    const length = claimedLength(header);
    const fin = b0 >= 0x80;
    const opcode = b0 & 0x0f;
    const whole = length === BigInt(content.length);
    return {
      at,
      from,
      frame: {
        fin,
        rsv: (b0 >> 4) & 7,
        opcode,
        masked: key !== null,
        length: String(length),
        header: toHex(header),
        payload: toHex(payload.octets),
        content: toHex(content),
        means: sayFrame({ opcode, messageOpcode, compressed: compresses && messageRsv1, whole, fin }, content),
        passed: payload.passed,
        chunks,
      },
    };
  }
}

export class HeadItem implements Item {
  readonly at: number;
  readonly from: Party;
  readonly order: number;
  readonly octets: Beginning = new Beginning(HEAD_KEPT);
  ended = false;

  constructor(at: number, from: Party, order: number) {
    this.at = at;
    this.from = from;
    this.order = order;
  }

  get lines(): string[] {
    const lines = String.fromCharCode(...this.octets.octets).split('\n');
    const rest = lines.pop() as string; // split gives one at least
    return [...lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : `${line}\n`)), ...rest === '' ? [] : [rest]];
  }

  entry(): Entry {
    const { at, from, lines } = this;
    const more = this.octets.passed - this.octets.octets.length;
    const isEmptyLine = (line: string | undefined): boolean => line === '' || line === '\n';
    if (more === 0 && this.ended && isEmptyLine(lines.at(-1))) lines.pop();
    const left = more === 0 ? [] : [`… ${count(more, 'octet')} more`];
    return { at, from, head: [...lines, ...left, ...this.ended ? [] : ['… and does not end']] };
  }
}

export class OctetsItem implements Item {
  readonly at: number;
  readonly from: Party;
  readonly order: number;
  readonly octets: Beginning;

  constructor(at: number, from: Party, order: number, most: number) {
    this.at = at;
    this.from = from;
    this.order = order;
    this.octets = new Beginning(most);
  }

  entry(): Entry {
    return { at: this.at, from: this.from, octets: toHex(this.octets.octets), passed: this.octets.passed };
  }
}
