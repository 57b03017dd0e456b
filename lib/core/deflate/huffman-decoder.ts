// Prefix codes as tables (RFC 1951 §3.2.1, §3.2.2): one look at the next bits says a symbol, two for the longest codes. It decides which
// sets of code lengths are codes; it knows neither the bits that come nor what a symbol is for.

// An entry, from the lowest bit: 4 bits, how long the code is; 4 bits, how many extra bits follow it; 8 bits, its kind; 16 bits, its value.
/** The value is an octet. */
export const LITERAL = 0x100;
/** The value is where a further table begins, of as many bits as would be extra ones; the code goes on behind its length. */
export const FURTHER = 0x200;
/** End of block. */
export const END = 0x400;
/** Nothing has this code. */
export const INVALID = 0x800;

/** Bits of the first look at most: nine for literals and lengths, so that a fixed code is one look. */
export const LITERAL_BITS = 9;
export const DISTANCE_BITS = 8;
export const LENGTH_BITS = 7;
/** Entries that a code of 286 literals and lengths, or of 30 distances, may need with 15 bits at most: tables never grow. */
export const LITERAL_ENTRIES = 852;
export const DISTANCE_ENTRIES = 402;

const MOST_BITS = 15;
const LITERAL_SYMBOLS = 288;
const DISTANCE_SYMBOLS = 32;
const LENGTH_SYMBOLS = 19;

/** By symbol, its entry without the length of its code. */
export type Entries = Int32Array;

/** Literals and lengths (§3.2.5); 286 and 287 take part in the fixed code and never occur. */
export const LITERALS: Entries = makeLiterals();
export const DISTANCES: Entries = makeDistances();
/** The code for code lengths (§3.2.7): its symbols from 16 on repeat, and say in extra bits how often. */
export const LENGTHS: Entries = makeLengths();

function makeLiterals(): Entries {
  const entries = new Int32Array(LITERAL_SYMBOLS).fill(INVALID);
  for (let octet = 0; octet < 256; octet++) entries[octet] = (octet << 16) | LITERAL;
  entries[256] = END;
  for (let symbol = 257, length = 3; symbol < 285; symbol++) {
    const extraBits = symbol < 265 ? 0 : (symbol - 261) >> 2;
    entries[symbol] = (length << 16) | (extraBits << 4);
    length += 1 << extraBits;
  }
  entries[285] = 258 << 16;
  return entries;
}

function makeDistances(): Entries {
  const entries = new Int32Array(DISTANCE_SYMBOLS).fill(INVALID);
  for (let symbol = 0, distance = 1; symbol < 30; symbol++) {
    const extraBits = symbol < 2 ? 0 : (symbol - 2) >> 1;
    entries[symbol] = (distance << 16) | (extraBits << 4);
    distance += 1 << extraBits;
  }
  return entries;
}

function makeLengths(): Entries {
  const entries = Int32Array.from({ length: LENGTH_SYMBOLS }, (_, symbol) => symbol << 16);
  entries[16] = (16 << 16) | (2 << 4);
  entries[17] = (17 << 16) | (3 << 4);
  entries[18] = (18 << 16) | (7 << 4);
  return entries;
}

/** How many codes there are of each length, and the next that is given to a symbol: as it is looked up, from its last bit to its first. */
const counts: Int32Array = new Int32Array(MOST_BITS + 1);
const next: Int32Array = new Int32Array(MOST_BITS + 1);

/**
 * Fills `table` for a code of which symbol i has `lengths[base + i]` bits, and the symbols that have any stand, as base + i and in
 * order, in `used[from, to)`: a small message uses few of 316.
 *
 * A code that leaves bits without a meaning is none, but for two: of distances there may be none at all (§3.2.7), and one symbol may be
 * all there is, with one bit, outside the code for code lengths.
 *
 * @param most how many bits the first look may have
 * @returns how many bits the first look has, or -1 when these are not the lengths of a code
 */
export function buildTable(
  used: Uint16Array, from: number, to: number, lengths: Uint8Array, base: number, entries: Entries, most: number, table: Int32Array,
): number {
  if (from === to && entries === DISTANCES) {
    table[0] = table[1] = INVALID | 1;
    return 1;
  }
  for (let bits = 1; bits <= MOST_BITS; bits++) counts[bits] = 0; // which a call does not do faster
  for (let i = from; i < to; i++) (counts[lengths[used[i] as number] as number] as number)++;
  let left = 1;
  let longest = 0;
  let code = 0;
  for (let bits = 1; bits <= MOST_BITS; bits++) {
    const count = counts[bits] as number;
    left = 2 * left - count;
    if (left < 0) return -1;
    code *= 2;
    if (count === 0) continue;
    longest = bits;
    next[bits] = reversed(code, bits);
    code += count;
  }
  if (left > 0) {
    if (longest !== 1 || entries === LENGTHS) return -1;
    table[0] = (entries[(used[from] as number) - base] as number) | 1;
    table[1] = INVALID | 1;
    return 1;
  }
  const first = longest < most ? longest : most;
  const size = 1 << first;
  for (let i = from; i < to; i++) {
    const symbol = used[i] as number;
    const bits = lengths[symbol] as number;
    if (bits > first) continue;
    const entry = (entries[symbol - base] as number) | bits;
    const step = 1 << bits;
    const code = next[bits] as number;
    for (let at = code; at < size; at += step) table[at] = entry;
    next[bits] = following(code, step - 1);
  }
  if (longest > first) fillFurther(used, from, lengths, base, entries, first, longest, table);
  return first;
}

/** Codes that are longer than the first look, in their order: those with the same first bits come together. */
function fillFurther(
  used: Uint16Array, from: number, lengths: Uint8Array, base: number, entries: Entries,
  first: number, longest: number, table: Int32Array,
): void {
  const mask = (1 << first) - 1;
  let prefix = -1;
  let start = 0;
  let end = mask + 1;
  for (let bits = first + 1; bits <= longest; bits++) {
    let left = counts[bits] as number;
    let code = next[bits] as number;
    for (let i = from; left > 0; i++) {
      const symbol = used[i] as number;
      if (lengths[symbol] !== bits) continue;
      if ((code & mask) !== prefix) {
        prefix = code & mask;
        start = end;
        let further = bits - first;
        for (let full = left; full < 1 << further;) full = 2 * full + (counts[first + ++further] as number);
        end = start + (1 << further);
        table[prefix] = (start << 16) | FURTHER | (further << 4) | first;
      }
      const entry = (entries[symbol - base] as number) | bits;
      for (let at = start + (code >>> first); at < end; at += 1 << (bits - first)) table[at] = entry;
      code = following(code, (1 << bits) - 1);
      left--;
    }
  }
}

/** The lowest `size` bits of `code`, the last of them first. */
function reversed(code: number, size: number): number {
  let result = 0;
  for (let left = size; left > 0; left--) {
    result = (result << 1) | (code & 1);
    code >>>= 1;
  }
  return result;
}

/** The code after `code`, which is read backwards and has as many bits as `ones`; 0 after the last. */
function following(code: number, ones: number): number {
  const rest = code ^ ones;
  if (rest === 0) return 0;
  const bit = 1 << (31 - Math.clz32(rest));
  return (code & (bit - 1)) | bit;
}

/** A table, and how many bits its first look has. */
export interface Table {
  readonly table: Int32Array;
  readonly bits: number;
}

let fixedLiterals: Table | null = null;
let fixedDistances: Table | null = null;

/** The fixed codes (§3.2.6): made once, when they are first asked for. */
export function fixedLiteralTable(): Table {
  return fixedLiterals ??= makeFixed(
    Uint8Array.from({ length: LITERAL_SYMBOLS }, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8)), LITERALS,
  );
}

export function fixedDistanceTable(): Table {
  return fixedDistances ??= makeFixed(new Uint8Array(DISTANCE_SYMBOLS).fill(5), DISTANCES);
}

function makeFixed(lengths: Uint8Array, entries: Entries): Table {
  const table = new Int32Array(1 << LITERAL_BITS);
  const used = Uint16Array.from(lengths, (_, symbol) => symbol);
  return { table, bits: buildTable(used, 0, used.length, lengths, 0, entries, LITERAL_BITS, table) };
}
