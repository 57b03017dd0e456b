// Compressed messages as RFC 7692 lets them be: every kind of block, every cut, and what may stand between them. The payloads are DEFLATE
// already, octet by octet, because no compressor makes most of them.

import type { Case, Item, Opening, Outcome, Pattern, SubjectRole } from '../case.ts';
import {
  binary, CLEAN, CLOSES, continuation, define, hex, informational, message, nonStrict, passesCleanly, ping, pong, sawBinary, sawPong, sawText,
  text,
} from '../write.ts';
import { COMPRESSED, CORRUPT, deflatedBinary, deflatedText, HELLO, HELLO_AGAIN, PLAIN, WITH_HISTORY } from './compression-words.ts';

interface Told {
  readonly does: string;
  readonly expects: string;
  readonly requirements: readonly string[];
  readonly opening?: Opening;
  readonly roles?: readonly SubjectRole[];
  readonly split?: number;
}

/** What is sent, and what comes back of it before the closing handshake; and what else may be seen. */
function echo(id: string, told: Told, sends: readonly Item[], sees: readonly Pattern[], ...others: readonly Outcome[]): Case {
  const { split, ...more } = told;
  const count = sees.reduce((sum, seen) => sum + (typeof seen === 'object' && 'anyOrder' in seen ? seen.anyOrder.length : 1), 0);
  return define({
    id, opening: COMPRESSED, ...more,
    steps: [{ send: sends, ...split !== undefined && { split } }, { await: count }, CLOSES],
    outcomes: [passesCleanly(...sees), ...others],
  });
}

/** It fails, where the field differs: told, and blamed on nobody. */
function mayFail(because: string, ...before: readonly Pattern[]): Outcome {
  return nonStrict(because, ...before, { maybe: 'close' }, 'end');
}

/** A Pong may overtake the echo of what stands before its Ping, and the other way round (RFC 6455 §5.5.2). */
const inAnyOrder = (...sees: readonly Pattern[]): readonly Pattern[] => [{ anyOrder: sees }];

const SAW_HELLO = sawText('Hello');
const DECODES = ['7692-6.2-1', '7692-7.2.2-1'];
const KEEPS_HISTORY = ['7692-7.1.1.2-7', '7692-7.2.2-3', '7692-7.2.2-5'];

/** The last octets of each ask for the next: letters of two, three and four octets, in a block with dynamic codes. */
const GREEK = 'κόσμε, ναῦς 𝄞, ἄγκυρα';
/** Text that DEFLATE answers with codes of its own. */
const SEASIDE = 'a tide, a tied hawser, a tidier tie: a hawser tied at a tide is a hawser that a tide tests, ' +
  'as a seaside is a side that a sea sees';
const SEASIDE_DYNAMIC = '4c8cd109c04008435771804ed06d0206cedf8bd0f5eb9da5ed8768f21ec2329c87a136dd062e7176f4e05ced59a9fb76908d69a1' +
  '1f1a5f9f54aa9e2c2c42afbbafc72c5043dd00';

const BLOCKS: readonly Case[] = [
  echo('7692-7.2.3.1/hello', {
    does: 'Sends "Hello" compressed, as one block with fixed codes.', expects: 'The text comes back.',
    requirements: [...DECODES, '7692-6-2', '7692-7.2.1-4'],
  }, [deflatedText(HELLO)], [SAW_HELLO]),
  echo('7692-7.2.3.3/stored-block', {
    does: 'Sends "Hello" in a stored block, with RSV1 because DEFLATE was applied.', expects: 'The text comes back.',
    requirements: [...DECODES, '7692-7.2.3.3-1', '7692-7.2.1-4'],
  }, [deflatedText('000500faff48656c6c6f00')], [SAW_HELLO]),
  echo('7692-7.2.1/dynamic-block', {
    does: 'Sends a text in one block with dynamic codes.', expects: 'The text comes back.', requirements: [...DECODES, '7692-7.2.1-4'],
  }, [deflatedText(SEASIDE_DYNAMIC)], [sawText(SEASIDE)]),
  echo('7692-7.2.3.5/two-blocks', {
    does: 'Sends "Hello" in two blocks with an empty stored one between them.', expects: 'The text comes back.',
    requirements: [...DECODES, '7692-7.2.1-3'],
  }, [deflatedText('f24805000000ffffcac9c90700')], [SAW_HELLO]),
  echo('7692-7.2.1/blocks-of-all-types', {
    does: 'Sends one message as a stored block, a block with fixed codes and one with dynamic codes.',
    expects: 'The text comes back in one piece.',
    requirements: [...DECODES, '7692-7.2.1-3', '7692-7.2.1-4'],
  }, [deflatedText('000700f8ff48656c6c6f2c202acf2fca49b15600108087040000000082b05507f83f8a440c')], [sawText('Hello, world; banana')]),
  echo('7692-7.2.1/empty-blocks-before', {
    does: 'Sends "Hello" behind an empty block with fixed codes and an empty stored one.', expects: 'The text comes back.',
    requirements: [...DECODES, '7692-7.2.1-3'],
  }, [deflatedText('02000000fffff248cdc9c90700')], [SAW_HELLO]),
  echo('7692-7.2.2/match-that-overlaps-itself', {
    does: 'Sends a text that refers to itself: a match that is longer than its distance.', expects: 'The text comes back, repeated.',
    requirements: DECODES,
  }, [deflatedText('4a4c4a86220000'), deflatedText('4a1c050000')], [sawText('abcabcabca'), sawText({ repeat: '61', length: 259 })]),
  echo('7692-6/binary', {
    does: 'Sends five octets that are not UTF-8, compressed, as binary.', expects: 'The same octets come back as binary.',
    requirements: [...DECODES, '7692-6.1-6'],
  }, [deflatedBinary('000500fafffffefdfcfb00')], [sawBinary(hex('fffefdfcfb'))]),
  echo('7692-7.2.3.6/empty-message', {
    does: 'Sends an empty text and an empty binary message, each compressed to the one octet 00.', expects: 'Two empty messages come back.',
    requirements: [...DECODES, '7692-7.2.3.6-1'],
  }, [deflatedText('00'), deflatedBinary('00')], [sawText(''), sawBinary(hex(''))]),
  echo('7692-7.2.3.6/empty-message-by-fixed-codes', {
    does: 'Sends an empty text as a block with fixed codes that holds nothing but its end.', expects: 'An empty text comes back.',
    requirements: DECODES,
  }, [deflatedText('0200')], [sawText('')]),
];

const FINAL_BLOCKS: readonly Case[] = [
  echo('7692-7.2.3.4/final-block', {
    does: 'Sends "Hello" in a block with BFINAL, and the octet of an empty stored block behind it.', expects: 'The text comes back.',
    requirements: [...DECODES, '7692-7.2.1-2', '7692-7.2.1-5', '7692-7.2.1-6'],
  }, [deflatedText('f348cdc9c9070000')], [SAW_HELLO]),
  echo('7692-7.2.1/final-stored-block', {
    does: 'Sends "Hello" in a stored block with BFINAL, and the octet of an empty stored block behind it.', expects: 'The text comes back.',
    requirements: [...DECODES, '7692-7.2.1-2', '7692-7.2.1-5'],
  }, [deflatedText('010500faff48656c6c6f00')], [SAW_HELLO]),
  echo('7692-7.2.1/empty-final-block', {
    does: 'Sends an empty text as an empty block with BFINAL, and the octet of an empty stored block behind it.',
    expects: 'An empty text comes back.',
    requirements: [...DECODES, '7692-7.2.1-2', '7692-7.2.1-5'],
  }, [deflatedText('030000')], [sawText('')]),
  echo('7692-7.2.1/empty-final-block-alone', {
    does: 'Sends an empty text as an empty block with BFINAL and nothing behind it, as some compressors end.',
    expects: 'An empty text comes back.', requirements: [...DECODES, '7692-7.2.1-5'],
  }, [deflatedText('0300')], [sawText('')],
  mayFail('It insists on the empty stored block, which some compressors leave out behind a final one.')),
  echo('7692-7.2.1/blocks-behind-a-final-block', {
    does: 'Sends one message in two blocks of "Hello" each, the first of them with BFINAL.',
    expects: '"HelloHello" comes back: BFINAL ends no message.', requirements: [...DECODES, '7692-7.2.1-5', '7692-7.2.1-6'],
  }, [deflatedText('f348cdc9c90700f248cdc9c90700')], [sawText('HelloHello')],
  mayFail('Blocks behind a final one (BFINAL) are legal, and it fails on them: its inflater takes BFINAL for the end of all.'),
  nonStrict('What stands behind a final block (BFINAL) is legal, and it is lost without a word.', SAW_HELLO, ...CLEAN)),
  echo('7692-7.2.2/history-behind-a-final-block', {
    does: 'Sends "Hello" in a block with BFINAL, and a second message that refers to it.',
    expects: '"Hello" comes back twice: BFINAL ends no history.', requirements: [...DECODES, ...KEEPS_HISTORY, '7692-7.2.1-5'],
    opening: WITH_HISTORY,
  }, [deflatedText('f348cdc9c9070000'), deflatedText(HELLO_AGAIN)], [SAW_HELLO, SAW_HELLO],
  mayFail('The history is lost behind a final block (BFINAL): its inflater is made anew there.', { maybe: SAW_HELLO }),
  nonStrict('What follows a message with a final block (BFINAL) is lost without a word.', SAW_HELLO, sawText(''), ...CLEAN)),
];

/** A compressed payload, an octet a frame. */
function octetByOctet(payload: string): readonly Item[] {
  const octets = payload.match(/../g) ?? [];
  return octets.map((octet, at) => {
    const fin = at === octets.length - 1;
    return at === 0 ? deflatedText(octet, { fin }) : continuation(hex(octet), { fin });
  });
}

const FRAGMENTS: readonly Case[] = [
  echo('7692-7.2.3.1/hello-in-two-fragments', {
    does: 'Sends "Hello" compressed, its payload cut in two.', expects: 'The text comes back.', requirements: [...DECODES, '7692-7.2.1-7'],
  }, [deflatedText('f248cd', { fin: false }), continuation(hex('c9c90700'))], [SAW_HELLO]),
  echo('7692-7.2.3.6/last-octet-alone', {
    does: 'Sends "Hello" compressed, the last octet in a fragment of its own.', expects: 'The text comes back.',
    requirements: [...DECODES, '7692-7.2.3.6-1'],
  }, [deflatedText('f248cdc9c907', { fin: false }), continuation(hex('00'))], [SAW_HELLO]),
  echo('7692-7.2.1/fragment-that-keeps-its-end', {
    does: 'Sends two fragments that were compressed one after the other: the first keeps 0000ffff, the second refers to it.',
    expects: '"HelloHello" comes back.', requirements: [...DECODES, '7692-7.2.1-8'],
  }, [deflatedText('f248cdc9c907000000ffff', { fin: false }), continuation(hex(HELLO_AGAIN))], [sawText('HelloHello')]),
  echo('7692-7.2.1/octet-by-octet', {
    does: 'Sends a compressed text with an octet in each frame.', expects: 'The text comes back.', requirements: [...DECODES, '7692-7.2.1-7'],
  }, octetByOctet(SEASIDE_DYNAMIC), [sawText(SEASIDE)]),
  echo('7692-7.2.1/empty-fragments', {
    does: 'Sends "Hello" compressed with an empty fragment at its beginning, in its middle and at its end.', expects: 'The text comes back.',
    requirements: [...DECODES, '7692-7.2.1-7'],
  }, [
    deflatedText('', { fin: false }), continuation(hex('f248cd'), { fin: false }), continuation('', { fin: false }),
    continuation(hex('c9c90700'), { fin: false }), continuation(''),
  ], [SAW_HELLO]),
  echo('7692-7.2.1/empty-last-fragment-of-many', {
    does: 'Sends 2,000 octets of prose compressed, in frames of one octet, and an empty frame at the end.', expects: 'The text comes back.',
    requirements: [...DECODES, '7692-7.2.1-7'],
  }, [message('text', { corpus: 'prose', length: 2000 }, { compressed: true, fragment: 1 })], [sawText({ corpus: 'prose', length: 2000 })]),
  echo('7692-6.1/letters-cut-by-fragments', {
    does: 'Sends a text of letters of two, three and four octets compressed, an octet in each frame and in each write.',
    expects: 'The text comes back: neither compressed payload nor fragments have to be UTF-8.',
    requirements: [...DECODES, '7692-6.1-7'], split: 1,
  }, octetByOctet(
    '002900d6ffcebacf8ccf83cebcceb52c20cebdceb1e1bfa6cf8220f09d849e2c20e1bc84ceb3cebacf85cf81ceb100'), [sawText(GREEK)]),
  echo('7692-6.1/letter-cut-by-blocks', {
    does: 'Sends one letter of two octets, each in a block and a fragment of its own.', expects: 'The letter comes back.',
    requirements: [...DECODES, '7692-6.1-7'],
  }, [deflatedText('000100feffce', { fin: false }), continuation(hex('000100feffba00'))], [sawText('κ')]),
  echo('7692-7.2.1/one-octet-a-write', {
    does: 'Sends a compressed message, a Ping and a compressed message with an octet in each write.',
    expects: 'Message, Pong and message come back.',
    requirements: [...DECODES, '7692-6-1'], split: 1,
  }, [deflatedText(SEASIDE_DYNAMIC), ping('between'), deflatedText(HELLO)], inAnyOrder(sawText(SEASIDE), sawPong('between'), SAW_HELLO)),
];

const BETWEEN: readonly Case[] = [
  echo('7692-6/uncompressed-message', {
    does: 'Sends "Hello" uncompressed although compression was agreed on.', expects: 'The text comes back.',
    requirements: ['7692-6-3', '7692-6.2-2'],
  }, [text('Hello')], [SAW_HELLO]),
  echo('7692-6/uncompressed-fragments', {
    does: 'Sends a binary message in two fragments without RSV1, whose payload would be DEFLATE.', expects: 'The payload comes back as it is.',
    requirements: ['7692-6-3', '7692-6.2-2'],
  }, [binary(hex('f248cd'), { fin: false }), continuation(hex('c9c90700'))], [sawBinary(hex(HELLO))]),
  echo('7692-7.2.3.2/without-reference', {
    does: 'Sends "Hello" twice, each compressed by itself.', expects: '"Hello" comes back twice.', requirements: DECODES,
  }, [deflatedText(HELLO), deflatedText(HELLO)], [SAW_HELLO, SAW_HELLO]),
  echo('7692-6/ping', {
    does: 'Sends a Ping whose payload would be DEFLATE, and a compressed message.', expects: 'A Pong with the same payload, and the text.',
    requirements: ['7692-6-1'],
  }, [ping(hex(HELLO)), deflatedText(HELLO)], inAnyOrder(sawPong(hex(HELLO)), SAW_HELLO)),
  echo('7692-6/ping-between-fragments', {
    does: 'Sends a Ping and a Pong between the fragments of a compressed message.', expects: 'A Pong and the text.',
    requirements: [...DECODES, '7692-6-1'],
  }, [deflatedText('f248cd', { fin: false }), ping('between'), pong('unasked'), continuation(hex('c9c90700'))],
  inAnyOrder(sawPong('between'), SAW_HELLO)),
  define({
    id: '7692-5/nothing-without-agreement', does: 'Agrees on no compression, and sends 4,000 octets of prose.',
    expects: 'The text comes back uncompressed.', requirements: ['7692-5-16', '6455-9.1-7'],
    steps: [{ send: [message('text', { corpus: 'prose', length: 4000 })] }, { await: 1 }, CLOSES],
    outcomes: [passesCleanly(sawText({ corpus: 'prose', length: 4000 }))],
  }),
];

const EMPTY_PAYLOAD: Case = echo('7692-7.2.3.6/empty-payload-with-rsv1', {
  does: 'Sends a text with RSV1 and no payload at all: not even the octet of an empty block.',
  expects: 'An empty text comes back, or the connection is failed.', requirements: DECODES,
}, [deflatedText('')], [sawText('')],
informational('It refuses a compressed message without any octet, which is no DEFLATE to the letter.', { maybe: { close: CORRUPT } }, 'end'));

const HISTORY: readonly Case[] = [
  echo('7692-7.2.3.2/by-reference', {
    does: 'Sends "Hello" compressed, and a second message that refers to it.', expects: '"Hello" comes back twice.',
    requirements: [...DECODES, ...KEEPS_HISTORY, '7692-7.2.1-11', '7692-7.2.1-14'], opening: WITH_HISTORY,
  }, [deflatedText(HELLO), deflatedText(HELLO_AGAIN)], [SAW_HELLO, SAW_HELLO]),
  echo('7692-7.2.3.2/uncompressed-message-between', {
    does: 'Sends "Hello" compressed, "World" uncompressed, and a message that refers to the first.',
    expects: '"Hello", "World" and "Hello" come back.',
    requirements: [...DECODES, ...KEEPS_HISTORY, '7692-7.2.3.2-1'], opening: WITH_HISTORY,
  }, [deflatedText(HELLO), text('World'), deflatedText(HELLO_AGAIN)], [SAW_HELLO, sawText('World'), SAW_HELLO]),
  echo('7692-7.2.2/history-behind-an-empty-message', {
    does: 'Sends "Hello", an empty message, and one that refers to the first, all compressed.', expects: 'All three come back.',
    requirements: [...DECODES, ...KEEPS_HISTORY], opening: WITH_HISTORY,
  }, [deflatedText(HELLO), deflatedBinary('00'), deflatedText(HELLO_AGAIN)], [SAW_HELLO, sawBinary(hex('')), SAW_HELLO]),
  echo('7692-7.2.2/history-of-fragments', {
    does: 'Sends "Hello" in fragments with a Ping between them, and a fragmented message that refers to it.',
    expects: 'A Pong, and "Hello" twice.',
    requirements: [...DECODES, ...KEEPS_HISTORY], opening: WITH_HISTORY,
  }, [
    deflatedText('f248cd', { fin: false }), ping('between'), continuation(hex('c9c90700')),
    deflatedText('f200', { fin: false }), continuation(hex('110000')),
  ], inAnyOrder(sawPong('between'), SAW_HELLO, SAW_HELLO)),
  echo('7692-7.2.2/history-of-stored-octets', {
    does: 'Sends "Hello" in a stored block, as binary, and a text that refers to it.', expects: '"Hello" comes back as binary and as text.',
    requirements: [...DECODES, ...KEEPS_HISTORY], opening: WITH_HISTORY,
  }, [deflatedBinary('000500faff48656c6c6f00'), deflatedText(HELLO_AGAIN)], [sawBinary('Hello'), SAW_HELLO]),
  echo('7692-7.2.2/history-though-a-hint-said-none', {
    does: 'Offers client_no_context_takeover; where the server does not take it up, sends "Hello" and a message that refers to it.',
    expects: '"Hello" comes back twice: what was offered and not agreed on binds nobody.',
    requirements: [...DECODES, '7692-7.1.1.2-4', '7692-7.2.1-12', '7692-7.2.2-6'],
    opening: { offer: `${PLAIN}; client_no_context_takeover`, needsCompression: { takeover: true } }, roles: ['server'],
  }, [deflatedText(HELLO), deflatedText(HELLO_AGAIN)], [SAW_HELLO, SAW_HELLO]),
];

export const COMPRESSION_DATA: readonly Case[] = [
  ...BLOCKS, ...FINAL_BLOCKS, ...FRAGMENTS, ...BETWEEN, EMPTY_PAYLOAD, ...HISTORY,
];
