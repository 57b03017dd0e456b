import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { SendOptions } from '../../../lib/core/protocol/send-options.ts';
import { PreparedMessage } from '../../../lib/core/protocol/prepared-message.ts';
import { portablePlatform } from '../../../lib/core/platform.ts';
import { toHex, utf8 } from '../../support/bytes.ts';
import { ScriptedDeflater, squeeze } from '../../support/codec.ts';
import { frame } from '../../support/frames.ts';
import { Random } from '../../support/random.ts';

const TEXT = 0x1, BINARY = 0x2;
const RSV1 = 0x40;
const platform = portablePlatform({ random: () => {} });

describe('a prepared message', () => {
  it('§5.2: is one unmasked frame with FIN, its length in the shortest form [6455-5.1-4] [6455-5.2-11]', () => {
    const random = new Random(1);
    for (const length of [0, 1, 125, 126, 127, 65_535, 65_536, 70_000]) {
      const bytes = random.bytes(length);
      const binary = new PreparedMessage(bytes, platform);
      assert.deepEqual([binary.kind, binary.size], ['binary', length]);
      assert.equal(toHex(binary.frame), toHex(frame({ opcode: BINARY, payload: bytes })));
      const text = new PreparedMessage('x'.repeat(length), platform);
      assert.deepEqual([text.kind, text.size], ['text', length]);
      assert.equal(toHex(text.frame), toHex(frame({ opcode: TEXT, payload: 'x'.repeat(length) })));
    }
  });

  it('counts text in bytes of UTF-8, and has U+FFFD for an unpaired surrogate', () => {
    const message = new PreparedMessage('é€😀\ud800', platform);
    assert.equal(message.size, 2 + 3 + 4 + 3);
    assert.equal(toHex(message.payload), toHex(utf8('é€😀\ufffd')));
    assert.equal(toHex(message.frame), toHex(frame({ opcode: TEXT, payload: 'é€😀\ufffd' })));
  });

  it('shows its payload within the frame', () => {
    const message = new PreparedMessage(new Uint8Array(200).fill(7), platform);
    assert.equal(message.payload.buffer, message.frame.buffer);
    assert.equal(toHex(message.payload), '07'.repeat(200));
    assert.equal(new PreparedMessage('', platform).payload.length, 0);
  });

  it('is a copy: what becomes of the array afterwards changes nothing', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const message = new PreparedMessage(bytes, platform);
    bytes.fill(9);
    assert.equal(toHex(message.frame), '8203010203');
  });

  it('is made of a string or bytes, and of nothing else', () => {
    for (const nonsense of [7, null, undefined, new ArrayBuffer(3), [1]]) {
      assert.throws(() => new PreparedMessage(nonsense as never, platform), /^TypeError: a message to prepare is a string or a Uint8Array/);
    }
  });
});

describe('a prepared message that is compressed', () => {
  it('RFC 7692 §6.1: is one unmasked frame with RSV1 set and its opcode as it was, its length in the shortest form', () => {
    for (const length of [3, 125, 255, 20_000, 65_536, 255 * 40_000]) {
      const bytes = new Uint8Array(length).fill(7);
      const binary = new PreparedMessage(bytes, platform);
      const deflated = binary.deflated(new ScriptedDeflater());
      assert.ok(deflated !== null);
      assert.deepEqual(deflated, frame({ opcode: BINARY, rsv: RSV1, payload: squeeze(bytes) }));
      assert.deepEqual(binary.payloadOf(deflated), squeeze(bytes));
      assert.deepEqual(binary.payload, bytes, 'the plain frame stays');
    }
    const text = new PreparedMessage('aaa', platform);
    assert.equal(toHex(text.deflated(new ScriptedDeflater()) ?? utf8('')), 'c1020361');
  });

  it('is compressed once for all deflaters with one key, and once more for another', () => {
    const message = new PreparedMessage('aaaa', platform);
    const asked: number[] = [];
    const deflaterOf = (key: number): ScriptedDeflater => new ScriptedDeflater({ shareKey: (size) => {
      asked.push(size);
      return key;
    } });
    const [first, second, other] = [deflaterOf(1), deflaterOf(1), deflaterOf(2)];
    const frameOfFirst = message.deflated(first);
    assert.equal(message.deflated(second), frameOfFirst);
    assert.equal(message.deflated(first), frameOfFirst);
    assert.notEqual(message.deflated(other), frameOfFirst);
    assert.deepEqual([first.log, second.log, other.log], [['shared 4'], [], ['shared 4']]);
    assert.deepEqual(asked, [4, 4, 4, 4], 'the size is the message’s');
  });

  it('is none when that makes it no smaller, which is found out once', () => {
    for (const text of ['', 'a', 'ab']) {
      const message = new PreparedMessage(text, platform);
      const deflater = new ScriptedDeflater();
      assert.deepEqual([message.deflated(deflater), message.deflated(deflater)], [null, null]);
      assert.deepEqual(deflater.log, [`shared ${text.length}`]);
    }
  });

  it('says whether it is to be, in words that are judged at once', () => {
    assert.equal(new PreparedMessage('a', platform).compress, null);
    assert.equal(new PreparedMessage('a', platform, {}).compress, null);
    assert.equal(new PreparedMessage('a', platform, { compress: true }).compress, true);
    assert.equal(new PreparedMessage('a', platform, { compress: false }).compress, false);
    assert.throws(() => new PreparedMessage('a', platform, { compress: 1 } as unknown as SendOptions),
      { name: 'TypeError', message: 'options.compress must be a boolean, found number' });
    assert.throws(() => new PreparedMessage('a', platform, { deflate: true } as unknown as SendOptions),
      { name: 'TypeError', message: 'options.deflate is not an option; known are compress' });
  });
});
