import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { PreparedMessage } from '../../../lib/core/protocol/prepared-message.ts';
import { portablePlatform } from '../../../lib/core/platform.ts';
import { toHex, utf8 } from '../../support/bytes.ts';
import { frame } from '../../support/frames.ts';
import { Random } from '../../support/random.ts';

const TEXT = 0x1, BINARY = 0x2;
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
