// Every face of Hawser as a subject over sockets: a server that echoes, or a client that goes to a URL and echoes until it is closed. Each is
// written as its own documentation says, with the back pressure that it offers and nothing more.

import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dial, listen, upgrade } from '../../lib/index.ts';
import type { CompressionSetting, PendingUpgrade } from '../../lib/node/index.ts';
import type { SendResult } from '../../lib/core/protocol/index.ts';
import { WebSocketCall, WebSocketClient } from '../../lib/listener/index.ts';
import { createServer } from '../../lib/server/index.ts';
import { createWeexWebSocketModule, WebSocket, WebSocketStream } from '../../lib/whatwg/index.ts';

/** Every message is compressed where it was agreed on: the cases are about that, not about what is worth it. */
const COMPRESSION: CompressionSetting = { threshold: 0 };
/** Offered by every client: cases about subprotocols are skipped otherwise. */
const PROTOCOLS = ['chat', 'superchat'];

export interface EchoServer {
  readonly url: string;
  stop(): Promise<void>;
}

function echo(pending: PendingUpgrade): void {
  const echoed = (result: SendResult): void => {
    if (result === 'high-water') connection.pause(); // until drained
    else if (result === 'refused') connection.close(1009, 'too big to send back');
  };
  const { connection } = pending.accept({
    events: {
      text: (message) => echoed(connection.sendText(message)),
      binary: (message) => echoed(connection.sendBinary(message)),
      drained: () => connection.resume(),
    },
  });
}

/** Servers by the name of their face. */
const servers: Readonly<Record<string, () => Promise<EchoServer>>> = {
  async listen() {
    const server = await listen({ origin: 'any', compression: COMPRESSION }, echo);
    return { url: server.url, stop: () => server.close() };
  },

  async upgrade() {
    const server = createHttpServer((_request, response) => { // what asks for no upgrade, or not well, is HTTP's
      response.writeHead(426, { 'Upgrade': 'websocket', 'Connection': 'Upgrade', 'Sec-WebSocket-Version': '13' }).end();
    });
    upgrade(server, { origin: 'any', compression: COMPRESSION }, echo);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo; // it listens on TCP
    return {
      url: `ws://127.0.0.1:${port}`,
      stop: async () => {
        server.closeAllConnections();
        server.close();
      },
    };
  },

  async sessions() {
    const server = createServer({ origin: 'any', compression: COMPRESSION }).route('/*', async (request) => {
      const session = request.getWebSocket();
      for await (const message of session) {
        const result = session.send(message.kind === 'text' ? message.text : message.bytes);
        if (result === 'high-water') await session.drained();
      }
    });
    const { url } = await server.listen();
    return { url, stop: async () => void await server.shutdown({ within: 0 }) };
  },
};

/** Clients by the name of their face: resolves when the connection is over, however it ended. */
const clients: Readonly<Record<string, (url: string) => Promise<void>>> = {
  async dial(url) {
    const echoed = (result: SendResult): void => {
      if (result === 'high-water') transport.connection.pause(); // until drained
    };
    const transport = await dial(url, {
      compression: COMPRESSION, protocols: PROTOCOLS, serialize: false,
      events: {
        text: (message) => echoed(transport.connection.sendText(message)),
        binary: (message) => echoed(transport.connection.sendBinary(message)),
        drained: () => transport.connection.resume(),
      },
    });
    await transport.closed;
  },

  'okhttp-web-socket': (url) => new Promise((resolve) => {
    new WebSocketClient({ compression: COMPRESSION }).newWebSocket({ url, protocols: PROTOCOLS }, {
      onText: (socket, text) => void socket.send(text),
      onBinary: (socket, bytes) => void socket.send(bytes),
      onClosed: () => resolve(),
      onFailure: () => resolve(),
    });
  }),

  'okhttp-call': (url) => new Promise((resolve) => {
    const events = WebSocketCall.create(new WebSocketClient({ compression: COMPRESSION }), { url, protocols: PROTOCOLS }).enqueue();
    events.on('open', ({ webSocket }) => {
      let last = Promise.resolve(); // a message is read when the one before has been sent: what is not read holds the server back
      events.on('message', (message) => {
        last = last
          .then(async () => webSocket.sendMessage(message.type, message.type === 'text' ? await message.text() : await message.bytes()))
          .catch(() => {}); // it ended meanwhile
      });
    });
    events.on('close', () => resolve());
    events.on('failure', () => resolve());
  }),

  'whatwg-web-socket': (url) => new Promise((resolve) => {
    const socket = new WebSocket(url, PROTOCOLS, { compression: COMPRESSION });
    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }) => socket.send(data as string | ArrayBuffer); // binaryType says so
    socket.onclose = () => resolve();
  }),

  async 'whatwg-web-socket-stream'(url) {
    const stream = new WebSocketStream(url, { protocols: PROTOCOLS }, { compression: COMPRESSION });
    try {
      const { readable, writable } = await stream.opened;
      await readable.pipeTo(writable);
    } catch { // it ended other than clean
    }
    await stream.closed.catch(() => {});
  },

  weex: (url) => new Promise((resolve) => {
    const webSocket = createWeexWebSocketModule();
    webSocket.WebSocket(url, PROTOCOLS.join(', '));
    webSocket.onmessage = ({ data }) => webSocket.send(data);
    webSocket.onclose = () => resolve();
  }),
};

/** A face, by the role it plays. */
export type Face =
  | { readonly name: string; readonly role: 'server'; readonly start: () => Promise<EchoServer> }
  | { readonly name: string; readonly role: 'client'; readonly drive: (url: string) => Promise<void> };

export const faces: readonly Face[] = [
  ...Object.entries(servers).map(([name, start]): Face => ({ name, role: 'server', start })),
  ...Object.entries(clients).map(([name, drive]): Face => ({ name, role: 'client', drive })),
];
