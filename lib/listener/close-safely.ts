// The close code and reason that may be sent instead of those that were asked for: for who passes on what it was told (§7.4, §5.5).

import { MAX_REASON_LENGTH } from '../core/wire/close-body.ts';
import { isCloseCodeOnWire, NO_STATUS_RECEIVED } from '../core/wire/close-code.ts';

const NORMAL_CLOSURE = 1000;
const INTERNAL_ERROR = 1011;

/** `code` if it may be sent; 1000 for "no code" (1005); 1011 for the rest, which says that something went wrong. */
export function sendableCode(code: number): number {
  if (isCloseCodeOnWire(code)) return code;
  return code === NO_STATUS_RECEIVED ? NORMAL_CLOSURE : INTERNAL_ERROR;
}

/** As much of `reason` as fits 123 bytes of UTF-8, cut between two characters. */
export function fittingReason(reason: string): string {
  let length = 0;
  let end = 0;
  for (const character of reason) {
    const point = character.codePointAt(0) as number; // a character has one
    length += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4; // an unpaired surrogate goes out as U+FFFD, three bytes
    if (length > MAX_REASON_LENGTH) break;
    end += character.length;
  }
  return reason.slice(0, end);
}
