// Two connections joined by a link under one clock, each with an assembler and a log of what it told and when.

import { createHash } from 'node:crypto';
import { MessageAssembler } from '../../lib/core/protocol/message-assembler.ts';
import { Connection } from '../../lib/core/protocol/connection.ts';
import type { ConnectionOptions } from '../../lib/core/protocol/connection-options.ts';
import type { CloseOutcome } from '../../lib/core/protocol/events.ts';
import type { MessageEvents } from '../../lib/core/protocol/message-assembler.ts';
import { portablePlatform } from '../../lib/core/platform.ts';
import type { Platform } from '../../lib/core/platform.ts';
import type { Role } from '../../lib/core/wire/opcode.ts';
import { VirtualClock } from '../support/clock.ts';
import { ConnectionDriver } from '../support/driver.ts';
import { Link } from '../support/link.ts';
import type { LinkEnd, LinkOptions } from '../support/link.ts';
import { Random } from '../support/random.ts';
import { toHex } from '../support/bytes.ts';

/** A platform whose randomness is seeded: two runs are the same run. */
export function seededPlatform(seed: number): Platform {
  const random = new Random(seed);
  return portablePlatform({ random: (target) => random.fill(target) });
}

/** A message for a log: short text as it is, short bytes as hex, and of a long one its length and a digest. */
export function brief(message: string | Uint8Array): string {
  const text = typeof message === 'string' ? message : toHex(message);
  if (text.length <= 60) return text;
  return `${typeof message} of ${message.length}: ${createHash('sha1').update(text).digest('hex')}`;
}

/** What an application may do with what it is told; everything is optional and comes after the log. */
export type Reactions = Partial<MessageEvents>;

export type SideOptions = Omit<ConnectionOptions, 'role' | 'platform' | 'events' | 'wake'>;

/** One side: a connection, who drives it, and what it has told. */
export class Side implements MessageEvents {
  readonly role: Role;
  readonly clock: VirtualClock;
  readonly assembler: MessageAssembler;
  readonly connection: Connection;
  readonly driver: ConnectionDriver;
  readonly end: LinkEnd;
  /** Messages in the order of arrival, as {@link brief}. */
  readonly messages: string[] = [];
  /** When something was told, in ms: `ping`, `pong`, `drained`, `closing 1000`. */
  readonly log: [number, string][] = [];
  readonly outcomes: CloseOutcome[] = [];
  closedAt: number = NaN;
  /** Events after `closed`, of which there must be none. */
  late = 0;
  readonly #reactions: Reactions;

  constructor(role: Role, clock: VirtualClock, end: LinkEnd, platform: Platform, options: SideOptions, reactions: Reactions) {
    this.role = role;
    this.clock = clock;
    this.end = end;
    this.#reactions = reactions;
    this.assembler = new MessageAssembler(platform, this);
    this.connection = new Connection({ ...options, role, platform, events: this.assembler, wake: () => this.driver.soon() });
    this.driver = new ConnectionDriver(clock, end, this.connection);
  }

  /** How it ended. Throws while it has not, or when it did so twice. */
  get outcome(): CloseOutcome {
    const [outcome] = this.outcomes;
    if (outcome === undefined || this.outcomes.length > 1) throw new Error(`the ${this.role} was closed ${this.outcomes.length} times`);
    return outcome;
  }

  /** The times at which `what` was told. */
  times(what: string): number[] {
    return this.log.filter(([, told]) => told === what).map(([at]) => at);
  }

  text(message: string): void {
    this.#told();
    this.messages.push(brief(message));
    this.#reactions.text?.(message);
  }

  binary(message: Uint8Array): void {
    this.#told();
    this.messages.push(brief(message));
    this.#reactions.binary?.(message);
  }

  ping(payload: Uint8Array): void {
    this.#told('ping');
    this.#reactions.ping?.(payload);
  }

  pong(payload: Uint8Array): void {
    this.#told('pong');
    this.#reactions.pong?.(payload);
  }

  closing(code: number, reason: string): void {
    this.#told(`closing ${code}${reason === '' ? '' : ` ${reason}`}`);
    this.#reactions.closing?.(code, reason);
  }

  drained(): void {
    this.#told('drained');
    this.#reactions.drained?.();
  }

  closed(outcome: CloseOutcome): void {
    this.#told();
    this.outcomes.push(outcome);
    this.closedAt = this.clock.now;
    this.#reactions.closed?.(outcome);
  }

  #told(what?: string): void {
    if (this.outcomes.length > 0) this.late++;
    if (what !== undefined) this.log.push([this.clock.now, what]);
  }
}

export interface PairOptions {
  readonly link?: LinkOptions;
  readonly client?: SideOptions;
  readonly server?: SideOptions;
  readonly seed?: number;
  readonly onClient?: (pair: Pair) => Reactions;
  readonly onServer?: (pair: Pair) => Reactions;
}

/** Client and server, already open. */
export class Pair {
  readonly clock: VirtualClock = new VirtualClock();
  readonly link: Link;
  readonly client: Side;
  readonly server: Side;

  constructor(options: PairOptions = {}) {
    const { clock } = this;
    this.link = new Link(clock, options.link);
    const platform = seededPlatform(options.seed ?? 1);
    this.client = new Side('client', clock, this.link.client, platform, options.client ?? {}, options.onClient?.(this) ?? {});
    this.server = new Side('server', clock, this.link.server, platform, options.server ?? {}, options.onServer?.(this) ?? {});
  }

  get sides(): readonly [Side, Side] {
    return [this.client, this.server];
  }

  /** Another of the same. */
  other(side: Side): Side {
    return side === this.client ? this.server : this.client;
  }
}
