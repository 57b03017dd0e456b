// Sec-WebSocket-Extensions: its grammar (RFC 6455 §9.1), and what a server and a client agree on of permessage-deflate (RFC 7692 §7.1).

import { isToken } from './head.ts';
import type { Does } from './switches.ts';

export interface Extension {
  readonly name: string;
  /** null where there is no value. */
  readonly parameters: readonly (readonly [name: string, value: string | null])[];
}

/** What holds for a connection that compresses. */
export interface Agreed {
  readonly serverNoTakeover: boolean;
  readonly clientNoTakeover: boolean;
  readonly serverBits: number;
  readonly clientBits: number;
}

export const PLAIN: Agreed = { serverNoTakeover: false, clientNoTakeover: false, serverBits: 15, clientBits: 15 };

/** The extensions, in order; null for what breaks the grammar. */
export function parseExtensions(text: string): readonly Extension[] | null {
  let at = 0;
  const skip = (signs: string): void => {
    while (at < text.length && signs.includes(text[at] as string)) at++;
  };
  const word = (): string => {
    const start = at;
    while (at < text.length && isToken(text[at] as string)) at++;
    return text.slice(start, at);
  };
  /** A value in quotes, without them: it has to be a token, too. '' for what is none. */
  const quoted = (): string => {
    let value = '';
    for (at++; at < text.length && text[at] !== '"'; at++) {
      if (text[at] === '\\') at++;
      value += text[at] ?? '';
    }
    return text[at++] === '"' && isToken(value) ? value : '';
  };

  const extensions: Extension[] = [];
  for (skip(', \t'); at < text.length; skip(', \t')) {
    const name = word();
    if (name === '') return null;
    const parameters: (readonly [string, string | null])[] = [];
    for (skip(' \t'); text[at] === ';'; skip(' \t')) {
      at++;
      skip(' \t');
      const parameter = word();
      if (parameter === '') return null;
      skip(' \t');
      if (text[at] !== '=') {
        parameters.push([parameter, null]);
        continue;
      }
      at++;
      skip(' \t');
      const value = text[at] === '"' ? quoted() : word();
      if (value === '') return null;
      parameters.push([parameter, value]);
    }
    if (at < text.length && text[at] !== ',') return null;
    extensions.push({ name, parameters });
  }
  return extensions;
}

/** What the parameters say; null where one is not in order (§7.1.1, §7.1.2). `hint`: client_max_window_bits may stand without a value. */
function readParameters({ parameters }: Extension, hint: boolean, does: Does): Map<string, string | null> | null {
  const read = new Map<string, string | null>();
  for (const [name, value] of parameters) {
    if (read.has(name) && !does('takes-parameter-twice')) return null;
    if (name === 'server_no_context_takeover' || name === 'client_no_context_takeover') {
      if (value !== null) return null;
    } else if (name === 'server_max_window_bits' || name === 'client_max_window_bits') {
      if (value === null ? !hint || name !== 'client_max_window_bits' : !isWindow(value, hint, does)) return null;
    } else if (!does(hint ? 'takes-unknown-parameter' : 'takes-bad-answer-parameter')) {
      return null;
    }
    read.set(name, value);
  }
  return read;
}

function isWindow(bits: string, hint: boolean, does: Does): boolean {
  if (/^(?:[89]|1[0-5])$/.test(bits)) return true;
  return /^(?:7|16)$/.test(bits) && does(hint ? 'takes-bad-window' : 'takes-bad-answer-window');
}

/** What a server answers to the offers, '' for nothing, and what holds then. */
export function answerOffers(offers: readonly Extension[], does: Does): { readonly answer: string; readonly agreed: Agreed | null } {
  for (const [index, offer] of offers.entries()) {
    if (index > 0 && does('looks-at-first-offer')) break;
    if (offer.name in {} && does('looks-up-inherited')) throw new TypeError(`${offer.name} is no extension`);
    if (offer.name !== 'permessage-deflate') continue;
    const asked = readParameters(offer, true, does);
    if (asked !== null) return agreeTo(asked, does);
  }
  return { answer: '', agreed: null };
}

function agreeTo(asked: ReadonlyMap<string, string | null>, does: Does): { readonly answer: string; readonly agreed: Agreed } {
  const answer = ['permessage-deflate'];
  const agreed = { ...PLAIN };
  if (asked.has('server_no_context_takeover') && !does('agrees-without-takeover')) {
    agreed.serverNoTakeover = true;
    answer.push('server_no_context_takeover');
  }
  if (asked.has('client_no_context_takeover')) {
    agreed.clientNoTakeover = true;
    answer.push('client_no_context_takeover');
  }
  const serverBits = asked.get('server_max_window_bits') ?? null;
  if (serverBits !== null && !does('agrees-without-window')) {
    agreed.serverBits = Number(serverBits);
    answer.push(`server_max_window_bits=${serverBits}`);
  }
  const clientBits = asked.get('client_max_window_bits') ?? null;
  if (clientBits !== null) {
    agreed.clientBits = Number(clientBits);
    answer.push(`client_max_window_bits=${clientBits}`);
  } else if (!asked.has('client_max_window_bits') && does('window-unasked')) {
    answer.push('client_max_window_bits=15');
  }
  return { answer: answer.join('; '), agreed };
}

/** What the client of this endpoint offers. */
export const OFFER = 'permessage-deflate; client_max_window_bits';

/** What a client takes an answer for; undefined for one that fails the connection. `offers`: it has offered permessage-deflate. */
export function judgeAnswer(values: readonly string[], offers: boolean, does: Does): Agreed | null | undefined {
  if (values.length === 0) return null;
  const extensions = parseExtensions(values.join(', '));
  const known = extensions?.filter(({ name }) => offers && name === 'permessage-deflate') ?? [];
  if (extensions === null || extensions.length === 0 || known.length > 1) return undefined;
  if (known.length < extensions.length && !does('takes-extension-not-offered')) return undefined;
  const [answer] = known;
  if (answer === undefined) return null;
  const stated = readParameters(answer, false, does);
  if (stated === null) return undefined;
  return {
    serverNoTakeover: stated.has('server_no_context_takeover'),
    clientNoTakeover: stated.has('client_no_context_takeover'),
    serverBits: Number(stated.get('server_max_window_bits') ?? 15),
    clientBits: Number(stated.get('client_max_window_bits') ?? 15),
  };
}
