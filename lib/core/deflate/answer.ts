// The server's part of the negotiation (RFC 7692 §5): the answer to a client's offers. And, for both sides, what follows from an answer for
// the two codecs (§7). Nothing is answered that was not offered unless an application demands it: real clients fail on what the RFC
// says they support (docs/decisions/0010).

import type { Role } from '../wire/opcode.ts';
import type { CompressionChoices } from './compression-options.ts';
import { agreedBy, isFault, MOST_WINDOW_BITS, PERMESSAGE_DEFLATE, readParameters, writeParameters } from './parameters.ts';
import type { AgreedParameters, ExtensionElement, StatedParameters } from './parameters.ts';

/** An answer, and what it agrees to. */
export interface Agreement {
  readonly answer: ExtensionElement;
  readonly agreed: AgreedParameters;
}

/** One direction of a connection. */
export interface Direction {
  /** The base-2 logarithm of the LZ77 window, 8 to 15. */
  readonly windowBits: number;
  /** Whether a message may refer to those before it. */
  readonly contextTakeover: boolean;
}

/** The two directions, as one side sees them. */
export interface Sides {
  /** How this side compresses. */
  readonly deflate: Direction;
  /** What the other side's compressor may do. */
  readonly inflate: Direction;
}

/**
 * The answer to the first of `offers` that is acceptable, in the client's order of preference; null when none is, and then nothing of
 * compression is answered. Elements with other names are skipped, and an unacceptable offer takes none of the others with it (§5, §7).
 */
export function answerOffers(offers: readonly ExtensionElement[], choices: CompressionChoices): Agreement | null {
  for (const element of offers) {
    if (element.name !== PERMESSAGE_DEFLATE) continue;
    const offer = readParameters(element, 'offer');
    if (isFault(offer)) continue;
    const stated = answerTo(offer, choices);
    return { answer: writeParameters(stated, 'answer'), agreed: agreedBy(stated) };
  }
  return null;
}

/** Every configuration that the grammar can write is supported, so there is always an answer. */
function answerTo(offer: StatedParameters, choices: CompressionChoices): StatedParameters {
  const { serverMaxWindowBits, clientMaxWindowBits } = offer;
  const clientBits = Math.min(clientMaxWindowBits ?? MOST_WINDOW_BITS, choices.clientMaxWindowBits);
  return {
    serverNoContextTakeover: offer.serverNoContextTakeover, // §7.1.1.1; unasked it is kept to, and not said
    clientNoContextTakeover: offer.clientNoContextTakeover || choices.clientNoContextTakeover, // §7.1.1.2: every client supports it
    serverMaxWindowBits: serverMaxWindowBits === null ? null : Math.min(serverMaxWindowBits, choices.serverMaxWindowBits), // §7.1.2.1
    clientMaxWindowBits: clientMaxWindowBits === null || clientBits === MOST_WINDOW_BITS ? null : clientBits, // §7.1.2.2
  };
}

/**
 * How the codecs of the side that is `role` are set up: its compressor as was agreed, or with less where it chose less, which no decompressor
 * can tell; its decompressor for all that was agreed.
 */
export function sides(role: Role, agreed: AgreedParameters, choices: CompressionChoices): Sides {
  const server: Direction = { windowBits: agreed.serverMaxWindowBits, contextTakeover: !agreed.serverNoContextTakeover };
  const client: Direction = { windowBits: agreed.clientMaxWindowBits, contextTakeover: !agreed.clientNoContextTakeover };
  if (role === 'server') {
    return { deflate: lesser(server, choices.serverMaxWindowBits, choices.serverNoContextTakeover), inflate: client };
  }
  return { deflate: lesser(client, choices.clientMaxWindowBits, choices.clientNoContextTakeover), inflate: server };
}

function lesser({ windowBits, contextTakeover }: Direction, most: number, alone: boolean): Direction {
  return { windowBits: Math.min(windowBits, most), contextTakeover: contextTakeover && !alone };
}
