// Clients that come, speak compressed JSON and vanish in the middle of it, in a process of their own. None says goodbye: a socket is
// destroyed or reset, behind a message, within a frame, within a fragmented message, with replies that nobody reads, or while the
// server is still busy with a long message in the thread pool.

import { connect } from 'node:net';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { corpus } from './corpus.mjs';
import { ReplyCounter, clientFrame } from './frames.mjs';
import { Random } from './random.mjs';
import { zlibDeflated } from './script.mjs';
import { answer } from './worker.mjs';

/** Sockets under way at the same time. */
const AT_ONCE = 200;
const SPOKEN = 6;
const LONG = 1024 * 1024;
/** More than the other replies together: the long one has begun. */
const LONG_REPLY = 64 * 1024;
const PATIENCE_MS = 30_000;

/** @typedef {{ readonly small: readonly Buffer[], readonly long: Buffer, readonly begun: Buffer }} Frames */

/**
 * @typedef {object} Way to leave
 * @property {string} name
 * @property {number} read replies that are waited for before
 * @property {number} [bytes] of replies that have begun, likewise
 * @property {(frames: Frames) => readonly Buffer[]} [body] what is sent behind the small messages
 * @property {(frames: Frames) => readonly Buffer[]} tail what is sent when leaving
 * @property {boolean} [deaf] reads nothing
 */

/** What is sent, by whether the connection was agreed to keep its context. @type {Map<boolean, Frames>} */
const framesOf = new Map();
for (const takeover of [false, true]) {
  const texts = [200, 2048, 700, 60, 16_384, 1_000].map((size) => corpus({ size: Math.max(64, size), count: 1, seed: 9 })[0]);
  const [long] = corpus({ size: LONG, count: 1, seed: 10 });
  const payloads = await zlibDeflated([...texts, long].map((text) => Buffer.from(text)), { takeover, windowBits: 15 });
  const small = payloads.slice(0, SPOKEN).map((payload) => clientFrame(payload, { compressed: true }));
  // Compressed behind the small ones: with takeover it is only right where they were sent before it.
  const last = payloads[SPOKEN];
  framesOf.set(takeover, {
    small, long: clientFrame(last, { compressed: true }),
    begun: clientFrame(last.subarray(0, last.length >> 1), { compressed: true, fin: false }),
  });
}

/** Each after all small messages were sent. */
/** @type {readonly Way[]} */
const ways = [
  { name: 'behind a message, replies read', read: SPOKEN, tail: () => [] },
  { name: 'behind a message, replies unread', read: 0, tail: () => [] },
  { name: 'within a frame', read: 2, tail: ({ small }) => [small[0].subarray(0, small[0].length >> 1)] },
  { name: 'within a header', read: 1, tail: ({ small }) => [small[0].subarray(0, 3)] },
  { name: 'within a long frame', read: SPOKEN, tail: ({ long }) => [long.subarray(0, long.length >> 1)] },
  { name: 'within a fragmented message', read: 3, tail: ({ begun }) => [begun] },
];
/** @type {readonly Way[]} */
const longWays = [
  { name: 'right behind a long message', read: SPOKEN, tail: ({ long }) => [long] },
  { name: 'while a long reply comes', read: SPOKEN, bytes: LONG_REPLY, tail: () => [], body: ({ long }) => [long] },
  { name: 'behind a long message, all unread', read: 0, tail: ({ long }) => [long], deaf: true },
];

/** One visit. @param {number} port @param {boolean} takeover @param {Way} way @param {boolean} reset @param {number} linger ms */
function visit(port, takeover, { read, bytes = 0, tail, body, deaf = false }, reset, linger) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const frames = /** @type {Frames} */ (framesOf.get(takeover));
    const counter = new ReplyCounter();
    let head = '';
    let open = false;
    let leaving = false;
    const timer = setTimeout(() => reject(new Error(`${counter.messages} of ${read} replies within ${PATIENCE_MS} ms`)), PATIENCE_MS);
    const leave = () => {
      leaving = true;
      for (const part of tail(frames)) socket.write(part);
      const go = () => (reset ? socket.resetAndDestroy() : socket.destroy());
      if (linger > 0) setTimeout(go, linger);
      else setImmediate(go); // what was written is in the kernel's hands
    };
    socket.on('error', (error) => { if (!leaving) reject(error); });
    socket.on('close', () => {
      clearTimeout(timer);
      if (leaving) resolve({ messages: counter.messages, compressed: counter.compressed });
      else reject(new Error('the server ended the connection'));
    });
    socket.on('data', (chunk) => {
      let at = 0;
      if (!open) {
        const had = head.length;
        head += chunk.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        if (!/^HTTP\/1.1 101[^]*permessage-deflate/.test(head)) return void reject(new Error(head));
        at = end + 4 - had;
        open = true;
        socket.write(Buffer.concat([...frames.small, ...body?.(frames) ?? []]));
        if (deaf) socket.pause();
        if (read === 0) leave();
      }
      counter.push(chunk, at, chunk.length);
      if (counter.closed && !leaving) reject(new Error('the server closed'));
      if (!leaving && counter.messages >= read && counter.bytes >= bytes) leave();
    });
    socket.write(
      `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n`
      + `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n`
      + `Sec-WebSocket-Extensions: permessage-deflate${takeover ? '' : '; client_no_context_takeover; server_no_context_takeover'}\r\n\r\n`,
    );
  });
}

answer({
  /** So many visits; every eighth with a long message. @param {{ port: number, visits: number, seed: number }} argument */
  async round({ port, visits, seed }) {
    const random = new Random(seed);
    const totals = { visits: 0, messages: 0, compressed: 0 };
    let begun = 0;
    const guest = async () => {
      while (begun < visits) {
        const i = begun++;
        const way = random.pick(i % 8 === 0 ? longWays : ways);
        const { messages, compressed } = await visit(port, random.below(2) === 0, way, random.below(2) === 0, random.pick([0, 0, 1, 5]));
        totals.visits++;
        totals.messages += messages;
        totals.compressed += compressed;
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, visits) }, guest));
    await sleep(50);
    return totals;
  },
});
