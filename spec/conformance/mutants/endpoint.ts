// An echo that knows RFC 6455 and RFC 7692 by itself: it shares nothing with the engine, so that what it passes is not only what one author
// of both thinks right. Straightforward rather than fast. Its switches make it the mutants that the suite has to catch.

import type { SubjectRole } from '../../../lib/conformance/case.ts';
import type { Endpoint } from '../../../lib/conformance/engine.ts';
import { Random } from '../../support/random.ts';
import { Deflate } from './deflate.ts';
import { FrameReader, MOST } from './frames.ts';
import type { Frames } from './frames.ts';
import { Opening } from './opening.ts';
import { Sender } from './sender.ts';
import type { Does } from './switches.ts';
import { Utf8 } from './utf8.ts';
import { LITTLE, OPCODE, Writer } from './writer.ts';

/** Milliseconds for the opening handshake, and for the other side to end the transport once this side has. */
const OPENING = 10_000;
const ENDING = 2_000;

export class EchoEndpoint implements Endpoint, Frames {
  abandoned = false;

  readonly #role: SubjectRole;
  readonly #does: Does;
  readonly #writer: Writer;
  readonly #opening: Opening;
  #deflate: Deflate | null = null;
  #sender: Sender | null = null;
  #reader: FrameReader | null = null;
  #sentClose = false;
  #gotClose = false;
  #ended = false;
  /** When it is tired of waiting; -Infinity before anybody has said what time it is. */
  #until = -Infinity;
  #patience = OPENING;

  /** `url`: where a client connects to. */
  constructor(role: SubjectRole, does: Does, url: string = 'ws://server.example.com/echo') {
    const random = new Random(role === 'server' ? 1 : 2);
    this.#role = role;
    this.#does = does;
    this.#writer = new Writer(role === 'client', random, does);
    this.#opening = new Opening(role, random.bytes(16), new URL(url), does);
    this.#writer.head(this.#opening.output);
    if (role === 'client' && does('writes-before-open')) this.#writer.frame(OPCODE.text, Buffer.from('Hello'));
  }

  /** It is open, or was. */
  get hasOpened(): boolean {
    return this.#opening.state === 'open';
  }

  // ---- the endpoint ---------------------------------------------------------------------------------------------------------------

  receive(chunk: Uint8Array): number {
    const lent = chunk.length > LITTLE && this.#does('reads-slowly') ? chunk.subarray(0, LITTLE) : chunk;
    let at = this.#opening.state === 'reading' && !this.#ended ? this.#open(lent) : 0;
    while (at < lent.length && this.#reader !== null && !this.#writer.isFull) at = this.#reader.read(lent, at);
    this.#sender?.endRead();
    if (this.#gotClose) this.#endAfterClose();
    return this.#reader === null ? lent.length : at;
  }

  receiveEnd(): void {
    if (this.#does('ignores-end')) return;
    this.#until = Infinity;
    this.#ended = true;
    this.#reader?.stop();
  }

  takeOutput(): Uint8Array | null {
    return this.#writer.take();
  }

  get outputEnded(): boolean {
    return this.#ended && this.#writer.isEmpty;
  }

  get deadline(): number {
    return this.#until;
  }

  advance(now: number): void {
    if (now < this.#until) return;
    if (this.#until === -Infinity) {
      this.#until = now + this.#patience;
      return;
    }
    this.#until = Infinity;
    if (this.#ended || this.#opening.state !== 'reading') {
      this.abandoned = true;
      return;
    }
    this.#opening.giveUp();
    this.#afterOpening('');
  }

  get retainedBytes(): number {
    const parts = [this.#opening, this.#writer, this.#reader, this.#deflate];
    return parts.reduce((sum, part) => sum + (part?.retainedBytes ?? 0), 0);
  }

  // ---- opening --------------------------------------------------------------------------------------------------------------------

  #open(chunk: Uint8Array): number {
    const { output } = this.#opening;
    const at = this.#opening.read(chunk);
    this.#afterOpening(output);
    return at;
  }

  /** `before`: what there was to write when it was last looked at. */
  #afterOpening(before: string): void {
    const { state, agreed, output } = this.#opening;
    if (this.#role === 'server' && output !== before) this.#writer.head(output);
    if (state === 'failed') return this.#end();
    if (state === 'reading' || this.#reader !== null) return;
    this.#until = Infinity;
    if (agreed !== null) this.#deflate = new Deflate(this.#role, agreed, MOST, this.#does);
    this.#sender = new Sender(this.#writer, this.#deflate, this.#does);
    this.#reader = new FrameReader({ masked: this.#role === 'server', deflate: this.#deflate, frames: this, does: this.#does });
  }

  // ---- frames ---------------------------------------------------------------------------------------------------------------------

  message(kind: 'text' | 'binary', octets: Uint8Array): void {
    if (octets.length > 65_536 && this.#does('refuses-above-65536')) return this.#failAndStop(1009);
    this.#sender?.echo(kind, octets);
  }

  ping(payload: Uint8Array): void {
    if (!this.#sentClose) this.#sender?.pong(payload, this.#reader?.isInMessage ?? false);
  }

  pong(): void {
    if (this.#does('pong-for-pong')) this.#writer.frame(OPCODE.pong, Buffer.from('pong'));
    if (this.#does('fails-on-pong')) this.#failAndStop(1002);
  }

  close(payload: Uint8Array): void {
    if (payload.length === 1 && !this.#does('takes-short-close')) return this.#failAndStop(1002);
    const code = payload.length < 2 ? null : Buffer.from(payload).readUInt16BE(0);
    if (code !== null && !this.#takesCode(code)) return this.#failAndStop(1002);
    const reason = new Utf8(this.#does);
    if (!(reason.take(payload.subarray(2)) && reason.isComplete) && !this.#does('utf8-of-reason-unchecked')) return this.#failAndStop(1007);
    if (this.#reader?.isInMessage === true && this.#does('close-in-message')) return this.#failAndStop(1002);
    this.#gotClose = true;
    if (!this.#does('echoes-after-close')) this.#reader?.stop();
    if (this.#sentClose || this.#does('no-close') || this.#does('drops-at-close')) return;
    this.#sentClose = true;
    this.#sender?.answerClose(code);
  }

  /** §7.1.7. */
  fail(code: number): void {
    if (this.#does('fails-by-throwing')) throw new RangeError(`nobody expected ${code}`);
    if (this.#sentClose || this.#does('fails-and-hangs')) return;
    this.#sentClose = true;
    if (this.#does('fails-by-reset')) {
      this.abandoned = true;
      return;
    }
    this.#sender?.closeFor(code);
    const stays = this.#does(this.#role === 'server' ? 'fails-and-stays' : 'fails-and-waits') || this.#does('fails-and-goes-on');
    if (!stays) this.#end();
  }

  #failAndStop(code: number): void {
    this.#reader?.stop();
    this.fail(code);
  }

  /** §7.4: codes that may stand in a Close frame. */
  #takesCode(code: number): boolean {
    if (code < 1000) return this.#does('takes-below-1000');
    if (code > 4999) return this.#does('takes-above-4999');
    if (code === 1005 || code === 1006 || code === 1015) return this.#does('takes-1005');
    if (code === 1004 || (code > 1015 && code < 3000)) return this.#does('takes-unassigned');
    if (code >= 3000) return !this.#does('refuses-private');
    return code < 1012 || !this.#does('refuses-1012');
  }

  // ---- the end --------------------------------------------------------------------------------------------------------------------

  /** §7.1.1: the server is the first to end the transport. */
  #endAfterClose(): void {
    if (this.#does('no-close')) return;
    if (this.#role === 'client') {
      if (this.#does('ends-first') || this.#does('drops-at-close')) this.#end();
      else if (this.#until === Infinity) this.#wait(ENDING);
    } else if (this.#does('resets-at-close')) {
      this.abandoned = true;
    } else if (!this.#does('never-ends')) {
      this.#end();
    }
  }

  #end(): void {
    this.#ended = true;
    this.#reader?.stop();
    this.#wait(ENDING);
  }

  #wait(ms: number): void {
    this.#until = -Infinity;
    this.#patience = ms;
  }
}
