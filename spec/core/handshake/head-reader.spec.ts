// RFC 9112 §2.2, §5: heads at every chunking, refused at the first octet that proves them wrong.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { HeadReader } from '../../../lib/core/handshake/head-reader.ts';
import { handshakeLimits } from '../../../lib/core/handshake/limits.ts';
import type { HandshakeLimits } from '../../../lib/core/handshake/limits.ts';
import { Refusal } from '../../../lib/core/handshake/refusal.ts';
import { requestGrammar, responseGrammar } from '../../../lib/core/handshake/start-line.ts';
import type { HeadGrammar } from '../../../lib/core/handshake/start-line.ts';
import { latin1 } from '../../support/bytes.ts';
import { eachChunking } from '../../support/chunking.ts';
import { Random } from '../../support/random.ts';

interface Reading {
  /** The head's start line and fields; the name of the rule it broke; or null while it is not whole. */
  readonly outcome: readonly [startLine: unknown, fields: unknown] | string | null;
  readonly consumed: number;
}

function read(grammar: HeadGrammar<unknown>, chunks: readonly Uint8Array[], limits?: Partial<HandshakeLimits>): Reading {
  const reader = new HeadReader(grammar, handshakeLimits(limits));
  let consumed = 0;
  for (const chunk of chunks) {
    const taken = reader.read(chunk);
    consumed += taken;
    assert.ok(taken === chunk.length || reader.outcome !== null, 'a whole chunk is read until the head is known');
  }
  assert.equal(reader.size, consumed);
  const { outcome } = reader;
  if (outcome === null) return { outcome, consumed };
  return { outcome: outcome instanceof Refusal ? outcome.name : [outcome.startLine, [...outcome.headers]], consumed };
}

/** Checks what is read of `text` at every chunking; `at` is how many octets are consumed. */
function reads(grammar: HeadGrammar<unknown>, text: string, outcome: Reading['outcome'], at: number, limits?: Partial<HandshakeLimits>): void {
  eachChunking(latin1(text), (chunks) => assert.deepEqual(read(grammar, chunks, limits), { outcome, consumed: at }));
}

const LINE = { method: 'GET', target: '/', version: '1.1' };
const STATUS = { version: '1.1', status: 101, reason: 'X' };
const G = 'GET / HTTP/1.1\r\n';
const R = 'HTTP/1.1 101 X\r\n';

/** A text refused at the octet before `|`. */
function refuses(grammar: HeadGrammar<unknown>, marked: string, name: string, limits?: Partial<HandshakeLimits>): void {
  const at = marked.indexOf('|');
  reads(grammar, marked.slice(0, at) + marked.slice(at + 1), name, at, limits);
}

describe('handshake/head-reader', () => {
  it('RFC 9112 §5: field lines are name ":" OWS value OWS, in order, repeated ones kept; what follows is not consumed ' +
    '[9112-5-1] [9112-5.1-2] [6455-4.2.1-1] [9110-5.3-3]', () => {
    const head = `${G}Host:a\r\nX: \t b c\t \r\nx:\r\nY:: z\r\n\r\n`;
    reads(requestGrammar, `${head}\x81\x00\r\n`, [LINE, [['Host', 'a'], ['X', 'b c'], ['x', ''], ['Y', ': z']]], head.length);
    reads(requestGrammar, head.slice(0, -1), null, head.length - 1);
    reads(responseGrammar, `${R}\r\n\r\n`, [STATUS, []], R.length + 2);
  });

  it('RFC 9112 §2.2: empty lines before a request line are ignored, a bounded number of them; none before a status line [9112-2.2-6]', () => {
    reads(requestGrammar, `\r\n${G}\r\n`, [LINE, []], G.length + 4);
    reads(requestGrammar, `${'\r\n'.repeat(4)}${G}\r\n`, [LINE, []], G.length + 10);
    refuses(requestGrammar, `${'\r\n'.repeat(5)}|${G}\r\n`, 'REQUEST_LINE_MALFORMED');
    refuses(responseGrammar, `\r\n|${R}\r\n`, 'HTTP_VERSION_MALFORMED');
  });

  it('RFC 9112 §2.2: only CR LF ends a line: a bare LF or a bare CR is refused [9112-2.2-2] [9112-2.2-4]', () => {
    for (const [grammar, start] of [[requestGrammar, G], [responseGrammar, R]] as const) {
      refuses(grammar, `${start.slice(0, -2)}\n|Host: a\r\n\r\n`, 'BARE_LF');
      refuses(grammar, `${start}Host: a\n|\r\n`, 'BARE_LF');
      refuses(grammar, `${start}Host: a\r\n\n|`, 'BARE_LF');
      refuses(grammar, `${start}Host: a\rb|\r\n\r\n`, 'BARE_CR');
      refuses(grammar, `${start}Host: a\r\r|\n\r\n`, 'BARE_CR');
      refuses(grammar, `${start.slice(0, 3)}\r |\r\n\r\n`, 'BARE_CR');
    }
  });

  it('RFC 9112 §2.2: octets that are not HTTP are refused at once [9112-2.2-9]', () => {
    refuses(requestGrammar, '\x16|\x03\x01\x02\x00', 'REQUEST_LINE_MALFORMED');
    refuses(requestGrammar, 'GET /caf\xc3|\xa9 HTTP/1.1\r\n\r\n', 'REQUEST_LINE_MALFORMED');
    refuses(requestGrammar, 'GET\t|/ HTTP/1.1\r\n\r\n', 'REQUEST_LINE_MALFORMED');
    refuses(requestGrammar, 'foo\r\n|\r\n', 'REQUEST_LINE_MALFORMED');
    refuses(responseGrammar, 'HTTP/1.1 101 \x00|X\r\n\r\n', 'STATUS_LINE_MALFORMED');
    reads(responseGrammar, 'HTTP/1.1 101 \xe9\t\r\n\r\n', [{ version: '1.1', status: 101, reason: '\xe9\t' }, []], 19);
  });

  it('RFC 9112 §2.2: octets are never read as characters: the octets of U+010A do not end a line [9112-2.2-1]', () => {
    reads(requestGrammar, `${G}X: a\xc4\x8ab\r\n\r\n`, [LINE, [['X', 'a\xc4\x8ab']]], G.length + 11);
  });

  it('RFC 9112 §2.2: white space between start line and first field is refused [9112-2.2-8]', () => {
    refuses(requestGrammar, `${G} |X: y\r\nHost: a\r\n\r\n`, 'WHITE_SPACE_BEFORE_FIELDS');
    refuses(responseGrammar, `${R}\t|X: y\r\n\r\n`, 'WHITE_SPACE_BEFORE_FIELDS');
  });

  it('RFC 9112 §5.2: a folded line is refused in a request [9112-5.2-2]', () => {
    refuses(requestGrammar, `${G}X: a,\r\n |b\r\n\r\n`, 'OBS_FOLD');
    refuses(requestGrammar, `${G}X: a,\r\n\t|b\r\n\r\n`, 'OBS_FOLD');
  });

  it('RFC 9112 §5.2: a folded line in a response continues the value after an SP [9112-5.2-3]', () => {
    const head = `${R}A:\r\n  b \r\n\tc\r\n \r\nD: e\r\n\tf: g\r\nH: \r\n \t\r\nI: j\r\n\r\n`;
    reads(responseGrammar, head, [STATUS, [['A', 'b c'], ['D', 'e f: g'], ['H', ''], ['I', 'j']]], head.length);
  });

  it('RFC 9112 §5.1: white space between name and colon, or a name that is no token, is refused [9112-5.1-1] [9112-5-1]', () => {
    for (const [grammar, start] of [[requestGrammar, G], [responseGrammar, R]] as const) {
      refuses(grammar, `${start}Upgrade |: websocket\r\n\r\n`, 'SPACE_BEFORE_COLON');
      refuses(grammar, `${start}Host\t|: h\r\n\r\n`, 'SPACE_BEFORE_COLON');
      refuses(grammar, `${start}:| x\r\n\r\n`, 'FIELD_NAME_MISSING');
      refuses(grammar, `${start}X(|: 1\r\n\r\n`, 'FIELD_NAME_INVALID');
      refuses(grammar, `${start}caf\xe9|: 1\r\n\r\n`, 'FIELD_NAME_INVALID');
      refuses(grammar, `${start}garbage\r\n|\r\n`, 'COLON_MISSING');
    }
  });

  it('RFC 9110 §5.5: a value with NUL or another control character but HTAB is refused [9110-5.5-1] [9110-5.5-2]', () => {
    for (let code = 0; code < 0x80; code++) {
      const octet = String.fromCharCode(code);
      if ((code >= 0x20 && code !== 0x7f) || octet === '\t' || octet === '\r' || octet === '\n') continue;
      for (const grammar of [requestGrammar, responseGrammar]) {
        const start = grammar === requestGrammar ? G : R;
        const reading = read(grammar, [latin1(`${start}X: a${octet}b\r\n\r\n`)]);
        assert.deepEqual(reading, { outcome: 'FIELD_VALUE_INVALID', consumed: start.length + 5 }, `code ${code}`);
      }
    }
  });

  it('RFC 9110 §5.5: obs-text is kept as it is [9110-5.5-3]', () => {
    reads(requestGrammar, `${G}X: \x80caf\xe9\xff\r\n\r\n`, [LINE, [['X', '\x80caf\xe9\xff']]], G.length + 13);
  });

  it('RFC 9110 §5.4: maxHeadSize octets are read and not one more [9110-5.4-1] [9110-5.4-2]', () => {
    const head = `${G}Host: a\r\n\r\n`;
    reads(requestGrammar, head, [LINE, [['Host', 'a']]], head.length, { maxHeadSize: head.length });
    refuses(requestGrammar, `${head}|`, 'HEAD_TOO_LARGE', { maxHeadSize: head.length - 1 });
    refuses(responseGrammar, `${R}A|`, 'HEAD_TOO_LARGE', { maxHeadSize: R.length });
    refuses(responseGrammar, 'HTTP/1.1 2|', 'HEAD_TOO_LARGE', { maxHeadSize: 9 });
  });

  it('RFC 9110 §5.4: maxLineLength octets of a line are read and not one more, its end not counted [9110-5.4-1]', () => {
    const limits = { maxLineLength: 14 };
    reads(requestGrammar, `${G}Host: 89012345\r\n\r\n`, [LINE, [['Host', '89012345']]], G.length + 18, limits);
    refuses(requestGrammar, `${G}Host: 890123456|\r\n\r\n`, 'LINE_TOO_LONG', limits);
    refuses(requestGrammar, `${G}Aaaaaaaaaaaaaaa|: b\r\n\r\n`, 'LINE_TOO_LONG', limits);
    refuses(responseGrammar, `${R.slice(0, -2)}Y|\r\n\r\n`, 'LINE_TOO_LONG', limits);
  });

  it('RFC 9112 §3: a target too long is 414, a method too long 501; 8,000 octets of request line are supported [9112-3-3] [9112-3-4] [9112-3-5]', () => {
    refuses(requestGrammar, 'GET /2345678901|', 'TARGET_TOO_LONG', { maxLineLength: 14 });
    refuses(requestGrammar, 'GETTTTTTTTTTTTT|', 'METHOD_UNKNOWN', { maxLineLength: 14 });
    refuses(requestGrammar, 'GET /2345678901|', 'TARGET_TOO_LONG', { maxHeadSize: 14 });
    const target = `/${'x'.repeat(7_999)}`;
    assert.deepEqual(read(requestGrammar, [latin1(`GET ${target} HTTP/1.1\r\n\r\n`)]).outcome, [{ ...LINE, target }, []]);
    assert.equal(read(requestGrammar, [latin1(`GET /${'x'.repeat(8_188)}`)]).outcome, 'TARGET_TOO_LONG');
  });

  it('RFC 9110 §5.4: maxHeaderCount field lines are read and not one more', () => {
    const fields = 'A: 1\r\nB: 2\r\n';
    reads(requestGrammar, `${G}${fields}\r\n`, [LINE, [['A', '1'], ['B', '2']]], G.length + fields.length + 2, { maxHeaderCount: 2 });
    refuses(requestGrammar, `${G}${fields}C:| 3\r\n\r\n`, 'TOO_MANY_FIELDS', { maxHeaderCount: 2 });
    reads(responseGrammar, `${R}A: 1\r\n 2\r\n 3\r\n\r\n`, [STATUS, [['A', '1 2 3']]], R.length + 16, { maxHeaderCount: 1 });
  });

  it('once the outcome is known nothing more is read', () => {
    const reader = new HeadReader(requestGrammar, handshakeLimits());
    reader.read(latin1(`${G}\r\n`));
    assert.equal(reader.read(latin1('more')), 0);
  });

  it('RFC 9112 §11.2: random octets never make it throw, and every chunking agrees on where the head ends [9112-11.2-1] [6455-10.1-1]', () => {
    const random = new Random(0x9112);
    const pieces = ['GET / HTTP/1.1', 'HTTP/1.1 101 X', '\r\n', '\r\n', '\r\n\r\n', '\n', '\r', ' ', '\t', 'Host: a', ':', 'X', '\0', '\xe9', 'a,b'];
    for (let round = 0; round < 2_000; round++) {
      let text = '';
      for (let count = 1 + random.below(8); count > 0; count--) text += random.pick(pieces);
      for (const grammar of [requestGrammar, responseGrammar]) {
        const whole = read(grammar, [latin1(text)]);
        const dripped = read(grammar, Array.from(latin1(text), (octet) => Uint8Array.of(octet)));
        assert.deepEqual(dripped, whole, JSON.stringify(text));
      }
    }
  });
});
