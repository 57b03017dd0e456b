// The way to an open connection: dialled once for each place a server points to, through a proxy if there is one, within one deadline.
// Whatever the caller got wrong is thrown before anything happens; whatever fails after that is a WebSocketFailure.

import type { ResponseHead } from '../core/handshake/response.ts';
import type { HandshakeError } from '../node/handshake-error.ts';
import { prepareDial } from '../node/dial.ts';
import type { Handlers } from '../node/settings.ts';
import { parseTarget } from '../node/target.ts';
import type { Transport } from '../node/transport.ts';
import { Tunnel } from '../node/tunnel.ts';
import { openingFailure, WebSocketFailure } from './failure.ts';
import type { WebSocketResponse } from './failure.ts';
import { MAX_REDIRECTS, mayRetry, redirect } from './follow.ts';
import type { Step } from './follow.ts';
import type { ClientSettings } from './options.ts';
import { judgeRequest } from './request.ts';
import type { Asked, WebSocketRequest } from './request.ts';

/** An open connection, and the answer that opened it. */
export interface Opened {
  readonly transport: Transport;
  readonly response: WebSocketResponse;
}

/** One attempt at one place, judged and not begun. */
interface Attempt {
  readonly url: string;
  readonly tunnel: Tunnel | null;
  readonly dial: () => Promise<Transport>;
}

/**
 * Judges a request; the function it returns opens the connection, once, and rejects with a WebSocketFailure only.
 *
 * @throws TypeError or RangeError naming what makes no sense
 */
export function prepareOpening(
  settings: ClientSettings, request: WebSocketRequest, events: Handlers, signal: AbortSignal,
): () => Promise<Opened> {
  const asked = judgeRequest(request, settings.headers);
  const opening = new Opening(settings, asked, events, signal);
  const first = opening.prepare(asked);
  return () => opening.run(first);
}

class Opening {
  readonly #settings: ClientSettings;
  readonly #asked: Asked;
  readonly #events: Handlers;
  readonly #signal: AbortSignal;
  readonly #deadline: number;

  constructor(settings: ClientSettings, asked: Asked, events: Handlers, signal: AbortSignal) {
    this.#settings = settings;
    this.#asked = asked;
    this.#events = events;
    this.#signal = signal;
    this.#deadline = settings.scheduler.now() + settings.handshakeTimeout;
  }

  prepare({ url, headers }: Step): Attempt {
    const { dial, proxyFor, scheduler } = this.#settings;
    const { origin, protocols } = this.#asked;
    const target = parseTarget(url);
    const proxy = proxyFor(target);
    const tunnel = proxy === null ? null : new Tunnel(proxy);
    return {
      url: target.uri,
      tunnel,
      dial: prepareDial(url, {
        ...dial, headers, protocols, events: this.#events, signal: this.#signal,
        handshakeTimeout: Math.max(1, this.#deadline - scheduler.now()), // what is over already ends at once
        ...origin !== null && { origin },
        ...tunnel !== null && { connect: (to) => tunnel.open(to) },
      }),
    };
  }

  async run(first: Attempt): Promise<Opened> {
    let step: Step = this.#asked;
    let attempt = first;
    let redirects = 0;
    let retried = false;
    for (;;) {
      const result = await attemptOnce(attempt);
      if (!(result instanceof WebSocketFailure)) return result;
      const { response } = result;
      if (response === null || result.phase === 'proxy') throw result;
      if (!retried && mayRetry(response)) {
        retried = true;
      } else {
        step = this.#redirect(response, step) ?? fail(result);
        if (++redirects > MAX_REDIRECTS) throw notFollowed(response, `there were ${MAX_REDIRECTS} before it`);
      }
      attempt = this.#prepareNext(response, step);
    }
  }

  /** Where the response leads; null for nowhere. */
  #redirect(response: WebSocketResponse, from: Step): Step | null {
    const { followRedirects, allowInsecureRedirects } = this.#settings;
    const step = followRedirects ? redirect(response, from, allowInsecureRedirects) : null;
    return typeof step === 'string' ? fail(notFollowed(response, step)) : step;
  }

  #prepareNext(response: WebSocketResponse, step: Step): Attempt {
    try {
      return this.prepare(step);
    } catch (error) { // the server's mistake, not the caller's
      throw notFollowed(response, String(error));
    }
  }
}

/** An open connection, or why there is none. */
async function attemptOnce({ url, tunnel, dial }: Attempt): Promise<Opened | WebSocketFailure> {
  try {
    const transport = await dial();
    const { status, reason, headers } = transport.head as ResponseHead; // a client's transport has one
    return { transport, response: { url, status, reason, headers, protocol: transport.protocol, body: new Uint8Array(0) } };
  } catch (error) {
    return openingFailure(error as HandshakeError, url, tunnel); // what was judged rejects with nothing else
  }
}

function notFollowed(response: WebSocketResponse, why: string): WebSocketFailure {
  return new WebSocketFailure(`${response.url}: redirect failed: ${why}`, { phase: 'redirect', response });
}

function fail(failure: WebSocketFailure): never {
  throw failure;
}
