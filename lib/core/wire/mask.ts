// Masking (§5.3): octet i of a payload XOR octet i mod 4 of the masking key; the same operation masks and unmasks. In place, always:
// what a caller must keep is copied before it is masked.
//
// A key is one 32-bit integer whose least significant byte is octet 0 of the key, so that octet i is `key >>> 8 * (i & 3)`.
// Measured in place on Node 20 and 24, ns for 32 / 125 / 512 / 16,384 bytes: byte loop 30 / 110 / 340 / 11,000,
// 32-bit words 50 / 70 / 150 / 3,500, 64-bit words 85 / 95 / 130 / 1,600. Hence three loops, each where it wins.

/** Below this many bytes making a view of words costs more than it saves. */
const WORDS_FROM = 80;
/** From this many bytes on 64-bit words win, at the price of not knowing whether the result is ASCII. */
const LONG_WORDS_FROM = 320;

/** What {@link mask} returns when it did not look: some byte may be 0x80 or above. */
const UNKNOWN = 0x80;

/** Reads the masking key at `at` (§5.2). */
export function readMaskingKey(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24);
}

/** The key as seen from octet `phase` of the payload: for a payload that arrives or leaves in pieces. */
export function rotateKey(key: number, phase: number): number {
  const shift = (phase & 3) << 3;
  return shift === 0 ? key : (key >>> shift) | (key << (32 - shift));
}

/**
 * Masks or unmasks `bytes[start, end)` in place; octet 0 of `key` applies to `bytes[start]`.
 *
 * @returns a number whose bit 0x80 is clear only if every resulting byte is below 0x80: unmasked text is then known to be ASCII
 */
export function mask(bytes: Uint8Array, start: number, end: number, key: number): number {
  const length = end - start;
  if (length < WORDS_FROM) return maskBytes(bytes, start, end, key);
  const wordSize = length < LONG_WORDS_FROM ? 4 : 8;
  const aligned = start + (-(bytes.byteOffset + start) & (wordSize - 1));
  const words = Math.floor((end - aligned) / wordSize);
  const rest = aligned + words * wordSize;
  const wordKey = rotateKey(key, aligned - start); // words are whole keys, so the rest goes on with the same rotation
  const seen = maskBytes(bytes, start, aligned, key) | maskBytes(bytes, rest, end, wordKey);
  if (wordSize === 4) return seen | maskWords(new Int32Array(bytes.buffer, bytes.byteOffset + aligned, words), wordKey);
  const half = BigInt(wordKey >>> 0);
  maskLongWords(new BigUint64Array(bytes.buffer, bytes.byteOffset + aligned, words), (half << 32n) | half);
  return UNKNOWN;
}

function maskBytes(bytes: Uint8Array, start: number, end: number, key: number): number {
  const k0 = key & 0xff, k1 = (key >>> 8) & 0xff, k2 = (key >>> 16) & 0xff, k3 = key >>> 24;
  let seen = 0;
  let i = start;
  for (const last = end - 3; i < last; i += 4) {
    const a = (bytes[i] as number) ^ k0;
    const b = (bytes[i + 1] as number) ^ k1;
    const c = (bytes[i + 2] as number) ^ k2;
    const d = (bytes[i + 3] as number) ^ k3;
    bytes[i] = a;
    bytes[i + 1] = b;
    bytes[i + 2] = c;
    bytes[i + 3] = d;
    seen |= a | b | c | d;
  }
  for (let rest = key; i < end; i++, rest >>>= 8) {
    const a = (bytes[i] as number) ^ (rest & 0xff);
    bytes[i] = a;
    seen |= a;
  }
  return seen;
}

// XOR of whole words is the same on either byte order only if the key is read in the host's order too. Every host of this package is
// little-endian, as is the key's integer form; a spec holds the three loops to one another.
function maskWords(words: Int32Array, key: number): number {
  let seen = 0;
  for (let i = 0; i < words.length; i++) {
    const word = (words[i] as number) ^ key;
    words[i] = word;
    seen |= word;
  }
  return (seen & 0x80808080) === 0 ? 0 : UNKNOWN;
}

// Alone in a small function, eight at a time and wrapped in asUintN, so that V8 keeps the words unboxed: twice the speed at 16 KiB.
function maskLongWords(words: BigUint64Array, key: bigint): void {
  let i = 0;
  for (const last = words.length - 7; i < last; i += 8) {
    words[i] = BigInt.asUintN(64, (words[i] as bigint) ^ key);
    words[i + 1] = BigInt.asUintN(64, (words[i + 1] as bigint) ^ key);
    words[i + 2] = BigInt.asUintN(64, (words[i + 2] as bigint) ^ key);
    words[i + 3] = BigInt.asUintN(64, (words[i + 3] as bigint) ^ key);
    words[i + 4] = BigInt.asUintN(64, (words[i + 4] as bigint) ^ key);
    words[i + 5] = BigInt.asUintN(64, (words[i + 5] as bigint) ^ key);
    words[i + 6] = BigInt.asUintN(64, (words[i + 6] as bigint) ^ key);
    words[i + 7] = BigInt.asUintN(64, (words[i + 7] as bigint) ^ key);
  }
  for (; i < words.length; i++) words[i] = BigInt.asUintN(64, (words[i] as bigint) ^ key);
}
