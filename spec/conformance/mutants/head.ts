// The head of an HTTP message (RFC 9112): octets in, lines out. It knows which lines are well formed, and nothing of what they mean.

import type { Does, Switch } from './switches.ts';

const CR = 0x0d;
const LF = 0x0a;

/** Octets of a head. */
const MOST = 16 * 1024;
const SMALL = 8 * 1024;

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

export interface Head {
  readonly startLine: string;
  /** Names as they were written, values without the white space around them; each code unit an octet. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** What servers and clients read differently. */
export interface HeadRules {
  /** Those of a response may be folded (RFC 9112 §5.2). */
  readonly isRequest: boolean;
  /** What gives up when the head comes in two reads. */
  readonly split: Switch;
}

/** Reads one head. */
export class HeadReader {
  /** null until it has come to its end; a number is the status of a refusal. */
  outcome: Head | number | null = null;

  readonly #octets: number[] = [];
  /** Octets of the line under way, its CR among them. */
  #line = 0;
  readonly #does: Does;
  readonly #rules: HeadRules;

  constructor(does: Does, rules: HeadRules) {
    this.#does = does;
    this.#rules = rules;
  }

  get retainedBytes(): number {
    return this.#octets.length;
  }

  /** Returns where in the chunk the head ended, or the chunk's end. */
  read(chunk: Uint8Array, at: number): number {
    if (this.#octets.length > 0 && this.#does(this.#rules.split)) this.outcome = 400;
    while (at < chunk.length && this.outcome === null) this.#take(chunk[at++] as number);
    return at;
  }

  #take(octet: number): void {
    const octets = this.#octets;
    if (octets.length === 0 && (octet === CR || octet === LF)) return; // RFC 9112 §2.2: an empty line ahead of the start line
    const afterCr = octets.at(-1) === CR;
    octets.push(octet);
    if (octets.length > MOST || (octets.length > SMALL && this.#does('heads-of-8-kib'))) this.outcome = 431;
    if (octet !== LF) {
      this.#line++;
      return;
    }
    if (!afterCr && !this.#does('ends-lines-with-lf')) this.outcome = 400;
    else if (this.#line === (afterCr ? 1 : 0)) this.outcome = this.#parse();
    this.#line = 0;
  }

  #parse(): Head | number {
    const [startLine = '', ...lines] = Buffer.from(this.#octets).toString('latin1').split(/\r?\n/).slice(0, -2);
    const fields: [string, string][] = [];
    for (const line of lines) {
      const last = fields.at(-1);
      if (line.startsWith(' ') || line.startsWith('\t')) {
        if (last === undefined && this.#does('takes-bad-lines')) continue;
        if (last === undefined || (this.#rules.isRequest && !this.#does('unfolds-lines'))) return 400;
        last[1] = trimmed(`${last[1]} ${trimmed(line)}`);
        continue;
      }
      const colon = line.indexOf(':');
      let name = line.slice(0, Math.max(0, colon));
      const value = trimmed(line.slice(colon + 1));
      if (name !== trimmed(name) && this.#does('takes-space-before-colon')) name = trimmed(name);
      if (!TOKEN.test(name)) {
        if (!this.#does('takes-bad-lines')) return 400;
        continue;
      }
      if (/[\0\r]/.test(value) && !this.#does('takes-control-octets')) return 400;
      fields.push([name, value]);
    }
    return { startLine, fields };
  }
}

/** Without spaces and tabs around it. */
function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && (text[start] === ' ' || text[start] === '\t')) start++;
  while (end > start && (text[end - 1] === ' ' || text[end - 1] === '\t')) end--;
  return text.slice(start, end);
}

/** The values of every line with that name, in order; names in any case (RFC 9110 §5.1). */
export function valuesOf(head: Head, name: string, does: Does, asWritten: Switch): readonly string[] {
  return head.fields
    .filter(([found]) => found === name || (found.toLowerCase() === name.toLowerCase() && !does(asWritten)))
    .map(([, value]) => value);
}

/** The elements of a list (RFC 9110 §5.6.1), without empty ones. */
export function elementsOf(values: readonly string[]): readonly string[] {
  return values.flatMap((value) => value.split(',')).map(trimmed).filter((element) => element !== '');
}

export function isToken(text: string): boolean {
  return TOKEN.test(text);
}
