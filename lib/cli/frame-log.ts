// The annotated transcript of one direction: the head of the opening handshake as its lines, then one line a frame with
// FIN and opcode, length, masking key, what the payload says, and its bytes in hex. It stands outside the engine, on the wire level alone.

import {
  FrameDecoder, OPCODE_CLOSE, OPCODE_CONTINUATION, OPCODE_TEXT, decodeUtf8, isControl, isUtf8, mask, opcodeName, readCloseBody,
} from '../core/wire/index.ts';
import type { Role } from '../core/wire/index.ts';

/** Payload bytes that are shown; of a longer one the beginning. */
const SHOWN = 16;
const MEANING_WIDTH = 24;
const NO_LIMITS = { maxFrameSize: Infinity, maxMessageSize: Infinity, maxFragments: Infinity };

export class FrameLog {
  readonly #label: string;
  readonly #log: (line: string) => void;
  readonly #decoder: FrameDecoder;
  #head = '';
  #headDone = false;

  // The frame under way.
  #header: number[] = [];
  #shown: number[] = [];
  #length = 0;

  /** @param receiver the role of the side these bytes go to: it says whether frames must be masked */
  constructor(label: string, receiver: Role, log: (line: string) => void) {
    this.#label = label;
    this.#log = log;
    this.#decoder = new FrameDecoder(receiver, NO_LIMITS, true);
  }

  /** Bytes that pass. They are not kept and not changed. */
  write(bytes: Uint8Array): void {
    const rest = this.#headDone ? bytes : this.#writeHead(bytes);
    if (rest.length > 0) this.#writeFrames(rest);
  }

  #writeHead(bytes: Uint8Array): Uint8Array {
    for (let i = 0; i < bytes.length; i++) {
      this.#head += String.fromCharCode(bytes[i] as number);
      if (!this.#head.endsWith('\r\n\r\n')) continue;
      for (const line of this.#head.trimEnd().split('\r\n')) this.#log(`${this.#label}  ${line}`);
      this.#headDone = true;
      return bytes.subarray(i + 1);
    }
    return bytes.subarray(bytes.length);
  }

  #writeFrames(bytes: Uint8Array): void {
    const decoder = this.#decoder;
    let at = 0; // of the byte after the last step
    decoder.load(bytes);
    while (decoder.next()) {
      if (decoder.begins) {
        for (; at < decoder.start; at++) this.#header.push(bytes[at] as number);
        this.#length = decoder.end - decoder.start + decoder.remaining;
      }
      this.#show(Uint8Array.from(bytes.subarray(decoder.start, Math.min(decoder.end, decoder.start + SHOWN))), decoder.maskingKey);
      at = decoder.end;
      if (decoder.remaining === 0) this.#endFrame();
    }
    for (; at < decoder.at; at++) this.#header.push(bytes[at] as number); // a header that the chunk cut
    decoder.unload();
    if (decoder.violation !== null) this.#log(`${this.#label}  breaks ${decoder.violation.name} (${decoder.violation.section})`);
  }

  /** Keeps the beginning of the payload, unmasked; `piece` is a copy. */
  #show(piece: Uint8Array, key: number): void {
    mask(piece, 0, piece.length, key);
    this.#shown.push(...piece.subarray(0, SHOWN - this.#shown.length));
  }

  #endFrame(): void {
    const { fin, opcode, masked } = this.#decoder;
    const header = this.#header;
    const key = masked ? header.slice(-4) : [];
    const fields = masked ? header.slice(0, -4) : header;
    const payload = Uint8Array.from(this.#shown);
    const onWire = payload.map((byte, i) => byte ^ (key[i & 3] ?? 0)); // as it looked masked
    const more = this.#length > payload.length ? '…' : '';
    this.#log([
      `${this.#label}  ${fin ? 'FIN' : '   '} ${opcodeName(opcode).padEnd(12)}`,
      `length ${this.#length.toLocaleString('en').padEnd(9)}`,
      masked ? `mask ${plain(key)}` : 'unmasked     ',
      this.#describe(payload, more).padEnd(MEANING_WIDTH),
      [spaced(fields), plain(key), `${plain(onWire)}${more}`].filter((part) => part !== '').join(' '),
    ].join('  '));
    this.#header = [];
    this.#shown = [];
  }

  #describe(payload: Uint8Array, more: string): string {
    const { opcode, messageOpcode, compressed } = this.#decoder;
    if (opcode === OPCODE_CLOSE) return describeClose(payload);
    if (compressed && !isControl(opcode)) return opcode === OPCODE_CONTINUATION ? 'compressed' : 'compressed (RSV1)';
    const isText = isControl(opcode) || (opcode === OPCODE_CONTINUATION ? messageOpcode : opcode) === OPCODE_TEXT;
    if (payload.length === 0 || !isText || !isUtf8(payload, 0, payload.length)) return '';
    return JSON.stringify(decodeUtf8(payload, 0, payload.length)) + more;
  }
}

function describeClose(payload: Uint8Array): string {
  const length = payload.length;
  if (length === 0) return 'no status code';
  const code = ((payload[0] as number) << 8) | (payload[1] as number);
  const body = readCloseBody(payload, 0, length);
  return body.violation === null ? `${code} ${JSON.stringify(body.reason)}` : `${code}`;
}

function plain(bytes: Iterable<number>): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function spaced(bytes: Iterable<number>): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
