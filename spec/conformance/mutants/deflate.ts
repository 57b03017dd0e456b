// permessage-deflate (RFC 7692 §7.2): one message in, one message out, by node:zlib. The history of a direction is a dictionary, so that no
// state of zlib outlives a message.

import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import type { InflateRaw } from 'node:zlib';

import type { Agreed } from './extensions.ts';
import type { Does } from './switches.ts';

const WINDOW = 32 * 1024;
/** zlib has no window of 256 octets; with one of 512 it looks back 250 at most. */
const LEAST_BITS = 9;
/** What a machine that runs specs can spare. */
const NO_LIMIT = 256 * 1024 * 1024;
const EMPTY = Buffer.alloc(0);
const TAIL = Buffer.from('0000ffff', 'hex');
/** A final block without content: zlib comes to it, and to its end, if what stands before it was whole. */
const SEAL = Buffer.from('0300', 'hex');

/** What came of how many octets. */
interface Inflated {
  readonly octets: Buffer;
  readonly read: number;
}

/** What cannot be inflated, and what must not. */
export type Uninflated = 'corrupt' | 'too big';

export class Deflate {
  #sent: Buffer = EMPTY;
  #received: Buffer = EMPTY;
  #inflated = 0;
  readonly #most: number;
  readonly #does: Does;
  /** Of the messages this endpoint sends, and of those it receives. */
  readonly #own: { readonly noTakeover: boolean; readonly bits: number };
  readonly #peersNoTakeover: boolean;

  /** `most`: octets of a message once it is inflated. */
  constructor(role: 'server' | 'client', agreed: Agreed, most: number, does: Does) {
    const { serverNoTakeover, clientNoTakeover, serverBits, clientBits } = agreed;
    this.#most = most;
    this.#does = does;
    this.#own = role === 'server' ? { noTakeover: serverNoTakeover, bits: serverBits } : { noTakeover: clientNoTakeover, bits: clientBits };
    this.#peersNoTakeover = role === 'server' ? clientNoTakeover : serverNoTakeover;
  }

  /** What was inflated last is still there: it is what is echoed. */
  get retainedBytes(): number {
    return this.#sent.length + this.#received.length + this.#inflated;
  }

  /** §7.2.1. */
  deflate(octets: Uint8Array): Uint8Array {
    const { noTakeover, bits } = this.#own;
    const windowBits = bits < 15 && this.#does('wide-window') ? 15 : Math.max(LEAST_BITS, bits);
    const dictionary = this.#sent;
    const deflated = deflateRawSync(octets, {
      windowBits, finishFlush: constants.Z_SYNC_FLUSH, ...dictionary.length > 0 && { dictionary },
    });
    if (!noTakeover || this.#does('keeps-history')) this.#sent = lastOf(dictionary, octets);
    return this.#does('leaves-tail') ? deflated : deflated.subarray(0, -TAIL.length);
  }

  /** §7.2.2. */
  inflate(payload: Uint8Array): Uint8Array | Uninflated {
    const inflated = this.#inflate(payload);
    this.#inflated = typeof inflated === 'string' ? 0 : inflated.length;
    return inflated;
  }

  #inflate(payload: Uint8Array): Uint8Array | Uninflated {
    const parts: Buffer[] = [];
    let [history, rest, room] = [this.#received, Buffer.from(payload), this.#most];
    for (;;) {
      const bare = this.#does('inflates-without-tail');
      const whole = bare ? rest : Buffer.concat([rest, TAIL, SEAL]);
      const step = this.#step(whole, history, room, bare);
      if (typeof step === 'string') return this.#takes(step, rest, history);
      parts.push(step.octets);
      room -= step.octets.length;
      history = lastOf(history, step.octets);
      if (step.read === whole.length || step.read === rest.length) break;
      if (step.read > rest.length) return this.#takes('corrupt', rest, history);
      if (this.#does('stops-at-final-block')) break;
      if (this.#does('forgets-at-final-block')) history = EMPTY;
      rest = rest.subarray(step.read);
    }
    this.#received = this.#peersNoTakeover || this.#does('forgets-history') ? EMPTY : history;
    if (this.#received.length > 4096 && this.#does('short-history')) this.#received = this.#received.subarray(-4096);
    return Buffer.concat(parts);
  }

  /** What a message was that came as it is: nothing of it belongs to the history. */
  pass(octets: Uint8Array): void {
    if (this.#does('remembers-plain')) this.#received = lastOf(this.#received, octets);
  }

  /** Inflates up to the end of the data, or of a final block. `partial`: the data need not come to an end. */
  #step(whole: Buffer, dictionary: Buffer, room: number, partial: boolean): Inflated | Uninflated {
    try {
      const { buffer, engine } = inflateRawSync(whole, {
        info: true, maxOutputLength: Math.max(1, room), ...partial && { finishFlush: constants.Z_SYNC_FLUSH },
        ...dictionary.length > 0 && { dictionary },
      }) as unknown as { readonly buffer: Buffer; readonly engine: InflateRaw }; // what `info` makes of the result
      return { octets: buffer, read: engine.bytesWritten };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return code === 'ERR_BUFFER_TOO_LARGE' ? 'too big' : 'corrupt';
    }
  }

  /** What comes of data that are not in order. */
  #takes(fault: Uninflated, rest: Buffer, history: Buffer): Uint8Array | Uninflated {
    if (fault === 'too big') {
      if (!this.#does('no-inflate-limit')) return fault;
      const all = this.#step(Buffer.concat([rest, TAIL, SEAL]), history, NO_LIMIT, false);
      return typeof all === 'string' ? all : all.octets;
    }
    if (this.#does('takes-truncated')) {
      const some = this.#step(Buffer.concat([rest, TAIL]), history, this.#most, true);
      return typeof some === 'string' ? some : some.octets;
    }
    return this.#does('takes-corrupt') ? EMPTY : fault;
  }
}

/** The last octets of both: what a window holds. */
function lastOf(history: Buffer, octets: Uint8Array): Buffer {
  if (octets.length >= WINDOW) return Buffer.from(octets.subarray(-WINDOW));
  return Buffer.concat([history.subarray(-(WINDOW - octets.length)), octets]);
}
