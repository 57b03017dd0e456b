// Whether masking keys could have been guessed (RFC 6455 §5.3, §10.3): what shows of it to somebody who sees the keys of one connection. It cannot
// prove entropy; it knows the ways in which clients were found to have none: one key for all frames, a counter, a narrow range, the two
// generators that come with most languages.

import type { MaskingKeys } from '../case.ts';

/** Frames it takes for the generator with the longest memory to give itself away. */
export const KEYS_TO_WEIGH: number = 640;

/** Keys that may come again by chance among so many: two equal ones among 640 are seen once in 20,000 runs, two such pairs never. */
const CHANCE_REPEATS = 1;

/** What the keys, each the four octets as an unsigned number with the first octet highest, have in common. In the order they were seen. */
export function weighKeys(keys: readonly number[]): MaskingKeys {
  if (keys.length - new Set(keys).size > CHANCE_REPEATS) return 'repeat';
  if (keys.length < 3) return 'vary';
  const turned = keys.map(turn);
  if (progresses(keys) || progresses(turned)) return 'progress';
  if (isJavaRandom(keys) || isJavaRandom(turned) || isMersenneTwister(keys) || isMersenneTwister(turned)) return 'generator';
  return isNarrow(keys) ? 'narrow' : 'vary';
}

/** The same octets, the first one lowest. */
function turn(key: number): number {
  return ((key << 24) | ((key & 0xff00) << 8) | ((key >>> 8) & 0xff00) | (key >>> 24)) >>> 0;
}

/** A counter, whatever it counts by. */
function progresses(keys: readonly number[]): boolean {
  const first = ((keys[1] as number) - (keys[0] as number)) | 0; // there are three
  return keys.every((key, i) => i === 0 || ((key - (keys[i - 1] as number)) | 0) === first);
}

/** Keys that are enough to say of a bit that it does not change: of 32 fair bits, one run in 2^58 has such a bit. */
const KEYS_FOR_BITS = 64;

function isNarrow(keys: readonly number[]): boolean {
  if (keys.length < KEYS_FOR_BITS) return false;
  const ever = keys.reduce((bits, key) => bits | key);
  const always = keys.reduce((bits, key) => bits & key);
  return (ever ^ always) !== -1;
}

// ---- the generator of java.util.Random and of drand48 ------------------------------------------------------------------------------------

const HALF = 0x100_0000;
/** x ← 25214903917 x + 11 modulo 2^48, in halves of 24 bits so that the products are exact. */
const FACTOR_HIGH = 0x5de, FACTOR_LOW = 0xece66d, ADDEND = 11;
/** Places to begin at: somewhere in between, the generator may have served somebody else. */
const BEGINNINGS = 8;

/** Whether some three keys in a row are the upper 32 bits of its state: the lower 16 of the first are tried one by one. */
function isJavaRandom(keys: readonly number[]): boolean {
  for (let at = 0; at < Math.min(BEGINNINGS, keys.length - 2); at++) {
    if (followsFrom(keys[at] as number, keys[at + 1] as number, keys[at + 2] as number)) return true;
  }
  return false;
}

function followsFrom(first: number, second: number, third: number): boolean {
  for (let hidden = 0; hidden < 0x1_0000; hidden++) {
    let high = first >>> 8, low = ((first & 0xff) << 16) | hidden;
    [high, low] = step48(high, low);
    if (upper(high, low) !== second) continue;
    [high, low] = step48(high, low);
    if (upper(high, low) === third) return true;
  }
  return false;
}

function step48(high: number, low: number): [high: number, low: number] {
  const product = low * FACTOR_LOW + ADDEND;
  return [(Math.floor(product / HALF) + low * FACTOR_HIGH + high * FACTOR_LOW) % HALF, product % HALF];
}

function upper(high: number, low: number): number {
  return ((high << 8) | (low >>> 16)) >>> 0;
}

// ---- the Mersenne Twister ----------------------------------------------------------------------------------------------------------------

const STATE = 624, MIDDLE = 397;

/** Whether one key follows from three others the way the state of MT19937 goes on. */
function isMersenneTwister(keys: readonly number[]): boolean {
  const state = keys.map(untemper);
  for (let i = 0; i + STATE < state.length; i++) {
    const joined = ((state[i] as number) & 0x8000_0000) | ((state[i + 1] as number) & 0x7fff_ffff);
    const twisted = (joined >>> 1) ^ ((joined & 1) === 0 ? 0 : 0x9908_b0df);
    if (((state[i + MIDDLE] as number) ^ twisted) === ((state[i + STATE] as number) | 0)) return true;
  }
  return false;
}

/** The word of the state that an output was made from. */
function untemper(output: number): number {
  let word = output ^ (output >>> 18);
  word ^= (word << 15) & 0xefc6_0000;
  let found = word;
  for (let i = 0; i < 4; i++) found = word ^ ((found << 7) & 0x9d2c_5680);
  word = found;
  for (let i = 0; i < 2; i++) found = word ^ (found >>> 11);
  return found >>> 0;
}
