// What hostile and idle peers do, as things that hold memory: each pattern makes `count` of something, feeds it, and hands back what
// must stay alive while it is measured. Run in a process of its own by measure.ts.

import { answerOffers } from '../../lib/core/deflate/answer.ts';
import { createCodecs } from '../../lib/core/deflate/codecs.ts';
import { compressionChoices } from '../../lib/core/deflate/compression-options.ts';
import type { CompressionOptions } from '../../lib/core/deflate/compression-options.ts';
import { offersOf } from '../../lib/core/deflate/offer.ts';
import { ClientHandshake } from '../../lib/core/handshake/client.ts';
import { ServerHandshake } from '../../lib/core/handshake/server.ts';
import { Connection } from '../../lib/core/protocol/connection.ts';
import { MessageAssembler } from '../../lib/core/protocol/message-assembler.ts';
import type { MessageEvents } from '../../lib/core/protocol/message-assembler.ts';
import type { Platform } from '../../lib/core/platform.ts';
import type { MessageCompression } from '../../lib/core/wire/compression.ts';
import type { Role } from '../../lib/core/wire/opcode.ts';
import { latin1 } from '../support/bytes.ts';
import { frame, frameHeader } from '../support/frames.ts';
import { requestText } from '../support/handshake.ts';

/** What is kept alive, and how many bytes its peers sent to each. */
export interface Held {
  readonly kept: unknown;
  readonly received: number;
}

export interface Pattern {
  /** How many are made. */
  readonly count: number;
  make(platform: Platform, count: number): Held;
}

const NOBODY: MessageEvents = { text() {}, binary() {}, ping() {}, pong() {}, closing() {}, drained() {}, closed() {} };

const JSON_ROWS = Buffer.from(JSON.stringify(Array.from({ length: 60 }, (_, i) => ({ id: i * 7919, name: `user-${i * 31 % 97}`, ok: i % 3 === 0 }))));

/** A server's connection with compression as `options` have it, and what its client compresses with. */
function openCompressed(platform: Platform, options: CompressionOptions): Peer & { readonly client: MessageCompression } {
  const [asked, answering] = [compressionChoices('client', options), compressionChoices('server', options)];
  const agreement = answerOffers(offersOf(asked), answering);
  if (agreement === null) throw new Error('the server accepts what the client offers');
  const assembler = new MessageAssembler(platform, NOBODY);
  const compression = createCodecs('server', agreement.agreed, answering, platform);
  const connection = new Connection({ role: 'server', platform, events: assembler, compression });
  connection.advance(0);
  return { connection, assembler, client: createCodecs('client', agreement.agreed, asked, platform) };
}

/** The frame of a message that the client compresses. */
function compressedFrame({ deflater }: MessageCompression, message: Uint8Array): Uint8Array {
  deflater.deflate(message, 0, message.length, true);
  const payload = Uint8Array.from(deflater.output.subarray(deflater.start, deflater.end));
  deflater.commit();
  return frame({ opcode: 1, rsv: 0x40, payload, mask: true });
}

/** Compressed messages of 200 and of 2,000 bytes, 20 each way; then the client is forgotten. */
function exchanged(platform: Platform, options: CompressionOptions): Peer {
  const { connection, assembler, client } = openCompressed(platform, options);
  for (let i = 0; i < 20; i++) {
    const at = i * 50;
    const message = JSON_ROWS.subarray(at, at + (i % 2 === 0 ? 200 : 2_000));
    connection.receive(compressedFrame(client, message));
    connection.sendText(message.toString());
    drain(connection);
  }
  client.deflater.release();
  client.inflater.release();
  return { connection, assembler };
}

interface Peer {
  readonly connection: Connection;
  readonly assembler: MessageAssembler;
}

function open(platform: Platform, role: Role = 'server'): Peer {
  const assembler = new MessageAssembler(platform, NOBODY);
  const connection = new Connection({ role, platform, events: assembler });
  connection.advance(0);
  return { connection, assembler };
}

function many<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function drain(connection: Connection): void {
  while (connection.takeOutput() !== null);
}

/** Server side: every frame comes masked. */
function masked(opcode: number, payload: Uint8Array, fin: boolean = true): Uint8Array {
  return frame({ opcode, payload, fin, mask: true });
}

const KIB = 1024;
const MIB = KIB * KIB;

export const PATTERNS: Readonly<Record<string, Pattern>> = {
  'idle connections': {
    count: 10_000,
    make: (platform, count) => ({ kept: many(count, () => open(platform)), received: 0 }),
  },
  'connections that were busy and are idle': {
    count: 10_000,
    make: (platform, count) => ({
      kept: many(count, () => {
        const peer = open(platform);
        peer.connection.receive(masked(1, new Uint8Array(300).fill(0x41)));
        peer.connection.receive(masked(9, new Uint8Array(125)));
        peer.connection.receive(masked(2, new Uint8Array(500), false).subarray(0, 200));
        peer.connection.receive(masked(2, new Uint8Array(500), false).subarray(200));
        peer.connection.receive(masked(0, new Uint8Array(500)));
        peer.connection.sendBinary(new Uint8Array(1_000));
        peer.connection.sendText('ü'.repeat(300));
        drain(peer.connection);
        return peer;
      }),
      received: 0,
    }),
  },
  'connections that are closed and not forgotten': {
    count: 10_000,
    make: (platform, count) => ({
      kept: many(count, () => {
        const peer = open(platform);
        peer.connection.sendBinary(new Uint8Array(1_000));
        peer.connection.receive(masked(2, new Uint8Array(500), false));
        peer.connection.terminate();
        return peer;
      }),
      received: 0,
    }),
  },
  'connections that compressed without context takeover and are idle': {
    count: 2_000,
    make: (platform, count) => ({
      kept: many(count, () => exchanged(platform, { serverNoContextTakeover: true, clientNoContextTakeover: true })), received: 0,
    }),
  },
  'connections that compressed with context takeover and are idle': {
    count: 2_000,
    make: (platform, count) => ({ kept: many(count, () => exchanged(platform, {})), received: 0 }),
  },
  'connections that compressed with windows of 32 KiB and are idle': {
    count: 1_000,
    make: (platform, count) => ({
      kept: many(count, () => exchanged(platform, { serverMaxWindowBits: 15, clientMaxWindowBits: 15 })), received: 0,
    }),
  },
  'connections that compressed and are closed and not forgotten': {
    count: 2_000,
    make: (platform, count) => ({
      kept: many(count, () => {
        const peer = exchanged(platform, {});
        peer.connection.terminate();
        return peer;
      }),
      received: 0,
    }),
  },
  'half-sent compressed messages of 100 bytes': {
    count: 2_000,
    make: (platform, count) => ({
      kept: many(count, () => {
        const { connection, assembler, client } = openCompressed(platform, {});
        const whole = compressedFrame(client, JSON_ROWS.subarray(0, 2_000));
        client.deflater.release();
        connection.receive(whole.subarray(0, 108));
        return { connection, assembler };
      }),
      received: 108,
    }),
  },
  'half-sent messages of 100 bytes': {
    count: 10_000,
    make: (platform, count) => ({
      kept: many(count, () => {
        const peer = open(platform);
        peer.connection.receive(frameHeader({ opcode: 2, length: 16 * MIB, mask: true }));
        peer.connection.receive(new Uint8Array(100));
        return peer;
      }),
      received: 114,
    }),
  },
  'half-sent messages of 100 bytes among finished ones': {
    count: 2_000,
    make: (platform, count) => {
      const busy = open(platform).connection;
      const message = masked(2, new Uint8Array(1_000));
      return {
        kept: many(count, () => {
          const peer = open(platform);
          peer.connection.receive(frameHeader({ opcode: 2, length: 16 * MIB, mask: true }));
          peer.connection.receive(new Uint8Array(100));
          for (let i = 0; i < 20; i++) busy.receive(message.slice());
          return peer;
        }),
        received: 114,
      };
    },
  },
  'one unsent Pong each among finished messages': {
    count: 2_000,
    make: (platform, count) => {
      const busy = open(platform).connection;
      const message = masked(2, new Uint8Array(1_000));
      return {
        kept: many(count, () => {
          const peer = open(platform);
          peer.connection.receive(masked(9, new Uint8Array(4)));
          for (let i = 0; i < 20; i++) busy.receive(message.slice());
          return peer;
        }),
        received: 10,
      };
    },
  },
  'headers that promise 16 MiB': {
    count: 10_000,
    make: (platform, count) => ({
      kept: many(count, () => {
        const peer = open(platform);
        peer.connection.receive(frameHeader({ opcode: 2, length: 16 * MIB, mask: true }));
        return peer;
      }),
      received: 14,
    }),
  },
  'fragments of one byte without end': {
    count: 1,
    make: (platform) => {
      const peer = open(platform, 'client');
      peer.connection.receive(frame({ opcode: 2, fin: false, payload: 'a' }));
      for (let i = 0; i < 1_000; i++) peer.connection.receive(Uint8Array.from(Buffer.from('000161'.repeat(1_000), 'hex')));
      return { kept: peer, received: 3_000_003 };
    },
  },
  'empty fragments without end': {
    count: 1,
    make: (platform) => {
      const peer = open(platform, 'client');
      peer.connection.receive(frame({ opcode: 2, fin: false }));
      for (let i = 0; i < 1_000; i++) peer.connection.receive(new Uint8Array(2_000));
      return { kept: peer, received: 2_000_002 };
    },
  },
  'chunks of one byte': {
    count: 1,
    make: (platform) => {
      const peer = open(platform, 'client');
      peer.connection.receive(frameHeader({ opcode: 2, length: 8 * MIB }));
      for (let i = 0; i < MIB; i++) peer.connection.receive(new Uint8Array(1));
      return { kept: peer, received: MIB + 10 };
    },
  },
  'one unsent Pong each': {
    count: 10_000,
    make: (platform, count) => ({
      kept: many(count, () => {
        const peer = open(platform);
        peer.connection.receive(masked(9, new Uint8Array(4)));
        return peer;
      }),
      received: 10,
    }),
  },
  'ping floods from peers that do not read': {
    count: 1_000,
    make: (platform, count) => {
      const flood = Buffer.concat(many(100, () => masked(9, new Uint8Array(125))));
      return {
        kept: many(count, () => {
          const peer = open(platform);
          for (let i = 0; i < 10; i++) peer.connection.receive(Uint8Array.from(flood));
          return peer;
        }),
        received: 1_000 * 131,
      };
    },
  },
  'ping floods from peers that do not read, among finished messages': {
    count: 50,
    make: (platform, count) => {
      const busy = open(platform).connection;
      const [ping, message] = [masked(9, new Uint8Array(100)), masked(2, new Uint8Array(1_000))];
      return {
        kept: many(count, () => {
          const peer = open(platform);
          for (let i = 0; i < 64; i++) {
            peer.connection.receive(ping.slice());
            for (let j = 0; j < 9; j++) busy.receive(message.slice());
          }
          return peer;
        }),
        received: 64 * ping.length,
      };
    },
  },
  'one small message each to peers that do not read, among busy ones': {
    count: 1_000,
    make: (platform, count) => {
      const busy = open(platform).connection;
      return {
        kept: many(count, () => {
          const peer = open(platform);
          peer.connection.sendBinary(new Uint8Array(10));
          busy.sendBinary(new Uint8Array(16_300)); // uses up the slab that the others share
          drain(busy);
          return peer;
        }),
        received: 0,
      };
    },
  },
  'two thousand small messages to one peer that does not read, among busy ones': {
    count: 1,
    make: (platform) => {
      const [stalled, busy] = [open(platform), open(platform).connection];
      for (let i = 0; i < 2_000; i++) {
        stalled.connection.sendBinary(new Uint8Array(10));
        busy.sendBinary(new Uint8Array(16_300));
        drain(busy);
      }
      return { kept: stalled, received: 0 };
    },
  },
  'opening handshakes with a dripped head': {
    count: 1_000,
    make: (platform, count) => {
      const head = latin1(requestText({ 'X-Filler': ['y'.repeat(7_000), 'y'.repeat(8_000)] })).subarray(0, -2);
      return {
        kept: many(count, () => {
          const handshake = new ServerHandshake({ platform });
          for (let at = 0; at < head.length; at += 97) handshake.receive(head.subarray(at, at + 97));
          return handshake;
        }),
        received: head.length,
      };
    },
  },
  'idle opening handshakes': {
    count: 10_000,
    make: (platform, count) => ({ kept: many(count, () => new ServerHandshake({ platform })), received: 0 }),
  },
  'heads that are far too large': {
    count: 1_000,
    make: (platform, count) => {
      const head = latin1(`GET / HTTP/1.1\r\nX: ${'y'.repeat(MIB)}`);
      return {
        kept: many(count, () => {
          const handshake = new ServerHandshake({ platform });
          handshake.receive(head);
          handshake.takeOutput();
          handshake.receive(head);
          return handshake;
        }),
        received: 2 * head.length,
      };
    },
  },
  'refusals with an endless body': {
    count: 1_000,
    make: (platform, count) => {
      const chunk = new Uint8Array(64 * KIB);
      return {
        kept: many(count, () => {
          const handshake = new ClientHandshake({ platform, host: 'example.com', port: 80, secure: false, resource: '/' });
          handshake.takeOutput();
          handshake.receive(latin1('HTTP/1.1 401 Unauthorized\r\n\r\n'));
          for (let i = 0; i < 20; i++) handshake.receive(chunk);
          return handshake;
        }),
        received: 20 * chunk.length,
      };
    },
  },
};
