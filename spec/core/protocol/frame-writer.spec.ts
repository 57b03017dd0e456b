import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { FrameWriter } from '../../../lib/core/protocol/frame-writer.ts';
import { SLAB_SIZE } from '../../../lib/core/protocol/shared.ts';
import { portablePlatform } from '../../../lib/core/platform.ts';
import type { Platform } from '../../../lib/core/platform.ts';
import type { Role } from '../../../lib/core/wire/opcode.ts';
import { concat, hex, toHex } from '../../support/bytes.ts';
import { frame } from '../../support/frames.ts';
import { Random } from '../../support/random.ts';
import { examplePlatform } from '../../support/transcript.ts';

const ROLES: readonly Role[] = ['client', 'server'];
const TEXT = 0x1, BINARY = 0x2, PING = 0x9, PONG = 0xa;
const FIN = 0x80, RSV1 = 0x40;
const BY_REFERENCE = 32 * 1024;
const LENGTHS = [0, 1, 3, 4, 79, 80, 125, 126, 127, 320, SLAB_SIZE - 14, SLAB_SIZE - 13, SLAB_SIZE, BY_REFERENCE - 1, BY_REFERENCE, 65535, 65536];

function writerOf(role: Role, platform: Platform = examplePlatform()): FrameWriter {
  return new FrameWriter(role, platform);
}

function takeAll({ outbox }: FrameWriter): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let bytes = outbox.take(); bytes !== null; bytes = outbox.take()) pieces.push(bytes);
  return concat(...pieces);
}

/** `write` queues just these frames, masked for a client. */
function writes(write: (writer: FrameWriter, role: Role) => void, ...frames: readonly Parameters<typeof frame>[0][]): void {
  for (const role of ROLES) {
    const writer = writerOf(role);
    write(writer, role);
    assert.equal(toHex(takeAll(writer)), toHex(concat(...frames.map((one) => frame({ ...one, mask: role === 'client' })))), role);
  }
}

describe('a frame', () => {
  it('has its first byte as it is given, the shortest form of its length, and the mask of a client, at every border', () => {
    for (const length of LENGTHS) {
      const payload = new Random(length).bytes(length);
      writes((writer) => writer.frame(FIN | BINARY, payload, length), { opcode: BINARY, payload });
    }
    writes((writer) => writer.frame(RSV1 | TEXT, hex('ff'), 5), { fin: false, rsv: RSV1, opcode: TEXT, payload: hex('ff') });
  });

  it('counts the application bytes that it is said to carry, whatever its payload has', () => {
    for (const role of ROLES) {
      for (const length of [3, BY_REFERENCE]) {
        const writer = writerOf(role);
        writer.frame(FIN | BINARY, new Uint8Array(length), 1_000_000);
        writer.copy(FIN | BINARY, new Uint8Array(length), 0, length, 500);
        assert.equal(writer.outbox.queueSize, 1_000_500);
        takeAll(writer);
        assert.equal(writer.outbox.queueSize, 0);
      }
    }
  });

  it('of 32 KiB and more is queued by reference where it is not masked, and is a copy else', () => {
    for (const [role, length, byReference] of [
      ['server', BY_REFERENCE, true], ['server', BY_REFERENCE - 1, false], ['client', BY_REFERENCE, false],
    ] as const) {
      const writer = writerOf(role);
      assert.equal(writer.masks, role === 'client');
      assert.equal(writer.takesReference(length), byReference);
      const payload = new Uint8Array(length).fill(1);
      writer.frame(FIN | BINARY, payload, length);
      payload.fill(2);
      const expected = new Uint8Array(length).fill(byReference ? 2 : 1);
      assert.equal(toHex(takeAll(writer)), toHex(frame({ opcode: BINARY, payload: expected, mask: role === 'client' })));
      assert.ok(payload.every((byte) => byte === 2), 'it is never changed');
    }
  });

  it('is made of a stretch of bytes that are only lent, also by a server, and of many', () => {
    for (const length of LENGTHS) {
      const payload = new Random(length).bytes(length);
      for (const around of ['', 'aabbcc']) {
        const lent = concat(hex(around), payload, hex(around));
        const start = around.length / 2;
        writes((writer) => {
          const bytes = lent.slice();
          writer.copy(FIN | RSV1 | BINARY, bytes, start, start + length, length);
          assert.deepEqual(bytes, lent);
          bytes.fill(0);
        }, { rsv: RSV1, opcode: BINARY, payload });
      }
    }
  });

  it('is made of a payload that was written where it belongs', () => {
    for (const role of ROLES) {
      const writer = writerOf(role);
      const { outbox } = writer;
      outbox.reserve(20);
      outbox.bytes.set(hex('48656c6c6f'), outbox.at + (writer.masks ? 6 : 2));
      writer.commit(FIN | TEXT, 5, 5);
      assert.equal(outbox.queueSize, 5);
      assert.equal(toHex(takeAll(writer)), toHex(frame({ opcode: TEXT, payload: 'Hello', mask: writer.masks })));
    }
  });

  it('that is whole goes out as it is: from 32 KiB of payload on itself, below a copy', () => {
    for (const length of LENGTHS) {
      const writer = writerOf('server');
      const whole = frame({ opcode: BINARY, payload: new Uint8Array(length) });
      writer.whole(whole, length);
      assert.equal(writer.outbox.queueSize, length);
      const taken = writer.outbox.take();
      assert.equal(taken === whole, length >= BY_REFERENCE, `${length}`);
      assert.notEqual(taken?.buffer === whole.buffer, length < BY_REFERENCE);
      assert.deepEqual(taken, whole);
    }
  });
});

describe('a control frame', () => {
  it('is an array of its own around a stretch of bytes that stay as they are, masked by a client, and not queued', () => {
    for (const role of ROLES) {
      for (const length of [0, 1, 80, 125]) {
        const payload = new Random(length).bytes(length);
        const lent = concat(hex('ffff'), payload, hex('ff'));
        const before = lent.slice();
        const writer = writerOf(role);
        const control = writer.control(PONG, lent, 2, 2 + length);
        assert.equal(toHex(control), toHex(frame({ opcode: PONG, payload, mask: role === 'client' })));
        assert.deepEqual(lent, before);
        assert.equal(control.byteLength, control.buffer.byteLength, 'it holds nobody’s memory');
        assert.equal(writer.outbox.take(), null);
      }
    }
  });
});

describe('§5.3: the masking key', () => {
  it('is a new one for every frame of a client; a server draws none [6455-5.1-4]', () => {
    const random = new Random(53);
    let asked = 0;
    const platform = portablePlatform({ random: (target) => {
      asked++;
      random.fill(target);
    } });
    const server = writerOf('server', platform);
    server.frame(FIN | BINARY, hex('00'), 1);
    server.control(PING, hex('00'), 0, 1);
    assert.equal(asked, 0);

    const client = writerOf('client', platform);
    const keys = new Set<string>();
    for (let i = 0; i < 100; i++) {
      client.frame(FIN | BINARY, hex(''), 0);
      client.copy(FIN | BINARY, hex('00'), 0, 0, 0);
      const bytes = concat(takeAll(client), client.control(PING, hex(''), 0, 0));
      for (let at = 0; at < bytes.length; at += 6) keys.add(toHex(bytes, at + 2, at + 6));
    }
    assert.equal(keys.size, 300);
  });
});
