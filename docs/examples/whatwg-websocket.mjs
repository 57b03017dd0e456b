import { listen } from 'hawser';
import { WebSocket } from 'hawser/whatwg';

const server = await listen({}, (pending) => {
  const { connection } = pending.accept({
    protocol: 'echo',
    events: { text: (message) => connection.sendText(message) },
  });
});

// What code for a browser does; the third argument is for what a page may not choose.
const socket = new WebSocket(server.url, ['echo'], { headers: { 'X-From': 'an example' }, keepalive: { interval: 10_000 } });

socket.onopen = () => {
  console.log(`open, speaking ${socket.protocol}`);
  socket.send('hello');
  console.log(`${socket.bufferedAmount} bytes on their way`);
};
socket.onmessage = ({ data }) => {
  console.log(data);
  socket.close(1000, 'that was all');
};
socket.addEventListener('error', ({ message }) => console.error(message));
socket.onclose = ({ code, wasClean }) => {
  console.log(`closed ${code}, ${wasClean ? 'clean' : 'not clean'}`);
  server.close();
};
