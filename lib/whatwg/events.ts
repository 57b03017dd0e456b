// CloseEvent and ErrorEvent: the host's own where it has them (Node has CloseEvent from 23 on, ErrorEvent from 25), else these. Event and
// MessageEvent every Node has. Whoever asks `event instanceof CloseEvent` gets the same answer by the global name and by this one.

import { define, needArguments, toDictionary, toDOMString, toUnsignedShort, toUSVString } from './idl.ts';
import type * as surface from './surface.ts';

class OwnCloseEvent extends Event implements surface.CloseEvent {
  readonly #wasClean: boolean;
  readonly #code: number;
  readonly #reason: string;

  constructor(type: string, init: surface.CloseEventInit = {}) {
    needArguments('CloseEvent', arguments.length, 1);
    const given = toDictionary<surface.CloseEventInit>('the second argument of CloseEvent', init);
    super(type, given);
    const { wasClean = false, code = 0, reason = '' } = given;
    this.#wasClean = Boolean(wasClean);
    this.#code = toUnsignedShort(code);
    this.#reason = toUSVString(reason);
  }

  get wasClean(): boolean {
    return this.#wasClean;
  }

  get code(): number {
    return this.#code;
  }

  get reason(): string {
    return this.#reason;
  }
}
define('CloseEvent', OwnCloseEvent, ['wasClean', 'code', 'reason']);

class OwnErrorEvent extends Event implements surface.ErrorEvent {
  readonly #message: string;
  readonly #error: unknown;

  constructor(type: string, init: surface.ErrorEventInit = {}) {
    needArguments('ErrorEvent', arguments.length, 1);
    const given = toDictionary<surface.ErrorEventInit>('the second argument of ErrorEvent', init);
    super(type, given);
    this.#message = toDOMString(given.message ?? '');
    this.#error = given.error;
  }

  get message(): string {
    return this.#message;
  }

  get error(): unknown {
    return this.#error;
  }
}
define('ErrorEvent', OwnErrorEvent, ['message', 'error']);

interface EventClass<E, Init> {
  readonly prototype: E;
  new(type: string, init?: Init): E;
}

/** The global of that name, or `own`. */
function hostOr<T>(name: string, own: T): T {
  const host: unknown = Reflect.get(globalThis, name);
  return typeof host === 'function' ? host as unknown as T : own; // a host's class of this name is the standard's
}

// The names of the standard, whose types are those of its interfaces and not of a class.
export const CloseEvent: EventClass<surface.CloseEvent, surface.CloseEventInit> = hostOr('CloseEvent', OwnCloseEvent);
export type CloseEvent = surface.CloseEvent;
export const ErrorEvent: EventClass<surface.ErrorEvent, surface.ErrorEventInit> = hostOr('ErrorEvent', OwnErrorEvent);
export type ErrorEvent = surface.ErrorEvent;
