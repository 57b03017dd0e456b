// What the specs of negotiation share: elements written as they stand in a field, every choice an application can make, every offer and every
// answer that can be written, and which answers RFC 7692 §7.1 permits to an offer: listed from its sentences, not asked of lib.

import { parseExtensions, serializeExtensions } from '../../lib/core/handshake/extensions.ts';
import type { Extension } from '../../lib/core/handshake/extensions.ts';
import { Malformed } from '../../lib/core/handshake/scanner.ts';
import type { CompressionOptions } from '../../lib/core/deflate/compression-options.ts';

/** What one element says; `'bare'` for client_max_window_bits without a value, null for a parameter that is not there. */
export interface Said {
  readonly snct: boolean;
  readonly cnct: boolean;
  readonly smwb: number | null;
  readonly cmwb: number | 'bare' | null;
}

export const ALL_BITS: readonly number[] = [8, 9, 10, 11, 12, 13, 14, 15];
const BOTH: readonly boolean[] = [false, true];

/** The elements of a field's value. */
export function elements(value: string): readonly Extension[] {
  const list = value === '' ? [] : parseExtensions(value);
  if (list instanceof Malformed) throw new Error(`${value} is malformed`);
  return list;
}

/** The one element of a field's value. */
export function element(value: string): Extension {
  const [first, ...more] = elements(value);
  if (first === undefined || more.length > 0) throw new Error(`${value} is not one element`);
  return first;
}

/** A field's value that lists them. */
export function written(...list: readonly Extension[]): string {
  return serializeExtensions(list);
}

/** Every choice of the four parameters, with these windows beside none. */
export function everyChoice(bits: readonly number[]): CompressionOptions[] {
  const windows = [undefined, ...bits];
  return BOTH.flatMap((serverNoContextTakeover) => BOTH.flatMap((clientNoContextTakeover) =>
    windows.flatMap((server) => windows.map((client) => ({
      serverNoContextTakeover, clientNoContextTakeover,
      ...server !== undefined && { serverMaxWindowBits: server }, ...client !== undefined && { clientMaxWindowBits: client },
    })))));
}

/** Every offer that can be written. */
export function everyOffer(): Said[] {
  return combine(BOTH, BOTH, [null, ...ALL_BITS], [null, 'bare', ...ALL_BITS]);
}

/** Every answer that can be written, permitted or not. */
export function everyAnswer(): Said[] {
  return combine(BOTH, BOTH, [null, ...ALL_BITS], [null, ...ALL_BITS]);
}

/** Every answer that a server may give to an offer. */
export function permittedAnswers({ snct, smwb, cmwb }: Said): Said[] {
  return combine(
    snct ? [true] : BOTH, // §7.1.1.1: offered, it is answered; it may be answered unasked
    BOTH, // §7.1.1.2: it may be answered whether it was offered or not
    smwb === null ? [null, ...ALL_BITS] : ALL_BITS.filter((bits) => bits <= smwb), // §7.1.2.1: the same or a smaller value
    cmwb === null ? [null] : [null, ...ALL_BITS], // §7.1.2.2: only if it was offered; a hint may be ignored
  );
}

/** What an element says, in one order of the parameters. */
export function write({ snct, cnct, smwb, cmwb }: Said): string {
  let text = 'permessage-deflate';
  if (snct) text += '; server_no_context_takeover';
  if (cnct) text += '; client_no_context_takeover';
  if (smwb !== null) text += `; server_max_window_bits=${smwb}`;
  if (cmwb !== null) text += cmwb === 'bare' ? '; client_max_window_bits' : `; client_max_window_bits=${cmwb}`;
  return text;
}

/** What a well-formed element says. */
export function read({ parameters }: Extension): Said {
  const values = new Map(parameters);
  const server = values.get('server_max_window_bits') ?? null;
  const client = values.get('client_max_window_bits');
  return {
    snct: values.has('server_no_context_takeover'),
    cnct: values.has('client_no_context_takeover'),
    smwb: server === null ? null : Number(server),
    cmwb: client === undefined ? null : client === null ? 'bare' : Number(client),
  };
}

function combine(
  sncts: readonly boolean[], cncts: readonly boolean[], smwbs: readonly Said['smwb'][], cmwbs: readonly Said['cmwb'][],
): Said[] {
  return sncts.flatMap((snct) => cncts.flatMap((cnct) => smwbs.flatMap((smwb) => cmwbs.map((cmwb) => ({ snct, cnct, smwb, cmwb })))));
}
