import { listen } from 'hawser';
import { WebSocketClient } from 'hawser/listener';

const server = await listen({}, (pending) => {
  const { resource, headers } = pending.request;
  if (resource === '/old') return void pending.reject(302, { headers: { Location: '/new' } });
  if (headers.get('Authorization') === null) return void pending.reject(401, { body: 'who are you?' });
  pending.accept().connection.close(1000, `welcome to ${resource}`);
});

// One client, its choices made once: header fields, heartbeat, limits, TLS, proxy.
const client = new WebSocketClient({
  headers: { 'User-Agent': 'an example' },
  ping: { interval: 30_000, timeout: 10_000, misses: 1 },
  limits: { maxMessageSize: 1024 * 1024 },
});

/** Tries once, and goes on when it has ended. */
const attempt = (request) => new Promise((resolve) => {
  client.newWebSocket(request, {
    onOpen: (_webSocket, response) => console.log(`open at ${new URL(response.url).pathname}`),
    onClosed: (_webSocket, code, reason) => resolve(console.log(`closed ${code}: ${reason}`)),
    onFailure: (_webSocket, { phase, status, body }) => resolve(console.log(`${phase} ${status}: ${Buffer.from(body)}`)),
  });
});

await attempt({ url: `${server.url}/old` });
await attempt({ url: `${server.url}/old`, headers: { Authorization: 'Bearer of-good-news' } }); // goes along to /new: the same origin
await server.close();
