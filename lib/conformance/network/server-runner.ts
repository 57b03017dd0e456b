// Runs cases against a server: for each of them a connection of its own to a URL whose server echoes.
//
// Law: a server that hangs, resets, floods, never answers or refuses to connect costs one case, never the run. Only when nothing listens at
// all is there no run.

import { defaultPort } from '../../core/handshake/authority.ts';
import { checkField } from '../../core/handshake/head-writer.ts';
import { connectBytes, ConnectError } from '../../node/byte-stream.ts';
import type { ByteStream } from '../../node/byte-stream.ts';
import { parseTarget } from '../../node/target.ts';
import type { Target } from '../../node/target.ts';
import type { Case } from '../case.ts';
import type { RunReport } from '../result.ts';
import { checkType, failed, playAll, reportOf, RunError, settingsOf } from '../run.ts';
import type { Attempt, Played, RunOptions, Settings } from '../run.ts';
import { playAfterwards, playOn } from './play.ts';

export interface ServerRunOptions extends RunOptions {
  /** Further fields of every request, names and values. */
  readonly headers?: Iterable<readonly [name: string, value: string]>;
  /** Whether the certificate of a wss server is verified; true by default. */
  readonly rejectUnauthorized?: boolean;
}

/** Ms between two attempts to reach a server that may just be starting. */
const RETRY_AFTER = 100;
const REFUSED = 'ECONNREFUSED';

/**
 * Runs cases against the server at `url`, which echoes. A server that is just starting is waited for, as long as the patience is.
 *
 * @throws (rejects with) RunError when there is no server to run against; TypeError or RangeError naming an argument that is a mistake
 */
export async function runServer(url: string | URL, options: ServerRunOptions = {}): Promise<RunReport> {
  const target = parseTarget(url);
  const fields = fieldsOf(options.headers ?? [], target);
  const settings = settingsOf('server', options, { agent: target.uri, replay: `hawser conformance server ${target.uri} --case {id}` },
    ['headers', 'rejectUnauthorized']);
  checkType('rejectUnauthorized', options.rejectUnauthorized, 'boolean');
  return new ServerRun(settings, target, fields, options.rejectUnauthorized !== false).run();
}

function fieldsOf(headers: Iterable<readonly [string, string]>, { authorization }: Target): readonly string[] {
  const fields = [...headers].map(([name, value]) => {
    checkField(name, value);
    return `${name}: ${value}`;
  });
  return authorization === null ? fields : [...fields, `Authorization: ${authorization}`];
}

class ServerRun {
  readonly #settings: Settings;
  readonly #target: Target;
  readonly #host: string;
  readonly #fields: readonly string[];
  readonly #rejectUnauthorized: boolean;
  /** The connection that showed that somebody listens: it is the first case's. */
  #first: ByteStream | null = null;

  constructor(settings: Settings, target: Target, fields: readonly string[], rejectUnauthorized: boolean) {
    this.#settings = settings;
    this.#target = target;
    this.#fields = fields;
    this.#rejectUnauthorized = rejectUnauthorized;
    const { host, port, secure } = target;
    this.#host = port === defaultPort(secure ? 'wss' : 'ws') ? host : `${host}:${port}`;
  }

  async run(): Promise<RunReport> {
    const { scheduler, cases } = this.#settings;
    const date = new Date();
    const begun = scheduler.now();
    if (cases.length > 0) this.#first = await this.#reach();
    const results = await playAll(this.#settings, (testCase, attempt) => this.#play(testCase, attempt));
    this.#first?.destroy();
    return reportOf(this.#settings, results, date, scheduler.now() - begun);
  }

  /** The first connection. @throws RunError when there is none */
  async #reach(): Promise<ByteStream | null> {
    const { patience, scheduler, signal } = this.#settings;
    const until = scheduler.now() + patience;
    for (;;) {
      try {
        return await this.#connect(patience);
      } catch (error) {
        if (signal.aborted) return null;
        const { message, code } = error as ConnectError;
        if (code !== REFUSED) throw new RunError(`no connection to ${this.#target.uri} could be opened: ${message}`);
        if (scheduler.now() + RETRY_AFTER > until) throw new RunError(`nothing listens at ${this.#target.uri}: ${message}`);
        await new Promise((resolve) => { setTimeout(resolve, RETRY_AFTER); });
      }
    }
  }

  #connect(timeout: number): Promise<ByteStream> {
    return connectBytes({ target: this.#target, rejectUnauthorized: this.#rejectUnauthorized, timeout });
  }

  async #play(testCase: Case, attempt: Attempt): Promise<Played | null> {
    const played = await this.#playOnce(testCase, attempt);
    return playAfterwards(testCase, played, (afterwards) => this.#playOnce(afterwards, attempt));
  }

  async #playOnce(testCase: Case, attempt: Attempt): Promise<Played | null> {
    const { scheduler, role } = this.#settings;
    const begun = scheduler.now();
    try {
      const stream = this.#takeFirst() ?? await this.#connect(attempt.patience);
      return await playOn(stream, testCase, this.#settings, { ...attempt, host: this.#host, resource: this.#target.resource, fields: this.#fields });
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error;
      if (attempt.signal.aborted) return null;
      const why = `the connection could not be opened: ${error.message}`;
      return { result: failed(testCase, role, why, scheduler.now() - begun), late: true };
    }
  }

  #takeFirst(): ByteStream | null {
    const first = this.#first;
    this.#first = null;
    return first;
  }
}
