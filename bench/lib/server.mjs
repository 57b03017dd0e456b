// The server that is measured, in a process of its own: ours or ws, which echoes every message, or sends one message to everybody each time
// somebody sends `next`. Both do what an application would write first: ours is handed a string and sends it, ws is handed its buffer
// and sends that, which spares it a string.

import { WebSocketServer } from 'ws';
import { listen } from '../../dist/lib/index.js';
import { createServer, prepare } from '../../dist/lib/server/index.js';
import { corpus, seriesLength } from './corpus.mjs';
import { settledMemory } from './memory.mjs';
import { answer, setting } from './worker.mjs';

/**
 * @typedef {object} Parameters of RFC 7692, and the threshold
 * @property {boolean} [serverNoContextTakeover]
 * @property {boolean} [clientNoContextTakeover]
 * @property {number} [serverMaxWindowBits]
 * @property {number} [clientMaxWindowBits]
 * @property {number} [threshold]
 */

/**
 * @typedef {object} ServerSetting
 * @property {'hawser' | 'ws'} engine
 * @property {'echo' | 'broadcast'} work
 * @property {Parameters | 'off'} compression
 * @property {boolean} [leak] keeps every connection there was and a window for each: the proof that a leak is found
 */

const MOST = 64 * 1024 * 1024;
const FULL_WINDOW = 32 * 1024;

/** @type {ServerSetting} */
const { engine, work, compression, leak = false } = setting();

let messages = 0;
/** What goes round: made beforehand for each size, so that making it is not measured. @type {{ texts: readonly string[], how: 'each' | 'prepared', at: number }} */
let round = { texts: [], how: 'each', at: 0 };
/** @type {unknown[]} */
const kept = [];

const starts = {
  async hawserEcho() {
    const listener = await listen({ compression, limits: { maxMessageSize: MOST }, keepalive: 'off', backlog: 4096 }, (pending) => {
      const transport = pending.accept({
        events: {
          text(message) {
            messages++;
            transport.connection.sendText(message);
          },
          binary(message) {
            messages++;
            transport.connection.sendBinary(message);
          },
        },
      });
      if (leak) kept.push(transport, new Uint8Array(FULL_WINDOW).fill(1));
    });
    return { port: listener.port, connections: () => listener.connections.size };
  },

  async hawserBroadcast() {
    const server = createServer({ compression, keepalive: 'off' }).route('*', (request) => {
      request.accept().onReceive((message) => {
        if (message.kind !== 'text' || message.text !== 'next') return;
        const text = round.texts[round.at++ % round.texts.length];
        messages += server.sessions.size;
        if (round.how === 'prepared') server.broadcast(server.sessions, prepare(text));
        else for (const session of server.sessions) session.send(text);
      });
    });
    const { port } = await server.listen({ backlog: 4096 });
    return { port, connections: () => server.sessions.size };
  },

  async wsEcho() {
    return startWs((socket) => socket.on('message', (data, isBinary) => {
      messages++;
      socket.send(data, { binary: isBinary });
    }));
  },

  async wsBroadcast() {
    return startWs((socket, server) => socket.on('message', (data) => {
      if (String(data) !== 'next') return;
      const text = round.texts[round.at++ % round.texts.length];
      messages += server.clients.size;
      for (const client of server.clients) client.send(text);
    }));
  },
};

/** @param {(socket: import('ws').WebSocket, server: WebSocketServer) => void} accept */
async function startWs(accept) {
  const perMessageDeflate = compression === 'off' ? false : { ...compression, threshold: compression.threshold ?? 0 };
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', backlog: 4096, maxPayload: MOST, perMessageDeflate });
  server.on('connection', (socket) => {
    socket.on('error', () => {});
    accept(socket, server);
  });
  await new Promise((resolve) => { server.on('listening', () => resolve(null)); });
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { port, connections: () => server.clients.size };
}

const { port, connections } = await starts[`${engine}${work === 'echo' ? 'Echo' : 'Broadcast'}`]();

answer({
  port: () => port,
  connections,
  /** CPU µs of the whole process, thread pool included, and messages since its start. */
  usage: () => {
    const { user, system } = process.cpuUsage();
    return { cpu: user + system, messages, at: performance.now() };
  },
  memory: settledMemory,
  /** @param {{ size: number, how: 'each' | 'prepared' }} argument */
  broadcast: ({ size, how }) => { round = { texts: corpus({ size, count: seriesLength(size) }), how, at: round.at }; },
});
