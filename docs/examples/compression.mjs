import { dial } from 'hawser';
import { createServer } from 'hawser/server';

const server = createServer({
  compression: ({ headers }) => (headers.get('User-Agent') ?? '').includes('Broken') ? 'off' : { clientNoContextTakeover: true },
}).route('/ticks', (request) => {
  const session = request.getWebSocket();
  session.onReceive(() => {
    session.send(JSON.stringify({ token: 'a secret' }), { compress: false }); // neither compressed nor remembered
    const ticks = Array.from({ length: 100 }, (_, i) => ({ symbol: 'ACME', price: 100 + i }));
    server.broadcast(server.sessions, JSON.stringify(ticks)); // compressed once, however many there are
  });
});
const { url } = await server.listen();

/** Asks for the ticks, and tells what came and how many bytes that took on the wire. */
const ask = (compression) => new Promise((resolve) => {
  const messages = [];
  const dialled = dial(`${url}/ticks`, {
    compression,
    events: {
      async text(message) {
        if (messages.push(message) < 2) return;
        const { connection } = await dialled;
        console.log(`${compression === 'off' ? 'plain' : 'compressed'}: ${messages.join('').length} characters in ${connection.position} bytes`);
        connection.close(1000);
        resolve(undefined);
      },
    },
  });
  dialled.then(({ connection }) => connection.sendText('go'));
});

await ask('off');
await ask({});
await server.shutdown();
