// What a subject is seen to do, one thing at a time, and how it is said in a line.

import type { ViolationName } from '../../core/wire/violation.ts';
import { decodeUtf8, isUtf8 } from '../../core/wire/utf8-text.ts';
import type { Flooded, MaskingKeys } from '../case.ts';
import { toHex } from '../payload.ts';
import { quote } from '../transcript/wording.ts';

/** A rule the subject broke in what it sent: which, where it stands, and what was found instead. */
export interface Breach {
  readonly kind: 'breach';
  /** A row of the engine's violation table, a rule of the opening handshake, or one of those the tester alone has. */
  readonly rule: ViolationName | string;
  readonly section: string;
  /** What should have been so. */
  readonly sentence: string;
  readonly found: string;
}

export type Sight =
  /** A response, and the value of its Sec-WebSocket-Extensions ('' for none). */
  | { readonly kind: 'http'; readonly status: number; readonly extensions: string; readonly fields: readonly (readonly [string, string])[] }
  | { readonly kind: 'request' }
  | { readonly kind: 'text' | 'binary'; readonly octets: Uint8Array; readonly frames: number; readonly compressed: boolean }
  | { readonly kind: 'ping' | 'pong'; readonly octets: Uint8Array }
  | { readonly kind: 'close'; readonly code: number | null; readonly reason: string }
  | { readonly kind: 'volley'; readonly count: number }
  | { readonly kind: 'flooded'; readonly how: Flooded }
  | { readonly kind: 'keys'; readonly keys: MaskingKeys }
  | { readonly kind: 'end'; readonly how: 'fin' | 'reset' }
  | { readonly kind: 'open' }
  /** `during`: what was under way meanwhile, as half a sentence. */
  | { readonly kind: 'silence'; readonly during?: string }
  | Breach;

/** Characters, or octets, that are shown of a message. */
export const SHOWN = 32;

/** The octets of a payload in a line: as text if they are printable, in hex if not. */
export function sayOctets(octets: Uint8Array): string {
  const { length } = octets;
  if (length === 0) return '(empty)';
  const shown = octets.subarray(0, SHOWN);
  const more = length > SHOWN ? `… (${length} octets)` : '';
  const readable = shown.every((octet) => octet >= 0x20 && octet !== 0x7f) && isUtf8(octets, 0, length > SHOWN ? 0 : length) && length <= SHOWN;
  if (readable) return quote(decodeUtf8(octets, 0, length));
  if (length > SHOWN && shown.every((octet) => octet >= 0x20 && octet < 0x7f)) return `${quote(decodeUtf8(shown, 0, SHOWN))}${more}`;
  return `${toHex(shown)}${more}`;
}

/** It in a line: `text "Hello"`, `close 1002`, `end (reset)`. */
export function saySight(sight: Sight): string {
  switch (sight.kind) {
    case 'http': return `http ${sight.status}${sight.extensions === '' ? '' : ` (${sight.extensions})`}`;
    case 'text':
    case 'binary':
      return `${sight.kind} ${sayOctets(sight.octets)}${sight.frames > 1 ? ` in ${sight.frames} frames` : ''}${sight.compressed ? ', compressed' : ''}`;
    case 'ping':
    case 'pong': return `${sight.kind} ${sayOctets(sight.octets)}`;
    case 'close': return `close ${sight.code ?? 'without a code'}${sight.reason === '' ? '' : ` ${quote(sight.reason)}`}`;
    case 'volley': return `volley of ${sight.count}`;
    case 'flooded': return `flooded, ${sight.how}`;
    case 'keys': return `masking keys: ${sight.keys}`;
    case 'end': return `end (${sight.how})`;
    case 'breach': return `breach ${sight.rule}: ${sight.found}`;
    default: return sight.kind;
  }
}
