// RFC 6455 §5.2: the base framing protocol, drawn as in the RFC's figure.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Connection } from '../../lib/core/protocol/connection.ts';
import type { Role } from '../../lib/core/wire/opcode.ts';
import { bits, concat, hex, toHex, utf8 } from '../support/bytes.ts';
import { frame, frameHeader } from '../support/frames.ts';
import { Conversation, expectTranscript } from '../support/transcript.ts';

const ROLES: readonly Role[] = ['client', 'server'];
const TEXT = 1, BINARY = 2, CONTINUATION = 0, PING = 9;
const PROTOCOL_ERROR = 'send 88 02 03ea';

function from(role: Role, ...specs: readonly Parameters<typeof frame>[0][]): Uint8Array {
  return concat(...specs.map((spec) => frame({ ...spec, mask: role === 'server' })));
}

function sent(connection: Connection): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let bytes = connection.takeOutput(); bytes !== null; bytes = connection.takeOutput()) pieces.push(bytes);
  return concat(...pieces);
}

const x = (length: number): Uint8Array => new Uint8Array(length).fill(0x78);
const binary = (length: number): string => `binary ${'78'.repeat(length)}`.trimEnd();

describe('RFC 6455 §5.2, the header', () => {
  it('is read as the figure draws it: FIN, RSV, opcode, MASK, length, key [6455-5.2-19] [6455-5.2-2] [6455-5.2-10]', () => {
    //                            FIN RSV OPCODE MASK LENGTH
    expectTranscript('client', concat(bits('1 000 0001   0   0000101'), utf8('Hello')), ['text "Hello"']);
    expectTranscript('client', concat(bits('0 000 0010   0   0000001'), hex('ff'), bits('1 000 0000   0   0000001'), hex('00')),
      ['binary ff00']);
    expectTranscript('server', concat(bits('1 000 1001   1   0000000'), hex('37fa213d')), ['ping', 'send 8a 00']);
  });

  it('is written as the figure draws it [6455-5.2-19] [6455-5.2-2]', () => {
    const server = new Conversation('server').connection;
    server.sendText('Hello');
    server.sendFragment('binary', hex('ff'), false);
    server.sendFragment('binary', hex('00'), true);
    assert.equal(toHex(sent(server)), toHex(concat(
      bits('1 000 0001   0   0000101'), utf8('Hello'),
      bits('0 000 0010   0   0000001'), hex('ff'),
      bits('1 000 0000   0   0000001'), hex('00'))));
    const client = new Conversation('client').connection;
    client.sendText('');
    assert.equal(toHex(sent(client)), toHex(concat(bits('1 000 0001   1   0000000'), hex('37fa213d'))));
  });
});

describe('RFC 6455 §5.2, RSV', () => {
  it('MUST be 0 in what is sent: no extension is negotiated [6455-5.2-3] [6455-5.2-4] [6455-5.2-5] [6455-5.2-6] [6455-5.2-16]', () => {
    const sends: readonly ((connection: Connection) => void)[] = [
      (connection) => { connection.sendText('a'); },
      (connection) => { connection.sendBinary(x(70_000)); },
      (connection) => { connection.sendFragment('text', utf8('a'), false); },
      (connection) => { connection.sendPing(); },
      (connection) => { connection.receive(from(connection.role, { opcode: PING })); },
      (connection) => { connection.close(1000); },
    ];
    for (const role of ROLES) {
      const { connection } = new Conversation(role);
      for (const send of sends) {
        send(connection);
        assert.equal((sent(connection)[0] as number) & 0x70, 0);
      }
    }
  });

  it('nonzero without an extension that defines it: the endpoint MUST fail the connection [6455-5.2-7]', () => {
    for (const role of ROLES) {
      for (const rsv of [0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70]) {
        for (const opcode of [TEXT, BINARY, PING, 8]) {
          expectTranscript(role, from(role, { opcode, rsv, payload: hex('03e8') }), ['closed 1006 RSV_NOT_NEGOTIATED @0', PROTOCOL_ERROR]);
        }
      }
    }
  });
});

describe('RFC 6455 §5.2, opcode', () => {
  it('an unknown opcode: the endpoint MUST fail the connection [6455-5.2-8] [6455-5.6-1] [6455-5.5-1]', () => {
    for (const role of ROLES) {
      for (const opcode of [3, 4, 5, 6, 7, 0xb, 0xc, 0xd, 0xe, 0xf]) {
        expectTranscript(role, from(role, { opcode }), ['closed 1006 RESERVED_OPCODE @0', PROTOCOL_ERROR]);
        expectTranscript(role, concat(from(role, { opcode: TEXT, fin: false, payload: 'a' }), from(role, { opcode })),
          ['part text 61', `closed 1006 RESERVED_OPCODE @${role === 'server' ? 7 : 3} unfinished`, PROTOCOL_ERROR]);
      }
    }
  });

  it('0 continues, 1 is text, 2 binary, 8 a Close, 9 a Ping, A a Pong [6455-5.2-9] [6455-5.6-1] [6455-5.5-1]', () => {
    for (const role of ROLES) {
      expectTranscript(role, from(role,
        { opcode: 0x1, fin: false, payload: 'a' }, { opcode: 0x0, payload: 'b' }, { opcode: 0x2, payload: 'c' },
          { opcode: 0x9, payload: 'd' },
        { opcode: 0xa, payload: 'e' }, { opcode: 0x8, payload: hex('03e8') }),
      ['text "ab"', 'binary 63', 'ping 64', 'pong 65', 'closing 1000 ""', 'send 8a 01 64', 'send 88 02 03e8']);
    }
  });
});

describe('RFC 6455 §5.2, payload length', () => {
  const BORDERS = [0, 1, 125, 126, 127, 300, 65_535, 65_536, 65_537];

  it('0–125 is the length, 126 announces 16 bits of it and 127 announces 64, in network byte order [6455-5.2-11] [6455-5.2-13]', () => {
    for (const role of ROLES) {
      for (const length of BORDERS) expectTranscript(role, from(role, { opcode: BINARY, payload: x(length) }), [binary(length)]);
    }
    expectTranscript('client', concat(hex('82 7e 0102'), x(0x102)), [binary(0x102)]);
    expectTranscript('client', concat(hex('82 7f 0000000000010203'), x(0x10203)), [binary(0x10203)]);
  });

  it('the minimal number of bytes MUST be used: this side does [6455-5.2-14] [6455-5.2-13] [6455-5.2-11]', () => {
    for (const role of ROLES) {
      for (const length of BORDERS) {
        const { connection } = new Conversation(role);
        connection.sendBinary(x(length));
        const header = frameHeader({ opcode: BINARY, length, mask: role === 'client' });
        assert.equal(toHex(sent(connection), 0, header.length), toHex(header));
      }
    }
  });

  it('a length that is not in its minimal form fails the connection [6455-5.2-14]', () => {
    for (const role of ROLES) {
      for (const [length, lengthBits] of [[0, 16], [125, 16], [0, 64], [125, 64], [126, 64], [65_535, 64]] as const) {
        const header = frameHeader({ opcode: BINARY, length, lengthBits, mask: role === 'server' });
        expectTranscript(role, header, [`closed 1006 LENGTH_NOT_MINIMAL @${lengthBits === 16 ? 3 : 9}`, PROTOCOL_ERROR]);
      }
    }
  });

  it('the most significant bit of a 64-bit length MUST be 0 [6455-5.2-12]', () => {
    for (const role of ROLES) {
      for (const length of [2n ** 63n, 2n ** 64n - 1n, 2n ** 63n + 5n]) {
        expectTranscript(role, frameHeader({ opcode: BINARY, length, mask: role === 'server' }),
          ['closed 1006 LENGTH_TOP_BIT_SET @2', PROTOCOL_ERROR]);
      }
    }
  });

  it('counts the whole payload, which without an extension is application data [6455-5.2-15] [6455-5.2-16]', () => {
    for (const role of ROLES) {
      expectTranscript(role, from(role, { opcode: TEXT, payload: 'é€' }, { opcode: TEXT, payload: 'next' }), ['text "é€"', 'text "next"']);
      const { connection } = new Conversation(role);
      connection.sendText('é€');
      assert.equal((sent(connection)[1] as number) & 0x7f, 5);
    }
  });

  it('may be 0, in every kind of frame [6455-5.2-20]', () => {
    for (const role of ROLES) {
      expectTranscript(role, from(role,
        { opcode: TEXT }, { opcode: BINARY }, { opcode: TEXT, fin: false }, { opcode: CONTINUATION, fin: false }, { opcode: CONTINUATION },
        { opcode: PING }, { opcode: 0xa }, { opcode: 8 }),
      ['text ""', 'binary', 'text ""', 'ping', 'pong', 'closing 1005 ""', 'send 8a 00', 'send 88 00']);
    }
  });
});
