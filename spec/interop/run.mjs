// Holds Hawser to real peers, both roles: every kind and size of message there and back, a fragmented one with a Ping inside, a
// subprotocol, and a clean close from either side. One line a peer; exit code 1 if any differs.

import assert from 'node:assert/strict';
import { dial, listen } from '../../dist/lib/index.js';
import { clients, deafToEmptyText, servers } from './peers.mjs';

const SIZES = [0, 1, 125, 126, 127, 65_535, 65_536, 1024 * 1024];
const MESSAGES = [
  'Hello', 'Grüße, 世界 👋', ...SIZES.map((size) => 'x'.repeat(size)), '€'.repeat(50_000),
  ...SIZES.map((size) => Uint8Array.from({ length: size }, (_, i) => (i * 7) & 0xff)),
];
const DEADLINE_MS = 20_000;

/** Our client against their server. */
async function dialThem({ url }) {
  const received = [];
  let arrived = () => {};
  const put = (message) => { received.push(message); arrived(); };
  const pong = new Promise((resolve) => { put.pong = resolve; });
  const transport = await dial(`${url}/chat`, {
    protocols: ['chat'],
    events: { text: put, binary: put, pong: (payload) => put.pong(Buffer.from(payload).toString()) },
  });
  const { connection } = transport;
  assert.equal(transport.protocol, 'chat');
  for (const message of MESSAGES) {
    if (typeof message === 'string') connection.sendText(message);
    else connection.sendBinary(message);
  }
  connection.sendFragment('text', Buffer.from('in '), false);
  connection.sendPing(Buffer.from('inside'));
  connection.sendFragment('text', Buffer.from('three '), false);
  connection.sendFragment('text', Buffer.from('pieces'), true);
  while (received.length < MESSAGES.length + 1) await new Promise((resolve) => { arrived = resolve; });
  assert.equal(await pong, 'inside');
  assertSame(received, [...MESSAGES, 'in three pieces']);
  connection.close(4000, 'Grüße');
  const outcome = await transport.closed;
  assert.equal(outcome.violation, null);
  assert.equal(outcome.clean, true);
  return `closed ${outcome.code}`;
}

/** Their client against our server. */
async function serveThem(client, messages) {
  let outcome;
  const server = await listen({ origin: 'any' }, (pending) => {
    const transport = pending.accept({
      protocol: 'chat',
      events: {
        text: (message) => transport.connection.sendText(message),
        binary: (message) => transport.connection.sendBinary(message),
      },
    });
    outcome = transport.closed;
  });
  try {
    const { received, code, protocol } = await client(server.url, messages);
    assertSame(received, messages);
    assert.equal(protocol, 'chat');
    const ended = await outcome;
    assert.deepEqual({ code: ended.code, reason: ended.reason, clean: ended.clean }, { code: 4321, reason: 'Grüße', clean: true });
    return `closed ${code}`;
  } finally {
    await server.close();
  }
}

function assertSame(received, expected) {
  assert.equal(received.length, expected.length);
  expected.forEach((message, i) => {
    if (typeof message === 'string') assert.equal(received[i], message, `message ${i}`);
    else assert.ok(Buffer.from(message).equals(Buffer.from(received[i])), `message ${i}`);
  });
}

async function check(name, work) {
  const timer = setTimeout(() => { console.log(`FAIL  ${name}: nothing for ${DEADLINE_MS} ms`); process.exit(1); }, DEADLINE_MS);
  try {
    console.log(`ok    ${name}: ${await work()}`);
  } catch (error) {
    process.exitCode = 1;
    console.log(`FAIL  ${name}: ${error.stack}`);
  } finally {
    clearTimeout(timer);
  }
}

for (const [name, start] of Object.entries(servers)) {
  await check(`our client, their server, ${name}`, async () => {
    const server = await start();
    try {
      return await dialThem(server);
    } finally {
      server.stop();
    }
  });
}
for (const [name, client] of Object.entries(clients)) {
  const messages = deafToEmptyText.has(name) ? MESSAGES.filter((message) => message !== '') : MESSAGES;
  await check(`our server, their client, ${name}`, () => serveThem(client, messages));
}
process.exit();
