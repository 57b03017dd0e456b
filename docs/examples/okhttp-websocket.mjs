import { WebSocketClient } from 'hawser/listener';

const client = new WebSocketClient({ ping: { interval: 20_000, timeout: 10_000, misses: 1 }, maxQueueSize: 1024 * 1024 });

const webSocket = client.newWebSocket({ url: process.argv[2] ?? 'ws://127.0.0.1:9001/chat' }, {
  onOpen(_webSocket, response) {
    console.log(`open ${response.status}`);
  },
  onText(webSocket, text) {
    console.log(text);
    if (text === 'WORLD') webSocket.close(1000, 'that was all');
  },
  onClosed(webSocket, code) {
    console.log(`${webSocket.state} ${code}`);
  },
  onFailure(_webSocket, failure) {
    console.log(failure.message); // how far it came, what was expected, what was found
  },
});

// It is still connecting: messages wait, and go out in order when it is open.
console.log(webSocket.state, webSocket.send('hello'), webSocket.send('world'), webSocket.queueSize());
