// A server of sessions: routes, the sockets and HTTP servers it takes its requests from, the sessions it has, and how all of it ends. It
// reads no byte and keeps no time itself.

import type { CloseOutcome, SendResult } from '../core/protocol/events.ts';
import { checkKnown, checkNumber } from '../core/protocol/options.ts';
import { PreparedMessage } from '../core/protocol/prepared-message.ts';
import type { SendOptions } from '../core/protocol/send-options.ts';
import { writeCloseBody } from '../core/wire/close-body.ts';
import { listen } from '../node/listen.ts';
import type { Listener, ListenOptions } from '../node/listen.ts';
import type { PendingUpgrade } from '../node/pending.ts';
import { nodePlatform } from '../node/platform.ts';
import { Reception, SERVER_OPTIONS } from '../node/reception.ts';
import type { ServerOptions } from '../node/reception.ts';
import { processScheduler } from '../node/scheduler.ts';
import type { Scheduler } from '../node/scheduler.ts';
import { pick } from '../node/settings.ts';
import { upgrade } from '../node/upgrade.ts';
import type { UpgradeOptions } from '../node/upgrade.ts';
import { UpgradeRequest } from './request.ts';
import type { Desk } from './request.ts';
import { Routes } from './routes.ts';
import type { ParamsOf } from './routes.ts';
import { checkSessionSettings, SESSION_SETTINGS } from './session-options.ts';
import type { SessionSettings } from './session-options.ts';
import type { Session } from './session.ts';
import { after } from './timer.ts';

/** What a server chooses, for itself and for its sessions. */
export interface CreateServerOptions extends ServerOptions, Omit<SessionSettings, 'compression'> {
  /** Sessions and undecided requests at once; a request beyond gets a 503. Infinity by default. */
  readonly maxSessions?: number;
}

/**
 * Answers a request, at once or after an await, and may stay with the session for as long as it lives. When it throws, or its promise
 * rejects, a client without an answer gets a 500, a session ends with 1011, and the exception surfaces as an uncaught one.
 */
export type Handler<Params = Readonly<Record<string, string>>> = (request: UpgradeRequest<Params>) => void | Promise<void>;

/** Where to listen. */
export type Where = Pick<ListenOptions, 'host' | 'port' | 'backlog' | 'tls'>;

/** How many sessions answered what to a broadcast. */
export type BroadcastResult = Readonly<Record<SendResult, number>>;

export interface ShutdownOptions {
  /** The code of the Close frames; 1001, going away, by default (§7.4.1). */
  readonly code?: number;
  readonly reason?: string;
  /** Milliseconds that the closing handshakes may take; 10,000 by default. */
  readonly within?: number;
}

/** What became of the sessions that were open: those whose closing handshake was completed, and those that ended without. */
export interface ShutdownResult {
  readonly closed: number;
  readonly terminated: number;
}

const OPTIONS: ReadonlySet<string> = new Set(['maxSessions', ...SERVER_OPTIONS, ...SESSION_SETTINGS]);
const WHERE = ['host', 'port', 'backlog', 'tls'] as const;
const SHUTDOWN: ReadonlySet<string> = new Set(['code', 'reason', 'within']);
const WITHIN = 10_000;

/** A server; made by {@link createServer}. */
export class Server {
  readonly #options: ServerOptions;
  readonly #scheduler: Scheduler;
  readonly #maxSessions: number;
  readonly #desk: Desk;
  readonly #routes: Routes<Handler> = new Routes();
  readonly #sessions: Set<Session> = new Set();
  readonly #undecided: Set<PendingUpgrade> = new Set();
  readonly #listeners: Set<Listener> = new Set();
  readonly #attached: Set<() => void> = new Set();
  #ending = false;

  /** Made by {@link createServer}. */
  constructor(options: CreateServerOptions) {
    checkKnown('options', options, OPTIONS);
    const { compression: _, ...settings } = pick(options, SESSION_SETTINGS as readonly (keyof SessionSettings & keyof CreateServerOptions)[]);
    this.#scheduler = options.scheduler ?? processScheduler;
    this.#options = pick(options, SERVER_OPTIONS);
    this.#maxSessions = checkNumber('options.maxSessions', options.maxSessions, Infinity, 1);
    void checkSessionSettings(settings, {});
    void new Reception(this.#options, () => {}); // a mistake is told now, not when it listens
    this.#desk = {
      settings,
      scheduler: this.#scheduler,
      settled: (pending) => { this.#undecided.delete(pending); },
      accepted: (session) => {
        this.#sessions.add(session);
        void session.closed.then(() => this.#sessions.delete(session));
      },
    };
  }

  /** Sessions that are not over. */
  get sessions(): ReadonlySet<Session> {
    return this.#sessions;
  }

  /**
   * Gives requests for a path to `handler`: `/chat`, `/rooms/:room`, `/files/*`, or `*` for every path. Routes are tried in the order they
   * were added; a request for which there is none gets a 404.
   *
   * @throws TypeError for a pattern that could not match as it is meant
   */
  route<Path extends string>(path: Path, handler: Handler<ParamsOf<Path>>): this {
    if (typeof handler !== 'function') throw new TypeError(`a handler must be a function, found ${typeof handler}`);
    this.#routes.add(path, handler as Handler<never> as Handler); // a route's parameters are those that its path names
    return this;
  }

  /**
   * Listens on a port of its own, with `tls` for wss. May be called more than once.
   *
   * @throws (rejects with) TypeError or RangeError naming the option that makes no sense, TypeError when the server was closed, and the
   * system's error, such as EADDRINUSE
   */
  async listen(where: Where = {}): Promise<Listener> {
    checkKnown('options', where, new Set(WHERE));
    this.#checkOpen();
    const listener = await listen({ ...this.#options, ...pick(where, WHERE) }, (pending) => this.#receive(pending));
    this.#listeners.add(listener);
    if (this.#ending) void listener.close();
    return listener;
  }

  /**
   * Takes the upgrades of a node:http or node:https server, whose other requests stay its own; `accepts` leaves some to its other listeners.
   * Returns a function that lets go of it; requests without an answer and open sessions stay.
   *
   * @throws TypeError for an option that is unknown or makes no sense, and when the server was closed
   */
  attach(server: Parameters<typeof upgrade>[0], options: Pick<UpgradeOptions, 'accepts'> = {}): () => void {
    checkKnown('options', options, new Set(['accepts']));
    this.#checkOpen();
    const { handshakeLimits, ...rest } = this.#options; // an HTTP server has its own
    const stop = upgrade(server, { ...rest, ...pick(options, ['accepts']) }, (pending) => this.#receive(pending));
    const detach = (): void => {
      stop();
      this.#attached.delete(detach);
    };
    this.#attached.add(detach);
    return detach;
  }

  /**
   * Sends one message to many sessions: it is framed once, and compressed once for all that may share what came of it. Says how many took it,
   * took it above their high-water mark, and refused it.
   */
  broadcast(sessions: Iterable<Session>, message: string | Uint8Array | PreparedMessage, options?: SendOptions): BroadcastResult {
    if (message instanceof PreparedMessage && options !== undefined) throw new TypeError('a PreparedMessage was given its options when it was prepared');
    const prepared = message instanceof PreparedMessage ? message : prepare(message, options);
    const result: Record<SendResult, number> = { queued: 0, 'high-water': 0, refused: 0 };
    for (const session of sessions) result[session.send(prepared)]++;
    return result;
  }

  /**
   * Takes no more sessions: requests get a 503, also those that wait for an answer. Closes all there are, waits for their closing handshakes,
   * and ends at once what is left when the time is over. Then nothing listens any more.
   *
   * @throws (rejects with) TypeError or RangeError naming the option that makes no sense
   */
  async shutdown(options: ShutdownOptions = {}): Promise<ShutdownResult> {
    checkKnown('options', options, SHUTDOWN);
    const { code = 1001, reason = '' } = options;
    const within = checkNumber('options.within', options.within, WITHIN, 0);
    void writeCloseBody(code, reason);
    this.#end();
    const sessions = [...this.#sessions];
    for (const session of sessions) session.close(code, reason);
    const callOff = after(this.#scheduler, within, () => this.#terminateAll());
    const outcomes: CloseOutcome[] = await Promise.all(sessions.map(({ closed }) => closed));
    callOff();
    this.#stopListening();
    const closed = outcomes.filter(({ clean }) => clean).length;
    return { closed, terminated: outcomes.length - closed };
  }

  /** Stops listening and gives requests that wait for an answer a 503. Open sessions stay. */
  close(): void {
    this.#end();
    this.#stopListening();
  }

  /** Stops listening and ends every session at once. */
  terminate(): void {
    this.close();
    this.#terminateAll();
  }

  #checkOpen(): void {
    if (this.#ending) throw new TypeError('the server was closed');
  }

  #end(): void {
    this.#ending = true;
    for (const pending of this.#undecided) pending.turnAway('the server closes');
  }

  #stopListening(): void {
    for (const listener of this.#listeners) void listener.close();
    for (const detach of this.#attached) detach();
    this.#listeners.clear();
  }

  #terminateAll(): void {
    for (const session of this.#sessions) session.terminate();
  }

  #receive(pending: PendingUpgrade): Promise<void> | void {
    const full = this.#sessions.size + this.#undecided.size >= this.#maxSessions;
    if (this.#ending || full) return void pending.reject(503);
    const { resource } = pending.request;
    const query = resource.indexOf('?');
    const path = query < 0 ? resource : resource.slice(0, query);
    const match = this.#routes.match(path);
    if (match === null) return void pending.reject(404);
    this.#undecided.add(pending);
    pending.signal.addEventListener('abort', () => { this.#undecided.delete(pending); });
    const request = new UpgradeRequest(pending, path, query < 0 ? '' : resource.slice(query), match.params, this.#desk);
    return stayWith(match.handler, request);
  }
}

/** A server without routes that does not listen yet. @throws TypeError or RangeError naming the option that makes no sense */
export function createServer(options: CreateServerOptions = {}): Server {
  return new Server(options);
}

/**
 * A message that is framed once, compressed once for all that may share what came of it, and may be sent to any number of sessions.
 *
 * @throws TypeError for what is no message, or an option that is unknown or no boolean
 */
export function prepare(message: string | Uint8Array, options?: SendOptions): PreparedMessage {
  return new PreparedMessage(message, nodePlatform, options);
}

/** A handler that fails takes its session with it; its exception is for whoever called. */
async function stayWith(handler: Handler, request: UpgradeRequest): Promise<void> {
  try {
    await handler(request);
  } catch (error) {
    request.session?.close(1011);
    throw error;
  }
}
