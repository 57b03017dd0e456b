// Options are judged when they are given, not when they first matter (DESIGN §2, law 5): an unknown key or a nonsense value throws and
// says its name. A limit that a typing error turned off is an incident waiting.

/** @throws TypeError when `options` is no object or has a key that is not in `known` */
export function checkKnown(what: string, options: object, known: ReadonlySet<string>): void {
  if (typeof options !== 'object' || options === null) throw new TypeError(`${what} must be an object, found ${String(options)}`);
  for (const key of Object.keys(options)) {
    if (!known.has(key)) throw new TypeError(`${what}.${key} is not an option; known are ${[...known].join(', ')}`);
  }
}

/**
 * `value`, or `fallback` when it is not given.
 *
 * @throws TypeError when `value` is no number; RangeError unless it is a whole number of at least `least`, or Infinity
 */
export function checkNumber(what: string, value: number | undefined, fallback: number, least: number): number {
  if (value === undefined) return fallback;
  if (typeof value !== 'number') throw new TypeError(`${what} must be a number, found ${typeof value}`);
  if (value !== Infinity && (!Number.isSafeInteger(value) || value < least)) {
    throw new RangeError(`${what} must be a whole number of at least ${least}, or Infinity, found ${value}`);
  }
  return value;
}
