// What an application chooses for one connection, as dial, listen, upgrade and accept all take it: judged when it is given,
// merged from a server's defaults and what it says of one connection. The values' own rules are the core's.

import { MessageAssembler } from '../core/protocol/message-assembler.ts';
import type { MessageEvents } from '../core/protocol/message-assembler.ts';
import { Connection } from '../core/protocol/connection.ts';
import type { ConnectionOptions } from '../core/protocol/connection-options.ts';
import type { ConnectionEvents } from '../core/protocol/events.ts';
import type { KeepaliveOptions } from '../core/protocol/keepalive.ts';
import type { LimitOptions } from '../core/protocol/limits.ts';
import type { HeaderField } from '../core/handshake/headers.ts';
import type { MessageCompression } from '../core/wire/compression.ts';
import type { Role } from '../core/wire/opcode.ts';
import { judgeCompression } from './compression.ts';
import type { CompressionSetting } from './compression.ts';
import { nodePlatform } from './platform.ts';

/**
 * Where events go: whole messages, of which what is left out is ignored, or, with `payload`, a connection's events as they are,
 * in pieces. Methods are called on the object and looked up at each event, so they may be replaced later.
 */
export type Handlers = Partial<MessageEvents> | ConnectionEvents;

/** Fields of a head: pairs in order, or an object. */
export type HeaderFields = Iterable<HeaderField> | Readonly<Record<string, string>>;

/** What an application chooses for a connection. */
export interface ConnectionSettings {
  readonly limits?: LimitOptions;
  readonly keepalive?: KeepaliveOptions | 'off';
  /** Ms without progress that this side's Close may wait to be sent and answered; 10,000 by default. */
  readonly closeTimeout?: number;
  /** Ms the transport may take to end after the closing handshake or a refusal; 1,000 by default. */
  readonly lingerTimeout?: number;
  /** Whether and how messages are compressed (RFC 7692); on by default. */
  readonly compression?: CompressionSetting;
}

const CONNECTION_SETTINGS = ['limits', 'keepalive', 'closeTimeout', 'lingerTimeout'] as const;
export const SETTINGS: readonly (keyof ConnectionSettings)[] = [...CONNECTION_SETTINGS, 'compression'];

const PIECE_EVENTS: readonly (keyof ConnectionEvents)[] = ['payload', 'ping', 'pong', 'closing', 'drained', 'closed'];
const MESSAGE_EVENTS: readonly (keyof MessageEvents)[] = ['text', 'binary', 'ping', 'pong', 'closing', 'drained', 'closed'];

/**
 * The sink that `handlers` are.
 *
 * @throws TypeError for what is no function, for a plain object's method that is no event, and for pieces without the other
 * events.
 */
export function sinkOf(handlers: Handlers): ConnectionEvents {
  if (typeof handlers !== 'object' || handlers === null) {
    throw new TypeError(`events must be an object, found ${String(handlers)}`);
  }
  if (!('payload' in handlers) || handlers.payload === undefined) {
    return new MessageAssembler(nodePlatform, new PartialEvents(handlers));
  }
  checkMethods(handlers, PIECE_EVENTS);
  for (const name of PIECE_EVENTS) {
    if (typeof handlers[name] === 'function') continue;
    throw new TypeError(`events.${name} must be a function: with payload the sink is total`);
  }
  return handlers as ConnectionEvents; // every method has just been found
}

/** Only a plain object is held to the names: what else an instance of the application's own class carries is its business. */
function checkMethods(handlers: object, known: readonly string[]): void {
  const prototype: unknown = Object.getPrototypeOf(handlers);
  if (prototype === Object.prototype || prototype === null) {
    for (const [key, value] of Object.entries(handlers)) {
      if (value === undefined || known.includes(key)) continue;
      throw new TypeError(`events.${key} is not an event; known are ${known.join(', ')}`);
    }
  }
  for (const name of known) {
    const method: unknown = Reflect.get(handlers, name);
    if (method === undefined || typeof method === 'function') continue;
    throw new TypeError(`events.${name} must be a function, found ${typeof method}`);
  }
}

/** Makes a total sink of one that is not. */
class PartialEvents implements MessageEvents {
  readonly #handlers: Partial<MessageEvents>;

  constructor(handlers: Partial<MessageEvents>) {
    checkMethods(handlers, MESSAGE_EVENTS);
    this.#handlers = handlers;
  }

  text(message: string): void {
    this.#handlers.text?.(message);
  }

  binary(message: Uint8Array): void {
    this.#handlers.binary?.(message);
  }

  ping(payload: Uint8Array): void {
    this.#handlers.ping?.(payload);
  }

  pong(payload: Uint8Array): void {
    this.#handlers.pong?.(payload);
  }

  closing(code: number, reason: string): void {
    this.#handlers.closing?.(code, reason);
  }

  drained(): void {
    this.#handlers.drained?.();
  }

  closed(outcome: Parameters<MessageEvents['closed']>[0]): void {
    this.#handlers.closed?.(outcome);
  }
}

/** The core's options for a connection with these settings. */
export function connectionOptions(
  role: Role, events: ConnectionEvents, wake: () => void, settings: Omit<ConnectionSettings, 'compression'>,
  compression: MessageCompression | null,
): ConnectionOptions {
  return { role, platform: nodePlatform, events, wake, compression, ...pick(settings, CONNECTION_SETTINGS) };
}

/** The named properties that `from` really has: an option given as undefined is one left out. */
export function pick<T extends object, K extends keyof T>(from: T, names: readonly K[]): Pick<T, K> {
  return Object.fromEntries(names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]])) as Pick<T, K>;
}

/** What `special` says, and `general` where it says nothing; limits one by one. */
export function mergeSettings(general: ConnectionSettings, special: ConnectionSettings): ConnectionSettings {
  const limits = { ...general.limits, ...special.limits };
  return { ...pick(general, SETTINGS), ...pick(special, SETTINGS), limits };
}

/** @throws TypeError or RangeError naming what a connection would not take: to be told before anything happens on a network. */
export function checkSettings(role: Role, handlers: Handlers, settings: ConnectionSettings): void {
  void judgeCompression(role, settings.compression);
  void new Connection(connectionOptions(role, sinkOf(handlers), () => {}, settings, null));
}

/** Fields as pairs. */
export function fieldsOf(headers: HeaderFields): Iterable<HeaderField> {
  return Symbol.iterator in headers ? headers as Iterable<HeaderField> : Object.entries(headers);
}

/** Lets an exception surface as one of the application's: later, alone, with nothing of this package on the stack. */
export function surface(error: unknown): void {
  process.nextTick(() => { throw error; });
}
