// permessage-deflate over real sockets (RFC 7692): on by default on both sides, chosen by the server for each request, judged by the client,
// bounded while it inflates, compressed in the thread pool where that is better, and gone with its connection at any moment.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { constants, deflateRawSync } from 'node:zlib';
import { acceptKeyOf } from '../../lib/core/handshake/accept.ts';
import type { Extension } from '../../lib/core/handshake/extensions.ts';
import { serializeExtensions } from '../../lib/core/handshake/extensions.ts';
import type { CloseOutcome } from '../../lib/core/protocol/events.ts';
import { PreparedMessage } from '../../lib/core/protocol/prepared-message.ts';
import { dial } from '../../lib/node/dial.ts';
import type { DialOptions } from '../../lib/node/dial.ts';
import { HandshakeError } from '../../lib/node/handshake-error.ts';
import { listen } from '../../lib/node/listen.ts';
import { nodePlatform } from '../../lib/node/platform.ts';
import type { OnRequest, ServerOptions } from '../../lib/node/reception.ts';
import type { Transport } from '../../lib/node/transport.ts';
import { hex } from '../support/bytes.ts';
import { frame } from '../support/frames.ts';
import { Random } from '../support/random.ts';
import { RawPeer, deferred, rawServer } from '../support/sockets.ts';

const MIB = 1024 * 1024;
const OFFER = 'permessage-deflate; client_max_window_bits';

const echo: OnRequest = (pending) => {
  const { connection } = pending.accept({
    events: {
      text: (message) => { connection.sendText(message); },
      binary: (message) => { connection.sendBinary(message); },
    },
  });
};

/** Runs `body` against a server with `options`. */
async function served(options: ServerOptions, onRequest: OnRequest, body: (url: string, port: number) => Promise<void>): Promise<void> {
  const listener = await listen(options, onRequest);
  try {
    await body(listener.url, listener.port);
  } finally {
    await listener.close();
  }
}

/** A connection, and what it hears, one promise a message. */
async function connected(url: string, options: Omit<DialOptions, 'events'> = {}): Promise<{
  readonly transport: Transport; next(): Promise<string | Uint8Array>;
}> {
  const heard: (string | Uint8Array)[] = [];
  let wanted: ((message: string | Uint8Array) => void) | null = null;
  const note = (message: string | Uint8Array): void => {
    const tell = wanted;
    wanted = null;
    if (tell === null) heard.push(message);
    else tell(message);
  };
  const transport = await dial(url, { ...options, events: { text: note, binary: note } });
  return {
    transport,
    next: () => new Promise((resolve) => {
      const message = heard.shift();
      if (message === undefined) wanted = resolve;
      else resolve(message);
    }),
  };
}

/** A JSON text of about so many characters, another one for each seed. */
function json(size: number, seed: number): string {
  const random = new Random(seed);
  const rows: object[] = [];
  for (let length = 2; length < size;) {
    const row = { id: random.below(1e6), user: `user-${random.below(500)}`, price: random.below(1e5) / 100, ok: random.below(2) === 1 };
    rows.push(row);
    length += JSON.stringify(row).length + 1;
  }
  return JSON.stringify(rows);
}

/** A raw client that has said hello with `offer`, and the head it was answered. */
async function rawClient(port: number, offer: string | null): Promise<{ readonly peer: RawPeer; readonly head: string }> {
  const peer = await RawPeer.connect(port);
  peer.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
    `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${offer === null ? '' : `Sec-WebSocket-Extensions: ${offer}\r\n`}\r\n`);
  await peer.until(({ text }) => text.includes('\r\n\r\n'));
  return { peer, head: peer.text.slice(0, peer.text.indexOf('\r\n\r\n')) };
}

const extensionLine = (head: string): string | null => /^sec-websocket-extensions: (.*)$/im.exec(head)?.[1] ?? null;

describe('compression between both sides of this engine', () => {
  it('is on by default: offered as browsers offer it, accepted, and used in both directions [7692-5-18]', async () => {
    await served({}, echo, async (url) => {
      const { transport, next } = await connected(url);
      assert.equal(transport.extensions.length, 1);
      assert.equal(transport.extensions[0]?.name, 'permessage-deflate');
      const socket = transport.socket as Transport['socket'] & { readonly bytesRead: number; readonly bytesWritten: number };
      const [read, written] = [socket.bytesRead, socket.bytesWritten];
      const message = json(20_000, 1);
      transport.connection.sendText(message);
      assert.equal(await next(), message);
      assert.ok(socket.bytesWritten - written < message.length / 2, `${socket.bytesWritten - written} bytes went out`);
      assert.ok(socket.bytesRead - read < message.length / 2, `${socket.bytesRead - read} bytes came back`);
      transport.connection.close(1000);
      assert.equal((await transport.closed).clean, true);
    });
  });

  for (const takeover of [true, false]) {
    it(`carries every kind and size in order, ${takeover ? 'with' : 'without'} context takeover`, async () => {
      const compression = { serverNoContextTakeover: !takeover, clientNoContextTakeover: !takeover };
      await served({ compression }, echo, async (url) => {
        const { transport, next } = await connected(url, { compression });
        const random = new Random(7);
        const texts = [0, 1, 63, 64, 200, 1000, 4096, 5000, 70_000, 300_000].map((size, i) => json(size, i));
        const binaries = [0, 1, 200, 70_000, 300_000].map((size) => random.bytes(size));
        const { connection } = transport;
        for (const text of texts) connection.sendText(text);
        for (const bytes of binaries) connection.sendBinary(bytes);
        connection.sendText('x'.repeat(2 * MIB));
        for (const text of texts) assert.equal(await next(), text);
        for (const bytes of binaries) assert.ok(Buffer.from(bytes).equals(await next() as Uint8Array));
        assert.equal((await next()).length, 2 * MIB);
        connection.close(1000);
        assert.equal((await transport.closed).clean, true);
      });
    });
  }

  it('remembers a message as it was said, not as it went out: what stands on the wire may itself be sent', async () => {
    const text = Buffer.from(new Random(1).bytes(60)).toString('hex');
    let wire: Buffer = Buffer.alloc(0);
    await served({}, (pending) => {
      const { connection, socket } = pending.accept();
      const { write } = socket;
      socket.write = (chunk: Uint8Array, ...rest: unknown[]) => {
        wire = Buffer.concat([wire, chunk]);
        return Reflect.apply(write, socket, [chunk, ...rest]) as boolean;
      };
      connection.sendText(text);
      setImmediate(() => connection.sendBinary(Buffer.concat([wire, Buffer.alloc(5_000, 'ab')]))); // zlib's, behind the window
    }, async (url) => {
      const { transport, next } = await connected(url);
      const [first, bytes] = [await next(), await next() as Uint8Array];
      transport.terminate();
      assert.equal(first, text);
      assert.ok(wire.includes(Buffer.from(bytes.subarray(0, 50))), 'what the text became');
      assert.deepEqual(Buffer.from(bytes.subarray(0, -5_000)), wire.subarray(0, bytes.length - 5_000));
    });
  });

  it('leaves out what is said to be a secret, and sends a message prepared for many', async () => {
    await served({}, echo, async (url) => {
      const { transport, next } = await connected(url);
      const socket = transport.socket as Transport['socket'] & { readonly bytesWritten: number };
      const message = json(5_000, 3);
      const written = socket.bytesWritten;
      transport.connection.sendText(message, { compress: false });
      assert.equal(await next(), message);
      assert.ok(socket.bytesWritten - written > message.length, 'it went out as it is');
      transport.connection.sendPrepared(new PreparedMessage(message, nodePlatform));
      assert.equal(await next(), message);
      assert.ok(socket.bytesWritten - written < 1.5 * message.length, 'it went out compressed');
      transport.terminate();
    });
  });

  it('is off where either side says so [7692-5-16]', async () => {
    for (const [server, client] of [['off', {}], [{}, 'off']] as const) {
      await served({ compression: server }, echo, async (url) => {
        const { transport, next } = await connected(url, { compression: client });
        assert.deepEqual(transport.extensions, []);
        transport.connection.sendText(json(1_000, 5));
        assert.equal(await next(), json(1_000, 5));
        transport.terminate();
      });
    }
  });
});

describe('a server', () => {
  it('decides by a function of the request, and a decision of one accept comes before it [7692-7.3-2]', async () => {
    const compression: NonNullable<ServerOptions['compression']> = ({ headers }) =>
      (headers.get('User-Agent')?.includes('Broken') ?? false) ? 'off' : { clientMaxWindowBits: 10 };
    const accepted: (readonly Extension[])[] = [];
    await served({ compression }, (pending) => {
      const own = pending.request.resource === '/own' ? { compression: { serverNoContextTakeover: true } } : {};
      accepted.push(pending.accept(own).extensions);
    }, async (url) => {
      const extensionsOf = async (path: string, headers: Record<string, string> = {}): Promise<string> => {
        const transport = await dial(url + path, { headers });
        transport.terminate();
        return serializeExtensions(transport.extensions);
      };
      assert.equal(await extensionsOf('/'), 'permessage-deflate; client_max_window_bits=10');
      assert.equal(await extensionsOf('/', { 'User-Agent': 'Broken/1.0' }), '');
      assert.doesNotMatch(await extensionsOf('/own'), /client_max_window_bits=10/);
    });
    assert.deepEqual(accepted.map((extensions) => extensions.length), [1, 0, 1]);
  });

  it('declines what it cannot accept, looks at the next offer, and serves without compression if there is none [7692-5-15]', async () => {
    await served({}, echo, async (_url, port) => {
      for (const [offer, answer] of [
        [null, null], ['permessage-deflate; foo', null], ['permessage-deflate; server_max_window_bits=7', null],
        ['permessage-deflate; foo, permessage-deflate', 'permessage-deflate'], ['x-other', null],
      ] as const) {
        const { peer, head } = await rawClient(port, offer);
        assert.equal(extensionLine(head), answer, offer ?? 'no offer');
        peer.socket.destroy();
      }
    });
  });

  it('refuses permessage-deflate among the extensions that an application handles itself', async () => {
    const errors: unknown[] = [];
    await served({}, (pending) => {
      try {
        pending.accept({ extensions: [{ name: 'permessage-deflate', parameters: [] }] });
      } catch (error) {
        errors.push(error);
        pending.reject(500);
      }
    }, async (url) => {
      await assert.rejects(dial(url), HandshakeError);
    });
    assert.match(String(errors[0]), /TypeError: permessage-deflate is not among options\.extensions: options\.compression says/);
    await assert.rejects(dial('ws://127.0.0.1:1', { extensions: [{ name: 'permessage-deflate', parameters: [] }] }), TypeError);
  });

  it('judges its choices when it is made, and those for one request when they are made', async () => {
    await assert.rejects(listen({ compression: { serverMaxWindowBits: 16 } }, echo), { name: 'RangeError', message: /compression\.serverMaxWindowBits/ });
    await assert.rejects(listen({ compression: { nonsense: 1 } as object }, echo), { name: 'TypeError', message: /compression\.nonsense/ });
    await assert.rejects(dial('ws://127.0.0.1:1', { compression: 'on' as 'off' }), { name: 'TypeError', message: /compression must be/ });
  });

  it('stops a bomb at the limit, with 1009, and holds no more than the limit [7692-8-2]', async () => {
    const outcome = deferred<CloseOutcome>();
    let most = 0;
    await served({ limits: { maxMessageSize: MIB } }, (pending) => {
      pending.accept({ events: {
        payload: (piece) => { most = Math.max(most, piece.end - piece.start); },
        ping: () => {}, pong: () => {}, closing: () => {}, drained: () => {}, closed: (ended) => outcome.resolve(ended),
      } });
    }, async (_url, port) => {
      const bomb = deflateRawSync(Buffer.alloc(64 * MIB), { finishFlush: constants.Z_SYNC_FLUSH });
      const before = process.memoryUsage().arrayBuffers;
      const { peer } = await rawClient(port, 'permessage-deflate');
      peer.write(frame({ opcode: 2, rsv: 0x40, payload: bomb.subarray(0, -4), mask: true }));
      const { violation, limit } = await outcome.promise;
      assert.equal(violation?.name, 'MESSAGE_TOO_BIG');
      assert.deepEqual([limit?.name, limit?.value], ['maxMessageSize', MIB]);
      assert.ok(most <= 64 * 1024, `a piece of ${most} bytes`);
      assert.ok(process.memoryUsage().arrayBuffers - before < 4 * MIB, 'nothing near what it would have become');
      await peer.until(({ ended }) => ended);
      assert.equal(peer.received.subarray(-4).toString('hex'), '880203f1');
      peer.socket.destroy();
    });
  });
});

describe('a client', () => {
  it('fails a connection whose server answers what was not offered or makes no sense, saying which parameter [7692-5-17]', async () => {
    const server = await rawServer();
    for (const [answer, name, expected] of [
      ['permessage-deflate; foo', 'EXTENSION_PARAMETERS_WRONG', /foo/],
      ['permessage-deflate; client_max_window_bits', 'EXTENSION_PARAMETERS_WRONG', /client_max_window_bits/],
      ['permessage-deflate; server_max_window_bits=16', 'EXTENSION_PARAMETERS_WRONG', /server_max_window_bits/],
      ['x-other', 'EXTENSION_NOT_OFFERED', /offered/],
    ] as const) {
      const dialled = dial(`ws://127.0.0.1:${server.port}`).then(() => null, (error: unknown) => error);
      const peer = await server.next();
      await peer.until(({ text }) => text.includes('\r\n\r\n'));
      assert.equal(extensionLine(peer.text), OFFER);
      const key = /^sec-websocket-key: (.*)$/im.exec(peer.text)?.[1]?.trim() ?? '';
      peer.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        `Sec-WebSocket-Accept: ${acceptKeyOf(key, nodePlatform)}\r\nSec-WebSocket-Extensions: ${answer}\r\n\r\n`);
      const error = await dialled;
      assert.ok(error instanceof HandshakeError);
      assert.equal(error.refusal?.name, name);
      assert.match(error.refusal?.message ?? '', expected);
    }
    server.close();
  });
});

describe('corrupt data', () => {
  for (const [name, payload] of [['DEFLATE_CORRUPT', 'ffff'], ['DEFLATE_DISTANCE_TOO_FAR', 'f200110000'], ['DEFLATE_TRUNCATED', 'f248cd']] as const) {
    it(`fails the connection with 1007: ${name}`, async () => {
      const outcome = deferred<CloseOutcome>();
      await served({}, (pending) => { pending.accept({ events: { closed: (ended) => outcome.resolve(ended) } }); }, async (_url, port) => {
        const { peer } = await rawClient(port, 'permessage-deflate');
        peer.write(frame({ opcode: 1, rsv: 0x40, payload: hex(payload), mask: true }));
        assert.equal((await outcome.promise).violation?.name, name);
        await peer.until(({ ended }) => ended);
        assert.equal(peer.received.subarray(-4).toString('hex'), '880203ef');
        peer.socket.destroy();
      });
    });
  }
});

describe('an end at any moment', () => {
  it('in the middle of a compression leaves nothing behind that could speak of it', async () => {
    const outcomes: CloseOutcome[] = [];
    await served({}, (pending) => {
      const { connection } = pending.accept({ events: { closed: (outcome) => { outcomes.push(outcome); } } });
      connection.sendText('y'.repeat(4 * MIB)); // compressed elsewhere
      connection.sendText('behind it');
    }, async (url) => {
      const transports = await Promise.all(Array.from({ length: 8 }, () => dial(url, { serialize: false })));
      for (const transport of transports) transport.terminate();
      for (const transport of transports) assert.equal((await transport.closed).violation?.name, 'TERMINATED');
    });
    for (const { violation } of outcomes) assert.equal(violation?.fault, 'network');
  });

  it('by this side drops what is being compressed and what stands behind it, and says how much', async () => {
    const closed = deferred<CloseOutcome>();
    await served({}, (pending) => {
      const transport = pending.accept({ events: { closed: closed.resolve } });
      const { connection } = transport;
      connection.sendText('y'.repeat(4 * MIB));
      assert.equal(connection.sendText('behind it'), 'high-water');
      assert.equal(connection.queueSize, 4 * MIB + 9);
      setImmediate(() => transport.terminate());
    }, async (url) => {
      const transport = await dial(url);
      assert.equal((await transport.closed).clean, false);
      assert.equal((await closed.promise).unsent, 4 * MIB + 9);
    });
  });
});

describe('a large compressed message', () => {
  it('does not keep the event loop: between its chunks everybody else has a turn', async () => {
    const turns = new Set<number>();
    let turn = 0;
    let watching = true;
    const tick = (): void => {
      turn++;
      if (watching) setImmediate(tick);
    };
    const whole = deferred<void>();
    await served({}, (pending) => {
      pending.accept({ events: {
        payload: (piece) => {
          turns.add(turn);
          if (piece.last) whole.resolve();
        },
        ping: () => {}, pong: () => {}, closing: () => {}, drained: () => {}, closed: () => {},
      } });
    }, async (_url, port) => {
      const { peer } = await rawClient(port, 'permessage-deflate');
      const message = deflateRawSync(new Random(11).bytes(2 * MIB), { finishFlush: constants.Z_SYNC_FLUSH });
      tick();
      peer.write(frame({ opcode: 2, rsv: 0x40, payload: message.subarray(0, -4), mask: true }));
      await whole.promise;
      watching = false;
      peer.socket.destroy();
    });
    // A chunk is 64 KiB at most, and at most two are taken in one turn.
    assert.ok(turns.size >= 2 * MIB / (64 * 1024) / 2, `${turns.size} turns`);
  });
});
