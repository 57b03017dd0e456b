// Other people's servers and clients as subjects of the conformance suite: each echoes, as its documentation says one echoes, with its own
// defaults but for compression, which is on, and a limit that lets the classic suite's 16 MiB pass.

import { createRequire } from 'node:module';
import Faye from 'faye-websocket';
import { WebSocket as UndiciWebSocket } from 'undici';
import WebSocketNode from 'websocket';
import { WebSocket as Ws } from 'ws';
import { compressing, MOST, servers as peers } from './peers.mjs';

const require = createRequire(import.meta.url);
const { dependencies } = require('./package.json');

const COMPRESSION = { threshold: 0 };

/** Servers: name → start() → { url, stop }. */
export const servers = Object.fromEntries(['ws', 'faye-websocket', 'websocket'].map((name) => [
  name, { agent: `${name} ${dependencies[name]}`, start: () => peers[name](COMPRESSION) },
]));

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
