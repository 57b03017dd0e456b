import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';

import { HostedInflater } from '../../../lib/core/deflate/hosted-inflater.ts';
import type { HostInflate } from '../../../lib/core/deflate/hosted-inflater.ts';
import { INFLATE_PIECE } from '../../../lib/core/deflate/inflate-pool.ts';
import { MESSAGE_TOO_BIG } from '../../../lib/core/wire/violation.ts';
import { hex, utf8 } from '../../support/bytes.ts';
import { Random } from '../../support/random.ts';

const TAIL = Uint8Array.of(0, 0, 0xff, 0xff);

/** A host that inflates with zlib whatever it is asked for, and remembers what that was. */
class Host implements HostInflate {
  readonly from = 10;
  readonly to = 1000;
  readonly asked: { readonly size: number; readonly history: number; readonly room: number }[] = [];

  inflate(bytes: Uint8Array, start: number, end: number, dictionary: Uint8Array, room: number): Uint8Array | null {
    this.asked.push({ size: end - start, history: dictionary.length, room });
    try {
      const input = Buffer.concat([bytes.subarray(start, end), TAIL]);
      return inflateRawSync(input, {
        finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: room, ...dictionary.length > 0 && { dictionary },
      });
    } catch {
      return null;
    }
  }
}

function setUp(contextTakeover: boolean): { readonly host: Host; readonly inflater: HostedInflater } {
  const host = new Host();
  return { host, inflater: new HostedInflater({ contextTakeover, allocate: (size) => new Uint8Array(size) }, host) };
}

/** The payload of a message, with `history` before it. */
function compressed(message: Uint8Array, history: Uint8Array = new Uint8Array(0)): Uint8Array {
  return deflateRawSync(message, {
    finishFlush: constants.Z_SYNC_FLUSH, ...history.length > 0 && { dictionary: history },
  }).subarray(0, -4);
}

/** Loads one payload whole and tells its pieces. */
function told(inflater: HostedInflater, payload: Uint8Array, room: number = Infinity): Uint8Array[] {
  inflater.load(payload, 0, payload.length, true, room);
  const pieces: Uint8Array[] = [];
  do {
    assert.equal(inflater.next(), 'piece');
    pieces.push(Uint8Array.from(inflater.output.subarray(inflater.start, inflater.end)));
  } while (!inflater.last);
  return pieces;
}

const text = (seed: number, size: number): Uint8Array =>
  Buffer.from(Array.from({ length: size }, (_, i) => 'abcdefgh'[(i * i * seed + (i >> 3)) % 8]).join(''));

describe('an inflater with a host', () => {
  it('asks the host for whole messages of a middling size, and for no others', () => {
    const { host, inflater } = setUp(false);
    const short = compressed(utf8('ab'));
    const middling = compressed(text(2, 300));
    const long = compressed(new Random(1).bytes(3000));
    assert.ok(short.length < host.from && middling.length >= host.from && middling.length <= host.to && long.length > host.to);
    for (const payload of [short, long]) told(inflater, payload);
    assert.equal(host.asked.length, 0);
    assert.deepEqual(Buffer.concat(told(inflater, middling)), Buffer.from(text(2, 300)));
    assert.deepEqual(host.asked, [{ size: middling.length, history: 0, room: INFLATE_PIECE }]);
    assert.equal(inflater.consumed, middling.length);

    // A message in two loads is not whole in either.
    inflater.load(middling, 0, 20, false, Infinity);
    while (inflater.next() === 'piece') { /* the beginning */ }
    const rest: Uint8Array[] = [];
    inflater.load(middling, 20, middling.length, true, Infinity);
    while (inflater.next() === 'piece' && rest.push(inflater.output.slice(inflater.start, inflater.end)) > 0 && !inflater.last) { /* the rest */ }
    assert.equal(host.asked.length, 1);
    assert.equal(inflater.last, true);
    assert.ok(inflater.consumed > 20 && inflater.consumed <= middling.length, 'the portable inflater\'s');
    assert.equal(told(inflater, middling).length, 1);
    assert.equal(host.asked.length, 2, 'the message after it is whole again');
  });

  it('tells what the host made as one last piece, which may be changed while it is told', () => {
    const { host, inflater } = setUp(true);
    const [first, second] = [text(3, 400), text(5, 400)];
    inflater.load(compressed(first), 0, compressed(first).length, true, Infinity);
    assert.equal(inflater.next(), 'piece');
    assert.deepEqual([inflater.start, inflater.end, inflater.last], [0, 400, true]);
    inflater.output.fill(0x21);
    inflater.detach();
    assert.equal(inflater.output.length, 0, 'it is not kept');
    assert.deepEqual(Buffer.concat(told(inflater, compressed(second, first))), Buffer.from(second));
    assert.equal(host.asked[1]?.history, 400);
  });

  it('keeps one history, whoever inflates', () => {
    const { host, inflater } = setUp(true);
    let history: Uint8Array = new Uint8Array(0);
    for (const size of [3, 300, 2, 4000, 250, 5, 1, 1500]) {
      const message = size < 1000 ? text(size, size) : new Random(size).bytes(size).map((byte) => byte & 15);
      const payload = compressed(message, history);
      assert.deepEqual(Buffer.concat(told(inflater, payload)), Buffer.from(message), `${size} bytes`);
      history = Buffer.concat([history, message]).subarray(-32_768);
    }
    assert.deepEqual(host.asked.map(({ history: known }) => known), [3, 4561], 'the longer the history, the later it is asked');
    assert.equal(inflater.retainedBytes, 8192 + 1500, 'the window and the last piece');
    inflater.detach();
    assert.equal(inflater.retainedBytes, 8192);
    inflater.release();
    assert.equal(inflater.retainedBytes, 0);
  });

  it('leaves to the portable inflater what the host will not vouch for: the verdict is its', () => {
    const { host, inflater } = setUp(false);
    const big = compressed(Buffer.alloc(40_000, 'x'));
    assert.equal(Buffer.concat(told(inflater, big)).length, 40_000);
    assert.equal(host.asked.length, 1, 'it was asked, and more than a piece came of it');

    const corrupt = hex('f248cd c9c90700 ffffff ffffff ff');
    inflater.load(corrupt, 0, corrupt.length, true, Infinity);
    let step = inflater.next();
    while (step === 'piece') step = inflater.next();
    assert.equal(step, 'failed');
    assert.equal(inflater.violation?.name, 'DEFLATE_CORRUPT');
    assert.equal(inflater.at, 10, 'where LEN and NLEN turn out to differ');
  });

  it('holds the host to the room of the message', () => {
    const { host, inflater } = setUp(false);
    const payload = compressed(text(7, 500));
    inflater.load(payload, 0, payload.length, true, 499);
    assert.equal(inflater.next(), 'piece');
    assert.equal(inflater.next(), 'failed');
    assert.equal(inflater.violation, MESSAGE_TOO_BIG);
    assert.equal(host.asked[0]?.room, 499);
    const whole = setUp(false);
    assert.equal(told(whole.inflater, payload, 500).length, 1);
  });

  it('lets go of a result that is never told, and calls back through the inflater it is', () => {
    const { inflater } = setUp(true);
    const payload = compressed(text(9, 300));
    inflater.load(payload, 0, payload.length, true, Infinity);
    inflater.detach();
    assert.equal(inflater.next(), 'piece', 'what the host made needs nothing of what was lent');
    inflater.load(payload, 0, payload.length, true, Infinity);
    const ready = (): void => {};
    inflater.onReady = ready;
    assert.equal(inflater.onReady, ready);
    inflater.release();
    assert.deepEqual([inflater.output.length, inflater.end, inflater.start], [0, 0, 0]);
  });
});
