// §10.4 and what peers expect in the field: messages of many octets, of many frames, in many pieces, and many messages. An implementation may
// have limits; one that refuses what is asked for here says so with 1009, and that is no failure.

import type { Case, Payload } from '../case.ts';
import type { CaseDraft } from '../write.ts';
import { CLOSES, answered, define, message, nonStrict, passesCleanly, sawBinary, sawText, stretch } from '../write.ts';

type Kind = 'text' | 'binary';

const KIB = 1024;
const MIB = 1024 * KIB;
const COMES_BACK = 'The message comes back with its type and every octet, and the closing handshake is clean.';

function contentOf(kind: Kind, length: number): Payload {
  return stretch(kind === 'text' ? 'prose' : 'noise', length);
}

/** A number of octets as one says it. */
function said(octets: number): string {
  if (octets >= MIB) return `${octets / MIB} MiB`;
  return octets >= KIB ? `${octets / KIB} KiB` : `${octets} octets`;
}

function named(octets: number): string {
  return said(octets).toLowerCase().replaceAll(' ', '-');
}

const TOO_BIG = 'The message is refused with 1009: §10.4 allows a limit, and peers send as much as this.';
const TOO_MANY = 'The message is refused with 1008 or 1009: §10.4 allows a limit, and peers send as many fragments as this.';

type Sent = Pick<CaseDraft, 'id' | 'does' | 'requirements'> & {
  alias: string;
  kind: Kind;
  length: number;
  fragment?: number;
  split?: number;
};

/** One message, echoed as a whole. */
function one({ id, alias, does, requirements, kind, length, fragment, split }: Sent): Case {
  const content = contentOf(kind, length);
  const { steps, outcomes } = answered([message(kind, content, fragment === undefined ? {} : { fragment })],
    [kind === 'text' ? sawText(content) : sawBinary(content)], split);
  const refused = fragment === undefined ? nonStrict(TOO_BIG, { close: [1009] }, 'end') : nonStrict(TOO_MANY, { close: [1008, 1009] }, 'end');
  return define({
    id, aliases: [alias], does, expects: COMES_BACK, requirements, steps, outcomes: [...outcomes, refused],
    weight: length < MIB ? 'light' : 'heavy',
  });
}

const SIZES = [64 * KIB, 256 * KIB, MIB, 4 * MIB, 8 * MIB, 16 * MIB];

function big(kind: Kind, group: string): readonly Case[] {
  return SIZES.map((length, index) => one({
    id: `10.4/${kind}-of-${named(length)}`,
    alias: `${group}.${index + 1}`,
    does: `Sends a ${kind} message of ${said(length)} in one frame.`,
    requirements: ['6455-5.2-13', '6455-10.4-1'],
    kind,
    length,
  }));
}

const FRAGMENTS = [64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB];

function inFragments(kind: Kind, group: string): readonly Case[] {
  return FRAGMENTS.map((fragment, index) => one({
    id: `5.4/${kind}-of-4-mib-in-fragments-of-${named(fragment)}`,
    alias: `${group}.${index + 1}`,
    does: `Sends a ${kind} message of 4 MiB in fragments of ${said(fragment)}, the last of them empty.`,
    requirements: ['6455-5.4-4', '6455-5.4-10', '6455-5.4-11', '6455-10.4-1'],
    kind,
    length: 4 * MIB,
    fragment,
  }));
}

const PIECES = [64, 128, 256, 512, KIB, 2 * KIB];

function inPieces(kind: Kind, group: string): readonly Case[] {
  return PIECES.map((split, index) => one({
    id: `6.2/${kind}-of-1-mib-in-pieces-of-${named(split)}`,
    alias: `${group}.${index + 1}`,
    does: `Sends a ${kind} message of 1 MiB in one frame, written in pieces of ${said(split)}.`,
    requirements: ['6455-5.2-13', '6455-6.2-1', '6455-6.2-4'],
    kind,
    length: MIB,
    split,
  }));
}

const COUNT = 1000;
const LENGTHS = [0, 16, 64, 256, 1024, 4096];

/** A thousand messages, each sent when the one before it has come back. */
function pingPong(kind: Kind, group: string): readonly Case[] {
  return LENGTHS.map((length, index) => define({
    id: `6.2/thousand-times-${kind}-of-${length}-octets`,
    aliases: [`${group}.${index + 1}`],
    does: `Sends a thousand ${kind} messages of ${length} octets, each when the one before has come back.`,
    expects: 'Every message comes back with its type and every octet, and the closing handshake is clean.',
    requirements: ['6455-5.4-2', '6455-6.2-4', '6455-6.2-5'],
    steps: [{ volley: { count: COUNT, message: kind, payload: contentOf(kind, length), inFlight: 1 } }, CLOSES],
    outcomes: [passesCleanly('volley')],
    weight: 'heavy',
  }));
}

export const LIMITS: readonly Case[] = [
  ...big('text', '9.1'),
  ...big('binary', '9.2'),
  ...inFragments('text', '9.3'),
  ...inFragments('binary', '9.4'),
  ...inPieces('text', '9.5'),
  ...inPieces('binary', '9.6'),
  ...pingPong('text', '9.7'),
  ...pingPong('binary', '9.8'),
];
