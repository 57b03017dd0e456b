// An endpoint of somebody else, which may throw. What a peer sends must not make it; where it does, it costs the case and not the run: from
// then on the endpoint is gone, as the connection of a process that has died.

import type { Endpoint } from '../engine.ts';

export class GuardedEndpoint implements Endpoint {
  /** What it threw first; null while it has not. */
  thrown: { readonly error: unknown } | null = null;
  readonly #endpoint: Endpoint;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  receive(chunk: Uint8Array): number {
    return this.#guard((endpoint) => {
      const consumed = endpoint.receive(chunk) ?? chunk.length;
      if (consumed >= 0 && consumed <= chunk.length) return consumed;
      throw new RangeError(`receive() returned ${consumed} of ${chunk.length} octets`);
    }) ?? chunk.length;
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
      this.thrown = { error };
      return undefined;
    }
  }
}

/** Why a case fails whose engine threw. */
export function sayThrown(error: unknown): string {
  const thrown = error instanceof Error ? `${error.name}: ${error.message}` : `a ${typeof error}`;
  return `the engine threw ${thrown}: whatever a peer sends is no reason to, and a server would be gone.`;
}
