// Holds what was seen against the outcomes of a case: the first that fits counts. It knows no connection and no time; what to say where none
// fits is in explain.ts.

import { parseExtensions } from '../../core/handshake/extensions.ts';
import type { Extension } from '../../core/handshake/extensions.ts';
import { Malformed } from '../../core/handshake/scanner.ts';
import type { Case, Outcome, Pattern, Payload } from '../case.ts';
import { equal, lengthOf, octetsOf } from '../payload.ts';
import type { Verdict } from '../result.ts';
import { explain } from './explain.ts';
import type { Furthest, Single } from './explain.ts';
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
  return { verdict: 'fail', why: explain(furthest(outcomes, seen), seen) };
}

/** How far the outcomes led that would have been right, and what would have had to come there. */
function furthest(outcomes: readonly Outcome[], seen: readonly Sight[]): Furthest {
  const right = outcomes.filter(({ grade }) => grade === 'pass');
  const matchers = (right.length > 0 ? right : outcomes).map(({ sees }) => {
    const matcher = new Matcher(seen);
    matcher.fits(sees);
    return matcher;
  });
  const reached = Math.max(0, ...matchers.map((matcher) => matcher.reached));
  return { reached, wanted: matchers.filter((matcher) => matcher.reached === reached).flatMap(({ wanted }) => wanted) };
}

/** Matches patterns against what was seen, from the first to the last. */
class Matcher {
  /** How far the patterns led, and what would have had to come there: null for nothing more. */
  reached = 0;
  readonly wanted: (Single | null)[] = [];

  readonly #seen: readonly Sight[];
  readonly #octets: Map<Payload, Uint8Array> = new Map();

  constructor(seen: readonly Sight[]) {
    this.#seen = seen;
  }

  /** Whether they are just this. */
  fits(patterns: readonly Pattern[]): boolean {
    const places = this.#all(patterns, [0]);
    if (places.includes(this.#seen.length)) return true;
    for (const at of places) this.#fallShort(at, null);
    return false;
  }

  /** The places that patterns in a row lead to, from any of `places`: all at once, so that no choice is ever taken back. */
  #all(patterns: readonly Pattern[], places: readonly number[]): readonly number[] {
    let at = places;
    for (let i = 0; i < patterns.length && at.length > 0; i++) at = this.#lead(patterns[i] as Pattern, at); // i is below the length
    return at;
  }

  #lead(pattern: Pattern, places: readonly number[]): readonly number[] {
    if (pattern === 'anything') return [this.#seen.length];
    if (typeof pattern !== 'string') {
      if ('maybe' in pattern) return union(places, this.#lead(pattern.maybe, places));
      if ('either' in pattern) return pattern.either.map((one) => this.#lead(one, places)).reduce(union, []);
      if ('some' in pattern) return places.map((at) => this.#asOftenAsCanBe(pattern.some, at)).reduce(union, []);
      if ('anyOrder' in pattern) return this.#inAnyOrder(pattern.anyOrder, places);
      if ('again' in pattern) {
        let at = places;
        for (let round = 0; round < pattern.times && at.length > 0; round++) at = this.#all(pattern.again, at);
        return at;
      }
    }
    return places.filter((at) => this.#one(pattern, at)).map((at) => at + 1);
  }

  #asOftenAsCanBe(pattern: Pattern, from: number): readonly number[] {
    let at = from;
    for (;;) {
      const next = Math.max(at, ...this.#lead(pattern, [at]));
      if (next === at) return [at];
      at = next;
    }
  }

  #inAnyOrder(group: readonly Pattern[], places: readonly number[]): readonly number[] {
    if (group.length === 0 || places.length === 0) return places;
    const texts = group.map((pattern) => JSON.stringify(pattern));
    return group
      .map((pattern, index) => (texts.indexOf(texts[index] as string) < index // of those that are alike, one stands for all
        ? []
        : this.#inAnyOrder(group.filter((_, other) => other !== index), this.#lead(pattern, places))))
      .reduce(union, []);
  }

  #one(pattern: Single, at: number): boolean {
    const sight = this.#seen[at];
    if (sight !== undefined && this.#isIt(pattern, sight)) return true;
    this.#fallShort(at, pattern);
    return false;
  }

  #fallShort(at: number, pattern: Single | null): void {
    if (at > this.reached) this.wanted.length = 0;
    if (at >= this.reached) this.wanted.push(pattern);
    this.reached = Math.max(this.reached, at);
  }

  #isIt(pattern: Single, sight: Sight): boolean {
    if (typeof pattern === 'string') {
      if (pattern === 'fin') return sight.kind === 'end' && sight.how === 'fin';
      return sight.kind === pattern;
    }
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

/** The places of both, each once. */
function union(some: readonly number[], more: readonly number[]): readonly number[] {
  if (some.length === 0 || more.length === 0) return some.length === 0 ? more : some;
  return [...new Set([...some, ...more])];
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
