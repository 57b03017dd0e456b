// Holds lib to the arrows and laws of the design: who may import whom, what the core may name, and how a file is written. Each rule
// is a function from sources to complaints, and each is shown a bad sample first, so that none of them can pass by being blind.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { cut, readSources, tokenize } from './support/source.ts';
import type { Source } from './support/source.ts';

type Rule = (sources: readonly Source[]) => string[];

const lib = readSources('lib');

/** The promise holds for lib, and the rule behind it sees exactly `complaints` in the bad sample. */
function promise(title: string, rule: Rule, sample: Readonly<Record<string, string>>, complaints: readonly string[]): void {
  it(title, () => {
    const sources = Object.entries(sample).map(([path, text]) => cut(path, text));
    assert.deepEqual(rule(sources), complaints, 'the rule must see what is wrong with the sample');
    assert.deepEqual(rule(lib), []);
  });
}

/** A folder of lib, or a file that is a level of its own. */
function levelOf(path: string): string {
  const [, first = '', second = ''] = path.split('/');
  if (first !== 'core') return first.endsWith('.ts') ? 'lib' : first;
  if (second === 'index.ts') return 'core';
  return second.replace(/\.ts$/, '');
}

/** The path an import leads to, from the project's root; the specifier itself when it is not a relative one. */
function target(source: Source, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(posix.dirname(source.path), specifier) : specifier;
}

/** Complains about each import of a level that `allowed` does not let through. */
function arrows(levels: readonly string[], allowed: (to: string, typeOnly: boolean, level: string) => boolean): Rule {
  return (sources) => sources
    .filter(({ path }) => levels.includes(levelOf(path)))
    .flatMap((source) => source.imports
      .map(({ specifier, typeOnly }) => ({ to: target(source, specifier), typeOnly }))
      .filter(({ to }) => to.startsWith('lib/') && levelOf(to) !== levelOf(source.path))
      .filter(({ to, typeOnly }) => !allowed(to, typeOnly, levelOf(to)))
      .map(({ to }) => `${source.path} imports ${to}`));
}

/** Complains about each piece of code that `wrong` recognises by its place among the tokens. */
function noCode(wrong: (source: Source, index: number) => boolean): Rule {
  return (sources) => sources.flatMap((source) => source.tokens.flatMap((token, index) =>
    wrong(source, index) ? [`${source.path}:${token.line} says ${token.text}`] : []));
}

const isCore = ({ path }: Source): boolean => path.startsWith('lib/core/');
const isPlatformType = (to: string, typeOnly: boolean): boolean => to === 'lib/core/platform.ts' && typeOnly;
const CORE = ['core', 'platform', 'wire', 'protocol', 'handshake', 'deflate'];

/** What a host adds to the language, and the language's own clock. */
const HOST_GLOBALS = new Set([
  'AbortController', 'AbortSignal', 'Blob', 'BroadcastChannel', 'Buffer', 'Bun', 'CompressionStream', 'Date', 'DecompressionStream',
  'Deno', 'DOMException', 'EventEmitter', 'EventTarget', 'Function', 'Intl', 'MessageChannel', 'ReadableStream', 'TextDecoder',
  'TextEncoder', 'URL', 'URLSearchParams', 'WebAssembly', 'WebSocket', 'Worker', 'WritableStream', 'XMLHttpRequest', '__dirname',
  '__filename', 'alert', 'atob', 'btoa', 'clearImmediate', 'clearInterval', 'clearTimeout', 'console', 'crypto', 'document', 'eval',
  'fetch', 'global', 'globalThis', 'navigator', 'performance', 'process', 'queueMicrotask', 'requestAnimationFrame', 'self',
  'setImmediate', 'setInterval', 'setTimeout', 'structuredClone', 'window',
]);

/** A word that stands for itself: not a member of something else. */
function isFreeWord({ tokens }: Source, index: number): boolean {
  return tokens[index]?.kind === 'word' && tokens[index - 1]?.text !== '.';
}

/** Complains about each path by which a module comes back to itself once types are stripped. */
const noCycles: Rule = (sources) => {
  const graph = new Map(sources.map((source) => [
    source.path,
    source.imports.filter(({ typeOnly }) => !typeOnly).map(({ specifier }) => target(source, specifier)),
  ]));
  const complaints: string[] = [];
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]): void => {
    const seen = trail.indexOf(path);
    if (seen !== -1) complaints.push([...trail.slice(seen), path].join(' → '));
    if (seen !== -1 || done.has(path)) return;
    for (const next of graph.get(path) ?? []) walk(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) walk(path, []);
  return complaints;
};

describe('§3: who may import whom', () => {
  promise('wire imports nothing but wire', arrows(['wire'], () => false),
    { 'lib/core/wire/a.ts': "import type { B } from '../platform.ts';\nimport './b.ts';" },
    ['lib/core/wire/a.ts imports lib/core/platform.ts']);

  promise('protocol imports wire, and the platform by type only',
    arrows(['protocol'], (to, typeOnly, level) => level === 'wire' || isPlatformType(to, typeOnly)),
    { 'lib/core/protocol/a.ts': `
      import type { Platform } from '../platform.ts';
      import { portablePlatform } from '../platform.ts';
      export { sha1 } from '../handshake/sha1.ts';
      import { B0_FIN } from '../wire/opcode.ts';` },
    ['lib/core/protocol/a.ts imports lib/core/platform.ts', 'lib/core/protocol/a.ts imports lib/core/handshake/sha1.ts']);

  promise('handshake imports neither protocol nor wire, and the platform by type only',
    arrows(['handshake'], isPlatformType),
    { 'lib/core/handshake/a.ts': `
      import type { Platform } from '../platform.ts';
      import type { Role } from '../wire/opcode.ts';
      const lazy = () => import('../protocol/index.ts');` },
    ['lib/core/handshake/a.ts imports lib/core/wire/opcode.ts', 'lib/core/handshake/a.ts imports lib/core/protocol/index.ts']);

  promise('deflate imports wire', arrows(['deflate'], (_to, _typeOnly, level) => level === 'wire'),
    { 'lib/core/deflate/a.ts': "import '../wire/index.ts';\nexport * from '../handshake/extensions.ts';" },
    ['lib/core/deflate/a.ts imports lib/core/handshake/extensions.ts']);

  promise('the platform imports the two algorithms it is a default for',
    arrows(['platform'], (to) => to === 'lib/core/handshake/sha1.ts' || to === 'lib/core/wire/utf8-text.ts'),
    { 'lib/core/platform.ts': "import { sha1 } from './handshake/sha1.ts';\nimport './handshake/index.ts';" },
    ['lib/core/platform.ts imports lib/core/handshake/index.ts']);

  promise('the core imports nothing but the core',
    (sources) => sources.filter(isCore).flatMap((source) => source.imports
      .filter(({ specifier }) => !target(source, specifier).startsWith('lib/core/'))
      .map(({ specifier }) => `${source.path} imports ${specifier}`)),
    { 'lib/core/index.ts': `
      import net from 'node:net';
      import type { A } from '../node/a.ts';
      export * from './wire/index.ts';` },
    ['lib/core/index.ts imports node:net', 'lib/core/index.ts imports ../node/a.ts']);

  promise('node imports the core', arrows(['node'], (_to, _typeOnly, level) => CORE.includes(level)),
    { 'lib/node/a.ts': "import '../core/protocol/index.ts';\nimport '../server/index.ts';" },
    ['lib/node/a.ts imports lib/server/index.ts']);

  promise('listener, whatwg and server import the core and node, never each other',
    arrows(['listener', 'whatwg', 'server'], (_to, _typeOnly, level) => level === 'node' || CORE.includes(level)),
    {
      'lib/listener/a.ts': "import '../node/index.ts';\nimport type { B } from '../whatwg/b.ts';",
      'lib/whatwg/b.ts': "import '../server/index.ts';",
      'lib/server/c.ts': "import '../cli/start.ts';\nimport '../core/index.ts';",
    },
    [
      'lib/listener/a.ts imports lib/whatwg/b.ts',
      'lib/whatwg/b.ts imports lib/server/index.ts',
      'lib/server/c.ts imports lib/cli/start.ts',
    ]);

  promise('conformance imports anything but cli, and nobody but cli imports conformance',
    (sources) => [
      ...arrows(['conformance'], (_to, _typeOnly, level) => level !== 'cli')(sources),
      ...arrows([...CORE, 'node', 'listener', 'whatwg', 'server', 'lib'],
        (_to, _typeOnly, level) => level !== 'conformance' && level !== 'cli')(sources),
    ],
    {
      'lib/conformance/a.ts': "import '../cli/start.ts';\nimport '../node/index.ts';",
      'lib/index.ts': "export * from './conformance/index.ts';",
    },
    ['lib/conformance/a.ts imports lib/cli/start.ts', 'lib/index.ts imports lib/conformance/index.ts']);

  promise('only node and cli import node:*',
    (sources) => sources.filter(({ path }) => !['node', 'cli'].includes(levelOf(path))).flatMap((source) => source.imports
      .filter(({ specifier }) => specifier.startsWith('node:'))
      .map(({ specifier }) => `${source.path} imports ${specifier}`)),
    { 'lib/server/a.ts': "import type { Socket } from 'node:net';", 'lib/node/a.ts': "import net from 'node:net';" },
    ['lib/server/a.ts imports node:net']);

  promise('there are no dependencies: every other import is relative and names a source',
    (sources) => sources.flatMap((source) => source.imports
      .filter(({ specifier }) => !/^node:[\w/]+$|^\.{1,2}\/.*\.ts$/.test(specifier))
      .map(({ specifier }) => `${source.path} imports ${specifier}`)),
    { 'lib/a.ts': "import ws from 'ws';\nimport './b.js';\nimport './c';\nimport(name);\nimport './d.ts';" },
    ['lib/a.ts imports ws', 'lib/a.ts imports ./b.js', 'lib/a.ts imports ./c', 'lib/a.ts imports (computed)']);

  promise('every relative import leads to a file of lib', (sources) => {
    const paths = new Set(sources.map(({ path }) => path));
    return sources.flatMap((source) => source.imports
      .filter(({ specifier }) => specifier.startsWith('.') && !paths.has(target(source, specifier)))
      .map(({ specifier }) => `${source.path} imports ${specifier}`));
  }, { 'lib/a.ts': "import './b.ts';", 'lib/b.ts': "import '../spec/c.ts';" }, ['lib/b.ts imports ../spec/c.ts']);

  promise('no module imports itself, however far round; types may',
    noCycles,
    {
      'lib/a.ts': "import { b } from './b.ts';",
      'lib/b.ts': "export * from './c/index.ts';",
      'lib/c/index.ts': "import { type A } from '../a.ts';",
      'lib/d.ts': "import type { E } from './e.ts';",
      'lib/e.ts': "import './d.ts';",
    },
    ['lib/a.ts → lib/b.ts → lib/c/index.ts → lib/a.ts']);
});

describe('Law 1: bytes, time and randomness are arguments', () => {
  promise('the core names no global of a host', noCode((source, index) =>
    isCore(source) && isFreeWord(source, index) && HOST_GLOBALS.has(source.tokens[index]?.text ?? '')),
  { 'lib/core/a.ts': `// Date
    const a = \`process \${Date.now()}\`;
    const b = x.Date ?? /Buffer/.test('URL');
    globalThis.c = this.#process;` },
  ['lib/core/a.ts:2 says Date', 'lib/core/a.ts:4 says globalThis']);

  promise('the core does not ask where it was loaded from', noCode((source, index) =>
    isCore(source) && source.tokens[index]?.text === 'meta' && source.tokens[index - 2]?.text === 'import'),
  { 'lib/core/a.ts': 'const here = import.meta.url;' }, ['lib/core/a.ts:1 says meta']);

  promise('§5.3: masking keys come from a strong source of entropy, so nothing draws from Math.random [6455-5.3-3]', noCode((source, index) =>
    source.tokens[index]?.text === 'random' && source.tokens[index - 2]?.text === 'Math'),
  { 'lib/node/a.ts': "const key = Math\n  .random();" }, ['lib/node/a.ts:2 says random']);
});

describe('§8: how a file is written', () => {
  promise('no any', noCode((source, index) => isFreeWord(source, index) && source.tokens[index]?.text === 'any'),
    { 'lib/a.ts': "// any\nconst a: unknown = Promise.any([]);\nconst b = a as any;" }, ['lib/a.ts:3 says any']);

  promise('no require', noCode((source, index) =>
    isFreeWord(source, index) && source.tokens[index]?.text === 'require' && source.tokens[index + 1]?.text === '('),
  { 'lib/a.ts': "options.require(x);\nconst ws = require('ws');" }, ['lib/a.ts:2 says require']);

  promise('nothing is copied by slice(), which of a Buffer copies nothing', noCode((source, index) =>
    source.tokens[index]?.text === 'slice' && source.tokens[index + 1]?.text === '(' && source.tokens[index + 2]?.text === ')'),
  { 'lib/a.ts': "const part = text.slice(1);\nconst own = payload.slice();" }, ['lib/a.ts:2 says slice']);

  promise('no comment switches the compiler or the coverage off',
    (sources) => sources.flatMap(({ path, text }) => text.split('\n').flatMap((line, index) =>
      /@ts-(?:ignore|nocheck|expect-error)|(?:c8|v8|istanbul) ignore|node:coverage/.test(line) ? [`${path}:${index + 1}`] : [])),
    { 'lib/a.ts': 'a();\n// @ts-expect-error: b\nb();\n/* c8 ignore next */\nc();' }, ['lib/a.ts:2', 'lib/a.ts:4']);

  promise('no file has more than 400 lines',
    (sources) => sources.flatMap(({ path, text }) => {
      const lines = text.replace(/\n$/, '').split('\n').length;
      return lines > 400 ? [`${path} has ${lines} lines`] : [];
    }),
    { 'lib/a.ts': '\n'.repeat(400), 'lib/b.ts': '\n'.repeat(401) }, ['lib/b.ts has 401 lines']);

  promise('every file opens with its law',
    (sources) => sources.filter(({ text }) => !/^(?:#!.*\n)?\/\/ \S/.test(text)).map(({ path }) => `${path} opens without one`),
    {
      'lib/a.ts': '// What it decides.\n',
      'lib/b.ts': "import './a.ts';\n// Late.",
      'lib/cli/c.ts': '#!/usr/bin/env node\n// Early enough.\n',
    },
    ['lib/b.ts opens without one']);
});

describe('the scanner these rules stand on', () => {
  const words = (text: string): string[] => tokenize(text).filter(({ kind }) => kind === 'word').map((token) => token.text);

  it('reads code inside templates, however deep, and nothing else of them', () => {
    assert.deepEqual(words('a`b ${c({ d: `e ${f} g` })} h \\` ${i}`.j'), ['a', 'c', 'd', 'f', 'i', 'j']);
  });

  it('tells a division from a regular expression', () => {
    const code = "a = b / c; d = (e) / f; g = /h'[/]\\/i/u; j(/k/); return /l/; m";
    assert.deepEqual(words(code), ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'j', 'return', 'm']);
  });

  it('skips strings and comments, and counts the lines of both', () => {
    assert.deepEqual(tokenize("'a\\'b' /* c\n d */ // e\nf").map(({ kind, text, line }) => [kind, text, line]),
      [['string', "a\\'b", 1], ['word', 'f', 3]]);
  });

  it('tells an import of types from one that stays', () => {
    const { imports } = cut('lib/a.ts', `
      import type { A } from 'a';
      import { type B } from 'b';
      import type from 'c';
      import 'd';
      export type { E } from 'e';
      export * as f from 'f';
      export const from = 'no';
      export type G = import('g').G;
      const h = import.meta.url;`);
    assert.deepEqual(imports.map(({ specifier, typeOnly }) => `${specifier}${typeOnly ? ' type' : ''}`),
      ['a type', 'b', 'c', 'd', 'e type', 'f', 'g']);
  });
});
