// The `hawser` program as a person runs it: both commands, their options, their exit codes.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { listen } from '../../lib/node/index.ts';
import type { Listener, PendingUpgrade } from '../../lib/node/index.ts';
import { hawser, runHawser as run } from '../support/program.ts';
import { certificateAuthority } from '../support/tls.ts';

describe('hawser', () => {
  it('--help lists the commands, and each command has its own', async () => {
    for (const args of [['--help'], ['connect', '--help'], ['echo', '--help']]) {
      const { code, out } = await run('', ...args);
      assert.equal(code, 0);
      assert.match(out, /^Usage: hawser/);
    }
    assert.equal((await run('')).code, 1);
  });

  it('an unknown command or option is one clear line and exit code 1', async () => {
    for (const args of [['conect'], ['connect'], ['connect', 'a', 'b'], ['connect', '--prot', 'x'], ['connect', 'ftp://h/'], ['echo', '--port', 'x'],
      ['connect', 'ws://h/', '-H', 'no colon']]) {
      const { code, err } = await run('', ...args);
      assert.equal(code, 1, args.join(' '));
      assert.match(err, /^hawser: .+\n$/, args.join(' '));
    }
  });
});

describe('hawser echo', () => {
  it('says where it listens and sends messages of hawser connect back', async () => {
    const server = hawser('echo', '--port', '0');
    try {
      const lines = createInterface(server.stdout)[Symbol.asyncIterator]();
      const url = String((await lines.next()).value).replace('listening on ', '');
      const { code, out } = await run('hello\n//slash\n/binary 00 ff\nGrüße\n', 'connect', url);
      assert.equal(out, 'hello\n/slash\n00ff\nGrüße\n');
      assert.equal(code, 0);
      assert.equal((await lines.next()).value, 'server: text "hello": sent back');
    } finally {
      server.kill();
    }
  });

  for (const side of ['echo', 'connect'] as const) {
    it(`--no-compression of ${side}: nothing is compressed, whatever the other side would like; without it everything worth it is`, async () => {
      for (const off of [false, true]) {
        const heads: string[] = [];
        const option = off ? ['--no-compression'] : [];
        const server = hawser('echo', '--port', '0', '--quiet', ...side === 'echo' ? option : []);
        const lines = createInterface(server.stdout)[Symbol.asyncIterator]();
        const port = Number(/:(\d+)$/.exec(String((await lines.next()).value))?.[1]);
        let bytes = 0;
        const between = createServer((near) => { // counts what goes to the server, and keeps both heads
          const far = connect(port, '127.0.0.1');
          near.on('data', (chunk: Buffer) => { bytes += chunk.length; });
          near.once('data', (chunk: Buffer) => { heads.push(chunk.toString('latin1')); });
          far.once('data', (chunk: Buffer) => { heads.push(chunk.toString('latin1')); });
          near.pipe(far).pipe(near);
        }).listen(0, '127.0.0.1');
        await once(between, 'listening');
        const line = 'all the same '.repeat(1000);
        const url = `ws://127.0.0.1:${(between.address() as AddressInfo).port}`;
        const { code, out } = await run(`${line}\n`, 'connect', url, ...side === 'connect' ? option : []);
        server.kill();
        between.close();
        assert.deepEqual([code, out], [0, `${line}\n`]);
        const [request = '', response = ''] = heads;
        assert.equal(/^Sec-WebSocket-Extensions: permessage-deflate/m.test(request), !(off && side === 'connect'));
        assert.equal(/^Sec-WebSocket-Extensions: permessage-deflate/m.test(response), !off);
        assert.ok(off ? bytes > line.length : bytes < 1000, `${bytes} bytes`);
      }
    });
  }

  it('a taken port is one clear line and exit code 1', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { code, err } = await run('', 'echo', '--port', String((taken.address() as AddressInfo).port));
    taken.close();
    assert.equal(code, 1);
    assert.match(err, /^hawser: the port is taken .*choose another with --port\n$/);
  });
});

describe('hawser connect', () => {
  let server: Listener;
  let pending: PendingUpgrade;
  before(async () => {
    server = await listen({}, (asked) => {
      pending = asked;
      if (asked.request.resource === '/no') return void asked.reject(403, { body: 'not you' });
      const { connection } = asked.accept({
        protocol: asked.request.protocols.at(-1) ?? null,
        events: { text: (text) => connection.sendText(text) },
      });
    });
  });
  after(() => server.terminate());

  it('-H and --protocol go into the request', async () => {
    const { code, err } = await run('', 'connect', server.url, '-H', 'X-Token: a:b', '--header', 'X-More: 1', '--protocol', 'one', '--protocol', 'two');
    assert.equal(code, 0);
    assert.match(err, /subprotocol two/);
    assert.equal(pending.request.headers.get('x-token'), 'a:b');
    assert.equal(pending.request.headers.get('x-more'), '1');
    assert.deepEqual(pending.request.protocols, ['one', 'two']);
  });

  it('/ping tells the answer and its time, /close sends a code and a reason', async () => {
    const child = hawser('connect', server.url);
    const err = createInterface(child.stderr)[Symbol.asyncIterator]();
    assert.match(String((await err.next()).value), /^connected to ws:/);
    child.stdin.write('/ping are you there\n');
    assert.match(String((await err.next()).value), /^pong "are you there" after \d+\.\d ms$/);
    child.stdin.write('/nonsense\n/binary 0\n/close 1006\n');
    assert.match(String((await err.next()).value), /no command \/nonsense/);
    assert.match(String((await err.next()).value), /pairs of hex digits/);
    assert.match(String((await err.next()).value), /1006/);
    child.stdin.write('/close 4001 bye bye\n');
    assert.match(String((await err.next()).value), /^the server closes: 4001 ""$/);
    assert.match(String((await err.next()).value), /^closed 4001/);
    assert.deepEqual(await once(child, 'close'), [0, null]);
  });

  it('a refusal is told with its status, and the exit code is 1', async () => {
    const { code, out, err } = await run('lost\n', 'connect', `${server.url}/no`);
    assert.equal(code, 1);
    assert.equal(out, '');
    assert.match(err, /403/);
  });

  it('--insecure takes a certificate that nobody vouches for, which is refused otherwise', async () => {
    const { cert, key } = certificateAuthority().issue(['somewhere.example']);
    const secure = await listen({ tls: { cert, key } }, (asked) => void asked.accept());
    try {
      const refused = await run('', 'connect', secure.url);
      assert.equal(refused.code, 1);
      assert.match(refused.err, /certificate/);
      assert.equal((await run('', 'connect', secure.url, '--insecure')).code, 0);
    } finally {
      secure.terminate();
    }
  });

  it('--proxy goes through an HTTP proxy by CONNECT', async () => {
    const asked: string[] = [];
    const proxy = createHttpServer();
    proxy.on('connect', ({ url = '' }, socket, head) => {
      asked.push(url);
      const [host = '', port] = url.split(':');
      const through = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        through.write(head);
        through.pipe(socket).pipe(through);
      });
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    try {
      const { code, out } = await run('round about\n', 'connect', server.url, '--proxy', `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
      assert.equal(code, 0);
      assert.equal(out, 'round about\n');
      assert.deepEqual(asked, [server.url.slice('ws://'.length)]);
    } finally {
      proxy.close();
    }
  });

  it('input that is faster than the network is held back, and none of it is lost', async () => {
    const line = 'x'.repeat(10_000);
    // Compressed, it would be so little that nothing need be held back.
    const { code, out } = await run(`${line}\n`.repeat(500), 'connect', server.url, '--no-compression');
    assert.equal(code, 0);
    assert.equal(out.length, 500 * 10_001);
  });
});
