// One connection (§5–§7): bytes and time in, events and bytes out. It puts the frame decoder, the sender, the ending and the deadlines
// together and holds them to the RFC; it refuses to know what carries the bytes, what time it is, and who listens.

import { writeCloseBody } from '../wire/close-body.ts';
import { NO_STATUS_RECEIVED } from '../wire/close-code.ts';
import { FrameDecoder } from '../wire/frame-decoder.ts';
import type { MessageKind, Role } from '../wire/opcode.ts';
import {
  CLOSE_UNANSWERED, MESSAGE_TOO_SLOW, PEER_SILENT, QUEUE_OVERFLOW, TERMINATED, TRANSPORT_FAILED,
} from '../wire/violation.ts';
import type { Violation } from '../wire/violation.ts';
import type { ClosingFacts } from './closing.ts';
import { checkConnectionOptions } from './connection-options.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { ControlPayload } from './control-payload.ts';
import { Deadlines } from './deadlines.ts';
import { Ending } from './ending.ts';
import type { ConnectionEvents, ConnectionState, LimitExceeded, SendResult } from './events.ts';
import { Flow } from './flow.ts';
import { InflatedPayload } from './inflated-payload.ts';
import { Limits } from './limits.ts';
import type { LimitOptions } from './limits.ts';
import { PayloadReader } from './payload-reader.ts';
import type { PreparedMessage } from './prepared-message.ts';
import { ReceivedMessages, Receiver } from './receiver.ts';
import type { SendOptions } from './send-options.ts';
import { Sender, checkBytes } from './sender.ts';

const NOTHING = new Uint8Array(0);

export class Connection {
  readonly role: Role;

  readonly #events: ConnectionEvents;
  readonly #wake: () => void;
  readonly #limits: Limits;
  readonly #decoder: FrameDecoder;
  readonly #control = new ControlPayload();
  readonly #sender: Sender;
  readonly #flow: Flow;
  readonly #deadlines: Deadlines;
  readonly #ending: Ending;
  readonly #facts: ClosingFacts;
  readonly #receiver: Receiver;

  /** @throws TypeError or RangeError naming the option that is missing, unknown or makes no sense */
  constructor(options: ConnectionOptions) {
    checkConnectionOptions(options);
    const { role, platform, events } = options;
    this.role = role;
    this.#events = events;
    this.#wake = options.wake ?? (() => {});
    const limits = this.#limits = new Limits(options.limits);
    const { compression = null } = options;
    const decoder = this.#decoder = new FrameDecoder(role, limits, compression !== null); // RFC 7692 §6: it defines RSV1
    const payload = new PayloadReader(platform, decoder);
    const inflated = compression === null ? null : new InflatedPayload(payload.validator, decoder, limits, compression.inflater);
    const messages = new ReceivedMessages(payload, inflated);
    const control = this.#control;
    const sender = this.#sender = compression === null
      ? new Sender(role, platform, limits)
      : new Sender(role, platform, limits, compression.deflater, () => this.#flow.queued('queued'));
    const flow = this.#flow = new Flow(sender, limits, this.#wake);
    const deadlines = this.#deadlines = new Deadlines(options);
    const ending = this.#ending = new Ending(decoder, messages, control, sender, deadlines, events, this.#wake);
    this.#facts = ending.facts;
    this.#receiver = new Receiver({ events, limits, decoder, payload, inflated, control, sender, flow, deadlines, ending });
    if (compression !== null) compression.inflater.onReady = this.#wake;
  }

  // ---- bytes in -----------------------------------------------------------------------------------------------------------------

  /**
   * Bytes from the transport, in order. `chunk` is lent until the call returns and may be changed meanwhile: masked payload is unmasked
   * in place. Returns how many bytes were consumed; less than all means the connection is paused, or inflates what came, and the rest is
   * to be offered again after `wake`. Once the peer's input no longer matters everything is consumed unread.
   *
   * An exception of an event handler passes through; `consumed` then says how far the chunk was read, and the rest may be offered again.
   *
   * @throws TypeError when called from within itself, or when `chunk` is no Uint8Array
   */
  receive(chunk: Uint8Array): number {
    checkBytes('a chunk', chunk);
    return this.#receiver.receive(chunk);
  }

  /** Bytes consumed of the chunk that was last offered, also when `receive` threw. */
  get consumed(): number {
    return this.#receiver.consumed;
  }

  /** The transport's FIN: no more bytes will come. To be told once everything that came has been consumed. */
  receiveEnd(): void {
    this.#ending.receiveEnd();
  }

  /** Stops reading: `receive` consumes nothing until `resume`. The piece being delivered is the last. */
  pause(): void {
    if (this.#receiver.paused) return;
    this.#receiver.paused = true;
    if (this.#deadlines.pause(true)) this.#wake();
  }

  /** Goes on reading: `wake` asks the transport to offer what is left. */
  resume(): void {
    if (!this.#receiver.paused) return;
    this.#receiver.paused = false;
    this.#deadlines.pause(false);
    this.#wake();
  }

  get paused(): boolean {
    return this.#receiver.paused;
  }

  // ---- time in ------------------------------------------------------------------------------------------------------------------

  /** The time, in milliseconds of any monotonic clock. To be called at `deadline` or soon after; calling it more often does no harm. */
  advance(now: number): void {
    if (typeof now !== 'number' || Number.isNaN(now)) throw new TypeError(`now must be a number of milliseconds, found ${String(now)}`);
    const deadlines = this.#deadlines;
    deadlines.advanceControl(now);
    if (deadlines.close.advance(now)) {
      // Our Close was not sent or not answered in time; or it was, and the transport was not ended after it.
      return this.terminate(this.#facts.receivedCode === null ? CLOSE_UNANSWERED : TRANSPORT_FAILED);
    }
    const { messageDeadline } = this.#limits;
    const inflates = this.#receiver.heldBack > 0; // what the peer sent lies unread behind it, and that is not its fault
    if (deadlines.advanceMessage(now)) {
      if (inflates) deadlines.messageCame(false, messageDeadline);
      else this.#ending.fail(MESSAGE_TOO_SLOW, this.#limits.broken('messageDeadline', messageDeadline));
    }
    if (!this.#facts.maySend) return;
    if (inflates) deadlines.keepalive?.heard();
    const action = deadlines.advanceKeepalive(now);
    if (action === 'ping') this.sendPing(deadlines.keepalive?.payload);
    else if (action === 'dead') this.#ending.fail(PEER_SILENT, null);
  }

  /**
   * When `advance` is next needed, in milliseconds of the same clock: Infinity for never, -Infinity for as soon as convenient (something
   * has begun whose time is not yet known). It changes only within calls to this connection.
   */
  get deadline(): number {
    return this.#deadlines.next;
  }

  // ---- out ----------------------------------------------------------------------------------------------------------------------

  /**
   * Sends a text message (§6.1). An unpaired surrogate goes out as U+FFFD.
   *
   * @throws TypeError when `message` is no string, or an option is unknown or no boolean
   */
  sendText(message: string, options?: SendOptions): SendResult {
    return this.#facts.maySend ? this.#sent(this.#sender.text(message, options)) : 'refused';
  }

  /**
   * Sends a binary message (§6.1). `message` is copied, but for 32 KiB and more sent by a server: then it must stay unchanged until the
   * transport has written it. It is never changed here. @throws TypeError when `message` is no Uint8Array
   */
  sendBinary(message: Uint8Array, options?: SendOptions): SendResult {
    return this.#facts.maySend ? this.#sent(this.#sender.binary(message, options)) : 'refused';
  }

  /**
   * Sends one frame of a message of unknown length (§5.4); `fin` marks the last. Ownership of `bytes` as in `sendBinary`. What the first
   * frame's `options` say of compression goes for the message.
   *
   * @throws TypeError when the kinds within a message differ, or text is not valid UTF-8 so far
   */
  sendFragment(kind: MessageKind, bytes: Uint8Array, fin: boolean, options?: SendOptions): SendResult {
    return this.#facts.maySend ? this.#sent(this.#sender.fragment(kind, bytes, fin, options)) : 'refused';
  }

  /** Sends a message that was framed once, for many. @throws TypeError when `message` is no PreparedMessage */
  sendPrepared(message: PreparedMessage): SendResult {
    return this.#facts.maySend ? this.#sent(this.#sender.prepared(message)) : 'refused';
  }

  /**
   * Sends a Ping, ahead of what waits (§5.5.2); `payload`, 125 bytes at most, is copied. `refused` also while `maxQueuedPongs` Pings of
   * this side wait. @throws TypeError or RangeError for a payload that cannot be one
   */
  sendPing(payload: Uint8Array = NOTHING): SendResult {
    if (!this.#facts.maySend) return 'refused';
    const result = this.#sender.ping(payload);
    if (result !== 'refused') this.#flow.queued(result);
    return result;
  }

  /**
   * Starts the closing handshake (§7.1.2), behind everything that was accepted before; without a code, with a Close frame without body.
   * `refused` when this side's Close is queued already or the connection is over.
   *
   * @throws RangeError when the code may not be sent (§7.4) or the reason is over 123 bytes; TypeError for a reason without a code
   */
  close(code?: number, reason: string = ''): SendResult {
    if (code === undefined && reason !== '') throw new TypeError('a close reason needs a close code before it (§5.5.1)');
    const body = code === undefined ? NOTHING : writeCloseBody(code, reason);
    if (!this.#facts.maySend) return 'refused';
    this.#ending.queueClose(code ?? NO_STATUS_RECEIVED, body);
    return 'queued';
  }

  /** Fails the connection (§7.1.7): what waits is dropped, a Close frame with the violation's code goes out, and `closed` is told. */
  fail(violation: Violation, limit: LimitExceeded | null = null): void {
    this.#ending.fail(violation, limit);
  }

  /** Ends the connection without a closing handshake, e.g. because the transport is gone: what waits is dropped, nothing more is sent. */
  terminate(violation: Violation = TERMINATED): void {
    this.#ending.terminate(violation);
  }

  /** The next bytes for the transport, which owns them from here on; null when there are none. To be called until it is null. */
  takeOutput(): Uint8Array | null {
    if (this.#facts.maySend && this.#flow.fell()) this.#events.drained();
    const bytes = this.#sender.outbox.take();
    if (bytes === null) {
      this.#flow.drained();
      this.#ending.drained();
      return null;
    }
    this.#ending.taken();
    return bytes;
  }

  /** Bytes of messages that were accepted and not yet taken: no framing, before compression; Close and Pongs do not count. */
  get queueSize(): number {
    return this.#sender.queueSize;
  }

  /** Nothing more will be queued: once `takeOutput` gives null, half-close the transport (§7.1.1). */
  get outputEnded(): boolean {
    return this.#facts.outputEnded(this.role) && !this.#sender.compressing;
  }

  /** This side has given up on the transport: destroy it now. */
  get abandoned(): boolean {
    return this.#facts.abandoned;
  }

  // ---- what it is ---------------------------------------------------------------------------------------------------------------

  get state(): ConnectionState {
    return this.#facts.state;
  }

  /** Milliseconds from the latest keepalive Ping that was answered to its Pong; NaN before the first. */
  get roundTripTime(): number {
    return this.#deadlines.keepalive?.roundTripTime ?? NaN;
  }

  /** Bytes read so far, from the end of the opening handshake. */
  get position(): number {
    return this.#decoder.position - this.#receiver.heldBack;
  }

  /**
   * Bytes this connection holds: output that waits, framing included, a control frame under way, and the windows of a compression. Messages
   * under way are their assembler's.
   */
  get retainedBytes(): number {
    return this.#sender.retainedBytes + this.#control.retainedBytes + this.#receiver.retainedBytes;
  }

  /** Changes limits while the connection is open. @throws TypeError or RangeError as the constructor; nothing is changed then */
  setLimits(limits: LimitOptions): void {
    this.#limits.set(limits);
    if (this.#deadlines.changeMessage(this.#limits.messageDeadline)) this.#wake();
  }

  /** Changes the keepalive while the connection is open; it begins anew. @throws TypeError or RangeError as the constructor */
  setKeepalive(keepalive: Required<ConnectionOptions>['keepalive']): void {
    this.#deadlines.setKeepalive(keepalive, this.#facts.maySend);
    this.#wake();
  }

  // ---- sending ------------------------------------------------------------------------------------------------------------------

  #sent(result: SendResult): SendResult {
    const { queuePolicy } = this.#limits;
    if (result !== 'refused' || queuePolicy === 'refuse') this.#flow.queued(result);
    else this.#ending.fail(QUEUE_OVERFLOW, this.#limits.broken('maxQueueSize', this.#sender.overflow));
    return result;
  }
}
