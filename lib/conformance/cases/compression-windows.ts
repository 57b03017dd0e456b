// Windows and history, as they were agreed on (RFC 7692 §7.1): what the tester refers to and the subject has to have kept, and the other
// way round, content that would have the subject refer to what it may not. That shows in the tester, which inflates with no more than
// was agreed.

import type { Case, FrameItem, Opening, Pattern, Payload, SubjectRole } from '../case.ts';
import {
  again, CLEAN, CLOSES, define, fails, filled, hex, informational, message, passesCleanly, sawAgain, sawBinary, sawText, text,
} from '../write.ts';
import {
  agreeing, answersWith, CORRUPT, deflatedBinary, deflatedText, HELLO, HELLO_AGAIN, PLAIN, WITH_ALL_HISTORY,
} from './compression-words.ts';

const noise = (length: number, from: number = 0): Payload => ({ corpus: 'noise', length, from });

/** A number as DEFLATE writes those of a stored block, least octet first. */
function uint16(value: number): string {
  return [value & 0xff, value >> 8].map((octet) => octet.toString(16).padStart(2, '0')).join('');
}

/** Noise in a stored block, and further blocks behind it. */
function storedNoise(length: number, from: number, behind: string): Payload {
  return { parts: [{ hex: `00${uint16(length)}${uint16(length ^ 0xffff)}` }, noise(length, from), { hex: behind }] };
}

// ---- what the subject has to have kept ------------------------------------------------------------------------------------------------

/** Noise, and behind it the three octets from so far back once more. */
interface Reach {
  readonly distance: number;
  readonly sends: FrameItem;
  readonly sees: Pattern;
}

/** `block` says the three octets, with fixed codes. */
function reach(distance: number, length: number, block: string): Reach {
  return {
    distance, sends: deflatedBinary(storedNoise(length, 0, block)), sees: sawBinary({ parts: [noise(length), noise(3, length - distance)] }),
  };
}

const REACH_512: Reach = reach(512, 600, '02c63f00');
const REACH_513: Reach = reach(513, 600, '0226000000');
const REACH_32768: Reach = reach(32_768, 32_768, '02deff0f00');
const REACHES: readonly Reach[] = [reach(256, 300, '02fa1f00'), reach(257, 300, '02060000'), REACH_512, REACH_513, REACH_32768];

/** The smallest window, in bits, that holds the distance. */
const bitsFor = (distance: number): number => Math.max(8, Math.ceil(Math.log2(distance)));

const WITHIN: readonly Case[] = REACHES.map(({ distance, sends, sees }) => define({
  id: `7692-7.2.2/distance-${distance}`, does: `Sends a compressed message that refers ${distance} octets back.`, expects: 'The message comes back.',
  requirements: ['7692-7.2.2-1', '7692-7.1.2.1-4', '7692-7.1.2.2-9', '7692-7.2.2-8', '7692-7.2.2-10', '7692-7.2.1-9'],
  opening: agreeing({ windowBits: [bitsFor(distance), 15] }), steps: [{ send: [sends] }, { await: 1 }, CLOSES], outcomes: [passesCleanly(sees)],
}));

const MORE_THAN_NEEDED = 'It keeps more than was agreed on, which costs nobody but itself.';

/** An agreement on a window of 512 octets for what the tester sends, or on a smaller one. */
function small(least: number): Opening {
  return {
    offer: `${PLAIN}; client_max_window_bits=9`, needsCompression: { windowBits: [least, 9] },
    answers: [`${PLAIN}; server_max_window_bits=9`, `${PLAIN}; server_no_context_takeover; server_max_window_bits=9`],
  };
}

const EDGES: readonly Case[] = [
  define({
    id: '7692-7.1.2/distance-of-the-agreed-window', does: 'Agrees on a window of 512 octets for what it sends, and refers 512 octets back.',
    expects: 'The message comes back.', requirements: ['7692-7-10', '7692-7.2.2-7', '7692-7.2.2-9', '7692-7.1.2.1-7'], opening: small(9),
    steps: [{ send: [REACH_512.sends] }, { await: 1 }, CLOSES], outcomes: [passesCleanly(REACH_512.sees)],
  }),
  define({
    id: '7692-7.1.2/distance-beyond-the-agreed-window', does: 'Agrees on a window of 512 octets for what it sends, and refers 513 octets back.',
    expects: 'The connection is failed, or the message comes back all the same.', requirements: ['7692-7.2.2-7', '7692-7.2.2-9'], opening: small(8),
    steps: [{ send: [REACH_513.sends] }, { await: 1 }, CLOSES],
    outcomes: [...fails(CORRUPT), informational(MORE_THAN_NEEDED, REACH_513.sees, ...CLEAN)],
  }),
  define({
    id: '7692-7.1.1/reference-though-no-history-was-agreed', does: 'Agrees to compress each message by itself, and refers to the one before.',
    expects: 'The connection is failed, or the message comes back all the same.', requirements: ['7692-7.2.2-2', '7692-7.2.2-4'],
    opening: {
      offer: `${PLAIN}; client_no_context_takeover`, needsCompression: { takeover: false },
      answers: [`${PLAIN}; server_no_context_takeover`, `${PLAIN}; server_no_context_takeover; server_max_window_bits=9`],
    },
    steps: [{ send: [deflatedText(HELLO), deflatedText(HELLO_AGAIN)] }, { await: 2 }, CLOSES],
    outcomes: [...fails(CORRUPT, { maybe: sawText('Hello') }), informational(MORE_THAN_NEEDED, sawText('Hello'), sawText('Hello'), ...CLEAN)],
  }),
];

/** 258 octets from 32,768 before. */
const FROM_FAR = '1abdff1f00';

const FAR_HISTORY: readonly Case[] = [
  define({
    id: '7692-7.2.2/history-of-32-kib', does: 'Sends 32,768 octets compressed, and a message that refers to the first of them.',
    expects: 'Both come back.', requirements: ['7692-7.2.2-3', '7692-7.2.2-5', '7692-7.2.2-8', '7692-7.2.2-10'], opening: WITH_ALL_HISTORY,
    steps: [{ send: [deflatedBinary(storedNoise(32_768, 0, '00')), deflatedBinary(FROM_FAR)] }, { await: 2 }, CLOSES],
    outcomes: [passesCleanly(sawBinary(noise(32_768)), sawBinary(noise(258)))],
  }),
  define({
    id: '7692-7.2.2/history-of-many-messages', does: 'Sends 128 messages of 256 octets compressed, and one that refers to the first.',
    expects: 'All come back.', requirements: ['7692-7.2.2-3', '7692-7.2.2-5', '7692-7.2.2-8', '7692-7.2.2-10'], opening: WITH_ALL_HISTORY,
    steps: [
      {
        send: [
          deflatedBinary(storedNoise(258, 0, '00')), deflatedBinary(storedNoise(254, 258, '00')),
          again(126, deflatedBinary(storedNoise(256, 0, '00'))), deflatedBinary(FROM_FAR),
        ],
      },
      { await: 129 }, CLOSES,
    ],
    outcomes: [passesCleanly(sawBinary(noise(258)), sawBinary(noise(254, 258)), sawAgain(126, sawBinary(noise(256))), sawBinary(noise(258)))],
  }),
  define({
    id: '7692-7/window-of-the-other-side', does: 'Bounds the window of the subject to 512 octets, and itself refers 32,768 octets back.',
    expects: 'The message comes back: what binds one side does not bind the other.',
    requirements: ['7692-7-10', '7692-7.1.2.1-4', '7692-7.1.2.2-9'],
    opening: {
      offer: `${PLAIN}; server_max_window_bits=9`, answers: [`${PLAIN}; client_max_window_bits=9`], needsCompression: { windowBits: [15, 15] },
    },
    steps: [{ send: [REACH_32768.sends] }, { await: 1 }, CLOSES],
    outcomes: [passesCleanly(REACH_32768.sees)],
  }),
  define({
    id: '7692-7/history-of-the-other-side',
    does: 'Agrees that the subject compresses each message by itself, and itself refers to the one before.',
    expects: '"Hello" comes back twice: what binds one side does not bind the other.',
    requirements: ['7692-7-10', '7692-7.1.1.1-3', '7692-7.1.1.2-7'],
    opening: {
      offer: `${PLAIN}; server_no_context_takeover`, answers: [`${PLAIN}; client_no_context_takeover`], needsCompression: { takeover: true },
    },
    steps: [{ send: [deflatedText(HELLO), deflatedText(HELLO_AGAIN)] }, { await: 2 }, CLOSES],
    outcomes: [passesCleanly(sawText('Hello'), sawText('Hello'))],
  }),
];

// ---- what the subject may refer to ----------------------------------------------------------------------------------------------------

const KEPT = 'The messages come back, compressed by what was agreed on.';

/** An agreement on what the subject may do, whichever side it is. */
function binding(parameters: (side: SubjectRole) => string): Opening {
  return { offer: `${PLAIN}; ${parameters('server')}`, answers: answersWith(parameters('client')), needsCompression: true };
}

const ALONE = binding((side) => `${side}_no_context_takeover`);
const ALONE_WITHIN_512 = binding((side) => `${side}_no_context_takeover; ${side}_max_window_bits=9`);

/** The same message, which a compressor with a history would refer to the first time. */
function repeats(id: string, what: string, opening: Opening, content: Payload): Case {
  return define({
    id, does: `Agrees that the subject compresses each message by itself, and sends ${what} four times.`, expects: KEPT,
    requirements: ['7692-5-4', '7692-7.1.1.1-4', '7692-7.1.1.2-6', '7692-7.2.1-10', '7692-7.2.1-13'], opening,
    steps: [{ send: [again(4, message('text', content, { compressed: true }))] }, { await: 4 }, CLOSES],
    outcomes: [passesCleanly(sawAgain(4, sawText(content)))],
  });
}

const NO_HISTORY: readonly Case[] = [
  repeats('7692-7.2.1/hello-without-history', '"Hello"', ALONE, { text: 'Hello' }),
  repeats('7692-7.2.1/json-without-history', '2,000 octets of JSON', ALONE, { corpus: 'json', length: 2000 }),
  repeats('7692-7.2.1/much-json-without-history', '100,000 octets of JSON', ALONE, { corpus: 'json', length: 100_000 }),
  repeats('7692-7.2.1/json-without-history-within-512-octets', '2,000 octets of JSON', ALONE_WITHIN_512, { corpus: 'json', length: 2000 }),
];

/**
 * `length` octets that are found again where they came before, and nowhere nearer: noise. The prose behind it makes that they are compressed at
 * all, since many send what does not compress as it is.
 */
function distinctive(length: number): Payload {
  return { parts: [noise(length / 2), { corpus: 'prose', length: length / 2 }] };
}

/** Content that comes again just beyond the window of so many bits: within one message, and in the next. */
const WINDOWS: readonly Case[] = [8, 9, 10, 11, 12, 13, 14].flatMap((bits) => {
  const size = 2 ** bits;
  const length = bits === 8 ? 600 : size + 88; // zlib makes 9 bits of 8, and its matches are read: this is beyond both
  const opening = binding((side) => `${side}_max_window_bits=${bits}`);
  const requirements = ['7692-7.1.2.1-5', '7692-7.1.2.2-3', '7692-7.2.1-15', '7692-7.2.1-17', '7692-7.2.2-11'];
  const content = distinctive(length);
  const twice: Payload = { parts: [content, content] };
  return [
    define({
      id: `7692-7.2.1/window-${bits}-within-a-message`,
      does: `Agrees on a window of ${size} octets for the subject, and sends ${length} octets twice in one message.`,
      expects: KEPT, requirements, opening, steps: [{ send: [message('binary', twice, { compressed: true })] }, { await: 1 }, CLOSES],
      outcomes: [passesCleanly(sawBinary(twice))],
    }),
    define({
      id: `7692-7.2.1/window-${bits}-across-messages`,
      does: `Agrees on a window of ${size} octets for the subject, and sends the same ${length} octets in four messages.`,
      expects: KEPT, requirements, opening,
      steps: [{ send: [again(4, message('binary', content, { compressed: true }))] }, { await: 4 }, CLOSES],
      outcomes: [passesCleanly(sawAgain(4, sawBinary(content)))],
    }),
  ];
});

const JSON_TEXT: Payload = { corpus: 'json', length: 3000 };

const OWN_HISTORY: readonly Case[] = [
  define({
    id: '7692-7.2.3.2/history-of-the-subject',
    does: 'Sends the same JSON again and again, with short texts, long runs and uncompressed messages between.',
    expects: 'The messages come back, each compressed so that it can be read behind those before it, or not at all.',
    requirements: ['7692-7.2.3.2-1', '7692-7.2.1-11', '7692-7.2.1-14', '7692-6.1-3', '7692-7.3-2'], opening: agreeing(),
    steps: [
      {
        send: [again(6,
          message('text', JSON_TEXT, { compressed: true }), text('Hello'), message('binary', filled(70_000), { compressed: true }),
          text(JSON_TEXT), message('text', { corpus: 'prose', length: 500 }, { compressed: true, fragment: 100 }))],
      },
      { await: 30 }, CLOSES,
    ],
    outcomes: [passesCleanly(sawAgain(6,
      sawText(JSON_TEXT), sawText('Hello'), sawBinary(filled(70_000)), sawText(JSON_TEXT), sawText({ corpus: 'prose', length: 500 })))],
  }),
  define({
    id: '7692-7.2.1/history-of-32-kib-of-the-subject', does: 'Sends the same 32,700 octets in four messages.',
    expects: 'The messages come back; a reference as far back as 32,768 octets is legal, and none further.',
    requirements: ['7692-7.2.1-9', '7692-7.2.1-11', '7692-7.2.1-14'], opening: agreeing(),
    steps: [{ send: [again(4, message('binary', distinctive(32_700), { compressed: true }))] }, { await: 4 }, CLOSES],
    outcomes: [passesCleanly(sawAgain(4, sawBinary(distinctive(32_700))))],
  }),
  define({
    id: '7692-7.2.3.6/empty-echo', does: 'Sends empty texts and empty binary messages, compressed and not.',
    expects: 'Empty messages come back; a compressed one has at least the octet of an empty block.',
    requirements: ['7692-7.2.3.6-1', '7692-7.2.1-1'],
    opening: agreeing(),
    steps: [{ send: [again(2, deflatedText('00'), text(''), deflatedBinary('00'))] }, { await: 6 }, CLOSES],
    outcomes: [passesCleanly(sawAgain(2, sawText(''), sawText(''), sawBinary(hex(''))))],
  }),
];

export const COMPRESSION_WINDOWS: readonly Case[] = [...WITHIN, ...EDGES, ...FAR_HISTORY, ...NO_HISTORY, ...WINDOWS, ...OWN_HISTORY];
