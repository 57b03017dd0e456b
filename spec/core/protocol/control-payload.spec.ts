import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { ControlPayload } from '../../../lib/core/protocol/control-payload.ts';
import { FrameDecoder } from '../../../lib/core/wire/frame-decoder.ts';
import { concat, hex, toHex } from '../../support/bytes.ts';
import { eachChunking } from '../../support/chunking.ts';
import { frame } from '../../support/frames.ts';
import { Random } from '../../support/random.ts';

const NO_LIMITS = { maxFrameSize: Infinity, maxMessageSize: Infinity, maxFragments: Infinity };
const PING = 0x9;

/** Every payload that `chunks` of control frames make whole. */
function gathered(role: 'client' | 'server', chunks: readonly Uint8Array[], control: ControlPayload = new ControlPayload()): string[] {
  const decoder = new FrameDecoder(role, NO_LIMITS, false);
  const payloads: string[] = [];
  for (const chunk of chunks) {
    decoder.load(chunk);
    while (decoder.next()) {
      if (!control.gather(chunk, decoder)) continue;
      assert.equal(toHex(control.view()), toHex(control.bytes, control.start, control.end));
      payloads.push(toHex(control.view()));
    }
    decoder.unload();
    control.release();
  }
  return payloads;
}

describe('the payload of a control frame', () => {
  it('is whole and unmasked at every chunking, one frame after another, of any length', () => {
    const payloads = [0, 1, 3, 4, 124, 125, 0, 80].map((length, seed) => new Random(seed).bytes(length));
    for (const role of ['client', 'server'] as const) {
      const input = concat(...payloads.map((payload) => frame({ opcode: PING, payload, mask: role === 'server' })));
      eachChunking(input, (chunks) => assert.deepEqual(gathered(role, chunks), payloads.map((payload) => toHex(payload))));
    }
  });

  it('is read where it lies when it comes in one piece, and holds no buffer', () => {
    const chunk = frame({ opcode: PING, payload: 'Hello' });
    const decoder = new FrameDecoder('client', NO_LIMITS, false);
    const control = new ControlPayload();
    decoder.load(chunk);
    assert.ok(decoder.next() && control.gather(chunk, decoder));
    assert.equal(control.bytes, chunk);
    assert.deepEqual([control.start, control.end, control.retainedBytes], [2, 7, 0]);
    control.release();
    assert.equal(control.bytes.length, 0);
  });

  it('is held, what has come of it, until the rest comes', () => {
    const control = new ControlPayload();
    assert.deepEqual(gathered('client', [hex('8905 4865')], control), []);
    assert.equal(control.retainedBytes, 2);
    control.forget();
    assert.equal(control.retainedBytes, 0);
    assert.deepEqual(gathered('client', [hex('8902 48'), hex('65')], control), ['4865']);
    assert.equal(control.retainedBytes, 0);
  });

  it('of a frame that is gathered does not change the one before, which somebody may have kept', () => {
    const control = new ControlPayload();
    const decoder = new FrameDecoder('client', NO_LIMITS, false);
    const kept: Uint8Array[] = [];
    for (const digits of ['8902 48', '65', '8902 66', '67']) {
      const chunk = hex(digits);
      decoder.load(chunk);
      while (decoder.next()) if (control.gather(chunk, decoder)) kept.push(control.view());
      decoder.unload();
    }
    assert.deepEqual(kept.map((view) => toHex(view)), ['4865', '6667']);
  });
});

describe('a serial number', () => {
  const holds = (payload: string, serial: number, before?: number): boolean => {
    const control = new ControlPayload();
    const decoder = new FrameDecoder('client', NO_LIMITS, false);
    const chunk = concat(frame({ opcode: PING, payload: hex('ff') }), frame({ opcode: PING, payload: hex(payload) }));
    decoder.load(chunk);
    while (decoder.next()) control.gather(chunk, decoder);
    return control.isSerial(serial, before);
  };

  it('is four bytes in network byte order', () => {
    assert.equal(holds('01020304', 0x01020304), true);
    assert.equal(holds('fffefdfc', 0xfffefdfc), true);
    assert.equal(holds('00000000', 0), true);
  });

  it('may stand behind other bytes, as many as are said', () => {
    assert.equal(holds('aabb01020304', 0x01020304, 2), true);
    for (const payload of ['aa01020304', 'aabbcc01020304', 'aabb01020300', '01020304']) assert.equal(holds(payload, 0x01020304, 2), false, payload);
  });

  it('differs in any byte, and in length', () => {
    for (const payload of ['00020304', '01000304', '01020004', '01020300', '010203', '0102030405', '']) {
      assert.equal(holds(payload, 0x01020304), false, payload);
    }
  });
});
