// What an implementation has to look like to be tested in memory: bytes and time in, bytes out, every message echoed. Whoever has no sockets
// yet writes this adapter and has the whole suite.

import type { SubjectRole } from './case.ts';

/** One end of one connection. It echoes: each data message goes back as it came, text as text and binary as binary. */
export interface Endpoint {
  /**
   * Octets of the tester, lent until the call returns, and to be changed as the endpoint likes. Returns how many were consumed, nothing for
   * all; what is left is offered again when output was taken or time has passed.
   */
  receive(chunk: Uint8Array): number | void;
  /** The tester's side of the transport has ended. */
  receiveEnd(): void;
  /** The next octets to write, null when there are none. */
  takeOutput(): Uint8Array | null;
  /** Nothing more will be written: the endpoint ends its side of the transport. */
  readonly outputEnded: boolean;
  /** The endpoint has given up on the transport. */
  readonly abandoned: boolean;
  /** When `advance` is next needed, in virtual ms; Infinity for never, -Infinity for soon. */
  readonly deadline: number;
  advance(now: number): void;
  /** Octets it holds, for the cases that ask what a peer may cost; not measured when absent. */
  readonly retainedBytes?: number;
}

/** Something that makes endpoints. */
export interface Engine {
  readonly name: string;
  /**
   * `included`: an endpoint begins with the opening handshake (a client's first output is its request). `none`: it is open from the start, and
   * cases about the opening handshake are skipped.
   */
  readonly opening: 'included' | 'none';
  /**
   * A new endpoint. `extensions` is what was agreed on, as the value of Sec-WebSocket-Extensions in the response, '' for nothing: to be
   * heeded by engines without opening handshake. An engine that does not speak it returns null, and the case is skipped.
   */
  start(role: SubjectRole, extensions: string): Endpoint | null;
}
