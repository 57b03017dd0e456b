// Proves that compression leaves nothing behind: rounds of thousands of connections that open, exchange compressed JSON and vanish abruptly, a
// half of them by a reset, many within a frame or a message, some while a long message is inflated or deflated in the thread pool. The server
// is a process of its own; dialling clients of ours, which are terminated as abruptly, are another. After every round their memory is
// read, after full collections. It fails (exit code 1) when a round ends with a connection that is still held, or beyond these margins
// above the start, which is read when the first, uncounted round is over: the heap with what lies outside of it within HEAP_MARGIN, resident
// memory within RESIDENT_MARGIN. Resident memory has the wider margin because an allocator keeps pages; a leak does not stay within either: one
// full window per connection would come to some 60 MiB in a round.
//
//   npm run soak:deflate              10,000 connections after 2,000 that warm, and half as many dialled; about two minutes
//   npm run soak:deflate -- --quick   few, in seconds
//   npm run soak:deflate -- --leak    a server that keeps its connections: this must fail

import { setTimeout as sleep } from 'node:timers/promises';
import { options } from './lib/options.mjs';
import { Report } from './lib/report.mjs';
import { Worker } from './lib/worker.mjs';

const { quick, has } = options('node bench/soak-deflate.mjs [--quick] [--leak]', [], ['--leak']);
const ROUNDS = quick ? 2 : 5;
const VISITS = quick ? 120 : 2_000;
const MIB = 1024 * 1024;
const HEAP_MARGIN = 4 * MIB;
const RESIDENT_MARGIN = 48 * MIB;
/** The time a server has to notice that the last ones have gone. */
const GONE_WITHIN_MS = 10_000;
const COMPRESSION = { serverMaxWindowBits: 15, clientMaxWindowBits: 15, threshold: 0 };

const report = new Report('soak-deflate');
report.section('Connections that vanish', `MiB after each round of ${VISITS} connections to the server and ${VISITS / 2} dialled; the first round is the start.`);

const server = new Worker('server.mjs', { engine: 'hawser', work: 'echo', compression: COMPRESSION, leak: has('--leak') });
const dialler = new Worker('dialler.mjs', { compression: COMPRESSION });
const guests = new Worker('vanish.mjs');
const port = await server.call('port');

/** A round, and what is held after it. @param {number} seed */
async function round(seed) {
  const [visits, dialled] = await Promise.all([
    guests.call('round', { port, visits: VISITS, seed }),
    dialler.call('round', { port, dials: VISITS / 2, seed }),
  ]);
  const limit = performance.now() + GONE_WITHIN_MS;
  let left = await server.call('connections');
  while (left > 0 && performance.now() < limit) {
    await sleep(20);
    left = await server.call('connections');
  }
  return { visits, dialled, left, server: await server.call('memory'), dialler: await dialler.call('memory') };
}

/** @type {Awaited<ReturnType<typeof round>> | null} */
let start = null;
/** @type {string[]} */
const faults = [];
const rows = [];
const mib = (bytes) => (bytes / MIB).toFixed(1);
for (let i = 0; i <= ROUNDS; i++) {
  const now = await round(i + 1);
  start ??= now;
  report.keep('rounds', now);
  rows.push([
    i === 0 ? 'start' : `round ${i}`, ...[now.server.resident, now.server.heap, now.dialler.resident, now.dialler.heap].map(mib),
    String(now.visits.visits + now.dialled.dials), String(now.visits.messages + now.dialled.messages), String(now.left),
  ]);
  if (now.left > 0) faults.push(`${now.left} connections are held after round ${i}`);
}
report.table(['after', 'server resident', 'server heap', 'dialler resident', 'dialler heap', 'connections', 'replies read', 'left'], rows);

const end = /** @type {Awaited<ReturnType<typeof round>>} */ (await settled());
for (const who of /** @type {const} */ (['server', 'dialler'])) {
  for (const [what, margin] of /** @type {const} */ ([['heap', HEAP_MARGIN], ['resident', RESIDENT_MARGIN]])) {
    const more = end[who][what] - /** @type {typeof end} */ (start)[who][what];
    report.note(`${who}, ${what}: ${mib(more)} MiB above the start, of ${mib(margin)} allowed`);
    if (more > margin) faults.push(`the ${who}'s ${what} is ${mib(more)} MiB above its start, more than ${mib(margin)}`);
  }
}

/** The last reading, once nothing is under way. */
async function settled() {
  await sleep(500);
  return { server: await server.call('memory'), dialler: await dialler.call('memory') };
}

report.end();
for (const fault of faults) console.error(`FAIL  ${fault}`);
process.exit(faults.length > 0 ? 1 : 0);
