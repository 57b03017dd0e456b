// What both sides ask of a stream before it carries a connection: to be listened to from the first tick, so that no 'error'
// event is ever nobody's, and to say who is at the other end. A stream need not be a socket, so every answer may be "nobody
// knows".

import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

export interface SocketListeners {
  data(chunk: Uint8Array): void;
  end(): void;
  error(error: Error): void;
  close(): void;
}

/** Listens until the function it returns is called. */
export function observe(socket: Duplex, { data, end, error, close }: SocketListeners): () => void {
  socket.on('data', data).on('end', end).on('error', error).on('close', close);
  return () => { socket.off('data', data).off('end', end).off('error', error).off('close', close); };
}

export function remoteAddressOf(socket: Duplex): string | null {
  return 'remoteAddress' in socket && typeof socket.remoteAddress === 'string' ? socket.remoteAddress : null;
}

export function isSecure(socket: Duplex): boolean {
  return socket instanceof TLSSocket;
}
