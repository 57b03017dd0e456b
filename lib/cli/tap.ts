// A Duplex around a Duplex that shows what passes through it. It is how the transcript sees the bytes without the engine's help, and an
// example of a connection that the caller supplies.

import { Duplex } from 'node:stream';

/** Told of bytes in passing; they are only borrowed. */
export type Listener = (bytes: Uint8Array) => void;

export class Tap extends Duplex {
  readonly #inner: Duplex;
  readonly #sent: Listener;

  constructor(inner: Duplex, sent: Listener, received: Listener) {
    super({ allowHalfOpen: true, emitClose: true });
    this.#inner = inner;
    this.#sent = sent;
    inner.on('data', (chunk: Uint8Array) => {
      received(chunk);
      if (!this.push(chunk)) inner.pause();
    });
    inner.on('end', () => this.push(null));
    inner.on('error', (error) => this.destroy(error));
    inner.on('close', () => this.destroy());
  }

  override _read(): void {
    this.#inner.resume();
  }

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    this.#sent(chunk);
    this.#inner.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#inner.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#inner.destroy();
    done(error);
  }
}
