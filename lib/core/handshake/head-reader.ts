// A linear-time reader of HTTP/1.1 heads (RFC 9112 §2.2, §5), at any chunking.
//
// Law: every octet is looked at once and judged at once: a head is refused at the first octet that proves it wrong or too large,
// and only the line being read is kept as octets. Nothing after the head is consumed. Strict: CR LF and only CR LF ends a line, no
// control character passes. The reader knows no field and no meaning.

import { fromOctets, isFieldCode, isTokenCode, isWhiteSpace, trimWhiteSpace } from './ascii.ts';
import { GrowingOctets } from './growing.ts';
import { HeaderList } from './headers.ts';
import type { HeaderField } from './headers.ts';
import type { HandshakeLimits } from './limits.ts';
import { quote, Refusal } from './refusal.ts';
import type { RefusalName } from './refusal.ts';
import type { HeadGrammar } from './start-line.ts';

const CR = 0x0d;
const LF = 0x0a;
const COLON = 0x3a;

type Place = 'start line' | 'field name' | 'field value';

function joinFold(value: string, more: string): string {
  if (value === '' || more === '') return value + more;
  return `${value} ${more}`;
}

/** Reads one head. `StartLine` is what `grammar` makes of its first line. */
export class HeadReader<StartLine> {
  readonly #grammar: HeadGrammar<StartLine>;
  readonly #limits: HandshakeLimits;

  readonly #line = new GrowingOctets();
  #place: Place = 'start line';
  #afterCr = false;
  #colonAt = 0;
  #folded = false;
  #emptyLines = 0;
  #size = 0;

  #startLine: StartLine | null = null;
  readonly #fields: HeaderField[] = [];
  #outcome: { readonly startLine: StartLine; readonly headers: HeaderList } | Refusal | null = null;

  constructor(grammar: HeadGrammar<StartLine>, limits: HandshakeLimits) {
    this.#grammar = grammar;
    this.#limits = limits;
  }

  /** The head once it is whole, or the first rule it broke; null while neither is known. */
  get outcome(): { readonly startLine: StartLine; readonly headers: HeaderList } | Refusal | null {
    return this.#outcome;
  }

  /** Octets read so far. */
  get size(): number {
    return this.#size;
  }

  /** Reads `chunk` from its start and returns how many octets belong to the head; the rest is somebody else's. */
  read(chunk: Uint8Array): number {
    let at = 0;
    while (at < chunk.length && this.#outcome === null) this.#readOctet(chunk[at++] as number);
    return at;
  }

  #readOctet(octet: number): void {
    if (++this.#size > this.#limits.maxHeadSize) {
      return this.#refuseLength('HEAD_TOO_LARGE', `at most ${this.#limits.maxHeadSize} octets`, 'more');
    }
    if (this.#afterCr) {
      if (octet !== LF) return this.#refuse('BARE_CR', 'LF after CR', `octet ${octet}`);
      this.#afterCr = false;
      return this.#endLine();
    }
    if (octet === CR) {
      this.#afterCr = true;
      return;
    }
    if (octet === LF) return this.#refuse('BARE_LF', 'CR before LF', 'LF alone');
    if (this.#judgeOctet(octet)) this.#keep(octet);
  }

  /** Whether `octet` may stand where it stands; what may not has been refused. */
  #judgeOctet(octet: number): boolean {
    if (this.#line.length === 0 && this.#place === 'field name' && isWhiteSpace(octet)) this.#beginFold();
    switch (this.#place) {
      case 'start line':
        if (!this.#grammar.allows(octet)) this.#refuse(this.#grammar.malformed, 'printable characters', `octet ${octet}`);
        break;
      case 'field name':
        if (octet === COLON) this.#endName();
        else if (isWhiteSpace(octet)) this.#refuse('SPACE_BEFORE_COLON', 'a colon', `white space after ${quote(this.#text(0))}`);
        else if (!isTokenCode(octet)) this.#refuse('FIELD_NAME_INVALID', 'a token', `octet ${octet} after ${quote(this.#text(0))}`);
        break;
      case 'field value':
        if (!isFieldCode(octet)) this.#refuse('FIELD_VALUE_INVALID', 'no control character', `octet ${octet}`);
        break;
    }
    return this.#outcome === null;
  }

  #keep(octet: number): void {
    if (this.#line.length === this.#limits.maxLineLength) {
      return this.#refuseLength('LINE_TOO_LONG', `at most ${this.#limits.maxLineLength} octets`, `a longer ${this.#place}`);
    }
    this.#line.push(octet);
  }

  #beginFold(): void {
    if (this.#fields.length === 0) return this.#refuse('WHITE_SPACE_BEFORE_FIELDS', 'a field name', 'white space');
    if (!this.#grammar.unfolds) return this.#refuse('OBS_FOLD', 'a field name', 'white space');
    this.#folded = true;
    this.#place = 'field value';
  }

  #endName(): void {
    if (this.#line.length === 0) return this.#refuse('FIELD_NAME_MISSING', 'a field name', 'a colon');
    if (this.#fields.length === this.#limits.maxHeaderCount) {
      return this.#refuse('TOO_MANY_FIELDS', `at most ${this.#limits.maxHeaderCount} field lines`, 'more');
    }
    this.#colonAt = this.#line.length;
    this.#place = 'field value';
  }

  #endLine(): void {
    switch (this.#place) {
      case 'start line': return this.#endStartLine();
      case 'field name': return this.#endSection();
      case 'field value': this.#endField();
    }
  }

  #endStartLine(): void {
    if (this.#line.length === 0 && this.#emptyLines < this.#grammar.emptyLines) {
      this.#emptyLines++;
      return;
    }
    const startLine = this.#grammar.parse(this.#text(0));
    if (startLine instanceof Refusal) {
      this.#outcome = startLine;
      return;
    }
    this.#startLine = startLine;
    this.#beginLine();
  }

  #endField(): void {
    const last = this.#fields.length - 1;
    const unfolding = this.#folded ? this.#fields[last] : undefined;
    if (unfolding !== undefined) {
      // Each obs-fold is replaced by SP (§5.2). Both parts are trimmed already, so appending keeps the work linear.
      this.#fields[last] = [unfolding[0], joinFold(unfolding[1], trimWhiteSpace(this.#text(0)))];
    } else {
      this.#fields.push([fromOctets(this.#line.octets, 0, this.#colonAt), trimWhiteSpace(this.#text(this.#colonAt + 1))]);
    }
    this.#beginLine();
  }

  #endSection(): void {
    if (this.#line.length > 0) return this.#refuse('COLON_MISSING', 'a colon', `a line that is ${quote(this.#text(0))}`);
    // A field name is only ever read after the start line was.
    this.#outcome = { startLine: this.#startLine as StartLine, headers: new HeaderList(this.#fields) };
  }

  #beginLine(): void {
    this.#line.clear();
    this.#folded = false;
    this.#place = 'field name';
  }

  #text(start: number): string {
    return fromOctets(this.#line.octets, start, this.#line.length);
  }

  #refuseLength(name: RefusalName, expected: string, found: string): void {
    const inStartLine = this.#place === 'start line' ? this.#grammar.tooLong(this.#text(0)) : null;
    this.#refuse(inStartLine ?? name, expected, found);
  }

  #refuse(name: RefusalName, expected: string, found: string): void {
    // The first rule that is broken is the one that is reported.
    this.#outcome ??= new Refusal(name, expected, found);
  }
}
