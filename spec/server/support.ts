// A session and its client over a real socket, for specs of the server's face.

import { dial } from '../../lib/node/dial.ts';
import type { DialOptions } from '../../lib/node/dial.ts';
import type { Transport } from '../../lib/node/transport.ts';
import type { AcceptOptions, CreateServerOptions, Message, Server, Session } from '../../lib/server/index.ts';
import { createServer } from '../../lib/server/index.ts';
import { VirtualClock } from '../support/clock.ts';
import { turns, virtualScheduler } from '../support/duplex.ts';
import { deferred } from '../support/sockets.ts';

/** Both ends of one connection. */
export interface Pair {
  readonly server: Server;
  readonly session: Session;
  readonly client: Transport;
  /** What the client has received, whole messages, Pings and Pongs: `text a`, `binary 00ff`, `ping 70`, `pong 70`, `closing 1000 bye`. */
  readonly heard: string[];
  readonly clock: VirtualClock;
  /** Waits until the client has heard so many lines. */
  hear(count: number): Promise<readonly string[]>;
  /** Ends both. */
  end(): void;
}

export interface PairOptions {
  readonly server?: CreateServerOptions;
  readonly accept?: AcceptOptions;
  readonly client?: DialOptions;
}

/** A connection whose server keeps virtual time. */
export async function pair({ server: options = {}, accept = {}, client: dialOptions = {} }: PairOptions = {}): Promise<Pair> {
  const clock = new VirtualClock();
  const accepted = deferred<Session>();
  const server = createServer({ scheduler: virtualScheduler(clock), keepalive: 'off', ...options })
    .route('*', (request) => accepted.resolve(request.accept(accept)));
  const { url } = await server.listen();
  const heard: string[] = [];
  let changed = (): void => {};
  const note = (line: string): void => {
    heard.push(line);
    changed();
  };
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const client = await dial(url, {
    keepalive: 'off', limits: { maxQueueSize: Infinity },
    events: {
      text: (message) => note(`text ${message}`),
      binary: (message) => note(`binary ${hex(message)}`),
      ping: (payload) => note(`ping ${hex(payload)}`),
      pong: (payload) => note(`pong ${hex(payload)}`),
      closing: (code, reason) => note(`closing ${code} ${reason}`.trimEnd()),
    },
    ...dialOptions,
  });
  return {
    server, session: await accepted.promise, client, heard, clock,
    hear: async (count) => {
      while (heard.length < count) await new Promise<void>((resolve) => { changed = resolve; });
      return heard;
    },
    end: () => {
      client.terminate();
      server.terminate();
    },
  };
}

/** A message in a line: `text a`, `binary 00ff`. */
export function lineOf(message: Message): string {
  return message.kind === 'text' ? `text ${message.text}` : `binary ${Buffer.from(message.bytes).toString('hex')}`;
}

/** Lets the event loop turn until `holds`. What is waited for takes no time, only turns: a spec in which it never comes hangs and fails. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turns(1);
}
