// The arguments of close() (WHATWG WebSockets §3.1; WebSocketStream has the same): which codes an application may say, how long it may
// talk. Checked before anything else is looked at.

import { NORMAL_CLOSURE } from '../core/wire/close-code.ts';
import { MAX_REASON_LENGTH } from '../core/wire/close-body.ts';
import { nodePlatform } from '../node/platform.ts';
import { syntaxError } from './url.ts';

/** What a Close frame is to say; no code, no body. */
export interface CloseInfo {
  readonly code: number | null;
  readonly reason: string;
}

/**
 * Judges the arguments of close(): the code first, then the reason. A reason without a code, which the steps leave open, gets 1000,
 * since a Close frame has no reason without one (RFC 6455 §5.5.1).
 *
 * @throws DOMException InvalidAccessError for the code, SyntaxError for the reason
 */
export function checkCloseInfo(code: number | null, reason: string): CloseInfo {
  if (code !== null && code !== NORMAL_CLOSURE && (code < 3000 || code > 4999)) {
    throw new DOMException(`a close code is 1000 or 3000 to 4999, found ${code}`, 'InvalidAccessError');
  }
  const length = nodePlatform.utf8Length(reason);
  if (length > MAX_REASON_LENGTH) throw syntaxError(`a close reason has at most ${MAX_REASON_LENGTH} bytes of UTF-8, found ${length}`);
  return { code: code ?? (reason === '' ? null : NORMAL_CLOSURE), reason };
}
