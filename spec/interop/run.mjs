// Holds Hawser to real peers, both roles: every kind and size of message there and back, a fragmented one with a Ping inside, a
// subprotocol, and a clean close from either side; and all of that again compressed, by every agreement of takeover and window, counted on
// the socket. One line a peer and agreement; exit code 1 if any differs.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { serializeExtensions } from '../../dist/lib/core/handshake/index.js';
import { dial, listen } from '../../dist/lib/index.js';
import { clients, deafToEmptyText, neverCompressing, servers, withoutCompression } from './peers.mjs';

const SIZES = [0, 1, 125, 126, 127, 65_535, 65_536, 1024 * 1024];
const PLAIN_MESSAGES = [
  'Hello', 'Grüße, 世界 👋', ...SIZES.map((size) => 'x'.repeat(size)), '€'.repeat(50_000),
  ...SIZES.map((size) => Uint8Array.from({ length: size }, (_, i) => (i * 7) & 0xff)),
];
const ROWS = Array.from({ length: 4000 }, (_, i) => JSON.stringify({ id: i * 7919 % 10_007, user: `user-${i * 31 % 500}`, price: i * 37 % 997 / 100, name: 'Grüße, 世界' }));
const COMPRESSED_SIZES = [1, 2, 63, 64, 100, 511, 512, 513, 1000, 4095, 4096, 5000, 32_768, 65_535, 65_536, 300_000];
const COMPRESSED_MESSAGES = [
  '', new Uint8Array(0), 'Hello', 'Hello', 'Grüße, 世界 👋',
  ...COMPRESSED_SIZES.flatMap((size, i) => {
    const text = ROWS.slice(i * 3).join().slice(0, size);
    return [text, text, Uint8Array.from({ length: size }, (_, at) => (at * 7) & 0xff)];
  }),
  new Uint8Array(randomBytes(600)), new Uint8Array(randomBytes(40_000)), 'x'.repeat(300_000), ROWS[0],
];
/** What goes uncompressed is less than this share of everything. */
const SHRUNK = 0.6;
const DEADLINE_MS = 30_000;

/** Nothing, our default, and every agreement of takeover with the least window that zlib has and the largest. */
const SETTINGS = [
  { name: 'not compressed', ours: 'off', theirs: null },
  ...[9, 15].flatMap((bits) => [false, true].flatMap((serverNoContextTakeover) => [false, true].map((clientNoContextTakeover) => {
    const theirs = { serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits: bits, clientMaxWindowBits: bits, threshold: 0 };
    const takeover = [...serverNoContextTakeover ? [] : ['server'], ...clientNoContextTakeover ? [] : ['client']].join(' and ') || 'nobody';
    return { name: `${bits} bits, takeover by ${takeover}`, ours: theirs, theirs };
  }))),
  {
    name: 'our default, theirs open', ours: { threshold: 0 },
    theirs: { serverNoContextTakeover: false, clientNoContextTakeover: false, serverMaxWindowBits: 15, clientMaxWindowBits: 15, threshold: 0 },
  },
];

const byteLength = (message) => (typeof message === 'string' ? Buffer.byteLength(message) : message.length);
const sizeOf = (messages) => messages.reduce((sum, message) => sum + byteLength(message), 0);
const messagesFor = ({ theirs }) => (theirs === null ? PLAIN_MESSAGES : COMPRESSED_MESSAGES);

/** What was agreed, which has to be what was asked for, and bytes on the socket, which have to be fewer than were sent. */
function compressionOf({ ours, theirs }, { extensions, socket }, total, can) {
  const agreed = serializeExtensions(extensions);
  const [out, back] = [socket.bytesWritten / total, socket.bytesRead / total];
  if (theirs === null || !can.negotiate) {
    assert.equal(agreed, '');
    assert.ok(out > 1 && back > 1);
    return '';
  }
  assert.match(agreed, /^permessage-deflate/);
  assert.ok(out < SHRUNK, `${out.toFixed(2)} of the bytes went out`);
  assert.ok(can.compress ? back < SHRUNK : back > 1, `${back.toFixed(2)} of the bytes came in`);
  if (can.choose && ours.serverNoContextTakeover !== undefined) {
    assert.equal(agreed.includes('client_no_context_takeover'), ours.clientNoContextTakeover, agreed);
    assert.equal(agreed.includes('server_no_context_takeover'), ours.serverNoContextTakeover, agreed);
    for (const side of ours.serverMaxWindowBits === 9 ? ['server', 'client'] : []) assert.match(agreed, new RegExp(`${side}_max_window_bits=9\\b`));
  }
  return `; ${agreed}; ${Math.round(out * 100)} % out, ${Math.round(back * 100)} % in`;
}

/** Our client against their server. */
async function dialThem({ url }, setting, can) {
  const messages = messagesFor(setting);
  const received = [];
  let arrived = () => {};
  const put = (message) => { received.push(message); arrived(); };
  const pong = new Promise((resolve) => { put.pong = resolve; });
  const transport = await dial(`${url}/chat`, {
    protocols: ['chat'], compression: setting.ours,
    events: { text: put, binary: put, pong: (payload) => put.pong(Buffer.from(payload).toString()) },
  });
  const { connection } = transport;
  assert.equal(transport.protocol, 'chat');
  for (const message of messages) {
    if (typeof message === 'string') connection.sendText(message);
    else connection.sendBinary(message);
  }
  connection.sendFragment('text', Buffer.from('in '), false);
  connection.sendPing(Buffer.from('inside'));
  connection.sendFragment('text', Buffer.from('three '), false);
  connection.sendFragment('text', Buffer.from('pieces'), true);
  connection.sendText('secret '.repeat(20), { compress: false });
  while (received.length < messages.length + 2) await new Promise((resolve) => { arrived = resolve; });
  assert.equal(await pong, 'inside');
  assertSame(received, [...messages, 'in three pieces', 'secret '.repeat(20)]);
  const compression = compressionOf(setting, transport, sizeOf(messages), can);
  connection.close(4000, 'Grüße');
  const outcome = await transport.closed;
  assert.equal(outcome.violation, null);
  assert.equal(outcome.clean, true);
  return `closed ${outcome.code}${compression}`;
}

/** Their client against our server. */
async function serveThem(client, messages, setting, can) {
  let accepted;
  const server = await listen({ origin: 'any', compression: setting.ours }, (pending) => {
    const transport = pending.accept({
      protocol: 'chat',
      events: {
        text: (message) => transport.connection.sendText(message),
        binary: (message) => transport.connection.sendBinary(message),
      },
    });
    accepted = transport;
  });
  try {
    const { received, code, protocol } = await client(server.url, messages, setting.theirs);
    assertSame(received, messages);
    assert.equal(protocol, 'chat');
    const ended = await accepted.closed;
    assert.deepEqual({ code: ended.code, reason: ended.reason, clean: ended.clean }, { code: 4321, reason: 'Grüße', clean: true });
    return `closed ${code}${compressionOf(setting, accepted, sizeOf(messages), can)}`;
  } finally {
    await server.close();
  }
}

function assertSame(received, expected) {
  assert.equal(received.length, expected.length);
  expected.forEach((message, i) => {
    if (typeof message === 'string') assert.ok(received[i] === message, `message ${i}, a text of ${message.length}`);
    else assert.ok(Buffer.from(message).equals(Buffer.from(received[i])), `message ${i}, ${message.length} bytes`);
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

const abilities = (name) => ({
  negotiate: !withoutCompression.has(name), compress: !neverCompressing.has(name), choose: !neverCompressing.has(name),
});
for (const setting of SETTINGS) {
  for (const [name, start] of Object.entries(servers)) {
    await check(`our client, their server, ${name}, ${setting.name}`, async () => {
      const server = await start(setting.theirs);
      try {
        return await dialThem(server, setting, abilities(name));
      } finally {
        server.stop();
      }
    });
  }
  for (const [name, client] of Object.entries(clients)) {
    const messages = deafToEmptyText.has(name) ? messagesFor(setting).filter((message) => message !== '') : messagesFor(setting);
    await check(`our server, their client, ${name}, ${setting.name}`, () => serveThem(client, messages, setting, abilities(name)));
  }
}
process.exit();
