// An endpoint of somebody else, which may throw. What a peer sends must not make it; where it does, it costs the case and not the run: from
// then on the endpoint is gone, as the connection of a process that has died.

import type { Endpoint } from './engine.ts';

export class GuardedEndpoint implements Endpoint {
  /** What it threw first, in a line; null while it has not. */
  thrown: string | null = null;
  readonly #endpoint: Endpoint;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  receive(chunk: Uint8Array): number {
    return this.#guard((endpoint) => endpoint.receive(chunk)) ?? chunk.length;
  }

  receiveEnd(): void {
    this.#guard((endpoint) => endpoint.receiveEnd());
  }

  takeOutput(): Uint8Array | null {
    return this.#guard((endpoint) => endpoint.takeOutput()) ?? null;
  }

  advance(now: number): void {
    this.#guard((endpoint) => endpoint.advance(now));
  }

  get outputEnded(): boolean {
    return this.#guard((endpoint) => endpoint.outputEnded) ?? false;
  }

  get abandoned(): boolean {
    return this.#guard((endpoint) => endpoint.abandoned) ?? true;
  }

  get deadline(): number {
    return this.#guard((endpoint) => endpoint.deadline) ?? Infinity;
  }

  get retainedBytes(): number {
    return this.#guard((endpoint) => endpoint.retainedBytes) ?? 0;
  }

  /** What the endpoint says; nothing once it has thrown. */
  #guard<Answer>(ask: (endpoint: Endpoint) => Answer): Answer | undefined {
    if (this.thrown !== null) return undefined;
    try {
      return ask(this.#endpoint);
    } catch (error) {
      this.thrown = error instanceof Error ? `${error.name}: ${error.message}` : `a ${typeof error}`;
      return undefined;
    }
  }
}
