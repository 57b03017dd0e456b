import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { answerOffers } from '../../../lib/core/deflate/answer.ts';
import { createCodecs } from '../../../lib/core/deflate/codecs.ts';
import type { CodecHost } from '../../../lib/core/deflate/codecs.ts';
import { compressionChoices } from '../../../lib/core/deflate/compression-options.ts';
import type { CompressionOptions } from '../../../lib/core/deflate/compression-options.ts';
import { HostedInflater } from '../../../lib/core/deflate/hosted-inflater.ts';
import { MessageInflater } from '../../../lib/core/deflate/inflater.ts';
import { offersOf } from '../../../lib/core/deflate/offer.ts';
import type { MessageCompression } from '../../../lib/core/wire/compression.ts';
import { utf8 } from '../../support/bytes.ts';

const allocate = (size: number): Uint8Array => new Uint8Array(size);

/** Both ends of one connection. */
function both(client: CompressionOptions, server: CompressionOptions, host: CodecHost = { allocate }): Record<'client' | 'server', MessageCompression> {
  const [asked, answering] = [compressionChoices('client', client), compressionChoices('server', server)];
  const agreement = answerOffers(offersOf(asked), answering);
  assert.ok(agreement !== null);
  return {
    client: createCodecs('client', agreement.agreed, asked, host),
    server: createCodecs('server', agreement.agreed, answering, host),
  };
}

/** Sends `message` from one end to the other; returns the bytes on the wire. */
function send(from: MessageCompression, to: MessageCompression, message: string): number {
  const bytes = utf8(message);
  from.deflater.deflate(bytes, 0, bytes.length, true);
  const payload = from.deflater.output.slice(from.deflater.start, from.deflater.end);
  from.deflater.commit();
  to.inflater.load(payload, 0, payload.length, true, Infinity);
  assert.equal(to.inflater.next(), 'piece');
  const { output, start, end, last } = to.inflater;
  assert.equal(last, true);
  assert.equal(Buffer.from(output.subarray(start, end)).toString(), message);
  to.inflater.detach();
  return payload.length;
}

describe('the codecs of a connection', () => {
  const message = 'the quick brown fox jumps over the lazy dog; the lazy dog does not care';

  it('fit each other in both directions, with the window of the last message where that was agreed', () => {
    const { client, server } = both({}, {});
    for (const [from, to] of [[client, server], [server, client]] as const) {
      const first = send(from, to, message);
      assert.ok(send(from, to, message) < first / 3);
    }
  });

  it('compress each message by itself where that was agreed', () => {
    const { client, server } = both({ serverNoContextTakeover: true }, { clientNoContextTakeover: true });
    for (const [from, to] of [[client, server], [server, client]] as const) {
      const first = send(from, to, message);
      assert.equal(send(from, to, message), first);
      assert.equal(from.deflater.retainedBytes + to.inflater.retainedBytes, 0, 'an idle side holds nothing');
    }
  });

  it('have their own windows, down to 256 bytes', () => {
    for (const bits of [8, 9, 12, 15]) {
      const { client, server } = both({ serverMaxWindowBits: bits, clientMaxWindowBits: bits }, { serverMaxWindowBits: bits, clientMaxWindowBits: bits });
      for (let i = 0; i < 40; i++) {
        send(client, server, `${message} ${i} `.repeat(1 + (i % 20)));
        send(server, client, `${i} ${message}`.repeat(1 + (i % 7)));
      }
      assert.ok(client.deflater.retainedBytes <= 1 << bits);
    }
  });

  it('decide by the threshold or by a function', () => {
    assert.deepEqual([63, 64].map((size) => both({}, {}).server.deflater.wants('text', size)), [false, true]);
    const { server } = both({}, { decide: (kind, size) => kind === 'binary' && size === 1 });
    assert.deepEqual([server.deflater.wants('binary', 1), server.deflater.wants('text', 1000)], [true, false]);
  });

  it('leave long messages to what a host brings', () => {
    const asked: string[] = [];
    const widest: CompressionOptions = { clientMaxWindowBits: 15 };
    const { client, server } = both(widest, widest, {
      allocate,
      deflate: {
        from: 1e9, laterFrom: 500, deflate: () => assert.fail('not asked for'), deflateLater: () => assert.fail('not asked for'),
      },
      inflate: { from: 20, to: 1000, inflate: (_bytes, start, end) => (asked.push(`inflate ${end - start}`), null) },
    });
    assert.ok(server.deflater.defers(500) && !server.deflater.defers(499));
    assert.ok(server.inflater instanceof HostedInflater);
    const size = send(client, server, message);
    assert.deepEqual(asked, [`inflate ${size}`]);
    assert.ok(both({}, {}, { allocate, inflate: { from: 1, to: 2, inflate: () => null } }).server.inflater instanceof MessageInflater,
      'a smaller window is the portable inflater\'s');
    const bare = both({}, {});
    assert.ok(bare.server.inflater instanceof MessageInflater && !bare.server.deflater.defers(1e9));
  });
});
