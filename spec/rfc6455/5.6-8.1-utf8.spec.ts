// RFC 6455 §5.6 and §8.1: data frames, and errors in UTF-8-encoded data. The cases octet by octet are in vectors.spec.ts.

import { describe, it } from 'node:test';

import assert from 'node:assert/strict';
import { MessageAssembler } from '../../lib/core/protocol/message-assembler.ts';
import { Connection } from '../../lib/core/protocol/connection.ts';
import type { Role } from '../../lib/core/wire/opcode.ts';
import { concat, hex, toHex, utf8 } from '../support/bytes.ts';
import { eachChunking } from '../support/chunking.ts';
import { frame, frameHeader } from '../support/frames.ts';
import { Conversation, converse, examplePlatform, expectTranscript } from '../support/transcript.ts';

const ROLES: readonly Role[] = ['client', 'server'];
const TEXT = 1, BINARY = 2, CONTINUATION = 0, CLOSE = 8, PING = 9, PONG = 10;
const INCONSISTENT = 'send 88 02 03ef';

function from(role: Role, ...specs: readonly Parameters<typeof frame>[0][]): Uint8Array {
  return concat(...specs.map((spec) => frame({ ...spec, mask: role === 'server' })));
}

describe('RFC 6455 §5.6', () => {
  it('the whole text message MUST be valid UTF-8, though a frame of it may have part of a character [6455-5.6-2] [6455-5.6-3]', () => {
    const text = utf8('é€😀');
    for (const role of ROLES) {
      for (let cut = 0; cut <= text.length; cut++) {
        expectTranscript(role,
          from(role, { opcode: TEXT, fin: false, payload: text.slice(0, cut) }, { opcode: CONTINUATION, payload: text.slice(cut) }),
          ['text "é€😀"']);
      }
      const octets = Array.from(text,
        (octet, i) => ({ opcode: i === 0 ? TEXT : CONTINUATION, fin: i === text.length - 1, payload: Uint8Array.of(octet) }));
      expectTranscript(role, from(role, ...octets), ['text "é€😀"']);
    }
  });

  it('the messages of one connection are checked apart: one that ends inside a character is not saved by the next', () => {
    for (const role of ROLES) {
      const first = from(role, { opcode: TEXT, payload: hex('e282') });
      expectTranscript(role, concat(first, from(role, { opcode: TEXT, payload: hex('ac') })),
        ['part text e282', `closed 1006 TEXT_NOT_UTF8 @${first.length} unfinished`, INCONSISTENT]);
    }
  });

  it('a Ping between two halves of a character is no part of the text, whatever it carries', () => {
    for (const role of ROLES) {
      expectTranscript(role,
        from(role, { opcode: TEXT, fin: false, payload: hex('e2') }, { opcode: PING, payload: hex('ff') },
        { opcode: CONTINUATION, payload: hex('82ac') }),
        ['ping ff', 'text "€"', 'send 8a 01 ff']);
    }
  });

  it('binary data is arbitrary, and so is what control frames but Close carry [6455-5.6-4]', () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    for (const role of ROLES) {
      expectTranscript(role, from(role, { opcode: BINARY, payload: all }, { opcode: PONG, payload: hex('c080') }),
        [`binary ${toHex(all)}`, 'pong c080']);
    }
  });

  it('a byte order mark, U+0000 and noncharacters are text like any other', () => {
    for (const role of ROLES) {
      expectTranscript(role, from(role, { opcode: TEXT, payload: '\uFEFFa\u0000\uFFFE' }),
        [`text ${JSON.stringify('\uFEFFa\u0000\uFFFE')}`]);
    }
    const texts: string[] = [];
    const assembler = new MessageAssembler(examplePlatform(), {
      text: (message) => { texts.push(message); }, binary: () => assert.fail('binary'), ping: () => {}, pong: () => {},
        closing: () => {}, drained: () => {}, closed: () => {},
    });
    eachChunking(from('client', { opcode: TEXT, payload: '\uFEFFa' }), (chunks) => {
      const connection = new Connection({ role: 'client', platform: examplePlatform(), events: assembler, keepalive: 'off' });
      for (const chunk of chunks) connection.receive(chunk);
      assert.equal(texts.pop(), '\uFEFFa');
    });
  });

  it('text that is sent is valid UTF-8: an unpaired surrogate goes out as U+FFFD [6455-5.6-2]', () => {
    for (const role of ROLES) {
      converse(role, {}, (conversation) => {
        conversation.connection.sendText('a\ud800b');
        conversation.connection.sendText('😀\udc00');
        conversation.expect('send 81 05 61efbfbd62', 'send 81 07 f09f9880efbfbd');
        assert.throws(() => conversation.connection.sendFragment('text', hex('ff'), true), TypeError);
        assert.throws(() => conversation.connection.sendFragment('text', hex('e282'), true), TypeError);
        conversation.expect();
      });
    }
  });
});

describe('RFC 6455 §8.1', () => {
  it('a byte stream that is to be UTF-8 and is not: the endpoint MUST fail the connection, with 1007 [6455-8.1-1] [6455-7.4.1-6]', () => {
    for (const role of ROLES) {
      for (const [payload, good] of [['ff', ''], ['61c0', '61'], ['e2 82 41', 'e282'], ['ed a0 80', 'ed'], ['f4 90', 'f4']] as const) {
        const input = from(role, { opcode: TEXT, payload: hex(payload) });
        const at = input.length - hex(payload).length + hex(good).length;
        expectTranscript(role, input,
          [...(good === '' ? [] : [`part text ${good}`]), `closed 1006 TEXT_NOT_UTF8 @${at} unfinished`, INCONSISTENT]);
      }
    }
  });

  it('that holds for the reason of a Close frame, too [6455-8.1-2]', () => {
    for (const role of ROLES) {
      for (const reason of ['ff', '61 e282', 'eda080']) {
        const input = from(role, { opcode: CLOSE, payload: concat(hex('03e8'), hex(reason)) });
        expectTranscript(role, input, [`closed 1006 CLOSE_REASON_NOT_UTF8 @${input.length}`, INCONSISTENT]);
      }
    }
  });

  it('is noticed as soon as it is certain: at the octet, not at the end of the frame or the message [6455-8.1-4]', () => {
    for (const role of ROLES) {
      const conversation = new Conversation(role);
      conversation.receive(concat(frameHeader({ opcode: TEXT, fin: false, length: 1000,
        mask: role === 'server' ? hex('00000000') : false }), hex('61 f4')));
      conversation.drain();
      assert.deepEqual(conversation.lines(), ['part text 61f4']);
      conversation.receive(hex('90'));
      assert.equal(conversation.outcome?.violation?.name, 'TEXT_NOT_UTF8');
      conversation.drain();
      assert.match(conversation.lines().join(), /^closed 1006 TEXT_NOT_UTF8 @\d+ unfinished,send 88 02 03ef$/);
    }
  });
});
