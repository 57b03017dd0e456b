// Octets from text that shows them: plain hex as people write it down, and the dumps of xxd, hexdump -C, od and Wireshark, with their offsets
// and the column of characters beside them.
//
// Law: nothing is guessed. A digit too many, an offset that does not fit or a character that is no hex is told with its line and column.

/** Widest row of a dump: what stands behind that many octets is its column of characters. */
const MOST_IN_A_ROW = 16;

/** @throws Error naming the line and the column, what was found there and what is wanted */
export function readHexDump(text: string): Uint8Array {
  const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  const [first = ''] = lines;
  if (isOfWords(first)) fail(0, 0, first.slice(0, 20), 'octets are wanted, as hexdump -C or od -A x -t x1 write them: words swap them');
  return Uint8Array.from(isDump(lines) ? readDump(lines) : readPlain(lines));
}

function fail(line: number, column: number, found: string, wanted: string): never {
  throw new Error(`line ${line + 1}, column ${column + 1}: ${wanted}, found ${JSON.stringify(found)}`);
}

function isHex(text: string): boolean {
  return /^[0-9a-f]+$/i.test(text);
}

// ---- plain hex --------------------------------------------------------------------------------------------------------------------

/** What may stand between octets: white space, and how lists and C strings write them. */
const BETWEEN = new Set([' ', '\t', ',', ':', ';', '-', '_', '"', "'", '[', ']', '{', '}', '(', ')', '<', '>', '\\']);

function readPlain(lines: readonly string[]): number[] {
  const octets: number[] = [];
  for (const [i, line] of lines.entries()) {
    const comment = line.indexOf('#');
    readPlainLine(comment === -1 ? line : line.slice(0, comment), i, octets);
  }
  return octets;
}

function readPlainLine(line: string, number: number, octets: number[]): void {
  for (let at = 0; at < line.length; ) {
    if (BETWEEN.has(line.charAt(at))) {
      at++;
      continue;
    }
    if (line.startsWith('Buffer ', at)) { // as Node shows one
      at += 'Buffer '.length;
      continue;
    }
    let end = at;
    while (end < line.length && !BETWEEN.has(line.charAt(end))) end++;
    readWord(line.slice(at, end), number, at, octets);
    at = end;
  }
}

/** A run of digits without anything between, perhaps behind `0x` or, in a C string, `x`. */
function readWord(word: string, line: number, column: number, octets: number[]): void {
  const prefix = /^0?x/i.exec(word)?.[0].length ?? 0;
  const digits = word.slice(prefix);
  for (let at = 0; at < digits.length; at++) {
    if (!isHex(digits.charAt(at))) fail(line, column + prefix + at, digits.charAt(at), 'a hex digit is wanted');
  }
  if (digits.length % 2 === 1 && !(digits.length === 1 && prefix > 0)) fail(line, column, word, 'pairs of hex digits are wanted');
  const even = digits.length === 1 ? `0${digits}` : digits;
  if (even === '') fail(line, column, word, 'hex digits are wanted');
  for (let at = 0; at < even.length; at += 2) octets.push(Number.parseInt(even.slice(at, at + 2), 16));
}

// ---- dumps ------------------------------------------------------------------------------------------------------------------------

interface Row {
  readonly offset: string;
  /** What follows the offset, and where it begins. */
  readonly rest: string;
  readonly column: number;
}

/** A line of a dump: an offset of four digits and more, then a colon or white space. */
function rowOf(line: string): Row | null {
  const column = line.length - line.trimStart().length;
  let end = column;
  while (end < line.length && isHex(line.charAt(end))) end++;
  const offset = line.slice(column, end);
  const behind = line.charAt(end);
  if (offset.length < 4 || (behind !== ':' && behind !== ' ' && behind !== '\t' && behind !== '')) return null;
  const start = behind === ':' ? end + 1 : end;
  return { offset, rest: line.slice(start), column: start };
}

/** By its first line: an offset that is followed by a colon, or one of zeros that is followed by pairs of digits. */
function isDump(lines: readonly string[]): boolean {
  const first = lines.find((line) => line.trim() !== '') ?? '';
  const row = rowOf(first);
  if (row === null || row.rest.trim() === '') return false;
  if (first.charAt(row.column - 1) === ':') return true;
  const [word = ''] = row.rest.trim().split(/\s+/, 1);
  return Number.parseInt(row.offset, 16) === 0 && (row.rest.startsWith('  ') || word.length === 2);
}

/** As hexdump and od write without options: an offset of seven digits, and words. */
function isOfWords(line: string): boolean {
  const row = rowOf(line);
  if (row === null || row.offset.length !== 7 || !row.rest.startsWith(' ')) return false;
  const [word = ''] = row.rest.trim().split(/\s+/, 1);
  return word.length === 4 || word.length === 6;
}

function readDump(lines: readonly string[]): number[] {
  const octets: number[] = [];
  let first: Row | null = null;
  let radix: number | null = null;
  let last: readonly number[] = [];
  let repeats = false;
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue;
    if (line.trim() === '*') { // rows like the last, up to the next offset
      repeats = last.length > 0;
      continue;
    }
    const row = rowOf(line);
    if (row === null) return fail(i, 0, line.slice(0, 20), 'an offset and octets are wanted, as in the lines before');
    first ??= row;
    if (row !== first) radix ??= radixOf(row.offset, octets.length, repeats);
    if (radix === null && repeats) fail(i, 0, row.offset, 'an offset in hex is wanted, of od with -A x: this may be octal or decimal');
    const offset = Number.parseInt(row.offset, radix ?? 16) - Number.parseInt(first.offset, radix ?? 16);
    while (repeats && octets.length < offset) octets.push(...last);
    repeats = false;
    if (offset !== octets.length) fail(i, 0, row.offset, `the offset of octet ${octets.length} is wanted`);
    last = readRow(row, i);
    octets.push(...last);
  }
  return octets;
}

/** The base of offsets, by one behind `count` octets: od writes seven digits unless they are hex. null when it cannot be known. */
function radixOf(offset: string, count: number, repeats: boolean): number | null {
  if (offset.length !== 7) return 16;
  return repeats ? null : [8, 10].find((radix) => Number.parseInt(offset, radix) === count) ?? 8;
}

/** The octets of a row: pairs of digits, up to a wide gap or the column of characters. */
function readRow({ rest, column }: Row, line: number): number[] {
  const octets: number[] = [];
  const groups = column > 0 && rest.startsWith(' ') ? rest : ` ${rest}`;
  let at = 0;
  while (at < groups.length && octets.length < MOST_IN_A_ROW) {
    let start = at;
    while (groups.charAt(start) === ' ' || groups.charAt(start) === '\t') start++;
    if (isColumnOfCharacters(groups, at, start, octets.length)) break;
    let end = start;
    while (end < groups.length && groups.charAt(end) !== ' ' && groups.charAt(end) !== '\t') end++;
    const group = groups.slice(start, end);
    if (group === '') break;
    if (!isHex(group) || group.length % 2 === 1) fail(line, column + start, group, 'pairs of hex digits are wanted');
    for (let digit = 0; digit < group.length; digit += 2) octets.push(Number.parseInt(group.slice(digit, digit + 2), 16));
    at = end;
  }
  return octets;
}

/** Whether what begins at `start`, behind a gap that begins at `gap`, shows the octets as characters. */
function isColumnOfCharacters(groups: string, gap: number, start: number, octets: number): boolean {
  const sign = groups.charAt(start);
  if (sign === '|' || sign === '>') return true;
  if (octets === 0) return false;
  return start - gap > 2 || (start - gap === 2 && octets !== MOST_IN_A_ROW / 2);
}
