// The port that clients under test connect to. Of each connection just the request line is read: its target says whether a case plays on it, and
// then the tester gets every octet, those that were read included, or whether it is a service, which our own server answers.

import { listenBytes } from '../../node/byte-stream.ts';
import type { ByteListener, ByteStream } from '../../node/byte-stream.ts';
import type { PendingUpgrade } from '../../node/pending.ts';
import { nodePlatform } from '../../node/platform.ts';
import { Reception } from '../../node/reception.ts';
import type { Scheduler } from '../../node/scheduler.ts';
import { concat } from '../tester/octets.ts';

/** A client at the door. */
export interface Visitor {
  readonly stream: ByteStream;
  /** Path and query of its request; '' when there is nothing like it. */
  readonly target: string;
  /** What was read of the stream. */
  readonly read: Uint8Array;
}

export interface DoorOptions {
  readonly host: string;
  readonly port: number;
  /** Ms for a client to send its request line. */
  readonly patience: number;
  readonly scheduler: Scheduler;
  /** Takes a visitor whose target is a case's; false for one it does not know. */
  admit(visitor: Visitor): boolean;
  /** Answers a good opening handshake for anything else. */
  serve(pending: PendingUpgrade): void;
}

/** Octets of a request line that are read before it is taken for none. */
const MOST = 16 * 1024;
const LF = 0x0a;

export class Door {
  /** Where clients on this machine connect to, such as `ws://127.0.0.1:9001`. */
  readonly url: string;
  readonly #listener: ByteListener;
  readonly #reception: Reception;
  readonly #waiting: Set<ByteStream>;

  /** Made by {@link openDoor}. */
  constructor(host: string, listener: ByteListener, reception: Reception, waiting: Set<ByteStream>) {
    const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
    this.url = `ws://${shown}:${listener.port}`;
    this.#listener = listener;
    this.#reception = reception;
    this.#waiting = waiting;
  }

  /** Gives a stream to the services: `read` is what was read of it. */
  handOver(stream: ByteStream, read: Uint8Array): void {
    this.#reception.receive(stream.release(read));
  }

  /** Takes nobody in any more; who is inside stays. */
  close(): void {
    this.#listener.close();
    for (const stream of this.#waiting) stream.destroy();
    this.#reception.close();
  }
}

/** Opens a port to clients under test. @throws (rejects with) the system's error, such as EADDRINUSE */
export async function openDoor({ host, port, patience, scheduler, admit, serve }: DoorOptions): Promise<Door> {
  const reception = new Reception({ origin: 'any', keepalive: 'off', compression: 'off', scheduler }, serve);
  const waiting = new Set<ByteStream>();
  const listener = await listenBytes({ host, port }, (stream) => {
    waiting.add(stream);
    new RequestLine(stream, patience, scheduler, (target, read) => {
      waiting.delete(stream);
      if (target === null) stream.destroy();
      else if (!admit({ stream, target, read })) reception.receive(stream.release(read));
    }).start();
  });
  return new Door(host, listener, reception, waiting);
}

/** Opens and closes: for a client that is in order and has come for nothing. */
export function sendAway(pending: PendingUpgrade): void {
  const { connection } = pending.accept({ protocol: pending.request.protocols[0] ?? null });
  connection.close(1000);
}

/** Reads as far as the end of the first line. */
class RequestLine {
  readonly #stream: ByteStream;
  readonly #until: number;
  readonly #scheduler: Scheduler;
  readonly #done: (target: string | null, read: Uint8Array) => void;
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #settled = false;

  constructor(stream: ByteStream, patience: number, scheduler: Scheduler, done: (target: string | null, read: Uint8Array) => void) {
    this.#stream = stream;
    this.#until = scheduler.now() + patience;
    this.#scheduler = scheduler;
    this.#done = done;
  }

  start(): void {
    const watch = this.#scheduler.watch({ deadline: () => this.#settled ? Infinity : this.#until, advance: () => this.#end(null) });
    this.#stream.observe({
      data: (chunk) => {
        this.#chunks.push(chunk);
        this.#size += chunk.length;
        if (!chunk.includes(LF) && this.#size < MOST) return;
        this.#scheduler.dismiss(watch);
        this.#end(targetOf(concat(this.#chunks)));
      },
      end: () => this.#end(null),
      progress: () => {},
      drain: () => {},
      close: () => {
        this.#scheduler.dismiss(watch);
        this.#end(null);
      },
    });
  }

  #end(target: string | null): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#done(target, concat(this.#chunks));
  }
}

/** Path and query of a request whose first line is complete; '' for what is no request. */
function targetOf(read: Uint8Array): string {
  const end = read.indexOf(LF);
  const line = nodePlatform.decodeAscii(read, 0, Math.min(MOST, Math.max(0, end)));
  const [, target = ''] = line.split(' ');
  if (target.startsWith('/')) return target;
  const path = target.indexOf('/', target.indexOf('://') + 3); // the absolute form (RFC 9112 §3.2.2)
  return path < 0 ? '' : target.slice(path);
}
