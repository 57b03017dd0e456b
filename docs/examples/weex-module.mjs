import { listen } from 'hawser';
import { createWeexWebSocketModule } from 'hawser/whatwg';

const server = await listen({}, (pending) => {
  const { connection } = pending.accept({ events: { text: (message) => connection.sendText(message) } });
});

const webSocket = createWeexWebSocketModule(); // what weex.requireModule('webSocket') gives

webSocket.WebSocket(server.url, '');
webSocket.onopen = () => webSocket.send('hello');
webSocket.onmessage = ({ data }) => {
  console.log(data);
  webSocket.close(1000, 'done');
};
webSocket.onclose = ({ code, wasClean }) => {
  console.log(`closed ${code}, ${wasClean ? 'clean' : 'not clean'}`);
  server.close();
};
webSocket.onerror = ({ data }) => console.error(data);
