import { dial } from 'hawser';
import { createServer } from 'hawser/server';

const rooms = new Map([['lobby', new Set()]]);

const server = createServer().route('/rooms/:room', async (request) => {
  const members = rooms.get(request.params.room);
  if (members === undefined) return void request.reject(404, { body: 'no such room' });
  const session = request.getWebSocket().withPing({ data: 'still there?', interval: 5_000, timeout: 2_000, misses: 1 });
  const first = await session.waitNext({ timeout: 10_000 }); // a message, a timeout or the end: three different answers
  if (first.kind !== 'message' || first.message.kind !== 'text') return void session.close(1008, 'who are you?');
  const name = first.message.text;
  members.add(session);
  session.send(`welcome, ${name}`);
  for await (const message of session) {
    if (message.kind === 'text') server.broadcast(members, `${name}: ${message.text}`); // framed once, however many are there
  }
  members.delete(session);
});
const { url } = await server.listen(); // 127.0.0.1, any free port

/** Enters the lobby, and goes on when it has read so many messages. */
const visit = (name, count, say) => new Promise((resolve) => {
  dial(`${url}/rooms/lobby`, {
    events: {
      text(message) {
        console.log(`${name} reads "${message}"`);
        if (--count === 0) resolve(undefined);
      },
    },
  }).then(({ connection }) => [name, ...say].forEach((message) => connection.sendText(message)));
});

await visit('ann', 1, []);
await visit('bob', 2, ['hello']);
await dial(`${url}/rooms/attic`).catch(({ status }) => console.log(`the attic: ${status}`));
console.log(await server.shutdown({ reason: 'good night', within: 1_000 }));
