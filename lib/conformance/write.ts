// Words to write cases with: items, patterns, and the outcomes that recur. Everything here only abbreviates the data of case.ts.

import type {
  AgainItem, Case, CorpusName, FrameItem, Item, MessageItem, Outcome, Pattern, Payload, Split, Step, SubjectRole,
} from './case.ts';

export const BOTH: readonly SubjectRole[] = ['server', 'client'];

/** A string is text, everything else a payload as it is. */
type Content = Payload | string;

export function payloadOf(content: Content): Payload {
  return typeof content === 'string' ? { text: content } : content;
}

export function hex(digits: string): Payload {
  return { hex: digits.replaceAll(' ', '') };
}

/** `length` octets of `octet`, by default a star. */
export function filled(length: number, octet: string = '2a'): Payload {
  return { repeat: octet, length };
}

/** `length` octets of generated content, from its beginning. */
export function stretch(corpus: CorpusName, length: number): Payload {
  return { corpus, length };
}

// ---- items ------------------------------------------------------------------------------------------------------------------------

type More = Omit<FrameItem, 'frame' | 'payload'>;

export function frame(opcode: number, content: Content = hex(''), more: More = {}): FrameItem {
  return { frame: opcode, payload: payloadOf(content), ...more };
}

export const text = (content: Content = hex(''), more?: More): FrameItem => frame(1, content, more);
export const binary = (content: Content = hex(''), more?: More): FrameItem => frame(2, content, more);
export const continuation = (content: Content = hex(''), more?: More): FrameItem => frame(0, content, more);
export const ping = (content: Content = hex(''), more?: More): FrameItem => frame(9, content, more);
export const pong = (content: Content = hex(''), more?: More): FrameItem => frame(10, content, more);

/** A Close frame with a code, and perhaps a reason; null is one without body. */
export function close(code: number | null, reason: Content = hex(''), more?: More): FrameItem {
  if (code === null) return frame(8, hex(''), more);
  return frame(8, { parts: [{ hex: code.toString(16).padStart(4, '0') }, payloadOf(reason)] }, more);
}

export function message(kind: 'text' | 'binary', content: Content, more: Omit<MessageItem, 'message' | 'payload'> = {}): MessageItem {
  return { message: kind, payload: payloadOf(content), ...more };
}

export function again(times: number, ...items: readonly Item[]): AgainItem {
  return { again: items, times };
}

// ---- patterns and outcomes --------------------------------------------------------------------------------------------------------

export const sawText = (content: Content): Pattern => ({ text: payloadOf(content) });
export const sawBinary = (content: Content): Pattern => ({ binary: payloadOf(content) });
export const sawPong = (content: Content): Pattern => ({ pong: payloadOf(content) });

export const sawAgain = (times: number, ...sees: readonly Pattern[]): Pattern => ({ again: sees, times });

/** The closing handshake that the tester began with 1000: answered by 1000 or by an empty Close, and then the end. */
export const CLEAN: readonly Pattern[] = [{ close: [1000, null] }, 'end'];

/** Just this is seen, and it is right. */
export function passes(...sees: readonly Pattern[]): Outcome {
  return { grade: 'pass', sees };
}

/** Just this is seen, then the closing handshake that the tester begins. */
export function passesCleanly(...sees: readonly Pattern[]): Outcome {
  return passes(...sees, ...CLEAN);
}

export function nonStrict(because: string, ...sees: readonly Pattern[]): Outcome {
  return { grade: 'non-strict', sees, because };
}

export function informational(because: string, ...sees: readonly Pattern[]): Outcome {
  return { grade: 'informational', sees, because };
}

/**
 * The subject fails the connection (§7.1.7), after what it did before: a Close with one of `codes`, or none, since that is a SHOULD which has a
 * case of its own; then the end. Another code is non-strict.
 */
export function fails(codes: number | readonly number[], ...before: readonly Pattern[]): readonly Outcome[] {
  const allowed = typeof codes === 'number' ? [codes] : codes;
  return [
    passes(...before, { close: allowed }, 'end'),
    passes(...before, 'end'),
    nonStrict(`The connection is failed with another status code than ${allowed.join(' or ')}.`, ...before, 'close', 'end'),
  ];
}

/**
 * As `fails`, after what it did before; or without `before`, which is non-strict: it was due, but the RFC does not say that an application has
 * its turn between two frames that arrive together.
 */
export function failsBehind(codes: number | readonly number[], ...before: readonly Pattern[]): readonly Outcome[] {
  return [
    ...fails(codes, ...before),
    nonStrict('The connection is failed before what came ahead of the bad frame is answered.', { maybe: 'close' }, 'end'),
  ];
}

/**
 * A Close frame that is wrong itself is refused: with one of `codes`, or without a Close. Any other code would be an answer to it, and an
 * empty Close cannot be told from one.
 */
export function refuses(...codes: readonly number[]): readonly Outcome[] {
  return [
    passes({ close: codes }, 'end'),
    passes('end'),
    nonStrict('The Close frame is answered without a status code, so that nobody can tell whether it was refused.', { close: [null] }, 'end'),
  ];
}

// ---- cases ------------------------------------------------------------------------------------------------------------------------

/** A case, with what most cases have left out: both roles, the tester opens, no aliases. */
export type CaseDraft = Pick<Case, 'id' | 'does' | 'expects' | 'requirements' | 'steps' | 'outcomes'> & Partial<Case>;

export function define(draft: CaseDraft): Case {
  const section = draft.id.slice(0, draft.id.indexOf('/'));
  return { aliases: [], section, roles: BOTH, opening: {}, ...draft };
}

export const CLOSES: Step = { finish: 'close' };
export const FAILS: Step = { finish: 'fail' };

type Play = Pick<Case, 'steps' | 'outcomes'>;

/** `items` are sent, just `sees` is the answer, and the closing handshake follows. */
export function answered(items: readonly Item[], sees: readonly Pattern[], split?: Split): Play {
  return { steps: [sends(items, split), { await: sees.length }, CLOSES], outcomes: [passesCleanly(...sees)] };
}

/** `items` are sent, and the subject closes or ends by itself. */
export function ended(items: readonly Item[], outcomes: readonly Outcome[], split?: Split): Play {
  return { steps: [sends(items, split), FAILS], outcomes };
}

export function sends(items: readonly Item[], split?: Split): Step {
  return { send: items, ...split !== undefined && { split } };
}
