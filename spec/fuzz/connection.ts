// A connection under everything at once: any bytes in any chunks, any time, any calls of the application from within any callback, a
// handler that throws, a transport that drains when it likes. And the same stream at two chunkings, which must tell the same story.

import { Connection } from '../../lib/core/protocol/connection.ts';
import { MessageAssembler } from '../../lib/core/protocol/message-assembler.ts';
import type { MessageEvents } from '../../lib/core/protocol/message-assembler.ts';
import type { CloseOutcome, SendResult } from '../../lib/core/protocol/events.ts';
import type { LimitOptions } from '../../lib/core/protocol/limits.ts';
import type { SendOptions } from '../../lib/core/protocol/send-options.ts';
import { portablePlatform } from '../../lib/core/platform.ts';
import { VIOLATIONS } from '../../lib/core/wire/violation.ts';
import type { MessageKind, Role } from '../../lib/core/wire/opcode.ts';
import { judgeSent } from '../support/fuzz-frames.ts';
import { Random } from '../support/random.ts';
import { toHex } from '../support/bytes.ts';
import { FuzzCompression } from './compressed.ts';
import { randomChunks, randomStream } from './streams.ts';
import { hold, holdSame } from './target.ts';
import type { Target } from './target.ts';

/** What a handler throws here; anything else that comes out of the engine is a fault. */
const APPLICATION_ERROR = new Error('thrown by a handler');

const MIB = 1024 * 1024;
/** A header and a masking key; the most that a queued Close or Ping of this side may take. */
const FRAMING = 14;
const CONTROL = 131;
/** A window of the largest size; and how many bytes an octet of DEFLATE data becomes at most, and a little more. */
const WINDOW = 32 * 1024;
const MOST_RATIO = 1_100;
/** One input of so many is one with compression: such a one takes up to twice as long as one without. */
const COMPRESSED = 16;

const CALLS = ['text', 'text', 'binary', 'fragment', 'ping', 'close', 'pause', 'resume', 'limits', 'fail', 'terminate'] as const;

function randomLimits(random: Random): LimitOptions {
  const limits: LimitOptions = { maxQueuedPongs: random.pick([1, 3, 64]) };
  if (random.oneIn(2)) limits.maxMessageSize = random.pick([0, 10, 300, 70_000]);
  if (random.oneIn(4)) limits.maxFrameSize = random.pick([0, 125, 1_000]);
  if (random.oneIn(4)) limits.maxFragments = random.pick([1, 3]);
  if (random.oneIn(4)) limits.maxControlRate = random.pick([1, 10]);
  if (random.oneIn(4)) limits.maxQueueSize = random.pick([0, 50, 5_000]);
  if (random.oneIn(4)) limits.highWaterMark = random.pick([0, 20]);
  if (random.oneIn(4)) limits.messageDeadline = random.pick([1, 1_000]);
  if (random.oneIn(6)) limits.queuePolicy = 'close';
  return limits;
}

/** Sixteen masking keys, again and again: drawing thousands for each input would take most of the time. */
function fillQuickly(random: Random, target: Uint8Array): void {
  random.fill(target.subarray(0, 64));
  for (let filled = 64; filled < target.length; filled *= 2) target.copyWithin(filled, 0, filled);
}

/** The application and the transport of one connection, played by a seed. */
class Player implements MessageEvents {
  readonly connection: Connection;
  readonly assembler: MessageAssembler;
  readonly story: string[] = [];
  outcome: CloseOutcome | null = null;
  /** Bytes this side has accepted for sending, framing and Pings included, since its outbox was last empty. */
  #own = 0;
  #received = 0;
  readonly #random: Random;
  readonly #role: Role;
  readonly #throws: boolean;
  readonly #output: Uint8Array[] = [];
  readonly #compression: FuzzCompression | null;
  /** Whole messages that were accepted, in order; and what there is of one in fragments. */
  readonly #accepted: Uint8Array[] = [];
  #parts: Uint8Array[] = [];
  #fragmented: MessageKind | null = null;
  #mostMessage: number;
  #mostPongs: number;
  #now = 0;

  constructor(seed: number, role: Role, throws: boolean, compression: FuzzCompression | null) {
    const random = new Random(seed);
    const keys = new Random(seed + 1);
    const platform = portablePlatform({ random: (target) => fillQuickly(keys, target) });
    const limits = randomLimits(random);
    this.#random = random;
    this.#role = role;
    this.#throws = throws;
    this.#compression = compression;
    this.#mostMessage = limits.maxMessageSize ?? 16 * MIB;
    this.#mostPongs = limits.maxQueuedPongs ?? 64;
    this.assembler = new MessageAssembler(platform, this);
    this.connection = new Connection({
      role, platform, limits, events: this.assembler, compression: compression?.codecs ?? null,
      keepalive: random.oneIn(2) ? 'off' : { interval: random.pick([1, 500, 25_000]), timeout: random.pick([1, 300, 20_000]), misses: random.below(3) },
      closeTimeout: random.pick([1, 5_000, Infinity]),
      lingerTimeout: random.pick([1, 1_000]),
    });
  }

  // ---- events -------------------------------------------------------------------------------------------------------------------

  text(message: string): void {
    hold(Buffer.from(message).toString() === message, () => 'text with a lone surrogate');
    this.#told(`text ${message.length} ${message.slice(0, 40)}`);
  }

  binary(message: Uint8Array): void {
    this.#told(`binary ${message.length} ${toHex(message, 0, Math.min(40, message.length))}`);
  }

  ping(payload: Uint8Array): void {
    this.#told(`ping ${toHex(payload)}`);
  }

  pong(payload: Uint8Array): void {
    this.#told(`pong ${toHex(payload)}`);
  }

  closing(code: number, reason: string): void {
    this.#told(`closing ${code} ${reason}`);
  }

  drained(): void {
    this.#told('drained');
  }

  closed(outcome: CloseOutcome): void {
    this.#told(`closed ${JSON.stringify(outcome)}`, outcome);
  }

  /** Every event is a chance to call back, and to throw. */
  #told(what: string, outcome: CloseOutcome | null = null): void {
    hold(this.outcome === null, () => `${what} after closed`);
    this.story.push(what);
    this.outcome = outcome;
    if (this.#random.oneIn(6)) this.#call();
    if (this.#throws && this.#random.oneIn(40)) throw APPLICATION_ERROR;
  }

  // ---- the application ----------------------------------------------------------------------------------------------------------

  /** A call from outside all callbacks. */
  act(): void {
    this.#guarded(() => this.#call());
  }

  /** A call that is right as far as the application can know: nothing may come out of it but what a handler throws. */
  #call(): void {
    const { connection } = this;
    const random = this.#random;
    switch (random.pick(CALLS)) {
      case 'text':
        if (this.#fragmented === null) this.#sendText('é'.repeat(random.pick([0, 1, 40, 63, 200])));
        break;
      case 'binary':
        if (this.#fragmented === null) this.#sendBinary(random.bytes(random.pick([0, 1, 125, 126, 1_000])));
        if (this.#fragmented === null && random.oneIn(40)) this.#sendBinary(new Uint8Array(40_000));
        // What went over the wire, once more: what stood in the engine's memory is what a history must not be mistaken for.
        if (this.#fragmented === null && this.#compression !== null) this.#sendBinary(Buffer.concat(this.#output.slice(-3)).subarray(0, 2_000));
        break;
      case 'fragment': {
        const kind = this.#fragmented ?? random.pick(['text', 'binary'] as const);
        const fin = random.oneIn(2);
        const bytes = new Uint8Array(random.pick([0, 1, 126, 1_000])).fill(0x41);
        const result = connection.sendFragment(kind, bytes, fin);
        if (this.#sent(result, bytes.length)) {
          this.#parts.push(bytes);
          if (fin) this.#accepted.push(Buffer.concat(this.#parts.splice(0)));
          this.#fragmented = fin ? null : kind;
        }
        break;
      }
      case 'ping':
        this.#sent(connection.sendPing(random.bytes(random.below(126))), 125);
        break;
      case 'close':
        if (random.oneIn(4)) random.pick([() => connection.close(), () => connection.close(1000), () => connection.close(4000, 'bye')])();
        break;
      case 'pause':
        connection.pause();
        break;
      case 'resume':
        connection.resume();
        break;
      case 'limits': {
        const limits = randomLimits(random);
        this.#mostMessage = Math.max(this.#mostMessage, limits.maxMessageSize ?? 0);
        this.#mostPongs = Math.max(this.#mostPongs, limits.maxQueuedPongs ?? 0);
        connection.setLimits(limits);
        break;
      }
      case 'fail':
        if (random.oneIn(8)) connection.fail(random.pick(VIOLATIONS));
        break;
      case 'terminate':
        if (random.oneIn(8)) connection.terminate();
    }
  }

  #sendText(text: string): void {
    if (this.#sent(this.connection.sendText(text, this.#said()), 400)) this.#accepted.push(Buffer.from(text));
  }

  #sendBinary(bytes: Uint8Array): void {
    if (this.#sent(this.connection.sendBinary(bytes, this.#said()), bytes.length)) this.#accepted.push(bytes);
  }

  /** What is said of a message's compression: mostly nothing. */
  #said(): SendOptions | undefined {
    return this.#compression !== null && this.#random.oneIn(4) ? { compress: this.#random.oneIn(2) } : undefined;
  }

  #sent(result: SendResult, size: number): boolean {
    hold(['queued', 'high-water', 'refused'].includes(result), () => `a send answered ${result}`);
    if (result !== 'refused') this.#own += size + FRAMING;
    return result !== 'refused';
  }

  // ---- the transport ------------------------------------------------------------------------------------------------------------

  /** Offers a chunk until it has been consumed. */
  offer(chunk: Uint8Array): void {
    const { connection } = this;
    for (let rest = chunk; rest.length > 0;) {
      const consumed = this.#guarded(() => connection.receive(rest)) ?? connection.consumed;
      hold(consumed === connection.consumed && consumed >= 0 && consumed <= rest.length, () => `${consumed} of ${rest.length} bytes were consumed`);
      this.#received += consumed;
      rest = rest.subarray(consumed);
      this.#checkRetained();
      const ticked = this.tick();
      if (rest.length > 0 && !this.#throws) hold(connection.paused || ticked, () => 'not everything was consumed, and nobody paused');
      if (rest.length > 0 && connection.paused) connection.resume();
    }
  }

  /** What takes its time is done. False when nothing does. */
  tick(): boolean {
    return this.#guarded(() => this.#compression?.tick()) ?? false;
  }

  advance(by: number): void {
    this.#now += by;
    this.#guarded(() => this.connection.advance(this.#now));
    this.#checkRetained();
  }

  /** Takes some of the output, or all. */
  drain(most: number = Infinity): void {
    for (let count = 0; count < most; count++) {
      const bytes = this.#guarded(() => this.connection.takeOutput());
      if (bytes === null) {
        if (this.connection.queueSize === 0) this.#own = 0; // else something is being compressed
        return;
      }
      if (bytes === undefined) continue; // `drained` threw; nothing was taken
      hold(bytes.length > 0, () => 'empty output');
      this.#output.push(bytes.slice());
    }
  }

  /** The peer is gone, and then only time passes: the connection must come to its end by itself. */
  end(drains: boolean): void {
    const { connection } = this;
    if (drains) this.drain();
    connection.resume();
    this.#guarded(() => connection.receiveEnd());
    for (let turn = 0; this.outcome === null || connection.deadline !== Infinity; turn++) {
      this.tick();
      if (drains) this.drain();
      const { deadline } = connection;
      // An infinite closeTimeout that meets a transport which never drains: only the transport can end that.
      if (deadline === Infinity && this.outcome === null && !drains) this.#guarded(() => connection.terminate());
      else if (deadline !== Infinity) this.advance(Math.max(0, deadline === -Infinity ? 0 : deadline - this.#now));
      hold(turn < 1_000, () => `it does not end: ${connection.state}, deadline ${connection.deadline}, now ${this.#now}`);
    }
    this.drain();
    this.#judge();
  }

  #judge(): void {
    const { connection, outcome } = this;
    hold(connection.state === 'closed' && outcome !== null, () => `it is ${connection.state} without closed`);
    hold(connection.retainedBytes + this.assembler.retainedBytes === 0, () => `it holds ${connection.retainedBytes} + ${this.assembler.retainedBytes} bytes after the end`);
    hold(connection.queueSize === 0, () => `${connection.queueSize} bytes are still queued`);
    for (const result of [connection.sendBinary(new Uint8Array(1)), connection.sendPing(), connection.close()]) {
      hold(result === 'refused', () => `a send after closed was ${result}`);
    }
    const output = Buffer.concat(this.#output);
    const sent = judgeSent(output, this.#role, connection.abandoned, this.#compression?.reader());
    hold(sent.problem === null, () => `it sent ${sent.problem}: ${toHex(output).slice(0, 600)}`);
    sent.messages.forEach(({ payload }, i) => {
      hold(Buffer.compare(payload, this.#accepted[i] ?? new Uint8Array(0)) === 0, () => `message ${i} is not the one that was accepted`);
    });
    if (outcome.clean) hold(outcome.violation === null && outcome.code !== 1006 && sent.closeCode === outcome.sentCode, () => `clean, with ${sent.closeCode} sent and ${JSON.stringify(outcome)}`);
    if (sent.closeCode !== null) hold(sent.closeCode === outcome.sentCode, () => `sent ${sent.closeCode}, says ${outcome.sentCode}`);
    this.story.push(`sent ${toHex(output)}`);
  }

  /** Runs what may only throw what a handler threw; undefined if it did. */
  #guarded<T>(action: () => T): T | undefined {
    try {
      return action();
    } catch (error) {
      if (error !== APPLICATION_ERROR) throw error;
      return undefined;
    }
  }

  /** DESIGN §5: never more than about twice what came, and never more than a message and a small constant. */
  #checkRetained(): void {
    const message = this.assembler.retainedBytes;
    const codecs = this.#compression?.retainedBytes ?? 0;
    const control = this.connection.retainedBytes - codecs - this.#own;
    const constant = 2 * this.#mostPongs * CONTROL + 2 * CONTROL;
    const growth = this.#compression === null ? 2 : 2 * MOST_RATIO;
    hold(codecs <= 2 * WINDOW + this.#own + this.#received, () => `the codecs hold ${codecs} bytes`);
    hold(message <= growth * this.#received && message <= this.#mostMessage, () => `a message of at most ${this.#mostMessage} holds ${message} after ${this.#received} bytes`);
    hold(control <= constant, () => `${control} bytes beside messages and own output, allowed are ${constant}`);
  }
}

function chaos(role: Role): Target {
  return {
    name: `connection-${role}`,
    run(seed) {
      const random = new Random(seed);
      const compression = seed % COMPRESSED === 0 ? new FuzzCompression(random, role, true) : null;
      const stream = randomStream(random, role, compression?.peer(random) ?? null);
      const player = new Player(random.next(), role, random.oneIn(3), compression);
      for (const chunk of randomChunks(random, stream)) {
        if (random.oneIn(8)) player.act();
        if (random.oneIn(8)) player.tick();
        if (random.oneIn(8)) player.advance(random.pick([0, 1, 400, 30_000]));
        if (random.oneIn(4)) player.drain(random.pick([1, 2, Infinity]));
        player.offer(chunk);
      }
      player.end(!random.oneIn(4));
    },
  };
}

function differential(role: Role): Target {
  return {
    name: `chunking-${role}`,
    run(seed) {
      const random = new Random(seed);
      const codecs = random.next();
      const compression = (): FuzzCompression | null => seed % COMPRESSED === 0 ? new FuzzCompression(new Random(codecs), role, false) : null;
      const stream = randomStream(random, role, compression()?.peer(random) ?? null);
      const play = random.next();
      const stories = [1, 2].map((round) => {
        const player = new Player(play, role, false, compression());
        const chunks = round === 1 ? [stream.slice()] : randomChunks(random, stream);
        for (const chunk of chunks) player.offer(chunk);
        player.end(true);
        return player.story;
      });
      holdSame(stories[0], stories[1], 'two chunkings tell two stories');
    },
  };
}

export const connectionTargets: readonly Target[] = [chaos('server'), chaos('client'), differential('server'), differential('client')];
