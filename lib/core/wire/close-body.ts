// The body of a Close frame (§5.5.1): nothing, or a status code and a reason in UTF-8. The code is judged before the reason.
// Knows no frame and no connection; what it cannot accept it names.

import { NO_STATUS_RECEIVED, describeCloseCode, isCloseCodeOnWire } from './close-code.ts';
import { MAX_CONTROL_PAYLOAD } from './opcode.ts';
import { decodeUtf8, encodeUtf8, isUtf8, utf8Length } from './utf8-text.ts';
import { CLOSE_CODE_NOT_ALLOWED, CLOSE_REASON_NOT_UTF8 } from './violation.ts';
import type { Violation } from './violation.ts';

/** The longest reason, in bytes of UTF-8: a control frame's payload less the status code. */
export const MAX_REASON_LENGTH: number = MAX_CONTROL_PAYLOAD - 2;

/** What a Close frame said, or why it could not be understood. `code` is 1005 when the body was empty (§7.1.5). */
export type CloseBody =
  | { readonly violation: null; readonly code: number; readonly reason: string }
  | { readonly violation: Violation; readonly code: number };

/** Reads `bytes[start, end)`, which is not one byte long (the header rules refuse that earlier). Nothing of `bytes` is kept. */
export function readCloseBody(bytes: Uint8Array, start: number, end: number): CloseBody {
  if (start === end) return { violation: null, code: NO_STATUS_RECEIVED, reason: '' };
  const code = ((bytes[start] as number) << 8) | (bytes[start + 1] as number); // network byte order, §5.5.1
  if (!isCloseCodeOnWire(code)) return { violation: CLOSE_CODE_NOT_ALLOWED, code };
  if (!isUtf8(bytes, start + 2, end)) return { violation: CLOSE_REASON_NOT_UTF8, code };
  return { violation: null, code, reason: decodeUtf8(bytes, start + 2, end) };
}

/**
 * The body that says `code` and `reason`. The caller owns it. An unpaired surrogate in `reason` is written as U+FFFD.
 *
 * @throws TypeError when `code` is not a number or `reason` is not a string
 * @throws RangeError when `code` may not appear on the wire (§7.4), or `reason` is longer than 123 bytes of UTF-8 (§5.5)
 */
export function writeCloseBody(code: number, reason: string): Uint8Array {
  if (typeof code !== 'number') throw new TypeError(`a close code is a number, found ${typeof code}`);
  if (!isCloseCodeOnWire(code)) {
    const why = Number.isInteger(code) && code >= 0 && code <= 0xffff ? describeCloseCode(code).name : 'not a close code';
    throw new RangeError(`close code ${code} (${why}) may not be sent: use 1000–1003, 1007–1014 or 3000–4999 (§7.4)`);
  }
  // Without types, whatever has a length could be sent as that many bytes which nobody wrote.
  if (typeof reason !== 'string') throw new TypeError(`a close reason is a string, found ${typeof reason}`);
  const length = utf8Length(reason);
  if (length > MAX_REASON_LENGTH) {
    throw new RangeError(`a close reason has at most ${MAX_REASON_LENGTH} bytes of UTF-8, found ${length} (§5.5)`);
  }
  const body = new Uint8Array(2 + length);
  body[0] = code >>> 8;
  body[1] = code;
  body.set(encodeUtf8(reason), 2);
  return body;
}
