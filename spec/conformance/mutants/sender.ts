// What the endpoint has to say once it is open: echoes, Pongs and a Close.

import type { Deflate } from './deflate.ts';
import type { Does } from './switches.ts';
import { OPCODE } from './writer.ts';
import type { Writer } from './writer.ts';

type Kind = 'text' | 'binary';

export class Sender {
  readonly #writer: Writer;
  readonly #deflate: Deflate | null;
  readonly #does: Does;
  /** The message before, if it came in the same read. */
  #previous: { readonly kind: Kind; readonly octets: Uint8Array } | null = null;
  #owedPongs: Uint8Array[] = [];

  /** `deflate`: null unless compression was agreed on. */
  constructor(writer: Writer, deflate: Deflate | null, does: Does) {
    this.#writer = writer;
    this.#deflate = deflate;
    this.#does = does;
  }

  /** A read is over. */
  endRead(): void {
    this.#previous = null;
    if (this.#owedPongs.length > 0 && this.#does('last-pong')) this.#payPongs(-1);
  }

  // ---- echoes ---------------------------------------------------------------------------------------------------------------------

  echo(kind: Kind, octets: Uint8Array): void {
    if (octets.length === 0 && this.#does('drops-empty')) return;
    if (this.#does('heartbeats')) this.#writer.frame(OPCODE.ping, Buffer.from('tick'));
    if (this.#does('unasked-pongs')) this.#writer.frame(OPCODE.pong, Buffer.from('tock'));
    const previous = this.#previous;
    this.#previous = { kind, octets };
    if (previous?.kind === kind && this.#does('merges-messages')) {
      this.#writer.forgetLast();
      this.#send(kind, Buffer.concat([previous.octets, octets]));
    } else {
      this.#send(kind, octets);
      if (previous !== null && this.#does('swaps-echoes')) this.#writer.swapLast();
    }
    if (this.#owedPongs.length > 0 && this.#does('late-pong')) this.#payPongs(0);
  }

  #send(kind: Kind, octets: Uint8Array): void {
    const content = kind === 'text' ? this.#ofText(this.#cut(octets)) : this.#cut(octets);
    const opcode = this.#opcodeOf(kind);
    if (content.length === 0) return this.#writer.frame(opcode, content);
    const deflate = this.#deflate;
    if (deflate !== null && !this.#does('compresses-nothing')) return this.#sendCompressed(deflate, opcode, content);
    if (this.#does('fragments-echoes')) return this.#inParts(opcode, OPCODE.continuation, content);
    if (this.#does('writes-opcode-in-fragments')) return this.#inParts(opcode, opcode, content);
    this.#writer.frame(opcode, content);
  }

  #cut(octets: Uint8Array): Uint8Array {
    return octets.length > 0xffff && this.#does('cuts-at-65535') ? octets.subarray(0, 0xffff) : octets;
  }

  #ofText(octets: Uint8Array): Uint8Array {
    if (octets.includes(0) && this.#does('cuts-at-nul')) return octets.subarray(0, octets.indexOf(0));
    const hasBom = octets[0] === 0xef && octets[1] === 0xbb && octets[2] === 0xbf;
    return hasBom && this.#does('drops-bom') ? octets.subarray(3) : octets;
  }

  #opcodeOf(kind: Kind): number {
    const isText = kind === 'text' ? !this.#does('text-as-binary') : this.#does('binary-as-text');
    return isText ? OPCODE.text : OPCODE.binary;
  }

  /** RFC 7692 §6.1: compressed as a whole, then in frames, of which the first has RSV1 set. */
  #sendCompressed(deflate: Deflate, opcode: number, content: Uint8Array): void {
    if (this.#does('rsv1-without-compression')) return this.#writer.frame(opcode, content, { rsv1: true });
    const compressed = deflate.deflate(content);
    if (this.#does('rsv1-on-every-frame')) return this.#inParts(opcode, OPCODE.continuation, compressed, true, true);
    if (this.#does('fragments-echoes')) return this.#inParts(opcode, OPCODE.continuation, compressed, true);
    this.#writer.frame(opcode, compressed, { rsv1: !this.#does('no-rsv1') });
  }

  /** In three frames, the second one empty. */
  #inParts(first: number, others: number, content: Uint8Array, rsv1: boolean = false, rsv1Again: boolean = false): void {
    const middle = content.length >> 1;
    this.#writer.frame(first, content.subarray(0, middle), { fin: false, rsv1 });
    this.#writer.frame(others, content.subarray(0, 0), { fin: false, rsv1: rsv1Again });
    this.#writer.frame(others, content.subarray(middle), { rsv1: rsv1Again });
  }

  // ---- Pong and Close -------------------------------------------------------------------------------------------------------------

  /** §5.5.3. */
  pong(payload: Uint8Array, isInMessage: boolean): void {
    if (this.#does('no-pong')) return;
    if (this.#does('last-pong') || (isInMessage && this.#does('late-pong'))) this.#owedPongs.push(payload);
    else this.#sendPong(payload);
  }

  /** Sends the Pongs it owes from that one on, and is quit of the others. */
  #payPongs(from: number): void {
    for (const payload of this.#owedPongs.splice(0).slice(from)) this.#sendPong(payload);
  }

  #sendPong(payload: Uint8Array): void {
    let content = this.#does('empty-pong') ? new Uint8Array(0) : payload;
    if (content.length > 100 && this.#does('short-pong')) content = content.subarray(0, 100);
    const deflate = this.#deflate !== null && content.length > 0 && this.#does('compresses-control') ? this.#deflate : null;
    this.#writer.frame(OPCODE.pong, deflate?.deflate(content) ?? content, { rsv1: deflate !== null });
  }

  /** §5.5.1: the answer to a Close with that code; null is none. */
  answerClose(code: number | null): void {
    if (this.#does('close-forgets-echoes')) this.#writer.forget();
    this.#payPongs(-1);
    const said = this.#codeFor(code);
    this.close(said);
    if (this.#does('close-twice')) this.close(said);
  }

  #codeFor(code: number | null): number | null {
    if (this.#does('close-with-1006')) return 1006;
    if (this.#does('close-with-0')) return 0;
    if (this.#does('close-with-1000')) return 1000;
    return this.#does('close-empty') ? null : code;
  }

  /** §7.1.7: the code for which the connection is failed. */
  closeFor(code: number): void {
    this.#payPongs(-1);
    if (this.#does('fails-without-close')) return;
    this.close(this.#does('fails-with-1000') ? 1000 : code !== 1002 && this.#does('fails-with-1002') ? 1002 : code);
  }

  close(code: number | null): void {
    const reason = code !== null && this.#does('close-with-reason') ? 'so long' : '';
    const body = Buffer.from(`${code === null ? '' : '..'}${reason}`);
    if (code !== null) body.writeUInt16BE(code);
    this.#writer.frame(OPCODE.close, body);
  }
}
