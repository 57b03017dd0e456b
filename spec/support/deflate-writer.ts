// DEFLATE written by hand (RFC 1951), right or wrong: every field is what the caller says.

/** By symbol, its code and how many bits that has. */
export type Codes = readonly { readonly code: number; readonly bits: number }[];

/** Canonical codes for code lengths, 0 for none (§3.2.2); of lengths that are no code's, something. */
export function codesOf(lengths: readonly number[]): Codes {
  let code = 0;
  const codes = lengths.map(() => ({ code: 0, bits: 0 }));
  for (let bits = 1; bits <= 15; bits++) {
    code *= 2;
    lengths.forEach((length, symbol) => {
      if (length === bits) codes[symbol] = { code: code++, bits };
    });
  }
  return codes;
}

const LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
export const FIXED_LITERAL_LENGTHS: readonly number[] =
  Array.from({ length: 288 }, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8));
const FIXED_LITERALS: Codes = codesOf(FIXED_LITERAL_LENGTHS);
const FIXED_DISTANCES: Codes = codesOf(new Array<number>(32).fill(5));
/** All nineteen symbols of the code for code lengths, with codes of 4 and 5 bits. */
const PLAIN_LENGTHS: readonly number[] = [4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5];

/** A symbol's base and how many extra bits it has (§3.2.5). */
export function lengthSymbol(length: number): { readonly symbol: number; readonly extra: number; readonly bits: number } {
  if (length === 258) return { symbol: 285, extra: 0, bits: 0 };
  for (let symbol = 257, base = 3; ; symbol++) {
    const bits = symbol < 265 ? 0 : (symbol - 261) >> 2;
    if (length < base + 2 ** bits) return { symbol, extra: length - base, bits };
    base += 2 ** bits;
  }
}

export function distanceSymbol(distance: number): { readonly symbol: number; readonly extra: number; readonly bits: number } {
  for (let symbol = 0, base = 1; ; symbol++) {
    const bits = symbol < 2 ? 0 : (symbol - 2) >> 1;
    if (distance < base + 2 ** bits) return { symbol, extra: distance - base, bits };
    base += 2 ** bits;
  }
}

export class DeflateWriter {
  readonly #bits: number[] = [];
  #literals: Codes = FIXED_LITERALS;
  #distances: Codes = FIXED_DISTANCES;

  /** Bits that are written. */
  get length(): number {
    return this.#bits.length;
  }

  /** What is written, the last byte filled with zeros. */
  bytes(): Uint8Array {
    const bytes = new Uint8Array(Math.ceil(this.#bits.length / 8));
    this.#bits.forEach((bit, i) => { (bytes[i >> 3] as number) |= bit << (i & 7); });
    return bytes;
  }

  /** A number, its lowest bit first. */
  number(value: number, bits: number): this {
    for (let i = 0; i < bits; i++) this.#bits.push((value >>> i) & 1);
    return this;
  }

  /** A code, its highest bit first. */
  code(codes: Codes, symbol: number): this {
    const { code, bits } = codes[symbol] as Codes[number];
    for (let i = bits - 1; i >= 0; i--) this.#bits.push((code >>> i) & 1);
    return this;
  }

  align(bit: 0 | 1 = 0): this {
    while (this.#bits.length % 8 !== 0) this.#bits.push(bit);
    return this;
  }

  octets(bytes: Uint8Array): this {
    for (const octet of bytes) this.number(octet, 8);
    return this;
  }

  header(type: 0 | 1 | 2 | 3, final: boolean = false): this {
    return this.number(final ? 1 : 0, 1).number(type, 2);
  }

  stored(bytes: Uint8Array, final: boolean = false, check: number = ~bytes.length & 0xffff): this {
    return this.header(0, final).align().number(bytes.length, 16).number(check, 16).octets(bytes);
  }

  /** Begins a block with fixed codes. */
  fixed(final: boolean = false): this {
    this.#literals = FIXED_LITERALS;
    this.#distances = FIXED_DISTANCES;
    return this.header(1, final);
  }

  /** Begins a block with dynamic codes. `runs`, if given, says the lengths: pairs of a symbol and its extra bits. */
  dynamic(literals: readonly number[], distances: readonly number[], runs?: readonly (readonly [symbol: number, extra?: number])[]): this {
    this.#literals = codesOf(literals);
    this.#distances = codesOf(distances);
    this.header(2).counts(literals.length, distances.length, 19).lengthCode(PLAIN_LENGTHS);
    return this.runs(PLAIN_LENGTHS, runs ?? [...literals, ...distances].map((length) => [length]));
  }

  counts(literals: number, distances: number, lengths: number): this {
    return this.number(literals - 257, 5).number(distances - 1, 5).number(lengths - 4, 4);
  }

  lengthCode(lengths: readonly number[], count: number = 19): this {
    for (const symbol of LENGTH_ORDER.slice(0, count)) this.number(lengths[symbol] as number, 3);
    return this;
  }

  runs(lengths: readonly number[], runs: readonly (readonly [symbol: number, extra?: number])[]): this {
    const codes = codesOf(lengths);
    for (const [symbol, extra = 0] of runs) this.code(codes, symbol).number(extra, symbol < 16 ? 0 : [2, 3, 7][symbol - 16] as number);
    return this;
  }

  symbol(symbol: number): this {
    return this.code(this.#literals, symbol);
  }

  literals(bytes: Uint8Array): this {
    for (const octet of bytes) this.symbol(octet);
    return this;
  }

  distanceSymbol(symbol: number): this {
    return this.code(this.#distances, symbol);
  }

  match(length: number, distance: number): this {
    const { symbol, extra, bits } = lengthSymbol(length);
    const far = distanceSymbol(distance);
    return this.symbol(symbol).number(extra, bits).distanceSymbol(far.symbol).number(far.extra, far.bits);
  }

  end(): this {
    return this.symbol(256);
  }

  /** The payload of a message that ends with this: the header of an empty stored block, without its octets (RFC 7692 §7.2.1). */
  payload(): Uint8Array {
    return this.header(0).bytes();
  }
}

/** Literal lengths of a code that has all octets and the end of the block, with 8 and 9 bits, and every length with 9. */
export const ALL_LITERALS: readonly number[] = (() => {
  const lengths = new Array<number>(286).fill(9); // 286 codes: 226 of 8 bits would be too many
  const short = 512 - 286; // each code of 8 bits takes the room of two
  for (let symbol = 0; symbol < short; symbol++) lengths[symbol] = 8;
  return lengths;
})();
