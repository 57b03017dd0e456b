import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import type { Role } from '../../../lib/core/wire/opcode.ts';
import { APPLICATION_FAILED } from '../../../lib/core/wire/violation.ts';
import { concat, hex, toHex, utf8 } from '../../support/bytes.ts';
import { eachChunking } from '../../support/chunking.ts';
import { DEFLATER_WINDOW, INFLATER_WINDOW, ScriptedCodec, squeeze } from '../../support/codec.ts';
import type { CodecOptions } from '../../support/codec.ts';
import { frame } from '../../support/frames.ts';
import { Conversation, converse, expectTranscript } from '../../support/transcript.ts';
import type { ConversationOptions } from '../../support/transcript.ts';

const ROLES: readonly Role[] = ['client', 'server'];
const TEXT = 1, BINARY = 2, CONTINUATION = 0, PING = 9, PONG = 10, CLOSE = 8;
const RSV1 = 0x40;

/** A frame as the peer of `role` sends it. */
function from(role: Role, spec: Parameters<typeof frame>[0]): Uint8Array {
  return frame({ ...spec, mask: role === 'server' });
}

describe('receiving', () => {
  it('tells messages, Pings and Pongs, and answers the Pings, at every chunking', () => {
    for (const role of ROLES) {
      const input = concat(
        from(role, { opcode: TEXT, payload: 'Hello' }), from(role, { opcode: BINARY, fin: false, payload: hex('00ff') }),
        from(role, { opcode: PING, payload: 'p' }), from(role, { opcode: PONG }), from(role, { opcode: CONTINUATION, payload: hex('80') }),
        from(role, { opcode: TEXT }),
      );
      expectTranscript(role, input, ['text "Hello"', 'ping 70', 'pong', 'binary 00ff80', 'text ""', 'send 8a 01 70']);
    }
  });

  it('fails at the byte that proves a rule broken, and tells which', () => {
    expectTranscript('client', hex('89 7e 007e'), ['closed 1006 CONTROL_TOO_LONG @1', 'send 88 02 03ea']);
    expectTranscript('server', concat(from('server', { opcode: TEXT, payload: 'a' }), hex('8100')),
      ['text "a"', 'closed 1006 MASK_MISSING @8', 'send 88 02 03ea']);
    expectTranscript('client', hex('88 02 0000'), ['closed 1006 CLOSE_CODE_NOT_ALLOWED @4', 'send 88 02 03ea']);
  });

  it('delivers the text before the byte that makes it impossible, and then fails there', () => {
    expectTranscript('client',
      concat(from('client', { opcode: TEXT, fin: false, payload: hex('61 e2') }),
      from('client', { opcode: CONTINUATION, payload: hex('82 41 62') })),
      ['part text 61e282', 'closed 1006 TEXT_NOT_UTF8 @7 unfinished', 'send 88 02 03ef']);
    expectTranscript('client', frame({ opcode: TEXT, payload: hex('ff') }), ['closed 1006 TEXT_NOT_UTF8 @2 unfinished', 'send 88 02 03ef']);
  });

  it('says of a message under way that it is unfinished, and only of that, at every chunking', () => {
    const limits = { maxMessageSize: 3 };
    const [begun, more] = [frame({ opcode: BINARY, fin: false, payload: 'ab' }), frame({ opcode: CONTINUATION, payload: 'cd' })];
    expectTranscript('client', concat(begun, more),
      ['part binary 6162', 'closed 1006 MESSAGE_TOO_BIG @5 maxMessageSize 3 < 4 unfinished', 'send 88 02 03f1'], { limits });
    expectTranscript('client', concat(frame({ opcode: BINARY, payload: 'ab' }), hex('83')),
      ['binary 6162', 'closed 1006 RESERVED_OPCODE @4', 'send 88 02 03ea'], { limits });
    expectTranscript('client', concat(frame({ opcode: BINARY, fin: false }), hex('83')),
      ['closed 1006 RESERVED_OPCODE @2 unfinished', 'send 88 02 03ea']);
  });

  it('reads nothing more after a violation or the peer’s Close, and consumes it all the same', () => {
    for (const [input, position, lines] of [
      ['8300', 0, ['closed 1006 RESERVED_OPCODE @0', 'send 88 02 03ea']],
      ['880203e8', 4, ['closing 1000 ""', 'send 88 02 03e8']],
    ] as const) {
      converse('client', {}, (conversation) => {
        conversation.receive(hex(input));
        conversation.expect(...lines);
        conversation.receive(hex('8900 8100'));
        conversation.connection.pause();
        conversation.receive(hex('8900 ff'));
        assert.equal(conversation.connection.consumed, 3);
        assert.equal(conversation.connection.position, position);
      });
    }
  });

  it('may change the chunk while it is lent, and only what it has consumed of it', () => {
    const chunk = concat(from('server', { opcode: TEXT, payload: 'abc' }), from('server', { opcode: TEXT, payload: 'def' }));
    const before = chunk.slice();
    const { connection } = new Conversation('server', { inside: (_event, { connection: inner }) => inner.pause() });
    const consumed = connection.receive(chunk);
    assert.equal(consumed, 9);
    assert.equal(toHex(chunk, 6, 9), toHex(utf8('abc')));
    assert.equal(toHex(chunk, 9), toHex(before, 9));
    connection.resume();
    connection.receive(chunk.subarray(consumed));
    const after = chunk.slice();
    connection.sendBinary(chunk);
    connection.receive(from('server', { opcode: TEXT, payload: 'ghi' }));
    assert.deepEqual(chunk, after, 'it is not touched once receive has returned');
  });

  it('takes bytes and nothing else, and no call from within itself', () => {
    const { connection } = new Conversation('client');
    for (const chunk of ['8100', [0x81, 0], new ArrayBuffer(2), null, 5]) {
      assert.throws(() => connection.receive(chunk as unknown as Uint8Array),
        { name: 'TypeError', message: /^a chunk is a Uint8Array, found / });
    }
    assert.equal(connection.receive(hex('')), 0);
    converse('client', { inside: (_event, conversation) => assert.throws(() => conversation.connection.receive(hex('8900')),
      { name: 'TypeError', message: /^receive\(\) was called from within receive\(\)/ }) },
      (conversation) => {
        conversation.receive(hex('8100'));
        conversation.receive(hex('8900'));
        conversation.expect('text ""', 'ping', 'send 8a 00');
      });
  });

  it('holds what has come of a control frame, and nothing of a message', () => {
    const { connection } = new Conversation('client');
    connection.receive(hex('8905 4865'));
    assert.equal(connection.retainedBytes, 2);
    connection.receive(hex('6c6c6f'));
    assert.equal(connection.retainedBytes, 11, 'the Pong');
    connection.takeOutput();
    connection.receive(hex('0205 48656c'));
    assert.equal(connection.retainedBytes, 0);
    connection.receive(hex('6c6f 8905 48'));
    connection.terminate();
    assert.equal(connection.retainedBytes, 0, 'what will not be read whole is let go');
  });
});

describe('the chunk that was lent', () => {
  it('is held no longer than receive runs, within a message, a control frame or neither', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const connections = ['8201 00', '8205 0000', '8905 0000', '8901 00', '82 7e'].map((digits) => {
      const { connection } = new Conversation('client');
      const chunk = concat(hex(digits));
      connection.receive(chunk);
      while (connection.takeOutput() !== null) { /* the Pong */ }
      return { connection, lent: new WeakRef(chunk) };
    });
    await new Promise((resolve) => { setImmediate(resolve); });
    collect();
    assert.deepEqual(connections.filter(({ lent }) => lent.deref() !== undefined), []);
    assert.ok(connections.every(({ connection }) => connection.state === 'open'));
  });
});

describe('the rate of control frames', () => {
  it('is counted by the second: one too many fails, at its first byte, at every chunking', () => {
    for (const role of ROLES) {
      const two = concat(from(role, { opcode: PING }), from(role, { opcode: PONG }));
      expectTranscript(role, concat(two, from(role, { opcode: PING, payload: 'abc' }), from(role, { opcode: PING })),
        ['ping', 'pong', `closed 1006 CONTROL_TOO_FREQUENT @${two.length} maxControlRate 2 < 3`, 'send 8a 00', 'send 88 02 03f0'],
          { limits: { maxControlRate: 2 } });
    }
  });
});

describe('the keepalive', () => {
  it('hears every chunk, and the Pong that answers its Ping', () => {
    converse('client', { keepalive: { interval: 100, timeout: 30, misses: 0 } }, (conversation) => {
      conversation.advance(0);
      conversation.advance(100);
      conversation.expect('send 89 04 00000001');
      conversation.receive(from('client', { opcode: PONG, payload: hex('00000001') }));
      conversation.expect('pong 00000001');
      conversation.advance(112);
      assert.equal(conversation.connection.roundTripTime, 12);
      assert.equal(conversation.connection.deadline, 200);
    });
  });
});

// Pairs of a count and a byte are what the scripted codec makes of a message: 0361 is "aaa".

/** The first frame of a compressed message. */
function squeezed(role: Role, opcode: number, payload: Uint8Array | string, fin: boolean = true): Uint8Array {
  return from(role, { opcode, rsv: RSV1, fin, payload: typeof payload === 'string' ? squeeze(utf8(payload)) : payload });
}

function codec(options: CodecOptions = {}): Pick<ConversationOptions, 'compression'> {
  return { compression: () => new ScriptedCodec(options) };
}

/**
 * At every chunking, inflated at once and later, in pieces small and large, this is what the input comes to; also when all of it is
 * offered before the first piece has been inflated.
 */
function expectInflated(role: Role, input: Uint8Array, lines: readonly string[], options: ConversationOptions = {}): void {
  for (const inflatesLater of [false, true]) {
    for (const piece of [1, 32 * 1024]) {
      expectTranscript(role, input, lines, { ...options, ...codec({ inflatesLater, piece }) });
    }
  }
  eachChunking(input, (chunks) => {
    const conversation = new Conversation(role, { ...options, ...codec({ inflatesLater: true, piece: 2 }) });
    for (const chunk of chunks) conversation.receive(chunk);
    conversation.settle();
    assert.equal(conversation.unread, 0);
    const told = conversation.lines();
    assert.deepEqual([...told.filter((line) => !line.startsWith('send ')), ...told.filter((line) => line.startsWith('send '))], lines);
  });
}

describe('RFC 7692 §6.2: compressed messages', () => {
  it('are told inflated, whole and in fragments, in their order among messages that are not and control frames', () => {
    for (const role of ROLES) {
      const input = concat(
        squeezed(role, TEXT, 'Hello'), from(role, { opcode: TEXT, payload: 'as is' }),
        squeezed(role, BINARY, hex('0300'), false), from(role, { opcode: PING, payload: 'p' }),
        from(role, { opcode: CONTINUATION, fin: false, payload: hex('02') }), from(role, { opcode: PONG }),
        from(role, { opcode: CONTINUATION, fin: false }), from(role, { opcode: CONTINUATION, payload: hex('ff') }),
        from(role, { opcode: BINARY, payload: hex('0361') }), squeezed(role, TEXT, ''), from(role, { opcode: PING }),
        squeezed(role, TEXT, '€😀', false), from(role, { opcode: CONTINUATION }), from(role, { opcode: CLOSE, payload: hex('03e9') }),
      );
      expectInflated(role, input, ['text "Hello"', 'text "as is"', 'ping 70', 'pong', 'binary 000000ffff', 'binary 0361', 'text ""',
        'ping', 'text "€😀"', 'closing 1001 ""', 'send 8a 01 70', 'send 8a 00', 'send 88 02 03e9']);
    }
  });

  it('§5.2: are none without an extension: RSV1 is refused where it stands', () => {
    expectTranscript('client', squeezed('client', TEXT, 'a'), ['closed 1006 RSV_NOT_NEGOTIATED @0', 'send 88 02 03ea']);
  });

  it('RFC 7692 §6.1: do not have RSV1 on a continuation, nor a control frame at all', () => {
    expectInflated('client', concat(squeezed('client', TEXT, 'a', false), from('client', { opcode: CONTINUATION, rsv: RSV1, payload: hex('0161') })),
      ['part text 61', 'closed 1006 RSV1_ON_CONTINUATION @4 unfinished', 'send 88 02 03ea']);
    expectInflated('client', concat(from('client', { opcode: TEXT, fin: false, payload: 'a' }), hex('c000')),
      ['part text 61', 'closed 1006 RSV1_ON_CONTINUATION @3 unfinished', 'send 88 02 03ea']);
    expectInflated('client', concat(squeezed('client', TEXT, 'a'), hex('c900')),
      ['text "a"', 'closed 1006 RSV1_ON_CONTROL @4', 'send 88 02 03ea']);
  });

  it('fail by the rule that their data break, at the byte that proves it, and by nothing that follows', () => {
    for (const role of ROLES) {
      const header = role === 'server' ? 6 : 2;
      const input = concat(from(role, { opcode: PING }), squeezed(role, BINARY, hex('0261 0005')), from(role, { opcode: TEXT, payload: 'no' }));
      expectInflated(role, input,
        ['ping', 'part binary 6161', `closed 1006 DEFLATE_CORRUPT @${2 * header + 2} unfinished`, 'send 8a 00', 'send 88 02 03ef']);
    }
  });

  it('fail for text that is none once the valid part has been told, where their payload began', () => {
    for (const role of ROLES) {
      const header = role === 'server' ? 6 : 2;
      const parts = concat(squeezed(role, TEXT, 'a', false), from(role, { opcode: CONTINUATION, payload: hex('0262 01ff 0163') }));
      expectInflated(role, parts, ['part text 616262', `closed 1006 TEXT_NOT_UTF8 @${header} unfinished`, 'send 88 02 03ef']);
    }
  });

  it('fail for a text that is none also when the application throws at its valid part', () => {
    for (const inflatesLater of [false, true]) {
      const conversation = new Conversation('client', { ...codec({ inflatesLater }), inside: (event) => {
        if (event === 'payload') throw new Error('the application');
      } });
      const input = squeezed('client', TEXT, hex('0161 01ff'));
      if (inflatesLater) conversation.receive(input);
      assert.throws(() => {
        conversation.receive(inflatesLater ? hex('') : input);
        conversation.settle();
      }, /the application/);
      conversation.expect('part text 61', 'closed 1006 TEXT_NOT_UTF8 @2 unfinished', 'send 88 02 03ef');
    }
  });

  it('are held to what they may become, by maxMessageSize and maxInflateRatio, while maxFrameSize counts the wire', () => {
    for (const role of ROLES) {
      const header = role === 'server' ? 6 : 2;
      const limits = { maxMessageSize: 6, maxFrameSize: 4 };
      const six = squeezed(role, BINARY, hex('0261 0462'));
      expectInflated(role, concat(six, six), ['binary 616162626262', 'binary 616162626262'], { limits });
      expectInflated(role, squeezed(role, BINARY, hex('0261 0562')),
        ['part binary 616162626262', `closed 1006 MESSAGE_TOO_BIG @${header + 3} maxMessageSize 6 < 7 unfinished`, 'send 88 02 03f1'], { limits });
      expectInflated(role, squeezed(role, BINARY, hex('0161 0162 0163')),
        [`closed 1006 FRAME_TOO_BIG @1 maxFrameSize 4 < 6`, 'send 88 02 03f1'], { limits });
      expectInflated(role, concat(squeezed(role, BINARY, hex('0661')), squeezed(role, BINARY, hex('0761'))),
        ['binary 616161616161', 'part binary 61616161616161',
          `closed 1006 INFLATE_RATIO_EXCEEDED @${2 * header + 2} maxInflateRatio 3 < 3.5 unfinished`, 'send 88 02 03f1'],
        { limits: { maxInflateRatio: 3 } });
    }
  });
});

describe('an inflater that takes its time', () => {
  it('holds one byte back, so that the transport comes again; what waits behind it is not read', () => {
    for (const role of ROLES) {
      converse(role, codec({ inflatesLater: true, piece: 2 }), (conversation) => {
        const { connection } = conversation;
        const first = squeezed(role, TEXT, 'aaa');
        conversation.drain();
        const { wakes } = conversation;
        conversation.receive(concat(first, from(role, { opcode: PING })));
        assert.deepEqual([connection.consumed, connection.position], [first.length - 1, first.length - 1]);
        conversation.receive(from(role, { opcode: TEXT, payload: 'behind' }));
        assert.deepEqual([connection.consumed, connection.position], [0, first.length - 1]);
        conversation.offer();
        assert.equal(connection.consumed, 0);
        conversation.expect();
        assert.equal(conversation.wakes, wakes);

        assert.equal((conversation.compression as ScriptedCodec).tick(), true);
        assert.equal(conversation.wakes, wakes + 1, 'it may be tried again');
        conversation.offer();
        assert.deepEqual([connection.consumed, connection.position], [0, first.length - 1], 'two of three have been told');
        conversation.settle();
        conversation.expect('text "aaa"', 'ping', 'text "behind"', 'send 8a 00');
        assert.equal(conversation.unread, 0);
        assert.equal(connection.position, 2 * first.length + from(role, { opcode: TEXT, payload: 'behind' }).length - 2);
      });
    }
  });

  it('lets go of the chunk but for what it needs of it, and is not asked for a message that waits behind', () => {
    const conversation = new Conversation('client', codec({ inflatesLater: true }));
    const { inflater } = conversation.compression as ScriptedCodec;
    conversation.receive(concat(squeezed('client', TEXT, 'a'), squeezed('client', TEXT, 'b')));
    assert.deepEqual(inflater.log, ['load 0161 last', 'detach']);
    assert.equal(conversation.connection.retainedBytes, INFLATER_WINDOW + DEFLATER_WINDOW + 2);
    conversation.settle();
    assert.equal(conversation.connection.retainedBytes, INFLATER_WINDOW + DEFLATER_WINDOW);
    conversation.expect('text "a"', 'text "b"');
    assert.deepEqual(inflater.log.filter((line) => line !== 'detach'), ['load 0161 last', 'load 0162 last']);
  });
});

describe('within the pieces of a compressed message', () => {
  for (const inflatesLater of [false, true]) {
    const how = inflatesLater ? 'inflated later' : 'inflated at once';

    it(`${how}: a pause stops behind the piece, and nothing is lost or told twice`, () => {
      for (const role of ROLES) {
        const input = concat(squeezed(role, TEXT, 'aab'), from(role, { opcode: PING, payload: 'p' }), squeezed(role, BINARY, 'cc'));
        eachChunking(input, (chunks) => {
          let told = 0;
          const options = { ...codec({ inflatesLater, piece: 1 }), inside: (event: string, { connection }: Conversation) => {
            if (event !== 'payload') return;
            told++;
            connection.pause();
          } };
          converse(role, options, (conversation) => {
            for (const chunk of chunks) conversation.receive(chunk);
            for (let turn = 0; conversation.unread > 0; turn++) {
              assert.ok(turn < 20);
              conversation.settle();
              const before = told;
              conversation.connection.resume();
              conversation.offer();
              conversation.settle();
              assert.ok(told <= before + 1, 'one piece a turn');
            }
            conversation.end();
            conversation.expect('text "aab"', 'ping 70', 'send 8a 01 70', 'binary 6363', `closed 1006 TRANSPORT_ENDED @${input.length}`);
          });
        });
      }
    });

    it(`${how}: an exception passes through, and the rest is told when it is offered again`, () => {
      const input = concat(squeezed('server', TEXT, 'aab'), from('server', { opcode: PING, payload: 'p' }));
      eachChunking(input, (chunks) => {
        let thrown = 0;
        let caught = 0;
        const trying = (call: () => void): void => {
          try {
            call();
          } catch (error) {
            assert.match(String(error), /the application/);
            caught++;
          }
        };
        converse('server', { ...codec({ inflatesLater, piece: 1 }), inside: (event) => {
          if (event !== 'payload') return;
          thrown++;
          throw new Error('the application');
        } }, (conversation) => {
          for (const chunk of chunks) trying(() => conversation.receive(chunk));
          for (let turn = 0; conversation.unread > 0; turn++) {
            assert.ok(turn < 20);
            trying(() => conversation.offer());
            trying(() => conversation.settle());
          }
          assert.deepEqual([thrown, caught], [3, 3]);
          assert.equal(conversation.connection.position, input.length);
          conversation.expect('text "aab"', 'ping 70', 'send 8a 01 70');
        });
      });
    });

    it(`${how}: the connection may fail or be terminated, which releases the inflater, and nothing more is told`, () => {
      for (const end of ['fail', 'terminate'] as const) {
        converse('client', { ...codec({ inflatesLater, piece: 2 }), inside: (event, { connection }) => {
          if (event === 'payload') end === 'fail' ? connection.fail(APPLICATION_FAILED) : connection.terminate();
        } }, (conversation) => {
          const { inflater } = conversation.compression as ScriptedCodec;
          conversation.receive(concat(squeezed('client', TEXT, 'aaaaaa'), squeezed('client', TEXT, 'b')));
          conversation.settle();
          assert.deepEqual([conversation.unread, inflater.releases, inflater.underWay], [0, 1, false]);
          assert.equal(conversation.connection.position, 4);
          if (end === 'fail') conversation.expect('part text 6161', 'closed 1006 APPLICATION_FAILED @4 unfinished', 'send 88 02 03f3');
          else conversation.expect('part text 6161', 'closed 1006 TERMINATED @4 unfinished');
        });
      }
    });

    it(`${how}: messages may be sent and the closing handshake begun; what comes is told to its end`, () => {
      converse('client', { ...codec({ inflatesLater, piece: 2 }), inside: (event, { connection }) => {
        if (event === 'payload') connection.close(1000);
      } }, (conversation) => {
        conversation.receive(concat(squeezed('client', TEXT, 'aaaa'), from('client', { opcode: CLOSE, payload: hex('03e8') })));
        conversation.settle();
        const [text, closing, close] = ['text "aaaa"', 'closing 1000 ""', 'send 88 02 03e8'] as const;
        conversation.expect(...inflatesLater ? [close, text, closing] : [text, closing, close]);
      });
    });
  }
});

describe('while an inflater is at work', () => {
  function atWork(options: ConversationOptions = {}): { readonly conversation: Conversation; readonly codec: ScriptedCodec } {
    const conversation = new Conversation('client', { ...options, ...codec({ inflatesLater: true, piece: 2 }) });
    conversation.receive(concat(squeezed('client', TEXT, 'aaaa'), from('client', { opcode: PING })));
    return { conversation, codec: conversation.compression as ScriptedCodec };
  }

  it('a pause lasts beyond its end, and resuming before it tells nothing', () => {
    const { conversation, codec: { inflater } } = atWork();
    conversation.connection.pause();
    inflater.tick();
    conversation.offer();
    conversation.expect();
    conversation.connection.resume();
    conversation.offer();
    assert.equal(inflater.underWay, true, 'the next piece');
    conversation.connection.pause();
    conversation.connection.resume();
    conversation.offer();
    assert.equal(conversation.unread > 0, true);
    conversation.settle();
    conversation.expect('text "aaaa"', 'ping', 'send 8a 00');
  });

  it('the connection may fail or be terminated: it is released, what is unread is consumed, and nothing is told any more', () => {
    for (const end of ['fail', 'terminate'] as const) {
      const { conversation, codec: { inflater } } = atWork();
      const { onReady } = inflater;
      if (end === 'fail') conversation.connection.fail(APPLICATION_FAILED);
      else conversation.connection.terminate();
      assert.deepEqual(inflater.log, ['load 0461 last', 'detach', 'release']);
      onReady();
      conversation.offer();
      assert.deepEqual([conversation.unread, inflater.tick()], [0, false]);
      conversation.end();
      if (end === 'fail') conversation.expect('closed 1006 APPLICATION_FAILED @4 unfinished', 'send 88 02 03f3');
      else conversation.expect('closed 1006 TERMINATED @4 unfinished');
      assert.equal(inflater.releases, 1);
    }
  });

  it('what it works at counts as read: a message whose last frame came is not too slow', () => {
    const { conversation } = atWork({ limits: { messageDeadline: 100 } });
    conversation.advance(0);
    assert.equal(conversation.connection.deadline, Infinity);
    conversation.pass(10_000);
    conversation.settle();
    conversation.expect('text "aaaa"', 'ping', 'send 8a 00');
  });
});
