// What passed between tester and subject, as it is kept and drawn: heads, frames and ends, each with its time. Bounded: of a long payload
// the beginning is kept, of many frames the first and the last.

export type Party = 'tester' | 'subject';

export type Entry =
  /**
   * The head of an HTTP message, its lines, each a string of octets (latin1). A line that ended with LF alone keeps it. A last line that
   * begins with `…` is not the peer's: it says what is not kept, or that the head does not end.
   */
  | { readonly at: number; readonly from: Party; readonly head: readonly string[] }
  /** A frame, legal or not; `at` is when its first octet passed. */
  | {
    readonly at: number;
    readonly from: Party;
    readonly frame: {
      readonly fin: boolean;
      readonly rsv: number;
      readonly opcode: number;
      readonly masked: boolean;
      /** As it says in its header, in decimal: it may be 2^64 - 1. */
      readonly length: string;
      /** The header's octets in hex, the masking key included. */
      readonly header: string;
      /** The beginning of the payload as it is on the wire, in hex. */
      readonly payload: string;
      /** The beginning of it unmasked, in hex. */
      readonly content: string;
      /** What it says: a text, a close code and reason; '' when nothing can be said. */
      readonly means: string;
      /** Octets of the payload that passed: fewer than `length` when the frame was not finished. */
      readonly passed: number;
      /** Writes, or reads, that it was spread over. */
      readonly chunks: number;
    };
  }
  /** Octets that are no frame and no head, the beginning of them in hex; `passed` is how many they were. */
  | { readonly at: number; readonly from: Party; readonly octets: string; readonly passed: number }
  | { readonly at: number; readonly from: Party; readonly end: 'fin' | 'reset' }
  /** What the tester does or finds: which step, what was seen, which rule was broken. */
  | { readonly at: number; readonly note: string }
  /** So many frames and heads that are not kept. */
  | { readonly at: number; readonly from: Party; readonly left: number };

export type Transcript = readonly Entry[];
