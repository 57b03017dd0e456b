import { listen } from 'hawser';

const server = await listen({ port: Number(process.env.PORT ?? 9001) }, (pending) => {
  console.log(`${pending.remoteAddress} asks for ${pending.request.resource}`);
  const { connection } = pending.accept({
    events: {
      text: (message) => connection.sendText(message.toUpperCase()),
      binary: (message) => connection.sendBinary(message),
      closed: ({ code, clean }) => console.log(`closed ${code}, ${clean ? 'clean' : 'not clean'}`),
    },
  });
});

console.log(`listening on ${server.url}`);
