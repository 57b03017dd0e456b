// `npm start` as a person runs it: the conversation, its transcript, its exit codes.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { dial } from '../../lib/node/index.ts';

const START = join(dirname(fileURLToPath(import.meta.url)), '../../lib/cli/start.js');

interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function start(...args: string[]): Promise<Result> {
  const child = spawn(process.execPath, [START, ...args]);
  let out = '', err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => { out += text; });
  child.stderr.setEncoding('utf8').on('data', (text: string) => { err += text; });
  const [code] = await once(child, 'close') as [number | null];
  return { code, out, err };
}

describe('npm start', () => {
  it('--once holds the conversation, shows every kind of frame in both directions, and exits 0', async () => {
    const { code, out, err } = await start('--once');
    assert.equal(err, '');
    assert.equal(code, 0);
    const transcript = out.split('\n');
    const has = (...parts: string[]): void => {
      assert.ok(transcript.some((line) => parts.every((part) => line.includes(part))), `no line with ${parts.join(' and ')} in\n${out}`);
    };
    has('client → server', 'GET / HTTP/1.1');
    has('client → server', 'Sec-WebSocket-Extensions: permessage-deflate');
    has('client ← server', 'HTTP/1.1 101 Switching Protocols');
    has('client ← server', 'Sec-WebSocket-Extensions: permessage-deflate');
    has('client → server', 'FIN      text ', ' 5  masked  8185 ', '"Hello"');
    has('client ← server', 'FIN      text ', ' 5          8105 48656c6c 6f ', '"Hello"');
    has('server: text "Hello": sent back');
    has('client ← server', '"Grüße, 世界 👋"');
    has('client ← server', 'FIN      binary ', ' 8206 000102fd feff');
    has('client → server', '···      text ', '"Hel"', ' 0183 ');
    has('client → server', 'FIN      ping ', '"are you there?"', ' 898e ');
    has('client ← server', 'FIN      pong ', '"are you there?"', ' 8a0e ');
    has('client → server', 'FIN      continuation ', '"lo"', ' 8082 ');
    has('client → server', 'FIN RSV1 text ', 'inflates to "The same again. ', ' c1');
    has('server: text "The same again. The same again. ', '(800 characters): sent back');
    has('client ← server', 'FIN RSV1 text ', 'inflates to "The same again. ', ' c1');
    has('client: text "The same again. ');
    for (const line of transcript.filter((each) => each.includes('FIN RSV1'))) {
      assert.ok(Number(/text +(\d+) /.exec(line)?.[1]) < 80, `a tenth is left: ${line}`);
    }
    has('client → server', ' 1,048,576  masked  82ff 0000000000100000 ');
    has('client ← server', ' 1,048,576          827f 0000000000100000 ');
    has('client → server', 'FIN      close ', '1000 "good bye"', ' 888a ');
    has('client ← server', 'FIN      close ', ' 8802 03e8 ', '1000');
    assert.ok(!out.includes('✗'), 'no frame breaks a rule');
    has('client: closed: 1000, clean');
    has('server: closed: 1000 "good bye", clean');
  });

  it('stays up as an echo server on --port and says its address, so that another client can talk to it', async () => {
    const child = spawn(process.execPath, [START, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      let url = '';
      for await (const line of createInterface(child.stdout)) {
        url = /stays up on (ws:\/\/\S+):/.exec(line)?.[1] ?? '';
        if (url !== '') break;
      }
      const echoed = new Promise((resolve, reject) => {
        dial(url, { events: { text: resolve } }).then(({ connection }) => connection.sendText('still there?'), reject);
      });
      assert.equal(await echoed, 'still there?');
    } finally {
      child.kill();
    }
  });

  it('a taken port is one clear line and exit code 1', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { code, out, err } = await start('--port', String(port));
    taken.close();
    assert.equal(code, 1);
    assert.equal(out, '');
    assert.match(err, new RegExp(`^hawser: the port is taken \\(.*${port}\\); choose another with --port\\n$`));
  });

  it('an argument that makes no sense is one clear line and exit code 1', async () => {
    for (const args of [['--port', 'many'], ['--port', '70000'], ['--port', ''], ['--prot', '1'], ['extra']]) {
      const { code, err } = await start(...args);
      assert.equal(code, 1, args.join(' '));
      assert.match(err, /^hawser: .+\n$/);
    }
  });

  it('--help says what there is', async () => {
    const { code, out } = await start('--help');
    assert.equal(code, 0);
    for (const option of ['--once', '--port', '--host']) assert.ok(out.includes(option));
  });
});
