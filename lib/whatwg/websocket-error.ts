// WebSocketError (WebSocketStream's draft, whatwg/websockets#48): a DOMException that can say a close code and a reason. Thrown at a
// stream it says how to close; rejected by one, how it was closed.

import { checkCloseInfo } from './closing.ts';
import type { CloseInfo } from './closing.ts';
import { define, enforceUnsignedShort, toDictionary, toDOMString, toUSVString } from './idl.ts';

/** What a script says of closing. */
export interface WebSocketCloseInfo {
  closeCode?: number;
  reason?: string;
}

/** The dictionary as a Close frame says it. @throws TypeError for what is none; DOMException as close() */
export function toCloseInfo(value: WebSocketCloseInfo | null | undefined): CloseInfo {
  const { closeCode, reason = '' } = toDictionary('closeInfo', value);
  return checkCloseInfo(closeCode === undefined ? null : enforceUnsignedShort('closeCode', closeCode), toUSVString(reason));
}

let withAnyCode: (message: string, code: number, reason: string) => WebSocketError;

/** An error that says how a connection ended, which is with codes that no script may say. `cause` is why. */
export function endedWith(message: string, code: number, reason: string, cause: unknown): WebSocketError {
  return Object.defineProperty(withAnyCode(message, code, reason), 'cause', { value: cause, configurable: true, writable: true });
}

export class WebSocketError extends DOMException {
  #closeCode: number | null;
  #reason: string;

  /**
   * A reason that is not empty and has no code gets 1000.
   *
   * @throws DOMException InvalidAccessError for a code that is neither 1000 nor 3000–4999, SyntaxError for a reason over 123 bytes
   */
  constructor(message: string = '', init: WebSocketCloseInfo = {}) {
    const { code, reason } = toCloseInfo(init);
    super(toDOMString(message), 'WebSocketError');
    this.#closeCode = code;
    this.#reason = reason;
  }

  static {
    withAnyCode = (message, code, reason) => {
      const error = new WebSocketError(message);
      error.#closeCode = code;
      error.#reason = reason;
      return error;
    };
  }

  get closeCode(): number | null {
    return this.#closeCode;
  }

  get reason(): string {
    return this.#reason;
  }
}
define('WebSocketError', WebSocketError, ['closeCode', 'reason']);
