// The two start lines of HTTP/1.1 (RFC 9112 §3, §4), and in what else a request's head is read differently from a response's.
//
// Law: grammar only, and strict: single spaces, no repairs (§3.2: an invalid request line is not corrected). Which method, target
// and version make an opening handshake is for the judges. The one leniency is a status line without the space after its code.

import { isDecimal, isDigit, isFieldCode, isToken } from './ascii.ts';
import { quote, Refusal } from './refusal.ts';
import type { RefusalName } from './refusal.ts';

/** `method SP request-target SP HTTP-version`. */
export interface RequestLine {
  readonly method: string;
  readonly target: string;
  /** The digits of the HTTP version, e.g. `1.1`. */
  readonly version: string;
}

/** `HTTP-version SP status-code SP [reason-phrase]`. */
export interface StatusLine {
  /** The digits of the HTTP version, e.g. `1.1`. */
  readonly version: string;
  readonly status: number;
  /** Empty when there is none. It says nothing (RFC 9112 §4). */
  readonly reason: string;
}

/** How a head of one kind is read. */
export interface HeadGrammar<StartLine> {
  /** How many empty lines before the start line are ignored (RFC 9112 §2.2). */
  readonly emptyLines: number;
  /** Whether a folded line continues the value (RFC 9112 §5.2) or ends everything. */
  readonly unfolds: boolean;
  /** The rule broken by an octet that `allows` does not let into the start line. */
  readonly malformed: RefusalName;
  allows(octet: number): boolean;
  /** The rule broken by a start line that passes a limit, given what was read of it. */
  tooLong(line: string): RefusalName | null;
  parse(line: string): StartLine | Refusal;
}

const EMPTY_LINES = 4;

/** The digits of `text`, the part of `line` that should be an HTTP-version. */
function parseVersion(text: string, line: string): string | Refusal {
  const wellFormed = text.length === 8 && text.startsWith('HTTP/') && text.charAt(6) === '.' &&
    isDigit(text.charCodeAt(5)) && isDigit(text.charCodeAt(7));
  return wellFormed ? text.slice(5) : new Refusal('HTTP_VERSION_MALFORMED', 'HTTP/1.1', quote(line));
}

/** A request's head: folded lines are refused. */
export const requestGrammar: HeadGrammar<RequestLine> = {
  emptyLines: EMPTY_LINES,
  unfolds: false,
  malformed: 'REQUEST_LINE_MALFORMED',
  allows: (octet) => octet >= 0x20 && octet < 0x7f,
  // A method longer than any that is implemented is 501, a target too long is 414 (RFC 9112 §3).
  tooLong: (line) => (line.includes(' ') ? 'TARGET_TOO_LONG' : 'METHOD_UNKNOWN'),
  parse(line) {
    const [method = '', target = '', version, more] = line.split(' ', 4);
    if (version === undefined || more !== undefined || !isToken(method) || target === '') {
      return new Refusal('REQUEST_LINE_MALFORMED', 'three parts with single spaces between them', quote(line));
    }
    const digits = parseVersion(version, line);
    return digits instanceof Refusal ? digits : { method, target, version: digits };
  },
};

/** A response's head: folded lines are unfolded, as §5.2 wants of a user agent. */
export const responseGrammar: HeadGrammar<StatusLine> = {
  emptyLines: 0,
  unfolds: true,
  malformed: 'STATUS_LINE_MALFORMED',
  allows: isFieldCode,
  tooLong: () => null,
  parse(line) {
    const digits = parseVersion(line.slice(0, 8), line);
    if (digits instanceof Refusal) return digits;
    const code = line.slice(9, 12);
    const separated = line.charAt(8) === ' ' && (line.length === 12 || line.charAt(12) === ' ');
    if (!separated || code.length !== 3 || !isDecimal(code)) {
      return new Refusal('STATUS_LINE_MALFORMED', 'HTTP/1.1, a space and three digits', quote(line));
    }
    return { version: digits, status: Number(code), reason: line.slice(13) };
  },
};
