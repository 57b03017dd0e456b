// The cases as a file: it holds what is run, word for word and write for write, and a reader that knows nothing but the page about it comes to
// the same verdicts.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Case, Item, Pattern, Payload, Step, SubjectRole } from '../../lib/conformance/case.ts';
import { CASES } from '../../lib/conformance/cases/index.ts';
import type { Endpoint } from '../../lib/conformance/engine.ts';
import { hawserEngine } from '../../lib/conformance/memory/hawser-engine.ts';
import { Heads } from '../../lib/conformance/tester/heads.ts';
import { ItemWriter } from '../../lib/conformance/tester/item-writer.ts';
import { runInMemory } from '../../lib/conformance/memory/run-in-memory.ts';
import { toHex } from '../../lib/conformance/payload.ts';
import { publish } from '../../lib/conformance/publish.ts';
import type { PublishedCase, PublishedCases } from '../../lib/conformance/publish.ts';
import { define, frame, hex as digits, message, text } from '../../lib/conformance/write.ts';
import { Connection } from '../../lib/core/protocol/connection.ts';
import { MessageAssembler } from '../../lib/core/protocol/message-assembler.ts';
import { nodePlatform } from '../../lib/node/platform.ts';
import { hex } from '../support/bytes.ts';
import { read } from '../support/docs.ts';
import { readJson } from '../support/project.ts';

// ---- a reader, from docs/conformance-cases.md alone -------------------------------------------------------------------------------------

type Simple = 'close' | 'end' | 'silence' | 'anything' | { text: Payload } | { binary: Payload } | { pong: Payload } | { close: (number | null)[] };

function bytesOf(payload: Payload): Buffer {
  if ('hex' in payload) return Buffer.from(payload.hex, 'hex');
  if ('text' in payload) return Buffer.from(payload.text);
  if ('repeat' in payload) return Buffer.alloc(payload.length, payload.length > 0 ? Buffer.from(payload.repeat, 'hex') : 0);
  if ('parts' in payload) return Buffer.concat(payload.parts.map(bytesOf));
  throw new Error('a corpus is not simple');
}

/** What the frames of a subject say: `text 6162`, `close 1000`. */
function* seenIn(wire: Buffer): Generator<string> {
  let [kind, content] = ['', Buffer.alloc(0)];
  for (let at = 0; at < wire.length;) {
    const [first = 0, second = 0] = wire.subarray(at);
    const short = second & 127, opcode = first & 15;
    const length = short < 126 ? short : short === 126 ? wire.readUInt16BE(at + 2) : Number(wire.readBigUInt64BE(at + 2));
    const key = at + (short < 126 ? 2 : short === 126 ? 4 : 10), start = key + (second > 127 ? 4 : 0);
    const payload = wire.subarray(start, start + length).map((octet, i) => second > 127 ? octet ^ (wire[key + (i & 3)] as number) : octet);
    if (opcode === 8) yield `close ${length > 1 ? (payload[0] as number) * 256 + (payload[1] as number) : null}`;
    else if (opcode === 10) yield `pong ${toHex(payload)}`;
    else if (opcode < 8) {
      if (opcode > 0) [kind, content] = [opcode === 1 ? 'text' : 'binary', Buffer.alloc(0)];
      content = Buffer.concat([content, payload]);
      if (first > 127) yield `${kind} ${toHex(content)}`;
    }
    at = start + length;
  }
}

function fits([pattern, ...more]: readonly (Simple | { maybe: Simple })[], seen: readonly string[]): boolean {
  if (pattern === undefined) return seen.length === 0;
  if (pattern === 'anything') return true;
  if (typeof pattern === 'object' && 'maybe' in pattern) return fits([pattern.maybe, ...more], seen) || fits(more, seen);
  return isIt(pattern, seen[0] ?? '') && fits(more, seen.slice(1));
}

function isIt(pattern: Simple, seen: string): boolean {
  if (pattern === 'close') return seen.startsWith('close ');
  if (typeof pattern === 'string') return seen === pattern;
  if ('close' in pattern) return pattern.close.some((code) => seen === `close ${code}`);
  return Object.entries(pattern).some(([kind, payload]: [string, Payload]) => seen === `${kind} ${toHex(bytesOf(payload))}`);
}

function gradeOf({ outcomes }: PublishedCase, seen: readonly string[]): string {
  return outcomes.find(({ sees }) => fits(sees as Simple[], seen))?.grade ?? 'fail';
}

function verdictOf(one: PublishedCase, role: SubjectRole, subject: Endpoint): string {
  let seen: string[] = [];
  let wire = Buffer.alloc(0);
  const isClosed = (): boolean => seen.some((line) => line.startsWith('close '));
  const write = (digits: string): void => {
    subject.receive(Buffer.from(digits, 'hex'));
    for (let octets = subject.takeOutput(); octets !== null; octets = subject.takeOutput()) wire = Buffer.concat([wire, octets]);
    seen = [...seenIn(wire)];
  };
  const hasClosed = one.steps.some((step) => 'send' in step && step.send.some((item) => 'frame' in item && item.frame === 8));
  for (const step of one.steps) {
    if ('send' in step) for (const digits of step.writes?.[role] ?? []) if (!isClosed()) write(digits);
    if ('await' in step && !isClosed() && seen.length < step.await) return gradeOf(one, [...seen, 'silence']);
    if (!('finish' in step) || hasClosed) continue;
    if (isClosed()) write(role === 'server' ? '888037fa213d' : '8800');
    else if (step.finish === 'close') write(role === 'server' ? '888237fa213d3412' : '880203e8');
  }
  if (role === 'client' && isClosed()) subject.receiveEnd();
  return gradeOf(one, [...seen, subject.outputEnded || subject.abandoned ? 'end' : 'silence']);
}

/** A case that this reader understands. */
function isSimple({ steps, outcomes, opening }: PublishedCase): boolean {
  const isKnown = (pattern: Pattern): boolean => {
    if (typeof pattern === 'string') return ['close', 'end', 'silence', 'anything'].includes(pattern);
    if ('maybe' in pattern) return isKnown(pattern.maybe);
    return 'text' in pattern || 'binary' in pattern || 'pong' in pattern || ('close' in pattern && pattern.reason === undefined);
  };
  return Object.keys(opening).length === 0 && !JSON.stringify(outcomes).includes('"corpus"') && outcomes.every(({ sees }) => sees.every(isKnown))
    && steps.every((step) => ('send' in step && step.writes !== undefined) || 'await' in step || ('finish' in step && step.finish !== 'leave'));
}

// ---- the specs --------------------------------------------------------------------------------------------------------------------

const { version } = readJson<{ version: string }>('package.json');
const requirements = new Map(readJson<{ id: string; text: string }[]>('spec/requirements.json').map(({ id, text }) => [id, text]));
const published = JSON.parse(JSON.stringify(publish(CASES, version, requirements))) as PublishedCases;

/** What the tester writes in a step, write by write. */
function written(one: Case, role: SubjectRole, step: number): string[] {
  const heads = new Heads({
    role, opening: one.opening, platform: nodePlatform, codecs: { allocate: nodePlatform.allocate }, host: '', resource: '', fields: [], see: () => {},
  });
  const { send, split = 'together', times = 1 } = one.steps[step] as Extract<Step, { send: unknown }>;
  return [...new ItemWriter(heads, role === 'server', true).writes(send, split, times)].map((bytes) => toHex(bytes));
}

describe('the cases as a file', () => {
  it('are what is run: beside the writes nothing is added, left out or changed', () => {
    const without = published.cases.map((one) => ({ ...one, steps: one.steps.map((step) => ({ ...step, writes: undefined })) }));
    const same = CASES.map((one) => ({ ...one, steps: one.steps.map((step) => ({ ...step, writes: undefined })) }));
    assert.deepEqual(without, same);
    assert.deepEqual([published.format, published.hawser, published.corpusSize], [1, version, 262_144]);
  });

  it('come with what their requirements say, and no others', () => {
    const cited = [...new Set(CASES.flatMap((one) => one.requirements))].sort();
    assert.deepEqual(Object.keys(published.requirements).sort(), cited);
    assert.ok(cited.every((id) => published.requirements[id] === requirements.get(id)));
  });

  it('are in the package', () => {
    assert.deepEqual(readJson('dist/lib/conformance/cases.json'), published);
  });

  it('have the writes that the tester makes, for each role, wherever they are the same on every connection', () => {
    let compared = 0;
    for (const [index, one] of CASES.entries()) {
      for (const [step, { writes }] of (published.cases[index] as PublishedCase).steps.entries()) {
        if (writes === undefined) continue;
        assert.deepEqual(Object.keys(writes), one.roles);
        for (const role of one.roles) {
          assert.deepEqual(writes[role], written(one, role, step), `${one.id}, step ${step}, to a ${role}`);
          compared++;
        }
      }
    }
    assert.ok(compared > 2_000, `${compared}`);
  });

  it('come with what each requirement says that one of them rests on, and no other', () => {
    const cited = new Set(CASES.flatMap((one) => one.requirements));
    assert.deepEqual(Object.keys(published.requirements).sort(), [...cited].sort());
    for (const [id, sentence] of Object.entries(published.requirements)) assert.equal(sentence, requirements.get(id));
  });

  it('have no writes of heads, of what is compressed, long or said over and over: these are described', () => {
    const isStepWritten = (step: Step): boolean => {
      const one = define({ id: '5/x', does: '', expects: '', requirements: [], outcomes: [], steps: [step] });
      return publish([one], '1', new Map()).cases.some(({ steps }) => steps.some(({ writes }) => writes !== undefined));
    };
    const isWritten = (...send: readonly Item[]): boolean => isStepWritten({ send });
    assert.equal(isWritten(text('a'), frame(3), message('text', 'b', { fragment: 1 }), { octets: digits('00') }), true);
    assert.equal(isWritten(text('a'), { head: 'GET' }), false);
    assert.equal(isWritten(message('text', 'b', { compressed: true })), false);
    assert.equal(isWritten(text('x'.repeat(2_049))), false);
    assert.equal(isWritten({ again: [text('a')], times: 2 }), false);
    assert.equal(isStepWritten({ send: [text('a')], times: 2 }), false);
  });

  it('come to the same verdicts by a reader of a few lines that is written from the page about them', () => {
    let read = 0;
    for (const [index, one] of published.cases.entries()) {
      for (const role of isSimple(one) ? one.roles : []) {
        const own = runInMemory(hawserEngine({ platform: nodePlatform }), CASES[index] as Case, role, { platform: nodePlatform });
        assert.equal(verdictOf(one, role, echo(role)), own.verdict, `${one.id} as ${role}: ${own.why}`);
        read++;
      }
    }
    assert.ok(read > 600, `${read} cases were simple enough`);
  });

  it('are on the page as they are in the file', () => {
    const shown = JSON.parse(read('docs/examples/conformance-case.json')) as { id: string };
    assert.deepEqual(shown, published.cases.find(({ id }) => id === shown.id));
    assert.ok(read('docs/conformance-cases.md').includes(read('docs/examples/conformance-case.json')));
  });

  it('pass, are non-strict and fail on the page as they do here', () => {
    const one = published.cases.find(({ id }) => id === '5.4/ping-between-fragments');
    assert.ok(one !== undefined);
    const page = read('docs/conformance-cases.md').replaceAll('\n', ' ');
    const [pong, echoed, close] = ['8a0c 5374696c6c2074686572653f', '8112 667261676d656e7431667261676d656e7432', '8802 03e8'] as const;
    for (const wire of [pong, echoed, close, '8882 37fa213d 3412']) assert.ok(page.includes(wire), wire);
    const graded = (...wire: string[]): string => gradeOf(one, [...seenIn(Buffer.from(hex(wire.join('')))), 'end']);
    assert.equal(graded(pong, echoed, close), 'pass');
    assert.equal(graded(echoed, pong, close), 'non-strict');
    assert.equal(graded(echoed, close), 'fail');
  });
});

/** The connection of Hawser alone, which echoes. */
function echo(role: SubjectRole): Endpoint {
  const connection = new Connection({
    role, platform: nodePlatform, keepalive: 'off',
    events: new MessageAssembler(nodePlatform, {
      text: (content) => void connection.sendText(content),
      binary: (content) => void connection.sendBinary(content),
      ping: () => {}, pong: () => {}, closing: () => {}, drained: () => {}, closed: () => {},
    }),
  });
  return connection;
}
