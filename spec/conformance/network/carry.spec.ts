// What carries a case over a socket, held to the tester's contract by a scripted tester, a peer by hand, and a clock that only specs move.

import { after, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { carry } from '../../../lib/conformance/network/carry.ts';
import type { CarryOptions } from '../../../lib/conformance/network/carry.ts';
import type { CaseResult } from '../../../lib/conformance/result.ts';
import type { Played } from '../../../lib/conformance/run.ts';
import type { Tester } from '../../../lib/conformance/tester/tester.ts';
import { connectBytes } from '../../../lib/node/byte-stream.ts';
import type { ByteStream } from '../../../lib/node/byte-stream.ts';
import { VirtualClock } from '../../support/clock.ts';
import { turns, virtualScheduler } from '../../support/duplex.ts';
import { rawServer } from '../../support/sockets.ts';
import type { RawPeer } from '../../support/sockets.ts';

/** A tester that says what it is told, and does what a spec tells it. */
class Script implements Tester {
  reads = true;
  outputEnded = false;
  abandoned = false;
  deadline = Infinity;
  result: CaseResult | null = null;
  readonly log: string[] = [];
  readonly output: Uint8Array[] = [];
  onReceive: (text: string) => void = () => {};
  onDeadline: () => void = () => {};
  #now = 0;
  #changed: () => void = () => {};

  receive(chunk: Uint8Array): void {
    const text = Buffer.from(chunk).toString();
    this.#put(`receive ${text.length > 40 ? text.length : text}`);
    this.onReceive(text);
  }

  receiveEnd(how: 'fin' | 'reset'): void {
    this.#put(how);
  }

  takeOutput(): Uint8Array | null {
    return this.output.shift() ?? null;
  }

  advance(now: number): void {
    assert.ok(now >= this.#now, 'time goes on');
    this.#now = now;
    if (now < this.deadline) return;
    this.#put(`late at ${now}`);
    this.onDeadline();
  }

  stop(why: string): void {
    this.end({ verdict: 'fail', why });
  }

  end(result: Partial<CaseResult> = {}): void {
    this.deadline = Infinity;
    this.result = { id: 'a/1', role: 'server', verdict: 'pass', why: '', seen: [], ms: 7, transcript: [], ...result };
  }

  async until(line: string): Promise<void> {
    while (!this.log.includes(line)) await new Promise<void>((resolve) => { this.#changed = resolve; });
  }

  #put(line: string): void {
    this.log.push(line);
    this.#changed();
  }
}

interface Scene {
  readonly script: Script;
  readonly clock: VirtualClock;
  readonly stream: ByteStream;
  readonly peer: RawPeer;
  readonly played: Promise<Played | null>;
}

const server = await rawServer();
const begun: ByteStream[] = [];
after(() => {
  server.close();
  for (const stream of begun) stream.destroy();
});

async function scene(prepare: (script: Script) => void, options: Partial<CarryOptions> = {}, read: string | null = null): Promise<Scene> {
  const stream = await connectBytes({ target: { address: '127.0.0.1', port: server.port, secure: false }, rejectUnauthorized: true, timeout: 30_000 });
  begun.push(stream);
  const peer = await server.next();
  const clock = new VirtualClock();
  const script = new Script();
  prepare(script);
  const played = carry(script, stream, {
    scheduler: virtualScheduler(clock), begun: 0, within: 10_000, most: 1_000_000, resets: false,
    signal: new AbortController().signal, ...options,
  }, read === null ? null : Buffer.from(read));
  played.catch(() => {}); // whoever awaits it is told
  return { script, clock, stream, peer, played };
}

describe('carry', () => {
  it('takes each write by itself, when the one before is away', async () => {
    const { peer, script, played } = await scene(({ output }) => output.push(Buffer.from('one'), Buffer.from('two'), Buffer.from('three')));
    const seen: string[] = [];
    peer.socket.on('data', (chunk: Buffer) => seen.push(chunk.toString()));
    await peer.until(({ text }) => text === 'onetwothree');
    assert.deepEqual(seen, ['one', 'two', 'three']);
    script.onReceive = () => script.end();
    peer.write('done');
    await played;
  });

  it('gives what was read of the stream before, then what comes', async () => {
    const { script, peer, played } = await scene((one) => { one.onReceive = (text) => { if (text === 'later') one.end(); }; }, {}, 'before');
    peer.write('later');
    await played;
    assert.deepEqual(script.log, ['receive before', 'receive later']);
  });

  it('reads only while the tester reads', async () => {
    const { script, peer, played, stream } = await scene((one) => {
      one.onReceive = () => { one.reads = false; };
    });
    peer.write('one');
    await script.until('receive one');
    peer.write('two');
    await turns(20);
    assert.deepEqual(script.log, ['receive one']);
    script.reads = true;
    script.onReceive = () => script.end();
    script.output.push(Buffer.from('go on'));
    stream.write(Buffer.from('-')); // what is taken wakes it
    assert.equal((await played)?.result.verdict, 'pass');
    assert.deepEqual(script.log, ['receive one', 'receive two']);
  });

  it('ends its side when everything is taken, and tells the end of the other', async () => {
    const { script, peer } = await scene((one) => {
      one.output.push(Buffer.from('last words'));
      one.outputEnded = true;
    });
    await peer.until(({ ended }) => ended);
    assert.equal(peer.text, 'last words');
    peer.socket.end('and yours');
    await script.until('fin');
    assert.deepEqual(script.log, ['receive and yours', 'fin']);
  });

  it('tells a reset as a reset, once', async () => {
    const { script, peer } = await scene(() => {});
    (peer.socket as Socket).resetAndDestroy();
    await script.until('reset');
    await turns(10);
    assert.deepEqual(script.log, ['reset']);
  });

  for (const resets of [true, false]) {
    it(`lets go of a transport that the tester abandons ${resets ? 'by a reset where the case says so' : 'without one'}`, async () => {
      const { peer, played } = await scene((one) => {
        one.onReceive = () => {
          one.abandoned = true;
          one.end();
        };
      }, { resets });
      peer.write('enough');
      await played;
      await peer.until(({ ended, closed }) => ended || closed);
      assert.equal((peer.error as NodeJS.ErrnoException | null)?.code, resets ? 'ECONNRESET' : undefined);
    });
  }

  it('resets at once when the tester abandons before it has a result', async () => {
    const { script, peer, clock, played } = await scene((one) => {
      one.onReceive = () => {
        one.abandoned = true;
        one.deadline = 50;
      };
      one.onDeadline = () => one.end();
    });
    peer.write('enough');
    await peer.until(({ closed }) => closed);
    assert.equal((peer.error as NodeJS.ErrnoException).code, 'ECONNRESET');
    await script.until('fin');
    clock.runUntil(50);
    await played;
  });

  it('brings away what is on its way when the case is over and the subject has ended', async () => {
    const { script, peer, played } = await scene(() => {});
    script.onReceive = () => {
      script.output.push(Buffer.from('good bye'));
      script.end();
    };
    peer.socket.end('good bye');
    await played;
    await peer.until(({ ended }) => ended);
    assert.equal(peer.text, 'good bye');
  });

  it('does not wait for ever for a peer that takes nothing', async () => {
    const { script, peer, clock, played } = await scene((one) => one.output.push(new Uint8Array(32 * 1024 * 1024)));
    peer.socket.pause();
    script.onReceive = () => script.end();
    peer.write('over');
    await played;
    clock.runUntil(1_000);
    peer.socket.resume();
    await peer.until(({ closed, ended }) => closed || ended);
    assert.ok(peer.received.length < 32 * 1024 * 1024);
  });

  it('measures the time from the beginning to the end', async () => {
    const { script, peer, clock, played } = await scene(() => {});
    clock.runUntil(1234);
    script.onReceive = () => script.end();
    peer.write('done');
    assert.equal((await played)?.result.ms, 1234);
  });
});

describe('deadlines', () => {
  it('are told when they have come', async () => {
    const { script, clock, played } = await scene((one) => {
      one.deadline = 100;
      one.onDeadline = () => one.end({ verdict: 'fail', seen: ['silence'] });
    });
    clock.runUntil(99);
    await turns(5);
    assert.deepEqual(script.log, []);
    clock.runUntil(100);
    assert.equal((await played)?.late, true);
    assert.deepEqual(script.log, ['late at 100']);
  });

  it('are not told before what has arrived was read: this process was busy, not the peer', async () => {
    const { script, peer, clock, played } = await scene((one) => { one.deadline = 100; });
    script.onReceive = () => script.end();
    peer.write('just in time');
    clock.runUntil(5_000); // in the same turn: it has not been read
    const result = await played;
    assert.deepEqual(script.log, ['receive just in time']);
    assert.equal(result?.late, false);
  });

  it('go on from then: what was late by our own fault leaves the next wait its whole time', async () => {
    const { script, peer, clock, played } = await scene((one) => { one.deadline = 100; });
    const told: number[] = [];
    const advance = script.advance.bind(script);
    script.advance = (now) => {
      told.push(now);
      advance(now);
    };
    script.onReceive = () => { script.deadline = (told.at(-1) as number) + 100; };
    script.onDeadline = () => script.end();
    peer.write('just in time');
    clock.runUntil(5_000);
    await script.until('receive just in time');
    assert.equal(told.at(-1), 99);
    clock.runUntil(5_099);
    await turns(5);
    assert.equal(script.result, null);
    clock.runUntil(5_101);
    await played;
  });

  it('wait for a long write that still makes progress, and no longer', async () => {
    const { script, peer, clock, played } = await scene((one) => {
      one.output.push(new Uint8Array(64 * 1024 * 1024));
      one.deadline = 100;
      one.onDeadline = () => one.end({ seen: ['silence'], verdict: 'fail' });
    });
    peer.socket.removeAllListeners('data');
    for (let round = 1; round <= 5; round++) {
      let read = 0;
      peer.socket.on('data', (chunk: Buffer) => { read += chunk.length; });
      peer.socket.resume();
      while (read < 8 * 1024 * 1024) await turns(1);
      peer.socket.pause().removeAllListeners('data');
      await turns(50); // nothing moves any more
      clock.run(90);
      await turns(5);
      assert.deepEqual(script.log, [], `round ${round}`);
    }
    clock.run(10);
    assert.equal((await played)?.late, true);
    assert.deepEqual(script.log, ['late at 100'], 'its clock stood still meanwhile');
  });

  it('of a case as a whole end it whatever comes meanwhile', async () => {
    const { script, peer, clock, played } = await scene((one) => {
      one.deadline = 100;
      one.onReceive = () => { one.deadline += 100; };
    }, { within: 1_000 });
    for (let i = 1; i < 10; i++) {
      peer.write(String(i));
      await script.until(`receive ${i}`);
      clock.runUntil(100 * i);
    }
    clock.runUntil(1_000);
    const one = await played;
    assert.equal(one?.late, true);
    assert.match(one?.result.why ?? '', /^not over after 1000 ms/);
  });
});

describe('bounds', () => {
  it('of what is read end a case whose subject sends without end', async () => {
    const { script, peer, played } = await scene(() => {}, { most: 10_000 });
    peer.write(new Uint8Array(10_000));
    await turns(20);
    assert.equal(script.result, null);
    peer.write('!');
    const one = await played;
    assert.equal(one?.late, false);
    assert.match(one?.result.why ?? '', /sends without end: 10000 octets/);
    await peer.until(({ ended, closed }) => ended || closed);
  });

  it('of patience: only what did not come in time makes a failure late', async () => {
    const lateness = async (result: Partial<CaseResult>): Promise<boolean | undefined> => {
      const { peer, played } = await scene((one) => { one.onReceive = () => one.end(result); });
      peer.write('!');
      return (await played)?.late;
    };
    assert.equal(await lateness({ verdict: 'fail', seen: ['text "a"', 'silence'] }), true);
    assert.equal(await lateness({ verdict: 'non-strict', seen: ['close 1000', 'open'] }), true);
    assert.equal(await lateness({ verdict: 'fail', seen: ['text "silence"', 'end (fin)'] }), false);
    assert.equal(await lateness({ verdict: 'pass', seen: ['open'] }), false);
  });
});

describe('breaking off', () => {
  it('lets go of the connection, and there is no result', async () => {
    const abort = new AbortController();
    const { peer, played } = await scene(() => {}, { signal: abort.signal });
    abort.abort();
    assert.equal(await played, null);
    await peer.until(({ ended }) => ended);
    const before = await scene((one) => one.output.push(Buffer.from('never')), { signal: abort.signal });
    assert.equal(await before.played, null);
    await before.peer.until(({ ended }) => ended);
    assert.equal(before.peer.text, '');
  });

  it('is also what a tester that throws comes to: its exception is for whoever waits', async () => {
    const { peer, played } = await scene((one) => { one.onReceive = () => { throw new Error('a mistake of ours'); }; });
    peer.write('!');
    await assert.rejects(played, /a mistake of ours/);
    await peer.until(({ ended }) => ended);
  });
});

describe('a case that is skipped before anything was written', () => {
  it('gives its stream away with what was read, so that a client that is in order is answered', async () => {
    const given: string[] = [];
    const decline = (stream: ByteStream, read: Uint8Array): void => {
      given.push(Buffer.from(read).toString());
      stream.observe({ data: () => {}, end: () => {}, progress: () => {}, drain: () => {}, close: () => {} });
      stream.write(Buffer.from('not for you'));
    };
    const { peer, played } = await scene((one) => {
      one.onReceive = (text) => {
        if (!text.endsWith('head')) return;
        one.abandoned = true;
        one.end({ verdict: 'skipped' });
      };
    }, { decline }, 'half a ');
    peer.write('head');
    assert.equal((await played)?.result.verdict, 'skipped');
    await peer.until(({ text }) => text === 'not for you');
    assert.deepEqual(given, ['half a head']);
  });

  it('is let go of once something was written', async () => {
    const { peer, played } = await scene((one) => {
      one.output.push(Buffer.from('said'));
      one.onReceive = () => {
        one.abandoned = true;
        one.end({ verdict: 'skipped' });
      };
    }, { decline: () => assert.fail('it was given away') });
    await peer.until(({ text }) => text === 'said');
    peer.write('!');
    await played;
    await peer.until(({ ended }) => ended);
  });
});
