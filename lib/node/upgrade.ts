// WebSocket beside HTTP: requests that Node's own server has read and that ask for an upgrade. They go before the same judge as
// those of listen: it is shown the raw header lines, never the joined and shortened object.

import type { IncomingMessage, Server } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { HeaderList } from '../core/handshake/headers.ts';
import type { HeaderField } from '../core/handshake/headers.ts';
import { Reception } from './reception.ts';
import type { OnRequest, ServerOptions } from './reception.ts';

export interface UpgradeOptions extends Omit<ServerOptions, 'handshakeLimits'> {
  /** Whether this request is for here; one that is not is left to the server's other 'upgrade' listeners. All are, by default. */
  readonly accepts?: (request: IncomingMessage) => boolean;
}

/**
 * Serves the upgrades of an HTTP server; everything else stays the server's. Returns a function that stops it; handshakes under
 * way and open connections stay.
 *
 * Heads are bounded by the server's own `maxHeaderSize`, `headersTimeout` and so on; from the request on, by
 * `handshakeTimeout`.
 *
 * @throws TypeError or RangeError naming the option that is unknown or makes no sense
 */
export function upgrade(server: Server | SecureServer, options: UpgradeOptions, onRequest: OnRequest): () => void {
  const { accepts = () => true, ...rest } = options;
  if (typeof accepts !== 'function') throw new TypeError(`options.accepts must be a function, found ${typeof accepts}`);
  const reception = new Reception(rest, onRequest);
  const listener = (request: IncomingMessage, socket: Duplex, head: Uint8Array): void => {
    if (!accepts(request)) return;
    if (socket instanceof Socket) socket.setTimeout(0); // the server's idle timeout is for requests
    // A request that a server has read has a method and a target.
    const { method = '', url = '', httpVersion, rawHeaders } = request;
    const headers = new HeaderList(pairs(rawHeaders));
    reception.receiveHead(socket, { method, target: url, version: httpVersion, headers }, head.length > 0 ? head : null);
  };
  server.on('upgrade', listener);
  return () => { server.off('upgrade', listener); };
}

function* pairs(rawHeaders: readonly string[]): Generator<HeaderField> {
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) yield [rawHeaders[i] as string, rawHeaders[i + 1] as string];
}
