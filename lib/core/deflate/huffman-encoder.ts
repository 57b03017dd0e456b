// Huffman codes for given frequencies (RFC 1951 §3.2.2): lengths that cost least, none longer than a limit, and the canonical codes for
// them, with their bits in the order in which they are sent. An alphabet is where it stands in the tables of scratch.ts; what its symbols
// mean is not known here. Nothing is allocated: one code is made at a time.

import { scratch } from './scratch.ts';

const { frequencies, lengths, codes } = scratch;
/** More symbols than any alphabet has, and more bits than any code. */
const MOST_SYMBOLS = 288;
const MOST_BITS = 15;
/** Frequencies below it are sorted by counting, the few others by insertion. */
const COUNTED = 64;
/** A symbol is the low bits of a key by which symbols are sorted; its frequency is above them. */
const SYMBOL_BITS = 10;
const SYMBOL = (1 << SYMBOL_BITS) - 1;

/** The symbols that are used, in order; and one more, which was looked at last. */
const used: Uint16Array = new Uint16Array(MOST_SYMBOLS + 1);
/** Keys, most rarely used first. */
const sorted: Int32Array = new Int32Array(MOST_SYMBOLS);
/** Weights, then parents, then depths of the tree. */
const tree: Int32Array = new Int32Array(MOST_SYMBOLS);
/** By frequency, where the next symbol with it is sorted to. */
const places: Int32Array = new Int32Array(COUNTED + 1);
/** By length, how many codes have it. */
const lengthCounts: Int32Array = new Int32Array(MOST_SYMBOLS);
const nextCodes: Int32Array = new Int32Array(MOST_BITS + 1);

/** An octet with its bits in the opposite order. */
const REVERSED: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) => {
  let reversed = 0;
  for (let bit = 0; bit < 8; bit++) reversed |= ((octet >> bit) & 1) << (7 - bit);
  return reversed;
});

/** n log2 n, which sums up to the bits that the best code would take. */
const N_LOG_N: Float64Array = Float64Array.from({ length: 256 }, (_, n) => (n === 0 ? 0 : n * Math.log2(n)));

/** The bits that no code for the alphabet from `from` to `to` can do without (Shannon), and `symbolBits` more for each used symbol. */
export function leastBits(from: number, to: number, symbolBits: number): number {
  const count = findUsed(from, to);
  let total = 0;
  let bits = count * symbolBits;
  for (let i = 0; i < count; i++) {
    const frequency = frequencies[used[i] as number] as number;
    total += frequency;
    bits -= nLogN(frequency);
  }
  return bits + nLogN(total);
}

/**
 * Makes the code that costs least for the alphabet from `from` to `to`, whose frequencies are below 2^21, with no symbol longer than `limit`
 * bits, at most 15: its lengths and codes. A symbol that is not used has length 0; one that is alone has 1.
 *
 * @returns the bits that all the symbols take together
 */
export function makeCode(from: number, to: number, limit: number): number {
  const count = findUsed(from, to);
  sortByFrequency(count);
  for (let bits = Math.max(count, limit); bits >= 0; bits--) lengthCounts[bits] = 0;
  if (count > 1) countDepths(count);
  else lengthCounts[1] = count;
  limitLengths(count, limit);
  lengths.fill(0, from, to);
  let at = count;
  let total = 0;
  for (let bits = 1; at > 0; bits++) {
    for (let n = lengthCounts[bits] as number; n > 0; n--) {
      const key = sorted[--at] as number;
      lengths[key & SYMBOL] = bits;
      total += (key >>> SYMBOL_BITS) * bits;
    }
  }
  assignCodes(count);
  return total;
}

/** Makes the codes for lengths that are there already, of the alphabet from `from` to `to`, all of whose symbols have one. */
export function makeFixedCode(from: number, to: number): void {
  lengthCounts.fill(0);
  for (let symbol = from; symbol < to; symbol++) {
    used[symbol - from] = symbol;
    (lengthCounts[lengths[symbol] as number] as number)++;
  }
  assignCodes(to - from);
}

function nLogN(n: number): number {
  return n < N_LOG_N.length ? N_LOG_N[n] as number : n * Math.log2(n);
}

function findUsed(from: number, to: number): number {
  let count = 0;
  for (let symbol = from | 0; symbol < to; symbol = (symbol + 1) | 0) {
    used[count] = symbol;
    count = (count + ((0 - (frequencies[symbol] as number)) >>> 31)) | 0; // 1 if it is used: a branch would often be guessed wrong
  }
  return count;
}

/** Gives the used symbols their canonical codes, of which lengthCounts says how many have which length. */
function assignCodes(count: number): void {
  for (let bits = 1, code = 0; bits <= MOST_BITS; bits++) {
    code = (code + (lengthCounts[bits - 1] as number)) << 1;
    nextCodes[bits] = code;
  }
  for (let i = 0; i < count; i++) {
    const symbol = used[i] as number;
    const length = lengths[symbol] as number;
    const code = nextCodes[length] as number;
    nextCodes[length] = code + 1;
    const reversed = ((REVERSED[code & 255] as number) << 8) | (REVERSED[code >> 8] as number);
    codes[symbol] = (length << 16) | (reversed >> (16 - length));
  }
}

function sortByFrequency(count: number): void {
  places.fill(0);
  for (let i = 0; i < count; i++) {
    const frequency = frequencies[used[i] as number] as number;
    (places[frequency < COUNTED ? frequency + 1 : COUNTED] as number) += frequency < COUNTED ? 1 : 0;
  }
  for (let i = 1; i <= COUNTED; i++) (places[i] as number) += places[i - 1] as number;
  const counted = places[COUNTED] as number;
  let end = counted;
  for (let i = 0; i < count; i++) {
    const symbol = used[i] as number;
    const frequency = frequencies[symbol] as number;
    const key = (frequency << SYMBOL_BITS) | symbol;
    if (frequency < COUNTED) {
      sorted[(places[frequency] as number)++] = key;
      continue;
    }
    let at = end++;
    for (; at > counted && (sorted[at - 1] as number) > key; at--) sorted[at] = sorted[at - 1] as number;
    sorted[at] = key;
  }
}

/**
 * Counts in `lengthCounts` how deep the leaves of the Huffman tree lie, after Moffat and Katajainen: the tree is built in place of the
 * weights, an inner node's weight giving way to its parent, and its parent to its depth.
 */
function countDepths(count: number): void {
  for (let i = 0; i < count; i++) tree[i] = (sorted[i] as number) >>> SYMBOL_BITS;
  let leaf = 0;
  let root = 0;
  for (let next = 0; next < count - 1; next++) {
    let weight = 0;
    for (let child = 0; child < 2; child++) {
      if (leaf >= count || (root < next && (tree[root] as number) < (tree[leaf] as number))) {
        weight += tree[root] as number;
        tree[root++] = next;
      } else {
        weight += tree[leaf++] as number;
      }
    }
    tree[next] = weight;
  }
  tree[count - 2] = 0;
  for (let next = count - 3; next >= 0; next--) tree[next] = (tree[tree[next] as number] as number) + 1;
  let inner = count - 2;
  for (let depth = 0, available = 1; available > 0; depth++) {
    let nodes = 0;
    for (; inner >= 0 && tree[inner] === depth; inner--) nodes++;
    lengthCounts[depth] = available - nodes;
    available = 2 * nodes;
  }
}

/** Brings the codes that are longer than `limit` down to it, and makes room for them by lengthening as short ones as must be. */
function limitLengths(count: number, limit: number): void {
  for (let bits = limit + 1; bits < count; bits++) (lengthCounts[limit] as number) += lengthCounts[bits] as number;
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
