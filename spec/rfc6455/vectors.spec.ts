// Every vector of spec/vectors/vectors.json that is about frames, Close frames and UTF-8, at every chunking, for the role it names and,
// with its masking turned round, for the other one.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';

import type { Role } from '../../lib/core/wire/opcode.ts';
import { isCloseCodeOnWire } from '../../lib/core/wire/close-code.ts';
import { concat, hex, toHex, utf8 } from '../support/bytes.ts';
import { chunkings, eachChunking } from '../support/chunking.ts';
import { EXAMPLE_KEY, frame, masked } from '../support/frames.ts';
import { readJson } from '../support/project.ts';
import { Conversation, expectTranscript, sendLine, transcript } from '../support/transcript.ts';

type Event = readonly [name: string, value?: string | number | null, reason?: string];

interface FrameVector {
  readonly id: string;
  readonly to: Role;
  readonly hex?: readonly string[];
  readonly headerHex?: string;
  readonly payload?: string;
  readonly payloadLength?: number;
  readonly sha1OfFrame?: string;
  readonly events?: readonly Event[];
  readonly output?: readonly Event[];
  readonly outputHexWithKey37fa213d?: string;
  readonly failInChunk?: number;
}

interface Vectors {
  readonly frames6455_5_7: readonly FrameVector[];
  readonly frames: readonly FrameVector[];
  readonly closeFrames: readonly (Omit<FrameVector, 'hex'> & { readonly hex: readonly string[]; readonly expect: Event })[];
  readonly closeCodes: readonly { readonly from: number; readonly to: number; readonly name: string; readonly receivable: boolean; readonly sendableByProtocol: boolean }[];
  readonly utf8Fragmented: readonly (FrameVector & { readonly hex: readonly string[]; readonly events: readonly Event[] })[];
  readonly utf8: { readonly cases: readonly { readonly hex: string; readonly valid: boolean; readonly failAt: number | null; readonly truncated: boolean; readonly why: string }[] };
}

const vectors = readJson<Vectors>('spec/vectors/vectors.json');
const ROLES: readonly Role[] = ['client', 'server'];
const CLOSE = 0x88;

/** The payload that a vector describes instead of showing it. */
function describedPayload({ id, payload = '', payloadLength }: FrameVector): Uint8Array {
  const repeated = /^(\d+) x ([0-9a-f]{2})$/.exec(payload);
  if (repeated !== null) return new Uint8Array(Number(repeated[1])).fill(Number.parseInt(repeated[2] as string, 16));
  assert.match(payload, /^bytes 00\.\.ff$|^byte i = i & 0xff/, `${id}: an unknown description`);
  return Uint8Array.from({ length: payloadLength as number }, (_, i) => i & 0xff);
}

function bytesOf(vector: FrameVector): Uint8Array {
  if (vector.headerHex === undefined) return hex((vector.hex ?? []).join(''));
  return concat(hex(vector.headerHex), describedPayload(vector));
}

/** The events of a vector in the words of a transcript; a failure is only a code. */
function expected(vector: FrameVector): string[] {
  const events = (vector.events ?? [['binary', toHex(describedPayload(vector))]]).map(([name, value, reason]) => {
    if (name === 'text') return `text ${JSON.stringify(value)}`;
    if (name === 'binary-length') return `binary ${toHex(describedPayload(vector))}`.trimEnd();
    if (name === 'close') return `closing ${value} ${JSON.stringify(reason)}`;
    return `${name} ${value}`.trimEnd();
  });
  const output = (vector.output ?? []).map(([name, value]) => {
    if (name === 'pong') return sendLine(0x8a, hex(value as string));
    assert.equal(name, 'close');
    return sendLine(CLOSE, typeof value === 'number' ? Uint8Array.of(value >>> 8, value) : hex(''));
  });
  return [...events, ...output];
}

/** The transcript of one chunking: in the words of a vector, and in full. */
function played(role: Role, chunks: readonly Uint8Array[]): { readonly lines: string[]; readonly full: string[] } {
  let code = 0;
  const full = transcript(role, chunks, {
    inside: (event, conversation) => {
      if (event === 'closed') code = conversation.outcome?.violation?.code ?? 0;
    },
  });
  const lines = full.filter((line) => !line.startsWith('part ')).map((line) => (line.startsWith('closed ') ? `fail ${code}` : line));
  return { lines, full };
}

/** The vector holds at every chunking, and the byte that proves a failure is the same one at each. */
function holds(role: Role, input: Uint8Array, lines: readonly string[]): void {
  const { full } = played(role, [input.slice()]);
  eachChunking(input, (chunks) => {
    const seen = played(role, chunks);
    assert.deepEqual(seen.lines, lines);
    assert.deepEqual(seen.full, full);
  });
}

/** The same frames as the other side would send them: masked with the example key, or unmasked. What is cut off stays cut off. */
function mirrored(input: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < input.length; ) {
    const b1 = input[at + 1];
    if (b1 === undefined) return concat(...parts, input.slice(at));
    const lengthEnd = at + 2 + (b1 % 128 === 127 ? 8 : b1 % 128 === 126 ? 2 : 0);
    const length = b1 % 128 < 126 ? BigInt(b1 % 128) : BigInt(`0x0${toHex(input, at + 2, Math.min(lengthEnd, input.length))}`);
    const key = b1 >= 128 ? input.slice(lengthEnd, lengthEnd + 4) : null;
    const start = lengthEnd + (key === null ? 0 : 4);
    const end = Number(BigInt(start) + length < input.length ? BigInt(start) + length : BigInt(input.length));
    const cut = input.length < lengthEnd;
    const header = concat(input.slice(at, at + 1), Uint8Array.of(b1 ^ 0x80), input.slice(at + 2, lengthEnd));
    const payload = input.slice(start, end);
    if (cut) parts.push(header);
    else if (key === null) parts.push(header, EXAMPLE_KEY, masked(payload, EXAMPLE_KEY));
    else parts.push(header, masked(payload, key));
    at = Math.max(end, lengthEnd);
  }
  return concat(...parts);
}

const other = (role: Role): Role => (role === 'client' ? 'server' : 'client');

describe('RFC 6455 §5.7: the examples', () => {
  for (const vector of vectors.frames6455_5_7) {
    it(`${vector.id}, to a ${vector.to} and mirrored`, () => {
      const input = bytesOf(vector);
      if (vector.sha1OfFrame !== undefined) assert.equal(createHash('sha1').update(input).digest('hex'), vector.sha1OfFrame);
      holds(vector.to, input, expected(vector));
      holds(other(vector.to), mirrored(input), expected(vector));
    });

    if (vector.outputHexWithKey37fa213d !== undefined) {
      it(`${vector.id}: the answer, masked with the key of the example, is the RFC's own`, () => {
        const conversation = new Conversation(vector.to);
        conversation.receive(bytesOf(vector));
        conversation.drain();
        assert.equal(toHex(concat(...conversation.taken)), vector.outputHexWithKey37fa213d);
      });
    }
  }
});

describe('vectors: frames', () => {
  for (const vector of vectors.frames) {
    it(`${vector.id}, to a ${vector.to} and mirrored`, () => {
      const input = bytesOf(vector);
      holds(vector.to, input, expected(vector));
      holds(other(vector.to), mirrored(input), expected(vector));
    });
  }
});

describe('vectors: Close frames', () => {
  for (const vector of vectors.closeFrames) {
    const [name, code, reason] = vector.expect;
    const answer = code === 1005 ? hex('') : Uint8Array.of((code as number) >>> 8, code as number);
    const lines = name === 'fail' ? [`fail ${code}`, sendLine(CLOSE, answer)] : [`closing ${code} ${JSON.stringify(reason)}`,
      sendLine(CLOSE, answer)];
    it(`${vector.id}, to a ${vector.to} and mirrored`, () => {
      const input = hex(vector.hex.join(''));
      holds(vector.to, input, lines);
      holds(other(vector.to), mirrored(input), lines);
    });
  }
});

describe('vectors: close codes', () => {
  for (const { from, to, name, receivable, sendableByProtocol } of vectors.closeCodes) {
    const codes = [...new Set([from, Math.floor((from + to) / 2), to])];
    it(`${from}–${to} (${name}) ${receivable ? 'is' : 'is not'} received, ${sendableByProtocol ? 'is' : 'is not'} sent`, () => {
      for (const code of codes) {
        const body = Uint8Array.of(code >>> 8, code);
        const lines = receivable ? [`closing ${code} ""`, sendLine(CLOSE, body)] : ['fail 1002', 'send 88 02 03ea'];
        for (const role of ROLES) {
          holds(role, frame({ opcode: 8, payload: body, mask: role === 'server' }), lines);
          const conversation = new Conversation(role);
          if (sendableByProtocol) assert.equal(conversation.connection.close(code), 'queued');
          else assert.throws(() => conversation.connection.close(code), RangeError);
          conversation.expect(...(sendableByProtocol ? [sendLine(CLOSE, body)] : []));
        }
        assert.equal(isCloseCodeOnWire(code), receivable);
      }
    });
  }
});

describe('vectors: UTF-8 in fragments', () => {
  for (const vector of vectors.utf8Fragmented) {
    it(`${vector.id}, to a ${vector.to} and mirrored`, () => {
      const input = hex(vector.hex.join(''));
      holds(vector.to, input, expected(vector));
      holds(other(vector.to), mirrored(input), expected(vector));
    });

    const { failInChunk } = vector;
    if (failInChunk === undefined) continue;
    it(`§8.1: ${vector.id} fails in chunk ${failInChunk}, as soon as it is certain, not when the message ends [6455-8.1-4]`, () => {
      const conversation = new Conversation(vector.to);
      vector.hex.forEach((chunk, index) => {
        assert.equal(conversation.outcome === null, index <= failInChunk, `before chunk ${index}`);
        conversation.receive(hex(chunk));
      });
      assert.equal(conversation.outcome?.violation?.code, 1007);
    });
  }
});

describe('vectors: UTF-8 as text messages', () => {
  for (const { hex: digits, valid, failAt, truncated, why } of vectors.utf8.cases) {
    const payload = hex(digits);
    const verdict = valid ? 'is delivered' : truncated ? 'fails when the message ends' : `fails at octet ${failAt}`;
    it(`${digits === '' ? '(empty)' : digits} (${why}) ${verdict}`, () => {
      for (const role of ROLES) {
        const input = frame({ opcode: 1, payload, mask: role === 'server' });
        if (valid) {
          expectTranscript(role, input, [`text ${JSON.stringify(Buffer.from(payload).toString('utf8'))}`]);
          continue;
        }
        const good = truncated ? payload : payload.slice(0, failAt as number);
        expectTranscript(role, input, [
          ...(good.length === 0 ? [] : [`part text ${toHex(good)}`]),
          `closed 1006 TEXT_NOT_UTF8 @${input.length - payload.length + good.length} unfinished`,
          'send 88 02 03ef',
        ]);
      }
    });
  }

  it('each case holds behind an ASCII run that a host checks as a whole', () => {
    const before = utf8('x'.repeat(70));
    for (const { hex: digits, valid, failAt, truncated } of vectors.utf8.cases) {
      const payload = concat(before, hex(digits));
      const input = frame({ opcode: 1, payload, mask: false });
      const good = truncated ? payload.length : before.length + (failAt ?? 0);
      for (const { name, chunks } of chunkings(input)) {
        const lines = transcript('client', chunks);
        const last = valid ? `text ${JSON.stringify(Buffer.from(payload).toString('utf8'))}` : 'send 88 02 03ef';
        assert.equal(lines.at(-1), last, `${digits}, ${name}`);
        if (!valid) assert.equal(lines.at(-2), `closed 1006 TEXT_NOT_UTF8 @${input.length - payload.length + good} unfinished`);
      }
    }
  });
});
