// What a connection is made of, judged before it exists: an unknown key or a nonsense value throws, naming it (DESIGN §2, law 5).

import type { Platform } from '../platform.ts';
import type { MessageCompression } from '../wire/compression.ts';
import type { Role } from '../wire/opcode.ts';
import type { ConnectionEvents } from './events.ts';
import type { KeepaliveOptions } from './keepalive.ts';
import type { LimitOptions } from './limits.ts';
import { checkKnown, checkNumber } from './options.ts';

export interface ConnectionOptions {
  /** Which side this endpoint is. */
  readonly role: Role;
  /** What the host offers; connections of one platform share its buffers. */
  readonly platform: Platform;
  /** Where events go. Every method must exist. */
  readonly events: ConnectionEvents;
  /**
   * Called when there is something to do that the transport may not know of: output where there was none, a deadline that the
   * application's call moved, input that may go on. The transport then drains `takeOutput`, looks at `deadline`, `outputEnded` and
   * `abandoned`, and offers what input it kept. It may be called from within any call; it must not call back at once.
   */
  readonly wake?: () => void;
  readonly limits?: LimitOptions;
  /** When to send Pings and when to give the peer up; `'off'` for never. Default: on, see {@link KeepaliveOptions}. */
  readonly keepalive?: KeepaliveOptions | 'off';
  /**
   * The two directions of the compression extension that was agreed on (RFC 7692 §5), for this connection alone: it releases them when it
   * ends. Default: none, and then RSV1 is a violation.
   */
  readonly compression?: MessageCompression | null;
  /** Milliseconds without progress that this side's Close may wait to be sent and answered. Default: 10,000. */
  readonly closeTimeout?: number;
  /** Milliseconds the transport may take to end after the closing handshake, or after a violation. Default: 1,000. */
  readonly lingerTimeout?: number;
}

const NAMES: ReadonlySet<string> = new Set([
  'role', 'platform', 'events', 'wake', 'limits', 'keepalive', 'compression', 'closeTimeout', 'lingerTimeout',
]);

const EVENTS: readonly (keyof ConnectionEvents)[] = ['payload', 'ping', 'pong', 'closing', 'drained', 'closed'];

/** @throws TypeError or RangeError naming what is missing, unknown or makes no sense; `limits` and `keepalive` judge themselves */
export function checkConnectionOptions(options: ConnectionOptions): void {
  checkKnown('options', options, NAMES);
  const { role, platform, events, wake, compression = null, closeTimeout, lingerTimeout } = options;
  if (role !== 'client' && role !== 'server') throw new TypeError(`options.role must be 'client' or 'server', found ${String(role)}`);
  if (typeof platform !== 'object' || platform === null) {
    throw new TypeError(`options.platform must be a Platform, found ${String(platform)}`);
  }
  for (const name of EVENTS) {
    if (typeof events?.[name] !== 'function') throw new TypeError(`options.events.${name} must be a function: the sink is total`);
  }
  if (wake !== undefined && typeof wake !== 'function') throw new TypeError(`options.wake must be a function, found ${typeof wake}`);
  if (compression !== null && (typeof compression.inflater?.load !== 'function' || typeof compression.deflater?.deflate !== 'function')) {
    throw new TypeError('options.compression must have an inflater and a deflater');
  }
  checkNumber('options.closeTimeout', closeTimeout, 0, 1);
  checkNumber('options.lingerTimeout', lingerTimeout, 0, 1);
}
