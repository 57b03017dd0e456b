// What the core may ask of the world, and the portable answer to everything but randomness.
//
// Law: nothing under lib/core reads a global or imports a host module (DESIGN §2, law 1). Whatever a host does faster, or only
// a host can do at all, comes in through this one interface. Entropy has no portable answer, so it has no default.

import { sha1 } from './handshake/sha1.ts';
import { decodeUtf8, encodeUtf8Into, isUtf8, utf8Length } from './wire/utf8-text.ts';

/** What a host injects. Every method is synchronous and is called with ranges that have already been checked. */
export interface Platform {
  /**
   * Fills the whole of `target` with bytes from a cryptographically strong source (RFC 6455 §5.3, §10.3). Masking keys and the
   * handshake's nonce are cut from it; a predictable source lets a page attack the proxies between it and the server.
   */
  random(target: Uint8Array): void;

  /**
   * `size` bytes the core owns, and may keep for as long as a peer likes: memory of their own, so that a small array pins nothing else.
   * They need not be zeroed: the core never hands out a byte it has not written.
   */
  allocate(size: number): Uint8Array;

  /** A copy of `bytes[start, end)` that the application owns. It may share its `ArrayBuffer` with others. */
  copy(bytes: Uint8Array, start: number, end: number): Uint8Array;

  /** Whether `bytes[start, end)` is valid UTF-8 by itself (RFC 3629). */
  isUtf8(bytes: Uint8Array, start: number, end: number): boolean;

  /** The text of `bytes[start, end)`, which is valid UTF-8. A byte order mark is kept. `bytes` is only borrowed. */
  decodeUtf8(bytes: Uint8Array, start: number, end: number): string;

  /** The text of `bytes[start, end)`, whose bytes are all below 0x80. `bytes` is only borrowed. */
  decodeAscii(bytes: Uint8Array, start: number, end: number): string;

  /**
   * Writes `text` as UTF-8 into `target` from `at` on, an unpaired surrogate as U+FFFD, and returns the number of bytes written.
   * There is room for what {@link utf8Length} says, and perhaps for more.
   */
  encodeUtf8(text: string, target: Uint8Array, at: number): number;

  /** How many bytes {@link encodeUtf8} writes for `text`. */
  utf8Length(text: string): number;

  /** The 20 bytes of the SHA-1 digest of `bytes` (RFC 6455 §4.2.2: `Sec-WebSocket-Accept`). */
  sha1(bytes: Uint8Array): Uint8Array;
}

/**
 * A platform in plain TypeScript: it runs wherever ECMAScript 2022 does. Only `random` must be given, because a language without
 * a host has no entropy; any other method may be overridden by a faster one. Overrides are own properties of `host` and are called
 * without `this`.
 *
 * @throws TypeError when `random` is not a function, or an override is unknown or not a function.
 */
export function portablePlatform(host: Pick<Platform, 'random'> & Partial<Platform>): Platform {
  const platform: Platform = {
    random: host.random,
    allocate: (size) => new Uint8Array(size),
    copy,
    isUtf8,
    decodeUtf8,
    decodeAscii: decodeUtf8,
    encodeUtf8: encodeUtf8Into,
    utf8Length,
    sha1,
  };
  for (const [name, value] of Object.entries(host)) {
    if (!Object.hasOwn(platform, name)) throw new TypeError(`platform.${name} is not something the core asks for`);
    if (value !== undefined) Object.assign(platform, { [name]: value });
  }
  for (const [name, value] of Object.entries(platform)) {
    if (typeof value !== 'function') throw new TypeError(`platform.${name} must be a function, found ${typeof value}`);
  }
  return platform;
}

function copy(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const copied = new Uint8Array(end - start);
  copied.set(bytes.subarray(start, end));
  return copied;
}
