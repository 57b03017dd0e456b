// Engines that the suite can be run against: the correct endpoint, and whatever its switches make of it.

import type { Endpoint, Engine } from '../../../lib/conformance/engine.ts';
import type { SubjectRole } from '../../../lib/conformance/case.ts';
import { EchoEndpoint } from './endpoint.ts';
import type { Switch } from './switches.ts';

/** Makes endpoints, and remembers what they asked and whether they opened. */
export class EchoEngine implements Engine {
  readonly name: string;
  readonly opening = 'included';
  /** The switches that were asked for. */
  readonly asked: Set<Switch> = new Set();

  readonly #on: ReadonlySet<Switch>;
  #last: EchoEndpoint | null = null;

  /** `on`: the switches that are on; without any it is the correct one. */
  constructor(...on: readonly Switch[]) {
    this.#on = new Set(on);
    this.name = on.length === 0 ? 'correct' : on.join(' and ');
  }

  /** The endpoint that was made last has been open. */
  get hasOpened(): boolean {
    return this.#last?.hasOpened ?? false;
  }

  start(role: SubjectRole): Endpoint {
    this.#last = new EchoEndpoint(role, (what) => {
      this.asked.add(what);
      return this.#on.has(what);
    });
    return this.#last;
  }
}
