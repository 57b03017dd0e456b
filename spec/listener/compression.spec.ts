// permessage-deflate as OkHttp's own tests ask for it, over real sockets: a server by hand answers the offer, reads what the web socket
// sends with zlib, and writes what zlib compressed. Where the decision here is another than OkHttp's, the title says which.

import { after, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { acceptKeyOf } from '../../lib/core/handshake/accept.ts';
import type { Connection } from '../../lib/core/protocol/connection.ts';
import { WebSocketClient } from '../../lib/listener/client.ts';
import type { WebSocketListener } from '../../lib/listener/listener.ts';
import type { WebSocketClientOptions } from '../../lib/listener/options.ts';
import { listen } from '../../lib/node/listen.ts';
import { nodePlatform } from '../../lib/node/platform.ts';
import { concat, hex, toHex } from '../support/bytes.ts';
import { frame } from '../support/frames.ts';
import type { FrameSpec } from '../support/frames.ts';
import { Recorder } from '../support/listener.ts';
import type { Conversation } from '../support/listener.ts';
import { Random } from '../support/random.ts';
import { referenceTranscript } from '../support/reference-frames.ts';
import { RawPeer, rawServer } from '../support/sockets.ts';

const PLAIN = 'permessage-deflate';
const RSV1 = 0x40;
const TAIL = hex('0000ffff');
/** "Hello", and "Hello" once more by a reference to the first (RFC 7692 §7.2.3.1, §7.2.3.2). */
const HELLO = hex('f248cdc9c90700');
const HELLO_AGAIN = hex('f200110000');
const ENDED = 'failure open TRANSPORT_ENDED';

const frames = (...specs: readonly FrameSpec[]): Uint8Array => concat(...specs.map(frame));

/** A web socket whose offer is answered with `fields`, whole lines; `behind` rides behind the 101. */
async function answeredWith(
  fields: string, options: WebSocketClientOptions = {}, reactions: WebSocketListener = {}, behind: Uint8Array = new Uint8Array(0),
): Promise<Conversation> {
  const server = await rawServer();
  const recorder = new Recorder(reactions);
  const client = new WebSocketClient({ ping: 'off', ...options });
  const webSocket = client.newWebSocket({ url: `ws://127.0.0.1:${server.port}/` }, recorder);
  after(() => { // also when the spec fails
    webSocket.cancel();
    server.close();
  });
  const peer = await server.next();
  await peer.until(({ text }) => text.includes('\r\n\r\n'));
  const key = /^sec-websocket-key: (.*)\r$/im.exec(peer.text)?.[1] ?? '';
  const head = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    `Sec-WebSocket-Accept: ${acceptKeyOf(key, nodePlatform)}\r\n${fields}\r\n`;
  peer.write(concat(Buffer.from(head, 'latin1'), behind));
  return { server, peer, recorder, webSocket };
}

/** The same, answered with one line. */
const agreed = (answer: string, ...rest: [WebSocketClientOptions?, WebSocketListener?, Uint8Array?]): Promise<Conversation> =>
  answeredWith(`Sec-WebSocket-Extensions: ${answer}\r\n`, ...rest);

interface Seen {
  readonly opcode: string;
  readonly compressed: boolean;
  readonly payload: Uint8Array;
}

/** The whole frames that a peer was sent behind the handshake. */
function framesOf(peer: RawPeer, role: 'client' | 'server' = 'server'): Seen[] {
  const begin = peer.text.indexOf('\r\n\r\n') + 4;
  if (begin < 4) return [];
  const limits = { maxFrameSize: Infinity, maxMessageSize: Infinity, maxFragments: Infinity };
  return referenceTranscript(peer.received.subarray(begin), { role, rsv1Defined: true, limits })
    .filter((line) => !/\+\d+$/.test(line))
    .map((line) => ({
      opcode: /^\S+/.exec(line)?.[0] ?? '', compressed: line.includes(' rsv 40'), payload: hex(/[0-9a-f]*$/.exec(line)?.[0] ?? ''),
    }));
}

async function sent(peer: RawPeer, count: number, role?: 'client' | 'server'): Promise<Seen[]> {
  await peer.until((it) => framesOf(it, role).length >= count);
  return framesOf(peer, role);
}

/** What zlib makes of compressed messages, in order, when each may refer to those before it. */
function inflateAll(payloads: readonly Uint8Array[]): string {
  return inflateRawSync(concat(...payloads.flatMap((payload) => [payload, TAIL])), { finishFlush: constants.Z_SYNC_FLUSH }).toString();
}

/** What zlib makes of one message behind `history`. */
function deflate(text: string, history: string = ''): Uint8Array {
  const options = { finishFlush: constants.Z_SYNC_FLUSH, ...history !== '' && { dictionary: Buffer.from(history) } };
  return deflateRawSync(text, options).subarray(0, -4);
}

/** A raw client of a server of ours that takes `PLAIN`; `told` is what the server hears, `end` ends both. */
async function rawClient(sends: readonly string[] = []): Promise<{
  readonly peer: RawPeer; readonly told: string[]; connection(): Connection;
}> {
  const told: string[] = [];
  let accepted: Connection | null = null;
  const listener = await listen({}, (pending) => {
    const { connection } = pending.accept({
      events: {
        text: (message) => { told.push(message); },
        closed: ({ violation }) => { told.push(violation?.name ?? 'closed'); },
      },
    });
    accepted = connection;
    for (const message of sends) connection.sendText(message, { compress: true });
  });
  const peer = await RawPeer.connect(listener.port);
  after(() => {
    peer.socket.destroy();
    return listener.terminate();
  });
  peer.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
    `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Extensions: ${PLAIN}\r\n\r\n`);
  await peer.until(({ text }) => text.includes('\r\n\r\n'));
  assert.match(peer.text, /^sec-websocket-extensions: permessage-deflate\r$/im);
  return { peer, told, connection: () => accepted as unknown as Connection };
}

const TEXT = 'a message of which much is the same as in the message before it, and in the message after it. ';

describe('a web socket whose offer was accepted', () => {
  it('compresses a message of 1,024 repeated bytes, which arrives intact', async () => {
    const { peer } = await agreed(PLAIN, {}, { onOpen: (ws) => { ws.send('x'.repeat(1024)); } });
    const [message] = await sent(peer, 1);
    assert.deepEqual([message?.opcode, message?.compressed], ['text', true]);
    assert.ok((message?.payload.length ?? Infinity) < 32);
    assert.equal(inflateAll([message?.payload ?? hex('')]), 'x'.repeat(1024));
  });

  it('sends a message of one byte less than the threshold as it is, and one of the threshold compressed', async () => {
    const { peer } = await agreed(PLAIN, { compression: { threshold: 1024 } }, {
      onOpen: (ws) => { ws.send('x'.repeat(1023)); ws.send('x'.repeat(1024)); ws.send(new Uint8Array(1023)); ws.send(new Uint8Array(1024)); },
    });
    assert.deepEqual((await sent(peer, 4)).map(({ opcode, compressed, payload }) => [opcode, compressed, payload.length >= 1023]),
      [['text', false, true], ['text', true, false], ['binary', false, true], ['binary', true, false]]);
  });

  it('compresses from 64 bytes on unless told otherwise, where OkHttp has 1,024', async () => {
    const { peer } = await agreed(PLAIN, {}, { onOpen: (ws) => { ws.send('x'.repeat(63)); ws.send('x'.repeat(64)); } });
    assert.deepEqual((await sent(peer, 2)).map(({ compressed }) => compressed), [false, true]);
  });

  it('sends one message as it is, or compressed below the threshold, where that is said beside it, also while connecting', async () => {
    const { peer, webSocket } = await agreed(PLAIN, {}, { onOpen: (ws) => { ws.send('x'.repeat(1000), { compress: false }); } });
    webSocket.send('x'.repeat(20), { compress: true });
    const seen = await sent(peer, 2);
    assert.deepEqual(new Map(seen.map(({ compressed, payload }) => [compressed, payload.length > 20])), new Map([[true, false], [false, true]]));
  });

  it('counts what waits before compression', async () => {
    const { webSocket } = await agreed(PLAIN);
    webSocket.send('x'.repeat(5000));
    assert.equal(webSocket.queueSize(), 5000);
  });
});

describe('a threshold', () => {
  it('that is negative, or no number, throws when the client is made', () => {
    for (const threshold of [-1, 1.5, NaN]) {
      assert.throws(() => new WebSocketClient({ compression: { threshold } }), { name: 'RangeError', message: /compression\.threshold must be a whole number of at least 0/ });
    }
    assert.throws(() => new WebSocketClient({ compression: { threshold: '1' as never } }), { name: 'TypeError', message: /compression\.threshold must be a number/ });
  });
});

describe('both directions', () => {
  const cases: readonly (readonly [title: string, answer: string, ours: boolean, theirs: boolean])[] = [
    ['carry on from message to message, empty ones between them, when nothing else was agreed', PLAIN, true, true],
    ['carry on but for the client\'s with client_no_context_takeover', `${PLAIN}; client_no_context_takeover`, false, true],
    ['carry on but for the server\'s with server_no_context_takeover', `${PLAIN}; server_no_context_takeover`, true, false],
  ];
  for (const [title, answer, ours, theirs] of cases) {
    it(title, async () => {
      const behind = frames(
        { opcode: 1, rsv: RSV1, payload: deflate(TEXT) }, { opcode: 1, rsv: RSV1, payload: hex('00') }, { opcode: 1 },
        { opcode: 1, rsv: RSV1, payload: theirs ? deflate(TEXT, TEXT) : deflate(TEXT) }, { opcode: 8, payload: hex('03e8') },
      );
      const { peer, recorder } = await agreed(answer, {}, { onOpen: (ws) => { for (const text of [TEXT, '', TEXT]) ws.send(text); } }, behind);
      const [first, empty, second, close] = await sent(peer, 4) as [Seen, Seen, Seen, Seen];
      peer.socket.end();
      assert.deepEqual(await recorder.ended(), ['open 101', `text ${TEXT}`, 'text ', 'text ', `text ${TEXT}`, 'closing 1000', 'closed 1000']);
      assert.deepEqual([first.compressed, empty.compressed, second.compressed, close.opcode], [true, false, true, 'close']);
      assert.equal(empty.payload.length, 0);
      assert.equal(inflateAll([first.payload]), TEXT);
      if (ours) {
        assert.ok(second.payload.length < first.payload.length / 4, 'the second refers to the first');
        assert.equal(inflateAll([first.payload, second.payload]), TEXT + TEXT);
      } else {
        assert.deepEqual(second.payload, first.payload);
      }
    });
  }

  it('are without a history that was not agreed: a reference to the message before is refused with server_no_context_takeover', async () => {
    const behind = frames({ opcode: 1, rsv: RSV1, payload: HELLO }, { opcode: 1, rsv: RSV1, payload: HELLO_AGAIN });
    const { peer, recorder } = await agreed(`${PLAIN}; server_no_context_takeover`, {}, {}, behind);
    peer.socket.end();
    assert.deepEqual(await recorder.ended(), ['open 101', 'text Hello', 'failure open DEFLATE_DISTANCE_TOO_FAR']);
  });
});

describe('an answer that agrees to permessage-deflate', () => {
  const accepted: readonly (readonly [title: string, fields: string, takeover: boolean])[] = [
    ['is its bare name', `${PLAIN}`, true],
    ['may stand behind an empty element', `, ${PLAIN}`, true],
    ['may have a line to itself beside an empty one', `\r\nSec-WebSocket-Extensions: ${PLAIN}`, true],
    ['may have server_max_window_bits=15', `${PLAIN}; server_max_window_bits=15`, true],
    ['may have server_max_window_bits=8', `${PLAIN}; server_max_window_bits=8`, true],
    ['may have a window in quotes, and blanks around "="', `${PLAIN}; server_max_window_bits = "10"`, true],
    ['may have client_max_window_bits, in quotes or not, since it is always offered here', `${PLAIN}; client_max_window_bits=15`, true],
    ['may have client_max_window_bits in quotes with blanks around "="', `${PLAIN}; client_max_window_bits\t= "8"`, true],
    ['may have both takeover parameters, server first', `${PLAIN}; server_no_context_takeover; client_no_context_takeover`, false],
    ['may have both takeover parameters, client first', `${PLAIN}; client_no_context_takeover; server_no_context_takeover`, false],
    ['may have client_no_context_takeover alone', `${PLAIN}; client_no_context_takeover`, false],
    ['may have server_no_context_takeover alone', `${PLAIN}; server_no_context_takeover`, true],
    ['may have all four parameters', `${PLAIN}; server_max_window_bits=8; client_max_window_bits=15; client_no_context_takeover; server_no_context_takeover`, false],
    ['may have no blanks', `${PLAIN};client_no_context_takeover;server_max_window_bits=12`, false],
    ['may have blanks and tabs around separators', ` \t${PLAIN} \t ;\t client_no_context_takeover \t;  server_max_window_bits=12\t`, false],
  ];
  const both = 'y'.repeat(40) + 'the same in both messages, with little in it that it has twice';
  for (const [title, value, takeover] of accepted) {
    it(title, async () => {
      const options = { compression: { threshold: 0 } };
      const behind = frame({ opcode: 1, rsv: RSV1, payload: HELLO });
      const { peer, recorder } = await agreed(value, options, { onOpen: (ws) => { ws.send(both); ws.send(both); } }, behind);
      await recorder.until('text Hello');
      const [first, second] = await sent(peer, 2) as [Seen, Seen];
      assert.deepEqual([first.compressed, second.compressed], [true, true]);
      assert.equal(second.payload.length < first.payload.length / 2, takeover, `${first.payload.length}, then ${second.payload.length}`);
    });
  }

  it('binds what goes out to the window in it', async () => {
    const noise = toHex(new Random(5).bytes(450)); // 900 characters, a little more than half of them information
    for (const [bits, refers] of [[9, false], [15, true]] as const) {
      const { peer } = await agreed(`${PLAIN}; client_max_window_bits=${bits}`, {}, { onOpen: (ws) => { ws.send(noise); ws.send(noise); } });
      const [first, second] = await sent(peer, 2) as [Seen, Seen];
      assert.equal(inflateAll([first.payload, second.payload]), noise + noise);
      assert.equal(second.payload.length < 50, refers, `${bits} bits: ${second.payload.length} of ${first.payload.length} bytes`);
    }
  });
});

describe('an answer that agrees to something else', () => {
  const WRONG = 'EXTENSION_PARAMETERS_WRONG';
  const refused: readonly (readonly [title: string, value: string, name: string, said: RegExp])[] = [
    ['fails the handshake and names the parameter that is not defined, where OkHttp closes with 1010', `${PLAIN}; unknown_parameter`, WRONG, /unknown_parameter: a parameter of permessage-deflate/],
    ['fails the handshake for a parameter that is not defined, with a value or twice', `${PLAIN}; unknown=15; unknown`, WRONG, /unknown: a parameter of permessage-deflate/],
    ['fails the handshake for server_max_window_bits=7, and says so', `${PLAIN}; server_max_window_bits=7`, WRONG, /server_max_window_bits: a number from 8 to 15.*"7"/],
    ['fails the handshake for server_max_window_bits=16, and says so', `${PLAIN}; server_max_window_bits=16`, WRONG, /server_max_window_bits: a number from 8 to 15.*"16"/],
    ['fails the handshake for server_max_window_bits without a value', `${PLAIN}; server_max_window_bits`, WRONG, /server_max_window_bits: a number.*no value/],
    ['fails the handshake for client_max_window_bits without a value', `${PLAIN}; client_max_window_bits`, WRONG, /client_max_window_bits: a number.*no value/],
    ['fails the handshake for a value of what takes none', `${PLAIN}; client_no_context_takeover=true`, WRONG, /client_no_context_takeover: no value/],
    ['fails the handshake for a window that is no number', `${PLAIN}; server_max_window_bits=x`, WRONG, /server_max_window_bits: a number/],
    ['fails the handshake for a parameter twice', `${PLAIN}; server_no_context_takeover; server_no_context_takeover`, WRONG, /server_no_context_takeover: once/],
    ['fails the handshake for a name in capitals: tokens are compared exactly, where OkHttp folds them', 'PERMESSAGE-DEFLATE', 'EXTENSION_NOT_OFFERED', /PERMESSAGE-DEFLATE/],
    ['fails the handshake for a parameter in capitals', `${PLAIN}; SERVER_NO_CONTEXT_TAKEOVER`, WRONG, /SERVER_NO_CONTEXT_TAKEOVER/],
    ['fails the handshake for the extension twice', `${PLAIN}, ${PLAIN}`, 'EXTENSION_REPEATED', /permessage-deflate/],
    ['fails the handshake for a semicolon with nothing behind it, which the grammar does not have', `${PLAIN};`, 'EXTENSIONS_MALFORMED', /a parameter name/],
    ['fails the handshake for a field without any extension, which the grammar does not have', '', 'EXTENSIONS_MALFORMED', /at least one element/],
  ];
  for (const [title, value, name, said] of refused) {
    it(title, async () => {
      const { peer, recorder } = await agreed(value);
      peer.socket.end();
      assert.deepEqual(await recorder.ended(), [`failure response ${name}`]);
      assert.match(recorder.failure?.message ?? '', said);
    });
  }
});

describe('a web socket that is sent, with permessage-deflate agreed', () => {
  const NOISE = new Random(9).bytes(4000);
  const cases: readonly { readonly title: string; readonly bytes: Uint8Array; readonly told: readonly string[] }[] = [
    { title: 'a text without RSV1 reads it as it is', bytes: hex('810548656c6c6f'), told: ['text Hello', ENDED] },
    { title: 'the RFC\'s compressed "Hello" tells it', bytes: frame({ opcode: 1, rsv: RSV1, payload: HELLO }), told: ['text Hello', ENDED] },
    { title: 'a text without RSV1 in two frames tells it once', bytes: frames({ opcode: 1, fin: false, payload: 'Hel' }, { opcode: 0, payload: 'lo' }), told: ['text Hello', ENDED] },
    {
      title: 'a compressed text in two frames, RSV1 on the first alone, tells it once',
      bytes: frames({ opcode: 1, fin: false, rsv: RSV1, payload: HELLO.subarray(0, 3) }, { opcode: 0, payload: HELLO.subarray(3) }), told: ['text Hello', ENDED],
    },
    {
      title: 'four Pongs between two frames of a compressed text tells them before the message',
      bytes: frames(
        { opcode: 1, fin: false, rsv: RSV1, payload: HELLO.subarray(0, 3) }, ...[0, 1, 2, 3].map(() => ({ opcode: 10 })), { opcode: 0, payload: HELLO.subarray(3) },
      ),
      told: ['pong ', 'pong ', 'pong ', 'pong ', 'text Hello', ENDED],
    },
    { title: 'RSV1 on what is no DEFLATE data fails, and tells nothing of it', bytes: frame({ opcode: 1, rsv: RSV1, payload: 'Uncompressed' }), told: ['failure open DEFLATE_CORRUPT'] },
    { title: 'RSV1 on a continuation fails', bytes: frames({ opcode: 1, fin: false, rsv: RSV1, payload: HELLO }, { opcode: 0, rsv: RSV1 }), told: ['failure open RSV1_ON_CONTINUATION'] },
    { title: 'a message compressed to the one octet 00 tells an empty one', bytes: frames({ opcode: 1, rsv: RSV1, payload: hex('00') }, { opcode: 2, rsv: RSV1, payload: hex('00') }), told: ['text ', 'binary ', ENDED] },
    {
      title: 'a message that ends itself by BFINAL tells it, and keeps the window for the next',
      bytes: frames({ opcode: 1, rsv: RSV1, payload: hex('f348cdc9c90700 00') }, { opcode: 1, rsv: RSV1, payload: HELLO_AGAIN }), told: ['text Hello', 'text Hello', ENDED],
    },
    {
      title: 'a message that ends itself by BFINAL, and nothing behind it, is not read for ever',
      bytes: frames({ opcode: 1, rsv: RSV1, payload: hex('f348cdc9c90700') }, { opcode: 1, payload: 'on' }), told: ['text Hello', 'text on', ENDED],
    },
    {
      title: 'thousands of bytes behind a BFINAL that are no block fails: nothing of them is told or kept, where OkHttp drops them',
      bytes: frames({ opcode: 2, rsv: RSV1, payload: concat(hex('f348cdc9c90700'), hex('ff'), NOISE) }, { opcode: 1, payload: 'next' }),
      told: ['failure open DEFLATE_TRAILING_DATA'],
    },
  ];
  for (const { title, bytes, told } of cases) {
    it(title, async () => {
      const { peer, recorder } = await agreed(PLAIN, {}, {}, bytes);
      peer.socket.end();
      assert.deepEqual(await recorder.ended(), ['open 101', ...told]);
    });
  }

  it('compressed messages one byte at a time, or in frames of one byte, tells the same', async () => {
    const { peer, recorder } = await agreed(PLAIN);
    await recorder.until('open');
    const first = deflate(TEXT.repeat(3));
    const bytes = concat(
      frame({ opcode: 1, rsv: RSV1, payload: first }),
      ...Array.from(deflate(TEXT, TEXT.repeat(3)), (octet, i) => frame({ opcode: i === 0 ? 1 : 0, fin: false, rsv: i === 0 ? RSV1 : 0, payload: Uint8Array.of(octet) })),
      frame({ opcode: 0 }),
    );
    for (const octet of bytes) {
      peer.write(Uint8Array.of(octet));
      await new Promise((resolve) => { setImmediate(resolve); });
    }
    peer.socket.end();
    assert.deepEqual(await recorder.ended(), ['open 101', `text ${TEXT.repeat(3)}`, `text ${TEXT}`, ENDED]);
  });
});

describe('a server that is sent, with permessage-deflate agreed', () => {
  const [one, other] = [hex('37fa213d'), hex('a5015aff')];
  const cases: readonly (readonly [title: string, specs: readonly FrameSpec[]])[] = [
    ['a masked text without RSV1 reads it as it is', [{ opcode: 1, payload: 'Hello', mask: one }]],
    ['a masked text without RSV1 in two frames, each with a key of its own, reads it', [{ opcode: 1, fin: false, payload: 'Hel', mask: one }, { opcode: 0, payload: 'lo', mask: other }]],
    ['a masked compressed text reads it', [{ opcode: 1, rsv: RSV1, payload: HELLO, mask: one }]],
    ['a masked compressed text in two frames, each with a key of its own, reads it', [
      { opcode: 1, fin: false, rsv: RSV1, payload: HELLO.subarray(0, 3), mask: one }, { opcode: 0, payload: HELLO.subarray(3), mask: other },
    ]],
  ];
  for (const [title, specs] of cases) {
    it(title, async () => {
      const { peer, told } = await rawClient();
      peer.write(frames(...specs, { opcode: 8, payload: hex('03e8'), mask: true }));
      await peer.until(({ received }) => toHex(received).endsWith('880203e8'));
      assert.equal(told[0], 'Hello');
    });
  }
});

describe('what goes out compressed', () => {
  /** "Hello" five times: six literals, of which the RFC's example has five, then one reference, 19 bytes long and 5 back. */
  const HELLOS = 'Hello'.repeat(5);
  const GOLDEN = 'f248cdc9c9f7c0420000';

  it('is the bytes of RFC 7692 §7.2.1 without their tail, RSV1 set, as zlib makes them; "Hello" alone would grow and goes out as it is', async () => {
    assert.equal(toHex(deflate(HELLOS)), GOLDEN);
    const { peer } = await rawClient(['Hello', HELLOS]);
    const [plain, golden] = await sent(peer, 2, 'client') as [Seen, Seen];
    assert.deepEqual([plain.compressed, Buffer.from(plain.payload).toString()], [false, 'Hello']);
    assert.deepEqual([golden.compressed, toHex(golden.payload)], [true, GOLDEN]);
  });

  it('by a client is the same, masked', async () => {
    const { peer } = await agreed(PLAIN, {}, { onOpen: (ws) => { ws.send(HELLOS, { compress: true }); } });
    const [golden] = await sent(peer, 1) as [Seen];
    assert.deepEqual([golden.opcode, golden.compressed, toHex(golden.payload)], ['text', true, GOLDEN]);
    assert.notEqual(peer.received.subarray(-golden.payload.length).toString('hex'), GOLDEN);
  });

  it('inflates to what was sent, and is smaller: a long text that repeats itself', async () => {
    const long = TEXT.repeat(100);
    const { peer } = await agreed(PLAIN, {}, { onOpen: (ws) => { ws.send(long); } });
    const [message] = await sent(peer, 1) as [Seen];
    assert.ok(message.payload.length < long.length / 20);
    assert.equal(inflateAll([message.payload]), long);
  });
});

describe('what is remembered for the messages that follow', () => {
  it('is a text as it was sent, not as it went out: what is compressed behind it refers to the one alone', async () => {
    const texts = [TEXT.repeat(2), `${TEXT}€`];
    for (const role of ['client', 'server'] as const) {
      for (const text of texts) {
        const behind = (seen: readonly Seen[]): Uint8Array => concat(...seen.map(({ payload }) => payload), new Uint8Array(5000).fill(1));
        const check = ([first, second]: readonly Seen[], expected: Uint8Array): void => {
          const all = inflateRawSync(concat(first?.payload ?? hex(''), TAIL, second?.payload ?? hex(''), TAIL), { finishFlush: constants.Z_SYNC_FLUSH });
          assert.ok(all.equals(Buffer.concat([Buffer.from(text), expected])), role);
        };
        if (role === 'client') {
          const { peer, webSocket } = await agreed(PLAIN, {}, { onOpen: (ws) => { ws.send(text); } });
          const bytes = behind(await sent(peer, 1));
          webSocket.send(bytes);
          check(await sent(peer, 2), bytes);
        } else {
          const { peer, connection } = await rawClient([text]);
          const bytes = behind(await sent(peer, 1, 'client'));
          connection().sendBinary(bytes);
          check(await sent(peer, 2, 'client'), bytes);
        }
      }
    }
  });
});

describe('after the end', () => {
  it('nothing is compressed or inflated any more: send is false, and what comes is told to nobody', async () => {
    const { peer, recorder, webSocket } = await agreed(PLAIN);
    await recorder.until('open');
    webSocket.send(TEXT);
    await sent(peer, 1);
    webSocket.cancel();
    peer.write(frame({ opcode: 1, rsv: RSV1, payload: HELLO }));
    assert.equal(webSocket.send(TEXT), false);
    await peer.until(({ ended, closed }) => ended || closed);
    assert.equal(webSocket.send(TEXT, { compress: true }), false);
    assert.deepEqual(await recorder.ended(), ['open 101', 'failure open TERMINATED']);
    assert.equal(framesOf(peer).length, 1);
  });
});
