// The cases about the opening handshake, held to the header vectors they come from, to Hawser itself, and to peers that believe everything or
// nothing.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Case, Item, Pattern, Step, SubjectRole } from '../../lib/conformance/case.ts';
import { CASES } from '../../lib/conformance/cases/index.ts';
import type { Endpoint, Engine } from '../../lib/conformance/engine.ts';
import { writeFrame } from '../../lib/conformance/tester/frame-writer.ts';
import { hawserEngine } from '../../lib/conformance/memory/hawser-engine.ts';
import { judge } from '../../lib/conformance/tester/judge.ts';
import { runInMemory } from '../../lib/conformance/memory/run-in-memory.ts';
import { octetsOf } from '../../lib/conformance/payload.ts';
import type { Verdict } from '../../lib/conformance/result.ts';
import type { Sight } from '../../lib/conformance/tester/sight.ts';
import { ClientHandshake } from '../../lib/core/handshake/client.ts';
import { acceptKeyOf } from '../../lib/core/handshake/accept.ts';
import { Connection, MessageAssembler } from '../../lib/core/protocol/index.ts';
import { latin1, utf8 } from '../support/bytes.ts';
import { responseText, samplePlatform, SAMPLE_ACCEPT, SAMPLE_KEY } from '../support/handshake.ts';
import { readJson } from '../support/project.ts';

interface HeaderRow {
  readonly id: string;
  readonly receiver: SubjectRole;
  readonly raw: string;
  readonly strength: 'required' | 'recommended' | 'choice';
  readonly expect: { readonly status: number } | { readonly outcome: 'open' | 'fail' };
}

const { headerCases: ROWS } = readJson<{ headerCases: readonly HeaderRow[] }>('spec/vectors/vectors.json');
const HANDSHAKE = CASES.filter(({ opening, id }) => opening.by === 'steps' && /\/(?:request|response|answer|upgrade)-/.test(id));

/** `q-host-missing` is the case `…/request-host-missing`, `r-status-200` the case `…/response-status-200`. */
function casesOf({ id }: HeaderRow): readonly Case[] {
  const name = id.replace(/^q-(?:request-)?/, '/request-').replace(/^r-/, '/response-');
  return HANDSHAKE.filter((one) => one.id.endsWith(name));
}

function caseOf(row: HeaderRow): Case {
  const [one] = casesOf(row);
  assert.ok(one !== undefined, row.id);
  return one;
}

// ---- heads ------------------------------------------------------------------------------------------------------------------------

/** What stands in the rows where a case has a placeholder; which subprotocol was offered is a row's own affair. */
const FILLED: readonly (readonly [placeholder: string, text: string])[] = [
  ['{host}', 'server.example.com'], ['{resource}', '/chat'], ['{key}', SAMPLE_KEY], ['{accept}', SAMPLE_ACCEPT], ['{fields}', ''],
  ['{choice}', ''], ['{swapped accept}', 'S3PplmbItXAq9KygZZHzrBk+XoO='], ['{swapped protocol}', 'Chat'],
];
const FIRST_OFFERED: Readonly<Record<string, string>> = { 'r-protocol-requested': 'superchat' };

function written(item: Item, row: HeaderRow): string {
  if ('head' in item) {
    return FILLED.reduce((head, [placeholder, text]) => head.replaceAll(placeholder, text), item.head)
      .replaceAll('{protocol}', FIRST_OFFERED[row.id] ?? 'chat');
  }
  assert.ok('octets' in item || 'frame' in item, row.id);
  const octets = 'octets' in item ? octetsOf(item.octets) : writeFrame(item, row.receiver === 'server');
  return Buffer.from(octets).toString('latin1');
}

function firstSend({ steps }: Case): Extract<Step, { send: unknown }> {
  const step = steps.find((each) => 'send' in each);
  assert.ok(step !== undefined && 'send' in step);
  return step;
}

// ---- what is seen -----------------------------------------------------------------------------------------------------------------

const HELLO: Sight = { kind: 'text', octets: utf8('Hello'), frames: 1, compressed: false };
const CLOSED: readonly Sight[] = [{ kind: 'close', code: 1000, reason: '' }, { kind: 'end', how: 'fin' }];
const response = (status: number): Sight => ({
  kind: 'http', status, extensions: '', fields: [['Upgrade', 'websocket'], ['Connection', 'Upgrade'], ['Sec-WebSocket-Version', '13']],
});

/** A subject that opens, and one that does not, as its tester sees them. */
const OPENS: Readonly<Record<SubjectRole, readonly Sight[]>> = {
  server: [response(101), HELLO, ...CLOSED],
  client: [{ kind: 'request' }, HELLO, ...CLOSED],
};
const REFUSES: Readonly<Record<SubjectRole, readonly Sight[]>> = {
  server: [response(400)],
  client: [{ kind: 'request' }, { kind: 'end', how: 'fin' }],
};

/** What the contrary of a row is worth. */
const WORTH: Readonly<Record<HeaderRow['strength'], readonly Verdict[]>> = {
  required: ['fail'], recommended: ['non-strict', 'informational'], choice: ['pass', 'informational'],
};

const isToOpen = ({ expect }: HeaderRow): boolean => ('status' in expect ? expect.status === 101 : expect.outcome === 'open');

/** Rows whose contrary is weighed otherwise than their strength has it, and why. */
const LIGHTER: Readonly<Record<string, string>> = {
  'q-version-8': 'a server may speak the draft as well',
  'q-nul-in-value': 'RFC 9110 §5.5 also lets a recipient replace the NUL, which cannot be seen',
  'q-protocols-list': 'a server that insists on other subprotocols cannot be told apart',
  'q-protocols-two-lines': 'the same',
  'q-protocols-case': 'the same',
  'q-protocols-invalid-token': 'a server that speaks no subprotocols need not read them (§4.2.1)',
  'q-protocols-utf8': 'the same',
  'r-protocol-absent': 'browsers fail it, by their own standard',
};

describe('cases of the opening handshake: the header vectors', () => {
  it('every row is answered by one case, of its receiver', () => {
    assert.ok(ROWS.length > 100);
    assert.deepEqual(ROWS.filter((row) => casesOf(row).length !== 1).map(({ id }) => id), []);
    assert.deepEqual(ROWS.filter((row) => caseOf(row).roles.join() !== row.receiver).map(({ id }) => id), []);
  });

  it('a case sends the octets of its row, with host, resource, key and what was offered put in, and behind a bad response a text', () => {
    for (const row of ROWS) {
      const one = caseOf(row);
      const items = [...firstSend(one).send];
      if (row.receiver === 'client' && !isToOpen(row)) assert.deepEqual(items.pop(), { frame: 1, payload: { text: 'Hello' } }, row.id);
      assert.equal(items.map((item) => written(item, row)).join(''), row.raw, one.id);
    }
  });

  it('what a row says passes', () => {
    for (const row of ROWS) {
      const { verdict, why } = judge(caseOf(row), (isToOpen(row) ? OPENS : REFUSES)[row.receiver]);
      assert.equal(verdict, 'pass', `${row.id}: ${why}`);
    }
  });

  it('its contrary fails where the row is required, is told where it is recommended, and is no fault where it is a choice', () => {
    for (const row of ROWS) {
      const { verdict } = judge(caseOf(row), (isToOpen(row) ? REFUSES : OPENS)[row.receiver]);
      const strength = row.id in LIGHTER ? 'recommended' : row.strength;
      assert.ok(WORTH[strength].includes(verdict), `${row.id}, which is ${strength}: ${verdict}`);
    }
  });

  it('no exception to that is idle', () => {
    assert.deepEqual(Object.keys(LIGHTER).filter((id) => ROWS.find((row) => row.id === id)?.strength !== 'required'), []);
  });

  it('a server that ends the transport without an answer to a bad request is told so, and not failed', () => {
    const bad = ROWS.filter((row) => row.receiver === 'server' && !isToOpen(row));
    for (const row of bad) assert.equal(judge(caseOf(row), [{ kind: 'end', how: 'fin' }]).verdict, 'non-strict', row.id);
  });
});

// ---- subjects ---------------------------------------------------------------------------------------------------------------------

const platform = samplePlatform();

/** The verdicts of every handshake case that are not a pass, by id and role. */
function verdicts(engine: Engine, role?: SubjectRole): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const one of HANDSHAKE) {
    for (const each of one.roles.filter((candidate) => role === undefined || candidate === role)) {
      found.set(one.id, runInMemory(engine, one, each, { platform }).verdict);
    }
  }
  return found;
}

function idsOf(found: ReadonlyMap<string, string>, verdict: Verdict): readonly string[] {
  return [...found].filter(([, each]) => each === verdict).map(([id]) => id);
}

/** Whether the case can pass with this among what is seen. */
function mayPassWith(one: Case, pattern: (each: Pattern) => boolean): boolean {
  return one.outcomes.some(({ grade, sees }) => (grade === 'pass' || grade === 'informational') && sees.some(pattern));
}

const isEcho = (pattern: Pattern): boolean => typeof pattern === 'object' && ('text' in pattern || 'anyOrder' in pattern);

/** An echo behind an opening handshake that somebody else does. */
abstract class Credulous implements Endpoint {
  readonly #role: SubjectRole;
  protected connection: Connection | null = null;
  protected head = '';
  #output: Uint8Array | null = null;
  #ended = false;

  constructor(role: SubjectRole) {
    this.#role = role;
  }

  protected abstract answer(head: string): string | null;

  receive(chunk: Uint8Array): void {
    if (this.connection !== null) return void this.connection.receive(chunk);
    this.head += Buffer.from(chunk).toString('latin1');
    const end = this.head.indexOf('\r\n\r\n');
    if (end === -1) return;
    const answer = this.answer(this.head.slice(0, end));
    if (answer !== null) this.#output = latin1(answer);
    this.connection = new Connection({
      role: this.#role, platform, keepalive: 'off',
      events: new MessageAssembler(platform, {
        text: (message) => void this.connection?.sendText(message), binary: (message) => void this.connection?.sendBinary(message),
        ping() {}, pong() {}, closing() {}, closed() {}, drained() {},
      }),
    });
    this.connection.advance(0);
    this.connection.receive(latin1(this.head.slice(end + 4)));
  }

  receiveEnd(): void {
    this.#ended = true;
    this.connection?.receiveEnd();
  }

  takeOutput(): Uint8Array | null {
    const first = this.#output ?? this.request();
    this.#output = null;
    return first ?? this.connection?.takeOutput() ?? null;
  }

  protected request(): Uint8Array | null {
    return null;
  }

  get outputEnded(): boolean {
    return this.connection?.outputEnded ?? this.#ended;
  }

  get abandoned(): boolean {
    return this.connection?.abandoned ?? false;
  }

  get deadline(): number {
    return this.connection?.deadline ?? Infinity;
  }

  advance(now: number): void {
    this.connection?.advance(now);
  }
}

/** Opens for whatever ends with an empty line. */
class CredulousServer extends Credulous {
  protected answer(head: string): string {
    const key = /^sec-websocket-key:[ \t]*(.*?)[ \t]*$/im.exec(head)?.[1] ?? '';
    return responseText({ 'Sec-WebSocket-Accept': acceptKeyOf(key, platform) });
  }
}

/** Opens for whatever ends with an empty line, and offers all that can be. */
class CredulousClient extends Credulous {
  readonly #handshake = new ClientHandshake({
    platform, host: 'conformance.test', port: 80, secure: false, resource: '/', protocols: ['chat'],
    extensions: [{ name: 'permessage-deflate', parameters: [] }],
  });

  protected answer(): null {
    return null;
  }

  protected override request(): Uint8Array | null {
    return this.#handshake.takeOutput();
  }
}

/** Refuses every opening handshake, whoever asks. */
class Stubborn implements Endpoint {
  readonly deadline: number = Infinity;
  readonly abandoned: boolean = false;
  outputEnded = false;
  #output: Uint8Array | null;
  readonly #answer: Uint8Array | null;

  constructor(role: SubjectRole) {
    this.#output = role === 'server' ? null : new CredulousClient('client').takeOutput();
    this.#answer = role === 'server' ? latin1('HTTP/1.1 400 Bad Request\r\nSec-WebSocket-Version: 13\r\nContent-Length: 0\r\n\r\n') : null;
  }

  receive(): void {
    if (!this.outputEnded) this.#output = this.#answer;
    this.outputEnded = true;
  }

  receiveEnd(): void {
    this.outputEnded = true;
  }

  takeOutput(): Uint8Array | null {
    const output = this.#output;
    this.#output = null;
    return output;
  }

  advance(): void {}
}

const credulous: Engine = {
  name: 'credulous', opening: 'included', start: (role) => (role === 'server' ? new CredulousServer(role) : new CredulousClient(role)),
};
const stubborn: Engine = { name: 'stubborn', opening: 'included', start: (role) => new Stubborn(role) };

describe('cases of the opening handshake: subjects in memory', () => {
  it('Hawser passes all of them; told are its patience of ten seconds, and an echo that is for everybody', () => {
    const found = verdicts(hawserEngine({ platform, protocols: ['chat', 'superchat'] }));
    assert.ok(found.size > 300);
    assert.deepEqual(idsOf(found, 'informational'), [
      '10.2/request-origin-foreign', '10.2/request-origin-null', '10.2/request-origin-alike', '10.2/request-host-foreign',
      '4.2.1/request-never-comes', '4.2.1/request-half-a-head', '4.1/response-never-comes', '4.1/response-half-a-head',
    ]);
    assert.equal(idsOf(found, 'pass').length, found.size - 8);
  });

  it('what is about an offer is skipped where nothing is offered, and nothing else is', () => {
    const found = verdicts(hawserEngine({ platform, compression: 'off' }), 'client');
    assert.deepEqual(idsOf(found, 'skipped'), HANDSHAKE.filter(({ opening }) => opening.needsOffer !== undefined).map(({ id }) => id));
    assert.ok(idsOf(found, 'skipped').length >= 7);
  });

  it('a subject that opens whatever it is told passes only what may be opened', () => {
    const found = verdicts(credulous);
    // About what comes behind a good head, or no whole head at all: it does nothing wrong there.
    const others = /-pipelined-|-then-fin$|\/answer-(?:is-the-end|ends-in-the-head)$/;
    const wrongly = HANDSHAKE.filter((one) => found.get(one.id) === 'pass' && !others.test(one.id) && !mayPassWith(one, isEcho));
    assert.deepEqual(wrongly.map(({ id }) => id), []);
    for (const id of ['4.2.1/request-key-missing', '9112-3.2/request-host-dup', '4.1/response-accept-missing', '4.1/answer-404']) {
      assert.equal(found.get(id), 'fail', id);
    }
  });

  it('a subject that opens nothing passes only what may be refused', () => {
    const found = verdicts(stubborn);
    const toOpen = HANDSHAKE.filter((one) => one.outcomes.filter(({ grade }) => grade === 'pass').every(({ sees }) => sees.some(isEcho)));
    assert.ok(toOpen.length > 60);
    assert.deepEqual(toOpen.filter(({ id }) => found.get(id) === 'pass').map(({ id }) => id), []);
  });

  it('cut octet by octet, every head means the same', () => {
    const engine = hawserEngine({ platform, protocols: ['chat', 'superchat'] });
    const small = HANDSHAKE.filter(({ steps }) => !JSON.stringify(steps).includes('"length"'));
    assert.ok(small.length > 200);
    for (const one of small) {
      for (const role of one.roles) {
        const whole = runInMemory(engine, one, role, { platform });
        const cut = runInMemory(engine, one, role, { platform, split: 1 });
        assert.equal(cut.verdict, whole.verdict, one.id);
        assert.deepEqual([...cut.seen].sort(), [...whole.seen].sort(), one.id); // a Pong may overtake
      }
    }
  });
});
