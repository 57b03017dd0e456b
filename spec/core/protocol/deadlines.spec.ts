import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Deadlines } from '../../../lib/core/protocol/deadlines.ts';

describe('the deadlines of a connection', () => {
  it('without a keepalive: none', () => {
    const deadlines = new Deadlines({ keepalive: 'off' });
    assert.equal(deadlines.keepalive, null);
    assert.equal(deadlines.next, Infinity);
    assert.equal(deadlines.advanceKeepalive(1e9), 'none');
    assert.equal(deadlines.pause(true), false);
    assert.equal(deadlines.pause(false), false);
    deadlines.settle();
  });

  it('by default: the keepalive’s', () => {
    const deadlines = new Deadlines({});
    assert.equal(deadlines.next, -Infinity);
    assert.equal(deadlines.advanceKeepalive(0), 'none');
    assert.equal(deadlines.next, 25_000);
    assert.equal(deadlines.advanceKeepalive(25_000), 'ping');
  });

  it('are asked about at the first of them', () => {
    const deadlines = new Deadlines({ keepalive: { interval: 5000 } });
    deadlines.advanceKeepalive(0);
    deadlines.message.set(3000);
    deadlines.advanceMessage(0);
    assert.equal(deadlines.next, 3000);
    deadlines.countControl();
    deadlines.advanceControl(0);
    assert.equal(deadlines.next, 1000);
    deadlines.awaitTransportEnd();
    assert.equal(deadlines.next, -Infinity);
    deadlines.close.advance(0);
    deadlines.close.cancel();
    deadlines.settle();
    assert.equal(deadlines.next, Infinity);
  });

  it('wait 10 s for our Close and 1 s for the transport’s end, or as long as they are told', () => {
    for (const [options, close, linger] of [[{}, 10_000, 1000], [{ closeTimeout: 7, lingerTimeout: 5 }, 7, 5]] as const) {
      const deadlines = new Deadlines({ keepalive: 'off', ...options });
      deadlines.awaitClose();
      deadlines.close.advance(100);
      assert.equal(deadlines.next, 100 + close);
      deadlines.awaitTransportEnd();
      deadlines.close.advance(200);
      assert.equal(deadlines.next, 200 + linger);
    }
  });

  it('count control frames by the second, from the first of them', () => {
    const deadlines = new Deadlines({ keepalive: 'off' });
    assert.deepEqual([deadlines.countControl(), deadlines.countControl()], [1, 2]);
    deadlines.advanceControl(500);
    deadlines.advanceControl(1499);
    assert.equal(deadlines.countControl(), 3);
    deadlines.advanceControl(1500);
    assert.equal(deadlines.next, Infinity);
    assert.equal(deadlines.countControl(), 1);
  });
});

describe('the deadline of a message', () => {
  it('begins with its first part and is over with its last', () => {
    const deadlines = new Deadlines({ keepalive: 'off' });
    deadlines.messageCame(false, 100);
    assert.equal(deadlines.advanceMessage(0), false);
    deadlines.messageCame(false, 7);
    assert.equal(deadlines.next, 100);
    deadlines.messageCame(true, 100);
    assert.equal(deadlines.next, Infinity);
  });

  it('changes under a message, and says whether there was one', () => {
    const deadlines = new Deadlines({ keepalive: 'off' });
    assert.equal(deadlines.changeMessage(50), false);
    assert.equal(deadlines.next, Infinity);
    deadlines.messageCame(false, 100);
    deadlines.advanceMessage(0);
    assert.equal(deadlines.changeMessage(50), true);
    assert.equal(deadlines.next, 50);
    assert.equal(deadlines.changeMessage(Infinity), true);
    assert.equal(deadlines.next, Infinity);
  });
});

describe('another keepalive', () => {
  it('begins anew, or is none', () => {
    const deadlines = new Deadlines({});
    deadlines.advanceKeepalive(0);
    deadlines.setKeepalive({ interval: 10 }, true);
    assert.equal(deadlines.next, -Infinity);
    deadlines.advanceKeepalive(5);
    assert.equal(deadlines.next, 15);
    deadlines.setKeepalive('off', true);
    assert.deepEqual([deadlines.keepalive, deadlines.next], [null, Infinity]);
    deadlines.setKeepalive('off', false);
    deadlines.setKeepalive({}, true);
    assert.equal(deadlines.next, -Infinity);
  });

  it('stands still when it is too late for Pings', () => {
    const deadlines = new Deadlines({});
    deadlines.setKeepalive({ interval: 10 }, false);
    assert.equal(deadlines.next, Infinity);
  });
});

describe('a pause', () => {
  function underWay(): Deadlines {
    const deadlines = new Deadlines({ keepalive: 'off' });
    deadlines.message.set(100);
    assert.equal(deadlines.advanceMessage(0), false);
    return deadlines;
  }

  it('under no message moves nothing', () => {
    const deadlines = new Deadlines({ keepalive: 'off' });
    assert.equal(deadlines.pause(true), false);
    assert.equal(deadlines.next, Infinity);
  });

  it('asks for the time when it begins and when it ends, and is taken off the message’s deadline', () => {
    const deadlines = underWay();
    assert.equal(deadlines.pause(true), true);
    assert.equal(deadlines.next, -Infinity);
    assert.equal(deadlines.advanceMessage(60), false);
    assert.equal(deadlines.next, Infinity, 'the message’s deadline stands still');
    assert.equal(deadlines.advanceMessage(500), false);
    assert.equal(deadlines.pause(false), true);
    assert.equal(deadlines.next, -Infinity);
    assert.equal(deadlines.advanceMessage(1000), false);
    assert.equal(deadlines.next, 1040);
    assert.equal(deadlines.advanceMessage(1039), false);
    assert.equal(deadlines.advanceMessage(1040), true);
  });

  it('of no time takes nothing off', () => {
    const deadlines = underWay();
    deadlines.pause(true);
    deadlines.pause(false);
    assert.equal(deadlines.advanceMessage(100), true);
  });

  it('that began before the message does not count for it', () => {
    const deadlines = new Deadlines({ keepalive: 'off' });
    deadlines.pause(true);
    deadlines.advanceMessage(0);
    deadlines.pause(false);
    deadlines.message.set(100);
    assert.equal(deadlines.next, -Infinity);
    deadlines.advanceMessage(50);
    assert.equal(deadlines.next, 150);
  });

  it('arms no message that has just begun, until it ends', () => {
    const deadlines = new Deadlines({ keepalive: 'off' });
    deadlines.message.set(100);
    deadlines.pause(true);
    assert.equal(deadlines.advanceMessage(0), false);
    assert.equal(deadlines.next, Infinity);
    deadlines.pause(false);
    assert.equal(deadlines.advanceMessage(900), false);
    assert.equal(deadlines.next, 1000);
  });

  it('makes the peer’s silence nobody’s fault, as long as it lasts and for the Ping it ends under', () => {
    const deadlines = new Deadlines({ keepalive: { interval: 10, timeout: 5, misses: 0 } });
    deadlines.advanceKeepalive(0);
    deadlines.pause(true);
    for (const now of [10, 20, 30]) assert.equal(deadlines.advanceKeepalive(now), 'ping');
    deadlines.pause(false);
    assert.equal(deadlines.advanceKeepalive(35), 'none');
    assert.equal(deadlines.advanceKeepalive(40), 'ping');
    assert.equal(deadlines.advanceKeepalive(45), 'dead');
  });

  it('is over when the connection is', () => {
    const deadlines = underWay();
    deadlines.pause(true);
    deadlines.settle();
    assert.equal(deadlines.next, Infinity);
  });
});
