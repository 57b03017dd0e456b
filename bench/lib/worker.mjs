// A process of its own for whoever is measured, and one for whoever loads it, driven by calls over Node's channel: each has its own event
// loop, heap and CPU time, so that none is charged for another.

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Every call is answered within this; what is not hangs. */
const DEADLINE_MS = 180_000;

/** A process that answers calls; it is ended with {@link Worker.stop}, and ends with this one. */
export class Worker {
  #child;
  #calls = new Map();
  #last = 0;
  #stopped = false;

  /** @param {string} file beside this one @param {unknown} setting what the process is told at its start */
  constructor(file, setting = null) {
    this.#child = fork(fileURLToPath(new URL(file, import.meta.url)), [JSON.stringify(setting)], { execArgv: ['--expose-gc'] });
    this.#child.on('message', ({ id, result, error }) => {
      const call = this.#calls.get(id);
      this.#calls.delete(id);
      if (error === undefined) call.resolve(result);
      else call.reject(new Error(`${file}: ${error}`));
    });
    this.#child.on('exit', (code, signal) => {
      if (this.#stopped) return;
      for (const { reject } of this.#calls.values()) reject(new Error(`${file} ended by itself: ${signal ?? code}`));
      this.#calls.clear();
    });
  }

  /** @param {string} name @param {unknown} [argument] @returns {Promise<any>} */
  call(name, argument = null) {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${name} was not answered within ${DEADLINE_MS} ms`)), DEADLINE_MS);
      const settle = (then) => (value) => {
        clearTimeout(timer);
        then(value);
      };
      this.#calls.set(id, { resolve: settle(resolve), reject: settle(reject) });
      this.#child.send({ id, name, argument });
    });
  }

  stop() {
    this.#stopped = true;
    this.#child.kill();
  }
}

/** In such a process: answers calls with what the functions return. @param {Record<string, (argument: any) => unknown>} functions */
export function answer(functions) {
  process.on('message', async (/** @type {{ id: number, name: string, argument: unknown }} */ { id, name, argument }) => {
    try {
      process.send?.({ id, result: await functions[name](argument) });
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? error.stack : String(error) });
    }
  });
  process.on('disconnect', () => process.exit());
}

/** What the process was told at its start. @returns {any} */
export function setting() {
  return JSON.parse(process.argv[2] ?? 'null');
}
