// A connection under everything at once: any bytes in any chunks, any time, any calls of the application from within any callback, a
// handler that throws, a transport that drains when it likes. And the same stream at two chunkings, which must tell the same story.

import { Connection } from '../../lib/core/protocol/connection.ts';
import { MessageAssembler } from '../../lib/core/protocol/message-assembler.ts';
import type { MessageEvents } from '../../lib/core/protocol/message-assembler.ts';
import type { CloseOutcome, SendResult } from '../../lib/core/protocol/events.ts';
import type { LimitOptions } from '../../lib/core/protocol/limits.ts';
import { portablePlatform } from '../../lib/core/platform.ts';
import { VIOLATIONS } from '../../lib/core/wire/violation.ts';
import type { MessageKind, Role } from '../../lib/core/wire/opcode.ts';
import { judgeSent } from '../support/fuzz-frames.ts';
import { Random } from '../support/random.ts';
import { toHex } from '../support/bytes.ts';
import { randomChunks, randomStream } from './streams.ts';
import { hold, holdSame } from './target.ts';
import type { Target } from './target.ts';

/** What a handler throws here; anything else that comes out of the engine is a fault. */
const APPLICATION_ERROR = new Error('thrown by a handler');

const MIB = 1024 * 1024;
/** A header and a masking key; the most that a queued Close or Ping of this side may take. */
const FRAMING = 14;
const CONTROL = 131;

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
  #fragmented: MessageKind | null = null;
  #mostMessage: number;
  #mostPongs: number;
  #now = 0;

  constructor(seed: number, role: Role, throws: boolean) {
    const random = new Random(seed);
    const keys = new Random(seed + 1);
    const platform = portablePlatform({ random: (target) => fillQuickly(keys, target) });
    const limits = randomLimits(random);
    this.#random = random;
    this.#role = role;
    this.#throws = throws;
    this.#mostMessage = limits.maxMessageSize ?? 16 * MIB;
    this.#mostPongs = limits.maxQueuedPongs ?? 64;
    this.assembler = new MessageAssembler(platform, this);
    this.connection = new Connection({
      role, platform, limits, events: this.assembler,
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
        if (this.#fragmented === null) this.#sent(connection.sendText('é'.repeat(random.pick([0, 1, 40, 63, 200]))), 400);
        break;
      case 'binary':
        if (this.#fragmented === null) this.#sendBinary(random.bytes(random.pick([0, 1, 125, 126, 1_000])));
        if (this.#fragmented === null && random.oneIn(40)) this.#sendBinary(new Uint8Array(40_000));
        break;
      case 'fragment': {
        const kind = this.#fragmented ?? random.pick(['text', 'binary'] as const);
        const fin = random.oneIn(2);
        const result = connection.sendFragment(kind, new Uint8Array(random.pick([0, 1, 126])).fill(0x41), fin);
        if (result !== 'refused') this.#fragmented = fin ? null : kind;
        this.#sent(result, 126);
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

  #sendBinary(bytes: Uint8Array): void {
    this.#sent(this.connection.sendBinary(bytes), bytes.length);
  }

  #sent(result: SendResult, size: number): void {
    hold(['queued', 'high-water', 'refused'].includes(result), () => `a send answered ${result}`);
    if (result !== 'refused') this.#own += size + FRAMING;
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
      if (rest.length > 0 && !this.#throws) hold(connection.paused, () => 'not everything was consumed, and nobody paused');
      if (rest.length > 0 && connection.paused) connection.resume();
    }
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
        this.#own = 0;
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
    const sent = judgeSent(output, this.#role, connection.abandoned);
    hold(sent.problem === null, () => `it sent ${sent.problem}: ${toHex(output).slice(0, 600)}`);
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
    const control = this.connection.retainedBytes - this.#own;
    const constant = 2 * this.#mostPongs * CONTROL + 2 * CONTROL;
    hold(message <= 2 * this.#received && message <= this.#mostMessage, () => `a message of at most ${this.#mostMessage} holds ${message} after ${this.#received} bytes`);
    hold(control <= constant, () => `${control} bytes beside messages and own output, allowed are ${constant}`);
  }
}

function chaos(role: Role): Target {
  return {
    name: `connection-${role}`,
    run(seed) {
      const random = new Random(seed);
      const stream = randomStream(random, role);
      const player = new Player(random.next(), role, random.oneIn(3));
      for (const chunk of randomChunks(random, stream)) {
        if (random.oneIn(8)) player.act();
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
      const stream = randomStream(random, role);
      const play = random.next();
      const stories = [1, 2].map((round) => {
        const player = new Player(play, role, false);
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
