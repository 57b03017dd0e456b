// Cases against servers over loopback: those that are in order, and those that hang, reset, flood, refuse, die, or are not there.

import { after, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import * as net from 'node:net';
import { runServer } from '../../../lib/conformance/network/server-runner.ts';
import { RunError } from '../../../lib/conformance/run.ts';
import { acceptKeyOf } from '../../../lib/core/handshake/accept.ts';
import { nodePlatform } from '../../../lib/node/platform.ts';
import { VirtualClock } from '../../support/clock.ts';
import { virtualScheduler } from '../../support/duplex.ts';
import { certificateAuthority } from '../../support/tls.ts';
import { COMPRESSED, DEADLY, echoServer, HEAVY, PING, RSV, TEXT, verdicts, whyOf } from './support.ts';

const stops: (() => void)[] = [];
after(() => {
  for (const stop of stops) stop();
});

/** A server of which each connection is handled by hand; its URL. */
async function handServer(handle: (socket: net.Socket, count: number) => void, port: number = 0): Promise<string> {
  let count = 0;
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    handle(socket, ++count);
  }).listen(port, '127.0.0.1');
  stops.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  await once(server, 'listening');
  return `ws://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
}

async function echoUrl(...args: Parameters<typeof echoServer>): Promise<string> {
  const server = await echoServer(...args);
  stops.push(() => server.terminate());
  return server.url;
}

/** Answers the opening handshake, and `behind` in the same write. */
function open(socket: net.Socket, behind: Uint8Array = new Uint8Array(0)): void {
  socket.once('data', (head: Buffer) => {
    const key = /^sec-websocket-key: (\S*)/im.exec(head.toString('latin1'))?.[1] ?? '';
    const response = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptKeyOf(key, nodePlatform)}\r\n\r\n`;
    socket.write(Buffer.concat([Buffer.from(response), behind]));
  });
}

/** Connects what comes to another server. */
function forward(socket: net.Socket, url: string): void {
  const far = net.connect(Number(new URL(url).port), '127.0.0.1');
  far.on('error', () => socket.destroy());
  socket.pipe(far).pipe(socket);
}

/** For cases that fail because nothing comes: nobody who is in order is asked to be that quick. */
const IMPATIENT = { patience: 60, jobs: 1 };

describe('a server that is in order', () => {
  it('passes: light cases and heavy ones, plain and compressed, the report in the order of the cases', async () => {
    const report = await runServer(await echoUrl(), { cases: [HEAVY, TEXT, PING, RSV, COMPRESSED, DEADLY], agent: 'hawser' });
    assert.deepEqual(verdicts(report), [
      '5.6/two-mebibytes pass', '5.6/text pass', '5.5.2/ping pass', '5.2/rsv2 pass', '7692-7.2/volley pass', '10.4/deadly pass',
    ]);
    const { agent, role, hawser, ms, date, results } = report;
    assert.deepEqual([agent, role, results[0]?.role], ['hawser', 'server', 'server']);
    assert.match(hawser, /^\d+\.\d+\.\d+/);
    assert.ok(ms > 0 && results.every((one) => one.ms > 0));
    assert.ok(Math.abs(Date.parse(date) - Date.now()) < 60_000);
  });

  it('that does not compress is asked nothing about it', async () => {
    const report = await runServer(await echoUrl({ compression: 'off' }), { cases: [COMPRESSED, TEXT] });
    assert.deepEqual(verdicts(report), ['7692-7.2/volley skipped', '5.6/text pass']);
  });

  it('gets path, query, host, credentials and further fields', async () => {
    const inner = await echoUrl();
    let request = '';
    const url = await handServer((socket) => {
      socket.once('data', (chunk: Buffer) => { request = chunk.toString('latin1'); });
      forward(socket, inner);
    });
    const at = `${url.replace('ws://', 'ws://me:secret@')}/chat/room?x=1`;
    const report = await runServer(at, { cases: [TEXT], headers: [['X-Token', 'a:b'], ['Cookie', 'c=d']] });
    assert.deepEqual(verdicts(report), ['5.6/text pass']);
    const lines = request.split('\r\n');
    assert.equal(lines[0], 'GET /chat/room?x=1 HTTP/1.1');
    for (const line of [`Host: ${url.slice('ws://'.length)}`, 'X-Token: a:b', 'Cookie: c=d', `Authorization: Basic ${btoa('me:secret')}`]) {
      assert.ok(lines.includes(line), `${line} in ${request}`);
    }
    assert.equal(report.replay, `hawser conformance server ${url}/chat/room?x=1 --case {id}`, 'the command has no password in it');
    assert.equal(report.agent, `${url}/chat/room?x=1`);
  });

  it('is spoken to over TLS, and its certificate is verified unless that is told otherwise', async () => {
    const tls = certificateAuthority().issue(['127.0.0.1']);
    const url = await echoUrl({ tls });
    assert.match(url, /^wss:/);
    await assert.rejects(runServer(url, { cases: [TEXT] }), (error) => error instanceof RunError && /certificate/.test(error.message));
    const report = await runServer(url, { cases: [TEXT, RSV, HEAVY], rejectUnauthorized: false });
    assert.deepEqual(verdicts(report), ['5.6/text pass', '5.2/rsv2 pass', '5.6/two-mebibytes pass']);
  });

  it('is waited for while it is just starting', async () => {
    const url = await handServer(() => {});
    stops.pop()?.();
    const run = runServer(url, { cases: [TEXT], patience: 30_000 });
    const inner = await echoUrl();
    await new Promise((resolve) => { net.connect(Number(new URL(url).port), '127.0.0.1').on('error', resolve); });
    await handServer((socket) => forward(socket, inner), Number(new URL(url).port));
    assert.deepEqual(verdicts(await run), ['5.6/text pass']);
  });

  it('that was late beside others is asked again alone, and not blamed', async () => {
    const inner = await echoUrl();
    const clock = new VirtualClock();
    const passTime = (socket: net.Socket): void => {
      if (socket.destroyed) return;
      clock.run(100);
      setImmediate(passTime, socket);
    };
    const url = await handServer((socket, count) => {
      if (count === 1) socket.once('data', () => passTime(socket)); // and no answer, until the tester leaves
      else forward(socket, inner);
    });
    const report = await runServer(url, { cases: [TEXT, PING, RSV], jobs: 3, patience: 1_000, scheduler: virtualScheduler(clock) });
    assert.deepEqual(verdicts(report), ['5.6/text pass', '5.5.2/ping pass', '5.2/rsv2 pass']);
  });
});

describe('a server that is not in order costs one case', () => {
  it('when it says nothing', async () => {
    const inner = await echoUrl();
    const url = await handServer((socket, count) => { if (count > 1) forward(socket, inner); });
    const report = await runServer(url, { cases: [TEXT, PING], ...IMPATIENT });
    assert.deepEqual(verdicts(report), ['5.6/text fail', '5.5.2/ping pass']);
    assert.match(whyOf(report, TEXT.id), /the connection did not open: .* not over in time/);
  });

  it('when it opens and then hangs', async () => {
    const inner = await echoUrl();
    const url = await handServer((socket, count) => (count > 1 ? forward(socket, inner) : open(socket)));
    const report = await runServer(url, { cases: [TEXT, PING], ...IMPATIENT });
    assert.deepEqual(verdicts(report), ['5.6/text fail', '5.5.2/ping pass']);
    assert.match(whyOf(report, TEXT.id), /expected text "Hello"; it did not come in time/);
  });

  it('when it does not read', async () => {
    const url = await handServer((socket) => {
      open(socket);
      socket.once('data', () => socket.pause());
    });
    const report = await runServer(url, { cases: [{ ...HEAVY, steps: [...HEAVY.steps.slice(0, 1), ...HEAVY.steps] }], ...IMPATIENT });
    assert.deepEqual(verdicts(report), ['5.6/two-mebibytes fail']);
  });

  it('when it resets, at once or in the middle', async () => {
    const inner = await echoUrl();
    const url = await handServer((socket, count) => {
      if (count > 2) return forward(socket, inner);
      if (count === 2) open(socket);
      let reads = 0;
      socket.on('data', () => { if (++reads === count) socket.resetAndDestroy(); }); // the request, or what follows the response
    });
    const report = await runServer(url, { cases: [TEXT, PING, RSV], jobs: 1 });
    assert.deepEqual(verdicts(report), ['5.6/text fail', '5.5.2/ping fail', '5.2/rsv2 pass']);
    assert.match(whyOf(report, TEXT.id), /did not open: the transport ended \(reset\)/);
    assert.match(whyOf(report, PING.id), /found the end of the connection \(reset\)/);
  });

  it('when it sends without end', async () => {
    const inner = await echoUrl();
    const pong = Buffer.concat(Array.from({ length: 1_000 }, () => Buffer.of(0x8a, 125, ...new Uint8Array(125)))); // nobody minds a Pong
    const url = await handServer((socket, count) => {
      if (count > 1) return forward(socket, inner);
      open(socket, pong);
      const flood = (): void => {
        while (socket.writable && socket.write(pong));
      };
      socket.on('drain', flood);
      socket.once('data', flood);
    });
    const report = await runServer(url, { cases: [TEXT, PING], jobs: 1, patience: 60_000 });
    assert.deepEqual(verdicts(report), ['5.6/text fail', '5.5.2/ping pass']);
    assert.match(whyOf(report, TEXT.id), /UNASKED.*not without end/);
  });

  it('when something comes again and again, and the end of it never', async () => {
    const inner = await echoUrl();
    const url = await handServer((socket, count) => {
      if (count > 1) return forward(socket, inner);
      open(socket, Buffer.of(0x82, 0x7f, 0, 0, 0, 0, 1, 0, 0, 0)); // 16 MiB are announced
      const timer = setInterval(() => socket.write(Buffer.of(0)), 2);
      socket.on('close', () => clearInterval(timer));
    });
    const report = await runServer(url, { cases: [TEXT, PING], ...IMPATIENT, patience: 10_000, caseTimeout: 100 });
    assert.match(whyOf(report, TEXT.id), /not over after 100 ms/);
    assert.deepEqual(verdicts(report), ['5.6/text fail', '5.5.2/ping pass']);
  });

  it('when it answers 404: each case says so', async () => {
    const url = await handServer((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'));
    });
    const report = await runServer(url, { cases: [TEXT, RSV] });
    assert.deepEqual(verdicts(report), ['5.6/text fail', '5.2/rsv2 fail']);
    assert.match(whyOf(report, RSV.id), /did not open: the server answered 404/);
  });

  it('when it stops listening in between', async () => {
    const inner = await echoUrl();
    const server = net.createServer((socket) => {
      forward(socket, inner);
      server.close();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const report = await runServer(`ws://127.0.0.1:${(server.address() as net.AddressInfo).port}`, { cases: [TEXT, PING], ...IMPATIENT });
    assert.deepEqual(verdicts(report), ['5.6/text pass', '5.5.2/ping fail']);
    assert.match(whyOf(report, PING.id), /the connection could not be opened: .*ECONNREFUSED/);
  });

  it('when it is dead after a case that it had to survive', async () => {
    const inner = await echoUrl();
    const url = await handServer((socket, count) => (count === 1 ? forward(socket, inner) : socket.resetAndDestroy()));
    const report = await runServer(url, { cases: [DEADLY], jobs: 1 });
    assert.deepEqual(verdicts(report), ['10.4/deadly fail']);
    assert.match(whyOf(report), /does not go on afterwards\. On a further connection: .*reset/i);
  });
});

describe('no run at all', () => {
  it('where nothing listens, and that is said once', async () => {
    const url = await handServer(() => {});
    stops.pop()?.();
    await assert.rejects(runServer(url, { cases: [TEXT, PING, RSV], patience: 50 }), (error) =>
      error instanceof RunError && error.message === `nothing listens at ${url}/: connect ECONNREFUSED ${url.slice('ws://'.length)}`);
  });

  it('for a name that is nobody’s', async () => {
    await assert.rejects(runServer('ws://nobody.invalid/', { cases: [TEXT], patience: 60_000 }), (error) =>
      error instanceof RunError && /no connection to ws:\/\/nobody\.invalid\/ could be opened/.test(error.message));
  });

  it('for what is no URL, no header or no option', async () => {
    await assert.rejects(runServer('ftp://127.0.0.1/'), TypeError);
    await assert.rejects(runServer('ws://127.0.0.1/', { headers: [['X', 'a\r\nb']] }), /header X/);
    await assert.rejects(runServer('ws://127.0.0.1/', { rejectUnauthorized: 'no' } as never), /rejectUnauthorized/);
    await assert.rejects(runServer('ws://127.0.0.1/', { cases: [], header: [] } as never), /options\.header is not an option/);
  });

  it('without cases: there is nothing to connect for', async () => {
    const report = await runServer('ws://127.0.0.1:1/', { cases: [] });
    assert.deepEqual(report.results, []);
  });

  it('when it is ended from outside: what there is remains, and nothing is left open', async () => {
    const abort = new AbortController();
    const url = await handServer((socket) => {
      open(socket);
      socket.once('data', () => abort.abort());
    });
    const report = await runServer(url, { cases: [TEXT, PING, RSV], signal: abort.signal, patience: 60_000 });
    assert.deepEqual(report.results, []);
  });
});
