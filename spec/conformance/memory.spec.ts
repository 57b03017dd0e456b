// Runs in memory: the link between tester and endpoint, virtual time, endpoints that consume in parts, wait, spin or throw, and engines with and
// without an opening handshake, which run the same cases.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Case, SubjectRole } from '../../lib/conformance/case.ts';
import { CASES } from '../../lib/conformance/cases/index.ts';
import type { Endpoint, Engine } from '../../lib/conformance/engine.ts';
import { hawserEngine } from '../../lib/conformance/memory/hawser-engine.ts';
import { runInMemory } from '../../lib/conformance/memory/run-in-memory.ts';
import { TranscriptRecorder } from '../../lib/conformance/transcript/recorder.ts';
import type { CaseResult } from '../../lib/conformance/result.ts';
import { CLOSES, FAILS, define, message, passes, passesCleanly, sawAgain, sawText, text } from '../../lib/conformance/write.ts';
import { createCodecs } from '../../lib/core/deflate/codecs.ts';
import { compressionChoices } from '../../lib/core/deflate/compression-options.ts';
import { agreedBy, isFault, readParameters } from '../../lib/core/deflate/parameters.ts';
import { parseExtensions } from '../../lib/core/handshake/extensions.ts';
import { Malformed } from '../../lib/core/handshake/scanner.ts';
import { Connection } from '../../lib/core/protocol/connection.ts';
import type { SendResult } from '../../lib/core/protocol/events.ts';
import { MessageAssembler } from '../../lib/core/protocol/message-assembler.ts';
import type { MessageCompression } from '../../lib/core/wire/compression.ts';
import { nodePlatform } from '../../lib/node/platform.ts';
import { Random } from '../support/random.ts';

const ECHO: Case = define({
  id: '5.6/echo', does: 'Sends a text.', expects: 'It comes back.', requirements: [],
  steps: [{ send: [text('Hello')] }, { await: 1 }, CLOSES], outcomes: [passesCleanly(sawText('Hello'))],
});
const ENDS: Case = define({
  id: '7.1.4/end', does: 'Waits, and ends the transport.', expects: 'The subject ends it as well.', requirements: [],
  steps: [{ watch: 1_000 }, { end: 'fin' }, FAILS], outcomes: [passes('open', 'end'), passes('open', 'close', 'end')],
});

/** The engine's own server, with some of what it does replaced. */
function played(one: Case, replace: (own: Endpoint) => object): CaseResult {
  const own = hawserEngine({ platform: nodePlatform }).start('server', '') as Endpoint; // it knows servers
  const replaced = replace(own);
  const endpoint = new Proxy(own, {
    get: (_, name) => {
      const from = name in replaced ? replaced : own;
      const member: unknown = Reflect.get(from, name);
      return typeof member === 'function' ? member.bind(from) : member;
    },
  });
  return runInMemory({ name: 'replaced', opening: 'included', start: () => endpoint }, one, 'server', { platform: nodePlatform });
}

function fail(): never {
  throw new RangeError('an index is out of range');
}

describe('an engine in memory', () => {
  it('passes as long as nothing is wrong with it', () => {
    assert.equal(played(ECHO, () => ({})).verdict, 'pass');
    assert.equal(played(ENDS, () => ({})).verdict, 'pass');
  });

  for (const [name, one] of [['receive', ECHO], ['receiveEnd', ENDS], ['takeOutput', ECHO], ['advance', ECHO]] as const) {
    it(`fails the case when its ${name} throws, and the run goes on`, () => {
      const { verdict, why } = played(one, () => ({ [name]: fail }));
      assert.equal(verdict, 'fail');
      assert.match(why, /^the engine threw RangeError: an index is out of range: /);
    });
  }

  for (const [name, one] of [['outputEnded', ECHO], ['abandoned', ECHO], ['deadline', ENDS], ['retainedBytes', ECHO]] as const) {
    it(`fails the case when to ask for its ${name} throws, and the run goes on`, () => {
      const { verdict, why } = played(one, () => Object.defineProperty({}, name, { get: fail }));
      assert.equal(verdict, 'fail');
      assert.match(why, /^the engine threw RangeError: /);
    });
  }

  it('fails the case also when it throws what is no error, and has done everything right until then', () => {
    const { verdict, why, seen } = played(ECHO, (own) => ({
      receive: (chunk: Uint8Array) => {
        const consumed = own.receive(chunk);
        if (own.outputEnded) throw 'away';
        return consumed;
      },
    }));
    assert.equal(verdict, 'fail');
    assert.match(why, /^the engine threw a string: /);
    assert.equal(seen[0], 'text "Hello"');
  });
});

const MEMORY = { platform: nodePlatform };
const hawser = hawserEngine(MEMORY);

/** An engine whose endpoints are these. */
function engineOf(start: Engine['start'], opening: Engine['opening'] = 'none'): Engine {
  return { name: 'by hand', opening, start };
}

/** An endpoint that does nothing, but for what is said. */
function endpoint(does: Partial<Endpoint>): Endpoint {
  const nothing: Endpoint = {
    receive: () => {}, receiveEnd: () => {}, takeOutput: () => null, outputEnded: false, abandoned: false, deadline: Infinity, advance: () => {},
  };
  return Object.defineProperties({}, { ...Object.getOwnPropertyDescriptors(nothing), ...Object.getOwnPropertyDescriptors(does) }) as Endpoint;
}

/** A sample of the cases that takes no time: every so many of the light ones. */
const SAMPLE = CASES.filter(({ weight }, index) => weight !== 'heavy' && index % 19 === 0);

describe('a run in memory', () => {
  it('is the same run each time, octet by octet and time by time', () => {
    const run = (one: Case, role: SubjectRole): CaseResult => {
      const random = new Random(1);
      const platform = { ...nodePlatform, random: (target: Uint8Array) => random.fill(target) };
      return runInMemory(hawserEngine({ platform }), one, role, { platform, recorder: () => new TranscriptRecorder() });
    };
    for (const one of SAMPLE) {
      for (const role of one.roles) assert.deepEqual(run(one, role), run(one, role), one.id);
    }
  });

  it('takes virtual time: what waits for ten minutes takes none', () => {
    const one = define({ ...ECHO, steps: [{ watch: 600_000 }, CLOSES], outcomes: [passesCleanly('open')] });
    const { verdict, ms } = runInMemory(hawser, one, 'server', MEMORY);
    assert.deepEqual([verdict, ms], ['pass', 600_000]);
    assert.equal(runInMemory(engineOf(() => endpoint({})), ECHO, 'server', { ...MEMORY, patience: 12_345 }).ms, 12_345);
  });

  it('lends each write as it was written, and shows the tester a copy of what the endpoint gives', () => {
    const given = Uint8Array.of(0x81, 5, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x88, 2, 3, 0xe8);
    let left = 2;
    const lender = endpoint({
      receive: (chunk) => void chunk.fill(0),
      takeOutput: () => {
        given.fill(0, 0, left === 2 ? 0 : given.length); // what was taken before is nobody's any more
        return left-- === 2 ? given : null;
      },
      get outputEnded() { return left < 2; },
    });
    assert.deepEqual(runInMemory(engineOf(() => lender), ECHO, 'server', MEMORY).seen, ['text "Hello"', 'close 1000', 'end (fin)']);
  });

  it('holds up who writes to somebody who does not read, as a kernel does', () => {
    const one = define({ ...ECHO, steps: [{ send: [message('binary', { repeat: '00', length: 100_000 })], times: 9 }, CLOSES] });
    let offered = 0;
    const deaf = endpoint({
      receive: () => {
        offered++;
        return 0;
      },
    });
    const { verdict, why, ms } = runInMemory(engineOf(() => deaf), one, 'server', { ...MEMORY, patience: 1_000 });
    assert.equal(verdict, 'fail');
    assert.equal(why, 'expected text "Hello"; it did not come in time: the subject does not read on.');
    assert.ok(offered > 0 && ms === 1_000);
  });

  it('offers again what was not consumed, octet by octet if need be', () => {
    for (const one of SAMPLE.filter((_, index) => index % 3 === 0)) {
      for (const role of one.roles) {
        const nibbling = engineOf((side, extensions) => {
          const own = hawser.start(side, extensions) as Endpoint; // it plays both
          const taking = (chunk: Uint8Array): number => own.receive(chunk.subarray(0, 1)) as number; // it always says how many
          return new Proxy(own, { get: (_, name) => name === 'receive' ? taking : bound(own, name) });
        }, 'included');
        assert.equal(runInMemory(nibbling, one, role, MEMORY).verdict, runInMemory(hawser, one, role, { ...MEMORY, split: 1 }).verdict, one.id);
      }
    }
  });

  it('lets an endpoint that wants the time soon have it, and go on', () => {
    const slow = engineOf((side, extensions) => {
      const own = hawser.start(side, extensions) as Endpoint; // it plays both
      let asleep = 0;
      return new Proxy(own, {
        get: (_, name) => {
          if (name === 'deadline') return asleep > 0 ? -Infinity : own.deadline;
          if (name === 'outputEnded') return asleep === 0 && own.outputEnded;
          if (name === 'takeOutput') return () => (asleep > 0 ? null : own.takeOutput());
          if (name === 'receive') {
            return (chunk: Uint8Array) => {
              if (asleep > 0) return 0;
              asleep = 20;
              return own.receive(chunk);
            };
          }
          if (name !== 'advance') return bound(own, name);
          return (now: number) => {
            asleep = Math.max(0, asleep - 1);
            own.advance(now);
          };
        },
      });
    }, 'included');
    const { verdict, ms } = runInMemory(slow, ECHO, 'server', MEMORY);
    assert.deepEqual([verdict, ms], ['pass', 0]);
  });

  it('ends one that wants the time again and again and does nothing with it, instead of hanging', () => {
    for (const deadline of [-Infinity, 0]) {
      const { verdict, why } = runInMemory(engineOf(() => endpoint({ deadline })), ECHO, 'server', MEMORY);
      assert.equal(verdict, 'fail');
      assert.equal(why, `the subject asks for the time at once, again and again, and nothing comes of it: deadline ${deadline}.`);
    }
  });

  it('ends one that never stops writing, in no time', () => {
    for (const opcode of [0x89, 0x8a, 0x81]) {
      const many = Uint8Array.from({ length: 2_000 }, (_, i) => (i % 2 === 0 ? opcode : 0));
      const { verdict, seen, ms } = runInMemory(engineOf(() => endpoint({ takeOutput: () => many })), ECHO, 'server', MEMORY);
      assert.deepEqual([verdict, ms], ['fail', 0]);
      assert.match(seen.at(-1) ?? '', /^(?:breach UNASKED|text)/);
    }
    const begun = Uint8Array.of(0x01, 0);
    let first = true;
    const fragments = endpoint({
      takeOutput: () => {
        const octets = first ? begun : new Uint8Array(2_000);
        first = false;
        return octets;
      },
    });
    assert.deepEqual(runInMemory(engineOf(() => fragments), ECHO, 'server', MEMORY).seen, ['breach UNASKED: a message of more than 1000000 frames']);
  });

  it('takes no octets for no output', () => {
    assert.deepEqual(runInMemory(engineOf(() => endpoint({ takeOutput: () => new Uint8Array(0) })), ECHO, 'server', MEMORY).seen, ['silence']);
  });

  it('fails one that says it consumed what was not there', () => {
    for (const consumed of [-1, 1_000, NaN]) {
      const { why } = runInMemory(engineOf(() => endpoint({ receive: () => consumed })), ECHO, 'server', MEMORY);
      assert.ok(why.startsWith(`the engine threw RangeError: receive() returned ${consumed} of 11 octets: `), why);
    }
  });

  it('brings nothing to one that has given up, whose end is a reset', () => {
    let received = 0;
    const gone = endpoint({
      receive: () => void received++,
      takeOutput: () => null,
      get abandoned() { return received > 0; },
    });
    const one = define({ ...ECHO, steps: [{ send: [text('a')], times: 5 }, CLOSES] });
    assert.deepEqual(runInMemory(engineOf(() => gone), one, 'server', MEMORY).seen, ['end (reset)']);
    assert.equal(received, 1);
  });

  it('skips what an engine does not play or speak, and fails it where to start throws', () => {
    assert.deepEqual(runInMemory(engineOf(() => null), ECHO, 'client', MEMORY), {
      id: ECHO.id, role: 'client', verdict: 'skipped', why: 'the engine is no client', seen: [], ms: 0, transcript: [],
    });
    const compressed = define({ ...ECHO, opening: { offer: 'permessage-deflate', answers: ['permessage-deflate'], needsCompression: true } });
    const plain = engineOf((_, extensions) => (extensions === '' ? endpoint({}) : null));
    assert.equal(runInMemory(plain, compressed, 'client', MEMORY).why, 'the engine does not speak permessage-deflate');
    const { verdict, why } = runInMemory(engineOf(fail), ECHO, 'server', MEMORY);
    assert.equal(verdict, 'fail');
    assert.match(why, /^the engine threw RangeError: an index is out of range: /);
  });

  it('asks what an endpoint holds, where the case says how much is enough', () => {
    const holding = (octets: number): Engine => engineOf((side, extensions) => {
      const own = hawser.start(side, extensions) as Endpoint; // it plays both
      return new Proxy(own, { get: (_, name) => (name === 'retainedBytes' ? octets : bound(own, name)) });
    }, 'included');
    const bounded: Case = { ...ECHO, retains: 100 };
    assert.equal(runInMemory(holding(100), bounded, 'server', MEMORY).verdict, 'pass');
    assert.equal(runInMemory(holding(1e9), ECHO, 'server', MEMORY).verdict, 'pass');
    const { verdict, why } = runInMemory(holding(101), bounded, 'server', MEMORY);
    assert.deepEqual([verdict, why], ['fail', 'the subject holds 101 octets where 100 are enough: memory follows what arrived (§10.4).']);
    const wrong = { ...bounded, outcomes: [passes('silence')] };
    assert.match(runInMemory(holding(101), wrong, 'server', MEMORY).why, /^expected/, 'what failed anyway has its own reason');
  });

  it('sees whether the engine goes on afterwards, where a case has killed some', () => {
    const killer: Case = { ...ECHO, survives: true };
    let started = 0;
    const mortal = engineOf((side, extensions) => (started++ === 0 ? hawser.start(side, extensions) : endpoint({})), 'included');
    assert.equal(runInMemory(hawser, killer, 'server', MEMORY).verdict, 'pass');
    const { verdict, why } = runInMemory(mortal, killer, 'server', MEMORY);
    assert.equal(verdict, 'fail');
    assert.equal(why, 'the subject does not go on afterwards. On a further connection: the connection did not open: the opening handshake was not '
      + 'over in time.');
  });
});

function bound(from: Endpoint, name: string | symbol): unknown {
  const member: unknown = Reflect.get(from, name);
  return typeof member === 'function' ? member.bind(from) : member;
}

// ---- engines without an opening handshake -----------------------------------------------------------------------------------------

/** What was agreed on, as an engine takes it that leaves the handshake to others. */
function compressionOf(role: SubjectRole, extensions: string): MessageCompression | null {
  const elements = parseExtensions(extensions);
  const [element] = elements instanceof Malformed ? [] : elements;
  if (element === undefined) return null;
  const stated = readParameters(element, 'answer');
  assert.ok(!isFault(stated), extensions);
  const choices = compressionChoices(role, { serverMaxWindowBits: 15, clientMaxWindowBits: 15, threshold: 0 });
  return createCodecs(role, agreedBy(stated), choices, { allocate: nodePlatform.allocate });
}

/** The connection of Hawser alone, as the page about embedding has it: the whole adapter. */
const frames: Engine = engineOf((role, extensions) => {
  const echoed = (result: SendResult): void => {
    if (result === 'high-water') connection.pause();
    else if (result === 'refused') connection.close(1009);
  };
  const connection = new Connection({
    role, platform: nodePlatform, keepalive: 'off', compression: compressionOf(role, extensions),
    events: new MessageAssembler(nodePlatform, {
      text: (content) => echoed(connection.sendText(content)),
      binary: (content) => echoed(connection.sendBinary(content)),
      drained: () => connection.resume(),
      ping: () => {}, pong: () => {}, closing: () => {}, closed: () => {},
    }),
  });
  return connection;
});

describe('an engine without an opening handshake', () => {
  it('runs the same cases with the same verdicts, with compression and without, but for those about the handshake', () => {
    let same = 0;
    let compressed = 0;
    for (const [index, one] of CASES.entries()) {
      if (one.weight === 'heavy' || index % 5 !== 0) continue;
      for (const role of one.roles) {
        const { verdict, why } = runInMemory(frames, one, role, { ...MEMORY, budget: 16_384 });
        if (verdict === 'skipped') {
          assert.ok(why === 'the engine has no opening handshake' || one.opening.needsCompression !== undefined, `${one.id}: ${why}`);
          continue;
        }
        same++;
        if (one.opening.needsCompression !== undefined) compressed++;
        assert.equal(verdict, runInMemory(hawser, one, role, { ...MEMORY, budget: 16_384 }).verdict, `${one.id} as ${role}`);
      }
    }
    assert.ok(same > 150 && compressed > 30, `${same}, of which ${compressed} with compression`);
  });

  it('is told what would have been agreed on', () => {
    const told = (role: SubjectRole, opening: Case['opening']): string => {
      let extensions = 'not asked';
      runInMemory(engineOf((_, agreed) => {
        extensions = agreed;
        return null;
      }), define({ ...ECHO, opening }), role, MEMORY);
      return extensions;
    };
    assert.equal(told('server', {}), '');
    assert.equal(told('server', { offer: 'permessage-deflate; client_max_window_bits=10' }), 'permessage-deflate; client_max_window_bits=10');
    const answers = ['permessage-deflate; server_max_window_bits=9', 'permessage-deflate'];
    assert.equal(told('client', { offer: 'permessage-deflate', answers }), answers[0]);
    assert.equal(told('client', { wrongAnswers: ['x'] }), 'not asked');
  });
});

// ---- Hawser as a subject ----------------------------------------------------------------------------------------------------------

describe('Hawser as a subject', () => {
  const GREETINGS = 'Hello, hello, hello, hello.';
  const offering: Case = define({
    ...ECHO, opening: { offer: 'permessage-deflate', answers: ['permessage-deflate'], needsCompression: true },
    steps: [{ send: [message('text', GREETINGS, { compressed: true })], times: 3 }, { await: 3 }, CLOSES],
    outcomes: [passesCleanly(sawAgain(3, sawText(GREETINGS)))],
  });

  it('compresses unless it is told not to, in both roles', () => {
    for (const role of ['server', 'client'] as const) {
      const { verdict, seen } = runInMemory(hawser, offering, role, MEMORY);
      assert.equal(verdict, 'pass');
      assert.match(seen[2] ?? '', /compressed$/);
      const plain = runInMemory(hawserEngine({ ...MEMORY, compression: 'off' }), offering, role, MEMORY);
      assert.equal(plain.verdict, 'skipped');
    }
  });

  it('offers the subprotocols that it is given, as a client', () => {
    const needy = define({ ...ECHO, opening: { needsOffer: ['subprotocol'] } });
    assert.equal(runInMemory(hawser, needy, 'client', MEMORY).why, 'the client offers no subprotocol');
    assert.equal(runInMemory(hawserEngine({ ...MEMORY, protocols: ['chat'] }), needy, 'client', MEMORY).verdict, 'pass');
  });

  it('reads no further from who does not read what it gets, and goes on once that is read', () => {
    const one = define({
      ...ECHO,
      steps: [{ reads: false }, { send: [message('binary', { repeat: '00', length: 65_536 })], times: 100 }, { reads: true }, CLOSES],
      outcomes: [passes({ some: { binary: { repeat: '00', length: 65_536 } } }, { close: [1000] }, 'end')],
    });
    const { verdict, why, seen } = runInMemory(hawser, one, 'server', MEMORY);
    assert.equal(verdict, 'pass', why);
    assert.ok(seen.length < 40, `${seen.length} things came of it: what was not taken is not echoed`);
  });
});
