// No input makes a parser of the handshake slow: work grows with the input and no faster. Parsers with a backtracking expression, and
// parsers that read again from the start at each chunk, have been how one request stops a server.
//
// Time is compared, not measured: each input at 1 KiB and at 64 KiB. Linear work takes 64 times as long, quadratic work 4,096 times; the
// bound lies between, and a measurement that is over it is repeated, so that a busy machine does not decide.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { parseExtensions } from '../../../lib/core/handshake/extensions.ts';
import { HeadReader } from '../../../lib/core/handshake/head-reader.ts';
import { handshakeLimits } from '../../../lib/core/handshake/limits.ts';
import { requestGrammar, responseGrammar } from '../../../lib/core/handshake/start-line.ts';
import type { HeadGrammar } from '../../../lib/core/handshake/start-line.ts';
import { parseTokens, parseUpgrade, parseVersions } from '../../../lib/core/handshake/tokens.ts';
import { latin1 } from '../../support/bytes.ts';

const SMALL = 1_024;
const FACTOR = 64;
const MOST = 512;
const ATTEMPTS = 3;

/** How long `work` takes, in ns; below a microsecond the clock is all there is to see. */
function time(work: () => void): number {
  const start = process.hrtime.bigint();
  work();
  return Math.max(1_000, Number(process.hrtime.bigint() - start));
}

function isLinear(prepare: (size: number) => () => void): void {
  const small = prepare(SMALL);
  const large = prepare(FACTOR * SMALL);
  for (let warming = 0; warming < 5; warming++) small();
  let ratio = Infinity;
  for (let attempt = 0; attempt < ATTEMPTS && ratio > MOST; attempt++) ratio = Math.min(ratio, time(large) / time(small));
  assert.ok(ratio <= MOST, `${FACTOR} times the input took ${ratio.toFixed(0)} times as long`);
}

/** Texts of about `size` characters that have hurt others. */
const HOSTILE: Readonly<Record<string, (size: number) => string>> = {
  'an unclosed quoted string': (size) => `a; b="${'x'.repeat(size)}`,
  'many unclosed quoted strings': (size) => 'a; b="x'.repeat(size / 7),
  'quoted-pairs that never close': (size) => `a; b="${'\\c'.repeat(size / 2)}`,
  'quoted-pairs that close': (size) => `a; b="${'\\c'.repeat(size / 2)}"`,
  'backslashes': (size) => `a; b="${'\\'.repeat(size)}`,
  'spaces': (size) => `a${' '.repeat(size)}`,
  'spaces and a surprise': (size) => `a${' '.repeat(size)}(`,
  'commas': (size) => ','.repeat(size),
  'commas and spaces': (size) => ' ,'.repeat(size / 2),
  'many elements': (size) => 'a,'.repeat(size / 2),
  'many parameters': (size) => `a${';b=c'.repeat(size / 4)}`,
  'one long token': (size) => 'a'.repeat(size),
  'semicolons': (size) => `a${';'.repeat(size)}`,
};

describe('handshake: linear time', () => {
  for (const [name, text] of Object.entries(HOSTILE)) {
    it(`the grammars of lists take time in proportion to ${name}`, () => {
      for (const parse of [parseExtensions, parseTokens, parseUpgrade, parseVersions]) {
        isLinear((size) => {
          const value = text(size);
          return () => { parse(value); };
        });
      }
    });
  }

  const heads: Readonly<Record<string, readonly [HeadGrammar<unknown>, (size: number) => string]>> = {
    'one long value': [requestGrammar, (size) => `GET / HTTP/1.1\r\nX: ${'x'.repeat(size)}`],
    'a value of spaces': [requestGrammar, (size) => `GET / HTTP/1.1\r\nX: ${' '.repeat(size)}\r\n\r\n`],
    'many fields': [requestGrammar, (size) => `GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(size / 6)}\r\n`],
    'a long name': [requestGrammar, (size) => `GET / HTTP/1.1\r\n${'X'.repeat(size)}`],
    'a long target': [requestGrammar, (size) => `GET /${'x'.repeat(size)}`],
    'folded lines': [responseGrammar, (size) => `HTTP/1.1 101 X\r\nX: y\r\n${' z\r\n'.repeat(size / 4)}\r\n`],
    'empty folded lines': [responseGrammar, (size) => `HTTP/1.1 101 X\r\nX: y\r\n${' \r\n'.repeat(size / 3)}\r\n`],
  };
  const limits = handshakeLimits({ maxHeadSize: 1 << 20, maxHeaderCount: 1 << 20, maxLineLength: 1 << 20 });

  for (const [name, [grammar, text]] of Object.entries(heads)) {
    it(`the head reader, fed octet by octet, takes time in proportion to ${name}`, () => {
      isLinear((size) => {
        const octets = Array.from(latin1(text(size)), (octet) => Uint8Array.of(octet));
        return () => {
          const reader = new HeadReader(grammar, limits);
          for (const octet of octets) reader.read(octet);
        };
      });
    });
  }

  it('the head reader looks at every octet once: what it counts is what it was fed, and it never asks for one again', () => {
    const bytes = latin1(`GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(1_000)}\r\n`);
    let reads = 0;
    const reader = new HeadReader(requestGrammar, limits);
    for (const octet of bytes) {
      const watched = new Proxy(Uint8Array.of(octet), {
        get(target, key): unknown {
          if (key === '0') reads++;
          return Reflect.get(target, key, target);
        },
      });
      reader.read(watched);
    }
    assert.equal(reads, bytes.length);
    assert.equal(reader.size, bytes.length);
    assert.notEqual(reader.outcome, null);
  });
});
