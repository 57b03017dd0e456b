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

/** How many codes there are of each length. */
const counts: Uint16Array = new Uint16Array(MOST_BITS + 1);
/** Where the symbols of each length begin among those that are sorted by length. */
const offsets: Uint16Array = new Uint16Array(MOST_BITS + 2);
const sorted: Uint16Array = new Uint16Array(LITERAL_SYMBOLS);

/**
 * Fills `table` for the code whose symbol i has `lengths[from + i]` bits, 0 for none, of `count` symbols.
 *
 * A code that leaves bits without a meaning is none, but for two: of distances there may be none at all (§3.2.7), and one symbol may be
 * all there is, with one bit, outside the code for code lengths.
 *
 * @param most how many bits the first look may have
 * @returns how many bits the first look has, or -1 when these are not the lengths of a code
 */
export function buildTable(lengths: Uint8Array, from: number, count: number, entries: Entries, most: number, table: Int32Array): number {
  counts.fill(0);
  for (let symbol = 0; symbol < count; symbol++) (counts[lengths[from + symbol] as number] as number)++;
  let longest = MOST_BITS;
  while (longest > 0 && counts[longest] === 0) longest--;
  if (longest === 0 && entries === DISTANCES) {
    table[0] = table[1] = INVALID | 1;
    return 1;
  }
  let left = 1;
  for (let bits = 1; bits <= MOST_BITS; bits++) {
    left = 2 * left - (counts[bits] as number);
    if (left < 0) return -1;
  }
  const isAlone = longest === 1 && entries !== LENGTHS;
  if (left > 0 && !isAlone) return -1;

  offsets[1] = 0;
  for (let bits = 1; bits <= longest; bits++) offsets[bits + 1] = (offsets[bits] as number) + (counts[bits] as number);
  for (let symbol = 0; symbol < count; symbol++) {
    const bits = lengths[from + symbol] as number;
    if (bits > 0) sorted[(offsets[bits] as number)++] = symbol;
  }
  if (left > 0) {
    table[0] = (entries[sorted[0] as number] as number) | 1;
    table[1] = INVALID | 1;
    return 1;
  }
  const first = Math.min(longest, most);
  fill(entries, first, longest, table);
  return first;
}

/**
 * Codes in the order of their lengths, and each read from its last bit to its first, because that is how it is looked up. While they are short,
 * the table is doubled for each further bit, so that every entry is written once.
 */
function fill(entries: Entries, first: number, longest: number, table: Int32Array): void {
  let next = 0;
  let code = 0;
  let size = 1;
  for (let bits = 1; bits <= first; bits++) {
    table.copyWithin(size, 0, size);
    size *= 2;
    for (let left = counts[bits] as number; left > 0; left--) {
      table[code] = (entries[sorted[next++] as number] as number) | bits;
      code = following(code, size - 1);
    }
  }
  const mask = size - 1;
  let prefix = -1;
  let start = 0;
  let end = size;
  for (let bits = first + 1; bits <= longest; bits++) {
    for (let left = counts[bits] as number; left > 0; left--) {
      if ((code & mask) !== prefix) {
        prefix = code & mask;
        start = end;
        let further = bits - first;
        for (let used = left; used < 1 << further;) used = 2 * used + (counts[first + ++further] as number);
        end = start + (1 << further);
        table[prefix] = (start << 16) | FURTHER | (further << 4) | first;
      }
      const entry = (entries[sorted[next++] as number] as number) | bits;
      for (let at = start + (code >>> first); at < end; at += 1 << (bits - first)) table[at] = entry;
      code = following(code, (1 << bits) - 1);
    }
  }
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
  return { table, bits: buildTable(lengths, 0, lengths.length, entries, LITERAL_BITS, table) };
}
