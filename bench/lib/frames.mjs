// Just enough of RFC 6455 to load a server with: frames written beforehand, and replies counted by their headers alone. It judges nothing,
// unmasks nothing and copies nothing, unless somebody wants to look at a message.

const MASKING_KEY = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

/**
 * A client's frame.
 *
 * @param {Uint8Array} payload as it goes out, compressed or not
 * @param {{ opcode?: number, fin?: boolean, compressed: boolean }} bits
 * @returns {Buffer}
 */
export function clientFrame(payload, { opcode = 1, fin = true, compressed }) {
  const { length } = payload;
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const frame = Buffer.allocUnsafe(2 + extended + 4 + length);
  frame[0] = (fin ? 0x80 : 0) | (compressed ? 0x40 : 0) | opcode;
  frame[1] = 0x80 | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) frame.writeUInt16BE(length, 2);
  if (extended === 8) frame.writeBigUInt64BE(BigInt(length), 2);
  frame.set(MASKING_KEY, 2 + extended);
  for (let i = 0, at = 6 + extended; i < length; i++, at++) frame[at] = payload[i] ^ MASKING_KEY[i & 3];
  return frame;
}

/** @typedef {(payload: Buffer, compressed: boolean) => void} OnMessage */

/** Counts the messages of a server, fed with its bytes. */
export class ReplyCounter {
  /** Data messages that were whole. */
  messages = 0;
  /** Of those, the compressed ones. */
  compressed = 0;
  /** Bytes of frames of data messages, headers included. */
  bytes = 0;
  /** Whether a Close frame has come. */
  closed = false;

  #left = 0;
  #fin = false;
  #data = false;
  #header = Buffer.alloc(10);
  #have = 0;
  /** @type {OnMessage | null} */
  #onMessage;
  /** @type {Buffer[]} */
  #pieces = [];
  #isCompressed = false;

  /** @param {OnMessage | null} onMessage told the payload of each message, as it came; null for a counter that looks at none */
  constructor(onMessage = null) {
    this.#onMessage = onMessage;
  }

  /** @param {Uint8Array} chunk @param {number} at @param {number} end */
  push(chunk, at, end) {
    while (at < end) {
      if (this.#left > 0) {
        const count = Math.min(this.#left, end - at);
        if (this.#onMessage !== null && this.#data) this.#pieces.push(Buffer.from(chunk.subarray(at, at + count)));
        this.#left -= count;
        at += count;
        if (this.#left === 0) this.#endFrame();
        continue;
      }
      this.#header[this.#have++] = chunk[at++];
      if (this.#have < 2) continue;
      const short = this.#header[1] & 0x7f;
      const length = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (this.#have < length) continue;
      this.#beginFrame(length, short);
    }
  }

  #beginFrame(length, short) {
    const b0 = this.#header[0];
    this.#have = 0;
    this.#left = short === 126 ? this.#header.readUInt16BE(2) : short === 127 ? Number(this.#header.readBigUInt64BE(2)) : short;
    this.#fin = (b0 & 0x80) !== 0;
    this.#data = (b0 & 0x08) === 0;
    if ((b0 & 0x0f) === 8) this.closed = true;
    if (this.#data) {
      this.bytes += length + this.#left;
      if ((b0 & 0x0f) !== 0) this.#isCompressed = (b0 & 0x40) !== 0;
    }
    if (this.#left === 0) this.#endFrame();
  }

  #endFrame() {
    if (!this.#data || !this.#fin) return;
    this.messages++;
    if (this.#isCompressed) this.compressed++;
    if (this.#onMessage === null) return;
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#onMessage(Buffer.concat(pieces), this.#isCompressed);
  }
}
