// `hawser conformance` as a person or a CI runs it: its commands, what they print where, the files they write, their exit codes.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it, mock } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { conformanceCommand } from '../../lib/cli/conformance.ts';
import { CASES } from '../../lib/conformance/cases/index.ts';
import { parseReport } from '../../lib/conformance/index.ts';
import { VERSION } from '../../lib/conformance/version.ts';
import { acceptKeyOf } from '../../lib/core/handshake/accept.ts';
import { listen, nodePlatform } from '../../lib/node/index.ts';
import type { Listener, PendingUpgrade } from '../../lib/node/index.ts';
import { readJson } from '../support/project.ts';
import { certificateAuthority } from '../support/tls.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const MAIN = join(HERE, '../../lib/cli/main.js');
const INDEX = pathToFileURL(join(HERE, '../../lib/index.js')).href;
const folder = mkdtempSync(join(tmpdir(), 'hawser-conformance-'));
const at = (name: string): string => join(folder, name);
const read = (name: string): string => readFileSync(at(name), 'utf8');

/** Pings with this and that. */
const FIVE = ['2.1', '2.2', '2.3', '2.4', '2.6'].flatMap((number) => ['--case', number]);

interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function hawser(...args: string[]): ChildProcessWithoutNullStreams {
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
  const child = spawn(process.execPath, [MAIN, 'conformance', ...args], { env, cwd: folder });
  children.push(child);
  return child;
}

const children: ChildProcessWithoutNullStreams[] = [];

async function resultOf(child: ChildProcessWithoutNullStreams): Promise<Result> {
  let out = '', err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => { out += text; });
  child.stderr.setEncoding('utf8').on('data', (text: string) => { err += text; });
  const [code] = await once(child, 'close') as [number | null];
  return { code, out, err };
}

const run = (...args: string[]): Promise<Result> => resultOf(hawser(...args));

/** The same in this process, for what ends before anything runs. */
async function runHere(args: string): Promise<Result> {
  const said = { out: '', err: '' };
  const keep = (stream: 'out' | 'err') => (line: unknown): void => { said[stream] += `${String(line)}\n`; };
  const logs = [mock.method(console, 'log', keep('out')), mock.method(console, 'error', keep('err'))];
  try {
    const code = await conformanceCommand(args.split(' ').filter((word) => word !== ''));
    return { code, ...said };
  } finally {
    for (const log of logs) log.mock.restore();
  }
}

let server: Listener;
let asked: PendingUpgrade | null = null;
/** Whether the server opens at all. */
let opens = true;
before(async () => {
  server = await listen({ origin: 'any' }, (pending) => {
    asked = pending;
    if (!opens) return void pending.reject(404);
    const { connection } = pending.accept({ events: { text: (text) => connection.sendText(text), binary: (octets) => connection.sendBinary(octets) } });
  });
});
after(() => {
  server.terminate();
  for (const child of children) child.kill('SIGKILL'); // those that a spec which failed has left
  rmSync(folder, { recursive: true });
});

/** What the server does for as long as `action` takes. */
async function refusing<T>(action: () => Promise<T>): Promise<T> {
  opens = false;
  try {
    return await action();
  } finally {
    opens = true;
  }
}

/** A program of Node, as a command. */
function program(name: string, text: string): string {
  writeFileSync(at(name), text);
  return `'${process.execPath}' '${at(name)}'`;
}

const ECHO = `
  import { dial } from ${JSON.stringify(INDEX)};
  export async function echo(url) {
    const { connection, closed } = await dial(url, { serialize: false, events: {
      text: (text) => connection.sendText(text), binary: (octets) => connection.sendBinary(octets),
    } });
    await closed;
  }
`;
const EXEC = `${ECHO}
  await echo(process.argv[2]);
`;

describe('hawser conformance', () => {
  it('--help lists the commands, and each has its own', async () => {
    for (const args of ['--help', 'server --help', 'client --help', 'list --help', 'report --help']) {
      const { code, out } = await runHere(args);
      assert.equal(code, 0, args);
      assert.match(out, /^Usage: hawser conformance/);
    }
    assert.equal((await runHere('')).code, 2);
    assert.equal((await run('--help')).out, (await runHere('--help')).out, 'as a process');
  });

  it('refuses what it does not know, and what makes no sense, by name, with 2', async () => {
    const mistakes: readonly (readonly [string, RegExp])[] = [
      ['sever', /sever/], ['server', /one URL/], ['server a b', /one URL/], ['server ftp://h/', /WebSocket URI/], ['server ws://h/ --foo', /--foo/],
      ['server ws://h/ --jobs 0', /--jobs .*"0"/], ['server ws://h/ --jobs x', /--jobs/], ['server ws://h/ --timeout 1.5', /--timeout/],
      ['server ws://h/ --case 5.5.2/pong-without-payload-', /--case .*close to it: 5\.5\.2\/ping-without-payload/],
      ['server ws://h/ --section 77', /--section 77/], ['server ws://h/ --grep nothingofthekind', /--grep/],
      ['server ws://h/ -H nocolon', /--header/], ['server ws://h/ --write-baseline', /--baseline FILE/], ['server ws://h/ --json=', /--json/],
      ['server ws://h/ --baseline nowhere.json', /nowhere\.json.*--write-baseline/], ['server ws://h/ --list --foo', /--foo/],
      ['client x', /"x"/], ['client --exec a --driver b', /which/], ['client --exec a --keep', /--keep/], ['client --jobs 2', /--jobs/],
      ['client --port 70000', /--port/], ['client --idle x', /--idle/], ['client --keep --tap', /--tap/], ['client --exec=', /--exec/], ['list --role both', /--role/],
      ['list x', /'x'/], ['report', /files/], ['report a.json', /--html/], ['report nowhere.json --html p.html', /nowhere\.json/],
    ];
    for (const [args, complaint] of mistakes) {
      const { code, out, err } = await runHere(args);
      assert.deepEqual([code, out], [2, ''], args);
      assert.match(err, /^hawser: .+\n$/, args);
      assert.match(err, complaint, args);
    }
    assert.equal((await run('server', 'a', 'b')).code, 2, 'as a process');
  });

  it('says the version that package.json has', () => {
    assert.equal(VERSION, readJson<{ readonly version: string }>('package.json').version);
  });
});

describe('hawser conformance list', () => {
  it('shows all cases, a line each, in their order', async () => {
    const { code, out } = await run('list');
    assert.equal(code, 0);
    assert.deepEqual(out.trimEnd().split('\n').map((line) => line.slice(0, line.indexOf(' '))), CASES.map(({ id }) => id));
  });

  it('shows those that are selected, also as what a run would run, and as data', async () => {
    const { out } = await run('list', '--case', '2.1', '--case', '2.2', '--role', 'server');
    assert.match(out, /^5\.5\.2\/ping-without-payload {2}\[server, client; 2\.1\] {2}Sends .*\n5\.5\.2\/.*\n$/);
    assert.equal((await run('server', 'ws://nobody.invalid/', '--list', '--case', '2.1', '--case', '2.2')).out, out);
    const data = JSON.parse((await run('client', '--list', '--json', '--case', '2.1')).out) as { hawser: string; cases: { id: string; steps: unknown[] }[] };
    assert.deepEqual([data.hawser, data.cases.map(({ id }) => id)], [VERSION, ['5.5.2/ping-without-payload']]);
    assert.match(JSON.stringify(data.cases[0]?.steps), /"writes":\{/);
  });
});

describe('hawser conformance server', () => {
  it('runs what is selected, tells the sum, and exits with 0 when nothing fails', async () => {
    const { code, out, err } = await run('server', server.url, ...FIVE, '--agent', 'an echo');
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /^an echo as server: 5 pass in \d+\.\d s\n/);
  });

  it('exits with 1 when something fails, and tells what, why, and how to run it again', async () => {
    const url = `${server.url}/here`;
    const { code, out } = await refusing(() => run('server', url, '--case', '2.1', '--insecure', '--timeout', '4000', '-H', 'X-Token: secret'));
    assert.equal(code, 1);
    assert.match(out, /✗ 5\.5\.2\/ping-without-payload \(fail\)\n.*answered 404/);
    assert.ok(out.includes(`hawser conformance server ${url} --timeout 4000 --insecure --header 'X-Token: …' --case {id}`), out);
  });

  it('-H and --insecure do what they say', async () => {
    assert.equal((await run('server', server.url, '--case', '2.1', '-H', 'X-Token: a:b')).code, 0);
    assert.equal(asked?.request.headers.get('x-token'), 'a:b');
    const { cert, key } = certificateAuthority().issue(['somewhere.example']);
    const secure = await listen({ tls: { cert, key }, origin: 'any' }, (pending) => void pending.accept());
    try {
      const refused = await run('server', secure.url, '--case', '2.1');
      assert.equal(refused.code, 2);
      assert.match(refused.err, /^hawser: no connection .*certificate/);
      assert.equal((await run('server', secure.url, '--case', '2.1', '--insecure')).code, 0);
    } finally {
      secure.terminate();
    }
  });

  it('exits with 2 and one line where nothing listens', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    taken.close();
    const { code, out, err } = await run('server', `ws://127.0.0.1:${port}`, '--timeout', '200');
    assert.deepEqual([code, out], [2, '']);
    assert.match(err, new RegExp(`^hawser: nothing listens at ws://127\\.0\\.0\\.1:${port}/: .*\n$`));
  });

  it('--tap has standard output for itself', async () => {
    const { code, out, err } = await run('server', server.url, '--case', '2.1', '--case', '2.2', '--tap');
    assert.equal(code, 0);
    assert.match(out, /^TAP version 14\n1\.\.2\n/);
    assert.ok(out.split('\n').every((line) => /^(TAP|1\.\.|#|ok |not ok |\s|$)/.test(line)));
    assert.match(err, /as server: 2 pass/);
  });

  it('--junit, --json, --html and --trace write files, in folders that need not be there', async () => {
    const { code } = await run('server', server.url, '--case', '2.2', '--agent', 'an/echo 1', '--junit', 'out/junit.xml', '--json', 'out/{agent}.json',
      '--html', 'out/page.html', '--trace', 'out/trace.jsonl');
    assert.equal(code, 0);
    assert.match(read('out/junit.xml'), /^<\?xml.*<testsuite/s);
    const report = parseReport(read('out/an-echo-1.json'));
    assert.deepEqual([report.agent, report.results.map(({ verdict }) => verdict)], ['an/echo 1', ['pass']]);
    assert.ok((report.results[0]?.transcript.length ?? 0) > 4, 'with what passed');
    assert.match(read('out/page.html'), /^<!doctype html>/i);
    const lines = read('out/trace.jsonl').trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.equal(lines[0]?.['case'], '5.5.2/ping-with-text');
    assert.ok(lines.some(({ from, hex }) => from === 'subject' && String(hex).startsWith('8a')));
  });

  it('--quiet tells nothing unless something fails', async () => {
    assert.deepEqual(await run('server', server.url, '--case', '2.1', '--quiet'), { code: 0, out: '', err: '' });
    assert.match((await refusing(() => run('server', server.url, '--case', '2.1', '--quiet'))).out, /✗/);
  });

  it('--bail ends with the first failure', async () => {
    const { code, out } = await refusing(() => run('server', server.url, ...FIVE, '--bail', '--jobs', '1'));
    assert.equal(code, 1);
    assert.match(out, /1 fail in/);
  });

  it('--strict: what is not strict fails as well', async () => {
    const hasty = createServer((socket) => { // fails the connection before it has echoed what came first
      socket.once('data', (head: Buffer) => {
        const key = /^sec-websocket-key: (\S*)/im.exec(head.toString('latin1'))?.[1] ?? '';
        socket.once('data', () => socket.end(Buffer.of(0x88, 0x02, 0x03, 0xea)));
        socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptKeyOf(key, nodePlatform)}\r\n\r\n`);
      });
    }).listen(0, '127.0.0.1');
    await once(hasty, 'listening');
    const args = ['server', `ws://127.0.0.1:${(hasty.address() as AddressInfo).port}`, '--case', '3.2'];
    const lenient = await run(...args);
    const strict = await run(...args, '--strict');
    hasty.close();
    assert.match(lenient.out, /1 non-strict in/);
    assert.deepEqual([lenient.code, strict.code], [0, 1]);
  });

  it('shows on a terminal how far it is, in one line that is gone at the end', async () => {
    const written: string[] = [];
    const { isTTY, columns } = process.stderr;
    const write = mock.method(process.stderr, 'write', (text: string) => written.push(text) > 0);
    const print = process.stdout.write.bind(process.stdout);
    const sum = mock.method(process.stdout, 'write', (chunk: string | Uint8Array) => typeof chunk === 'string' || print(chunk)); // octets are the runner's
    try {
      Object.assign(process.stderr, { isTTY: true, columns: 60 });
      assert.equal((await runHere(`server ${server.url} ${FIVE.join(' ')} --json ${at('terminal.json')}`)).code, 0);
    } finally {
      Object.assign(process.stderr, { isTTY, columns });
      write.mock.restore();
      sum.mock.restore();
    }
    assert.match(written[0] ?? '', /^\r\x1b\[K1 of 5 cases {2}5\.5\.2\//);
    assert.ok(written.every((text) => text.length <= 60 + '\r\x1b[K'.length));
    assert.equal(written.at(-1), '\r\x1b[K');
  });

  it('--baseline accepts what is known, and fails on what is new and on what is known no longer', async () => {
    const args = ['server', server.url, '--agent', 'an echo', '--baseline', 'known.json'];
    const written = await refusing(() => run(...args, '--case', '2.1', '--case', '2.2', '--write-baseline'));
    assert.equal(written.code, 0);
    assert.match(written.out, /known\.json: written, 2 results/);
    writeFileSync(at('known.json'), read('known.json').replace('{"verdict":"fail"}', '{"verdict":"fail","because":"it is closed"}'));

    const known = await refusing(() => run(...args, '--case', '2.1', '--case', '2.2'));
    assert.equal(known.code, 0);
    assert.match(known.out, /known\.json: every result is the known one/);
    const worse = await refusing(() => run(...args, '--case', '2.1', '--case', '2.3'));
    assert.equal(worse.code, 1);
    assert.match(worse.out, /known\.json: 5\.5\.2\/ping-with-octets-that-are-no-text is worse than known: known as pass, found fail/);
    const better = await run(...args, '--case', '2.1');
    assert.equal(better.code, 1);
    assert.match(better.out, /is better than known: known as fail, found pass\n.*--write-baseline keeps it/);

    assert.equal((await refusing(() => run(...args, '--case', '2.1', '--case', '2.4', '--write-baseline'))).code, 0);
    assert.deepEqual(read('known.json').match(/^ {4}.*$/gm), [
      '    "5.5.2/ping-of-125-octets": {"verdict":"fail"},',
      '    "5.5.2/ping-with-text": {"verdict":"fail","because":"it is closed"},',
      '    "5.5.2/ping-without-payload": {"verdict":"fail"}',
    ]);
    const other = await run('client', '--exec', 'true', '--baseline', 'known.json');
    assert.equal(other.code, 2);
    assert.match(other.err, /it is of a server, and a client is tested/);
  });

  it('ends with what there is when it is interrupted, and exits with 1', async () => {
    const passed = createServer((socket) => {
      const far = connect(server.port, '127.0.0.1');
      if (++count < 3) socket.pipe(far).pipe(socket);
      else child.kill('SIGINT'); // and never an answer
      for (const one of [socket, far]) one.on('error', () => {});
    }).listen(0, '127.0.0.1');
    let count = 0;
    await once(passed, 'listening');
    const child = hawser('server', `ws://127.0.0.1:${(passed.address() as AddressInfo).port}`, ...FIVE, '--jobs', '1', '--json', 'cut.json');
    const { code, out, err } = await resultOf(child);
    passed.close();
    assert.equal(code, 1);
    assert.match(out, /as server: 2 pass/);
    assert.match(err, /ended before all cases had run/);
    assert.equal(parseReport(read('cut.json')).results.length, 2);
  });
});

describe('hawser conformance client', () => {
  it('--exec starts the client for each case, with the URL where it says or behind', async () => {
    const command = program('exec.mjs', EXEC);
    const { code, out } = await run('client', '--exec', command, ...FIVE, '--agent', 'a client');
    assert.match(out, /^a client as client: 5 pass/, out);
    assert.equal(code, 0);
    assert.equal((await run('client', '--exec', `${command} {url} more`, '--case', '2.1')).code, 0);
  });

  it('--exec: a client that exits early fails its case, with its exit code and its last words', async () => {
    const command = program('early.mjs', `${ECHO}
      if (process.argv[2].endsWith('/ping-with-text')) {
        console.error('one\\ntwo');
        process.exit(3);
      }
      await echo(process.argv[2]);
    `);
    const { code, out } = await run('client', '--exec', command, ...FIVE);
    assert.equal(code, 1);
    assert.match(out, /4 pass, 1 fail/);
    assert.match(out, /✗ 5\.5\.2\/ping-with-text \(fail\)\n +the client ended before it connected: it ended with exit code 3, its last words: one \/ two\n/);
    assert.ok(out.includes(`hawser conformance client --exec '${command.replaceAll("'", "'\\''")}' --case {id}`), out);
  });

  it('--exec: a client that never connects costs one case, and what it has started ends with it', async () => {
    const ended: Promise<unknown>[] = [];
    const watch = createServer((socket) => { ended.push(once(socket.on('error', () => {}), 'close')); }).listen(0, '127.0.0.1');
    await once(watch, 'listening');
    const lives = `require('node:net').connect(${(watch.address() as AddressInfo).port}, '127.0.0.1').resume()`;
    const command = program('hangs.mjs', `${ECHO}
      import { spawn } from 'node:child_process';
      if (process.argv[2].endsWith('/ping-with-text')) {
        spawn(process.execPath, ['-e', ${JSON.stringify(lives)}]);
        setInterval(() => {}, 1000);
      } else await echo(process.argv[2]);
    `);
    const { code, out } = await run('client', '--exec', command, '--case', '2.1', '--case', '2.2', '--case', '2.3', '--timeout', '1000', '--jobs', '2');
    assert.equal(code, 1);
    assert.match(out, /2 pass, 1 fail/);
    assert.match(out, /no connection came within 4000 ms/);
    assert.equal(ended.length, 2, 'it was started twice');
    await Promise.all(ended);
    watch.close();
  });

  it('--exec: a client that never connects at all is one line, and exit code 2', async () => {
    const { code, out, err } = await run('client', '--exec', 'nothing-of-that-name');
    assert.deepEqual([code, out], [2, '']);
    assert.match(err, /^hawser: the client never connects: .*exit code 127.*nothing-of-that-name/);
  });

  it('--driver starts one client that reads URLs', async () => {
    const command = program('driver.mjs', `${ECHO}
      import { createInterface } from 'node:readline';
      console.log('standard output is its own');
      for await (const url of createInterface(process.stdin)) await echo(url).catch(() => {});
    `);
    const { code, out } = await run('client', '--driver', command, ...FIVE);
    assert.equal(code, 0, out);
    assert.match(out, /^client as client: 5 pass/);
  });

  it('--driver: when it dies the cases that are left fail with that reason, and the run ends', async () => {
    const command = program('dies.mjs', `${ECHO}
      import { createInterface } from 'node:readline';
      let count = 0;
      for await (const url of createInterface(process.stdin)) {
        if (++count === 3) throw new Error('out of breath');
        await echo(url);
      }
    `);
    const { code, out } = await run('client', '--driver', command, ...FIVE);
    assert.equal(code, 1);
    assert.match(out, /2 pass, 3 fail/);
    assert.match(out, /the client ended before it connected: the driver ended with exit code 1, its last words: .*out of breath/);
    assert.equal(out.match(/there is no client any more: the driver ended with exit code 1/g)?.length, 2);
  });

  it('without either it serves drivers of the classic suite, writes their report, and ends', async () => {
    const driver = program('classic.mjs', `
      import { dial } from ${JSON.stringify(INDEX)};
      const [, , base, agent] = process.argv;
      const talk = async (path, echo) => {
        let said = '';
        const { connection, closed } = await dial(base + path, { serialize: false, events: {
          text: (text) => echo ? connection.sendText(text) : said = text, binary: (octets) => connection.sendBinary(octets),
        } });
        await closed;
        return said;
      };
      const count = Number(await talk('/getCaseCount', false));
      for (let number = 1; number <= count; number++) await talk('/runCase?case=' + number + '&agent=' + agent, true);
      await talk('/updateReports?agent=' + agent, false);
    `);
    const drive = async (url: string, agent: string): Promise<void> => {
      const child = spawn(`${driver} ${url} ${agent}`, { shell: true, stdio: 'inherit' });
      assert.deepEqual(await once(child, 'close'), [0, null]);
    };
    const listening = async (child: ChildProcessWithoutNullStreams): Promise<string> => {
      const { value } = await createInterface(child.stderr)[Symbol.asyncIterator]().next() as { value: string };
      const [, url = '', cases] = /^listening on (\S+) with (\d+) cases$/.exec(value) ?? [];
      assert.equal(cases, '5');
      return url;
    };

    const one = hawser('client', '--port', '0', ...FIVE, '--json', 'classic.json');
    const ended = resultOf(one);
    await drive(await listening(one), 'somebody');
    assert.ok(existsSync(at('classic.json')), 'it was written before the client was told');
    const { code, out } = await ended;
    assert.equal(code, 0);
    assert.match(out, /^somebody as client: 5 pass/);

    const kept = hawser('client', '--port', '0', ...FIVE, '--keep', '--html', 'kept.html', '--json', 'kept-{agent}.json');
    const interrupted = resultOf(kept);
    const url = await listening(kept);
    await drive(url, 'a');
    await drive(url, 'b');
    kept.kill('SIGINT');
    const both = await interrupted;
    assert.equal(both.code, 0);
    assert.match(both.out, /^a as client: 5 pass[^]*^b as client: 5 pass/m);
    assert.deepEqual(['a', 'b'].map((agent) => parseReport(read(`kept-${agent}.json`)).agent), ['a', 'b']);
    const page = read('kept.html');
    for (const agent of ['a', 'b']) assert.ok(page.includes(`>${agent}<`), agent);
  });

  it('a port that is taken is one line', async () => {
    const { code, err } = await run('client', '--port', String(server.port));
    assert.equal(code, 2);
    assert.match(err, /^hawser: the port is taken .*--port\n$/);
  });
});

describe('hawser conformance report', () => {
  it('puts runs side by side', async () => {
    for (const agent of ['left', 'right']) await run('server', server.url, '--case', '2.1', '--agent', agent, '--json', `${agent}.json`);
    const { code, out } = await run('report', 'left.json', 'right.json', '--html', 'both/page.html', '--title', 'Two echoes');
    assert.deepEqual([code, out], [0, 'both/page.html: 2 runs, 2 results\n']);
    const page = read('both/page.html');
    for (const part of ['Two echoes', 'left', 'right']) assert.ok(page.includes(part), part);
  });

  it('says which file is no report', async () => {
    writeFileSync(at('broken.json'), '{"agent": 1}');
    const { code, err } = await run('report', 'broken.json', '--html', 'page.html');
    assert.equal(code, 2);
    assert.match(err, /^hawser: broken\.json: /);
  });
});
