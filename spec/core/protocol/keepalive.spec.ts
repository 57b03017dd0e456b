import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { ControlPayload } from '../../../lib/core/protocol/control-payload.ts';
import { Keepalive } from '../../../lib/core/protocol/keepalive.ts';
import type { KeepaliveOptions } from '../../../lib/core/protocol/keepalive.ts';
import { FrameDecoder } from '../../../lib/core/wire/frame-decoder.ts';
import { hex, toHex } from '../../support/bytes.ts';
import { frame } from '../../support/frames.ts';

const PONG = 0xa;

/** The payload of a Pong, as a connection hands it on. */
function pong(payload: Uint8Array): ControlPayload {
  const decoder = new FrameDecoder('client', { maxFrameSize: Infinity, maxMessageSize: Infinity, maxFragments: Infinity }, false);
  const chunk = frame({ opcode: PONG, payload });
  const control = new ControlPayload();
  decoder.load(chunk);
  assert.ok(decoder.next() && control.gather(chunk, decoder));
  return control;
}

/**
 * What the policy does up to `until`, told the time at each deadline: `25 ping`, `45 missed`, `70 dead`. `heardAt` are times at which
 * something arrives, just before the time is told.
 */
function played(options: KeepaliveOptions, until: number, heardAt: readonly number[] = []): string[] {
  const keepalive = new Keepalive(options);
  const lines: string[] = [];
  const times = [...heardAt];
  let now = 0;
  keepalive.advance(now);
  for (;;) {
    const heard = times[0] !== undefined && times[0] <= keepalive.deadline ? times.shift() : undefined;
    if (heard !== undefined) {
      keepalive.heard();
      now = heard;
      continue;
    }
    now = Math.max(now, keepalive.deadline);
    if (now > until) return lines;
    const action = keepalive.advance(now);
    lines.push(`${now} ${action === 'none' ? 'missed' : action}`);
    if (action === 'dead') return lines;
    assert.ok(keepalive.deadline > now, 'the deadline moves on');
  }
}

describe('keepalive options', () => {
  it('are 25 s, 20 s and one miss if nothing is said', () => {
    const { interval, timeout, misses, roundTripTime } = new Keepalive();
    assert.deepEqual([interval, timeout, misses, roundTripTime], [25_000, 20_000, 1, NaN]);
  });

  it('are three independent values', () => {
    const { interval, timeout, misses } = new Keepalive({ interval: 1, timeout: 2, misses: 3 });
    assert.deepEqual([interval, timeout, misses], [1, 2, 3]);
  });

  it('are refused when unknown or nonsense, by name', () => {
    assert.throws(() => new Keepalive({ pingInterval: 1 } as KeepaliveOptions),
      { name: 'TypeError', message: /^keepalive\.pingInterval is not an option/ });
    assert.throws(() => new Keepalive('on' as KeepaliveOptions), { name: 'TypeError', message: 'keepalive must be an object, found on' });
    for (const [name, least] of [['interval', 1], ['timeout', 1], ['misses', 0]] as const) {
      for (const value of [least - 1, 0.5, NaN]) {
        assert.throws(() => new Keepalive({ [name]: value }), { name: 'RangeError', message: new RegExp(`^keepalive\\.${name} must be`) });
      }
      assert.throws(() => new Keepalive({ [name]: '9' } as KeepaliveOptions),
        { name: 'TypeError', message: `keepalive.${name} must be a number, found string` });
    }
  });
});

describe('the liveness policy', () => {
  it('asks for the time at once, and counts the first interval from it', () => {
    const keepalive = new Keepalive({ interval: 25 });
    assert.equal(keepalive.deadline, -Infinity);
    assert.equal(keepalive.advance(1000), 'none');
    assert.equal(keepalive.deadline, 1025);
    assert.equal(keepalive.advance(1024), 'none');
    assert.equal(keepalive.advance(1025), 'ping');
  });

  it('sends no Ping when the interval is Infinity', () => {
    const keepalive = new Keepalive({ interval: Infinity });
    assert.equal(keepalive.deadline, Infinity);
    assert.equal(keepalive.advance(1e12), 'none');
    assert.equal(keepalive.deadline, Infinity);
  });

  it('judges at the timeout, not a millisecond before', () => {
    const keepalive = new Keepalive({ interval: 25, timeout: 20, misses: 0 });
    keepalive.advance(0);
    keepalive.advance(25);
    assert.equal(keepalive.deadline, 45);
    assert.equal(keepalive.advance(44), 'none');
    assert.equal(keepalive.advance(45), 'dead');
  });

  it('tolerates as many misses in a row as it is told', () => {
    assert.deepEqual(played({ interval: 25, timeout: 20, misses: 0 }, 500), ['25 ping', '45 dead']);
    assert.deepEqual(played({ interval: 25, timeout: 20, misses: 1 }, 500), ['25 ping', '45 missed', '50 ping', '70 dead']);
    assert.deepEqual(played({ interval: 25, timeout: 20, misses: 2 }, 500),
      ['25 ping', '45 missed', '50 ping', '70 missed', '75 ping', '95 dead']);
    assert.equal(played({ interval: 25, timeout: 20, misses: Infinity }, 500).includes('dead'), false);
  });

  it('keeps the interval while the peer is heard, with a timeout shorter or longer than it', () => {
    for (const timeout of [1, 5, 10, 35, 1000]) {
      assert.deepEqual(played({ interval: 10, timeout, misses: 0 }, 40, [11, 21, 31]), ['10 ping', '20 ping', '30 ping', '40 ping'],
        `timeout ${timeout}`);
    }
  });

  it('sends no further Ping while one is unanswered', () => {
    assert.deepEqual(played({ interval: 10, timeout: 35, misses: 1 }, 500), ['10 ping', '45 ping', '80 dead']);
    assert.deepEqual(played({ interval: 10, timeout: 35, misses: 0 }, 500, [30]), ['10 ping', '30 ping', '65 dead']);
  });

  it('takes any byte for life, and counts misses anew after it', () => {
    assert.deepEqual(played({ interval: 25, timeout: 20, misses: 1 }, 150, [60]),
      ['25 ping', '45 missed', '50 ping', '75 ping', '95 missed', '100 ping', '120 dead']);
  });

  it('takes a byte that came after the timeout for life too: misses count in a row', () => {
    assert.deepEqual(played({ interval: 25, timeout: 20, misses: 1 }, 150, [47, 72]),
      ['25 ping', '45 missed', '50 ping', '70 missed', '75 ping', '95 missed', '100 ping', '120 dead']);
  });

  it('does not take a byte from before the Ping for an answer', () => {
    const keepalive = new Keepalive({ interval: 10, timeout: 5, misses: 0 });
    keepalive.advance(0);
    keepalive.heard();
    assert.equal(keepalive.advance(10), 'ping');
    assert.equal(keepalive.advance(15), 'dead');
  });

  it('is not late when the time is told late: the next Ping counts from then', () => {
    const keepalive = new Keepalive({ interval: 10, timeout: 5 });
    keepalive.advance(0);
    assert.equal(keepalive.advance(1000), 'ping');
    keepalive.heard();
    assert.equal(keepalive.deadline, 1010);
  });

  it('has nothing more to do once stopped', () => {
    const keepalive = new Keepalive({ interval: 10, timeout: 5, misses: 0 });
    keepalive.advance(0);
    keepalive.advance(10);
    keepalive.pong(pong(keepalive.payload));
    keepalive.stop();
    assert.equal(keepalive.deadline, Infinity);
    assert.equal(keepalive.advance(1000), 'none');
  });
});

describe('the round-trip time', () => {
  function pinged(): Keepalive {
    const keepalive = new Keepalive({ interval: 10, timeout: 50 });
    keepalive.advance(0);
    assert.equal(keepalive.advance(10), 'ping');
    return keepalive;
  }

  it('is from the Ping to the time told after its Pong, which is asked for at once', () => {
    const keepalive = pinged();
    keepalive.heard();
    keepalive.pong(pong(keepalive.payload));
    assert.equal(keepalive.deadline, -Infinity);
    keepalive.advance(13);
    assert.equal(keepalive.roundTripTime, 3);
    assert.equal(keepalive.deadline, 20);
  });

  it('is of the latest Ping only', () => {
    const keepalive = pinged();
    const old = keepalive.payload;
    keepalive.heard();
    assert.equal(keepalive.advance(20), 'ping');
    keepalive.pong(pong(old));
    assert.notEqual(keepalive.deadline, -Infinity);
    keepalive.pong(pong(keepalive.payload));
    keepalive.advance(24);
    assert.equal(keepalive.roundTripTime, 4);
  });

  it('is not measured by a Pong nobody asked for', () => {
    const keepalive = new Keepalive({ interval: 10, timeout: 50 });
    keepalive.pong(pong(keepalive.payload));
    keepalive.advance(0);
    keepalive.pong(pong(hex('00000000')));
    assert.equal(keepalive.deadline, 10);
    keepalive.advance(10);
    keepalive.pong(pong(hex('00000002')));
    assert.equal(keepalive.deadline, 60);
    assert.ok(Number.isNaN(keepalive.roundTripTime));
  });

  it('is not measured by a Pong after the judgement', () => {
    const keepalive = pinged();
    keepalive.advance(60);
    const { payload } = keepalive;
    assert.equal(toHex(payload), '00000002', 'the judgement was followed by the next Ping');
    keepalive.pong(pong(hex('00000001')));
    keepalive.advance(61);
    assert.ok(Number.isNaN(keepalive.roundTripTime));
  });

  it('uses a new serial number in network byte order for each Ping', () => {
    const keepalive = new Keepalive({ interval: 1, timeout: 1, misses: Infinity });
    const payloads: string[] = [];
    for (let now = 0; now < 300; now++) if (keepalive.advance(now) === 'ping') payloads.push(toHex(keepalive.payload));
    assert.deepEqual([payloads[0], payloads[1], payloads[255]], ['00000001', '00000002', '00000100']);
  });
});

describe('data in a Ping', () => {
  it('comes before the serial number, is copied, and may be as long as there is room', () => {
    for (const data of [hex('aabb'), Buffer.from(hex('aabb'))]) {
      const keepalive = new Keepalive({ interval: 1, data });
      data.fill(0);
      keepalive.advance(0);
      keepalive.advance(1);
      assert.equal(toHex(keepalive.payload), 'aabb00000001');
    }
    assert.equal(new Keepalive({ data: new Uint8Array(121) }).payload.length, 125);
  });

  it('is bytes, and no more than fit a Ping', () => {
    assert.throws(() => new Keepalive({ data: 'ping' } as never),
      { name: 'TypeError', message: 'keepalive.data must be a Uint8Array, found string' });
    assert.throws(() => new Keepalive({ data: new Uint8Array(122) }),
      { name: 'RangeError', message: 'keepalive.data has at most 121 bytes, found 122 (§5.5)' });
  });

  it('is in the Pong that measures the round trip', () => {
    const keepalive = new Keepalive({ interval: 10, timeout: 50, data: hex('aa') });
    keepalive.advance(0);
    keepalive.advance(10);
    keepalive.heard();
    keepalive.pong(pong(hex('00000001')));
    assert.notEqual(keepalive.deadline, -Infinity);
    keepalive.pong(pong(hex('aa00000001')));
    keepalive.advance(12);
    assert.equal(keepalive.roundTripTime, 2);
  });
});

describe('a policy that takes over from another', () => {
  it('keeps the round trip that was measured and counts its serial numbers on: a late Pong is none of its own', () => {
    const before = new Keepalive({ interval: 10 });
    before.advance(0);
    before.advance(10);
    before.heard();
    before.pong(pong(before.payload));
    before.advance(14);
    const keepalive = new Keepalive({ interval: 5 }, before);
    assert.equal(keepalive.roundTripTime, 4);
    assert.equal(keepalive.deadline, -Infinity);
    assert.equal(keepalive.advance(20), 'none');
    assert.equal(keepalive.advance(25), 'ping');
    assert.equal(toHex(keepalive.payload), '00000002');
  });
});
