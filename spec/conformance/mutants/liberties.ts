// What an endpoint may do differently: no rule is broken, and no case may fail it. Each is something that implementations in the field do.
// They are tried several at once: of each profile all, that no one waits for forty runs of the suite.

import type { SubjectRole } from '../../../lib/conformance/case.ts';

const LIBERTIES = {
  // ---- the opening handshake
  'adds-fields': 'adds fields to its response (RFC 9110 §5.1)',
  'names-in-lower-case': 'writes the names of fields in lower case (RFC 9110 §5.1)',
  'unfolds-lines': 'unfolds the lines of a request (RFC 9112 §5.2)',
  'ends-lines-with-lf': 'takes LF for the end of a line (RFC 9112 §2.2)',
  'heads-of-8-kib': 'refuses a head of more than 8 KiB (RFC 9112 §3)',
  'refuses-with-400': 'says 400 to whatever it refuses (§4.2.2)',
  'refuses-with-content': 'writes content behind the head of a refusal (RFC 9110 §15.5)',
  'speaks-version-8': 'speaks version 8 as well (§4.4)',
  'chooses-no-protocol': 'chooses no subprotocol (§4.2.2)',
  'looks-at-first-offer': 'looks at the first offer of compression alone (RFC 7692 §5.1)',
  'declines-compression': 'agrees to no compression (RFC 7692 §5.1)',
  'asks-for-little': 'offers neither subprotocol nor extension (§4.1)',

  // ---- messages
  'fragments-echoes': 'sends its echoes in three fragments, one of them empty (§5.4)',
  'compresses-nothing': 'compresses nothing although it was agreed that it may (RFC 7692 §6)',
  'takes-truncated': 'does not ask whether the last block of a compressed message has ended (RFC 7692 §7.2.2)',
  'reads-slowly': 'reads 100 octets at once',
  'writes-slowly': 'writes 100 octets at once',

  // ---- control frames
  'heartbeats': 'sends a Ping of its own before every echo (§5.5.2)',
  'unasked-pongs': 'sends a Pong nobody asked for before every echo (§5.5.3)',
  'pong-for-pong': 'answers a Pong with a Pong (§5.5.3)',
  'close-empty': 'answers every Close with an empty one (§5.5.1)',
  'close-with-1000': 'answers every Close with 1000 (§5.5.1)',
  'close-with-reason': 'gives a reason for closing (§7.1.6)',
  'takes-above-4999': 'takes close codes above 4999, of which nothing is said (§7.4.2)',
  'ends-first': 'is a client and ends its side right behind its answer to a Close (§7.1.1)',
  'fails-without-close': 'fails the connection without a Close (§7.1.7)',
  'fails-by-reset': 'fails the connection by a reset (§7.1.1)',
  'fails-and-waits': 'is a client, and when it fails the connection waits for the server to end (§7.1.1)',
} as const;

export type Liberty = keyof typeof LIBERTIES;

/** What can be done all at once. Together they are all there is. */
export const PROFILES: readonly (readonly Liberty[])[] = [
  [
    'adds-fields', 'ends-lines-with-lf', 'refuses-with-content', 'speaks-version-8', 'fragments-echoes', 'takes-truncated', 'writes-slowly',
    'heartbeats', 'unasked-pongs', 'pong-for-pong', 'close-with-reason', 'takes-above-4999', 'ends-first',
  ],
  [
    'names-in-lower-case', 'unfolds-lines', 'refuses-with-400', 'chooses-no-protocol', 'declines-compression', 'asks-for-little',
    'close-empty', 'fails-without-close', 'fragments-echoes',
  ],
  ['looks-at-first-offer', 'heads-of-8-kib', 'compresses-nothing', 'reads-slowly', 'close-with-1000', 'fails-by-reset'],
  ['fails-and-waits'],
];

/** What an endpoint of that profile does, in a sentence. */
export function describeProfile(role: SubjectRole, profile: readonly Liberty[]): string {
  return `a ${role} that ${profile.map((liberty) => LIBERTIES[liberty]).join(', ')}`;
}

export const ALL_LIBERTIES: readonly Liberty[] = Object.keys(LIBERTIES) as Liberty[];
