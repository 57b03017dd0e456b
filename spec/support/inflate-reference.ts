// DEFLATE read slowly and strictly, by RFC 1951 alone: what a compressor wrote, block by block. zlib lets a distance beyond its window
// pass as long as it still has the bytes, so it cannot be the judge of that.

/** What stands in some blocks. */
export interface Blocks {
  readonly bytes: Uint8Array;
  /** BTYPE of each block: 0 stored, 1 fixed, 2 dynamic. */
  readonly types: readonly number[];
  /** BFINAL of each block. */
  readonly finals: readonly number[];
  /** The largest distance, 0 for none. */
  readonly farthest: number;
}

type Code = ReadonlyMap<string, number>;

const LENGTH_ORDER: readonly number[] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** The blocks of `compressed`, to its last octet, which a stored block ends; matches may reach into `history`. Throws at what is wrong. */
export function readBlocks(compressed: Uint8Array, history: Uint8Array = new Uint8Array(0)): Blocks {
  const output = [...history];
  const types: number[] = [];
  const finals: number[] = [];
  let farthest = 0;
  let at = 0; // in bits

  const bits = (count: number): number => {
    if (at + count > 8 * compressed.length) throw new Error(`the data ends within ${count} bits`);
    let value = 0;
    for (let i = 0; i < count; i++, at++) value |= (((compressed[at >> 3] as number) >> (at & 7)) & 1) << i;
    return value;
  };
  const symbol = (code: Code): number => {
    for (let word = ''; word.length < 16;) {
      word += bits(1);
      const found = code.get(word);
      if (found !== undefined) return found;
    }
    throw new Error('a code that stands for nothing');
  };

  const readStored = (): void => {
    at = (at + 7) & ~7;
    const length = bits(16);
    if (bits(16) !== (length ^ 0xffff)) throw new Error('NLEN is not the complement of LEN');
    for (let i = 0; i < length; i++) output.push(bits(8));
  };
  const readCodes = (): [Code, Code] => {
    const literalCount = bits(5) + 257;
    const distanceCount = bits(5) + 1;
    const lengthLengths = new Array<number>(19).fill(0);
    for (let i = bits(4) + 4, n = 0; n < i; n++) lengthLengths[LENGTH_ORDER[n] as number] = bits(3);
    const lengthCode = codeOf(lengthLengths);
    const lengths: number[] = [];
    while (lengths.length < literalCount + distanceCount) {
      const said = symbol(lengthCode);
      if (said < 16) lengths.push(said);
      else if (said === 16) lengths.push(...new Array<number>(3 + bits(2)).fill(lengths.at(-1) as number));
      else lengths.push(...new Array<number>(said === 17 ? 3 + bits(3) : 11 + bits(7)).fill(0));
    }
    if (lengths.length !== literalCount + distanceCount) throw new Error('a run beyond the last length');
    return [codeOf(lengths.slice(0, literalCount)), codeOf(lengths.slice(literalCount))];
  };
  const readCoded = ([literals, distances]: readonly [Code, Code]): void => {
    for (let said = symbol(literals); said !== 256; said = symbol(literals)) {
      if (said < 256) {
        output.push(said);
        continue;
      }
      const extra = said < 265 || said === 285 ? 0 : (said - 261) >> 2;
      const length = said === 285 ? 258 : said < 265 ? said - 254 : 3 + ((4 + ((said - 265) & 3)) << extra) + bits(extra);
      const far = symbol(distances);
      const distance = far < 4 ? far + 1 : 1 + ((2 + (far & 1)) << ((far >> 1) - 1)) + bits((far >> 1) - 1);
      if (distance > output.length) throw new Error(`distance ${distance}, but only ${output.length} octets before it`);
      farthest = Math.max(farthest, distance);
      for (let i = 0; i < length; i++) output.push(output[output.length - distance] as number);
    }
  };

  while (at < 8 * compressed.length) {
    finals.push(bits(1));
    const type = bits(2);
    types.push(type);
    if (type === 0) readStored();
    else if (type === 1) readCoded(FIXED);
    else if (type === 2) readCoded(readCodes());
    else throw new Error('block type 3');
  }
  return { bytes: Uint8Array.from(output.slice(history.length)), types, finals, farthest };
}

/** The canonical code (§3.2.2), which is to be complete, but for one symbol alone, or none. */
function codeOf(lengths: readonly number[]): Code {
  const code = new Map<string, number>();
  let next = 0;
  for (let bits = 1; bits <= 15; bits++) {
    next *= 2;
    for (const [symbol, length] of lengths.entries()) {
      if (length === bits) code.set((next++).toString(2).padStart(bits, '0'), symbol);
    }
    if (next > 1 << bits) throw new Error('too many codes');
  }
  if (code.size > 1 && next !== 1 << 15) throw new Error('an incomplete code');
  return code;
}

const FIXED: readonly [Code, Code] = [
  codeOf(Array.from({ length: 288 }, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8))),
  codeOf(new Array<number>(32).fill(5)),
];
