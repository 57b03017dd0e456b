// The header rules (§5.1–§5.5), each a pure judgement at the byte that decides it: parse and judge are apart, so that a reader can
// check the judge against the RFC without the cursor around it. Knows no chunk, no position and no limit that is a number of bytes.

import {
  B0_FIN, B0_OPCODE, B0_RSV, B0_RSV1, B1_LENGTH, B1_MASK, LENGTH_16, LENGTH_64, MAX_CONTROL_PAYLOAD,
  OPCODE_CLOSE, OPCODE_CONTINUATION, isControl, isReserved,
} from './opcode.ts';
import type { Role } from './opcode.ts';
import {
  CLOSE_BODY_TOO_SHORT, CONTINUATION_WITHOUT_START, CONTROL_FRAGMENTED, CONTROL_TOO_LONG, LENGTH_NOT_MINIMAL,
  MASK_MISSING, MASK_UNEXPECTED, MESSAGE_INTERLEAVED, RESERVED_OPCODE, RSV1_ON_CONTINUATION, RSV1_ON_CONTROL,
  RSV_NOT_NEGOTIATED,
} from './violation.ts';
import type { Violation } from './violation.ts';

/**
 * Judges FIN, RSV and opcode.
 *
 * @param messageOpen whether a fragmented message has begun and not ended
 * @param rsv1Defined whether a negotiated extension gives RSV1 a meaning (RFC 7692 §6)
 */
export function judgeByte0(b0: number, messageOpen: boolean, rsv1Defined: boolean): Violation | null {
  const opcode = b0 & B0_OPCODE;
  if ((b0 & B0_RSV) !== 0) {
    if (!rsv1Defined || (b0 & B0_RSV) !== B0_RSV1) return RSV_NOT_NEGOTIATED; // §5.2
    if (isControl(opcode)) return RSV1_ON_CONTROL;                            // RFC 7692 §6.1
    if (opcode === OPCODE_CONTINUATION) return RSV1_ON_CONTINUATION;          // RFC 7692 §6.1
  }
  if (isReserved(opcode)) return RESERVED_OPCODE;                             // §5.2
  if (isControl(opcode)) return (b0 & B0_FIN) === 0 ? CONTROL_FRAGMENTED : null; // §5.5
  if (opcode === OPCODE_CONTINUATION) return messageOpen ? null : CONTINUATION_WITHOUT_START; // §5.4
  return messageOpen ? MESSAGE_INTERLEAVED : null;                            // §5.4
}

/** Judges MASK against the role of this endpoint, and the 7-bit length against the opcode. */
export function judgeByte1(b1: number, opcode: number, role: Role): Violation | null {
  const masked = (b1 & B1_MASK) !== 0;
  if (masked !== (role === 'server')) return masked ? MASK_UNEXPECTED : MASK_MISSING; // §5.1
  if (isControl(opcode)) {
    const length = b1 & B1_LENGTH;
    if (length > MAX_CONTROL_PAYLOAD) return CONTROL_TOO_LONG;                // §5.5
    if (opcode === OPCODE_CLOSE && length === 1) return CLOSE_BODY_TOO_SHORT; // §5.5.1
  }
  return null;
}

/** Judges whether `length` needed the form that `announced` it (126: 16 bits, 127: 64 bits). */
export function judgeLengthForm(length: number, announced: number): Violation | null {
  if (announced === LENGTH_16 && length < LENGTH_16) return LENGTH_NOT_MINIMAL; // §5.2
  if (announced === LENGTH_64 && length < 0x10000) return LENGTH_NOT_MINIMAL;   // §5.2
  return null;
}
