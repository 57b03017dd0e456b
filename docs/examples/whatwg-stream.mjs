import { listen } from 'hawser';
import { WebSocketStream } from 'hawser/whatwg';

const server = await listen({}, (pending) => {
  const { connection } = pending.accept({ events: { text: (message) => connection.sendText(message.toUpperCase()) } });
});

const stream = new WebSocketStream(server.url);
const { readable, writable } = await stream.opened;

// A write lasts until there is room for more; what is not read stays with the peer.
const writer = writable.getWriter();
for (const word of ['one', 'two', 'three']) await writer.write(word);

let left = 3;
for await (const message of readable) {
  console.log(message);
  if (--left === 0) break; // leaving the loop closes
}

const { closeCode } = await stream.closed;
console.log(`closed ${closeCode}`);
server.close();
