// An echo server with honest backpressure: when a peer does not read what it gets back, nothing more is read from it.

import { listen } from '../node/index.ts';
import type { ListenOptions } from '../node/index.ts';
import type { CloseOutcome, SendResult } from '../core/protocol/index.ts';

export interface EchoServer {
  readonly url: string;
  /** Stops telling what arrives. */
  quiet(): void;
  /** Stops listening and resolves when it has stopped. */
  close(): Promise<void>;
}

/** What a text looks like in one line. */
export function quoteText(text: string): string {
  const most = 40;
  const quoted = JSON.stringify(text.length > most ? text.slice(0, most) : text);
  return text.length > most ? `${quoted}… (${text.length.toLocaleString('en')} characters)` : quoted;
}

/** How a connection ended, in one line. */
export function describeOutcome(outcome: CloseOutcome): string {
  const reason = outcome.reason === '' ? '' : ` ${JSON.stringify(outcome.reason)}`;
  const broken = outcome.violation === null ? '' : `; ${outcome.violation.name}, ${outcome.violation.section}: `
    + `${outcome.violation.sentence} (byte ${outcome.position})`;
  return `closed: ${outcome.code}${reason}, ${outcome.clean ? 'clean' : 'not clean'}${broken}`;
}

/** Listens and sends every message back. `log` is told what the server's engine makes of what arrives. */
export async function listenAndEcho(options: ListenOptions, log: (line: string) => void): Promise<EchoServer> {
  let tell = (event: string): void => log(`    server: ${event}`);
  const listener = await listen({ origin: 'any', ...options }, (pending) => {
    const { connection } = pending.accept({
      events: {
        text(message) {
          tell(`text ${quoteText(message)}: sent back`);
          echoed(connection.sendText(message));
        },
        binary(message) {
          tell(`binary, ${message.length.toLocaleString('en')} bytes: sent back`);
          echoed(connection.sendBinary(message));
        },
        ping: () => tell('ping: answered with a pong'),
        drained: () => connection.resume(),
        closing: (code, reason) => tell(`close ${code} ${JSON.stringify(reason)}: answered`),
        closed: (outcome) => tell(describeOutcome(outcome)),
      },
    });
    function echoed(result: SendResult): void {
      if (result === 'high-water') connection.pause(); // until drained
      else if (result === 'refused') connection.close(1009, 'too big to send back');
    }
  });
  return {
    url: listener.url,
    quiet: () => { tell = () => {}; },
    close: () => listener.close(),
  };
}
