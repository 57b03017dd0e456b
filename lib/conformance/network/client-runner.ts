// Runs cases against a client: listens, makes the client connect to a URL of its own for each case, and plays the case on the connection that
// comes. What makes the client connect is its caller's: a function here, a program for `hawser conformance client`.
//
// Law: a client that never connects, goes away, hangs or floods costs one case, never the run.

import type { PendingUpgrade } from '../../node/pending.ts';
import { after } from '../../server/timer.ts';
import type { Case } from '../case.ts';
import type { RunReport } from '../result.ts';
import { checkType, failed, playAll, reportOf, RunError, settingsOf } from '../run.ts';
import type { Attempt, Played, RunOptions, Settings } from '../run.ts';
import { openDoor, sendAway } from './door.ts';
import type { Door, Visitor } from './door.ts';
import { playAfterwards, playOn } from './play.ts';

/**
 * Makes the client under test connect to `url` and echo every message until the connection closes. Settles when the client is done with it: a
 * rejection says in its message why it ended; with {@link ClientGone} it is gone for all cases that are left. `signal` is aborted when the
 * case is over, and then it has to settle.
 */
export type Drive = (url: string, signal: AbortSignal) => Promise<void>;

/** There is no client any more. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

export interface ClientRunOptions extends RunOptions {
  /** The address to listen on; 127.0.0.1 by default. */
  readonly host?: string;
  /** 0, the default, is any free port. */
  readonly port?: number;
  /** Whether it is one client that lives through all cases: then those that it has to survive are followed by a further connection. False by default. */
  readonly lasting?: boolean;
}

/** A client may take so many times the patience to start and to connect. */
const START_TIMES = 2;
/** Ms for a connection that was made just before its client was gone, and for a client to say why it left. */
const GRACE = 250;
/** Ms for a client to go when its case is over. */
const LEAVE = 2_000;
/** So many that never connect, and none that did, are no client; a client that lives through all cases is gone after so many in a row. */
const ENOUGH = 3;
/** Targets that are remembered although nobody was waited for there. */
const MOST_STRAYS = 1_000;

/**
 * Runs cases against the client that `drive` makes connect.
 *
 * @throws (rejects with) RunError when it never connects at all; TypeError or RangeError naming an option that is a mistake; the system's error
 * when the port is taken
 */
export async function runClient(drive: Drive, options: ClientRunOptions = {}): Promise<RunReport> {
  if (typeof drive !== 'function') throw new TypeError(`drive must be a function, found ${typeof drive}`);
  const settings = settingsOf('client', options, { agent: 'client', replay: 'hawser conformance client --case {id}' }, ['host', 'port', 'lasting']);
  checkType('lasting', options.lasting, 'boolean');
  return new ClientRun(settings, drive, options.lasting === true).run(options.host ?? '127.0.0.1', options.port ?? 0);
}

class ClientRun {
  readonly #settings: Settings;
  readonly #drive: Drive;
  readonly #lasting: boolean;
  /** Who is waited for, by the target of their request. */
  readonly #expected: Map<string, (visitor: Visitor) => void> = new Map();
  /** Targets of clients whose case is not for them. */
  readonly #declined: Set<string> = new Set();
  /** Targets that nobody was waited for at. */
  readonly #strays: string[] = [];
  #connected = false;
  /** Cases in a row to which nobody came. */
  #absent = 0;
  /** Why no case can be played any more; null as long as they can. */
  #gone: string | null = null;

  constructor(settings: Settings, drive: Drive, lasting: boolean) {
    this.#settings = settings;
    this.#drive = drive;
    this.#lasting = lasting;
  }

  async run(host: string, port: number): Promise<RunReport> {
    const { patience, scheduler } = this.#settings;
    const date = new Date();
    const begun = scheduler.now();
    const door = await openDoor({ host, port, patience, scheduler, admit: (visitor) => this.#admit(visitor), serve: (pending) => this.#serve(pending) });
    try {
      const results = await playAll(this.#settings, (testCase, attempt) => this.#play(door, testCase, attempt));
      return reportOf(this.#settings, results, date, scheduler.now() - begun);
    } finally {
      door.close();
    }
  }

  #admit(visitor: Visitor): boolean {
    const meet = this.#expected.get(visitor.target);
    if (meet === undefined) return false;
    this.#expected.delete(visitor.target);
    this.#connected = true;
    this.#absent = 0;
    meet(visitor);
    return true;
  }

  /** A client that was declined is let in and sent away in order; whoever else comes is told that there is nothing. */
  #serve(pending: PendingUpgrade): void {
    const { resource } = pending.request;
    if (this.#declined.delete(resource)) return sendAway(pending);
    if (this.#strays.length < MOST_STRAYS) this.#strays.push(resource);
    pending.reject(404, { body: `no case is played at ${resource}\n` });
  }

  async #play(door: Door, testCase: Case, attempt: Attempt): Promise<Played | null> {
    const path = `${attempt.again ? '/again' : '/case'}/${testCase.id}`;
    const played = await this.#playAt(door, path, testCase, attempt);
    if (!this.#lasting) return played;
    return playAfterwards(testCase, played, (afterwards) => this.#playAt(door, `${path}/afterwards`, afterwards, attempt));
  }

  async #playAt(door: Door, path: string, testCase: Case, attempt: Attempt): Promise<Played | null> {
    const { scheduler, role } = this.#settings;
    if (this.#gone !== null) return { result: failed(testCase, role, `there is no client any more: ${this.#gone}`, 0), late: false };
    const begun = scheduler.now();
    const leave = new AbortController();
    const client = new Client(this.#drive, `${door.url}${path}`, leave.signal);
    try {
      const visitor = await this.#meet(path, client, attempt);
      if (typeof visitor === 'string') {
        if (attempt.signal.aborted) return null;
        this.#countAbsent(visitor, client);
        return { result: failed(testCase, role, visitor, scheduler.now() - begun), late: true };
      }
      const { stream, read } = visitor;
      const played = await playOn(stream, testCase, this.#settings, {
        ...attempt, host: '', resource: path, fields: [], read,
        decline: (declined, sent) => {
          this.#declined.add(path);
          door.handOver(declined, sent);
        },
      });
      return played === null ? null : await this.#explain(played, client);
    } finally {
      leave.abort();
      await Promise.race([client.ended, this.#pass(LEAVE)]);
    }
  }

  /** Waits for the client; why it did not come, if it does not. */
  #meet(path: string, client: Client, { patience, signal }: Attempt): Promise<Visitor | string> {
    const { scheduler } = this.#settings;
    const within = START_TIMES * patience;
    const strays = this.#strays.length;
    return new Promise((resolve) => {
      const settle = (outcome: Visitor | string): void => {
        callOff();
        this.#expected.delete(path);
        signal.removeEventListener('abort', abort);
        resolve(outcome);
      };
      const abort = (): void => settle('broken off');
      const giveUp = (why: string): void => settle(`${why}${this.#sayStrays(strays)}`);
      const callOff = after(scheduler, within, () => giveUp(`no connection came within ${within} ms`));
      signal.addEventListener('abort', abort);
      this.#expected.set(path, settle);
      void client.ended
        .then(() => client.isGone ? undefined : this.#pass(GRACE))
        .then(() => giveUp(`the client ended before it connected: ${client.how}`));
    });
  }

  #sayStrays(from: number): string {
    const [first] = this.#strays.slice(from);
    return first === undefined ? '' : `; meanwhile somebody asked for ${JSON.stringify(first)}, where no case is played`;
  }

  /** A failure is told with what the client had to say, if it went by itself. */
  async #explain(played: Played, client: Client): Promise<Played> {
    const { result } = played;
    if (client.isGone) this.#gone = client.how;
    if (result.verdict !== 'fail') return played;
    if (result.seen.some((line) => line.startsWith('end'))) await Promise.race([client.ended, this.#pass(GRACE)]);
    return client.failed ? { ...played, result: { ...result, why: `${result.why} The client: ${client.how}.` } } : played;
  }

  /** @throws RunError when there is nothing to be expected of this client */
  #countAbsent(why: string, { isGone, how }: Client): void {
    const enough = ++this.#absent >= ENOUGH;
    if ((enough || isGone) && !this.#connected) throw new RunError(`the client never connects: ${why}`);
    if (isGone) this.#gone = how;
    else if (enough && this.#lasting) this.#gone = `it was given ${ENOUGH} URLs, one after another, and came to none of them`;
  }

  #pass(ms: number): Promise<void> {
    return new Promise((resolve) => { after(this.#settings.scheduler, ms, resolve); });
  }
}

/** The client under test, as it was told to connect once. */
class Client {
  /** Resolves when it is done. */
  readonly ended: Promise<void>;
  /** Why, and whether that was a failure. */
  how = 'it was done';
  failed = false;
  isGone = false;

  constructor(drive: Drive, url: string, signal: AbortSignal) {
    this.ended = Promise.resolve().then(() => drive(url, signal)).catch((error: unknown) => {
      this.failed = true;
      this.isGone = error instanceof ClientGone;
      this.how = error instanceof Error ? error.message : String(error);
    });
  }
}
