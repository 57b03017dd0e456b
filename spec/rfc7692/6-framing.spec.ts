// RFC 7692 §6: where a compressed message stands in frames, to be sent and to be received. The payload is permessage-deflate's (§7.2), as
// the codec of lib/core/deflate makes it; what it reads and writes is held against node:zlib and the examples of §7.2.3.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';

import { createCodecs } from '../../lib/core/deflate/codecs.ts';
import { compressionChoices } from '../../lib/core/deflate/compression-options.ts';
import { PreparedMessage } from '../../lib/core/protocol/prepared-message.ts';
import type { MessageCompression } from '../../lib/core/wire/compression.ts';
import type { Role } from '../../lib/core/wire/opcode.ts';
import { concat, hex, toHex, utf8 } from '../support/bytes.ts';
import { frame } from '../support/frames.ts';
import { Conversation, examplePlatform, expectTranscript } from '../support/transcript.ts';
import type { ConversationOptions } from '../support/transcript.ts';

const ROLES: readonly Role[] = ['client', 'server'];
const TEXT = 0x1, BINARY = 0x2, CONTINUATION = 0x0, CLOSE = 0x8, PING = 0x9, PONG = 0xa;
const RSV1 = 0x40;
/** §7.2.3.1: "Hello", a block with fixed Huffman codes and the header of an empty stored one. */
const HELLO = hex('f248cdc9c90700');
/** §7.2.3.2: the same again, by reference to the window that the first left. */
const HELLO_AGAIN = hex('f200110000');
/** What the sender leaves off and the receiver appends (§7.2.1, §7.2.2). */
const TRAILER = hex('0000ffff');

function deflating(role: Role, threshold: number = 0): ConversationOptions {
  const agreed = { serverNoContextTakeover: false, clientNoContextTakeover: false, serverMaxWindowBits: 15, clientMaxWindowBits: 15 };
  const compression = (): MessageCompression =>
    createCodecs(role, agreed, compressionChoices(role, { threshold, serverMaxWindowBits: 15, clientMaxWindowBits: 15 }), {
      allocate: (size) => new Uint8Array(size),
    });
  return { compression };
}

/** Frames as the peer of `role` sends them. */
function from(role: Role, ...frames: readonly Parameters<typeof frame>[0][]): Uint8Array {
  return concat(...frames.map((one) => frame({ ...one, mask: role === 'server' })));
}

/** The payload of a message as zlib compresses it, by itself. */
function zipped(plain: Uint8Array | string): Uint8Array {
  return Uint8Array.from(deflateRawSync(plain, { finishFlush: constants.Z_SYNC_FLUSH })).subarray(0, -TRAILER.length);
}

interface Sent {
  readonly fin: boolean;
  readonly rsv: number;
  readonly opcode: number;
  readonly payload: Uint8Array;
}

/** The frames that `send` makes a connection of `role` send. */
function sent(role: Role, threshold: number, send: (connection: Conversation['connection']) => void): Sent[] {
  const conversation = new Conversation(role, deflating(role, threshold));
  send(conversation.connection);
  conversation.drain();
  return conversation.lines().map((line) => {
    const [, head = '', length = '', ...rest] = line.split(' ');
    const b0 = Number.parseInt(head, 16);
    const payload = hex(length === '7e' ? rest[1] as string : rest[0] ?? '');
    return { fin: (b0 & 0x80) !== 0, rsv: b0 & 0x70, opcode: b0 & 0x0f, payload };
  });
}

/** What zlib makes of the payloads of one message, or of several in their order. */
function unzipped(...payloads: readonly Uint8Array[]): string {
  return inflateRawSync(concat(...payloads, TRAILER), { finishFlush: constants.Z_SYNC_FLUSH }).toString('utf8');
}

describe('RFC 7692 §6: what a compression acts on', () => {
  it('data messages only: what a control frame carries is as it is, also within a compressed message [7692-6-1]', () => {
    for (const role of ROLES) {
      const hello = { opcode: PING, payload: 'Hello' };
      const input = from(role, hello, { opcode: TEXT, rsv: RSV1, fin: false, payload: HELLO.subarray(0, 3) },
        { opcode: PONG, payload: HELLO }, { opcode: CONTINUATION, payload: HELLO.subarray(3) }, { opcode: CLOSE, payload: concat(hex('03e8'), utf8('Hello')) });
      expectTranscript(role, input, ['ping 48656c6c6f', `pong ${toHex(HELLO)}`, 'text "Hello"', 'closing 1000 "Hello"',
        'send 8a 05 48656c6c6f', 'send 88 02 03e8'], deflating(role));
      const payload = utf8('a'.repeat(100));
      const control = sent(role, 0, (connection) => {
        connection.sendPing(payload);
        connection.close(1000, 'a'.repeat(100));
      });
      assert.deepEqual(control, [{ fin: true, rsv: 0, opcode: PING, payload }, { fin: true, rsv: 0, opcode: CLOSE, payload: concat(hex('03e8'), payload) }]);
    }
  });

  it('RSV1 on the first frame marks a compressed message, its absence one that is not, each message by itself [7692-6-2] [7692-6-3]', () => {
    for (const role of ROLES) {
      const input = from(role, { opcode: TEXT, rsv: RSV1, payload: HELLO }, { opcode: TEXT, payload: 'Hello' },
        { opcode: BINARY, fin: false, payload: HELLO }, { opcode: CONTINUATION, payload: HELLO_AGAIN },
        { opcode: TEXT, rsv: RSV1, payload: HELLO_AGAIN });
      expectTranscript(role, input, ['text "Hello"', 'text "Hello"', `binary ${toHex(HELLO)}${toHex(HELLO_AGAIN)}`, 'text "Hello"'],
        deflating(role));
    }
  });
});

describe('RFC 7692 §6.1: sending', () => {
  const text = 'compress this, compress this, and this: €€€€€€';

  it('a compressed message is its compressed payload in frames, RSV1 on the first; its opcode is as it was [7692-6.1-1] [7692-6.1-6]', () => {
    for (const role of ROLES) {
      const whole = sent(role, 0, (connection) => {
        connection.sendText(text);
        connection.sendBinary(utf8(text));
        connection.sendPrepared(new PreparedMessage(text, examplePlatform()));
      });
      assert.deepEqual(whole.map(({ fin, rsv, opcode }) => [fin, rsv, opcode]), [[true, RSV1, TEXT], [true, RSV1, BINARY], [true, RSV1, TEXT]]);
      assert.equal(unzipped(...whole.map(({ payload }) => concat(payload, TRAILER))), text.repeat(3));
      const [alone] = whole;
      assert.ok(alone !== undefined && alone.payload.length < utf8(text).length);
      assert.equal(unzipped(alone.payload), text);
    }
  });

  it('of a fragmented message only the first frame has RSV1, and no control frame among them [7692-6.1-4]', () => {
    for (const role of ROLES) {
      const bytes = utf8(text);
      const frames = sent(role, 10, (connection) => {
        connection.sendFragment('text', bytes.subarray(0, 20), false);
        connection.sendPing();
        connection.sendFragment('text', bytes.subarray(20, 40), false);
        connection.sendFragment('text', bytes.subarray(40), true);
      });
      assert.deepEqual(frames.map(({ fin, rsv, opcode }) => [fin, rsv, opcode]),
        [[true, 0, PING], [false, RSV1, TEXT], [false, 0, CONTINUATION], [true, 0, CONTINUATION]]);
      const parts = frames.slice(1).map(({ payload }) => payload);
      assert.equal(unzipped(...parts), text);
      assert.equal(unzipped(parts[0] as Uint8Array), text.substring(0, 20), 'what a fragment says can be read when it arrives');
    }
  });

  it('a message that is not compressed is in frames as it is, RSV1 unset [7692-6.1-3]', () => {
    for (const role of ROLES) {
      const bytes = utf8(text);
      const frames = sent(role, 1000, (connection) => {
        connection.sendText(text);
        connection.sendBinary(bytes);
        connection.sendFragment('text', bytes.subarray(0, 20), false);
        connection.sendFragment('text', bytes.subarray(20), true);
        connection.sendPrepared(new PreparedMessage(text, examplePlatform()));
      });
      assert.deepEqual(frames, [
        { fin: true, rsv: 0, opcode: TEXT, payload: bytes }, { fin: true, rsv: 0, opcode: BINARY, payload: bytes },
        { fin: false, rsv: 0, opcode: TEXT, payload: bytes.slice(0, 20) }, { fin: true, rsv: 0, opcode: CONTINUATION, payload: bytes.slice(20) },
        { fin: true, rsv: 0, opcode: TEXT, payload: bytes },
      ]);
    }
  });

  it('a message that would only grow is not compressed, and the next one is as if it had never been', () => {
    for (const role of ROLES) {
      const frames = sent(role, 0, (connection) => {
        connection.sendText(text);
        connection.sendText('xyz');
        connection.sendText(text);
      });
      assert.deepEqual(frames[1], { fin: true, rsv: 0, opcode: TEXT, payload: utf8('xyz') });
      const [first, , third] = frames as [Sent, Sent, Sent];
      assert.equal(unzipped(first.payload, TRAILER, third.payload), text + text);
    }
  });

  it('RSV1 on a continuation or a control frame fails the connection, in a compressed message and in any other [7692-6.1-5]', () => {
    for (const role of ROLES) {
      for (const rsv of [RSV1, 0]) {
        const begun = from(role, { opcode: TEXT, rsv, fin: false, payload: rsv === 0 ? 'Hel' : HELLO.subarray(0, 3) });
        for (const [opcode, rule] of [[CONTINUATION, 'RSV1_ON_CONTINUATION'], [PING, 'RSV1_ON_CONTROL'], [CLOSE, 'RSV1_ON_CONTROL']] as const) {
          const conversation = new Conversation(role, deflating(role));
          conversation.receive(concat(begun, from(role, { opcode, rsv: RSV1 })));
          conversation.drain();
          const lines = conversation.lines();
          assert.ok(lines.includes(`closed 1006 ${rule} @${begun.length} unfinished`), lines.join());
          assert.equal(lines.at(-1), 'send 88 02 03ea');
        }
      }
      expectTranscript(role, from(role, { opcode: PONG, rsv: RSV1 }), ['closed 1006 RSV1_ON_CONTROL @0', 'send 88 02 03ea'], deflating(role));
    }
  });

  it('what is compressed need not be UTF-8, and what it inflates to must be [7692-6.1-7]', () => {
    for (const role of ROLES) {
      assert.throws(() => new TextDecoder('utf-8', { fatal: true }).decode(HELLO), TypeError);
      const at = from(role, { opcode: TEXT, rsv: RSV1, payload: HELLO }).length + (role === 'server' ? 6 : 2);
      for (const [plain, valid] of [['ff', ''], ['c080', ''], ['61eda080', '61ed'], ['6162e282', '6162e282']] as const) {
        const input = from(role, { opcode: TEXT, rsv: RSV1, payload: HELLO }, { opcode: TEXT, rsv: RSV1, payload: zipped(hex(plain)) });
        const part = valid === '' ? [] : [`part text ${valid}`];
        expectTranscript(role, input, ['text "Hello"', ...part, `closed 1006 TEXT_NOT_UTF8 @${at} unfinished`, 'send 88 02 03ef'], deflating(role));
        expectTranscript(role, from(role, { opcode: BINARY, rsv: RSV1, payload: zipped(hex(plain)) }), [`binary ${plain}`], deflating(role));
      }
    }
  });
});

describe('RFC 7692 §6.2: receiving', () => {
  it('a compressed message is the payloads of its frames, joined and inflated, wherever they are cut and whatever comes between [7692-6.2-1]', () => {
    for (const role of ROLES) {
      for (let at = 0; at <= HELLO.length; at++) {
        const input = from(role, { opcode: TEXT, rsv: RSV1, fin: false, payload: HELLO.subarray(0, at) }, { opcode: PING, payload: 'p' },
          { opcode: CONTINUATION, fin: false }, { opcode: CONTINUATION, payload: HELLO.subarray(at) });
        expectTranscript(role, input, ['ping 70', 'text "Hello"', 'send 8a 01 70'], deflating(role));
      }
      const long = 'The quick brown fox, and again the quick brown fox. €'.repeat(40);
      const zip = zipped(long);
      const input = from(role, { opcode: TEXT, rsv: RSV1, fin: false, payload: zip.subarray(0, 30) },
        ...Array.from(zip.subarray(30), (byte) => ({ opcode: CONTINUATION, fin: false, payload: Uint8Array.of(byte) })), { opcode: CONTINUATION });
      expectTranscript(role, input, [`text ${JSON.stringify(long)}`], deflating(role));
    }
  });

  it('a message that is not compressed is told as it came [7692-6.2-2]', () => {
    for (const role of ROLES) {
      const input = from(role, { opcode: BINARY, payload: HELLO }, { opcode: TEXT, fin: false, payload: 'Hel' },
        { opcode: CONTINUATION, payload: 'lo' }, { opcode: BINARY });
      expectTranscript(role, input, [`binary ${toHex(HELLO)}`, 'text "Hello"', 'binary'], deflating(role));
    }
  });
});
