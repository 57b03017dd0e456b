// What a client sends, compressed beforehand by node:zlib at its defaults, as a browser would: whoever loads a server must not compress while
// it does. Without context takeover any frame may be sent at any time. With it, a series that was compressed behind itself may be
// sent behind itself for ever: each round finds the window as the round before has left it.

import { createDeflateRaw, createInflateRaw, constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { clientFrame } from './frames.mjs';

const TRAILER = Buffer.from([0x00, 0x00, 0xff, 0xff]);
const { Z_SYNC_FLUSH } = constants;

/** @typedef {{ readonly takeover: boolean, readonly windowBits: number }} Direction how one direction is compressed */

/** The messages without the trailer of RFC 7692 §7.2.1, by zlib at its default level and memory. @param {readonly Uint8Array[]} messages @param {Direction} direction @returns {Promise<Buffer[]>} */
export async function zlibDeflated(messages, { takeover, windowBits }) {
  if (!takeover) {
    return messages.map((message) => Buffer.from(deflateRawSync(message, { windowBits, finishFlush: Z_SYNC_FLUSH }).subarray(0, -4)));
  }
  const deflate = createDeflateRaw({ windowBits });
  const results = [];
  for (const message of messages) results.push((await flushed(deflate, [message], Z_SYNC_FLUSH)).subarray(0, -4));
  deflate.close();
  return results;
}

/** What a stream of zlib's makes of the input. @param {import('node:zlib').DeflateRaw | import('node:zlib').InflateRaw} stream @param {readonly Uint8Array[]} input @param {number} kind */
async function flushed(stream, input, kind) {
  /** @type {Buffer[]} */
  const pieces = [];
  const put = (piece) => { pieces.push(piece); };
  stream.on('data', put);
  for (const bytes of input) stream.write(bytes);
  await new Promise((resolve) => { stream.flush(kind, () => resolve(null)); });
  stream.off('data', put);
  return Buffer.concat(pieces);
}

/** The messages of one direction, one after the other, back to text. @param {Direction} direction @returns {{ text: (payload: Uint8Array) => Promise<string>, end: () => void }} */
export function zlibReader({ takeover }) {
  if (!takeover) {
    const text = async (payload) => inflateRawSync(Buffer.concat([payload, TRAILER]), { finishFlush: Z_SYNC_FLUSH }).toString();
    return { text, end: () => {} };
  }
  const inflate = createInflateRaw();
  return {
    text: async (payload) => String(await flushed(inflate, [payload, TRAILER], Z_SYNC_FLUSH)),
    end: () => inflate.close(),
  };
}

/** Compressed messages to be sent or read in order: `first` once, then `steady` for ever. */
export class Series {
  /** @param {readonly Uint8Array[]} first @param {readonly Uint8Array[]} steady */
  constructor(first, steady) {
    this.first = first;
    this.steady = steady;
  }

  /** @param {readonly Uint8Array[]} messages @param {Direction} direction */
  static async compressed(messages, direction) {
    const both = await zlibDeflated(direction.takeover ? [...messages, ...messages] : messages, direction);
    return direction.takeover ? new Series(both.slice(0, messages.length), both.slice(messages.length)) : new Series([], both);
  }

  /** The `i`-th of them all. @param {number} i */
  at(i) {
    return i < this.first.length ? this.first[i] : this.steady[(i - this.first.length) % this.steady.length];
  }
}

/** The frames of a series in one piece of memory, so that several in a row are sent as one. */
export class FrameScript {
  #bytes;
  /** Where each frame begins, and where the last one ends. */
  #offsets = [0];
  #first;

  /** @param {Series} series @param {boolean} compressed */
  constructor(series, compressed) {
    const frames = [...series.first, ...series.steady].map((payload) => clientFrame(payload, { compressed }));
    for (const frame of frames) this.#offsets.push(this.#offsets[this.#offsets.length - 1] + frame.length);
    this.#bytes = Buffer.concat(frames);
    this.#first = series.first.length;
  }

  /** Frames until it repeats. */
  get length() {
    return this.#offsets.length - 1;
  }

  /** Hands the frames from the `cursor`-th on, `count` of them, to `write`, in as few pieces as can be; returns the cursor behind them. @param {number} cursor @param {number} count @param {(bytes: Buffer) => void} write */
  send(cursor, count, write) {
    while (count > 0) {
      const some = Math.min(count, this.length - cursor);
      write(this.#bytes.subarray(this.#offsets[cursor], this.#offsets[cursor + some]));
      count -= some;
      cursor += some;
      if (cursor === this.length) cursor = this.#first;
    }
    return cursor;
  }
}
