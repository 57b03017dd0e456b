// What the documentation shows is what runs: every block of code is a file, every file is executed here.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { codeBlocks, pages, read, withExamples } from '../support/docs.ts';
import { projectRoot } from '../support/project.ts';

/** Languages that are prose in a frame: drawings, shell commands for a person. */
const NOT_PROGRAMS = new Set(['', 'sh']);

function run(file: string, ...args: string[]): ChildProcess {
  return spawn(process.execPath, [join('docs/examples', file), ...args], {
    cwd: projectRoot, env: { ...process.env, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** The lines a program prints until it ends. */
async function linesOf(child: ChildProcess): Promise<string[]> {
  const lines: string[] = [];
  assert.ok(child.stdout !== null);
  for await (const line of createInterface(child.stdout)) lines.push(line);
  return lines;
}

const executed = new Map<string, () => Promise<void>>([
  ['server.mjs', clientAndServer],
  ['client.mjs', clientAndServer],
  ['embed.mjs', embedded],
  ['embed-run.mjs', embedded],
  ['server-session.mjs', sessions],
  ['okhttp-client.mjs', okHttp],
  ['okhttp-websocket.mjs', okHttp],
  ['okhttp-call.mjs', okHttp],
  ['whatwg-websocket.mjs', browserClasses],
  ['whatwg-stream.mjs', browserClasses],
  ['weex-module.mjs', browserClasses],
  ['compression.mjs', compression],
  ['conformance-in-memory.mjs', conformance],
]);

async function clientAndServer(): Promise<void> {
  const server = run('server.mjs');
  try {
    assert.ok(server.stdout !== null);
    const lines = createInterface(server.stdout)[Symbol.asyncIterator]();
    const listening = String((await lines.next()).value);
    assert.match(listening, /^listening on ws:\/\/127\.0\.0\.1:\d+$/);
    const url = `${listening.slice('listening on '.length)}/chat`;
    assert.deepEqual(await linesOf(run('client.mjs', url)), ['HELLO', 'closed 1000, clean']);
    assert.match(String((await lines.next()).value), /^127\.0\.0\.1 asks for \/chat$/);
    assert.equal((await lines.next()).value, 'closed 1000, clean');
  } finally {
    server.kill();
  }
}

async function embedded(): Promise<void> {
  assert.deepEqual(await linesOf(run('embed-run.mjs')), ['you said hello over a MessagePort', 'closed 1000, clean']);
}

async function compression(): Promise<void> {
  const [plain = '', compressed = ''] = await linesOf(run('compression.mjs'));
  const [, characters, bytes] = /^plain: (\d+) characters in (\d+) bytes$/.exec(plain) ?? [];
  assert.ok(Number(bytes) > Number(characters), plain);
  const [, same, fewer] = /^compressed: (\d+) characters in (\d+) bytes$/.exec(compressed) ?? [];
  assert.equal(same, characters);
  assert.ok(Number(fewer) < Number(characters) / 3, compressed);
}

async function conformance(): Promise<void> {
  assert.deepEqual(await linesOf(run('conformance-in-memory.mjs')), ['0 failed']);
}

async function sessions(): Promise<void> {
  const lines = await linesOf(run('server-session.mjs'));
  const both = lines.splice(2, 2); // of one broadcast, over two sockets
  assert.deepEqual(both.sort(), ['ann reads "bob: hello"', 'bob reads "bob: hello"']);
  assert.deepEqual(lines, ['ann reads "welcome, ann"', 'bob reads "welcome, bob"', 'the attic: 404', '{ closed: 2, terminated: 0 }']);
}

/** The browser's classes and the Weex module, each with a server of its own. */
async function browserClasses(): Promise<void> {
  assert.deepEqual(await linesOf(run('whatwg-websocket.mjs')), ['open, speaking echo', '5 bytes on their way', 'hello', 'closed 1000, clean']);
  assert.deepEqual(await linesOf(run('whatwg-stream.mjs')), ['ONE', 'TWO', 'THREE', 'closed 1005']);
  assert.deepEqual(await linesOf(run('weex-module.mjs')), ['hello', 'closed 1000, clean']);
}

/** OkHttp's shapes: web socket and call against the README's server, the client's choices against one of its own. */
async function okHttp(): Promise<void> {
  const server = run('server.mjs');
  try {
    assert.ok(server.stdout !== null);
    const lines = createInterface(server.stdout)[Symbol.asyncIterator]();
    const url = `${String((await lines.next()).value).slice('listening on '.length)}/chat`;
    assert.deepEqual(await linesOf(run('okhttp-websocket.mjs', url)), ['connecting true true 10', 'open 101', 'HELLO', 'WORLD', 'closed 1000']);
    assert.deepEqual(await linesOf(run('okhttp-call.mjs', url)), ['HELLO', '1000000 bytes', 'closed 1000']);
    assert.deepEqual(await linesOf(run('okhttp-client.mjs')), ['response 401: who are you?', 'open at /new', 'closed 1000: welcome to /new']);
  } finally {
    server.kill();
  }
}

describe('the documentation', () => {
  it('every block of code in the pages is a file under docs/examples, word for word (npm run docs writes them)', () => {
    for (const page of pages()) {
      const text = read(page);
      for (const block of codeBlocks(page, text)) {
        if (NOT_PROGRAMS.has(block.language)) continue;
        assert.ok(block.source !== null, `${page}:${block.line}: a block of ${block.language} without the marker of its file`);
      }
      assert.equal(text, withExamples(text), `${page} shows an older text of an example`);
    }
  });

  it('a block that differs from its file is found', () => {
    const text = '<!-- docs/examples/client.mjs -->\n```js\nold();\n```\n';
    assert.notEqual(withExamples(text), text);
  });

  it('every example is executed by a spec', () => {
    const files = readdirSync(join(projectRoot, 'docs/examples')).filter((file) => file.endsWith('.mjs'));
    assert.deepEqual(files.sort(), [...executed.keys()].sort());
  });

  it('the server and the client of the README talk to each other', clientAndServer);

  it('what the page about compression shows takes a third of the bytes, or less', compression);

  it('an engine is run through the suite in memory as the page about conformance shows', conformance);

  it('the listener and the call of OkHttp\'s shape talk to the server of the README', okHttp);

  it('the embedding of the README carries a conversation over a MessagePort', embedded);

  it('the browser\'s WebSocket, WebSocketStream and the Weex module talk to a server', browserClasses);

  it('the sessions of a server wait, ping, reach each other and end together', sessions);

  it('the README names the two commands, and each is a script', () => {
    const readme = read('README.md');
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    for (const script of ['start', 'test']) {
      assert.match(readme, new RegExp(`npm ci && npm ${script}\\b`));
      assert.ok(scripts[script] !== undefined);
    }
  });

  it('every link between pages leads somewhere', () => {
    for (const page of pages()) {
      for (const [, target] of read(page).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)) {
        assert.ok(target !== undefined);
        const path = normalize(join(projectRoot, dirname(page), target));
        assert.ok(existsSync(path), `${page} links to ${target}`);
      }
    }
  });
});
