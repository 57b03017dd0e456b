// What the specs of the runners share: a few cases, and subjects that are in order.

import type { Case, SubjectRole } from '../../../lib/conformance/case.ts';
import type { CaseResult, RunReport } from '../../../lib/conformance/result.ts';
import { CLOSES, define, fails, FAILS, message, passesCleanly, ping, sawBinary, sawPong, sawText, text } from '../../../lib/conformance/write.ts';
import { dial } from '../../../lib/node/dial.ts';
import { listen } from '../../../lib/node/listen.ts';
import type { Listener, ListenOptions } from '../../../lib/node/listen.ts';
import type { Transport } from '../../../lib/node/transport.ts';

export const TEXT: Case = define({
  id: '5.6/text', aliases: ['1.1.2'], does: 'Sends a text.', expects: 'It comes back.', requirements: [],
  steps: [{ send: [text('Hello')] }, { await: 1 }, CLOSES], outcomes: [passesCleanly(sawText('Hello'))],
});

export const PING: Case = define({
  id: '5.5.2/ping', does: 'Sends a Ping.', expects: 'A Pong with its payload answers it.', requirements: [],
  steps: [{ send: [ping('are you there')] }, { await: 1 }, CLOSES], outcomes: [passesCleanly(sawPong('are you there'))],
});

export const RSV: Case = define({
  id: '5.2/rsv2', does: 'Sends a text with RSV2.', expects: 'The connection is failed.', requirements: [],
  steps: [{ send: [text('Hello', { rsv: 2 })] }, FAILS], outcomes: [...fails(1002)],
});

const LARGE = { corpus: 'noise', length: 2 * 1024 * 1024 } as const;

export const HEAVY: Case = define({
  id: '5.6/two-mebibytes', does: 'Sends 2 MiB.', expects: 'They come back.', requirements: [], weight: 'heavy',
  steps: [{ send: [message('binary', LARGE)] }, { await: 1 }, CLOSES], outcomes: [passesCleanly(sawBinary(LARGE))],
});

export const COMPRESSED: Case = define({
  id: '7692-7.2/volley', does: 'Sends compressed messages.', expects: 'They come back.', requirements: [],
  opening: { offer: 'permessage-deflate', answers: ['permessage-deflate'], needsCompression: true },
  steps: [{ volley: { count: 50, message: 'text', payload: { corpus: 'json', length: 1024 }, compressed: true, inFlight: 8 } }, CLOSES],
  outcomes: [passesCleanly('volley')],
});

export const BAD_HEAD: Case = define({
  id: '4.2.2/wrong-accept', does: 'Answers the key wrongly.', expects: 'The client leaves.', requirements: [], roles: ['client'],
  opening: { by: 'steps' },
  steps: [
    { await: 1 },
    { send: [{ head: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAA\r\n\r\n' }] },
    { await: 2 }, { finish: 'leave' },
  ],
  outcomes: [{ grade: 'pass', sees: ['request', 'end'] }],
});

/** What such a case may kill is asked afterwards whether it lives. */
export const DEADLY: Case = { ...TEXT, id: '10.4/deadly', aliases: [], survives: true };

/** `id verdict`, each. */
export function verdicts({ results }: RunReport): readonly string[] {
  return results.map(({ id, verdict }) => `${id} ${verdict}`);
}

/** The reason of the only result, or of the one with that id. */
export function whyOf({ results }: RunReport, id?: string): string {
  const [only, ...more] = results.filter((one) => id === undefined || one.id === id);
  if (only === undefined || more.length > 0) throw new Error(`one result is expected, found ${results.length}`);
  return only.why;
}

/** Results of cases that passed, for what only reports. */
export function passed(cases: readonly Case[], role: SubjectRole): readonly CaseResult[] {
  return cases.map(({ id }) => ({ id, role, verdict: 'pass', why: '', seen: [], ms: 1, transcript: [] }));
}

/** A server that sends every message back. */
export function echoServer(options: ListenOptions = {}): Promise<Listener> {
  return listen({ origin: 'any', ...options }, (pending) => {
    const { connection } = pending.accept({ events: { text: (one) => connection.sendText(one), binary: (one) => connection.sendBinary(one) } });
  });
}

/** A client that connects and sends every message back until the connection closes. */
export async function echoClient(url: string): Promise<void> {
  const transport: Transport = await dial(url, {
    serialize: false, events: { text: (one) => transport.connection.sendText(one), binary: (one) => transport.connection.sendBinary(one) },
  });
  await transport.closed;
}
