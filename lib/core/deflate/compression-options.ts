// What an application chooses of compression, judged when it is given (DESIGN §2, law 5) and completed with defaults. The options bear the
// names of the RFC's parameters (RFC 7692 §7.1); what each side makes of them is offer.ts's and answer.ts's. The defaults, and why, are
// here and nowhere else (docs/decisions/0010).

import type { MessageKind, Role } from '../wire/opcode.ts';
import { LEAST_WINDOW_BITS, MOST_WINDOW_BITS } from './parameters.ts';

/**
 * What an application chooses, on either side. What it says of the own side holds; of the other side, what the protocol lets one demand:
 * a client may demand both `server…`, a server `clientNoContextTakeover`, and `clientMaxWindowBits` of clients that offer it.
 */
export interface CompressionOptions {
  /** The server compresses each message by itself; false by default. */
  readonly serverNoContextTakeover?: boolean;
  /** The client compresses each message by itself; false by default. */
  readonly clientNoContextTakeover?: boolean;
  /** How far back the server's compressor looks, 8 to 15: 2 to that power bytes. 12 by default on a server, 15 on a client. */
  readonly serverMaxWindowBits?: number;
  /** How far back the client's compressor looks, 8 to 15; 12 by default. A client that chooses less than 15 says so. */
  readonly clientMaxWindowBits?: number;
  /** Bytes below which a message is not compressed; Infinity for none. */
  readonly threshold?: number;
  /** Asked for each message instead of the threshold, with its size in bytes. */
  readonly decide?: (kind: MessageKind, size: number) => boolean;
}

/** The options of one side, complete. */
export interface CompressionChoices {
  readonly serverNoContextTakeover: boolean;
  readonly clientNoContextTakeover: boolean;
  readonly serverMaxWindowBits: number;
  readonly clientMaxWindowBits: number;
  /** What a client says of its own window when it offers (RFC 7692 §7.1.2.2): what was chosen, otherwise 15, which is to say nothing. */
  readonly clientWindowHint: number;
  readonly threshold: number;
  readonly decide: ((kind: MessageKind, size: number) => boolean) | undefined;
}

/**
 * How far back a compressor of this engine looks unless told otherwise, and what a server asks of clients that let it: 4 KiB. The receiver of
 * such a stream has to keep as much for each connection, the sender as much and what finds matches in it. The 32 KiB that the RFC
 * assumes are what makes people switch compression off.
 */
export const DEFAULT_WINDOW_BITS = 12;

/** Bytes below which compressing a message saves less than it costs. */
export const DEFAULT_THRESHOLD = 64;

const KNOWN: readonly (keyof CompressionOptions)[] = [
  'serverNoContextTakeover', 'clientNoContextTakeover', 'serverMaxWindowBits', 'clientMaxWindowBits', 'threshold', 'decide',
];

/**
 * The options of the side that is `role`, judged and complete. An option that is undefined is one left out.
 *
 * @throws TypeError or RangeError naming what makes no sense, as `compression.threshold`
 */
export function compressionChoices(role: Role, options: CompressionOptions): CompressionChoices {
  checkKnown(options);
  // A client gets by with what servers send by default: only the server knows how many connections it has to pay for.
  const serverDefault = role === 'server' ? DEFAULT_WINDOW_BITS : MOST_WINDOW_BITS;
  const clientMaxWindowBits = checkWindowBits(options, 'clientMaxWindowBits', DEFAULT_WINDOW_BITS);
  return {
    serverNoContextTakeover: checkFlag(options, 'serverNoContextTakeover'),
    clientNoContextTakeover: checkFlag(options, 'clientNoContextTakeover'),
    serverMaxWindowBits: checkWindowBits(options, 'serverMaxWindowBits', serverDefault),
    clientMaxWindowBits,
    clientWindowHint: options.clientMaxWindowBits === undefined ? MOST_WINDOW_BITS : clientMaxWindowBits,
    threshold: checkThreshold(options.threshold),
    decide: checkDecide(options.decide),
  };
}

function checkKnown(options: CompressionOptions): void {
  if (typeof options !== 'object' || options === null) throw new TypeError(`compression must be an object, found ${String(options)}`);
  for (const key of Object.keys(options)) {
    if (!(KNOWN as readonly string[]).includes(key)) {
      throw new TypeError(`compression.${key} is not an option; known are ${KNOWN.join(', ')}`);
    }
  }
}

function checkFlag(options: CompressionOptions, name: 'serverNoContextTakeover' | 'clientNoContextTakeover'): boolean {
  const value = options[name] ?? false;
  if (typeof value !== 'boolean') throw new TypeError(`compression.${name} must be a boolean, found ${typeof value}`);
  return value;
}

function checkWindowBits(options: CompressionOptions, name: 'serverMaxWindowBits' | 'clientMaxWindowBits', fallback: number): number {
  const value = options[name];
  if (value === undefined) return fallback;
  if (typeof value !== 'number') throw new TypeError(`compression.${name} must be a number, found ${typeof value}`);
  if (!Number.isInteger(value) || value < LEAST_WINDOW_BITS || value > MOST_WINDOW_BITS) {
    throw new RangeError(`compression.${name} must be a whole number from ${LEAST_WINDOW_BITS} to ${MOST_WINDOW_BITS}, found ${value}`);
  }
  return value;
}

function checkThreshold(value: number | undefined): number {
  if (value === undefined) return DEFAULT_THRESHOLD;
  if (typeof value !== 'number') throw new TypeError(`compression.threshold must be a number, found ${typeof value}`);
  if (value !== Infinity && (!Number.isSafeInteger(value) || value < 0)) {
    throw new RangeError(`compression.threshold must be a whole number of at least 0, or Infinity, found ${value}`);
  }
  return value;
}

function checkDecide(value: CompressionOptions['decide']): CompressionOptions['decide'] {
  if (value !== undefined && typeof value !== 'function') {
    throw new TypeError(`compression.decide must be a function, found ${typeof value}`);
  }
  return value;
}
