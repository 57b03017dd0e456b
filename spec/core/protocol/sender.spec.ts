import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Limits } from '../../../lib/core/protocol/limits.ts';
import type { LimitOptions } from '../../../lib/core/protocol/limits.ts';
import { PreparedMessage } from '../../../lib/core/protocol/prepared-message.ts';
import type { SendOptions } from '../../../lib/core/protocol/send-options.ts';
import { Sender, checkBytes } from '../../../lib/core/protocol/sender.ts';
import { SLAB_SIZE } from '../../../lib/core/protocol/shared.ts';
import { portablePlatform } from '../../../lib/core/platform.ts';
import type { Platform } from '../../../lib/core/platform.ts';
import type { MessageKind, Role } from '../../../lib/core/wire/opcode.ts';
import { concat, hex, toHex, utf8 } from '../../support/bytes.ts';
import { DEFLATER_WINDOW, ScriptedDeflater, squeeze } from '../../support/codec.ts';
import type { CodecOptions } from '../../support/codec.ts';
import { frame } from '../../support/frames.ts';
import { Random } from '../../support/random.ts';
import { examplePlatform } from '../../support/transcript.ts';

const ROLES: readonly Role[] = ['client', 'server'];
const TEXT = 0x1, BINARY = 0x2, CONTINUATION = 0x0, CLOSE = 0x8, PING = 0x9, PONG = 0xa;
const RSV1 = 0x40;
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

interface Compressing {
  readonly role: Role;
  readonly sender: Sender;
  readonly deflater: ScriptedDeflater;
  /** How often output was announced. */
  readonly outputs: () => number;
}

function compressing(role: Role, codec: CodecOptions = {}, limits: LimitOptions = {}): Compressing {
  const deflater = new ScriptedDeflater(codec);
  let outputs = 0;
  const sender = new Sender(role, examplePlatform(), new Limits(limits), deflater, () => { outputs++; });
  return { role, sender, deflater, outputs: () => outputs };
}

/** A frame whose payload the scripted deflater made of `payload`. */
function squeezed(spec: Parameters<typeof frame>[0]): Parameters<typeof frame>[0] {
  const { payload = '' } = spec;
  return { ...spec, payload: squeeze(typeof payload === 'string' ? utf8(payload) : payload) };
}

/** These frames, and no others, wait. */
function waits({ role, sender }: Compressing, ...frames: readonly Parameters<typeof frame>[0][]): void {
  assert.equal(toHex(takeAll(sender)), toHex(concat(...frames.map((one) => frame({ ...one, mask: role === 'client' })))), role);
}

describe('RFC 7692 §6.1: a message', () => {
  it('is compressed where the deflater wants it: RSV1 is set, and the opcode and the queue’s size are as they were', () => {
    for (const role of ROLES) {
      for (const length of [3, 48, 49, 126, 1024, 1025, BY_REFERENCE, 70_000]) {
        const it = compressing(role, { threshold: 3 }, { maxQueueSize: Infinity });
        it.sender.text('a'.repeat(length));
        assert.equal(it.sender.queueSize, length);
        it.sender.binary(new Uint8Array(length));
        assert.equal(it.sender.queueSize, 2 * length);
        waits(it, squeezed({ opcode: TEXT, rsv: RSV1, payload: 'a'.repeat(length) }),
          squeezed({ opcode: BINARY, rsv: RSV1, payload: new Uint8Array(length) }));
        assert.deepEqual(it.deflater.log, [`deflate ${length} last`, 'commit', `deflate ${length} last`, 'commit']);
        assert.deepEqual([it.sender.queueSize, it.deflater.asked], [0, [`text ${length}`, `binary ${length}`]]);
      }
    }
  });

  it('goes out as it is where the deflater does not want it, by the size in bytes', () => {
    for (const role of ROLES) {
      const it = compressing(role, { threshold: 4 });
      it.sender.text('aaa');
      it.sender.text('éé');
      it.sender.binary(hex('000000'));
      waits(it, { opcode: TEXT, payload: 'aaa' }, { opcode: TEXT, payload: 'éé' }, { opcode: BINARY, payload: hex('000000') });
      assert.deepEqual(it.deflater.log, ['deflate 4 last', 'discard'], 'éé has four, and is no smaller in pairs');
    }
  });

  it('goes out as it is when that is no larger, and the deflater forgets it', () => {
    for (const role of ROLES) {
      for (const text of ['', 'ab', 'aab', 'abcdef', '€'.repeat(40), 'ab'.repeat(40_000)]) {
        const it = compressing(role);
        it.sender.text(text);
        it.sender.binary(utf8(text));
        waits(it, { opcode: TEXT, payload: text }, { opcode: BINARY, payload: text });
        const size = utf8(text).length;
        assert.deepEqual(it.deflater.log, [`deflate ${size} last`, 'discard', `deflate ${size} last`, 'discard']);
      }
    }
  });

  it('is compressed or not as its options say, whatever the deflater wants', () => {
    for (const role of ROLES) {
      const it = compressing(role, { threshold: 10 });
      const sends: readonly ((options: SendOptions) => unknown)[] = [
        (options) => it.sender.text('aaa', options), (options) => it.sender.binary(utf8('aaa'), options),
        (options) => it.sender.fragment('text', utf8('aaa'), true, options),
        (options) => it.sender.prepared(new PreparedMessage('aaa', examplePlatform(), options)),
      ];
      for (const [i, send] of sends.entries()) {
        const opcode = i === 1 ? BINARY : TEXT;
        send({ compress: true });
        waits(it, squeezed({ opcode, rsv: RSV1, payload: 'aaa' }));
        assert.deepEqual(it.deflater.asked, []);
        send({});
        waits(it, { opcode, payload: 'aaa' });
        assert.equal(it.deflater.asked.pop(), `${i === 1 ? 'binary' : 'text'} 3`);
      }
      const willing = compressing(role);
      willing.sender.text('aaa', { compress: false });
      willing.sender.binary(utf8('aaa'), { compress: false });
      willing.sender.fragment('text', utf8('aaa'), true, { compress: false });
      willing.sender.prepared(new PreparedMessage('aaa', examplePlatform(), { compress: false }));
      waits(willing, ...[TEXT, BINARY, TEXT, TEXT].map((opcode) => ({ opcode, payload: 'aaa' })));
      assert.deepEqual([willing.deflater.log, willing.deflater.asked], [[], []]);
    }
  });

  it('may say so where no compression is in use, and in no other words', () => {
    queues((sender) => {
      sender.text('aaa', { compress: true });
      sender.prepared(new PreparedMessage('aaa', examplePlatform(), { compress: true }));
      sender.fragment('text', utf8('aaa'), true, { compress: true });
    }, ...[1, 2, 3].map(() => ({ opcode: TEXT, payload: 'aaa' })));
    for (const [options, message] of [
      [{ compress: 'no' }, 'options.compress must be a boolean, found string'],
      [{ fin: true }, 'options.fin is not an option; known are compress'],
      [null, 'options must be an object, found null'],
    ] as const) {
      const sender = senderOf('server');
      const nonsense = options as unknown as SendOptions;
      assert.throws(() => sender.text('a', nonsense), { name: 'TypeError', message });
      assert.throws(() => sender.binary(hex('00'), nonsense), { name: 'TypeError', message });
      assert.throws(() => sender.fragment('text', hex('61'), false, nonsense), { name: 'TypeError', message });
      assert.equal(sender.fragmentedKind, null);
      assert.equal(takeAll(sender).length, 0);
    }
  });

  it('is counted, refused and marked by its size before compression', () => {
    for (const deflatesLaterFrom of [0, Infinity]) {
      const { sender, deflater } = compressing('server', { deflatesLaterFrom }, { maxQueueSize: 20, highWaterMark: 10 });
      assert.equal(sender.text('a'.repeat(10)), 'queued');
      assert.equal(sender.binary(new Uint8Array(1)), 'high-water');
      assert.equal(sender.binary(new Uint8Array(10)), 'refused');
      assert.equal(sender.overflow, 21);
      assert.equal(sender.text('é'.repeat(5)), 'refused');
      assert.equal(sender.overflow, 21);
      assert.equal(sender.fragment('binary', new Uint8Array(10), true), 'refused');
      assert.equal(sender.prepared(new PreparedMessage('a'.repeat(10), examplePlatform())), 'refused');
      assert.equal(sender.text('a'.repeat(9)), 'high-water');
      assert.equal(sender.queueSize, 20);
      while (deflater.tick()) assert.equal(sender.queueSize, 20, 'it counts wherever it waits');
      takeAll(sender);
      assert.equal(sender.queueSize, 0);
    }
  });
});

describe('RFC 7692 §6.1: a fragmented message', () => {
  it('is compressed as a whole or not at all: RSV1 on the first frame alone, decided once, each part flushed', () => {
    for (const role of ROLES) {
      const it = compressing(role, { threshold: 3 });
      const send = (payload: string, fin: boolean): unknown => it.sender.fragment('text', utf8(payload), fin);
      send('aaa', false);
      send('b', false);
      send('', false);
      send('cd', true);
      assert.equal(it.sender.queueSize, 6);
      waits(it, squeezed({ opcode: TEXT, rsv: RSV1, fin: false, payload: 'aaa' }), squeezed({ opcode: CONTINUATION, fin: false, payload: 'b' }),
        { opcode: CONTINUATION, fin: false }, squeezed({ opcode: CONTINUATION, payload: 'cd' }));
      assert.deepEqual(it.deflater.log, ['deflate 3', 'commit', 'deflate 1', 'commit', 'deflate 0', 'commit', 'deflate 2 last', 'commit']);
      send('aa', false);
      it.sender.fragment('text', utf8('bbbbbb'), true, { compress: true });
      waits(it, { opcode: TEXT, fin: false, payload: 'aa' }, { opcode: CONTINUATION, payload: 'bbbbbb' });
      assert.deepEqual(it.deflater.asked, ['text 3', 'text 2']);
      it.sender.text('eee');
      waits(it, squeezed({ opcode: TEXT, rsv: RSV1, payload: 'eee' }));
    }
  });
});

describe('RFC 7692 §6.1: a prepared message', () => {
  it('is compressed once for everyone who sends it, masked in a copy by a client, and each deflater hears of it', () => {
    for (const text of ['aaa', 'a'.repeat(20_000), 'a'.repeat(255 * BY_REFERENCE / 2)]) {
      const message = new PreparedMessage(text, examplePlatform());
      const all = [...ROLES, ...ROLES].map((role) => compressing(role, {}, { maxQueueSize: Infinity }));
      for (const it of all) {
        it.sender.prepared(message);
        assert.equal(it.sender.queueSize, text.length);
        waits(it, squeezed({ opcode: TEXT, rsv: RSV1, payload: text }));
      }
      assert.deepEqual(all.map(({ deflater }) => deflater.log.join()),
        [`shared ${text.length},commitShared ${text.length}`, ...Array.from({ length: 3 }, () => `commitShared ${text.length}`)]);
      const { sender } = compressing('server', {}, { maxQueueSize: Infinity });
      sender.prepared(message);
      assert.equal(sender.outbox.take() === message.deflated(new ScriptedDeflater()), text.length > 1_000_000, 'large ones are one array');
    }
  });

  it('goes out as it is where that is no larger, which no deflater has to forget, and where it is not wanted', () => {
    const message = new PreparedMessage('ab', examplePlatform());
    for (const role of ROLES) {
      const it = compressing(role);
      it.sender.prepared(message);
      waits(it, { opcode: TEXT, payload: 'ab' });
      assert.ok(!it.deflater.log.includes('commitShared 2'));
      const unwilling = compressing(role, { decide: (kind, size) => kind === 'binary' && size > 1 });
      unwilling.sender.prepared(new PreparedMessage('aaaa', examplePlatform()));
      unwilling.sender.prepared(new PreparedMessage(new Uint8Array(9), examplePlatform()));
      waits(unwilling, { opcode: TEXT, payload: 'aaaa' }, squeezed({ opcode: BINARY, rsv: RSV1, payload: new Uint8Array(9) }));
      assert.deepEqual(unwilling.deflater.asked, ['text 4', 'binary 9']);
    }
  });
});

describe('a deflater that takes its time', () => {
  it('has everything that comes after wait in its order, whatever it is, but for Pings and Pongs', () => {
    for (const role of ROLES) {
      const it = compressing(role, { deflatesLaterFrom: 4, threshold: 2 });
      const { sender, deflater } = it;
      sender.text('aaaa');
      assert.deepEqual([sender.queueSize, sender.compressing, sender.dataIsEmpty, it.outputs()], [4, true, false, 0]);
      sender.text('b');
      sender.text('éé');
      sender.binary(hex('cc'));
      sender.prepared(new PreparedMessage('ddddd', examplePlatform()));
      sender.fragment('binary', hex('eeee'), false);
      sender.fragment('binary', hex('ffffffff'), true);
      sender.binary(hex('000000'), { compress: false });
      sender.close(hex('03e8'));
      sender.ping(hex('01'));
      sender.pong(hex('02'), 0, 1);
      assert.equal(sender.queueSize, 4 + 1 + 4 + 1 + 5 + 2 + 4 + 3);
      waits(it, { opcode: PONG, payload: hex('02') }, { opcode: PING, payload: hex('01') });

      assert.equal(deflater.tick(), true);
      assert.deepEqual([it.outputs(), sender.queueSize, sender.compressing], [1, 24, true]);
      waits(it, squeezed({ opcode: TEXT, rsv: RSV1, payload: 'aaaa' }), { opcode: TEXT, payload: 'b' });
      deflater.tick();
      waits(it, { opcode: TEXT, payload: 'éé' }, { opcode: BINARY, payload: hex('cc') }, squeezed({ opcode: TEXT, rsv: RSV1, payload: 'ddddd' }),
        squeezed({ opcode: BINARY, rsv: RSV1, fin: false, payload: hex('eeee') }));
      assert.equal(sender.dataIsEmpty, false);
      deflater.tick();
      waits(it, squeezed({ opcode: CONTINUATION, payload: hex('ffffffff') }), { opcode: BINARY, payload: hex('000000') },
        { opcode: CLOSE, payload: hex('03e8') });
      assert.deepEqual([sender.queueSize, sender.compressing, sender.dataIsEmpty, it.outputs(), deflater.tick()], [0, false, true, 3, false]);
      assert.deepEqual(deflater.asked, ['text 4', 'text 1', 'text 4', 'binary 1', 'text 5', 'binary 2']);
    }
  });

  it('is asked whether it wants a message when that is sent: a decision that throws tells its caller, and nothing is sent', () => {
    const it = compressing('server', { deflatesLaterFrom: 4, decide: (_kind, size) => {
      if (size === 3) throw new RangeError('undecided');
      return true;
    } });
    const { sender, deflater } = it;
    for (let round = 0; round < 2; round++) {
      assert.throws(() => sender.text('aaa'), /undecided/);
      assert.throws(() => sender.binary(new Uint8Array(3)), /undecided/);
      assert.throws(() => sender.prepared(new PreparedMessage('aaa', examplePlatform())), /undecided/);
      assert.throws(() => sender.fragment('text', utf8('aaa'), false), /undecided/);
      assert.equal(sender.fragmentedKind, null);
      if (round === 0) sender.text('aaaa');
    }
    sender.text('aa');
    deflater.tick();
    waits(it, squeezed({ opcode: TEXT, rsv: RSV1, payload: 'aaaa' }), { opcode: TEXT, payload: 'aa' });
  });

  it('takes long texts too, at once, in line or as they are', () => {
    for (const role of ROLES) {
      const it = compressing(role, { deflatesLaterFrom: 2000, threshold: 1000 });
      const [first, second, plain] = ['é'.repeat(1500), 'b'.repeat(3000), 'c'.repeat(2500)];
      it.sender.text(plain, { compress: false });
      it.sender.text(first);
      it.sender.text(second);
      assert.equal(it.sender.queueSize, 2500 + 3000 + 3000);
      waits(it, { opcode: TEXT, payload: plain });
      it.deflater.tick();
      waits(it, { opcode: TEXT, payload: first }); // pairs make it no smaller
      it.deflater.tick();
      waits(it, squeezed({ opcode: TEXT, rsv: RSV1, payload: second }));
    }
  });

  it('lets a decision function send something itself: that goes first, and nothing is lost', () => {
    const messages = ['aaaa'];
    const it = compressing('server', { decide: () => {
      const inner = messages.pop();
      if (inner !== undefined) it.sender.text(inner);
      return true;
    } });
    it.sender.text('bbbbbb');
    waits(it, squeezed({ opcode: TEXT, rsv: RSV1, payload: 'aaaa' }), squeezed({ opcode: TEXT, rsv: RSV1, payload: 'bbbbbb' }));
  });

  it('works at a copy of what is small or masked, and at the array itself of 32 KiB and more that a server sends', () => {
    for (const [role, length, isCopy] of [
      ['server', 8, true], ['server', BY_REFERENCE - 1, true], ['server', BY_REFERENCE, false], ['client', BY_REFERENCE, true],
    ] as const) {
      const it = compressing(role, { deflatesLaterFrom: 0 });
      const { sender, deflater } = it;
      const message = new Uint8Array(length);
      const sends = [() => sender.binary(message), () => sender.fragment('binary', message, true)];
      for (const [first, second] of [sends, [...sends].reverse()] as (() => unknown)[][]) {
        message.fill(1);
        first?.();
        second?.(); // it waits behind the first
        if (isCopy) message.fill(2);
        while (deflater.tick()) { /* both */ }
        const payload = new Uint8Array(length).fill(1);
        waits(it, squeezed({ opcode: BINARY, rsv: RSV1, payload }), squeezed({ opcode: BINARY, rsv: RSV1, payload }));
      }
      if (isCopy) continue;
      sender.binary(message);
      message[5] = 3;
      assert.throws(() => deflater.tick(), /what is lent to deflateLater stays as it is/);
    }
  });

  it('may make it no smaller: then it goes out as it is, by reference where that is the contract', () => {
    const noise = new Random(9).bytes(BY_REFERENCE);
    for (const role of ROLES) {
      const it = compressing(role, { deflatesLaterFrom: 0 });
      const { sender, deflater } = it;
      sender.text('abcd');
      sender.binary(noise);
      while (deflater.tick()) { /* both */ }
      assert.deepEqual(deflater.log, ['later 4 last', 'discard', `later ${BY_REFERENCE} last`, 'discard']);
      if (role === 'client') {
        waits(it, { opcode: TEXT, payload: 'abcd' }, { opcode: BINARY, payload: noise });
      } else {
        sender.outbox.take();
        assert.equal(sender.outbox.take(), noise);
      }
    }
  });

  it('leaves the text of the caller and the room for it behind: what comes next is whole', () => {
    const it = compressing('server', { deflatesLaterFrom: 4, threshold: 4 });
    const { sender, deflater } = it;
    sender.text('€'.repeat(400));
    sender.text('x'.repeat(2000));
    assert.equal(sender.outbox.bytes.length, 0, 'no room is held');
    assert.equal(sender.retainedBytes, DEFLATER_WINDOW + 3200);
    while (deflater.tick()) sender.text('yy');
    waits(it, { opcode: TEXT, payload: '€'.repeat(400) }, squeezed({ opcode: TEXT, rsv: RSV1, payload: 'x'.repeat(2000) }),
      { opcode: TEXT, payload: 'yy' }, { opcode: TEXT, payload: 'yy' });
  });

  it('is not heard any more once what waits has been forgotten, and is released in the end', () => {
    for (const forget of [(sender: Sender) => sender.clearData(), (sender: Sender) => sender.clear()]) {
      const it = compressing('client', { deflatesLaterFrom: 0 });
      const { sender, deflater } = it;
      const { onReady } = deflater;
      sender.text('aaaa');
      sender.text('b');
      forget(sender);
      assert.deepEqual([sender.queueSize, sender.compressing, sender.dataIsEmpty], [0, false, true]);
      sender.close(hex('03e8'));
      sender.end();
      onReady();
      assert.deepEqual([deflater.tick(), deflater.releases, it.outputs(), sender.retainedBytes], [false, 1, 0, 8]);
      waits(it, { opcode: CLOSE, payload: hex('03e8') });
    }
  });

  it('needs nobody to hear of its output, and a sender no deflater to end', () => {
    const deflater = new ScriptedDeflater({ deflatesLaterFrom: 0 });
    const sender = new Sender('server', examplePlatform(), new Limits(), deflater);
    sender.text('aaa');
    deflater.tick();
    assert.equal(toHex(takeAll(sender)), 'c1020361');
    const plain = senderOf('client');
    plain.end();
    assert.equal(plain.retainedBytes, 0);
  });
});
