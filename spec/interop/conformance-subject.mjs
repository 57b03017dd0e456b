// One subject of the suite, in a process of its own: it says when it is ready, and a client says when it is done with a URL.

import { faces } from '../../dist/spec/conformance/faces.js';
import { clients, servers } from './conformance-peers.mjs';

const [name, role] = process.argv.slice(2);
const face = faces.find((one) => `hawser-${one.name}` === name && one.role === role);

if (role === 'server') {
  const { url } = await (face?.start ?? servers[name].start)();
  process.send({ url });
} else {
  const drive = face?.drive ?? clients[name].drive;
  process.on('message', ({ url, number }) => {
    drive(url).catch(() => {}).then(() => process.send({ done: number }));
  });
  process.send({});
}
process.on('disconnect', () => process.exit());
