// The opening handshake and the connection behind it over one link: heads dripped byte by byte, frames that ride behind a head,
// deadlines, refusals. The end of the link changes hands without losing a byte.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { ClientHandshake } from '../../lib/core/handshake/client.ts';
import { ServerHandshake } from '../../lib/core/handshake/server.ts';
import type { Connection } from '../../lib/core/protocol/connection.ts';
import { VirtualClock } from '../support/clock.ts';
import { ClientHandshakeDriver, ServerHandshakeDriver } from '../support/driver.ts';
import { Link } from '../support/link.ts';
import type { LinkEnd, LinkOptions } from '../support/link.ts';
import { Side, seededPlatform } from './pair.ts';

const SECOND = 1_000;

interface Script {
  readonly link?: LinkOptions;
  readonly decide?: (handshake: ServerHandshake, clock: VirtualClock) => void;
  readonly protocols?: readonly string[];
  readonly timeout?: number;
  /** What a side does as soon as it has a connection. */
  readonly onOpen?: (connection: Connection) => void;
  readonly maxHeadSize?: number;
}

/** A client and a server from the first byte on. */
class Opening {
  readonly clock: VirtualClock = new VirtualClock();
  readonly link: Link;
  readonly clientHandshake: ClientHandshake;
  readonly serverHandshake: ServerHandshake;
  readonly drivers: readonly [ClientHandshakeDriver, ServerHandshakeDriver];
  client: Side | null = null;
  server: Side | null = null;

  constructor(script: Script = {}) {
    const { clock } = this;
    const platform = seededPlatform(7);
    const { timeout = 10 * SECOND, onOpen, decide = (it) => { it.accept(); } } = script;
    this.link = new Link(clock, script.link);
    this.clientHandshake = new ClientHandshake({
      platform, host: 'example.com', port: 80, secure: false, resource: '/chat', protocols: script.protocols ?? [], timeout,
    });
    this.serverHandshake = new ServerHandshake({ platform, timeout, limits: { maxHeadSize: script.maxHeadSize ?? 16_384 } });
    const open = (role: 'client' | 'server', end: LinkEnd): Side => {
      const side = new Side(role, clock, end, platform, { keepalive: 'off' }, {});
      onOpen?.(side.connection);
      return side;
    };
    this.drivers = [
      new ClientHandshakeDriver(clock, this.link.client, this.clientHandshake, (end) => { this.client = open('client', end); }),
      new ServerHandshakeDriver(clock, this.link.server, this.serverHandshake, (it) => decide(it, clock), (end) => { this.server = open('server', end); }),
    ];
  }

  get sides(): [Side, Side] {
    const { client, server } = this;
    if (client === null || server === null) throw new Error(`not open: ${this.clientHandshake.state}, ${this.serverHandshake.state}`);
    return [client, server];
  }
}

describe('the opening handshake over a link', () => {
  const links: Readonly<Record<string, LinkOptions>> = {
    'at once': {},
    'byte by byte': { up: { chunk: 1, bytesPerMs: 1 }, down: { chunk: 1, bytesPerMs: 1 } },
    'in chunks of 1 to 90 bytes with latency': { up: { chunk: 90, seed: 1, latency: 50 }, down: { chunk: 90, seed: 2, latency: 50 } },
  };
  for (const [name, link] of Object.entries(links)) {
    it(`opens ${name}, and what rides behind the heads arrives`, () => {
      const opening = new Opening({ link, protocols: ['a', 'b'], decide: (it) => { it.accept({ protocol: 'b' }); }, onOpen: (connection) => {
        connection.sendText(`hello from the ${connection.role}`);
        connection.close(1000);
      } });
      opening.clock.run(30 * SECOND);
      const [client, server] = opening.sides;
      const { result } = opening.clientHandshake;
      assert.equal(result?.kind === 'open' && result.protocol, 'b');
      assert.deepEqual([client.messages, server.messages], [['hello from the server'], ['hello from the client']]);
      for (const side of opening.sides) assert.equal(side.outcome.clean, true);
    });
  }

  it('a server may send behind its 101 before the client has read that: no byte is lost at any chunking', () => {
    for (let seed = 0; seed < 200; seed++) {
      const opening = new Opening({ link: { up: { chunk: 300, seed }, down: { chunk: 300, seed: seed + 1_000 } }, onOpen: (connection) => {
        if (connection.role === 'server') for (let i = 0; i < 20; i++) connection.sendText(`${i}`);
      } });
      opening.clock.run(SECOND);
      assert.deepEqual(opening.sides[0].messages, Array.from({ length: 20 }, (_, i) => `${i}`));
    }
  });

  it('a client that drips its request finishes just before the deadline, or is refused at it with 408', () => {
    // The request has more than 100 bytes and fewer than 200: at a byte every 50 ms it takes between 5 and 10 s.
    const dripped = new Opening({ link: { up: { chunk: 1, bytesPerMs: 1 / 50 } } });
    dripped.clock.run(10 * SECOND - 1);
    assert.equal(dripped.serverHandshake.state, 'accepted');
    const slower = new Opening({ link: { up: { chunk: 1, bytesPerMs: 1 / 100 } } });
    slower.clock.run(10 * SECOND - 1);
    assert.equal(slower.serverHandshake.state, 'reading');
    slower.clock.run(1);
    assert.equal(slower.serverHandshake.refusal?.name, 'HEAD_TIMEOUT');
    assert.equal(slower.serverHandshake.response?.status, 408);
    slower.clock.run(2 * SECOND);
    assert.equal(slower.server, null);
    assert.ok(slower.drivers[1].released, 'the server is rid of it a second later');
    const { result } = slower.clientHandshake;
    assert.equal(result?.kind === 'failed' && ['STATUS_NOT_101', 'RESPONSE_TIMEOUT'].includes(result.refusal.name), true);
  });

  it('a server that does not answer is given up by the client at its deadline', () => {
    const opening = new Opening({ decide: () => {}, timeout: 3 * SECOND });
    opening.clock.run(3 * SECOND - 1);
    assert.equal(opening.clientHandshake.state, 'reading');
    opening.clock.run(1);
    const { result } = opening.clientHandshake;
    assert.ok(result?.kind === 'failed');
    assert.ok(['RESPONSE_TIMEOUT', 'STATUS_NOT_101'].includes(result.refusal.name));
    assert.equal(opening.serverHandshake.refusal?.name, 'DECISION_TIMEOUT');
  });

  it('a decision may take its time, and a deadline that came first makes it void', () => {
    const late: boolean[] = [];
    const decide = (delay: number) => (it: ServerHandshake, clock: VirtualClock): void => { clock.after(delay, () => late.push(it.accept())); };
    const intime = new Opening({ decide: decide(9 * SECOND), timeout: 10 * SECOND });
    intime.clock.at(9 * SECOND, () => intime.drivers[1].soon());
    intime.clock.run(20 * SECOND);
    assert.equal(intime.clientHandshake.state, 'open');
    const toolate = new Opening({ decide: decide(11 * SECOND), timeout: 10 * SECOND });
    toolate.clock.run(20 * SECOND);
    assert.equal(toolate.clientHandshake.state, 'failed');
    assert.deepEqual(late, [true, false]);
  });

  it('§7.2.2: a refused client that never goes is gone within a second, with an answer that says why', () => {
    const opening = new Opening({ decide: (it) => { it.reject(403, { body: 'no' }); } });
    opening.clock.run(2 * SECOND);
    const { result } = opening.clientHandshake;
    assert.ok(result?.kind === 'failed');
    assert.deepEqual([result.refusal.name, result.response?.status, Buffer.from(result.body).toString()], ['STATUS_NOT_101', 403, 'no']);
    for (const driver of opening.drivers) assert.ok(driver.released);
    assert.deepEqual([opening.client, opening.server], [null, null]);
  });

  it('cut at every byte of either head, nothing opens that was not answered, and both sides end', () => {
    const whole = new Opening();
    whole.clock.run(SECOND);
    const lengths = { up: whole.link.server.received, down: whole.link.client.received };
    for (const direction of ['up', 'down'] as const) {
      for (let cutAfter = 1; cutAfter < lengths[direction]; cutAfter++) {
        const opening = new Opening({ link: { [direction]: { cutAfter, chunk: 7 } } });
        opening.clock.run(20 * SECOND);
        assert.equal(opening.clientHandshake.state, 'failed', `cut after ${cutAfter} bytes ${direction}`);
        assert.equal(opening.client, null);
        if (direction === 'up') assert.deepEqual([opening.serverHandshake.state, opening.server], ['refused', null]);
        else assert.equal(opening.server?.outcome.clean ?? false, false);
        for (const driver of opening.drivers) assert.ok(driver.released);
      }
    }
  });
});
