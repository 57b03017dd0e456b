// The tester's end of one connection, as a transport sees it: bytes and time in, bytes out, one result. The transport in memory and the
// one over sockets are held to the same contract: the time is told first (`advance`), then what happened, then output is taken and the flags
// are looked at, until nothing changes.

import type { CaseResult } from '../result.ts';

export interface Tester {
  /** Octets of the subject, in order. They are only borrowed, and not changed. */
  receive(chunk: Uint8Array): void;
  /** The subject's side of the transport has ended, with FIN or because it broke. */
  receiveEnd(how: 'fin' | 'reset'): void;
  /**
   * The next write, which the transport owns; null when there is none. Each is one write of its own, and the transport lets the subject have
   * its turn between two. To be called only when the transport can take more: what is not taken is how the tester knows that the subject
   * does not read.
   */
  takeOutput(): Uint8Array | null;
  /** Whether the transport is to read. */
  readonly reads: boolean;
  /** Everything was taken and nothing more will come: half-close the transport. */
  readonly outputEnded: boolean;
  /** Destroy the transport now. */
  readonly abandoned: boolean;
  /** When `advance` is next needed, in ms of the transport's clock; Infinity for never. */
  readonly deadline: number;
  advance(now: number): void;
  /** The transport gives up, because all of it takes too long or too much comes: the case fails, and `why` is told. */
  stop(why: string): void;
  /** How it ended; null while it has not. Once there is one, the transport does what the flags say and lets go. */
  readonly result: CaseResult | null;
}
