// How octets and texts of a peer are said in a line. Whatever they hold, what comes out has no control character and nothing that turns,
// hides or breaks a line: it goes to terminals, into reports and logs.

import { describeCloseCode, isCloseCodeOnWire } from '../../core/wire/close-code.ts';
import { decodeUtf8, isUtf8 } from '../../core/wire/utf8-text.ts';
import { Utf8Validator } from '../../core/wire/utf8.ts';

/** Octets of a payload that are said. */
const SAID = 40;

/** C0 and C1, DEL, and what changes the direction of text, has no width, or ends a line: a test of one code unit. */
function isInvisible(unit: number): boolean {
  return unit < 0x20 || (unit >= 0x7f && unit < 0xa0) || unit === 0xad || unit === 0x61c || unit === 0x180e || (unit >= 0x200b && unit <= 0x200f)
    || (unit >= 0x2028 && unit <= 0x202e) || (unit >= 0x2060 && unit <= 0x206f) || unit === 0xfeff
    || (unit >= 0xfff0 && unit <= 0xfffb) || unit >= 0xfffe;
}

const SHORT: ReadonlyMap<number, string> = new Map([[0x09, '\\t'], [0x0a, '\\n'], [0x0d, '\\r']]);

function escapeUnit(unit: number): string {
  return SHORT.get(unit) ?? (unit < 0x100 ? `\\x${unit.toString(16).padStart(2, '0')}` : `\\u${unit.toString(16).padStart(4, '0')}`);
}

/** A surrogate without the other half of it. */
function isAlone(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  if (unit < 0xd800 || unit > 0xdfff) return false;
  const other = text.charCodeAt(unit < 0xdc00 ? at + 1 : at - 1); // NaN outside
  return !(unit < 0xdc00 ? other >= 0xdc00 && other <= 0xdfff : other >= 0xd800 && other < 0xdc00);
}

/** `text` with what cannot be seen written as escapes. */
export function visible(text: string): string {
  let seen = '';
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (!isInvisible(unit) && !isAlone(text, i)) continue;
    seen += text.slice(from, i) + escapeUnit(unit);
    from = i + 1;
  }
  return seen + text.slice(from);
}

/** `text` in quotes, and visible. */
export function quote(text: string): string {
  return `"${visible(text.replaceAll('\\', '\\\\').replaceAll('"', '\\"'))}"`;
}

/** `1 octet`, `1,048,576 octets`. */
export function count(number: number | bigint, thing: string): string {
  return `${number.toLocaleString('en')} ${thing}${Number(number) === 1 ? '' : 's'}`;
}

/** What a payload is part of. */
export interface Surroundings {
  readonly opcode: number;
  /** Of a data frame: the opcode of the first frame of its message; 0 when none has begun. */
  readonly messageOpcode: number;
  /** The message is compressed. */
  readonly compressed: boolean;
  /** `content` is all of the payload. */
  readonly whole: boolean;
  readonly fin: boolean;
}

/** What a frame says, by its unmasked payload or the beginning of it; '' when nothing can be said. */
export function sayFrame(frame: Surroundings, content: Uint8Array): string {
  const { opcode, messageOpcode, compressed, whole, fin } = frame;
  if (opcode === 0x8) return sayClose(content, whole);
  if (opcode > 0xa || (opcode > 0x2 && opcode < 0x8)) return '';
  if (opcode >= 0x8) return sayAsText(content);
  if (compressed) return 'compressed';
  if (messageOpcode !== 0x1 || content.length === 0) return '';
  return sayText(content, { cutBefore: opcode === 0, cutBehind: !whole || !fin });
}

/** Octets that nobody says are text, when they are; '' when they are not. */
export function sayAsText(content: Uint8Array): string {
  const said = content.subarray(0, SAID);
  const end = endOfUtf8(said, 0);
  if (end === 0 || (end < said.length && !(content.length > SAID && isBeginning(said, end)))) return '';
  return `${quote(decodeUtf8(said, 0, end))}${end < content.length ? '…' : ''}`;
}

function sayClose(content: Uint8Array, whole: boolean): string {
  const [high, low] = content;
  if (high === undefined) return whole ? 'no status code' : '';
  if (low === undefined) return whole ? 'half a status code' : '';
  const code = (high << 8) | low;
  const known = isCloseCodeOnWire(code) ? '' : ` (${describeCloseCode(code).name})`;
  return `${code}${known}${content.length === 2 ? '' : ` ${sayText(content.subarray(2), { cutBefore: false, cutBehind: !whole })}`}`;
}

/** A text, or a part of one that may be cut within a character. */
export function sayText(content: Uint8Array, { cutBefore, cutBehind }: { readonly cutBefore: boolean; readonly cutBehind: boolean }): string {
  const said = content.subarray(0, SAID);
  const behind = cutBehind || content.length > SAID;
  const start = cutBefore ? Math.min(3, trailsAt(said)) : 0;
  const end = endOfUtf8(said, start);
  const text = `${start > 0 ? '…' : ''}${quote(decodeUtf8(said, start, end))}`;
  if (end < said.length && !(behind && isBeginning(said, end))) return `${text}, not UTF-8 from octet ${end} on`;
  return end < content.length ? `${text}…` : text;
}

/** How many octets that only go on with a character stand there. */
function trailsAt(bytes: Uint8Array): number {
  let trails = 0;
  while (trails < bytes.length && ((bytes[trails] as number) & 0xc0) === 0x80) trails++;
  return trails;
}

/** Octets of the character that begins with `lead`. */
function sizeOf(lead: number): number {
  return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/** Where the last whole character ends that has nothing but such before it, from `start` on (RFC 3629). */
function endOfUtf8(bytes: Uint8Array, start: number): number {
  let end = start;
  while (end < bytes.length) {
    const next = end + sizeOf(bytes[end] as number);
    if (next > bytes.length || !isUtf8(bytes, end, next)) return end;
    end = next;
  }
  return end;
}

/** Whether what stands from `at` to the end may go on to be UTF-8. */
function isBeginning(bytes: Uint8Array, at: number): boolean {
  return new Utf8Validator().write(bytes, at, bytes.length) === bytes.length;
}
