// A position in a field value, and the list rule every handshake field is built from.
//
// Law: one pass, no way back, no regular expression: the work is linear in the length of the value whatever the value is. What is
// wrong comes back as `Malformed`, which says where. RFC 9110 §5.6.1 (lists), §5.6.2 (token), §5.6.4 (quoted-string).

import { isFieldCode, isTokenCode, isWhiteSpace } from './ascii.ts';

const COMMA = 0x2c;
const DQUOTE = 0x22;
const BACKSLASH = 0x5c;

/** §5.6.1.2 wants "a reasonable number" of empty list elements ignored. */
const MAX_EMPTY_ELEMENTS = 16;

/** What a grammar found instead of a value: data, never thrown. */
export class Malformed {
  /** Index into the value, in characters. */
  readonly position: number;
  /** What the grammar wanted there. */
  readonly expected: string;

  constructor(position: number, expected: string) {
    this.position = position;
    this.expected = expected;
  }
}

export class Scanner {
  readonly text: string;
  at: number = 0;

  constructor(text: string) {
    this.text = text;
  }

  get atEnd(): boolean {
    return this.at === this.text.length;
  }

  malformed(expected: string): Malformed {
    return new Malformed(this.at, expected);
  }

  skipWhiteSpace(): void {
    while (isWhiteSpace(this.text.charCodeAt(this.at))) this.at++;
  }

  /** Steps over `code` if it is next. */
  take(code: number): boolean {
    if (this.text.charCodeAt(this.at) !== code) return false;
    this.at++;
    return true;
  }

  /** The token here; empty when there is none. */
  readToken(): string {
    const start = this.at;
    while (isTokenCode(this.text.charCodeAt(this.at))) this.at++;
    return this.text.slice(start, this.at);
  }

  /** The content of the quoted-string here, its quoted-pairs undone (RFC 9110 §5.6.4). The opening quote is next. */
  readQuotedString(): string | Malformed {
    this.at++;
    let content = '';
    while (!this.take(DQUOTE)) {
      this.take(BACKSLASH);
      if (this.atEnd || !isFieldCode(this.text.charCodeAt(this.at))) return this.malformed('the rest of a quoted-string');
      content += this.text.charAt(this.at++);
    }
    return content;
  }

  get atQuote(): boolean {
    return this.text.charCodeAt(this.at) === DQUOTE;
  }
}

/** `1#element` (RFC 9110 §5.6.1): one or more elements between commas; a reasonable number of empty ones is ignored. */
export function parseList<Element>(
  text: string,
  readElement: (scanner: Scanner) => Element | Malformed,
): readonly Element[] | Malformed {
  const scanner = new Scanner(text);
  const elements: Element[] = [];
  let empty = 0;
  for (;;) {
    scanner.skipWhiteSpace();
    if (scanner.take(COMMA)) {
      if (++empty > MAX_EMPTY_ELEMENTS) return scanner.malformed(`no more than ${MAX_EMPTY_ELEMENTS} empty elements`);
      continue;
    }
    if (scanner.atEnd) break;
    const element = readElement(scanner);
    if (element instanceof Malformed) return element;
    elements.push(element);
    scanner.skipWhiteSpace();
    if (scanner.atEnd) break;
    if (!scanner.take(COMMA)) return scanner.malformed('a comma or the end');
  }
  return elements.length === 0 ? scanner.malformed('at least one element') : elements;
}
