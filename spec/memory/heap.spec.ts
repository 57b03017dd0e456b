// What hostile and idle peers cost in real memory: each pattern in a process of its own, measured after a full collection. The bounds
// are DESIGN §5's, with room for what a JavaScript object costs; the measured number is printed beside each.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Measured } from './measure.ts';

const KIB = 1024;
/** A connection and its assembler, or a handshake: objects, no buffers. Measured: about 2,000 bytes. */
const OBJECTS = 4 * KIB;
/** What a process does not give back at once, where one thing alone is measured. */
const NOISE = 256 * KIB;
/** Output is cut from slabs of this size, which several connections share: the most that a small piece of it can pin. */
const SLAB = 16 * KIB;
/** What a connection looks back at by default, each way. */
const WINDOW = 4 * KIB;
/** What finds matches in it is lent by a pool of 16 MiB: to each of 1,024 connections this much, of more to each less. */
const INDEX = 16 * KIB;
/** A block of compressed data under way: its two code tables, and the window that its message has filled so far. */
const DECODER = 12 * KIB;

interface Promised {
  readonly pattern: string;
  /** Bytes that each may hold, given how many its peer has sent. */
  bound(received: number): number;
}

const PROMISES: readonly Promised[] = [
  { pattern: 'idle connections', bound: () => OBJECTS },
  { pattern: 'connections that were busy and are idle', bound: () => OBJECTS },
  { pattern: 'connections that are closed and not forgotten', bound: () => OBJECTS },
  { pattern: 'connections that compressed without context takeover and are idle', bound: () => OBJECTS },
  { pattern: 'connections that compressed with context takeover and are idle', bound: () => OBJECTS + 2 * WINDOW + INDEX },
  { pattern: 'connections that compressed with windows of 32 KiB and are idle', bound: () => OBJECTS + 2 * 32 * KIB + INDEX + 2 * KIB },
  { pattern: 'connections that compressed and are closed and not forgotten', bound: () => OBJECTS },
  { pattern: 'half-sent compressed messages of 100 bytes', bound: () => OBJECTS + DECODER },
  { pattern: 'headers that promise 16 MiB', bound: () => OBJECTS },
  { pattern: 'half-sent messages of 100 bytes', bound: (received) => OBJECTS + 2 * received },
  { pattern: 'half-sent messages of 100 bytes among finished ones', bound: (received) => OBJECTS + 2 * received },
  { pattern: 'fragments of one byte without end', bound: (received) => received + NOISE },
  { pattern: 'empty fragments without end', bound: () => NOISE },
  { pattern: 'chunks of one byte', bound: (received) => 2 * received + NOISE },
  { pattern: 'one unsent Pong each', bound: () => OBJECTS + 512 },
  { pattern: 'one unsent Pong each among finished messages', bound: () => OBJECTS + 512 },
  { pattern: 'ping floods from peers that do not read', bound: () => OBJECTS + 2 * 64 * 131 },
  { pattern: 'ping floods from peers that do not read, among finished messages', bound: (received) => OBJECTS + 2 * received },
  { pattern: 'one small message each to peers that do not read, among busy ones', bound: () => OBJECTS + SLAB + 512 },
  // 24,000 bytes wait, framing included.
  { pattern: 'two thousand small messages to one peer that does not read, among busy ones', bound: () => 2 * 24_000 + 2 * SLAB + NOISE },
  { pattern: 'idle opening handshakes', bound: () => OBJECTS },
  { pattern: 'opening handshakes with a dripped head', bound: (received) => OBJECTS + 2 * received },
  { pattern: 'heads that are far too large', bound: () => OBJECTS },
  { pattern: 'refusals with an endless body', bound: () => OBJECTS + 3 * 4_096 },
];

const run = promisify(execFile);
const script = fileURLToPath(new URL('measure.js', import.meta.url));

async function measure(pattern: string, platform: string): Promise<Measured> {
  const { NODE_V8_COVERAGE: _coverage, NODE_TEST_CONTEXT: _context, ...env } = process.env;
  const { stdout } = await run(process.execPath, ['--expose-gc', script, pattern, platform], { env });
  return JSON.parse(stdout) as Measured;
}

for (const platform of ['portable', 'node']) {
  describe(`memory on the ${platform} platform`, { concurrency: 2 }, () => {
    for (const { pattern, bound } of PROMISES) {
      it(pattern, async (test) => {
        const { count, each, received } = await measure(pattern, platform);
        const most = bound(received);
        test.diagnostic(`${pattern}: ${each} bytes each of ${count}, after ${received} bytes from the peer; at most ${most}`);
        assert.ok(each <= most, `${each} bytes each, allowed are ${most}`);
      });
    }
  });
}
