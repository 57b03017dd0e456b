// Both sides of the opening handshake under heads of every kind in chunks of every size: terminal, deterministic, never open unless an
// independent and simpler reading of the same bytes agrees, and not one byte behind the head consumed.

import { createHash } from 'node:crypto';
import { ClientHandshake } from '../../lib/core/handshake/client.ts';
import { judgeOrigin } from '../../lib/core/handshake/origin.ts';
import { ServerHandshake } from '../../lib/core/handshake/server.ts';
import { SAMPLE_ACCEPT, samplePlatform } from '../support/handshake.ts';
import { Random } from '../support/random.ts';
import { randomRequest, randomResponse } from './heads.ts';
import { randomChunks } from './streams.ts';
import { hold, holdSame } from './target.ts';
import type { Target } from './target.ts';

const platform = samplePlatform();

interface PlainHead {
  readonly startLine: string;
  /** By lower-case name. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
  /** Its length in bytes, the empty line included. */
  readonly length: number;
}

/** The head at the start of `text`, read by splitting it; null when it is not whole. */
function plainHead(text: string): PlainHead | null {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const [startLine = '', ...lines] = text.slice(0, end).replace(/\r\n[ \t]+/g, ' ').replace(/^(\r\n)+/, '').split('\r\n');
  const fields = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    fields.set(name, [...fields.get(name) ?? [], line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')]);
  }
  return { startLine, fields, length: end + 4 };
}

function list(head: PlainHead, name: string): string[] {
  return (head.fields.get(name) ?? []).join(',').split(',').map((element) => element.replace(/^[ \t]+|[ \t]+$/g, '').toLowerCase());
}

/** §4.2.1, as one would check it by hand. */
function requestLooksRight(head: PlainHead): boolean {
  const key = head.fields.get('sec-websocket-key') ?? [];
  return /^GET \S+ HTTP\/1\.[1-9]$/.test(head.startLine) && head.fields.get('host')?.length === 1 && list(head, 'upgrade').includes('websocket')
    && list(head, 'connection').includes('upgrade') && head.fields.get('sec-websocket-version')?.join() === '13'
    && key.length === 1 && /^[A-Za-z0-9+/]{22}==$/.test(key[0] as string) && !head.fields.has('transfer-encoding')
    && (head.fields.get('origin')?.length ?? 0) <= 1;
}

/** §4.1, as one would check it by hand. */
function responseLooksRight(head: PlainHead, protocols: readonly string[]): boolean {
  const protocol = head.fields.get('sec-websocket-protocol') ?? [];
  return /^HTTP\/1\.[1-9] 101( |$)/.test(head.startLine) && list(head, 'upgrade').join() === 'websocket' && list(head, 'connection').includes('upgrade')
    && head.fields.get('sec-websocket-accept')?.join() === SAMPLE_ACCEPT && (protocol.length === 0 || (protocol.length === 1 && protocols.includes(protocol[0] as string)))
    && !head.fields.has('sec-websocket-extensions');
}

function feed(handshake: { receive(chunk: Uint8Array): number }, chunks: readonly Uint8Array[]): number {
  let consumed = 0;
  for (const chunk of chunks) {
    const before = chunk.slice();
    const count = handshake.receive(chunk);
    hold(count >= 0 && count <= chunk.length, () => `${count} of ${chunk.length} bytes were consumed`);
    hold(Buffer.compare(before, chunk) === 0, () => 'a chunk that was only borrowed was changed');
    consumed += count;
    if (count < chunk.length) break;
  }
  return consumed;
}

const limits = { maxHeadSize: 3_000, maxHeaderCount: 12, maxLineLength: 2_100 };

export const serverHandshakeTarget: Target = {
  name: 'handshake-server',
  run(seed) {
    const random = new Random(seed);
    const behind = random.bytes(random.pick([0, 0, 2, 40]));
    const bytes = Uint8Array.from(Buffer.concat([randomRequest(random), behind]));
    const runs = [[bytes.slice()], randomChunks(random, bytes)].map((chunks) => {
      const handshake = new ServerHandshake({ platform, limits });
      const consumed = feed(handshake, chunks);
      return { handshake, consumed };
    });
    const [one, other] = runs.map(({ handshake, consumed }) => (
      { state: handshake.state, refusal: handshake.refusal, request: handshake.request, consumed: handshake.state === 'pending' ? consumed : null, headers: [...handshake.request?.headers ?? []] }
    ));
    holdSame(one, other, 'two chunkings end differently');
    for (const { handshake, consumed } of runs) judgeServer(random, handshake, bytes, consumed);
  },
};

function judgeServer(random: Random, handshake: ServerHandshake, bytes: Uint8Array, consumed: number): void {
  const { request, state } = handshake;
  hold((state === 'pending') === (request !== null), () => `${state} with${request === null ? 'out' : ''} a request`);
  if (request !== null) {
    const head = plainHead(Buffer.from(bytes).toString('latin1').replace(/^(\r\n)+/, ''));
    hold(head !== null && requestLooksRight(head), () => `accepted for a decision: ${Buffer.from(bytes).toString('latin1')}`);
    hold(Buffer.from(bytes.subarray(0, consumed)).toString('latin1').endsWith('\r\n\r\n'), () => `${consumed} bytes were consumed`);
    for (const policy of ['same-host', 'any', ['http://example.com', 'null']] as const) judgeOrigin(policy, request, random.oneIn(2));
    decide(random, handshake);
  } else if (state === 'reading') {
    if (random.oneIn(2)) handshake.receiveEnd();
    else for (const now of [0, 10_000]) handshake.advance(now);
  }
  if (handshake.state === 'accepted') return judgeAcceptance(handshake);
  hold(handshake.state === 'refused' && handshake.outputEnded, () => `it ends as ${handshake.state}`);
  const text = Buffer.from(handshake.takeOutput() ?? []).toString('latin1');
  hold(text === '' || /^HTTP\/1\.1 [3-5]\d\d /.test(text), () => `refused with ${text}`);
  hold(text !== '' || handshake.refusal?.name === 'TRANSPORT_ENDED', () => 'refused without an answer');
  // Terminal: nothing that comes later changes that.
  handshake.receive(Uint8Array.from(bytes));
  handshake.advance(1e9);
  handshake.receiveEnd();
  hold(handshake.state === 'refused' && handshake.takeOutput() === null && handshake.request === request, () => 'a refusal was not the end');
  hold(handshake.deadline === Infinity, () => 'a refused handshake waits for something');
}

function decide(random: Random, handshake: ServerHandshake): void {
  const [protocol] = handshake.request?.protocols ?? [];
  const extensions = handshake.request?.extensions ?? [];
  switch (random.below(4)) {
    case 0:
      hold(handshake.accept(), () => 'accept said no');
      break;
    case 1: {
      const firsts = extensions.filter(({ name }, index) => extensions.findIndex((other) => other.name === name) === index);
      hold(handshake.accept({ protocol: protocol ?? null, extensions: firsts, headers: [['X-Test', 'é']] }), () => 'accept said no');
      break;
    }
    case 2:
      hold(handshake.reject(random.pick([300, 401, 404, 599]), { body: 'nö' }), () => 'reject said no');
      break;
    default:
      for (const now of [5, 10_005]) handshake.advance(now);
      hold(!handshake.accept(), () => 'accepted after the deadline');
  }
}

function judgeAcceptance(handshake: ServerHandshake): void {
  const text = Buffer.from(handshake.takeOutput() ?? []).toString('latin1');
  const head = plainHead(text.replace('HTTP/1.1 100 Continue\r\n\r\n', ''));
  const accept = createHash('sha1').update(`${handshake.request?.key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  hold(head !== null && head.startLine === 'HTTP/1.1 101 Switching Protocols', () => `accepted with ${text}`);
  hold(head.fields.get('sec-websocket-accept')?.join() === accept, () => `the wrong accept in ${text}`);
  hold(head.fields.get('connection')?.join() === 'Upgrade' && head.fields.get('upgrade')?.join() === 'websocket', () => text);
}

export const clientHandshakeTarget: Target = {
  name: 'handshake-client',
  run(seed) {
    const random = new Random(seed);
    const protocols = random.pick([[], ['chat'], ['chat', 'superchat']]);
    const bytes = randomResponse(random);
    const maxBodySize = random.pick([0, 10, 4_096]);
    const ends = random.below(3);
    const runs = [[bytes.slice()], randomChunks(random, bytes)].map((chunks) => {
      const handshake = new ClientHandshake({ platform, host: 'server.example.com', port: 80, secure: false, resource: '/chat', protocols, limits, maxBodySize });
      const consumed = feed(handshake, chunks);
      if (handshake.state !== 'open') {
        if (ends === 0) handshake.receiveEnd();
        else for (const now of [0, 10_000]) handshake.advance(now);
      }
      return { handshake, consumed };
    });
    const [one, other] = runs.map(({ handshake: { state, result }, consumed }) => ({ state, result, consumed, headers: [...result?.response?.headers ?? []] }));
    holdSame(one, other, 'two chunkings end differently');
    for (const { handshake, consumed } of runs) judgeClient(handshake, bytes, consumed, protocols, maxBodySize);
  },
};

function judgeClient(handshake: ClientHandshake, bytes: Uint8Array, consumed: number, protocols: readonly string[], maxBodySize: number): void {
  const { result, state } = handshake;
  hold(result !== null && (state === 'open' || state === 'failed') && handshake.deadline === Infinity, () => `it ends as ${state}`);
  if (result.kind === 'open') {
    // Interim responses may have come before: the head that opened it is the last that was consumed.
    const read = Buffer.from(bytes.subarray(0, consumed)).toString('latin1');
    const right = [...read.matchAll(/HTTP\/1\.[1-9] 101/g)].some(({ index }) => {
      const head = plainHead(read.slice(index));
      return head !== null && head.length === read.length - index && responseLooksRight(head, protocols);
    });
    hold(right, () => `opened by ${read}`);
    return;
  }
  hold(result.body.length <= maxBodySize, () => `a body of ${result.body.length}`);
  // Terminal: a good answer that comes later opens nothing.
  handshake.receive(Uint8Array.from(Buffer.from(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${SAMPLE_ACCEPT}\r\n\r\n`)));
  handshake.receiveEnd();
  hold(handshake.state === 'failed' && handshake.result === result, () => 'a failure was not the end');
}
