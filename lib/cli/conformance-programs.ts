// Clients under test that are programs: one that is started for each case, or one for all of them that reads URLs. They run in a shell, as a
// process group of their own, so that whatever they start ends with them.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { ClientGone } from '../conformance/network/client-runner.ts';
import type { Drive } from '../conformance/network/client-runner.ts';

/** What is kept of what a program says: its last lines, and characters of them. */
const LAST_LINES = 5;
const LAST_WORDS = 4_000;
/** Ms for a program to end when it is told to, and for its last words when it has. */
const END = 500;
const WORDS = 100;

/** A program under way. */
class Program {
  readonly #child: ChildProcess;
  #words = '';
  /** How it ended, in words; resolves when it has. */
  readonly ended: Promise<string>;
  /** It ended with exit code 0. */
  succeeded = false;

  constructor(command: string, reads: boolean) {
    const child = spawn(command, { shell: true, detached: GROUPS, stdio: [reads ? 'pipe' : 'ignore', 'ignore', 'pipe'] });
    this.#child = child;
    running.add(this);
    child.stdin?.on('error', () => {}); // it may end before it reads
    child.stderr?.setEncoding('utf8').on('data', (text: string) => { this.#words = (this.#words + text).slice(-LAST_WORDS); });
    this.ended = new Promise((resolve) => {
      child.on('error', (error) => resolve(`could not be started: ${error.message}`));
      child.on('exit', (code, signal) => {
        this.succeeded = code === 0;
        const told = (): void => resolve(`ended with ${code === null ? `signal ${signal}` : `exit code ${code}`}${this.#sayWords()}`);
        child.on('close', told);
        setTimeout(told, WORDS).unref(); // what it has started may still hold its standard error
      });
    });
  }

  write(line: string): void {
    this.#child.stdin?.write(line);
  }

  /** Ends it and everything it has started; resolves when it is gone. */
  async end(): Promise<void> {
    this.#kill('SIGTERM');
    const timer = setTimeout(() => this.#kill('SIGKILL'), END);
    await this.ended;
    clearTimeout(timer);
    this.#kill('SIGKILL'); // what it has left behind
    running.delete(this);
  }

  /** Ends it and everything it has started, at once. */
  kill(): void {
    this.#kill('SIGKILL');
  }

  #kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      if (GROUPS) process.kill(-pid, signal);
      else this.#child.kill(signal);
    } catch {
      // it has gone by itself
    }
  }

  #sayWords(): string {
    const lines = this.#words.trimEnd().split('\n').slice(-LAST_LINES).map((line) => line.trim()).filter((line) => line !== '');
    return lines.length === 0 ? '' : `, its last words: ${lines.join(' / ')}`;
  }
}

const GROUPS = process.platform !== 'win32';
/** Programs that have not been ended: nobody outlives this process. */
const running = new Set<Program>();
process.on('exit', () => {
  for (const program of running) program.kill();
});

/** A client that is started for each case: `{url}` in the command is replaced, or the URL stands behind it. */
export function execDrive(command: string): Drive {
  return async (url, signal) => {
    const program = new Program(command.includes('{url}') ? command.replaceAll('{url}', url) : `${command} ${url}`, false);
    const over = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve());
    });
    const how = await Promise.race([program.ended, over]);
    await program.end();
    if (how !== undefined && !program.succeeded) throw new Error(`it ${how}`);
  };
}

/** A client that is started once, and reads a URL a line. */
export class Driver {
  readonly #program: Program;
  #how: string | null = null;

  constructor(command: string) {
    this.#program = new Program(command, true);
    void this.#program.ended.then((how) => { this.#how = how; });
  }

  readonly drive: Drive = async (url, signal) => {
    if (this.#how === null) this.#program.write(`${url}\n`);
    const over = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve());
    });
    const how = this.#how ?? await Promise.race([this.#program.ended, over]);
    if (how !== undefined) throw new ClientGone(`the driver ${how}`);
  };

  end(): Promise<void> {
    return this.#program.end();
  }
}
