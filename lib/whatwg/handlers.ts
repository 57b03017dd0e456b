// Event handler attributes (WHATWG HTML §8.1.8.1): onopen and its like. The listener behind one takes its place when a handler is set
// where none was; another handler takes over the place, null gives it up.

import { isObject } from './idl.ts';

interface Entry {
  handler: object;
  readonly listener: (event: Event) => void;
}

export class EventHandlers {
  readonly #target: EventTarget;
  readonly #entries: Map<string, Entry> = new Map();

  constructor(target: EventTarget) {
    this.#target = target;
  }

  /** The handler as it was given: what is no object was null. */
  get<T>(type: string): T | null {
    return (this.#entries.get(type)?.handler ?? null) as T | null; // the attribute's own type: only its setter puts anything here
  }

  set(type: string, handler: unknown): void {
    const entry = this.#entries.get(type);
    if (!isObject(handler)) { // [LegacyTreatNonObjectAsNull]
      if (entry === undefined) return;
      this.#target.removeEventListener(type, entry.listener);
      this.#entries.delete(type);
    } else if (entry !== undefined) {
      entry.handler = handler;
    } else {
      const fresh: Entry = { handler, listener: (event) => call(fresh.handler, this.#target, event) };
      this.#entries.set(type, fresh);
      this.#target.addEventListener(type, fresh.listener);
    }
  }
}

/** The event handler processing algorithm: an object that cannot be called is kept and not called; false cancels the event. */
function call(handler: object, target: EventTarget, event: Event): void {
  if (typeof handler !== 'function') return;
  // `this` is the current target, which is the target: there is no tree. (Node 20 shows a currentTarget to the first listener only.)
  const result: unknown = Reflect.apply(handler, target, [event]);
  if (result === false) event.preventDefault();
}
