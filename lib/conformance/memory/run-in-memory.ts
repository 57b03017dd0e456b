// Runs cases against an engine in memory, under virtual time: no socket, no clock, no waiting. A deadline of ten seconds takes as long as one
// of ten milliseconds, and every run of a case is the same run.
//
// Law: an endpoint that throws, spins or returns nonsense costs its case, never the run.

import { answerOffers } from '../../core/deflate/answer.ts';
import { compressionChoices } from '../../core/deflate/compression-options.ts';
import type { CodecHost } from '../../core/deflate/codecs.ts';
import { parseExtensions, serializeExtensions } from '../../core/handshake/extensions.ts';
import { Malformed } from '../../core/handshake/scanner.ts';
import type { Platform } from '../../core/platform.ts';
import { AFTERWARDS, failsAfterwards } from '../tester/afterwards.ts';
import type { Case, Split, SubjectRole } from '../case.ts';
import { CaseRun } from '../tester/case-run.ts';
import type { Recorder } from '../tester/case-run-options.ts';
import type { Endpoint, Engine } from '../engine.ts';
import type { CaseResult } from '../result.ts';
import { GuardedEndpoint, sayThrown } from './guarded-endpoint.ts';

export interface MemoryOptions {
  /** Randomness for the tester's key and SHA-1; its other methods are used as they are. */
  readonly platform: Platform;
  /** What compresses for the tester; by default the portable codecs. */
  readonly codecs?: CodecHost;
  /** Virtual ms without progress until what is waited for is given up; 20,000 by default. */
  readonly patience?: number;
  /** Octets that a volley sends at most; 64 KiB by default, Infinity for as many as the case says. */
  readonly budget?: number;
  /** How every send is cut, instead of as the case says: for sweeps. */
  readonly split?: Split;
  /** Where the octets are written down; by default nowhere. */
  readonly recorder?: () => Recorder;
}

/** Octets that may lie in each direction of the link before the one who writes has to wait, as in a kernel. */
const LINK_CAPACITY = 256 * 1024;
const PATIENCE = 20_000;
const BUDGET = 64 * 1024;
/** Turns in which nothing moves and no time passes: nothing comes of more of them. */
const MOST_IDLE = 1_000;
/** Turns of the loop: more than any case takes. */
const MOST_TURNS = 20_000_000;

/** Runs one case. */
export function runInMemory(engine: Engine, testCase: Case, role: SubjectRole, options: MemoryOptions): CaseResult {
  const result = runOnce(engine, testCase, role, options);
  if (testCase.survives !== true || result.verdict === 'fail' || result.verdict === 'skipped') return result;
  const { split: _split, recorder: _recorder, ...others } = options;
  const after = runOnce(engine, AFTERWARDS, role, others);
  return after.verdict === 'pass' ? result : failsAfterwards(result, after);
}

function runOnce(engine: Engine, testCase: Case, role: SubjectRole, options: MemoryOptions): CaseResult {
  const { platform, codecs = { allocate: platform.allocate }, patience = PATIENCE, budget = BUDGET, split, recorder } = options;
  const extensions = engine.opening === 'none' ? agreedExtensions(testCase, role) : '';
  const tester = new CaseRun(testCase, {
    role, platform, codecs, now: 0, host: 'conformance.test', resource: '/', patience, budget, opening: engine.opening, extensions,
    ...split !== undefined && { split }, ...recorder !== undefined && { recorder: recorder() },
  });
  if (tester.result !== null) return tester.result;
  let endpoint: Endpoint | null;
  try {
    endpoint = engine.start(role, extensions);
  } catch (error) {
    return stopped(tester, sayThrown(error));
  }
  if (endpoint === null) return skipped(testCase, role, extensions === '' ? `the engine is no ${role}` : `the engine does not speak ${extensions}`);
  return new MemoryRun(tester, new GuardedEndpoint(endpoint), testCase.retains ?? Infinity).run();
}

function stopped(tester: CaseRun, why: string): CaseResult {
  tester.stop(why);
  return tester.result as CaseResult; // it was stopped, if it was not over
}

/** What would have been agreed on, where there is no opening handshake. */
function agreedExtensions({ opening: { offer, answers } }: Case, role: SubjectRole): string {
  if (role === 'client') return answers?.[0] ?? '';
  const offers = parseExtensions(offer ?? '');
  const agreement = offers instanceof Malformed ? null : answerOffers(offers, compressionChoices('server', { serverMaxWindowBits: 15 }));
  return agreement === null ? '' : serializeExtensions([agreement.answer]);
}

function skipped({ id }: Case, role: SubjectRole, why: string): CaseResult {
  return { id, role, verdict: 'skipped', why, seen: [], ms: 0, transcript: [] };
}

/** One direction of the link. */
class Pipe {
  #chunks: Uint8Array[] = [];
  /** The next to be taken: of a flood there are too many to move up each time. */
  #at = 0;
  #size = 0;
  ended = false;
  endTold = false;

  get full(): boolean {
    return this.#size >= LINK_CAPACITY;
  }

  put(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#size += bytes.length;
  }

  take(): Uint8Array | undefined {
    const chunk = this.#chunks[this.#at];
    if (chunk === undefined) return undefined;
    this.#at++;
    this.#size -= chunk.length;
    if (this.#at < this.#chunks.length) return chunk;
    this.#chunks = [];
    this.#at = 0;
    return chunk;
  }

  giveBack(rest: Uint8Array): void {
    if (this.#at === 0) this.#chunks.unshift(rest); // then it was the only one
    else this.#chunks[--this.#at] = rest;
    this.#size += rest.length;
  }
}

/** Tester and endpoint, joined. */
class MemoryRun {
  readonly #tester: CaseRun;
  readonly #endpoint: GuardedEndpoint;
  readonly #toEndpoint = new Pipe();
  readonly #toTester = new Pipe();
  readonly #mayRetain: number;
  #retained = 0;
  #now = 0;

  /** @param mayRetain the octets that the endpoint may hold at any time */
  constructor(tester: CaseRun, endpoint: GuardedEndpoint, mayRetain: number) {
    this.#tester = tester;
    this.#endpoint = endpoint;
    this.#mayRetain = mayRetain;
  }

  run(): CaseResult {
    const tester = this.#tester;
    const endpoint = this.#endpoint;
    endpoint.advance(0);
    for (let turn = 0, idle = 0; tester.result === null; turn++) {
      const moved = this.#turn();
      this.#retained = Math.max(this.#retained, endpoint.retainedBytes);
      if (turn === MOST_TURNS) return stopped(tester, `tester and subject went on for ${MOST_TURNS} turns.`);
      if (moved) continue;
      const next = Math.min(tester.deadline, Math.max(endpoint.deadline, this.#now));
      idle = next > this.#now ? 0 : idle + 1;
      if (idle > MOST_IDLE) {
        return stopped(tester, `the subject asks for the time at once, again and again, and nothing comes of it: deadline ${endpoint.deadline}.`);
      }
      this.#now = Math.max(this.#now, next);
      endpoint.advance(this.#now);
      tester.advance(this.#now);
    }
    return this.#judged(tester.result);
  }

  /** What the tester found, and what shows only here. */
  #judged(result: CaseResult): CaseResult {
    const { thrown } = this.#endpoint;
    if (thrown !== null) return { ...result, verdict: 'fail', why: sayThrown(thrown.error) };
    if (this.#retained <= this.#mayRetain || result.verdict === 'fail' || result.verdict === 'skipped') return result;
    const why = `the subject holds ${this.#retained} octets where ${this.#mayRetain} are enough: memory follows what arrived (§10.4).`;
    return { ...result, verdict: 'fail', why };
  }

  /** Each end has its turn: one write, what can be read of it, and what is said to that. True when anything moved. */
  #turn(): boolean {
    const wrote = this.#testerWrites();
    const read = this.#endpointReads();
    const answered = this.#endpointWrites();
    const saw = this.#testerReads();
    return wrote || read || answered || saw || this.#endpointReads(); // to be asked for output, and to have none, may let it read on
  }

  #testerWrites(): boolean {
    const tester = this.#tester;
    if (this.#toEndpoint.full) return false;
    const bytes = tester.takeOutput();
    if (bytes !== null) this.#toEndpoint.put(bytes);
    else if (tester.outputEnded) this.#toEndpoint.ended = true;
    return bytes !== null;
  }

  #endpointReads(): boolean {
    const pipe = this.#toEndpoint;
    const endpoint = this.#endpoint;
    if (this.#toTester.ended && endpoint.abandoned) return false; // nothing reaches who has given up
    const chunk = pipe.take();
    if (chunk === undefined) {
      if (!pipe.ended || pipe.endTold) return false;
      pipe.endTold = true;
      endpoint.receiveEnd();
      return true;
    }
    const consumed = endpoint.receive(chunk);
    if (consumed < chunk.length) pipe.giveBack(chunk.subarray(consumed));
    return consumed > 0;
  }

  #endpointWrites(): boolean {
    const endpoint = this.#endpoint;
    const pipe = this.#toTester;
    let wrote = false;
    while (!pipe.full && !pipe.ended) {
      const bytes = endpoint.takeOutput();
      if (bytes === null || bytes.length === 0) break;
      pipe.put(bytes.slice(0, bytes.length));
      wrote = true;
    }
    if (pipe.ended || (!endpoint.abandoned && (!endpoint.outputEnded || pipe.full))) return wrote;
    pipe.ended = true;
    return true;
  }

  #testerReads(): boolean {
    const pipe = this.#toTester;
    const tester = this.#tester;
    if (!tester.reads) return false;
    const chunk = pipe.take();
    if (chunk !== undefined) {
      tester.receive(chunk);
      return true;
    }
    if (!pipe.ended || pipe.endTold) return false;
    pipe.endTold = true;
    tester.receiveEnd(this.#endpoint.abandoned && !this.#endpoint.outputEnded ? 'reset' : 'fin');
    return true;
  }
}
