// The registry of close codes (§7.4, §11.7, and IANA's additions 1012–1014) and the two questions about one: may it be sent, and
// may it be received. Knows nothing of frames. 1004, 1005, 1006 and 1015 never appear on the wire in either direction.

/** A code, or a range of codes with one meaning. */
export interface CloseCodeRange {
  readonly from: number;
  readonly to: number;
  readonly name: string;
  readonly section: string;
  /** Whether a Close frame may carry it: one answer for both directions, because what may be sent may be received. */
  readonly onWire: boolean;
}

export const NORMAL_CLOSURE = 1000;
export const GOING_AWAY = 1001;
export const PROTOCOL_ERROR = 1002;
export const NO_STATUS_RECEIVED = 1005;
export const ABNORMAL_CLOSURE = 1006;

function range(from: number, to: number, name: string, section: string, onWire: boolean): CloseCodeRange {
  return Object.freeze({ from, to, name, section, onWire });
}

/** Every 16-bit number exactly once, in order. */
export const CLOSE_CODES: readonly CloseCodeRange[] = Object.freeze([
  range(0, 999, 'unused', '§7.4.2', false),
  range(1000, 1000, 'Normal Closure', '§7.4.1', true),
  range(1001, 1001, 'Going Away', '§7.4.1', true),
  range(1002, 1002, 'Protocol Error', '§7.4.1', true),
  range(1003, 1003, 'Unsupported Data', '§7.4.1', true),
  range(1004, 1004, 'Reserved', '§7.4.1', false),
  range(1005, 1005, 'No Status Received', '§7.4.1', false),
  range(1006, 1006, 'Abnormal Closure', '§7.4.1', false),
  range(1007, 1007, 'Invalid Frame Payload Data', '§7.4.1', true),
  range(1008, 1008, 'Policy Violation', '§7.4.1', true),
  range(1009, 1009, 'Message Too Big', '§7.4.1', true),
  range(1010, 1010, 'Mandatory Extension', '§7.4.1', true),
  range(1011, 1011, 'Internal Error', '§7.4.1', true),
  range(1012, 1012, 'Service Restart', 'IANA', true),
  range(1013, 1013, 'Try Again Later', 'IANA', true),
  range(1014, 1014, 'Bad Gateway', 'IANA', true),
  range(1015, 1015, 'TLS Handshake', '§7.4.1', false),
  range(1016, 2999, 'unassigned', '§7.4.2', false),
  range(3000, 3999, 'registered for libraries and applications', '§7.4.2', true),
  range(4000, 4999, 'private use', '§7.4.2', true),
  range(5000, 65535, 'undefined', '§7.4.2', false),
]);

/** Whether a Close frame may carry `code` (§7.4): asked of what arrives and of what an application wants to send. */
export function isCloseCodeOnWire(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  if (code < 3000) {
    return code >= 1000 && code <= 1014 && code !== 1004 && code !== NO_STATUS_RECEIVED && code !== ABNORMAL_CLOSURE;
  }
  return code <= 4999;
}

/**
 * The row that holds `code`.
 *
 * @throws RangeError when `code` is not an integer in 0…65535
 */
export function describeCloseCode(code: number): CloseCodeRange {
  const found = CLOSE_CODES.find(({ from, to }) => code >= from && code <= to);
  if (found === undefined || !Number.isInteger(code)) throw new RangeError(`a close code is an integer in 0…65535, found ${code}`);
  return found;
}
