// How the run of a case opens and ends: by itself, in time, with one result, whatever the subject does or leaves undone.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Outcome, Step, SubjectRole } from '../../lib/conformance/case.ts';
import { CASES } from '../../lib/conformance/cases/index.ts';
import type { Endpoint, Engine } from '../../lib/conformance/engine.ts';
import { hawserEngine } from '../../lib/conformance/memory/hawser-engine.ts';
import { runInMemory } from '../../lib/conformance/memory/run-in-memory.ts';
import { CLOSES, FAILS, passes, passesCleanly, ping, sawText, sends, text } from '../../lib/conformance/write.ts';
import { nodePlatform } from '../../lib/node/platform.ts';
import { mutated, randomStream } from '../fuzz/streams.ts';
import { concat, latin1 } from '../support/bytes.ts';
import { SAMPLE_ACCEPT, requestText, responseText } from '../support/handshake.ts';
import { Random } from '../support/random.ts';
import { PATIENCE, Script, masked } from './scripted.ts';
import type { ScriptOptions } from './scripted.ts';

const LEAVES: Step = { finish: 'leave' };
const TEXT_A = '810161';
const CLOSE_1000 = '880203e8';
const ANYTHING: readonly Outcome[] = [passes('anything')];

// ---- in time ----------------------------------------------------------------------------------------------------------------------

interface Waiting {
  readonly steps: readonly Step[];
  readonly options?: ScriptOptions;
}

const volley: Step = { volley: { count: 5, message: 'text', payload: { text: 'a' }, inFlight: 2 } };
const flood: Step = { flood: { send: [ping('p')], octets: 1_000_000, bound: 300 } };
const REQUESTS: Step = { send: [{ head: requestText() }] };
const ANSWERS: Step = { send: [{ head: responseText({ 'Sec-WebSocket-Accept': '{accept}' }) }] };

/** Everything that a case may wait for, and what stands behind it. */
const WAITING: Readonly<Record<string, Waiting>> = {
  'sending': { steps: [{ send: [text('a')], times: 50, split: 1 }, CLOSES] },
  'sending what is not read': { steps: [{ reads: false }, { send: [text('a')], times: 50 }, { reads: true }, CLOSES] },
  'awaiting': { steps: [sends([text('a')]), { await: 2 }, CLOSES] },
  'awaiting behind a Close that is not answered': { steps: [{ answers: false }, { await: 3 }, FAILS] },
  'a volley': { steps: [volley, CLOSES] },
  'a flood': { steps: [flood, CLOSES] },
  'watching': { steps: [{ watch: 400 }, CLOSES] },
  'closing': { steps: [CLOSES] },
  'failing': { steps: [sends([text('a', { rsv: 7 })]), FAILS] },
  'failing, behind its own end': { steps: [{ end: 'fin' }, FAILS] },
  'failing, in the middle of a frame': { steps: [sends([text('a', { claims: '99' })]), FAILS] },
  'the response of a server': { steps: [CLOSES], options: { role: 'server', handshake: 'included' } },
  'the request of a client': { steps: [CLOSES], options: { handshake: 'included' } },
  'a response, step by step': {
    steps: [REQUESTS, { await: 1 }, CLOSES], options: { role: 'server', handshake: 'included', opening: { by: 'steps' } },
  },
  'a request, step by step': {
    steps: [{ await: 1 }, ANSWERS, sends([text('a')]), { await: 2 }, CLOSES], options: { handshake: 'included', opening: { by: 'steps' } },
  },
};

/** What a subject does every tenth of a second. Heads are for those that wait for one. */
type Habit = (script: Script, tick: number) => void;

const take = (script: Script): void => void script.wrote();
const masks = (script: Script): boolean => script.role === 'client';
const frame = (script: Script, wire: string): string => (masks(script) ? masked(wire) : wire);

const HABITS: Readonly<Record<string, Habit>> = {
  'says nothing': take,
  'neither reads nor says anything': () => {},
  'reads one write, and no more': (script, tick) => { if (tick === 0) script.take(); },
  'trickles a frame': (script, tick) => {
    take(script);
    script.sends(tick > 0 ? '00' : masks(script) ? '82ff 0000000001000000 00000000' : '827f 0000000001000000');
  },
  'trickles a frame and does not read': (script, tick) => {
    script.sends(tick > 0 ? '00' : masks(script) ? '82ff 0000000001000000 00000000' : '827f 0000000001000000');
  },
  'sends Pings': (script) => {
    take(script);
    script.sends(frame(script, '8900'));
  },
  'sends Pings and does not read': (script) => void script.sends(frame(script, '890170')),
  'sends Pongs': (script) => {
    take(script);
    script.sends(frame(script, '8a00'));
  },
  'sends what nobody asked for': (script) => {
    take(script);
    script.sends(frame(script, '820101'));
  },
  'sends empty fragments': (script, tick) => {
    take(script);
    script.sends(frame(script, tick === 0 ? '0200' : '0000'));
  },
  'closes and stays': (script, tick) => {
    take(script);
    if (tick === 0) script.sends(frame(script, CLOSE_1000));
  },
  'closes and goes on with Pings': (script, tick) => {
    take(script);
    script.sends(frame(script, tick === 0 ? CLOSE_1000 : '8900'));
  },
  'trickles a head': (script, tick) => {
    take(script);
    const head = masks(script) ? `GET /${'x'.repeat(9_000)}` : `HTTP/1.1 101 ${'x'.repeat(9_000)}`;
    script.sends(latin1(head[tick] ?? 'x'));
  },
  'sends interim responses': (script) => {
    take(script);
    script.sends(latin1('HTTP/1.1 100 Continue\r\n\r\n'));
  },
  'opens and says nothing more': (script, tick) => {
    take(script);
    if (tick === 0) script.sends(masks(script) ? requestText() : responseText());
  },
  'opens and trickles': (script, tick) => {
    take(script);
    if (tick === 0) script.sends(masks(script) ? requestText() : responseText());
    else script.sends(tick > 1 ? '00' : masks(script) ? '82ff 0000000001000000 00000000' : '827f 0000000001000000');
  },
};

describe('the run of a case: in time', () => {
  for (const [what, { steps, options }] of Object.entries(WAITING)) {
    it(`${what} has an end, whatever the subject does`, () => {
      for (const [habit, act] of Object.entries(HABITS)) {
        const script = new Script(steps, { outcomes: ANYTHING, ...options });
        for (let tick = 0; script.seen === null; tick++) {
          assert.ok(script.now <= 12 * PATIENCE * steps.length, `a subject that ${habit} holds it up for ever`);
          act(script, tick);
          script.pass(PATIENCE / 10);
        }
      }
    });
  }

  it('nothing that is waited for is waited for longer than the patience, where nothing comes', () => {
    for (const [what, { steps, options }] of Object.entries(WAITING)) {
      const script = new Script(steps, { outcomes: ANYTHING, ...options });
      for (; script.seen === null; script.pass(10)) script.wrote();
      const waits = script.seen.filter((line) => line === 'silence' || line === 'open' || line.startsWith('flooded')).length;
      assert.ok(script.now <= Math.max(1, waits) * PATIENCE, `${what}: ${script.now} ms`);
    }
  });

  it('who is slow but gets there is waited for: each echo, each write and each octet is a sign of life', () => {
    const outcomes = [passesCleanly({ again: [sawText('a')], times: 20 })];
    const script = new Script([{ send: [text('a')], times: 20 }, { await: 20 }, CLOSES], { outcomes });
    for (let i = 0; i < 20; i++) {
      assert.equal(script.take(), TEXT_A);
      script.pass(PATIENCE - 1);
    }
    script.wrote();
    for (let i = 0; i < 20; i++) {
      script.sends(masked(TEXT_A).slice(0, 6)).pass(PATIENCE - 1).sends(masked(TEXT_A).slice(6)).pass(PATIENCE - 1);
    }
    script.wrote();
    script.sends(masked(CLOSE_1000)).ends();
    assert.equal(script.run.result?.verdict, 'pass');
  });

  it('who merely trickles is told so', () => {
    const script = new Script([CLOSES], { outcomes: [passesCleanly()] });
    script.wrote();
    script.sends('82ff 0000000001000000 00000000');
    while (script.seen === null) script.sends('00').pass(100);
    assert.equal(script.run.result?.why, 'expected close 1000 or without a code; it did not come in time: something else kept coming.');
    assert.equal(script.now, 10 * PATIENCE);
  });

  it('Pings, Pongs and messages without end are a breach, however little time they take', () => {
    for (const opcode of [0x89, 0x8a, 0x81]) {
      const script = new Script([{ await: 1_000_000 }, CLOSES], { role: 'server' });
      const many = new Uint8Array(2 * 10_000);
      for (let at = 0; at < many.length; at += 2) many[at] = opcode;
      for (let i = 0; i < 25 && script.seen === null; i++) script.sends(many);
      assert.equal(script.seen?.at(-1), 'breach UNASKED: 200000 messages, Pings and Pongs, and more');
      assert.ok((script.seen as readonly string[]).length < 50, 'of many the first and the last are told');
    }
  });

  it('so are 160 MiB of messages, which nobody has to hold', () => {
    const script = new Script([{ await: 1_000_000 }, CLOSES], { role: 'server' });
    const message = concat(Uint8Array.of(0x82, 0x7f, 0, 0, 0, 0, 0x02, 0, 0, 0), new Uint8Array(32 * 1024 * 1024));
    for (let i = 0; i < 6 && script.seen === null; i++) script.sends(message);
    assert.equal(script.seen?.at(-1), 'breach UNASKED: 167772160 octets of messages and more');
    assert.equal(script.seen?.length, 6);
  });
});

// ---- at once ----------------------------------------------------------------------------------------------------------------------

describe('the run of a case: a subject that goes', () => {
  const ways: Readonly<Record<string, (script: Script) => void>> = {
    'with FIN': (script) => void script.ends('fin'),
    'with a reset': (script) => void script.ends('reset'),
    'in the middle of a header': (script) => void script.sends('82').ends('fin'),
    'in the middle of a frame': (script) => void script.sends(frame(script, '820461626364').slice(0, 16)).ends('fin'),
    'in the middle of a message': (script) => void script.sends(frame(script, '010161')).ends('reset'),
    'behind a Close': (script) => void script.sends(frame(script, CLOSE_1000)).ends('fin'),
    'behind a Ping that nobody has answered': (script) => void script.sends(frame(script, '8900')).ends('fin'),
    'by breaking a rule': (script) => void script.sends('ff'),
  };

  for (const [what, { steps, options }] of Object.entries(WAITING)) {
    it(`ends ${what} at once`, () => {
      for (const [way, go] of Object.entries(ways)) {
        if (options?.handshake !== undefined && way === 'by breaking a rule') continue; // no head is broken by an octet
        for (const writes of [0, 1, 100]) {
          const script = new Script(steps, { outcomes: ANYTHING, ...options });
          for (let i = 0; i < writes && script.take() !== null;) i++;
          if (script.seen !== null || (way === 'by breaking a rule' && !script.run.reads)) continue;
          go(script);
          assert.notEqual(script.seen, null, `${way}, ${writes} writes taken`);
        }
      }
    });
  }
});

// ---- openings ---------------------------------------------------------------------------------------------------------------------

describe('the run of a case: an opening by the tester', () => {
  const SERVER: ScriptOptions = { role: 'server', handshake: 'included' };
  const CLIENT: ScriptOptions = { role: 'client', handshake: 'included' };
  const asText = (digits: string | null): string => Buffer.from(digits ?? '', 'hex').toString('latin1');

  it('asks a server, with what the case offers and the fields of the case', () => {
    const opening = { offer: 'permessage-deflate; client_max_window_bits', fields: ['Origin: http://example.com'] };
    const script = new Script([sends([text('a')]), { await: 1 }, LEAVES], { ...SERVER, opening });
    assert.equal(asText(script.take()), requestText({ 'Sec-WebSocket-Extensions': opening.offer, 'Origin': 'http://example.com' }));
    assert.equal(script.take(), null);
    assert.deepEqual(script.sends(responseText()).wrote(), ['818137fa213d56']);
    assert.deepEqual(script.sends(TEXT_A).seen, ['text "a"'], 'the opening is not seen');
  });

  it('answers a client', () => {
    const script = new Script([sends([text('a')]), { await: 1 }, LEAVES], { ...CLIENT, opening: { fields: ['X: y'] } });
    assert.equal(script.take(), null);
    script.sends(requestText());
    assert.equal(asText(script.take()), responseText({ X: 'y' }));
    assert.deepEqual(script.wrote(), [TEXT_A]);
    assert.deepEqual(script.sends(masked(TEXT_A)).seen, ['text "a"']);
  });

  it('reads a head in whatever pieces it comes, and the frames behind it in the same piece', () => {
    const wire = concat(latin1(responseText()), Uint8Array.of(0x81, 1, 0x61));
    for (let at = 1; at < wire.length; at++) {
      const script = new Script([{ await: 1 }, LEAVES], SERVER).sends(wire.slice(0, at), wire.slice(at));
      assert.deepEqual(script.seen, ['text "a"'], `cut at ${at}`);
    }
  });

  it('reads over interim responses, of which there may be a few', () => {
    const interim = 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n';
    assert.deepEqual(new Script([LEAVES], SERVER).sends(interim.repeat(20) + responseText()).seen, []);
    const { seen, run } = new Script([LEAVES], { ...SERVER, outcomes: ANYTHING }).sends(interim.repeat(21) + responseText());
    assert.deepEqual(seen, ['breach TOO_MANY_INTERIM_RESPONSES: 21 of them']);
    assert.equal(run.result?.verdict, 'fail');
  });

  const NOT_OPEN: readonly (readonly [what: string, options: ScriptOptions, act: (script: Script) => Script, why: RegExp])[] = [
    ['a refusal', SERVER, (script) => script.sends(responseText({}, 'HTTP/1.1 403 Forbidden')), /^the connection did not open: the server answered 403/],
    ['a redirection', SERVER, (script) => script.sends(responseText({ Location: '/' }, 'HTTP/1.1 302 Found') + 'Look there.'), /answered 302/],
    ['a wrong key', SERVER, (script) => script.sends(responseText({ 'Sec-WebSocket-Accept': SAMPLE_ACCEPT.toLowerCase() })),
      /breaks ACCEPT_WRONG \(RFC 6455 §4.1\)/],
    ['an extension that was not offered', SERVER, (script) => script.sends(responseText({ 'Sec-WebSocket-Extensions': 'x' })), /breaks .*EXTENSION/],
    ['what is no HTTP', SERVER, (script) => script.sends('SSH-2.0-x\r\n\r\n'), /did not open: the subject breaks/],
    ['frames without a head', SERVER, (script) => script.sends('8100'), /did not open: the subject breaks/],
    ['an end', SERVER, (script) => script.ends('fin'), /the transport ended \(fin\) before/],
    ['a reset within the head', SERVER, (script) => script.sends(responseText().slice(0, 50)).ends('reset'), /the transport ended \(reset\) before/],
    ['silence', SERVER, (script) => script.pass(PATIENCE), /not over in time/],
    ['a request without a key', CLIENT, (script) => script.sends(requestText({ 'Sec-WebSocket-Key': null })), /breaks .*KEY/],
    ['a request and a frame behind it', CLIENT, (script) => script.sends(requestText() + '\x81\x80'), /breaks DATA_BEFORE_RESPONSE \(§4.1\)/],
    ['no request', CLIENT, (script) => script.pass(PATIENCE), /not over in time/],
    ['half a request', CLIENT, (script) => script.sends(requestText().slice(0, 40)).ends('fin'), /the transport ended \(fin\) before/],
  ];

  it('that comes to nothing is a failure, also where the end or anything else would pass', () => {
    for (const [what, options, act, why] of NOT_OPEN) {
      for (const outcomes of [ANYTHING, [passes('end')], [passes({ http: [300, 499] })], [passes('silence')], [passes()]]) {
        const { run } = act(new Script([LEAVES], { ...options, outcomes }));
        assert.equal(run.result?.verdict, 'fail', what);
        assert.match(run.result.why, why, what);
      }
    }
  });

  it('that the subject cannot do is skipped, and says why', () => {
    const why = (options: ScriptOptions, head: string): string | undefined => {
      const { result } = new Script([LEAVES], options).sends(head).run;
      return result?.verdict === 'skipped' ? result.why : undefined;
    };
    const offering = (extensions: string): string => requestText({ 'Sec-WebSocket-Extensions': extensions });
    const answering = (extensions: string): string => responseText({ 'Sec-WebSocket-Extensions': extensions });
    const deflate = 'permessage-deflate';

    assert.equal(why({ ...CLIENT, opening: { needsOffer: ['subprotocol'] } }, requestText()), 'the client offers no subprotocol');
    assert.equal(why({ ...CLIENT, opening: { needsOffer: ['subprotocol'] } }, requestText({ 'Sec-WebSocket-Protocol': 'chat' })), undefined);
    assert.equal(why({ ...CLIENT, opening: { needsOffer: [deflate] } }, offering('x')), 'the client does not offer permessage-deflate');
    assert.equal(why({ ...CLIENT, opening: { needsOffer: [deflate] } }, offering(deflate)), undefined);
    assert.equal(why({ ...CLIENT, opening: { wrongAnswers: [deflate] } }, offering(deflate)), 'every answer that the case has is one that the client allows');
    assert.equal(why({ ...CLIENT, opening: { wrongAnswers: [deflate] } }, requestText()), undefined);
    const answers = { answers: [`${deflate}; client_max_window_bits=10`], needsCompression: true };
    assert.equal(why({ ...CLIENT, opening: answers }, offering(deflate)), 'the client offers nothing that an answer of the case is allowed to');
    assert.equal(why({ ...CLIENT, opening: answers }, offering(`${deflate}; client_max_window_bits`)), undefined);

    const offer = `${deflate}; client_max_window_bits`;
    assert.equal(why({ ...SERVER, opening: { offer, needsCompression: true } }, responseText()), 'permessage-deflate was not agreed on');
    assert.equal(why({ ...SERVER, opening: { offer, needsCompression: true } }, answering(deflate)), undefined);
    assert.equal(why({ ...SERVER, opening: { offer, needsCompression: { takeover: true } } }, answering(`${deflate}; client_no_context_takeover`)),
      'messages may not refer to those before them');
    const alone = { offer, needsCompression: { takeover: false } }, narrow = { offer, needsCompression: { windowBits: [9, 12] } } as const;
    assert.equal(why({ ...SERVER, opening: alone }, answering(deflate)), 'messages may refer to those before them');
    assert.equal(why({ ...SERVER, opening: narrow }, answering(`${deflate}; client_max_window_bits=13`)), 'a window of 13 bits was agreed on');
    assert.equal(why({ ...SERVER, opening: narrow }, answering(`${deflate}; client_max_window_bits=12`)), undefined);
    assert.equal(new Script([LEAVES], { opening: { by: 'steps' } }).run.result?.why, 'the engine has no opening handshake');
    assert.equal(new Script([LEAVES], { opening: { wrongAnswers: [deflate] } }).run.result?.why, 'the engine has no opening handshake');
    assert.equal(new Script([LEAVES], { opening: { needsOffer: ['subprotocol'] } }).run.result?.why, 'the engine has no opening handshake');
    assert.equal(new Script([LEAVES], { opening: { answers: [deflate], needsCompression: true } }).run.result?.why, 'permessage-deflate was not agreed on');
  });
});

describe('the run of a case: an opening by its steps', () => {
  const SERVER: ScriptOptions = { role: 'server', handshake: 'included', opening: { by: 'steps' } };
  const CLIENT: ScriptOptions = { role: 'client', handshake: 'included', opening: { by: 'steps' } };

  it('writes the heads as the case has them, and what the subject says to them is seen', () => {
    const server = new Script([REQUESTS, { await: 1 }, sends([text('a')]), { await: 2 }, CLOSES], SERVER);
    assert.equal(Buffer.from(server.take() ?? '', 'hex').toString('latin1'), requestText());
    assert.deepEqual(server.sends(responseText()).wrote(), ['818137fa213d56']);
    server.sends(TEXT_A).wrote();
    assert.deepEqual(server.sends(CLOSE_1000).ends().seen, ['http 101', 'text "a"', 'close 1000', 'end (fin)']);

    const client = new Script([{ await: 1 }, ANSWERS, sends([text('a')]), { await: 2 }, CLOSES], CLIENT).sends(requestText());
    assert.equal(Buffer.from(client.take() ?? '', 'hex').toString('latin1'), responseText());
    assert.deepEqual(client.wrote(), [TEXT_A]);
    client.sends(masked(TEXT_A)).wrote();
    assert.deepEqual(client.sends(masked(CLOSE_1000)).ends().seen, ['request', 'text "a"', 'close 1000', 'end (fin)']);
  });

  it('frames behind a head in one write are frames, and answers go between them', () => {
    const head = responseText();
    const script = new Script([{ await: 1 }, { send: [{ head }, text('ab'), text('cd')], split: head.length + 3 }, { await: 2 }, LEAVES], CLIENT);
    script.sends(requestText());
    assert.ok(script.take()?.endsWith('0d0a0d0a810261'));
    assert.deepEqual(script.sends(masked('890170')).wrote(), ['6281026364', '8a0170']);
  });

  it('the steps that are left for a connection are not taken where a server refuses', () => {
    const script = new Script([REQUESTS, { await: 1 }, sends([text('a')]), { await: 2 }, CLOSES], SERVER);
    script.wrote();
    script.sends(responseText({}, 'HTTP/1.1 426 Upgrade Required'));
    assert.deepEqual([script.wrote(), script.seen], [[], ['http 426']]);
  });

  it('octets before the response are a breach, where the response was not begun', () => {
    const script = new Script([{ await: 1 }, { await: 2 }, LEAVES], CLIENT).sends(requestText()).sends('8180');
    assert.deepEqual(script.seen, ['request', 'breach DATA_BEFORE_RESPONSE: 2 octets']);
  });

  it('messages may follow a head before anything was answered', () => {
    const script = new Script([{ send: [{ head: requestText() }, { message: 'text', payload: { text: 'a' } }] }, { await: 2 }, LEAVES], SERVER);
    assert.ok(script.wrote().join('').endsWith('0d0a0d0a818137fa213d56'));
    assert.deepEqual(script.sends(responseText()).sends(TEXT_A).seen, ['http 101', 'text "a"']);
  });
});

// ---- whatever comes ---------------------------------------------------------------------------------------------------------------

/** A subject that sometimes says what it should not: octets of Hawser changed, left out, doubled, or others altogether. */
function mad(seed: number): Engine {
  const random = new Random(seed);
  const rarely = random.pick([1, 3, 10, 40]);
  const { start, ...rest } = hawserEngine({ platform: nodePlatform, protocols: ['chat'] });
  return {
    ...rest,
    start: (role, extensions) => {
      const sane = start(role, extensions) as Endpoint; // it plays both roles
      let left = 40;
      const spoil = (octets: Uint8Array): Uint8Array => {
        if (!random.oneIn(rarely) || left-- <= 0) return octets;
        return random.oneIn(3) ? concat(octets, randomStream(random, role === 'server' ? 'client' : 'server')) : mutated(random, octets);
      };
      return {
        receive: (chunk) => sane.receive(chunk),
        receiveEnd: () => sane.receiveEnd(),
        takeOutput: () => {
          const octets = sane.takeOutput();
          if (octets !== null) return spoil(octets);
          return random.oneIn(30) && left-- > 0 ? random.bytes(1 + random.below(20)) : null;
        },
        get outputEnded() { return sane.outputEnded; },
        get abandoned() { return sane.abandoned || random.oneIn(500); },
        get deadline() { return sane.deadline; },
        advance: (now) => sane.advance(now),
      };
    },
  };
}

describe('the run of a case: whatever comes', () => {
  it('1,500 cases against subjects out of their minds end with a verdict, and nothing throws', () => {
    const isLong = (step: Step): boolean => 'flood' in step || ('volley' in step && step.volley.count > 50);
    const light = CASES.filter(({ weight, steps }) => weight !== 'heavy' && !steps.some(isLong));
    const verdicts = new Map<string, number>();
    for (let seed = 1; seed <= 1_500; seed++) {
      const random = new Random(seed);
      const one = random.pick(light);
      const role: SubjectRole = random.pick(one.roles);
      try {
        const { verdict, why } = runInMemory(mad(seed), one, role, { platform: nodePlatform, patience: 500 });
        assert.ok(why.length > 0);
        assert.doesNotMatch(why, /subject throws/);
        verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
      } catch (error) {
        if (error instanceof Error) error.message = `seed ${seed}, ${one.id} as ${role}: ${error.message}`;
        throw error;
      }
    }
    assert.ok((verdicts.get('pass') ?? 0) > 50 && (verdicts.get('fail') ?? 0) > 300, JSON.stringify([...verdicts]));
  });
});
