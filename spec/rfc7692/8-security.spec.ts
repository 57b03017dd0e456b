// RFC 7692 §8 and the incidents of others: what inflating may cost, whatever a few bytes want to become; windows that no number describes; and
// what a length gives away. The codecs are those that connections are given, the limits those of RFC 6455 §10.4.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { constants, createDeflateRaw, deflateRawSync } from 'node:zlib';
import { once } from 'node:events';
import { answerOffers } from '../../lib/core/deflate/answer.ts';
import { createCodecs } from '../../lib/core/deflate/codecs.ts';
import { compressionChoices } from '../../lib/core/deflate/compression-options.ts';
import { judgeAnswer, offersOf } from '../../lib/core/deflate/offer.ts';
import { isFault } from '../../lib/core/deflate/parameters.ts';
import type { AgreedParameters } from '../../lib/core/deflate/parameters.ts';
import { Connection } from '../../lib/core/protocol/connection.ts';
import type { CloseOutcome, ConnectionEvents } from '../../lib/core/protocol/events.ts';
import type { LimitOptions } from '../../lib/core/protocol/limits.ts';
import { PreparedMessage } from '../../lib/core/protocol/prepared-message.ts';
import type { Role } from '../../lib/core/wire/opcode.ts';
import { nodePlatform } from '../../lib/node/platform.ts';
import { zlibDeflate, zlibInflate } from '../../lib/node/zlib.ts';
import { concat, toHex } from '../support/bytes.ts';
import { eachChunking } from '../support/chunking.ts';
import { read } from '../support/docs.ts';
import { frame } from '../support/frames.ts';
import { Random } from '../support/random.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const RSV1 = 0x40;
const TRAILER_LENGTH = 4;
const ROLES: readonly Role[] = ['client', 'server'];
/** With what a host brings, and with plain TypeScript alone. */
const HOSTS: readonly (readonly [name: string, host: object])[] = [['zlib', { deflate: zlibDeflate, inflate: zlibInflate }], ['plain TypeScript', {}]];
const WIDEST: AgreedParameters = { serverNoContextTakeover: false, clientNoContextTakeover: false, serverMaxWindowBits: 15, clientMaxWindowBits: 15 };

/** A connection with the codecs it would be given, what it was told, counted and not kept, and what it sends. */
class Subject {
  readonly connection: Connection;
  /** Sizes of the messages told, the last perhaps unfinished. */
  readonly told: number[] = [];
  largestPiece = 0;
  outcome: CloseOutcome | null = null;
  #open = false;

  constructor(role: Role, limits: LimitOptions = {}, host: object = {}, agreed: AgreedParameters = WIDEST) {
    const events: ConnectionEvents = {
      payload: ({ start, end, last }) => {
        this.largestPiece = Math.max(this.largestPiece, end - start);
        if (this.#open) this.told.push((this.told.pop() as number) + end - start);
        else this.told.push(end - start);
        this.#open = !last;
      },
      ping: () => {}, pong: () => {}, closing: () => {}, drained: () => {},
      closed: (outcome) => { this.outcome = outcome; },
    };
    const compression = createCodecs(role, agreed, compressionChoices(role, { threshold: 0 }), { allocate: nodePlatform.allocate, ...host });
    this.connection = new Connection({ role, platform: nodePlatform, events, wake: () => {}, limits, compression });
  }

  receive(chunks: readonly Uint8Array[]): this {
    for (const chunk of chunks) assert.equal(this.connection.receive(chunk), chunk.length);
    return this;
  }

  /** What goes out for what `send` sends. */
  sent(send: (connection: Connection) => void): Uint8Array {
    send(this.connection);
    const parts: Uint8Array[] = [];
    for (let part = this.connection.takeOutput(); part !== null; part = this.connection.takeOutput()) parts.push(Uint8Array.from(part));
    return concat(...parts);
  }

  get end(): string {
    const { violation = null, limit = null } = this.outcome ?? {};
    return violation === null ? 'open' : `${violation.name} ${violation.code}${limit === null ? '' : ` ${limit.name} ${limit.value}, met ${limit.observed}`}`;
  }
}

function zipped(plain: Uint8Array): Uint8Array {
  return Uint8Array.from(deflateRawSync(plain, { finishFlush: constants.Z_SYNC_FLUSH })).subarray(0, -TRAILER_LENGTH);
}

/** One message in frames of these payloads, as the peer of `role` sends it. */
function message(role: Role, compressed: boolean, payloads: readonly Uint8Array[]): Uint8Array {
  return concat(...payloads.map((payload, i) => frame({
    opcode: i === 0 ? 2 : 0, fin: i === payloads.length - 1, rsv: compressed && i === 0 ? RSV1 : 0, payload, mask: role === 'server',
  })));
}

function inPiecesOf(size: number, bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.max(1, Math.ceil(bytes.length / size)) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

describe('§8: what inflating may cost', () => {
  const NOISE = new Random(8).bytes(1000); // what no compressor makes smaller
  const ZEROS = new Uint8Array(1000);
  const TOO_BIG = 'MESSAGE_TOO_BIG 1009 maxMessageSize 999, met 1000';

  it('limits of frame and message by what is on the wire and what it inflates to: every pair is enforced at one byte more and accepted at the limit ' +
    '[7692-8-2]', () => {
    const zeros = zipped(ZEROS);
    const noise = zipped(NOISE);
    assert.ok(zeros.length < 20 && noise.length > 1000);
    type Row = readonly [what: string, limits: LimitOptions, compressed: boolean, payloads: readonly Uint8Array[], end: string];
    const rows: readonly Row[] = [
      ['a message as it is', { maxMessageSize: 1000 }, false, [NOISE], 'open'],
      ['a message as it is', { maxMessageSize: 999 }, false, [NOISE], TOO_BIG],
      ['a message as it is, in frames', { maxMessageSize: 1000 }, false, inPiecesOf(300, NOISE), 'open'],
      ['a message as it is, in frames', { maxMessageSize: 999 }, false, inPiecesOf(300, NOISE), TOO_BIG],
      ['a message by what it inflates to', { maxMessageSize: 1000 }, true, [zeros], 'open'],
      ['a message by what it inflates to', { maxMessageSize: 999 }, true, [zeros], TOO_BIG],
      ['a message by what it inflates to, in frames of one byte', { maxMessageSize: 1000 }, true, inPiecesOf(1, zeros), 'open'],
      ['a message by what it inflates to, in frames of one byte', { maxMessageSize: 999 }, true, inPiecesOf(1, zeros), TOO_BIG],
      ['a message by what it inflates to, though there is more of it on the wire', { maxMessageSize: 1000 }, true, [noise], 'open'],
      ['a message by what it inflates to, though there is more of it on the wire', { maxMessageSize: 999 }, true, inPiecesOf(300, noise), TOO_BIG],
      ['a frame by what is on the wire', { maxFrameSize: zeros.length }, true, [zeros], 'open'],
      ['a frame by what is on the wire', { maxFrameSize: zeros.length - 1 }, true, [zeros], `FRAME_TOO_BIG 1009 maxFrameSize ${zeros.length - 1}, met ${zeros.length}`],
      ['each frame by what is on the wire', { maxFrameSize: 300, maxMessageSize: 1000 }, true, inPiecesOf(300, noise), 'open'],
      ['each frame by what is on the wire', { maxFrameSize: 299, maxMessageSize: 1000 }, true, inPiecesOf(300, noise), 'FRAME_TOO_BIG 1009 maxFrameSize 299, met 300'],
    ];
    for (const role of ROLES) {
      for (const [, host] of HOSTS) {
        for (const [what, limits, compressed, payloads, end] of rows) {
          eachChunking(message(role, compressed, payloads), (chunks) => {
            const subject = new Subject(role, limits, host).receive(chunks);
            assert.equal(subject.end, end, `${what}, ${JSON.stringify(limits)}`);
            assert.ok((subject.told[0] ?? 0) <= (limits.maxMessageSize ?? 1000), 'no more is told than the limit');
            if (end === 'open') assert.deepEqual(subject.told, [1000]);
          });
        }
      }
    }
  });

  it('a megabyte that wants to be a gigabyte ends at the limit, and takes one scratch buffer for it [7692-8-2]', async () => {
    const deflater = createDeflateRaw();
    const parts: Buffer[] = [];
    deflater.on('data', (part: Buffer) => { parts.push(part); });
    deflater.write(Buffer.alloc(MIB));
    await new Promise<void>((resolve) => { deflater.flush(constants.Z_FULL_FLUSH, resolve); });
    const megabyte = Buffer.concat(parts);
    deflater.destroy();
    await once(deflater, 'close');
    const bomb = concat(...Array.from({ length: 1024 }, () => megabyte));
    assert.ok(bomb.length < 1.1 * MIB, `${bomb.length} bytes`);
    for (const role of ROLES) {
      for (const [name, host] of HOSTS) {
        for (const payloads of [[bomb], inPiecesOf(1000, bomb)]) {
          const subject = new Subject(role, {}, host);
          const wire = message(role, true, payloads);
          let most = 0;
          for (let at = 0; at < wire.length; at += 64 * KIB) {
            subject.receive([wire.slice(at, at + 64 * KIB)]);
            most = Math.max(most, subject.connection.retainedBytes);
          }
          assert.equal(subject.end, `MESSAGE_TOO_BIG 1009 maxMessageSize ${16 * MIB}, met ${16 * MIB + 1}`, name);
          assert.ok(subject.told.length === 1 && (subject.told[0] as number) <= 16 * MIB);
          assert.ok(subject.largestPiece <= 32 * KIB, `a piece of ${subject.largestPiece} bytes`);
          assert.ok(most <= 128 * KIB, `${most} bytes held`);
        }
      }
    }
  });
});

describe('§7.1.2: window bits', () => {
  const PARAMETERS = ['server_max_window_bits', 'client_max_window_bits'] as const;

  it('out of range or out of grammar are refused where they are read: an offer is declined, an answer fails the handshake, and nothing throws', () => {
    const values = ['-1', '0', '1', '7', '16', '99', '08', '015', '+9', '9.0', '1e1', '0xf', '٩', '', ' ', '9 ', 'NaN', 'Infinity', '9'.repeat(400)];
    const server = compressionChoices('server', {});
    const client = compressionChoices('client', {});
    for (const name of PARAMETERS) {
      for (const value of values) {
        const element = { name: 'permessage-deflate', parameters: [[name, value]] as const };
        assert.equal(answerOffers([element], server), null, `${name}=${value}`);
        assert.ok(isFault(judgeAnswer(element, offersOf(client), client) as AgreedParameters), `${name}=${value}`);
        const twice = { name: 'permessage-deflate', parameters: [[name, '9'], [name, '9']] as const };
        assert.equal(answerOffers([twice], server), null);
        assert.ok(isFault(judgeAnswer(twice, offersOf(client), client) as AgreedParameters));
      }
    }
  });

  it('that are agreed to open, each from 8 to 15 on either side, and carry a message there and back', () => {
    const bytes = concat(new Random(3).bytes(600), new Uint8Array(600));
    for (const role of ROLES) {
      for (const [, host] of HOSTS) {
        for (let bits = 8; bits <= 15; bits++) {
          const agreed = { ...WIDEST, serverMaxWindowBits: bits, clientMaxWindowBits: bits };
          const [one, other] = [new Subject(role, {}, host, agreed), new Subject(role === 'client' ? 'server' : 'client', {}, host, agreed)];
          for (let round = 0; round < 3; round++) other.receive([one.sent((connection) => connection.sendBinary(bytes))]);
          assert.deepEqual([other.told, other.end], [[1200, 1200, 1200], 'open'], `${bits} bits`);
        }
      }
    }
  });
});

describe('§8: secrets', () => {
  const SECRET = 'session=5f1e6c0a7b9d4e2f';
  const GUESSES = ['session=5f1e6c0a7b9d4e2f', 'session=5f1e2d4b9a7c0e6f', 'session=2f4e9d7b0a6c1e5f', 'user=somebody-else-here!!'];
  const OPTIONS = { compress: false } as const;
  const ways: readonly (readonly [name: string, send: (connection: Connection, secret: string) => void])[] = [
    ['text', (connection, secret) => { connection.sendText(secret, OPTIONS); }],
    ['binary', (connection, secret) => { connection.sendBinary(Buffer.from(secret), OPTIONS); }],
    ['prepared', (connection, secret) => { connection.sendPrepared(new PreparedMessage(secret, nodePlatform, OPTIONS)); }],
    ['fragments', (connection, secret) => {
      connection.sendFragment('text', Buffer.from(secret.slice(0, 9)), false, OPTIONS);
      connection.sendFragment('text', Buffer.from(secret.slice(9)), true);
    }],
  ];

  for (const [name, send] of ways) {
    it(`sent with compress: false stay out of the compressor and of the history: no length behind them depends on a guess, ${name} [7692-8-1]`, () => {
      for (const [, host] of HOSTS) {
        for (const size of [1, 200]) { // of the guess: the portable compressor's, and the host's
          const silent = new Subject('server', {}, host);
          const telling = new Subject('server', {}, host);
          for (const secret of [SECRET, SECRET.repeat(300)]) {
            const plain = telling.sent((connection) => { send(connection, secret); });
            assert.ok(Buffer.from(plain).includes(secret.slice(9)), 'it is on the wire as it is');
            assert.equal((plain[0] as number) & RSV1, 0);
            for (const guess of GUESSES) {
              const sendGuess = (connection: Connection): void => { connection.sendBinary(Buffer.from(guess.repeat(size)), { compress: true }); };
              assert.equal(toHex(telling.sent(sendGuess)), toHex(silent.sent(sendGuess)), 'as if no secret had been sent');
            }
          }
        }
      }
    });
  }

  it('compressed with what a stranger chooses are told by its length, which is why there is a way out, and why the page says so [7692-8-1]', () => {
    const lengths = GUESSES.slice(0, 3).map((guess) => {
      const subject = new Subject('server');
      subject.sent((connection) => { connection.sendBinary(Buffer.from(`cookie: ${SECRET}; set-cookie: ${SECRET}`)); });
      return subject.sent((connection) => { connection.sendBinary(Buffer.from(guess)); }).length;
    });
    assert.ok(lengths.every((length, i) => i === 0 || length > (lengths[0] as number)), `the right guess is the shortest: ${lengths}`);
    assert.match(read('docs/compression.md'), /## Secrets\n[^#]*`\{ compress: false \}`/);
  });

  it('of one message are not told by those before it without context takeover', () => {
    const agreed = { ...WIDEST, serverNoContextTakeover: true };
    for (const [, host] of HOSTS) {
      const [silent, telling] = [new Subject('server', {}, host, agreed), new Subject('server', {}, host, agreed)];
      telling.sent((connection) => { connection.sendText(SECRET.repeat(3)); });
      for (const guess of GUESSES) {
        const sendGuess = (connection: Connection): void => { connection.sendText(guess.repeat(3)); };
        assert.equal(toHex(telling.sent(sendGuess)), toHex(silent.sent(sendGuess)));
      }
    }
  });
});
