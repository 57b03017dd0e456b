// What an application chooses for one session, or for all of a server: judged when it is given (DESIGN §2, law 5). The values of a
// connection judge themselves.

import { checkKnown, checkNumber } from '../core/protocol/options.ts';
import { Limits } from '../core/protocol/limits.ts';
import type { LimitOptions } from '../core/protocol/limits.ts';
import { mergeSettings, pick, SETTINGS } from '../node/settings.ts';
import type { ConnectionSettings, HeaderFields } from '../node/settings.ts';
import type { OnReceive, OnReceiveStream } from './inbox.ts';

/** What may be chosen for a server and for each session. */
export interface SessionSettings extends ConnectionSettings {
  /** Bytes of payload in one frame of what is sent; a longer message goes out in several (§5.4). Infinity, one frame a message, by default. */
  readonly fragmentSize?: number;
  /** Bytes of messages that may lie unread before the socket is not read any more; 64 KiB by default. One more message may arrive. */
  readonly maxUnreadBytes?: number;
  /** Messages that may lie unread before the socket is not read any more; 16 by default. */
  readonly maxUnreadMessages?: number;
}

/** How to accept. What is left out is the server's. */
export interface AcceptOptions extends SessionSettings {
  /** The subprotocol, one of those offered; null for none. */
  readonly protocol?: string | null;
  /** The subprotocols that are spoken here: the first that is offered is taken, and none if none is. Instead of `protocol`. */
  readonly protocols?: readonly string[];
  /** Further fields of the 101. */
  readonly headers?: HeaderFields;
  /** As `session.onReceive`. */
  readonly onReceive?: OnReceive;
  /** As `session.onReceiveStream`. */
  readonly onReceiveStream?: OnReceiveStream;
  /** As `session.onPong`. */
  readonly onPong?: (payload: Uint8Array) => void;
  /** As `session.data`. */
  readonly data?: unknown;
}

/** Settings without gaps. */
export interface CheckedSettings {
  readonly fragmentSize: number;
  readonly maxUnreadBytes: number;
  readonly maxUnreadMessages: number;
  readonly connection: ConnectionSettings;
}

export const SESSION_SETTINGS: readonly (keyof SessionSettings)[] = ['fragmentSize', 'maxUnreadBytes', 'maxUnreadMessages', ...SETTINGS];

const ACCEPT: ReadonlySet<string> = new Set([
  'protocol', 'protocols', 'headers', 'onReceive', 'onReceiveStream', 'onPong', 'data', ...SESSION_SETTINGS,
]);
const HANDLERS = ['onReceive', 'onReceiveStream', 'onPong'] as const;

const MAX_UNREAD_BYTES = 64 * 1024;
const MAX_UNREAD_MESSAGES = 16;

/** What `special` says, and `general` where it says nothing. @throws TypeError or RangeError naming what makes no sense */
export function checkSessionSettings(general: SessionSettings, special: SessionSettings): CheckedSettings {
  const { fragmentSize, maxUnreadBytes, maxUnreadMessages } = { ...pick(general, SESSION_SETTINGS), ...pick(special, SESSION_SETTINGS) };
  return {
    fragmentSize: checkNumber('options.fragmentSize', fragmentSize, Infinity, 1),
    maxUnreadBytes: checkNumber('options.maxUnreadBytes', maxUnreadBytes, MAX_UNREAD_BYTES, 1),
    maxUnreadMessages: checkNumber('options.maxUnreadMessages', maxUnreadMessages, MAX_UNREAD_MESSAGES, 1),
    connection: mergeSettings(general, special),
  };
}

/** @throws TypeError naming the option that is unknown or no function */
export function checkAcceptOptions(options: AcceptOptions): void {
  checkKnown('options', options, ACCEPT);
  for (const name of HANDLERS) {
    const handler: unknown = options[name];
    if (handler !== undefined && typeof handler !== 'function') throw new TypeError(`options.${name} must be a function, found ${typeof handler}`);
  }
  if (options.protocol !== undefined && options.protocols !== undefined) throw new TypeError('options has protocol and protocols: which?');
}

/**
 * The limits of a session: those of a connection, whose high-water mark leaves room for a piece of a stream below the queue's limit.
 *
 * @throws TypeError or RangeError naming the limit that makes no sense
 */
export function sessionLimits(options: LimitOptions = {}): Limits {
  const limits = new Limits(options);
  limits.set({ highWaterMark: markWithin(limits) });
  return limits;
}

/** Half of the queue's limit at most: whatever waits no longer than that leaves room for the next piece. */
export function markWithin({ highWaterMark, maxQueueSize }: Limits): number {
  return Math.min(highWaterMark, maxQueueSize === Infinity ? Infinity : Math.floor(maxQueueSize / 2));
}
