// What breaks the rules of permessage-deflate: RSV bits where they mean nothing (RFC 7692 §6.1), payload that is no DEFLATE (§7.2.2), and
// text that turns out not to be UTF-8 once it is inflated. Each is refused, and the next connection is served.

import type { Case, FrameItem, Payload } from '../case.ts';
import {
  binary, CLEAN, close, CLOSES, continuation, define, fails, FAILS, hex, informational, nonStrict, passes, passesCleanly, ping, pong,
  sawBinary, sawText, text,
} from '../write.ts';
import { COMPRESSED, CORRUPT, deflatedBinary, deflatedText, HELLO, HELLO_AGAIN, RSV1 } from './compression-words.ts';

interface Told {
  readonly does: string;
  readonly expects: string;
  readonly requirements: readonly string[];
}

// ---- RSV bits -----------------------------------------------------------------------------------------------------------------------

const RSV2 = 2;
const RSV3 = 1;

function refusesBits(id: string, does: string, requirements: readonly string[], ...sends: readonly FrameItem[]): Case {
  return define({
    id, does, expects: 'The connection is failed with 1002.', requirements, opening: COMPRESSED, steps: [{ send: sends }, FAILS],
    outcomes: fails(1002),
  });
}

const SET_WRONGLY = ['7692-6.1-4', '7692-6.1-5'];
const MEANS_NOTHING = ['6455-5.2-7'];

const BITS: readonly Case[] = [
  refusesBits('7692-6.1/rsv1-on-ping', 'Sends a Ping with RSV1.', SET_WRONGLY, ping(hex(HELLO), { rsv: RSV1 })),
  refusesBits('7692-6.1/rsv1-on-pong', 'Sends a Pong with RSV1.', SET_WRONGLY, pong(hex(HELLO), { rsv: RSV1 })),
  {
    // Who overlooks the bit answers the Close: no other code than 1002 will do here.
    ...refusesBits('7692-6.1/rsv1-on-close', 'Sends a Close frame with RSV1.', SET_WRONGLY, close(1000, '', { rsv: RSV1 })),
    outcomes: [passes({ close: [1002] }, 'end'), passes('end')],
  },
  refusesBits('7692-6.1/rsv1-on-ping-between-fragments', 'Sends a Ping with RSV1 between the fragments of a compressed message.', SET_WRONGLY,
    deflatedText('f248cd', { fin: false }), ping('', { rsv: RSV1 }), continuation(hex('c9c90700'))),
  refusesBits('7692-6.1/rsv1-on-every-fragment', 'Sends a compressed message in two frames, both with RSV1.', SET_WRONGLY,
    deflatedText('f248cd', { fin: false }), continuation(hex('c9c90700'), { rsv: RSV1 })),
  refusesBits('7692-6.1/rsv1-on-continuation-only', 'Sends a message in two frames, of which only the second has RSV1.', SET_WRONGLY,
    text('', { fin: false }), continuation(hex(HELLO), { rsv: RSV1 })),
  refusesBits('7692-6/rsv2-on-text', 'Sends a text with RSV2.', MEANS_NOTHING, text('Hello', { rsv: RSV2 })),
  refusesBits('7692-6/rsv3-on-text', 'Sends a text with RSV3.', MEANS_NOTHING, text('Hello', { rsv: RSV3 })),
  refusesBits('7692-6/rsv2-beside-rsv1', 'Sends a compressed text with RSV2 beside RSV1.', MEANS_NOTHING,
    deflatedText(HELLO, { rsv: RSV1 | RSV2 })),
  refusesBits('7692-6/rsv3-beside-rsv1', 'Sends a compressed binary message with RSV3 beside RSV1.', MEANS_NOTHING,
    deflatedBinary(HELLO, { rsv: RSV1 | RSV3 })),
  refusesBits('7692-6/rsv2-on-continuation', 'Sends a compressed message whose second frame has RSV2.', MEANS_NOTHING,
    deflatedText('f248cd', { fin: false }), continuation(hex('c9c90700'), { rsv: RSV2 })),
  refusesBits('7692-6/rsv3-on-ping', 'Sends a Ping with RSV3.', MEANS_NOTHING, ping('', { rsv: RSV3 })),
  refusesBits('7692-6/message-within-a-compressed-one', 'Begins a compressed message within another one.', ['6455-5.4-8'],
    deflatedText('f248cd', { fin: false }), deflatedText(HELLO)),
  define({
    id: '7692-5/rsv1-without-agreement', does: 'Agrees on no compression, and sends a compressed text.',
    expects: 'The connection is failed with 1002.', requirements: ['7692-5-16', '6455-5.2-7'],
    steps: [{ send: [deflatedText(HELLO)] }, FAILS], outcomes: fails(1002),
  }),
];

// ---- what is no DEFLATE -------------------------------------------------------------------------------------------------------------

const REFUSED = 'The connection is failed; 1007 and 1002 are both right, since RFC 7692 names no status code.';

/** It is binary, so that 1007 is about DEFLATE and not about UTF-8. */
function refusesOctets(name: string, what: string, payload: Payload | string): Case {
  return define({
    id: `7692-7.2.2/${name}`, does: `Sends a compressed message ${what}.`, expects: REFUSED, requirements: ['7692-7.2.2-1'],
    opening: COMPRESSED,
    steps: [{ send: [deflatedBinary(payload)] }, FAILS], outcomes: fails(CORRUPT), survives: true,
  });
}

const NO_DEFLATE: readonly Case[] = [
  refusesOctets('reserved-block-type', 'that is a block of the reserved type', 'ffff'),
  refusesOctets('stored-length-contradicts-itself', 'whose stored block says its length twice and differently', '000500faf048656c6c6f00'),
  refusesOctets('distance-before-the-beginning', 'that refers to a message before it, and there is none', HELLO_AGAIN),
  refusesOctets('distance-one-too-far', 'that refers to the octet before its first', 'f248cdc9c907920000'),
  refusesOctets('match-at-the-beginning', 'that begins with a match', '02020000'),
  refusesOctets('length-code-286', 'with a length code that means nothing', 'f248cdc9c91f0300'),
  refusesOctets('distance-code-30', 'with a distance code that means nothing', 'f248cdc9c9073e0000'),
  refusesOctets('too-many-length-codes', 'whose dynamic block announces 288 codes for literals and lengths', 'f4e081000000008020ec0f'),
  refusesOctets('too-many-distance-codes', 'whose dynamic block announces 31 codes for distances', 'ecfe81000000008020ec0f'),
  refusesOctets('codes-of-codes-oversubscribed', 'whose dynamic block has more codes for code lengths than fit', '04e001040000004010000000'),
  refusesOctets('literal-codes-oversubscribed', 'whose dynamic block has more codes for literals than fit', '04e081000000000010f03f0d0000'),
  refusesOctets('distance-codes-oversubscribed', 'whose dynamic block has more codes for distances than fit', '04e281000000000010f8af060000'),
  refusesOctets('repeat-of-nothing', 'whose dynamic block begins by repeating a code length', '04e003040000000000040000'),
  refusesOctets('repeat-beyond-the-end', 'whose dynamic block repeats code lengths beyond their number', '04e081000000008020ecef0f0000'),
  refusesOctets('block-without-an-end', 'whose dynamic block has no code for its end', '04e001090000000010f07f75000000'),
  refusesOctets('dynamic-header-cut-off', 'whose dynamic block ends within its codes', 'ece081000000008020ec0f'),
  refusesOctets('noise', 'of 4,096 octets of noise', { corpus: 'noise', length: 4096 }),
  define({
    id: '7692-7.2.2/fault-in-the-first-fragment', does: 'Sends a compressed message in three fragments, the first of which is no DEFLATE.',
    expects: REFUSED, requirements: ['7692-7.2.2-1'], opening: COMPRESSED, outcomes: fails(CORRUPT), survives: true,
    steps: [{ send: [deflatedBinary('ffff', { fin: false }), continuation(hex(HELLO), { fin: false }), continuation(hex('00'))] }, FAILS],
  }),
  define({
    id: '7692-7.2.2/fault-behind-a-message', does: 'Sends "Hello" compressed, and then what is no DEFLATE.', expects: REFUSED,
    requirements: ['7692-7.2.2-1'], opening: COMPRESSED, outcomes: fails(CORRUPT, { maybe: sawText('Hello') }), survives: true,
    steps: [{ send: [deflatedText(HELLO), deflatedBinary('ffff'), deflatedText(HELLO)] }, FAILS],
  }),
];

/** What many inflaters do not look at: told, with what they make of it. */
function overlooks(id: string, told: Told, payload: string, made: string, because: string): Case {
  return define({
    id, ...told, opening: COMPRESSED, steps: [{ send: [deflatedBinary(payload)] }, { await: 1 }, CLOSES], survives: true,
    outcomes: [...fails(CORRUPT), informational(because, sawBinary(hex(made)), ...CLEAN)],
  });
}

const CUT_OFF: readonly Case[] = [
  overlooks('7692-7.2.2/codes-cut-off', {
    does: 'Sends a compressed message that ends within a block: the octets 0000ffff behind it are then read as codes.',
    expects: REFUSED, requirements: ['7692-7.2.2-1'],
  }, 'f248cd', '486568', 'It does not ask whether the last block has ended, and what it echoes was never sent.'),
  overlooks('7692-7.2.2/stored-octets-cut-off', {
    does: 'Sends a stored block of ten octets of which five are there: the octets 0000ffff behind it are then taken for four more.',
    expects: REFUSED, requirements: ['7692-7.2.2-1'],
  }, '000a00f5ff48656c6c6f', '48656c6c6f0000ffff', 'It does not ask whether the last block has ended, and what it echoes was never sent.'),
  define({
    id: '7692-7.2.2/fault-behind-a-final-block', does: 'Sends "Hello" in a block with BFINAL, and behind it an octet that begins no block.',
    expects: REFUSED, requirements: ['7692-7.2.2-1', '7692-7.2.1-5'], opening: COMPRESSED, survives: true,
    steps: [{ send: [deflatedBinary('f348cdc9c90700ff')] }, { await: 1 }, CLOSES],
    outcomes: [
      ...fails(CORRUPT),
      nonStrict('It does not look at what stands behind a final block (BFINAL).', sawBinary('Hello'), ...CLEAN),
    ],
  }),
];

// ---- text that is not UTF-8 ---------------------------------------------------------------------------------------------------------

function refusesText(name: string, does: string, ...sends: readonly FrameItem[]): Case {
  return define({
    id: `7692-6.1/${name}`, does, expects: 'The connection is failed with 1007: text has to be UTF-8 once it is inflated.',
    requirements: ['7692-6.1-7', '6455-8.1-1'], opening: COMPRESSED, steps: [{ send: sends }, FAILS], outcomes: fails(1007),
  });
}

const NOT_UTF8: readonly Case[] = [
  refusesText('octet-ff-inside', 'Sends a compressed text that inflates to the octet ff.', deflatedText('fa0f00')),
  refusesText('overlong-inside', 'Sends a compressed text that inflates to NUL in two octets.', deflatedText('3ad00000')),
  refusesText('surrogate-inside', 'Sends a compressed text that inflates to half a surrogate pair.', deflatedText('7abba00100')),
  refusesText('beyond-unicode-inside', 'Sends a compressed text that inflates to a number beyond Unicode.', deflatedText('fa32a1a10100')),
  refusesText('letter-cut-off-inside', 'Sends a compressed text that inflates to "Hello" and half a letter.',
    deflatedText('f248cdc9c93f0700')),
  refusesText('fault-inside-a-later-fragment', 'Sends a compressed text in fragments of one octet that ends with half a surrogate pair.',
    deflatedText('f248cdc9', { fin: false }), continuation(hex('c9d73db4d5e1f0fcc3db0e2f39bce7f082c30b7543'), { fin: false }),
    continuation(hex('43dc742dde2e680000'))),
  define({
    id: '7692-6.1/binary-is-anything', does: 'Sends the same octets that are no text, compressed, as binary.', expects: 'They come back.',
    requirements: ['7692-6.1-7'], opening: COMPRESSED, steps: [{ send: [deflatedBinary('fa0f00'), binary(hex('ff'))] }, { await: 2 }, CLOSES],
    outcomes: [passesCleanly(sawBinary(hex('ff')), sawBinary(hex('ff')))],
  }),
];

export const COMPRESSION_FAULTS: readonly Case[] = [...BITS, ...NO_DEFLATE, ...CUT_OFF, ...NOT_UTF8];
