// One case on one connection: the tester, sans-IO (DESIGN §2). It does what the steps say, one after another, each with a deadline; collects
// what the subject is seen to do; answers what a good peer answers; and ends with a verdict whatever the subject does or leaves undone.
//
// Law: bytes and time are arguments, and nothing a subject sends throws. A step waits for what is named, never for time to pass alone: where
// a subject does the right thing at once, no case takes longer than its octets.

import type { Case, Step } from '../case.ts';
import { equal } from '../payload.ts';
import type { CaseResult, Verdict } from '../result.ts';
import type { CaseRunOptions } from './case-run-options.ts';
import { explainOpening } from './explain.ts';
import { FloodRun, MARKER, STALLED } from './flood.ts';
import { Heads } from './heads.ts';
import { ItemWriter } from './item-writer.ts';
import { judge } from './judge.ts';
import { weighKeys } from './masking-keys.ts';
import { Messages } from './messages.ts';
import { Patience } from './patience.ts';
import type { Sight } from './sight.ts';
import { Sightings } from './sightings.ts';
import { SubjectReader, breach } from './subject-reader.ts';
import type { Tester } from './tester.ts';
import { VolleyRun } from './volley.ts';
import { isForOpenConnection, sayMeanwhile } from './waiting.ts';
import type { Waiting } from './waiting.ts';
import { Writes } from './writes.ts';

const NORMAL_CLOSURE = 1000;

export class CaseRun implements Tester {
  reads = true;
  outputEnded = false;
  abandoned = false;
  result: CaseResult | null = null;

  readonly #case: Case;
  readonly #options: CaseRunOptions;
  readonly #masks: boolean;
  readonly #heads: Heads;
  readonly #writer: ItemWriter;
  #reader: SubjectReader | null = null;
  readonly #sights = new Sightings((text) => this.#note(text));
  readonly #begun: number;
  #now: number;

  #step = -1;
  #waiting: Waiting = 'opening';
  readonly #patience: Patience;
  /** Sights that are waited for, in all. */
  #wanted = 0;
  readonly #writes = new Writes(() => this.#writer.inFrame);
  #answersClose = true;
  #volley: VolleyRun | null = null;
  #flood: FloodRun | null = null;
  #ended = false;

  constructor(testCase: Case, options: CaseRunOptions) {
    const { role, platform, codecs, host, resource, fields = [], now } = options;
    this.#case = testCase;
    this.#options = options;
    this.#masks = role === 'server';
    this.#begun = this.#now = now;
    this.#patience = new Patience(now, options.patience);
    this.#heads = new Heads({ role, opening: testCase.opening, platform, codecs, host, resource, fields, see: (sight) => this.#see(sight) });
    this.#writer = new ItemWriter(this.#heads, this.#masks, testCase.opening.by !== 'steps');
    if (options.opening === 'none') this.#openAtOnce(options.extensions ?? '');
    else if (testCase.opening.by === 'steps') this.#next();
    else if (role === 'server') this.#answer(this.#heads.writeRequest());
  }

  // ---- what the transport tells ---------------------------------------------------------------------------------------------------

  receive(chunk: Uint8Array): void {
    if (this.result !== null) return;
    this.#options.recorder?.write('subject', this.#at, chunk);
    const before = this.#seenSoFar;
    const isAwaited = this.#waiting === 'seeing' || this.#waiting === 'volley';
    const consumed = this.#reader === null && this.#heads.state === 'reading' ? this.#heads.receive(chunk) : 0;
    if (this.#reader === null) this.#afterHeads();
    if (consumed < chunk.length) this.#reader?.receive(chunk.subarray(consumed));
    if (this.#seenSoFar > before && isAwaited) this.#patience.begin(this.#now);
    else if (this.#seenSoFar !== before || this.#reader?.unfinished === true) this.#patience.prolong(this.#now); // a heartbeat alone does not
    this.#look();
  }

  receiveEnd(how: 'fin' | 'reset'): void {
    if (this.#ended || this.result !== null) return;
    this.#ended = true;
    this.#options.recorder?.end('subject', this.#at, how);
    this.#see({ kind: 'end', how });
    this.#look();
  }

  takeOutput(): Uint8Array | null {
    const bytes = this.result === null ? this.#takeWrite() : null;
    if (bytes === null) return null;
    this.#options.recorder?.write('tester', this.#at, bytes);
    if (this.#writes.isAnswer) this.#patience.prolong(this.#now);
    else this.#patience.begin(this.#now, this.reads ? this.#options.patience : STALLED);
    return bytes;
  }

  /** Ms since the run began: what is written down has times that mean something to a reader. */
  get #at(): number {
    return this.#now - this.#begun;
  }

  get deadline(): number {
    return this.result === null ? this.#patience.until : Infinity;
  }

  advance(now: number): void {
    this.#now = now;
    if (this.result === null && now >= this.#patience.until) this.#giveUp();
  }

  stop(why: string): void {
    if (this.result === null) this.#end('fail', why);
  }

  // ---- output -------------------------------------------------------------------------------------------------------------------

  #takeWrite(): Uint8Array | null {
    const write = this.#writes.next();
    if (write !== 'done') return write;
    if (this.#waiting === 'volley') return null; // until an echo makes room for more
    this.#writes.stop();
    if (this.#heads.state === 'open' && this.#reader === null) this.#readFrames(); // the tester's response was among it
    if (this.#waiting === 'sending') this.#next();
    else if (this.#waiting === 'flood') this.#readAgain();
    return this.#takeWrite();
  }

  /** What goes between the frames of a step, until the tester has ended its side. */
  #answer(bytes: Uint8Array): void {
    if (!this.outputEnded) this.#writes.answer(bytes);
  }

  // ---- what is seen ---------------------------------------------------------------------------------------------------------------

  get #seenSoFar(): number {
    return this.#sights.list.length + (this.#volley?.echoed ?? 0) + (this.#flood?.answers ?? 0);
  }

  #see(sight: Sight): void {
    if (this.result !== null) return;
    switch (sight.kind) {
      case 'ping':
        this.#sights.heartbeat(sight, 'a Ping of the subject, answered (§5.5.2)');
        if (!this.#writer.sentClose) this.#answer(this.#writer.pongFrame(sight.octets));
        return;
      case 'pong':
        if (this.#flood !== null) return this.#flood.receive(sight.octets, equal(sight.octets, MARKER));
        if (!this.#writer.provoked(sight.octets)) return this.#sights.heartbeat(sight, 'a Pong that answers nothing (§5.5.3 allows it)');
        break;
      case 'text':
      case 'binary':
        if (this.#flood !== null) return this.#flood.receive(sight.octets, false);
        if (this.#volley !== null) return this.#seeEcho(this.#volley, sight.kind, sight.octets);
        break;
      case 'http':
      case 'request': // in order, and not what the case is about?
        if (this.#case.opening.by !== 'steps' && (sight.kind === 'request' || sight.status === 101)) return;
        break;
    }
    this.#sights.put(sight);
    if (sight.kind === 'close' && this.#answersClose && !this.#writer.sentClose) this.#answerClose(sight.code);
  }

  #seeEcho(volley: VolleyRun, kind: 'text' | 'binary', octets: Uint8Array): void {
    const wrong = volley.receive(kind, octets);
    if (wrong === null && !volley.done) return;
    this.#volley = null;
    this.#sights.put(wrong === null
      ? { kind: 'volley', count: volley.count }
      : breach('ECHO_DIFFERS', '§5.6', 'every message comes back as it was sent, in order', wrong));
  }

  /** §5.5.1: a Close is answered, with the same code, and nothing else follows but the rest of a frame under way. */
  #answerClose(code: number | null): void {
    this.#writes.stop();
    if (!this.outputEnded) this.#answer(this.#writer.closeFrame(code));
  }

  // ---- waiting ------------------------------------------------------------------------------------------------------------------

  /** After what was seen: is what was waited for there? */
  #look(): void {
    if (this.result !== null) return;
    if (this.#flood !== null && this.#flood.outcome !== null) this.#endFlood(this.#flood);
    const { closed, gone } = this.#sights;
    switch (this.#waiting) {
      case 'nothing': return;
      case 'opening': return this.#heads.state === 'refused' || gone ? this.#conclude() : undefined;
      case 'watching for end': return gone ? this.#moveOn() : undefined;
      case 'close':
      case 'end': return this.#lookAtEnd();
      case 'watching for close': return closed || gone ? this.#moveOn() : undefined;
      default: return this.#isOver || this.#isThere ? this.#moveOn() : undefined;
    }
  }

  /** Nothing but the end is left: a Close that stays unanswered is not the end yet. */
  get #isOver(): boolean {
    return this.#sights.gone || (this.#sights.closed && this.#answersClose);
  }

  get #isThere(): boolean {
    if (this.#waiting === 'seeing') return this.#sights.list.length >= this.#wanted;
    return (this.#waiting === 'volley' && this.#volley === null) || (this.#waiting === 'flood' && this.#flood === null);
  }

  #moveOn(): void {
    this.#writes.stop();
    this.#volley = null;
    this.#flood = null;
    this.reads = true;
    this.#next();
  }

  /** What was waited for has not come. */
  #giveUp(): void {
    switch (this.#waiting) {
      case 'watching for close':
      case 'watching for end':
        this.#sights.put({ kind: 'open' });
        return this.#next();
      case 'flood': return this.#giveUpFlood();
      case 'sending':
        if (this.reads) break;
        this.#note('the subject reads no further: back pressure');
        this.#writes.stop();
        return this.#next();
    }
    const during = sayMeanwhile(this.#waiting, this.#options.role, this.#patience.wasProlonged, this.#volley);
    this.#sights.put({ kind: 'silence', ...during !== null && { during } });
    this.#conclude();
  }

  // ---- the opening handshake ----------------------------------------------------------------------------------------------------

  /** Once a head has come, or a part of one. */
  #afterHeads(): void {
    const { opening } = this.#case;
    const why = this.#heads.unsuitable();
    if (why !== null) return this.#end('skipped', why);
    if (opening.by === 'steps') return this.#heads.state === 'open' ? this.#readFrames() : undefined;
    if (this.#options.role === 'client' && this.#heads.request !== null && this.#heads.state === 'reading') {
      this.#answer(this.#heads.writeResponse());
    }
    if (this.#heads.state === 'open') this.#open();
  }

  #openAtOnce(extensions: string): void {
    const why = this.#heads.openWith(extensions);
    if (why !== null) return this.#end('skipped', why);
    this.#open();
  }

  #open(): void {
    const why = this.#heads.unsuitable();
    if (why !== null) return this.#end('skipped', why);
    this.#readFrames();
    this.#next();
  }

  #readFrames(): void {
    const { compression } = this.#heads;
    this.#writer.messages = new Messages(this.#masks, compression?.deflater ?? null);
    this.#reader = new SubjectReader({ masks: !this.#masks, inflater: compression?.inflater ?? null, see: (sight) => this.#see(sight) });
  }

  // ---- the steps ------------------------------------------------------------------------------------------------------------------

  #next(): void {
    for (;;) {
      const step = this.#case.steps[++this.#step];
      if (step === undefined) return this.#conclude();
      if (this.#isOver && isForOpenConnection(step)) continue;
      if (!this.#perform(step)) return;
    }
  }

  /** Begins a step; true when there is nothing to wait for. */
  #perform(step: Step): boolean {
    this.#patience.begin(this.#now);
    if ('send' in step) {
      this.#waiting = 'sending';
      this.#writes.begin(this.#writer.writes(step.send, this.#options.split ?? step.split ?? 'together', step.times ?? 1));
      return false;
    }
    if ('volley' in step) {
      this.#volley = new VolleyRun(step.volley, this.#writer.messages, this.#options.budget);
      this.#waiting = 'volley';
      this.#writes.begin(this.#volley.writes());
      return false;
    }
    if ('flood' in step) {
      this.#flood = new FloodRun(step.flood, this.#writer);
      this.reads = false;
      this.#waiting = 'flood';
      this.#writes.begin(this.#flood.writes());
      return false;
    }
    if ('await' in step) {
      this.#waiting = 'seeing';
      this.#wanted = step.await;
      return this.#sights.list.length >= step.await;
    }
    if ('watch' in step) {
      this.#waiting = this.#sights.closed ? 'watching for end' : 'watching for close';
      this.#patience.watch(this.#now, step.watch);
      return this.#sights.gone;
    }
    if ('weigh' in step) this.#sights.put({ kind: 'keys', keys: weighKeys(this.#reader?.keys ?? []) });
    else if ('reads' in step) this.reads = step.reads;
    else if ('answers' in step) this.#answersClose = step.answers;
    else if ('end' in step) this.#endTransport(step.end);
    else {
      this.#finish(step.finish);
      return false;
    }
    return true;
  }

  #endTransport(how: 'fin' | 'reset'): void {
    this.outputEnded = true;
    this.abandoned = how === 'reset';
    this.#options.recorder?.end('tester', this.#at, how);
  }

  #finish(how: 'close' | 'fail' | 'leave'): void {
    if (how === 'leave' || this.#heads.state === 'refused' || this.abandoned) return this.#conclude();
    const mayClose = this.#reader !== null && !this.#writer.sentClose && !this.#sights.gone && !this.outputEnded;
    if (how === 'close' && mayClose) this.#answer(this.#writer.closeFrame(NORMAL_CLOSURE));
    this.#waiting = 'close';
    this.#lookAtEnd();
  }

  #lookAtEnd(): void {
    if (this.#sights.gone) return this.#conclude();
    if (this.#waiting !== 'close' || !this.#sights.closed) return;
    this.#waiting = 'end';
    const isServer = this.#options.role === 'client';
    if (isServer && this.#writer.sentClose && !this.outputEnded) this.#endTransport('fin'); // §7.1.1: the server ends first
  }

  // ---- floods -------------------------------------------------------------------------------------------------------------------

  /** The flood is taken, or taken no further: what came of it comes now, and behind it the Pong to a Ping. */
  #readAgain(): void {
    this.reads = true;
    this.#patience.begin(this.#now);
    this.#answer(this.#writer.pingFrame(MARKER));
  }

  #giveUpFlood(): void {
    if (!this.reads) {
      this.#note('the subject reads no further: back pressure');
      this.#flood?.stall();
      this.#writes.stop();
      return this.#readAgain();
    }
    this.#flood?.conclude();
    this.#look();
  }

  #endFlood({ outcome }: FloodRun): void {
    this.#flood = null;
    if (outcome !== null && !this.#sights.gone && !this.#sights.closed) this.#sights.put({ kind: 'flooded', how: outcome });
  }

  // ---- the end ------------------------------------------------------------------------------------------------------------------

  #conclude(): void {
    if (this.#waiting === 'opening') return this.#end('fail', explainOpening(this.#sights.list)); // and nothing that a case is about was seen
    const { verdict, why } = judge(this.#case, this.#sights.list);
    this.#end(verdict, why);
  }

  #end(verdict: Verdict, why: string): void {
    this.#waiting = 'nothing';
    this.#writes.stop();
    this.outputEnded = true;
    this.abandoned ||= !this.#ended;
    this.reads = true;
    this.#note(`${verdict}: ${why}`);
    this.#heads.compression?.inflater.release();
    this.#heads.compression?.deflater.release();
    this.result = {
      id: this.#case.id, role: this.#options.role, verdict, why, seen: this.#sights.lines(), ms: this.#at,
      transcript: this.#options.recorder?.entries() ?? [],
    };
  }

  #note(text: string): void {
    this.#options.recorder?.note(this.#at, text);
  }
}
