// The server's side of the opening handshake (RFC 6455 §4.2): octets in, a judged request out, an answer in, octets out.
//
// Law: sans-IO. Octets after the head are never consumed, so a frame that rides behind the request is the connection's. A bad head is
// refused without asking anybody, with the status its rule names; a good one waits for a decision. Time is an argument.

import type { Platform } from '../platform.ts';
import { acceptanceOf, rejectionFor, rejectionOf } from './answer.ts';
import type { Acceptance, Rejection, RejectionMessage } from './answer.ts';
import { HeadReader } from './head-reader.ts';
import { writeResponseHead } from './head-writer.ts';
import { HeaderList } from './headers.ts';
import { checkKeys, checkPlatform, checkTimeout, Deadline, DEFAULT_TIMEOUT, handshakeLimits } from './limits.ts';
import type { HandshakeLimits } from './limits.ts';
import { Refusal } from './refusal.ts';
import { judgeRequest } from './request.ts';
import type { RequestHead, ServerRequest } from './request.ts';
import type { ResponseHead } from './response.ts';
import { requestGrammar } from './start-line.ts';
import type { RequestLine } from './start-line.ts';

export interface ServerHandshakeOptions {
  readonly platform: Platform;
  /** Bounds on the request's head. */
  readonly limits?: Partial<HandshakeLimits>;
  /** Ms from the first `advance` to the answer; 10,000 by default, Infinity for never. */
  readonly timeout?: number;
}

/** `reading` the head; `pending` a decision; `accepted`; or `refused`, by a rule, the deadline, the peer or a decision. */
export type ServerHandshakeState = 'reading' | 'pending' | 'accepted' | 'refused';

/** RFC 9110 §7.8: 100 precedes 101 when the request asks for both. */
const CONTINUE: ResponseHead = { version: '1.1', status: 100, reason: 'Continue', headers: new HeaderList() };

/** One opening handshake, as its server sees it. */
export class ServerHandshake {
  readonly #platform: Platform;
  readonly #deadline: Deadline;
  #reader: HeadReader<RequestLine> | null;
  #state: ServerHandshakeState = 'reading';
  #decided = false;
  #request: ServerRequest | null = null;
  #refusal: Refusal | null = null;
  #response: ResponseHead | null = null;
  #output: Uint8Array | null = null;

  /** @throws TypeError or RangeError when an option is unknown or makes no sense. */
  constructor(options: ServerHandshakeOptions) {
    checkKeys('options', options, ['platform', 'limits', 'timeout']);
    this.#platform = checkPlatform(options.platform);
    this.#deadline = new Deadline(checkTimeout('options.timeout', options.timeout ?? DEFAULT_TIMEOUT));
    this.#reader = new HeadReader(requestGrammar, handshakeLimits(options.limits));
  }

  /**
   * A handshake whose head somebody else has read, such as a host's HTTP server: it is `pending` or `refused` at once.
   *
   * @throws TypeError or RangeError when an option is unknown or makes no sense.
   */
  static fromHead(head: RequestHead, options: ServerHandshakeOptions): ServerHandshake {
    const handshake = new ServerHandshake(options);
    handshake.#judge(head);
    return handshake;
  }

  get state(): ServerHandshakeState {
    return this.#state;
  }

  /** The request, from `pending` on; null before, and when it was found bad. */
  get request(): ServerRequest | null {
    return this.#request;
  }

  /** The rule the handshake was refused for; null when it was not, or when a decision rejected it. */
  get refusal(): Refusal | null {
    return this.#refusal;
  }

  /** The head of the answer once there is one. */
  get response(): ResponseHead | null {
    return this.#response;
  }

  /** When `advance` is needed next, on the caller's clock: at once (-Infinity) before its first call, Infinity for never. */
  get deadline(): number {
    return this.#deadline.at;
  }

  /** Whether nothing follows the output that is queued: once it is taken, end the transport. */
  get outputEnded(): boolean {
    return this.#state === 'refused';
  }

  /**
   * Reads `chunk`, which is only borrowed, and returns how many of its octets were consumed. What follows a good head is not: keep it
   * for the connection, and read no more from the transport until there is a decision. What follows a bad one is dropped.
   */
  receive(chunk: Uint8Array): number {
    if (this.#state === 'refused') return chunk.length;
    if (this.#reader === null) return 0;
    const consumed = this.#reader.read(chunk);
    const { outcome } = this.#reader;
    if (outcome instanceof Refusal) this.#refuse(outcome);
    else if (outcome !== null) this.#judge({ ...outcome.startLine, headers: outcome.headers });
    return this.#refusal === null ? consumed : chunk.length;
  }

  /** The transport will bring no more octets. */
  receiveEnd(): void {
    if (this.#state === 'accepted' || this.#state === 'refused') return;
    const begun = this.#reader !== null && this.#reader.size > 0;
    this.#refuse(begun
      ? new Refusal('HEAD_INCOMPLETE', 'an empty line at the end of the head', 'the end of the transport')
      : new Refusal('TRANSPORT_ENDED', 'an open transport', 'its end'));
  }

  /** Tells the time in ms, monotonic. The first call arms the deadline. */
  advance(now: number): void {
    if (!this.#deadline.isOver(now)) return;
    this.#refuse(this.#state === 'reading'
      ? new Refusal('HEAD_TIMEOUT', 'the whole head in time', 'the deadline')
      : new Refusal('DECISION_TIMEOUT', 'a decision in time', 'the deadline'));
  }

  /**
   * Queues the 101 that accepts the request (RFC 6455 §4.2.2). Returns false, and does nothing, when the deadline or the peer has
   * refused the handshake meanwhile.
   *
   * @throws TypeError when there is no request yet, there was a decision already, or `acceptance` has what was not offered.
   */
  accept(acceptance: Acceptance = {}): boolean {
    const request = this.#beginDecision();
    if (request === null) return false;
    const head = acceptanceOf(request, acceptance, this.#platform);
    const octets = writeResponseHead(head, head.headers);
    this.#output = request.expectsContinue ? join(writeResponseHead(CONTINUE, CONTINUE.headers), octets) : octets;
    this.#response = head;
    this.#decided = true;
    this.#settle('accepted');
    return true;
  }

  /**
   * Queues an HTTP response with `status`, 300 to 599, instead (RFC 6455 §4.2.2). Returns false, and does nothing, when the deadline
   * or the peer has refused the handshake meanwhile.
   *
   * @throws TypeError when there is no request yet or there was a decision already, and for what cannot be written; RangeError for
   * another status.
   */
  reject(status: number, rejection: Rejection = {}): boolean {
    if (this.#beginDecision() === null) return false;
    this.#queue(rejectionOf(status, rejection, this.#platform), true);
    this.#decided = true;
    this.#settle('refused');
    return true;
  }

  /**
   * As `reject`, with what a policy such as `judgeOrigin` found.
   *
   * @throws TypeError when there is no request yet or there was a decision already; RangeError for a refusal without a status.
   */
  refuse(refusal: Refusal): boolean {
    if (this.#beginDecision() === null) return false;
    this.#queue(rejectionFor(refusal, this.#platform), true);
    this.#refusal = refusal;
    this.#decided = true;
    this.#settle('refused');
    return true;
  }

  /** The octets to send, which become the caller's; null when there are none. */
  takeOutput(): Uint8Array | null {
    const output = this.#output;
    this.#output = null;
    return output;
  }

  #judge(head: RequestHead): void {
    this.#reader = null;
    const request = judgeRequest(head);
    // A response to HEAD has no content, whatever its Content-Length says (RFC 9110 §9.3.2).
    if (request instanceof Refusal) return this.#refuse(request, head.method !== 'HEAD');
    this.#request = request;
    this.#state = 'pending';
  }

  /** The request to decide on; null when the handshake was refused before the decision came. */
  #beginDecision(): ServerRequest | null {
    if (this.#decided) throw new TypeError(`the handshake was ${this.#state} already`);
    if (this.#state === 'reading') throw new TypeError('there is no request to decide on yet');
    return this.#state === 'pending' ? this.#request : null;
  }

  #refuse(refusal: Refusal, withContent: boolean = true): void {
    if (refusal.status !== 0) this.#queue(rejectionFor(refusal, this.#platform), withContent);
    this.#refusal = refusal;
    this.#settle('refused');
  }

  #queue({ head, body }: RejectionMessage, withContent: boolean): void {
    const octets = writeResponseHead(head, head.headers);
    this.#output = withContent ? join(octets, body) : octets;
    this.#response = head;
  }

  #settle(state: 'accepted' | 'refused'): void {
    this.#state = state;
    this.#reader = null;
    this.#deadline.cancel();
  }
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
