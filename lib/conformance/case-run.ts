// One case on one connection: the tester, sans-IO (DESIGN §2). It does what the steps say, one after another, each with a deadline; collects
// what the subject is seen to do; answers what a good peer answers; and ends with a verdict whatever the subject does or leaves undone.
//
// Law: bytes and time are arguments, and nothing a subject sends throws. A step waits for what is named, never for time to pass alone: where
// a subject does the right thing at once, no case takes longer than its octets.

import type { CodecHost } from '../core/deflate/codecs.ts';
import type { Platform } from '../core/platform.ts';
import { isCloseCodeOnWire } from '../core/wire/close-code.ts';
import type { Case, Item, Split, Step, SubjectRole } from './case.ts';
import { Heads } from './heads.ts';
import { judge } from './judge.ts';
import { Messages } from './messages.ts';
import { concat, cut } from './octets.ts';
import { equal, octetsOf, toHex } from './payload.ts';
import type { CaseResult, Verdict } from './result.ts';
import { saySight } from './sight.ts';
import type { Sight } from './sight.ts';
import { SubjectReader, breach } from './subject-reader.ts';
import type { Tester } from './tester.ts';
import type { Party, Transcript } from './transcript.ts';
import { VolleyRun } from './volley.ts';
import { writeFrame } from './frame-writer.ts';

/** Where the octets of both sides are written down as they pass. */
export interface Recorder {
  write(from: Party, at: number, bytes: Uint8Array): void;
  note(at: number, text: string): void;
  end(from: Party, at: number, how: 'fin' | 'reset'): void;
  entries(): Transcript;
}

export interface CaseRunOptions {
  /** The side of the subject. */
  readonly role: SubjectRole;
  readonly platform: Platform;
  /** What compresses and inflates; the portable codecs when there is but `allocate`. */
  readonly codecs: CodecHost;
  /** The time, in ms of the transport's clock. */
  readonly now: number;
  /** Host and perhaps port, as the field Host has it (subject: server). */
  readonly host: string;
  /** Path and query (subject: server). */
  readonly resource: string;
  /** Further lines of every request of the tester. */
  readonly fields?: readonly string[];
  /** Ms without progress until what is waited for is given up. */
  readonly patience: number;
  /** Octets that a volley sends at most, but for its first messages; Infinity for as many as the case says. */
  readonly budget: number;
  /** How every send is cut, whatever the case says. */
  readonly split?: Split;
  /** What the connection opens with: `none` for a subject that has no opening handshake; then `extensions` is what was agreed on. */
  readonly opening?: 'included' | 'none';
  readonly extensions?: string;
  readonly recorder?: Recorder;
}

/** What the run waits for: the opening handshake, its writes to be taken, things to be seen, a volley's end, a Close, or the end. */
type Waiting = 'opening' | 'sending' | 'seeing' | 'watching' | 'volley' | 'close' | 'end' | 'nothing';

const CLOSE = 8;
const PONG = 10;
const NORMAL_CLOSURE = 1000;
/** Things that are looked at on one connection: nobody sends that many back. */
const MOST_SIGHTS = 200_000;
const UNASKED = breach('UNASKED', '§10.4', 'a subject sends back what it got', `${MOST_SIGHTS} messages and more`);

export class CaseRun implements Tester {
  /** The transport reads. */
  reads = true;
  outputEnded = false;
  abandoned = false;
  result: CaseResult | null = null;

  readonly #case: Case;
  readonly #options: CaseRunOptions;
  readonly #masks: boolean;
  readonly #heads: Heads;
  #reader: SubjectReader | null = null;
  #messages: Messages | null = null;
  readonly #sights: Sight[] = [];
  readonly #begun: number;
  #now: number;

  #step = -1;
  #waiting: Waiting = 'opening';
  /** When what is waited for is given up. */
  #until: number;
  /** Sights that are waited for, in all. */
  #wanted = 0;
  /** What the step under way still writes, and what goes out besides: answers of a good peer. */
  #writes: Iterator<Uint8Array> | null = null;
  /** Some of the step's writes are out, and perhaps half a frame. */
  #midway = false;
  readonly #answers: Uint8Array[] = [];
  #volley: VolleyRun | null = null;
  /** Payloads of Pings that were sent: a Pong with another payload answers nothing. */
  readonly #pings: Uint8Array[] = [];
  #sentClose = false;
  #ended = false;

  constructor(testCase: Case, options: CaseRunOptions) {
    const { role, platform, codecs, host, resource, fields = [], now } = options;
    this.#case = testCase;
    this.#options = options;
    this.#masks = role === 'server';
    this.#begun = this.#now = now;
    this.#until = now + options.patience;
    this.#heads = new Heads({ role, opening: testCase.opening, platform, codecs, host, resource, fields, see: (sight) => this.#see(sight) });
    if (options.opening === 'none') this.#openAtOnce(options.extensions ?? '');
    else if (testCase.opening.by === 'steps') this.#next();
    else if (role === 'server') this.#answers.push(this.#heads.writeRequest());
  }

  // ---- what the transport tells ---------------------------------------------------------------------------------------------------

  receive(chunk: Uint8Array): void {
    if (this.result !== null) return;
    this.#options.recorder?.write('subject', this.#now, chunk);
    const before = this.#sights.length + (this.#volley?.echoed ?? 0);
    const consumed = this.#heads.state === 'reading' && this.#reader === null ? this.#heads.receive(chunk) : 0;
    this.#afterHeads();
    if (consumed < chunk.length) this.#reader?.receive(chunk.subarray(consumed));
    const came = this.#sights.length + (this.#volley?.echoed ?? 0) !== before || this.#reader?.unfinished === true;
    if (came) this.#progress(); // a heartbeat alone is none
    this.#look();
  }

  receiveEnd(how: 'fin' | 'reset'): void {
    if (this.#ended || this.result !== null) return;
    this.#ended = true;
    this.#options.recorder?.end('subject', this.#now, how);
    this.#see({ kind: 'end', how });
    this.#look();
  }

  takeOutput(): Uint8Array | null {
    const bytes = this.#takeWrite();
    if (bytes === null) return null;
    this.#options.recorder?.write('tester', this.#now, bytes);
    this.#progress();
    return bytes;
  }

  get deadline(): number {
    return this.result === null ? this.#until : Infinity;
  }

  advance(now: number): void {
    this.#now = now;
    if (this.result === null && now >= this.#until) this.#giveUp();
  }

  // ---- output -------------------------------------------------------------------------------------------------------------------

  #takeWrite(): Uint8Array | null {
    const answer = this.#midway ? undefined : this.#answers.shift();
    if (answer !== undefined) return answer;
    const next = this.#writes?.next();
    if (next === undefined) return null;
    if (next.done !== true) {
      this.#midway = this.#waiting === 'sending';
      return next.value;
    }
    this.#midway = false;
    if (this.#waiting === 'volley') return null; // until an echo makes room for more
    this.#writes = null;
    if (this.#waiting === 'sending') this.#next();
    return this.#takeWrite();
  }

  /** What passes is a sign of life: waiting begins anew. */
  #progress(): void {
    if (this.#waiting !== 'watching') this.#until = this.#now + this.#options.patience;
  }

  // ---- what is seen ---------------------------------------------------------------------------------------------------------------

  #see(sight: Sight): void {
    if (this.result !== null) return;
    if (sight.kind === 'pong' && !this.#pings.some((payload) => equal(payload, sight.octets))) {
      return this.#note('a Pong that answers no Ping (§5.5.3 allows it)');
    }
    if (sight.kind === 'ping') {
      this.#note('a Ping of the subject, answered (§5.5.2)');
      if (!this.#sentClose) this.#answers.push(writeFrame({ frame: PONG, payload: { hex: toHex(sight.octets) } }, this.#masks));
      return;
    }
    if (this.#volley !== null && (sight.kind === 'text' || sight.kind === 'binary')) return this.#seeEcho(this.#volley, sight);
    if (this.#case.opening.by !== 'steps' && this.#step === -1 && (sight.kind === 'http' || sight.kind === 'request')) {
      if (sight.kind === 'request' || sight.status === 101) return; // in order, and not what the case is about
    }
    if (this.#sights.length === MOST_SIGHTS) return;
    this.#sights.push(this.#sights.length < MOST_SIGHTS - 1 ? sight : UNASKED);
    this.#note(`sees ${saySight(sight)}`);
    if (sight.kind === 'close' && !this.#sentClose) this.#answerClose(sight.code);
  }

  #seeEcho(volley: VolleyRun, sight: Extract<Sight, { kind: 'text' | 'binary' }>): void {
    const wrong = volley.receive(sight.kind, sight.octets);
    if (wrong !== null) this.#sights.push(breach('ECHO_DIFFERS', '§5.6', 'every message comes back as it was sent, in order', wrong));
    else if (volley.done) this.#sights.push({ kind: 'volley', count: volley.count });
    if (wrong !== null || volley.done) {
      this.#volley = null;
      this.#note(`sees ${saySight(this.#sights.at(-1) as Sight)}`);
    }
  }

  /** §5.5.1: a Close is answered, with the same code. */
  #answerClose(code: number | null): void {
    this.#sentClose = true;
    this.#writes = null; // nothing but the answer follows
    this.#midway = false;
    const payload = code === null || !isCloseCodeOnWire(code) ? { hex: '' } : { hex: code.toString(16).padStart(4, '0') };
    this.#answers.push(writeFrame({ frame: CLOSE, payload }, this.#masks));
  }

  /** After what was seen: is what was waited for there? */
  #look(): void {
    if (this.result !== null) return;
    if (this.#waiting === 'opening' && this.#heads.state === 'refused') return this.#conclude();
    if (this.#isOver && this.#waiting !== 'close' && this.#waiting !== 'end') return this.#finish('fail');
    if (this.#waiting === 'seeing' && this.#sights.length >= this.#wanted) return this.#next();
    if (this.#waiting === 'volley' && this.#volley === null) {
      this.#writes = null;
      return this.#next();
    }
    if (this.#waiting === 'close' || this.#waiting === 'end') this.#lookAtEnd();
  }

  /** The subject has closed, ended, or broken a rule: the steps that are left make no sense. */
  get #isOver(): boolean {
    return this.#ended || this.#sights.some(({ kind }) => kind === 'close' || kind === 'breach');
  }

  // ---- the steps ------------------------------------------------------------------------------------------------------------------

  /** The opening handshake by the tester itself, once a head has come. */
  #afterHeads(): void {
    if (this.#reader !== null) return;
    const { role } = this.#options;
    if (this.#case.opening.by === 'steps') {
      if (this.#heads.state === 'open') this.#readFrames();
      return;
    }
    if (role === 'client' && this.#heads.request !== null && this.#heads.state === 'reading') {
      const response = this.#heads.writeResponse();
      if (response === null) return this.#skip('the client offers no compression that this case is about');
      this.#answers.push(response);
    }
    if (this.#heads.state === 'open') this.#open();
  }

  #openAtOnce(extensions: string): void {
    if (this.#case.opening.by === 'steps') return this.#skip('the engine has no opening handshake');
    this.#heads.openWith(extensions);
    this.#open();
  }

  #open(): void {
    if (this.#case.opening.needsCompression === true && this.#heads.compression === null) {
      return this.#skip('permessage-deflate was not agreed on');
    }
    this.#readFrames();
    this.#next();
  }

  #readFrames(): void {
    const { compression } = this.#heads;
    this.#messages = new Messages(this.#masks, compression?.deflater ?? null);
    this.#reader = new SubjectReader({
      masks: !this.#masks, inflater: compression?.inflater ?? null, see: (sight) => this.#see(sight),
    });
  }

  #next(): void {
    for (;;) {
      const step = this.#case.steps[++this.#step];
      if (step === undefined) return this.#finish('leave');
      if (!this.#perform(step)) return;
    }
  }

  /** Begins a step; true when there is nothing to wait for. */
  #perform(step: Step): boolean {
    const { patience } = this.#options;
    this.#until = this.#now + patience;
    if ('send' in step) {
      this.#waiting = 'sending';
      this.#writes = this.#writesOf(step.send, this.#options.split ?? step.split ?? 'together', step.times ?? 1);
      return false;
    }
    if ('volley' in step) {
      this.#waiting = 'volley';
      this.#volley = new VolleyRun(step.volley, this.#messages as Messages, this.#options.budget); // a volley follows the opening
      this.#writes = this.#volley.writes();
      return false;
    }
    if ('await' in step) {
      this.#waiting = 'seeing';
      this.#wanted = step.await;
      return this.#sights.length >= step.await;
    }
    if ('watch' in step) {
      this.#waiting = 'watching';
      this.#until = this.#now + step.watch;
      return false;
    }
    if ('reads' in step) {
      this.reads = step.reads;
      return true;
    }
    if ('end' in step) {
      this.outputEnded = true;
      this.#options.recorder?.end('tester', this.#now, step.end);
      if (step.end === 'reset') this.abandoned = true;
      return true;
    }
    this.#finish(step.finish);
    return false;
  }

  #finish(how: 'close' | 'fail' | 'leave'): void {
    this.#writes = null;
    this.#midway = false;
    this.#volley = null;
    this.#until = this.#now + this.#options.patience;
    if (how === 'leave' || this.#reader === null) return this.#conclude();
    if (how === 'close' && !this.#sentClose && !this.#isOver) {
      this.#sentClose = true;
      this.#answers.push(writeFrame({ frame: CLOSE, payload: { hex: NORMAL_CLOSURE.toString(16).padStart(4, '0') } }, this.#masks));
    }
    this.#waiting = 'close';
    this.#lookAtEnd();
  }

  #lookAtEnd(): void {
    const last = this.#sights.at(-1)?.kind;
    if (this.#ended || last === 'breach') return this.#conclude();
    if (this.#waiting !== 'close' || last !== 'close') return;
    this.#waiting = 'end';
    if (this.#options.role === 'client') this.outputEnded = true; // §7.1.1: the server, who is the tester, closes first
  }

  // ---- writes -------------------------------------------------------------------------------------------------------------------

  *#writesOf(items: readonly Item[], split: Split, times: number): Generator<Uint8Array> {
    for (let round = 0; round < times; round++) {
      const written = items.map((item) => this.#write(item));
      if (split === 'items') yield* written.flat();
      else yield* cut(concat(written.flat()), split);
    }
  }

  /** The octets of an item, in writes. */
  #write(item: Item): Uint8Array[] {
    if ('head' in item) {
      const head = this.#heads.fill(item.head);
      if (this.#heads.state === 'open' && this.#reader === null) this.#readFrames(); // the tester's response opens
      return [head];
    }
    if ('octets' in item) return [octetsOf(item.octets)];
    if ('message' in item) return (this.#messages as Messages).write(item); // data follows the opening
    if (item.frame === CLOSE) this.#sentClose = true;
    if (item.frame === 9) this.#pings.push(item.payload === undefined ? new Uint8Array(0) : octetsOf(item.payload));
    return [writeFrame(item, this.#masks)];
  }

  // ---- the end ------------------------------------------------------------------------------------------------------------------

  /** What was waited for has not come. */
  #giveUp(): void {
    if (this.#waiting === 'watching') {
      this.#sights.push({ kind: 'open' });
      this.#note('the subject goes on');
      return this.#next();
    }
    if (this.#waiting === 'sending' && !this.reads) {
      this.#note('the subject reads no further: back pressure');
      this.#writes = null;
      this.#midway = false;
      return this.#next();
    }
    this.#sights.push({ kind: 'silence' });
    this.#note(`nothing for ${this.#options.patience} ms: given up`);
    this.#conclude();
  }

  #skip(why: string): void {
    this.#end('skipped', why);
  }

  #conclude(): void {
    const { verdict, why } = judge(this.#case, this.#sights);
    const neverOpen = this.#waiting === 'opening' && verdict === 'fail';
    this.#end(verdict, neverOpen ? `the connection did not open: ${this.#sights.map(saySight).join(', ') || 'nothing came'}. ${why}` : why);
  }

  #end(verdict: Verdict, why: string): void {
    this.#waiting = 'nothing';
    this.#writes = null;
    this.outputEnded = true;
    this.abandoned ||= !this.#ended;
    this.reads = true;
    this.#note(`${verdict}: ${why}`);
    this.#heads.compression?.inflater.release();
    this.#heads.compression?.deflater.release();
    this.result = {
      id: this.#case.id, role: this.#options.role, verdict, why, seen: this.#sights.map(saySight), ms: this.#now - this.#begun,
      transcript: this.#options.recorder?.entries() ?? [],
    };
  }

  #note(text: string): void {
    this.#options.recorder?.note(this.#now, text);
  }
}
