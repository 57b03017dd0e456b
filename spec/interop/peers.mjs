// The peers, behind two small interfaces. A server peer echoes every message and says where it listens; a client peer connects to a URL
// where an echo server of ours listens, sends what it is given, and says what came back and how it ended. Both are told how to compress: as
// `compression` of ours is written, or null for not at all; a peer that cannot choose does as it does.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Faye from 'faye-websocket';
import deflate from 'permessage-deflate';
import { WebSocket as UndiciWebSocket } from 'undici';
import WebSocketNode from 'websocket';
import { WebSocket as Ws, WebSocketServer as WsServer } from 'ws';

/** Octets of a message that every peer takes. */
export const MOST = 32 * 1024 * 1024;

/** Listens on a free port of the loopback and gives its number. */
async function listening(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}

/** Servers by name: (compression) => { url, stop } */
export const servers = {
  async ws(compression) {
    const server = new WsServer({ port: 0, host: '127.0.0.1', maxPayload: MOST, perMessageDeflate: compression ?? false, handleProtocols: (offered) => [...offered][0] });
    await once(server, 'listening');
    server.on('connection', (socket) => {
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
      socket.on('error', () => {});
    });
    return { url: `ws://127.0.0.1:${server.address().port}`, stop: () => server.close() };
  },
  async 'faye-websocket'(compression) {
    const server = createServer();
    server.on('upgrade', (request, socket, head) => {
      const peer = new Faye(request, socket, head, ['chat'], { maxLength: MOST, extensions: compressing('server', compression) });
      peer.on('message', ({ data }) => peer.send(data));
    });
    const port = await listening(server);
    return { url: `ws://127.0.0.1:${port}`, stop: () => server.close() };
  },
  async websocket() {
    const httpServer = createServer();
    const server = new WebSocketNode.server({ httpServer, maxReceivedFrameSize: MOST, maxReceivedMessageSize: MOST });
    server.on('request', (request) => {
      const peer = request.accept(request.requestedProtocols[0] ?? null, request.origin);
      peer.on('message', (message) => {
        if (message.type === 'utf8') peer.sendUTF(message.utf8Data);
        else peer.sendBytes(message.binaryData);
      });
    });
    const port = await listening(httpServer);
    return { url: `ws://127.0.0.1:${port}`, stop: () => httpServer.close() };
  },
  async 'python-websockets'(compression) {
    const child = spawn(PYTHON, [script('python_echo.py'), JSON.stringify(compression)], { stdio: ['ignore', 'pipe', 'inherit'] });
    const { value } = await createInterface(child.stdout)[Symbol.asyncIterator]().next();
    return { url: `ws://127.0.0.1:${value}`, stop: () => child.kill() };
  },
};

/** Drives a client with the browser's interface. */
function likeABrowser(connect) {
  return async (url, messages, compression) => {
    const socket = connect(url, ['chat'], compression);
    socket.binaryType = 'arraybuffer';
    const received = [];
    return new Promise((resolve, reject) => {
      socket.onopen = () => messages.forEach((message) => socket.send(typeof message === 'string' ? message : Buffer.from(message)));
      socket.onerror = (event) => reject(event.error ?? new Error(event.message ?? 'failed'));
      socket.onmessage = ({ data }) => {
        received.push(typeof data === 'string' ? data : new Uint8Array(data));
        if (received.length === messages.length) socket.close(4321, 'Grüße');
      };
      socket.onclose = ({ code, wasClean }) => resolve({ received, code, clean: wasClean, protocol: socket.protocol });
    });
  };
}

/** The two halves of a choice, as permessage-deflate for Node takes them: the peer's own, and what it asks of the other. */
export function compressing(role, compression) {
  if (compression === null) return [];
  const server = [compression.serverNoContextTakeover, compression.serverMaxWindowBits];
  const client = [compression.clientNoContextTakeover, compression.clientMaxWindowBits];
  const [[noContextTakeover, maxWindowBits], [requestNoContextTakeover, requestMaxWindowBits]] = role === 'server' ? [server, client] : [client, server];
  return [deflate.configure({ noContextTakeover, maxWindowBits, requestNoContextTakeover, requestMaxWindowBits })];
}

/** Clients by name: (url, messages, compression) => { received, code, clean, protocol } */
export const clients = {
  ws: likeABrowser((url, protocols, compression) => new Ws(url, protocols, { perMessageDeflate: compression ?? false })),
  undici: likeABrowser((url, protocols) => new UndiciWebSocket(url, protocols)),
  'faye-websocket': likeABrowser((url, protocols, compression) =>
    new Faye.Client(url, protocols, { maxLength: MOST, extensions: compressing('client', compression) })),
  websocket: likeABrowser((url, protocols) =>
    new WebSocketNode.w3cwebsocket(url, protocols, undefined, undefined, undefined, { maxReceivedFrameSize: MOST, maxReceivedMessageSize: MOST })),
  async 'python-websockets'(url, messages, compression) {
    const child = spawn(PYTHON, [script('python_client.py'), url, JSON.stringify(compression)], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.end(JSON.stringify(messages.map((message) =>
      (typeof message === 'string' ? { text: message } : { binary: Buffer.from(message).toString('base64') }))));
    let out = '';
    for await (const text of child.stdout.setEncoding('utf8')) out += text;
    const { received, ...rest } = JSON.parse(out);
    return { ...rest, received: received.map(({ text, binary }) => text ?? new Uint8Array(Buffer.from(binary, 'base64'))) };
  },
};

/** Peers that have no permessage-deflate: nothing is agreed on, whatever is offered. */
export const withoutCompression = new Set(['websocket']);

/** Clients that inflate and never compress. */
export const neverCompressing = new Set(['undici']);

/** Clients that do not hand on an empty text message: theirs to mend, so it is not sent to them. */
export const deafToEmptyText = new Set(['websocket']);

/** The Python that has the websockets package, if this machine has one. */
const PYTHON = ['/usr/bin/python3', 'python3'].find((python) => spawnSync(python, ['-c', 'import websockets']).status === 0);
if (PYTHON === undefined) {
  delete servers['python-websockets'];
  delete clients['python-websockets'];
}

function script(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}
