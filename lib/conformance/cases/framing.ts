// §5.2, base framing: lengths at every boundary of their three forms, in one frame and one message, and frames that arrive in pieces.

import type { Case, Payload } from '../case.ts';
import { answered, binary, define, sawBinary, sawText, stretch, text } from '../write.ts';

/** The two kinds of message, and the group of the classic suite that each has. */
const KINDS = [
  { kind: 'text', group: '1.1', frame: text, saw: sawText, corpus: 'prose', rests: ['6455-5.6-2'] },
  { kind: 'binary', group: '1.2', frame: binary, saw: sawBinary, corpus: 'noise', rests: ['6455-5.6-4'] },
] as const;

/** Lengths, what there is to say of them, and the rule of §5.2 that each is about. */
const LENGTHS: readonly (readonly [length: number, what: string, rule: string])[] = [
  [0, 'no payload at all, which is legal', '6455-5.2-20'],
  [125, 'the most that 7 bits say', '6455-5.2-11'],
  [126, 'the least that takes the 16-bit length', '6455-5.2-14'],
  [127, 'a length that would say 64 bits if it stood in 7', '6455-5.2-11'],
  [128, 'more than 7 bits could count', '6455-5.2-11'],
  [65_535, 'the most that 16 bits say', '6455-5.2-13'],
  [65_536, 'the least that takes the 64-bit length', '6455-5.2-13'],
];

const COMES_BACK = 'The message comes back with its type and every octet, and the closing handshake is clean.';

export const FRAMING: readonly Case[] = KINDS.flatMap(({ kind, group, frame, saw, corpus, rests }) => {
  const content = (length: number): Payload => stretch(corpus, length);
  const lengths = LENGTHS.map(([length, what, rule], index) => define({
    id: `5.2/${kind}-of-${length}-octets`,
    aliases: [`${group}.${index + 1}`],
    does: `Sends a ${kind} message of ${length} octets in one frame: ${what}.`,
    expects: COMES_BACK,
    requirements: [rule, '6455-5.4-2', '6455-6.2-3', ...rests],
    ...answered([frame(content(length))], [saw(content(length))]),
  }));
  return [...lengths, define({
    id: `5.2/${kind}-in-pieces-of-997-octets`,
    aliases: [`${group}.8`],
    does: `Sends a ${kind} message of 65536 octets in one frame, written in pieces of 997 octets.`,
    expects: COMES_BACK,
    requirements: ['6455-5.2-13', '6455-5.3-5', '6455-6.2-1', ...rests],
    ...answered([frame(content(65_536))], [saw(content(65_536))], 997),
  })];
});
