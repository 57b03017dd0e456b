// A second reading of §5.2–§5.5 and RFC 7692 §6.1, naive on purpose: the whole stream at once, lengths as big integers, nothing of
// lib. Its answer is a transcript in text, which a spec compares with what the decoder under test makes of the same bytes.

import { toHex } from './bytes.ts';
import { masked } from './frames.ts';

export interface ReferenceOptions {
  readonly role: 'client' | 'server';
  readonly rsv1Defined: boolean;
  readonly limits: { readonly maxFrameSize: number; readonly maxMessageSize: number; readonly maxFragments: number };
}

/** One frame, or the part of its payload that has come, unmasked. */
export interface FrameSeen {
  readonly fin: boolean;
  readonly rsv: number;
  readonly opcode: number;
  /** Opcode of the first frame of the message that this frame belongs to or interrupts; 0 if there is none. */
  readonly messageOpcode: number;
  /** RSV1 of that first frame. */
  readonly compressed: boolean;
  readonly payload: Uint8Array;
  /** Bytes of payload still to come. */
  readonly remaining: number;
}

const NAMES = ['continuation', 'text', 'binary', '3', '4', '5', '6', '7', 'close', 'ping', 'pong', 'b', 'c', 'd', 'e', 'f'];

/** A line of the transcript: `text… in text 48656c` is a first fragment, `+2` says that two bytes are still to come. */
export function frameLine(seen: FrameSeen): string {
  const what = `${NAMES[seen.opcode]}${seen.fin ? '' : '…'}${seen.rsv === 0 ? '' : ` rsv ${seen.rsv.toString(16)}`}`;
  const message = seen.messageOpcode === 0 ? '' : ` in ${NAMES[seen.messageOpcode]}${seen.compressed ? ' compressed' : ''}`;
  return `${what}${message} ${toHex(seen.payload)}${seen.remaining === 0 ? '' : ` +${seen.remaining}`}`;
}

/** The line of a refusal: the rule, the position in the stream of the byte that proved it broken, and what broke a limit. */
export function refusalLine(name: string, position: number, observed: number): string {
  return `${name} at ${position}${observed === 0 ? '' : `: ${observed}`}`;
}

/** The transcript of `stream`: a line for each frame whose header has come, and one for the refusal that ends it. */
export function referenceTranscript(stream: Uint8Array, { role, rsv1Defined, limits }: ReferenceOptions): string[] {
  const lines: string[] = [];
  let at = 0;
  let message = 0;
  let compressed = false;
  let fragments = 0;
  let size = 0n;
  const refuse = (name: string, position: number, observed: bigint = 0n): string[] => [...lines, refusalLine(name, position, Number(observed))];

  for (;;) {
    const b0 = stream[at];
    if (b0 === undefined) return lines;
    const [fin, rsv, opcode] = [b0 >= 128, b0 & 0x70, b0 % 16];
    const control = opcode >= 8;
    if (rsv !== 0 && !(rsv1Defined && rsv === 0x40)) return refuse('RSV_NOT_NEGOTIATED', at);
    if (rsv !== 0 && control) return refuse('RSV1_ON_CONTROL', at);
    if (rsv !== 0 && opcode === 0) return refuse('RSV1_ON_CONTINUATION', at);
    if (![0, 1, 2, 8, 9, 10].includes(opcode)) return refuse('RESERVED_OPCODE', at);
    if (control && !fin) return refuse('CONTROL_FRAGMENTED', at);
    if (opcode === 0 && message === 0) return refuse('CONTINUATION_WITHOUT_START', at);
    if (!control && opcode !== 0 && message !== 0) return refuse('MESSAGE_INTERLEAVED', at);
    const count = opcode === 0 ? fragments + 1 : 1;
    if (!control && count > limits.maxFragments) return refuse('TOO_MANY_FRAGMENTS', at, BigInt(count));

    const b1 = stream[at + 1];
    if (b1 === undefined) return lines;
    const isMasked = b1 >= 128;
    const announced = b1 % 128;
    if (role === 'server' && !isMasked) return refuse('MASK_MISSING', at + 1);
    if (role === 'client' && isMasked) return refuse('MASK_UNEXPECTED', at + 1);
    if (control && announced > 125) return refuse('CONTROL_TOO_LONG', at + 1);
    if (opcode === 8 && announced === 1) return refuse('CLOSE_BODY_TOO_SHORT', at + 1);

    const lengthOctets = announced === 127 ? 8 : announced === 126 ? 2 : 0;
    const lengthEnd = at + 2 + lengthOctets;
    if (lengthOctets === 8 && (stream[at + 2] ?? 0) >= 128) return refuse('LENGTH_TOP_BIT_SET', at + 2);
    if (stream.length < lengthEnd) return lines;
    const length = lengthOctets === 0 ? BigInt(announced) : BigInt(`0x${toHex(stream, at + 2, lengthEnd)}`);
    if ((lengthOctets === 2 && length < 126n) || (lengthOctets === 8 && length < 65536n)) return refuse('LENGTH_NOT_MINIMAL', lengthEnd - 1);
    if (!control) {
      const before = opcode === 0 ? size : 0n;
      if (Number(length) > limits.maxFrameSize || length >= 2n ** 53n) return refuse('FRAME_TOO_BIG', lengthEnd - 1, length);
      const isCompressed: boolean = opcode === 0 ? compressed : rsv === 0x40;
      if (!isCompressed && Number(before + length) > limits.maxMessageSize) return refuse('MESSAGE_TOO_BIG', lengthEnd - 1, before + length);
      [size, fragments, compressed] = [before + length, count, isCompressed];
      if (opcode !== 0) message = opcode;
    }

    const payloadAt = lengthEnd + (isMasked ? 4 : 0);
    if (stream.length < payloadAt) return lines;
    const arrived = stream.slice(payloadAt, Math.min(stream.length, payloadAt + Number(length)));
    const payload = isMasked ? masked(arrived, stream.slice(lengthEnd, payloadAt)) : arrived;
    const remaining = Number(length) - payload.length;
    lines.push(frameLine({ fin, rsv, opcode, messageOpcode: message, compressed, payload, remaining }));
    if (remaining > 0) return lines;
    if (!control && fin) message = 0;
    at = payloadAt + payload.length;
  }
}
