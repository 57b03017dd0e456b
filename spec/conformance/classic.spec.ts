// The cases of the classic suite: each of its ids has one case, which sends what the classic case sends and wants what it wants; and what the
// RFC leaves open is held against nobody. What is true of every case, whichever suite it came from, is in cases.spec.ts.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Case, FrameItem, Item, Pattern, Split } from '../../lib/conformance/case.ts';
import { CASES } from '../../lib/conformance/cases/index.ts';
import { judge } from '../../lib/conformance/tester/judge.ts';
import { lengthOf, octetsOf } from '../../lib/conformance/payload.ts';
import type { Sight } from '../../lib/conformance/tester/sight.ts';
import { hex, toHex, utf8 } from '../support/bytes.ts';
import { readJson } from '../support/project.ts';

/** What is known of a case of the classic suite. */
interface Classic {
  readonly id: string;
  readonly group: string;
  readonly title: string;
  readonly kind: string;
  readonly closeCodes: readonly number[];
  readonly dropAllowed: boolean;
  readonly wrongCodeFails: boolean;
  /** What is sent, an item each; not known of the cases with compression. */
  readonly sends?: readonly string[];
}

const CLASSIC = readJson<readonly Classic[]>('spec/conformance/classic-cases.json');
const FACTS: ReadonlyMap<string, Classic> = new Map(CLASSIC.map((facts) => [facts.id, facts]));

/** Each case that stands for a classic one, with what is known of that. */
const PAIRS: readonly (readonly [Case, Classic])[] = CASES.flatMap((one) => one.aliases.flatMap((alias) => {
  const facts = FACTS.get(alias);
  return facts === undefined ? [] : [[one, facts] as const];
}));

function caseOf(alias: string): Case {
  const found = PAIRS.find(([, { id }]) => id === alias);
  assert.ok(found, `there is a case ${alias}`);
  return found[0];
}

// ---- what is sent, in the words of the facts -------------------------------------------------------------------------------------------

const OPCODES: Readonly<Record<number, string>> = { 0: 'continuation', 1: 'text', 2: 'binary', 8: 'close', 9: 'ping', 10: 'pong' };

function codeOf({ frame, payload }: FrameItem): string {
  if (frame !== 8 || payload === undefined || lengthOf(payload) < 2) return '';
  return ` code ${Number.parseInt(toHex(octetsOf(payload).subarray(0, 2)).replaceAll(' ', ''), 16)}`;
}

function describeItem(item: Item, split: Split = 'together'): string {
  const how = typeof split === 'number' ? ` chop ${split}` : split === 'items' ? ' own write' : '';
  if ('message' in item) {
    return `${item.message} ${lengthOf(item.payload)}${item.fragment === undefined ? '' : ` fragment ${item.fragment}`}${how}`;
  }
  if (!('frame' in item)) return Object.keys(item).join();
  const { frame, payload, fin = true, rsv = 0 } = item;
  const length = payload === undefined ? 0 : lengthOf(payload);
  return `${OPCODES[frame] ?? `opcode-${frame}`} ${length}${codeOf(item)}${fin ? '' : ' unfinished'}${rsv === 0 ? '' : ` rsv ${rsv}`}${how}`;
}

function sent({ steps }: Case): readonly string[] {
  return steps.flatMap((step) => {
    if ('send' in step) return step.send.map((item) => describeItem(item, step.split));
    return 'volley' in step ? [`${step.volley.message} ${lengthOf(step.volley.payload)}`] : [];
  });
}

/** Cases that ask the same in another way, and how. */
const SENT_OTHERWISE: Readonly<Record<string, readonly string[]>> = {
  // The Close is the one of the closing handshake.
  '2.7': ['pong 0'],
  '2.8': ['pong 24'],
  // With a code, so that an answer to it cannot be mistaken for a refusal.
  '3.7': ['close 2 code 1000 rsv 7'],
  // A Ping instead of a pause of a second: who answers it has read the bad fragment and goes on.
  '6.4.1': ['text 11 unfinished', 'continuation 4 unfinished', 'ping 8', 'continuation 6'],
  '6.4.2': ['text 12 unfinished', 'continuation 1 unfinished', 'ping 8', 'continuation 8'],
  // One frame of 21 octets that stops behind what is bad, and its rest.
  '6.4.3': ['text 15', 'octets'],
  '6.4.4': ['text 13', 'octets'],
};

// ---- what is wanted --------------------------------------------------------------------------------------------------------------------

/** The codes of a Close that an outcome with that grade allows, and whether the transport may end without one. */
function endings({ outcomes }: Case, grade: string): { codes: readonly (number | null)[]; drop: boolean } {
  const graded = outcomes.filter((outcome) => outcome.grade === grade).map(({ sees }) => sees);
  const isClose = (pattern: Pattern): pattern is Extract<Pattern, { close: unknown }> => typeof pattern === 'object' && 'close' in pattern;
  return {
    codes: [...new Set(graded.flatMap((sees) => sees.filter(isClose).flatMap(({ close }) => close)))].sort((a, b) => Number(a) - Number(b)),
    drop: graded.some((sees) => !sees.some((pattern) => isClose(pattern) || pattern === 'close')),
  };
}

/** Kinds whose connection has to fail. */
const FAILING: ReadonlySet<string> = new Set(['peer-must-fail', 'echo-then-peer-must-fail']);

// ---- what is seen ----------------------------------------------------------------------------------------------------------------------

const text = (content: string): Sight => ({ kind: 'text', octets: utf8(content), frames: 1, compressed: false });
const pong = (content: string): Sight => ({ kind: 'pong', octets: utf8(content) });
const close = (code: number | null): Sight => ({ kind: 'close', code, reason: '' });
const end: Sight = { kind: 'end', how: 'fin' };
const silence: Sight = { kind: 'silence' };
const open: Sight = { kind: 'open' };
const breach = (rule: string): Sight => ({ kind: 'breach', rule, section: '', sentence: '', found: '' });
const CLEAN = [close(1000), end];

function verdicts(alias: string, ...rows: readonly (readonly [verdict: string, ...sights: readonly Sight[]])[]): void {
  const one = caseOf(alias);
  for (const [verdict, ...sights] of rows) {
    const judged = judge(one, sights);
    assert.equal(judged.verdict, verdict, `${alias}: ${sights.map(({ kind }) => kind).join(', ')}: ${judged.why}`);
  }
}

describe('the cases of the classic suite', () => {
  it('all 517 are known', () => {
    assert.equal(FACTS.size, 517);
  });

  it('every id of a group that is covered is the alias of exactly one case, and every alias is an id', () => {
    const groupOf = (id: string): string => id.slice(0, id.indexOf('.'));
    const aliases = CASES.flatMap((one) => one.aliases);
    const covered = new Set([...['1', '2', '3', '4', '5', '6', '7', '9', '10'], ...aliases.map(groupOf)]);
    const due = CLASSIC.map(({ id }) => id).filter((id) => covered.has(groupOf(id)));
    assert.deepEqual(due.filter((id) => aliases.filter((alias) => alias === id).length !== 1), []);
    assert.deepEqual(aliases.filter((alias) => !FACTS.has(alias)), []);
  });

  it('each sends the frames of the classic case: opcodes, lengths, FIN, RSV, close codes, fragments and writes', () => {
    for (const [one, { id, sends }] of PAIRS) {
      if (sends !== undefined) assert.deepEqual(sent(one), SENT_OTHERWISE[id] ?? sends, id);
    }
  });

  it('each passes with the close codes that the classic case wants, and without a Close only where that may be', () => {
    for (const [one, { id, kind, closeCodes, dropAllowed }] of PAIRS) {
      if (kind === 'informational') continue;
      const fails = FAILING.has(kind) || dropAllowed;
      assert.deepEqual(endings(one, 'pass'), { codes: fails ? closeCodes : [null, ...closeCodes], drop: fails }, id);
    }
  });

  it('where the wrong code fails the classic case, no other code is worth more here; but a Close without one is not strict', () => {
    for (const [one, { id, closeCodes, wrongCodeFails }] of PAIRS) {
      if (!wrongCodeFails || id === '7.1.5') continue;
      assert.deepEqual(endings(one, 'non-strict').codes.filter((code) => code !== null && !closeCodes.includes(code)), [], id);
      assert.ok(!one.outcomes.some(({ sees }) => sees.includes('close')), id);
    }
  });

  it('both roles are asked, and much data runs alone', () => {
    for (const [one, { id, kind }] of PAIRS) {
      assert.deepEqual(one.roles, ['server', 'client'], id);
      const octets = one.steps.flatMap((step) => 'send' in step ? step.send : [])
        .reduce((sum, item) => 'payload' in item && item.payload !== undefined ? sum + lengthOf(item.payload) : sum, 0);
      if (octets >= 1024 * 1024 || kind === 'echo-x1000') assert.equal(one.weight, 'heavy', id);
    }
  });
});

describe('what the RFC leaves open, in the cases of the classic suite', () => {
  it('§5.5.3: of ten Pings only some may be answered, in their order, but the last one has to be', () => {
    const pongs = Array.from({ length: 10 }, (_, index) => pong(`payload-${index}`));
    const last = pongs.slice(-1);
    for (const alias of ['2.10', '2.11']) {
      verdicts(alias,
        ['pass', ...pongs, ...CLEAN],
        ['non-strict', ...last, silence],
        ['non-strict', ...pongs.slice(3, 5), ...last, silence],
        ['fail', ...pongs.slice(0, -1), silence],
        ['fail', ...[...pongs].reverse(), ...CLEAN],
        ['fail', ...pongs, pong('payload-9'), ...CLEAN],
        ['fail', silence]);
    }
  });

  it('an application need not have had its turn between a message and a bad frame that come together; what follows is not answered', () => {
    for (const alias of ['3.2', '3.3', '3.4', '4.1.3', '4.1.5', '4.2.4']) {
      verdicts(alias,
        ['pass', text('Hello, hawser'), close(1002), end],
        ['pass', text('Hello, hawser'), end],
        ['non-strict', text('Hello, hawser'), close(1007), end],
        ['non-strict', close(1002), end],
        ['non-strict', end],
        ['fail', text('Hello, hawser'), pong(''), close(1002), end],
        ['fail', text('Hello, hawser'), text('Hello, hawser'), ...CLEAN],
        ['fail', text('Hello, hawser'), silence]);
    }
    verdicts('5.15',
      ['pass', text('fragment1fragment2'), close(1002), end],
      ['non-strict', close(1002), end],
      ['fail', text('fragment1fragment2'), text('fragment4'), close(1002), end]);
  });

  it('§5.5.2: a Pong should not wait for the end of a message, and a message in the middle of which no Ping is answered is none', () => {
    for (const alias of ['5.6', '5.7', '5.8']) {
      verdicts(alias,
        ['pass', pong('Still there?'), text('fragment1fragment2'), ...CLEAN],
        ['non-strict', text('fragment1fragment2'), pong('Still there?'), ...CLEAN],
        ['fail', text('fragment1fragment2'), silence]);
    }
    const [first, second, whole] = [pong('ping in 2'), pong('ping in 4'), text('fragment1fragment2fragment3fragment4fragment5')] as const;
    for (const alias of ['5.19', '5.20']) {
      verdicts(alias,
        ['pass', first, second, whole, ...CLEAN],
        ['non-strict', first, whole, second, ...CLEAN],
        ['fail', second, first, whole, ...CLEAN],
        ['fail', silence]);
    }
  });

  it('§8.1: text that is not UTF-8 is best refused at once, and may be refused at its end', () => {
    for (const alias of ['6.4.1', '6.4.2']) {
      verdicts(alias,
        ['pass', close(1007), end],
        ['pass', end],
        ['non-strict', close(1002), end],
        ['non-strict', pong('noticed?'), close(1007), end],
        ['non-strict', pong('noticed?'), end],
        ['fail', pong('noticed?'), silence]);
    }
    for (const alias of ['6.4.3', '6.4.4']) {
      verdicts(alias, ['pass', close(1007), end], ['non-strict', open, close(1007), end], ['non-strict', open, end], ['fail', open, silence]);
    }
    verdicts('6.3.1', ['pass', close(1007), end], ['non-strict', close(1002), end], ['fail', silence],
      ['fail', { kind: 'text', octets: hex('ce'), frames: 1, compressed: false }, silence]);
  });

  it('§5.5.1: what comes behind a Close is not answered; a Pong is forgiven, a message is not', () => {
    verdicts('7.1.2', ['pass', ...CLEAN], ['pass', close(null), end], ['fail', close(1001), end], ['fail', end]);
    verdicts('7.1.3', ['pass', ...CLEAN], ['non-strict', pong(''), ...CLEAN], ['non-strict', close(null), pong(''), end],
      ['fail', close(1000), silence]);
    verdicts('7.1.4', ['pass', ...CLEAN], ['fail', text('Hello World!'), ...CLEAN]);
    verdicts('7.1.5', ['pass', ...CLEAN], ['non-strict', close(1002), end], ['fail', text('fragment1fragment2'), ...CLEAN],
      ['fail', close(1007), end]);
  });

  it('§5.5.1, §7.4: a good Close is answered with its code, 1000 or none; a bad one with 1002 or not at all', () => {
    verdicts('7.7.2', ['pass', close(1001), end], ['pass', close(1000), end], ['pass', close(null), end], ['fail', close(1002), end],
      ['fail', end]);
    for (const alias of ['3.7', '7.3.2', '7.3.6', '7.9.1', '7.9.9']) {
      verdicts(alias, ['pass', close(1002), end], ['pass', end], ['non-strict', close(null), end], ['fail', ...CLEAN], ['fail', silence]);
    }
    verdicts('7.5.1', ['pass', close(1007), end], ['pass', close(1002), end], ['fail', ...CLEAN]);
    verdicts('7.9.8', ['fail', breach('CLOSE_CODE_NOT_ALLOWED')]);
  });

  it('what is only written down is told apart, and is no excuse for a connection that stays', () => {
    const much: Sight = { kind: 'text', octets: octetsOf({ corpus: 'prose', length: 262_144 }), frames: 3, compressed: false };
    verdicts('7.1.6', ['informational', much, text('Hello World!'), ...CLEAN], ['informational', much, ...CLEAN], ['informational', ...CLEAN],
      ['informational', much, close(null), pong(''), end], ['informational', close(1009), end], ['fail', text('Hello World!'), ...CLEAN],
      ['fail', much, silence], ['fail', end]);
    for (const alias of ['7.13.1', '7.13.2']) {
      verdicts(alias, ['informational', close(1002), end], ['informational', ...CLEAN], ['informational', end],
        ['informational', breach('CLOSE_CODE_NOT_ALLOWED')], ['fail', breach('MASK_MISSING')], ['fail', silence]);
    }
  });

  it('§10.4: a message may be too big for somebody who says so with 1009, and have too many fragments', () => {
    verdicts('9.1.6', ['non-strict', close(1009), end], ['fail', close(1011), end], ['fail', end]);
    verdicts('9.4.1', ['non-strict', close(1009), end], ['non-strict', close(1008), end], ['fail', close(1002), end]);
    verdicts('9.5.1', ['non-strict', close(1009), end], ['fail', close(1008), end]);
  });
});
