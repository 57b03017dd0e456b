// What a handshake may cost, and the checks of the caller's options.
//
// Law: your mistake throws. A limit is a positive integer, enforced at N + 1 and accepted at N. Time is a number of milliseconds
// on the caller's own monotonic clock; Infinity means never.

import type { Platform } from '../platform.ts';

/** Bounds on a head. */
export interface HandshakeLimits {
  /** Octets of the head, its line ends included; 16,384 by default. */
  readonly maxHeadSize: number;
  /** Field lines of the head; 100 by default. */
  readonly maxHeaderCount: number;
  /** Octets of one line without its line end; 8,192 by default (RFC 9112 §3 wants at least 8,000 for the request line). */
  readonly maxLineLength: number;
}

const DEFAULT_LIMITS: HandshakeLimits = { maxHeadSize: 16_384, maxHeaderCount: 100, maxLineLength: 8_192 };

/** Ms for the whole opening handshake unless said otherwise. */
export const DEFAULT_TIMEOUT = 10_000;

/** @throws TypeError when `options` is no object or has a key not in `known`. */
export function checkKeys(what: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw new TypeError(`${what} must be an object, found ${String(options)}`);
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw new TypeError(`${what}.${key} is not known; expected one of ${known.join(', ')}`);
  }
}

/** @throws TypeError when `value` is not an array. */
export function checkArray(what: string, value: readonly unknown[]): void {
  if (!Array.isArray(value)) throw new TypeError(`${what} must be an array, found ${typeof value}`);
}

/** @throws TypeError when there is no platform, which has no default: only a host has randomness. */
export function checkPlatform(platform: Platform): Platform {
  if (typeof platform === 'object' && platform !== null) return platform;
  throw new TypeError(`options.platform must be a Platform, found ${String(platform)}`);
}

/** @throws RangeError when `value` is not an integer in [least, most]. */
export function checkInteger(what: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`${what} must be an integer from ${least} to ${most}, found ${String(value)}`);
}

/** @throws RangeError when `value` is not a positive number of ms (Infinity: never). */
export function checkTimeout(what: string, value: number): number {
  if (typeof value === 'number' && value > 0) return value;
  throw new RangeError(`${what} must be a positive number of milliseconds, or Infinity, found ${String(value)}`);
}

/**
 * `limits` with defaults for what it leaves out.
 *
 * @throws TypeError for an unknown name, RangeError for a value that is not a positive integer.
 */
export function handshakeLimits(limits: Partial<HandshakeLimits> = {}): HandshakeLimits {
  checkKeys('limits', limits, Object.keys(DEFAULT_LIMITS));
  const whole = { ...DEFAULT_LIMITS, ...limits };
  for (const [name, value] of Object.entries(whole)) checkInteger(`limits.${name}`, value, 1, Number.MAX_SAFE_INTEGER);
  return whole;
}

/** The opening handshake's deadline: armed by the first `advance`, so that no clock need exist before. */
export class Deadline {
  readonly #timeout: number;
  #at: number;

  constructor(timeout: number) {
    this.#timeout = timeout;
    this.#at = timeout === Infinity ? Infinity : -Infinity;
  }

  /** When `isOver` must be asked next: at once while the deadline is not armed, never when there is none. */
  get at(): number {
    return this.#at;
  }

  /** Whether the time is up at `now`; the first call starts the time. */
  isOver(now: number): boolean {
    if (this.#at === -Infinity) this.#at = now + this.#timeout;
    return now >= this.#at;
  }

  /** There is nothing left to wait for. */
  cancel(): void {
    this.#at = Infinity;
  }
}
