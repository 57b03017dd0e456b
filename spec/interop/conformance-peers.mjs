// Other people's servers and clients as subjects of the conformance suite: each echoes, as its documentation says one echoes, with its own
// defaults but for compression, which is on, and a limit that lets the classic suite's 16 MiB pass.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import Faye from 'faye-websocket';
import { WebSocket as UndiciWebSocket } from 'undici';
import WebSocketNode from 'websocket';
import { WebSocket as Ws } from 'ws';
import { compressing, MOST, servers as peers } from './peers.mjs';

const require = createRequire(import.meta.url);
const { dependencies } = require('./package.json');

const COMPRESSION = { threshold: 0 };

/** WebSocket-Node throws when it is told to accept what it says was asked for and is no token: a careful application takes no subprotocol. */
async function websocketServer() {
  const httpServer = createServer();
  const server = new WebSocketNode.server({ httpServer, maxReceivedFrameSize: MOST, maxReceivedMessageSize: MOST });
  server.on('request', (request) => {
    const peer = request.accept(null, request.origin);
    peer.on('message', (message) => {
      if (message.type === 'utf8') peer.sendUTF(message.utf8Data);
      else peer.sendBytes(message.binaryData);
    });
    peer.on('error', () => {});
  });
  httpServer.listen(0, '127.0.0.1');
  await once(httpServer, 'listening');
  return { url: `ws://127.0.0.1:${httpServer.address().port}`, stop: () => httpServer.close() };
}

const starts = {
  'ws': () => peers.ws(COMPRESSION),
  'faye-websocket': () => peers['faye-websocket'](COMPRESSION),
  'websocket': websocketServer,
};

/** Servers: name → start() → { url, stop }. */
export const servers = Object.fromEntries(Object.entries(starts).map(([name, start]) => [name, { agent: `${name} ${dependencies[name]}`, start }]));

/** Echoes on a socket with the browser's interface until it is closed. */
function echo(socket) {
  return new Promise((resolve) => {
    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }) => socket.send(typeof data === 'string' ? data : Buffer.from(data));
    socket.onerror = () => {};
    socket.onclose = () => resolve();
  });
}

const drives = {
  ws: (url) => echo(new Ws(url, { perMessageDeflate: COMPRESSION, maxPayload: MOST })),
  undici: (url) => echo(new UndiciWebSocket(url)),
  'faye-websocket': (url) => echo(new Faye.Client(url, [], { maxLength: MOST, extensions: compressing('client', COMPRESSION) })),
  websocket: (url) => echo(new WebSocketNode.w3cwebsocket(url, [], undefined, undefined, undefined, { maxReceivedFrameSize: MOST, maxReceivedMessageSize: MOST })),
};

/** Clients: name → drive(url), settled when the connection is over. */
export const clients = Object.fromEntries(Object.entries(drives).map(([name, drive]) => [name, { agent: `${name} ${dependencies[name]}`, drive }]));
