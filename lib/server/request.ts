// A request to open a connection, as a handler gets it: what was asked for, and the two answers. The judging of the handshake is over
// (RFC 6455 §4.2.1); what is left to decide is the application's, now or after an await.

import type { HeaderList } from '../core/handshake/headers.ts';
import { chooseProtocol } from '../core/handshake/subprotocol.ts';
import type { PendingUpgrade, RejectOptions } from '../node/pending.ts';
import { pick } from '../node/settings.ts';
import type { Scheduler } from '../node/scheduler.ts';
import { checkAcceptOptions, checkSessionSettings } from './session-options.ts';
import type { AcceptOptions, SessionSettings } from './session-options.ts';
import { Session } from './session.ts';

/** What a request knows of its server. */
export interface Desk {
  readonly settings: SessionSettings;
  readonly scheduler: Scheduler;
  /** The request waits for no answer any more. */
  settled(pending: PendingUpgrade): void;
  accepted(session: Session): void;
}

/** A good opening handshake without an answer. */
export class UpgradeRequest<Params = Readonly<Record<string, string>>> {
  readonly method: string;
  /** The path, percent-encoded as it came. */
  readonly path: string;
  /** What the route's names stand for, decoded. */
  readonly params: Params;
  readonly query: URLSearchParams;
  readonly headers: HeaderList;
  /** The host that was asked for, and the port if there was one. */
  readonly host: string;
  /** The value of Origin; null for none, and then the client is no browser. */
  readonly origin: string | null;
  /** The subprotocols that are offered, in the client's order of preference. */
  readonly protocols: readonly string[];
  /** The peer's address as the socket knows it: behind a proxy, the proxy's. */
  readonly remoteAddress: string | null;
  /** Whether the socket is TLS. */
  readonly secure: boolean;
  /** The session, once it was accepted. */
  session: Session | null = null;

  readonly #pending: PendingUpgrade;
  readonly #desk: Desk;

  /** Made by a server. */
  constructor(pending: PendingUpgrade, path: string, query: string, params: Params, desk: Desk) {
    const { method, headers, host, origin, protocols } = pending.request;
    this.method = method;
    this.path = path;
    this.params = params;
    this.query = new URLSearchParams(query);
    this.headers = headers;
    this.host = host;
    this.origin = origin;
    this.protocols = protocols;
    this.remoteAddress = pending.remoteAddress;
    this.secure = pending.secure;
    this.#pending = pending;
    this.#desk = desk;
  }

  /** Aborted when it is too late for an answer: the client has left, the deadline has passed, or the server shuts down. */
  get signal(): AbortSignal {
    return this.#pending.signal;
  }

  /** Whether it was answered. */
  get decided(): boolean {
    return this.#pending.decided;
  }

  /**
   * Opens the connection. Nothing is received before the caller had a chance to go on. When it is too late there is a session all the same,
   * which refuses what is sent and is closed.
   *
   * @throws TypeError or RangeError when it was answered before, or an option is unknown, makes no sense or was not offered; it can then
   * still be answered
   */
  accept(options: AcceptOptions = {}): Session {
    checkAcceptOptions(options);
    const settings = checkSessionSettings(this.#desk.settings, options);
    const { protocols, protocol = protocols === undefined ? null : chooseProtocol(this.protocols, protocols) } = options;
    const session = new Session(this.path, settings, options, this.#desk.scheduler, (events, connection) =>
      this.#pending.accept({ ...connection, ...pick(options, ['headers']), protocol, events }));
    this.session = session;
    this.#desk.settled(this.#pending);
    this.#desk.accepted(session);
    return session;
  }

  /** The same as {@link accept}. */
  getWebSocket(options: AcceptOptions = {}): Session {
    return this.accept(options);
  }

  /**
   * Answers with `status`, 300 to 599, and with headers and a body if they are given. False when it is too late.
   *
   * @throws TypeError when it was answered before, or for what cannot be written; RangeError for another status
   */
  reject(status: number, options: RejectOptions = {}): boolean {
    const rejected = this.#pending.reject(status, options);
    this.#desk.settled(this.#pending);
    return rejected;
  }
}
