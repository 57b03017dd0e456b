import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { MessageAssembler } from '../../../lib/core/protocol/message-assembler.ts';
import type { CloseOutcome, Payload } from '../../../lib/core/protocol/events.ts';
import { Connection } from '../../../lib/core/protocol/connection.ts';
import { portablePlatform } from '../../../lib/core/platform.ts';
import { concat, hex, toHex, utf8 } from '../../support/bytes.ts';
import { chunkings, eachChunking } from '../../support/chunking.ts';
import { frame } from '../../support/frames.ts';
import { Random } from '../../support/random.ts';

const OUTCOME: CloseOutcome = {
  code: 1006, reason: '', clean: false, sentCode: null, violation: null, limit: null, position: 0, messageUnfinished: false, unsent: 0,
};

interface Assembled {
  readonly assembler: MessageAssembler;
  readonly lines: string[];
  readonly binaries: Uint8Array[];
  readonly allocations: number[];
}

function setUp(): Assembled {
  const lines: string[] = [];
  const binaries: Uint8Array[] = [];
  const allocations: number[] = [];
  const platform = portablePlatform({
    random: () => {},
    allocate: (size) => {
      allocations.push(size);
      return new Uint8Array(size);
    },
    copy: (bytes, start, end) => {
      allocations.push(end - start);
      return Uint8Array.from(bytes.subarray(start, end));
    },
  });
  const assembler = new MessageAssembler(platform, {
    text: (message) => { lines.push(`text ${message}`); },
    binary: (message) => {
      lines.push(`binary ${toHex(message)}`);
      binaries.push(message);
    },
    ping: (payload) => { lines.push(`ping ${toHex(payload)}`); },
    pong: (payload) => { lines.push(`pong ${toHex(payload)}`); },
    closing: (code, reason) => { lines.push(`closing ${code} ${reason}`); },
    drained: () => { lines.push('drained'); },
    closed: ({ code }) => { lines.push(`closed ${code}`); },
  });
  return { assembler, lines, binaries, allocations };
}

function piece(changes: Partial<Payload> & { readonly bytes: Uint8Array }): Payload {
  return { kind: 'binary', start: 0, end: changes.bytes.length, first: true, last: true, remaining: 0, room: Infinity, ascii: false,
    ...changes };
}

/** The lines of the frames in `chunks`, through a connection. */
function assembled(chunks: readonly Uint8Array[]): string[] {
  const { assembler, lines } = setUp();
  const connection = new Connection({ role: 'client', platform: portablePlatform({ random: () => {} }), events: assembler,
    keepalive: 'off' });
  for (const chunk of chunks) connection.receive(chunk);
  return lines;
}

describe('a whole message in one piece', () => {
  it('is turned into its result without a buffer', () => {
    const { assembler, lines, allocations } = setUp();
    const bytes = utf8('xHello€x');
    assembler.payload(piece({ kind: 'text', bytes, start: 1, end: 6, ascii: true }));
    assembler.payload(piece({ kind: 'text', bytes, start: 1, end: 9 }));
    assembler.payload(piece({ bytes, start: 1, end: 3 }));
    assert.deepEqual(lines, ['text Hello', 'text Hello€', 'binary 4865']);
    assert.deepEqual(allocations, [2], 'the copy of the binary one');
    assert.equal(assembler.retainedBytes, 0);
  });

  it('belongs to whoever receives it: the chunk may change afterwards', () => {
    const { assembler, binaries } = setUp();
    const bytes = hex('0102');
    assembler.payload(piece({ bytes }));
    bytes.fill(9);
    assert.deepEqual(binaries.map((binary) => toHex(binary)), ['0102']);
  });

  it('may be empty', () => {
    const { assembler, lines } = setUp();
    assembler.payload(piece({ kind: 'text', bytes: hex(''), ascii: true }));
    assembler.payload(piece({ bytes: hex('') }));
    assert.deepEqual(lines, ['text ', 'binary ']);
  });
});

describe('§5.4: a message in pieces', () => {
  it('is the concatenation of its pieces, at every chunking, a control frame between them or not [6455-5.4-4]', () => {
    const input = concat(
      frame({ opcode: 1, fin: false, payload: 'Hé' }), frame({ opcode: 9, payload: 'p' }), frame({ opcode: 0, fin: false, payload: '' }),
      frame({ opcode: 0, payload: '€llo' }), frame({ opcode: 2, fin: false, payload: hex('00ff') }),
        frame({ opcode: 0, payload: hex('80') }),
      frame({ opcode: 1, payload: 'next' }),
    );
    eachChunking(input, (chunks) => assert.deepEqual(assembled(chunks), ['ping 70', 'text Hé€llo', 'binary 00ff80', 'text next']));
  });

  it('begins with its first byte: an empty first fragment leaves nothing behind', () => {
    const input = concat(
      frame({ opcode: 2, fin: false, payload: '' }), frame({ opcode: 0, fin: false, payload: hex('01') }),
        frame({ opcode: 0, payload: '' }),
      frame({ opcode: 1, fin: false, payload: '' }), frame({ opcode: 0, payload: '' }),
      frame({ opcode: 1, fin: false, payload: '' }), frame({ opcode: 0, payload: 'a' }),
    );
    eachChunking(input, (chunks) => assert.deepEqual(assembled(chunks), ['binary 01', 'text ', 'text a']));
  });

  it('is any mixture of lengths, cut in any way', () => {
    const random = new Random(54);
    for (let round = 0; round < 10; round++) {
      const fragments = Array.from({ length: 1 + random.below(8) }, () => random.bytes(random.pick([0, 1, 5, 200, 3000])));
      const input = concat(...fragments.map((payload, i) => frame({ opcode: i === 0 ? 2 : 0, fin: i === fragments.length - 1, payload })));
      for (const { name, chunks } of chunkings(input, round)) assert.deepEqual(assembled(chunks), [`binary ${toHex(concat(...fragments))}`], name);
    }
  });

  it('holds at most twice what has arrived, and nothing once it is told', () => {
    const { assembler } = setUp();
    let arrived = 0;
    for (const length of [1, 1, 3, 10, 7, 100, 1, 5000]) {
      assembler.payload(piece({ bytes: new Uint8Array(length), first: arrived === 0, last: false, remaining: 1e9 }));
      arrived += length;
      assert.ok(assembler.retainedBytes <= 2 * arrived && assembler.retainedBytes >= arrived, `${assembler.retainedBytes} for ${arrived}`);
    }
    assembler.payload(piece({ bytes: hex(''), first: false }));
    assert.equal(assembler.retainedBytes, 0);
  });

  it('makes no more room than its message may still have', () => {
    const { assembler, allocations } = setUp();
    assembler.payload(piece({ bytes: new Uint8Array(600), last: false, remaining: 400, room: 400 }));
    assert.deepEqual(allocations, [1000]);
    const other = setUp();
    other.assembler.payload(piece({ bytes: new Uint8Array(600), last: false, room: 100 }));
    other.assembler.payload(piece({ bytes: new Uint8Array(200), first: false, last: false, room: 0 }));
    assert.deepEqual(other.allocations, [700, 800]);
  });

  it('makes just the room that the frame declares, if that is less than twice what came, and hands it on without a copy', () => {
    const { assembler, allocations, binaries } = setUp();
    assembler.payload(piece({ bytes: new Uint8Array(60).fill(1), last: false, remaining: 40 }));
    assembler.payload(piece({ bytes: new Uint8Array(40).fill(2), first: false }));
    assert.deepEqual(allocations, [100]);
    assert.equal(toHex(binaries[0] as Uint8Array), '01'.repeat(60) + '02'.repeat(40));
  });

  it('copies when it held more room than it needed', () => {
    const { assembler, allocations, binaries } = setUp();
    assembler.payload(piece({ bytes: hex('0102'), last: false }));
    assembler.payload(piece({ bytes: hex('03'), first: false }));
    assert.deepEqual(allocations, [4, 3]);
    assert.deepEqual([toHex(binaries[0] as Uint8Array), binaries[0]?.buffer.byteLength], ['010203', 3]);
  });

  it('makes just the room it needs for a last piece', () => {
    const { assembler, allocations } = setUp();
    assembler.payload(piece({ bytes: hex('0102'), last: false }));
    assembler.payload(piece({ bytes: hex('030405'), first: false }));
    assert.deepEqual(allocations, [4, 5]);
  });

  it('is told with the state already clean: a handler that throws spoils nothing', () => {
    const { assembler, lines } = setUp();
    const throwing = new MessageAssembler(portablePlatform({ random: () => {} }), {
      ...Object.fromEntries(['text', 'ping', 'pong', 'closing', 'drained', 'closed'].map((name) => [name, () => {}])),
      binary: (message: Uint8Array) => {
        if (message.length === 2) throw new Error('mine');
        lines.push(`binary ${toHex(message)}`);
      },
    } as ConstructorParameters<typeof MessageAssembler>[1]);
    throwing.payload(piece({ bytes: hex('01'), last: false }));
    assert.throws(() => throwing.payload(piece({ bytes: hex('02'), first: false })), /mine/);
    assert.equal(throwing.retainedBytes, 0);
    throwing.payload(piece({ bytes: hex('05'), last: false }));
    throwing.payload(piece({ bytes: hex('0607'), first: false }));
    assert.deepEqual(lines, ['binary 050607']);
    assert.equal(assembler.retainedBytes, 0);
  });
});

describe('everything else', () => {
  it('is passed on as it is', () => {
    const { assembler, lines } = setUp();
    assembler.ping(hex('01'));
    assembler.pong(hex('02'));
    assembler.closing(1000, 'why');
    assembler.drained();
    assembler.closed(OUTCOME);
    assert.deepEqual(lines, ['ping 01', 'pong 02', 'closing 1000 why', 'drained', 'closed 1006']);
  });

  it('ends an unfinished message with the connection: nothing is held and nothing is told of it', () => {
    const { assembler, lines } = setUp();
    assembler.payload(piece({ bytes: hex('01'), last: false }));
    assembler.closed(OUTCOME);
    assert.equal(assembler.retainedBytes, 0);
    assert.deepEqual(lines, ['closed 1006']);
  });
});
