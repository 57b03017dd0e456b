// Messages that are small on the wire and large behind it (RFC 6455 §10.4): a thousand octets for each. What a subject has to do with them
// depends on limits that nobody told the tester, so little is a fault here: to die, to answer with something else, never to answer.
// A limit that is asked only of the compressed size does not see them.

import type { Case, FrameItem, Item, Opening, Outcome, Pattern, Payload } from '../case.ts';
import {
  CLEAN, CLOSES, continuation, define, filled, informational, message, nonStrict, passes, passesCleanly, ping, sawBinary, sawPong,
} from '../write.ts';
import { agreeing, deflatedBinary } from './compression-words.ts';

/**
 * A block with dynamic codes in which two bits say 258 zeros: the code of length 258 has one bit, the only distance code another. The header
 * ends with three zeros by themselves, which makes it end with an octet. Then each octet 00 is 1,032 zeros.
 */
const HEAD = 'ece081000000008020ec4fbd4855';
/** The end of the block, and an empty stored one. */
const TAIL = '03';
const ZEROS_IN_HEAD = 3;
const ZEROS_IN_OCTET = 1032;

/** Octets of the compressed payload that are zero, and what they come to: a little more than the round number. */
interface Bomb {
  readonly octets: number;
  readonly payload: Payload;
  readonly zeros: Payload;
}

function bomb(octets: number): Bomb {
  return {
    octets,
    payload: { parts: [{ hex: HEAD }, filled(octets, '00'), { hex: TAIL }] },
    zeros: filled(ZEROS_IN_HEAD + ZEROS_IN_OCTET * octets, '00'),
  };
}

/** What everybody is expected to take. */
const MEBIBYTE: Bomb = bomb(1017);
/** More than anybody takes who was told how much to take. */
const MANY: Bomb = bomb(65_028);
const FOUR_MEBIBYTES: Payload = { corpus: 'json', length: 4 * 1024 * 1024 };

/** What an endpoint in memory may hold of it: one that has no limit lower than this has none that helps. */
const HELD = 48 * 1024 * 1024;

const REQUIREMENTS = ['7692-8-2', '6455-10.4-1', '6455-10.4-2', '6455-7.4.1-8'];
const INCIDENTS = ['CVE-2026-1526', 'CVE-2026-54490', 'GHSA-hxp9-w8x3-p566'];
const OPENING: Opening = agreeing();

/** Refused for its size. Who just ends has protected itself, and says nothing. */
const REFUSALS: readonly Outcome[] = [
  passes({ close: [1009] }, 'end'),
  passes('end'),
  nonStrict('It refuses the message for its size with another status code than 1009.', { close: [1002, 1003, 1007, 1008, 1011] }, 'end'),
];

const UNBOUNDED = 'It inflates 64 KiB to 64 MiB and sends them back: as it is set up, a message costs a thousand times what it took to send.';

function big(id: string, does: string, { zeros }: Bomb, sends: readonly Item[]): Case {
  return define({
    id, does, expects: 'The message is refused with 1009 while it is inflated; or it comes back, where no limit is set.',
    requirements: REQUIREMENTS,
    incidents: INCIDENTS, opening: OPENING, steps: [{ send: sends }, { await: 1 }, CLOSES],
    outcomes: [...REFUSALS, informational(UNBOUNDED, sawBinary(zeros), ...CLEAN)], retains: HELD, survives: true, weight: 'heavy',
  });
}

/** It in frames of `size` octets; the last is what is left. */
function inFragments({ octets }: Bomb, size: number): readonly FrameItem[] {
  const whole = Math.floor(octets / size);
  return [
    deflatedBinary(HEAD, { fin: false }),
    ...Array.from({ length: whole }, () => continuation(filled(size, '00'), { fin: false })),
    continuation({ parts: [filled(octets - whole * size, '00'), { hex: TAIL }] }),
  ];
}

/** What is as legal as large: refused only by who may. */
function legal(id: string, does: string, payload: Payload, sees: Pattern): Case {
  return define({
    id, does, expects: 'The message comes back: it is legal, and not large.', requirements: ['7692-7.2.2-1', ...REQUIREMENTS],
    opening: OPENING,
    steps: [{ send: [deflatedBinary(payload)] }, { await: 1 }, CLOSES], survives: true,
    outcomes: [
      passesCleanly(sees),
      informational('It refuses a message for what it costs, by a limit of its own.', { maybe: { close: [1008, 1009] } }, 'end'),
    ],
  });
}

export const COMPRESSION_BOMBS: readonly Case[] = [
  legal('7692-8/a-mebibyte-of-zeros', 'Sends 1 MiB of zeros compressed to about 1 KiB.', MEBIBYTE.payload, sawBinary(MEBIBYTE.zeros)),
  legal('7692-8/a-mebibyte-of-empty-stored-blocks', 'Sends an empty message compressed to 200,000 empty stored blocks.',
    { parts: [{ repeat: '000000ffff', length: 1_000_000 }, { hex: '00' }] }, sawBinary('')),
  legal('7692-8/a-mebibyte-of-empty-fixed-blocks', 'Sends an empty message compressed to 800,000 empty blocks with fixed codes.',
    { parts: [{ repeat: '0208208000', length: 1_000_000 }, { hex: '00' }] }, sawBinary('')),
  define({
    id: '7692-8/four-mebibytes-there-and-back', does: 'Sends 4 MiB of JSON as a compressed text, in frames of 4,096 octets.',
    expects: 'The text comes back.', requirements: ['7692-6.2-1', '7692-7.2.2-1', ...REQUIREMENTS], opening: OPENING, weight: 'heavy',
    steps: [{ send: [message('text', FOUR_MEBIBYTES, { compressed: true, fragment: 4096 })] }, { await: 1 }, CLOSES],
    outcomes: [passesCleanly({ text: FOUR_MEBIBYTES }), informational('It refuses a message of 4 MiB.', { maybe: { close: [1009] } }, 'end')],
  }),
  big('7692-8/bomb', 'Sends 64 MiB of zeros compressed to about 64 KiB.', MANY, [deflatedBinary(MANY.payload)]),
  big('7692-8/bomb-in-fragments', 'Sends 64 MiB of zeros compressed to about 64 KiB, in frames of 1,024 octets.', MANY,
    inFragments(MANY, 1024)),
  define({
    id: '7692-8/bomb-without-an-end',
    does: 'Sends the first fragment of a message, which inflates to 64 MiB, and a Ping; the message is never finished.',
    expects: 'The message is refused with 1009 before its end; or it is kept, where no limit is set.',
    requirements: REQUIREMENTS, incidents: INCIDENTS,
    opening: OPENING, steps: [{ send: [deflatedBinary(MANY.payload, { fin: false }), ping('still there')] }, { await: 1 }, CLOSES],
    outcomes: [
      passes({ maybe: sawPong('still there') }, { close: [1009] }, 'end'),
      passes({ maybe: sawPong('still there') }, 'end'),
      informational('It keeps what inflates to 64 MiB while the message has no end: no limit is seen.', sawPong('still there'), ...CLEAN),
    ],
    survives: true, weight: 'heavy',
  }),
];
