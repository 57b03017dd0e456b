import { dial } from 'hawser';

const { connection, closed } = await dial(process.argv[2] ?? 'ws://127.0.0.1:9001/chat', {
  events: {
    text(message) {
      console.log(message);
      connection.close(1000, 'that was all');
    },
  },
});

connection.sendText('hello');
const { code, clean } = await closed;
console.log(`closed ${code}, ${clean ? 'clean' : 'not clean'}`);
