// The protocol of the classic suite, so that the drivers which exist for it work unchanged: a client asks how many cases there are, connects
// once for each of them, and says when it is done.
//
//   /getCaseCount                        the number of cases, in a text message
//   /runCase?case=N&agent=NAME           case N, from 1, is played
//   /getCaseInfo?case=N                  {"id":…,"description":…}
//   /getCaseStatus?case=N&agent=NAME     {"behavior":"OK" | "NON-STRICT" | "INFORMATIONAL" | "FAILED" | "UNIMPLEMENTED"}
//   /updateReports?agent=NAME            the report of that agent is made
//
// Law: a case that was not asked for has failed: nobody passes by leaving early.

import type { PendingUpgrade } from '../../node/pending.ts';
import { checkNumber } from '../../core/protocol/options.ts';
import { after } from '../../server/timer.ts';
import type { Case } from '../case.ts';
import type { CaseResult, RunReport, Verdict } from '../result.ts';
import { checkType, failed, reportOf, settingsOf } from '../run.ts';
import type { RunOptions, Settings } from '../run.ts';
import { openDoor, sendAway } from './door.ts';
import type { Door, Visitor } from './door.ts';
import { playOn } from './play.ts';

export interface ClassicOptions extends Omit<RunOptions, 'jobs' | 'bail' | 'onResult'> {
  /** The address to listen on; 127.0.0.1 by default. */
  readonly host?: string;
  /** 0 is any free port; 9001, where the drivers of the classic suite look, by default. */
  readonly port?: number;
  /** Whether it goes on after a report, for further agents, until `signal` is aborted; false by default. */
  readonly keep?: boolean;
  /** Ms without any client, once there was one, until it ends; 60,000 by default. */
  readonly idleTimeout?: number;
  /** Whether cases whose heads are deliberately bad are among them: many drivers stop where they cannot connect. False by default. */
  readonly badHeads?: boolean;
  /** Told where it listens, and how many cases there are. */
  readonly onListening?: (url: string, cases: number) => void;
  /** Told of each result. */
  readonly onResult?: (result: CaseResult, agent: string) => void;
  /** Told of a report when an agent asks for it; the agent is told when the promise is settled. What it throws ends everything. */
  readonly onReport?: (report: RunReport) => void | Promise<void>;
}

const OPTIONS = ['host', 'port', 'keep', 'idleTimeout', 'badHeads', 'onListening', 'onReport'] as const;
const PORT = 9001;
const IDLE = 60_000;

const BEHAVIORS: Readonly<Record<Verdict, string>> = {
  pass: 'OK', 'non-strict': 'NON-STRICT', informational: 'INFORMATIONAL', fail: 'FAILED', skipped: 'UNIMPLEMENTED',
};

/**
 * Serves until a client asks for its report, or, with `keep`, until it is told to end. Resolves with a report for each agent that came.
 *
 * @throws (rejects with) TypeError or RangeError naming an option that is a mistake; the system's error when the port is taken
 */
export async function serveClassic(options: ClassicOptions = {}): Promise<readonly RunReport[]> {
  const { onResult, ...rest } = options;
  const settings = settingsOf('client', rest, { agent: 'client', replay: 'hawser conformance client --case {id}' }, OPTIONS);
  for (const name of ['keep', 'badHeads'] as const) checkType(name, options[name], 'boolean');
  for (const name of ['onListening', 'onReport'] as const) checkType(name, options[name], 'function');
  checkType('onResult', onResult, 'function');
  const cases = options.badHeads === true ? settings.cases : settings.cases.filter(({ opening }) => opening.by !== 'steps');
  return new Classic({ ...settings, cases }, options).run();
}

/** What one agent has done so far. */
interface Agent {
  readonly date: Date;
  readonly begun: number;
  /** By number of the case; the one that was begun last counts. */
  readonly results: Map<number, Promise<CaseResult | null>>;
}

class Classic {
  readonly #settings: Settings;
  readonly #options: ClassicOptions;
  readonly #agents: Map<string, Agent> = new Map();
  /** Clients whose case is not for them, by target. */
  readonly #declined: Set<string> = new Set();
  readonly #over = new AbortController();
  readonly #underWay: Set<AbortController> = new Set();
  /** It was told to end: a report is of what there is. */
  #brokenOff = false;
  #failure: { readonly error: unknown } | null = null;
  #callOffIdle: () => void = () => {};
  readonly #idleTimeout: number;

  constructor(settings: Settings, options: ClassicOptions) {
    this.#settings = settings;
    this.#options = options;
    this.#idleTimeout = checkNumber('options.idleTimeout', options.idleTimeout, IDLE, 1);
  }

  async run(): Promise<readonly RunReport[]> {
    const { patience, scheduler, signal, cases } = this.#settings;
    const { host = '127.0.0.1', port = PORT, onListening } = this.#options;
    const door: Door = await openDoor({
      host, port, patience, scheduler, admit: (visitor) => this.#admit(door, visitor), serve: (pending) => this.#serve(pending),
    });
    const end = (): void => {
      this.#brokenOff = true;
      this.#over.abort();
    };
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
    onListening?.(door.url, cases.length);
    if (!this.#over.signal.aborted) await new Promise((resolve) => { this.#over.signal.addEventListener('abort', resolve); });
    this.#callOffIdle();
    signal.removeEventListener('abort', end);
    door.close();
    for (const abort of this.#underWay) abort.abort();
    if (this.#failure !== null) throw this.#failure.error;
    return Promise.all([...this.#agents].map(([name, agent]) => this.#report(name, agent)));
  }

  // ---- cases --------------------------------------------------------------------------------------------------------------------

  #admit(door: Door, visitor: Visitor): boolean {
    this.#stir();
    const { path, query } = parse(visitor.target);
    const number = this.#numberOf(query);
    if (path !== '/runCase' || number === null) return false;
    void this.#play(door, visitor, number, this.#agentOf(query));
    return true;
  }

  async #play(door: Door, { stream, target, read }: Visitor, number: number, name: string): Promise<void> {
    const { patience, scheduler } = this.#settings;
    const agent = this.#agents.get(name) ?? { date: new Date(), begun: scheduler.now(), results: new Map() };
    this.#agents.set(name, agent);
    const abort = new AbortController();
    this.#underWay.add(abort);
    const played = playOn(stream, this.#case(number), this.#settings, {
      host: '', resource: target, fields: [], read, patience, signal: abort.signal,
      decline: (declined, sent) => {
        this.#declined.add(target);
        door.handOver(declined, sent);
      },
    });
    agent.results.set(number, played.then((one) => one?.result ?? null));
    const one = await played;
    this.#underWay.delete(abort);
    this.#stir();
    if (one !== null) this.#options.onResult?.(one.result, name);
  }

  /** Somebody came or left: being idle begins anew. */
  #stir(): void {
    this.#callOffIdle();
    this.#callOffIdle = this.#underWay.size > 0 || this.#over.signal.aborted ? () => {} : after(this.#settings.scheduler, this.#idleTimeout, () => this.#over.abort());
  }

  /** The number of the case that a query asks for; null when there is none. */
  #numberOf(query: URLSearchParams): number | null {
    const number = Number(query.get('case') ?? '');
    return Number.isInteger(number) && number >= 1 && number <= this.#settings.cases.length ? number : null;
  }

  #case(number: number): Case {
    return this.#settings.cases[number - 1] as Case; // the number was checked
  }

  #agentOf(query: URLSearchParams): string {
    return query.get('agent') || this.#settings.agent;
  }

  // ---- services -----------------------------------------------------------------------------------------------------------------

  #serve(pending: PendingUpgrade): void {
    const { resource } = pending.request;
    const { path, query } = parse(resource);
    const number = this.#numberOf(query);
    if (this.#declined.delete(resource)) return sendAway(pending);
    if (path === '/getCaseCount') return say(pending, String(this.#settings.cases.length));
    if (path === '/updateReports') return void this.#updateReports(pending, this.#agentOf(query));
    if (path === '/getCaseInfo' && number !== null) return this.#sayInfo(pending, number);
    if (path === '/getCaseStatus' && number !== null) return void this.#sayStatus(pending, number, this.#agentOf(query));
    const body = number === null && path !== '/'
      ? `there are cases 1 to ${this.#settings.cases.length}, and ${path} asks for none of them\n`
      : 'known are /getCaseCount, /runCase, /getCaseInfo, /getCaseStatus and /updateReports\n';
    pending.reject(404, { body });
  }

  #sayInfo(pending: PendingUpgrade, number: number): void {
    const { id, does, expects } = this.#case(number);
    say(pending, JSON.stringify({ id, description: `${does} ${expects}` }));
  }

  async #sayStatus(pending: PendingUpgrade, number: number, name: string): Promise<void> {
    const result = await this.#agents.get(name)?.results.get(number);
    say(pending, JSON.stringify({ behavior: BEHAVIORS[result?.verdict ?? 'fail'] }));
  }

  async #updateReports(pending: PendingUpgrade, name: string): Promise<void> {
    const agent = this.#agents.get(name) ?? { date: new Date(), begun: this.#settings.scheduler.now(), results: new Map() };
    this.#agents.set(name, agent);
    const { connection, closed } = pending.accept();
    try {
      await this.#options.onReport?.(await this.#report(name, agent));
      connection.close(1000);
    } catch (error) {
      this.#failure = { error };
      connection.close(1011, 'the report could not be made');
    }
    await closed;
    if (this.#options.keep !== true || this.#failure !== null) this.#over.abort();
  }

  async #report(name: string, { date, begun, results }: Agent): Promise<RunReport> {
    const { cases, role, scheduler } = this.#settings;
    const all = await Promise.all(cases.map(async (testCase, index) => {
      const result = await results.get(index + 1) ?? null;
      if (result !== null || this.#brokenOff) return result ?? [];
      return failed(testCase, role, 'the client never asked for this case, or was gone before its end', 0);
    }));
    return reportOf({ ...this.#settings, agent: name }, all.flat(), date, scheduler.now() - begun);
  }
}

function parse(target: string): { readonly path: string; readonly query: URLSearchParams } {
  const mark = target.indexOf('?');
  return mark < 0
    ? { path: target, query: new URLSearchParams() }
    : { path: target.slice(0, mark), query: new URLSearchParams(target.slice(mark + 1)) };
}

/** One text message, and the end. */
function say(pending: PendingUpgrade, text: string): void {
  const { connection } = pending.accept({ protocol: pending.request.protocols[0] ?? null });
  connection.sendText(text);
  connection.close(1000);
}
