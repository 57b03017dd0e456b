// Two threads' ends of a MessageChannel, an engine on each: run with `node docs/examples/embed-run.mjs`.
import { MessageChannel } from 'node:worker_threads';
import { attach } from './embed.mjs';

const { port1, port2 } = new MessageChannel();
const quiet = { text() {}, binary() {}, ping() {}, pong() {}, closing() {}, drained() {}, closed() {} };

const server = attach(port1, 'server', {
  ...quiet,
  text: (message) => server.sendText(`you said ${message}`),
});
const client = attach(port2, 'client', {
  ...quiet,
  text(message) {
    console.log(message);
    client.close(1000);
  },
  closed: ({ code, clean }) => console.log(`closed ${code}, ${clean ? 'clean' : 'not clean'}`),
});

client.sendText('hello over a MessagePort');
