// A transcript drawn as plain text: a line a frame with its bits by name and its octets in hex, who sent it and when, what it says; below a
// frame that breaks a rule its first two octets bit by bit, and the rule. Made for a terminal of 120 columns and for logs.
//
// Law: no character of a peer reaches a terminal but visible ones.

import { opcodeName } from '../../core/wire/opcode.ts';
import type { SubjectRole } from '../case.ts';
import { fromHex } from '../payload.ts';
import { readTranscript, sayRule } from './reading.ts';
import type { BrokenRule } from './reading.ts';
import type { Entry, Party, Transcript } from './transcript.ts';
import { count, sayAsText, visible } from './wording.ts';

export interface DrawingOptions {
  /** The side of the subject. */
  readonly subject: SubjectRole;
  /** What the two sides are called; `tester` and `subject` by default. */
  readonly names?: Readonly<Record<Party, string>>;
  /** Octets of a payload that are drawn, in further lines if need be; by default as many as fit into the line of the frame. */
  readonly octets?: number;
  /** Whether times are drawn; true by default. */
  readonly times?: boolean;
  /** Whether RSV1 says that a message is compressed; by default as the 101 in the transcript has it. */
  readonly compressed?: boolean;
}

export type Frame = Extract<Entry, { readonly frame: unknown }>['frame'];

const ARROWS: Readonly<Record<Party, string>> = { tester: '→', subject: '←' };
/** Columns for the time, for the length of a payload, and for the octets of a frame. */
const TIME = 9;
const LENGTH = 9;
const OCTETS = 43;
/** Octets of payload in a line of their own. */
const PER_LINE = 16;

/** Lines that end with a line feed; '' for an empty transcript. */
export function drawTranscript(transcript: Transcript, options: DrawingOptions): string {
  if (transcript.length === 0) return '';
  const { names = { tester: 'tester', subject: 'subject' }, octets = 0, times = true } = options;
  const { broken, says } = readTranscript(transcript, options);
  const draw = new Drawing(names, octets, times);
  for (const entry of transcript) draw.entry(entry, broken.get(entry) ?? null, says.get(entry) ?? null);
  return draw.lines.map((line) => `${line.trimEnd()}\n`).join('');
}

class Drawing {
  readonly lines: string[] = [];
  readonly #names: Readonly<Record<Party, string>>;
  readonly #octets: number;
  readonly #times: boolean;

  constructor(names: Readonly<Record<Party, string>>, octets: number, times: boolean) {
    this.#names = names;
    this.#octets = octets;
    this.#times = times;
    this.lines.push(`${times ? 'ms'.padStart(TIME) : ''}  → ${names.tester}   ← ${names.subject}`);
  }

  entry(entry: Entry, rule: BrokenRule | null, says: string | null): void {
    if ('note' in entry) return this.#put(entry.at, '·', entry.note.split('\n').map(visible));
    const arrow = ARROWS[entry.from];
    if ('head' in entry) return this.#put(entry.at, arrow, entry.head.map(visible));
    const name = this.#names[entry.from];
    if ('end' in entry) return this.#put(entry.at, arrow, [`${name} ends ${entry.end === 'fin' ? 'its side (FIN)' : 'with a reset'}`]);
    if ('left' in entry) return this.#put(entry.at, '⋮', [`${entry.left.toLocaleString('en')} more of the ${name} are left out`]);
    if ('octets' in entry) return this.#put(entry.at, arrow, [drawOctets(entry.octets, entry.passed)]);
    this.#put(entry.at, arrow, drawFrame(entry.frame, rule, says, this.#octets));
  }

  #put(at: number, sign: string, lines: readonly string[]): void {
    const margin = this.#times ? TIME : 0;
    for (const [i, line] of lines.entries()) {
      this.lines.push(i > 0 ? `${' '.repeat(margin + 5)}${line}` : `${this.#times ? at.toFixed(2).padStart(TIME) : ''}  ${sign}  ${line}`);
    }
  }
}

/** A frame in a line; below it further lines of its payload, and the rule that it breaks. */
export function drawFrame(frame: Frame, rule: BrokenRule | null, says: string | null, octets: number = 0): readonly string[] {
  const { fin, rsv, opcode, length, masked } = frame;
  const bits = `${fin ? 'FIN' : '···'} ${rsv === 0 ? '    ' : drawRsv(rsv)} ${drawOpcode(opcode).padEnd(12)}`;
  const flags = `${bits} ${BigInt(length).toLocaleString('en').padStart(LENGTH)}`;
  const [first = '', ...more] = layOctets(frame, octets);
  const indent = ' '.repeat(flags.length + 10);
  const remarks = [says ?? frame.means, came(frame), frame.chunks > 1 ? `in ${frame.chunks} chunks` : ''].filter((part) => part !== '');
  return [
    `${flags}  ${masked ? 'masked' : '      '}  ${first.padEnd(OCTETS)}  ${remarks.join(', ')}`.trimEnd(),
    ...more.map((line) => indent + line),
    ...rule === null ? [] : [`╰─ ${drawBits(frame)}  ✗ ${sayRule(rule)}`],
  ];
}

/** Which of the three are set: `RSV1`, `RSV23`. */
function drawRsv(rsv: number): string {
  return `RSV${[4, 2, 1].map((bit, i) => ((rsv & bit) === 0 ? '' : i + 1)).join('')}`;
}

/** The RFC's word for an opcode; a reserved one as its digit. */
function drawOpcode(opcode: number): string {
  const name = opcodeName(opcode);
  return name === 'reserved' ? `opcode ${opcode.toString(16).toUpperCase()}` : name;
}

/** The first two octets, as §5.2 cuts them: FIN, RSV and opcode, MASK and length. */
function drawBits({ header }: Frame): string {
  const bits = Number.parseInt(header.slice(0, 4), 16).toString(2).padStart(16, '0');
  return [[0, 1], [1, 4], [4, 8], [8, 9], [9, 16]].map(([from, to]) => bits.slice(from, to)).join(' ');
}

/** How a header is cut: the first two octets, the extended length, the masking key, all in hex. */
function headerParts({ header, masked }: Frame): readonly [first: string, length: string, key: string] {
  const key = masked ? 8 : 0;
  return [header.slice(0, 4), header.slice(4, header.length - key), header.slice(header.length - key)];
}

/** Header and payload in a line no longer than OCTETS, unless the header is; further lines where more of the payload is asked for. */
function layOctets(frame: Frame, octets: number): readonly string[] {
  const header = headerParts(frame).filter((part) => part !== '').join(' ');
  const { payload, passed } = frame;
  const line = `${header} ${grouped(payload.slice(0, 2 * OCTETS))}${passed * 2 > payload.length ? '…' : ''}`;
  if (line.length <= OCTETS) return [line];
  if (octets === 0) return [`${line.slice(0, Math.max(header.length, OCTETS - 1))}…`];
  const shown = payload.slice(0, 2 * octets);
  const lines = [header];
  for (let at = 0; at < shown.length; at += 2 * PER_LINE) lines.push(grouped(shown.slice(at, at + 2 * PER_LINE)));
  if (passed * 2 > shown.length) lines.push('…');
  return lines;
}

/** Hex in groups of four octets, as keys repeat. */
function grouped(hex: string): string {
  const groups: string[] = [];
  for (let at = 0; at < hex.length; at += 8) groups.push(hex.slice(at, at + 8));
  return groups.join(' ');
}

/** What is to be said of a frame that did not come whole. */
function came({ length, passed }: Frame): string {
  return BigInt(length) === BigInt(passed) ? '' : `of which ${count(passed, 'octet')} came`;
}

/** Octets that are no frame: as text where they are such, in hex where not. */
function drawOctets(hex: string, passed: number): string {
  const says = sayAsText(fromHex(hex));
  const shown = hex.slice(0, 4 * PER_LINE);
  return `${count(passed, 'octet')} that are no frame  ${says === '' ? `${grouped(shown)}${passed * 2 > shown.length ? '…' : ''}` : says}`;
}
