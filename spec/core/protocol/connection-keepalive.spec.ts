// Keepalive as a connection does it: Pings on the wire, any byte as life, a paused reader that nobody is judged by, the round-trip
// time, and what becomes of a dead peer (§5.5.2; the arithmetic is keepalive.spec.ts's).

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { KeepaliveOptions } from '../../../lib/core/protocol/keepalive.ts';
import { hex } from '../../support/bytes.ts';
import { converse } from '../../support/transcript.ts';
import type { Conversation } from '../../support/transcript.ts';

const POLICY: KeepaliveOptions = { interval: 100, timeout: 30, misses: 0 };
const DEAD = ['closed 1006 PEER_SILENT @0', 'send 88 02 03f3'];

/** Up to the first Ping, at 100. */
function pinged(conversation: Conversation): void {
  conversation.advance(0);
  conversation.advance(100);
  conversation.expect('send 89 04 00000001');
}

describe('keepalive', () => {
  it('takes any byte for life: of a message under way, of a Pong nobody asked for, of half a header', () => {
    for (const digits of ['8101 61', '8a00', '8a04 00000009', '02', '8900']) {
      converse('client', { keepalive: POLICY }, (conversation) => {
        pinged(conversation);
        conversation.receive(hex(digits));
        conversation.pass(199);
        conversation.drain();
        conversation.lines();
        assert.equal(conversation.connection.state, 'open', digits);
        conversation.advance(200);
        conversation.expect('send 89 04 00000002');
      });
    }
  });

  it('does not take an empty chunk for life', () => {
    converse('client', { keepalive: POLICY }, (conversation) => {
      pinged(conversation);
      conversation.receive(hex(''));
      conversation.advance(130);
      conversation.expect(...DEAD);
    });
  });

  it('gives a silent peer up: once, with Close 1011, and the transport after lingerTimeout', () => {
    for (const misses of [0, 1, 2]) {
      converse('client', { keepalive: { ...POLICY, misses }, lingerTimeout: 50 }, (conversation) => {
        const { connection } = conversation;
        conversation.advance(0);
        const until = 100 * (misses + 1) + 30;
        conversation.pass(until - 1);
        conversation.drain();
        assert.equal(conversation.lines().length, misses + 1, 'Pings');
        assert.equal(connection.state, 'open');
        conversation.advance(until);
        assert.deepEqual([connection.state, connection.abandoned, connection.outputEnded], ['closed', false, true]);
        conversation.advance(until);
        conversation.expect(...DEAD);
        assert.equal(connection.deadline, until + 50);
        conversation.advance(until + 50);
        assert.deepEqual([connection.abandoned, connection.deadline], [true, Infinity]);
        conversation.expect();
      });
    }
  });

  it('gives up a peer also when nothing of what is sent leaves', () => {
    converse('server', { keepalive: POLICY }, (conversation) => {
      conversation.connection.sendText('abc');
      conversation.advance(0);
      conversation.advance(100);
      conversation.advance(130);
      conversation.expect('closed 1006 PEER_SILENT @0 unsent 3', 'send 89 04 00000001', 'send 88 02 03f3');
    });
  });

  it('does not judge while this side does not read', () => {
    converse('client', { keepalive: POLICY }, (conversation) => {
      conversation.advance(0);
      conversation.connection.pause();
      conversation.pass(1000);
      conversation.drain();
      assert.deepEqual(conversation.lines().length, 10);
      assert.equal(conversation.connection.state, 'open');
    });
  });

  it('does not judge a Ping under which a pause ended, however shortly before', () => {
    converse('client', { keepalive: POLICY }, (conversation) => {
      pinged(conversation);
      conversation.connection.pause();
      conversation.connection.resume();
      conversation.pass(199);
      conversation.expect();
      conversation.advance(200);
      conversation.expect('send 89 04 00000002');
      conversation.advance(230);
      conversation.expect(...DEAD);
    });
  });

  it('does not take input offered to a paused connection for life, but goes on when it is read', () => {
    converse('client', { keepalive: { ...POLICY, misses: 1 } }, (conversation) => {
      conversation.connection.pause();
      conversation.advance(0);
      conversation.receive(hex('8a00'));
      conversation.advance(100);
      conversation.connection.resume();
      conversation.offer();
      conversation.expect('pong', 'send 89 04 00000001');
    });
  });

  it('measures the round trip of its own Pings, at the time told next, and of no other', () => {
    converse('client', { keepalive: POLICY }, (conversation) => {
      const { connection } = conversation;
      pinged(conversation);
      connection.sendPing(hex('00000007'));
      conversation.receive(hex('8a04 00000007'));
      conversation.advance(105);
      assert.ok(Number.isNaN(connection.roundTripTime));
      conversation.receive(hex('8a04 00000001'));
      assert.equal(connection.deadline, -Infinity);
      conversation.advance(112);
      assert.equal(connection.roundTripTime, 12);
      conversation.advance(200);
      conversation.receive(hex('8a04 00000001'));
      conversation.advance(203);
      assert.equal(connection.roundTripTime, 12, 'the Pong of an older Ping');
      conversation.receive(hex('8a04 00000002'));
      conversation.advance(204);
      assert.equal(connection.roundTripTime, 4);
      conversation.expect('pong 00000007', 'pong 00000001', 'pong 00000001', 'pong 00000002', 'send 89 04 00000007', 'send 89 04 00000002');
    });
  });

  it('leaves the closing handshake to its own deadlines', () => {
    converse('client', { keepalive: POLICY, closeTimeout: 1000 }, (conversation) => {
      pinged(conversation);
      conversation.connection.close(1000);
      conversation.expect('send 88 02 03e8');
      conversation.advance(120);
      conversation.pass(1119);
      conversation.expect();
      conversation.advance(1120);
      conversation.expect('closed 1006 CLOSE_UNANSWERED @0');
    });
  });

  it('stops with the peer’s Close', () => {
    converse('client', { keepalive: POLICY, closeTimeout: 1000 }, (conversation) => {
      pinged(conversation);
      conversation.receive(hex('8800'));
      conversation.expect('closing 1005 ""', 'send 88 00');
      conversation.pass(999);
      conversation.expect();
      conversation.end();
      conversation.expect('closed 1005 clean');
    });
  });

  it('is on by default, under a minute, and off when told', () => {
    converse('client', { keepalive: {} }, (conversation) => {
      conversation.advance(0);
      assert.equal(conversation.connection.deadline, 25_000);
    });
    converse('client', { keepalive: 'off' }, ({ connection }) => assert.equal(connection.deadline, Infinity));
    converse('client', { keepalive: { interval: Infinity } }, ({ connection }) => assert.equal(connection.deadline, Infinity));
  });
});
