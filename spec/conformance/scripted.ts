// One case against a subject that is played by hand: octets in, octets out, time as it is said. It is as strict as a transport may be: it takes
// nothing once the tester has ended its side, and nothing may change once there is a result.

import assert from 'node:assert/strict';

import type { Case, Item, Opening, Outcome, Split, Step, SubjectRole } from '../../lib/conformance/case.ts';
import { CaseRun } from '../../lib/conformance/tester/case-run.ts';
import type { Recorder } from '../../lib/conformance/tester/case-run-options.ts';
import type { CaseResult } from '../../lib/conformance/result.ts';
import { define, message } from '../../lib/conformance/write.ts';
import { portablePlatform } from '../../lib/core/platform.ts';
import { hex, latin1, toHex } from '../support/bytes.ts';

export const PATIENCE = 1_000;

export interface ScriptOptions {
  /** The side that is played; by default a client, so that the tester masks nothing. */
  readonly role?: SubjectRole;
  readonly opening?: Opening;
  /** `included`: heads and all. By default the connection is open from the start. */
  readonly handshake?: 'included';
  /** What was agreed on, where it is open from the start. */
  readonly extensions?: string;
  readonly outcomes?: readonly Outcome[];
  readonly split?: Split;
  readonly budget?: number;
  readonly recorder?: Recorder;
}

/** A text message of the tester. */
export const says = (content: string): Item => message('text', content);

/** Pings and texts of a subject that is a client, masked with a key of nothing. */
export function masked(frame: string): string {
  const octets = hex(frame);
  assert.ok((octets[1] as number) < 126, 'a frame with a short length');
  return toHex(Uint8Array.of(octets[0] as number, (octets[1] as number) | 0x80, 0, 0, 0, 0, ...octets.subarray(2)));
}

export class Script {
  readonly run: CaseRun;
  readonly role: SubjectRole;
  now = 0;
  /** What the subject has sent while the tester did not read. */
  readonly #unread: Uint8Array[] = [];
  #ended = false;
  #result: CaseResult | null = null;

  constructor(steps: readonly Step[], options: ScriptOptions = {}) {
    const { role = 'client', opening = {}, handshake, extensions = '', outcomes = [], split, budget = Infinity, recorder } = options;
    const testCase: Case = define({
      id: '5/scripted', does: 'Does it.', expects: 'It comes.', requirements: [], roles: [role], opening, steps,
      outcomes: outcomes.length > 0 ? outcomes : [{ grade: 'pass', sees: ['anything'] }],
    });
    this.role = role;
    const platform = portablePlatform({ random: (target) => { target.set(latin1('the sample nonce').subarray(0, target.length)); } });
    this.run = new CaseRun(testCase, {
      role, platform, codecs: { allocate: platform.allocate }, now: 0, host: 'server.example.com', resource: '/chat', patience: PATIENCE, budget,
      opening: handshake ?? 'none', extensions, ...split !== undefined && { split }, ...recorder !== undefined && { recorder },
    });
  }

  /** The subject sends: octets in hex, or a head. */
  sends(...wire: readonly (string | Uint8Array)[]): this {
    for (const each of wire) {
      this.#unread.push(typeof each !== 'string' ? each : each.includes('\r\n') ? latin1(each) : hex(each));
      this.#deliver();
    }
    return this;
  }

  #deliver(): void {
    while (this.run.reads && this.#unread.length > 0) {
      const octets = this.#unread.shift() as Uint8Array; // there is one
      const before = octets.slice();
      this.run.advance(this.now);
      this.run.receive(octets);
      assert.equal(Buffer.compare(octets, before), 0, 'octets of the subject are left as they are');
      this.#look();
    }
  }

  ends(how: 'fin' | 'reset' = 'fin'): this {
    this.run.advance(this.now);
    this.run.receiveEnd(how);
    this.#look();
    return this;
  }

  /** The next write of the tester. */
  take(): string | null {
    const bytes = this.run.takeOutput();
    this.#look();
    this.#deliver();
    if (bytes === null) {
      this.#ended ||= this.run.outputEnded;
      return null;
    }
    assert.equal(this.#ended, false, 'nothing is written behind the end');
    assert.ok(bytes.length > 0, 'a write has octets');
    return toHex(bytes);
  }

  /** All writes until there are none. */
  wrote(): string[] {
    const writes: string[] = [];
    for (let write = this.take(); write !== null; write = this.take()) writes.push(write);
    return writes;
  }

  /** Time passes, deadline by deadline. */
  pass(ms: number): this {
    const until = this.now + ms;
    while (this.run.deadline <= until) {
      const { deadline } = this.run;
      assert.ok(deadline >= this.now, 'a deadline lies ahead');
      this.now = deadline;
      this.run.advance(deadline);
      this.#look();
      this.#deliver();
      assert.ok(this.run.deadline > deadline, 'a deadline that is over moves on');
    }
    this.now = until;
    this.run.advance(until);
    this.#look();
    return this;
  }

  /** What was seen, once it is over. */
  get seen(): readonly string[] | null {
    return this.run.result?.seen ?? null;
  }

  #look(): void {
    const { run } = this;
    if (this.#result !== null) {
      assert.equal(run.result, this.#result, 'there is one result');
      return;
    }
    this.#result = run.result;
    if (this.#result === null) return;
    const { outputEnded, abandoned, reads } = run;
    assert.deepEqual([outputEnded, reads, run.deadline], [true, true, Infinity]);
    const after = (): void => {
      assert.equal(run.takeOutput(), null, 'nothing is written behind the result');
      assert.equal(run.result, this.#result);
      assert.deepEqual([run.outputEnded, run.abandoned, run.reads, run.deadline], [outputEnded, abandoned, reads, Infinity]);
    };
    after();
    run.receive(hex('8900ff'));
    after();
    run.receiveEnd('fin');
    run.receiveEnd('reset');
    run.advance(this.now + 1e9);
    run.stop('too late');
    after();
    run.advance(this.now);
  }
}
