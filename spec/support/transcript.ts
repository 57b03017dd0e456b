// What a connection does, in lines a reader can check against the RFC: events in, frames out (DESIGN §7, §8). A conversation plays
// the transport: it offers input and offers again what was not consumed, drains output, tells the time. It is as strict as a transport
// may be: it fails a spec for output or a deadline that it was not woken for, for a piece that breaks the contract of `Payload`, for
// an event after `closed`, and for every line and every byte that the spec did not expect.

import assert from 'node:assert/strict';

import type { Connection } from '../../lib/core/protocol/connection.ts';
import { Connection as ConnectionClass } from '../../lib/core/protocol/connection.ts';
import type { ConnectionOptions } from '../../lib/core/protocol/connection-options.ts';
import type { CloseOutcome, ConnectionEvents, Payload } from '../../lib/core/protocol/events.ts';
import { portablePlatform } from '../../lib/core/platform.ts';
import type { Platform } from '../../lib/core/platform.ts';
import type { MessageCompression } from '../../lib/core/wire/compression.ts';
import type { MessageKind, Role } from '../../lib/core/wire/opcode.ts';
import { concat, toHex } from './bytes.ts';
import { eachChunking } from './chunking.ts';
import { ScriptedCodec } from './codec.ts';
import { EXAMPLE_KEY, masked } from './frames.ts';

export type EventName = keyof ConnectionEvents;

/** What a chunk becomes when `receive` has returned: nobody may look at it. */
const LENT_NO_MORE = 0xee;

export interface ConversationOptions extends Omit<ConnectionOptions, 'role' | 'platform' | 'events' | 'wake' | 'keepalive' | 'compression'> {
  /** Default: the portable platform whose every masking key is {@link EXAMPLE_KEY}. */
  readonly platform?: Platform;
  /** Default: off, so that nothing but what a spec does moves the time. */
  readonly keepalive?: ConnectionOptions['keepalive'];
  /** Makes the two directions of a compression: new ones for every conversation. Default: none. */
  readonly compression?: () => MessageCompression;
  /** Called inside every event, once its line is written; may call the connection, may throw. */
  readonly inside?: (event: EventName, conversation: Conversation) => void;
}

/** A platform with the masking key 37 fa 21 3d, always. */
export function examplePlatform(): Platform {
  return portablePlatform({ random: (target) => target.forEach((_, i) => { target[i] = EXAMPLE_KEY[i % 4] as number; }) });
}

/** Runs `body`, and fails if it leaves a line or a byte unread. */
export function converse(role: Role, options: ConversationOptions, body: (conversation: Conversation) => void): void {
  const conversation = new Conversation(role, options);
  body(conversation);
  conversation.expect();
}

/**
 * At every chunking of `input`, a connection of `role` does just this: the events, and then the frames it sends. What the input
 * leaves unfinished is a line too: `part text 48656c`.
 */
export function expectTranscript(role: Role, input: Uint8Array, lines: readonly string[], options: ConversationOptions = {}): void {
  eachChunking(input, (chunks) => assert.deepEqual(transcript(role, chunks, options), lines));
}

/** The lines of {@link expectTranscript} for one chunking. What is inflated elsewhere is done as soon as it is asked for. */
export function transcript(role: Role, chunks: readonly Uint8Array[], options: ConversationOptions = {}): string[] {
  const conversation = new Conversation(role, options);
  for (const chunk of chunks) {
    conversation.receive(chunk);
    conversation.settle();
  }
  const lines = conversation.lines();
  return [...lines.filter((line) => !line.startsWith('send ')), ...lines.filter((line) => line.startsWith('send '))];
}

/** The line of a frame: `send 88 02 03ea`, the masking key taken out and its bit cleared. */
export function sendLine(b0: number, payload: Uint8Array): string {
  const { length } = payload;
  const hexOf = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  const form = length < 126 ? hexOf(length, 2) : length < 65536 ? `7e ${hexOf(length, 4)}` : `7f ${hexOf(length, 16)}`;
  return `send ${hexOf(b0, 2)} ${form}${length === 0 ? '' : ` ${toHex(payload)}`}`;
}

/** The line of an outcome: what is missing from it is 0, false, null or ''. */
export function closedLine(outcome: CloseOutcome): string {
  const { code, reason, clean, violation, limit, position, messageUnfinished, unsent } = outcome;
  return [
    `closed ${code}`,
    reason === '' ? '' : JSON.stringify(reason),
    clean ? 'clean' : '',
    violation === null ? '' : `${violation.name} @${position}`,
    limit === null ? '' : `${limit.name} ${limit.value} < ${limit.observed}`,
    messageUnfinished ? 'unfinished' : '',
    unsent === 0 ? '' : `unsent ${unsent}`,
  ].filter((part) => part !== '').join(' ');
}

export class Conversation {
  readonly connection: Connection;
  readonly role: Role;
  readonly compression: MessageCompression | null;
  /** How often the connection has called `wake`. */
  wakes = 0;
  /** Every array that `takeOutput` gave, as it was given. */
  readonly taken: Uint8Array[] = [];
  outcome: CloseOutcome | null = null;

  readonly #inside: ((event: EventName, conversation: Conversation) => void) | undefined;
  #lines: string[] = [];
  #kind: MessageKind | null = null;
  #pieces: Uint8Array[] = [];
  #decoder = new TextDecoder('utf-8', { fatal: true });
  /** Input that was not consumed. */
  #input: Uint8Array = new Uint8Array(0);
  /** Output that is not yet a whole frame. */
  #output: Uint8Array = new Uint8Array(0);
  #woken = true; // a transport looks at a connection that is new to it
  #deadline = 0;
  /** Output was last taken until there was none. */
  #drained = true;

  constructor(role: Role, options: ConversationOptions = {}) {
    const { inside, platform = examplePlatform(), keepalive = 'off', compression, ...rest } = options;
    this.role = role;
    this.compression = compression?.() ?? null;
    this.#inside = inside;
    const wake = (): void => {
      this.wakes++;
      this.#woken = true;
    };
    this.connection = new ConnectionClass({ ...rest, role, platform, keepalive, compression: this.compression, wake, events: this.#sink() });
  }

  /** Offers bytes behind what was not consumed before; keeps what is not consumed now, also when an event throws. */
  receive(bytes: Uint8Array): void {
    this.#look();
    const lent = this.#input = concat(this.#input, bytes);
    const before = this.connection.position;
    const listened = this.connection.state !== 'closed';
    try {
      const consumed = this.connection.receive(this.#input);
      assert.equal(consumed, this.connection.consumed);
      if (this.connection.state === 'open') assert.equal(consumed, this.connection.position - before, 'every byte consumed was read');
      const mayLeave = listened && (this.connection.paused || this.#scripted?.inflater.underWay === true);
      assert.ok(consumed === lent.length || mayLeave, 'only a connection that is paused, or inflates, leaves input');
    } finally {
      this.#input = lent.slice(this.connection.consumed);
      lent.fill(LENT_NO_MORE);
      assert.ok(this.#scripted?.inflater.lends !== true, 'an inflater lends nothing, nor is it lent anything, between two chunks');
      this.#seen();
    }
  }

  /** Takes all output, and does what a scripted compression has under way, until nothing is. */
  settle(): void {
    this.drain();
    while (this.#scripted?.tick() === true) {
      this.offer();
      this.drain();
    }
  }

  /** Offers again what was not consumed. */
  offer(): void {
    if (this.unread > 0) this.receive(new Uint8Array(0));
  }

  /** Bytes of input that were not consumed. */
  get unread(): number {
    return this.#input.length;
  }

  /** The peer's FIN. */
  end(): void {
    assert.equal(this.unread, 0, 'the end is told once everything before it has been consumed');
    this.#look();
    this.connection.receiveEnd();
    this.#seen();
  }

  advance(now: number): void {
    this.#look();
    this.connection.advance(now);
    this.#seen();
  }

  /** Tells the time at every deadline up to `now`, and at `now`. */
  pass(now: number): void {
    for (let turn = 0; this.connection.deadline <= now; turn++) {
      assert.ok(turn < 1000, `the deadline stays at ${this.connection.deadline}`);
      if (this.connection.deadline === -Infinity) break;
      this.advance(this.connection.deadline);
      this.drain();
    }
    this.advance(now);
    assert.ok(this.connection.deadline > now, 'a deadline that is over moves on');
  }

  /** Takes all output. */
  drain(): void {
    while (this.take()) { /* until there is none */ }
  }

  /** Takes one piece of output; false if there was none. */
  take(): boolean {
    const woken = this.#woken;
    const bytes = this.connection.takeOutput();
    this.#deadline = this.connection.deadline;
    if (bytes === null) {
      this.#drained = true;
      this.#woken = false;
      return false;
    }
    assert.ok(woken || !this.#drained, 'output waits for which the transport was not woken');
    this.#drained = false;
    assert.ok(bytes.length > 0, 'a piece of output has bytes');
    this.taken.push(bytes);
    this.#output = concat(this.#output, bytes);
    for (let line = this.#nextFrame(); line !== null; line = this.#nextFrame()) this.#lines.push(line);
    return true;
  }

  /** Takes all output, and then nothing else has happened since the last time but this. */
  expect(...lines: readonly string[]): void {
    this.#look();
    this.drain();
    assert.deepEqual(this.lines(), lines);
    assert.equal(toHex(this.#output), '', 'the output is whole frames');
  }

  /** What happened since the last time, events and frames in the order in which they came; the beginning of a message last. */
  lines(): string[] {
    if (this.outcome === null) this.#endPart();
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  /** A deadline that moved is one the transport was woken for, or saw when its own call returned. */
  #look(): void {
    if (!this.#woken) assert.equal(this.connection.deadline, this.#deadline, 'the deadline moved and the transport was not woken');
  }

  #seen(): void {
    this.#deadline = this.connection.deadline;
    if (!this.#drained) return;
    this.#woken = true; // after a call of its own a transport looks for output, too
  }

  get #scripted(): ScriptedCodec | null {
    return this.compression instanceof ScriptedCodec ? this.compression : null;
  }

  #sink(): ConnectionEvents {
    const told = (event: EventName, line: string | null): void => {
      assert.equal(this.outcome, null, `${event} was told after closed`);
      if (line !== null) this.#lines.push(line);
    };
    return {
      payload: (piece) => {
        told('payload', this.#gather(piece));
        this.#inside?.('payload', this);
      },
      ping: (payload) => {
        told('ping', `ping ${toHex(payload)}`.trimEnd());
        this.#inside?.('ping', this);
      },
      pong: (payload) => {
        told('pong', `pong ${toHex(payload)}`.trimEnd());
        this.#inside?.('pong', this);
      },
      closing: (code, reason) => {
        told('closing', `closing ${code} ${JSON.stringify(reason)}`);
        this.#inside?.('closing', this);
      },
      drained: () => {
        told('drained', 'drained');
        this.#inside?.('drained', this);
      },
      closed: (outcome) => {
        this.#endPart();
        told('closed', closedLine(outcome));
        this.outcome = outcome;
        this.#inside?.('closed', this);
      },
    };
  }

  #gather(piece: Payload): string | null {
    const { kind, bytes, start, end, first, last, remaining, ascii } = piece;
    assert.ok(start <= end && end <= bytes.length, 'a piece lies in its chunk');
    assert.ok(end > start || last, 'a piece without bytes is the last');
    assert.equal(first, this.#kind === null, 'first marks the first piece that is told');
    assert.ok(first || kind === this.#kind, 'a message has one kind');
    assert.ok(remaining >= 0 && !(last && remaining > 0), 'nothing of the frame follows the last piece');
    const copy = bytes.slice(start, end);
    assert.ok(!ascii || copy.every((byte) => byte < 0x80), 'ascii is true');
    if (kind === 'text') this.#decoder.decode(copy, { stream: !last }); // throws unless it is valid so far
    this.#kind = kind;
    this.#pieces.push(copy);
    if (!last) return null;
    const message = Buffer.concat(this.#pieces);
    this.#kind = null;
    this.#pieces = [];
    return kind === 'text' ? `text ${JSON.stringify(message.toString('utf8'))}` : `binary ${toHex(message)}`.trimEnd();
  }

  #endPart(): void {
    if (this.#kind === null || this.#pieces.length === 0) return;
    this.#lines.push(`part ${this.#kind} ${toHex(concat(...this.#pieces))}`);
    this.#pieces = [];
  }

  /** The line of the next whole frame of the output, read by the RFC's figure (§5.2) and nothing of lib. */
  #nextFrame(): string | null {
    const bytes = this.#output;
    if (bytes.length < 2) return null;
    const [b0, b1] = [bytes[0] as number, bytes[1] as number];
    assert.equal(b1 >= 128, this.role === 'client', 'a client masks every frame, a server none (§5.1)');
    const announced = b1 % 128;
    const extended = announced === 127 ? 8 : announced === 126 ? 2 : 0;
    const keyAt = 2 + extended;
    const payloadAt = keyAt + (b1 >= 128 ? 4 : 0);
    if (bytes.length < payloadAt) return null;
    const length = extended === 0 ? announced : Number(`0x${toHex(bytes, 2, keyAt)}`);
    if (bytes.length < payloadAt + length) return null;
    const form = length < 126 ? 0 : length < 65536 ? 2 : 8;
    assert.equal(extended, form, 'a length is written in its shortest form (§5.2)');
    const payload = bytes.slice(payloadAt, payloadAt + length);
    this.#output = bytes.slice(payloadAt + length);
    return sendLine(b0, b1 >= 128 ? masked(payload, bytes.slice(keyAt, payloadAt)) : payload);
  }
}
