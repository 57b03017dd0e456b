import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { InflatedPayload } from '../../../lib/core/protocol/inflated-payload.ts';
import { Limits } from '../../../lib/core/protocol/limits.ts';
import type { LimitOptions } from '../../../lib/core/protocol/limits.ts';
import { FrameDecoder } from '../../../lib/core/wire/frame-decoder.ts';
import type { Role } from '../../../lib/core/wire/opcode.ts';
import { isUtf8 } from '../../../lib/core/wire/utf8-text.ts';
import { Utf8Validator } from '../../../lib/core/wire/utf8.ts';
import { concat, hex, toHex, utf8 } from '../../support/bytes.ts';
import { eachChunking } from '../../support/chunking.ts';
import { INFLATER_WINDOW, ScriptedInflater, squeeze } from '../../support/codec.ts';
import type { CodecOptions } from '../../support/codec.ts';
import { frame } from '../../support/frames.ts';
import { Random } from '../../support/random.ts';

const TEXT = 0x1, BINARY = 0x2, CONTINUATION = 0x0;
const RSV1 = 0x40;
const KIB = 1024;
const ROLES: readonly Role[] = ['client', 'server'];

interface SetUp {
  readonly decoder: FrameDecoder;
  readonly inflater: ScriptedInflater;
  readonly limits: Limits;
  readonly payload: InflatedPayload;
}

function setUp(role: Role, limitOptions: LimitOptions = {}, codec: CodecOptions = {}): SetUp {
  const limits = new Limits(limitOptions);
  const decoder = new FrameDecoder(role, limits, true);
  const inflater = new ScriptedInflater(codec);
  return { decoder, inflater, limits, payload: new InflatedPayload(new Utf8Validator(isUtf8), decoder, limits, inflater) };
}

/** A message, compressed, each part in a frame of its own. */
function message(role: Role, opcode: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return concat(...parts.map((payload, i) => frame({
    opcode: i === 0 ? opcode : CONTINUATION, rsv: i === 0 ? RSV1 : 0, fin: i === parts.length - 1, payload, mask: role === 'server',
  })));
}

/** What every message inflates to, by kind; `…` after what has not ended, and then the rule and the offset. */
function read(role: Role, chunks: readonly Uint8Array[], limits?: LimitOptions, codec?: CodecOptions): string[] {
  const { decoder, inflater, payload } = setUp(role, limits, codec);
  const lines: string[] = [];
  let bytes = '';
  for (const chunk of chunks) {
    decoder.load(chunk);
    while (decoder.next()) {
      payload.load(chunk);
      while (payload.unread) {
        const step = payload.next();
        if (step === 'piece') {
          assert.equal(payload.first, bytes === '', 'first until there was a byte');
          assert.equal(payload.remaining, 0);
          assert.equal(payload.worthTelling, payload.end > payload.start || payload.last);
          const piece = payload.bytes.slice(payload.start, payload.end);
          assert.ok(!payload.ascii || (payload.kind === 'text' && piece.every((byte) => byte < 0x80)), 'ascii is true');
          bytes += toHex(piece);
          if (payload.violation === null) assert.equal(payload.unfinished, !payload.last);
          if (payload.last) {
            lines.push(`${payload.kind} ${bytes}`.trimEnd());
            bytes = '';
          }
        } else if (step === 'pending') {
          payload.release(); // the chunk goes meanwhile
          inflater.tick();
        }
        const { violation, limit } = payload;
        if (violation === null) continue;
        assert.deepEqual([payload.unread, payload.unfinished, payload.last], [false, true, false]);
        const told = limit === null ? '' : ` ${limit.name} ${limit.value} < ${limit.observed}`;
        return [...lines, `${payload.kind} ${bytes}…`, `${violation.name} @${payload.violationAt}${told}`];
      }
    }
    decoder.unload();
    payload.release();
    assert.equal(payload.bytes.length, 0, 'the chunk is let go');
  }
  return bytes === '' ? lines : [...lines, `${payload.kind} ${bytes}…`];
}

/** At every chunking, inflated at once and later, in pieces of every size, `input` is read as just this. */
function reads(role: Role, input: Uint8Array, lines: readonly string[], limits: LimitOptions = {}): void {
  for (const inflatesLater of [false, true]) {
    for (const piece of [1, 8, 32 * KIB]) {
      eachChunking(input, (chunks) => assert.deepEqual(read(role, chunks, limits, { inflatesLater, piece }), lines));
    }
  }
}

describe('the payload of compressed messages', () => {
  it('is what they inflate to, whole and in fragments, masked or not', () => {
    for (const role of ROLES) {
      const input = concat(
        message(role, TEXT, hex('0361 0162')), message(role, BINARY, hex('02'), hex(''), hex('ff 01'), hex('0004 07')),
        message(role, TEXT, hex('')), message(role, BINARY, hex(''), hex('')),
      );
      reads(role, input, ['text 61616162', 'binary ffff0007070707', 'text', 'binary']);
    }
  });

  it('§5.6: of text is valid UTF-8, wherever a character is split, in ASCII and around it', () => {
    for (const role of ROLES) {
      const text = utf8('a€é😀zz');
      const squeezed = squeeze(text);
      for (let at = 0; at <= squeezed.length; at++) {
        const input = concat(message(role, TEXT, squeezed.slice(0, at), squeezed.slice(at)), message(role, TEXT, squeeze(utf8('ok'))));
        eachChunking(input, (chunks) => assert.deepEqual(read(role, chunks, {}, { piece: 1 }), [`text ${toHex(text)}`, 'text 6f6b']));
      }
      reads(role, message(role, TEXT, squeezed), [`text ${toHex(text)}`]);
    }
  });

  it('RFC 7692 §6.1: that inflates to no text is told up to there, and broken where the message’s payload began', () => {
    for (const role of ROLES) {
      const before = message(role, TEXT, hex('0161'));
      const at = before.length + (role === 'server' ? 6 : 2);
      for (const [parts, valid] of [
        [['0261 01ff 0162'], '6161'], [['01ff'], ''], [['0161', '', '01c3 0161'], '61c3'], [['01e2 0182'], 'e282'],
        [['0161', '01e2', ''], '61e2'],
      ] as const) {
        reads(role, concat(before, message(role, TEXT, ...parts.map(hex))), ['text 61', `text ${valid}…`, `TEXT_NOT_UTF8 @${at}`]);
      }
    }
  });

  it('that is no data is told up to the byte that proves it, and broken there', () => {
    for (const role of ROLES) {
      const header = role === 'server' ? 6 : 2;
      reads(role, message(role, BINARY, hex('0261 00')), ['binary 6161…', `DEFLATE_CORRUPT @${header + 2}`]);
      reads(role, message(role, BINARY, hex('0261'), hex('0162 0001')), ['binary 616162…', `DEFLATE_CORRUPT @${2 * header + 4}`]);
      reads(role, message(role, BINARY, hex('0261 01')), ['binary 6161…', `DEFLATE_TRUNCATED @${header + 3}`]);
    }
  });

  it('begins anew with every message: neither kind, text nor size of the one before matters', () => {
    const limits = { maxMessageSize: 4, maxInflateRatio: 2 };
    reads('client', concat(...[TEXT, BINARY, TEXT, BINARY].map((opcode) => message('client', opcode, hex('0461')))),
      ['text 61616161', 'binary 61616161', 'text 61616161', 'binary 61616161'], limits);
  });

  it('is lent, with what may still follow and what is known of it', () => {
    const { decoder, payload } = setUp('client', { maxMessageSize: 10 }, { piece: 4 });
    const chunk = message('client', TEXT, hex('0661'), hex('01c3 0182'));
    decoder.load(chunk);
    decoder.next();
    assert.equal(payload.ends, false);
    payload.load(chunk);
    assert.deepEqual([payload.next(), payload.first, payload.last, payload.ascii, payload.room], ['piece', true, false, true, 6]);
    assert.deepEqual([payload.next(), payload.first, payload.last, payload.ascii, payload.room], ['piece', false, false, true, 4]);
    assert.deepEqual([payload.next(), payload.unread, payload.unfinished], ['starved', false, true]);
    decoder.next();
    assert.equal(payload.ends, true);
    payload.load(chunk);
    assert.deepEqual([payload.next(), payload.first, payload.last, payload.ascii, payload.room], ['piece', false, true, false, 2]);
    assert.deepEqual([payload.unread, payload.unfinished], [false, false]);
  });
});

describe('what a message may inflate to', () => {
  it('is maxMessageSize and not one byte more, broken by the byte that made it more', () => {
    for (const role of ROLES) {
      const header = role === 'server' ? 6 : 2;
      const limits = { maxMessageSize: 10 };
      reads(role, message(role, BINARY, hex('0461'), hex('0662')), ['binary 61616161626262626262'], limits);
      reads(role, message(role, BINARY, hex('0461'), hex('0762'), hex('0163')),
        ['binary 61616161626262626262…', `MESSAGE_TOO_BIG @${2 * header + 3} maxMessageSize 10 < 11`], limits);
    }
    reads('client', message('client', BINARY, hex('')), ['binary'], { maxMessageSize: 0 });
    reads('client', message('client', BINARY, hex('0161')), ['binary …', 'MESSAGE_TOO_BIG @3 maxMessageSize 0 < 1'], { maxMessageSize: 0 });
  });

  it('is judged by the limit as it stands at every frame, and told as it then was', () => {
    const parts = [hex('0461'), hex('0462'), hex('0163')] as const;
    const chunk = message('client', BINARY, ...parts);
    const name = 'maxMessageSize';
    for (const [changed, told] of [[3, { name, value: 3, observed: 5 }], [8, { name, value: 8, observed: 9 }], [9, null]] as const) {
      const { decoder, limits, payload } = setUp('client', { maxMessageSize: 100 });
      decoder.load(chunk);
      for (const [i] of parts.entries()) {
        decoder.next();
        payload.load(chunk);
        limits.set({ maxMessageSize: i === 0 ? changed : 1000 }); // what is loaded is not judged by it
        while (payload.unread) payload.next();
        if (payload.violation !== null) break;
        limits.set({ maxMessageSize: changed });
      }
      assert.deepEqual(payload.limit, told);
    }
  });

  it('is maxInflateRatio times its bytes on the wire, at the end', () => {
    for (const role of ROLES) {
      const header = role === 'server' ? 6 : 2;
      const limits = { maxInflateRatio: 5 };
      reads(role, message(role, BINARY, hex('0a61'), hex('0a62')), [`binary ${'61'.repeat(10)}${'62'.repeat(10)}`], limits);
      reads(role, message(role, BINARY, hex('0a61'), hex('0b62')),
        [`binary ${'61'.repeat(10)}${'62'.repeat(11)}…`, `INFLATE_RATIO_EXCEEDED @${header} maxInflateRatio 5 < 5.25`], limits);
      reads(role, message(role, BINARY, hex('ff61 0162 0163')), [`binary ${'61'.repeat(255)}6263`], { maxInflateRatio: 43 });
    }
    reads('client', message('client', BINARY, hex('')), ['binary'], { maxInflateRatio: 1 });
  });

  it('is that ratio after every 32 KiB as well, and not in between, at every chunking', () => {
    const pair = hex('ff61');
    const most = Math.floor(32 * KIB / 255); // 128 pairs are 128 bytes short of 32 KiB
    const honest = concat(...Array.from({ length: 400 }, () => hex('0162')));
    const bomb = concat(...Array.from({ length: most }, () => pair), hex('80 61'));
    const ratio = 32 * KIB / bomb.length;
    const random = new Random(7);
    const chunksOf = (input: Uint8Array): Uint8Array[][] => [0, 1, 2, 3].map((round) => {
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < input.length; ) {
        const end = at + (round === 0 ? input.length : 1 + random.below(200));
        chunks.push(input.slice(at, end));
        at = end;
      }
      return chunks;
    });
    const limits = { maxInflateRatio: Math.floor(ratio) };
    for (const piece of [4 * KIB, 32 * KIB]) {
      for (const chunks of chunksOf(message('client', BINARY, bomb, honest))) {
        const lines = read('client', chunks, limits, { piece });
        assert.deepEqual(lines, [`binary ${'61'.repeat(32 * KIB)}…`,
          `INFLATE_RATIO_EXCEEDED @4 maxInflateRatio ${Math.floor(ratio)} < ${ratio}`]);
      }
      for (const chunks of chunksOf(message('client', BINARY, bomb, honest))) {
        assert.equal(read('client', chunks, { maxInflateRatio: Math.ceil(ratio) }, { piece }).length, 1, 'no more than the ratio passes');
      }
      for (const chunks of chunksOf(message('client', BINARY, bomb.slice(0, -2), honest))) {
        assert.equal(read('client', chunks, limits, { piece }).length, 1, 'what is more in between may become less');
      }
    }
  });
});

describe('an inflater that takes its time', () => {
  it('has the chunk taken back from it, once for every release while something is unread, and goes on', () => {
    const { decoder, inflater, payload } = setUp('server', {}, { inflatesLater: true, piece: 2 });
    const chunk = message('server', BINARY, hex('0361'));
    decoder.load(chunk);
    decoder.next();
    payload.load(chunk);
    assert.deepEqual([payload.next(), payload.unread], ['pending', true]);
    payload.release();
    chunk.fill(0);
    assert.deepEqual([payload.next(), payload.unread], ['pending', true]);
    payload.release();
    assert.equal(payload.retainedBytes, INFLATER_WINDOW + 2, 'what is still needed is copied');
    inflater.tick();
    assert.deepEqual([payload.next(), toHex(payload.bytes, payload.start, payload.end), payload.unread], ['piece', '6161', true]);
    assert.equal(payload.next(), 'pending');
    inflater.tick();
    assert.deepEqual([payload.next(), toHex(payload.bytes, payload.start, payload.end), payload.last], ['piece', '61', true]);
    payload.release();
    assert.equal(payload.retainedBytes, INFLATER_WINDOW);
    assert.deepEqual(inflater.log, ['load 0361 last', 'detach', 'detach', 'detach']);
    payload.release();
    assert.equal(inflater.log.length, 4, 'once it has been taken back there is nothing to take back');
  });

  it('is released when the connection is over, and nothing is unread then', () => {
    const { decoder, inflater, payload } = setUp('client', {}, { inflatesLater: true });
    const chunk = message('client', BINARY, hex('0361'));
    decoder.load(chunk);
    decoder.next();
    payload.load(chunk);
    payload.next();
    payload.settle();
    payload.release();
    assert.deepEqual([payload.unread, payload.unfinished, payload.retainedBytes], [false, true, 0]);
    assert.deepEqual(inflater.log, ['load 0361 last', 'release']);
  });
});
