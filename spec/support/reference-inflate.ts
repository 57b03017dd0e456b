// RFC 1951 and RFC 7692 §7.2.2 read naively: bit by bit, one message at a time, everything in memory. What it says is what the inflater
// has to say at any chunking: the same bytes, the same refusal at the same byte, and the same count of payload that was needed.

const LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** What a message comes to. */
export interface Inflated {
  readonly output: Uint8Array;
  /** The name of the violation, and the index in the payload of the byte that proves it; null for a good message. */
  readonly refusal: readonly [name: string, at: number] | null;
  /** At each multiple of `mark` bytes of output, and at its end: how much payload was needed for it. */
  readonly needed: ReadonlyMap<number, number>;
}

export interface ReferenceOptions {
  /** What the message may refer to, oldest byte first. */
  readonly history?: Uint8Array;
  readonly maxDistance?: number;
  readonly room?: number;
  readonly mark?: number;
}

class Refusal {
  readonly name: string;
  readonly bit: number;
  constructor(name: string, bit: number) {
    this.name = name;
    this.bit = bit;
  }
}

class Bits {
  at = 0;
  readonly #bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }
  get left(): number {
    return 8 * this.#bytes.length - this.at;
  }
  take(count: number): number {
    if (count > this.left) throw new Refusal('DEFLATE_TRUNCATED', 8 * this.#bytes.length + 1);
    let value = 0;
    for (let i = 0; i < count; i++, this.at++) value += (((this.#bytes[this.at >> 3] as number) >> (this.at & 7)) & 1) * 2 ** i;
    return value;
  }
  align(): void {
    this.at = Math.ceil(this.at / 8) * 8;
  }
}

/** Codes by their bits, written out. */
type Code = ReadonlyMap<string, number>;

function makeCode(lengths: readonly number[], mayBeAlone: boolean, corrupt: () => Refusal): Code {
  const code = new Map<string, number>();
  let next = 0;
  let used = 0;
  for (let bits = 1; bits <= 15; bits++) {
    next *= 2;
    lengths.forEach((length, symbol) => {
      if (length !== bits) return;
      code.set(next.toString(2).padStart(bits, '0'), symbol);
      used += 2 ** -bits;
      next++;
    });
  }
  const isAlone = code.size === 1 && code.has('0');
  if (used > 1 || (used < 1 && !(mayBeAlone && isAlone))) throw corrupt();
  return code;
}

function decode(bits: Bits, code: Code, corrupt: () => Refusal): number {
  let read = '';
  for (;;) {
    read += bits.take(1);
    const symbol = code.get(read);
    if (symbol !== undefined) return symbol;
    if (code.size <= 1) throw corrupt(); // of no code, or of the only one, one bit says that it is not it
  }
}

const FIXED_LITERALS = Array.from({ length: 288 }, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8));
const FIXED_DISTANCES = new Array<number>(32).fill(5);

export function referenceInflate(payload: Uint8Array, options: ReferenceOptions = {}): Inflated {
  const { history = new Uint8Array(0), maxDistance = 32768, room = Infinity, mark = 32768 } = options;
  const bits = new Bits(payload);
  const past = Array.from(history);
  const output: number[] = [];
  const needed = new Map<number, number>([[0, 0]]);
  let consumed = 0;
  let sawFinal = false;
  const corrupt = (): Refusal => new Refusal(sawFinal ? 'DEFLATE_TRAILING_DATA' : 'DEFLATE_CORRUPT', bits.at);
  const write = (octet: number): void => {
    if (output.length === room) throw new Refusal('MESSAGE_TOO_BIG', bits.at);
    output.push(octet);
    consumed = Math.ceil(bits.at / 8);
    if (output.length % mark === 0) needed.set(output.length, consumed);
  };

  const codes = (literals: Code, distances: Code): void => {
    for (;;) {
      const symbol = decode(bits, literals, corrupt);
      if (symbol === 256) return;
      if (symbol < 256) {
        write(symbol);
        continue;
      }
      if (symbol > 285) throw corrupt();
      const lengthBits = symbol < 265 || symbol === 285 ? 0 : (symbol - 261) >> 2;
      let length = symbol === 285 ? 258 : 3;
      for (let s = 257; s < symbol && symbol !== 285; s++) length += 2 ** (s < 265 ? 0 : (s - 261) >> 2);
      length += bits.take(lengthBits);
      const far = distances.size === 0 ? (bits.take(1), 30) : decode(bits, distances, corrupt);
      if (far > 29) throw corrupt();
      let distance = 1;
      for (let s = 0; s < far; s++) distance += 2 ** (s < 2 ? 0 : (s - 2) >> 1);
      distance += bits.take(far < 2 ? 0 : (far - 2) >> 1);
      if (distance > maxDistance || distance > past.length + output.length) throw new Refusal('DEFLATE_DISTANCE_TOO_FAR', bits.at);
      for (let i = 0; i < length; i++) {
        const at = output.length - distance;
        write((at >= 0 ? output[at] : past[past.length + at]) as number);
      }
    }
  };

  const dynamic = (): void => {
    const literalCount = bits.take(5) + 257;
    const distanceCount = bits.take(5) + 1;
    const lengthCount = bits.take(4) + 4;
    if (literalCount > 286 || distanceCount > 30) throw corrupt();
    const lengthLengths = new Array<number>(19).fill(0);
    for (let i = 0; i < lengthCount; i++) lengthLengths[LENGTH_ORDER[i] as number] = bits.take(3);
    const lengthCode = makeCode(lengthLengths, false, corrupt);
    const lengths: number[] = [];
    while (lengths.length < literalCount + distanceCount) {
      const symbol = decode(bits, lengthCode, corrupt);
      const times = symbol < 16 ? 1 : symbol === 16 ? 3 + bits.take(2) : symbol === 17 ? 3 + bits.take(3) : 11 + bits.take(7);
      const value = symbol < 16 ? symbol : symbol === 16 ? lengths.at(-1) : 0;
      if (value === undefined) throw corrupt();
      for (let i = 0; i < times; i++) lengths.push(value);
      if (lengths.length > literalCount + distanceCount) throw corrupt();
    }
    const literals = lengths.slice(0, literalCount);
    const distances = lengths.slice(literalCount);
    if (literals[256] === 0) throw corrupt();
    const none = distances.every((length) => length === 0);
    codes(makeCode(literals, true, corrupt), none ? new Map() : makeCode(distances, true, corrupt));
  };

  let refusal: Refusal | null = null;
  try {
    while (bits.left >= 3) {
      const final = bits.take(1) === 1;
      const type = bits.take(2);
      if (type === 3) throw corrupt();
      if (type === 0) {
        bits.align();
        if (bits.left === 0) break;
        const length = bits.take(16);
        if (bits.take(16) !== (~length & 0xffff)) throw corrupt();
        for (let i = 0; i < length; i++) write(bits.take(8));
      } else if (type === 1) {
        codes(makeCode(FIXED_LITERALS, false, corrupt), makeCode(FIXED_DISTANCES, false, corrupt));
      } else {
        dynamic();
      }
      if (final) {
        bits.align();
        sawFinal = true;
      }
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    refusal = error;
  }
  needed.set(output.length, consumed);
  return {
    output: Uint8Array.from(output),
    refusal: refusal === null ? null : [refusal.name, Math.ceil(refusal.bit / 8) - 1],
    needed,
  };
}
