// Compression for the fuzzer: both codecs of a connection as a seed has them, at once or later, and a peer that compresses what it sends
// well, badly and wrongly. What the connection sends is inflated by node:zlib.

import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { createCodecs } from '../../lib/core/deflate/codecs.ts';
import type { CodecHost } from '../../lib/core/deflate/codecs.ts';
import { compressionChoices } from '../../lib/core/deflate/compression-options.ts';
import type { AgreedParameters } from '../../lib/core/deflate/parameters.ts';
import type { Deflater, InflateStep, Inflater, MessageCompression } from '../../lib/core/wire/compression.ts';
import type { Role } from '../../lib/core/wire/opcode.ts';
import type { Violation } from '../../lib/core/wire/violation.ts';
import type { Random } from '../support/random.ts';

const TAIL: Uint8Array = Uint8Array.of(0, 0, 0xff, 0xff);
const NOTHING = new Uint8Array(0);

/** An inflater that is pending before every step, until somebody says {@link tick}. */
class LaterInflater implements Inflater {
  onReady: () => void = () => {};
  readonly #inner: Inflater;
  #state: 'idle' | 'pending' | 'due' = 'idle';

  constructor(inner: Inflater) {
    this.#inner = inner;
  }

  get output(): Uint8Array { return this.#inner.output; }
  get start(): number { return this.#inner.start; }
  get end(): number { return this.#inner.end; }
  get last(): boolean { return this.#inner.last; }
  get consumed(): number { return this.#inner.consumed; }
  get violation(): Violation | null { return this.#inner.violation; }
  get at(): number { return this.#inner.at; }
  get retainedBytes(): number { return this.#inner.retainedBytes; }

  load(bytes: Uint8Array, start: number, end: number, last: boolean, room: number): void {
    this.#inner.load(bytes, start, end, last, room);
  }

  next(): InflateStep {
    if (this.#state === 'due') {
      this.#state = 'idle';
      return this.#inner.next();
    }
    this.#state = 'pending';
    return 'pending';
  }

  detach(): void {
    this.#inner.detach();
  }

  release(): void {
    this.#state = 'idle';
    this.#inner.release();
  }

  tick(): boolean {
    if (this.#state !== 'pending') return false;
    this.#state = 'due';
    this.onReady();
    return true;
  }
}

/** What zlib makes of a message behind a history. */
function deflate(bytes: Uint8Array, dictionary: Uint8Array, windowBits: number): Uint8Array {
  return deflateRawSync(bytes, { windowBits, finishFlush: constants.Z_SYNC_FLUSH, ...dictionary.length > 0 && { dictionary } });
}

/** The compression of one connection, and what its peer makes of it. */
export class FuzzCompression {
  readonly codecs: MessageCompression;
  readonly #agreed: AgreedParameters;
  readonly #role: Role;
  readonly #later: LaterInflater | null;
  /** Compressions that are under way elsewhere: one at most. */
  readonly #jobs: (() => void)[] = [];

  /** @param asynchronous whether either direction may take its time */
  constructor(random: Random, role: Role, asynchronous: boolean) {
    const bits = (): number => random.pick([8, 9, 10, 12, 15]);
    // A server's own choice is 9 bits at least: no common compressor honours 8.
    this.#agreed = {
      serverNoContextTakeover: random.oneIn(3), clientNoContextTakeover: random.oneIn(3),
      serverMaxWindowBits: Math.max(role === 'server' ? 9 : 8, bits()), clientMaxWindowBits: Math.max(role === 'client' ? 9 : 8, bits()),
    };
    this.#role = role;
    const choices = compressionChoices(role, { serverMaxWindowBits: 15, clientMaxWindowBits: 15, threshold: random.pick([0, 64]) });
    const plain: CodecHost = { allocate: (size) => new Uint8Array(size) };
    const fails = random.oneIn(3);
    const host: CodecHost = !asynchronous || random.oneIn(2) ? plain : {
      ...plain,
      deflate: {
        from: 300, laterFrom: 900, deflate,
        deflateLater: (bytes, dictionary, windowBits, done) => {
          const job = (): void => done(fails ? null : deflate(bytes, dictionary, windowBits));
          this.#jobs.push(job);
          return () => { this.#jobs.length = 0; };
        },
      },
    };
    const { inflater, deflater } = createCodecs(role, this.#agreed, choices, host);
    this.#later = asynchronous && random.oneIn(2) ? new LaterInflater(inflater) : null;
    this.codecs = { inflater: this.#later ?? inflater, deflater };
  }

  /** Bytes that both directions hold. */
  get retainedBytes(): number {
    return this.codecs.inflater.retainedBytes + this.codecs.deflater.retainedBytes;
  }

  /** Ends what takes its time. False when nothing does. */
  tick(): boolean {
    const job = this.#jobs.shift();
    job?.();
    return (this.#later?.tick() ?? false) || job !== undefined;
  }

  /** What the peer makes of its messages, one after the other, as was agreed; now and then as was not. */
  peer(random: Random): (bytes: Uint8Array) => Uint8Array {
    const role = this.#role === 'client' ? 'server' : 'client';
    const choices = compressionChoices(role, { serverMaxWindowBits: 15, clientMaxWindowBits: 15 });
    let deflater: Deflater | null = null;
    return (bytes) => {
      switch (random.below(12)) {
        case 0: return deflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, level: random.below(10) }).subarray(0, -4);
        case 1: return Buffer.concat([deflateRawSync(bytes, { strategy: constants.Z_FIXED }), Uint8Array.of(0)]); // ends itself by BFINAL
        case 2: return random.bytes(random.below(40));
        case 3: return random.oneIn(8) ? deflate(new Uint8Array(100_000).fill(0x41), NOTHING, 15).subarray(0, -4) : Uint8Array.of(0);
        default:
      }
      deflater ??= createCodecs(role, {
        ...this.#agreed,
        serverMaxWindowBits: Math.max(9, this.#agreed.serverMaxWindowBits), clientMaxWindowBits: Math.max(9, this.#agreed.clientMaxWindowBits),
      }, choices, { allocate: (size) => new Uint8Array(size) }).deflater;
      deflater.deflate(bytes, 0, bytes.length, true);
      const result = Uint8Array.from(deflater.output.subarray(deflater.start, deflater.end));
      deflater.commit();
      return result;
    };
  }

  /** Inflates what the connection has sent, message after message, strictly within what was agreed. */
  reader(): (payload: Uint8Array) => Uint8Array {
    const { serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits, clientMaxWindowBits } = this.#agreed;
    const alone = this.#role === 'server' ? serverNoContextTakeover : clientNoContextTakeover;
    const windowSize = 1 << (this.#role === 'server' ? serverMaxWindowBits : clientMaxWindowBits);
    let history: Uint8Array = NOTHING;
    return (payload) => {
      const dictionary = history.subarray(Math.max(0, history.length - windowSize));
      const message = inflateRawSync(Buffer.concat([payload, TAIL]), {
        finishFlush: constants.Z_SYNC_FLUSH, ...dictionary.length > 0 && { dictionary },
      });
      if (!alone) history = Buffer.concat([dictionary, message]);
      return message;
    };
  }
}
