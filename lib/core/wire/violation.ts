// The violation table: every way a connection can end other than by a clean closing handshake, one row each.
//
// Law: a peer's mistake is data (DESIGN §2, law 5). A row is that data. It says what must have been true, where the RFC says so,
// which close code tells the peer, and whose fault it is. It stands at the bottom of the import order because the frame decoder
// already refuses by it; see docs/decisions/0002.

/** Whose mistake ended the connection: what the peer sent, what this side's application did, or what the network did. */
export type Fault = 'peer' | 'local' | 'network';

export type ViolationName =
  | 'RESERVED_OPCODE'
  | 'RSV_NOT_NEGOTIATED'
  | 'RSV1_ON_CONTROL'
  | 'RSV1_ON_CONTINUATION'
  | 'CONTROL_FRAGMENTED'
  | 'CONTROL_TOO_LONG'
  | 'CONTINUATION_WITHOUT_START'
  | 'MESSAGE_INTERLEAVED'
  | 'MASK_MISSING'
  | 'MASK_UNEXPECTED'
  | 'LENGTH_NOT_MINIMAL'
  | 'LENGTH_TOP_BIT_SET'
  | 'FRAME_TOO_BIG'
  | 'MESSAGE_TOO_BIG'
  | 'TOO_MANY_FRAGMENTS'
  | 'INFLATE_RATIO_EXCEEDED'
  | 'DEFLATE_CORRUPT'
  | 'DEFLATE_DISTANCE_TOO_FAR'
  | 'DEFLATE_TRUNCATED'
  | 'DEFLATE_TRAILING_DATA'
  | 'TEXT_NOT_UTF8'
  | 'CLOSE_BODY_TOO_SHORT'
  | 'CLOSE_CODE_NOT_ALLOWED'
  | 'CLOSE_REASON_NOT_UTF8'
  | 'MESSAGE_TOO_SLOW'
  | 'QUEUE_OVERFLOW'
  | 'CONTROL_TOO_FREQUENT'
  | 'PEER_SILENT'
  | 'CLOSE_UNANSWERED'
  | 'TRANSPORT_ENDED'
  | 'TRANSPORT_FAILED'
  | 'TERMINATED'
  | 'APPLICATION_FAILED';

/** A row of the table. */
export interface Violation {
  readonly name: ViolationName;
  /** The status code of the Close frame that tells the peer; 1006 where no Close frame can or should (§7.4.1). */
  readonly code: number;
  /** Where the rule stands: a section of RFC 6455 unless another document is named. */
  readonly section: string;
  readonly fault: Fault;
  /** What should have been so. */
  readonly sentence: string;
}

function row(name: ViolationName, code: number, section: string, fault: Fault, sentence: string): Violation {
  return Object.freeze({ name, code, section, fault, sentence });
}

// §5: the frame header, in the order in which its bytes are judged.
export const RSV_NOT_NEGOTIATED: Violation =
  row('RSV_NOT_NEGOTIATED', 1002, '§5.2', 'peer', 'RSV bits are 0 unless a negotiated extension defines them');
export const RSV1_ON_CONTROL: Violation =
  row('RSV1_ON_CONTROL', 1002, 'RFC 7692 §6.1', 'peer', 'RSV1 is not set on a control frame');
export const RSV1_ON_CONTINUATION: Violation =
  row('RSV1_ON_CONTINUATION', 1002, 'RFC 7692 §6.1', 'peer', 'RSV1 is set on the first frame of a message only');
export const RESERVED_OPCODE: Violation =
  row('RESERVED_OPCODE', 1002, '§5.2', 'peer', 'opcodes 3–7 and B–F are reserved');
export const CONTROL_FRAGMENTED: Violation =
  row('CONTROL_FRAGMENTED', 1002, '§5.5', 'peer', 'control frames are not fragmented');
export const CONTINUATION_WITHOUT_START: Violation =
  row('CONTINUATION_WITHOUT_START', 1002, '§5.4', 'peer', 'a continuation frame continues a message that has begun');
export const MESSAGE_INTERLEAVED: Violation =
  row('MESSAGE_INTERLEAVED', 1002, '§5.4', 'peer', 'the fragments of one message are not interleaved with those of another');
export const TOO_MANY_FRAGMENTS: Violation =
  row('TOO_MANY_FRAGMENTS', 1008, '§10.4', 'peer', 'a message has at most maxFragments frames');
export const MASK_MISSING: Violation =
  row('MASK_MISSING', 1002, '§5.1', 'peer', 'a client masks every frame it sends');
export const MASK_UNEXPECTED: Violation =
  row('MASK_UNEXPECTED', 1002, '§5.1', 'peer', 'a server masks no frame it sends');
export const CONTROL_TOO_LONG: Violation =
  row('CONTROL_TOO_LONG', 1002, '§5.5', 'peer', 'a control frame carries at most 125 bytes');
export const CLOSE_BODY_TOO_SHORT: Violation =
  row('CLOSE_BODY_TOO_SHORT', 1002, '§5.5.1', 'peer', 'the body of a Close frame is empty or begins with a 2-byte status code');
export const LENGTH_TOP_BIT_SET: Violation =
  row('LENGTH_TOP_BIT_SET', 1002, '§5.2', 'peer', 'the most significant bit of a 64-bit length is 0');
export const LENGTH_NOT_MINIMAL: Violation =
  row('LENGTH_NOT_MINIMAL', 1002, '§5.2', 'peer', 'a length is written in its shortest form');
export const FRAME_TOO_BIG: Violation =
  row('FRAME_TOO_BIG', 1009, '§10.4', 'peer', 'a frame carries at most maxFrameSize bytes');
export const MESSAGE_TOO_BIG: Violation =
  row('MESSAGE_TOO_BIG', 1009, '§10.4', 'peer', 'a message carries at most maxMessageSize bytes');

// RFC 7692: compressed payload.
export const INFLATE_RATIO_EXCEEDED: Violation =
  row('INFLATE_RATIO_EXCEEDED', 1009, 'RFC 7692 §8', 'peer', 'a message inflates to at most maxInflateRatio times its bytes on the wire');
export const DEFLATE_CORRUPT: Violation =
  row('DEFLATE_CORRUPT', 1007, 'RFC 7692 §7.2.2', 'peer', 'the payload of a compressed message is DEFLATE blocks (RFC 1951)');
export const DEFLATE_DISTANCE_TOO_FAR: Violation =
  row('DEFLATE_DISTANCE_TOO_FAR', 1007, 'RFC 7692 §7.2.2', 'peer', 'a back reference stays within what was sent and the agreed window');
export const DEFLATE_TRUNCATED: Violation =
  row('DEFLATE_TRUNCATED', 1007, 'RFC 7692 §7.2.2', 'peer', 'a compressed message ends where a DEFLATE block ends');
export const DEFLATE_TRAILING_DATA: Violation =
  row('DEFLATE_TRAILING_DATA', 1007, 'RFC 7692 §7.2.1', 'peer', 'what follows a final block is another block');

// §7.4, §8.1: what the payload says.
export const TEXT_NOT_UTF8: Violation =
  row('TEXT_NOT_UTF8', 1007, '§8.1', 'peer', 'a text message is valid UTF-8');
export const CLOSE_CODE_NOT_ALLOWED: Violation =
  row('CLOSE_CODE_NOT_ALLOWED', 1002, '§7.4', 'peer', 'a Close frame carries a status code that may appear on the wire');
export const CLOSE_REASON_NOT_UTF8: Violation =
  row('CLOSE_REASON_NOT_UTF8', 1007, '§8.1', 'peer', 'the reason of a Close frame is valid UTF-8');

// §10.4, §7.2: resources, time, and the transport.
export const MESSAGE_TOO_SLOW: Violation =
  row('MESSAGE_TOO_SLOW', 1008, '§10.4', 'peer', 'a message is finished within messageDeadline of its first frame');
export const CONTROL_TOO_FREQUENT: Violation =
  row('CONTROL_TOO_FREQUENT', 1008, '§10.4', 'peer', 'at most maxControlRate control frames arrive in a second');
export const QUEUE_OVERFLOW: Violation =
  row('QUEUE_OVERFLOW', 1008, '§10.4', 'local', 'at most maxQueueSize bytes wait to be sent');
export const PEER_SILENT: Violation =
  row('PEER_SILENT', 1011, '§5.5.2', 'network', 'a peer that is alive sends something within the keepalive timeout of a Ping');
export const CLOSE_UNANSWERED: Violation =
  row('CLOSE_UNANSWERED', 1006, '§5.5.1', 'peer', 'a Close frame is answered by a Close frame within closeTimeout');
export const TRANSPORT_ENDED: Violation =
  row('TRANSPORT_ENDED', 1006, '§7.1.5', 'network', 'the transport ends after the closing handshake');
export const TRANSPORT_FAILED: Violation =
  row('TRANSPORT_FAILED', 1006, '§7.2.1', 'network', 'the transport carries bytes until it is ended');
export const TERMINATED: Violation =
  row('TERMINATED', 1006, '§7.2', 'local', 'the connection is closed by a closing handshake, not torn down');
export const APPLICATION_FAILED: Violation =
  row('APPLICATION_FAILED', 1011, '§7.4.1', 'local', 'the application handles what it receives');

/** The whole table, in the order above: for documentation, and for whoever wants to enumerate. */
export const VIOLATIONS: readonly Violation[] = Object.freeze([
  RSV_NOT_NEGOTIATED, RSV1_ON_CONTROL, RSV1_ON_CONTINUATION, RESERVED_OPCODE, CONTROL_FRAGMENTED, CONTINUATION_WITHOUT_START,
  MESSAGE_INTERLEAVED, TOO_MANY_FRAGMENTS, MASK_MISSING, MASK_UNEXPECTED, CONTROL_TOO_LONG, CLOSE_BODY_TOO_SHORT,
  LENGTH_TOP_BIT_SET, LENGTH_NOT_MINIMAL, FRAME_TOO_BIG, MESSAGE_TOO_BIG, INFLATE_RATIO_EXCEEDED, DEFLATE_CORRUPT,
  DEFLATE_DISTANCE_TOO_FAR, DEFLATE_TRUNCATED, DEFLATE_TRAILING_DATA, TEXT_NOT_UTF8, CLOSE_CODE_NOT_ALLOWED,
  CLOSE_REASON_NOT_UTF8, MESSAGE_TOO_SLOW, CONTROL_TOO_FREQUENT, QUEUE_OVERFLOW, PEER_SILENT, CLOSE_UNANSWERED,
  TRANSPORT_ENDED, TRANSPORT_FAILED, TERMINATED, APPLICATION_FAILED,
]);
