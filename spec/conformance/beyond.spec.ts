// The cases beyond the classic suite: that they are complete where completeness can be counted (codes, opcodes, bits, offsets, vectors, and what
// the RFC demands), and that they judge what real implementations were seen to do as it should be judged.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Case, Flooded, FrameItem, Grade, Item, Step } from '../../lib/conformance/case.ts';
import { CASES } from '../../lib/conformance/cases/index.ts';
import { FLOODS } from '../../lib/conformance/cases/floods.ts';
import { LENGTHS } from '../../lib/conformance/cases/lengths.ts';
import { MASKING } from '../../lib/conformance/cases/masking.ts';
import { SWEEPS } from '../../lib/conformance/cases/sweeps.ts';
import type { Engine } from '../../lib/conformance/engine.ts';
import { writeFrame } from '../../lib/conformance/tester/frame-writer.ts';
import { hawserEngine } from '../../lib/conformance/memory/hawser-engine.ts';
import { judge } from '../../lib/conformance/tester/judge.ts';
import { runInMemory } from '../../lib/conformance/memory/run-in-memory.ts';
import { lengthOf, octetsOf, toHex } from '../../lib/conformance/payload.ts';
import type { Sight } from '../../lib/conformance/tester/sight.ts';
import { nodePlatform } from '../../lib/node/platform.ts';
import { utf8 } from '../support/bytes.ts';
import { readJson } from '../support/project.ts';

interface Vectors {
  readonly closeCodes: readonly { readonly from: number; readonly to: number; readonly receivable: boolean }[];
  readonly utf8: { readonly cases: readonly { readonly hex: string; readonly valid: boolean }[] };
}

const VECTORS = readJson<Vectors>('spec/vectors/vectors.json');

function sendsOf({ steps }: Case): readonly Extract<Step, { send: unknown }>[] {
  return steps.filter((step) => 'send' in step);
}

/** The items of a case, those that come many times once. */
function itemsOf(one: Case): readonly Item[] {
  const flat = (items: readonly Item[]): Item[] => items.flatMap((item) => 'again' in item ? flat(item.again) : [item]);
  return sendsOf(one).flatMap(({ send }) => flat(send));
}

function framesOf(one: Case): readonly FrameItem[] {
  return itemsOf(one).filter((item) => 'frame' in item);
}

function caseOf(id: string): Case {
  const found = CASES.find((one) => one.id === id);
  assert.ok(found, `there is a case ${id}`);
  return found;
}

function grade(id: string, ...sights: readonly Sight[]): Grade | 'skipped' {
  return judge(caseOf(id), sights).verdict;
}

const text = (content: string): Sight => ({ kind: 'text', octets: utf8(content), frames: 1, compressed: false });
const pong = (content: string): Sight => ({ kind: 'pong', octets: utf8(content) });
const close = (code: number | null): Sight => ({ kind: 'close', code, reason: '' });
const END: Sight = { kind: 'end', how: 'fin' };
const RESET: Sight = { kind: 'end', how: 'reset' };
const OPEN: Sight = { kind: 'open' };
const SILENCE: Sight = { kind: 'silence' };

describe('close codes, sent to a subject', () => {
  /** Cases that send one Close and nothing else, by its code. */
  const byCode = new Map<number, Case[]>();
  for (const one of CASES) {
    const [frame, ...more] = itemsOf(one);
    if (frame === undefined || !('frame' in frame) || frame.frame !== 8 || more.length > 0) continue;
    const { rsv, form, fin, masked, claims, payload } = frame;
    const plain = [rsv, form, fin, masked, claims].every((one) => one === undefined);
    if (!plain || payload === undefined || lengthOf(payload) !== 2) continue;
    const code = Number.parseInt(toHex(octetsOf(payload)), 16);
    byCode.set(code, [...byCode.get(code) ?? [], one]);
  }

  for (const { from, to, receivable } of VECTORS.closeCodes) {
    const inside = from === to ? [from] : [from, from + 1, to - 1, to].filter((code) => code !== 0 || byCode.has(0));
    it(`of ${from}–${to} the ends and their neighbours are each a case, ${receivable ? 'to be answered' : 'not to be answered'}`, () => {
      for (const code of inside) {
        const [one] = byCode.get(code) ?? [];
        assert.ok(one, `no case sends ${code}`);
        const answered: string = judge(one, [close(code), END]).verdict;
        if (receivable) assert.equal(answered, 'pass', `${one.id}: the code comes back`);
        else assert.notEqual(answered, 'pass', `${one.id}: the code comes back`);
        const refused = judge(one, [close(1002), END]).verdict;
        if (receivable && code !== 1002) assert.notEqual(refused, 'pass', `${one.id}: the code is refused`);
        else assert.notEqual(refused, 'fail', `${one.id}: the code is refused`);
      }
    });
  }
});

describe('UTF-8, sent to a subject', () => {
  const texts = new Map<string, Case[]>();
  for (const one of CASES.filter(({ section }) => section === '5.6' || section === '8.1')) {
    const whole: string[] = [];
    let message: string | null = null;
    for (const item of itemsOf(one)) {
      if ('message' in item && item.message === 'text' && item.compressed !== true) whole.push(toHex(octetsOf(item.payload)));
      if (!('frame' in item) || item.frame > 1 || item.claims !== undefined) continue;
      message = (item.frame === 1 ? '' : message ?? '') + (item.payload === undefined ? '' : toHex(octetsOf(item.payload)));
      if (item.fin !== false) whole.push(message);
      if (item.fin !== false) message = null;
    }
    for (const octets of whole) texts.set(octets, [...texts.get(octets) ?? [], one]);
  }

  it('every vector is the text of a message: one that comes back, or one that fails the connection', () => {
    for (const { hex: octets, valid } of VECTORS.utf8.cases) {
      const cases = texts.get(octets) ?? [];
      const certain = !valid && CASES.some((one) => one.id.startsWith(`8.1/${octets}-in-a-`));
      assert.ok(cases.length > 0 || certain, octets);
      for (const one of cases) {
        const failing: boolean = judge(one, [close(1007), END]).verdict === 'pass';
        assert.equal(failing, !valid, `${one.id} sends ${octets}`);
      }
    }
  });
});

describe('what goes the wrong way', () => {
  it('is every opcode there is, unmasked to a server and masked to a client', () => {
    for (const [role, masked] of [['server', false], ['client', true]] as const) {
      const opcodes = new Set(MASKING.filter(({ roles }) => roles.join() === role)
        .flatMap(framesOf).filter((frame) => frame.masked === masked).map(({ frame }) => frame));
      assert.deepEqual([...opcodes].sort((a, b) => a - b), [0, 1, 2, 8, 9, 10], role);
    }
  });
});

describe('what is reserved', () => {
  it('each RSV bit stands on every kind of frame, and on the first, a middle and the last fragment', () => {
    for (const rsv of [1, 2, 4]) {
      const marked = CASES.flatMap(framesOf).filter((frame) => frame.rsv === rsv);
      const kinds = new Set(marked.map(({ frame, fin = true }) => `${frame}${fin ? '' : ' unfinished'}`));
      for (const kind of ['0', '0 unfinished', '1', '1 unfinished', '8', '9', '10']) assert.ok(kinds.has(kind), `RSV ${rsv} on ${kind}`);
    }
  });

  it('each reserved opcode comes alone, without FIN, inside of a message and as its last fragment, to both roles', () => {
    for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
      for (const place of ['twice', 'with-payload', 'without-fin', 'inside-a-message', 'as-last-fragment']) {
        const one = caseOf(`5.2/opcode-${opcode}-${place}`);
        assert.ok(framesOf(one).some(({ frame }) => frame === opcode));
        assert.deepEqual(one.roles, ['server', 'client']);
        assert.equal(judge(one, [text('Hello'), SILENCE]).verdict, 'fail', 'taken for a continuation');
      }
    }
  });
});

describe('lengths', () => {
  it('are promised at 2^31, 2^32, 2^53 and 2^63 and one below, whole, behind a fragment of one octet, and before a FIN', () => {
    for (const power of [31n, 32n, 53n, 63n]) {
      for (const length of power === 63n ? [2n ** power - 1n] : [2n ** power - 1n, 2n ** power]) {
        for (const id of [`10.4/promise-of-${length}`, `10.4/continuation-of-${length}`, `10.4/promise-of-${length}-and-fin`]) {
          const one = caseOf(id);
          assert.ok(framesOf(one).some(({ claims }) => claims === `${length}`), id);
          assert.equal(one.survives, true, id);
          assert.ok((one.retains ?? Infinity) < 2 ** 21, id);
        }
      }
    }
  });

  it('in a longer form are tried at both ends of what the shorter one holds', () => {
    const tried = LENGTHS.flatMap(framesOf).filter(({ form, frame }) => form !== undefined && frame === 2)
      .map(({ form, payload }) => `${form}: ${payload === undefined ? 0 : lengthOf(payload)}`);
    for (const wanted of ['16: 0', '16: 125', '64: 0', '64: 125', '64: 126', '64: 65535']) assert.ok(tried.includes(wanted), wanted);
  });

  it('end behind every octet of the longest header, for each role', () => {
    for (const [role, size] of [['server', 14], ['client', 10]] as const) {
      const ends = LENGTHS.filter(({ id, roles }) => id.includes('header-ends-behind') && roles.join() === role)
        .map((one) => sendsOf(one)[0]?.send[0]).map((item) => item !== undefined && 'octets' in item ? lengthOf(item.octets) : 0);
      assert.deepEqual(ends, Array.from({ length: size }, (_, i) => i + 1));
    }
  });
});

describe('sweeps', () => {
  const swept = SWEEPS.filter(({ id }) => id.endsWith('-cut-behind-every-octet'));

  it('there are some of texts, fragments, empty frames, longer lengths and Pings', () => assert.equal(swept.length, 5));

  for (const one of swept) {
    it(`${one.id} has a cut at every offset of what it sends, masked or not, and the answer is awaited each time`, () => {
      const sends = sendsOf(one);
      const items = sends[0]?.send ?? [];
      for (const masks of [true, false]) {
        const octets = items.reduce((sum, item) => sum + writeFrame(item as FrameItem, masks).length, 0);
        const cuts = new Set(sends.flatMap(({ split }) => split as number[]));
        for (let at = 1; at < octets; at++) assert.ok(cuts.has(at), `a cut behind octet ${at} of ${octets}`);
      }
      assert.ok(sends.every(({ send }) => send === items || JSON.stringify(send) === JSON.stringify(items)));
      assert.equal(one.steps.filter((step) => 'await' in step).length, sends.length);
    });
  }
});

describe('floods', () => {
  it('are several times what they may leave behind, run alone, and are to be survived', () => {
    const floods = FLOODS.filter(({ steps }) => steps.some((step) => 'flood' in step));
    assert.equal(floods.length, 4);
    for (const { id, steps, weight, survives } of floods) {
      const step = steps.find((one) => 'flood' in one);
      assert.ok(step !== undefined && step.flood.octets >= 2 * step.flood.bound, id);
      assert.equal(weight, 'heavy', id);
      assert.equal(survives, true, id);
    }
  });
});

describe('what a subject in memory holds', () => {
  const engine = hawserEngine({ platform: nodePlatform });

  /** Hawser, but for what it says that it holds once it has been sent anything. */
  const holding = (octets: number): Engine => ({
    ...engine,
    start: (role, extensions) => {
      const endpoint = engine.start(role, extensions);
      let received = 0;
      return endpoint === null ? null : {
        receive: (chunk) => {
          received += chunk.length;
          return endpoint.receive(chunk);
        },
        receiveEnd: () => endpoint.receiveEnd(),
        takeOutput: () => endpoint.takeOutput(),
        advance: (now) => endpoint.advance(now),
        get outputEnded() { return endpoint.outputEnded; },
        get abandoned() { return endpoint.abandoned; },
        get deadline() { return endpoint.deadline; },
        get retainedBytes() { return received === 0 ? 0 : octets; },
      };
    },
  });

  it('may be as much as arrived and a little more, not what was promised', () => {
    for (const id of ['10.4/promise-of-2147483648', '10.4/continuation-of-2147483648', '10.4/promise-of-2147483648-and-fin']) {
      const one = caseOf(id);
      for (const role of one.roles) {
        assert.equal(runInMemory(engine, one, role, { platform: nodePlatform }).verdict, 'pass', id);
        assert.equal(runInMemory(holding(65_536), one, role, { platform: nodePlatform }).verdict, 'pass', id);
        const { verdict, why } = runInMemory(holding(2 ** 31), one, role, { platform: nodePlatform });
        assert.equal(verdict, 'fail', id);
        assert.match(why, /holds 2147483648 octets/);
      }
    }
  });

  it('is read on when it has written what held it up: a Close right behind a megabyte is answered', () => {
    for (const role of ['server', 'client'] as const) {
      const one = caseOf('5.5.1/close-right-behind-a-megabyte');
      assert.equal(runInMemory(engine, one, role, { platform: nodePlatform }).verdict, 'pass', role);
    }
  });
});

// ---- judgement ----------------------------------------------------------------------------------------------------------------------------

const flooded = (how: Flooded): Sight => ({ kind: 'flooded', how });
const keys = (kind: 'vary' | 'repeat' | 'narrow' | 'progress' | 'generator'): Sight => ({ kind: 'keys', keys: kind });
const VOLLEY: Sight = { kind: 'volley', count: 640 };

/** What was seen, of which case, and what that is worth. */
const JUDGED: readonly (readonly [what: string, id: string, sights: readonly Sight[], verdict: Grade])[] = [
  ['an unmasked frame that is echoed', '5.1/unmasked-text', [text('Hello'), SILENCE], 'fail'],
  ['an unmasked frame that is told of by another code', '5.1/unmasked-text', [close(1003), END], 'non-strict'],
  ['an unmasked Close that is refused by another code', '5.1/unmasked-close', [close(1003), END], 'non-strict'],
  ['an unmasked Close that is answered', '5.1/unmasked-close', [close(1000), END], 'fail'],
  ['a transport that is just ended', '5.1/unmasked-text', [END], 'pass'],
  ['a header that is wrong, and waited behind', '5.1/unmasked-header', [SILENCE], 'informational'],
  ['keys that vary', '5.3/keys-of-a-client', [VOLLEY, keys('vary'), close(1000), END], 'pass'],
  ...(['repeat', 'narrow', 'progress', 'generator'] as const).map((kind) =>
    [`keys that are ${kind}`, '5.3/keys-of-a-client', [VOLLEY, keys(kind), close(1000), END], 'fail'] as const),
  ['a length in a longer form, taken', '5.2/text-in-the-16-bit-form', [text('Hello'), close(1000), END], 'non-strict'],
  ['a length in a longer form, refused', '5.2/text-in-the-16-bit-form', [close(1002), END], 'pass'],
  ['a giant that is refused', '10.4/promise-of-9223372036854775807', [close(1009), END], 'pass'],
  ['a giant that is refused, and the tester gone before the end', '10.4/promise-of-9223372036854775807', [close(1009)], 'pass'],
  ['a giant that is waited for', '10.4/promise-of-9223372036854775807', [OPEN], 'non-strict'],
  ['two gigabytes that are waited for', '10.4/promise-of-2147483648', [OPEN], 'informational'],
  ['a length of which 32 bits are read', '5.2/length-4294967301-is-not-5', [text('Hello'), OPEN], 'fail'],
  ['a length above 2^63 that is waited for', '5.2/length-9223372036854775808', [SILENCE], 'fail'],
  ['a transport kept behind the FIN of its peer', '7.1.4/fin-instead-of-a-close', [SILENCE], 'fail'],
  ['a peer that went, followed with a Close', '7.1.4/fin-instead-of-a-close', [close(1006 - 5), END], 'pass'],
  ['a code registered with IANA, refused', '7.4.2/code-1013', [close(1002), END], 'non-strict'],
  ['a code for private use, refused', '7.4.2/code-4500', [close(1002), END], 'fail'],
  ['a code above all ranges, taken', '7.4/code-5001', [close(1000), END], 'informational'],
  ['every Close answered with 1000', '5.5.1/the-code-comes-back', [close(1000), END], 'informational'],
  ['a server that keeps the transport behind the closing handshake', '7.1.1/server-ends-first', [close(1000), SILENCE], 'fail'],
  ['a server that resets behind the closing handshake', '7.1.1/server-ends-first', [close(1000), RESET], 'non-strict'],
  ['a client that waits for the server', '7.1.1/client-waits-for-the-server', [close(1000), OPEN, END], 'pass'],
  ['a client that does not', '7.1.1/client-waits-for-the-server', [close(1000), END], 'non-strict'],
  ['a failing server that waits for an answer', '7.1.7/failing-server-waits-for-nobody', [close(1002), SILENCE], 'non-strict'],
  ['a failing client that waits', '7.1.1/failing-client-waits-for-a-while', [close(1002), OPEN], 'informational'],
  ['a message behind a Close, echoed', '5.5.1/close-and-text', [text('Hello'), close(1000), END], 'fail'],
  ['a Ping behind a Close, answered', '5.5.1/close-and-ping', [close(1000), pong('Hello')], 'fail'],
  ['garbage behind a Close, found fault with', '5.5.1/close-and-garbage', [close(1002), END], 'non-strict'],
  ['a Close inside of a message, refused', '5.4/close-inside-a-message', [close(1002), END], 'non-strict'],
  ['a message behind a failure, echoed', '7.1.7/text-behind-a-failure', [close(1002), text('Hello'), END], 'fail'],
  ['a Ping behind a failure, answered', '7.1.7/ping-behind-a-failure', [close(1002), pong('still there?'), END], 'non-strict'],
  ['two Closes for one failure', '5.5.1/one-close-for-a-failure-and-a-close', [close(1002), close(1000), END], 'fail'],
  ['a failure without a word', '7.1.7/tells-of-a-protocol-error', [END], 'non-strict'],
  ['text found bad only at its end', '8.1/eda0-in-a-message-without-end', [SILENCE], 'non-strict'],
  ['text that is none, delivered', '8.1/text-e282', [text('\ufffd'), SILENCE], 'fail'],
  ['U+FEFF taken away', '5.6/byte-order-mark', [text('a'), SILENCE], 'fail'],
  ['a flood that is not read', '10.4/ping-flood-unread', [flooded('stalled'), close(1000), END], 'pass'],
  ['a flood of which the latest is answered', '10.4/ping-flood-unread', [flooded('bounded'), close(1000), END], 'pass'],
  ['a flood that is all answered later', '10.4/ping-flood-unread', [flooded('unbounded'), close(1000), END], 'fail'],
  ['a flood that is ended', '10.4/ping-flood-unread', [RESET], 'informational'],
  ['echoes that are all held', '10.4/echo-flood-unread', [flooded('unbounded'), close(1000), END], 'non-strict'],
  ['fragments that are too many for a limit', '5.4/a-hundred-thousand-empty-fragments', [close(1008), END], 'non-strict'],
  ['fragments without end, waited for', '10.4/fragments-of-one-octet-without-end', [OPEN], 'pass'],
  ['Pings by the thousand, the last answered', '5.5.2/pings-by-the-thousand', [pong('again'), pong('the last'), close(1000), END], 'pass'],
  ['Pings by the thousand, none answered', '5.5.2/pings-by-the-thousand', [close(1000), END], 'non-strict'],
  ['Pings by the thousand, and the connection ended', '5.5.2/pings-by-the-thousand', [pong('again'), END], 'non-strict'],
  ['messages mixed into one', '5.4/binary-fragment-inside-a-text', [text('Helothlo'), close(1002), END], 'fail'],
];

describe('what subjects were seen to do, or might', () => {
  for (const [what, id, sights, verdict] of JUDGED) {
    it(`${what}: ${verdict} (${id})`, () => assert.equal(grade(id, ...sights), verdict));
  }

  it('whatever is seen in silence where an answer is due is no pass', () => {
    const still = CASES.filter((one) => one.id !== '7.1.7/failure-and-reset' && !one.id.includes('/reset-inside-'))
      .filter(({ opening }) => opening.by !== 'steps')
      .filter((one) => judge(one, [SILENCE]).verdict === 'pass');
    assert.deepEqual(still.map(({ id }) => id), []);
  });
});

// ---- what the RFC demands -------------------------------------------------------------------------------------------------------------------

/** Demands that no case can hold a subject to, and why. */
const NO_CASE: Readonly<Record<string, readonly string[]>> = {
  'about what extensions have to say, not implementations': ['6455-5.2-17', '6455-5.2-18'],
  'about reading the RFC itself': ['6455-5.2-19'],
  'about intermediaries, and none is there': ['6455-5.4-12', '6455-5.4-13', '6455-5.4-14', '6455-5.4-15'],
  'about what is shown to users, or told to applications': ['6455-5.5.1-4', '6455-7.1.5-1', '6455-7.1.5-2', '6455-7.1.6-1', '6455-7.1.3-1'],
  'about a Ping behind a Close that the subject sends first: one that echoes closes only when it fails': ['6455-5.5.2-3'],
  'about sending in general: every echo is held to it': ['6455-5.2-15', '6455-5.2-16', '6455-6.1-1', '6455-6.1-2', '6455-6.1-3', '6455-6.1-9'],
  'about closing first, which a subject that echoes is not asked to': ['6455-7.1.2-1', '6455-7.3-3'],
  'about the opening handshake': ['6455-7.1.4-2', '6455-7.2.1-1', '6455-7.2.2-1', '6455-8.1-3'],
  'about the memory of the application that sends': ['6455-10.3-2'],
  'about TLS': ['6455-10.6-1'],
};

describe('what RFC 6455 demands of a connection that is open', () => {
  it('each MUST of §5 to §8 and §10 has a case, or a reason why it has none', () => {
    const demanded = readJson<readonly { id: string; rfc: string; section: string; level: string }[]>('spec/requirements.json')
      .filter(({ rfc, section, level }) => rfc === '6455' && /^(?:5|6|7|8|10)(?:\.|$)/.test(section) && level.startsWith('MUST'));
    assert.ok(demanded.length > 100);
    const answered = new Set([...CASES.flatMap(({ requirements }) => requirements), ...Object.values(NO_CASE).flat()]);
    assert.deepEqual(demanded.filter(({ id }) => !answered.has(id)).map(({ id }) => id), []);
  });
});
