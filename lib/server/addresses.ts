// Who talks to whom, as the socket knows it. A stream need not be a socket, so every answer may be "nobody knows".

import { isSecure, remoteAddressOf } from '../node/sockets.ts';
import type { Transport } from '../node/transport.ts';

/** Both ends of a connection; behind a proxy the remote one is the proxy's. */
export interface Addresses {
  readonly remoteAddress: string | null;
  readonly remotePort: number | null;
  readonly localAddress: string | null;
  readonly localPort: number | null;
  /** Whether the socket is TLS. */
  readonly secure: boolean;
}

export function addressesOf(socket: Transport['socket']): Addresses {
  return {
    remoteAddress: remoteAddressOf(socket),
    remotePort: numberOf(socket, 'remotePort'),
    localAddress: 'localAddress' in socket && typeof socket.localAddress === 'string' ? socket.localAddress : null,
    localPort: numberOf(socket, 'localPort'),
    secure: isSecure(socket),
  };
}

function numberOf(socket: object, name: string): number | null {
  const value: unknown = Reflect.get(socket, name);
  return typeof value === 'number' ? value : null;
}
