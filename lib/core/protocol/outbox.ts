// The queue of bytes to send (DESIGN §4, output). Small frames are written straight into a slab; large ones are queued by reference.
// Control frames wait apart and go ahead of data, but never inside a frame whose header has been taken. Counts application bytes;
// knows no opcode and no connection.

import { ControlQueue } from './control-queue.ts';
import type { SlabPool } from './shared.ts';
import { SLAB_SIZE } from './shared.ts';

/** Bytes in the order of the wire. */
interface Segment {
  readonly bytes: Uint8Array;
  /** Application bytes in it, for the queue size. */
  readonly size: number;
  /** False for a header whose payload is the next segment. */
  readonly endsFrame: boolean;
}

const NOTHING = new Uint8Array(0);
/** The first room of a connection's own for output that waits behind other output; the next are twice as large, up to a slab. */
const FIRST_OWN_ROOM = 256;
/** Stands for a segment that has been taken, so that its bytes are not held. */
const TAKEN: Segment = { bytes: NOTHING, size: 0, endsFrame: true };
/** Places of taken segments that may be left in the list. */
const MOST_TAKEN = 32;

export class Outbox {
  /** Where to write after {@link reserve}: `bytes[at…]`. */
  bytes: Uint8Array = NOTHING;
  at = 0;
  /** Application bytes that were accepted and not yet taken: no framing, before compression. */
  queueSize = 0;

  readonly #slabs: SlabPool;
  /** The open segment is `bytes[#start, at)`; `#end` bounds what is reserved. */
  #start = 0;
  #end = 0;
  #openSize = 0;
  #segments: Segment[] = [];
  /** Index of the first segment that has not been taken: shifting an array costs its length. */
  #head = 0;
  readonly #pongs: ControlQueue;
  readonly #pings: ControlQueue;
  #insideFrame = false;
  /** How large the last room of its own was; 0 while nothing waits. */
  #ownRoom = 0;

  constructor(slabs: SlabPool) {
    this.#slabs = slabs;
    this.#pongs = new ControlQueue(slabs);
    this.#pings = new ControlQueue(slabs);
  }

  /** Nothing but control frames is waiting. */
  get dataIsEmpty(): boolean {
    return this.at === this.#start && this.#head === this.#segments.length;
  }

  /** Bytes held for output, framing and control frames included. */
  get retainedBytes(): number {
    let retained = this.at - this.#start + this.#pongs.length + this.#pings.length;
    for (let i = this.#head; i < this.#segments.length; i++) retained += (this.#segments[i] as Segment).bytes.length;
    return retained;
  }

  /** Makes room for `size` more bytes from `bytes[at]` on. */
  reserve(size: number): void {
    if (this.#end - this.at >= size) return;
    const slabs = this.#slabs;
    const isLastOfSlab = this.bytes === slabs.bytes && this.#end === slabs.free;
    if (isLastOfSlab && this.at + size <= this.bytes.length) { // nobody wrote behind it: the open segment grows where it is
      slabs.free = this.#end = this.at + size;
      return;
    }
    this.#seal(true);
    if (size > SLAB_SIZE) {
      this.#open(slabs.allocate(size), 0, size);
      return;
    }
    if (this.#head < this.#segments.length) return this.#openOwn(size);
    slabs.ensure(size);
    this.#open(slabs.bytes, slabs.free, slabs.free + size);
    slabs.free += size;
  }

  /** Takes back what was reserved for a frame that was not written. */
  unreserve(): void {
    if (this.at === this.#start) this.#giveBack();
  }

  /** Takes in what was written up to `end`, a whole frame that carries `size` application bytes. */
  commit(end: number, size: number): void {
    this.at = end;
    this.#openSize += size;
    this.queueSize += size;
  }

  /**
   * Takes in a header that was written up to `end`, and `payload` behind it by reference: unchanged until the transport has written it. It
   * carries `size` application bytes.
   */
  commitReference(end: number, payload: Uint8Array, size: number): void {
    this.at = end;
    this.#seal(false);
    this.#segments.push({ bytes: payload, size, endsFrame: true });
    this.queueSize += size;
  }

  /** Takes in a whole frame by reference, which carries `size` application bytes: nobody changes it any more. */
  commitFrame(frame: Uint8Array, size: number): void {
    this.#seal(true);
    this.#segments.push({ bytes: frame, size, endsFrame: true });
    this.queueSize += size;
  }

  /** Queues a Pong ahead of the data. Where `most` wait already only this one is kept: it answers them all (§5.5.3). */
  pushPong(frame: Uint8Array, most: number): void {
    if (this.#pongs.count >= most) this.#pongs.clear();
    this.#pongs.push(frame);
  }

  /** Queues a Ping ahead of the data, unless `most` wait already. */
  pushPing(frame: Uint8Array, most: number): boolean {
    if (this.#pings.count >= most) return false;
    this.#pings.push(frame);
    return true;
  }

  /** Forgets the data that waits, but for the rest of a frame whose beginning has been taken: the stream must stay whole. */
  clearData(): void {
    const rest = this.#insideFrame ? this.#segments[this.#head] : undefined;
    this.#giveBack();
    this.#openSize = 0;
    this.#segments = rest === undefined ? [] : [rest];
    this.#head = 0;
    this.queueSize = rest === undefined ? 0 : rest.size;
  }

  /** Forgets everything: there is nobody to take it. */
  clear(): void {
    this.#insideFrame = false;
    this.#pongs.clear();
    this.#pings.clear();
    this.clearData();
  }

  /** The next bytes for the transport, which owns them from here on; null when there are none. */
  take(): Uint8Array | null {
    if (!this.#insideFrame) {
      if (this.#pongs.count > 0) return this.#takeControl();
      if (this.#pings.count > 0) return this.#pings.take();
    }
    if (this.#head === this.#segments.length) {
      if (this.at === this.#start) {
        this.#ownRoom = 0;
        this.#giveBack();
        return null;
      }
      this.#seal(true);
    }
    const segment = this.#segments[this.#head] as Segment;
    this.#segments[this.#head++] = TAKEN;
    if (this.#head === this.#segments.length) {
      this.#segments = [];
      this.#head = 0;
    } else if (this.#head > MOST_TAKEN && this.#head * 2 > this.#segments.length) {
      this.#segments.splice(0, this.#head); // moves fewer segments than have been taken since the last time
      this.#head = 0;
    }
    this.#insideFrame = !segment.endsFrame;
    this.queueSize -= segment.size;
    return segment.bytes;
  }

  /** Pongs before Pings of this side, in one piece. */
  #takeControl(): Uint8Array {
    if (this.#pings.count > 0) this.#pongs.push(this.#pings.take());
    return this.#pongs.take();
  }

  /**
   * What waits behind other output does not borrow: the others use the slabs up, and a slow peer that is sent little and often would
   * pin one with every frame.
   */
  #openOwn(size: number): void {
    this.#ownRoom = Math.min(SLAB_SIZE, Math.max(FIRST_OWN_ROOM, size, this.#ownRoom * 2));
    this.#open(this.#slabs.allocate(this.#ownRoom), 0, this.#ownRoom);
  }

  #open(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.#start = start;
    this.at = start;
    this.#end = end;
  }

  #seal(endsFrame: boolean): void {
    if (this.at > this.#start) {
      this.#segments.push({ bytes: this.bytes.subarray(this.#start, this.at), size: this.#openSize, endsFrame });
    }
    this.#openSize = 0;
    if (this.#ownRoom > 0) this.#start = this.at; // the rest of it is for what comes next
    else this.#giveBack();
  }

  /** Returns what was reserved and not used, if nobody wrote behind it. */
  #giveBack(): void {
    if (this.bytes === this.#slabs.bytes && this.#end === this.#slabs.free) this.#slabs.free = this.at;
    this.#open(NOTHING, 0, 0);
  }
}
