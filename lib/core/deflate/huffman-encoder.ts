// Huffman codes for given frequencies (RFC 1951 §3.2.2): lengths that cost least, none longer than a limit, and the canonical codes for
// lengths, with their bits in the order in which they are sent. It knows numbers of symbols, not what they mean. Nothing is allocated:
// one code is made at a time, in tables that all share.

/** More symbols than any alphabet of DEFLATE has. */
const MOST_SYMBOLS = 288;
const MOST_BITS = 15;
/** Frequencies below it are sorted by counting; the few above by insertion. */
const COUNTED = 64;

/** The used symbols, most rarely used first, as frequency << 9 | symbol. */
const sorted: Int32Array = new Int32Array(MOST_SYMBOLS);
/** Weights, then parents, then depths of the tree. */
const tree: Int32Array = new Int32Array(MOST_SYMBOLS);
const starts: Int32Array = new Int32Array(COUNTED + 1);
/** By length, how many codes have it. */
const lengthCounts: Int32Array = new Int32Array(MOST_SYMBOLS);
const nextCodes: Int32Array = new Int32Array(MOST_BITS + 1);

/** An octet with its bits in the opposite order. */
const REVERSED: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) => {
  let reversed = 0;
  for (let bit = 0; bit < 8; bit++) reversed |= ((octet >> bit) & 1) << (7 - bit);
  return reversed;
});

/**
 * Writes into `lengths` how many bits each of the symbols 0 to `count` - 1 has in a code that costs least for `frequencies`, which are
 * below 2^22; 0 for a symbol that is not used. No code is longer than `limit` bits, at most 15. A symbol that is alone gets one bit.
 */
export function codeLengths(frequencies: Int32Array, count: number, limit: number, lengths: Uint8Array): void {
  lengths.fill(0, 0, count);
  const used = sortSymbols(frequencies, count);
  if (used === 0) return;
  if (used === 1) {
    lengths[(sorted[0] as number) & 511] = 1;
    return;
  }
  countLengths(used);
  limitLengths(used, limit);
  let at = used;
  for (let bits = 1; bits <= limit; bits++) {
    for (let n = lengthCounts[bits] as number; n > 0; n--) lengths[(sorted[--at] as number) & 511] = bits;
  }
}

/** Writes into `codes` the canonical code of each symbol that has a length, reversed, as length << 16 | code. */
export function canonicalCodes(lengths: Uint8Array, count: number, codes: Int32Array): void {
  lengthCounts.fill(0, 0, MOST_BITS + 1);
  for (let symbol = 0; symbol < count; symbol++) (lengthCounts[lengths[symbol] as number] as number)++;
  let code = 0;
  lengthCounts[0] = 0;
  for (let bits = 1; bits <= MOST_BITS; bits++) {
    code = (code + (lengthCounts[bits - 1] as number)) << 1;
    nextCodes[bits] = code;
  }
  for (let symbol = 0; symbol < count; symbol++) {
    const length = lengths[symbol] as number;
    if (length === 0) continue;
    const next = (nextCodes[length] as number)++;
    const reversed = ((REVERSED[next & 255] as number) << 8) | (REVERSED[next >> 8] as number);
    codes[symbol] = (length << 16) | (reversed >> (16 - length));
  }
}

/** Fills `sorted`; returns how many symbols are used. */
function sortSymbols(frequencies: Int32Array, count: number): number {
  starts.fill(0);
  let used = 0;
  for (let symbol = 0; symbol < count; symbol++) {
    const frequency = frequencies[symbol] as number;
    if (frequency === 0) continue;
    used++;
    if (frequency < COUNTED) (starts[frequency + 1] as number)++;
  }
  for (let i = 1; i <= COUNTED; i++) (starts[i] as number) += starts[i - 1] as number;
  const few = starts[COUNTED] as number;
  let end = few;
  for (let symbol = 0; symbol < count; symbol++) {
    const frequency = frequencies[symbol] as number;
    if (frequency === 0) continue;
    const key = (frequency << 9) | symbol;
    if (frequency < COUNTED) {
      sorted[(starts[frequency] as number)++] = key;
      continue;
    }
    let at = end++;
    for (; at > few && (sorted[at - 1] as number) > key; at--) sorted[at] = sorted[at - 1] as number;
    sorted[at] = key;
  }
  return used;
}

/**
 * Counts in `lengthCounts` how deep the leaves of the Huffman tree lie, after Moffat and Katajainen: the tree is built in place of the
 * weights, an inner node's weight giving way to its parent, and its parent to its depth.
 */
function countLengths(used: number): void {
  for (let i = 0; i < used; i++) tree[i] = (sorted[i] as number) >>> 9;
  let leaf = 0;
  let root = 0;
  for (let next = 0; next < used - 1; next++) {
    let weight = 0;
    for (let child = 0; child < 2; child++) {
      if (leaf >= used || (root < next && (tree[root] as number) < (tree[leaf] as number))) {
        weight += tree[root] as number;
        tree[root++] = next;
      } else {
        weight += tree[leaf++] as number;
      }
    }
    tree[next] = weight;
  }
  lengthCounts.fill(0);
  tree[used - 2] = 0;
  for (let next = used - 3; next >= 0; next--) tree[next] = (tree[tree[next] as number] as number) + 1;
  let available = 1;
  let inner = used - 2;
  for (let depth = 0; available > 0; depth++) {
    let nodes = 0;
    while (inner >= 0 && tree[inner] === depth) {
      nodes++;
      inner--;
    }
    lengthCounts[depth] = available - nodes;
    available = 2 * nodes;
  }
}

/** Brings the codes that are longer than `limit` down to it, and makes room for them by lengthening as short ones as must be. */
function limitLengths(used: number, limit: number): void {
  for (let bits = limit + 1; bits < used; bits++) (lengthCounts[limit] as number) += lengthCounts[bits] as number;
  let room = 1 << limit;
  for (let bits = 1; bits <= limit; bits++) room -= (lengthCounts[bits] as number) << (limit - bits);
  for (; room < 0; room++) {
    let bits = limit - 1;
    while (lengthCounts[bits] === 0) bits--;
    (lengthCounts[bits] as number)--;
    (lengthCounts[bits + 1] as number) += 2;
    (lengthCounts[limit] as number)--;
  }
}
