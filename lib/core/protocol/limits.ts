// The resource model's numbers (DESIGN §5, §10.4): one set per connection, validated whenever it is set, read at every use, so that it
// may be tight before authentication and loose after.

import type { FrameLimits } from '../wire/frame-decoder.ts';
import { FRAME_TOO_BIG, MESSAGE_TOO_BIG, TOO_MANY_FRAGMENTS } from '../wire/violation.ts';
import type { Violation } from '../wire/violation.ts';
import type { LimitExceeded } from './events.ts';
import { checkKnown, checkNumber } from './options.ts';

/** What to do with a message for which there is no room: refuse it, or fail the connection with 1008. */
export type QueuePolicy = 'refuse' | 'close';

/** Every limit by name. `Infinity` means none. */
export interface LimitOptions {
  /** Bytes of payload in one data frame on the wire, judged from the header. Default: Infinity, since maxMessageSize bounds it. Close code 1009. */
  maxFrameSize?: number;
  /** Bytes in one message as the application sees it, inflated; enforced while it inflates. Default: 16 MiB. Close code 1009. */
  maxMessageSize?: number;
  /**
   * How many times its bytes on the wire a compressed message may inflate to. Default: Infinity, since maxMessageSize bounds what it becomes
   * and honest messages of one repeated byte reach a thousand. Close code 1009.
   */
  maxInflateRatio?: number;
  /** Frames in one message, empty ones too. Default: Infinity, since a fragment costs its bytes and nothing more. Close code 1008. */
  maxFragments?: number;
  /** Milliseconds from a message's first frame to its last. Default: 120,000. Close code 1008. */
  messageDeadline?: number;
  /** Bytes of messages waiting to be sent. Default: 16 MiB. */
  maxQueueSize?: number;
  /** Default: refuse. */
  queuePolicy?: QueuePolicy;
  /** Bytes of messages waiting from which on a send answers `high-water`. Default: 256 KiB. */
  highWaterMark?: number;
  /** Pongs waiting to be taken; past it only the newest is kept (§5.5.3). Pings of this side waiting are bounded by it too. Default: 64. */
  maxQueuedPongs?: number;
  /** Control frames received in one second. Default: Infinity. Close code 1008. */
  maxControlRate?: number;
}

const MIB = 1024 * 1024;

/** The limits in force on one connection. */
export class Limits implements FrameLimits {
  maxFrameSize: number = Infinity;
  maxMessageSize: number = 16 * MIB;
  maxInflateRatio: number = Infinity;
  maxFragments: number = Infinity;
  messageDeadline = 120_000;
  maxQueueSize: number = 16 * MIB;
  queuePolicy: QueuePolicy = 'refuse';
  highWaterMark: number = 256 * 1024;
  maxQueuedPongs = 64;
  maxControlRate: number = Infinity;

  /** @throws as {@link Limits.set} */
  constructor(options: LimitOptions = {}) {
    this.set(options);
  }

  /**
   * Changes the limits that are named and keeps the others. A message under way is held to the new values from its next frame on.
   *
   * @throws TypeError for a name that is no limit or a value that is no number; RangeError for a number that makes no sense
   */
  set(options: LimitOptions): void {
    checkKnown('limits', options, NAMES);
    const { maxFrameSize, maxMessageSize, maxInflateRatio, maxFragments, messageDeadline } = options;
    const { maxQueueSize, queuePolicy, highWaterMark, maxQueuedPongs, maxControlRate } = options;
    if (queuePolicy !== undefined && queuePolicy !== 'refuse' && queuePolicy !== 'close') {
      throw new TypeError(`limits.queuePolicy must be 'refuse' or 'close', found ${String(queuePolicy)}`);
    }
    const next = {
      maxFrameSize: checkNumber('limits.maxFrameSize', maxFrameSize, this.maxFrameSize, 0),
      maxMessageSize: checkNumber('limits.maxMessageSize', maxMessageSize, this.maxMessageSize, 0),
      maxInflateRatio: checkNumber('limits.maxInflateRatio', maxInflateRatio, this.maxInflateRatio, 1),
      maxFragments: checkNumber('limits.maxFragments', maxFragments, this.maxFragments, 1),
      messageDeadline: checkNumber('limits.messageDeadline', messageDeadline, this.messageDeadline, 1),
      maxQueueSize: checkNumber('limits.maxQueueSize', maxQueueSize, this.maxQueueSize, 0),
      queuePolicy: queuePolicy ?? this.queuePolicy,
      highWaterMark: checkNumber('limits.highWaterMark', highWaterMark, this.highWaterMark, 0),
      maxQueuedPongs: checkNumber('limits.maxQueuedPongs', maxQueuedPongs, this.maxQueuedPongs, 1),
      maxControlRate: checkNumber('limits.maxControlRate', maxControlRate, this.maxControlRate, 1),
    };
    Object.assign(this, next); // all or none: a bad value has thrown before any was changed
  }

  /** The limit behind a violation of a header, with what was met; null for a violation that is no limit's. */
  exceeded(violation: Violation, observed: number): LimitExceeded | null {
    const name = LIMIT_OF.get(violation);
    return name === undefined ? null : this.broken(name, observed);
  }

  /** What there is to say of a limit that is exceeded now. */
  broken(name: Exclude<keyof LimitOptions, 'queuePolicy'>, observed: number): LimitExceeded {
    return { name, value: this[name], observed };
  }
}

const NAMES: ReadonlySet<string> = new Set([
  'maxFrameSize', 'maxMessageSize', 'maxInflateRatio', 'maxFragments', 'messageDeadline', 'maxQueueSize', 'queuePolicy', 'highWaterMark',
  'maxQueuedPongs', 'maxControlRate',
]);

const LIMIT_OF: ReadonlyMap<Violation, keyof FrameLimits> = new Map([
  [FRAME_TOO_BIG, 'maxFrameSize'],
  [MESSAGE_TOO_BIG, 'maxMessageSize'],
  [TOO_MANY_FRAGMENTS, 'maxFragments'],
] as const);
