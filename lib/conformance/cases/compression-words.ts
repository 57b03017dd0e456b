// Words for the cases of permessage-deflate (RFC 7692): what is offered and answered so that what the tester then sends is legal, and frames
// whose payload is DEFLATE already. It holds no case.

import type { CompressionNeed, FrameItem, Opening, Payload } from '../case.ts';
import { frame, hex } from '../write.ts';

/** The offer, and the answer, without any parameter. */
export const PLAIN = 'permessage-deflate';

/** RSV1, as a frame item has it. */
export const RSV1 = 4;

/** Codes for what is not DEFLATE: RFC 7692 names none; 1007 says that the data is bad, 1002 that the rules of the extension were broken. */
export const CORRUPT: readonly number[] = [1007, 1002];

/**
 * Answers that demand `parameters` of the client, best first. The further ones give what some clients insist on: a server without history,
 * or with a small window.
 */
export function answersWith(parameters: string): readonly string[] {
  const demand = parameters === '' ? PLAIN : `${PLAIN}; ${parameters}`;
  return ['', '; server_no_context_takeover', '; server_max_window_bits=9', '; server_no_context_takeover; server_max_window_bits=9']
    .map((given) => `${demand}${given}`);
}

/** An opening by the tester that agrees on compression, one way or another, or else the case is skipped. */
export function agreeing(need: CompressionNeed | true = true): Opening {
  return { offer: PLAIN, answers: answersWith(''), needsCompression: need };
}

/** Whatever was agreed on. */
export const COMPRESSED: Opening = agreeing();

/** The tester's messages may refer to those before them. */
export const WITH_HISTORY: Opening = agreeing({ takeover: true });

/** They may refer to what stands 32,768 octets before. */
export const WITH_ALL_HISTORY: Opening = agreeing({ takeover: true, windowBits: [15, 15] });

type Deflated = Payload | string;
type More = Omit<FrameItem, 'frame' | 'payload'>;

/** The first frame of a message that is compressed: its payload is what DEFLATE makes of it, as hex or described. */
function deflated(opcode: number, payload: Deflated, more: More = {}): FrameItem {
  return frame(opcode, typeof payload === 'string' ? hex(payload) : payload, { rsv: RSV1, ...more });
}

export const deflatedText = (payload: Deflated, more?: More): FrameItem => deflated(1, payload, more);
export const deflatedBinary = (payload: Deflated, more?: More): FrameItem => deflated(2, payload, more);

/** "Hello" in one fixed block (RFC 7692 §7.2.3.1). */
export const HELLO = 'f248cdc9c90700';
/** The five octets before it once more, by a length and a distance: "Hello" behind "Hello" (§7.2.3.2). */
export const HELLO_AGAIN = 'f200110000';
