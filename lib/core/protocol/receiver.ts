// What comes in (§5.2–§5.5, §6.2): chunks to the decoder, payload to whoever reads its kind, what it says to the application, and what
// a rule forbids to the ending. It refuses to know what is sent, but for the Pong that a Ping is owed.

import type { FrameDecoder } from '../wire/frame-decoder.ts';
import { headerLength } from '../wire/header.ts';
import { OPCODE_PING, OPCODE_PONG, isControl } from '../wire/opcode.ts';
import { CONTROL_TOO_FREQUENT } from '../wire/violation.ts';
import type { ControlPayload } from './control-payload.ts';
import type { Deadlines } from './deadlines.ts';
import type { Ending, Unfinished } from './ending.ts';
import type { ConnectionEvents } from './events.ts';
import type { Flow } from './flow.ts';
import type { InflatedPayload } from './inflated-payload.ts';
import type { Limits } from './limits.ts';
import type { PayloadReader } from './payload-reader.ts';
import type { Sender } from './sender.ts';

/** The parts of the connection that receiving has to do with. */
export interface ReceiverParts {
  readonly events: ConnectionEvents;
  readonly limits: Limits;
  readonly decoder: FrameDecoder;
  readonly payload: PayloadReader;
  /** null unless a compression extension is in use (RFC 7692 §6). */
  readonly inflated: InflatedPayload | null;
  readonly control: ControlPayload;
  readonly sender: Sender;
  readonly flow: Flow;
  readonly deadlines: Deadlines;
  readonly ending: Ending;
}

export class Receiver {
  /** Reading has stopped: the piece being delivered is the last. */
  paused = false;
  /** Bytes consumed of the chunk that was last offered, also when `receive` threw. */
  consumed = 0;

  readonly #parts: ReceiverParts;
  #receiving = false;

  constructor(parts: ReceiverParts) {
    this.#parts = parts;
  }

  /**
   * Bytes of the stream that are read and yet not consumed: one, while the payload before it waits to be inflated. What is owed to the
   * application keeps something owed to the connection, so that the transport comes back, and does not tell its end before.
   */
  get heldBack(): number {
    return this.#parts.inflated?.unread === true ? 1 : 0;
  }

  /** Bytes that compressed messages hold between chunks. */
  get retainedBytes(): number {
    return this.#parts.inflated?.retainedBytes ?? 0;
  }

  /** Reads `chunk` as far as it may, and returns how far that was. @throws what an event handler throws */
  receive(chunk: Uint8Array): number {
    if (this.#receiving) throw new TypeError('receive() was called from within receive(): offer the chunk when it has returned');
    const { decoder, payload, inflated, control, limits, deadlines, ending } = this.#parts;
    const { facts } = ending;
    if (!facts.listens) return this.consumed = chunk.length;
    this.consumed = 0;
    if (this.paused || chunk.length === 0) return 0;
    deadlines.keepalive?.heard();
    this.#receiving = true;
    decoder.load(chunk, this.heldBack);
    try {
      let waits = this.heldBack > 0 && !this.#inflate();
      while (facts.listens && !this.paused && !waits && decoder.next()) {
        if (isControl(decoder.opcode)) this.#receiveControl(chunk);
        else if (decoder.compressed) waits = !this.#receiveCompressed(chunk);
        else this.#receiveData(chunk);
      }
      const { violation } = decoder;
      if (violation !== null && facts.listens) ending.fail(violation, limits.exceeded(violation, decoder.observed));
    } finally {
      this.consumed = facts.listens ? decoder.at - this.heldBack : chunk.length;
      decoder.unload();
      payload.release();
      inflated?.release();
      control.release();
      this.#receiving = false;
    }
    return this.consumed;
  }

  #receiveData(chunk: Uint8Array): void {
    const { decoder, payload, limits, deadlines, ending, events } = this.#parts;
    const violation = payload.read(chunk);
    deadlines.messageCame(payload.last, limits.messageDeadline);
    try {
      if (payload.worthTelling) events.payload(payload);
    } finally { // a broken rule stays broken, whatever the application makes of what stood before
      if (violation !== null) ending.fail(violation, null, decoder.position - decoder.end + payload.end);
    }
  }

  /** False when what the step inflates to is to be waited for. */
  #receiveCompressed(chunk: Uint8Array): boolean {
    const { limits, deadlines } = this.#parts;
    const inflated = this.#parts.inflated as InflatedPayload; // the decoder lets RSV1 pass only where an extension is in use
    inflated.load(chunk);
    deadlines.messageCame(inflated.ends, limits.messageDeadline); // what takes its time from here on is not the peer
    return this.#inflate();
  }

  /** Tells what the loaded payload inflates to, until this side pauses. False when it is to be waited for. */
  #inflate(): boolean {
    const { inflated, events, ending } = this.#parts;
    while (inflated?.unread === true && !this.paused) {
      const step = inflated.next();
      if (step === 'pending') return false;
      try {
        if (step === 'piece' && inflated.worthTelling) events.payload(inflated);
      } finally {
        const { violation, limit, violationAt } = inflated;
        if (violation !== null) ending.fail(violation, limit, violationAt);
      }
    }
    return true;
  }

  #receiveControl(chunk: Uint8Array): void {
    const { decoder, control, limits, deadlines, ending, events, sender, flow } = this.#parts;
    const { maxControlRate } = limits;
    const count = decoder.begins && maxControlRate !== Infinity ? deadlines.countControl() : 0;
    if (count > maxControlRate) {
      const at = decoder.position - (decoder.end - decoder.start) - headerLength(0, decoder.masked); // its first byte was one too many
      return ending.fail(CONTROL_TOO_FREQUENT, limits.broken('maxControlRate', count), at);
    }
    if (!control.gather(chunk, decoder)) return;
    if (decoder.opcode === OPCODE_PING) {
      sender.pong(control.bytes, control.start, control.end); // §5.5.2: also after our Close, until the peer's arrives
      flow.queued('queued');
      events.ping(control.view());
    } else if (decoder.opcode === OPCODE_PONG) {
      deadlines.keepalive?.pong(control);
      events.pong(control.view());
    } else {
      ending.receiveClose(control.bytes, control.start, control.end);
    }
  }
}

/** The messages that are received, plain and compressed, as their end sees them: one at a time is under way. */
export class ReceivedMessages implements Unfinished {
  readonly #payload: PayloadReader;
  readonly #inflated: InflatedPayload | null;

  constructor(payload: PayloadReader, inflated: InflatedPayload | null) {
    this.#payload = payload;
    this.#inflated = inflated;
  }

  get unfinished(): boolean {
    return this.#payload.unfinished || this.#inflated?.unfinished === true;
  }

  settle(): void {
    this.#inflated?.settle();
  }
}
