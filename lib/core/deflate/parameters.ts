// The parameters of permessage-deflate (RFC 7692 §7.1): their names, what values they take, and what an element that lists them states. It
// judges one element by itself: unknown, repeated, and out of grammar are decided here (§7); what answers what is offer.ts's and
// answer.ts's. Names are compared exactly, as the RFC writes them.

export const PERMESSAGE_DEFLATE = 'permessage-deflate';

const SERVER_NO_CONTEXT_TAKEOVER = 'server_no_context_takeover';
const CLIENT_NO_CONTEXT_TAKEOVER = 'client_no_context_takeover';
const SERVER_MAX_WINDOW_BITS = 'server_max_window_bits';
const CLIENT_MAX_WINDOW_BITS = 'client_max_window_bits';

/** The base-2 logarithms of the smallest and the largest LZ77 window (§7.1.2). */
export const LEAST_WINDOW_BITS = 8;
export const MOST_WINDOW_BITS = 15;

/** A value as §7.1.2.1 and §7.1.2.2 write it: a decimal number from 8 to 15, which neither sign nor leading zero precedes. */
const WINDOW_BITS = /^(?:[89]|1[0-5])$/;

/** Characters of a peer that a fault repeats at most. */
const MAX_QUOTED = 64;

/** One element of Sec-WebSocket-Extensions, as the grammar of RFC 6455 §9.1 reads it: an offer, or the answer to offers. */
export interface ExtensionElement {
  readonly name: string;
  /** In order; null for a parameter without value. */
  readonly parameters: readonly (readonly [name: string, value: string | null])[];
}

/** What was agreed (§7.1): the same four facts for both sides. */
export interface AgreedParameters {
  readonly serverNoContextTakeover: boolean;
  readonly clientNoContextTakeover: boolean;
  /** 8 to 15; 15 when unsaid. */
  readonly serverMaxWindowBits: number;
  /** 8 to 15; 15 when unsaid. */
  readonly clientMaxWindowBits: number;
}

/** What one element states. */
export interface StatedParameters {
  readonly serverNoContextTakeover: boolean;
  readonly clientNoContextTakeover: boolean;
  /** null when unsaid. */
  readonly serverMaxWindowBits: number | null;
  /** null when unsaid. An offer that names it without value hints at nothing, which is what 15 hints at (§7.1.2.2). */
  readonly clientMaxWindowBits: number | null;
}

/** What is wrong with a parameter; text of the peer is bounded, and escaped where it is no token. */
export interface ParameterFault {
  readonly parameter: string;
  readonly expected: string;
  readonly found: string;
}

/** Where an element stands: only an offer may name client_max_window_bits without a value (§7.1.2.2). */
export type Place = 'offer' | 'answer';

export function isFault(result: AgreedParameters | StatedParameters | ParameterFault): result is ParameterFault {
  return 'parameter' in result;
}

/** What an element of that name states, or the first of its parameters that makes it unacceptable (§7). */
export function readParameters({ parameters }: ExtensionElement, place: Place): StatedParameters | ParameterFault {
  let serverNoContextTakeover = false;
  let clientNoContextTakeover = false;
  let serverMaxWindowBits: number | null = null;
  let clientMaxWindowBits: number | null = null;
  const seen = new Set<string>();
  for (const [name, value] of parameters) {
    if (seen.has(name)) return { parameter: name, expected: 'once', found: 'it again' }; // one of the four: others came no further
    seen.add(name);
    switch (name) {
      case SERVER_NO_CONTEXT_TAKEOVER:
        if (value !== null) return valued(name, value);
        serverNoContextTakeover = true;
        break;
      case CLIENT_NO_CONTEXT_TAKEOVER:
        if (value !== null) return valued(name, value);
        clientNoContextTakeover = true;
        break;
      case SERVER_MAX_WINDOW_BITS:
        if (!isWindowBits(value)) return outOfRange(name, value);
        serverMaxWindowBits = Number(value);
        break;
      case CLIENT_MAX_WINDOW_BITS:
        if (value === null && place === 'offer') {
          clientMaxWindowBits = MOST_WINDOW_BITS;
        } else {
          if (!isWindowBits(value)) return outOfRange(name, value);
          clientMaxWindowBits = Number(value);
        }
        break;
      default:
        return { parameter: shown(name), expected: `a parameter of ${PERMESSAGE_DEFLATE}`, found: quote(name) };
    }
  }
  return { serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits, clientMaxWindowBits };
}

/** The element that states it. A hint of 15 in an offer is written without a value, as browsers do. */
export function writeParameters(stated: StatedParameters, place: Place): ExtensionElement {
  const { serverMaxWindowBits, clientMaxWindowBits } = stated;
  const parameters: [name: string, value: string | null][] = [];
  if (stated.serverNoContextTakeover) parameters.push([SERVER_NO_CONTEXT_TAKEOVER, null]);
  if (stated.clientNoContextTakeover) parameters.push([CLIENT_NO_CONTEXT_TAKEOVER, null]);
  if (serverMaxWindowBits !== null) parameters.push([SERVER_MAX_WINDOW_BITS, String(serverMaxWindowBits)]);
  if (clientMaxWindowBits !== null) {
    const bare = place === 'offer' && clientMaxWindowBits === MOST_WINDOW_BITS;
    parameters.push([CLIENT_MAX_WINDOW_BITS, bare ? null : String(clientMaxWindowBits)]);
  }
  return { name: PERMESSAGE_DEFLATE, parameters };
}

/** What an answer agrees to: it says everything, whichever offer it accepts (§5). */
export function agreedBy(answer: StatedParameters): AgreedParameters {
  return {
    ...answer,
    serverMaxWindowBits: answer.serverMaxWindowBits ?? MOST_WINDOW_BITS,
    clientMaxWindowBits: answer.clientMaxWindowBits ?? MOST_WINDOW_BITS,
  };
}

/** How an answer breaks an offer that it would accept; null when it does not. */
export function breachOf(offer: StatedParameters, answer: StatedParameters): ParameterFault | null {
  if (offer.serverNoContextTakeover && !answer.serverNoContextTakeover) { // §7.1.1.1
    return { parameter: SERVER_NO_CONTEXT_TAKEOVER, expected: 'in the answer, since it was offered', found: 'nothing' };
  }
  const most = offer.serverMaxWindowBits;
  const bits = answer.serverMaxWindowBits;
  if (most !== null && (bits === null || bits > most)) { // §7.1.2.1
    return { parameter: SERVER_MAX_WINDOW_BITS, expected: `at most ${most}`, found: bits === null ? 'nothing' : String(bits) };
  }
  // §7.1.2.2. More than was hinted at is no breach: a hint may be ignored.
  if (offer.clientMaxWindowBits === null && answer.clientMaxWindowBits !== null) {
    const found = String(answer.clientMaxWindowBits);
    return { parameter: CLIENT_MAX_WINDOW_BITS, expected: 'nothing, since it was not offered', found };
  }
  return null;
}

function isWindowBits(value: string | null): value is string {
  return value !== null && WINDOW_BITS.test(value);
}

function valued(parameter: string, value: string): ParameterFault {
  return { parameter, expected: 'no value', found: quote(value) };
}

function outOfRange(parameter: string, value: string | null): ParameterFault {
  return { parameter, expected: 'a number from 8 to 15 without a leading zero', found: value === null ? 'no value' : quote(value) };
}

/** Text of a peer for a fault: in quotes, bounded, escaped. */
export function quote(text: string): string {
  return JSON.stringify(shown(text));
}

function shown(text: string): string {
  return text.length > MAX_QUOTED ? `${text.substring(0, MAX_QUOTED)}…` : text;
}
