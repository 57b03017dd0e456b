import { Connection, MessageAssembler, portablePlatform } from 'hawser/core';

const platform = portablePlatform({ random: (target) => void crypto.getRandomValues(target) });

/** Runs one side of a connection over a MessagePort, a transport the engine has never heard of. */
export function attach(port, role, handlers) {
  const inbox = []; // chunks that are not consumed yet; null is the end
  let timer;
  const connection = new Connection({
    role, platform, events: new MessageAssembler(platform, handlers), wake: () => queueMicrotask(turn),
  });
  function turn() {
    while (inbox.length > 0 && !connection.paused) { // bytes in, as far as they are wanted
      const chunk = inbox.shift();
      if (chunk === null) connection.receiveEnd();
      else if (connection.receive(chunk) < chunk.length) {
        inbox.unshift(chunk.subarray(connection.consumed));
        break; // until wake
      }
    }
    let bytes;
    while ((bytes = connection.takeOutput()) !== null) port.postMessage(new Uint8Array(bytes)); // bytes out
    if (connection.outputEnded || connection.abandoned) port.close();
    clearTimeout(timer); // time in, when it is needed
    const wait = connection.deadline - performance.now();
    if (wait < Infinity) timer = setTimeout(() => { connection.advance(performance.now()); turn(); }, wait).unref();
  }
  port.on('message', (chunk) => { inbox.push(chunk); turn(); });
  port.on('close', () => { inbox.push(null); turn(); });
  turn();
  return connection;
}
