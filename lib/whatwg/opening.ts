// What WebSocket and WebSocketStream have in common before a connection is open (WHATWG WebSockets §2, §3.1): everything that was chosen
// is judged at once, connecting is done later, and a port that Fetch blocks is a connection that fails.

import { checkKnown } from '../core/protocol/options.ts';
import { prepareDial } from '../node/dial.ts';
import type { DialOptions } from '../node/dial.ts';
import { pick } from '../node/settings.ts';
import type { Handlers } from '../node/settings.ts';
import type { Transport } from '../node/transport.ts';
import { isObject } from './idl.ts';
import { BLOCKED_PORTS, portOf } from './url.ts';

const CHOICES = [
  'headers', 'origin', 'tls', 'connect', 'limits', 'keepalive', 'compression', 'closeTimeout', 'lingerTimeout', 'handshakeLimits',
  'handshakeTimeout', 'serialize', 'scheduler',
] as const;

/**
 * What a program may choose and a page may not: an argument of its own, beyond the standard's. Each option is `dial`'s. `signal` gives up
 * connecting; once open it means nothing. `limits.maxQueueSize` is how much may wait to be sent before the socket is full, which closes
 * it: 16 MiB by default.
 */
export type WebSocketOptions = Pick<DialOptions, (typeof CHOICES)[number] | 'signal'>;

const KNOWN: ReadonlySet<string> = new Set([...CHOICES, 'signal']);

/** One attempt to connect. */
export class Opening {
  readonly #abort = new AbortController();
  readonly #signal: AbortSignal | null;
  readonly #connect: () => Promise<Transport>;

  /**
   * What is no object is no options: a surplus argument, which Web IDL ignores.
   *
   * @throws TypeError or RangeError naming the option that is unknown or makes no sense
   */
  constructor(url: URL, protocols: readonly string[], options: WebSocketOptions | undefined, events: Handlers) {
    const chosen = isObject(options) ? options : {};
    checkKnown('options', chosen, KNOWN);
    const { signal = null } = chosen;
    if (signal !== null && !(signal instanceof AbortSignal)) throw new TypeError('options.signal must be an AbortSignal');
    this.#signal = signal;
    const port = portOf(url);
    this.#connect = BLOCKED_PORTS.has(port)
      ? () => Promise.reject(new Error(`${url.href}: port ${port} is blocked, because other protocols are spoken there (Fetch §2.9)`))
      : prepareDial(url, {
        ...pick(chosen, CHOICES), events, protocols, requireProtocol: true, signal: this.#abort.signal,
        limits: { ...chosen.limits, queuePolicy: 'close' }, // send(): flag as full, then close
      });
  }

  /** Connects. Rejects with a HandshakeError, or an Error for a blocked port. */
  async run(): Promise<Transport> {
    const signal = this.#signal;
    const onAbort = (): void => this.giveUp(signal?.reason);
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener('abort', onAbort);
    try {
      return await this.#connect();
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Stops connecting: `run` rejects, and `reason` is the cause. Later it does nothing. */
  giveUp(reason: unknown): void {
    this.#abort.abort(reason);
  }
}
