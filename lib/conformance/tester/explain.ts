// Why a case failed, in a sentence for somebody who has never seen it: what was expected, behind what, what was found instead, and, where a
// rule was broken, which rule, where it stands, and that it was the subject who broke it.

import type { Flooded, MaskingKeys, Pattern, Payload } from '../case.ts';
import { lengthOf, octetsOf, toHex } from '../payload.ts';
import { count } from '../transcript/wording.ts';
import { SHOWN, sayOctets, saySight } from './sight.ts';
import type { Breach, Sight } from './sight.ts';

/** A pattern that stands for one thing that is seen. */
export type Single = Exclude<Pattern, 'anything' | { readonly again: unknown } | { readonly some: unknown } | { readonly either: unknown }
  | { readonly maybe: unknown } | { readonly anyOrder: unknown }>;

/** How far what was seen is what it should be, and what would have had to come there: null for nothing more. */
export interface Furthest {
  readonly reached: number;
  readonly wanted: readonly (Single | null)[];
}

/** Things in a row that are told: of more the last, or the first. */
const TOLD = 3;
/** Different things that might have come and are told. */
const MOST_WANTED = 6;

/** Why what was seen fits no outcome. */
export function explain({ reached, wanted }: Furthest, seen: readonly Sight[]): string {
  const expected = sayWanted(wanted);
  const before = seen.slice(0, reached);
  const [found] = seen.slice(reached);
  const after = before.length === 0 ? '' : ` after ${sayLast(before)}`;
  const breach = seen.find((sight) => sight.kind === 'breach');
  if (breach !== undefined && breach === found) return `${sayBreach(breach)} Expected ${expected}${after}.`;
  const mismatch = `expected ${expected}${after}; ${sayFound(seen.slice(reached), sayDifference(wanted, found))}.`;
  return breach === undefined ? mismatch : `${mismatch} And ${sayBreach(breach)}`;
}

/** Why a connection that the tester opens did not open. */
export function explainOpening(seen: readonly Sight[]): string {
  const [last] = seen.slice(-1);
  const why = last === undefined ? 'nothing came.'
    : last.kind === 'breach' ? sayBreach(last)
      : last.kind === 'http' ? `the server answered ${last.status} where 101 is expected (§4.2.2).`
        : last.kind === 'end' ? `the transport ended (${last.how}) before the opening handshake was over.`
          : 'the opening handshake was not over in time.';
  return `the connection did not open: ${why}`;
}

function sayBreach({ rule, section, sentence, found }: Breach): string {
  return `the subject breaks ${rule} (${section}): ${sentence.replace(/\.$/, '')}. Found ${found}.`;
}

function sayWanted(wanted: readonly (Single | null)[]): string {
  const all = [...new Set(wanted.map((pattern) => (pattern === null ? 'nothing more' : sayPattern(pattern))))];
  if (all.length === 0) return 'nothing more';
  return all.length <= MOST_WANTED ? all.join(' or ') : `${all.slice(0, MOST_WANTED).join(' or ')} or one of ${all.length - MOST_WANTED} more`;
}

function sayLast(sights: readonly Sight[]): string {
  const more = sights.length - TOLD;
  return `${more > 0 ? `${more} more, ` : ''}${sights.slice(-TOLD).map(sayAsFound).join(', ')}`;
}

function sayFound(sights: readonly Sight[], difference: string): string {
  const [first] = sights;
  if (first === undefined) return 'nothing more was seen';
  if (first.kind === 'silence') return `it did not come in time${first.during === undefined ? '' : `: ${first.during}`}`;
  const more = sights.length - TOLD;
  const then = sights.slice(1, TOLD).map((sight) => `, then ${sayAsFound(sight)}`).join('');
  return `found ${sayAsFound(first)}${difference}${then}${more > 0 ? `, and ${more} more` : ''}`;
}

function sayAsFound(sight: Sight): string {
  switch (sight.kind) {
    case 'silence': return `nothing in time${sight.during === undefined ? '' : ` (${sight.during})`}`;
    case 'end': return `${WORDS.end} (${sight.how})`;
    case 'volley': return `the echo of all ${sight.count} messages`;
    case 'flooded': return FLOODED[sight.how];
    case 'keys': return KEYS[sight.keys];
    case 'breach': return `a breach of ${sight.rule}`;
    case 'open': case 'request': return WORDS[sight.kind];
    default: return saySight(sight);
  }
}

/** Where a payload that is too long to be told as a whole differs from what should have come. */
function sayDifference(wanted: readonly (Single | null)[], found: Sight | undefined): string {
  if (found === undefined || !('octets' in found)) return '';
  const expected = wanted.map((pattern) => payloadOf(pattern, found.kind)).find((payload) => payload !== null);
  if (expected === undefined || Math.max(lengthOf(expected), found.octets.length) <= SHOWN) return '';
  return `, ${differenceOf(octetsOf(expected), found.octets)}`;
}

/** How octets differ from those that were expected: the first place, or the length. */
export function differenceOf(expected: Uint8Array, found: Uint8Array): string {
  const shorter = Math.min(expected.length, found.length);
  let at = 0;
  while (at < shorter && expected[at] === found[at]) at++;
  if (at === found.length) return `cut behind ${at} of ${expected.length} octets`;
  if (at === expected.length) return `with ${count(found.length - at, 'octet')} too many`;
  const length = expected.length === found.length ? '' : `${found.length} octets instead of ${expected.length}, `;
  return `${length}which differs from octet ${at} on: ${toHex(found, at, at + 1)} instead of ${toHex(expected, at, at + 1)}`;
}

function payloadOf(pattern: Single | null, kind: string): Payload | null {
  if (pattern === null || typeof pattern === 'string') return null;
  if ('text' in pattern) return kind === 'text' ? pattern.text : null;
  if ('binary' in pattern) return kind === 'binary' ? pattern.binary : null;
  return 'pong' in pattern && kind === 'pong' ? pattern.pong : null;
}

// ---- words ------------------------------------------------------------------------------------------------------------------------

const WORDS: Readonly<Record<Extract<Single, string>, string>> = {
  request: 'a request', volley: 'the echo of every message', close: 'a Close', end: 'the end of the connection', fin: 'a FIN',
  open: 'the connection still open', silence: 'nothing in time',
};

const FLOODED: Readonly<Record<Flooded, string>> = {
  stalled: 'a subject that stops reading the flood', bounded: 'few answers to the flood',
  unbounded: 'answers to all of the flood, held without bound',
};

const KEYS: Readonly<Record<MaskingKeys, string>> = {
  vary: 'masking keys that vary', repeat: 'masking keys that repeat', narrow: 'masking keys with bits that never change',
  progress: 'masking keys that count', generator: 'masking keys of a generator that is not for secrets',
};

function sayPattern(pattern: Single): string {
  if (typeof pattern === 'string') return WORDS[pattern];
  if ('http' in pattern) return sayHttp(pattern);
  if ('breach' in pattern) return `the rule ${pattern.breach} broken`;
  if ('flooded' in pattern) return FLOODED[pattern.flooded];
  if ('keys' in pattern) return KEYS[pattern.keys];
  if ('close' in pattern) {
    const codes = pattern.close.map((code) => code ?? 'without a code').join(' or ');
    return `close ${codes}${pattern.reason === undefined ? '' : ` ${JSON.stringify(pattern.reason)}`}`;
  }
  if ('text' in pattern) return `text ${sayPayload(pattern.text)}`;
  if ('binary' in pattern) return `binary ${sayPayload(pattern.binary)}`;
  return `pong ${sayPayload(pattern.pong)}`;
}

function sayHttp({ http, extensions, fields = [] }: Extract<Single, { http: unknown }>): string {
  const status = `http ${typeof http === 'number' ? http : http.join('–')}`;
  const besides = [...extensions === undefined ? [] : [extensions === '' ? 'no extension' : extensions], ...fields];
  return besides.length === 0 ? status : `${status} with ${besides.join(' and ')}`;
}

/** A payload in a line: its octets if they are few. */
function sayPayload(payload: Payload): string {
  const length = lengthOf(payload);
  return length > 1024 ? `of ${length} octets` : sayOctets(octetsOf(payload));
}
