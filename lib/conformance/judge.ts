// Holds what was seen against the outcomes of a case, and says why it came out so: what was expected, what was found instead, which rule,
// whose fault. It knows no connection and no time.

import { parseExtensions } from '../core/handshake/extensions.ts';
import type { Extension } from '../core/handshake/extensions.ts';
import { Malformed } from '../core/handshake/scanner.ts';
import type { Case, Outcome, Pattern, Payload } from './case.ts';
import { equal, lengthOf, octetsOf } from './payload.ts';
import type { Verdict } from './result.ts';
import { saySight, sayOctets } from './sight.ts';
import type { Sight } from './sight.ts';

export interface Judgement {
  readonly verdict: Verdict;
  readonly why: string;
}

/** What is not held against a subject: its own heartbeat. */
function counts({ kind }: Sight): boolean {
  return kind !== 'ping';
}

/** The verdict of the first outcome that fits; `fail` when none does. */
export function judge({ outcomes, expects }: Pick<Case, 'outcomes' | 'expects'>, sights: readonly Sight[]): Judgement {
  const seen = sights.filter(counts);
  const matcher = new Matcher(seen);
  for (const { grade, sees, because } of outcomes) {
    if (matcher.fits(sees)) return { verdict: grade, why: because ?? expects };
  }
  return { verdict: 'fail', why: explain(outcomes, seen) };
}

/** Matches patterns against what was seen, from the first to the last. */
class Matcher {
  /** How far the patterns led, and what would have had to come there. */
  reached = 0;
  readonly wanted: Pattern[] = [];

  readonly #seen: readonly Sight[];
  readonly #octets: Map<Payload, Uint8Array> = new Map();

  constructor(seen: readonly Sight[]) {
    this.#seen = seen;
  }

  /** Whether they are just this. */
  fits(patterns: readonly Pattern[]): boolean {
    return this.#fits(patterns.flatMap(unrolled), 0, 0);
  }

  /** A loop but where there is a choice: a case may have a hundred thousand patterns. */
  #fits(patterns: readonly Pattern[], first: number, start: number): boolean {
    let at = start;
    for (let from = first; from < patterns.length; from++) {
      const pattern = patterns[from] as Pattern; // from is below the length
      if (pattern === 'anything') return true;
      if (typeof pattern === 'object' && 'maybe' in pattern) {
        return this.#one(pattern.maybe, at) && this.#fits(patterns, from + 1, at + 1) || this.#fits(patterns, from + 1, at);
      }
      if (typeof pattern === 'object' && 'anyOrder' in pattern) return this.#anyOrder(pattern.anyOrder, patterns, from, at);
      if (typeof pattern === 'object' && 'some' in pattern) {
        while (this.#one(pattern.some, at)) at++;
        continue;
      }
      if (!this.#one(pattern, at)) return false;
      at++;
    }
    if (at === this.#seen.length) return true;
    this.#fallShort(at, null);
    return false;
  }

  #anyOrder(group: readonly Pattern[], patterns: readonly Pattern[], from: number, at: number): boolean {
    if (group.length === 0) return this.#fits(patterns, from + 1, at);
    return group.some((pattern, index) => this.#one(pattern, at) && this.#anyOrder(group.filter((_, i) => i !== index), patterns, from, at + 1));
  }

  #one(pattern: Pattern, at: number): boolean {
    const sight = this.#seen[at];
    if (sight !== undefined && this.#isIt(pattern, sight)) return true;
    this.#fallShort(at, pattern);
    return false;
  }

  #fallShort(at: number, pattern: Pattern | null): void {
    if (at > this.reached) this.wanted.length = 0;
    if (at >= this.reached && pattern !== null) this.wanted.push(pattern);
    this.reached = Math.max(this.reached, at);
  }

  #isIt(pattern: Pattern, sight: Sight): boolean {
    if (typeof pattern === 'string') {
      if (pattern === 'fin') return sight.kind === 'end' && sight.how === 'fin';
      return sight.kind === pattern;
    }
    if ('either' in pattern) return pattern.either.some((one) => this.#isIt(one, sight));
    if ('http' in pattern) {
      const [from, to] = typeof pattern.http === 'number' ? [pattern.http, pattern.http] : pattern.http;
      return sight.kind === 'http' && sight.status >= from && sight.status <= to
        && (pattern.extensions === undefined || accepts(sight.extensions, pattern.extensions))
        && (pattern.fields ?? []).every((field) => hasElement(sight.fields, field));
    }
    if ('breach' in pattern) return sight.kind === 'breach' && sight.rule === pattern.breach;
    if ('flooded' in pattern) return sight.kind === 'flooded' && sight.how === pattern.flooded;
    if ('keys' in pattern) return sight.kind === 'keys' && sight.keys === pattern.keys;
    if ('close' in pattern) {
      return sight.kind === 'close' && pattern.close.includes(sight.code) && (pattern.reason === undefined || pattern.reason === sight.reason);
    }
    if ('text' in pattern) return sight.kind === 'text' && this.#same(pattern.text, sight.octets);
    if ('binary' in pattern) return sight.kind === 'binary' && this.#same(pattern.binary, sight.octets);
    return 'pong' in pattern && sight.kind === 'pong' && this.#same(pattern.pong, sight.octets);
  }

  #same(payload: Payload, octets: Uint8Array): boolean {
    if (lengthOf(payload) !== octets.length) return false;
    const known = this.#octets.get(payload) ?? octetsOf(payload);
    this.#octets.set(payload, known);
    return equal(known, octets);
  }
}

/** A pattern that stands for many, as many. */
function unrolled(pattern: Pattern): readonly Pattern[] {
  if (typeof pattern === 'string' || !('again' in pattern)) return [pattern];
  const once = pattern.again.flatMap(unrolled);
  return Array.from({ length: pattern.times }, () => once).flat();
}

/** Whether the extensions in use are these, each with the parameters that are listed and perhaps more. */
function accepts(found: string, wanted: string): boolean {
  const [inUse, listed] = [elementsOf(found), elementsOf(wanted)];
  return inUse.length === listed.length && listed.every(({ name, parameters }) => inUse.some((one) => one.name === name
    && parameters.every(([parameter, value]) => one.parameters.some(([other, its]) => other === parameter && its === value))));
}

function elementsOf(value: string): readonly Extension[] {
  const extensions = parseExtensions(value);
  return extensions instanceof Malformed ? [] : extensions;
}

/** Whether a field has an element in its list: `Name: element`. */
function hasElement(fields: readonly (readonly [string, string])[], wanted: string): boolean {
  const colon = wanted.indexOf(':');
  const [name, element] = [wanted.slice(0, colon).toLowerCase(), wanted.slice(colon + 1).trim().toLowerCase()];
  return fields.some(([field, value]) => field.toLowerCase() === name && value.toLowerCase().split(',').some((one) => one.trim() === element));
}

/** Expected, found, and for a breach the rule: from the outcome that led furthest. */
function explain(outcomes: readonly Outcome[], seen: readonly Sight[]): string {
  const matchers = outcomes.filter(({ grade }) => grade === 'pass').map(({ sees }) => {
    const matcher = new Matcher(seen);
    matcher.fits(sees);
    return matcher;
  });
  const reached = Math.max(0, ...matchers.map((matcher) => matcher.reached));
  const wanted = new Set(matchers.filter((matcher) => matcher.reached === reached).flatMap((matcher) => matcher.wanted.map(sayPattern)));
  const expected = wanted.size === 0 ? 'nothing more' : [...wanted].join(' or ');
  const before = reached === 0 ? '' : ` after ${seen.slice(0, reached).map(saySight).join(', ')}`;
  const breach = seen.find((sight) => sight.kind === 'breach');
  if (breach?.kind === 'breach') {
    return `the subject breaks ${breach.rule} (${breach.section}): ${breach.sentence}; found ${breach.found}. Expected ${expected}${before}.`;
  }
  const found = seen.slice(reached, reached + 3).map(saySight).join(', ') || 'nothing';
  return `expected ${expected}${before}; found ${found}.`;
}

/** A pattern in a line. */
export function sayPattern(pattern: Pattern): string {
  if (typeof pattern === 'string') return pattern;
  if ('http' in pattern) return sayHttp(pattern);
  if ('breach' in pattern) return `breach ${pattern.breach}`;
  if ('flooded' in pattern) return `flooded, ${pattern.flooded}`;
  if ('keys' in pattern) return `masking keys: ${pattern.keys}`;
  if ('again' in pattern) return `${pattern.times} times ${pattern.again.map(sayPattern).join(', ')}`;
  if ('some' in pattern) return `some ${sayPattern(pattern.some)}`;
  if ('close' in pattern) {
    const codes = pattern.close.map((code) => code ?? 'without a code').join(' or ');
    return `close ${codes}${pattern.reason === undefined ? '' : ` ${JSON.stringify(pattern.reason)}`}`;
  }
  if ('either' in pattern) return pattern.either.map(sayPattern).join(' or ');
  if ('maybe' in pattern) return `perhaps ${sayPattern(pattern.maybe)}`;
  if ('anyOrder' in pattern) return pattern.anyOrder.map(sayPattern).join(' and ');
  if ('text' in pattern) return `text ${sayPayload(pattern.text)}`;
  if ('binary' in pattern) return `binary ${sayPayload(pattern.binary)}`;
  return `pong ${sayPayload(pattern.pong)}`;
}

function sayHttp({ http, extensions, fields = [] }: Extract<Pattern, { http: unknown }>): string {
  const status = `http ${typeof http === 'number' ? http : http.join('–')}`;
  const besides = [...extensions === undefined ? [] : [extensions === '' ? 'no extension' : extensions], ...fields];
  return besides.length === 0 ? status : `${status} with ${besides.join(' and ')}`;
}

/** A payload in a line: its octets if they are few. */
function sayPayload(payload: Payload): string {
  const length = lengthOf(payload);
  return length > 1024 ? `of ${length} octets` : sayOctets(octetsOf(payload));
}
