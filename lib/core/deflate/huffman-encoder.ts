// Prefix codes for given frequencies (RFC 1951 §3.2.2): complete ones, none of whose symbols is longer than a limit, and the canonical codes
// for them, with their bits in the order in which they are sent. An alphabet is where it stands in the tables of scratch.ts; what its
// symbols mean is not known here. Only symbols that are used are looked at, once they are found; nothing is written about the others.
//
// Lengths are log2 of how rare a symbol is, rounded so that they fill the code. Huffman's tree would save less than a hundredth of a message
// of 200 bytes (measured), and begins with sorting.

import { scratch } from './scratch.ts';

const { frequencies, frequencyPairs, used, lengths, codes } = scratch;
/** More bits than any code has. */
const MOST_BITS = 15;

/** Logarithms and what comes of them are in sixteenths of a bit. */
const WHOLE_BITS = 4;
const FRACTION = (1 << WHOLE_BITS) - 1;
/** By place in `used`, how much longer a symbol is than it should be. */
const excesses: Uint8Array = new Uint8Array(used.length);
/** By excess, the room in the code that would be taken if all symbols with it were a bit shorter. */
const wishes: Int32Array = new Int32Array(FRACTION + 1);
/** By length, how many codes have it. */
const lengthCounts: Int32Array = new Int32Array(MOST_BITS + 1);
const nextCodes: Int32Array = new Int32Array(MOST_BITS + 1);

/** An octet with its bits in the opposite order. */
const REVERSED: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) => {
  let reversed = 0;
  for (let bit = 0; bit < 8; bit++) reversed |= ((octet >> bit) & 1) << (7 - bit);
  return reversed;
});
/** log2 n, rounded down. */
const LOG: Uint8Array = Uint8Array.from({ length: 256 }, (_, n) => (n === 0 ? 0 : Math.floor(Math.log2(n) * (1 << WHOLE_BITS))));

/** Lists in `used`, from `first` on, which symbols from `from` to `to`, both even, are used; returns where the list ends. */
export function findUsed(from: number, to: number, first: number): number {
  let end = first | 0;
  for (let pair = from >> 1; pair < to >> 1; pair = (pair + 1) | 0) {
    const both = frequencyPairs[pair] as number;
    if (both === 0) continue;
    const symbol = pair << 1;
    used[end] = symbol;
    end = (end + (-(frequencies[symbol] as number) >>> 31)) | 0; // 1 if it is used: a branch would often be guessed wrong
    used[end] = symbol + 1;
    end = (end + (-(frequencies[symbol + 1] as number) >>> 31)) | 0;
  }
  return end;
}

/**
 * Decides the lengths of the symbols `used[first, end)`, which are used `total` times together, less than 2^21, none of them more than
 * `limit` bits, at most 15. A symbol that is alone has 1 bit.
 */
export function chooseLengths(first: number, end: number, total: number, limit: number): void {
  const whole = 1 << limit;
  const logTotal = (log(total) + 1) | 0; // rounded up, so that the lengths are never shorter than they should be
  wishes.fill(0);
  let room = whole | 0;
  for (let i = first | 0; i < end; i = (i + 1) | 0) {
    const symbol = used[i] as number;
    const ideal = (logTotal - log(frequencies[symbol] as number)) | 0;
    const length = Math.min((ideal + FRACTION) >> WHOLE_BITS, limit);
    const excess = Math.max((length << WHOLE_BITS) - ideal, 0);
    const taken = whole >> length;
    lengths[symbol] = length;
    excesses[i] = excess;
    wishes[excess] = (wishes[excess] as number) + taken;
    room = (room - taken) | 0;
  }
  if (room < 0) room = makeRoom(first, end, limit, room);
  if (end - first > 1) fillRoom(first, end, whole, room);
}

/** Makes the codes for the lengths of `used[first, end)`; it is complete, or of one symbol. */
export function makeCodes(first: number, end: number): void {
  lengthCounts.fill(0);
  for (let i = first | 0; i < end; i = (i + 1) | 0) {
    const length = lengths[used[i] as number] as number;
    lengthCounts[length] = (lengthCounts[length] as number) + 1;
  }
  for (let bits = 1, code = 0; bits <= MOST_BITS; bits++) {
    code = (code + (lengthCounts[bits - 1] as number)) << 1;
    nextCodes[bits] = code;
  }
  for (let i = first | 0; i < end; i = (i + 1) | 0) {
    const symbol = used[i] as number;
    const length = lengths[symbol] as number;
    const code = nextCodes[length] as number;
    nextCodes[length] = code + 1;
    const reversed = ((REVERSED[code & 255] as number) << 8) | (REVERSED[code >> 8] as number);
    codes[symbol] = (length << 16) | (reversed >> (16 - length));
  }
}

/** The same for the alphabet from `from` to `to`, of which a symbol of length 0 has no code. */
export function makeCodesOf(from: number, to: number): void {
  let count = 0;
  for (let symbol = from; symbol < to; symbol++) if (lengths[symbol] !== 0) used[count++] = symbol;
  makeCodes(0, count);
}

function log(n: number): number {
  const shift = Math.max(24 - Math.clz32(n), 0);
  return (LOG[n >> shift] as number) + (shift << WHOLE_BITS);
}

/** Shortens symbols until they fill the code: at first those that are longer than they should be by most. */
function fillRoom(first: number, end: number, whole: number, room: number): void {
  let excess = FRACTION;
  for (; (wishes[excess] as number) <= room && excess > 0; excess--) room -= wishes[excess] as number;
  for (let i = first; i < end; i++) {
    const symbol = used[i] as number;
    const length = lengths[symbol] as number;
    if ((excesses[i] as number) > excess) {
      lengths[symbol] = length - 1;
    } else if (excesses[i] === excess && whole >> length <= room) {
      room -= whole >> length;
      lengths[symbol] = length - 1;
    }
  }
  // What is left is a multiple of what the longest take, so that one of them is shortened each time.
  while (room > 0) {
    for (let i = first; i < end; i++) {
      const symbol = used[i] as number;
      const taken = whole >> (lengths[symbol] as number);
      if (taken > room) continue;
      room -= taken;
      (lengths[symbol] as number)--;
    }
  }
}

/** Lengthens symbols, the long ones first, to make room for those that had to be no longer than `limit`; returns what room there is then. */
function makeRoom(first: number, end: number, limit: number, room: number): number {
  for (let length = limit - 1; room < 0; length--) {
    for (let i = first; i < end && room < 0; i++) {
      const symbol = used[i] as number;
      if (lengths[symbol] !== length) continue;
      lengths[symbol] = length + 1;
      room += 1 << (limit - length - 1);
    }
  }
  wishes.fill(0); // what symbols wished for was said of other lengths
  wishes[FRACTION] = room + 1;
  return room;
}
