// Events by name, typed: for who would rather attach functions than write a listener. An event that nobody listens to is nothing, also a
// failure. What a function throws passes through to who emits, after it has been called last.

/** Functions attached to names. `Events` maps a name to what its functions are called with. */
export class Emitter<Events extends object> {
  readonly #functions: Map<keyof Events, ((event: never) => void)[]> = new Map();

  /** Calls `callback` at every such event from now on. */
  on<Name extends keyof Events>(name: Name, callback: (event: Events[Name]) => void): this {
    if (typeof callback !== 'function') throw new TypeError(`a callback is a function, found ${typeof callback}`);
    this.#functions.set(name, [...this.#functions.get(name) ?? [], callback]);
    return this;
  }

  /** Calls `callback` at the next such event only. */
  once<Name extends keyof Events>(name: Name, callback: (event: Events[Name]) => void): this {
    const once = (event: Events[Name]): void => {
      this.off(name, once);
      callback(event);
    };
    return this.on(name, once);
  }

  /** Calls `callback` no more. */
  off<Name extends keyof Events>(name: Name, callback: (event: Events[Name]) => void): this {
    this.#functions.set(name, (this.#functions.get(name) ?? []).filter((attached) => attached !== callback));
    return this;
  }

  /** Whether anybody listens. */
  has(name: keyof Events): boolean {
    return (this.#functions.get(name) ?? []).length > 0;
  }

  /** Tells everybody who listens. */
  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    for (const callback of this.#functions.get(name) ?? []) (callback as (event: Events[Name]) => void)(event);
  }
}
