// A transport made of arithmetic: two ends, a pipe each way, each with a latency, a bandwidth, a send buffer, a receive window and
// chunks of its own size; it can stall in one direction, end in one direction, be cut, or be cut after exactly so many bytes. It knows
// bytes and time; what they mean is not its business.

import type { VirtualClock } from './clock.ts';
import { Random } from './random.ts';

/** What one direction is like. */
export interface PipeOptions {
  /** Milliseconds from one end to the other. Default 0. */
  readonly latency?: number;
  /** Default: all at once. */
  readonly bytesPerMs?: number;
  /** Bytes that the sending end takes before it says that it is full; one write may pass it. Default 64 KiB. */
  readonly sendBuffer?: number;
  /** Bytes that wait unread at the receiving end before nothing more is sent. Default 64 KiB. */
  readonly window?: number;
  /** The largest chunk that arrives. Default 16 KiB. */
  readonly chunk?: number;
  /** Chunks have a random size up to the largest; without a seed all are the largest. */
  readonly seed?: number;
  /** The link is cut when this many bytes have been delivered. Default: never. */
  readonly cutAfter?: number;
}

/** What the owner of an end is told. It may call the end from within. */
export interface LinkOwner {
  /** There is something to read: bytes, or the end. */
  readable(): void;
  /** Everything written before has left the send buffer. */
  writable(): void;
  /** The link was cut: nothing more arrives or leaves. */
  failed(): void;
}

interface Inbox {
  readonly chunks: Uint8Array[];
  length: number;
  ended: boolean;
}

/** One direction. */
class Pipe {
  readonly options: Required<Omit<PipeOptions, 'seed' | 'cutAfter'>>;
  readonly inbox: Inbox = { chunks: [], length: 0, ended: false };
  /** Bytes that have been delivered. */
  delivered = 0;
  stalled = false;
  dead = false;
  /** The receiving end has gone: what arrives is dropped, so that the sender is not held. */
  ignored = false;
  receiver: LinkOwner | null = null;
  sender: LinkOwner | null = null;

  readonly #clock: VirtualClock;
  readonly #random: Random | null;
  readonly #cutAfter: number;
  readonly #cut: () => void;
  readonly #buffer: Uint8Array[] = [];
  #buffered = 0;
  #onTheLine = 0;
  #lineFreeAt = 0;
  #finQueued = false;
  #finSent = false;
  #waiting = false;

  constructor(clock: VirtualClock, options: PipeOptions, cut: () => void) {
    this.#clock = clock;
    this.options = {
      latency: options.latency ?? 0, bytesPerMs: options.bytesPerMs ?? Infinity, sendBuffer: options.sendBuffer ?? 65_536,
      window: options.window ?? 65_536, chunk: options.chunk ?? 16_384,
    };
    this.#random = options.seed === undefined ? null : new Random(options.seed);
    this.#cutAfter = options.cutAfter ?? Infinity;
    this.#cut = cut;
  }

  get buffered(): number {
    return this.#buffered;
  }

  write(bytes: Uint8Array): void {
    if (this.#finQueued) throw new Error('written after the end');
    if (bytes.length === 0 || this.dead) return;
    this.#buffer.push(bytes);
    this.#buffered += bytes.length;
    this.pump();
  }

  end(): void {
    this.#finQueued = true;
    this.pump();
  }

  /** Puts on the line what may leave now. */
  pump(): void {
    const { latency, bytesPerMs, window } = this.options;
    while (!this.dead && !this.stalled && !this.#waiting) {
      const now = this.#clock.now;
      if (this.#buffered === 0) {
        if (this.#finQueued && !this.#finSent) this.#sendFin(Math.max(now, this.#lineFreeAt) + latency);
        return;
      }
      if (!this.ignored && this.#onTheLine + this.inbox.length >= window) return; // until the other end reads
      if (this.#lineFreeAt > now) { // one chunk at a time: what has not left may still be called back by a stall
        this.#waiting = true;
        this.#clock.at(this.#lineFreeAt, () => {
          this.#waiting = false;
          this.pump();
        });
        return;
      }
      const chunk = this.#nextChunk();
      this.#lineFreeAt = Math.max(now, this.#lineFreeAt) + chunk.length / bytesPerMs;
      this.#onTheLine += chunk.length;
      this.#clock.at(this.#lineFreeAt + latency, () => this.#arrive(chunk));
      if (this.#buffered === 0) this.#clock.at(this.#lineFreeAt, () => this.sender?.writable());
    }
  }

  take(): Uint8Array {
    const { chunks } = this.inbox;
    const chunk = chunks.shift() as Uint8Array; // the caller has asked whether there is one
    this.inbox.length -= chunk.length;
    this.pump();
    return chunk;
  }

  putBack(chunk: Uint8Array): void {
    this.inbox.chunks.unshift(chunk);
    this.inbox.length += chunk.length;
  }

  #nextChunk(): Uint8Array {
    const { chunk: largest, window } = this.options;
    const wanted = Math.min(window, this.#random === null ? largest : 1 + this.#random.below(largest));
    const head = this.#buffer[0] as Uint8Array; // something is buffered
    const size = Math.min(wanted, head.length);
    if (size === head.length) this.#buffer.shift();
    else this.#buffer[0] = head.subarray(size);
    this.#buffered -= size;
    return head.slice(0, size); // a copy, as a transport hands out: the receiver may write into it
  }

  #arrive(chunk: Uint8Array): void {
    if (this.dead) return;
    this.#onTheLine -= chunk.length;
    const kept = chunk.subarray(0, Math.max(0, this.#cutAfter - this.delivered));
    this.delivered += kept.length;
    if (!this.ignored && kept.length > 0) {
      this.inbox.chunks.push(kept);
      this.inbox.length += kept.length;
      this.receiver?.readable();
    }
    if (this.delivered >= this.#cutAfter) this.#clock.after(0, this.#cut);
    this.pump();
  }

  #sendFin(at: number): void {
    this.#finSent = true;
    this.#clock.at(at, () => {
      if (this.dead) return;
      this.inbox.ended = true;
      this.receiver?.readable();
    });
  }
}

/** One end of a link, as a transport sees it. */
export class LinkEnd {
  readonly #in: Pipe;
  readonly #out: Pipe;
  #destroyed = false;

  constructor(incoming: Pipe, outgoing: Pipe) {
    this.#in = incoming;
    this.#out = outgoing;
  }

  /** Says who owns this end from now on. */
  own(owner: LinkOwner): void {
    this.#in.receiver = owner;
    this.#out.sender = owner;
  }

  /** The next chunk that has arrived; null when there is none. It is the caller's. */
  read(): Uint8Array | null {
    return this.#in.inbox.chunks.length === 0 ? null : this.#in.take();
  }

  /** Gives back what could not be used yet: it will be read first. */
  unread(chunk: Uint8Array): void {
    this.#in.putBack(chunk);
  }

  /** The other end has ended its direction, and everything before that has been read. */
  get readEnded(): boolean {
    return this.#in.inbox.ended && this.#in.inbox.chunks.length === 0;
  }

  /** Whether everything written before has left the send buffer, or there is room left in it. */
  get writable(): boolean {
    return this.#out.buffered < this.#out.options.sendBuffer;
  }

  /** Bytes written that have not left the send buffer. */
  get unsent(): number {
    return this.#out.buffered;
  }

  /** Bytes this end has received. */
  get received(): number {
    return this.#in.delivered;
  }

  write(bytes: Uint8Array): void {
    if (this.#destroyed) throw new Error('written after destroy');
    this.#out.write(bytes);
  }

  /** Ends this direction once everything written has left. */
  end(): void {
    this.#out.end();
  }

  /** As close(2): what was written still leaves, what arrives is dropped unread. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#in.receiver = null;
    this.#in.ignored = true;
    this.#in.inbox.chunks.length = 0;
    this.#in.inbox.length = 0;
    this.#out.end();
    this.#in.pump();
  }
}

export interface LinkOptions {
  /** Client to server. */
  readonly up?: PipeOptions;
  /** Server to client. */
  readonly down?: PipeOptions;
}

/** Two ends and what lies between. */
export class Link {
  readonly client: LinkEnd;
  readonly server: LinkEnd;
  readonly #up: Pipe;
  readonly #down: Pipe;

  constructor(clock: VirtualClock, options: LinkOptions = {}) {
    const cut = (): void => this.cut();
    this.#up = new Pipe(clock, options.up ?? {}, cut);
    this.#down = new Pipe(clock, options.down ?? {}, cut);
    this.client = new LinkEnd(this.#down, this.#up);
    this.server = new LinkEnd(this.#up, this.#down);
  }

  /** Nothing leaves in this direction until it goes on; what is on the line still arrives. */
  stall(direction: 'up' | 'down'): void {
    this.#pipe(direction).stalled = true;
  }

  goOn(direction: 'up' | 'down'): void {
    const pipe = this.#pipe(direction);
    pipe.stalled = false;
    pipe.pump();
  }

  /** Cuts the link: what is on the line is lost, and both ends are told. */
  cut(): void {
    const pipes = [this.#up, this.#down];
    if (pipes.some((pipe) => pipe.dead)) return;
    for (const pipe of pipes) pipe.dead = true;
    for (const pipe of pipes) pipe.receiver?.failed();
  }

  #pipe(direction: 'up' | 'down'): Pipe {
    return direction === 'up' ? this.#up : this.#down;
  }
}
