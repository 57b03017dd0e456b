// How long one message of 16 MiB keeps a server from everything else, with compression and without: the longest time between two turns of
// its event loop, while it compresses and sends such a message, and while it receives and inflates one. The client is a process of its
// own, so that what it does is not counted. Beside the engine: ws, whose zlib works in the thread pool.
//
//   npm run bench:event-loop            5 rounds, interleaved, medians with the smallest and the largest
//   npm run bench:event-loop -- --quick 1 round

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import { dial, listen } from '../dist/lib/index.js';
import { corpus } from './lib/corpus.mjs';
import { Report } from './lib/report.mjs';

const SIZE = 16 * 1024 * 1024;
/** JSON, 16 KiB of it after the other: 1,024 different messages in one. */
const MESSAGE = `[${corpus({ size: 16 * 1024 - 1, count: SIZE / (16 * 1024) }).join(',')}]`;
const LIMITS = { maxMessageSize: 2 * SIZE, maxQueueSize: 2 * SIZE };

/** Servers that send a message when they are told `send`, and tell when another has come. */
const SERVERS = {
  'hawser, compressed': (got) => hawserServer({}, got),
  'hawser, plain': (got) => hawserServer('off', got),
  'ws, compressed': (got) => wsServer({ threshold: 0 }, got),
};

async function hawserServer(compression, got) {
  const server = await listen({ compression, limits: LIMITS }, (pending) => {
    const { connection } = pending.accept({
      events: { text: (text) => (text === 'send' ? connection.sendText(MESSAGE) : got()) },
    });
  });
  return { url: server.url, close: () => server.close() };
}

async function wsServer(perMessageDeflate, got) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate, maxPayload: 2 * SIZE });
  await once(server, 'listening');
  server.on('connection', (socket) => {
    socket.on('message', (data) => {
      const text = data.toString();
      if (text === 'send') socket.send(MESSAGE);
      else got();
    });
  });
  return { url: `ws://127.0.0.1:${server.address().port}`, close: () => { for (const client of server.clients) client.terminate(); server.close(); } };
}

/** The other process: receives one message, or sends one. */
async function client(url, what) {
  const received = withResolvers();
  const { connection } = await dial(url, { limits: LIMITS, events: { text: () => received.resolve(undefined) } });
  process.send?.('ready');
  await once(process, 'message');
  if (what === 'sends') connection.sendText('send');
  else connection.sendText(MESSAGE);
  if (what === 'sends') await received.promise;
  process.send?.('done');
  await once(process, 'message');
  process.exit(0);
}

function withResolvers() {
  let resolve = () => {};
  const promise = new Promise((settle) => { resolve = settle; });
  return { promise, resolve };
}

/** The longest turn, in ms, while the server `sends` or `receives`. */
async function longestTurn(name, what) {
  const got = withResolvers();
  const server = await SERVERS[name](got.resolve);
  const child = fork(fileURLToPath(import.meta.url), ['--client', server.url, what]);
  await once(child, 'message');
  const delay = monitorEventLoopDelay({ resolution: 1 });
  await new Promise((resolve) => { setTimeout(resolve, 50); }); // what starting has left behind
  delay.enable();
  const done = once(child, 'message');
  child.send('go');
  if (what === 'sends') await done;
  else await got.promise;
  delay.disable();
  child.send('end');
  await once(child, 'exit');
  await server.close();
  return delay.max / 1e6;
}

const [flag, url = '', what = ''] = process.argv.slice(2);
if (flag === '--client') {
  await client(url, what);
} else {
  const rounds = process.argv.includes('--quick') ? 1 : 5;
  const report = new Report('event-loop');
  for (const direction of ['sends', 'receives']) {
    const samples = Object.fromEntries(Object.keys(SERVERS).map((name) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (const name of Object.keys(SERVERS)) samples[name].push(await longestTurn(name, direction));
    }
    report.section(`the server ${direction} 16 MiB of JSON`, 'The longest turn of its event loop, in ms: median, smallest and largest.');
    report.table(['server', 'median', 'smallest', 'largest'], Object.entries(samples).map(([name, values]) => {
      const sorted = [...values].sort((a, b) => a - b);
      return [name, ...[sorted[sorted.length >> 1], sorted[0], sorted.at(-1)].map((value) => value.toFixed(1))];
    }));
  }
}
