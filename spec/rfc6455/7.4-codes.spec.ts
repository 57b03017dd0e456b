// RFC 6455 §7.4: status codes, in both directions.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Role } from '../../lib/core/wire/opcode.ts';
import { VIOLATIONS } from '../../lib/core/wire/violation.ts';
import { concat, hex } from '../support/bytes.ts';
import { frame, frameHeader } from '../support/frames.ts';
import { Conversation, converse, expectTranscript, sendLine } from '../support/transcript.ts';

const ROLES: readonly Role[] = ['client', 'server'];
const TEXT = 1, CLOSE = 8;

const bodyOf = (code: number): Uint8Array => Uint8Array.of(code >>> 8, code);

/** May be sent, is received and echoed. */
function used(codes: readonly number[]): void {
  for (const role of ROLES) {
    for (const code of codes) {
      expectTranscript(role, frame({ opcode: CLOSE, payload: bodyOf(code), mask: role === 'server' }),
        [`closing ${code} ""`, sendLine(0x88, bodyOf(code))]);
      converse(role, {}, (conversation) => {
        conversation.connection.close(code);
        conversation.expect(sendLine(0x88, bodyOf(code)));
      });
    }
  }
}

/** Is never sent, and a Close frame that has it fails the connection with 1002. */
function unused(codes: readonly number[]): void {
  for (const role of ROLES) {
    for (const code of codes) {
      const input = frame({ opcode: CLOSE, payload: bodyOf(code), mask: role === 'server' });
      expectTranscript(role, input, [`closed 1006 CLOSE_CODE_NOT_ALLOWED @${input.length}`, 'send 88 02 03ea']);
      const { connection } = new Conversation(role);
      assert.throws(() => connection.close(code), RangeError);
      assert.deepEqual([connection.state, connection.takeOutput()], ['open', null]);
    }
  }
}

describe('RFC 6455 §7.4', () => {
  it('a code and a reason are optional [6455-7.4-1]', () => {
    for (const role of ROLES) {
      for (const [args, body] of [[[], hex('')], [[1000], hex('03e8')], [[1000, 'why'], hex('03e8776879')]] as const) {
        converse(role, {}, (conversation) => {
          const [code, reason] = args as readonly [code?: number, reason?: string];
          conversation.connection.close(code, reason);
          conversation.expect(sendLine(0x88, body));
        });
      }
    }
  });
});

describe('RFC 6455 §7.4.1', () => {
  it('1000–1003 and 1007–1011 may be used, 1011 by either side [6455-7.4.1-1] [6455-7.4.1-2] [6455-7.4.1-12]', () => used([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011]));

  it('1012–1014 are registered since, and may be used', () => used([1012, 1013, 1014]));

  it('1004 is reserved, and is not used [6455-7.4.1-3]', () => unused([1004]));

  it('1005 MUST NOT be set in a Close frame, an endpoint reports it for one without a code [6455-7.4.1-4]', () => {
    unused([1005]);
    converse('client', {}, (conversation) => {
      conversation.receive(hex('8800'));
      conversation.expect('closing 1005 ""', 'send 88 00');
    });
  });

  it('1006 MUST NOT be set in a Close frame, an endpoint reports it where none came [6455-7.4.1-5]', () => {
    unused([1006]);
    converse('client', {}, (conversation) => {
      conversation.end();
      conversation.expect('closed 1006 TRANSPORT_ENDED @0');
    });
  });

  it('1015 MUST NOT be set in a Close frame [6455-7.4.1-13]', () => unused([1015]));

  it('1007 tells of data that is not what its type says [6455-7.4.1-6]', () => {
    for (const role of ROLES) {
      const input = frame({ opcode: TEXT, payload: hex('ff'), mask: role === 'server' });
      expectTranscript(role, input, [`closed 1006 TEXT_NOT_UTF8 @${input.length - 1} unfinished`, 'send 88 02 03ef']);
    }
  });

  it('1008 tells of a policy where no other code fits [6455-7.4.1-7]', () => {
    expectTranscript('client', hex('0100 0000 0000'),
      ['closed 1006 TOO_MANY_FRAGMENTS @4 maxFragments 2 < 3 unfinished', 'send 88 02 03f0'], { limits: { maxFragments: 2 } });
  });

  it('1009 tells of a message that is too big to process [6455-7.4.1-8]', () => {
    for (const role of ROLES) {
      const limits = { maxMessageSize: 100 };
      expectTranscript(role, frameHeader({ opcode: TEXT, length: 101, mask: role === 'server' }),
        ['closed 1006 MESSAGE_TOO_BIG @1 maxMessageSize 100 < 101', 'send 88 02 03f1'], { limits });
    }
  });

  it('no row of the violation table would send a code that must not be sent, nor 1010 from a server', () => {
    for (const { code } of VIOLATIONS) {
      if (code !== 1006) used([code]);
      assert.notEqual(code, 1010);
    }
  });
});

describe('RFC 6455 §7.4.2', () => {
  it('0–999 are not used [6455-7.4.2-1]', () => unused([0, 1, 100, 999]));

  it('1016–2999 are reserved for the protocol, and are not used before they are defined [6455-7.4.2-2]', () => unused([1016, 1017, 1100, 1999, 2000, 2998, 2999]));

  it('3000–3999 are for libraries and applications, 4000–4999 for private use [6455-7.4.2-3] [6455-7.4.2-4]', () => used([3000, 3001, 3500, 3999, 4000, 4001, 4500, 4999]));

  it('5000–65535 have no meaning, and are not used [6455-7.4.2-5]', () => unused([5000, 5001, 10_000, 32_768, 65_535]));

  it('the line between used and unused is drawn at the same codes for every one of the 65,536', () => {
    const defined = (code: number): boolean => (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
    for (let code = 0; code < 65_536; code++) {
      const conversation = new Conversation('client');
      conversation.receive(concat(hex('8802'), bodyOf(code)));
      assert.equal(conversation.connection.state === 'closing', defined(code), `${code}`);
    }
  });
});
