import { WebSocketCall, WebSocketClient } from 'hawser/listener';

const call = WebSocketCall.create(new WebSocketClient(), { url: process.argv[2] ?? 'ws://127.0.0.1:9001/chat' });
const events = call.enqueue();

events.on('open', async ({ webSocket }) => {
  events.on('message', async (message) => {
    if (message.type === 'text') return console.log(await message.text());
    let length = 0;
    for await (const piece of message) length += piece.length; // as it arrives; what is not read holds the server back
    console.log(`${length} bytes`);
    webSocket.sendPing();
  });
  events.on('pong', () => webSocket.close(1000));

  await webSocket.sendMessage('text', ['hel', 'lo']); // one message, in pieces
  await webSocket.sendMessage('binary', new Uint8Array(1_000_000)); // resolves when it is time for another
});

events.on('close', ({ code }) => console.log(`closed ${code}`));
events.on('failure', ({ failure }) => console.log(failure.message));
