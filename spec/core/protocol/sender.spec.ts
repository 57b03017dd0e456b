import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Limits } from '../../../lib/core/protocol/limits.ts';
import type { LimitOptions } from '../../../lib/core/protocol/limits.ts';
import { PreparedMessage } from '../../../lib/core/protocol/prepared-message.ts';
import { Sender, checkBytes } from '../../../lib/core/protocol/sender.ts';
import { SLAB_SIZE } from '../../../lib/core/protocol/shared.ts';
import { portablePlatform } from '../../../lib/core/platform.ts';
import type { Platform } from '../../../lib/core/platform.ts';
import type { MessageKind, Role } from '../../../lib/core/wire/opcode.ts';
import { concat, hex, toHex, utf8 } from '../../support/bytes.ts';
import { frame } from '../../support/frames.ts';
import { Random } from '../../support/random.ts';
import { examplePlatform } from '../../support/transcript.ts';

const ROLES: readonly Role[] = ['client', 'server'];
const TEXT = 0x1, BINARY = 0x2, CONTINUATION = 0x0, CLOSE = 0x8, PING = 0x9, PONG = 0xa;
const BY_REFERENCE = 32 * 1024;

function senderOf(role: Role, limits: LimitOptions = {}, platform: Platform = examplePlatform()): Sender {
  return new Sender(role, platform, new Limits(limits));
}

function takeAll({ outbox }: Sender): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let bytes = outbox.take(); bytes !== null; bytes = outbox.take()) pieces.push(bytes);
  return concat(...pieces);
}

/** `send` queues just `frames`, masked for a client. */
function queues(send: (sender: Sender) => void, ...frames: readonly Parameters<typeof frame>[0][]): void {
  for (const role of ROLES) {
    const sender = senderOf(role, { maxQueueSize: Infinity });
    send(sender);
    const bytes = concat(...frames.map((one) => frame({ ...one, mask: role === 'client' })));
    assert.equal(toHex(takeAll(sender)), toHex(bytes), role);
  }
}

describe('a text message', () => {
  it('is one text frame with FIN, in the shortest form of its length, at every border and in every script', () => {
    for (const length of [0, 1, 2, 41, 42, 47, 48, 49, 63, 124, 125, 126, 127, 375, 1000, 1023, 1024, 1025, 5000, SLAB_SIZE - 14, SLAB_SIZE, 65535, 65536]) {
      for (const character of ['a', 'é', '€', '😀']) {
        const message = character.repeat(Math.ceil(length / utf8(character).length));
        queues((sender) => sender.text(message), { opcode: TEXT, payload: message });
      }
    }
  });

  it('whose last unit alone is not ASCII moves behind the longer header that it needs', () => {
    for (const units of [1, 48, 49, 124, 125, 126, 1024, 1025]) {
      const message = 'x'.repeat(units - 1) + '€';
      queues((sender) => sender.text(message), { opcode: TEXT, payload: message });
    }
  });

  it('moves within its own room: what waits before it stays as it is', () => {
    queues((sender) => {
      for (const message of ['before', 'é'.repeat(100), 'between', '€'.repeat(60), 'after']) sender.text(message);
    }, ...['before', 'é'.repeat(100), 'between', '€'.repeat(60), 'after'].map((payload) => ({ opcode: TEXT, payload })));
  });

  it('has the right bytes on either side of every border of UTF-8', () => {
    for (const character of ['\u0000', '\u007f', '\u0080', '\u07ff', '\u0800', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}']) {
      for (const message of [character, `a${character}`, `${character}a`, character.repeat(60)]) queues((sender) => sender.text(message), { opcode: TEXT, payload: message });
    }
  });

  it('has U+FFFD for an unpaired surrogate, wherever it stands', () => {
    for (const message of ['\ud800', 'a\udc00', '\ud83d'.repeat(60), `${'a'.repeat(1030)}\ud800b`]) {
      queues((sender) => sender.text(message), { opcode: TEXT, payload: utf8(message) });
    }
    assert.equal(toHex(utf8('\ud800')), 'efbfbd');
  });

  it('is a string, and nothing that has a length', () => {
    for (const [message, found] of [[1, 'number'], [null, 'null'], [undefined, 'undefined'], [['a'], 'Array'], [{ length: 5 }, 'Object'], [hex('61'), 'Uint8Array'], [new String('a'), 'String']] as const) {
      assert.throws(() => senderOf('client').text(message as unknown as string),
        { name: 'TypeError', message: `a text message is a string, found ${found}` });
    }
  });

  it('is refused when it does not fit the queue, by its bytes and not by its units', () => {
    for (const [message, fits] of [['x'.repeat(10), true], ['x'.repeat(11), false], ['€€€x', true], ['€€€xx', false], ['x'.repeat(2000), false], [`${'x'.repeat(1500)}€`, false]] as const) {
      const sender = senderOf('server', { maxQueueSize: 10 });
      assert.equal(sender.text(message), fits ? 'queued' : 'refused', message.slice(0, 20));
      assert.equal(sender.outbox.queueSize, fits ? 10 : 0);
      if (!fits) assert.equal(sender.overflow, utf8(message).length);
    }
  });

  it('that is refused leaves nothing behind, and what comes next is whole', () => {
    const sender = senderOf('server', { maxQueueSize: 10 });
    sender.text('€');
    assert.equal(sender.text('€€€'), 'refused');
    assert.equal(sender.overflow, 12);
    assert.equal(sender.text('ok'), 'queued');
    assert.equal(toHex(takeAll(sender)), toHex(concat(frame({ opcode: TEXT, payload: '€' }), frame({ opcode: TEXT, payload: 'ok' }))));
    assert.equal(sender.text('€€€€'), 'refused');
    assert.equal(sender.outbox.bytes.length, 0, 'no room is held');
    assert.equal(sender.text('x'.repeat(100_000)), 'refused');
    assert.equal(sender.outbox.bytes.length, 0);
  });

  it('that cannot fit is not encoded', () => {
    let encoded = 0;
    const platform = examplePlatform();
    const counting = portablePlatform({ ...platform, encodeUtf8: (text, target, at) => {
      encoded++;
      return platform.encodeUtf8(text, target, at);
    } });
    const sender = senderOf('server', { maxQueueSize: 100 }, counting);
    assert.equal(sender.text('€'.repeat(101)), 'refused');
    assert.equal(sender.text('€'.repeat(2000)), 'refused');
    assert.equal(encoded, 0);
  });
});

describe('a binary message', () => {
  it('is one binary frame with FIN, in the shortest form of its length, at every border', () => {
    for (const length of [0, 1, 3, 4, 79, 80, 125, 126, 127, 319, 320, 1000, SLAB_SIZE - 14, SLAB_SIZE - 13, SLAB_SIZE, BY_REFERENCE - 1, BY_REFERENCE, 65535, 65536]) {
      const message = new Random(length).bytes(length);
      queues((sender) => sender.binary(message), { opcode: BINARY, payload: message });
    }
  });

  it('is copied: what the application does to its array afterwards does not matter', () => {
    for (const [role, length] of [['client', 5], ['client', BY_REFERENCE], ['server', 5], ['server', BY_REFERENCE - 1]] as const) {
      const sender = senderOf(role);
      const message = new Uint8Array(length).fill(1);
      sender.binary(message);
      message.fill(2);
      assert.equal(toHex(takeAll(sender)),
        toHex(frame({ opcode: BINARY, payload: new Uint8Array(length).fill(1), mask: role === 'client' })));
    }
  });

  it('of 32 KiB and more is queued by reference by a server', () => {
    const sender = senderOf('server');
    const message = new Uint8Array(BY_REFERENCE);
    sender.binary(message);
    assert.equal(toHex(sender.outbox.take() ?? hex('')), '827e8000');
    assert.equal(sender.outbox.take(), message);
    const smaller = new Uint8Array(BY_REFERENCE - 1);
    sender.binary(smaller);
    assert.notEqual(sender.outbox.take()?.buffer, smaller.buffer);
  });

  it('is never changed, also where it is masked', () => {
    for (const role of ROLES) {
      for (const length of [1, 100, 400, BY_REFERENCE]) {
        const message = new Random(length).bytes(length);
        const before = message.slice();
        const sender = senderOf(role);
        sender.binary(message);
        sender.fragment('binary', message, true);
        takeAll(sender);
        assert.deepEqual(message, before);
      }
    }
  });

  it('is the range of its view, whatever lies around it, and whatever kind of Uint8Array it is', () => {
    const around = hex('aa 010203 bb');
    queues((sender) => sender.binary(around.subarray(1, 4)), { opcode: BINARY, payload: hex('010203') });
    queues((sender) => sender.binary(Buffer.from('Hello')), { opcode: BINARY, payload: 'Hello' });
  });

  it('is a Uint8Array, and nothing that may turn into bytes by accident', () => {
    for (const [message, found] of [
      [5, 'number'], ['abc', 'string'], [null, 'null'], [undefined, 'undefined'], [[1, 2], 'Array'], [{ length: 5 }, 'Object'],
      [new ArrayBuffer(5), 'ArrayBuffer'], [new DataView(new ArrayBuffer(5)), 'DataView'], [new Uint16Array(5), 'Uint16Array'],
      [new Uint8ClampedArray(5), 'Uint8ClampedArray'], [new Int8Array(5), 'Int8Array'], [5n, 'bigint'], [true, 'boolean'],
    ] as const) {
      assert.throws(() => senderOf('server').binary(message as unknown as Uint8Array),
        { name: 'TypeError', message: `a binary message is a Uint8Array, found ${found}` });
      assert.throws(() => checkBytes('it', message), { name: 'TypeError', message: `it is a Uint8Array, found ${found}` });
    }
    checkBytes('it', hex(''));
  });

  it('is refused when it does not fit the queue, and fits when it just does', () => {
    const sender = senderOf('client', { maxQueueSize: 10 });
    assert.equal(sender.binary(new Uint8Array(11)), 'refused');
    assert.equal(sender.overflow, 11);
    assert.equal(sender.binary(new Uint8Array(6)), 'queued');
    assert.equal(sender.binary(new Uint8Array(5)), 'refused');
    assert.equal(sender.overflow, 11);
    assert.equal(sender.binary(new Uint8Array(4)), 'queued');
    assert.equal(sender.outbox.queueSize, 10);
    assert.equal(sender.binary(hex('')), 'queued');
  });
});

describe('a prepared message', () => {
  it('is the frame of an ordinary send, which a client masks, at every border', () => {
    for (const length of [0, 1, 125, 126, 5000, SLAB_SIZE, BY_REFERENCE - 1, BY_REFERENCE, 65_536]) {
      const bytes = new Random(length + 1).bytes(length);
      queues((sender) => sender.prepared(new PreparedMessage(bytes, examplePlatform())), { opcode: BINARY, payload: bytes });
    }
    queues((sender) => sender.prepared(new PreparedMessage('é', examplePlatform())), { opcode: TEXT, payload: 'é' });
  });

  it('of 32 KiB and more is one array for every server that sends it, and below a copy', () => {
    const large = new PreparedMessage(new Uint8Array(BY_REFERENCE), examplePlatform());
    const small = new PreparedMessage(new Uint8Array(BY_REFERENCE - 1), examplePlatform());
    for (let i = 0; i < 2; i++) {
      const sender = senderOf('server');
      sender.prepared(large);
      sender.prepared(small);
      assert.equal(sender.outbox.take(), large.frame);
      assert.notEqual(sender.outbox.take()?.buffer, small.frame.buffer);
    }
    const client = senderOf('client');
    client.prepared(large);
    assert.ok(large.payload.every((byte) => byte === 0), 'masking did not change it');
  });

  it('counts, is refused and reaches the mark like any other', () => {
    for (const role of ROLES) {
      for (const length of [3, BY_REFERENCE]) {
        const message = new PreparedMessage(new Uint8Array(length), examplePlatform());
        const sender = senderOf(role, { maxQueueSize: 2 * length, highWaterMark: length });
        assert.deepEqual([sender.prepared(message), sender.outbox.queueSize], ['queued', length]);
        assert.deepEqual([sender.prepared(message), sender.outbox.queueSize], ['high-water', 2 * length]);
        assert.deepEqual([sender.prepared(message), sender.outbox.queueSize, sender.overflow], ['refused', 2 * length, 3 * length]);
      }
    }
  });

  it('§5.4: is not interleaved with a fragmented message, and is nothing else', () => {
    const sender = senderOf('server');
    sender.fragment('text', hex(''), false);
    assert.throws(() => sender.prepared(new PreparedMessage('a', examplePlatform())), /^TypeError: a fragmented text message is under way/);
    for (const nonsense of ['a', hex('00'), null, { frame: hex('8100'), size: 0 }]) {
      assert.throws(() => senderOf('server').prepared(nonsense as never), /^TypeError: a prepared message is a PreparedMessage, found/);
    }
  });
});

describe('high-water', () => {
  it('is the answer as soon as more than the mark waits, however it was sent', () => {
    const sends: readonly ((sender: Sender, length: number) => unknown)[] = [
      (sender, length) => sender.text('x'.repeat(length)),
      (sender, length) => sender.binary(new Uint8Array(length)),
      (sender, length) => sender.fragment('binary', new Uint8Array(length), false),
    ];
    for (const send of sends) {
      for (const role of ROLES) {
        const sender = senderOf(role, { highWaterMark: 50_000 });
        assert.equal(send(sender, 50_000), 'queued');
        assert.equal(send(sender, 1), 'high-water');
      }
    }
  });
});

describe('§5.4: a fragmented message', () => {
  it('begins with its opcode, goes on with continuations, and ends with FIN [6455-5.4-3] [6455-6.1-6] [6455-6.1-7]', () => {
    for (const [kind, opcode] of [['text', TEXT], ['binary', BINARY]] as const) {
      queues((sender) => {
        sender.fragment(kind, utf8('Hel'), false);
        assert.equal(sender.fragmentedKind, kind);
        sender.fragment(kind, hex(''), false);
        sender.fragment(kind, utf8('lo'), true);
        assert.equal(sender.fragmentedKind, null);
      }, { opcode, fin: false, payload: 'Hel' }, { opcode: CONTINUATION, fin: false }, { opcode: CONTINUATION, payload: 'lo' });
    }
  });

  it('§5.2: may have one fragment only [6455-5.2-1]', () => {
    queues((sender) => sender.fragment('text', utf8('Hello'), true), { opcode: TEXT, payload: 'Hello' });
  });

  it('§5.4: is not interleaved with another message [6455-5.4-8]', () => {
    const sender = senderOf('server');
    sender.fragment('text', utf8('a'), false);
    const rule = { name: 'TypeError', message: 'a fragmented text message is under way: end it with fin before sending another (§5.4)' };
    assert.throws(() => sender.text('b'), rule);
    assert.throws(() => sender.binary(hex('00')), rule);
    assert.throws(() => sender.fragment('binary', hex('00'), true),
      { name: 'TypeError', message: 'the message under way is text, this fragment is binary (§5.4)' });
    sender.fragment('text', utf8('c'), true);
    sender.text('d');
    assert.equal(toHex(takeAll(sender)), '010161' + '800163' + '810164');
  });

  it('§5.6: of text is valid UTF-8 as a whole, and a character may be split [6455-5.6-2] [6455-5.6-3]', () => {
    const euro = hex('e282ac');
    queues((sender) => {
      for (let i = 0; i < 3; i++) sender.fragment('text', euro.subarray(i, i + 1), i === 2);
    }, { opcode: TEXT, fin: false, payload: hex('e2') }, { opcode: CONTINUATION, fin: false, payload: hex('82') },
      { opcode: CONTINUATION, payload: hex('ac') });

    const sender = senderOf('server');
    assert.throws(() => sender.fragment('text', hex('61ff'), false),
      { name: 'TypeError', message: 'a text fragment must be valid UTF-8, found 0xff at 1 (§5.6)' });
    assert.throws(() => sender.fragment('text', hex('e282'), true),
      { name: 'TypeError', message: 'a text message must not end inside a character (§5.6)' });
    assert.equal(sender.fragmentedKind, null);
    sender.fragment('text', hex('e282'), false);
    assert.throws(() => sender.fragment('text', hex('61'), true),
      { name: 'TypeError', message: 'a text fragment must be valid UTF-8, found 0x61 at 0 (§5.6)' });
    assert.throws(() => sender.fragment('text', hex(''), true), TypeError);
    sender.fragment('text', hex('ac'), true);
    assert.equal(toHex(takeAll(sender)), '0102e282' + '8001ac', 'a mistake sends nothing and spoils nothing');
    sender.fragment('binary', hex('ff'), true);
    assert.equal(toHex(takeAll(sender)), '8201ff');
  });

  it('that does not fit the queue is refused, and may be tried again', () => {
    const sender = senderOf('server', { maxQueueSize: 4 });
    sender.fragment('text', hex('e282'), false);
    assert.equal(sender.fragment('text', hex('ac6162'), true), 'refused');
    assert.equal(sender.overflow, 5);
    assert.equal(sender.fragmentedKind, 'text');
    takeAll(sender);
    assert.equal(sender.fragment('text', hex('ac6162'), true), 'queued');
    assert.equal(toHex(takeAll(sender)), '8003ac6162');
  });

  it('is asked for by the right words', () => {
    const sender = senderOf('client');
    for (const [kind, found] of [['Text', 'string'], [1, 'number'], [null, 'null']] as const) {
      assert.throws(() => sender.fragment(kind as unknown as MessageKind, hex(''), true),
        { name: 'TypeError', message: `a message is 'text' or 'binary', found ${found}` });
    }
    assert.throws(() => sender.fragment('text', 'a' as unknown as Uint8Array, true),
      { name: 'TypeError', message: 'a fragment is a Uint8Array, found string' });
    for (const [fin, found] of [[undefined, 'undefined'], [1, 'number'], [null, 'null']] as const) {
      assert.throws(() => sender.fragment('text', hex(''), fin as unknown as boolean),
        { name: 'TypeError', message: `fin is true or false, found ${found}` });
    }
  });

  it('is not begun when its first frame cannot be made', () => {
    const platform = portablePlatform({ random: () => {}, allocate: (size) => {
      if (size > 100_000) throw new RangeError('no memory');
      return new Uint8Array(size);
    } });
    const sender = senderOf('client', {}, platform);
    assert.throws(() => sender.fragment('binary', new Uint8Array(100_000), false), /no memory/);
    assert.equal(sender.fragmentedKind, null);
    sender.binary(hex('01'));
    assert.equal(takeAll(sender)[0], 0x82);
  });

  it('gives its text to a platform that needs its own object', () => {
    let called: unknown;
    const platform = { ...examplePlatform(), isUtf8(): boolean {
      called = this;
      return true;
    } };
    senderOf('server', {}, platform).fragment('text', utf8('é'.repeat(50)), true);
    assert.equal(called, platform);
  });
});

describe('control frames', () => {
  it('§5.5: are one frame each, of at most 125 bytes', () => {
    for (const length of [0, 1, 80, 124, 125]) {
      const payload = new Random(length).bytes(length);
      const before = payload.slice();
      queues((sender) => assert.equal(sender.ping(payload), 'queued'), { opcode: PING, payload });
      queues((sender) => sender.pong(concat(hex('ffff'), payload, hex('ff')), 2, 2 + length), { opcode: PONG, payload });
      queues((sender) => sender.close(payload), { opcode: CLOSE, payload });
      assert.deepEqual(payload, before);
    }
    assert.throws(() => senderOf('client').ping(new Uint8Array(126)),
      { name: 'RangeError', message: 'a Ping carries at most 125 bytes, found 126 (§5.5)' });
    assert.throws(() => senderOf('client').ping(5 as unknown as Uint8Array),
      { name: 'TypeError', message: 'the payload of a Ping is a Uint8Array, found number' });
  });

  it('are no application bytes', () => {
    const sender = senderOf('client', { maxQueueSize: 0, highWaterMark: 0 });
    sender.ping(hex('0102'));
    sender.pong(hex('0102'), 0, 2);
    sender.close(hex('03e8'));
    assert.equal(sender.outbox.queueSize, 0);
  });

  it('wait up to maxQueuedPongs: then the newest Pong only, and no further Ping', () => {
    const sender = senderOf('server', { maxQueuedPongs: 2 });
    assert.deepEqual([sender.ping(hex('01')), sender.ping(hex('02')), sender.ping(hex('03'))], ['queued', 'queued', 'refused']);
    for (let i = 1; i <= 5; i++) sender.pong(Uint8Array.of(i), 0, 1);
    assert.equal(toHex(takeAll(sender)), '8a0105' + '890101' + '890102');
  });

  it('do not end or begin a message: a Ping goes between fragments', () => {
    const sender = senderOf('server');
    sender.fragment('text', utf8('a'), false);
    takeAll(sender);
    sender.ping(hex(''));
    sender.fragment('text', utf8('b'), true);
    assert.equal(toHex(takeAll(sender)), '8900' + '800162');
  });
});

describe('§5.3: masking', () => {
  it('a client draws a new key for every frame, a server none [6455-5.1-4]', () => {
    const random = new Random(53);
    let asked = 0;
    const platform = portablePlatform({ random: (target) => {
      asked++;
      random.fill(target);
    } });
    const server = senderOf('server', {}, platform);
    for (const send of [() => server.text('a'), () => server.binary(hex('00')), () => server.ping(hex('')), () => server.close(hex(''))]) send();
    assert.equal(asked, 0);

    const client = senderOf('client', {}, platform);
    const keys = new Set<string>();
    for (let i = 0; i < 300; i++) {
      client.text('');
      client.ping(hex(''));
      client.pong(hex(''), 0, 0);
      client.close(hex(''));
      const bytes = takeAll(client);
      for (let at = 0; at < bytes.length; at += 6) keys.add(toHex(bytes, at + 2, at + 6));
    }
    assert.equal(keys.size, 1200);
  });
});
