// What a transport must do with a connection or with an opening handshake, and nothing else: the reference for whoever embeds the
// engine. Each rule stands where it is followed. Here the transport is a scripted link and the time is virtual.

import type { ClientHandshake } from '../../lib/core/handshake/client.ts';
import type { ServerHandshake } from '../../lib/core/handshake/server.ts';
import type { Connection } from '../../lib/core/protocol/connection.ts';
import { TRANSPORT_FAILED } from '../../lib/core/wire/violation.ts';
import type { Timer, VirtualClock } from './clock.ts';
import type { LinkEnd, LinkOwner } from './link.ts';

/** Turns in which an engine may ask for another at the same instant, before that counts as never ending. */
const MOST_TURNS = 10_000;

/** Milliseconds for which a transport that got rid of something is taken for slow and not for stuck. */
const GRACE = 10_000;

/** What both kinds of engine have in common. */
interface Engine {
  readonly deadline: number;
  receive(chunk: Uint8Array): number;
  receiveEnd(): void;
  advance(now: number): void;
  takeOutput(): Uint8Array | null;
}

/** The part that is the same for both: input, time and output in turns. */
abstract class Driver<E extends Engine> implements LinkOwner {
  readonly clock: VirtualClock;
  readonly end: LinkEnd;
  readonly engine: E;
  /** Nothing more is done: the end is somebody else's, or gone. */
  released = false;
  /** Turns taken: what an embedder's event loop would have to do. */
  turns = 0;

  #soon: Timer | null = null;
  #timer: Timer | null = null;
  #endTold = false;
  #endSent = false;
  #unsentBefore = 0;
  #graceUntil = -Infinity;

  constructor(clock: VirtualClock, end: LinkEnd, engine: E) {
    this.clock = clock;
    this.end = end;
    this.engine = engine;
    end.own(this);
    this.soon();
  }

  // `wake` may come from within any call to the engine, which must not be called back at once: it asks for a turn, no more.
  readonly soon = (): void => {
    if (this.released || this.#soon !== null) return;
    this.#soon = this.clock.after(0, () => {
      this.#soon = null;
      this.#turn();
    });
  };

  readable(): void {
    this.soon();
  }

  writable(): void {
    this.soon();
  }

  abstract failed(): void;

  /** What the engine's state asks of the transport. `drained`: the engine has no more output, and all of it has left. */
  protected abstract settle(drained: boolean): void;

  protected release(): void {
    this.released = true;
    this.#timer?.cancel();
    this.#soon?.cancel();
  }

  /** Half-closes, once. */
  protected sendEnd(): void {
    if (this.#endSent) return;
    this.#endSent = true;
    this.end.end();
  }

  // As often as one likes, and in this order: input may bring output; output that moves is progress, which the time must not overlook;
  // what the time brings is to leave too.
  #turn(): void {
    if (this.released) return;
    this.turns++;
    this.#offerInput();
    this.#moveOutput();
    this.#tellTime();
    const drained = this.#moveOutput();
    if (!this.released) this.settle(drained);
    if (!this.released) this.#setTimer();
  }

  #offerInput(): void {
    for (let chunk = this.end.read(); chunk !== null; chunk = this.end.read()) {
      const consumed = this.engine.receive(chunk);
      if (consumed === chunk.length) continue;
      this.end.unread(chunk.subarray(consumed)); // paused, or it is not this engine's: to be offered again, or to the next one
      return;
    }
    // The end is told once everything before it has been consumed.
    if (this.end.readEnded && !this.#endTold) {
      this.#endTold = true;
      this.engine.receiveEnd();
    }
  }

  // -Infinity: something has begun whose time is not known yet. Otherwise the time is told when it has come, but not while a large
  // piece of output is still leaving: the engine sees progress only when it is asked for the next piece.
  #tellTime(): void {
    const { engine, clock } = this;
    if (engine.deadline !== -Infinity && engine.deadline <= clock.now && this.#isLeaving()) return;
    for (let turn = 0; engine.deadline <= clock.now; turn++) {
      if (turn > MOST_TURNS) throw new Error(`the deadline stays at ${engine.deadline} after advance(${clock.now})`);
      engine.advance(clock.now);
    }
  }

  // Output is taken only when what was taken before has left: bytes that have been taken cannot be called back or overtaken by a Pong,
  // and null then means that everything has left, from which the closing handshake's deadlines count.
  #moveOutput(): boolean {
    while (this.end.unsent === 0) {
      const bytes = this.engine.takeOutput();
      if (bytes === null) return true;
      this.end.write(bytes);
      this.#unsentBefore = bytes.length;
    }
    return false;
  }

  #isLeaving(): boolean {
    const { unsent } = this.end;
    if (unsent > 0 && unsent < this.#unsentBefore) this.#graceUntil = this.clock.now + GRACE;
    this.#unsentBefore = unsent;
    return unsent > 0 && this.clock.now < this.#graceUntil;
  }

  #setTimer(): void {
    this.#timer?.cancel();
    const { deadline } = this.engine;
    const overdue = deadline !== -Infinity && deadline <= this.clock.now; // withheld: see above
    this.#timer = this.clock.at(overdue ? this.#graceUntil : deadline, () => this.soon());
  }
}

/** Drives a connection to its end. Its `wake` is to lead to {@link Driver.soon}. */
export class ConnectionDriver extends Driver<Connection> {
  failed(): void {
    this.engine.terminate(TRANSPORT_FAILED);
    this.release();
  }

  protected settle(drained: boolean): void {
    const { engine, end } = this;
    if (engine.abandoned) {
      end.destroy();
      this.release();
      return;
    }
    if (drained && engine.outputEnded) this.sendEnd();
    // A transport that has ended both ways closes by itself.
    if (engine.state === 'closed' && end.readEnded && drained) this.release();
  }
}

/** Milliseconds a refused peer may take to end the transport: the handshake has no deadline for that. */
const LINGER = 1_000;

/** Drives the server's opening handshake, then hands the end over. */
export class ServerHandshakeDriver extends Driver<ServerHandshake> {
  readonly #decide: (handshake: ServerHandshake) => void;
  readonly #opened: (end: LinkEnd) => void;
  #asked = false;
  #refusedAt = NaN;

  /** @param decide accepts or rejects, now or later; `opened` is called once the 101 has left */
  constructor(
    clock: VirtualClock, end: LinkEnd, handshake: ServerHandshake,
    decide: (handshake: ServerHandshake) => void, opened: (end: LinkEnd) => void,
  ) {
    super(clock, end, handshake);
    this.#decide = decide;
    this.#opened = opened;
  }

  failed(): void {
    this.engine.receiveEnd();
    this.release();
  }

  protected settle(drained: boolean): void {
    const { engine, end, clock } = this;
    if (engine.state === 'pending' && !this.#asked) {
      this.#asked = true;
      this.#decide(engine);
      this.soon();
      return;
    }
    if (engine.state === 'accepted' && drained) {
      this.release();
      this.#opened(end); // what followed the request is still unread: it is the connection's
      return;
    }
    if (engine.state !== 'refused' || !drained) return;
    this.sendEnd();
    if (Number.isNaN(this.#refusedAt)) {
      this.#refusedAt = clock.now;
      clock.after(LINGER, () => this.soon());
    }
    if (!end.readEnded && clock.now < this.#refusedAt + LINGER) return;
    end.destroy();
    this.release();
  }
}

/** Drives the client's opening handshake, then hands the end over. */
export class ClientHandshakeDriver extends Driver<ClientHandshake> {
  readonly #opened: (end: LinkEnd) => void;

  constructor(clock: VirtualClock, end: LinkEnd, handshake: ClientHandshake, opened: (end: LinkEnd) => void) {
    super(clock, end, handshake);
    this.#opened = opened;
  }

  failed(): void {
    this.engine.receiveEnd();
    this.release();
  }

  protected settle(): void {
    const { state } = this.engine;
    if (state === 'open') {
      this.release();
      this.#opened(this.end); // what followed the 101 is still unread
    } else if (state === 'failed') {
      this.end.destroy();
      this.release();
    }
  }
}
