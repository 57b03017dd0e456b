// A request to open a connection that waits for the application's decision: to accept it or to reject it, now or after an
// await. Nothing is read from the client meanwhile but one chunk, and the deadline of the opening handshake goes on.

import type { Extension } from '../core/handshake/extensions.ts';
import type { HeaderField } from '../core/handshake/headers.ts';
import type { ServerRequest } from '../core/handshake/request.ts';
import { fieldsOf } from './settings.ts';
import type { ConnectionSettings, Handlers, HeaderFields } from './settings.ts';
import type { Transport } from './transport.ts';

/** How to accept. Settings that are left out are the server's. */
export interface AcceptOptions extends ConnectionSettings {
  readonly events?: Handlers;
  /** One of the subprotocols offered; none by default. */
  readonly protocol?: string | null;
  /** Extensions in use, of those offered (RFC 6455 §9.1), that the application handles itself; compression is not among them. */
  readonly extensions?: readonly Extension[];
  /** Further fields of the 101. */
  readonly headers?: HeaderFields;
}

/** What goes with a rejection. */
export interface RejectOptions {
  /** The reason phrase; that of the status by default. */
  readonly reason?: string;
  /** Further fields, such as WWW-Authenticate or Location. */
  readonly headers?: HeaderFields;
  /** The content; a string is sent as UTF-8. */
  readonly body?: string | Uint8Array;
}

/** What a pending request's decision is put into effect by. */
export interface Decision {
  readonly remoteAddress: string | null;
  readonly secure: boolean;
  /** Calls back when it is too late to decide; at once if it is. */
  whenLost(callback: (reason: Error) => void): void;
  turnAway(reason: string): void;
  accept(options: AcceptOptions): Transport;
  reject(status: number, rejection: Omit<RejectOptions, 'headers'> & { readonly headers?: Iterable<HeaderField> }): boolean;
}

/** A good request without an answer. */
export class PendingUpgrade {
  /** The request, whole: method, target, header fields, what was offered (RFC 6455 §4.2.1). */
  readonly request: ServerRequest;
  /** The peer's address as the socket knows it: behind a proxy, the proxy's. */
  readonly remoteAddress: string | null;
  /** Whether the socket is TLS. */
  readonly secure: boolean;

  readonly #decision: Decision;
  #decided = false;
  #abort: AbortController | null = null;

  /** Made by {@link listen}, {@link upgrade} and {@link serve}. */
  constructor(request: ServerRequest, decision: Decision) {
    this.request = request;
    this.remoteAddress = decision.remoteAddress;
    this.secure = decision.secure;
    this.#decision = decision;
  }

  /** Aborted when the client leaves or the deadline passes before the decision. */
  get signal(): AbortSignal {
    if (this.#abort === null) {
      const abort = this.#abort = new AbortController();
      this.#decision.whenLost((reason) => abort.abort(reason));
    }
    return this.#abort.signal;
  }

  /** Whether a decision was made. */
  get decided(): boolean {
    return this.#decided;
  }

  /**
   * Opens the connection (RFC 6455 §4.2.2). Its first event comes after this turn. When the client has gone or the deadline has
   * passed meanwhile there is a transport all the same, which refuses what is sent and tells `closed`.
   *
   * @throws TypeError when a decision was made before, or an option is unknown, makes no sense or was not offered; the request
   * then still waits
   */
  accept(options: AcceptOptions = {}): Transport {
    this.#checkUndecided();
    const transport = this.#decision.accept(options);
    this.#decided = true;
    return transport;
  }

  /**
   * Answers with `status`, 300 to 599, instead, and ends the socket, for good after lingerTimeout. False when it is too late.
   *
   * @throws TypeError when a decision was made before, or for what cannot be written; RangeError for another status
   */
  reject(status: number, options: RejectOptions = {}): boolean {
    this.#checkUndecided();
    const { headers, ...rest } = options;
    const rejected = this.#decision.reject(status, headers === undefined ? rest : { ...rest, headers: fieldsOf(headers) });
    this.#decided = true;
    return rejected;
  }

  /**
   * Answers with a 503 in the application's stead, because the server goes away: to whoever decides meanwhile it is too late, as if the
   * client had left. Does nothing when a decision was made, or it is too late for one.
   */
  turnAway(reason: string): void {
    if (!this.#decided && !this.signal.aborted) this.#decision.turnAway(reason);
  }

  #checkUndecided(): void {
    if (this.#decided) throw new TypeError('this request was decided on already');
  }
}
