// The client's part of the negotiation (RFC 7692 §5): what it offers for what an application chose, and whether the server's answer keeps it.
// A constraint that was chosen is never dropped for the sake of compressing: rather no compression, or no connection (docs/decisions/0010).

import type { CompressionChoices } from './compression-options.ts';
import {
  agreedBy, breachOf, isFault, MOST_WINDOW_BITS, PERMESSAGE_DEFLATE, quote, readParameters, writeParameters,
} from './parameters.ts';
import type { AgreedParameters, ExtensionElement, ParameterFault, StatedParameters } from './parameters.ts';

/**
 * The offers of a client, in order of preference; without constraints the one that browsers make. Where the server's window is bounded,
 * there is a second offer for servers that cannot bound it: they keep no window between messages instead.
 */
export function offersOf(choices: CompressionChoices): ExtensionElement[] {
  const { serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits, clientWindowHint } = choices;
  const unbounded: StatedParameters = {
    serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits: null, clientMaxWindowBits: clientWindowHint,
  };
  if (serverMaxWindowBits === MOST_WINDOW_BITS) return [writeParameters(unbounded, 'offer')];
  return [
    writeParameters({ ...unbounded, serverMaxWindowBits }, 'offer'),
    writeParameters({ ...unbounded, serverNoContextTakeover: true }, 'offer'),
  ];
}

/**
 * What a server's answer agrees to, or which parameter makes it one that fails the connection (§7): it is out of grammar, accepts none of
 * `offers`, or loses a constraint among `choices`. Elements of `offers` with other names are skipped.
 */
export function judgeAnswer(
  answer: ExtensionElement, offers: readonly ExtensionElement[], choices: CompressionChoices,
): AgreedParameters | ParameterFault {
  const stated = answer.name === PERMESSAGE_DEFLATE ? readParameters(answer, 'answer') : notOffered(answer.name);
  if (isFault(stated)) return stated;
  // An embedder may have written offers of its own: what was chosen holds all the same.
  return breachOfAll(offers, stated) ?? breachOfAll(offersOf(choices), stated) ?? agreedBy(stated);
}

/** null when the answer accepts one of the offers; otherwise how it breaks the first, which was wanted most. */
function breachOfAll(offers: readonly ExtensionElement[], answer: StatedParameters): ParameterFault | null {
  let first: ParameterFault | null = null;
  for (const element of offers) {
    if (element.name !== PERMESSAGE_DEFLATE) continue;
    const offer = readParameters(element, 'offer');
    if (isFault(offer)) continue; // no server may accept it
    const breach = breachOf(offer, answer);
    if (breach === null) return null;
    first ??= breach;
  }
  return first ?? notOffered(PERMESSAGE_DEFLATE);
}

function notOffered(name: string): ParameterFault {
  return { parameter: PERMESSAGE_DEFLATE, expected: 'an extension that was offered', found: quote(name) };
}
