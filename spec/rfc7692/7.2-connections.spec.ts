// RFC 7692 §7.2, two connections at a time: what was agreed on holds, not what was offered, and what one compresses the other reads, however
// it is cut into frames.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';

import { createCodecs } from '../../lib/core/deflate/codecs.ts';
import { compressionChoices } from '../../lib/core/deflate/compression-options.ts';
import type { CompressionOptions } from '../../lib/core/deflate/compression-options.ts';
import { isFault } from '../../lib/core/deflate/parameters.ts';
import { judgeAnswer, offersOf } from '../../lib/core/deflate/offer.ts';
import type { AgreedParameters } from '../../lib/core/deflate/parameters.ts';
import type { MessageCompression } from '../../lib/core/wire/compression.ts';
import { concat, hex } from '../support/bytes.ts';
import { frame } from '../support/frames.ts';
import { Random } from '../support/random.ts';
import { Conversation } from '../support/transcript.ts';

const TRAILER = hex('0000ffff');
const host = { allocate: (size: number): Uint8Array => new Uint8Array(size) };

/** A client that offered by `options`, answered by a server with these parameters. */
function client(options: CompressionOptions, ...answer: readonly (readonly [string, string | null])[]): MessageCompression {
  const choices = compressionChoices('client', options);
  const agreed = judgeAnswer({ name: 'permessage-deflate', parameters: answer }, offersOf(choices), choices);
  assert.ok(!isFault(agreed), JSON.stringify(agreed));
  return createCodecs('client', agreed, choices, host);
}

/** A server's codecs for what was agreed. */
function server(agreed: Partial<AgreedParameters>): MessageCompression {
  const unsaid = { serverNoContextTakeover: false, clientNoContextTakeover: false, serverMaxWindowBits: 15, clientMaxWindowBits: 15 };
  return createCodecs('server', { ...unsaid, ...agreed }, compressionChoices('server', {}), host);
}

interface Frame {
  readonly b0: number;
  readonly payload: Uint8Array;
}

/** What a connection with these codecs sends, frame by frame. */
function framesOf(compression: MessageCompression, send: (connection: Conversation['connection']) => void): Frame[] {
  const conversation = new Conversation('server', { compression: () => compression });
  send(conversation.connection);
  conversation.drain();
  return conversation.lines().map((line) => {
    const [, b0 = '', length = '', ...rest] = line.split(' ');
    return { b0: Number.parseInt(b0, 16), payload: hex(rest[length === '7e' || length === '7f' ? 1 : 0] ?? '') };
  });
}

/** The payload that `deflater` makes of a whole message. */
function deflated({ deflater }: MessageCompression, message: Uint8Array): Uint8Array {
  deflater.deflate(message, 0, message.length, true);
  const payload = Uint8Array.from(deflater.output.subarray(deflater.start, deflater.end));
  deflater.commit();
  return payload;
}

const unzipped = (payload: Uint8Array, dictionary: Uint8Array = new Uint8Array(0)): Buffer =>
  inflateRawSync(concat(payload, TRAILER), { finishFlush: constants.Z_SYNC_FLUSH, ...dictionary.length > 0 && { dictionary } });

describe('RFC 7692 §7.2: compressed messages between connections', () => {
  it('§7.2.1: the frames of a fragmented message carry its compressed data, cut, and the last four octets go from the last alone [7692-7.2.1-7]', () => {
    const parts = ['the first part, ', 'the second part, which is the first part again: the first part, ', '', 'the end'];
    const frames = framesOf(server({}), (connection) => {
      parts.forEach((part, i) => connection.sendFragment('text', Buffer.from(part), i === parts.length - 1, { compress: true }));
    });
    assert.deepEqual(frames.map(({ b0 }) => b0.toString(16)), ['41', '0', '0', '80']);
    const whole = concat(...frames.map(({ payload }) => payload));
    assert.equal(unzipped(whole).toString(), parts.join(''));
    frames.slice(0, -1).forEach(({ payload }) => assert.deepEqual(payload.subarray(-4), TRAILER));
  });

  it('§7.2.1: what a text leaves in the window is the text, whatever was written over it since', () => {
    const text = 'one text of some length, with words of its own: alpha, beta, gamma, delta';
    const frames = framesOf(server({}), (connection) => {
      for (let i = 0; i < 3; i++) connection.sendText(text, { compress: true });
      connection.sendBinary(Buffer.from(text), { compress: true });
    });
    assert.ok(frames.slice(1).every(({ payload }) => payload.length <= 8), 'each is one reference to the one before');
    let history: Uint8Array = new Uint8Array(0);
    for (const { payload } of frames) {
      assert.equal(unzipped(payload, history).toString(), text);
      history = concat(history, Buffer.from(text));
    }
  });

  it('§7.2.2: a server that was offered client_no_context_takeover and did not agree to it inflates with the window of the last message ' +
    '[7692-7.2.2-6]', () => {
    const { inflater } = server({ clientNoContextTakeover: false });
    const [first, second] = [Buffer.from('what was said before'), Buffer.from('what was said before, and more')];
    const zip = (bytes: Buffer, dictionary?: Buffer): Uint8Array =>
      deflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, ...dictionary !== undefined && { dictionary } }).subarray(0, -4);
    for (const [payload, message] of [[zip(first), first], [zip(second, first), second]] as const) {
      inflater.load(payload, 0, payload.length, true, Infinity);
      assert.equal(inflater.next(), 'piece');
      assert.deepEqual(Buffer.from(inflater.output.subarray(inflater.start, inflater.end)), message);
      inflater.detach();
    }
  });

  it('§7.2.2: a client compresses within the window that was agreed on, whatever it had offered [7692-7.2.2-11]', () => {
    const random = new Random(12);
    const block = random.bytes(600);
    for (const [options, answer, bits] of [
      [{ clientMaxWindowBits: 15 }, '9', 9], [{ clientMaxWindowBits: 9 }, '12', 9], [{ clientMaxWindowBits: 15 }, '8', 8],
    ] as const) {
      const codecs = client(options, ['client_max_window_bits', answer]);
      let history: Uint8Array = new Uint8Array(0);
      for (let round = 0; round < 20; round++) {
        const message = concat(random.bytes(random.below(300)), block.subarray(0, 100 + random.below(500)));
        // What inflates with no more history than 2^bits bytes before it and is told nothing of the rest reaches no further.
        const payload = deflated(codecs, message.subarray(0, 1 << bits));
        assert.deepEqual(Uint8Array.from(unzipped(payload, history.subarray(-(1 << bits)))), message.subarray(0, 1 << bits));
        history = concat(history, message.subarray(0, 1 << bits));
      }
      assert.ok(codecs.deflater.retainedBytes <= 1 << bits);
    }
  });

  it('§8: the ratio of a whole message is of all its bytes on the wire, those that only end it included', () => {
    const payload = deflateRawSync(Buffer.alloc(1000), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
    const outcomes = [Math.ceil(1000 / payload.length), Math.floor(1000 / payload.length)].map((maxInflateRatio) => {
      const conversation = new Conversation('client', { compression: () => client({}), limits: { maxInflateRatio } });
      conversation.receive(frame({ opcode: 2, rsv: 0x40, payload }));
      return conversation.outcome?.violation?.name ?? 'passed';
    });
    assert.deepEqual(outcomes, ['passed', 'INFLATE_RATIO_EXCEEDED']);
  });

  it('§7.2.3.3: RSV1 is set on whatever went through DEFLATE, also where only stored blocks came of it [7692-7.2.3.3-1]', () => {
    const noise = new Random(13).bytes(400);
    const [first, second] = framesOf(server({}), (connection) => {
      connection.sendFragment('binary', noise, true, { compress: true }); // a fragment cannot go back to being plain
      connection.sendBinary(noise, { compress: true }); // a whole message that got no smaller is not compressed, and does not say so
    });
    assert.equal(first?.b0, 0xc2);
    assert.equal((first?.payload[0] as number) & 6, 0, 'a stored block');
    assert.deepEqual(Uint8Array.from(unzipped(first?.payload as Uint8Array)), noise);
    assert.ok(second !== undefined && (second.b0 & 0x40) !== 0 ? second.payload.length < noise.length : second?.payload.length === noise.length);
  });
});
