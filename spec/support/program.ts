// The `hawser` program as a process: what a person types, what is piped in, what comes out.

import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = join(dirname(fileURLToPath(import.meta.url)), '../../lib/cli/main.js');

export interface ProgramResult {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Starts it, without the proxies that the environment may name. */
export function hawser(...args: string[]): ChildProcessWithoutNullStreams {
  const env = { ...process.env };
  for (const name of ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy']) {
    delete env[name];
    delete env[name.toUpperCase()];
  }
  return spawn(process.execPath, [MAIN, ...args], { env });
}

/** Runs it to its end with that input. */
export async function runHawser(input: string, ...args: string[]): Promise<ProgramResult> {
  const child = hawser(...args);
  let out = '', err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => { out += text; });
  child.stderr.setEncoding('utf8').on('data', (text: string) => { err += text; });
  child.stdin.on('error', () => {}); // it may have ended before it read all
  child.stdin.end(input);
  const [code] = await once(child, 'close') as [number | null];
  return { code, out, err };
}
