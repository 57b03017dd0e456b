// What the application does inside an event (DESIGN §2, law 7): it calls the connection, it pauses, it throws. Position and state are
// final before it is called, so the rest of the chunk goes on as if nothing had happened.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Connection } from '../../../lib/core/protocol/connection.ts';
import type { Role } from '../../../lib/core/wire/opcode.ts';
import { APPLICATION_FAILED } from '../../../lib/core/wire/violation.ts';
import { concat, hex, utf8 } from '../../support/bytes.ts';
import { chunkings } from '../../support/chunking.ts';
import { frame } from '../../support/frames.ts';
import { Random } from '../../support/random.ts';
import { Conversation, converse, transcript } from '../../support/transcript.ts';
import type { EventName } from '../../support/transcript.ts';

const ROLES: readonly Role[] = ['client', 'server'];
const TEXT = 1, BINARY = 2, CONTINUATION = 0, CLOSE = 8, PING = 9, PONG = 10;
const EVENTS: readonly EventName[] = ['payload', 'ping', 'pong', 'closing', 'drained', 'closed'];

function from(role: Role, ...specs: readonly Parameters<typeof frame>[0][]): Uint8Array {
  return concat(...specs.map((spec) => frame({ ...spec, mask: role === 'server' })));
}

const body = (role: Role): Uint8Array => from(role,
  { opcode: TEXT, payload: 'Hé' }, { opcode: PING, payload: 'p' }, { opcode: BINARY, fin: false, payload: hex('00ff') },
    { opcode: PONG, payload: 'q' },
  { opcode: CONTINUATION, fin: false }, { opcode: PING }, { opcode: CONTINUATION, payload: hex('80') }, { opcode: TEXT });

/** Streams that between them lead to every event of receiving, and to every way to end by it. */
const streams = (role: Role): readonly Uint8Array[] => [
  concat(body(role), from(role, { opcode: CLOSE, payload: hex('03e8') }), from(role, { opcode: TEXT, payload: 'never' })),
  concat(body(role), from(role, { opcode: TEXT, payload: hex('61 e282 41') }, { opcode: PING })),
  concat(body(role), from(role, { opcode: TEXT, fin: false, payload: hex('e2') }, { opcode: CONTINUATION, payload: hex('82') })),
  concat(body(role), hex('83'), body(role)),
  concat(body(role), from(role, { opcode: CLOSE, payload: hex('0000') })),
];

/** Offers each chunk until all of it is consumed, whatever the events do to prevent it. */
function persist(conversation: Conversation, chunks: readonly Uint8Array[], thrown: unknown[] = []): string[] {
  const attempt = (action: () => void): void => {
    try {
      action();
    } catch (error) {
      if (!(error instanceof Error) || error.message !== 'mine') throw error;
      thrown.push(error);
    }
  };
  for (const chunk of chunks) {
    attempt(() => conversation.receive(chunk));
    while (conversation.unread > 0) {
      conversation.connection.resume();
      attempt(() => conversation.offer());
    }
    attempt(() => conversation.drain());
    conversation.drain();
  }
  const lines = conversation.lines();
  return [...lines.filter((line) => !line.startsWith('send ')), ...lines.filter((line) => line.startsWith('send '))];
}

describe('pausing inside an event', () => {
  for (const role of ROLES) {
    it(`${role}: at every event of every stream at every chunking, and going on afterwards, changes nothing`, () => {
      for (const stream of streams(role)) {
        const expected = transcript(role, [stream.slice()]);
        for (const { name, chunks } of chunkings(stream)) {
          let pauses = 0;
          const conversation = new Conversation(role, { inside: (_event, { connection }) => {
            connection.pause();
            pauses++;
          } });
          assert.deepEqual(persist(conversation, chunks), expected, name);
          assert.ok(pauses > 5);
        }
      }
    });
  }

  it('stops right there: nothing behind it is told or consumed', () => {
    const input = body('client');
    const conversation = new Conversation('client', { inside: (_event, { connection }) => connection.pause() });
    const told: string[][] = [];
    conversation.receive(input);
    told.push(conversation.lines());
    while (conversation.unread > 0) {
      conversation.connection.resume();
      conversation.offer();
      told.push(conversation.lines());
    }
    assert.deepEqual(told, [
      ['text "Hé"'], ['ping 70'], ['part binary 00ff'], ['pong 71'], ['ping'], ['binary 80'], ['text ""'],
    ]);
  });

  it('and resuming inside the same one does not stop at all, but wakes', () => {
    converse('client', { inside: (_event, { connection }) => {
      connection.pause();
      connection.resume();
    } }, (conversation) => {
      conversation.receive(hex('8100 8a00'));
      assert.equal(conversation.unread, 0);
      assert.ok(conversation.wakes >= 2);
      conversation.expect('text ""', 'pong');
    });
  });
});

describe('throwing inside an event', () => {
  for (const role of ROLES) {
    for (const event of EVENTS.filter((name) => name !== 'drained')) {
      it(`${role}: ${event}, each time, in every stream at every chunking: the rest is offered again and the transcript goes on`, () => {
        let count = 0;
        for (const stream of streams(role)) {
          const expected = transcript(role, [stream.slice()]);
          for (const { name, chunks } of chunkings(stream)) {
            const conversation = new Conversation(role, { inside: (told) => { if (told === event) throw new Error('mine'); } });
            const thrown: unknown[] = [];
            assert.deepEqual(persist(conversation, chunks, thrown), expected, name);
            count += thrown.length;
          }
        }
        assert.ok(count > 0, 'it threw');
      });
    }
  }

  it('consumed says how far the chunk was read', () => {
    const { connection } = new Conversation('client', { inside: (event) => { if (event === 'ping') throw new Error('mine'); } });
    assert.throws(() => connection.receive(hex('8101 61 8901 70 8101 62')), /mine/);
    assert.deepEqual([connection.consumed, connection.position], [6, 6]);
    assert.equal(connection.receive(hex('8101 62')), 3);
  });

  it('payload, before text that is not UTF-8: the connection fails all the same', () => {
    const conversation = new Conversation('client', { inside: (event) => { if (event === 'payload') throw new Error('mine'); } });
    assert.throws(() => conversation.receive(hex('8102 61ff')), /mine/);
    conversation.expect('part text 61', 'closed 1006 TEXT_NOT_UTF8 @3 unfinished', 'send 88 02 03ef');
  });

  it('drained: nothing that waits is lost', () => {
    const conversation = new Conversation('server', { limits: { highWaterMark: 1 }, inside: () => { throw new Error('mine'); } });
    conversation.connection.sendText('abc');
    conversation.connection.setLimits({ highWaterMark: 5 });
    assert.throws(() => conversation.take(), /mine/);
    assert.equal(conversation.connection.queueSize, 3);
    conversation.expect('drained', 'send 81 03 616263');
  });

  it('closed, from wherever it is told: it is told once, and the end stands', () => {
    const ways: readonly (readonly [string, (conversation: Conversation) => void])[] = [
      ['receive', (conversation) => conversation.receive(hex('83'))],
      ['receiveEnd', (conversation) => conversation.end()],
      ['terminate', (conversation) => conversation.connection.terminate()],
      ['fail', (conversation) => conversation.connection.fail(APPLICATION_FAILED)],
      ['a send over maxQueueSize', (conversation) => { conversation.connection.sendText('abc'); }],
      ['advance', (conversation) => {
        conversation.connection.close();
        conversation.advance(0);
        conversation.advance(10_000);
      }],
      ['takeOutput', (conversation) => {
        conversation.receive(hex('8800'));
        conversation.end();
        conversation.drain();
      }],
    ];
    for (const [name, end] of ways) {
      const conversation = new Conversation('client',
        { limits: { maxQueueSize: 2, queuePolicy: 'close' },
        inside: (event) => { if (event === 'closed') throw new Error('mine'); } });
      assert.throws(() => end(conversation), /mine/, name);
      assert.equal(conversation.connection.state, 'closed', name);
      assert.equal(conversation.connection.sendText('x'), 'refused');
      conversation.receive(hex('8100'));
      conversation.connection.terminate();
      conversation.drain();
      assert.equal(conversation.lines().filter((line) => line.startsWith('closed')).length, 1, name);
    }
  });
});

describe('calling the connection inside an event', () => {
  const actions: readonly (readonly [string, (connection: Connection) => unknown])[] = [
    ['sendText', (connection) => connection.sendText('t')],
    ['sendBinary', (connection) => connection.sendBinary(hex('01'))],
    ['sendFragment', (connection) => connection.sendFragment('text', utf8('f'), true)],
    ['sendPing', (connection) => connection.sendPing(hex('02'))],
    ['close', (connection) => connection.close(4000)],
    ['fail', (connection) => connection.fail(APPLICATION_FAILED)],
    ['terminate', (connection) => connection.terminate()],
    ['pause', (connection) => connection.pause()],
    ['resume', (connection) => connection.resume()],
    ['setLimits', (connection) => connection.setLimits({ maxFrameSize: 1_000_000, messageDeadline: 5 })],
    ['receiveEnd', (connection) => connection.receiveEnd()],
    ['advance', (connection) => connection.advance(1)],
  ];

  for (const [name, act] of actions) {
    it(`${name}, in every event of every stream at every chunking: one end at most, whole frames, one Close`, () => {
      for (const role of ROLES) {
        for (const stream of [...streams(role), concat(body(role), from(role, { opcode: TEXT, payload: 'x' }))]) {
          const expected = new Set<string>();
          for (const { chunks } of chunkings(stream)) {
            let drained = 0; // who sends whenever there is room sends for ever
            const conversation = new Conversation(role, { limits: { highWaterMark: 0 }, inside: (event, { connection }) => {
              if (event !== 'drained' || drained++ < 3) act(connection);
            } });
            const lines = persist(conversation, chunks);
            if (conversation.outcome === null) conversation.end();
            const all = [...lines, ...conversation.lines()];
            assert.equal(all.filter((line) => line.startsWith('closed')).length, conversation.connection.state === 'closed' ? 1 : 0);
            const sent = all.filter((line) => line.startsWith('send '));
            const close = sent.findIndex((line) => line.startsWith('send 88'));
            if (close !== -1) assert.deepEqual(sent.slice(close + 1).filter((line) => !line.startsWith('send 8a')), [], 'only Pongs may follow a Close');
            expected.add(lines.filter((line) => !/^(send|drained|part)/.test(line)).join('; ').replace(/ unsent \d+/, ''));
          }
          // To end everything within a piece is to end it wherever the chunking made that piece.
          if (!['fail', 'terminate', 'receiveEnd'].includes(name)) assert.equal(expected.size, 1, `${name}: ${[...expected].join('\n')}`);
        }
      }
    });
  }

  it('close within payload: what follows is told until the peer’s Close', () => {
    converse('server', { inside: (event, { connection }) => { if (event === 'payload') connection.close(4000); } }, (conversation) => {
      conversation.receive(from('server', { opcode: TEXT, payload: 'a' }, { opcode: PING, payload: 'p' },
        { opcode: TEXT, payload: 'b' }, { opcode: CLOSE, payload: hex('03e8') }));
      conversation.expect('text "a"', 'ping 70', 'text "b"', 'closing 1000 ""', 'send 8a 01 70', 'send 88 02 0fa0');
    });
  });

  it('fail or terminate within payload: nothing that follows is told', () => {
    for (const act of [(connection: Connection) => connection.fail(APPLICATION_FAILED), (connection: Connection) => connection.terminate()]) {
      const conversation = new Conversation('client', { inside: (event, { connection }) => { if (event === 'payload') act(connection); } });
      conversation.receive(hex('8101 61 8101 62 8900'));
      const [first, second, ...rest] = conversation.lines();
      assert.equal(first, 'text "a"');
      assert.match(second as string, /^closed 1006 (APPLICATION_FAILED|TERMINATED) @3$/);
      assert.deepEqual(rest, []);
      assert.equal(conversation.connection.consumed, 8);
    }
  });

  it('fail within payload, before text that is not UTF-8: the first reason stands', () => {
    converse('client', { inside: (event, { connection }) => { if (event === 'payload') connection.fail(APPLICATION_FAILED); } },
      (conversation) => {
      conversation.receive(hex('8102 61ff'));
      conversation.expect('part text 61', 'closed 1006 APPLICATION_FAILED @4 unfinished', 'send 88 02 03f3');
    });
  });

  it('sending within closed is refused', () => {
    const results: string[] = [];
    converse('client', { inside: (event, { connection }) => {
      if (event === 'closed') results.push(connection.sendText('x'), connection.sendPing(), connection.close());
    } }, (conversation) => {
      conversation.receive(hex('83'));
      conversation.expect('closed 1006 RESERVED_OPCODE @0', 'send 88 02 03ea');
    });
    assert.deepEqual(results, ['refused', 'refused', 'refused']);
  });
});

describe('anything, in any order', () => {
  for (let seed = 1; seed <= 30; seed++) {
    it(`one closed and nothing after it, one Close frame and only Pongs after it, every accepted byte sent or reported, seed ${seed}`, () => {
      const random = new Random(seed);
      const role = random.pick(ROLES);
      const act = (conversation: Conversation, depth: number): void => {
        const { connection } = conversation;
        switch (random.below(14)) {
          case 0: send(random.below(200), (length) => connection.sendText('x'.repeat(length))); break;
          case 1: case 2: send(random.below(400), (length) => connection.sendBinary(random.bytes(length))); break;
          case 3: connection.sendPing(random.bytes(random.below(126))); break;
          case 4: if (random.oneIn(12)) connection.close(random.pick([1000, 1001, 4000])); break;
          case 5: if (random.oneIn(60)) connection.terminate(); break;
          case 6: if (random.oneIn(60)) connection.fail(APPLICATION_FAILED); break;
          case 7: connection.pause(); break;
          case 8: case 9: connection.resume(); break;
          case 10: connection.setLimits({ highWaterMark: random.below(300), messageDeadline: 1 + random.below(5000),
            maxQueuedPongs: 1 + random.below(5) }); break;
          case 11: if (depth > 0 && random.oneIn(4)) throw new Error('mine'); break;
          default:
        }
      };
      let accepted = 0;
      const send = (length: number, sendIt: (length: number) => string): void => {
        if (sendIt(length) !== 'refused') accepted += length;
      };
      const conversation = new Conversation(role, { keepalive: { interval: 300, timeout: 200 }, inside: (_event, inner) => act(inner, 1) });
      const attempt = (action: () => void): void => {
        try {
          action();
        } catch (error) {
          if (!(error instanceof Error) || error.message !== 'mine') throw error;
        }
      };
      let now = 0;
      let ended = false;
      for (let turn = 0; turn < 300; turn++) {
        switch (random.below(8)) {
          case 0: case 1: case 2: {
            if (ended) break;
            const wire = from(role, random.pick([
              { opcode: TEXT, payload: 'abc' }, { opcode: BINARY, payload: random.bytes(50) }, { opcode: PING, payload: 'p' },
                { opcode: PONG },
              ...(random.oneIn(20) ? [{ opcode: CLOSE, payload: hex('03e8') }] : []),
              ...(random.oneIn(40) ? [{ opcode: 3 }] : []),
            ]));
            const cut = random.below(wire.length + 1);
            attempt(() => conversation.receive(wire.slice(0, cut)));
            attempt(() => conversation.receive(wire.slice(cut)));
            break;
          }
          case 3: attempt(() => conversation.offer()); break;
          case 4: attempt(() => { conversation.take(); }); break;
          case 5: attempt(() => conversation.drain()); break;
          case 6:
            now += random.below(100);
            attempt(() => conversation.advance(now));
            break;
          default: attempt(() => act(conversation, 0));
        }
        if (!ended && conversation.unread === 0 && random.oneIn(150)) {
          ended = true;
          attempt(() => conversation.end());
        }
      }
      conversation.connection.resume();
      while (conversation.unread > 0) {
        conversation.connection.resume();
        attempt(() => conversation.offer());
      }
      attempt(() => conversation.connection.terminate());
      for (let i = 0; i < 50; i++) attempt(() => conversation.drain());
      const lines = conversation.lines();
      assert.equal(lines.filter((line) => line.startsWith('closed')).length, 1);
      assert.ok(lines.filter((line) => line.startsWith('closing')).length <= 1);
      const sent = lines.filter((line) => line.startsWith('send '));
      const close = sent.findIndex((line) => line.startsWith('send 88'));
      if (close !== -1) assert.deepEqual(sent.slice(close + 1).filter((line) => !line.startsWith('send 8a')), []);
      assert.equal(conversation.connection.queueSize, 0);
      let left = 0;
      for (const line of sent) left += (/^send 8[12] (?:7e ....|..)(?: (.+))?$/.exec(line)?.[1]?.length ?? 0) / 2;
      assert.equal(left + (conversation.outcome?.unsent ?? NaN), accepted);
    });
  }
});
