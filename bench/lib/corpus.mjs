// The messages that are measured: JSON as chats, price feeds and remote procedure calls send it, of an exact size in bytes, no two alike
// in their values and all alike in their keys, and the same in every run. Nobody compresses noise, and nobody sends one message over and
// over: a corpus of either would flatter somebody.

import { Random } from './random.mjs';

const WORDS = (
  'the a of to and in is it you that he was for on are with as they at be this from have or by one had not but what all were when we there '
  + 'can an your which their said if do will each about how up out them then she many some so these would other into has more her two like '
  + 'him see time could no make than first been its who now people my made over did down only way find use may water long little very after '
  + 'words called just where most know get through back much before go good new write our used me man too any day same right look think also '
  + 'around another came come work three word must because does part even place well such here take why things help put years different away '
  + 'again off went old number great tell men say small every found still between name should home big give air line set own under read last '
  + 'never us left end along while might next sound below saw something thought both few those always looked show large often together asked '
  + 'house world going want school important until form food keep children feet land side without boy once animals life enough took sometimes '
  + 'four head above kind began almost live page got earth need far hand high year mother light parts country father let night following'
).split(' ');
const NAMES = ['anna', 'bjorn', 'chen', 'divya', 'emeka', 'farah', 'goran', 'hana', 'ines', 'jonas', 'kofi', 'lucia', 'marek', 'noor', 'olga', 'pavel'];
const SYMBOLS = ['ACME', 'BOLT', 'CRUX', 'DELTA', 'EPIC', 'FLUX', 'GRID', 'HALO', 'IRIS', 'JADE', 'KITE', 'LYNX', 'MESA', 'NOVA', 'ORCA', 'PIKE'];
const METHODS = ['order.submit', 'order.cancel', 'account.balance', 'position.list', 'document.update', 'session.touch', 'file.stat', 'user.search'];
const EPOCH = 1_717_171_717_000;

/** @typedef {'chat' | 'tick' | 'rpc'} Kind */

/** @type {readonly Kind[]} */
export const KINDS = ['chat', 'tick', 'rpc'];

/** Prose of exactly `length` ASCII characters, in which common words are common. @param {Random} random @param {number} length */
function prose(random, length) {
  let text = '';
  while (text.length < length) text += `${WORDS[Math.min(random.below(WORDS.length), random.below(WORDS.length), random.below(WORDS.length))]} `;
  return text.slice(0, length);
}

/** @param {Random} random @param {number} digits */
function hex(random, digits) {
  let text = '';
  while (text.length < digits) text += random.next().toString(16).padStart(8, '0');
  return text.slice(0, digits);
}

/** @param {Random} random @param {number} most with two decimals */
function price(random, most) {
  return (random.below(most * 100) / 100).toFixed(2);
}

/** What fills a message up to its size: records, as many as fit, and a text that takes the rest. */
const SHAPES = {
  /** @param {Random} random @param {number} i */
  chat: (random, i) => ({
    small: `{"op":"msg","from":"${random.pick(NAMES)}","n":${1000 + i},`,
    head: `{"op":"message","room":"r-${random.below(40)}","from":"${random.pick(NAMES)}","id":"${hex(random, 12)}","at":${EPOCH + i * 731},`,
    record: () => `{"id":"${hex(random, 8)}","from":"${random.pick(NAMES)}","at":${EPOCH + random.below(1e9)},"likes":${random.below(30)},"text":"${prose(random, 30 + random.below(80))}"}`,
    list: 'replies', rest: 'text',
  }),
  /** @param {Random} random @param {number} i */
  tick: (random, i) => ({
    small: `{"s":"${random.pick(SYMBOLS)}","p":${price(random, 500)},"q":${random.below(900)},`,
    head: `{"type":"tick","symbol":"${random.pick(SYMBOLS)}","seq":${810_000 + i},"bid":${price(random, 500)},"ask":${price(random, 500)},"bidSize":${random.below(900)},"askSize":${random.below(900)},"last":${price(random, 500)},"time":${EPOCH + i * 17},"currency":"USD",`,
    record: () => `{"price":${price(random, 500)},"size":${random.below(900)},"side":"${random.pick(['buy', 'sell'])}","time":${EPOCH + random.below(1e6)}}`,
    list: 'trades', rest: 'venue',
  }),
  /** @param {Random} random @param {number} i */
  rpc: (random, i) => ({
    small: `{"jsonrpc":"2.0","id":${1000 + i},`,
    head: `{"jsonrpc":"2.0","id":${1000 + i},"method":"${random.pick(METHODS)}","params":{"account":"${hex(random, 8)}","limit":${random.below(200)},"offset":0,"dryRun":${random.pick(['true', 'false'])},"sort":"${random.pick(['asc', 'desc'])}"},`,
    record: () => `{"key":"${random.pick(METHODS)}/${hex(random, 6)}","value":${random.below(100_000)},"tags":["${random.pick(WORDS)}","${random.pick(WORDS)}"],"active":${random.pick(['true', 'false', 'null'])}}`,
    list: 'items', rest: 'meta',
  }),
};

/**
 * One message of exactly `size` bytes (ASCII), 64 at least.
 *
 * @param {Kind} kind
 * @param {Random} random
 * @param {number} size
 * @param {number} i its place in the series: ids and times go up with it
 * @returns {string}
 */
function message(kind, random, size, i) {
  const shape = SHAPES[kind](random, i);
  let text = size < 180 ? shape.small : shape.head;
  const room = () => size - text.length - shape.rest.length - 6; // quotes and colon of the rest, and what closes the object
  if (room() > 300) {
    text += `"${shape.list}":[`;
    for (let record = shape.record(); room() > record.length + 20; record = shape.record()) text += `${record},`;
    text = `${text.slice(0, -1)}],`;
  }
  text += `"${shape.rest}":"${prose(random, room())}"}`;
  if (text.length !== size) throw new Error(`a ${kind} of ${size} bytes came out as ${text.length}`);
  return text;
}

/**
 * `count` messages of exactly `size` bytes.
 *
 * @param {{ size: number, count: number, seed?: number, kinds?: readonly Kind[] }} options
 * @returns {string[]}
 */
export function corpus({ size, count, seed = 1, kinds = KINDS }) {
  const random = new Random(seed * 65_537 + size);
  return Array.from({ length: count }, (_, i) => message(kinds[i % kinds.length], random, size, i));
}

/**
 * So many messages of a size that nothing repeats within a window of 32 KiB, and that they come out as a series of at least 64 KiB.
 *
 * @param {number} size
 */
export function seriesLength(size) {
  return Math.max(12, Math.ceil(64 * 1024 / size));
}
