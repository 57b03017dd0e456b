// Compressed messages of all sizes, kinds and cuts, echoed by the thousand (RFC 7692 §6, §7): groups 12 and 13 of the classic suite. What it
// sends one at a time is under way here several at a time; how many there are is for the runner to scale.

import type { Case, CorpusName } from '../case.ts';
import { CLOSES, define, passesCleanly } from '../write.ts';
import { answersWith, PLAIN } from './compression-words.ts';

/** Octets of a message, and of its frames: 0 for one frame. The place of a row is the last number of an id of the classic suite. */
const SIZES: readonly (readonly [size: number, fragment: number])[] = [
  [16, 0], [64, 0], [256, 0], [1024, 0], [4096, 0], [8192, 0], [16_384, 0], [32_768, 0], [65_536, 0], [131_072, 0],
  [8192, 256], [16_384, 256], [32_768, 256], [65_536, 256], [131_072, 256], [131_072, 1024], [131_072, 4096], [131_072, 32_768],
];

/** From here on a thousand of them are much data. */
const HEAVY = 65_536;
/** Octets that may be under way at once: no more than any peer buffers. */
const UNDER_WAY = 256 * 1024;

interface Content {
  readonly corpus: CorpusName;
  readonly kind: 'text' | 'binary';
  readonly of: string;
}

interface Agreement {
  readonly section: string;
  /** Before the content, in the name of a case. */
  readonly name: string;
  readonly offer: string;
  readonly answers: readonly string[];
  /** What is agreed on, for the sentences. */
  readonly says: string;
  readonly requirements: readonly string[];
}

const JSON_TEXT: Content = { corpus: 'json', kind: 'text', of: 'JSON' };

const UNCONDITIONAL: Agreement = {
  section: '7692-6.1', name: '', offer: PLAIN, answers: answersWith(''), says: 'compression without parameters',
  requirements: ['7692-5-18', '7692-6-2', '7692-7.2.1-7'],
};

/** Group 12. The first row stands for 13.1 as well, which agrees on the same and sends the same. */
const CONTENTS: readonly (readonly [groups: readonly string[], Content])[] = [
  [['12.1', '13.1'], JSON_TEXT],
  [['12.2'], { corpus: 'image', kind: 'binary', of: 'a picture' }],
  [['12.3'], { corpus: 'prose', kind: 'binary', of: 'prose' }],
  [['12.4'], { corpus: 'markup', kind: 'text', of: 'markup' }],
  [['12.5'], { corpus: 'noise', kind: 'binary', of: 'noise, which does not compress' }],
];

function parametersOf(side: 'server' | 'client', takeover: boolean, bits: number | null): string {
  const parts = [...takeover ? [] : [`${side}_no_context_takeover`], ...bits === null ? [] : [`${side}_max_window_bits=${bits}`]];
  return parts.join('; ');
}

/** What a client offers, and a server demands of the other side, with the same parameters. */
function agreement(
  section: string, name: string, takeover: boolean, bits: number | null, says: string, requirements: readonly string[],
): Agreement {
  return {
    section, name: `${name}-`, offer: `${PLAIN}; ${parametersOf('server', takeover, bits)}`,
    answers: answersWith(parametersOf('client', takeover, bits)), says, requirements,
  };
}

const NO_HISTORY = ['7692-5-4', '7692-7.1.1.1-4', '7692-7.1.1.2-6', '7692-7.1.1.2-8', '7692-7.2.1-10', '7692-7.2.1-13'];
const WINDOW = ['7692-7.1.2.1-5', '7692-7.1.2.2-3', '7692-7.2.1-15', '7692-7.2.1-17'];

const BOTH_RULES = [...NO_HISTORY, ...WINDOW];
const ALONE_AND_SMALL = agreement('7692-7.1', 'alone-window-9', false, 9, 'no history and a window of 512 octets for the subject', BOTH_RULES);
const ALONE = agreement('7692-7.1.1', 'alone', false, null, 'no history for the subject', NO_HISTORY);

/** Group 13. */
const AGREEMENTS: readonly (readonly [group: string, Agreement])[] = [
  ['13.2', ALONE],
  ['13.3', agreement('7692-7.1.2', 'window-9', true, 9, 'a window of 512 octets for the subject', ['7692-5-4', ...WINDOW])],
  ['13.4', agreement('7692-7.1.2', 'window-15', true, 15, 'a window of 32,768 octets for the subject', ['7692-5-4', ...WINDOW])],
  ['13.5', ALONE_AND_SMALL],
  ['13.6', agreement('7692-7.1', 'alone-window-15', false, 15, 'no history and a window of 32,768 octets for the subject', BOTH_RULES)],
  ['13.7', {
    section: '7692-5', name: 'choice-',
    offer: [ALONE_AND_SMALL.offer, ALONE.offer, PLAIN].join(', '),
    answers: [...ALONE_AND_SMALL.answers, ...ALONE.answers, ...UNCONDITIONAL.answers],
    says: 'the first that suits of: no history and a window of 512 octets, no history, anything',
    requirements: ['7692-5-2', '7692-5-3', '7692-5-10', ...BOTH_RULES],
  }],
];

function echoes(groups: readonly string[], agreed: Agreement, content: Content): readonly Case[] {
  return SIZES.map(([size, fragment], row) => define({
    id: `${agreed.section}/${agreed.name}${content.corpus}-${size}${fragment === 0 ? '' : `-by-${fragment}`}`,
    aliases: groups.map((group) => `${group}.${row + 1}`),
    does: `Agrees on ${agreed.says}, and sends a thousand compressed ${content.kind} messages of ${size} octets of ${content.of}` +
      `${fragment === 0 ? '' : `, their compressed payload cut into frames of ${fragment} octets`}.`,
    expects: 'Each message comes back as it was sent, compressed or not, and never beyond what was agreed on.',
    requirements: ['7692-6.1-1', '7692-6.2-1', '7692-7.2.1-1', '7692-7.2.2-1', ...agreed.requirements],
    opening: { offer: agreed.offer, answers: agreed.answers, needsCompression: true },
    steps: [
      {
        volley: {
          count: 1000, message: content.kind, payload: { corpus: content.corpus, length: size }, ...fragment > 0 && { fragment },
          compressed: true,
          inFlight: Math.max(2, Math.min(16, UNDER_WAY / size)),
        },
      },
      CLOSES,
    ],
    outcomes: [passesCleanly('volley')],
    ...size >= HEAVY && { weight: 'heavy' },
  }));
}

export const COMPRESSION_ECHO: readonly Case[] = [
  ...CONTENTS.flatMap(([groups, content]) => echoes(groups, UNCONDITIONAL, content)),
  ...AGREEMENTS.flatMap(([group, agreed]) => echoes([group], agreed, JSON_TEXT)),
];
