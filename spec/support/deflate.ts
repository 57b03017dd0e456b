// What specs of compression share: zlib as the judge of what was compressed and as the measure of how well, and JSON such as is sent.

import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';

import { concat, utf8 } from './bytes.ts';
import type { Random } from './random.ts';

/** The four octets that a message's last frame leaves out (RFC 7692 §7.2.1). */
export const TRAILER: Uint8Array = Uint8Array.of(0x00, 0x00, 0xff, 0xff);

/** What zlib, which refuses any distance beyond 1 << windowBits, makes of `compressed` behind `history`. */
export function inflated(compressed: Uint8Array, windowBits: number = 15, history: Uint8Array = new Uint8Array(0)): Uint8Array {
  const dictionary = history.subarray(Math.max(0, history.length - (1 << windowBits)));
  return Uint8Array.from(inflateRawSync(compressed, {
    windowBits, finishFlush: constants.Z_SYNC_FLUSH, ...(dictionary.length > 0 ? { dictionary } : {}),
  }));
}

/** How many bytes zlib's level 6 makes of a message behind `history`, without the trailer. */
export function zlibSize(bytes: Uint8Array, windowBits: number, history: Uint8Array = new Uint8Array(0)): number {
  const dictionary = history.subarray(Math.max(0, history.length - (1 << windowBits)));
  return deflateRawSync(bytes, {
    level: 6, memLevel: 8, windowBits, finishFlush: constants.Z_SYNC_FLUSH, ...(dictionary.length > 0 ? { dictionary } : {}),
  }).length - TRAILER.length;
}

/** What remains of `history` and `bytes` in a window. */
export function slid(history: Uint8Array, bytes: Uint8Array): Uint8Array {
  return concat(history, bytes).subarray(-32768);
}

/** Bytes of one of the shapes that compress differently: noise, few letters, a period, text with faults. */
export function shapedBytes(random: Random, length: number): Uint8Array {
  const text = utf8('{"id":1234,"user":{"name":"alice","tags":["a","b"]},"price":12.50},');
  const shape = random.below(4);
  const period = 1 + random.below(9);
  return Uint8Array.from({ length }, (_, i) => {
    if (shape === 0) return random.below(256);
    if (shape === 1) return 97 + random.below(3);
    if (shape === 2) return i % period;
    return random.oneIn(30) ? random.below(128) : text[i % text.length] as number;
  });
}

const NAMES = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi', 'ivan', 'judy'];
const WORDS = `the of and to in is you that it he was for on are with as his they be at one have this from or had by hot but some what
there we can out other were all your when up use word how said an each she which do their time if will way about many then them would
write like so these her long make thing see him two has look more day could go come did my sound no most number who over know water`
  .split(/\s+/);

function words(random: Random, count: number): string {
  return Array.from({ length: count }, () => random.pick(WORDS)).join(' ');
}

function hexDigits(random: Random, count: number): string {
  return Array.from({ length: count }, () => random.below(16).toString(16)).join('');
}

const RECORDS: readonly ((random: Random, time: number) => object)[] = [
  (random, time) => ({
    type: 'message', id: `${hexDigits(random, 8)}-${hexDigits(random, 4)}`, channel: `general-${random.below(20)}`,
    user: { id: random.below(100_000), name: random.pick(NAMES) }, text: words(random, 4 + random.below(14)), ts: time,
  }),
  (random, time) => ({
    e: 'trade', s: random.pick(['BTCUSDT', 'ETHUSDT', 'EURUSD']), t: random.below(1e9), p: (random.below(1e7) / 100).toFixed(2),
    q: (random.below(1e6) / 1e4).toFixed(4), T: time, m: random.oneIn(2),
  }),
  (random) => ({
    jsonrpc: '2.0', id: random.below(1e5), method: random.pick(['getBalance', 'subscribe', 'getBlock']),
    params: { account: `0x${hexDigits(random, 16)}`, limit: random.below(100), flags: [random.oneIn(2), null, random.below(10)] },
  }),
  (random, time) => ({
    id: random.below(1e6), createdAt: new Date(time).toISOString(), title: words(random, 3 + random.below(5)),
    price: random.below(1e5) / 100, tags: [random.pick(WORDS), random.pick(WORDS)], owner: { name: random.pick(NAMES), active: random.oneIn(2) },
    location: { lat: random.below(180e5) / 1e5 - 90, lng: random.below(360e5) / 1e5 - 180 },
  }),
];

/** `count` messages of JSON of about `size` bytes, no two of them equal: chat, price ticks, remote calls, nested objects. */
export function jsonMessages(random: Random, size: number, count: number): Uint8Array[] {
  let time = 1_700_000_000_000;
  return Array.from({ length: count }, (_, n) => {
    const record = RECORDS[n % RECORDS.length] as (random: Random, time: number) => object;
    const items: object[] = [];
    let length = 0;
    while (length < size * 0.9) {
      const item = record(random, time += random.below(5000));
      items.push(item);
      length += JSON.stringify(item).length + 1;
    }
    return utf8(JSON.stringify(items.length === 1 ? items[0] : { seq: n, items }));
  });
}
